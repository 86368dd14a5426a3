//! Receipt 回执: what one unit has done with one document.

use yanzhen_proto::v1::Receipt;
use yanzhen_sync::limits::MAX_OBJECTS_PER_ENTRY;
use yanzhen_sync::{Kind, RecordId};

use super::check::Check;
use super::day::Day;
use super::document;
use super::ids;
use super::marking;
use super::reason::{Field, FieldError, Reason};
use super::recipient::Recipient;
use super::text;

/// The kind.
pub const KIND: Kind = Kind::known("receipt");

/// The message of records.proto that is its body.
pub const MESSAGE: &str = "Receipt";

/// The fields with their labels.
#[allow(missing_docs)]
pub mod field {
    use super::Field;

    pub const DOCUMENT: Field = Field::new("document", "文件");
    pub const UNIT: Field = Field::new("unit", "单位");
    pub const BRANCH: Field = Field::new("branch", "党支部");
    pub const PROXY: Field = Field::new("signed_proxy", "代办人");
    pub const DELIVERED: Field = Field::new("delivered_ms", "送达");
    pub const READ: Field = Field::new("read_ms", "已读");
    pub const SIGNED: Field = Field::new("signed_ms", "签收");
    pub const SIGNED_BY: Field = Field::new("signed_by", "签收人");
    pub const RETURNED: Field = Field::new("returned_ms", "退回");
    pub const RETURN_REASON: Field = Field::new("return_reason", "退回原因");
    pub const REPLIED: Field = Field::new("replied_ms", "办结");
    pub const REPLY: Field = Field::new("reply", "回复");
    pub const ATTACHMENTS: Field = Field::new("attachments", "附件");
}

/// Characters of the name of who signed.
const SIGNER_LIMIT: usize = 50;
/// Characters of a reason for returning a document.
const REASON_LIMIT: usize = 500;
/// Bytes of a reply.
pub const MAX_REPLY_BYTES: usize = 64 * 1024;

/// The id of a recipient's receipt for `document`.
pub fn id_of(document: RecordId, of: Recipient) -> RecordId {
    ids::about(&KIND, &of.with(document))
}

/// Checks a receipt; answers with everything that is wrong. Times are not compared: they come from clocks
/// that may have been set in between.
pub fn validate(receipt: &Receipt) -> Result<(), Vec<FieldError>> {
    let mut check = Check::new(Day::LATEST);
    check.id(field::DOCUMENT, &receipt.document, true);
    check.id(field::UNIT, &receipt.unit, true);
    check.id(field::BRANCH, &receipt.branch, false);
    for (field, name) in [
        (field::SIGNED_BY, &receipt.signed_by),
        (field::PROXY, &receipt.signed_proxy),
        (field::PROXY, &receipt.closed_proxy),
    ] {
        check.line(field, name, SIGNER_LIMIT);
    }
    // A unit's own office acts for nobody else.
    let for_itself = receipt.branch.is_empty();
    let proxies = !receipt.signed_proxy.is_empty() || !receipt.closed_proxy.is_empty();
    check.refuse_if(for_itself && proxies, field::BRANCH, Reason::Missing);
    stages(receipt, &mut check);
    let found = receipt.return_reason.chars().count();
    let too_long = Reason::TooLong { limit: REASON_LIMIT, found };
    check.refuse_if(found > REASON_LIMIT, field::RETURN_REASON, too_long);
    let too_large = Reason::TooLarge { limit: MAX_REPLY_BYTES, found: receipt.reply.len() };
    check.refuse_if(receipt.reply.len() > MAX_REPLY_BYTES, field::REPLY, too_large);
    for (field, value) in [(field::RETURN_REASON, &receipt.return_reason), (field::REPLY, &receipt.reply)] {
        check.refuse_if(text::is_damaged(value, true), field, Reason::Damaged);
        check.refuse_if(marking::in_body(value), field, Reason::Secret);
    }
    document::attachments(field::ATTACHMENTS, &receipt.attachments, MAX_OBJECTS_PER_ENTRY, &mut check);
    check.finish()
}

/// What a stage needs, and what needs a stage.
fn stages(receipt: &Receipt, check: &mut Check) {
    for (field, at) in [
        (field::DELIVERED, receipt.delivered_ms),
        (field::READ, receipt.read_ms),
        (field::SIGNED, receipt.signed_ms),
        (field::RETURNED, receipt.returned_ms),
        (field::REPLIED, receipt.replied_ms),
    ] {
        check.refuse_if(at < 0, field, Reason::NoSuchDay);
    }
    let nothing_to_say = receipt.return_reason.trim().is_empty();
    let needs_reason = Reason::RequiredBy(field::RETURNED.label, "已填");
    check.refuse_if(receipt.returned_ms > 0 && nothing_to_say, field::RETURN_REASON, needs_reason);
    let answered = !receipt.reply.trim().is_empty() || !receipt.attachments.is_empty();
    let needs_answer = Reason::RequiredBy(field::REPLIED.label, "已填");
    check.refuse_if(receipt.replied_ms > 0 && !answered, field::REPLY, needs_answer);
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use yanzhen_sync::UnitId;

    use super::*;

    fn findings(change: impl FnOnce(&mut Receipt)) -> Vec<(&'static str, Reason)> {
        let mut receipt = Receipt {
            document: Bytes::from_static(&[1; 16]),
            unit: Bytes::from_static(&[2; 16]),
            delivered_ms: 1,
            read_ms: 2,
            signed_ms: 3,
            signed_by: "李晓芸".into(),
            ..Default::default()
        };
        change(&mut receipt);
        let errors = validate(&receipt).err().unwrap_or_default();
        errors.into_iter().map(|e| (e.field.name, e.reason)).collect()
    }

    #[test]
    fn a_sound_receipt_passes_also_where_the_clock_went_back() {
        assert_eq!(findings(|_| ()), []);
        assert_eq!(findings(|r| r.read_ms = 9), []);
    }

    #[test]
    fn document_and_unit_are_required() {
        let found = findings(|r| *r = Receipt::default());
        assert_eq!(found, [("document", Reason::Missing), ("unit", Reason::Missing)]);
    }

    #[test]
    fn a_return_needs_a_reason_and_an_answer_needs_content() {
        let needs = |label| Reason::RequiredBy(label, "已填");
        assert_eq!(findings(|r| r.returned_ms = 4), [("return_reason", needs("退回"))]);
        assert_eq!(findings(|r| r.replied_ms = 4), [("reply", needs("办结"))]);
        let answered = |r: &mut Receipt| {
            r.replied_ms = 4;
            r.reply = "已办结。".into();
        };
        assert_eq!(findings(answered), []);
        assert_eq!(findings(|r| r.signed_ms = -1), [("signed_ms", Reason::NoSuchDay)]);
    }

    #[test]
    fn an_answer_has_its_limits_and_no_marking() {
        assert_eq!(findings(|r| r.reply = "答".repeat(21_845)), []);
        let found = 65_538;
        assert_eq!(
            findings(|r| r.reply = "答".repeat(21_846)),
            [("reply", Reason::TooLarge { limit: 65_536, found })]
        );
        assert_eq!(findings(|r| r.reply = "机密★\n已办结".into()), [("reply", Reason::Secret)]);
        assert_eq!(
            findings(|r| r.return_reason = "字".repeat(501)),
            [("return_reason", Reason::TooLong { limit: 500, found: 501 })]
        );
    }

    #[test]
    fn each_document_and_recipient_have_one_receipt_id() {
        let (document, unit) = (RecordId::new([1; 16]), UnitId::new([2; 16]));
        assert_eq!(id_of(document, unit.into()), id_of(document, unit.into()));
        assert_ne!(id_of(document, unit.into()), id_of(RecordId::new([2; 16]), UnitId::new([1; 16]).into()));
        let branch = |byte| Recipient { unit, branch: Some(RecordId::new([byte; 16])) };
        assert_ne!(id_of(document, branch(3)), id_of(document, unit.into()));
        assert_ne!(id_of(document, branch(3)), id_of(document, branch(4)));
        let elsewhere = Recipient { unit: UnitId::new([5; 16]), ..branch(3) };
        assert_ne!(
            id_of(document, branch(3)),
            id_of(document, elsewhere),
            "nobody else answers for a branch"
        );
    }

    #[test]
    fn only_for_a_branch_does_somebody_else_act() {
        assert_eq!(findings(|r| r.signed_proxy = "李晓芸".into()), [("branch", Reason::Missing)]);
        let by_proxy = |r: &mut Receipt| (r.branch, r.signed_proxy) = (vec![3; 16].into(), "李晓芸".into());
        assert_eq!(findings(by_proxy), []);
        assert_eq!(findings(|r| r.branch = vec![3; 15].into()), [("branch", Reason::Id)]);
    }
}
