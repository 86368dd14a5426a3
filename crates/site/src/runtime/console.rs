//! The console of a running site: where it is served, with which certificate, and what it may do to the site.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};

use tokio::net::TcpListener;
use yanzhen_console::accounts::Secret;
use yanzhen_console::server::{self, Speech};
use yanzhen_console::{Console, Opening};

use super::{Handed, Site, background};
use crate::failure::Failure;
use crate::folder::{SET_UP, write_private};
use crate::settings::{ConsoleListen, ConsoleSettings};

/// The accounts and the audit log.
pub(crate) const DATABASE: &str = "console.db";

/// The certificate that the console made for itself, and its key.
const CERTIFICATE: &str = "console.crt";
const KEY: &str = "console.key";

impl Site {
    /// Serves the console where the settings say. A console that can't be served does not stop the site: clerks can't
    /// work then, but records and documents still travel.
    pub async fn show_console(&self) {
        let ConsoleListen::At(address) = self.settings.console.listen else { return };
        let handed = self.handed.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (bound, secret) = match handed {
            Some(Handed { listener, secret }) => (Ok(listener), Some(secret)),
            None => (TcpListener::bind(address).await, None),
        };
        let listener = match bound {
            Ok(listener) => listener,
            Err(error) => {
                tracing::error!(%address, %error, "the console is not served: set another console_listen, or \"off\"");
                return;
            }
        };
        if let Err(failure) = self.serve_console_after(listener, secret).await {
            tracing::error!(%address, "the console is not served: {failure}");
        }
    }

    /// Serves the console on a bound listener. Gives back where browsers find it.
    pub async fn serve_console(&self, listener: TcpListener) -> Result<(Console, String), Failure> {
        self.serve_console_after(listener, None).await
    }

    /// The same after the wizard, whose page goes on with `wizard`'s secret.
    async fn serve_console_after(
        &self,
        listener: TcpListener,
        wizard: Option<Secret>,
    ) -> Result<(Console, String), Failure> {
        let failed =
            |error: &dyn std::fmt::Display| Failure::failed("the console can't be served").why(error);
        let address = listener.local_addr().map_err(|error| failed(&error))?;
        let speech = speech(&self.settings.console, &self.data(), address.ip().is_loopback())?;
        let (scheme, secure) = match speech {
            Speech::Plain => ("http", false),
            Speech::Tls(_) => ("https", true),
        };
        let console = Console::open(Opening {
            bureau: self.bureau.clone(),
            platform: Arc::new(self.clone()),
            objects: self.objects.clone(),
            tier: self.record.role,
            database: &self.data().join(DATABASE),
            version: env!("CARGO_PKG_VERSION"),
            names: names(&self.settings.console, address.ip()),
            secure,
        })
        .await
        .map_err(|error| failed(&error))?;
        let name = self.settings.console.names.first().cloned().unwrap_or_else(|| address.ip().to_string());
        let base = format!("{scheme}://{name}:{}", address.port());
        self.tell_link(&console, &base, wizard).await?;
        tracing::info!(console = %base, "the console is up");
        let overseen = background::oversee(console.clone(), self.bureau.clone(), self.life.stop_token());
        self.life.spawn(overseen);
        let (served, stop) = (console.clone(), self.life.stop_token());
        self.life.spawn(async move {
            if let Err(error) = server::serve(listener, speech, served.clone(), stop).await {
                tracing::error!(%error, "the console has ended");
            }
            served.close().await;
        });
        Ok((console, base))
    }

    /// Writes the link that sets up the first accounts, or the one that was asked for at this start, into a file that
    /// only the site's owner can read. A log goes further than that.
    async fn tell_link(&self, console: &Console, base: &str, wizard: Option<Secret>) -> Result<(), Failure> {
        let failed = |error: &dyn std::fmt::Display| {
            Failure::failed("the console's link can't be made").why(error).next("see `--console-reset`")
        };
        let path = self.data().join(SET_UP);
        let first = console.first_link().await.map_err(|error| failed(&error))?;
        let link = match (first, &self.settings.console.reset) {
            (None, Some(login)) => Some(console.reset(login).await.map_err(|error| failed(&error))?),
            (first, _) => first,
        };
        let Some(secret) = link else {
            // An earlier start's link, which has been used.
            let _ = std::fs::remove_file(&path);
            return Ok(());
        };
        let to = format!("/set-up/{}", secret.reveal());
        let link = format!("{base}{to}\n");
        if let Some(wizard) = wizard {
            console.welcome(&wizard, to);
        }
        write_private(&path, link.as_bytes()).map_err(|error| failed(&error))?;
        tracing::info!(file = %path.display(), "open the link in this file to set up accounts of the console");
        Ok(())
    }
}

/// The names under which browsers may ask: those of the settings and, unless it stands for all, the address itself.
pub(super) fn names(console: &ConsoleSettings, bound: IpAddr) -> Vec<String> {
    let mut names = console.names.clone();
    names.extend((!bound.is_unspecified()).then(|| bound.to_string()));
    names
}

/// Plain HTTP where only this machine reaches it; elsewhere HTTPS with the supplied certificate, or one made here.
pub(super) fn speech(console: &ConsoleSettings, data: &Path, is_loopback: bool) -> Result<Speech, Failure> {
    let failed = |error: &dyn std::fmt::Display| {
        Failure::failed("the console can't be served over HTTPS")
            .why(error)
            .next("check console_certificate and console_key in settings.toml")
    };
    match (&console.certificate, &console.key) {
        (Some(certificate), Some(key)) => {
            return Speech::supplied(certificate, key).map_err(|error| failed(&error));
        }
        (None, None) => {}
        _ => return Err(failed(&"one of the two is missing")),
    }
    if is_loopback {
        return Ok(Speech::Plain);
    }
    let (certificate, key): (PathBuf, PathBuf) = (data.join(CERTIFICATE), data.join(KEY));
    if !certificate.exists() || !key.exists() {
        let mut names = console.names.clone();
        names.extend(["localhost".to_owned(), "127.0.0.1".to_owned()]);
        let (chain, secret) = server::new_certificate(names).map_err(|error| failed(&error))?;
        write_private(&key, secret.as_bytes()).map_err(|error| failed(&error))?;
        write_private(&certificate, chain.as_bytes()).map_err(|error| failed(&error))?;
    }
    Speech::supplied(&certificate, &key).map_err(|error| failed(&error))
}
