//! A line between two sites that can be frozen or made thin.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Bytes that are forwarded at once.
const PIECE: usize = 4 * 1024;

/// A TCP proxy.
pub struct Line {
    pub address: SocketAddr,
    frozen_up: watch::Sender<bool>,
    frozen_down: watch::Sender<bool>,
    _stops: DropGuard,
}

impl Line {
    /// A line as fast as it goes.
    pub async fn to(target: SocketAddr) -> Line {
        Line::start(target, None).await
    }

    /// A line that forwards so many bytes in a second, each way.
    pub async fn thin(target: SocketAddr, bytes_per_second: u32) -> Line {
        Line::start(target, Some(Duration::from_secs(1) * PIECE as u32 / bytes_per_second)).await
    }

    async fn start(target: SocketAddr, pause: Option<Duration>) -> Line {
        let socket = small_socket();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(16).unwrap();
        let address = listener.local_addr().unwrap();
        let (up, down) = (watch::Sender::new(false), watch::Sender::new(false));
        let stop = CancellationToken::new();
        let accepting = accept(listener, target, pause, up.clone(), down.clone());
        tokio::spawn(stop.clone().run_until_cancelled_owned(accepting));
        Line { address, frozen_up: up, frozen_down: down, _stops: stop.drop_guard() }
    }

    /// Forwards nothing, and keeps the connections; or goes on.
    pub fn freeze(&self, frozen: bool) {
        self.frozen_up.send_replace(frozen);
        self.freeze_downward(frozen);
    }

    /// The same for what comes from the target only.
    pub fn freeze_downward(&self, frozen: bool) {
        self.frozen_down.send_replace(frozen);
    }
}

/// A socket in which little is under way.
fn small_socket() -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(PIECE as u32).unwrap();
    socket
}

async fn accept(
    listener: TcpListener,
    target: SocketAddr,
    pause: Option<Duration>,
    frozen_up: watch::Sender<bool>,
    frozen_down: watch::Sender<bool>,
) {
    let mut connections = JoinSet::new();
    while let Ok((near, _)) = listener.accept().await {
        let Ok(far) = small_socket().connect(target).await else { continue };
        let (near_read, near_write) = near.into_split();
        let (far_read, far_write) = far.into_split();
        connections.spawn(forward(near_read, far_write, pause, frozen_up.subscribe()));
        connections.spawn(forward(far_read, near_write, pause, frozen_down.subscribe()));
    }
}

async fn forward(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    pause: Option<Duration>,
    mut frozen: watch::Receiver<bool>,
) {
    let mut piece = vec![0; PIECE];
    loop {
        if frozen.wait_for(|frozen| !frozen).await.is_err() {
            return;
        }
        let Ok(read @ 1..) = from.read(&mut piece).await else { return };
        if let Some(pause) = pause {
            tokio::time::sleep(pause.mul_f64(read as f64 / PIECE as f64)).await;
        }
        if to.write_all(&piece[..read]).await.is_err() {
            return;
        }
    }
}
