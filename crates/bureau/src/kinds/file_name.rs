//! Names of attached files: a name must be one that every recipient's system can keep as it is.

use super::marking;
use super::reason::Reason;
use super::text;

/// Bytes of a file name; file systems allow 255, and the receiver may add to it.
pub const MAX_FILE_NAME_BYTES: usize = 200;

/// Names that Windows keeps for devices, with any extension.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// Whether `name` can be the name of an attachment.
pub fn check(name: &str) -> Result<(), Reason> {
    if name.is_empty() {
        return Err(Reason::Missing);
    }
    if name.len() > MAX_FILE_NAME_BYTES {
        return Err(Reason::TooLarge { limit: MAX_FILE_NAME_BYTES, found: name.len() });
    }
    if text::is_damaged(name, false) {
        return Err(Reason::Damaged);
    }
    let forbidden = name.contains(['/', '\\', ':', '*', '?', '"', '<', '>', '|']);
    let bad_end = name.ends_with(['.', ' ']) || name.starts_with(' ');
    if forbidden || bad_end || is_device(name) {
        return Err(Reason::FileName);
    }
    if marking::in_file_name(name) { Err(Reason::Secret) } else { Ok(()) }
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name).trim_end().to_ascii_lowercase();
    let numbered = ["com", "lpt"].iter().find_map(|port| stem.strip_prefix(port));
    DEVICES.contains(&stem.as_str())
        || numbered.is_some_and(|n| {
            matches!(n, "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³")
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ordinary_names_pass() {
        for name in
            ["附件1.pdf", "走访慰问方案 (定稿).docx", ".profile", "communiqué.txt", "com10.txt", "a.b.c"]
        {
            assert_eq!(check(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn names_that_some_system_cannot_keep_are_refused() {
        for name in [
            "../a.pdf", "a/b", "a\\b", "C:a", ".", "..", "a.", "a ", " a", "nul", "CON.txt", "com1.pdf",
            "a?b", "a|b",
        ] {
            assert_eq!(check(name), Err(Reason::FileName), "{name}");
        }
        assert_eq!(check(""), Err(Reason::Missing));
        assert_eq!(check("a\nb"), Err(Reason::Damaged));
        assert_eq!(check("fdp.\u{202E}exe"), Err(Reason::Damaged));
    }

    #[test]
    fn a_name_may_have_200_bytes_and_no_more() {
        assert_eq!(check(&"a".repeat(200)), Ok(()));
        assert_eq!(check(&"a".repeat(201)), Err(Reason::TooLarge { limit: 200, found: 201 }));
    }

    #[test]
    fn a_marked_name_is_refused() {
        assert_eq!(check("秘密★1年 名单.pdf"), Err(Reason::Secret));
    }

    proptest! {
        #[test]
        fn any_name_is_checked_without_a_panic(name in any::<String>()) {
            let _ = check(&name);
        }
    }
}
