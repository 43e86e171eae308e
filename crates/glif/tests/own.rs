//! Population files in which each neuron has its own parameters: the four forms, draws and errors.

use glif::{Description, DescriptionErrors, OwnValues, Parameter};

/// The shared parameters of a `lif`, without those that `own` defines.
fn lif(shape: &str, own: &str) -> String {
    let shared = [
        ("step_time", "1.0"),
        ("rest_v", "-60.0"),
        ("reset_v", "-65.0"),
        ("thresh_v", "-50.0"),
        ("refrac_t", "2.0"),
        ("time_constant", "20.0"),
    ];
    with(&format!("model = \"lif\"\nshape = {shape}\nseed = 7\n"), &shared, own)
}

/// The same of an `alif` with two threshold components.
fn alif(shape: &str, own: &str) -> String {
    let shared = [
        ("step_time", "1.0"),
        ("rest_v", "-60.0"),
        ("reset_v", "-65.0"),
        ("thresh_eq_v", "-50.0"),
        ("refrac_t", "2.0"),
        ("tc_membrane", "20.0"),
        ("tc_adaptation", "[20.0, 200.0]"),
        ("spike_increment", "[1.5, 0.5]"),
    ];
    with(&format!("model = \"alif\"\nshape = {shape}\nseed = 7\n"), &shared, own)
}

fn with(head: &str, shared: &[(&str, &str)], own: &str) -> String {
    let defined = |name: &str| own.lines().any(|line| line.trim_start().starts_with(&format!("{name} =")));
    let shared = shared.iter().filter(|(name, _)| !defined(name));
    let shared: String = shared.map(|(name, value)| format!("{name} = {value}\n")).collect();
    format!("{head}[params]\n{shared}{own}\n")
}

fn read(text: &str) -> Description {
    Description::from_toml(text).unwrap_or_else(|errors| panic!("{errors}\n{text}"))
}

fn told(text: &str) -> String {
    Description::from_toml(text).map(drop).unwrap_err().to_string()
}

fn values(text: &str, parameter: Parameter) -> Vec<f64> {
    read(text).drawn().unwrap().values(parameter).to_vec()
}

#[test]
fn each_neuron_has_its_value() {
    let text = lif("3", "time_constant = { each = [18.0, 22.5, 20] }\nthresh_v = { each = [-50.0, -49.0, -48.5] }");
    let description = read(&text);
    // The shared table is that of neuron 0.
    assert_eq!(description.number(Parameter::TimeConstant), 18.0);
    let drawn = description.drawn().unwrap();
    assert_eq!(drawn.parameters().collect::<Vec<_>>(), [Parameter::ThreshV, Parameter::TimeConstant]);
    assert_eq!(drawn.values(Parameter::TimeConstant), [18.0, 22.5, 20.0]);
    assert!(drawn.values(Parameter::RestV).is_empty());
    let last = drawn.of(2);
    assert_eq!(
        [Parameter::ThreshV, Parameter::TimeConstant, Parameter::RestV].map(|name| last.number(name)),
        [-48.5, 20.0, -60.0]
    );
    // A neuron beyond the last one changes nothing.
    let mut table = last.clone();
    drawn.write_to(3, &mut table);
    drawn.write_to(usize::MAX, &mut table);
    assert_eq!(table, last);
}

/// A list of a neuron that is shorter than another list is completed by its last value, as a shared one is.
#[test]
fn lists_of_components_are_completed() {
    let text = alif(
        "[1, 2]",
        "tc_adaptation = { each = [[20.0, 200.0], [30.0, 300.0]] }\nspike_increment = { each = [[1.5], [2.5]] }",
    );
    let drawn = read(&text).drawn().unwrap();
    assert_eq!(drawn.values(Parameter::TcAdaptation), [20.0, 200.0, 30.0, 300.0]);
    assert_eq!(drawn.values(Parameter::SpikeIncrement), [1.5, 1.5, 2.5, 2.5]);
    assert_eq!(drawn.of(1).get(Parameter::SpikeIncrement), [2.5, 2.5]);
    assert_eq!(drawn.of(1).components(), 2);
    // Numbers do for one component.
    let one = alif("2", "tc_adaptation = { each = [20.0, 30.0] }\nspike_increment = 1.5");
    assert_eq!(values(&one, Parameter::TcAdaptation), [20.0, 30.0]);
    assert_eq!(
        told(&alif("2", "tc_adaptation = { each = [20.0, 30.0] }")),
        "`params.tc_adaptation.each`: has one number for each neuron, but a neuron has 2 threshold components\n\
         help: use a list for each neuron"
    );
}

/// The values never change: they are part of the interface, like all bits. An independent ChaCha8 in Python gives
/// the same, with the key [seed, parameter, component, "glif own"] and the neuron as the stream.
#[test]
fn draws_are_the_same_on_every_machine() {
    let uniform = lif("4", "resistance = { uniform = [0.8, 1.2] }");
    let normal = lif("4", "time_constant = { normal = [20.0, 2.0] }");
    let list = alif("2", "tc_adaptation = { uniform = [20.0, 30.0] }");
    let golden = [
        (
            uniform,
            Parameter::Resistance,
            [1.139471200698189, 0.9394674148353382, 1.074011298013058, 1.0793663383751564],
        ),
        (
            normal,
            Parameter::TimeConstant,
            [18.7118402893634, 18.059537246684624, 18.688874142131844, 18.17925930842403],
        ),
        (list, Parameter::TcAdaptation, [29.37967401674557, 24.311645737460278, 24.369639445468394, 29.73005943656414]),
    ];
    for (text, parameter, expected) in golden {
        assert_eq!(values(&text, parameter), expected);
    }
}

/// A value depends on the seed, its parameter, its component and its neuron only.
#[test]
fn draws_do_not_depend_on_other_values() {
    let few = values(&lif("5", "resistance = { uniform = [0.8, 1.2] }"), Parameter::Resistance);
    let others = "resistance = { uniform = [0.8, 1.2] }\ntime_constant = { normal = [20.0, 2.0] }\n\
                  thresh_v = { normal = [-50.0, 1.0] }\nrefrac_t = { each = [2.0, 3.0] }";
    assert_eq!(values(&lif("2", others), Parameter::Resistance), few[..2]);
    let many = values(&lif("[50, 20]", "resistance = { uniform = [0.8, 1.2] }"), Parameter::Resistance);
    assert_eq!((many.len(), &many[..5]), (1000, &few[..]));
    let other = lif("5", "resistance = { uniform = [0.8, 1.2] }").replace("seed = 7", "seed = 8");
    assert!(values(&other, Parameter::Resistance).iter().zip(&few).all(|(a, b)| a != b));
    // Another number of components.
    let two = values(&alif("3", "tc_adaptation = { uniform = [20.0, 30.0] }"), Parameter::TcAdaptation);
    let one = alif("3", "tc_adaptation = { uniform = [20.0, 30.0] }\nspike_increment = 1.5");
    assert_eq!(values(&one, Parameter::TcAdaptation), [two[0], two[2], two[4]]);
    // All different, so that no stream is used twice.
    let mut all = [few, two].concat();
    all.sort_by(f64::total_cmp);
    all.dedup();
    assert_eq!(all.len(), 11);
}

#[test]
fn draws_have_their_distribution() {
    let uniform = values(&lif("20000", "resistance = { uniform = [0.8, 1.2] }"), Parameter::Resistance);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let deviation = |values: &[f64]| {
        let mean = mean(values);
        (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt()
    };
    assert!(uniform.iter().all(|value| (0.8..=1.2).contains(value)));
    assert!((mean(&uniform) - 1.0).abs() < 0.003 && (deviation(&uniform) - 0.4 / 12_f64.sqrt()).abs() < 0.002);
    let normal = values(&lif("20000", "time_constant = { normal = [20.0, 2.0] }"), Parameter::TimeConstant);
    assert!((mean(&normal) - 20.0).abs() < 0.05 && (deviation(&normal) - 2.0).abs() < 0.05);
    let bounded = lif("20000", "time_constant = { normal = [20.0, 20.0], min = 5.0, max = 30.0 }");
    assert!(values(&bounded, Parameter::TimeConstant).iter().all(|value| (5.0..=30.0).contains(value)));
    // A half of the draws is below 0, which is drawn again.
    let positive = values(&lif("1000", "time_constant = { normal = [0.0, 2.0] }"), Parameter::TimeConstant);
    assert!(positive.iter().all(|value| *value > 0.0));
}

/// A rest or a reset is drawn until it is below the threshold of its own neuron.
#[test]
fn rest_and_reset_are_drawn_below_the_threshold_of_their_neuron() {
    let own = "thresh_v = { normal = [-50.0, 3.0], min = -55.0 }\nrest_v = { normal = [-55.0, 5.0] }\nreset_v = { uniform = [-70.0, -45.0] }";
    let drawn = read(&lif("3000", own)).drawn().unwrap();
    let [threshold, rest, reset] =
        [Parameter::ThreshV, Parameter::RestV, Parameter::ResetV].map(|parameter| drawn.values(parameter));
    assert!((0..3000).all(|i| rest[i] < threshold[i] && reset[i] < threshold[i]));
    // Some exceed the threshold of others.
    assert!(rest.iter().any(|rest| *rest >= -55.0) && reset.iter().any(|reset| *reset >= -50.0));
}

#[test]
fn files_are_written_and_read_back() {
    let own = [
        lif("[3, 1]", "time_constant = { each = [18.0, 22.5, 20.1] }\nthresh_v = { each = [-50.0, -49.1, -48] }"),
        lif(
            "[3, 1]",
            "resistance = { uniform = [0.8, 1.2] }\ntime_constant = { normal = [20.0, 2.0], min = 5.0, max = 50.0 }",
        ),
        lif(
            "[3, 1]",
            "refrac_t = { uniform = [0.0, 1.2], max = 1.0 }\nthresh_v = { normal = [-50.0, 0.1], min = -51.0 }",
        ),
        alif(
            "2",
            "tc_adaptation = { each = [[20.0, 200.0], [30.0, 300.0]] }\nspike_increment = { each = [[1.5], [2.5]] }",
        ),
        alif("2", "tc_adaptation = { each = [20.0, 30.0] }\nspike_increment = { uniform = [1.0, 1.5] }"),
    ];
    for text in own {
        let description = read(&text);
        let written = description.to_toml();
        assert_eq!(read(&written), description, "{written}");
        assert_eq!(read(&written).drawn().unwrap(), description.drawn().unwrap());
    }
    let text = lif("3", "thresh_v = { array = \"cells.npz:v_th\" }");
    let description = read(&text);
    assert_eq!(description.own.get(Parameter::ThreshV), Some(&OwnValues::Array("cells.npz:v_th".to_owned())));
    assert_eq!(read(&description.to_toml()).own, description.own);
    assert!(description.number(Parameter::ThreshV).is_nan());
    let told = description.drawn().unwrap_err().to_string();
    assert_eq!(told, "`params.thresh_v`: the array `cells.npz:v_th` is not read");
}

type Loaded = Result<(Vec<usize>, Vec<f64>), String>;

fn load(text: &str, array: Loaded) -> Result<Description, DescriptionErrors> {
    let mut description = read(text);
    let before = description.to_toml();
    let loaded = description.load_arrays(|name| {
        assert_eq!(name, "a.npy");
        array.clone()
    });
    match loaded {
        Ok(()) => Ok(description),
        Err(errors) => {
            assert_eq!(description.to_toml(), before);
            Err(errors)
        }
    }
}

#[test]
fn arrays_become_lists() {
    let text = lif("[2, 2]", "thresh_v = { array = \"a.npy\" }");
    for shape in [vec![2, 2], vec![2, 2, 1]] {
        let description = load(&text, Ok((shape, vec![-50.0, -49.0, -48.0, -47.0]))).unwrap();
        let same = lif("[2, 2]", "thresh_v = { each = [-50.0, -49.0, -48.0, -47.0] }");
        assert_eq!(description, read(&same));
    }
    let text = alif("2", "tc_adaptation = { array = \"a.npy\" }");
    let description = load(&text, Ok((vec![2, 2], vec![20.0, 200.0, 30.0, 300.0]))).unwrap();
    let same = alif("2", "tc_adaptation = { each = [[20.0, 200.0], [30.0, 300.0]] }");
    assert_eq!(description, read(&same));
    // The number of components comes from the array, also that of a drawn list.
    let text = alif("2", "tc_adaptation = { array = \"a.npy\" }\nspike_increment = { uniform = [1.0, 2.0] }");
    let description = load(&text, Ok((vec![2, 3], vec![20.0; 6]))).unwrap();
    assert_eq!(
        (description.components(), description.drawn().unwrap().values(Parameter::SpikeIncrement).len()),
        (3, 6)
    );
}

#[test]
fn wrong_arrays_are_refused() {
    let lif = lif("3", "thresh_v = { array = \"a.npy\" }");
    let alif = alif("3", "tc_adaptation = { array = \"a.npy\" }");
    let told = |text: &str, shape: &[usize], values: &[f64]| {
        load(text, Ok((shape.to_vec(), values.to_vec()))).map(drop).unwrap_err().to_string()
    };
    let needed = "but [3] or [3, 1] is needed";
    for shape in [&[3, 2][..], &[2], &[1, 3], &[], &[3, 1, 1]] {
        let count = shape.iter().product();
        let expected = format!("`params.thresh_v`: the array `a.npy` has shape {shape:?}, {needed}");
        assert_eq!(told(&lif, shape, &vec![-50.0; count]), expected);
    }
    assert_eq!(
        told(&alif, &[3, 9], &[20.0; 27]),
        "`params.tc_adaptation`: the array `a.npy` has shape [3, 9], but [3] or [3, K] is needed, where K is the number of threshold components, at most 8"
    );
    assert_eq!(told(&lif, &[3], &[-50.0; 2]), "`params.thresh_v`: the array `a.npy` has shape [3], but 2 values");
    assert_eq!(told(&lif, &[3], &[-50.0, f64::NAN, -50.0]), "`thresh_v[1]` = NaN mV: must be finite");
    assert_eq!(
        told(&lif, &[3], &[-50.0, -70.0, -80.0]),
        "`rest_v` = -60 mV: must be below `thresh_v[1]` = -70 mV (and 1 more neuron)\n\
         `reset_v` = -65 mV: must be below `thresh_v[1]` = -70 mV (and 1 more neuron)"
    );
    assert_eq!(
        told(&alif, &[3, 2], &[20.0, 200.0, 20.0, 0.0, 20.0, 200.0]),
        "`tc_adaptation[1][1]` = 0 ms: must be positive"
    );
    let missing = load(&lif, Err("cannot be read: no such file".to_owned())).unwrap_err().to_string();
    assert_eq!(missing, "`params.thresh_v`: the array `a.npy`: cannot be read: no such file");
}

/// Every case of a wrong table, with the whole message.
#[test]
fn wrong_tables_are_refused() {
    let draws = "it is the last of 101 draws, and none is valid\n\
                 help: use a distribution with more values within its constraints";
    for (own, expected) in [
        (
            "time_constant = { each = [18.0, 22.5] }",
            "`params.time_constant.each`: has 2 values, but the shape has 3 neurons",
        ),
        ("time_constant = { each = [] }", "`params.time_constant.each`: has 0 values, but the shape has 3 neurons"),
        (
            "time_constant = { each = 18.0 }",
            "`params.time_constant.each` = 18.0: must be a list of numbers, one for each neuron (in ms)",
        ),
        (
            "time_constant = { each = [18.0, \"x\", 1.0] }",
            "`params.time_constant.each[1]` = \"x\": must be a number (in ms)",
        ),
        (
            "time_constant = { each = [[1.0], [1.0], [1.0]] }",
            "`params.time_constant.each[0]` = [1.0]: must be a number (in ms)",
        ),
        ("time_constant = { each = [18.0, nan, 20.0] }", "`time_constant[1]` = NaN ms: must be finite"),
        (
            "time_constant = { each = [18.0, 0.0, -1.0] }",
            "`time_constant[1]` = 0 ms: must be positive (and 1 more neuron)",
        ),
        (
            "refrac_t = { each = [-1.0, -1.0, -1.0] }",
            "`refrac_t[0]` = -1 ms: must not be negative (and 2 more neurons)",
        ),
        ("resistance = { each = [1.0, 1.0, -0.0] }", "`resistance[2]` = 0 MΩ: must not be zero"),
        ("thresh_v = { each = [-50.0, -50.0, -62.0] }", "`rest_v` = -60 mV: must be below `thresh_v[2]` = -62 mV"),
        ("reset_v = { each = [-60.0, -49.0, -60.0] }", "`reset_v[1]` = -49 mV: must be below `thresh_v` = -50 mV"),
        (
            "thresh_v = { each = [-50.0, -55.0, -50.0] }\nrest_v = { each = [-60.0, -52.0, -52.0] }",
            "`rest_v[1]` = -52 mV: must be below `thresh_v[1]` = -55 mV",
        ),
        ("tc = { each = [1.0] }", "`params.tc`: unknown key `tc`"),
        (
            "resistance = { uniform = [1.2, 0.8] }",
            "`params.resistance.uniform` = [1.2, 0.8]: the lower bound must not be above the upper bound",
        ),
        (
            "resistance = { uniform = [1.2] }",
            "`params.resistance.uniform` = [1.2]: must be two numbers, [low, high] (in MΩ)",
        ),
        (
            "resistance = { uniform = [-1e308, 1e308] }",
            "`params.resistance.uniform` = [-1e308, 1e308]: both numbers and their difference must be finite",
        ),
        (
            "resistance = { uniform = [nan, 1.0] }",
            "`params.resistance.uniform` = [NaN, 1]: both numbers and their difference must be finite",
        ),
        (
            "time_constant = { normal = [20.0, -2.0] }",
            "`params.time_constant.normal` = [20, -2]: the standard deviation must not be negative",
        ),
        (
            "time_constant = { normal = [20.0, inf] }",
            "`params.time_constant.normal` = [20, inf]: both numbers must be finite",
        ),
        (
            "time_constant = { normal = 20.0 }",
            "`params.time_constant.normal` = 20.0: must be two numbers, [mean, deviation] (in ms)",
        ),
        (
            "time_constant = { normal = [20.0, 2.0], min = 50.0, max = 5.0 }",
            "`params.time_constant.min` = 50 ms: must not be above `max` = 5 ms",
        ),
        ("time_constant = { normal = [20.0, 2.0], min = nan }", "`params.time_constant.min` = nan: must be finite"),
        (
            "time_constant = { normal = [20.0, 2.0], min = \"5 ms\" }",
            "`params.time_constant.min` = \"5 ms\": must be a number (in ms)",
        ),
        (
            "time_constant = { each = [1.0, 1.0, 1.0], min = 0.5 }",
            "`params.time_constant.min` = 0.5: goes with `uniform` or `normal` only",
        ),
        (
            "time_constant = { array = \"a.npy\", max = 0.5 }",
            "`params.time_constant.max` = 0.5: goes with `uniform` or `normal` only",
        ),
        (
            "time_constant = { array = 3 }",
            "`params.time_constant.array` = 3: must be a path in quotes, such as \"cells.npy\" or \"cells.npz:name\"",
        ),
        (
            "time_constant = {}",
            "`params.time_constant`: needs one of `each`, `array`, `uniform`, `normal`, but has none",
        ),
        (
            "time_constant = { uniform = [1.0, 2.0], normal = [1.0, 2.0] }",
            "`params.time_constant`: needs one of `each`, `array`, `uniform`, `normal`, but has `uniform`, `normal`",
        ),
        (
            "time_constant = { eech = [1.0] }",
            "`params.time_constant.eech`: unknown key `eech`\nhelp: did you mean `each`?",
        ),
        (
            "time_constant = { uniform = [1.0, 2.0], q = 1 }",
            "`params.time_constant.q`: unknown key `q`; available: each, array, uniform, normal, min, max",
        ),
        (
            "step_time = { each = [1.0, 1.0, 1.0] }",
            "`params.step_time` = { each = [1.0, 1.0, 1.0] }: must be one number, which all neurons share (in ms)",
        ),
        (
            "step_time = [1.0, 1.0, 1.0]",
            "`params.step_time` = [1.0, 1.0, 1.0]: must be one number, which all neurons share (in ms)",
        ),
        (
            "time_constant = [18.0, 20.0, 22.0]",
            "`params.time_constant` = [18.0, 20.0, 22.0]: must be one number, which all neurons share (in ms)\n\
             help: for one value of each neuron, use `{ each = [...] }`",
        ),
        (
            "time_constant = { uniform = [-3.0, -3.0] }",
            &format!("`time_constant[0]` = -3 ms: must be positive; {draws}"),
        ),
        (
            "time_constant = { uniform = [3.0, 3.0], min = 4.0 }",
            &format!("`time_constant[0]` = 3 ms: must be at least `min` = 4 ms; {draws}"),
        ),
        (
            "time_constant = { uniform = [3.0, 3.0], max = 2.0 }",
            &format!("`time_constant[0]` = 3 ms: must be at most `max` = 2 ms; {draws}"),
        ),
        (
            "rest_v = { uniform = [-40.0, -40.0] }",
            &format!("`rest_v[0]` = -40 mV: must be below `thresh_v` = -50 mV; {draws}"),
        ),
        (
            "thresh_v = { uniform = [-61.0, -61.0] }",
            "`rest_v` = -60 mV: must be below `thresh_v[0]` = -61 mV (and 2 more neurons)\nhelp: give `thresh_v` a greater `min`",
        ),
    ] {
        let told = told(&lif("3", own));
        if own.starts_with("tc =") {
            assert!(told.starts_with(expected), "{told}");
        } else {
            assert_eq!(told, expected, "{own}");
        }
    }
    for (own, expected) in [
        (
            "tc_adaptation = { each = [[20.0], [20.0]] }",
            "`params.tc_adaptation.each`: has 2 lists, but the shape has 3 neurons",
        ),
        (
            "tc_adaptation = { each = [20.0, 20.0] }",
            "`params.tc_adaptation.each`: has 2 values, but the shape has 3 neurons",
        ),
        (
            "tc_adaptation = { each = [[20.0, 200.0], [20.0], [20.0, 200.0]] }",
            "`params.tc_adaptation.each[1]`: has 1 value, but neuron 0 has 2; each neuron needs as many",
        ),
        (
            "tc_adaptation = { each = [[], [], []] }",
            "`params.tc_adaptation.each[0]`: has 0 values, but 1 to 8 are needed",
        ),
        (
            "tc_adaptation = { each = [[20.0], 20.0, [20.0]] }",
            "`params.tc_adaptation.each[1]` = 20.0: must be a list of numbers, as that of neuron 0 is (in ms)",
        ),
        (
            "tc_adaptation = { each = [[20.0, 200.0], [20.0, -1.0], [20.0, 0.0]] }",
            "`tc_adaptation[1][1]` = -1 ms: must be positive (and 1 more neuron)",
        ),
        (
            "tc_adaptation = [[20.0, 200.0], [20.0, 1.0], [20.0, 1.0]]",
            "`params.tc_adaptation` = [[20.0, 200.0], [20.0, 1.0], [20.0, 1.0]]: must be a number or a list of numbers (in ms)\n\
             help: for a list of each neuron, use `{ each = [[...], ...] }`",
        ),
        (
            "tc_adaptation = { uniform = [-2.0, -2.0] }",
            &format!("`tc_adaptation[0][0]` = -2 ms: must be positive; {draws}"),
        ),
    ] {
        assert_eq!(told(&alif("3", own)), expected, "{own}");
    }
}

/// An error that only the number format makes names neuron 0, whose parameters are checked in the format.
#[test]
fn values_beyond_the_format_are_refused_for_neuron_0() {
    let text = lif("2", "thresh_v = { each = [500.0, -50.0] }").replace("seed = 7", "scalar = \"i8f8\"");
    let told = told(&text);
    assert!(told.starts_with("`thresh_v[0]` = 500 mV: must be between "), "{told}");
}

/// An error in a shared parameter or in the shape does not hide those in the own ones, or add to them.
#[test]
fn errors_are_reported_together() {
    let own = "time_constant = { each = [18.0, nan, 20.0] }\nresistance = { uniform = [1.2, 0.8] }\nrefrac_t = -1.0";
    let told = told(&lif("3", own));
    let found: Vec<_> = told.lines().filter_map(|line| line.split('`').nth(1)).collect();
    assert_eq!(found, ["time_constant[1]", "params.resistance.uniform", "refrac_t"], "{told}");
    for (shape, expected) in [
        ("0", "`shape` = [0]: every dimension must be at least 1"),
        ("\"x\"", "`shape` = \"x\": must be a positive integer or a list of them"),
    ] {
        assert_eq!(self::told(&lif(shape, "time_constant = { each = [18.0] }")), expected);
    }
}

/// The time to read a file does not grow with its shape, and nothing is allocated for a shape that does not fit.
#[test]
fn huge_shapes_take_bounded_work() {
    let began = std::time::Instant::now();
    let own = "resistance = { uniform = [0.8, 1.2] }\ntime_constant = { normal = [20.0, 2.0] }";
    for shape in ["[1000000, 1000000]", "[9223372036854775807]"] {
        let description = read(&lif(shape, own));
        let told = description.drawn().unwrap_err().to_string();
        assert!(told.ends_with("does not fit in memory\nhelp: use fewer neurons or samples"), "{told}");
    }
    let told = told(&lif("[9223372036854775807, 4]", own));
    assert!(told.contains("does not fit in memory"), "{told}");
    assert!(began.elapsed() < std::time::Duration::from_secs(20));
}

/// A description that a program builds has the same checks.
#[test]
fn descriptions_in_rust_are_checked() {
    let plain = read(&lif("2", ""));
    let told = |parameter, values| {
        let mut description = plain.clone();
        description.own.set(parameter, values);
        description.drawn().unwrap_err().to_string()
    };
    assert_eq!(
        told(Parameter::StepTime, OwnValues::Each(vec![1.0; 2])),
        "`params.step_time`: must be one number, which all neurons share (in ms)"
    );
    assert_eq!(told(Parameter::TcMembrane, OwnValues::Each(vec![1.0; 2])), "`tc_membrane`: not a parameter of lif");
    assert_eq!(
        told(Parameter::ThreshV, OwnValues::Each(vec![-50.0; 3])),
        "`params.thresh_v.each`: has 3 values, but the shape has 2 neurons"
    );
    let (least, greatest) = (f64::NAN, f64::INFINITY);
    assert_eq!(
        told(Parameter::ThreshV, OwnValues::Uniform { low: 0.0, high: 1.0, least, greatest }),
        "`params.thresh_v.min` = NaN mV: must not be above `max` = inf mV"
    );
    let mut adaptive = read(&alif("2", ""));
    adaptive.own.set(Parameter::TcAdaptation, OwnValues::Each(vec![20.0; 3]));
    assert_eq!(
        adaptive.drawn().unwrap_err().to_string(),
        "`params.tc_adaptation.each`: has 3 values, but each of 2 neurons needs 1 to 8, and as many as the others"
    );
    assert!(plain.drawn().unwrap().parameters().next().is_none());
    let mut description = plain.clone();
    description.own.set(Parameter::ThreshV, OwnValues::Each(vec![-50.0; 2]));
    description.own.set(Parameter::RestV, OwnValues::Each(vec![-60.0; 2]));
    assert_eq!(
        description.own.iter().map(|(parameter, _)| parameter).collect::<Vec<_>>(),
        [Parameter::RestV, Parameter::ThreshV]
    );
    assert_eq!(description.own.remove(Parameter::RestV), Some(OwnValues::Each(vec![-60.0; 2])));
    assert_eq!(description.own.remove(Parameter::RestV), None);
}

/// A difference in long lists is one short line.
#[test]
fn differences_name_the_first_neuron() {
    let [a, b] = ["[18.0, 22.5, 20.0]", "[18.0, 21.5, 20.5]"]
        .map(|list| read(&lif("3", &format!("time_constant = {{ each = {list} }}"))));
    let shared = read(&lif("3", ""));
    let drawn = read(&lif("3", "time_constant = { normal = [20.0, 2.0], min = 5.0 }"));
    let names = ["here", "there"];
    assert_eq!(a.differences(&a, names), [""; 0]);
    assert_eq!(a.differences(&b, names), ["`params.time_constant[1]` is 22.5 here, 21.5 there (and 1 more neuron)"]);
    assert_eq!(a.differences(&shared, names), ["`params.time_constant` is a list of 3 values here, 20.0 there"]);
    assert_eq!(
        shared.differences(&drawn, names),
        ["`params.time_constant` is 20.0 here, { normal = [20.0, 2.0], min = 5.0 } there"]
    );
    let [a, b] = ["[[1.0, 2.0], [1.0, 3.0]]", "[[1.0, 2.0], [1.0, 4.0]]"]
        .map(|list| read(&alif("2", &format!("tc_adaptation = {{ each = {list} }}"))));
    assert_eq!(a.differences(&b, names), ["`params.tc_adaptation[1][1]` is 3.0 here, 4.0 there"]);
}

/// The file in the documentation has all four forms.
#[test]
fn documented_file_is_read() {
    let page = include_str!("../../../docs/population-file.md");
    let section = page.split_once("\n## Own parameters of each neuron\n").unwrap().1;
    let text = section.split("```").nth(1).unwrap().strip_prefix("toml\n").unwrap();
    let mut description = read(text);
    description
        .load_arrays(|name| {
            assert_eq!(name, "cells.npz:v_th");
            Ok((vec![3], vec![-50.0, -51.0, -52.0]))
        })
        .unwrap();
    let drawn = description.drawn().unwrap();
    assert_eq!(drawn.parameters().count(), 5);
    assert_eq!(drawn.of(2).get(Parameter::TcAdaptation), [42.0, 380.0]);
}
