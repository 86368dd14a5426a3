//! Asks children for objects that their streams refer to.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until};
use yanzhen_proto::v1 as proto;
use yanzhen_proto::v1::session_message::Message;
use yanzhen_store::StoreError;
use yanzhen_sync::directory::{Direction, Link};
use yanzhen_sync::{ObjectRef, SiteId};

use super::shared::{LOOK_PAUSE, Shared};

/// The pause before a child is asked for the same object again: it may have lost the question.
const ASK_AGAIN: Duration = Duration::from_secs(15);

/// Objects in one question: less than 32 KiB.
const OBJECTS_PER_MESSAGE: usize = 256;

/// An object that children may have.
struct Asked {
    /// The children through which streams come that refer to it.
    children: Vec<SiteId>,
    again: Instant,
}

pub(super) async fn keep_asking(shared: Arc<Shared>) {
    let mut woken = shared.woken();
    let mut went_live = shared.lines.went_live();
    let mut asked: HashMap<ObjectRef, Asked> = HashMap::new();
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
            () = sleep_until(look_at) => {
                if let Err(error) = ask(&shared, &mut asked).await {
                    tracing::warn!(%error, "the index of attachments can't be read; trying again");
                }
                look_at = Instant::now() + ASK_AGAIN;
            }
        }
    }
}

async fn ask(shared: &Shared, asked: &mut HashMap<ObjectRef, Asked>) -> Result<(), StoreError> {
    let (me, directory) = (shared.store.me(), shared.store.directory());
    let children: Vec<SiteId> = directory.children(me).map(|child| child.id).collect();
    if children.is_empty() {
        return Ok(());
    }
    let wanted = shared.store.objects_wanted().await?;
    let still: HashSet<&ObjectRef> = wanted.iter().collect();
    asked.retain(|object, _| still.contains(object));
    let mut questions: BTreeMap<SiteId, Vec<proto::ObjectRef>> = BTreeMap::new();
    let now = Instant::now();
    for object in wanted {
        if asked.get(&object).is_some_and(|asked| asked.again > now) {
            continue;
        }
        let mut known = Vec::new();
        for child in &children {
            let link = Link { parent: me, child: *child };
            if shared.is_in_scope(&object, link, Direction::Up).await? {
                known.push(*child);
                questions.entry(*child).or_default().push(object.into());
            }
        }
        asked.insert(object, Asked { children: known, again: now + ASK_AGAIN });
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
