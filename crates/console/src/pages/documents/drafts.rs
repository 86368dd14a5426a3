//! The drafts of this site that are not issued yet.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use yanzhen_bureau::drafts::{Kept, Person};

use super::{draft_form, person, words};
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::sheet::{self, Sheet};
use crate::texts::Language;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "documents/drafts.html")]
struct DraftsPage {
    shell: Shell,
    rows: Vec<Row>,
    can_go_up: bool,
}

struct Row {
    id: String,
    title: String,
    kind: &'static str,
    author: String,
    state: &'static str,
    changed: String,
    is_mine: bool,
}

pub(super) async fn list(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    let who = person(&visitor)?;
    let mut drafts = console.drafts().open_drafts().await.map_err(draft_form::problem)?;
    // What waits for the one who asks comes first.
    drafts.sort_by_key(|kept| !kept.waits_for(&who));
    let row = |kept: &Kept| row(kept, &who, visitor.language, console.now());
    Ok(render(&DraftsPage {
        shell: Shell::of(&console, &visitor).await?,
        rows: drafts.iter().map(row).collect(),
        can_go_up: console.bureau().office_above().is_some(),
    }))
}

pub(super) async fn export(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    let (who, t) = (person(&visitor)?, visitor.language.texts());
    let drafts = console.drafts().open_drafts().await.map_err(draft_form::problem)?;
    let w = &t.documents;
    let cells = |kept: &Kept| {
        let row = row(kept, &who, visitor.language, sheet::ANOTHER_DAY);
        let title = if row.title.is_empty() { w.untitled.to_owned() } else { row.title };
        [title, row.kind.to_owned(), row.author, row.state.to_owned(), row.changed].map(Into::into).into()
    };
    let columns = vec![w.title, w.kind, w.drafter, w.stage, w.changed];
    Sheet::new(w.drafts, columns, drafts.iter().map(cells).collect()).file(&console, t).await
}

/// A draft whose next step is the one's who asks.
pub(crate) struct WaitingDraft {
    pub(crate) title: String,
    pub(crate) state: &'static str,
    pub(crate) href: String,
}

/// Those that wait for the one who asks.
pub(crate) async fn waiting(console: &Console, visitor: &Visitor) -> Result<Vec<WaitingDraft>, Problem> {
    let drafts = console.drafts().waiting_for(&person(visitor)?).await.map_err(draft_form::problem)?;
    let waiting = |kept: &Kept| WaitingDraft {
        title: kept.content().title,
        state: words::state(visitor.language, kept.draft.state()),
        href: format!("/documents/drafts/{}", kept.id),
    };
    Ok(drafts.iter().map(waiting).collect())
}

fn row(kept: &Kept, who: &Person, language: Language, now: i64) -> Row {
    let content = kept.content();
    Row {
        id: kept.id.to_string(),
        kind: words::kind(language, content.r#type),
        title: content.title,
        author: kept.draft.steps.first().map(|step| step.name.clone()).unwrap_or_default(),
        state: words::state(language, kept.draft.state()),
        changed: format::time(kept.changed, now),
        is_mine: kept.waits_for(who),
    }
}
