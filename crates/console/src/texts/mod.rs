//! Every word of the pages, in Chinese and in English side by side: a key without its other language does not
//! compile.

mod accounts;
mod audit;
mod common;
mod doctor;
mod documents;
mod home;
mod imports;
mod invitations;
mod labels;
mod lists;
mod me;
mod offices;
mod orgs;
mod overview;
mod people;
mod policy;
mod problems;
mod quarantine;
mod records;
mod refusals;
mod reports;
mod search;
mod sign_in;
mod sites;
mod sync;
mod terms;
mod transfers;
mod troubles;
mod wizard;

pub(crate) use accounts::Accounts;
pub(crate) use audit::Audit;
pub(crate) use common::Common;
pub(crate) use doctor::Doctor;
pub(crate) use documents::Documents;
pub(crate) use home::Home;
pub(crate) use imports::Imports;
pub(crate) use invitations::Invitations;
pub(crate) use labels::{field_error, label, row_error};
pub(crate) use lists::Lists;
pub(crate) use me::Me;
pub(crate) use offices::Offices;
pub(crate) use orgs::Orgs;
pub(crate) use overview::Overview;
pub(crate) use people::People;
pub(crate) use policy::Policy;
pub(crate) use problems::Problems;
pub(crate) use quarantine::Quarantine;
pub(crate) use records::{Alerts, History, Private, Records};
pub(crate) use refusals::Refusals;
pub(crate) use reports::Reports;
pub(crate) use search::Search;
pub(crate) use sign_in::SignIn;
pub(crate) use sites::Sites;
pub(crate) use sync::Sync;
pub(crate) use terms::{Term, Terms, sex_term, term_of};
pub(crate) use transfers::Transfers;
pub(crate) use troubles::Told;
pub(crate) use wizard::Wizard;

/// The language of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Language {
    /// 中文
    #[default]
    Chinese,
    English,
}

tokio::task_local! {
    /// The language of the page that is being made. Guard and wizard set it, so that whatever writes a day or a refusal
    /// need not be handed it.
    static SPOKEN: Language;
}

/// One of the two, in the language of the page that is being made.
pub(crate) fn said<T>(chinese: T, english: T) -> T {
    match Language::spoken() {
        Language::Chinese => chinese,
        Language::English => english,
    }
}

impl Language {
    /// Makes a page in this language.
    pub(crate) async fn speak<F: Future>(self, page: F) -> F::Output {
        SPOKEN.scope(self, page).await
    }

    /// The language of the page that is being made; Chinese where none is.
    pub(crate) fn spoken() -> Language {
        SPOKEN.try_with(|language| *language).unwrap_or_default()
    }

    /// The value of the `lang` attribute.
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Language::Chinese => "zh-CN",
            Language::English => "en",
        }
    }

    pub(crate) fn of_code(code: &str) -> Option<Language> {
        match code {
            "zh" => Some(Language::Chinese),
            "en" => Some(Language::English),
            _ => None,
        }
    }

    /// All words in this language.
    pub(crate) fn texts(self) -> &'static Texts {
        match self {
            Language::Chinese => &CHINESE,
            Language::English => &ENGLISH,
        }
    }
}

/// Makes a struct of words and its two languages.
macro_rules! texts {
    ($name:ident { $($key:ident: $chinese:literal / $english:literal,)* }) => {
        /// Words of one part of the console.
        #[derive(Debug)]
        pub(crate) struct $name { $(pub(crate) $key: &'static str,)* }

        impl $name {
            pub(super) const CHINESE: $name = $name { $($key: $chinese,)* };
            pub(super) const ENGLISH: $name = $name { $($key: $english,)* };
        }
    };
}
use texts;

/// The parts, gathered.
macro_rules! gather {
    ($($part:ident: $name:ident,)*) => {
        /// All words of the pages in one language.
        #[derive(Debug)]
        pub(crate) struct Texts { $(pub(crate) $part: $name,)* }

        const CHINESE: Texts = Texts { $($part: $name::CHINESE,)* };
        const ENGLISH: Texts = Texts { $($part: $name::ENGLISH,)* };
    };
}

gather! {
    common: Common,
    sign_in: SignIn,
    home: Home,
    overview: Overview,
    lists: Lists,
    search: Search,
    imports: Imports,
    terms: Terms,
    people: People,
    records: Records,
    alerts: Alerts,
    private: Private,
    history: History,
    orgs: Orgs,
    accounts: Accounts,
    audit: Audit,
    me: Me,
    offices: Offices,
    policy: Policy,
    problems: Problems,
    refusals: Refusals,
    reports: Reports,
    sync: Sync,
    sites: Sites,
    doctor: Doctor,
    wizard: Wizard,
    invitations: Invitations,
    quarantine: Quarantine,
    documents: Documents,
    transfers: Transfers,
}
