use std::sync::Arc;

use tempfile::TempDir;
use yanzhen_store::ManualClock;

use super::session::{IDLE_MS, WHOLE_MS};
use super::setup::LINK_MS;
use super::*;

const START: Millis = 1_790_000_000_000;
const PASSWORD: &str = "雁阵惊寒声断衡阳之浦";

struct World {
    accounts: Accounts,
    clock: Arc<ManualClock>,
    _folder: TempDir,
}

async fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new(START));
    let db = crate::database::open(&folder.path().join("console.db")).await.unwrap();
    let accounts = Accounts::new(db, clock.clone());
    World { accounts, clock, _folder: folder }
}

fn new(login: &str) -> NewAccount {
    NewAccount { login: login.to_owned(), name: "王建国".to_owned() }
}

fn first() -> FirstAccounts {
    FirstAccounts {
        system: new("system"),
        password: PASSWORD.to_owned(),
        security: new("security"),
        audit: new("audit"),
    }
}

impl World {
    /// With the three administrators; the links of the second and third.
    async fn begun(&self) -> [Secret; 2] {
        let link = self.accounts.first_link().await.unwrap().unwrap();
        self.accounts.begin_accounts(&link, first()).await.unwrap()
    }

    async fn sign_in(&self, login: &str, password: &str) -> SignedIn {
        self.accounts.sign_in(login, password.to_owned(), "127.0.0.1", "test").await.unwrap()
    }

    async fn session(&self) -> Secret {
        match self.sign_in("system", PASSWORD).await {
            SignedIn::Yes(_, secret) => secret,
            _ => panic!("not signed in"),
        }
    }
}

#[tokio::test]
async fn the_first_link_begins_three_accounts_of_one_role_each_once() {
    let world = world().await;
    let replaced = world.accounts.first_link().await.unwrap().unwrap();
    let link = world.accounts.first_link().await.unwrap().unwrap();
    assert_eq!(world.accounts.set_up(&replaced).await.unwrap(), None, "a later link replaces an earlier one");
    assert_eq!(world.accounts.set_up(&link).await.unwrap(), Some(SetUp::First));
    world.accounts.begin_accounts(&link, first()).await.unwrap();
    let roles: Vec<_> =
        world.accounts.list().await.unwrap().into_iter().map(|account| account.roles).collect();
    assert_eq!(roles, [vec![Role::AuditAdmin], vec![Role::SecurityAdmin], vec![Role::SystemAdmin]]);
    assert!(matches!(world.accounts.begin_accounts(&link, first()).await, Err(AccountError::NoLink)));
    assert!(world.accounts.first_link().await.unwrap().is_none());
}

#[tokio::test]
async fn what_is_wrong_with_the_first_accounts_is_said_and_uses_nothing_up() {
    let world = world().await;
    let link = world.accounts.first_link().await.unwrap().unwrap();
    let refused = async |change: fn(&mut FirstAccounts)| {
        let mut accounts = first();
        change(&mut accounts);
        world.accounts.begin_accounts(&link, accounts).await.unwrap_err()
    };
    assert!(matches!(refused(|new| new.password = "short".into()).await, AccountError::BadPassword));
    assert!(matches!(refused(|new| new.audit.login = "System".into()).await, AccountError::Taken(_)));
    assert!(matches!(refused(|new| new.system.login = "a b".into()).await, AccountError::BadLogin(_)));
    assert!(matches!(refused(|new| new.audit.name = " ".into()).await, AccountError::BadName));
    assert_eq!(world.accounts.list().await.unwrap(), []);
    world.accounts.begin_accounts(&link, first()).await.unwrap();
}

#[tokio::test]
async fn a_password_is_chosen_by_link_once_and_before_it_expires() {
    let world = world().await;
    let [security, audit] = world.begun().await;
    assert!(matches!(world.sign_in("security", "").await, SignedIn::No), "no password yet");
    world.accounts.choose_password(&security, PASSWORD.to_owned()).await.unwrap();
    assert!(matches!(world.sign_in("Security ", PASSWORD).await, SignedIn::Yes(..)));
    let again = world.accounts.choose_password(&security, "another password".to_owned()).await;
    assert!(matches!(again, Err(AccountError::NoLink)));
    world.clock.advance(LINK_MS);
    assert!(matches!(
        world.accounts.choose_password(&audit, PASSWORD.to_owned()).await,
        Err(AccountError::NoLink)
    ));
}

#[tokio::test]
async fn five_wrong_passwords_lock_an_account_for_a_while_also_for_the_right_one() {
    let world = world().await;
    world.begun().await;
    for _ in 1..LOCK_AFTER {
        assert!(matches!(world.sign_in("system", "wrong").await, SignedIn::No));
    }
    assert!(
        matches!(world.sign_in("system", "wrong").await, SignedIn::Locked { until_ms } if until_ms == START + LOCK_MS)
    );
    assert!(matches!(world.sign_in("system", PASSWORD).await, SignedIn::Locked { .. }));
    world.clock.advance(LOCK_MS);
    assert!(matches!(world.sign_in("system", PASSWORD).await, SignedIn::Yes(..)));
    for _ in 1..LOCK_AFTER {
        assert!(matches!(world.sign_in("system", "wrong").await, SignedIn::No), "the count begins anew");
    }
}

#[tokio::test]
async fn guesses_at_the_same_time_are_all_counted_and_the_right_one_comes_too_late() {
    let world = world().await;
    world.begun().await;
    let wrong = (0..2 * LOCK_AFTER).map(|_| "wrong");
    let guesses = wrong.chain([PASSWORD]).map(|password| world.sign_in("system", password));
    let outcomes = futures_util::future::join_all(guesses).await;
    assert!(!outcomes.iter().any(|outcome| matches!(outcome, SignedIn::Yes(..))));
    assert!(matches!(world.sign_in("system", PASSWORD).await, SignedIn::Locked { .. }));
}

#[tokio::test]
async fn an_unknown_name_is_answered_as_a_wrong_password() {
    let world = world().await;
    world.begun().await;
    assert!(matches!(world.sign_in("nobody", "wrong").await, SignedIn::No));
    assert!(matches!(world.sign_in("system", "wrong").await, SignedIn::No));
}

#[tokio::test]
async fn whoever_has_the_machine_gives_an_account_a_new_link_by_its_login_name() {
    let world = world().await;
    world.begun().await;
    let secret = world.session().await;
    let link = world.accounts.reset_by_login("System ").await.unwrap();
    assert!(world.accounts.session(&secret).await.unwrap().is_none());
    world.accounts.choose_password(&link, "another password".to_owned()).await.unwrap();
    assert!(matches!(world.sign_in("system", "another password").await, SignedIn::Yes(..)));
    assert!(matches!(world.accounts.reset_by_login("nobody").await, Err(AccountError::NoAccount)));
}

#[tokio::test]
async fn a_session_ends_when_idle_when_old_and_when_signed_out() {
    let world = world().await;
    world.begun().await;
    let is_there = async |secret: &Secret| world.accounts.session(secret).await.unwrap().is_some();

    let idle = world.session().await;
    world.clock.advance(IDLE_MS);
    assert!(is_there(&idle).await);
    world.clock.advance(IDLE_MS + 1);
    assert!(!is_there(&idle).await);

    let old = world.session().await;
    let began = world.accounts.clock.now();
    while world.accounts.clock.now() - began + IDLE_MS <= WHOLE_MS {
        world.clock.advance(IDLE_MS);
        assert!(is_there(&old).await);
    }
    world.clock.advance(IDLE_MS);
    assert!(!is_there(&old).await);

    let left = world.session().await;
    world.accounts.end(&left).await.unwrap();
    assert!(!is_there(&left).await);
}

#[tokio::test]
async fn roles_hold_at_once_and_never_those_that_one_account_must_not_combine() {
    let world = world().await;
    world.begun().await;
    let (id, link) = world.accounts.open_account(new("clerk")).await.unwrap();
    world.accounts.choose_password(&link, PASSWORD.to_owned()).await.unwrap();
    let SignedIn::Yes(_, secret) = world.sign_in("clerk", PASSWORD).await else { panic!("not signed in") };
    let may = async |right| world.accounts.session(&secret).await.unwrap().unwrap().account.may(right);
    assert!(!may(Right::WriteRecords).await);
    world.accounts.grant(id, &[Role::Clerk, Role::Reader]).await.unwrap();
    assert!(may(Right::WriteRecords).await);
    let apart = world.accounts.grant(id, &[Role::Clerk, Role::AuditAdmin]).await;
    assert!(matches!(apart, Err(AccountError::Apart(Role::Clerk, Role::AuditAdmin))));
    world.accounts.grant(id, &[Role::Reader]).await.unwrap();
    assert!(!may(Right::WriteRecords).await);
}

#[tokio::test]
async fn a_closed_or_reset_account_is_out_at_once() {
    let world = world().await;
    world.begun().await;
    let (id, link) = world.accounts.open_account(new("clerk")).await.unwrap();
    world.accounts.choose_password(&link, PASSWORD.to_owned()).await.unwrap();
    let SignedIn::Yes(_, secret) = world.sign_in("clerk", PASSWORD).await else { panic!("not signed in") };
    let fresh = world.accounts.reset(id).await.unwrap();
    assert!(world.accounts.session(&secret).await.unwrap().is_none());
    assert!(matches!(world.sign_in("clerk", PASSWORD).await, SignedIn::No));
    world.accounts.choose_password(&fresh, "a new password".to_owned()).await.unwrap();
    let SignedIn::Yes(_, secret) = world.sign_in("clerk", "a new password").await else {
        panic!("not signed in")
    };
    world.accounts.shut(id).await.unwrap();
    assert!(world.accounts.session(&secret).await.unwrap().is_none());
    assert!(matches!(world.sign_in("clerk", "a new password").await, SignedIn::No));
}

#[tokio::test]
async fn the_database_holds_no_secret_of_a_browser() {
    let world = world().await;
    world.begun().await;
    let secret = world.session().await;
    let bytes = data_encoding::BASE64URL_NOPAD.decode(secret.reveal().as_bytes()).unwrap();
    let rows = sqlx::query("SELECT secret FROM session").fetch_all(&world.accounts.db).await.unwrap();
    let kept: Vec<Vec<u8>> = rows.iter().map(|row| row.try_get(0).unwrap()).collect();
    assert_eq!(kept.len(), 1);
    assert_ne!(kept[0], bytes);
}
