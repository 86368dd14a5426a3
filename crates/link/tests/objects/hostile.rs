//! Neighbours that want what is not theirs, or send what is not true.

use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use futures_util::{Stream, StreamExt};
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;
use tonic::{Code, Request, Response, Status, Streaming};
use yanzhen_link::Identity;
use yanzhen_link::objects::{ExchangeLimits, Lines, MAX_OBJECT_MESSAGE_BYTES, ObjectService};
use yanzhen_proto::v1 as proto;
use yanzhen_proto::v1::objects_client::ObjectsClient;
use yanzhen_proto::v1::objects_server::Objects;
use yanzhen_store::objects::ObjectFolder;
use yanzhen_sync::hash::{Context, Hash};
use yanzhen_sync::{ObjectHash, ObjectRef};

use crate::support::{Site, Tree, eventually, noise, serve};

const MIB: usize = 1024 * 1024;

async fn client(child: &Site, parent: &Site) -> ObjectsClient<Channel> {
    let channel = child.dial(parent.address, &parent.identity).await.unwrap();
    ObjectsClient::new(channel).max_decoding_message_size(MAX_OBJECT_MESSAGE_BYTES)
}

fn request(object: &ObjectRef) -> proto::ObjectRequest {
    proto::ObjectRequest { object: Some((*object).into()) }
}

fn fetch(object: &ObjectRef) -> proto::FetchRequest {
    proto::FetchRequest { object: Some((*object).into()), first_chunk: 0 }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_out_of_scope_learns_nothing_of_an_object() {
    let tree = Tree::plant().await;
    let object = tree.central.add(noise(1, MIB)).await;
    tree.mail(&tree.terminals[0], &object).await;
    let manifest = tree.central.folder.manifest(&object).await.unwrap();
    let mut child = client(&tree.direct, &tree.central).await;
    let nowhere = ObjectRef { hash: ObjectHash::new([9; 32]), ..object };
    let mut answers = Vec::new();
    for object in [&object, &nowhere] {
        answers.push(child.get_manifest(request(object)).await.unwrap_err());
        answers.push(child.fetch(fetch(object)).await.unwrap_err());
    }
    answers.push(child.offer(proto::ObjectManifest::from(&manifest)).await.unwrap_err());
    for answer in &answers {
        assert_eq!((answer.code(), answer.message()), (Code::NotFound, answers[0].message()));
    }
    assert_eq!(tree.central.moved(tree.direct.id()).0, 0);
    let mut child = client(&tree.node, &tree.central).await;
    assert!(child.get_manifest(request(&object)).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_no_childs_is_refused() {
    let tree = Tree::plant().await;
    let object = tree.central.add(noise(2, 1000)).await;
    tree.mail(&tree.terminals[0], &object).await;
    let stranger = tree.terminals[0].dial(tree.central.address, &tree.central.identity).await.unwrap();
    let answer = ObjectsClient::new(stranger).get_manifest(request(&object)).await.unwrap_err();
    assert_eq!(answer.code(), Code::PermissionDenied, "it is a grandchild");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_but_not_here_is_said_to_come() {
    let tree = Tree::plant().await;
    let object = tree.central.add(noise(3, 1000)).await;
    tree.mail(&tree.terminals[0], &object).await;
    let mut child = client(&tree.terminals[0], &tree.node).await;
    assert_eq!(child.get_manifest(request(&object)).await.unwrap_err().code(), Code::Unavailable);
    let other = ObjectRef { size: 999, ..object };
    assert_eq!(child.get_manifest(request(&other)).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_false_reference_to_a_good_object_does_it_no_harm() {
    let tree = Tree::plant().await;
    let mut child = client(&tree.direct, &tree.central).await;
    let objects = [tree.central.add(noise(9, 1000)).await, tree.central.add(noise(10, 1000)).await];
    let false_ones = [
        ObjectRef { manifest: Hash::of(Context::Object, &[b"no manifest"]), ..objects[0] },
        ObjectRef { size: 999, ..objects[1] },
    ];
    for (object, false_one) in objects.iter().zip(&false_ones) {
        tree.mail(&tree.direct, false_one).await;
        assert_eq!(child.get_manifest(request(false_one)).await.unwrap_err().code(), Code::NotFound);
        assert_eq!(child.fetch(fetch(false_one)).await.unwrap_err().code(), Code::NotFound);
        assert!(tree.central.has(object).await);
    }
    assert_eq!(tree.central.exchange.metrics().damaged.load(Ordering::Relaxed), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_is_gone_or_cut_is_noticed() {
    let tree = Tree::plant().await;
    let mut child = client(&tree.direct, &tree.central).await;
    let (gone, cut) = (tree.central.add(noise(11, 1000)).await, tree.central.add(noise(12, 1000)).await);
    tree.mail(&tree.direct, &gone).await;
    tree.mail(&tree.direct, &cut).await;
    std::fs::remove_file(tree.central.folder.path(&gone.hash)).unwrap();
    std::fs::write(tree.central.folder.path(&cut.hash), b"cut").unwrap();
    for (object, noticed) in [(gone, 1), (cut, 2)] {
        assert_eq!(child.get_manifest(request(&object)).await.unwrap_err().code(), Code::Unavailable);
        assert_eq!(tree.central.exchange.metrics().damaged.load(Ordering::Relaxed), noticed);
        assert!(!tree.central.store.is_object_present(object.hash).await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_nobody_wants_is_refused() {
    let tree = Tree::plant().await;
    let object = tree.direct.add(noise(4, 100_000)).await;
    let manifest = tree.direct.folder.manifest(&object).await.unwrap();
    let mut child = client(&tree.direct, &tree.central).await;
    let answer = child.offer(proto::ObjectManifest::from(&manifest)).await.unwrap_err();
    assert_eq!(answer.code(), Code::NotFound);
    let chunk = proto::ObjectChunk { object: Some(object.into()), index: 0, data: noise(4, 100_000) };
    let answer = child.upload(tokio_stream::once(chunk)).await.unwrap_err();
    assert_eq!(answer.code(), Code::FailedPrecondition);
    assert!(tree.central.folder.partials().await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_that_uploads_something_else_is_refused() {
    let tree = Tree::plant().await;
    let object = tree.direct.add(noise(5, 100_000)).await;
    tree.report(&tree.direct, &object).await;
    let manifest = tree.direct.folder.manifest(&object).await.unwrap();
    let mut child = client(&tree.direct, &tree.central).await;
    let held = child.offer(proto::ObjectManifest::from(&manifest)).await.unwrap().into_inner();
    assert_eq!((held.chunks_held, held.complete), (0, false));
    let size = manifest.chunks()[0].size as usize;
    let chunk = proto::ObjectChunk { object: Some(object.into()), index: 0, data: noise(6, size) };
    let answer = child.upload(tokio_stream::once(chunk)).await.unwrap_err();
    assert_eq!(answer.code(), Code::InvalidArgument);
    assert!(!tree.central.folder.path(&object.hash).exists());
    assert_eq!(tree.central.exchange.metrics().refused.load(Ordering::Relaxed), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_cannot_take_all_places() {
    let limits = ExchangeLimits { per_child: 2, ..ExchangeLimits::default() };
    let tree = Tree::plant_with(limits).await;
    let object = tree.central.add(noise(7, 30 * MIB)).await;
    tree.mail(&tree.direct, &object).await;
    tree.mail(&tree.node, &object).await;
    let mut greedy = client(&tree.direct, &tree.central).await;
    // They are never read: each stays open once its window is full.
    let held = [greedy.fetch(fetch(&object)).await.unwrap(), greedy.fetch(fetch(&object)).await.unwrap()];
    assert_eq!(greedy.fetch(fetch(&object)).await.unwrap_err().code(), Code::ResourceExhausted);
    assert!(client(&tree.node, &tree.central).await.fetch(fetch(&object)).await.is_ok());
    drop(held);
    eventually("places come back", || async {
        client(&tree.direct, &tree.central).await.fetch(fetch(&object)).await.is_ok()
    })
    .await;
}

/// A parent that alters what it sends.
struct Forger {
    folder: ObjectFolder,
    kind: Forgery,
}

#[derive(Clone, Copy)]
enum Forgery {
    Manifest,
    Chunk,
    Order,
    End,
}

#[tonic::async_trait]
impl Objects for Forger {
    type FetchStream = Pin<Box<dyn Stream<Item = Result<proto::ObjectChunk, Status>> + Send>>;

    async fn get_manifest(
        &self,
        request: Request<proto::ObjectRequest>,
    ) -> Result<Response<proto::ObjectManifest>, Status> {
        let object = request.into_inner().object.unwrap().try_into().unwrap();
        let mut manifest = proto::ObjectManifest::from(&self.folder.manifest(&object).await.unwrap());
        if matches!(self.kind, Forgery::Manifest) {
            manifest.chunks.swap(0, 1);
        }
        Ok(Response::new(manifest))
    }

    async fn fetch(
        &self,
        request: Request<proto::FetchRequest>,
    ) -> Result<Response<Self::FetchStream>, Status> {
        let request = request.into_inner();
        let reader = self.folder.reader(&request.object.unwrap().try_into().unwrap()).await.unwrap();
        let (kind, count) = (self.kind, reader.manifest().count());
        let chunks = tokio_stream::iter(request.first_chunk..count).then(move |index| {
            let reader = reader.clone();
            async move {
                let mut data = reader.read_chunk(index).await.unwrap().to_vec();
                let index = if matches!(kind, Forgery::Order) { index + 1 } else { index };
                if matches!(kind, Forgery::Chunk) && index == 3 {
                    data[100] ^= 1;
                }
                Ok(proto::ObjectChunk { object: None, index, data: data.into() })
            }
        });
        let kept = if matches!(self.kind, Forgery::End) { 2 } else { usize::MAX };
        Ok(Response::new(Box::pin(chunks.take(kept))))
    }

    async fn offer(&self, _: Request<proto::ObjectManifest>) -> Result<Response<proto::OfferReply>, Status> {
        Err(Status::unimplemented("no"))
    }

    async fn upload(
        &self,
        _: Request<Streaming<proto::ObjectChunk>>,
    ) -> Result<Response<proto::OfferReply>, Status> {
        Err(Status::unimplemented("no"))
    }
}

/// Lets a terminal fetch from a forger and gives the terminal when it has noticed.
async fn fetch_from_forger(kind: Forgery) -> (Tree, ObjectRef, Identity) {
    let tree = Tree::plant().await;
    let object = tree.central.add(noise(8, MIB)).await;
    tree.mail(&tree.direct, &object).await;
    let forger = Forger { folder: tree.central.folder.clone(), kind };
    let identity = tree.central.identity.clone();
    let address = serve(&identity, forger, CancellationToken::new()).await;
    tree.direct.connect_to(address, &identity).await;
    (tree, object, identity)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_parent_forges_is_refused_and_never_becomes_visible() {
    for kind in [Forgery::Manifest, Forgery::Chunk, Forgery::Order] {
        let (tree, object, identity) = fetch_from_forger(kind).await;
        let refused = &tree.direct.exchange.metrics().refused;
        eventually("the forgery is noticed", || async { refused.load(Ordering::Relaxed) >= 2 }).await;
        assert!(!tree.direct.folder.path(&object.hash).exists());
        assert!(!tree.direct.has(&object).await);
        // An honest parent brings it.
        tree.direct.connect_to(tree.central.address, &identity).await;
        tree.direct.comes(&object).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parent_that_ends_early_is_asked_again_for_the_rest() {
    let (tree, object, _) = fetch_from_forger(Forgery::End).await;
    tree.direct.comes(&object).await;
    assert_eq!(tree.direct.moved(tree.central.id()).1, object.size);
}

/// An honest parent that remembers what it was asked for.
#[derive(Clone)]
struct Attentive {
    service: ObjectService,
    asked: Arc<Mutex<Vec<ObjectRef>>>,
}

#[tonic::async_trait]
impl Objects for Attentive {
    type FetchStream = <ObjectService as Objects>::FetchStream;

    async fn get_manifest(
        &self,
        request: Request<proto::ObjectRequest>,
    ) -> Result<Response<proto::ObjectManifest>, Status> {
        let object = request.get_ref().object.clone().unwrap().try_into().unwrap();
        self.asked.lock().unwrap().push(object);
        self.service.get_manifest(request).await
    }

    async fn fetch(
        &self,
        request: Request<proto::FetchRequest>,
    ) -> Result<Response<Self::FetchStream>, Status> {
        self.service.fetch(request).await
    }

    async fn offer(
        &self,
        request: Request<proto::ObjectManifest>,
    ) -> Result<Response<proto::OfferReply>, Status> {
        self.service.offer(request).await
    }

    async fn upload(
        &self,
        request: Request<Streaming<proto::ObjectChunk>>,
    ) -> Result<Response<proto::OfferReply>, Status> {
        self.service.upload(request).await
    }
}

/// Objects that a hostile child refers to and that nobody has.
const INVENTED: u64 = 10_000;

#[tokio::test(flavor = "multi_thread")]
async fn what_a_child_invents_takes_no_place_from_what_the_parent_has() {
    let tree = Tree::plant().await;
    tree.invent(&tree.terminals[0], INVENTED).await;
    let real = tree.central.add(noise(20, 100_000)).await;
    tree.mail(&tree.node, &real).await;
    let attentive = Attentive { service: tree.central.exchange.service(), asked: Arc::default() };
    let address = serve(&tree.central.identity, attentive.clone(), CancellationToken::new()).await;
    tree.node.connect_to(address, &tree.central.identity).await;
    tree.node.comes(&real).await;
    let asked = attentive.asked.lock().unwrap();
    let turn = asked.iter().position(|object| *object == real).unwrap();
    assert!(turn < 8, "{turn} were asked for before it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_child_invents_takes_no_place_from_what_another_has() {
    let tree = Tree::plant().await;
    let [hostile, honest] = &tree.terminals;
    tree.invent(hostile, INVENTED).await;
    let mut questions = hostile.lines.objects_asked();
    hostile.connect(&tree.node).await;
    eventually("the hostile one is asked", || async { !questions.is_empty() }).await;
    let real = honest.add(noise(21, 100_000)).await;
    tree.report(honest, &real).await;
    honest.connect(&tree.node).await;
    tree.node.comes(&real).await;
    let mut asked = 0;
    while let Ok(objects) = questions.try_recv() {
        asked += objects.len() as u64;
    }
    assert!(asked < INVENTED / 10, "it was asked for {asked}");
}
