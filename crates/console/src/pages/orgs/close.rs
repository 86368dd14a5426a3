//! 化并转: a form that names what follows when an organisation is dissolved or merged.

use yanzhen_bureau::kinds::party_org::field::{CLOSED_ON, MERGED_INTO};
use yanzhen_bureau::orgs::OrgView;
use yanzhen_bureau::{Bureau, BureauError, Save, Saved};
use yanzhen_sync::RecordId;

use crate::record_form::{DAY, Form, Part, Typed, required, text};
use crate::texts::Texts;

const PARTS: &[Part] = &[(
    "化并转",
    &[required(text(CLOSED_ON, DAY)), text(MERGED_INTO, "合并的，填并入党组织的编号；撤销的留空")],
)];

/// An organisation that is dissolved or merged.
pub(super) struct Closing(OrgView);

impl Form for Closing {
    const PATH: &'static str = "/orgs";

    const EDIT: &'static str = "close";

    const PARTS: &'static [Part] = PARTS;

    fn words(t: &Texts) -> [&'static str; 3] {
        [t.orgs.title, t.records.close_org, t.records.close_org]
    }

    async fn find(bureau: &Bureau, id: &str) -> Result<Closing, BureauError> {
        Ok(Closing(bureau.show_org(None, id).await?))
    }

    async fn save(bureau: &Bureau, save: Save) -> Result<Saved, BureauError> {
        bureau.save_org(save).await
    }

    fn key(&self) -> (RecordId, &str, &str, u64) {
        (self.0.id, &self.0.unit_code, &self.0.org.name, self.0.revision)
    }

    fn values(&self) -> Typed {
        let values = [(CLOSED_ON, self.0.org.closed_on.clone()), (MERGED_INTO, self.0.merged_into.clone())];
        values.map(|(field, value)| (field.name.to_owned(), value)).into()
    }

    fn consequence(t: &Texts) -> &'static str {
        t.records.close_org_why
    }
}
