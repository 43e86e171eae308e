//! One test for each row of the table of dialects in `docs/glif-family.md`.

use glif_core::spec::Dialect;
use glif_core::{
    Glif2, Glif2Params, Glif3, Glif3Params, Lif, LifParams, Parameters, Population, RefractoryRule, Spikes,
    StepOptions, TeeterGlif1, TeeterGlif2,
};

const H: f64 = 0.5;
const TAU: f64 = 10.0;

const GLIF1: LifParams = LifParams {
    step_time: H,
    rest_v: -60.0,
    reset_v: -64.0,
    thresh_v: -52.0,
    refrac_t: 1.25, // two and a half steps
    time_constant: TAU,
    resistance: 2.0,
};
const GLIF2: Glif2Params<1> = Glif2Params {
    step_time: H,
    rest_v: -60.0,
    reset_v_add: 1.0,
    reset_v_mul: 0.5,
    thresh_eq_v: -52.0,
    refrac_t: 1.25,
    tc_membrane: TAU,
    rc_adaptation: [0.1],
    spike_increment: [2.0],
    resistance: 2.0,
};

fn glif3(dialect: Dialect) -> Population<Glif3<f64, 1>, 1> {
    let params = Glif3Params {
        dialect,
        step_time: H,
        rest_v: -60.0,
        reset_v: -64.0,
        thresh_v: -52.0,
        refrac_t: 1.25,
        time_constant: TAU,
        asc_amplitude: [-0.5],
        rc_asc: [0.2],
        asc_retain: [0.75],
        resistance: 2.0,
    };
    Population::new(params).unwrap()
}

fn glif1(dialect: Dialect) -> Population<TeeterGlif1<f64>, 1> {
    Population::new(Parameters::from(GLIF1).in_dialect(dialect)).unwrap()
}

fn glif2(dialect: Dialect) -> Population<TeeterGlif2<f64, 1>, 1> {
    Population::new(Parameters::from(GLIF2).in_dialect(dialect)).unwrap()
}

/// Makes a step and returns whether the neuron fires.
macro_rules! step {
    ($population:expr, $na:expr) => {{
        let mut spikes = Spikes::<1>::new();
        $population.step(&[$na], StepOptions::default(), &mut spikes);
        spikes.count() == 1
    }};
}

fn near(value: f64, expected: f64) {
    assert!((value - expected).abs() < 1e-12, "{value}, not {expected}");
}

#[test]
fn decay_of_the_membrane() {
    near(Lif::<f64>::derive(GLIF1, RefractoryRule::Inferno).unwrap().decay, (-H / TAU).exp());
    near(glif1(Dialect::Nest).neuron().decay, (-H / TAU).exp());
    near(glif1(Dialect::Allen).neuron().decay, 1.0 - H / TAU);
}

#[test]
fn after_spike_currents_in_the_current_of_a_step() {
    for (dialect, decay, weight) in
        [(Dialect::Nest, (-H / TAU).exp(), (1.0 - (-0.2 * H).exp()) / (0.2 * H)), (Dialect::Allen, 1.0 - H / TAU, 1.0)]
    {
        let mut population = glif3(dialect);
        population.set_adaptation(&[[1.5]]).unwrap(); // nA
        assert!(!step!(population, 0.5));
        let steady = 2.0 * (0.5 + 1.5 * weight);
        near(population.voltage()[0], -60.0 + steady * (1.0 - decay));
        near(population.adaptation()[0][0], 1.5 * (-0.2 * H).exp());
    }
}

/// A component of 1 mV keeps a membrane 0.97 mV above the threshold from firing only before its decay.
#[test]
fn threshold_component_in_a_step() {
    let (voltage, current) = (-52.0 + 0.97, (8.0 + 0.97) / 2.0); // at its steady state, where it stays
    let mut inferno = Population::<Glif2<f64, 1>, 1>::new(GLIF2).unwrap();
    inferno.set_voltage(&[voltage]).unwrap();
    inferno.set_adaptation(&[[1.0]]).unwrap();
    assert!(!step!(inferno, current));
    near(inferno.adaptation()[0][0], (-0.1 * H).exp());
    for dialect in [Dialect::Nest, Dialect::Allen] {
        let mut population = glif2(dialect);
        population.set_voltage(&[voltage]).unwrap();
        population.set_adaptation(&[[1.0]]).unwrap();
        assert!(step!(population, current), "{dialect}");
    }
}

#[test]
fn spike_at_the_threshold() {
    let current = 4.0; // drives the membrane to the threshold, which it then does not leave
    let mut inferno = Population::<Lif<f64>, 1>::new(GLIF1).unwrap();
    inferno.set_voltage(&[-52.0]).unwrap();
    assert!(step!(inferno, current));
    for dialect in [Dialect::Nest, Dialect::Allen] {
        let mut population = glif1(dialect);
        population.set_voltage(&[-52.0]).unwrap();
        assert!(!step!(population, current), "{dialect}");
        assert_eq!(population.voltage(), &[-52.0]);
        assert!(step!(population, current + 0.001), "{dialect}");
    }
}

#[test]
fn membrane_that_the_reset_applies_to() {
    let reset = |v: f64| -60.0 + 0.5 * (v + 60.0) - 1.0;
    let after = |decay: f64| -60.0 + (7.0 - 40.0) * decay + 40.0; // from 7 mV above rest, under 20 nA
    let mut inferno = Population::<Glif2<f64, 1>, 1>::new(GLIF2).unwrap();
    inferno.set_voltage(&[-53.0]).unwrap();
    assert!(step!(inferno, 20.0));
    near(inferno.voltage()[0], reset(after((-H / TAU).exp())));
    for (dialect, from) in [(Dialect::Nest, -53.0), (Dialect::Allen, after(1.0 - H / TAU))] {
        let mut population = glif2(dialect);
        population.set_voltage(&[-53.0]).unwrap();
        assert!(step!(population, 20.0));
        near(population.voltage()[0], reset(from));
    }
}

/// NEST decays for the refractory time as written, AllenSDK for whole steps.
#[test]
fn threshold_component_at_a_spike() {
    let mut inferno = Population::<Glif2<f64, 1>, 1>::new(GLIF2).unwrap();
    inferno.set_adaptation(&[[1.0]]).unwrap();
    assert!(step!(inferno, 1000.0));
    assert_eq!(inferno.adaptation(), [[3.0]]);
    for (dialect, held) in [(Dialect::Nest, 1.25_f64), (Dialect::Allen, 1.5)] {
        let mut population = glif2(dialect);
        population.set_adaptation(&[[1.0]]).unwrap();
        assert!(step!(population, 1000.0));
        near(population.adaptation()[0][0], (-0.1 * H).exp() * (-0.1 * held).exp() + 2.0);
    }
}

#[test]
fn after_spike_current_at_a_spike() {
    for (dialect, held) in [(Dialect::Nest, 1.25_f64), (Dialect::Allen, 1.5)] {
        let mut population = glif3(dialect);
        population.set_adaptation(&[[1.0]]).unwrap();
        assert!(step!(population, 1000.0));
        near(population.adaptation()[0][0], (-0.2 * H).exp() * 0.75 * (-0.2 * held).exp() - 0.5);
    }
}

/// Two and a half steps are three. Inferno's rule counts the step of the spike among them.
#[test]
fn steps_to_the_next_possible_spike() {
    let mut inferno = Population::<Lif<f64>, 1>::new(GLIF1).unwrap();
    assert!(step!(inferno, 1000.0));
    assert_eq!((1..10).find(|_| step!(inferno, 1000.0)), Some(3));
    for dialect in [Dialect::Nest, Dialect::Allen] {
        let mut population = glif1(dialect);
        assert!(step!(population, 1000.0));
        assert_eq!((1..10).find(|_| step!(population, 1000.0)), Some(4), "{dialect}");
    }
}

#[test]
fn refractory_period() {
    for dialect in [Dialect::Nest, Dialect::Allen] {
        let (mut second, mut third) = (glif2(dialect), glif3(dialect));
        assert!(step!(second, 1000.0) && step!(third, 1000.0));
        let held = (*second.voltage(), second.adaptation(), *third.voltage(), third.adaptation());
        for _ in 0..3 {
            assert!(!step!(second, 1000.0) && !step!(third, 1000.0));
            assert_eq!((*second.voltage(), second.adaptation(), *third.voltage(), third.adaptation()), held);
        }
        assert!(step!(second, 1000.0) && step!(third, 1000.0));
    }
}
