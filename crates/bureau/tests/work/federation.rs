//! A small network of real stores.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use prost::Message;
use tempfile::TempDir;
use yanzhen_bureau::importing::{ImportKind, ImportOutcome, ImportRequest};
use yanzhen_bureau::{Bureau, BureauProjection};
use yanzhen_proto::v1 as proto;
use yanzhen_store::{Edit, Expected, IngestError, ManualClock, Options, Projection, Store, Target, Write};
use yanzhen_sync::directory::{Direction, HOME, Home, Link, REGISTRATION, Role, registration_id};
use yanzhen_sync::envelope::EnvelopeKey;
use yanzhen_sync::testing::{self, FakeEnvelopes, FakeSigner, FakeVerifier};
use yanzhen_sync::{Hash, ObjectHash, ObjectRef, SiteId, StreamType, UnitId};

/// 2026-11-22 at noon in China.
pub(crate) const NOON: i64 = 1_795_320_000_000;

/// The unit tree of all tests.
pub(crate) const UNITS: &str = "code,name,parent_code,kind\n\
    990000,云川市委老干部局,,机关\n\
    990100,青原州委老干部局,990000,机关\n\
    990101,东河县委老干部局,990100,机关\n\
    990102,西河县委老干部局,990100,机关\n\
    99010101,东河镇,990101,乡镇街道\n\
    990900,云川市水务局,990000,机关\n";

/// The sites.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    Central = 1,
    Node = 2,
    East = 3,
    West = 4,
    Direct = 5,
    /// A second node and its terminal; their units are in [`SOUTH_UNITS`].
    SouthNode = 6,
    South = 7,
}

/// Units of a second prefecture, for who needs two.
pub(crate) const SOUTH_UNITS: &str = "code,name,parent_code,kind\n\
    990200,南原州委老干部局,990000,机关\n\
    990201,南河县委老干部局,990200,机关\n";

impl Who {
    pub(crate) fn signer(self) -> FakeSigner {
        FakeSigner::new(self as u64)
    }

    pub(crate) fn id(self) -> SiteId {
        self.signer().site()
    }

    /// Central's is that of the genesis.
    fn envelope_key(self) -> EnvelopeKey {
        if self == Who::Central { [1; 32] } else { [100 + self as u8; 32] }
    }

    pub(crate) fn code(self) -> &'static str {
        match self {
            Who::Central => "990000",
            Who::Node => "990100",
            Who::East => "990101",
            Who::West => "990102",
            Who::Direct => "990900",
            Who::SouthNode => "990200",
            Who::South => "990201",
        }
    }

    pub(crate) fn parent(self) -> Option<Who> {
        match self {
            Who::Central => None,
            Who::Node | Who::Direct | Who::SouthNode => Some(Who::Central),
            Who::East | Who::West => Some(Who::Node),
            Who::South => Some(Who::SouthNode),
        }
    }

    fn role(self) -> Role {
        match self {
            Who::Central => Role::Central,
            Who::Node | Who::SouthNode => Role::Node,
            Who::East | Who::West | Who::Direct | Who::South => Role::Terminal,
        }
    }
}

pub(crate) struct Federation {
    folder: TempDir,
    pub(crate) clock: Arc<ManualClock>,
    sites: BTreeMap<Who, Bureau>,
    projection: Arc<dyn Projection>,
}

impl Federation {
    /// Central and these, joined in this order.
    pub(crate) async fn of(sites: &[Who]) -> Federation {
        let mut federation = Federation::central().await;
        for who in sites {
            federation.join(*who).await;
        }
        federation
    }

    /// Central alone, with the unit tree.
    pub(crate) async fn central() -> Federation {
        let projection = Arc::new(BureauProjection);
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(NOON));
        let mut federation = Federation { folder, clock, sites: BTreeMap::new(), projection };
        federation.open(Who::Central).await;
        let imported = federation.at(Who::Central).import_units(UNITS.as_bytes()).await.unwrap();
        assert_eq!((imported.created, imported.refusals), (6, vec![]));
        federation
    }

    pub(crate) fn at(&self, who: Who) -> &Bureau {
        &self.sites[&who]
    }

    pub(crate) fn unit(&self, code: &str) -> UnitId {
        self.at(Who::Central).unit_of_code(code).unwrap()
    }

    async fn open(&mut self, who: Who) {
        let unit = UnitId::new([0xC0; 16]);
        let genesis = testing::genesis(&Who::Central.signer(), &FakeSigner::new(99), unit, NOON);
        let options = Options {
            path: self.folder.path().join(format!("{who:?}.sqlite")),
            me: who.id(),
            epoch: 0,
            genesis: genesis.into_frames().remove(0),
            signer: who.signer().shared(),
            verifier: Arc::new(FakeVerifier),
            clock: self.clock.clone(),
            projection: self.projection.clone(),
        };

        let store = Store::open(options).await.unwrap();
        self.sites.insert(who, Bureau::new(store, Arc::new(FakeEnvelopes(who.envelope_key()))));
    }

    /// Stores that are opened from now on are projected by this.
    pub(crate) fn project_by(&mut self, projection: Arc<dyn Projection>) {
        self.projection = projection;
    }

    /// Opens a site's store again, as after a restart.
    pub(crate) async fn restart(&mut self, who: Who) {
        self.sites.remove(&who).unwrap().store().close().await;
        self.open(who).await;
    }

    /// Registers a site at home in its unit, as central does, and lets everybody know.
    pub(crate) async fn join(&mut self, who: Who) {
        let parent = who.parent().expect("central does not join");
        let unit = self.unit(who.code());
        let mut site = testing::site(&who.signer(), who.role(), unit, parent.id());
        site.sealing_key = who.envelope_key();
        let registration =
            edit(REGISTRATION, registration_id(site.id), unit, &proto::Registration::from(&site));
        let home = Home { generation: 1, site: site.id, cuts: Vec::new() };
        let homes = proto::UnitHomes { homes: vec![(&home).into()] };
        let central = self.at(Who::Central).store();
        let path: Vec<Who> = std::iter::successors(Some(parent), |who| who.parent()).collect();
        let above: Vec<Who> = path.into_iter().filter(|who| *who != Who::Central).collect();
        let mut targets = vec![Target::Mailbox(site.id)];
        targets.extend(above.iter().map(|who| Target::Mailbox(who.id())));
        central
            .write_all(vec![
                Write { targets, edits: vec![registration] },
                Write { targets: vec![Target::Bulletin], edits: vec![edit(HOME, unit.into(), unit, &homes)] },
            ])
            .await
            .unwrap();
        if !above.is_empty() {
            let known = above.iter().map(|who| (REGISTRATION, registration_id(who.id()))).collect();
            central.mail_copies(site.id, known).await.unwrap();
        }
        self.open(who).await;
        self.exchange().await;
    }

    /// Every line carries all that travels on it, until nothing moves; then everything is projected.
    pub(crate) async fn exchange(&self) {
        self.exchange_whatever().await;
        for bureau in self.sites.values() {
            assert_eq!(bureau.store().quarantine(0, 1_000).await.unwrap(), vec![], "nothing is set aside");
        }
    }

    /// What one line carries in one direction, as far as it goes now.
    pub(crate) async fn carry(&self, child: Who, direction: Direction) -> usize {
        let parent = child.parent().expect("central hangs on no line");
        let link = Link { parent: parent.id(), child: child.id() };
        let (from, to) = match direction {
            Direction::Down => (parent, child),
            Direction::Up => (child, parent),
        };
        let carried = carry(self.at(from).store(), self.at(to).store(), link, direction).await;
        self.at(to).store().projected().await.unwrap();
        carried
    }

    /// The same, where entries may be set aside.
    pub(crate) async fn exchange_whatever(&self) {
        loop {
            let mut moved = 0;
            for child in self.sites.keys() {
                let Some(parent) = child.parent() else { continue };
                let link = Link { parent: parent.id(), child: child.id() };
                moved += carry(self.at(parent).store(), self.at(*child).store(), link, Direction::Down).await;
                moved += carry(self.at(*child).store(), self.at(parent).store(), link, Direction::Up).await;
            }
            if moved == 0 {
                break;
            }
        }
        for bureau in self.sites.values() {
            bureau.store().projected().await.unwrap();
        }
    }

    pub(crate) async fn import_people(&self, who: Who, file: &str) -> ImportOutcome {
        import(self.at(who), ImportKind::People, file.as_bytes()).await
    }

    pub(crate) async fn import_orgs(&self, who: Who, file: &str) -> ImportOutcome {
        import(self.at(who), ImportKind::Orgs, file.as_bytes()).await
    }
}

pub(crate) async fn import(bureau: &Bureau, kind: ImportKind, file: &[u8]) -> ImportOutcome {
    let request = ImportRequest { kind, unit_code: String::new(), file: Bytes::copy_from_slice(file) };
    bureau.import(request, |_| ()).await.unwrap()
}

/// Hands over what the other store lacks; tells how many runs it took.
async fn carry(from: &Store, to: &Store, link: Link, direction: Direction) -> usize {
    let mut streams: Vec<_> = from.heads().into_keys().collect();
    // Mail to the child itself tells who is below it, before there is mail to them.
    let rank = |kind: StreamType| match kind {
        StreamType::Bulletin => 0,
        StreamType::Mailbox(to) => {
            if to == link.child {
                1
            } else {
                2
            }
        }
        StreamType::Journal => 3,
    };
    streams.sort_by_key(|stream| (rank(stream.kind), *stream));
    let mut taken = 0;
    for stream in streams.into_iter().filter(|stream| from.directory().travels(stream, link, direction)) {
        while let Some(run) = from.load_run(stream, to.head(&stream).seq).await.unwrap() {
            match to.ingest(link, direction, vec![run]).await.remove(0) {
                Ok(_) => taken += 1,
                Err(IngestError::Refused { refusal, .. }) if refusal.is_waiting() => break,
                Err(error) => panic!("{stream}: {error:?}"),
            }
        }
    }
    taken
}

pub(crate) fn edit(
    kind: yanzhen_sync::Kind,
    record: yanzhen_sync::RecordId,
    unit: UnitId,
    body: &impl Message,
) -> Edit {
    Edit::upsert(kind, record, unit, body.encode_to_vec(), Expected::Any)
}

/// An object that nobody has yet.
pub(crate) fn object(byte: u8) -> ObjectRef {
    ObjectRef { hash: ObjectHash::new([byte; 32]), size: 5, manifest: Hash::ZERO }
}
