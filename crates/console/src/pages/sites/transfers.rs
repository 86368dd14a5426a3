//! Attachments on their way: how much is done, how much is left, and for how long.

use yanzhen_proto::v1::ObjectProgress;

use crate::format;
use crate::texts::Texts;

/// Digits of an attachment's hash that tell it from others on a page.
const DIGITS: usize = 8;

/// One attachment that moves or is awaited.
pub(crate) struct Transfer {
    pub(crate) name: String,
    pub(crate) done: u64,
    pub(crate) total: u64,
    /// "35 %".
    pub(crate) percent: String,
    /// "剩 117.6 MB · 约 4 分 10 秒"; the time only once the rate is known.
    pub(crate) left: String,
}

/// The attachments on the line with one neighbour; all of them for none.
pub(crate) fn transfers(objects: &[ObjectProgress], peer: Option<&str>, t: &Texts) -> Vec<Transfer> {
    let concerns = |object: &&ObjectProgress| peer.is_none_or(|peer| object.peer == peer);
    objects.iter().filter(concerns).map(|object| transfer(object, t)).collect()
}

fn transfer(object: &ObjectProgress, t: &Texts) -> Transfer {
    let done = object.bytes_total.saturating_sub(object.bytes_left);
    let direction = if object.direction == "up" { t.sites.up } else { t.sites.down };
    let digits: String = object.hash.chars().take(DIGITS).collect();
    let left = format!("{} {}", t.sync.left, format::bytes(object.bytes_left));
    let left = match (object.peer.is_empty(), object.rate) {
        (true, _) => format!("{left} · {}", t.sites.waits),
        (false, 0) => left,
        (false, rate) => {
            format!("{left} · {} {}", t.sites.about_time, format::seconds(object.bytes_left / rate))
        }
    };
    Transfer {
        name: format!("{direction} {} {digits}", t.sites.attachment),
        done,
        total: object.bytes_total,
        percent: format!("{} %", done.saturating_mul(100) / object.bytes_total.max(1)),
        left,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Language;

    #[test]
    fn the_time_left_is_told_once_the_rate_is_known() {
        let t = Language::Chinese.texts();
        let moving = |rate| {
            let object = ObjectProgress {
                hash: "3f9a04c1".repeat(8),
                bytes_total: 400 << 20,
                bytes_left: 100 << 20,
                direction: "down".into(),
                peer: "aa".into(),
                rate,
            };
            transfers(&[object], Some("aa"), t).remove(0)
        };
        assert_eq!(moving(0).left, "还剩 100.0 MB");
        assert_eq!(moving(1 << 20).left, "还剩 100.0 MB · 约 1 分 40 秒");
        assert_eq!((moving(0).percent.as_str(), moving(0).name.as_str()), ("75 %", "下行 附件 3f9a04c1"));
    }

    #[test]
    fn only_what_moves_on_the_line_of_a_neighbour_is_shown_for_it() {
        let object = |peer: &str| ObjectProgress { peer: peer.into(), ..ObjectProgress::default() };
        let objects = [object("aa"), object("bb"), object("")];
        let t = Language::English.texts();
        assert_eq!(transfers(&objects, Some("aa"), t).len(), 1);
        assert_eq!(transfers(&objects, None, t).len(), 3);
    }
}
