//! Results of the checks.

use std::fmt;

use serde::Serialize;

use crate::identity::Identity;

/// Counts of what was compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Number of steps of populations.
    pub steps: u64,
    /// Number of neurons times steps. Each one compared voltage, refractory word, threshold components and
    /// spike.
    pub neuron_steps: u64,
    /// Number of spikes among them.
    pub spikes: u64,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.steps += other.steps;
        self.neuron_steps += other.neuron_steps;
        self.spikes += other.spikes;
    }
}

/// A check and its result.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// Name, such as `alif i16f16 2/3` or `a duplicate request`.
    pub name: String,
    /// Whether the board behaved as the host.
    pub passed: bool,
    /// What was compared, if the check compares steps.
    #[serde(flatten)]
    pub tally: Tally,
    /// Duration, s.
    pub seconds: f64,
    /// What went wrong.
    pub difference: Option<String>,
}

/// Results of all checks, for users and for `--json`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Report {
    /// The board's description of itself.
    #[serde(flatten)]
    pub identity: Identity,
    /// The compiler's name of the target, if it was given.
    pub target: Option<String>,
    /// How the board is reached.
    pub transport: String,
    /// Seed of the random draws.
    pub seed: u64,
    /// Checks in the order in which they were run.
    pub checks: Vec<Check>,
    /// Remarks that are not failures.
    pub notes: Vec<String>,
    /// Frames sent beyond the first of each request.
    pub resent: u64,
    /// Sum over all checks.
    pub total: Tally,
    /// Duration of all checks, s.
    pub seconds: f64,
    /// Whether every check passed.
    pub passed: bool,
}

impl Report {
    /// Creates the report of a board, without checks yet.
    pub(crate) fn new(identity: &Identity, seed: u64) -> Self {
        Self { identity: identity.clone(), seed, passed: true, ..Self::default() }
    }

    /// Adds a check.
    pub(crate) fn add(&mut self, check: Check) {
        self.total += check.tally;
        self.passed &= check.passed;
        self.checks.push(check);
    }

    /// Returns the number of failed checks.
    pub fn failures(&self) -> usize {
        self.checks.iter().filter(|check| !check.passed).count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Identity { firmware, core, board, neurons, components, frame, memory, .. } = &self.identity;
        let transport = &self.transport;
        let target = self.target.as_ref().map_or(String::new(), |target| format!(", {target}"));
        writeln!(f, "board      {board}, {core}{target}, firmware {firmware}, over {transport}")?;
        writeln!(
            f,
            "capacity   {neurons} neurons of {components} components, packets of {frame} bytes, in {memory} bytes"
        )?;
        let Tally { steps, neuron_steps, spikes } = self.total;
        writeln!(f, "compared   {steps} steps, {neuron_steps} neuron-steps, {spikes} spikes, seed {}", self.seed)?;
        let (checks, failures) = (self.checks.len(), self.failures());
        let verdict = if self.passed { "equal to the host".to_owned() } else { format!("{failures} FAILED") };
        write!(f, "checks     {checks} in {:.1} s: {verdict}", self.seconds)
    }
}
