//! Document 文件: in its author's journal, and word for word in the mailboxes of its recipients.

use std::collections::HashSet;

use bytes::Bytes;
use prost::Message;
use yanzhen_proto::v1::{
    Attachment, BranchRecipient, Document, DocumentDirection, DocumentType, DocumentUrgency,
};
use yanzhen_sync::hash::{Context, Hash};
use yanzhen_sync::limits::MAX_OBJECTS_PER_ENTRY;
use yanzhen_sync::{Kind, ObjectRef};

use super::check::Check;
use super::day::Day;
use super::file_name;
use super::marking;
use super::reason::{Field, FieldError, Reason};
use super::recipient::Recipient;
use super::text;

/// The kind.
pub const KIND: Kind = Kind::known("document");

/// The message of records.proto that is its body.
pub const MESSAGE: &str = "Document";

/// The fields with their labels.
#[allow(missing_docs)]
pub mod field {
    use super::Field;

    pub const NUMBER: Field = Field::new("number", "发文字号");
    pub const TITLE: Field = Field::new("title", "标题");
    pub const BODY: Field = Field::new("body", "正文");
    pub const ATTACHMENTS: Field = Field::new("attachments", "附件");
    pub const TO: Field = Field::new("to", "主送");
    pub const COPY: Field = Field::new("copy", "抄送");
    pub const DEADLINE: Field = Field::new("deadline", "办理期限");
    pub const PUBLISHED: Field = Field::new("published_ms", "发布时间");
    pub const ISSUER: Field = Field::new("issuer", "发文单位");
    pub const DIRECTION: Field = Field::new("direction", "行文方向");
    pub const TYPE: Field = Field::new("type", "文种");
    pub const URGENCY: Field = Field::new("urgency", "紧急程度");
    pub const SUPERSEDES: Field = Field::new("supersedes", "替代文件");
    pub const PASSED_ON: Field = Field::new("passed_on_from", "转发文件");
    pub const NOTE: Field = Field::new("covering_note", "转发意见");
    pub const ANSWERS: Field = Field::new("answers", "来文");
    pub const RECALLED: Field = Field::new("recalled_ms", "撤回");
    pub const RECALL_REASON: Field = Field::new("recall_reason", "撤回原因");
    pub const NAMES: Field = Field::new("signer", "签发人");
    pub const APPROVED: Field = Field::new("approved", "核定稿");
}

/// Characters of a document number.
const NUMBER_LIMIT: usize = 60;
/// Characters of a title.
const TITLE_LIMIT: usize = 200;
/// Characters of the issuing unit's name.
const ISSUER_LIMIT: usize = 100;
/// Characters of a person's name, or of who gave a command.
const PERSON_LIMIT: usize = 60;
/// Characters of a covering note.
const NOTE_LIMIT: usize = 2_000;
/// Characters of a reason for a recall.
const REASON_LIMIT: usize = 500;
/// Bytes of a body, so that a frame has room for it.
pub const MAX_BODY_BYTES: usize = 256 * 1024;
/// Recipients, main and copy together: every unit of the largest network several times over would not be
/// addressed one by one, and a frame must have room for their ids.
pub const MAX_RECIPIENTS: usize = 5_000;
/// Branches among them: they are named one by one with their names, and a frame must have room for these too.
pub const MAX_BRANCHES: usize = 1_000;
/// Characters of a branch's name.
const BRANCH_LIMIT: usize = 60;

/// Checks a document; answers with everything that is wrong.
pub fn validate(document: &Document) -> Result<(), Vec<FieldError>> {
    let mut check = Check::new(Day::LATEST);
    check.line(field::NUMBER, &document.number, NUMBER_LIMIT);
    check.required(field::TITLE, &document.title, TITLE_LIMIT);
    check.required(field::ISSUER, &document.issuer, ISSUER_LIMIT);
    for (field, value) in [(field::NUMBER, &document.number), (field::TITLE, &document.title)] {
        check.refuse_if(marking::in_title(value), field, Reason::Secret);
    }
    body(document, &mut check);
    attachments(field::ATTACHMENTS, &document.attachments, MAX_OBJECTS_PER_ENTRY, &mut check);
    recipients(document, &mut check);
    if let Some(deadline) = check.day(field::DEADLINE, &document.deadline) {
        check.refuse_if(!deadline.is_full(), field::DEADLINE, Reason::NotAFullDay);
    }
    check.refuse_if(document.published_ms < 0, field::PUBLISHED, Reason::NoSuchDay);
    course(document, &mut check);
    said_beside(document, &mut check);
    check.finish()
}

/// What checker and signer approve: all that makes the document but its number, its times and people's names.
pub fn content(document: &Document) -> Document {
    Document {
        title: document.title.clone(),
        body: document.body.clone(),
        attachments: document.attachments.clone(),
        to: document.to.clone(),
        copy: document.copy.clone(),
        deadline: document.deadline.clone(),
        needs_reply: document.needs_reply,
        direction: document.direction,
        r#type: document.r#type,
        urgency: document.urgency,
        supersedes: document.supersedes.clone(),
        passed_on_from: document.passed_on_from.clone(),
        passed_on_number: document.passed_on_number.clone(),
        passed_on_issuer: document.passed_on_issuer.clone(),
        covering_note: document.covering_note.clone(),
        answers: document.answers.clone(),
        to_branches: document.to_branches.clone(),
        copy_branches: document.copy_branches.clone(),
        ..Document::default()
    }
}

/// The hash of the content, which an approval names.
pub fn content_hash(document: &Document) -> Hash {
    Hash::of(Context::Document, &[&content(document).encode_to_vec()])
}

/// Which way it goes; down where an old record says nothing.
pub fn direction(document: &Document) -> DocumentDirection {
    match document.direction() {
        DocumentDirection::Unspecified => DocumentDirection::Down,
        direction => direction,
    }
}

/// Direction, type and urgency, and which documents it may name.
fn course(document: &Document, check: &mut Check) {
    let unknown = |known: bool, field, number| (!known).then_some((field, Reason::Unknown(number)));
    let wrong = [
        unknown(
            DocumentDirection::try_from(document.direction).is_ok(),
            field::DIRECTION,
            document.direction,
        ),
        unknown(DocumentType::try_from(document.r#type).is_ok(), field::TYPE, document.r#type),
        unknown(DocumentUrgency::try_from(document.urgency).is_ok(), field::URGENCY, document.urgency),
    ];
    wrong.into_iter().flatten().for_each(|(field, reason)| check.refuse(field, reason));
    let direction = direction(document);
    let one_recipient = direction != DocumentDirection::Down;
    check.refuse_if(one_recipient && document.to.len() > 1, field::TO, Reason::TooMany(1));
    let copies = !document.copy.is_empty() || !document.copy_branches.is_empty();
    check.refuse_if(one_recipient && copies, field::COPY, Reason::TooMany(0));
    check.refuse_if(one_recipient && !document.to_branches.is_empty(), field::TO, Reason::TooMany(0));
    check.id(field::SUPERSEDES, &document.supersedes, false);
    check.id(field::PASSED_ON, &document.passed_on_from, false);
    check.id(field::ANSWERS, &document.answers, direction == DocumentDirection::Reply);
}

/// What others than the author say of it: covering note, recall, names.
fn said_beside(document: &Document, check: &mut Check) {
    for (field, text, limit) in [
        (field::NOTE, &document.covering_note, NOTE_LIMIT),
        (field::RECALL_REASON, &document.recall_reason, REASON_LIMIT),
    ] {
        let found = text.chars().count();
        check.refuse_if(found > limit, field, Reason::TooLong { limit, found });
        check.refuse_if(text::is_damaged(text, true), field, Reason::Damaged);
        check.refuse_if(marking::in_body(text), field, Reason::Secret);
    }
    check.refuse_if(document.recalled_ms < 0, field::RECALLED, Reason::NoSuchDay);
    let unexplained = document.recalled_ms > 0 && document.recall_reason.trim().is_empty();
    let needs_reason = Reason::RequiredBy(field::RECALLED.label, "已填");
    check.refuse_if(unexplained, field::RECALL_REASON, needs_reason);
    check.line(field::PASSED_ON, &document.passed_on_number, NUMBER_LIMIT);
    check.line(field::PASSED_ON, &document.passed_on_issuer, ISSUER_LIMIT);
    for name in [&document.drafter, &document.checker, &document.signer, &document.issued_by] {
        check.line(field::NAMES, name, PERSON_LIMIT);
    }
    let hash_fits = document.approved.is_empty() || document.approved.len() == Hash::ZERO.as_bytes().len();
    check.refuse_if(!hash_fits, field::APPROVED, Reason::Id);
}

/// Checks a document that is about to be issued on the day `today`: its deadline may not have passed.
pub fn validate_to_issue(document: &Document, today: Day) -> Result<(), Vec<FieldError>> {
    let mut errors = validate(document).err().unwrap_or_default();
    if Day::normal(&document.deadline).is_ok_and(|deadline| deadline.surely_before(today)) {
        errors.push(FieldError { field: field::DEADLINE, reason: Reason::Past });
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// Checks names and objects of at most `limit` attachments.
pub(super) fn attachments(field: Field, attachments: &[Attachment], limit: usize, check: &mut Check) {
    check.refuse_if(attachments.len() > limit, field, Reason::TooMany(limit));
    let mut names = HashSet::new();
    for attachment in attachments {
        if let Err(reason) = file_name::check(&attachment.name) {
            check.refuse(field, reason);
        }
        let new = names.insert(attachment.name.to_lowercase());
        check.refuse_if(!new, field, Reason::Twice);
        let object = attachment.object.clone().and_then(|object| ObjectRef::try_from(object).ok());
        check.refuse_if(object.is_none(), field, Reason::Object);
    }
}

fn body(document: &Document, check: &mut Check) {
    let text = &document.body;
    let nothing = text.trim().is_empty() && document.attachments.is_empty();
    check.refuse_if(nothing, field::BODY, Reason::Missing);
    let too_large = Reason::TooLarge { limit: MAX_BODY_BYTES, found: text.len() };
    check.refuse_if(text.len() > MAX_BODY_BYTES, field::BODY, too_large);
    check.refuse_if(text::is_damaged(text, true), field::BODY, Reason::Damaged);
    check.refuse_if(marking::in_body(text), field::BODY, Reason::Secret);
}

fn recipients(document: &Document, check: &mut Check) {
    check.refuse_if(document.to.is_empty() && document.to_branches.is_empty(), field::TO, Reason::Missing);
    let branches = document.to_branches.len() + document.copy_branches.len();
    let all = document.to.len() + document.copy.len() + branches;
    check.refuse_if(all > MAX_RECIPIENTS, field::TO, Reason::TooMany(MAX_RECIPIENTS));
    check.refuse_if(branches > MAX_BRANCHES, field::TO, Reason::TooMany(MAX_BRANCHES));
    let mut seen: HashSet<&Bytes> = HashSet::new();
    for (field, units) in [(field::TO, &document.to), (field::COPY, &document.copy)] {
        check.refuse_if(units.iter().any(|unit| unit.len() != 16), field, Reason::Id);
        let twice = units.iter().filter(|unit| !seen.insert(unit)).count() > 0;
        check.refuse_if(twice, field, Reason::Twice);
    }
    for (field, branches) in [(field::TO, &document.to_branches), (field::COPY, &document.copy_branches)] {
        let is_wrong = |one: &BranchRecipient| one.unit.len() != 16 || one.branch.len() != 16;
        check.refuse_if(branches.iter().any(is_wrong), field, Reason::Id);
        let twice = branches.iter().filter(|one| !seen.insert(&one.branch)).count() > 0;
        check.refuse_if(twice, field, Reason::Twice);
        branches.iter().for_each(|one| check.line(field, &one.name, BRANCH_LIMIT));
        check.refuse_if(branches.iter().any(|one| marking::in_title(&one.name)), field, Reason::Secret);
    }
}

/// A branch's name as documents hold it.
pub fn branch_name(name: &str) -> String {
    name.chars().take(BRANCH_LIMIT).collect::<String>().trim().to_owned()
}

/// Everyone that a document names, in its order, and whether as 抄送.
pub fn named(document: &Document) -> impl Iterator<Item = (Recipient, bool)> {
    let units = |units: &'_ [Bytes], copy| -> Vec<(Recipient, bool)> {
        units.iter().filter_map(|unit| Some((Recipient::of(unit, &[])?, copy))).collect()
    };
    let branches = |branches: &'_ [BranchRecipient], copy| -> Vec<(Recipient, bool)> {
        let one =
            |one: &BranchRecipient| Recipient::of(&one.unit, &one.branch).filter(|to| to.branch.is_some());
        branches.iter().filter_map(|branch| Some((one(branch)?, copy))).collect()
    };
    let main = units(&document.to, false).into_iter().chain(branches(&document.to_branches, false));
    main.chain(units(&document.copy, true)).chain(branches(&document.copy_branches, true))
}

#[cfg(test)]
mod tests {
    use yanzhen_sync::{Hash, ObjectHash};

    use super::*;

    fn attachment(name: &str) -> Attachment {
        let object = ObjectRef { hash: ObjectHash::new([1; 32]), size: 5, manifest: Hash::ZERO };
        Attachment { name: name.into(), object: Some(object.into()) }
    }

    fn unit(byte: u8) -> Bytes {
        Bytes::from(vec![byte; 16])
    }

    fn sound() -> Document {
        Document {
            number: "云老干〔2026〕7号".into(),
            title: "关于做好重阳节走访慰问工作的通知".into(),
            body: "各县老干部局：\n请认真做好走访慰问工作，注意保守秘密。".into(),
            attachments: vec![attachment("附件1.pdf"), attachment("附件2.pdf")],
            to: vec![unit(1), unit(2)],
            copy: vec![unit(3)],
            deadline: "2026-10-31".into(),
            needs_reply: true,
            published_ms: 1,
            issuer: "云川市委老干部局".into(),
            ..Document::default()
        }
    }

    fn findings(change: impl FnOnce(&mut Document)) -> Vec<(&'static str, Reason)> {
        let mut document = sound();
        change(&mut document);
        let errors = validate(&document).err().unwrap_or_default();
        errors.into_iter().map(|e| (e.field.name, e.reason)).collect()
    }

    #[test]
    fn a_sound_document_passes_also_without_number_and_attachments() {
        assert_eq!(findings(|_| ()), []);
        assert_eq!(findings(|d| (d.number, d.attachments) = (String::new(), Vec::new())), []);
        assert_eq!(findings(|d| d.body = String::new()), [], "attachments may say it all");
    }

    #[test]
    fn everything_that_is_missing_is_said_at_once() {
        let missing = ["title", "issuer", "body", "to"].map(|field| (field, Reason::Missing));
        assert_eq!(findings(|d| *d = Document::default()), missing);
    }

    #[test]
    fn secrecy_markings_are_refused_at_every_place() {
        assert_eq!(findings(|d| d.title = "【机密】关于走访慰问的通知".into()), [("title", Reason::Secret)]);
        assert_eq!(
            findings(|d| d.number = "秘密★1年 云老干〔2026〕7号".into()),
            [("number", Reason::Secret)]
        );
        assert_eq!(findings(|d| d.body = "密级：秘密\n通知".into()), [("body", Reason::Secret)]);
        assert_eq!(
            findings(|d| d.attachments.push(attachment("绝密.pdf"))),
            [("attachments", Reason::Secret)]
        );
    }

    #[test]
    fn markings_are_refused_in_what_is_said_beside_it_too() {
        let marked = "秘密★1年";
        assert_eq!(findings(|d| d.covering_note = marked.into()), [("covering_note", Reason::Secret)]);
        assert_eq!(findings(|d| d.recall_reason = marked.into()), [("recall_reason", Reason::Secret)]);
    }

    #[test]
    fn what_goes_up_or_answers_has_one_recipient_and_an_answer_names_its_question() {
        let course = |direction: DocumentDirection, change: fn(&mut Document)| {
            findings(|d| {
                (d.direction, d.to, d.copy) = (direction.into(), vec![unit(1)], Vec::new());
                change(d);
            })
        };
        assert_eq!(course(DocumentDirection::Up, |_| ()), []);
        assert_eq!(course(DocumentDirection::Up, |d| d.to.push(unit(2))), [("to", Reason::TooMany(1))]);
        assert_eq!(course(DocumentDirection::Up, |d| d.copy.push(unit(2))), [("copy", Reason::TooMany(0))]);
        assert_eq!(course(DocumentDirection::Reply, |_| ()), [("answers", Reason::Missing)]);
        assert_eq!(course(DocumentDirection::Reply, |d| d.answers = unit(9)), []);
        assert_eq!(findings(|d| d.r#type = 99), [("type", Reason::Unknown(99))]);
    }

    #[test]
    fn a_recall_needs_a_reason() {
        let needs = Reason::RequiredBy("撤回", "已填");
        assert_eq!(findings(|d| d.recalled_ms = 5), [("recall_reason", needs)]);
        assert_eq!(findings(|d| (d.recalled_ms, d.recall_reason) = (5, "内容有误".into())), []);
    }

    #[test]
    fn an_approval_holds_for_this_content_whatever_its_number_and_for_no_other() {
        let approved = content_hash(&sound());
        let issued = Document { number: "x".into(), published_ms: 9, signer: "高远山".into(), ..sound() };
        assert_eq!(content_hash(&issued), approved);
        let changes: [fn(&mut Document); 7] = [
            |d| d.title.push('！'),
            |d| d.body.push(' '),
            |d| d.to.push(unit(7)),
            |d| d.copy.clear(),
            |d| d.deadline.clear(),
            |d| d.attachments[0].object = None,
            |d| d.covering_note.push('x'),
        ];
        for change in changes {
            let mut changed = sound();
            change(&mut changed);
            assert_ne!(content_hash(&changed), approved, "{changed:?}");
        }
    }

    #[test]
    fn a_body_has_its_limit() {
        assert_eq!(findings(|d| d.body = "a".repeat(MAX_BODY_BYTES)), []);
        let (limit, found) = (MAX_BODY_BYTES, MAX_BODY_BYTES + 1);
        assert_eq!(findings(|d| d.body = "a".repeat(found)), [("body", Reason::TooLarge { limit, found })]);
        assert_eq!(findings(|d| d.body = "a\0".into()), [("body", Reason::Damaged)]);
    }

    #[test]
    fn attachments_have_names_of_their_own_and_bytes() {
        assert_eq!(
            findings(|d| d.attachments.push(attachment("附件1.PDF"))),
            [("attachments", Reason::Twice)]
        );
        assert_eq!(findings(|d| d.attachments.push(attachment("../x"))), [("attachments", Reason::FileName)]);
        assert_eq!(findings(|d| d.attachments[0].object = None), [("attachments", Reason::Object)]);
        let many =
            |d: &mut Document| d.attachments = (0..65).map(|n| attachment(&format!("{n}.pdf"))).collect();
        assert_eq!(findings(many), [("attachments", Reason::TooMany(64))]);
    }

    #[test]
    fn recipients_are_units_each_named_once() {
        assert_eq!(findings(|d| d.to.push(unit(1))), [("to", Reason::Twice)]);
        assert_eq!(findings(|d| d.copy.push(unit(1))), [("copy", Reason::Twice)]);
        assert_eq!(findings(|d| d.to.push(Bytes::from_static(b"x"))), [("to", Reason::Id)]);
    }

    #[test]
    fn a_deadline_is_a_whole_day_and_not_past_when_issued() {
        assert_eq!(findings(|d| d.deadline = "2026-10".into()), [("deadline", Reason::NotAFullDay)]);
        assert_eq!(findings(|d| d.deadline = "2026-02-29".into()), [("deadline", Reason::NoSuchDay)]);
        assert_eq!(findings(|d| d.deadline = String::new()), []);
        let issue = |today: &str| validate_to_issue(&sound(), Day::parse(today).unwrap());
        assert_eq!(issue("2026-10-31"), Ok(()));
        assert_eq!(issue("2026-11-01").unwrap_err()[0].reason, Reason::Past);
    }
}
