//! The switch between Chinese and English.

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::http::header::{LOCATION, SET_COOKIE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::sign_in::own_path;
use crate::problem::Problem;
use crate::routes::{Access, Route};
use crate::texts::Language;
use crate::visitor::LANGUAGE_COOKIE;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/language/{code}", Access::Public, switch)]
}

#[derive(Deserialize)]
pub(crate) struct Back {
    #[serde(default)]
    to: String,
}

pub(crate) async fn switch(Path(code): Path<String>, Query(back): Query<Back>) -> Result<Response, Problem> {
    Language::of_code(&code).ok_or_else(Problem::not_found)?;
    let cookie = format!("{LANGUAGE_COOKIE}={code}; Path=/; SameSite=Lax; Max-Age=31536000");
    let headers = [(LOCATION, own_path(&back.to)), (SET_COOKIE, cookie)];
    Ok((StatusCode::SEE_OTHER, headers).into_response())
}
