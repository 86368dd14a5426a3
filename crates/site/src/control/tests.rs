use std::net::Ipv4Addr;

use tonic::Code;
use yanzhen_proto::v1::administration_client::AdministrationClient;
use yanzhen_proto::v1::{QuarantineRequest, RecordRequest, StatusRequest};

use super::*;
use crate::failure::{Failure, FailureKind};
use crate::fake::{Running, set_up};
use crate::program::{NODE, TERMINAL};

async fn connect(running: &Running) -> Result<ControlClient, Failure> {
    ControlClient::connect(&running.program, running.folder.path()).await
}

async fn refusal(folder: &Path) -> Failure {
    ControlClient::connect(&TERMINAL, folder).await.unwrap_err()
}

#[tokio::test]
async fn a_command_reaches_the_running_site() {
    let running = Running::start(TERMINAL).await;
    let mut client = connect(&running).await.unwrap();
    assert_eq!(client.site.status(StatusRequest {}).await.unwrap().into_inner().role, "terminal");
    running.stop().await;
}

#[tokio::test]
async fn a_refusal_of_the_site_arrives_whole() {
    let running = Running::start(TERMINAL).await;
    let mut client = connect(&running).await.unwrap();
    let request = RecordRequest { number: "7".into(), ..RecordRequest::default() };
    let failure = Failure::from(client.site.show_person(request).await.unwrap_err());
    assert_eq!(failure, Failure::refused("no such person").next("see `people list`"));
    running.stop().await;
}

#[tokio::test]
async fn without_the_secret_nothing_is_answered() {
    let running = Running::start(TERMINAL).await;
    let file = ControlFile::read(&running.folder.control()).unwrap();
    let address = format!("http://{}:{}", Ipv4Addr::LOCALHOST, file.port);
    let mut client = AdministrationClient::connect(address).await.unwrap();
    let almost = format!("{}x", &file.secret[..file.secret.len() - 1]);
    for secret in [None, Some(""), Some(&file.secret[1..]), Some(almost.as_str())] {
        let mut request = tonic::Request::new(StatusRequest {});
        if let Some(secret) = secret {
            request.metadata_mut().insert(SECRET_KEY, secret.parse().unwrap());
        }
        assert_eq!(client.status(request).await.unwrap_err().code(), Code::Unauthenticated, "{secret:?}");
    }
    let mut request = tonic::Request::new(StatusRequest {});
    request.metadata_mut().insert(SECRET_KEY, file.secret.parse().unwrap());
    client.status(request).await.unwrap();
    running.stop().await;
}

#[tokio::test]
async fn a_site_that_is_not_running_is_told_with_how_to_start_it() {
    let temporary = tempfile::tempdir().unwrap();
    set_up(temporary.path(), TERMINAL.role);
    let failure = refusal(temporary.path()).await;
    assert_eq!(failure.kind, FailureKind::NotRunning);
    assert!(failure.what.contains(&temporary.path().display().to_string()), "{failure}");
    assert!(failure.next.contains("yanzhen-terminal --data"), "{failure}");
    assert!(failure.next.contains(" serve"), "{failure}");
}

#[tokio::test]
async fn a_clean_stop_removes_the_control_file() {
    let running = Running::start(TERMINAL).await;
    let folder = running.folder.clone();
    assert!(folder.control().exists());
    let _temporary = running.stop().await;
    assert!(!folder.control().exists());
    assert_eq!(refusal(folder.path()).await.kind, FailureKind::NotRunning);
}

#[tokio::test]
async fn a_file_left_by_a_killed_site_counts_as_not_running() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = set_up(temporary.path(), TERMINAL.role);
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    ControlFile { port, secret: "00".into(), pid: 1 }.write(&folder.control()).unwrap();
    let failure = refusal(folder.path()).await;
    assert_eq!(failure.kind, FailureKind::NotRunning);
    assert!(failure.why.contains("without a clean stop"), "{failure}");
    let nobody = listener.accept().unwrap_err();
    assert_eq!(nobody.kind(), io::ErrorKind::WouldBlock, "who took over its port is not even dialled");

    let _lock = folder.lock().unwrap();
    std::fs::write(folder.control(), "{").unwrap();
    assert_eq!(refusal(folder.path()).await.kind, FailureKind::NotRunning);
}

#[tokio::test]
async fn another_program_at_the_port_counts_as_not_running() {
    let other = Running::start(NODE).await;
    let temporary = tempfile::tempdir().unwrap();
    let folder = set_up(temporary.path(), TERMINAL.role);
    let mut file = ControlFile::read(&other.folder.control()).unwrap();
    let _lock = folder.lock().unwrap();
    file.secret = "00".into();
    file.write(&folder.control()).unwrap();
    let mut client = ControlClient::connect(&TERMINAL, folder.path()).await.unwrap();
    let status = client.site.list_quarantine(QuarantineRequest::default()).await.unwrap_err();
    let failure = client.explain(status.into());
    assert_eq!(failure.kind, FailureKind::NotRunning);
    assert!(failure.next.contains("yanzhen-terminal"), "{failure}");
    other.stop().await;
}

#[tokio::test]
async fn a_folder_of_another_program_or_none_is_told_so() {
    let running = Running::start(NODE).await;
    let failure = refusal(running.folder.path()).await;
    assert_eq!(failure.kind, FailureKind::NotSetUp);
    assert!(failure.next.contains("yanzhen-node"), "{failure}");
    assert_eq!(refusal(&running.temporary.path().join("none")).await.kind, FailureKind::NotSetUp);
    running.stop().await;
}

#[tokio::test]
async fn a_port_that_is_taken_is_told() {
    let temporary = tempfile::tempdir().unwrap();
    let lock = set_up(temporary.path(), TERMINAL.role).lock().unwrap();
    let taken = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let error = ControlServer::bind(&lock, taken.local_addr().unwrap().port()).await.unwrap_err();
    assert!(error.to_string().contains("control_port"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_the_secret() {
    use std::os::unix::fs::PermissionsExt;
    let running = Running::start(TERMINAL).await;
    let mode = std::fs::metadata(running.folder.control()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    running.stop().await;
}

#[test]
fn secrets_are_not_printed() {
    let file = ControlFile { port: 1, secret: "5ec7e7".into(), pid: 2 };
    assert!(!format!("{file:?}").contains("5ec7e7"));
}
