//! Words for the values of records' enumerations.

use yanzhen_bureau::kinds::words::Words;
use yanzhen_proto::v1::{
    AppointmentRole, MembershipState, OrgNature, OrgSetup, OrgType, PersonStatus, Retirement, StaffDuty,
};

use super::Texts;

super::texts!(Terms {
    honoured: "离休" / "Honoured (离休)",
    ordinary: "退休" / "Retired (退休)",
    living: "在世" / "Living",
    deceased: "去世" / "Deceased",
    moved_out: "转出" / "Moved out",
    full: "正式党员" / "Full member",
    probationary: "预备党员" / "Probationary member",
    ended: "已终止" / "Ended",
    male: "男" / "Male",
    female: "女" / "Female",
    sex_unknown: "未知" / "Unknown",
    sex_not_stated: "未说明" / "Not stated",
    working_committee: "党工委" / "Working committee",
    committee: "党委" / "Committee",
    general_branch: "党总支" / "General branch",
    branch: "党支部" / "Branch",
    group: "党小组" / "Group",
    single: "单独" / "Single",
    joint: "联合" / "Joint",
    with_in_service: "与在职合编" / "With in-service members",
    in_community: "编入社区" / "In a community",
    regular: "常规" / "Regular",
    mobile: "流动" / "Mobile",
    functional: "功能型" / "Functional",
    society: "社团" / "Society",
    secretary: "书记" / "Secretary",
    deputy: "副书记" / "Deputy secretary",
    committee_member: "委员" / "Committee member",
    liaison: "联络员" / "Liaison",
    instructor: "指导员" / "Instructor",
    in_service_secretary: "在职书记" / "In-service secretary",
    service_person: "服务专员" / "Service person",
    other_staff: "其他" / "Other",
});

/// An enumeration whose values have words in both languages.
pub(crate) trait Term: Words {
    /// The word; empty for "unspecified".
    fn term(self, t: &Texts) -> &'static str;
}

/// The word for a number in a record; "?" for what this software doesn't know.
pub(crate) fn term_of<W: Term>(number: i32, t: &Texts) -> &'static str {
    if number == 0 { "" } else { W::known(number).map_or("?", |value| value.term(t)) }
}

/// The word for a code of GB/T 2261.1.
pub(crate) fn sex_term(code: u32, t: &Texts) -> &'static str {
    match code {
        0 => t.terms.sex_unknown,
        1 => t.terms.male,
        2 => t.terms.female,
        9 => t.terms.sex_not_stated,
        _ => "?",
    }
}

impl Term for Retirement {
    fn term(self, t: &Texts) -> &'static str {
        match self {
            Retirement::Unspecified => "",
            Retirement::Honoured => t.terms.honoured,
            Retirement::Ordinary => t.terms.ordinary,
        }
    }
}

impl Term for PersonStatus {
    fn term(self, t: &Texts) -> &'static str {
        match self {
            PersonStatus::Unspecified => "",
            PersonStatus::Living => t.terms.living,
            PersonStatus::Deceased => t.terms.deceased,
            PersonStatus::MovedOut => t.terms.moved_out,
        }
    }
}

impl Term for MembershipState {
    fn term(self, t: &Texts) -> &'static str {
        match self {
            MembershipState::Unspecified => "",
            MembershipState::Full => t.terms.full,
            MembershipState::Probationary => t.terms.probationary,
            MembershipState::Ended => t.terms.ended,
        }
    }
}

impl Term for OrgType {
    fn term(self, t: &Texts) -> &'static str {
        match self {
            OrgType::Unspecified => "",
            OrgType::WorkingCommittee => t.terms.working_committee,
            OrgType::Committee => t.terms.committee,
            OrgType::GeneralBranch => t.terms.general_branch,
            OrgType::Branch => t.terms.branch,
            OrgType::Group => t.terms.group,
        }
    }
}

impl Term for OrgSetup {
    fn term(self, t: &Texts) -> &'static str {
        match self {
            OrgSetup::Unspecified => "",
            OrgSetup::Single => t.terms.single,
            OrgSetup::Joint => t.terms.joint,
            OrgSetup::WithInService => t.terms.with_in_service,
            OrgSetup::InCommunity => t.terms.in_community,
        }
    }
}

impl Term for StaffDuty {
    fn term(self, t: &Texts) -> &'static str {
        match self {
            StaffDuty::Unspecified => "",
            StaffDuty::Liaison => t.terms.liaison,
            StaffDuty::Secretary => t.terms.in_service_secretary,
            StaffDuty::Service => t.terms.service_person,
            StaffDuty::Other => t.terms.other_staff,
        }
    }
}

impl Term for AppointmentRole {
    fn term(self, t: &Texts) -> &'static str {
        match self {
            AppointmentRole::Unspecified => "",
            AppointmentRole::Secretary => t.terms.secretary,
            AppointmentRole::Deputy => t.terms.deputy,
            AppointmentRole::Member => t.terms.committee_member,
            AppointmentRole::Liaison => t.terms.liaison,
            AppointmentRole::Instructor => t.terms.instructor,
        }
    }
}

impl Term for OrgNature {
    fn term(self, t: &Texts) -> &'static str {
        match self {
            OrgNature::Unspecified => "",
            OrgNature::Regular => t.terms.regular,
            OrgNature::Mobile => t.terms.mobile,
            OrgNature::Functional => t.terms.functional,
            OrgNature::Society => t.terms.society,
        }
    }
}
