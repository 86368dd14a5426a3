//! Documents drafted, checked, signed and issued by the pages.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use yanzhen_bureau::documents::NewDocument;
use yanzhen_console::accounts::Role;
use yanzhen_console::audit::{Outcome, Search};
use yanzhen_proto::v1::DocumentRules;

use crate::office::{Browser, Office, Page};

async fn with_mark(office: &Office) {
    let rules = DocumentRules { mark: "云老干".into(), remind_days: Vec::new() };
    office.bureau.set_document_rules(rules).await.unwrap();
}

const NOTICE: [(&str, &str); 6] = [
    ("title", "关于冬季走访的通知"),
    ("body", "第一段\n\n# 一、对象\n第二段"),
    ("kind", "8"),
    ("tree", "990100"),
    ("to", "990100"),
    ("deadline", "2026年12月31日"),
];

/// A draft that its author has sent to be checked; its path.
async fn submitted(author: &mut Browser<'_>) -> String {
    let fields: Vec<(&str, &str)> = NOTICE.iter().copied().chain([("do", "submit")]).collect();
    let kept = author.submit("/documents/new", &fields).await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.html);
    kept.location().to_owned()
}

async fn step(browser: &mut Browser<'_>, path: &str, act: &str, note: &str) -> StatusCode {
    let shown = browser.get(path).await.html;
    step_from(&shown, browser, path, act, note).await.status
}

/// A step as the page that was shown sends it.
async fn step_from(shown: &str, browser: &mut Browser<'_>, path: &str, act: &str, note: &str) -> Page {
    let revision = shown.split_once("name=\"revision\" value=\"").map_or("0", |(_, rest)| rest);
    let revision = revision.split('"').next().unwrap();
    let fields = [("act", act), ("note", note), ("revision", revision)];
    browser.submit(&format!("{path}/step"), &fields).await
}

#[tokio::test]
async fn nobody_checks_or_signs_what_was_changed_after_they_read_it() {
    let office = Office::open().await;
    let mut author = office.with(Role::Clerk).await;
    let mut leader = office.with(Role::Leader).await;
    let draft = submitted(&mut author).await;
    let read = leader.get(&draft).await.html;
    assert_eq!(step(&mut author, &draft, "take-back", "").await, StatusCode::SEE_OTHER);
    let fields: Vec<(&str, &str)> = NOTICE.iter().copied().chain([("do", "submit")]).collect();
    assert_eq!(author.submit(&draft, &fields).await.status, StatusCode::SEE_OTHER);
    for act in ["check", "sign"] {
        let late = step_from(&read, &mut leader, &draft, act, "").await;
        assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY, "{act}");
    }
    for act in ["check", "sign"] {
        assert_eq!(step(&mut leader, &draft, act, "").await, StatusCode::SEE_OTHER, "{act}");
    }
}

#[tokio::test]
async fn a_document_goes_from_draft_to_issue_by_three_people_and_is_numbered() {
    let office = Office::open().await;
    with_mark(&office).await;
    let mut author = office.with(Role::Clerk).await;
    let mut checker = office.another(Role::Clerk, "checker").await;
    let mut leader = office.with(Role::Leader).await;
    let draft = submitted(&mut author).await;
    assert_eq!(
        step(&mut author, &draft, "check", "").await,
        StatusCode::UNPROCESSABLE_ENTITY,
        "not one's own"
    );
    assert_eq!(step(&mut checker, &draft, "check", "").await, StatusCode::SEE_OTHER);
    assert_eq!(step(&mut checker, &draft, "sign", "").await, StatusCode::UNPROCESSABLE_ENTITY, "no leader");
    assert!(leader.get("/documents/drafts").await.html.contains("待您办理"));
    let page = leader.get(&draft).await.html;
    assert!(page.contains("gw-title") && page.contains("<h3 class=\"gw-h1\">一、对象</h3>"));
    assert_eq!(step(&mut leader, &draft, "sign", "").await, StatusCode::SEE_OTHER);
    let confirm = author.get(&format!("{draft}/issue")).await.html;
    assert!(confirm.contains("青原州委老干部局") && confirm.contains("云老干〔2026〕1号"));
    let issued = author.submit(&format!("{draft}/issue"), &[]).await;
    assert_eq!(issued.status, StatusCode::SEE_OTHER, "{}", issued.html);
    let page = author.get(issued.location()).await.html;
    for expected in ["云老干〔2026〕1号", "青原州委老干部局", "待发", "2026年12月31日"] {
        assert!(page.contains(expected), "{expected}");
    }
    assert!(!page.contains("未经系统内核稿"));
    let text = author.get(&format!("{}/text", issued.location())).await.html;
    assert!(text.contains("云川市委老干部局文件") && text.contains("<p>第二段</p>"));
    let again = author.submit(&format!("{draft}/issue"), &[]).await;
    assert_eq!(again.location(), issued.location(), "it is issued once");
    assert!(author.get("/documents/archive?q=冬季").await.html.contains("关于冬季走访的通知"));
    assert!(!author.get("/documents/archive?q=夏季").await.html.contains("关于冬季走访的通知"));
}

#[tokio::test]
async fn a_returned_draft_says_why_and_a_change_needs_approval_anew() {
    let office = Office::open().await;
    with_mark(&office).await;
    let mut author = office.with(Role::Clerk).await;
    let mut leader = office.with(Role::Leader).await;
    let draft = submitted(&mut author).await;
    assert_eq!(step(&mut leader, &draft, "return", "").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(step(&mut leader, &draft, "return", "期限太紧").await, StatusCode::SEE_OTHER);
    assert!(author.get(&draft).await.html.contains("期限太紧"));
    let fields: Vec<(&str, &str)> = NOTICE.iter().copied().chain([("do", "submit")]).collect();
    assert_eq!(author.submit(&draft, &fields).await.status, StatusCode::SEE_OTHER);
    for act in ["check", "sign"] {
        assert_eq!(step(&mut leader, &draft, act, "").await, StatusCode::SEE_OTHER, "{act}");
    }
    assert_eq!(step(&mut author, &draft, "take-back", "").await, StatusCode::SEE_OTHER);
    assert_eq!(author.submit(&format!("{draft}/issue"), &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let other = leader.submit(&draft, &NOTICE).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY, "only its author changes it");
}

#[tokio::test]
async fn a_draft_that_can_not_go_keeps_what_was_typed() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let unfinished = [("title", "通知一"), ("body", "正文")];
    let kept = clerk.submit("/documents/new", &unfinished).await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER, "an unfinished draft is kept");
    let draft = kept.location().to_owned();
    let to_nobody: Vec<(&str, &str)> = unfinished.iter().copied().chain([("do", "submit")]).collect();
    let refused = clerk.submit(&draft, &to_nobody).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.html.contains("value=\"通知一\"") && refused.html.contains(">正文</textarea>"));
    let secret = [("title", "机密★ 通知"), ("body", "正文"), ("to", "990100")];
    let marked = clerk.submit(&draft, &secret).await;
    assert_eq!(marked.status, StatusCode::UNPROCESSABLE_ENTITY, "a secrecy marking is refused");
    assert!(marked.html.contains("value=\"990100\" aria-label=\"主送 青原州委老干部局\" checked"));
    assert!(!clerk.get("/documents/drafts").await.html.contains("机密★"), "and not kept");
}

async fn draft_with_title(clerk: &mut Browser<'_>) -> String {
    clerk.submit("/documents/new", &[("title", "通知一")]).await.location().to_owned()
}

async fn send(
    clerk: &mut Browser<'_>,
    path: &str,
    kind: &str,
    csrf: Option<&str>,
    body: String,
) -> crate::office::Page {
    let mut request = Request::post(path).header(header::CONTENT_TYPE, kind);
    if let Some(csrf) = csrf {
        request = request.header("x-csrf", csrf);
    }
    clerk.ask(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn files_come_by_a_form_without_script_and_a_marked_name_is_refused() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let draft = draft_with_title(&mut clerk).await;
    let csrf = clerk.csrf().await;
    let form = |csrf: &str, name: &str| {
        format!(
            "--b\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{csrf}\r\n--b\r\nContent-Disposition: \
             form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/plain\r\n\r\n内容\r\n--b--\r\n"
        )
    };
    let (path, kind) = (format!("{draft}/files"), "multipart/form-data; boundary=b");
    let sent = send(&mut clerk, &path, kind, None, form(&csrf, "附件1.txt")).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.html);
    assert!(clerk.get(&draft).await.html.contains("附件1.txt"));
    let forged = send(&mut clerk, &path, kind, None, form("x", "附件2.txt")).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    let marked = send(&mut clerk, &path, kind, None, form(&csrf, "机密★名单.txt")).await;
    assert_eq!(marked.status, StatusCode::BAD_REQUEST);
    let page = clerk.get(&draft).await.html;
    assert!(!page.contains("附件2.txt") && !page.contains("名单.txt"));
    clerk.submit(&format!("{path}/remove"), &[("name", "附件1.txt")]).await;
    assert!(!clerk.get(&draft).await.html.contains("附件1.txt"));
}

#[tokio::test]
async fn an_upload_goes_on_where_it_stopped() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let draft = draft_with_title(&mut clerk).await;
    let csrf = clerk.csrf().await;
    let path = |offset: u64| format!("{draft}/files?name=a.txt&size=10&modified=1&offset={offset}");
    let kind = "application/octet-stream";
    let first = send(&mut clerk, &path(0), kind, Some(&csrf), "01234".into()).await;
    assert_eq!((first.status, first.html.as_str()), (StatusCode::OK, "5"));
    assert_eq!(clerk.get(&path(0)).await.html, "5", "as much is here");
    let again = send(&mut clerk, &path(0), kind, Some(&csrf), "01234".into()).await;
    assert_eq!((again.status, again.html.as_str()), (StatusCode::CONFLICT, "5"));
    assert_eq!(
        send(&mut clerk, &path(5), kind, Some("x"), "56789".into()).await.status,
        StatusCode::FORBIDDEN
    );
    let last = send(&mut clerk, &path(5), kind, Some(&csrf), "56789".into()).await;
    assert_eq!(last.status, StatusCode::CREATED);
    assert!(clerk.get(&draft).await.html.contains("a.txt"));
    let log = office.console.audit().find(&Search { limit: 100, ..Search::default() }).await.unwrap();
    let sent = log.entries.iter().filter(|entry| entry.event.action.ends_with("/files"));
    let sent: Vec<(Outcome, &str)> =
        sent.map(|entry| (entry.event.outcome, entry.event.note.as_str())).collect();
    let expected = [(Outcome::Done, "10 B"), (Outcome::Forbidden, "")];
    assert_eq!(sent, expected, "one entry for the file, not for each piece");
    let mut other = office.another(Role::Clerk, "other").await;
    let csrf = other.csrf().await;
    let foreign = send(&mut other, &path(0), kind, Some(&csrf), "x".into()).await;
    assert_eq!(foreign.status, StatusCode::BAD_REQUEST, "only its author adds files");
}

#[tokio::test]
async fn a_recall_is_a_leaders_and_says_what_it_means_first() {
    let office = Office::open().await;
    let new = NewDocument {
        title: "通知一".into(),
        body: "正文".into(),
        to: vec!["990100".into()],
        ..NewDocument::default()
    };
    let id = office.bureau.publish(new).await.unwrap().id;
    let (mut clerk, mut leader) = (office.with(Role::Clerk).await, office.with(Role::Leader).await);
    let path = format!("/documents/{id}");
    let page = clerk.get(&path).await.html;
    assert!(page.contains("未经系统内核稿、签发流程") && !page.contains("/recall"));
    let recall = format!("{path}/recall");
    assert_eq!(clerk.submit(&recall, &[("reason", "错")]).await.status, StatusCode::FORBIDDEN);
    assert!(leader.get(&recall).await.html.contains("转发件也一并撤回"));
    assert_eq!(leader.submit(&recall, &[("reason", " ")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(leader.submit(&recall, &[("reason", "内容有误")]).await.status, StatusCode::SEE_OTHER);
    let page = clerk.get(&path).await.html;
    assert!(page.contains("已撤回") && page.contains("内容有误"));
}

#[tokio::test]
async fn the_mark_and_the_days_of_reminders_are_set_and_wrong_ones_kept_to_be_mended() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let path = "/documents/settings";
    let wrong = clerk.submit(path, &[("mark", "云 1"), ("before", "3，1"), ("after", "1")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.html.contains("value=\"云 1\"") && wrong.html.contains("value=\"3，1\""));
    let days = clerk.submit(path, &[("mark", "云老干"), ("before", "三")]).await;
    assert_eq!(days.status, StatusCode::UNPROCESSABLE_ENTITY);
    let right = [("mark", "云老干"), ("before", "3，1"), ("after", "1")];
    assert_eq!(clerk.submit(path, &right).await.status, StatusCode::SEE_OTHER);
    let page = clerk.get(path).await.html;
    assert!(page.contains("云老干〔2026〕1号") && page.contains("value=\"3，1\""));
}

#[tokio::test]
async fn documents_are_found_in_the_search_by_who_may_read_them() {
    let office = Office::open().await;
    let new = NewDocument {
        title: "关于冬季走访的通知".into(),
        body: "正文".into(),
        to: vec!["990100".into()],
        ..NewDocument::default()
    };
    let id = office.bureau.publish(new).await.unwrap().id;
    let page = office.with(Role::Clerk).await.get("/search?q=冬季").await.html;
    assert!(page.contains(&format!("/documents/{id}")) && page.contains("/documents/archive?q="));
    assert!(!office.with(Role::Reader).await.get("/search?q=夏季").await.html.contains("冬季走访"));
}
