//! What the columns of membership say together.

use yanzhen_proto::v1::{Membership, MembershipState};

use crate::kinds::membership::field;
use crate::kinds::reason::{Field, FieldError, Reason};
use crate::kinds::text;
use crate::kinds::words::Words;

/// 政治面貌, the column that says whether a person is a member.
pub const POLITICAL: Field = Field::new("political", "政治面貌");

/// What the columns of membership say; none where the file has no such column or the cell leaves it open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MembershipCells {
    /// 政治面貌 or 是否党员.
    pub political: Option<Political>,
    /// 党籍状态
    pub state: Option<MembershipState>,
    /// The number of the branch, or nothing to assign none.
    pub branch: Option<String>,
    /// 入党时间
    pub joined: Option<String>,
    /// 转正时间
    pub full_since: Option<String>,
    /// Whether 政治面貌 or 党籍状态 is there but empty: then the other cells set what they hold, but empty
    /// nothing.
    pub open: bool,
}

/// What 政治面貌 says of membership; which other party or none a person belongs to is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Political {
    /// 中共党员
    Member,
    /// 中共预备党员
    Probationary,
    /// Anything else.
    NotMember,
}

/// What a row says of membership, all its columns taken together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Nothing: a membership stays as it is.
    Silent,
    /// The person has a membership in this state.
    Has(MembershipState),
    /// The person is no member: a membership ends.
    HasNone,
}

/// Words for a member, a probationary member and anybody else; GB/T 4762 codes among them.
const POLITICAL_WORDS: [(Political, &[&str]); 3] = [
    (
        Political::Member,
        &["中共党员", "党员", "正式党员", "共产党员", "是", "01", "1", "yes", "y", "true", "member"],
    ),
    (Political::Probationary, &["中共预备党员", "预备党员", "02", "probationary"]),
    (
        Political::NotMember,
        &[
            "群众",
            "否",
            "非党员",
            "非中共党员",
            "无党派",
            "无党派人士",
            "无党派民主人士",
            "民主党派",
            "共青团员",
            "团员",
            "民革党员",
            "民革会员",
            "民盟盟员",
            "民建会员",
            "民进会员",
            "农工党党员",
            "致公党党员",
            "九三学社社员",
            "台盟盟员",
            "03",
            "04",
            "05",
            "06",
            "07",
            "08",
            "09",
            "10",
            "11",
            "12",
            "13",
            "0",
            "no",
            "n",
            "false",
        ],
    ),
];

impl MembershipCells {
    /// What the columns say together; contradictions are found by the check of the row.
    pub fn claim(&self) -> Claim {
        match (self.state, self.political) {
            (Some(state), _) => Claim::Has(state),
            (None, Some(Political::Member)) => Claim::Has(MembershipState::Full),
            (None, Some(Political::Probationary)) => Claim::Has(MembershipState::Probationary),
            (None, Some(Political::NotMember)) => Claim::HasNone,
            (None, None) => Claim::Silent,
        }
    }

    /// Everything that contradicts 政治面貌.
    pub fn contradictions(&self) -> Vec<FieldError> {
        let state = matches!(
            (self.political, self.state),
            (Some(Political::NotMember), Some(MembershipState::Full | MembershipState::Probationary))
                | (Some(Political::Probationary), Some(MembershipState::Full))
        );
        let filled = if self.claim() == Claim::HasNone { self.filled() } else { Vec::new() };
        let fields = state.then_some(field::STATE).into_iter().chain(filled);
        fields.map(|field| FieldError { field, reason: Reason::Contradicts(POLITICAL.label) }).collect()
    }

    /// The fields of a membership that the row fills in, other than its state.
    pub fn filled(&self) -> Vec<Field> {
        let cells = [
            (field::BRANCH, &self.branch),
            (field::JOINED, &self.joined),
            (field::FULL_SINCE, &self.full_since),
        ];
        let is_filled = |cell: &Option<String>| cell.as_ref().is_some_and(|cell| !cell.is_empty());
        cells.into_iter().filter(|(_, cell)| is_filled(cell)).map(|(field, _)| field).collect()
    }

    /// Leaves out the columns whose cells are empty.
    pub fn without_empty(self) -> MembershipCells {
        let filled = |cell: Option<String>| cell.filter(|cell| !cell.is_empty());
        let MembershipCells { branch, joined, full_since, .. } = self;
        MembershipCells {
            branch: filled(branch),
            joined: filled(joined),
            full_since: filled(full_since),
            ..self
        }
    }

    /// Sets what the columns say, all but the branch, in `onto`.
    pub fn apply(&self, state: MembershipState, onto: &mut Membership) {
        onto.state = state.into();
        if let Some(joined) = &self.joined {
            onto.joined.clone_from(joined);
        }
        if let Some(full_since) = &self.full_since {
            onto.full_since.clone_from(full_since);
        }
    }
}

/// What a cell of 政治面貌 says; nothing if it is empty.
pub(super) fn political(cell: &str) -> Result<Option<Political>, Reason> {
    let key = text::key(cell);
    if key.is_empty() {
        return Ok(None);
    }
    let known = POLITICAL_WORDS.iter().find(|(_, words)| words.contains(&key.as_str()));
    let expected = || {
        Reason::Word(format!(
            "中共党员、中共预备党员、群众、是、否（{}见党籍状态）",
            MembershipState::Ended.word()
        ))
    };
    known.map(|(political, _)| Some(*political)).ok_or_else(expected)
}
