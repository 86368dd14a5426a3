//! 修改记录 of a person: the record itself, the membership, and that something private changed.

use axum::extract::{Path, State};
use axum::response::Response;
use std::collections::HashMap;
use yanzhen_bureau::kinds::{membership, person, person_private};
use yanzhen_proto::v1::{Membership, Person, Sealed};
use yanzhen_sync::RecordId;

use super::form::{PARTS, membership_values, person_values};
use super::show::{Opened, open};
use crate::console::Console;
use crate::detail;
use crate::history::{Version, deeds, section};
use crate::problem::Problem;
use crate::record_form::Typed;
use crate::visitor::Visitor;

pub(super) async fn history(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let Opened { view, shell, mut detail, .. } = open(&console, &visitor, &id, "history").await?;
    let bureau = console.bureau();
    let deeds = deeds(&console, view.id).await?;
    let person = bureau.changes::<Person>(&person::KIND, view.id).await?;
    let person: Vec<Version> = person.into_iter().map(|change| Version::of(change, person_values)).collect();

    let held = bureau.changes::<Membership>(&membership::KIND, membership::id_of(view.id)).await?;
    let mut numbers: HashMap<RecordId, String> = HashMap::new();
    let branches: Vec<RecordId> = held.iter().filter_map(|change| branch_of(change.body.as_ref()?)).collect();
    for branch in branches {
        if let Some(number) = bureau.number_of("party_org", branch).await? {
            numbers.insert(branch, number);
        }
    }
    let values = |held: &Membership| {
        let number = branch_of(held).and_then(|branch| numbers.get(&branch));
        membership_values(held, number.map_or("", String::as_str))
    };
    let held: Vec<Version> = held.into_iter().map(|change| Version::of(change, values)).collect();

    let private = bureau.changes::<Sealed>(&person_private::KIND, person_private::id_of(view.id)).await?;
    let private: Vec<Version> =
        private.into_iter().map(|change| Version::of(change, |_| Typed::new())).collect();

    let r = &shell.t.records;
    detail.sections = vec![
        section(&console, &shell, r.basics, PARTS, &person, &deeds),
        section(&console, &shell, r.membership, PARTS, &held, &deeds),
        section(&console, &shell, r.private, &[], &private, &deeds),
    ];
    Ok(detail::show(shell, detail))
}

fn branch_of(held: &Membership) -> Option<RecordId> {
    RecordId::try_from(held.branch.as_ref()).ok()
}
