//! Leaky integrate-and-fire neurons for microcontrollers and hosts. The models are LIF, ALIF, GLIF1 and GLIF2,
//! the linear models of the PyTorch library Inferno. They run on fixed-size arrays, in `f32`, `f64` or fixed
//! point, without `std`, allocation or `unsafe`.
//!
//! Data flows one way, and each stage is a module:
//!
//! | stage | module | contents |
//! |---|---|---|
//! | description | [`spec`] | names, units and number format, shared by files, boards and programs |
//! | parameters | [`params`] | values in mV, ms, nA and MΩ; the check reports all errors together |
//! | coefficients | [`derive`](mod@derive) | the only `exp`, the conversion to fixed point, the quantization report |
//! | choice of types | [`dynamic`] | a reset and a number of components chosen at run time |
//! | | [`multicomponent`] | one copy of the step for any number of components |
//! | model | [`neuron`] | the step of one neuron, the only copy of the arithmetic; [`Coefficients::run`] steps many |
//! | state | [`state`] | arrays, and the borrowed slices that every backend passes to the step |
//! | output | [`spikes`] | a packed set, indices, event lists |
//!
//! [`Population`] ties the stages together on arrays of constant length:
//!
//! ```
//! use glif_core::{Lif, LifParams, Population, Spikes, StepOptions};
//!
//! let params = LifParams {
//!     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0,
//!     refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
//! };
//! let mut population = Population::<Lif<f32>, 40>::new(params)?;
//! let mut spikes = Spikes::<2>::new(); // two words hold 64 neurons
//! for _ in 0..100 {
//!     population.step(&[15.0; 40], StepOptions::default(), &mut spikes);
//! }
//! assert!(population.voltage().iter().all(|v| *v < -50.0));
//! # Ok::<(), glif_core::ParamErrors>(())
//! ```
//!
//! The same population in 16.16 fixed point is `Population<Lif<glif_core::fixed::types::I16F16>, 40>`. On a
//! microcontroller, [`Place`](population::Place) reserves memory for a population in a `static`. The population
//! is then written there without a copy on the stack.
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(test)]
extern crate std;

pub mod derive;
pub mod dynamic;
pub mod error;
mod exp;
pub mod fixed_point;
#[cfg(feature = "defmt")]
mod format;
mod jumps;
pub mod levels;
pub mod multicomponent;
mod names;
pub mod network;
pub mod neuron;
pub mod own;
mod parameter;
pub mod params;
pub mod population;
mod quantize;
pub mod refractory;
pub mod rounding;
mod run;
pub mod scalar;
pub mod spec;
pub mod spikes;
pub mod state;
mod table;
pub mod teeter;
pub mod trace;
mod written;

pub use derive::{Derivation, Quantised};
pub use dynamic::DynCoefficients;
/// Fixed-point numbers, in the version whose types implement `Scalar`.
pub use fixed;
/// Vectors without a heap, in the version that this crate returns.
pub use heapless;

pub use error::{LengthError, ParamError, ParamErrors, Problem, StateError};
pub use jumps::{Jumps, MOST_JUMPS};
pub use levels::Levels;
pub use neuron::{
    Alif, Coefficients, Glif1, Glif2, Glif3, Glif4, Glif5, Inferno, Lif, NeuronState, NeuronStateMut, RngCounter,
    StepOptions, TeeterGlif1, TeeterGlif2,
};
pub use own::OwnCoefficients;
pub use params::{
    AlifParams, Glif1Params, Glif2Params, Glif3Params, Glif4Params, Glif5Params, IfParams, LiParams, LifParams,
    Parameters,
};
pub use population::{Model, Population};
pub use quantize::Quantize;
pub use refractory::{Refractory, RefractoryPeriod, RefractoryRule};
pub use rounding::{Nearest, Stochastic, Truncate};
pub use scalar::Scalar;
pub use spec::Spec;
pub use spikes::Spikes;
pub use state::{PopulationState, PopulationStateMut};
pub use teeter::Teeter;
