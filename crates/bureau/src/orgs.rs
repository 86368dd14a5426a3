//! Party organisations: lists, one organisation, and what a clerk does with one.

use std::collections::HashMap;

use yanzhen_proto::v1::{OrgSetup, OrgType, PartyOrg};
use yanzhen_store::{Fields, with_list};
use yanzhen_sync::{RecordId, UnitId};

use crate::Bureau;
use crate::bureau::{code_of, name_of};
use crate::error::BureauError;
use crate::import::OrgSheet;
use crate::kinds::party_org::{self, field};
use crate::kinds::words::word_of;
use crate::listing::{Filter, Page, WhichOrgs, find, page};
use crate::people::{Branch, by_id, decoded};
use crate::saving::{Found, Save, Saved, save};
use crate::sql::VALUES_PER_LIST;

const TABLE: &str = "party_org";
const WHAT: &str = "organisation";

/// An organisation with what belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub struct OrgView {
    /// The record.
    pub id: RecordId,
    /// Its unit.
    pub unit: UnitId,
    /// The unit's code.
    pub unit_code: String,
    /// The unit's name.
    pub unit_name: String,
    /// What the record holds.
    pub org: PartyOrg,
    /// 编号 of the organisation that it was merged into; empty for none.
    pub merged_into: String,
    /// 编号 of the organisation above; empty for none.
    pub parent_number: String,
    /// Living members, full or probationary, whose branch it is.
    pub members: u64,
    /// Counts the record's changes.
    pub revision: u64,
}

impl Bureau {
    /// One page of organisations.
    pub async fn list_orgs(&self, filter: &Filter<WhichOrgs>) -> Result<Page<OrgView>, BureauError> {
        let Page { rows, total } = page(self, filter).await?;
        Ok(Page { rows: self.org_views(&rows).await?, total })
    }

    /// The numbers and names of a unit's organisations that exist, by number, for a choice among them; at most
    /// `limit` of them.
    pub async fn branches_of(
        &self,
        unit: UnitId,
        limit: u32,
    ) -> Result<Vec<(RecordId, Branch)>, BureauError> {
        let sql = "SELECT id, number, name FROM party_org WHERE unit = $1 AND closed_on = '' ORDER BY number LIMIT $2";
        let query = sqlx::query(sql).bind(unit.as_bytes().to_vec()).bind(i64::from(limit));
        let mut branches = Vec::new();
        for row in &query.fetch_all(self.store().reader()).await? {
            let mut fields = Fields::of(TABLE, row);
            let id = fields.id()?;
            let branch = Branch { number: fields.text()?.to_owned(), name: fields.text()?.to_owned() };
            branches.push((id, branch));
        }
        Ok(branches)
    }

    /// One organisation by number or id; without a unit in the site's own, or else where exactly one has the number.
    pub async fn show_org(&self, unit: Option<UnitId>, key: &str) -> Result<OrgView, BureauError> {
        let id = find(self, TABLE, WHAT, unit, key).await?;
        let view = self.org_views(&[id]).await?.pop();
        view.ok_or_else(|| BureauError::NotFound { what: WHAT, key: key.to_owned() })
    }

    /// The organisation above one, if it is known here, and those right below it by number.
    pub async fn org_kin(&self, view: &OrgView) -> Result<(Option<OrgView>, Vec<OrgView>), BureauError> {
        let above: Vec<RecordId> = RecordId::try_from(view.org.parent.as_ref()).into_iter().collect();
        let below = self.rows_of(TABLE, "parent", view.id.as_bytes(), "number").await?;
        Ok((self.org_views(&above).await?.pop(), self.org_views(&below).await?))
    }

    /// Adds an organisation to a unit at home here, or edits one.
    pub async fn save_org(&self, request: Save) -> Result<Saved, BureauError> {
        let unit = self.home_unit(&request.unit_code)?;
        let writing = self.writing().await;
        let found = match request.number.trim() {
            "" => None,
            key => Some(self.found_org(unit, key).await?),
        };
        save::<OrgSheet>(self, &writing, unit, &request.fields, found.as_ref()).await
    }

    async fn found_org(&self, unit: UnitId, key: &str) -> Result<Found, BureauError> {
        let id = find(self, TABLE, WHAT, Some(unit), key).await?;
        let missing = || BureauError::NotFound { what: WHAT, key: key.to_owned() };
        let record = self.store().record(&party_org::KIND, id).await?.ok_or_else(missing)?;
        let org: PartyOrg = decoded(&record);
        Ok(Found {
            record,
            required: vec![
                (field::TYPE.label, word_of::<OrgType>(org.r#type).to_owned()),
                (field::SETUP.label, word_of::<OrgSetup>(org.setup).to_owned()),
                (field::NUMBER.label, org.number),
                (field::NAME.label, org.name),
            ],
            member: None,
        })
    }

    /// The organisations with these ids, in this order; those that are not here are left out.
    pub async fn org_views(&self, ids: &[RecordId]) -> Result<Vec<OrgView>, BureauError> {
        let store = self.store();
        let mut records = by_id(store.records_by_ids(&party_org::KIND, ids).await?);
        let above = |org: &PartyOrg| RecordId::try_from(org.parent.as_ref()).ok();
        let heir = |org: &PartyOrg| RecordId::try_from(org.merged_into.as_ref()).ok();
        let named = records.values().map(decoded::<PartyOrg>);
        let parents: Vec<RecordId> =
            named.flat_map(|org| above(&org).into_iter().chain(heir(&org))).collect();
        let parents = by_id(store.records_by_ids(&party_org::KIND, &parents).await?);
        let members = self.members_of(ids).await?;
        let directory = self.directory();
        let view = |id: &RecordId| {
            let record = records.remove(id)?;
            let org: PartyOrg = decoded(&record);
            let number = |id: Option<RecordId>| {
                let record = id.and_then(|id| parents.get(&id));
                record.map(|record| decoded::<PartyOrg>(record).number).unwrap_or_default()
            };
            Some(OrgView {
                id: *id,
                unit: record.unit,
                unit_code: code_of(&directory, record.unit),
                unit_name: name_of(&directory, record.unit),
                merged_into: number(heir(&org)),
                parent_number: number(above(&org)),
                org,
                members: members.get(id).copied().unwrap_or(0),
                revision: record.version.revision,
            })
        };
        Ok(ids.iter().filter_map(view).collect())
    }

    async fn members_of(&self, orgs: &[RecordId]) -> Result<HashMap<RecordId, u64>, BureauError> {
        let mut members = HashMap::with_capacity(orgs.len());
        for chunk in orgs.chunks(VALUES_PER_LIST) {
            // The numbers are those of MembershipState (full, probationary) and PersonStatus (living).
            let sql = with_list(
                "SELECT m.branch, COUNT(*) FROM membership m JOIN person p ON p.id = m.person \
                 WHERE p.status = 1 AND m.state IN (1, 2) AND m.branch IN (",
                1,
                chunk.len(),
                ") GROUP BY m.branch",
            );
            let query = sqlx::query(sql).persistent(false);
            let query = chunk.iter().fold(query, |query, org| query.bind(org.as_bytes().to_vec()));
            for row in &query.fetch_all(self.store().reader()).await? {
                let mut fields = Fields::of("membership", row);
                members.insert(fields.id()?, fields.number()?);
            }
        }
        Ok(members)
    }
}
