//! 登记去世或转出: a form that names what follows.

use yanzhen_bureau::kinds::person::field::{STATUS, STATUS_ON, STATUS_REASON};
use yanzhen_bureau::kinds::words::Words;
use yanzhen_bureau::people::{ClosePerson, PersonView};
use yanzhen_bureau::{Bureau, BureauError, Save, Saved};
use yanzhen_proto::v1::PersonStatus;
use yanzhen_sync::RecordId;

use crate::record_form::{DAY, Form, Part, Typed, choice, required, text};
use crate::texts::Texts;

const PARTS: &[Part] =
    &[("去向", &[required(choice(STATUS, ends)), required(text(STATUS_ON, DAY)), text(STATUS_REASON, "")])];

fn ends() -> Vec<&'static str> {
    [PersonStatus::Deceased, PersonStatus::MovedOut].map(Words::word).to_vec()
}

/// A person who died or moved out.
pub(super) struct Closing(PersonView);

impl Form for Closing {
    const PATH: &'static str = "/people";

    const EDIT: &'static str = "close";

    const PARTS: &'static [Part] = PARTS;

    fn words(t: &Texts) -> [&'static str; 3] {
        [t.people.title, t.records.close_person, t.records.close_person]
    }

    async fn find(bureau: &Bureau, id: &str) -> Result<Closing, BureauError> {
        Ok(Closing(bureau.show_person(None, id).await?))
    }

    async fn save(bureau: &Bureau, save: Save) -> Result<Saved, BureauError> {
        let typed = |field: yanzhen_bureau::Field| {
            let found = save.fields.iter().find(|(label, _)| label == field.label);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let close = ClosePerson {
            status: typed(STATUS),
            on: typed(STATUS_ON),
            reason: typed(STATUS_REASON),
            unit_code: save.unit_code.clone(),
            number: save.number.clone(),
        };
        bureau.close_person(close).await
    }

    fn key(&self) -> (RecordId, &str, &str, u64) {
        (self.0.id, &self.0.unit_code, &self.0.person.name, self.0.revision)
    }

    /// Empty for who lives, so that all of it is typed.
    fn values(&self) -> Typed {
        [STATUS, STATUS_ON, STATUS_REASON].map(|field| (field.name.to_owned(), String::new())).into()
    }

    fn consequence(t: &Texts) -> &'static str {
        t.records.close_person_why
    }
}
