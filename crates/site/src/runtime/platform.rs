//! What the console does to the site: the same as the commands do, by the same code.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tonic::{Request, Response, Status};
use yanzhen_console::{Asked, Inviting, Platform, Summary};
use yanzhen_proto::v1::central_administration_server::CentralAdministration;
use yanzhen_proto::v1::{
    DoctorReply, InvitationView, InvitationsReply, InviteReply, InviteRequest, ListInvitationsRequest,
    QuarantineReply, QuarantineRequest, QuarantineRetried, SiteState, SitesReply, StatusReply, Trouble,
    WithdrawRequest,
};

use super::Site;
use crate::failure::Failure;
use crate::handlers;

/// How old a summary may be: every page shows it, and it asks all links and the database.
const SUMMARY_AGE: Duration = Duration::from_secs(1);

/// The last summary and when it was made.
pub(super) type LastSummary = Arc<Mutex<Option<(Instant, Arc<Summary>)>>>;

/// What central alone answers, for its console.
#[derive(Clone)]
pub(super) struct Governing(pub(super) Arc<dyn CentralAdministration>);

impl Site {
    async fn fresh_summary(&self) -> Result<Arc<Summary>, Failure> {
        // Whoever comes while one is made waits for that one.
        let mut last = self.summary.lock().await;
        if let Some((_, summary)) = last.as_ref().filter(|(made, _)| made.elapsed() < SUMMARY_AGE) {
            return Ok(summary.clone());
        }
        let status = handlers::status(self).await?;
        // A site that has just joined may not know itself yet.
        let below: Vec<_> = handlers::site_views(self).await?.into_iter().skip(1).collect();
        let parents = || status.links.iter().filter(|link| link.side == "parent");
        let summary = Arc::new(Summary {
            state: status.state(),
            in_sync: status.in_sync,
            frames_waiting: parents().map(|link| link.backlog_frames).sum(),
            bytes_waiting: parents().map(|link| link.backlog_bytes).sum(),
            sites: below.len() as u64,
            sites_in_trouble: below.iter().filter(|site| site.state() != SiteState::Good).count() as u64,
            time_ms: status.time_ms,
            unit_name: status.unit_name,
        });
        *last = Some((Instant::now(), summary.clone()));
        Ok(summary)
    }
}

impl Platform for Site {
    fn summary(&self) -> Asked<'_, Arc<Summary>> {
        asked(self.fresh_summary())
    }

    fn status(&self) -> Asked<'_, StatusReply> {
        asked(handlers::status(self))
    }

    fn sites(&self) -> Asked<'_, SitesReply> {
        asked(handlers::site_views(self).map(|views| Ok(SitesReply { sites: views? })))
    }

    fn sync_now(&self) {
        self.hub.sync_now();
        self.exchange.look();
    }

    fn quarantine(&self) -> Asked<'_, QuarantineReply> {
        asked(handlers::quarantine::list(self))
    }

    fn retry_quarantine(&self, ids: Vec<String>) -> Asked<'_, QuarantineRetried> {
        asked(handlers::quarantine::retry(self, QuarantineRequest { ids }))
    }

    fn doctor(&self) -> Asked<'_, DoctorReply> {
        asked(handlers::doctor(self))
    }

    fn support_bundle(&self) -> Asked<'_, Vec<u8>> {
        asked(handlers::support_bundle(self))
    }

    fn inviting(&self) -> Option<&dyn Inviting> {
        self.governing.as_ref().map(|governing| governing as &dyn Inviting)
    }
}

impl Inviting for Governing {
    fn invite(&self, request: InviteRequest) -> Asked<'_, InviteReply> {
        commanded(self.0.invite(Request::new(request)))
    }

    fn invitations(&self) -> Asked<'_, InvitationsReply> {
        commanded(self.0.list_invitations(Request::new(ListInvitationsRequest {})))
    }

    fn withdraw(&self, id: String) -> Asked<'_, InvitationView> {
        commanded(self.0.withdraw_invitation(Request::new(WithdrawRequest { id })))
    }
}

fn asked<'a, T>(work: impl Future<Output = Result<T, Failure>> + Send + 'a) -> Asked<'a, T> {
    async { work.await.map_err(Trouble::from) }.boxed()
}

/// A command of the control channel, given without one.
fn commanded<'a, T: Send + 'a>(
    work: impl Future<Output = Result<Response<T>, Status>> + Send + 'a,
) -> BoxFuture<'a, Result<T, Trouble>> {
    asked(async { work.await.map(Response::into_inner).map_err(Failure::from) })
}
