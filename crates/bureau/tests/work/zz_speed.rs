use crate::federation::{Federation, Who, import};
use yanzhen_bureau::Filter;
use yanzhen_bureau::importing::ImportKind;
#[tokio::test]
async fn speed() {
    let f = Federation::of(&[Who::Node, Who::East]).await;
    let mut orgs = String::from("编号,全称,类型,设置方式\n");
    for n in 0..880 {
        orgs.push_str(&format!("Z{n},支部{n},党支部,单独\n"));
    }
    let t = std::time::Instant::now();
    f.import_orgs(Who::East, &orgs).await;
    eprintln!("orgs {:?}", t.elapsed());
    let mut file = String::from(
        "编号,姓名,性别,出生日期,民族,离退休类别,参加工作时间,离退休时间,职级,原单位,政治面貌,隶属支部,入党时间\n",
    );
    for n in 0..33226 {
        let m = if n % 2 == 0 { format!("中共党员,Z{},1975-07", n % 880) } else { "群众,,".into() };
        file.push_str(&format!(
            "P{n:05},张{n},男,1940-01-02,汉族,退休,1960-05,2000-01-02,县处级,某某县某某局,{m}\n"
        ));
    }
    let east = f.at(Who::East);
    let t = std::time::Instant::now();
    let o = import(east, ImportKind::People, file.as_bytes()).await;
    eprintln!("import {:?} {:?}", t.elapsed(), o.counts);
    let t = std::time::Instant::now();
    let o = import(east, ImportKind::People, file.as_bytes()).await;
    eprintln!("again {:?} {:?}", t.elapsed(), o.counts);
    let t = std::time::Instant::now();
    f.exchange().await;
    eprintln!("exchange {:?}", t.elapsed());
    for who in [Who::East, Who::Central] {
        let t = std::time::Instant::now();
        f.at(who).rollup(None).await.unwrap();
        eprintln!("rollup {:?}", t.elapsed());
        let t = std::time::Instant::now();
        f.at(who)
            .list_people(&Filter {
                subtree: true,
                unit: Some(f.unit("990100")),
                offset: 20000,
                ..Filter::default()
            })
            .await
            .unwrap();
        eprintln!("list {:?}", t.elapsed());
        let t = std::time::Instant::now();
        f.at(who).list_people(&Filter { search: "张33".into(), ..Filter::default() }).await.unwrap();
        eprintln!("search {:?}", t.elapsed());
    }
}
