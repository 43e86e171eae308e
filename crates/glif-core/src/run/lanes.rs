//! The walk on machines with vectors: blocks of neurons are copied to separate arrays and computed without a branch.

mod own;

pub(crate) use own::own_membranes;

use crate::neuron::{Coefficients, Dynamics, Membrane, NeuronState, Options, Outcome, Reset, RngCounter};
use crate::rounding::Rounding;
use crate::scalar::Scalar;
use crate::state::{PopulationState, PopulationStateMut};

/// Neurons that are computed together: as many as the widest vector has 32-bit lanes, and half a spike word.
const LANES: usize = u16::BITS as usize;

/// Advances neurons by one step; the lengths of the slices have been checked.
#[inline(always)]
#[expect(clippy::needless_range_loop, reason = "closures are not compiled for the instruction set of the caller")]
pub(crate) fn walk<S: Scalar, R: Reset<S>, const K: usize, Q: Rounding, D: Dynamics<S, K>>(
    neuron: &Coefficients<S, R, K, Q, D>,
    mut state: PopulationStateMut<'_, S, K>,
    currents: &[S],
    options: impl Options,
    at: RngCounter,
    spikes: &mut [u32],
) {
    let Some(last) = currents.last_chunk() else {
        return neuron.walk_few(state, currents, options, at, spikes);
    };
    let neuron = *neuron; // a local copy: LLVM does not vectorize through a reference (ten times slower on x86-64)
    let halves = bytemuck::cast_slice_mut::<u32, u16>(spikes);
    let (whole, rest) = (currents.len() / LANES, currents.len() % LANES);
    let last = match rest {
        0 => 0,
        _ => neuron.walk_rest(&mut state, last, (LANES - rest) as u32, options, at.after(currents.len() - LANES)),
    };
    let PopulationStateMut { membrane, refractory, adaptation } = state;
    let (membrane, _) = membrane.as_chunks_mut::<LANES>();
    let (refractory, _) = refractory.as_chunks_mut::<LANES>();
    let (currents, _) = currents.as_chunks::<LANES>();
    let lanes = membrane.iter_mut().zip(refractory).zip(currents).zip(halves.iter_mut());
    for (i, (((membrane, refractory), current), half)) in lanes.enumerate() {
        let mut block = PopulationState::<S, K, LANES>::of(membrane, refractory);
        for k in 0..K {
            if let Some(values) = adaptation[k].as_chunks().0.get(i) {
                block.adaptation[k] = *values;
            }
        }
        *half = neuron.together(&mut block, current, 0, options, at.after(i * LANES));
        (*membrane, *refractory) = (block.membrane, block.refractory);
        if options.adapt() || D::COUNTS.total() > D::COUNTS.thresholds {
            for k in 0..K {
                if let Some(values) = adaptation[k].as_chunks_mut().0.get_mut(i) {
                    *values = block.adaptation[k];
                }
            }
        }
    }
    match halves.get_mut(whole..) {
        Some([half]) => *half = last,
        Some([half, beyond @ ..]) => {
            *half = last;
            beyond.fill(0);
        }
        _ => {}
    }
}

#[expect(clippy::needless_range_loop, reason = "closures are not compiled for the instruction set of the caller")]
impl<S: Scalar, R: Reset<S>, const K: usize, Q: Rounding, D: Dynamics<S, K>> Coefficients<S, R, K, Q, D> {
    /// Advances the last block, except its first `others` neurons, which do not change; returns the spikes.
    #[inline(always)]
    fn walk_rest(
        &self,
        state: &mut PopulationStateMut<'_, S, K>,
        current: &[S; LANES],
        others: u32,
        options: impl Options,
        at: RngCounter,
    ) -> u16 {
        let (Some(membrane), Some(refractory)) = (state.membrane.last_chunk_mut(), state.refractory.last_chunk_mut())
        else {
            return 0; // never: they are as long as the currents
        };
        let mut block = PopulationState::<S, K, LANES>::of(membrane, refractory);
        for k in 0..K {
            if let Some(values) = state.adaptation[k].last_chunk() {
                block.adaptation[k] = *values;
            }
        }
        let fired = self.together(&mut block, current, others, options, at);
        (*membrane, *refractory) = (block.membrane, block.refractory);
        for k in 0..K {
            if let Some(values) = state.adaptation[k].last_chunk_mut() {
                *values = block.adaptation[k];
            }
        }
        fired
    }

    /// Does the same for fewer neurons than a block, beside padding whose results are discarded.
    #[inline(never)]
    fn walk_few(
        &self,
        mut state: PopulationStateMut<'_, S, K>,
        currents: &[S],
        options: impl Options,
        at: RngCounter,
        spikes: &mut [u32],
    ) {
        let mut block = PopulationState::<S, K, LANES>::zero();
        let mut padded = [S::ZERO_STATE; LANES];
        copy(&mut block.as_mut(), &state);
        padded.iter_mut().zip(currents).for_each(|(to, from)| *to = *from);
        let fired = self.together(&mut block, &padded, 0, options, at);
        copy(&mut state, &block.as_mut());
        spikes.fill(0);
        if let Some(word) = spikes.first_mut() {
            *word = u32::from(fired) & ((1 << currents.len()) - 1);
        }
    }

    /// Advances a block by one step, except its first `without` neurons; returns the spikes of the others.
    ///
    /// The block is in separate arrays, which nothing else can change. Otherwise LLVM computes one neuron at a time.
    #[inline(always)]
    fn together(
        &self,
        block: &mut PopulationState<S, K, LANES>,
        current: &[S; LANES],
        without: u32,
        options: impl Options,
        at: RngCounter,
    ) -> u16 {
        let mut fired = Fired::default();
        for j in 0..LANES {
            let mut adaptation = [S::ZERO_STATE; K];
            for k in 0..K {
                adaptation[k] = block.adaptation[k][j];
            }
            let before = NeuronState { membrane: block.membrane[j], refractory: block.refractory[j], adaptation };
            let mut cell = before;
            let draw = self.rounding.draw(at.step, at.neuron.wrapping_add(j as u32));
            fired.set::<S>(j, self.step_with(cell.as_mut(), current[j], options, draw));
            // Here and not in a separate loop, which would be unrolled to branches.
            if (j as u32) < without {
                cell = before;
            }
            block.membrane[j] = cell.membrane;
            block.refractory[j] = cell.refractory;
            for k in 0..K {
                block.adaptation[k][j] = cell.adaptation[k];
            }
        }
        fired.bits::<S>() >> without
    }
}

/// Advances membranes by one step, under thresholds raised by `raised`, mV. Of the components, only threshold
/// voltages are in `state`. `spikes` has a word for each 32 neurons.
#[inline(always)]
#[expect(clippy::needless_range_loop, reason = "closures are not compiled for the instruction set of the caller")]
pub(crate) fn membranes<S: Scalar, R: Reset<S>, const V: usize, Q: Rounding, D: Dynamics<S, V>>(
    neuron: &Coefficients<S, R, V, Q, D>,
    state: PopulationStateMut<'_, S, V>,
    raised: &[S::Accumulator],
    currents: &[S],
    options: impl Options,
    at: RngCounter,
    spikes: &mut [u32],
) {
    let neuron = *neuron; // as above
    let halves = bytemuck::cast_slice_mut::<u32, u16>(spikes);
    let PopulationStateMut { membrane, refractory, adaptation } = state;
    let neurons = currents.len();
    for (i, half) in halves.iter_mut().enumerate() {
        let first = i * LANES;
        let end = neurons.min(first + LANES);
        let (Some(membrane), Some(refractory)) = (membrane.get_mut(first..end), refractory.get_mut(first..end)) else {
            *half = 0; // after the last neuron
            continue;
        };
        let (Some(raised), Some(currents)) = (raised.get(first..end), currents.get(first..end)) else {
            return; // never: the lengths are equal
        };
        let at = at.after(first);
        let whole =
            (membrane.first_chunk_mut(), refractory.first_chunk_mut(), raised.first_chunk(), currents.first_chunk());
        *half = if let (Some(membrane), Some(refractory), Some(raised), Some(current)) = whole {
            let mut block = PopulationState::<S, V, LANES>::of(membrane, refractory);
            for v in 0..V {
                if let Some(values) = adaptation[v].get(first..).and_then(|values| values.first_chunk()) {
                    block.adaptation[v] = *values;
                }
            }
            let fired = neuron.together_raised(&mut block, raised, current, options, at);
            (*membrane, *refractory) = (block.membrane, block.refractory);
            for v in 0..V {
                if let Some(values) = adaptation[v].get_mut(first..).and_then(|values| values.first_chunk_mut()) {
                    *values = block.adaptation[v];
                }
            }
            fired
        } else {
            let mut block = PopulationState::<S, V, LANES>::zero();
            let (mut lifted, mut padded) = ([S::ZERO; LANES], [S::ZERO_STATE; LANES]);
            copy_all(&mut block.membrane, membrane);
            copy_all(&mut block.refractory, refractory);
            copy_all(&mut lifted, raised);
            copy_all(&mut padded, currents);
            for v in 0..V {
                copy_all(&mut block.adaptation[v], adaptation[v].get(first..end).unwrap_or_default());
            }
            let fired = neuron.together_raised(&mut block, &lifted, &padded, options, at);
            copy_all(membrane, &block.membrane);
            copy_all(refractory, &block.refractory);
            for v in 0..V {
                copy_all(adaptation[v].get_mut(first..end).unwrap_or_default(), &block.adaptation[v]);
            }
            fired & ((1 << (end - first)) - 1)
        };
    }
}

#[expect(clippy::needless_range_loop, reason = "closures are not compiled for the instruction set of the caller")]
impl<S: Scalar, R: Reset<S>, const V: usize, Q: Rounding, D: Dynamics<S, V>> Coefficients<S, R, V, Q, D> {
    /// Does what [`together`](Self::together) does, for the membranes and threshold voltages alone, under raised
    /// thresholds.
    #[inline(always)]
    fn together_raised(
        &self,
        block: &mut PopulationState<S, V, LANES>,
        raised: &[S::Accumulator; LANES],
        current: &[S; LANES],
        options: impl Options,
        at: RngCounter,
    ) -> u16 {
        let (mut moved, mut counted, raised, current) = (block.membrane, block.refractory, *raised, *current);
        let mut fired = Fired::default();
        for j in 0..LANES {
            let draw = self.rounding.draw(at.step, at.neuron.wrapping_add(j as u32));
            let mut components = [S::ZERO_STATE; V];
            for v in 0..V {
                components[v] = block.adaptation[v][j];
            }
            let steady_state = || self.steady_state(current[j]);
            let level = self.threshold + raised[j];
            let threshold = |x, ext| D::threshold(self, &level, components.each_mut(), x, ext, draw);
            // In local variables that are stored whatever the outcome: a conditional store is not vectorized.
            let (mut v, mut count) = (moved[j], counted[j]);
            let outcome = self.integrate(&mut v, &mut count, steady_state, threshold, options, draw);
            fired.set::<S>(j, outcome == Outcome::Fires);
            (moved[j], counted[j]) = (v, count);
            for v in 0..V {
                block.adaptation[v][j] = components[v];
            }
        }
        (block.membrane, block.refractory) = (moved, counted);
        fired.bits::<S>()
    }
}

/// Which neurons of a block fire, as masks that are as wide as comparing their membranes makes them. LLVM would
/// narrow other masks one at a time, which takes longer than the step.
#[derive(Default)]
struct Fired {
    /// Masks of membranes of 16 bits.
    narrow: [i16; LANES],
    /// Masks of wider membranes.
    wide: [i32; LANES],
}

impl Fired {
    #[inline(always)]
    fn set<S>(&mut self, neuron: usize, fires: bool) {
        if size_of::<S>() <= size_of::<i16>() {
            self.narrow[neuron] = -i16::from(fires);
        } else {
            self.wide[neuron] = -i32::from(fires);
        }
    }

    /// Returns a bit for each neuron, the lowest for the first.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn bits<S>(self) -> u16 {
        use safe_arch::{m128i, move_mask_i8_m128i, pack_i16_to_i8_m128i, pack_i32_to_i16_m128i};

        let [low, high]: [m128i; 2] = if size_of::<S>() <= size_of::<i16>() {
            bytemuck::cast(self.narrow)
        } else {
            let [a, b, c, d] = bytemuck::cast(self.wide);
            [pack_i32_to_i16_m128i(a, b), pack_i32_to_i16_m128i(c, d)]
        };
        move_mask_i8_m128i(pack_i16_to_i8_m128i(low, high)) as u16
    }

    /// Returns a bit for each neuron, the lowest for the first.
    #[cfg(not(target_arch = "x86_64"))]
    #[inline(always)]
    fn bits<S>(self) -> u16 {
        (0..LANES).fold(0, |bits, j| bits | (((self.narrow[j] as u16) | (self.wide[j] as u16)) & 1) << j)
    }
}

/// Copies as many values as both slices have.
fn copy_all<T: Copy>(to: &mut [T], from: &[T]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
}

/// Copies as many neurons as both states have.
fn copy<S: Scalar, const K: usize>(to: &mut PopulationStateMut<'_, S, K>, from: &PopulationStateMut<'_, S, K>) {
    copy_all(to.membrane, from.membrane);
    copy_all(to.refractory, from.refractory);
    to.adaptation.iter_mut().zip(&from.adaptation).for_each(|(to, from)| copy_all(to, from));
}

impl<S: Scalar, const K: usize> PopulationState<S, K, LANES> {
    /// Copies membranes and refractory states; the threshold components are zero.
    #[inline(always)]
    fn of(membrane: &[S; LANES], refractory: &[crate::Refractory; LANES]) -> Self {
        Self { membrane: *membrane, refractory: *refractory, adaptation: [[S::ZERO_STATE; LANES]; K] }
    }
}
