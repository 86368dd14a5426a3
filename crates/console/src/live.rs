//! Cells of pages that change by themselves: the state of the site and how transfers go on, the receipts of a document,
//! how far an import is. Browsers with script are told once a second at most; others load the page again.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use askama::Template;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use yanzhen_sync::RecordId;

use crate::accounts::{Right, Secret};
use crate::badge::Badge;
use crate::console::Console;
use crate::format;
use crate::page::Line;
use crate::pages::sites::{Transfer, transfers};
use crate::pages::{documents, imports};
use crate::problem::Problem;
use crate::routes::{Access, Route};
use crate::texts::{Language, Texts};
use crate::visitor::Visitor;

/// Browsers that are told at once; the others load the page again.
const STREAMS: usize = 64;

/// From one look to the next.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Looks after which something is said although nothing has changed, so that a line that is gone is noticed, and
/// whether whoever listens is still signed in is asked again.
const LOOKS_IN_SILENCE: u32 = 10;

/// What the streams of one console share.
#[derive(Clone)]
pub(crate) struct Live {
    turns: Arc<Semaphore>,
    /// The cells of each topic in each language, and when they were made: all streams look at the same.
    cells: Arc<Mutex<Known>>,
}

impl Default for Live {
    fn default() -> Live {
        Live { turns: Arc::new(Semaphore::new(STREAMS)), cells: Arc::default() }
    }
}

type Known = HashMap<(Language, Topic), (Instant, Cells)>;

/// Fragments of pages by their names: what stands in the elements that are marked `data-live="name"`.
type Cells = Arc<BTreeMap<String, String>>;

/// The site stops; streams end then.
#[derive(Clone)]
pub(crate) struct Stopping(pub(crate) CancellationToken);

/// What a stream tells of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Topic {
    /// The site and those below it.
    Site,
    /// A document's receipts.
    Document(RecordId),
    /// An import that an account has begun.
    Import { account: String, id: String },
}

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/live", Access::Needs(Right::SeeSites), site),
        Route::get("/documents/{id}/live", Access::Needs(Right::ReadDocuments), document),
        Route::get("/imports/{id}/live", Access::Needs(Right::WriteRecords), import),
    ]
}

async fn site(State(console): State<Console>, visitor: Visitor, stopping: Ends) -> Result<Response, Problem> {
    stream(console, &visitor, stopping, None).await
}

async fn document(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    stopping: Ends,
) -> Result<Response, Problem> {
    let id = id.parse().map_err(|_| Problem::not_found())?;
    stream(console, &visitor, stopping, Some(Topic::Document(id))).await
}

async fn import(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    stopping: Ends,
) -> Result<Response, Problem> {
    let account = imports::account(&visitor).to_owned();
    console.imports().show(&account, &id).ok_or_else(Problem::not_found)?;
    stream(console, &visitor, stopping, Some(Topic::Import { account, id })).await
}

type Ends = Option<Extension<Stopping>>;

/// A page's own topic, and the site's line in its frame for who may see it.
async fn stream(
    console: Console,
    visitor: &Visitor,
    stopping: Ends,
    own: Option<Topic>,
) -> Result<Response, Problem> {
    let topics: Vec<Topic> =
        visitor.may(Right::SeeSites).then_some(Topic::Site).into_iter().chain(own).collect();
    for topic in &topics {
        // What is not there, or not for this site, is told at once.
        cells(&console, topic, visitor.language).await?;
    }
    let Ok(turn) = console.live().turns.clone().try_acquire_owned() else {
        return Ok(StatusCode::NO_CONTENT.into_response()); // A browser takes it for the end, and asks no more.
    };
    let stop = stopping.map_or_else(CancellationToken::new, |Extension(Stopping(stop))| stop);
    let listener = Listener {
        secret: visitor.secret.clone(),
        language: visitor.language,
        stop,
        console,
        topics,
        told: BTreeMap::new(),
        silent: 0,
        is_over: false,
        _turn: turn,
    };
    let body = Body::from_stream(stream::unfold(listener, Listener::next));
    let headers = [
        (CONTENT_TYPE, "text/event-stream"),
        (CACHE_CONTROL, "no-store"),
        // A proxy in between passes on what it gets.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, body).into_response())
}

/// A browser that listens.
struct Listener {
    console: Console,
    secret: Option<Secret>,
    language: Language,
    stop: CancellationToken,
    topics: Vec<Topic>,
    told: BTreeMap<String, String>,
    /// Looks since something was last said.
    silent: u32,
    /// What the page is about has ended.
    is_over: bool,
    _turn: OwnedSemaphorePermit,
}

impl Listener {
    /// The next words, after at least a second; none when the session has ended, the site stops, or all is said.
    async fn next(mut self) -> Option<(Result<Bytes, std::convert::Infallible>, Listener)> {
        loop {
            if self.is_over {
                return None;
            }
            self.stop.run_until_cancelled(tokio::time::sleep(LOOK_EVERY)).await?;
            self.silent += 1;
            if self.silent >= LOOKS_IN_SILENCE && !self.is_signed_in().await {
                return None;
            }
            // What can't be made now is made in a second.
            if let Ok(cells) = self.look().await
                && let Some(event) = event(&self.told, &cells)
            {
                self.is_over = cells.contains_key(OVER);
                (self.told, self.silent) = (cells, 0);
                return Some((Ok(event.into()), self));
            }
            if self.silent >= LOOKS_IN_SILENCE {
                self.silent = 0;
                return Some((Ok(Bytes::from_static(b":\n\n")), self));
            }
        }
    }

    /// The cells of all topics.
    async fn look(&self) -> Result<BTreeMap<String, String>, Problem> {
        let mut all = BTreeMap::new();
        for topic in &self.topics {
            all.extend(
                cells(&self.console, topic, self.language).await?.iter().map(|(k, v)| (k.clone(), v.clone())),
            );
        }
        Ok(all)
    }

    /// Asks without counting as use: a page that stands open keeps no session alive.
    async fn is_signed_in(&self) -> bool {
        let Some(secret) = &self.secret else { return false };
        self.console.accounts().is_signed_in(secret).await.unwrap_or(false)
    }
}

/// The cells that differ, as an event; none where all are as they were told. The clock alone is no news.
fn event(told: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Option<String> {
    if now.contains_key(OVER) {
        return Some(format!("event: {OVER}\ndata: {{}}\n\n"));
    }
    let fresh = || now.iter().filter(|(name, html)| told.get(*name) != Some(html));
    if fresh().all(|(name, _)| name == UPDATED) {
        return None;
    }
    let fields = fresh().map(|(name, html)| format!("{}:{}", quoted(name), quoted(html)));
    Some(format!("data: {{{}}}\n\n", fields.collect::<Vec<_>>().join(",")))
}

/// A JSON string.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted += &format!("\\u{:04x}", u32::from(c)),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// The time of the last look.
const UPDATED: &str = "updated";

/// What goes on by itself has ended: the page is loaded again for what can be done next.
const OVER: &str = "over";

#[derive(Template)]
#[template(path = "live/line.html")]
struct LineCell<'c> {
    t: &'static Texts,
    line: &'c Line,
}

#[derive(Template)]
#[template(path = "live/state.html")]
struct BadgeCell {
    badge: Badge,
}

#[derive(Template)]
#[template(path = "live/transfers.html")]
struct TransfersCell {
    t: &'static Texts,
    transfers: Vec<Transfer>,
}

async fn cells(console: &Console, topic: &Topic, language: Language) -> Result<Cells, Problem> {
    let mut known = console.live().cells.lock().await;
    known.retain(|_, (made, _)| made.elapsed() < LOOK_EVERY);
    let key = (language, topic.clone());
    if let Some((_, cells)) = known.get(&key) {
        return Ok(cells.clone());
    }
    let made = language.speak(async {
        Ok::<_, Problem>(match topic {
            Topic::Site => of_site(console, language).await?,
            Topic::Document(id) => documents::live(console, *id, language).await?,
            Topic::Import { account, id } => match imports::live(console, account, id, language)? {
                Some(progress) => BTreeMap::from([("import".to_owned(), progress)]),
                None => BTreeMap::from([(OVER.to_owned(), String::new())]),
            },
        })
    });
    let cells = Arc::new(made.await?);
    known.insert(key, (Instant::now(), cells.clone()));
    Ok(cells)
}

async fn of_site(console: &Console, language: Language) -> Result<BTreeMap<String, String>, Problem> {
    let failed = |_| Problem::internal(&"the platform did not answer");
    let t = language.texts();
    let summary = console.platform().summary().await.map_err(failed)?;
    let status = console.platform().status().await.map_err(failed)?;
    let sites = console.platform().sites().await.map_err(failed)?.sites;
    let mut cells = BTreeMap::new();
    let mut put = |name: String, cell: Result<String, askama::Error>| match cell {
        Ok(html) => drop(cells.insert(name, html)),
        Err(error) => tracing::warn!(%error, "a cell could not be made"),
    };
    put("line".to_owned(), LineCell { t, line: &Line::of(&summary, t) }.render());
    put(UPDATED.to_owned(), Ok(format::clock(console.now())));
    let moving = |peer: Option<&str>| TransfersCell { t, transfers: transfers(&status.objects, peer, t) };
    put("transfers".to_owned(), moving(None).render());
    for site in sites.iter().skip(1) {
        put(format!("site-{}", site.site), BadgeCell { badge: Badge::of_site(site.state(), t) }.render());
        put(format!("transfers-{}", site.site), moving(Some(&site.site)).render());
    }
    Ok(cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, html)| ((*name).to_owned(), (*html).to_owned())).collect()
    }

    #[test]
    fn an_event_names_what_differs_and_the_clock_alone_is_none() {
        let told = cells(&[("line", "正常"), ("updated", "14:30:00"), ("transfers", "")]);
        assert_eq!(event(&told, &told), None);
        let later = cells(&[("line", "正常"), ("updated", "14:30:01"), ("transfers", "")]);
        assert_eq!(event(&told, &later), None);
        let changed =
            cells(&[("line", "<b class=\"x\">滞后</b>\n"), ("updated", "14:30:02"), ("transfers", "")]);
        assert_eq!(
            event(&told, &changed).unwrap(),
            "data: {\"line\":\"<b class=\\\"x\\\">滞后</b>\\u000a\",\"updated\":\"14:30:02\"}\n\n"
        );
    }
}
