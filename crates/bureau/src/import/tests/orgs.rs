//! Organisations that name each other.

use yanzhen_proto::v1::{OrgNature, OrgSetup, OrgType};

use super::*;

const HEADER: &str = "编号,全称,类型,设置方式,上级党组织编号,并入,撤销时间,任期,星级\n";

fn file(rows: &str) -> String {
    format!("{HEADER}{rows}")
}

#[test]
fn organisations_name_each_other_in_any_order() {
    let mut site = Site::default();
    let tree = file("Z1,第一党支部,党支部,单独,D1,,,3年,四星级\nD1,党总支,总支,联合,,,,3,\n");
    assert_eq!(site.import_orgs(&tree), [Ok(Outcome::Created), Ok(Outcome::Created)]);
    let branch = site.held_org("Z1");
    assert_eq!(branch.parent, site.org(UNIT, "D1").unwrap().record.to_bytes());
    assert_eq!((branch.r#type(), branch.setup()), (OrgType::Branch, OrgSetup::Single));
    assert_eq!((branch.nature(), branch.term_years, branch.star), (OrgNature::Regular, 3, 4));
    assert_eq!(site.import_orgs(&tree), [Ok(Outcome::Unchanged), Ok(Outcome::Unchanged)]);
    assert_eq!(site.rollup(), Rollup { orgs: 2, orgs_single: 1, orgs_joint: 1, ..Rollup::default() });
}

#[test]
fn a_merged_organisation_no_longer_counts() {
    let mut site = Site::default();
    site.import_orgs(&file("Z1,第一党支部,党支部,单独,,,,,\nZ2,第二党支部,党支部,单独,,,,,\n"));
    let merged = file("Z1,第一党支部,党支部,单独,,Z2,2026-06-30,,\n");
    assert_eq!(site.import_orgs(&merged), [Ok(Outcome::Updated)]);
    assert_eq!(site.held_org("Z1").merged_into, site.org(UNIT, "Z2").unwrap().record.to_bytes());
    assert_eq!(site.rollup(), Rollup { orgs: 1, orgs_single: 1, ..Rollup::default() });
    let undated = refusals::<OrgSheet>(&file("Z1,第一党支部,党支部,单独,,Z2,,,\n"));
    assert_eq!(undated, [(2, "撤销时间".to_owned(), Reason::RequiredBy("并入党组织编号", "已填"))]);
}

#[test]
fn circles_are_refused_within_the_file_and_across_what_is_held() {
    let circle = Err(vec![FieldError { field: party_org::field::PARENT, reason: Reason::Circle }]);
    let itself = refusals::<OrgSheet>(&file("A,甲,党总支,联合,A,,,,\n"));
    assert_eq!(itself, [(2, "上级党组织编号".to_owned(), Reason::Circle)]);

    let mut site = Site::default();
    let planned =
        site.import_orgs(&file("A,甲,党总支,联合,B,,,,\nB,乙,党总支,联合,A,,,,\nC,丙,党支部,单独,,,,,\n"));
    assert_eq!(planned[2], Ok(Outcome::Created));
    assert!(planned[..2].contains(&circle), "{planned:?}");
    assert!(planned[..2].iter().all(Result::is_err), "who names a refused new one is refused too");

    site.import_orgs(&file("A,甲,党总支,联合,,,,,\nB,乙,党总支,联合,A,,,,\n"));
    assert_eq!(site.import_orgs(&file("A,甲,党总支,联合,B,,,,\n")), [circle]);
    let turned = site.import_orgs(&file("A,甲,党总支,联合,B,,,,\nB,乙,党总支,联合,,,,,\n"));
    assert_eq!(turned, [Ok(Outcome::Updated), Ok(Outcome::Updated)], "the file may turn the tree over");
}

#[test]
fn a_number_that_nobody_has_is_refused_with_all_that_hang_on_it() {
    let mut site = Site::default();
    let planned =
        site.import_orgs(&file("A,甲,党支部,单独,B,,,,\nB,乙,党总支,联合,X,,,,\nC,丙,党支部,单独,,,,,\n"));
    let no_such = Err(vec![FieldError { field: party_org::field::PARENT, reason: Reason::NoSuchOrg }]);
    assert_eq!(planned, [no_such.clone(), no_such, Ok(Outcome::Created)]);
    assert_eq!(site.orgs.len(), 1);
}

#[test]
fn words_and_numbers_are_checked() {
    let refused = refusals::<OrgSheet>(&file("A,甲,兴趣小组,随意,,,,十年,6\n"));
    let columns: Vec<&str> = refused.iter().map(|(_, column, _)| column.as_str()).collect();
    assert_eq!(columns, ["类型", "设置方式", "任期", "星级"]);
    assert_eq!(refused[0].2, Reason::Word("党工委、党委、党总支、党支部、党小组".into()));
}
