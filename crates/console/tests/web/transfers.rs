//! People who change their unit.

use axum::http::StatusCode;
use prost::Message;
use yanzhen_bureau::kinds::transfer;
use yanzhen_console::accounts::Role;
use yanzhen_proto::v1::Transfer;
use yanzhen_store::{Edit, Expected, Target, Write};
use yanzhen_sync::RecordId;

use crate::office::{Browser, Office};

/// A person of the city bureau; the path of the page.
pub(crate) async fn person(clerk: &mut Browser<'_>, number: &str) -> String {
    let person = [("number", number), ("name", "赵明德"), ("retirement", "退休")];
    clerk.submit("/people/new", &person).await.location().to_owned()
}

/// A release of the person as another site would have written it; the path of its page.
pub(crate) async fn released(office: &Office, person: &str) -> String {
    let person: RecordId = person.trim_start_matches("/people/").parse().unwrap();
    let (from, to) =
        (office.bureau.unit_of_code("990000").unwrap(), office.bureau.unit_of_code("990100").unwrap());
    let body = Transfer {
        person: person.to_bytes(),
        to: to.to_bytes(),
        letter: "云组转〔2026〕3号".into(),
        issued: "2026-11-20".into(),
        valid_until: "2026-11-30".into(),
        released_ms: 1,
        number: "1001".into(),
        name: "赵明德".into(),
        ..Transfer::default()
    };
    let id = RecordId::new([9; 16]);
    let edit = Edit::upsert(transfer::KIND, id, from, body.encode_to_vec(), Expected::New);
    office.bureau.store().write(Write { targets: vec![Target::Journal], edits: vec![edit] }).await.unwrap();
    format!("/transfers/{id}")
}

#[tokio::test]
async fn a_release_is_checked_confirmed_and_done_once() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let path = person(&mut clerk, "1001").await;
    let form = format!("{path}/transfer");
    assert!(clerk.get(&path).await.html.contains(&form));
    let wrong = [("to", "990100"), ("issued", "2026-11-22"), ("valid_until", "2027-02-23")];
    let page = clerk.submit(&form, &wrong).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.html.contains("3个月") && page.html.contains("value=\"2027-02-23\""), "{}", page.html);

    let typed = [("to", "990100"), ("reason", "随子女居住")];
    let page = clerk.submit(&form, &typed).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.html);
    assert!(page.html.contains("2027年2月22日") && page.html.contains("name=\"confirmed\""), "{}", page.html);
    assert_eq!(
        office.bureau.transfers(Default::default()).await.unwrap().total,
        0,
        "not before it is confirmed"
    );
    let back = clerk.submit(&form, &[typed[0], typed[1], ("back", "1")]).await;
    assert!(back.html.contains("value=\"随子女居住\""));
    let done = clerk.submit(&form, &[typed[0], typed[1], ("confirmed", "1")]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.html);
    let shown = clerk.get(done.location()).await.html;
    assert!(shown.contains("已接收"), "{shown}");
    assert!(clerk.get("/transfers?all=true").await.html.contains("赵明德"));
    assert_eq!(office.bureau.show_person(None, "1001").await.unwrap().unit_code, "990100");
}

#[tokio::test]
async fn who_comes_is_accepted_under_a_number_that_is_free() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let path = person(&mut clerk, "1001").await;
    let transfer = released(&office, &path).await;
    let list = clerk.get("/transfers").await.html;
    assert!(list.contains("待本站接收") && list.contains("8 天"), "{list}");
    let shown = clerk.get(&path).await.html;
    assert!(
        shown.contains(&transfer) && !shown.contains(&format!("{path}/edit")),
        "nobody changes who is leaving"
    );
    let wrong = clerk.submit(&format!("{transfer}/accept"), &[("number", "2 2")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.html.contains("value=\"2 2\""), "{}", wrong.html);
    let accepted = clerk.submit(&format!("{transfer}/accept"), &[("number", "2002")]).await;
    assert_eq!(accepted.location(), transfer, "{}", accepted.html);
    assert!(clerk.get(&transfer).await.html.contains("已接收"));
    let again = clerk.submit(&format!("{transfer}/return"), &[("reason", "重复")]).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.html.contains("已经答复过"), "{}", again.html);
    assert_eq!(office.bureau.show_person(None, "2002").await.unwrap().unit_code, "990100");
}

#[tokio::test]
async fn who_is_returned_or_asked_back_stays() {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let path = person(&mut clerk, "1001").await;
    let transfer = released(&office, &path).await;
    let unsaid = clerk.submit(&format!("{transfer}/return"), &[("reason", " ")]).await;
    assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY);
    let withdraw = format!("{transfer}/withdraw");
    assert!(clerk.get(&withdraw).await.html.contains("以接收为准"));
    assert_eq!(clerk.submit(&withdraw, &[]).await.location(), transfer);
    assert!(clerk.get(&transfer).await.html.contains("正在等待对方站点确认"));
    office.bureau.pass_transfers().await.unwrap();
    assert!(clerk.get(&transfer).await.html.contains("已撤回"));
    assert!(clerk.get(&path).await.html.contains(&format!("{path}/edit")));
    let mut reader = office.with(Role::Reader).await;
    assert!(!reader.get(&transfer).await.html.contains("<button class=\"btn btn-p\""));
}
