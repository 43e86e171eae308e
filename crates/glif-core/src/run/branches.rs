//! The walk on cores without vectors: each neuron is updated in place, and branches skip the work that it does
//! not need.
//!
//! Where it is worth the flash, eight neurons are unrolled, so that they have constant offsets from one
//! address; with their own coefficients sixteen. Neurons after the last whole block of 32 are updated one after
//! another, and so are all neurons elsewhere.
//!
//! In floating point and in 16 bits, a neuron makes its whole step at once. In 32-bit fixed point, its
//! coefficients do not fit the registers of a core. With threshold components, or on a core with an FPU, eight
//! neurons then go through the step phase by phase: current, membrane, components. Otherwise that costs an
//! instruction more than it saves.

use crate::jumps::{Jumps, MOST_JUMPS};
use crate::names::RoundingMode;
use crate::neuron::{
    Coefficients, DefaultOptions, Dynamics, FixedReset, LinearReset, Membrane, NeuronStateMut, Options, Outcome, Reset,
    RngCounter, StepOptions, raised, rare,
};
use crate::own::{Lift, Membranes, Values, Voltages, crosses, fires_at};
use crate::refractory::Refractory;
use crate::rounding::{Nearest, Rounding, RoundingBias};
use crate::run::are_default;
use crate::scalar::Scalar;
use crate::spikes::WORD;
use crate::state::PopulationStateMut;
use crate::teeter::ThresholdVoltage;

/// Neurons that are unrolled together.
const EIGHT: usize = 8;
/// Neurons with their own coefficients that are unrolled together: finding the addresses of those takes longer.
const SIXTEEN: usize = 16;

/// Repeats a block for each of eight or sixteen neurons.
macro_rules! unrolled {
    (EIGHT, $k:ident $body:block) => { unrolled!($k $body 0 1 2 3 4 5 6 7) };
    (SIXTEEN, $k:ident $body:block) => { unrolled!($k $body 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15) };
    ($k:ident $body:block $($value:literal)*) => { $({ const $k: usize = $value; $body })* };
}

/// State in blocks of one spike word.
struct Blocks<'a, S, const K: usize> {
    membrane: &'a mut [[S; WORD]],
    refractory: &'a mut [[Refractory; WORD]],
    adaptation: [&'a mut [[S; WORD]]; K],
}

impl<'a, S: Scalar, const K: usize> PopulationStateMut<'a, S, K> {
    /// Splits the state into whole blocks and the rest.
    #[inline(always)]
    fn into_blocks(self) -> (Blocks<'a, S, K>, Self) {
        let (membrane, membrane_tail) = self.membrane.as_chunks_mut();
        let (refractory, refractory_tail) = self.refractory.as_chunks_mut();
        let mut tails: [&'a mut [S]; K] = core::array::from_fn(|_| Default::default());
        let mut tail = tails.iter_mut();
        let adaptation = self.adaptation.map(|component| {
            let (blocks, rest) = component.as_chunks_mut();
            if let Some(tail) = tail.next() {
                *tail = rest;
            }
            blocks
        });
        let tail = Self { membrane: membrane_tail, refractory: refractory_tail, adaptation: tails };
        (Blocks { membrane, refractory, adaptation }, tail)
    }
}

/// Eight neurons and their currents.
struct Eight<'a, S, const K: usize> {
    membrane: &'a mut [S; EIGHT],
    refractory: &'a mut [Refractory; EIGHT],
    adaptation: [&'a mut [S; EIGHT]; K],
    currents: &'a [S; EIGHT],
}

/// Advances neurons by one step; the lengths of the slices have been checked.
#[inline(always)]
pub(crate) fn walk<S: Scalar, R: Reset<S>, const K: usize, Q: Rounding, D: Dynamics<S, K>>(
    neuron: &Coefficients<S, R, K, Q, D>,
    state: PopulationStateMut<'_, S, K>,
    currents: &[S],
    options: impl Options,
    at: RngCounter,
    spikes: &mut [u32],
) {
    // A population that fills no block skips the search for one.
    let any = currents.len() >= WORD;
    let (state, currents, at, spikes) = match in_line::<S, Q, _>(options) && any {
        false => (state, currents, at, spikes),
        true => {
            let (blocks, rest) = state.into_blocks();
            let (current_blocks, current_rest) = currents.as_chunks::<WORD>();
            let Some((words, other_words)) = spikes.split_at_mut_checked(current_blocks.len()) else {
                return; // never: there is a word for each block
            };
            neuron.run_blocks(blocks, current_blocks, options, at, words);
            (rest, current_rest, at.after(current_blocks.len() * WORD), other_words)
        }
    };
    neuron.in_turn(state, currents, options, at, spikes);
}

/// Advances membranes by one step, under thresholds raised by `raised`, mV. Of the components, only threshold
/// voltages are in `state`. `spikes` has a word for each 32 neurons.
#[inline(always)]
pub(crate) fn membranes<S: Scalar, R: Reset<S>, const V: usize, Q: Rounding, D: Dynamics<S, V>>(
    neuron: &Coefficients<S, R, V, Q, D>,
    state: PopulationStateMut<'_, S, V>,
    raised: &[S::Accumulator],
    currents: &[S],
    options: impl Options,
    at: RngCounter,
    spikes: &mut [u32],
) {
    let mut components = state.adaptation.map(|component| component.iter_mut());
    let mut lanes = state.membrane.iter_mut().zip(state.refractory).zip(raised).zip(currents).enumerate();
    for word in spikes {
        let mut fired = 0;
        for (i, (((membrane, refractory), raised), current)) in lanes.by_ref().take(WORD) {
            let draw = neuron.rounding.draw(at.step, at.neuron.wrapping_add(i as u32));
            let steady_state = || neuron.steady_state(*current);
            let cells = components.each_mut().map(Iterator::next).into_iter().flatten();
            let Ok(cells) = cells.collect::<heapless::Vec<_, V>>().into_array::<V>() else {
                return; // never: components are as long as membranes
            };
            let threshold = |x, ext| D::threshold(neuron, &(neuron.threshold + *raised), cells, x, ext, draw);
            if neuron.integrate(membrane, refractory, steady_state, threshold, options, draw) == Outcome::Fires {
                fired |= 1 << (i % WORD);
            }
        }
        *word = fired;
    }
}

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
    if V == 0
        && J == 0
        && lift.raised.is_none()
        && are_default(options)
        && of.rounding().mode() == RoundingMode::Nearest
    {
        let words = currents.len().div_ceil(WORD);
        let (spikes, others) = spikes.split_at_mut_checked(words).unwrap_or_default();
        others.fill(0);
        return own_words(of, state.membrane, state.refractory, currents, spikes);
    }
    let options = StepOptions { refrac_lock: options.refrac_lock(), adapt: options.adapt() };
    own_in_turn(of, state, &lift, currents, (options, at), spikes);
}

/// Advances membranes by one step, one after another, under any options and rounding.
#[inline(never)] // so that there is one copy
fn own_in_turn<S: Scalar, const V: usize, Q: Rounding>(
    of: &Membranes<'_, S, Q>,
    state: PopulationStateMut<'_, S, V>,
    lift: &Lift<'_, S>,
    currents: &[S],
    (options, at): (StepOptions, RngCounter),
    spikes: &mut [u32],
) {
    let PopulationStateMut { membrane, refractory, adaptation } = state;
    let (rests, gains, decays, thresholds) = (of.rest(), of.gain(), of.decay(), of.threshold());
    let mut components = adaptation.map(|component| component.iter_mut());
    let mut raised = lift.raised.map(<[_]>::iter);
    let jumps = Some(&lift.jumps).filter(|jumps| !jumps.is_none());
    let mut lanes = membrane.iter_mut().zip(refractory).zip(currents).enumerate();
    for word in spikes {
        let mut fired = 0;
        for (i, ((membrane, refractory), current)) in lanes.by_ref().take(WORD) {
            let draw = of.rounding().draw(at.step, at.neuron.wrapping_add(i as u32));
            let mut level = thresholds.at(i).to_accumulator();
            if let Some(raised) = raised.as_mut().and_then(Iterator::next) {
                level = level + *raised;
            }
            let cells = components.each_mut().map(Iterator::next);
            let (rest, decay) = (rests.at(i), decays.at(i));
            let steady_state = || {
                let (gain, rest) = (gains.at(i), rest.to_accumulator());
                if V > 0 { (rest, current.drive_own(&gain)) } else { current.steady_state_own(rest, &gain) }
            };
            let threshold = |x, ext| {
                for (voltage, Voltages { decay, gain, drive }) in cells.into_iter().flatten().zip(&of.voltage) {
                    let of = ThresholdVoltage::<S> {
                        decay: S::unpack_decay(&decay.at(i)),
                        gain: gain.at(i),
                        drive: drive.at(i),
                    };
                    let after = of.follow(voltage.to_accumulator(), x, ext, draw);
                    *voltage = S::from_accumulator(after);
                    level = level + after;
                }
                level
            };
            let one = One { of, rest: &rest, decay: &decay, jumps, neuron: i };
            if one.integrate(membrane, refractory, steady_state, threshold, options, draw) == Outcome::Fires {
                fired |= 1 << (i % WORD);
            }
        }
        *word = fired;
    }
}

/// Coefficients of one membrane. Those that a step always needs are references to where they are.
struct One<'a, S: Scalar, Q> {
    of: &'a Membranes<'a, S, Q>,
    rest: &'a S,
    decay: &'a S::OwnDecay,
    jumps: Option<&'a Jumps<'a, S>>,
    neuron: usize,
}

impl<S: Scalar, Q: Rounding> Membrane<S> for One<'_, S, Q> {
    #[inline(always)]
    fn jump(&self, v: S::Accumulator) -> S::Accumulator {
        match self.jumps {
            Some(jumps) => {
                let terms = (0..MOST_JUMPS).filter_map(|n| jumps.term(n).get(self.neuron));
                S::clamp_state(terms.fold(v, |v, by| S::jump(v, *by)))
            }
            None => v,
        }
    }
    #[inline(always)]
    fn rest(&self) -> S::Accumulator {
        self.rest.to_accumulator()
    }
    #[inline(always)]
    fn decayed(&self, x: S::Accumulator, draw: impl RoundingBias) -> S::Accumulator {
        S::decay(x, &S::unpack_decay(self.decay), draw, 0)
    }
    #[inline(always)]
    fn crosses(&self, v: S::Accumulator, threshold: S::Accumulator) -> bool {
        // The test counts where both are equal. Only a membrane that reaches the threshold has to compare it again.
        v >= threshold && {
            rare();
            crosses::<S>(self.of.is_strict(), core::hint::black_box(v), threshold)
        }
    }
    #[inline(always)]
    fn refractory(&self) -> u16 {
        self.of.refractory().at(self.at_spike())
    }
    #[inline(always)]
    fn reset(&self, before: S::Accumulator, after: S::Accumulator) -> S::Accumulator {
        let (v, rest) = (fires_at::<S>(self.of.dialect(), before, after), self.rest());
        let reset = self.of.reset().at(self.at_spike()).to_accumulator();
        match self.of.slope() {
            None => FixedReset::<S>(reset).apply(v, rest),
            Some(slope) => LinearReset::<S> { slope: slope.at(self.at_spike()), drop: reset }.apply(v, rest),
        }
    }
}

#[inline(never)] // otherwise the compiler fills the array whether it is needed or not
fn fill<T: Copy>(to: &mut Option<[T; WORD]>, value: T) -> &[T] {
    to.insert([value; WORD])
}

/// Values of a coefficient, in blocks of a spike word.
#[derive(Clone, Copy)]
struct InBlocks<'a, T> {
    values: &'a [T],
    /// Bits of the number of a block that count: none if the neurons share the value, which fills the first block.
    mask: usize,
}

impl<'a, T: Copy> InBlocks<'a, T> {
    /// Returns the values of the neurons. `room` is for a block of a value that they share.
    #[inline(always)]
    fn new(values: Values<'a, T>, room: &'a mut Option<[T; WORD]>) -> Self {
        match values.own {
            [] => Self { values: fill(room, values.shared), mask: 0 },
            values => Self { values, mask: usize::MAX },
        }
    }

    /// Returns a whole block.
    #[inline(always)]
    fn get(&self, block: usize) -> Option<&'a [T; WORD]> {
        self.values.as_chunks().0.get(block & self.mask)
    }

    /// Returns the values of a block, or of what is left of one.
    #[inline(always)]
    fn part(&self, block: usize) -> &'a [T] {
        self.values.get((block & self.mask) * WORD..).unwrap_or_default()
    }
}

/// Coefficients of membranes, in blocks of a spike word.
struct OwnBlocks<'a, S: Scalar, Q> {
    of: &'a Membranes<'a, S, Q>,
    rest: InBlocks<'a, S>,
    gain: InBlocks<'a, S::OwnGain>,
    decay: InBlocks<'a, S::OwnDecay>,
    threshold: InBlocks<'a, S>,
}

/// Advances membranes by one step, under the default options. Decays round to nearest.
#[inline(always)] // so that coefficients are not copied to arguments
fn own_words<S: Scalar, Q: Rounding>(
    of: &Membranes<'_, S, Q>,
    membrane: &mut [S],
    refractory: &mut [Refractory],
    currents: &[S],
    spikes: &mut [u32],
) {
    let (mut rest, mut gain, mut decay, mut threshold) = (None, None, None, None);
    let columns = OwnBlocks {
        of,
        rest: InBlocks::new(of.rest(), &mut rest),
        gain: InBlocks::new(of.gain(), &mut gain),
        decay: InBlocks::new(of.decay(), &mut decay),
        threshold: InBlocks::new(of.threshold(), &mut threshold),
    };
    // Without an FPU, 16 bits are not worth the flash. A Cortex-M0, which has no atomic operations, has no flash left.
    let unrolled = S::IN_LINE && (cfg!(any(test, target_abi = "eabihf")) || S::PHASED && cfg!(target_has_atomic = "8"));
    if unrolled {
        let (membranes, membrane) = membrane.as_chunks_mut();
        let (refractories, refractory) = refractory.as_chunks_mut();
        let (blocks, currents) = currents.as_chunks();
        let (words, others) = spikes.split_at_mut_checked(blocks.len()).unwrap_or_default();
        if !blocks.is_empty() {
            columns.whole(membranes, refractories, blocks, words);
        }
        if let Some(word) = others.first_mut() {
            *word = columns.part(blocks.len(), membrane, refractory, currents);
        }
    } else {
        for (i, word) in spikes.iter_mut().enumerate() {
            let range = i * WORD..currents.len().min((i + 1) * WORD);
            let (Some(membrane), Some(refractory), Some(currents)) =
                (membrane.get_mut(range.clone()), refractory.get_mut(range.clone()), currents.get(range))
            else {
                return; // never: there is a word for each block
            };
            *word = columns.part(i, membrane, refractory, currents);
        }
    }
}

impl<S: Scalar, Q: Rounding> OwnBlocks<'_, S, Q> {
    /// Advances whole blocks by one step, unrolled.
    #[inline(never)] // as `run_blocks`
    fn whole(
        &self,
        membrane: &mut [[S; WORD]],
        refractory: &mut [[Refractory; WORD]],
        currents: &[[S; WORD]],
        spikes: &mut [u32],
    ) {
        let lanes = membrane.iter_mut().zip(refractory).zip(currents).zip(spikes);
        for (i, (((membrane, refractory), currents), word)) in lanes.enumerate() {
            let (Some(rest), Some(gain), Some(decay), Some(threshold)) =
                (self.rest.get(i), self.gain.get(i), self.decay.get(i), self.threshold.get(i))
            else {
                return; // never: they are as long as the membranes
            };
            let mut fired = 0;
            for part in 0..WORD / SIXTEEN {
                let (membrane, refractory) = (
                    &mut membrane.as_chunks_mut::<SIXTEEN>().0[part],
                    &mut refractory.as_chunks_mut::<SIXTEEN>().0[part],
                );
                let (currents, rest) = (&currents.as_chunks::<SIXTEEN>().0[part], &rest.as_chunks::<SIXTEEN>().0[part]);
                let (gain, decay) = (&gain.as_chunks::<SIXTEEN>().0[part], &decay.as_chunks::<SIXTEEN>().0[part]);
                let threshold = &threshold.as_chunks::<SIXTEEN>().0[part];
                fired >>= SIXTEEN;
                unrolled!(SIXTEEN, NTH {
                    let neuron = i * WORD + part * SIXTEEN + NTH;
                    let one = One { of: self.of, rest: &rest[NTH], decay: &decay[NTH], jumps: None, neuron };
                    let steady_state =
                        || currents[NTH].steady_state_own(rest[NTH].to_accumulator(), &gain[NTH]);
                    let (membrane, refractory) = (&mut membrane[NTH], &mut refractory[NTH]);
                    if one.leaks_or_fires(membrane, refractory, steady_state, &threshold[NTH]) {
                        fired |= 1 << (WORD - SIXTEEN + NTH);
                    }
                });
            }
            *word = fired;
        }
    }

    /// Advances what is left of a block by one step, one neuron after another; returns its spikes.
    #[inline(always)]
    fn part(&self, block: usize, membrane: &mut [S], refractory: &mut [Refractory], currents: &[S]) -> u32 {
        let (rest, gain) = (self.rest.part(block), self.gain.part(block));
        let (decay, threshold) = (self.decay.part(block), self.threshold.part(block));
        let lanes = membrane.iter_mut().zip(refractory).zip(currents).zip(rest).zip(gain).zip(decay).zip(threshold);
        let mut fired = 0;
        for (i, ((((((membrane, refractory), current), rest), gain), decay), threshold)) in lanes.enumerate() {
            let one = One { of: self.of, rest, decay, jumps: None, neuron: block * WORD + i };
            let steady_state = || current.steady_state_own(rest.to_accumulator(), gain);
            if one.leaks_or_fires(membrane, refractory, steady_state, threshold) {
                fired |= 1 << (i % WORD);
            }
        }
        fired
    }
}

impl<S: Scalar, Q: Rounding> One<'_, S, Q> {
    /// Returns the number of a neuron that fires.
    // Hidden on a core with few registers, where the compiler would otherwise advance an address of every
    // coefficient with the neurons.
    #[inline(always)]
    fn at_spike(&self) -> usize {
        if cfg!(target_abi = "eabihf") { self.neuron } else { core::hint::black_box(self.neuron) }
    }

    /// Advances the membrane by one step under the default options, rounded to nearest; returns whether it fires.
    #[inline(always)]
    fn leaks_or_fires(
        &self,
        membrane: &mut S,
        refractory: &mut Refractory,
        steady_state: impl FnOnce() -> (S::Accumulator, S::Accumulator),
        threshold: &S,
    ) -> bool {
        let threshold = |_, _| threshold.to_accumulator();
        self.integrate(membrane, refractory, steady_state, threshold, DefaultOptions, Nearest) == Outcome::Fires
    }
}

/// Returns whether whole blocks are unrolled. They are only under the default options: most populations are stepped
/// under these, so that unrolling is worth the flash.
#[inline(always)]
fn in_line<S: Scalar, Q: Rounding, F: Options>(options: F) -> bool {
    are_default(options) && Q::IN_LINE && S::IN_LINE
}

impl<S: Scalar, R: Reset<S>, const K: usize, Q: Rounding, D: Dynamics<S, K>> Coefficients<S, R, K, Q, D> {
    /// Advances whole blocks by one step, unrolled.
    // In a separate function, the compiler knows that nothing else refers to the arguments, and keeps
    // coefficients in registers.
    #[inline(never)]
    fn run_blocks(
        &self,
        blocks: Blocks<'_, S, K>,
        currents: &[[S; WORD]],
        options: impl Options,
        at: RngCounter,
        spikes: &mut [u32],
    ) {
        let mut components = blocks.adaptation.map(<[[S; WORD]]>::iter_mut);
        let lanes = blocks.membrane.iter_mut().zip(blocks.refractory).zip(currents).zip(spikes);
        for (i, (((membrane, refractory), currents), word)) in lanes.enumerate() {
            let adaptation = components.each_mut().map(Iterator::next).into_iter().flatten();
            let Ok(mut adaptation) = adaptation.collect::<heapless::Vec<_, K>>().into_array::<K>() else {
                return; // never: components are as long as membranes
            };
            let mut fired = 0;
            for eight in 0..WORD / EIGHT {
                let cells = Eight {
                    membrane: &mut membrane.as_chunks_mut().0[eight],
                    refractory: &mut refractory.as_chunks_mut().0[eight],
                    adaptation: adaptation.each_mut().map(|component| &mut component.as_chunks_mut().0[eight]),
                    currents: &currents.as_chunks().0[eight],
                };
                let at = at.after(i * WORD + eight * EIGHT);
                fired = match D::PHASED && (K > 0 || cfg!(target_abi = "eabihf")) {
                    true => self.phases(cells, options, at, fired),
                    false => self.in_line(cells, options, at, fired),
                };
            }
            *word = fired;
        }
    }

    /// Advances neurons by one step, one after another: those after the last whole block, or all if none are
    /// unrolled.
    #[inline]
    fn in_turn(
        &self,
        state: PopulationStateMut<'_, S, K>,
        currents: &[S],
        options: impl Options,
        at: RngCounter,
        spikes: &mut [u32],
    ) {
        let PopulationStateMut { membrane, refractory, mut adaptation } = state;
        let neurons = currents.len();
        // Never true: the lengths were checked. With this test the compiler knows it too, and omits later checks.
        if membrane.len() != neurons
            || refractory.len() != neurons
            || adaptation.iter().any(|component| component.len() != neurons)
        {
            return;
        }
        // A core with few registers would copy the coefficients to the stack before the first neuron. For a few
        // neurons that costs more than it saves, so that they are read in place.
        let in_place = cfg!(all(target_arch = "arm", not(target_abi = "eabihf")))
            && D::PHASED
            && K > 0
            && in_line::<S, Q, _>(options);
        let mut first = 0;
        for word in spikes {
            let mut fired = 0;
            for i in first..neurons.min(first + WORD) {
                let cell = NeuronStateMut {
                    membrane: &mut membrane[i],
                    refractory: &mut refractory[i],
                    adaptation: adaptation.each_mut().map(|component| &mut component[i]),
                };
                let neuron = if in_place { core::hint::black_box(self) } else { self };
                let draw = neuron.rounding.draw(at.step, at.neuron.wrapping_add(i as u32));
                if neuron.step_with(cell, currents[i], options, draw) {
                    rare();
                    fired |= 1 << (i % WORD);
                }
            }
            *word = fired;
            first = neurons.min(first + WORD);
        }
    }

    /// Advances eight unrolled neurons by one step; returns their spikes in the top bits.
    #[inline(always)]
    fn in_line(&self, mut cells: Eight<'_, S, K>, options: impl Options, at: RngCounter, mut fired: u32) -> u32 {
        fired >>= EIGHT;
        unrolled!(EIGHT, NTH {
            if self.one(&mut cells, NTH, options, at) {
                fired |= 1 << (WORD - EIGHT + NTH);
            }
        });
        fired
    }

    /// Advances one neuron by one step; returns whether it fires.
    #[inline(always)]
    fn one(&self, cells: &mut Eight<'_, S, K>, nth: usize, options: impl Options, at: RngCounter) -> bool {
        let cell = NeuronStateMut {
            membrane: &mut cells.membrane[nth],
            refractory: &mut cells.refractory[nth],
            adaptation: cells.adaptation.each_mut().map(|component| &mut component[nth]),
        };
        let draw = self.rounding.draw(at.step, at.neuron.wrapping_add(nth as u32));
        self.step_with(cell, cells.currents[nth], options, draw)
    }

    /// Advances eight neurons by one step in phases; returns their spikes in the top bits. There are no
    /// after-spike currents, and the threshold changes no component: the dynamics are [`PHASED`](crate::neuron::sealed::Dynamics::PHASED).
    #[inline(always)]
    fn phases(&self, cells: Eight<'_, S, K>, options: impl Options, at: RngCounter, mut fired: u32) -> u32 {
        let Eight { membrane, refractory, mut adaptation, currents } = cells;
        let mut steady_states = [(S::ZERO, S::ZERO); EIGHT];
        unrolled!(EIGHT, NTH { steady_states[NTH] = currents[NTH].steady_state(self.rest, &self.gain) });
        fired >>= EIGHT;
        unrolled!(EIGHT, NTH {
            let draw = self.rounding.draw(at.step, at.neuron.wrapping_add(NTH as u32));
            let steady_state = || steady_states[NTH];
            let values = || adaptation.each_ref().map(|component| component[NTH].to_accumulator());
            let threshold = |_, _| raised::<S, K>(&self.threshold, values());
            let outcome = self.integrate(&mut membrane[NTH], &mut refractory[NTH], steady_state, threshold, options, draw);
            if outcome == Outcome::Fires {
                fired |= 1 << (WORD - EIGHT + NTH);
            }
        });
        if K > 0 {
            unrolled!(EIGHT, NTH {
                let draw = self.rounding.draw(at.step, at.neuron.wrapping_add(NTH as u32));
                let adaptation = adaptation.each_mut().map(|component| &mut component[NTH]);
                match Outcome::of(refractory[NTH], options) {
                    Outcome::Fires => self.adapt_fired(adaptation, options, draw),
                    outcome => D::adapt(self, adaptation, outcome, options, draw),
                }
            });
        }
        fired
    }

    /// Updates the threshold components of a neuron that fires. Separate, because it is rare and would be in
    /// the code eight times.
    #[cold]
    #[inline(never)]
    fn adapt_fired(&self, adaptation: [&mut S; K], options: impl Options, draw: Q::Bias) {
        D::adapt(self, adaptation, Outcome::Fires, options, draw);
    }
}
