//! One office with its console, and browsers that ask it.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode, header};
use tempfile::TempDir;
use tower::ServiceExt;
use yanzhen_bureau::{Bureau, BureauProjection};
use yanzhen_console::accounts::{FirstAccounts, NewAccount, Role, Secret};
use yanzhen_console::{Console, Opening, routes};
use yanzhen_store::objects::ObjectFolder;
use yanzhen_store::{ManualClock, Options, Store};
use yanzhen_sync::UnitId;
use yanzhen_sync::directory::Role as Tier;
use yanzhen_sync::testing::{self, FakeEnvelopes, FakeSigner, FakeVerifier};

use crate::quiet::Quiet;

/// 2026-11-22 at noon in China.
pub(crate) const NOON: i64 = 1_795_320_000_000;

pub(crate) const PASSWORD: &str = "雁阵惊寒声断衡阳之浦";

const UNITS: &str = "code,name,parent_code,kind\n\
    990000,云川市委老干部局,,机关\n\
    990100,青原州委老干部局,990000,机关\n";

/// The city bureau's office.
pub(crate) struct Office {
    pub(crate) console: Console,
    pub(crate) bureau: Bureau,
    pub(crate) platform: Arc<Quiet>,
    router: Router,
    _folder: TempDir,
}

/// A browser with its cookies.
pub(crate) struct Browser<'o> {
    office: &'o Office,
    cookies: BTreeMap<String, String>,
}

/// What came back.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: axum::http::HeaderMap,
    pub(crate) html: String,
    pub(crate) bytes: Vec<u8>,
}

impl Office {
    /// With the unit tree, and the three administrators `system`, `security`, `audit`.
    pub(crate) async fn open() -> Office {
        let folder = tempfile::tempdir().unwrap();
        let signer = FakeSigner::new(1);
        let genesis = testing::genesis(&signer, &FakeSigner::new(99), UnitId::new([0xC0; 16]), NOON);
        let store = Store::open(Options {
            path: folder.path().join("yanzhen.db"),
            me: signer.site(),
            epoch: 0,
            genesis: genesis.into_frames().remove(0),
            signer: signer.shared(),
            verifier: Arc::new(FakeVerifier),
            clock: Arc::new(ManualClock::new(NOON)),
            projection: Arc::new(BureauProjection),
        });
        let bureau = Bureau::new(store.await.unwrap(), Arc::new(FakeEnvelopes([1; 32])));
        bureau.import_units(UNITS.as_bytes()).await.unwrap();
        let platform = Arc::new(Quiet::default());
        let accounts = folder.path().join("console.db");
        let console = Console::open(Opening {
            bureau: bureau.clone(),
            platform: platform.clone(),
            objects: ObjectFolder::open(folder.path().join("objects")).await.unwrap(),
            tier: Tier::Central,
            database: &accounts,
            version: "0.1.0",
            names: Vec::new(),
            secure: false,
        });
        let console = console.await.unwrap();
        let router = routes::router(console.clone());
        let office = Office { console, bureau, platform, router, _folder: folder };
        office.begin().await;
        office
    }

    async fn begin(&self) {
        let new = |login: &str| NewAccount { login: login.into(), name: "王建国".into() };
        let first = FirstAccounts {
            system: new("system"),
            password: PASSWORD.into(),
            security: new("security"),
            audit: new("audit"),
        };
        let link = self.console.first_link().await.unwrap().unwrap();
        let links = self.console.accounts().begin_accounts(&link, first).await.unwrap();
        for link in links {
            self.choose(&link).await;
        }
    }

    async fn choose(&self, link: &Secret) {
        self.console.accounts().choose_password(link, PASSWORD.into()).await.unwrap();
    }

    /// A browser that is not signed in.
    pub(crate) fn stranger(&self) -> Browser<'_> {
        Browser { office: self, cookies: BTreeMap::new() }
    }

    /// A browser signed in with an account of one role.
    pub(crate) async fn with(&self, role: Role) -> Browser<'_> {
        self.another(role, role.code()).await
    }

    /// A browser signed in with another account of that role.
    pub(crate) async fn another(&self, role: Role, login: &str) -> Browser<'_> {
        if !Role::ADMINISTRATORS.contains(&role) {
            let new = NewAccount { login: login.into(), name: "李秀英".into() };
            let (id, link) = self.console.accounts().open_account(new).await.unwrap();
            self.choose(&link).await;
            self.console.accounts().grant(id, &[role]).await.unwrap();
        }
        let mut browser = self.stranger();
        let page = browser.post("/sign-in", &[("login", login), ("password", PASSWORD)]).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
        browser
    }
}

impl Browser<'_> {
    pub(crate) async fn get(&mut self, path: &str) -> Page {
        self.ask(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Sends a form as it is.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.ask(request.body(Body::from(body)).unwrap()).await
    }

    /// Sends a form with what every form of a page carries.
    pub(crate) async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.submit_from("/", path, fields).await
    }

    /// The same, with the proof from another page than the start page.
    pub(crate) async fn submit_from(&mut self, page: &str, path: &str, fields: &[(&str, &str)]) -> Page {
        let csrf = self.csrf_of(page).await;
        let fields: Vec<(&str, &str)> = [("csrf", csrf.as_str())].iter().chain(fields).copied().collect();
        self.post(path, &fields).await
    }

    pub(crate) async fn csrf(&mut self) -> String {
        self.csrf_of("/").await
    }

    async fn csrf_of(&mut self, page: &str) -> String {
        let page = self.get(page).await;
        let (_, rest) =
            page.html.split_once("name=\"csrf\" value=\"").expect("a page for who is signed in has a form");
        rest.split_once('"').unwrap().0.to_owned()
    }

    /// A file that a page gives out.
    pub(crate) async fn download(&mut self, path: &str) -> Vec<u8> {
        let page = self.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.html);
        assert!(page.headers[header::CONTENT_DISPOSITION].to_str().unwrap().starts_with("attachment"));
        page.bytes
    }

    /// The header that brings its cookies.
    pub(crate) fn cookie(&self) -> String {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        cookies.join("; ")
    }

    pub(crate) async fn ask(&mut self, mut request: Request<Body>) -> Page {
        let headers = request.headers_mut();
        headers.entry(header::HOST).or_insert("localhost".parse().unwrap());
        headers.insert(header::COOKIE, self.cookie().parse().unwrap());
        let response = self.office.router.clone().oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        for cookie in headers.get_all(header::SET_COOKIE) {
            let (name, rest) = cookie.to_str().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), rest.split(';').next().unwrap().to_owned());
        }
        // What goes on for as long as the session is not waited for.
        let is_endless = headers.get(header::CONTENT_TYPE).is_some_and(|of| of == "text/event-stream");
        let body = if is_endless { Body::empty() } else { response.into_body() };
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Page { status, headers, html: String::from_utf8_lossy(&bytes).into_owned(), bytes: bytes.into() }
    }
}

impl Page {
    pub(crate) fn location(&self) -> &str {
        self.headers[header::LOCATION].to_str().unwrap()
    }
}

/// A route's path with something for each parameter.
pub(crate) fn filled(path: &str) -> String {
    path.replace("{id}", "00000000000000000000000000000000")
        .replace("{secret}", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
        .replace("{code}", "en")
        .replace("{place}", "0")
        .replace("{hash}", "0")
        .replace("{name}", "none")
}

pub(crate) fn is_change(method: &Method) -> bool {
    method != Method::GET
}
