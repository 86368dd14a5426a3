//! The console of a running site: where it is served, with which certificate, and what it may do to the site.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::TcpListener;
use yanzhen_console::server::{self, Speech};
use yanzhen_console::{Console, Opening};

use super::Site;
use crate::failure::Failure;
use crate::folder::write_private;
use crate::settings::ConsoleListen;

/// The file with the link that sets up the first accounts.
const SET_UP: &str = "console-set-up.txt";

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
        let listener = match TcpListener::bind(address).await {
            Ok(listener) => listener,
            Err(error) => {
                tracing::error!(%address, %error, "the console is not served: set another console_listen, or \"off\"");
                return;
            }
        };
        if let Err(failure) = self.serve_console(listener).await {
            tracing::error!(%address, "the console is not served: {failure}");
        }
    }

    /// Serves the console on a bound listener. Gives back where browsers find it.
    pub async fn serve_console(&self, listener: TcpListener) -> Result<(Console, String), Failure> {
        let failed =
            |error: &dyn std::fmt::Display| Failure::failed("the console can't be served").why(error);
        let address = listener.local_addr().map_err(|error| failed(&error))?;
        let speech = self.speech(address.ip().is_loopback())?;
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
            names: self.names(address.ip()),
            secure,
        })
        .await
        .map_err(|error| failed(&error))?;
        let name = self.settings.console.names.first().cloned().unwrap_or_else(|| address.ip().to_string());
        let base = format!("{scheme}://{name}:{}", address.port());
        self.tell_link(&console, &base).await?;
        tracing::info!(console = %base, "the console is up");
        let (served, stop) = (console.clone(), self.life.stop_token());
        self.life.spawn(async move {
            if let Err(error) = server::serve(listener, speech, served.clone(), stop).await {
                tracing::error!(%error, "the console has ended");
            }
            served.close().await;
        });
        Ok((console, base))
    }

    /// The names under which browsers may ask: those of the settings and, unless it stands for all, the address itself.
    fn names(&self, bound: IpAddr) -> Vec<String> {
        let mut names = self.settings.console.names.clone();
        names.extend((!bound.is_unspecified()).then(|| bound.to_string()));
        names
    }

    /// Writes the link that sets up the first accounts, or the one that was asked for at this start, into a file that
    /// only the site's owner can read. A log goes further than that.
    async fn tell_link(&self, console: &Console, base: &str) -> Result<(), Failure> {
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
        let link = format!("{base}/set-up/{}\n", secret.reveal());
        write_private(&path, link.as_bytes()).map_err(|error| failed(&error))?;
        tracing::info!(file = %path.display(), "open the link in this file to set up accounts of the console");
        Ok(())
    }

    /// Plain HTTP where only this machine reaches it; elsewhere HTTPS with the supplied certificate, or one made here.
    fn speech(&self, is_loopback: bool) -> Result<Speech, Failure> {
        let failed = |error: &dyn std::fmt::Display| {
            Failure::failed("the console can't be served over HTTPS")
                .why(error)
                .next("check console_certificate and console_key in settings.toml")
        };
        let console = &self.settings.console;
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
        let (certificate, key): (PathBuf, PathBuf) = (self.data().join(CERTIFICATE), self.data().join(KEY));
        if !certificate.exists() || !key.exists() {
            let mut names = console.names.clone();
            names.extend(["localhost".to_owned(), "127.0.0.1".to_owned()]);
            let (chain, secret) = server::new_certificate(names).map_err(|error| failed(&error))?;
            write_private(&key, secret.as_bytes()).map_err(|error| failed(&error))?;
            write_private(&certificate, chain.as_bytes()).map_err(|error| failed(&error))?;
        }
        Speech::supplied(&certificate, &key).map_err(|error| failed(&error))
    }
}
