//! The proof that what arrives at a population stays within its number format.

use super::synaptic::Synaptic;

/// What arrives at a synapse does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Effect {
    /// It is current for the step.
    Current,
    /// It moves the membrane.
    Delta,
    /// It is added to a decaying current, which acts through the whole step.
    Held {
        /// 1 minus the decay factor of a step, the least of all neurons.
        complement: f64,
    },
    /// It is added to a decaying current, which moves the membrane.
    Exact {
        /// As above.
        complement: f64,
        /// Greatest magnitude of the propagators, mV/nA.
        factor: f64,
    },
}

/// Range of a number format.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Format {
    exact: bool,
    greatest: f64,
    highest: f64,
    resolution: f64,
}

/// Greatest magnitudes of what a population gets in a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    format: Format,
    current: f64,
    jump: f64,
    arrived: f64,
}

/// What could leave the range of the number format: its greatest magnitude, and that for which there is room.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[expect(missing_docs, reason = "as the enumeration says")]
pub enum Unbounded {
    /// A sum in fixed point, nA or mV.
    Sum { found: f64, most: f64 },
    /// Currents, nA.
    Currents { found: f64, most: f64 },
    /// Jumps of the membrane, mV.
    Jumps { found: f64, most: f64 },
}

impl Bounds {
    /// Returns the bounds of a population whose stimuli bring currents of up to `current` nA.
    pub const fn new<S: Synaptic>(current: f64) -> Self {
        let format = Format { exact: S::EXACT, greatest: S::GREATEST, highest: S::HIGHEST, resolution: S::RESOLUTION };
        Self { format, current, jump: 0.0, arrived: 0.0 }
    }

    /// Adds a synapse at which up to `arriving` nA or mV arrive in a step.
    pub fn add(&mut self, effect: Effect, arriving: f64) {
        self.arrived = self.arrived.max(arriving);
        if !arriving.is_finite() {
            self.current += arriving; // which no comparison of a maximum would keep
        }
        // Fixed point limits the state.
        let greatest = self.format.greatest;
        let standing = |complement: f64| (arriving / complement.max(f64::EPSILON)).min(greatest);
        match effect {
            Effect::Current => self.current += arriving,
            Effect::Held { complement } => self.current += standing(complement),
            Effect::Delta => self.jumps(arriving),
            Effect::Exact { complement, factor } => self.jumps(standing(complement) * factor),
        }
    }

    fn jumps(&mut self, by: f64) {
        // All jumps of fixed point are one term.
        self.jump = if self.format.exact { self.jump + by } else { self.jump.max(by) };
    }

    /// Checks the bounds of a population whose greatest resistance is `gain` MΩ.
    ///
    /// In floating point, currents may drive a membrane by a sixteenth of the format's range, and the jumps of one term
    /// by an eighth. The other parts of a step stay within the rest. In fixed point, every sum of a step is below 2⁶².
    ///
    /// # Errors
    /// Returns what could be too great.
    pub fn check(&self, gain: f64) -> Result<(), Unbounded> {
        let Self { format: Format { exact, greatest, highest, resolution }, current, jump, arrived } = *self;
        // NaN is too great.
        let fits = |found: f64, most: f64| found <= most;
        if exact {
            let most = 4_611_686_018_427_387_904.0 * resolution;
            let found = arrived.max(current + greatest).max(jump);
            let finite = (arrived + current + jump).is_finite();
            return if finite && fits(found, most) { Ok(()) } else { Err(Unbounded::Sum { found, most }) };
        }
        let most = highest / 2.0 / gain;
        if !fits(current, most) {
            return Err(Unbounded::Currents { found: current, most });
        }
        let most = highest;
        if fits(jump, most) { Ok(()) } else { Err(Unbounded::Jumps { found: jump, most }) }
    }
}
