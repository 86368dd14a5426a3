//! Which streams go where: all types, all positions.

use yanzhen_sync::directory::Direction::{Down, Up};
use yanzhen_sync::directory::Directory;
use yanzhen_sync::memory::Target;
use yanzhen_sync::testing::{registration_edit, site};
use yanzhen_sync::{SiteId, StreamId};

use crate::fixture::{
    CENTRAL, DIRECT, NEIGHBOUR, NODE, STRANGER, TERMINAL, central, directory, id, link, registration, signer,
    unit,
};

const JOURNAL: usize = 0;
const BULLETIN: usize = 1;

fn stream(author: usize, kind: usize) -> StreamId {
    match kind {
        JOURNAL => StreamId::journal(id(author), 0),
        _ => StreamId::bulletin(id(author), 0),
    }
}

fn mail(from: usize, to: usize) -> StreamId {
    StreamId::mailbox(id(from), id(to), 0)
}

/// Up and down on central–node, node–terminal and central–direct, as `^` and `v`.
fn ways(directory: &Directory, stream: &StreamId) -> String {
    [(CENTRAL, NODE), (NODE, TERMINAL), (CENTRAL, DIRECT)]
        .map(|(parent, child)| {
            let goes = |way| directory.travels(stream, link(parent, child), way);
            match (goes(Up), goes(Down)) {
                (true, true) => "^v",
                (true, false) => "^",
                (false, true) => "v",
                (false, false) => "-",
            }
        })
        .join(" ")
}

#[test]
fn streams_travel_where_they_have_business() {
    let directory = directory();
    // Upward goes what was authored below, and back to a parent what is its own; downward what is addressed to the
    // child or below it, and what was authored there.
    let table = [
        (stream(CENTRAL, JOURNAL), "- - -"),
        (stream(NODE, JOURNAL), "^v - -"),
        (stream(TERMINAL, JOURNAL), "^v ^v -"),
        (stream(NEIGHBOUR, JOURNAL), "^v - -"),
        (stream(DIRECT, JOURNAL), "- - ^v"),
        (stream(STRANGER, JOURNAL), "- - -"),
        (stream(CENTRAL, BULLETIN), "^v v ^v"),
        (stream(NODE, BULLETIN), "^v ^v -"),
        (stream(TERMINAL, BULLETIN), "^v ^v -"),
        (stream(STRANGER, BULLETIN), "- - -"),
        (mail(CENTRAL, NODE), "^v - -"),
        (mail(CENTRAL, TERMINAL), "^v v -"),
        (mail(CENTRAL, NEIGHBOUR), "^v - -"),
        (mail(CENTRAL, DIRECT), "- - ^v"),
        (mail(CENTRAL, STRANGER), "- - -"),
        (mail(NODE, TERMINAL), "^v ^v -"),
        (mail(NODE, NEIGHBOUR), "^v - -"),
        (mail(STRANGER, TERMINAL), "- - -"),
    ];
    for (stream, expected) in table {
        assert_eq!(ways(&directory, &stream), expected, "{stream}");
    }
}

/// Who keeps a stream and who reads it, of central, node, terminal, neighbour and direct: `r` for both, `k` for
/// keeping alone.
fn holders(directory: &Directory, stream: &StreamId) -> String {
    let one = |me: SiteId| match (directory.keeps(stream, me), directory.reads(stream, me)) {
        (true, true) => 'r',
        (true, false) => 'k',
        (false, _) => '-',
    };
    (0..5).map(|me| one(id(me))).collect()
}

#[test]
fn sites_keep_what_is_theirs_and_read_what_is_meant_for_them() {
    let directory = directory();
    let table = [
        (stream(CENTRAL, JOURNAL), "r----"),
        (stream(NODE, JOURNAL), "rr---"),
        (stream(TERMINAL, JOURNAL), "rrr--"),
        (stream(DIRECT, JOURNAL), "r---r"),
        (stream(CENTRAL, BULLETIN), "rrrrr"),
        (stream(NODE, BULLETIN), "rrrr-"),
        (stream(TERMINAL, BULLETIN), "rrr--"),
        (mail(CENTRAL, NODE), "rr---"),
        (mail(CENTRAL, TERMINAL), "rkr--"),
        (mail(NODE, NEIGHBOUR), "kr-r-"),
        (mail(CENTRAL, DIRECT), "r---r"),
    ];
    for (stream, expected) in table {
        assert_eq!(holders(&directory, &stream), expected, "{stream}");
    }
}

#[test]
fn what_concerns_a_replaced_site_goes_to_its_successor() {
    let mut central = central();
    let mut successor = site(&signer(STRANGER), registration(TERMINAL).role, unit(TERMINAL), id(NODE));
    successor.predecessor = Some(id(TERMINAL));
    let targets = [Target::Mailbox(id(STRANGER)), Target::Mailbox(id(NODE))];
    central.write(&targets, &[registration_edit(&successor)], 3_000).unwrap();
    let directory = central.directory();
    let line = link(NODE, STRANGER);
    for stream in [stream(TERMINAL, JOURNAL), mail(CENTRAL, TERMINAL), mail(NODE, TERMINAL)] {
        assert!(directory.travels(&stream, line, Down), "{stream} goes down to the successor");
        assert!(directory.keeps(&stream, id(STRANGER)), "{stream} is kept by the successor");
    }
    assert!(directory.reads(&mail(NODE, TERMINAL), id(STRANGER)));
    assert_eq!(directory.present(id(TERMINAL)), id(STRANGER));
    assert_eq!(directory.children(id(NODE)).filter(|site| site.unit == unit(TERMINAL)).count(), 1);
    assert!(directory.is_below(id(TERMINAL), id(NODE)) && directory.is_within(id(TERMINAL), id(STRANGER)));
}
