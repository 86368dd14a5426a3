//! Bytes of a file to text: a workbook, UTF-8, or GB 18030 as Chinese spreadsheets save CSV by default.

use std::borrow::Cow;

use encoding_rs::GB18030;

use super::file::FileError;
use super::workbook;

/// Bytes of a file that is read at once: a roster of 40,000 people has about 10 MiB.
pub const MAX_FILE_BYTES: usize = 128 * 1024 * 1024;

/// Bytes at the beginning that are looked at for the zeros of UTF-16.
const PROBE_BYTES: usize = 1024;

/// How a file was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// GB 18030, and so GBK and GB 2312.
    Gb18030,
    /// A workbook, which has none of its own.
    Workbook,
}

const UTF_8_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];
const UTF_16_MARKS: [&[u8]; 2] = [&[0xFF, 0xFE], &[0xFE, 0xFF]];
/// The beginning of .xlsx files, which are ZIP archives.
const WORKBOOK: &[u8] = b"PK\x03\x04";
/// The beginning of .xls files, and of workbooks that a password protects.
const OLD_WORKBOOK: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0];

/// Decodes a whole file.
pub fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, Encoding), FileError> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err(FileError::TooLarge { found: bytes.len() });
    }
    if bytes.starts_with(WORKBOOK) {
        return Ok((workbook::decode(bytes)?.into(), Encoding::Workbook));
    }
    if bytes.starts_with(OLD_WORKBOOK) {
        return Err(FileError::OldWorkbook);
    }
    if UTF_16_MARKS.iter().any(|mark| bytes.starts_with(mark)) || has_many_zeros(bytes) {
        return Err(FileError::Utf16);
    }
    let (marked, bytes) = bytes.strip_prefix(UTF_8_MARK).map_or((false, bytes), |rest| (true, rest));
    let valid = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok((Cow::Borrowed(text), Encoding::Utf8)),
        Err(error) => &bytes[..error.valid_up_to()],
    };
    if marked || begins_as_utf_8(valid) {
        let line = valid.iter().filter(|b| **b == b'\n').count() + 1;
        return Err(FileError::DamagedUtf8 { line });
    }
    match GB18030.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => Ok((text, Encoding::Gb18030)),
        None => Err(FileError::NotText),
    }
}

fn has_many_zeros(bytes: &[u8]) -> bool {
    let probe = &bytes[..bytes.len().min(PROBE_BYTES)];
    let zeros = probe.iter().filter(|b| **b == 0).count();
    zeros > probe.len() / 8
}

/// Whether at least the first line was valid UTF-8 with Chinese characters: then the file is UTF-8 that broke
/// further down, not GB 18030.
fn begins_as_utf_8(valid: &[u8]) -> bool {
    let first = valid.split(|b| *b == b'\n').next().unwrap_or_default();
    first.len() < valid.len() && !first.is_ascii()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn utf_8_is_read_with_and_without_its_mark() {
        assert_eq!(decode("编号,姓名".as_bytes()), Ok(("编号,姓名".into(), Encoding::Utf8)));
        assert_eq!(decode("\u{FEFF}编号".as_bytes()), Ok(("编号".into(), Encoding::Utf8)));
        assert_eq!(decode(b""), Ok(("".into(), Encoding::Utf8)));
    }

    #[test]
    fn gb_18030_is_read_with_rare_characters_too() {
        let (bytes, ..) = GB18030.encode("编号,姓名\n1,张𠮷䶮\n");
        assert_eq!(decode(&bytes), Ok(("编号,姓名\n1,张𠮷䶮\n".into(), Encoding::Gb18030)));
    }

    #[test]
    fn workbooks_that_cannot_be_read_and_utf_16_are_named_as_such() {
        assert_eq!(decode(b"PK\x03\x04rest"), Err(FileError::DamagedWorkbook));
        assert_eq!(decode(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1]), Err(FileError::OldWorkbook));
        assert_eq!(decode(&[0xFF, 0xFE, 0x16, 0x7F]), Err(FileError::Utf16));
        assert_eq!(decode(b"n\0u\0m\0b\0e\0r\0"), Err(FileError::Utf16));
    }

    #[test]
    fn broken_utf_8_is_not_taken_for_gb_18030() {
        let broken = [&b"\xE7\xBC\x96\xE5\x8F\xB7\n1\n2"[..], &[0xE5, 0x8F], b"\n"].concat();
        assert_eq!(decode(&broken), Err(FileError::DamagedUtf8 { line: 3 }));
        assert_eq!(decode(&[0xEF, 0xBB, 0xBF, 0xFF]), Err(FileError::DamagedUtf8 { line: 1 }));
    }

    #[test]
    fn what_is_neither_is_refused() {
        assert_eq!(decode(&[0x31, 0xFF, 0xFF, 0x80]), Err(FileError::NotText));
    }

    proptest! {
        #[test]
        fn any_bytes_are_decoded_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = decode(&bytes);
        }
    }
}
