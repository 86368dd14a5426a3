//! 流动: who is away, since when, and who is overdue.

use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::Deserialize;
use yanzhen_bureau::kinds::away_notice::{field, is_away};
use yanzhen_bureau::posts::AwayView;
use yanzhen_proto::v1::AwayNotice;
use yanzhen_sync::RecordId;

use crate::accounts::Right;
use crate::alert_words;
use crate::console::Console;
use crate::detail::{Act, Cell, Section, State as Stands};
use crate::format;
use crate::kept_form::{Entry, KeptPage};
use crate::page::Shell;
use crate::pages::kept_list;
use crate::pages::people::contact;
use crate::problem::Problem;
use crate::record_form::{self, DAY, Form, Part, hidden, required, see, text};
use crate::routes::{Access, Route};
use crate::texts::Texts;
use crate::visitor::Visitor;

const READ: Access = Access::Needs(Right::ReadRecords);
const WRITE: Access = Access::Needs(Right::WriteRecords);

/// How several days are typed.
const DAYS: &str = "可填多个，用顿号分开，如 2026-12-01、2027-03-01";

impl KeptPage for AwayNotice {
    const PATH: &'static str = "/away";

    const PARTS: &'static [Part] = &[
        (
            "去向",
            &[
                hidden(field::PERSON),
                required(text(field::FROM, "到日，如 2026年11月21日")),
                text(field::TO, DAY),
                required(text(field::COUNTY, "六位行政区划代码")),
            ],
        ),
        (
            "联系人",
            &[
                required(text(field::AWAY_NAME, "本人或同住亲属")),
                required(text(field::AWAY_PHONE, "")),
                required(text(field::HOME_NAME, "本单位由谁联系")),
                required(text(field::HOME_PHONE, "")),
            ],
        ),
        (
            "报到与返回",
            &[text(field::REPORT_ON, DAYS), text(field::REPORTED_ON, DAYS), text(field::RETURNED_ON, DAY)],
        ),
    ];

    fn words(t: &Texts) -> [&'static str; 3] {
        [t.records.away_title, t.records.add_away, t.records.edit_away]
    }
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/away", READ, list),
        Route::get("/away/new", WRITE, record_form::new::<Entry<AwayNotice>>),
        Route::post("/away/new", WRITE, record_form::add::<Entry<AwayNotice>>),
        Route::get("/away/{id}", READ, lead),
        Route::get("/away/{id}/edit", WRITE, record_form::edit::<Entry<AwayNotice>>),
        Route::post("/away/{id}/edit", WRITE, record_form::amend::<Entry<AwayNotice>>),
    ]
}

/// An absence is shown with its person.
async fn lead(State(console): State<Console>, Path(id): Path<String>) -> Result<Response, Problem> {
    let entry = Entry::<AwayNotice>::find(console.bureau(), &id).await?;
    let person = RecordId::try_from(entry.held.body.person.as_ref()).map_err(|_| Problem::not_found())?;
    Ok(see(format!("/people/{person}/away")))
}

/// What the address says of the view.
#[derive(Deserialize)]
struct View {
    /// Whether those who are back are shown too.
    #[serde(default)]
    all: bool,
}

async fn list(
    State(console): State<Console>,
    visitor: Visitor,
    Query(view): Query<View>,
) -> Result<Response, Problem> {
    let away = console.bureau().away(None, !view.all).await?;
    let shell = Shell::of(&console, &visitor).await?;
    let r = &shell.t.records;
    let row = |view: &AwayView| {
        let mut row = self::row(&shell, view, visitor.may(Right::WriteRecords));
        let person = RecordId::try_from(view.notice.body.person.as_ref()).ok();
        let href = person.map_or(String::new(), |person| format!("/people/{person}/away"));
        row.insert(0, Cell::link(&view.name, href));
        row
    };
    let mut heads = heads(shell.t);
    heads.insert(0, r.name);
    let other = match view.all {
        false => Act { href: "/away?all=true".to_owned(), title: r.away_all },
        true => Act { href: "/away".to_owned(), title: r.away_open },
    };
    let section = Section {
        title: r.away_title,
        heads,
        rows: away.iter().map(row).collect(),
        empty: r.no_away,
        act: Some(other),
        ..Section::default()
    };
    Ok(kept_list::show(shell, r.away_title, None, section))
}

pub(super) fn heads(t: &Texts) -> Vec<&'static str> {
    let r = &t.records;
    vec![r.moved_away, r.planned, r.county, r.contacts, r.reports, r.state, ""]
}

pub(super) fn row(shell: &Shell, view: &AwayView, may_write: bool) -> Vec<Cell> {
    let (r, notice) = (&shell.t.records, &view.notice.body);
    let today = shell.now.clone();
    let state = match view.alerts.first() {
        Some(alert) => {
            let words = alert_words::of_away(shell.t, *alert);
            Cell::state(words.what, if words.is_bad { Stands::Bad } else { Stands::Warning })
        }
        None if is_away(notice) => Cell::state(r.still_away, Stands::Good),
        None => Cell::text(format!("{} {}", r.returned, format::short_day(&notice.returned_on, &today))),
    };
    let reports =
        format!("{} {} / {} {}", r.done, notice.reported_on.len(), r.agreed, notice.report_on.len());
    vec![
        Cell::text(format::day(&notice.from)),
        Cell::text(format::day(&notice.to)),
        Cell::text(&notice.county),
        Cell::text(contact(&notice.away_contact)),
        Cell::text(reports),
        state,
        match may_write {
            true => Cell::link(r.amend, format!("/away/{}/edit", view.notice.id)),
            false => Cell::default(),
        },
    ]
}
