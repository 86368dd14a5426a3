//! 老同志名册: the roster, one person with its tabs, adding and amending.

mod close;
mod form;
mod history;
mod list;
mod private;
mod private_form;
mod show;

use yanzhen_bureau::people::PersonView;

use crate::accounts::Right;
use crate::record_export;
use crate::record_form;
use crate::record_list;
use crate::routes::{Access, Own, Route};

use close::Closing;
use private_form::PrivateForm;

pub(crate) use show::contact;

const READ: Access = Access::Needs(Right::ReadRecords);
const WRITE: Access = Access::Needs(Right::WriteRecords);
const PRIVATE: Access = Access::Needs(Right::SeePrivate);

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/people", READ, record_list::list::<PersonView>),
        Route::get("/people/export", READ, record_export::export::<PersonView>).audited(),
        Route::get("/people/new", WRITE, record_form::new::<PersonView>),
        Route::post("/people/new", WRITE, record_form::add::<PersonView>),
        Route::get("/people/{id}", READ, show::basics).of_own_branch(Own::Person),
        Route::get("/people/{id}/party", READ, show::party).of_own_branch(Own::Person),
        Route::get("/people/{id}/away", READ, show::absences).of_own_branch(Own::Person),
        Route::get("/people/{id}/community", READ, show::communities).of_own_branch(Own::Person),
        Route::get("/people/{id}/history", READ, history::history).of_own_branch(Own::Person),
        Route::get("/people/{id}/edit", WRITE, record_form::edit::<PersonView>).of_own_branch(Own::Person),
        Route::post("/people/{id}/edit", WRITE, record_form::amend::<PersonView>).of_own_branch(Own::Person),
        Route::get("/people/{id}/close", WRITE, record_form::edit::<Closing>),
        Route::post("/people/{id}/close", WRITE, record_form::amend::<Closing>),
        Route::get("/people/{id}/private", PRIVATE, private::show),
        Route::post("/people/{id}/private", PRIVATE, private::reveal),
        Route::get("/people/{id}/private/edit", PRIVATE, private::enter),
        Route::post("/people/{id}/private/edit", PRIVATE, record_form::amend::<PrivateForm>),
    ]
}
