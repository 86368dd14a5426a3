//! Unit 单位: a place in the administrative tree; written by central only.

use yanzhen_proto::v1::{Unit, UnitKind};
use yanzhen_sync::Kind;

use super::check::Check;
use super::day::Day;
use super::reason::{Field, FieldError, Reason};

/// The kind.
pub const KIND: Kind = Kind::known("unit");

/// The message of records.proto that is its body.
pub const MESSAGE: &str = "Unit";

/// The fields with their labels.
#[allow(missing_docs)]
pub mod field {
    use super::Field;

    pub const CODE: Field = Field::new("code", "单位代码");
    pub const NAME: Field = Field::new("name", "单位名称");
    pub const KIND: Field = Field::new("kind", "单位类别");
    pub const PARENT: Field = Field::new("parent", "上级单位");
    pub const VALID_FROM: Field = Field::new("valid_from", "启用日期");
    pub const VALID_TO: Field = Field::new("valid_to", "停用日期");
}

/// Characters of a code: division codes have 6 to 12, credit codes 18.
const CODE_LIMIT: usize = 40;
/// Characters of a name.
const NAME_LIMIT: usize = 100;

/// Checks a unit; answers with everything that is wrong.
pub fn validate(unit: &Unit) -> Result<(), Vec<FieldError>> {
    let mut check = Check::new(Day::LATEST);
    check.required(field::CODE, &unit.code, CODE_LIMIT);
    let plain = unit.code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    check.refuse_if(!plain, field::CODE, Reason::Code);
    check.required(field::NAME, &unit.name, NAME_LIMIT);
    check.word::<UnitKind>(field::KIND, unit.kind);
    check.id(field::PARENT, &unit.parent, false);
    let from = (field::VALID_FROM, check.day(field::VALID_FROM, &unit.valid_from));
    let to = (field::VALID_TO, check.day(field::VALID_TO, &unit.valid_to));
    check.order(from, to);
    check.finish()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn findings(change: impl FnOnce(&mut Unit)) -> Vec<(&'static str, Reason)> {
        let mut unit = Unit {
            code: "990000".into(),
            name: "云川市委老干部局".into(),
            kind: UnitKind::Agency.into(),
            ..Default::default()
        };
        change(&mut unit);
        let errors = validate(&unit).err().unwrap_or_default();
        errors.into_iter().map(|e| (e.field.name, e.reason)).collect()
    }

    #[test]
    fn a_sound_unit_passes() {
        assert_eq!(findings(|_| ()), []);
        assert_eq!(findings(|u| u.code = "12620000MB1234567X".into()), []);
    }

    #[test]
    fn code_name_and_kind_are_required() {
        let missing = ["code", "name", "kind"].map(|field| (field, Reason::Missing));
        assert_eq!(findings(|u| *u = Unit::default()), missing);
    }

    #[test]
    fn codes_are_plain_and_days_in_order() {
        assert_eq!(findings(|u| u.code = "99 00".into()), [("code", Reason::Code)]);
        assert_eq!(findings(|u| u.code = "云川".into()), [("code", Reason::Code)]);
        let backwards = |u: &mut Unit| {
            u.valid_from = "2026-03-01".into();
            u.valid_to = "2026-02-28".into();
        };
        assert_eq!(findings(backwards), [("valid_to", Reason::Before("启用日期"))]);
        assert_eq!(findings(|u| u.parent = Bytes::from_static(&[0; 17])), [("parent", Reason::Id)]);
    }
}
