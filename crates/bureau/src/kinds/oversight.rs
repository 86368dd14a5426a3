//! What goes between an office that has left security and audit to the site above, and that site: the office's
//! accounts, roles given by mail, and events of the audit log.

use yanzhen_proto::v1::{AuditEvents, OfficeAccounts, RoleGrant};
use yanzhen_sync::{Kind, RecordId, UnitId};

use super::check::Check;
use super::day::Day;
use super::ids;
use super::reason::{Field, FieldError, Reason};

/// The kind of a site's accounts.
pub const ACCOUNTS: Kind = Kind::known("office_accounts");

/// The kind of roles given by mail.
pub const GRANT: Kind = Kind::known("role_grant");

/// The kind of events.
pub const AUDIT: Kind = Kind::known("audit_event");

/// Events that one record holds: with the longest texts some 300 KiB, which is far below what a frame takes.
pub const MAX_EVENTS: usize = 250;

/// Accounts of one office: more are no small office's.
pub const MAX_ACCOUNTS: usize = 500;

/// Roles of an account, and branches of a secretary.
const MAX_ROLES: usize = 20;
const MAX_BRANCHES: usize = 200;

/// Characters of a name, of a role's code, and of a text of an event.
const NAME_LIMIT: usize = 50;
const CODE_LIMIT: usize = 20;
const TEXT_LIMIT: usize = 200;

/// Bytes of a hash.
const HASH_BYTES: usize = 32;

/// The fields with their labels.
#[allow(missing_docs)]
pub mod field {
    use super::Field;

    pub const UNIT: Field = Field::new("unit", "单位");
    pub const ACCOUNT: Field = Field::new("account", "账号");
    pub const ACCOUNTS: Field = Field::new("accounts", "账号");
    pub const NAME: Field = Field::new("name", "姓名");
    pub const ROLES: Field = Field::new("roles", "角色");
    pub const BRANCHES: Field = Field::new("branches", "支部");
    pub const DECIDED: Field = Field::new("decided_ms", "授予时间");
    pub const BY: Field = Field::new("by", "授予人");
    pub const EVENTS: Field = Field::new("events", "操作记录");
    pub const HASH: Field = Field::new("hash", "校验值");
}

/// The id of the record of a unit's accounts.
pub fn accounts_id(unit: UnitId) -> RecordId {
    ids::about(&ACCOUNTS, &[unit.into()])
}

/// The id of the record of the roles of one account of the site of `unit`.
pub fn grant_id(unit: UnitId, account: RecordId) -> RecordId {
    ids::about(&GRANT, &[unit.into(), account])
}

/// The id of some events; none where there are none.
pub fn audit_id(events: &AuditEvents) -> Option<RecordId> {
    let hash = &events.events.first()?.hash;
    RecordId::try_from(hash.get(..16)?).ok()
}

/// Checks a site's accounts; answers with everything that is wrong.
pub fn validate_accounts(of: &OfficeAccounts) -> Result<(), Vec<FieldError>> {
    let mut check = Check::new(Day::LATEST);
    let too_many = of.accounts.len() > MAX_ACCOUNTS;
    check.refuse_if(too_many, field::ACCOUNTS, Reason::TooMany(MAX_ACCOUNTS));
    for account in &of.accounts {
        check.id(field::ACCOUNT, &account.id, true);
        check.required(field::NAME, &account.name, NAME_LIMIT);
        roles(&mut check, &account.roles, &account.branches);
    }
    check.finish()
}

/// Checks roles given by mail; answers with everything that is wrong.
pub fn validate_grant(grant: &RoleGrant) -> Result<(), Vec<FieldError>> {
    let mut check = Check::new(Day::LATEST);
    check.id(field::UNIT, &grant.unit, true);
    check.id(field::ACCOUNT, &grant.account, true);
    check.refuse_if(grant.decided_ms <= 0, field::DECIDED, Reason::Missing);
    check.required(field::BY, &grant.by, NAME_LIMIT);
    roles(&mut check, &grant.roles, &grant.branches);
    check.finish()
}

/// Checks events; answers with everything that is wrong.
pub fn validate_audit(of: &AuditEvents) -> Result<(), Vec<FieldError>> {
    let mut check = Check::new(Day::LATEST);
    check.refuse_if(of.events.is_empty(), field::EVENTS, Reason::Missing);
    check.refuse_if(of.events.len() > MAX_EVENTS, field::EVENTS, Reason::TooMany(MAX_EVENTS));
    let follow = of.events.windows(2).all(|pair| pair[1].seq == pair[0].seq + 1);
    let begins = of.events.first().is_none_or(|first| first.seq > 0);
    check.refuse_if(!follow || !begins, field::EVENTS, Reason::Damaged);
    let hashes = of.events.iter().map(|event| &event.hash).chain([&of.previous]);
    check.refuse_if(hashes.into_iter().any(|hash| hash.len() != HASH_BYTES), field::HASH, Reason::Damaged);
    let texts = |event: &yanzhen_proto::v1::AuditEvent| {
        let texts = [&event.actor, &event.action, &event.object, &event.outcome, &event.code];
        texts.into_iter().all(|text| text.chars().count() <= TEXT_LIMIT)
    };
    check.refuse_if(!of.events.iter().all(texts), field::EVENTS, Reason::Damaged);
    check.finish()
}

fn roles(check: &mut Check, roles: &[String], branches: &[bytes::Bytes]) {
    check.refuse_if(roles.len() > MAX_ROLES, field::ROLES, Reason::TooMany(MAX_ROLES));
    roles.iter().for_each(|role| check.required(field::ROLES, role, CODE_LIMIT));
    check.refuse_if(branches.len() > MAX_BRANCHES, field::BRANCHES, Reason::TooMany(MAX_BRANCHES));
    branches.iter().for_each(|branch| check.id(field::BRANCHES, branch, true));
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use yanzhen_proto::v1::{AuditEvent, OfficeAccount};

    use super::*;

    fn event(seq: u64) -> AuditEvent {
        let hash = Bytes::from(vec![u8::try_from(seq % 200).unwrap(); HASH_BYTES]);
        AuditEvent { seq, at_ms: 1, action: "POST /roles/{id}".into(), hash, ..AuditEvent::default() }
    }

    fn of(events: Vec<AuditEvent>) -> AuditEvents {
        AuditEvents { previous: Bytes::from(vec![0; HASH_BYTES]), events }
    }

    #[test]
    fn events_follow_one_another_without_a_gap_and_are_bounded() {
        let many = |count: usize| (1..).take(count).map(event).collect::<Vec<_>>();
        assert_eq!(validate_audit(&of(many(MAX_EVENTS))), Ok(()));
        for wrong in
            [vec![], many(MAX_EVENTS + 1), vec![event(0)], vec![event(1), event(3)], vec![event(2), event(1)]]
        {
            assert!(validate_audit(&of(wrong)).is_err());
        }
        let short = AuditEvent { hash: Bytes::from_static(&[1; 16]), ..event(1) };
        assert!(validate_audit(&of(vec![short])).is_err());
        assert_eq!(audit_id(&of(vec![event(7)])), Some(RecordId::new([7; 16])));
        assert_eq!(audit_id(&of(vec![])), None);
    }

    #[test]
    fn accounts_have_names_and_roles_have_codes() {
        let account = |name: &str, role: &str| OfficeAccounts {
            left_above: true,
            accounts: vec![OfficeAccount {
                id: Bytes::from_static(&[1; 16]),
                name: name.into(),
                roles: vec![role.into()],
                ..OfficeAccount::default()
            }],
        };
        assert_eq!(validate_accounts(&account("罗雨桐", "clerk")), Ok(()));
        assert!(validate_accounts(&account("", "clerk")).is_err());
        assert!(validate_accounts(&account("罗雨桐", "")).is_err());
    }
}
