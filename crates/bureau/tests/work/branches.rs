//! Party branches as recipients: at every tier, answered by their secretaries or by the unit's office for them.

use yanzhen_bureau::documents::{Answer, Behalf, Course, DocumentError, NewDocument, Stage, Written};
use yanzhen_bureau::importing::{ImportKind, ImportRequest};
use yanzhen_bureau::kinds::receipt;
use yanzhen_bureau::kinds::recipient::Recipient;
use yanzhen_bureau::{Bureau, BureauError};
use yanzhen_sync::RecordId;

use crate::documents::notice;
use crate::federation::{Federation, Who};

const ORGS: &str = "编号,名称,类型,设立方式\n";

/// Branches of a site, by number: two of its own unit.
async fn with_branches(federation: &Federation, who: Who) -> [String; 2] {
    let number = |n: u8| format!("{}-{n}", who.code());
    let file =
        format!("{ORGS}{0},{0}第一党支部,党支部,单独\n{1},{1}第二党支部,党支部,单独\n", number(1), number(2));
    let imported = federation.import_orgs(who, &file).await;
    assert_eq!((imported.counts.created, imported.refusals), (2, vec![]), "{who:?}");
    [number(1), number(2)]
}

async fn branch(bureau: &Bureau, number: &str) -> Recipient {
    bureau.branch_recipient(number).await.unwrap()
}

fn to_branches(units: &[&str], branches: &[&str]) -> NewDocument {
    NewDocument { to_branches: branches.iter().map(|one| (*one).to_owned()).collect(), ..notice(units) }
}

fn refused<T: std::fmt::Debug>(result: Result<T, BureauError>) -> DocumentError {
    match result.unwrap_err() {
        BureauError::Document(error) => error,
        other => panic!("{other}"),
    }
}

async fn stages(bureau: &Bureau, id: RecordId) -> Vec<(String, String, Stage)> {
    let matrix = bureau.receipts(id).await.unwrap();
    matrix.rows.into_iter().map(|row| (row.code, row.branch, row.stage)).collect()
}

fn row(code: &str, branch: &str, stage: Stage) -> (String, String, Stage) {
    (code.to_owned(), branch.to_owned(), stage)
}

#[tokio::test]
async fn every_tier_reaches_the_branches_of_its_subtree_and_its_own() {
    let federation = Federation::of(&[Who::Node, Who::East, Who::West]).await;
    for who in [Who::Central, Who::Node, Who::East, Who::West] {
        with_branches(&federation, who).await;
    }
    federation.exchange().await;
    let table = [
        (Who::Central, "990000-1", true),
        (Who::Central, "990100-1", true),
        (Who::Central, "990101-1", true),
        (Who::Node, "990100-2", true),
        (Who::Node, "990102-1", true),
        (Who::Node, "990000-1", false),
        (Who::East, "990101-1", true),
        (Who::East, "990102-1", false),
        (Who::East, "990100-1", false),
    ];
    for (who, number, may) in table {
        let published = federation
            .at(who)
            .publish(NewDocument { number: String::new(), ..to_branches(&[], &[number]) })
            .await;
        assert_eq!(published.is_ok(), may, "{who:?} {number} {published:?}");
        let Ok(published) = published else { continue };
        federation.exchange().await;
        let home = match &number[..6] {
            "990000" => Who::Central,
            "990100" => Who::Node,
            "990101" => Who::East,
            _ => Who::West,
        };
        federation.at(home).deliver().await.unwrap();
        federation.exchange().await;
        let name = format!("{number}第一党支部").replace("-2第一", "-2第二");
        assert_eq!(
            stages(federation.at(who), published.id).await,
            [row(&number[..6], &name, Stage::Delivered)]
        );
    }
}

#[tokio::test]
async fn a_branch_has_a_receipt_of_its_own_below_its_unit_and_says_who_acted_for_it() {
    let federation = Federation::of(&[Who::Node, Who::East, Who::West]).await;
    let [first, second] = with_branches(&federation, Who::East).await;
    federation.exchange().await;
    let (central, east) = (federation.at(Who::Central), federation.at(Who::East));
    let id = central.publish(to_branches(&["990101", "990102"], &[&second, &first])).await.unwrap().id;
    federation.exchange().await;
    east.deliver().await.unwrap();
    assert_eq!(east.inbox(false).await.unwrap().len(), 1, "the unit's own only");
    assert_eq!(east.branch_inbox(None, false).await.unwrap().len(), 2);
    let (one, two) = (branch(east, &first).await, branch(east, &second).await);
    assert_eq!(east.branch_inbox(Some(one), false).await.unwrap().len(), 1);

    east.sign_document(id, Some(Behalf { of: one, proxy: "" }), "赵书记").await.unwrap();
    let by_office = Some(Behalf { of: two, proxy: "李晓芸" });
    let answer = Answer { text: "已传达。".into(), ..Answer::default() };
    east.reply_document(id, by_office, answer).await.unwrap();
    federation.exchange().await;
    let expected = [
        row("990101", "", Stage::Delivered),
        row("990101", "990101-2第二党支部", Stage::Replied),
        row("990101", "990101-1第一党支部", Stage::Signed),
        row("990102", "", Stage::Sent),
    ];
    assert_eq!(stages(central, id).await, expected);
    let rows = central.receipts(id).await.unwrap().rows;
    let told = |row: usize| {
        let receipt = &rows[row].receipt;
        [receipt.signed_by.as_str(), receipt.signed_proxy.as_str(), receipt.closed_proxy.as_str()]
            .map(str::to_owned)
    };
    assert_eq!(told(1), ["990101-2第二党支部", "李晓芸", "李晓芸"]);
    assert_eq!(told(2), ["赵书记", "", ""]);
    assert_eq!(central.issued(0, 0).await.unwrap().rows[0].counts.recipients, 4);
    assert_eq!(east.inbox(false).await.unwrap().len(), 1, "the unit has still to do its own");
    let west = federation.at(Who::West);
    let of_east = west.store().record(&receipt::KIND, receipt::id_of(id, one)).await.unwrap();
    assert!(of_east.is_none(), "another county sees nothing of it");
    let foreign = refused(west.sign_document(id, Some(Behalf { of: one, proxy: "" }), "x").await);
    assert!(matches!(foreign, DocumentError::NotAddressed { .. }));
}

#[tokio::test]
async fn returning_reminding_and_recalling_work_for_branches_as_for_units() {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    let [first, second] = with_branches(&federation, Who::East).await;
    let [own, _] = with_branches(&federation, Who::Central).await;
    federation.exchange().await;
    let (central, east) = (federation.at(Who::Central), federation.at(Who::East));
    let id = central.publish(to_branches(&[], &[&first, &second, &own])).await.unwrap().id;
    federation.exchange().await;
    let (one, two) = (branch(east, &first).await, branch(east, &second).await);
    let returned =
        east.return_document(id, Some(Behalf { of: one, proxy: "李晓芸" }), "不属于本支部").await.unwrap();
    assert_eq!(returned.receipt.receipt.closed_proxy, "李晓芸");
    federation.exchange().await;
    let own = branch(central, &own).await;
    assert_eq!(
        central.remind(id, &[one, two, own], "请办理。", "周建业").await.unwrap(),
        2,
        "not who returned it"
    );
    federation.exchange().await;
    let reminded = east.branch_inbox(Some(two), false).await.unwrap();
    assert_eq!(reminded[0].reminder.as_ref().unwrap().count, 1);
    assert_eq!(central.branch_inbox(Some(own), false).await.unwrap()[0].reminder.as_ref().unwrap().count, 1);
    central.recall_document(id, "内容有误").await.unwrap();
    federation.exchange().await;
    assert_eq!(east.branch_inbox(None, false).await.unwrap(), vec![]);
    let late = refused(east.sign_document(id, Some(Behalf { of: two, proxy: "" }), "x").await);
    assert!(matches!(late, DocumentError::Recalled { .. }));
}

#[tokio::test]
async fn branches_of_a_unit_without_a_site_read_where_its_records_are() {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    let file = format!("{ORGS}东河镇-1,东河镇第一党支部,党支部,单独\n").into();
    let import = ImportRequest { kind: ImportKind::Orgs, unit_code: "99010101".into(), file };
    let imported = federation.at(Who::East).import(import, |_| ()).await.unwrap();
    assert_eq!((imported.counts.created, imported.refusals), (1, vec![]));
    federation.exchange().await;
    let id = federation.at(Who::Central).publish(to_branches(&["99010101"], &["东河镇-1"])).await.unwrap().id;
    federation.exchange().await;
    let east = federation.at(Who::East);
    east.deliver().await.unwrap();
    let came = east.branch_inbox(None, false).await.unwrap();
    assert_eq!(came.iter().map(|view| view.id).collect::<Vec<_>>(), [id]);
    assert_eq!(east.inbox(true).await.unwrap(), vec![], "the town itself has no site to read at");
    federation.exchange().await;
    let expected =
        [row("99010101", "", Stage::Waiting), row("99010101", "东河镇第一党支部", Stage::Delivered)];
    assert_eq!(stages(federation.at(Who::Central), id).await, expected);
}

#[tokio::test]
async fn a_draft_names_each_branch_once_and_none_that_was_dissolved() {
    let federation = Federation::of(&[Who::Node]).await;
    let [first, second] = with_branches(&federation, Who::Central).await;
    let central = federation.at(Who::Central);
    let written = |change: fn(&mut Written)| {
        let mut written = Written { title: "通知".into(), body: "正文。".into(), ..Written::default() };
        change(&mut written);
        central.draft_content(Course::Down, written)
    };
    let all = written(|w| {
        w.all_branches = vec!["990000".into()];
        w.to_branches = vec!["990000-2".into()];
        w.copy_branches = vec!["990000-1".into()];
    });
    let all = all.await.unwrap();
    let names: Vec<&str> = all.to_branches.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, [format!("{second}第二党支部"), format!("{first}第一党支部")]);
    assert_eq!(all.copy_branches, vec![], "主送 goes before 抄送");
    central.check_draft(&all).await.unwrap();
    let unknown = written(|w| w.to_branches = vec!["990000-9".into()]).await;
    assert!(matches!(unknown, Err(BureauError::NotFound { .. })), "{unknown:?}");
}
