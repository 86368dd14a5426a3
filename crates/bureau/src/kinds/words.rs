//! Enumerations and their Chinese words, both ways: one table for each enumeration.

use yanzhen_proto::v1::{
    AppointmentRole, MembershipState, OrgNature, OrgSetup, OrgType, PersonStatus, Retirement, StaffDuty,
    TransferOutcome, UnitKind,
};

use super::text;

/// One value: the word that is shown, and others that are understood.
pub struct Word<E: 'static> {
    /// The value.
    pub value: E,
    /// The word in tables, forms and files.
    pub word: &'static str,
    /// Other words that files and commands use for it, in lower case and without spaces.
    pub also: &'static [&'static str],
}

/// An enumeration of records.proto with a word for each value but "unspecified".
pub trait Words: Copy + PartialEq + TryFrom<i32> + Into<i32> + 'static {
    /// All values, in the order of records.proto.
    const ALL: &'static [Word<Self>];

    /// The value of a number in a record; none for "unspecified" and for what this software doesn't know.
    fn known(number: i32) -> Option<Self> {
        let value = Self::try_from(number).ok()?;
        Self::ALL.iter().any(|w| w.value == value).then_some(value)
    }

    /// The word for a value; empty for "unspecified".
    fn word(self) -> &'static str {
        Self::ALL.iter().find(|w| w.value == self).map_or("", |w| w.word)
    }

    /// The value of a word; tolerant of spaces, case and full-width forms.
    fn from_word(text: &str) -> Option<Self> {
        let key = text::key(text);
        Self::ALL.iter().find(|w| w.word == key || w.also.contains(&key.as_str())).map(|w| w.value)
    }

    /// All words, for saying what is expected.
    fn all_words() -> String {
        Self::ALL.iter().map(|w| w.word).collect::<Vec<_>>().join("、")
    }
}

/// The word for a number in a record; "?" for what this software doesn't know.
pub fn word_of<W: Words>(number: i32) -> &'static str {
    if number == 0 { "" } else { W::known(number).map_or("?", W::word) }
}

const fn word<E>(value: E, word: &'static str, also: &'static [&'static str]) -> Word<E> {
    Word { value, word, also }
}

impl Words for Retirement {
    const ALL: &'static [Word<Self>] = &[
        word(Retirement::Honoured, "离休", &["离休干部", "honoured", "honored", "lixiu"]),
        word(Retirement::Ordinary, "退休", &["退休干部", "ordinary", "tuixiu"]),
    ];
}

impl Words for PersonStatus {
    const ALL: &'static [Word<Self>] = &[
        word(PersonStatus::Living, "在世", &["健在", "正常", "living"]),
        word(PersonStatus::Deceased, "去世", &["已去世", "死亡", "逝世", "已故", "deceased"]),
        word(PersonStatus::MovedOut, "转出", &["已转出", "调出", "movedout"]),
    ];
}

impl Words for MembershipState {
    const ALL: &'static [Word<Self>] = &[
        word(MembershipState::Full, "正式党员", &["正式", "full"]),
        word(MembershipState::Probationary, "预备党员", &["预备", "probationary"]),
        word(MembershipState::Ended, "已终止", &["终止", "出党", "已出党", "停止党籍", "ended"]),
    ];
}

impl Words for OrgType {
    const ALL: &'static [Word<Self>] = &[
        word(OrgType::WorkingCommittee, "党工委", &["工委", "党的工作委员会", "workingcommittee"]),
        word(OrgType::Committee, "党委", &["党的委员会", "基层党委", "committee"]),
        word(OrgType::GeneralBranch, "党总支", &["总支", "党总支部", "总支部", "generalbranch"]),
        word(OrgType::Branch, "党支部", &["支部", "党的支部委员会", "branch"]),
        word(OrgType::Group, "党小组", &["小组", "group"]),
    ];
}

impl Words for OrgSetup {
    const ALL: &'static [Word<Self>] = &[
        word(OrgSetup::Single, "单独", &["单独设置", "单独组建", "单独设立", "single"]),
        word(OrgSetup::Joint, "联合", &["联合设置", "联合组建", "联合设立", "joint"]),
        word(
            OrgSetup::WithInService,
            "与在职合编",
            &["与在职混编", "在职合编", "合编", "混编", "与在职党员合编", "within-service", "withinservice"],
        ),
        word(OrgSetup::InCommunity, "编入社区", &["社区", "纳入社区", "incommunity", "community"]),
    ];
}

impl Words for OrgNature {
    const ALL: &'static [Word<Self>] = &[
        word(OrgNature::Regular, "常规", &["常规型", "普通", "regular"]),
        word(OrgNature::Mobile, "流动", &["流动型", "流动党支部", "mobile"]),
        word(OrgNature::Functional, "功能型", &["功能", "功能性", "functional"]),
        word(OrgNature::Society, "社团", &["社团型", "社会团体", "society"]),
    ];
}

impl Words for TransferOutcome {
    const ALL: &'static [Word<Self>] = &[
        word(TransferOutcome::Accepted, "接收", &["已接收", "accepted"]),
        word(TransferOutcome::Returned, "退回", &["已退回", "returned"]),
        word(TransferOutcome::Withdrawn, "撤回", &["已撤回", "withdrawn"]),
        word(TransferOutcome::Expired, "过期", &["已过期", "expired"]),
    ];
}

impl Words for StaffDuty {
    const ALL: &'static [Word<Self>] = &[
        word(StaffDuty::Liaison, "联络员", &["liaison"]),
        word(StaffDuty::Secretary, "在职书记", &["secretary"]),
        word(StaffDuty::Service, "服务专员", &["service"]),
        word(StaffDuty::Other, "其他", &["工作人员", "other"]),
    ];
}

impl Words for AppointmentRole {
    const ALL: &'static [Word<Self>] = &[
        word(AppointmentRole::Secretary, "书记", &["支部书记", "secretary"]),
        word(AppointmentRole::Deputy, "副书记", &["支部副书记", "deputy"]),
        word(AppointmentRole::Member, "委员", &["支部委员", "member"]),
        word(AppointmentRole::Liaison, "联络员", &["liaison"]),
        word(AppointmentRole::Instructor, "指导员", &["党建指导员", "instructor"]),
    ];
}

impl Words for UnitKind {
    const ALL: &'static [Word<Self>] = &[
        word(UnitKind::Agency, "机关", &["党政机关", "agency"]),
        word(UnitKind::Institution, "事业单位", &["事业", "institution"]),
        word(UnitKind::Enterprise, "企业", &["国有企业", "enterprise"]),
        word(UnitKind::Township, "乡镇街道", &["乡镇", "街道", "乡", "镇", "township"]),
        word(UnitKind::Community, "社区", &["村", "村社区", "community"]),
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both_ways<W: Words + std::fmt::Debug + Into<i32>>(last: i32) {
        for entry in W::ALL {
            for known in std::iter::once(&entry.word).chain(entry.also) {
                assert_eq!(W::from_word(known), Some(entry.value), "{known}");
            }
            assert_eq!(entry.value.word(), entry.word);
            assert_eq!(W::known(entry.value.into()), Some(entry.value));
            assert_eq!(word_of::<W>(entry.value.into()), entry.word);
        }
        assert_eq!(W::ALL.len(), usize::try_from(last).unwrap(), "each value but unspecified has a word");
        assert_eq!(W::known(0), None);
        assert_eq!(W::known(last + 1), None);
        assert_eq!(word_of::<W>(last + 1), "?");
        assert_eq!(W::from_word(""), None);
    }

    #[test]
    fn each_value_has_a_word_that_leads_back_to_it() {
        both_ways::<Retirement>(2);
        both_ways::<PersonStatus>(3);
        both_ways::<MembershipState>(3);
        both_ways::<OrgType>(5);
        both_ways::<OrgSetup>(4);
        both_ways::<OrgNature>(4);
        both_ways::<TransferOutcome>(4);
        both_ways::<UnitKind>(5);
        both_ways::<StaffDuty>(4);
        both_ways::<AppointmentRole>(5);
    }

    #[test]
    fn words_are_understood_with_spaces_and_in_any_case() {
        assert_eq!(Retirement::from_word(" 离 休 "), Some(Retirement::Honoured));
        assert_eq!(OrgSetup::from_word("With in-service"), Some(OrgSetup::WithInService));
        assert_eq!(Retirement::from_word("在职"), None);
    }
}
