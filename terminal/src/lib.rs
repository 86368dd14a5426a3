//! The terminal at a county bureau or a direct unit: a leaf of the tree, where most of the work is entered.

mod cli;

use yanzhen_site::commands::{JoinArgs, ServeArgs};
use yanzhen_site::program::{self, TERMINAL};
use yanzhen_site::runtime::{self, Site, Start};
use yanzhen_site::{Done, Failure, Global};

pub use cli::{Cli, Command};

/// Runs one command line.
pub async fn run(cli: Cli) -> Result<Done, Failure> {
    let Cli { global, command } = cli;
    match command {
        Command::Join(args) => join(&global, args).await,
        Command::Serve(args) => serve(&global, args).await,
        Command::Audit(command) => command.run(&TERMINAL, &global).await,
        Command::Common(command) => program::ask(&TERMINAL, &global, command).await,
        Command::Receiving(command) => program::ask(&TERMINAL, &global, command).await,
    }
}

async fn join(global: &Global, args: JoinArgs) -> Result<Done, Failure> {
    let joined = runtime::join(&TERMINAL, &global.data, &args.token.read()?, &args.settings.into()).await?;
    joined.print(global)
}

async fn serve(global: &Global, args: ServeArgs) -> Result<Done, Failure> {
    let (ready, _) = runtime::prepare(&TERMINAL, &global.data, &args.settings.into()).await?;
    start(ready).await?.run_until_stopped().await?;
    Ok(Done::Whole)
}

/// Starts a terminal.
pub async fn start(start: Start) -> Result<Site, Failure> {
    let site = Site::open(start).await?;
    site.dial();
    site.pulse();
    site.show_console().await;
    site.take_commands(|routes| routes).await?;
    tracing::info!("the terminal is up");
    Ok(site)
}
