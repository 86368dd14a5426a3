//! An office below that has left security and audit to this site, as its records have come up.

use bytes::Bytes;
use prost::Message;
use yanzhen_bureau::kinds::oversight::{ACCOUNTS, AUDIT, accounts_id, audit_id};
use yanzhen_proto::v1::{self as proto, AuditEvent, AuditEvents, OfficeAccount, OfficeAccounts};
use yanzhen_store::{Edit, Expected, Target, Write};
use yanzhen_sync::directory::{HOME, Home, REGISTRATION, Role as Tier, registration_id};
use yanzhen_sync::testing::{self, FakeSigner};

use crate::office::{NOON, Office};

/// The account of the office.
pub(crate) const ACCOUNT: [u8; 16] = [5; 16];

/// Puts one office below, with one account and one event; gives back its unit's id.
pub(crate) async fn put_below(office: &Office) -> String {
    let store = office.bureau.store();
    let unit = office.bureau.unit_of_code("990100").unwrap();
    let luo = OfficeAccount {
        id: Bytes::from(ACCOUNT.to_vec()),
        name: "罗雨桐".into(),
        ..OfficeAccount::default()
    };
    let accounts = OfficeAccounts { left_above: true, accounts: vec![luo] };
    let event = AuditEvent {
        seq: 1,
        at_ms: NOON,
        actor: "luo".into(),
        action: "POST /people/new".into(),
        outcome: "done".into(),
        hash: Bytes::from(vec![3; 32]),
        ..AuditEvent::default()
    };
    let events = AuditEvents { previous: Bytes::from(vec![0; 32]), events: vec![event] };
    let signer = FakeSigner::new(50);
    let site = testing::site(&signer, Tier::Terminal, unit, store.me());
    let home = Home { generation: 1, site: site.id, cuts: Vec::new() };
    let homes = proto::UnitHomes { homes: vec![(&home).into()] };
    let registration = proto::Registration::from(&site).encode_to_vec();
    let edit = |kind, id, body| Edit::upsert(kind, id, unit, body, Expected::Any);
    let writes = [
        (Target::Journal, edit(ACCOUNTS, accounts_id(unit), accounts.encode_to_vec())),
        (Target::Journal, edit(AUDIT, audit_id(&events).unwrap(), events.encode_to_vec())),
        (Target::Mailbox(site.id), edit(REGISTRATION, registration_id(site.id), registration)),
        (Target::Bulletin, edit(HOME, unit.into(), homes.encode_to_vec())),
    ];
    for (target, edit) in writes {
        store.write(Write { targets: vec![target], edits: vec![edit] }).await.unwrap();
    }
    unit.to_string()
}
