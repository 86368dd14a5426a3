//! What neighbours and central say of streams and sites: acks, root receipts, beats and pulses.

use std::collections::BTreeMap;

use bytes::Bytes;
use prost::Message;
use sqlx::{Any, AnyConnection, AnyPool, Executor};
use yanzhen_proto::v1 as proto;
use yanzhen_sync::statement::{Beat, Pulse, RootReceipt};
use yanzhen_sync::{SiteId, StreamHead, StreamId};

use crate::error::StoreError;
use crate::shared::Shared;
use crate::sql::{Fields, ROWS_PER_STATEMENT, affected, big, insert};
use crate::writer::Transaction;

/// Notes how far a neighbour has stored streams; what it said before no longer counts. Streams that are not
/// known here are left out.
pub(crate) async fn note_stored_by(
    tx: &mut Transaction,
    site: SiteId,
    heads: &[StreamHead],
) -> Result<(), StoreError> {
    // One statement may touch a row only once: the last word on each stream counts.
    let latest: BTreeMap<i64, u64> =
        heads.iter().filter_map(|head| Some((tx.state(&head.stream)?.number, head.head.seq))).collect();
    let rows: Vec<(i64, u64)> = latest.into_iter().collect();
    for chunk in rows.chunks(ROWS_PER_STATEMENT) {
        let then = "ON CONFLICT (site, stream) DO UPDATE SET seq = excluded.seq";
        let mut query = sqlx::query(insert("acks", "site, stream, seq", chunk.len(), then));
        for (stream, seq) in chunk {
            query = query.bind(site.as_bytes().as_slice()).bind(*stream).bind(big(*seq));
        }
        let done = query.persistent(chunk.len() == 1).execute(&mut tx.db).await?;
        affected("acks", chunk.len(), done.rows_affected())?;
    }
    Ok(())
}

pub(crate) async fn stored_by(
    db: &AnyPool,
    shared: &Shared,
    site: SiteId,
) -> Result<BTreeMap<StreamId, u64>, StoreError> {
    let rows = sqlx::query("SELECT stream, seq FROM acks WHERE site = $1")
        .bind(site.as_bytes().as_slice())
        .fetch_all(db)
        .await?;
    rows.iter()
        .map(|row| {
            let mut fields = Fields::of("acks", row);
            let stream = stream(&mut fields, shared)?;
            Ok((stream, fields.number()?))
        })
        .collect()
}

fn stream(fields: &mut Fields<'_>, shared: &Shared) -> Result<StreamId, StoreError> {
    let number = fields.int()?;
    shared.stream(number).ok_or_else(|| fields.corrupt(format!("no stream {number}")))
}

/// Keeps receipts with the numbers of their streams.
pub(crate) async fn write_root_receipts(
    db: &mut AnyConnection,
    receipts: &[(RootReceipt, i64)],
) -> Result<(), StoreError> {
    for chunk in receipts.chunks(ROWS_PER_STATEMENT) {
        let then = "ON CONFLICT (stream) DO UPDATE SET seq = excluded.seq, receipt = excluded.receipt";
        let mut query = sqlx::query(insert("root_receipts", "stream, seq, receipt", chunk.len(), then));
        for (receipt, number) in chunk {
            query = query
                .bind(*number)
                .bind(big(receipt.head.head.seq))
                .bind(proto::RootReceipt::from(*receipt).encode_to_vec());
        }
        let done = query.persistent(chunk.len() == 1).execute(&mut *db).await?;
        affected("root_receipts", chunk.len(), done.rows_affected())?;
    }
    Ok(())
}

/// Keeps the receipts that say more than the ones held, and gives those back.
pub(crate) async fn put_root_receipts(
    tx: &mut Transaction,
    receipts: Vec<RootReceipt>,
) -> Result<Vec<RootReceipt>, StoreError> {
    let mut newer: BTreeMap<i64, RootReceipt> = BTreeMap::new();
    for receipt in receipts {
        let Some(state) = tx.state(&receipt.head.stream) else { continue };
        let held: Option<i64> = sqlx::query_scalar("SELECT seq FROM root_receipts WHERE stream = $1")
            .bind(state.number)
            .fetch_optional(&mut tx.db)
            .await?;
        let said = newer.get(&state.number).map_or(0, |receipt| receipt.head.head.seq);
        if big(receipt.head.head.seq) > held.unwrap_or(0).max(big(said)) {
            newer.insert(state.number, receipt);
        }
    }
    let rows: Vec<(RootReceipt, i64)> =
        newer.into_iter().map(|(number, receipt)| (receipt, number)).collect();
    write_root_receipts(&mut tx.db, &rows).await?;
    Ok(rows.into_iter().map(|(receipt, _)| receipt).collect())
}

pub(crate) async fn root_receipts(
    db: &AnyPool,
    shared: &Shared,
    only: Option<i64>,
) -> Result<BTreeMap<StreamId, RootReceipt>, StoreError> {
    let rows = match only {
        None => sqlx::query("SELECT stream, receipt FROM root_receipts").fetch_all(db).await?,
        Some(number) => {
            sqlx::query("SELECT stream, receipt FROM root_receipts WHERE stream = $1")
                .bind(number)
                .fetch_all(db)
                .await?
        }
    };
    rows.iter()
        .map(|row| {
            let mut fields = Fields::of("root_receipts", row);
            let stream = stream(&mut fields, shared)?;
            let wire: proto::RootReceipt = decode(&mut fields)?;
            Ok((stream, RootReceipt::try_from(wire).map_err(|why| fields.corrupt(why))?))
        })
        .collect()
}

fn decode<M: Message + Default>(fields: &mut Fields<'_>) -> Result<M, StoreError> {
    let bytes = Bytes::copy_from_slice(fields.bytes()?);
    M::decode(bytes).map_err(|why| fields.corrupt(why))
}

/// Keeps the beats that count higher than the ones held, and gives those back.
pub(crate) async fn put_beats(tx: &mut Transaction, beats: Vec<Beat>) -> Result<Vec<Beat>, StoreError> {
    let mut newer = Vec::new();
    for beat in beats {
        let done = sqlx::query(
            "INSERT INTO beats (site, counter, beat) VALUES ($1, $2, $3) \
             ON CONFLICT (site) DO UPDATE SET counter = excluded.counter, beat = excluded.beat \
             WHERE beats.counter < excluded.counter",
        )
        .bind(beat.site.as_bytes().as_slice())
        .bind(big(beat.counter))
        .bind(proto::Beat::from(beat).encode_to_vec())
        .execute(&mut tx.db)
        .await?;
        if done.rows_affected() > 0 {
            newer.push(beat);
        }
    }
    Ok(newer)
}

pub(crate) async fn beats<'e>(
    db: impl Executor<'e, Database = Any>,
) -> Result<BTreeMap<SiteId, Beat>, StoreError> {
    let rows = sqlx::query("SELECT site, beat FROM beats").fetch_all(db).await?;
    rows.iter()
        .map(|row| {
            let mut fields = Fields::of("beats", row);
            let site = fields.id()?;
            let wire: proto::Beat = decode(&mut fields)?;
            Ok((site, Beat::try_from(wire).map_err(|why| fields.corrupt(why))?))
        })
        .collect()
}

/// Keeps the pulses that count higher than the ones held, and gives those back.
pub(crate) async fn put_pulses(tx: &mut Transaction, pulses: Vec<Pulse>) -> Result<Vec<Pulse>, StoreError> {
    let mut newer = Vec::new();
    for pulse in pulses {
        let done = sqlx::query(
            "INSERT INTO pulses (site, counter, pulse) VALUES ($1, $2, $3) \
             ON CONFLICT (site) DO UPDATE SET counter = excluded.counter, pulse = excluded.pulse \
             WHERE pulses.counter < excluded.counter",
        )
        .bind(pulse.site.as_bytes().as_slice())
        .bind(big(pulse.counter))
        .bind(proto::Pulse::from(&pulse).encode_to_vec())
        .execute(&mut tx.db)
        .await?;
        if done.rows_affected() > 0 {
            newer.push(pulse);
        }
    }
    Ok(newer)
}

pub(crate) async fn pulses<'e>(
    db: impl Executor<'e, Database = Any>,
) -> Result<BTreeMap<SiteId, Pulse>, StoreError> {
    let rows = sqlx::query("SELECT site, pulse FROM pulses").fetch_all(db).await?;
    rows.iter()
        .map(|row| {
            let mut fields = Fields::of("pulses", row);
            let site = fields.id()?;
            let wire: proto::Pulse = decode(&mut fields)?;
            Ok((site, Pulse::try_from(wire).map_err(|why| fields.corrupt(why))?))
        })
        .collect()
}
