//! Sample work, so that each page of the consoles has something real to show. It is added once the story is told and
//! changes none of its figures.

use anyhow::{Result, ensure};
use futures_util::future::try_join_all;
use yanzhen_bureau::documents::NewDocument;
use yanzhen_bureau::importing::{ImportKind, ImportRequest};
use yanzhen_bureau::transfers::Release;
use yanzhen_bureau::{Bureau, Filter, Save};

use crate::federation::Federation;
use crate::orders;
use crate::places::{CITY, DIRECT, FIRST, PLACES, first_counties};
use crate::roster;

/// The same people in every run.
const SEED: u64 = 1966;

/// People who have died or moved away, for each unit of weight 1.
const DEPARTED_PER_WEIGHT: u32 = 12;

/// Adds it all.
pub async fn add(federation: &Federation) -> Result<()> {
    let today = federation.site(CITY)?.bureau.today().to_string();
    let year: i16 = today[..4].parse()?;
    departed(federation, year).await?;
    terms(federation, year).await?;
    documents(federation, year).await?;
    transfer(federation).await
}

/// Those who were there in the last years and are no longer.
async fn departed(federation: &Federation, year: i16) -> Result<()> {
    try_join_all((0..).zip(&PLACES).map(async |(number, place)| {
        let count = DEPARTED_PER_WEIGHT * place.weight;
        let file = roster::departed(SEED + number, place.code, count, year)?;
        let request = ImportRequest { kind: ImportKind::People, unit_code: String::new(), file: file.into() };
        let imported = federation.site(place.code)?.bureau.import(request, |_| ()).await?;
        ensure!(imported.refusals.is_empty(), "people were refused: {:?}", imported.refusals);
        anyhow::Ok(())
    }))
    .await?;
    Ok(())
}

/// In each county of the first prefecture one term has ended and two will.
async fn terms(federation: &Federation, year: i16) -> Result<()> {
    for county in first_counties() {
        let bureau = &federation.site(county.code)?.bureau;
        let few = Filter { limit: 8, ..Filter::default() };
        let orgs = bureau.list_orgs(&few).await?.rows;
        let ends = [format!("{year}-06-30"), format!("{year}-12-31"), format!("{}-02-28", year + 1)];
        for (org, end) in orgs.iter().rev().zip(ends) {
            change_org(bureau, &org.org.number, "届满时间", &end).await?;
        }
    }
    Ok(())
}

async fn change_org(bureau: &Bureau, number: &str, field: &str, value: &str) -> Result<()> {
    let fields = vec![(field.to_owned(), value.to_owned())];
    bureau.save_org(Save { number: number.to_owned(), fields, ..Save::default() }).await?;
    Ok(())
}

/// Somebody of one county has been released to another, which has not answered.
async fn transfer(federation: &Federation) -> Result<()> {
    let mut counties = first_counties();
    let (Some(from), Some(to)) = (counties.next(), counties.next()) else { return Ok(()) };
    let bureau = &federation.site(from.code)?.bureau;
    let one = Filter { limit: 1, ..Filter::default() };
    for person in bureau.list_people(&one).await?.rows {
        let release = Release {
            person: person.id.to_string(),
            to: to.code.to_owned(),
            letter: "第0001号".to_owned(),
            reason: "随子女居住".to_owned(),
            ..Release::default()
        };
        bureau.release_person(release).await?;
    }
    Ok(())
}

/// Documents that have come some way: one is due soon and half of its recipients have signed, one is answered by few,
/// one has no deadline.
async fn documents(federation: &Federation, year: i16) -> Result<()> {
    let central = &federation.site(CITY)?.bureau;
    let document = |title: &str, number: u32, deadline: String, needs_reply: bool| NewDocument {
        title: title.to_owned(),
        body: "各有关单位：\n\n现将有关事项通知如下，请结合实际抓好落实。".to_owned(),
        number: format!("云老干〔{year}〕{number}号"),
        deadline,
        needs_reply,
        issued_by: "周建业".to_owned(),
        to: vec![FIRST.to_owned(), DIRECT.to_owned()],
        subtree: true,
        ..NewDocument::default()
    };
    let end = format!("{year}-12-31");
    let today = central.today().to_string();
    let visits = document("关于做好元旦春节走访慰问工作的通知", 8, today, false);
    let terms = document("关于做好离退休干部党支部换届工作的通知", 9, end, true);
    let safety = document("关于冬季老同志安全的提示", 10, String::new(), false);
    for (document, workers) in [(visits, 4), (terms, 2), (safety, 6)] {
        let published = central.publish(document).await?;
        for county in first_counties().take(workers) {
            let bureau = &federation.site(county.code)?.bureau;
            orders::until("the document is delivered", async || {
                Ok(bureau.open_document(published.id, None).await.is_ok())
            })
            .await?;
            bureau.sign_document(published.id, None, &format!("{}值班员", county.place)).await?;
        }
    }
    Ok(())
}
