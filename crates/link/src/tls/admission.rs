//! Who may come in: rates of new connections, and places for open ones.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Addresses whose rates are remembered; those that have been quiet for a moment are forgotten first.
const MAX_ADDRESSES: usize = 16_384;

/// A number of events in a second, and how many may come at once after a quiet time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Events in a second, at least 1.
    pub per_second: u32,
    /// Events at once, at least 1.
    pub burst: u32,
}

/// What an acceptor allows. The default is for a central with 10,000 sites on two cores.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Time that a handshake may take: a round trip or two, and some patience with a bad line.
    pub handshake_timeout: Duration,
    /// Handshakes at once: each costs about a millisecond of a core, and memory for its keys.
    pub handshakes: usize,
    /// Links at once, with those that are in their handshake: 10,000 sites and some that dial anew.
    pub connections: usize,
    /// Links at once of one registered site: one is needed; after a cut the old ones linger for 30 s.
    pub per_site: usize,
    /// Links at once by keys that are not registered: joining takes one for some seconds.
    pub strangers: usize,
    /// The same from one address.
    pub strangers_per_address: usize,
    /// Time after which a link by an unregistered key is closed: enough to join through three nodes.
    pub stranger_lifetime: Duration,
    /// New connections of all addresses together: 10,000 sites are back in under a minute.
    pub rate: Rate,
    /// New connections of one address (one /64 of IPv6). A bureau's sites may share one.
    pub rate_per_address: Rate,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            handshake_timeout: Duration::from_secs(10),
            handshakes: 256,
            connections: 12_000,
            per_site: 16,
            strangers: 64,
            strangers_per_address: 16,
            stranger_lifetime: Duration::from_secs(120),
            rate: Rate { per_second: 200, burst: 400 },
            rate_per_address: Rate { per_second: 50, burst: 100 },
        }
    }
}

/// Why a connection is closed at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TooFast {
    Address,
    Overall,
}

/// Lets new connections in at bounded rates.
#[derive(Debug)]
pub(crate) struct Gate {
    rate: Rate,
    rate_per_address: Rate,
    overall: Bucket,
    addresses: HashMap<IpAddr, Bucket>,
}

impl Gate {
    pub(crate) fn new(limits: &Limits, now: Instant) -> Gate {
        let Limits { rate, rate_per_address, .. } = *limits;
        Gate { rate, rate_per_address, overall: Bucket::full(now), addresses: HashMap::new() }
    }

    /// Asks the address' own rate first, so that one address can't use up what is for all.
    pub(crate) fn admit(&mut self, address: IpAddr, now: Instant) -> Result<(), TooFast> {
        if self.addresses.len() >= MAX_ADDRESSES {
            self.addresses.retain(|_, bucket| !bucket.is_full(now));
        }
        let place = network(address);
        if self.addresses.len() >= MAX_ADDRESSES && !self.addresses.contains_key(&place) {
            return Err(TooFast::Overall);
        }
        let bucket = self.addresses.entry(place).or_insert_with(|| Bucket::full(now));
        if !bucket.take(self.rate_per_address, now) {
            return Err(TooFast::Address);
        }
        if self.overall.take(self.rate, now) { Ok(()) } else { Err(TooFast::Overall) }
    }
}

/// What counts as one address: whoever has one address of IPv6 has all of its /64.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 => v4,
    }
}

/// A token bucket, kept as the time at which it will be full again.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    full_at: Instant,
}

impl Bucket {
    fn full(now: Instant) -> Bucket {
        Bucket { full_at: now }
    }

    fn is_full(&self, now: Instant) -> bool {
        self.full_at <= now
    }

    fn take(&mut self, rate: Rate, now: Instant) -> bool {
        let one = Duration::from_secs(1) / rate.per_second.max(1);
        let after = self.full_at.max(now) + one;
        let fits = after - now <= one * rate.burst.max(1);
        if fits {
            self.full_at = after;
        }
        fits
    }
}

/// Counts holders of places by key.
#[derive(Clone, Debug)]
pub(super) struct Places<K: Eq + Hash + Copy> {
    held: Arc<Mutex<HashMap<K, usize>>>,
}

/// One place, given back when dropped.
#[derive(Debug)]
pub(super) struct Place<K: Eq + Hash + Copy> {
    places: Places<K>,
    key: K,
}

impl<K: Eq + Hash + Copy> Places<K> {
    pub(super) fn new() -> Places<K> {
        Places { held: Arc::default() }
    }

    /// Takes a place, unless `key` has `most` already.
    pub(super) fn take(&self, key: K, most: usize) -> Option<Place<K>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let number = held.get(&key).copied().unwrap_or(0);
        (number < most).then(|| {
            held.insert(key, number + 1);
            Place { places: self.clone(), key }
        })
    }
}

impl<K: Eq + Hash + Copy> Drop for Place<K> {
    fn drop(&mut self) {
        let mut held = self.places.held.lock().unwrap_or_else(PoisonError::into_inner);
        match held.get_mut(&self.key) {
            Some(number) if *number > 1 => *number -= 1,
            _ => drop(held.remove(&self.key)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(rate: (u32, u32), per_address: (u32, u32), now: Instant) -> Gate {
        let rate = Rate { per_second: rate.0, burst: rate.1 };
        let rate_per_address = Rate { per_second: per_address.0, burst: per_address.1 };
        Gate::new(&Limits { rate, rate_per_address, ..Limits::default() }, now)
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_gets_its_burst_and_then_its_rate() {
        let start = Instant::now();
        let mut gate = gate((1000, 1000), (2, 3), start);
        let admitted =
            |gate: &mut Gate, now| (0..10).filter(|_| gate.admit(ip("10.0.0.1"), now).is_ok()).count();
        assert_eq!(admitted(&mut gate, start), 3);
        assert_eq!(admitted(&mut gate, start + Duration::from_secs(1)), 2);
        assert_eq!(admitted(&mut gate, start + Duration::from_secs(100)), 3);
    }

    #[test]
    fn one_address_that_floods_does_not_shut_out_another() {
        let start = Instant::now();
        let mut gate = gate((10, 10), (2, 2), start);
        for _ in 0..1000 {
            let _ = gate.admit(ip("10.0.0.1"), start);
        }
        assert_eq!(gate.admit(ip("10.0.0.1"), start), Err(TooFast::Address));
        assert_eq!(gate.admit(ip("10.0.0.2"), start), Ok(()));
    }

    #[test]
    fn all_together_are_bounded_too() {
        let start = Instant::now();
        let mut gate = gate((5, 5), (2, 2), start);
        let results: Vec<_> = (0..6u8).map(|n| gate.admit(IpAddr::from([10, 0, 0, n]), start)).collect();
        assert_eq!(results[4], Ok(()));
        assert_eq!(results[5], Err(TooFast::Overall));
    }

    #[test]
    fn addresses_of_one_ipv6_network_share_a_rate() {
        let start = Instant::now();
        let mut gate = gate((100, 100), (1, 1), start);
        assert_eq!(gate.admit(ip("2001:db8::1"), start), Ok(()));
        assert_eq!(gate.admit(ip("2001:db8::ffff:2"), start), Err(TooFast::Address));
        assert_eq!(gate.admit(ip("2001:db8:0:1::1"), start), Ok(()));
        assert_eq!(network(ip("::ffff:10.0.0.1")), ip("10.0.0.1"));
    }

    #[test]
    fn memory_for_addresses_is_bounded_and_quiet_ones_are_forgotten() {
        let start = Instant::now();
        let mut gate = gate((u32::MAX, u32::MAX), (1, 1), start);
        for number in 0..2 * u32::try_from(MAX_ADDRESSES).unwrap() {
            let _ = gate.admit(IpAddr::from(number.to_be_bytes()), start);
        }
        assert_eq!(gate.addresses.len(), MAX_ADDRESSES);
        assert_eq!(gate.admit(ip("200.0.0.1"), start + Duration::from_secs(2)), Ok(()));
        assert_eq!(gate.addresses.len(), 1);
    }

    #[test]
    fn a_place_comes_back_when_it_is_dropped() {
        let places = Places::new();
        let (first, second) = (places.take(1, 2), places.take(1, 2));
        assert!(first.is_some() && second.is_some());
        assert!(places.take(1, 2).is_none());
        assert!(places.take(2, 2).is_some());
        drop(first);
        assert!(places.take(1, 2).is_some());
        drop(second);
        assert!(places.held.lock().unwrap().is_empty());
    }
}
