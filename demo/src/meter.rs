//! What each step costs: time, and bytes over the lines.

use std::time::Instant;

use anyhow::Result;

use crate::federation::Federation;
use crate::line::Traffic;
use crate::places::{CITY, FIRST, SECOND};
use crate::report::Step;

/// Measures one step after another.
pub(crate) struct Meter {
    since: Instant,
    before: [Traffic; 3],
    steps: Vec<Step>,
}

impl Meter {
    pub(crate) fn start() -> Meter {
        Meter { since: Instant::now(), before: [Traffic::default(); 3], steps: Vec::new() }
    }

    /// Ends a step and begins the next.
    pub(crate) fn step(&mut self, name: &'static str, federation: &Federation) -> Result<()> {
        let mut now = [Traffic::default(); 3];
        for (traffic, code) in now.iter_mut().zip([CITY, FIRST, SECOND]) {
            // A node that has not been added yet has no line.
            *traffic = federation.line(code).map(|line| line.traffic()).unwrap_or_default();
        }
        let [central_line, node1_line, node2_line] = std::array::from_fn(|i| now[i] - self.before[i]);
        let seconds = self.since.elapsed().as_secs_f64();
        let step = Step { name, seconds, central_line, node1_line, node2_line };
        println!("  {}", crate::show::step(&step));
        self.steps.push(step);
        (self.before, self.since) = (now, Instant::now());
        Ok(())
    }

    pub(crate) fn into_steps(self) -> Vec<Step> {
        self.steps
    }
}
