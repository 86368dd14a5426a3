//! Notices that bytes arrive before they are a whole message: on a thin line a run of 1 MiB takes minutes, and
//! nothing else can come on the session's stream meanwhile.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;

/// Counts the pieces of one request's or response's body as they arrive.
#[derive(Clone, Debug, Default)]
pub(crate) struct Activity(Arc<AtomicU64>);

impl Activity {
    /// Changes whenever something has arrived.
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn watch(&self, body: Body) -> Body {
        Body::new(Watched { body, activity: self.clone() })
    }
}

/// Watches the body of a request; the service finds the [`Activity`] among its extensions.
pub(crate) fn watch_request(request: http::Request<Body>) -> http::Request<Body> {
    let activity = Activity::default();
    let mut request = request.map(|body| activity.watch(body));
    request.extensions_mut().insert(activity);
    request
}

/// Watches the body of a response.
pub(crate) fn watch_response(activity: &Activity, response: http::Response<Body>) -> http::Response<Body> {
    response.map(|body| activity.watch(body))
}

struct Watched {
    body: Body,
    activity: Activity,
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(_))) = frame {
            self.activity.0.fetch_add(1, Ordering::Relaxed);
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
