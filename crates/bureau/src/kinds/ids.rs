//! Record ids: new ones by time, and those that follow from what a record is about.

use yanzhen_sync::hash::{Context, Hash};
use yanzhen_sync::{Kind, Millis, RecordId};

/// Random bytes in a new id.
pub const RANDOM_BYTES: usize = 10;

/// A new id: a version 7 UUID of the time `at` (before 1970 counts as 1970) and fresh random bytes.
pub fn new(at: Millis, random: [u8; RANDOM_BYTES]) -> RecordId {
    let millis = u64::try_from(at).unwrap_or(0);
    RecordId::new(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid().into_bytes())
}

/// The id of the one record of `kind` that is about all of `subjects`, in their order: the first 16 bytes of
/// the hash with context "yanzhen.v1 record" over the kind, a zero byte and the subjects' ids.
pub fn about(kind: &Kind, subjects: &[RecordId]) -> RecordId {
    let mut parts: Vec<&[u8]> = vec![kind.as_str().as_bytes(), &[0]];
    parts.extend(subjects.iter().map(|subject| subject.as_bytes().as_slice()));
    let hash = Hash::of(Context::Record, &parts);
    let mut id = [0; 16];
    id.copy_from_slice(&hash.as_bytes()[..16]);
    RecordId::new(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_ids_are_version_7_and_sort_by_time() {
        let early = new(1_700_000_000_000, [0xff; 10]);
        let late = new(1_700_000_000_001, [0; 10]);
        assert!(early < late);
        assert_eq!(uuid::Uuid::from_bytes(*early.as_bytes()).get_version_num(), 7);
        assert_ne!(early, new(1_700_000_000_000, [0; 10]));
        let _ = new(Millis::MIN, [0; 10]);
        let _ = new(Millis::MAX, [0; 10]);
    }

    #[test]
    fn an_id_about_something_depends_on_kind_and_subjects_in_order() {
        let (a, b) = (RecordId::new([1; 16]), RecordId::new([2; 16]));
        let receipt = Kind::known("receipt");
        assert_eq!(about(&receipt, &[a, b]), about(&receipt, &[a, b]));
        assert_ne!(about(&receipt, &[a, b]), about(&receipt, &[b, a]));
        assert_ne!(about(&receipt, &[a]), about(&Kind::known("membership"), &[a]));
    }
}
