//! What ties a person to the old unit ends with the day of the acceptance: posts, absences, links with communities. The
//! new unit enters its own.

use sqlx::AssertSqlSafe;
use yanzhen_proto::v1::{Appointment, AwayNotice, CommunityLink};
use yanzhen_store::{Edit, Expected, Fields, Target, Write, WriteError};
use yanzhen_sync::{Millis, RecordId};

use crate::Bureau;
use crate::bureau::day_of;
use crate::error::BureauError;
use crate::kinds::column::Kept;
use crate::kinds::unknown::keep_unknown;
use crate::people::decoded;

/// A kind of tie: its table, the column that is empty while it holds, and the days on which it began and ended.
struct Tie<M> {
    table: &'static str,
    open: &'static str,
    days: for<'m> fn(&'m mut M) -> (&'m str, &'m mut String),
}

const POST: Tie<Appointment> =
    Tie { table: "appointment", open: "to_day", days: |post| (&post.from, &mut post.to) };

const AWAY: Tie<AwayNotice> =
    Tie { table: "away_notice", open: "returned_on", days: |away| (&away.from, &mut away.returned_on) };

const COMMUNITY: Tie<CommunityLink> =
    Tie { table: "community_link", open: "ended_on", days: |link| (&link.consented_on, &mut link.ended_on) };

impl Bureau {
    /// Ends what ties people to units at home here that they have left; tells how much that was.
    pub(super) async fn end_ties(&self) -> Result<u64, BureauError> {
        Ok(self.end(&POST).await? + self.end(&AWAY).await? + self.end(&COMMUNITY).await?)
    }

    async fn end<M: Kept>(&self, tie: &Tie<M>) -> Result<u64, BureauError> {
        let mut ended = 0;
        for (id, accepted) in self.left(tie).await? {
            let writing = self.writing().await;
            let Some(record) = self.store().record(&M::KIND, id).await? else { continue };
            if !self.is_home(record.unit) {
                continue;
            }
            let mut body: M = decoded(&record);
            let (began, end) = (tie.days)(&mut body);
            // What began after that day, by a wrong clock, ends on the day on which it began.
            *end = day_of(accepted).to_string().max(began.to_owned());
            let old = record.body.clone().unwrap_or_default();
            let body = keep_unknown(&old, &body, M::MESSAGE);
            let edit = Edit::upsert(M::KIND, id, record.unit, body, Expected::At(record.version));
            match writing.write(Write { targets: vec![Target::Journal], edits: vec![edit] }).await {
                Ok(_) => ended += 1,
                Err(WriteError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(ended)
    }

    /// What still ties people to a unit that they are no longer in, with the time of their acceptance elsewhere.
    async fn left<M>(&self, tie: &Tie<M>) -> Result<Vec<(RecordId, Millis)>, BureauError> {
        let sql = format!(
            "SELECT x.id, MAX(a.answered_ms) FROM {table} x \
             JOIN transfer t ON t.person = x.person AND t.from_unit = x.unit \
             JOIN transfer_answer a ON a.transfer = t.id AND a.unit = t.to_unit \
             LEFT JOIN person p ON p.id = x.person AND p.unit = x.unit \
             WHERE a.outcome = 1 AND x.{open} = '' AND p.id IS NULL GROUP BY x.id",
            table = tie.table,
            open = tie.open,
        );
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(self.store().reader()).await?;
        let read = |row| {
            let mut fields = Fields::of(tie.table, row);
            Ok((fields.id()?, fields.int()?))
        };
        rows.iter().map(read).collect()
    }
}
