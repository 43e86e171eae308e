//! The coefficients of neurons that have their own parameters.

use std::sync::Arc;

use bytemuck::{Pod, Zeroable};
use glif_core::derive::initial;
use glif_core::own::{OwnLayout, OwnSlices, OwnWords};
use glif_core::rounding::Rounding;
use glif_core::spec::Parameter;
use glif_core::{Derivation, Levels, ParamErrors, Quantize, RefractoryPeriod, RefractoryRule};

use crate::memory::{self, filled};
use crate::neuron_params::NeuronParams;
use crate::population::BuildError;

/// Nine cache lines, of which each coefficient begins one. An odd number, so that the coefficients of a neuron do not
/// compete for one set of the cache if the number of neurons is a power of two.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C, align(64))]
pub(crate) struct Lines([[u64; 24]; 3]);

/// The coefficients of every neuron. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct OwnNeurons<S: Quantize, Q> {
    pub(crate) params: Arc<NeuronParams>,
    /// Coefficients of neuron 0, some of which all neurons share.
    shared: Levels<S, Q>,
    layout: OwnLayout<Lines>,
    lines: Arc<[Lines]>,
    neurons: usize,
    /// Of each neuron; empty if all neurons share it.
    periods: Arc<[RefractoryPeriod<S>]>,
    /// Potential at which all membranes begin, mV; `None` if each begins at its own or at rest.
    initial: Option<S>,
    /// The greatest resistance of all neurons.
    greatest_gain: S::Gain,
}

impl<S: Quantize, Q: Rounding> OwnNeurons<S, Q> {
    /// Derives the coefficients of every neuron of a new population.
    pub(crate) fn new(params: NeuronParams, shape: &[usize], policy: (RefractoryRule, Q)) -> Result<Self, BuildError> {
        let neurons = shape.iter().product();
        let too_large = || BuildError::TooLarge { shape: shape.to_vec(), batch: 1 };
        let layout = OwnLayout::new::<S>(params.set(), &params.of(0), neurons).filter(|layout| {
            let periods = params.values(Parameter::RefracT).len() * size_of::<RefractoryPeriod<S>>();
            memory::fits(layout.words() as u128 * size_of::<Lines>() as u128 + periods as u128)
        });
        let layout = layout.ok_or_else(too_large)?;
        let lines = filled(Lines::zeroed(), layout.words()).ok_or_else(too_large)?;
        Ok(Self::derive(Arc::new(params), (layout, neurons), lines, policy)?)
    }

    /// Derives the coefficients of every neuron into `lines`.
    fn derive(
        params: Arc<NeuronParams>,
        (layout, neurons): (OwnLayout<Lines>, usize),
        mut lines: Vec<Lines>,
        (rule, rounding): (RefractoryRule, Q),
    ) -> Result<Self, ParamErrors> {
        let mut errors = ParamErrors::new();
        let mut table = params.of(0);
        let own_periods = params.values(Parameter::RefracT).len() == neurons;
        let mut periods = Vec::new();
        let mut first = None;
        let mut greatest = None;
        for neuron in 0..neurons {
            params.write_to(neuron, &mut table);
            let derivation = Derivation::new(rule).rounding(rounding);
            let Some((of, period)) = Levels::<S, Q>::derive(&table, derivation, &mut errors) else {
                errors.set_neuron(neuron);
                return Err(errors);
            };
            layout.set(&mut lines, neuron, &of, initial(table.initial_v(), of.base.rest));
            if own_periods {
                periods.push(period);
            }
            let magnitude = S::gain_to_f64(&of.base.gain).abs();
            if greatest.is_none_or(|(_, least)| magnitude > least) {
                greatest = Some((of.base.gain, magnitude));
            }
            first.get_or_insert(of);
        }
        let (Some(shared), Some((greatest_gain, _))) = (first, greatest) else {
            return Err(errors); // never: a shape has a neuron
        };
        let (lines, periods) = (lines.into(), periods.into());
        let is_shared = params.values(Parameter::InitialV).is_empty();
        let initial = table.initial_v().filter(|_| is_shared).map(|mv| initial(Some(mv), shared.base.rest));
        Ok(Self { params, shared, layout, lines, neurons, periods, initial, greatest_gain })
    }

    /// Derives the coefficients anew for another step time, ms.
    pub(crate) fn with_step_time(&self, step_time: f64, policy: (RefractoryRule, Q)) -> Result<Self, ParamErrors> {
        let mut params = (*self.params).clone();
        params.set_step_time(step_time);
        Self::derive(Arc::new(params), (self.layout, self.neurons), self.lines.to_vec(), policy)
    }

    fn slices(&self) -> OwnSlices<'_, S> {
        self.layout.slices(&self.lines)
    }

    /// Returns the coefficients for a step.
    pub(crate) fn view(&self) -> OwnWords<'_, S, Q, Lines> {
        OwnWords { shared: &self.shared, layout: &self.layout, words: &self.lines }
    }

    /// Returns the refractory period of a neuron, if it has its own.
    pub(crate) fn period(&self, neuron: usize) -> Option<&RefractoryPeriod<S>> {
        self.periods.get(neuron)
    }

    /// Returns the potential at which the membrane of a neuron begins, mV: its own, else that of all, else its rest.
    pub(crate) fn initial(&self, neuron: usize) -> S {
        let slices = self.slices();
        let own = slices.initial.get(neuron).copied().or(self.initial).or(slices.rest.get(neuron).copied());
        own.unwrap_or_else(|| S::from_accumulator(self.shared.base.rest))
    }

    /// Returns the resistance of a neuron.
    pub(crate) fn gain(&self, neuron: usize) -> S::Gain {
        self.slices().gain.get(neuron).map_or(self.shared.base.gain, S::unpack_gain)
    }

    /// Returns the resistance of the neuron for which the range of currents is least, in floating point.
    pub(crate) fn greatest_gain(&self) -> S::Gain {
        self.greatest_gain
    }

    /// Returns the bytes per neuron of the coefficients that vary.
    pub(crate) fn bytes_per_neuron(&self) -> usize {
        self.layout.bytes_per_neuron::<S>()
    }
}
