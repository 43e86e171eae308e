//! `defmt::Format` for the types that cannot derive it: those whose fields have associated types of the scalar, and
//! those that are no plain data. The others derive it where they are declared.

use defmt::{Debug2Format, Format, Formatter, write};

use crate::derive::{DeriveReset, Ledger, Representation};
use crate::dynamic::DynNeuron;
use crate::multicomponent::Multicomponent;
use crate::neuron::{Linear, Neuron, Reset, To};
use crate::params::Parameters;
use crate::population::{Model, Place, Population};
use crate::rounding::Rounding;
use crate::scalar::Scalar;
use crate::spikes::Indices;

impl<S, R, const K: usize, Q> Format for Neuron<S, R, K, Q>
where
    S: Scalar<Wide: Format, Gain: Format, Decay: Format>,
    R: Format,
    Q: Format,
{
    fn format(&self, f: Formatter<'_>) {
        let Self { rest, gain, decay, threshold, reset, refractory, adaptation_decay, increment, rounding } = self;
        write!(
            f,
            "Neuron {{ rest: {}, gain: {}, decay: {}, threshold: {}, reset: {}, refractory: {}, \
             adaptation_decay: {}, increment: {}, rounding: {} }}",
            rest, gain, decay, threshold, reset, refractory, adaptation_decay, increment, rounding
        );
    }
}

/// But for the reset and the components, of which it says how many there are.
impl<S, Q> Format for DynNeuron<S, Q>
where
    S: Representation<Wide: Format, Gain: Format, Decay: Format>,
    Q: Rounding + Format,
{
    fn format(&self, f: Formatter<'_>) {
        write!(f, "DynNeuron {{ membrane: {}, components: {} }}", self.membrane(), self.components());
    }
}

impl<S, R, Q> Format for Multicomponent<S, R, Q>
where
    S: Scalar<Wide: Format, Gain: Format, Decay: Format>,
    R: Reset<S> + Format,
    Q: Rounding + Format,
{
    fn format(&self, f: Formatter<'_>) {
        let (base, adaptation_decay, increment) = (&self.base, self.adaptation_decay(), self.increment());
        write!(
            f,
            "Multicomponent {{ base: {}, adaptation_decay: {}, increment: {} }}",
            base, adaptation_decay, increment
        );
    }
}

impl<S: Scalar<Wide: Format>> Format for To<S> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "To({})", self.0);
    }
}

impl<S: Scalar<Wide: Format, Slope: Format>> Format for Linear<S> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "Linear {{ slope: {}, drop: {} }}", self.slope, self.drop);
    }
}

impl<M: Model, const N: usize> Format for Place<M, N> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "Place<{}>", N);
    }
}

impl<S, R, const K: usize, Q, const N: usize> Format for Population<Neuron<S, R, K, Q>, N>
where
    S: Representation + Format,
    R: DeriveReset<S>,
    Q: Rounding,
    Neuron<S, R, K, Q>: Format,
    Parameters<<R as Reset<S>>::Params, K>: Format,
{
    fn format(&self, f: Formatter<'_>) {
        write!(
            f,
            "Population {{ parameters: {}, neuron: {}, voltage: {}, refrac: {}, adaptation: {}, steps: {} }}",
            self.parameters(),
            self.neuron(),
            self.voltage(),
            self.refrac(),
            self.state().adaptation,
            self.steps()
        );
    }
}

/// The indices that are still to come.
impl Format for Indices<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "[");
        for (i, index) in self.clone().enumerate() {
            write!(f, "{}{}", if i == 0 { "" } else { ", " }, index);
        }
        write!(f, "]");
    }
}

/// It has a function inside, so `Debug` says what there is to say.
impl Format for Ledger<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{}", Debug2Format(self));
    }
}

/// Every public type has a format, or this does not compile; in floating point and in both widths of fixed point where
/// it has a scalar. `tests/format.rs` holds the list to the sources.
const _: () = {
    use fixed::types::{I8F8, I16F16};

    use crate::error::Number;
    use crate::{
        Alif, AlifParams, Cell, CellMut, Flags, Glif2, Glif2Params, LengthError, Lif, LifParams, Moment, Nearest,
        ParamError, ParamErrors, Period, Problem, Quantised, Refractory, Rule, Spikes, State, StateError, StateMut,
        Stochastic, Truncate, Usual, derive::Factor, rounding::Chosen, rounding::Dice, trace::Line,
    };
    use crate::{
        fixed_point::{Decay16, Decay32, Gain16, Gain32, Slope},
        params::{Component, Rate, ResetLinear, ResetTo},
        spec::{
            BatchReduction, Constraint, Limits, ModelKind, NumberFormat, ParamTable, Parameter, RoundingMode, Spec,
        },
    };

    const fn has_format<T: Format>() {}
    has_format::<(Factor, Quantised, Ledger<'_>)>();
    has_format::<(LengthError, Number, ParamError, ParamErrors, Problem, StateError)>();
    has_format::<(Decay16, Decay32, Gain16, Gain32, Slope)>();
    has_format::<(Lif<f32>, Alif<f64, 2>, Glif2<I16F16, 1>, Neuron<I8F8, Linear<I8F8>, 3, Chosen>)>();
    has_format::<(To<f32>, Linear<f64>, Flags, Usual, Moment, Cell<I8F8, 2>, CellMut<'_, f32, 1>)>();
    has_format::<(LifParams, AlifParams<2>, Glif2Params<1>, Parameters<ResetTo, 2>, Parameters<ResetLinear, 0>)>();
    has_format::<(ResetTo, ResetLinear, Rate, Component)>();
    has_format::<(
        Spec,
        ParamTable,
        Parameter,
        Constraint,
        ModelKind,
        NumberFormat,
        RoundingMode,
        BatchReduction,
        Limits,
    )>();
    has_format::<(DynNeuron<f32, Nearest>, DynNeuron<I8F8, Chosen>)>();
    has_format::<(Multicomponent<f32, To<f32>, Nearest>, Multicomponent<I8F8, Linear<I8F8>, Chosen>)>();
    has_format::<Place<Lif<f32>, 3>>();
    has_format::<(Population<Lif<f32>, 3>, Population<Glif2<I16F16, 2>, 3>)>();
    has_format::<(Period<f32>, Refractory, Rule)>();
    has_format::<(Chosen, Dice, Nearest, Stochastic, Truncate)>();
    has_format::<(Spikes<2>, Indices<'_>)>();
    has_format::<(State<f32, 2, 3>, StateMut<'_, I16F16, 1>)>();
    has_format::<Line<f64, 2>>();
};
