//! 工作人员: liaisons, in-service secretaries, service persons.

use axum::extract::State;
use axum::response::Response;
use yanzhen_bureau::Held;
use yanzhen_bureau::kinds::staff::field;
use yanzhen_bureau::kinds::words::word_of;
use yanzhen_proto::v1::{Staff, StaffDuty};

use crate::accounts::Right;
use crate::console::Console;
use crate::detail::{Act, Cell, Section, State as Stands};
use crate::format;
use crate::kept_form::{Entry, KeptPage};
use crate::page::Shell;
use crate::pages::kept_list;
use crate::problem::Problem;
use crate::record_form::{self, DAY, Part, choice, required, see, text, words};
use crate::routes::{Access, Route};
use crate::texts::{Texts, label};
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
        Route::get("/staff", READ, list),
        Route::get("/staff/new", WRITE, record_form::new::<Entry<Staff>>),
        Route::post("/staff/new", WRITE, record_form::add::<Entry<Staff>>),
        Route::get("/staff/{id}", READ, lead),
        Route::get("/staff/{id}/edit", WRITE, record_form::edit::<Entry<Staff>>),
        Route::post("/staff/{id}/edit", WRITE, record_form::amend::<Entry<Staff>>),
    ]
}

/// A member of staff is shown in the list.
async fn lead() -> Response {
    see("/staff")
}

async fn list(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    let bureau = console.bureau();
    let staff = bureau.staff(None).await?;
    let directory = bureau.store().directory();
    let shell = Shell::of(&console, &visitor).await?;
    let (r, may_write) = (&shell.t.records, visitor.may(Right::WriteRecords));
    let row = |held: &Held<Staff>| {
        let is_here = may_write && bureau.home_unit(&bureau.code_of_unit(held.unit)).is_ok();
        let name = match is_here {
            true => Cell::link(&held.body.name, format!("/staff/{}/edit", held.id)),
            false => Cell::text(&held.body.name),
        };
        let state = match held.body.left_on.as_str() {
            "" => Cell::state(r.in_service, Stands::Good),
            on => Cell::text(format!("{} {}", r.left, format::day(on))),
        };
        let unit = directory.unit(held.unit).map_or("", |unit| unit.name.as_str());
        vec![
            name,
            Cell::text(unit),
            Cell::text(label(shell.language, word_of::<StaffDuty>(held.body.duty))),
            Cell::text(format::or_dash(&held.body.office_phone)),
            state,
        ]
    };
    let section = Section {
        title: r.staff_title,
        heads: vec![r.name, r.unit, r.duty, r.phone, r.state],
        rows: staff.iter().map(row).collect(),
        empty: r.staff_empty,
        ..Section::default()
    };
    let add = Act { href: "/staff/new".to_owned(), title: r.staff_add };
    let title = r.staff_title;
    Ok(kept_list::show(shell, title, may_write.then_some(add), section))
}
