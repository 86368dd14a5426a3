//! Admission: central alone decides who joins.
//!
//! A new site is admitted in one transaction: its invitation is used up, its unit gets its home, and its
//! registration goes to the sites on its path and to itself, with those of the sites above it. The writer does it only
//! if all that was looked at is still so.

use prost::Message;
use tonic::Status;
use yanzhen_link::join::{Admission, ProvenRequest, ReceivedRequest};
use yanzhen_link::tls::Peer;
use yanzhen_proto::v1 as proto;
use yanzhen_store::{Edit, Expected, Store, Target, Write, WriteError};
use yanzhen_sync::directory::{Directory, HOME, Home, REGISTRATION, Site, registration_id};
use yanzhen_sync::{Change, Frame, SiteId, StreamHead, StreamId, UnitId, Version};

use crate::invitation::{self, Invitation};
use crate::invite;

/// Times that an admission is tried when another write came between: one a second or so comes from a busy node.
const TRIES: usize = 8;

/// Decides who joins.
pub(crate) struct Gate {
    store: Store,
    genesis: Frame,
}

impl Gate {
    /// Takes central's store and the network's genesis frame.
    pub(crate) fn new(store: Store, genesis: Frame) -> Gate {
        Gate { store, genesis }
    }

    /// Admits a site or says why not. `via` is the neighbour that the request came from: the new site itself or
    /// the node that relays for it.
    pub(crate) async fn admit(
        &self,
        wire: &proto::JoinRequest,
        via: &Peer,
    ) -> Result<proto::JoinReply, Status> {
        let received =
            ReceivedRequest::read(wire).map_err(|why| Status::invalid_argument(why.to_string()))?;
        if received.genesis() != self.genesis.hash() {
            return Err(Status::invalid_argument(
                "the token belongs to another network; ask the administrator of this one for a token",
            ));
        }
        let admitted = self.admit_in_turn(received, via).await;
        if let Err(status) = &admitted {
            tracing::warn!(why = status.message(), "a request to join was refused");
        }
        admitted
    }

    async fn admit_in_turn(&self, received: ReceivedRequest, via: &Peer) -> Result<proto::JoinReply, Status> {
        for _ in 0..TRIES {
            if let Some(reply) = self.try_admit(received.clone(), via).await? {
                return Ok(reply);
            }
        }
        Err(Status::unavailable("central is busy with other admissions; try again in a moment"))
    }

    /// `None` when another write came between.
    async fn try_admit(
        &self,
        received: ReceivedRequest,
        via: &Peer,
    ) -> Result<Option<proto::JoinReply>, Status> {
        let id = received.invitation();
        let found = invitation::find(&self.store, id).await.map_err(internal)?;
        let (invitation, version) = found.ok_or_else(unknown)?;
        let proven = received.prove(&invitation.secret).map_err(|_| unknown())?;
        let directory = self.store.directory();
        let site = proven.site();
        match invitation.used_by {
            Some(user) if user == site => {
                // The first answer was lost, perhaps before the path was mailed.
                self.mail_path(&directory, &invitation, site).await?;
                return Ok(Some(self.reply(&directory, &proven, &invitation)?));
            }
            Some(_) => {
                return Err(Status::failed_precondition(
                    "this token was used by another machine; ask for a new one",
                ));
            }
            None => {}
        }
        self.check(&directory, &proven, &invitation, via)?;
        // Before the records are looked at: what is written after it is noticed by the writer.
        let cuts = cuts(&self.store, &directory, invitation.unit);
        if invite::records_entered(&self.store, invitation.unit).await.map_err(internal)? > 0 {
            return Err(Status::failed_precondition(
                "records were entered for this unit at the site above it since the token was made; \
                 moving records to a new site comes with a later version",
            ));
        }
        let writes = admission_writes(&self.store, &directory, &proven, &invitation, version, cuts.clone());
        match self.store.write_all_at(cuts, writes).await {
            Ok(_) => {}
            Err(WriteError::Conflict { .. } | WriteError::Advanced(_)) => return Ok(None),
            Err(other) => return Err(internal(other)),
        }
        self.mail_path(&directory, &invitation, site).await?;
        tracing::info!(%site, unit = %invitation.unit, role = ?invitation.role, "a site was admitted");
        Ok(Some(self.reply(&self.store.directory(), &proven, &invitation)?))
    }

    fn check(
        &self,
        directory: &Directory,
        proven: &ProvenRequest,
        invitation: &Invitation,
        via: &Peer,
    ) -> Result<(), Status> {
        if self.store.clock().now() > invitation.expires {
            return Err(Status::failed_precondition("this token has expired; ask for a new one"));
        }
        if proven.request().role != invitation.role {
            return Err(Status::permission_denied("this token is for another role"));
        }
        let direct = via.key == proven.request().public_key && invitation.parent == self.store.me();
        let relayed = directory.site_of_key(&via.key).is_some_and(|relay| {
            relay.id != self.store.me() && directory.is_within(invitation.parent, relay.id)
        });
        if !direct && !relayed {
            return Err(Status::permission_denied(
                "this token is for joining under another site; dial the address that it names",
            ));
        }
        if directory.site(proven.site()).is_some() {
            return Err(Status::failed_precondition(
                "this machine's key has joined already for another unit; begin with an empty data folder",
            ));
        }
        if directory.has_own_home(invitation.unit) {
            return Err(Status::failed_precondition("this unit has a site already"));
        }
        if directory.home(invitation.unit).map(|home| home.site) != Some(invitation.parent) {
            return Err(Status::failed_precondition(
                "a site nearer to this unit has joined since the token was made; ask for a new token",
            ));
        }
        Ok(())
    }

    /// Tells the new site who is above it. Sent after its own registration: it may arrive in any later session.
    async fn mail_path(
        &self,
        directory: &Directory,
        invitation: &Invitation,
        site: SiteId,
    ) -> Result<(), Status> {
        let above: Vec<_> = directory
            .path(invitation.parent)
            .filter(|above| *above != self.store.me())
            .map(|above| (REGISTRATION, registration_id(above)))
            .collect();
        if !above.is_empty() {
            self.store.mail_copies(site, above).await.map_err(internal)?;
        }
        Ok(())
    }

    fn reply(
        &self,
        directory: &Directory,
        proven: &ProvenRequest,
        invitation: &Invitation,
    ) -> Result<proto::JoinReply, Status> {
        let site =
            directory.site(proven.site()).ok_or_else(|| internal("an admitted site is not registered"))?;
        let admission = Admission {
            site: site.id,
            unit: site.unit,
            parent: invitation.parent,
            epoch: site.epoch,
            time: self.store.clock().now(),
        };
        Ok(proven.reply(&invitation.secret, &admission, &self.genesis))
    }
}

fn admission_writes(
    store: &Store,
    directory: &Directory,
    proven: &ProvenRequest,
    invitation: &Invitation,
    version: Version,
    cuts: Vec<StreamHead>,
) -> Vec<Write> {
    let site = Site {
        id: proven.site(),
        key: proven.request().public_key,
        sealing_key: proven.request().sealing_key,
        role: invitation.role,
        unit: invitation.unit,
        parent: Some(invitation.parent),
        epoch: 0,
        addresses: proven.request().addresses.iter().map(|a| a.as_str().to_owned()).collect(),
        revoked: None,
        predecessor: None,
        joined: store.clock().now(),
    };
    let own_unit = directory.genesis().unit;
    let used = Invitation { used_by: Some(site.id), ..invitation.clone() };
    vec![
        used.write(own_unit, Expected::At(version)),
        home_write(directory, invitation.unit, site.id, cuts),
        registration_write(store, directory, &site),
    ]
}

/// How far what the unit's present home wrote counts once the unit has moved: as far as central holds it.
fn cuts(store: &Store, directory: &Directory, unit: UnitId) -> Vec<StreamHead> {
    let Some(home) = directory.homes(unit).last() else { return Vec::new() };
    let epoch = directory.site(home.site).map_or(0, |site| site.epoch);
    let streams = [StreamId::journal(home.site, epoch), StreamId::bulletin(home.site, epoch)];
    streams.map(|stream| StreamHead { stream, head: store.head(&stream) }).to_vec()
}

/// The unit moves to its new site.
fn home_write(directory: &Directory, unit: UnitId, site: SiteId, cuts: Vec<StreamHead>) -> Write {
    let mut homes: Vec<Home> = directory.homes(unit).to_vec();
    let generation = homes.last().map_or(0, |home| home.generation + 1);
    if let Some(last) = homes.last_mut() {
        last.cuts = cuts;
    }
    homes.push(Home { generation, site, cuts: Vec::new() });
    let body = proto::UnitHomes { homes: homes.iter().map(Into::into).collect() };
    let expected = directory.homes_version(unit).map_or(Expected::New, Expected::At);
    let edit = Edit {
        kind: HOME,
        record: unit.into(),
        unit,
        change: Change::Upsert,
        body: body.encode_to_vec().into(),
        objects: Vec::new(),
        expected,
        handed_over_by: None,
    };
    Write { targets: vec![Target::Bulletin], edits: vec![edit] }
}

/// The registration goes to the sites on the new one's path, but for central itself, and to the new one.
fn registration_write(store: &Store, directory: &Directory, site: &Site) -> Write {
    let above = site.parent.into_iter().flat_map(|parent| directory.path(parent));
    let mut targets: Vec<Target> = above.filter(|above| *above != store.me()).map(Target::Mailbox).collect();
    targets.push(Target::Mailbox(site.id));
    let edit = Edit::upsert(
        REGISTRATION,
        registration_id(site.id),
        site.unit,
        proto::Registration::from(site).encode_to_vec(),
        Expected::New,
    );
    Write { targets, edits: vec![edit] }
}

/// Who knows no secret learns nothing about invitations.
fn unknown() -> Status {
    Status::unauthenticated("this token is not known here, or it was altered; ask for a new one")
}

fn internal(why: impl std::fmt::Display) -> Status {
    tracing::error!(%why, "an admission failed");
    Status::internal("central could not complete this; its log says why")
}
