//! Where spikes leave a board beside the link.

use embedded_hal::{delay::DelayNs, digital::OutputPin};

/// Takes the spikes of each step.
///
/// ```
/// use glif_node::Outputs;
///
/// /// A light that is on after a step in which any neuron fired.
/// struct Light<'a>(&'a mut bool);
///
/// impl Outputs for Light<'_> {
///     fn pulse(&mut self, spikes: &[u32]) { *self.0 = spikes.iter().any(|word| *word != 0) }
///     fn clear(&mut self) { *self.0 = false }
/// }
/// let mut lit = false;
/// Light(&mut lit).pulse(&[0, 0b10]);
/// assert!(lit);
/// Light(&mut lit).clear();
/// assert!(!lit);
/// ```
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
///
/// ```
/// # use embedded_hal_mock::eh1::{delay::NoopDelay, digital::{Mock, State, Transaction}};
/// use glif_node::{Outputs, Pulses};
/// # let silent = Mock::new(&[]);
/// # let fires = Mock::new(&[Transaction::set(State::High), Transaction::set(State::Low)]);
/// # let delay = NoopDelay::new();
/// let mut outputs = Pulses { pins: [silent, fires], delay, width: 10_000 };
/// outputs.pulse(&[0b10]);
/// # outputs.pins.iter_mut().for_each(|pin| pin.done());
/// ```
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
