//! 流动: who is away, since when, and who is overdue.

use axum::extract::{Path, State};
use axum::response::Response;
use yanzhen_bureau::kinds::away_notice::{field, is_away};
use yanzhen_bureau::listing::{AwayColumn, WhichAway};
use yanzhen_bureau::posts::AwayView;
use yanzhen_bureau::{Bureau, BureauError, Day, Filter, Page};
use yanzhen_proto::v1::AwayNotice;
use yanzhen_sync::RecordId;

use crate::accounts::Right;
use crate::alert_words;
use crate::console::Console;
use crate::detail::{self, State as Stands};
use crate::format;
use crate::kept_form::{Entry, KeptPage};
use crate::page::Shell;
use crate::pages::people::contact;
use crate::problem::Problem;
use crate::record_form::{self, DAY, Form, Part, hidden, required, see, text};
use crate::record_list::{self, Asked, Cell, Column, Facet, List, Words, asked_sort, column, sorted};
use crate::routes::{Access, Route};
use crate::texts::Texts;

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
        (
            "临时转接",
            &[
                text(field::TEMPORARY_ORG, "流动超过半年的，填外地接收的党组织"),
                text(field::TEMPORARY_FROM, DAY),
            ],
        ),
    ];

    fn words(t: &Texts) -> [&'static str; 3] {
        [t.records.away_title, t.records.add_away, t.records.edit_away]
    }
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/away", READ, record_list::list::<AwayRow>),
        Route::get("/away/export", READ, record_list::export::<AwayRow>).audited(),
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

/// A row of the list.
struct AwayRow {
    view: AwayView,
    unit: String,
}

impl List for AwayRow {
    const PATH: &'static str = "/away";

    type Which = WhichAway;

    fn words(t: &'static Texts) -> Words {
        let (r, l) = (&t.records, &t.lists);
        let empty = [r.no_away, r.no_away_why];
        Words { title: r.away_title, count: l.times, search: r.name, add: "", empty }
    }

    async fn facets(_: &Bureau, t: &'static Texts, asked: &Asked) -> Result<Vec<Facet>, BureauError> {
        let status = [("", t.records.still_away), ("back", t.records.returned), ("all", t.lists.all)];
        Ok(vec![Facet::words(asked, "status", t.lists.status, status)])
    }

    fn which(asked: &Asked) -> WhichAway {
        WhichAway {
            open: match asked.get("status").map_or("", String::as_str) {
                "" => Some(true),
                "back" => Some(false),
                _ => None,
            },
            sort: asked_sort(asked, |name| (name == "from").then_some(AwayColumn::From)),
        }
    }

    fn columns(t: &'static Texts) -> Vec<Column> {
        let r = &t.records;
        vec![
            column(r.name),
            column(r.unit),
            sorted(r.moved_away, "from"),
            column(r.planned),
            column(r.county),
            column(r.contacts),
            column(r.reports),
            column(r.state),
        ]
    }

    async fn page(bureau: &Bureau, filter: &Filter<WhichAway>) -> Result<Page<AwayRow>, BureauError> {
        let Page { rows, total } = bureau.list_away(filter).await?;
        let row = |view: AwayView| AwayRow { unit: bureau.unit_name(view.notice.unit), view };
        Ok(Page { rows: rows.into_iter().map(row).collect(), total })
    }

    fn row(self, t: &'static Texts, today: Day) -> (RecordId, Vec<Cell>) {
        let notice = &self.view.notice.body;
        let (state, words) = state(t, &self.view, &today.to_string());
        let state = match state {
            Stands::Plain => Cell::Short(words),
            _ => Cell::State(state.class(), state.icon(), words),
        };
        let cells = vec![
            Cell::Name(self.view.name.clone(), ""),
            Cell::Text(self.unit),
            Cell::Short(format::day(&notice.from)),
            Cell::Short(format::day(&notice.to)),
            Cell::Short(notice.county.clone()),
            Cell::Text(contact(&notice.away_contact)),
            Cell::Short(reports(t, notice)),
            state,
        ];
        (self.view.notice.id, cells)
    }
}

pub(super) fn heads(t: &Texts) -> Vec<&'static str> {
    let r = &t.records;
    vec![r.moved_away, r.planned, r.county, r.contacts, r.reports, r.state, ""]
}

pub(super) fn row(shell: &Shell, view: &AwayView, may_write: bool) -> Vec<detail::Cell> {
    let (t, notice) = (shell.t, &view.notice.body);
    let (stands, words) = state(t, view, &shell.now);
    vec![
        detail::Cell::text(format::day(&notice.from)),
        detail::Cell::text(format::day(&notice.to)),
        detail::Cell::text(&notice.county),
        detail::Cell::text(contact(&notice.away_contact)),
        detail::Cell::text(reports(t, notice)),
        detail::Cell::state(words, stands),
        match may_write {
            true => detail::Cell::link(t.records.amend, format!("/away/{}/edit", view.notice.id)),
            false => detail::Cell::default(),
        },
    ]
}

/// How an absence stands: what is to be done about it, or that it goes on or is over.
fn state(t: &'static Texts, view: &AwayView, today: &str) -> (Stands, String) {
    let (r, notice) = (&t.records, &view.notice.body);
    match view.alerts.first() {
        Some(alert) => {
            let words = alert_words::of_away(t, *alert);
            (if words.is_bad { Stands::Bad } else { Stands::Warning }, words.what)
        }
        None if is_away(notice) => (Stands::Good, r.still_away.to_owned()),
        None => (Stands::Plain, format!("{} {}", r.returned, format::short_day(&notice.returned_on, today))),
    }
}

fn reports(t: &Texts, notice: &AwayNotice) -> String {
    let r = &t.records;
    format!("{} {} / {} {}", r.done, notice.reported_on.len(), r.agreed, notice.report_on.len())
}
