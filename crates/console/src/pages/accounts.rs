//! 账号与角色: who may sign in here. The system administrator opens and closes accounts, the security administrator
//! gives roles: neither can do both.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use yanzhen_sync::{RecordId, UnitId};

use crate::accounts::{Account, AccountError, AccountId, NewAccount, Right, Role};
use crate::console::Console;
use crate::page::{Shell, render};
use crate::pages::me::Line;
use crate::problem::Problem;
use crate::record_form::{Typed, refused, see};
use crate::routes::{Access, Route};
use crate::sheet::Sheet;
use crate::texts::{Accounts as Words, Texts};
use crate::visitor::Visitor;

pub(super) fn routes() -> Vec<Route> {
    let (manage, grant) = (Access::Needs(Right::ManageAccounts), Access::Needs(Right::GrantRoles));
    vec![
        Route::get("/accounts", manage, manage_list),
        Route::get("/accounts/export", manage, export).audited(),
        Route::post("/accounts", manage, open),
        Route::get("/accounts/{id}/reset", manage, confirm_reset),
        Route::post("/accounts/{id}/reset", manage, reset),
        Route::get("/accounts/{id}/close", manage, confirm_close),
        Route::post("/accounts/{id}/close", manage, close),
        Route::get("/accounts/{id}/sign-out", manage, confirm_sign_out),
        Route::post("/accounts/{id}/sign-out", manage, sign_out),
        Route::get("/roles", grant, grant_list),
        Route::get("/roles/export", grant, export).audited(),
        Route::post("/roles/{id}", grant, give),
        Route::get("/roles/{id}/second-step", grant, confirm_second_step),
        Route::post("/roles/{id}/second-step", grant, reset_second_step),
    ]
}

#[derive(Template)]
#[template(path = "accounts/list.html")]
struct ListPage {
    shell: Shell,
    rows: Vec<Row>,
    /// A link to be handed over, shown this once: whose, and its path.
    link: Option<(String, String)>,
    login: String,
    name: String,
    failed: Option<String>,
}

#[derive(Template)]
#[template(path = "accounts/roles.html")]
struct RolesPage {
    shell: Shell,
    rows: Vec<Row>,
    failed: Option<String>,
}

/// Asks before something that can't be taken back, and names what follows from it.
#[derive(Template)]
#[template(path = "accounts/confirm.html")]
struct ConfirmPage {
    shell: Shell,
    act: &'static str,
    why: &'static str,
    login: String,
    name: String,
    action: String,
    back: &'static str,
    /// The browsers that the account is signed in with, where that matters.
    lines: Vec<Line>,
}

struct Row {
    id: String,
    login: String,
    name: String,
    state: &'static str,
    /// Whether it can be reset and closed here.
    is_managed: bool,
    is_closed: bool,
    /// Code, word, whether the account holds it.
    roles: Vec<(&'static str, &'static str, bool)>,
    /// The numbers of a branch secretary's branches.
    branches: String,
}

#[derive(Deserialize)]
struct Opened {
    login: String,
    name: String,
}

async fn manage_list(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    list(&console, &visitor, None, Opened { login: String::new(), name: String::new() }, None).await
}

async fn open(
    State(console): State<Console>,
    visitor: Visitor,
    Form(opened): Form<Opened>,
) -> Result<Response, Problem> {
    let new = NewAccount { login: opened.login.clone(), name: opened.name.clone() };
    match console.accounts().open_account(new).await {
        Ok((_, secret)) => {
            let link = Some((opened.name, format!("/set-up/{}", secret.reveal())));
            list(&console, &visitor, link, Opened { login: String::new(), name: String::new() }, None).await
        }
        Err(error) => {
            let failed = Some(refusal(&visitor.language.texts().accounts, error)?);
            list(&console, &visitor, None, opened, failed).await
        }
    }
}

async fn reset(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let account = managed(&console, &id).await?;
    let secret = console.accounts().reset(account.id).await?;
    let link = Some((account.name, format!("/set-up/{}", secret.reveal())));
    list(&console, &visitor, link, Opened { login: String::new(), name: String::new() }, None).await
}

async fn confirm_reset(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (account, t) = (managed(&console, &id).await?, &visitor.language.texts().accounts);
    confirm(&console, &visitor, account, (t.reset, t.reset_why), "reset").await
}

async fn confirm_close(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (account, t) = (managed(&console, &id).await?, &visitor.language.texts().accounts);
    confirm(&console, &visitor, account, (t.close, t.close_why), "close").await
}

async fn confirm_sign_out(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (account, t) = (account(&console, &id).await?, &visitor.language.texts().accounts);
    confirm(&console, &visitor, account, (t.sign_out, t.sign_out_why), "sign-out").await
}

async fn confirm_second_step(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (account, t) = (managed(&console, &id).await?, &visitor.language.texts().accounts);
    confirm(&console, &visitor, account, (t.reset_step, t.reset_step_why), "second-step").await
}

async fn confirm(
    console: &Console,
    visitor: &Visitor,
    account: Account,
    (act, why): (&'static str, &'static str),
    path: &str,
) -> Result<Response, Problem> {
    let back = if path == "second-step" { "/roles" } else { "/accounts" };
    let lines = match path {
        "sign-out" => Line::all(console, account.id, visitor.secret.as_ref()).await?,
        _ => Vec::new(),
    };
    Ok(render(&ConfirmPage {
        shell: Shell::of(console, visitor).await?,
        act,
        why,
        action: format!("{back}/{}/{path}", account.id),
        login: account.login,
        name: account.name,
        back,
        lines,
    }))
}

/// Signs an account out everywhere; it can sign in again.
async fn sign_out(State(console): State<Console>, Path(id): Path<String>) -> Result<Response, Problem> {
    let account = account(&console, &id).await?;
    console.accounts().end_all(account.id, None).await?;
    Ok(see("/accounts"))
}

/// The security administrator does this, the system administrator gives new passwords: neither can make an account
/// with a second step their own.
async fn reset_second_step(
    State(console): State<Console>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let account = managed(&console, &id).await?;
    console.accounts().reset_second_step(account.id).await?;
    Ok(see("/roles"))
}

async fn close(State(console): State<Console>, Path(id): Path<String>) -> Result<Response, Problem> {
    let account = managed(&console, &id).await?;
    console.accounts().shut(account.id).await?;
    Ok(see("/accounts"))
}

async fn grant_list(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    roles(&console, &visitor, None).await
}

async fn give(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let account = account(&console, &id).await?;
    if visitor.session.as_ref().is_some_and(|session| session.account.id == account.id) {
        return Err(Problem::told(StatusCode::FORBIDDEN, "PERM-4033", |t| {
            [t.own_roles, t.own_roles_why, t.own_roles_next]
        }));
    }
    let chosen: Vec<Role> = Role::ALL.into_iter().filter(|role| typed.contains_key(role.code())).collect();
    let t = &visitor.language.texts().accounts;
    let branches = match branches_typed(&console, None, &typed).await? {
        Ok(branches) => branches,
        Err(unknown) => {
            let failed = Some(t.unknown_branch.replace("{0}", &unknown));
            return roles(&console, &visitor, failed).await;
        }
    };
    match console.accounts().grant(account.id, &chosen).await {
        Ok(()) => {
            let is_secretary = chosen.contains(&Role::BranchSecretary);
            let kept = if is_secretary { branches.as_slice() } else { &[] };
            console.accounts().set_branches(account.id, kept).await?;
            Ok(see("/roles"))
        }
        Err(error) => {
            let failed = Some(refusal(t, error)?);
            roles(&console, &visitor, failed).await
        }
    }
}

/// The branches whose numbers were typed, of a unit where one is named; an error is the first number that none has.
pub(super) async fn branches_typed(
    console: &Console,
    unit: Option<UnitId>,
    typed: &Typed,
) -> Result<Result<Vec<RecordId>, String>, Problem> {
    let typed = typed.get("branches").map(String::as_str).unwrap_or_default();
    let numbers =
        typed.split(|c: char| c.is_whitespace() || matches!(c, ',' | '，' | '、')).filter(|n| !n.is_empty());
    let mut branches = Vec::new();
    for number in numbers {
        match console.bureau().show_org(unit, number).await {
            Ok(org) => branches.push(org.id),
            Err(error) if error.is_refusal() => return Ok(Err(number.to_owned())),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Ok(branches))
}

/// The numbers of an account's branches, as they are typed.
async fn numbers(console: &Console, id: AccountId) -> Result<String, Problem> {
    let mut numbers = Vec::new();
    for branch in console.accounts().branches(id).await? {
        let id = branch.to_string();
        numbers.push(console.bureau().show_org(None, &id).await.map_or(id, |org| org.org.number));
    }
    Ok(numbers.join(" "))
}

async fn list(
    console: &Console,
    visitor: &Visitor,
    link: Option<(String, String)>,
    typed: Opened,
    failed: Option<String>,
) -> Result<Response, Problem> {
    let shell = Shell::of(console, visitor).await?;
    let rows = rows(console, shell.t).await?;
    let is_refused = failed.is_some();
    let page = ListPage { shell, rows, link, login: typed.login, name: typed.name, failed };
    Ok(if is_refused { refused(&page) } else { render(&page) })
}

async fn roles(console: &Console, visitor: &Visitor, failed: Option<String>) -> Result<Response, Problem> {
    let shell = Shell::of(console, visitor).await?;
    let rows = rows(console, shell.t).await?;
    let is_refused = failed.is_some();
    let page = RolesPage { shell, rows, failed };
    Ok(if is_refused { refused(&page) } else { render(&page) })
}

async fn rows(console: &Console, t: &Texts) -> Result<Vec<Row>, Problem> {
    let mut rows = Vec::new();
    for account in console.accounts().list().await? {
        let is_secretary = account.roles.contains(&Role::BranchSecretary);
        rows.push(Row {
            id: account.id.to_string(),
            state: match (account.is_closed, account.is_set_up) {
                (true, _) => t.accounts.closed,
                (false, false) => t.accounts.not_set_up,
                (false, true) => t.accounts.in_use,
            },
            is_managed: !account.is_closed && !account.is_administrator(),
            is_closed: account.is_closed,
            roles: Role::ALL
                .map(|role| (role.code(), word(&t.accounts, role), account.roles.contains(&role)))
                .into(),
            branches: if is_secretary { numbers(console, account.id).await? } else { String::new() },
            login: account.login,
            name: account.name,
        });
    }
    Ok(rows)
}

/// Both administrators' list.
async fn export(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    let t = visitor.language.texts();
    let w = &t.accounts;
    let cells = |row: Row| {
        let roles = row.roles.iter().filter(|(_, _, is_held)| *is_held).map(|(_, word, _)| *word);
        let roles = roles.collect::<Vec<_>>().join("、");
        [row.login, row.name, row.state.to_owned(), roles, row.branches].map(Into::into).into()
    };
    let rows = rows(&console, t).await?.into_iter().map(cells).collect();
    let columns = vec![w.login, w.name, w.state, w.roles_title, w.branches];
    Sheet::new(w.title, columns, rows).file(&console, t).await
}

async fn account(console: &Console, id: &str) -> Result<Account, Problem> {
    let id: AccountId = id.parse()?;
    Ok(console.accounts().account(id).await?)
}

/// An account that the system administrator may reset or close: none of the three administrators', else one of them
/// could become another.
async fn managed(console: &Console, id: &str) -> Result<Account, Problem> {
    let account = account(console, id).await?;
    if account.is_administrator() {
        return Err(Problem::told(StatusCode::FORBIDDEN, "PERM-4032", |t| {
            [t.administrator, t.administrator_why, t.administrator_next]
        }));
    }
    Ok(account)
}

pub(super) fn word(t: &Words, role: Role) -> &'static str {
    match role {
        Role::SystemAdmin => t.system_admin,
        Role::SecurityAdmin => t.security_admin,
        Role::AuditAdmin => t.audit_admin,
        Role::Clerk => t.clerk,
        Role::Leader => t.leader,
        Role::Reader => t.reader,
        Role::BranchSecretary => t.secretary,
    }
}

/// What a person is told; what is the site's own fault is another matter.
pub(super) fn refusal(t: &Words, error: AccountError) -> Result<String, Problem> {
    match error {
        AccountError::BadPassword => Ok(t.bad_password.to_owned()),
        AccountError::Taken(login) => Ok(t.taken.replace("{0}", &login)),
        AccountError::BadLogin(login) => Ok(t.bad_login.replace("{0}", &login)),
        AccountError::BadName => Ok(t.bad_name.to_owned()),
        AccountError::Apart(..) => Ok(t.apart.to_owned()),
        other => Err(other.into()),
    }
}
