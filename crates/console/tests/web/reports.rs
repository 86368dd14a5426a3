//! Tables of figures, charts, and the pages that begin a day.

use axum::body::Bytes;
use axum::http::StatusCode;

use yanzhen_bureau::documents::NewDocument;
use yanzhen_bureau::importing::{ImportKind, ImportRequest};
use yanzhen_console::accounts::{NewAccount, Role};

use crate::office::Office;

const PEOPLE: &str = "编号,姓名,类别,出生日期,离退休时间,状态,状态日期\n\
    1,赵明德,离休,1930-03-05,1988-12,,\n\
    2,钱桂英,退休,1955,2015,,\n\
    3,孙建国,退休,1950,2010,去世,2025-12-20\n\
    4,李秀英,退休,1966-02,2026-02,,\n";

async fn with_people() -> Office {
    let office = Office::open().await;
    let file = Bytes::from_static(PEOPLE.as_bytes());
    let request = ImportRequest { kind: ImportKind::People, unit_code: String::new(), file };
    let imported = office.bureau.import(request, |_| ()).await.unwrap();
    assert_eq!(imported.refusals, []);
    office
}

/// The cells of the table's last row, which sums it up.
fn sums(html: &str) -> Vec<String> {
    let foot = html.split_once("<tfoot>").unwrap().1.split_once("</tfoot>").unwrap().0;
    let cells = foot.split("<td").skip(1).map(|cell| cell.split_once('>').unwrap().1);
    cells.map(|cell| cell.split_once('<').unwrap().0.trim().to_owned()).collect()
}

#[tokio::test]
async fn the_table_counts_as_of_any_day_and_compares_with_a_year_before() {
    let office = with_people().await;
    let mut reader = office.with(Role::Reader).await;
    let now = reader.get("/reports").await;
    assert_eq!(sums(&now.html)[..10], ["3", "1", "0", "2", "0", "0", "0", "0", "3", "0"], "{}", now.html);
    assert!(now.html.contains("1 / 1"), "the own site is complete");
    let year_end = reader.get("/reports?on=2025%E5%B9%B412%E6%9C%8831%E6%97%A5").await;
    assert_eq!(sums(&year_end.html)[..10], ["2", "1", "0", "1", "0", "0", "0", "0", "3", "−1"]);
    assert!(year_end.html.contains("该日之后登记或修改过的"), "they were entered later");
    assert!(!now.html.contains("该日之后登记或修改过的"));
    let wrong = reader.get("/reports?on=2025-02-29").await;
    assert!(wrong.html.contains("aria-invalid=\"true\"") && wrong.html.contains("value=\"2025-02-29\""));
    assert_eq!(reader.get("/reports?unit=nowhere").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_came_and_went_in_a_period_is_balanced() {
    let office = with_people().await;
    let mut reader = office.with(Role::Reader).await;
    let year = reader.get("/reports/changes?from=2025-12-01&to=2026-11-22").await;
    assert_eq!(sums(&year.html), ["3", "1", "1", "0", "0", "1", "1", "0", "0", "3"]);
    let reversed = reader.get("/reports/changes?from=2026-11-22&to=2025-12-01").await;
    assert_eq!(reversed.status, StatusCode::OK);
    assert!(reversed.html.contains("id=\"to-error\"") && !reversed.html.contains("<tfoot>"));
}

#[tokio::test]
async fn charts_stand_beside_their_figures() {
    let office = with_people().await;
    let mut reader = office.with(Role::Reader).await;
    let page = reader.get("/reports/charts?on=2025-12-31").await;
    assert_eq!(page.html.matches("role=\"img\"").count(), 3);
    for words in ["90 岁及以上", "70—74 岁", "2020-12-31", "数据见下表"] {
        assert!(page.html.contains(words), "{words}");
    }
    assert!(!page.html.contains("style="));
}

#[tokio::test]
async fn the_head_of_bureau_sees_everything_on_one_page() {
    let office = with_people().await;
    let orgs =
        Bytes::from_static("编号,全称,类型,设置方式,届满时间\nZ1,一支部,党支部,单独,2026-06-30\n".as_bytes());
    let request = ImportRequest { kind: ImportKind::Orgs, unit_code: String::new(), file: orgs };
    office.bureau.import(request, |_| ()).await.unwrap();
    let mut leader = office.with(Role::Leader).await;
    let page = leader.get("/overview").await;
    for words in ["需要帮助的地方", "1 个党组织届满未换届", "期初", "1 / 1"] {
        assert!(page.html.contains(words), "{words}: {}", page.html);
    }
    let mut administrator = office.with(Role::SystemAdmin).await;
    assert_eq!(administrator.get("/overview").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn everybody_begins_with_what_they_are_to_do_and_with_nothing_else() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let document = NewDocument {
        title: "关于冬季走访的通知".into(),
        body: "正文".into(),
        to: vec!["990100".into()],
        deadline: "2026-11-24".into(),
        issued_by: "周建业".into(),
        ..NewDocument::default()
    };
    office.bureau.publish(document).await.unwrap();
    let home = clerk.get("/").await;
    assert!(home.html.contains("关于冬季走访的通知") && home.html.contains("11月24日"));

    let new = NewAccount { login: "wang".into(), name: "王小明".into() };
    office.console.accounts().open_account(new).await.unwrap();
    let mut system = office.with(Role::SystemAdmin).await;
    let home = system.get("/").await;
    assert!(home.html.contains("王小明") && !home.html.contains("关于冬季走访的通知"));
    let mut stranger = office.stranger();
    for _ in 0..5 {
        stranger.post("/sign-in", &[("login", "clerk"), ("password", "wrong")]).await;
    }
    let home = system.get("/").await;
    assert!(home.html.contains("多次登录失败，已锁定至"), "{}", home.html);
    let mut audit = office.with(Role::AuditAdmin).await;
    let home = audit.get("/").await;
    assert!(home.html.contains("眼下没有待办事项") && !home.html.contains("王小明"));
}
