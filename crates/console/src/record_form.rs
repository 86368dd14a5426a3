//! The form of a record: it keeps what was typed and says at each field what is wrong. Fields are named as in
//! records.proto; the bureau knows them by their labels, as columns of an import.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use yanzhen_bureau::import::{FileError, RowError};
use yanzhen_bureau::kinds::words::Words;
use yanzhen_bureau::{BureauError, Field};

use crate::page::{Shell, render};
use crate::problem::Problem;

/// What a browser sends, or a form shows, by the fields' names.
pub(crate) type Typed = BTreeMap<String, String>;

/// What a field of the form is.
pub(crate) struct Shape {
    pub(crate) field: Field,
    choices: fn() -> Vec<&'static str>,
    is_required: bool,
    hint: &'static str,
}

/// A part of the form with its title.
pub(crate) type Part = (&'static str, &'static [Shape]);

/// How days are typed.
pub(crate) const DAY: &str = "如 2026年11月21日、2026-11-21，不详时只填年月或年";

/// A field of free text.
pub(crate) const fn text(field: Field, hint: &'static str) -> Shape {
    Shape { field, choices: Vec::new, is_required: false, hint }
}

/// A field with words to choose from.
pub(crate) const fn choice(field: Field, choices: fn() -> Vec<&'static str>) -> Shape {
    Shape { field, choices, is_required: false, hint: "" }
}

/// A field that must be filled in.
pub(crate) const fn required(shape: Shape) -> Shape {
    Shape { is_required: true, ..shape }
}

/// All words of an enumeration.
pub(crate) fn words<W: Words>() -> Vec<&'static str> {
    W::ALL.iter().map(|word| word.word).collect()
}

/// What was typed and differs from what the form showed, by the labels; nothing was shown for a new record, of which
/// the required fields are always named. An empty field of a new record says nothing; of a known one it takes away
/// what was there.
pub(crate) fn changed(parts: &[Part], typed: &Typed, shown: &Typed) -> Vec<(String, String)> {
    let value = |values: &Typed, shape: &Shape| {
        values.get(shape.field.name).map_or("", |value| value.trim()).to_owned()
    };
    let mut changed = Vec::new();
    for shape in parts.iter().flat_map(|(_, shapes)| shapes.iter()) {
        let typed = value(typed, shape);
        if typed != value(shown, shape) || (shown.is_empty() && shape.is_required) {
            changed.push((shape.field.label.to_owned(), typed));
        }
    }
    changed
}

/// What is wrong: the input's name, empty where no single one is to blame, and the sentence.
pub(crate) type Errors = Vec<(String, String)>;

/// What is wrong with what was typed; anything else is a page of its own.
pub(crate) fn refusals(parts: &[Part], error: BureauError) -> Result<Errors, Problem> {
    let named = |label: &str| {
        let mut shapes = parts.iter().flat_map(|(_, shapes)| shapes.iter());
        shapes.find(|shape| shape.field.label == label).map_or("", |shape| shape.field.name).to_owned()
    };
    match error {
        BureauError::Values(errors) => {
            let one =
                |error: &RowError| (named(error.column.as_deref().unwrap_or_default()), error.chinese());
            Ok(errors.iter().map(one).collect())
        }
        BureauError::File(FileError::MissingColumns { missing, .. }) => Ok(missing
            .into_iter()
            .map(|field| (named(field.label), format!("{}：必须填写", field.label)))
            .collect()),
        BureauError::Exists { number, .. } => {
            let sentence = format!("编号“{number}”已经用过：换一个编号，或去修改有这个编号的记录");
            Ok(vec![("number".to_owned(), sentence)])
        }
        other => Err(other.into()),
    }
}

/// What is said where somebody else changed the record while the form was open; nothing is saved then.
pub(crate) fn overtaken(typed: &Typed, revision: u64) -> Option<Errors> {
    let shown = typed.get(REVISION).map_or("", String::as_str);
    (shown != revision.to_string()).then(|| {
        let sentence =
            "填写期间有人修改了这条记录，还没有保存。下面是您填写的内容，请对照现在的内容核对后再保存";
        vec![(String::new(), sentence.to_owned())]
    })
}

/// The hidden field that tells which revision a form shows.
const REVISION: &str = "revision";

/// A form to be shown.
pub(crate) struct FormView {
    pub(crate) title: String,
    /// The list that the record belongs to: its path and name.
    pub(crate) list: (&'static str, &'static str),
    pub(crate) action: String,
    pub(crate) back: String,
    pub(crate) parts: &'static [Part],
    pub(crate) typed: Typed,
    pub(crate) errors: Errors,
    /// The record's revision that the form shows; 0 for a new one.
    pub(crate) revision: u64,
}

#[derive(Template)]
#[template(path = "record_form.html")]
struct FormPage {
    shell: Shell,
    view: FormView,
    groups: Vec<Group>,
}

struct Group {
    title: &'static str,
    inputs: Vec<Input>,
}

/// One field of the form.
struct Input {
    name: &'static str,
    label: &'static str,
    value: String,
    /// The words to choose from; empty for free text.
    choices: Vec<&'static str>,
    is_required: bool,
    hint: &'static str,
    error: Option<String>,
}

/// Shows a form.
pub(crate) fn show(shell: Shell, view: FormView) -> Response {
    let input = |shape: &Shape| Input {
        name: shape.field.name,
        label: shape.field.label,
        value: view.typed.get(shape.field.name).cloned().unwrap_or_default(),
        choices: (shape.choices)(),
        is_required: shape.is_required,
        hint: shape.hint,
        error: view.errors.iter().find(|(name, _)| name == shape.field.name).map(|(_, error)| error.clone()),
    };
    let group = |(title, shapes): &Part| Group { title, inputs: shapes.iter().map(input).collect() };
    let groups = view.parts.iter().map(group).collect();
    let is_refused = !view.errors.is_empty();
    let page = FormPage { shell, groups, view };
    if is_refused { refused(&page) } else { render(&page) }
}

/// A page that says what is wrong with what was typed.
pub(crate) fn refused(page: &impl Template) -> Response {
    let mut response = render(page);
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    response
}

/// Goes on to another page after a change, so that reloading it sends nothing again.
pub(crate) fn see(path: impl AsRef<str>) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, path.as_ref())]).into_response()
}
