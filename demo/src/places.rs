//! The invented city and its bureaus. Codes begin with 99, which no real division has.

use yanzhen_site::{NODE, Program, TERMINAL};

/// One bureau.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Its code.
    pub code: &'static str,
    /// The name of the place.
    pub place: &'static str,
    /// The bureau's name.
    pub name: &'static str,
    /// Its share of the rosters.
    pub weight: u32,
    /// The code above; empty for the city.
    pub parent: &'static str,
    /// What runs there; the city's own program is central.
    pub program: Program,
}

/// The city bureau's code.
pub const CITY: &str = "990000";
/// The city bureau's name.
pub const CITY_NAME: &str = "云川市委老干部局";
/// The first prefecture's code: its subtree has the figures of the roll-up.
pub const FIRST: &str = "990100";
/// The second prefecture's code.
pub const SECOND: &str = "990200";
/// The direct unit's code.
pub const DIRECT: &str = "990001";

/// Everything below the city bureau, parents first.
pub const PLACES: [Place; 12] = [
    Place {
        code: FIRST, place: "松岭州", name: "松岭州委老干部局", weight: 21, parent: CITY, program: NODE
    },
    Place {
        code: SECOND, place: "澜溪州", name: "澜溪州委老干部局", weight: 2, parent: CITY, program: NODE
    },
    Place {
        code: DIRECT,
        place: "云川市直",
        name: "云川市直机关离退休干部工作处",
        weight: 1,
        parent: CITY,
        program: TERMINAL,
    },
    Place {
        code: "990101",
        place: "青石县",
        name: "青石县委老干部局",
        weight: 24,
        parent: FIRST,
        program: TERMINAL,
    },
    Place {
        code: "990102",
        place: "白桦县",
        name: "白桦县委老干部局",
        weight: 14,
        parent: FIRST,
        program: TERMINAL,
    },
    Place {
        code: "990103",
        place: "河湾县",
        name: "河湾县委老干部局",
        weight: 11,
        parent: FIRST,
        program: TERMINAL,
    },
    Place {
        code: "990104",
        place: "柳塘县",
        name: "柳塘县委老干部局",
        weight: 10,
        parent: FIRST,
        program: TERMINAL,
    },
    Place {
        code: "990105",
        place: "雁门坪县",
        name: "雁门坪县委老干部局",
        weight: 8,
        parent: FIRST,
        program: TERMINAL,
    },
    Place {
        code: "990106",
        place: "杏花县",
        name: "杏花县委老干部局",
        weight: 7,
        parent: FIRST,
        program: TERMINAL,
    },
    Place {
        code: "990107",
        place: "云顶县",
        name: "云顶县委老干部局",
        weight: 5,
        parent: FIRST,
        program: TERMINAL,
    },
    Place {
        code: "990201",
        place: "长滩县",
        name: "长滩县委老干部局",
        weight: 1,
        parent: SECOND,
        program: TERMINAL,
    },
    Place {
        code: "990202",
        place: "金沙渡县",
        name: "金沙渡县委老干部局",
        weight: 1,
        parent: SECOND,
        program: TERMINAL,
    },
];

/// The units table as `units import` takes it.
pub fn units_table() -> String {
    let mut table = "代码,名称,上级代码,类别\n".to_owned();
    for place in &PLACES {
        table += &format!("{},{},{},机关\n", place.code, place.name, place.parent);
    }
    table
}

/// The seven counties of the first prefecture.
pub fn first_counties() -> impl Iterator<Item = &'static Place> {
    PLACES.iter().filter(|place| place.parent == FIRST)
}

/// Whether a place is the first prefecture's bureau or one of its counties.
pub fn is_in_first(place: &Place) -> bool {
    [place.code, place.parent].contains(&FIRST)
}
