//! Noise as a person asks for it, on the command line.

use anyhow::{Result, bail};
use clap::Args;

/// Currents that a person can ask for: arguments for any program that drives neurons.
///
/// ```
/// use clap::Parser;
/// use glif_board::noise::Noise;
///
/// #[derive(Parser)]
/// struct Arguments {
///     #[command(flatten)]
///     drive: Noise,
/// }
/// let Noise { noise, seed } = Arguments::parse_from(["run", "--noise", "-3", "0.5"]).drive;
/// assert_eq!((noise, seed), (vec![-3.0, 0.5], 0)); // mean and deviation, nA
/// assert!(Arguments::try_parse_from(["run", "--noise", "12"]).is_err()); // of what deviation?
/// ```
#[derive(Debug, Clone, Args)]
pub struct Noise {
    /// A Gaussian current for each neuron, drawn anew in each step, in `watch` at each refresh: nA, nA. What it does to a membrane
    /// shrinks with the time for which it is held, as its square root
    #[arg(long, num_args = 2, value_names = ["MEAN", "DEVIATION"], default_values_t = [14.0, 6.0],
          allow_negative_numbers = true)]
    pub noise: Vec<f64>,
    /// Seed of the noise: equal seeds give equal currents
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
}

impl Noise {
    /// Mean and deviation, nA.
    pub(crate) fn moments(&self) -> Result<(f64, f64)> {
        let [mean, deviation] = self.noise[..] else { bail!("--noise takes a mean and a deviation, in nA") };
        Ok((mean, deviation))
    }
}
