//! The driver of sessions and of the writer: what carries out a session's actions, as a program would.

use rand::RngExt;
use rand::seq::SliceRandom;
use yanzhen_proto::v1 as proto;
use yanzhen_proto::v1::hold::Reason;
use yanzhen_proto::v1::session_message::Message;
use yanzhen_sync::authority::Refusal;
use yanzhen_sync::directory::{Direction, Link};
use yanzhen_sync::limits::IN_FLIGHT_BYTES;
use yanzhen_sync::session::{Action, Event, IngestFailure, run_messages};
use yanzhen_sync::{Run, StreamHead, StreamId};

use crate::network::At;
use crate::site::{Answer, Failure, Job};
use crate::world::{Broken, Happening, World, short};

/// Jobs that one commit takes at most.
const GROUP: usize = 6;

impl World {
    /// Feeds an event to a session and carries out what it asks for.
    pub(crate) fn handle(&mut self, at: At, event: Event) {
        let now = self.local_time(at.site);
        let ends = &mut self.sites[at.site].ends;
        let Some(end) = ends.get_mut(&at.line).filter(|end| end.connection == at.connection) else { return };
        let actions = end.session.handle(event, now);
        let (in_flight, pending) = (end.session.bytes_in_flight(), end.session.bytes_pending());
        self.statistics.most_in_flight = self.statistics.most_in_flight.max(in_flight);
        if in_flight > IN_FLIGHT_BYTES || pending > 2 * IN_FLIGHT_BYTES {
            self.violated(format!("{in_flight} bytes in flight and {pending} pending at site {}", at.site));
        }
        self.carry_out(at, actions);
    }

    pub(crate) fn tell_all(&mut self, site: usize, event: impl Fn(&World) -> Event) {
        for at in self.ends(site) {
            let event = event(self);
            self.handle(at, event);
        }
    }

    fn ends(&self, site: usize) -> Vec<At> {
        let ends = self.sites[site].ends.iter();
        ends.map(|(line, end)| At { site, line: *line, connection: end.connection }).collect()
    }

    pub(crate) fn carry_out(&mut self, at: At, actions: Vec<Action>) {
        for action in actions {
            self.note(|| trace(at, &action));
            match action {
                Action::Send(message) => {
                    let message = self.spoil(at, message);
                    self.check_sent(at.site, &message);
                    self.transmit(at, message);
                }
                Action::Load { stream, after } => {
                    let wait = self.rng.random_range(1..60);
                    self.after(wait, Happening::Load { at, stream, after });
                }
                Action::Ingest(run) => self.queue_job(at.site, Job::Ingest(at, run)),
                Action::Repair(run) => self.queue_job(at.site, Job::Repair(run)),
                Action::AnswerRepair { stream, seq } => {
                    self.after(20, Happening::AnswerRepair { at, stream, seq });
                }
                Action::Live => {
                    let child = self.lines[at.line].child;
                    self.lines[at.line].attempts =
                        if at.site == child { 0 } else { self.lines[at.line].attempts };
                    self.ask_for_repairs(at.site);
                }
                Action::PeerStored(heads) => {
                    let peer = self.peer(at).site;
                    heads.into_iter().for_each(|head| self.check_promised(peer, head));
                }
                Action::PeerHolds(head, reason, why) | Action::Holding(head, reason, why) => {
                    self.statistics.holds += 1;
                    self.statistics.awaited_bulletins += u64::from(reason == Reason::AwaitsBulletin);
                    self.check_reason(at.site, head, reason, &why);
                }
                Action::Malformed(why) | Action::RefuseUnreadable { why, .. } => {
                    self.violated(format!("site {} got a malformed message: {why}", at.site));
                }
                Action::Close(goodbye) => {
                    if goodbye.code() == proto::goodbye::Code::ProtocolError {
                        self.violated(format!("site {} closes: {}", at.site, goodbye.reason));
                    }
                    self.hang_up(at);
                }
                Action::Greeted(_) | Action::Deliver(_) => {}
            }
        }
    }

    /// A site that forwards beyond a seal, where that is the rule to break.
    fn spoil(&self, at: At, mut message: proto::SessionMessage) -> proto::SessionMessage {
        if self.broken == Some(Broken::StopAtSeals)
            && at.site == 1
            && let Some(Message::Run(run)) = &mut message.message
            && let Some(head) = run.seal.as_ref().and_then(|seal| seal.head.clone())
            && let Ok(head) = StreamHead::try_from(head)
            && let Some(next) = self.sites[at.site].replica.frame(&head.stream, head.head.seq + 1)
        {
            run.frames.push(next.to_wire());
        }
        message
    }

    pub(crate) fn load(&mut self, at: At, stream: StreamId, after: u64) {
        if self.sites[at.site].ends.get(&at.line).is_none_or(|end| end.connection != at.connection) {
            return;
        }
        let event = match self.sites[at.site].replica.load_run(&stream, after) {
            Ok(run) => Event::Loaded { stream, run },
            Err(damage) => {
                self.sites[at.site].damaged.insert((damage.stream, damage.seq));
                self.ask_for_repairs(at.site);
                Event::LoadFailed { stream }
            }
        };
        self.handle(at, event);
    }

    /// Asks all neighbours that may have a damaged frame.
    pub(crate) fn ask_for_repairs(&mut self, site: usize) {
        let damaged: Vec<(StreamId, u64)> = self.sites[site].damaged.iter().copied().collect();
        for (stream, seq) in damaged {
            for at in self.ends(site) {
                let Some(end) = self.sites[site].ends.get(&at.line) else { continue };
                let parties = end.session.parties();
                let comes = self.sites[site].directory.travels(&stream, parties.link, parties.inward());
                if comes && end.session.is_live() {
                    let repair = proto::Repair { stream: Some(stream.into()), seq };
                    self.handle(at, Event::Push(Message::Repair(repair)));
                }
            }
        }
    }

    pub(crate) fn answer_repair(&mut self, at: At, stream: StreamId, seq: u64) {
        if let Ok(Some(run)) = self.sites[at.site].replica.load_run(&stream, seq - 1) {
            for message in run_messages(&run, Message::Repaired) {
                self.handle(at, Event::Push(message));
            }
        }
    }

    pub(crate) fn queue_job(&mut self, site: usize, job: Job) {
        self.sites[site].jobs.push_back(job);
        self.wake_writer(site);
    }

    fn wake_writer(&mut self, site: usize) {
        if self.sites[site].jobs.is_empty() || std::mem::replace(&mut self.sites[site].writing, true) {
            return;
        }
        let boot = self.sites[site].boot;
        let wait = self.rng.random_range(1..30);
        self.after(wait, Happening::Work { site, boot });
    }

    /// Takes the next jobs into one transaction.
    pub(crate) fn work(&mut self, site: usize) {
        for _ in 0..self.rng.random_range(1..=GROUP) {
            let Some(job) = self.sites[site].jobs.pop_front() else { break };
            match job {
                Job::Ingest(at, run) => self.ingest(at, &run),
                Job::Repair(run) => self.repair(site, &run),
                Job::Write if self.sites[site].disk_full => {}
                Job::Write => self.write(site),
                Job::Admit(new) => self.admit(new),
                Job::Move => self.move_unit(),
            }
        }
        let boot = self.sites[site].boot;
        let slow = self.rng.random_bool(0.05);
        let wait = if slow { self.rng.random_range(500..4_000) } else { self.rng.random_range(2..40) };
        self.after(wait, Happening::Commit { site, boot });
    }

    fn ingest(&mut self, at: At, run: &Run) {
        let link = Link {
            parent: self.sites[self.lines[at.line].parent].id,
            child: self.sites[self.lines[at.line].child].id,
        };
        let from_child = at.site == self.lines[at.line].parent;
        let direction = if from_child { Direction::Up } else { Direction::Down };
        let site = &mut self.sites[at.site];
        let result = match site.disk_full {
            true => Err(Failure::DiskFull),
            false => site.replica.ingest(link, direction, run).map_err(Failure::Refused),
        };
        if self.broken == Some(Broken::AckAfterCommit)
            && let Ok(head) = result
        {
            return self.handle(at, Event::Ingested { stream: head.stream, result: Ok(head) });
        }
        self.sites[at.site].answers.push(Answer { at, stream: run.stream(), result });
    }

    fn repair(&mut self, site: usize, run: &Run) {
        let stream = run.stream();
        let mended = run.first_seq()..=run.stream_head().head.seq;
        let damaged = self.sites[site].damaged.iter().any(|(of, seq)| *of == stream && mended.contains(seq));
        if damaged && self.sites[site].replica.repair(run) {
            self.sites[site].damaged.retain(|(of, seq)| *of != stream || !mended.contains(seq));
            self.statistics.repairs += 1;
            self.tell_all(site, |_| Event::Repaired(stream));
        }
    }

    /// Makes the transaction durable, and then tells everybody, in any order.
    pub(crate) fn commit(&mut self, site: usize) {
        let advanced = self.sites[site].replica.commit();
        self.note(|| format!("site {site} commits {:?}", advanced.iter().map(short).collect::<Vec<_>>()));
        self.check_commit(site, &advanced);
        let directory = self.sites[site].replica.directory().clone();
        let changed = !std::sync::Arc::ptr_eq(&directory, &self.sites[site].directory);
        self.sites[site].directory = directory;
        let mut parts = [0, 1, 2];
        parts.shuffle(&mut self.rng);
        for part in parts {
            match part {
                0 => self.answer(site),
                1 if !advanced.is_empty() => self.tell_all(site, |_| Event::Advanced(advanced.clone())),
                2 if changed => self.tell_all(site, |world| {
                    let site = &world.sites[site];
                    Event::Directory(site.directory.clone(), site.replica.heads())
                }),
                _ => {}
            }
        }
        self.sites[site].writing = false;
        self.wake_writer(site);
    }

    fn answer(&mut self, site: usize) {
        for Answer { at, stream, result } in std::mem::take(&mut self.sites[site].answers) {
            let own = self.sites[site].replica.head(stream);
            let result = match result {
                Ok(_) => Ok(own),
                Err(Failure::Refused(refusal)) => {
                    self.statistics.gaps += u64::from(matches!(refusal, Refusal::Gap { .. }));
                    Err(IngestFailure::Refused(refusal, own))
                }
                Err(Failure::DiskFull) => Err(IngestFailure::CannotStore(own)),
            };
            self.handle(at, Event::Ingested { stream, result });
        }
    }
}

fn trace(at: At, action: &Action) -> String {
    let At { site, line, connection } = at;
    let what = match action {
        Action::Send(message) => format!("sends {}", describe(message)),
        Action::Ingest(run) => format!("got {} from {}", short(&run.stream_head()), run.first_seq()),
        Action::Greeted(_) => "was greeted".to_owned(),
        Action::Repair(run) => format!("may repair {}", short(&run.stream_head())),
        Action::PeerStored(heads) => format!("peer stored {:?}", heads.iter().map(short).collect::<Vec<_>>()),
        other => format!("{other:?}"),
    };
    format!("site {site} line {line} connection {connection}: {what}")
}

fn describe(message: &proto::SessionMessage) -> String {
    let head = |head: &Option<proto::StreamHead>| {
        let head = head.clone().and_then(|head| StreamHead::try_from(head).ok());
        head.map_or_else(|| "?".to_owned(), |head| short(&head))
    };
    match &message.message {
        Some(Message::Run(run)) => {
            format!(
                "run of {} up to {}",
                run.frames.len(),
                head(&run.seal.clone().and_then(|seal| seal.head))
            )
        }
        Some(Message::Hello(_)) => "hello".to_owned(),
        Some(Message::Heads(page)) => format!("{} heads", page.heads.len()),
        Some(Message::Ack(ack)) => {
            format!("ack {:?}", ack.stored.iter().map(|h| head(&Some(h.clone()))).collect::<Vec<_>>())
        }
        Some(Message::Hold(hold)) => format!("hold {} {:?} {}", head(&hold.head), hold.reason(), hold.detail),
        Some(Message::Repaired(run)) => format!("repaired run of {}", run.frames.len()),
        other => format!("{other:?}"),
    }
}
