//! Populations of integrate-and-fire neurons on a host: any shape and size on the heap, batches, recording, files.
//!
//! The arithmetic is `glif-core`'s, and so are the bits: a population here and the same population on a
//! microcontroller fire the same spikes from the same voltages. This crate adds what needs a heap or an operating
//! system:
//!
//! | module | what |
//! |---|---|
//! | [`population`] | [`Population`], one model in one scalar, known to the compiler |
//! | [`kernel`] | what a population asks of its model |
//! | [`reduction`] | how threshold updates of a batch become one |
//! | [`record`] | chosen variables and neurons at an interval, spikes as events |
//! | [`limits`] | every bound on a size that comes from outside |
//! | [`memory`] | whether what is large fits, before it is asked for |
//!
//! The feature `files` adds populations that are described when the program runs:
//!
//! | module | what |
//! |---|---|
//! | [`description`] | what a population is, in Rust and in files |
//! | [`dyn_population`] | [`DynPopulation`], whatever a file describes |
//! | [`warnings()`] | what is allowed in a population file and most likely a mistake |
//! | [`currents`] | what currents a number format takes, and what is doubtful about those of a run |
//! | [`file`](mod@file) | files that are whole or the old one |
//! | [`output`] | standard output that a reader may leave |
//! | [`snapshot`] | the whole state in a file, with its parameters, a version and a checksum |
//! | [`stimulus`] | input currents without a file |
//! | [`raster`] | spikes in a terminal |
//! | [`text`] | text from outside, made fit to be printed |
//! | [`rate`] | firing rates of a run, once they have settled, and in closed form |
//!
//! The feature `ndarray` adds views of a population's arrays, and steps under currents in such arrays.
//!
//! A [`Population`] is for programs that know their model: its arrays are in its scalar. A [`DynPopulation`] is for programs
//! that read a description: its arrays are read and written as `f64`. Both record, run on threads, and are saved and restored.
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
mod number;
#[cfg(feature = "files")]
pub mod output;
#[cfg(feature = "files")]
mod outside;
pub mod population;
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
pub use description::{Description, ModelKind, NumberFormat, ParamTable, Parameter, RoundingMode, Spec};
#[cfg(feature = "files")]
pub use dyn_population::{Currents, DynPopulation};
pub use glif_core::error::Number;
pub use glif_core::{
    Alif, AlifParams, Coefficients, Glif1, Glif1Params, Glif2, Glif2Params, Lif, LifParams, Nearest, ParamErrors,
    Parameters, Quantised, Quantize, RefractoryRule, Scalar, StateError, StepOptions, Stochastic, Truncate, fixed,
};
pub use population::{BuildError, Builder, CurrentError, Fired, Firing, Population};
pub use record::{Event, Recordable, Recorder, Samples, Variable};
pub use reduction::Reduction;
#[cfg(feature = "files")]
pub use snapshot::SnapshotError;
#[cfg(feature = "files")]
pub use warnings::warnings;
