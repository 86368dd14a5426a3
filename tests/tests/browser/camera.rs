//! Pictures of pages, for people to look at.

use std::path::PathBuf;

use crate::browser::Browser;

/// Names the folder where the tour's pictures go instead of the build's own: `docs/tour` renews those of the book.
const FOLDER: &str = "YANZHEN_TOUR";

/// Keeps pictures in one folder.
pub struct Camera {
    folder: PathBuf,
}

impl Camera {
    /// For the tour.
    pub fn of_tour() -> Camera {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
        let asked = std::env::var_os(FOLDER).map(|folder| root.join(folder));
        Camera::at(asked.unwrap_or_else(|| PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("tour")))
    }

    /// For every page.
    pub fn of_pages() -> Camera {
        Camera::at(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pages"))
    }

    fn at(folder: PathBuf) -> Camera {
        std::fs::create_dir_all(&folder).unwrap();
        Camera { folder }
    }

    /// Takes one.
    pub fn take(&self, browser: &Browser, name: &str) {
        std::fs::write(self.folder.join(format!("{name}.png")), browser.picture()).unwrap();
    }
}
