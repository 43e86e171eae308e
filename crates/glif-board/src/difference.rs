//! The first difference between a board's state and the host's: the first field, and the first neuron in it.

use std::fmt;
use std::io::{Read, Write};

use glif::{DynPopulation, NumberFormat, Variable};
use glif_core::Refractory;
use glif_core::spikes::contains;
use glif_link::{Field, packet};
use serde::Serialize;

use crate::error::LinkError;
use crate::{Board, bits, translate};

/// A value that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Name of the field: `voltage`, `refractory`, `adaptation[k]` or `spikes`.
    pub field: String,
    /// Index of the neuron, from 0.
    pub neuron: usize,
    /// The board's value, with its unit and its bits.
    pub board: String,
    /// The host's value, with its unit and its bits.
    pub host: String,
}

/// The first difference of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Number of steps since the load, including the one with the difference.
    pub step: u64,
    /// Number of steps since the start of the saved part, including the one with the difference. It is 0 if
    /// the states differ before any step.
    pub of: usize,
    /// The value that differs.
    pub place: Place,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { step, of, place: Place { field, neuron, board, host } } = self;
        write!(f, "step {step} (step {of} of this part), neuron {neuron}, {field}: board {board}, host {host}")
    }
}

/// Arrays of a population, in the library's layout.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct State {
    /// Membrane potentials, mV.
    voltage: Vec<f64>,
    refractory: Vec<Refractory>,
    /// Threshold components, mV.
    adaptation: Vec<f64>,
}

impl State {
    /// Reads a board's state.
    fn read<P: Read + Write>(board: &mut Board<P>, components: usize) -> Result<Self, LinkError> {
        Ok(Self {
            voltage: board.read(Field::Voltage)?,
            refractory: board.refractory()?,
            adaptation: if components == 0 { Vec::new() } else { board.read(Field::Adaptation)? },
        })
    }

    /// Reads the host's state.
    fn of(host: &DynPopulation) -> Self {
        Self {
            voltage: host.read(Variable::Voltage),
            refractory: host.refractory_words(),
            adaptation: host.read_components(),
        }
    }

    /// Returns the checksum that a board computes of this state.
    fn digest(&self, scalar: NumberFormat) -> u32 {
        let mut bytes = bits::encode(scalar, &self.voltage);
        bytes.extend(self.refractory.iter().flat_map(|word| word.to_bits().to_le_bytes()));
        let components = self.adaptation.len() / self.voltage.len().max(1);
        bytes.extend(bits::encode(scalar, &translate::transposed(&self.adaptation, components)));
        packet::CRC.checksum(&bytes)
    }
}

/// Returns the checksum that a board would compute of the host's state.
pub(crate) fn digest(host: &DynPopulation) -> u32 {
    State::of(host).digest(host.description().spec.scalar)
}

/// Finds the first value at which the bits of a board's state differ from the host's.
pub(crate) fn find<P: Read + Write>(board: &mut Board<P>, host: &DynPopulation) -> Result<Option<Place>, LinkError> {
    let state = State::read(board, host.components())?;
    Ok(compare(host.description().spec.scalar, &state, &State::of(host)))
}

/// Finds the first value at which the bits of two states differ.
fn compare(scalar: NumberFormat, board: &State, host: &State) -> Option<Place> {
    values(scalar, "voltage", &board.voltage, &host.voltage)
        .or_else(|| refractory(&board.refractory, &host.refractory))
        .or_else(|| components(scalar, host.voltage.len(), &board.adaptation, &host.adaptation))
}

fn components(scalar: NumberFormat, neurons: usize, board: &[f64], host: &[f64]) -> Option<Place> {
    let neurons = neurons.max(1);
    let [board, host] = [board, host].map(|all| translate::transposed(all, host.len() / neurons));
    let mut each = board.chunks(neurons).zip(host.chunks(neurons)).enumerate();
    each.find_map(|(k, (board, host))| values(scalar, &format!("adaptation[{k}]"), board, host))
}

fn values(scalar: NumberFormat, field: &str, board: &[f64], host: &[f64]) -> Option<Place> {
    let bits = |value| bits::encode(scalar, &[value]);
    first(field, board, host, bits, |value| format!("{value} mV ({})", bits::hex(scalar, value)))
}

fn refractory(board: &[Refractory], host: &[Refractory]) -> Option<Place> {
    let show = |word: Refractory| {
        let fired = if word.fired() { "fired" } else { "silent" };
        format!("{} steps to go, {fired} ({:#06x})", word.steps(), word.to_bits())
    };
    first("refractory", board, host, Refractory::to_bits, show)
}

/// Finds the first neuron whose values differ in their bits.
fn first<T: Copy, B: PartialEq>(
    field: &str,
    board: &[T],
    host: &[T],
    bits: impl Fn(T) -> B,
    show: impl Fn(T) -> String,
) -> Option<Place> {
    let mut pairs = board.iter().copied().zip(host.iter().copied()).enumerate();
    let (neuron, (board, host)) = pairs.find(|(_, (board, host))| bits(*board) != bits(*host))?;
    Some(Place { field: field.to_owned(), neuron, board: show(board), host: show(host) })
}

/// Finds the first neuron that fired on one side only.
pub(crate) fn spikes(board: &[u32], host: &[u32]) -> Option<Place> {
    let neuron = (0..32 * board.len().max(host.len())).find(|i| contains(board, *i) != contains(host, *i))?;
    let show = |words: &[u32]| {
        let fired = if contains(words, neuron) { "fired" } else { "silent" };
        format!("{fired} ({:#010x})", words.get(neuron / 32).copied().unwrap_or_default())
    };
    Some(Place { field: "spikes".to_owned(), neuron, board: show(board), host: show(host) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> State {
        let refractory = vec![Refractory::new(0, false), Refractory::new(3, true)];
        State { voltage: vec![-60.5, -65.0], refractory, adaptation: vec![0.0, 1.0, 2.0, 3.0] }
    }

    fn difference_after(change: impl Fn(&mut State)) -> Option<(String, usize, String, String)> {
        let mut board = state();
        change(&mut board);
        compare(NumberFormat::I16F16, &board, &state()).map(|p| (p.field, p.neuron, p.board, p.host))
    }

    fn some(field: &str, neuron: usize, board: &str, host: &str) -> Option<(String, usize, String, String)> {
        Some((field.to_owned(), neuron, board.to_owned(), host.to_owned()))
    }

    #[test]
    fn each_field_is_reported() {
        assert_eq!(difference_after(|_| {}), None);
        let voltage = some("voltage", 1, "-65.00001525878906 mV (0xffbeffff)", "-65 mV (0xffbf0000)");
        assert_eq!(difference_after(|s| s.voltage[1] -= 1.0 / 65536.0), voltage);
        let word = some("refractory", 1, "3 steps to go, silent (0x0003)", "3 steps to go, fired (0x8003)");
        assert_eq!(difference_after(|s| s.refractory[1] = Refractory::new(3, false)), word);
        let component = some("adaptation[1]", 0, "2.5 mV (0x00028000)", "1 mV (0x00010000)");
        assert_eq!(difference_after(|s| s.adaptation[1] = 2.5), component);
        let place = spikes(&[0, 2], &[0, 0]).unwrap();
        assert_eq!(
            (place.neuron, &place.board[..], &place.host[..]),
            (33, "fired (0x00000002)", "silent (0x00000000)")
        );
    }

    /// Values that are equal as numbers may still differ as bits.
    #[test]
    fn bits_are_compared() {
        let zero = |value: f64| State { voltage: vec![value], refractory: Vec::new(), adaptation: Vec::new() };
        let place = compare(NumberFormat::F32, &zero(-0.0), &zero(0.0)).unwrap();
        assert_eq!((&place.board[..], &place.host[..]), ("-0 mV (0x80000000)", "0 mV (0x00000000)"));
        assert_ne!(zero(-0.0).digest(NumberFormat::F32), zero(0.0).digest(NumberFormat::F32));
    }
}
