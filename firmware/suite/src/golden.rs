//! Replays runs of Inferno. `tests/tests/compact.rs` makes `golden.bin` from `tests/golden`: some neurons and
//! steps of each case, with the checksum of Inferno's state after each step. The state is voltages,
//! refractory times in milliseconds, threshold components in f32, and spikes.

use glif_core::derive::DeriveReset;
use glif_core::dynamic::{DynCoefficients, Visitor};
use glif_core::levels::Levels;
use glif_core::multicomponent::Multicomponent;
use glif_core::neuron::Dynamics;
use glif_core::{
    Coefficients, Derivation, LengthError, Nearest, ParamErrors, PopulationState, PopulationStateMut, RefractoryPeriod,
    RngCounter, StepOptions,
};
use glif_link::{Model, packet::CRC};
use serde::{Deserialize, Serialize};

use crate::{Wrong, same};

/// All cases, one after another, in postcard format.
pub const GOLDEN: &[u8] = include_bytes!("../golden.bin");
/// Largest number of neurons in a case.
pub const NEURONS: usize = 4;
/// Largest number of threshold components in a case.
const COMPONENTS: usize = 3;

/// A run of one population, of at most [`NEURONS`] neurons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case<'a> {
    /// Name of the case in `tests/golden`.
    pub name: &'a str,
    /// The population, in f32.
    pub model: Model,
    /// Currents of each step, nA: f32, little endian.
    #[serde(borrow, with = "serde_bytes")]
    pub input: &'a [u8],
    /// A CRC-32 per step, little endian.
    #[serde(borrow, with = "serde_bytes")]
    pub digests: &'a [u8],
}

/// State after one step, as Inferno has it.
#[derive(Debug, Clone, Copy)]
pub struct After<'a> {
    /// Membrane potentials, mV.
    pub voltage: &'a [f32],
    /// Remaining refractory times, ms.
    pub refrac: &'a [f32],
    /// Threshold components, mV, component by component.
    pub adaptation: &'a [f32],
    /// Spikes, one bit per neuron.
    pub spikes: u32,
}

impl After<'_> {
    /// Returns the checksum of the state.
    pub fn digest(&self) -> u32 {
        let mut digest = CRC.digest();
        for value in [self.voltage, self.refrac, self.adaptation].into_iter().flatten() {
            digest.update(&value.to_le_bytes());
        }
        digest.update(&self.spikes.to_le_bytes());
        digest.finalize()
    }
}

/// Replays every case here, and returns the number of cases.
///
/// # Errors
/// The first step that differs from Inferno.
pub fn replay() -> Result<usize, Wrong> {
    let (mut rest, mut count) = (GOLDEN, 0);
    while !rest.is_empty() {
        let broken = Wrong { case: "golden.bin", at: count, found: 0, expected: 0 };
        let (case, behind) = postcard::take_from_bytes::<Case<'static>>(rest).map_err(|_| broken)?;
        run(&case)?;
        (rest, count) = (behind, count + 1);
    }
    Ok(count)
}

fn run(case: &Case<'static>) -> Result<(), Wrong> {
    let refused = Wrong { case: case.name, at: 0, found: 0, expected: 0 };
    let mut errors = ParamErrors::new();
    let spec = &case.model.spec;
    let derived = DynCoefficients::derive(&spec.params, Derivation::new(spec.refractory), &mut errors);
    let (neuron, period) = derived.ok_or(refused)?;
    let beyond = || same(case.name, 0, neuron.components() as u64, COMPONENTS as u64);
    neuron.visit_up_to::<COMPONENTS, _>(Steps { case, period: &period }).unwrap_or_else(beyond)
}

/// The steps of a case.
struct Steps<'a> {
    case: &'a Case<'static>,
    period: &'a RefractoryPeriod<f32>,
}

impl Visitor<f32, Nearest> for Steps<'_> {
    type Output = Result<(), Wrong>;

    #[inline(never)] // otherwise the stack frames of all numbers of components add up
    fn visit<R: DeriveReset<f32>, const K: usize, D: Dynamics<f32, K>>(
        self,
        neuron: &Coefficients<f32, R, K, Nearest, D>,
    ) -> Self::Output {
        self.each(neuron.rest, K, |state, currents, options, at, spikes| {
            neuron.run(state, currents, options, at, spikes)
        })
    }

    #[inline(never)]
    fn visit_more<R: DeriveReset<f32>>(self, neuron: &Multicomponent<f32, R, Nearest>) -> Self::Output {
        self.each(neuron.base.rest, neuron.components(), |state, currents, options, at, spikes| {
            neuron.run(state, currents, options, at, spikes)
        })
    }

    #[inline(never)]
    fn visit_levels(self, neuron: &Levels<f32, Nearest>) -> Self::Output {
        self.each(neuron.base.rest, neuron.counts().total(), |state, currents, _, at, spikes| {
            neuron.run(state, currents, at, spikes)
        })
    }
}

impl Steps<'_> {
    /// Replays the case, calling `one` for each step. The population uses `components` of its K components.
    fn each<const K: usize>(
        &self,
        rest: f32,
        components: usize,
        one: impl Fn(
            PopulationStateMut<'_, f32, K>,
            &[f32; NEURONS],
            StepOptions,
            RngCounter,
            &mut [u32; 1],
        ) -> Result<(), LengthError>,
    ) -> Result<(), Wrong> {
        let Self { case, period } = *self;
        let refused = Wrong { case: case.name, at: 0, found: 0, expected: 0 };
        let n = case.model.neurons as usize;
        let mut state = PopulationState::<f32, K, NEURONS>::at_rest(rest);
        let options = case.model.spec.options;
        let expected = case.digests.as_chunks::<4>().0;
        let inputs = case.input.chunks_exact(4 * n);
        same(case.name, 0, inputs.len() as u64, expected.len() as u64)?;
        for (step, (input, expected)) in inputs.zip(expected).enumerate() {
            let mut currents = [0.0; NEURONS];
            currents.iter_mut().zip(input.as_chunks().0).for_each(|(to, from)| *to = f32::from_le_bytes(*from));
            let mut spikes = [0];
            let moment = RngCounter { step: step as u64, neuron: 0 };
            one(state.as_mut(), &currents, options, moment, &mut spikes).map_err(|_| refused)?;
            let found = digest(&state, components, period, n, spikes[0]);
            same(case.name, step, found.into(), u32::from_le_bytes(*expected).into())?;
        }
        Ok(())
    }
}

fn digest<const K: usize>(
    state: &PopulationState<f32, K, NEURONS>,
    components: usize,
    period: &RefractoryPeriod<f32>,
    n: usize,
    spikes: u32,
) -> u32 {
    let refrac = state.refractory.map(|left| period.remaining(left.steps()) as f32);
    let mut adaptation = [0.0; COMPONENTS * NEURONS];
    let values = state.adaptation.iter().take(components).flat_map(|component| component.iter().take(n));
    adaptation.iter_mut().zip(values).for_each(|(to, from)| *to = *from);
    let after = After {
        voltage: state.membrane.get(..n).unwrap_or_default(),
        refrac: refrac.get(..n).unwrap_or_default(),
        adaptation: adaptation.get(..n * components).unwrap_or_default(),
        spikes: spikes & ((1 << n) - 1),
    };
    after.digest()
}
