//! Entering what is private of a person.

use yanzhen_bureau::kinds::person_private::{self, field};
use yanzhen_bureau::people::PersonView;
use yanzhen_bureau::private::PrivateView;
use yanzhen_bureau::{Bureau, BureauError, Field, Save, Saved};
use yanzhen_proto::v1::{PersonPrivate, Relative};
use yanzhen_sync::RecordId;

use crate::record_form::{Form, Part, Typed, text};
use crate::texts::Texts;

const EMERGENCY: Field = Field::new("emergency", "紧急联系人");
const EMERGENCY_RELATION: Field = Field::new("emergency_relation", "紧急联系人关系");
const EMERGENCY_PHONE: Field = Field::new("emergency_phone", "紧急联系人电话");
const FAMILY: Field = Field::new("family", "家属、遗属");

const PARTS: &[Part] = &[
    (
        "本人",
        &[
            text(field::NATIONAL_ID, "18 位，最后一位可以是 X"),
            text(field::PHONE, "手机，或区号-固定电话"),
            text(field::ADDRESS, ""),
        ],
    ),
    (
        "紧急联系人与家属",
        &[
            text(EMERGENCY, "姓名"),
            text(EMERGENCY_RELATION, "如 女儿、邻居"),
            text(EMERGENCY_PHONE, ""),
            text(FAMILY, "每人写姓名、关系、电话，用逗号分开，人与人用分号；遗属在关系后写“遗属”"),
        ],
    ),
];

/// What is private, as its form knows it.
pub(super) struct PrivateForm {
    person: PersonView,
    private: PrivateView,
}

impl Form for PrivateForm {
    const PATH: &'static str = "/people";

    const EDIT: &'static str = "private/edit";

    const AFTER: &'static str = "/private";

    const PARTS: &'static [Part] = PARTS;

    fn words(t: &Texts) -> [&'static str; 3] {
        [t.people.title, t.private.edit, t.private.edit]
    }

    async fn find(bureau: &Bureau, id: &str) -> Result<PrivateForm, BureauError> {
        let person = bureau.show_person(None, id).await?;
        Ok(PrivateForm { private: bureau.private(person.id).await?, person })
    }

    async fn save(bureau: &Bureau, save: Save) -> Result<Saved, BureauError> {
        let form = PrivateForm::find(bureau, &save.number).await?;
        let mut held = form.private.held;
        for (label, typed) in &save.fields {
            set(&mut held, label, typed);
        }
        let (id, revision) = (form.person.id, form.private.revision);
        bureau.save_private(id, revision, held).await?;
        Ok(Saved { id, number: form.person.person.number, changed: true, revision: revision + 1 })
    }

    fn key(&self) -> (RecordId, &str, &str, u64) {
        (self.person.id, &self.person.unit_code, &self.person.person.name, self.private.revision)
    }

    fn values(&self) -> Typed {
        let held = &self.private.held;
        let emergency = held.emergency.clone().unwrap_or_default();
        let family: Vec<String> = held.family.iter().map(written).collect();
        let values = [
            (field::NATIONAL_ID, held.national_id.clone()),
            (field::PHONE, held.phone.clone()),
            (field::ADDRESS, held.address.clone()),
            (EMERGENCY, emergency.name),
            (EMERGENCY_RELATION, emergency.relation),
            (EMERGENCY_PHONE, emergency.phone),
            (FAMILY, family.join("；")),
        ];
        values.into_iter().map(|(field, value)| (field.name.to_owned(), value)).collect()
    }
}

fn set(held: &mut PersonPrivate, label: &str, typed: &str) {
    let line = || yanzhen_bureau::kinds::text::tidy(typed).into_owned();
    let is = |field: Field| field.label == label;
    if is(field::NATIONAL_ID) {
        held.national_id = person_private::national_id(typed);
    } else if is(field::PHONE) {
        held.phone = person_private::phone(typed);
    } else if is(field::ADDRESS) {
        held.address = line();
    } else if is(FAMILY) {
        held.family = typed.split([';', '；']).filter(|one| !one.trim().is_empty()).map(read).collect();
    } else {
        let emergency = held.emergency.get_or_insert_default();
        if is(EMERGENCY) {
            emergency.name = line();
        } else if is(EMERGENCY_RELATION) {
            emergency.relation = line();
        } else if is(EMERGENCY_PHONE) {
            emergency.phone = person_private::phone(typed);
        }
        if *emergency == Relative::default() {
            held.emergency = None;
        }
    }
}

/// 遗属 after a relation: outlived the person.
const SURVIVOR: &str = "遗属";

/// A family member as typed: name, relation, telephone number.
fn read(typed: &str) -> Relative {
    let mut parts =
        typed.split([',', '，', '、']).map(|part| yanzhen_bureau::kinds::text::tidy(part).into_owned());
    let mut next = || parts.next().unwrap_or_default();
    let (name, relation, phone) = (next(), next(), next());
    let survivor = relation.ends_with(SURVIVOR);
    let relation = relation.trim_end_matches(SURVIVOR).trim().to_owned();
    Relative { name, relation, phone: person_private::phone(&phone), survivor }
}

fn written(relative: &Relative) -> String {
    let mark = if relative.survivor { SURVIVOR } else { "" };
    let parts = [relative.name.clone(), format!("{}{mark}", relative.relation), relative.phone.clone()];
    parts.join("，").trim_end_matches('，').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_written_as_it_is_read() {
        let mut held = PersonPrivate::default();
        set(&mut held, FAMILY.label, "赵岚，女儿，139 0000 7730；钱淑珍、妻子遗属；赵山");
        let told: Vec<_> = held
            .family
            .iter()
            .map(|one| (one.name.as_str(), one.relation.as_str(), one.phone.as_str(), one.survivor))
            .collect();
        let family =
            [("赵岚", "女儿", "13900007730", false), ("钱淑珍", "妻子", "", true), ("赵山", "", "", false)];
        assert_eq!(told, family);
        let shown: Vec<String> = held.family.iter().map(written).collect();
        let mut again = PersonPrivate::default();
        set(&mut again, FAMILY.label, &shown.join("；"));
        assert_eq!(again.family, held.family);
    }
}
