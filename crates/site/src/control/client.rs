//! A command's side of the control channel.

use std::io;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Endpoint;
use tonic::{Request, Status};
use yanzhen_proto::v1::administration_client::AdministrationClient;
use yanzhen_proto::v1::central_administration_client::CentralAdministrationClient;

use super::{ControlFile, MAX_REPLY_BYTES, MAX_REQUEST_BYTES, SECRET_KEY};
use crate::failure::{Failure, FailureKind};
use crate::folder::{DataFolder, FolderError};
use crate::program::Program;

/// How long a connection to this very machine may take before the site counts as not running.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Between two questions whether the site still answers.
const ALIVE_EVERY: Duration = Duration::from_secs(10);

/// How long it may take to answer them; then the command ends.
const ALIVE_WITHIN: Duration = Duration::from_secs(20);

/// A connection that adds the secret to each request.
pub type Channel = InterceptedService<tonic::transport::Channel, AddSecret>;

/// A connection to the running site of a data folder.
#[derive(Debug)]
pub struct ControlClient {
    /// What every site answers.
    pub site: AdministrationClient<Channel>,
    /// What central answers besides.
    pub central: CentralAdministrationClient<Channel>,
    program: Program,
    data: PathBuf,
}

/// Adds the secret to each request.
#[derive(Clone)]
pub struct AddSecret(MetadataValue<Ascii>);

impl Interceptor for AddSecret {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert(SECRET_KEY, self.0.clone());
        Ok(request)
    }
}

impl std::fmt::Debug for AddSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AddSecret(redacted)")
    }
}

impl ControlClient {
    /// Connects to the running site of a data folder, which must be one of this program's.
    pub async fn connect(program: &Program, data: &Path) -> Result<ControlClient, Failure> {
        let (folder, _) =
            DataFolder::open(data, program.role).map_err(|error: FolderError| error.explain(program))?;
        let not_running = || not_running(program, data);
        let path = folder.control();
        if !folder.is_running().map_err(|error| error.explain(program))? {
            // Whoever listens at the port in a file that was left behind would get the secret.
            return Err(match path.exists() {
                true => not_running()
                    .why("it ended without a clean stop, or this folder is a copy of a running site's")
                    .next(format!(
                        "start it with `{}`; never start a copy while the first one is in use",
                        program.command(data, "serve")
                    )),
                false => not_running(),
            });
        }
        let file = ControlFile::read(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => not_running(),
            io::ErrorKind::PermissionDenied => {
                Failure::refused("this account may not give the site commands")
                    .why(format!("{} belongs to another account", path.display()))
                    .next("use the account that runs the site")
            }
            _ => not_running().why(format!("{} can't be read: {error}", path.display())),
        })?;
        let secret = file
            .secret
            .parse()
            .map(AddSecret)
            .map_err(|_| not_running().why(format!("{} is damaged", path.display())))?;
        let endpoint = Endpoint::from_shared(format!("http://{}:{}", Ipv4Addr::LOCALHOST, file.port))
            .map_err(|error| Failure::failed("the control channel has no address").why(error))?
            .connect_timeout(CONNECT_TIMEOUT)
            // A site that hangs does not answer these either; one that is only busy does.
            .http2_keep_alive_interval(ALIVE_EVERY)
            .keep_alive_timeout(ALIVE_WITHIN);
        let channel = endpoint.connect().await.map_err(|_| {
            not_running().why(format!("nothing listens at port {}; it ended without a clean stop", file.port))
        })?;
        let channel = InterceptedService::new(channel, secret);
        Ok(ControlClient {
            site: AdministrationClient::new(channel.clone())
                .max_decoding_message_size(MAX_REPLY_BYTES)
                .max_encoding_message_size(MAX_REQUEST_BYTES),
            central: CentralAdministrationClient::new(channel)
                .max_decoding_message_size(MAX_REPLY_BYTES)
                .max_encoding_message_size(MAX_REQUEST_BYTES),
            program: *program,
            data: data.to_owned(),
        })
    }

    /// Says how to start the site where a command found another program at its port.
    pub fn explain(&self, failure: Failure) -> Failure {
        if failure.kind == FailureKind::NotRunning {
            not_running(&self.program, &self.data)
                .why("another program answers at its port; the site ended without a clean stop")
        } else {
            failure
        }
    }
}

fn not_running(program: &Program, data: &Path) -> Failure {
    Failure::new(FailureKind::NotRunning, format!("the site in {} is not running", data.display()))
        .next(format!("start it with `{}`", program.command(data, "serve")))
}
