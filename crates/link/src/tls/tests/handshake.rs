use std::io;

use proptest::prelude::*;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::super::verify::{Pinned, key_of};
use super::*;

async fn shake_hands(parent: &Parent, config: Arc<ClientConfig>) -> io::Result<TlsStream<TcpStream>> {
    let tcp = TcpStream::connect(parent.address).await?;
    let name = ServerName::try_from(SITE_NAME).unwrap();
    TlsConnector::from(config).connect(name, tcp).await
}

/// In TLS 1.3 a client learns only with its first read that its certificate was refused.
async fn is_refused(parent: &Parent, config: ClientConfig) -> bool {
    match shake_hands(parent, Arc::new(config)).await {
        Err(_) => true,
        Ok(mut stream) => {
            let read = tokio::time::timeout(PATIENCE, stream.read(&mut [0; 16])).await;
            read.expect("the server says something").is_err()
        }
    }
}

fn accept_all() -> KeyTest {
    Arc::new(|_| true)
}

#[tokio::test]
async fn both_ends_learn_the_others_key() {
    let parent = Parent::start(Limits::default()).await;
    let child = Identity::generate();
    let dialled = parent.dial(&child).await.unwrap();
    assert_eq!(dialled.peer.key, parent.identity.public_key());
    assert_eq!(dialled.peer.address, parent.address);
    assert_eq!(ask(&dialled.channel).await.unwrap(), child.site().as_bytes());
    assert_eq!(parent.metrics.open.load(Ordering::Relaxed), 1);
    drop(dialled);
    until(&parent.metrics.open, 0).await;
}

#[tokio::test]
async fn a_parent_with_another_key_is_refused() {
    let parent = Parent::start(Limits::default()).await;
    let tls = TlsConfig::new(&Identity::generate()).unwrap();
    let expected = Identity::generate().public_key();
    let error = connect(&parent.addresses(), &tls, only(vec![expected])).await.unwrap_err();
    let [Attempt { error: AttemptError::WrongKey(refused), .. }] = &error.attempts[..] else {
        panic!("{error}");
    };
    assert_eq!(refused.found, parent.identity.public_key());
    assert!(error.is_permanent());
    assert!(error.to_string().contains("not the one in the token or registration"), "{error}");
    until(&parent.metrics.failed, 1).await;
    assert_eq!(parent.metrics.established.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn the_next_address_is_tried_where_one_leads_nowhere() {
    let parent = Parent::start(Limits::default()).await;
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let mut addresses: Vec<Address> = vec![closed.to_string().parse().unwrap()];
    let tls = TlsConfig::new(&Identity::generate()).unwrap();

    let error = connect(&addresses, &tls, accept_all()).await.unwrap_err();
    assert!(!error.is_permanent());
    assert!(matches!(error.attempts[0].error, AttemptError::Connect(_)), "{error}");

    addresses.extend(parent.addresses());
    let dialled = connect(&addresses, &tls, accept_all()).await.unwrap();
    assert!(ask(&dialled.channel).await.is_ok());
}

#[tokio::test]
async fn a_broken_channel_fails_and_does_not_reconnect() {
    let parent = Parent::start(Limits::default()).await;
    let child = Identity::generate();
    let old = parent.dial(&child).await.unwrap();
    assert!(ask(&old.channel).await.is_ok());

    let (identity, address) = (parent.identity.clone(), parent.address);
    drop(parent);
    let bound = async {
        loop {
            match TcpListener::bind(address).await {
                Ok(listener) => break listener,
                Err(_) => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
    };
    let listener = tokio::time::timeout(PATIENCE, bound).await.expect("the old listener goes");
    let parent = Parent::on(listener, identity, Limits::default(), accept_all());
    // Requests on the old channel meet the old server until it has gone.
    let gone = async { while ask(&old.channel).await.is_ok() {} };
    tokio::time::timeout(PATIENCE, gone).await.expect("the old server goes");
    for _ in 0..5 {
        assert!(ask(&old.channel).await.is_err());
    }
    assert_eq!(parent.metrics.established.load(Ordering::Relaxed), 0);
    assert!(parent.serves(&child).await);
}

#[tokio::test]
async fn a_client_without_a_certificate_is_refused() {
    let parent = Parent::start(Limits::default()).await;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&version::TLS13])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Pinned::new(accept_all())))
        .with_no_client_auth();
    config.alpn_protocols = vec![ALPN.to_vec()];
    assert!(is_refused(&parent, config).await);
    until(&parent.metrics.failed, 1).await;
}

#[tokio::test]
async fn a_certificate_without_its_key_lets_nobody_in() {
    let parent = Parent::start(Limits::default()).await;
    let (victim, thief) = (Identity::generate(), Identity::generate());
    let shown = TlsConfig::new(&victim).unwrap().certified.cert.clone();
    let key = TlsConfig::new(&thief).unwrap().certified.key.clone();
    let forged = TlsConfig {
        certified: Arc::new(CertifiedKey::new(shown, key)),
        provider: Arc::new(aws_lc_rs::default_provider()),
    };
    let config = forged.client(accept_all()).unwrap();
    assert!(is_refused(&parent, Arc::unwrap_or_clone(config)).await);
    until(&parent.metrics.failed, 1).await;
}

#[tokio::test]
async fn keys_are_exchanged_post_quantum_and_sessions_are_never_resumed() {
    let parent = Parent::start(Limits::default()).await;
    let tls = TlsConfig::new(&Identity::generate()).unwrap();
    let mut stream = shake_hands(&parent, tls.client(accept_all()).unwrap()).await.unwrap();
    // The server's settings follow all tickets that it might send.
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    stream.flush().await.unwrap();
    assert!(stream.read(&mut [0; 16]).await.unwrap() > 0);
    let (_, session) = stream.get_ref();
    let group = session.negotiated_key_exchange_group().unwrap().name();
    assert_eq!(group, rustls::NamedGroup::X25519MLKEM768);
    assert_eq!(session.alpn_protocol(), Some(ALPN));
    assert_eq!(session.tls13_tickets_received(), 0);
}

/// A ClientHello as a client that knows nothing newer than TLS 1.2 sends it.
fn tls12_hello() -> Vec<u8> {
    let mut body = vec![3, 3];
    body.extend_from_slice(&[7; 32]);
    // No session id; ECDHE-ECDSA-AES128-GCM-SHA256; no compression.
    body.extend_from_slice(&[0, 0, 2, 0xc0, 0x2b, 1, 0]);
    // supported_groups: P-256; signature_algorithms: ecdsa_secp256r1_sha256; ec_point_formats.
    let extensions = [0, 10, 0, 4, 0, 2, 0, 23, 0, 13, 0, 4, 0, 2, 4, 3, 0, 11, 0, 2, 1, 0];
    body.extend_from_slice(&[0, u8::try_from(extensions.len()).unwrap()]);
    body.extend_from_slice(&extensions);
    let mut hello = vec![1, 0, 0, u8::try_from(body.len()).unwrap()];
    hello.extend_from_slice(&body);
    let mut record = vec![22, 3, 1, 0, u8::try_from(hello.len()).unwrap()];
    record.extend_from_slice(&hello);
    record
}

#[tokio::test]
async fn a_client_that_knows_only_tls_1_2_is_refused_with_the_right_alert() {
    let parent = Parent::start(Limits::default()).await;
    let mut tcp = TcpStream::connect(parent.address).await.unwrap();
    tcp.write_all(&tls12_hello()).await.unwrap();
    let mut alert = [0; 7];
    tcp.read_exact(&mut alert).await.unwrap();
    // An alert record: fatal, protocol_version.
    assert_eq!((alert[0], &alert[5..]), (21, &[2, 70][..]));
    until(&parent.metrics.failed, 1).await;
}

#[test]
fn the_certificate_shows_the_sites_key_and_suits_foreign_clients() {
    let identity = Identity::generate();
    let tls = TlsConfig::new(&identity).unwrap();
    let der = CertificateDer::from(tls.certificate());
    assert_eq!(key_of(&der).unwrap(), identity.public_key());
    let (_, parsed) = X509Certificate::from_der(&der).unwrap();
    assert_eq!(parsed.validity().not_after.to_datetime().year(), 9999);
    assert_eq!(parsed.subject(), parsed.issuer());
    assert!(parsed.key_usage().unwrap().is_none());
    let names = parsed.subject_alternative_name().unwrap().unwrap();
    assert_eq!(names.value.general_names.len(), 1);
    assert!(names.value.general_names[0].to_string().contains(SITE_NAME));
}

#[test]
fn keys_of_another_kind_are_not_taken() {
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
    let params = rcgen::CertificateParams::new([SITE_NAME.to_owned()]).unwrap();
    let certificate = params.self_signed(&pair).unwrap();
    assert!(key_of(certificate.der()).is_err());
}

proptest! {
    #[test]
    fn arbitrary_certificates_never_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        prop_assert!(key_of(&CertificateDer::from(bytes)).is_err());
        let mut changed = TlsConfig::new(&Identity::generate()).unwrap().certificate().to_vec();
        for (place, byte) in changes {
            let place = place.index(changed.len());
            changed[place] = byte;
        }
        let _ = key_of(&CertificateDer::from(changed));
    }
}
