//! The wizard's page after the site has joined: the browser that shows it is led on to the first accounts.

use axum::extract::{Path, State};
use axum::response::Response;

use crate::accounts::Secret;
use crate::console::Console;
use crate::problem::Problem;
use crate::record_form::see;
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/join/{secret}", Access::Public, lead_on)]
}

async fn lead_on(State(console): State<Console>, Path(secret): Path<String>) -> Result<Response, Problem> {
    let secret = Secret::parse(&secret).ok_or_else(Problem::not_found)?;
    let to = console.welcomed(&secret).ok_or_else(Problem::not_found)?;
    Ok(see(&to))
}
