//! Derivation of coefficients: the quantization report, and that every error is reported once.

use fixed::types::{I8F8, I8F24, I16F16};
use glif_core::derive::{DecayFactor, DeriveReset};
use glif_core::neuron::{FixedReset, LinearReset};
use glif_core::rounding::Rounding;
use glif_core::spec::Parameter;
use glif_core::{
    Alif, AlifParams, Coefficients, Derivation, Glif2, Glif2Params, Lif, LifParams, Nearest, ParamError, ParamErrors,
    Parameters, Population, Problem, Quantised, Quantize, RefractoryRule, Truncate,
};

const LIF: LifParams = LifParams {
    step_time: 1.0,
    rest_v: -60.0,
    reset_v: -65.0,
    thresh_v: -50.0,
    refrac_t: 2.0,
    time_constant: 20.0,
    resistance: 1.0,
};

fn alif<const K: usize>() -> AlifParams<K> {
    AlifParams {
        step_time: 1.0,
        rest_v: -60.0,
        reset_v: -65.0,
        thresh_eq_v: -50.0,
        refrac_t: 2.0,
        tc_membrane: 20.0,
        tc_adaptation: [40.0; K],
        spike_increment: [1.5; K],
        resistance: 2.0,
    }
}

const GLIF2: Glif2Params<1> = Glif2Params {
    step_time: 0.5,
    rest_v: -60.0,
    reset_v_add: 2.0,
    reset_v_mul: 0.25,
    thresh_eq_v: -50.0,
    refrac_t: 2.0,
    tc_membrane: 20.0,
    rc_adaptation: [0.1],
    spike_increment: [1.0],
    resistance: 1.0,
};

fn refused<S: Quantize, R: DeriveReset<S>, const K: usize>(params: impl Into<Parameters<R::Params, K>>) -> ParamErrors {
    Coefficients::<S, R, K>::derive(params, RefractoryRule::Inferno).expect_err("it is to be refused")
}

fn reported<S: Quantize, R: DeriveReset<S>, const K: usize, Q: Rounding>(
    params: impl Into<Parameters<R::Params, K>>,
    rounding: Q,
) -> Vec<Quantised> {
    let mut lines = Vec::new();
    let mut line = |line| lines.push(line);
    let derivation = Derivation::new(RefractoryRule::Inferno).rounding(rounding).report(&mut line);
    derivation.coefficients::<S, R, K, glif_core::Inferno>(params).unwrap();
    lines
}

#[test]
fn every_number_is_reported_as_requested_and_as_stored() {
    let params = AlifParams { tc_adaptation: [40.0, 400.0], rest_v: -60.1, ..alif::<2>() };
    let lines = reported::<I8F8, FixedReset<I8F8>, 2, _>(params, Nearest);
    let told: Vec<_> = lines.iter().map(|line| (line.name, line.index, line.unit, line.requested)).collect();
    let expected = [
        ("rest_v", None, "mV", -60.1),
        ("reset_v", None, "mV", -65.0),
        ("thresh_eq_v", None, "mV", -50.0),
        ("membrane decay", None, "", DecayFactor::of(-1.0 / 20.0).value),
        ("resistance", None, "MΩ", 2.0),
        ("adaptation decay", Some(0), "", DecayFactor::of(-1.0 / 40.0).value),
        ("spike_increment", Some(0), "mV", 1.5),
        ("adaptation decay", Some(1), "", DecayFactor::of(-1.0 / 400.0).value),
        ("spike_increment", Some(1), "mV", 1.5),
    ];
    assert_eq!(told, expected);
    for line in &lines {
        let places = if line.name.ends_with("decay") { 2e-5 } else { 1.0 / 512.0 };
        assert!((line.stored - line.requested).abs() <= places, "{line:?}");
        assert_eq!(line.stall.is_some(), line.name.ends_with("decay"), "{line:?}");
    }
    // Near τ / (2 dt) units in the last place, as in docs/number-formats.md.
    let bands: Vec<f64> = lines.iter().filter_map(|line| line.stall).map(|band| band * 256.0).collect();
    assert_eq!(bands, [10.0, 20.0, 200.0]);
    let bands: Vec<f64> =
        reported::<I8F8, FixedReset<I8F8>, 2, _>(params, Truncate).iter().filter_map(|l| l.stall).collect();
    assert_eq!(bands, [0.0; 3], "truncation lets everything decay");
    // Floating point counts a refractory time down in rounded times; fixed point counts from the exact times.
    let lines = reported::<f32, FixedReset<f32>, 2, _>(AlifParams { step_time: 0.1, ..params }, Nearest);
    let times: Vec<_> = lines.iter().filter(|l| l.unit == "ms").map(|l| (l.name, l.requested, l.stored)).collect();
    assert_eq!(times, [("step_time", 0.1, f64::from(0.1_f32)), ("refrac_t", 2.0, 2.0)]);
}

#[test]
fn rate_constants_are_reported_as_decays() {
    let lines = reported::<f64, LinearReset<f64>, 1, _>(GLIF2, Nearest);
    let of = |name: &str| lines.iter().find(|line| line.name == name).copied().unwrap();
    assert_eq!(of("adaptation decay").requested, DecayFactor::of(-0.5 * 0.1).value);
    assert_eq!((of("reset_v_mul").requested, of("reset_v_mul").stored), (0.25, 0.25));
    assert_eq!((of("reset_v_add").requested, of("reset_v_add").unit), (2.0, "mV"));
}

/// Errors beyond the room of the list are counted too, and none twice.
#[test]
fn every_error_is_counted_once() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let all = AlifParams::<12> {
            step_time: bad,
            rest_v: bad,
            reset_v: bad,
            thresh_eq_v: bad,
            refrac_t: bad,
            tc_membrane: bad,
            tc_adaptation: [bad; 12],
            spike_increment: [bad; 12],
            resistance: bad,
        };
        let errors = [refused::<f32, FixedReset<f32>, 12>(all), refused::<I16F16, FixedReset<I16F16>, 12>(all)];
        for errors in errors {
            assert_eq!((errors.count(), errors.iter().count()), (7 + 24, 16));
            assert!(errors.to_string().ends_with("\nand 15 more"), "{errors}");
        }
    }
    for bad in [f64::NAN, f64::INFINITY, 0.0, -1.0] {
        let each = [
            (AlifParams { step_time: bad, ..alif::<12>() }, Parameter::StepTime, 1),
            (AlifParams { tc_membrane: bad, ..alif::<12>() }, Parameter::TcMembrane, 1),
            (AlifParams { tc_adaptation: [bad; 12], ..alif::<12>() }, Parameter::TcAdaptation, 12),
            (
                AlifParams { tc_adaptation: [bad; 12], spike_increment: [f64::NAN; 12], ..alif() },
                Parameter::TcAdaptation,
                24,
            ),
        ];
        for (params, parameter, count) in each {
            for errors in [refused::<f64, FixedReset<f64>, 12>(params), refused::<I8F8, FixedReset<I8F8>, 12>(params)] {
                assert_eq!(errors.count(), count, "{errors}");
                assert!(errors.mentions(parameter) && !errors.mentions(Parameter::RestV), "{errors}");
            }
        }
    }
    // The same where the list of components is long.
    for bad in [f64::NAN, f64::INFINITY, 0.0, -0.0, -1.0] {
        let mut params = AlifParams { spike_increment: [f64::NAN; 18], ..alif::<18>() };
        params.tc_adaptation[17] = bad;
        assert_eq!(refused::<I16F16, FixedReset<I16F16>, 18>(params).count(), 19, "{bad}");
    }
    for resistance in [f64::NAN, f64::INFINITY, 0.0] {
        let errors = refused::<I16F16, FixedReset<I16F16>, 0>(LifParams { resistance, ..LIF });
        assert_eq!((errors.count(), errors.mentions(Parameter::Resistance)), (1, true), "{errors}");
        assert!(!errors.to_string().contains("more"), "{errors}");
    }
    for refrac_t in [f64::NAN, -1.0, f64::NEG_INFINITY] {
        for rule in [RefractoryRule::Inferno, RefractoryRule::Exact] {
            let errors = Lif::<I16F16>::derive(LifParams { refrac_t, ..LIF }, rule).unwrap_err();
            assert_eq!((errors.count(), errors.mentions(Parameter::RefracT)), (1, true), "{errors}");
        }
    }
    for reset_v_mul in [f64::NAN, f64::INFINITY] {
        assert_eq!(refused::<I16F16, LinearReset<I16F16>, 1>(Glif2Params { reset_v_mul, ..GLIF2 }).count(), 1);
    }
}

#[test]
fn range_errors_state_the_valid_range() {
    let told = |errors: ParamErrors| errors.to_string();
    let steep = Glif2Params { reset_v_mul: -2e9, ..GLIF2 };
    let linear = told(refused::<I16F16, LinearReset<I16F16>, 1>(steep));
    assert!(
        linear.contains("`reset_v_mul` = -2e9: must be") && linear.contains("between -1.073741823e9 and 1.073741823e9"),
        "{linear}"
    );

    let (least, most) = I16F16::GAINS;
    for (sign, lowest, highest) in [(1.0, least, most), (-1.0, -most, -least)] {
        let resistance = sign * 1e9;
        let errors = refused::<I16F16, FixedReset<I16F16>, 0>(LifParams { resistance, ..LIF });
        let problem = Problem::OutOfRange { lowest, highest };
        let error = ParamError::new(Parameter::Resistance, resistance, problem);
        assert_eq!(errors.iter().collect::<Vec<_>>(), [&error]);
    }

    let small = told(refused::<f32, FixedReset<f32>, 0>(LifParams { step_time: 1e-50, ..LIF }));
    assert!(small.starts_with("`step_time` = 1e-50 ms: rounds to zero"), "{small}");
    let long = told(refused::<f32, FixedReset<f32>, 0>(LifParams { refrac_t: 1e40, step_time: 1e38, ..LIF }));
    assert!(long.starts_with("`refrac_t` = 1e40 ms: must be between 0 and 3.4"), "{long}");
    // A format that counts steps has no longest time.
    for rule in [RefractoryRule::Inferno, RefractoryRule::Exact] {
        assert!(Lif::<I8F8>::derive(LifParams { refrac_t: 1e4, step_time: 100.0, ..LIF }, rule).is_ok());
    }
    assert!(
        Lif::<I16F16>::derive(LifParams { refrac_t: 0.0, ..LIF }, RefractoryRule::Inferno).is_ok(),
        "none is no small one"
    );

    // The format has ±64 mV, and 1 MΩ drives half of that. So this threshold is the highest in reach of -60 mV.
    let near = |thresh_v| Lif::<I8F24>::derive(LifParams { thresh_v, reset_v: -62.0, ..LIF }, RefractoryRule::Inferno);
    let neuron = near(-50.0).unwrap();
    // Rounding to nearest stops the membrane a few units in the last place below.
    let highest = LIF.rest_v + I8F24::greatest_drive(&neuron.gain) - I8F24::stall_band(&neuron.decay);
    assert!((-28.001..-28.0).contains(&highest), "{highest}");
    assert!(near(highest).is_ok());
    let errors = near(highest + 0.5_f64.powi(20)).unwrap_err();
    assert_eq!(errors.iter().map(|error| error.problem).collect::<Vec<_>>(), [Problem::OutOfReach { highest }]);
}

/// An increment as great as the stall band of its decay stays forever; with one unit in the last place more it
/// does not.
#[test]
fn increment_within_its_stall_band_is_rejected() {
    let with = |places: f64| AlifParams { tc_adaptation: [400.0], spike_increment: [places / 256.0], ..alif::<1>() };
    let errors = refused::<I8F8, FixedReset<I8F8>, 1>(with(200.0));
    assert_eq!((errors.count(), errors.mentions(Parameter::SpikeIncrement)), (1, true), "{errors}");
    assert!(refused::<I8F8, FixedReset<I8F8>, 1>(with(-200.0)).mentions(Parameter::SpikeIncrement));
    for params in [with(201.0), with(-201.0), with(0.0)] {
        assert!(Alif::<I8F8, 1>::derive(params, RefractoryRule::Inferno).is_ok(), "{params:?}");
    }
    assert!(refused::<I8F8, FixedReset<I8F8>, 1>(with(1.0)).to_string().contains("within ±0.78125 mV"));
    // Stochastic rounding helps against stalling, but not here.
    assert!(refused::<I8F8, FixedReset<I8F8>, 1>(with(0.25)).to_string().contains("rounds to zero"));
    assert!(
        Derivation::new(RefractoryRule::Inferno)
            .rounding(Truncate)
            .coefficients::<I8F8, FixedReset<I8F8>, 1, glif_core::Inferno>(with(200.0))
            .is_ok()
    );
}

/// A threshold that should adapt, but does not, is reported. Floats accept what Inferno accepts.
#[test]
fn increment_that_rounds_to_zero_is_rejected() {
    let with = |places: f64| AlifParams { spike_increment: [places / 256.0], ..alif::<1>() };
    for places in [0.25, -0.25] {
        let derived = Derivation::new(RefractoryRule::Inferno)
            .rounding(Truncate)
            .coefficients::<I8F8, FixedReset<I8F8>, 1, glif_core::Inferno>(with(places));
        let problem = Problem::TooSmall { resolution: 1.0 / 256.0 };
        let value = places / 256.0;
        let error = ParamError { component: Some(0), ..ParamError::new(Parameter::SpikeIncrement, value, problem) };
        assert_eq!(derived.unwrap_err().iter().collect::<Vec<_>>(), [&error]);
        assert!(Alif::<I16F16, 1>::derive(with(places * 256.0), RefractoryRule::Inferno).is_ok());
    }
    // A decay that is over after one step has no band to stall in.
    let at_once = AlifParams { tc_adaptation: [1e-3], ..with(0.25) };
    let errors = refused::<I8F8, FixedReset<I8F8>, 1>(at_once).to_string();
    assert!(errors.contains("rounds to zero in this number format, whose resolution here is 0.00390625"), "{errors}");
    assert!(Alif::<f32, 1>::derive(AlifParams { spike_increment: [1e-50], ..alif() }, RefractoryRule::Inferno).is_ok());
}

#[test]
fn state_and_length_errors_print_like_parameter_errors() {
    let mut population = Population::<Glif2<f32, 1>, 3>::new(GLIF2).unwrap();
    let error = population.set_voltage(&[0.0, f32::NAN, 0.0]).unwrap_err();
    assert_eq!(error.to_string(), "`voltage[1]` = NaN mV: must be finite");
    let one = *refused::<f32, FixedReset<f32>, 0>(LifParams { step_time: 0.0, ..LIF }).iter().next().unwrap();
    assert_eq!(ParamErrors::from(one).to_string(), "`step_time` = 0 ms: must be positive");

    let neuron = Lif::<f32>::derive(LIF, RefractoryRule::Inferno).unwrap();
    let mut state = glif_core::PopulationState::<f32, 0, 4>::at_rest(-60.0);
    let at = glif_core::RngCounter { step: 0, neuron: 0 };
    let error = neuron.run(state.as_mut(), &[0.0; 3], glif_core::StepOptions::default(), at, &mut [0]).unwrap_err();
    assert_eq!(error.to_string(), "`currents`: has length 3, but 4 is needed");
}

/// An error in one threshold component hides none of the next component.
#[test]
fn every_component_is_reported() {
    let params = AlifParams { tc_adaptation: [1e12, 1e12, -1.0], spike_increment: [1.0; 3], ..alif::<3>() };
    let errors = refused::<I8F8, FixedReset<I8F8>, 3>(params);
    let told: Vec<_> = errors.iter().map(|error| (error.parameter, error.component, error.problem)).collect();
    assert_eq!(
        told,
        [
            (Parameter::TcAdaptation, Some(2), Problem::NotPositive),
            (Parameter::TcAdaptation, Some(0), Problem::NeverDecays),
            (Parameter::TcAdaptation, Some(1), Problem::NeverDecays),
        ]
    );
}

/// A time that a float rounds to zero is too short, not too long.
#[test]
fn time_that_rounds_to_zero_is_reported() {
    let told = |params| Alif::<f32, 1>::derive(params, RefractoryRule::Inferno).unwrap_err().to_string();
    let words = "rounds to zero in this number format, whose resolution here is 1.401298464324817e-45 ms\nhelp: use a larger value, or a format with more fraction bits";
    assert_eq!(told(AlifParams { refrac_t: 1e-50, ..alif() }), format!("`refrac_t` = 1e-50 ms: {words}"));
    assert!(told(AlifParams { refrac_t: 1e39, ..alif() }).contains("must be between 0 and 3.4028234663852886e38"));
    assert!(Alif::<f32, 1>::derive(AlifParams { refrac_t: 1e-45, ..alif() }, RefractoryRule::Inferno).is_ok());
}
