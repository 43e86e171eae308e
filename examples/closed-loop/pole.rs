//! The pole that the neurons move: on a hinge, held upright by two muscles, in the wind.
//!
//! All arithmetic here is `f64` as IEEE 754 defines it, and `sin` and `exp` are those of libm, in Rust. So
//! the same spikes move the pole by the same bits on every machine.

/// A mass of 1 kg at the end of a weightless pole of 1 m: m·g·l in N·m, and m·l² in kg·m².
const WEIGHT: f64 = 9.81;
const INERTIA: f64 = 1.0;
/// Impulse of a muscle if each of its neurons fires once, N·m·s.
const IMPULSE: f64 = 0.1;
/// Time constant of the decay of a twitch, ms.
const TWITCH: f64 = 20.0;

/// Current without lean or wind, nA. All neurons fire slowly at this current, so that a small lean has an
/// effect at once.
const TONE: f64 = 14.0;
/// Half the range of currents over the neurons of a muscle, nA, so that they do not fire in unison. The range
/// is `TONE - SPREAD` to `TONE + SPREAD`.
const SPREAD: f64 = 3.0;
/// Sensitivity to the angle, nA per degree.
const LEAN: f64 = 2.0;
/// Sensitivity to the wind, nA per N·m.
const WIND: f64 = 1.0;

/// The pole. Angles, speeds and torques are positive to the right.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pole {
    /// Angle from upright, radians.
    angle: f64,
    /// Angular speed, radians per second.
    speed: f64,
    /// Torques of the muscle that pulls to the left and of the one that pulls to the right, N·m.
    torques: [f64; 2],
    /// Decay factor of a torque per step, and the torque that a spike of all neurons adds.
    decay: f64,
    twitch: f64,
    /// Time step, s.
    step: f64,
}

impl Pole {
    /// Creates a pole that is upright and at rest. `step_time` is in ms.
    pub(crate) fn new(step_time: f64) -> Self {
        let step = step_time / 1000.0;
        let decay = libm::exp(-step_time / TWITCH);
        // The torques of a twitch, one per step, add up to the impulse.
        let twitch = IMPULSE * (1.0 - decay) / step;
        Self { angle: 0.0, speed: 0.0, torques: [0.0; 2], decay, twitch, step }
    }

    /// Returns the angle from upright, degrees.
    pub(crate) fn degrees(&self) -> f64 {
        self.angle.to_degrees()
    }

    /// Whether the pole is on the ground. Nothing lifts it again.
    pub(crate) fn fallen(&self) -> bool {
        self.angle.abs() >= std::f64::consts::FRAC_PI_2
    }

    /// Writes the currents of all neurons, nA, in a wind of `gust` N·m. The first half of the neurons senses
    /// a lean to the right and pulls the pole to the left. The second half does the opposite.
    ///
    /// # Panics
    /// Panics if there is only one neuron.
    pub(crate) fn senses(&self, gust: f64, currents: &mut [f64]) {
        let felt = LEAN * self.degrees() + WIND * gust;
        let half = currents.len() / 2;
        for (i, current) in currents.iter_mut().enumerate() {
            let rank = (i % half) as f64 + 0.5;
            let own = TONE + SPREAD * (2.0 * rank / half as f64 - 1.0);
            *current = if i < half { own + felt } else { own - felt };
        }
    }

    /// Advances the pole by one step in a wind of `gust` N·m. `shares` is the share of each muscle's neurons
    /// that have fired.
    pub(crate) fn step(&mut self, gust: f64, shares: [f64; 2]) {
        for (torque, share) in self.torques.iter_mut().zip(shares) {
            *torque = *torque * self.decay + self.twitch * share;
        }
        if self.fallen() {
            return;
        }
        let [left, right] = self.torques;
        self.speed += (WEIGHT * libm::sin(self.angle) + right - left + gust) / INERTIA * self.step;
        let limit = std::f64::consts::FRAC_PI_2;
        self.angle = (self.angle + self.speed * self.step).clamp(-limit, limit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Near upright, a push of J N·m·s grows as J/√(m·l²·m·g·l) · sinh(√(g/l) t).
    #[test]
    fn without_muscles_it_falls_as_physics_says() {
        let mut pole = Pole::new(0.01);
        let steps = 50_000;
        (0..steps).for_each(|i| pole.step(if i == 0 { 1e-4 / 1e-5 } else { 0.0 }, [0.0; 2]));
        let t = f64::from(steps) * 1e-5;
        let exact = 1e-4 / WEIGHT.sqrt() * (WEIGHT.sqrt() * t).sinh();
        assert!((pole.angle / exact - 1.0).abs() < 1e-4, "{} for {exact}", pole.angle);
        (0..500_000).for_each(|_| pole.step(0.0, [0.0; 2]));
        assert!(pole.fallen() && pole.degrees() == 90.0);
    }

    /// The torques of a twitch add up to its impulse, in the direction in which the muscle pulls.
    #[test]
    fn a_spike_gives_its_impulse() {
        for (shares, sign) in [([1.0, 0.0], -1.0), ([0.0, 1.0], 1.0), ([0.0, 0.5], 0.5)] {
            let mut pole = Pole::new(2.0);
            let mut impulse = 0.0;
            for i in 0..500 {
                pole.angle = 0.0;
                let before = pole.speed;
                pole.step(0.0, if i == 0 { shares } else { [0.0; 2] });
                impulse += (pole.speed - before) * INERTIA;
            }
            assert!((impulse - sign * IMPULSE).abs() < 1e-6, "{impulse}");
        }
    }

    #[test]
    fn muscles_feel_opposite_leans() {
        let pole = Pole { angle: 1.0_f64.to_radians(), ..Pole::new(1.0) };
        let mut currents = [0.0; 4];
        pole.senses(0.5, &mut currents);
        assert_eq!(currents, [14.0 - 1.5 + 2.5, 14.0 + 1.5 + 2.5, 14.0 - 1.5 - 2.5, 14.0 + 1.5 - 2.5]);
    }
}
