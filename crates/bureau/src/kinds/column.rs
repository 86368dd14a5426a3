//! What a kind's form shows and takes, field by field.

use bytes::Bytes;
use prost::Message;
use yanzhen_proto::v1::Contact;
use yanzhen_sync::{Kind, RecordId};

use super::day::Day;
use super::reason::{Field, FieldError, Reason};
use super::words::{Words, word_of};
use super::{person_private, text};

/// One field of a form.
pub struct Column<M> {
    /// Its name and label.
    pub field: Field,
    /// The typed table of the record that it names by number or id; none for a value.
    pub refers: Option<&'static str>,
    /// What a form shows; the id of a record that it names.
    pub get: fn(&M) -> String,
    /// Takes what was typed; the id of a record that it names.
    pub set: fn(&mut M, &str) -> Result<(), Reason>,
}

/// A kind of record that is entered by a form alone.
pub trait Kept: Message + Default + 'static {
    /// The kind.
    const KIND: Kind;

    /// The message of people.proto that is its body.
    const MESSAGE: &'static str;

    /// Its fields, in the order of its form.
    const COLUMNS: &'static [Column<Self>];

    /// Checks one as of the day `today`; answers with everything that is wrong.
    fn validate(&self, today: Day) -> Result<(), Vec<FieldError>>;

    /// Of which records a person has one at a time, where this is such a one.
    fn alone(&self) -> Option<Alone> {
        None
    }
}

/// Records of a typed table of which a person has one at a time.
pub struct Alone {
    /// The field that is refused.
    pub field: Field,
    /// The person's id.
    pub person: Bytes,
    /// The table.
    pub table: &'static str,
    /// Which of its rows.
    pub condition: &'static str,
}

/// A value.
pub(super) const fn value<M>(
    field: Field,
    get: fn(&M) -> String,
    set: fn(&mut M, &str) -> Result<(), Reason>,
) -> Column<M> {
    Column { field, refers: None, get, set }
}

/// Another record, of a typed table.
pub(super) const fn record<M>(
    field: Field,
    table: &'static str,
    get: fn(&M) -> String,
    set: fn(&mut M, &str) -> Result<(), Reason>,
) -> Column<M> {
    Column { field, refers: Some(table), get, set }
}

/// A day as people write it, in the normal form.
pub(super) fn day(typed: &str) -> Result<String, Reason> {
    if typed.is_empty() { Ok(String::new()) } else { Ok(Day::parse(typed)?.to_string()) }
}

/// Several days, between commas, semicolons or spaces.
pub(super) fn days(typed: &str) -> Result<Vec<String>, Reason> {
    let parts = typed.split(['，', ',', '、', ';', '；', ' ', '\n']).filter(|part| !part.trim().is_empty());
    parts.map(day).collect()
}

/// A word of an enumeration.
pub(super) fn word<W: Words + Into<i32>>(typed: &str) -> Result<i32, Reason> {
    match typed {
        "" => Ok(0),
        typed => W::from_word(typed).map(Into::into).ok_or_else(|| Reason::Word(W::all_words())),
    }
}

/// The word of a number.
pub(super) fn shown<W: Words>(number: i32) -> String {
    word_of::<W>(number).to_owned()
}

/// A line of text.
pub(super) fn line(typed: &str) -> String {
    text::tidy(typed).into_owned()
}

/// The id of a record, or nothing.
pub(super) fn id(typed: &str) -> Result<Bytes, Reason> {
    if typed.is_empty() {
        return Ok(Bytes::new());
    }
    typed.parse::<RecordId>().map(|id| id.to_bytes()).map_err(|_| Reason::Id)
}

/// An id as it is shown.
pub(super) fn shown_id(id: &[u8]) -> String {
    RecordId::try_from(id).map(|id| id.to_string()).unwrap_or_default()
}

/// Sets the name of a contact, who is there as soon as anything of them is.
pub(super) fn set_name(contact: &mut Option<Contact>, typed: &str) {
    contact.get_or_insert_default().name = line(typed);
    drop_empty(contact);
}

/// Sets the telephone number of a contact.
pub(super) fn set_phone(contact: &mut Option<Contact>, typed: &str) {
    contact.get_or_insert_default().phone = person_private::phone(typed);
    drop_empty(contact);
}

fn drop_empty(contact: &mut Option<Contact>) {
    if contact.as_ref().is_some_and(|contact| *contact == Contact::default()) {
        *contact = None;
    }
}

/// The name of a contact, if there is one.
pub(super) fn name(contact: &Option<Contact>) -> String {
    contact.as_ref().map(|contact| contact.name.clone()).unwrap_or_default()
}

/// The telephone number of a contact, if there is one.
pub(super) fn phone(contact: &Option<Contact>) -> String {
    contact.as_ref().map(|contact| contact.phone.clone()).unwrap_or_default()
}
