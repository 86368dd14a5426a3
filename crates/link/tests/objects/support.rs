//! Sites with real stores, folders, keys and links over loopback; a line that can be cut.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use prost::Message as _;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{broadcast, watch};
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::transport::{Channel, Server};
use yanzhen_link::objects::{Exchange, ExchangeLimits, ExchangeOptions, Lines};
use yanzhen_link::tls::{self, AcceptorMetrics, Limits, TlsConfig};
use yanzhen_link::{Address, Identity, P256Verifier};
use yanzhen_proto::v1 as proto;
use yanzhen_proto::v1::objects_server::Objects;
use yanzhen_proto::v1::session_message::Message;
use yanzhen_store::objects::ObjectFolder;
use yanzhen_store::{Edit, Expected, ManualClock, NoProjection, Options, Store, Target, Write};
use yanzhen_sync::directory::{
    Direction, Genesis, HOME, Link, REGISTRATION, Role, Site as Registered, UNIT, registration_id,
};
use yanzhen_sync::hash::{Context, Hash};
use yanzhen_sync::limits::MAX_OBJECTS_PER_ENTRY;
use yanzhen_sync::{Frame, Kind, ObjectHash, ObjectRef, RecordId, SiteId, UnitId};

/// How long a test waits for what must happen.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The kind of record that tests write.
pub(crate) const NOTE: Kind = Kind::known("note");

/// Polls until `holds`.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let polling = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, polling).await.unwrap_or_else(|_| panic!("never: {what}"));
}

/// Bytes that look random and are the same in every run.
pub(crate) fn noise(seed: u64, size: usize) -> Bytes {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(size);
    bytes.into()
}

/// A site's links, without sessions: what the parent asks goes straight to the child.
pub(crate) struct TestLines {
    parent: watch::Sender<Option<Channel>>,
    asked: broadcast::Sender<Vec<ObjectRef>>,
    live: broadcast::Sender<SiteId>,
    children: Mutex<HashMap<SiteId, Arc<TestLines>>>,
}

impl TestLines {
    fn new() -> Arc<TestLines> {
        Arc::new(TestLines {
            parent: watch::Sender::new(None),
            asked: broadcast::Sender::new(64),
            live: broadcast::Sender::new(64),
            children: Mutex::default(),
        })
    }

    /// The parent of this site asks for objects.
    pub(crate) fn ask(&self, objects: Vec<ObjectRef>) {
        let _ = self.asked.send(objects);
    }
}

impl Lines for TestLines {
    fn parent_channel(&self) -> watch::Receiver<Option<Channel>> {
        self.parent.subscribe()
    }

    fn push_to(&self, peer: SiteId, message: Message) -> bool {
        let Message::ObjectsWanted(wanted) = message else { return false };
        let objects = wanted.objects.into_iter().map(|object| object.try_into().unwrap()).collect();
        let child = self.children.lock().unwrap().get(&peer).cloned();
        child.inspect(|child| child.ask(objects)).is_some()
    }

    fn objects_asked(&self) -> broadcast::Receiver<Vec<ObjectRef>> {
        self.asked.subscribe()
    }

    fn went_live(&self) -> broadcast::Receiver<SiteId> {
        self.live.subscribe()
    }

    fn note_object_bytes(&self, _: SiteId, _: Direction, _: u64) {}
}

/// One site. Its server and workers end when it is dropped.
pub(crate) struct Site {
    pub(crate) identity: Identity,
    unit: UnitId,
    pub(crate) store: Store,
    pub(crate) folder: ObjectFolder,
    pub(crate) lines: Arc<TestLines>,
    pub(crate) exchange: Exchange,
    pub(crate) address: SocketAddr,
    stop: CancellationToken,
    _stops: DropGuard,
    _dir: TempDir,
}

impl Site {
    async fn start(identity: Identity, unit: UnitId, genesis: &Frame, limits: ExchangeLimits) -> Site {
        let dir = tempfile::tempdir().unwrap();
        let folder = ObjectFolder::open(dir.path().join("objects")).await.unwrap();
        let store = Store::open(Options {
            path: dir.path().join("store.db"),
            me: identity.site(),
            epoch: 0,
            genesis: genesis.clone(),
            signer: Arc::new(identity.signing().clone()),
            verifier: Arc::new(P256Verifier),
            clock: Arc::new(ManualClock::new(1)),
            projection: Arc::new(NoProjection),
        });
        let store = store.await.unwrap();
        let (lines, stop) = (TestLines::new(), CancellationToken::new());
        let options =
            ExchangeOptions { store: store.clone(), folder: folder.clone(), lines: lines.clone(), limits };
        let exchange = Exchange::start(options, stop.clone()).await.unwrap();
        let address = serve(&identity, exchange.service(), stop.clone()).await;
        let _stops = stop.clone().drop_guard();
        Site { identity, unit, store, folder, lines, exchange, address, stop, _stops, _dir: dir }
    }

    pub(crate) fn id(&self) -> SiteId {
        self.identity.site()
    }

    /// A file that a person adds here.
    pub(crate) async fn add(&self, bytes: Bytes) -> ObjectRef {
        let object = *self.folder.add_bytes(bytes).await.unwrap().object();
        self.store.mark_object_present(object.hash).await.unwrap();
        self.exchange.look();
        object
    }

    /// Writes an entry that refers to objects, and gives its record.
    pub(crate) async fn write(&self, target: Target, objects: Vec<ObjectRef>) -> RecordId {
        let record = RecordId::new(rand::random());
        let body = Bytes::from_static(b"see attachment");
        let edit = Edit { objects, ..Edit::upsert(NOTE, record, self.unit, body, Expected::New) };
        self.store.write(Write { targets: vec![target], edits: vec![edit] }).await.unwrap();
        record
    }

    /// Whether the object is visible here and known to be.
    pub(crate) async fn has(&self, object: &ObjectRef) -> bool {
        self.folder.has(object).await.unwrap() && self.store.is_object_present(object.hash).await.unwrap()
    }

    pub(crate) async fn comes(&self, object: &ObjectRef) {
        eventually("the object comes", || self.has(object)).await;
        let bytes = tokio::fs::read(self.folder.path(&object.hash)).await.unwrap();
        assert_eq!(bytes.len() as u64, object.size);
    }

    /// Payload bytes that this site sent to a neighbour, and received from it.
    pub(crate) fn moved(&self, peer: SiteId) -> (u64, u64) {
        let bytes = self.exchange.metrics().peer(peer);
        (bytes.sent.load(Ordering::Relaxed), bytes.received.load(Ordering::Relaxed))
    }

    /// Ends all that runs here.
    pub(crate) async fn stop(&self) {
        self.stop.cancel();
        self.exchange.stopped().await;
    }

    /// Opens a channel to whoever listens, who must be `parent`.
    pub(crate) async fn dial(&self, address: SocketAddr, parent: &Identity) -> Option<Channel> {
        let tls = TlsConfig::new(&self.identity).unwrap();
        let address: Address = address.to_string().parse().unwrap();
        Some(tls::connect(&[address], &tls, tls::only(vec![parent.public_key()])).await.ok()?.channel)
    }

    /// Connects to a parent, whoever that is at that address.
    pub(crate) async fn connect_to(&self, address: SocketAddr, parent: &Identity) {
        let channel = self.dial(address, parent).await;
        assert!(channel.is_some());
        self.lines.parent.send_replace(channel);
    }

    /// Connects to its parent; the parent's questions come through.
    pub(crate) async fn connect(&self, parent: &Site) {
        self.connect_to(parent.address, &parent.identity).await;
        self.hear(parent);
    }

    /// Connects through a line that is cut now and then, and connects anew after each cut.
    pub(crate) fn connect_through(&self, line: &Line, parent: &Site) {
        self.hear(parent);
        let (address, parent, mut cuts) = (line.address, parent.identity.clone(), line.cuts.subscribe());
        let (lines, identity) = (self.lines.clone(), self.identity.clone());
        tokio::spawn(async move {
            let tls = TlsConfig::new(&identity).unwrap();
            let address: Address = address.to_string().parse().unwrap();
            loop {
                let dialled =
                    tls::connect(std::slice::from_ref(&address), &tls, tls::only(vec![parent.public_key()]));
                if let Ok(dialled) = dialled.await {
                    lines.parent.send_replace(Some(dialled.channel));
                    if cuts.changed().await.is_err() {
                        return;
                    }
                    lines.parent.send_replace(None);
                } else {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        });
    }

    fn hear(&self, parent: &Site) {
        parent.lines.children.lock().unwrap().insert(self.id(), self.lines.clone());
        let _ = parent.lines.live.send(self.id());
    }
}

/// Serves objects over real links, on a port of its own.
pub(crate) async fn serve(identity: &Identity, service: impl Objects, stop: CancellationToken) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let tls = TlsConfig::new(identity).unwrap();
    let metrics = Arc::<AcceptorMetrics>::default();
    let incoming =
        tls::accept(listener, &tls, Limits::default(), Arc::new(|_| true), metrics, stop.clone()).unwrap();
    let server = tls::limited(Server::builder()).add_service(Exchange::server(service));
    tokio::spawn(async move {
        tokio::select! {
            served = server.serve_with_incoming(incoming) => served.unwrap(),
            () = stop.cancelled() => {}
        }
    });
    address
}

/// Central, a node with two terminals, and a terminal on central, not connected yet.
pub(crate) struct Tree {
    pub(crate) central: Site,
    pub(crate) node: Site,
    pub(crate) terminals: [Site; 2],
    pub(crate) direct: Site,
}

impl Tree {
    pub(crate) async fn plant() -> Tree {
        Tree::plant_with(ExchangeLimits::default()).await
    }

    pub(crate) async fn plant_with(limits: ExchangeLimits) -> Tree {
        let central = Identity::generate();
        let genesis = genesis(&central);
        let start = |number| Site::start(Identity::generate(), unit(number), &genesis, limits);
        let tree = Tree {
            central: Site::start(central, unit(1), &genesis, limits).await,
            node: start(2).await,
            terminals: [start(3).await, start(4).await],
            direct: start(5).await,
        };
        let [one, two] = &tree.terminals;
        tree.register(&tree.node, Role::Node, &tree.central, &[&tree.node]).await;
        tree.register(&tree.direct, Role::Terminal, &tree.central, &[&tree.direct]).await;
        tree.register(&tree.node, Role::Node, &tree.central, &[one, two]).await;
        tree.register(one, Role::Terminal, &tree.node, &[&tree.node, one]).await;
        tree.register(two, Role::Terminal, &tree.node, &[&tree.node, two]).await;
        tree.sync().await;
        tree
    }

    pub(crate) async fn connect(&self) {
        self.node.connect(&self.central).await;
        self.direct.connect(&self.central).await;
        for terminal in &self.terminals {
            terminal.connect(&self.node).await;
        }
    }

    /// Central mails it to a site.
    pub(crate) async fn mail(&self, to: &Site, object: &ObjectRef) {
        self.write(&self.central, Target::Mailbox(to.id()), object).await;
    }

    /// A site reports it.
    pub(crate) async fn report(&self, from: &Site, object: &ObjectRef) {
        self.write(from, Target::Journal, object).await;
    }

    /// A site refers to objects that nobody has; they come first where hashes are in order.
    pub(crate) async fn invent(&self, by: &Site, number: u64) -> Vec<ObjectRef> {
        let invented = |number: u64| {
            let mut hash = [0; 32];
            hash[1..9].copy_from_slice(&number.to_be_bytes());
            ObjectRef { hash: ObjectHash::new(hash), size: 1, manifest: Hash::of(Context::Heads, &[&hash]) }
        };
        let objects: Vec<ObjectRef> = (0..number).map(invented).collect();
        for objects in objects.chunks(MAX_OBJECTS_PER_ENTRY) {
            by.write(Target::Journal, objects.to_vec()).await;
        }
        self.sync().await;
        objects
    }

    async fn write(&self, author: &Site, target: Target, object: &ObjectRef) {
        author.write(target, vec![*object]).await;
        self.sync().await;
    }

    async fn register(&self, site: &Site, role: Role, parent: &Site, told: &[&Site]) {
        let registered = Registered {
            id: site.id(),
            key: site.identity.public_key(),
            sealing_key: site.identity.sealing().public_key(),
            role,
            unit: site.unit,
            parent: Some(parent.id()),
            epoch: 0,
            addresses: Vec::new(),
            revoked: None,
            predecessor: None,
            joined: 0,
        };
        let name = format!("unit {:?}", site.unit);
        let parent = self.central.unit.to_bytes();
        let described = proto::Unit { code: name.clone(), name, kind: 1, parent, ..proto::Unit::default() };
        let home = proto::unit_homes::Home { generation: 1, site: site.id().to_bytes(), cuts: Vec::new() };
        let homes = proto::UnitHomes { homes: vec![home] };
        let edit = |kind: Kind, record: RecordId, body: Vec<u8>| {
            Edit::upsert(kind, record, site.unit, body, Expected::Any)
        };
        let tree = Write {
            targets: vec![Target::Bulletin],
            edits: vec![
                edit(UNIT, site.unit.into(), described.encode_to_vec()),
                edit(HOME, site.unit.into(), homes.encode_to_vec()),
            ],
        };
        let body = proto::Registration::from(&registered).encode_to_vec();
        let mail = Write {
            targets: told.iter().map(|site| Target::Mailbox(site.id())).collect(),
            edits: vec![edit(REGISTRATION, registration_id(site.id()), body)],
        };
        self.central.store.write_all(vec![tree, mail]).await.unwrap();
    }

    /// Does what sessions do: carries frames over all links until nothing is missing anywhere.
    async fn sync(&self) {
        let links = [
            (&self.central, &self.node),
            (&self.central, &self.direct),
            (&self.node, &self.terminals[0]),
            (&self.node, &self.terminals[1]),
        ];
        let mut moved = true;
        while moved {
            moved = false;
            for (parent, child) in links {
                let link = Link { parent: parent.id(), child: child.id() };
                moved |= carry_frames(&parent.store, &child.store, link, Direction::Down).await;
                moved |= carry_frames(&child.store, &parent.store, link, Direction::Up).await;
            }
        }
    }
}

async fn carry_frames(from: &Store, to: &Store, link: Link, direction: Direction) -> bool {
    let mut moved = false;
    for (stream, head) in from.heads() {
        while from.directory().travels(&stream, link, direction) && to.head(&stream).seq < head.seq {
            let run = from.load_run(stream, to.head(&stream).seq).await.unwrap().unwrap();
            if to.ingest(link, direction, vec![run]).await.remove(0).is_err() {
                // It waits for what another stream brings.
                break;
            }
            moved = true;
        }
    }
    moved
}

fn unit(number: u8) -> UnitId {
    UnitId::new([number; 16])
}

fn genesis(central: &Identity) -> Frame {
    let body = proto::Genesis {
        nonce: Bytes::from_static(&[7; 16]),
        name: "test".to_owned(),
        algorithm: proto::SignatureAlgorithm::EcdsaP256Sha256.into(),
        root_key: Bytes::copy_from_slice(central.public_key().as_bytes()),
        root_sealing_key: Bytes::copy_from_slice(&central.sealing().public_key()),
        recovery_key: Bytes::copy_from_slice(central.public_key().as_bytes()),
        recovery_sealing_key: Bytes::copy_from_slice(&central.sealing().public_key()),
        unit: unit(1).to_bytes(),
    };
    Genesis::frame(&body, unit(1).into(), 0, [0; 16]).unwrap()
}

/// A line that is cut after a number of bytes in either direction, a number of times.
pub(crate) struct Line {
    pub(crate) address: SocketAddr,
    /// Counts the cuts.
    pub(crate) cuts: watch::Sender<u64>,
    _stops: DropGuard,
}

impl Line {
    /// Cuts each of the first `cuts` connections after `bytes`.
    pub(crate) async fn to(target: SocketAddr, cuts: u64, bytes: u64) -> Line {
        Line::paced(target, cuts, bytes, Duration::ZERO).await
    }

    /// Takes 16 KiB in each direction, pauses, and so on.
    pub(crate) async fn slow(target: SocketAddr, pause: Duration) -> Line {
        Line::paced(target, 0, 0, pause).await
    }

    async fn paced(target: SocketAddr, cuts: u64, bytes: u64, pause: Duration) -> Line {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (counter, stop) = (watch::Sender::new(0), CancellationToken::new());
        let counting = counter.clone();
        let stopped = stop.clone();
        tokio::spawn(async move {
            let mut connections = 0;
            while let Ok((near, _)) = tokio::select! {
                () = stopped.cancelled() => return,
                accepted = listener.accept() => accepted,
            } {
                let far = TcpStream::connect(target).await.unwrap();
                connections += 1;
                let budget = if connections <= cuts { bytes } else { u64::MAX };
                let (counting, stopped) = (counting.clone(), stopped.clone());
                tokio::spawn(async move {
                    tokio::select! {
                        () = stopped.cancelled() => {}
                        () = carry(near, far, budget, pause) => counting.send_modify(|cuts| *cuts += 1),
                    }
                });
            }
        });
        Line { address, cuts: counter, _stops: stop.drop_guard() }
    }

    pub(crate) fn cut_so_far(&self) -> u64 {
        *self.cuts.borrow()
    }
}

/// Carries bytes both ways until one end closes or the budget is spent.
async fn carry(near: TcpStream, far: TcpStream, budget: u64, pause: Duration) {
    let spent = AtomicU64::new(0);
    let (near, far) = (near.into_split(), far.into_split());
    tokio::select! {
        () = carry_one_way(near.0, far.1, &spent, budget, pause) => {}
        () = carry_one_way(far.0, near.1, &spent, budget, pause) => {}
    }
}

async fn carry_one_way(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    spent: &AtomicU64,
    budget: u64,
    pause: Duration,
) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        if spent.fetch_add(read as u64, Ordering::Relaxed) + read as u64 > budget
            || to.write_all(&buffer[..read]).await.is_err()
        {
            return;
        }
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
    }
}
