//! The keys of a site that is being set up.

use yanzhen_link::Identity;
use yanzhen_link::identity::IdentityError;

use crate::failure::Failure;
use crate::folder::DataFolder;

/// Loads the keys that an earlier attempt left in the folder, or makes new ones and saves them: a token that
/// was used once is bound to them.
pub fn load_or_make(folder: &DataFolder) -> Result<Identity, Failure> {
    let path = folder.identity();
    match Identity::load(&path) {
        Ok(identity) => Ok(identity),
        Err(IdentityError::Missing(_)) => {
            let identity = Identity::generate();
            identity.save(&path).map_err(|error| unusable("the site's keys can't be saved", error))?;
            Ok(identity)
        }
        Err(error) => Err(unusable("the keys of an earlier attempt can't be read", error)),
    }
}

/// What to do is part of the error's words.
fn unusable(what: &str, error: IdentityError) -> Failure {
    Failure::failed(what).why(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_attempt_uses_the_keys_of_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let folder = DataFolder::create(folder.path().join("site")).unwrap();
        let first = load_or_make(&folder).unwrap();
        let second = load_or_make(&folder).unwrap();
        assert_eq!(first.site(), second.site());
    }

    #[test]
    fn damaged_keys_are_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let folder = DataFolder::create(folder.path().join("site")).unwrap();
        std::fs::write(folder.identity(), "damaged").unwrap();
        assert!(load_or_make(&folder).is_err());
        assert_eq!(std::fs::read_to_string(folder.identity()).unwrap(), "damaged");
    }
}
