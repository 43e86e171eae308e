//! The samples on a board, compared with the host in every step.

use anyhow::{Context, Result};
use glif::network::{DriveKind, Network, NetworkDescription, PopulationKind};
use glif::output::{counted, say};
use glif::text;
use glif_board::emulator::Emulator;
use glif_board::reach::{Line, Reached, explain};
use glif_board::{Board, NetworkImage, show};
use glif_cli::arrays::Inputs;
use glif_core::spec::RoundingMode;
use serde::Serialize;

use super::readout::Readout;
use super::{Arguments, Output};
use crate::board::beside::{Beside, neurons, planes};
use crate::run::progress;

/// A network on a board.
pub(super) struct Job<'a> {
    arguments: &'a Arguments,
    image: NetworkImage,
    inputs: &'a Inputs,
    board: Board<Box<dyn Line>>,
    /// The emulator that the board runs in; it runs as long as this value is kept.
    emulator: Option<Emulator>,
}

/// What a board did with the samples.
#[derive(Debug, Serialize)]
pub(super) struct Ran {
    board: String,
    samples: usize,
    accuracy: f64,
    /// Spikes of the populations of neurons, all of them those of the host: a difference is an error.
    spikes: u64,
    #[serde(skip)]
    identity: String,
    #[serde(skip)]
    cost: String,
    #[serde(skip)]
    emulated: bool,
}

impl<'a> Job<'a> {
    /// Connects to the board and loads the network.
    ///
    /// # Errors
    /// Returns an error if no board can run the network, or if this one cannot be reached or has no room for it.
    pub(super) fn new(arguments: &'a Arguments, network: &Network, inputs: &'a Inputs) -> Result<Self> {
        let image = NetworkImage::with_planes(network, planes(Some(inputs)))?;
        let Reached { line, emulator, .. } = arguments.reach.open()?;
        let explain = |error| explain(emulator.as_ref(), error);
        let mut board = arguments.reach.connect(line).map_err(explain)?;
        let loaded = board.load_network(&image).map_err(explain);
        loaded.with_context(|| format!("`{}`", text::path(&arguments.network)))?;
        Ok(Self { arguments, image, inputs, board, emulator })
    }

    /// Runs every sample on the board, beside the host.
    ///
    /// # Errors
    /// Returns an error if the board is lost or differs from the host.
    pub(super) fn run(mut self, network: &Network, labels: &[u32], output: &Output) -> Result<Ran> {
        self.each_sample(network, labels, output).map_err(|error| explain(self.emulator.as_ref(), error))
    }

    fn each_sample(&mut self, network: &Network, labels: &[u32], output: &Output) -> Result<Ran> {
        let Self { arguments, image, inputs, board, .. } = self;
        let is_random = is_random(network.description());
        let progress = progress(labels.len().saturating_mul(inputs.steps), arguments.json);
        let (mut spikes, mut correct) = (0, 0);
        for (sample, label) in labels.iter().enumerate() {
            let mut network = network.clone();
            network.set_sample(sample as u32);
            if sample > 0 && is_random {
                *image = NetworkImage::with_planes(&network, planes(Some(inputs)))?;
                board.load_network(image)?;
            } else if sample > 0 {
                board.clear(false)?;
            }
            let beside = Beside { image, inputs: Some(inputs), steps: inputs.steps };
            let mut readout = Readout::new(output.decide, output.classes);
            let run = beside.run(board, &mut network, sample, |_, populations, network| {
                spikes += populations.iter().map(|fired| fired.iter().count() as u64).sum::<u64>();
                readout.step(&network.member(&output.name)?);
                Ok(())
            });
            run.with_context(|| format!("sample {sample}"))?;
            correct += usize::from(readout.decision().class == *label as usize);
            progress.inc(inputs.steps as u64);
        }
        progress.finish_and_clear();
        let count = neurons(network.description()).map(|(.., count)| count).sum();
        Ok(Ran {
            board: board.identity().board.clone(),
            samples: labels.len(),
            accuracy: correct as f64 / labels.len() as f64,
            spikes,
            identity: board.identity().to_string(),
            cost: show::cost(&board.measure(inputs.steps as u32)?, count),
            emulated: arguments.reach.emulated(),
        })
    }
}

impl Ran {
    /// Prints it.
    pub(super) fn say(&self) -> Result<()> {
        let Self { identity, samples, accuracy, spikes, cost, emulated, .. } = self;
        say("")?;
        say(identity)?;
        say(&format!(
            "{} on the board: {:.2} % right; its {spikes} spikes and its whole state are those of the host in every step",
            counted(*samples, "sample"),
            100.0 * accuracy
        ))?;
        say(cost)?;
        if *emulated {
            say("the board is emulated: times are of the emulator's clock, not of a real chip")?;
        }
        Ok(())
    }
}

/// Returns whether a network has random numbers, of which every sample has its own.
fn is_random(description: &NetworkDescription) -> bool {
    let drives = description.populations.iter().flat_map(|(_, kind)| match kind {
        PopulationKind::Neurons { drives, .. } => drives.as_slice(),
        _ => &[],
    });
    let mut drives = drives.map(|drive| &drive.kind);
    description.rounding == RoundingMode::Stochastic
        || drives.any(|kind| matches!(kind, DriveKind::Noise { .. } | DriveKind::Poisson { .. }))
}
