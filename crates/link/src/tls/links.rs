//! A hold on the links that are open: a server that is dropped goes on serving those that it has begun to serve.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;
use yanzhen_sync::SiteId;

/// Closes open links, of one site or all. Clones are the same hold.
#[derive(Clone, Debug, Default)]
pub struct Links {
    all: CancellationToken,
    /// One for each registered site that has dialled; what is cancelled is taken out.
    sites: Arc<Mutex<HashMap<SiteId, CancellationToken>>>,
}

impl Links {
    /// Closes every link, and those that are established later.
    pub fn close_all(&self) {
        self.all.cancel();
    }

    /// Closes the links that a registered site has now. It may dial again: to shut it out, let the acceptor's key
    /// test refuse its key first.
    pub fn close(&self, site: &SiteId) {
        let links = self.sites.lock().unwrap_or_else(PoisonError::into_inner).remove(site);
        if let Some(links) = links {
            links.cancel();
        }
    }

    /// Ends the links of a registered site.
    pub(super) fn of_site(&self, site: SiteId) -> CancellationToken {
        let mut sites = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        sites.entry(site).or_insert_with(|| self.all.child_token()).clone()
    }

    /// Ends the links of unregistered keys.
    pub(super) fn of_stranger(&self) -> CancellationToken {
        self.all.clone()
    }
}
