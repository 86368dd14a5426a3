//! Adding and amending a Party organisation.

use yanzhen_bureau::kinds::party_org::field;
use yanzhen_bureau::kinds::words::word_of;
use yanzhen_bureau::orgs::OrgView;
use yanzhen_bureau::{Bureau, BureauError, Save, Saved};
use yanzhen_proto::v1::{OrgNature, OrgSetup, OrgType, PartyOrg};
use yanzhen_sync::RecordId;

use crate::record_form::{DAY, Form, Part, Typed, choice, required, text, words};
use crate::texts::Texts;

pub(super) const PARTS: &[Part] = &[
    (
        "组织",
        &[
            required(text(field::NUMBER, "本单位内不重复")),
            required(text(field::NAME, "")),
            required(choice(field::TYPE, words::<OrgType>)),
            required(choice(field::SETUP, words::<OrgSetup>)),
            choice(field::NATURE, words::<OrgNature>),
            text(field::PARENT, "上级党组织的编号"),
            text(field::OTHER_MEMBERS, "编入本组织的在职党员人数"),
        ],
    ),
    (
        "任期与阵地",
        &[
            text(field::ESTABLISHED, DAY),
            text(field::TERM_YEARS, "支部一般 3 年，社区支部 5 年"),
            text(field::TERM_END, "到日，如 2026-12-18"),
            text(field::POSTPONED_TO, "经批准延期的，最多延 1 年"),
            text(field::POSTPONED_BY, "批准的上级党组织和文号"),
            text(field::PLACE, ""),
            text(field::STAR, "0 至 5"),
        ],
    ),
    (
        "化并转",
        &[text(field::CLOSED_ON, "撤销或合并的日期"), text(field::MERGED_INTO, "合并到哪个党组织，填编号")],
    ),
];

impl Form for OrgView {
    const PATH: &'static str = "/orgs";

    const PARTS: &'static [Part] = PARTS;

    const FIXED: &'static [&'static str] =
        &["parent", "postponed_to", "postponed_by", "star", "closed_on", "merged_into"];

    fn words(t: &Texts) -> [&'static str; 3] {
        [t.orgs.title, t.orgs.add, t.orgs.edit]
    }

    async fn find(bureau: &Bureau, id: &str) -> Result<OrgView, BureauError> {
        bureau.show_org(None, id).await
    }

    async fn save(bureau: &Bureau, save: Save) -> Result<Saved, BureauError> {
        bureau.save_org(save).await
    }

    fn key(&self) -> (RecordId, &str, &str, u64) {
        (self.id, &self.unit_code, &self.org.name, self.revision)
    }

    fn values(&self) -> Typed {
        org_values(&self.org, &self.parent_number, &self.merged_into)
    }
}

/// What the form shows of an organisation, with the numbers of those that it names.
pub(super) fn org_values(o: &PartyOrg, parent: &str, merged_into: &str) -> Typed {
    let number = |number: u32| if number == 0 { String::new() } else { number.to_string() };
    let values = [
        (field::NUMBER, o.number.clone()),
        (field::NAME, o.name.clone()),
        (field::TYPE, word_of::<OrgType>(o.r#type).to_owned()),
        (field::SETUP, word_of::<OrgSetup>(o.setup).to_owned()),
        (field::NATURE, word_of::<OrgNature>(o.nature).to_owned()),
        (field::PARENT, parent.to_owned()),
        (field::OTHER_MEMBERS, number(o.other_members)),
        (field::ESTABLISHED, o.established.clone()),
        (field::TERM_YEARS, number(o.term_years)),
        (field::TERM_END, o.term_end.clone()),
        (field::PLACE, o.place.clone()),
        (field::STAR, number(o.star)),
        (field::CLOSED_ON, o.closed_on.clone()),
        (field::MERGED_INTO, merged_into.to_owned()),
        (field::POSTPONED_TO, o.postponed_to.clone()),
        (field::POSTPONED_BY, o.postponed_by.clone()),
    ];
    values.into_iter().map(|(field, value)| (field.name.to_owned(), value)).collect()
}
