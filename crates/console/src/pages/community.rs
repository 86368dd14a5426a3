//! 社区报到: entered from a person's page.

use axum::extract::{Path, State};
use axum::response::Response;
use yanzhen_bureau::kinds::community_link::field;
use yanzhen_proto::v1::CommunityLink;
use yanzhen_sync::RecordId;

use crate::accounts::Right;
use crate::console::Console;
use crate::kept_form::{Entry, KeptPage};
use crate::problem::Problem;
use crate::record_form::{self, DAY, Form, Part, hidden, required, see, text};
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
        Route::get("/community", READ, home),
        Route::get("/community/new", WRITE, record_form::new::<Entry<CommunityLink>>),
        Route::post("/community/new", WRITE, record_form::add::<Entry<CommunityLink>>),
        Route::get("/community/{id}", READ, lead),
        Route::get("/community/{id}/edit", WRITE, record_form::edit::<Entry<CommunityLink>>),
        Route::post("/community/{id}/edit", WRITE, record_form::amend::<Entry<CommunityLink>>),
    ]
}

/// There is no list of its own: links are found by their people.
async fn home() -> Response {
    see("/people")
}

/// A link is shown with its person.
async fn lead(State(console): State<Console>, Path(id): Path<String>) -> Result<Response, Problem> {
    let entry = Entry::<CommunityLink>::find(console.bureau(), &id).await?;
    let person = RecordId::try_from(entry.held.body.person.as_ref()).map_err(|_| Problem::not_found())?;
    Ok(see(format!("/people/{person}/community")))
}
