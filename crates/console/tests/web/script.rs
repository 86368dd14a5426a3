//! Just enough of JavaScript to tell words from what stands in strings, patterns and comments.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Word,
    Number,
    /// A string, or a part of a template.
    Text,
    /// A regular expression with its flags.
    Pattern,
    Mark,
}

/// A word, a mark, or a literal.
#[derive(Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) text: String,
}

/// Marks of more than one character; longer ones first.
const MARKS: [&str; 8] = ["...", "??=", "||=", "&&=", "??", "?.", "=>", "**"];

/// The tokens of a script.
pub(crate) fn tokens(script: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    // For each template that is open, how many braces are open inside its expression.
    let mut templates: Vec<usize> = Vec::new();
    let mut rest = script;
    while let Some(c) = rest.chars().next() {
        let (kind, length) = match c {
            _ if c.is_whitespace() => (None, c.len_utf8()),
            '/' if rest.starts_with("//") => (None, rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => (None, rest.find("*/").expect("a comment ends") + 2),
            '/' if begins_value(tokens.last()) => (Some(Kind::Pattern), pattern_length(rest)),
            '"' | '\'' => (Some(Kind::Text), until(rest, |rest| rest.starts_with(c)) + 1),
            '`' => {
                templates.push(0);
                (Some(Kind::Text), template_length(rest))
            }
            '}' if templates.last() == Some(&0) => (Some(Kind::Text), template_length(rest)),
            _ if c.is_ascii_digit() => (Some(Kind::Number), word_length(rest)),
            _ if c.is_alphabetic() || c == '_' || c == '$' => (Some(Kind::Word), word_length(rest)),
            _ => (Some(Kind::Mark), mark_length(rest, c)),
        };
        let text = &rest[..length];
        if kind == Some(Kind::Text) && text.ends_with('`') && (text.len() > 1 || !text.starts_with('`')) {
            templates.pop();
        }
        match (kind, text, templates.last_mut()) {
            (Some(Kind::Mark), "{", Some(depth)) => *depth += 1,
            (Some(Kind::Mark), "}", Some(depth)) => *depth -= 1,
            _ => {}
        }
        let inner = if kind == Some(Kind::Text) { text.trim_matches(['"', '\'', '`']) } else { text };
        tokens.extend(kind.map(|kind| Token { kind, text: inner.to_owned() }));
        rest = &rest[length..];
    }
    tokens
}

/// Whether a slash after this begins a pattern, and is no division.
fn begins_value(before: Option<&Token>) -> bool {
    before.is_none_or(|token| match token.kind {
        Kind::Mark => !matches!(token.text.as_str(), ")" | "]" | "}"),
        Kind::Word => matches!(token.text.as_str(), "return" | "typeof" | "case" | "in"),
        _ => false,
    })
}

/// Bytes up to where something holds, past the first character and past what is escaped.
fn until(text: &str, holds: impl Fn(&str) -> bool) -> usize {
    let mut at = 1;
    while !holds(&text[at..]) {
        let step = |at: usize| text[at..].chars().next().expect("a literal ends").len_utf8();
        at += if text[at..].starts_with('\\') { 1 + step(at + 1) } else { step(at) };
    }
    at
}

/// Up to the end of a template, or of the part before an expression.
fn template_length(rest: &str) -> usize {
    let end = until(rest, |rest| rest.starts_with('`') || rest.starts_with("${"));
    if rest[end..].starts_with('`') { end + 1 } else { end + 2 }
}

fn pattern_length(rest: &str) -> usize {
    let mut at = 1;
    loop {
        at += until(&rest[at - 1..], |rest| rest.starts_with(['/', '['])) - 1;
        if rest[at..].starts_with('/') {
            return at + 1 + rest[at + 1..].find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len() - at - 1);
        }
        at += until(&rest[at..], |rest| rest.starts_with(']')) + 1;
    }
}

fn word_length(rest: &str) -> usize {
    rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(rest.len())
}

fn mark_length(rest: &str, c: char) -> usize {
    // A question mark before a number like .5 chooses, it does not ask for a member.
    let is_choice = rest.starts_with("?.") && rest[2..].starts_with(|c: char| c.is_ascii_digit());
    let long = MARKS.iter().find(|mark| rest.starts_with(**mark)).filter(|_| !is_choice);
    long.map_or(c.len_utf8(), |mark| mark.len())
}
