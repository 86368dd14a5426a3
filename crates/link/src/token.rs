//! The joining token: an invitation as one line of text that an administrator pastes.

use std::fmt;

use bytes::Bytes;
use data_encoding::BASE64URL_NOPAD;
use prost::Message;
use yanzhen_proto::v1 as proto;
use yanzhen_sync::directory::Role;
use yanzhen_sync::hash::{Context, Hash};
use yanzhen_sync::wire::WireError;
use yanzhen_sync::{FrameHash, Millis, PublicKey};
use zeroize::{Zeroize, Zeroizing};

use crate::address::{self, Address};

/// How every token of this format begins.
const PREFIX: &str = "yz1.";

/// How tokens of any format begin, before the format's number.
const FAMILY: &str = "yz";

/// Bytes of check after the message: one slip in four thousand million goes unnoticed, and is then refused
/// by central.
const CHECK_BYTES: usize = 4;

/// Characters of the longest text that is looked at; a token has some 400 to 3,000.
const MAX_TEXT_CHARACTERS: usize = 16 * 1024;

/// Bytes of a unit's code or name in a token.
const MAX_UNIT_TEXT_BYTES: usize = 256;

/// Names one invitation at central.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InvitationId([u8; 16]);

impl InvitationId {
    /// Takes the bytes as they are.
    pub const fn new(bytes: [u8; 16]) -> InvitationId {
        InvitationId(bytes)
    }

    /// Takes exactly 16 bytes.
    pub fn from_slice(bytes: &[u8]) -> Option<InvitationId> {
        Some(InvitationId(bytes.try_into().ok()?))
    }

    /// A new random one.
    pub fn generate() -> InvitationId {
        InvitationId(random())
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for InvitationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for InvitationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InvitationId({self})")
    }
}

/// What a token and central share, and nobody else knows. Wiped when dropped.
#[derive(Clone)]
pub struct Secret([u8; 32]);

impl Secret {
    /// Takes exactly 32 bytes.
    pub fn from_slice(bytes: &[u8]) -> Option<Secret> {
        Some(Secret(bytes.try_into().ok()?))
    }

    /// A new random one.
    pub fn generate() -> Secret {
        Secret(random())
    }

    /// The bytes, for central's table of invitations and for making MACs.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl PartialEq for Secret {
    /// Takes the same time wherever the first difference is.
    fn eq(&self, other: &Secret) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("invariant: the system's random source works");
    bytes
}

/// An invitation, as the new site gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The network.
    pub genesis: FrameHash,
    /// Where the parent is dialled, tried in order; at least one.
    pub parent_addresses: Vec<Address>,
    /// The key that the parent must have.
    pub parent_key: PublicKey,
    /// Which invitation.
    pub invitation: InvitationId,
    /// Proves the right to join.
    pub secret: Secret,
    /// When the invitation ends, by central's clock.
    pub expires: Millis,
    /// What the new site will be: a node or a terminal.
    pub role: Role,
    /// The code of the unit, for people.
    pub unit_code: String,
    /// The name of the unit, for people.
    pub unit_name: String,
}

/// Why a text is not a token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Something else was pasted.
    #[error(
        "this is not a joining token: a token begins with \"{PREFIX}\"; copy it from the output of `invite`"
    )]
    NotAToken,
    /// A character that tokens don't have.
    #[error("the token is mistyped: it contains {0:?}; copy it again as a whole")]
    Character(char),
    /// All characters are possible, the check says otherwise.
    #[error("the token is mistyped: its check does not fit; copy it again as a whole")]
    Mistyped,
    /// The end is missing.
    #[error("the token is cut short or has a slip in it; copy it again as a whole")]
    CutShort,
    /// Newer software made it.
    #[error(
        "the token is of a newer format ({0}); update this software, or ask for a token of the older one"
    )]
    Newer(String),
    /// It was made wrongly; copying again does not help.
    #[error("the token is malformed ({0}); ask the administrator who made it for a new one")]
    Malformed(#[from] WireError),
}

impl Token {
    /// Reads a pasted text; spaces and line breaks in it don't matter.
    pub fn parse(text: &str) -> Result<Token, TokenError> {
        let text = Zeroizing::new(without_spaces(text));
        let Some(letters) = text.strip_prefix(PREFIX) else {
            return Err(other_format(&text));
        };
        if letters.len() > MAX_TEXT_CHARACTERS {
            return Err(TokenError::NotAToken);
        }
        if let Some(letter) = letters.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_')))
        {
            return Err(TokenError::Character(letter));
        }
        // What is left to go wrong is a number of letters, or last bits, that no bytes give.
        let bytes = BASE64URL_NOPAD.decode(letters.as_bytes()).map_err(|_| TokenError::CutShort)?;
        let bytes = Zeroizing::new(bytes);
        let (message, found) = bytes.split_last_chunk::<CHECK_BYTES>().ok_or(TokenError::CutShort)?;
        let decoded = proto::Token::decode(message);
        match (check(message) == *found, decoded) {
            (true, Ok(wire)) => Token::try_from(wire).map_err(|error| match error {
                WireError::Unknown(what, number) => TokenError::Newer(format!("{what} {number}")),
                error => TokenError::Malformed(error),
            }),
            (true, Err(error)) => Err(TokenError::Malformed(error.into())),
            // A whole message with a wrong check has a slip in it; half a message has lost its end.
            (false, Ok(wire)) if wire.role != 0 => Err(TokenError::Mistyped),
            (false, _) => Err(TokenError::CutShort),
        }
    }

    /// The text to hand over. It holds the secret.
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new(proto::Token::from(self).encode_to_vec());
        let check = check(&bytes);
        bytes.extend_from_slice(&check);
        Zeroizing::new(format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&bytes)))
    }
}

fn without_spaces(text: &str) -> String {
    // Mail programs and chats add marks that nobody sees.
    let invisible = |c: char| matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}');
    text.chars().take(2 * MAX_TEXT_CHARACTERS).filter(|c| !c.is_whitespace() && !invisible(*c)).collect()
}

fn other_format(text: &str) -> TokenError {
    let number = text.strip_prefix(FAMILY).and_then(|rest| rest.split_once('.')).map(|(number, _)| number);
    match number {
        Some(number) if (1..=3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit()) => {
            TokenError::Newer(format!("{FAMILY}{number}"))
        }
        _ => TokenError::NotAToken,
    }
}

fn check(message: &[u8]) -> [u8; CHECK_BYTES] {
    let hash = Hash::of(Context::Token, &[message]);
    let mut check = [0; CHECK_BYTES];
    check.copy_from_slice(&hash.as_bytes()[..CHECK_BYTES]);
    check
}

impl From<&Token> for proto::Token {
    fn from(token: &Token) -> Self {
        proto::Token {
            genesis: token.genesis.to_bytes(),
            parent_addresses: token.parent_addresses.iter().map(|a| a.as_str().to_owned()).collect(),
            parent_key: Bytes::copy_from_slice(token.parent_key.as_bytes()),
            invitation: Bytes::copy_from_slice(token.invitation.as_bytes()),
            secret: Bytes::copy_from_slice(token.secret.expose()),
            expires_ms: token.expires,
            role: proto::Role::from(token.role).into(),
            unit_code: token.unit_code.clone(),
            unit_name: token.unit_name.clone(),
        }
    }
}

impl TryFrom<proto::Token> for Token {
    type Error = WireError;

    fn try_from(wire: proto::Token) -> Result<Self, WireError> {
        let addresses = address::parse_all(&wire.parent_addresses).filter(|found| !found.is_empty());
        if wire.unit_code.len() > MAX_UNIT_TEXT_BYTES || wire.unit_name.len() > MAX_UNIT_TEXT_BYTES {
            return Err(WireError::Malformed("unit"));
        }
        Ok(Token {
            genesis: FrameHash::try_from(wire.genesis.as_ref())?,
            parent_addresses: addresses.ok_or(WireError::Malformed("parent's addresses"))?,
            parent_key: PublicKey::from_slice(&wire.parent_key)
                .ok_or(WireError::Malformed("parent's key"))?,
            invitation: InvitationId::from_slice(&wire.invitation)
                .ok_or(WireError::Malformed("invitation"))?,
            secret: Secret::from_slice(&wire.secret).ok_or(WireError::Malformed("secret"))?,
            expires: wire.expires_ms,
            role: joining_role(wire.role)?,
            unit_code: wire.unit_code,
            unit_name: wire.unit_name,
        })
    }
}

/// Reads the role of a site that joins; central never does.
pub(crate) fn joining_role(number: i32) -> Result<Role, WireError> {
    match Role::try_from(number)? {
        Role::Central => Err(WireError::Malformed("role")),
        role => Ok(role),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use yanzhen_sync::Sign;

    use crate::SiteKey;

    fn token() -> Token {
        Token {
            genesis: FrameHash::new([7; 32]),
            parent_addresses: vec!["node.example:7443".parse().unwrap(), "10.0.0.1:7443".parse().unwrap()],
            parent_key: SiteKey::generate().public_key(),
            invitation: InvitationId::generate(),
            secret: Secret::generate(),
            expires: 1_764_000_000_000,
            role: Role::Terminal,
            unit_code: "990102".into(),
            unit_name: "云川市某县委老干部局".into(),
        }
    }

    #[test]
    fn a_token_comes_back_from_its_text_however_it_was_wrapped() {
        let token = token();
        let text = token.to_text();
        assert!(text.starts_with("yz1."));
        let wrapped: String = text
            .chars()
            .enumerate()
            .flat_map(|(i, c)| {
                let gap = if i % 60 == 59 { "\r\n  \u{200b}" } else { "" };
                std::iter::once(c).chain(gap.chars())
            })
            .collect();
        assert_eq!(Token::parse(&text).unwrap(), token);
        assert_eq!(Token::parse(&format!("\u{feff}  {wrapped}\n")).unwrap(), token);
    }

    #[test]
    fn a_mistyped_letter_is_found_wherever_it_is() {
        let text = token().to_text();
        for place in PREFIX.len()..text.len() {
            let letter = if &text[place..=place] == "A" { "B" } else { "A" };
            let typed = format!("{}{letter}{}", &text[..place], &text[place + 1..]);
            let error = Token::parse(&typed).unwrap_err();
            assert!(matches!(error, TokenError::Mistyped | TokenError::CutShort), "{place}: {error}");
        }
        let marked = text.replacen(&text[10..12], "+/", 1);
        assert_eq!(Token::parse(&marked), Err(TokenError::Character('+')));
    }

    #[test]
    fn a_letter_mistyped_in_the_secret_is_not_taken_for_a_lost_end() {
        let mut wire = proto::Token::from(&token());
        let sound = check(&wire.encode_to_vec());
        wire.secret = Bytes::from_static(&[1; 32]);
        let mut bytes = wire.encode_to_vec();
        bytes.extend_from_slice(&sound);
        let slipped = format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&bytes));
        assert_eq!(Token::parse(&slipped), Err(TokenError::Mistyped));
    }

    #[test]
    fn a_token_without_its_end_is_called_cut_short() {
        let text = token().to_text();
        for length in [PREFIX.len(), 5, 8, 40, 100, 200, 250] {
            assert_eq!(Token::parse(&text[..length]), Err(TokenError::CutShort), "{length}");
        }
        for length in PREFIX.len()..text.len() {
            assert!(Token::parse(&text[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn other_texts_and_newer_formats_are_told_apart() {
        for text in ["", "hello", "yz", "yz1", "https://example.org/yz1.abc", "yz.abc", "yzx.abc"] {
            assert_eq!(Token::parse(text), Err(TokenError::NotAToken), "{text:?}");
        }
        assert_eq!(Token::parse("yz2.abc"), Err(TokenError::Newer("yz2".into())));
    }

    #[test]
    fn a_role_that_is_not_known_yet_asks_for_an_update() {
        let mut wire = proto::Token::from(&token());
        wire.role = 9;
        let mut bytes = wire.encode_to_vec();
        let check = check(&bytes);
        bytes.extend_from_slice(&check);
        let error = Token::parse(&format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&bytes))).unwrap_err();
        assert!(matches!(error, TokenError::Newer(_)), "{error}");
    }

    #[test]
    fn debug_does_not_show_the_secret() {
        let token = token();
        let shown = format!("{token:?}");
        assert!(shown.contains("redacted"));
        assert!(!shown.contains(&format!("{:?}", &token.secret.expose()[..4]).replace(['[', ']'], "")));
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "(yz1\\.)?[\\PC ]{0,200}") {
            let _ = Token::parse(&text);
        }

        #[test]
        fn arbitrary_bytes_with_a_right_check_never_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let check = check(&bytes);
            bytes.extend_from_slice(&check);
            let text = format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&bytes));
            prop_assert!(Token::parse(&text).is_err());
        }
    }
}
