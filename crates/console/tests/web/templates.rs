//! Templates hold no inline style or script, no word of one language alone, and nothing from elsewhere.

use std::fs;
use std::path::Path;

/// What no template may hold: the pages' policy forbids it, or pages would ask another server.
const FORBIDDEN: [&str; 12] = [
    " style=",
    "<style",
    "javascript:",
    "<iframe",
    "<object",
    "<embed",
    "http://",
    "https://",
    "=\"//",
    "data:",
    "type=\"date\"",
    "<base",
];

const SPRITE: &str = include_str!("../../assets/icons.svg");

/// Every template with its name.
fn templates() -> Vec<(String, String)> {
    fn below(folder: &Path, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                below(&path, found);
            } else {
                found.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"), &mut found);
    found
}

/// The text with everything between `begin` and `end` left out.
fn without(text: &str, begin: &str, end: &str) -> String {
    let mut parts = text.split(begin);
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept.push(' ');
        kept.push_str(part.split_once(end).map_or("", |(_, rest)| rest));
    }
    kept
}

/// What stands in a template itself, without what the program puts in.
fn markup(template: &str) -> String {
    let plain = without(template, "{#", "#}");
    without(&without(&plain, "{%", "%}"), "{{", "}}")
}

#[test]
fn templates_keep_the_pages_policy_and_ask_no_other_server() {
    for (name, template) in templates() {
        for forbidden in FORBIDDEN {
            assert!(!template.contains(forbidden), "{name} has {forbidden}");
        }
        for script in template.split("<script").skip(1) {
            assert!(script.starts_with(" src=\"{{ shell.assets }}/"), "{name} has a script of its own");
        }
        let handler = template.split([' ', '\n']).find(|word| {
            let name = word.strip_prefix("on").and_then(|rest| rest.split_once("=\""));
            name.is_some_and(|(event, _)| event.chars().all(|c| c.is_ascii_lowercase()))
        });
        assert_eq!(handler, None, "{name}");
    }
}

#[test]
fn every_icon_of_a_template_is_there() {
    for (name, template) in templates() {
        for icon in template.split("href=\"#i-").skip(1).filter_map(|rest| rest.split_once('"')) {
            let known = SPRITE.contains(&format!("id=\"i-{}\"", icon.0));
            assert!(
                icon.0.contains("{{") || icon.0.contains("{%") || known,
                "{name} lacks the icon {}",
                icon.0
            );
        }
    }
}

/// Words stand in `texts`, in both languages; punctuation is the same in both.
#[test]
fn templates_hold_no_words_of_their_own() {
    // An official document is Chinese in whatever language the page around it is.
    for (name, template) in templates().into_iter().filter(|(name, _)| !name.ends_with("paper.html")) {
        let markup = markup(&template);
        let han: String = markup.chars().filter(|c| ('\u{3400}'..='\u{9fff}').contains(c)).collect();
        assert_eq!(han, "", "{name}");
        let text = without(&without(&markup, "<!--", "-->"), "<", ">");
        let latin =
            text.split_whitespace().find(|word| word.chars().filter(char::is_ascii_alphabetic).count() > 1);
        let latin = latin.filter(|word| !word.starts_with('&'));
        assert_eq!(latin, None, "{name}");
        for said in ["aria-label=\"", "title=\"", "alt=\""] {
            let values = markup.split(said).skip(1).filter_map(|rest| rest.split_once('"'));
            for (value, _) in values {
                let words = value.chars().any(char::is_alphabetic);
                assert!(!words, "{name}: {said}{value}\"");
            }
        }
    }
}
