//! Passwords: argon2id, off the threads that serve pages, a few at once.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use super::AccountError;

/// Characters of a password, at least.
pub const SHORTEST: usize = 10;

/// Characters of a password, at most: enough for any sentence, too few to keep the hash function busy.
pub const LONGEST: usize = 128;

/// Passwords hashed at once: each takes 19 MiB and one core.
const AT_ONCE: usize = 2;

/// Passwords that wait to be checked: two minutes' work for an old machine. Whoever comes then is sent away at once, so
/// that strangers who only ask keep nobody waiting for long.
const MAX_WAITING: usize = 64;

/// Bytes of salt, as RFC 9106 asks for.
const SALT_BYTES: usize = 16;

/// Hashes and checks passwords. Clones share the limit.
#[derive(Clone)]
pub(super) struct Hashing {
    turns: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    /// The hash of a password that nobody has, so that an unknown account takes as long as a known one.
    decoy: Arc<str>,
}

impl Hashing {
    pub(super) fn new() -> Hashing {
        let (turns, waiting) = (Semaphore::new(AT_ONCE), Semaphore::new(MAX_WAITING));
        Hashing { turns: Arc::new(turns), waiting: Arc::new(waiting), decoy: hash("").into() }
    }

    /// The PHC string of a password.
    pub(super) async fn hash(&self, password: String) -> String {
        self.aside(move || hash(&password)).await
    }

    /// Whether the password is the one of this PHC string. Without one the answer is no, and takes as long. Refused where
    /// too many wait.
    pub(super) async fn fits(&self, password: String, phc: Option<String>) -> Result<bool, AccountError> {
        let _place = self.waiting.try_acquire().map_err(|_| AccountError::Busy)?;
        let (phc, is_known) = match phc {
            Some(phc) if !phc.is_empty() => (phc, true),
            _ => (self.decoy.to_string(), false),
        };
        Ok(self.aside(move || verify(&password, &phc)).await && is_known)
    }

    async fn aside<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let turn = self.turns.clone().acquire_owned().await.expect("the semaphore is never closed");
        // The turn goes with the work: who asked may have gone away while it still runs.
        let work = move || {
            let _turn = turn;
            work()
        };
        tokio::task::spawn_blocking(work).await.expect("hashing does not panic")
    }
}

fn hash(password: &str) -> String {
    let salt: [u8; SALT_BYTES] = rand::random();
    let hashed: Result<PasswordHash, _> =
        Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
    hashed.expect("a password within the limits can be hashed").to_string()
}

fn verify(password: &str, phc: &str) -> bool {
    Argon2::default().verify_password(password.as_bytes(), phc).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_fits() {
        let hashing = Hashing::new();
        let phc = hashing.hash("雁阵惊寒声断衡阳".to_owned()).await;
        assert!(phc.starts_with("$argon2id$"));
        assert_ne!(phc, hashing.hash("雁阵惊寒声断衡阳".to_owned()).await, "each has a salt of its own");
        assert!(hashing.fits("雁阵惊寒声断衡阳".to_owned(), Some(phc.clone())).await.unwrap());
        assert!(!hashing.fits("雁阵惊寒声断衡".to_owned(), Some(phc)).await.unwrap());
        assert!(!hashing.fits(String::new(), None).await.unwrap(), "the decoy opens nothing");
        assert!(!hashing.fits(String::new(), Some(String::new())).await.unwrap());
    }

    #[tokio::test]
    async fn who_comes_when_too_many_wait_is_sent_away() {
        let hashing = Hashing::new();
        let waiting: Vec<_> = (0..MAX_WAITING).map(|_| hashing.waiting.try_acquire().unwrap()).collect();
        assert!(matches!(hashing.fits(String::new(), None).await, Err(AccountError::Busy)));
        drop(waiting);
        assert!(!hashing.fits(String::new(), None).await.unwrap());
    }
}
