//! `defmt::Format` for the types that cannot derive it: those whose fields have associated types of the scalar,
//! and those that are not plain data. The other types derive it where they are declared.

use defmt::{Debug2Format, Format, Formatter, write};

use crate::derive::{Derivation, DeriveReset, Diagnostics};
use crate::dynamic::DynCoefficients;
use crate::jumps::Jumps;
use crate::levels::{DynReset, DynResetParams, LevelParts, Levels};
use crate::multicomponent::Multicomponent;
use crate::neuron::{Coefficients, Dynamics, FixedReset, LinearReset, Reset};
use crate::own::{Column, OwnCoefficients, OwnLayout, OwnSlices, OwnWords, Values};
use crate::params::Parameters;
use crate::population::{Model, Place, Population};
use crate::quantize::Quantize;
use crate::rounding::Rounding;
use crate::scalar::Scalar;
use crate::spikes::Indices;
use crate::teeter::{Teeter, ThresholdVoltage};

impl<S, R, const K: usize, Q, D> Format for Coefficients<S, R, K, Q, D>
where
    S: Scalar<Accumulator: Format, Gain: Format, Decay: Format>,
    R: Format,
    Q: Format,
    D: Format,
{
    fn format(&self, f: Formatter<'_>) {
        let Self { rest, gain, decay, threshold, reset, refractory, adaptation_decay, increment, rounding, dynamics } =
            self;
        write!(
            f,
            "Neuron {{ rest: {}, gain: {}, decay: {}, threshold: {}, reset: {}, refractory: {}, \
             adaptation_decay: {}, increment: {}, rounding: {}, dynamics: {} }}",
            rest, gain, decay, threshold, reset, refractory, adaptation_decay, increment, rounding, dynamics
        );
    }
}

impl<S, const K: usize, const A: usize, const V: usize> Format for Teeter<S, K, A, V>
where
    S: Scalar<Decay: Format, Slope: Format>,
{
    fn format(&self, f: Formatter<'_>) {
        let Self { retain, weight, voltage, resets_from_before } = self;
        write!(
            f,
            "Teeter {{ retain: {}, weight: {}, voltage: {}, resets_from_before: {} }}",
            retain, weight, voltage, resets_from_before
        );
    }
}

impl<S: Scalar> Format for Jumps<'_, S> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{}", Debug2Format(self));
    }
}

impl<S: Scalar<Decay: Format, Slope: Format>> Format for ThresholdVoltage<S> {
    fn format(&self, f: Formatter<'_>) {
        let Self { decay, gain, drive } = self;
        write!(f, "ThresholdVoltage {{ decay: {}, gain: {}, drive: {} }}", decay, gain, drive);
    }
}

impl<S, Q> Format for Levels<S, Q>
where
    S: Scalar<Accumulator: Format, Gain: Format, Decay: Format, Slope: Format>,
    Q: Rounding + Format,
{
    fn format(&self, f: Formatter<'_>) {
        write!(
            f,
            "Levels {{ base: {}, counts: {}, adaptation_decay: {}, increment: {}, retain: {}, weight: {} }}",
            self.base,
            self.counts(),
            self.adaptation_decay(),
            self.increment(),
            self.retain(),
            self.weight()
        );
    }
}

impl<S, Q> Format for LevelParts<'_, S, Q>
where
    S: Scalar<Accumulator: Format, Gain: Format, Decay: Format, Slope: Format>,
    Q: Rounding + Format,
{
    fn format(&self, f: Formatter<'_>) {
        Levels::new(*self).format(f);
    }
}

impl<S: Scalar<OwnGain: Format, OwnDecay: Format, Decay: Format, Slope: Format> + Format> Format for OwnSlices<'_, S> {
    fn format(&self, f: Formatter<'_>) {
        let Self { rest, gain, decay, threshold, reset, slope, refractory, .. } = self;
        write!(f, "OwnSlices {{ rest: {}, gain: {}, decay: {}, threshold: {}, ", rest, gain, decay, threshold);
        write!(f, "reset: {}, slope: {}, refractory: {}, ", reset, slope, refractory);
        let Self { component_decay, increment, retain, weight, voltage_decay, voltage_gain, voltage_drive, .. } = self;
        write!(f, "component_decay: {}, increment: {}, ", component_decay, increment);
        write!(f, "retain: {}, weight: {}, ", retain, weight);
        write!(f, "voltage_decay: {}, voltage_gain: {}, ", voltage_decay, voltage_gain);
        write!(f, "voltage_drive: {} }}", voltage_drive);
    }
}

impl<S, Q> Format for OwnCoefficients<'_, S, Q>
where
    S: Scalar<Accumulator: Format, Gain: Format, Decay: Format, Slope: Format, OwnGain: Format, OwnDecay: Format>
        + Format,
    Q: Rounding + Format,
{
    fn format(&self, f: Formatter<'_>) {
        let Self { shared, own, neurons } = self;
        write!(f, "OwnCoefficients {{ shared: {}, own: {}, neurons: {} }}", shared, own, neurons);
    }
}

impl<S, Q, W: Format> Format for OwnWords<'_, S, Q, W>
where
    S: Scalar<Accumulator: Format, Gain: Format, Decay: Format, Slope: Format> + Format,
    Q: Rounding + Format,
{
    fn format(&self, f: Formatter<'_>) {
        let Self { shared, layout, words } = self;
        write!(f, "OwnWords {{ shared: {}, layout: {}, words: {} }}", shared, layout, words);
    }
}

impl<S: Scalar<Accumulator: Format, Slope: Format>> Format for DynReset<S> {
    fn format(&self, f: Formatter<'_>) {
        match self {
            Self::Fixed(reset) => reset.format(f),
            Self::Linear(reset) => reset.format(f),
        }
    }
}

/// Prints all but the reset and the components, of which it prints the number.
impl<S, Q> Format for DynCoefficients<S, Q>
where
    S: Quantize<Accumulator: Format, Gain: Format, Decay: Format>,
    Q: Rounding + Format,
{
    fn format(&self, f: Formatter<'_>) {
        write!(f, "DynCoefficients {{ membrane: {}, components: {} }}", self.membrane(), self.components());
    }
}

impl<S, R, Q> Format for Multicomponent<S, R, Q>
where
    S: Scalar<Accumulator: Format, Gain: Format, Decay: Format>,
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

impl<S: Scalar<Accumulator: Format>> Format for FixedReset<S> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "To({})", self.0);
    }
}

impl<S: Scalar<Accumulator: Format, Slope: Format>> Format for LinearReset<S> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "Linear {{ slope: {}, drop: {} }}", self.slope, self.drop);
    }
}

impl<M: Model, const N: usize> Format for Place<M, N> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "Place<{}>", N);
    }
}

impl<S, R, const K: usize, Q, D, const N: usize> Format for Population<Coefficients<S, R, K, Q, D>, N>
where
    S: Quantize + Format,
    R: DeriveReset<S>,
    Q: Rounding,
    D: Dynamics<S, K>,
    Coefficients<S, R, K, Q, D>: Format,
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

/// Prints the remaining indices.
impl Format for Indices<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "[");
        for (i, index) in self.clone().enumerate() {
            write!(f, "{}{}", if i == 0 { "" } else { ", " }, index);
        }
        write!(f, "]");
    }
}

/// Contains a function, so that it prints the `Debug` form.
impl Format for Diagnostics<'_> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{}", Debug2Format(self));
    }
}
impl<Q: core::fmt::Debug> Format for Derivation<'_, Q> {
    fn format(&self, f: Formatter<'_>) {
        write!(f, "{}", Debug2Format(self));
    }
}

/// Fails to compile unless every public type has a format. Types with a scalar are tested in floating point and
/// in both widths of fixed point. `tests/format.rs` checks this list against the sources.
const _: () = {
    use fixed::types::{I8F8, I16F16};

    use crate::error::{ImpliedOption, Number};
    use crate::{
        Alif, AlifParams, Glif2, Glif2Params, Glif3Params, Glif4Params, Glif5, Glif5Params, Inferno, LengthError, Lif,
        LifParams, Nearest, NeuronState, NeuronStateMut, ParamError, ParamErrors, PopulationState, PopulationStateMut,
        Problem, Quantised, Refractory, RefractoryPeriod, RefractoryRule, RngCounter, Spikes, StateError, StepOptions,
        Stochastic, Truncate, derive::DecayFactor, rounding::DynBias, rounding::DynRounding, rounding::RandomBits,
        trace::Line,
    };
    use crate::{
        fixed_point::{Decay16, Decay32, Gain16, Gain32, OwnDecay16, OwnDecay32, OwnGain16, OwnGain32, Slope},
        params::{Component, FixedResetParams, LinearResetParams, Rate},
        spec::{
            BatchReduction, ComponentCounts, ComponentKind, Constraint, Dialect, Limits, ModelKind, NumberFormat,
            ParamTable, Parameter, ParameterSet, RoundingMode, Spec,
        },
    };

    const fn has_format<T: Format>() {}
    has_format::<(DecayFactor, Derivation<'_, Truncate>, Quantised, Diagnostics<'_>)>();
    has_format::<(ImpliedOption, LengthError, Number, ParamError, ParamErrors, Problem, StateError)>();
    has_format::<(Decay16, Decay32, Gain16, Gain32, OwnDecay16, OwnDecay32, OwnGain16, OwnGain32, Slope)>();
    has_format::<(Lif<f32>, Alif<f64, 2>, Glif2<I16F16, 1>, Coefficients<I8F8, LinearReset<I8F8>, 3, DynRounding>)>();
    has_format::<(
        FixedReset<f32>,
        LinearReset<f64>,
        StepOptions,
        RngCounter,
        NeuronState<I8F8, 2>,
        NeuronStateMut<'_, f32, 1>,
    )>();
    has_format::<(
        LifParams,
        AlifParams<2>,
        Glif2Params<1>,
        Glif3Params<2>,
        Glif4Params<1, 2>,
        Glif5Params<1, 2>,
        Parameters<FixedResetParams, 2>,
        Parameters<LinearResetParams, 0>,
    )>();
    has_format::<(FixedResetParams, LinearResetParams, Rate, Component)>();
    has_format::<(
        Spec,
        ParamTable,
        Parameter,
        Constraint,
        ModelKind,
        Dialect,
        ComponentCounts,
        ComponentKind,
        NumberFormat,
        RoundingMode,
        BatchReduction,
        Limits,
    )>();
    has_format::<(DynCoefficients<f32, Nearest>, DynCoefficients<I8F8, DynRounding>)>();
    has_format::<(Multicomponent<f32, FixedReset<f32>, Nearest>, Multicomponent<I8F8, LinearReset<I8F8>, DynRounding>)>(
    );
    has_format::<(
        Glif5<f32, 4, 2>,
        Levels<I16F16, Nearest>,
        DynReset<f64>,
        DynResetParams,
        ThresholdVoltage<I8F8>,
        Inferno,
    )>();
    has_format::<(Teeter<I8F8, 3, 1, 1>, LevelParts<'_, f32, Nearest>)>();
    has_format::<(OwnCoefficients<'_, I8F8, Nearest>, OwnSlices<'_, f32>, OwnLayout<u32>, Column, ParameterSet)>();
    has_format::<OwnWords<'_, I8F8, Nearest, u32>>();
    has_format::<(Jumps<'_, f32>, Values<'_, f32>)>();
    has_format::<Place<Lif<f32>, 3>>();
    has_format::<(Population<Lif<f32>, 3>, Population<Glif2<I16F16, 2>, 3>)>();
    has_format::<(RefractoryPeriod<f32>, Refractory, RefractoryRule)>();
    has_format::<(DynRounding, DynBias, RandomBits, Nearest, Stochastic, Truncate)>();
    has_format::<(Spikes<2>, Indices<'_>)>();
    has_format::<(PopulationState<f32, 2, 3>, PopulationStateMut<'_, I16F16, 1>)>();
    has_format::<Line<f64, 2>>();
};
