//! Words for what documents hold, in both languages side by side.

use yanzhen_bureau::documents::{Sent, Stage};
use yanzhen_proto::v1::{DocumentType, DocumentUrgency, DraftAct, DraftState};

use crate::texts::Language;

/// A value with its Chinese and English word.
type Word<V> = (V, &'static str, &'static str);

const TYPES: [Word<DocumentType>; 16] = [
    (DocumentType::Resolution, "决议", "Resolution"),
    (DocumentType::Decision, "决定", "Decision"),
    (DocumentType::Order, "命令", "Order"),
    (DocumentType::Communique, "公报", "Communiqué"),
    (DocumentType::Proclamation, "公告", "Proclamation"),
    (DocumentType::Announcement, "通告", "Announcement"),
    (DocumentType::Opinion, "意见", "Opinion"),
    (DocumentType::Notice, "通知", "Notice"),
    (DocumentType::Circular, "通报", "Circular"),
    (DocumentType::Report, "报告", "Report"),
    (DocumentType::Request, "请示", "Request for instructions"),
    (DocumentType::Reply, "批复", "Reply"),
    (DocumentType::Motion, "议案", "Motion"),
    (DocumentType::Letter, "函", "Letter"),
    (DocumentType::Minutes, "纪要", "Minutes"),
    (DocumentType::Information, "信息", "Information"),
];

/// All urgencies, the ordinary one first.
pub(super) const URGENCIES: [Word<DocumentUrgency>; 3] = [
    (DocumentUrgency::Unspecified, "平件", "Ordinary"),
    (DocumentUrgency::Urgent, "加急", "Urgent"),
    (DocumentUrgency::MostUrgent, "特急", "Most urgent"),
];

const STATES: [Word<DraftState>; 6] = [
    (DraftState::Drafting, "拟稿", "Drafting"),
    (DraftState::Checking, "待核稿", "To be checked"),
    (DraftState::Signing, "待签发", "To be signed"),
    (DraftState::Approved, "待下发", "To be issued"),
    (DraftState::Issued, "已下发", "Issued"),
    (DraftState::Dropped, "已作废", "Dropped"),
];

const ACTS: [Word<DraftAct>; 8] = [
    (DraftAct::Begun, "拟稿", "began it"),
    (DraftAct::Submitted, "送核", "sent it to be checked"),
    (DraftAct::Checked, "核稿通过", "checked it"),
    (DraftAct::Signed, "签发", "signed it"),
    (DraftAct::Returned, "退回修改", "returned it"),
    (DraftAct::Issued, "下发", "issued it"),
    (DraftAct::TakenBack, "收回修改", "took it back"),
    (DraftAct::Dropped, "作废", "dropped it"),
];

const STAGES: [Word<Stage>; 7] = [
    (Stage::Waiting, "待发", "Waits for a site"),
    (Stage::Sent, "已发", "Sent"),
    (Stage::Delivered, "送达", "Delivered"),
    (Stage::Read, "已读", "Read"),
    (Stage::Signed, "签收", "Signed for"),
    (Stage::Returned, "退回", "Returned"),
    (Stage::Replied, "办结", "Settled"),
];

const SENT: [Word<Sent>; 2] = [(Sent::Issued, "发文", "Sent"), (Sent::Received, "收文", "Received")];

fn word<V: PartialEq>(words: &[Word<V>], language: Language, value: V) -> &'static str {
    let found = words.iter().find(|(known, ..)| *known == value);
    found.map_or("", |(_, chinese, english)| match language {
        Language::Chinese => chinese,
        Language::English => english,
    })
}

pub(super) fn kind(language: Language, number: i32) -> &'static str {
    DocumentType::try_from(number).map_or("?", |kind| word(&TYPES, language, kind))
}

pub(super) fn urgency(language: Language, number: i32) -> &'static str {
    DocumentUrgency::try_from(number).map_or("?", |urgency| word(&URGENCIES, language, urgency))
}

pub(super) fn state(language: Language, state: DraftState) -> &'static str {
    word(&STATES, language, state)
}

pub(super) fn act(language: Language, act: DraftAct) -> &'static str {
    word(&ACTS, language, act)
}

pub(super) fn stage(language: Language, stage: Stage) -> &'static str {
    word(&STAGES, language, stage)
}

pub(super) fn sent(language: Language, sent: Sent) -> &'static str {
    word(&SENT, language, sent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_a_word_in_both_languages() {
        for language in [Language::Chinese, Language::English] {
            assert!((1..=16).all(|number| !kind(language, number).is_empty()));
            assert!((0..=2).all(|number| !urgency(language, number).is_empty()));
            let states = (1..=6).filter_map(|number| DraftState::try_from(number).ok());
            assert!(states.map(|one| state(language, one)).all(|word| !word.is_empty()));
            let acts = (1..=8).filter_map(|number| DraftAct::try_from(number).ok());
            assert!(acts.map(|one| act(language, one)).all(|word| !word.is_empty()));
        }
    }
}
