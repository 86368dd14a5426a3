//! What waits to be sent, so that reading never waits on sending.

use std::collections::VecDeque;

use prost::Message;
use yanzhen_proto::v1 as proto;

/// Bytes that wait at most: the heads of a link's streams (6 MiB at their most), a window of runs, and what one
/// answers meanwhile. A peer for which more waits does not read any more.
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// Messages that wait at most: small ones cost more memory than their bytes.
const MAX_MESSAGES: usize = 16_384;

/// Bytes below which more is put in that can as well wait elsewhere: statements, and answers to repairs.
const ROOM_BYTES: usize = 1024 * 1024;

/// Messages in the order of sending.
#[derive(Default)]
pub(super) struct Outgoing {
    queue: VecDeque<(usize, proto::SessionMessage)>,
    bytes: usize,
}

impl Outgoing {
    pub(super) fn push(&mut self, message: proto::SessionMessage) {
        let size = message.encoded_len();
        self.bytes += size;
        self.queue.push_back((size, message));
    }

    pub(super) fn pop(&mut self) -> Option<proto::SessionMessage> {
        let (size, message) = self.queue.pop_front()?;
        self.bytes -= size;
        Some(message)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Whether the peer takes what it is sent well enough for more than the necessary.
    pub(super) fn has_room(&self) -> bool {
        self.bytes < ROOM_BYTES && self.queue.len() < MAX_MESSAGES / 2
    }

    /// Whether the peer takes nothing any more.
    pub(super) fn is_over_full(&self) -> bool {
        self.bytes > MAX_BYTES || self.queue.len() > MAX_MESSAGES
    }
}

#[cfg(test)]
mod tests {
    use yanzhen_proto::v1::session_message::Message;
    use yanzhen_sync::session::message;

    use super::*;

    #[test]
    fn small_messages_alone_fill_it_too() {
        let mut outgoing = Outgoing::default();
        while !outgoing.is_over_full() {
            outgoing.push(message(Message::Ping(proto::Ping { nonce: 1 })));
        }
        assert_eq!(outgoing.queue.len(), MAX_MESSAGES + 1);
        while outgoing.pop().is_some() {}
        assert!(outgoing.has_room() && outgoing.is_empty());
        assert_eq!(outgoing.bytes, 0);
    }
}
