//! A secrecy marking is refused at every entrance: what people type, what commands and files bring, and what a site
//! below sends up.

use std::sync::Arc;

use sqlx::AnyConnection;
use yanzhen_bureau::documents::{Answer, Course, NewDocument, Written};
use yanzhen_bureau::import::FileError;
use yanzhen_bureau::importing::{ImportKind, ImportRequest};
use yanzhen_bureau::kinds::{document, file_name, receipt};
use yanzhen_bureau::{BureauError, FieldError, Reason};
use yanzhen_proto::v1 as proto;
use yanzhen_store::{Projection, ProjectionError, RecordChange, Target, Write};
use yanzhen_sync::RecordId;

use crate::documents::notice;
use crate::federation::{Federation, NOON, Who, edit, object};

const MARKED: &str = "机密★5年";

fn is_refused<T: std::fmt::Debug>(result: Result<T, BureauError>) -> bool {
    let is_secret = |error: &FieldError| error.reason == Reason::Secret;
    match result {
        Err(BureauError::Fields(errors)) => errors.iter().any(is_secret),
        Err(BureauError::File(FileError::Secret)) => true,
        Err(BureauError::Refused(why)) => why.contains("密级"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_people_write_and_commands_bring_is_refused() {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    let (central, east) = (federation.at(Who::Central), federation.at(Who::East));
    let publish = async |new: NewDocument| is_refused(central.publish(new).await);
    let plain = || notice(&["990101"]);
    assert!(publish(NewDocument { title: format!("【机密】{}", plain().title), ..plain() }).await, "title");
    assert!(publish(NewDocument { body: format!("{MARKED}\n正文"), ..plain() }).await, "text");
    assert!(
        publish(NewDocument { number: format!("{MARKED} 云老干〔2026〕1号"), ..plain() }).await,
        "number"
    );
    let attachments = vec![(format!("{MARKED} 名单.xlsx"), object(1))];
    assert!(publish(NewDocument { attachments, ..plain() }).await, "name of an attachment");
    assert_eq!(file_name::check(&format!("{MARKED} 名单.xlsx")), Err(Reason::Secret), "an upload");

    let id = central.publish(plain()).await.unwrap().id;
    federation.exchange().await;
    let drafts = [
        (Course::Down, Written { title: MARKED.into(), ..Written::default() }),
        (Course::Down, Written { body: format!("密级：秘密\n{MARKED}"), ..Written::default() }),
        (Course::Up, Written { title: format!("{MARKED} 请示"), ..Written::default() }),
    ];
    for (course, written) in drafts {
        let bureau = if course == Course::Up { east } else { central };
        let content = bureau.draft_content(course, written).await.unwrap();
        assert!(is_refused(bureau.check_unfinished(&content)), "a draft, {course:?}: it is not even kept");
    }
    let note =
        proto::Document { covering_note: format!("{MARKED}\n请阅。"), ..proto::Document::default() };
    assert!(is_refused(central.check_unfinished(&note)), "a covering note");
    let answer = |text: &str| Answer { text: text.to_owned(), ..Answer::default() };
    assert!(is_refused(east.reply_document(id, None, answer(MARKED)).await), "a reply");
    assert!(is_refused(east.return_document(id, None, MARKED).await), "a reason to return");
    let east_unit = federation.unit("990101").into();
    assert!(is_refused(central.remind(id, &[east_unit], MARKED, "周建业").await), "a reminder");
    assert!(is_refused(central.recall_document(id, MARKED).await), "a reason to recall");
    let secret = "编号,姓名,类别,密级\n1,张三,退休,机密\n".as_bytes();
    for (kind, file) in [
        (ImportKind::People, secret),
        (ImportKind::Orgs, "机密★\n编号,名称,类型,设立方式\n1,甲,党支部,单独\n".as_bytes()),
    ] {
        let request = ImportRequest { kind, unit_code: String::new(), file: file.to_vec().into() };
        assert!(refuses(east.import(request, |_| ()).await), "a file, {kind:?}");
    }
}

/// A file as a whole, or each of its rows.
fn refuses(imported: Result<yanzhen_bureau::importing::ImportOutcome, BureauError>) -> bool {
    match imported {
        Ok(outcome) => {
            outcome.counts.created == 0 && outcome.refusals.iter().any(|row| row.reason == Reason::Secret)
        }
        error => is_refused(error),
    }
}

/// Software of somebody's own, which takes whatever it is given.
struct Anything;

type BoxFuture<'a> = std::pin::Pin<Box<dyn Future<Output = Result<(), ProjectionError>> + Send + 'a>>;

impl Projection for Anything {
    fn version(&self) -> i64 {
        1
    }
    fn migrate<'a>(&'a self, _: &'a mut AnyConnection) -> BoxFuture<'a> {
        Box::pin(std::future::ready(Ok(())))
    }
    fn apply<'a>(&'a self, _: &'a mut AnyConnection, _: &'a [RecordChange]) -> BoxFuture<'a> {
        Box::pin(std::future::ready(Ok(())))
    }
    fn clear<'a>(&'a self, _: &'a mut AnyConnection) -> BoxFuture<'a> {
        Box::pin(std::future::ready(Ok(())))
    }
}

#[tokio::test]
async fn what_a_site_with_other_software_sends_is_set_aside_at_every_tier() {
    let mut federation = Federation::of(&[Who::Node]).await;
    let asked = federation.at(Who::Central).publish(notice(&["990100"])).await.unwrap().id;
    federation.project_by(Arc::new(Anything));
    federation.join(Who::East).await;
    let (county, prefecture) = (federation.unit("990101"), federation.unit("990100"));
    let report = proto::Document {
        title: format!("【机密】{}", "关于经费的请示"),
        body: "正文。".into(),
        to: vec![prefecture.to_bytes()],
        direction: proto::DocumentDirection::Up.into(),
        r#type: proto::DocumentType::Request.into(),
        published_ms: NOON,
        issuer: "东河县委老干部局".into(),
        ..Default::default()
    };
    let receipt = proto::Receipt {
        document: asked.to_bytes(),
        unit: county.to_bytes(),
        replied_ms: NOON,
        reply: format!("{MARKED}\n已办"),
        ..Default::default()
    };
    let edits = vec![
        edit(document::KIND, RecordId::new([9; 16]), county, &report),
        edit(receipt::KIND, receipt::id_of(asked, county.into()), county, &receipt),
    ];
    federation.at(Who::East).store().write(Write { targets: vec![Target::Journal], edits }).await.unwrap();
    federation.exchange_whatever().await;
    for who in [Who::Node, Who::Central] {
        let bureau = federation.at(who);
        let aside = bureau.store().quarantine(0, 10).await.unwrap();
        assert_eq!(aside.len(), 2, "{who:?}: {aside:?}");
        assert_eq!(
            bureau.inbox(true).await.unwrap().iter().filter(|one| one.id != asked).count(),
            0,
            "{who:?}"
        );
    }
}
