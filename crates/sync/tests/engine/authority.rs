//! Who may write what: each refusal, each reason to set an entry aside.

use yanzhen_sync::authority::{Admission, Context, Judgement, Quarantined, Refusal, hands_over, judge};
use yanzhen_sync::directory::{Direction, Directory, HOME, Link, REGISTRATION, UNIT};
use yanzhen_sync::erasure::ErasureProof;
use yanzhen_sync::testing::{FakeVerifier, registration_edit};
use yanzhen_sync::{
    Change, Draft, EntryHeader, EntryRef, FrameHash, Head, Run, Seal, SiteId, StreamHead, StreamId, Version,
};

use crate::fixture::{
    CENTRAL, DIRECT, NEIGHBOUR, NODE, STRANGER, TERMINAL, TOWNSHIP, basis, central, directory, draft, empty,
    forge, id, link, move_home, registration, signer, start, unit, version,
};

fn admit(directory: &Directory, link: Link, direction: Direction, run: &Run) -> Result<(), Refusal> {
    let admission = Admission { directory, link, direction, verifier: &FakeVerifier };
    admission.admit(run, Head::NONE, |_| None)
}

/// What the node says to a run from its terminal.
fn from_terminal(run: &Run) -> Result<(), Refusal> {
    admit(&directory(), link(NODE, TERMINAL), Direction::Up, run)
}

fn journal(author: usize) -> StreamId {
    StreamId::journal(id(author), 0)
}

fn good() -> Draft {
    draft(1, unit(TERMINAL), version(1, 1))
}

fn terminal_run(drafts: Vec<Draft>) -> Run {
    forge(TERMINAL, start(journal(TERMINAL)), basis(), vec![drafts])
}

#[test]
fn a_journal_of_the_own_units_is_admitted() {
    let township = draft(2, TOWNSHIP, version(1, 1));
    assert_eq!(from_terminal(&terminal_run(vec![good(), township])), Ok(()));
}

#[test]
fn frames_must_continue_the_chain_that_is_held() {
    let directory = directory();
    let frames = (1..=4).map(|number| vec![draft(number, unit(TERMINAL), version(1, 1))]);
    let all = forge(TERMINAL, start(journal(TERMINAL)), basis(), frames.collect());
    let heads: Vec<StreamHead> = all.frames().iter().map(|frame| frame.stream_head()).collect();
    let tail = Run::new(all.frames()[2..].to_vec(), *all.seal(), Vec::new()).unwrap();
    let other = FrameHash::new([1; 32]);
    let at = |seq: u64, hash| Head { seq, hash };
    let known = |seq: u64| Some(heads[seq as usize - 1].head.hash);
    let admission = Admission {
        directory: &directory,
        link: link(NODE, TERMINAL),
        direction: Direction::Up,
        verifier: &FakeVerifier,
    };
    let cases = [
        ("all of it", &all, Head::NONE, Ok(())),
        ("the tail after its predecessor", &tail, heads[1].head, Ok(())),
        ("what is here already", &tail, heads[3].head, Ok(())),
        ("half of it is here", &all, heads[1].head, Ok(())),
        ("frames before are missing", &tail, heads[0].head, Err(Refusal::Gap { first: 3, own: 1 })),
        ("another predecessor", &tail, at(2, other), Err(Refusal::Forked(3))),
        ("another frame at the head", &all, at(2, other), Err(Refusal::Forked(2))),
    ];
    for (name, run, own, expected) in cases {
        assert_eq!(admission.admit(run, own, known), expected, "{name}");
    }
    let dropped = admission.admit(&tail, heads[3].head, |_| None);
    assert_eq!(dropped, Ok(()), "what was dropped after retention can't be compared and needn't be");
    let elsewhere =
        admission.admit(&all, heads[3].head, |seq| Some(if seq == 2 { other } else { known(seq)? }));
    assert_eq!(elsewhere, Err(Refusal::Forked(2)), "another frame in the middle");
    let foreign = forge(
        TERMINAL,
        StreamHead { stream: journal(TERMINAL), head: at(0, other) },
        basis(),
        vec![].into_iter().chain([vec![good()]]).collect(),
    );
    assert_eq!(
        from_terminal(&foreign),
        Ok(()),
        "a stream begins at the genesis hash whatever seq 0 is said to be"
    );
}

#[test]
fn what_breaks_a_rule_is_refused_for_its_reason() {
    let root_bulletin = basis().unwrap();
    let ahead = StreamHead { head: Head { seq: 999, ..root_bulletin.head }, ..root_bulletin };
    let twisted =
        StreamHead { head: Head { hash: FrameHash::new([1; 32]), ..root_bulletin.head }, ..root_bulletin };
    let foreign = StreamHead { stream: StreamId::bulletin(id(NODE), 0), ..root_bulletin };
    let on_basis = |basis| forge(TERMINAL, start(journal(TERMINAL)), Some(basis), vec![vec![good()]]);
    let network = |kind| Draft { kind, ..good() };
    let not_authorised = |why| Err(Refusal::NotAuthorised { seq: 1, index: 0, why });
    let upward = StreamId::mailbox(id(TERMINAL), id(NODE), 0);
    let to_nobody = StreamId::mailbox(id(TERMINAL), SiteId::new([9; 32]), 0);
    let bulletin = StreamId::bulletin(id(TERMINAL), 0);
    let epoch = StreamId::journal(id(TERMINAL), 1);
    let cases = [
        (
            "a neighbour's journal",
            forge(NEIGHBOUR, start(journal(NEIGHBOUR)), basis(), vec![vec![good()]]),
            Err(Refusal::OutOfScope(journal(NEIGHBOUR))),
        ),
        (
            "sealed by another",
            forge(NEIGHBOUR, start(journal(TERMINAL)), basis(), vec![vec![good()]]),
            Err(Refusal::BadSeal(1)),
        ),
        ("a bulletin that is not here yet", on_basis(ahead), Err(Refusal::AwaitsBulletin(ahead))),
        ("a bulletin that never was", on_basis(twisted), Err(Refusal::UnknownBasis(1))),
        ("a bulletin that is not central's", on_basis(foreign), Err(Refusal::UnknownBasis(1))),
        (
            "a neighbour's unit",
            terminal_run(vec![draft(1, unit(NEIGHBOUR), version(1, 1))]),
            not_authorised("its unit was never at home with the author"),
        ),
        (
            "the parent's unit",
            terminal_run(vec![draft(1, unit(NODE), version(1, 1))]),
            not_authorised("its unit was never at home with the author"),
        ),
        (
            "a unit of the tree",
            terminal_run(vec![network(UNIT)]),
            not_authorised("only central writes records of the network"),
        ),
        (
            "homes",
            terminal_run(vec![network(HOME)]),
            not_authorised("only central writes records of the network"),
        ),
        (
            "a registration",
            terminal_run(vec![network(REGISTRATION)]),
            not_authorised("only central writes records of the network"),
        ),
        (
            "mail to somebody above",
            forge(TERMINAL, start(upward), basis(), vec![vec![good()]]),
            not_authorised("the recipient is not below the author"),
        ),
        (
            "mail to a site that nobody has registered",
            forge(TERMINAL, start(to_nobody), basis(), vec![vec![good()]]),
            not_authorised("a terminal has no sites below it"),
        ),
        (
            "a terminal's bulletin",
            forge(TERMINAL, start(bulletin), basis(), vec![vec![good()]]),
            not_authorised("a terminal has no sites below it"),
        ),
        (
            "an epoch that nobody granted",
            forge(TERMINAL, start(epoch), basis(), vec![vec![good()]]),
            not_authorised("its author was not granted the epoch of this stream"),
        ),
    ];
    for (name, run, expected) in cases {
        assert_eq!(from_terminal(&run), expected, "{name}");
    }
}

#[test]
fn central_puts_each_network_kind_where_it_belongs() {
    let root = StreamId::bulletin(id(CENTRAL), 0);
    let mail = StreamId::mailbox(id(CENTRAL), id(NODE), 0);
    let verdict = |stream, kind| {
        let entry = header(Draft { kind, ..draft(1, unit(CENTRAL), version(0, 1)) });
        judge(&directory(), &stream, 9, &entry, &Context::default())
    };
    let wrong = Judgement::Refuse("this kind does not belong in this stream");
    assert_eq!(verdict(root, UNIT), Judgement::Accept);
    assert_eq!(verdict(root, HOME), Judgement::Accept);
    assert_eq!(verdict(root, REGISTRATION), wrong);
    assert_eq!(verdict(mail, REGISTRATION), Judgement::Accept);
    assert_eq!(verdict(mail, UNIT), wrong);
    assert_eq!(verdict(journal(CENTRAL), UNIT), wrong);
}

#[test]
fn what_is_not_known_yet_is_waited_for() {
    let mut newcomer = empty(TERMINAL);
    let bulletin = StreamId::bulletin(id(NODE), 0);
    let run = forge(NODE, start(bulletin), basis(), vec![vec![draft(1, unit(NODE), version(1, 1))]]);
    let refusal = newcomer.ingest(link(NODE, TERMINAL), Direction::Down, &run);
    assert_eq!(refusal, Err(Refusal::AwaitsRegistration(id(NODE))));
    assert!(refusal.unwrap_err().is_waiting());

    let mail = StreamId::mailbox(id(NODE), id(STRANGER), 0);
    let run = forge(NODE, start(mail), basis(), vec![vec![draft(1, unit(NODE), version(1, 1))]]);
    let refusal = admit(&directory(), link(CENTRAL, NODE), Direction::Up, &run);
    assert_eq!(refusal, Err(Refusal::AwaitsRegistration(id(STRANGER))));
}

fn header(draft: Draft) -> EntryHeader {
    let run = forge(TERMINAL, start(journal(TERMINAL)), basis(), vec![vec![draft]]);
    run.frames()[0].header().entries[0].clone()
}

/// Judges an entry of the terminal's journal for storing.
fn judged(directory: &Directory, seq: u64, draft: Draft) -> Judgement {
    judge(directory, &journal(TERMINAL), seq, &header(draft), &Context::default())
}

#[test]
fn a_former_home_counts_up_to_its_cut_and_no_further() {
    let mut central = central();
    let cut = StreamHead { stream: journal(TERMINAL), head: Head { seq: 10, hash: FrameHash::new([1; 32]) } };
    move_home(&mut central, unit(TERMINAL), id(NEIGHBOUR), vec![cut]);
    let directory = central.directory();
    let beyond = Judgement::Quarantine(Quarantined::BeyondCut);
    assert_eq!(judged(directory, 10, good()), Judgement::Accept);
    assert_eq!(judged(directory, 11, good()), beyond);
    // A unit below without homes of its own moved along.
    assert_eq!(judged(directory, 11, draft(1, TOWNSHIP, version(1, 1))), beyond);
    // Streams that the cut does not name count not at all.
    let bulletin = StreamId::bulletin(id(TERMINAL), 0);
    assert_eq!(judge(directory, &bulletin, 1, &header(good()), &Context::default()), beyond);
    // The new home writes under its own generation only.
    let new_home = |generation| {
        let entry = header(draft(1, unit(TERMINAL), version(generation, 1)));
        judge(directory, &journal(NEIGHBOUR), 1, &entry, &Context::default())
    };
    assert_eq!(new_home(2), Judgement::Accept);
    assert_eq!(new_home(1), Judgement::Quarantine(Quarantined::WrongGeneration));
}

#[test]
fn a_home_that_returns_is_judged_by_the_generation_that_it_wrote_under() {
    let mut central = central();
    let cut = |author: usize, seq| StreamHead {
        stream: journal(author),
        head: Head { seq, hash: FrameHash::new([1; 32]) },
    };
    move_home(&mut central, unit(TERMINAL), id(NEIGHBOUR), vec![cut(TERMINAL, 10)]);
    move_home(&mut central, unit(TERMINAL), id(TERMINAL), vec![cut(NEIGHBOUR, 5)]);
    let directory = central.directory();
    let at = |seq, generation| judged(directory, seq, draft(1, unit(TERMINAL), version(generation, 1)));
    assert_eq!(at(10, 1), Judgement::Accept);
    assert_eq!(at(15, 1), Judgement::Quarantine(Quarantined::BeyondCut), "between its two times as home");
    assert_eq!(at(15, 3), Judgement::Accept);
    assert_eq!(at(15, 2), Judgement::Quarantine(Quarantined::WrongGeneration));
}

#[test]
fn entries_are_set_aside_for_their_reason() {
    let mut revoking = central();
    let mut revoked = registration(TERMINAL);
    let cut = StreamHead { stream: journal(TERMINAL), head: Head { seq: 3, hash: FrameHash::new([1; 32]) } };
    revoked.revoked = Some(vec![cut]);
    let mail = yanzhen_sync::memory::Target::Mailbox(id(TERMINAL));
    revoking.write(&[mail], &[registration_edit(&revoked)], 3_000).unwrap();
    let aside = |why| Judgement::Quarantine(why);
    assert_eq!(judged(revoking.directory(), 3, good()), Judgement::Accept);
    assert_eq!(judged(revoking.directory(), 4, good()), aside(Quarantined::Revoked));

    let directory = directory();
    let with = |version| judged(&directory, 1, draft(1, unit(TERMINAL), version));
    assert_eq!(with(version(7, 1)), aside(Quarantined::WrongGeneration));
    assert_eq!(with(Version { epoch: 1, ..version(1, 1) }), aside(Quarantined::WrongEpoch));

    // A superior's word about a unit below it.
    for stream in [StreamId::mailbox(id(NODE), id(TERMINAL), 0), StreamId::bulletin(id(NODE), 0)] {
        let judgement = judge(&directory, &stream, 1, &header(good()), &Context::default());
        assert_eq!(judgement, aside(Quarantined::NotHome));
    }
}

#[test]
fn a_record_changes_its_unit_only_by_a_hand_over() {
    let directory = directory();
    let mail = EntryRef { stream: StreamId::mailbox(id(NODE), id(TERMINAL), 0), seq: 1, index: 0 };
    let elsewhere = EntryRef { stream: StreamId::mailbox(id(NODE), id(NEIGHBOUR), 0), ..mail };
    let by_nobody_above = EntryRef { stream: StreamId::mailbox(id(DIRECT), id(TERMINAL), 0), ..mail };
    let known = Version { transfer: 1, ..version(1, 4) };
    let raised = Version { transfer: 2, ..version(1, 5) };
    let verdict = |version, handed_over_by, unit_before, mail_known| {
        let entry = header(Draft { handed_over_by, ..draft(1, unit(TERMINAL), version) });
        let context =
            Context { projecting: true, state: Some((known, unit_before)), named: false, mail_known };
        judge(&directory, &journal(TERMINAL), 1, &entry, &context)
    };
    let aside = Judgement::Quarantine(Quarantined::NotHandedOver);
    let (here, there) = (unit(TERMINAL), unit(NEIGHBOUR));
    let same = Version { revision: 5, ..known };
    let older = Version { transfer: 0, ..version(1, 9) };
    let cases = [
        ("an edit in the same unit", verdict(same, None, here, false), Judgement::Accept),
        ("another unit's record", verdict(same, None, there, false), aside.clone()),
        ("what was before the hand-over", verdict(older, None, there, false), Judgement::Accept),
        ("raised without mail", verdict(raised, None, there, false), aside.clone()),
        ("raised by mail that is here", verdict(raised, Some(mail), there, true), Judgement::Accept),
        (
            "raised by mail that is not here",
            verdict(raised, Some(mail), there, false),
            Judgement::Quarantine(Quarantined::AwaitsMail),
        ),
        ("raised by somebody else's mail", verdict(raised, Some(elsewhere), there, true), aside.clone()),
        ("raised by mail from nobody above", verdict(raised, Some(by_nobody_above), there, true), aside),
    ];
    for (name, found, expected) in cases {
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn a_common_ancestors_mail_hands_records_over_and_tells_of_those_that_left() {
    let directory = directory();
    let handed = Version { transfer: 1, ..version(0, 4) };
    let verdict = |to, author, about, version, change, state| {
        let mut mail = Draft { change, ..draft(1, about, version) };
        if change == Change::Erase {
            mail.body = Default::default();
        }
        let entry = header(mail);
        let stream = StreamId::mailbox(id(author), id(to), 0);
        let context = Context { projecting: true, state, ..Context::default() };
        let stored = judge(&directory, &stream, 1, &entry, &Context::default());
        let projected = judge(&directory, &stream, 1, &entry, &context);
        (stored, projected)
    };
    let aside = Judgement::Quarantine(Quarantined::NotHome);
    let (terminal, neighbour, direct) = (unit(TERMINAL), unit(NEIGHBOUR), unit(DIRECT));
    let had = Some((version(1, 4), terminal));
    let (upsert, retire, erase) = (Change::Upsert, Change::Retire, Change::Erase);
    let both = |judgement: Judgement| (judgement.clone(), judgement);
    let cases = [
        (
            "to the new home",
            verdict(NEIGHBOUR, NODE, neighbour, handed, upsert, None),
            both(Judgement::HandsOver),
        ),
        (
            "to a unit without a site",
            verdict(TERMINAL, NODE, TOWNSHIP, handed, upsert, None),
            both(Judgement::HandsOver),
        ),
        (
            "no hand-over, but an edit",
            verdict(NEIGHBOUR, NODE, neighbour, version(0, 4), upsert, None),
            both(aside.clone()),
        ),
        (
            "away from the old home",
            verdict(TERMINAL, NODE, neighbour, handed, retire, had),
            both(Judgement::Accept),
        ),
        (
            "a copy of what is elsewhere",
            verdict(TERMINAL, NODE, neighbour, version(1, 1), upsert, None),
            both(Judgement::Accept),
        ),
        (
            "away without a transfer",
            verdict(TERMINAL, NODE, neighbour, version(1, 5), retire, had),
            (Judgement::Accept, Judgement::Quarantine(Quarantined::NotHandedOver)),
        ),
        ("an erasure", verdict(TERMINAL, NODE, neighbour, handed, erase, had), both(aside.clone())),
        (
            "to a unit that is not below the author",
            verdict(TERMINAL, NODE, direct, handed, retire, had),
            both(aside.clone()),
        ),
        (
            "to a unit below the recipient",
            verdict(NODE, CENTRAL, neighbour, handed, upsert, None),
            both(aside),
        ),
        (
            "by central, across nodes",
            verdict(TERMINAL, CENTRAL, direct, handed, retire, had),
            both(Judgement::Accept),
        ),
    ];
    for (name, found, expected) in cases {
        assert_eq!(found, expected, "{name}");
    }
}

/// A unit is at home with the site above until it has one of its own.
#[test]
fn a_superior_that_was_home_before_hands_over_and_tells_like_any_other() {
    let mut central = central();
    let neighbour = unit(NEIGHBOUR);
    for home in [NODE, NEIGHBOUR] {
        move_home(&mut central, neighbour, id(home), Vec::new());
    }
    let now = central.directory().home(neighbour).unwrap().generation;
    let verdict = |stream, version| {
        let entry = header(draft(1, neighbour, version));
        judge(central.directory(), &stream, 1, &entry, &Context::default())
    };
    let mail = |to| StreamId::mailbox(id(NODE), id(to), 0);
    let handed = Version { transfer: 1, ..version(0, 4) };
    let as_its_own = Version { transfer: 1, ..version(now - 1, 4) };
    let aside = Judgement::Quarantine(Quarantined::WrongGeneration);
    let cases = [
        ("handed over to the new home", verdict(mail(NEIGHBOUR), handed), Judgement::HandsOver),
        ("of a generation that was its own", verdict(mail(NEIGHBOUR), as_its_own), Judgement::HandsOver),
        ("told of elsewhere", verdict(mail(TERMINAL), version(now, 1)), Judgement::Accept),
        ("edited by mail", verdict(mail(NEIGHBOUR), version(now, 1)), aside.clone()),
        ("edited in its journal", verdict(journal(NODE), version(now, 1)), aside.clone()),
        ("edited in its bulletin", verdict(StreamId::bulletin(id(NODE), 0), version(now, 1)), aside),
    ];
    for (name, found, expected) in cases {
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn where_the_new_home_is_the_common_ancestor_it_names_what_the_record_was() {
    let directory = directory();
    let was = EntryRef { stream: journal(TERMINAL), seq: 3, index: 0 };
    let raised = Version { transfer: 1, ..version(1, 5) };
    let verdict = |author, about, by, state, mail_known| {
        let entry = header(Draft { handed_over_by: Some(by), ..draft(1, about, raised) });
        let context = Context { projecting: true, state, named: false, mail_known };
        judge(&directory, &journal(author), 1, &entry, &context)
    };
    let had = Some((version(1, 4), unit(TERMINAL)));
    let aside = Judgement::Quarantine(Quarantined::NotHandedOver);
    let cases = [
        ("up to the node", verdict(NODE, unit(NODE), was, had, true), Judgement::Accept),
        (
            "what it was is not here yet",
            verdict(NODE, unit(NODE), was, None, false),
            Judgement::Quarantine(Quarantined::AwaitsMail),
        ),
        ("within one site", verdict(TERMINAL, TOWNSHIP, was, had, true), Judgement::Accept),
        ("taken by a neighbour", verdict(NEIGHBOUR, unit(NEIGHBOUR), was, had, true), aside.clone()),
        (
            "from a unit elsewhere",
            verdict(NODE, unit(NODE), was, Some((version(1, 4), unit(DIRECT))), true),
            aside,
        ),
    ];
    for (name, found, expected) in cases {
        assert_eq!(found, expected, "{name}");
    }
    let entry = header(Draft { handed_over_by: Some(was), ..draft(1, unit(NODE), raised) });
    assert!(hands_over(&header(draft(1, unit(TERMINAL), version(1, 4))), &entry));
    assert!(!hands_over(&header(draft(2, unit(TERMINAL), version(1, 4))), &entry), "another record");
    assert!(!hands_over(&header(draft(1, unit(TERMINAL), raised)), &entry), "not one transfer before");
}

/// A run whose body is missing, with the proof that `erase` in the stream of `author` gives.
fn without_body(proof: Option<(usize, Draft)>) -> Run {
    let mut frames = terminal_run(vec![good()]).frames().to_vec();
    frames[0].erase_body(0);
    let seal = Seal::sign(frames[0].stream_head(), &signer(TERMINAL));
    let proofs = proof.map(|(author, erase)| {
        let run = forge(author, start(journal(author)), basis(), vec![vec![erase]]);
        ErasureProof::new(run.frames()[0].header_bytes().clone(), *run.seal()).unwrap()
    });
    Run::new(frames, seal, proofs.into_iter().collect()).unwrap()
}

#[test]
fn a_body_may_be_missing_only_with_its_owners_erasure() {
    let erase =
        |unit, version| Draft { change: Change::Erase, body: Default::default(), ..draft(1, unit, version) };
    let missing = Err(Refusal::MissingBody { seq: 1, index: 0 });
    let own = unit(TERMINAL);
    let raised = Version { transfer: 1, ..version(1, 2) };
    let cases = [
        ("no proof", None, missing.clone()),
        ("the owner's", Some((TERMINAL, erase(own, version(1, 2)))), Ok(())),
        ("an older one", Some((TERMINAL, erase(own, version(1, 1)))), missing.clone()),
        (
            "of another record",
            Some((TERMINAL, Draft { record: crate::fixture::record(2), ..erase(own, version(1, 2)) })),
            missing.clone(),
        ),
        ("of another unit", Some((NEIGHBOUR, erase(unit(NEIGHBOUR), version(1, 2)))), missing.clone()),
        ("by who was never home", Some((NEIGHBOUR, erase(own, version(1, 2)))), missing.clone()),
        ("by a unit that claims a hand-over", Some((NEIGHBOUR, erase(unit(NEIGHBOUR), raised))), missing),
    ];
    for (name, proof, expected) in cases {
        assert_eq!(from_terminal(&without_body(proof)), expected, "{name}");
    }
}
