//! The host's own population beside a board's: what a board must be equal to.

use glif::{Currents, Description, DynPopulation, NumberFormat, StepOptions, Variable, limits};
use glif_core::Refractory;
use glif_link::packet;

use super::VerifyError;
use crate::{bits, translate};

/// Something done to a population.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// Currents for all steps to come, nA.
    Hold(Vec<f64>),
    /// So many steps.
    Steps(u64),
    /// A whole array, in the host's order.
    Write(Variable, Vec<f64>),
    /// Back to rest.
    Clear { keep_adaptations: bool },
    /// ms
    StepTime(f64),
    /// New switches.
    StepOptions(StepOptions),
}

/// A population on the host.
pub(crate) struct Twin {
    scalar: NumberFormat,
    population: DynPopulation,
    options: StepOptions,
    recipe: Recipe,
}

/// A population, and everything that was done to it: its state, to be had again.
#[derive(Debug, Clone)]
pub(crate) struct Recipe {
    first: Description,
    acts: Vec<Act>,
}

impl Recipe {
    /// The population in that state.
    ///
    /// # Errors
    /// None that has not come before.
    pub(crate) fn make(&self) -> Result<Twin, VerifyError> {
        let mut twin = Twin::new(&self.first)?;
        for act in &self.acts {
            twin.act(act.clone())?;
        }
        Ok(twin)
    }
}

/// The arrays of a population, in the library's layout.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct State {
    /// mV
    pub(crate) voltage: Vec<f64>,
    pub(crate) refractory: Vec<Refractory>,
    /// mV
    pub(crate) adaptation: Vec<f64>,
}

impl State {
    /// The checksum that a board gives of it.
    pub(crate) fn digest(&self, scalar: NumberFormat) -> u32 {
        let refractory = self.refractory.iter().flat_map(|word| word.to_bits().to_le_bytes());
        let mut bytes = bits::encode(scalar, &self.voltage);
        bytes.extend(refractory);
        let components = self.adaptation.len() / self.voltage.len().max(1);
        bytes.extend(bits::encode(scalar, &translate::transposed(&self.adaptation, components)));
        packet::CRC.checksum(&bytes)
    }
}

impl Twin {
    /// At rest, without current.
    ///
    /// # Errors
    /// If the description is of no population, or of none that a board can be.
    pub(crate) fn new(description: &Description) -> Result<Self, VerifyError> {
        let scalar = translate::model(description)?.spec.scalar;
        let population = description.build().map_err(VerifyError::host)?;
        let options = description.options();
        let recipe = Recipe { first: description.clone(), acts: Vec::new() };
        Ok(Self { scalar, population, options, recipe })
    }

    /// In the state that a snapshot holds, which is not of its recipe.
    pub(crate) fn restored(population: DynPopulation, description: &Description) -> Result<Self, VerifyError> {
        Ok(Self { population, ..Self::new(description)? })
    }

    /// Does something. What it refuses it does not do.
    ///
    /// # Errors
    /// The host's own reason.
    pub(crate) fn act(&mut self, act: Act) -> Result<(), VerifyError> {
        match &act {
            Act::Hold(currents) => self.population.load(Currents::F64(currents)).map_err(VerifyError::host)?,
            Act::Steps(steps) => {
                if *steps > limits::BOARD_CHECK_STEPS {
                    return Err(VerifyError::Wrong(format!(
                        "the board reports {steps} steps at once; no check has more than {}",
                        limits::BOARD_CHECK_STEPS
                    )));
                }
                for _ in 0..*steps {
                    self.population.step(self.options).map_err(VerifyError::host)?;
                }
            }
            Act::Write(variable, values) => self.population.write(*variable, values).map_err(VerifyError::host)?,
            Act::Clear { keep_adaptations } => self.population.clear(*keep_adaptations),
            Act::StepTime(step_time) => self.population.set_step_time(*step_time).map_err(VerifyError::host)?,
            Act::StepOptions(options) => self.options = *options,
        }
        match (&act, self.recipe.acts.last_mut()) {
            (Act::Steps(steps), Some(Act::Steps(before))) => *before += steps,
            _ => self.recipe.acts.push(act),
        }
        Ok(())
    }

    /// One step, and its spikes as a packed set.
    pub(crate) fn step(&mut self) -> Result<&[u32], VerifyError> {
        self.act(Act::Steps(1))?;
        Ok(self.population.fired().sample(0))
    }

    /// How to have the present state again.
    pub(crate) fn recipe(&self) -> Recipe {
        self.recipe.clone()
    }

    pub(crate) fn state(&self) -> State {
        State {
            voltage: self.population.read(Variable::Voltage),
            refractory: self.population.refractory_words(),
            adaptation: self.population.read(Variable::Adaptation),
        }
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

    pub(crate) fn scalar(&self) -> NumberFormat {
        self.scalar
    }

    pub(crate) fn neurons(&self) -> usize {
        self.population.neurons()
    }

    pub(crate) fn components(&self) -> usize {
        self.population.components()
    }

    /// Steps since it was built.
    pub(crate) fn steps(&self) -> u64 {
        self.population.steps()
    }
}
