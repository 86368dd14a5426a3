//! One person.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use yanzhen_bureau::kinds::codes::{ethnic_name, sex_word};
use yanzhen_bureau::kinds::words::word_of;
use yanzhen_bureau::kinds::{membership, person};
use yanzhen_bureau::people::PersonView;
use yanzhen_proto::v1::{MembershipState, PersonStatus, Retirement};

use crate::accounts::Right;
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "people/show.html")]
struct PersonPage {
    shell: Shell,
    id: String,
    name: String,
    kind: &'static str,
    status: &'static str,
    unit: String,
    revision: u64,
    /// Label and value.
    facts: Vec<(&'static str, String)>,
    party: Vec<(&'static str, String)>,
    may_write: bool,
    /// The person's open transfer.
    transfer: Option<String>,
    may_transfer: bool,
}

pub(super) async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let view = console.bureau().show_person(None, &id).await?;
    let is_here = console.bureau().home_unit(&view.unit_code).is_ok();
    let transfers = console.bureau().transfers_of_person(view.id).await?;
    let transfer = transfers.iter().find(|transfer| transfer.state.is_open());
    let may_write = is_here && visitor.may(Right::WriteRecords);
    Ok(render(&PersonPage {
        shell: Shell::of(&console, &visitor).await?,
        id: view.id.to_string(),
        name: view.person.name.clone(),
        kind: word_of::<Retirement>(view.person.retirement),
        status: word_of::<PersonStatus>(view.person.status),
        unit: view.unit_name.clone(),
        revision: view.revision,
        facts: facts(&view),
        party: party(&view),
        may_write: may_write && transfer.is_none(),
        may_transfer: may_write && transfer.is_none() && view.person.status() == PersonStatus::Living,
        transfer: transfer.map(|transfer| transfer.id.to_string()),
    }))
}

fn facts(view: &PersonView) -> Vec<(&'static str, String)> {
    use person::field::*;
    let p = &view.person;
    let text = |text: &str| format::or_dash(text).to_owned();
    vec![
        (NUMBER.label, p.number.clone()),
        (SEX.label, sex_word(p.sex).unwrap_or("?").to_owned()),
        (BIRTH.label, format::day(&p.birth)),
        (ETHNIC.label, text(ethnic_name(&p.ethnic).unwrap_or(&p.ethnic))),
        (RETIREMENT.label, word_of::<Retirement>(p.retirement).to_owned()),
        (BEGAN_WORK.label, format::day(&p.began_work)),
        (RETIRED_ON.label, format::day(&p.retired_on)),
        (RANK.label, text(&p.rank)),
        (FORMER_UNIT.label, text(&p.former_unit)),
        (ENTITLEMENT.label, text(&p.entitlement)),
        (EDUCATION.label, text(&p.education)),
        (RESIDENCE.label, text(&p.residence)),
        (SKILLS.label, text(&p.skills)),
        (WILLINGNESS.label, text(&p.willingness)),
        (STATUS.label, word_of::<PersonStatus>(p.status).to_owned()),
        (STATUS_ON.label, format::day(&p.status_on)),
    ]
}

fn party(view: &PersonView) -> Vec<(&'static str, String)> {
    use membership::field::*;
    let Some(held) = &view.membership else { return Vec::new() };
    let branch = view.branch.as_ref().map(|branch| format!("{} {}", branch.number, branch.name));
    vec![
        (STATE.label, word_of::<MembershipState>(held.state).to_owned()),
        ("隶属支部", branch.unwrap_or_else(|| "—".to_owned())),
        (JOINED.label, format::day(&held.joined)),
        (FULL_SINCE.label, format::day(&held.full_since)),
    ]
}
