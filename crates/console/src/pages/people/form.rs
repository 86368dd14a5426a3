//! Adding and amending a person.

use yanzhen_bureau::kinds::codes::{ethnic_name, sex_word};
use yanzhen_bureau::kinds::words::word_of;
use yanzhen_bureau::kinds::{membership, person};
use yanzhen_bureau::people::PersonView;
use yanzhen_bureau::{Bureau, BureauError, Save, Saved};
use yanzhen_proto::v1::{Membership, MembershipState, Person, Retirement};
use yanzhen_sync::RecordId;

use crate::record_form::{DAY, Form, Part, Typed, choice, required, text, words};
use crate::texts::Texts;

pub(super) const PARTS: &[Part] = &[
    (
        "身份",
        &[
            required(text(person::field::NUMBER, "本单位内不重复")),
            required(text(person::field::NAME, "")),
            choice(person::field::SEX, sexes),
            text(person::field::BIRTH, DAY),
            text(person::field::ETHNIC, "如 汉族"),
        ],
    ),
    (
        "离退休",
        &[
            required(choice(person::field::RETIREMENT, words::<Retirement>)),
            text(person::field::BEGAN_WORK, DAY),
            text(person::field::RETIRED_ON, DAY),
            text(person::field::CAME_ON, "离退休后从外地转来的填写"),
            text(person::field::RANK, ""),
            text(person::field::FORMER_UNIT, ""),
            text(person::field::ENTITLEMENT, ""),
            text(person::field::EDUCATION, ""),
            text(person::field::RESIDENCE, "六位行政区划代码"),
        ],
    ),
    (
        "党籍",
        &[
            choice(membership::field::STATE, words::<MembershipState>),
            text(membership::field::BRANCH, "支部的编号"),
            text(membership::field::JOINED, DAY),
            text(membership::field::FULL_SINCE, DAY),
        ],
    ),
    ("本人愿意提供的", &[text(person::field::SKILLS, ""), text(person::field::WILLINGNESS, "")]),
];

fn sexes() -> Vec<&'static str> {
    (0..=9).filter_map(sex_word).collect()
}

impl Form for PersonView {
    const PATH: &'static str = "/people";

    const PARTS: &'static [Part] = PARTS;

    const FIXED: &'static [&'static str] = &["branch"];

    fn words(t: &Texts) -> [&'static str; 3] {
        [t.people.title, t.people.add, t.people.edit]
    }

    async fn find(bureau: &Bureau, id: &str) -> Result<PersonView, BureauError> {
        bureau.show_person(None, id).await
    }

    async fn save(bureau: &Bureau, save: Save) -> Result<Saved, BureauError> {
        bureau.save_person(save).await
    }

    fn key(&self) -> (RecordId, &str, &str, u64) {
        (self.id, &self.unit_code, &self.person.name, self.revision)
    }

    fn values(&self) -> Typed {
        let branch = self.branch.as_ref().map_or("", |branch| branch.number.as_str());
        let mut values = person_values(&self.person);
        values.extend(membership_values(self.membership.as_ref().unwrap_or(&Membership::default()), branch));
        values
    }
}

/// What the form shows of a person's own record.
pub(super) fn person_values(p: &Person) -> Typed {
    use person::field::*;
    let values = [
        (NUMBER, p.number.clone()),
        (NAME, p.name.clone()),
        (SEX, sex_word(p.sex).unwrap_or_default().to_owned()),
        (BIRTH, p.birth.clone()),
        (ETHNIC, ethnic_name(&p.ethnic).unwrap_or(&p.ethnic).to_owned()),
        (RETIREMENT, word_of::<Retirement>(p.retirement).to_owned()),
        (BEGAN_WORK, p.began_work.clone()),
        (RETIRED_ON, p.retired_on.clone()),
        (CAME_ON, p.came_on.clone()),
        (RANK, p.rank.clone()),
        (FORMER_UNIT, p.former_unit.clone()),
        (ENTITLEMENT, p.entitlement.clone()),
        (EDUCATION, p.education.clone()),
        (RESIDENCE, p.residence.clone()),
        (SKILLS, p.skills.clone()),
        (WILLINGNESS, p.willingness.clone()),
    ];
    values.into_iter().map(|(field, value)| (field.name.to_owned(), value)).collect()
}

/// What the form shows of a membership in the branch of this number.
pub(super) fn membership_values(held: &Membership, branch: &str) -> Typed {
    use membership::field::*;
    let values = [
        (STATE, word_of::<MembershipState>(held.state).to_owned()),
        (BRANCH, branch.to_owned()),
        (JOINED, held.joined.clone()),
        (FULL_SINCE, held.full_since.clone()),
    ];
    values.into_iter().map(|(field, value)| (field.name.to_owned(), value)).collect()
}
