//! Where tasks come from. A source is a function and a line in [`gather`]: who may not do it is not shown it.

use yanzhen_bureau::documents::{DocumentView, Issued};
use yanzhen_bureau::kinds::branch_rules::BranchAlert;
use yanzhen_bureau::{Bureau, BureauError, Day};
use yanzhen_proto::v1::Trouble;

use super::task::Task;
use crate::accounts::{Accounts, Right};
use crate::console::Console;
use crate::format;
use crate::pages::documents::{WaitingDraft, waiting_drafts};
use crate::problem::Problem;
use crate::texts::{Texts, Told};
use crate::visitor::Visitor;

/// Everything that the one who asks is to do.
pub(super) async fn gather(
    console: &Console,
    visitor: &Visitor,
    troubles: &[Trouble],
    t: &'static Texts,
) -> Result<Vec<Task>, Problem> {
    let bureau = console.bureau();
    let mut tasks = Vec::new();
    if visitor.may(Right::HandleDocuments) || visitor.may(Right::IssueDocuments) {
        tasks.extend(documents(bureau, visitor, t).await?);
    }
    if visitor.may(Right::IssueDocuments) {
        tasks.extend(drafts(console, visitor, t).await?);
    }
    if visitor.may(Right::WriteRecords) {
        tasks.extend(transfers(bureau, t).await?);
    }
    if visitor.may(Right::WriteRecords) {
        tasks.extend(branches(bureau, t).await?);
        tasks.extend(refused_rows(console, &visitor.account()?.login, t));
    }
    if visitor.may(Right::SeeSites) {
        let told = |trouble| in_trouble(Told::of(trouble, visitor.language, console.now()), t);
        tasks.extend(troubles.iter().map(told));
    }
    if visitor.may(Right::ManageAccounts) {
        tasks.extend(not_set_up(console.accounts(), t).await?);
        tasks.extend(locked(console, t).await?);
    }
    Ok(tasks)
}

/// Documents that wait for the site's own unit, as far as the one who asks may deal with them.
async fn documents(bureau: &Bureau, visitor: &Visitor, t: &'static Texts) -> Result<Vec<Task>, BureauError> {
    let waiting = bureau.documents_waiting().await?;
    let came_in = |document: &DocumentView, act| Task {
        deadline: Day::parse(&document.document.deadline).ok(),
        is_trouble: false,
        title: document.document.title.clone(),
        more: format!("{} · {}", document.document.number, document.document.issuer),
        href: format!("/inbox/{}", document.id),
        act,
    };
    let to_chase = |issued: &Issued| {
        let counts = &issued.counts;
        let settled = counts.returned + if issued.needs_reply { counts.replied } else { counts.signed };
        let open = counts.recipients.saturating_sub(settled);
        Task {
            deadline: Day::parse(&issued.deadline).ok(),
            is_trouble: false,
            title: issued.title.clone(),
            more: format!("{} · {open} {}", issued.number, t.home.not_settled),
            href: format!("/documents/{}", issued.id),
            act: t.home.chase,
        }
    };
    let mut tasks = Vec::new();
    if visitor.may(Right::HandleDocuments) {
        tasks.extend(waiting.to_sign.iter().map(|document| came_in(document, t.home.sign)));
        tasks.extend(waiting.to_answer.iter().map(|document| came_in(document, t.home.answer)));
    }
    if visitor.may(Right::IssueDocuments) {
        tasks.extend(waiting.to_chase.iter().map(to_chase));
    }
    Ok(tasks)
}

/// Drafts whose next step is the one's who asks.
async fn drafts(console: &Console, visitor: &Visitor, t: &'static Texts) -> Result<Vec<Task>, Problem> {
    let task = |draft: WaitingDraft| Task {
        deadline: None,
        is_trouble: true,
        title: draft.title,
        more: draft.state.to_owned(),
        href: draft.href,
        act: t.home.go_on,
    };
    Ok(waiting_drafts(console, visitor).await?.into_iter().map(task).collect())
}

/// People on their way from one unit to another, as long as somebody here has to do something.
async fn transfers(bureau: &Bureau, t: &'static Texts) -> Result<Vec<Task>, BureauError> {
    let alerts = bureau.transfer_alerts().await?;
    let counted = |people: u64, soon: u64, what: &str, act| {
        (people > 0).then(|| Task {
            deadline: None,
            is_trouble: soon > 0,
            title: format!("{people} {what}"),
            more: if soon > 0 { format!("{soon} {}", t.home.letters_run_out) } else { String::new() },
            href: "/transfers".to_owned(),
            act,
        })
    };
    let to_answer = counted(alerts.to_answer, alerts.to_answer_soon, t.home.transfers_in, t.home.answer);
    let under_way = counted(alerts.running_out, alerts.running_out, t.home.transfers_out, t.home.see);
    Ok(to_answer.into_iter().chain(under_way).collect())
}

/// Terms that have ended or will soon, one by one; what many branches lack, counted; and absences.
async fn branches(bureau: &Bureau, t: &'static Texts) -> Result<Vec<Task>, BureauError> {
    let alerts = bureau.alerts(bureau.own_unit()).await?;
    let mut tasks = Vec::new();
    let (mut vacant, mut numbers) = (0_u64, 0_u64);
    let directory = bureau.store().directory();
    let is_ours = |unit| directory.home(unit).is_some_and(|home| home.site == bureau.store().me());
    for org in alerts.orgs.iter().filter(|org| is_ours(org.unit)) {
        let mut lacks = (false, false);
        for alert in &org.alerts {
            match alert {
                BranchAlert::TermNear { on, .. } | BranchAlert::TermOver { on, .. } => tasks.push(Task {
                    deadline: Some(*on),
                    is_trouble: false,
                    title: org.name.clone(),
                    more: t.home.term_ends.to_owned(),
                    href: format!("/orgs/{}", org.org),
                    act: t.home.see,
                }),
                BranchAlert::NoSecretary | BranchAlert::SeatsVacant { .. } => lacks.0 = true,
                BranchAlert::TooFewMembers { .. }
                | BranchAlert::TooManyMembers { .. }
                | BranchAlert::ManySeats { .. }
                | BranchAlert::TermLong { .. } => lacks.1 = true,
            }
        }
        (vacant, numbers) = (vacant + u64::from(lacks.0), numbers + u64::from(lacks.1));
    }
    let away = alerts.away.iter().filter(|view| is_ours(view.notice.unit)).count();
    let counted = |count: u64, what: &str, href: &str| {
        (count > 0).then(|| Task {
            deadline: None,
            is_trouble: false,
            title: format!("{count} {what}"),
            more: String::new(),
            href: href.to_owned(),
            act: t.home.see,
        })
    };
    tasks.extend(counted(vacant, t.home.posts_vacant, "/alerts"));
    tasks.extend(counted(numbers, t.home.numbers_wrong, "/alerts"));
    tasks.extend(counted(away as u64, t.home.away_too_long, "/alerts"));
    Ok(tasks)
}

/// Why the site, or one below it, is not in sync.
fn in_trouble(told: Told, t: &'static Texts) -> Task {
    Task {
        deadline: None,
        is_trouble: true,
        title: told.what,
        more: told.why,
        href: "/sync".to_owned(),
        act: t.home.see,
    }
}

/// Rows of the own imports that were refused: only whoever sent the file can mend it.
fn refused_rows(console: &Console, account: &str, t: &'static Texts) -> Vec<Task> {
    let task = |(key, name, rows): (String, String, u64)| Task {
        deadline: None,
        is_trouble: true,
        title: format!("{} {}", format::count(rows), t.home.rows_refused),
        more: name,
        href: format!("/imports/{key}"),
        act: t.home.mend,
    };
    console.imports().refused(account).into_iter().map(task).collect()
}

/// Accounts that somebody has failed to sign in to until they were locked: the owner may need a new link.
async fn locked(console: &Console, t: &'static Texts) -> Result<Vec<Task>, Problem> {
    let now = console.now();
    let task = |(account, until): (crate::accounts::Account, i64)| Task {
        deadline: None,
        is_trouble: true,
        title: format!("{} {}", account.name, account.login),
        more: format!("{} {}", t.home.locked_until, format::time(until, now)),
        href: "/accounts".to_owned(),
        act: t.home.see,
    };
    Ok(console.accounts().locked().await?.into_iter().map(task).collect())
}

/// Accounts whose owners have not chosen a password yet.
async fn not_set_up(accounts: &Accounts, t: &'static Texts) -> Result<Vec<Task>, Problem> {
    let accounts = accounts.list().await?;
    let waiting = accounts.iter().filter(|account| !(account.is_set_up || account.is_closed));
    let task = |account: &crate::accounts::Account| Task {
        deadline: None,
        is_trouble: false,
        title: format!("{} {}", account.name, account.login),
        more: t.home.no_password_yet.to_owned(),
        href: "/accounts".to_owned(),
        act: t.home.see,
    };
    Ok(waiting.map(task).collect())
}
