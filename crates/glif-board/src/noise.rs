//! Noise currents as command-line arguments.

use anyhow::{Result, bail};
use clap::Args;

/// Gaussian currents as command-line arguments.
#[derive(Debug, Clone, Args)]
pub struct Noise {
    /// Gaussian current for each neuron, drawn for each step, in `watch` for each refresh: nA, nA. Its effect on a membrane
    /// shrinks with the square root of that time [default: 14 6]
    #[arg(long, num_args = 2, value_names = ["MEAN", "DEVIATION"], allow_negative_numbers = true)]
    pub noise: Vec<f64>,
    /// Seed of the noise: equal seeds give equal currents
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
}

impl Noise {
    /// Returns the mean and the standard deviation, nA.
    pub(crate) fn moments(&self) -> Result<(f64, f64)> {
        match self.noise[..] {
            [] => Ok((14.0, 6.0)),
            [mean, deviation] => Ok((mean, deviation)),
            _ => bail!("--noise takes a mean and a deviation, in nA"),
        }
    }
}
