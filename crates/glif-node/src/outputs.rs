//! Where spikes leave a board beside the link.

use embedded_hal::{delay::DelayNs, digital::OutputPin};

/// Takes the spikes of each step.
pub trait Outputs {
    /// Neuron 32·i + j fired if bit j of `spikes[i]` is set.
    fn pulse(&mut self, spikes: &[u32]);

    /// Puts every output in its safe state. The node calls this when it starts and when real-time mode ends: by
    /// [`Request::Stop`](glif_link::Request::Stop), or by the failsafe after the host has fallen silent.
    fn clear(&mut self);
}

/// No outputs.
impl Outputs for () {
    fn pulse(&mut self, _: &[u32]) {}

    fn clear(&mut self) {}
}

/// One pin a neuron, from neuron 0 on: a pulse for each spike, all of a step at once. The width is part of the step's
/// cost.
#[derive(Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Pulses<P, D, const M: usize> {
    /// Pin i belongs to neuron i.
    pub pins: [P; M],
    /// Waits out the width.
    pub delay: D,
    /// ns
    pub width: u32,
}

impl<P: OutputPin, D: DelayNs, const M: usize> Outputs for Pulses<P, D, M> {
    fn pulse(&mut self, spikes: &[u32]) {
        let fired = |pin: usize| glif_core::spikes::contains(spikes, pin);
        if !(0..M).any(fired) {
            return;
        }
        // A pin that cannot be set is no reason to stop the population.
        self.pins.iter_mut().enumerate().filter(|(i, _)| fired(*i)).for_each(|(_, pin)| _ = pin.set_high());
        self.delay.delay_ns(self.width);
        self.pins.iter_mut().enumerate().filter(|(i, _)| fired(*i)).for_each(|(_, pin)| _ = pin.set_low());
    }

    /// All pins low.
    fn clear(&mut self) {
        self.pins.iter_mut().for_each(|pin| _ = pin.set_low());
    }
}
