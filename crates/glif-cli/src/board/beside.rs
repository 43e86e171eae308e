//! A network on a board and on the host, compared in every step.

use std::io::{Read, Write};

use anyhow::{Context, Result, ensure};
use glif::network::{Network, NetworkDescription, PopulationKind};
use glif_board::{Board, Fired, NetworkImage, NetworkSpikes};
use glif_cli::arrays::{Input, Inputs, Values};
use glif_core::spikes::WORD;

use crate::run::network::load;

/// Steps whose spikes are asked for at once.
const SPAN: usize = 256;

/// What a board and the host both run.
pub(crate) struct Beside<'a> {
    pub(crate) image: &'a NetworkImage,
    pub(crate) inputs: Option<&'a Inputs>,
    pub(crate) steps: usize,
}

impl Beside<'_> {
    /// Runs a sample on the board, whose network is at its beginning, and on the host. Passes the spikes of each step to
    /// `visit`: those of the populations of neurons, in their order, which are equal on both.
    ///
    /// # Errors
    /// Returns an error if the board is lost, or if its spikes or its state differ from those of the host.
    pub(crate) fn run<P: Read + Write>(
        &self,
        board: &mut Board<P>,
        network: &mut Network,
        sample: usize,
        mut visit: impl FnMut(usize, &[Fired], &Network) -> Result<()>,
    ) -> Result<()> {
        let description = network.description().clone();
        let neurons: Vec<(usize, &str, usize)> = neurons(&description).collect();
        let mut done = 0;
        while done < self.steps {
            let span = self.span(done);
            let ran = self.step(board, sample, (done, span))?;
            for (step, NetworkSpikes { populations, digest }) in (done..).zip(ran) {
                load(network, self.inputs, sample, step)?;
                network.step()?;
                for ((_, name, _), found) in neurons.iter().zip(&populations) {
                    let equal = network.fired(name)?.iter().map(|(_, neuron)| neuron).eq(found.iter());
                    ensure!(equal, "step {step}, `{name}`: other neurons fired on the board than on the host");
                }
                ensure!(digest == Some(self.image.digest(network)), "step {step}: another state on the board");
                visit(step, &populations, network)?;
            }
            done += span;
        }
        Ok(())
    }

    /// Returns the number of steps from `first` on that need no request in between.
    fn span(&self, first: usize) -> usize {
        let has_currents = |inputs: &Inputs| inputs.of.iter().any(|(.., input)| matches!(input, Input::Currents(_)));
        let span = if self.inputs.is_some_and(has_currents) { 1 } else { SPAN };
        span.min(self.steps - first)
    }

    /// Does steps on the board.
    fn step<P: Read + Write>(
        &self,
        board: &mut Board<P>,
        sample: usize,
        (first, span): (usize, usize),
    ) -> Result<Vec<NetworkSpikes>> {
        let input = |name: &str| {
            let found = self.inputs.iter().flat_map(|inputs| &inputs.of).find(|(of, ..)| of == name);
            found.map(|(_, neurons, input)| (*neurons, input))
        };
        let begin = sample * self.steps;
        let (mut sets, populations) = (vec![Vec::new(); span], self.image.populations());
        for (member, population) in populations.iter().enumerate() {
            match input(&population.name) {
                Some((neurons, Input::Currents(values))) => {
                    let range = (begin + first) * neurons..(begin + first + 1) * neurons;
                    let currents: Vec<f64> = match values {
                        Values::F32(values) => values[range].iter().map(|value| f64::from(*value)).collect(),
                        Values::F64(values) => values[range].to_vec(),
                    };
                    board.hold_in(member, &currents).with_context(|| format!("step {first}, `{}`", population.name))?;
                }
                found if population.is_input() => {
                    for (step, sets) in (begin + first..).zip(&mut sets) {
                        let counts = match found {
                            Some((neurons, Input::Spikes(counts))) => &counts[step * neurons..(step + 1) * neurons],
                            _ => &[],
                        };
                        sets.push(words(counts, population.neurons, population.planes));
                    }
                }
                _ => {}
            }
        }
        if !populations.iter().any(|population| population.is_input()) {
            sets.clear();
        }
        Ok(board.run_network(span as u32, &sets, true)?)
    }
}

/// Returns the populations of neurons: number, name, number of neurons.
pub(crate) fn neurons(description: &NetworkDescription) -> impl Iterator<Item = (usize, &str, usize)> {
    let all = description.populations.iter().enumerate();
    let of = all.filter(|(_, (_, kind))| matches!(kind, PopulationKind::Neurons { .. }));
    of.map(|(number, (name, kind))| (number, name.as_str(), kind.shape().iter().product()))
}

/// Returns how many bits count the spikes that a neuron has in a step.
pub(crate) fn planes(inputs: Option<&Inputs>) -> u8 {
    let all = inputs.iter().flat_map(|inputs| &inputs.of).filter_map(|(.., input)| match input {
        Input::Spikes(counts) => counts.iter().max().copied(),
        Input::Currents(_) => None,
    });
    (u16::BITS - all.max().unwrap_or(0).leading_zeros()).max(1) as u8
}

/// Returns the words of the planes of spikes.
fn words(counts: &[u16], neurons: usize, planes: usize) -> Vec<u32> {
    let row = neurons.div_ceil(WORD);
    let mut words = vec![0; row * planes];
    for (neuron, count) in counts.iter().enumerate() {
        for plane in 0..planes {
            words[plane * row + neuron / WORD] |= u32::from(count >> plane & 1) << (neuron % WORD);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use glif_board::loopback;

    use super::*;

    /// Two inputs and two neurons, each of which fires if its input does.
    fn network(weight: f64) -> Network {
        let text = format!(
            "step_time = 1.0
            [populations.in]
            model = 'input'
            shape = 2
            [populations.out]
            model = 'lif'
            shape = 2
            params = {{ rest_v = 0.0, reset_v = 0.0, thresh_v = 1.0, refrac_t = 0.0, time_constant = 10.0 }}
            [[projections]]
            from = 'in'
            to = 'out'
            synapse = 'delta'
            weights = [[2.0, 0.0], [0.0, {weight}]]"
        );
        NetworkDescription::from_toml(&text).unwrap().build().unwrap()
    }

    #[test]
    fn differences_of_spikes_and_state_are_errors() {
        // Sample 1 begins after the two steps of sample 0.
        let spikes = vec![1, 0, 0, 0, 0, 1, 0, 0];
        let inputs = Inputs { samples: Some(2), steps: 2, of: vec![("in".to_owned(), 2, Input::Spikes(spikes))] };
        let run = |on_board: f64, sample: usize| {
            let image = NetworkImage::new(&network(on_board)).unwrap();
            let mut board = Board::connect(loopback::start()).unwrap();
            board.load_network(&image).unwrap();
            let mut fired = Vec::new();
            let beside = Beside { image: &image, inputs: Some(&inputs), steps: 2 };
            let ran = beside.run(&mut board, &mut network(2.0), sample, |step, populations, _| {
                fired.extend(populations[0].iter().map(|neuron| (step, neuron)));
                Ok(())
            });
            ran.map(|()| fired).map_err(|error| error.to_string())
        };
        assert_eq!(run(2.0, 0), Ok(vec![(1, 0)]));
        assert_eq!(run(2.0, 1), Ok(vec![(1, 1)]));
        // Only sample 1 has what differs.
        assert_eq!(run(0.5, 0), Ok(vec![(1, 0)]));
        assert_eq!(run(0.5, 1), Err("step 1, `out`: other neurons fired on the board than on the host".to_owned()));
        let image = NetworkImage::new(&network(2.0)).unwrap();
        let mut board = Board::connect(loopback::start()).unwrap();
        board.load_network(&image).unwrap();
        board.run_network(1, &[vec![vec![0b11]]], false).unwrap();
        let beside = Beside { image: &image, inputs: Some(&inputs), steps: 2 };
        let error = beside.run(&mut board, &mut network(2.0), 1, |_, _, _| Ok(())).unwrap_err().to_string();
        assert!(error.starts_with("step 0, "), "{error}");
    }
}
