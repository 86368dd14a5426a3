//! Shows the whole federation on one machine.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use yanzhen_demo::{consoles, samples, scenario, show};

/// Shows the whole federation on one machine: central, two nodes, ten terminals, rosters of 33,226 people and
/// more, a document with attachments, and an outage.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// Ends after the story instead of staying up; the exit code says whether everything holds
    #[arg(long)]
    once: bool,

    /// Writes what came out as JSON
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let folder = tempfile::Builder::new().prefix("yanzhen-demo-").tempdir()?;
    let (mut federation, report) = scenario::play(folder.path()).await?;
    if let Some(path) = &args.report {
        let json = serde_json::to_vec_pretty(&report)?;
        std::fs::write(path, json).with_context(|| format!("{} can't be written", path.display()))?;
    }
    show::verdict(&report);
    if !args.once {
        // The story stands without them.
        if let Err(error) = samples::add(&federation).await {
            eprintln!("the consoles lack some sample work: {error:#}");
        }
        show::consoles(&consoles::open(&federation).await?);
        show::commands(&federation);
        tokio::signal::ctrl_c().await?;
    }
    federation.stop().await;
    Ok(if report.failures().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
