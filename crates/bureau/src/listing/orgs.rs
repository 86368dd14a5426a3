//! What can be asked of a list of Party organisations.

use yanzhen_proto::v1::{OrgNature, OrgSetup, OrgType};

use super::{Conditions, Sort, Which};
use crate::kinds::day::Day;

/// Which organisations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WhichOrgs {
    /// 类型
    pub kind: Option<OrgType>,
    /// 设置方式
    pub setup: Option<OrgSetup>,
    /// 性质
    pub nature: Option<OrgNature>,
    /// Those that exist, or those that were closed.
    pub open: Option<bool>,
    /// The order.
    pub sort: Option<Sort<OrgColumn>>,
}

/// What organisations are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrgColumn {
    /// 编号
    Number,
    /// 全称
    Name,
    /// 届满时间
    TermEnd,
}

impl Which for WhichOrgs {
    const TABLE: &'static str = "party_org";

    const SEARCH: &'static str = "r.search LIKE ? ESCAPE '!'";

    fn conditions(&self, _: Day, to: &mut Conditions) {
        to.and_if("r.type = ?", self.kind.map(i32::from));
        to.and_if("r.setup = ?", self.setup.map(i32::from));
        to.and_if("r.nature = ?", self.nature.map(i32::from));
        match self.open {
            Some(true) => to.and_that("r.closed_on = ''"),
            Some(false) => to.and_that("r.closed_on <> ''"),
            None => {}
        }
    }

    fn sort(&self) -> Option<Sort<&'static str>> {
        self.sort.map(|Sort { column, descending }| Sort {
            column: match column {
                OrgColumn::Number => "number",
                OrgColumn::Name => "name",
                OrgColumn::TermEnd => "term_end",
            },
            descending,
        })
    }
}
