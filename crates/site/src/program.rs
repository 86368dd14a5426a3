//! The three programs, and what their `main` functions share: reading the command line and ending with the
//! right exit code.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::builder::StyledStr;
use clap::{Args, Command, CommandFactory, FromArgMatches};
use yanzhen_sync::directory::Role;

use crate::control::ControlClient;
use crate::exit::{self, Done};
use crate::failure::Failure;
use crate::out::Out;

/// One of the three programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Program {
    /// As it is called on the command line.
    pub name: &'static str,
    /// What its sites do in the tree.
    pub role: Role,
}

/// The central server at the city bureau.
pub const CENTRAL: Program = Program { name: "yanzhen-central", role: Role::Central };
/// The node server at a prefecture bureau.
pub const NODE: Program = Program { name: "yanzhen-node", role: Role::Node };
/// The terminal at a county bureau or direct unit.
pub const TERMINAL: Program = Program { name: "yanzhen-terminal", role: Role::Terminal };

impl Program {
    /// The program of a role.
    pub fn of(role: Role) -> Program {
        match role {
            Role::Central => CENTRAL,
            Role::Node => NODE,
            Role::Terminal => TERMINAL,
        }
    }

    /// Its name and version, as other sites are told.
    pub fn software(&self) -> String {
        format!("{} {}", self.name, env!("CARGO_PKG_VERSION"))
    }

    /// A command line of this program on a data folder, to be pasted.
    pub fn command(&self, data: &Path, rest: &str) -> String {
        format!("{} --data {} {rest}", self.name, quoted(data))
    }

    /// The command that sets up a site in a folder.
    pub fn set_up_command(&self, data: &Path) -> String {
        match self.role {
            Role::Central => self.command(data, "init --help"),
            Role::Node | Role::Terminal => self.command(data, "join --token TOKEN"),
        }
    }
}

/// Double quotes are understood by every shell that the programs are started from.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/\\.:-_~+=@".contains(c);
    if text.chars().all(plain) { text } else { format!("\"{text}\"") }
}

/// Options of every command.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Every command")]
pub struct Global {
    /// The site's data folder
    #[arg(long, global = true, value_name = "DIR", env = "YANZHEN_DATA", default_value = "./yanzhen-data")]
    pub data: PathBuf,

    /// Prints data, and errors, as JSON
    #[arg(long, global = true)]
    pub json: bool,
}

/// Stands for the program's name in the examples of commands that several programs have.
pub(crate) const NAME_IN_EXAMPLES: &str = "PROGRAM";

/// The program's command line, its examples with its own name in them.
pub fn command_line<C: CommandFactory>(program: &Program) -> Command {
    let mut command = C::command().name(program.name);
    name_examples(&mut command, program.name);
    command
}

fn name_examples(command: &mut Command, name: &str) {
    if let Some(help) = command.get_after_help() {
        let help = StyledStr::from(help.to_string().replace(NAME_IN_EXAMPLES, name));
        *command = std::mem::take(command).after_help(help);
    }
    for subcommand in command.get_subcommands_mut() {
        name_examples(subcommand, name);
    }
}

/// The examples in the help of a command line, split into arguments; an error names a command without one.
pub fn examples(program: &Program, command: &Command) -> Result<Vec<Vec<String>>, String> {
    let start = format!("  {} ", program.name);
    if !command.has_subcommands() {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let lines = help.lines().filter(|line| line.starts_with(&start));
        let found: Vec<Vec<String>> =
            lines.map(|line| line.split_whitespace().map(str::to_owned).collect()).collect();
        let named = || format!("`{}` has no example", command.get_name());
        return if found.is_empty() { Err(named()) } else { Ok(found) };
    }
    let mut all = Vec::new();
    for subcommand in command.get_subcommands().filter(|command| command.get_name() != "help") {
        all.extend(examples(program, subcommand)?);
    }
    Ok(all)
}

/// Reads the command line. Help, the version and mistakes are printed here; what comes back then is the code
/// to exit with.
pub fn parse<C: CommandFactory + FromArgMatches>(
    program: &Program,
    args: Vec<OsString>,
) -> Result<C, ExitCode> {
    let json = args.iter().any(|arg| arg == "--json");
    let parsed = command_line::<C>(program)
        .try_get_matches_from(args)
        .and_then(|matches| C::from_arg_matches(&matches));
    parsed.map_err(|error| match error.use_stderr() {
        true if json => exit::report_usage(program.name, &error.render().to_string()),
        _ => {
            // Where the help can't be printed there is nobody to tell.
            let _ = error.print();
            exit::usage_code(&error)
        }
    })
}

/// Runs a program's future to its end on a runtime of its own.
pub fn block_on(future: impl Future<Output = Result<Done, Failure>>) -> Result<Done, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed("the program could not start").why(error))?
        .block_on(future)
}

/// A command that asks a running site.
pub trait Ask {
    /// Asks, and prints what came back.
    fn run(
        self,
        client: &mut ControlClient,
        out: &mut Out<'_>,
    ) -> impl Future<Output = Result<Done, Failure>>;
}

/// Asks the site of the data folder, and prints to standard output.
pub async fn ask(program: &Program, global: &Global, command: impl Ask) -> Result<Done, Failure> {
    let mut client = ControlClient::connect(program, &global.data).await?;
    let mut stdout = std::io::stdout();
    let mut out = Out::standard(global.json, &mut stdout);
    command.run(&mut client, &mut out).await.map_err(|failure| client.explain(failure))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggested_commands_can_be_pasted_when_the_folder_has_a_space() {
        assert_eq!(
            TERMINAL.command(Path::new("C:\\my data"), "serve"),
            "yanzhen-terminal --data \"C:\\my data\" serve"
        );
        assert_eq!(NODE.command(Path::new("./数据"), "serve"), "yanzhen-node --data ./数据 serve");
    }
}
