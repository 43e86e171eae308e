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
    /// Creates a population that has made no step, without current.
    ///
    /// # Errors
    /// Returns an error if the description is not valid, or if no board can run it.
    pub(crate) fn new(description: &Description) -> Result<Self, VerifyError> {
        translate::model(description)?;
        Ok(Self::restored(description.build().map_err(VerifyError::host)?, description.options()))
    }

    /// Wraps a population that already has a state.
    pub(crate) fn restored(population: DynPopulation, options: StepOptions) -> Self {
        Self { population, options }
    }

    /// Sets the held currents for all later steps, nA.
    pub(crate) fn hold(&mut self, currents: &[f64]) -> Result<(), VerifyError> {
        self.population.load(Currents::F64(currents)).map_err(VerifyError::host)
    }

    /// Does one step, and returns its spikes as a packed set.
    pub(crate) fn step(&mut self) -> Result<&[u32], VerifyError> {
        Ok(self.population.step(self.options).map_err(VerifyError::host)?.sample(0))
    }

    /// Does one step, and checks that its spikes are the board's.
    pub(crate) fn step_as(&mut self, spikes: &Spikes) -> Result<(), VerifyError> {
        let place = difference::spikes(&spikes.words, self.step()?);
        let told = place.map(|place| Difference { step: self.steps(), of: 0, place });
        told.map_or(Ok(()), |told| Err(VerifyError::Wrong(told.to_string())))
    }

    /// Returns the spikes of the last step.
    pub(crate) fn fired(&self) -> &[u32] {
        self.population.fired().sample(0)
    }

    /// Does as many steps as a board reports.
    pub(crate) fn run(&mut self, steps: u64) -> Result<(), VerifyError> {
        let most = limits::BOARD_CHECK_STEPS;
        require!(steps <= most, "the board reports {steps} steps at once; no check has more than {most}");
        self.population.run(steps, self.options, |_| ()).map_err(VerifyError::host)
    }

    /// Writes an array, in the host's order.
    pub(crate) fn write(&mut self, variable: Variable, values: &[f64]) -> Result<(), VerifyError> {
        self.population.write(variable, values).map_err(VerifyError::host)
    }

    /// Writes all components, in the host's order.
    pub(crate) fn write_components(&mut self, values: &[f64]) -> Result<(), VerifyError> {
        self.population.write_components(values).map_err(VerifyError::host)
    }

    pub(crate) fn clear(&mut self, keep_adaptations: bool) {
        self.population.clear(keep_adaptations);
    }

    /// Sets the step time, ms.
    pub(crate) fn set_step_time(&mut self, step_time: f64) -> Result<(), VerifyError> {
        self.population.set_step_time(step_time).map_err(VerifyError::host)
    }

    pub(crate) fn set_options(&mut self, options: StepOptions) {
        self.options = options;
    }

    /// Returns the checksum that a board computes of this state.
    pub(crate) fn digest(&self) -> u32 {
        difference::digest(&self.population)
    }

    pub(crate) fn refractory(&self) -> Vec<Refractory> {
        self.population.refractory_words()
    }

    /// Returns the description of the population with its present parameters and options.
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

    /// Returns the number of steps since the population was built.
    pub(crate) fn steps(&self) -> u64 {
        self.population.steps()
    }
}
