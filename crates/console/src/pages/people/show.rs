//! One person: the frame of all tabs, and the tabs without forms.

use axum::extract::{Path, State};
use axum::response::Response;
use yanzhen_bureau::kinds::codes::{ethnic_name, sex_word};
use yanzhen_bureau::kinds::words::word_of;
use yanzhen_bureau::kinds::{community_link, membership, person};
use yanzhen_bureau::people::PersonView;
use yanzhen_bureau::posts::AwayView;
use yanzhen_proto::v1::{CommunityLink, Contact, MembershipState, PersonStatus, Retirement};

use crate::accounts::Right;
use crate::alert_words;
use crate::console::Console;
use crate::detail::{self, Act, Alert, Cell, Detail, Section, State as Stands, Tab};
use crate::format;
use crate::page::Shell;
use crate::pages::away;
use crate::pages::posts;
use crate::problem::Problem;
use crate::texts::{Language, Texts, label};
use crate::visitor::Visitor;

/// A person's page before its sections are filled in.
pub(super) struct Opened {
    pub(super) view: PersonView,
    pub(super) shell: Shell,
    pub(super) detail: Detail,
    pub(super) may_write: bool,
    /// Whether what is private may be seen.
    pub(super) may_see: bool,
}

/// Opens a person's page at one of its tabs.
pub(super) async fn open(
    console: &Console,
    visitor: &Visitor,
    id: &str,
    tab: &str,
) -> Result<Opened, Problem> {
    let bureau = console.bureau();
    let view = bureau.show_person(None, id).await?;
    let is_here = bureau.home_unit(&view.unit_code).is_ok();
    let transfers = bureau.transfers_of_person(view.id).await?;
    let transfer = transfers.iter().find(|transfer| transfer.state.is_open());
    let may_write = is_here && transfer.is_none() && visitor.may(Right::WriteRecords);
    let may_see = is_here && visitor.may(Right::SeePrivate);
    let shell = Shell::of(console, visitor).await?;
    let (t, language, p) = (shell.t, shell.language, &view.person);
    let path = format!("/people/{}", view.id);
    let tabs = [
        ("", t.records.basics, true),
        ("party", t.records.party, true),
        ("away", t.records.away, true),
        ("community", t.records.community, true),
        ("private", t.records.private, may_see),
        ("history", t.records.history, true),
    ];
    let href = |tab: &str| if tab.is_empty() { path.clone() } else { format!("{path}/{tab}") };
    let tabs = tabs.into_iter().filter(|(.., shown)| *shown);
    let tabs =
        tabs.map(|(name, title, _)| Tab { href: href(name), title, is_current: name == tab }).collect();
    let mut acts = Vec::new();
    if is_here && transfer.is_none() && visitor.may_amend() {
        acts.push(Act { href: href("edit"), title: t.people.edit });
    }
    if may_write && person::is_living(p) {
        acts.push(Act { href: href("transfer"), title: t.transfers.release });
        acts.push(Act { href: href("close"), title: t.records.close_person });
    }
    let moving = transfer.map(|transfer| Alert {
        is_bad: false,
        what: t.transfers.under_way.to_owned(),
        why: String::new(),
        link: Some(Act { href: format!("/transfers/{}", transfer.id), title: t.transfers.show }),
    });
    let tags = vec![
        label(language, word_of::<Retirement>(p.retirement)),
        label(language, word_of::<PersonStatus>(p.status)),
    ];
    let detail = Detail {
        list: visitor.list(("/people", t.people.title)),
        name: p.name.clone(),
        tags,
        sub: sub(&view, language),
        alerts: moving.into_iter().collect(),
        tabs,
        acts,
        sections: Vec::new(),
        path,
    };
    Ok(Opened { detail, may_write, may_see, shell, view })
}

/// What stands below the name: sex, unit, rank, branch.
fn sub(view: &PersonView, language: Language) -> String {
    let p = &view.person;
    let sex = sex_word(p.sex).filter(|_| p.sex != 0).map(|sex| label(language, sex));
    let branch = view.branch.as_ref().map_or("", |branch| branch.name.as_str());
    let parts = [sex.unwrap_or_default(), &view.unit_name, &p.former_unit, &p.rank, branch];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// 基本情况
pub(super) async fn basics(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let Opened { view, shell, mut detail, .. } = open(&console, &visitor, &id, "").await?;
    let away = console.bureau().away_of(view.id).await?;
    let alerts = away.iter().flat_map(|view| &view.alerts).map(|a| alert_words::of_away(shell.t, *a));
    detail.alerts.extend(alerts);
    let mut facts = facts(&view, shell.language);
    // Whoever is not at home learns no more than this.
    let kept = console.bureau().has_private(view.id).await?;
    let private = if kept { shell.t.private.exists } else { shell.t.private.nothing };
    facts.push((shell.t.records.private, private.to_owned()));
    detail.sections = vec![Section { facts, ..Section::default() }];
    Ok(detail::show(shell, detail))
}

fn facts(view: &PersonView, language: Language) -> Vec<(&'static str, String)> {
    use person::field::*;
    let p = &view.person;
    let text = |text: &str| format::or_dash(text).to_owned();
    let word = |word: &'static str| label(language, word).to_owned();
    let facts = vec![
        (NUMBER.label, p.number.clone()),
        (SEX.label, word(sex_word(p.sex).unwrap_or("?"))),
        (BIRTH.label, format::day(&p.birth)),
        (ETHNIC.label, text(ethnic_name(&p.ethnic).unwrap_or(&p.ethnic))),
        (RETIREMENT.label, word(word_of::<Retirement>(p.retirement))),
        (BEGAN_WORK.label, format::day(&p.began_work)),
        (RETIRED_ON.label, format::day(&p.retired_on)),
        (CAME_ON.label, format::day(&p.came_on)),
        (RANK.label, text(&p.rank)),
        (FORMER_UNIT.label, text(&p.former_unit)),
        (ENTITLEMENT.label, text(&p.entitlement)),
        (EDUCATION.label, text(&p.education)),
        (RESIDENCE.label, text(&p.residence)),
        (SKILLS.label, text(&p.skills)),
        (WILLINGNESS.label, text(&p.willingness)),
        (STATUS.label, word(word_of::<PersonStatus>(p.status))),
        (STATUS_ON.label, format::day(&p.status_on)),
        (STATUS_REASON.label, text(&p.status_reason)),
    ];
    facts.into_iter().map(|(name, value)| (label(language, name), value)).collect()
}

/// 党籍与任职
pub(super) async fn party(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let Opened { view, shell, mut detail, .. } = open(&console, &visitor, &id, "party").await?;
    let posts = console.bureau().posts_of_person(view.id).await?;
    let held = Section {
        title: shell.t.records.membership,
        facts: membership_facts(&view, shell.language),
        empty: shell.t.records.no_member,
        ..Section::default()
    };
    let posts = Section {
        title: shell.t.records.posts,
        heads: posts::heads(shell.t, shell.t.records.org),
        rows: posts.iter().map(|post| posts::row(&shell, post, posts::Beside::Org)).collect(),
        empty: shell.t.records.no_posts,
        ..Section::default()
    };
    detail.sections = vec![held, posts];
    Ok(detail::show(shell, detail))
}

fn membership_facts(view: &PersonView, language: Language) -> Vec<(&'static str, String)> {
    use membership::field::*;
    let Some(held) = &view.membership else { return Vec::new() };
    let branch = view.branch.as_ref().map(|branch| format!("{} {}", branch.number, branch.name));
    vec![
        (label(language, STATE.label), label(language, word_of::<MembershipState>(held.state)).to_owned()),
        (label(language, "隶属支部"), branch.unwrap_or_else(|| "—".to_owned())),
        (label(language, JOINED.label), format::day(&held.joined)),
        (label(language, FULL_SINCE.label), format::day(&held.full_since)),
    ]
}

/// 流动
pub(super) async fn absences(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let Opened { view, shell, mut detail, may_write, .. } = open(&console, &visitor, &id, "away").await?;
    let away: Vec<AwayView> = console.bureau().away_of(view.id).await?;
    let add = Act { href: format!("/away/new?person={}", view.id), title: shell.t.records.add_away };
    detail.sections = vec![Section {
        title: shell.t.records.away,
        heads: away::heads(shell.t),
        rows: away.iter().map(|view| away::row(&shell, view, may_write)).collect(),
        empty: shell.t.records.no_away,
        act: (may_write && person::is_living(&view.person)).then_some(add),
        ..Section::default()
    }];
    Ok(detail::show(shell, detail))
}

/// 社区
pub(super) async fn communities(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let Opened { view, shell, mut detail, may_write, .. } =
        open(&console, &visitor, &id, "community").await?;
    let links = console.bureau().communities_of(view.id).await?;
    let add =
        Act { href: format!("/community/new?person={}", view.id), title: shell.t.records.add_community };
    let row = |link: &yanzhen_bureau::Held<CommunityLink>| {
        let edit = format!("/community/{}/edit", link.id);
        let mut row = community_row(shell.t, &link.body);
        row.push(if may_write { Cell::link(shell.t.records.amend, edit) } else { Cell::default() });
        row
    };
    let r = &shell.t.records;
    detail.sections = vec![Section {
        title: r.community,
        heads: vec![r.community, r.consented, r.home_contact, r.community_contact, r.state, ""],
        rows: links.iter().map(row).collect(),
        empty: r.no_community,
        act: may_write.then_some(add),
        ..Section::default()
    }];
    Ok(detail::show(shell, detail))
}

fn community_row(t: &Texts, link: &CommunityLink) -> Vec<Cell> {
    let state = match community_link::holds(link) {
        true => Cell::state(t.records.holds, Stands::Good),
        false => Cell::text(format!("{} {}", t.records.over, format::day(&link.ended_on))),
    };
    vec![
        Cell::text(link.community.clone()),
        Cell::text(format::day(&link.consented_on)),
        Cell::text(contact(&link.home_contact)),
        Cell::text(contact(&link.community_contact)),
        state,
    ]
}

/// A contact in one line.
pub(crate) fn contact(contact: &Option<Contact>) -> String {
    contact.as_ref().map_or("—".to_owned(), |contact| format!("{} {}", contact.name, contact.phone))
}
