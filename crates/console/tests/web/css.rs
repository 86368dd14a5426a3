//! Just enough of CSS to look at each rule by itself.

/// One rule: what it is for and what it sets.
#[derive(Default)]
pub(crate) struct Rule {
    /// The selectors, or the at-rule's name with what follows.
    pub(crate) prelude: String,
    /// Property and value.
    pub(crate) declarations: Vec<(String, String)>,
    /// The at-rules around it, from the outside.
    pub(crate) around: Vec<String>,
    /// Whether it stands inside a rule that sets something itself.
    pub(crate) is_nested: bool,
}

/// All rules of a style sheet, also those inside others.
pub(crate) fn rules(css: &str) -> Vec<Rule> {
    let (mut done, mut open): (Vec<Rule>, Vec<Rule>) = (Vec::new(), Vec::new());
    let mut text = String::new();
    for c in plain(css).chars() {
        match c {
            '{' => {
                let around: Vec<String> = open.iter().map(|rule| rule.prelude.clone()).collect();
                let is_nested = around.last().is_some_and(|around| !around.starts_with('@'));
                let prelude = std::mem::take(&mut text).trim().to_owned();
                open.push(Rule { prelude, around, is_nested, ..Rule::default() });
            }
            ';' | '}' => {
                let declaration = std::mem::take(&mut text);
                if let (Some(rule), Some((name, value))) = (open.last_mut(), declaration.split_once(':')) {
                    rule.declarations.push((name.trim().to_owned(), value.trim().to_owned()));
                }
                if c == '}' {
                    done.push(open.pop().expect("each brace that closes has one that opens"));
                }
            }
            c => text.push(c),
        }
    }
    assert!(open.is_empty(), "a rule does not end: {}", open[0].prelude);
    done
}

/// Without comments and without what stands in quotation marks.
fn plain(css: &str) -> String {
    let mut plain = String::new();
    let mut rest = css;
    while let Some(c) = rest.chars().next() {
        let skipped = match c {
            '/' if rest.starts_with("/*") => rest.find("*/").map(|at| at + 2),
            '"' | '\'' => rest[1..].find(c).map(|at| at + 2),
            _ => None,
        };
        if skipped.is_none() {
            plain.push(c);
        }
        rest = &rest[skipped.unwrap_or(c.len_utf8())..];
    }
    plain
}
