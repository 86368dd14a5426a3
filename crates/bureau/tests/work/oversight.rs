use bytes::Bytes;
use yanzhen_bureau::BureauError;
use yanzhen_proto::v1::{AuditEvent, AuditEvents, OfficeAccount, OfficeAccounts, RoleGrant};
use yanzhen_store::{Edit, Expected, Target, Write};

use prost::Message;
use yanzhen_bureau::kinds::oversight::{AUDIT, audit_id};

use crate::federation::{Federation, Who};

const LUO: [u8; 16] = [7; 16];

fn accounts() -> OfficeAccounts {
    let luo =
        OfficeAccount { id: Bytes::from(LUO.to_vec()), name: "罗雨桐".into(), ..OfficeAccount::default() };
    OfficeAccounts { left_above: true, accounts: vec![luo] }
}

fn clerk(federation: &Federation) -> RoleGrant {
    RoleGrant {
        unit: federation.unit("990101").to_bytes(),
        account: Bytes::from(LUO.to_vec()),
        roles: vec!["clerk".into()],
        by: "刘安".into(),
        ..RoleGrant::default()
    }
}

#[tokio::test]
async fn only_the_site_right_above_gives_roles_and_only_where_the_office_leaves_it_to_it() {
    let federation = Federation::of(&[Who::Node, Who::East, Who::West]).await;
    let (central, node, east) =
        (federation.at(Who::Central), federation.at(Who::Node), federation.at(Who::East));
    assert!(!east.tell_accounts(OfficeAccounts::default()).await.unwrap(), "nothing to say");
    let refused = node.grant_roles(clerk(&federation)).await;
    assert!(matches!(refused, Err(BureauError::NotFound { .. })), "{refused:?}");
    assert!(east.tell_accounts(accounts()).await.unwrap());
    assert!(!east.tell_accounts(accounts()).await.unwrap(), "once");
    federation.exchange().await;
    assert_eq!(node.offices().await.unwrap()[0].accounts, accounts());
    assert_eq!(central.offices().await.unwrap(), [], "it is not right below");
    assert!(central.grant_roles(clerk(&federation)).await.is_err());
    node.grant_roles(clerk(&federation)).await.unwrap();
    node.grant_roles(RoleGrant { roles: vec!["leader".into()], ..clerk(&federation) }).await.unwrap();
    federation.exchange().await;
    let grants = east.role_grants().await.unwrap();
    assert_eq!(grants.len(), 1, "the later one counts");
    assert_eq!((&grants[0].roles, grants[0].by.as_str()), (&vec!["leader".to_owned()], "刘安"));
    assert_eq!(federation.at(Who::West).role_grants().await.unwrap(), [], "mail of another");
    let other = RoleGrant { unit: federation.unit("990102").to_bytes(), ..clerk(&federation) };
    assert!(node.grant_roles(other).await.is_err(), "that office keeps its roles to itself");
    east.tell_accounts(OfficeAccounts::default()).await.unwrap();
    federation.exchange().await;
    assert_eq!(node.offices().await.unwrap(), []);
    assert!(node.grant_roles(clerk(&federation)).await.is_err());
}

fn events(seqs: std::ops::RangeInclusive<u64>) -> AuditEvents {
    let event = |seq: u64| AuditEvent {
        seq,
        at_ms: i64::try_from(seq).unwrap(),
        actor: "luo".into(),
        action: "POST /people/new".into(),
        outcome: "done".into(),
        hash: Bytes::from(vec![u8::try_from(seq).unwrap(); 32]),
        ..AuditEvent::default()
    };
    AuditEvents { previous: Bytes::from(vec![0; 32]), events: seqs.map(event).collect() }
}

#[tokio::test]
async fn events_go_up_once_are_read_newest_first_and_never_change() {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    let (central, node, east) =
        (federation.at(Who::Central), federation.at(Who::Node), federation.at(Who::East));
    assert_eq!(central.tell_audit(&events(1..=2)).await.unwrap(), None, "nobody is above central");
    assert_eq!(east.tell_audit(&events(1..=3)).await.unwrap(), Some(3));
    // After a crash in between the same begins again with more behind it: what was told stays, the rest goes next.
    assert_eq!(east.tell_audit(&events(1..=5)).await.unwrap(), Some(3));
    assert_eq!(east.tell_audit(&events(4..=5)).await.unwrap(), Some(5));
    federation.exchange().await;
    for site in [node, central] {
        let units = site.audited_units().await.unwrap();
        assert_eq!(
            units.iter().map(|unit| (unit.code.as_str(), unit.events)).collect::<Vec<_>>(),
            [("990101", 5)]
        );
        let page = async |which| {
            let events = site.audit_of(units[0].unit, which).await.unwrap();
            events.iter().map(|event| event.seq).collect::<Vec<_>>()
        };
        assert_eq!(page((0, 10)).await, [5, 4, 3, 2, 1]);
        assert_eq!(page((1, 2)).await, [4, 3]);
        assert_eq!(page((3, 2)).await, [2, 1]);
        assert_eq!(page((5, 2)).await, Vec::<u64>::new());
    }
    assert_eq!(east.audited_units().await.unwrap(), [], "its own log is read in its console");

    let first = events(1..=3);
    let mut altered = first.clone();
    altered.events[0].action = "POST /nothing".into();
    let (id, unit) = (audit_id(&first).unwrap(), federation.unit("990101"));
    let edit = Edit::upsert(AUDIT, id, unit, altered.encode_to_vec(), Expected::Any);
    let refused = east.store().write(Write { targets: vec![Target::Journal], edits: vec![edit] }).await;
    assert!(refused.is_err(), "{refused:?}");
}
