//! Who gets a document, and where.

use std::collections::{BTreeMap, BTreeSet};

use yanzhen_proto::v1::{Document, DocumentDirection};
use yanzhen_store::{Fields, with_list};
use yanzhen_sync::directory::Directory;
use yanzhen_sync::{RecordId, SiteId, UnitId};

use super::{Addressed, DocumentError};
use crate::Bureau;
use crate::bureau::{code_of, name_of};
use crate::error::BureauError;
use crate::kinds::document;
use crate::kinds::recipient::Recipient;

/// Where a recipient reads its documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seat {
    /// At this site.
    Here,
    /// At a site below.
    Below(SiteId),
    /// Nowhere yet: it has no site of its own, or that site is not known to be below.
    None,
}

/// Where a recipient reads its documents, as seen by site `me`. A unit that is at home at another unit's site has none
/// of its own; its branches are looked after there.
pub(super) fn seat(directory: &Directory, me: SiteId, to: Recipient) -> Seat {
    if !reads(directory, to) {
        return Seat::None;
    }
    let Some(home) = directory.home(to.unit) else { return Seat::None };
    match directory.present(home.site) == me {
        true => Seat::Here,
        false => home_below(directory, me, to.unit).map_or(Seat::None, Seat::Below),
    }
}

/// The site below `me` where a unit is at home.
pub(super) fn home_below(directory: &Directory, me: SiteId, unit: UnitId) -> Option<SiteId> {
    let site = directory.present(directory.home(unit)?.site);
    let revoked = directory.site(site).is_some_and(|site| site.is_revoked());
    (directory.is_below(site, me) && site != me && !revoked).then_some(site)
}

/// Whether a recipient has a site where it reads its documents.
fn reads(directory: &Directory, to: Recipient) -> bool {
    to.branch.is_some() || directory.has_own_home(to.unit)
}

/// The units at home at a site: they, and their branches, read their documents there.
pub(super) fn units_here(directory: &Directory, me: SiteId) -> Vec<UnitId> {
    directory.units_at(me).map(|unit| unit.id).collect()
}

/// Whether a recipient reads its documents at site `me`.
pub(super) fn reads_here(directory: &Directory, me: SiteId, to: Recipient) -> bool {
    reads(directory, to) && directory.home(to.unit).is_some_and(|home| home.site == me)
}

/// Whether what unit `issuer` sends in this direction counts for a recipient: down the tree and to the issuer's own
/// branches, or up to the issuer's office above. A document may name anyone, and the journal of a site below passes by
/// here; what else it says to its superiors concerns nobody.
pub(super) fn reaches(
    directory: &Directory,
    issuer: UnitId,
    to: Recipient,
    direction: DocumentDirection,
) -> bool {
    match direction {
        DocumentDirection::Up => to.branch.is_none() && office_above(directory, issuer) == Some(to.unit),
        _ if to.branch.is_some() => is_within(directory, to.unit, issuer),
        _ => superiors(directory, to.unit).any(|above| above == issuer),
    }
}

/// Where a unit's 请示, 报告 and 信息 go: the nearest unit above that has a site of its own.
pub(super) fn office_above(directory: &Directory, unit: UnitId) -> Option<UnitId> {
    superiors(directory, unit).find(|above| directory.has_own_home(*above))
}

fn superiors(directory: &Directory, unit: UnitId) -> impl Iterator<Item = UnitId> + '_ {
    directory.unit_path(unit).skip(1)
}

/// Whom a document of unit `issuer` is addressed to, and whether as 抄送.
pub(super) fn recipients_of(
    directory: &Directory,
    issuer: UnitId,
    document: &Document,
) -> impl Iterator<Item = (Recipient, bool)> {
    let direction = document::direction(document);
    document::named(document).filter(move |(to, _)| reaches(directory, issuer, *to, direction))
}

/// A direction as the typed table holds it.
pub(super) fn direction_of(column: i64) -> DocumentDirection {
    let known = i32::try_from(column).ok().and_then(|number| DocumentDirection::try_from(number).ok());
    known.unwrap_or(DocumentDirection::Down)
}

impl Bureau {
    /// What the units above, and those below that report here, say to any of `units` or their branches, as far as it
    /// is read here. `rest` goes on with the condition of a query in which `d` is the document, `r` the recipient and
    /// `x` its receipt.
    pub(super) async fn addressed_to(
        &self,
        units: &[UnitId],
        rest: &str,
    ) -> Result<Vec<Addressed>, BureauError> {
        let directory = self.directory();
        if units.is_empty() {
            return Ok(Vec::new());
        }
        let above: BTreeSet<UnitId> = units.iter().flat_map(|unit| directory.unit_path(*unit)).collect();
        let sql = with_list(
            "SELECT r.document, r.unit, r.branch, d.unit, d.direction FROM document_recipient r \
             JOIN document d ON d.id = r.document \
             LEFT JOIN receipt x ON x.document = r.document AND x.unit = r.unit AND x.branch = r.branch \
             WHERE r.unit IN (",
            1,
            units.len(),
            ") AND (d.direction = 2 OR d.unit IN (",
        );
        let sql = with_list(&sql.0, 1 + units.len(), above.len(), &format!(")) {rest}"));
        let query = sqlx::query(sql).persistent(false);
        let query = units.iter().chain(&above).fold(query, |query, id| query.bind(id.as_bytes().to_vec()));
        let mut found = Vec::new();
        for row in &query.fetch_all(self.store().reader()).await? {
            let mut fields = Fields::of("document_recipient", row);
            let addressed = addressed(&mut fields)?;
            let (issuer, direction) = (fields.id()?, direction_of(fields.int()?));
            let is_read = reads_here(&directory, self.store().me(), addressed.to);
            let concerns = is_read && reaches(&directory, issuer, addressed.to, direction);
            found.extend(concerns.then_some(addressed));
        }
        Ok(found)
    }
}

/// Document, unit and branch, which a row of the table of recipients begins with.
pub(super) fn addressed(fields: &mut Fields<'_>) -> Result<Addressed, BureauError> {
    let (document, unit): (_, UnitId) = (fields.id()?, fields.id()?);
    let branch = RecordId::try_from(fields.bytes()?).ok();
    Ok(Addressed { document, to: Recipient { unit, branch } })
}

/// Whether a document that was mailed to `sites` has reached the recipient's site, or one that was its site before.
pub(super) fn was_mailed(directory: &Directory, me: SiteId, to: Recipient, sites: &BTreeSet<SiteId>) -> bool {
    if !reads(directory, to) {
        return false;
    }
    let unit = to.unit;
    let present: BTreeSet<SiteId> = sites.iter().map(|site| directory.present(*site)).collect();
    // A unit that gets its first site was at home here before, and read nothing.
    let here = directory.home(unit).is_some_and(|home| directory.present(home.site) == me);
    here || directory.homes(unit).iter().any(|home| present.contains(&directory.present(home.site)))
}

/// Recipients in the order in which they were named.
#[derive(Debug, Default)]
pub(super) struct Recipients {
    pub(super) to: Vec<UnitId>,
    pub(super) copy: Vec<UnitId>,
}

/// Finds the units that codes name. With `subtree` each of `to` also stands for every unit below it that has a site
/// of its own. Who is named twice is a recipient once, as 主送 if named so at all.
pub(super) fn resolve(
    directory: &Directory,
    issuer: UnitId,
    to: &[String],
    copy: &[String],
    subtree: bool,
) -> Result<Recipients, BureauError> {
    let mut recipients = Recipients::default();
    let mut seen = BTreeSet::new();
    let below = if subtree { children(directory) } else { BTreeMap::new() };
    for code in to {
        let unit = named(directory, code)?;
        // Its own code with the subtree means everyone below.
        if unit != issuer || !subtree {
            check_below(directory, issuer, unit)?;
            recipients.to.extend(seen.insert(unit).then_some(unit));
        }
        let with_site = tree(&below, unit).into_iter().skip(1).filter(|unit| directory.has_own_home(*unit));
        for unit in with_site {
            check_below(directory, issuer, unit)?;
            recipients.to.extend(seen.insert(unit).then_some(unit));
        }
    }
    for code in copy {
        let unit = named(directory, code)?;
        check_below(directory, issuer, unit)?;
        recipients.copy.extend(seen.insert(unit).then_some(unit));
    }
    Ok(recipients)
}

fn named(directory: &Directory, code: &str) -> Result<UnitId, BureauError> {
    let code = code.trim();
    let unit = directory.unit_by_code(code).ok_or_else(|| BureauError::UnknownUnit(code.to_owned()))?;
    Ok(unit.id)
}

pub(super) fn check_below(directory: &Directory, issuer: UnitId, unit: UnitId) -> Result<(), DocumentError> {
    if unit == issuer {
        return Err(DocumentError::ToItself(code_of(directory, unit)));
    }
    if is_within(directory, unit, issuer) {
        return Ok(());
    }
    Err(DocumentError::NotBelow { code: code_of(directory, unit), issuer: name_of(directory, issuer) })
}

/// Whether `unit` is `top` or below it.
pub(super) fn is_within(directory: &Directory, unit: UnitId, top: UnitId) -> bool {
    directory.unit_path(unit).any(|above| above == top)
}

/// The units right below each unit, by code.
fn children(directory: &Directory) -> BTreeMap<UnitId, Vec<UnitId>> {
    let mut units: Vec<_> = directory.units().collect();
    units.sort_by(|a, b| a.code.cmp(&b.code));
    let mut children: BTreeMap<UnitId, Vec<UnitId>> = BTreeMap::new();
    for unit in units {
        if let Some(parent) = unit.parent {
            children.entry(parent).or_default().push(unit.id);
        }
    }
    children
}

/// A unit and all below it, in the order of the tree.
fn tree(children: &BTreeMap<UnitId, Vec<UnitId>>, top: UnitId) -> Vec<UnitId> {
    let mut found = Vec::new();
    let mut waiting = vec![top];
    while let Some(unit) = waiting.pop() {
        found.push(unit);
        waiting.extend(children.get(&unit).into_iter().flatten().rev());
    }
    found
}
