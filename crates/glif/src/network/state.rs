//! The state of a population of a network: how it is captured, and how one from outside is checked.

use glif_core::rounding::Rounding;
use glif_core::spec::Stored;
use glif_core::spikes::WORD;
use glif_core::{DynCoefficients, StateError};

use super::description::BUILT_IN;
use super::engine::{Kind, Neurons, Node};
use super::snapshot::{CellsState, NodeState};
use crate::outside::converted;
use crate::population::Population;

/// A state that a population of a network accepts.
pub(super) struct Checked<S: Stored, Q: Rounding> {
    planes: usize,
    history: Vec<u32>,
    input: Vec<u32>,
    any: Vec<u32>,
    fresh: bool,
    cells: Option<CheckedCells<S, Q>>,
}

struct CheckedCells<S: Stored, Q: Rounding> {
    population: Population<DynCoefficients<S, Q>>,
    outside: Vec<S>,
    synapses: Vec<Vec<S>>,
}

impl<S: Stored, Q: Rounding> Node<S, Q> {
    /// Returns the state between two steps.
    pub(super) fn capture(&self) -> NodeState {
        let numbers = |values: &[S]| values.iter().map(|value| value.to_f64()).collect::<Vec<_>>();
        let cells = self.cells.as_ref().map(|cells| CellsState {
            population: cells.population.capture(),
            outside: numbers(&cells.outside),
            synapses: cells.synapses.iter().skip(BUILT_IN.len()).map(|synapse| numbers(&synapse.state)).collect(),
        });
        NodeState {
            planes: self.planes as u32,
            history: self.history.clone(),
            input: self.input.clone(),
            fresh: self.fresh,
            any: self.any.clone(),
            cells,
        }
    }

    /// Checks a state after this number of steps that comes from outside.
    ///
    /// # Errors
    /// Returns what is wrong with it.
    pub(super) fn checked(&self, steps: u64, state: &NodeState) -> Result<Checked<S, Q>, String> {
        let NodeState { planes, history, input, fresh, any, cells } = state;
        let row = self.neurons.div_ceil(WORD);
        // A neuron of a population has one spike in a step at most.
        let most = if self.cells.is_some() { 1 } else { self.most_spikes.max(1) };
        let most_planes = u32::BITS - most.leading_zeros();
        if !(1..=most_planes).contains(planes) {
            return Err(format!("{planes} bits for the spikes of a neuron, but 1 to {most_planes} are needed"));
        }
        let planes = *planes as usize;
        let of_input = if self.cells.is_none() { 1 } else { 0 };
        for (what, words, expected) in [
            ("spikes of past steps", history, row * planes * (self.most_delay + 1)),
            ("spikes of an input", input, row * planes * of_input),
            ("spikes of an input in the last step", any, row * of_input),
        ] {
            if words.len() != expected {
                return Err(format!("{} words for the {what}, but {expected} are needed", words.len()));
            }
            let beyond = |words: &[u32]| {
                !self.neurons.is_multiple_of(WORD) && words[words.len() - 1] >> (self.neurons % WORD) != 0
            };
            if words.chunks(row).any(beyond) {
                return Err(format!("the {what} have a neuron beyond the last one"));
            }
        }
        let greatest = [history, input].into_iter().map(|words| most_spikes(words, row, planes)).max().unwrap_or(0);
        if greatest > most {
            return Err(format!(
                "a neuron has {greatest} spikes in a step, but at most {most} fit the sums of its targets"
            ));
        }
        let cells = match (&self.cells, cells) {
            (Some(now), Some(cells)) => Some(now.checked(steps, cells)?),
            (None, None) => None,
            (Some(_), None) => return Err("the state is that of an input".to_owned()),
            (None, Some(_)) => return Err("the state is that of neurons, not of an input".to_owned()),
        };
        let (history, input, any) = (history.clone(), input.clone(), any.clone());
        Ok(Checked { planes, history, input, any, fresh: *fresh && self.cells.is_none(), cells })
    }

    /// Takes a state that [`checked`](Self::checked) has accepted. Nothing has arrived that is not delivered.
    pub(super) fn replace(&mut self, state: Checked<S, Q>) {
        let Checked { planes, history, input, any, fresh, cells } = state;
        (self.planes, self.history, self.input, self.any, self.fresh) = (planes, history, input, any, fresh);
        let Some((now, cells)) = self.cells.as_mut().zip(cells) else { return };
        (now.population, now.outside) = (cells.population, cells.outside);
        for (synapse, state) in now.synapses.iter_mut().skip(BUILT_IN.len()).zip(cells.synapses) {
            synapse.state = state;
        }
    }
}

/// Returns the greatest number of spikes that a neuron has in a step.
fn most_spikes(words: &[u32], row: usize, planes: usize) -> u32 {
    let mut most = 0;
    for step in words.chunks(row * planes) {
        for word in 0..row {
            let planes = || step.iter().skip(word).step_by(row).enumerate();
            if planes().any(|(_, bits)| *bits != 0) {
                let count = |neuron: usize| planes().map(|(plane, bits)| (bits >> neuron & 1) << plane).sum::<u32>();
                most = (0..WORD).map(count).max().unwrap_or(0).max(most);
            }
        }
    }
    most
}

impl<S: Stored, Q: Rounding> Neurons<S, Q> {
    fn checked(&self, steps: u64, state: &CellsState) -> Result<CheckedCells<S, Q>, String> {
        let neurons = self.population.neurons();
        if state.population.steps != steps {
            return Err(format!("{} steps, but the network has made {steps}", state.population.steps));
        }
        let mut population = self.population.clone();
        population.restore_state(&state.population).map_err(|error| error.to_string())?;
        let currents = |name: &'static str, values: &[f64]| -> Result<Vec<S>, String> {
            if values.len() != neurons {
                return Err(format!("`{name}`: {} values for {neurons} neurons: one for each is needed", values.len()));
            }
            let range = (-S::GREATEST - S::RESOLUTION, S::GREATEST);
            converted(name, values, range).map_err(|error| StateError { unit: "nA", ..error }.to_string())
        };
        let outside = currents("current", &state.outside)?;
        population.check(&outside).map_err(|error| error.to_string())?;
        let exponential = &self.synapses[BUILT_IN.len()..];
        if state.synapses.len() != exponential.len() {
            return Err(format!("{} synapses, but {} are needed", state.synapses.len(), exponential.len()));
        }
        let synapses = state.synapses.iter().map(|values| currents("synapse", values));
        let synapses = synapses.collect::<Result<Vec<_>, _>>()?;
        match (0..neurons).find(|neuron| !self.fits(*neuron, &synapses)) {
            Some(neuron) => {
                Err(format!("`synapse[{neuron}]`: could drive a membrane beyond the range of {}", S::FORMAT))
            }
            None => Ok(CheckedCells { population, outside, synapses }),
        }
    }

    /// Returns whether the currents of the synapses of a neuron leave its membrane in the range of the format.
    fn fits(&self, neuron: usize, currents: &[Vec<S>]) -> bool {
        if S::EXACT {
            return true; // every sum is limited
        }
        let gain = S::gain_to_f64(&self.population.gain_of(neuron));
        let (mut drive, mut jump) = (0.0, 0.0_f64);
        for (synapse, currents) in self.synapses[BUILT_IN.len()..].iter().zip(currents) {
            let current = currents[neuron].to_f64().abs();
            match &synapse.kind {
                Kind::Held { .. } => drive += current * gain.abs(),
                Kind::Exact { factor, .. } => {
                    jump = jump.max(current * S::propagator_to_f64(&factor.at(neuron)).abs());
                }
                Kind::Current | Kind::Delta => {}
            }
        }
        drive <= S::HIGHEST && jump <= S::HIGHEST
    }
}
