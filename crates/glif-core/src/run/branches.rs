//! Blocks where there are no vectors: each neuron is worked on where it lies, and a branch spares it what it does not need.
//!
//! Where it is worth the flash, eight neurons are in line, so that they have constant offsets from one address; what is left
//! after whole blocks of 32 is worked on one neuron after another, and so is everything elsewhere. In floating
//! point, and in 16 bits, the step of a neuron is done at once. In 32-bit fixed point its coefficients do not fit the
//! registers of a core: with threshold components, or on a core with an FPU, eight neurons take one phase of it after
//! another, which are the current, the membrane and the components. Elsewhere that costs an instruction more than it saves.

use crate::neuron::{Coefficients, NeuronStateMut, Options, Outcome, Reset, RngCounter, rare};
use crate::refractory::Refractory;
use crate::rounding::Rounding;
use crate::scalar::Scalar;
use crate::spikes::WORD;
use crate::state::PopulationStateMut;

/// Neurons in line.
const EIGHT: usize = 8;

/// Repeats a block for each neuron of eight.
macro_rules! eightfold {
    ($k:ident $body:block) => { eightfold!($k $body 0 1 2 3 4 5 6 7) };
    ($k:ident $body:block $($value:literal)*) => { $({ const $k: usize = $value; $body })* };
}

/// State in blocks of one spike word.
struct Blocks<'a, S, const K: usize> {
    membrane: &'a mut [[S; WORD]],
    refractory: &'a mut [[Refractory; WORD]],
    adaptation: [&'a mut [[S; WORD]]; K],
}

impl<'a, S: Scalar, const K: usize> PopulationStateMut<'a, S, K> {
    /// Whole blocks, and what is left.
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

/// Eight neurons, and what drives them.
struct Eight<'a, S, const K: usize> {
    membrane: &'a mut [S; EIGHT],
    refractory: &'a mut [Refractory; EIGHT],
    adaptation: [&'a mut [S; EIGHT]; K],
    currents: &'a [S; EIGHT],
}

/// One step of neurons in slices whose lengths have been checked.
#[inline(always)]
pub(crate) fn walk<S: Scalar, R: Reset<S>, const K: usize, Q: Rounding>(
    neuron: &Coefficients<S, R, K, Q>,
    state: PopulationStateMut<'_, S, K>,
    currents: &[S],
    options: impl Options,
    at: RngCounter,
    spikes: &mut [u32],
) {
    // A population that fills no block spares itself the search for one.
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

/// One step of membranes alone, whose thresholds are raised by so much, mV. `spikes` has a word for each 32 of them.
#[inline(always)]
pub(crate) fn membranes<S: Scalar, R: Reset<S>, Q: Rounding>(
    neuron: &Coefficients<S, R, 0, Q>,
    state: PopulationStateMut<'_, S, 0>,
    raised: &[S::Accumulator],
    currents: &[S],
    options: impl Options,
    at: RngCounter,
    spikes: &mut [u32],
) {
    let mut lanes = state.membrane.iter_mut().zip(state.refractory).zip(raised).zip(currents).enumerate();
    for word in spikes {
        let mut fired = 0;
        for (i, (((membrane, refractory), raised), current)) in lanes.by_ref().take(WORD) {
            let draw = neuron.rounding.draw(at.step, at.neuron.wrapping_add(i as u32));
            let steady_state = || current.steady_state(neuron.rest, &neuron.gain);
            let threshold = || neuron.threshold + *raised;
            if neuron.integrate(membrane, refractory, steady_state, threshold, options, draw) == Outcome::Fires {
                fired |= 1 << (i % WORD);
            }
        }
        *word = fired;
    }
}

/// Whether whole blocks are worked on in line. Only under options that are a type, and so take no room: most populations are
/// stepped under them, so that they are worth the flash.
#[inline(always)]
fn in_line<S: Scalar, Q: Rounding, F: Options>(_: F) -> bool {
    size_of::<F>() == 0 && Q::IN_LINE && S::IN_LINE
}

impl<S: Scalar, R: Reset<S>, const K: usize, Q: Rounding> Coefficients<S, R, K, Q> {
    /// One step of whole blocks, in line.
    // A function of its own knows of its arguments that nothing else refers to them, and keeps coefficients in registers.
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
                fired = match S::PHASED && (K > 0 || cfg!(target_abi = "eabihf")) {
                    true => self.phases(cells, options, at, fired),
                    false => self.in_line(cells, options, at, fired),
                };
            }
            *word = fired;
        }
    }

    /// One step of one neuron after another: of what is behind the last whole block, or of all where nothing is in line.
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
        // Never: they were checked. The compiler then knows, and asks no more.
        if membrane.len() != neurons
            || refractory.len() != neurons
            || adaptation.iter().any(|component| component.len() != neurons)
        {
            return;
        }
        // A core with few registers would copy its coefficients to the stack before the first neuron: for a few neurons that is more work
        // than it saves, and they are read where they lie.
        let in_place = cfg!(all(target_arch = "arm", not(target_abi = "eabihf")))
            && S::PHASED
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

    /// One step of eight neurons in line; who fired, in the top bits.
    #[inline(always)]
    fn in_line(&self, mut cells: Eight<'_, S, K>, options: impl Options, at: RngCounter, mut fired: u32) -> u32 {
        fired >>= EIGHT;
        eightfold!(NTH {
            if self.one(&mut cells, NTH, options, at) {
                fired |= 1 << (WORD - EIGHT + NTH);
            }
        });
        fired
    }

    /// One step of one neuron; whether it fires.
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

    /// One step in phases; who fired, in the top bits.
    #[inline(always)]
    fn phases(&self, cells: Eight<'_, S, K>, options: impl Options, at: RngCounter, mut fired: u32) -> u32 {
        let Eight { membrane, refractory, mut adaptation, currents } = cells;
        let mut steady_states = [(S::ZERO, S::ZERO); EIGHT];
        eightfold!(NTH { steady_states[NTH] = currents[NTH].steady_state(self.rest, &self.gain) });
        fired >>= EIGHT;
        eightfold!(NTH {
            let draw = self.rounding.draw(at.step, at.neuron.wrapping_add(NTH as u32));
            let steady_state = || steady_states[NTH];
            let threshold = || self.level(adaptation.each_ref().map(|component| component[NTH].to_accumulator()));
            let outcome = self.integrate(&mut membrane[NTH], &mut refractory[NTH], steady_state, threshold, options, draw);
            if outcome == Outcome::Fires {
                fired |= 1 << (WORD - EIGHT + NTH);
            }
        });
        if K > 0 {
            eightfold!(NTH {
                let draw = self.rounding.draw(at.step, at.neuron.wrapping_add(NTH as u32));
                let adaptation = adaptation.each_mut().map(|component| &mut component[NTH]);
                match Outcome::of(refractory[NTH], options) {
                    Outcome::Fires => self.adapt_fired(adaptation, options, draw),
                    outcome => self.adapt(adaptation, outcome, options, draw),
                }
            });
        }
        fired
    }

    /// Threshold components of a neuron that fires: apart, as it is seldom done and there would be eight of it.
    #[cold]
    #[inline(never)]
    fn adapt_fired(&self, adaptation: [&mut S; K], options: impl Options, draw: Q::Bias) {
        self.adapt(adaptation, Outcome::Fires, options, draw);
    }
}
