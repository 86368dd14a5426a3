//! Files for a draft or for an answer: as a form with files, or piece by piece from the script, which asks first how
//! much of a file is here and goes on from there.

use axum::Form;
use axum::body::Body;
use axum::extract::{FromRequest, Multipart, Path, Query, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use yanzhen_bureau::documents::AttachmentView;
use yanzhen_bureau::drafts::{Act, DraftError, Kept, Person, Tray, allowed};
use yanzhen_bureau::kinds::file_name;
use yanzhen_proto::v1::{Attachment, Document};
use yanzhen_sync::{ObjectRef, RecordId};

use super::draft_form::problem;
use super::read::{Attached, attached_one};
use super::{person, record};
use crate::audit::{Noted, OnlyAPiece};
use crate::console::Console;
use crate::format;
use crate::problem::Problem;
use crate::record_form::see;
use crate::uploads::{FILE_LIMIT, Upload, UploadError};
use crate::visitor::Visitor;

/// Times that a file is added to a draft anew because the draft was saved in between.
const RETRIES: usize = 5;

/// Which file the script sends, and from where on.
#[derive(Deserialize)]
pub(super) struct Piece {
    name: String,
    size: u64,
    /// When it was changed last, as the browser tells: another state of the file is another upload.
    #[serde(default)]
    modified: String,
    #[serde(default)]
    offset: u64,
}

#[derive(Deserialize)]
pub(super) struct Named {
    #[serde(default)]
    name: String,
}

/// What files are for.
#[derive(Clone, Copy)]
enum Purpose {
    Draft(RecordId),
    Reply(RecordId),
}

impl Purpose {
    fn key(self) -> String {
        match self {
            Purpose::Draft(id) => format!("draft {id}"),
            Purpose::Reply(id) => format!("reply {id}"),
        }
    }

    fn page(self) -> String {
        match self {
            Purpose::Draft(id) => format!("/documents/drafts/{id}"),
            Purpose::Reply(id) => format!("/inbox/{id}"),
        }
    }
}

pub(super) async fn held_for_draft(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Response, Problem> {
    let piece = piece_of(&uri)?;
    held(&console, &visitor, Purpose::Draft(record(&id)?), &piece).await
}

pub(super) async fn held_for_reply(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Response, Problem> {
    let piece = piece_of(&uri)?;
    held(&console, &visitor, Purpose::Reply(record(&id)?), &piece).await
}

pub(super) async fn add_to_draft(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    add(&console, &visitor, Purpose::Draft(record(&id)?), request).await
}

pub(super) async fn add_to_reply(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    add(&console, &visitor, Purpose::Reply(record(&id)?), request).await
}

pub(super) async fn remove_from_draft(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(named): Form<Named>,
) -> Result<Response, Problem> {
    let (id, who) = (record(&id)?, person(&visitor)?);
    change(&console, &who, id, |attachments| attachments.retain(|one| one.name != named.name)).await?;
    Ok(see(Purpose::Draft(id).page()))
}

pub(super) async fn remove_from_reply(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(named): Form<Named>,
) -> Result<Response, Problem> {
    let id = record(&id)?;
    let tray = Tray { account: person(&visitor)?.account, document: id };
    console.drafts().take_out(tray, &named.name).await.map_err(problem)?;
    Ok(see(Purpose::Reply(id).page()))
}

pub(super) async fn cancel_for_draft(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(piece): Form<Piece>,
) -> Result<Response, Problem> {
    cancel(&console, &visitor, Purpose::Draft(record(&id)?), &piece).await
}

pub(super) async fn cancel_for_reply(
    State(console): State<Console>,
    visitor: Visitor,
    Path(id): Path<String>,
    Form(piece): Form<Piece>,
) -> Result<Response, Problem> {
    cancel(&console, &visitor, Purpose::Reply(record(&id)?), &piece).await
}

/// Deletes what is here of a file that the script was sending.
async fn cancel(
    console: &Console,
    visitor: &Visitor,
    purpose: Purpose,
    piece: &Piece,
) -> Result<Response, Problem> {
    let who = person(visitor)?;
    ready(console, &who, purpose, &piece.name).await?;
    console.uploads().discard(upload(&who, purpose, piece)).await;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The files of a draft as its page shows them.
pub(super) fn shown(content: &Document) -> Vec<Attached> {
    let object = |file: &Attachment| file.object.clone().and_then(|object| ObjectRef::try_from(object).ok());
    let one = |file: &Attachment| {
        let view = AttachmentView { name: file.name.clone(), object: object(file)?, present: true };
        Some(attached_one(&view))
    };
    content.attachments.iter().filter_map(one).collect()
}

async fn held(
    console: &Console,
    visitor: &Visitor,
    purpose: Purpose,
    piece: &Piece,
) -> Result<Response, Problem> {
    let who = person(visitor)?;
    ready(console, &who, purpose, &piece.name).await?;
    let held = console.uploads().held(upload(&who, purpose, piece)).await;
    Ok(so_far(StatusCode::OK, held))
}

async fn add(
    console: &Console,
    visitor: &Visitor,
    purpose: Purpose,
    request: Request,
) -> Result<Response, Problem> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let who = person(visitor)?;
    if kind.starts_with("multipart/form-data") {
        let unreadable = |_| Problem::bad_request("表单没有完整送到。");
        let form = Multipart::from_request(request, &()).await.map_err(unreadable)?;
        return whole(console, &who, purpose, form).await;
    }
    let piece = piece_of(request.uri())?;
    one_piece(console, &who, purpose, &piece, request.into_body()).await
}

fn piece_of(uri: &Uri) -> Result<Piece, Problem> {
    let piece = Query::<Piece>::try_from_uri(uri);
    piece.map(|Query(piece)| piece).map_err(|_| Problem::bad_request("没有说明是哪个文件。"))
}

/// Takes all files of a form.
async fn whole(
    console: &Console,
    who: &Person,
    purpose: Purpose,
    mut form: Multipart,
) -> Result<Response, Problem> {
    let broken = |_| Problem::bad_request("文件没有完整送到，请重新添加。");
    while let Some(field) = form.next_field().await.map_err(broken)? {
        let Some(name) = field.file_name().map(str::to_owned).filter(|name| !name.is_empty()) else {
            continue;
        };
        ready(console, who, purpose, &name).await?;
        // The same form may be sent twice at once.
        let once = format!("form {:032x}", rand::random::<u128>());
        let upload = Upload::of(&who.account, &purpose.key(), &name, 0, &once);
        let object = console.uploads().take(upload, field).await.map_err(refused)?;
        put(console, who, purpose, &name, object).await?;
    }
    Ok(see(purpose.page()))
}

/// Takes one piece from the script; answers how many bytes are here, and 201 once the file is added.
async fn one_piece(
    console: &Console,
    who: &Person,
    purpose: Purpose,
    piece: &Piece,
    body: Body,
) -> Result<Response, Problem> {
    ready(console, who, purpose, &piece.name).await?;
    let upload = upload(who, purpose, piece);
    match console.uploads().append(upload, piece.offset, body).await {
        Ok(held) if held >= piece.size => {
            let object = console.uploads().finish(upload).await.map_err(refused)?;
            put(console, who, purpose, &piece.name, object).await?;
            Ok(Noted { note: format::bytes(held), ..Noted::default() }.on(so_far(StatusCode::CREATED, held)))
        }
        Ok(held) => Ok(OnlyAPiece.on(so_far(StatusCode::OK, held))),
        Err(UploadError::Elsewhere { held }) => Ok(OnlyAPiece.on(so_far(StatusCode::CONFLICT, held))),
        Err(error) => Err(refused(error)),
    }
}

/// How many bytes are here, for the script: as JSON, since a refusal in plain text is the framework's own.
fn so_far(status: StatusCode, held: u64) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], held.to_string()).into_response()
}

fn upload(who: &Person, purpose: Purpose, piece: &Piece) -> Upload {
    Upload::of(&who.account, &purpose.key(), &piece.name, piece.size, &piece.modified)
}

/// Before any byte is taken: the name must be one that may be kept, and what it is for must be there for this person.
async fn ready(console: &Console, who: &Person, purpose: Purpose, name: &str) -> Result<(), Problem> {
    file_name::check(name).map_err(|reason| {
        Problem::bad_request(&format!("文件“{name}”不能添加：文件名{}。", reason.chinese()))
    })?;
    match purpose {
        Purpose::Draft(id) => {
            let kept = console.drafts().find(id).await.map_err(problem)?;
            allowed(&kept.draft, Act::Edit, who).map_err(problem)?;
            if !kept.content().passed_on_from.is_empty() {
                return Err(Problem::bad_request("转发的文件不能改动附件。"));
            }
            Ok(())
        }
        Purpose::Reply(id) => {
            let view = console.bureau().show_document(id, None).await?;
            view.receipt.map(|_| ()).ok_or_else(Problem::not_found)
        }
    }
}

async fn put(
    console: &Console,
    who: &Person,
    purpose: Purpose,
    name: &str,
    object: ObjectRef,
) -> Result<(), Problem> {
    let marked = console.bureau().store().mark_object_present(object.hash).await;
    marked.map_err(|error| Problem::internal(&error))?;
    match purpose {
        Purpose::Draft(id) => {
            let attachment = Attachment { name: name.to_owned(), object: Some(object.into()) };
            change(console, who, id, |attachments| {
                attachments.retain(|one| one.name != attachment.name);
                attachments.push(attachment.clone());
            })
            .await
        }
        Purpose::Reply(id) => {
            let tray = Tray { account: who.account, document: id };
            console.drafts().put_into(tray, name, &object).await.map_err(problem)
        }
    }
}

/// Changes the files of a draft, which may be saved at the same time.
async fn change(
    console: &Console,
    who: &Person,
    id: RecordId,
    change: impl Fn(&mut Vec<Attachment>),
) -> Result<(), Problem> {
    for _ in 0..RETRIES {
        let kept: Kept = console.drafts().find(id).await.map_err(problem)?;
        let mut content = kept.content();
        change(&mut content.attachments);
        console.bureau().check_unfinished(&content)?;
        match console.drafts().edit(&kept, content, who).await {
            Err(DraftError::Overtaken) => {}
            other => return other.map(|_| ()).map_err(problem),
        }
    }
    Err(problem(DraftError::Overtaken))
}

fn refused(error: UploadError) -> Problem {
    match error {
        UploadError::TooLarge => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "DOC-4130",
            "文件放不下",
            &format!("单个附件最多 {}，本机同时上传的文件也有总量限制。", format::bytes(FILE_LIMIT)),
            "请压缩或拆分后再添加；没有传完的文件会在一天后自动清除。",
        ),
        UploadError::BrokenOff => Problem::bad_request("文件没有完整送到，请重新添加。"),
        error => Problem::internal(&error),
    }
}
