//! The page of a list of records. Filters, order and page stand in its address, so that any view can be bookmarked
//! and taken out as a spreadsheet.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use yanzhen_bureau::kinds::words::Words as Enumeration;
use yanzhen_bureau::listing::{Sort, Which};
use yanzhen_bureau::{Bureau, BureauError, Day, Filter, Page, workbook};
use yanzhen_sync::RecordId;

use crate::accounts::Right;
use crate::console::Console;
use crate::format;
use crate::page::{Shell, render};
use crate::pager::Pager;
use crate::pages::unit_choice::{UnitChoice, units};
use crate::problem::Problem;
use crate::sheet::{self, Sheet};
use crate::texts::{Term, Texts};
use crate::visitor::Visitor;

/// Rows of a page that can be chosen, the usual number first.
const ROWS: [u32; 3] = [25, 50, 100];

/// What an address asks for, by name.
pub(crate) type Asked = BTreeMap<String, String>;

/// A kind of record that has a list.
pub(crate) trait List: Sized + Send + Sync + 'static {
    /// Where the list is; the records are below it.
    const PATH: &'static str;

    /// Whether tables of such records are taken in.
    const IMPORTS: bool = false;

    /// What can be asked of it.
    type Which: Which + Clone + Send + Sync;

    /// What it is called.
    fn words(t: &'static Texts) -> Words;

    /// The filters besides unit and words.
    fn facets(
        bureau: &Bureau,
        t: &'static Texts,
        asked: &Asked,
    ) -> impl Future<Output = Result<Vec<Facet>, BureauError>> + Send;

    /// What an address asks for; what is not understood asks for nothing.
    fn which(asked: &Asked) -> Self::Which;

    /// The columns.
    fn columns(t: &'static Texts) -> Vec<Column>;

    /// One page.
    fn page(
        bureau: &Bureau,
        filter: &Filter<Self::Which>,
    ) -> impl Future<Output = Result<Page<Self>, BureauError>> + Send;

    /// Its id, and what stands in each column.
    fn row(self, t: &'static Texts, today: Day) -> (RecordId, Vec<Cell>);
}

/// What a list is called.
pub(crate) struct Words {
    pub(crate) title: &'static str,
    /// Behind a number of its records.
    pub(crate) count: &'static str,
    /// What is searched in.
    pub(crate) search: &'static str,
    /// Empty where a record is added on another page.
    pub(crate) add: &'static str,
    /// What is said where nothing fits, and what to do then.
    pub(crate) empty: [&'static str; 2],
}

/// A column of the table.
pub(crate) struct Column {
    title: &'static str,
    /// What the address calls the order by this column; empty for none.
    sort: &'static str,
    is_number: bool,
}

/// A column that can't be sorted by.
pub(crate) const fn column(title: &'static str) -> Column {
    Column { title, sort: "", is_number: false }
}

/// A column with an order.
pub(crate) const fn sorted(title: &'static str, sort: &'static str) -> Column {
    Column { title, sort, is_number: false }
}

/// A column of numbers.
pub(crate) const fn numbers(title: &'static str) -> Column {
    Column { title, sort: "", is_number: true }
}

/// What stands in a column.
pub(crate) enum Cell {
    /// A text that may be long.
    Text(String),
    /// A word, a number of a record or a day, never broken.
    Short(String),
    /// How many.
    Number(u64),
    /// The record's name, which leads to its page, with a tag behind it.
    Name(String, &'static str),
    /// What should be seen to: its badge, its icon.
    State(&'static str, &'static str, String),
}

/// A filter of the form.
pub(crate) enum Facet {
    /// One of several words; the first stands for an address that says nothing.
    Choice { name: &'static str, label: &'static str, choices: Vec<Choice> },
    /// From one number to another.
    Range { names: [&'static str; 2], label: &'static str, values: [String; 2] },
}

/// A word to choose.
pub(crate) struct Choice {
    value: String,
    word: String,
    is_chosen: bool,
}

impl Facet {
    /// Words to choose from, by what the address calls them; the first is for nothing said.
    pub(crate) fn choice(
        asked: &Asked,
        name: &'static str,
        label: &'static str,
        choices: impl IntoIterator<Item = (String, String)>,
    ) -> Facet {
        let chosen = asked.get(name).map_or("", String::as_str);
        let choice = |(value, word): (String, String)| Choice { is_chosen: value == chosen, value, word };
        Facet::Choice { name, label, choices: choices.into_iter().map(choice).collect() }
    }

    /// Words that the page knows beforehand.
    pub(crate) fn words<const N: usize>(
        asked: &Asked,
        name: &'static str,
        label: &'static str,
        choices: [(&str, &str); N],
    ) -> Facet {
        Facet::choice(asked, name, label, choices.map(|(value, word)| (value.to_owned(), word.to_owned())))
    }

    /// All values of an enumeration, or any of them.
    pub(crate) fn of<W: Term>(
        asked: &Asked,
        name: &'static str,
        label: &'static str,
        t: &'static Texts,
    ) -> Facet {
        let any = (String::new(), t.lists.any.to_owned());
        let values = W::ALL.iter().map(|word| (number(word.value), word.value.term(t).to_owned()));
        Facet::choice(asked, name, label, std::iter::once(any).chain(values))
    }

    /// From one number to another.
    pub(crate) fn range(asked: &Asked, names: [&'static str; 2], label: &'static str) -> Facet {
        let values = names.map(|name| asked.get(name).cloned().unwrap_or_default());
        Facet::Range { names, label, values }
    }

    /// What is asked for, and the names in the address that ask for it.
    fn chip(&self) -> Option<(String, Vec<&'static str>)> {
        match self {
            Facet::Choice { name, choices, .. } => {
                let chosen = choices.iter().find(|choice| choice.is_chosen && !choice.value.is_empty())?;
                Some((chosen.word.trim().to_owned(), vec![name]))
            }
            Facet::Range { names, label, values } => {
                let [from, to] = values;
                let is_asked = !from.is_empty() || !to.is_empty();
                is_asked.then(|| (format!("{label} {from}—{to}"), names.to_vec()))
            }
        }
    }
}

/// What the address calls a value of an enumeration.
pub(crate) fn number<W: Enumeration>(value: W) -> String {
    let number: i32 = value.into();
    number.to_string()
}

/// The value of an enumeration that is asked for.
pub(crate) fn asked_for<W: Enumeration>(asked: &Asked, name: &str) -> Option<W> {
    asked.get(name)?.parse().ok().and_then(W::known)
}

/// The number that is asked for.
pub(crate) fn asked_number<N: std::str::FromStr>(asked: &Asked, name: &str) -> Option<N> {
    asked.get(name)?.trim().parse().ok()
}

/// The order that is asked for: the name of a column, with a minus for the greatest first.
pub(crate) fn asked_sort<C>(asked: &Asked, column: impl Fn(&str) -> Option<C>) -> Option<Sort<C>> {
    let sort = asked.get("sort")?;
    let descending = sort.starts_with('-');
    Some(Sort { column: column(sort.trim_start_matches('-'))?, descending })
}

/// The filter that an address asks for, all pages of it.
pub(crate) fn filter<L: List>(bureau: &Bureau, asked: &Asked) -> Result<Filter<L::Which>, Problem> {
    let code = asked.get("unit").map_or("", String::as_str);
    let unit = if code.is_empty() { None } else { Some(bureau.unit_of_code(code)?) };
    let search = asked.get("q").cloned().unwrap_or_default();
    let subtree = !asked.contains_key("own");
    Ok(Filter { unit, subtree, search, which: L::which(asked), offset: 0, limit: 0 })
}

#[derive(Template)]
#[template(path = "record_list.html")]
struct ListPage {
    shell: Shell,
    words: Words,
    path: &'static str,
    q: String,
    units: Vec<UnitChoice>,
    is_own: bool,
    facets: Vec<Facet>,
    /// What is asked for, and the address without it.
    chips: Vec<(String, String)>,
    /// The order that is asked for, for the form to keep.
    sort: String,
    total: String,
    columns: Vec<Head>,
    rows: Vec<(RecordId, Vec<Cell>)>,
    pager: Pager,
    /// Rows of a page to choose; no address for the present number.
    sizes: Vec<(u32, Option<String>)>,
    imports: bool,
    may_write: bool,
}

/// The head of a column.
struct Head {
    title: &'static str,
    is_number: bool,
    /// Where its link leads; none for a column without an order.
    href: Option<String>,
    /// How the list is sorted by it; empty for not.
    order: &'static str,
}

/// The page of a list.
pub(crate) async fn list<L: List>(
    State(console): State<Console>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let bureau = console.bureau();
    let shell = Shell::of(&console, &visitor).await?;
    let t = shell.t;
    let size = asked_number(&asked, "rows").filter(|rows| ROWS.contains(rows)).unwrap_or(ROWS[0]);
    let page: u32 = asked_number(&asked, "page").unwrap_or(1).max(1);
    let offset = (page - 1).saturating_mul(size);
    let filter = Filter { offset, limit: size, ..filter::<L>(bureau, &asked)? };
    let found = L::page(bureau, &filter).await?;
    let (units, _) = units(bureau, asked.get("unit").map_or("", String::as_str))?;
    let facets = L::facets(bureau, t, &asked).await?;
    let today = bureau.today();
    let query: Vec<(&str, &str)> =
        asked.iter().filter(|(name, _)| *name != "page").map(|(name, value)| (&**name, &**value)).collect();
    Ok(render(&ListPage {
        words: L::words(t),
        path: L::PATH,
        q: filter.search,
        is_own: !filter.subtree,
        chips: chips::<L>(t, &asked, &units, &facets),
        facets,
        units,
        sort: asked.get("sort").cloned().unwrap_or_default(),
        total: format::count(found.total),
        columns: L::columns(t).into_iter().map(|column| head::<L>(&asked, column)).collect(),
        rows: found.rows.into_iter().map(|row| row.row(t, today)).collect(),
        pager: Pager::new(L::PATH, &query, page, size, found.total),
        sizes: ROWS
            .map(|rows| {
                (
                    rows,
                    (rows != size)
                        .then(|| address::<L>(&asked, &["rows"], Some(("rows", &rows.to_string())))),
                )
            })
            .into(),
        imports: L::IMPORTS,
        may_write: visitor.may(Right::WriteRecords),
        shell,
    }))
}

/// All pages of a list as a workbook.
pub(crate) async fn export<L: List>(
    State(console): State<Console>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let (bureau, t) = (console.bureau(), visitor.language.texts());
    let filter = filter::<L>(bureau, &asked)?;
    let page =
        async |offset| L::page(bureau, &Filter { offset, limit: sheet::SLICE, ..filter.clone() }).await;
    let rows = sheet::all(page).await?;
    let today = bureau.today();
    let row = |record: L| record.row(t, today).1.into_iter().map(workbook::Cell::from).collect();
    let columns = L::columns(t).into_iter().map(|column| column.title).collect();
    let rows = rows.into_iter().map(row).collect();
    Sheet::new(L::words(t).title, columns, rows).file(&console, t).await
}

impl From<Cell> for workbook::Cell {
    fn from(cell: Cell) -> workbook::Cell {
        match cell {
            Cell::Text(text) | Cell::Short(text) | Cell::State(_, _, text) => workbook::Cell::Text(text),
            Cell::Number(number) => workbook::Cell::Number(number),
            Cell::Name(name, "") => workbook::Cell::Text(name),
            Cell::Name(name, tag) => workbook::Cell::Text(format!("{name} {tag}")),
        }
    }
}

fn chips<L: List>(
    t: &'static Texts,
    asked: &Asked,
    units: &[UnitChoice],
    facets: &[Facet],
) -> Vec<(String, String)> {
    let search = asked.get("q").filter(|q| !q.trim().is_empty());
    let search = search.map(|q| (format!("“{}”", q.trim()), vec!["q"]));
    let unit = units.iter().find(|unit| unit.is_chosen);
    let unit = unit.map(|unit| (unit.name.trim_start_matches('　').to_owned(), vec!["unit", "own"]));
    let own = asked.contains_key("own").then(|| (t.lists.own_only.to_owned(), vec!["own"]));
    let all: Vec<(String, Vec<&str>)> =
        search.into_iter().chain(unit).chain(own).chain(facets.iter().filter_map(Facet::chip)).collect();
    all.into_iter().map(|(what, names)| (what, address::<L>(asked, &names, None))).collect()
}

fn head<L: List>(asked: &Asked, column: Column) -> Head {
    let Column { title, sort, is_number } = column;
    let now = asked.get("sort").map_or("", String::as_str);
    let order = match now.strip_prefix('-') {
        _ if sort.is_empty() => "",
        Some(by) if by == sort => "descending",
        None if now == sort => "ascending",
        _ => "",
    };
    let next = if order == "ascending" { format!("-{sort}") } else { sort.to_owned() };
    let href = (!sort.is_empty()).then(|| address::<L>(asked, &["sort"], Some(("sort", &next))));
    Head { title, is_number, href, order }
}

/// The address of the first page without some of what is asked for, and with something else.
fn address<L: List>(asked: &Asked, without: &[&str], with: Option<(&str, &str)>) -> String {
    let kept = asked
        .iter()
        .filter(|(name, value)| *name != "page" && !value.is_empty() && !without.contains(&name.as_str()));
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(kept);
    if let Some((name, value)) = with {
        query.append_pair(name, value);
    }
    let query = query.finish();
    if query.is_empty() { L::PATH.to_owned() } else { format!("{}?{query}", L::PATH) }
}
