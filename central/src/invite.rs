//! `invite`: leave for one site to join.

use yanzhen_bureau::kinds::{party_org, person};
use yanzhen_link::{Address, InvitationId, Secret, Token};
use yanzhen_proto::v1::TroubleKind;
use yanzhen_site::Failure;
use yanzhen_site::named::Named;
use yanzhen_site::out::counted;
use yanzhen_site::runtime::Site;
use yanzhen_store::{Expected, Store, StoreError};
use yanzhen_sync::directory::{Directory, Role, Site as Registered, Unit};
use yanzhen_sync::{Millis, PublicKey, UnitId};

use crate::invitation::Invitation;

/// Seconds that an invitation counts unless told otherwise: long enough for a parcel with a machine in it.
const DEFAULT_TTL_SECONDS: u64 = 7 * 24 * 3600;

/// Seconds of the longest life.
const MAX_TTL_SECONDS: u64 = 90 * 24 * 3600;

/// Whom to invite.
#[derive(Clone, Debug)]
pub(crate) struct Invite {
    /// The unit's code.
    pub(crate) unit_code: String,
    /// What its site will be.
    pub(crate) role: Role,
    /// How long the token counts; 0 for 7 days.
    pub(crate) ttl_seconds: u64,
}

/// An invitation as it is shown once.
pub(crate) struct Invited {
    /// To be pasted at the new site.
    pub(crate) token: Token,
    /// The unit of the site that the new one will dial.
    pub(crate) parent: Unit,
    /// What is odd about it; empty for nothing.
    pub(crate) warning: String,
    /// The unit above that has no site yet, where that is what is odd; else empty.
    pub(crate) above_without_site: String,
}

/// Makes an invitation and keeps it. `own_addresses` is where central itself is dialled.
pub(crate) async fn invite(
    site: &Site,
    invite: &Invite,
    own_addresses: &[Address],
) -> Result<Invited, Failure> {
    let directory = site.store.directory();
    let unit = invited_unit(&directory, &invite.unit_code)?;
    check_free(site, &directory, unit).await?;
    let parent = parent_of(&directory, unit)?;
    let (key, addresses) = where_to_dial(site, &directory, parent, own_addresses)?;
    let now = site.store.clock().now();
    let invitation = Invitation {
        id: InvitationId::generate(),
        unit: unit.id,
        role: invite.role,
        parent: parent.id,
        secret: Secret::generate(),
        made: now,
        expires: now + ttl(invite.ttl_seconds)?,
        used_by: None,
        withdrawn: None,
    };
    site.store.write(invitation.write(directory.genesis().unit, Expected::New)).await.map_err(|error| {
        Failure::failed("the invitation could not be kept")
            .why(error)
            .next("see the site's log, then try again")
    })?;
    let token = Token {
        genesis: directory.genesis().hash,
        parent_addresses: addresses,
        parent_key: key,
        invitation: invitation.id,
        secret: invitation.secret,
        expires: invitation.expires,
        role: invite.role,
        unit_code: unit.code.clone(),
        unit_name: unit.name.clone(),
    };
    let above = above_without_site(&directory, unit, parent);
    let above_without_site = above.map_or_else(String::new, |above| format!("{} {}", above.code, above.name));
    let warning = above.map_or_else(String::new, |above| warning(above, unit));
    let parent = directory.unit(parent.unit).cloned();
    let parent = parent.ok_or_else(|| Failure::failed("the parent's unit is not in the tree"))?;
    Ok(Invited { token, parent, warning, above_without_site })
}

fn invited_unit<'a>(directory: &'a Directory, code: &str) -> Result<&'a Unit, Failure> {
    let unit = directory.unit_by_code(code).ok_or_else(|| {
        Failure::refused(format!("there is no unit with the code {code}"))
            .next("look it up with `units show`, or bring it in with `units import`")
            .of(TroubleKind::InviteUnknownUnit)
            .with("unit", code)
    })?;
    if directory.has_own_home(unit.id) {
        return Err(Failure::refused(format!("{} {} has a site already", unit.code, unit.name))
            .why("each unit has one site")
            .next("see `sites`; a lost site will be replaced with a replacement token")
            .of(TroubleKind::InviteHasSite)
            .with("unit", &unit.name));
    }
    Ok(unit)
}

/// Records that another site has entered for the unit would have to be handed over first.
async fn check_free(site: &Site, directory: &Directory, unit: &Unit) -> Result<(), Failure> {
    let entered = records_entered(&site.store, unit.id).await;
    let entered =
        entered.map_err(|error| Failure::failed("the unit's records can't be looked at").why(error))?;
    if entered == 0 {
        return Ok(());
    }
    let home = directory.home(unit.id).and_then(|home| directory.site(home.site));
    let home = home.and_then(|home| directory.unit(home.unit)).map_or("another site", |u| &u.name);
    Err(Failure::refused(format!("{} {} can't be invited yet", unit.code, unit.name))
        .why(format!("{} of it entered at {home}", counted(entered as u64, "record")))
        .next("give its site a token before anything is entered for it; moving records comes later")
        .of(TroubleKind::InviteHasRecords)
        .with("unit", &unit.name)
        .with("site", home)
        .with("count", entered))
}

/// How many records of one kind were entered for a unit before it had a site of its own: 0 where there are none.
pub(crate) async fn records_entered(store: &Store, unit: UnitId) -> Result<usize, StoreError> {
    for kind in [person::KIND, party_org::KIND] {
        let records = store.records_of_unit(&kind, unit).await?;
        if !records.is_empty() {
            return Ok(records.len());
        }
    }
    Ok(0)
}

/// A site that joins before the one above it stays where it is: past its own superior, which then sees nothing of it.
fn above_without_site<'a>(directory: &'a Directory, unit: &Unit, parent: &Registered) -> Option<&'a Unit> {
    unit.parent.and_then(|above| directory.unit(above)).filter(|above| above.id != parent.unit)
}

fn warning(above: &Unit, unit: &Unit) -> String {
    format!(
        "{} {} has no site yet. If it is to get one, let it join first and invite {} then: a site that joined \
         earlier stays past it, and {} would see none of its records",
        above.code, above.name, unit.code, above.name
    )
}

/// The site that the unit is at home with until it has its own.
fn parent_of<'a>(directory: &'a Directory, unit: &Unit) -> Result<&'a Registered, Failure> {
    let parent = directory.home(unit.id).and_then(|home| directory.site(home.site));
    let parent = parent.ok_or_else(|| Failure::failed("the unit has no home"))?;
    if parent.role == Role::Terminal {
        return Err(Failure::refused(format!("{} {} can't have a site", unit.code, unit.name))
            .why("the unit above it has a terminal, and terminals have no sites below them")
            .next("work for it at that terminal, or give the unit above a node")
            .of(TroubleKind::InviteBelowTerminal)
            .with("unit", &unit.name));
    }
    Ok(parent)
}

fn where_to_dial(
    site: &Site,
    directory: &Directory,
    parent: &Registered,
    own_addresses: &[Address],
) -> Result<(PublicKey, Vec<Address>), Failure> {
    if parent.id == site.store.me() {
        return Ok((site.identity.public_key(), own_addresses.to_vec()));
    }
    let name = directory.unit(parent.unit).map_or("the site above", |unit| &unit.name);
    let addresses: Vec<Address> = parent.addresses.iter().filter_map(|text| text.parse().ok()).collect();
    if addresses.is_empty() {
        return Err(Failure::refused(format!("nobody knows where to dial {name}"))
            .next("join that node again with --advertise HOST:PORT")
            .of(TroubleKind::InviteNoAddress)
            .with("site", name));
    }
    Ok((directory.key(parent.id).unwrap_or(parent.key), addresses))
}

fn ttl(seconds: u64) -> Result<Millis, Failure> {
    let seconds = if seconds == 0 { DEFAULT_TTL_SECONDS } else { seconds };
    let fits = seconds <= MAX_TTL_SECONDS;
    let millis = i64::try_from(seconds).ok().filter(|_| fits).map(|seconds| seconds * 1000);
    millis.ok_or_else(|| {
        Failure::refused("no invitation was made")
            .why("one counts for at most 90 days")
            .next("name a shorter --ttl")
            .of(TroubleKind::InviteTooLong)
    })
}
