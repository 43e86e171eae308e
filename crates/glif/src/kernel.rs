//! The interface between a population on the heap and its model.

use std::fmt::Debug;

use bytemuck::cast_slice;
use glif_core::derive::{DeriveReset, initial};
use glif_core::dynamic::Visitor;
use glif_core::levels::Levels;
use glif_core::multicomponent::Multicomponent;
use glif_core::neuron::Dynamics;
use glif_core::own::{OwnLayout, OwnWords};
use glif_core::params::MOST_COMPONENTS;
use glif_core::rounding::Rounding;
use glif_core::spec::{ComponentCounts, Dialect, ParamTable, Parameter};
use glif_core::{
    Coefficients, Derivation, DynCoefficients, Jumps, LengthError, ParamErrors, Parameters, PopulationStateMut,
    Quantize, Refractory, RefractoryPeriod, RngCounter, Scalar, StepOptions,
};

use crate::coefficients::Lines;
use crate::rows::Rows;
use crate::vectors::vectorised;

/// The coefficients of a model, and how to step neurons by them.
///
/// It is implemented by [`Coefficients`], for a model known at compile time, and by [`DynCoefficients`], for a
/// model that a file describes. Other types have no reason to implement it.
pub trait Kernel: Copy + Debug + Send + Sync + 'static {
    /// The number format.
    type Scalar: Quantize;
    /// The rounding of decays.
    type Rounding: Rounding;
    /// The parameters from which the coefficients are derived.
    type Parameters: Debug + Clone + Into<ParamTable> + Send + Sync;

    /// Derives the coefficients and the refractory period.
    ///
    /// # Errors
    /// Returns all errors in the parameters.
    fn derive(
        parameters: &Self::Parameters,
        derivation: Derivation<'_, Self::Rounding>,
    ) -> Result<(Self, RefractoryPeriod<Self::Scalar>), ParamErrors>;

    /// Returns the same parameters with another step time, ms.
    fn with_step_time(parameters: &Self::Parameters, step_time: f64) -> Self::Parameters;

    /// Returns the dialect.
    fn dialect(parameters: &Self::Parameters) -> Dialect;

    /// Returns the numbers of components.
    fn counts(&self) -> ComponentCounts;

    /// Returns the number of components.
    fn components(&self) -> usize {
        self.counts().total()
    }

    /// Returns the membrane potential at the beginning, mV, with the parameters of the coefficients.
    fn initial(&self, parameters: &Self::Parameters) -> Self::Scalar;

    /// Returns the factor from a current in nA to mV.
    fn gain(&self) -> <Self::Scalar as Scalar>::Gain;

    /// Returns the rounding of decays.
    fn rounding(&self) -> Self::Rounding;

    /// Calls `visitor` with the typed neuron.
    fn visit<V: Visitor<Self::Scalar, Self::Rounding>>(&self, visitor: V) -> V::Output;
}

impl<S: Quantize, R: DeriveReset<S>, const K: usize, Q: Rounding, D: Dynamics<S, K>> Kernel
    for Coefficients<S, R, K, Q, D>
{
    type Scalar = S;
    type Rounding = Q;
    type Parameters = Parameters<R::Params, K>;

    fn derive(
        parameters: &Self::Parameters,
        derivation: Derivation<'_, Q>,
    ) -> Result<(Self, RefractoryPeriod<S>), ParamErrors> {
        let mut errors = ParamErrors::new();
        derivation.listing(parameters, &mut errors).ok_or(errors)
    }

    fn with_step_time(parameters: &Self::Parameters, step_time: f64) -> Self::Parameters {
        Parameters { step_time, ..*parameters }
    }

    fn dialect(parameters: &Self::Parameters) -> Dialect {
        parameters.dialect
    }

    fn counts(&self) -> ComponentCounts {
        D::COUNTS
    }

    fn initial(&self, parameters: &Self::Parameters) -> S {
        initial(parameters.initial_v, self.rest)
    }

    fn gain(&self) -> S::Gain {
        self.gain
    }

    fn rounding(&self) -> Q {
        self.rounding
    }

    #[inline]
    fn visit<V: Visitor<S, Q>>(&self, visitor: V) -> V::Output {
        visitor.visit(self)
    }
}

impl<S: Quantize, Q: Rounding> Kernel for DynCoefficients<S, Q> {
    type Scalar = S;
    type Rounding = Q;
    type Parameters = ParamTable;

    fn derive(
        parameters: &ParamTable,
        derivation: Derivation<'_, Q>,
    ) -> Result<(Self, RefractoryPeriod<S>), ParamErrors> {
        let mut errors = ParamErrors::new();
        Self::derive(parameters, derivation, &mut errors).ok_or(errors)
    }

    fn with_step_time(parameters: &ParamTable, step_time: f64) -> ParamTable {
        let mut parameters = parameters.clone();
        // Every model has a step time.
        _ = parameters.set(Parameter::StepTime, &[step_time]);
        parameters
    }

    fn dialect(parameters: &ParamTable) -> Dialect {
        parameters.dialect()
    }

    fn counts(&self) -> ComponentCounts {
        Self::counts(self)
    }

    fn initial(&self, parameters: &ParamTable) -> S {
        initial(parameters.initial_v(), self.membrane().rest)
    }

    fn gain(&self) -> S::Gain {
        self.membrane().gain
    }

    fn rounding(&self) -> Q {
        self.membrane().rounding
    }

    #[inline]
    fn visit<V: Visitor<S, Q>>(&self, visitor: V) -> V::Output {
        Self::visit(self, visitor)
    }
}

/// Neurons of one sample, and the inputs of a step.
#[derive(Debug)]
pub(crate) struct Run<'a, S> {
    pub(crate) membrane: &'a mut [S],
    pub(crate) refractory: &'a mut [Refractory],
    /// Shape K x neurons.
    pub(crate) adaptation: Rows<'a, S>,
    pub(crate) currents: &'a [S],
    pub(crate) options: StepOptions,
    pub(crate) at: RngCounter,
    pub(crate) words: &'a mut [u32],
}

impl<S: Quantize, Q: Rounding> Visitor<S, Q> for Run<'_, S> {
    type Output = ();

    #[inline]
    fn visit<R: DeriveReset<S>, const K: usize, D: Dynamics<S, K>>(self, neuron: &Coefficients<S, R, K, Q, D>) {
        let (state, currents, options, at, words) = self.into_parts();
        let stepped = run(neuron, state, currents, options, at, words);
        debug_assert!(stepped.is_ok(), "{stepped:?}");
    }

    #[inline]
    fn visit_more<R: DeriveReset<S>>(self, neuron: &Multicomponent<S, R, Q>) {
        let (state, currents, options, at, words) = self.into_parts();
        let stepped = run_more(neuron, state, currents, options, at, words);
        debug_assert!(stepped.is_ok(), "{stepped:?}");
    }

    #[inline]
    fn visit_levels(self, neuron: &Levels<S, Q>) {
        if !neuron.runs() {
            // `Description::build` has counted the neurons.
            let layout = OwnLayout::shared(self.membrane.len() as u32);
            return self.with_own(&OwnWords { shared: neuron, layout: &layout, words: &[] }, 0);
        }
        let (state, currents, _, at, words) = self.into_parts();
        let stepped = run_levels(&neuron.canonical(), state.canonical(), cast_slice(currents), at, words);
        debug_assert!(stepped.is_ok(), "{stepped:?}");
    }
}

impl<'a, S: Quantize> Run<'a, S> {
    /// Steps neurons from number `first` on by their own coefficients.
    #[inline]
    pub(crate) fn with_own<Q: Rounding>(self, own: &OwnWords<'_, S, Q, Lines>, first: usize) {
        if !own.shared.leaks() {
            return self.jumped(own, first, Jumps::NONE); // its step has room for jumps in any case
        }
        let (state, currents, options, at, words) = self.into_parts();
        let own = OwnWords { shared: &own.shared.canonical(), layout: own.layout, words: own.words };
        let stepped = run_own(&own, first, state.canonical(), cast_slice(currents), options, at, words);
        debug_assert!(stepped.is_ok(), "{stepped:?}");
    }

    /// Steps neurons from number `first` on by their own coefficients, and adds `jumps` to their membranes.
    #[inline]
    pub(crate) fn jumped<Q: Rounding>(self, own: &OwnWords<'_, S, Q, Lines>, first: usize, jumps: Jumps<'_, S>) {
        let (state, currents, options, at, words) = self.into_parts();
        let own = OwnWords { shared: &own.shared.canonical(), layout: own.layout, words: own.words };
        let inputs = (cast_slice(currents), jumps.canonical());
        let stepped = run_jumped(&own, first, state.canonical(), inputs, options, at, words);
        debug_assert!(stepped.is_ok(), "{stepped:?}");
    }

    /// Splits into the arguments of a step of at most K components.
    #[inline]
    fn into_parts<const K: usize>(
        self,
    ) -> (PopulationStateMut<'a, S, K>, &'a [S], StepOptions, RngCounter, &'a mut [u32]) {
        let Self { membrane, refractory, adaptation, currents, options, at, words } = self;
        let adaptation = adaptation.into_array();
        (PopulationStateMut { membrane, refractory, adaptation }, currents, options, at, words)
    }
}

vectorised! {
/// [`Coefficients::run`], compiled for the best instruction set of this machine.
fn run<S: Quantize, R: DeriveReset<S>, const K: usize, Q: Rounding, D: Dynamics<S, K>>(
    neuron: &Coefficients<S, R, K, Q, D>,
    state: PopulationStateMut<'_, S, K>,
    currents: &[S],
    options: StepOptions,
    at: RngCounter,
    words: &mut [u32],
) -> Result<(), LengthError> {
    neuron.run(state, currents, options, at, words)
}
}

vectorised! {
/// [`Multicomponent::run`], compiled for the best instruction set of this machine.
fn run_more<S: Quantize, R: DeriveReset<S>, Q: Rounding>(
    neuron: &Multicomponent<S, R, Q>,
    state: PopulationStateMut<'_, S, MOST_COMPONENTS>,
    currents: &[S],
    options: StepOptions,
    at: RngCounter,
    words: &mut [u32],
) -> Result<(), LengthError> {
    neuron.run(state, currents, options, at, words)
}
}

vectorised! {
/// [`OwnWords::run`], compiled for the best instruction set of this machine.
fn run_own<S: Scalar, Q: Rounding>(
    own: &OwnWords<'_, S, Q, Lines>,
    first: usize,
    state: PopulationStateMut<'_, S, MOST_COMPONENTS>,
    currents: &[S],
    options: StepOptions,
    at: RngCounter,
    words: &mut [u32],
) -> Result<(), LengthError> {
    own.run(first, state, currents, options, at, words)
}
}

vectorised! {
/// [`OwnWords::run_jumped`], compiled for the best instruction set of this machine.
fn run_jumped<S: Scalar, Q: Rounding>(
    own: &OwnWords<'_, S, Q, Lines>,
    first: usize,
    state: PopulationStateMut<'_, S, MOST_COMPONENTS>,
    inputs: (&[S], Jumps<'_, S>),
    options: StepOptions,
    at: RngCounter,
    words: &mut [u32],
) -> Result<(), LengthError> {
    own.run_jumped(first, state, inputs, options, at, words)
}
}

vectorised! {
/// [`Levels::run`], compiled for the best instruction set of this machine.
fn run_levels<S: Scalar, Q: Rounding>(
    neuron: &Levels<S, Q>,
    state: PopulationStateMut<'_, S, MOST_COMPONENTS>,
    currents: &[S],
    at: RngCounter,
    words: &mut [u32],
) -> Result<(), LengthError> {
    neuron.run(state, currents, at, words)
}
}
