//! Security and audit left to the site above: the page of the one who decides, and the office that has left it.

use axum::http::StatusCode;
use yanzhen_console::accounts::{NewAccount, Role};
use yanzhen_sync::RecordId;

use crate::below::{ACCOUNT, put_below};
use crate::office::Office;

#[tokio::test]
async fn roles_of_an_office_below_are_given_here_and_wait_to_be_carried_out() {
    let office = Office::open().await;
    let mut security = office.with(Role::SecurityAdmin).await;
    assert!(security.get("/offices").await.html.contains("没有下级单位把安全和审计交给本站点"));
    let path = format!("/offices/{}", put_below(&office).await);
    let account = RecordId::new(ACCOUNT).to_string();
    let page = security.get("/offices").await.html;
    assert!(page.contains("青原州委老干部局") && page.contains("罗雨桐"), "{page}");

    let apart = [("account", account.as_str()), ("clerk", "1"), ("audit", "1")];
    let refused = security.submit(&path, &apart).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.html.contains("三员不能互相兼任"));
    let unknown = security.submit(&path, &[("account", &"00".repeat(16)), ("clerk", "1")]).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(security.submit("/offices/x", &[("account", &account)]).await.status, StatusCode::NOT_FOUND);

    let given = security.submit(&path, &[("account", &account), ("clerk", "1")]).await;
    assert_eq!(given.location(), "/offices", "{}", given.html);
    let page = security.get("/offices").await.html;
    assert!(
        page.contains("等待对方站点执行") && page.contains("name=\"clerk\" value=\"1\" checked"),
        "{page}"
    );
    let mut audit = office.with(Role::AuditAdmin).await;
    assert!(audit.get("/audit").await.html.contains("下级账号 · 授予"));
    let events = audit.get("/audit/offices").await.html;
    assert!(events.contains("青原州委老干部局") && events.contains("老同志名册 · 新增"), "{events}");
}

#[tokio::test]
async fn central_has_nobody_above_to_leave_anything_to() {
    let office = Office::open().await;
    let mut security = office.with(Role::SecurityAdmin).await;
    assert!(!security.get("/policy").await.html.contains("/policy/leave"));
    assert_eq!(security.get("/policy/leave").await.status, StatusCode::NOT_FOUND);
    assert_eq!(security.submit("/policy/leave", &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_office_that_leaves_it_has_nobody_who_gives_roles_or_reads_the_log() {
    let office = Office::open().await;
    let accounts = office.console.accounts();
    let (luo, _) =
        accounts.open_account(NewAccount { login: "luo".into(), name: "罗雨桐".into() }).await.unwrap();
    let (mut security, mut audit) =
        (office.with(Role::SecurityAdmin).await, office.with(Role::AuditAdmin).await);
    accounts.leave_above().await.unwrap();
    assert!(accounts.is_left_above().await.unwrap());
    let give = security.submit(&format!("/roles/{luo}"), &[("clerk", "1")]).await;
    assert_eq!(give.status, StatusCode::FORBIDDEN);
    assert_eq!(audit.get("/audit").await.status, StatusCode::FORBIDDEN);
    let held = accounts.list().await.unwrap().into_iter().flat_map(|account| account.roles);
    assert_eq!(held.collect::<Vec<_>>(), [Role::SystemAdmin]);
}
