//! The words of commands for what the network's types name.

use yanzhen_bureau::import::RowError;
use yanzhen_bureau::kinds::words::Words;
use yanzhen_proto::v1::{self as proto, RefusedRow};
use yanzhen_sync::directory::{Directory, UnitKind};
use yanzhen_sync::{SiteId, StreamId, StreamType, UnitId};

/// What a unit is, in Chinese; "?" for what this software doesn't know.
pub fn unit_kind_word(kind: UnitKind) -> &'static str {
    let kind = match kind {
        UnitKind::Agency => proto::UnitKind::Agency,
        UnitKind::Institution => proto::UnitKind::Institution,
        UnitKind::Enterprise => proto::UnitKind::Enterprise,
        UnitKind::Township => proto::UnitKind::Township,
        UnitKind::Community => proto::UnitKind::Community,
        UnitKind::Other(_) => return "?",
    };
    kind.word()
}

/// A refused row as commands show it.
pub fn refused_row(error: &RowError) -> RefusedRow {
    let reason = match &error.value {
        Some(value) => format!("\"{value}\" {}", error.reason),
        None => error.reason.to_string(),
    };
    RefusedRow { line: error.line, column: error.column.clone().unwrap_or_default(), reason }
}

/// The code and name of a unit; both empty for one that is not known here.
pub(super) fn unit_names(directory: &Directory, unit: UnitId) -> (String, String) {
    directory.unit(unit).map(|unit| (unit.code.clone(), unit.name.clone())).unwrap_or_default()
}

/// A site by its unit, such as "9901 云东", or by its id where the unit is not known here.
pub(super) fn site_name(directory: &Directory, site: SiteId) -> String {
    let unit = directory.site(site).and_then(|site| directory.unit(site.unit));
    match unit {
        Some(unit) => format!("{} {}", unit.code, unit.name),
        None => format!("site {}", site.short()),
    }
}

/// A stream for people: by the units, with the ends of the sites' ids.
pub(super) fn stream_name(directory: &Directory, stream: &StreamId) -> String {
    let site = |id: SiteId| {
        let unit = directory.site(id).and_then(|site| directory.unit(site.unit));
        match unit {
            Some(unit) => format!("{} ({})", id.short(), unit.code),
            None => id.short(),
        }
    };
    let author = site(stream.author);
    let name = match stream.kind {
        StreamType::Journal => format!("journal of {author}"),
        StreamType::Mailbox(recipient) => format!("mailbox of {author} to {}", site(recipient)),
        StreamType::Bulletin => format!("bulletin of {author}"),
    };
    if stream.epoch > 0 { format!("{name}, epoch {}", stream.epoch) } else { name }
}

#[cfg(test)]
mod tests {
    use yanzhen_bureau::Reason;

    use super::*;

    #[test]
    fn a_refused_row_says_where_and_why() {
        let error = RowError {
            line: 7,
            column: Some("出生".to_owned()),
            value: Some("1951.1".to_owned()),
            reason: Reason::MonthUnclear,
        };
        let row = refused_row(&error);
        assert_eq!((row.line, row.column.as_str()), (7, "出生"));
        assert_eq!(row.reason, "\"1951.1\" may be January or October: write 1951.01 or 1951.10");
        let whole = RowError { column: None, value: None, reason: Reason::Missing, ..error };
        assert_eq!(refused_row(&whole).column, "");
    }

    #[test]
    fn each_kind_of_unit_has_a_word() {
        let words = [UnitKind::Agency, UnitKind::Community, UnitKind::Other(99)].map(unit_kind_word);
        assert_eq!(words, ["机关", "社区", "?"]);
    }
}
