//! The sheet of people, with the columns of their membership.

use bytes::Bytes;
use yanzhen_proto::v1::{Membership, MembershipState, Person, PersonStatus, Retirement};

use super::party::{Claim, MembershipCells, POLITICAL, political};
use super::sheet::{Column, MARKING, Sheet, UNIT, day, word};
use crate::kinds::day::Day;
use crate::kinds::membership::field as membership_field;
use crate::kinds::person::field;
use crate::kinds::reason::{FieldError, Reason};
use crate::kinds::{codes, marking, membership, person, text};

/// One row of people.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PersonSheet {
    /// The code of the person's unit.
    pub unit: String,
    /// The person, all but the counting unit.
    pub person: Person,
    /// The code of the unit in which the person is counted; none where the file has no such column.
    pub counting_unit: Option<String>,
    /// What the file says of membership.
    pub membership: MembershipCells,
}

impl PersonSheet {
    /// Fills in what a file need not say: who is listed is living.
    pub fn settle(&mut self) {
        if self.person.status == 0 {
            self.person.status = PersonStatus::Living.into();
        }
    }
}

impl Sheet for PersonSheet {
    const COLUMNS: &'static [Column<Self>] = &[
        Column::new(UNIT, &["机构代码", "所属单位代码", "unitcode"], |s, cell| {
            s.unit = text::fold(cell).into_owned();
            Ok(())
        }),
        Column::required(
            field::NUMBER,
            &["人员编号", "干部编号", "no", "personnumber"],
            |s, cell| {
                s.person.number = text::fold(cell).into_owned();
                Ok(())
            },
        ),
        Column::required(field::NAME, &["人员姓名"], |s, cell| {
            s.person.name = text::name(cell);
            Ok(())
        }),
        Column::new(field::SEX, &["gender"], |s, cell| {
            s.person.sex = codes::sex_code(cell).ok_or_else(|| Reason::Word(codes::sex_words()))?;
            Ok(())
        }),
        Column::new(
            field::BIRTH,
            &["出生", "出生年月", "出生年月日", "出生时间", "birthdate", "dateofbirth", "born"],
            |s, cell| {
                s.person.birth = day(cell)?;
                Ok(())
            },
        ),
        Column::new(field::ETHNIC, &["民族代码", "ethnicgroup", "nationality"], |s, cell| {
            let nothing = text::tidy(cell).is_empty();
            let code = if nothing { "" } else { codes::ethnic_code(cell).ok_or(Reason::Ethnic)? };
            s.person.ethnic = code.to_owned();
            Ok(())
        }),
        Column::required(
            field::RETIREMENT,
            &[
                "离退休",
                "离退类别",
                "离休退休",
                "离休/退休",
                "离/退休",
                "离退休类型",
                "离退休性质",
                "类别",
                "人员类别",
                "kind",
            ],
            |s, cell| {
                s.person.retirement = word::<Retirement>(cell)?.ok_or(Reason::Missing)?.into();
                Ok(())
            },
        ),
        Column::new(
            field::BEGAN_WORK,
            &[
                "参加革命时间",
                "参加工作时间",
                "参加革命/工作时间",
                "参加革命(工作)时间",
                "参加工作日期",
                "工作时间",
                "beganworkon",
            ],
            |s, cell| {
                s.person.began_work = day(cell)?;
                Ok(())
            },
        ),
        Column::new(
            field::RETIRED_ON,
            &["退休时间", "离休时间", "离退休日期", "退休日期", "离休日期", "离退休年月", "retired"],
            |s, cell| {
                s.person.retired_on = day(cell)?;
                Ok(())
            },
        ),
        Column::new(field::CAME_ON, &["转入日期", "迁入时间", "camefrom", "movedin"], |s, cell| {
            s.person.came_on = day(cell)?;
            Ok(())
        }),
        Column::new(
            field::RANK,
            &["级别", "行政级别", "职务职级", "离退休职级"],
            |s, cell| {
                s.person.rank = text::tidy(cell).into_owned();
                Ok(())
            },
        ),
        Column::new(field::FORMER_UNIT, &["原工作单位", "离退休前单位"], |s, cell| {
            s.person.former_unit = text::tidy(cell).into_owned();
            Ok(())
        }),
        Column::new(field::ENTITLEMENT, &["待遇", "享受待遇级别"], |s, cell| {
            s.person.entitlement = text::tidy(cell).into_owned();
            Ok(())
        }),
        Column::new(field::EDUCATION, &["文化程度"], |s, cell| {
            s.person.education = text::tidy(cell).into_owned();
            Ok(())
        }),
        Column::new(
            field::RESIDENCE,
            &["居住地", "居住地区划代码", "现居住地代码", "residencecode"],
            |s, cell| {
                s.person.residence = text::fold(cell).into_owned();
                Ok(())
            },
        ),
        Column::new(field::COUNTING_UNIT, &["统计归属单位", "统计归属单位代码"], |s, cell| {
            s.counting_unit = Some(text::fold(cell).into_owned());
            Ok(())
        }),
        Column::new(field::STATUS, &["人员状态", "在世状态"], |s, cell| {
            if let Some(status) = word::<PersonStatus>(cell)? {
                s.person.status = status.into();
                if status == PersonStatus::Living {
                    s.person.status_on.clear();
                    s.person.status_reason.clear();
                }
            }
            Ok(())
        }),
        Column::new(
            field::STATUS_ON,
            &["去世时间", "去世日期", "转出时间", "转出日期", "去世/转出时间", "状态时间", "statusdate"],
            |s, cell| {
                s.person.status_on = day(cell)?;
                Ok(())
            },
        ),
        Column::new(
            field::STATUS_REASON,
            &["去世/转出原因", "转出原因", "状态说明"],
            |s, cell| {
                s.person.status_reason = text::tidy(cell).into_owned();
                Ok(())
            },
        ),
        Column::new(field::SKILLS, &["特长"], |s, cell| {
            s.person.skills = text::tidy(cell).into_owned();
            Ok(())
        }),
        Column::new(field::WILLINGNESS, &["作用发挥意愿"], |s, cell| {
            s.person.willingness = text::tidy(cell).into_owned();
            Ok(())
        }),
        Column::new(
            POLITICAL,
            &[
                "是否党员",
                "是否中共党员",
                "党员",
                "中共党员",
                "politicalstatus",
                "partymember",
                "member",
                "membership",
            ],
            |s, cell| {
                s.membership.political = political(cell)?;
                s.membership.open |= s.membership.political.is_none();
                Ok(())
            },
        ),
        Column::new(membership_field::STATE, &["党员状态", "membershipstate"], |s, cell| {
            s.membership.state = word::<MembershipState>(cell)?;
            s.membership.open |= s.membership.state.is_none();
            Ok(())
        }),
        Column::new(
            membership_field::BRANCH,
            &[
                "隶属支部",
                "所在支部",
                "所在支部编号",
                "支部编号",
                "隶属党支部",
                "隶属党支部编号",
                "branchnumber",
            ],
            |s, cell| {
                s.membership.branch = Some(text::fold(cell).into_owned());
                Ok(())
            },
        ),
        Column::new(
            membership_field::JOINED,
            &["入党日期", "加入党组织时间", "joinedparty", "joinedon"],
            |s, cell| {
                s.membership.joined = Some(day(cell)?);
                Ok(())
            },
        ),
        Column::new(
            membership_field::FULL_SINCE,
            &["转正日期", "转为正式党员时间", "fullmembersince"],
            |s, cell| {
                s.membership.full_since = Some(day(cell)?);
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
        &self.person.number
    }

    fn check(&self, today: Day) -> Vec<FieldError> {
        /// Stands for the person's id, which is not known yet.
        const SOMEBODY: Bytes = Bytes::from_static(&[0; 16]);
        let mut settled = self.clone();
        settled.settle();
        let mut errors = person::validate(&settled.person, today).err().unwrap_or_default();
        errors.extend(self.membership.contradictions());
        if let Claim::Has(state) = self.membership.claim() {
            let mut membership = Membership { person: SOMEBODY, ..Default::default() };
            self.membership.apply(state, &mut membership);
            errors.extend(membership::validate(&membership, today).err().unwrap_or_default());
            errors.extend(
                membership::validate_beside(&membership, &self.person, today).err().unwrap_or_default(),
            );
        }
        errors
    }
}
