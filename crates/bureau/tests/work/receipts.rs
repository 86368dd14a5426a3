use yanzhen_bureau::documents::{Answer, Delivered, DocumentError, NewDocument, Stage, StageCounts};
use yanzhen_bureau::{Bureau, BureauError};
use yanzhen_sync::RecordId;

use crate::documents::notice;
use crate::federation::{Federation, NOON, Who, object};

/// Central's document with two attachments to the prefecture and its counties; not delivered yet.
async fn published(federation: &Federation) -> RecordId {
    let central = federation.at(Who::Central);
    let attachments: Vec<_> = [1, 2].map(|n| (format!("附件{n}.pdf"), object(n))).into();
    for (_, object) in &attachments {
        central.store().mark_object_present(object.hash).await.unwrap();
    }
    let new = NewDocument { attachments, ..notice(&["990100", "990101", "990102"]) };
    let id = central.publish(new).await.unwrap().id;
    federation.exchange().await;
    id
}

async fn attachments_arrive(bureau: &Bureau) {
    for n in [1, 2] {
        bureau.store().mark_object_present(object(n).hash).await.unwrap();
    }
}

fn refused(result: Result<impl std::fmt::Debug, BureauError>) -> DocumentError {
    match result.unwrap_err() {
        BureauError::Document(error) => error,
        other => panic!("{other}"),
    }
}

fn answer(text: &str) -> Answer {
    Answer { text: text.to_owned(), ..Answer::default() }
}

#[tokio::test]
async fn delivered_means_that_all_attachments_are_on_the_disk() {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    let id = published(&federation).await;
    let east = federation.at(Who::East);
    assert_eq!(east.deliver().await.unwrap(), Delivered { written: 0, under_way: 1 });
    east.store().mark_object_present(object(1).hash).await.unwrap();
    assert_eq!(east.deliver().await.unwrap(), Delivered { written: 0, under_way: 1 });
    let shown = east.show_document(id, None).await.unwrap();
    assert_eq!(shown.attachments.iter().map(|one| one.present).collect::<Vec<_>>(), [true, false]);
    attachments_arrive(east).await;
    assert_eq!(east.deliver().await.unwrap(), Delivered { written: 1, under_way: 0 });
    assert_eq!(east.deliver().await.unwrap(), Delivered::default(), "once");
    federation.exchange().await;
    let matrix = federation.at(Who::Central).receipts(id).await.unwrap();
    let stages: Vec<Stage> = matrix.rows.iter().map(|row| row.stage).collect();
    assert_eq!(stages, [Stage::Sent, Stage::Delivered, Stage::Waiting]);
    assert_eq!(matrix.rows[1].receipt.delivered_ms, NOON);
}

#[tokio::test]
async fn stages_follow_each_other_up_to_central_and_none_is_lost() {
    let federation = Federation::of(&[Who::Node, Who::East, Who::West]).await;
    let id = published(&federation).await;
    let east = federation.at(Who::East);
    federation.clock.advance(1_000);
    east.open_document(id, None).await.unwrap();
    federation.clock.advance(1_000);
    let early = refused(east.sign_document(id, None, "李晓芸").await);
    assert!(matches!(early, DocumentError::NotDelivered { missing: 2, all: 2 }));
    attachments_arrive(east).await;
    let signed = east.sign_document(id, None, "李晓芸").await.unwrap();
    assert!(signed.changed);
    let signed = signed.receipt;
    assert_eq!((signed.stage, signed.receipt.signed_by.as_str()), (Stage::Signed, "李晓芸"));
    federation.clock.advance(1_000);
    let again = east.sign_document(id, None, "别人").await.unwrap();
    assert_eq!((again.receipt, again.changed), (signed, false), "signing again changes nothing");
    let returned = refused(east.return_document(id, None, "错发").await);
    assert_eq!(returned, DocumentError::AlreadySigned { at: NOON + 2_000 });
    east.store().mark_object_present(object(3).hash).await.unwrap();
    let report = vec![("办理情况.docx".to_owned(), object(3))];
    let report = Answer { attachments: report, ..answer("已办结。") };
    let replied = east.reply_document(id, None, report).await.unwrap().receipt;
    let receipt = &replied.receipt;
    assert_eq!(replied.stage, Stage::Replied);
    let times = [receipt.read_ms, receipt.delivered_ms, receipt.signed_ms, receipt.replied_ms];
    assert_eq!(times, [1_000, 2_000, 2_000, 3_000].map(|after| NOON + after));
    assert_eq!(east.inbox(false).await.unwrap(), vec![], "answered documents leave the inbox");
    assert_eq!(east.inbox(true).await.unwrap().len(), 1);

    federation.at(Who::West).return_document(id, None, "附件打不开").await.unwrap();
    federation.exchange().await;
    let matrix = federation.at(Who::Central).receipts(id).await.unwrap();
    let stages: Vec<Stage> = matrix.rows.iter().map(|row| row.stage).collect();
    assert_eq!(stages, [Stage::Sent, Stage::Replied, Stage::Returned]);
    let counts =
        StageCounts { recipients: 3, sent: 3, delivered: 1, read: 2, signed: 1, returned: 1, replied: 1 };
    assert_eq!(matrix.counts, counts);
    assert_eq!(matrix.rows[2].receipt.return_reason, "附件打不开");
    assert_eq!(matrix.rows[1].receipt.attachments.len(), 1);
}

#[tokio::test]
async fn an_answer_signs_and_what_was_returned_is_neither_signed_nor_answered() {
    let federation = Federation::of(&[Who::Node, Who::East, Who::West]).await;
    let id = published(&federation).await;
    let (east, west) = (federation.at(Who::East), federation.at(Who::West));
    attachments_arrive(east).await;
    east.store().mark_object_present(object(3).hash).await.unwrap();
    let report = vec![("办理情况.docx".to_owned(), object(3))];
    let first = Answer { attachments: report, ..answer("已办结。") };
    let replied = east.reply_document(id, None, first.clone()).await.unwrap().receipt;
    assert!(replied.receipt.signed_ms > 0 && replied.receipt.read_ms > 0 && replied.receipt.delivered_ms > 0);
    assert_eq!(replied.receipt.signed_by, "东河县委老干部局");
    let same = east.reply_document(id, None, first).await.unwrap();
    assert_eq!(
        (same.receipt, same.changed),
        (replied.clone(), false),
        "the same answer again changes nothing"
    );
    let second = refused(east.reply_document(id, None, answer("已全部办结。")).await);
    assert_eq!(second, DocumentError::AlreadyReplied { at: replied.receipt.replied_ms });
    let stands = east.show_document(id, None).await.unwrap().receipt.unwrap();
    assert_eq!(stands, replied, "a refused answer replaces nothing");
    let amended = Answer { replace: true, ..answer("已全部办结。") };
    let amended = east.reply_document(id, None, amended).await.unwrap();
    assert_eq!((amended.receipt.receipt.reply.as_str(), amended.changed), ("已全部办结。", true));
    assert!(amended.receipt.receipt.attachments.is_empty());
    assert_eq!(amended.replaced, Some(replied), "what was replaced is told");
    let empty = Answer { replace: true, ..answer(" ") };
    assert!(matches!(east.reply_document(id, None, empty).await, Err(BureauError::Fields(_))));
    let unknown_file = Answer { attachments: vec![("x.pdf".to_owned(), object(9))], ..answer("见附件") };
    assert!(matches!(
        refused(east.reply_document(id, None, unknown_file).await),
        DocumentError::ObjectMissing(_)
    ));

    assert!(
        matches!(west.return_document(id, None, " ").await, Err(BureauError::Fields(_))),
        "a reason is needed"
    );
    let returned = west.return_document(id, None, "错发").await.unwrap();
    assert!(returned.changed);
    let again = west.return_document(id, None, "别的").await.unwrap();
    assert_eq!((again.receipt, again.changed), (returned.receipt, false));
    attachments_arrive(west).await;
    assert!(matches!(refused(west.sign_document(id, None, "").await), DocumentError::AlreadyReturned { .. }));
    assert!(matches!(
        refused(west.reply_document(id, None, answer("好")).await),
        DocumentError::AlreadyReturned { .. }
    ));
    assert_eq!(west.deliver().await.unwrap().written, 1, "it did arrive");
    let shown = west.show_document(id, None).await.unwrap().receipt.unwrap();
    assert_eq!((shown.stage, shown.receipt.return_reason.as_str()), (Stage::Returned, "错发"));
}

#[tokio::test]
async fn only_recipients_here_act_on_a_document() {
    let federation = Federation::of(&[Who::Node, Who::East, Who::West]).await;
    let id = published(&federation).await;
    let central = federation.at(Who::Central);
    assert!(matches!(refused(central.sign_document(id, None, "").await), DocumentError::NotAddressed { .. }));
    let east = federation.at(Who::East);
    let west_unit = Some(federation.unit("990102").into());
    assert!(matches!(refused(east.open_document(id, west_unit).await), DocumentError::NotAddressed { .. }));
    let nothing = east.open_document(RecordId::new([7; 16]), None).await;
    assert!(matches!(nothing, Err(BureauError::NotFound { .. })));
}

#[tokio::test]
async fn a_county_sees_nothing_of_another_and_a_node_sees_its_own_subtree() {
    let federation = Federation::of(&[Who::Node, Who::East, Who::West, Who::Direct]).await;
    let central = federation.at(Who::Central);
    let wide = central.publish(notice(&["990100", "990101", "990102", "990900"])).await.unwrap().id;
    let counties = central.publish(notice(&["990101", "990900"])).await.unwrap().id;
    federation.exchange().await;
    for who in [Who::Node, Who::East, Who::West, Who::Direct] {
        federation.at(who).deliver().await.unwrap();
    }
    federation.at(Who::East).sign_document(wide, None, "").await.unwrap();
    federation.exchange().await;
    let codes = async |who: Who, id: RecordId| -> Vec<(String, Stage)> {
        let matrix = federation.at(who).receipts(id).await.unwrap();
        matrix.rows.into_iter().map(|row| (row.code, row.stage)).collect()
    };
    let stages = |stages: &[(&str, Stage)]| -> Vec<(String, Stage)> {
        stages.iter().map(|(code, stage)| ((*code).to_owned(), *stage)).collect()
    };
    let of_node = [("990100", Stage::Delivered), ("990101", Stage::Signed), ("990102", Stage::Delivered)];
    assert_eq!(codes(Who::Node, wide).await, stages(&of_node));
    assert_eq!(codes(Who::West, wide).await, stages(&[("990102", Stage::Delivered)]));
    assert_eq!(
        codes(Who::Node, counties).await,
        stages(&[("990101", Stage::Delivered)]),
        "only receipts passed by"
    );
    let unread = federation.at(Who::Node).receipts(counties).await.unwrap();
    assert_eq!(unread.document, None);
    assert_eq!(codes(Who::Central, counties).await.len(), 2);
    let nothing = federation.at(Who::West).receipts(counties).await;
    assert!(matches!(nothing, Err(BureauError::NotFound { .. })));
}

#[tokio::test]
async fn stages_reached_at_once_by_many_hands_are_all_kept() {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    let id = published(&federation).await;
    let east = federation.at(Who::East).clone();
    attachments_arrive(&east).await;
    let (a, b, c, d) = tokio::join!(
        east.open_document(id, None),
        east.sign_document(id, None, "李晓芸"),
        east.reply_document(id, None, answer("已办结。")),
        east.deliver(),
    );
    assert_eq!((a.is_ok(), b.is_ok(), c.is_ok(), d.is_ok()), (true, true, true, true));
    let receipt = east.show_document(id, None).await.unwrap().receipt.unwrap().receipt;
    let stages = [receipt.read_ms, receipt.delivered_ms, receipt.signed_ms, receipt.replied_ms];
    assert!(stages.iter().all(|at| *at > 0), "{stages:?}");
}

#[tokio::test]
async fn the_list_of_what_was_issued_counts_as_the_matrices_do() {
    let federation = Federation::of(&[Who::Node, Who::East, Who::Direct]).await;
    let central = federation.at(Who::Central);
    let first = central.publish(notice(&["990101", "990102"])).await.unwrap().id;
    federation.clock.advance(1_000);
    let second = central.publish(notice(&["990900", "990101"])).await.unwrap().id;
    let of_node = federation.at(Who::Node).publish(notice(&["990101"])).await.unwrap().id;
    federation.exchange().await;
    let east = federation.at(Who::East);
    east.deliver().await.unwrap();
    east.sign_document(first, None, "").await.unwrap();
    federation.exchange().await;
    let page = central.issued(0, 0).await.unwrap();
    assert_eq!(page.total, 2, "the node's own document is not central's");
    let listed: Vec<_> = page.rows.iter().map(|issued| issued.id).collect();
    assert_eq!(listed, [second, first], "the newest first");
    for issued in &page.rows {
        assert_eq!(issued.counts, central.receipts(issued.id).await.unwrap().counts);
    }
    let counts = page.rows[1].counts;
    assert_eq!((counts.recipients, counts.sent, counts.delivered, counts.signed), (2, 1, 1, 1));
    assert_eq!((page.rows[0].to.as_str(), page.rows[0].deadline.as_str()), ("云川市水务局", "2026-12-31"));
    let rest = central.issued(1, 1).await.unwrap();
    assert_eq!((rest.total, rest.rows[0].id), (2, first));
    assert_eq!(federation.at(Who::Node).issued(0, 0).await.unwrap().rows[0].id, of_node);
}
