//! `invitations`: what became of the tokens that were made, and taking one back.

use yanzhen_proto::v1::TroubleKind;
use yanzhen_site::Failure;
use yanzhen_site::named::Named;
use yanzhen_site::runtime::Site;
use yanzhen_store::{Expected, WriteError};

use crate::invitation::{self, Fate, Invitation, InvitationError};

/// Times that a withdrawal is tried again when another write came between.
const CONFLICT_RETRIES: usize = 3;

/// Digits at an id's end that name it, at least.
const FEWEST_DIGITS: usize = 4;

/// All invitations: what still counts first, then the latest.
pub(crate) async fn list(site: &Site) -> Result<Vec<Invitation>, Failure> {
    let mut invitations = invitation::list(&site.store).await.map_err(unreadable)?;
    let now = site.store.clock().now();
    invitations.sort_by_key(|one| (one.fate(now) != Fate::Open, std::cmp::Reverse(one.expires)));
    Ok(invitations)
}

/// Withdraws the one invitation whose id ends with `digits`. Doing it again changes nothing.
pub(crate) async fn withdraw(site: &Site, digits: &str) -> Result<Invitation, Failure> {
    let id = find(&list(site).await?, digits)?.id;
    for _ in 0..CONFLICT_RETRIES {
        let found = invitation::read_one(&site.store, id).await.map_err(unreadable)?;
        let (invitation, version) = found.ok_or_else(|| none(digits))?;
        if invitation.used_by.is_some() {
            return Err(Failure::refused("the invitation can't be withdrawn")
                .why("a site has joined with it")
                .next("see `sites`")
                .of(TroubleKind::InvitationUsed));
        }
        if invitation.withdrawn.is_some() {
            return Ok(invitation);
        }
        let withdrawn = Invitation { withdrawn: Some(site.store.clock().now().max(1)), ..invitation };
        let write = withdrawn.write(site.store.directory().genesis().unit, Expected::At(version));
        match site.store.write(write).await {
            Ok(_) => return Ok(withdrawn),
            // Somebody is joining with it at this moment.
            Err(WriteError::Conflict { .. }) => {}
            Err(error) => return Err(Failure::failed("the invitation could not be withdrawn").why(error)),
        }
    }
    Err(Failure::failed("the invitation could not be withdrawn")
        .why("it was changed again and again in the meantime")
        .next("see `invitations list`, and try again"))
}

fn find<'a>(invitations: &'a [Invitation], digits: &str) -> Result<&'a Invitation, Failure> {
    let digits = digits.trim().to_lowercase();
    if digits.len() < FEWEST_DIGITS {
        return Err(Failure::refused(format!("{digits:?} does not name an invitation"))
            .why(format!("at least {FEWEST_DIGITS} digits are needed"))
            .next("take the id that `invitations list` shows"));
    }
    let mut found = invitations.iter().filter(|one| one.id.to_string().ends_with(&digits));
    match (found.next(), found.count()) {
        (None, _) => Err(none(&digits)),
        (Some(one), 0) => Ok(one),
        (Some(_), more) => Err(Failure::refused(format!("{} invitations end with {digits}", more + 1))
            .next("give more digits of the id")),
    }
}

fn none(digits: &str) -> Failure {
    Failure::refused(format!("there is no invitation {digits}"))
        .next("take the id that `invitations list` shows")
        .of(TroubleKind::InvitationUnknown)
}

fn unreadable(error: InvitationError) -> Failure {
    Failure::failed("the invitations can't be read").why(error)
}

#[cfg(test)]
mod tests {
    use yanzhen_link::{InvitationId, Secret};
    use yanzhen_sync::directory::Role;
    use yanzhen_sync::{SiteId, UnitId};

    use super::*;

    fn invitation(first: u8) -> Invitation {
        let mut id = [7; 16];
        id[0] = first;
        Invitation {
            id: InvitationId::new(id),
            unit: UnitId::new([1; 16]),
            role: Role::Node,
            parent: SiteId::new([1; 32]),
            secret: Secret::generate(),
            made: 1,
            expires: 10,
            used_by: None,
            withdrawn: None,
        }
    }

    #[test]
    fn an_invitation_is_named_by_as_many_digits_as_tell_it_from_others() {
        let all = [invitation(1), invitation(2)];
        let whole = all[1].id.to_string();
        assert_eq!(find(&all, &whole).unwrap().id, all[1].id);
        assert!(find(&all, &whole.to_uppercase()).is_ok());
        let several = find(&all, "0707").map(|one| one.id).unwrap_err();
        assert!(several.what.starts_with("2 invitations"), "{several}");
        for digits in ["", "707", "0708"] {
            assert!(find(&all, digits).is_err(), "{digits}");
        }
    }

    #[test]
    fn the_fate_of_an_invitation_is_decided_by_the_first_that_befell_it() {
        let open = invitation(1);
        assert_eq!((open.fate(10), open.fate(11)), (Fate::Open, Fate::Expired));
        let withdrawn = Invitation { withdrawn: Some(3), ..open.clone() };
        assert_eq!(withdrawn.fate(11), Fate::Withdrawn);
        let used = Invitation { used_by: Some(SiteId::new([2; 32])), ..open };
        assert_eq!(used.fate(11), Fate::Used);
    }
}
