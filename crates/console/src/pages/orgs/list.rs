//! The organisations.

use yanzhen_bureau::kinds::branch_rules::{self, BranchAlert};
use yanzhen_bureau::listing::{OrgColumn, WhichOrgs};
use yanzhen_bureau::orgs::OrgView;
use yanzhen_bureau::{Bureau, BureauError, Day, Field, Filter, Page};
use yanzhen_proto::v1::{OrgNature, OrgSetup, OrgType};
use yanzhen_sync::RecordId;

use crate::format;
use crate::record_export::Roster;
use crate::record_list::{
    Asked, Cell, Column, Facet, List, Words, asked_for, asked_sort, column, numbers, sorted,
};
use crate::texts::{Texts, term_of};

impl List for OrgView {
    const PATH: &'static str = "/orgs";

    const IMPORTS: bool = true;

    type Which = WhichOrgs;

    fn words(t: &'static Texts) -> Words {
        let o = &t.orgs;
        Words { title: o.title, count: o.count, search: o.search, add: o.add, empty: [o.empty, o.empty_why] }
    }

    async fn facets(_: &Bureau, t: &'static Texts, asked: &Asked) -> Result<Vec<Facet>, BureauError> {
        let (o, l) = (&t.orgs, &t.lists);
        let status = [("", l.open), ("closed", l.closed), ("all", l.all)];
        Ok(vec![
            Facet::of::<OrgType>(asked, "kind", o.kind, t),
            Facet::of::<OrgSetup>(asked, "setup", o.setup, t),
            Facet::of::<OrgNature>(asked, "nature", l.nature, t),
            Facet::words(asked, "status", l.status, status),
        ])
    }

    fn which(asked: &Asked) -> WhichOrgs {
        WhichOrgs {
            kind: asked_for(asked, "kind"),
            setup: asked_for(asked, "setup"),
            nature: asked_for(asked, "nature"),
            open: match asked.get("status").map_or("", String::as_str) {
                "" => Some(true),
                "closed" => Some(false),
                _ => None,
            },
            sort: asked_sort(asked, |name| match name {
                "number" => Some(OrgColumn::Number),
                "name" => Some(OrgColumn::Name),
                "term" => Some(OrgColumn::TermEnd),
                _ => None,
            }),
        }
    }

    fn columns(t: &'static Texts) -> Vec<Column> {
        let o = &t.orgs;
        vec![
            sorted(o.number, "number"),
            sorted(o.name, "name"),
            column(o.unit),
            column(o.kind),
            column(o.setup),
            column(t.lists.nature),
            numbers(o.members),
            sorted(o.term_end, "term"),
        ]
    }

    async fn page(bureau: &Bureau, filter: &Filter<WhichOrgs>) -> Result<Page<OrgView>, BureauError> {
        bureau.list_orgs(filter).await
    }

    fn row(self, t: &'static Texts, today: Day) -> (RecordId, Vec<Cell>) {
        let org = self.org;
        let is_closed = !org.closed_on.is_empty();
        let term = branch_rules::term(&org, today).filter(|_| !is_closed);
        let due = |on: Day, word: &str| format!("{} {word}", format::day(&on.to_string()));
        let term_end = match term {
            Some(BranchAlert::TermOver { on, .. }) => Cell::State("st-bad", "bad", due(on, t.orgs.term_over)),
            Some(BranchAlert::TermNear { on, .. }) => {
                Cell::State("st-warn", "late", due(on, t.orgs.term_near))
            }
            _ => Cell::Short(format::day(&org.term_end)),
        };
        let cells = vec![
            Cell::Short(org.number),
            Cell::Name(org.name, if is_closed { t.orgs.closed } else { "" }),
            Cell::Text(self.unit_name),
            Cell::Short(term_of::<OrgType>(org.r#type, t).to_owned()),
            Cell::Short(term_of::<OrgSetup>(org.setup, t).to_owned()),
            Cell::Short(term_of::<OrgNature>(org.nature, t).to_owned()),
            Cell::Number(self.members + u64::from(org.other_members)),
            term_end,
        ];
        (self.id, cells)
    }
}

impl Roster for OrgView {
    const MORE: &'static [Field] = &[];

    fn more(&self) -> Vec<String> {
        Vec::new()
    }

    fn unit(&self) -> [String; 2] {
        [self.unit_code.clone(), self.unit_name.clone()]
    }

    async fn of_ids(bureau: &Bureau, ids: &[RecordId]) -> Result<Vec<OrgView>, BureauError> {
        bureau.org_views(ids).await
    }
}
