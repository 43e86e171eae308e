//! The description of a network.

use glif_core::spec::{Discretization, NumberFormat, Parameter, RoundingMode};

use super::Network;
use super::build;
use super::convolution::Convolution;
use super::matrix::{Topology, WeightValues, Weights};
use crate::Description;
use crate::description::toml::{DescriptionError, DescriptionErrors};
use crate::own::OwnValues;

/// A network: populations, and projections between them.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkDescription {
    /// Length of a step, ms, of all populations.
    pub step_time: f64,
    /// Number format of all populations.
    pub scalar: NumberFormat,
    /// Rounding mode of decays, of all populations.
    pub rounding: RoundingMode,
    /// Seed of stochastic rounding. A population rounds with this seed plus its number.
    pub seed: u64,
    /// The populations with their names, in the order in which they make their steps.
    pub populations: Vec<(String, PopulationKind)>,
    /// The projections, in the order in which a synapse adds what they bring.
    pub projections: Vec<Projection>,
}

/// A population of a network.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum PopulationKind {
    /// Spikes from outside.
    Input(InputPopulation),
    /// Neurons.
    Neurons {
        /// The population. Its step time, number format, rounding and its seed of rounding are those of the network.
        description: Box<Description>,
        /// Its exponential synapses with their names, in the order in which a neuron adds them.
        synapses: Vec<(String, Exponential)>,
        /// Its built-in stimuli, in the order in which a neuron adds them.
        drives: Vec<Drive>,
    },
}

/// Spikes from outside.
#[derive(Debug, Clone, PartialEq)]
pub struct InputPopulation {
    /// Number of spike sources along each axis.
    pub shape: Vec<usize>,
}

/// A synapse whose current decays exponentially.
#[derive(Debug, Clone, PartialEq)]
pub struct Exponential {
    /// Time constant of the decay, ms.
    pub tau: NeuronValues,
    /// How the current acts on the membrane.
    pub coupling: Coupling,
    /// Whether what arrives is multiplied by 1 minus the decay factor of a step.
    pub normalized: bool,
    /// How the decay becomes a factor of a step. A coupling that is [exact](Coupling::Exact) needs the exact factor.
    pub discretization: Discretization,
}

/// A built-in stimulus of a population.
#[derive(Debug, Clone, PartialEq)]
pub struct Drive {
    /// What it brings in each step: a current, nA, or what arrives at its synapse, in the unit of that.
    pub kind: DriveKind,
    /// Name of the synapse at which it arrives; `None` for a current.
    pub synapse: Option<String>,
}

/// What a built-in stimulus brings.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum DriveKind {
    /// The same in each step.
    Constant {
        /// The value.
        value: NeuronValues,
    },
    /// A value that changes once.
    Step {
        /// Value before the onset.
        before: NeuronValues,
        /// Value from the first step that starts at the onset or later.
        after: NeuronValues,
        /// Onset, ms.
        onset: f64,
    },
    /// A Gaussian value, drawn for every neuron and step.
    Noise {
        /// Mean.
        mean: NeuronValues,
        /// Standard deviation.
        deviation: NeuronValues,
    },
    /// A Poisson spike train for every neuron.
    Poisson {
        /// Spike rate, Hz.
        rate: NeuronValues,
        /// What a spike brings.
        weight: NeuronValues,
    },
}

impl DriveKind {
    /// Returns the values that can differ from neuron to neuron.
    pub fn values(&self) -> Vec<&NeuronValues> {
        match self {
            Self::Constant { value } => vec![value],
            Self::Step { before: first, after: second, .. }
            | Self::Noise { mean: first, deviation: second }
            | Self::Poisson { rate: first, weight: second } => vec![first, second],
        }
    }

    /// Returns the values that can differ from neuron to neuron, with their names.
    pub(super) fn values_mut(&mut self) -> Vec<(&'static str, &mut NeuronValues)> {
        match self {
            Self::Constant { value } => vec![("constant", value)],
            Self::Step { before, after, .. } => vec![("step[0]", before), ("step[1]", after)],
            Self::Noise { mean, deviation } => vec![("noise[0]", mean), ("noise[1]", deviation)],
            Self::Poisson { rate, weight } => vec![("poisson.rate", rate), ("poisson.weight", weight)],
        }
    }
}

/// A number that all neurons share, or one for each.
#[derive(Debug, Clone, PartialEq)]
pub enum NeuronValues {
    /// All neurons share it.
    Shared(f64),
    /// Each neuron has its own.
    Own(OwnValues),
}

/// How the current of a synapse acts on the membrane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Coupling {
    /// The current, which decays and takes what arrives first, acts through the whole step.
    #[default]
    Held,
    /// The current as it is before the step acts as it decays, by the exact propagator.
    Exact,
}

/// Weights from one population to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    /// Name of the source.
    pub from: String,
    /// Name of the target.
    pub to: String,
    /// Name of the synapse of the target: `current`, `delta`, or an exponential one.
    pub synapse: String,
    /// The weights.
    pub weights: Weights,
    /// Value of a unit of integer weights, nA or mV.
    pub scale: Option<Scale>,
    /// How floats become integers.
    pub quantize: Option<Quantization>,
    /// Time from a spike to its delivery.
    pub delay: Option<Delay>,
}

/// Value of a unit of integer weights, nA or mV.
#[derive(Debug, Clone, PartialEq)]
pub enum Scale {
    /// Of all connections.
    Shared(f64),
    /// Of the connections to each target; of a convolution, to each channel of the target.
    Each(Vec<f64>),
    /// The same, in an array that is not read yet.
    File(String),
}

/// The type of integers that floats become, and for which connections they share a scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantization {
    /// Bits of an integer: 8 or 16.
    pub bits: u8,
    /// Whether each target has its own scale; of a convolution, each channel of the target.
    pub per_target: bool,
}

/// Time from a spike to its delivery.
#[derive(Debug, Clone, PartialEq)]
pub enum Delay {
    /// Of all connections, ms.
    Shared(f64),
    /// Of each connection, ms, in the order of the weights.
    Each(Vec<f64>),
    /// Of each connection, in an array that is not read yet.
    File(String),
}

/// The name of a population of a description, which [`NetworkDescription::add`] returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PopulationName(String);

impl From<&PopulationName> for String {
    fn from(name: &PopulationName) -> Self {
        name.0.clone()
    }
}

impl AsRef<str> for PopulationName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Projection {
    /// Returns a projection to the synapse `current`, with a delay of one step.
    pub fn new(from: impl Into<String>, to: impl Into<String>, weights: Weights) -> Self {
        let (from, to, synapse) = (from.into(), to.into(), "current".to_owned());
        Self { from, to, synapse, weights, scale: None, quantize: None, delay: None }
    }

    /// Sets the weights.
    pub fn weights(&mut self, weights: Weights) -> &mut Self {
        self.weights = weights;
        self
    }

    /// Sets a weight for each pair, in C order of shape (targets, sources).
    pub fn dense(&mut self, values: impl Into<WeightValues>) -> &mut Self {
        self.weights(Weights::Dense(values.into()))
    }

    /// Sets weights as SciPy's `csr_array` of shape (targets, sources) has them.
    pub fn sparse(&mut self, indptr: Vec<u32>, indices: Vec<u32>, data: impl Into<WeightValues>) -> &mut Self {
        self.weights(Weights::Sparse { indptr, indices, data: data.into() })
    }

    /// Sets a kernel of shape (channels of the target, channels of the source in a group, rows, columns), in C order, whose
    /// weights the targets share.
    pub fn convolution(
        &mut self,
        values: impl Into<WeightValues>,
        shape: [usize; 4],
        convolution: Convolution,
    ) -> &mut Self {
        self.weights(Weights::Convolution { values: values.into(), shape, convolution })
    }

    /// Sets the same weight for every source and target, nA or mV.
    pub fn all_to_all(&mut self, value: f64) -> &mut Self {
        self.rule(value, Topology::AllToAll)
    }

    /// Sets the same weight from each source to the target of the same number, nA or mV.
    pub fn one_to_one(&mut self, value: f64) -> &mut Self {
        self.rule(value, Topology::OneToOne)
    }

    /// Sets the same weight, nA or mV, for each pair that a draw connects.
    pub fn with_probability(&mut self, value: f64, probability: f64, seed: u64) -> &mut Self {
        self.rule(value, Topology::Probability { probability, seed })
    }

    /// Sets the same weight, nA or mV, for each of as many drawn sources of every target.
    pub fn with_in_degree(&mut self, value: f64, degree: usize, seed: u64) -> &mut Self {
        self.rule(value, Topology::InDegree { degree, seed })
    }

    fn rule(&mut self, value: f64, topology: Topology) -> &mut Self {
        self.weights(Weights::Rule { value, topology })
    }

    /// Sets the synapse.
    pub fn synapse(&mut self, name: impl Into<String>) -> &mut Self {
        self.synapse = name.into();
        self
    }

    /// Sets the delay of all connections, ms.
    pub fn delay(&mut self, ms: f64) -> &mut Self {
        self.delay = Some(Delay::Shared(ms));
        self
    }

    /// Sets the delay of each connection, ms, in the order of the weights.
    pub fn delays(&mut self, ms: Vec<f64>) -> &mut Self {
        self.delay = Some(Delay::Each(ms));
        self
    }

    /// Sets the value of a unit of integer weights, nA or mV.
    pub fn scale(&mut self, value: f64) -> &mut Self {
        self.scale = Some(Scale::Shared(value));
        self
    }

    /// Makes the weights integers of 8 or 16 bits.
    pub fn quantized(&mut self, quantize: Quantization) -> &mut Self {
        self.quantize = Some(quantize);
        self
    }
}

impl PopulationKind {
    /// Returns the number of neurons along each axis.
    pub fn shape(&self) -> &[usize] {
        match self {
            Self::Input(input) => &input.shape,
            Self::Neurons { description, .. } => &description.shape,
        }
    }

    /// Returns the built-in stimuli.
    pub(super) fn drives(&self) -> &[Drive] {
        match self {
            Self::Input(_) => &[],
            Self::Neurons { drives, .. } => drives,
        }
    }

    /// Returns the number of neurons; `None` if it is 0 or too large.
    pub(super) fn neurons(&self) -> Option<usize> {
        let neurons = self.shape().iter().try_fold(1_usize, |cells, axis| cells.checked_mul(*axis));
        neurons.filter(|neurons| *neurons > 0 && !self.shape().is_empty() && u32::try_from(*neurons).is_ok())
    }
}

/// Names of synapses that every population has.
pub(super) const BUILT_IN: [&str; 2] = ["current", "delta"];

impl NetworkDescription {
    /// Describes a network without populations, in f32, with a step of `step_time` ms.
    pub fn new(step_time: f64) -> Self {
        Self {
            step_time,
            scalar: NumberFormat::F32,
            rounding: RoundingMode::Nearest,
            seed: 0,
            populations: Vec::new(),
            projections: Vec::new(),
        }
    }

    /// Adds a population of neurons.
    ///
    /// # Errors
    /// Returns an error if the name is taken or no name.
    pub fn add(
        &mut self,
        name: impl Into<String>,
        description: Description,
    ) -> Result<PopulationName, DescriptionErrors> {
        self.push(
            name.into(),
            PopulationKind::Neurons { description: description.into(), synapses: Vec::new(), drives: Vec::new() },
        )
    }

    /// Adds a population of spikes from outside.
    ///
    /// # Errors
    /// Returns an error if the name is taken or no name.
    pub fn add_input(&mut self, name: impl Into<String>, shape: &[usize]) -> Result<PopulationName, DescriptionErrors> {
        self.push(name.into(), PopulationKind::Input(InputPopulation { shape: shape.to_vec() }))
    }

    fn push(&mut self, name: String, kind: PopulationKind) -> Result<PopulationName, DescriptionErrors> {
        if let Some(problem) = build::misnamed("populations", &name) {
            return Err(one(problem));
        }
        if self.population(&name).is_some() {
            return Err(one(format!("`populations.{name}`: there is another population of this name")));
        }
        self.populations.push((name.clone(), kind));
        Ok(PopulationName(name))
    }

    /// Adds an exponential synapse to a population.
    ///
    /// # Errors
    /// Returns an error if there is no such population, or if the name is taken or no name.
    pub fn add_synapse(
        &mut self,
        population: impl AsRef<str>,
        name: impl Into<String>,
        synapse: Exponential,
    ) -> Result<(), DescriptionErrors> {
        let (population, name) = (population.as_ref(), name.into());
        let found = self.populations.iter_mut().find(|(other, _)| other == population);
        let Some((_, PopulationKind::Neurons { synapses, .. })) = found else {
            return Err(one(format!("`populations.{population}`: there is no population of neurons with this name")));
        };
        let place = format!("populations.{population}.synapses");
        if let Some(problem) = build::misnamed_synapse(&place, &name, synapses) {
            return Err(one(problem));
        }
        synapses.push((name, synapse));
        Ok(())
    }

    /// Adds a built-in stimulus to a population.
    ///
    /// # Errors
    /// Returns an error if there is no such population.
    pub fn add_drive(&mut self, population: impl AsRef<str>, drive: Drive) -> Result<(), DescriptionErrors> {
        let population = population.as_ref();
        let found = self.populations.iter_mut().find(|(other, _)| other == population);
        let Some((_, PopulationKind::Neurons { drives, .. })) = found else {
            return Err(one(format!("`populations.{population}`: there is no population of neurons with this name")));
        };
        drives.push(drive);
        Ok(())
    }

    /// Adds a projection to the synapse `current` with a delay of one step, and returns it, to set its weights. They are 0
    /// before.
    pub fn connect(&mut self, from: impl Into<String>, to: impl Into<String>) -> &mut Projection {
        self.projections.push(Projection::new(from, to, Weights::all_to_all(0.0)));
        let last = self.projections.len() - 1;
        &mut self.projections[last]
    }

    /// Returns the population with this name.
    pub fn population(&self, name: &str) -> Option<&PopulationKind> {
        self.populations.iter().find(|(other, _)| other == name).map(|(_, kind)| kind)
    }

    /// Returns the description of a population of neurons alone, with the step time, the number format and the rounding of
    /// the network.
    pub fn alone(&self, name: &str) -> Option<Description> {
        let PopulationKind::Neurons { description, .. } = self.population(name)? else { return None };
        let mut description = (**description).clone();
        _ = description.spec.params.set(Parameter::StepTime, &[self.step_time]);
        (description.spec.scalar, description.spec.rounding) = (self.scalar, self.rounding);
        Some(description)
    }

    /// Builds the network.
    ///
    /// # Errors
    /// Returns everything that is wrong, together.
    pub fn build(&self) -> Result<Network, DescriptionErrors> {
        build::build(self)
    }
}

fn one(problem: String) -> DescriptionErrors {
    DescriptionErrors(vec![DescriptionError(problem)])
}
