//! The filter by unit, the same in every list.

use yanzhen_bureau::Bureau;
use yanzhen_sync::UnitId;

use crate::problem::Problem;

/// A unit to choose in the filter.
pub(crate) struct UnitChoice {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) is_chosen: bool,
}

/// The units of the site's part of the tree, the chosen one marked; and its id, none for all.
pub(crate) fn units(bureau: &Bureau, chosen: &str) -> Result<(Vec<UnitChoice>, Option<UnitId>), Problem> {
    let unit = match chosen {
        "" => None,
        code => Some(bureau.unit_of_code(code)?),
    };
    let choices = bureau.unit_tree(bureau.own_unit()).into_iter().map(|view| UnitChoice {
        is_chosen: view.unit.code == chosen,
        name: format!("{}{}", "　".repeat(view.depth as usize), view.unit.name),
        code: view.unit.code,
    });
    Ok((choices.collect(), unit))
}
