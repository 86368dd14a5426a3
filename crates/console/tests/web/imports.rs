//! Workbooks in: template, check, import, refused rows.

use axum::http::StatusCode;
use yanzhen_bureau::Filter;
use yanzhen_bureau::workbook::Table;
use yanzhen_console::accounts::Role;

use crate::office::{Office, Page};
use crate::receipts::first_words;
use crate::upload::{form, post, send, settled};

fn workbook(rows: &[&[&str]]) -> Vec<u8> {
    let header: Vec<String> = rows[0].iter().map(|cell| (*cell).to_owned()).collect();
    let mut table = Table::new("名册", &[], &header).unwrap();
    for row in &rows[1..] {
        table.push(row.iter().map(|cell| (*cell).into())).unwrap();
    }
    table.finish().unwrap()
}

async fn people(office: &Office) -> u64 {
    office.bureau.list_people(&Filter::default()).await.unwrap().total
}

/// The numbers beside 新增, 更新, 不变 and 退回.
fn counts(page: &Page) -> Vec<&str> {
    let list = page.html.split_once("<dl").unwrap().1.split_once("</dl>").unwrap().0;
    list.split("</dd>")
        .filter_map(|item| item.rsplit_once('>').map(|(_, number)| number.trim()))
        .take(4)
        .collect()
}

const ROSTER: &[&[&str]] = &[
    &["编号", "姓名", "离退休类别", "出生日期"],
    &["1001", "赵明德", "退休", "17000"],
    &["1002", "孙桂芝", "退休", "1943年5月"],
    &["1003", "王", "在职", "1943"],
];

#[tokio::test]
async fn a_workbook_is_looked_through_then_imported_and_again_changes_nothing() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let sent = send(&mut clerk, "/people/import/files", &workbook(ROSTER)).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.html);
    let path = sent.location().to_owned();
    let checked = settled(&mut clerk, &path).await;
    assert_eq!(counts(&checked), ["2", "0", "0", "1"]);
    assert!(checked.html.contains("赵明德") && checked.html.contains("离退休类别“在职”"), "{}", checked.html);
    assert_eq!(people(&office).await, 0, "it is only looked at");

    assert_eq!(first_words(&office, &clerk, &format!("{path}/live")).await.1, "event: over\ndata: {}\n\n");

    assert_eq!(clerk.submit(&format!("{path}/start"), &[]).await.location(), path);
    let done = settled(&mut clerk, &path).await;
    assert_eq!(counts(&done), ["2", "0", "0", "1"]);
    assert_eq!(people(&office).await, 2);
    assert!(clerk.get("/").await.html.contains("1 行导入时被退回"), "who sent the file is to mend it");
    let mut other = office.another(Role::Clerk, "other").await;
    assert!(!other.get("/").await.html.contains("行导入时被退回"), "and nobody else can");
    assert_eq!(office.bureau.show_person(None, "1001").await.unwrap().person.birth, "1946-07-17");

    let again = send(&mut clerk, "/people/import/files", &workbook(ROSTER)).await.location().to_owned();
    let again = settled(&mut clerk, &again).await;
    assert_eq!(counts(&again), ["0", "0", "2", "1"]);
    assert!(!again.html.contains("/start"), "there is nothing to import");
}

#[tokio::test]
async fn refused_rows_come_back_as_a_workbook_and_go_in_when_they_are_mended() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let path = send(&mut clerk, "/people/import/files", &workbook(ROSTER)).await.location().to_owned();
    settled(&mut clerk, &path).await;
    let refused = clerk.download(&format!("{path}/refused")).await;
    let sent = send(&mut clerk, "/people/import/files", &refused).await.location().to_owned();
    let page = settled(&mut clerk, &sent).await;
    assert_eq!(counts(&page), ["0", "0", "0", "1"]);
    assert!(page.html.contains("原因"), "the file says why: {}", page.html);
}

#[tokio::test]
async fn organisations_come_from_a_workbook_too_and_the_template_is_one() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    for path in ["/people", "/orgs"] {
        let template = clerk.download(&format!("{path}/template")).await;
        let sent = send(&mut clerk, &format!("{path}/import/files"), &template).await.location().to_owned();
        assert_eq!(counts(&settled(&mut clerk, &sent).await), ["0", "0", "0", "0"], "{path}");
    }
    let rows: &[&[&str]] = &[&["编号", "全称", "类型", "设置方式"], &["Z1", "第一党支部", "党支部", "单独"]];
    let path = send(&mut clerk, "/orgs/import/files", &workbook(rows)).await.location().to_owned();
    settled(&mut clerk, &path).await;
    clerk.submit(&format!("{path}/start"), &[]).await;
    settled(&mut clerk, &path).await;
    assert!(clerk.get("/orgs").await.html.contains("第一党支部"));
}

#[tokio::test]
async fn what_is_no_workbook_says_so_and_nothing_at_all_is_asked_for_again() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let path =
        send(&mut clerk, "/people/import/files", b"PK\x03\x04 no workbook").await.location().to_owned();
    assert!(settled(&mut clerk, &path).await.html.contains("这个工作簿读不出来"));
    let empty = send(&mut clerk, "/people/import/files", b"").await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.html.contains("请选择一个有内容的文件"));
}

#[tokio::test]
async fn a_file_without_the_forms_proof_is_not_taken() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let file = workbook(ROSTER);
    let csrf = clerk.csrf().await;
    for body in [form("", &file), form("wrong", &file), form(&csrf[1..], &file), b"--".to_vec(), Vec::new()] {
        assert_eq!(post(&mut clerk, "/people/import/files", body).await.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn what_is_given_out_has_what_the_page_shows_and_comes_in_again_unchanged() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let odd = [("number", "=1+1"), ("name", "@赵明德"), ("retirement", "离休"), ("birth", "1929-03")];
    assert_eq!(clerk.submit("/people/new", &odd).await.status, StatusCode::SEE_OTHER);
    let sun = [("number", "1002"), ("name", "孙桂芝"), ("retirement", "退休"), ("state", "正式党员")];
    assert_eq!(clerk.submit("/people/new", &sun).await.status, StatusCode::SEE_OTHER);
    let org = [("number", "Z1"), ("name", "第一党支部"), ("type", "党支部"), ("setup", "单独")];
    assert_eq!(clerk.submit("/orgs/new", &org).await.status, StatusCode::SEE_OTHER);
    for (list, query, rows) in
        [("people", "", "2"), ("people", "?kind=1", "1"), ("people", "?q=孙桂", "1"), ("orgs", "", "1")]
    {
        let query = query.replace("孙桂", "%E5%AD%99%E6%A1%82");
        let file = clerk.download(&format!("/{list}/export{query}")).await;
        let sent = send(&mut clerk, &format!("/{list}/import/files"), &file).await.location().to_owned();
        let page = settled(&mut clerk, &sent).await;
        assert_eq!(counts(&page), ["0", "0", rows, "0"], "{list} {query}: {}", page.html);
    }
    let mut reader = office.with(Role::Reader).await;
    assert!(reader.get("/people").await.html.contains("/people/export"));
    assert_eq!(reader.get("/people/import").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_import_is_its_senders_alone() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let path = send(&mut clerk, "/people/import/files", &workbook(ROSTER)).await.location().to_owned();
    settled(&mut clerk, &path).await;
    let mut other = office.another(Role::Clerk, "clerk2").await;
    assert_eq!(other.get(&path).await.status, StatusCode::NOT_FOUND);
    assert!(clerk.get("/people/import").await.html.contains(&path), "there is a way back to it");
    assert!(!clerk.get("/orgs/import").await.html.contains(&path));
    assert!(!other.get("/people/import").await.html.contains(&path));
    other.submit(&format!("{path}/start"), &[]).await;
    assert_eq!(other.get(&format!("{path}/refused")).await.status, StatusCode::NOT_FOUND);
    settled(&mut clerk, &path).await;
    assert_eq!(people(&office).await, 0);
}

#[tokio::test]
async fn an_import_can_be_stopped_and_goes_on() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let rows: Vec<[String; 3]> =
        (0..4_000).map(|number| [format!("P{number}"), "王秀英".into(), "退休".into()]).collect();
    let mut all: Vec<Vec<&str>> = vec![vec!["编号", "姓名", "离退休类别"]];
    all.extend(rows.iter().map(|row| row.iter().map(String::as_str).collect::<Vec<_>>()));
    let all: Vec<&[&str]> = all.iter().map(Vec::as_slice).collect();
    let path = send(&mut clerk, "/people/import/files", &workbook(&all)).await.location().to_owned();
    settled(&mut clerk, &path).await;
    clerk.submit(&format!("{path}/start"), &[]).await;
    clerk.submit(&format!("{path}/stop"), &[]).await;
    let stopped = settled(&mut clerk, &path).await;
    assert!(stopped.html.contains("接着导入") || stopped.html.contains("导入完毕"), "{}", stopped.html);
    clerk.submit(&format!("{path}/start"), &[]).await;
    let done = settled(&mut clerk, &path).await;
    assert!(done.html.contains("导入完毕"), "{}", done.html);
    assert_eq!(people(&office).await, 4_000);
}
