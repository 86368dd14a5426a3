//! `init`: a new network begins.

use bytes::Bytes;
use prost::Message;
use rand::Rng;
use yanzhen_bureau::kinds::{ids, unit};
use yanzhen_link::{Identity, RecoveryKit};
use yanzhen_proto::v1 as proto;
use yanzhen_site::folder::FolderError;
use yanzhen_site::out::Out;
use yanzhen_site::runtime::{Site, Start, projection};
use yanzhen_site::{
    CENTRAL, DataFolder, Failure, Global, NetworkRecord, Overrides, Settings, keys, settings,
};
use yanzhen_store::{Clock, Edit, Expected, SystemClock, Target, Write};
use yanzhen_sync::directory::{Genesis, Role, UNIT};
use yanzhen_sync::{Frame, RecordId, Sign, UnitId};

/// What a network is begun with.
#[derive(Clone, Debug)]
pub struct NewNetwork {
    /// The network's name, for people.
    pub name: String,
    /// The code of central's own unit.
    pub unit_code: String,
    /// Its name.
    pub unit_name: String,
}

/// Begins a network in a new folder: keys, genesis frame, the tree with central's own unit, settings, and at last the
/// record that makes the folder a site's. The recovery kit is kept nowhere else: `show` gets it before that record is
/// written, and where it fails no network has begun.
pub async fn begin(
    folder: &DataFolder,
    network: &NewNetwork,
    overrides: &Overrides,
    show: impl FnOnce(&RecoveryKit) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let explain = |error: FolderError| error.explain(&CENTRAL);
    let lock = folder.lock_new().map_err(explain)?;
    remove_earlier_attempt(folder)?;
    let settings = Settings::read(&folder.settings(), CENTRAL.role, overrides)?;
    let identity = keys::load_or_make(folder)?;
    let kit = RecoveryKit::generate();
    let unit = UnitId::from(new_record_id());
    let record = NetworkRecord {
        role: Role::Central,
        site: identity.site(),
        unit,
        epoch: 0,
        genesis: genesis_frame(&identity, &kit, unit, &network.name)?,
        parent: None,
    };
    let start = Start {
        program: CENTRAL,
        lock,
        record: record.clone(),
        settings,
        projection: projection(),
        handed: None,
    };
    let site = Site::open(start).await?;
    let planted = plant_tree(&site, network).await;
    site.stop().await;
    planted?;
    // Only now: a refused attempt must not leave settings that the next one would find.
    folder.write_settings(&settings::template(CENTRAL.role, overrides)).map_err(explain)?;
    show(&kit)?;
    folder.write_record(&record).map_err(explain)
}

/// Prints who central is, and the recovery kit.
pub(crate) fn print(
    global: &Global,
    folder: &DataFolder,
    network: &NewNetwork,
    kit: &RecoveryKit,
) -> Result<(), Failure> {
    #[derive(serde::Serialize)]
    struct Begun<'a> {
        network: &'a str,
        unit_code: &'a str,
        unit_name: &'a str,
        data: String,
        recovery_kit: &'a str,
    }
    let text = kit.to_text();
    let begun = Begun {
        network: &network.name,
        unit_code: &network.unit_code,
        unit_name: &network.unit_name,
        data: folder.path().display().to_string(),
        recovery_kit: &text,
    };
    let mut stdout = std::io::stdout();
    Out::standard(global.json, &mut stdout).reply_surely(&begun, |begun, _| {
        format!(
            "The network {} has begun; its centre is {} {} in {}.\n\n\
             RECOVERY KIT. It is shown this once. Write it down, keep it offline in two places:\n\
             no command takes it yet, and nothing else will bring central back if its key is lost.\n\n{}\n\
             Next: {}\n",
            begun.network,
            begun.unit_code,
            begun.unit_name,
            begun.data,
            begun.recovery_kit,
            CENTRAL.command(folder.path(), "serve"),
        )
    })
}

/// Without a record the folder holds no site: a database there is what a failed attempt left.
fn remove_earlier_attempt(folder: &DataFolder) -> Result<(), Failure> {
    for suffix in ["", "-wal", "-shm"] {
        let mut path = folder.database().into_os_string();
        path.push(suffix);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Failure::failed("the folder can't be made ready")
                    .why(format!("{}: {error}", path.display()))
                    .next("name an empty folder with --data"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Puts central's own unit into the tree.
async fn plant_tree(site: &Site, network: &NewNetwork) -> Result<(), Failure> {
    let body = proto::Unit {
        code: network.unit_code.clone(),
        name: network.unit_name.clone(),
        kind: proto::UnitKind::Agency.into(),
        ..proto::Unit::default()
    };
    let problems = unit::validate(&body);
    if let Err(problems) = problems {
        let why = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        return Err(Failure::refused("central's own unit can't be entered").why(why));
    }
    let edit =
        Edit::upsert(UNIT, site.record.unit.into(), site.record.unit, body.encode_to_vec(), Expected::New);
    let written = site.store.write(Write { targets: vec![Target::Bulletin], edits: vec![edit] }).await;
    written.map(|_| ()).map_err(|error| Failure::failed("central's own unit could not be entered").why(error))
}

fn genesis_frame(identity: &Identity, kit: &RecoveryKit, unit: UnitId, name: &str) -> Result<Frame, Failure> {
    let body = proto::Genesis {
        nonce: Bytes::copy_from_slice(&random::<16>()),
        name: name.to_owned(),
        algorithm: proto::SignatureAlgorithm::EcdsaP256Sha256.into(),
        root_key: Bytes::copy_from_slice(identity.public_key().as_bytes()),
        root_sealing_key: Bytes::copy_from_slice(&identity.sealing().public_key()),
        recovery_key: Bytes::copy_from_slice(kit.signing().public_key().as_bytes()),
        recovery_sealing_key: Bytes::copy_from_slice(&kit.sealing().public_key()),
        unit: unit.to_bytes(),
    };
    Genesis::frame(&body, new_record_id(), SystemClock.now(), random())
        .map_err(|error| Failure::failed("the network could not be begun").why(error))
}

fn new_record_id() -> RecordId {
    ids::new(SystemClock.now(), random())
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_network_whose_recovery_kit_nobody_saw_has_not_begun() {
        let temporary = tempfile::tempdir().unwrap();
        let network =
            NewNetwork {
                name: "云川".into(), unit_code: "99".into(), unit_name: "云川老干部局".into()
            };
        let begun = async |show: fn(&RecoveryKit) -> Result<(), Failure>| {
            let folder = DataFolder::create(temporary.path()).unwrap();
            begin(&folder, &network, &Overrides::default(), show).await
        };
        let found = || DataFolder::open(temporary.path(), Role::Central);
        assert!(begun(|_| Err(Failure::failed("nobody reads"))).await.is_err());
        assert!(matches!(found(), Err(FolderError::NoSite(_))));
        begun(|_| Ok(())).await.unwrap();
        found().unwrap();
    }
}
