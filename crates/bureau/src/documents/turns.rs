//! What each act of a clerk comes to, by what the unit has done with the document before.
//!
//! | | open | sign | return | reply | replace |
//! | --- | --- | --- | --- | --- | --- |
//! | unread | goes | goes | goes | goes | goes |
//! | read | kept | goes | goes | goes | goes |
//! | signed for | kept | kept | refused | goes | goes |
//! | returned | kept | refused | kept | refused | refused |
//! | answered | kept | kept | refused | refused | goes |
//!
//! An answer signs for the document where nobody has. Nothing is taken back: what was signed for is not returned, and
//! what was returned is neither signed for nor answered.

use yanzhen_proto::v1::Receipt;

use super::DocumentError;

/// What a clerk does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Open,
    Sign,
    Return,
    /// An answer where there should be none yet.
    Reply,
    /// An answer that may take the place of an earlier one.
    Replace,
}

/// What a unit has done with a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Unread,
    Read,
    Signed,
    Returned,
    Replied,
}

/// What an act comes to that is not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It is done.
    Goes,
    /// It was done before; nothing changes.
    Kept,
}

impl State {
    pub(super) fn of(receipt: &Receipt) -> State {
        let reached = [
            (receipt.replied_ms, State::Replied),
            (receipt.returned_ms, State::Returned),
            (receipt.signed_ms, State::Signed),
            (receipt.read_ms, State::Read),
        ];
        reached.into_iter().find(|(at, _)| *at > 0).map_or(State::Unread, |(_, state)| state)
    }
}

/// The table above.
pub(super) fn turn(receipt: &Receipt, act: Act) -> Result<Turn, DocumentError> {
    match (act, State::of(receipt)) {
        (Act::Open, State::Unread)
        | (Act::Sign | Act::Return, State::Unread | State::Read)
        | (Act::Reply, State::Unread | State::Read | State::Signed)
        | (Act::Replace, State::Unread | State::Read | State::Signed | State::Replied) => Ok(Turn::Goes),
        (Act::Open, _) | (Act::Sign, State::Signed | State::Replied) | (Act::Return, State::Returned) => {
            Ok(Turn::Kept)
        }
        (Act::Return, State::Signed | State::Replied) => {
            Err(DocumentError::AlreadySigned { at: receipt.signed_ms })
        }
        (Act::Reply, State::Replied) => Err(DocumentError::AlreadyReplied { at: receipt.replied_ms }),
        (Act::Sign | Act::Reply | Act::Replace, State::Returned) => {
            Err(DocumentError::AlreadyReturned { at: receipt.returned_ms })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(state: State) -> Receipt {
        let mut receipt = Receipt { delivered_ms: 1, ..Receipt::default() };
        match state {
            State::Unread => {}
            State::Read => receipt.read_ms = 2,
            State::Signed => (receipt.read_ms, receipt.signed_ms) = (2, 3),
            State::Returned => (receipt.read_ms, receipt.returned_ms) = (2, 4),
            State::Replied => (receipt.read_ms, receipt.signed_ms, receipt.replied_ms) = (2, 3, 5),
        }
        receipt
    }

    #[test]
    fn each_act_comes_to_what_the_table_says() {
        const ACTS: [Act; 5] = [Act::Open, Act::Sign, Act::Return, Act::Reply, Act::Replace];
        let table = [
            (State::Unread, "goes goes goes goes goes"),
            (State::Read, "kept goes goes goes goes"),
            (State::Signed, "kept kept signed@3 goes goes"),
            (State::Returned, "kept returned@4 kept returned@4 returned@4"),
            (State::Replied, "kept kept signed@3 replied@5 goes"),
        ];
        for (state, expected) in table {
            let receipt = receipt(state);
            assert_eq!(State::of(&receipt), state);
            let turns = ACTS.map(|act| match turn(&receipt, act) {
                Ok(Turn::Goes) => "goes".to_owned(),
                Ok(Turn::Kept) => "kept".to_owned(),
                Err(DocumentError::AlreadySigned { at }) => format!("signed@{at}"),
                Err(DocumentError::AlreadyReturned { at }) => format!("returned@{at}"),
                Err(DocumentError::AlreadyReplied { at }) => format!("replied@{at}"),
                Err(other) => panic!("{other}"),
            });
            assert_eq!(turns.join(" "), expected, "{state:?}");
        }
    }
}
