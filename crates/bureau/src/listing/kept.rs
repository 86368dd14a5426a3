//! What can be asked of the lists of staff, posts, absences and links with communities.

use yanzhen_proto::v1::{AppointmentRole, StaffDuty};

use super::{Conditions, Sort, Which};
use crate::kinds::day::Day;

/// Which staff.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WhichStaff {
    /// 职责
    pub duty: Option<StaffDuty>,
    /// Those in service, or those who have left.
    pub in_service: Option<bool>,
    /// The order.
    pub sort: Option<Sort<StaffColumn>>,
}

/// What staff are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaffColumn {
    /// 姓名
    Name,
}

impl Which for WhichStaff {
    const TABLE: &'static str = "staff";

    const ORDER: &'static str = "r.left_on <> '', r.number";

    const SEARCH: &'static str = "r.number LIKE ? ESCAPE '!'";

    fn conditions(&self, _: Day, to: &mut Conditions) {
        to.and_if("r.duty = ?", self.duty.map(i32::from));
        match self.in_service {
            Some(true) => to.and_that("r.left_on = ''"),
            Some(false) => to.and_that("r.left_on <> ''"),
            None => {}
        }
    }

    fn sort(&self) -> Option<Sort<&'static str>> {
        self.sort.map(|Sort { column: StaffColumn::Name, descending }| Sort { column: "number", descending })
    }
}

/// Which posts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WhichPosts {
    /// 职务
    pub role: Option<AppointmentRole>,
    /// Those that are held today, or those that are not.
    pub held: Option<bool>,
    /// The order.
    pub sort: Option<Sort<PostColumn>>,
}

/// What posts are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostColumn {
    /// 起
    From,
    /// 止
    To,
}

impl Which for WhichPosts {
    const TABLE: &'static str = "appointment";

    const ORDER: &'static str = "r.org, r.role, r.from_day";

    /// In who holds it, and in the organisation.
    const SEARCH: &'static str = "(r.person IN (SELECT p.id FROM person p WHERE p.search LIKE ? ESCAPE '!') \
         OR r.staff IN (SELECT s.id FROM staff s WHERE s.number LIKE ? ESCAPE '!') \
         OR r.org IN (SELECT o.id FROM party_org o WHERE o.search LIKE ? ESCAPE '!'))";

    fn conditions(&self, today: Day, to: &mut Conditions) {
        to.and_if("r.role = ?", self.role.map(i32::from));
        // A month or a year alone reaches as far as it may.
        match self.held {
            Some(true) => {
                to.and("r.from_day <= ?", today.to_string());
                to.and("(r.to_day = '' OR r.to_day >= SUBSTR(?, 1, LENGTH(r.to_day)))", today.to_string());
            }
            Some(false) => to.and(
                "(r.from_day > ? OR (r.to_day <> '' AND r.to_day < SUBSTR(?, 1, LENGTH(r.to_day))))",
                today.to_string(),
            ),
            None => {}
        }
    }

    fn sort(&self) -> Option<Sort<&'static str>> {
        self.sort.map(|Sort { column, descending }| Sort {
            column: match column {
                PostColumn::From => "from_day",
                PostColumn::To => "to_day",
            },
            descending,
        })
    }
}

/// Which absences.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WhichAway {
    /// Those who are away, or those who are back.
    pub open: Option<bool>,
    /// The order.
    pub sort: Option<Sort<AwayColumn>>,
}

/// What absences are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AwayColumn {
    /// 离开
    From,
}

/// In the person's own texts.
const OF_PERSON: &str = "r.person IN (SELECT p.id FROM person p WHERE p.search LIKE ? ESCAPE '!')";

impl Which for WhichAway {
    const TABLE: &'static str = "away_notice";

    const ORDER: &'static str = "r.returned_on <> '', r.from_day";

    const SEARCH: &'static str = OF_PERSON;

    fn conditions(&self, _: Day, to: &mut Conditions) {
        match self.open {
            Some(true) => to.and_that("r.returned_on = ''"),
            Some(false) => to.and_that("r.returned_on <> ''"),
            None => {}
        }
    }

    fn sort(&self) -> Option<Sort<&'static str>> {
        self.sort.map(|Sort { column: AwayColumn::From, descending }| Sort { column: "from_day", descending })
    }
}

/// Which links with communities.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WhichCommunities {
    /// Those that hold, or those that have ended.
    pub open: Option<bool>,
    /// The order.
    pub sort: Option<Sort<CommunityColumn>>,
}

/// What links are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommunityColumn {
    /// 本人同意
    ConsentedOn,
}

impl Which for WhichCommunities {
    const TABLE: &'static str = "community_link";

    const ORDER: &'static str = "r.ended_on <> '', r.consented_on";

    const SEARCH: &'static str = OF_PERSON;

    fn conditions(&self, _: Day, to: &mut Conditions) {
        match self.open {
            Some(true) => to.and_that("r.ended_on = ''"),
            Some(false) => to.and_that("r.ended_on <> ''"),
            None => {}
        }
    }

    fn sort(&self) -> Option<Sort<&'static str>> {
        self.sort.map(|Sort { column: CommunityColumn::ConsentedOn, descending }| Sort {
            column: "consented_on",
            descending,
        })
    }
}
