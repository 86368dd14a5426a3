//! What waits for the site's own unit: to sign for, to answer, to chase.

use super::{DocumentView, Issued, Stage};
use crate::Bureau;
use crate::error::BureauError;
use crate::kinds::day::Day;

/// Days before its deadline when a document of one's own is worth a look at who has not finished.
const CHASE_DAYS: i64 = 3;

/// Documents of its own that a unit chases, the newest.
const CHASED: u32 = 200;

/// What is to be done, each with what comes first at the front: by deadline, those without one last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Waiting {
    /// Came in and is not signed for.
    pub to_sign: Vec<DocumentView>,
    /// Signed for, and asks for an answer; or a 请示 from below.
    pub to_answer: Vec<DocumentView>,
    /// Issued here, due soon or overdue, and not finished by everyone.
    pub to_chase: Vec<Issued>,
}

impl Bureau {
    /// What waits for the site's own unit.
    pub async fn documents_waiting(&self) -> Result<Waiting, BureauError> {
        let mut waiting = Waiting::default();
        for view in self.inbox(false).await? {
            let stage = view.receipt.as_ref().map_or(Stage::Sent, |receipt| receipt.stage);
            if stage < Stage::Signed {
                waiting.to_sign.push(view);
            } else if view.document.needs_reply {
                waiting.to_answer.push(view);
            }
        }
        let today = self.today();
        for issued in self.issued(0, CHASED).await?.rows {
            if chased(&issued, today) {
                waiting.to_chase.push(issued);
            }
        }
        let order = |deadline: &String| (deadline.is_empty(), deadline.clone());
        waiting.to_sign.sort_by_key(|view| order(&view.document.deadline));
        waiting.to_answer.sort_by_key(|view| order(&view.document.deadline));
        waiting.to_chase.sort_by_key(|issued| order(&issued.deadline));
        Ok(waiting)
    }
}

fn chased(issued: &Issued, today: Day) -> bool {
    let counts = &issued.counts;
    let done = if issued.needs_reply { counts.replied } else { counts.signed };
    let open = issued.recalled == 0 && !issued.is_replaced && done + counts.returned < counts.recipients;
    let deadline = Day::normal(&issued.deadline).ok();
    let near =
        deadline.and_then(|deadline| today.days_until(deadline)).is_some_and(|days| days <= CHASE_DAYS);
    open && near
}
