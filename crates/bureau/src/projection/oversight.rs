//! What the administrators above see of an office and decide for it.

use sqlx::AnyConnection;
use yanzhen_proto::v1::{AuditEvents, OfficeAccounts, RoleGrant};
use yanzhen_store::{ProjectionError, Record};
use yanzhen_sync::{Change, RecordId, UnitId};

use super::{Batch, State, in_words};
use crate::kinds::oversight;
use crate::sql::{Statement, Table, delete};

const AUDIT: Table =
    Table { name: "audit_batch", key: &["id"], columns: &["unit", "first_seq", "first_ms", "events"] };

pub(super) async fn apply(db: &mut AnyConnection, states: &[State<'_>]) -> Result<(), ProjectionError> {
    // These two have no tables: they are looked up by their ids and units.
    Batch::of(&oversight::ACCOUNTS, states, check_accounts)?;
    Batch::of(&oversight::GRANT, states, check_grant)?;
    let audit = Batch::of(&oversight::AUDIT, states, check_audit)?;
    delete(db, AUDIT.name, "id", &audit.gone).await?;
    let bind = |row: Statement, (record, body): &(&Record, AuditEvents)| {
        let first = body.events.first();
        let seq = first.and_then(|event| i64::try_from(event.seq).ok());
        row.bind(record.record.as_bytes().to_vec())
            .bind(record.unit.as_bytes().to_vec())
            .bind(seq.unwrap_or_default())
            .bind(first.map_or(0, |event| event.at_ms))
            .bind(i64::try_from(body.events.len()).unwrap_or_default())
    };
    Ok(AUDIT.put(db, &audit.live, bind).await?)
}

fn check_accounts(record: &Record, body: &OfficeAccounts) -> Result<(), String> {
    in_words(oversight::validate_accounts(body))?;
    let fits = oversight::accounts_id(record.unit) == record.record;
    if fits { Ok(()) } else { Err("its id is not the one of this unit's accounts".to_owned()) }
}

fn check_grant(record: &Record, body: &RoleGrant) -> Result<(), String> {
    in_words(oversight::validate_grant(body))?;
    let unit = UnitId::try_from(body.unit.as_ref()).map_err(|why| why.to_string())?;
    let account = RecordId::try_from(body.account.as_ref()).map_err(|why| why.to_string())?;
    let fits = oversight::grant_id(unit, account) == record.record;
    if fits { Ok(()) } else { Err("its id is not the one of the roles of this account".to_owned()) }
}

/// Events never change: a second version of them is set aside.
fn check_audit(record: &Record, body: &AuditEvents) -> Result<(), String> {
    in_words(oversight::validate_audit(body))?;
    if record.version.revision > 1 || record.change != Change::Upsert {
        return Err("events of an audit log never change".to_owned());
    }
    let fits = oversight::audit_id(body) == Some(record.record);
    if fits { Ok(()) } else { Err("its id is not the one of its first event".to_owned()) }
}
