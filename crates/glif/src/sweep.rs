//! One step of all cells of a population: the core's loop, compiled for several instruction sets and divided
//! among threads.
//!
//! The result does not depend on which thread runs what: a cell reads nothing of its neighbors, and a batch is
//! reduced neuron by neuron.

use std::iter::repeat_n;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(feature = "files")]
use glif_core::Jumps;
use glif_core::own::OwnWords;
use glif_core::spikes::WORD;
use glif_core::{Quantize, Refractory, RngCounter, StepOptions};

use crate::coefficients::Lines;
use crate::kernel::{Kernel, Run};
use crate::reduction::Reduction;
use crate::rows::Rows;
use crate::threads::{Part, Threads};
use crate::vectors::vectorised;

/// Consecutive cells, and the threshold components of the same number of neurons.
///
/// The cells begin and end at a spike word of some sample.
#[derive(Debug)]
pub(crate) struct Cells<'a, S> {
    pub(crate) membrane: &'a mut [S],
    pub(crate) refractory: &'a mut [Refractory],
    pub(crate) words: &'a mut [u32],
    pub(crate) currents: &'a [S],
    /// Shape K x cells, for a batch of one only; with more samples K is 0 here.
    pub(crate) adaptation: Rows<'a, S>,
    /// Number of neurons per sample.
    pub(crate) neurons: usize,
    /// Index of the first cell among all cells.
    pub(crate) first: usize,
}

impl<S: Quantize> Part for Cells<'_, S> {
    /// Returns the length in spike words.
    fn len(&self) -> usize {
        self.words.len()
    }

    fn split(self, at: usize) -> (Self, Self) {
        let Self { membrane, refractory, words, currents, adaptation, neurons, first } = self;
        // Counted from the start of the first sample in this part.
        let (row, start) = (neurons.div_ceil(WORD), first % neurons / WORD);
        let cut = (start + at) / row * neurons + (start + at) % row * WORD - start * WORD;
        let (adaptation, later_adaptation) = adaptation.split(cut);
        let (membrane, later_membrane) = membrane.split_at_mut(cut);
        let (refractory, later_refractory) = refractory.split_at_mut(cut);
        let (words, later_words) = words.split_at_mut(at);
        let (currents, later_currents) = currents.split_at(cut);
        (
            Self { membrane, refractory, words, currents, adaptation, neurons, first },
            Self {
                membrane: later_membrane,
                refractory: later_refractory,
                words: later_words,
                currents: later_currents,
                adaptation: later_adaptation,
                neurons,
                first: first + cut,
            },
        )
    }
}

/// Neurons whose batch is reduced together: few enough for a core's first cache, and a whole number of spike words.
const CHUNK: usize = 1024;

/// Some neurons of every sample, B x n, and their threshold components, K x n.
///
/// The neurons begin and end at a spike word.
#[derive(Debug)]
pub(crate) struct Columns<'a, S> {
    pub(crate) membrane: Rows<'a, S>,
    pub(crate) refractory: Rows<'a, Refractory>,
    pub(crate) words: Rows<'a, u32>,
    /// The currents of every cell.
    pub(crate) currents: &'a [S],
    pub(crate) adaptation: Rows<'a, S>,
    /// Number of neurons per sample.
    pub(crate) neurons: usize,
    /// Index of the first neuron in its sample.
    pub(crate) first: usize,
}

/// Returns the number of values that reducing a batch takes.
///
/// These are the updates that each sample would make to one chunk of neurons, and one value per sample.
pub(crate) fn scratch(batch: usize, components: usize, neurons: usize) -> Option<usize> {
    components.checked_mul(CHUNK.min(neurons))?.checked_add(1)?.checked_mul(batch)
}

impl<S: Quantize> Part for Columns<'_, S> {
    /// Returns the length in spike words of a sample.
    fn len(&self) -> usize {
        self.words.columns()
    }

    fn split(self, at: usize) -> (Self, Self) {
        let Self { membrane, refractory, words, currents, adaptation, neurons, first } = self;
        let cut = (at * WORD).min(membrane.columns());
        let (membrane, later_membrane) = membrane.split(cut);
        let (refractory, later_refractory) = refractory.split(cut);
        let (words, later_words) = words.split(at);
        let (adaptation, later_adaptation) = adaptation.split(cut);
        (
            Self { membrane, refractory, words, currents, adaptation, neurons, first },
            Self {
                membrane: later_membrane,
                refractory: later_refractory,
                words: later_words,
                currents,
                adaptation: later_adaptation,
                neurons,
                first: first + cut,
            },
        )
    }
}

/// The inputs of a step, except the cells.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sweep<'a, M: Kernel> {
    pub(crate) neuron: &'a M,
    /// Instead of `neuron`, if neurons have their own parameters.
    pub(crate) own: Option<OwnWords<'a, M::Scalar, M::Rounding, Lines>>,
    pub(crate) options: StepOptions,
    pub(crate) step: u64,
    pub(crate) threads: &'a Threads,
}

impl<M: Kernel> Sweep<'_, M> {
    /// Steps every cell on its own.
    #[inline]
    pub(crate) fn each(&self, cells: Cells<'_, M::Scalar>) {
        let employed = self.threads.employed(cells.membrane.len());
        self.threads.deal(cells, repeat_n((), employed), |part, ()| self.rows(part));
    }

    /// Makes the step that is `later` steps after this one, of some of the cells of the one sample of a population, under
    /// `currents`. Adds `jumps` to the membranes if there are any. The range begins at a spike word.
    #[cfg(feature = "files")]
    pub(crate) fn part(
        &self,
        cells: &mut Cells<'_, M::Scalar>,
        range: Range<usize>,
        later: u64,
        currents: &[M::Scalar],
        jumps: Jumps<'_, M::Scalar>,
    ) {
        let first = cells.first + range.start;
        let words = range.start / WORD..range.end.div_ceil(WORD);
        let run = Run {
            membrane: &mut cells.membrane[range.clone()],
            refractory: &mut cells.refractory[range.clone()],
            adaptation: cells.adaptation.part(range),
            currents,
            options: self.options,
            at: RngCounter { step: self.step + later, neuron: first as u32 },
            words: &mut cells.words[words],
        };
        match self.own.filter(|_| jumps != Jumps::NONE) {
            Some(own) => run.jumped(&own, first, jumps),
            None => self.step(run, || first),
        }
    }

    /// Steps sample by sample, because each sample starts a spike word.
    #[inline]
    fn rows(&self, mut cells: Cells<'_, M::Scalar>) {
        if cells.membrane.len() == cells.neurons {
            return self.row(cells); // a batch of one: if it is small, splitting it takes longer than stepping it
        }
        while !cells.words.is_empty() {
            let end = cells.neurons.div_ceil(WORD) - cells.first % cells.neurons / WORD;
            let whole = end.min(cells.words.len());
            let (row, rest) = cells.split(whole);
            self.row(row);
            cells = rest;
        }
    }

    /// Steps cells of one sample.
    #[inline]
    fn row(&self, row: Cells<'_, M::Scalar>) {
        let Cells { membrane, refractory, words, currents, adaptation, first, neurons } = row;
        let (options, at) = (self.options, self.moment(first));
        self.step(Run { membrane, refractory, adaptation, currents, options, at, words }, || first % neurons);
    }

    /// Steps neurons of one sample, of which `first` returns the number of the first.
    #[inline]
    fn step(&self, run: Run<'_, M::Scalar>, first: impl FnOnce() -> usize) {
        match self.own {
            None => self.neuron.visit(run),
            Some(own) => run.with_own(&own, first()),
        }
    }

    /// Steps every sample on a copy of the components, chunk by chunk, and then reduces the copies.
    ///
    /// `space` has [`scratch`] values for each thread.
    pub(crate) fn reduced(
        &self,
        columns: Columns<'_, M::Scalar>,
        space: &mut [M::Scalar],
        reduction: &Reduction<M::Scalar>,
    ) {
        let employed = self.threads.employed(columns.currents.len());
        let each = space.len() / self.threads.count();
        self.threads.deal(columns, space.chunks_exact_mut(each).take(employed), |mut part, space| {
            let neurons = part.membrane.columns();
            for start in (0..neurons).step_by(CHUNK) {
                self.chunk(&mut part, space, start..neurons.min(start + CHUNK), reduction);
            }
        });
    }

    fn chunk(
        &self,
        columns: &mut Columns<'_, M::Scalar>,
        space: &mut [M::Scalar],
        range: Range<usize>,
        reduction: &Reduction<M::Scalar>,
    ) {
        let (components, width, batch) = (self.neuron.components(), range.len(), columns.membrane.count());
        let (copies, gathered) = space.split_at_mut(components * batch * width);
        let gathered = &mut gathered[..batch];
        let here = range.clone();
        let words = range.start / WORD..range.end.div_ceil(WORD);
        for sample in 0..batch {
            let copies = &mut copies[sample * components * width..(sample + 1) * components * width];
            for (k, copy) in copies.chunks_exact_mut(width).enumerate() {
                copy.copy_from_slice(columns.adaptation.row(k, here.clone()));
            }
            let first = sample * columns.neurons + columns.first + range.start;
            let run = Run {
                membrane: columns.membrane.row(sample, here.clone()),
                refractory: columns.refractory.row(sample, here.clone()),
                adaptation: Rows::new(copies, components),
                currents: &columns.currents[first..first + width],
                options: self.options,
                at: self.moment(first),
                words: columns.words.row(sample, words.clone()),
            };
            self.step(run, || columns.first + range.start);
        }
        if !self.options.adapt {
            return;
        }
        for k in 0..components {
            for (i, value) in columns.adaptation.row(k, here.clone()).iter_mut().enumerate() {
                for (sample, gathered) in gathered.iter_mut().enumerate() {
                    *gathered = copies[(sample * components + k) * width + i];
                }
                *value = reduction.apply(gathered, components);
            }
        }
    }

    fn moment(&self, first: usize) -> RngCounter {
        RngCounter { step: self.step, neuron: first as u32 }
    }
}

/// Returns whether all of these currents can drive a membrane.
pub(crate) fn all_drivable<S: Quantize>(currents: &[S], gain: &S::Gain, threads: &Threads) -> bool {
    let all = AtomicBool::new(true);
    threads.deal(currents, repeat_n((), threads.employed(currents.len())), |part, ()| {
        if !drivable(part, gain) {
            all.store(false, Ordering::Relaxed);
        }
    });
    all.into_inner()
}

vectorised! {
/// Does the same on one thread. It has no early exit, so that it is vectorized.
fn drivable<S: Quantize>(currents: &[S], gain: &S::Gain) -> bool {
    let mut all = true;
    for current in currents {
        all &= current.drivable(gain);
    }
    all
}
}

vectorised! {
/// Returns whether all of these currents are finite, in nA and as a scalar.
pub(crate) fn finite<S: Quantize, T: Copy + Into<f64>>(currents: &[T]) -> bool {
    let mut all = true;
    for current in currents {
        let na = (*current).into();
        all &= na.is_finite() & S::nearest(na).to_f64().is_finite();
    }
    all
}
}

vectorised! {
/// Rounds currents to the scalar, and returns whether all of them can drive a membrane.
pub(crate) fn round<S: Quantize, T: Copy + Into<f64>>(currents: &[T], to: &mut [S], gain: &S::Gain) -> bool {
    let mut all = true;
    for (from, to) in currents.iter().zip(to) {
        *to = S::nearest((*from).into());
        all &= to.drivable(gain);
    }
    all
}
}

#[cfg(test)]
mod tests {
    use glif_core::{Alif, AlifParams, Glif2, Glif2Params, Lif, LifParams};
    use proptest::prelude::*;

    use super::*;
    use crate::Population;

    /// Returns the spikes and the state of a population after some steps on `threads` threads.
    fn after<M: Kernel>(population: &mut Population<M>, threads: usize, options: StepOptions) -> Vec<u64> {
        population.set_threads(threads).unwrap();
        population.set_share(1);
        let mut all = Vec::new();
        for step in 0..12_usize {
            let cells = population.neurons() * population.batch_size();
            let currents: Vec<M::Scalar> =
                (0..cells).map(|i| M::Scalar::nearest((i * 7 + step * 13) as f64 % 40.0)).collect();
            let fired = population.step(&currents, options).unwrap();
            all.extend(fired.iter().map(|(sample, neuron)| (sample * 100_000 + neuron) as u64));
        }
        let adaptation = population.adaptation();
        let values = population.voltage().iter().chain(&adaptation);
        all.extend(values.map(|value| value.to_f64().to_bits()));
        all.extend(population.refractory.iter().map(|refractory| u64::from(refractory.to_bits())));
        all
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        #[test]
        fn results_do_not_depend_on_threads(
            neurons in 1_usize..2500,
            batch in 1_usize..5,
            threads in 2_usize..6,
            model in 0..3,
            seed in any::<u64>(),
            adapt in any::<bool>(),
            refrac_lock in any::<bool>(),
        ) {
            let options = StepOptions { refrac_lock, adapt };
            let lif = LifParams {
                step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 3.0, time_constant: 20.0,
                resistance: 1.0,
            };
            let alif = AlifParams {
                step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_eq_v: -50.0, refrac_t: 2.0, tc_membrane: 20.0,
                tc_adaptation: [50.0, 9.0], spike_increment: [1.0, -0.5], resistance: 1.0,
            };
            let glif2 = Glif2Params {
                step_time: 1.0, rest_v: -60.0, reset_v_add: 5.0, reset_v_mul: 0.5, thresh_eq_v: -50.0, refrac_t: 2.0,
                tc_membrane: 20.0, rc_adaptation: [0.02], spike_increment: [2.0], resistance: 1.0,
            };
            let rounding = glif_core::Stochastic { seed };
            macro_rules! equal {
                ($population:expr) => {{
                    let mut one = $population.shape(&[neurons]).batch_size(batch).build().unwrap();
                    let mut many = one.clone();
                    prop_assert_eq!(after(&mut one, 1, options), after(&mut many, threads, options));
                }};
            }
            match model {
                0 => equal!(Population::<Lif<fixed::types::I16F16>>::builder(lif).rounding(rounding)),
                1 => equal!(Population::<Alif<f32, 2>>::builder(alif)),
                _ => equal!(Population::<Glif2<fixed::types::I8F8, 1>>::builder(glif2).rounding(rounding)),
            }
        }
    }
}
