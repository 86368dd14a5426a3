//! Plans an exchange: heads and heads in, sorted operations out.

use crate::digest::Heads;
use crate::id::{Head, StreamId, StreamType};

/// What to do about one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// Send the frames after `after`, up to `to`.
    Send {
        /// Which stream.
        stream: StreamId,
        /// The receiver's head.
        after: Head,
        /// The sender's head.
        to: Head,
    },
    /// The receiver has another frame at the sender's own head: two histories exist.
    Forked {
        /// Which stream.
        stream: StreamId,
        /// The number of the frame that differs.
        seq: u64,
    },
}

/// What a sender with `ours` does for a receiver with `theirs`, bulletins first: what rests on them can then be
/// judged at once.
///
/// Whether a receiver that is behind continues the same history shows when the first frame is loaded: its
/// predecessor must be `after`.
pub fn plan(ours: &Heads, theirs: &Heads) -> Vec<Operation> {
    let mut operations: Vec<(u8, Operation)> = ours
        .iter()
        .filter_map(|(stream, to)| {
            let after = theirs.get(stream).copied().unwrap_or(Head::NONE);
            let operation = if after.seq < to.seq {
                Operation::Send { stream: *stream, after, to: *to }
            } else if after.seq == to.seq && after.hash != to.hash {
                Operation::Forked { stream: *stream, seq: to.seq }
            } else {
                return None;
            };
            Some((priority(stream), operation))
        })
        .collect();
    operations.sort_unstable();
    operations.into_iter().map(|(_, operation)| operation).collect()
}

/// Smaller goes first: the tree, then what superiors say, then the rest.
pub fn priority(stream: &StreamId) -> u8 {
    match stream.kind {
        StreamType::Bulletin => 0,
        StreamType::Mailbox(_) => 1,
        StreamType::Journal => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{FrameHash, SiteId};

    fn head(seq: u64, tag: u8) -> Head {
        Head { seq, hash: FrameHash::new([tag; 32]) }
    }

    #[test]
    fn each_pair_of_heads_has_one_outcome() {
        let stream = StreamId::journal(SiteId::new([1; 32]), 0);
        let cases = [
            ("nothing here", None, Some(head(3, 3)), None),
            ("nothing there", Some(head(3, 3)), None, Some((Head::NONE, 3))),
            ("behind", Some(head(5, 5)), Some(head(3, 3)), Some((head(3, 3), 5))),
            ("equal", Some(head(5, 5)), Some(head(5, 5)), None),
            ("ahead", Some(head(3, 3)), Some(head(5, 5)), None),
        ];
        for (name, ours, theirs, expected) in cases {
            let ours: Heads = ours.map(|head| (stream, head)).into_iter().collect();
            let theirs: Heads = theirs.map(|head| (stream, head)).into_iter().collect();
            let sends: Vec<(Head, u64)> = plan(&ours, &theirs)
                .into_iter()
                .map(|operation| match operation {
                    Operation::Send { after, to, .. } => (after, to.seq),
                    Operation::Forked { .. } => panic!("{name}: no fork"),
                })
                .collect();
            assert_eq!(sends, expected.into_iter().collect::<Vec<_>>(), "{name}");
        }
    }

    #[test]
    fn the_same_number_with_another_hash_is_a_fork() {
        let stream = StreamId::journal(SiteId::new([1; 32]), 0);
        let operations = plan(&[(stream, head(5, 5))].into(), &[(stream, head(5, 6))].into());
        assert_eq!(operations, [Operation::Forked { stream, seq: 5 }]);
    }

    #[test]
    fn bulletins_go_before_mail_and_mail_before_journals() {
        let site = SiteId::new([1; 32]);
        let streams = [
            StreamId::journal(site, 0),
            StreamId::bulletin(site, 0),
            StreamId::mailbox(site, SiteId::new([2; 32]), 0),
        ];
        let ours: Heads = streams.iter().map(|stream| (*stream, head(1, 1))).collect();
        let order: Vec<u8> = plan(&ours, &Heads::new())
            .into_iter()
            .map(|operation| match operation {
                Operation::Send { stream, .. } | Operation::Forked { stream, .. } => priority(&stream),
            })
            .collect();
        assert_eq!(order, [0, 1, 2]);
    }
}
