//! One Party organisation: the frame of all tabs, and the tabs.

use std::collections::HashMap;

use axum::extract::{Path, State};
use axum::response::Response;
use yanzhen_bureau::kinds::party_org::{self, field::*};
use yanzhen_bureau::kinds::words::word_of;
use yanzhen_bureau::orgs::OrgView;
use yanzhen_bureau::people::PersonView;
use yanzhen_proto::v1::{MembershipState, OrgNature, OrgSetup, OrgType, PartyOrg};
use yanzhen_sync::RecordId;

use super::form::{PARTS, org_values};
use crate::accounts::Right;
use crate::alert_words;
use crate::console::Console;
use crate::detail::{self, Act, Cell, Detail, Section, Tab};
use crate::format;
use crate::history::{Version, deeds, section};
use crate::page::Shell;
use crate::pages::posts;
use crate::problem::Problem;
use crate::sheet::Sheet;
use crate::texts::{Language, label};
use crate::visitor::Visitor;

/// An organisation's page before its sections are filled in.
struct Opened {
    view: OrgView,
    shell: Shell,
    detail: Detail,
    may_write: bool,
}

/// Opens an organisation's page at one of its tabs.
async fn open(console: &Console, visitor: &Visitor, id: &str, tab: &str) -> Result<Opened, Problem> {
    let bureau = console.bureau();
    let view = bureau.show_org(None, id).await?;
    let is_here = bureau.home_unit(&view.unit_code).is_ok();
    let may_write = is_here && visitor.may(Right::WriteRecords);
    let alerts = bureau.org_alerts(view.id).await?;
    let shell = Shell::of(console, visitor).await?;
    let (t, language, org) = (shell.t, shell.language, &view.org);
    let path = format!("/orgs/{}", view.id);
    let href = |tab: &str| if tab.is_empty() { path.clone() } else { format!("{path}/{tab}") };
    let tabs = [
        ("", t.records.basics),
        ("members", t.records.members),
        ("committee", t.records.committee),
        ("history", t.records.history),
    ];
    let tabs = tabs.map(|(name, title)| Tab { href: href(name), title, is_current: name == tab }).into();
    let is_open = party_org::is_open(org);
    let mut acts = Vec::new();
    if is_here && visitor.may_amend() {
        acts.push(Act { href: href("edit"), title: t.orgs.edit });
    }
    if may_write && is_open {
        acts.push(Act { href: href("close"), title: t.records.close_org });
    }
    let mut tags = vec![label(language, word_of::<OrgType>(org.r#type))];
    if !is_open {
        tags.push(t.orgs.closed);
    }
    let members = format!("{} {}", t.orgs.members_here, format::count(view.members));
    let others = format!("{} {}", t.orgs.members_other, format::count(org.other_members.into()));
    let detail = Detail {
        list: visitor.list(("/orgs", t.orgs.title)),
        name: org.name.clone(),
        tags,
        sub: [view.unit_name.clone(), members, others].join(" · "),
        alerts: alerts.into_iter().map(|alert| alert_words::of_branch(t, alert)).collect(),
        tabs,
        acts,
        sections: Vec::new(),
        path,
    };
    Ok(Opened { detail, may_write, shell, view })
}

/// 基本情况, with the organisations above and below.
pub(super) async fn basics(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let Opened { view, shell, mut detail, .. } = open(&console, &visitor, &id, "").await?;
    let (above, below) = console.bureau().org_kin(&view).await?;
    let r = &shell.t.records;
    let row = |place: &'static str, org: &OrgView| {
        vec![
            Cell::text(place),
            Cell::text(&org.org.number),
            Cell::link(&org.org.name, format!("/orgs/{}", org.id)),
            Cell::text(label(shell.language, word_of::<OrgType>(org.org.r#type))),
            Cell::text(format::count(org.members)),
        ]
    };
    let above = above.iter().map(|org| row(r.above, org));
    let o = &shell.t.orgs;
    let tree = Section {
        title: r.tree,
        heads: vec!["", o.number, o.name, o.kind, o.members],
        rows: above.chain(below.iter().map(|org| row(r.below, org))).collect(),
        empty: r.no_tree,
        ..Section::default()
    };
    detail.sections = vec![Section { facts: facts(&view, shell.language), ..Section::default() }, tree];
    Ok(detail::show(shell, detail))
}

fn facts(view: &OrgView, language: Language) -> Vec<(&'static str, String)> {
    let o = &view.org;
    let text = |text: &str| format::or_dash(text).to_owned();
    let word = |word: &'static str| label(language, format::or_dash(word)).to_owned();
    let number = |number: u32| if number == 0 { "—".to_owned() } else { number.to_string() };
    let facts = vec![
        (NUMBER.label, o.number.clone()),
        (TYPE.label, word(word_of::<OrgType>(o.r#type))),
        (SETUP.label, word(word_of::<OrgSetup>(o.setup))),
        (NATURE.label, word(word_of::<OrgNature>(o.nature))),
        (PARENT.label, text(&view.parent_number)),
        (ESTABLISHED.label, format::day(&o.established)),
        (TERM_YEARS.label, number(o.term_years)),
        (TERM_END.label, format::day(&o.term_end)),
        (POSTPONED_TO.label, format::day(&o.postponed_to)),
        (POSTPONED_BY.label, text(&o.postponed_by)),
        (PLACE.label, text(&o.place)),
        (STAR.label, number(o.star)),
        (CLOSED_ON.label, format::day(&o.closed_on)),
        (MERGED_INTO.label, text(&view.merged_into)),
    ];
    facts.into_iter().map(|(name, value)| (label(language, name), value)).collect()
}

/// 党员
pub(super) async fn members(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let mut opened = open(&console, &visitor, &id, "members").await?;
    opened.detail.sections = vec![members_of(&console, &opened).await?];
    Ok(detail::show(opened.shell, opened.detail))
}

pub(super) async fn export_members(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let opened = open(&console, &visitor, &id, "members").await?;
    let section = members_of(&console, &opened).await?;
    let title = format!("{} {}", opened.detail.name, section.title);
    Sheet::of_section(title, section).file(&console, opened.shell.t).await
}

async fn members_of(
    console: &Console,
    Opened { view, shell, detail, .. }: &Opened,
) -> Result<Section, Problem> {
    let members = console.bureau().members(view.id).await?;
    let (p, language) = (&shell.t.people, shell.language);
    let row = |member: &PersonView| {
        let held = member.membership.clone().unwrap_or_default();
        vec![
            Cell::text(&member.person.number),
            Cell::link(&member.person.name, format!("/people/{}", member.id)),
            Cell::text(format::day(&member.person.birth)),
            Cell::text(label(language, word_of::<MembershipState>(held.state))),
            Cell::text(format::day(&held.joined)),
        ]
    };
    let joined = label(language, yanzhen_bureau::kinds::membership::field::JOINED.label);
    Ok(Section {
        title: shell.t.records.members,
        heads: vec![p.number, p.name, p.birth, p.membership, joined],
        rows: members.iter().map(row).collect(),
        empty: shell.t.records.no_members,
        base: format!("{}/members", detail.path),
        ..Section::default()
    })
}

/// 支委会, and whoever else holds a post.
pub(super) async fn committee(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let mut opened = open(&console, &visitor, &id, "committee").await?;
    opened.detail.sections = vec![committee_of(&console, &opened).await?];
    Ok(detail::show(opened.shell, opened.detail))
}

pub(super) async fn export_committee(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let opened = open(&console, &visitor, &id, "committee").await?;
    let section = committee_of(&console, &opened).await?;
    let title = format!("{} {}", opened.detail.name, section.title);
    Sheet::of_section(title, section).file(&console, opened.shell.t).await
}

async fn committee_of(
    console: &Console,
    Opened { view, shell, detail, may_write }: &Opened,
) -> Result<Section, Problem> {
    let posts = console.bureau().posts_of_org(view.id).await?;
    let r = &shell.t.records;
    let row = |post: &yanzhen_bureau::posts::PostView| {
        let mut row = posts::row(shell, post, posts::Beside::Holder);
        let edit = format!("/posts/{}/edit", post.post.id);
        row.push(if *may_write { Cell::link(r.amend, edit) } else { Cell::default() });
        row
    };
    let mut heads = posts::heads(shell.t, r.holder);
    heads.push("");
    let add = Act { href: format!("/posts/new?org={}", view.id), title: r.appoint };
    Ok(Section {
        title: r.committee,
        heads,
        rows: posts.iter().map(row).collect(),
        empty: r.no_posts,
        act: (*may_write && party_org::is_open(&view.org)).then_some(add),
        base: format!("{}/committee", detail.path),
        ..Section::default()
    })
}

/// 修改记录
pub(super) async fn history(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let Opened { view, shell, mut detail, .. } = open(&console, &visitor, &id, "history").await?;
    let bureau = console.bureau();
    let deeds = deeds(&console, view.id).await?;
    let changes = bureau.changes::<PartyOrg>(&party_org::KIND, view.id).await?;
    let named =
        |org: &PartyOrg| [&org.parent, &org.merged_into].map(|id| RecordId::try_from(id.as_ref()).ok());
    let mut numbers: HashMap<RecordId, String> = HashMap::new();
    let bodies: Vec<&PartyOrg> = changes.iter().filter_map(|change| change.body.as_ref()).collect();
    let ids: Vec<RecordId> = bodies.into_iter().flat_map(named).flatten().collect();
    for id in ids {
        if let Some(number) = bureau.number_of("party_org", id).await? {
            numbers.insert(id, number);
        }
    }
    let values = |org: &PartyOrg| {
        let number = |id: Option<RecordId>| id.and_then(|id| numbers.get(&id)).map_or("", String::as_str);
        let [parent, merged_into] = named(org).map(number);
        org_values(org, parent, merged_into)
    };
    let versions: Vec<Version> = changes.into_iter().map(|change| Version::of(change, values)).collect();
    let title = shell.t.records.history;
    detail.sections = vec![section(&console, &shell, title, PARTS, &versions, &deeds)];
    Ok(detail::show(shell, detail))
}
