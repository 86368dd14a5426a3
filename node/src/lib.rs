//! The node server at a prefecture bureau: relays between the sites below it and its parent, keeps what passes,
//! and works for its own units. It holds no power to admit: requests to join go on to central.

mod cli;

use std::sync::Arc;

use tokio::net::TcpListener;
use yanzhen_link::Relay;
use yanzhen_site::commands::{JoinListeningArgs, ServeListeningArgs};
use yanzhen_site::program::{self, NODE};
use yanzhen_site::runtime::{self, Site, Start};
use yanzhen_site::{Done, Failure, Global};

pub use cli::{Cli, Command};

/// Runs one command line.
pub async fn run(cli: Cli) -> Result<Done, Failure> {
    let Cli { global, command } = cli;
    match command {
        Command::Join(args) => join(&global, args).await,
        Command::Serve(args) => serve(&global, args).await,
        Command::Audit(command) => command.run(&NODE, &global).await,
        Command::Common(command) => program::ask(&NODE, &global, command).await,
        Command::Receiving(command) => program::ask(&NODE, &global, command).await,
    }
}

async fn join(global: &Global, args: JoinListeningArgs) -> Result<Done, Failure> {
    let joined = runtime::join(&NODE, &global.data, &args.token.read()?, &args.settings).await?;
    joined.print(global)
}

async fn serve(global: &Global, args: ServeListeningArgs) -> Result<Done, Failure> {
    let (ready, listener) = runtime::prepare(&NODE, &global.data, &args.settings).await?;
    let listener = listener.ok_or_else(|| Failure::failed("the node has no address to listen on"))?;
    start(listener, ready).await?.run_until_stopped().await?;
    Ok(Done::Whole)
}

/// Starts a node on a bound listener.
pub async fn start(listener: TcpListener, start: Start) -> Result<Site, Failure> {
    let listening = listener.local_addr();
    let listening =
        listening.map_err(|error| Failure::failed("the listening address is not known").why(error))?;
    let site = Site::open(start).await?;
    site.listen(listener, Arc::new(Relay::new(site.hub.clone())));
    site.dial();
    site.pulse();
    site.show_console().await;
    site.take_commands(|routes| routes).await?;
    tracing::info!(%listening, "the node is up");
    Ok(site)
}
