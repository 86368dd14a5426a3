//! What holds for every page of the table of routes, with real work on it, for every role that may see it: axe finds no
//! serious violation, nothing runs out of the window, one heading, ids that are unique, a focus that is seen.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::Once;

use serde_json::Value;
use yanzhen_console::accounts::Role;
use yanzhen_console::routes::{self, Access};

use crate::browser::{Browser, OFFICE, PHONE, Script, ZOOMED};
use crate::camera::Camera;
use crate::driver::Driver;
use crate::filled::{PEOPLE, fill};
use crate::offices::{Office, PASSWORD};
use crate::world::{DIRECT, Site, World};

/// Lines of the table that answer GET and are no pages to walk to, each with its reason.
const NO_PAGES: [(&str, &str); 7] = [
    ("/assets/{hash}/{name}", "a part of pages"),
    ("/live", "a stream of events"),
    ("/language/{code}", "leads back to the page on which it was chosen"),
    ("/documents/drafts/{id}/files", "tells the script how far an upload is"),
    ("/inbox/{id}/files", "tells the script how far an upload is"),
    ("/me/second-step/code.svg", "a picture; the journey of the own account has its page"),
    ("/roles/{id}/second-step", "there for who has a second step: the journey of the own account"),
];

/// Pages of one line of the table that are looked at: the same line shows drafts and what was signed off.
const PAGES_OF_A_LINE: usize = 2;

/// Where to find axe; none where it isn't installed.
fn axe() -> Option<String> {
    let place = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("browser/node_modules/axe-core/axe.min.js");
    let script = std::fs::read_to_string(place).ok();
    static SAID: Once = Once::new();
    if script.is_none() {
        SAID.call_once(|| eprintln!("left out: axe-core (npm ci --prefix tests/browser)"));
    }
    script
}

/// A page that was seen.
struct Seen {
    /// The path as the table of routes has it.
    route: &'static str,
    url: String,
    /// A link led to a page that says what is wrong.
    is_problem: bool,
}

/// Follows links from the start page; looks at pages of each line of the table, and at one that is not there. Each link
/// leads to something.
fn walk(browser: &Browser, site: &Site, mut look: impl FnMut(&Seen)) -> BTreeSet<&'static str> {
    let base = site.page("");
    let mut seen: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut asked = BTreeSet::new();
    let mut queue = VecDeque::from([site.page("/")]);
    while let Some(url) = queue.pop_front() {
        let path = url.strip_prefix(&base).and_then(|path| path.split(['?', '#']).next());
        let Some(path) = path else { continue };
        let route = route_of(path).unwrap_or_else(|| panic!("a link leads to {path}, where nothing is"));
        if is_left_out(route) {
            continue;
        }
        let count = seen.entry(route).or_default();
        if *count == PAGES_OF_A_LINE || !asked.insert(url.split('#').next().map(str::to_owned)) {
            continue;
        }
        browser.go(&url);
        *count += 1;
        // A file to keep leaves the browser where it was.
        if browser.url() != url {
            continue;
        }
        let is_problem = !browser.ask("return document.querySelector('main .err-code')").is_null();
        look(&Seen { route, url, is_problem });
        queue.extend(browser.links());
    }
    browser.visit(site, "/nowhere");
    look(&Seen { route: "/nowhere", url: browser.url(), is_problem: false });
    seen.into_keys().collect()
}

/// How the content of a page is built, without its words: what differs in words alone has the same faults.
fn skeleton(browser: &Browser) -> String {
    let built = browser.ask(
        "return Array.from(document.querySelectorAll('main *'), e => e.tagName + '.' + e.getAttribute('class')).join(' ')",
    );
    built.as_str().unwrap_or_default().to_owned()
}

fn is_left_out(route: &str) -> bool {
    NO_PAGES.iter().any(|(path, _)| *path == route)
}

/// The line of the table that answers a path; a line without parameters goes before one with them.
fn route_of(path: &str) -> Option<&'static str> {
    let fits = |route: &&'static str| {
        let (of, is): (Vec<&str>, Vec<&str>) = (route.split('/').collect(), path.split('/').collect());
        of.len() == is.len() && of.iter().zip(&is).all(|(of, is)| of.starts_with('{') || of == is)
    };
    let all = routes::table().into_iter().filter(|route| route.method == "GET").map(|route| route.path);
    all.filter(|route| fits(route)).min_by_key(|route| route.matches('{').count())
}

/// What is wrong with a page in the browser.
fn faults(browser: &Browser, axe: Option<&str>) -> Vec<String> {
    let mut faults = Vec::new();
    if let Some(axe) = axe {
        browser.ask(axe);
        let found = browser.ask_later(
            "const done = arguments[arguments.length - 1];
             axe.run(document, { resultTypes: ['violations'] }).then(
                 r => done(r.violations.map(v => [v.impact, v.id, v.nodes[0].html.slice(0, 160), v.nodes[0].failureSummary])),
                 e => done([['critical', String(e), '', '']]))",
        );
        for violation in found.as_array().unwrap() {
            let serious = ["serious", "critical"].iter().any(|impact| violation[0] == *impact);
            faults
                .extend(serious.then(|| format!("axe {} {}: {}", violation[1], violation[2], violation[3])));
        }
    }
    let plain = browser.ask(
        "const ids = Array.from(document.querySelectorAll('[id]'), e => e.id);
         const asked = performance.getEntriesByType('resource').map(e => e.name);
         return { headings: document.querySelectorAll('h1').length,
                  twice: ids.filter((id, at) => ids.indexOf(id) !== at),
                  elsewhere: asked.filter(name => !name.startsWith(location.origin + '/')) }",
    );
    if plain["elsewhere"] != Value::Array(Vec::new()) {
        faults.push(format!("asks other servers: {}", plain["elsewhere"]));
    }
    if plain["headings"] != 1 {
        faults.push(format!("{} headings of the first level", plain["headings"]));
    }
    if plain["twice"] != Value::Array(Vec::new()) {
        faults.push(format!("ids twice: {}", plain["twice"]));
    }
    for size in [PHONE, ZOOMED, OFFICE] {
        browser.resize(size);
        let wide = browser.ask(
            "const over = document.documentElement.scrollWidth - window.innerWidth;
             if (over <= 0) { return ''; }
             const far = Array.from(document.querySelectorAll('main *, header *, nav *'))
                 .filter(e => e.getBoundingClientRect().right > window.innerWidth + 1).slice(0, 3)
                 .map(e => e.tagName + '.' + (e.getAttribute('class') || '') + ' ' + e.textContent.slice(0, 30));
             return over + ' pixels: ' + far.join(' | ')",
        );
        faults.extend(
            wide.as_str()
                .filter(|wide| !wide.is_empty())
                .map(|wide| format!("at {} the page is too wide by {wide}", size.0)),
        );
    }
    faults
}

#[test]
fn every_page_is_sound_for_every_role_in_both_languages() {
    let Some(driver) = Driver::start() else { return };
    let axe = axe();
    let world = World::with_consoles();
    let direct = world.join("terminal", DIRECT);
    fill(&driver, &world, &direct);
    let camera = Camera::of_pages();
    let mut all = BTreeMap::new();
    let mut reached = BTreeSet::new();
    let mut looked_at = BTreeSet::new();
    for (site, role) in
        Role::ALL.into_iter().map(|role| (&world.central, role)).chain([(&direct, Role::Clerk)])
    {
        for language in ["zh", "en"] {
            let browser = driver.browser(Script::On);
            browser.sign_in(site, role.code(), PASSWORD);
            assert!(!browser.url().contains("sign-in"), "{} signs in: {}", role.code(), browser.text());
            browser.visit(site, &format!("/language/{language}"));
            let seen = walk(&browser, site, |seen| {
                if seen.is_problem {
                    let place = format!("{} {} {language} {}", site.role, role.code(), seen.route);
                    all.insert(place, (seen.url.clone(), vec!["a link leads to a problem".to_owned()]));
                    return;
                }
                if !looked_at.insert((site.role, language, seen.route, skeleton(&browser))) {
                    return;
                }
                let faults = faults(&browser, axe.as_deref());
                let name =
                    format!("{} {} {language}{}", site.role, role.code(), seen.route.replace('/', " "));
                camera.take(&browser, name.trim_end());
                if !faults.is_empty() {
                    all.insert(
                        format!("{} {} {language} {}", site.role, role.code(), seen.route),
                        (seen.url.clone(), faults),
                    );
                }
            });
            reached.extend(seen);
        }
    }
    assert!(all.is_empty(), "{} pages have faults: {all:#?}", all.len());
    let table = routes::table();
    let pages = table.iter().filter(|route| route.method == "GET" && route.access != Access::Public);
    let lost: Vec<&str> =
        pages.map(|route| route.path).filter(|path| !reached.contains(path) && !is_left_out(path)).collect();
    eprintln!("no link led to {lost:?} with the work that was there");
    assert!(lost.len() * 3 < reached.len(), "most pages were seen: {reached:?}");
    for (path, _) in NO_PAGES {
        assert!(table.iter().any(|route| route.path == path), "{path} is no line of the table");
    }
}

#[test]
fn the_keyboard_goes_first_to_the_content_and_its_place_is_seen() {
    let Some(driver) = Driver::start() else { return };
    let world = World::with_consoles();
    Office::begin(&driver, &world.central).has(&PEOPLE[..1]);
    let browser = driver.browser(Script::On);
    browser.sign_in(&world.central, "clerk", PASSWORD);
    for path in ["/", "/people", "/people/new", "/documents"] {
        browser.visit(&world.central, path);
        browser.tab();
        assert_eq!(browser.ask("return document.activeElement.getAttribute('href')"), "#main", "{path}");
        for step in 0..12 {
            browser.tab();
            let seen = browser.ask(
                "const e = document.activeElement, s = getComputedStyle(e);
                 return e === document.body || (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2)",
            );
            assert_eq!(seen, true, "{path}: the focus is not seen after {step} more steps");
        }
    }
}

#[test]
fn a_field_without_its_label_and_a_page_that_is_too_wide_are_found() {
    let (Some(driver), Some(axe)) = (Driver::start(), axe()) else { return };
    let world = World::with_consoles();
    let browser = driver.browser(Script::On);
    browser.visit(&world.central, "/sign-in");
    assert_eq!(faults(&browser, Some(&axe)), [""; 0]);
    browser.ask("document.querySelector('label').remove()");
    browser.ask("document.querySelector('h1').textContent = 'W'.repeat(300)");
    let faults = faults(&browser, Some(&axe)).join("\n");
    assert!(faults.contains("label") && faults.contains("too wide"), "{faults}");
}
