//! People who change their unit, case by case.

use yanzhen_bureau::kinds::transfer;
use yanzhen_bureau::people::ClosePerson;
use yanzhen_bureau::transfers::{
    Acceptance, Release, TransferError, TransferFilter, TransferState, TransferView,
};
use yanzhen_bureau::{Bureau, BureauError, Filter, Save};
use yanzhen_proto::v1::{Appointment, AwayNotice, CommunityLink, Transfer};
use yanzhen_store::{Target, Write, WriteError};
use yanzhen_sync::RecordId;

use crate::federation::{Federation, NOON, SOUTH_UNITS, Who, edit};

const DAY: i64 = 24 * 3600 * 1000;

async fn federation() -> Federation {
    let mut federation = Federation::central().await;
    federation.at(Who::Central).import_units(SOUTH_UNITS.as_bytes()).await.unwrap();
    for who in [Who::Node, Who::East, Who::West, Who::Direct, Who::SouthNode, Who::South] {
        federation.join(who).await;
    }
    federation
}

pub(crate) async fn add(bureau: &Bureau, unit: &str, number: &str) -> RecordId {
    let fields = [("编号", number), ("姓名", "张三"), ("类别", "退休"), ("政治面貌", "中共党员")];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let save = Save { unit_code: unit.to_owned(), fields, ..Save::default() };
    bureau.save_person(save).await.unwrap().id
}

pub(crate) fn release(unit: &str, person: RecordId, to: &str) -> Release {
    Release {
        unit_code: unit.to_owned(),
        person: person.to_string(),
        to: to.to_owned(),
        reason: "随子女居住".to_owned(),
        ..Release::default()
    }
}

/// Everybody does what there is to do by itself, and tells the others, until all is quiet.
pub(crate) async fn settle(federation: &Federation, sites: &[Who]) {
    loop {
        federation.exchange().await;
        let mut done = 0;
        for who in sites {
            let passed = federation.at(*who).pass_transfers().await.unwrap();
            done += passed.mailed + passed.answered + passed.followed;
        }
        if done == 0 {
            return;
        }
    }
}

const ALL: [Who; 7] =
    [Who::Central, Who::Node, Who::East, Who::West, Who::Direct, Who::SouthNode, Who::South];

/// The units that sites have a person in.
async fn seen(federation: &Federation, person: RecordId) -> Vec<(Who, String)> {
    let mut seen = Vec::new();
    for who in ALL {
        if let Ok(view) = federation.at(who).show_person(None, &person.to_string()).await {
            assert!(view.membership.is_some(), "{who:?} has the membership beside the person");
            seen.push((who, view.unit_code));
        }
    }
    seen
}

async fn count(bureau: &Bureau) -> u64 {
    let report = bureau.rollup(None).await.unwrap();
    assert_eq!(report.mismatches, []);
    assert_eq!(report.total.people, report.total.ordinary_members, "each is a member");
    report.total.people
}

async fn only(bureau: &Bureau) -> TransferView {
    let filter = TransferFilter { answered: true, ..TransferFilter::default() };
    let mut page = bureau.transfers(filter).await.unwrap();
    assert_eq!(page.total, 1);
    page.rows.pop().unwrap()
}

/// Who releases from which unit, who accepts in which, and which sites have the person then.
type Case = (&'static str, (Who, &'static str), (Who, &'static str), &'static [Who]);

#[tokio::test]
async fn a_person_moves_between_any_two_units_and_counts_once_at_every_tier() {
    use Who::*;
    let cases: [Case; 9] = [
        ("siblings below one node", (East, "990101"), (West, "990102"), &[Central, Node, West]),
        ("counties of two nodes", (East, "990101"), (South, "990201"), &[Central, SouthNode, South]),
        ("county to direct unit", (East, "990101"), (Direct, "990900"), &[Central, Direct]),
        ("county up to its node", (East, "990101"), (Node, "990100"), &[Central, Node]),
        ("node down to its county", (Node, "990100"), (East, "990101"), &[Central, Node, East]),
        ("county up to central", (East, "990101"), (Central, "990000"), &[Central]),
        ("central down to a county", (Central, "990000"), (South, "990201"), &[Central, SouthNode, South]),
        ("a township without a site", (East, "99010101"), (West, "990102"), &[Central, Node, West]),
        ("into a township without a site", (West, "990102"), (East, "99010101"), &[Central, Node, East]),
    ];
    for (name, (from, from_unit), (to, to_unit), holders) in cases {
        let federation = federation().await;
        let person = add(federation.at(from), from_unit, "A1").await;
        settle(&federation, &ALL).await;
        let before = seen(&federation, person).await;
        let id = federation.at(from).release_person(release(from_unit, person, to_unit)).await.unwrap();
        settle(&federation, &ALL).await;
        assert_eq!(seen(&federation, person).await, before, "{name}: counts where it was");
        let waiting = only(federation.at(to)).await;
        assert!(waiting.can_be_accepted() && waiting.transfer.name == "张三", "{name}");
        federation.at(to).accept_transfer(id, &Acceptance::default()).await.unwrap();
        assert_eq!(count(federation.at(Central)).await, 1, "{name}");
        settle(&federation, &ALL).await;
        let expected: Vec<(Who, String)> = holders.iter().map(|who| (*who, to_unit.to_owned())).collect();
        assert_eq!(seen(&federation, person).await, expected, "{name}");
        for who in ALL {
            let here = holders.contains(&who);
            assert_eq!(count(federation.at(who)).await, u64::from(here), "{name}: {who:?}");
        }
        assert_eq!(only(federation.at(from)).await.state, TransferState::Accepted, "{name}");
        assert_eq!(only(federation.at(Central)).await.state, TransferState::Accepted, "{name}");
        // And back again: versions go on.
        let back = federation.at(to).release_person(release(to_unit, person, from_unit)).await.unwrap();
        settle(&federation, &ALL).await;
        federation.at(from).accept_transfer(back, &Acceptance::default()).await.unwrap();
        settle(&federation, &ALL).await;
        assert_eq!(seen(&federation, person).await, before, "{name}: back again");
    }
}

#[tokio::test]
async fn within_one_site_a_person_moves_at_once_and_both_units_have_the_act() {
    let federation = federation().await;
    let east = federation.at(Who::East);
    let person = add(east, "990101", "A1").await;
    add(east, "99010101", "A1").await;
    let moved = release("990101", person, "99010101");
    let taken = east.release_person(moved.clone()).await.unwrap_err();
    assert!(matches!(taken, BureauError::Transfer(TransferError::NumberTaken(_))), "{taken}");
    let acceptance = Acceptance { number: "A2".into(), ..Acceptance::default() };
    east.release_person(Release { acceptance, ..moved }).await.unwrap();
    assert_eq!(only(east).await.state, TransferState::Accepted);
    settle(&federation, &ALL).await;
    for who in [Who::Central, Who::Node, Who::East] {
        let view = federation.at(who).show_person(None, &person.to_string()).await.unwrap();
        assert_eq!((view.unit_code.as_str(), view.person.number.as_str()), ("99010101", "A2"));
    }
}

#[tokio::test]
async fn who_is_on_the_way_is_neither_changed_nor_released_again() {
    let federation = federation().await;
    let east = federation.at(Who::East);
    let person = add(east, "", "A1").await;
    let first = release("", person, "990102");
    east.release_person(first.clone()).await.unwrap();
    let again = east.release_person(first).await.unwrap_err();
    assert!(matches!(again, BureauError::Transfer(TransferError::UnderWay { .. })), "{again}");
    let rank = vec![("职级".to_owned(), "县处级".to_owned())];
    let edit = Save { number: "A1".into(), fields: rank, ..Save::default() };
    let refused = east.save_person(edit.clone()).await.unwrap_err();
    assert!(refused.is_refusal() && refused.to_string().contains("transferred"), "{refused}");
    let died = ClosePerson {
        number: "A1".into(),
        status: "去世".into(),
        on: "2026-11-01".into(),
        ..ClosePerson::default()
    };
    assert!(east.close_person(died).await.unwrap_err().is_refusal());
    let imported = federation.import_people(Who::East, "编号,姓名,类别\nA1,张四,退休\nA2,李四,退休\n").await;
    assert_eq!((imported.counts.created, imported.counts.refused), (1, 1));
    assert_eq!(east.show_person(None, "A1").await.unwrap().person.name, "张三");
    // Returned, the person is the old unit's to change again.
    settle(&federation, &ALL).await;
    let west = federation.at(Who::West);
    let id = only(west).await.id;
    assert!(west.return_transfer(id, " ").await.unwrap_err().is_refusal(), "a reason is needed");
    west.return_transfer(id, "查无此人").await.unwrap();
    let late = west.accept_transfer(id, &Acceptance::default()).await.unwrap_err();
    assert!(matches!(late, BureauError::Transfer(TransferError::Answered)), "{late}");
    settle(&federation, &ALL).await;
    let returned = only(east).await;
    assert_eq!((returned.state, returned.answer_reason.as_str()), (TransferState::Returned, "查无此人"));
    east.save_person(edit).await.unwrap();
}

#[tokio::test]
async fn a_withdrawal_is_granted_unless_the_new_unit_was_first() {
    let federation = federation().await;
    let (east, south) = (federation.at(Who::East), federation.at(Who::South));
    let person = add(east, "", "A1").await;
    let id = east.release_person(release("", person, "990201")).await.unwrap();
    settle(&federation, &ALL).await;
    east.withdraw_transfer(id).await.unwrap();
    assert_eq!(only(east).await.state, TransferState::Withdrawing);
    assert_eq!(east.in_transfer(&[person]).await.unwrap(), [person], "nobody knows yet who was first");
    settle(&federation, &ALL).await;
    assert_eq!(only(east).await.state, TransferState::Withdrawn);
    assert_eq!(only(south).await.state, TransferState::Withdrawn);
    assert_eq!(east.in_transfer(&[person]).await.unwrap(), []);

    let id = east.release_person(release("", person, "990201")).await.unwrap();
    settle(&federation, &ALL).await;
    south.accept_transfer(id, &Acceptance::default()).await.unwrap();
    east.withdraw_transfer(id).await.unwrap();
    settle(&federation, &ALL).await;
    let holders: Vec<Who> = seen(&federation, person).await.into_iter().map(|(who, _)| who).collect();
    assert_eq!(holders, [Who::Central, Who::SouthNode, Who::South]);
}

#[tokio::test]
async fn what_nobody_answers_in_time_is_returned_by_itself() {
    let federation = federation().await;
    let (east, west) = (federation.at(Who::East), federation.at(Who::West));
    let person = add(east, "", "A1").await;
    let id = east.release_person(release("", person, "990102")).await.unwrap();
    settle(&federation, &ALL).await;
    let waiting = only(west).await;
    assert_eq!((waiting.transfer.valid_until.as_str(), waiting.days_left), ("2027-02-22", Some(92)));
    assert_eq!(west.transfer_alerts().await.unwrap().to_answer_soon, 0);
    federation.clock.set(NOON + 92 * DAY);
    assert_eq!(west.pass_transfers().await.unwrap().answered, 0, "the last day counts");
    assert_eq!(west.transfer_alerts().await.unwrap().to_answer_soon, 1);
    assert_eq!(east.transfer_alerts().await.unwrap().running_out, 1);
    federation.clock.set(NOON + 93 * DAY);
    let late = west.accept_transfer(id, &Acceptance::default()).await.unwrap_err();
    assert!(matches!(late, BureauError::Transfer(TransferError::Expired(_))), "{late}");
    settle(&federation, &ALL).await;
    assert_eq!(only(east).await.state, TransferState::Expired);
    assert_eq!(east.in_transfer(&[person]).await.unwrap(), []);
    assert_eq!(east.transfer_alerts().await.unwrap(), Default::default());
}

#[tokio::test]
async fn nobody_is_released_to_nowhere_or_who_is_not_in_care() {
    let federation = federation().await;
    let east = federation.at(Who::East);
    let person = add(east, "", "A1").await;
    let to = |code: &str| east.release_person(release("", person, code));
    assert!(matches!(to("000").await.unwrap_err(), BureauError::UnknownUnit(_)));
    assert!(matches!(to("990101").await.unwrap_err(), BureauError::Transfer(TransferError::ToItself(_))));
    let not_here = federation.at(Who::West).release_person(release("", person, "990900")).await.unwrap_err();
    assert!(matches!(not_here, BureauError::NotFound { .. }), "{not_here}");
    let died = ClosePerson {
        number: "A1".into(),
        status: "去世".into(),
        on: "2026-11-01".into(),
        ..ClosePerson::default()
    };
    east.close_person(died).await.unwrap();
    assert!(matches!(
        to("990102").await.unwrap_err(),
        BureauError::Transfer(TransferError::NotLiving { .. })
    ));
    assert_eq!(east.list_people(&Filter::default()).await.unwrap().total, 1);
}

#[tokio::test]
async fn each_step_is_done_again_after_a_restart_and_mails_nothing_twice() {
    let mut federation = federation().await;
    let person = add(federation.at(Who::East), "", "A1").await;
    let id = federation.at(Who::East).release_person(release("", person, "990102")).await.unwrap();
    settle(&federation, &ALL).await;
    for who in [Who::Node, Who::West] {
        federation.restart(who).await;
        let passed = federation.at(who).pass_transfers().await.unwrap();
        assert_eq!((passed.mailed, passed.answered), (0, 0), "{who:?}");
    }
    federation.at(Who::West).accept_transfer(id, &Acceptance::default()).await.unwrap();
    federation.restart(Who::West).await;
    settle(&federation, &ALL).await;
    federation.restart(Who::Node).await;
    assert_eq!(federation.at(Who::Node).pass_transfers().await.unwrap().mailed, 0);
    assert_eq!(only(federation.at(Who::East)).await.state, TransferState::Accepted);
}

#[tokio::test]
async fn posts_absences_and_communities_end_at_the_old_unit_on_the_day_of_the_acceptance() {
    let federation = federation().await;
    let (east, west) = (federation.at(Who::East), federation.at(Who::West));
    let person = add(east, "", "A1").await;
    let save = |fields: &[(&str, &str)]| {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Save { fields: fields.collect(), ..Save::default() }
    };
    let branch = [("编号", "Z1"), ("全称", "第一党支部"), ("类型", "党支部"), ("设置方式", "单独")];
    east.save_org(save(&branch)).await.unwrap();
    let post = [("org", "Z1"), ("person", "A1"), ("role", "书记"), ("from", "2024-01-01")];
    let home = [("home_name", "王建国"), ("home_phone", "13900007731")];
    let away = [("person", "A1"), ("from", "2026-11-01"), ("county", "530102")];
    let there = [("away_name", "李秀英"), ("away_phone", "13900007730")];
    let away = [&away[..], &there, &home].concat();
    let link = [("person", "A1"), ("community", "翠湖社区"), ("consented_on", "2025-05-01")];
    let there = [("community_name", "李秀英"), ("community_phone", "13900007730")];
    let link = [&link[..], &there, &home].concat();
    east.save_kept::<Appointment>(&save(&post), None).await.unwrap();
    east.save_kept::<AwayNotice>(&save(&away), None).await.unwrap();
    east.save_kept::<CommunityLink>(&save(&link), None).await.unwrap();
    let ends = async |who: Who| {
        let bureau = federation.at(who);
        let posts = bureau.posts_of_person(person).await.unwrap();
        let links = bureau.communities_of(person).await.unwrap();
        let away = bureau.away_of(person).await.unwrap();
        let ends = [posts[0].post.body.to.clone(), away[0].notice.body.returned_on.clone()];
        [ends.as_slice(), &[links[0].body.ended_on.clone()]].concat()
    };
    let id = east.release_person(release("", person, "990102")).await.unwrap();
    settle(&federation, &ALL).await;
    assert_eq!(ends(Who::East).await, ["", "", ""], "nobody has accepted");
    federation.clock.set(NOON + DAY);
    west.accept_transfer(id, &Acceptance::default()).await.unwrap();
    federation.clock.set(NOON + 9 * DAY);
    settle(&federation, &ALL).await;
    for who in [Who::East, Who::Node, Who::Central] {
        assert_eq!(ends(who).await, ["2026-11-23"; 3], "{who:?}");
    }
    // Who comes back has a new post, which the former leave does not end.
    let back = west.release_person(release("", person, "990101")).await.unwrap();
    settle(&federation, &ALL).await;
    east.accept_transfer(back, &Acceptance::default()).await.unwrap();
    let again = [("org", "Z1"), ("person", "A1"), ("role", "书记"), ("from", "2026-12-01")];
    east.save_kept::<Appointment>(&save(&again), None).await.unwrap();
    settle(&federation, &ALL).await;
    let posts = east.posts_of_person(person).await.unwrap();
    assert_eq!(posts.iter().filter(|post| post.post.body.to.is_empty()).count(), 1);
}

#[tokio::test]
async fn nobody_is_handed_over_whom_their_own_home_has_not_released() {
    let federation = federation().await;
    let (east, west) = (federation.at(Who::East), federation.at(Who::West));
    let person = add(east, "", "A1").await;
    settle(&federation, &ALL).await;
    let before = seen(&federation, person).await;
    let claim = Transfer {
        person: person.to_bytes(),
        to: federation.unit("990900").to_bytes(),
        issued: "2026-11-20".into(),
        valid_until: "2026-11-30".into(),
        number: "A1".into(),
        name: "张三".into(),
        released_ms: 1,
        ..Transfer::default()
    };
    let id = RecordId::new([9; 16]);
    let write = |unit: &str| {
        let edit = edit(transfer::KIND, id, federation.unit(unit), &claim);
        Write { targets: vec![Target::Journal], edits: vec![edit] }
    };
    let in_their_name = west.store().write(write("990101")).await;
    assert!(matches!(in_their_name, Err(WriteError::NotHome(_))), "{in_their_name:?}");
    west.store().write(write("990102")).await.unwrap();
    settle(&federation, &ALL).await;
    let direct = federation.at(Who::Direct);
    let taken = direct.accept_transfer(id, &Acceptance::default()).await.unwrap_err();
    assert!(matches!(taken, BureauError::NotFound { .. }), "nothing was mailed: {taken}");
    let up = federation.at(Who::Central).release_person(release("990102", person, "990000")).await;
    assert!(up.is_err(), "a superior releases nobody of a unit below");
    assert_eq!(seen(&federation, person).await, before);
}
