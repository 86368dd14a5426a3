//! Document 文件: in its author's journal, and word for word in the mailboxes of its recipients.

use std::collections::HashSet;

use bytes::Bytes;
use yanzhen_proto::v1::{Attachment, Document};
use yanzhen_sync::limits::MAX_OBJECTS_PER_ENTRY;
use yanzhen_sync::{Kind, ObjectRef};

use super::check::Check;
use super::day::Day;
use super::file_name;
use super::marking;
use super::reason::{Field, FieldError, Reason};
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
}

/// Characters of a document number.
const NUMBER_LIMIT: usize = 60;
/// Characters of a title.
const TITLE_LIMIT: usize = 200;
/// Characters of the issuing unit's name.
const ISSUER_LIMIT: usize = 100;
/// Bytes of a body, so that a frame has room for it.
pub const MAX_BODY_BYTES: usize = 256 * 1024;
/// Recipients, main and copy together: every unit of the largest network several times over would not be
/// addressed one by one, and a frame must have room for their ids.
pub const MAX_RECIPIENTS: usize = 5_000;

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
    check.finish()
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
    check.refuse_if(document.to.is_empty(), field::TO, Reason::Missing);
    let all = document.to.len() + document.copy.len();
    check.refuse_if(all > MAX_RECIPIENTS, field::TO, Reason::TooMany(MAX_RECIPIENTS));
    let mut seen: HashSet<&Bytes> = HashSet::new();
    for (field, units) in [(field::TO, &document.to), (field::COPY, &document.copy)] {
        check.refuse_if(units.iter().any(|unit| unit.len() != 16), field, Reason::Id);
        let twice = units.iter().filter(|unit| !seen.insert(unit)).count() > 0;
        check.refuse_if(twice, field, Reason::Twice);
    }
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
