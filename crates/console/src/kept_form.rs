//! The forms of staff, posts, absences and links with communities: what the bureau keeps by a form alone.

use yanzhen_bureau::kinds::column::Column;
use yanzhen_bureau::{Bureau, BureauError, Held, Kept, Save, Saved};
use yanzhen_sync::RecordId;

use crate::record_form::{Form, Part, Typed};
use crate::texts::Texts;

/// How a kind looks in the console.
pub(crate) trait KeptPage: Kept + 'static {
    /// Where its records are.
    const PATH: &'static str;

    /// The parts of its form.
    const PARTS: &'static [Part];

    /// What the list, adding and amending are called.
    fn words(t: &Texts) -> [&'static str; 3];

    /// What a record is called.
    fn name(&self) -> String {
        String::new()
    }
}

/// A record with what its form shows.
pub(crate) struct Entry<M> {
    pub(crate) held: Held<M>,
    pub(crate) unit_code: String,
    name: String,
    values: Typed,
}

impl<M: KeptPage> Form for Entry<M> {
    const PATH: &'static str = M::PATH;

    const PARTS: &'static [Part] = M::PARTS;

    fn words(t: &Texts) -> [&'static str; 3] {
        M::words(t)
    }

    async fn find(bureau: &Bureau, id: &str) -> Result<Entry<M>, BureauError> {
        let missing = |_| BureauError::NotFound { what: "record", key: id.to_owned() };
        let held = bureau.held::<M>(id.parse::<RecordId>().map_err(missing)?).await?;
        let mut values = Typed::new();
        for column in M::COLUMNS {
            values.insert(column.field.name.to_owned(), shown(bureau, column, &held.body).await?);
        }
        let unit_code = bureau.code_of_unit(held.unit);
        Ok(Entry { unit_code, name: held.body.name(), values, held })
    }

    async fn save(bureau: &Bureau, save: Save) -> Result<Saved, BureauError> {
        bureau.save_kept::<M>(&save, None).await
    }

    fn key(&self) -> (RecordId, &str, &str, u64) {
        (self.held.id, &self.unit_code, &self.name, self.held.revision)
    }

    fn values(&self) -> Typed {
        self.values.clone()
    }
}

/// What a field shows: of another record its number, as people know it.
async fn shown<M: Kept>(bureau: &Bureau, column: &Column<M>, body: &M) -> Result<String, BureauError> {
    let value = (column.get)(body);
    match (column.refers, value.parse::<RecordId>()) {
        (Some(table), Ok(id)) => Ok(bureau.number_of(table, id).await?.unwrap_or(value)),
        _ => Ok(value),
    }
}
