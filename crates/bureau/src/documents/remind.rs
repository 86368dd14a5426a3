//! 催办: a recipient that has not finished is reminded, by hand or by the unit's rule, by a record mailed to its site
//! alone.

use bytes::Bytes;
use prost::Message;
use yanzhen_proto::v1::reminder::Time;
use yanzhen_proto::v1::{Document, DocumentDirection, DocumentRules, Receipt, Reminder};
use yanzhen_store::{Edit, Expected, Fields, Target, Write};
use yanzhen_sync::{RecordId, UnitId};

use super::deliver::targets;
use super::recipients::{Seat, recipients_of, seat};
use super::{DocumentError, Recipient};
use crate::Bureau;
use crate::error::BureauError;
use crate::kinds::day::Day;
use crate::kinds::{document, document_rules, receipt, reminder, unknown};
use crate::people::{by_id, decoded};
use crate::writing::Writing;

/// Days for which a reminder by rule is made up for where the site was not running on its day; after that it would
/// come out of the blue.
const LATE_DAYS: i32 = 3;

/// Documents that one look at the rule considers: those with the latest deadlines.
const DOCUMENTS_LOOKED_AT: i64 = 500;

/// Whether the one who got it still has to do something.
pub fn is_open(document: &Document, receipt: &Receipt) -> bool {
    let answered = receipt.replied_ms > 0;
    let done = answered || (receipt.signed_ms > 0 && !document.needs_reply);
    document.recalled_ms == 0 && receipt.returned_ms == 0 && !done
}

impl Bureau {
    /// How a unit numbers and chases its documents.
    pub async fn document_rules(&self, unit: UnitId) -> Result<DocumentRules, BureauError> {
        let id = document_rules::id_of(unit);
        let record = self.store().record(&document_rules::KIND, id).await?;
        Ok(record.as_ref().map(decoded).unwrap_or_default())
    }

    /// Sets how the site's own unit numbers and chases its documents.
    pub async fn set_document_rules(&self, rules: DocumentRules) -> Result<(), BureauError> {
        document_rules::validate(&rules).map_err(BureauError::Fields)?;
        let unit = self.home_unit("")?;
        let writing = self.writing().await;
        let id = document_rules::id_of(unit);
        let held = self.store().record(&document_rules::KIND, id).await?;
        let old = held.as_ref().and_then(|record| record.body.clone()).unwrap_or_default();
        let body = unknown::keep_unknown(&old, &rules, document_rules::MESSAGE);
        let expected = held.map_or(Expected::New, |record| Expected::At(record.version));
        let edit = Edit::upsert(document_rules::KIND, id, unit, body, expected);
        writing.write(Write { targets: vec![Target::Journal], edits: vec![edit] }).await?;
        Ok(())
    }

    /// Reminds those of `whom` that have not finished with a document of the site's own unit, and have a site. Tells
    /// how many were reminded.
    pub async fn remind(
        &self,
        id: RecordId,
        whom: &[Recipient],
        text: &str,
        by: &str,
    ) -> Result<u64, BureauError> {
        let time =
            Time { at_ms: 0, text: text.trim().to_owned(), by: by.to_owned(), rule_day: String::new() };
        self.remind_open(id, |one, _| whom.contains(&one).then(|| time.clone())).await
    }

    /// Reminds by rule whoever is due today. Call it now and then; it reminds nobody twice for the same day.
    pub async fn remind_due(&self) -> Result<u64, BureauError> {
        let Some(unit) = self.own_unit().filter(|unit| self.is_home(*unit)) else { return Ok(0) };
        let rules = self.document_rules(unit).await?;
        if rules.remind_days.is_empty() {
            return Ok(0);
        }
        let query = sqlx::query(
            "SELECT id, deadline FROM document WHERE unit = $1 AND deadline >= $2 AND recalled_ms = 0 \
             AND direction <> 2 ORDER BY deadline LIMIT $3",
        );
        // The earliest deadline of which a reminder can still be due; before it nobody is reminded any more.
        let last = rules.remind_days.iter().max().copied().unwrap_or_default();
        let back = last.saturating_add(LATE_DAYS).saturating_neg();
        let Some(first) = self.today().plus_days(back) else { return Ok(0) };
        let query = query.bind(unit.as_bytes().to_vec()).bind(first.to_string()).bind(DOCUMENTS_LOOKED_AT);
        let (mut reminded, mut failed) = (0, None);
        for row in &query.fetch_all(self.store().reader()).await? {
            let mut fields = Fields::of("document", row);
            let (id, deadline) = (fields.id()?, fields.text()?);
            let Ok(deadline) = Day::normal(deadline) else { continue };
            let Some(due) = due_day(deadline, &rules.remind_days, self.today()) else { continue };
            let due = due.to_string();
            let text = format!("按规则自动催办：办理期限 {deadline}，请及时办理。");
            let once = |_, before: &Reminder| {
                let is_new = before.times.iter().all(|time| time.rule_day != due);
                let rule_day = due.clone();
                is_new.then(|| Time { at_ms: 0, text: text.clone(), by: String::new(), rule_day })
            };
            match self.remind_open(id, once).await {
                Ok(more) => reminded += more,
                // One document that fails must not keep the rule from the others.
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(reminded), Err)
    }

    /// Reminds each recipient with a site that has not finished and for which `what` has something to say.
    async fn remind_open(
        &self,
        id: RecordId,
        what: impl Fn(Recipient, &Reminder) -> Option<Time>,
    ) -> Result<u64, BureauError> {
        let not_found = || BureauError::NotFound { what: "document", key: id.to_string() };
        let record = self.store().record(&document::KIND, id).await?.ok_or_else(not_found)?;
        let document: Document = decoded(&record);
        if !self.is_home(record.unit) || document.direction() == DocumentDirection::Up {
            return Err(DocumentError::NotIssued.into());
        }
        if document.recalled_ms > 0 {
            return Err(DocumentError::Recalled { at: document.recalled_ms }.into());
        }
        let writing = self.writing().await;
        let directory = self.directory();
        let named: Vec<Recipient> =
            recipients_of(&directory, record.unit, &document).map(|(to, _)| to).collect();
        let ids: Vec<RecordId> = named.iter().map(|to| receipt::id_of(id, *to)).collect();
        let receipts = by_id(self.store().records_by_ids(&receipt::KIND, &ids).await?);
        let mut reminded = 0;
        for to in named {
            let receipt: Receipt = receipts.get(&receipt::id_of(id, to)).map(decoded).unwrap_or_default();
            let targets = match seat(&directory, self.store().me(), to) {
                Seat::Below(site) => targets(Some(site)),
                Seat::Here => targets(None),
                Seat::None => continue,
            };
            if is_open(&document, &receipt) {
                reminded += u64::from(self.remind_one(&writing, id, record.unit, to, targets, &what).await?);
            }
        }
        Ok(reminded)
    }

    async fn remind_one(
        &self,
        writing: &Writing,
        document: RecordId,
        issuer: UnitId,
        to: Recipient,
        targets: Vec<Target>,
        what: &impl Fn(Recipient, &Reminder) -> Option<Time>,
    ) -> Result<bool, BureauError> {
        let id = reminder::id_of(issuer, document, to);
        let held = self.store().record(&reminder::KIND, id).await?;
        let before: Reminder = held.as_ref().map(decoded).unwrap_or_default();
        let Some(time) = what(to, &before) else { return Ok(false) };
        let mut next = Reminder {
            document: document.to_bytes(),
            unit: to.unit.to_bytes(),
            branch: to.branch_bytes(),
            count: before.count.saturating_add(1),
            times: before.times,
        };
        next.times.push(Time { at_ms: self.now().max(1), ..time });
        let surplus = next.times.len().saturating_sub(reminder::MAX_TIMES);
        next.times.drain(..surplus);
        reminder::validate(&next).map_err(BureauError::Fields)?;
        let body = match held.as_ref().and_then(|record| record.body.as_ref()) {
            Some(old) => unknown::keep_unknown(old, &next, reminder::MESSAGE),
            None => Bytes::from(next.encode_to_vec()),
        };
        let expected = held.map_or(Expected::New, |record| Expected::At(record.version));
        let edit = Edit::upsert(reminder::KIND, id, issuer, body, expected);
        writing.write(Write { targets, edits: vec![edit] }).await?;
        Ok(true)
    }
}

/// The latest day that the rule makes due, unless it is long past.
fn due_day(deadline: Day, days: &[i32], today: Day) -> Option<Day> {
    let due = days.iter().filter_map(|days| deadline.plus_days(*days));
    let due = due
        .filter(|due| due.days_until(today).is_some_and(|past| (0..=i64::from(LATE_DAYS)).contains(&past)));
    due.max()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rule_is_due_on_its_days_and_shortly_after_also_across_month_ends_and_leap_days() {
        let day = |text: &str| Day::parse(text).unwrap();
        let table = [
            ("2026-03-01", vec![-2], "2026-02-26", None),
            ("2026-03-01", vec![-2], "2026-02-27", Some("2026-02-27")),
            ("2028-03-01", vec![-2], "2028-02-28", Some("2028-02-28")),
            ("2028-03-01", vec![-1], "2028-02-29", Some("2028-02-29")),
            ("2026-12-31", vec![-3, 1], "2026-12-31", Some("2026-12-28")),
            ("2026-12-31", vec![-3, 1], "2027-01-01", Some("2027-01-01")),
            ("2026-12-31", vec![-3, 1], "2027-01-04", Some("2027-01-01")),
            ("2026-12-31", vec![-3, 1], "2027-01-05", None),
            ("2026-12-31", vec![], "2026-12-31", None),
        ];
        for (deadline, days, today, expected) in table {
            assert_eq!(due_day(day(deadline), &days, day(today)), expected.map(day), "{deadline} {today}");
        }
    }

    #[test]
    fn a_recipient_is_open_until_it_has_done_what_was_asked() {
        let document = |needs_reply: bool| Document { needs_reply, ..Document::default() };
        let signed = Receipt { signed_ms: 1, ..Receipt::default() };
        let returned = Receipt { returned_ms: 1, ..Receipt::default() };
        let replied = Receipt { replied_ms: 1, ..Receipt::default() };
        assert!(is_open(&document(false), &Receipt::default()));
        assert!(is_open(&document(true), &signed) && !is_open(&document(false), &signed));
        assert!(!is_open(&document(true), &returned) && !is_open(&document(true), &replied));
        let recalled = Document { recalled_ms: 1, ..document(true) };
        assert!(!is_open(&recalled, &Receipt::default()));
    }
}
