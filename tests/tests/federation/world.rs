//! A federation of real processes in a temporary folder. Everything stops when it is dropped.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use serde_json::Value;
use yanzhen_demo::line::Line;
use yanzhen_site::{DataFolder, NetworkRecord, Program};

/// How long something that must come about by itself may take, on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(100);

/// Codes of the units in every world.
pub const CITY: &str = "990000";
pub const PREFECTURE: &str = "990100";
pub const COUNTY: &str = "990101";
pub const SECOND_COUNTY: &str = "990102";
pub const OTHER_PREFECTURE: &str = "990200";
pub const OTHER_COUNTY: &str = "990201";
pub const DIRECT: &str = "990001";

const UNITS: &str = "code,name,parent_code,kind\n\
    990001,市直机关工委,990000,机关\n\
    990100,松岭州委老干部局,990000,机关\n\
    990101,青石县委老干部局,990100,机关\n\
    990102,白桦县委老干部局,990100,机关\n\
    990200,柳河州委老干部局,990000,机关\n\
    990201,银杏县委老干部局,990200,机关\n";

/// For what tests do in this process, such as the lines.
pub static RUNTIME: LazyLock<tokio::runtime::Runtime> =
    LazyLock::new(|| tokio::runtime::Runtime::new().unwrap());

/// The sites. Central runs from the start; the others as a test joins them.
pub struct World {
    root: tempfile::TempDir,
    shows_consoles: bool,
    pub central: Site,
}

/// One site: a data folder and, while it runs, a process.
pub struct Site {
    pub role: &'static str,
    pub data: PathBuf,
    /// Where children dial, through a line that can be cut.
    pub line: Option<Line>,
    listen: Option<SocketAddr>,
    console: Option<SocketAddr>,
    process: Option<Child>,
}

impl World {
    /// A network with central running and the units above; no console is open.
    pub fn begin() -> World {
        World::lay(false)
    }

    /// The same; each site has its console open.
    pub fn with_consoles() -> World {
        World::lay(true)
    }

    fn lay(shows_consoles: bool) -> World {
        let root = tempfile::tempdir().unwrap();
        let mut central = Site::new("central", root.path().join("central"));
        central.console = shows_consoles.then(free_address);
        let listen = central.listening();
        let mut args = vec!["init", "--unit", CITY, "--name", "云川市委老干部局"];
        args.extend(listen.iter().map(String::as_str));
        central.run(&args);
        central.start();
        let units = root.path().join("units.csv");
        std::fs::write(&units, UNITS).unwrap();
        central.run(&["units", "import", units.to_str().unwrap()]);
        World { root, shows_consoles, central }
    }

    /// Central with a node at the prefecture and terminals at both of its counties.
    pub fn three_tiers() -> (World, Site, Site, Site) {
        World::begin().and_three_tiers()
    }

    /// With a node at the prefecture and terminals at both of its counties.
    pub fn and_three_tiers(self) -> (World, Site, Site, Site) {
        let world = self;
        let node = world.join("node", PREFECTURE);
        let county = world.join("terminal", COUNTY);
        let second = world.join("terminal", SECOND_COUNTY);
        (world, node, county, second)
    }

    /// A token for a unit's site.
    pub fn token(&self, role: &str, unit: &str) -> String {
        let invited = self.central.json(&["invite", "--unit", unit, "--role", role]);
        invited["token"].as_str().unwrap().to_owned()
    }

    /// A site in a folder of its own that has not joined.
    pub fn stranger(&self, role: &'static str, folder: &str) -> Site {
        let mut site = Site::new(role, self.root.path().join(folder));
        site.console = self.shows_consoles.then(free_address);
        site
    }

    /// Invites, joins and starts a unit's site.
    pub fn join(&self, role: &'static str, unit: &str) -> Site {
        self.join_with(role, unit, &self.token(role, unit))
    }

    /// Joins with a token that somebody has made, and starts the unit's site.
    pub fn join_with(&self, role: &'static str, unit: &str, token: &str) -> Site {
        let mut site = self.stranger(role, unit);
        let mut args = vec!["join", "--token", token];
        let listen = site.listening();
        args.extend(listen.iter().map(String::as_str));
        site.run(&args);
        site.start();
        until("the site knows that its unit is at home with it", || {
            site.try_run(&["report", "rollup"]).status.success()
        });
        site
    }

    /// A site that stands still, with all it has, in a folder of its own.
    pub fn copy_of(&self, site: &Site) -> Site {
        let name = format!("copy of {}", site.data.file_name().unwrap().to_str().unwrap());
        let copy = self.stranger(site.role, &name);
        copy_folder(&site.data, &copy.data);
        copy
    }

    /// Writes a file for a command and tells its path.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.root.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Site {
    fn new(role: &'static str, data: PathBuf) -> Site {
        Site { role, data, line: None, listen: None, console: None, process: None }
    }

    /// Flags for `init` and `join`; a site with children gets a port and a line before it.
    fn listening(&mut self) -> Vec<String> {
        let mut flags = ["--pulse-seconds", "1"].map(str::to_owned).to_vec();
        if self.role == "central" {
            flags.extend(["--beat-seconds", "1"].map(str::to_owned));
        }
        if self.role != "terminal" {
            let address = free_address();
            let line = RUNTIME.block_on(Line::to(address)).unwrap();
            flags.extend(["--listen".to_owned(), address.to_string()]);
            flags.extend(["--advertise".to_owned(), line.address().to_string()]);
            (self.listen, self.line) = (Some(address), Some(line));
        }
        flags
    }

    /// The line before a site with children.
    pub fn line(&self) -> &Line {
        self.line.as_ref().unwrap()
    }

    /// Where the site itself listens.
    pub fn address(&self) -> SocketAddr {
        self.listen.unwrap()
    }

    /// Where browsers find a page of its console.
    pub fn page(&self, path: &str) -> String {
        format!("http://{}{path}", self.console.unwrap())
    }

    /// Where its console listens.
    pub fn console(&self) -> SocketAddr {
        self.console.unwrap()
    }

    /// Gives commands to the same site, perhaps from another thread; it can't start or stop it.
    pub fn twin(&self) -> Site {
        Site::new(self.role, self.data.clone())
    }

    /// Its program.
    pub fn program(&self) -> Program {
        let programs = [yanzhen_site::CENTRAL, yanzhen_site::NODE, yanzhen_site::TERMINAL];
        programs.into_iter().find(|program| program.name.ends_with(self.role)).unwrap()
    }

    /// Its data folder, and who it is.
    pub fn folder(&self) -> (DataFolder, NetworkRecord) {
        DataFolder::open(&self.data, self.program().role).unwrap()
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_yanzhen-programs"));
        command
            .arg(self.role)
            .arg("--data")
            .arg(&self.data)
            .args(args)
            .env("TZ", "UTC")
            .env("YANZHEN_CONSOLE_LISTEN", self.console.map_or("off".to_owned(), |at| at.to_string()));
        command
    }

    /// Runs a command, whatever comes of it.
    pub fn try_run(&self, args: &[&str]) -> Output {
        self.command(args).stdin(Stdio::null()).output().unwrap()
    }

    /// Runs a command that must succeed; tells what it printed.
    pub fn run(&self, args: &[&str]) -> String {
        let output = self.try_run(args);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{} {args:?}: {}\n{errors}", self.role, output.status);
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command that must succeed; tells what it printed as JSON.
    pub fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.run(&[&["--json"], args].concat())).unwrap()
    }

    /// Runs a command that must fail; tells its exit code and its error.
    pub fn refusal(&self, args: &[&str]) -> (i32, Value) {
        let output = self.try_run(&[&["--json"], args].concat());
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{} {args:?} should have failed", self.role);
        let last = stderr.lines().last().unwrap_or_default();
        let error = serde_json::from_str(last).unwrap_or_else(|_| panic!("no JSON error in {stderr:?}"));
        (output.status.code().unwrap(), error)
    }

    /// Adds a person to the site's own unit; tells whether that was acknowledged.
    pub fn try_add(&self, number: u32) -> bool {
        let number = format!("编号={}", person_number(number));
        let fields = [&number, "姓名=王五", "性别=女", "类别=退休"];
        let args = fields.iter().flat_map(|field| ["--set", field]);
        let args: Vec<&str> = ["people", "add"].into_iter().chain(args).collect();
        self.try_run(&args).status.success()
    }

    /// Adds a person to the site's own unit.
    pub fn add(&self, number: u32) {
        assert!(self.try_add(number), "{} {number}", self.role);
    }

    /// The numbers of a unit's people, in their order, as the site knows them.
    pub fn numbers(&self, unit: &str) -> Vec<String> {
        let mut numbers = Vec::new();
        loop {
            let offset = numbers.len().to_string();
            let page = ["people", "list", "--unit", unit, "--limit", "500", "--offset", &offset];
            let reply = self.json(&page);
            let people = reply["people"].as_array().unwrap();
            numbers.extend(people.iter().map(|person| person["number"].as_str().unwrap().to_owned()));
            if people.is_empty() {
                return numbers;
            }
        }
    }

    /// Starts the site and waits until it takes commands.
    pub fn start(&mut self) {
        self.serve(&[]);
        until("the site takes commands", || self.try_run(&["status"]).status.success());
    }

    /// The one-time link that the program has written.
    pub fn set_up_link(&self) -> Option<String> {
        let link = std::fs::read_to_string(self.data.join("console-set-up.txt")).ok()?;
        Some(link.trim().to_owned())
    }

    /// Starts the program in the site's folder, whether a site is in it or not.
    pub fn serve(&mut self, flags: &[&str]) {
        let log = File::options().create(true).append(true).open(self.log_path()).unwrap();
        let process = self
            .command(&[&["serve"], flags].concat())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        self.process = Some(process.unwrap());
    }

    /// Beside the data folder, which may not be there yet.
    fn log_path(&self) -> PathBuf {
        self.data.with_file_name(format!("{}.log", self.data.file_name().unwrap().to_str().unwrap()))
    }

    /// What the site has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// Kills the process where it stands.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Asks the process to stop, and waits; tells its exit code.
    #[cfg(unix)]
    pub fn stop(&mut self) -> Option<i32> {
        let mut process = self.process.take().unwrap();
        let sent = Command::new("kill").arg(process.id().to_string()).status().unwrap();
        assert!(sent.success());
        process.wait().unwrap().code()
    }

    /// The site's status.
    pub fn status(&self) -> Value {
        self.json(&["status"])
    }

    /// Waits until the site has its line up.
    pub fn connects(&self) {
        until("the site has its line", || self.status()["links"][0]["state"] == "connected");
    }

    /// Waits until nothing is left to send or to fetch.
    pub fn settle(&self) {
        until("the site is in sync", || self.status()["in_sync"] == true);
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            let tail: Vec<&str> = log.lines().rev().take(15).collect();
            eprintln!("--- {} {}", self.role, self.data.display());
            tail.into_iter().rev().for_each(|line| eprintln!("{line}"));
        }
        self.kill();
    }
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    std::fs::set_permissions(to, std::fs::metadata(from).unwrap().permissions()).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, to, kind) = (entry.path(), to.join(entry.file_name()), entry.file_type().unwrap());
        if kind.is_dir() {
            copy_folder(&from, &to);
        } else if kind.is_file() {
            std::fs::copy(&from, &to).unwrap();
        }
    }
}

/// A port of loopback that nobody listens at.
fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// 编号 of a person that [`Site::add`] adds.
pub fn person_number(number: u32) -> String {
    format!("K{number:04}")
}

/// Waits until something holds, with a bound.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::sleep(PAUSE);
    }
}
