//! The oldest browser that the console is for is Chromium 78, with ES2017 and under the pages' policy: styles, script and
//! templates hold nothing that it lacks or that the policy forbids.

use std::fs;
use std::path::{Path, PathBuf};

use crate::css::{Rule, rules};
use crate::script::{Kind, Token, tokens};

/// Properties that came later; with a `*` at the end, all that begin so.
const LATER_PROPERTIES: [&str; 34] = [
    "aspect-ratio",
    "inset*",
    "container*",
    "content-visibility",
    "color-scheme",
    "text-wrap*",
    "text-underline-offset",
    "text-decoration-thickness",
    "translate",
    "rotate",
    "scale",
    "scrollbar-gutter",
    "scrollbar-width",
    "scrollbar-color",
    "margin-inline",
    "margin-block",
    "padding-inline",
    "padding-block",
    "border-inline",
    "border-block",
    "border-start*",
    "border-end*",
    "print-color-adjust",
    "field-sizing",
    "animation-timeline",
    "view-transition*",
    "counter-set",
    "font-size-adjust",
    "white-space-collapse",
    "line-clamp",
    "mask*",
    "forced-color-adjust",
    "contain-intrinsic*",
    "interpolate-size",
];

/// What came later, or is no part of a page, wherever it stands in a value.
const LATER_VALUES: [&str; 24] = [
    "min(",
    "max(",
    "clamp(",
    "round(",
    "color-mix(",
    "light-dark(",
    "oklch(",
    "lab(",
    "hwb(",
    "image-set(",
    "url(",
    "src(",
    "subgrid",
    "masonry",
    "anywhere",
    "clip-path(",
    "dvh",
    "svh",
    "lvh",
    "dvw",
    "cqw",
    "cqi",
    "rlh",
    "safe ",
];

/// What came later in a selector.
const LATER_SELECTORS: [&str; 13] = [
    "&",
    ":is(",
    ":where(",
    ":has(",
    "::marker",
    "::file-selector-button",
    ":autofill",
    ":dir(",
    ":user-",
    ":modal",
    ":popover-open",
    "::part(",
    ":state(",
];

/// Members that came later.
const LATER_MEMBERS: [&str; 18] = [
    "replaceAll",
    "at",
    "any",
    "hasOwn",
    "randomUUID",
    "replaceChildren",
    "findLast",
    "findLastIndex",
    "toSorted",
    "toReversed",
    "toSpliced",
    "groupBy",
    "withResolvers",
    "inert",
    "showPopover",
    "togglePopover",
    "checkVisibility",
    "scrollend",
];

/// Words that came later, make a module of the script, or are forbidden by the policy.
const NOT_IN_SCRIPT: [&str; 6] = ["structuredClone", "WeakRef", "import", "export", "eval", "Function"];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The files of a folder and those below it, with what they hold.
fn files(folder: &Path, extension: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|of| of == extension) {
            found.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

fn is_later(property: &str) -> bool {
    LATER_PROPERTIES.iter().any(|later| match later.strip_suffix('*') {
        Some(begin) => property.starts_with(begin),
        None => property == *later,
    })
}

/// What a style sheet holds that the oldest browser lacks.
fn complaints_of_css(css: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    for rule in rules(css) {
        complaints
            .extend(complaints_of_rule(&rule).into_iter().map(|what| format!("{}: {what}", rule.prelude)));
    }
    complaints
}

fn complaints_of_rule(rule: &Rule) -> Vec<String> {
    let mut complaints = Vec::new();
    if rule.is_nested {
        complaints.push("a rule inside a rule".to_owned());
    }
    if let Some(at) = rule.prelude.strip_prefix('@') {
        let name = at.split([' ', '(', ':']).next().unwrap();
        if !["media", "supports", "page", "font-face", "keyframes"].contains(&name) {
            complaints.push(format!("@{name}"));
        }
        if name == "media" && at.contains(['<', '>']) {
            complaints.push("a range of widths".to_owned());
        }
    } else {
        let guarded = rule.around.iter().any(|around| around.contains("selector(:focus-visible)"));
        complaints.extend(
            LATER_SELECTORS.iter().filter(|later| rule.prelude.contains(**later)).map(|s| s.to_string()),
        );
        if rule.prelude.contains(":focus-visible") && !guarded {
            complaints.push(":focus-visible outside of @supports".to_owned());
        }
        let lists = rule.prelude.split(":not(").skip(1).filter_map(|rest| rest.split_once(')'));
        if lists.into_iter().any(|(inside, _)| inside.contains(',')) {
            complaints.push(":not() of a list".to_owned());
        }
    }
    let is = |property: &str, value: &str| {
        rule.declarations.iter().any(|(name, of)| name == property && of.contains(value))
    };
    for (property, value) in &rule.declarations {
        if is_later(property) {
            complaints.push(property.clone());
        }
        if property.ends_with("gap") && !is("display", "grid") {
            complaints.push(format!("{property} outside of a grid"));
        }
        if property == "appearance" && !is("-webkit-appearance", value) {
            complaints.push("appearance without -webkit-appearance".to_owned());
        }
        let flex_word = ["justify-content", "align-items", "align-self"].contains(&property.as_str());
        if flex_word && ["start", "end"].contains(&value.as_str()) && is("display", "flex") {
            complaints.push(format!("{property}: {value} in a flex box"));
        }
        let text = format!(" {value}");
        let stands_alone = |later: &&&str| {
            text.match_indices(**later).any(|(at, _)| {
                !later.ends_with('(') || !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '-')
            })
        };
        complaints
            .extend(LATER_VALUES.iter().filter(stands_alone).map(|later| format!("{property}: {later}")));
    }
    complaints
}

/// What a script holds that the oldest browser or the policy does not take.
fn complaints_of_script(script: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut open = Vec::new();
    let tokens = tokens(script);
    let text = |at: usize| tokens.get(at).map_or("", |token: &Token| token.text.as_str());
    for (at, token) in tokens.iter().enumerate() {
        let word = token.text.as_str();
        match token.kind {
            Kind::Mark => match word {
                "{" | "(" | "[" => open.push(word),
                "}" | ")" | "]" => drop(open.pop()),
                "..." if open.last() == Some(&"{") => complaints.push("spread in an object".to_owned()),
                "?." | "??" | "??=" | "||=" | "&&=" | "#" => complaints.push(word.to_owned()),
                _ => {}
            },
            Kind::Word => {
                let is_member = at > 0 && text(at - 1) == ".";
                if NOT_IN_SCRIPT.contains(&word) || is_member && LATER_MEMBERS.contains(&word) {
                    complaints.push(word.to_owned());
                }
                let next = text(at + 1);
                match (word, next) {
                    ("catch", "{") => complaints.push("catch without its error".to_owned()),
                    ("for", "await") => complaints.push("for await".to_owned()),
                    ("async", "*") => complaints.push("an asynchronous generator".to_owned()),
                    ("function", "*") if at > 0 && text(at - 1) == "async" => {
                        complaints.push("an asynchronous generator".to_owned());
                    }
                    ("class", _) => complaints.push("a class: plain functions do".to_owned()),
                    _ => {}
                }
            }
            Kind::Number if word.contains('_') || word.ends_with('n') => complaints.push(word.to_owned()),
            Kind::Text => {
                let from_elsewhere =
                    ["http:", "https:", "data:", "javascript:"].iter().any(|it| word.contains(it));
                if from_elsewhere || word.starts_with("//") {
                    complaints.push(format!("the address {word}"));
                }
                let later = LATER_SELECTORS[1..].iter().find(|later| word.contains(**later));
                complaints.extend(later.map(|later| format!("the selector {later}")));
                if word == "style" || word.chars().any(is_han) {
                    complaints.push(format!("the text {word}"));
                }
            }
            Kind::Pattern if ["(?<", "\\p{"].iter().any(|it| word.contains(it)) => {
                complaints.push(word.to_owned())
            }
            _ => {}
        }
    }
    complaints
}

fn is_han(c: char) -> bool {
    ('\u{3400}'..='\u{9fff}').contains(&c)
}

#[test]
fn styles_hold_nothing_that_chromium_78_lacks() {
    for (name, css) in files(&folder("assets"), "css") {
        assert_eq!(complaints_of_css(&css), [""; 0], "{name}");
    }
}

#[test]
fn the_script_is_es2017() {
    for (name, script) in files(&folder("assets"), "js") {
        assert_eq!(complaints_of_script(&script), [""; 0], "{name}");
    }
}

#[test]
fn what_came_later_is_found_in_styles() {
    for css in [
        "a { gap: 1px; display: flex }",
        "a { color: red; b { color: blue } }",
        "a:is(b) { }",
        "@layer x { a { } }",
        "@container (width > 1px) { a { } }",
        "@media (width < 100px) { a { } }",
        "a { aspect-ratio: 1 }",
        "a { inset-inline: 0 }",
        "a { width: min(1px, 2px) }",
        "a { width: calc(100% - max(1px, 2px)) }",
        "a { background: url(data:image/png;base64,AA) }",
        "a:focus-visible { }",
        "a:not(b, c) { }",
        "a { height: 100dvh }",
        "a { appearance: none }",
        "a { overflow-wrap: anywhere }",
    ] {
        assert_ne!(complaints_of_css(css), [""; 0], "{css}");
    }
    for css in [
        "a { display: grid; gap: 1px; grid-template-columns: minmax(0, 1fr) }",
        "@media (max-width: 1px) { a { color: red } }",
        "@supports selector(:focus-visible) { a:not(:focus-visible) { outline: none } }",
        "/* :is( */ a::before { content: \"min(\" }",
    ] {
        assert_eq!(complaints_of_css(css), [""; 0], "{css}");
    }
}

#[test]
fn what_came_later_is_found_in_scripts() {
    for script in [
        "a?.b",
        "a ?? b",
        "a ||= b",
        "x = { ...y }",
        "try { } catch { }",
        "async function* f() {}",
        "1_000",
        "10n",
        "class A { b = 1; }",
        "a.replaceAll('b', 'c')",
        "a.at(-1)",
        "for await (const a of b) {}",
        "fetch('https://a.example')",
        "q(':has(a)')",
        "e.setAttribute('style', 'x')",
        "eval(a)",
        "/(?<year>a)/",
        "x = '打印'",
        "`${a?.b}`",
    ] {
        assert_ne!(complaints_of_script(script), [""; 0], "{script}");
    }
    for script in [
        "f(...a)",
        "const at = any.length",
        "[...a]",
        "a ? .5 : b",
        "/* a?.b */ 'a?.b'",
        "// 打印\nx",
        "async () => { await a; }",
        "a / b / c",
        "x = /[/]a?.b/.test(c)",
        "`a ${b} c`",
        "try { } catch (e) { }",
    ] {
        assert_eq!(complaints_of_script(script), [""; 0], "{script}");
    }
}
