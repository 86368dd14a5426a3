//! People and their memberships.

use yanzhen_proto::v1::{MembershipState, PersonStatus, Retirement};

use super::*;

const HEADER: &str =
    "编号,姓名,性别,出生年月,民族,离退休类别,参加工作时间,退休时间,政治面貌,隶属支部,入党时间,转正时间";

const BRANCHES: &str = "编号,名称,类型,设置方式\nZ1,第一党支部,党支部,单独\nZ2,第二党支部,党支部,联合\n";

fn file(rows: &[&str]) -> String {
    format!("{HEADER}\n{}\n", rows.join("\n"))
}

fn site() -> Site {
    let mut site = Site::default();
    assert!(site.import_orgs(BRANCHES).iter().all(|row| *row == Ok(Outcome::Created)));
    site
}

const ZHANG: &str = "1,张　三,男,1928.03,汉,离休,1946年7月,1988/12/1,中共党员,Z1,1947-05,1947-11";
const LI: &str = "2,李四,女,1948-02-29,02,退休,1966,2003-03,群众,,,";

#[test]
fn a_row_becomes_a_person_and_a_membership() {
    let mut site = site();
    assert_eq!(site.import_people(&file(&[ZHANG, LI])), [Ok(Outcome::Created), Ok(Outcome::Created)]);
    let zhang = site.held_person("1");
    let expected = Person {
        number: "1".into(),
        name: "张三".into(),
        sex: 1,
        birth: "1928-03".into(),
        ethnic: "01".into(),
        retirement: Retirement::Honoured.into(),
        began_work: "1946-07".into(),
        retired_on: "1988-12-01".into(),
        status: PersonStatus::Living.into(),
        ..Default::default()
    };
    assert_eq!(zhang, expected);
    let membership = site.held_membership("1").unwrap();
    assert_eq!(membership.state(), MembershipState::Full);
    assert_eq!(membership.person, site.person(UNIT, "1").unwrap().record.to_bytes());
    assert_eq!(membership.branch, site.org(UNIT, "Z1").unwrap().record.to_bytes());
    assert_eq!((membership.joined.as_str(), membership.full_since.as_str()), ("1947-05", "1947-11"));
    assert_eq!(site.held_membership("2"), None, "who is no member has no membership");
}

#[test]
fn the_same_file_twice_changes_nothing() {
    let mut site = site();
    site.import_people(&file(&[ZHANG, LI]));
    let before = site.bodies.clone();
    assert_eq!(site.import_people(&file(&[ZHANG, LI])), [Ok(Outcome::Unchanged), Ok(Outcome::Unchanged)]);
    assert_eq!(site.bodies, before);
    assert_eq!(site.import_orgs(BRANCHES), [Ok(Outcome::Unchanged), Ok(Outcome::Unchanged)]);
}

#[test]
fn a_changed_cell_updates_and_a_missing_column_leaves_as_it_is() {
    let mut site = site();
    site.import_people(&file(&[ZHANG]));
    let known = site.held_person("1");
    assert_eq!(site.import_people("编号,姓名,离退休类别,职级\n1,张三,离休,正处级\n"), [Ok(Outcome::Updated)]);
    assert_eq!(site.held_person("1"), Person { rank: "正处级".into(), ..known.clone() });
    assert!(site.held_membership("1").is_some());
    assert_eq!(site.import_people("编号,姓名,离退休类别,职级\n1,张三,离休,\n"), [Ok(Outcome::Updated)]);
    assert_eq!(site.held_person("1"), known, "an empty cell empties its field");
}

#[test]
fn an_update_keeps_fields_of_a_later_version() {
    let mut site = site();
    site.import_people(&file(&[ZHANG]));
    let record = site.person(UNIT, "1").unwrap().record;
    let mut later = site.bodies[&record].to_vec();
    prost::encoding::string::encode(1000, &"雁".to_owned(), &mut later);
    site.bodies.insert(record, later.clone().into());
    assert_eq!(site.import_people(&file(&[ZHANG])), [Ok(Outcome::Unchanged)]);
    assert_eq!(site.bodies[&record], later);
    site.import_people("编号,姓名,离退休类别,职级\n1,张三,离休,正处级\n");
    assert!(site.bodies[&record].ends_with("雁".as_bytes()));
}

#[test]
fn a_membership_follows_what_the_file_says() {
    let state = |site: &Site| site.held_membership("1").map(|m| m.state());
    let mut site = site();
    let says = |political: &str| format!("编号,姓名,离退休类别,政治面貌\n1,张三,离休,{political}\n");
    site.import_people(&says("群众"));
    assert_eq!(state(&site), None);
    assert_eq!(site.import_people(&says("预备党员")), [Ok(Outcome::Updated)]);
    assert_eq!(state(&site), Some(MembershipState::Probationary));
    site.import_people(&says("中共党员"));
    assert_eq!(state(&site), Some(MembershipState::Full));
    assert_eq!(site.import_people(&says("")), [Ok(Outcome::Unchanged)]);
    assert_eq!(site.import_people(&says("群众")), [Ok(Outcome::Updated)]);
    assert_eq!(state(&site), Some(MembershipState::Ended));
    assert_eq!(site.import_people(&says("群众")), [Ok(Outcome::Unchanged)]);
    site.import_people(&says("是"));
    assert_eq!(state(&site), Some(MembershipState::Full));
}

#[test]
fn another_branch_moves_the_membership_and_none_unassigns_it() {
    let mut site = site();
    site.import_people(&file(&[ZHANG]));
    assert_eq!(site.import_people(&file(&[&ZHANG.replace("Z1", "Z2")])), [Ok(Outcome::Updated)]);
    assert_eq!(site.held_membership("1").unwrap().branch, site.org(UNIT, "Z2").unwrap().record.to_bytes());
    site.import_people(&file(&[&ZHANG.replace("Z1", "")]));
    assert!(site.held_membership("1").unwrap().branch.is_empty());
    let refused = site.import_people(&file(&[&ZHANG.replace("Z1", "Z3")]));
    let no_such = FieldError { field: membership::field::BRANCH, reason: Reason::NoSuchOrg };
    assert_eq!(refused, [Err(vec![no_such])]);
}

#[test]
fn the_dead_and_those_who_moved_out_need_a_date_and_no_longer_count() {
    let header = "编号,姓名,离退休类别,状态,去世时间\n";
    let refused = refusals::<PersonSheet>(&format!("{header}1,张三,离休,去世,\n"));
    assert_eq!(refused, [(2, "去世时间".to_owned(), Reason::RequiredBy("状态", "去世"))]);
    let mut site = Site::default();
    site.import_people(&format!("{header}1,张三,离休,去世,2018-05-01\n2,李四,退休,,\n"));
    assert_eq!(site.rollup(), Rollup { people: 1, ordinary: 1, ..Rollup::default() });
    assert_eq!(site.import_people(&format!("{header}1,张三,离休,,2018-05-01\n")), [Ok(Outcome::Unchanged)]);
    assert_eq!(site.held_person("1").status(), PersonStatus::Deceased, "an empty status leaves it as it is");
    site.import_people("编号,姓名,离退休类别,状态\n1,张三,离休,在世\n");
    assert_eq!(site.held_person("1").status_on, "", "the day of a death that was a mistake goes with it");
}

#[test]
fn contradictions_about_membership_are_refused() {
    let row = |political: &str, state: &str, joined: &str| {
        refusals::<PersonSheet>(&format!(
            "编号,姓名,离退休类别,政治面貌,党籍状态,入党时间\n1,张三,退休,{political},{state},{joined}\n"
        ))
    };
    let contradicts = |column: &str| vec![(2, column.to_owned(), Reason::Contradicts("政治面貌"))];
    assert_eq!(row("群众", "正式党员", ""), contradicts("党籍状态"));
    assert_eq!(row("群众", "", "1970"), contradicts("入党时间"));
    assert_eq!(row("中共党员", "预备", "2026-01"), []);
    assert_eq!(row("", "正式", "1970"), []);
    assert_eq!(row("群众", "终止", "1970"), []);
    let words = row("2", "", "");
    assert!(matches!(&words[0].2, Reason::Word(_)), "neither a code nor yes or no");
}

#[test]
fn a_row_is_refused_with_everything_that_is_wrong_in_it() {
    let refused = refusals::<PersonSheet>(&file(&["1 1,张三,X,1990-02-30,火星,离休,1990,,群众,,,"]));
    let columns: Vec<&str> = refused.iter().map(|(_, column, _)| column.as_str()).collect();
    assert_eq!(columns, ["性别", "出生年月", "民族", "编号", "参加工作时间"]);
    let refused = refusals::<PersonSheet>(&file(&[",,,,,,,,,,,"]));
    assert_eq!(refused, [], "an empty row is no row");
    let refused = refusals::<PersonSheet>(&file(&["1,,,,,,,,,,,"]));
    let missing: Vec<_> = refused.into_iter().map(|(_, column, reason)| (column, reason)).collect();
    assert_eq!(missing, [("姓名".to_owned(), Reason::Missing), ("离退休类别".to_owned(), Reason::Missing)]);
}

#[test]
fn what_a_missing_column_leaves_is_checked_with_what_comes_new() {
    let mut site = site();
    site.import_people(&file(&[ZHANG]));
    let refused = site.import_people("编号,姓名,离退休类别,出生日期\n1,张三,离休,1946-08\n");
    let before_birth =
        FieldError { field: person::field::BEGAN_WORK, reason: Reason::Before("出生日期") };
    assert!(refused[0].as_ref().unwrap_err().contains(&before_birth));
    assert_eq!(site.held_person("1").birth, "1928-03");
}

#[test]
fn units_are_known_or_refused() {
    let mut site = Site::default();
    let refused = site.import_people("单位代码,编号,姓名,离退休类别\n990200,1,张三,离休\n");
    assert_eq!(refused[0].as_ref().unwrap_err()[0].reason, Reason::NoSuchUnit);
    let counted = |code: &str| format!("编号,姓名,离退休类别,统计归属\n1,张三,离休,{code}\n");
    site.import_people(&counted("990200"));
    assert_eq!(site.held_person("1").counting_unit, OTHER_UNIT.to_bytes());
    assert_eq!(site.import_people(&counted("990200")), [Ok(Outcome::Unchanged)]);
    site.import_people(&counted("990100"));
    assert_eq!(site.held_person("1").counting_unit, Bytes::new(), "one's own unit goes without saying");
    let refused = site.import_people(&counted("999999"));
    assert_eq!(refused[0].as_ref().unwrap_err()[0].reason, Reason::UnknownUnit);
}

#[test]
fn cells_of_a_membership_need_a_membership() {
    let mut site = site();
    let dates = "编号,姓名,离退休类别,入党时间,支部编号\n1,张三,离休,1948-05,Z1\n";
    let unclear = FieldError { field: membership::field::BRANCH, reason: Reason::MembershipUnclear };
    assert_eq!(site.import_people(dates), [Err(vec![unclear])]);
    site.import_people("编号,姓名,离退休类别,政治面貌\n1,张三,离休,中共党员\n");
    assert_eq!(site.import_people(dates), [Ok(Outcome::Updated)]);
    let held = site.held_membership("1").unwrap();
    assert_eq!((held.joined.as_str(), held.state()), ("1948-05", MembershipState::Full));
    let open = "编号,姓名,离退休类别,政治面貌,入党时间,支部编号\n1,张三,离休,,,\n";
    assert_eq!(
        site.import_people(open),
        [Ok(Outcome::Unchanged)],
        "nothing said of membership empties nothing"
    );
    assert_eq!(site.import_people("编号,姓名,离退休类别,支部编号\n1,张三,离休,\n"), [Ok(Outcome::Updated)]);
    assert!(site.held_membership("1").unwrap().branch.is_empty());
}

#[test]
fn one_record_is_entered_and_edited_by_named_fields() {
    let mut site = site();
    let mut save = |fields: &[(&str, &str)]| {
        let row = Row::<PersonSheet>::of_fields("990100", fields.iter().copied()).unwrap();
        let id = site.new_id();
        let planned = plan::person(&row, &site, today(), || id)?;
        planned.writes.iter().for_each(|write| site.store(write));
        Ok::<_, Vec<FieldError>>(planned.outcome)
    };
    let missing = FieldError { field: person::field::NAME, reason: Reason::Missing };
    assert_eq!(save(&[("编号", "7"), ("类别", "离休")]), Err(vec![missing]));
    assert_eq!(save(&[("number", "7"), ("name", "张三"), ("类别", "离休")]), Ok(Outcome::Created));
    let closed = [("编号", "7"), ("状态", "去世"), ("状态日期", "2026/11/1")];
    assert_eq!(save(&closed), Ok(Outcome::Updated));
    assert_eq!(save(&closed), Ok(Outcome::Unchanged));
    assert_eq!(
        save(&[("编号", "7"), ("政治面貌", "群众"), ("入党时间", "1948")]).unwrap_err()[0].reason,
        Reason::Contradicts("政治面貌")
    );

    let fields = [("编号", "7"), ("血型", "A"), ("number", "8"), ("性别", "X")];
    let errors = Row::<PersonSheet>::of_fields("990100", fields).unwrap_err();
    let reasons: Vec<_> = errors.iter().map(|e| (e.column.as_deref().unwrap(), &e.reason)).collect();
    assert_eq!(reasons[..2], [("血型", &Reason::NoSuchField), ("number", &Reason::Twice)]);
    assert_eq!(errors[2].to_string(), "column 性别, \"X\" must be one of: 未知、男、女、未说明");
}
