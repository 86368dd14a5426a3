//! `join`: a new site enters the network with the token that its administrator was given.

use std::path::{Path, PathBuf};

use tokio::net::TcpListener;
use yanzhen_link::{Address, JoiningError, Token, join_network};
use yanzhen_proto::v1::TroubleKind;
use yanzhen_store::{Clock, SystemClock};
use yanzhen_sync::directory::Role;

use crate::exit::Done;
use crate::failure::{Failure, system_says};
use crate::folder::{DataFolder, role_name};
use crate::named::Named;
use crate::network::{NetworkRecord, ParentRecord};
use crate::out::Out;
use crate::program::{Global, Program};
use crate::settings::{self, Overrides, Settings};

/// A site that has joined.
pub struct Joined {
    /// Who it is now.
    pub record: NetworkRecord,
    program: Program,
    data: PathBuf,
    token: Token,
}

impl Joined {
    /// Tells whoever ran the command.
    pub fn print(&self, global: &Global) -> Result<Done, Failure> {
        #[derive(serde::Serialize)]
        struct Printed<'a> {
            site: String,
            role: &'static str,
            unit_code: &'a str,
            unit_name: &'a str,
            data: String,
        }
        let printed = Printed {
            site: self.record.site.to_string(),
            role: self.record.role.word(),
            unit_code: &self.token.unit_code,
            unit_name: &self.token.unit_name,
            data: self.data.display().to_string(),
        };
        let mut stdout = std::io::stdout();
        Out::standard(global.json, &mut stdout).reply(&printed, |joined, _| {
            format!(
                "Joined as the {} of {} {}.\nNext: {}\n",
                joined.role,
                joined.unit_code,
                joined.unit_name,
                self.program.command(&self.data, "serve")
            )
        })?;
        Ok(Done::Whole)
    }
}

/// Joins, and records in the data folder who the site is. May be called again after any failure: the keys made by
/// the first attempt are used again, and central knows them.
pub async fn join(
    program: &Program,
    data: &Path,
    token: &str,
    overrides: &Overrides,
) -> Result<Joined, Failure> {
    let token = read_token(program, token)?;
    let folder = DataFolder::create(data).map_err(|error| error.explain(program))?;
    let _lock = folder.lock_new().map_err(|error| error.explain(program))?;
    let record = join_in(program, &folder, &token, overrides).await?;
    Ok(Joined { record, program: *program, data: data.to_owned(), token })
}

/// Reads a pasted token that is for this program.
pub(super) fn read_token(program: &Program, text: &str) -> Result<Token, Failure> {
    let token = Token::parse(text).map_err(|error| {
        Failure::refused("the token can't be used")
            .why(&error)
            .next("copy it again, whole, or ask for a new one")
            .of(TroubleKind::TokenUnreadable)
            .with("detail", error)
    })?;
    check_role(program, &token)?;
    Ok(token)
}

/// Joins in a folder that this process holds.
pub(super) async fn join_in(
    program: &Program,
    folder: &DataFolder,
    token: &Token,
    overrides: &Overrides,
) -> Result<NetworkRecord, Failure> {
    let unusable = |failure: Failure| {
        let detail = failure.to_string();
        failure.of(TroubleKind::FolderUnusable).with("detail", detail)
    };
    let settings = Settings::read(&folder.settings(), program.role, overrides)?;
    let addresses = advertised(&settings).await?;
    let identity = crate::keys::load_or_make(folder).map_err(unusable)?;
    let joined = join_network(token, &identity, &program.software(), addresses).await.map_err(|error| {
        let next = match error.is_permanent() {
            true => "ask central's administrator for another token",
            false => "check the line to the address in the token; the same command may be repeated",
        };
        refused_because(&error, token).why(error).next(next)
    })?;
    let record = NetworkRecord {
        role: program.role,
        site: joined.admission.site,
        unit: joined.admission.unit,
        epoch: joined.admission.epoch,
        genesis: joined.genesis,
        parent: Some(ParentRecord {
            site: joined.parent.site,
            key: joined.parent.key,
            addresses: joined.parent.addresses,
        }),
    };
    // Only now: a refused attempt must not leave settings that the next one would find.
    folder
        .write_settings(&settings::template(program.role, overrides))
        .map_err(|error| unusable(error.explain(program)))?;
    folder.write_record(&record).map_err(|error| unusable(error.explain(program)))?;
    Ok(record)
}

/// Which trouble it is that a site was not let in.
fn refused_because(error: &JoiningError, token: &Token) -> Failure {
    let failure = Failure::refused("the network did not let the site in");
    let addresses = token.parent_addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let is_past = SystemClock.now() > token.expires;
    match error {
        JoiningError::Refused(_) if is_past => {
            failure.of(TroubleKind::TokenExpired).with("since_ms", token.expires)
        }
        JoiningError::Dial(error) => {
            failure.of(TroubleKind::ParentUnreachable).with("address", addresses).with("detail", error)
        }
        JoiningError::Later(status) => failure.of(TroubleKind::JoinLater).with("detail", status.message()),
        JoiningError::Refused(status) => {
            failure.of(TroubleKind::JoinRefused).with("detail", status.message())
        }
        JoiningError::Tls(_) | JoiningError::Reply(_) => {
            failure.of(TroubleKind::JoinRefused).with("detail", error)
        }
    }
}

fn check_role(program: &Program, token: &Token) -> Result<(), Failure> {
    if token.role == program.role {
        return Ok(());
    }
    let right = Program::of(token.role);
    Err(Failure::refused(format!(
        "the token is for a {}, not a {}",
        role_name(token.role),
        role_name(program.role)
    ))
    .next(format!("join with {}, or ask for another token", right.name))
    .of(TroubleKind::TokenOtherRole)
    .with("own", program.role.word())
    .with("role", token.role.word())
    .with("program", right.name))
}

/// Where children will dial. A port of 0 is asked of the system once, to see which one it would give.
async fn advertised(settings: &Settings) -> Result<Vec<Address>, Failure> {
    let Some(listen) = settings.listen else { return Ok(Vec::new()) };
    if listen.port() == 0 && settings.advertise.is_empty() {
        return Err(Failure::refused("the node's port is not known before it runs")
            .why("`listen` has the port 0")
            .next("name a port with --listen, or where children dial with --advertise")
            .of(TroubleKind::PortUnknown));
    }
    let advertised = settings.advertised(listen);
    if let Some(warning) = advertised.warning {
        tracing::warn!("{warning}");
    }
    Ok(advertised.addresses)
}

/// Binds where a site's children dial in; none for a site without children.
pub async fn bind(program: &Program, settings: &Settings) -> Result<Option<TcpListener>, Failure> {
    let Some(listen) = settings.listen.filter(|_| program.role != Role::Terminal) else { return Ok(None) };
    let listener = TcpListener::bind(listen).await;
    listener.map(Some).map_err(|error| {
        Failure::failed(format!("the site can't listen on {listen}"))
            .why(system_says(&error))
            .next("stop what uses that port, or set another `listen` in settings.toml")
    })
}
