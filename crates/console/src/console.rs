//! What all pages are made from.

use std::path::Path;
use std::sync::Arc;

use yanzhen_bureau::Bureau;
use yanzhen_store::objects::ObjectFolder;
use yanzhen_sync::Millis;
use yanzhen_sync::directory::Role as Tier;

use crate::accounts::{AccountError, Accounts, Secret};
use crate::platform::Platform;

/// What a console is opened with.
pub struct Opening<'a> {
    /// The work of the site.
    pub bureau: Bureau,
    /// The site.
    pub platform: Arc<dyn Platform>,
    /// The attachments on its disk.
    pub objects: ObjectFolder,
    /// Which tier it is.
    pub tier: Tier,
    /// The file of its accounts.
    pub accounts: &'a Path,
    /// The program's version, for the foot of pages.
    pub version: &'static str,
    /// Names under which browsers may ask for it, besides addresses of this machine's loopback.
    pub names: Vec<String>,
    /// Whether it is served over TLS: then cookies go nowhere else.
    pub secure: bool,
}

/// The console of one site. Clones are the same one.
#[derive(Clone)]
pub struct Console(Arc<Inner>);

struct Inner {
    bureau: Bureau,
    accounts: Accounts,
    platform: Arc<dyn Platform>,
    objects: ObjectFolder,
    tier: Tier,
    version: &'static str,
    names: Vec<String>,
    secure: bool,
}

impl Console {
    /// Opens the accounts.
    pub async fn open(opening: Opening<'_>) -> Result<Console, AccountError> {
        let clock = opening.bureau.store().clock().clone();
        let accounts = Accounts::open(opening.accounts, clock).await?;
        Ok(Console(Arc::new(Inner {
            bureau: opening.bureau,
            accounts,
            platform: opening.platform,
            objects: opening.objects,
            tier: opening.tier,
            version: opening.version,
            names: opening.names,
            secure: opening.secure,
        })))
    }

    /// The secret of the link that sets up the first accounts; none once there are any. An earlier link ends.
    pub async fn first_link(&self) -> Result<Option<Secret>, AccountError> {
        self.0.accounts.first_link().await
    }

    /// The secret of a new link for the account with this login name, for whoever has the site's machine: its password
    /// and its sessions end.
    pub async fn reset(&self, login: &str) -> Result<Secret, AccountError> {
        self.0.accounts.reset_by_login(login).await
    }

    /// Closes the accounts.
    pub async fn close(&self) {
        self.0.accounts.close().await;
    }

    /// Who may sign in.
    pub fn accounts(&self) -> &Accounts {
        &self.0.accounts
    }

    pub(crate) fn bureau(&self) -> &Bureau {
        &self.0.bureau
    }

    pub(crate) fn platform(&self) -> &dyn Platform {
        self.0.platform.as_ref()
    }

    pub(crate) fn objects(&self) -> &ObjectFolder {
        &self.0.objects
    }

    pub(crate) fn tier(&self) -> Tier {
        self.0.tier
    }

    pub(crate) fn version(&self) -> &'static str {
        self.0.version
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.0.names
    }

    pub(crate) fn is_secure(&self) -> bool {
        self.0.secure
    }

    pub(crate) fn now(&self) -> Millis {
        self.0.bureau.store().clock().now()
    }
}
