//! What is private follows its person, and nobody on the way reads it.

use prost::Message;
use yanzhen_bureau::kinds::person_private;
use yanzhen_bureau::transfers::{Acceptance, Release, TransferError};
use yanzhen_bureau::{Bureau, BureauError};
use yanzhen_proto::v1::PersonPrivate;
use yanzhen_sync::RecordId;

use crate::federation::{Federation, SOUTH_UNITS, Who};
use crate::transfers::{add, release, settle};

const ALL: [Who; 7] =
    [Who::Central, Who::Node, Who::East, Who::West, Who::Direct, Who::SouthNode, Who::South];

const PHONE: &str = "13812342046";
const ADDRESS: &str = "古溪县城关镇东街12号";

async fn federation() -> Federation {
    let mut federation = Federation::central().await;
    federation.at(Who::Central).import_units(SOUTH_UNITS.as_bytes()).await.unwrap();
    for who in [Who::Node, Who::East, Who::West, Who::Direct, Who::SouthNode, Who::South] {
        federation.join(who).await;
    }
    federation
}

async fn person(bureau: &Bureau, unit: &str) -> RecordId {
    let person = add(bureau, unit, "A1").await;
    let private = PersonPrivate { phone: PHONE.into(), address: ADDRESS.into(), ..PersonPrivate::default() };
    bureau.save_private(person, 0, private).await.unwrap();
    person
}

/// Who can read what is private of a person, whatever page would show it.
async fn readers(federation: &Federation, person: RecordId) -> Vec<Who> {
    let mut readers = Vec::new();
    for who in ALL {
        let opened = federation.at(who).open_sealed::<PersonPrivate>(person_private::id_of(person)).await;
        if let Ok(Some(opened)) = opened {
            assert_eq!((opened.body.phone.as_str(), opened.body.address.as_str()), (PHONE, ADDRESS));
            readers.push(who);
        }
    }
    readers
}

/// Which sites still hold an envelope that was written for the unit.
async fn holders(federation: &Federation, person: RecordId, unit: &str) -> Vec<Who> {
    let unit = federation.unit(unit);
    let mut holders = Vec::new();
    for who in ALL {
        let store = federation.at(who).store();
        let history = store.history(&person_private::KIND, person_private::id_of(person)).await.unwrap();
        if history.iter().any(|entry| entry.unit == unit && entry.body.is_some()) {
            holders.push(who);
        }
    }
    holders
}

#[tokio::test]
async fn it_follows_between_any_two_units_and_the_old_home_erases_its_own() {
    use Who::*;
    let cases = [
        ("siblings below one node", (East, "990101"), (West, "990102")),
        ("counties of two nodes", (East, "990101"), (South, "990201")),
        ("county to direct unit", (East, "990101"), (Direct, "990900")),
        ("county up to its node", (East, "990101"), (Node, "990100")),
        ("node down to its county", (Node, "990100"), (East, "990101")),
        ("county up to central", (East, "990101"), (Central, "990000")),
        ("central down to a county", (Central, "990000"), (South, "990201")),
        ("a township without a site", (East, "99010101"), (West, "990102")),
        ("two units of one site", (East, "990101"), (East, "99010101")),
    ];
    for (name, (from, from_unit), (to, to_unit)) in cases {
        let federation = federation().await;
        let person = person(federation.at(from), from_unit).await;
        settle(&federation, &ALL).await;
        let id = federation.at(from).release_person(release(from_unit, person, to_unit)).await.unwrap();
        settle(&federation, &ALL).await;
        if from != to {
            assert_eq!(readers(&federation, person).await, [from], "{name}: nobody has accepted");
            federation.at(to).accept_transfer(id, &Acceptance::default()).await.unwrap();
            settle(&federation, &ALL).await;
            assert_eq!(holders(&federation, person, from_unit).await, [], "{name}: erased");
        }
        assert_eq!(readers(&federation, person).await, [to], "{name}");
        let kept = federation.at(to).private(person).await.unwrap();
        assert_eq!(kept.held.phone, PHONE, "{name}");
        // It can be changed there, and follows back.
        let changed = PersonPrivate { national_id: "11010519491231002X".into(), ..kept.held };
        federation.at(to).save_private(person, kept.revision, changed).await.unwrap();
        let back = federation.at(to).release_person(release(to_unit, person, from_unit)).await.unwrap();
        settle(&federation, &ALL).await;
        if from != to {
            federation.at(from).accept_transfer(back, &Acceptance::default()).await.unwrap();
            settle(&federation, &ALL).await;
        }
        let kept = federation.at(from).private(person).await.unwrap().held;
        assert_eq!((kept.phone.as_str(), kept.national_id.as_str()), (PHONE, "11010519491231002X"), "{name}");
        assert_eq!(readers(&federation, person).await, [from], "{name}: back again");
    }
}

#[tokio::test]
async fn no_byte_that_any_site_sends_tells_what_is_private_while_it_follows() {
    let federation = federation().await;
    let person = person(federation.at(Who::East), "").await;
    let id = federation.at(Who::East).release_person(release("", person, "990201")).await.unwrap();
    settle(&federation, &ALL).await;
    federation.at(Who::South).accept_transfer(id, &Acceptance::default()).await.unwrap();
    settle(&federation, &ALL).await;
    assert_eq!(readers(&federation, person).await, [Who::South]);
    let mut names = 0;
    for who in ALL {
        let store = federation.at(who).store();
        for stream in store.heads().into_keys() {
            let mut after = 0;
            while let Some(run) = store.load_run(stream, after).await.unwrap() {
                after += run.frames().len() as u64;
                let sent = run.to_wire().encode_to_vec();
                let holds = |part: &str| sent.windows(part.len()).any(|window| window == part.as_bytes());
                names += u32::from(holds("张三"));
                assert!(!holds(PHONE) && !holds(ADDRESS), "{who:?} has it in the clear in {stream}");
            }
        }
    }
    assert!(names > 3, "the roster goes in the clear, so these are the bytes that are sent");
}

#[tokio::test]
async fn it_is_not_changed_while_its_person_or_itself_is_on_the_way() {
    let federation = federation().await;
    let (east, west) = (federation.at(Who::East), federation.at(Who::West));
    let person = person(east, "").await;
    let id = east.release_person(release("", person, "990102")).await.unwrap();
    let late = east.save_private(person, 1, PersonPrivate::default()).await.unwrap_err();
    assert!(matches!(late, BureauError::Transfer(TransferError::UnderWay { .. })), "{late}");
    settle(&federation, &ALL).await;
    west.accept_transfer(id, &Acceptance::default()).await.unwrap();
    assert!(west.is_private_coming(person).await.unwrap());
    let early = west.save_private(person, 0, PersonPrivate::default()).await.unwrap_err();
    assert!(matches!(early, BureauError::Transfer(TransferError::PrivateComing)), "{early}");
    settle(&federation, &ALL).await;
    assert!(!west.is_private_coming(person).await.unwrap());
    assert_eq!(west.private(person).await.unwrap().held.phone, PHONE);
}

/// The person goes on before what is private of them has come.
#[tokio::test]
async fn it_catches_up_with_who_moves_twice() {
    let federation = federation().await;
    let person = person(federation.at(Who::East), "").await;
    let first = federation.at(Who::East).release_person(release("", person, "990102")).await.unwrap();
    settle(&federation, &ALL).await;
    let west = federation.at(Who::West);
    west.accept_transfer(first, &Acceptance::default()).await.unwrap();
    let on = Release { reason: "再次转出".into(), ..release("", person, "990201") };
    let second = west.release_person(on).await.unwrap();
    settle(&federation, &ALL).await;
    federation.at(Who::South).accept_transfer(second, &Acceptance::default()).await.unwrap();
    settle(&federation, &ALL).await;
    assert_eq!(readers(&federation, person).await, [Who::South]);
    assert_eq!(holders(&federation, person, "990101").await, []);
    assert_eq!(holders(&federation, person, "990102").await, []);
}
