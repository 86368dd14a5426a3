//! Erasure proofs, which travel in portions ahead of the run that needs them.

use yanzhen_proto::v1 as proto;
use yanzhen_proto::v1::session_message::Message;

use crate::erasure::ErasureProof;
use crate::id::StreamHead;
use crate::limits::{MAX_PROOFS_PER_RUN, PROOFS_PER_MESSAGE};
use crate::run::Run;

/// The messages that bring a run to the peer: its proofs, and then itself.
pub fn run_messages(run: &Run, envelope: fn(proto::Run) -> Message) -> Vec<Message> {
    let portions = (0..).step_by(PROOFS_PER_MESSAGE).zip(run.erasures().chunks(PROOFS_PER_MESSAGE));
    let proofs = portions.map(|(first, proofs)| {
        let proofs = proofs.iter().map(Into::into).collect();
        Message::Erasures(proto::Erasures { run: Some(run.stream_head().into()), first, proofs })
    });
    proofs.chain([envelope(run.to_wire())]).collect()
}

/// The proofs that came for a run which has not come yet. Those of one run at a time bound the memory.
#[derive(Default)]
pub(super) struct Ahead {
    run: Option<StreamHead>,
    proofs: Vec<ErasureProof>,
}

/// Why proofs are not kept.
pub(super) enum Unkept {
    /// The peer sends more than any run can need.
    TooMany,
    /// They can't be read.
    Unreadable(String),
}

impl Ahead {
    /// Keeps proofs for a run. Doubles, and what follows a portion that was lost, are dropped: the run tells how many
    /// there are.
    pub(super) fn take(
        &mut self,
        run: StreamHead,
        first: u32,
        proofs: Vec<proto::ErasureProof>,
    ) -> Result<(), Unkept> {
        if proofs.len() > PROOFS_PER_MESSAGE || first as usize + proofs.len() > MAX_PROOFS_PER_RUN {
            return Err(Unkept::TooMany);
        }
        if first == 0 {
            *self = Ahead { run: Some(run), proofs: Vec::new() };
        }
        if self.run != Some(run) || first as usize != self.proofs.len() {
            return Ok(());
        }
        for proof in proofs {
            let proof = ErasureProof::try_from(proof).map_err(|why| Unkept::Unreadable(why.to_string()))?;
            self.proofs.push(proof);
        }
        Ok(())
    }

    /// Gives away what came for a run, if it is all that was sent.
    pub(super) fn of_run(&mut self, run: &proto::Run) -> Vec<ErasureProof> {
        let end = run.seal.as_ref().and_then(|seal| StreamHead::try_from(seal.head.clone()?).ok());
        if run.erasures == 0 || end.is_none() || self.run != end {
            return Vec::new();
        }
        let Ahead { proofs, .. } = std::mem::take(self);
        if proofs.len() == run.erasures as usize { proofs } else { Vec::new() }
    }
}
