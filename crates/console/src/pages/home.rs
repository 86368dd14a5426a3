//! 工作台: what must be done today, and how the site stands.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use yanzhen_bureau::documents::{DocumentView, Stage};

use crate::accounts::Right;
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::routes::{Access, Route};
use crate::texts::Told;
use crate::visitor::Visitor;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/", Access::SignedIn, show)]
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    shell: Shell,
    today: String,
    to_do: Vec<ToDo>,
    figures: Option<Figures>,
    parent: Option<Parent>,
    troubles: Vec<Told>,
    may_run: bool,
}

/// One thing to do.
struct ToDo {
    /// A day as records hold it, or empty.
    deadline: String,
    /// As it is shown.
    due: String,
    /// 0 overdue, 1 within three days, 2 later.
    urgency: u8,
    title: String,
    more: String,
    href: String,
    act: &'static str,
}

struct Figures {
    people: String,
    honoured: String,
    ordinary: String,
    orgs: String,
}

struct Parent {
    name: String,
    last_contact: String,
    frames_waiting: String,
    bytes_waiting: String,
}

async fn show(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    let asked = console.platform().status().await;
    let status = asked.map_err(|trouble| Problem::of_trouble(&trouble, &visitor, &console))?;
    let shell = Shell::of(&console, &visitor).await?;
    let (bureau, now) = (console.bureau(), console.now());
    let to_do = if visitor.may(Right::HandleDocuments) {
        let today = bureau.today().to_string();
        let inbox = bureau.inbox(false).await?;
        let mut to_do: Vec<ToDo> = inbox.iter().map(|document| to_do_of(document, &shell, &today)).collect();
        to_do.sort_by(|a, b| (a.deadline.is_empty(), &a.deadline).cmp(&(b.deadline.is_empty(), &b.deadline)));
        to_do
    } else {
        Vec::new()
    };
    let figures = if visitor.may(Right::ReadRecords) {
        let rollup = bureau.rollup(None).await?.total;
        Some(Figures {
            people: format::count(rollup.people),
            honoured: format::count(rollup.honoured),
            ordinary: format::count(rollup.ordinary),
            orgs: format::count(rollup.orgs),
        })
    } else {
        None
    };
    let parent = status.links.iter().find(|link| link.side == "parent").map(|link| Parent {
        name: link.peer_unit_name.clone(),
        last_contact: match link.last_contact_ms {
            0 => shell.t.home.never.to_owned(),
            at => format::time(at, now),
        },
        frames_waiting: format::count(link.backlog_frames),
        bytes_waiting: format::bytes(link.backlog_bytes),
    });
    let may_run = visitor.may(Right::RunSite) && parent.is_some();
    let today = format::day(&bureau.today().to_string());
    let troubles = status.troubles.iter().map(|trouble| Told::of(trouble, visitor.language, now)).collect();
    Ok(render(&HomePage { shell, today, to_do, figures, parent, troubles, may_run }))
}

fn to_do_of(document: &DocumentView, shell: &Shell, today: &str) -> ToDo {
    let t = &shell.t.home;
    let deadline = document.document.deadline.clone();
    let stage = document.receipt.as_ref().map_or(Stage::Sent, |receipt| receipt.stage);
    let urgency = match deadline.as_str() {
        "" => 2,
        day if day < today => 0,
        day if day == today => 1,
        _ => 2,
    };
    ToDo {
        due: format::short_day(&deadline, today),
        deadline,
        urgency,
        title: document.document.title.clone(),
        more: format!("{} · {} · {}", document.document.number, document.document.issuer, stage.word()),
        href: format!("/inbox/{}", document.id),
        act: if stage < Stage::Signed { t.sign } else { t.answer },
    }
}
