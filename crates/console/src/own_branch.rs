//! What of the records is a branch secretary's: the own branches and the people whose membership is there. The guard
//! asks before the page does, so that a page of one record need not know of it; lists and all else stay closed.

use yanzhen_sync::RecordId;

use crate::accounts::{AccountId, Right};
use crate::console::Console;
use crate::problem::Problem;
use crate::routes::Line;
use crate::visitor::Visitor;

/// What the `{id}` of a route's path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    /// A person.
    Person,
    /// A Party organisation.
    Org,
}

/// Lets a branch secretary through to an own record. Another's is as if it were not there.
pub(crate) async fn admit(
    console: &Console,
    visitor: &Visitor,
    line: &Line,
    id: Option<&str>,
) -> Result<(), Problem> {
    let (Some(own), Some(id), true) = (line.own, id, visitor.may(Right::OwnBranches)) else {
        return Err(Problem::forbidden());
    };
    match is_own(console, visitor.account()?.id, own, id).await? {
        true => Ok(()),
        false => Err(Problem::not_found()),
    }
}

async fn is_own(console: &Console, account: AccountId, own: Own, id: &str) -> Result<bool, Problem> {
    let branch = match own {
        Own::Org => Some(console.bureau().show_org(None, id).await?.id),
        Own::Person => {
            let membership = console.bureau().show_person(None, id).await?.membership;
            membership.and_then(|membership| RecordId::try_from(membership.branch.as_ref()).ok())
        }
    };
    let branches = console.accounts().branches(account).await?;
    Ok(branch.is_some_and(|branch| branches.contains(&branch)))
}
