//! Invented rosters with exact totals: the same seed makes the same people.
//!
//! Nobody in them is real: names are drawn from the most frequent surnames and from given names of each
//! generation, places do not exist, codes begin with 99.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

mod departed;
mod names;
mod orgs;
mod people;

pub use departed::departed;

/// What a roster must come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// 离休.
    pub honoured: u32,
    /// Members among them.
    pub honoured_members: u32,
    /// 退休.
    pub ordinary: u32,
    /// Members among them.
    pub ordinary_members: u32,
    /// Organisations set up singly.
    pub orgs_single: u32,
    /// All other organisations.
    pub orgs_joint: u32,
}

impl Totals {
    /// 离休 and 退休.
    pub fn people(&self) -> u32 {
        self.honoured + self.ordinary
    }

    /// Members, 离休 and 退休.
    pub fn members(&self) -> u32 {
        self.honoured_members + self.ordinary_members
    }

    /// All organisations.
    pub fn orgs(&self) -> u32 {
        self.orgs_single + self.orgs_joint
    }
}

/// The first prefecture at the end of 2018.
pub const FIRST_PREFECTURE: Totals = Totals {
    honoured: 889,
    honoured_members: 613,
    ordinary: 32_337,
    ordinary_members: 17_768,
    orgs_single: 234,
    orgs_joint: 647,
};

/// The first prefecture's own people and its seven counties.
pub const FIRST_PREFECTURE_PLACES: [Place<'static>; 8] = [
    Place { code: "990100", name: "澜江州", weight: 21 },
    Place { code: "990101", name: "平澜市", weight: 24 },
    Place { code: "990102", name: "望川县", weight: 14 },
    Place { code: "990103", name: "古溪县", weight: 11 },
    Place { code: "990104", name: "青禾县", weight: 10 },
    Place { code: "990105", name: "白汀县", weight: 8 },
    Place { code: "990106", name: "渠南县", weight: 7 },
    Place { code: "990107", name: "石渡县", weight: 5 },
];

/// A unit that gets a part of the totals.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Its code, of 6 digits.
    pub code: &'a str,
    /// The name of the place, without the bureau.
    pub name: &'a str,
    /// Its share of the totals.
    pub weight: u32,
}

/// The files of one unit, in UTF-8 with Chinese headers; organisations go in before people.
#[derive(Clone, Debug)]
pub struct Roster {
    /// The unit's code.
    pub code: String,
    /// What the files come to.
    pub totals: Totals,
    /// Its organisations as CSV.
    pub orgs: String,
    /// Its people with their memberships as CSV.
    pub people: String,
}

/// Makes a roster for each place; together they come to exactly `totals`.
pub fn generate(seed: u64, places: &[Place<'_>], totals: Totals) -> Result<Vec<Roster>, csv::Error> {
    let shares = split(places, totals);
    let mut rosters = Vec::with_capacity(places.len());
    for (number, (place, totals)) in (0..).zip(places.iter().zip(shares)) {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(number);
        let orgs = orgs::make(place, &totals, &mut random);
        let people = people::make(place, &totals, &orgs, &mut random);
        rosters.push(Roster {
            code: place.code.to_owned(),
            totals,
            orgs: table(&orgs::HEADER, orgs.iter().map(orgs::Org::cells))?,
            people: table(&people::HEADER, people.iter().map(people::Cadre::cells))?,
        });
    }
    Ok(rosters)
}

/// Each place's part of the totals.
fn split(places: &[Place<'_>], totals: Totals) -> Vec<Totals> {
    let weights: Vec<u32> = places.iter().map(|place| place.weight).collect();
    let honoured = apportion(totals.honoured, &weights);
    let ordinary = apportion(totals.ordinary, &weights);
    // By the people of each place, so that members are never more than people.
    let honoured_members = apportion(totals.honoured_members, &honoured);
    let ordinary_members = apportion(totals.ordinary_members, &ordinary);
    let orgs_single = apportion(totals.orgs_single, &weights);
    let orgs_joint = apportion(totals.orgs_joint, &weights);
    let part = |at: usize| Totals {
        honoured: honoured[at],
        honoured_members: honoured_members[at],
        ordinary: ordinary[at],
        ordinary_members: ordinary_members[at],
        orgs_single: orgs_single[at],
        orgs_joint: orgs_joint[at],
    };
    (0..places.len()).map(part).collect()
}

/// Splits `total` in proportion to `weights` by the largest remainders, so that the sum is exact.
fn apportion(total: u32, weights: &[u32]) -> Vec<u32> {
    let sum: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
    if sum == 0 {
        assert_eq!(total, 0, "something can't be split among no one");
        return vec![0; weights.len()];
    }
    let product = |weight: u32| u64::from(total) * u64::from(weight);
    let floor = |weight: u32| u32::try_from(product(weight) / sum).expect("a part is not above the total");
    let mut parts: Vec<u32> = weights.iter().map(|weight| floor(*weight)).collect();
    let missing = total - parts.iter().sum::<u32>();
    let mut by_remainder: Vec<usize> = (0..weights.len()).collect();
    by_remainder.sort_by_key(|at| (std::cmp::Reverse(product(weights[*at]) % sum), *at));
    for at in by_remainder.into_iter().take(missing as usize) {
        parts[at] += 1;
    }
    parts
}

fn table<const N: usize>(
    header: &[&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header)?;
    for row in rows {
        writer.write_record(&row)?;
    }
    let bytes = writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8(bytes).expect("cells and delimiters are UTF-8"))
}

#[cfg(test)]
mod tests;
