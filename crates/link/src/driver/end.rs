//! How sessions end.

use std::fmt;
use std::time::Duration;

use tonic::Status;
use yanzhen_proto::v1 as proto;
use yanzhen_proto::v1::goodbye::Code;
use yanzhen_sync::session::goodbye;

/// How a session ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) why: End,
    /// Whether both sides had learnt each other's heads.
    pub(crate) was_live: bool,
    pub(crate) lasted: Duration,
}

/// Why a session ended.
#[derive(Debug)]
pub(crate) enum End {
    /// The peer said so.
    Theirs(proto::Goodbye),
    /// This end said so.
    Ours(proto::Goodbye),
    /// The line broke.
    Broken(Status),
    /// The peer hung up without a word.
    Silent,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::Theirs(words) => write!(f, "the other end closed the session: {}", words.reason),
            End::Ours(words) => f.write_str(&words.reason),
            End::Broken(status) => write!(f, "the line broke: {}", status.message()),
            End::Silent => f.write_str("the other end hung up without a reason; it may be restarting"),
        }
    }
}

/// No room for another session.
pub(crate) fn busy(retry_after: Duration) -> proto::Goodbye {
    let reason = "this site has as many sessions as it can serve; it is dialled again by itself";
    let retry_after_ms = u64::try_from(retry_after.as_millis()).unwrap_or(u64::MAX);
    proto::Goodbye { retry_after_ms, ..goodbye(Code::Busy, reason) }
}
