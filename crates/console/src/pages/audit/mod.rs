//! 审计日志: what people did here, whether the log is whole, and a file of it. Only the audit administrator looks, and
//! that is written down too where it leaves the site.

mod below;
mod export;
mod list;
mod view;

use crate::accounts::Right;
use crate::routes::{Access, Route};

pub(super) fn routes() -> Vec<Route> {
    let read = Access::Needs(Right::ReadAudit);
    vec![
        Route::get("/audit", read, list::list),
        Route::get("/audit/export", read, export::export).audited(),
        Route::get("/audit/offices", read, below::list),
        Route::get("/audit/offices/export", read, below::export).audited(),
    ]
}
