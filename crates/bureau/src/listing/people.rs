//! What can be asked of a list of people.

use yanzhen_proto::v1::{PersonStatus, Retirement};
use yanzhen_sync::RecordId;

use super::{Conditions, Sort, Which};
use crate::kinds::day::Day;

/// Which people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WhichPeople {
    /// 离休 or 退休
    pub retirement: Option<Retirement>,
    /// 在世, 去世 or 转出
    pub status: Option<PersonStatus>,
    /// Members of the Party, or those who are none.
    pub member: Option<Member>,
    /// A code of GB/T 2261.1.
    pub sex: Option<u32>,
    /// Members of this branch.
    pub branch: Option<RecordId>,
    /// At least so many full years old today; who was born in an unknown month is as old as January makes them.
    pub age_from: Option<u16>,
    /// At most so many full years old today.
    pub age_to: Option<u16>,
    /// Retired in this year or later.
    pub retired_from: Option<u16>,
    /// Retired in this year or before.
    pub retired_to: Option<u16>,
    /// The order.
    pub sort: Option<Sort<PersonColumn>>,
}

/// Whether somebody is a member of the Party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// Full or probationary.
    Yes,
    /// 正式党员
    Full,
    /// 预备党员
    Probationary,
    /// Never was, or no longer is.
    No,
}

/// What people are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonColumn {
    /// 编号
    Number,
    /// 姓名
    Name,
    /// 出生
    Birth,
    /// 离退休时间
    RetiredOn,
}

/// The numbers are those of MembershipState.
impl Member {
    fn condition(self) -> &'static str {
        match self {
            Member::Yes => "EXISTS (SELECT 1 FROM membership m WHERE m.person = r.id AND m.state IN (1, 2))",
            Member::Full => "EXISTS (SELECT 1 FROM membership m WHERE m.person = r.id AND m.state = 1)",
            Member::Probationary => {
                "EXISTS (SELECT 1 FROM membership m WHERE m.person = r.id AND m.state = 2)"
            }
            Member::No => {
                "NOT EXISTS (SELECT 1 FROM membership m WHERE m.person = r.id AND m.state IN (1, 2))"
            }
        }
    }
}

impl Which for WhichPeople {
    const TABLE: &'static str = "person";

    /// In the person's own texts, or as the number or name of the branch.
    const SEARCH: &'static str = "(r.search LIKE ? ESCAPE '!' OR r.id IN (SELECT m.person FROM party_org o \
         CROSS JOIN membership m WHERE m.branch = o.id AND m.state IN (1, 2) AND o.search LIKE ? ESCAPE '!'))";

    fn conditions(&self, today: Day, to: &mut Conditions) {
        to.and_if("r.retirement = ?", self.retirement.map(i32::from));
        to.and_if("r.status = ?", self.status.map(i32::from));
        to.and_if("r.sex = ?", self.sex);
        if let Some(member) = self.member {
            to.and_that(member.condition());
        }
        if let Some(branch) = self.branch {
            let members =
                "r.id IN (SELECT m.person FROM membership m WHERE m.branch = ? AND m.state IN (1, 2))";
            to.and(members, branch.as_bytes().to_vec());
        }
        if let Some(age) = self.age_from {
            to.and("r.birth <> '' AND r.birth <= ?", today.years_before(age));
        }
        if let Some(age) = self.age_to {
            to.and("r.birth > ?", today.years_before(age.saturating_add(1)));
        }
        if let Some(year) = self.retired_from {
            to.and("r.retired_on >= ?", format!("{year:04}"));
        }
        if let Some(year) = self.retired_to {
            to.and("r.retired_on <> '' AND r.retired_on < ?", format!("{:04}", year.saturating_add(1)));
        }
    }

    fn sort(&self) -> Option<Sort<&'static str>> {
        self.sort.map(|Sort { column, descending }| Sort {
            column: match column {
                PersonColumn::Number => "number",
                PersonColumn::Name => "name",
                PersonColumn::Birth => "birth",
                PersonColumn::RetiredOn => "retired_on",
            },
            descending,
        })
    }
}
