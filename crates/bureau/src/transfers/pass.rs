//! The common ancestor's side: transfers, records and answers are mailed on, as far as they were not before. Each step
//! rests on what is projected here and on what was mailed already, so it can be done again at any time.

use std::collections::BTreeMap;
use std::sync::Arc;

use yanzhen_proto::v1::{Transfer, TransferAnswer, TransferOutcome};
use yanzhen_store::{Fields, Mail, Record};
use yanzhen_sync::directory::Directory;
use yanzhen_sync::{Kind, RecordId, SiteId, UnitId, Version};

use super::Held;
use super::answer::held;
use super::moving::records_of;
use crate::Bureau;
use crate::error::BureauError;
use crate::kinds::{person, transfer};
use crate::people::{by_id, decoded};
use crate::sql::VALUES_PER_LIST;

/// What a step came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransfersPassed {
    /// Entries mailed to sites below.
    pub mailed: u64,
    /// Transfers that were answered without anybody's doing: withdrawn or not answered in time.
    pub answered: u64,
    /// What followed people who were accepted: steps of their private records, and ties to the old unit that ended.
    pub followed: u64,
}

const OPEN: &str = "SELECT t.id FROM transfer t \
    LEFT JOIN transfer_answer a ON a.transfer = t.id AND a.unit = t.to_unit WHERE a.id IS NULL ORDER BY t.id";

const ANSWERED: &str = "SELECT t.id FROM transfer t \
    JOIN transfer_answer a ON a.transfer = t.id AND a.unit = t.to_unit ORDER BY t.id";

const COUNT_ANSWERED: &str = "SELECT COUNT(*), COALESCE(SUM(CASE WHEN a.private_transfer > 0 THEN 1 ELSE 0 END), 0) FROM transfer t \
    JOIN transfer_answer a ON a.transfer = t.id AND a.unit = t.to_unit";

/// What was mailed since the start, so that nothing is looked at again in vain.
#[derive(Default)]
pub(crate) struct Passed {
    /// The version of each transfer, or its answer, by the site that it was mailed to.
    mailed: BTreeMap<(RecordId, SiteId), Version>,
    /// What was answered when all answers were passed on, and the directory by which they were.
    settled: Option<(Answers, Arc<Directory>)>,
}

/// How many transfers were answered, and for how many of them what is private has come too.
type Answers = (u64, u64);

impl Bureau {
    /// Mails on what concerns sites below, and answers what is to be answered here without a person. Call it at start,
    /// after commits that changed records, when the directory has changed, and now and then: letters run out.
    pub async fn pass_transfers(&self) -> Result<TransfersPassed, BureauError> {
        let mut passed = self.passed.lock().await;
        let directory = self.directory();
        let open = self.transfers_of(OPEN).await?;
        let answered = self.answer_by_itself(&open).await?;
        let mut mailed = 0;
        for (held, record) in &open {
            if let Some(to) = below(&directory, self.store().me(), held, held.to) {
                mailed += self.pass_release(&mut passed, held, record, &to).await?;
            }
        }
        let mut followed = self.pass_private().await?;
        let answers = self.count_answered().await?;
        let is_settled =
            |(all, by): &(Answers, Arc<Directory>)| *all == answers && Arc::ptr_eq(by, &directory);
        if !passed.settled.as_ref().is_some_and(is_settled) {
            for (held, _) in self.transfers_of(ANSWERED).await? {
                followed += u64::from(self.erase_private(&held).await?);
                if let Some(from) = below(&directory, self.store().me(), &held, held.from) {
                    mailed += self.pass_answer(&mut passed, &held, &from).await?;
                }
            }
            followed += self.end_ties().await?;
            passed.settled = Some((answers, directory));
        }
        Ok(TransfersPassed { mailed, answered, followed })
    }

    async fn count_answered(&self) -> Result<Answers, BureauError> {
        let row = sqlx::query(COUNT_ANSWERED).fetch_one(self.store().reader()).await?;
        let mut fields = Fields::of("transfer", &row);
        Ok((fields.number()?, fields.number()?))
    }

    pub(super) async fn transfers_of(&self, sql: &'static str) -> Result<Vec<(Held, Record)>, BureauError> {
        let rows = sqlx::query(sql).fetch_all(self.store().reader()).await?;
        let ids: Vec<RecordId> =
            rows.iter().map(|row| Fields::of("transfer", row).id()).collect::<Result<_, _>>()?;
        let mut found = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(VALUES_PER_LIST) {
            let mut records = by_id(self.store().records_by_ids(&transfer::KIND, chunk).await?);
            let records = chunk.iter().filter_map(|id| records.remove(id));
            found.extend(records.filter_map(|record| Some((held(&record, &decoded(&record))?, record))));
        }
        Ok(found)
    }

    /// Mails a release to the sites down to the new home, `to`, and to that one the person's records.
    async fn pass_release(
        &self,
        passed: &mut Passed,
        held: &Held,
        record: &Record,
        to: &[SiteId],
    ) -> Result<u64, BureauError> {
        if to.iter().all(|site| passed.mailed.get(&(held.id, *site)) == Some(&record.version)) {
            return Ok(0);
        }
        let released: Transfer = decoded(record);
        let mut records = Vec::new();
        if released.withdrawn_ms == 0 {
            records = self.present(held).await?;
            let is_there = records.iter().any(|(kind, _)| *kind == person::KIND);
            if !is_there {
                return Ok(0); // Whoever says so is not the person's unit, or what it wrote is set aside.
            }
        }
        let mut mailed = 0;
        for (place, site) in to.iter().enumerate() {
            let hands_over = if place + 1 == to.len() { records.clone() } else { Vec::new() };
            let copies = vec![(transfer::KIND, held.id)];
            let mail = Mail {
                to: *site,
                copies,
                hands_over,
                from: held.from,
                unit: held.to,
                takes_away: Vec::new(),
            };
            mailed += self.store().mail(mail).await? as u64;
            passed.mailed.insert((held.id, *site), record.version);
        }
        Ok(mailed)
    }

    /// The person's records that are in the releasing unit here.
    async fn present(&self, held: &Held) -> Result<Vec<(Kind, RecordId)>, BureauError> {
        let mut present = Vec::new();
        for (kind, id) in records_of(held.person) {
            let record = self.store().record(&kind, id).await?;
            if record.is_some_and(|record| record.unit == held.from && record.body.is_some()) {
                present.push((kind, id));
            }
        }
        Ok(present)
    }

    /// Mails an answer to the sites down to the old home, `from`; for a person who was accepted also that they left.
    async fn pass_answer(
        &self,
        passed: &mut Passed,
        held: &Held,
        from: &[SiteId],
    ) -> Result<u64, BureauError> {
        let answer_id = transfer::answer_id(held.id, held.to);
        let Some(record) = self.store().record(&transfer::ANSWER, answer_id).await? else { return Ok(0) };
        if from.iter().all(|site| passed.mailed.get(&(answer_id, *site)) == Some(&record.version)) {
            return Ok(0);
        }
        let answer: TransferAnswer = decoded(&record);
        let mut takes_away = Vec::new();
        if answer.outcome() == TransferOutcome::Accepted {
            for (kind, id) in records_of(held.person) {
                // One that never came with a transfer stays what it was.
                let state = self.store().record(&kind, id).await?;
                if state.is_some_and(|state| state.version.transfer > 0) {
                    takes_away.push((kind, id));
                }
            }
        }
        let mut mailed = 0;
        for site in from {
            let copies = vec![(transfer::ANSWER, answer_id)];
            let takes_away = takes_away.clone();
            let mail = Mail {
                to: *site,
                copies,
                hands_over: Vec::new(),
                from: held.from,
                unit: held.to,
                takes_away,
            };
            mailed += self.store().mail(mail).await? as u64;
            passed.mailed.insert((answer_id, *site), record.version);
        }
        Ok(mailed)
    }
}

/// The sites below `me` down to the home of `unit`, nearest first, where `me` is the nearest common ancestor of both
/// homes of a transfer; none where it is not, or where no site is below.
pub(super) fn below(directory: &Directory, me: SiteId, held: &Held, unit: UnitId) -> Option<Vec<SiteId>> {
    let both = |site| directory.is_home_within(held.from, site) && directory.is_home_within(held.to, site);
    if !both(me) || directory.children(me).any(|child| both(child.id)) {
        return None;
    }
    let me = directory.present(me);
    let home = directory.home(unit)?.site;
    let mut path: Vec<SiteId> = directory.path(home).take_while(|site| *site != me).collect();
    path.reverse();
    (!path.is_empty()).then_some(path)
}
