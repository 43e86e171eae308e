//! Simulates populations of integrate-and-fire neurons on a host.
//!
//! Populations have any shape and size and are stored on the heap. The arithmetic is that of `glif-core`, so
//! the results are equal bit for bit: a population here and the same population on a microcontroller have the
//! same spikes and the same voltages. This crate adds what needs a heap or an operating system:
//!
//! | module | content |
//! |---|---|
//! | [`population`] | [`Population`], with a model and a scalar type that are known at compile time |
//! | [`kernel`] | the interface between a population and its model |
//! | [`reduction`] | reductions of the threshold updates of a batch |
//! | [`record`] | recording of chosen variables and neurons at an interval, and of spikes as events |
//! | [`limits`] | every bound on a size that comes from outside |
//! | [`memory`] | checks that a large allocation fits before it is made |
//!
//! The feature `files` adds populations that are described at run time:
//!
//! | module | content |
//! |---|---|
//! | [`description`] | the description of a population, in Rust and in files |
//! | [`dyn_population`] | [`DynPopulation`], a population of any model and scalar |
//! | [`warnings()`] | warnings about values of a population file that are valid but probably wrong |
//! | [`currents`] | the range of currents that a number format accepts, and warnings about the currents of a run |
//! | [`file`](mod@file) | atomic replacement of files |
//! | [`output`] | standard output that tolerates a closed pipe |
//! | [`snapshot`] | files with the whole state, the parameters, a version and a checksum |
//! | [`stimulus`] | generators of input currents |
//! | [`raster`] | spike rasters in a terminal |
//! | [`text`] | text from outside, escaped and shortened for printing |
//! | [`rate`] | firing rates of a run, settled firing rates, and firing rates in closed form |
//!
//! The feature `nir` adds [`nir`], the import of trained networks.
//!
//! The feature `ndarray` adds views of a population's arrays, and steps that take currents as such arrays.
//!
//! Use a [`Population`] in a program that knows its model at compile time: its arrays have its scalar type. Use
//! a [`DynPopulation`] in a program that reads a description: its arrays are read and written as `f64`. Both
//! can be recorded, run on threads, saved and restored.
//!
//! ```
//! use glif::{Lif, LifParams, Population, StepOptions};
//!
//! let params = LifParams {
//!     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0,
//!     refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
//! };
//! // 4 x 5 neurons, a batch of two samples.
//! let mut population = Population::<Lif<f32>>::builder(params).shape(&[4, 5]).batch_size(2).build()?;
//! let mut total = 0;
//! for _ in 0..100 {
//!     total += population.step(&[15.0; 40], StepOptions::default())?.count();
//! }
//! assert_eq!(total, 40 * 3);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod coefficients;
#[cfg(feature = "files")]
pub mod currents;
#[cfg(feature = "files")]
pub mod description;
#[cfg(feature = "files")]
pub mod dyn_population;
#[cfg(feature = "files")]
pub mod file;
pub mod kernel;
pub mod limits;
pub mod memory;
#[cfg(feature = "files")]
pub mod network;
mod neuron_params;
#[cfg(feature = "nir")]
pub mod nir;
#[cfg(feature = "files")]
mod number;
#[cfg(feature = "files")]
pub mod output;
#[cfg(feature = "files")]
mod outside;
#[cfg(feature = "files")]
mod own;
pub mod population;
#[cfg(feature = "files")]
mod random;
#[cfg(feature = "files")]
pub mod raster;
#[cfg(feature = "files")]
pub mod rate;
pub mod record;
pub mod reduction;
mod rows;
#[cfg(feature = "files")]
pub mod snapshot;
#[cfg(feature = "files")]
pub mod stimulus;
mod sweep;
#[cfg(feature = "files")]
pub mod text;
mod threads;
mod vectors;
#[cfg(feature = "ndarray")]
mod views;
#[cfg(feature = "files")]
mod warnings;

#[cfg(feature = "files")]
pub use currents::{CurrentRange, CurrentSpan, warnings_of_currents};
#[cfg(feature = "files")]
pub use description::toml::{DescriptionError, DescriptionErrors, ReadError};
#[cfg(feature = "files")]
pub use description::{Description, Dialect, ModelKind, NumberFormat, ParamTable, RoundingMode, Spec};
#[cfg(feature = "files")]
pub use dyn_population::{Currents, DynPopulation};
pub use glif_core::error::Number;
pub use glif_core::spec::Parameter;
pub use glif_core::{
    Alif, AlifParams, Coefficients, Glif1, Glif1Params, Glif2, Glif2Params, Glif3, Glif3Params, Glif4, Glif4Params,
    Glif5, Glif5Params, IfParams, LiParams, Lif, LifParams, Nearest, ParamErrors, Parameters, Quantised, Quantize,
    RefractoryRule, Scalar, StateError, StepOptions, Stochastic, TeeterGlif1, TeeterGlif2, Truncate, fixed,
};
pub use neuron_params::NeuronParams;
#[cfg(feature = "files")]
pub use own::{OwnParams, OwnValues};
pub use population::{BuildError, Builder, CurrentError, Fired, Firing, Population};
pub use record::{Event, RecordError, Recordable, Recorder, Samples, Variable};
pub use reduction::Reduction;
#[cfg(feature = "files")]
pub use snapshot::SnapshotError;
#[cfg(feature = "files")]
pub use warnings::warnings;
