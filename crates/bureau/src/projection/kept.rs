//! Staff, posts, links with communities and absences.

use sqlx::AnyConnection;
use yanzhen_proto::v1::{Appointment, AwayNotice, CommunityLink, Staff};
use yanzhen_store::{ProjectionError, Record};

use super::{Batch, State, in_words};
use crate::kinds::column::Kept;
use crate::kinds::day::Day;
use crate::kinds::text;
use crate::sql::{Statement, Table, delete};

const STAFF: Table = Table { name: "staff", key: &["id"], columns: &["unit", "number", "duty", "left_on"] };

const APPOINTMENT: Table = Table {
    name: "appointment",
    key: &["id"],
    columns: &["unit", "org", "person", "staff", "role", "from_day", "to_day"],
};

const COMMUNITY_LINK: Table =
    Table { name: "community_link", key: &["id"], columns: &["unit", "person", "consented_on", "ended_on"] };

const AWAY_NOTICE: Table =
    Table { name: "away_notice", key: &["id"], columns: &["unit", "person", "from_day", "returned_on"] };

pub(super) async fn apply(db: &mut AnyConnection, states: &[State<'_>]) -> Result<(), ProjectionError> {
    put(db, &STAFF, states, |row, staff: &Staff| {
        row.bind(text::fold(&staff.name).into_owned()).bind(i64::from(staff.duty)).bind(staff.left_on.clone())
    })
    .await?;
    put(db, &APPOINTMENT, states, |row, post: &Appointment| {
        row.bind(post.org.to_vec())
            .bind(post.person.to_vec())
            .bind(post.staff.to_vec())
            .bind(i64::from(post.role))
            .bind(post.from.clone())
            .bind(post.to.clone())
    })
    .await?;
    put(db, &COMMUNITY_LINK, states, |row, link: &CommunityLink| {
        row.bind(link.person.to_vec()).bind(link.consented_on.clone()).bind(link.ended_on.clone())
    })
    .await?;
    put(db, &AWAY_NOTICE, states, |row, notice: &AwayNotice| {
        row.bind(notice.person.to_vec()).bind(notice.from.clone()).bind(notice.returned_on.clone())
    })
    .await
}

/// Fills the table of one kind; `bind` binds what follows the record's id and unit.
async fn put<M: Kept>(
    db: &mut AnyConnection,
    table: &Table,
    states: &[State<'_>],
    bind: impl Fn(Statement, &M) -> Statement,
) -> Result<(), ProjectionError> {
    let batch = Batch::of(&M::KIND, states, |_, body: &M| in_words(body.validate(Day::LATEST)))?;
    delete(db, table.name, "id", &batch.gone).await?;
    let row = |row: Statement, (record, body): &(&Record, M)| {
        let row = row.bind(record.record.as_bytes().to_vec()).bind(record.unit.as_bytes().to_vec());
        bind(row, body)
    };
    Ok(table.put(db, &batch.live, row).await?)
}
