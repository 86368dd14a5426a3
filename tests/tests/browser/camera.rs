//! Pictures of pages, for people to look at.

use std::path::PathBuf;

use crate::browser::{Browser, OFFICE};

/// Names the folder where the tour's pictures go instead of the build's own: `docs/tour` renews those of the book.
const FOLDER: &str = "YANZHEN_TOUR";

/// The window for pictures of the book, small enough for files below 150 KB.
const BOOK: (u32, u32) = (1180, 664);

/// Keeps pictures in one folder.
pub struct Camera {
    folder: PathBuf,
    window: (u32, u32),
}

impl Camera {
    /// For the tour.
    pub fn of_tour() -> Camera {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
        let asked = std::env::var_os(FOLDER).map(|folder| root.join(folder));
        Camera::at(asked.unwrap_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("tour")), BOOK)
    }

    /// For every page.
    pub fn of_pages() -> Camera {
        Camera::at(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pages"), OFFICE)
    }

    fn at(folder: PathBuf, window: (u32, u32)) -> Camera {
        std::fs::create_dir_all(&folder).unwrap();
        Camera { folder, window }
    }

    /// Takes one.
    pub fn take(&self, browser: &Browser, name: &str) {
        browser.resize(self.window);
        std::fs::write(self.folder.join(format!("{name}.png")), browser.picture()).unwrap();
    }
}
