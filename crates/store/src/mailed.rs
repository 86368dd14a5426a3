//! Who was mailed a record, as far as the mail is stored here.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::AnyPool;
use yanzhen_sync::{Kind, RecordId, SiteId};

use crate::error::StoreError;
use crate::shared::Shared;
use crate::sql::{Fields, ROWS_PER_STATEMENT, with_list};

/// The recipients of mailboxes that hold entries of the records, by record.
pub(crate) async fn mailed_to(
    db: &AnyPool,
    shared: &Shared,
    kind: &Kind,
    records: &[RecordId],
) -> Result<BTreeMap<RecordId, BTreeSet<SiteId>>, StoreError> {
    let mut mailed: BTreeMap<RecordId, BTreeSet<SiteId>> = BTreeMap::new();
    for chunk in records.chunks(ROWS_PER_STATEMENT) {
        let sql =
            with_list("SELECT kind, record, stream FROM entries WHERE record IN (", 1, chunk.len(), ")");
        let query = sqlx::query(sql).persistent(false);
        let query = chunk.iter().fold(query, |query, id| query.bind(id.as_bytes().as_slice()));
        for row in query.fetch_all(db).await? {
            let mut fields = Fields::of("entries", &row);
            let (found, record, stream) = (fields.kind()?, fields.id()?, fields.int()?);
            let recipient = shared.stream(stream).and_then(|stream| stream.recipient());
            if let Some(recipient) = recipient.filter(|_| found == *kind) {
                mailed.entry(record).or_default().insert(recipient);
            }
        }
    }
    Ok(mailed)
}
