//! The form of a record: it keeps what was typed and says at each field what is wrong. Fields are named as in
//! records.proto; the bureau knows them by their labels, as columns of an import.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{self, Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use yanzhen_bureau::import::{FileError, RowError};
use yanzhen_bureau::kinds::words::Words;
use yanzhen_bureau::{Bureau, BureauError, Field, Save, Saved};
use yanzhen_sync::RecordId;

use crate::accounts::Right;
use crate::audit::Noted;
use crate::console::Console;
use crate::history;
use crate::page::{Shell, render};
use crate::pages::transfers;
use crate::problem::Problem;
use crate::texts::{Texts, field_error, label, row_error, said};
use crate::visitor::Visitor;

/// What a browser sends, or a form shows, by the fields' names.
pub(crate) type Typed = BTreeMap<String, String>;

/// What a field of the form is.
pub(crate) struct Shape {
    pub(crate) field: Field,
    choices: fn() -> Vec<&'static str>,
    is_required: bool,
    is_hidden: bool,
    hint: &'static str,
}

/// A part of the form with its title.
pub(crate) type Part = (&'static str, &'static [Shape]);

/// How days are typed.
pub(crate) const DAY: &str = "如 2026年11月21日、2026-11-21，不详时只填年月或年";

/// A field of free text.
pub(crate) const fn text(field: Field, hint: &'static str) -> Shape {
    Shape { field, choices: Vec::new, is_required: false, is_hidden: false, hint }
}

/// A field with words to choose from.
pub(crate) const fn choice(field: Field, choices: fn() -> Vec<&'static str>) -> Shape {
    Shape { field, choices, is_required: false, is_hidden: false, hint: "" }
}

/// A field that must be filled in.
pub(crate) const fn required(shape: Shape) -> Shape {
    Shape { is_required: true, ..shape }
}

/// A field that the page fills in.
pub(crate) const fn hidden(field: Field) -> Shape {
    Shape { field, choices: Vec::new, is_required: false, is_hidden: true, hint: "" }
}

/// All words of an enumeration.
pub(crate) fn words<W: Words>() -> Vec<&'static str> {
    W::ALL.iter().map(|word| word.word).collect()
}

/// What was typed and differs from what the form showed, by the labels; nothing was shown for a new record, of which
/// the required fields are always named. An empty field of a new record says nothing; of a known one it takes away
/// what was there.
fn changed(parts: &[Part], typed: &Typed, shown: &Typed) -> Vec<(String, String)> {
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
type Errors = Vec<(String, String)>;

/// What is wrong with what was typed; anything else is a page of its own.
fn refusals(parts: &[Part], error: BureauError) -> Result<Errors, Problem> {
    let named = |label: &str| {
        let mut shapes = parts.iter().flat_map(|(_, shapes)| shapes.iter());
        shapes.find(|shape| shape.field.label == label).map_or("", |shape| shape.field.name).to_owned()
    };
    match error {
        BureauError::Values(errors) => {
            let one =
                |error: &RowError| (named(error.column.as_deref().unwrap_or_default()), row_error(error));
            Ok(errors.iter().map(one).collect())
        }
        BureauError::Fields(errors) => {
            Ok(errors.iter().map(|error| (error.field.name.to_owned(), field_error(error))).collect())
        }
        BureauError::File(FileError::MissingColumns { missing, .. }) => Ok(missing
            .into_iter()
            .map(|field| (named(field.label), format!("{}：必须填写", field.label)))
            .collect()),
        BureauError::Exists { number, .. } => {
            let sentence = said(
                format!("编号“{number}”已经用过：换一个编号，或去修改有这个编号的记录"),
                format!("Number \"{number}\" is taken: choose another, or amend the record that has it"),
            );
            Ok(vec![("number".to_owned(), sentence)])
        }
        // Whoever is on the way can't be changed, nor what is private while it follows.
        error @ BureauError::Transfer(_) => {
            Ok(transfers::refusal(error)?.into_iter().map(|sentence| (String::new(), sentence)).collect())
        }
        other => Err(other.into()),
    }
}

/// What is said where somebody else changed the record while the form was open; nothing is saved then.
fn overtaken(typed: &Typed, revision: u64) -> Option<Errors> {
    let shown = typed.get(REVISION).map_or("", String::as_str);
    (shown != revision.to_string()).then(|| {
        let sentence =
            "填写期间有人修改了这条记录，还没有保存。下面是您填写的内容，请对照现在的内容核对后再保存";
        vec![(String::new(), sentence.to_owned())]
    })
}

/// Whether only a branch secretary's right is held: to records of the own branches.
fn is_secretary(visitor: &Visitor) -> bool {
    !visitor.may(Right::WriteRecords)
}

/// What is said where a branch secretary changes a field that is fixed for them; a field that was not sent is not
/// changed.
fn moved_away<R: Form>(visitor: &Visitor, typed: &Typed, shown: &Typed) -> Option<Errors> {
    let differs = |name: &&&str| typed.get(**name).is_some_and(|typed| Some(typed) != shown.get(**name));
    let changed: Vec<&&str> = R::FIXED.iter().filter(differs).collect();
    let sentence = "这一项由经办人修改，支部书记不能改。";
    let error = |name: &&str| ((*name).to_owned(), sentence.to_owned());
    (is_secretary(visitor) && !changed.is_empty()).then(|| changed.into_iter().map(error).collect())
}

/// The hidden field that tells which revision a form shows.
const REVISION: &str = "revision";

/// A kind of record that clerks add and amend by its form.
pub(crate) trait Form: Sized + Send + Sync + 'static {
    /// Where its list is; the records are below it.
    const PATH: &'static str;

    /// The form's own place below a record.
    const EDIT: &'static str = "edit";

    /// Where a saved form leads, below the record.
    const AFTER: &'static str = "";

    /// The fields.
    const PARTS: &'static [Part];

    /// What the list, adding and amending are called.
    fn words(t: &Texts) -> [&'static str; 3];

    /// The record with this id.
    fn find(bureau: &Bureau, id: &str) -> impl Future<Output = Result<Self, BureauError>> + Send;

    /// Adds or amends one.
    fn save(bureau: &Bureau, save: Save) -> impl Future<Output = Result<Saved, BureauError>> + Send;

    /// Its id, the code of its unit, its name, its revision.
    fn key(&self) -> (RecordId, &str, &str, u64);

    /// What the form shows of it.
    fn values(&self) -> Typed;

    /// Names of fields that a branch secretary may not change: they say whose the record is, or what others decide.
    const FIXED: &'static [&'static str] = &[];

    /// What follows from saving it, where that can't simply be taken back; empty where it can.
    fn consequence(_: &Texts) -> &'static str {
        ""
    }
}

/// The empty form, with what the address fills in.
pub(crate) async fn new<R: Form>(
    State(console): State<Console>,
    visitor: Visitor,
    Query(typed): Query<Typed>,
) -> Result<Response, Problem> {
    show::<R>(&console, &visitor, None, typed, Errors::new()).await
}

/// The form of a known record.
pub(crate) async fn edit<R: Form>(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let record = R::find(console.bureau(), &id).await?;
    let typed = record.values();
    show(&console, &visitor, Some(&record), typed, Errors::new()).await
}

/// Takes the form of a new record.
pub(crate) async fn add<R: Form>(
    State(console): State<Console>,
    visitor: Visitor,
    extract::Form(typed): extract::Form<Typed>,
) -> Result<Response, Problem> {
    save::<R>(&console, &visitor, None, typed).await
}

/// Takes the form of a known record.
pub(crate) async fn amend<R: Form>(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    extract::Form(typed): extract::Form<Typed>,
) -> Result<Response, Problem> {
    let record = R::find(console.bureau(), &id).await?;
    save(&console, &visitor, Some(&record), typed).await
}

async fn save<R: Form>(
    console: &Console,
    visitor: &Visitor,
    record: Option<&R>,
    typed: Typed,
) -> Result<Response, Problem> {
    if let Some(errors) = record.and_then(|record| overtaken(&typed, record.key().3)) {
        return show(console, visitor, record, typed, errors).await;
    }
    let shown = record.map(R::values).unwrap_or_default();
    if let Some(errors) = moved_away::<R>(visitor, &typed, &shown) {
        return show(console, visitor, record, typed, errors).await;
    }
    let save = Save {
        unit_code: record.map(|record| record.key().1.to_owned()).unwrap_or_default(),
        number: record.map(|record| record.key().0.to_string()).unwrap_or_default(),
        fields: changed(R::PARTS, &typed, &shown),
    };
    if record.is_some() && save.fields.is_empty() {
        return Ok(see(format!("{}/{}{}", R::PATH, save.number, R::AFTER)));
    }
    match R::save(console.bureau(), save).await {
        Ok(saved) => {
            let noted = Noted {
                object: Some(saved.id.to_string()),
                note: if saved.changed { history::note(saved.revision) } else { String::new() },
                ..Noted::default()
            };
            Ok(noted.on(see(format!("{}/{}{}", R::PATH, saved.id, R::AFTER))))
        }
        Err(error) => show(console, visitor, record, typed, refusals(R::PARTS, error)?).await,
    }
}

#[derive(Template)]
#[template(path = "record_form.html")]
struct FormPage {
    shell: Shell,
    /// The list that the record belongs to: its path and name.
    list: (&'static str, &'static str),
    title: String,
    action: String,
    back: String,
    /// The record's revision that the form shows; 0 for a new one.
    revision: u64,
    consequence: &'static str,
    /// Names and values of hidden fields.
    hidden: Vec<(&'static str, String)>,
    groups: Vec<Group>,
    errors: Errors,
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
    /// Whether it is shown and can't be changed.
    is_fixed: bool,
    /// Whether it takes one day.
    is_day: bool,
    hint: &'static str,
    error: Option<String>,
}

async fn show<R: Form>(
    console: &Console,
    visitor: &Visitor,
    record: Option<&R>,
    typed: Typed,
    errors: Errors,
) -> Result<Response, Problem> {
    let shell = Shell::of(console, visitor).await?;
    let [list, add, edit] = R::words(shell.t);
    let path = record.map(|record| format!("{}/{}", R::PATH, record.key().0));
    let language = shell.language;
    let value = |shape: &Shape| typed.get(shape.field.name).cloned().unwrap_or_default();
    let input = |shape: &Shape| Input {
        name: shape.field.name,
        label: label(language, shape.field.label),
        value: value(shape),
        choices: (shape.choices)(),
        is_required: shape.is_required,
        is_fixed: is_secretary(visitor) && R::FIXED.contains(&shape.field.name),
        is_day: shape.hint == DAY,
        hint: label(language, shape.hint),
        error: errors.iter().find(|(name, _)| name == shape.field.name).map(|(_, error)| error.clone()),
    };
    let group = |(title, shapes): &Part| Group {
        title: label(language, title),
        inputs: shapes.iter().filter(|shape| !shape.is_hidden).map(input).collect(),
    };
    let shapes = || R::PARTS.iter().flat_map(|(_, shapes)| shapes.iter());
    let hidden = shapes().filter(|shape| shape.is_hidden).map(|shape| (shape.field.name, value(shape)));
    let page = FormPage {
        list: visitor.list((R::PATH, list)),
        title: record.map_or(add.to_owned(), |record| format!("{edit} {}", record.key().2)),
        action: path.as_ref().map_or(format!("{}/new", R::PATH), |path| format!("{path}/{}", R::EDIT)),
        back: path.map_or(R::PATH.to_owned(), |path| format!("{path}{}", R::AFTER)),
        consequence: R::consequence(shell.t),
        hidden: hidden.collect(),
        revision: record.map_or(0, |record| record.key().3),
        groups: R::PARTS.iter().map(group).collect(),
        errors,
        shell,
    };
    Ok(if page.errors.is_empty() { render(&page) } else { refused(&page) })
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
