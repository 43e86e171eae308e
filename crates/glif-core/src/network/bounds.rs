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

/// Greatest magnitudes of what a population gets in a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
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
    pub const fn new(current: f64) -> Self {
        Self { current, jump: 0.0, arrived: 0.0 }
    }

    /// Adds a synapse at which up to `arriving` nA or mV arrive in a step.
    pub fn add<S: Synaptic>(&mut self, effect: Effect, arriving: f64) {
        self.arrived = self.arrived.max(arriving);
        if !arriving.is_finite() {
            self.current += arriving; // which no comparison of a maximum would keep
        }
        // Fixed point limits the state.
        let standing = |complement: f64| (arriving / complement.max(f64::EPSILON)).min(S::GREATEST);
        match effect {
            Effect::Current => self.current += arriving,
            Effect::Held { complement } => self.current += standing(complement),
            Effect::Delta => self.jumps::<S>(arriving),
            Effect::Exact { complement, factor } => self.jumps::<S>(standing(complement) * factor),
        }
    }

    fn jumps<S: Synaptic>(&mut self, by: f64) {
        // All jumps of fixed point are one term.
        self.jump = if S::EXACT { self.jump + by } else { self.jump.max(by) };
    }

    /// Checks the bounds of a population whose greatest resistance is `gain` MΩ.
    ///
    /// In floating point, currents may drive a membrane by a sixteenth of the format's range, and the jumps of one term
    /// by an eighth. The other parts of a step stay within the rest. In fixed point, every sum of a step is below 2⁶².
    ///
    /// # Errors
    /// Returns what could be too great.
    pub fn check<S: Synaptic>(&self, gain: f64) -> Result<(), Unbounded> {
        let Self { current, jump, arrived } = *self;
        // NaN is too great.
        let fits = |found: f64, most: f64| found <= most;
        if S::EXACT {
            let most = 4_611_686_018_427_387_904.0 * S::RESOLUTION;
            let found = arrived.max(current + S::GREATEST).max(jump);
            let finite = (arrived + current + jump).is_finite();
            return if finite && fits(found, most) { Ok(()) } else { Err(Unbounded::Sum { found, most }) };
        }
        let most = S::HIGHEST / 2.0 / gain;
        if !fits(current, most) {
            return Err(Unbounded::Currents { found: current, most });
        }
        let most = S::HIGHEST;
        if fits(jump, most) { Ok(()) } else { Err(Unbounded::Jumps { found: jump, most }) }
    }
}
