//! The history of a record: what each of its versions holds, from the frames that the site keeps.

use prost::Message;
use yanzhen_sync::{Change, Kind, Millis, RecordId, SiteId, Version};

use crate::Bureau;
use crate::error::BureauError;

/// One version of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Changed<M> {
    /// Its version.
    pub version: Version,
    /// The author's clock then.
    pub time: Millis,
    /// The site that wrote it. Which of its people did is known there alone.
    pub site: SiteId,
    /// What it did.
    pub change: Change,
    /// What the record held from then on; none once its content was erased, or where this software can't read it.
    pub body: Option<M>,
}

impl Bureau {
    /// The versions of a record that this site keeps, the first one first.
    pub async fn changes<M: Message + Default>(
        &self,
        kind: &Kind,
        record: RecordId,
    ) -> Result<Vec<Changed<M>>, BureauError> {
        let versions = self.store().history(kind, record).await?;
        let changed = |record: yanzhen_store::Record| Changed {
            version: record.version,
            time: record.time,
            site: record.entry.stream.author,
            change: record.change,
            body: record.body.and_then(|body| M::decode(body).ok()),
        };
        Ok(versions.into_iter().map(changed).collect())
    }
}
