//! The recovery kit: two key pairs that outrank central's, kept on paper and nowhere else.
//!
//! Its text has five lines of six groups of four characters. Each line carries a check of its own, so that a
//! mistake in copying is found and named. The letters are Crockford's: no I, L, O or U, case does not matter.

use std::fmt;
use std::sync::LazyLock;

use aws_lc_rs::digest::{self, SHA256};
use data_encoding::{Encoding, Specification};
use yanzhen_sync::{PublicKey, Sign};
use zeroize::Zeroizing;

use super::key::{PRIVATE_BYTES, PrivateBytes};
use super::{SealingKey, SiteKey};

/// The version of the kit's format: the first byte of its content.
const FORMAT: u8 = 1;
/// Lines of the printed kit.
const LINES: usize = 5;
/// Bytes of content in one line.
const LINE_CONTENT: usize = 13;
/// Bytes of check in one line: one slip in 65,536 goes unnoticed, and then the keys don't match the network's.
const LINE_CHECK: usize = 2;
/// Characters between spaces.
const GROUP: usize = 4;
/// Characters of one line without its number and spaces.
const LINE_CHARACTERS: usize = (LINE_CONTENT + LINE_CHECK) * 8 / 5;

const _: () = assert!(LINES * LINE_CONTENT == 1 + 2 * PRIVATE_BYTES);

static LETTERS: LazyLock<Encoding> = LazyLock::new(|| {
    let mut letters = Specification::new();
    letters.symbols.push_str("0123456789ABCDEFGHJKMNPQRSTVWXYZ");
    letters.translate.from.push_str("abcdefghjkmnpqrstvwxyzOoIiLl");
    letters.translate.to.push_str("ABCDEFGHJKMNPQRSTVWXYZ001111");
    letters.encoding().expect("invariant: 32 distinct letters")
});

/// The offline keys of a network, made at `init` and printed once.
#[derive(Clone)]
pub struct RecoveryKit {
    signing: SiteKey,
    sealing: SealingKey,
}

/// Why a text is not a recovery kit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecoveryKitError {
    /// A line is not there.
    #[error(
        "line {0} of the recovery kit is missing: type all {LINES} lines, each with its number and a colon"
    )]
    Missing(usize),
    /// A line is not as it was printed.
    #[error("line {0} of the recovery kit is mistyped: compare it with the print, character by character")]
    Mistyped(usize),
    /// Newer software printed it.
    #[error("the recovery kit is of format {0}, which this software does not know: use a newer version")]
    Newer(u8),
    /// The lines are right and yet no keys.
    #[error("the recovery kit holds no keys: it was not printed by this software")]
    NotKeys,
}

impl RecoveryKit {
    /// Makes new keys from the system's random source.
    pub fn generate() -> RecoveryKit {
        RecoveryKit { signing: SiteKey::generate(), sealing: SealingKey::generate() }
    }

    /// The key that genesis names as recovery key.
    pub fn public_key(&self) -> PublicKey {
        self.signing.public_key()
    }

    /// Signs a change of central's key.
    pub fn signing(&self) -> &SiteKey {
        &self.signing
    }

    /// Opens sealed backups.
    pub fn sealing(&self) -> &SealingKey {
        &self.sealing
    }

    /// The text to print: the private keys. Show it once and keep it nowhere.
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut content = Zeroizing::new([0; LINES * LINE_CONTENT]);
        content[0] = FORMAT;
        content[1..=PRIVATE_BYTES].copy_from_slice(self.signing.private().as_slice());
        content[1 + PRIVATE_BYTES..].copy_from_slice(self.sealing.private().as_slice());
        // One allocation: growing would leave copies behind.
        let mut text = Zeroizing::new(String::with_capacity(1024));
        for (index, chunk) in content.chunks(LINE_CONTENT).enumerate() {
            push_line(&mut text, index + 1, chunk);
        }
        text
    }

    /// Reads the text back. Spaces, dashes, case and lines that don't begin with a number and a colon don't
    /// matter; O is read as 0, I and L as 1.
    pub fn parse(text: &str) -> Result<RecoveryKit, RecoveryKitError> {
        let mut content = Zeroizing::new([0; LINES * LINE_CONTENT]);
        for (index, chunk) in content.chunks_mut(LINE_CONTENT).enumerate() {
            let number = index + 1;
            let line = find_line(text, number).ok_or(RecoveryKitError::Missing(number))?;
            let bytes = read_line(number, line).ok_or(RecoveryKitError::Mistyped(number))?;
            chunk.copy_from_slice(&bytes[..LINE_CONTENT]);
        }
        if content[0] != FORMAT {
            return Err(RecoveryKitError::Newer(content[0]));
        }
        let signing = SiteKey::from_private(&private(&content[1..=PRIVATE_BYTES]));
        let sealing = SealingKey::from_private(&private(&content[1 + PRIVATE_BYTES..]));
        match (signing, sealing) {
            (Ok(signing), Ok(sealing)) => Ok(RecoveryKit { signing, sealing }),
            _ => Err(RecoveryKitError::NotKeys),
        }
    }
}

impl fmt::Debug for RecoveryKit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecoveryKit({:?}, private keys redacted)", self.public_key())
    }
}

fn private(bytes: &[u8]) -> PrivateBytes {
    let mut private = Zeroizing::new([0; PRIVATE_BYTES]);
    private.copy_from_slice(bytes);
    private
}

fn check(number: usize, content: &[u8]) -> [u8; LINE_CHECK] {
    let mut hash = digest::Context::new(&SHA256);
    hash.update(b"yanzhen.v1 recovery kit");
    hash.update(&[0, u8::try_from(number).expect("invariant: the kit has few lines")]);
    hash.update(content);
    let hash = hash.finish();
    [hash.as_ref()[0], hash.as_ref()[1]]
}

fn push_line(text: &mut String, number: usize, content: &[u8]) {
    let mut bytes = Zeroizing::new([0; LINE_CONTENT + LINE_CHECK]);
    bytes[..LINE_CONTENT].copy_from_slice(content);
    bytes[LINE_CONTENT..].copy_from_slice(&check(number, content));
    let letters = Zeroizing::new(LETTERS.encode(bytes.as_slice()));
    text.push_str(&format!("{number}:"));
    for (index, letter) in letters.chars().enumerate() {
        if index % GROUP == 0 {
            text.push(' ');
        }
        text.push(letter);
    }
    text.push('\n');
}

fn find_line(text: &str, number: usize) -> Option<&str> {
    text.lines().find_map(|line| line.trim_start().strip_prefix(&format!("{number}:")))
}

fn read_line(number: usize, line: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut letters = Zeroizing::new(String::with_capacity(line.len()));
    letters.extend(line.chars().filter(|c| !c.is_whitespace() && *c != '-'));
    if letters.len() != LINE_CHARACTERS {
        return None;
    }
    let bytes = Zeroizing::new(LETTERS.decode(letters.as_bytes()).ok()?);
    (bytes[LINE_CONTENT..] == check(number, &bytes[..LINE_CONTENT])).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Always the same: of random kits, one in some hundreds has a slip that a 16-bit check lets pass.
    fn fixed() -> RecoveryKit {
        RecoveryKit {
            signing: SiteKey::from_private(&Zeroizing::new([7; 32])).unwrap(),
            sealing: SealingKey::from_private(&Zeroizing::new([9; 32])).unwrap(),
        }
    }

    #[test]
    fn a_kit_comes_back_from_its_print() {
        let kit = RecoveryKit::generate();
        let text = kit.to_text();
        let copied = format!("Recovery kit\n\n{}\nkeep safe\n", text.to_lowercase().replace(' ', " - "));
        for text in [text.as_str(), &copied, &text.replace('0', "o").replace('1', "l").replace("l:", "1:")] {
            let read = RecoveryKit::parse(text).unwrap();
            assert_eq!(read.public_key(), kit.public_key());
            assert_eq!(read.sealing().public_key(), kit.sealing().public_key());
        }
    }

    #[test]
    fn every_single_mistyped_character_is_found_and_its_line_named() {
        let text = fixed().to_text();
        for (line_index, line) in text.lines().enumerate() {
            for place in 2..line.len() {
                let old = &line[place..=place];
                if old == " " {
                    continue;
                }
                let new = if old == "7" { "8" } else { "7" };
                let typed = format!("{}{new}{}", &line[..place], &line[place + 1..]);
                let error = RecoveryKit::parse(&text.replace(line, &typed)).unwrap_err();
                assert_eq!(error, RecoveryKitError::Mistyped(line_index + 1));
            }
        }
    }

    #[test]
    fn missing_and_exchanged_lines_are_named() {
        let text = fixed().to_text();
        let without_third: String =
            text.lines().filter(|l| !l.starts_with("3:")).flat_map(|l| [l, "\n"]).collect();
        assert_eq!(RecoveryKit::parse(&without_third).unwrap_err(), RecoveryKitError::Missing(3));
        let exchanged = text.replace("2:", "x:").replace("4:", "2:").replace("x:", "4:");
        assert_eq!(RecoveryKit::parse(&exchanged).unwrap_err(), RecoveryKitError::Mistyped(2));
    }

    #[test]
    fn debug_shows_no_private_key() {
        let kit = RecoveryKit::generate();
        assert!(format!("{kit:?}").contains("redacted"));
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "([1-5]: ?[0-9A-Za-z -]{0,40}\n|.{0,20}\n){0,8}") {
            let _ = RecoveryKit::parse(&text);
        }
    }
}
