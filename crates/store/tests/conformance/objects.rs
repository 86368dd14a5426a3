//! The index of objects: wanted until they are here, readable only where a stream that travels refers to them.

use yanzhen_store::{Missing, WantedPage};
use yanzhen_sync::directory::Direction;
use yanzhen_sync::hash::Hash;
use yanzhen_sync::memory::Target;
use yanzhen_sync::{ObjectHash, ObjectRef};

use crate::backend::Backend;
use crate::network::{Who, link, person, with_object};
use crate::projection::{from_east, node};

fn object(number: u8) -> ObjectRef {
    ObjectRef { hash: ObjectHash::new([number; 32]), size: u64::from(number) * 1_000, manifest: Hash::ZERO }
}

#[tokio::test]
async fn an_object_is_wanted_until_it_is_here() {
    let (mut network, mut node, _folder) = node().await;
    let edits = [with_object(1, Who::East, object(1)), with_object(2, Who::East, object(1))];
    from_east(&mut network, &mut node, &edits).await;
    from_east(&mut network, &mut node, &[with_object(3, Who::East, object(2))]).await;
    let store = &node.store;
    assert_eq!(store.objects_wanted(None, 10).await.unwrap(), [object(1), object(2)]);
    assert_eq!(store.objects_wanted(None, 1).await.unwrap(), [object(1)]);
    assert_eq!(store.objects_wanted(Some(object(1)), 1).await.unwrap(), [object(2)]);
    assert!(store.objects_wanted(Some(object(2)), 1).await.unwrap().is_empty());
    assert_eq!(store.objects_missing().await.unwrap(), Missing { objects: 2, bytes: 3_000 });
    store.mark_object_present(object(1).hash).await.unwrap();
    store.mark_object_present(object(1).hash).await.unwrap();
    assert_eq!(store.objects_missing().await.unwrap(), Missing { objects: 1, bytes: 2_000 });
    assert_eq!(store.objects_wanted(None, 10).await.unwrap(), [object(2)]);
    assert!(store.is_object_present(object(1).hash).await.unwrap());
    store.mark_object_missing(object(1).hash).await.unwrap();
    assert_eq!(store.objects_wanted(None, 10).await.unwrap(), [object(1), object(2)]);
    assert_eq!(store.object_ref(object(2).hash).await.unwrap(), Some(object(2)));
    assert_eq!(store.object_ref(object(3).hash).await.unwrap(), None);
}

#[tokio::test]
async fn missing_objects_come_in_turn_from_each_stream() {
    let (mut network, mut node, _folder) = node().await;
    let many: Vec<_> = (1..=9).map(|number| with_object(number.into(), Who::East, object(number))).collect();
    from_east(&mut network, &mut node, &many).await;
    node.write(&[Target::Journal], &[with_object(10, Who::Node, object(200))]).await.unwrap();
    let look = |per_stream, in_all, from| {
        let store = node.store.clone();
        async move {
            let page = WantedPage { per_stream, in_all, from: ObjectHash::new([from; 32]) };
            let wanted = store.objects_wanted_in_turn(page).await.unwrap();
            wanted.iter().map(|wanted| (wanted.object, wanted.stream)).collect::<Vec<_>>()
        }
    };
    let (east, own) = (|number| (object(number), Who::East.journal()), (object(200), Who::Node.journal()));
    assert_eq!(look(3, 100, 0).await, [east(1), own, east(2), east(3)]);
    assert_eq!(look(3, 3, 0).await, [east(1), own, east(2)]);
    assert_eq!(look(3, 100, 8).await, [east(8), own, east(9), east(1)], "around the end");
    node.store.mark_object_present(object(1).hash).await.unwrap();
    assert_eq!(look(2, 100, 0).await, [east(2), own, east(3)]);
    assert!(!node.store.is_object_wanted(&object(1)).await.unwrap());
    assert!(node.store.is_object_wanted(&object(2)).await.unwrap());
    let otherwise = ObjectRef { size: 1, ..object(2) };
    assert!(!node.store.is_object_wanted(&otherwise).await.unwrap());
}

#[tokio::test]
async fn an_object_is_read_only_where_a_stream_that_travels_refers_to_it() {
    let (mut network, mut node, _folder) = node().await;
    from_east(&mut network, &mut node, &[with_object(1, Who::East, object(1))]).await;
    let mail = Target::Mailbox(Who::West.id());
    node.write(&[mail], &[with_object(2, Who::Node, object(2))]).await.unwrap();
    node.write(&[Target::Journal], &[person(3, Who::Node, "without")]).await.unwrap();
    let may = |hash, child, direction| {
        let store = node.store.clone();
        async move { store.may_read_object(hash, link(child), direction).await.unwrap() }
    };
    assert!(may(object(1).hash, Who::East, Direction::Up).await);
    assert!(may(object(1).hash, Who::East, Direction::Down).await, "back to who lost it");
    assert!(!may(object(1).hash, Who::West, Direction::Down).await);
    assert!(may(object(2).hash, Who::West, Direction::Down).await);
    assert!(!may(object(2).hash, Who::East, Direction::Down).await);
    assert!(may(object(1).hash, Who::Node, Direction::Up).await);
    assert!(!may(object(9).hash, Who::West, Direction::Down).await);
}
