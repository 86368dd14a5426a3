//! What its recipients have done with a document, cell by cell: on its page, and in the stream that keeps the page fresh.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use yanzhen_bureau::documents::{DocumentView, ReceiptView, Stage, StageCounts, is_open};
use yanzhen_bureau::kinds::receipt;
use yanzhen_proto::v1::{Document, SiteState};
use yanzhen_sync::{RecordId, UnitId};

use super::read::Deadline;
use super::words;
use crate::console::Console;
use crate::format;
use crate::problem::Problem;
use crate::texts::{Language, Texts};

/// How many have come how far.
#[derive(Template)]
#[template(path = "documents/funnel.html")]
pub(super) struct Funnel {
    pub(super) t: &'static Texts,
    pub(super) counts: StageCounts,
}

/// Recipients below the same unit.
pub(super) struct Group {
    /// Empty where there is only one group.
    pub(super) name: String,
    pub(super) rows: Vec<Row>,
}

pub(super) struct Row {
    pub(super) code: String,
    /// Tells its cells from those of other rows.
    pub(super) key: String,
    pub(super) unit: String,
    pub(super) is_copy: bool,
    pub(super) can_remind: bool,
    pub(super) cells: [Cell; 8],
}

/// What stands in a cell, with the row's code its name in the stream.
#[derive(Template)]
#[template(path = "documents/receipt_cell.html")]
pub(super) struct Cell {
    pub(super) key: &'static str,
    /// Class and icon.
    mark: Option<(&'static str, &'static str)>,
    text: String,
    /// A second line.
    note: String,
    /// Files to open: address and name.
    files: Vec<(String, String)>,
}

/// The cells of a document's page by their names.
pub(crate) async fn live(
    console: &Console,
    id: RecordId,
    language: Language,
) -> Result<BTreeMap<String, String>, Problem> {
    let matrix = console.bureau().receipts(id).await?;
    let view = matrix.document.as_ref().ok_or_else(Problem::not_found)?;
    let looker = Looker::of(console, view, language).await;
    let unmade = |error| Problem::internal(&error);
    let counts = Funnel { t: looker.t, counts: matrix.counts }.render().map_err(unmade)?;
    let mut cells = BTreeMap::from([("counts".to_owned(), counts)]);
    for receipt in &matrix.rows {
        for cell in looker.cells(receipt) {
            cells.insert(format!("{}-{}", cell.key, key_of(receipt)), cell.render().map_err(unmade)?);
        }
    }
    Ok(cells)
}

/// The rows of a document's page; `can_remind` tells whether who looks may send reminders.
pub(super) async fn groups(
    console: &Console,
    view: &DocumentView,
    receipts: &[ReceiptView],
    language: Language,
    can_remind: bool,
) -> Vec<Group> {
    let looker = Looker::of(console, view, language).await;
    let directory = console.bureau().store().directory();
    let parents: BTreeSet<UnitId> = directory.units().filter_map(|unit| unit.parent).collect();
    // The unit right below the issuer that a recipient is or belongs to; none for one that has nobody below it.
    let top = |unit: UnitId| {
        let below = directory.unit_path(unit).take_while(|above| *above != view.unit);
        below.last().filter(|top| parents.contains(top))
    };
    let mut groups: Vec<(Option<UnitId>, Group)> = Vec::new();
    for receipt in receipts {
        let top = top(receipt.to.unit);
        let row = looker.row(receipt, can_remind);
        match groups.iter_mut().find(|(of, _)| *of == top) {
            Some((_, group)) => group.rows.push(row),
            None => {
                let direct = || looker.t.documents.direct_units.to_owned();
                let name = top.map_or_else(direct, |unit| console.bureau().unit_name(unit));
                groups.push((top, Group { name, rows: vec![row] }));
            }
        }
    }
    groups.sort_by_key(|(top, _)| top.is_none());
    if let [(_, only)] = groups.as_mut_slice() {
        only.name.clear();
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// Whoever looks at a document's receipts: when, in which language, and which sites are away.
struct Looker<'d> {
    id: RecordId,
    document: &'d Document,
    t: &'static Texts,
    language: Language,
    now: i64,
    deadline: Deadline,
    /// Codes of units whose sites are not heard of.
    away: BTreeSet<String>,
}

impl Looker<'_> {
    async fn of<'d>(console: &Console, view: &'d DocumentView, language: Language) -> Looker<'d> {
        // Where the site can't tell, nobody is said to be away.
        let sites = console.platform().sites().await.map(|reply| reply.sites).unwrap_or_default();
        let is_away = |state| matches!(state, SiteState::Offline | SiteState::Never);
        let away = sites.into_iter().filter(|site| is_away(site.state())).map(|site| site.unit_code);
        let document = &view.document;
        Looker {
            id: view.id,
            document,
            t: language.texts(),
            language,
            now: console.now(),
            deadline: Deadline::of(&document.deadline, console.bureau().today(), document.recalled_ms > 0),
            away: away.collect(),
        }
    }

    fn row(&self, view: &ReceiptView, can_remind: bool) -> Row {
        Row {
            code: view.code.clone(),
            key: key_of(view),
            unit: if view.branch.is_empty() { view.name.clone() } else { view.branch.clone() },
            is_copy: view.copy,
            can_remind: can_remind
                && view.branch.is_empty()
                && view.stage != Stage::Waiting
                && is_open(self.document, &view.receipt),
            cells: self.cells(view),
        }
    }

    fn cells(&self, view: &ReceiptView) -> [Cell; 8] {
        let (d, receipt) = (&self.t.documents, &view.receipt);
        let plain = |key, text: &str| Cell {
            key,
            mark: None,
            text: format::or_dash(text).to_owned(),
            note: String::new(),
            files: Vec::new(),
        };
        let waits = if view.stage == Stage::Waiting { d.no_site } else { "" };
        let stage =
            Cell { note: waits.to_owned(), ..plain("stage", words::stage(self.language, view.stage)) };
        let path = format!("/documents/{}/replies/{}", self.id, receipt::id_of(self.id, view.to));
        let names = receipt.attachments.iter().map(|attachment| attachment.name.clone());
        let files = names.enumerate().map(|(place, name)| (format!("{path}/{place}"), name)).collect();
        let reply = match receipt.returned_ms {
            0 => Cell { files, ..plain("reply", &receipt.reply) },
            at => Cell {
                key: "reply",
                mark: Some(("rc-l", "bad")),
                text: format!("{} {}", d.returned, format::time(at, self.now)),
                note: receipt.return_reason.clone(),
                files: Vec::new(),
            },
        };
        let reminder = view.reminder.clone().unwrap_or_default();
        let reminded = reminder.times.last().map(|last| format::time(last.at_ms, self.now));
        let reminded = reminded.map(|at| format!("{} · {at}", reminder.count)).unwrap_or_default();
        let step = |key, at, owed| self.step(key, at, owed, view);
        [
            stage,
            step("delivered", receipt.delivered_ms, ""),
            step("read", receipt.read_ms, d.to_read),
            step("signed", receipt.signed_ms, d.to_sign),
            step("settled", receipt.replied_ms, if self.document.needs_reply { d.to_reply } else { "" }),
            plain("by", &receipt.signed_by),
            reply,
            plain("reminded", &reminded),
        ]
    }

    /// When a step was taken; where it wasn't, what is `owed`, and whether it is late.
    fn step(&self, key: &'static str, at: i64, owed: &str, view: &ReceiptView) -> Cell {
        let d = &self.t.documents;
        let is_away = self.away.contains(&view.code);
        let is_out_of_reach = view.receipt.delivered_ms == 0 && (is_away || view.stage == Stage::Waiting);
        let (mark, text) = match (key, self.deadline.left) {
            _ if at > 0 => (Some(("rc-y", "check")), format::time(at, self.now)),
            _ if !is_open(self.document, &view.receipt) => (None, "—".to_owned()),
            ("delivered", _) if is_away => (Some(("rc-n", "off")), d.not_delivered.to_owned()),
            ("delivered", _) => (Some(("rc-w", "never")), d.to_deliver.to_owned()),
            _ if is_out_of_reach || owed.is_empty() => (None, "—".to_owned()),
            ("read", _) => (Some(("rc-w", "never")), owed.to_owned()),
            (_, Some(..=-1)) => (Some(("rc-l", "bad")), format!("{owed} · {}", d.overdue)),
            // A deadline is a day: the last 24 hours before its end are that day.
            (_, Some(0)) => (Some(("rc-s", "late")), format!("{owed} · {}", d.due_today)),
            _ => (Some(("rc-w", "never")), owed.to_owned()),
        };
        Cell { key, mark, text, note: String::new(), files: Vec::new() }
    }
}

/// A unit's code; a branch's id.
fn key_of(view: &ReceiptView) -> String {
    view.to.branch.map_or_else(|| view.code.clone(), |branch| branch.to_string())
}

#[cfg(test)]
mod tests {
    use yanzhen_proto::v1::Receipt;

    use super::*;

    /// The cells 送达 to 办结 of a unit that has come so far, with so many days left.
    fn steps(reached: [i64; 4], stage: Stage, is_away: bool, left: Option<i64>, needs_reply: bool) -> String {
        let document = Document { needs_reply, ..Document::default() };
        let looker = Looker {
            id: RecordId::new([7; 16]),
            document: &document,
            t: Language::Chinese.texts(),
            language: Language::Chinese,
            now: 0,
            deadline: Deadline { day: String::new(), left },
            away: is_away.then(|| "990100".to_owned()).into_iter().collect(),
        };
        let [delivered_ms, read_ms, signed_ms, replied_ms] = reached;
        let receipt = Receipt { delivered_ms, read_ms, signed_ms, replied_ms, ..Receipt::default() };
        let view = ReceiptView {
            to: UnitId::new([1; 16]).into(),
            branch: String::new(),
            code: "990100".into(),
            name: "青原州委老干部局".into(),
            copy: false,
            stage,
            receipt,
            reminder: None,
        };
        let cells = looker.cells(&view);
        let said = cells[1..5].iter().map(|cell| match cell.mark {
            Some(("rc-y", _)) => "✓".to_owned(),
            Some((_, icon)) => format!("{icon} {}", cell.text),
            None => cell.text.clone(),
        });
        said.collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn each_step_that_is_owed_says_how_late_it_is() {
        let (sent, all) = (Stage::Sent, [1, 2, 3, 4]);
        for (said, expected) in [
            (steps([0; 4], Stage::Waiting, false, None, true), "never 待送达 | — | — | —"),
            (
                steps([0; 4], sent, false, Some(5), true),
                "never 待送达 | never 待阅 | never 待签收 | never 待反馈",
            ),
            (steps([0; 4], sent, true, Some(-1), true), "off 未送达 | — | — | —"),
            (
                steps([1, 0, 0, 0], Stage::Delivered, true, Some(5), false),
                "✓ | never 待阅 | never 待签收 | —",
            ),
            (steps([1, 2, 0, 0], Stage::Read, false, Some(1), true), "✓ | ✓ | never 待签收 | never 待反馈"),
            (
                steps([1, 2, 0, 0], Stage::Read, false, Some(0), true),
                "✓ | ✓ | late 待签收 · 今天到期 | late 待反馈 · 今天到期",
            ),
            (steps([1, 2, 3, 0], Stage::Signed, false, Some(-1), true), "✓ | ✓ | ✓ | bad 待反馈 · 已逾期"),
            (steps([1, 2, 3, 0], Stage::Signed, false, Some(-1), false), "✓ | ✓ | ✓ | —"),
            (steps(all, Stage::Replied, false, Some(-1), true), "✓ | ✓ | ✓ | ✓"),
        ] {
            assert_eq!(said, expected);
        }
    }
}
