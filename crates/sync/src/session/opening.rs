//! The opening of a session: hello, and the heads where digests differ.

use bytes::Bytes;
use yanzhen_proto::v1 as proto;
use yanzhen_proto::v1::goodbye::Code;
use yanzhen_proto::v1::session_message::Message;

use super::{Action, Parties, Tokens, goodbye, message};
use crate::digest::{BUCKETS, Digests, Heads, bucket, digests};
use crate::directory::{Direction, Directory};
use crate::id::{Head, Millis, StreamHead};
use crate::limits::{HEADS_PER_PAGE, MAX_STREAMS_PER_LINK, PROTOCOL};

/// What is known while a session opens.
pub(super) struct Opening {
    /// The heads that the hello's digests were taken of.
    shared: Heads,
    /// The same with what advanced since.
    present: Heads,
    digests: Digests,
    /// The buckets that differ, once the peer has said hello.
    differing: Option<[bool; BUCKETS]>,
    named: Heads,
    all_named: bool,
}

impl Opening {
    pub(super) fn begin(
        parties: &Parties,
        directory: &Directory,
        heads: &Heads,
        tokens: Tokens,
        now: Millis,
    ) -> (Opening, proto::Hello) {
        let travels = |direction, stream| directory.travels(stream, parties.link, direction);
        let shared: Heads = heads
            .iter()
            .filter(|(stream, _)| travels(Direction::Up, stream) || travels(Direction::Down, stream))
            .map(|(stream, head)| (*stream, *head))
            .collect();
        let digests = digests(&shared);
        let hello = proto::Hello {
            protocol_min: *PROTOCOL.start(),
            protocol_max: *PROTOCOL.end(),
            software: parties.software.clone(),
            network: parties.network.to_bytes(),
            digests: digests.iter().map(|digest| Bytes::copy_from_slice(digest)).collect(),
            time_ms: now,
            last_token: tokens.last.unwrap_or_default(),
            next_token: tokens.next.unwrap_or_default(),
        };
        let present = shared.clone();
        let opening =
            Opening { shared, present, digests, differing: None, named: Heads::new(), all_named: false };
        (opening, hello)
    }

    /// Answers the peer's hello with the heads of the buckets that differ.
    pub(super) fn greeted(
        &mut self,
        parties: &Parties,
        hello: &proto::Hello,
    ) -> Result<Vec<Action>, proto::Goodbye> {
        if hello.network != parties.network.to_bytes() {
            let reason = "this site belongs to another network; check the address and the joining token";
            return Err(goodbye(Code::OtherNetwork, reason));
        }
        if hello.protocol_min > *PROTOCOL.end() || hello.protocol_max < *PROTOCOL.start() {
            let reason = format!(
                "one end speaks protocol {} to {}, the other {} to {}; update the older one",
                hello.protocol_min,
                hello.protocol_max,
                PROTOCOL.start(),
                PROTOCOL.end(),
            );
            return Err(goodbye(Code::ProtocolTooOld, reason));
        }
        if hello.digests.len() != BUCKETS {
            return Err(goodbye(Code::ProtocolError, "a hello has 64 digests"));
        }
        let differing = std::array::from_fn(|i| hello.digests[i].as_ref() != self.digests[i]);
        self.differing = Some(differing);
        Ok(self.pages(&differing))
    }

    fn pages(&self, differing: &[bool; BUCKETS]) -> Vec<Action> {
        let heads: Vec<proto::StreamHead> = self
            .shared
            .iter()
            .filter(|(stream, head)| head.seq > 0 && differing[bucket(stream)])
            .map(|(stream, head)| StreamHead { stream: *stream, head: *head }.into())
            .collect();
        let mut pages: Vec<proto::HeadsPage> = heads
            .chunks(HEADS_PER_PAGE)
            .map(|page| proto::HeadsPage { heads: page.to_vec(), last: false })
            .collect();
        match pages.last_mut() {
            Some(page) => page.last = true,
            None => pages.push(proto::HeadsPage { heads: Vec::new(), last: true }),
        }
        pages.into_iter().map(|page| Action::Send(message(Message::Heads(page)))).collect()
    }

    /// Takes a page of the peer's heads.
    pub(super) fn page(&mut self, page: proto::HeadsPage) -> Result<(), proto::Goodbye> {
        if page.heads.len() > HEADS_PER_PAGE || self.named.len() + page.heads.len() > MAX_STREAMS_PER_LINK {
            return Err(goodbye(Code::ProtocolError, "more heads than this link can have"));
        }
        if page.heads.is_empty() && !page.last {
            return Err(goodbye(Code::ProtocolError, "an empty page of heads that is not the last one"));
        }
        for head in page.heads {
            let head = StreamHead::try_from(head)
                .map_err(|why| goodbye(Code::ProtocolError, format!("a head can't be read: {why}")))?;
            self.named.insert(head.stream, head.head);
        }
        self.all_named |= page.last;
        Ok(())
    }

    /// A stream advanced here meanwhile.
    pub(super) fn advanced(&mut self, head: StreamHead) {
        let known = self.present.entry(head.stream).or_insert(Head::NONE);
        if head.head.seq > known.seq {
            *known = head.head;
        }
    }

    pub(super) fn is_complete(&self) -> bool {
        self.differing.is_some() && self.all_named
    }

    /// The own heads, and the peer's.
    pub(super) fn outcome(self) -> (Heads, Heads) {
        let differing = self.differing.unwrap_or([true; BUCKETS]);
        let mut theirs = self.named;
        theirs.extend(self.shared.into_iter().filter(|(stream, _)| !differing[bucket(stream)]));
        (self.present, theirs)
    }
}
