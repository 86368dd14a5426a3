//! The site's side of the control channel.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use data_encoding::HEXLOWER;
use rand::Rng;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::sync::CancellationToken;
use tonic::service::{InterceptorLayer, Routes};
use tonic::transport::Server;
use tonic::{Request, Status};
use yanzhen_proto::v1::administration_server::{Administration, AdministrationServer};
use yanzhen_proto::v1::central_administration_server::{CentralAdministration, CentralAdministrationServer};

use super::{ControlFile, MAX_REPLY_BYTES, MAX_REQUEST_BYTES, SECRET_KEY};
use crate::folder::FolderLock;

/// Bytes of the secret: nobody guesses 256 bits.
const SECRET_BYTES: usize = 32;

/// Why the control channel does not work.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The port is taken.
    #[error("the control channel can't listen on {address}: {source}; set another `control_port`, or 0")]
    Bind {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The file for clients can't be written.
    #[error("{} can't be written: {source}", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It broke while it ran.
    #[error("the control channel broke: {0}")]
    Serve(#[from] tonic::transport::Error),
}

/// A bound control channel whose file is written. When it is dropped the file goes.
#[derive(Debug)]
pub struct ControlServer {
    listener: TcpListener,
    gate: Gate,
    file: WrittenFile,
}

/// Lets through who knows the secret.
#[derive(Clone)]
struct Gate {
    secret: String,
}

/// Removes the file when it is dropped, so that a stopped site is told from a broken one.
#[derive(Debug)]
struct WrittenFile(PathBuf);

/// The service that every site has, with the limits of the channel.
pub fn administration<A: Administration>(handlers: A) -> AdministrationServer<A> {
    AdministrationServer::new(handlers)
        .max_decoding_message_size(MAX_REQUEST_BYTES)
        .max_encoding_message_size(MAX_REPLY_BYTES)
}

/// The service that central has besides, with the limits of the channel.
pub fn central_administration<A: CentralAdministration>(handlers: A) -> CentralAdministrationServer<A> {
    CentralAdministrationServer::new(handlers)
        .max_decoding_message_size(MAX_REQUEST_BYTES)
        .max_encoding_message_size(MAX_REPLY_BYTES)
}

impl ControlServer {
    /// Listens on loopback, at this port or any free one for 0, and writes `control.json`. The lock vouches
    /// that no other process does.
    pub async fn bind(lock: &FolderLock, port: u16) -> Result<ControlServer, ControlError> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let bind = |source| ControlError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(bind)?;
        let secret = new_secret();
        let path = lock.folder().control();
        let file = ControlFile {
            port: listener.local_addr().map_err(bind)?.port(),
            secret: secret.clone(),
            pid: std::process::id(),
        };
        file.write(&path).map_err(|source| ControlError::Write { path: path.clone(), source })?;
        Ok(ControlServer { listener, gate: Gate { secret }, file: WrittenFile(path) })
    }

    /// Answers commands with these services until it is told to stop; then takes no new ones, lets those
    /// under way finish and removes the file.
    pub async fn serve(self, services: Routes, stop: CancellationToken) -> Result<(), ControlError> {
        let gate = self.gate;
        let layer = InterceptorLayer::new(move |request| gate.check(request));
        Server::builder()
            .layer(layer)
            .add_routes(services)
            .serve_with_incoming_shutdown(TcpListenerStream::new(self.listener), stop.cancelled_owned())
            .await?;
        drop(self.file);
        Ok(())
    }
}

impl Gate {
    fn check(&self, request: Request<()>) -> Result<Request<()>, Status> {
        let given = request.metadata().get(SECRET_KEY).map_or(&[][..], |value| value.as_bytes());
        if equal(given, self.secret.as_bytes()) {
            Ok(request)
        } else {
            Err(Status::unauthenticated("the secret is not that of this site's data folder"))
        }
    }
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Gate(secret redacted)")
    }
}

impl Drop for WrittenFile {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_file(&self.0) {
            tracing::warn!(%error, path = %self.0.display(), "the control file stays behind");
        }
    }
}

fn new_secret() -> String {
    let mut bytes = [0; SECRET_BYTES];
    rand::rng().fill_bytes(&mut bytes);
    HEXLOWER.encode(&bytes)
}

/// Takes the same time wherever the first difference is, so that answers don't tell how much was right.
fn equal(a: &[u8], b: &[u8]) -> bool {
    let difference = a.iter().zip(b).fold(0, |sum, (a, b)| std::hint::black_box(sum | (a ^ b)));
    a.len() == b.len() && difference == 0
}
