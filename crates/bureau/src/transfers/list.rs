//! Transfers as people see them.

use std::collections::HashMap;

use yanzhen_proto::v1::{Transfer, TransferAnswer};
use yanzhen_store::Fields;
use yanzhen_sync::{Millis, RecordId, UnitId};

use super::answer::held;
use super::{Held, TransferState};
use crate::Bureau;
use crate::bureau::{code_of, name_of};
use crate::error::BureauError;
use crate::kinds::day::Day;
use crate::kinds::transfer;
use crate::listing::{Page, by_digits};
use crate::people::{by_id, decoded};

/// Days left of a letter at which somebody is to be reminded: two weeks, in which a reply by post still comes.
const DAYS_TO_REMIND: i64 = 14;

/// A transfer.
#[derive(Clone, Debug, PartialEq)]
pub struct TransferView {
    /// The record.
    pub id: RecordId,
    /// The person.
    pub person: RecordId,
    /// What was released.
    pub transfer: Transfer,
    /// The unit that released: id, code, name.
    pub from: (UnitId, String, String),
    /// The unit that is to take the person.
    pub to: (UnitId, String, String),
    /// How far it is.
    pub state: TransferState,
    /// Why it was returned.
    pub answer_reason: String,
    /// When it was answered; 0 for not yet.
    pub answered: Millis,
    /// Days that the letter is still valid, negative once it is over; none for one that was answered.
    pub days_left: Option<i64>,
    /// Whether the releasing unit is at home here.
    pub is_from_here: bool,
    /// Whether the new unit is at home here.
    pub is_to_here: bool,
}

impl TransferView {
    /// Whether the person can be accepted here now.
    pub fn can_be_accepted(&self) -> bool {
        self.is_to_here
            && self.state == TransferState::Released
            && self.days_left.is_none_or(|days| days >= 0)
    }

    /// Whether the person can be returned from here now.
    pub fn can_be_returned(&self) -> bool {
        self.is_to_here && self.state.is_open()
    }

    /// Whether the person can be asked back here now.
    pub fn can_be_withdrawn(&self) -> bool {
        self.is_from_here && self.state == TransferState::Released
    }

    /// Whether somebody should look at it soon.
    pub fn is_urgent(&self) -> bool {
        self.days_left.is_some_and(|days| days <= DAYS_TO_REMIND)
    }
}

/// Which transfers to list, the latest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransferFilter {
    /// Those that were answered too.
    pub answered: bool,
    /// Rows to skip.
    pub offset: u32,
    /// Rows to answer with, at most 500; 0 for 50.
    pub limit: u32,
}

/// What somebody here is to do about transfers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransferAlerts {
    /// People whom units at home here are to accept or return.
    pub to_answer: u64,
    /// Of those, how many have to be answered within two weeks.
    pub to_answer_soon: u64,
    /// People released here who are not answered for.
    pub under_way: u64,
    /// Of those, how many letters run out within two weeks or have.
    pub running_out: u64,
}

const FROM: &str = "FROM transfer t LEFT JOIN transfer_answer a ON a.transfer = t.id AND a.unit = t.to_unit WHERE a.id IS NULL";

const FROM_ALL: &str = "FROM transfer t";

impl Bureau {
    /// One page of the transfers that concern units of this site or below it, the latest first.
    pub async fn transfers(&self, filter: TransferFilter) -> Result<Page<TransferView>, BureauError> {
        let from = if filter.answered { FROM_ALL } else { FROM };
        let count = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT COUNT(*) {from}")));
        let total = Fields::of("transfer", &count.fetch_one(self.store().reader()).await?).number()?;
        let sql = format!("SELECT t.id {from} ORDER BY t.released_ms DESC, t.id LIMIT $1 OFFSET $2");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(crate::listing::rows(filter.limit))
            .bind(i64::from(filter.offset))
            .fetch_all(self.store().reader())
            .await?;
        let ids: Vec<RecordId> =
            rows.iter().map(|row| Fields::of("transfer", row).id()).collect::<Result<_, _>>()?;
        Ok(Page { rows: self.transfer_views(&ids).await?, total })
    }

    /// One transfer.
    pub async fn show_transfer(&self, id: RecordId) -> Result<TransferView, BureauError> {
        let view = self.transfer_views(&[id]).await?.pop();
        view.ok_or_else(|| BureauError::NotFound { what: "transfer", key: id.to_string() })
    }

    /// The transfer that an id names, or the last digits of one that only it has here.
    pub async fn find_transfer(&self, id: &str) -> Result<RecordId, BureauError> {
        let rows = sqlx::query("SELECT id FROM transfer").fetch_all(self.store().reader()).await?;
        let known: Vec<RecordId> =
            rows.iter().map(|row| Fields::of("transfer", row).id()).collect::<Result<_, _>>()?;
        by_digits(&known, "transfer", id)
    }

    /// All transfers of a person that are known here, the latest first.
    pub async fn transfers_of_person(&self, person: RecordId) -> Result<Vec<TransferView>, BureauError> {
        let rows = sqlx::query("SELECT id FROM transfer WHERE person = $1 ORDER BY released_ms DESC, id")
            .bind(person.as_bytes().to_vec())
            .fetch_all(self.store().reader())
            .await?;
        let ids: Vec<RecordId> =
            rows.iter().map(|row| Fields::of("transfer", row).id()).collect::<Result<_, _>>()?;
        self.transfer_views(&ids).await
    }

    /// What somebody here is to do about transfers.
    pub async fn transfer_alerts(&self) -> Result<TransferAlerts, BureauError> {
        let rows =
            sqlx::query(sqlx::AssertSqlSafe(format!("SELECT t.from_unit, t.to_unit, t.valid_until {FROM}")));
        let today = self.today();
        let mut alerts = TransferAlerts::default();
        for row in &rows.fetch_all(self.store().reader()).await? {
            let mut fields = Fields::of("transfer", row);
            let (from, to): (UnitId, UnitId) = (fields.id()?, fields.id()?);
            let soon = days_left(fields.text()?, today).is_some_and(|days| days <= DAYS_TO_REMIND);
            if self.is_home(to) {
                alerts.to_answer += 1;
                alerts.to_answer_soon += u64::from(soon);
            }
            if self.is_home(from) {
                alerts.under_way += 1;
                alerts.running_out += u64::from(soon);
            }
        }
        Ok(alerts)
    }

    async fn transfer_views(&self, ids: &[RecordId]) -> Result<Vec<TransferView>, BureauError> {
        let records = self.store().records_by_ids(&transfer::KIND, ids).await?;
        let transfers = records.into_iter().filter_map(|record| {
            let transfer: Transfer = decoded(&record);
            Some((record.record, (held(&record, &transfer)?, transfer)))
        });
        let mut transfers: HashMap<RecordId, (Held, Transfer)> = transfers.collect();
        let answers: Vec<RecordId> =
            transfers.values().map(|(held, _)| transfer::answer_id(held.id, held.to)).collect();
        let answers = by_id(self.store().records_by_ids(&transfer::ANSWER, &answers).await?);
        let today = self.today();
        let view = |id: &RecordId| {
            let (held, transfer) = transfers.remove(id)?;
            let answer = answers.get(&transfer::answer_id(held.id, held.to)).map(decoded::<TransferAnswer>);
            Some(self.transfer_view(held, transfer, answer, today))
        };
        Ok(ids.iter().filter_map(view).collect())
    }

    fn transfer_view(
        &self,
        held: Held,
        transfer: Transfer,
        answer: Option<TransferAnswer>,
        today: Day,
    ) -> TransferView {
        let directory = self.directory();
        let named = |unit| (unit, code_of(&directory, unit), name_of(&directory, unit));
        let state =
            TransferState::of(answer.as_ref().map(TransferAnswer::outcome), transfer.withdrawn_ms > 0);
        TransferView {
            id: held.id,
            person: held.person,
            from: named(held.from),
            to: named(held.to),
            state,
            days_left: days_left(&transfer.valid_until, today).filter(|_| state.is_open()),
            answered: answer.as_ref().map_or(0, |answer| answer.answered_ms),
            answer_reason: answer.map(|answer| answer.reason).unwrap_or_default(),
            is_from_here: self.is_home(held.from),
            is_to_here: self.is_home(held.to),
            transfer,
        }
    }
}

fn days_left(valid_until: &str, today: Day) -> Option<i64> {
    today.days_until(Day::normal(valid_until).ok()?)
}
