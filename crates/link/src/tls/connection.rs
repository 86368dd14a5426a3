//! An accepted link: a TLS stream that knows its peer and gives its places back when it is dropped.

use std::fmt;
use std::io::{self, IoSlice};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::sleep;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::server::Connected;
use yanzhen_sync::SiteId;

use super::Peer;
use super::admission::Place;
use super::metrics::{AcceptorMetrics, count, uncount};

/// An accepted link, for `tonic::transport::Server::serve_with_incoming`.
pub struct Connection {
    stream: TlsStream<TcpStream>,
    peer: Peer,
    ends: Pin<Box<dyn Future<Output = ()> + Send>>,
    _open: Open,
}

/// What an open link occupies.
#[derive(Debug)]
pub(super) struct Open {
    metrics: Arc<AcceptorMetrics>,
    standing: Standing,
    _permit: OwnedSemaphorePermit,
}

/// What a link's key is to this site.
#[derive(Debug)]
pub(super) enum Standing {
    /// Registered.
    Known { _place: Place<SiteId> },
    /// Not registered: perhaps about to join.
    Stranger { lifetime: Duration, _place: Place<IpAddr>, _permit: OwnedSemaphorePermit },
}

impl Open {
    pub(super) fn new(
        metrics: Arc<AcceptorMetrics>,
        standing: Standing,
        permit: OwnedSemaphorePermit,
    ) -> Open {
        count(&metrics.established);
        count(&metrics.open);
        if let Standing::Stranger { .. } = standing {
            count(&metrics.strangers_open);
        }
        Open { metrics, standing, _permit: permit }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        uncount(&self.metrics.open);
        if let Standing::Stranger { .. } = self.standing {
            uncount(&self.metrics.strangers_open);
        }
    }
}

impl Connection {
    pub(super) fn new(
        stream: TlsStream<TcpStream>,
        peer: Peer,
        open: Open,
        closed: CancellationToken,
    ) -> Connection {
        let closed = closed.cancelled_owned();
        let ends: Pin<Box<dyn Future<Output = ()> + Send>> = match open.standing {
            Standing::Known { .. } => Box::pin(closed),
            Standing::Stranger { lifetime, .. } => Box::pin(async move {
                tokio::select! {
                    () = closed => {}
                    () = sleep(lifetime) => {}
                }
            }),
        };
        Connection { stream, peer, ends, _open: open }
    }

    /// Who is at the other end.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("peer", &self.peer).finish_non_exhaustive()
    }
}

impl Connected for Connection {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // HTTP/2 always has a read waiting, so this alone ends the link.
        if self.ends.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
