//! People, their memberships, and organisations.

use sqlx::AnyConnection;
use yanzhen_proto::v1::{Membership, PartyOrg, Person, Sealed};
use yanzhen_store::{ProjectionError, Record};

use super::{Batch, State, in_words};
use crate::kinds::day::Day;
use crate::kinds::{membership, party_org, person, person_private, text};
use crate::sealing;
use crate::sql::{Table, delete};

const PERSON: Table = Table {
    name: "person",
    key: &["id"],
    columns: &[
        "unit",
        "number",
        "name",
        "sex",
        "birth",
        "retirement",
        "status",
        "status_on",
        "counting_unit",
        "retired_on",
        "search",
    ],
};

const MEMBERSHIP: Table = Table {
    name: "membership",
    key: &["id"],
    columns: &["person", "unit", "branch", "joined", "full_since", "state"],
};

const PARTY_ORG: Table = Table {
    name: "party_org",
    key: &["id"],
    columns: &[
        "unit",
        "number",
        "name",
        "type",
        "setup",
        "nature",
        "parent",
        "term_end",
        "closed_on",
        "search",
    ],
};

pub(super) async fn apply(db: &mut AnyConnection, states: &[State<'_>]) -> Result<(), ProjectionError> {
    let people =
        Batch::of(&person::KIND, states, |_, person| in_words(person::validate(person, Day::LATEST)))?;
    let memberships = Batch::of(&membership::KIND, states, check_membership)?;
    let orgs = Batch::of(&party_org::KIND, states, |_, org| in_words(party_org::validate(org, Day::LATEST)))?;
    // Nothing of an envelope is in a table; what is none would be private and in the clear.
    Batch::of(&person_private::KIND, states, |_, sealed: &Sealed| sealing::check(sealed))?;
    put_people(db, &people).await?;
    put_memberships(db, &memberships).await?;
    put_orgs(db, &orgs).await?;
    Ok(())
}

/// What is searched in: each text as words are looked up, so that any part of it is found.
fn search_text(texts: &[&str]) -> String {
    let keys: Vec<String> = texts.iter().map(|text| text::key(text)).filter(|key| !key.is_empty()).collect();
    keys.join(" ")
}

fn person_texts(person: &Person) -> String {
    search_text(&[
        &person.number,
        &person.name,
        &person.former_unit,
        &person.rank,
        &person.entitlement,
        &person.skills,
        &person.willingness,
    ])
}

fn check_membership(record: &Record, membership: &Membership) -> Result<(), String> {
    in_words(membership::validate(membership, Day::LATEST))?;
    let person =
        yanzhen_sync::RecordId::try_from(membership.person.as_ref()).map_err(|why| why.to_string())?;
    let fits = membership::id_of(person) == record.record;
    if fits { Ok(()) } else { Err("its id is not the one of this person's membership".to_owned()) }
}

async fn put_people(db: &mut AnyConnection, people: &Batch<'_, Person>) -> Result<(), sqlx::Error> {
    delete(db, PERSON.name, "id", &people.gone).await?;
    let bind = |row: crate::sql::Statement, (record, person): &(&Record, Person)| {
        row.bind(record.record.as_bytes().to_vec())
            .bind(record.unit.as_bytes().to_vec())
            .bind(person.number.clone())
            .bind(person.name.clone())
            .bind(i64::from(person.sex))
            .bind(person.birth.clone())
            .bind(i64::from(person.retirement))
            .bind(i64::from(person.status))
            .bind(person.status_on.clone())
            .bind(person.counting_unit.to_vec())
            .bind(person.retired_on.clone())
            .bind(person_texts(person))
    };
    PERSON.put(db, &people.live, bind).await
}

async fn put_memberships(db: &mut AnyConnection, rows: &Batch<'_, Membership>) -> Result<(), sqlx::Error> {
    delete(db, MEMBERSHIP.name, "id", &rows.gone).await?;
    let bind = |row: crate::sql::Statement, (record, membership): &(&Record, Membership)| {
        row.bind(record.record.as_bytes().to_vec())
            .bind(membership.person.to_vec())
            .bind(record.unit.as_bytes().to_vec())
            .bind(membership.branch.to_vec())
            .bind(membership.joined.clone())
            .bind(membership.full_since.clone())
            .bind(i64::from(membership.state))
    };
    MEMBERSHIP.put(db, &rows.live, bind).await
}

async fn put_orgs(db: &mut AnyConnection, orgs: &Batch<'_, PartyOrg>) -> Result<(), sqlx::Error> {
    delete(db, PARTY_ORG.name, "id", &orgs.gone).await?;
    let bind = |row: crate::sql::Statement, (record, org): &(&Record, PartyOrg)| {
        row.bind(record.record.as_bytes().to_vec())
            .bind(record.unit.as_bytes().to_vec())
            .bind(org.number.clone())
            .bind(org.name.clone())
            .bind(i64::from(org.r#type))
            .bind(i64::from(org.setup))
            .bind(i64::from(org.nature))
            .bind(org.parent.to_vec())
            .bind(org.term_end.clone())
            .bind(org.closed_on.clone())
            .bind(search_text(&[&org.number, &org.name, &org.place]))
    };
    PARTY_ORG.put(db, &orgs.live, bind).await
}
