//! What `--report` writes, and whether it is what the demonstration promises.

use serde::Serialize;

/// The outcome of one run.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// The first prefecture's subtree as central sees it.
    pub rollup: RollUp,
    /// The policy document.
    pub directive: Directive,
    /// Bytes of both attachments.
    pub object_bytes: u64,
    /// Payload bytes that central sent for the document's attachments, by neighbour.
    pub hub_object_bytes_out: ObjectBytesOut,
    /// What was written while central was cut off.
    pub outage: Outage,
    /// Whether every site ended with the same heads as its neighbours and nothing outstanding.
    pub converged: bool,
    /// The whole run.
    pub seconds: f64,
    /// What each step cost.
    pub steps: Vec<Step>,
}

/// Totals of one subtree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the columns of the roll-up")]
pub struct RollUp {
    pub people: u64,
    pub honoured: u64,
    pub honoured_members: u64,
    pub ordinary: u64,
    pub ordinary_members: u64,
    pub orgs: u64,
    pub orgs_single: u64,
    pub orgs_joint: u64,
}

/// How far the recipients have come with the document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the stages of a receipt")]
pub struct Directive {
    pub recipients: u64,
    pub delivered: u64,
    pub signed: u64,
    pub replied: u64,
}

/// Payload bytes by neighbour of central.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the neighbours' names")]
pub struct ObjectBytesOut {
    pub node1: u64,
    pub node2: u64,
    pub direct: u64,
}

/// Frames written while central was cut off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Outage {
    /// By the counties.
    pub frames_written: u64,
    /// Of these, at central after healing.
    pub frames_arrived: u64,
    /// Frames that central holds more than once.
    pub duplicates: u64,
}

/// What one step cost.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// What was done.
    pub name: &'static str,
    /// How long it took.
    pub seconds: f64,
    /// Bytes over the lines to central, up and down, TLS and all.
    pub central_line: crate::line::Traffic,
    /// Bytes over the lines to the first node.
    pub node1_line: crate::line::Traffic,
    /// Bytes over the lines to the second node.
    pub node2_line: crate::line::Traffic,
}

/// The roll-up that the rosters are made for.
pub const EXPECTED_ROLLUP: RollUp = RollUp {
    people: 33_226,
    honoured: 889,
    honoured_members: 613,
    ordinary: 32_337,
    ordinary_members: 17_768,
    orgs: 881,
    orgs_single: 234,
    orgs_joint: 647,
};

/// Recipients of the document: the first prefecture's bureau, its seven counties, and the direct unit.
const RECIPIENTS: u64 = 9;

impl Report {
    /// What does not hold, in words; empty when all is well.
    pub fn failures(&self) -> Vec<String> {
        let mut failures = Vec::new();
        let mut expect = |holds: bool, what: String| {
            if !holds {
                failures.push(what);
            }
        };
        expect(self.rollup == EXPECTED_ROLLUP, format!("the roll-up is {:?}", self.rollup));
        let all = Directive {
            recipients: RECIPIENTS,
            delivered: RECIPIENTS,
            signed: RECIPIENTS,
            replied: RECIPIENTS,
        };
        expect(self.directive == all, format!("the document has come as far as {:?}", self.directive));
        let out = self.hub_object_bytes_out;
        let once = |bytes: u64| bytes >= self.object_bytes && bytes * 100 <= self.object_bytes * 105;
        let frugal = once(out.node1) && once(out.direct) && out.node2 == 0;
        expect(frugal, format!("central sent {out:?} for attachments of {} bytes", self.object_bytes));
        let outage = self.outage;
        let whole = outage.frames_written > 0
            && outage.frames_arrived == outage.frames_written
            && outage.duplicates == 0;
        expect(whole, format!("of the frames written during the outage: {outage:?}"));
        expect(self.converged, "the sites have not converged".to_owned());
        failures
    }
}
