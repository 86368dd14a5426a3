//! What stays at home.

use prost::Message;
use yanzhen_bureau::kinds::person_private;
use yanzhen_bureau::{BureauError, Save};
use yanzhen_proto::v1::{self as proto, PersonPrivate, Relative};
use yanzhen_store::{Target, Write};
use yanzhen_sync::envelope::{About, EnvelopeError, Envelopes};
use yanzhen_sync::testing::FakeEnvelopes;
use yanzhen_sync::{RecordId, StreamId};

use crate::federation::{Federation, Who, edit};

/// The recovery key of the genesis.
const RECOVERY: [u8; 32] = [2; 32];

/// Nothing of it may be in anything that leaves its home.
const SECRETS: [&str; 6] =
    ["11010519491231002X", "13812342046", "古溪县城关镇东街12号", "赵岚", "13900007730", "赵山"];

fn private() -> PersonPrivate {
    let [national_id, phone, address, emergency, emergency_phone, family] = SECRETS.map(str::to_owned);
    let relation = "女儿".to_owned();
    PersonPrivate {
        national_id,
        phone,
        address,
        emergency: Some(Relative { name: emergency, relation, phone: emergency_phone, survivor: false }),
        family: vec![Relative { name: family, survivor: true, ..Relative::default() }],
        ..PersonPrivate::default()
    }
}

async fn zhao(federation: &Federation, who: Who) -> RecordId {
    let fields = [("编号", "A1"), ("姓名", "赵明德"), ("类别", "退休")];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    federation.at(who).save_person(Save { fields, ..Save::default() }).await.unwrap().id
}

fn holds(bytes: &[u8], part: &str) -> bool {
    bytes.windows(part.len()).any(|window| window == part.as_bytes())
}

#[tokio::test]
async fn no_byte_that_a_terminal_sends_up_tells_what_is_private() {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    let east = federation.at(Who::East);
    let person = zhao(&federation, Who::East).await;
    east.save_private(person, 0, private()).await.unwrap();
    let again = PersonPrivate { phone: "8401234".into(), ..private() };
    east.save_private(person, 1, again).await.unwrap();

    let journal = StreamId::journal(Who::East.id(), 0);
    let (mut sent, mut after) = (Vec::new(), 0);
    while let Some(run) = east.store().load_run(journal, after).await.unwrap() {
        after += u64::try_from(run.frames().len()).unwrap();
        sent.extend(run.to_wire().encode_to_vec());
    }
    assert!(holds(&sent, "赵明德"), "the roster goes up in the clear, so these are the bytes that are sent");
    for secret in SECRETS.iter().chain(&["8401234", "女儿"]) {
        assert!(!holds(&sent, secret), "{secret}");
    }
}

#[tokio::test]
async fn what_is_private_is_read_and_amended_at_home_and_nowhere_else() {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    let east = federation.at(Who::East);
    let person = zhao(&federation, Who::East).await;
    assert!(!east.has_private(person).await.unwrap());
    assert_eq!(east.private(person).await.unwrap().revision, 0);
    east.save_private(person, 0, private()).await.unwrap();
    let view = east.private(person).await.unwrap();
    assert_eq!((view.held.phone.as_str(), view.revision), ("13812342046", 1));
    let overtaken = east.save_private(person, 0, private()).await;
    assert!(matches!(overtaken, Err(BureauError::Busy)), "another revision was shown");

    federation.exchange().await;
    for who in [Who::Node, Who::Central] {
        let above = federation.at(who);
        assert!(above.has_private(person).await.unwrap(), "that it exists is known");
        assert!(matches!(above.private(person).await, Err(BureauError::NotHome { .. })));
        let opened = above.open_sealed::<PersonPrivate>(person_private::id_of(person)).await;
        assert!(matches!(opened, Err(BureauError::Envelope(EnvelopeError::NotForThisKey))));
        assert!(matches!(above.save_private(person, 1, private()).await, Err(BureauError::NotHome { .. })));
    }
}

#[tokio::test]
async fn whoever_holds_the_recovery_kit_reads_the_backup() {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    let person = zhao(&federation, Who::East).await;
    federation.at(Who::East).save_private(person, 0, private()).await.unwrap();
    federation.exchange().await;
    let id = person_private::id_of(person);
    let record =
        federation.at(Who::Central).store().record(&person_private::KIND, id).await.unwrap().unwrap();
    let sealed = proto::Sealed::decode(record.body.unwrap()).unwrap();
    let about = About { kind: &person_private::KIND, record: id, unit: record.unit };
    let content = FakeEnvelopes(RECOVERY).open(&sealed, about).unwrap();
    assert_eq!(PersonPrivate::decode(content.as_slice()).unwrap().phone, "13812342046");
}

#[tokio::test]
async fn a_record_that_stays_is_not_taken_in_the_clear() {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    let east = federation.at(Who::East);
    let person = zhao(&federation, Who::East).await;
    let body = PersonPrivate { person: person.to_bytes(), ..private() };
    let clear = edit(person_private::KIND, person_private::id_of(person), federation.unit("990101"), &body);
    let write = Write { targets: vec![Target::Journal], edits: vec![clear] };
    let written = east.store().write(write).await;
    assert!(written.is_err(), "its own site refuses it: {written:?}");
}
