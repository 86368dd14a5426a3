//! A line between sites on one machine that counts what passes, and can be cut or made thin.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Bytes copied at once: on a thin line, the steps in which they pass.
const BUFFER_BYTES: usize = 64 * 1024;

/// Stands before one site: who dials the line reaches the site, as long as the line is not cut.
pub struct Line {
    address: SocketAddr,
    counts: Arc<Counts>,
    whole: watch::Sender<bool>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Counts {
    up: AtomicU64,
    down: AtomicU64,
    /// How fast bytes pass; 0 for as fast as they can.
    bytes_per_second: AtomicU64,
}

/// Bytes that passed a line, TLS and all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Traffic {
    /// From the children to the site.
    pub up: u64,
    /// From the site to its children.
    pub down: u64,
}

impl std::ops::Sub for Traffic {
    type Output = Traffic;

    fn sub(self, earlier: Traffic) -> Traffic {
        Traffic { up: self.up - earlier.up, down: self.down - earlier.down }
    }
}

impl Line {
    /// Lays a line to `site`, on a free port of loopback.
    pub async fn to(site: SocketAddr) -> std::io::Result<Line> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let counts = Arc::new(Counts::default());
        let (whole, state) = watch::channel(true);
        let task = tokio::spawn(carry(listener, site, counts.clone(), state));
        Ok(Line { address, counts, whole, task })
    }

    /// Where children dial.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Breaks every connection and refuses new ones.
    pub fn cut(&self) {
        self.whole.send_replace(false);
    }

    /// Lets connections through again.
    pub fn mend(&self) {
        self.whole.send_replace(true);
    }

    /// Lets only so many bytes pass in a second, in each direction of each connection.
    pub fn make_thin(&self, bytes_per_second: u64) {
        self.counts.bytes_per_second.store(bytes_per_second, Ordering::Relaxed);
    }

    /// Lets bytes pass as fast as they can again.
    pub fn make_wide(&self) {
        self.make_thin(0);
    }

    /// What has passed so far.
    pub fn traffic(&self) -> Traffic {
        Traffic { up: self.counts.up.load(Ordering::Relaxed), down: self.counts.down.load(Ordering::Relaxed) }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(listener: TcpListener, site: SocketAddr, counts: Arc<Counts>, whole: watch::Receiver<bool>) {
    loop {
        let Ok((child, _)) = listener.accept().await else { continue };
        if *whole.borrow() {
            tokio::spawn(join(child, site, counts.clone(), whole.clone()));
        }
    }
}

async fn join(child: TcpStream, site: SocketAddr, counts: Arc<Counts>, mut whole: watch::Receiver<bool>) {
    let Ok(site) = TcpStream::connect(site).await else { return };
    // Small messages must not wait for each other on either half.
    let _ = (child.set_nodelay(true), site.set_nodelay(true));
    let (child_read, child_write) = child.into_split();
    let (site_read, site_write) = site.into_split();
    tokio::select! {
        () = copy(child_read, site_write, &counts.up, &counts.bytes_per_second) => {}
        () = copy(site_read, child_write, &counts.down, &counts.bytes_per_second) => {}
        _ = whole.wait_for(|whole| !whole) => {}
    }
}

async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    count: &AtomicU64,
    bytes_per_second: &AtomicU64,
) {
    let mut buffer = vec![0; BUFFER_BYTES];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
        count.fetch_add(read as u64, Ordering::Relaxed);
        let speed = bytes_per_second.load(Ordering::Relaxed);
        if speed > 0 {
            tokio::time::sleep(Duration::from_secs(1).mul_f64(read as f64 / speed as f64)).await;
        }
    }
}
