//! 账号与角色: who may sign in here. The system administrator opens and closes accounts, the security administrator
//! gives roles: neither can do both.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::accounts::{Account, AccountError, AccountId, NewAccount, Right, Role};
use crate::console::Console;
use crate::page::{Shell, render};
use crate::pages::me::Line;
use crate::problem::Problem;
use crate::record_form::{Typed, refused, see};
use crate::routes::{Access, Route};
use crate::texts::{Accounts as Words, Texts};
use crate::visitor::Visitor;

pub(super) fn routes() -> Vec<Route> {
    let (manage, grant) = (Access::Needs(Right::ManageAccounts), Access::Needs(Right::GrantRoles));
    vec![
        Route::get("/accounts", manage, manage_list),
        Route::post("/accounts", manage, open),
        Route::get("/accounts/{id}/reset", manage, confirm_reset),
        Route::post("/accounts/{id}/reset", manage, reset),
        Route::get("/accounts/{id}/close", manage, confirm_close),
        Route::post("/accounts/{id}/close", manage, close),
        Route::get("/accounts/{id}/sign-out", manage, confirm_sign_out),
        Route::post("/accounts/{id}/sign-out", manage, sign_out),
        Route::get("/roles", grant, grant_list),
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
            let failed = Some(refusal(error)?);
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
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "PERM-4033",
            "不能修改自己的角色",
            "角色要由另一个人授予。",
            "请另一位安全管理员办理。",
        ));
    }
    let chosen: Vec<Role> = Role::ALL.into_iter().filter(|role| typed.contains_key(role.code())).collect();
    match console.accounts().grant(account.id, &chosen).await {
        Ok(()) => Ok(see("/roles")),
        Err(error) => {
            let failed = Some(refusal(error)?);
            roles(&console, &visitor, failed).await
        }
    }
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
    let accounts = console.accounts().list().await?;
    let row = |account: Account| Row {
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
        login: account.login,
        name: account.name,
    };
    Ok(accounts.into_iter().map(row).collect())
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
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "PERM-4032",
            "三员账号不能在这里重置或停用",
            "系统管理员若能重置另外两员的口令，三员就不再相互制约。",
            "请在本站点的机器上以 serve --console-reset 账号 启动一次，新链接写入数据目录的 console-set-up.txt。",
        ));
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
    }
}

/// What a person is told; what is the site's own fault is another matter.
pub(super) fn refusal(error: AccountError) -> Result<String, Problem> {
    match error {
        AccountError::BadPassword => Ok("口令应为 10 至 128 个字符，且不能与账号相同。".to_owned()),
        AccountError::Taken(login) => Ok(format!("账号“{login}”已经有了，请换一个。")),
        AccountError::BadLogin(login) => {
            Ok(format!("“{login}”不能作账号：请用 1 至 40 个字母、汉字、数字、点或横线。"))
        }
        AccountError::BadName => Ok("请填写姓名，最多 50 个字。".to_owned()),
        AccountError::Apart(..) => {
            Ok("三员不能互相兼任，也不能兼任业务角色；同一个账号请只选管理员中的一种，或只选业务角色。"
                .to_owned())
        }
        other => Err(other.into()),
    }
}
