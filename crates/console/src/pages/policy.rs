//! 登录策略: what the security administrator decides about signing in.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use yanzhen_sync::directory::Role as Tier;

use crate::accounts::{Policy, Right, Role};
use crate::audit::KEEP_DAYS;
use crate::console::Console;
use crate::page::{Shell, render};
use crate::pages::accounts::word;
use crate::problem::Problem;
use crate::record_form::{Typed, refused, see};
use crate::routes::{Access, Route};
use crate::texts::Texts;
use crate::visitor::Visitor;

const DAYS_OF_A_YEAR: i64 = 366;

pub(super) fn routes() -> Vec<Route> {
    let grant = Access::Needs(Right::GrantRoles);
    vec![
        Route::get("/policy", grant, show),
        Route::post("/policy", grant, decide),
        Route::get("/policy/leave", grant, confirm_leave),
        Route::post("/policy/leave", grant, leave),
    ]
}

#[derive(Template)]
#[template(path = "policy.html")]
struct PolicyPage {
    shell: Shell,
    numbers: Vec<Number>,
    roles: Vec<Choice>,
    is_saved: bool,
    /// Whether there is a site above to leave security and audit to.
    can_leave: bool,
    /// How long entries of the audit log are kept, in years.
    kept_years: i64,
}

/// Asks before security and audit are left to the site above.
#[derive(Template)]
#[template(path = "policy_leave.html")]
struct LeavePage {
    shell: Shell,
}

struct Number {
    name: &'static str,
    label: &'static str,
    value: String,
    bounds: String,
    error: Option<String>,
}

struct Choice {
    code: &'static str,
    word: &'static str,
    is_chosen: bool,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    saved: String,
}

async fn show(
    State(console): State<Console>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let policy = console.accounts().policy();
    let values = policy.numbers().map(|number| number.to_string());
    let page = page(&console, &visitor, values, &policy.second_step, &[]).await?;
    Ok(render(&PolicyPage { is_saved: !asked.saved.is_empty(), ..page }))
}

async fn decide(
    State(console): State<Console>,
    visitor: Visitor,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let values = Policy::BOUNDS.map(|(name, _)| typed.get(name).map(|value| value.trim().to_owned()));
    let numbers = values.clone().map(|value| value.and_then(|value| value.parse().ok()));
    let roles: Vec<Role> = Role::ALL.into_iter().filter(|role| typed.contains_key(role.code())).collect();
    match Policy::new(numbers, roles.clone()) {
        Ok(policy) => {
            console.accounts().set_policy(policy).await?;
            Ok(see("/policy?saved=1"))
        }
        Err(bad) => {
            let values = values.map(Option::unwrap_or_default);
            Ok(refused(&page(&console, &visitor, values, &roles, &bad).await?))
        }
    }
}

async fn confirm_leave(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    must_have_above(&console)?;
    Ok(render(&LeavePage { shell: Shell::of(&console, &visitor).await? }))
}

/// From then on nobody here gives roles: whoever asks is no security administrator any more either.
async fn leave(State(console): State<Console>) -> Result<Response, Problem> {
    must_have_above(&console)?;
    console.accounts().leave_above().await?;
    Ok(see("/"))
}

/// There is nobody above central.
fn must_have_above(console: &Console) -> Result<(), Problem> {
    if console.tier() == Tier::Central { Err(Problem::not_found()) } else { Ok(()) }
}

async fn page(
    console: &Console,
    visitor: &Visitor,
    values: [String; 4],
    chosen: &[Role],
    bad: &[&str],
) -> Result<PolicyPage, Problem> {
    let shell = Shell::of(console, visitor).await?;
    let t = shell.t;
    let number = |((name, bounds), value): ((&'static str, std::ops::RangeInclusive<u32>), String)| {
        let within = |words: &str| {
            words.replace("{0}", &bounds.start().to_string()).replace("{1}", &bounds.end().to_string())
        };
        Number {
            name,
            label: label(t, name),
            value,
            bounds: within(t.policy.bounds),
            error: bad.contains(&name).then(|| within(t.policy.bad)),
        }
    };
    let choice = |role: Role| Choice {
        code: role.code(),
        word: word(&t.accounts, role),
        is_chosen: chosen.contains(&role),
    };
    Ok(PolicyPage {
        numbers: Policy::BOUNDS.into_iter().zip(values).map(number).collect(),
        roles: Role::ALL.into_iter().map(choice).collect(),
        is_saved: false,
        can_leave: console.tier() != Tier::Central,
        kept_years: KEEP_DAYS / DAYS_OF_A_YEAR,
        shell,
    })
}

fn label(t: &Texts, name: &str) -> &'static str {
    match name {
        "idle_minutes" => t.policy.idle_minutes,
        "whole_hours" => t.policy.whole_hours,
        "lock_after" => t.policy.lock_after,
        _ => t.policy.lock_minutes,
    }
}
