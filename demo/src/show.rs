//! What a person at the terminal sees.

use yanzhen_proto::v1::{ReceiptsReply, RollUpReply, UnitsReply};
use yanzhen_site::commands::rollup_table;
use yanzhen_site::out::{Table, left};

use crate::consoles::{ACCOUNTS, PASSWORD, Shown};
use crate::federation::Federation;
use crate::line::Traffic;
use crate::report::{Report, Step};

/// One step's cost, in a line.
pub(crate) fn step(step: &Step) -> String {
    let line =
        |name: &str, traffic: Traffic| format!("{name} ↑{} ↓{}", bytes(traffic.up), bytes(traffic.down));
    let lines = [
        line("中心线路", step.central_line),
        line("节点一", step.node1_line),
        line("节点二", step.node2_line),
    ];
    format!("用时 {:.1} 秒；{}", step.seconds, lines.join("，"))
}

fn bytes(count: u64) -> String {
    indicatif::HumanBytes(count).to_string()
}

/// The tree of sites, the roll-up and the matrix of receipts.
pub(crate) fn outcome(units: &UnitsReply, rollup: &RollUpReply, receipts: &ReceiptsReply) {
    println!("\n单位与站点");
    for unit in &units.units {
        println!("  {}{} {}", "  ".repeat(unit.depth as usize), unit.code, unit.name);
    }
    println!("\n汇总（中心所见）\n{}", rollup_table(rollup));
    println!("回执\n{}", receipts_table(receipts));
}

fn receipts_table(reply: &ReceiptsReply) -> String {
    let mut table =
        Table::new(&[left("单位"), left("送达"), left("已读"), left("签收"), left("办结"), left("答复")]);
    let mark = |at: i64| if at > 0 { "✓".to_owned() } else { String::new() };
    for receipt in &reply.receipts {
        table.row([
            receipt.unit_name.clone(),
            mark(receipt.delivered_ms),
            mark(receipt.read_ms),
            mark(receipt.signed_ms),
            mark(receipt.replied_ms),
            receipt.reply.clone(),
        ]);
    }
    table.text()
}

/// What holds and what does not.
pub fn verdict(report: &Report) {
    let failures = report.failures();
    if failures.is_empty() {
        println!("全部符合，用时 {:.1} 秒。", report.seconds);
    }
    for failure in failures {
        eprintln!("不符合：{failure}");
    }
}

/// Where to look with a browser, and as whom.
pub fn consoles(shown: &[Shown]) {
    println!("控制台（用浏览器打开，口令均为 {PASSWORD}）：");
    for console in shown {
        println!("  {}  {}", console.address, console.code);
    }
    for (login, name, role) in ACCOUNTS {
        println!("  账号 {login:<9}{name}（{}）", role.code());
    }
}

/// Commands to try while the federation runs.
pub fn commands(federation: &Federation) {
    println!("联邦仍在运行，可另开一个终端试用（Ctrl-C 结束）：");
    for (_, program, data) in federation.folders() {
        println!("  cargo run -q -p {} -- --data {} status", program.name, data.display());
    }
}
