//! The join wizard: a site that has not joined, before a browser with and without the link.

use std::sync::{Arc, Mutex};

use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode, header};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tower::ServiceExt;
use yanzhen_console::wizard::{Invited, Joiner, Wizard};
use yanzhen_proto::v1::{Trouble, TroubleKind};

/// Takes one token; joins unless it was told not to.
#[derive(Clone, Default)]
struct Fake {
    refuses: Arc<Mutex<Option<TroubleKind>>>,
    joined_with: Arc<Mutex<Vec<String>>>,
}

fn trouble(kind: TroubleKind) -> Trouble {
    Trouble { kind: kind.into(), ..Trouble::default() }
}

impl Joiner for Fake {
    fn read(&self, token: &str) -> Result<Invited, Trouble> {
        if token != "yz1.good" {
            return Err(trouble(TroubleKind::TokenUnreadable));
        }
        Ok(Invited {
            unit: "990101 青石县委老干部局".into(),
            role: "terminal".into(),
            addresses: vec!["10.64.0.5:7443".into()],
            fingerprint: "4F7A 91C2 E05D 38B6 A1D9 6C04 F3E8 257B".into(),
            network: "00ff".into(),
            expires_ms: 1,
        })
    }

    fn join(&self, token: String) -> BoxFuture<'static, Result<(), Trouble>> {
        let fake = self.clone();
        async move {
            fake.joined_with.lock().unwrap().push(token);
            match *fake.refuses.lock().unwrap() {
                Some(kind) => Err(trouble(kind)),
                None => Ok(()),
            }
        }
        .boxed()
    }

    fn now(&self) -> i64 {
        1_795_320_000_000
    }

    fn free_disk(&self) -> u64 {
        1 << 40
    }
}

struct Page {
    status: StatusCode,
    refresh: Option<String>,
    html: String,
}

async fn ask(wizard: &Wizard, request: axum::http::request::Builder, body: &str) -> Page {
    let request = request.header(header::HOST, "127.0.0.1:7480");
    let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let request = request.body(Body::from(body.to_owned())).unwrap();
    let response: Response<Body> = wizard.router().oneshot(request).await.unwrap();
    assert!(response.headers().contains_key(header::CONTENT_SECURITY_POLICY));
    let refresh = response.headers().get("refresh").map(|value| value.to_str().unwrap().to_owned());
    let status = response.status();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    Page { status, refresh, html: String::from_utf8(bytes.into()).unwrap() }
}

async fn get(wizard: &Wizard, path: &str) -> Page {
    ask(wizard, Request::get(path), "").await
}

async fn post(wizard: &Wizard, step: &str, body: &str) -> Page {
    let sent = ask(wizard, Request::post(format!("{}/{step}", wizard.path())), body).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    get(wizard, &wizard.path()).await
}

fn wizard(fake: &Fake) -> Wizard {
    Wizard::new(Box::new(fake.clone()), Vec::new(), false, "0.1.0")
}

#[tokio::test]
async fn who_has_no_link_is_told_where_it_is_and_can_do_nothing() {
    let fake = Fake::default();
    let wizard = wizard(&fake);
    let other = format!("/join/{}", "A".repeat(43));
    for path in ["/", "/people", "/sign-in", &other, "/join/x"] {
        let page = get(&wizard, path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(page.html.contains("console-set-up.txt") && !page.html.contains("<textarea"), "{path}");
    }
    let forged = ask(&wizard, Request::post(format!("{other}/token")), "token=yz1.good").await;
    assert_eq!(forged.status, StatusCode::NOT_FOUND);
    assert!(get(&wizard, &wizard.path()).await.html.contains("<textarea"), "nothing has moved");
    let from_elsewhere =
        Request::post(format!("{}/token", wizard.path())).header(header::ORIGIN, "https://evil.example");
    assert_eq!(ask(&wizard, from_elsewhere, "token=yz1.good").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_token_is_compared_before_it_is_joined_with() {
    let fake = Fake::default();
    let wizard = wizard(&fake);
    let wrong = post(&wizard, "token", "token=yz1.bad").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.html.contains("JOIN-2001") && wrong.html.contains(">yz1.bad<"), "{}", wrong.html);

    let compare = post(&wizard, "token", "token=yz1.good").await;
    for shown in ["4F7A", "257B", "青石县委老干部局", "10.64.0.5:7443"] {
        assert!(compare.html.contains(shown), "{shown}");
    }
    let unticked = post(&wizard, "agree", "").await;
    assert!(unticked.html.contains("请先核对"), "{}", unticked.html);
    assert!(fake.joined_with.lock().unwrap().is_empty());
    let back = post(&wizard, "back", "").await;
    assert!(back.html.contains("<textarea"));

    post(&wizard, "token", "token=yz1.good").await;
    let joining = post(&wizard, "agree", "agreed=1").await;
    assert_eq!(joining.refresh.as_deref(), Some("5"), "it is loaded again without script");
    wizard.joined().cancelled().await;
    assert_eq!(*fake.joined_with.lock().unwrap(), ["yz1.good"]);
}

#[tokio::test]
async fn a_refused_token_says_why_with_its_code_and_may_be_tried_again() {
    let fake = Fake::default();
    *fake.refuses.lock().unwrap() = Some(TroubleKind::TokenExpired);
    let wizard = wizard(&fake);
    post(&wizard, "token", "token=yz1.good").await;
    let mut page = post(&wizard, "agree", "agreed=1").await;
    // The answer comes from another task.
    for _ in 0..1_000 {
        if page.refresh.is_none() {
            break;
        }
        tokio::task::yield_now().await;
        page = get(&wizard, &wizard.path()).await;
    }
    assert!(page.html.contains("JOIN-2004") && page.html.contains("邀请码已过期"), "{}", page.html);
    assert!(page.html.contains(">yz1.good<"), "what was typed stays");
    assert!(!wizard.joined().is_cancelled());
    *fake.refuses.lock().unwrap() = None;
    post(&wizard, "token", "token=yz1.good").await;
    post(&wizard, "agree", "agreed=1").await;
    wizard.joined().cancelled().await;
}
