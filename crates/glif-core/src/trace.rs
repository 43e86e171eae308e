//! Trace lines: one line of text per neuron per step, for logs and for finding where two machines diverge.

use core::fmt;

use crate::neuron::NeuronState;
use crate::quantize::Quantize;

/// Trace line: step, neuron, membrane (mV), remaining refractory steps, threshold components (mV), spike.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Line<S, const K: usize> {
    /// Step, from 0.
    pub step: u64,
    /// Index of the neuron, from 0.
    pub neuron: usize,
    /// State after the step.
    pub cell: NeuronState<S, K>,
}

impl<S: Quantize, const K: usize> fmt::Display for Line<S, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { step, neuron, cell } = self;
        write!(f, "{step} {neuron} v={} r={} th=", cell.membrane.to_f64(), cell.refractory.steps())?;
        for (k, component) in cell.adaptation.iter().enumerate() {
            write!(f, "{}{}", if k == 0 { "" } else { "," }, component.to_f64())?;
        }
        write!(f, " s={}", u8::from(cell.refractory.fired()))
    }
}
