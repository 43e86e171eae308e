//! `glif board run NETWORK.toml`: a network on a board, compared with the host in every step.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use glif::network::{Network, NetworkDescription};
use glif::raster::Canvas;
use glif::rate::Rates;
use glif::{file, memory, text};
use glif_board::show;
use glif_board::{Board, NetworkImage};
use glif_cli::arrays::{self, Column, Inputs};

use super::beside::{Beside, neurons, planes};
use crate::run::network::{drawn, network_files};

/// A network file, and what goes in and out.
pub(super) struct Job {
    path: PathBuf,
    steps: usize,
    network: Network,
    image: NetworkImage,
    inputs: Option<Inputs>,
    output: Option<PathBuf>,
}

impl Job {
    /// Reads the network and its inputs.
    ///
    /// # Errors
    /// Returns an error if a file is wrong, or if no board can run the network.
    pub(super) fn read(path: &Path, steps: usize, input: Option<&PathBuf>, output: Option<&PathBuf>) -> Result<Self> {
        let description = arrays::read_network(path)?;
        let wrong = |errors| glif::ReadError::Wrong { path: path.to_owned(), errors };
        let network = description.build().map_err(wrong)?;
        let inputs = input.map(|input| arrays::read_inputs(input, &description)).transpose()?;
        let samples = inputs.as_ref().and_then(|inputs| inputs.samples).unwrap_or(1);
        ensure!(samples == 1, "the input has {samples} samples, but a board runs one\nhelp: run one sample at a time");
        let written: Vec<&PathBuf> = output.into_iter().collect();
        written.iter().try_for_each(|path| file::check_writable(path))?;
        let named = network_files(path);
        let read: Vec<&Path> = [path].into_iter().chain(input.map(PathBuf::as_path)).collect();
        let read: Vec<&Path> = read.into_iter().chain(named.iter().map(PathBuf::as_path)).collect();
        file::check_distinct(&read, &written.iter().map(|path| path.as_path()).collect::<Vec<_>>())?;
        let driven: Vec<&str> = inputs.iter().flat_map(|inputs| &inputs.of).map(|(name, ..)| name.as_str()).collect();
        crate::note_network(path, &network, Some(&driven));
        let steps = inputs.as_ref().map_or(steps, |inputs| inputs.steps);
        let image = NetworkImage::with_planes(&network, planes(inputs.as_ref()))?;
        let words: usize = drawn(&description).map(|(_, neurons)| neurons).sum();
        let bytes = steps as u128 * words as u128;
        ensure!(output.is_none() || memory::fits(bytes), "the spikes of {steps} steps do not fit in memory");
        Ok(Self { path: path.to_owned(), steps, network, image, inputs, output: output.cloned() })
    }

    /// Runs the network on the board and on the host, and compares spikes and state of each step.
    ///
    /// # Errors
    /// Returns an error if the board cannot load the network or is lost, or if board and host differ.
    pub(super) fn run<P: Read + Write>(mut self, board: &mut Board<P>, out: &mut impl Write) -> Result<()> {
        board.load_network(&self.image).with_context(|| format!("`{}`", text::path(&self.path)))?;
        writeln!(out, "{}", board.identity())?;
        out.flush()?;
        let description = self.network.description().clone();
        let neurons: Vec<(usize, &str, usize)> = neurons(&description).collect();
        let groups: Vec<(&str, usize)> = neurons.iter().map(|(_, name, count)| (*name, *count)).collect();
        let mut canvas = Canvas::of_groups(&groups, self.steps, description.step_time, 100, 24);
        let mut counts: Vec<Vec<u64>> = groups.iter().map(|(_, count)| vec![0; *count]).collect();
        let mut recorded: Vec<Vec<bool>> = vec![Vec::new(); groups.len()];
        let beside = Beside { image: &self.image, inputs: self.inputs.as_ref(), steps: self.steps };
        let is_recorded = self.output.is_some();
        beside.run(board, &mut self.network, 0, |step, populations, _| {
            let mut first = 0;
            for (at, ((.., count), found)) in neurons.iter().zip(populations).enumerate() {
                for neuron in found.iter() {
                    counts[at][neuron] += 1;
                    canvas.add(step, first + neuron);
                }
                if is_recorded {
                    let row = recorded[at].len();
                    recorded[at].resize(row + count, false);
                    found.iter().for_each(|neuron| recorded[at][row + neuron] = true);
                }
                first += count;
            }
            Ok(())
        })?;
        self.report(board, out, &canvas, (&groups, &counts))?;
        self.write(&description, &neurons, &recorded, out)
    }

    fn report<P: Read + Write>(
        &self,
        board: &mut Board<P>,
        out: &mut impl Write,
        canvas: &Canvas,
        (groups, counts): (&[(&str, usize)], &[Vec<u64>]),
    ) -> Result<()> {
        let description = self.network.description();
        let names: Vec<String> = groups.iter().map(|(name, count)| format!("{name} ({count})")).collect();
        writeln!(out, "{canvas}\nfrom the top: {}", names.join(", "))?;
        let (steps, step_time, scalar) = (self.steps, description.step_time, description.scalar);
        let connections: usize = self.network.connections().iter().map(|(connections, _)| connections).sum();
        writeln!(
            out,
            "network in {scalar}, {} populations, {connections} connections: {steps} steps of {step_time} ms",
            description.populations.len()
        )?;
        for ((name, count), counts) in groups.iter().zip(counts) {
            let spikes: u64 = counts.iter().sum();
            writeln!(out, "{name}: {count} neurons, {spikes} spikes, {}", Rates::of(counts, steps, step_time))?;
        }
        writeln!(out, "equal to the host library bit for bit: the spikes and the whole state of every step")?;
        let neurons = groups.iter().map(|(_, count)| count).sum();
        writeln!(out, "{}", show::cost(&board.measure(steps as u32)?, neurons))?;
        Ok(())
    }

    fn write(
        &self,
        description: &NetworkDescription,
        neurons: &[(usize, &str, usize)],
        recorded: &[Vec<bool>],
        out: &mut impl Write,
    ) -> Result<()> {
        let Some(path) = &self.output else { return Ok(()) };
        let named: Vec<(String, Vec<u64>)> = neurons
            .iter()
            .map(|(member, name, _)| {
                let shape = description.populations[*member].1.shape().iter().map(|axis| *axis as u64);
                (format!("{name}.spikes"), [self.steps as u64].into_iter().chain(shape).collect())
            })
            .collect();
        let columns = named.iter().zip(recorded);
        let columns: Vec<_> =
            columns.map(|((name, axes), values)| (name.as_str(), axes.clone(), Column::Bool(values))).collect();
        arrays::write_npz(path, &columns)?;
        writeln!(out, "written: {}", text::path(path))?;
        Ok(())
    }
}

/// Checks that options that are for networks are not given with a population.
///
/// # Errors
/// Returns an error if one is.
pub(super) fn only_networks(input: Option<&PathBuf>, output: Option<&PathBuf>) -> Result<()> {
    match (input, output) {
        (None, None) => Ok(()),
        (Some(_), _) => bail!("--input is for network files\nhelp: a population gets --noise"),
        _ => bail!("--output is for network files\nhelp: use `glif run` for the recording of a population"),
    }
}
