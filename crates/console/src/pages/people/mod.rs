//! 老同志名册: the roster, one person, adding and amending.

mod form;
mod list;
mod show;

use yanzhen_bureau::people::PersonView;

use crate::accounts::Right;
use crate::record_form;
use crate::routes::{Access, Route};

const READ: Access = Access::Needs(Right::ReadRecords);
const WRITE: Access = Access::Needs(Right::WriteRecords);

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/people", READ, list::list),
        Route::get("/people/new", WRITE, record_form::new::<PersonView>),
        Route::post("/people/new", WRITE, record_form::add::<PersonView>),
        Route::get("/people/{id}", READ, show::show),
        Route::get("/people/{id}/edit", WRITE, record_form::edit::<PersonView>),
        Route::post("/people/{id}/edit", WRITE, record_form::amend::<PersonView>),
    ]
}
