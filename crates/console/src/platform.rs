//! What the console does to a site beside the bureau's work. Whoever runs the site answers.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use yanzhen_proto::v1::{
    DoctorReply, InvitationView, InvitationsReply, InviteReply, InviteRequest, QuarantineReply,
    QuarantineRetried, SiteState, SitesReply, StatusReply, Trouble,
};

/// What is asked of a site.
pub type Asked<'a, T> = BoxFuture<'a, Result<T, Trouble>>;

/// A running site, as the console sees it. What can't be done answers what happened, why and what to do next.
pub trait Platform: Send + Sync + 'static {
    /// How the site stands, in short. Cheap: every page asks; it may be a second old.
    fn summary(&self) -> Asked<'_, Arc<Summary>>;

    /// How the site stands: links, streams, what has not left yet and why.
    fn status(&self) -> Asked<'_, StatusReply>;

    /// This site and those below it, in the order of the tree.
    fn sites(&self) -> Asked<'_, SitesReply>;

    /// Dials the parent and exchanges now, without waiting for the end.
    fn sync_now(&self);

    /// Entries that could not be taken in.
    fn quarantine(&self) -> Asked<'_, QuarantineReply>;

    /// Tries to take them in again; all, where none is named.
    fn retry_quarantine(&self, ids: Vec<String>) -> Asked<'_, QuarantineRetried>;

    /// Looks at clock, disk, database, keys, the way to the parent and versions.
    fn doctor(&self) -> Asked<'_, DoctorReply>;

    /// What whoever looks after the program needs to see, as a .zip without names of people, passwords, tokens and
    /// keys.
    fn support_bundle(&self) -> Asked<'_, Vec<u8>>;

    /// Invitations, where the site makes them: at central.
    fn inviting(&self) -> Option<&dyn Inviting>;
}

/// Lets sites into the network.
pub trait Inviting: Send + Sync {
    /// Makes an invitation. Its token is told this once.
    fn invite(&self, request: InviteRequest) -> Asked<'_, InviteReply>;

    /// All that were made, those that still count first.
    fn invitations(&self) -> Asked<'_, InvitationsReply>;

    /// Its token lets nobody in any more.
    fn withdraw(&self, id: String) -> Asked<'_, InvitationView>;
}

/// How a site stands, in short.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The name of its unit.
    pub unit_name: String,
    /// How it stands with its parent.
    pub state: SiteState,
    /// Whether nothing at all is left to send or to fetch.
    pub in_sync: bool,
    /// Frames and their bytes that the parent lacks.
    pub frames_waiting: u64,
    /// Bytes of them.
    pub bytes_waiting: u64,
    /// Sites below, all of them.
    pub sites: u64,
    /// Sites below that are not in the state 正常.
    pub sites_in_trouble: u64,
    /// When this was so.
    pub time_ms: i64,
}
