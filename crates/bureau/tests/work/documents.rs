use yanzhen_bureau::BureauError;
use yanzhen_bureau::documents::{DocumentError, NewDocument, Stage};
use yanzhen_bureau::kinds::document;
use yanzhen_proto::v1::Document;
use yanzhen_store::{Target, Write};
use yanzhen_sync::{Change, RecordId, StreamId};

use crate::federation::{Federation, NOON, Who, edit, object};

pub(crate) fn notice(to: &[&str]) -> NewDocument {
    NewDocument {
        title: "关于做好重阳节走访慰问工作的通知".into(),
        body: "请认真做好走访慰问工作。".into(),
        number: "云老干〔2026〕7号".into(),
        deadline: "2026-12-31".into(),
        needs_reply: true,
        to: to.iter().map(|code| (*code).to_owned()).collect(),
        ..NewDocument::default()
    }
}

async fn holds(federation: &Federation, who: Who, id: RecordId) -> bool {
    federation.at(who).store().record(&document::KIND, id).await.unwrap().is_some()
}

fn refusal<T: std::fmt::Debug>(result: Result<T, BureauError>) -> DocumentError {
    match result.unwrap_err() {
        BureauError::Document(error) => error,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn a_document_reaches_whom_it_is_addressed_to_and_nobody_else() {
    let federation = Federation::of(&[Who::Node, Who::East, Who::West, Who::Direct]).await;
    let central = federation.at(Who::Central);
    let new = NewDocument { copy: vec!["990900".into()], ..notice(&["990101"]) };
    let published = central.publish(new).await.unwrap();
    let recipients: Vec<(&str, bool, bool)> =
        published.recipients.iter().map(|one| (one.code.as_str(), one.copy, one.sent)).collect();
    assert_eq!(recipients, [("990101", false, true), ("990900", true, true)]);
    federation.exchange().await;
    let mut held = Vec::new();
    for who in [Who::Central, Who::Node, Who::East, Who::West, Who::Direct] {
        held.push(holds(&federation, who, published.id).await);
    }
    assert_eq!(held, [true, false, true, false, true], "a node passes on what it does not read");
    let inbox = federation.at(Who::East).inbox(false).await.unwrap();
    assert_eq!((inbox.len(), inbox[0].id), (1, published.id));
    assert_eq!(inbox[0].document.body, "", "lists come without bodies");
    assert_eq!(inbox[0].receipt.as_ref().unwrap().stage, Stage::Sent);
    assert!(inbox[0].document.issuer.contains("云川市委"));
    assert_eq!(federation.at(Who::West).inbox(true).await.unwrap(), vec![]);
}

#[tokio::test]
async fn a_subtree_means_every_unit_below_with_a_site_and_nobody_gets_it_twice() {
    let federation = Federation::of(&[Who::Node, Who::East, Who::Direct]).await;
    let central = federation.at(Who::Central);
    let new = NewDocument {
        subtree: true,
        copy: vec!["990101".into(), "990900".into()],
        ..notice(&["990100", "990101", "990100"])
    };
    let published = central.publish(new).await.unwrap();
    let recipients: Vec<(&str, bool)> =
        published.recipients.iter().map(|one| (one.code.as_str(), one.copy)).collect();
    assert_eq!(recipients, [("990100", false), ("990101", false), ("990900", true)]);
    let all = central.publish(NewDocument { subtree: true, ..notice(&["990000"]) }).await.unwrap();
    let codes: Vec<&str> = all.recipients.iter().map(|one| one.code.as_str()).collect();
    assert_eq!(codes, ["990100", "990101", "990900"], "its own code with the subtree means everyone below");
}

#[tokio::test]
async fn a_node_issues_to_its_own_subtree_and_central_sees_it() {
    let federation = Federation::of(&[Who::Node, Who::East, Who::Direct]).await;
    let node = federation.at(Who::Node);
    let published = node.publish(notice(&["990101"])).await.unwrap();
    federation.exchange().await;
    assert!(holds(&federation, Who::East, published.id).await);
    assert!(holds(&federation, Who::Central, published.id).await, "it goes up with the node's journal");
    let matrix = federation.at(Who::Central).receipts(published.id).await.unwrap();
    assert_eq!((matrix.counts.recipients, matrix.rows[0].stage), (1, Stage::Sent));
    let outside = refusal(node.publish(notice(&["990900"])).await);
    assert!(matches!(outside, DocumentError::NotBelow { .. }));
}

#[tokio::test]
async fn what_must_not_go_out_is_refused_and_nothing_is_written() {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    let central = federation.at(Who::Central);
    let before = central.store().heads();
    let fields = |error: BureauError| match error {
        BureauError::Fields(errors) => errors.into_iter().map(|error| error.field.name).collect::<Vec<_>>(),
        other => panic!("{other}"),
    };
    let secret = NewDocument { body: "机密★1年\n通知".into(), ..notice(&["990100"]) };
    assert_eq!(fields(central.publish(secret).await.unwrap_err()), ["body"]);
    let nobody = NewDocument { title: String::new(), deadline: "2020-01-01".into(), ..notice(&[]) };
    assert_eq!(fields(central.publish(nobody).await.unwrap_err()), ["title", "to", "deadline"]);
    assert!(matches!(central.publish(notice(&["12345"])).await, Err(BureauError::UnknownUnit(_))));
    assert!(matches!(refusal(central.publish(notice(&["990000"])).await), DocumentError::ToItself(_)));
    let missing = NewDocument { attachments: vec![("附件.pdf".into(), object(1))], ..notice(&["990100"]) };
    assert!(matches!(refusal(central.publish(missing).await), DocumentError::ObjectMissing(_)));
    let up = federation.at(Who::East).publish(notice(&["990100"])).await;
    assert!(matches!(refusal(up), DocumentError::NotBelow { .. }));
    assert_eq!(before, central.store().heads());
}

#[tokio::test]
async fn a_recipient_without_a_site_waits_and_gets_the_same_record_when_one_joins() {
    let mut federation = Federation::of(&[Who::Node]).await;
    let central = federation.at(Who::Central).clone();
    assert_eq!(central.dispatch_waiting().await.unwrap(), 0);
    let published = central.publish(notice(&["990100", "990101", "990102"])).await.unwrap();
    let sent: Vec<bool> = published.recipients.iter().map(|one| one.sent).collect();
    assert_eq!(sent, [true, false, false]);
    federation.exchange().await;
    assert_eq!(
        federation.at(Who::Node).inbox(true).await.unwrap().len(),
        1,
        "a unit without a site is not read for"
    );
    let stages = |matrix: yanzhen_bureau::documents::Matrix| -> Vec<Stage> {
        matrix.rows.iter().map(|row| row.stage).collect()
    };
    let before = stages(central.receipts(published.id).await.unwrap());
    assert_eq!(before, [Stage::Sent, Stage::Waiting, Stage::Waiting]);

    federation.join(Who::East).await;
    assert!(!holds(&federation, Who::East, published.id).await);
    assert_eq!(central.dispatch_waiting().await.unwrap(), 1);
    assert_eq!(central.dispatch_waiting().await.unwrap(), 0, "once");
    federation.exchange().await;
    let there =
        federation.at(Who::East).store().record(&document::KIND, published.id).await.unwrap().unwrap();
    let here = central.store().record(&document::KIND, published.id).await.unwrap().unwrap();
    assert_eq!(
        (there.version, &there.body),
        (here.version, &here.body),
        "the same record at the same version"
    );
    assert_eq!(there.change, Change::Upsert);
    let after = stages(central.receipts(published.id).await.unwrap());
    assert_eq!(after, [Stage::Sent, Stage::Sent, Stage::Waiting]);

    federation.restart(Who::Central).await;
    let central = federation.at(Who::Central).clone();
    assert_eq!(central.dispatch_waiting().await.unwrap(), 0, "what was mailed is known after a restart");
    federation.join(Who::West).await;
    assert_eq!(central.dispatch_waiting().await.unwrap(), 1);
    federation.exchange().await;
    assert!(holds(&federation, Who::West, published.id).await);
}

#[tokio::test]
async fn mailing_copies_again_writes_nothing_and_refuses_what_is_not_here() {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    let central = federation.at(Who::Central);
    let published = central.publish(notice(&["990100"])).await.unwrap();
    let copy = vec![(document::KIND, published.id)];
    let first = central.store().mail_copies(Who::East.id(), copy.clone()).await.unwrap();
    let second = central.store().mail_copies(Who::East.id(), copy).await.unwrap();
    assert_eq!(first, second);
    assert_eq!(first.heads[0].stream, StreamId::mailbox(Who::Central.id(), Who::East.id(), 0));
    let nothing = vec![(document::KIND, RecordId::new([9; 16]))];
    assert!(central.store().mail_copies(Who::East.id(), nothing).await.is_err());
    let up =
        federation.at(Who::East).store().mail_copies(Who::Node.id(), vec![(document::KIND, published.id)]);
    assert!(up.await.is_err());
}

#[tokio::test]
async fn an_id_is_found_by_its_last_digits() {
    let federation = Federation::of(&[Who::Node]).await;
    let central = federation.at(Who::Central);
    let id = central.publish(notice(&["990100"])).await.unwrap().id;
    let digits = id.to_string();
    assert_eq!(central.find_document(&digits).await.unwrap(), id);
    assert_eq!(central.find_document(&digits[24..].to_uppercase()).await.unwrap(), id);
    assert!(matches!(central.find_document("abc").await, Err(BureauError::NotAnId { .. })));
    assert!(matches!(central.find_document("../../etc").await, Err(BureauError::NotAnId { .. })));
    let other = if digits.ends_with("0000") { "1111" } else { "0000" };
    assert!(matches!(central.find_document(other).await, Err(BureauError::NotFound { .. })));
}

#[tokio::test]
async fn what_a_site_below_addresses_to_its_superiors_concerns_nobody() {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    let id = RecordId::new([8; 16]);
    let above = ["990000", "990100"].map(|code| federation.unit(code).to_bytes());
    let town = federation.unit("99010101").to_bytes();
    let body = Document {
        title: "紧急通知".into(),
        body: "请立即办理。".into(),
        to: vec![above[0].clone(), above[1].clone(), town],
        published_ms: NOON,
        issuer: "云川市委".into(),
        ..Document::default()
    };
    let write = Write {
        targets: vec![Target::Journal],
        edits: vec![edit(document::KIND, id, federation.unit("990101"), &body)],
    };
    federation.at(Who::East).store().write(write).await.unwrap();
    federation.exchange().await;
    for who in [Who::Central, Who::Node] {
        let bureau = federation.at(who);
        assert!(holds(&federation, who, id).await);
        assert_eq!(bureau.deliver().await.unwrap(), Default::default(), "{who:?}");
        assert_eq!(bureau.inbox(true).await.unwrap(), vec![], "{who:?}");
        for result in [bureau.sign_document(id, None, "").await, bureau.return_document(id, None, "错").await]
        {
            assert!(matches!(refusal(result), DocumentError::NotAddressed { .. }), "{who:?}");
        }
        assert!(matches!(refusal(bureau.open_document(id, None).await), DocumentError::NotAddressed { .. }));
        let shown = bureau.show_document(id, None).await.unwrap();
        assert_eq!(shown.receipt, None);
        assert_eq!(shown.document.issuer, "东河县委老干部局", "the tree says whose it is");
        let recipients: Vec<&str> = shown.recipients.iter().map(|one| one.code.as_str()).collect();
        assert_eq!(recipients, ["99010101"]);
        assert!(bureau.receipts(id).await.unwrap().rows.iter().all(|row| row.code == "99010101"));
    }
}
