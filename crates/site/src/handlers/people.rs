//! People.

use yanzhen_bureau::kinds::codes::{ethnic_name, sex_word};
use yanzhen_bureau::kinds::words::word_of;
use yanzhen_bureau::people::{Branch, ClosePerson, PersonView};
use yanzhen_proto::v1::{self as proto, MembershipState, PersonStatus, Retirement};

use super::failure::of_bureau;
use super::records::{filter, save, saved, unit};
use crate::failure::Failure;
use crate::runtime::Site;

pub(super) async fn list(site: &Site, request: proto::ListRequest) -> Result<proto::PeopleReply, Failure> {
    let page = site.bureau.list_people(&filter(site, request)?).await.map_err(of_bureau)?;
    Ok(proto::PeopleReply { people: page.rows.into_iter().map(view).collect(), total: page.total })
}

pub(super) async fn show(site: &Site, request: proto::RecordRequest) -> Result<proto::PersonView, Failure> {
    let unit = unit(site, &request.unit_code)?;
    site.bureau.show_person(unit, &request.number).await.map(view).map_err(of_bureau)
}

pub(super) async fn store(site: &Site, request: proto::SaveRequest) -> Result<proto::SaveReply, Failure> {
    site.bureau.save_person(save(request)).await.map(saved).map_err(of_bureau)
}

pub(super) async fn close(
    site: &Site,
    request: proto::ClosePersonRequest,
) -> Result<proto::SaveReply, Failure> {
    let proto::ClosePersonRequest { unit_code, number, status, on, reason } = request;
    let close = ClosePerson { unit_code, number, status, on, reason };
    site.bureau.close_person(close).await.map(saved).map_err(of_bureau)
}

fn view(view: PersonView) -> proto::PersonView {
    let PersonView { id, unit_code, unit_name, person, membership, branch, revision, .. } = view;
    let membership = membership.unwrap_or_default();
    let branch = branch.unwrap_or_else(|| Branch { number: String::new(), name: String::new() });
    proto::PersonView {
        id: id.to_string(),
        unit_code,
        unit_name,
        number: person.number,
        name: person.name,
        sex: sex_word(person.sex).unwrap_or("?").to_owned(),
        birth: person.birth,
        // A code that later software knows is shown as it is.
        ethnic: ethnic_name(&person.ethnic).map_or(person.ethnic, str::to_owned),
        retirement: word_of::<Retirement>(person.retirement).to_owned(),
        began_work: person.began_work,
        retired_on: person.retired_on,
        rank: person.rank,
        former_unit: person.former_unit,
        entitlement: person.entitlement,
        education: person.education,
        residence: person.residence,
        status: word_of::<PersonStatus>(person.status).to_owned(),
        status_on: person.status_on,
        status_reason: person.status_reason,
        skills: person.skills,
        willingness: person.willingness,
        membership: word_of::<MembershipState>(membership.state).to_owned(),
        branch_number: branch.number,
        branch_name: branch.name,
        party_joined: membership.joined,
        party_full_since: membership.full_since,
        revision,
    }
}

#[cfg(test)]
mod tests {
    use yanzhen_sync::{RecordId, UnitId};

    use super::*;

    fn person(membership: Option<proto::Membership>) -> PersonView {
        PersonView {
            id: RecordId::new([1; 16]),
            unit: UnitId::new([2; 16]),
            unit_code: "9901".to_owned(),
            unit_name: "云东".to_owned(),
            person: proto::Person {
                number: "7".to_owned(),
                sex: 2,
                ethnic: "03".to_owned(),
                retirement: Retirement::Honoured.into(),
                status: PersonStatus::Living.into(),
                ..Default::default()
            },
            membership,
            branch: Some(Branch { number: "Z1".to_owned(), name: "第一支部".to_owned() }),
            revision: 3,
        }
    }

    #[test]
    fn a_person_is_shown_in_words() {
        let member = proto::Membership {
            state: MembershipState::Full.into(),
            joined: "1960-07".to_owned(),
            ..Default::default()
        };
        let shown = view(person(Some(member)));
        let words = [shown.sex, shown.ethnic, shown.retirement, shown.status, shown.membership];
        assert_eq!(words, ["女", "回族", "离休", "在世", "正式党员"]);
        assert_eq!((shown.party_joined.as_str(), shown.branch_number.as_str()), ("1960-07", "Z1"));
    }

    #[test]
    fn who_is_no_member_has_no_membership() {
        assert_eq!(view(person(None)).membership, "");
    }

    #[test]
    fn what_later_software_knows_is_not_hidden() {
        let mut newer = person(None);
        newer.person.ethnic = "77".to_owned();
        newer.person.status = 42;
        let shown = view(newer);
        assert_eq!((shown.ethnic.as_str(), shown.status.as_str()), ("77", "?"));
    }
}
