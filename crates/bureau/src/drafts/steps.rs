//! The steps of a draft, as functions of the draft alone.

use bytes::Bytes;
use yanzhen_proto::v1::{Document, Draft, DraftAct, DraftState, DraftStep};
use yanzhen_sync::Millis;

use super::{DraftError, Person};
use crate::kinds::document::content_hash;

/// Steps that one draft keeps: far more than a paper sees, and few enough to read.
const MAX_STEPS: usize = 200;

/// Characters of an opinion or a reason.
const NOTE_LIMIT: usize = 500;

/// What a person does to a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// 修改
    Edit,
    /// 送核
    Submit,
    /// 收回修改
    TakeBack,
    /// 核稿通过
    Check,
    /// 签发
    Sign,
    /// 退回修改
    Return,
    /// 下发
    Issue,
    /// 作废
    Drop,
}

/// A new draft.
pub fn begin(content: Document, author: &Person, now: Millis) -> Result<Draft, DraftError> {
    if !author.drafts {
        return Err(DraftError::NotYou);
    }
    let mut draft = Draft {
        content: Some(content),
        author: Bytes::copy_from_slice(&author.account),
        steps: Vec::new(),
        state: DraftState::Drafting.into(),
    };
    note(&mut draft, DraftAct::Begun, author, now, "");
    Ok(draft)
}

/// Whether the person may do this to the draft now.
pub fn allowed(draft: &Draft, act: Act, who: &Person) -> Result<(), DraftError> {
    use DraftState::{Approved, Checking, Drafting, Signing};
    let own = draft.author == who.account.as_slice();
    let state = draft.state();
    let (here, theirs) = match act {
        Act::Edit | Act::Submit | Act::Drop => (state == Drafting, own),
        Act::TakeBack => (matches!(state, Checking | Signing | Approved), own),
        Act::Check => (state == Checking, who.drafts && !own),
        Act::Sign => (state == Signing, who.signs && !own),
        Act::Return => (matches!(state, Checking | Signing | Approved), (who.drafts || who.signs) && !own),
        Act::Issue => (state == Approved, who.drafts),
    };
    match (here, theirs) {
        (false, _) => Err(DraftError::NotNow),
        (true, false) if act == Act::Edit => Err(DraftError::NotAuthor),
        (true, false) => Err(DraftError::NotYou),
        (true, true) if act == Act::Issue => approval(draft).map(|_| ()),
        (true, true) => Ok(()),
    }
}

/// Takes a step that changes no content. Whether the content may go at all is checked by who knows the tree.
pub fn step(mut draft: Draft, act: Act, who: &Person, now: Millis, said: &str) -> Result<Draft, DraftError> {
    allowed(&draft, act, who)?;
    let said = said.trim();
    let (state, noted) = match act {
        Act::Submit => (DraftState::Checking, DraftAct::Submitted),
        Act::TakeBack => (DraftState::Drafting, DraftAct::TakenBack),
        Act::Check => (DraftState::Signing, DraftAct::Checked),
        Act::Sign => (DraftState::Approved, DraftAct::Signed),
        Act::Return if said.is_empty() => return Err(DraftError::NoReason),
        Act::Return => (DraftState::Drafting, DraftAct::Returned),
        Act::Drop => (DraftState::Dropped, DraftAct::Dropped),
        Act::Edit | Act::Issue => return Err(DraftError::NotNow),
    };
    draft.set_state(state);
    note(&mut draft, noted, who, now, said);
    Ok(draft)
}

/// The draft once its document is issued.
pub fn issued(mut draft: Draft, who: &Person, now: Millis) -> Draft {
    draft.set_state(DraftState::Issued);
    note(&mut draft, DraftAct::Issued, who, now, "");
    draft
}

/// Who wrote, checked and signed the content as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// 拟稿
    pub drafter: String,
    /// 核稿
    pub checker: String,
    /// 签发
    pub signer: String,
    /// The hash that both named.
    pub content: Bytes,
}

/// The approval of the content as it is: checked and then signed since it was last submitted, by others than its
/// author, for exactly this hash.
pub fn approval(draft: &Draft) -> Result<Approval, DraftError> {
    let content = draft.content.clone().unwrap_or_default();
    let hash = content_hash(&content);
    let since = draft.steps.iter().rposition(|step| step.act() == DraftAct::Submitted).unwrap_or(0);
    let by_another = |act: DraftAct| {
        let last = draft.steps[since.min(draft.steps.len())..].iter().rev().find(|step| step.act() == act);
        last.filter(|step| step.content == hash.as_bytes().as_slice() && step.account != draft.author)
    };
    let (Some(checked), Some(signed)) = (by_another(DraftAct::Checked), by_another(DraftAct::Signed)) else {
        return Err(DraftError::NotApproved);
    };
    let author = draft.steps.iter().find(|step| step.account == draft.author);
    Ok(Approval {
        drafter: author.map(|step| step.name.clone()).unwrap_or_default(),
        checker: checked.name.clone(),
        signer: signed.name.clone(),
        content: Bytes::copy_from_slice(hash.as_bytes()),
    })
}

fn note(draft: &mut Draft, act: DraftAct, who: &Person, now: Millis, said: &str) {
    let content = draft.content.clone().unwrap_or_default();
    if draft.steps.len() >= MAX_STEPS {
        // The first one tells who began it.
        draft.steps.remove(1);
    }
    draft.steps.push(DraftStep {
        act: act.into(),
        account: Bytes::copy_from_slice(&who.account),
        name: who.name.clone(),
        at_ms: now,
        content: Bytes::copy_from_slice(content_hash(&content).as_bytes()),
        note: said.chars().take(NOTE_LIMIT).collect(),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(number: u8, drafts: bool, signs: bool) -> Person {
        Person { account: [number; 16], name: format!("第{number}人"), drafts, signs }
    }

    fn author() -> Person {
        person(1, true, true)
    }

    fn clerk() -> Person {
        person(2, true, false)
    }

    fn leader() -> Person {
        person(3, false, true)
    }

    fn reader() -> Person {
        person(4, false, false)
    }

    fn draft(state: DraftState) -> Draft {
        let content = Document { title: "通知".into(), ..Document::default() };
        let mut draft = begin(content, &author(), 1).unwrap();
        let steps = [(Act::Submit, author()), (Act::Check, clerk()), (Act::Sign, leader())];
        let states = [DraftState::Drafting, DraftState::Checking, DraftState::Signing, DraftState::Approved];
        let taken = states.iter().position(|one| *one == state).unwrap();
        for (act, who) in &steps[..taken] {
            draft = step(draft, *act, who, 2, "").unwrap();
        }
        assert_eq!(draft.state(), state);
        draft
    }

    #[test]
    fn each_act_goes_where_and_for_whom_the_table_says() {
        use DraftState::{Approved, Checking, Drafting, Signing};
        let acts = [
            Act::Edit,
            Act::Submit,
            Act::TakeBack,
            Act::Check,
            Act::Sign,
            Act::Return,
            Act::Issue,
            Act::Drop,
        ];
        // For each state and person, a letter for each act: goes, not Now, not You.
        let table = [
            (Drafting, author(), "ggNNNNNg"),
            (Drafting, clerk(), "YYNNNNNY"),
            (Drafting, leader(), "YYNNNNNY"),
            (Drafting, reader(), "YYNNNNNY"),
            (Checking, author(), "NNgYNYNN"),
            (Checking, clerk(), "NNYgNgNN"),
            (Checking, leader(), "NNYYNgNN"),
            (Checking, reader(), "NNYYNYNN"),
            (Signing, author(), "NNgNYYNN"),
            (Signing, clerk(), "NNYNYgNN"),
            (Signing, leader(), "NNYNggNN"),
            (Signing, reader(), "NNYNYYNN"),
            (Approved, author(), "NNgNNYgN"),
            (Approved, clerk(), "NNYNNggN"),
            (Approved, leader(), "NNYNNgYN"),
            (Approved, reader(), "NNYNNYYN"),
        ];
        for (state, who, expected) in table {
            let found: String = acts
                .iter()
                .map(|act| match allowed(&draft(state), *act, &who) {
                    Ok(()) => 'g',
                    Err(DraftError::NotNow) => 'N',
                    Err(DraftError::NotYou | DraftError::NotAuthor) => 'Y',
                    Err(other) => panic!("{other}"),
                })
                .collect();
            assert_eq!(found, expected, "{state:?} {}", who.name);
        }
    }

    #[test]
    fn an_approval_is_for_one_content_by_others_than_its_author() {
        let approved = draft(DraftState::Approved);
        let approval = approval(&approved).unwrap();
        let names = [&approval.drafter, &approval.checker, &approval.signer];
        assert_eq!(names, ["第1人", "第2人", "第3人"]);

        let mut changed = approved.clone();
        changed.content.as_mut().unwrap().body = "多一个字".into();
        assert!(matches!(super::approval(&changed), Err(DraftError::NotApproved)), "another content");
        assert!(matches!(allowed(&changed, Act::Issue, &clerk()), Err(DraftError::NotApproved)));

        let mut own = approved.clone();
        own.steps.last_mut().unwrap().account = own.author.clone();
        assert!(matches!(super::approval(&own), Err(DraftError::NotApproved)), "signed by its author");

        let again = step(approved, Act::TakeBack, &author(), 5, "").unwrap();
        let again = step(again, Act::Submit, &author(), 6, "").unwrap();
        assert!(matches!(super::approval(&again), Err(DraftError::NotApproved)), "submitted anew");
    }

    #[test]
    fn a_return_says_why_and_the_draft_is_its_authors_again() {
        let signing = draft(DraftState::Signing);
        let silent = step(signing.clone(), Act::Return, &leader(), 5, "  ");
        assert!(matches!(silent, Err(DraftError::NoReason)));
        let returned = step(signing, Act::Return, &leader(), 5, "期限太紧").unwrap();
        assert_eq!(returned.state(), DraftState::Drafting);
        assert_eq!(returned.steps.last().unwrap().note, "期限太紧");
        assert!(allowed(&returned, Act::Edit, &author()).is_ok());
    }

    #[test]
    fn a_draft_keeps_its_first_step_and_the_latest() {
        let mut draft = draft(DraftState::Drafting);
        for at in 0..300 {
            draft = step(draft, Act::Submit, &author(), at, "").unwrap();
            draft = step(draft, Act::TakeBack, &author(), at, "").unwrap();
        }
        assert_eq!(draft.steps.len(), MAX_STEPS);
        assert_eq!(draft.steps[0].act(), DraftAct::Begun);
        assert_eq!(draft.steps.last().unwrap().at_ms, 299);
    }
}
