//! Constants of the protocol: every frame, page, window and queue is bounded by one of these.

/// Entries in one frame: a frame stays one quick transaction at every receiver.
pub const MAX_ENTRIES_PER_FRAME: usize = 500;

/// Bytes of one encoded frame, enforced where frames are made and where they are read.
pub const MAX_FRAME_BYTES: usize = 512 * 1024;

/// Bytes of the encoded frames between two seals: the most that a receiver holds before it can check them.
pub const MAX_RUN_BYTES: usize = 1024 * 1024;

/// Frames between two seals.
pub const MAX_RUN_FRAMES: usize = 256;

/// Bytes of one message on the wire: a run, or erasure proofs for one, and room for their envelopes.
pub const MAX_MESSAGE_BYTES: usize = 2 * 1024 * 1024;

/// Bytes of one encoded record kind: kinds are short words.
pub const MAX_KIND_BYTES: usize = 32;

/// Objects that one entry refers to.
pub const MAX_OBJECTS_PER_ENTRY: usize = 64;

/// Bytes of the header of a frame with an erase entry. It takes up to 498 today; the rest is for later fields.
pub const MAX_ERASE_HEADER_BYTES: usize = 640;

/// Bytes that an entry's header and its missing body take in a frame, at least.
pub const MIN_ENTRY_BYTES: usize = 85;

/// Erasure proofs for one run: one for each entry that fits into it, so that no lawful erasure stops a stream.
pub const MAX_PROOFS_PER_RUN: usize = MAX_RUN_BYTES / MIN_ENTRY_BYTES;

/// Bytes of all erasure proofs for one run: header, signature and their tags.
pub const MAX_PROOF_BYTES: usize = MAX_PROOFS_PER_RUN * (MAX_ERASE_HEADER_BYTES + 80);

/// Erasure proofs in one message: it is smaller than a run.
pub const PROOFS_PER_MESSAGE: usize = 1_000;

/// Bytes of salt before each body.
pub const SALT_BYTES: usize = 16;

/// Heads in one page of a session's opening.
pub const HEADS_PER_PAGE: usize = 1_000;

/// Streams that a peer may name on one link: ten times a node with 1,000 terminals below it.
pub const MAX_STREAMS_PER_LINK: usize = 50_000;

/// Bytes of runs that a session has sent and that are not acknowledged yet, over all streams.
pub const IN_FLIGHT_BYTES: usize = 4 * 1024 * 1024;

/// Runs that a session asks its store for at once, and that a receiver has handed to its store.
pub const MAX_PENDING_RUNS: usize = 64;

/// Milliseconds without traffic after which a session sends a ping.
pub const PING_AFTER_MS: i64 = 10_000;

/// Milliseconds without any message after which the link counts as gone: a half-open link is noticed
/// within 30 seconds.
pub const SILENCE_LIMIT_MS: i64 = 25_000;

/// Milliseconds from a session's first message until both sides know each other's heads: enough for the heads of the
/// largest link on a line of 128 kbit/s.
pub const OPENING_LIMIT_MS: i64 = 300_000;

/// Signed statements (beats, pulses, root receipts) in one message.
pub const STATEMENTS_PER_MESSAGE: usize = 500;

/// Bytes of a software name in a hello or pulse.
pub const MAX_SOFTWARE_BYTES: usize = 64;

/// Bytes of one object.
pub const MAX_OBJECT_BYTES: u64 = 1024 * 1024 * 1024;

/// Bytes of the smallest, average and largest content-defined chunk of an object.
pub const CHUNK_BYTES: (usize, usize, usize) = (16 * 1024, 64 * 1024, 256 * 1024);

/// Protocol versions that this software speaks.
///
/// | version | meaning |
/// | --- | --- |
/// | 1 | the first one |
pub const PROTOCOL: std::ops::RangeInclusive<u32> = 1..=1;
