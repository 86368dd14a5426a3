//! Sites that run in this process, so that a test can put something else in place of a part of theirs.

use std::sync::Arc;

use tokio::net::TcpListener;
use yanzhen_site::runtime::{self, Start};
use yanzhen_site::{Overrides, Settings};
use yanzhen_store::Projection;

use crate::world::{RUNTIME, Site};

/// A running site. Its folder takes commands of the program as ever.
pub struct Inside(runtime::Site);

impl Inside {
    /// Starts a stopped site with children by a program's function, or one that stands in for it.
    pub fn run<F>(
        site: &Site,
        projection: Arc<dyn Projection>,
        start: impl FnOnce(TcpListener, Start) -> F,
    ) -> Inside
    where
        F: Future<Output = runtime::Site>,
    {
        let (folder, record) = site.folder();
        let program = site.program();
        let settings = Settings::read(&folder.settings(), program.role, &Overrides::default()).unwrap();
        let lock = folder.lock().unwrap();
        RUNTIME.block_on(async {
            let listener = TcpListener::bind(site.address()).await.unwrap();
            Inside(start(listener, Start { program, lock, record, settings, projection, handed: None }).await)
        })
    }

    /// Stops it; its folder is free then.
    pub fn stop(self) {
        RUNTIME.block_on(self.0.stop());
    }
}
