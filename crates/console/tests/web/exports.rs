//! Workbooks: every list and report goes out as one, with the rows of its page.

use std::io::Cursor;

use axum::http::Method;
use calamine::{Data, Reader, Xlsx};
use prost::Message;
use yanzhen_bureau::documents::NewDocument;
use yanzhen_bureau::kinds::document;
use yanzhen_console::accounts::{NewAccount, Right, Role};
use yanzhen_console::routes::{self, Access};
use yanzhen_proto::v1::{
    Document, DocumentDirection, DocumentType, InvitationView, QuarantineView, SiteState, SiteView,
};
use yanzhen_store::{Edit, Expected, Target, Write};
use yanzhen_sync::RecordId;

use crate::office::{Browser, Office};

/// How the addresses of workbooks end, behind their page's.
const END: &str = "/export";

/// What would run in a spreadsheet if it were not a text.
const FORMULA: &str = "=HYPERLINK(\"http://evil.example\")";

/// An office with something in every list.
struct Furnished {
    office: Office,
    /// Paths of a record's page, by the path in the table.
    records: [(&'static str, String); 2],
}

async fn entered(clerk: &mut Browser<'_>, path: &str, fields: &[(&str, &str)]) -> String {
    let page = clerk.submit(path, fields).await;
    assert!(page.status.is_redirection(), "{path}: {}", page.html);
    page.location().to_owned()
}

fn id_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap()
}

async fn furnished() -> Furnished {
    let office = Office::open().await;
    let mut clerk = office.with(Role::Clerk).await;
    let org = [
        ("number", "Z1"),
        ("name", FORMULA),
        ("type", "党支部"),
        ("setup", "单独"),
        ("term_end", "2026-06-30"),
    ];
    let org = entered(&mut clerk, "/orgs/new", &org).await;
    let person = [
        ("number", "0012"),
        ("name", "赵明德"),
        ("retirement", "退休"),
        ("state", "正式党员"),
        ("branch", "Z1"),
    ];
    let person = entered(&mut clerk, "/people/new", &person).await;
    let staff = [("name", "罗雨桐"), ("duty", "联络员")];
    entered(&mut clerk, "/staff/new", &staff).await;
    let post = [("org", id_of(&org)), ("staff", "罗雨桐"), ("role", "联络员"), ("from", "2025-03")];
    entered(&mut clerk, "/posts/new", &post).await;
    let contacts = [("home_name", "罗雨桐"), ("home_phone", "0931-8401234")];
    let away = [
        ("from", "2026年5月1日"),
        ("county", "460200"),
        ("away_name", "赵岚"),
        ("away_phone", "13900007730"),
    ];
    let away: Vec<_> = [("person", id_of(&person))].into_iter().chain(away).chain(contacts).collect();
    entered(&mut clerk, "/away/new", &away).await;
    let link = [
        ("community", "东街社区"),
        ("consented_on", "2026-03-01"),
        ("community_name", "周建业"),
        ("community_phone", "0931-8405678"),
    ];
    let link: Vec<_> = [("person", id_of(&person))].into_iter().chain(link).chain(contacts).collect();
    entered(&mut clerk, "/community/new", &link).await;
    crate::transfers::released(&office, &person).await;
    let document = NewDocument {
        title: "关于冬季走访的通知".into(),
        body: "正文".into(),
        to: vec!["990100".into()],
        deadline: "2026-12-31".into(),
        ..NewDocument::default()
    };
    let document = office.bureau.publish(document).await.unwrap().id;
    let draft = [("title", "文稿"), ("body", "正文"), ("to", "990100")];
    entered(&mut clerk, "/documents/new", &draft).await;
    came_up(&office).await;
    put_sites(&office);
    let new = NewAccount { login: "wang".into(), name: FORMULA.into() };
    office.console.accounts().open_account(new).await.unwrap();
    crate::below::put_below(&office).await;
    drop(clerk);
    Furnished {
        office,
        records: [("/orgs/{id}", org), ("/documents/{id}", format!("/documents/{document}"))],
    }
}

/// A report of a unit below, which is in this site's inbox.
async fn came_up(office: &Office) {
    let unit = office.bureau.unit_of_code("990100").unwrap();
    let own = office.bureau.unit_of_code("990000").unwrap();
    let report = Document {
        direction: DocumentDirection::Up.into(),
        r#type: DocumentType::Report.into(),
        title: "关于走访情况的报告".into(),
        body: "正文".into(),
        issuer: "青原州委老干部局".into(),
        to: vec![own.to_bytes()],
        published_ms: crate::office::NOON,
        ..Document::default()
    };
    let edit =
        Edit::upsert(document::KIND, RecordId::new([7; 16]), unit, report.encode_to_vec(), Expected::New);
    office.bureau.store().write(Write { targets: vec![Target::Journal], edits: vec![edit] }).await.unwrap();
}

fn put_sites(office: &Office) {
    let site = |id: &str, code: &str, name: &str, depth, state: SiteState| SiteView {
        site: id.repeat(32),
        unit_code: code.into(),
        unit_name: name.into(),
        depth,
        state: state.into(),
        ..SiteView::default()
    };
    *office.platform.sites.lock().unwrap() = vec![
        site("aa", "990000", "云川市委老干部局", 0, SiteState::Good),
        site("bb", "990100", "青原州委老干部局", 1, SiteState::Offline),
    ];
    *office.platform.quarantine.lock().unwrap() = vec![QuarantineView {
        id: "1".into(),
        kind: "person".into(),
        record: "ab".repeat(16),
        reason: "-1+1".into(),
        since_ms: crate::office::NOON,
        ..QuarantineView::default()
    }];
    *office.platform.invitations.lock().unwrap() = vec![InvitationView {
        id: "aa01".into(),
        state: "open".into(),
        unit_code: "990100".into(),
        unit_name: "青原州委老干部局".into(),
        role: "node".into(),
        ..InvitationView::default()
    }];
}

/// The rows below the header of a workbook in which no cell is a formula.
fn rows(bytes: Vec<u8>, path: &str) -> Vec<Vec<Data>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    let formulas = book.worksheet_formula(&book.sheet_names()[0]).unwrap();
    assert!(formulas.rows().flatten().all(String::is_empty), "{path} has a formula");
    let range = book.worksheet_range_at(0).unwrap().unwrap();
    let filled = |row: &&[Data]| row.iter().filter(|cell| **cell != Data::Empty).count() > 1;
    range.rows().skip_while(|row| !filled(row)).skip(1).map(<[Data]>::to_vec).collect()
}

/// A cell as its page shows it: numbers with commas, of a time the time of day, since pages say 今天 for the day.
fn shown(cell: &Data) -> String {
    match cell {
        Data::Float(number) => commas(number.to_string().parse().unwrap()),
        Data::String(text) => match text.rsplit_once(' ') {
            Some((day, time)) if day.ends_with('日') && day.starts_with("20") => time.to_owned(),
            _ => spaced(text),
        },
        _ => String::new(),
    }
}

fn commas(number: u64) -> String {
    match number / 1_000 {
        0 => number.to_string(),
        more => format!("{},{:03}", commas(more), number % 1_000),
    }
}

/// What stands between tags, a space for each tag.
fn text(html: &str) -> String {
    let mut text = String::new();
    for part in html.split('<') {
        text.push(' ');
        text.push_str(part.split_once('>').map_or(part, |(_, text)| text));
    }
    for (entity, sign) in [("&#34;", "\""), ("&quot;", "\""), ("&#38;", "&"), ("&amp;", "&"), ("&#39;", "'")]
    {
        text = text.replace(entity, sign);
    }
    spaced(&text)
}

fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The rows of a page's tables without their heads and without rows that only say what follows.
fn page_rows(html: &str) -> Vec<String> {
    let bodies = html.split("<thead>").skip(1).filter_map(|table| table.split_once("</thead>"));
    let bodies = bodies.filter_map(|(_, table)| table.split_once("</table>")).map(|(body, _)| body);
    let rows = bodies.flat_map(|body| body.split("<tr").skip(1));
    rows.filter(|row| !row.contains("colspan")).map(|row| text(&format!("<tr{row}"))).collect()
}

/// Pages whose figures stand outside of tables or in rows of their own.
fn is_loose(path: &str) -> bool {
    ["/overview/export", "/reports/charts/export", "/sites/export"].contains(&path)
}

/// Columns of a workbook that the page has not, by place.
fn beside(path: &str) -> &'static [usize] {
    match path {
        // Time and request as they stand in the log, and the hash.
        "/audit/export" => &[1, 4, 5, 6, 9, 10],
        // Roles and branches stand in fields of the form.
        "/accounts/export" | "/roles/export" => &[3, 4],
        // So do they here, and the office stands above its table.
        "/offices/export" => &[0, 3, 4],
        // The hash.
        "/audit/offices/export" => &[7],
        _ => &[],
    }
}

#[tokio::test]
async fn every_workbook_holds_the_rows_of_its_page_and_no_formula() {
    let Furnished { office, records } = furnished().await;
    let mut seen = 0;
    for role in Role::ALL {
        let may = |access| matches!(access, Access::Needs(right) if first_with(right) == role);
        let routes: Vec<_> =
            routes::table().into_iter().filter(|r| r.path.ends_with(END) && may(r.access)).collect();
        let mut browser = match role {
            Role::Clerk => signed_in(&office, "clerk").await,
            role => office.with(role).await,
        };
        for route in routes {
            assert!(route.is_audited, "{} leaves the site unseen", route.path);
            let path = records.iter().fold(route.path.to_owned(), |path, (of, at)| path.replace(of, at));
            let page = browser.get(path.trim_end_matches(END)).await.html;
            assert!(page.contains(&format!("href=\"{path}\"")), "{path} is not on its page: {page}");
            let rows = rows(browser.download(&path).await, &path);
            assert!(!rows.is_empty(), "{path} is empty");
            seen += 1;
            let (of_page, whole) = (page_rows(&page), text(&page));
            // Tables of an import have the fields of the form, which the page shows in part.
            let is_roster = ["/people/export", "/orgs/export"].contains(&&*path);
            if !is_loose(&path) {
                assert_eq!(of_page.len(), rows.len(), "{path}: {of_page:?}");
            }
            for row in rows.iter().filter(|_| !is_roster) {
                let cells = row.iter().enumerate().filter(|(place, _)| !beside(&path).contains(place));
                let cells: Vec<String> = cells.map(|(_, cell)| shown(cell)).collect();
                let stands = |of: &String| cells.iter().all(|cell| of.contains(cell));
                let stands = if is_loose(&path) { stands(&whole) } else { of_page.iter().any(stands) };
                assert!(stands, "{path}: {cells:?} is not in {of_page:?}");
            }
        }
    }
    assert_eq!(seen, routes::table().iter().filter(|route| route.path.ends_with(END)).count());
}

/// Whoever can look at a table can take it out: so that none is forgotten.
#[tokio::test]
async fn every_page_with_a_list_goes_out_as_a_workbook() {
    /// Tables that are no lists of the work: what belongs to one form, one person's browsers, the machine itself.
    const NO_LIST: [&str; 6] = ["/sync", "/doctor", "/me", "/search", "/my-branches", "/documents/new"];
    let Furnished { office, .. } = furnished().await;
    let table = routes::table();
    for role in Role::ALL {
        let mut browser = match role {
            Role::Clerk => signed_in(&office, "clerk").await,
            role => office.with(role).await,
        };
        for route in table.iter().filter(|route| route.method == Method::GET) {
            if route.path.contains('{') || route.path.ends_with(END) {
                continue;
            }
            let page = browser.get(route.path).await;
            let is_list = route.path != "/" && !NO_LIST.iter().any(|begin| route.path.starts_with(begin));
            if !page.html.contains("<table class=\"tbl") || !is_list {
                continue;
            }
            let export = format!("{}{END}", route.path);
            assert!(table.iter().any(|route| route.path == export), "{} has no workbook", route.path);
        }
    }
}

/// The first role that has a right.
fn first_with(right: Right) -> Role {
    Role::ALL.into_iter().find(|role| role.rights().contains(&right)).unwrap()
}

async fn signed_in<'o>(office: &'o Office, login: &str) -> Browser<'o> {
    let mut browser = office.stranger();
    browser.post("/sign-in", &[("login", login), ("password", crate::office::PASSWORD)]).await;
    browser
}
