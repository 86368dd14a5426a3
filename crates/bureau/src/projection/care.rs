//! The dates between which people and organisations count.

use sqlx::AnyConnection;
use yanzhen_proto::v1::{PartyOrg, Person};
use yanzhen_store::{ProjectionError, Record};

use super::{Batch, State};
use crate::care::Care;
use crate::kinds::{party_org, person};
use crate::sql::{Statement, Table, delete};

const CARE: Table =
    Table { name: "care", key: &["person"], columns: &["came", "moved_in", "gone", "changed_ms"] };

const ORG_LIFE: Table = Table { name: "org_life", key: &["org"], columns: &["came", "gone", "changed_ms"] };

/// The bodies have been checked with the tables of people and organisations.
pub(super) async fn apply(db: &mut AnyConnection, states: &[State<'_>]) -> Result<(), ProjectionError> {
    let people = Batch::<Person>::of(&person::KIND, states, |_, _| Ok(()))?;
    delete(db, CARE.name, "person", &people.gone).await?;
    let put = |row: Statement, (record, person): &(&Record, Person)| {
        let care = Care::of_person(person);
        row.bind(record.record.as_bytes().to_vec())
            .bind(care.came)
            .bind(i64::from(care.moved_in))
            .bind(care.gone)
            .bind(record.time)
    };
    CARE.put(db, &people.live, put).await?;

    let orgs = Batch::<PartyOrg>::of(&party_org::KIND, states, |_, _| Ok(()))?;
    delete(db, ORG_LIFE.name, "org", &orgs.gone).await?;
    let put = |row: Statement, (record, org): &(&Record, PartyOrg)| {
        let life = Care::of_org(org);
        row.bind(record.record.as_bytes().to_vec()).bind(life.came).bind(life.gone).bind(record.time)
    };
    Ok(ORG_LIFE.put(db, &orgs.live, put).await?)
}
