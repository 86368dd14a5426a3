//! The sheet of units.

use yanzhen_proto::v1::{Unit, UnitKind};

use crate::import::Sheet;
use crate::import::sheet::Column;
use crate::kinds::day::Day;
use crate::kinds::reason::{Field, FieldError, Reason};
use crate::kinds::text;
use crate::kinds::unit::{self, field};
use crate::kinds::words::Words;

/// 上级单位代码
pub(super) const PARENT: Field = Field::new("parent_code", "上级单位代码");

/// One row of units.
#[derive(Clone, Debug, Default)]
pub(crate) struct UnitSheet {
    /// The unit, all but the id of the one above.
    pub(super) unit: Unit,
    /// The code of the unit above; empty for the top.
    pub(super) parent: String,
}

impl Sheet for UnitSheet {
    const COLUMNS: &'static [Column<Self>] = &[
        Column::required(
            field::CODE,
            &["代码", "编码", "机构代码", "区划代码", "区划/机构代码", "unitcode"],
            |s, cell| {
                s.unit.code = text::fold(cell).into_owned();
                Ok(())
            },
        ),
        Column::required(field::NAME, &["名称", "机构名称", "全称", "unitname"], |s, cell| {
            s.unit.name = text::tidy(cell).into_owned();
            Ok(())
        }),
        Column::new(
            PARENT,
            &["上级代码", "上级单位", "上级机构代码", "上级编码", "parent"],
            |s, cell| {
                s.parent = text::fold(cell).into_owned();
                Ok(())
            },
        ),
        Column::required(
            field::KIND,
            &["类别", "类型", "性质", "单位性质", "单位类型", "unitkind", "type"],
            |s, cell| {
                let kind = UnitKind::from_word(cell).ok_or_else(|| Reason::Word(UnitKind::all_words()))?;
                s.unit.kind = kind.into();
                Ok(())
            },
        ),
    ];

    /// A table of units is for none of them.
    fn unit(&self) -> &str {
        ""
    }

    fn set_unit(&mut self, _: &str) {}

    /// Codes are compared over the whole table by the plan.
    fn number(&self) -> &str {
        ""
    }

    fn check(&self, _: Day) -> Vec<FieldError> {
        unit::validate(&self.unit).err().unwrap_or_default()
    }
}
