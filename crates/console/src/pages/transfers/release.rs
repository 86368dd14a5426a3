//! A person is released: the form, then what it comes to, to be confirmed.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use yanzhen_bureau::Day;
use yanzhen_bureau::people::PersonView;
use yanzhen_bureau::transfers::{Acceptance, Release};

use super::refusal;
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::record_form::{refused, see};
use crate::visitor::Visitor;

/// What was typed.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    to: String,
    letter: String,
    issued: String,
    valid_until: String,
    reason: String,
    number: String,
    branch: String,
    /// Filled once what was typed is confirmed.
    confirmed: String,
    /// Filled by who wants to change it again.
    back: String,
}

#[derive(Template)]
#[template(path = "transfers/release.html")]
struct ReleasePage {
    shell: Shell,
    id: String,
    name: String,
    from: String,
    units: Vec<Unit>,
    typed: Typed,
    errors: Vec<String>,
}

#[derive(Template)]
#[template(path = "transfers/confirm.html")]
struct ConfirmPage {
    shell: Shell,
    id: String,
    name: String,
    from: String,
    to: String,
    is_here: bool,
    valid_until: String,
    typed: Typed,
}

struct Unit {
    code: String,
    name: String,
    is_chosen: bool,
}

pub(super) async fn blank(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let person = person(&console, &id).await?;
    let name = person.person.name.as_str();
    let errors = match console.bureau().require_not_in_transfer(person.id, name).await {
        Ok(()) => Vec::new(),
        Err(error) => refusal(error)?,
    };
    form(&console, &visitor, &person, Typed::default(), errors).await
}

pub(super) async fn release(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let person = person(&console, &id).await?;
    if !typed.back.is_empty() {
        return form(&console, &visitor, &person, typed, Vec::new()).await;
    }
    let bureau = console.bureau();
    let release = Release {
        unit_code: person.unit_code.clone(),
        person: person.id.to_string(),
        to: typed.to.clone(),
        letter: typed.letter.clone(),
        issued: typed.issued.clone(),
        valid_until: typed.valid_until.clone(),
        reason: typed.reason.clone(),
        acceptance: Acceptance { number: typed.number.clone(), branch: typed.branch.clone() },
    };
    let outcome = match typed.confirmed.is_empty() {
        true => bureau.check_release(&release).await.map(|checked| (Some(checked), None)),
        false => bureau.release_person(release).await.map(|id| (None, Some(id))),
    };
    match outcome {
        Ok((_, Some(transfer))) => Ok(see(format!("/transfers/{transfer}"))),
        Ok((checked, None)) => {
            let valid_until = checked.map(|transfer| transfer.valid_until).unwrap_or_default();
            confirm(&console, &visitor, &person, typed, &valid_until).await
        }
        Err(error) => {
            let errors = refusal(error)?;
            form(&console, &visitor, &person, typed, errors).await
        }
    }
}

/// A person of a unit at home here.
async fn person(console: &Console, id: &str) -> Result<PersonView, Problem> {
    let view = console.bureau().show_person(None, id).await?;
    match console.bureau().home_unit(&view.unit_code) {
        Ok(_) => Ok(view),
        Err(_) => Err(Problem::not_found()),
    }
}

async fn form(
    console: &Console,
    visitor: &Visitor,
    person: &PersonView,
    typed: Typed,
    errors: Vec<String>,
) -> Result<Response, Problem> {
    let units = console.bureau().unit_tree(None).into_iter();
    let units = units.filter(|view| view.unit.id != person.unit).map(|view| Unit {
        is_chosen: view.unit.code == typed.to,
        name: format!("{}{}", "　".repeat(view.depth as usize), view.unit.name),
        code: view.unit.code,
    });
    let page = ReleasePage {
        shell: Shell::of(console, visitor).await?,
        id: person.id.to_string(),
        name: person.person.name.clone(),
        from: person.unit_name.clone(),
        units: units.collect(),
        typed,
        errors,
    };
    Ok(if page.errors.is_empty() { render(&page) } else { refused(&page) })
}

async fn confirm(
    console: &Console,
    visitor: &Visitor,
    person: &PersonView,
    typed: Typed,
    valid_until: &str,
) -> Result<Response, Problem> {
    let bureau = console.bureau();
    let to = bureau.unit_of_code(&typed.to)?;
    let unit = bureau.store().directory().unit(to).map(|unit| unit.name.clone());
    Ok(render(&ConfirmPage {
        shell: Shell::of(console, visitor).await?,
        id: person.id.to_string(),
        name: person.person.name.clone(),
        from: person.unit_name.clone(),
        to: unit.unwrap_or_default(),
        is_here: bureau.home_unit(&typed.to).is_ok(),
        valid_until: Day::normal(valid_until).map(|day| format::day(&day.to_string())).unwrap_or_default(),
        typed,
    }))
}
