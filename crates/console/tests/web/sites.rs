//! The tree of sites, invitations, what was set aside, the doctor.

use axum::http::{StatusCode, header};
use yanzhen_console::accounts::Role;
use yanzhen_proto::v1::{
    InvitationView, ObjectProgress, QuarantineView, SiteState, SiteView, Trouble, TroubleKind,
};

use crate::office::Office;
use crate::quiet::TOKEN;

fn site(id: &str, code: &str, name: &str, depth: u32, state: SiteState) -> SiteView {
    SiteView {
        site: id.repeat(32),
        unit_code: code.into(),
        unit_name: name.into(),
        depth,
        state: state.into(),
        role: if depth == 1 { "node" } else { "terminal" }.into(),
        software: "yanzhen-terminal 0.1.0".into(),
        ..SiteView::default()
    }
}

/// A prefecture with two counties; one of them was not heard of since yesterday.
fn put_network(office: &Office) {
    let trouble = Trouble {
        what: "990102 is 320 frames behind".into(),
        kind: TroubleKind::SiteIncomplete.into(),
        values: [("site", "石渡县"), ("frames", "320"), ("cause", "line")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        ..Trouble::default()
    };
    let mut away = site("dd", "990102", "石渡县委老干部局", 2, SiteState::Offline);
    (away.trouble, away.parent, away.frames_behind) = (Some(trouble), "bb".repeat(32), 320);
    let mut node = site("bb", "990100", "青原州委老干部局", 1, SiteState::Good);
    node.parent = "aa".repeat(32);
    *office.platform.sites.lock().unwrap() = vec![
        site("aa", "990000", "云川市委老干部局", 0, SiteState::Good),
        node,
        site("cc", "990101", "古溪县委老干部局", 2, SiteState::Good),
        away,
    ];
}

#[tokio::test]
async fn the_tree_shows_what_is_in_trouble_and_why_and_folds_the_rest() {
    let office = Office::open().await;
    put_network(&office);
    let mut browser = office.with(Role::SystemAdmin).await;
    let page = browser.get("/sites").await.html;
    for shown in ["青原州委老干部局", "石渡县委老干部局", "离线", "有 320 条记录还没有上来", "其余 1"]
    {
        assert!(page.contains(shown), "{shown}");
    }
    assert!(!page.contains("古溪县委老干部局"), "it is healthy");
    assert!(page.contains("1 个站点未同步"), "the frame says so on every page");
    let open = browser.get("/sites?open=990100").await.html;
    assert!(open.contains("古溪县委老干部局"));
    let healthy = browser.get("/sites?state=good").await.html;
    assert!(healthy.contains("古溪县委老干部局") && !healthy.contains("石渡县委老干部局"));
    let found = browser.get("/sites?q=石渡").await.html;
    assert!(found.contains("石渡县委老干部局") && !found.contains("古溪县委老干部局"));
    assert!(browser.get("/sites?q=%3Cscript%3E").await.html.contains("没有符合条件的站点"));
}

#[tokio::test]
async fn a_sites_page_shows_the_way_to_it_the_reason_and_what_moves() {
    let office = Office::open().await;
    put_network(&office);
    *office.platform.objects.lock().unwrap() = vec![ObjectProgress {
        hash: "3f9a04c1".repeat(8),
        bytes_total: 4 << 20,
        bytes_left: 1 << 20,
        direction: "down".into(),
        peer: "dd".repeat(32),
        rate: 1 << 18,
    }];
    let mut browser = office.with(Role::SystemAdmin).await;
    let page = browser.get(&format!("/sites/{}", "dd".repeat(32))).await.html;
    for shown in ["青原州委老干部局", "SYNC-3112", "下一步", "约 4 秒", "还剩 1.0 MB", "75 %"]
    {
        assert!(page.contains(shown), "{shown}");
    }
    let unknown = browser.get(&format!("/sites/{}", "ee".repeat(32))).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    browser.get("/language/en").await;
    let english = browser.get("/sites").await.html;
    assert!(english.contains("990102 is 320 frames behind") && english.contains("Offline"));
}

#[tokio::test]
async fn an_invitation_is_shown_once_with_its_token_code_and_fingerprint() {
    let office = Office::open().await;
    let mut browser = office.with(Role::SecurityAdmin).await;
    let form = browser.get("/invitations").await.html;
    assert!(form.contains("990100 青原州委老干部局"), "units without a site can be chosen");
    let wanted = [("unit", "990100"), ("role", "node"), ("days", "2")];
    let made = browser.submit("/invitations", &wanted).await;
    assert_eq!(made.status, StatusCode::OK);
    assert_eq!(made.headers[header::CACHE_CONTROL], "no-store");
    for shown in [TOKEN, "4F7A", "257B", "<svg class=\"qr", "central.example:7443"] {
        assert!(made.html.contains(shown), "{shown}");
    }
    assert_eq!(*office.platform.seen.lock().unwrap(), ["invite 990100 node 172800"]);
    assert!(!browser.get("/invitations").await.html.contains(TOKEN));

    let file = browser.submit("/invitations/file", &[("token", TOKEN), ("unit", "青原州")]).await;
    assert!(file.headers[header::CONTENT_DISPOSITION].to_str().unwrap().starts_with("attachment"));
    assert!(file.html.contains(TOKEN));
}

#[tokio::test]
async fn a_refused_invitation_says_why_and_keeps_what_was_chosen() {
    let office = Office::open().await;
    let trouble = Trouble {
        kind: TroubleKind::InviteHasSite.into(),
        values: [("unit".to_owned(), "青原州委老干部局".to_owned())].into(),
        ..Trouble::default()
    };
    *office.platform.refuses.lock().unwrap() = Some(trouble);
    let mut browser = office.with(Role::SecurityAdmin).await;
    let page = browser.submit("/invitations", &[("unit", "990100"), ("role", "node"), ("days", "30")]).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.html.contains("已经有站点") && page.html.contains("JOIN-2102"), "{}", page.html);
    assert!(page.html.contains("<option value=\"30\" selected>"));
    let none = browser.submit("/invitations", &[("role", "node")]).await;
    assert!(none.html.contains("请选择单位"));
}

#[tokio::test]
async fn a_withdrawal_asks_once_and_names_the_consequence() {
    let office = Office::open().await;
    let open = |id: &str, state: &str| InvitationView {
        id: id.into(),
        state: state.into(),
        unit_name: "青原州委老干部局".into(),
        ..InvitationView::default()
    };
    *office.platform.invitations.lock().unwrap() = vec![open("aa01", "open"), open("aa02", "used")];
    let mut browser = office.with(Role::SecurityAdmin).await;
    let list = browser.get("/invitations").await.html;
    assert!(list.contains("/invitations/aa01/withdraw") && !list.contains("/invitations/aa02/withdraw"));
    let question = browser.get("/invitations/aa01/withdraw").await;
    assert!(question.html.contains("不能再接入"), "{}", question.html);
    assert!(office.platform.seen.lock().unwrap().is_empty(), "a question changes nothing");
    assert_eq!(browser.get("/invitations/aa02/withdraw").await.status, StatusCode::NOT_FOUND);
    let done = browser.submit("/invitations/aa01/withdraw", &[]).await;
    assert_eq!(done.location(), "/invitations");
    assert_eq!(*office.platform.seen.lock().unwrap(), ["withdraw aa01"]);
}

#[tokio::test]
async fn what_was_set_aside_is_tried_again_all_or_as_chosen() {
    let office = Office::open().await;
    let entry = QuarantineView { id: "7".into(), reason: "unknown kind".into(), ..QuarantineView::default() };
    *office.platform.quarantine.lock().unwrap() = vec![entry];
    let mut browser = office.with(Role::SystemAdmin).await;
    assert!(browser.get("/quarantine").await.html.contains("unknown kind"));
    let chosen = browser.submit("/quarantine/retry", &[("id", "7"), ("id", "8")]).await;
    let told = browser.get(chosen.location()).await.html;
    assert!(told.contains("3 条已重试，收进 2"), "{told}");
    browser.submit("/quarantine/retry", &[]).await;
    assert_eq!(*office.platform.seen.lock().unwrap(), ["retry 7,8", "retry "]);
}

#[tokio::test]
async fn the_doctors_page_begins_with_the_worst_and_says_what_to_do() {
    let office = Office::open().await;
    let page = office.with(Role::Reader).await.get("/doctor").await.html;
    for shown in ["NET-4101", "没有应答", "1 正常、0 注意、1 异常", "校验通过"] {
        assert!(page.contains(shown), "{shown}");
    }
    assert!(!page.contains("下载诊断包"), "a reader doesn't look after the machine");
    let mut admin = office.with(Role::SystemAdmin).await;
    assert!(admin.get("/doctor").await.html.contains("下载诊断包"));
    let bundle = admin.submit("/doctor/bundle", &[]).await;
    assert_eq!(bundle.headers[header::CONTENT_TYPE], "application/zip");
    assert_eq!((bundle.html.as_str(), office.platform.seen.lock().unwrap().len()), ("PK", 1));
}
