//! The spikes of each step of a run.

use glif_core::spikes::WORD;

use super::engine::Erased;
use super::member::Member;
use super::{Network, NetworkError};
use crate::population::Fired;

/// Words of the spikes that are kept, at least those of a step.
const WORDS: usize = 1 << 20;
/// Most steps whose spikes are kept.
const STEPS: usize = 1024;

/// The spikes of some steps.
#[derive(Debug)]
pub(super) struct SpikeLog {
    /// Neurons of each population, and its spikes, one step after another.
    populations: Vec<(usize, Vec<u32>)>,
}

impl SpikeLog {
    /// Returns an empty log of populations with as many neurons.
    fn new(neurons: impl Iterator<Item = usize>) -> Self {
        Self { populations: neurons.map(|neurons| (neurons, Vec::new())).collect() }
    }

    /// Returns the number of steps that it keeps.
    fn most(&self) -> usize {
        let words: usize = self.populations.iter().map(|(neurons, _)| neurons.div_ceil(WORD)).sum();
        (WORDS / words.max(1)).clamp(1, STEPS)
    }

    /// Adds the spikes of a step of a population.
    pub(super) fn push(&mut self, member: usize, fired: Fired<'_>) {
        self.populations[member].1.extend_from_slice(fired.sample(0));
    }

    /// Adds `steps` steps of a population. Returns their words, without a spike.
    pub(super) fn add(&mut self, member: usize, steps: usize) -> &mut [u32] {
        let (neurons, words) = &mut self.populations[member];
        let before = words.len();
        words.resize(before + neurons.div_ceil(WORD) * steps, 0);
        &mut words[before..]
    }

    /// Returns the number of steps.
    fn steps(&self) -> usize {
        self.populations.first().map_or(0, |(neurons, words)| words.len() / neurons.div_ceil(WORD).max(1))
    }

    fn fired(&self, member: usize, step: usize) -> Fired<'_> {
        let (neurons, words) = &self.populations[member];
        let row = neurons.div_ceil(WORD);
        Fired::new(&words[step * row..][..row], *neurons)
    }

    fn clear(&mut self) {
        self.populations.iter_mut().for_each(|(_, words)| words.clear());
    }
}

/// A step of a run: its spikes. See [`Network::run_with`].
pub struct Step<'a> {
    network: &'a Network,
    log: &'a SpikeLog,
    at: usize,
}

impl std::fmt::Debug for Step<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Step").field("at", &self.at).finish_non_exhaustive()
    }
}

impl Step<'_> {
    /// Returns the spikes of a population.
    ///
    /// # Errors
    /// Returns an error if there is no such population.
    pub fn fired(&self, population: &str) -> Result<Fired<'_>, NetworkError> {
        Ok(self.log.fired(self.network.find(population)?.0, self.at))
    }

    /// Returns a population, to record it: the spikes of this step. Its other values are those of this step only if this is
    /// the last step of the run.
    ///
    /// # Errors
    /// Returns an error if there is no such population.
    pub fn member(&self, population: &str) -> Result<Member<'_>, NetworkError> {
        let member = self.network.member(population)?;
        Ok(Member { fired: self.fired(population)?, ..member })
    }
}

impl Network {
    /// Makes as many steps, and calls `visit` with each of them, in order. The spikes of an input are those of the first.
    ///
    /// Threads make many steps before the first is visited: this is as fast as [`run`](Self::run).
    ///
    /// ```
    /// # use glif::network::NetworkDescription;
    /// # use glif::{Description, LifParams, Spec};
    /// # let params = LifParams {
    /// #     step_time: 0.5, rest_v: -65.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 10.0, resistance: 40.0,
    /// # };
    /// # let mut description = NetworkDescription::new(0.5);
    /// let exc = description.add("exc", Description::new(Spec::new(params), &[3]))?;
    /// let mut network = description.build()?;
    /// network.set_currents("exc", &[0.0_f32, 0.0, 5.0][..])?; // nA
    /// let mut spikes = 0;
    /// network.run_with(100, |step| {
    ///     spikes += step.fired("exc")?.count();
    ///     Ok(())
    /// })?;
    /// assert!(spikes > 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`run`](Self::run), after the steps before the error are visited, or the first of `visit`. More steps than
    /// those that are visited may be done then.
    pub fn run_with(
        &mut self,
        steps: u64,
        mut visit: impl FnMut(&Step<'_>) -> Result<(), NetworkError>,
    ) -> Result<(), NetworkError> {
        let mut log = SpikeLog::new(self.description.populations.iter().map(|(_, kind)| kind.neurons().unwrap_or(1)));
        let (most, mut left) = (log.most() as u64, steps);
        while left > 0 {
            let some = left.min(most);
            let ran = self.advance(some, Some(&mut log));
            for at in 0..log.steps() {
                visit(&Step { network: self, log: &log, at })?;
            }
            ran?;
            log.clear();
            left -= some;
        }
        Ok(())
    }
}

impl<'a> Member<'a> {
    /// Returns a population of a network.
    pub(super) fn new(inner: &'a dyn Erased, member: usize, neurons: usize) -> Self {
        Self { inner, member, neurons, fired: inner.fired(member) }
    }
}
