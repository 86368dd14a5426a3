//! What a person at the terminal sees.

use yanzhen_proto::v1::{ReceiptsReply, RollUpReply, RollUpRow, UnitsReply};
use yanzhen_site::out::{Table, left, right};

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

fn rollup_table(reply: &RollUpReply) -> String {
    let mut table = Table::new(&[
        left("单位"),
        right("离退休干部"),
        right("离休"),
        right("其中党员"),
        right("退休"),
        right("其中党员"),
        right("党组织"),
        right("单独"),
        right("联合"),
    ]);
    let mut add = |name: String, row: &RollUpRow| {
        let [people, honoured, honoured_members, ordinary, ordinary_members, orgs, single, joint] = [
            row.people,
            row.honoured,
            row.honoured_members,
            row.ordinary,
            row.ordinary_members,
            row.orgs,
            row.orgs_single,
            row.orgs_joint,
        ]
        .map(|number| number.to_string());
        table.row([
            name,
            people,
            honoured,
            honoured_members,
            ordinary,
            ordinary_members,
            orgs,
            single,
            joint,
        ]);
    };
    for row in &reply.rows {
        add(format!("{}{}", "  ".repeat(row.depth as usize), row.unit_name), row);
    }
    if let Some(total) = &reply.total {
        add("合计".to_owned(), total);
    }
    table.text()
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

/// Commands to try while the federation runs.
pub fn commands(federation: &Federation) {
    println!("联邦仍在运行，可另开一个终端试用（Ctrl-C 结束）：");
    for (_, program, data) in federation.folders() {
        println!("  cargo run -q -p {} -- --data {} status", program.name, data.display());
    }
}
