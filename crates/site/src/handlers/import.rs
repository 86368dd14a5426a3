//! Imports: the file comes in pieces, progress goes back while its rows go in.

use std::time::{Duration, Instant};

use bytes::BytesMut;
use tokio::sync::mpsc::{self, Sender};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};
use yanzhen_bureau::importing::{ImportKind, ImportOutcome, ImportProgress, ImportRequest};
use yanzhen_proto::v1 as proto;

use super::failure::of_bureau;
use super::words::refused_row;
use crate::failure::Failure;
use crate::runtime::Site;

/// Bytes of the largest file: three times the roster of the largest province.
const MAX_FILE_BYTES: usize = 64 * 1024 * 1024;

/// Refused rows that are told one by one; the file of refused rows has them all.
const REFUSALS_TOLD: usize = 1_000;

/// Between two words of progress: ten a second look smooth.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

/// Words of progress that a slow client may be behind; further ones are left out.
const PROGRESS_AHEAD: usize = 4;

type Progress = Result<proto::ImportProgress, Status>;

/// Takes the whole file, then imports it. The import ends between two frames when nobody listens any more or the
/// site stops; what went in until then stays, and the same file goes on where it ended.
pub(super) async fn import(
    site: &Site,
    pieces: Streaming<proto::ImportRequest>,
) -> Result<ReceiverStream<Progress>, Status> {
    let request = collect(pieces).await?;
    let (told, listened) = mpsc::channel(PROGRESS_AHEAD);
    let (site_here, stop) = (site.clone(), site.life().stop_token());
    site.life().spawn(async move {
        let importing = Box::pin(run(&site_here, request, &told));
        let outcome = tokio::select! {
            outcome = importing => outcome,
            () = told.closed() => return,
            () = stop.cancelled() => Err(stopping()),
        };
        let last = outcome.map(done).map_err(Failure::into_status);
        // The client may have gone meanwhile.
        let _ = told.send(last).await;
    });
    Ok(ReceiverStream::new(listened))
}

async fn run(site: &Site, request: ImportRequest, told: &Sender<Progress>) -> Result<ImportOutcome, Failure> {
    let mut next = Instant::now();
    let progress = |counts: &ImportProgress| {
        if Instant::now() >= next {
            next = Instant::now() + PROGRESS_EVERY;
            let _ = told.try_send(Ok(progress(counts)));
        }
    };
    site.bureau.import(request, progress).await.map_err(of_bureau)
}

async fn collect(mut pieces: Streaming<proto::ImportRequest>) -> Result<ImportRequest, Status> {
    let mut gathered = Gathered::default();
    while let Some(piece) = pieces.message().await? {
        gathered.take(piece)?;
    }
    Ok(gathered.finish()?)
}

#[derive(Default)]
struct Gathered {
    kind: Option<ImportKind>,
    unit_code: String,
    file: BytesMut,
}

impl Gathered {
    fn take(&mut self, piece: proto::ImportRequest) -> Result<(), Failure> {
        if self.kind.is_none() {
            self.kind = Some(kind(piece.kind())?);
            self.unit_code = piece.unit_code;
        }
        if self.file.len() + piece.data.len() > MAX_FILE_BYTES {
            return Err(Failure::refused("the file is too large")
                .why(format!("at most {} are taken at once", crate::out::size(MAX_FILE_BYTES as u64)))
                .next("split it into several files with the same header"));
        }
        self.file.extend_from_slice(&piece.data);
        Ok(())
    }

    fn finish(self) -> Result<ImportRequest, Failure> {
        let kind = self
            .kind
            .ok_or_else(|| Failure::refused("no file came").next("name a file that is not empty"))?;
        Ok(ImportRequest { kind, unit_code: self.unit_code, file: self.file.freeze() })
    }
}

fn kind(kind: proto::ImportKind) -> Result<ImportKind, Failure> {
    match kind {
        proto::ImportKind::People => Ok(ImportKind::People),
        proto::ImportKind::Orgs => Ok(ImportKind::Orgs),
        proto::ImportKind::Unspecified => Err(Failure::refused("the request does not say what the rows are")
            .why("this site knows imports of people and of organisations")
            .next("stop the site and start it again with the program that is installed now")),
    }
}

fn progress(counts: &ImportProgress) -> proto::ImportProgress {
    proto::ImportProgress {
        rows_done: counts.rows_done,
        rows_total: counts.rows_total,
        created: counts.created,
        updated: counts.updated,
        unchanged: counts.unchanged,
        refused: counts.refused,
        frames: counts.frames,
        ..Default::default()
    }
}

fn done(outcome: ImportOutcome) -> proto::ImportProgress {
    let mut warnings = outcome.warnings;
    if outcome.refusals.len() > REFUSALS_TOLD {
        warnings.push(format!(
            "only the first {REFUSALS_TOLD} refusals are listed; the file of refused rows has all"
        ));
    }
    // One message must have room for it.
    let refused_file = outcome.refused_file.filter(|file| file.len() <= MAX_FILE_BYTES).unwrap_or_default();
    proto::ImportProgress {
        refusals: outcome.refusals.iter().take(REFUSALS_TOLD).map(refused_row).collect(),
        warnings,
        refused_file,
        done: true,
        ..progress(&outcome.counts)
    }
}

fn stopping() -> Failure {
    Failure::failed("the import was cut short")
        .why("the site is stopping; the rows before are in")
        .next("import the same file again when the site is up: what is in already stays as it is")
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use yanzhen_bureau::Reason;
    use yanzhen_bureau::import::RowError;

    use super::*;

    fn piece(data: usize) -> proto::ImportRequest {
        proto::ImportRequest {
            kind: proto::ImportKind::Orgs.into(),
            unit_code: "9901".to_owned(),
            data: vec![b'x'; data].into(),
        }
    }

    #[test]
    fn pieces_are_put_together_and_the_first_one_says_what_they_are() {
        let mut gathered = Gathered::default();
        gathered.take(piece(3)).unwrap();
        gathered.take(proto::ImportRequest { data: "yz".into(), ..Default::default() }).unwrap();
        let request = gathered.finish().unwrap();
        assert!(matches!(request.kind, ImportKind::Orgs));
        assert_eq!((request.unit_code.as_str(), request.file.as_ref()), ("9901", b"xxxyz".as_slice()));
    }

    #[test]
    fn a_file_over_the_limit_is_refused_before_it_is_kept() {
        let mut gathered = Gathered::default();
        gathered.take(piece(MAX_FILE_BYTES)).unwrap();
        assert!(gathered.take(piece(1)).is_err());
        assert_eq!(gathered.file.len(), MAX_FILE_BYTES);
    }

    #[test]
    fn an_import_of_nothing_is_refused() {
        assert!(Gathered::default().finish().is_err());
        assert!(Gathered::default().take(proto::ImportRequest::default()).is_err());
    }

    #[test]
    fn the_last_message_has_the_first_refusals_and_says_that_there_are_more() {
        let refusal = |line| RowError { line, column: None, value: None, reason: Reason::Missing };
        let outcome = |refused| ImportOutcome {
            counts: ImportProgress { refused, rows_done: 2_000, ..Default::default() },
            refusals: (0..refused).map(refusal).collect(),
            warnings: Vec::new(),
            refused_file: Some(Bytes::from_static(b"rows")),
            ..Default::default()
        };
        let last = done(outcome(1_001));
        assert_eq!((last.refusals.len(), last.warnings.len(), last.done), (1_000, 1, true));
        assert_eq!((last.refused, last.rows_done, last.refused_file.len()), (1_001, 2_000, 4));
        assert!(done(outcome(1_000)).warnings.is_empty());
    }
}
