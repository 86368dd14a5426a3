//! The consoles of some sites, with sample accounts, for who wants to look.

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use yanzhen_console::Console;
use yanzhen_console::accounts::{FirstAccounts, NewAccount, Role};

use crate::federation::Federation;
use crate::places::{CITY, PLACES};
use yanzhen_site::{NODE, TERMINAL};

/// The password of every sample account: it opens nothing but this demonstration, on this machine.
pub const PASSWORD: &str = "yanzhen-demo";

/// The sample accounts: login name, the person, the role.
pub const ACCOUNTS: [(&str, &str, Role); 6] = [
    ("system", "陈思远", Role::SystemAdmin),
    ("security", "李安民", Role::SecurityAdmin),
    ("audit", "赵明察", Role::AuditAdmin),
    ("clerk", "罗雨桐", Role::Clerk),
    ("leader", "周建业", Role::Leader),
    ("reader", "何静", Role::Reader),
];

/// A console that is open.
pub struct Shown {
    /// The unit's code.
    pub code: &'static str,
    /// Where browsers find it.
    pub address: String,
}

/// Opens the consoles of central, the first node and its first terminal.
pub async fn open(federation: &Federation) -> Result<Vec<Shown>> {
    let first = |program| PLACES.iter().find(|place| place.program == program).map(|place| place.code);
    let codes = [Some(CITY), first(NODE), first(TERMINAL)];
    let mut shown = Vec::new();
    for code in codes.into_iter().flatten() {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let (console, address) = federation.site(code)?.serve_console(listener).await?;
        fill(&console).await.with_context(|| format!("the accounts of {code}"))?;
        shown.push(Shown { code, address });
    }
    Ok(shown)
}

async fn fill(console: &Console) -> Result<()> {
    let accounts = console.accounts();
    let Some(link) = console.first_link().await? else { return Ok(()) };
    let [system, security, audit, others @ ..] =
        ACCOUNTS.map(|(login, name, _)| NewAccount { login: login.to_owned(), name: name.to_owned() });
    let first = FirstAccounts { system, password: PASSWORD.to_owned(), security, audit };
    for link in accounts.begin_accounts(&link, first).await? {
        accounts.choose_password(&link, PASSWORD.to_owned()).await?;
    }
    for (new, (.., role)) in others.into_iter().zip(&ACCOUNTS[Role::ADMINISTRATORS.len()..]) {
        let (id, link) = accounts.open_account(new).await?;
        accounts.choose_password(&link, PASSWORD.to_owned()).await?;
        accounts.grant(id, &[*role]).await?;
    }
    Ok(())
}
