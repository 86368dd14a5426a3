//! The join wizard: the few pages of a site that has not joined yet. Whoever has the link in the data folder pastes a
//! token, compares a fingerprint over the telephone, and joins.

use std::cmp::Ordering;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use askama::Template;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use futures_util::future::BoxFuture;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use yanzhen_proto::v1::Trouble;
use yanzhen_sync::Millis;

use crate::accounts::Secret;
use crate::page::{Shell, render, tier_word};
use crate::pages::language;
use crate::problem::Problem;
use crate::texts::{Texts, Told};
use crate::visitor::language_of;
use crate::{assets, format, guard};

/// Bytes of a form: a token has some hundred.
const FORM_LIMIT: usize = 16 * 1024;

/// Seconds after which a page that shows progress is loaded again, without script.
const REFRESH: &str = "5";

/// What joins: whoever starts the site.
pub trait Joiner: Send + Sync + 'static {
    /// What a token says; it can't be used, or is not for this program, with what to do.
    fn read(&self, token: &str) -> Result<Invited, Trouble>;

    /// Joins with it. May be called again after any failure.
    fn join(&self, token: String) -> BoxFuture<'static, Result<(), Trouble>>;

    /// The clock.
    fn now(&self) -> Millis;

    /// Bytes free on the disk of the data folder.
    fn free_disk(&self) -> u64;
}

/// What a token says, for who compares it.
#[derive(Clone, Debug)]
pub struct Invited {
    /// The site's unit.
    pub unit: String,
    /// "node" or "terminal".
    pub role: String,
    /// Where the site above is dialled.
    pub addresses: Vec<String>,
    /// Of the key of the site above, in groups.
    pub fingerprint: String,
    /// The network's name for people: the beginning of the hash of its first frame.
    pub network: String,
    /// When the token ends.
    pub expires_ms: Millis,
}

/// A wizard that is served. Clones are the same one.
#[derive(Clone)]
pub struct Wizard(Arc<Inner>);

struct Inner {
    joiner: Box<dyn Joiner>,
    secret: Secret,
    names: Vec<String>,
    secure: bool,
    version: &'static str,
    stage: Mutex<Stage>,
    joined: CancellationToken,
}

/// How far it has come.
enum Stage {
    Paste { typed: String, told: Option<Trouble> },
    Compare { token: String, invited: Invited, must_agree: bool },
    Joining,
    Joined,
}

impl fmt::Debug for Wizard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wizard")
    }
}

impl Wizard {
    /// A wizard with a new link. `names` is under which browsers may ask besides loopback ones.
    pub fn new(joiner: Box<dyn Joiner>, names: Vec<String>, secure: bool, version: &'static str) -> Wizard {
        Wizard(Arc::new(Inner {
            joiner,
            secret: Secret::random(),
            names,
            secure,
            version,
            stage: Mutex::new(Stage::Paste { typed: String::new(), told: None }),
            joined: CancellationToken::new(),
        }))
    }

    /// The path of the link. Whoever has it may set the site up.
    pub fn path(&self) -> String {
        path(&self.0.secret)
    }

    /// The secret of the link: the console leads whoever comes with it on to the first accounts.
    pub fn secret(&self) -> Secret {
        self.0.secret.clone()
    }

    /// Is cancelled once the site has joined.
    pub fn joined(&self) -> CancellationToken {
        self.0.joined.clone()
    }

    /// The wizard as a service.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/join/{secret}", get(show))
            .route("/join/{secret}/token", post(paste))
            .route("/join/{secret}/agree", post(agree))
            .route("/join/{secret}/back", post(back))
            .route("/language/{code}", get(language::switch))
            .route("/assets/{hash}/{name}", get(assets::serve))
            .fallback(lost)
            .layer(DefaultBodyLimit::max(FORM_LIMIT))
            .layer(from_fn_with_state(self.clone(), harden))
            .with_state(self.clone())
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.0.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_known(&self, secret: &str) -> bool {
        Secret::parse(secret).is_some_and(|secret| secret.hash() == self.0.secret.hash())
    }
}

/// Where the wizard with this secret is, and afterwards what follows.
pub(crate) fn path(secret: &Secret) -> String {
    format!("/join/{}", secret.reveal())
}

#[derive(Template)]
#[template(path = "wizard/paste.html")]
struct PastePage {
    shell: Shell,
    steps: [Step; 4],
    path: String,
    typed: String,
    told: Option<Told>,
    free: String,
}

#[derive(Template)]
#[template(path = "wizard/compare.html")]
struct ComparePage {
    shell: Shell,
    steps: [Step; 4],
    path: String,
    invited: Invited,
    role: &'static str,
    expires: String,
    groups: Vec<String>,
    must_agree: bool,
}

#[derive(Template)]
#[template(path = "wizard/joining.html")]
struct JoiningPage {
    shell: Shell,
    steps: [Step; 4],
    path: String,
    is_joined: bool,
}

#[derive(Template)]
#[template(path = "wizard/lost.html")]
struct LostPage {
    shell: Shell,
}

/// One of the wizard's steps: done, current, or still to come.
struct Step {
    place: usize,
    word: &'static str,
    class: &'static str,
}

fn steps(t: &Texts, current: usize) -> [Step; 4] {
    let words = [t.wizard.step_paste, t.wizard.step_compare, t.wizard.step_join, t.wizard.step_done];
    let mut place = 0;
    words.map(|word| {
        place += 1;
        let class = match place.cmp(&current) {
            Ordering::Less => "done",
            Ordering::Equal => "cur",
            Ordering::Greater => "",
        };
        Step { place, word, class }
    })
}

#[derive(Deserialize)]
struct Pasted {
    #[serde(default)]
    token: String,
}

#[derive(Deserialize)]
struct Agreed {
    #[serde(default)]
    agreed: String,
}

async fn show(State(wizard): State<Wizard>, Path(secret): Path<String>, headers: HeaderMap) -> Response {
    if !wizard.is_known(&secret) {
        return lost(State(wizard), headers).await;
    }
    let path = wizard.path();
    let shell = shell(&wizard, &headers, &path);
    let now = wizard.0.joiner.now();
    match &*wizard.stage() {
        Stage::Paste { typed, told } => {
            let told = told.as_ref().map(|trouble| Told::of(trouble, shell.language, now));
            let free = format::bytes(wizard.0.joiner.free_disk());
            let status = if told.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
            let page = PastePage { steps: steps(shell.t, 1), shell, path, typed: typed.clone(), told, free };
            (status, render(&page)).into_response()
        }
        Stage::Compare { invited, must_agree, .. } => render(&ComparePage {
            steps: steps(shell.t, 2),
            role: tier_word(shell.t, &invited.role),
            expires: format::time(invited.expires_ms, now),
            groups: invited.fingerprint.split(' ').map(str::to_owned).collect(),
            invited: invited.clone(),
            must_agree: *must_agree,
            shell,
            path,
        }),
        stage @ (Stage::Joining | Stage::Joined) => {
            let is_joined = matches!(stage, Stage::Joined);
            (
                [("refresh", REFRESH)],
                render(&JoiningPage { steps: steps(shell.t, 3), shell, path, is_joined }),
            )
                .into_response()
        }
    }
}

async fn paste(
    State(wizard): State<Wizard>,
    Path(secret): Path<String>,
    headers: HeaderMap,
    Form(pasted): Form<Pasted>,
) -> Response {
    step(&wizard, &secret, headers, |stage| {
        if matches!(stage, Stage::Joining | Stage::Joined) {
            return;
        }
        *stage = match wizard.0.joiner.read(&pasted.token) {
            Ok(invited) => Stage::Compare { token: pasted.token, invited, must_agree: false },
            Err(trouble) => Stage::Paste { typed: pasted.token, told: Some(trouble) },
        };
    })
    .await
}

async fn agree(
    State(wizard): State<Wizard>,
    Path(secret): Path<String>,
    headers: HeaderMap,
    Form(agreed): Form<Agreed>,
) -> Response {
    let joining = wizard.clone();
    step(&wizard, &secret, headers, move |stage| {
        let Stage::Compare { token, must_agree, .. } = stage else { return };
        if agreed.agreed.is_empty() {
            *must_agree = true;
            return;
        }
        let token = std::mem::take(token);
        *stage = Stage::Joining;
        // It goes on when the browser has gone.
        tokio::spawn(async move {
            let joined = joining.0.joiner.join(token.clone()).await;
            let mut stage = joining.stage();
            match joined {
                Ok(()) => {
                    *stage = Stage::Joined;
                    joining.0.joined.cancel();
                }
                Err(trouble) => *stage = Stage::Paste { typed: token, told: Some(trouble) },
            }
        });
    })
    .await
}

async fn back(State(wizard): State<Wizard>, Path(secret): Path<String>, headers: HeaderMap) -> Response {
    step(&wizard, &secret, headers, |stage| {
        if matches!(stage, Stage::Compare { .. }) {
            *stage = Stage::Paste { typed: String::new(), told: None };
        }
    })
    .await
}

/// Takes a step if the link is right, and shows what follows.
async fn step(wizard: &Wizard, secret: &str, headers: HeaderMap, step: impl FnOnce(&mut Stage)) -> Response {
    if !wizard.is_known(secret) {
        return lost(State(wizard.clone()), headers).await;
    }
    step(&mut wizard.stage());
    (StatusCode::SEE_OTHER, [(LOCATION, wizard.path())]).into_response()
}

/// What everything else shows: how to get to the wizard.
async fn lost(State(wizard): State<Wizard>, headers: HeaderMap) -> Response {
    let page = LostPage { shell: shell(&wizard, &headers, "/") };
    (StatusCode::NOT_FOUND, render(&page)).into_response()
}

fn shell(wizard: &Wizard, headers: &HeaderMap, path: &str) -> Shell {
    let now = format::full_time(wizard.0.joiner.now());
    Shell::alone(language_of(headers), path, wizard.0.version, now)
}

/// As around the console's pages: only known names, no other origin, nothing inline.
async fn harden(State(wizard): State<Wizard>, request: Request, next: Next) -> Response {
    let (names, secure) = (&wizard.0.names, wizard.0.secure);
    let answer = match guard::turned_away(names, &request) {
        None => language_of(request.headers()).speak(next.run(request)).await,
        Some(refused) => refused,
    };
    // A page of the console's that says what is wrong has no frame here.
    let mut answer = match answer.extensions().get::<Problem>() {
        Some(problem) => problem.status.into_response(),
        None => answer,
    };
    guard::hardened(&mut answer, secure);
    answer
}
