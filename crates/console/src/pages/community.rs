//! 社区报到: a list, and entered from a person's page.

use axum::extract::{Path, State};
use axum::response::Response;
use yanzhen_bureau::kinds::community_link::{self, field};
use yanzhen_bureau::listing::{CommunityColumn, WhichCommunities};
use yanzhen_bureau::{Bureau, BureauError, Day, Filter, Held, Page};
use yanzhen_proto::v1::CommunityLink;
use yanzhen_sync::RecordId;

use crate::accounts::Right;
use crate::console::Console;
use crate::format;
use crate::kept_form::{Entry, KeptPage};
use crate::pages::people::contact;
use crate::problem::Problem;
use crate::record_form::{self, DAY, Form, Part, hidden, required, see, text};
use crate::record_list::{self, Asked, Cell, Column, Facet, List, Words, asked_sort, column, sorted};
use crate::routes::{Access, Route};
use crate::texts::Texts;

const READ: Access = Access::Needs(Right::ReadRecords);
const WRITE: Access = Access::Needs(Right::WriteRecords);

impl KeptPage for CommunityLink {
    const PATH: &'static str = "/community";

    const PARTS: &'static [Part] = &[
        (
            "社区",
            &[
                hidden(field::PERSON),
                required(text(field::COMMUNITY, "社区全称")),
                required(text(field::CONSENTED_ON, "没有本人同意不能登记")),
                text(field::ENDED_ON, DAY),
            ],
        ),
        (
            "双向联系人",
            &[
                required(text(field::HOME_NAME, "")),
                required(text(field::HOME_PHONE, "")),
                required(text(field::COMMUNITY_NAME, "")),
                required(text(field::COMMUNITY_PHONE, "")),
            ],
        ),
    ];

    fn words(t: &Texts) -> [&'static str; 3] {
        [t.records.community, t.records.add_community, t.records.edit_community]
    }
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/community", READ, record_list::list::<CommunityRow>),
        Route::get("/community/export", READ, record_list::export::<CommunityRow>).audited(),
        Route::get("/community/new", WRITE, record_form::new::<Entry<CommunityLink>>),
        Route::post("/community/new", WRITE, record_form::add::<Entry<CommunityLink>>),
        Route::get("/community/{id}", READ, lead),
        Route::get("/community/{id}/edit", WRITE, record_form::edit::<Entry<CommunityLink>>),
        Route::post("/community/{id}/edit", WRITE, record_form::amend::<Entry<CommunityLink>>),
    ]
}

/// A link is shown with its person.
async fn lead(State(console): State<Console>, Path(id): Path<String>) -> Result<Response, Problem> {
    let entry = Entry::<CommunityLink>::find(console.bureau(), &id).await?;
    let person = RecordId::try_from(entry.held.body.person.as_ref()).map_err(|_| Problem::not_found())?;
    Ok(see(format!("/people/{person}/community")))
}

/// A row of the list.
struct CommunityRow {
    link: Held<CommunityLink>,
    /// The person's.
    name: String,
    unit: String,
}

impl List for CommunityRow {
    const PATH: &'static str = "/community";

    type Which = WhichCommunities;

    fn words(t: &'static Texts) -> Words {
        let (r, l) = (&t.records, &t.lists);
        let empty = [r.no_community, r.no_community_why];
        Words { title: r.community_title, count: l.times, search: r.name, add: "", empty }
    }

    async fn facets(_: &Bureau, t: &'static Texts, asked: &Asked) -> Result<Vec<Facet>, BureauError> {
        let status = [("", t.records.holds), ("over", t.records.over), ("all", t.lists.all)];
        Ok(vec![Facet::words(asked, "status", t.lists.status, status)])
    }

    fn which(asked: &Asked) -> WhichCommunities {
        WhichCommunities {
            open: match asked.get("status").map_or("", String::as_str) {
                "" => Some(true),
                "over" => Some(false),
                _ => None,
            },
            sort: asked_sort(asked, |name| (name == "since").then_some(CommunityColumn::ConsentedOn)),
        }
    }

    fn columns(t: &'static Texts) -> Vec<Column> {
        let r = &t.records;
        vec![
            column(r.name),
            column(r.unit),
            column(r.community),
            sorted(r.consented, "since"),
            column(r.home_contact),
            column(r.community_contact),
            column(r.state),
        ]
    }

    async fn page(
        bureau: &Bureau,
        filter: &Filter<WhichCommunities>,
    ) -> Result<Page<CommunityRow>, BureauError> {
        let Page { rows, total } = bureau.list_communities(filter).await?;
        let row = |(link, name): (Held<CommunityLink>, String)| CommunityRow {
            unit: bureau.unit_name(link.unit),
            link,
            name,
        };
        Ok(Page { rows: rows.into_iter().map(row).collect(), total })
    }

    fn row(self, t: &'static Texts, _: Day) -> (RecordId, Vec<Cell>) {
        let link = self.link.body;
        let state = match community_link::holds(&link) {
            true => Cell::State("st-ok", "check", t.records.holds.to_owned()),
            false => Cell::Short(format!("{} {}", t.records.over, format::day(&link.ended_on))),
        };
        let cells = vec![
            Cell::Name(self.name, ""),
            Cell::Text(self.unit),
            Cell::Text(link.community),
            Cell::Short(format::day(&link.consented_on)),
            Cell::Text(contact(&link.home_contact)),
            Cell::Text(contact(&link.community_contact)),
            state,
        ];
        (self.link.id, cells)
    }
}
