//! 老同志名册: the roster, one person, adding and amending.

mod form;
mod list;
mod show;

use crate::accounts::Right;
use crate::routes::{Access, Route};

const READ: Access = Access::Needs(Right::ReadRecords);
const WRITE: Access = Access::Needs(Right::WriteRecords);

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/people", READ, list::list),
        Route::get("/people/new", WRITE, form::new),
        Route::post("/people/new", WRITE, form::add),
        Route::get("/people/{id}", READ, show::show),
        Route::get("/people/{id}/edit", WRITE, form::edit),
        Route::post("/people/{id}/edit", WRITE, form::amend),
    ]
}
