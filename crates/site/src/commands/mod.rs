//! The commands that go to a running site. Each is a clap type that runs against a [`ControlClient`]; the
//! programs compose their command lines from the groups here.

mod audit;
mod central;
mod doctor;
mod documents;
mod files;
mod invitations;
mod orgs;
mod people;
mod publish;
mod quarantine;
mod receipts;
mod records;
mod report;
mod start;
mod status;
mod sync;
mod table_import;
mod transfers;

use clap::Subcommand;

use crate::control::ControlClient;
use crate::exit::Done;
use crate::failure::Failure;
use crate::out::Out;
use crate::program::Ask;

pub use audit::Audit;
pub use report::table as rollup_table;
pub use start::{InitArgs, JoinArgs, JoinListeningArgs, ServeArgs, ServeListeningArgs, TokenArgs};

/// What every site answers.
#[derive(Clone, Debug, Subcommand)]
pub enum Common {
    /// Shows links, what is on its way, and why the site is not in sync
    #[command(after_help = status::EXAMPLE)]
    Status(status::StatusArgs),
    /// Retired cadres of the site's units
    #[command(subcommand)]
    People(people::People),
    /// Party organisations of the site's units
    #[command(subcommand)]
    Orgs(orgs::Orgs),
    /// Shows who has received, read, signed and answered a document
    #[command(after_help = receipts::EXAMPLE)]
    Receipts(receipts::ReceiptsArgs),
    /// Tables of figures
    #[command(subcommand)]
    Report(report::Report),
    /// Entries that could not be taken in, and why
    #[command(subcommand)]
    Quarantine(quarantine::Quarantine),
    /// Looks at clock, disk, database, key, the line to the parent and versions, and says what to do
    #[command(after_help = doctor::EXAMPLE)]
    Doctor(doctor::DoctorArgs),
}

/// What sites below central answer: they receive documents.
#[derive(Clone, Debug, Subcommand)]
pub enum Receiving {
    /// Exchanges with the parent now, and waits until nothing is left
    #[command(after_help = sync::EXAMPLE)]
    Sync(sync::SyncArgs),
    /// Lists documents that were received
    #[command(after_help = documents::INBOX_EXAMPLE)]
    Inbox(documents::InboxArgs),
    /// Shows a document and marks it as read (已读)
    #[command(after_help = documents::OPEN_EXAMPLE)]
    Open(documents::OpenArgs),
    /// Signs for a document (签收)
    #[command(after_help = documents::SIGN_EXAMPLE)]
    Sign(documents::SignArgs),
    /// Returns a document to its issuer with a reason (退回)
    #[command(after_help = documents::RETURN_EXAMPLE)]
    Return(documents::ReturnArgs),
    /// Answers a document and closes it (办结)
    #[command(after_help = documents::REPLY_EXAMPLE)]
    Reply(documents::ReplyArgs),
}

/// What central alone answers.
#[derive(Clone, Debug, Subcommand)]
pub enum Governing {
    /// The tree of units
    #[command(subcommand)]
    Units(central::Units),
    /// Makes a token with which a site joins
    #[command(after_help = invitations::INVITE_EXAMPLE)]
    Invite(invitations::InviteArgs),
    /// Invitations: tokens that were made, and what became of them
    #[command(subcommand)]
    Invitations(invitations::Invitations),
    /// Lists sites: who is complete, who is behind, and why
    #[command(after_help = central::SITES_EXAMPLE)]
    Sites(central::SitesArgs),
    /// Sends a document down the tree (下发)
    #[command(after_help = publish::EXAMPLE)]
    Publish(publish::PublishArgs),
    /// Documents that were sent down
    #[command(subcommand)]
    Documents(documents::Documents),
}

impl Ask for Common {
    async fn run(self, client: &mut ControlClient, out: &mut Out<'_>) -> Result<Done, Failure> {
        match self {
            Common::Status(args) => status::run(args, client, out).await,
            Common::People(command) => people::run(command, client, out).await,
            Common::Orgs(command) => orgs::run(command, client, out).await,
            Common::Receipts(args) => receipts::run(args, client, out).await,
            Common::Report(command) => report::run(command, client, out).await,
            Common::Quarantine(command) => quarantine::run(command, client, out).await,
            Common::Doctor(args) => doctor::run(args, client, out).await,
        }
    }
}

impl Ask for Receiving {
    async fn run(self, client: &mut ControlClient, out: &mut Out<'_>) -> Result<Done, Failure> {
        match self {
            Receiving::Sync(args) => sync::run(args, client, out).await,
            Receiving::Inbox(args) => documents::inbox(args, client, out).await,
            Receiving::Open(args) => documents::open(args, client, out).await,
            Receiving::Sign(args) => documents::sign(args, client, out).await,
            Receiving::Return(args) => documents::give_back(args, client, out).await,
            Receiving::Reply(args) => documents::reply(args, client, out).await,
        }
    }
}

impl Ask for Governing {
    async fn run(self, client: &mut ControlClient, out: &mut Out<'_>) -> Result<Done, Failure> {
        match self {
            Governing::Units(command) => central::units(command, client, out).await,
            Governing::Invite(args) => invitations::invite(args, client, out).await,
            Governing::Invitations(command) => invitations::run(command, client, out).await,
            Governing::Sites(args) => central::sites(args, client, out).await,
            Governing::Publish(args) => publish::run(args, client, out).await,
            Governing::Documents(command) => documents::issued(command, client, out).await,
        }
    }
}

#[cfg(test)]
mod tests;
