//! The keys `discretization` and `threshold_test`: populations against plain equations, and what is refused.
//!
//! With forward Euler and a time constant of two steps, every decay halves. The parameters and the currents here are
//! small multiples of powers of 2, so that membranes are often exactly at their thresholds.

use glif::description::{BatchReduction, Discretization, ParamTable, ThresholdTest};
use glif::network::{Coupling, Exponential, NetworkDescription, NeuronValues};
use glif::{
    AlifParams, Currents, Description, DynPopulation, Glif2Params, IfParams, LifParams, NumberFormat, OwnValues,
    Parameter, RefractoryRule, Spec, StepOptions, Variable,
};
use proptest::prelude::*;

/// A number format in plain arithmetic, in which some products are halves.
trait Plain: Copy + PartialOrd + Default {
    const SCALARS: &'static [NumberFormat];
    fn of(mv: f64, format: NumberFormat) -> Self;
    fn shown(self, format: NumberFormat) -> f64;
    fn add(self, other: Self) -> Self;
    fn sub(self, other: Self) -> Self;
    /// Half of it, as the format rounds.
    fn half(self) -> Self;
}

macro_rules! float {
    ($float:ident $format:ident) => {
        #[allow(clippy::unnecessary_cast, clippy::cast_lossless, reason = "one macro for both floats")]
        impl Plain for $float {
            const SCALARS: &'static [NumberFormat] = &[NumberFormat::$format];
            fn of(mv: f64, _: NumberFormat) -> Self {
                mv as Self
            }
            fn shown(self, _: NumberFormat) -> f64 {
                self as f64
            }
            fn add(self, other: Self) -> Self {
                self + other
            }
            fn sub(self, other: Self) -> Self {
                self - other
            }
            fn half(self) -> Self {
                self * 0.5
            }
        }
    };
}
float!(f32 F32);
float!(f64 F64);

/// Units of the last place.
impl Plain for i64 {
    const SCALARS: &'static [NumberFormat] =
        &[NumberFormat::I16F16, NumberFormat::I12F20, NumberFormat::I8F8, NumberFormat::I9F7];
    fn of(mv: f64, format: NumberFormat) -> Self {
        (mv / format.limits(0).resolution).round() as Self
    }
    fn shown(self, format: NumberFormat) -> f64 {
        self as f64 * format.limits(0).resolution
    }
    fn add(self, other: Self) -> Self {
        self + other
    }
    fn sub(self, other: Self) -> Self {
        self - other
    }
    fn half(self) -> Self {
        (self + 1) >> 1 // ties up
    }
}

/// A model, and the numbers that its parameters are made of.
#[derive(Debug, Clone)]
struct Case {
    model: Model,
    test: ThresholdTest,
    options: StepOptions,
    /// mV above rest.
    threshold: f64,
    reset: f64,
    /// mV.
    increments: Vec<f64>,
    refractory: u16,
    batch: usize,
    threads: usize,
    own: bool,
    /// nA, of each step and cell.
    currents: Vec<Vec<f64>>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Model {
    Lif,
    Alif,
    Glif2,
}

const REST: f64 = -4.0;
const NEURONS: usize = 37;

fn cases() -> impl Strategy<Value = Case> {
    let model = proptest::sample::select(vec![Model::Lif, Model::Alif, Model::Glif2]);
    let test = proptest::sample::select(ThresholdTest::ALL);
    let increments = proptest::collection::vec((-2..5_i32).prop_map(|n| f64::from(n) * 0.25), 0..5);
    let options = (any::<bool>(), any::<bool>()).prop_map(|(refrac_lock, adapt)| StepOptions { refrac_lock, adapt });
    let sizes = (1..3_usize, 1..4_usize, any::<bool>());
    let numbers = (4..16_i32, 0..12_i32, 0..3_u16);
    let currents = |batch| {
        let current = (-4..16_i32).prop_map(|n| f64::from(n) * 0.5);
        proptest::collection::vec(proptest::collection::vec(current, batch * NEURONS), 40)
    };
    (model, test, increments, options, numbers, sizes).prop_flat_map(
        move |(model, test, increments, options, (threshold, below, refractory), (batch, threads, own))| {
            currents(batch).prop_map(move |currents| Case {
                model,
                test,
                options,
                threshold: f64::from(threshold) * 0.25,
                reset: f64::from(threshold - 1 - below) * 0.25,
                increments: if model == Model::Lif { Vec::new() } else { increments.clone() },
                refractory,
                batch,
                threads,
                own,
                currents,
            })
        },
    )
}

impl Case {
    fn params(&self) -> ParamTable {
        let (step_time, rest_v, refrac_t, resistance) = (1.0, REST, f64::from(self.refractory), 1.0);
        let (reset_v, threshold) = (REST + self.reset, REST + self.threshold);
        let mut table = match self.model {
            Model::Lif => {
                LifParams { step_time, rest_v, reset_v, thresh_v: threshold, refrac_t, time_constant: 2.0, resistance }
                    .into()
            }
            Model::Alif => ParamTable::from(AlifParams {
                step_time,
                rest_v,
                reset_v,
                thresh_eq_v: threshold,
                refrac_t,
                tc_membrane: 2.0,
                tc_adaptation: [2.0],
                spike_increment: [0.0],
                resistance,
            }),
            Model::Glif2 => ParamTable::from(Glif2Params {
                step_time,
                rest_v,
                reset_v_add: 1.25,
                reset_v_mul: 0.5,
                thresh_eq_v: threshold,
                refrac_t,
                tc_membrane: 2.0,
                rc_adaptation: [0.5],
                spike_increment: [0.0],
                resistance,
            }),
        };
        let rate = table.model().adaptation().map(|rate| (rate, table.get(rate).to_vec()));
        if let Some((rate, values)) = rate {
            let count = self.increments.len();
            table.set(rate, &values.repeat(count)).unwrap();
            table.set(Parameter::SpikeIncrement, &self.increments).unwrap();
        }
        table.discretized(Discretization::Euler).tested(self.test)
    }

    fn population(&self, scalar: NumberFormat) -> DynPopulation {
        let refractory = RefractoryRule::Exact;
        let spec = Spec { scalar, refractory, options: self.options, ..Spec::new(self.params()) };
        let mut description = Description { batch_size: self.batch, ..Description::new(spec, &[NEURONS]) };
        description.batch_reduction = BatchReduction::Max;
        if self.own {
            description.own.set(Parameter::RestV, OwnValues::Each(vec![REST; NEURONS]));
        }
        let mut population = description.build().unwrap_or_else(|error| panic!("{error}\n{self:?}"));
        population.set_threads(self.threads).unwrap();
        population.set_share(1);
        population
    }

    /// Compares every step with the equations; returns the numbers of spikes and of membranes exactly at a threshold.
    fn follow<P: Plain>(&self, scalar: NumberFormat) -> Result<(usize, usize), TestCaseError> {
        let of = |mv: f64| P::of(mv, scalar);
        let mut population = self.population(scalar);
        let (rest, zero) = (of(REST), of(0.0));
        let count = self.increments.len();
        let mut v = vec![rest; NEURONS * self.batch];
        let mut left = vec![0_u16; NEURONS * self.batch];
        let mut theta = vec![vec![zero; count]; NEURONS];
        let (mut spikes, mut ties) = (0, 0);
        for (step, currents) in self.currents.iter().enumerate() {
            let mut fired = Vec::new();
            let mut updates: Vec<Vec<Vec<P>>> = vec![Vec::new(); NEURONS];
            for cell in 0..v.len() {
                let (sample, neuron) = (cell / NEURONS, cell % NEURONS);
                left[cell] = left[cell].saturating_sub(1);
                let active = left[cell] == 0;
                let ext = if active { of(currents[cell]) } else { zero };
                let next = rest.add(v[cell].sub(rest).sub(ext).half()).add(ext);
                if active || !self.options.refrac_lock {
                    v[cell] = next;
                }
                let level = of(REST + self.threshold);
                let threshold = match theta[neuron].iter().copied().reduce(P::add) {
                    Some(sum) => level.add(sum),
                    None => level,
                };
                ties += usize::from(active && v[cell] == threshold);
                let crosses =
                    if self.test == ThresholdTest::Above { v[cell] > threshold } else { v[cell] >= threshold };
                let fires = active && crosses;
                if fires {
                    fired.push((sample, neuron));
                    left[cell] = self.refractory;
                    v[cell] = match self.model {
                        Model::Glif2 => rest.add(v[cell].sub(rest).half()).sub(of(1.25)),
                        _ => of(REST + self.reset),
                    };
                }
                let mut own = theta[neuron].clone();
                for (of_one, increment) in own.iter_mut().zip(&self.increments) {
                    if !(self.options.refrac_lock && left[cell] > 0) {
                        *of_one = of_one.half();
                    }
                    if fires {
                        *of_one = of_one.add(of(*increment));
                    }
                }
                updates[neuron].push(own);
            }
            for (theta, updates) in theta.iter_mut().zip(&updates).filter(|_| self.options.adapt) {
                for (k, theta) in theta.iter_mut().enumerate() {
                    let greatest =
                        updates.iter().map(|of_sample| of_sample[k]).reduce(|a, b| if b > a { b } else { a });
                    *theta = greatest.unwrap();
                }
            }
            spikes += fired.len();
            population.load(Currents::F64(currents)).unwrap();
            let found: Vec<_> = population.step(self.options).unwrap().iter().collect();
            prop_assert_eq!(found, fired, "step {} in {}", step, scalar);
            let voltages: Vec<f64> = v.iter().map(|v| v.shown(scalar)).collect();
            prop_assert_eq!(population.read(Variable::Voltage), voltages, "step {} in {}", step, scalar);
            let thetas: Vec<f64> = theta.iter().flatten().map(|theta| theta.shown(scalar)).collect();
            prop_assert_eq!(population.read(Variable::Adaptation), thetas, "step {} in {}", step, scalar);
        }
        Ok((spikes, ties))
    }

    fn all<P: Plain>(&self) -> Result<usize, TestCaseError> {
        let mut ties = 0;
        for scalar in P::SCALARS {
            ties += self.follow::<P>(*scalar)?.1;
        }
        Ok(ties)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// In every number format, shared or own, in batches and on threads.
    #[test]
    fn populations_follow_the_equations(case in cases()) {
        case.all::<f32>()?;
        case.all::<f64>()?;
        case.all::<i64>()?;
    }
}

/// A spike at the threshold is one of `>=` only. The cases above have many.
#[test]
fn ties_are_frequent() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut ties = [0; 3];
    for _ in 0..30 {
        let case = cases().new_tree(&mut runner).unwrap().current();
        for (ties, found) in ties.iter_mut().zip([case.all::<f32>(), case.all::<f64>(), case.all::<i64>()]) {
            *ties += found.unwrap();
        }
    }
    assert!(ties.iter().all(|ties| *ties > 200), "{ties:?}");
}

/// Both tests of `if`: inputs that add up to exactly the threshold.
#[test]
fn if_has_both_tests() {
    let params = IfParams { step_time: 1.0, reset_v: 0.0, thresh_v: 1.0, refrac_t: 0.0, resistance: 0.25 };
    for scalar in NumberFormat::ALL {
        for (test, expected) in [(ThresholdTest::AtLeast, [3, 7, 11]), (ThresholdTest::Above, [4, 9, 14])] {
            let spec = Spec { scalar: *scalar, ..Spec::new(ParamTable::from(params).tested(test)) };
            let mut population = Description::new(spec, &[1]).build().unwrap();
            population.load(Currents::F64(&[1.0])).unwrap();
            let fired = (0..15).filter(|_| population.step(StepOptions::default()).unwrap().count() > 0);
            assert_eq!(fired.collect::<Vec<_>>(), expected, "{test} in {scalar}");
        }
    }
}

const LIF: &str = "model = \"lif\"\nshape = 2\n[params]\nstep_time = 1.0\nrest_v = -60.0\nreset_v = -65.0\n\
                   thresh_v = -50.0\nrefrac_t = 2.0\ntime_constant = 20.0\n";

fn told(text: &str) -> String {
    Description::from_toml(text).map(drop).unwrap_err().to_string()
}

fn with(text: &str, keys: &str) -> String {
    text.replace("[params]", &format!("{keys}\n[params]"))
}

#[test]
fn files_have_both_keys() {
    let description = Description::from_toml(&with(LIF, "discretization = \"euler\"\nthreshold_test = \">\"")).unwrap();
    let params = &description.spec.params;
    assert_eq!((params.discretization(), params.threshold_test()), (Discretization::Euler, ThresholdTest::Above));
    assert_eq!(Description::from_toml(&description.to_toml()).unwrap(), description);
    // Each dialect has its own.
    for (dialect, discretization) in [("nest", Discretization::Exact), ("allen", Discretization::Euler)] {
        let description = Description::from_toml(&with(LIF, &format!("dialect = \"{dialect}\""))).unwrap();
        let params = &description.spec.params;
        assert_eq!((params.discretization(), params.threshold_test()), (discretization, ThresholdTest::Above));
        let same = format!("dialect = \"{dialect}\"\ndiscretization = \"{discretization}\"\nthreshold_test = \">\"");
        assert_eq!(Description::from_toml(&with(LIF, &same)).unwrap(), description);
    }
}

#[test]
fn wrong_choices_are_refused() {
    let of = |keys: &str| told(&with(LIF, keys));
    assert_eq!(
        of("discretization = \"exakt\""),
        "`discretization` = \"exakt\": unknown discretization `exakt`\nhelp: did you mean `exact`?"
    );
    assert_eq!(
        of("threshold_test = \"ge\""),
        "`threshold_test` = \"ge\": unknown threshold_test `ge`; available: >=, >"
    );
    assert_eq!(
        of("dialect = \"nest\"\ndiscretization = \"euler\""),
        "`discretization`: must be \"exact\" in dialect \"nest\", which has no other"
    );
    assert_eq!(
        of("dialect = \"allen\"\nthreshold_test = \">=\""),
        "`threshold_test`: must be \">\" in dialect \"allen\", which has no other"
    );
    let below = told(&format!("{LIF}threshold_test = \">\"\n"));
    assert_eq!(below, "`threshold_test`: must be above the line `[params]`");
    // Forward Euler takes no more than all of it.
    let fast = with(LIF, "discretization = \"euler\"").replace("time_constant = 20.0", "time_constant = 0.75");
    let help = "help: use a shorter `step_time`, or `discretization` = \"exact\"";
    let overshoots = "more than all of it decays in a step of forward Euler of 1 ms";
    assert_eq!(told(&fast), format!("`time_constant` = 0.75 ms: {overshoots}\n{help}"));
    let whole = fast.replace("0.75", "1.0");
    assert_eq!(Description::from_toml(&whole).unwrap().build().map(drop), Ok(()));
    let alif = fast
        .replace("lif", "alif")
        .replace("thresh_v", "thresh_eq_v")
        .replace("time_constant = 0.75", "tc_membrane = 9.0\ntc_adaptation = [5.0, 0.5]\nspike_increment = 1.0");
    assert_eq!(told(&alif), format!("`tc_adaptation[1]` = 0.5 ms: {overshoots}\n{help}"));
    let glif2 = alif
        .replace("alif", "glif2")
        .replace("tc_adaptation = [5.0, 0.5]", "rc_adaptation = [1.5, 0.5]")
        .replace("reset_v = -65.0", "reset_v_add = 2.0\nreset_v_mul = 0.5");
    assert_eq!(told(&glif2), format!("`rc_adaptation[0]` = 1.5 1/ms: {overshoots}\n{help}"));
    // No voltage is above the highest one.
    let text = with(LIF, "scalar = \"i8f8\"\nthreshold_test = \">\"");
    let high =
        text.replace("-50.0", "127.99609375").replace("time_constant = 20.0", "time_constant = 20.0\nresistance = 3.0");
    let high = told(&high);
    assert!(high.starts_with("`thresh_v` = 127.99609375 mV: must be between -128 and 127.9921875 in"), "{high}");
}

#[test]
fn models_without_a_use_for_a_choice_refuse_it() {
    let li = "model = \"li\"\nshape = 2\n[params]\nstep_time = 1.0\nrest_v = 0.0\ntime_constant = 20.0\n";
    let rest = "model = \"if\"\nshape = 2\n[params]\nstep_time = 1.0\nreset_v = 0.0\nthresh_v = 1.0\nrefrac_t = 0.0\n";
    for (file, key, reason) in [
        (li, "threshold_test = \">\"", "li has no threshold"),
        (li, "refractory = \"exact\"", "li has no refractory time"),
        (rest, "discretization = \"euler\"", "if does not leak"),
    ] {
        let name = key.split(' ').next().unwrap();
        assert_eq!(told(&with(file, key)), format!("`{name}`: {reason}\nhelp: leave `{name}` out"));
    }
    let euler = with(li, "discretization = \"euler\"");
    assert_eq!(Description::from_toml(&euler).unwrap().build().map(drop), Ok(()));
    let strict = with(rest, "threshold_test = \">\"");
    assert_eq!(Description::from_toml(&strict).unwrap().build().map(drop), Ok(()));
}

/// The exact propagator is that of an exact membrane and an exact synapse.
#[test]
fn exact_coupling_needs_exact_decays() {
    let euler = |population, synapse| {
        let mut network = NetworkDescription::new(1.0);
        let params = LifParams {
            step_time: 1.0,
            rest_v: 0.0,
            reset_v: 0.0,
            thresh_v: 1.0,
            refrac_t: 0.0,
            time_constant: 20.0,
            resistance: 1.0,
        };
        let spec = Spec::new(ParamTable::from(params).discretized(population));
        network.add("exc", Description::new(spec, &[1])).unwrap();
        let (tau, coupling) = (NeuronValues::Shared(5.0), Coupling::Exact);
        let synapse = Exponential { tau, coupling, normalized: false, discretization: synapse };
        network.add_synapse("exc", "slow", synapse).unwrap();
        network.connect("exc", "exc").synapse("slow").all_to_all(0.5);
        network.build().map(drop).map_err(|errors| errors.to_string())
    };
    let (exact, of_euler) = (Discretization::Exact, Discretization::Euler);
    assert_eq!(euler(exact, exact), Ok(()));
    for (population, synapse, of) in [(of_euler, exact, "the population"), (exact, of_euler, "the synapse")] {
        let problem = "needs `discretization` = \"exact\", but that of";
        let help = "help: use `coupling` = \"held\"";
        assert_eq!(
            euler(population, synapse),
            Err(format!("`populations.exc.synapses.slow.coupling` = \"exact\": {problem} {of} is \"euler\"\n{help}"))
        );
    }
}

#[test]
fn synapses_of_files_have_a_discretization() {
    let text = "step_time = 0.5\n[populations.exc]\nmodel = \"lif\"\nshape = 1\n\
                params = { rest_v = 0.0, reset_v = 0.0, thresh_v = 1.0, refrac_t = 0.0, time_constant = 20.0 }\n\
                synapses.slow = { kind = \"exponential\", tau = 2.0, discretization = \"euler\", normalized = true }\n\
                drive = { constant = 1.0, synapse = \"slow\" }\n";
    let description = NetworkDescription::from_toml(text).unwrap();
    let mut network = description.build().unwrap();
    // I <- I (1 - h/τ) + (h/τ) 1 nA, and v <- v d + I (1 - d).
    let (mut current, mut v, decay) = (0.0_f64, 0.0_f64, (-0.5_f64 / 20.0).exp());
    for step in 0..20 {
        network.step().unwrap();
        current = current * 0.75 + 0.25;
        v = v * decay + current * (1.0 - decay);
        let mut samples = glif::Samples::F64(Vec::new());
        glif::Recordable::sample_of(&network.member("exc").unwrap(), Variable::Voltage, None, &mut samples);
        let found = samples.into_f64()[0];
        assert!((found - v).abs() < 1e-6, "step {step}: {found}, not {v}");
    }
    let of = |from: &str, to: &str| {
        let description = NetworkDescription::from_toml(&text.replace(from, to));
        description.and_then(|description| description.build().map(drop)).unwrap_err().to_string()
    };
    let place = "`populations.exc.synapses.slow";
    assert_eq!(
        of("\"euler\"", "\"Euler\""),
        format!("{place}.discretization`: unknown discretization `Euler`\nhelp: did you mean `euler`?")
    );
    assert_eq!(
        of("tau = 2.0", "tau = 0.25"),
        format!(
            "{place}.tau` = 0.25 ms: more than all of it decays in a step of forward Euler of 0.5 ms\n\
             help: use a shorter `step_time`, or `discretization` = \"exact\""
        )
    );
}
