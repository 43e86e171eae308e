//! Noise currents as command-line arguments.

use anyhow::{Result, bail};
use clap::Args;

/// Gaussian currents as command-line arguments.
#[derive(Debug, Clone, Args)]
pub struct Noise {
    /// Gaussian current for each neuron, drawn for each step, in `watch` for each refresh: nA, nA. Its effect on a membrane
    /// shrinks with the square root of that time
    #[arg(long, num_args = 2, value_names = ["MEAN", "DEVIATION"], default_values_t = [14.0, 6.0],
          allow_negative_numbers = true)]
    pub noise: Vec<f64>,
    /// Seed of the noise: equal seeds give equal currents
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
}

impl Noise {
    /// Returns the mean and the standard deviation, nA.
    pub(crate) fn moments(&self) -> Result<(f64, f64)> {
        let [mean, deviation] = self.noise[..] else { bail!("--noise takes a mean and a deviation, in nA") };
        Ok((mean, deviation))
    }
}
