//! 任职: posts in Party organisations, a list, and entered from an organisation's page.

use axum::extract::{Path, State};
use axum::response::Response;
use yanzhen_bureau::kinds::appointment::field;
use yanzhen_bureau::kinds::words::word_of;
use yanzhen_bureau::listing::{PostColumn, WhichPosts};
use yanzhen_bureau::posts::PostView;
use yanzhen_bureau::{Bureau, BureauError, Day, Filter, Page};
use yanzhen_proto::v1::{Appointment, AppointmentRole};
use yanzhen_sync::RecordId;

use crate::accounts::Right;
use crate::console::Console;
use crate::detail::{Cell, State as Stands};
use crate::format;
use crate::kept_form::{Entry, KeptPage};
use crate::page::Shell;
use crate::problem::Problem;
use crate::record_form::{self, DAY, Form, Part, choice, hidden, required, see, text, words};
use crate::record_list::{
    self, Asked, Cell as ListCell, Column, Facet, List, Words, asked_for, asked_sort, column, sorted,
};
use crate::routes::{Access, Route};
use crate::texts::{Texts, label, term_of};

const READ: Access = Access::Needs(Right::ReadRecords);
const WRITE: Access = Access::Needs(Right::WriteRecords);

impl KeptPage for Appointment {
    const PATH: &'static str = "/posts";

    const PARTS: &'static [Part] = &[
        (
            "任职人",
            &[
                hidden(field::ORG),
                text(field::PERSON, "老同志的编号；与工作人员只填一项"),
                text(field::STAFF, "工作人员的姓名"),
            ],
        ),
        (
            "职务与任期",
            &[
                required(choice(field::ROLE, words::<AppointmentRole>)),
                required(text(field::FROM, DAY)),
                text(field::TO, DAY),
            ],
        ),
    ];

    fn words(t: &Texts) -> [&'static str; 3] {
        [t.orgs.title, t.records.appoint, t.records.post_edit]
    }
}

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/posts", READ, record_list::list::<PostRow>),
        Route::get("/posts/export", READ, record_list::export::<PostRow>).audited(),
        Route::get("/posts/new", WRITE, record_form::new::<Entry<Appointment>>),
        Route::post("/posts/new", WRITE, record_form::add::<Entry<Appointment>>),
        Route::get("/posts/{id}", READ, lead),
        Route::get("/posts/{id}/edit", WRITE, record_form::edit::<Entry<Appointment>>),
        Route::post("/posts/{id}/edit", WRITE, record_form::amend::<Entry<Appointment>>),
    ]
}

/// A post is shown with its organisation.
async fn lead(State(console): State<Console>, Path(id): Path<String>) -> Result<Response, Problem> {
    let entry = Entry::<Appointment>::find(console.bureau(), &id).await?;
    let org = RecordId::try_from(entry.held.body.org.as_ref()).map_err(|_| Problem::not_found())?;
    Ok(see(format!("/orgs/{org}/committee")))
}

/// A row of the list.
struct PostRow {
    view: PostView,
    unit: String,
}

impl List for PostRow {
    const PATH: &'static str = "/posts";

    type Which = WhichPosts;

    fn words(t: &'static Texts) -> Words {
        let (r, l) = (&t.records, &t.lists);
        let empty = [r.no_posts, r.no_posts_why];
        Words { title: r.posts_title, count: l.times, search: r.posts_search, add: "", empty }
    }

    async fn facets(_: &Bureau, t: &'static Texts, asked: &Asked) -> Result<Vec<Facet>, BureauError> {
        let status = [("", t.records.held), ("ended", t.records.ended), ("all", t.lists.all)];
        Ok(vec![
            Facet::of::<AppointmentRole>(asked, "role", t.records.role, t),
            Facet::words(asked, "status", t.lists.status, status),
        ])
    }

    fn which(asked: &Asked) -> WhichPosts {
        WhichPosts {
            role: asked_for(asked, "role"),
            held: match asked.get("status").map_or("", String::as_str) {
                "" => Some(true),
                "ended" => Some(false),
                _ => None,
            },
            sort: asked_sort(asked, |name| match name {
                "from" => Some(PostColumn::From),
                "to" => Some(PostColumn::To),
                _ => None,
            }),
        }
    }

    fn columns(t: &'static Texts) -> Vec<Column> {
        let r = &t.records;
        vec![
            column(r.holder),
            column(r.role),
            column(r.org),
            column(r.unit),
            sorted(r.from, "from"),
            sorted(r.to, "to"),
            column(r.state),
        ]
    }

    async fn page(bureau: &Bureau, filter: &Filter<WhichPosts>) -> Result<Page<PostRow>, BureauError> {
        let Page { rows, total } = bureau.list_posts(filter).await?;
        let row = |view: PostView| PostRow { unit: bureau.unit_name(view.post.unit), view };
        Ok(Page { rows: rows.into_iter().map(row).collect(), total })
    }

    fn row(self, t: &'static Texts, _: Day) -> (RecordId, Vec<ListCell>) {
        let PostView { post, holder, org, is_held } = self.view;
        let state = match is_held {
            true => ListCell::State("st-ok", "check", t.records.held.to_owned()),
            false => ListCell::Short(t.records.ended.to_owned()),
        };
        let cells = vec![
            ListCell::Name(holder, ""),
            ListCell::Short(term_of::<AppointmentRole>(post.body.role, t).to_owned()),
            ListCell::Text(org),
            ListCell::Text(self.unit),
            ListCell::Short(format::day(&post.body.from)),
            ListCell::Short(format::day(&post.body.to)),
            state,
        ];
        (post.id, cells)
    }
}

/// What stands in the first column: on whose page the table is, that is not said again.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    Org,
    Holder,
}

pub(super) fn heads(t: &Texts, first: &'static str) -> Vec<&'static str> {
    vec![first, t.records.role, t.records.from, t.records.to, t.records.state]
}

pub(super) fn row(shell: &Shell, view: &PostView, beside: Beside) -> Vec<Cell> {
    let (t, post) = (shell.t, &view.post.body);
    let id = |bytes: &[u8]| RecordId::try_from(bytes).ok();
    let first = match beside {
        Beside::Org => match id(&post.org) {
            Some(org) => Cell::link(&view.org, format!("/orgs/{org}")),
            None => Cell::text(&view.org),
        },
        Beside::Holder => match id(&post.person) {
            Some(person) => Cell::link(&view.holder, format!("/people/{person}")),
            None => Cell::text(&view.holder),
        },
    };
    let state = match view.is_held {
        true => Cell::state(t.records.held, Stands::Good),
        false => Cell::text(t.records.ended),
    };
    vec![
        first,
        Cell::text(label(shell.language, word_of::<AppointmentRole>(post.role))),
        Cell::text(format::day(&post.from)),
        Cell::text(format::day(&post.to)),
        state,
    ]
}
