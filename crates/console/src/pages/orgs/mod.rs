//! 党支部: Party organisations of the units here, one organisation with its tabs, adding and amending.

mod close;
mod form;
mod list;
mod show;

use yanzhen_bureau::orgs::OrgView;

use crate::accounts::Right;
use crate::record_export;
use crate::record_form;
use crate::record_list;
use crate::routes::{Access, Own, Route};

use close::Closing;

const READ: Access = Access::Needs(Right::ReadRecords);
const WRITE: Access = Access::Needs(Right::WriteRecords);

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/orgs", READ, record_list::list::<OrgView>),
        Route::get("/orgs/export", READ, record_export::export::<OrgView>).audited(),
        Route::get("/orgs/new", WRITE, record_form::new::<OrgView>),
        Route::post("/orgs/new", WRITE, record_form::add::<OrgView>),
        Route::get("/orgs/{id}", READ, show::basics).of_own_branch(Own::Org),
        Route::get("/orgs/{id}/members", READ, show::members).of_own_branch(Own::Org),
        Route::get("/orgs/{id}/members/export", READ, show::export_members).of_own_branch(Own::Org).audited(),
        Route::get("/orgs/{id}/committee", READ, show::committee).of_own_branch(Own::Org),
        Route::get("/orgs/{id}/committee/export", READ, show::export_committee)
            .of_own_branch(Own::Org)
            .audited(),
        Route::get("/orgs/{id}/history", READ, show::history).of_own_branch(Own::Org),
        Route::get("/orgs/{id}/edit", WRITE, record_form::edit::<OrgView>).of_own_branch(Own::Org),
        Route::post("/orgs/{id}/edit", WRITE, record_form::amend::<OrgView>).of_own_branch(Own::Org),
        Route::get("/orgs/{id}/close", WRITE, record_form::edit::<Closing>),
        Route::post("/orgs/{id}/close", WRITE, record_form::amend::<Closing>),
    ]
}
