//! The samples on a board, compared with the host in every step.

use std::io::{Read, Write};

use anyhow::{Context, Result};
use glif::network::{DriveKind, Network, NetworkDescription, PopulationKind};
use glif::output::{counted, say};
use glif::text;
use glif_board::reach::{Reached, explain};
use glif_board::{Board, NetworkImage, show};
use glif_cli::arrays::Inputs;
use glif_core::spec::RoundingMode;
use serde::Serialize;

use super::readout::Readout;
use super::{Arguments, Output};
use crate::board::beside::{Beside, neurons, planes};
use crate::run::progress;

/// A network that a board can run.
pub(super) struct Job<'a> {
    image: NetworkImage,
    inputs: &'a Inputs,
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
    /// Translates the network.
    ///
    /// # Errors
    /// Returns an error if no board can run it.
    pub(super) fn new(network: &Network, inputs: &'a Inputs) -> Result<Self> {
        Ok(Self { image: NetworkImage::with_planes(network, planes(Some(inputs)))?, inputs })
    }

    /// Runs every sample on the board, beside the host.
    ///
    /// # Errors
    /// Returns an error if the board cannot be reached, has no room for the network, or differs from the host.
    pub(super) fn run(self, arguments: &Arguments, network: &Network, labels: &[u32], output: &Output) -> Result<Ran> {
        let Reached { line, emulator, .. } = arguments.reach.open()?;
        let board = arguments.reach.connect(line).map_err(Into::into);
        let ran = board.and_then(|mut board| self.run_on(&mut board, arguments, network, (labels, output)));
        ran.map_err(|error: anyhow::Error| explain(emulator.as_ref(), error))
    }

    fn run_on<P: Read + Write>(
        mut self,
        board: &mut Board<P>,
        arguments: &Arguments,
        network: &Network,
        (labels, output): (&[u32], &Output),
    ) -> Result<Ran> {
        let named = || format!("`{}`", text::path(&arguments.network));
        let is_random = is_random(network.description());
        let progress = progress(labels.len().saturating_mul(self.inputs.steps), arguments.json);
        board.load_network(&self.image).with_context(named)?;
        let (mut spikes, mut correct) = (0, 0);
        for (sample, label) in labels.iter().enumerate() {
            let mut network = network.clone();
            network.set_sample(sample as u32);
            if sample > 0 && is_random {
                self.image = NetworkImage::with_planes(&network, planes(Some(self.inputs)))?;
                board.load_network(&self.image).with_context(named)?;
            } else if sample > 0 {
                board.clear(false)?;
            }
            let beside = Beside { image: &self.image, inputs: Some(self.inputs), steps: self.inputs.steps };
            let mut readout = Readout::new(output.decide, output.classes);
            let run = beside.run(board, &mut network, sample, |_, populations, network| {
                spikes += populations.iter().map(|fired| fired.iter().count() as u64).sum::<u64>();
                readout.step(&network.member(&output.name)?);
                Ok(())
            });
            run.with_context(|| format!("sample {sample}"))?;
            correct += usize::from(readout.decision().class == *label as usize);
            progress.inc(self.inputs.steps as u64);
        }
        progress.finish_and_clear();
        let count = neurons(network.description()).map(|(.., count)| count).sum();
        Ok(Ran {
            board: board.identity().board.clone(),
            samples: labels.len(),
            accuracy: correct as f64 / labels.len() as f64,
            spikes,
            identity: board.identity().to_string(),
            cost: show::cost(&board.measure(self.inputs.steps as u32)?, count),
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
