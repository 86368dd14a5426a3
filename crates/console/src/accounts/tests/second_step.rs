//! The second step: its window, that no code is good twice, that guessing it is bounded, who can turn it off.

use super::*;

const STEP_MS: Millis = 30 * 1_000;
const HERE: &str = "127.0.0.1";
const FROM: Origin<'_> = Origin { address: HERE, browser: "test" };

/// The telephone of an account.
struct Telephone(totp_rs::Totp);

impl Telephone {
    /// The code at the site's time, so many steps later.
    fn code(&self, world: &World, steps: i64) -> String {
        let at = world.accounts.now() + steps * STEP_MS;
        self.0.generate(u64::try_from(at / 1_000).unwrap()).to_string()
    }
}

impl World {
    async fn account_of(&self, login: &str) -> Account {
        self.accounts.list().await.unwrap().into_iter().find(|account| account.login == login).unwrap()
    }

    /// Begins the second step of `system`; the telephone that has scanned it.
    async fn begun_step(&self) -> (AccountId, Telephone) {
        let account = self.account_of("system").await;
        self.accounts.begin_second_step(account.id).await.unwrap();
        let SecondStep::Begun { typed, url } = self.accounts.second_step(&account).await.unwrap() else {
            panic!("not begun")
        };
        let secret = data_encoding::BASE32_NOPAD.decode(typed.replace(' ', "").as_bytes()).unwrap();
        let totp = totp_rs::Builder::new().with_secret(secret).with_account_name("system").build().unwrap();
        assert!(url.starts_with("otpauth://totp/"), "{url}");
        (account.id, Telephone(totp))
    }

    /// Sets it up; with the recovery codes.
    async fn with_step(&self) -> (AccountId, Telephone, Vec<String>) {
        let (id, telephone) = self.begun_step().await;
        let code = telephone.code(self, 0);
        let Coded::Right(codes) = self.accounts.confirm_second_step(id, HERE, &code).await.unwrap() else {
            panic!("not confirmed")
        };
        self.clock.advance(10 * STEP_MS);
        (id, telephone, codes)
    }

    /// The half of a session.
    async fn half(&self) -> Secret {
        match self.sign_in("system", PASSWORD).await {
            SignedIn::Half(_, secret) => secret,
            _ => panic!("no second step"),
        }
    }

    async fn code(&self, half: &Secret, code: &str) -> SignedIn {
        self.accounts.sign_in_code(half, code, FROM).await.unwrap()
    }
}

#[tokio::test]
async fn the_password_alone_opens_nothing_and_the_code_opens_another_session() {
    let world = world().await;
    world.begun().await;
    let (_, telephone, _) = world.with_step().await;
    let half = world.half().await;
    assert!(world.accounts.session(&half).await.unwrap().is_none());
    let SignedIn::Yes(_, whole) = world.code(&half, &telephone.code(&world, 0)).await else {
        panic!("not signed in")
    };
    assert!(world.accounts.session(&whole).await.unwrap().is_some());
    assert!(whole != half && world.accounts.session(&half).await.unwrap().is_none());
}

#[tokio::test]
async fn a_code_is_good_one_step_early_or_late_and_no_further() {
    for (steps, is_good) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
        let world = world().await;
        world.begun().await;
        let (_, telephone, _) = world.with_step().await;
        let half = world.half().await;
        let outcome = world.code(&half, &telephone.code(&world, steps)).await;
        assert_eq!(matches!(outcome, SignedIn::Yes(..)), is_good, "{steps} steps");
    }
}

#[tokio::test]
async fn no_code_is_good_twice_nor_an_earlier_one_after_it() {
    let world = world().await;
    world.begun().await;
    let (_, telephone, _) = world.with_step().await;
    let (earlier, code) = (telephone.code(&world, -1), telephone.code(&world, 0));
    assert!(matches!(world.code(&world.half().await, &code).await, SignedIn::Yes(..)));
    assert!(matches!(world.code(&world.half().await, &code).await, SignedIn::No));
    assert!(matches!(world.code(&world.half().await, &earlier).await, SignedIn::No));
    world.clock.advance(STEP_MS);
    assert!(matches!(world.code(&world.half().await, &telephone.code(&world, 0)).await, SignedIn::Yes(..)));
}

#[tokio::test]
async fn a_recovery_code_is_good_once_however_it_is_typed() {
    let world = world().await;
    world.begun().await;
    let (id, _, codes) = world.with_step().await;
    assert_eq!(codes.len(), 10);
    let typed = codes[3].to_lowercase().replace('-', " ");
    assert!(matches!(world.code(&world.half().await, &typed).await, SignedIn::Yes(..)));
    assert!(matches!(world.code(&world.half().await, &codes[3]).await, SignedIn::No));
    let step = world.accounts.second_step(&world.accounts.account(id).await.unwrap()).await.unwrap();
    assert_eq!(step, SecondStep::On { recovery_left: 9 });
    let rows = sqlx::query("SELECT code FROM recovery_code").fetch_all(&world.accounts.db).await.unwrap();
    let kept: Vec<Vec<u8>> = rows.iter().map(|row| row.get(0)).collect();
    assert!(
        codes.iter().all(|code| !kept.iter().any(|kept| kept == code.as_bytes())),
        "only hashes are kept"
    );
}

#[tokio::test]
async fn guessing_codes_is_bounded_also_for_who_knows_the_password_and_begins_again_each_time() {
    let world = world().await;
    world.begun().await;
    let (_, telephone, _) = world.with_step().await;
    let mut wrong = 0;
    for _ in 0..3 * LOCK_AFTER {
        let SignedIn::Half(_, half) = world.sign_in("system", PASSWORD).await else { break };
        wrong += 1;
        if matches!(world.code(&half, "000000").await, SignedIn::Locked { .. }) {
            break;
        }
    }
    assert_eq!(wrong, LOCK_AFTER);
    assert!(matches!(world.sign_in("system", PASSWORD).await, SignedIn::Locked { .. }));
    world.clock.advance(LOCK_MS);
    let half = world.half().await;
    assert!(matches!(world.code(&half, &telephone.code(&world, 0)).await, SignedIn::Yes(..)));
}

#[tokio::test]
async fn who_takes_too_long_begins_anew_and_a_reset_ends_what_was_half_done() {
    let world = world().await;
    world.begun().await;
    let (id, telephone, _) = world.with_step().await;
    let half = world.half().await;
    world.clock.advance(5 * MINUTE_MS);
    assert!(matches!(world.code(&half, &telephone.code(&world, 0)).await, SignedIn::Late));
    let half = world.half().await;
    world.accounts.reset(id).await.unwrap();
    assert!(matches!(world.code(&half, &telephone.code(&world, 0)).await, SignedIn::Late));
}

#[tokio::test]
async fn it_is_on_only_once_a_code_has_proved_it_and_off_only_by_a_code_or_an_administrator() {
    let world = world().await;
    world.begun().await;
    let (id, telephone) = world.begun_step().await;
    assert!(matches!(world.accounts.confirm_second_step(id, HERE, "000000").await.unwrap(), Coded::Wrong));
    assert!(matches!(world.sign_in("system", PASSWORD).await, SignedIn::Yes(..)), "not on yet");
    let code = telephone.code(&world, 0);
    assert!(matches!(world.accounts.confirm_second_step(id, HERE, &code).await.unwrap(), Coded::Right(_)));
    assert!(matches!(world.accounts.end_second_step(id, HERE, &code).await.unwrap(), Coded::Wrong), "used");
    world.accounts.begin_second_step(id).await.unwrap();
    world.half().await;
    world.clock.advance(STEP_MS);
    let code = telephone.code(&world, 0);
    assert!(matches!(world.accounts.end_second_step(id, HERE, &code).await.unwrap(), Coded::Right(_)));
    assert!(matches!(world.sign_in("system", PASSWORD).await, SignedIn::Yes(..)));

    world.with_step().await;
    world.accounts.reset_second_step(id).await.unwrap();
    assert!(matches!(world.sign_in("system", PASSWORD).await, SignedIn::Yes(..)));
}

#[tokio::test]
async fn a_signed_in_browser_can_not_guess_its_way_past_either() {
    let world = world().await;
    world.begun().await;
    let (id, telephone, _) = world.with_step().await;
    for _ in 1..LOCK_AFTER {
        assert!(matches!(world.accounts.end_second_step(id, HERE, "000000").await.unwrap(), Coded::Wrong));
    }
    assert!(matches!(
        world.accounts.end_second_step(id, HERE, "000000").await.unwrap(),
        Coded::Locked { .. }
    ));
    let right = telephone.code(&world, 0);
    assert!(matches!(world.accounts.end_second_step(id, HERE, &right).await.unwrap(), Coded::Locked { .. }));
}

#[tokio::test]
async fn a_role_that_must_have_it_can_do_nothing_before() {
    let world = world().await;
    world.begun().await;
    let secret = world.session().await;
    let must = async || world.accounts.session(&secret).await.unwrap().unwrap().must_enrol;
    assert!(!must().await);
    let policy = Policy { second_step: vec![Role::SystemAdmin], ..Policy::default() };
    world.accounts.set_policy(policy).await.unwrap();
    assert!(must().await);
    world.with_step().await;
    assert!(!must().await);
}
