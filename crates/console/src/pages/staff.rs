//! 工作人员: liaisons, in-service secretaries, service persons.

use axum::extract::{Path, State};
use axum::response::Response;
use yanzhen_bureau::kinds::staff::field;
use yanzhen_bureau::listing::{StaffColumn, WhichStaff};
use yanzhen_bureau::{Bureau, BureauError, Day, Filter, Held, Page};
use yanzhen_proto::v1::{Staff, StaffDuty};
use yanzhen_sync::RecordId;

use crate::accounts::Right;
use crate::console::Console;
use crate::format;
use crate::kept_form::{Entry, KeptPage};
use crate::problem::Problem;
use crate::record_form::{self, DAY, Form, Part, choice, required, see, text, words};
use crate::record_list::{
    self, Asked, Cell, Column, Facet, List, Words, asked_for, asked_sort, column, sorted,
};
use crate::routes::{Access, Route};
use crate::texts::{Texts, term_of};
use crate::visitor::Visitor;

const READ: Access = Access::Needs(Right::ReadRecords);
const WRITE: Access = Access::Needs(Right::WriteRecords);

impl KeptPage for Staff {
    const PATH: &'static str = "/staff";

    const PARTS: &'static [Part] = &[(
        "工作人员",
        &[
            required(text(field::NAME, "")),
            required(choice(field::DUTY, words::<StaffDuty>)),
            text(field::OFFICE_PHONE, "如 0931-8400000"),
            text(field::LEFT_ON, DAY),
        ],
    )];

    fn words(t: &Texts) -> [&'static str; 3] {
        [t.records.staff_title, t.records.staff_add, t.records.staff_edit]
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/staff", READ, record_list::list::<StaffRow>),
        Route::get("/staff/export", READ, record_list::export::<StaffRow>).audited(),
        Route::get("/staff/new", WRITE, record_form::new::<Entry<Staff>>),
        Route::post("/staff/new", WRITE, record_form::add::<Entry<Staff>>),
        Route::get("/staff/{id}", READ, lead),
        Route::get("/staff/{id}/edit", WRITE, record_form::edit::<Entry<Staff>>),
        Route::post("/staff/{id}/edit", WRITE, record_form::amend::<Entry<Staff>>),
    ]
}

/// A member of staff has no page but its form.
async fn lead(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let entry = Entry::<Staff>::find(console.bureau(), &id).await?;
    let is_here = console.bureau().home_unit(&entry.unit_code).is_ok();
    match is_here && visitor.may(Right::WriteRecords) {
        true => Ok(see(format!("/staff/{}/edit", entry.held.id))),
        false => Ok(see("/staff")),
    }
}

/// A row of the list.
struct StaffRow {
    held: Held<Staff>,
    unit: String,
}

impl List for StaffRow {
    const PATH: &'static str = "/staff";

    type Which = WhichStaff;

    fn words(t: &'static Texts) -> Words {
        let r = &t.records;
        let (add, empty) = (r.staff_add, [r.staff_empty, r.staff_empty_why]);
        Words { title: r.staff_title, count: t.lists.people, search: r.name, add, empty }
    }

    async fn facets(_: &Bureau, t: &'static Texts, asked: &Asked) -> Result<Vec<Facet>, BureauError> {
        let status = [("", t.lists.all), ("here", t.records.in_service), ("left", t.records.left)];
        Ok(vec![
            Facet::of::<StaffDuty>(asked, "duty", t.records.duty, t),
            Facet::words(asked, "status", t.lists.status, status),
        ])
    }

    fn which(asked: &Asked) -> WhichStaff {
        WhichStaff {
            duty: asked_for(asked, "duty"),
            in_service: match asked.get("status").map_or("", String::as_str) {
                "here" => Some(true),
                "left" => Some(false),
                _ => None,
            },
            sort: asked_sort(asked, |name| (name == "name").then_some(StaffColumn::Name)),
        }
    }

    fn columns(t: &'static Texts) -> Vec<Column> {
        let r = &t.records;
        vec![sorted(r.name, "name"), column(r.unit), column(r.duty), column(r.phone), column(r.state)]
    }

    async fn page(bureau: &Bureau, filter: &Filter<WhichStaff>) -> Result<Page<StaffRow>, BureauError> {
        let Page { rows, total } = bureau.list_staff(filter).await?;
        let row = |held: Held<Staff>| StaffRow { unit: bureau.unit_name(held.unit), held };
        Ok(Page { rows: rows.into_iter().map(row).collect(), total })
    }

    fn row(self, t: &'static Texts, _: Day) -> (RecordId, Vec<Cell>) {
        let (staff, r) = (self.held.body, &t.records);
        let state = match staff.left_on.as_str() {
            "" => Cell::State("st-ok", "check", r.in_service.to_owned()),
            on => Cell::Short(format!("{} {}", r.left, format::day(on))),
        };
        let duty = Cell::Short(term_of::<StaffDuty>(staff.duty, t).to_owned());
        let cells = vec![
            Cell::Name(staff.name, ""),
            Cell::Text(self.unit),
            duty,
            Cell::Short(staff.office_phone),
            state,
        ];
        (self.held.id, cells)
    }
}
