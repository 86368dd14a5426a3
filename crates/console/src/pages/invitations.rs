//! 邀请接入: tokens for new sites, made by the security administrator at central. A token is shown once.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use qrcode::{Color, EcLevel, QrCode};
use serde::Deserialize;
use yanzhen_bureau::units::UnitView;
use yanzhen_proto::v1::{InvitationView, InviteReply, InviteRequest};
use yanzhen_sync::Millis;

use crate::accounts::Right;
use crate::badge::Badge;
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render, tier_word};
use crate::platform::Inviting;
use crate::problem::Problem;
use crate::record_form::{refused, see};
use crate::routes::{Access, Route};
use crate::sheet::{self, Sheet};
use crate::texts::{Texts, Told};
use crate::visitor::Visitor;

/// Seconds of a day.
const DAY: u64 = 24 * 60 * 60;

pub(super) fn routes() -> Vec<Route> {
    let invite = Access::Needs(Right::InviteSites);
    vec![
        Route::get("/invitations", invite, list),
        Route::get("/invitations/export", invite, export).audited(),
        Route::post("/invitations", invite, make),
        Route::post("/invitations/file", invite, file),
        Route::get("/invitations/{id}/withdraw", invite, confirm),
        Route::post("/invitations/{id}/withdraw", invite, withdraw),
    ]
}

#[derive(Template)]
#[template(path = "invitations/list.html")]
struct ListPage {
    shell: Shell,
    units: Vec<Choice>,
    roles: [Choice; 2],
    expiries: Vec<Choice>,
    rows: Vec<Row>,
    failed: Option<Told>,
    unit_missing: bool,
}

#[derive(Template)]
#[template(path = "invitations/made.html")]
struct MadePage {
    shell: Shell,
    made: InviteReply,
    role: &'static str,
    expires: String,
    fingerprint: Vec<String>,
    /// Modules on a side with the margin, and the path that draws the dark ones.
    code: Option<(usize, String)>,
}

#[derive(Template)]
#[template(path = "invitations/withdraw.html")]
struct WithdrawPage {
    shell: Shell,
    row: Row,
}

struct Choice {
    value: String,
    label: String,
    is_chosen: bool,
}

struct Row {
    id: String,
    unit: String,
    role: &'static str,
    parent: String,
    made: String,
    expires: String,
    badge: Badge,
    is_open: bool,
}

#[derive(Default, Deserialize)]
struct Wanted {
    #[serde(default)]
    unit: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    days: String,
}

#[derive(Deserialize)]
struct Echo {
    #[serde(default)]
    token: String,
    #[serde(default)]
    unit: String,
}

async fn list(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    let page = page(&console, &visitor, &Wanted::default(), None, false).await?;
    Ok(render(&page))
}

async fn make(
    State(console): State<Console>,
    visitor: Visitor,
    Form(wanted): Form<Wanted>,
) -> Result<Response, Problem> {
    if wanted.unit.is_empty() {
        return Ok(refused(&page(&console, &visitor, &wanted, None, true).await?));
    }
    let request = InviteRequest {
        unit_code: wanted.unit.clone(),
        role: wanted.role.clone(),
        ttl_seconds: wanted.days.parse::<u64>().unwrap_or(0).saturating_mul(DAY),
    };
    match inviting(&console)?.invite(request).await {
        Ok(made) => {
            let shell = Shell::of(&console, &visitor).await?;
            Ok(render(&MadePage {
                role: tier_word(shell.t, &made.role),
                expires: format::time(made.expires_ms, console.now()),
                fingerprint: made.parent_fingerprint.split(' ').map(str::to_owned).collect(),
                code: drawn(&made.token),
                made,
                shell,
            }))
        }
        Err(trouble) => {
            let told = Told::of(&trouble, visitor.language, console.now());
            Ok(refused(&page(&console, &visitor, &wanted, Some(told), false).await?))
        }
    }
}

/// The token goes back to the browser as a file: it is kept nowhere, so whoever has the page has it.
async fn file(visitor: Visitor, Form(echo): Form<Echo>) -> Response {
    let t = &visitor.language.texts().invitations;
    let text = format!("{}\r\n{}\r\n\r\n{}\r\n\r\n{}\r\n", t.file_head, echo.unit, t.how, echo.token);
    let name: String = form_urlencoded::byte_serialize(echo.unit.as_bytes()).collect();
    let name =
        format!("attachment; filename=\"join.txt\"; filename*=UTF-8''{}.txt", name.replace('+', "%20"));
    ([(CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, name)], text)
        .into_response()
}

async fn confirm(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let rows = rows(&console, &visitor, console.now()).await?;
    let row = rows.into_iter().find(|row| row.id == id && row.is_open).ok_or_else(Problem::not_found)?;
    Ok(render(&WithdrawPage { shell: Shell::of(&console, &visitor).await?, row }))
}

async fn withdraw(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let withdrawn = inviting(&console)?.withdraw(id).await;
    withdrawn.map_err(|trouble| Problem::of_trouble(&trouble, &visitor, &console))?;
    Ok(see("/invitations"))
}

/// Only central invites.
fn inviting(console: &Console) -> Result<&dyn Inviting, Problem> {
    console.platform().inviting().ok_or_else(Problem::not_found)
}

async fn page(
    console: &Console,
    visitor: &Visitor,
    wanted: &Wanted,
    failed: Option<Told>,
    unit_missing: bool,
) -> Result<ListPage, Problem> {
    let rows = rows(console, visitor, console.now()).await?;
    let shell = Shell::of(console, visitor).await?;
    let t = &shell.t.invitations;
    let choice = |value: &str, label: &str, chosen: &str| Choice {
        value: value.to_owned(),
        label: label.to_owned(),
        is_chosen: value == chosen,
    };
    let chosen_role = if wanted.role.is_empty() { "terminal" } else { &wanted.role };
    let days = if wanted.days.is_empty() { "7" } else { &wanted.days };
    let expiries = [("1", t.day), ("2", t.two_days), ("7", t.week), ("30", t.month)];
    Ok(ListPage {
        units: units(&console.bureau().unit_tree(None), &wanted.unit),
        roles: ["terminal", "node"].map(|role| choice(role, tier_word(shell.t, role), chosen_role)),
        expiries: expiries.iter().map(|(value, label)| choice(value, label, days)).collect(),
        rows,
        failed,
        unit_missing,
        shell,
    })
}

/// Units that have no site yet, in the order of the tree.
fn units(tree: &[UnitView], chosen: &str) -> Vec<Choice> {
    let free = tree.iter().filter(|view| !view.has_site);
    free.map(|view| Choice {
        value: view.unit.code.clone(),
        label: format!("{}{} {}", "　".repeat(view.depth as usize), view.unit.code, view.unit.name),
        is_chosen: view.unit.code == chosen,
    })
    .collect()
}

async fn rows(console: &Console, visitor: &Visitor, now: Millis) -> Result<Vec<Row>, Problem> {
    let asked = inviting(console)?.invitations().await;
    let reply = asked.map_err(|trouble| Problem::of_trouble(&trouble, visitor, console))?;
    let t = visitor.language.texts();
    Ok(reply.invitations.iter().map(|invitation| row(invitation, t, now)).collect())
}

async fn export(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    let t = visitor.language.texts();
    let w = &t.invitations;
    let cells = |row: Row| {
        let (role, state) = (row.role.to_owned(), row.badge.word.to_owned());
        [row.unit, role, row.parent, row.made, row.expires, state].map(Into::into).into()
    };
    let rows = rows(&console, &visitor, sheet::ANOTHER_DAY).await?.into_iter().map(cells).collect();
    let columns = vec![w.unit, w.role, w.parent, w.made_at, w.expires, w.state];
    Sheet::new(w.list, columns, rows).file(&console, t).await
}

fn row(invitation: &InvitationView, t: &'static Texts, now: i64) -> Row {
    let words = &t.invitations;
    let (colour, icon, word) = match invitation.state.as_str() {
        "open" => ("info", "late", words.open),
        "used" => ("ok", "ok", words.used),
        "withdrawn" => ("none", "x", words.withdrawn),
        _ => ("none", "x", words.expired),
    };
    Row {
        id: invitation.id.clone(),
        unit: format!("{} {}", invitation.unit_code, invitation.unit_name),
        role: tier_word(t, &invitation.role),
        parent: invitation.parent_unit_name.clone(),
        made: format::time(invitation.made_ms, now),
        expires: format::time(invitation.expires_ms, now),
        badge: Badge { colour, icon, word },
        is_open: invitation.state == "open",
    }
}

/// A text as the dark modules of a QR code; none for one that is too long.
fn drawn(text: &str) -> Option<(usize, String)> {
    /// Light modules around the code, so that readers find it.
    const MARGIN: usize = 4;
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let dark = |place: &(usize, Color)| place.1 == Color::Dark;
    let width = code.width();
    let path = code.to_colors().into_iter().enumerate().filter(dark);
    let path =
        path.map(|(place, _)| format!("M{} {}h1v1h-1z", place % width + MARGIN, place / width + MARGIN));
    Some((width + 2 * MARGIN, path.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_drawn_with_a_margin_around_it() {
        let (side, path) = drawn("yz1.AAAA").unwrap();
        assert_eq!(side, 21 + 8, "the smallest code has 21 modules");
        // The finder in the corner begins after the margin.
        assert!(path.starts_with("M4 4h1v1h-1zM5 4"), "{path}");
        assert!(drawn(&"x".repeat(5_000)).is_none());
    }
}
