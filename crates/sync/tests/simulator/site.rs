//! A simulated site: its storage, its sessions, its writer.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use yanzhen_sync::authority::Refusal;
use yanzhen_sync::directory::{Directory, Role};
use yanzhen_sync::memory::Replica;
use yanzhen_sync::session::Session;
use yanzhen_sync::testing::FakeSigner;
use yanzhen_sync::{Run, SiteId, StreamHead, StreamId, UnitId};

use crate::network::At;

pub(crate) struct Site {
    pub(crate) signer: FakeSigner,
    pub(crate) id: SiteId,
    pub(crate) role: Role,
    pub(crate) unit: UnitId,
    pub(crate) parent: Option<usize>,
    pub(crate) replica: Replica,
    /// As committed: what sessions know.
    pub(crate) directory: Arc<Directory>,
    /// Admitted by central.
    pub(crate) joined: bool,
    pub(crate) up: bool,
    /// Counts starts: what was asked before a crash is not answered after it.
    pub(crate) boot: u32,
    /// What its clock is wrong by.
    pub(crate) skew: i64,
    pub(crate) disk_full: bool,
    /// Sessions by lines.
    pub(crate) ends: BTreeMap<usize, End>,
    pub(crate) jobs: VecDeque<Job>,
    /// Answers that wait for the commit.
    pub(crate) answers: Vec<Answer>,
    pub(crate) writing: bool,
    /// Damage that it knows of.
    pub(crate) damaged: BTreeSet<(StreamId, u64)>,
    /// How much of the replica's list of applied frames was checked.
    pub(crate) checked: usize,
}

pub(crate) struct End {
    pub(crate) connection: u64,
    pub(crate) session: Session,
}

/// What a site's writer does, one after the other.
pub(crate) enum Job {
    Ingest(At, Run),
    Repair(Run),
    /// A clerk writes.
    Write,
    /// Central admits a site.
    Admit(usize),
    /// Central moves a unit to another home.
    Move,
}

pub(crate) struct Answer {
    pub(crate) at: At,
    pub(crate) stream: StreamId,
    pub(crate) result: Result<StreamHead, Failure>,
}

pub(crate) enum Failure {
    Refused(Refusal),
    DiskFull,
}
