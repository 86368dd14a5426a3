//! A network in one process: real stores on temporary folders, real TLS over loopback.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use bytes::Bytes;
use prost::Message as _;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};
use yanzhen_link::tls::{AcceptorMetrics, Limits, TlsConfig};
use yanzhen_link::{
    Address, Admit, Hub, HubOptions, Identity, LinkState, NoAdmission, P256Verifier, Parent, Pulsing, Relay,
    Serving, State, keep_beating, keep_dialling, keep_pulsing, serve,
};
use yanzhen_proto::v1 as proto;
use yanzhen_store::{Edit, Expected, NoProjection, Options, Store, SystemClock, Target, Write};
use yanzhen_sync::directory::{Genesis, HOME, REGISTRATION, Role, Site as Registered, UNIT, registration_id};
use yanzhen_sync::{Frame, Kind, RecordId, SiteId, StreamHead, StreamId, UnitId};

/// How long a test waits for what must happen: a half-open link takes half of it.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What the tests write.
pub const NOTE: Kind = Kind::known("note");

/// Polls until `holds`.
pub async fn eventually<F: Future<Output = bool>>(what: &str, mut holds: impl FnMut() -> F) {
    let polling = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, polling).await.unwrap_or_else(|_| panic!("never: {what}"));
}

/// A key and a folder: what of a site outlives its process.
pub struct Home {
    pub identity: Identity,
    pub unit: UnitId,
    folder: TempDir,
    genesis: Frame,
}

/// A running site.
pub struct Site {
    pub home: Home,
    pub store: Store,
    pub hub: Hub,
    pub address: Option<SocketAddr>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

/// What a site does beside keeping its store.
#[derive(Default)]
pub struct Plan {
    pub parent: Option<Parent>,
    /// Serves at this address; port 0 picks one.
    pub serve: Option<SocketAddr>,
    pub admit: Option<Arc<dyn Admit>>,
}

const ANYWHERE: &str = "127.0.0.1:0";

impl Plan {
    /// A central.
    pub fn serving() -> Plan {
        Plan { serve: Some(ANYWHERE.parse().unwrap()), ..Plan::default() }
    }

    /// A terminal.
    pub fn below(parent: &Site) -> Plan {
        Plan { parent: Some(parent.as_parent()), ..Plan::default() }
    }

    /// A node.
    pub fn between(parent: &Site) -> Plan {
        Plan { parent: Some(parent.as_parent()), ..Plan::serving() }
    }

    /// Serves where it served before.
    pub fn again_at(self, address: Option<SocketAddr>) -> Plan {
        Plan { serve: address, ..self }
    }
}

static UNITS: AtomicU8 = AtomicU8::new(1);

fn next_unit() -> UnitId {
    UnitId::new([UNITS.fetch_add(1, Ordering::Relaxed); 16])
}

impl Home {
    /// A new network's central.
    pub fn of_central() -> Home {
        let (identity, unit) = (Identity::generate(), next_unit());
        let genesis = genesis(&identity, unit);
        Home { identity, unit, folder: TempDir::new().unwrap(), genesis }
    }

    /// A site in the same network.
    pub fn beside(other: &Home) -> Home {
        let genesis = other.genesis.clone();
        Home { identity: Identity::generate(), unit: next_unit(), folder: TempDir::new().unwrap(), genesis }
    }

    /// The same key in another network.
    pub fn in_other_network(self, other: &Home) -> Home {
        Home { genesis: other.genesis.clone(), ..self }
    }

    pub fn id(&self) -> SiteId {
        self.identity.site()
    }

    pub fn genesis(&self) -> &Frame {
        &self.genesis
    }

    /// The parent's side of a join record, as dialled at `address`.
    pub fn as_parent(&self, address: SocketAddr) -> Parent {
        let address: Address = address.to_string().parse().unwrap();
        Parent { site: self.id(), key: self.identity.public_key(), addresses: vec![address] }
    }

    /// Alters one byte wherever some bytes are on this site's disk.
    pub fn corrupt(&self, bytes: &[u8]) {
        let path = self.folder.path().join("yanzhen.db");
        let mut file = std::fs::read(&path).unwrap();
        let places: Vec<usize> = file
            .windows(bytes.len())
            .enumerate()
            .filter(|(_, part)| *part == bytes)
            .map(|(at, _)| at)
            .collect();
        assert!(!places.is_empty(), "they are on the disk");
        places.into_iter().for_each(|at| file[at] ^= 1);
        std::fs::write(path, file).unwrap();
    }

    pub async fn start(self, plan: Plan) -> Site {
        let signer = Arc::new(self.identity.signing().clone());
        let store = Store::open(Options {
            path: self.folder.path().join("yanzhen.db"),
            me: self.id(),
            epoch: 0,
            genesis: self.genesis.clone(),
            signer: signer.clone(),
            verifier: Arc::new(P256Verifier),
            clock: Arc::new(SystemClock),
            projection: Arc::new(NoProjection),
        });
        let store = store.await.unwrap();
        let software = "yanzhen-test 1".to_owned();
        let hub =
            Hub::new(HubOptions { store: store.clone(), signer, verifier: Arc::new(P256Verifier), software });
        let mut site = Site {
            home: self,
            store,
            hub,
            address: None,
            stop: CancellationToken::new(),
            tasks: JoinSet::new(),
        };
        site.set_going(plan).await;
        site
    }
}

impl Site {
    async fn set_going(&mut self, plan: Plan) {
        let (hub, stop) = (self.hub.clone(), self.stop.clone());
        let tls = TlsConfig::new(&self.home.identity).unwrap();
        if let Some(address) = plan.serve {
            let listener = TcpListener::bind(address).await.unwrap();
            self.address = Some(listener.local_addr().unwrap());
            let admit = plan.admit.unwrap_or_else(|| match plan.parent {
                Some(_) => Arc::new(Relay::new(hub.clone())),
                None => Arc::new(NoAdmission),
            });
            let serving = Serving {
                hub: hub.clone(),
                tls: tls.clone(),
                limits: Limits::default(),
                objects: NoObjects,
                admit,
                metrics: Arc::new(AcceptorMetrics::default()),
            };
            let serving = serve(listener, serving, stop.clone());
            self.tasks.spawn(async move { serving.await.unwrap() });
        }
        let pulsing = Pulsing { interval: Duration::from_millis(200), free_disk: Arc::new(|| 42) };
        self.tasks.spawn(keep_pulsing(hub.clone(), pulsing, stop.clone()));
        match plan.parent {
            Some(parent) => self.tasks.spawn(keep_dialling(hub, tls, parent, stop)),
            None => self.tasks.spawn(keep_beating(hub, Duration::from_millis(200), stop)),
        };
    }

    pub fn id(&self) -> SiteId {
        self.home.id()
    }

    pub fn as_parent(&self) -> Parent {
        self.home.as_parent(self.address.unwrap())
    }

    pub fn journal(&self) -> StreamId {
        StreamId::journal(self.id(), 0)
    }

    /// Stops everything; what is left can be started again.
    pub async fn stop(self) -> Home {
        self.stop.cancel();
        self.hub.stop().await;
        self.tasks.join_all().await;
        self.store.close().await;
        self.home
    }

    /// Writes a record of the own unit.
    pub async fn write(&self, targets: &[Target], words: &str) -> StreamHead {
        self.write_about(self.home.unit, targets, words).await
    }

    pub async fn write_about(&self, unit: UnitId, targets: &[Target], words: &str) -> StreamHead {
        let record = RecordId::new(rand::random());
        let edit = upsert(NOTE, record, unit, words.to_owned().into_bytes());
        let written = self.store.write(Write { targets: targets.to_vec(), edits: vec![edit] }).await.unwrap();
        written.heads[0]
    }

    /// Central: a unit below another one, at home at a site.
    pub async fn place(&self, home: &Home, parent: UnitId) {
        let code = format!("{}", home.unit);
        let unit =
            proto::Unit { code, name: "单位".into(), parent: parent.to_bytes(), ..Default::default() };
        let homes = proto::UnitHomes {
            homes: vec![proto::unit_homes::Home { site: home.id().to_bytes(), ..Default::default() }],
        };
        let edits = vec![
            upsert(UNIT, home.unit.into(), home.unit, unit.encode_to_vec()),
            upsert(HOME, home.unit.into(), home.unit, homes.encode_to_vec()),
        ];
        self.store.write(Write { targets: vec![Target::Bulletin], edits }).await.unwrap();
    }

    /// Central: registers a site, and tells the sites on its path. `path` leads from right below central to the
    /// site's parent.
    pub async fn register(&self, home: &Home, role: Role, path: &[&Home]) {
        let parent = path.last().copied().unwrap_or(&self.home);
        self.place(home, parent.unit).await;
        let above: Vec<Edit> = path.iter().map(|above| self.registration(above.id())).collect();
        if !above.is_empty() {
            let targets = vec![Target::Mailbox(home.id())];
            self.store.write(Write { targets, edits: above }).await.unwrap();
        }
        self.put_registration(registered(home, role, parent.id()), path).await;
    }

    /// Central: revokes a site.
    pub async fn revoke(&self, site: SiteId, path: &[&Home]) {
        let known = self.store.directory().site(site).unwrap().clone();
        self.put_registration(Registered { revoked: Some(Vec::new()), ..known }, path).await;
    }

    async fn put_registration(&self, site: Registered, path: &[&Home]) {
        let mut targets = vec![Target::Mailbox(site.id)];
        targets.extend(path.iter().map(|above| Target::Mailbox(above.id())));
        let edits = vec![registration(&site)];
        self.store.write(Write { targets, edits }).await.unwrap();
    }

    fn registration(&self, site: SiteId) -> Edit {
        registration(self.store.directory().site(site).unwrap())
    }

    /// How the link with a peer stands.
    pub fn link(&self, peer: SiteId) -> Option<LinkState> {
        self.hub.link_states().into_iter().find(|link| link.peer == peer)
    }

    pub fn is_connected(&self, peer: SiteId) -> bool {
        self.link(peer).is_some_and(|link| link.state == State::Connected)
    }

    pub async fn connected(&self, peer: SiteId) {
        eventually("connected", || async { self.is_connected(peer) }).await;
    }

    /// Waits until the site may write: until it knows that its unit is at home with it.
    pub async fn at_home(&self) {
        eventually("the site knows its unit", || async {
            self.store.directory().home(self.home.unit).is_some_and(|home| home.site == self.id())
        })
        .await;
    }

    /// Waits until a head is stored here.
    pub async fn has(&self, head: StreamHead) {
        let what = format!("{} has {} up to {}", self.id().short(), head.stream, head.head.seq);
        eventually(&what, || async { self.store.head(&head.stream).seq >= head.head.seq }).await;
        if self.store.head(&head.stream).seq == head.head.seq {
            assert_eq!(self.store.head(&head.stream), head.head);
        }
    }

    /// Waits until a neighbour has said that it stored a head of this site's.
    pub async fn is_stored_by(&self, peer: SiteId, head: StreamHead) {
        eventually("acknowledged", || async {
            self.store
                .stored_by(peer)
                .await
                .unwrap()
                .get(&head.stream)
                .is_some_and(|seq| *seq >= head.head.seq)
        })
        .await;
    }

    /// Waits until central has said that it stored a head of this site's.
    pub async fn is_root_stored(&self, head: StreamHead) {
        eventually("root-stored", || async {
            let receipt = self.store.root_receipt(&head.stream).await.unwrap();
            receipt.is_some_and(|receipt| receipt.head.head.seq >= head.head.seq)
        })
        .await;
    }
}

pub fn upsert(kind: Kind, record: RecordId, unit: UnitId, body: Vec<u8>) -> Edit {
    Edit::upsert(kind, record, unit, body, Expected::Any)
}

fn registered(home: &Home, role: Role, parent: SiteId) -> Registered {
    Registered {
        id: home.id(),
        key: home.identity.public_key(),
        sealing_key: home.identity.sealing().public_key(),
        role,
        unit: home.unit,
        parent: Some(parent),
        epoch: 0,
        addresses: Vec::new(),
        revoked: None,
        predecessor: None,
        joined: 1,
    }
}

fn registration(site: &Registered) -> Edit {
    let body = proto::Registration::from(site).encode_to_vec();
    upsert(REGISTRATION, registration_id(site.id), site.unit, body)
}

fn genesis(central: &Identity, unit: UnitId) -> Frame {
    let body = proto::Genesis {
        nonce: Bytes::copy_from_slice(&rand::random::<[u8; 16]>()),
        name: "云川".to_owned(),
        algorithm: proto::SignatureAlgorithm::EcdsaP256Sha256.into(),
        root_key: Bytes::copy_from_slice(central.public_key().as_bytes()),
        root_sealing_key: Bytes::copy_from_slice(&central.sealing().public_key()),
        recovery_key: Bytes::copy_from_slice(central.public_key().as_bytes()),
        recovery_sealing_key: Bytes::copy_from_slice(&central.sealing().public_key()),
        unit: unit.to_bytes(),
    };
    Genesis::frame(&body, unit.into(), 0, [0; 16]).unwrap()
}

/// Central, a node below it and a terminal below that.
pub async fn three_tiers() -> (Site, Site, Site) {
    let central = Home::of_central().start(Plan::serving()).await;
    let node = Home::beside(&central.home);
    central.register(&node, Role::Node, &[]).await;
    let terminal = Home::beside(&central.home);
    central.register(&terminal, Role::Terminal, &[&node]).await;
    let node = node.start(Plan::between(&central)).await;
    let terminal = terminal.start(Plan::below(&node)).await;
    (central, node, terminal)
}

/// No objects move in these tests.
pub struct NoObjects;

type Chunks = tokio_stream::Empty<Result<proto::ObjectChunk, Status>>;

#[tonic::async_trait]
impl proto::objects_server::Objects for NoObjects {
    type FetchStream = Chunks;

    async fn get_manifest(
        &self,
        _: Request<proto::ObjectRequest>,
    ) -> Result<Response<proto::ObjectManifest>, Status> {
        Err(Status::unimplemented("no objects"))
    }

    async fn fetch(&self, _: Request<proto::FetchRequest>) -> Result<Response<Chunks>, Status> {
        Err(Status::unimplemented("no objects"))
    }

    async fn offer(&self, _: Request<proto::ObjectManifest>) -> Result<Response<proto::OfferReply>, Status> {
        Err(Status::unimplemented("no objects"))
    }

    async fn upload(
        &self,
        _: Request<Streaming<proto::ObjectChunk>>,
    ) -> Result<Response<proto::OfferReply>, Status> {
        Err(Status::unimplemented("no objects"))
    }
}
