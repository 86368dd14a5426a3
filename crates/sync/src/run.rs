//! Runs: the frames of one stream between two seals, the unit of transfer and of acknowledgement.

use yanzhen_proto::v1 as proto;

use crate::erasure::ErasureProof;
use crate::frame::{Body, Frame, FrameError};
use crate::id::{Head, StreamHead, StreamId};
use crate::limits::{MAX_RUN_BYTES, MAX_RUN_FRAMES};
use crate::seal::Seal;
use crate::wire::WireError;

/// Frames of one stream that follow each other, up to a seal. Always at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    frames: Vec<Frame>,
    seal: Seal,
    erasures: Vec<ErasureProof>,
    announced: usize,
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
    /// More erasure proofs than can be needed.
    #[error("the run has {proofs} erasure proofs for {missing} missing bodies")]
    Proofs {
        /// Proofs, here or announced.
        proofs: usize,
        /// Bodies that are missing.
        missing: usize,
    },
    /// An erase entry that its own seal does not vouch for directly.
    #[error("frame {0} erases a record and is not the last of its run")]
    Unsealed(u64),
    /// Frames that do not follow each other up to the seal.
    #[error("the run's frames do not lead to its seal")]
    Broken,
    /// A seal that can't be read.
    #[error("the run's seal: {0}")]
    Seal(#[from] WireError),
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
        let bodies = frames.iter().flat_map(Frame::bodies);
        let missing = bodies.filter(|body| **body == Body::Erased).count();
        let proofs = erasures.len();
        if proofs > missing {
            return Err(RunError::Proofs { proofs, missing });
        }
        let unsealed = frames[..frames.len() - 1].iter().find(|frame| frame.header().is_erasure());
        if let Some(frame) = unsealed {
            return Err(RunError::Unsealed(frame.header().seq));
        }
        let chained = frames.windows(2).all(|pair| {
            let (a, b) = (pair[0].header(), pair[1].header());
            b.stream == a.stream && b.seq == a.seq + 1 && b.previous == pair[0].hash()
        });
        let sealed = frames.last().is_some_and(|last| last.stream_head() == seal.head);
        let size = size + erasures.iter().map(ErasureProof::size).sum::<usize>();
        let run = Run { frames, seal, erasures, announced: proofs, size };
        if chained && sealed { Ok(run) } else { Err(RunError::Broken) }
    }

    /// Reads a run for which no proofs were sent ahead.
    pub fn decode(wire: proto::Run) -> Result<Run, RunError> {
        Run::decode_with(wire, Vec::new())
    }

    /// Reads a run, with the proofs that were sent ahead of it, and checks everything that needs no key and no history.
    pub fn decode_with(wire: proto::Run, erasures: Vec<ErasureProof>) -> Result<Run, RunError> {
        if wire.frames.len() > MAX_RUN_FRAMES {
            return Err(RunError::Length(wire.frames.len()));
        }
        let announced = wire.erasures as usize;
        let seal = Seal::try_from(wire.seal.ok_or(WireError::Missing("seal"))?)?;
        let frames = wire
            .frames
            .into_iter()
            .enumerate()
            .map(|(index, frame)| Frame::decode(frame).map_err(|why| RunError::Frame(index, why)));
        let frames = frames.collect::<Result<Vec<_>, _>>()?;
        Ok(Run { announced, ..Run::new(frames, seal, erasures)? })
    }

    /// The run as it goes over the wire, without the proofs that go ahead of it.
    pub fn to_wire(&self) -> proto::Run {
        proto::Run {
            erasures: u32::try_from(self.erasures.len()).unwrap_or(u32::MAX),
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

    /// Whether proofs were lost on the way here: it is to be sent again.
    pub fn lacks_proofs(&self) -> bool {
        self.erasures.len() != self.announced
    }

    /// Bytes of the encoded frames and proofs.
    pub fn size(&self) -> usize {
        self.size
    }
}
