//! The settings of HTTP/2, the same at both ends.

use std::time::Duration;

use tonic::transport::{Endpoint, Server};

/// Time without traffic before HTTP/2 pings, also while no request is open.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(10);

/// Time to answer that ping: together with the above a half-open link is noticed within 30 s.
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(20);

/// Bytes that one request or stream may have on the way: 4 MiB fill a line of 100 Mbit/s with 300 ms of delay.
const STREAM_WINDOW_BYTES: u32 = 4 * 1024 * 1024;

/// Bytes that one link may have on the way: records must find room beside an object.
const CONNECTION_WINDOW_BYTES: u32 = 8 * 1024 * 1024;

/// Bytes of one HTTP/2 frame, the least that the standard allows: records wait for one frame of an object at
/// most, 65 ms on a line of 2 Mbit/s.
const FRAME_BYTES: u32 = 16 * 1024;

/// Bytes of a request's headers.
const HEADER_LIST_BYTES: u32 = 16 * 1024;

/// Requests at once on one link: the session, and the objects that one child moves in parallel.
const CONCURRENT_STREAMS: u32 = 32;

/// Streams that a peer may reset before they were looked at (CVE-2023-44487).
const PENDING_RESETS: usize = 20;

/// Sets the limits that every server of links has.
pub fn limited<L>(server: Server<L>) -> Server<L> {
    server
        .http2_keepalive_interval(Some(KEEPALIVE_AFTER))
        .http2_keepalive_timeout(Some(KEEPALIVE_TIMEOUT))
        .http2_adaptive_window(Some(false))
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_concurrent_streams(CONCURRENT_STREAMS)
        .http2_max_pending_accept_reset_streams(Some(PENDING_RESETS))
        .http2_max_header_list_size(HEADER_LIST_BYTES)
        .max_frame_size(FRAME_BYTES)
}

/// The same for the end that dials.
pub(super) fn endpoint(origin: &'static str) -> Endpoint {
    Endpoint::from_static(origin)
        .http2_keep_alive_interval(KEEPALIVE_AFTER)
        .keep_alive_timeout(KEEPALIVE_TIMEOUT)
        .keep_alive_while_idle(true)
        .http2_adaptive_window(false)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .http2_max_header_list_size(HEADER_LIST_BYTES)
        .max_frame_size(FRAME_BYTES)
}
