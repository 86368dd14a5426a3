//! A browser without a screen: it keeps cookies, reads the forms of a page and sends them filled in.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use crate::world::{Site, until};

/// Everybody's, in these tests.
const PASSWORD: &str = "雁阵惊寒 2026 声断衡阳";

/// One browser at one console.
pub struct Browser {
    console: SocketAddr,
    cookies: BTreeMap<String, String>,
}

/// What a browser got.
pub struct Page {
    pub status: u16,
    /// Where it is sent on to.
    pub location: Option<String>,
    pub html: String,
}

impl Browser {
    pub fn at(console: SocketAddr) -> Browser {
        Browser { console, cookies: BTreeMap::new() }
    }

    /// Opens the console of a new site by its one-time link, makes the three administrators and through them a clerk;
    /// the browser is signed in as that clerk.
    pub fn of_clerk(site: &Site) -> Browser {
        until("the one-time link is written", || site.set_up_link().is_some());
        let link = site.set_up_link().unwrap();
        let mut browser = Browser::at(site.console());
        let first = path_of(&link);
        let names = ["system", "security", "audit"];
        let fields: Vec<(String, &str)> = names
            .iter()
            .flat_map(|who| [(format!("{who}_login"), *who), (format!("{who}_name"), "王建国")])
            .chain([("password".to_owned(), PASSWORD), ("again".to_owned(), PASSWORD)])
            .collect();
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        let begun = browser.fill(&first, &first, &fields);
        for link in codes(&begun.html) {
            browser.choose_password(&link);
        }
        browser.sign_in("system");
        let opened = browser.fill("/accounts", "/accounts", &[("login", "clerk"), ("name", "罗雨桐")]);
        let link = codes(&opened.html).pop().expect("a link for the clerk");
        browser.sign_in("security");
        let roles = browser.get("/roles");
        let (_, row) = roles.html.split_once("<th scope=\"row\">clerk</th>").expect("a row for the clerk");
        let (_, action) = row.split_once("action=\"").unwrap();
        let action = action.split('"').next().unwrap().to_owned();
        browser.send(&roles, &action, &[("clerk", "1")]).must_lead_on();
        browser.choose_password(&link);
        browser.sign_in("clerk");
        browser
    }

    fn choose_password(&mut self, link: &str) {
        let path = path_of(link);
        let chosen =
            self.fill(&path, &format!("{path}/password"), &[("password", PASSWORD), ("again", PASSWORD)]);
        assert_eq!(chosen.status, 200, "{}", chosen.html);
    }

    fn sign_in(&mut self, login: &str) {
        self.cookies.clear();
        let signed_in =
            self.fill("/sign-in", "/sign-in", &[("login", login), ("password", PASSWORD)]).must_lead_on();
        assert_eq!(signed_in, "/");
    }

    pub fn get(&mut self, path: &str) -> Page {
        self.ask("GET", path, "")
    }

    /// Opens a page and sends its form for `action`, with these fields instead of what it shows.
    pub fn fill(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> Page {
        let page = self.get(page);
        self.send(&page, action, fields)
    }

    /// Sends a page's form for `action`, with these fields instead of what it shows.
    pub fn send(&mut self, page: &Page, action: &str, fields: &[(&str, &str)]) -> Page {
        let mut typed = page.form(action);
        typed.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let form: Vec<String> =
            typed.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
        self.ask("POST", action, &form.join("&"))
    }

    /// Sends bytes as a form, whatever page they come from.
    pub fn ask(&mut self, method: &str, path: &str, form: &str) -> Page {
        let (console, length) = (self.console, form.len());
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut stream = TcpStream::connect(console).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {console}\r\nConnection: close\r\nCookie: {}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}",
            cookies.join("; ")
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, html) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let mut page = Page {
            status: status.unwrap_or_else(|| panic!("no status in {answer:?}")),
            location: None,
            html: html.to_owned(),
        };
        for (name, value) in head.lines().filter_map(|line| line.split_once(": ")) {
            match name.to_ascii_lowercase().as_str() {
                "location" => page.location = Some(value.to_owned()),
                "set-cookie" => {
                    let (name, rest) = value.split_once('=').unwrap();
                    self.cookies.insert(name.to_owned(), rest.split(';').next().unwrap().to_owned());
                }
                _ => {}
            }
        }
        page
    }
}

impl Page {
    /// Where a form that was taken leads on to.
    pub fn must_lead_on(self) -> String {
        assert_eq!(self.status, 303, "{}", self.html);
        self.location.expect("a place to go on to")
    }

    /// What its form for `action` shows; buttons and boxes that are not ticked say nothing.
    fn form(&self, action: &str) -> BTreeMap<String, String> {
        let begins = format!("action=\"{action}\"");
        let (_, rest) = self
            .html
            .split_once(&begins)
            .unwrap_or_else(|| panic!("no form for {action}, {}: {}", self.status, self.html));
        let form = rest.split("</form>").next().unwrap();
        let mut fields = BTreeMap::new();
        let mut choosing = None;
        for tag in form.split('<').skip(1) {
            let (tag, text) = tag.split_once('>').unwrap_or((tag, ""));
            let kind = tag.split(' ').next().unwrap();
            let name = attribute(tag, "name");
            match kind {
                "input" if attribute(tag, "type").as_deref() == Some("checkbox") => {}
                "input" => {
                    fields.insert(name.unwrap(), attribute(tag, "value").unwrap_or_default());
                }
                "select" => {
                    fields.insert(name.clone().unwrap(), String::new());
                    choosing = name;
                }
                "option" if tag.ends_with(" selected") => {
                    let value = attribute(tag, "value").unwrap_or_else(|| text.to_owned());
                    fields.insert(choosing.clone().unwrap(), value);
                }
                _ => {}
            }
        }
        fields
    }
}

/// The value of an attribute. What the tests type needs no escapes.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split('"').next().map(str::to_owned)
}

/// The links that a page shows.
fn codes(html: &str) -> Vec<String> {
    html.split("<code>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
}

/// The path of a link, whether it names the site or not.
pub fn path_of(link: &str) -> String {
    let rest = link.trim().split_once("//").map_or(link, |(_, rest)| rest);
    let (_, path) = rest.split_once('/').expect("a link has a path");
    format!("/{path}")
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
