//! One person's browser, told what the person does: words of the page, not its markup.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};

use crate::world::{PATIENCE, RUNTIME, Site};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(200);

/// The window of a clerk's machine, in CSS pixels.
pub const OFFICE: (u32, u32) = (1366, 768);

/// The same at 200 %.
pub const ZOOMED: (u32, u32) = (683, 384);

/// The window of a phone.
pub const PHONE: (u32, u32) = (390, 844);

/// Whether pages may run their script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    On,
    Off,
}

impl Script {
    pub const BOTH: [Script; 2] = [Script::Off, Script::On];
}

/// A browser with its own cookies.
pub struct Browser {
    client: Client,
    /// Where files go that the person keeps.
    downloads: tempfile::TempDir,
    /// Pixels of the window's height that are not its inside.
    edge: Cell<u32>,
    pub script: Script,
}

impl Browser {
    pub(crate) fn open(driver: &str, program: &Path, script: Script) -> Browser {
        let downloads = tempfile::tempdir().unwrap();
        let mut prefs = json!({ "download.default_directory": downloads.path() });
        if script == Script::Off {
            let block = 2;
            prefs["profile.managed_default_content_settings.javascript"] = block.into();
        }
        let args = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--force-device-scale-factor=1",
            "--lang=zh-CN",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ];
        let options = json!({ "binary": program, "args": args, "prefs": prefs });
        let capabilities = json!({ "browserName": "chrome", "goog:chromeOptions": options });
        let Value::Object(capabilities) = capabilities else { unreachable!() };
        let client = RUNTIME.block_on(async {
            ClientBuilder::new(hyper_client()).capabilities(capabilities).connect(driver).await
        });
        let browser = Browser { client: client.unwrap(), downloads, edge: Cell::new(0), script };
        browser.resize(OFFICE);
        browser
    }

    /// Makes the inside of the window so large.
    pub fn resize(&self, (width, height): (u32, u32)) {
        let set = |height| RUNTIME.block_on(self.client.set_window_rect(0, 0, width, height)).unwrap();
        set(height + self.edge.get());
        let inside = u32::try_from(self.ask("return window.innerHeight").as_u64().unwrap()).unwrap();
        if inside != height {
            self.edge.set(self.edge.get() + height - inside);
            set(height + self.edge.get());
        }
    }

    /// Goes to a page.
    pub fn go(&self, url: &str) {
        RUNTIME.block_on(self.client.goto(url)).unwrap();
    }

    /// Goes to a page of a site.
    pub fn visit(&self, site: &Site, path: &str) {
        self.go(&site.page(path));
    }

    /// The address of the page.
    pub fn url(&self) -> String {
        RUNTIME.block_on(self.client.current_url()).unwrap().into()
    }

    /// What stands on the page, as people read it.
    pub fn text(&self) -> String {
        self.ask("return document.body ? document.body.innerText : ''")
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Runs a script of the test's own; tells what it returns.
    pub fn ask(&self, script: &str) -> Value {
        RUNTIME.block_on(self.client.execute(script, Vec::new())).unwrap()
    }

    /// Runs a script of the test's own that calls its last argument when it is done.
    pub fn ask_later(&self, script: &str) -> Value {
        RUNTIME.block_on(self.client.execute_async(script, Vec::new())).unwrap()
    }

    /// Types into the field with this label, in place of what stands there.
    pub fn fill(&self, label: &str, text: &str) {
        self.fill_at(&field(label), text);
    }

    /// As [`Browser::fill`], where words don't tell the field from others.
    pub fn fill_at(&self, path: &str, text: &str) {
        self.on(path, async |field| {
            field.clear().await?;
            field.send_keys(text).await
        });
    }

    /// Chooses a file for the field with this label.
    pub fn choose_file(&self, label: &str, path: &str) {
        self.on(&field(label), async |field| field.send_keys(path).await);
    }

    /// Chooses what has these words from the list with this label.
    pub fn choose(&self, label: &str, words: &str) {
        let choice = format!("{}//option[contains(., {})]", field(label), quoted(words));
        self.on(&choice, async |choice| choice.click().await);
    }

    /// Ticks the box with this label, or takes the tick away.
    pub fn tick(&self, label: &str) {
        self.on(&field(label), async |field| field.click().await);
    }

    /// Presses the button, or follows the link, with these words, and waits for the next page.
    pub fn press(&self, words: &str) {
        // Names in trees stand behind wide spaces.
        let words = quoted(words);
        let says = format!("[normalize-space(translate(., '\u{3000}', ''))={words} or @aria-label={words}]");
        self.press_at(&format!("//main//button{says} | //main//a{says} | //button{says} | //a{says}"));
    }

    /// As [`Browser::press`], where words don't tell it from others.
    pub fn press_at(&self, path: &str) {
        self.ask("window.isOld = true");
        self.click_at(path);
        self.waits("the next page", || {
            self.ask("return !window.isOld && document.readyState === 'complete'") == true
        });
    }

    /// Follows a link to a file and keeps the file; tells where.
    pub fn keep(&self, words: &str) -> PathBuf {
        let before = self.kept();
        self.click_at(&format!("//a[normalize-space(.)={}]", quoted(words)));
        let new = || self.kept().into_iter().find(|file| !before.contains(file));
        self.waits(words, || new().is_some());
        new().unwrap()
    }

    /// The files that are kept, without those that are still coming in.
    fn kept(&self) -> Vec<PathBuf> {
        let files = std::fs::read_dir(self.downloads.path()).unwrap();
        let files = files.map(|file| file.unwrap().path());
        files.filter(|file| file.extension().is_some_and(|end| end == "xlsx" || end == "csv")).collect()
    }

    /// Clicks on what is at a place in the markup.
    pub fn click_at(&self, path: &str) {
        self.on(path, async |place| place.click().await);
    }

    /// Presses the Tab key.
    pub fn tab(&self) {
        let press = async {
            let place = self.client.active_element().await?;
            place.send_keys("\u{e004}").await
        };
        RUNTIME.block_on(press).unwrap();
    }

    /// Says that these words stand on the page.
    pub fn sees(&self, words: &str) {
        self.waits(words, || self.text().contains(words));
    }

    /// Says that these words will stand on the page, looked at again and again.
    pub fn will_see(&self, words: &str) {
        self.waits(words, || {
            self.text().contains(words) || {
                self.go(&self.url());
                self.text().contains(words)
            }
        });
    }

    /// Says that a link with these words will be on the page, looked at again and again.
    pub fn will_have_link(&self, words: &str) {
        let path = format!("//main//a[normalize-space(.)={}]", quoted(words));
        self.waits(words, || {
            self.go(&self.url());
            RUNTIME.block_on(self.client.find(Locator::XPath(&path))).is_ok()
        });
    }

    /// Says that these words don't stand on the page.
    pub fn sees_no(&self, words: &str) {
        let text = self.text();
        assert!(!text.contains(words), "{words:?} stands on {}: {text}", self.url());
    }

    /// Says that something about the page will hold.
    pub fn waits(&self, what: &str, holds: impl Fn() -> bool) {
        let began = Instant::now();
        while !holds() {
            if began.elapsed() > PATIENCE {
                panic!("waited in vain for {what:?} on {}:\n{}", self.url(), self.text());
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// What stands in the field with this label.
    pub fn value(&self, label: &str) -> String {
        let read = async {
            let field = self.client.find(Locator::XPath(&field(label))).await?;
            field.prop("value").await
        };
        RUNTIME.block_on(read).unwrap().unwrap_or_default()
    }

    /// The rows of all tables, their cells with a space between.
    pub fn rows(&self) -> Vec<String> {
        let rows = self.ask(
            "return Array.from(document.querySelectorAll('tr'), r => Array.from(r.cells, c => c.innerText.trim()).join(' '))",
        );
        rows.as_array().unwrap().iter().map(|row| row.as_str().unwrap().to_owned()).collect()
    }

    /// Whether a row of a table begins with these words, cell by cell.
    pub fn has_row(&self, begins: &str) -> bool {
        self.rows().iter().any(|row| row.starts_with(begins))
    }

    /// Signs in at a site.
    pub fn sign_in(&self, site: &Site, login: &str, password: &str) {
        RUNTIME.block_on(self.client.delete_all_cookies()).unwrap();
        self.visit(site, "/sign-in");
        self.fill("login", login);
        self.fill("password", password);
        self.press("登录");
    }

    /// What the window shows, as PNG.
    pub fn picture(&self) -> Vec<u8> {
        RUNTIME.block_on(self.client.screenshot()).unwrap()
    }

    /// The addresses of all links of the page.
    pub fn links(&self) -> Vec<String> {
        let links = self.ask("return Array.from(document.querySelectorAll('a[href]'), a => a.href)");
        links.as_array().unwrap().iter().map(|link| link.as_str().unwrap().to_owned()).collect()
    }

    /// Does something with the first place that is shown; a page may take a moment to be there.
    fn on(&self, path: &str, act: impl AsyncFn(Element) -> Result<(), CmdError>) {
        let began = Instant::now();
        loop {
            let done: Result<bool, CmdError> = RUNTIME.block_on(async {
                for element in self.client.find_all(Locator::XPath(path)).await? {
                    if element.is_displayed().await? {
                        // Away from the top bar, which stays in its place over what scrolls below it.
                        let place = vec![serde_json::to_value(&element)?];
                        self.client
                            .execute("arguments[0].scrollIntoView({ block: 'center' })", place)
                            .await?;
                        act(element).await?;
                        return Ok(true);
                    }
                }
                Ok(false)
            });
            match done {
                Ok(true) => return,
                Ok(false) | Err(_) if began.elapsed() < PATIENCE / 6 => std::thread::sleep(PAUSE),
                failed => panic!("{path} on {}: {failed:?}\n{}", self.url(), self.text()),
            }
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver may have gone already.
        let _ = RUNTIME.block_on(self.client.clone().close());
    }
}

/// Driver and browser are on this machine: plain HTTP.
fn hyper_client() -> hyper_util::client::legacy::connect::HttpConnector {
    hyper_util::client::legacy::connect::HttpConnector::new()
}

/// A control by its id, its name or the words of its label.
fn field(label: &str) -> String {
    let label = quoted(label);
    let words = "normalize-space(.)";
    format!(
        "//*[self::input or self::select or self::textarea][@id={label} or @name={label} or @aria-label={label} \
         or @id=//label[{words}={label}]/@for or ancestor::label[{words}={label}]]"
    )
}

/// A string in XPath. Words of the pages have no quotation marks.
fn quoted(words: &str) -> String {
    format!("'{words}'")
}
