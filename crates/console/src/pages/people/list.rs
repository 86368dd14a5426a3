//! The roster.

use yanzhen_bureau::kinds::person::field;
use yanzhen_bureau::kinds::words::word_of;
use yanzhen_bureau::listing::{Member, PersonColumn, WhichPeople};
use yanzhen_bureau::people::PersonView;
use yanzhen_bureau::{Bureau, BureauError, Day, Field, Filter, Page};
use yanzhen_proto::v1::{MembershipState, PersonStatus, Retirement};
use yanzhen_sync::RecordId;

use crate::format;
use crate::record_export::Roster;
use crate::record_list::{
    Asked, Cell, Column, Facet, List, Words, asked_for, asked_number, asked_sort, column, number, sorted,
};
use crate::texts::{Term as _, Texts, sex_term, term_of};

/// What the address calls people of every status; without a word it asks for the living.
const ALL: &str = "all";

/// Branches to choose from, at most: beyond that a branch is found by its own page.
const BRANCHES: u32 = 300;

/// What the address calls members and others.
const MEMBERS: [(&str, Member); 4] = [
    ("yes", Member::Yes),
    ("full", Member::Full),
    ("probationary", Member::Probationary),
    ("no", Member::No),
];

impl List for PersonView {
    const PATH: &'static str = "/people";

    const IMPORTS: bool = true;

    type Which = WhichPeople;

    fn words(t: &'static Texts) -> Words {
        let p = &t.people;
        Words { title: p.title, count: p.count, search: p.search, add: p.add, empty: [p.empty, p.empty_why] }
    }

    async fn facets(bureau: &Bureau, t: &'static Texts, asked: &Asked) -> Result<Vec<Facet>, BureauError> {
        let (p, l) = (&t.people, &t.lists);
        let any = || std::iter::once((String::new(), l.any.to_owned()));
        let others = [PersonStatus::Deceased, PersonStatus::MovedOut];
        let status = std::iter::once((String::new(), t.terms.living.to_owned()))
            .chain(others.map(|status| (number(status), status.term(t).to_owned())))
            .chain([(ALL.to_owned(), l.all.to_owned())]);
        let member =
            any().chain(MEMBERS.map(|(name, member)| (name.to_owned(), member_term(member, t).to_owned())));
        let sex = any().chain([1, 2].map(|code| (code.to_string(), sex_term(code, t).to_owned())));
        let mut facets = vec![
            Facet::of::<Retirement>(asked, "kind", p.kind, t),
            Facet::choice(asked, "member", l.member, member),
            Facet::choice(asked, "sex", p.sex, sex),
            Facet::range(asked, ["age_from", "age_to"], l.age),
            Facet::range(asked, ["retired_from", "retired_to"], l.retired),
            Facet::choice(asked, "status", l.status, status),
        ];
        let unit = asked.get("unit").filter(|unit| !unit.is_empty());
        let unit = unit.map_or(Ok(bureau.own_unit()), |code| bureau.unit_of_code(code).map(Some))?;
        if let Some(unit) = unit {
            let branches = bureau.branches_of(unit, BRANCHES).await?;
            let branches = branches.into_iter().map(|(id, branch)| (id.to_string(), branch.name));
            facets.insert(2, Facet::choice(asked, "branch", l.branch, any().chain(branches)));
        }
        Ok(facets)
    }

    fn which(asked: &Asked) -> WhichPeople {
        let member = asked.get("member").and_then(|name| MEMBERS.iter().find(|(known, _)| known == name));
        let status = match asked.get("status").map(String::as_str) {
            None | Some("") => Some(PersonStatus::Living),
            Some(_) => asked_for(asked, "status"),
        };
        WhichPeople {
            retirement: asked_for(asked, "kind"),
            status,
            member: member.map(|(_, member)| *member),
            sex: asked_number(asked, "sex"),
            branch: asked_number(asked, "branch"),
            age_from: asked_number(asked, "age_from"),
            age_to: asked_number(asked, "age_to"),
            retired_from: asked_number(asked, "retired_from"),
            retired_to: asked_number(asked, "retired_to"),
            sort: asked_sort(asked, |name| match name {
                "number" => Some(PersonColumn::Number),
                "name" => Some(PersonColumn::Name),
                "birth" => Some(PersonColumn::Birth),
                "retired" => Some(PersonColumn::RetiredOn),
                _ => None,
            }),
        }
    }

    fn columns(t: &'static Texts) -> Vec<Column> {
        let p = &t.people;
        vec![
            sorted(p.number, "number"),
            sorted(p.name, "name"),
            column(p.sex),
            sorted(p.birth, "birth"),
            column(p.kind),
            column(p.unit),
            column(p.former_unit),
            column(p.membership),
            column(p.branch),
            sorted(p.retired_on, "retired"),
            column(p.status),
        ]
    }

    async fn page(bureau: &Bureau, filter: &Filter<WhichPeople>) -> Result<Page<PersonView>, BureauError> {
        bureau.list_people(filter).await
    }

    fn row(self, t: &'static Texts, _: Day) -> (RecordId, Vec<Cell>) {
        let person = self.person;
        let state = self.membership.map_or("", |held| term_of::<MembershipState>(held.state, t));
        let cells = vec![
            Cell::Short(person.number),
            Cell::Name(person.name, ""),
            Cell::Short(sex_term(person.sex, t).to_owned()),
            Cell::Short(format::day(&person.birth)),
            Cell::Short(term_of::<Retirement>(person.retirement, t).to_owned()),
            Cell::Text(self.unit_name),
            Cell::Text(person.former_unit),
            Cell::Short(state.to_owned()),
            Cell::Text(self.branch.map(|branch| branch.name).unwrap_or_default()),
            Cell::Short(format::day(&person.retired_on)),
            Cell::Short(term_of::<PersonStatus>(person.status, t).to_owned()),
        ];
        (self.id, cells)
    }
}

impl Roster for PersonView {
    const MORE: &'static [Field] = &[field::STATUS, field::STATUS_ON, field::STATUS_REASON];

    fn more(&self) -> Vec<String> {
        let person = &self.person;
        let status = word_of::<PersonStatus>(person.status).to_owned();
        vec![status, person.status_on.clone(), person.status_reason.clone()]
    }

    fn unit(&self) -> [String; 2] {
        [self.unit_code.clone(), self.unit_name.clone()]
    }

    async fn of_ids(bureau: &Bureau, ids: &[RecordId]) -> Result<Vec<PersonView>, BureauError> {
        bureau.person_views(ids).await
    }
}

fn member_term(member: Member, t: &Texts) -> &'static str {
    match member {
        Member::Yes => t.lists.members,
        Member::Full => t.terms.full,
        Member::Probationary => t.terms.probationary,
        Member::No => t.lists.not_members,
    }
}
