use yanzhen_bureau::Day;
use yanzhen_bureau::documents::{NewDocument, Search, Sent};

use crate::documents::notice;
use crate::federation::{Federation, Who};

#[tokio::test]
async fn what_was_sent_and_received_is_found_by_number_title_text_unit_and_day() {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    let central = federation.at(Who::Central);
    let visits = central.publish(notice(&["990100"])).await.unwrap().id;
    federation.clock.advance(3 * 86_400_000);
    let other = NewDocument {
        title: "关于党费的通知".into(),
        body: "按季度收缴。".into(),
        number: "云老干〔2026〕8号".into(),
        ..notice(&["990100"])
    };
    let dues = central.publish(other).await.unwrap().id;
    federation.clock.advance(1);
    let of_node = federation.at(Who::Node).publish(notice(&["990101"])).await.unwrap().id;
    federation.exchange().await;
    let find = async |who: Who, search: Search| {
        let page = federation.at(who).search_documents(&search).await.unwrap();
        page.rows.iter().map(|found| (found.id, found.sent)).collect::<Vec<_>>()
    };
    let text = |text: &str| Search { text: text.into(), ..Search::default() };
    use Sent::{Issued, Received};
    assert_eq!(find(Who::Central, text("党费")).await, [(dues, Issued)]);
    assert_eq!(find(Who::Central, text("季度")).await, [(dues, Issued)], "in the text");
    assert_eq!(find(Who::Central, text("〔2026〕7号")).await, [(visits, Issued)], "its own only");
    assert_eq!(find(Who::Central, text("通知 收缴")).await, [(dues, Issued)], "all words");
    assert_eq!(
        find(Who::Node, text("通知")).await,
        [(of_node, Issued), (dues, Received), (visits, Received)]
    );
    assert_eq!(find(Who::East, Search::default()).await, [(of_node, Received)]);
    let unit = Some(federation.unit("990000"));
    assert_eq!(find(Who::Node, Search { unit, ..text("走访") }).await, [(visits, Received)]);
    let day = |text: &str| Some(Day::parse(text).unwrap());
    assert_eq!(
        find(Who::Central, Search { to: day("2026-11-22"), ..Search::default() }).await,
        [(visits, Issued)]
    );
    assert_eq!(
        find(Who::Central, Search { from: day("2026-11-23"), ..Search::default() }).await,
        [(dues, Issued)]
    );
    assert_eq!(find(Who::Central, text("%")).await, [], "signs stand for themselves");
}
