//! A document as GB/T 9704 sets it: red head, number, signer of what goes up, title, text, notes at the end.

use yanzhen_bureau::kinds::document::direction;
use yanzhen_proto::v1::{Document, DocumentDirection, DocumentUrgency};

use super::draft::names;
use crate::console::Console;
use crate::format;

/// What `documents/paper.html` sets.
pub(super) struct Paper {
    pub(super) urgency: &'static str,
    pub(super) head: String,
    pub(super) number: String,
    /// 签发人, on what goes up.
    pub(super) signer: String,
    pub(super) title: String,
    pub(super) to: String,
    pub(super) blocks: Vec<Block>,
    pub(super) attachments: Vec<String>,
    pub(super) issuer: String,
    pub(super) day: String,
    pub(super) copy: String,
    /// What whoever passes it on says.
    pub(super) covering_note: String,
    pub(super) is_recalled: bool,
}

/// A part of the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// 一、
    First(String),
    /// （一）
    Second(String),
    Paragraph(String),
}

impl Block {
    /// Of a heading 1 or 2; 0 for a paragraph.
    pub(super) fn level(&self) -> u8 {
        match self {
            Block::First(_) => 1,
            Block::Second(_) => 2,
            Block::Paragraph(_) => 0,
        }
    }

    /// What it says.
    pub(super) fn text(&self) -> &str {
        let (Block::First(text) | Block::Second(text) | Block::Paragraph(text)) = self;
        text
    }
}

impl Paper {
    /// Sets a document; one that has no number or day yet leaves their places open.
    pub(super) fn of(console: &Console, document: &Document, today: &str) -> Paper {
        let bureau = console.bureau();
        let issuer = match document.issuer.is_empty() {
            true => bureau.own_unit().map(|unit| bureau.unit_name(unit)).unwrap_or_default(),
            false => document.issuer.clone(),
        };
        let goes_up = direction(document) == DocumentDirection::Up;
        let day = match document.published_ms {
            0 => today.to_owned(),
            at => format::chinese_day(&format::day_of(at)),
        };
        Paper {
            urgency: match document.urgency() {
                DocumentUrgency::Unspecified => "",
                DocumentUrgency::Urgent => "加急",
                DocumentUrgency::MostUrgent => "特急",
            },
            head: format!("{issuer}文件"),
            number: document.number.clone(),
            signer: if goes_up { document.signer.clone() } else { String::new() },
            title: document.title.clone(),
            to: names(console, &document.to, &document.to_branches).join("，"),
            blocks: blocks(&document.body),
            attachments: document.attachments.iter().map(|file| stem(&file.name).to_owned()).collect(),
            issuer,
            day,
            copy: names(console, &document.copy, &document.copy_branches).join("、"),
            covering_note: document.covering_note.clone(),
            is_recalled: document.recalled_ms > 0,
        }
    }
}

/// The text's parts: one line, one paragraph; `#` begins a heading of the first level, `##` one of the second.
fn blocks(body: &str) -> Vec<Block> {
    let lines = body.lines().map(str::trim).filter(|line| !line.is_empty());
    let block = |line: &str| match (line.strip_prefix("## "), line.strip_prefix("# ")) {
        (Some(heading), _) => Block::Second(heading.trim().to_owned()),
        (None, Some(heading)) => Block::First(heading.trim().to_owned()),
        (None, None) => Block::Paragraph(line.to_owned()),
    };
    lines.map(block).collect()
}

/// A file's name without its extension.
fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_paragraphs_and_marks_make_headings() {
        let text = "开头\n\n# 一、对象\n## （一）范围。\n#没有空格\n  正文  ";
        let expected = [
            Block::Paragraph("开头".into()),
            Block::First("一、对象".into()),
            Block::Second("（一）范围。".into()),
            Block::Paragraph("#没有空格".into()),
            Block::Paragraph("正文".into()),
        ];
        assert_eq!(blocks(text), expected);
        assert_eq!((stem("附件1.表.docx"), stem("名单")), ("附件1.表", "名单"));
    }
}
