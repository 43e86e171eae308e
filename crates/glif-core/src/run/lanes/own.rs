//! The walk over membranes that have their own coefficients, on machines with vectors.

use bytemuck::Zeroable;

use super::{Fired, LANES, copy_all};
use crate::names::Dialect;
use crate::neuron::{FixedReset, LinearReset, Membrane, Options, Outcome, Reset, RngCounter};
use crate::own::{Lift, Membranes, Values, Voltages, crosses, fires_at};
use crate::rounding::{Rounding, RoundingBias};
use crate::scalar::Scalar;
use crate::spikes::WORD;
use crate::state::{PopulationState, PopulationStateMut};
use crate::teeter::ThresholdVoltage;

/// Neurons for which it is decided together whether a coefficient is their own. Deciding for each block takes longer
/// than its step.
const SPAN: usize = 2 * WORD;

/// Advances membranes by one step, each by its own coefficients, with raised thresholds and the first `J` jumps. Of
/// the components, only threshold voltages are in `state`. `spikes` has a word for each 32 neurons.
#[inline(always)]
pub(crate) fn own_membranes<S: Scalar, const V: usize, Q: Rounding, const J: usize>(
    of: &Membranes<'_, S, Q>,
    state: PopulationStateMut<'_, S, V>,
    lift: Lift<'_, S>,
    currents: &[S],
    options: impl Options,
    at: RngCounter,
    spikes: &mut [u32],
) {
    // The reset is a constant in the loop, as a choice would be made for each lane.
    match of.slope() {
        None => own_walk::<S, V, Q, false, J>(of, state, lift, currents, options, at, spikes),
        Some(_) => own_walk::<S, V, Q, true, J>(of, state, lift, currents, options, at, spikes),
    }
}

#[inline(always)]
#[expect(clippy::needless_range_loop, reason = "closures are not compiled for the instruction set of the caller")]
fn own_walk<S: Scalar, const V: usize, Q: Rounding, const LINEAR: bool, const J: usize>(
    of: &Membranes<'_, S, Q>,
    state: PopulationStateMut<'_, S, V>,
    Lift { raised, jumps }: Lift<'_, S>,
    currents: &[S],
    options: impl Options,
    at: RngCounter,
    spikes: &mut [u32],
) {
    let PopulationStateMut { membrane, refractory, mut adaptation } = state;
    let policy = Policy { rounding: of.rounding(), dialect: of.dialect(), strict: of.is_strict() };
    let mut columns = OwnColumns::<S>::blank();
    columns.set(of, currents.len(), V > 0);
    let (whole, rest) = (currents.len() / SPAN, currents.len() % SPAN);
    let first = whole * SPAN;
    let (membrane, last_membrane) = membrane.as_chunks_mut::<SPAN>();
    let (refractory, last_refractory) = refractory.as_chunks_mut::<SPAN>();
    let (current, last_current) = currents.as_chunks::<SPAN>();
    let (words, last_words) = spikes.split_at_mut_checked(whole * (SPAN / WORD)).unwrap_or_default();
    let words = words.as_chunks_mut().0;
    // The rest is the beginning of one more span, so that the loop is compiled once.
    let mut last = None;
    if rest > 0 {
        let last = last.insert(Last::<S, V, J>::blank());
        copy_all(&mut last.state.membrane, last_membrane);
        copy_all(&mut last.state.refractory, last_refractory);
        for v in 0..V {
            copy_all(&mut last.state.adaptation[v], adaptation[v].get(first..).unwrap_or_default());
        }
        copy_all(&mut last.raised, raised.and_then(|raised| raised.get(first..)).unwrap_or_default());
        for n in 0..J {
            copy_all(&mut last.jumps[n], jumps.term(n).get(first..).unwrap_or_default());
        }
        copy_all(&mut last.current, last_current);
    }
    for i in 0..whole + usize::from(rest > 0) {
        let mut components = adaptation.each_mut().map(|component| component.as_chunks_mut::<SPAN>().0.get_mut(i));
        let slices = (membrane.get_mut(i), refractory.get_mut(i), current.get(i), words.get_mut(i));
        let (state, lift, current, words, halves) = match (slices, &mut last) {
            ((Some(membrane), Some(refractory), Some(current), Some(words)), _) => {
                let adaptation = core::array::from_fn(|v| match components[v].take() {
                    Some(values) => &mut values[..],
                    None => &mut [],
                });
                let (membrane, refractory) = (&mut membrane[..], &mut refractory[..]);
                let state = PopulationStateMut { membrane, refractory, adaptation };
                let mut terms: [&[_]; J] = [&[]; J];
                for n in 0..J {
                    terms[n] = jumps.term(n).get(i * SPAN..).unwrap_or_default();
                }
                (state, (raised.and_then(|raised| raised.get(i * SPAN..)), terms), current, words, SPAN / LANES)
            }
            (_, Some(last)) => {
                let lift = (raised.map(|_| &last.raised[..]), last.jumps.each_ref().map(<[_; SPAN]>::as_slice));
                (last.state.as_mut(), lift, &last.current, &mut last.words, rest.div_ceil(LANES))
            }
            _ => return, // never: there are as many words as spans
        };
        let halves = bytemuck::cast_slice_mut::<u32, u16>(words).get_mut(..halves).unwrap_or_default();
        if let Some(span) = columns.span::<V, LINEAR>(i) {
            span.blocks::<Q, V, LINEAR, J>(policy, state, lift, current, options, at.after(i * SPAN), halves);
        }
    }
    last_words.fill(0);
    let Some(last) = &mut last else { return };
    let halves = bytemuck::cast_slice_mut::<u32, u16>(&mut last.words);
    if let Some(half) = halves.get_mut(rest / LANES).filter(|_| rest % LANES > 0) {
        *half &= (1 << (rest % LANES)) - 1;
    }
    copy_all(last_words, &last.words);
    copy_all(last_membrane, &last.state.membrane);
    copy_all(last_refractory, &last.state.refractory);
    for v in 0..V {
        copy_all(adaptation[v].get_mut(first..).unwrap_or_default(), &last.state.adaptation[v]);
    }
}

/// A span that the neurons do not fill.
struct Last<S: Scalar, const V: usize, const J: usize> {
    state: PopulationState<S, V, SPAN>,
    raised: [S::Accumulator; SPAN],
    jumps: [[S::Accumulator; SPAN]; J],
    current: [S; SPAN],
    words: [u32; SPAN / WORD],
}

impl<S: Scalar, const V: usize, const J: usize> Last<S, V, J> {
    #[inline(always)]
    fn blank() -> Self {
        Self {
            state: PopulationState::zero(),
            raised: [S::ZERO; SPAN],
            jumps: [[S::NO_JUMP; SPAN]; J],
            current: [S::ZERO_STATE; SPAN],
            words: [0; SPAN / WORD],
        }
    }
}

/// By how much components raise the thresholds of a span, and the terms of its jumps.
type SpanLift<'a, T, const J: usize> = (Option<&'a [T]>, [&'a [T]; J]);
/// The same for a block.
type BlockLift<'a, T, const J: usize> = (Option<&'a [T; LANES]>, &'a [[T; LANES]; J]);

/// What all neurons share. By value, as the loop would otherwise read it again for each block.
#[derive(Clone, Copy)]
struct Policy<Q> {
    rounding: Q,
    dialect: Dialect,
    strict: bool,
}

/// Values of a coefficient, span after span.
struct Column<'a, T> {
    own: &'a [[T; SPAN]],
    /// Value that the neurons share, or those of an incomplete span.
    // An option, as an array that is not needed would take as long as the step of some hundred neurons.
    shared: Option<[T; SPAN]>,
}

impl<'a, T: Zeroable + Copy> Column<'a, T> {
    #[inline(always)]
    fn blank() -> Self {
        Self { own: &[], shared: None }
    }

    // In place, as an array that a function returns is copied.
    #[inline(always)]
    fn set(&mut self, values: Values<'a, T>, neurons: usize) {
        // There may be more values than neurons.
        let (own, rest) = values.own.get(..neurons).unwrap_or_default().as_chunks();
        self.own = own;
        if values.own.is_empty() {
            self.shared = Some([values.shared; SPAN]);
        } else if !rest.is_empty() {
            let last = self.shared.insert(Zeroable::zeroed());
            copy_all(last, rest);
            // Completes the last block; those beyond it make no step.
            let padding = last.get_mut(rest.len()..rest.len().next_multiple_of(LANES)).unwrap_or_default();
            padding.fill(values.shared);
        }
    }

    #[inline(always)]
    fn span(&self, i: usize) -> Option<&[T; SPAN]> {
        match self.own.get(i) {
            Some(own) => Some(own),
            None => self.shared.as_ref(),
        }
    }
}

/// Coefficients of membranes, block after block.
struct OwnColumns<'a, S: Scalar> {
    rest: Column<'a, S>,
    gain: Column<'a, S::OwnGain>,
    decay: Column<'a, S::OwnDecay>,
    threshold: Column<'a, S>,
    /// Potential of a fixed reset, or drop of a linear one.
    reset: Column<'a, S>,
    slope: Column<'a, S::Slope>,
    refractory: Column<'a, u16>,
    voltage_decay: Column<'a, S::OwnDecay>,
    voltage_gain: Column<'a, S::Slope>,
    voltage_drive: Column<'a, S::Slope>,
}

/// Coefficients of N membranes.
struct OwnLanes<'a, S: Scalar, const N: usize> {
    rest: &'a [S; N],
    gain: &'a [S::OwnGain; N],
    decay: &'a [S::OwnDecay; N],
    threshold: &'a [S; N],
    reset: &'a [S; N],
    /// `None` if the reset is fixed.
    slope: Option<&'a [S::Slope; N]>,
    refractory: &'a [u16; N],
    /// `None` if there are no threshold voltages.
    voltage: Option<VoltageLanes<'a, S, N>>,
}

/// Coefficients of N threshold voltages.
#[derive(Clone, Copy)]
struct VoltageLanes<'a, S: Scalar, const N: usize> {
    decay: &'a [S::OwnDecay; N],
    gain: &'a [S::Slope; N],
    drive: &'a [S::Slope; N],
}

impl<'a, S: Scalar> OwnColumns<'a, S> {
    #[inline(always)]
    fn blank() -> Self {
        Self {
            rest: Column::blank(),
            gain: Column::blank(),
            decay: Column::blank(),
            threshold: Column::blank(),
            reset: Column::blank(),
            slope: Column::blank(),
            refractory: Column::blank(),
            voltage_decay: Column::blank(),
            voltage_gain: Column::blank(),
            voltage_drive: Column::blank(),
        }
    }

    #[inline(always)]
    fn set<Q: Rounding>(&mut self, of: &Membranes<'a, S, Q>, neurons: usize, follows: bool) {
        self.rest.set(of.rest(), neurons);
        self.gain.set(of.gain(), neurons);
        self.decay.set(of.decay(), neurons);
        self.threshold.set(of.threshold(), neurons);
        self.refractory.set(of.refractory(), neurons);
        self.reset.set(of.reset(), neurons);
        if let Some(slope) = of.slope() {
            self.slope.set(slope, neurons);
        }
        if let Some(Voltages { decay, gain, drive }) = of.voltage.filter(|_| follows) {
            self.voltage_decay.set(decay, neurons);
            self.voltage_gain.set(gain, neurons);
            self.voltage_drive.set(drive, neurons);
        }
    }

    /// Returns the coefficients of the ith span.
    #[inline(always)]
    fn span<const V: usize, const LINEAR: bool>(&self, i: usize) -> Option<OwnLanes<'_, S, SPAN>> {
        let voltage = match V {
            0 => None,
            _ => Some(VoltageLanes {
                decay: self.voltage_decay.span(i)?,
                gain: self.voltage_gain.span(i)?,
                drive: self.voltage_drive.span(i)?,
            }),
        };
        Some(OwnLanes {
            rest: self.rest.span(i)?,
            gain: self.gain.span(i)?,
            decay: self.decay.span(i)?,
            threshold: self.threshold.span(i)?,
            reset: self.reset.span(i)?,
            slope: if LINEAR { Some(self.slope.span(i)?) } else { None },
            refractory: self.refractory.span(i)?,
            voltage,
        })
    }
}

#[expect(clippy::needless_range_loop, reason = "closures are not compiled for the instruction set of the caller")]
impl<'a, S: Scalar> OwnLanes<'a, S, SPAN> {
    /// Advances blocks by one step, as many as there are halves of spike words.
    #[inline(always)]
    #[expect(clippy::too_many_arguments, reason = "all vary")]
    fn blocks<Q: Rounding, const V: usize, const LINEAR: bool, const J: usize>(
        &self,
        policy: Policy<Q>,
        state: PopulationStateMut<'_, S, V>,
        (raised, jumps): SpanLift<'_, S::Accumulator, J>,
        current: &[S],
        options: impl Options,
        at: RngCounter,
        halves: &mut [u16],
    ) {
        let PopulationStateMut { membrane, refractory, adaptation } = state;
        let (membrane, refractory) = (membrane.as_chunks_mut().0, refractory.as_chunks_mut().0);
        let lanes = membrane.iter_mut().zip(refractory).zip(current.as_chunks().0).zip(halves);
        for (i, (((membrane, refractory), current), half)) in lanes.enumerate() {
            let mut block = PopulationState::<S, V, LANES>::of(membrane, refractory);
            for v in 0..V {
                if let Some(values) = adaptation[v].as_chunks().0.get(i) {
                    block.adaptation[v] = *values;
                }
            }
            let raised = match raised {
                Some(raised) => raised.as_chunks().0.get(i),
                None => None,
            };
            let mut terms = [[S::NO_JUMP; LANES]; J];
            for n in 0..J {
                if let Some(values) = jumps[n].as_chunks().0.get(i) {
                    terms[n] = *values;
                }
            }
            let lift = (raised, &terms);
            let lanes = self.block(i);
            *half = lanes.together::<Q, V, LINEAR, J>(policy, &mut block, lift, current, options, at.after(i * LANES));
            (*membrane, *refractory) = (block.membrane, block.refractory);
            for v in 0..V {
                if let Some(values) = adaptation[v].as_chunks_mut().0.get_mut(i) {
                    *values = block.adaptation[v];
                }
            }
        }
    }

    /// Returns the coefficients of the ith block.
    #[inline(always)]
    fn block(&self, i: usize) -> OwnLanes<'a, S, LANES> {
        OwnLanes {
            rest: block(self.rest, i),
            gain: block(self.gain, i),
            decay: block(self.decay, i),
            threshold: block(self.threshold, i),
            reset: block(self.reset, i),
            slope: match self.slope {
                Some(slope) => Some(block(slope, i)),
                None => None,
            },
            refractory: block(self.refractory, i),
            voltage: match self.voltage {
                Some(VoltageLanes { decay, gain, drive }) => {
                    Some(VoltageLanes { decay: block(decay, i), gain: block(gain, i), drive: block(drive, i) })
                }
                None => None,
            },
        }
    }
}

/// Returns the ith block of a span, which it must have.
#[inline(always)]
fn block<T>(span: &[T; SPAN], i: usize) -> &[T; LANES] {
    &span.as_chunks().0[i]
}

/// Coefficients of one membrane of a block. They are values, because a load on a branch is not vectorized.
struct Lane<S: Scalar, const LINEAR: bool, const J: usize> {
    rest: S::Accumulator,
    decay: S::Decay,
    /// Potential of a fixed reset, or drop of a linear one.
    reset: S::Accumulator,
    slope: S::Slope,
    refractory: u16,
    dialect: Dialect,
    strict: bool,
    jumps: [S::Accumulator; J],
}

impl<S: Scalar, const LINEAR: bool, const J: usize> Membrane<S> for Lane<S, LINEAR, J> {
    #[inline(always)]
    fn jump(&self, mut v: S::Accumulator) -> S::Accumulator {
        for n in 0..J {
            v = S::jump(v, self.jumps[n]);
        }
        if J > 0 { S::clamp_state(v) } else { v }
    }
    #[inline(always)]
    fn rest(&self) -> S::Accumulator {
        self.rest
    }
    #[inline(always)]
    fn decayed(&self, x: S::Accumulator, draw: impl RoundingBias) -> S::Accumulator {
        S::decay(x, &self.decay, draw, 0)
    }
    #[inline(always)]
    fn crosses(&self, v: S::Accumulator, threshold: S::Accumulator) -> bool {
        crosses::<S>(self.strict, v, threshold)
    }
    #[inline(always)]
    fn refractory(&self) -> u16 {
        self.refractory
    }
    #[inline(always)]
    fn reset(&self, before: S::Accumulator, after: S::Accumulator) -> S::Accumulator {
        let at = fires_at::<S>(self.dialect, before, after);
        if LINEAR {
            LinearReset::<S> { slope: self.slope, drop: self.reset }.apply(at, self.rest)
        } else {
            FixedReset::<S>(self.reset).apply(at, self.rest)
        }
    }
}

#[expect(clippy::needless_range_loop, reason = "closures are not compiled for the instruction set of the caller")]
impl<S: Scalar> OwnLanes<'_, S, LANES> {
    /// Advances a block by one step; returns the spikes.
    #[inline(always)]
    fn together<Q: Rounding, const V: usize, const LINEAR: bool, const J: usize>(
        &self,
        policy: Policy<Q>,
        block: &mut PopulationState<S, V, LANES>,
        (raised, terms): BlockLift<'_, S::Accumulator, J>,
        current: &[S; LANES],
        options: impl Options,
        at: RngCounter,
    ) -> u16 {
        let (mut moved, mut counted) = (block.membrane, block.refractory);
        let mut fired = Fired::default();
        for j in 0..LANES {
            let draw = policy.rounding.draw(at.step, at.neuron.wrapping_add(j as u32));
            let mut jumps = [S::NO_JUMP; J];
            for n in 0..J {
                jumps[n] = terms[n][j];
            }
            let lane = Lane::<S, LINEAR, J> {
                rest: self.rest[j].to_accumulator(),
                decay: S::unpack_decay(&self.decay[j]),
                reset: self.reset[j].to_accumulator(),
                slope: match self.slope {
                    Some(slope) => slope[j],
                    None => S::BLANK.2,
                },
                refractory: self.refractory[j],
                dialect: policy.dialect,
                strict: policy.strict,
                jumps,
            };
            let (rest, gain, current) = (lane.rest, &self.gain[j], current[j]);
            let threshold = self.threshold[j].to_accumulator();
            let level = match raised {
                Some(raised) => threshold + raised[j],
                None => threshold,
            };
            let mut voltage = [S::ZERO_STATE; V];
            for v in 0..V {
                voltage[v] = block.adaptation[v][j];
            }
            let follow = match self.voltage {
                Some(VoltageLanes { decay, gain, drive }) => {
                    ThresholdVoltage::<S> { decay: S::unpack_decay(&decay[j]), gain: gain[j], drive: drive[j] }
                }
                None => ThresholdVoltage::BLANK,
            };
            // Before the branches of a step: a load on a branch is not vectorized.
            let steady = if V > 0 { (rest, current.drive_own(gain)) } else { current.steady_state_own(rest, gain) };
            let steady_state = || steady;
            let follows = &mut voltage;
            let threshold = |x, ext| {
                let mut level = level;
                for v in 0..V {
                    let after = follow.follow(follows[v].to_accumulator(), x, ext, draw);
                    follows[v] = S::from_accumulator(after);
                    level = level + after;
                }
                level
            };
            // In local variables that are stored whatever the outcome: a conditional store is not vectorized.
            let (mut v, mut count) = (moved[j], counted[j]);
            let outcome = lane.integrate(&mut v, &mut count, steady_state, threshold, options, draw);
            fired.set::<S>(j, outcome == Outcome::Fires);
            (moved[j], counted[j]) = (v, count);
            for v in 0..V {
                block.adaptation[v][j] = voltage[v];
            }
        }
        (block.membrane, block.refractory) = (moved, counted);
        fired.bits::<S>()
    }
}
