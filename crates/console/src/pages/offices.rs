//! 下级账号: offices right below that have left security and audit to this site. The security administrator gives the
//! roles there, as for the own accounts; they go by mail.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use yanzhen_bureau::oversight::Office;
use yanzhen_proto::v1::{OfficeAccount, RoleGrant};
use yanzhen_sync::{RecordId, UnitId};

use crate::accounts::{Right, Role, check_roles};
use crate::audit::Noted;
use crate::console::Console;
use crate::page::{Shell, render};
use crate::pages::accounts::{branches_typed, refusal, word};
use crate::problem::Problem;
use crate::record_form::{Typed, refused, see};
use crate::routes::{Access, Route};
use crate::sheet::Sheet;
use crate::texts::Texts;
use crate::visitor::Visitor;

/// The field of the form that names the account.
const ACCOUNT: &str = "account";

pub(super) fn routes() -> Vec<Route> {
    let grant = Access::Needs(Right::GrantRoles);
    vec![
        Route::get("/offices", grant, list),
        Route::get("/offices/export", grant, export).audited(),
        Route::post("/offices/{id}", grant, give),
    ]
}

#[derive(Template)]
#[template(path = "accounts/offices.html")]
struct OfficesPage {
    shell: Shell,
    offices: Vec<OfficeView>,
    failed: Option<String>,
}

struct OfficeView {
    id: String,
    name: String,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    name: String,
    state: &'static str,
    is_closed: bool,
    /// Code, word, whether the account holds it or will.
    roles: Vec<(&'static str, &'static str, bool)>,
    /// The numbers of a branch secretary's branches.
    branches: String,
}

async fn list(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    Ok(render(&page(&console, &visitor, None).await?))
}

async fn page(console: &Console, visitor: &Visitor, failed: Option<String>) -> Result<OfficesPage, Problem> {
    let shell = Shell::of(console, visitor).await?;
    let mut offices = Vec::new();
    for office in console.bureau().offices().await? {
        let mut rows = Vec::new();
        for account in &office.accounts.accounts {
            rows.push(row(console, &office, account, shell.t).await?);
        }
        offices.push(OfficeView { id: office.unit.to_string(), name: office.name, rows });
    }
    Ok(OfficesPage { shell, offices, failed })
}

/// An account with the roles that it has, or that it was given and will have.
async fn row(console: &Console, office: &Office, account: &OfficeAccount, t: &Texts) -> Result<Row, Problem> {
    let id = RecordId::try_from(account.id.as_ref()).map_err(|_| Problem::not_found())?;
    let given = office.decided.get(&id).filter(|grant| grant.decided_ms > account.decided_ms);
    let (roles, branches) = match given {
        Some(grant) => (&grant.roles, &grant.branches),
        None => (&account.roles, &account.branches),
    };
    let mut numbers = Vec::new();
    for branch in branches.iter().filter_map(|id| RecordId::try_from(id.as_ref()).ok()) {
        let id = branch.to_string();
        numbers.push(console.bureau().show_org(None, &id).await.map_or(id, |org| org.org.number));
    }
    Ok(Row {
        id: id.to_string(),
        name: account.name.clone(),
        is_closed: account.is_closed,
        state: match (account.is_closed, given, account.decided_ms, account.is_refused) {
            (true, ..) => t.accounts.closed,
            (_, Some(_), ..) => t.offices.on_the_way,
            (.., true) => t.offices.refused,
            (.., 0, _) => t.accounts.in_use,
            _ => t.offices.carried_out,
        },
        roles: Role::ALL
            .map(|role| (role.code(), word(&t.accounts, role), roles.iter().any(|code| code == role.code())))
            .into(),
        branches: numbers.join(" "),
    })
}

async fn give(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Result<Response, Problem> {
    let t = visitor.language.texts();
    let unit: Result<UnitId, _> = id.parse();
    let account: Option<RecordId> = typed.get(ACCOUNT).and_then(|id| id.parse().ok());
    let (Ok(unit), Some(account)) = (unit, account) else { return Err(unknown()) };
    let offices = console.bureau().offices().await?;
    let is_left = |office: &Office| {
        office.unit == unit && office.accounts.accounts.iter().any(|one| one.id == account.to_bytes())
    };
    if !offices.iter().any(is_left) {
        return Err(unknown());
    }
    let roles: Vec<Role> = Role::ALL.into_iter().filter(|role| typed.contains_key(role.code())).collect();
    let branches = match branches_typed(&console, Some(unit), &typed).await? {
        Ok(branches) => branches,
        Err(number) => {
            let failed = t.accounts.unknown_branch.replace("{0}", &number);
            return Ok(refused(&page(&console, &visitor, Some(failed)).await?));
        }
    };
    if let Err(error) = check_roles(&roles) {
        let failed = refusal(&t.accounts, error)?;
        return Ok(refused(&page(&console, &visitor, Some(failed)).await?));
    }
    let is_secretary = roles.contains(&Role::BranchSecretary);
    let codes: Vec<String> = roles.iter().map(|role| role.code().to_owned()).collect();
    let noted =
        Noted { object: Some(format!("{unit}/{account}")), note: codes.join(" "), ..Noted::default() };
    let grant = RoleGrant {
        unit: unit.to_bytes(),
        account: account.to_bytes(),
        roles: codes,
        branches: branches.iter().filter(|_| is_secretary).map(RecordId::to_bytes).collect::<Vec<Bytes>>(),
        decided_ms: 0,
        by: visitor.account()?.name.clone(),
    };
    console.bureau().grant_roles(grant).await?;
    Ok(noted.on(see("/offices")))
}

/// What is not left to this site is not decided here.
fn unknown() -> Problem {
    Problem::told(StatusCode::NOT_FOUND, "PERM-4044", |t| [t.no_office, t.no_office_why, t.no_office_next])
}

async fn export(State(console): State<Console>, visitor: Visitor) -> Result<Response, Problem> {
    let page = page(&console, &visitor, None).await?;
    let t = page.shell.t;
    let mut rows = Vec::new();
    for office in page.offices {
        for row in office.rows {
            let roles = row.roles.iter().filter(|(_, _, is_held)| *is_held).map(|(_, word, _)| *word);
            let roles = roles.collect::<Vec<_>>().join("、");
            let texts = [office.name.clone(), row.name, row.state.to_owned(), roles, row.branches];
            rows.push(texts.map(Into::into).into());
        }
    }
    let w = &t.accounts;
    let columns = vec![t.offices.office, w.name, w.state, w.roles_title, w.branches];
    Sheet::new(t.offices.title, columns, rows).file(&console, t).await
}
