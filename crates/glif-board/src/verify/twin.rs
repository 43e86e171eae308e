//! The host's own population beside a board's: what a board must be equal to.

use glif::{Currents, Description, DynPopulation, StepOptions, Variable, limits};
use glif_core::Refractory;

use super::{VerifyError, require};
use crate::board::Spikes;
use crate::difference::{self, Difference};
use crate::translate;

/// A population on the host. A clone of it keeps its state.
#[derive(Debug, Clone)]
pub(crate) struct Twin {
    population: DynPopulation,
    options: StepOptions,
}

impl Twin {
    /// At rest, without current.
    ///
    /// # Errors
    /// If the description is of no population, or of none that a board can be.
    pub(crate) fn new(description: &Description) -> Result<Self, VerifyError> {
        translate::model(description)?;
        Ok(Self::restored(description.build().map_err(VerifyError::host)?, description.options()))
    }

    /// A population that is in its state already.
    pub(crate) fn restored(population: DynPopulation, options: StepOptions) -> Self {
        Self { population, options }
    }

    /// Holds currents for all steps to come, nA.
    pub(crate) fn hold(&mut self, currents: &[f64]) -> Result<(), VerifyError> {
        self.population.load(Currents::F64(currents)).map_err(VerifyError::host)
    }

    /// One step, and its spikes as a packed set.
    pub(crate) fn step(&mut self) -> Result<&[u32], VerifyError> {
        Ok(self.population.step(self.options).map_err(VerifyError::host)?.sample(0))
    }

    /// A step, which must have a board's spikes.
    pub(crate) fn step_as(&mut self, spikes: &Spikes) -> Result<(), VerifyError> {
        let place = difference::spikes(&spikes.words, self.step()?);
        let told = place.map(|place| Difference { step: self.steps(), of: 0, place });
        told.map_or(Ok(()), |told| Err(VerifyError::Wrong(told.to_string())))
    }

    /// The spikes of the last step.
    pub(crate) fn fired(&self) -> &[u32] {
        self.population.fired().sample(0)
    }

    /// As many steps as a board reports.
    pub(crate) fn run(&mut self, steps: u64) -> Result<(), VerifyError> {
        let most = limits::BOARD_CHECK_STEPS;
        require!(steps <= most, "the board reports {steps} steps at once; no check has more than {most}");
        self.population.run(steps, self.options, |_| ()).map_err(VerifyError::host)
    }

    /// Writes an array, in the host's order.
    pub(crate) fn write(&mut self, variable: Variable, values: &[f64]) -> Result<(), VerifyError> {
        self.population.write(variable, values).map_err(VerifyError::host)
    }

    pub(crate) fn clear(&mut self, keep_adaptations: bool) {
        self.population.clear(keep_adaptations);
    }

    /// A new step time, ms.
    pub(crate) fn set_step_time(&mut self, step_time: f64) -> Result<(), VerifyError> {
        self.population.set_step_time(step_time).map_err(VerifyError::host)
    }

    pub(crate) fn set_options(&mut self, options: StepOptions) {
        self.options = options;
    }

    /// The checksum that a board gives of this state.
    pub(crate) fn digest(&self) -> u32 {
        difference::digest(&self.population)
    }

    pub(crate) fn refractory(&self) -> Vec<Refractory> {
        self.population.refractory_words()
    }

    /// What the population is now.
    pub(crate) fn description(&self) -> Description {
        let mut description = self.population.description().clone();
        description.spec.options = self.options;
        description
    }

    pub(crate) fn population(&self) -> &DynPopulation {
        &self.population
    }

    pub(crate) fn neurons(&self) -> usize {
        self.population.neurons()
    }

    /// Steps since it was built.
    pub(crate) fn steps(&self) -> u64 {
        self.population.steps()
    }
}
