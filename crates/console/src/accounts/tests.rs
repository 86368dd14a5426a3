use std::sync::Arc;

use tempfile::TempDir;
use yanzhen_store::ManualClock;

use super::setup::LINK_MS;
use super::*;

mod guessing;
mod second_step;

const START: Millis = 1_790_000_000_000;
const MINUTE_MS: Millis = 60 * 1_000;
/// The default policy's.
const LOCK_AFTER: usize = 5;
const LOCK_MS: Millis = 15 * MINUTE_MS;
const IDLE_MS: Millis = 15 * MINUTE_MS;
const WHOLE_MS: Millis = 12 * 60 * MINUTE_MS;
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
    let accounts = Accounts::open(db, clock.clone()).await.unwrap();
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
        self.sign_in_from("127.0.0.1", login, password).await
    }

    async fn sign_in_from(&self, address: &str, login: &str, password: &str) -> SignedIn {
        let from = Origin { address, browser: "test" };
        self.accounts.sign_in(login, password.to_owned(), from).await.unwrap()
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

#[tokio::test]
async fn a_browser_is_listed_and_ended_by_its_owner_and_by_nobody_else() {
    let world = world().await;
    let [security, _] = world.begun().await;
    world.accounts.choose_password(&security, PASSWORD.to_owned()).await.unwrap();
    let (first, second) = (world.session().await, world.session().await);
    let SignedIn::Yes(other, _) = world.sign_in("security", PASSWORD).await else { panic!("not signed in") };
    let me = world.accounts.session(&first).await.unwrap().unwrap().account.id;
    let browsers = world.accounts.browsers(me).await.unwrap();
    assert_eq!(browsers.len(), 2);
    let of = |secret: &Secret| browsers.iter().find(|browser| browser.id.is_of(secret)).unwrap().id.clone();
    assert!(!world.accounts.end_browser(other, &of(&first)).await.unwrap(), "not another's");
    assert!(world.accounts.end_browser(me, &of(&first)).await.unwrap());
    assert!(world.accounts.session(&first).await.unwrap().is_none());
    assert!(world.accounts.session(&second).await.unwrap().is_some());

    let third = world.session().await;
    world.accounts.end_all(me, Some(&third)).await.unwrap();
    assert!(world.accounts.session(&second).await.unwrap().is_none());
    assert!(world.accounts.session(&third).await.unwrap().is_some());
    world.accounts.end_all(me, None).await.unwrap();
    assert!(world.accounts.session(&third).await.unwrap().is_none());
    assert_eq!(world.accounts.browsers(other).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_policy_holds_at_once_and_after_a_restart_and_nothing_outside_its_bounds() {
    let world = world().await;
    world.begun().await;
    let secret = world.session().await;
    let short = Policy::new([Some(5), Some(1), Some(3), Some(60)], vec![Role::Leader]).unwrap();
    world.accounts.set_policy(short.clone()).await.unwrap();
    world.clock.advance(5 * MINUTE_MS + 1);
    assert!(world.accounts.session(&secret).await.unwrap().is_none());
    for _ in 1..3 {
        assert!(matches!(world.sign_in("system", "wrong").await, SignedIn::No));
    }
    let until = world.accounts.now() + 60 * MINUTE_MS;
    assert!(
        matches!(world.sign_in("system", "wrong").await, SignedIn::Locked { until_ms } if until_ms == until)
    );
    let again = Accounts::open(world.accounts.db.clone(), world.clock.clone()).await.unwrap();
    assert_eq!(again.policy(), short);
    for (place, (name, bounds)) in Policy::BOUNDS.into_iter().enumerate() {
        for bad in [Some(bounds.start() - 1), Some(bounds.end() + 1), None] {
            let mut numbers = short.numbers().map(Some);
            numbers[place] = bad;
            assert_eq!(Policy::new(numbers, Vec::new()), Err(vec![name]), "{bad:?}");
        }
    }
}
