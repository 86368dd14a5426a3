//! What the administrators above see of an office, and roles that they give there by mail.

use std::collections::BTreeMap;

use bytes::Bytes;
use prost::Message;
use yanzhen_proto::v1::{AuditEvent, AuditEvents, OfficeAccounts, RoleGrant};
use yanzhen_store::{Edit, Expected, Fields, Record, Target, Write, WriteError};
use yanzhen_sync::{RecordId, SiteId, UnitId};

use crate::Bureau;
use crate::bureau::{code_of, name_of};
use crate::error::BureauError;
use crate::kinds::oversight;
use crate::people::decoded;

/// An office right below that has left its roles to this site.
#[derive(Clone, Debug, PartialEq)]
pub struct Office {
    /// Its unit.
    pub unit: UnitId,
    /// The unit's code.
    pub code: String,
    /// The unit's name.
    pub name: String,
    /// Its accounts, as the office told of them last.
    pub accounts: OfficeAccounts,
    /// What was decided here last, by account.
    pub decided: BTreeMap<RecordId, RoleGrant>,
}

/// A unit whose events came up to this site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditedUnit {
    /// The unit.
    pub unit: UnitId,
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Events that are here.
    pub events: u64,
}

impl Bureau {
    /// The unit that tells the site above of itself: none at central, and none before the site is at home somewhere.
    fn telling_unit(&self) -> Option<UnitId> {
        let parent = self.directory().site(self.store().me()).and_then(|site| site.parent);
        self.own_unit().filter(|unit| parent.is_some() && self.is_home(*unit))
    }

    /// Tells the site above who has accounts here, if it does not know yet. Tells whether anything was written.
    pub async fn tell_accounts(&self, accounts: OfficeAccounts) -> Result<bool, BureauError> {
        let Some(unit) = self.telling_unit() else { return Ok(false) };
        oversight::validate_accounts(&accounts).map_err(BureauError::Fields)?;
        let writing = self.writing().await;
        let id = oversight::accounts_id(unit);
        let held = self.store().record(&oversight::ACCOUNTS, id).await?;
        let before = held.as_ref().map(decoded::<OfficeAccounts>).unwrap_or_default();
        // Who keeps its roles to itself has nothing to say, until it once had.
        if before == accounts {
            return Ok(false);
        }
        let expected = held.map_or(Expected::New, |record| Expected::At(record.version));
        let body = Bytes::from(accounts.encode_to_vec());
        let edit = Edit::upsert(oversight::ACCOUNTS, id, unit, body, expected);
        writing.write(Write { targets: vec![Target::Journal], edits: vec![edit] }).await?;
        Ok(true)
    }

    /// Tells the site above of events of the audit log, in a record that never changes. Gives back the last event told;
    /// less than was asked where an earlier attempt told of fewer. None where there is nobody to tell.
    pub async fn tell_audit(&self, events: &AuditEvents) -> Result<Option<u64>, BureauError> {
        let (Some(unit), Some(id)) = (self.telling_unit(), oversight::audit_id(events)) else {
            return Ok(None);
        };
        oversight::validate_audit(events).map_err(BureauError::Fields)?;
        let last = |events: &AuditEvents| events.events.last().map(|event| event.seq);
        let body = Bytes::from(events.encode_to_vec());
        let edit = Edit::upsert(oversight::AUDIT, id, unit, body, Expected::New);
        let write = Write { targets: vec![Target::Journal], edits: vec![edit] };
        match self.writing().await.write(write).await {
            Ok(_) => Ok(last(events)),
            Err(WriteError::Conflict { .. }) => {
                let held = self.store().record(&oversight::AUDIT, id).await?;
                Ok(held.and_then(|record| last(&decoded(&record))))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Roles that the site right above has given to accounts of this site.
    pub async fn role_grants(&self) -> Result<Vec<RoleGrant>, BureauError> {
        let directory = self.directory();
        let parent = directory.site(self.store().me()).and_then(|site| site.parent);
        let above = parent.and_then(|site| directory.site(directory.present(site))).map(|site| site.unit);
        let (Some(above), Some(own)) = (above, self.own_unit()) else { return Ok(Vec::new()) };
        let records = self.store().records_of_unit(&oversight::GRANT, above).await?;
        let grants = records.iter().map(decoded::<RoleGrant>);
        Ok(grants.filter(|grant| grant.unit == own.to_bytes()).collect())
    }

    /// The offices right below that have left their roles to this site, by code.
    pub async fn offices(&self) -> Result<Vec<Office>, BureauError> {
        let directory = self.directory();
        let children: Vec<UnitId> = directory.children(self.store().me()).map(|site| site.unit).collect();
        let Some(own) = self.own_unit() else { return Ok(Vec::new()) };
        let ids: Vec<RecordId> = children.iter().map(|unit| oversight::accounts_id(*unit)).collect();
        let records = self.store().records_by_ids(&oversight::ACCOUNTS, &ids).await?;
        let decided = self.store().records_of_unit(&oversight::GRANT, own).await?;
        let decided: Vec<RoleGrant> = decided.iter().map(decoded).collect();
        let office = |record: &Record| {
            let of_unit = decided.iter().filter(|grant| grant.unit == record.unit.to_bytes());
            let decided = of_unit.filter_map(|grant| Some((account(grant)?, grant.clone()))).collect();
            Office {
                unit: record.unit,
                code: code_of(&directory, record.unit),
                name: name_of(&directory, record.unit),
                accounts: decoded(record),
                decided,
            }
        };
        let offices = records.iter().filter(|record| record.body.is_some()).map(office);
        let mut offices: Vec<Office> = offices.filter(|office| office.accounts.left_above).collect();
        offices.sort_by(|one, other| one.code.cmp(&other.code));
        Ok(offices)
    }

    /// Gives an account of an office right below these roles and no others, by mail. The office must have left its roles
    /// to this site. `grant.decided_ms` is set here.
    pub async fn grant_roles(&self, grant: RoleGrant) -> Result<(), BureauError> {
        let missing = || BureauError::NotFound { what: "account", key: String::new() };
        let (unit, account) = match (UnitId::try_from(grant.unit.as_ref()), account(&grant)) {
            (Ok(unit), Some(account)) => (unit, account),
            _ => return Err(missing()),
        };
        let office = self.offices().await?.into_iter().find(|office| office.unit == unit);
        let is_known = |office: &Office| office.accounts.accounts.iter().any(|one| one.id == grant.account);
        let office = office.filter(is_known).ok_or_else(missing)?;
        let own = self.own_unit().ok_or(BureauError::NotJoined)?;
        let site = self.site_of_child(unit).ok_or_else(missing)?;
        let writing = self.writing().await;
        let id = oversight::grant_id(unit, account);
        let held = self.store().record(&oversight::GRANT, id).await?;
        let before = held.as_ref().map(decoded::<RoleGrant>).unwrap_or_default().decided_ms;
        let told = office.accounts.accounts.iter().find(|one| one.id == grant.account);
        let later = before.max(told.map_or(0, |one| one.decided_ms)).saturating_add(1);
        let grant = RoleGrant { decided_ms: self.now().max(later), ..grant };
        oversight::validate_grant(&grant).map_err(BureauError::Fields)?;
        let expected = held.map_or(Expected::New, |record| Expected::At(record.version));
        let body = Bytes::from(grant.encode_to_vec());
        let edit = Edit::upsert(oversight::GRANT, id, own, body, expected);
        writing
            .write(Write { targets: vec![Target::Journal, Target::Mailbox(site)], edits: vec![edit] })
            .await?;
        Ok(())
    }

    fn site_of_child(&self, unit: UnitId) -> Option<SiteId> {
        let directory = self.directory();
        let mut children = directory.children(self.store().me());
        children.find(|site| site.unit == unit).map(|site| site.id)
    }

    /// The units below whose events are here, by code.
    pub async fn audited_units(&self) -> Result<Vec<AuditedUnit>, BureauError> {
        let sql = "SELECT unit, CAST(SUM(events) AS BIGINT) FROM audit_batch GROUP BY unit";
        let directory = self.directory();
        let mut units = Vec::new();
        for row in &sqlx::query(sql).fetch_all(self.store().reader()).await? {
            let mut fields = Fields::of("audit_batch", row);
            let unit: UnitId = fields.id()?;
            let (code, name) = (code_of(&directory, unit), name_of(&directory, unit));
            let events = fields.number()?;
            if Some(unit) != self.own_unit() {
                units.push(AuditedUnit { unit, code, name, events });
            }
        }
        units.sort_by(|one, other| one.code.cmp(&other.code));
        Ok(units)
    }

    /// Events of a unit's log, the newest first: `offset` of them passed over, `limit` at most.
    pub async fn audit_of(
        &self,
        unit: UnitId,
        (offset, limit): (usize, usize),
    ) -> Result<Vec<AuditEvent>, BureauError> {
        let sql = "SELECT id, events FROM audit_batch WHERE unit = $1 ORDER BY first_ms DESC, first_seq DESC";
        let query = sqlx::query(sql).bind(unit.as_bytes().to_vec());
        let (mut skip, mut found) = (offset, Vec::new());
        for row in &query.fetch_all(self.store().reader()).await? {
            let mut fields = Fields::of("audit_batch", row);
            let (id, count): (RecordId, usize) = (fields.id()?, fields.number()?);
            // Records that lie wholly before the page are not read.
            if skip >= count {
                skip -= count;
                continue;
            }
            let Some(record) = self.store().record(&oversight::AUDIT, id).await? else { continue };
            let events = decoded::<AuditEvents>(&record).events.into_iter().rev();
            found.extend(events.skip(std::mem::take(&mut skip)).take(limit - found.len()));
            if found.len() == limit {
                break;
            }
        }
        Ok(found)
    }
}

fn account(grant: &RoleGrant) -> Option<RecordId> {
    RecordId::try_from(grant.account.as_ref()).ok()
}
