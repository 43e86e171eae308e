//! The populations that are frozen into this directory: every model, every scalar, every rounding policy. Thirty-seven
//! neurons, so that the last spike word is not full.

/// Name, model, scalar, further keys, the lists of threshold components.
pub(crate) const CASES: [(&str, &str, &str, &str, [&str; 2]); 21] = [
    ("alif_f32", "alif", "f32", "", ["[0.1, 40.0, 400.0]", "1.5"]),
    ("alif_f64", "alif", "f64", "refractory = \"nest\"", ["[40.0, 400.0]", "[-1.25, 0.5]"]),
    ("alif_i12f20", "alif", "i12f20", "refrac_lock = false", ["[40.0]", "[1.7]"]),
    ("alif_i8f8_stochastic", "alif", "i8f8", "rounding = \"stochastic\"\nseed = 5", ["[40.0, 1000.0]", "[1.5, 0.5]"]),
    ("alif_i9f7_none", "alif", "i9f7", "", ["[]", "[]"]),
    ("glif1_i9f7", "glif1", "i9f7", "rounding = \"truncate\"", ["", ""]),
    ("glif2_f32", "glif2", "f32", "adapt = false", ["[0.03]", "[1.5]"]),
    ("glif2_f64", "glif2", "f64", "refractory = \"exact\"", ["0.03", "0.3"]),
    ("glif2_i16f16", "glif2", "i16f16", "rounding = \"truncate\"", ["[0.03, 0.2]", "[1.5, 0.25]"]),
    ("glif2_i8f8", "glif2", "i8f8", "", ["[0.03, 0.2]", "[1.5, 0.25]"]),
    ("lif_f32", "lif", "f32", "", ["", ""]),
    ("lif_i16f16", "lif", "i16f16", "rounding = \"stochastic\"", ["", ""]),
    ("glif2_f32_allen", "glif2", "f32", "dialect = \"allen\"", ["[0.03, 0.2]", "[1.5, 0.25]"]),
    ("glif3_i16f16_nest", "glif3", "i16f16", "dialect = \"nest\"", ["", ""]),
    ("glif4_i8f8_nest", "glif4", "i8f8", "dialect = \"nest\"\nrounding = \"truncate\"", ["0.03", "1.5"]),
    ("glif5_f32_nest", "glif5", "f32", "dialect = \"nest\"", ["0.03", "1.5"]),
    ("glif5_i16f16_allen", "glif5", "i16f16", "dialect = \"allen\"", ["[0.03, 0.2]", "1.5"]),
    ("glif2_f32_initial", "glif2", "f32", "", ["[0.03]", "[1.5]"]),
    ("alif_i8f8_initial", "alif", "i8f8", "", ["[40.0]", "[1.7]"]),
    ("alif_i16f16_above", "alif", "i16f16", "discretization = \"euler\"\nthreshold_test = \">\"", ["[40.0]", "[1.7]"]),
    ("lif_f32_above", "lif", "f32", "discretization = \"euler\"\nthreshold_test = \">\"", ["", ""]),
];

/// The population file of a case.
pub(crate) fn population_file(name: &str) -> String {
    let (_, model, scalar, keys, [constants, increments]) = CASES.iter().find(|case| case.0 == name).unwrap();
    let membrane = "step_time = 0.7\nrest_v = -60.3\nrefrac_t = 2.8\nresistance = 0.9";
    let particular = match *model {
        "alif" => format!(
            "reset_v = -65.1\nthresh_eq_v = -50.2\ntc_membrane = 19.0\ntc_adaptation = {constants}\nspike_increment = {increments}"
        ),
        "glif2" => format!(
            "reset_v_add = 3.1\nreset_v_mul = -0.4\nthresh_eq_v = -50.2\ntc_membrane = 19.0\nrc_adaptation = {constants}\nspike_increment = {increments}"
        ),
        "glif4" | "glif5" => format!(
            "reset_v_add = 3.1\nreset_v_mul = -0.4\nthresh_eq_v = -50.2\ntc_membrane = 19.0\nrc_adaptation = {constants}\nspike_increment = {increments}"
        ),
        _ => "reset_v = -65.1\nthresh_v = -50.2\ntime_constant = 19.0".to_owned(),
    };
    let after_spike = match *model {
        "glif3" | "glif4" | "glif5" => "\nasc_amplitude = [-1.5, 0.75]\nrc_asc = [0.03, 0.3]\nasc_retain = [1.0, 0.5]",
        _ => "",
    };
    let voltage = if *model == "glif5" { "\nthresh_voltage_gain = 0.02\nrc_thresh_voltage = 0.05" } else { "" };
    let initial = if name.ends_with("_initial") { "\ninitial_v = -53.7" } else { "" };
    let particular = particular + after_spike + voltage + initial;
    format!("model = {model:?}\nshape = [37]\nscalar = {scalar:?}\n{keys}\n[params]\n{membrane}\n{particular}\n")
}

/// Names of the populations whose neurons have their own parameters, and of others whose sources have the same form.
pub(crate) const OWN_CASES: [&str; 8] = [
    "own_alif_i8f8_stochastic",
    "own_glif2_f64",
    "own_glif5_i16f16_nest",
    "own_if_i16f16",
    "own_lif_f32",
    "if_f32",
    "li_i8f8",
    "alif_f32_above",
];

/// The population file of a case with own parameters. Some are shared in each, but for `glif5`.
pub(crate) fn own_population_file(name: &str) -> String {
    let each = |values: [f64; 3]| format!("{{ each = {:?} }}", (0..37).map(|i| values[i % 3]).collect::<Vec<_>>());
    let uniform = |low: f64, high: f64| format!("{{ uniform = [{low:?}, {high:?}] }}");
    let lists = |first: f64, second: f64| {
        let of = |i: usize| vec![first * (1.0 + i as f64 / 40.0), second * (1.0 - i as f64 / 80.0)];
        format!("{{ each = {:?} }}", (0..37).map(of).collect::<Vec<_>>())
    };
    let normal = |mean: f64, deviation: f64| format!("{{ normal = [{mean:?}, {deviation:?}] }}");
    let (head, params) = match name {
        "own_lif_f32" => (
            "model = \"lif\"\nscalar = \"f32\"\nseed = 11",
            vec![
                ("rest_v", uniform(-61.0, -60.0)),
                ("reset_v", "-65.1".to_owned()),
                ("thresh_v", normal(-50.2, 1.5)),
                ("refrac_t", each([2.8, 1.4, 0.0])),
                ("time_constant", "19.0".to_owned()),
                ("resistance", uniform(0.8, 1.1)),
            ],
        ),
        "own_alif_i8f8_stochastic" => (
            "model = \"alif\"\nscalar = \"i8f8\"\nrounding = \"stochastic\"\nseed = 5\nrefractory = \"nest\"",
            vec![
                ("rest_v", "-60.3".to_owned()),
                ("reset_v", normal(-65.1, 1.0)),
                ("thresh_eq_v", "-50.2".to_owned()),
                ("refrac_t", "2.8".to_owned()),
                ("tc_membrane", normal(19.0, 2.0)),
                ("tc_adaptation", lists(40.0, 400.0)),
                ("spike_increment", "[1.5, 0.5]".to_owned()),
                ("resistance", "0.9".to_owned()),
            ],
        ),
        "own_glif2_f64" => (
            "model = \"glif2\"\nscalar = \"f64\"\nadapt = false",
            vec![
                ("rest_v", "-60.3".to_owned()),
                ("reset_v_add", each([3.1, 2.0, 4.0])),
                ("reset_v_mul", "-0.4".to_owned()),
                ("thresh_eq_v", "-50.2".to_owned()),
                ("refrac_t", "2.8".to_owned()),
                ("tc_membrane", each([19.0, 12.0, 31.0])),
                ("rc_adaptation", "0.03".to_owned()),
                ("spike_increment", "1.5".to_owned()),
            ],
        ),
        "own_if_i16f16" => (
            "model = \"if\"\nscalar = \"i16f16\"\nrounding = \"truncate\"\nseed = 4",
            vec![
                ("reset_v", uniform(-66.0, -64.0)),
                ("thresh_v", normal(-50.2, 1.0)),
                ("refrac_t", "2.8".to_owned()),
                ("resistance", each([0.9, -0.7, 0.8])),
                ("initial_v", "-60.3".to_owned()),
            ],
        ),
        "if_f32" => (
            "model = \"if\"\nscalar = \"f32\"\nrefrac_lock = false",
            vec![
                ("reset_v", "-65.1".to_owned()),
                ("thresh_v", "12.7".to_owned()),
                ("refrac_t", "2.8".to_owned()),
                ("resistance", "0.9".to_owned()),
            ],
        ),
        "alif_f32_above" => (
            "model = \"alif\"\nscalar = \"f32\"\nthreshold_test = \">\"",
            vec![
                ("rest_v", "-60.3".to_owned()),
                ("reset_v", "-65.1".to_owned()),
                ("thresh_eq_v", "-50.2".to_owned()),
                ("refrac_t", "2.8".to_owned()),
                ("tc_membrane", "19.0".to_owned()),
                ("tc_adaptation", "40.0".to_owned()),
                ("spike_increment", "1.5".to_owned()),
                ("resistance", "0.9".to_owned()),
            ],
        ),
        "li_i8f8" => (
            "model = \"li\"\nscalar = \"i8f8\"\nrounding = \"stochastic\"\nseed = 6",
            vec![("rest_v", "-20.5".to_owned()), ("time_constant", "19.0".to_owned())],
        ),
        _ => (
            "model = \"glif5\"\nscalar = \"i16f16\"\ndialect = \"nest\"\nseed = 3",
            vec![
                ("rest_v", uniform(-61.0, -60.0)),
                ("reset_v_add", uniform(2.0, 4.0)),
                ("reset_v_mul", uniform(-0.4, 0.2)),
                ("thresh_eq_v", normal(-50.2, 1.0)),
                ("refrac_t", each([2.8, 1.4, 3.5])),
                ("tc_membrane", normal(19.0, 1.0)),
                ("rc_adaptation", lists(0.03, 0.2)),
                ("spike_increment", lists(1.5, 0.25)),
                ("asc_amplitude", lists(-1.5, 0.75)),
                ("rc_asc", lists(0.03, 0.3)),
                ("asc_retain", lists(0.5, 0.4)),
                ("thresh_voltage_gain", uniform(0.01, 0.02)),
                ("rc_thresh_voltage", uniform(0.05, 0.1)),
                ("resistance", uniform(0.8, 1.1)),
            ],
        ),
    };
    let params: String = params.into_iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
    format!("{head}\nshape = [37]\n[params]\nstep_time = 0.7\n{params}")
}
