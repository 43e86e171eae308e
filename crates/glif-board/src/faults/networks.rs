//! Rounds of a trial with a network on both boards.

use std::io::{Read, Write};
use std::thread;
use std::time::Duration;

use glif::network::PopulationKind;
use rand::RngExt;
use rand::seq::IndexedRandom;

use super::trial::{Trial, VerifyError, during};
use crate::board::{NetworkImage, NetworkSpikes};
use crate::verify::networks::{inputs, load, words_of};
use crate::{Board, LinkError};
use glif::description::NumberFormat;
use glif_link::model::bit;

/// Number of rounds with each network.
const LIFE: usize = 30;

/// What is requested of both boards.
#[derive(Debug)]
enum Act {
    /// Steps with these spikes of the inputs.
    Run(u32, Vec<Vec<Vec<u32>>>),
    /// Currents of a population, nA.
    Hold(usize, Vec<f64>),
    Clear(bool),
    /// That number of steps, and then a return to the state before them.
    Detour(u32),
    /// Five steps. Before them, the board behind the faulty line loses its power while it does other steps.
    Cut,
}

impl<P: Read + Write> Trial<'_, P> {
    /// Returns a number format in which the board has networks, if there is one.
    pub(super) fn networks(&mut self) -> Option<NumberFormat> {
        let known = self.board.identity().networks;
        let formats: Vec<_> = NumberFormat::ALL.iter().copied().filter(|format| bit(*format) & known != 0).collect();
        formats.choose(&mut self.rng).copied()
    }

    /// Runs all rounds with one network, on both boards.
    pub(super) fn live_as_network(&mut self, scalar: NumberFormat) -> Result<(), VerifyError> {
        let loading = "loading a network";
        let (image, host) = load(&mut self.board, &mut self.rng, scalar).map_err(|error| match error {
            crate::verify::VerifyError::Link(error) => during(loading)(error),
            other => during(loading)(LinkError::Unsuitable(other.to_string())),
        })?;
        self.calm.load_network(&image).map_err(during(loading))?;
        self.report.networks += 1;
        let neurons: Vec<(usize, usize)> = host
            .description()
            .populations
            .iter()
            .enumerate()
            .filter(|(_, (_, kind))| matches!(kind, PopulationKind::Neurons { .. }))
            .map(|(member, (_, kind))| (member, kind.shape().iter().product()))
            .collect();
        for _ in 0..LIFE {
            let act = self.draw_for(&image, &neurons);
            self.both_networks(&act)?;
        }
        let end = during("the end of a network");
        let found = self.board.snapshot_network().map_err(&end)?;
        let expected = self.calm.snapshot_network().map_err(&end)?;
        self.same(&"a network", "state", &found, &expected)
    }

    fn draw_for(&mut self, image: &NetworkImage, neurons: &[(usize, usize)]) -> Act {
        let cuts = self.options.cuts.min(100);
        let rng = &mut self.rng;
        if self.power.is_some() && rng.random_ratio(cuts, 100) {
            return Act::Cut;
        }
        match rng.random_range(0..8) {
            0 => {
                let (member, count) = neurons[rng.random_range(0..neurons.len())];
                Act::Hold(member, (0..count).map(|_| rng.random_range(-10.0..20.0)).collect())
            }
            1 => Act::Clear(rng.random_bool(0.5)),
            2 => Act::Detour(rng.random_range(1..5)),
            _ => {
                let steps = rng.random_range(1..20);
                let inputs = inputs(image, rng, steps);
                Act::Run(steps as u32, words_of(image, &inputs))
            }
        }
    }

    /// Makes a request to both boards, and compares their replies.
    fn both_networks(&mut self, act: &Act) -> Result<(), VerifyError> {
        if matches!(act, Act::Cut) {
            self.cut_network()?;
        }
        let asking = during(format!("{act:?}"));
        let found = ask(&mut self.board, act).map_err(&asking)?;
        let expected = ask(&mut self.calm, act).map_err(&asking)?;
        self.report.steps += found.len() as u64;
        let spikes = found.iter().flat_map(|step| &step.populations).flat_map(|population| population.iter());
        self.report.spikes += spikes.count() as u64;
        self.same(act, "spikes or checksum", &found, &expected)
    }

    /// Takes a snapshot, cuts the power during steps in real time, and restores the snapshot.
    fn cut_network(&mut self) -> Result<(), VerifyError> {
        let cutting = during("a power cut");
        let snapshot = self.board.snapshot_network().map_err(&cutting)?;
        self.board.run_network(3, &[], false).map_err(&cutting)?;
        self.board.start().map_err(&cutting)?;
        thread::sleep(Duration::from_millis(self.rng.random_range(0..30)));
        self.renew(&cutting)?;
        self.board.restore_network(&snapshot).map_err(&cutting)
    }
}

/// Makes a request; returns the spikes of its steps, with checksums.
fn ask<P: Read + Write>(board: &mut Board<P>, act: &Act) -> Result<Vec<NetworkSpikes>, LinkError> {
    match act {
        Act::Run(steps, inputs) => return board.run_network(*steps, inputs, true),
        Act::Hold(member, currents) => board.hold_in(*member, currents)?,
        Act::Clear(keep_adaptations) => board.clear(*keep_adaptations)?,
        Act::Detour(steps) => {
            let snapshot = board.snapshot_network()?;
            let spikes = board.run_network(*steps, &[], true)?;
            board.restore_network(&snapshot)?;
            return Ok(spikes);
        }
        Act::Cut => return board.run_network(5, &[], true),
    }
    Ok(Vec::new())
}
