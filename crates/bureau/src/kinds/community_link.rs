//! CommunityLink 社区报到: a person has agreed that their community knows of them, and both sides have a contact.

use yanzhen_proto::v1::CommunityLink;
use yanzhen_sync::Kind;

use super::check::Check;
use super::column::{Column, Kept, day, id, line, name, phone, record, set_name, set_phone, shown_id, value};
use super::day::Day;
use super::reason::{Field, FieldError, Reason};

/// The kind.
pub const KIND: Kind = Kind::known("community_link");

/// The fields with their labels.
#[allow(missing_docs)]
pub mod field {
    use super::Field;

    pub const PERSON: Field = Field::new("person", "老同志");
    pub const UNIT: Field = Field::new("unit", "社区单位");
    pub const COMMUNITY: Field = Field::new("community", "社区名称");
    pub const CONSENTED_ON: Field = Field::new("consented_on", "本人同意日期");
    pub const HOME_NAME: Field = Field::new("home_name", "原单位联系人");
    pub const HOME_PHONE: Field = Field::new("home_phone", "原单位联系电话");
    pub const COMMUNITY_NAME: Field = Field::new("community_name", "社区联系人");
    pub const COMMUNITY_PHONE: Field = Field::new("community_phone", "社区联系电话");
    pub const ENDED_ON: Field = Field::new("ended_on", "终止日期");
}

/// Characters of the name of a community or a contact.
const NAME_LIMIT: usize = 50;

/// Whether both sides still look after the person.
pub fn holds(link: &CommunityLink) -> bool {
    link.ended_on.is_empty()
}

impl Kept for CommunityLink {
    const KIND: Kind = KIND;

    const MESSAGE: &'static str = "CommunityLink";

    const COLUMNS: &'static [Column<CommunityLink>] = &[
        record(
            field::PERSON,
            "person",
            |l| shown_id(&l.person),
            |l, typed| {
                l.person = id(typed)?;
                Ok(())
            },
        ),
        value(
            field::COMMUNITY,
            |l| l.community.clone(),
            |l, typed| {
                l.community = line(typed);
                Ok(())
            },
        ),
        value(
            field::CONSENTED_ON,
            |l| l.consented_on.clone(),
            |l, typed| {
                l.consented_on = day(typed)?;
                Ok(())
            },
        ),
        value(
            field::HOME_NAME,
            |l| name(&l.home_contact),
            |l, typed| {
                set_name(&mut l.home_contact, typed);
                Ok(())
            },
        ),
        value(
            field::HOME_PHONE,
            |l| phone(&l.home_contact),
            |l, typed| {
                set_phone(&mut l.home_contact, typed);
                Ok(())
            },
        ),
        value(
            field::COMMUNITY_NAME,
            |l| name(&l.community_contact),
            |l, typed| {
                set_name(&mut l.community_contact, typed);
                Ok(())
            },
        ),
        value(
            field::COMMUNITY_PHONE,
            |l| phone(&l.community_contact),
            |l, typed| {
                set_phone(&mut l.community_contact, typed);
                Ok(())
            },
        ),
        value(
            field::ENDED_ON,
            |l| l.ended_on.clone(),
            |l, typed| {
                l.ended_on = day(typed)?;
                Ok(())
            },
        ),
    ];

    fn validate(&self, today: Day) -> Result<(), Vec<FieldError>> {
        let mut check = Check::new(today);
        check.id(field::PERSON, &self.person, true);
        check.id(field::UNIT, &self.unit, false);
        check.line(field::COMMUNITY, &self.community, NAME_LIMIT);
        let nowhere = self.unit.is_empty() && self.community.is_empty();
        check.refuse_if(nowhere, field::COMMUNITY, Reason::Missing);
        check.refuse_if(self.consented_on.is_empty(), field::CONSENTED_ON, Reason::Missing);
        let consented = (field::CONSENTED_ON, check.past_day(field::CONSENTED_ON, &self.consented_on));
        let ended = (field::ENDED_ON, check.past_day(field::ENDED_ON, &self.ended_on));
        check.order(consented, ended);
        for (fields, contact) in [
            ((field::HOME_NAME, field::HOME_PHONE), &self.home_contact),
            ((field::COMMUNITY_NAME, field::COMMUNITY_PHONE), &self.community_contact),
        ] {
            check.required(fields.0, &name(contact), NAME_LIMIT);
            check.refuse_if(phone(contact).is_empty(), fields.1, Reason::Missing);
            check.phone(fields.1, &phone(contact));
        }
        check.finish()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use yanzhen_proto::v1::Contact;

    use super::*;

    fn sound() -> CommunityLink {
        let contact = |name: &str| Some(Contact { name: name.into(), phone: "8401234".into() });
        CommunityLink {
            person: Bytes::from_static(&[1; 16]),
            community: "东街社区".into(),
            consented_on: "2025-03-01".into(),
            home_contact: contact("罗雨桐"),
            community_contact: contact("苏岚"),
            ..CommunityLink::default()
        }
    }

    fn findings(change: impl FnOnce(&mut CommunityLink)) -> Vec<(&'static str, Reason)> {
        let mut link = sound();
        change(&mut link);
        let errors = link.validate(Day::parse("2026-11-22").unwrap()).err().unwrap_or_default();
        errors.into_iter().map(|e| (e.field.name, e.reason)).collect()
    }

    #[test]
    fn there_is_no_link_without_consent_a_community_and_both_contacts() {
        assert_eq!(findings(|_| ()), []);
        assert_eq!(findings(|l| l.consented_on = String::new()), [("consented_on", Reason::Missing)]);
        assert_eq!(findings(|l| l.consented_on = "2026-11-23".into()), [("consented_on", Reason::Future)]);
        assert_eq!(findings(|l| l.community = String::new()), [("community", Reason::Missing)]);
        let by_unit = |l: &mut CommunityLink| {
            l.community = String::new();
            l.unit = Bytes::from_static(&[2; 16]);
        };
        assert_eq!(findings(by_unit), []);
        let missing = [("community_name", Reason::Missing), ("community_phone", Reason::Missing)];
        assert_eq!(findings(|l| l.community_contact = None), missing);
        assert_eq!(
            findings(|l| l.ended_on = "2025-02".into()),
            [("ended_on", Reason::Before("本人同意日期"))]
        );
    }
}
