use yanzhen_bureau::kinds::reason::Reason;
use yanzhen_bureau::units::UnitsImported;

use crate::federation::{Federation, UNITS, Who};

async fn import(federation: &Federation, table: &str) -> UnitsImported {
    federation.at(Who::Central).import_units(table.as_bytes()).await.unwrap()
}

/// Lines and reasons of what is refused; asserts that nothing was written.
async fn refusals(federation: &Federation, rows: &str) -> Vec<(u64, String)> {
    let before = federation.at(Who::Central).store().heads();
    let imported = import(federation, &format!("code,name,parent_code,kind\n{rows}")).await;
    assert_eq!(before, federation.at(Who::Central).store().heads(), "all or nothing");
    assert_eq!((imported.created, imported.updated), (0, 0));
    imported.refusals.iter().map(|error| (error.line, error.reason.to_string())).collect()
}

#[tokio::test]
async fn the_same_tree_twice_changes_nothing_and_a_new_name_is_one_update() {
    let federation = Federation::central().await;
    let before = federation.at(Who::Central).store().heads();
    let again = import(&federation, UNITS).await;
    assert_eq!((again.created, again.updated, again.unchanged), (0, 0, 6));
    assert_eq!(before, federation.at(Who::Central).store().heads());
    let renamed = import(&federation, &UNITS.replace("东河镇", "东河街道")).await;
    assert_eq!((renamed.created, renamed.updated, renamed.unchanged), (0, 1, 5));
}

#[tokio::test]
async fn the_tree_is_shown_in_order_with_homes() {
    let federation = Federation::of(&[Who::Node]).await;
    let tree = federation.at(Who::Node).unit_tree(None);
    let shown: Vec<(&str, u32, bool)> =
        tree.iter().map(|view| (view.unit.code.as_str(), view.depth, view.has_site)).collect();
    let expected = [
        ("990000", 0, true),
        ("990100", 1, true),
        ("990101", 2, false),
        ("99010101", 3, false),
        ("990102", 2, false),
        ("990900", 1, false),
    ];
    assert_eq!(shown, expected);
    assert_eq!(tree[2].home, Some(Who::Node.id()), "what has no site of its own is at home above");
    assert_eq!(tree[5].home, Some(Who::Central.id()));
    assert_eq!(tree[3].parent_code, "990101");
    let below = federation.at(Who::Node).unit_tree(Some(federation.unit("990101")));
    assert_eq!(below.iter().map(|view| view.depth).collect::<Vec<_>>(), [0, 1]);
}

#[tokio::test]
async fn a_table_in_chinese_and_gb_18030_in_any_order_is_understood() {
    let federation = Federation::central().await;
    let table = "单位代码,单位名称,上级单位代码,单位类别\n99090001,水务局一所,990901,事业单位\n990901,水利院,990900,事业单位\n";
    let (bytes, ..) = encoding_rs::GB18030.encode(table);
    let imported = federation.at(Who::Central).import_units(&bytes).await.unwrap();
    assert_eq!((imported.created, imported.refusals), (2, vec![]));
    let tree = federation.at(Who::Central).unit_tree(Some(federation.unit("990900")));
    assert_eq!(tree.len(), 3);
}

#[tokio::test]
async fn everything_wrong_is_refused_by_its_line_and_nothing_is_written() {
    let federation = Federation::central().await;
    let twice = "991,甲,990000,机关\n991,乙,990000,机关\n";
    assert_eq!(refusals(&federation, twice).await, [(3, Reason::Duplicate(2).to_string())]);
    let nowhere = "991,甲,123456,机关\n992,乙,990000,机关\n";
    assert_eq!(refusals(&federation, nowhere).await, [(2, Reason::UnknownUnit.to_string())]);
    let circle = "991,甲,992,机关\n992,乙,993,机关\n993,丙,991,机关\n994,丁,990000,机关\n";
    let expected: Vec<_> = [2, 3, 4].map(|line| (line, Reason::Circle.to_string())).into();
    assert_eq!(refusals(&federation, circle).await, expected);
    let two_tops = "991,甲,,机关\n990000,市局,990100,机关\n";
    let expected: Vec<_> = [2, 3].map(|line| (line, Reason::OnlyTop.to_string())).into();
    assert_eq!(refusals(&federation, two_tops).await, expected);
    let nameless = "991,,990000,机关\n99 2,乙,990000,机关\n993,丙,990000,宫殿\n";
    let lines: Vec<u64> = refusals(&federation, nameless).await.into_iter().map(|(line, _)| line).collect();
    assert_eq!(lines, [2, 3, 4]);
}

#[tokio::test]
async fn a_unit_moves_only_where_its_home_stays() {
    let federation = Federation::of(&[Who::Node, Who::East]).await;
    let away = refusals(&federation, "990102,西河县委老干部局,990900,机关\n").await;
    assert_eq!(away, [(2, Reason::Rehomed.to_string())], "its records would move to central");
    let site = refusals(&federation, "990101,东河县委老干部局,990000,机关\n").await;
    assert_eq!(site, [(2, Reason::Rehomed.to_string())], "its site would be below another");
    let near = import(&federation, "code,name,parent_code,kind\n990103,新区,990100,机关\n").await;
    assert_eq!(near.created, 1);
    let table = "code,name,parent_code,kind\n990102,西河县委老干部局,990103,机关\n";
    assert_eq!(import(&federation, table).await.updated, 1, "both places are at home at the node");
}

#[tokio::test]
async fn only_central_imports_units() {
    let federation = Federation::of(&[Who::Node]).await;
    let error = federation.at(Who::Node).import_units(UNITS.as_bytes()).await.unwrap_err();
    assert!(error.is_refusal() && error.to_string().contains("central"), "{error}");
}
