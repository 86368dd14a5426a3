//! Setting up, renewing and turning off the second step of one's own account.

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use qrcode::QrCode;
use qrcode::render::svg;
use serde::Deserialize;

use crate::accounts::{Coded, SecondStep};
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::record_form::{refused, see};
use crate::visitor::Visitor;

const PATH: &str = "/me/second-step";

/// Pixels of the QR code's side, at least: a telephone reads it at arm's length.
const QR_SIDE: u32 = 220;

#[derive(Template)]
#[template(path = "me/second_step.html")]
struct StepPage {
    shell: Shell,
    step: SecondStep,
    /// Whether the policy asks for it: then it can't be turned off.
    is_asked: bool,
    must_enrol: bool,
    failed: Option<String>,
}

#[derive(Template)]
#[template(path = "me/codes.html")]
struct CodesPage {
    shell: Shell,
    codes: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    code: String,
}

pub(super) async fn show(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    Ok(render(&page(&console, &visitor, None).await?))
}

async fn page(console: &Console, visitor: &Visitor, failed: Option<String>) -> Result<StepPage, Problem> {
    let account = visitor.account()?;
    Ok(StepPage {
        shell: Shell::of(console, visitor).await?,
        step: console.accounts().second_step(account).await?,
        is_asked: console.accounts().policy().asks_second_step(account),
        must_enrol: visitor.session.as_ref().is_some_and(|session| session.must_enrol),
        failed,
    })
}

/// The secret for a telephone's camera, as long as it is not confirmed; never afterwards.
pub(super) async fn qr(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    let SecondStep::Begun { url, .. } = console.accounts().second_step(visitor.account()?).await? else {
        return Err(Problem::not_found());
    };
    let code = QrCode::new(url).map_err(|error| Problem::internal(&error))?;
    let image = code.render::<svg::Color<'_>>().min_dimensions(QR_SIDE, QR_SIDE).build();
    Ok(([(CONTENT_TYPE, "image/svg+xml")], image).into_response())
}

pub(super) async fn begin(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    console.accounts().begin_second_step(visitor.account()?.id).await?;
    Ok(see(PATH))
}

pub(super) async fn confirm(
    State(console): State<Console>,
    visitor: Visitor,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let id = visitor.account()?.id;
    let coded = console.accounts().confirm_second_step(id, &visitor.address, &typed.code).await?;
    show_codes(&console, &visitor, coded).await
}

pub(super) async fn codes(
    State(console): State<Console>,
    visitor: Visitor,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let id = visitor.account()?.id;
    let coded = console.accounts().new_recovery_codes(id, &visitor.address, &typed.code).await?;
    show_codes(&console, &visitor, coded).await
}

pub(super) async fn turn_off(
    State(console): State<Console>,
    visitor: Visitor,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let account = visitor.account()?;
    if console.accounts().policy().asks_second_step(account) {
        return Err(Problem::forbidden());
    }
    match console.accounts().end_second_step(account.id, &visitor.address, &typed.code).await? {
        Coded::Right(_) => Ok(see(PATH)),
        wrong => again(&console, &visitor, wrong).await,
    }
}

async fn show_codes(
    console: &Console,
    visitor: &Visitor,
    coded: Coded<Vec<String>>,
) -> Result<Response, Problem> {
    match coded {
        Coded::Right(codes) => Ok(render(&CodesPage { shell: Shell::of(console, visitor).await?, codes })),
        wrong => again(console, visitor, wrong).await,
    }
}

async fn again(console: &Console, visitor: &Visitor, coded: Coded<Vec<String>>) -> Result<Response, Problem> {
    let t = &visitor.language.texts().me;
    let failed = match coded {
        Coded::Locked { until_ms } => t.locked.replace("{0}", &format::time(until_ms, console.now())),
        _ => t.wrong.to_owned(),
    };
    Ok(refused(&page(console, visitor, Some(failed)).await?))
}
