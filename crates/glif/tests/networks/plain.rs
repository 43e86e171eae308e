//! A network step in its plainest form: one neuron after another, one connection after another.
//!
//! It follows the definition of a network, and shares no loop with the code under test. Coefficients of neurons and
//! decay factors come from `glif_core`, whose own tests check them.

use std::fmt::Debug;

use glif::network::{
    Coupling, Delay, DriveKind, NetworkDescription, NeuronValues, PopulationKind, Projection, Scale, Weights,
};
use glif::{Description, OwnValues, Parameter, RoundingMode};
use glif_core::derive::DecayFactor;
use glif_core::fixed::types::extra::{LeEqU16, LeEqU32};
use glif_core::fixed::{FixedI16, FixedI32};
use glif_core::fixed_point::{Decay16, Decay32, Gain16, Gain32, Slope};
use glif_core::network::{Draw, propagator};
use glif_core::rounding::{Nearest, Rounding, RoundingBias as _, Stochastic, Truncate};
use glif_core::spec::{Discretization, ModelKind, ThresholdTest};
use glif_core::{AlifParams, Coefficients, Derivation, Glif2Params, LifParams, Parameters, Quantize};

/// Threshold components of each neuron that adapts.
const COMPONENTS: usize = 2;

/// A number format in plain arithmetic.
pub(super) trait Number: Quantize {
    /// A float, or an integer in units of the last place.
    type Value: Copy + PartialEq + PartialOrd + Debug;
    const ZERO_VALUE: Self::Value;

    fn value(self) -> Self::Value;
    fn of(wide: Self::Accumulator) -> Self::Value;
    fn shown(value: Self::Value) -> f64;
    fn add(a: Self::Value, b: Self::Value) -> Self::Value;
    fn sub(a: Self::Value, b: Self::Value) -> Self::Value;
    /// R·I.
    fn drive_of(current: Self::Value, gain: &Self::Gain) -> Self::Value;
    /// x·d. `bias` is what rounding adds, in units of 2⁻³² of the last place.
    fn decayed(x: Self::Value, by: &Self::Decay, bias: u32) -> Self::Value;
    fn sloped(x: Self::Value, by: &Self::Slope) -> Self::Value;
    fn limit_voltage(value: Self::Value) -> Self::Value;
    fn limit_current(value: Self::Value) -> Self::Value;
    fn limit_component(value: Self::Value, count: usize) -> Self::Value;
    /// A sum of integer weights times nA or mV for a unit.
    fn weighed(sum: i128, unit: f64) -> Self::Value;
    /// A current times a factor.
    fn times(value: Self::Value, factor: f64) -> Self::Value;
    /// The sum of weights that stay in the format; fixed point has none.
    fn times_count(weight: f64, count: u32) -> Self::Value;
    /// The membrane after all jumps of a step: `terms` in their order.
    fn jumped(v: Self::Value, terms: &[Self::Value]) -> Self::Value;
}

macro_rules! float {
    ($float:ty) => {
        #[allow(clippy::cast_lossless, clippy::unnecessary_cast, reason = "one macro for both floats")]
        impl Number for $float {
            type Value = Self;
            const ZERO_VALUE: Self = 0.0;

            fn value(self) -> Self {
                self
            }
            fn of(wide: Self) -> Self {
                wide
            }
            fn shown(value: Self) -> f64 {
                value as f64
            }
            fn add(a: Self, b: Self) -> Self {
                a + b
            }
            fn sub(a: Self, b: Self) -> Self {
                a - b
            }
            fn drive_of(current: Self, gain: &Self) -> Self {
                gain * current
            }
            fn decayed(x: Self, by: &Self, _: u32) -> Self {
                x * by
            }
            fn sloped(x: Self, by: &Self) -> Self {
                by * x
            }
            fn limit_voltage(value: Self) -> Self {
                value
            }
            fn limit_current(value: Self) -> Self {
                value
            }
            fn limit_component(value: Self, _: usize) -> Self {
                value
            }
            fn weighed(sum: i128, unit: f64) -> Self {
                sum as Self * unit as Self
            }
            fn times(value: Self, factor: f64) -> Self {
                factor as Self * value
            }
            fn times_count(weight: f64, count: u32) -> Self {
                weight as Self * count as Self
            }
            fn jumped(v: Self, terms: &[Self]) -> Self {
                terms.iter().fold(v, |v, term| v + term)
            }
        }
    };
}
float!(f32);
float!(f64);

/// Returns m and s of a factor m·2⁻ˢ with as many bits of m as 31 allow.
fn factor(value: f64) -> (i128, u32) {
    let scaled = |shift: u32| (value * 2_f64.powi(shift as i32)).round_ties_even();
    let shift = (0..=62).rev().find(|shift| scaled(*shift).abs() <= f64::from(i32::MAX)).unwrap();
    (scaled(shift) as i128, shift)
}

/// Returns x·m·2⁻ˢ, rounded to nearest, ties up.
fn product(x: i128, (m, shift): (i128, u32)) -> i128 {
    (x * m + ((1_i128 << shift) >> 1)) >> shift
}

macro_rules! fixed_point {
    ($fixed:ident, $bound:ident, $lowest:expr, $highest:expr, $int:ty, $drive:ident, $decay:ident, $limit:expr) => {
        impl<F: $bound + Send + Sync + 'static> Number for $fixed<F> {
            type Value = i128;
            const ZERO_VALUE: i128 = 0;

            fn value(self) -> i128 {
                self.to_bits().into()
            }
            fn of(wide: i32) -> i128 {
                wide.into()
            }
            fn shown(value: i128) -> f64 {
                value as f64 / 2_f64.powi(F::I32)
            }
            fn add(a: i128, b: i128) -> i128 {
                a + b
            }
            fn sub(a: i128, b: i128) -> i128 {
                a - b
            }
            fn drive_of(current: i128, gain: &Self::Gain) -> i128 {
                $drive(current, gain)
            }
            fn decayed(x: i128, by: &Self::Decay, bias: u32) -> i128 {
                $decay(x, by, bias)
            }
            fn sloped(x: i128, by: &Slope) -> i128 {
                product(x, (by.factor.into(), by.shift))
            }
            fn limit_voltage(value: i128) -> i128 {
                value.clamp($lowest, $highest)
            }
            fn limit_current(value: i128) -> i128 {
                value.clamp(<$int>::MIN.into(), <$int>::MAX.into())
            }
            fn limit_component(value: i128, count: usize) -> i128 {
                let limit = $limit(count);
                value.clamp(-limit, limit)
            }
            fn weighed(sum: i128, unit: f64) -> i128 {
                product(sum, factor(unit * 2_f64.powi(F::I32)))
            }
            fn times(value: i128, by: f64) -> i128 {
                product(value, factor(by))
            }
            fn times_count(_: f64, _: u32) -> i128 {
                unreachable!("fixed point has integer weights")
            }
            fn jumped(v: i128, terms: &[i128]) -> i128 {
                Self::limit_voltage(v + terms.iter().sum::<i128>())
            }
        }
    };
}
fixed_point!(FixedI32, LeEqU32, -(1 << 30), (1 << 30) - 1, i32, drive_32, decay_32, |count: usize| {
    ((1_i128 << 30) - 1) / count.max(1) as i128
});
fixed_point!(FixedI16, LeEqU16, -(1 << 15), (1 << 15) - 1, i16, drive_16, decay_16, |_: usize| (1_i128 << 15) - 1);

fn drive_32(current: i128, gain: &Gain32) -> i128 {
    let current = current.clamp(gain.lowest.into(), gain.highest.into());
    product(current, (i128::from(gain.factor) << gain.shift, 32))
}

fn drive_16(current: i128, gain: &Gain16) -> i128 {
    product(current.clamp(gain.lowest.into(), gain.highest.into()), (gain.factor.into(), gain.shift))
}

fn decay_32(x: i128, by: &Decay32, bias: u32) -> i128 {
    let whole = if by.keep == 0 { 0 } else { 1 << 32 };
    (x * (i128::from(by.factor) + whole) + i128::from(bias)) >> 32
}

fn decay_16(x: i128, by: &Decay16, bias: u32) -> i128 {
    let whole = if by.keep == 0 { 0 } else { 1_i128 << by.shift };
    (x * (i128::from(by.factor) + whole) + i128::from(bias >> (32 - by.shift))) >> by.shift
}

/// Coefficients and state of a neuron.
struct Cell<S: Number> {
    /// Whether the membrane decays to its rest.
    leaks: bool,
    rest: S::Value,
    gain: S::Gain,
    decay: S::Decay,
    /// `None` if the neuron never fires.
    threshold: Option<S::Value>,
    /// Whether a spike must exceed the threshold.
    strict: bool,
    reset: Reset<S>,
    period: u16,
    component_decay: Vec<S::Decay>,
    increment: Vec<S::Value>,
    v: S::Value,
    left: u16,
    fired: bool,
    components: Vec<S::Value>,
}

enum Reset<S: Number> {
    To(S::Value),
    Linear { slope: S::Slope, drop: S::Value },
}

impl<S: Number> Cell<S> {
    fn new(description: &Description, table: &glif::ParamTable, step_time: f64) -> Self {
        let number = |parameter| table.number(parameter);
        let list = |parameter| -> [f64; COMPONENTS] { table.get(parameter).try_into().unwrap() };
        let rule = description.spec.refractory;
        let (rest_v, refrac_t) = (number(Parameter::RestV), number(Parameter::RefracT));
        let discretization = table.discretization();
        // Truncation has no stall band, so that the same parameters fit under every rounding.
        let derivation = Derivation::new(rule).rounding(Truncate);
        let strict = table.threshold_test() == ThresholdTest::Above;
        let cell = match description.model() {
            ModelKind::Lif => {
                let lif: Coefficients<S, glif_core::neuron::FixedReset<S>, 0, Truncate> = derivation
                    .coefficients(
                        Parameters::from(LifParams {
                            step_time,
                            rest_v,
                            reset_v: number(Parameter::ResetV),
                            thresh_v: number(Parameter::ThreshV),
                            refrac_t,
                            time_constant: number(Parameter::TimeConstant),
                            resistance: number(Parameter::Resistance),
                        })
                        .discretized(discretization),
                    )
                    .unwrap();
                Self::of(lif, Reset::To(S::of(lif.reset.0)))
            }
            // The coefficients of a membrane, of which the step uses those that the model has.
            model @ (ModelKind::Li | ModelKind::If) => {
                let leaks = model == ModelKind::Li;
                let lif: Coefficients<S, glif_core::neuron::FixedReset<S>, 0, Truncate> = derivation
                    .coefficients(
                        Parameters::from(LifParams {
                            step_time,
                            rest_v: if leaks { rest_v } else { 0.0 },
                            reset_v: if leaks { -70.0 } else { number(Parameter::ResetV) },
                            // Unused, and within the reach of a current.
                            thresh_v: if leaks { rest_v + 1.0 } else { 1.0 },
                            refrac_t: if leaks { 0.0 } else { refrac_t },
                            time_constant: if leaks { number(Parameter::TimeConstant) } else { 10.0 },
                            resistance: number(Parameter::Resistance),
                        })
                        .discretized(discretization),
                    )
                    .unwrap();
                let threshold = (!leaks).then(|| S::of(S::voltage(number(Parameter::ThreshV)).unwrap()));
                Self { leaks, threshold, ..Self::of(lif, Reset::To(S::of(lif.reset.0))) }
            }
            ModelKind::Alif => {
                let alif: Coefficients<S, glif_core::neuron::FixedReset<S>, COMPONENTS, Truncate> = derivation
                    .coefficients(
                        Parameters::from(AlifParams {
                            step_time,
                            rest_v,
                            reset_v: number(Parameter::ResetV),
                            thresh_eq_v: number(Parameter::ThreshEqV),
                            refrac_t,
                            tc_membrane: number(Parameter::TcMembrane),
                            tc_adaptation: list(Parameter::TcAdaptation),
                            spike_increment: list(Parameter::SpikeIncrement),
                            resistance: number(Parameter::Resistance),
                        })
                        .discretized(discretization),
                    )
                    .unwrap();
                Self::of(alif, Reset::To(S::of(alif.reset.0)))
            }
            _ => {
                let glif2: Coefficients<S, glif_core::neuron::LinearReset<S>, COMPONENTS, Truncate> = derivation
                    .coefficients(
                        Parameters::from(Glif2Params {
                            step_time,
                            rest_v,
                            reset_v_add: number(Parameter::ResetVAdd),
                            reset_v_mul: number(Parameter::ResetVMul),
                            thresh_eq_v: number(Parameter::ThreshEqV),
                            refrac_t,
                            tc_membrane: number(Parameter::TcMembrane),
                            rc_adaptation: list(Parameter::RcAdaptation),
                            spike_increment: list(Parameter::SpikeIncrement),
                            resistance: number(Parameter::Resistance),
                        })
                        .discretized(discretization),
                    )
                    .unwrap();
                Self::of(glif2, Reset::Linear { slope: glif2.reset.slope, drop: S::of(glif2.reset.drop) })
            }
        };
        Self { strict, ..cell }
    }

    fn of<R, const K: usize>(neuron: Coefficients<S, R, K, Truncate>, reset: Reset<S>) -> Self {
        let rest = S::of(neuron.rest);
        Self {
            leaks: true,
            rest,
            gain: neuron.gain,
            decay: neuron.decay,
            threshold: Some(S::of(neuron.threshold)),
            strict: false,
            reset,
            period: neuron.refractory,
            component_decay: neuron.adaptation_decay.to_vec(),
            increment: neuron.increment.iter().map(|increment| S::of(*increment)).collect(),
            v: rest,
            left: 0,
            fired: false,
            components: vec![S::ZERO_VALUE; K],
        }
    }

    /// One step, as the definition writes it.
    fn step(
        &mut self,
        current: S::Value,
        jumps: &[S::Value],
        options: glif::StepOptions,
        bias: impl Fn(u32, bool) -> u32,
    ) {
        self.left = self.left.saturating_sub(1);
        let active = self.left == 0;
        let ext = if active { S::drive_of(current, &self.gain) } else { S::ZERO_VALUE };
        let mut v = if self.leaks {
            let x = S::sub(S::sub(self.v, self.rest), ext);
            S::add(S::add(self.rest, S::decayed(x, &self.decay, bias(0, x < S::ZERO_VALUE))), ext)
        } else {
            S::add(self.v, ext)
        };
        if active {
            v = S::jumped(v, jumps);
        }
        if active || !options.refrac_lock {
            self.v = v;
        }
        self.fired = active
            && self.threshold.is_some_and(|threshold| {
                let threshold = match self.components[..] {
                    [] => threshold,
                    [first, second] => S::add(threshold, S::add(first, second)),
                    _ => unreachable!(),
                };
                if self.strict { self.v > threshold } else { self.v >= threshold }
            });
        if self.fired {
            self.left = self.period;
            self.v = match &self.reset {
                Reset::To(value) => *value,
                Reset::Linear { slope, drop } => {
                    let linear = S::limit_voltage(S::add(self.rest, S::sloped(S::sub(self.v, self.rest), slope)));
                    S::limit_voltage(S::sub(linear, *drop))
                }
            };
        }
        if !options.adapt {
            return;
        }
        let count = self.components.len();
        for (k, component) in self.components.iter_mut().enumerate() {
            if !(options.refrac_lock && self.left > 0) {
                let bias = bias(1 + k as u32, *component < S::ZERO_VALUE);
                *component = S::decayed(*component, &self.component_decay[k], bias);
            }
            if self.fired {
                *component = S::limit_component(S::add(*component, self.increment[k]), count);
            }
        }
    }
}

/// A synapse with a state.
struct Synapse<S: Number> {
    tau: Vec<f64>,
    decay: Vec<S::Decay>,
    coupling: Coupling,
    normalized: bool,
    discretization: Discretization,
    /// mV for each nA.
    propagator: Vec<f64>,
    state: Vec<S::Value>,
}

struct Group<S: Number> {
    options: glif::StepOptions,
    cells: Vec<Cell<S>>,
    synapses: Vec<Synapse<S>>,
    outside: Vec<S::Value>,
}

/// Returns the decay factor of a step.
fn discretized(step_time: f64, tau: f64, discretization: Discretization) -> DecayFactor {
    match discretization {
        Discretization::Exact => DecayFactor::of(-step_time / tau),
        Discretization::Euler => DecayFactor { value: 1.0 - step_time / tau, complement: step_time / tau },
    }
}

/// A connection of a target.
#[derive(Clone, Copy)]
struct Connection {
    source: usize,
    /// Steps.
    delay: usize,
    weight: Weight,
}

#[derive(Clone, Copy)]
enum Weight {
    Integer(i128),
    Float(f64),
}

/// A projection as a list of connections for each target.
struct Matrix {
    from: usize,
    to: usize,
    synapse: String,
    rows: Vec<Vec<Connection>>,
    /// nA or mV for a unit, for each target.
    unit: Vec<f64>,
    are_floats: bool,
}

/// A network that steps plainly.
pub(super) struct Plain<'a, S: Number> {
    network: &'a NetworkDescription,
    /// `None` for an input.
    groups: Vec<Option<Group<S>>>,
    matrices: Vec<Matrix>,
    /// Spikes of each step, population and neuron.
    spikes: Vec<Vec<Vec<u32>>>,
}

fn neurons(kind: &PopulationKind) -> usize {
    kind.shape().iter().product()
}

/// Returns the value of each neuron.
fn each(values: &NeuronValues, neurons: usize) -> Vec<f64> {
    match values {
        NeuronValues::Shared(value) => vec![*value; neurons],
        NeuronValues::Own(OwnValues::Each(values)) => values.clone(),
        NeuronValues::Own(other) => panic!("{other:?}"),
    }
}

impl Matrix {
    fn new(network: &NetworkDescription, projection: &Projection, fixed_point: bool) -> Self {
        let find = |name: &str| network.populations.iter().position(|(other, _)| other == name).unwrap();
        let (from, to) = (find(&projection.from), find(&projection.to));
        let [sources, targets] = [from, to].map(|member| neurons(&network.populations[member].1));
        // Each connection, with the place of its weight and of its delay.
        let mut pairs: Vec<(usize, usize, usize)> = Vec::new();
        match &projection.weights {
            Weights::Dense(values) => {
                for at in (0..targets * sources).filter(|at| values.get(*at) != 0.0) {
                    pairs.push((at / sources, at % sources, at));
                }
            }
            Weights::Sparse { indptr, indices, .. } => {
                for target in 0..targets {
                    for at in indptr[target]..indptr[target + 1] {
                        let at = at as usize;
                        pairs.push((target, indices[at] as usize, at));
                    }
                }
            }
            Weights::Rule { topology, .. } => {
                for target in 0..targets {
                    for source in topology.sources_of(target, (sources, targets)).unwrap() {
                        pairs.push((target, source as usize, 0));
                    }
                }
            }
            other => panic!("{other:?}"),
        }
        let steps = |ms: f64| (ms / network.step_time).round() as usize;
        let delay = |at: usize| match &projection.delay {
            None => 1,
            Some(Delay::Shared(ms)) => steps(*ms),
            Some(Delay::Each(all)) => steps(all[at]),
            Some(Delay::File(name)) => panic!("{name}"),
        };
        let values = match &projection.weights {
            Weights::Dense(values) | Weights::Sparse { data: values, .. } => Some(values),
            _ => None,
        };
        let (mut unit, mut are_floats) = (vec![1.0; targets], false);
        let weight_of: Box<dyn Fn(usize, usize) -> Weight> = match (values, &projection.weights) {
            (None, Weights::Rule { value, .. }) => {
                unit = vec![*value; targets];
                Box::new(|_, _| Weight::Integer(1))
            }
            (Some(values), _) if !values.are_floats() => {
                unit = match &projection.scale {
                    Some(Scale::Shared(value)) => vec![*value; targets],
                    Some(Scale::Each(values)) => values.clone(),
                    other => panic!("{other:?}"),
                };
                Box::new(|at, _| Weight::Integer(values.get(at) as i128))
            }
            (Some(values), _) => {
                let wanted = projection.quantize.map(|quantize| (quantize.bits, quantize.per_target));
                match wanted.or(fixed_point.then_some((16, false))) {
                    None => {
                        are_floats = true;
                        Box::new(|at, _| Weight::Float(values.get(at)))
                    }
                    Some((bits, per_target)) => {
                        let most = if bits == 8 { 127.0 } else { 32_767.0 };
                        let greatest = |of: Option<usize>| {
                            let own = pairs.iter().filter(|(target, ..)| of.is_none_or(|of| of == *target));
                            own.map(|(.., at)| values.get(*at).abs()).fold(0.0, f64::max)
                        };
                        let one = |greatest: f64| if greatest > 0.0 { greatest / most } else { 1.0 };
                        unit = (0..targets).map(|target| one(greatest(per_target.then_some(target)))).collect();
                        let unit = unit.clone();
                        Box::new(move |at, target| {
                            Weight::Integer((values.get(at) / unit[target]).round_ties_even() as i128)
                        })
                    }
                }
            }
            (None, other) => panic!("{other:?}"),
        };
        let mut rows = vec![Vec::new(); targets];
        for (target, source, at) in &pairs {
            let weight = weight_of(*at, *target);
            rows[*target].push(Connection { source: *source, delay: delay(*at), weight });
        }
        drop(weight_of);
        for row in &mut rows {
            // Sources ascend; the delays of a source ascend; equal ones keep their order.
            row.sort_by_key(|connection: &Connection| (connection.source, connection.delay));
        }
        Self { from, to, synapse: projection.synapse.clone(), rows, unit, are_floats }
    }
}

impl<'a, S: Number> Plain<'a, S> {
    pub(super) fn new(network: &'a NetworkDescription) -> Self {
        let fixed_point = network.scalar.is_fixed_point();
        let groups = network.populations.iter().map(|(_, kind)| match kind {
            PopulationKind::Neurons { description, synapses, .. } => {
                let mut description = (**description).clone();
                _ = description.spec.params.set(Parameter::StepTime, &[network.step_time]);
                let drawn = description.drawn().unwrap();
                let count = neurons(kind);
                let cells = (0..count).map(|i| Cell::new(&description, &drawn.of(i), network.step_time)).collect();
                let synapses = synapses.iter().map(|(_, synapse)| {
                    let tau = each(&synapse.tau, count);
                    let factor = |tau: &f64| {
                        S::decay_factor(discretized(network.step_time, *tau, synapse.discretization)).unwrap()
                    };
                    let membrane = description.model().time_constant();
                    let propagator = |(neuron, tau): (usize, &f64)| {
                        let table = drawn.of(neuron);
                        let resistance = table.number(Parameter::Resistance);
                        match membrane {
                            Some(membrane) => propagator(network.step_time, *tau, table.number(membrane), resistance),
                            None => propagator(network.step_time, *tau, f64::INFINITY, resistance),
                        }
                    };
                    Synapse {
                        propagator: tau.iter().enumerate().map(propagator).collect(),
                        decay: tau.iter().map(factor).collect(),
                        tau,
                        coupling: synapse.coupling,
                        normalized: synapse.normalized,
                        discretization: synapse.discretization,
                        state: vec![S::ZERO_VALUE; count],
                    }
                });
                let synapses = synapses.collect();
                let options = description.spec.options;
                Some(Group { options, cells, synapses, outside: vec![S::ZERO_VALUE; count] })
            }
            _ => None,
        });
        let groups = groups.collect();
        let matrices = network.projections.iter().map(|of| Matrix::new(network, of, fixed_point)).collect();
        Self { network, groups, matrices, spikes: Vec::new() }
    }

    pub(super) fn set_currents(&mut self, member: usize, currents: &[f64]) {
        let group = self.groups[member].as_mut().unwrap();
        group.outside = currents.iter().map(|current| S::nearest(*current).value()).collect();
    }

    /// Returns the populations in an order in which each follows those that reach it without delay.
    fn order(&self) -> Vec<usize> {
        let immediate = |matrix: &&Matrix| matrix.rows.iter().flatten().any(|connection| connection.delay == 0);
        let mut order = Vec::new();
        while order.len() < self.groups.len() {
            let ready = (0..self.groups.len()).find(|member| {
                let mut into = self.matrices.iter().filter(|matrix| matrix.to == *member).filter(immediate);
                !order.contains(member) && into.all(|matrix| order.contains(&matrix.from))
            });
            order.push(ready.unwrap());
        }
        order
    }

    /// One step, with the spikes of the inputs.
    pub(super) fn step(&mut self, inputs: &[Vec<u32>]) {
        let step = self.spikes.len();
        self.spikes.push(self.network.populations.iter().map(|(_, kind)| vec![0; neurons(kind)]).collect());
        for member in self.order() {
            match self.groups[member].take() {
                None => self.spikes[step][member].clone_from(&inputs[member]),
                Some(mut group) => {
                    self.step_group(member, &mut group, step);
                    self.spikes[step][member] = group.cells.iter().map(|cell| u32::from(cell.fired)).collect();
                    self.groups[member] = Some(group);
                }
            }
        }
    }

    /// Returns what a projection brings to a target: the sum of the weights of the spikes that arrive.
    fn arrives(&self, matrix: &Matrix, target: usize, step: usize, normal: Option<f64>) -> S::Value {
        let count = |connection: &Connection| match step.checked_sub(connection.delay) {
            Some(fired) => self.spikes[fired][matrix.from][connection.source],
            None => 0,
        };
        if matrix.are_floats {
            let mut sum = S::ZERO_VALUE;
            for connection in &matrix.rows[target] {
                let Weight::Float(weight) = connection.weight else { unreachable!() };
                let count = count(connection);
                if count > 0 {
                    sum = S::add(sum, S::times_count(weight, count));
                }
            }
            return normal.map_or(sum, |normal| S::times(sum, normal));
        }
        let mut sum = 0;
        for connection in &matrix.rows[target] {
            let Weight::Integer(weight) = connection.weight else { unreachable!() };
            sum += weight * i128::from(count(connection));
        }
        S::weighed(sum, matrix.unit[target] * normal.unwrap_or(1.0))
    }

    /// Returns what a stimulus brings to a neuron.
    fn driven(&self, kind: &DriveKind, draw: Draw, neuron: usize, count: usize, normal: f64) -> S::Value {
        let own = |values: &NeuronValues| each(values, count)[neuron];
        let scalar = |value: f64| S::nearest(value).value();
        let step_time = self.network.step_time;
        match kind {
            DriveKind::Constant { value } => scalar(own(value) * normal),
            DriveKind::Step { before, after, onset } => {
                let begun = draw.step as f64 * step_time >= onset - step_time * 1e-6;
                scalar(own(if begun { after } else { before }) * normal)
            }
            DriveKind::Noise { mean, deviation } => {
                let gaussian = gaussian(|again| draw.numbers(neuron as u32, again));
                scalar(own(mean) * normal + own(deviation) * normal * gaussian)
            }
            DriveKind::Poisson { rate, weight } => {
                let mean = own(rate) * (step_time / 1000.0);
                // Two neurons share a draw.
                let number = draw.numbers(neuron as u32 / 2, 0)[neuron % 2];
                // The count is the number of cumulative probabilities that the random number reaches.
                let (mut probability, mut cumulative, mut spikes) = ((-mean).exp(), 0.0, 0_u32);
                loop {
                    cumulative += probability;
                    if number < (cumulative * 2_f64.powi(64)) as u64 || spikes > 200 {
                        break;
                    }
                    spikes += 1;
                    probability *= mean / f64::from(spikes);
                }
                S::weighed(spikes.into(), own(weight) * normal)
            }
            other => panic!("{other:?}"),
        }
    }

    fn step_group(&self, member: usize, group: &mut Group<S>, step: usize) {
        let PopulationKind::Neurons { synapses: named, drives, .. } = &self.network.populations[member].1 else {
            unreachable!()
        };
        let before = self.network.populations[..member].iter().map(|(_, kind)| match kind {
            PopulationKind::Neurons { drives, .. } => drives.len(),
            _ => 0,
        });
        let first: usize = before.sum();
        let Group { options, cells, synapses, outside } = group;
        let count = cells.len();
        for (neuron, cell) in cells.iter_mut().enumerate() {
            let normals: Vec<Option<f64>> = synapses
                .iter()
                .map(|synapse| {
                    let (step_time, tau) = (self.network.step_time, synapse.tau[neuron]);
                    let complement = || discretized(step_time, tau, synapse.discretization).complement;
                    synapse.normalized.then(complement)
                })
                .collect();
            let place = |name: &str| named.iter().position(|(own, _)| own == name);
            let normal = |name: &str| place(name).and_then(|place| normals[place]);
            let arrived = |name: &str| {
                let mut sum = S::ZERO_VALUE;
                for (number, drive) in drives.iter().enumerate().filter(|(_, of)| of.synapse.as_deref() == Some(name)) {
                    let draw = self.draw(first + number, step);
                    let by = self.driven(&drive.kind, draw, neuron, count, normal(name).unwrap_or(1.0));
                    sum = S::add(sum, by);
                }
                for matrix in self.matrices.iter().filter(|of| of.to == member && of.synapse == name) {
                    sum = S::add(sum, self.arrives(matrix, neuron, step, normal(name)));
                }
                sum
            };
            let seed = self.network.seed.wrapping_add(member as u64);
            let bias = |site: u32, negative: bool| {
                let (step, neuron) = (step as u64, neuron as u32);
                match self.network.rounding {
                    RoundingMode::Nearest => Nearest.draw(step, neuron).bias(site, negative),
                    RoundingMode::Truncate => Truncate.draw(step, neuron).bias(site, negative),
                    RoundingMode::Stochastic => Stochastic { seed }.draw(step, neuron).bias(site, negative),
                }
            };
            let mut current = outside[neuron];
            for (number, drive) in drives.iter().enumerate().filter(|(_, of)| of.synapse.is_none()) {
                let by = self.driven(&drive.kind, self.draw(first + number, step), neuron, count, 1.0);
                current = S::add(current, by);
            }
            current = S::add(current, arrived("current"));
            let mut jumps = vec![arrived("delta")];
            for (number, (name, _)) in named.iter().enumerate() {
                let synapse = &mut synapses[number];
                let state = synapse.state[neuron];
                // The synapses `current` and `delta` come first.
                let site = 0x100 + 2 + number as u32;
                let left = S::decayed(state, &synapse.decay[neuron], bias(site, state < S::ZERO_VALUE));
                let next = S::limit_current(S::add(left, arrived(name)));
                synapse.state[neuron] = next;
                match synapse.coupling {
                    Coupling::Held => current = S::add(current, next),
                    Coupling::Exact => {
                        jumps.push(S::times(state, synapse.propagator[neuron]));
                    }
                }
            }
            cell.step(S::limit_current(current), &jumps, *options, bias);
        }
    }

    fn draw(&self, stimulus: usize, step: usize) -> Draw {
        Draw { seed: self.network.seed, stimulus: stimulus as u16, sample: 0, step: step as u64 }
    }
}

/// Returns a standard Gaussian by Marsaglia's polar method.
fn gaussian(mut draw: impl FnMut(u16) -> [u64; 2]) -> f64 {
    for again in 0..16 {
        let [x, y] = draw(again).map(|number| (number >> 11) as f64 / 2_f64.powi(52) - 1.0);
        let square = x * x + y * y;
        if square > 0.0 && square < 1.0 {
            return x * (-2.0 * ln(square) / square).sqrt();
        }
    }
    0.0
}

/// Returns ln(x) as the stimuli compute it, to the bit.
fn ln(x: f64) -> f64 {
    let k = (x.to_bits().wrapping_sub(std::f64::consts::FRAC_1_SQRT_2.to_bits()) as i64) >> 52;
    let m = f64::from_bits(x.to_bits().wrapping_sub((k << 52) as u64));
    let t = (m - 1.0) / (m + 1.0);
    let series = (0..12_u8).rev().fold(0.0, |sum, n| sum * (t * t) + 1.0 / f64::from(2 * n + 1));
    k as f64 * std::f64::consts::LN_2 + 2.0 * t * series
}

impl<S: Number> Plain<'_, S> {
    /// Returns the spikes of a population in the last step.
    pub(super) fn fired(&self, member: usize) -> &[u32] {
        &self.spikes[self.spikes.len() - 1][member]
    }

    /// Returns the membranes, then the components, then the currents of each synapse.
    pub(super) fn state(&self, member: usize) -> Vec<f64> {
        let Some(group) = &self.groups[member] else { return Vec::new() };
        let membranes = group.cells.iter().map(|cell| S::shown(cell.v));
        let components = group.cells.iter().flat_map(|cell| cell.components.iter().map(|of| S::shown(*of)));
        let synapses = group.synapses.iter().flat_map(|synapse| synapse.state.iter().map(|of| S::shown(*of)));
        membranes.chain(components).chain(synapses).collect()
    }
}
