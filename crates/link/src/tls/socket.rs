//! Settings of TCP sockets, the same at both ends.

use std::io;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;

/// Time without traffic before TCP probes its peer. HTTP/2 notices dead links sooner; this catches a peer that
/// vanished during or before the handshake, and keeps middleboxes from forgetting the connection.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(30);

/// Time between probes.
const KEEPALIVE_EVERY: Duration = Duration::from_secs(10);

/// Sends small messages at once and notices a peer that is gone.
pub(super) fn tune(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE_AFTER).with_interval(KEEPALIVE_EVERY);
    SockRef::from(stream).set_tcp_keepalive(&keepalive)
}
