//! The web pages of a site: one console for central, nodes and terminals, scoped to the site's part of the tree.
//!
//! [`Console`] is what pages are made from; [`routes`] is the one table of what can be asked for and who may;
//! a guard lets a request through to its page; [`server`] speaks HTTP. The work is the bureau's; what the console
//! does to the site beside that goes through [`Platform`].
//!
//! Pages are plain HTML that works without script. `assets/console.js` adds conveniences.

pub mod accounts;
mod alert_words;
mod assets;
pub mod audit;
mod badge;
mod console;
mod database;
mod detail;
mod download;
mod format;
mod guard;
mod history;
mod imports;
mod kept_form;
mod live;
mod oversight;
mod own_branch;
mod page;
mod pager;
mod pages;
mod platform;
mod problem;
mod record_export;
mod record_form;
mod record_list;
pub mod routes;
pub mod server;
mod sheet;
mod texts;
mod uploads;
mod visitor;
pub mod wizard;

pub use console::{Console, OpenError, Opening};
pub use oversight::OversightError;
pub use platform::{Asked, Inviting, Platform, Summary};
