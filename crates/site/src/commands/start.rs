//! The arguments of the commands that work on a data folder themselves; the programs run them.

use std::io::Read;

use clap::Args;

use crate::failure::Failure;
use crate::settings::{CommonOverrides, Overrides};

/// Bytes of the longest token that is read from standard input.
const MAX_TOKEN_BYTES: u64 = 64 * 1024;

/// Makes a network and its central site.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Example:\n  PROGRAM --data ./central init --unit 99 --name 云川市委老干部局 \
                        --advertise central.example:7443")]
pub struct InitArgs {
    /// The code of central's own unit, the top of the tree
    #[arg(long, value_name = "CODE")]
    pub unit: String,

    /// The name of central's own unit
    #[arg(long, value_name = "NAME")]
    pub name: String,

    /// The network's name [default: the unit's name]
    #[arg(long, value_name = "NAME")]
    pub network: Option<String>,

    /// Go into the new settings file.
    #[command(flatten)]
    pub settings: Overrides,
}

/// The token of an invitation.
#[derive(Args, Clone, Debug)]
pub struct TokenArgs {
    /// The token from `yanzhen-central invite`; "-" reads it from standard input, where no other account sees it
    #[arg(long, value_name = "TOKEN", env = "YANZHEN_TOKEN", hide_env_values = true)]
    token: String,
}

/// Joins a network as a site without children.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Example:\n  PROGRAM --data ./county join --token yz1.CiCz0p…")]
pub struct JoinArgs {
    /// The invitation.
    #[command(flatten)]
    pub token: TokenArgs,

    /// Go into the new settings file.
    #[command(flatten)]
    pub settings: CommonOverrides,
}

/// Joins a network as a site with children.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Example:\n  PROGRAM --data ./prefecture join --token yz1.CiCz0p… \
                        --advertise prefecture.example:7443")]
pub struct JoinListeningArgs {
    /// The invitation.
    #[command(flatten)]
    pub token: TokenArgs,

    /// Go into the new settings file.
    #[command(flatten)]
    pub settings: Overrides,
}

/// Runs a site without children.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Example:\n  PROGRAM --data ./county serve --log-format json\n\n\
                        Stops cleanly on SIGTERM or Ctrl-C; a second one stops at once.")]
pub struct ServeArgs {
    /// For this run.
    #[command(flatten)]
    pub settings: CommonOverrides,
}

/// Runs a site with children.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Example:\n  PROGRAM --data ./site serve --listen 0.0.0.0:7443\n\n\
                        Stops cleanly on SIGTERM or Ctrl-C; a second one stops at once.")]
pub struct ServeListeningArgs {
    /// For this run.
    #[command(flatten)]
    pub settings: Overrides,
}

impl TokenArgs {
    /// The token's text.
    pub fn read(&self) -> Result<String, Failure> {
        if self.token != "-" {
            return Ok(self.token.trim().to_owned());
        }
        let mut text = String::new();
        std::io::stdin()
            .lock()
            .take(MAX_TOKEN_BYTES)
            .read_to_string(&mut text)
            .map_err(|error| Failure::failed("the token can't be read from standard input").why(error))?;
        Ok(text.trim().to_owned())
    }
}
