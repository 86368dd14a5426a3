//! The central server at the city bureau: the root of the tree. Besides what every site does it begins the network,
//! decides who joins, and keeps the tree of units.

mod admission;
mod cli;
mod commands;
mod init;
mod invitation;
mod invite;
mod serve;
mod withdraw;

use yanzhen_link::RecoveryKit;
use yanzhen_site::commands::{InitArgs, ServeListeningArgs};
use yanzhen_site::program::{self, CENTRAL};
use yanzhen_site::runtime;
use yanzhen_site::{DataFolder, Done, Failure, Global};

pub use cli::{Cli, Command};
pub use init::{NewNetwork, begin};
pub use serve::start;

/// Runs one command line.
pub async fn run(cli: Cli) -> Result<Done, Failure> {
    let Cli { global, command } = cli;
    match command {
        Command::Init(args) => init(&global, args).await,
        Command::Serve(args) => serve(&global, args).await,
        Command::Audit(command) => command.run(&CENTRAL, &global).await,
        Command::Common(command) => program::ask(&CENTRAL, &global, command).await,
        Command::Governing(command) => program::ask(&CENTRAL, &global, command).await,
    }
}

async fn init(global: &Global, args: InitArgs) -> Result<Done, Failure> {
    let folder = DataFolder::create(&global.data).map_err(|error| error.explain(&CENTRAL))?;
    let network = NewNetwork {
        name: args.network.unwrap_or_else(|| args.name.clone()),
        unit_code: args.unit,
        unit_name: args.name,
    };
    let show = |kit: &RecoveryKit| init::print(global, &folder, &network, kit);
    begin(&folder, &network, &args.settings, show).await?;
    Ok(Done::Whole)
}

async fn serve(global: &Global, args: ServeListeningArgs) -> Result<Done, Failure> {
    let (ready, listener) = runtime::prepare(&CENTRAL, &global.data, &args.settings).await?;
    let listener = listener.ok_or_else(|| Failure::failed("central has no address to listen on"))?;
    start(listener, ready).await?.run_until_stopped().await?;
    Ok(Done::Whole)
}
