//! What the bureau calls fields and values, in English: its own words are Chinese, as in files and on forms.

use yanzhen_bureau::import::RowError;
use yanzhen_bureau::{FieldError, Reason};

use super::Language;

/// A label or a word of the bureau in the language of the page; what has no English yet stays Chinese.
pub(crate) fn label(language: Language, chinese: &'static str) -> &'static str {
    match language {
        Language::Chinese => chinese,
        Language::English => {
            ENGLISH.iter().find(|(known, _)| *known == chinese).map_or(chinese, |(_, english)| english)
        }
    }
}

/// What is wrong with a field, in the language of the page.
pub(crate) fn field_error(error: &FieldError) -> String {
    match Language::spoken() {
        Language::Chinese => error.chinese(),
        language => format!("{}: {}", label(language, error.field.label), reason(&error.reason)),
    }
}

/// What is wrong with a cell of a row, in the language of the page.
pub(crate) fn row_error(error: &RowError) -> String {
    if Language::spoken() == Language::Chinese {
        return error.chinese();
    }
    let value = error.value.as_ref().map_or(String::new(), |value| format!(" \"{value}\""));
    let known =
        |column: &str| ENGLISH.iter().find(|(known, _)| *known == column).map(|(_, english)| *english);
    match &error.column {
        Some(column) => format!("{}{value}: {}", known(column).unwrap_or(column), reason(&error.reason)),
        None => reason(&error.reason),
    }
}

/// Why a value is refused, in the language of the page.
fn reason(reason: &Reason) -> String {
    let english = |chinese| label(Language::English, chinese);
    match (Language::spoken(), reason) {
        (Language::Chinese, reason) => reason.chinese(),
        (_, Reason::Before(other)) => Reason::Before(english(other)).to_string(),
        (_, Reason::RequiredBy(other, word)) => Reason::RequiredBy(english(other), english(word)).to_string(),
        (_, Reason::ExcludedBy(other, word)) => Reason::ExcludedBy(english(other), english(word)).to_string(),
        (_, Reason::Contradicts(other)) => Reason::Contradicts(english(other)).to_string(),
        (_, reason) => reason.to_string(),
    }
}

const ENGLISH: &[(&str, &str)] = &[
    ("编号", "Number"),
    ("姓名", "Name"),
    ("性别", "Sex"),
    ("出生日期", "Born"),
    ("民族", "Ethnic group"),
    ("离退休类别", "Retirement"),
    ("参加革命工作时间", "Began work"),
    ("离退休时间", "Retired on"),
    ("离退休", "Retirement"),
    ("转入时间", "Came in on"),
    ("职级", "Rank"),
    ("原单位", "Former unit"),
    ("享受待遇", "Entitlement"),
    ("学历", "Education"),
    ("居住地代码", "Residence code"),
    ("统计归属", "Counted at"),
    ("状态", "Status"),
    ("状态日期", "Status since"),
    ("状态原因", "Reason"),
    ("专长", "Skills"),
    ("发挥作用意愿", "Willing to"),
    ("党籍状态", "Membership"),
    ("隶属支部", "Branch"),
    ("隶属支部编号", "Branch number"),
    ("入党时间", "Joined"),
    ("转正时间", "Full member since"),
    ("全称", "Name"),
    ("类型", "Type"),
    ("设置方式", "Set up"),
    ("性质", "Nature"),
    ("在职党员数", "In-service members"),
    ("成立时间", "Established"),
    ("任期年限", "Term in years"),
    ("届满时间", "Term ends"),
    ("延期换届至", "Election put off to"),
    ("延期批准", "Approved by"),
    ("活动阵地", "Place"),
    ("星级", "Stars"),
    ("撤并时间", "Closed on"),
    ("并入党组织编号", "Merged into (number)"),
    ("上级党组织编号", "Organisation above (number)"),
    ("职责", "Duty"),
    ("办公电话", "Office phone"),
    ("离岗日期", "Left on"),
    ("党组织", "Organisation"),
    ("老同志", "Person"),
    ("工作人员", "Staff"),
    ("职务", "Post"),
    ("任职日期", "From"),
    ("免职日期", "To"),
    ("社区名称", "Community"),
    ("本人同意日期", "Consented on"),
    ("原单位联系人", "Contact at the unit"),
    ("原单位联系电话", "Their phone"),
    ("社区联系人", "Contact at the community"),
    ("社区联系电话", "Their phone there"),
    ("终止日期", "Ended on"),
    ("离开日期", "Left home on"),
    ("预计返回", "Planned return"),
    ("前往县区代码", "County code"),
    ("外地联系人", "Contact there"),
    ("外地联系电话", "Phone there"),
    ("本地联系人", "Contact at home"),
    ("本地联系电话", "Phone at home"),
    ("约定报到日期", "Reports agreed for"),
    ("已报到日期", "Reported on"),
    ("返回日期", "Back on"),
    ("临时转接", "Transferred for the time"),
    ("临时转入党组织", "Taken in by"),
    ("临时转接日期", "Since"),
    ("身份证号", "Identity number"),
    ("联系电话", "Phone"),
    ("现住址", "Address"),
    ("紧急联系人", "Emergency contact"),
    ("紧急联系人关系", "Their relation"),
    ("紧急联系人电话", "Emergency phone"),
    ("家属", "Family"),
    ("家属、遗属", "Family and survivors"),
    ("身份", "Identity"),
    ("党籍", "Membership"),
    ("本人愿意提供的", "What they offer"),
    ("组织", "Organisation"),
    ("任期与阵地", "Term and place"),
    ("化并转", "Dissolved or merged"),
    ("任职人", "Who (one of the two)"),
    ("职务与任期", "Post and term"),
    ("去向", "Where to"),
    ("联系人", "Contacts"),
    ("报到与返回", "Reports and return"),
    ("社区", "Community"),
    ("双向联系人", "Contacts on both sides"),
    ("本人", "The person"),
    ("紧急联系人与家属", "Emergency contact and family"),
    ("未知", "unknown"),
    ("男", "male"),
    ("女", "female"),
    ("未说明", "not stated"),
    ("离休", "honoured"),
    ("退休", "ordinary"),
    ("在世", "living"),
    ("去世", "deceased"),
    ("转出", "moved out"),
    ("正式党员", "full member"),
    ("预备党员", "probationary member"),
    ("已终止", "ended"),
    ("党工委", "working committee"),
    ("党委", "committee"),
    ("党总支", "general branch"),
    ("党支部", "branch"),
    ("党小组", "group"),
    ("单独", "single"),
    ("联合", "joint"),
    ("与在职合编", "with in-service members"),
    ("编入社区", "in a community"),
    ("常规", "regular"),
    ("流动", "mobile"),
    ("功能型", "functional"),
    ("社团", "society"),
    ("联络员", "liaison"),
    ("在职书记", "in-service secretary"),
    ("服务专员", "service person"),
    ("其他", "other"),
    ("书记", "secretary"),
    ("副书记", "deputy secretary"),
    ("委员", "committee member"),
    ("指导员", "instructor"),
    ("标题", "Title"),
    ("正文", "Text"),
    ("附件", "Attachments"),
    ("主送", "To"),
    ("抄送", "Copy"),
    ("办理期限", "Deadline"),
    ("发布时间", "Issued at"),
    ("发文单位", "Issued by"),
    ("行文方向", "Direction"),
    ("文种", "Type"),
    ("紧急程度", "Urgency"),
    ("替代文件", "Replaces"),
    ("转发文件", "Passes on"),
    ("转发意见", "Covering note"),
    ("来文", "Answers"),
    ("撤回", "Recall"),
    ("撤回原因", "Reason of the recall"),
    ("签发人", "Signed off by"),
    ("核定稿", "Approved text"),
    ("发文字号", "Number"),
    ("送达", "Delivered"),
    ("已读", "Read"),
    ("签收", "Signed for"),
    ("签收人", "Signed by"),
    ("退回", "Return"),
    ("退回原因", "Reason"),
    ("办结", "Settlement"),
    ("回复", "Reply"),
    ("已填", "given"),
    ("代办人", "Proxy"),
    ("催办内容", "Reminder"),
    ("催办人", "Reminded by"),
    ("催办时间", "Reminded at"),
    ("发文机关代字", "Mark"),
    ("催办", "Reminders"),
    ("文件", "Document"),
    ("单位", "Unit"),
    ("如 2026年11月21日、2026-11-21，不详时只填年月或年", "such as 2026-11-21, or only 2026-11 or 2026"),
    ("老同志的编号；与工作人员只填一项", "the person's number; either this or a member of staff"),
    ("工作人员的姓名", "the name of a member of staff"),
    (
        "合并的，填并入党组织的编号；撤销的留空",
        "of the organisation it was merged into; empty where it was dissolved",
    ),
    ("本单位内不重复", "unique in the unit"),
    ("上级党组织的编号", "the number of the one above"),
    ("编入本组织的在职党员人数", "in-service members in this organisation"),
    ("支部一般 3 年，社区支部 5 年", "3 years for a branch, 5 in a community"),
    ("到日，如 2026-12-18", "a whole day, such as 2026-12-18"),
    ("经批准延期的，最多延 1 年", "put off with approval, at most 1 year"),
    ("批准的上级党组织和文号", "the organisation that approved, and its number"),
    ("0 至 5", "0 to 5"),
    ("撤销或合并的日期", "when it was dissolved or merged"),
    ("合并到哪个党组织，填编号", "the number of the one it was merged into"),
    ("社区全称", "its full name"),
    ("没有本人同意不能登记", "not without the person's consent"),
    (
        "可填多个，用顿号分开，如 2026-12-01、2027-03-01",
        "several with commas, such as 2026-12-01, 2027-03-01",
    ),
    ("到日，如 2026年11月21日", "a whole day, such as 2026-11-21"),
    ("六位行政区划代码", "the six-digit division code"),
    ("如 汉族", "such as 汉族"),
    ("离退休后从外地转来的填写", "only of those who came from elsewhere after retiring"),
    ("支部的编号", "the branch's number"),
    ("18 位，最后一位可以是 X", "18 digits, the last may be X"),
    ("手机，或区号-固定电话", "mobile, or area code-number"),
    ("如 女儿、邻居", "such as daughter, neighbour"),
    ("如 0931-8400000", "such as 0931-8400000"),
    ("本人或同住亲属", "the person or a relative at home"),
    ("本单位由谁联系", "who of this unit keeps in touch"),
];

#[cfg(test)]
mod tests {
    use yanzhen_bureau::Kept;
    use yanzhen_bureau::kinds::words::Words;
    use yanzhen_proto::v1::{
        Appointment, AppointmentRole, AwayNotice, CommunityLink, MembershipState, OrgSetup, OrgType,
        PersonStatus, Retirement, Staff, StaffDuty,
    };

    use super::*;

    fn has_english(chinese: &'static str) {
        assert_ne!(label(Language::English, chinese), chinese, "{chinese}");
        assert_eq!(label(Language::Chinese, chinese), chinese);
    }

    fn of_form<M: Kept + 'static>() {
        M::COLUMNS.iter().for_each(|column| has_english(column.field.label));
    }

    fn of_words<W: Words>() {
        W::ALL.iter().for_each(|word| has_english(word.word));
    }

    #[test]
    fn every_field_of_the_new_kinds_and_every_word_has_its_english() {
        of_form::<Staff>();
        of_form::<Appointment>();
        of_form::<CommunityLink>();
        of_form::<AwayNotice>();
        of_words::<StaffDuty>();
        of_words::<AppointmentRole>();
        of_words::<Retirement>();
        of_words::<PersonStatus>();
        of_words::<MembershipState>();
        of_words::<OrgType>();
        of_words::<OrgSetup>();
    }

    #[test]
    fn nothing_stands_there_twice() {
        let mut known: Vec<&str> = ENGLISH.iter().map(|(chinese, _)| *chinese).collect();
        known.sort_unstable();
        let all = known.len();
        known.dedup();
        assert_eq!(known.len(), all);
    }
}
