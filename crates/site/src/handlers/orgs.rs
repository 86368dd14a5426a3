//! Party organisations.

use yanzhen_bureau::kinds::words::word_of;
use yanzhen_bureau::orgs::OrgView;
use yanzhen_proto::v1::{self as proto, OrgNature, OrgSetup, OrgType};

use super::failure::of_bureau;
use super::records::{filter, save, saved, unit};
use crate::failure::Failure;
use crate::runtime::Site;

pub(super) async fn list(site: &Site, request: proto::ListRequest) -> Result<proto::OrgsReply, Failure> {
    let page = site.bureau.list_orgs(&filter(site, request)?).await.map_err(of_bureau)?;
    Ok(proto::OrgsReply { orgs: page.rows.into_iter().map(view).collect(), total: page.total })
}

pub(super) async fn show(site: &Site, request: proto::RecordRequest) -> Result<proto::OrgView, Failure> {
    let unit = unit(site, &request.unit_code)?;
    site.bureau.show_org(unit, &request.number).await.map(view).map_err(of_bureau)
}

pub(super) async fn store(site: &Site, request: proto::SaveRequest) -> Result<proto::SaveReply, Failure> {
    site.bureau.save_org(save(request)).await.map(saved).map_err(of_bureau)
}

fn view(view: OrgView) -> proto::OrgView {
    let OrgView { id, unit_code, unit_name, org, parent_number, members, revision, .. } = view;
    proto::OrgView {
        id: id.to_string(),
        unit_code,
        unit_name,
        number: org.number,
        name: org.name,
        r#type: word_of::<OrgType>(org.r#type).to_owned(),
        setup: word_of::<OrgSetup>(org.setup).to_owned(),
        nature: word_of::<OrgNature>(org.nature).to_owned(),
        other_members: org.other_members,
        established: org.established,
        term_years: org.term_years,
        term_end: org.term_end,
        place: org.place,
        star: org.star,
        closed_on: org.closed_on,
        parent_number,
        members,
        revision,
    }
}

#[cfg(test)]
mod tests {
    use yanzhen_sync::{RecordId, UnitId};

    use super::*;

    #[test]
    fn an_organisation_is_shown_in_words() {
        let shown = view(OrgView {
            id: RecordId::new([1; 16]),
            unit: UnitId::new([2; 16]),
            unit_code: "9901".to_owned(),
            unit_name: "云东".to_owned(),
            org: proto::PartyOrg {
                r#type: OrgType::Branch.into(),
                setup: OrgSetup::Joint.into(),
                nature: OrgNature::Mobile.into(),
                ..Default::default()
            },
            merged_into: String::new(),
            parent_number: "Z0".to_owned(),
            members: 12,
            revision: 1,
        });
        assert_eq!([shown.r#type, shown.setup, shown.nature], ["党支部", "联合", "流动"]);
        assert_eq!((shown.members, shown.parent_number.as_str()), (12, "Z0"));
    }
}
