//! Measures each operation of a population.

use core::hint::black_box;

use glif_core::derive::DeriveReset;
use glif_core::fixed::types::{I8F8, I16F16};
use glif_core::neuron::{FixedReset, LinearReset};
use glif_core::params::complete;
use glif_core::population::Place;
use glif_core::rounding::Rounding;
use glif_core::spec::Parameter;
use glif_core::spikes::WORD;
use glif_core::{
    Alif, AlifParams, Coefficients, Derivation, Glif1Params, Glif2Params, LifParams, Nearest, NeuronState, ParamErrors,
    Parameters, Population, PopulationState, Quantize, Refractory, RefractoryPeriod, RefractoryRule, RngCounter,
    Spikes, StepOptions, Stochastic, Truncate,
};

use crate::report::line;
use crate::stack::depth;
use crate::{COMPONENTS, Large, MANY};

/// Neurons of the smaller populations.
const FEW: usize = 40;

/// Measures every model in place, with the largest population in `large`.
pub(crate) fn all(large: &mut Large, errors: &mut ParamErrors) {
    Case { name: "alif_i16f16", params: alif::<COMPONENTS>(), rule: RefractoryRule::Inferno }
        .run::<I16F16, FixedReset<_>, Nearest, MANY, { MANY.div_ceil(WORD) }>(large, errors);
    by_value();
    few::<f32, FixedReset<_>, 0, _>("lif_f32", lif(), RefractoryRule::Exact, Nearest, errors);
    few::<I8F8, FixedReset<_>, 0, _>("glif1_i8f8", glif1(), RefractoryRule::Nest, Truncate, errors);
    few::<I16F16, LinearReset<_>, 2, _>(
        "glif2_i16f16",
        glif2(),
        RefractoryRule::Inferno,
        Stochastic { seed: 7 },
        errors,
    );
}

fn lif<P: From<LifParams>>() -> P {
    P::from(LifParams {
        step_time: 1.0,
        rest_v: -60.0,
        reset_v: -65.0,
        thresh_v: -50.0,
        refrac_t: 2.0,
        time_constant: 20.0,
        resistance: 1.0,
    })
}

fn glif1<P: From<Glif1Params>>() -> P {
    P::from(Glif1Params {
        step_time: 1.0,
        rest_v: -60.0,
        reset_v: -65.0,
        thresh_v: -50.0,
        refrac_t: 2.0,
        time_constant: 20.0,
        resistance: 1.0,
    })
}

fn alif<const K: usize>() -> Parameters<glif_core::params::FixedResetParams, K> {
    Parameters::from(AlifParams {
        step_time: 1.0,
        rest_v: -60.0,
        reset_v: -65.0,
        thresh_eq_v: -50.0,
        refrac_t: 2.0,
        tc_membrane: 20.0,
        tc_adaptation: [40.0; K],
        spike_increment: [0.5; K],
        resistance: 1.0,
    })
}

fn glif2<const K: usize>() -> Parameters<glif_core::params::LinearResetParams, K> {
    Parameters::from(Glif2Params {
        step_time: 1.0,
        rest_v: -60.0,
        reset_v_add: 4.0,
        reset_v_mul: 0.2,
        thresh_eq_v: -50.0,
        refrac_t: 2.0,
        tc_membrane: 20.0,
        rc_adaptation: [0.025; K],
        spike_increment: [0.5; K],
        resistance: 1.0,
    })
}

/// Measures a small population, whose memory is on the stack of this function.
#[inline(never)]
fn few<S: Quantize, R: DeriveReset<S>, const K: usize, Q: Rounding>(
    name: &'static str,
    params: Parameters<R::Params, K>,
    rule: RefractoryRule,
    rounding: Q,
    errors: &mut ParamErrors,
) {
    let mut place = Place::<Coefficients<S, R, K, Q>, FEW>::rounding(rounding);
    Case { name, params, rule }.run::<S, R, Q, FEW, { FEW.div_ceil(WORD) }>(&mut place, errors);
}

/// Measures construction that returns the population, and a clone. The population is small, because it passes
/// over the stack.
#[inline(never)]
fn by_value() {
    type Small = Population<Alif<I16F16, COMPONENTS>, FEW>;
    let report = |operation, (returned, stack)| line("alif_i16f16_small", operation, returned, stack);
    report("value/new", depth(|| Small::new(black_box(alif()))));
    report("value/with", depth(|| Small::with(black_box(alif()), RefractoryRule::Nest, Nearest)));
    if let Ok(population) = Small::new(black_box(alif())) {
        report("value/clone", depth(|| population.clone()));
    }
}

/// A population to measure.
struct Case<P, const K: usize> {
    name: &'static str,
    params: Parameters<P, K>,
    rule: RefractoryRule,
}

impl<P: Copy, const K: usize> Case<P, K> {
    fn run<S: Quantize, R: DeriveReset<S, Params = P>, Q: Rounding, const N: usize, const W: usize>(
        self,
        place: &mut Place<Coefficients<S, R, K, Q>, N>,
        errors: &mut ParamErrors,
    ) where
        P: glif_core::params::ResetParams,
    {
        let Self { name, params, rule } = self;
        let report = |operation, (returned, stack)| line(name, operation, returned, stack);

        report("deriving/populate", depth(|| place.populate(black_box(&params), rule, errors).is_some()));
        let Some(population) = place.populate(black_box(params), black_box(rule), errors) else {
            return line(name, "populate refused", 0, usize::MAX);
        };
        let rounding = population.neuron().rounding;

        let mut spikes = Spikes::<W>::new();
        let mut currents = [S::nearest(black_box(18.0)); N];
        let gain = population.neuron().gain;
        currents.iter_mut().filter(|current| !current.drivable(&gain)).for_each(|current| *current = S::ZERO_STATE);
        report("state/step", depth(|| population.step(black_box(&currents), StepOptions::default(), &mut spikes)));
        let options = StepOptions { refrac_lock: black_box(false), adapt: black_box(true) };
        report("state/step_unlocked", depth(|| population.step(black_box(&currents), options, &mut spikes)));

        report("state/read", depth(|| (population.voltage(), population.state(), population.steps())));
        let voltage = *population.voltage();
        report("state/set_voltage", depth(|| population.set_voltage(black_box(&voltage))));
        let mut adaptation = [[S::ZERO_STATE; K]; N];
        report("value/adaptation", depth(|| population.adaptation()));
        report(
            "state/adaptation_iter",
            depth(|| adaptation.iter_mut().zip(population.adaptation_iter()).for_each(|(to, from)| *to = from)),
        );
        report("state/set_adaptation", depth(|| population.set_adaptation(black_box(&adaptation))));
        let mut refrac = [0.0; N];
        report("value/refrac", depth(|| population.refrac()));
        report(
            "state/refrac_iter",
            depth(|| refrac.iter_mut().zip(population.refrac_iter()).for_each(|(to, from)| *to = from)),
        );
        report("state/set_refrac", depth(|| population.set_refrac(black_box(&refrac))));
        report("state/fired", depth(|| population.fired().for_each(|neuron| _ = black_box(neuron))));
        report("state/set_fired", depth(|| population.set_fired(black_box(&spikes))));
        report("value/events", depth(|| population.events()));
        report("value/events_of_spikes", depth(|| spikes.events::<N>()));
        report(
            "state/spikes",
            depth(|| {
                spikes.iter().for_each(|neuron| _ = black_box(neuron));
                (spikes.count(), spikes.contains(black_box(N)))
            }),
        );
        report("state/cell", depth(|| population.cell(black_box(N - 1))));

        report("value/set_step_time", depth(|| population.set_step_time(black_box(2.0))));
        report("deriving/set_step_time_listing", depth(|| population.set_step_time_listing(black_box(0.5), errors)));
        report("value/set_step_time_refused", depth(|| population.set_step_time(black_box(f64::NAN))));
        let snapshot = *population.state();
        report("state/restore", depth(|| population.restore(black_box(&snapshot), 3)));
        report("state/clear_keeping", depth(|| population.clear(black_box(true))));
        report("state/clear", depth(|| population.clear(black_box(false))));

        coefficients::<S, R, K, Q>(name, params, rule, rounding, errors);
        batches::<S, N>(name, &currents, K);
    }
}

/// Measures coefficients without a population, and neurons on the caller's arrays.
#[inline(never)]
fn coefficients<S: Quantize, R: DeriveReset<S>, const K: usize, Q: Rounding>(
    name: &str,
    params: Parameters<R::Params, K>,
    rule: RefractoryRule,
    rounding: Q,
    errors: &mut ParamErrors,
) {
    let report = |operation, (returned, stack)| line(name, operation, returned, stack);
    let derivation = || Derivation::new(black_box(rule)).rounding(rounding);
    let derive = |params| derivation().coefficients::<S, R, K, glif_core::Inferno>(params);
    report("value/derive", depth(|| derive(black_box(params))));
    let refused = Parameters { refrac_t: -1.0, resistance: 0.0, ..params };
    report(
        "value/derive_refused",
        depth(|| {
            if let Err(errors) = derive(black_box(refused)) {
                errors.iter().for_each(|error| _ = black_box(error));
                black_box((errors.count(), errors.mentions(black_box(Parameter::Resistance))));
            }
        }),
    );
    let mut lines = 0;
    report(
        "value/derive_listing",
        depth(|| {
            let params = black_box(&params);
            derivation().report(&mut |_| lines += 1).listing::<S, R, K, glif_core::Inferno>(params, errors)
        }),
    );
    report("value/check", depth(|| black_box(params).check()));
    if let Ok((neuron, period)) = derivation().with_period::<S, R, K, glif_core::Inferno>(params) {
        let mut state = PopulationState::<S, K, 3>::at_rest(S::ZERO_STATE);
        let mut words = [0; 1];
        let currents = [S::nearest(black_box(18.0)); 3];
        let few = black_box(2);
        report(
            "state/run",
            depth(|| {
                let mut lent = state.as_mut();
                lent.membrane = lent.membrane.get_mut(..few).unwrap_or_default();
                let currents = black_box(&currents[..]);
                _ = black_box(neuron.run(lent, currents, StepOptions::default(), RngCounter::default(), &mut words));
                let at = RngCounter { step: 1, neuron: 3 };
                neuron.run(state.as_mut(), currents, StepOptions::default(), at, &mut words)
            }),
        );
        let mut cell =
            NeuronState { membrane: currents[0], refractory: Refractory::default(), adaptation: [S::ZERO_STATE; K] };
        let draw = rounding.draw(black_box(3), black_box(5));
        report("state/step_of_one", depth(|| neuron.step(cell.as_mut(), currents[1], StepOptions::default(), draw)));
        report("state/period", depth(|| periods(&period)));
    }
}

/// Calls the conversions of refractory times and step counts.
fn periods<S: Quantize>(period: &RefractoryPeriod<S>) {
    let period = black_box(period);
    black_box((period.count(), period.rule(), period.count_of(black_box(3.5)), period.remaining(black_box(40))));
    black_box(period.after(black_box(7.0), black_box(3)));
    period.countdown().for_each(|ms| _ = black_box(ms));
    black_box(&RefractoryPeriod::<S>::new(black_box(1e9), black_box(0.1), black_box(RefractoryRule::Nest)));
    black_box(Refractory::new(black_box(3), true).tick().to_bits());
}

/// Measures the reductions over a batch, and the completion of parameter lists as users write them.
#[inline(never)]
fn batches<S: Quantize, const N: usize>(name: &str, values: &[S; N], k: usize) {
    let report = |operation, (returned, stack)| line(name, operation, returned, stack);
    report("state/mean", depth(|| (S::mean(black_box(values), k), S::sum(black_box(&values[..]), k))));
    let lists = (&[20.0, 200.0][..], &[1.5][..]);
    report("state/complete", depth(|| complete::<2>(Parameter::TcAdaptation, black_box(lists.0), black_box(lists.1))));
}
