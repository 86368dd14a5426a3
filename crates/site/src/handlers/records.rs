//! What people and organisations have in common.

use yanzhen_bureau::{Filter, Save, Saved};
use yanzhen_proto::v1 as proto;
use yanzhen_sync::UnitId;

use super::failure::of_bureau;
use crate::failure::Failure;
use crate::runtime::Site;

pub(super) fn filter<W: Default>(site: &Site, request: proto::ListRequest) -> Result<Filter<W>, Failure> {
    Ok(Filter {
        unit: unit(site, &request.unit_code)?,
        subtree: request.subtree,
        search: request.search,
        which: W::default(),
        offset: request.offset,
        limit: request.limit,
    })
}

/// None for an empty code.
pub(super) fn unit(site: &Site, code: &str) -> Result<Option<UnitId>, Failure> {
    match code {
        "" => Ok(None),
        code => site.bureau.unit_of_code(code).map(Some).map_err(of_bureau),
    }
}

pub(super) fn save(request: proto::SaveRequest) -> Save {
    let fields = request.fields.into_iter().map(|field| (field.name, field.value)).collect();
    Save { unit_code: request.unit_code, number: request.number, fields }
}

pub(super) fn saved(saved: Saved) -> proto::SaveReply {
    proto::SaveReply {
        id: saved.id.to_string(),
        number: saved.number,
        changed: saved.changed,
        revision: saved.revision,
    }
}
