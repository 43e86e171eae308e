//! Populations on a board whose neurons have their own parameters.

use glif::description::{NumberFormat, RoundingMode};
use glif::{Description, OwnValues, Parameter};
use glif_board::{Board, LinkError};
use glif_link::message::Request;
use glif_link::{Capacity, Field, RequestError};

use crate::common::{Bench, Metronome, Twin, words};

fn board<const WORDS: usize, const COMPONENTS: usize>() -> Board<Bench> {
    Board::connect(Bench::start::<WORDS, COMPONENTS, 512>(Metronome::default())).unwrap()
}

/// Returns a description of `neurons` in which every parameter but the step time varies.
fn varied(model: &str, neurons: usize) -> Description {
    let own = match model {
        "lif" => "reset_v = -65.0\nthresh_v = -50.0\ntime_constant = 20.0",
        "li" => "time_constant = 20.0",
        "if" => "reset_v = -65.0\nthresh_v = -20.0\ninitial_v = -62.0",
        "alif" => {
            "reset_v = -65.0\nthresh_eq_v = -50.0\ntc_membrane = 20.0\ntc_adaptation = [20.0, 50.0]\nspike_increment = [1.0, 0.5]"
        }
        "glif2" => {
            "reset_v_add = 4.0\nreset_v_mul = 0.2\nthresh_eq_v = -50.0\ntc_membrane = 20.0\nrc_adaptation = [0.05, 0.02]\nspike_increment = [1.0, 0.5]"
        }
        "glif3" => {
            "reset_v = -65.0\nthresh_v = -50.0\ntime_constant = 20.0\nasc_amplitude = [-0.5, 0.25]\nrc_asc = [0.03, 0.1]\nasc_retain = [1.0, 0.5]"
        }
        _ => {
            "reset_v_add = 4.0\nreset_v_mul = 0.2\nthresh_eq_v = -50.0\ntc_membrane = 20.0\nrc_adaptation = 0.05\nspike_increment = 1.0\n\
             asc_amplitude = -0.5\nrc_asc = 0.03\nasc_retain = 0.9\nthresh_voltage_gain = 0.01\nrc_thresh_voltage = 0.03"
        }
    };
    // Not the rule `inferno`, under which a host has milliseconds for each neuron and a board steps.
    let dialect = match model {
        "glif3" | "glif5" => "dialect = 'allen'\n",
        "li" => "",
        _ => "refractory = 'exact'\n",
    };
    let common = match model {
        "li" => "rest_v = -60.0\n",
        "if" => "refrac_t = 2.0\n",
        _ => "rest_v = -60.0\nrefrac_t = 2.0\n",
    };
    let text = format!(
        "model = '{model}'\nshape = {neurons}\n{dialect}[params]\nstep_time = 0.5\n{common}resistance = 1.5\n{own}"
    );
    let mut description = Description::from_toml(&text).unwrap();
    let params = description.spec.params.clone();
    for parameter in params.model().parameters().iter().filter(|parameter| **parameter != Parameter::StepTime) {
        let values = params.get(*parameter);
        if values.is_empty() {
            continue; // optional
        }
        let each = (0..neurons * values.len()).map(|i| {
            let neuron = i / values.len();
            let scale = 0.95 + ((neuron * 37 + *parameter as usize * 11) % 21) as f64 / 200.0;
            let value = values[i % values.len()];
            // Potentials move by some millivolts.
            if value < -10.0 { value + 20.0 * (scale - 1.0) } else { value * scale }
        });
        description.own.set(*parameter, OwnValues::Each(each.collect()));
    }
    description
}

fn currents(neurons: usize, step: usize) -> Vec<f64> {
    (0..neurons).map(|i| ((i * 7 + step * 13) % 25) as f64).collect()
}

/// A board has the host's spikes and state, over a snapshot and after a clear.
fn follow(board: &mut Board<Bench>, description: &Description) {
    let neurons = description.shape[0];
    let mut twin = Twin::new(description);
    board.load(description).unwrap();
    twin.assert_equal(board);
    let mut fired = 0;
    for step in 0..100 {
        let currents = currents(neurons, step);
        twin.hold(&currents);
        let spikes: Vec<usize> = board.step(&currents).unwrap().iter().collect();
        assert_eq!(spikes, twin.step(), "step {step} of {description:?}");
        fired += spikes.len();
    }
    twin.assert_equal(board);
    assert_eq!(fired > neurons, description.model().fires(), "{fired} spikes of {description:?}");
    let snapshot = board.snapshot().unwrap();
    board.run(5).unwrap();
    board.restore(&snapshot).unwrap();
    twin.assert_equal(board);
    board.clear(false).unwrap();
    twin.0.clear(false);
    twin.assert_equal(board);
}

#[test]
fn every_model_equals_the_host() {
    let mut board = board::<{ words(4, 8) }, 8>();
    for model in ["lif", "alif", "glif2", "glif3", "glif5", "li", "if"] {
        for scalar in [NumberFormat::F32, NumberFormat::I16F16, NumberFormat::I12F20, NumberFormat::I8F8] {
            for rounding in [RoundingMode::Nearest, RoundingMode::Truncate, RoundingMode::Stochastic] {
                let mut description = varied(model, 33);
                description.spec = description.spec.in_format(scalar);
                if scalar.is_fixed_point() {
                    description.spec.rounding = rounding;
                }
                // Rounded to nearest, some components stall in 16 bits.
                if description.build().is_ok() {
                    follow(&mut board, &description);
                } else {
                    assert!(scalar == NumberFormat::I8F8 && rounding == RoundingMode::Nearest, "{description:?}");
                }
            }
        }
    }
}

#[test]
fn a_few_own_parameters_take_a_part_of_the_memory() {
    let mut board = board::<{ words(4, 2) }, 2>();
    let mut description = varied("lif", 128);
    let names: Vec<Parameter> = description.own.iter().map(|(parameter, _)| parameter).collect();
    match board.load(&description) {
        Err(LinkError::Refused(error @ RequestError::Beyond { capacity: Capacity::Own, given, most })) => {
            assert_eq!((given, most), (128 * 22, 1024));
            assert_eq!(error.to_string(), "2816 bytes of own coefficients: this firmware has room for 1024");
        }
        loaded => panic!("{loaded:?}"),
    }
    names.iter().filter(|name| **name != Parameter::TimeConstant).for_each(|name| _ = description.own.remove(*name));
    follow(&mut board, &description);
    // Currents in parts wait in the rest of the memory.
    let mut twin = Twin::new(&description);
    board.load(&description).unwrap();
    let currents = currents(128, 3);
    board.hold(&currents).unwrap();
    twin.hold(&currents);
    for spikes in board.run(50).unwrap() {
        assert_eq!(spikes.iter().collect::<Vec<_>>(), twin.step());
    }
}

#[test]
fn requests_before_the_last_neuron_are_refused() {
    let mut board = board::<{ words(4, 4) }, 4>();
    let description = varied("lif", 3);
    let model = glif_board::translate::model(&description).unwrap();
    let client = board.client();
    let mut ask = |request: Request<'_>| match client.call(&request) {
        Err(LinkError::Refused(error)) => Some(error),
        reply => {
            reply.unwrap();
            None
        }
    };
    let row = |values: [f64; 6]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let good = row([-60.0, -65.0, -50.0, 2.0, 20.0, 1.0]);
    assert_eq!(ask(Request::Load(model)), None);
    assert_eq!(ask(Request::Run { steps: 1, digest: false, inputs: &[] }), Some(RequestError::Own { next: 0 }));
    assert_eq!(
        ask(Request::Write { population: 0, field: Field::Voltage, first: 0, values: &[0; 4] }),
        Some(RequestError::Own { next: 0 })
    );
    assert_eq!(ask(Request::Own { first: 1, values: &good }), Some(RequestError::Own { next: 0 }));
    assert_eq!(ask(Request::Own { first: 0, values: &good }), None);
    let odd = Request::Own { first: 1, values: &good[1..] };
    assert_eq!(ask(odd), Some(RequestError::Length { given: 47, expected: 48 }));
    let many = Request::Own { first: 1, values: &good.repeat(3) };
    assert_eq!(ask(many), Some(RequestError::Range { first: 1, count: 3, length: 3 }));
    let bad = ask(Request::Own { first: 1, values: &row([-60.0, -65.0, -70.0, 2.0, 0.0, 1.0]) }).unwrap().to_string();
    assert_eq!(
        bad,
        "`rest_v[1]` = -60 mV: must be below `thresh_v` = -70 mV\n`reset_v[1]` = -65 mV: must be below `thresh_v` = -70 mV\n\
         `time_constant[1]` = 0 ms: must be positive"
    );
    assert_eq!(ask(Request::Own { first: 1, values: &good.repeat(2) }), None);
    assert_eq!(ask(Request::Run { steps: 1, digest: false, inputs: &[] }), None);
    assert_eq!(ask(Request::SetStepTime(1.0)), Some(RequestError::OwnStepTime));
    assert_eq!(
        ask(Request::Own { first: 3, values: &good }),
        Some(RequestError::Range { first: 3, count: 1, length: 3 })
    );

    // A population without own parameters takes none.
    let mut shared = glif_board::translate::model(&description).unwrap();
    shared.own = Default::default();
    assert_eq!(ask(Request::Load(shared)), None);
    assert_eq!(
        ask(Request::Own { first: 0, values: &good }),
        Some(RequestError::Range { first: 0, count: 1, length: 0 })
    );
}
