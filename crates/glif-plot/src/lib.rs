//! Pictures of spiking neurons, as SVG or PNG.
//!
//! | figure | shows |
//! |---|---|
//! | [`Raster`] | who fired when; two records laid over each other |
//! | [`Activity`] | the same of a run whose spikes come one by one, however many |
//! | [`Traces`] | current, membrane and threshold of a few neurons over time |
//! | [`Curves`] | anything over anything: firing rate over current, an error over time |
//!
//! [`save`] draws a figure into a file, whose size is bounded by its pixels and not by what it shows: what is too dense to be seen
//! is drawn as a density or as a range, and the picture says so. Colours are Okabe and Ito's, which every eye tells apart, and what they tell is
//! told by shape or by name as well. The letters come with the crate: a picture has the same bytes on every machine.
//!
//! ```
//! use glif_plot::{Mark, Raster, Spikes, save};
//!
//! let folder = tempfile::tempdir()?;
//! let spikes = [(3, 0), (7, 1), (12, 0)]; // step, neuron
//! let record = Spikes { name: "board", spikes: &spikes, mark: Mark::Dot };
//! let raster = Raster { title: "two neurons", records: &[record], steps: 20, neurons: 2, step_time: 1.0 };
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
mod raster;
mod traces;

pub use activity::Activity;
pub use colour::{BLUE, GREEN, GREY, PALETTE, VERMILION};
pub use curves::{Curve, Curves, Look};
pub use figure::{Drawn, Figure, LETTERS, layout, path, save};
pub use line::{distinct, thinned};
pub use raster::{Mark, Raster, Spikes};
pub use traces::{Trace, Traces};
