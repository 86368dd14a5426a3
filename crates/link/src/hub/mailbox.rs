//! What waits for one session: news of the site, coalesced so that it stays bounded however slow the peer is.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use yanzhen_proto::v1 as proto;
use yanzhen_proto::v1::session_message::Message;
use yanzhen_sync::statement::{Beat, Pulse, RootReceipt};
use yanzhen_sync::{Head, SiteId, StreamHead, StreamId};

/// Messages other than statements that wait for one session: requests for objects and repairs, which are asked
/// again when they are lost.
const MAX_MESSAGES: usize = 256;

/// What waits. Of each stream and each site only the newest counts, so that the whole is bounded by what travels
/// on the link.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    /// Streams that advanced.
    pub(crate) advanced: BTreeMap<StreamId, Head>,
    /// Streams that are whole again.
    pub(crate) repaired: BTreeSet<StreamId>,
    /// The directory changed.
    pub(crate) directory: bool,
    /// The session is to end.
    pub(crate) close: Option<proto::Goodbye>,
    /// What is to be said to the peer.
    pub(crate) words: Words,
}

/// What is to be said to the peer, as soon as it takes it.
#[derive(Debug, Default)]
pub(crate) struct Words {
    /// Some may have been missed: all that is stored is to be said again.
    pub(crate) again: bool,
    pub(crate) receipts: BTreeMap<StreamId, RootReceipt>,
    pub(crate) beats: BTreeMap<SiteId, Beat>,
    pub(crate) pulses: BTreeMap<SiteId, Pulse>,
    pub(crate) messages: VecDeque<Message>,
}

impl Waiting {
    pub(crate) fn advance(&mut self, head: StreamHead) {
        let known = self.advanced.entry(head.stream).or_insert(head.head);
        if head.head.seq > known.seq {
            *known = head.head;
        }
    }

    fn is_urgent(&self) -> bool {
        !self.advanced.is_empty() || !self.repaired.is_empty() || self.directory || self.close.is_some()
    }
}

impl Words {
    /// Whether there was room.
    pub(crate) fn message(&mut self, message: Message) -> bool {
        let fits = self.messages.len() < MAX_MESSAGES;
        if fits {
            self.messages.push_back(message);
        }
        fits
    }

    fn is_empty(&self) -> bool {
        !self.again
            && self.receipts.is_empty()
            && self.beats.is_empty()
            && self.pulses.is_empty()
            && self.messages.is_empty()
    }
}

/// Where the news for one session are left.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    waiting: Mutex<Waiting>,
    changed: Notify,
}

impl Mailbox {
    /// Leaves something.
    pub(crate) fn leave<T>(&self, what: impl FnOnce(&mut Waiting) -> T) -> T {
        let left = what(&mut self.lock());
        self.changed.notify_one();
        left
    }

    /// Takes all that waits, once there is something; words for the peer only if it takes them now.
    pub(crate) async fn take(&self, with_words: bool) -> Waiting {
        loop {
            if let Some(taken) = self.try_take(with_words) {
                return taken;
            }
            self.changed.notified().await;
        }
    }

    fn try_take(&self, with_words: bool) -> Option<Waiting> {
        let mut waiting = self.lock();
        if with_words && !waiting.words.is_empty() {
            return Some(std::mem::take(&mut *waiting));
        }
        waiting.is_urgent().then(|| {
            let words = std::mem::take(&mut waiting.words);
            std::mem::replace(&mut *waiting, Waiting { words, ..Waiting::default() })
        })
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use yanzhen_sync::FrameHash;

    use super::*;

    fn head(seq: u64) -> StreamHead {
        let stream = StreamId::journal(SiteId::new([1; 32]), 0);
        StreamHead { stream, head: Head { seq, hash: FrameHash::new([7; 32]) } }
    }

    #[test]
    fn of_each_stream_only_the_furthest_head_waits() {
        let mailbox = Mailbox::default();
        for seq in [1, 3, 2] {
            mailbox.leave(|waiting| waiting.advance(head(seq)));
        }
        let taken = mailbox.take(true).now_or_never().unwrap();
        assert_eq!(taken.advanced.into_values().map(|head| head.seq).collect::<Vec<_>>(), [3]);
        assert!(mailbox.take(true).now_or_never().is_none());
    }

    #[test]
    fn words_wait_until_the_peer_takes_them_and_news_do_not() {
        let mailbox = Mailbox::default();
        mailbox.leave(|waiting| waiting.words.again = true);
        assert!(mailbox.take(false).now_or_never().is_none());
        mailbox.leave(|waiting| waiting.directory = true);
        let taken = mailbox.take(false).now_or_never().unwrap();
        assert!(taken.directory && !taken.words.again);
        assert!(mailbox.take(true).now_or_never().unwrap().words.again);
    }

    #[test]
    fn a_full_mailbox_takes_no_more_messages() {
        let mailbox = Mailbox::default();
        let wanted = || Message::ObjectsWanted(proto::ObjectsWanted::default());
        let taken = (0..=MAX_MESSAGES).filter(|_| mailbox.leave(|w| w.words.message(wanted()))).count();
        assert_eq!(taken, MAX_MESSAGES);
    }
}
