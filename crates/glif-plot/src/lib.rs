//! Pictures of spiking neurons, as SVG or PNG.
//!
//! | figure | content |
//! |---|---|
//! | [`Raster`] | which neurons fire when; two records on top of each other; groups of neurons |
//! | [`Activity`] | the same for a run whose spikes arrive one by one, in any number |
//! | [`Traces`] | current, membrane and threshold of a few neurons over time |
//! | [`Matrix`] | the weights from some neurons to others |
//! | [`Curves`] | any quantity over another: firing rate over current, an error over time |
//!
//! [`save`] draws a figure into a file. The size of the file is bounded by the pixels of the figure and not
//! by the amount of data: what is too dense to be visible is drawn as a density or as a range, and the
//! picture says so. The colors are Okabe and Ito's, which people with any kind of color vision can
//! distinguish, and what a color means is also shown by a shape or a name. The font is part of the crate, so
//! a picture has the same bytes on every machine.
//!
//! ```
//! use glif_plot::{Mark, Raster, Spikes, save};
//!
//! let folder = tempfile::tempdir()?;
//! let spikes = [(3, 0), (7, 1), (12, 0)]; // step, neuron
//! let record = Spikes { name: "board", spikes: &spikes, mark: Mark::Dot };
//! let raster = Raster { title: "two neurons", records: &[record], steps: 20, neurons: 2, step_time: 1.0, groups: &[] };
//! save(&raster, &folder.path().join("raster.svg"))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod activity;
mod colour;
mod curves;
mod density;
mod figure;
mod line;
mod matrix;
mod raster;
mod traces;

pub use activity::Activity;
pub use colour::{BLUE, GREEN, GREY, PALETTE, VERMILION};
pub use curves::{Curve, Curves, Look};
pub use figure::{Drawn, Figure, Group, LETTERS, layout, path, save};
pub use line::{distinct, thinned};
pub use matrix::Matrix;
pub use raster::{Mark, Raster, Spikes};
pub use traces::{Trace, Traces};
