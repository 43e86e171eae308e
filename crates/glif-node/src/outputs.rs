//! Outputs of a board for spikes, besides the link.

use embedded_hal::{delay::DelayNs, digital::OutputPin};

/// A consumer of the spikes of each step.
pub trait Outputs {
    /// Outputs the spikes of one step. Neuron 32·i + j fired if bit j of `spikes[i]` is set.
    fn pulse(&mut self, spikes: &[u32]);

    /// Puts every output in its safe state.
    ///
    /// The node calls this when it starts and when real-time mode ends: by
    /// [`Request::Stop`](glif_link::Request::Stop), or by the failsafe after the host has fallen silent.
    fn clear(&mut self);
}

/// No outputs.
impl Outputs for () {
    fn pulse(&mut self, _: &[u32]) {}

    fn clear(&mut self) {}
}

/// One pin per neuron, from neuron 0 on.
///
/// Each spike is a pulse, and all pulses of a step are simultaneous. Their width is part of the step's cost.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Pulses<P, D, const M: usize> {
    /// Output pins; pin i belongs to neuron i.
    pub pins: [P; M],
    /// Delay for the width of a pulse.
    pub delay: D,
    /// Width of a pulse, ns.
    pub width: u32,
}

impl<P: OutputPin, D: DelayNs, const M: usize> Outputs for Pulses<P, D, M> {
    fn pulse(&mut self, spikes: &[u32]) {
        let fired = |pin: usize| glif_core::spikes::contains(spikes, pin);
        if !(0..M).any(fired) {
            return;
        }
        // A pin that cannot be set must not stop the population.
        self.pins.iter_mut().enumerate().filter(|(i, _)| fired(*i)).for_each(|(_, pin)| _ = pin.set_high());
        self.delay.delay_ns(self.width);
        self.pins.iter_mut().enumerate().filter(|(i, _)| fired(*i)).for_each(|(_, pin)| _ = pin.set_low());
    }

    /// Drives all pins low.
    fn clear(&mut self) {
        self.pins.iter_mut().for_each(|pin| _ = pin.set_low());
    }
}
