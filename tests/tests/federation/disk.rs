//! The database of a site, as somebody finds it who opens the file.

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Row};
use yanzhen_sync::SiteId;

use crate::world::{PATIENCE, RUNTIME, Site};

/// How journals are marked among the streams.
const JOURNAL: i64 = 1;

/// An open database.
pub struct Disk(SqliteConnection);

impl Disk {
    /// Opens that of a site, which may be running.
    pub fn of(site: &Site) -> Disk {
        let path = site.folder().0.database();
        let options = SqliteConnectOptions::new().filename(path).busy_timeout(PATIENCE);
        Disk(RUNTIME.block_on(options.connect()).unwrap())
    }

    /// The frames of a site's journal, in their order, as they are stored.
    pub fn journal(&mut self, author: SiteId) -> Vec<Vec<u8>> {
        let sql = "SELECT frame FROM frames \
                   WHERE stream = (SELECT number FROM streams WHERE author = ? AND type = ?) ORDER BY seq";
        let query = sqlx::query(sql).bind(author.as_bytes().to_vec()).bind(JOURNAL);
        let rows = RUNTIME.block_on(query.fetch_all(&mut self.0)).unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// Flips one bit of frame `seq` in a site's journal, where it says `text`.
    pub fn flip_bit(&mut self, author: SiteId, seq: u32, text: &str) {
        let frame = &self.journal(author)[seq as usize - 1];
        let place = place_of(text, frame).unwrap();
        let mut flipped = frame.clone();
        flipped[place] ^= 1;
        let update = sqlx::query("UPDATE frames SET frame = ? WHERE frame = ?");
        let update = update.bind(flipped).bind(frame.clone()).execute(&mut self.0);
        assert_eq!(RUNTIME.block_on(update).unwrap().rows_affected(), 1);
    }

    /// Whether any stored frame says `text`.
    pub fn says(&mut self, text: &str) -> bool {
        let rows = RUNTIME.block_on(sqlx::query("SELECT frame FROM frames").fetch_all(&mut self.0)).unwrap();
        rows.iter().any(|row| place_of(text, row.get(0)).is_some())
    }

    /// The bodies of all records of a kind.
    pub fn bodies(&mut self, kind: &'static str) -> Vec<Vec<u8>> {
        let query = sqlx::query("SELECT body FROM records WHERE kind = ?").bind(kind);
        let rows = RUNTIME.block_on(query.fetch_all(&mut self.0)).unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }
}

fn place_of(text: &str, frame: &[u8]) -> Option<usize> {
    frame.windows(text.len()).position(|bytes| bytes == text.as_bytes())
}
