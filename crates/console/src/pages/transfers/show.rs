//! One transfer: accepted or returned by the new unit, asked back by the old one.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;
use yanzhen_bureau::BureauError;
use yanzhen_bureau::transfers::Acceptance;

use super::{days_left, record, refusal, state};
use crate::accounts::Right;
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::record_form::{refused, see};
use crate::visitor::Visitor;

/// What was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    number: String,
    branch: String,
}

/// Why a person is returned.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Returned {
    reason: String,
}

#[derive(Template)]
#[template(path = "transfers/show.html")]
struct ShowPage {
    shell: Shell,
    id: String,
    name: String,
    from: String,
    to: String,
    state: (&'static str, &'static str),
    /// Label and value.
    facts: Vec<(&'static str, String)>,
    /// The person's page, where they are here.
    person: Option<String>,
    is_withdrawing: bool,
    may_accept: bool,
    may_return: bool,
    may_withdraw: bool,
    typed: Typed,
    errors: Vec<String>,
}

#[derive(Template)]
#[template(path = "transfers/withdraw.html")]
struct WithdrawPage {
    shell: Shell,
    id: String,
    name: String,
}

#[derive(Template)]
#[template(path = "transfers/give_back.html")]
struct GiveBackPage {
    shell: Shell,
    id: String,
    name: String,
    from: String,
    typed: Returned,
    errors: Vec<String>,
}

pub(super) async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    page(&console, &visitor, &id, Typed::default(), Vec::new()).await
}

pub(super) async fn accept(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let acceptance = Acceptance { number: typed.number.clone(), branch: typed.branch.clone() };
    let accepted = console.bureau().accept_transfer(record(&id)?, &acceptance).await;
    done(&console, &visitor, &id, typed, accepted).await
}

pub(super) async fn confirm_return(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    return_page(&console, &visitor, id, Returned::default(), Vec::new()).await
}

pub(super) async fn give_back(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(typed): Form<Returned>,
) -> Result<Response, Problem> {
    match console.bureau().return_transfer(record(&id)?, &typed.reason).await {
        Ok(()) => Ok(see(format!("/transfers/{id}"))),
        Err(error) => {
            let errors = refusal(error)?;
            return_page(&console, &visitor, id, typed, errors).await
        }
    }
}

async fn return_page(
    console: &Console,
    visitor: &Visitor,
    id: String,
    typed: Returned,
    errors: Vec<String>,
) -> Result<Response, Problem> {
    let view = console.bureau().show_transfer(record(&id)?).await?;
    if errors.is_empty() && !view.can_be_returned() {
        return Ok(see(format!("/transfers/{id}")));
    }
    let shell = Shell::of(console, visitor).await?;
    let page = GiveBackPage { shell, id, name: view.transfer.name, from: view.from.2, typed, errors };
    Ok(if page.errors.is_empty() { render(&page) } else { refused(&page) })
}

pub(super) async fn confirm_withdraw(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let view = console.bureau().show_transfer(record(&id)?).await?;
    if !view.can_be_withdrawn() {
        return Ok(see(format!("/transfers/{id}")));
    }
    let shell = Shell::of(&console, &visitor).await?;
    Ok(render(&WithdrawPage { shell, id, name: view.transfer.name }))
}

pub(super) async fn withdraw(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let withdrawn = console.bureau().withdraw_transfer(record(&id)?).await;
    done(&console, &visitor, &id, Typed::default(), withdrawn).await
}

async fn done(
    console: &Console,
    visitor: &Visitor,
    id: &str,
    typed: Typed,
    acted: Result<(), BureauError>,
) -> Result<Response, Problem> {
    match acted {
        Ok(()) => Ok(see(format!("/transfers/{id}"))),
        Err(error) => {
            let errors = refusal(error)?;
            page(console, visitor, id, typed, errors).await
        }
    }
}

async fn page(
    console: &Console,
    visitor: &Visitor,
    id: &str,
    typed: Typed,
    errors: Vec<String>,
) -> Result<Response, Problem> {
    let view = console.bureau().show_transfer(record(id)?).await?;
    let shell = Shell::of(console, visitor).await?;
    let t = &shell.t.transfers;
    let transfer = &view.transfer;
    let text = |text: &str| format::or_dash(text).to_owned();
    let mut facts = vec![
        (t.from, view.from.2.clone()),
        (t.to, view.to.2.clone()),
        (t.number, text(&transfer.number)),
        (t.letter, text(&transfer.letter)),
        (t.issued, format::day(&transfer.issued)),
        (t.valid_until, format::day(&transfer.valid_until)),
        (t.days_left, days_left(t, &view)),
        (t.reason, text(&transfer.reason)),
        (t.released_on, format::full_time(transfer.released_ms)),
    ];
    if view.answered > 0 {
        facts.push((t.answered_on, format::full_time(view.answered)));
    }
    if !view.answer_reason.is_empty() {
        facts.push((t.answer_reason, view.answer_reason.clone()));
    }
    let is_known = console.bureau().show_person(None, &view.person.to_string()).await.is_ok();
    let may_write = visitor.may(Right::WriteRecords);
    let page = ShowPage {
        id: view.id.to_string(),
        name: transfer.name.clone(),
        from: view.from.2.clone(),
        to: view.to.2.clone(),
        state: state(t, &view),
        facts,
        person: is_known.then(|| format!("/people/{}", view.person)),
        is_withdrawing: view.state == yanzhen_bureau::transfers::TransferState::Withdrawing,
        may_accept: may_write && view.can_be_accepted(),
        may_return: may_write && view.can_be_returned(),
        may_withdraw: may_write && view.can_be_withdrawn(),
        typed,
        errors,
        shell,
    };
    Ok(if page.errors.is_empty() { render(&page) } else { refused(&page) })
}
