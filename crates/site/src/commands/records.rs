//! What the commands for people and for organisations have in common.

use clap::Args;
use yanzhen_proto::v1::{Field, ListRequest, RecordRequest, SaveReply, SaveRequest};

use crate::exit::Done;
use crate::failure::Failure;
use crate::out::Out;

/// Which records are listed.
#[derive(Args, Clone, Debug)]
pub struct ListArgs {
    /// Of this unit [default: all units here]
    #[arg(long, value_name = "CODE")]
    unit: Option<String>,

    /// With the units below it
    #[arg(long)]
    subtree: bool,

    /// Only those with this in their name or number
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    search: String,

    /// How many
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=500))]
    limit: u32,

    /// After how many others
    #[arg(long, value_name = "N", default_value_t = 0)]
    offset: u32,
}

/// One record.
#[derive(Args, Clone, Debug)]
pub struct RecordArgs {
    /// 编号, or the record's id
    #[arg(value_name = "NUMBER")]
    pub(super) number: String,

    /// The unit that it belongs to [default: the site's own]
    #[arg(long, value_name = "CODE")]
    pub(super) unit: Option<String>,
}

/// A new record.
#[derive(Args, Clone, Debug)]
pub struct AddArgs {
    /// A field's value, named as in an import's header, in Chinese or English
    #[arg(long = "set", value_name = "FIELD=VALUE", required = true, value_parser = field)]
    set: Vec<SetField>,

    /// The unit that it belongs to [default: the site's own]
    #[arg(long, value_name = "CODE")]
    unit: Option<String>,
}

/// Changes of a record.
#[derive(Args, Clone, Debug)]
pub struct EditArgs {
    #[command(flatten)]
    record: RecordArgs,

    /// A field's new value, named as in an import's header, in Chinese or English; empty to clear it
    #[arg(long = "set", value_name = "FIELD=VALUE", required = true, value_parser = field)]
    set: Vec<SetField>,
}

/// A field and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
struct SetField {
    name: String,
    value: String,
}

fn field(text: &str) -> Result<SetField, String> {
    let (name, value) = text.split_once(['=', '＝']).ok_or("write it as FIELD=VALUE, such as 姓名=王建国")?;
    let (name, value) = (name.trim().to_owned(), value.trim().to_owned());
    if name.is_empty() { Err("the field has no name".to_owned()) } else { Ok(SetField { name, value }) }
}

fn fields(set: Vec<SetField>) -> Vec<Field> {
    set.into_iter().map(|SetField { name, value }| Field { name, value }).collect()
}

impl From<ListArgs> for ListRequest {
    fn from(args: ListArgs) -> ListRequest {
        let ListArgs { unit, subtree, search, limit, offset } = args;
        ListRequest { unit_code: unit.unwrap_or_default(), subtree, search, offset, limit }
    }
}

impl From<RecordArgs> for RecordRequest {
    fn from(args: RecordArgs) -> RecordRequest {
        RecordRequest { unit_code: args.unit.unwrap_or_default(), number: args.number }
    }
}

impl From<AddArgs> for SaveRequest {
    fn from(args: AddArgs) -> SaveRequest {
        SaveRequest {
            unit_code: args.unit.unwrap_or_default(),
            number: String::new(),
            fields: fields(args.set),
        }
    }
}

impl From<EditArgs> for SaveRequest {
    fn from(args: EditArgs) -> SaveRequest {
        let EditArgs { record, set } = args;
        SaveRequest { unit_code: record.unit.unwrap_or_default(), number: record.number, fields: fields(set) }
    }
}

/// Says what saving did.
pub(super) fn saved(reply: SaveReply, out: &mut Out<'_>) -> Result<Done, Failure> {
    out.reply(&reply, |saved, _| {
        let SaveReply { id, number, changed, .. } = saved;
        let what = if *changed { "saved" } else { "unchanged" };
        format!("{what}: {number} (id {id})\n")
    })?;
    Ok(Done::Whole)
}

/// The last line of a list.
pub(super) fn page(shown: usize, offset: u32, total: u64) -> String {
    let first = u64::from(offset) + 1;
    let last = u64::from(offset) + shown as u64;
    match shown {
        0 if total == 0 => "none\n".to_owned(),
        0 => format!("none after {offset}; {total} in all\n"),
        _ if last < total => format!("{first} to {last} of {total}; more with --offset {last}\n"),
        _ => format!("{first} to {last} of {total}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_split_at_its_first_equals_sign_of_either_width() {
        let set = |name: &str, value: &str| SetField { name: name.into(), value: value.into() };
        assert_eq!(field("姓名=王建国").unwrap(), set("姓名", "王建国"));
        assert_eq!(field("姓名＝王建国").unwrap(), set("姓名", "王建国"));
        assert_eq!(field(" skills = a=b ").unwrap(), set("skills", "a=b"));
        assert_eq!(field("rank=").unwrap(), set("rank", ""));
        assert!(field("姓名").is_err() && field("=x").is_err());
    }

    #[test]
    fn a_page_says_how_to_go_on() {
        assert_eq!(page(0, 0, 0), "none\n");
        assert_eq!(page(50, 0, 120), "1 to 50 of 120; more with --offset 50\n");
        assert_eq!(page(20, 100, 120), "101 to 120 of 120\n");
        assert_eq!(page(0, 500, 120), "none after 500; 120 in all\n");
    }
}
