//! The story: rosters go up, a document goes down, a line is cut, and all of it comes right.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use anyhow::{Result, ensure};
use futures_util::future::try_join_all;
use indicatif::{ProgressBar, ProgressStyle};
use rand::{Rng, SeedableRng};
use yanzhen_bureau::kinds::person;
use yanzhen_proto::v1::{
    DocumentRequest, Field, ImportKind, ListRequest, PublishRequest, ReceiptsReply, RollUpReply, SaveRequest,
    ShowUnitsRequest,
};
use yanzhen_sync::directory::Link;
use yanzhen_sync::{RecordId, StreamId};

use crate::federation::Federation;
use crate::meter::Meter;
use crate::places::{CITY, DIRECT, FIRST, PLACES, Place, SECOND, first_counties, is_in_first};
use crate::report::{Directive, EXPECTED_ROLLUP, ObjectBytesOut, Outage, Report, RollUp};
use crate::roster::{self, Roster, Totals};
use crate::{orders, show};

/// The same figures, names and attachments in every run.
const SEED: u64 = 2018;

/// Bytes of the two attachments, 5 MiB together.
const ATTACHMENTS: [(&str, usize); 2] =
    [("工作规范.pdf", 3 * 1024 * 1024), ("统计口径说明.docx", 2 * 1024 * 1024)];

/// Edits in each county while central is cut off.
const EDITS_PER_COUNTY: u32 = 5;

/// What the rosters outside the first prefecture come to.
const ELSEWHERE: Totals = Totals {
    honoured: 12,
    honoured_members: 8,
    ordinary: 520,
    ordinary_members: 301,
    orgs_single: 9,
    orgs_joint: 17,
};

/// Plays the whole story in an empty folder. The federation that comes back still runs.
pub async fn play(root: &Path) -> Result<(Federation, Report)> {
    let began = Instant::now();
    let mut meter = Meter::start();
    println!("建立网络：中心、两个节点、十个终端");
    let mut federation = Federation::begin(root).await?;
    federation.add_all(|place| println!("  {} {}", place.code, place.name)).await?;
    meter.step("join", &federation)?;

    println!("导入花名册");
    import_rosters(&federation).await?;
    meter.step("import", &federation)?;
    let rolled_up = await_rollup(&federation).await?;
    meter.step("roll up", &federation)?;

    println!("下发文件，附件两件");
    let (document, object_bytes) = publish(&federation).await?;
    work_on_it(&federation, &document).await?;
    let receipts = await_receipts(&federation, &document).await?;
    meter.step("directive", &federation)?;
    let hub_object_bytes_out = object_bytes_out(&federation)?;

    println!("中断中心线路，县里照常工作，节点重启");
    let outage = live_through_outage(&mut federation).await?;
    meter.step("outage", &federation)?;
    let converged = await_convergence(&federation).await;
    meter.step("converge", &federation)?;

    let rolled_up_after = rollup_of_first(&federation).await?;
    ensure!(totals(&rolled_up_after) == totals(&rolled_up), "edits that keep the totals changed the roll-up");
    let units = federation.control(CITY).await?.central.show_units(ShowUnitsRequest::default()).await?;
    show::outcome(&units.into_inner(), &rolled_up_after, &receipts);
    let report = Report {
        rollup: totals(&rolled_up_after),
        directive: Directive {
            recipients: receipts.recipients,
            delivered: receipts.delivered,
            signed: receipts.signed,
            replied: receipts.replied,
        },
        object_bytes,
        hub_object_bytes_out,
        outage,
        converged: converged.is_ok(),
        seconds: began.elapsed().as_secs_f64(),
        steps: meter.into_steps(),
    };
    if let Err(error) = converged {
        eprintln!("{error}");
    }
    Ok((federation, report))
}

/// All sites import at the same time, organisations first: people name their branches.
async fn import_rosters(federation: &Federation) -> Result<()> {
    let rosters = make_rosters()?;
    let rows = rosters.iter().map(|roster| u64::from(roster.totals.people() + roster.totals.orgs())).sum();
    let bar = ProgressBar::new(rows)
        .with_style(ProgressStyle::with_template("  {bar:40} {pos}/{len} 行，{elapsed}")?);
    let done = AtomicU64::new(0);
    let advance = |last: &mut u64, now: u64| {
        bar.set_position(done.fetch_add(now - *last, Ordering::Relaxed) + now - *last);
        *last = now;
    };
    try_join_all(rosters.into_iter().map(async |roster| {
        let mut site = federation.control(&roster.code).await?;
        let (mut orgs, mut people) = (0, 0);
        orders::import(&mut site, ImportKind::Orgs, roster.orgs, |now| advance(&mut orgs, now)).await?;
        orders::import(&mut site, ImportKind::People, roster.people, |now| advance(&mut people, now)).await
    }))
    .await?;
    bar.finish();
    Ok(())
}

/// The first prefecture's subtree gets the figures of the roll-up, everybody else a few hundred people.
fn make_rosters() -> Result<Vec<Roster>> {
    let (first, elsewhere): (Vec<&Place>, Vec<&Place>) = PLACES.iter().partition(|place| is_in_first(place));
    let places = |places: Vec<&'static Place>| -> Vec<roster::Place<'static>> {
        let part =
            |place: &Place| roster::Place { code: place.code, name: place.place, weight: place.weight };
        places.into_iter().map(part).collect()
    };
    let mut rosters = roster::generate(SEED, &places(first), roster::FIRST_PREFECTURE)?;
    rosters.extend(roster::generate(SEED + 1, &places(elsewhere), ELSEWHERE)?);
    Ok(rosters)
}

async fn rollup_of_first(federation: &Federation) -> Result<RollUpReply> {
    orders::rollup(&mut federation.control(CITY).await?, FIRST).await
}

async fn await_rollup(federation: &Federation) -> Result<RollUpReply> {
    let arrived = async || Ok(totals(&rollup_of_first(federation).await?) == EXPECTED_ROLLUP);
    if let Err(error) = orders::until("the rosters are at central", arrived).await {
        eprintln!("{error}"); // The report says by how much.
    }
    rollup_of_first(federation).await
}

fn totals(reply: &RollUpReply) -> RollUp {
    let total = reply.total.clone().unwrap_or_default();
    RollUp {
        people: total.people,
        honoured: total.honoured,
        honoured_members: total.honoured_members,
        ordinary: total.ordinary,
        ordinary_members: total.ordinary_members,
        orgs: total.orgs,
        orgs_single: total.orgs_single,
        orgs_joint: total.orgs_joint,
    }
}

/// Central publishes to the first prefecture's bureau and its counties, and to the direct unit. Tells the
/// document's id and the bytes of its attachments.
async fn publish(federation: &Federation) -> Result<(String, u64)> {
    let mut central = federation.control(CITY).await?;
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(SEED);
    let mut attachments = Vec::new();
    for (name, size) in ATTACHMENTS {
        let mut bytes = vec![0; size];
        random.fill_bytes(&mut bytes);
        attachments.push(orders::put_object(&mut central, name, &bytes).await?);
    }
    let object_bytes = attachments.iter().map(|attachment| attachment.size).sum();
    let document = PublishRequest {
        title: "关于做好2026年离退休干部信息核对工作的通知".to_owned(),
        body: "各州委老干部局、各县委老干部局、市直有关单位：\n\n请于年底前完成信息核对，并反馈落实情况。"
            .to_owned(),
        attachments,
        to: vec![FIRST.to_owned(), DIRECT.to_owned()],
        subtree: true,
        number: "云老干〔2026〕7号".to_owned(),
        needs_reply: true,
        ..PublishRequest::default()
    };
    Ok((central.site.publish(document).await?.into_inner().id, object_bytes))
}

/// Each recipient opens, signs and answers.
async fn work_on_it(federation: &Federation, document: &str) -> Result<()> {
    let recipients = PLACES.iter().filter(|place| is_in_first(place) || place.code == DIRECT);
    try_join_all(recipients.map(async |place| {
        orders::work_on(&mut federation.control(place.code).await?, document, place.name).await
    }))
    .await?;
    Ok(())
}

async fn await_receipts(federation: &Federation, document: &str) -> Result<ReceiptsReply> {
    let mut central = federation.control(CITY).await?;
    let request = DocumentRequest { id: document.to_owned(), ..DocumentRequest::default() };
    let mut receipts = ReceiptsReply::default();
    let all = orders::until("all receipts are at central", async || {
        receipts = central.site.receipts(request.clone()).await?.into_inner();
        Ok(receipts.recipients > 0 && receipts.replied == receipts.recipients)
    });
    if let Err(error) = all.await {
        eprintln!("{error}"); // The report says how far they have come.
    }
    Ok(receipts)
}

fn object_bytes_out(federation: &Federation) -> Result<ObjectBytesOut> {
    let links = federation.site(CITY)?.hub.link_states();
    let sent = |code: &str| -> Result<u64> {
        let peer = federation.site(code)?.store.me();
        Ok(links.iter().find(|link| link.peer == peer).map_or(0, |link| link.object_bytes_down))
    };
    Ok(ObjectBytesOut { node1: sent(FIRST)?, node2: sent(SECOND)?, direct: sent(DIRECT)? })
}

/// Cuts central off, lets the counties write, restarts the node, mends the line and waits until all is at
/// central.
async fn live_through_outage(federation: &mut Federation) -> Result<Outage> {
    let before = county_frames(federation)?;
    federation.line(CITY)?.cut();
    let mut edited = Vec::new();
    for (number, county) in first_counties().enumerate() {
        if number == 3 {
            federation.restart(FIRST).await?;
        }
        edited.extend(edit_some(federation, county.code).await?);
    }
    let written = county_frames(federation)? - before;
    federation.line(CITY)?.mend();
    let arrived = async || Ok(county_frames_at_central(federation)? >= before + written);
    if let Err(error) = orders::until("what was written is at central", arrived).await {
        eprintln!("{error}"); // The report says how much is missing.
    }
    let central = &federation.site(CITY)?.store;
    central.projected().await?;
    let mut duplicates = 0;
    for person in edited {
        let history = central.history(&person::KIND, person).await?;
        let versions: BTreeSet<_> = history.iter().map(|entry| entry.version).collect();
        duplicates += (history.len() - versions.len()) as u64;
    }
    let frames_arrived = county_frames_at_central(federation)? - before;
    Ok(Outage { frames_written: written, frames_arrived, duplicates })
}

/// Changes what the roll-up does not count.
async fn edit_some(federation: &Federation, code: &'static str) -> Result<Vec<RecordId>> {
    let mut county = federation.control(code).await?;
    let page = ListRequest { limit: EDITS_PER_COUNTY, ..ListRequest::default() };
    let people = county.site.list_people(page).await?.into_inner().people;
    let mut edited = Vec::new();
    for person in people {
        let change = Field { name: "专长".to_owned(), value: "书法、党史宣讲".to_owned() };
        let save = SaveRequest { unit_code: String::new(), number: person.number, fields: vec![change] };
        let saved = county.site.save_person(save).await?.into_inner();
        ensure!(saved.changed, "an edit changed nothing");
        edited.push(saved.id.parse()?);
    }
    Ok(edited)
}

fn county_frames(federation: &Federation) -> Result<u64> {
    first_counties()
        .map(|county| {
            let store = &federation.site(county.code)?.store;
            Ok(store.head(&StreamId::journal(store.me(), store.epoch())).seq)
        })
        .sum()
}

fn county_frames_at_central(federation: &Federation) -> Result<u64> {
    let central = &federation.site(CITY)?.store;
    first_counties()
        .map(|county| {
            let store = &federation.site(county.code)?.store;
            Ok(central.head(&StreamId::journal(store.me(), store.epoch())).seq)
        })
        .sum()
}

/// Waits until both ends of each line hold the same of every stream that travels on it.
async fn await_convergence(federation: &Federation) -> Result<()> {
    orders::until("all sites have converged", async || {
        let mut same = true;
        for place in &PLACES {
            let parent = if place.parent.is_empty() { CITY } else { place.parent };
            same &= hold_the_same(federation, parent, place.code)?;
        }
        Ok(same)
    })
    .await
}

fn hold_the_same(federation: &Federation, parent: &str, child: &str) -> Result<bool> {
    use yanzhen_sync::directory::Direction::{Down, Up};
    let (above, below) = (&federation.site(parent)?.store, &federation.site(child)?.store);
    let directory = federation.site(CITY)?.store.directory();
    let link = Link { parent: above.me(), child: below.me() };
    let travelling = |mut heads: yanzhen_sync::digest::Heads| {
        heads.retain(|stream, head| {
            head.seq > 0 && (directory.travels(stream, link, Up) || directory.travels(stream, link, Down))
        });
        heads
    };
    Ok(travelling(above.heads()) == travelling(below.heads()))
}
