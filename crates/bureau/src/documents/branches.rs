//! Party branches as recipients: which there are, and those that somebody has chosen.

use std::collections::{BTreeMap, BTreeSet};

use yanzhen_proto::v1::{BranchRecipient, Document, PartyOrg};
use yanzhen_store::Fields;
use yanzhen_sync::{RecordId, UnitId};

use super::course::Written;
use super::recipients::{check_below, is_within};
use super::{DocumentError, Recipient};
use crate::Bureau;
use crate::error::BureauError;
use crate::kinds::{document, party_org};
use crate::listing::find;
use crate::people::decoded;

/// A branch to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchChoice {
    /// The record.
    pub id: RecordId,
    /// Its number.
    pub number: String,
    /// Its name.
    pub name: String,
}

impl Bureau {
    /// How many branches each unit has, as far as they are known here.
    pub async fn branch_counts(&self) -> Result<BTreeMap<UnitId, u64>, BureauError> {
        let rows = sqlx::query("SELECT unit, COUNT(*) FROM party_org WHERE closed_on = '' GROUP BY unit");
        let mut counts = BTreeMap::new();
        for row in &rows.fetch_all(self.store().reader()).await? {
            let mut fields = Fields::of("party_org", row);
            counts.insert(fields.id()?, fields.number()?);
        }
        Ok(counts)
    }

    /// A unit's branches by number.
    pub async fn branch_choices(&self, unit: UnitId) -> Result<Vec<BranchChoice>, BureauError> {
        let limit = u32::try_from(document::MAX_BRANCHES).unwrap_or(u32::MAX);
        let branches = self.branches_of(unit, limit).await?;
        let choice = |(id, branch): (_, crate::people::Branch)| BranchChoice {
            id,
            number: branch.number,
            name: branch.name,
        };
        Ok(branches.into_iter().map(choice).collect())
    }

    /// A branch whose unit is at home here, as a recipient.
    pub async fn branch_recipient(&self, key: &str) -> Result<Recipient, BureauError> {
        let id = find(self, "party_org", "organisation", None, key).await?;
        let missing = || BureauError::NotFound { what: "organisation", key: key.to_owned() };
        let record = self.store().record(&party_org::KIND, id).await?.ok_or_else(missing)?;
        Ok(Recipient { unit: record.unit, branch: Some(id) })
    }

    /// The names of branches that are known here.
    pub(super) async fn branch_names(
        &self,
        branches: &[RecordId],
    ) -> Result<BTreeMap<RecordId, String>, BureauError> {
        let records = self.store().records_by_ids(&party_org::KIND, branches).await?;
        Ok(records.iter().map(|record| (record.record, decoded::<PartyOrg>(record).name)).collect())
    }

    /// 主送 and 抄送 of a draft, each branch once.
    pub(super) async fn branch_recipients(
        &self,
        issuer: UnitId,
        written: &Written,
    ) -> Result<(Vec<BranchRecipient>, Vec<BranchRecipient>), BureauError> {
        let mut main = written.to_branches.clone();
        for code in &written.all_branches {
            let branches = self.branch_choices(self.unit_of_code(code)?).await?;
            main.extend(branches.iter().map(|branch| branch.id.to_string()));
        }
        let main = self.branches_named(issuer, &main).await?;
        let mut copies = self.branches_named(issuer, &written.copy_branches).await?;
        copies.retain(|copy| main.iter().all(|one| one.branch != copy.branch));
        Ok((main, copies))
    }

    /// The branches with these numbers or ids, each once: of the issuing unit, or of one below it.
    pub(super) async fn branches_named(
        &self,
        issuer: UnitId,
        keys: &[String],
    ) -> Result<Vec<BranchRecipient>, BureauError> {
        let directory = self.directory();
        let (mut named, mut seen) = (Vec::with_capacity(keys.len()), BTreeSet::new());
        for key in keys {
            let Recipient { unit, branch } = self.branch_recipient(key).await?;
            let record = match branch.filter(|branch| seen.insert(*branch)) {
                Some(branch) => self.store().record(&party_org::KIND, branch).await?,
                None => None,
            };
            let Some(record) = record else { continue };
            if !is_within(&directory, unit, issuer) {
                check_below(&directory, issuer, unit)?;
            }
            let org: PartyOrg = decoded(&record);
            if !org.closed_on.is_empty() {
                return Err(DocumentError::NoBranch(org.name).into());
            }
            named.push(BranchRecipient {
                branch: record.record.to_bytes(),
                unit: unit.to_bytes(),
                name: document::branch_name(&org.name),
            });
        }
        Ok(named)
    }
}

/// What a document calls one of its branches.
pub(super) fn name_in(document: &Document, branch: Option<RecordId>) -> String {
    let Some(branch) = branch else { return String::new() };
    let mut all = document.to_branches.iter().chain(&document.copy_branches);
    all.find(|one| one.branch == branch.to_bytes()).map(|one| one.name.clone()).unwrap_or_default()
}
