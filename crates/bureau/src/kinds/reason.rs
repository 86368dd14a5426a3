//! Why a value is refused, in words for the person who typed it, in Chinese and English.

use super::day::DayError;

/// One field of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Field {
    /// The field's name in records.proto.
    pub name: &'static str,
    /// What forms, templates and refusals call it.
    pub label: &'static str,
}

impl Field {
    /// Names a field.
    pub const fn new(name: &'static str, label: &'static str) -> Field {
        Field { name, label }
    }
}

/// One thing that is wrong with a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} ({}) {reason}", field.label, field.name)]
pub struct FieldError {
    /// Where.
    pub field: Field,
    /// What is wrong and what is expected.
    pub reason: Reason,
}

impl FieldError {
    /// The whole sentence in Chinese.
    pub fn chinese(&self) -> String {
        format!("{}：{}", self.field.label, self.reason.chinese())
    }
}

/// What is wrong with a value and what is expected instead. Names other fields by their label, never by
/// what they hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// Must not be empty.
    #[error("is required")]
    Missing,
    /// More characters than there is room for.
    #[error("has {found} characters, at most {limit} are allowed")]
    TooLong {
        /// Characters allowed.
        limit: usize,
        /// Characters found.
        found: usize,
    },
    /// More bytes than there is room for.
    #[error("has {found} bytes, at most {limit} are allowed")]
    TooLarge {
        /// Bytes allowed.
        limit: usize,
        /// Bytes found.
        found: usize,
    },
    /// Control characters, or the remains of a failed conversion.
    #[error("contains characters that can't be shown (the file may be damaged): type it again")]
    Damaged,
    /// Spaces at the ends, or inside a number.
    #[error("contains spaces where none may be")]
    Spaces,
    /// A spreadsheet has rounded a long number.
    #[error("was rounded by the spreadsheet: format the column as text and type the number again")]
    Rounded,
    /// Not a day, month or year.
    #[error("is not a date: expected such as 2026-11-22, or 2026-11 or 2026 where no more is known")]
    NotADay,
    /// A month or year where a day is needed.
    #[error("must be a whole day, such as 2026-11-22")]
    NotAFullDay,
    /// The calendar lacks it, or its year is beyond reason.
    #[error("is not in the calendar between 1850 and 2199")]
    NoSuchDay,
    /// A spreadsheet has made 1951.1 of January or of October.
    #[error("may be January or October: write 1951.01 or 1951.10")]
    MonthUnclear,
    /// Lies after today.
    #[error("lies in the future")]
    Future,
    /// Lies before today.
    #[error("lies in the past")]
    Past,
    /// Lies before something that must come first.
    #[error("lies before {0}")]
    Before(&'static str),
    /// 离休 with work begun after 1949-09-30.
    #[error("must lie before 1949-10-01 for 离休: check the date, or choose 退休")]
    AfterFounding,
    /// Needed because of what another field says.
    #[error("is required when {0} is {1}")]
    RequiredBy(&'static str, &'static str),
    /// Later than another day allows.
    #[error("lies more than {0} months after the day that it puts off")]
    TooLate(i32),
    /// Must be empty because of what another field says.
    #[error("must be empty when {0} is {1}")]
    ExcludedBy(&'static str, &'static str),
    /// Not one of the words.
    #[error("must be one of: {0}")]
    Word(String),
    /// A number of an enumeration that this software does not know.
    #[error("has a value ({0}) that this software does not know: a newer version may")]
    Unknown(i32),
    /// Not a whole number within its range.
    #[error("must be a whole number from 0 to {0}")]
    Number(u32),
    /// Not an ethnic group of GB/T 3304.
    #[error("is not an ethnic group of GB/T 3304: expected its name, such as 汉族, or its code, such as 01")]
    Ethnic,
    /// Not a division code.
    #[error("must be a division code of 6 digits (GB/T 2260)")]
    Division,
    /// Not an identity number.
    #[error("is not an identity number of 18 characters")]
    NationalId,
    /// An identity number whose last character doesn't follow from the others.
    #[error("is not an identity number: the last character does not fit, so one was mistyped")]
    CheckCharacter,
    /// An identity number with a day of birth that the calendar lacks.
    #[error("names a day of birth that is not in the calendar")]
    NationalIdBirth,
    /// Not a telephone number.
    #[error("is not a telephone number, such as 13800000000 or 0931-8400000")]
    Phone,
    /// No record of that number or id in the unit.
    #[error("names nothing of this unit: expected a number, as the list shows it")]
    NoSuchRecord,
    /// Another record of the kind, of which there is one at a time, has not ended.
    #[error("has another one that has not ended: end that one first")]
    StillOpen,
    /// Days that don't follow one another.
    #[error("must be days that follow one another")]
    NotAscending,
    /// Not letters, digits and `-`.
    #[error("may have only the letters A to Z, digits and \"-\"")]
    Code,
    /// An id of another length.
    #[error("is not an id of 16 bytes")]
    Id,
    /// Does not name an object.
    #[error("does not name the bytes of a file")]
    Object,
    /// More of them than allowed.
    #[error("are more than {0}")]
    TooMany(usize),
    /// Named twice.
    #[error("names the same one twice")]
    Twice,
    /// Is what it must not be part of.
    #[error("leads back to itself")]
    Circle,
    /// Central's own unit has none above it, and all others do.
    #[error("must be empty for central's own unit, and for no other")]
    OnlyTop,
    /// Another place in the tree below another site.
    #[error(
        "would move the unit below another site, with its records: that needs a hand-over, not an import"
    )]
    Rehomed,
    /// A letter that is valid for more than three months.
    #[error("lies more than three months after the letter's day")]
    ValidTooLong,
    /// The person is on the way to another unit.
    #[error(
        "belongs to a person who is being transferred to another unit: withdraw the transfer, or wait for its answer"
    )]
    InTransfer,
    /// Not a file name that every system can keep.
    #[error(
        "is not a file name that every system can keep: no path, no \\ / : * ? \" < > |, no dot or space at the end"
    )]
    FileName,
    /// Says the opposite of another field.
    #[error("contradicts {0}")]
    Contradicts(&'static str),
    /// Carries a secrecy marking.
    #[error(
        "carries a secrecy marking (密级): this network is not for secret documents, take it out at once"
    )]
    Secret,
    /// No field of that name.
    #[error("is not the name of a field")]
    NoSuchField,
    /// Membership columns filled, but nothing says that the person is a member.
    #[error("is filled in, but neither 政治面貌 nor 党籍状态 says that the person is a member")]
    MembershipUnclear,
    /// No such unit here.
    #[error("is not the code of a unit whose records this site keeps")]
    NoSuchUnit,
    /// No such unit in the network.
    #[error("is not the code of a unit of this network")]
    UnknownUnit,
    /// No such organisation in the unit.
    #[error("is not the number of an organisation of the same unit: import the organisations first")]
    NoSuchOrg,
    /// The same natural key twice in one file.
    #[error("is already in line {0} of the file")]
    Duplicate(u64),
    /// More or fewer cells than the header.
    #[error(
        "the row has {found} cells, the header {expected}: a delimiter or a quotation mark may be missing or too many"
    )]
    Ragged {
        /// Cells of the header.
        expected: usize,
        /// Cells of the row.
        found: usize,
    },
    /// A quoted cell that runs on over many lines.
    #[error("a quotation mark that opens in this line is not closed: the lines after it were not read")]
    OpenQuote,
}

impl Reason {
    /// The sentence in Chinese.
    pub fn chinese(&self) -> String {
        match self {
            Reason::Missing => "必填，不能为空".to_owned(),
            Reason::TooLong { limit, found } => format!("有{found}个字符，最多{limit}个"),
            Reason::TooLarge { limit, found } => format!("有{found}字节，最多{limit}字节"),
            Reason::Damaged => "含有无法显示的字符（文件可能已损坏），请重新录入".to_owned(),
            Reason::Spaces => "含有不应有的空格".to_owned(),
            Reason::Rounded => "长数字已被表格软件舍入，请把该列设为文本格式后重新录入".to_owned(),
            Reason::NotADay => {
                "不是日期，应如 2026-11-22；只知年月可写 2026-11，只知年份可写 2026".to_owned()
            }
            Reason::NotAFullDay => "应写明年月日，如 2026-11-22".to_owned(),
            Reason::NoSuchDay => "日历上没有这一天，或年份不在1850至2199之间".to_owned(),
            Reason::MonthUnclear => "分不清是1月还是10月，请写作 1951.01 或 1951.10".to_owned(),
            Reason::Future => "晚于今天".to_owned(),
            Reason::Past => "早于今天".to_owned(),
            Reason::Before(other) => format!("早于{other}"),
            Reason::AfterFounding => "离休的应早于1949年10月1日，请核对日期或改为退休".to_owned(),
            Reason::RequiredBy(other, word) => format!("{other}为{word}时必填"),
            Reason::ExcludedBy(other, word) => format!("{other}为{word}时应为空"),
            Reason::Word(words) => format!("应为以下之一：{words}"),
            Reason::Unknown(number) => format!("取值{number}为本版本软件所不识，可能需要升级"),
            Reason::Number(limit) => format!("应为0至{limit}的整数"),
            Reason::Ethnic => "不是GB/T 3304中的民族，应为名称（如汉族）或代码（如01）".to_owned(),
            Reason::Division => "应为6位行政区划代码（GB/T 2260）".to_owned(),
            Reason::NationalId => "不是18位身份证号".to_owned(),
            Reason::CheckCharacter => "身份证号的校验码不符，请核对是否有一位输错".to_owned(),
            Reason::NationalIdBirth => "身份证号中的出生日期不存在，请核对".to_owned(),
            Reason::Phone => "不是电话号码，应如 13800000000 或 0931-8400000".to_owned(),
            Reason::NoSuchRecord => "本单位没有这个编号，请按名册填写".to_owned(),
            Reason::StillOpen => "已有一条没有结束的登记，请先结束那一条".to_owned(),
            Reason::NotAscending => "日期应由先到后".to_owned(),
            Reason::TooLate(months) => format!("最多延期{months}个月"),
            Reason::Code => "只能用字母、数字和“-”".to_owned(),
            Reason::Id => "不是16字节的标识".to_owned(),
            Reason::Object => "没有指明文件内容".to_owned(),
            Reason::TooMany(limit) => format!("超过{limit}个"),
            Reason::Twice => "重复列出同一个".to_owned(),
            Reason::Circle => "绕回到自身".to_owned(),
            Reason::OnlyTop => "只有市局本单位没有上级，其他单位必填".to_owned(),
            Reason::Rehomed => "会使该单位及其数据改属其他站点，须办理移交，不能通过导入完成".to_owned(),
            Reason::ValidTooLong => "超过开具之日起3个月".to_owned(),
            Reason::InTransfer => "所属人员正在转往其他单位，请先撤回转接，或等待对方答复后再改".to_owned(),
            Reason::FileName => {
                "不是各系统都能保存的文件名：不能含路径和 \\ / : * ? \" < > |，末尾不能是点或空格".to_owned()
            }
            Reason::Contradicts(other) => format!("与{other}矛盾"),
            Reason::Secret => "带有密级标志：本网络不得传输、存储涉密内容，请立即移除".to_owned(),
            Reason::NoSuchField => "不是字段的名称".to_owned(),
            Reason::MembershipUnclear => "已填写，但政治面貌和党籍状态都没有说明是党员".to_owned(),
            Reason::NoSuchUnit => "不是本站管理的单位代码".to_owned(),
            Reason::UnknownUnit => "不是本网络中的单位代码".to_owned(),
            Reason::NoSuchOrg => "不是本单位党组织的编号，请先导入党组织".to_owned(),
            Reason::Duplicate(line) => format!("与本文件第{line}行重复"),
            Reason::Ragged { expected, found } => {
                format!("本行有{found}格，表头有{expected}格：可能多或少了分隔符或引号")
            }
            Reason::OpenQuote => "本行开始的引号没有结束，其后的内容未能读入".to_owned(),
        }
    }
}

impl From<DayError> for Reason {
    fn from(error: DayError) -> Reason {
        match error {
            DayError::Form => Reason::NotADay,
            DayError::Calendar => Reason::NoSuchDay,
            DayError::MonthUnclear => Reason::MonthUnclear,
        }
    }
}
