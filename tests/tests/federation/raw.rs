//! A peer that says whatever a test wants, with the key of a site or with none that anybody knows.

use std::sync::Arc;

use bytes::{Buf, BufMut, Bytes};
use prost::Message as _;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::Channel;
use tonic::{Request, Status, Streaming};
use yanzhen_bureau::BureauProjection;
use yanzhen_link::tls::{self, TlsConfig};
use yanzhen_link::{Identity, P256Verifier};
use yanzhen_proto::v1 as proto;
use yanzhen_proto::v1::session_message::Message;
use yanzhen_store::{Options, Store, SystemClock};
use yanzhen_sync::frame::{Draft, Place};
use yanzhen_sync::session::message;
use yanzhen_sync::{
    Change, Frame, Head, Kind, PublicKey, RecordId, Run, Seal, StreamHead, StreamId, UnitId, Version,
};

use crate::world::{PATIENCE, RUNTIME, Site};

const SESSION: PathAndQuery = PathAndQuery::from_static("/yanzhen.v1.Sync/Session");

/// The far end of a session.
pub struct Raw {
    outgoing: mpsc::Sender<Bytes>,
    incoming: Streaming<proto::SessionMessage>,
}

/// Dials a site with children, with any key.
pub fn dial(identity: &Identity, parent: &Site) -> Channel {
    let key = identity_of(parent).public_key();
    RUNTIME.block_on(channel(identity, parent, key))
}

async fn channel(identity: &Identity, parent: &Site, key: PublicKey) -> Channel {
    let tls = TlsConfig::new(identity).unwrap();
    let address = parent.address().to_string().parse().unwrap();
    tls::connect(&[address], &tls, tls::only(vec![key])).await.unwrap().channel
}

/// The keys of a site.
pub fn identity_of(site: &Site) -> Identity {
    Identity::load(&site.folder().0.identity()).unwrap()
}

/// The store of a stopped site.
pub fn store_of(site: &Site) -> Store {
    let (folder, record) = site.folder();
    let options = Options {
        path: folder.database(),
        me: record.site,
        epoch: record.epoch,
        genesis: record.genesis,
        signer: Arc::new(identity_of(site).signing().clone()),
        verifier: Arc::new(P256Verifier),
        clock: Arc::new(SystemClock),
        projection: Arc::new(BureauProjection),
    };
    RUNTIME.block_on(Store::open(options)).unwrap()
}

impl Raw {
    /// Asks for a session.
    pub fn open(identity: &Identity, parent: &Site) -> Result<Raw, Status> {
        let (outgoing, messages) = mpsc::channel(1);
        let mut client = Grpc::new(dial(identity, parent));
        let asking = async {
            client.ready().await.unwrap();
            let messages = Request::new(ReceiverStream::new(messages));
            client.streaming(messages, SESSION, Verbatim).await
        };
        Ok(Raw { outgoing, incoming: RUNTIME.block_on(asking)?.into_inner() })
    }

    /// Opens a session as one that has nothing.
    pub fn open_live(identity: &Identity, parent: &Site) -> Raw {
        let raw = Raw::open(identity, parent).unwrap();
        let hello = proto::Hello {
            protocol_min: 1,
            protocol_max: 1,
            software: "raw".to_owned(),
            network: parent.folder().1.genesis.hash().to_bytes(),
            digests: vec![Bytes::from_static(&[0; 16]); 64],
            ..Default::default()
        };
        raw.say(Message::Hello(hello));
        raw.say(Message::Heads(proto::HeadsPage { heads: Vec::new(), last: true }));
        raw
    }

    /// Says something, unless the other end has hung up.
    pub fn say(&self, content: Message) {
        self.say_bytes(message(content).encode_to_vec().into());
    }

    /// Says something that may be no message.
    pub fn say_bytes(&self, bytes: Bytes) {
        let _ = RUNTIME.block_on(self.outgoing.send(bytes)); // A peer that has hung up is one that refuses.
    }

    /// Waits until a stream of this end's is refused.
    pub fn hear_hold(&mut self) -> proto::Hold {
        while let Some(heard) = self.hear().expect("the session goes on") {
            if let Some(Message::Hold(hold)) = heard.message {
                return hold;
            }
        }
        panic!("the session ended without a hold");
    }

    /// Waits until the other end hangs up; tells why.
    pub fn hear_the_end(&mut self) -> Status {
        loop {
            match self.hear() {
                Ok(Some(_)) => {}
                Ok(None) => return Status::ok("hung up"),
                Err(status) => return status,
            }
        }
    }

    fn hear(&mut self) -> Result<Option<proto::SessionMessage>, Status> {
        let hearing = async { tokio::time::timeout(PATIENCE, self.incoming.message()).await };
        RUNTIME.block_on(hearing).expect("something is said or the line ends")
    }
}

/// A run of one frame with one record, as `author` would write it into any stream.
pub fn run(author: &Identity, stream: StreamId, unit: UnitId, like: &Store) -> Run {
    let generation = like.directory().home(unit).unwrap().generation;
    let draft = Draft {
        kind: Kind::parse("note").unwrap(),
        record: RecordId::new(author.site().as_bytes()[..16].try_into().unwrap()),
        unit,
        version: Version { generation, revision: 1, ..Version::default() },
        change: Change::Upsert,
        objects: Vec::new(),
        body: Bytes::from_static(b"words"),
        handed_over_by: None,
    };
    let place = Place {
        after: StreamHead { stream, head: Head::NONE },
        genesis: like.network(),
        time: 1,
        basis: Some(like.directory().bulletin_head()),
    };
    let frame = Frame::build(place, vec![draft], || [7; 16]).unwrap();
    let seal = Seal::sign(frame.stream_head(), author.signing());
    Run::new(vec![frame], seal, Vec::new()).unwrap()
}

/// Sends bytes as they are, whether they are a message or not.
struct Verbatim;

impl Codec for Verbatim {
    type Encode = Bytes;
    type Decode = proto::SessionMessage;
    type Encoder = Verbatim;
    type Decoder = Verbatim;

    fn encoder(&mut self) -> Verbatim {
        Verbatim
    }

    fn decoder(&mut self) -> Verbatim {
        Verbatim
    }
}

impl Encoder for Verbatim {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, bytes: Bytes, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        into.put(bytes);
        Ok(())
    }
}

impl Decoder for Verbatim {
    type Item = proto::SessionMessage;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Self::Item>, Status> {
        let bytes = from.copy_to_bytes(from.remaining());
        proto::SessionMessage::decode(bytes).map(Some).map_err(|error| Status::internal(error.to_string()))
    }
}
