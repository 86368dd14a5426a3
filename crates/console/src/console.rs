//! What all pages are made from.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use sqlx::AnyPool;
use yanzhen_bureau::Bureau;
use yanzhen_bureau::drafts::{DraftError, Drafts};
use yanzhen_store::StoreError;
use yanzhen_store::objects::ObjectFolder;
use yanzhen_sync::Millis;
use yanzhen_sync::directory::Role as Tier;

use crate::accounts::{AccountError, Accounts, Secret};
use crate::audit::{Audit, AuditError, Event, Outcome};
use crate::database;
use crate::imports::Imports;
use crate::live::Live;
use crate::platform::Platform;
use crate::uploads::Uploads;

/// What the audit log calls a reset from the machine itself.
pub(crate) const CONSOLE_RESET: &str = "RUN --console-reset";

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
    /// The file of its accounts and its audit log; files that are being imported lie in a folder beside it.
    pub database: &'a Path,
    /// The program's version, for the foot of pages.
    pub version: &'static str,
    /// Names under which browsers may ask for it, besides addresses of this machine's loopback.
    pub names: Vec<String>,
    /// Whether it is served over TLS: then cookies go nowhere else.
    pub secure: bool,
}

/// Why the console can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The console's database.
    #[error(transparent)]
    Database(#[from] StoreError),
    /// The accounts.
    #[error(transparent)]
    Accounts(#[from] AccountError),
    /// The drafts.
    #[error(transparent)]
    Drafts(#[from] DraftError),
    /// The folder for files on their way in.
    #[error("the folder for uploads can't be made: {0}")]
    Uploads(#[from] std::io::Error),
}

/// The console of one site. Clones are the same one.
#[derive(Clone)]
pub struct Console(Arc<Inner>);

struct Inner {
    bureau: Bureau,
    database: AnyPool,
    accounts: Accounts,
    audit: Audit,
    drafts: Drafts,
    uploads: Uploads,
    platform: Arc<dyn Platform>,
    objects: ObjectFolder,
    imports: Imports,
    tier: Tier,
    version: &'static str,
    names: Vec<String>,
    secure: bool,
    live: Live,
    welcome: OnceLock<(Vec<u8>, String)>,
}

impl Console {
    /// Opens the accounts and the audit log, and beside them the drafts and what is being uploaded.
    pub async fn open(opening: Opening<'_>) -> Result<Console, OpenError> {
        let clock = opening.bureau.store().clock().clone();
        let beside = |name: &str| opening.database.with_file_name(name);
        let database = database::open(opening.database).await?;
        let imports = Imports::open(opening.database.with_file_name("imports")).await;
        Ok(Console(Arc::new(Inner {
            drafts: Drafts::open(&beside("drafts.db"), clock.clone()).await?,
            uploads: Uploads::open(beside("uploads"), opening.objects.clone(), clock.clone()).await?,
            bureau: opening.bureau,
            accounts: Accounts::open(database.clone(), clock.clone()).await?,
            audit: Audit::new(database.clone(), clock),
            database,
            platform: opening.platform,
            objects: opening.objects,
            imports,
            tier: opening.tier,
            version: opening.version,
            names: opening.names,
            secure: opening.secure,
            live: Live::default(),
            welcome: OnceLock::new(),
        })))
    }

    /// Leads whoever comes with the wizard's secret on to another path, until the program ends.
    pub fn welcome(&self, secret: &Secret, to: String) {
        // The first one stays: a site joins once.
        let _ = self.0.welcome.set((secret.hash(), to));
    }

    /// Where whoever has this secret is led.
    pub(crate) fn welcomed(&self, secret: &Secret) -> Option<String> {
        let (hash, to) = self.0.welcome.get()?;
        (*hash == secret.hash()).then(|| to.clone())
    }

    /// The secret of the link that sets up the first accounts; none once there are any. An earlier link ends.
    pub async fn first_link(&self) -> Result<Option<Secret>, AccountError> {
        self.0.accounts.first_link().await
    }

    /// The secret of a new link for the account with this login name, for whoever has the site's machine: its password
    /// and its sessions end.
    pub async fn reset(&self, login: &str) -> Result<Secret, AccountError> {
        let secret = self.0.accounts.reset_by_login(login).await?;
        let event = Event {
            actor: String::new(),
            address: String::new(),
            action: CONSOLE_RESET.to_owned(),
            object: login.trim().to_lowercase(),
            outcome: Outcome::Done,
            code: String::new(),
            note: String::new(),
        };
        match self.0.audit.write(event).await {
            Ok(_) => Ok(secret),
            Err(AuditError::Database(error)) => Err(AccountError::Database(error)),
            Err(_) => Err(AccountError::Damaged("audit")),
        }
    }

    /// Stops imports, and closes the accounts, the audit log and the drafts.
    pub async fn close(&self) {
        self.0.imports.close();
        self.0.database.close().await;
        self.0.drafts.close().await;
    }

    /// Who may sign in.
    pub fn accounts(&self) -> &Accounts {
        &self.0.accounts
    }

    /// What people did here.
    pub fn audit(&self) -> &Audit {
        &self.0.audit
    }

    /// Documents on their way to being issued.
    pub fn drafts(&self) -> &Drafts {
        &self.0.drafts
    }

    pub(crate) fn uploads(&self) -> &Uploads {
        &self.0.uploads
    }

    pub(crate) fn bureau(&self) -> &Bureau {
        &self.0.bureau
    }

    pub(crate) fn database(&self) -> &AnyPool {
        &self.0.database
    }

    pub(crate) fn platform(&self) -> &dyn Platform {
        self.0.platform.as_ref()
    }

    pub(crate) fn live(&self) -> &Live {
        &self.0.live
    }

    pub(crate) fn objects(&self) -> &ObjectFolder {
        &self.0.objects
    }

    pub(crate) fn imports(&self) -> &Imports {
        &self.0.imports
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
