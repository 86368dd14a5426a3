//! How old the people in a unit's care are.

use yanzhen_store::Fields;
use yanzhen_sync::UnitId;

use crate::Bureau;
use crate::error::BureauError;
use crate::kinds::day::Day;
use crate::listing::path_of;
use crate::projection::subtree;
use crate::report::{HONOURED, counted_in, end_of};

/// The ages at which a new band begins; the first band is below the first of them.
const BANDS: [i16; 7] = [60, 65, 70, 75, 80, 85, 90];

/// By how many of the bands' ages have been reached on the day ($4 to $10 are the births that reach them on that very
/// day), -1 where the birth is not known. Of a month or year alone the first day counts.
const AGES: &str = concat!(
    "SELECT \
       CASE WHEN p.birth = '' THEN -1 \
         WHEN p.birth > $4 THEN 0 WHEN p.birth > $5 THEN 1 WHEN p.birth > $6 THEN 2 WHEN p.birth > $7 THEN 3 \
         WHEN p.birth > $8 THEN 4 WHEN p.birth > $9 THEN 5 WHEN p.birth > $10 THEN 6 ELSE 7 END, \
       p.retirement, COUNT(*) \
     FROM care k \
     JOIN person p ON p.id = k.person \
     LEFT JOIN unit c ON c.id = p.counting_unit \
     JOIN unit u ON u.id = ",
    counted_in!("$11"),
    " \
     WHERE k.came <= $3 AND (k.gone = '' OR k.gone > $3) AND u.path >= $1 AND u.path < $2 \
     GROUP BY 1, 2"
);

/// People of one band of ages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AgeBand {
    /// The youngest; 0 for the first band.
    pub from: i16,
    /// The oldest; none for the last band.
    pub to: Option<i16>,
    /// 离休.
    pub honoured: u64,
    /// 退休.
    pub ordinary: u64,
}

/// The people of a unit and all below it by age.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ages {
    /// The youngest first.
    pub bands: Vec<AgeBand>,
    /// Those whose birth is not known: 离休 and 退休.
    pub unknown: (u64, u64),
}

impl Bureau {
    /// The ages on a whole day of those who were in care on its evening; without a unit those of the site's own.
    pub async fn ages(&self, under: Option<UnitId>, on: Day) -> Result<Ages, BureauError> {
        let top = self.unit_or_own(under)?;
        let mut ages = Ages { bands: bands(), unknown: (0, 0) };
        let Some(path) = path_of(self, top).await? else { return Ok(ages) };
        let (from, to) = subtree(&path);
        let mut query = sqlx::query(AGES).bind(from).bind(to).bind(on.to_string());
        for years in BANDS {
            query = query.bind(on.years_earlier(years).map(|born| born.to_string()).unwrap_or_default());
        }
        let query = query.bind(end_of(on));
        for row in &query.fetch_all(self.store().reader()).await? {
            let mut fields = Fields::of("person", row);
            let (band, retirement, people) = (fields.int()?, fields.int()?, fields.number::<u64>()?);
            let band = usize::try_from(band).ok().and_then(|band| ages.bands.get_mut(band));
            let (honoured, ordinary) = match band {
                Some(band) => (&mut band.honoured, &mut band.ordinary),
                None => (&mut ages.unknown.0, &mut ages.unknown.1),
            };
            *(if retirement == HONOURED { honoured } else { ordinary }) += people;
        }
        Ok(ages)
    }
}

fn bands() -> Vec<AgeBand> {
    let starts = std::iter::once(0).chain(BANDS);
    let ends = BANDS.iter().map(|next| Some(next - 1)).chain([None]);
    starts.zip(ends).map(|(from, to)| AgeBand { from, to, ..AgeBand::default() }).collect()
}
