//! A peer that says whatever a test wants.

use std::net::SocketAddr;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};
use yanzhen_link::tls::{self, TlsConfig};
use yanzhen_link::{Identity, Parent};
use yanzhen_proto::v1 as proto;
use yanzhen_proto::v1::session_message::Message;
use yanzhen_proto::v1::sync_client::SyncClient;
use yanzhen_sync::frame::{Draft, Place};
use yanzhen_sync::session::message;
use yanzhen_sync::{
    Change, Frame, FrameHash, Head, RecordId, Run, Seal, StreamHead, StreamId, UnitId, Version,
};

use crate::support::{NOTE, PATIENCE, Site};

/// Messages that a test may be ahead of its line: one that says much says it fast.
const WORDS_AHEAD: usize = 256;

pub struct Raw {
    outgoing: mpsc::Sender<proto::SessionMessage>,
    incoming: Streaming<proto::SessionMessage>,
}

impl Raw {
    pub async fn open(identity: &Identity, parent: &Parent) -> Result<Raw, Status> {
        let tls = TlsConfig::new(identity).unwrap();
        let dialled = tls::connect(&parent.addresses, &tls, tls::only(vec![parent.key])).await.unwrap();
        let (outgoing, messages) = mpsc::channel(WORDS_AHEAD);
        let incoming = SyncClient::new(dialled.channel).session(ReceiverStream::new(messages)).await?;
        Ok(Raw { outgoing, incoming: incoming.into_inner() })
    }

    /// Opens a session as one that has nothing.
    pub async fn open_live(identity: &Identity, parent: &Site) -> Raw {
        Raw::open_live_at(identity, parent, parent.address.unwrap()).await
    }

    pub async fn open_live_at(identity: &Identity, parent: &Site, address: SocketAddr) -> Raw {
        let mut raw = Raw::open(identity, &parent.home.as_parent(address)).await.unwrap();
        raw.say(Message::Hello(hello(parent.store.network()))).await;
        raw.say(Message::Heads(proto::HeadsPage { heads: Vec::new(), last: true })).await;
        raw
    }

    pub async fn say(&mut self, content: Message) {
        self.outgoing.send(message(content)).await.unwrap();
    }

    /// Says something, unless the other end has hung up.
    pub async fn try_say(&mut self, content: Message) -> bool {
        self.outgoing.send(message(content)).await.is_ok()
    }

    /// Waits for a message that is looked for; none when the other end hangs up first.
    pub async fn hear<T>(&mut self, wanted: impl Fn(Message) -> Option<T>) -> Option<T> {
        let hearing = async {
            while let Ok(Some(heard)) = self.incoming.message().await {
                if let Some(found) = heard.message.and_then(&wanted) {
                    return Some(found);
                }
            }
            None
        };
        tokio::time::timeout(PATIENCE, hearing).await.expect("something is said or the line ends")
    }

    pub async fn hear_hold(&mut self) -> proto::Hold {
        let hold = |message| match message {
            Message::Hold(hold) => Some(hold),
            _ => None,
        };
        self.hear(hold).await.expect("a hold is said")
    }

    pub async fn hear_goodbye(&mut self) -> proto::Goodbye {
        let goodbye = |message| match message {
            Message::Goodbye(goodbye) => Some(goodbye),
            _ => None,
        };
        self.hear(goodbye).await.expect("a goodbye is said")
    }
}

pub fn hello(network: FrameHash) -> proto::Hello {
    proto::Hello {
        protocol_min: 1,
        protocol_max: 1,
        software: "raw".to_owned(),
        network: network.to_bytes(),
        digests: vec![Bytes::from_static(&[0; 16]); 64],
        ..Default::default()
    }
}

/// A run of one frame with one record.
pub fn run(author: &Identity, stream: StreamId, after: Head, unit: UnitId, parent: &Site) -> Run {
    let draft = Draft {
        kind: NOTE,
        record: RecordId::new(rand::random()),
        unit,
        version: Version { revision: 1, ..Version::default() },
        change: Change::Upsert,
        objects: Vec::new(),
        body: Bytes::from_static(b"words"),
        handed_over_by: None,
    };
    let place = Place {
        after: StreamHead { stream, head: after },
        genesis: parent.store.network(),
        time: 1,
        basis: Some(parent.store.directory().bulletin_head()),
    };
    let frame = Frame::build(place, vec![draft], rand::random).unwrap();
    let seal = Seal::sign(frame.stream_head(), author.signing());
    Run::new(vec![frame], seal, Vec::new()).unwrap()
}
