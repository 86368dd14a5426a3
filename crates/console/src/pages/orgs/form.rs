//! Adding and amending a Party organisation.

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use yanzhen_bureau::Save;
use yanzhen_bureau::kinds::party_org::field;
use yanzhen_bureau::kinds::words::word_of;
use yanzhen_bureau::orgs::OrgView;
use yanzhen_proto::v1::{OrgNature, OrgSetup, OrgType};

use crate::console::Console;
use crate::page::Shell;
use crate::problem::Problem;
use crate::record_form::{self, DAY, Errors, FormView, Part, Typed, choice, required, see, text, words};
use crate::visitor::Visitor;

const PARTS: &[Part] = &[
    (
        "组织",
        &[
            required(text(field::NUMBER, "本单位内不重复")),
            required(text(field::NAME, "")),
            required(choice(field::TYPE, words::<OrgType>)),
            required(choice(field::SETUP, words::<OrgSetup>)),
            choice(field::NATURE, words::<OrgNature>),
            text(field::PARENT, "上级党组织的编号"),
            text(field::OTHER_MEMBERS, "编入本组织的在职党员人数"),
        ],
    ),
    (
        "任期与阵地",
        &[
            text(field::ESTABLISHED, DAY),
            text(field::TERM_YEARS, "支部一般 3 年，社区支部 5 年"),
            text(field::TERM_END, "到日，如 2026-12-18"),
            text(field::PLACE, ""),
            text(field::STAR, "0 至 5"),
        ],
    ),
    (
        "化并转",
        &[text(field::CLOSED_ON, "撤销或合并的日期"), text(field::MERGED_INTO, "合并到哪个党组织，填编号")],
    ),
];

pub(super) async fn new(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    page(&console, &visitor, None, Typed::new(), Errors::new()).await
}

pub(super) async fn edit(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let view = console.bureau().show_org(None, &id).await?;
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
    let view = console.bureau().show_org(None, &id).await?;
    save(&console, &visitor, Some(&view), typed).await
}

async fn save(
    console: &Console,
    visitor: &Visitor,
    view: Option<&OrgView>,
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
        return Ok(see(format!("/orgs/{}", save.number)));
    }
    match console.bureau().save_org(save).await {
        Ok(saved) => Ok(see(format!("/orgs/{}", saved.id))),
        Err(error) => page(console, visitor, view, typed, record_form::refusals(PARTS, error)?).await,
    }
}

async fn page(
    console: &Console,
    visitor: &Visitor,
    view: Option<&OrgView>,
    typed: Typed,
    errors: Errors,
) -> Result<Response, Problem> {
    let shell = Shell::of(console, visitor).await?;
    let t = &shell.t.orgs;
    let path = view.map(|view| format!("/orgs/{}", view.id));
    let form = FormView {
        title: view.map_or(t.add.to_owned(), |view| format!("{} {}", t.edit, view.org.name)),
        list: ("/orgs", t.title),
        action: path.as_ref().map_or("/orgs/new".to_owned(), |path| format!("{path}/edit")),
        back: path.unwrap_or_else(|| "/orgs".to_owned()),
        parts: PARTS,
        revision: view.map_or(0, |view| view.revision),
        typed,
        errors,
    };
    Ok(record_form::show(shell, form))
}

/// What the form shows of a known organisation.
fn values(view: &OrgView) -> Typed {
    let o = &view.org;
    let number = |number: u32| if number == 0 { String::new() } else { number.to_string() };
    let values = [
        (field::NUMBER, o.number.clone()),
        (field::NAME, o.name.clone()),
        (field::TYPE, word_of::<OrgType>(o.r#type).to_owned()),
        (field::SETUP, word_of::<OrgSetup>(o.setup).to_owned()),
        (field::NATURE, word_of::<OrgNature>(o.nature).to_owned()),
        (field::PARENT, view.parent_number.clone()),
        (field::OTHER_MEMBERS, number(o.other_members)),
        (field::ESTABLISHED, o.established.clone()),
        (field::TERM_YEARS, number(o.term_years)),
        (field::TERM_END, o.term_end.clone()),
        (field::PLACE, o.place.clone()),
        (field::STAR, number(o.star)),
        (field::CLOSED_ON, o.closed_on.clone()),
    ];
    values.into_iter().map(|(field, value)| (field.name.to_owned(), value)).collect()
}
