//! The join wizard of a site that has not joined: `serve` shows it, and goes on as the site once it has joined.

use std::path::PathBuf;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use yanzhen_console::accounts::Secret;
use yanzhen_console::server;
use yanzhen_console::wizard::{Invited, Joiner, Wizard};
use yanzhen_link::{Token, fingerprint};
use yanzhen_proto::v1::Trouble;
use yanzhen_store::{Clock, SystemClock};
use yanzhen_sync::Millis;

use super::console::{names, speech};
use super::join::{join_in, read_token};
use crate::failure::{Failure, system_says};
use crate::folder::{DataFolder, FolderLock, SET_UP, write_private};
use crate::lifecycle;
use crate::program::Program;
use crate::settings::{ConsoleListen, Overrides, Settings};

/// Hexadecimal digits by which people tell a network from another.
const NETWORK_DIGITS: usize = 16;

/// What the wizard leaves to the console: the port stays the same, and whoever has its page is led on.
pub struct Handed {
    pub(super) listener: TcpListener,
    pub(super) secret: Secret,
}

/// Serves the wizard until the site has joined; none when the program was stopped before.
pub(super) async fn run(
    program: &Program,
    lock: &FolderLock,
    settings: &Settings,
    overrides: &Overrides,
) -> Result<Option<Handed>, Failure> {
    let ConsoleListen::At(address) = settings.console.listen else {
        return Err(Failure::refused("there is no console to join with").next("use `join`"));
    };
    let mut listener = TcpListener::bind(address).await.map_err(|error| {
        Failure::failed(format!("the join wizard can't be served on {address}"))
            .why(system_says(&error))
            .next("stop what uses that port, or set another console_listen; `join` works without it")
    })?;
    let address = listener.local_addr().map_err(|error| Failure::failed("no address").why(error))?;
    let folder = lock.folder();
    let speech = speech(&settings.console, folder.path(), address.ip().is_loopback())?;
    let joiner = Joining {
        program: *program,
        folder: folder.clone(),
        overrides: overrides.clone(),
        data: folder.path().to_owned(),
    };
    let names = names(&settings.console, address.ip());
    let is_secure = speech.is_secure();
    let wizard = Wizard::new(Box::new(joiner), names, is_secure, env!("CARGO_PKG_VERSION"));
    let host = settings.console.names.first().cloned().unwrap_or_else(|| address.ip().to_string());
    let scheme = if is_secure { "https" } else { "http" };
    let link = format!("{scheme}://{host}:{}{}\n", address.port(), wizard.path());
    let path = folder.path().join(SET_UP);
    write_private(&path, link.as_bytes())
        .map_err(|error| Failure::failed("the wizard's link can't be written").why(system_says(&error)))?;
    tracing::info!(file = %path.display(), "no site is here yet: open the link in this file to join a network");
    let (stop, joined) = (CancellationToken::new(), wizard.joined());
    let serving = server::serve_pages(&mut listener, speech, wizard.router(), stop.clone());
    let ending = async {
        tokio::select! {
            () = joined.cancelled() => {}
            signal = lifecycle::signal() => tracing::info!(signal, "stopping"),
        }
        stop.cancel();
    };
    let (served, ()) = tokio::join!(serving, ending);
    served.map_err(|error| Failure::failed("the join wizard has ended").why(error))?;
    Ok(joined.is_cancelled().then(|| Handed { listener, secret: wizard.secret() }))
}

/// Joins for the wizard as the command does.
struct Joining {
    program: Program,
    folder: DataFolder,
    overrides: Overrides,
    data: PathBuf,
}

impl Joiner for Joining {
    fn read(&self, token: &str) -> Result<Invited, Trouble> {
        let Token { parent_addresses, parent_key, genesis, expires, role, unit_code, unit_name, .. } =
            read_token(&self.program, token).map_err(Trouble::from)?;
        Ok(Invited {
            unit: format!("{unit_code} {unit_name}"),
            role: role.word().to_owned(),
            addresses: parent_addresses.iter().map(ToString::to_string).collect(),
            fingerprint: fingerprint(&parent_key),
            network: genesis.to_string().chars().take(NETWORK_DIGITS).collect(),
            expires_ms: expires,
        })
    }

    fn join(&self, token: String) -> BoxFuture<'static, Result<(), Trouble>> {
        let (program, folder, overrides) = (self.program, self.folder.clone(), self.overrides.clone());
        async move {
            let token = read_token(&program, &token)?;
            join_in(&program, &folder, &token, &overrides).await.map(|_| ())
        }
        .map(|joined| joined.map_err(Trouble::from))
        .boxed()
    }

    fn now(&self) -> Millis {
        SystemClock.now()
    }

    fn free_disk(&self) -> u64 {
        fs4::available_space(&self.data).unwrap_or(0)
    }
}
