//! An edit keeps the fields that this software doesn't know: a newer version wrote them.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use bytes::Bytes;
use prost::Message;
use prost_types::FileDescriptorSet;

/// Groups within groups that are skipped; below the 100 that decoders allow.
const MAX_GROUPS: usize = 64;

/// Encodes `new`, followed by the fields of `old` that the message `message_name` of records.proto (such as
/// "Person") doesn't name. What can't be read of `old`, and all after it, is left out.
pub fn keep_unknown(old: &[u8], new: &impl Message, message_name: &str) -> Bytes {
    let mut body = new.encode_to_vec();
    if let Some(known) = known_fields(message_name) {
        for (number, raw) in Fields(old) {
            if !known.contains(&number) {
                body.extend_from_slice(raw);
            }
        }
    }
    Bytes::from(body)
}

fn known_fields(message_name: &str) -> Option<&'static HashSet<u32>> {
    static KNOWN: OnceLock<HashMap<String, HashSet<u32>>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| {
        let files = FileDescriptorSet::decode(yanzhen_proto::DESCRIPTORS)
            .expect("the descriptors were encoded when this program was built");
        let messages = files.file.into_iter().flat_map(|file| file.message_type);
        messages.map(|message| (message.name().to_owned(), numbers(&message))).collect()
    });
    known.get(message_name)
}

fn numbers(message: &prost_types::DescriptorProto) -> HashSet<u32> {
    message.field.iter().filter_map(|field| u32::try_from(field.number()).ok()).collect()
}

/// The top-level fields of an encoded message, each with its number and its bytes, tag included.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = (u32, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let all = std::mem::take(&mut self.0);
        let (number, rest) = skip_field(all, 0)?;
        self.0 = rest;
        Some((number, &all[..all.len() - rest.len()]))
    }
}

const VARINT: u64 = 0;
const FIXED_64: u64 = 1;
const DELIMITED: u64 = 2;
const GROUP: u64 = 3;
const GROUP_END: u64 = 4;
const FIXED_32: u64 = 5;

/// The number of the field at the beginning of `bytes`, and what follows it.
fn skip_field(bytes: &[u8], depth: usize) -> Option<(u32, &[u8])> {
    let (tag, rest) = varint(bytes)?;
    let number = u32::try_from(tag >> 3).ok().filter(|number| (1..1 << 29).contains(number))?;
    let rest = match tag & 7 {
        VARINT => varint(rest)?.1,
        FIXED_64 => rest.get(8..)?,
        DELIMITED => {
            let (length, rest) = varint(rest)?;
            rest.get(usize::try_from(length).ok()?..)?
        }
        GROUP => skip_group(rest, number, depth)?,
        FIXED_32 => rest.get(4..)?,
        _ => return None,
    };
    Some((number, rest))
}

fn skip_group(mut bytes: &[u8], group: u32, depth: usize) -> Option<&[u8]> {
    if depth == MAX_GROUPS {
        return None;
    }
    loop {
        let (tag, rest) = varint(bytes)?;
        if tag & 7 == GROUP_END {
            return (tag >> 3 == u64::from(group)).then_some(rest);
        }
        bytes = skip_field(bytes, depth + 1)?.1;
    }
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut rest = bytes;
    let number = prost::encoding::decode_varint(&mut rest).ok()?;
    Some((number, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use yanzhen_proto::v1::Person;

    use super::*;

    fn person(name: &str) -> Person {
        Person { number: "1".into(), name: name.into(), sex: 2, ..Default::default() }
    }

    /// A field of a later version: number 1000, a string.
    fn later_field(text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        prost::encoding::string::encode(1000, &text.to_owned(), &mut bytes);
        bytes
    }

    #[test]
    fn all_kinds_are_described() {
        for name in ["Person", "Membership", "PartyOrg", "Unit", "Document", "Receipt"] {
            assert!(known_fields(name).is_some(), "{name}");
        }
        assert!(known_fields("Persons").is_none());
    }

    #[test]
    fn an_edit_changes_what_it_knows_and_keeps_the_rest() {
        let old = [person("张三").encode_to_vec(), later_field("雁")].concat();
        let new = keep_unknown(&old, &person("李四"), "Person");
        assert_eq!(new, [person("李四").encode_to_vec(), later_field("雁")].concat());
        assert_eq!(keep_unknown(&new, &person("李四"), "Person"), new, "nothing is kept twice");
    }

    #[test]
    fn groups_are_kept_whole() {
        // Field 1000 as a group that holds a varint field 1 and an inner group 2.
        let group = [0xc3, 0x3e, 0x08, 0x05, 0x13, 0x14, 0xc4, 0x3e];
        let new = keep_unknown(&group, &person("李四"), "Person");
        assert!(new.ends_with(&group));
    }

    #[test]
    fn groups_without_end_are_left_out() {
        let deep = vec![0x0b; 100_000];
        assert_eq!(keep_unknown(&deep, &person("李四"), "Person"), person("李四").encode_to_vec());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(old in proptest::collection::vec(any::<u8>(), 0..200)) {
            let new = keep_unknown(&old, &person("李四"), "Person");
            let known = person("李四").encode_to_vec();
            prop_assert!(new.starts_with(&known));
            prop_assert_eq!(Person::decode(new).unwrap(), person("李四"));
        }

        #[test]
        fn later_fields_survive_any_number_of_edits(
            name in "\\PC{0,8}", later in proptest::collection::vec("\\PC{0,8}", 0..4), edits in 1_usize..4,
        ) {
            let unknown: Vec<u8> = later.iter().flat_map(|text| later_field(text)).collect();
            let mut body = Bytes::from([person(&name).encode_to_vec(), unknown.clone()].concat());
            for _ in 0..edits {
                body = keep_unknown(&body, &person("李四"), "Person");
            }
            prop_assert_eq!(body, [person("李四").encode_to_vec(), unknown].concat());
        }
    }
}
