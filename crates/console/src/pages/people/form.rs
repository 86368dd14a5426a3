//! Adding and amending a person.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use yanzhen_bureau::Save;
use yanzhen_bureau::kinds::codes::{ethnic_name, sex_word};
use yanzhen_bureau::kinds::words::word_of;
use yanzhen_bureau::kinds::{membership, person};
use yanzhen_bureau::people::PersonView;
use yanzhen_proto::v1::{MembershipState, Retirement};

use crate::console::Console;
use crate::page::Shell;
use crate::problem::Problem;
use crate::record_form::{self, DAY, Errors, FormView, Part, Typed, choice, required, see, text, words};
use crate::visitor::Visitor;

const PARTS: &[Part] = &[
    (
        "身份",
        &[
            required(text(person::field::NUMBER, "本单位内不重复")),
            required(text(person::field::NAME, "")),
            choice(person::field::SEX, sexes),
            text(person::field::BIRTH, DAY),
            text(person::field::ETHNIC, "如 汉族"),
        ],
    ),
    (
        "离退休",
        &[
            required(choice(person::field::RETIREMENT, words::<Retirement>)),
            text(person::field::BEGAN_WORK, DAY),
            text(person::field::RETIRED_ON, DAY),
            text(person::field::RANK, ""),
            text(person::field::FORMER_UNIT, ""),
            text(person::field::ENTITLEMENT, ""),
            text(person::field::EDUCATION, ""),
            text(person::field::RESIDENCE, "六位行政区划代码"),
        ],
    ),
    (
        "党籍",
        &[
            choice(membership::field::STATE, words::<MembershipState>),
            text(membership::field::BRANCH, "支部的编号"),
            text(membership::field::JOINED, DAY),
            text(membership::field::FULL_SINCE, DAY),
        ],
    ),
    ("本人愿意提供的", &[text(person::field::SKILLS, ""), text(person::field::WILLINGNESS, "")]),
];

fn sexes() -> Vec<&'static str> {
    (0..=9).filter_map(sex_word).collect()
}

pub(super) async fn new(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    page(&console, &visitor, None, Typed::new(), Errors::new()).await
}

pub(super) async fn edit(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let view = console.bureau().show_person(None, &id).await?;
    let typed = values(&view);
    page(&console, &visitor, Some(&view), typed, Errors::new()).await
}

pub(super) async fn add(
    State(console): State<Console>,
    visitor: Visitor,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    save(&console, &visitor, None, typed).await
}

pub(super) async fn amend(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let view = console.bureau().show_person(None, &id).await?;
    save(&console, &visitor, Some(&view), typed).await
}

async fn save(
    console: &Console,
    visitor: &Visitor,
    view: Option<&PersonView>,
    typed: Typed,
) -> Result<Response, Problem> {
    if let Some(view) = view
        && let Some(errors) = record_form::overtaken(&typed, view.revision)
    {
        return page(console, visitor, Some(view), typed, errors).await;
    }
    let shown = view.map(values).unwrap_or_default();
    let save = Save {
        unit_code: view.map(|view| view.unit_code.clone()).unwrap_or_default(),
        number: view.map(|view| view.id.to_string()).unwrap_or_default(),
        fields: record_form::changed(PARTS, &typed, &shown),
    };
    if view.is_some() && save.fields.is_empty() {
        return Ok(see(format!("/people/{}", save.number)));
    }
    match console.bureau().save_person(save).await {
        Ok(saved) => Ok(see(format!("/people/{}", saved.id))),
        Err(error) => page(console, visitor, view, typed, record_form::refusals(PARTS, error)?).await,
    }
}

async fn page(
    console: &Console,
    visitor: &Visitor,
    view: Option<&PersonView>,
    typed: Typed,
    errors: Errors,
) -> Result<Response, Problem> {
    let shell = Shell::of(console, visitor).await?;
    let t = &shell.t.people;
    let path = view.map(|view| format!("/people/{}", view.id));
    let form = FormView {
        title: view.map_or(t.add.to_owned(), |view| format!("{} {}", t.edit, view.person.name)),
        list: ("/people", t.title),
        action: path.as_ref().map_or("/people/new".to_owned(), |path| format!("{path}/edit")),
        back: path.unwrap_or_else(|| "/people".to_owned()),
        parts: PARTS,
        revision: view.map_or(0, |view| view.revision),
        typed,
        errors,
    };
    Ok(record_form::show(shell, form))
}

/// What the form shows of a known person.
fn values(view: &PersonView) -> Typed {
    use person::field::*;
    let p = &view.person;
    let held = view.membership.clone().unwrap_or_default();
    let branch = view.branch.as_ref().map(|branch| branch.number.clone()).unwrap_or_default();
    let values = [
        (NUMBER, p.number.clone()),
        (NAME, p.name.clone()),
        (SEX, sex_word(p.sex).unwrap_or_default().to_owned()),
        (BIRTH, p.birth.clone()),
        (ETHNIC, ethnic_name(&p.ethnic).unwrap_or(&p.ethnic).to_owned()),
        (RETIREMENT, word_of::<Retirement>(p.retirement).to_owned()),
        (BEGAN_WORK, p.began_work.clone()),
        (RETIRED_ON, p.retired_on.clone()),
        (RANK, p.rank.clone()),
        (FORMER_UNIT, p.former_unit.clone()),
        (ENTITLEMENT, p.entitlement.clone()),
        (EDUCATION, p.education.clone()),
        (RESIDENCE, p.residence.clone()),
        (membership::field::STATE, word_of::<MembershipState>(held.state).to_owned()),
        (membership::field::BRANCH, branch),
        (membership::field::JOINED, held.joined),
        (membership::field::FULL_SINCE, held.full_since),
        (SKILLS, p.skills.clone()),
        (WILLINGNESS, p.willingness.clone()),
    ];
    values.into_iter().map(|(field, value)| (field.name.to_owned(), value)).collect()
}
