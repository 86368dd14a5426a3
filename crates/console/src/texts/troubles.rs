//! Troubles in Chinese. In English they are as the site itself says them, see `Trouble` in `administration.proto`;
//! the match below does not compile without a text for each.

use std::collections::BTreeMap;

use yanzhen_proto::v1::{Trouble, TroubleKind};
use yanzhen_sync::Millis;

use super::Language;
use crate::format;

/// A trouble as a page tells it: what happened, why, what to do next, then the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) what: String,
    pub(crate) why: String,
    pub(crate) next: String,
    pub(crate) code: String,
    /// What the machine said, word for word; empty for nothing.
    pub(crate) detail: String,
}

impl Told {
    /// Tells a trouble in a language.
    pub(crate) fn of(trouble: &Trouble, language: Language, now: Millis) -> Told {
        let kind = trouble.kind();
        let values = Values { values: &trouble.values, now };
        let chinese = match language {
            Language::Chinese => chinese(kind, &values),
            Language::English => None,
        };
        let [what, why, next] =
            chinese.unwrap_or_else(|| [&trouble.what, &trouble.why, &trouble.next_action].map(Clone::clone));
        // In English the machine's words are a part of why.
        let detail = match language {
            Language::Chinese => [values.text("error"), values.text("detail")].concat(),
            Language::English => String::new(),
        };
        Told { what, why, next, code: kind.code(), detail }
    }
}

/// The names and figures of a trouble.
struct Values<'t> {
    values: &'t BTreeMap<String, String>,
    now: Millis,
}

impl Values<'_> {
    fn text(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    fn number(&self, name: &str) -> u64 {
        self.text(name).parse().unwrap_or(0)
    }

    fn count(&self, name: &str) -> String {
        format::count(self.number(name))
    }

    fn bytes(&self) -> String {
        format::bytes(self.number("bytes"))
    }

    /// "今天 14:30"; none where it is not known.
    fn time(&self, name: &str) -> Option<String> {
        let at = self.text(name).parse().ok().filter(|at| *at != 0);
        at.map(|at| format::time(at, self.now))
    }

    /// "自今天 14:30 起", or since this program runs.
    fn since(&self) -> String {
        self.time("since_ms").map_or("本程序启动以来".to_owned(), |at| format!("自{at}起"))
    }

    /// "13 条记录（2.0 KB）".
    fn frames(&self) -> String {
        match self.number("bytes") {
            0 => format!("{} 条记录", self.count("frames")),
            _ => format!("{} 条记录（{}）", self.count("frames"), self.bytes()),
        }
    }
}

fn chinese(kind: TroubleKind, v: &Values<'_>) -> Option<[String; 3]> {
    use TroubleKind as K;
    let site = v.text("site");
    let unit = v.text("unit");
    let told = |what: &str, why: &str, next: &str| Some([what, why, next].map(str::to_owned));
    match kind {
        K::Unspecified => None,
        K::TokenUnreadable => told(
            "邀请码读不出来",
            "少抄了一段，或多了、错了字符。",
            "请从上级给的接入文件里整段复制，再粘贴一次；仍不行时请上级重新生成。",
        ),
        K::TokenOtherRole => told(
            &format!("这个邀请码不是给{}用的", tier(v.text("own"))),
            &format!("它是给{}的。", tier(v.text("role"))),
            &format!("请在这台电脑上换用 {}，或请上级另给一个邀请码。", v.text("program")),
        ),
        K::ParentUnreachable => told(
            "连不上上级站点",
            &format!("地址 {} 没有应答。", v.text("address")),
            "请检查网线和政务外网，确认上级站点开着；邀请码没有作废，接通后可以再试。",
        ),
        K::TokenExpired => told(
            "邀请码已过期",
            &format!("{} 到期。", v.time("since_ms").unwrap_or_default()),
            "请联系上级单位重新生成，再粘贴到下面。",
        ),
        K::JoinRefused => told(
            "上级没有同意接入",
            "邀请码已经用过、已作废，或单位已有站点。",
            "请把下面的原话告诉上级单位的安全管理员，请其另给一个邀请码。",
        ),
        K::JoinLater => {
            told("上级现在没法办理接入", "市局中心一时联系不上，或正忙。", "邀请码没有作废，请过几分钟再试。")
        }
        K::FolderUnusable => told(
            "数据文件夹不能用",
            "文件夹里有别的内容、正被占用，或没有写入权限。",
            "请按下面的原话处理后再试。",
        ),
        K::PortUnknown => told(
            "还不知道下级往哪里拨",
            "设置里的端口是 0。",
            "请在启动时用 --listen 或 --advertise 写明端口。",
        ),
        K::InviteUnknownUnit => {
            told(&format!("没有编码为 {unit} 的单位"), "单位树里找不到它。", "请先导入单位，或从列表里选择。")
        }
        K::InviteHasSite => {
            told(&format!("{unit} 已经有站点"), "一个单位只有一个站点。", "请在站点总览里查看。")
        }
        K::InviteHasRecords => told(
            &format!("{unit} 暂时不能邀请"),
            &format!("{site} 已为它登记了 {} 条记录。", v.count("count")),
            "请先给单位建站点，再登记内容。",
        ),
        K::InviteBelowTerminal => told(
            &format!("{unit} 不能有站点"),
            "它的上级是终端，终端下面不能再接站点。",
            "请在那个终端上替它登记，或给上级单位改用节点。",
        ),
        K::InviteNoAddress => told(
            &format!("不知道往哪里拨 {site}"),
            "这个节点接入时没有写明地址。",
            "请让该节点带上 --advertise 地址:端口 重新接入。",
        ),
        K::InviteTooLong => told("没有生成邀请码", "有效期最长 90 天。", "请选短一些的有效期。"),
        K::InvitationUsed => told("这个邀请码不能作废", "已经有站点用它接入。", "请在站点总览里查看。"),
        K::InvitationUnknown => told("没有这个邀请码", "它不在邀请记录里。", "请从邀请记录里选择。"),
        K::NoLine => {
            let what = match v.number("frames") {
                0 => format!("与 {site} 没有联系"),
                _ => format!("{} 还没有传到 {site}，数据都在本机，没有丢失", v.frames()),
            };
            let address = match v.text("address") {
                "" => String::new(),
                address => format!("（{address}）"),
            };
            let why = format!("{}连不上{address}。", v.since());
            let again = v.time("next_ms").map_or(String::new(), |at| format!("，下次尝试在{at}"));
            let next = format!("请检查网线和政务外网，并确认对方开着；恢复后自动续传{again}。");
            Some([what, why, next])
        }
        K::LineOpening => {
            told(&format!("正在与 {site} 核对"), "已经接通，双方正在比较各有哪些内容。", "请稍等，不必操作。")
        }
        K::OnTheWayUp => {
            told(&format!("{} 正在传往 {site}", v.frames()), "线路已通，正在传输。", "请稍等，不必操作。")
        }
        K::Unconfirmed => told(
            &format!("{} 已到 {site}，市局中心还没有确认", v.frames()),
            &format!("还在 {site} 往上的路上，或那一段断了。"),
            &format!("请稍等；一直如此时请联系 {site} 的管理员。"),
        ),
        K::CentralSilent => told(
            &format!("{}没有听到市局中心的消息", v.since()),
            &format!("{site} 连着，但市局中心的消息没有传下来：再往上的线路断了，或有节点没有转发。"),
            &format!("请联系 {site} 的管理员，再逐级往上看。"),
        ),
        K::NamedAndComing => {
            told(&format!("市局中心发来的 {} 还没有到齐", v.frames()), "正在路上。", "请稍等，不必操作。")
        }
        K::NamedAndMissing => told(
            &format!("市局中心发来的 {} 一直没有到", v.frames()),
            &format!("{site} 连着，但没有传来：再往上的线路断了，或有节点没有转发。"),
            &format!("请看 {site} 的同步状态；它若正常，请告诉市局的管理员。"),
        ),
        K::ChildAway => told(
            &format!("{} 等着传给 {site}", v.frames()),
            &format!("{}它没有拨来。", v.since()),
            "请电话联系对方，确认电脑开着、雁阵在运行、网络通；它一来就自动传。",
        ),
        K::StandsStill => {
            let (receiver, sender) = match v.number("here") {
                0 => (site, "本站点"),
                _ => ("本站点", site),
            };
            let (why, next) = held(v.text("reason"), receiver, sender);
            let what = format!("{} 在{receiver}停在第 {} 条", v.text("stream"), v.count("frame"));
            Some([what, why.to_owned(), next])
        }
        K::AttachmentsMissing => {
            let what = format!("{} 个附件还没有到，还剩 {}", v.count("count"), v.bytes());
            let (why, next) = match (v.number("coming"), site) {
                (1.., _) => (format!("其中 {} 个正在传输。", v.count("coming")), "请稍等，断了会自动续传。"),
                (0, "") => ("相邻的站点都还没有。".to_owned(), "请稍等；一直如此时请看相邻站点的同步状态。"),
                (0, site) => (format!("与 {site} 没有联系。"), "恢复联系后会自动传来。"),
            };
            Some([what, why, next.to_owned()])
        }
        K::AttachmentsLeaving => told(
            &format!("{} 个附件正在上行，还剩 {}", v.count("count"), v.bytes()),
            "上级正在取。",
            "请稍等，不必操作。",
        ),
        K::SiteIncomplete => Some(incomplete(site, v)),
        K::MailStandsStill => told(
            &format!("给 {site} 的 {} {}没有送到", v.frames(), v.since()),
            "线路都通，停在该站点，或停在途中的节点上。",
            &format!("请先看 {site} 的同步状态和磁盘，再逐级往上看。"),
        ),
        K::More => told(&format!("另有 {} 项", v.count("count")), "这里只列出前面的。", "请先处理已列出的。"),
        K::ParentAway => told(
            &format!("{site} 没有应答"),
            &format!("拨 {} 不通。", v.text("address")),
            "请检查本机的网线和政务外网，再问对方是否开着。数据都在本机，没有丢失。",
        ),
        K::ParentSlowToAnswer => told(
            &format!("{site} 有应答，但还没有开始同步"),
            "线路刚通，或对方不接受本站点。",
            &format!("请等一分钟；仍不行时请联系 {site} 的管理员。"),
        ),
        K::SetAside => told(
            &format!("有 {} 条记录没有收进来", v.count("count")),
            "是更新的程序写的，或它依据的内容还没有到。",
            "请到“异常记录”里重试。",
        ),
        K::VersionsDiffer => told(
            &format!("本站点是 {}，相邻站点是 {}", v.text("version"), v.text("other")),
            "没有一起升级。",
            "请升级到同一版本；在此之前仍可一起工作。",
        ),
        K::KeyFileOpen => told(
            "密钥文件可以被本机其他账户读到",
            "文件权限被放宽了。",
            &format!("请改回只有所有者可读：chmod 600 {}", v.text("path")),
        ),
        K::KeyFileUnreadable => {
            told("密钥文件读不出来", "文件损坏或权限不对。", "请从备份恢复 identity.key。")
        }
        K::KeyOther => told(
            "密钥文件不是本站点的",
            "运行期间被换掉了，或来自别的文件夹的备份。",
            "请在下次启动之前把本站点的 identity.key 放回去。",
        ),
        K::ClockOff => told(
            &format!("本机时间与上级相差 {}", format::seconds(v.number("drift"))),
            "本机或上级的时间没有调准。",
            "请调准本机时间，最好设成自动对时。",
        ),
        K::ClockUnknown => {
            told("还不能核对时间", "本程序启动以来没有与上级联系过。", "请对照手机看一眼本机时间。")
        }
        K::FramesDamaged => told(
            &format!("本机有 {} 条记录读不出来", v.count("count")),
            "磁盘读出的内容与写入的不一样。",
            "会自动从相邻站点取一份完整的；请检查这块磁盘。",
        ),
        K::DatabaseDamaged => told(
            "数据库损坏",
            "校验没有通过。",
            "请停下程序，先另存一份文件夹，再从备份恢复；市局中心已有的不会丢。",
        ),
        K::LogLong => told(
            &format!("数据库日志已有 {}", v.bytes()),
            "有程序一直在读，或一次写得太多。",
            "请在没有人使用时重新启动一次；再变大时请告诉开发单位。",
        ),
        K::DiskShort => told(
            &format!("磁盘只剩 {}", v.bytes()),
            "文件、附件和记录占满了。",
            "请清理数据文件夹所在的磁盘，或换一块大的。",
        ),
        K::DiskNotWritable => {
            told("数据文件夹写不进去", "没有权限，或磁盘是只读的。", "请检查文件夹权限和磁盘。")
        }
    }
}

/// Why a site below is not in sync.
fn incomplete(site: &str, v: &Values<'_>) -> [String; 3] {
    let with = match v.number("below") {
        0 => String::new(),
        _ => format!("及其下 {} 个站点", v.count("below")),
    };
    let heard = v.time("heard_ms");
    let what = match (v.number("frames"), &heard) {
        (0, None) => format!("{site}{with} 接入后还没有报告过"),
        (0, Some(heard)) => format!("{site}{with} 完整截至{heard}"),
        (_, _) => format!("{site}{with} 有 {} 条记录还没有上来", v.count("frames")),
    };
    let through = v.text("through");
    let (why, next) = match v.text("cause") {
        "held" => ("它的记录停在本站点。".to_owned(), "请看下面的原话；需要时联系市局的管理员。".to_owned()),
        "line above" => (
            format!("它上面的 {through} {}没有联系，数据仍在当地排队，没有丢失。", v.since()),
            format!("请先联系 {through}，检查网线或政务外网；恢复后自动续传。"),
        ),
        "line" => (
            format!(
                "{}没有再拨来，多半是关机、网络不通，或雁阵没有运行。数据仍在当地，没有丢失。",
                v.since()
            ),
            "请电话联系对方，打开电脑、检查网络；恢复后自动续传。".to_owned(),
        ),
        "no pulses" => {
            ("它连着，但没有报告自己的情况。".to_owned(), "请联系对方重新启动雁阵，并看本机日志。".to_owned())
        }
        "line below" => (
            format!("它与上级站点之间不通；{through} 与本站点连着。"),
            "请电话联系对方，打开电脑、检查网络；恢复后自动续传。".to_owned(),
        ),
        _ => ("正在传输。".to_owned(), "不必操作；一刻钟后仍未补齐再联系对方。".to_owned()),
    };
    [what, why, next]
}

/// Why a stream stands still, by the name of its reason on the wire.
fn held(reason: &str, receiver: &str, sender: &str) -> (&'static str, String) {
    match reason.trim_start_matches("REASON_") {
        "AWAITS_BULLETIN" => {
            ("它依据的市局中心公告还没有到。", format!("公告到了会自动继续；请看{receiver}往上的线路。"))
        }
        "AWAITS_REGISTRATION" => (
            "还不认识写下这些记录的站点，登记还没有到。",
            format!("登记到了会自动继续；请看{receiver}往上的线路。"),
        ),
        "FORKED" => (
            "同一站点出现了两份不同的历史。",
            format!(
                "有两份副本在同时运行，或恢复了旧备份：只留一份运行，并请市局管理员定{sender}以哪一份为准。"
            ),
        ),
        "DAMAGED" => (
            "内容损坏，与签名不符。",
            format!("会自动重传；一直如此时请检查{sender}的磁盘、内存和途中的设备。"),
        ),
        "NOT_AUTHORISED" => {
            ("写下它的站点没有这项权力。", "请问市局管理员，这些记录归哪个单位管。".to_owned())
        }
        "OUT_OF_SCOPE" => ("它不该走这条线路。", format!("请告诉市局管理员：{sender}传来了不归它的内容。")),
        "REPAIRING" => ("发送方的副本正在修复。", format!("{sender}会自动取一份完整的，不必操作。")),
        "CANNOT_STORE" => ("存不下。", format!("请清理{receiver}的磁盘，或看它的日志。")),
        "GAP" => ("中间缺了几条。", "会自动补齐，不必操作。".to_owned()),
        _ => ("原因不明。", format!("请看{receiver}的日志；它可能是更新的版本。")),
    }
}

fn tier(word: &str) -> &'static str {
    match word {
        "central" => "市局中心",
        "node" => "市州节点",
        _ => "县区、市直终端",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_795_320_000_000;

    fn told(kind: TroubleKind, values: &[(&str, &str)], language: Language) -> Told {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let english = |text: &str| text.to_owned();
        let trouble = Trouble {
            what: english("what"),
            why: english("why"),
            next_action: english("next"),
            kind: kind.into(),
            values,
        };
        Told::of(&trouble, language, NOW)
    }

    #[test]
    fn each_kind_has_chinese_words_for_what_why_and_next() {
        let kinds = (1..10_000).filter_map(|number| TroubleKind::try_from(number).ok());
        let mut seen = 0;
        for kind in kinds {
            let told = told(kind, &[("site", "青石县")], Language::Chinese);
            for text in [&told.what, &told.why, &told.next] {
                assert!(text.chars().any(|c| c >= '\u{4e00}'), "{kind:?}: {told:?}");
            }
            assert!(told.code.contains('-'), "{kind:?}");
            seen += 1;
        }
        assert!(seen > 30);
    }

    #[test]
    fn english_pages_say_it_as_commands_do() {
        let told = told(TroubleKind::NoLine, &[("error", "refused")], Language::English);
        assert_eq!([told.what, told.why, told.next], ["what", "why", "next"]);
        assert_eq!((told.code.as_str(), told.detail.as_str()), ("SYNC-3101", ""));
    }

    #[test]
    fn a_cut_line_tells_what_waits_since_when_and_what_the_machine_said() {
        let values = [
            ("site", "9901 云东"),
            ("frames", "1284"),
            ("bytes", "40474000"),
            ("address", "10.0.0.5:7443"),
            ("error", "connection refused"),
        ];
        let told = told(TroubleKind::NoLine, &values, Language::Chinese);
        assert_eq!(told.what, "1,284 条记录（38.6 MB） 还没有传到 9901 云东，数据都在本机，没有丢失");
        assert_eq!(told.why, "本程序启动以来连不上（10.0.0.5:7443）。");
        assert_eq!(told.detail, "connection refused");
    }
}
