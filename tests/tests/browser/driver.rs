//! The program that steers browsers. Where it or a browser is missing, tests say so once and leave themselves out.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Once;

use crate::browser::{Browser, Script};

/// Programs that tests look for, in this order.
const DRIVERS: [&str; 1] = ["chromedriver"];
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// A running driver; it and its browsers end when it is dropped.
pub struct Driver {
    process: Child,
    address: String,
    browser: PathBuf,
}

impl Driver {
    /// Starts one on a port of its own choice; none where something is missing.
    pub fn start() -> Option<Driver> {
        let (Some(driver), Some(browser)) = (program(&DRIVERS), program(&BROWSERS)) else {
            static SAID: Once = Once::new();
            SAID.call_once(|| {
                eprintln!(
                    "left out: tests in a browser; they need Chromium and its driver \
                     (Debian: apt-get install chromium chromium-driver fonts-noto-cjk)"
                );
            });
            return None;
        };
        let mut process = Command::new(driver)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = lines.find_map(|line| {
            let port = line.unwrap().split_once("successfully on port ")?.1.trim_end_matches('.').to_owned();
            Some(port)
        });
        // What it says later must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        let address = format!("http://127.0.0.1:{}", port.expect("the driver says its port"));
        Some(Driver { process, address, browser })
    }

    /// A browser of its own for one person.
    pub fn browser(&self, script: Script) -> Browser {
        Browser::open(&self.address, &self.browser, script)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// The first of these programs that the search path has.
fn program(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let places = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    places.into_iter().find(|place| Path::is_file(place))
}
