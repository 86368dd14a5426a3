//! What goes between this console and the site above: roles that are given by mail, who has accounts here, and the
//! events of the audit log. It needs nobody to look at a page: the site calls it as records arrive, and now and then.

use bytes::Bytes;
use yanzhen_bureau::BureauError;
use yanzhen_bureau::kinds::oversight::MAX_EVENTS;
use yanzhen_proto::v1::{AuditEvent, AuditEvents, OfficeAccount, OfficeAccounts, RoleGrant};
use yanzhen_sync::{Millis, RecordId};

use crate::accounts::{AccountError, AccountId, Decided, Role, set_standing, standing};
use crate::audit::{AuditError, Entry, Event, Outcome};
use crate::console::Console;

/// What the audit log calls roles that came by mail.
pub(crate) const BY_MAIL: &str = "MAIL /roles/{id}";

/// How long events wait for others to go with them: a record for each would be many times as much on the line.
const GATHER_MS: Millis = 5 * 60 * 1_000;

/// Records of events written at once: after a month without being asked there is more, which goes the next time.
const RECORDS_AT_ONCE: usize = 20;

/// The name under which the console keeps how far the log was told of.
const TOLD: &str = "told";

/// Why it could not be done now; it is tried again.
#[derive(Debug, thiserror::Error)]
pub enum OversightError {
    /// The accounts.
    #[error(transparent)]
    Accounts(#[from] AccountError),
    /// The audit log.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The records.
    #[error(transparent)]
    Bureau(#[from] BureauError),
}

impl Console {
    /// Carries out what the site above has decided about roles here, and tells it of accounts and events. Gives back how
    /// many decisions were carried out or refused.
    pub async fn follow_oversight(&self) -> Result<u64, OversightError> {
        let decided = self.carry_out_grants().await?;
        self.bureau().tell_accounts(self.accounts_above().await?).await?;
        self.tell_events(decided > 0).await?;
        Ok(decided)
    }

    /// Only an office that has left its roles to the site above takes them from there.
    async fn carry_out_grants(&self) -> Result<u64, OversightError> {
        let mut count = 0;
        let carried_out = self.accounts().carried_out().await?;
        for grant in self.bureau().role_grants().await? {
            let Ok(account) = RecordId::try_from(grant.account.as_ref()).map(AccountId::from) else {
                continue;
            };
            let before = carried_out.get(&account).copied().unwrap_or_default();
            if grant.decided_ms <= before.decided_ms || !self.accounts().is_left_above().await? {
                continue;
            }
            self.carry_out(account, &grant).await?;
            count += 1;
        }
        Ok(count)
    }

    async fn carry_out(&self, account: AccountId, grant: &RoleGrant) -> Result<(), OversightError> {
        let branches = grant.branches.iter().filter_map(|id| RecordId::try_from(id.as_ref()).ok());
        let roles: Vec<Role> = grant.roles.iter().filter_map(|code| Role::of_code(code)).collect();
        let decided = Decided { account, roles, branches: branches.collect(), decided_ms: grant.decided_ms };
        let done = self.accounts().carry_out(&decided).await?;
        let event = Event {
            actor: grant.by.clone(),
            address: String::new(),
            action: BY_MAIL.to_owned(),
            object: account.to_string(),
            outcome: if done.is_refused { Outcome::Refused } else { Outcome::Done },
            code: String::new(),
            note: grant.roles.join(" "),
        };
        self.audit().write(event).await?;
        Ok(())
    }

    /// What the site above is told of the accounts here: nothing where the office decides itself.
    async fn accounts_above(&self) -> Result<OfficeAccounts, OversightError> {
        if !self.accounts().is_left_above().await? {
            return Ok(OfficeAccounts::default());
        }
        let carried_out = self.accounts().carried_out().await?;
        let mut accounts = Vec::new();
        for account in self.accounts().list().await? {
            let done = carried_out.get(&account.id).copied().unwrap_or_default();
            let branches = self.accounts().branches(account.id).await?;
            accounts.push(OfficeAccount {
                id: Bytes::copy_from_slice(&account.id.bytes()),
                name: account.name,
                roles: account.roles.iter().map(|role| role.code().to_owned()).collect(),
                branches: branches.iter().map(RecordId::to_bytes).collect(),
                is_closed: account.is_closed,
                decided_ms: done.decided_ms,
                is_refused: done.is_refused,
            });
        }
        Ok(OfficeAccounts { left_above: true, accounts })
    }

    /// Tells of the events that are not told of yet, once they are many or have waited; or at once.
    async fn tell_events(&self, at_once: bool) -> Result<(), OversightError> {
        let database = |error: sqlx::Error| AuditError::from(error);
        for _ in 0..RECORDS_AT_ONCE {
            let told = standing(self.database(), TOLD).await.map_err(database)?.unwrap_or_default();
            let (previous, entries) = self.audit().after(told, MAX_EVENTS).await?;
            let Some(first) = entries.first() else { return Ok(()) };
            let is_due = at_once || entries.len() == MAX_EVENTS || self.now() - first.at_ms >= GATHER_MS;
            if !is_due {
                return Ok(());
            }
            let previous = Bytes::from(previous.to_vec());
            let events = AuditEvents { previous, events: entries.into_iter().map(event).collect() };
            let Some(last) = self.bureau().tell_audit(&events).await? else { return Ok(()) };
            let mut tx = self.database().begin().await.map_err(database)?;
            let last = i64::try_from(last).unwrap_or(i64::MAX);
            set_standing(&mut tx, TOLD, last).await.map_err(database)?;
            tx.commit().await.map_err(database)?;
        }
        Ok(())
    }
}

/// An event without its note, which may hold a reason, and without the address.
fn event(entry: Entry) -> AuditEvent {
    AuditEvent {
        seq: entry.seq.unsigned_abs(),
        at_ms: entry.at_ms,
        actor: entry.event.actor,
        action: entry.event.action,
        object: entry.event.object,
        outcome: entry.event.outcome.code().to_owned(),
        code: entry.event.code,
        hash: Bytes::from(entry.hash.to_vec()),
    }
}
