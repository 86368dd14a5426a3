//! 家庭与联系人: what stays at home, masked; one field is opened at a time, for a reason, and the audit log says so.

use askama::Template;
use axum::extract::{Form as Typing, Path, State};
use axum::response::Response;
use serde::Deserialize;
use yanzhen_bureau::kinds::person_private::{
    self, Doubt, field, masked_address, masked_id, masked_name, masked_phone,
};
use yanzhen_bureau::kinds::text;
use yanzhen_proto::v1::{PersonPrivate, Relative};

use super::private_form::PrivateForm;
use super::show::{Opened, open};
use crate::audit::Noted;
use crate::console::Console;
use crate::detail::{Act, Alert, Detail};
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::record_form::{self, refused, see};
use crate::texts::{Texts, label};
use crate::visitor::Visitor;

/// Characters of a reason, at most.
const REASON_LIMIT: usize = 100;

/// One masked field: its name in forms, its label, and what it holds.
struct Masked {
    name: String,
    label: String,
    masked: String,
    clear: String,
}

#[derive(Template)]
#[template(path = "people/private.html")]
struct PrivatePage {
    shell: Shell,
    d: Detail,
    fields: Vec<Masked>,
    /// The label and content of the field that was just opened.
    opened: Option<(String, String)>,
    which: String,
    reason: String,
    error: Option<&'static str>,
    may_write: bool,
}

/// What is typed to open a field.
#[derive(Deserialize)]
pub(super) struct Ask {
    #[serde(default)]
    field: String,
    #[serde(default)]
    reason: String,
    /// "edit" to open all of it in its form.
    #[serde(default)]
    act: String,
}

/// The tab: everything masked.
pub(super) async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    Ok(render(&page(&console, &visitor, &id).await?))
}

/// The form for somebody of whom nothing is kept yet; what is kept is opened for a reason first.
pub(super) async fn enter(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let page = page(&console, &visitor, &id).await?;
    match page.fields.is_empty() {
        true => record_form::edit::<PrivateForm>(State(console), visitor, Path(id)).await,
        false => Ok(see(format!("{}/private", page.d.path))),
    }
}

/// Opens one field, this once, or all of them in their form.
pub(super) async fn reveal(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    Typing(ask): Typing<Ask>,
) -> Result<Response, Problem> {
    let mut page = page(&console, &visitor, &id).await?;
    let reason = text::tidy(&ask.reason).chars().take(REASON_LIMIT).collect::<String>();
    if ask.act == "edit" && page.may_write && !reason.is_empty() {
        let form = record_form::edit::<PrivateForm>(State(console), visitor, Path(id)).await?;
        return Ok(Noted { note: reason, ..Noted::default() }.on(form));
    }
    let found = page.fields.iter().find(|field| field.name == ask.field);
    let found = found.map(|field| (field.label.clone(), field.clear.clone()));
    page.which.clone_from(&ask.field);
    page.reason.clone_from(&reason);
    let Some(found) = found.filter(|_| !reason.is_empty()) else {
        page.error = Some(page.shell.t.private.reason_missing);
        return Ok(refused(&page));
    };
    let person = page.d.path.rsplit('/').next().unwrap_or_default();
    let object = Some(format!("{person}/{}", ask.field));
    page.opened = Some(found);
    Ok(Noted { object, note: reason, ..Noted::default() }.on(render(&page)))
}

async fn page(console: &Console, visitor: &Visitor, id: &str) -> Result<PrivatePage, Problem> {
    let Opened { view, shell, mut detail, may_write, may_see, .. } =
        open(console, visitor, id, "private").await?;
    if !may_see {
        return Err(Problem::not_found());
    }
    let held = console.bureau().private(view.id).await?.held;
    let doubts = person_private::doubts(&held, &view.person);
    detail.alerts.extend(doubts.into_iter().map(|found| doubt(shell.t, found)));
    let fields = masked(&shell, &held);
    let is_coming = console.bureau().is_private_coming(view.id).await?;
    if is_coming {
        let (what, why) = (shell.t.private.coming.to_owned(), shell.t.private.coming_why.to_owned());
        detail.alerts.push(Alert { is_bad: false, what, why, link: None });
    }
    if may_write && fields.is_empty() && !is_coming {
        let href = format!("{}/private/edit", detail.path);
        detail.acts.insert(0, Act { href, title: shell.t.private.edit });
    }
    Ok(PrivatePage {
        fields,
        opened: None,
        which: String::new(),
        reason: String::new(),
        error: None,
        may_write,
        d: detail,
        shell,
    })
}

fn doubt(t: &Texts, doubt: Doubt) -> Alert {
    let p = &t.private;
    let (what, why) = match doubt {
        Doubt::Birth => (p.differs_birth, p.differs_birth_next),
        Doubt::Sex => (p.differs_sex, p.differs_sex_next),
    };
    Alert { is_bad: false, what: what.to_owned(), why: why.to_owned(), link: None }
}

fn masked(shell: &Shell, held: &PersonPrivate) -> Vec<Masked> {
    let one = |field: yanzhen_bureau::Field, masked: String, clear: &str| Masked {
        name: field.name.to_owned(),
        label: label(shell.language, field.label).to_owned(),
        masked,
        clear: clear.to_owned(),
    };
    let mut fields = vec![
        one(field::NATIONAL_ID, masked_id(&held.national_id), &held.national_id),
        one(field::PHONE, masked_phone(&held.phone), &held.phone),
        one(field::ADDRESS, masked_address(&held.address), &held.address),
    ];
    let p = &shell.t.private;
    let family = held
        .family
        .iter()
        .enumerate()
        .map(|(place, relative)| (format!("family{place}"), p.family, relative));
    let emergency = held.emergency.iter().map(|relative| ("emergency".to_owned(), p.emergency, relative));
    fields.extend(
        emergency.chain(family).map(|(name, label, relative)| of_relative(p.survivor, name, label, relative)),
    );
    fields.retain(|field| !field.clear.trim().is_empty());
    fields
}

fn of_relative(survivor: &str, name: String, label: &str, relative: &Relative) -> Masked {
    let kin = if relative.relation.is_empty() { "" } else { relative.relation.as_str() };
    let mark = if relative.survivor { survivor } else { "" };
    let line = |name: String, phone: String| {
        let parts = [name.as_str(), kin, mark, phone.as_str()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
    };
    Masked {
        name,
        label: label.to_owned(),
        masked: line(masked_name(&relative.name), masked_phone(&relative.phone)),
        clear: line(relative.name.clone(), relative.phone.clone()),
    }
}
