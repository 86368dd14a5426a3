//! A running site: its store, its links, its objects and its work, wired together. The three programs differ in
//! what they start of it.

mod background;
mod console;
mod join;
mod platform;
mod serve;
mod wizard;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tokio::net::TcpListener;
use tonic::service::Routes;
use yanzhen_bureau::{Bureau, BureauProjection};
use yanzhen_link::objects::{Exchange, ExchangeLimits, ExchangeOptions};
use yanzhen_link::tls::{AcceptorMetrics, Limits, TlsConfig};
use yanzhen_link::{Admit, Hub, HubOptions, Identity, P256Verifier, Pulsing, Serving};
use yanzhen_proto::v1::central_administration_server::CentralAdministration;
use yanzhen_store::objects::ObjectFolder;
use yanzhen_store::{Options, Projection, Store, SystemClock};
use yanzhen_sync::Sign;

use crate::control::{ControlServer, administration};
use crate::failure::Failure;
use crate::folder::{DataFolder, FolderLock};
use crate::handlers::Handlers;
use crate::lifecycle::{Lifecycle, SOFT_STOP_LIMIT, Stopped};
use crate::network::NetworkRecord;
use crate::program::Program;
use crate::settings::Settings;

pub(crate) use console::DATABASE as CONSOLE_DATABASE;
pub use join::{bind, join};
use platform::{Governing, LastSummary};
pub use serve::prepare;
pub use wizard::Handed;

/// What a site is started from.
pub struct Start {
    /// Which program runs it.
    pub program: Program,
    /// Its data folder, held by this process.
    pub lock: FolderLock,
    /// Who it is.
    pub record: NetworkRecord,
    /// How it runs.
    pub settings: Settings,
    /// What it makes of records; [`projection`] but for tests of what happens when projecting fails.
    pub projection: Arc<dyn Projection>,
    /// What the join wizard left to the console, where the site has just joined through it.
    pub handed: Option<Handed>,
}

/// The tables of a bureau.
pub fn projection() -> Arc<dyn Projection> {
    Arc::new(BureauProjection)
}

/// A running site. Clones are the same site.
#[derive(Clone)]
pub struct Site {
    /// Which program runs it.
    pub program: Program,
    /// Who it is.
    pub record: Arc<NetworkRecord>,
    /// How it runs.
    pub settings: Arc<Settings>,
    /// Its keys.
    pub identity: Arc<Identity>,
    /// Frames, records, quarantine.
    pub store: Store,
    /// The work.
    pub bureau: Bureau,
    /// Its links.
    pub hub: Hub,
    /// Attachments on disk.
    pub objects: ObjectFolder,
    /// Attachments on their way.
    pub exchange: Exchange,
    /// What its listener has let in and refused.
    pub acceptor: Arc<AcceptorMetrics>,
    life: Lifecycle,
    lock: Arc<FolderLock>,
    tls: TlsConfig,
    governing: Option<Governing>,
    summary: LastSummary,
    handed: Arc<Mutex<Option<Handed>>>,
}

impl Site {
    /// Opens everything. Nothing listens or dials yet; records and attachments are worked on already.
    pub async fn open(start: Start) -> Result<Site, Failure> {
        let Start { program, lock, record, settings, projection, handed } = start;
        let folder = lock.folder().clone();
        let identity = Identity::load(&folder.identity()).map_err(|error| {
            Failure::failed("the site's keys can't be read")
                .why(error)
                .next("bring identity.key back from a backup")
        })?;
        let signer: Arc<dyn Sign> = Arc::new(identity.signing().clone());
        let verifier = Arc::new(P256Verifier);
        let store = Store::open(Options {
            path: folder.database(),
            me: record.site,
            epoch: record.epoch,
            genesis: record.genesis.clone(),
            signer: signer.clone(),
            verifier: verifier.clone(),
            clock: Arc::new(SystemClock),
            projection,
        })
        .await
        .map_err(|error| database_failure(&folder.database(), error))?;
        let tls =
            TlsConfig::new(&identity).map_err(|error| Failure::failed("TLS can't be set up").why(error))?;
        let software = program.software();
        let hub = Hub::new(HubOptions { store: store.clone(), signer, verifier, software });
        let life = Lifecycle::new();
        let objects = ObjectFolder::open(folder.objects()).await.map_err(objects_failure)?;
        let options = ExchangeOptions {
            store: store.clone(),
            folder: objects.clone(),
            lines: Arc::new(hub.clone()),
            limits: ExchangeLimits::default(),
        };
        let exchange = Exchange::start(options, life.stop_token()).await.map_err(objects_failure)?;
        let site = Site {
            bureau: Bureau::new(store.clone(), Arc::new(identity.sealing().clone())),
            record: Arc::new(record),
            settings: Arc::new(settings),
            identity: Arc::new(identity),
            acceptor: Arc::default(),
            lock: Arc::new(lock),
            program,
            store,
            hub,
            objects,
            exchange,
            life,
            tls,
            governing: None,
            summary: LastSummary::default(),
            handed: Arc::new(Mutex::new(handed)),
        };
        background::start(&site);
        Ok(site)
    }

    /// Takes commands over the control channel. `more` adds services to those that every site has.
    pub async fn take_commands(&self, more: impl FnOnce(Routes) -> Routes) -> Result<(), Failure> {
        let server = ControlServer::bind(&self.lock, self.settings.control_port).await;
        let server = server.map_err(|error| Failure::failed("commands can't be taken").why(error))?;
        let routes = more(Routes::new(administration(Handlers::new(self.clone()))));
        let stop = self.life.stop_token();
        self.life.spawn(async move {
            if let Err(error) = server.serve(routes, stop).await {
                tracing::error!(%error, "the control channel has ended");
            }
        });
        Ok(())
    }

    /// The site whose console can do what central alone answers. `commands` hold the site without them: a site that
    /// held itself would never let go of its folder.
    pub fn governed_by(self, commands: Arc<dyn CentralAdministration>) -> Site {
        Site { governing: Some(Governing(commands)), ..self }
    }

    /// Lets child sites in; `admit` decides who joins.
    pub fn listen(&self, listener: TcpListener, admit: Arc<dyn Admit>) {
        let serving = Serving {
            hub: self.hub.clone(),
            tls: self.tls.clone(),
            limits: Limits::default(),
            objects: self.exchange.service(),
            admit,
            metrics: self.acceptor.clone(),
        };
        let stop = self.life.stop_token();
        self.life.spawn(async move {
            if let Err(error) = yanzhen_link::serve(listener, serving, stop).await {
                tracing::error!(%error, "child sites can't come in any more");
            }
        });
    }

    /// Keeps the line to the parent, for ever.
    pub fn dial(&self) {
        let Some(parent) = &self.record.parent else { return };
        let parent =
            yanzhen_link::Parent { site: parent.site, key: parent.key, addresses: parent.addresses.clone() };
        let dialling =
            yanzhen_link::keep_dialling(self.hub.clone(), self.tls.clone(), parent, self.life.stop_token());
        self.life.spawn(dialling);
    }

    /// Says regularly how the site is.
    pub fn pulse(&self) {
        let folder = self.lock.folder().path().to_owned();
        let pulsing = Pulsing {
            interval: self.settings.pulse,
            free_disk: Arc::new(move || fs4::available_space(&folder).unwrap_or(0)),
        };
        self.life.spawn(yanzhen_link::keep_pulsing(self.hub.clone(), pulsing, self.life.stop_token()));
    }

    /// Central's regular word to each site.
    pub fn beat(&self) {
        let beating =
            yanzhen_link::keep_beating(self.hub.clone(), self.settings.beat, self.life.stop_token());
        self.life.spawn(beating);
    }

    /// The tasks of the site, for programs that add their own.
    pub fn life(&self) -> &Lifecycle {
        &self.life
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.lock.folder().path().to_owned()
    }

    /// The same with the names of what is in it.
    pub fn folder(&self) -> &DataFolder {
        self.lock.folder()
    }

    /// Bytes free on the disk of the data folder; 0 where that can't be told.
    pub fn free_disk(&self) -> u64 {
        fs4::available_space(self.data()).unwrap_or(0)
    }

    /// Waits for the signal to stop, then stops: links say goodbye, what is under way finishes, the database is
    /// closed.
    pub async fn run_until_stopped(&self) -> Result<(), Failure> {
        let stopped = self.life.run_until_stopped().await;
        self.close().await;
        stopped.map(|_| ())
    }

    /// Stops now.
    pub async fn stop(&self) -> Stopped {
        let stopped = self.life.drain(SOFT_STOP_LIMIT).await;
        self.close().await;
        stopped
    }

    async fn close(&self) {
        self.hub.stop().await;
        self.exchange.stopped().await;
        self.store.close().await;
    }
}

fn database_failure(path: &std::path::Path, error: yanzhen_store::StoreError) -> Failure {
    Failure::failed(format!("the database {} can't be opened", path.display()))
        .why(error)
        .next("check the disk and the folder's permissions; what central holds is not lost")
}

fn objects_failure(error: impl std::fmt::Display) -> Failure {
    Failure::failed("the attachments can't be opened")
        .why(error)
        .next("check the disk and the folder's permissions")
}
