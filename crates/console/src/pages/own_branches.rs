//! 我的支部: the branches that a branch secretary's account is for.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::accounts::Right;
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::problem::Problem;
use crate::routes::{Access, Route};
use crate::visitor::Visitor;

pub(super) fn routes() -> Vec<Route> {
    vec![Route::get("/my-branches", Access::Needs(Right::OwnBranches), show)]
}

#[derive(Template)]
#[template(path = "own_branches.html")]
struct BranchesPage {
    shell: Shell,
    branches: Vec<Branch>,
}

struct Branch {
    id: String,
    number: String,
    name: String,
    unit: String,
    members: String,
}

async fn show(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    let mut branches = Vec::new();
    for id in console.accounts().branches(visitor.account()?.id).await? {
        let org = console.bureau().show_org(None, &id.to_string()).await?;
        branches.push(Branch {
            id: id.to_string(),
            number: org.org.number,
            name: org.org.name,
            unit: org.unit_name,
            members: format::count(org.members),
        });
    }
    Ok(render(&BranchesPage { shell: Shell::of(&console, &visitor).await?, branches }))
}
