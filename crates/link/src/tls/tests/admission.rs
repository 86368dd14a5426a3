use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use super::*;

/// Waits until the server closes a connection on which nothing was said.
async fn is_closed(tcp: &mut TcpStream) -> bool {
    let read = tokio::time::timeout(PATIENCE, tcp.read(&mut [0; 1])).await;
    matches!(read, Ok(Ok(0) | Err(_)))
}

#[tokio::test]
async fn a_handshake_that_never_comes_is_given_up() {
    let limits = Limits { handshake_timeout: Duration::from_millis(50), ..Limits::default() };
    let parent = Parent::start(limits).await;
    let mut silent = TcpStream::connect(parent.address).await.unwrap();
    assert!(is_closed(&mut silent).await);
    until(&parent.metrics.timed_out, 1).await;
}

#[tokio::test]
async fn half_open_handshakes_do_not_delay_others() {
    let parent = Parent::start(Limits::default()).await;
    let mut silent = Vec::new();
    for _ in 0..50 {
        silent.push(TcpStream::connect(parent.address).await.unwrap());
    }
    assert!(parent.serves(&Identity::generate()).await);
    assert_eq!(parent.metrics.timed_out.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn late_comers_are_closed_at_once_and_places_come_back() {
    let parent = Parent::start(Limits { handshakes: 2, ..Limits::default() }).await;
    let mut flood = Vec::new();
    for _ in 0..10 {
        flood.push(TcpStream::connect(parent.address).await.unwrap());
    }
    until(&parent.metrics.refused_handshakes, 8).await;
    for late in &mut flood[2..] {
        assert!(is_closed(late).await);
    }
    assert!(!parent.serves(&Identity::generate()).await);
    drop(flood);
    until(&parent.metrics.failed, 2).await;
    assert!(parent.serves(&Identity::generate()).await);
}

#[tokio::test]
async fn an_address_that_dials_too_often_is_closed_at_once_and_open_links_stay() {
    let rate = Rate { per_second: 1, burst: 5 };
    let parent = Parent::start(Limits { rate_per_address: rate, ..Limits::default() }).await;
    let early = parent.dial(&Identity::generate()).await.unwrap();
    let mut flood = Vec::new();
    while parent.metrics.refused_address_rate.load(Ordering::Relaxed) < 20 {
        flood.push(TcpStream::connect(parent.address).await.unwrap());
        tokio::task::yield_now().await;
    }
    assert!(ask(&early.channel).await.is_ok());
}

#[tokio::test]
async fn open_links_are_bounded() {
    let parent = Parent::start(Limits { connections: 2, ..Limits::default() }).await;
    let first = parent.dial(&Identity::generate()).await.unwrap();
    let second = parent.dial(&Identity::generate()).await.unwrap();
    assert!(!parent.serves(&Identity::generate()).await);
    assert_eq!(parent.metrics.refused_connections.load(Ordering::Relaxed), 1);
    assert!(ask(&first.channel).await.is_ok() && ask(&second.channel).await.is_ok());
    drop(first);
    until(&parent.metrics.open, 1).await;
    assert!(parent.serves(&Identity::generate()).await);
}

#[tokio::test]
async fn one_site_cannot_take_all_links() {
    let parent = Parent::start(Limits { per_site: 1, ..Limits::default() }).await;
    let greedy = Identity::generate();
    let first = parent.dial(&greedy).await.unwrap();
    assert!(ask(&first.channel).await.is_ok());
    assert!(!parent.serves(&greedy).await);
    assert_eq!(parent.metrics.refused_site.load(Ordering::Relaxed), 1);
    assert!(parent.serves(&Identity::generate()).await);
}

#[tokio::test]
async fn unregistered_keys_get_few_links_and_registered_ones_are_not_affected() {
    let child = Identity::generate();
    let limits = Limits { strangers: 1, ..Limits::default() };
    let parent = Parent::start_for(limits, only(vec![child.public_key()])).await;
    let stranger = parent.dial(&Identity::generate()).await.unwrap();
    assert!(ask(&stranger.channel).await.is_ok());
    assert!(!parent.serves(&Identity::generate()).await);
    assert_eq!(parent.metrics.refused_strangers.load(Ordering::Relaxed), 1);
    assert!(parent.serves(&child).await);
}

#[tokio::test]
async fn links_of_unregistered_keys_end_by_themselves() {
    let child = Identity::generate();
    let limits = Limits { stranger_lifetime: Duration::from_millis(50), ..Limits::default() };
    let parent = Parent::start_for(limits, only(vec![child.public_key()])).await;
    let registered = parent.dial(&child).await.unwrap();
    // It may have ended before the dialler has heard all of HTTP/2's beginning.
    let stranger = parent.dial(&Identity::generate()).await;
    until(&parent.metrics.established, 2).await;
    until(&parent.metrics.strangers_open, 0).await;
    if let Ok(stranger) = stranger {
        assert!(ask(&stranger.channel).await.is_err());
    }
    assert!(ask(&registered.channel).await.is_ok());
}

#[tokio::test]
async fn accepting_ends_when_it_is_told_to_stop() {
    let mut parent = Parent::start(Limits::default()).await;
    assert!(parent.serves(&Identity::generate()).await);
    parent.stop.cancel();
    tokio::time::timeout(PATIENCE, &mut parent.serving).await.unwrap().unwrap().unwrap();
    assert!(!parent.serves(&Identity::generate()).await);
}

#[tokio::test]
async fn the_links_of_one_site_can_be_closed() {
    let parent = Parent::start(Limits::default()).await;
    let (closed, other) = (Identity::generate(), Identity::generate());
    let dialled = parent.dial(&closed).await.unwrap();
    let untouched = parent.dial(&other).await.unwrap();
    assert!(ask(&dialled.channel).await.is_ok() && ask(&untouched.channel).await.is_ok());
    parent.links.close(&closed.site());
    until(&parent.metrics.open, 1).await;
    assert!(ask(&dialled.channel).await.is_err());
    assert!(ask(&untouched.channel).await.is_ok());
    assert!(parent.serves(&closed).await);
}
