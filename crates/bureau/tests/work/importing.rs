use std::sync::{Arc, Mutex};

use bytes::Bytes;
use yanzhen_bureau::importing::{ImportKind, ImportProgress, ImportRequest};
use yanzhen_bureau::{BureauError, Filter};
use yanzhen_proto::v1::MembershipState;
use yanzhen_sync::StreamId;

use crate::federation::{Federation, Who, import};

const ORGS: &str =
    "编号,全称,类型,设置方式,上级党组织编号\nZ1,第一党支部,党支部,单独,W1\nW1,党委,党委,联合,\n";

fn roster(people: usize) -> String {
    let mut file = String::from("编号,姓名,性别,离退休类别,政治面貌,隶属支部,入党时间\n");
    for n in 0..people {
        let member = if n % 2 == 0 { "中共党员,Z1,1975-07" } else { "群众,," };
        file.push_str(&format!("P{n:05},张{n},男,退休,{member}\n"));
    }
    file
}

#[tokio::test]
async fn good_rows_go_in_bad_ones_are_refused_with_line_column_and_a_file() {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    let orgs = federation.import_orgs(Who::East, ORGS).await;
    assert_eq!((orgs.counts.created, orgs.counts.refused), (2, 0));
    let file = "编号,姓名,类别,出生日期,政治面貌,隶属支部,备忘\n\
                A1,张三,退休,1950-01-01,中共党员,Z1,x\n\
                A2,李四,在职,1950-13-01,群众,,\n\
                A3,王五,退休,,中共党员,没有,\n\
                A1,张三,退休,,,,\n";
    let outcome = federation.import_people(Who::East, file).await;
    assert_eq!((outcome.counts.created, outcome.counts.refused), (1, 3));
    assert_eq!((outcome.counts.rows_done, outcome.counts.rows_total), (4, 4));
    let refused: Vec<(u64, Option<&str>)> =
        outcome.refusals.iter().map(|error| (error.line, error.column.as_deref())).collect();
    assert_eq!(refused, [(3, Some("出生日期")), (3, Some("类别")), (4, Some("隶属支部")), (5, Some("编号"))],);
    assert!(outcome.warnings[0].contains("备忘"));
    let again = outcome.refused_file.unwrap();
    let text = String::from_utf8(again.to_vec()).unwrap();
    assert!(text.contains("李四") && text.contains("王五") && text.contains("原因"), "{text}");
    let mended =
        text.replace("在职", "退休").replace("1950-13-01", "").replace("没有", "Z1").replace("A1", "A4");
    let outcome = import(federation.at(Who::East), ImportKind::People, mended.as_bytes()).await;
    assert_eq!((outcome.counts.created, outcome.counts.refused), (3, 0), "{:?}", outcome.refusals);
}

#[tokio::test]
async fn the_same_file_twice_writes_nothing_and_a_changed_row_only_itself() {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    federation.import_orgs(Who::East, ORGS).await;
    let first = federation.import_people(Who::East, &roster(700)).await;
    assert_eq!((first.counts.created, first.counts.refused), (700, 0));
    let heads = federation.at(Who::East).store().heads();
    let second = federation.import_people(Who::East, &roster(700)).await;
    assert_eq!((second.counts.unchanged, second.counts.frames), (700, 0));
    assert_eq!(federation.import_orgs(Who::East, ORGS).await.counts.unchanged, 2);
    assert_eq!(heads, federation.at(Who::East).store().heads());
    let changed = roster(700).replace("P00003,张3,男", "P00003,张3,女");
    let third = federation.import_people(Who::East, &changed).await;
    assert_eq!((third.counts.updated, third.counts.unchanged, third.counts.frames), (1, 699, 1));
}

#[tokio::test]
async fn frames_have_at_most_500_entries_and_rows_are_never_split() {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    federation.import_orgs(Who::East, ORGS).await;
    let east = federation.at(Who::East).store();
    let journal = StreamId::journal(Who::East.id(), 0);
    let before = east.head(&journal).seq;
    // A row with one entry first, so that 499 entries are followed by a row with two.
    let file = roster(1_001).replacen("P00000", "Q00000,李四,女,退休,群众,,\nP00000", 1);
    let outcome = federation.import_people(Who::East, &file).await;
    assert_eq!(outcome.counts.created, 1_002);
    let mut after = before;
    let mut entries = 0;
    while let Some(run) = east.load_run(journal, after).await.unwrap() {
        for frame in run.frames() {
            let ids: Vec<_> =
                frame.header().entries.iter().map(|entry| (entry.kind.clone(), entry.record)).collect();
            assert!(ids.len() <= 500);
            entries += ids.len();
            for (frame_entry, body) in frame.entries() {
                if frame_entry.kind.as_str() == "membership" {
                    let body = body.bytes().unwrap().clone();
                    let held = <yanzhen_proto::v1::Membership as prost::Message>::decode(body).unwrap();
                    let person = yanzhen_sync::RecordId::try_from(held.person.as_ref()).unwrap();
                    assert!(
                        ids.contains(&(yanzhen_bureau::kinds::person::KIND, person)),
                        "split over two frames"
                    );
                }
            }
        }
        after = run.stream_head().head.seq;
    }
    assert_eq!(entries, 1_002 + 501);
    assert_eq!(after - before, outcome.counts.frames);
}

#[tokio::test]
async fn progress_grows_to_the_end_and_a_stopped_import_goes_on_where_it_was() {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    federation.import_orgs(Who::East, ORGS).await;
    let east = federation.at(Who::East).clone();
    let seen = Arc::new(Mutex::new(Vec::<ImportProgress>::new()));
    let (told, first) = tokio::sync::oneshot::channel();
    let (noted, mut told) = (seen.clone(), Some(told));
    let request = |file: String| ImportRequest {
        kind: ImportKind::People,
        unit_code: "990101".into(),
        file: Bytes::from(file),
    };
    let run = east.import(request(roster(3_000)), move |progress| {
        noted.lock().unwrap().push(*progress);
        if progress.rows_done >= 500 {
            told.take().map(|told| told.send(()));
        }
    });
    tokio::select! {
        _ = run => panic!("it is stopped before its end"),
        _ = first => {}
    }
    assert!(seen.lock().unwrap().iter().all(|progress| progress.rows_total == 3_000));
    let held = east.list_people(&Filter::default()).await.unwrap().total;
    assert!((500..3_000).contains(&held), "{held}");
    let rest = east.import(request(roster(3_000)), |_| ()).await.unwrap();
    assert_eq!(rest.counts.created + rest.counts.unchanged, 3_000);
    assert_eq!(east.list_people(&Filter::default()).await.unwrap().total, 3_000);
    let members = east.show_org(None, "Z1").await.unwrap().members;
    assert_eq!(members, 1_500, "no person came in without the membership of the same row");
}

#[tokio::test]
async fn rows_for_units_of_other_sites_are_refused_and_files_that_are_none_are_named() {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    let file = "单位代码,编号,姓名,类别\n990100,A1,张三,退休\n990102,A1,李四,退休\n990101,A1,王五,退休\n";
    let outcome = federation.import_people(Who::Node, file).await;
    assert_eq!((outcome.counts.created, outcome.counts.refused), (2, 1));
    assert_eq!(outcome.refusals[0].line, 4);
    let request = ImportRequest {
        kind: ImportKind::People,
        unit_code: "990101".into(),
        file: Bytes::from_static(b"PK\x03\x04"),
    };
    let node = federation.at(Who::Node);
    assert!(matches!(node.import(request.clone(), |_| ()).await, Err(BureauError::NotHome { .. })));
    let here = ImportRequest { unit_code: String::new(), ..request };
    assert!(matches!(node.import(here, |_| ()).await, Err(BureauError::File(_))));
}

#[tokio::test]
async fn a_membership_that_ends_in_the_file_ends_at_every_tier() {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    federation.import_people(Who::East, "编号,姓名,类别,政治面貌\nA1,张三,退休,中共党员\n").await;
    federation.import_people(Who::East, "编号,姓名,类别,政治面貌\nA1,张三,退休,群众\n").await;
    federation.exchange().await;
    for who in [Who::East, Who::Node, Who::Central] {
        let shown = federation.at(who).show_person(None, "A1").await.unwrap();
        assert_eq!(shown.membership.unwrap().state(), MembershipState::Ended, "{who:?}");
    }
}

#[tokio::test]
async fn the_work_can_be_done_on_any_thread() {
    fn can_move<T: Send>(_: T) {}
    let federation = Federation::of(&[Who::Node]).await;
    let node = federation.at(Who::Node);
    let id = yanzhen_sync::RecordId::new([1; 16]);
    let file = ImportRequest { kind: ImportKind::Orgs, unit_code: String::new(), file: Bytes::new() };
    can_move(node.import(file, |_| ()));
    can_move(node.save_org(yanzhen_bureau::Save::default()));
    can_move(node.publish(yanzhen_bureau::documents::NewDocument::default()));
    can_move((node.deliver(), node.dispatch_waiting(), node.inbox(true), node.receipts(id)));
    can_move(node.reply_document(id, None, Default::default()));
    can_move((node.rollup(None), node.list_orgs(&Filter::default()), node.import_units(b"")));
}
