//! Networks: populations, projections between them, and synapses.
//!
//! A [`NetworkDescription`] is made in Rust or read from a network file ([`toml`](mod@toml)). It builds a [`Network`].
//! The equations, the order of a step and the proofs are those of [`glif_core::network`], so that the spikes have the
//! same bits for every number of threads, and on a board.
//!
//! ```
//! use glif::network::NetworkDescription;
//! use glif::{Description, LifParams, Spec};
//!
//! let params = LifParams {
//!     step_time: 0.5, rest_v: -65.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 10.0, resistance: 40.0,
//! };
//! let mut description = NetworkDescription::new(0.5); // ms
//! let input = description.add_input("input", &[2])?;
//! let exc = description.add("exc", Description::new(Spec::new(params), &[3]))?;
//! // Jumps of the membrane, mV: a row for each of the three targets.
//! let weights = vec![9.0, 0.0, 9.0, 9.0, 0.0, 9.0];
//! description.connect(&input, &exc).dense(weights).synapse("delta").delay(1.5); // ms
//! let mut network = description.build()?;
//! for step in 0..10 {
//!     network.set_spikes("input", &[1, u32::from(step == 4)])?;
//!     network.step()?;
//!     let fired: Vec<usize> = network.fired("exc")?.iter().map(|(_, neuron)| neuron).collect();
//!     match step {
//!         ..=3 => assert!(fired.is_empty()),
//!         4 => assert_eq!(fired, [0, 1]), // 1.5 ms after the spikes of steps 0 and 1
//!         _ => {}
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod build;
mod convolution;
mod description;
mod drive;
mod engine;
mod matrix;
mod member;
pub mod parts;
mod report;
mod route;
mod snapshot;
mod state;
mod steps;
pub mod toml;
mod warnings;

use engine::Erased;
use glif_core::spec::ComponentCounts;
use steps::SpikeLog;

use crate::Currents;
use crate::population::{CurrentError, Fired};

#[cfg(feature = "nir")]
pub(crate) use build::taus;
pub use convolution::Convolution;
#[cfg(feature = "nir")]
pub(crate) use drive::constants;
#[cfg(feature = "nir")]
pub(crate) use route::named;

pub use description::{
    Coupling, Delay, Drive, DriveKind, Exponential, InputPopulation, NetworkDescription, NeuronValues, PopulationKind,
    PopulationName, Projection, Quantization, Scale,
};
pub use matrix::{Topology, WeightValues, Weights};
pub use member::Member;
pub use report::{
    Connection, Fan, Memory, NetworkReport, PopulationReport, ProjectionReport, Spread, Storage, SynapseReport,
    WeightType,
};
pub use route::QuantizationError;
pub use snapshot::Snapshot;
pub use steps::Step;

/// Numbers of components of a population that has none.
const NO_COMPONENTS: ComponentCounts = ComponentCounts { thresholds: 0, currents: 0, voltages: 0 };

/// Error from a step of a network, or from its input. The state has not changed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NetworkError {
    /// There is no such population.
    #[error("`{name}`: the network has no such population; it has {}", known.join(", "))]
    Population {
        /// The name.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// Spikes are for a population of neurons, or currents for one of spikes.
    #[error("`{name}`: {problem}")]
    Kind {
        /// Name of the population.
        name: String,
        /// What it takes instead.
        problem: &'static str,
    },
    /// The currents of a population cannot drive its membranes.
    #[error("`{name}`: {error}")]
    Currents {
        /// Name of the population.
        name: String,
        /// What is wrong.
        error: CurrentError,
    },
    /// The number of values is not the number of neurons.
    #[error("`{name}`: {given} values for {neurons} neurons: one for each is needed")]
    Length {
        /// Name of the population.
        name: String,
        /// Number of values given.
        given: usize,
        /// Number of neurons.
        neurons: usize,
    },
    /// The spikes that are on their way do not fit in memory.
    #[error("`{name}`: so many spikes in a step do not fit in memory")]
    Memory {
        /// Name of the population.
        name: String,
    },
    /// A neuron has more spikes in a step than its weights allow.
    #[error(
        "`{name}`: neuron {neuron} has {count} spikes in a step, but at most {most} fit the sums of its targets\nhelp: use a greater scale, and smaller weights"
    )]
    Spikes {
        /// Name of the population.
        name: String,
        /// The neuron.
        neuron: usize,
        /// Its spikes.
        count: u32,
        /// The greatest number.
        most: u32,
    },
}

/// A network: populations, projections and the spikes that are on their way.
///
/// A clone has the state of its original. See the [module](super) for an example.
pub struct Network {
    description: NetworkDescription,
    inner: Box<dyn Erased>,
}

impl Clone for Network {
    fn clone(&self) -> Self {
        Self { description: self.description.clone(), inner: self.inner.boxed() }
    }
}

impl std::fmt::Debug for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Network").field("description", &self.description).finish_non_exhaustive()
    }
}

impl Network {
    fn new(description: NetworkDescription, inner: Box<dyn Erased>) -> Self {
        Self { description, inner }
    }

    /// Returns the description.
    pub fn description(&self) -> &NetworkDescription {
        &self.description
    }

    /// Steps once: projections deliver, synapses decay and take what arrives, and populations make their steps.
    ///
    /// Currents from outside stay as they are set. Spikes of an input are those of one step.
    ///
    /// # Errors
    /// Returns an error if an earlier step panicked.
    pub fn step(&mut self) -> Result<(), NetworkError> {
        self.run(1)
    }

    /// Makes as many steps. The spikes of an input are those of the first.
    ///
    /// Threads divide several steps better than one: they wait for each other only as often as the shortest delay of a
    /// projection needs.
    ///
    /// # Errors
    /// Those of [`step`](Self::step); the steps before the error are done.
    pub fn run(&mut self, steps: u64) -> Result<(), NetworkError> {
        self.advance(steps, None)
    }

    /// Makes as many steps, whose spikes it adds to a log.
    fn advance(&mut self, steps: u64, log: Option<&mut SpikeLog>) -> Result<(), NetworkError> {
        let Self { description, inner } = self;
        inner.run(steps, log).map_err(|(member, error)| {
            let name = description.populations.get(member).map_or_else(String::new, |(name, _)| name.clone());
            NetworkError::Currents { name, error }
        })
    }

    /// Delivers the spikes that arrive in the next step, and forgets what they bring. Returns how long it took, and the
    /// number of synaptic events: spikes times the mean number of targets of their sources.
    #[doc(hidden)]
    pub fn time_delivery(&mut self) -> (std::time::Duration, u64) {
        self.inner.time_delivery()
    }

    /// Sets the currents of a population from outside, nA, for the next steps. They are 0 before.
    ///
    /// # Errors
    /// Returns an error if there is no such population of neurons, if the number of currents is wrong, or if one
    /// cannot drive a membrane.
    pub fn set_currents<'a>(
        &mut self,
        population: &str,
        currents: impl Into<Currents<'a>>,
    ) -> Result<(), NetworkError> {
        let (member, kind) = self.find(population)?;
        let name = || population.to_owned();
        match kind {
            PopulationKind::Neurons { .. } => {
                let loaded = self.inner.load(member, currents.into());
                loaded.map_err(|error| NetworkError::Currents { name: name(), error })
            }
            PopulationKind::Input(_) => {
                let problem = "takes spikes, not currents, as its model is `input`";
                Err(NetworkError::Kind { name: name(), problem })
            }
        }
    }

    /// Sets the number of spikes of each neuron of an input in the next step.
    ///
    /// # Errors
    /// Returns an error if there is no such input, if the number of values is wrong, or if a neuron has so many spikes
    /// that a sum of weights could overflow.
    pub fn set_spikes(&mut self, population: &str, spikes: &[u32]) -> Result<(), NetworkError> {
        let (member, kind) = self.find(population)?;
        let name = || population.to_owned();
        let Some(neurons) = kind.neurons().filter(|_| matches!(kind, PopulationKind::Input(_))) else {
            let problem = "takes currents, not spikes, as its model is not `input`";
            return Err(NetworkError::Kind { name: name(), problem });
        };
        if spikes.len() != neurons {
            return Err(NetworkError::Length { name: name(), given: spikes.len(), neurons });
        }
        let most = self.inner.most_spikes(member);
        if let Some((neuron, count)) = spikes.iter().enumerate().find(|(_, count)| **count > most) {
            return Err(NetworkError::Spikes { name: name(), neuron, count: *count, most });
        }
        self.inner.set_spikes(member, spikes).ok_or_else(|| NetworkError::Memory { name: name() })
    }

    /// Returns the spikes of a population in the last step. A neuron of an input counts once, however many spikes it
    /// had.
    ///
    /// # Errors
    /// Returns an error if there is no such population.
    pub fn fired(&self, population: &str) -> Result<Fired<'_>, NetworkError> {
        Ok(self.inner.fired(self.find(population)?.0))
    }

    /// Returns a population, to record it.
    ///
    /// # Errors
    /// Returns an error if there is no such population.
    pub fn member(&self, population: &str) -> Result<Member<'_>, NetworkError> {
        let (member, kind) = self.find(population)?;
        let neurons = kind.neurons().unwrap_or(0);
        Ok(Member::new(&*self.inner, member, neurons))
    }

    /// Returns the currents of a synapse, nA, one for each neuron.
    ///
    /// # Errors
    /// Returns an error if there is no such population.
    pub fn synapse(&self, population: &str, synapse: &str) -> Result<Option<Vec<f64>>, NetworkError> {
        let (member, kind) = self.find(population)?;
        let PopulationKind::Neurons { synapses, .. } = kind else { return Ok(None) };
        let number = synapses.iter().position(|(name, _)| name == synapse);
        Ok(number.map(|number| self.inner.synapse(member, number)))
    }

    /// Returns the network to its beginning: membranes to where they begin, no spikes on their way, no synaptic
    /// currents, no currents from outside.
    pub fn clear(&mut self) {
        self.inner.clear();
    }

    /// Sets the number of the sample, of which built-in stimuli have their own random numbers; 0 by default.
    pub fn set_sample(&mut self, sample: u32) {
        self.inner.set_sample(sample);
    }

    /// Returns the number of the sample.
    pub fn sample(&self) -> u32 {
        self.inner.sample_number()
    }

    /// Returns the number of steps since the network was built or cleared.
    pub fn steps(&self) -> u64 {
        self.inner.steps()
    }

    /// Sets the number of threads that a step may use, the calling thread included; 1 by default. The results are
    /// equal bit for bit with any number.
    ///
    /// # Errors
    /// Returns an error if the number is 0 or above [`limits::THREADS`](crate::limits::THREADS), or if the system
    /// cannot start that many threads.
    pub fn set_threads(&mut self, count: usize) -> Result<(), crate::BuildError> {
        self.inner.set_threads(count)
    }

    /// Returns the arrays as they are stored.
    pub fn parts(&self) -> parts::NetworkParts {
        self.inner.parts(&self.description)
    }

    /// Returns the state of a population, by its number. One that does not exist has none.
    pub fn state(&self, member: usize) -> parts::StateParts {
        self.inner.state(member)
    }

    /// Returns the number of connections of each projection, and the bytes that they take.
    pub fn connections(&self) -> Vec<(usize, usize)> {
        self.inner.connections()
    }

    /// Returns what the description became, and what it costs.
    ///
    /// It reads every weight once.
    pub fn report(&self) -> NetworkReport {
        self.inner.report(&self.description)
    }

    /// Calls `visit` with each connection of a projection in the order of the sources, then of their delays. A weight of 0
    /// in a dense array is no connection. A projection that does not exist has none.
    pub fn visit_connections(&self, projection: usize, mut visit: impl FnMut(Connection)) {
        self.inner.visit(projection, &mut visit);
    }

    /// Lists what is valid but probably wrong, each in a sentence.
    ///
    /// `driven` has the names of the populations that get spikes or currents from outside; `None` if that is not known.
    pub fn warnings(&self, driven: Option<&[&str]>) -> Vec<String> {
        warnings::warnings(&self.description, &self.report(), driven)
    }

    fn find(&self, name: &str) -> Result<(usize, &PopulationKind), NetworkError> {
        let populations = &self.description.populations;
        match populations.iter().position(|(other, _)| other == name) {
            Some(member) => Ok((member, &populations[member].1)),
            None => {
                let known = populations.iter().map(|(name, _)| format!("`{name}`")).collect();
                Err(NetworkError::Population { name: name.to_owned(), known })
            }
        }
    }
}
