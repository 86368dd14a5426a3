//! Runs: the frames of one stream between two seals, the unit of transfer and of acknowledgement.

use yanzhen_proto::v1 as proto;

use crate::erasure::{ErasureProof, ProofError};
use crate::frame::{Frame, FrameError};
use crate::id::{Head, StreamHead, StreamId};
use crate::limits::{MAX_PROOF_BYTES, MAX_PROOFS_PER_RUN, MAX_RUN_BYTES, MAX_RUN_FRAMES};
use crate::seal::Seal;
use crate::wire::WireError;

/// Frames of one stream that follow each other, up to a seal. Always at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    frames: Vec<Frame>,
    seal: Seal,
    erasures: Vec<ErasureProof>,
    size: usize,
}

/// Why bytes are not a run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RunError {
    /// None or too many frames.
    #[error("a run has 1 to {MAX_RUN_FRAMES} frames, not {0}")]
    Length(usize),
    /// Too many bytes between two seals.
    #[error("the run has {0} bytes, more than {MAX_RUN_BYTES}")]
    TooLarge(usize),
    /// A frame that can't be read.
    #[error("frame {0} of the run: {1}")]
    Frame(usize, FrameError),
    /// More erasure proofs than a receiver checks.
    #[error(
        "the run has {0} erasure proofs of {1} bytes, more than {MAX_PROOFS_PER_RUN} or {MAX_PROOF_BYTES} bytes"
    )]
    Proofs(usize, usize),
    /// Frames that do not follow each other up to the seal.
    #[error("the run's frames do not lead to its seal")]
    Broken,
    /// A seal that can't be read.
    #[error("the run's seal: {0}")]
    Seal(#[from] WireError),
    /// A proof that can't be read.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

impl Run {
    /// Takes frames and their seal and checks that they are one chain of one stream.
    pub fn new(frames: Vec<Frame>, seal: Seal, erasures: Vec<ErasureProof>) -> Result<Run, RunError> {
        if frames.is_empty() || frames.len() > MAX_RUN_FRAMES {
            return Err(RunError::Length(frames.len()));
        }
        let size = frames.iter().map(Frame::encoded_len).sum();
        if size > MAX_RUN_BYTES {
            return Err(RunError::TooLarge(size));
        }
        let proof_bytes = erasures.iter().map(ErasureProof::size).sum();
        if erasures.len() > MAX_PROOFS_PER_RUN || proof_bytes > MAX_PROOF_BYTES {
            return Err(RunError::Proofs(erasures.len(), proof_bytes));
        }
        let chained = frames.windows(2).all(|pair| {
            let (a, b) = (pair[0].header(), pair[1].header());
            b.stream == a.stream && b.seq == a.seq + 1 && b.previous == pair[0].hash()
        });
        let sealed = frames.last().is_some_and(|last| last.stream_head() == seal.head);
        let size = size + proof_bytes;
        if chained && sealed { Ok(Run { frames, seal, erasures, size }) } else { Err(RunError::Broken) }
    }

    /// Reads a run and checks everything that needs no key and no history.
    pub fn decode(wire: proto::Run) -> Result<Run, RunError> {
        if wire.frames.len() > MAX_RUN_FRAMES {
            return Err(RunError::Length(wire.frames.len()));
        }
        if wire.erasures.len() > MAX_PROOFS_PER_RUN {
            return Err(RunError::Proofs(wire.erasures.len(), 0));
        }
        let seal = Seal::try_from(wire.seal.ok_or(WireError::Missing("seal"))?)?;
        let frames = wire
            .frames
            .into_iter()
            .enumerate()
            .map(|(index, frame)| Frame::decode(frame).map_err(|why| RunError::Frame(index, why)));
        let frames = frames.collect::<Result<Vec<_>, _>>()?;
        let erasures = wire.erasures.into_iter().map(ErasureProof::try_from).collect::<Result<_, _>>()?;
        Run::new(frames, seal, erasures)
    }

    /// The run as it goes over the wire.
    pub fn to_wire(&self) -> proto::Run {
        proto::Run {
            erasures: self.erasures.iter().map(Into::into).collect(),
            frames: self.frames.iter().map(Frame::to_wire).collect(),
            seal: Some(self.seal.into()),
        }
    }

    /// Which stream.
    pub fn stream(&self) -> StreamId {
        self.seal.head.stream
    }

    /// The stream up to the run's end.
    pub fn stream_head(&self) -> StreamHead {
        self.seal.head
    }

    /// The number of the first frame.
    pub fn first_seq(&self) -> u64 {
        self.frames[0].header().seq
    }

    /// The head that the run continues: the one before its first frame. For a stream's first frame the seq is
    /// 0 and the hash the genesis hash.
    pub fn previous(&self) -> Head {
        let first = self.frames[0].header();
        Head { seq: first.seq - 1, hash: first.previous }
    }

    /// At least one frame.
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// The frames, for who stores them.
    pub fn into_frames(self) -> Vec<Frame> {
        self.frames
    }

    /// The author's seal on the last frame.
    pub fn seal(&self) -> &Seal {
        &self.seal
    }

    /// Proofs for bodies that are missing.
    pub fn erasures(&self) -> &[ErasureProof] {
        &self.erasures
    }

    /// Bytes of the encoded frames and proofs.
    pub fn size(&self) -> usize {
        self.size
    }
}
