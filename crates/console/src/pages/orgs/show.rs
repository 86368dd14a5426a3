//! One Party organisation.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use yanzhen_bureau::kinds::party_org::field::*;
use yanzhen_bureau::kinds::words::word_of;
use yanzhen_bureau::orgs::OrgView;
use yanzhen_proto::v1::{OrgNature, OrgSetup, OrgType};

use crate::accounts::Right;
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::visitor::Visitor;

#[derive(Template)]
#[template(path = "orgs/show.html")]
struct OrgPage {
    shell: Shell,
    id: String,
    name: String,
    unit: String,
    kind: &'static str,
    is_closed: bool,
    revision: u64,
    members: String,
    other_members: String,
    /// Label and value.
    facts: Vec<(&'static str, String)>,
    may_write: bool,
}

pub(super) async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let view = console.bureau().show_org(None, &id).await?;
    let is_here = console.bureau().home_unit(&view.unit_code).is_ok();
    Ok(render(&OrgPage {
        shell: Shell::of(&console, &visitor).await?,
        id: view.id.to_string(),
        name: view.org.name.clone(),
        unit: view.unit_name.clone(),
        kind: word_of::<OrgType>(view.org.r#type),
        is_closed: !view.org.closed_on.is_empty(),
        revision: view.revision,
        members: format::count(view.members),
        other_members: format::count(view.org.other_members.into()),
        facts: facts(&view),
        may_write: is_here && visitor.may(Right::WriteRecords),
    }))
}

fn facts(view: &OrgView) -> Vec<(&'static str, String)> {
    let o = &view.org;
    let text = |text: &str| format::or_dash(text).to_owned();
    let number = |number: u32| if number == 0 { "—".to_owned() } else { number.to_string() };
    vec![
        (NUMBER.label, o.number.clone()),
        (TYPE.label, word_of::<OrgType>(o.r#type).to_owned()),
        (SETUP.label, word_of::<OrgSetup>(o.setup).to_owned()),
        (NATURE.label, text(word_of::<OrgNature>(o.nature))),
        (PARENT.label, text(&view.parent_number)),
        (ESTABLISHED.label, format::day(&o.established)),
        (TERM_YEARS.label, number(o.term_years)),
        (TERM_END.label, format::day(&o.term_end)),
        (PLACE.label, text(&o.place)),
        (STAR.label, number(o.star)),
        (CLOSED_ON.label, format::day(&o.closed_on)),
    ]
}
