//! Who may write what: whether a run is admitted, and what each of its entries counts for.

use std::collections::HashMap;

use yanzhen_proto::v1::hold::Reason;

use crate::directory::{
    Direction, Directory, GENESIS, Home, Link, NETWORK_KINDS, REGISTRATION, Role, cut_at,
};
use crate::erasure::ErasureProof;
use crate::frame::{Body, Change, EntryHeader, Frame, Kind, Version};
use crate::id::{FrameHash, Head, RecordId, SiteId, StreamHead, StreamId, StreamType, UnitId};
use crate::run::Run;
use crate::seal::Verify;

/// Why a run is not stored. The stream stands still, the sender is told, nothing else is affected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Frames before it are missing; the sender is told the own head.
    #[error("frame {first} does not follow the own head {own}")]
    Gap {
        /// The run's first frame.
        first: u64,
        /// The own head.
        own: u64,
    },
    /// The chain does not continue the own one: two histories exist.
    #[error("frame {0} has another predecessor than the one held: two histories of one stream exist")]
    Forked(u64),
    /// The stream has no business on the link.
    #[error("{0} does not travel on this link")]
    OutOfScope(StreamId),
    /// The author is not known here yet.
    #[error("site {0} is not registered here yet")]
    AwaitsRegistration(SiteId),
    /// The root bulletin is not here yet up to the basis of a frame.
    #[error("{stream} is needed up to frame {seq}", stream = .0.stream, seq = .0.head.seq)]
    AwaitsBulletin(StreamHead),
    /// A frame's basis is a bulletin that central never issued.
    #[error("frame {0} rests on a bulletin that differs from the one held")]
    UnknownBasis(u64),
    /// The seal is not by the author's key.
    #[error("the seal of frame {0} is not by its author")]
    BadSeal(u64),
    /// An entry that its author was never allowed to write.
    #[error("entry {index} of frame {seq}: {why}")]
    NotAuthorised {
        /// The frame.
        seq: u64,
        /// The entry's place.
        index: usize,
        /// What forbids it.
        why: &'static str,
    },
    /// Bytes that are not the run that they should be.
    #[error("the run can't be read: {0}")]
    Unreadable(String),
    /// Proofs of erasures were lost on their way; the sender is told the own head.
    #[error("some of the erasure proofs for the run up to frame {0} did not arrive")]
    ProofsLost(u64),
    /// A body is missing without proof of its erasure.
    #[error("the body of entry {index} of frame {seq} is missing, and no erasure proves why")]
    MissingBody {
        /// The frame.
        seq: u64,
        /// The entry's place.
        index: usize,
    },
}

impl Refusal {
    /// The reason that the sender is told.
    pub fn reason(&self) -> Reason {
        match self {
            Refusal::Gap { .. } | Refusal::ProofsLost(_) => Reason::Gap,
            Refusal::Forked(_) => Reason::Forked,
            Refusal::OutOfScope(_) => Reason::OutOfScope,
            Refusal::AwaitsRegistration(_) => Reason::AwaitsRegistration,
            Refusal::AwaitsBulletin(_) => Reason::AwaitsBulletin,
            Refusal::BadSeal(_) | Refusal::MissingBody { .. } | Refusal::Unreadable(_) => Reason::Damaged,
            Refusal::NotAuthorised { .. } | Refusal::UnknownBasis(_) => Reason::NotAuthorised,
        }
    }

    /// Whether it passes by itself once the directory has grown.
    pub fn is_waiting(&self) -> bool {
        matches!(self, Refusal::AwaitsRegistration(_) | Refusal::AwaitsBulletin(_))
    }
}

/// What the judgement of a run rests on.
pub struct Admission<'a> {
    /// The network as known here.
    pub directory: &'a Directory,
    /// The line that the run came by, and its way on it.
    pub link: Link,
    /// See `link`.
    pub direction: Direction,
    /// Checks signatures.
    pub verifier: &'a dyn Verify,
}

impl Admission<'_> {
    /// Whether a run may be stored after `own`, the stream's head here. Frames that are already here are let pass
    /// when their hashes agree (`known` gives the hash of a stored frame of this stream; none once it was dropped).
    pub fn admit(
        &self,
        run: &Run,
        own: Head,
        known: impl Fn(u64) -> Option<FrameHash>,
    ) -> Result<(), Refusal> {
        let stream = run.stream();
        if !self.directory.travels(&stream, self.link, self.direction) {
            return Err(Refusal::OutOfScope(stream));
        }
        self.check_chain(run, own, known)?;
        let holds = self.directory.seal_holds(run.seal(), self.verifier);
        if !holds.ok_or(Refusal::AwaitsRegistration(stream.author))? {
            return Err(Refusal::BadSeal(run.stream_head().head.seq));
        }
        let granted = self.directory.site(stream.author).map_or(0, |site| site.epoch);
        if stream.epoch > granted && stream.author != self.directory.root() {
            let why = "its author was not granted the epoch of this stream";
            return Err(Refusal::NotAuthorised { seq: run.first_seq(), index: 0, why });
        }
        if self.is_for_nobody(&stream) {
            let why = "a terminal has no sites below it";
            return Err(Refusal::NotAuthorised { seq: run.first_seq(), index: 0, why });
        }
        for frame in run.frames() {
            self.check_basis(frame)?;
            self.check_entries(frame)?;
        }
        self.check_missing(run)
    }

    /// Whether a terminal writes to sites below it. Mail to a known site elsewhere is refused for that.
    fn is_for_nobody(&self, stream: &StreamId) -> bool {
        let by_terminal =
            self.directory.site(stream.author).is_some_and(|author| author.role == Role::Terminal);
        by_terminal
            && match stream.kind {
                StreamType::Journal => false,
                StreamType::Bulletin => true,
                StreamType::Mailbox(recipient) => {
                    self.directory.site(recipient).is_none()
                        || self.directory.is_below(recipient, stream.author)
                }
            }
    }

    fn check_chain(
        &self,
        run: &Run,
        own: Head,
        known: impl Fn(u64) -> Option<FrameHash>,
    ) -> Result<(), Refusal> {
        let previous = run.previous();
        if previous.seq > own.seq {
            return Err(Refusal::Gap { first: run.first_seq(), own: own.seq });
        }
        let begins = previous.seq == 0
            && (previous.hash == self.directory.genesis().hash
                || run.frames()[0].hash() == self.directory.genesis().hash);
        if previous.seq == 0 && !begins {
            return Err(Refusal::Forked(run.first_seq()));
        }
        let held = |seq| if seq == own.seq { Some(own.hash) } else { known(seq) };
        let differs =
            |seq: u64, hash| seq > 0 && seq <= own.seq && held(seq).is_some_and(|held| held != hash);
        if differs(previous.seq, previous.hash) {
            return Err(Refusal::Forked(run.first_seq()));
        }
        let fork = run.frames().iter().find(|frame| differs(frame.header().seq, frame.hash()));
        fork.map_or(Ok(()), |frame| Err(Refusal::Forked(frame.header().seq)))
    }

    fn check_basis(&self, frame: &Frame) -> Result<(), Refusal> {
        let header = frame.header();
        let Some(basis) = header.basis else {
            let genuine = frame.hash() == self.directory.genesis().hash;
            return if genuine { Ok(()) } else { Err(Refusal::UnknownBasis(header.seq)) };
        };
        let own_chain = header.stream == basis.stream && basis.head.seq < header.seq;
        if own_chain {
            return Ok(()); // A bulletin frame rests on its own predecessors, which the chain vouches for.
        }
        if basis.stream.author != self.directory.root() || basis.stream.kind != StreamType::Bulletin {
            return Err(Refusal::UnknownBasis(header.seq));
        }
        match self.directory.bulletin_hash(&basis.stream, basis.head.seq) {
            Some(hash) if hash == basis.head.hash => Ok(()),
            Some(_) => Err(Refusal::UnknownBasis(header.seq)),
            None => Err(Refusal::AwaitsBulletin(basis)),
        }
    }

    fn check_entries(&self, frame: &Frame) -> Result<(), Refusal> {
        let header = frame.header();
        for (index, entry) in header.entries.iter().enumerate() {
            match judge(self.directory, &header.stream, header.seq, entry, &Context::default()) {
                Judgement::Refuse(why) => {
                    return Err(Refusal::NotAuthorised { seq: header.seq, index, why });
                }
                Judgement::AwaitRegistration(site) => return Err(Refusal::AwaitsRegistration(site)),
                Judgement::Accept | Judgement::HandsOver | Judgement::Quarantine(_) => {}
            }
        }
        Ok(())
    }

    /// Whether each missing body's erasure is proved. Each proof is checked once, and only where a body needs it.
    fn check_missing(&self, run: &Run) -> Result<(), Refusal> {
        if run.lacks_proofs() {
            return Err(Refusal::ProofsLost(run.stream_head().head.seq));
        }
        let mut proofs: HashMap<_, (&ErasureProof, Option<bool>)> =
            run.erasures().iter().map(|proof| (record_of(proof.erase()), (proof, None))).collect();
        for frame in run.frames() {
            for (index, (entry, body)) in frame.entries().enumerate() {
                let mut proved = || {
                    let (proof, holds) = proofs.get_mut(&record_of(entry))?;
                    let holds = *holds.get_or_insert_with(|| self.holds(proof));
                    Some(holds && proof.covers(entry))
                };
                if *body == Body::Erased && proved() != Some(true) {
                    return Err(Refusal::MissingBody { seq: frame.header().seq, index });
                }
            }
        }
        Ok(())
    }

    /// Whether who was home to the record's unit in the erase entry's generation wrote and sealed it. A former home's
    /// word may have come too late: whoever took it for the owner's then has no body to give all the same. It reaches
    /// no entry of a later home, whose versions are greater.
    fn holds(&self, proof: &ErasureProof) -> bool {
        let (erase, author) = (proof.erase(), proof.seal().head.stream.author);
        let was_home = |home: &Home| home.site == author && home.generation == erase.version.generation;
        self.directory.homes(erase.unit).iter().any(was_home)
            && self.directory.seal_holds(proof.seal(), self.verifier) == Some(true)
    }
}

/// What one erase entry erases.
fn record_of(entry: &EntryHeader) -> (&Kind, RecordId, UnitId) {
    (&entry.kind, entry.record, entry.unit)
}

/// What is known of an entry's record where it is judged for projection.
#[derive(Clone, Copy, Debug, Default)]
pub struct Context {
    /// Judging for projection, not only for storing: the fields below count.
    pub projecting: bool,
    /// The record's greatest version here and its unit; none where the state [gives way](gives_way).
    pub state: Option<(Version, UnitId)>,
    /// Whether an older entry of the same record and unit is stored here. Counts for an erase entry only.
    pub named: bool,
    /// Whether the entry named by `handed_over_by` is stored here and hands this very record over ([`hands_over`]).
    pub mail_known: bool,
}

/// What one entry counts for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// It may become its record's state.
    Accept,
    /// A superior's mail that hands a record over to its recipient, who may take it. No record's state, and nothing
    /// wrong: what takes the record names it.
    HandsOver,
    /// It is kept and relayed and changes nothing here.
    Quarantine(Quarantined),
    /// Its author was never allowed to write it: the stream stands still before it.
    Refuse(&'static str),
    /// Decided only once a site's registration is here.
    AwaitRegistration(SiteId),
}

/// Why an entry was set aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Quarantined {
    /// Its author was home to the unit before, and wrote it after the unit had left.
    #[error("the unit had moved to another home when this was written")]
    BeyondCut,
    /// Its author was revoked before.
    #[error("the author's key had been revoked when this was written")]
    Revoked,
    /// The version's generation is not that of the author's time as home.
    #[error("the entry claims another generation of its unit's home")]
    WrongGeneration,
    /// The version's epoch is not the stream's.
    #[error("the entry claims another epoch than its stream's")]
    WrongEpoch,
    /// Changed its record's unit without a hand-over.
    #[error("the entry moves a record to another unit without a hand-over")]
    NotHandedOver,
    /// The mail that handed the record over has not arrived.
    #[error("the mail that handed the record over has not arrived here")]
    AwaitsMail,
    /// Erases a record that is not here: nothing shows yet that the record is its author's.
    #[error("it erases a record that is not here; it waits for its record")]
    AwaitsRecord,
    /// A superior's mail or bulletin about a unit that is not at home with it.
    #[error("a superior site does not edit the records of a unit below it")]
    NotHome,
}

/// Judges one entry by its place and what the directory says now. Depends on no order of arrival but for
/// `context`.
pub fn judge(
    directory: &Directory,
    stream: &StreamId,
    seq: u64,
    entry: &EntryHeader,
    context: &Context,
) -> Judgement {
    if let Some(forbidden) = forbidden_kind(directory, stream, entry) {
        return Judgement::Refuse(forbidden);
    }
    if let Some(judgement) = judge_place(directory, stream, seq, entry) {
        return judgement;
    }
    if let Some(cuts) = directory.site(stream.author).and_then(|site| site.revoked.as_ref())
        && seq > cut_at(cuts, stream)
    {
        return Judgement::Quarantine(Quarantined::Revoked);
    }
    if context.projecting { judge_transfer(directory, stream, entry, context) } else { Judgement::Accept }
}

fn forbidden_kind(directory: &Directory, stream: &StreamId, entry: &EntryHeader) -> Option<&'static str> {
    if !NETWORK_KINDS.contains(&entry.kind) {
        return None;
    }
    let place = match stream.kind {
        _ if stream.author != directory.root() => return Some("only central writes records of the network"),
        StreamType::Mailbox(_) => entry.kind == REGISTRATION,
        StreamType::Bulletin => entry.kind != REGISTRATION,
        StreamType::Journal => false,
    };
    (!place).then_some("this kind does not belong in this stream")
}

/// Whether the author is home to the entry's unit. `None` leaves the decision to what follows.
fn judge_place(directory: &Directory, stream: &StreamId, seq: u64, entry: &EntryHeader) -> Option<Judgement> {
    let by_root = stream.author == directory.root();
    if by_root && (NETWORK_KINDS.contains(&entry.kind) || entry.kind == GENESIS) {
        return Some(Judgement::Accept);
    }
    if let StreamType::Mailbox(recipient) = stream.kind
        && !directory.is_below(recipient, stream.author)
    {
        // Where a recipient stands is known once the registrations of all sites above it are here.
        let unknown = directory.path(recipient).find(|site| directory.site(*site).is_none());
        return match unknown {
            None => Some(Judgement::Refuse("the recipient is not below the author")),
            Some(_) if by_root => None, // They may be in that very mail.
            Some(site) => Some(Judgement::AwaitRegistration(site)),
        };
    }
    let homes = directory.homes(entry.unit);
    let journal = stream.kind == StreamType::Journal;
    // A superior may have been home itself before the unit had a site of its own. What its mail says of another's time as
    // home is judged by where the unit is now; a hand-over is of nobody's time.
    let superior = passes(directory, stream, entry);
    let own = || homes.iter().filter(|home| home.site == stream.author);
    let Some(home) = own().find(|home| home.generation == entry.version.generation) else {
        let was_home = own().next().is_some();
        return match (stream.kind, superior) {
            (_, Some(Passes::On)) => None,
            (_, Some(Passes::To)) => Some(Judgement::HandsOver),
            (_, None) if was_home => Some(Judgement::Quarantine(Quarantined::WrongGeneration)),
            (StreamType::Journal, None) => {
                Some(Judgement::Refuse("its unit was never at home with the author"))
            }
            (_, None) => Some(Judgement::Quarantine(Quarantined::NotHome)),
        };
    };
    let former = homes.last().is_none_or(|last| last.generation != home.generation);
    if former && seq > cut_at(&home.cuts, stream) {
        return Some(match superior {
            Some(Passes::To) => Judgement::HandsOver,
            Some(Passes::On) | None => Judgement::Quarantine(Quarantined::BeyondCut),
        });
    }
    // A copy in mail or a bulletin keeps the version that the record got in an earlier epoch.
    let epoch_fits =
        if journal { entry.version.epoch == stream.epoch } else { entry.version.epoch <= stream.epoch };
    (!epoch_fits).then_some(Judgement::Quarantine(Quarantined::WrongEpoch))
}

/// What a superior's mail about a unit below it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Passes {
    /// Tells the recipient of a record whose unit is at home somewhere else.
    On,
    /// Hands a record over to the recipient's own unit.
    To,
}

/// What a mail entry about a unit below its author does, if anything: a superior doesn't edit the records of the
/// recipient or of sites below it.
fn passes(directory: &Directory, stream: &StreamId, entry: &EntryHeader) -> Option<Passes> {
    let recipient = stream.recipient()?;
    if entry.change == Change::Erase || !directory.oversees(stream.author, entry.unit) {
        return None;
    }
    if !directory.is_home_within(entry.unit, recipient) {
        return Some(Passes::On);
    }
    let home = directory.home(entry.unit)?;
    let to = directory.present(home.site) == directory.present(recipient) && entry.version.transfer > 0;
    to.then_some(Passes::To)
}

/// A record changes its unit only by a hand-over from a common ancestor of both homes: its mail hands the record to the
/// new home, and it may tell those below it that the record has left. Where the new home is that ancestor, no mail
/// leads there: it names what the record was before.
fn judge_transfer(
    directory: &Directory,
    stream: &StreamId,
    entry: &EntryHeader,
    context: &Context,
) -> Judgement {
    if entry.change == Change::Erase && context.state.is_none() && !context.named {
        return Judgement::Quarantine(Quarantined::AwaitsRecord);
    }
    let (transfer, unit) = context.state.map_or((0, entry.unit), |(version, unit)| (version.transfer, unit));
    let raises = entry.version.transfer > transfer;
    let above =
        |ancestor, unit| directory.oversees(ancestor, unit) || directory.is_home_within(unit, ancestor);
    let above_former = |ancestor| context.state.is_none_or(|(_, former)| above(ancestor, former));
    if raises && passes(directory, stream, entry) == Some(Passes::On) && above_former(stream.author) {
        return Judgement::Accept;
    }
    let Some(mail) = entry.handed_over_by.filter(|_| raises) else {
        let legal = !raises && (unit == entry.unit || entry.version.transfer < transfer);
        return if legal { Judgement::Accept } else { Judgement::Quarantine(Quarantined::NotHandedOver) };
    };
    let author = stream.author;
    let by_ancestor = match mail.stream.kind {
        StreamType::Mailbox(to) => {
            directory.present(to) == directory.present(author)
                && directory.is_below(author, mail.stream.author)
                && above_former(mail.stream.author)
        }
        StreamType::Journal => directory.is_within(mail.stream.author, author) && above_former(author),
        StreamType::Bulletin => false,
    };
    match (by_ancestor, context.mail_known) {
        (false, _) => Judgement::Quarantine(Quarantined::NotHandedOver),
        (true, false) => Judgement::Quarantine(Quarantined::AwaitsMail),
        (true, true) => Judgement::Accept,
    }
}

/// Whether a record's state counts for nothing against an entry. Ids can be guessed, and without a body nothing tells
/// whose record it is: a state that no body ever `vouched` for here gives way to an entry of another unit whose body
/// [can be read](vouches).
pub fn gives_way(vouched: bool, unit: UnitId, entry: &EntryHeader, entry_vouches: bool) -> bool {
    !vouched && unit != entry.unit && entry_vouches
}

/// Whether an entry has a body that shows whose record it is.
pub fn vouches(entry: &EntryHeader, body: &Body) -> bool {
    entry.change != Change::Erase && *body != Body::Erased
}

/// Whether the entry that `entry` names in `handed_over_by` hands over the record that it is about: mail is to its unit
/// and at its transfer; in a journal it is what the record was one transfer before.
pub fn hands_over(by: &EntryHeader, entry: &EntryHeader) -> bool {
    let journal = entry.handed_over_by.is_some_and(|by| by.stream.kind == StreamType::Journal);
    by.kind == entry.kind
        && by.record == entry.record
        && match journal {
            true => by.version.transfer.checked_add(1) == Some(entry.version.transfer),
            false => by.unit == entry.unit && by.version.transfer == entry.version.transfer,
        }
}
