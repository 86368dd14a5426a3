//! One site's work: its store, and the order in which its own writes are planned.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::Mutex;
use yanzhen_store::Store;
use yanzhen_sync::directory::{Directory, Unit};
use yanzhen_sync::envelope::Envelopes;
use yanzhen_sync::{Millis, RecordId, UnitId};

use crate::documents::Settled;
use crate::error::BureauError;
use crate::kinds::day::Day;
use crate::transfers::Passed;
use crate::writing::Order;

/// Units that a message names before it says how many more there are.
const UNITS_NAMED: usize = 5;

/// The work at one site. Make one for each open store; clones share it.
#[derive(Clone)]
pub struct Bureau {
    store: Store,
    envelopes: Arc<dyn Envelopes>,
    pub(crate) order: Order,
    pub(crate) settled: Arc<Mutex<Settled>>,
    pub(crate) passed: Arc<Mutex<Passed>>,
}

impl Bureau {
    /// Works on an open store, which must have [`BureauProjection`](crate::BureauProjection), with what
    /// closes and opens envelopes by the site's own key.
    pub fn new(store: Store, envelopes: Arc<dyn Envelopes>) -> Bureau {
        let (settled, passed) = Default::default();
        Bureau { store, envelopes, order: Order::default(), settled, passed }
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn envelopes(&self) -> &dyn Envelopes {
        self.envelopes.as_ref()
    }

    /// The day by the site's clock and time zone.
    pub fn today(&self) -> Day {
        day_of(self.now())
    }

    pub(crate) fn now(&self) -> Millis {
        self.store.clock().now()
    }

    /// A new record's id.
    pub fn new_id(&self) -> RecordId {
        let millis = u64::try_from(self.now()).unwrap_or(0);
        let nanos = u32::try_from(millis % 1_000 * 1_000_000).unwrap_or(0);
        let time = uuid::Timestamp::from_unix_time(millis / 1_000, nanos, 0, 0);
        RecordId::new(uuid::Uuid::new_v7(time).into_bytes())
    }

    pub(crate) fn directory(&self) -> Arc<Directory> {
        self.store.directory()
    }

    /// The unit that the site was joined for; none until its registration is here.
    pub fn own_unit(&self) -> Option<UnitId> {
        self.directory().site(self.store.me()).map(|site| site.unit)
    }

    /// The unit that a command means: the own one, or the one named.
    pub(crate) fn unit_or_own(&self, unit: Option<UnitId>) -> Result<UnitId, BureauError> {
        unit.or_else(|| self.own_unit()).ok_or(BureauError::NotJoined)
    }

    /// The unit with this code, wherever it is at home; without a code the site's own.
    pub fn unit_of_code(&self, code: &str) -> Result<UnitId, BureauError> {
        let code = code.trim();
        if code.is_empty() {
            return self.own_unit().ok_or(BureauError::NotJoined);
        }
        let directory = self.directory();
        let unit = directory.unit_by_code(code).ok_or_else(|| BureauError::UnknownUnit(code.to_owned()))?;
        Ok(unit.id)
    }

    /// The unit with this code, which must be at home here; without a code the site's own.
    pub fn home_unit(&self, code: &str) -> Result<UnitId, BureauError> {
        let unit = self.unit_of_code(code)?;
        self.require_home(unit)?;
        Ok(unit)
    }

    pub(crate) fn is_home(&self, unit: UnitId) -> bool {
        self.directory().home(unit).is_some_and(|home| home.site == self.store.me())
    }

    pub(crate) fn require_home(&self, unit: UnitId) -> Result<(), BureauError> {
        if self.is_home(unit) {
            return Ok(());
        }
        let directory = self.directory();
        let named = |unit: &Unit| format!("{} {}", unit.code, unit.name);
        let units: Vec<&Unit> = directory.units_at(self.store.me()).collect();
        let mut here: Vec<String> = units.iter().take(UNITS_NAMED).map(|unit| named(unit)).collect();
        match units.len() {
            0 => here.push("no unit yet".to_owned()),
            all if all > UNITS_NAMED => here.push(format!("{} more", all - UNITS_NAMED)),
            _ => {}
        }
        Err(BureauError::NotHome { code: code_of(&directory, unit), here: here.join(", ") })
    }
}

/// The day of a time in this machine's time zone.
pub(crate) fn day_of(at: Millis) -> Day {
    let date = Timestamp::from_millisecond(at).map(|at| at.to_zoned(TimeZone::system()).date());
    date.ok().and_then(Day::of).unwrap_or(Day::LATEST)
}

/// A unit's code; its id where nobody has told of it yet.
pub(crate) fn code_of(directory: &Directory, unit: UnitId) -> String {
    directory.unit(unit).map_or_else(|| unit.to_string(), |unit| unit.code.clone())
}

/// A unit's name; empty where nobody has told of it yet.
pub(crate) fn name_of(directory: &Directory, unit: UnitId) -> String {
    directory.unit(unit).map(|unit| unit.name.clone()).unwrap_or_default()
}
