//! Since when and until when somebody or something counts, from the dates that the records hold.
//!
//! A day counts as it ends: who comes on a day is there that evening, who dies or leaves on a day is not. So who
//! comes and goes on the same day is in the count of neither evening, and stands once under in and once under out.

use yanzhen_proto::v1::{PartyOrg, Person};

use crate::kinds::day::Day;
use crate::kinds::{party_org, person};

/// The dates between which a person or an organisation counts, as the typed tables keep them: whole days, so that
/// they compare as texts. A month or a year alone counts from its first day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Care {
    /// Empty where nobody knows: then always.
    pub(crate) came: String,
    /// Whether the person came from outside the network instead of retiring into it.
    pub(crate) moved_in: bool,
    /// Empty while it goes on.
    pub(crate) gone: String,
}

impl Care {
    /// From the day of coming here or else of retiring, until the day of death or of leaving.
    pub(crate) fn of_person(person: &Person) -> Care {
        let moved_in = !person.came_on.is_empty();
        let came = whole_day(if moved_in { &person.came_on } else { &person.retired_on });
        let gone = if person::is_living(person) { "" } else { &person.status_on };
        Care { gone: not_before(&came, whole_day(gone)), came, moved_in }
    }

    /// From its establishment until it is dissolved or merged.
    pub(crate) fn of_org(org: &PartyOrg) -> Care {
        let came = whole_day(&org.established);
        let gone = if party_org::is_open(org) { "" } else { &org.closed_on };
        Care { gone: not_before(&came, whole_day(gone)), came, moved_in: false }
    }
}

/// The first day that a date may mean; empty for none. The projection has read every date.
fn whole_day(date: &str) -> String {
    Day::normal(date).map_or_else(|_| String::new(), |day| day.first().to_string())
}

/// Who retired in May and died in the year of the same number did not die in January.
fn not_before(came: &str, gone: String) -> String {
    if !gone.is_empty() && gone.as_str() < came { came.to_owned() } else { gone }
}

#[cfg(test)]
mod tests {
    use yanzhen_proto::v1::PersonStatus;

    use super::*;

    fn of(retired_on: &str, came_on: &str, status: PersonStatus, status_on: &str) -> (String, bool, String) {
        let person = Person {
            retired_on: retired_on.into(),
            came_on: came_on.into(),
            status: status.into(),
            status_on: status_on.into(),
            ..Default::default()
        };
        let Care { came, moved_in, gone } = Care::of_person(&person);
        (came, moved_in, gone)
    }

    #[test]
    fn care_begins_with_retirement_or_with_coming_from_elsewhere() {
        use PersonStatus::{Deceased, Living, MovedOut};
        for ((retired, came, status, on), expected) in [
            (("1988-12", "", Living, ""), ("1988-12-01", false, "")),
            (("1988", "", Living, ""), ("1988-01-01", false, "")),
            (("", "", Living, ""), ("", false, "")),
            (("1988-12-05", "2026-02-28", Living, ""), ("2026-02-28", true, "")),
            (("2024-02-29", "", Deceased, "2024-02-29"), ("2024-02-29", false, "2024-02-29")),
            (("2024-05-06", "", Deceased, "2024"), ("2024-05-06", false, "2024-05-06")),
            (("2020-01", "", MovedOut, "2025-12"), ("2020-01-01", false, "2025-12-01")),
            (("", "", Deceased, "2025-12-31"), ("", false, "2025-12-31")),
            (("1988", "", Living, "2025-12-31"), ("1988-01-01", false, "")),
        ] {
            let (came_day, moved_in, gone) = expected;
            let expected = (came_day.to_owned(), moved_in, gone.to_owned());
            assert_eq!(of(retired, came, status, on), expected, "{retired} {came} {on}");
        }
    }

    #[test]
    fn an_organisation_counts_from_its_establishment_until_it_is_closed() {
        let org = |established: &str, closed_on: &str| {
            let org = PartyOrg {
                established: established.into(),
                closed_on: closed_on.into(),
                ..Default::default()
            };
            let Care { came, gone, .. } = Care::of_org(&org);
            (came, gone)
        };
        assert_eq!(org("1998-05", ""), ("1998-05-01".to_owned(), String::new()));
        assert_eq!(org("", "2020-02-29"), (String::new(), "2020-02-29".to_owned()));
    }
}
