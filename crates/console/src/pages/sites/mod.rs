//! 站点总览: this site's part of the tree, how each site stands, why it is not in sync and what to do.

mod list;
mod show;
mod transfers;
mod tree;

use yanzhen_proto::v1::SiteView;

use crate::accounts::Right;
use crate::console::Console;
use crate::problem::Problem;
use crate::routes::{Access, Route};
use crate::visitor::Visitor;

pub(crate) use transfers::{Transfer, transfers};

pub(super) fn routes() -> Vec<Route> {
    let see = Access::Needs(Right::SeeSites);
    vec![
        Route::get("/sites", see, list::list),
        Route::get("/sites/export", see, list::export).audited(),
        Route::get("/sites/{id}", see, show::show),
    ]
}

/// The sites as the platform tells them: this one first.
async fn views(console: &Console, visitor: &Visitor) -> Result<Vec<SiteView>, Problem> {
    let asked = console.platform().sites().await;
    let reply = asked.map_err(|trouble| Problem::of_trouble(&trouble, visitor, console))?;
    Ok(reply.sites)
}
