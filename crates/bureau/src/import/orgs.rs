//! The sheet of Party organisations.

use yanzhen_proto::v1::{OrgNature, OrgSetup, OrgType, PartyOrg};

use super::sheet::{Column, MARKING, Sheet, UNIT, day, whole, word};
use crate::kinds::day::Day;
use crate::kinds::party_org::{self, MAX_OTHER_MEMBERS, MAX_STAR, MAX_TERM_YEARS, field};
use crate::kinds::reason::{FieldError, Reason};
use crate::kinds::{marking, text};

/// One row of organisations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OrgSheet {
    /// The code of the organisation's unit.
    pub unit: String,
    /// The organisation, all but the ids of others.
    pub org: PartyOrg,
    /// The number of the organisation above, or nothing for none; none where the file has no such column.
    pub parent: Option<String>,
    /// The number of the organisation it was merged into, likewise.
    pub merged_into: Option<String>,
}

impl OrgSheet {
    /// Fills in what a file need not say: an organisation is a regular one.
    pub fn settle(&mut self) {
        if self.org.nature == 0 {
            self.org.nature = OrgNature::Regular.into();
        }
    }
}

impl Sheet for OrgSheet {
    const COLUMNS: &'static [Column<Self>] = &[
        Column::new(UNIT, &["机构代码", "所属单位代码", "unitcode"], |s, cell| {
            s.unit = text::fold(cell).into_owned();
            Ok(())
        }),
        Column::required(
            field::NUMBER,
            &["党组织编号", "组织编号", "支部编号", "no", "orgnumber"],
            |s, cell| {
                s.org.number = text::fold(cell).into_owned();
                Ok(())
            },
        ),
        Column::required(
            field::NAME,
            &["名称", "党组织名称", "党组织全称", "组织名称", "支部名称"],
            |s, cell| {
                s.org.name = text::tidy(cell).into_owned();
                Ok(())
            },
        ),
        Column::required(
            field::TYPE,
            &["党组织类型", "党组织类别", "组织类型", "类别", "orgtype"],
            |s, cell| {
                s.org.r#type = word::<OrgType>(cell)?.ok_or(Reason::Missing)?.into();
                Ok(())
            },
        ),
        Column::required(
            field::SETUP,
            &["设置", "设置形式", "组建方式", "组建形式", "设立方式", "settingup"],
            |s, cell| {
                s.org.setup = word::<OrgSetup>(cell)?.ok_or(Reason::Missing)?.into();
                Ok(())
            },
        ),
        Column::new(field::NATURE, &["组织性质", "党组织性质"], |s, cell| {
            if let Some(nature) = word::<OrgNature>(cell)? {
                s.org.nature = nature.into();
            }
            Ok(())
        }),
        Column::new(
            field::OTHER_MEMBERS,
            &["其他党员数", "在职党员", "在职党员人数"],
            |s, cell| {
                s.org.other_members = whole(cell, MAX_OTHER_MEMBERS)?;
                Ok(())
            },
        ),
        Column::new(field::ESTABLISHED, &["成立日期", "建立时间", "成立年月"], |s, cell| {
            s.org.established = day(cell)?;
            Ok(())
        }),
        Column::new(field::TERM_YEARS, &["任期", "任期年", "每届任期"], |s, cell| {
            s.org.term_years = whole(cell, MAX_TERM_YEARS)?;
            Ok(())
        }),
        Column::new(
            field::TERM_END,
            &["届满", "届满日期", "任期届满时间", "换届时间"],
            |s, cell| {
                s.org.term_end = day(cell)?;
                Ok(())
            },
        ),
        Column::new(field::POSTPONED_TO, &["延期至"], |s, cell| {
            s.org.postponed_to = day(cell)?;
            Ok(())
        }),
        Column::new(field::POSTPONED_BY, &["延期批准文号"], |s, cell| {
            s.org.postponed_by = text::tidy(cell).into_owned();
            Ok(())
        }),
        Column::new(field::PLACE, &["阵地", "活动场所"], |s, cell| {
            s.org.place = text::tidy(cell).into_owned();
            Ok(())
        }),
        Column::new(field::STAR, &["星级评定", "stars"], |s, cell| {
            s.org.star = star(cell)?;
            Ok(())
        }),
        Column::new(
            field::CLOSED_ON,
            &["撤销时间", "撤销日期", "化并转时间", "撤并日期"],
            |s, cell| {
                s.org.closed_on = day(cell)?;
                Ok(())
            },
        ),
        Column::new(field::MERGED_INTO, &["并入", "并入组织编号"], |s, cell| {
            s.merged_into = Some(text::fold(cell).into_owned());
            Ok(())
        }),
        Column::new(
            field::PARENT,
            &["上级编号", "上级组织编号", "上级党组织", "上级组织", "parentnumber"],
            |s, cell| {
                s.parent = Some(text::fold(cell).into_owned());
                Ok(())
            },
        ),
        Column::new(MARKING, &["保密等级", "涉密等级"], |_, cell| {
            if marking::is_level(cell) { Err(Reason::Secret) } else { Ok(()) }
        }),
    ];

    fn unit(&self) -> &str {
        &self.unit
    }

    fn set_unit(&mut self, code: &str) {
        code.clone_into(&mut self.unit);
    }

    fn number(&self) -> &str {
        &self.org.number
    }

    fn check(&self, today: Day) -> Vec<FieldError> {
        let mut settled = self.clone();
        settled.settle();
        let mut errors = party_org::validate(&settled.org, today).err().unwrap_or_default();
        let merged = self.merged_into.as_ref().is_some_and(|number| !number.is_empty());
        if merged && self.org.closed_on.is_empty() {
            let reason = Reason::RequiredBy(field::MERGED_INTO.label, "已填");
            errors.push(FieldError { field: field::CLOSED_ON, reason });
        }
        for (field, other) in [(field::PARENT, &self.parent), (field::MERGED_INTO, &self.merged_into)] {
            if other.as_ref().is_some_and(|number| !number.is_empty() && *number == self.org.number) {
                errors.push(FieldError { field, reason: Reason::Circle });
            }
        }
        errors
    }
}

/// 1 to 5 as a digit, a Chinese numeral (五星级) or stars; nothing is 0.
fn star(cell: &str) -> Result<u32, Reason> {
    let key = text::key(cell);
    let stars = key.chars().filter(|c| *c == '★').count();
    if stars > 0 && stars == key.chars().count() {
        return u32::try_from(stars).ok().filter(|stars| *stars <= MAX_STAR).ok_or(Reason::Number(MAX_STAR));
    }
    let numeral = key.trim_end_matches(['星', '级']);
    match ["一", "二", "三", "四", "五"].iter().zip(1..).find(|(word, _)| **word == numeral) {
        Some((_, stars)) => Ok(stars),
        None => whole(cell, MAX_STAR),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_are_read_in_each_way_of_writing() {
        for (cell, stars) in [("", 0), ("无", 0), ("3", 3), ("五星级", 5), ("四星", 4), ("★★", 2), ("5星", 5)]
        {
            assert_eq!(star(cell), Ok(stars), "{cell}");
        }
        for cell in ["6", "★★★★★★", "好", "★5"] {
            assert_eq!(star(cell), Err(Reason::Number(5)), "{cell}");
        }
    }
}
