//! A site that answers with what a test gave it, and notes what it was asked to do.

use std::sync::{Arc, Mutex};

use futures_util::FutureExt;
use yanzhen_console::{Asked, Inviting, Platform, Summary};
use yanzhen_proto::v1::{
    Check, CheckKind, DoctorReply, Grade, InvitationView, InvitationsReply, InviteReply, InviteRequest,
    ObjectProgress, QuarantineReply, QuarantineRetried, QuarantineView, SiteState, SiteView, SitesReply,
    StatusReply, Trouble, TroubleKind,
};

const UNIT: &str = "云川市委老干部局";

/// The token of every invitation.
pub(crate) const TOKEN: &str = "yz1.AAECAwQFBgcICQoLDA0ODw";

/// Nothing is on its way unless a test says so.
#[derive(Default)]
pub(crate) struct Quiet {
    pub(crate) sites: Mutex<Vec<SiteView>>,
    pub(crate) objects: Mutex<Vec<ObjectProgress>>,
    pub(crate) quarantine: Mutex<Vec<QuarantineView>>,
    pub(crate) invitations: Mutex<Vec<InvitationView>>,
    /// What invitations are refused with.
    pub(crate) refuses: Mutex<Option<Trouble>>,
    /// What was asked of the site.
    pub(crate) seen: Mutex<Vec<String>>,
}

impl Quiet {
    fn note(&self, what: String) {
        self.seen.lock().unwrap().push(what);
    }
}

fn now<'a, T: Send + 'a>(answer: T) -> Asked<'a, T> {
    std::future::ready(Ok(answer)).boxed()
}

impl Platform for Quiet {
    fn summary(&self) -> Asked<'_, Arc<Summary>> {
        let sites = self.sites.lock().unwrap();
        let below = || sites.iter().skip(1);
        let trouble = below().filter(|site| site.state() != SiteState::Good).count();
        now(Arc::new(Summary {
            unit_name: UNIT.into(),
            state: SiteState::Good,
            in_sync: true,
            sites: below().count() as u64,
            sites_in_trouble: trouble as u64,
            ..Summary::default()
        }))
    }

    fn status(&self) -> Asked<'_, StatusReply> {
        let objects = self.objects.lock().unwrap().clone();
        now(StatusReply { unit_name: UNIT.into(), in_sync: true, objects, ..StatusReply::default() })
    }

    fn sites(&self) -> Asked<'_, SitesReply> {
        now(SitesReply { sites: self.sites.lock().unwrap().clone() })
    }

    fn sync_now(&self) {
        self.note("sync".into());
    }

    fn quarantine(&self) -> Asked<'_, QuarantineReply> {
        now(QuarantineReply { entries: self.quarantine.lock().unwrap().clone(), more: 0 })
    }

    fn retry_quarantine(&self, ids: Vec<String>) -> Asked<'_, QuarantineRetried> {
        self.note(format!("retry {}", ids.join(",")));
        now(QuarantineRetried { tried: 3, accepted: 2 })
    }

    fn doctor(&self) -> Asked<'_, DoctorReply> {
        let trouble = Trouble { kind: TroubleKind::ParentAway.into(), ..Trouble::default() };
        let bad = Check {
            kind: CheckKind::Parent.into(),
            grade: Grade::Bad.into(),
            trouble: Some(trouble),
            ..Check::default()
        };
        let good = Check { kind: CheckKind::Database.into(), grade: Grade::Good.into(), ..Check::default() };
        now(DoctorReply { time_ms: 1, checks: vec![good, bad] })
    }

    fn support_bundle(&self) -> Asked<'_, Vec<u8>> {
        self.note("bundle".into());
        now(b"PK".to_vec())
    }

    fn inviting(&self) -> Option<&dyn Inviting> {
        Some(self)
    }
}

impl Inviting for Quiet {
    fn invite(&self, request: InviteRequest) -> Asked<'_, InviteReply> {
        self.note(format!("invite {} {} {}", request.unit_code, request.role, request.ttl_seconds));
        if let Some(trouble) = self.refuses.lock().unwrap().clone() {
            return std::future::ready(Err(trouble)).boxed();
        }
        now(InviteReply {
            token: TOKEN.into(),
            id: "3f9a04c1".into(),
            unit_name: "青原州委老干部局".into(),
            role: request.role,
            parent_unit_name: UNIT.into(),
            parent_addresses: vec!["central.example:7443".into()],
            parent_fingerprint: "4F7A 91C2 E05D 38B6 A1D9 6C04 F3E8 257B".into(),
            ..InviteReply::default()
        })
    }

    fn invitations(&self) -> Asked<'_, InvitationsReply> {
        now(InvitationsReply { invitations: self.invitations.lock().unwrap().clone() })
    }

    fn withdraw(&self, id: String) -> Asked<'_, InvitationView> {
        self.note(format!("withdraw {id}"));
        now(InvitationView::default())
    }
}
