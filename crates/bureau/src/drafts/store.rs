//! Where drafts are kept: in a file beside the site's database, since they name accounts, which never leave the site,
//! and nothing of what is not yet decided is anybody else's business.

use std::path::Path;
use std::sync::Arc;

use prost::Message;
use sqlx::AnyPool;
use sqlx::any::AnyRow;
use yanzhen_proto::v1::{self as proto, Document, Draft, DraftState};
use yanzhen_store::{Clock, Fields, Migration, run_migrations};
use yanzhen_sync::{ObjectRef, RecordId};

use super::steps::{self, Act};
use super::{DraftError, Kept, Person};

const MIGRATIONS: [Migration; 1] =
    [Migration { version: 1, name: "drafts", sql: include_str!("../../migrations/drafts.sql") }];

/// Open drafts of one site: an office with more has lost sight of them.
const MAX_OPEN: i64 = 2_000;

/// Drafts that a list shows.
const LISTED: i64 = 200;

/// Files in one tray, as many as one receipt may name.
const TRAY_FILES: i64 = 64;

/// The drafts of one site. Clones share the file.
#[derive(Clone)]
pub struct Drafts {
    db: AnyPool,
    clock: Arc<dyn Clock>,
}

/// Where uploaded files lie until a form takes them: what one account gathers to answer one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tray {
    /// Whose it is.
    pub account: [u8; 16],
    /// The document that is answered.
    pub document: RecordId,
}

/// A file in a tray.
pub type TrayFile = (String, ObjectRef);

impl Drafts {
    /// Opens the file, and makes it where it is missing.
    pub async fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<Drafts, DraftError> {
        let db = yanzhen_store::open_beside(path).await?;
        let mut connection = db.acquire().await?;
        run_migrations(&mut connection, "_drafts_migrations", &MIGRATIONS).await?;
        drop(connection);
        Ok(Drafts { db, clock })
    }

    /// Closes the file.
    pub async fn close(&self) {
        self.db.close().await;
    }

    /// Begins a draft under a new id.
    pub async fn begin(&self, id: RecordId, content: Document, author: &Person) -> Result<Kept, DraftError> {
        let open = sqlx::query("SELECT COUNT(*) FROM draft WHERE state < $1");
        let open = open.bind(i64::from(i32::from(DraftState::Issued))).fetch_one(&self.db).await?;
        if Fields::of("draft", &open).int()? >= MAX_OPEN {
            return Err(DraftError::TooMany);
        }
        let now = self.clock.now();
        let draft = steps::begin(content, author, now)?;
        sqlx::query("INSERT INTO draft (id, revision, changed_ms, state, body) VALUES ($1, 1, $2, $3, $4)")
            .bind(id.as_bytes().to_vec())
            .bind(now)
            .bind(i64::from(draft.state))
            .bind(draft.encode_to_vec())
            .execute(&self.db)
            .await?;
        Ok(Kept { id, revision: 1, changed: now, draft })
    }

    /// One draft.
    pub async fn find(&self, id: RecordId) -> Result<Kept, DraftError> {
        let query = sqlx::query("SELECT id, revision, changed_ms, body FROM draft WHERE id = $1");
        let row = query.bind(id.as_bytes().to_vec()).fetch_optional(&self.db).await?;
        kept(&row.ok_or(DraftError::NotFound)?)
    }

    /// The open drafts, those changed last first.
    pub async fn open_drafts(&self) -> Result<Vec<Kept>, DraftError> {
        let query = sqlx::query(
            "SELECT id, revision, changed_ms, body FROM draft WHERE state < $1 ORDER BY changed_ms DESC, id LIMIT $2",
        );
        let query = query.bind(i64::from(i32::from(DraftState::Issued))).bind(LISTED);
        query.fetch_all(&self.db).await?.iter().map(kept).collect()
    }

    /// The open drafts that wait for this person.
    pub async fn waiting_for(&self, person: &Person) -> Result<Vec<Kept>, DraftError> {
        let mut drafts = self.open_drafts().await?;
        drafts.retain(|kept| kept.waits_for(person));
        Ok(drafts)
    }

    /// Puts another content in place of the author's.
    pub async fn edit(&self, kept: &Kept, content: Document, who: &Person) -> Result<Kept, DraftError> {
        steps::allowed(&kept.draft, Act::Edit, who)?;
        let draft = Draft { content: Some(content), ..kept.draft.clone() };
        self.replace(kept, draft).await
    }

    /// Takes a step.
    pub async fn step(&self, kept: &Kept, act: Act, who: &Person, said: &str) -> Result<Kept, DraftError> {
        let draft = steps::step(kept.draft.clone(), act, who, self.clock.now(), said)?;
        self.replace(kept, draft).await
    }

    /// Notes that the draft's document is issued.
    pub async fn note_issued(&self, kept: &Kept, who: &Person) -> Result<Kept, DraftError> {
        let draft = steps::issued(kept.draft.clone(), who, self.clock.now());
        self.replace(kept, draft).await
    }

    async fn replace(&self, kept: &Kept, draft: Draft) -> Result<Kept, DraftError> {
        let now = self.clock.now();
        let replaced = sqlx::query(
            "UPDATE draft SET revision = revision + 1, changed_ms = $1, state = $2, body = $3 \
             WHERE id = $4 AND revision = $5",
        )
        .bind(now)
        .bind(i64::from(draft.state))
        .bind(draft.encode_to_vec())
        .bind(kept.id.as_bytes().to_vec())
        .bind(kept.revision)
        .execute(&self.db)
        .await?;
        match replaced.rows_affected() {
            1 => Ok(Kept { id: kept.id, revision: kept.revision + 1, changed: now, draft }),
            _ => Err(DraftError::Overtaken),
        }
    }

    /// Puts a file into a tray, in place of one of the same name.
    pub async fn put_into(&self, tray: Tray, name: &str, object: &ObjectRef) -> Result<(), DraftError> {
        let held = self.tray(tray).await?;
        if held.len() as i64 >= TRAY_FILES && held.iter().all(|(held, _)| held != name) {
            return Err(DraftError::TooMany);
        }
        let object = proto::ObjectRef::from(*object).encode_to_vec();
        sqlx::query(
            "INSERT INTO tray (account, document, name, object) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (account, document, name) DO UPDATE SET object = excluded.object",
        )
        .bind(tray.account.to_vec())
        .bind(tray.document.as_bytes().to_vec())
        .bind(name)
        .bind(object)
        .execute(&self.db)
        .await?;
        Ok(())
    }

    /// The files of a tray by name.
    pub async fn tray(&self, tray: Tray) -> Result<Vec<TrayFile>, DraftError> {
        let query =
            sqlx::query("SELECT name, object FROM tray WHERE account = $1 AND document = $2 ORDER BY name");
        let query = query.bind(tray.account.to_vec()).bind(tray.document.as_bytes().to_vec());
        let mut files = Vec::new();
        for row in &query.fetch_all(&self.db).await? {
            let mut fields = Fields::of("tray", row);
            let name = fields.text()?.to_owned();
            let object = proto::ObjectRef::decode(fields.bytes()?).ok();
            let object = object.and_then(|object| ObjectRef::try_from(object).ok());
            files.push((name, object.ok_or(DraftError::NotFound)?));
        }
        Ok(files)
    }

    /// Takes one file out of a tray.
    pub async fn take_out(&self, tray: Tray, name: &str) -> Result<(), DraftError> {
        let query = sqlx::query("DELETE FROM tray WHERE account = $1 AND document = $2 AND name = $3");
        let query = query.bind(tray.account.to_vec()).bind(tray.document.as_bytes().to_vec());
        query.bind(name).execute(&self.db).await?;
        Ok(())
    }

    /// Empties a tray.
    pub async fn empty(&self, tray: Tray) -> Result<(), DraftError> {
        let query = sqlx::query("DELETE FROM tray WHERE account = $1 AND document = $2");
        let query = query.bind(tray.account.to_vec()).bind(tray.document.as_bytes().to_vec());
        query.execute(&self.db).await?;
        Ok(())
    }
}

fn kept(row: &AnyRow) -> Result<Kept, DraftError> {
    let mut fields = Fields::of("draft", row);
    let (id, revision, changed) = (fields.id()?, fields.int()?, fields.int()?);
    let draft = Draft::decode(fields.bytes()?).map_err(|_| DraftError::NotFound)?;
    Ok(Kept { id, revision, changed, draft })
}
