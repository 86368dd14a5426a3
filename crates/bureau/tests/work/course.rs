//! Documents on their courses: drafted and approved, up and answered, passed on, recalled, replaced, chased.

use bytes::Bytes;
use yanzhen_bureau::documents::{Answer, Course, DocumentError, Stage, Written};
use yanzhen_bureau::drafts::{Act, Kept, Person, begin, step};
use yanzhen_bureau::kinds::{document, reminder};
use yanzhen_bureau::{Bureau, BureauError};
use yanzhen_proto::v1::{Document, DocumentRules, DocumentType};
use yanzhen_sync::RecordId;

use crate::documents::notice;
use crate::federation::{Federation, NOON, Who};

const DAY: i64 = 86_400_000;

fn person(number: u8, signs: bool) -> Person {
    Person { account: [number; 16], name: format!("第{number}人"), drafts: !signs, signs }
}

async fn set_mark(bureau: &Bureau, mark: &str) {
    let rules = DocumentRules { mark: mark.into(), remind_days: Vec::new() };
    bureau.set_document_rules(rules).await.unwrap();
}

fn written(title: &str, kind: DocumentType, to: &[&str]) -> Written {
    let to = to.iter().map(|code| (*code).to_owned()).collect();
    Written { title: title.into(), body: "正文。".into(), kind, to, ..Written::default() }
}

/// A content that was drafted, checked and signed.
fn approved(bureau: &Bureau, content: Document) -> Kept {
    let draft = begin(content, &person(1, false), NOON).unwrap();
    let draft = step(draft, Act::Submit, &person(1, false), NOON, "").unwrap();
    let draft = step(draft, Act::Check, &person(2, false), NOON, "").unwrap();
    let draft = step(draft, Act::Sign, &person(3, true), NOON, "").unwrap();
    Kept { id: bureau.new_id(), revision: 1, changed: NOON, draft }
}

async fn issued(bureau: &Bureau, course: Course, written: Written) -> RecordId {
    let content = bureau.draft_content(course, written).await.unwrap();
    bureau.check_draft(&content).await.unwrap();
    let kept = approved(bureau, content);
    bureau.issue_draft(&kept, &person(2, false)).await.unwrap().id
}

async fn document(bureau: &Bureau, id: RecordId) -> Document {
    bureau.show_document(id, None).await.unwrap().document
}

fn refused<T: std::fmt::Debug>(result: Result<T, BureauError>) -> DocumentError {
    match result.unwrap_err() {
        BureauError::Document(error) => error,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn an_approved_draft_is_numbered_as_it_is_issued_and_tells_who_stood_for_it() {
    let federation = Federation::of(&[Who::Node]).await;
    let central = federation.at(Who::Central);
    let notice = || written("关于走访的通知", DocumentType::Notice, &["990100"]);
    let content = central.draft_content(Course::Down, notice()).await.unwrap();
    let kept = approved(central, content);
    assert_eq!(refused(central.issue_draft(&kept, &person(2, false)).await), DocumentError::NoMark);
    set_mark(central, "云老干").await;
    let id = central.issue_draft(&kept, &person(2, false)).await.unwrap().id;
    let held = document(central, id).await;
    assert_eq!(held.number, "云老干〔2026〕1号");
    assert_eq!(
        [&held.drafter, &held.checker, &held.signer, &held.issued_by],
        ["第1人", "第2人", "第3人", "第2人"]
    );
    assert_eq!(held.approved.as_ref(), document::content_hash(&held).as_bytes());

    let again = central.issue_draft(&kept, &person(2, false)).await.unwrap().id;
    assert_eq!(again, id, "once, however often it is asked for");
    assert_eq!(central.issued(0, 0).await.unwrap().total, 1);

    let mut changed = approved(central, central.draft_content(Course::Down, notice()).await.unwrap());
    changed.draft.content.as_mut().unwrap().body.push_str("又一句。");
    let unapproved = refused(central.issue_draft(&changed, &person(2, false)).await);
    assert!(matches!(unapproved, DocumentError::Draft(_)), "{unapproved}");
}

#[tokio::test]
async fn numbers_have_no_gaps_whoever_asks_at_once_and_begin_anew_each_year() {
    let federation = Federation::of(&[Who::Node]).await;
    let central = federation.at(Who::Central).clone();
    set_mark(&central, "云老干").await;
    let unnumbered =
        || yanzhen_bureau::documents::NewDocument { number: String::new(), ..notice(&["990100"]) };
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (central, new) = (central.clone(), unnumbered());
        all.spawn(async move { central.publish(new).await.unwrap().id });
    }
    let mut numbers = Vec::new();
    while let Some(id) = all.join_next().await {
        numbers.push(document(&central, id.unwrap()).await.number);
    }
    numbers.sort();
    let expected: Vec<String> = (1..=8).map(|serial| format!("云老干〔2026〕{serial}号")).collect();
    assert_eq!(numbers, expected);

    let given = |number: &str| yanzhen_bureau::documents::NewDocument {
        number: number.into(),
        ..notice(&["990100"])
    };
    let next = DocumentError::NotNext { next: "云老干〔2026〕9号".into() };
    assert_eq!(refused(central.publish(given("云老干〔2026〕8号")).await), next, "given twice");
    assert_eq!(refused(central.publish(given("云老干〔2026〕11号")).await), next, "a gap");
    central.publish(given("云老干〔2026〕9号")).await.unwrap();
    central.publish(given("旧字第5号")).await.unwrap();

    federation.clock.advance(60 * DAY);
    let mut later = unnumbered();
    later.deadline = "2027-12-31".into();
    let id = central.publish(later).await.unwrap().id;
    assert_eq!(document(&central, id).await.number, "云老干〔2027〕1号");
}

#[tokio::test]
async fn a_countys_request_is_answered_and_nobody_beside_the_path_sees_anything() {
    let federation = Federation::of(&[Who::Node, Who::East, Who::West]).await;
    let (node, east, west) = (federation.at(Who::Node), federation.at(Who::East), federation.at(Who::West));
    set_mark(east, "东老干").await;
    set_mark(node, "青老干").await;
    let asked = issued(east, Course::Up, written("关于经费的请示", DocumentType::Request, &[])).await;
    federation.exchange().await;
    let inbox = node.inbox(false).await.unwrap();
    assert_eq!(inbox.len(), 1);
    assert_eq!((inbox[0].id, inbox[0].document.issuer.as_str()), (asked, "东河县委老干部局"));
    assert_eq!(federation.at(Who::Central).inbox(true).await.unwrap(), vec![], "it is for the prefecture");
    node.deliver().await.unwrap();
    node.open_document(asked, None).await.unwrap();
    node.sign_document(asked, None, "李晓芸").await.unwrap();
    federation.exchange().await;
    let matrix = east.receipts(asked).await.unwrap();
    assert_eq!((matrix.rows.len(), matrix.rows[0].stage), (1, Stage::Signed), "the county sees its receipt");
    assert_eq!(node.documents_waiting().await.unwrap().to_answer.len(), 1);

    let reply =
        issued(node, Course::Answering(asked), written("关于经费的批复", DocumentType::Reply, &[])).await;
    federation.exchange().await;
    assert_eq!(node.documents_waiting().await.unwrap().to_answer, vec![], "answered by its reply");
    let matrix = east.receipts(asked).await.unwrap();
    assert_eq!(matrix.rows[0].stage, Stage::Replied);
    assert_eq!(matrix.rows[0].receipt.reply, "青老干〔2026〕1号 关于经费的批复");
    let got = east.inbox(false).await.unwrap();
    assert_eq!((got.len(), got[0].id), (1, reply));
    assert_eq!(got[0].document.answers, asked.to_bytes());

    for id in [asked, reply] {
        assert!(west.store().record(&document::KIND, id).await.unwrap().is_none());
        assert!(matches!(west.receipts(id).await, Err(BureauError::NotFound { .. })));
    }
    let foreign = west.draft_content(Course::Answering(asked), Written::default()).await;
    assert!(matches!(foreign, Err(BureauError::NotFound { .. })));
    let own = east.draft_content(Course::Answering(asked), Written::default()).await;
    assert_eq!(refused(own), DocumentError::WrongSource, "nobody answers its own request");
}

#[tokio::test]
async fn a_recall_reaches_the_counties_through_a_node_that_was_offline() {
    let federation = Federation::of(&[Who::Node, Who::East, Who::West]).await;
    let (central, node, east) =
        (federation.at(Who::Central), federation.at(Who::Node), federation.at(Who::East));
    set_mark(node, "青老干").await;
    let id = central.publish(notice(&["990100"])).await.unwrap().id;
    federation.exchange().await;
    let note =
        Written {
            covering_note: "请抓紧落实。".into(), trees: vec!["990100".into()], ..Written::default()
        };
    let passed_on = issued(node, Course::PassingOn(id), note).await;
    // The recall is made while the node's mail has not been fetched.
    assert_eq!(central.recall_document(id, "内容有误").await.unwrap(), NOON);
    assert_eq!(node.follow_recalls().await.unwrap(), 0, "it does not know yet");
    federation.exchange().await;
    let got = document(east, passed_on).await;
    assert_eq!(got.covering_note, "请抓紧落实。");
    assert_eq!((got.passed_on_number.as_str(), got.recalled_ms), ("云老干〔2026〕7号", 0));
    assert_eq!(node.follow_recalls().await.unwrap(), 1);
    assert_eq!(node.follow_recalls().await.unwrap(), 0, "once");
    federation.exchange().await;
    for who in [Who::East, Who::West] {
        let held = document(federation.at(who), passed_on).await;
        assert_eq!(held.recall_reason, "原文件已撤回：内容有误", "{who:?}");
        assert_eq!(federation.at(who).inbox(false).await.unwrap(), vec![], "{who:?}: nothing to do any more");
    }
    let signed = refused(east.sign_document(passed_on, None, "").await);
    assert!(matches!(signed, DocumentError::Recalled { .. }));
    let replied = Answer { text: "已办".into(), ..Answer::default() };
    assert!(matches!(
        refused(east.reply_document(passed_on, None, replied).await),
        DocumentError::Recalled { .. }
    ));
    let late = central.draft_content(Course::PassingOn(id), Written::default()).await;
    assert!(matches!(refused(late), DocumentError::Recalled { .. }));
    assert_eq!(refused(node.recall_document(id, "x").await), DocumentError::NotIssued);
}

#[tokio::test]
async fn a_document_that_replaces_another_is_named_by_it_also_where_it_was_passed_on() {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    let (central, node, east) =
        (federation.at(Who::Central), federation.at(Who::Node), federation.at(Who::East));
    set_mark(central, "云老干").await;
    set_mark(node, "青老干").await;
    let first = issued(central, Course::Down, written("通知一", DocumentType::Notice, &["990100"])).await;
    federation.exchange().await;
    let to = || Written { to: vec!["990101".into()], ..Written::default() };
    let passed_on = issued(node, Course::PassingOn(first), to()).await;
    let replacing = written("通知二", DocumentType::Notice, &["990100"]);
    let second = issued(central, Course::Replacing(first), replacing).await;
    federation.exchange().await;
    let old = node.show_document(first, None).await.unwrap();
    assert_eq!(old.replaced_by.map(|by| (by.id, by.title)), Some((second, "通知二".into())));
    assert_eq!(node.inbox(false).await.unwrap().len(), 1, "the old one asks for nothing any more");
    let newer = issued(node, Course::PassingOn(second), to()).await;
    federation.exchange().await;
    let old = east.show_document(passed_on, None).await.unwrap();
    assert_eq!(old.replaced_by.map(|by| by.id), Some(newer));
    let foreign = refused(node.draft_content(Course::Replacing(second), to()).await);
    assert_eq!(foreign, DocumentError::WrongSource);
}

#[tokio::test]
async fn reminders_reach_those_who_have_not_finished_and_nobody_else() {
    let federation = Federation::of(&[Who::Node, Who::East, Who::West]).await;
    let (central, east, west) =
        (federation.at(Who::Central), federation.at(Who::East), federation.at(Who::West));
    let id = central.publish(notice(&["990101", "990102"])).await.unwrap().id;
    federation.exchange().await;
    west.reply_document(id, None, Answer { text: "已办".into(), ..Answer::default() }).await.unwrap();
    federation.exchange().await;
    let units = ["990101", "990102"].map(|code| federation.unit(code).into());
    assert_eq!(central.remind(id, &units, "请尽快反馈。", "李晓芸").await.unwrap(), 1);
    federation.exchange().await;
    let reminded = east.inbox(false).await.unwrap()[0].reminder.clone().unwrap();
    assert_eq!((reminded.count, reminded.times[0].text.as_str()), (1, "请尽快反馈。"));
    let of_east = reminder::id_of(federation.unit("990000"), id, units[0]);
    assert!(
        west.store().record(&reminder::KIND, of_east).await.unwrap().is_none(),
        "a delay is not told about"
    );
    assert_eq!(central.receipts(id).await.unwrap().rows[0].reminder.as_ref().unwrap().count, 1);
    let marked = central.remind(id, &units, "密级：机密", "").await;
    assert!(matches!(marked, Err(BureauError::Fields(_))));
    assert_eq!(refused(east.remind(id, &units, "x", "").await), DocumentError::NotIssued);
}

#[tokio::test]
async fn the_rule_reminds_once_for_each_of_its_days() {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    let central = federation.at(Who::Central);
    let new = yanzhen_bureau::documents::NewDocument { deadline: "2026-11-25".into(), ..notice(&["990101"]) };
    let id = central.publish(new).await.unwrap().id;
    federation.exchange().await;
    assert_eq!(central.remind_due().await.unwrap(), 0, "no rule yet");
    central
        .set_document_rules(DocumentRules { mark: String::new(), remind_days: vec![-2, 1] })
        .await
        .unwrap();
    let mut reminded = Vec::new();
    for _ in 0..8 {
        reminded.push(central.remind_due().await.unwrap());
        assert_eq!(central.remind_due().await.unwrap(), 0, "once a day at most");
        federation.clock.advance(DAY);
    }
    // 22, 23 (two days before), …, 26 (one day after), …
    assert_eq!(reminded, [0, 1, 0, 0, 1, 0, 0, 0]);
    federation.exchange().await;
    let view = federation.at(Who::East).show_document(id, None).await.unwrap();
    let days: Vec<String> = view.reminder.unwrap().times.into_iter().map(|time| time.rule_day).collect();
    assert_eq!(days, ["2026-11-23", "2026-11-26"]);
}

#[tokio::test]
async fn a_draft_may_be_unfinished_but_never_bear_a_marking() {
    let federation = Federation::of(&[Who::Node]).await;
    let central = federation.at(Who::Central);
    let content = central.draft_content(Course::Down, Written::default()).await.unwrap();
    central.check_unfinished(&content).unwrap();
    assert!(matches!(central.check_draft(&content).await, Err(BureauError::Fields(_))));
    let marked = Document { body: "绝密★长期\n通知".into(), ..content };
    assert!(matches!(central.check_unfinished(&marked), Err(BureauError::Fields(_))));
    let nobody = central.draft_content(Course::Up, Written::default()).await;
    assert_eq!(refused(nobody), DocumentError::NobodyAbove);
    assert_eq!(
        Course::of(&Document { passed_on_from: Bytes::from_static(&[7; 16]), ..Document::default() }),
        Course::PassingOn(RecordId::new([7; 16]))
    );
}
