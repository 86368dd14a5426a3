//! Asks children for objects that their streams refer to.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until};
use yanzhen_proto::v1 as proto;
use yanzhen_proto::v1::session_message::Message;
use yanzhen_store::{StoreError, Wanted};
use yanzhen_sync::directory::{Direction, Link};
use yanzhen_sync::{SiteId, StreamId};

use super::shared::{LOOK_PAUSE, Shared, WANTED_PER_STREAM};

/// The pause before a child is asked for the same object again: it may have lost the question.
const ASK_AGAIN: Duration = Duration::from_secs(15);

/// Objects in one question: less than 32 KiB.
const OBJECTS_PER_MESSAGE: usize = 256;

/// A question that is open. Two streams may refer to one object, and only one of their authors have it.
type Asked = HashMap<Wanted, Question>;

struct Question {
    /// The children through which the stream comes.
    children: Vec<SiteId>,
    again: Instant,
}

pub(super) async fn keep_asking(shared: Arc<Shared>) {
    let mut woken = shared.woken();
    let mut went_live = shared.lines.went_live();
    let mut arrived = shared.arrived.subscribe();
    let mut asked: Asked = Asked::new();
    let mut look_at = Instant::now();
    loop {
        tokio::select! {
            () = shared.stop.cancelled() => return,
            _ = woken.changed() => look_at = look_at.min(Instant::now() + LOOK_PAUSE),
            child = went_live.recv() => {
                match child {
                    Ok(child) => asked.retain(|_, asked| !asked.children.contains(&child)),
                    Err(RecvError::Lagged(_)) => asked.clear(),
                    Err(RecvError::Closed) => return,
                }
                look_at = Instant::now();
            }
            object = arrived.recv() => match object {
                Ok(object) => asked.retain(|wanted, _| wanted.object != object),
                Err(RecvError::Lagged(_)) => asked.clear(),
                Err(RecvError::Closed) => return,
            },
            () = sleep_until(look_at) => {
                if let Err(error) = ask(&shared, &mut asked).await {
                    tracing::warn!(%error, "the index of attachments can't be read; trying again");
                }
                look_at = Instant::now() + ASK_AGAIN;
            }
        }
    }
}

async fn ask(shared: &Shared, asked: &mut Asked) -> Result<(), StoreError> {
    let (me, directory) = (shared.store.me(), shared.store.directory());
    let children: Vec<SiteId> = directory.children(me).map(|child| child.id).collect();
    if children.is_empty() {
        return Ok(());
    }
    let now = Instant::now();
    asked.retain(|_, asked| asked.again > now);
    let mut open: HashMap<StreamId, usize> = HashMap::new();
    for wanted in asked.keys() {
        *open.entry(wanted.stream).or_default() += 1;
    }
    let mut sources: HashMap<StreamId, Vec<SiteId>> = HashMap::new();
    let mut questions: BTreeMap<SiteId, Vec<proto::ObjectRef>> = BTreeMap::new();
    for wanted in shared.wanted().await? {
        let Wanted { object, stream } = wanted;
        let open = open.entry(stream).or_default();
        if asked.contains_key(&wanted) || *open >= WANTED_PER_STREAM {
            continue;
        }
        let comes_from =
            |child: &SiteId| directory.travels(&stream, Link { parent: me, child: *child }, Direction::Up);
        let from =
            sources.entry(stream).or_insert_with(|| children.iter().copied().filter(comes_from).collect());
        if from.is_empty() {
            continue;
        }
        *open += 1;
        from.iter().for_each(|child| questions.entry(*child).or_default().push(object.into()));
        asked.insert(wanted, Question { children: from.clone(), again: now + ASK_AGAIN });
    }
    for (child, objects) in questions {
        for objects in objects.chunks(OBJECTS_PER_MESSAGE) {
            let question = proto::ObjectsWanted { objects: objects.to_vec() };
            // Without a live session it waits until there is one.
            shared.lines.push_to(child, Message::ObjectsWanted(question));
        }
    }
    Ok(())
}
