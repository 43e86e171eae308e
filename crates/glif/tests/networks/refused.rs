//! What a network refuses, with which messages: each names the key with its path.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use glif::description::Discretization;
use glif::network::toml::{LoadedWeights, Loader};
use glif::network::{
    Coupling, Delay, Exponential, NetworkDescription, NeuronValues, PopulationKind, Quantization, Scale, Topology,
    Weights,
};
use glif::{Currents, Description, LifParams, OwnValues, Spec};

const HEAD: &str = "step_time = 1.0\n";
const INPUT: &str = "[populations.input]\nmodel = \"input\"\nshape = 3\n";
const EXC: &str = "[populations.exc]\nmodel = \"lif\"\nshape = 2\nparams = { rest_v = -60.0, reset_v = -65.0, \
                   thresh_v = -50.0, refrac_t = 2.0, time_constant = 20.0 }\n";
const PROJECTION: &str = "[[projections]]\nfrom = \"input\"\nto = \"exc\"\nweights = { value = 1.0 }\n";

fn told(text: &str) -> String {
    let refused = |text: &str| -> Result<(), Box<dyn std::error::Error>> {
        NetworkDescription::from_toml(text)?.build()?.step()?;
        Ok(())
    };
    let begun = Instant::now();
    let told = refused(text).expect_err(text).to_string();
    assert!(begun.elapsed() < Duration::from_secs(10), "{told}");
    told
}

/// Returns the network with something in place of something else.
fn with(from: &str, to: &str) -> String {
    let whole = [HEAD, INPUT, EXC, PROJECTION].concat();
    assert!(whole.contains(from), "{from}");
    whole.replace(from, to)
}

/// Checks that the error of each text has all of its words.
fn refused(all: &[(String, &[&str])]) {
    for (text, words) in all {
        let told = told(text);
        for word in *words {
            assert!(told.contains(word), "no {word:?} in: {told}\n{text}");
        }
    }
}

/// Lines of the population `exc`, above the tables, and of the projection.
fn exc(lines: &str) -> String {
    with(PROJECTION, &format!("{lines}\n{PROJECTION}"))
}

fn head(line: &str) -> String {
    with(HEAD, &format!("{HEAD}{line}\n"))
}

fn projection(lines: &str) -> String {
    with(PROJECTION, &format!("{PROJECTION}{lines}\n"))
}

fn weights(lines: &str) -> String {
    with("weights = { value = 1.0 }", lines)
}

fn fixed(scalar: &str, text: &str) -> String {
    text.replace(HEAD, &format!("{HEAD}scalar = {scalar:?}\n"))
}

#[test]
fn the_network_of_these_tests_runs() {
    let mut network = NetworkDescription::from_toml(&with("", "")).unwrap().build().unwrap();
    network.step().unwrap();
}

#[test]
fn names_that_do_not_exist() {
    refused(&[
        (
            with("from = \"input\"", "from = \"imput\""),
            &["`projections[0].from` (`imput` to `exc`) = \"imput\"", "did you mean `input`?"],
        ),
        (with("to = \"exc\"", "to = \"exd\""), &["`projections[0].to`", "did you mean `exc`?"]),
        (
            with("to = \"exc\"", "to = \"zzz\""),
            &["`projections[0].to`", "unknown population `zzz`; available: input, exc"],
        ),
        (with("to = \"exc\"", "to = \"input\""), &["`projections[0].to`", "takes no spikes"]),
        (projection("synapse = \"delte\""), &["`projections[0].synapse`", "did you mean `delta`?"]),
        (
            exc("drive = { constant = 1.0, synapse = \"delte\" }"),
            &["`populations.exc.drive.synapse`", "did you mean `delta`?"],
        ),
        (exc("drive = { constnt = 1.0 }"), &["`populations.exc.drive.constnt`", "did you mean `constant`?"]),
        (head("scalar = \"i16f61\""), &["`scalar`", "did you mean `i16f16`?"]),
        (head("step_tme = 1.0"), &["`step_tme`", "did you mean `step_time`?"]),
        (projection("delai = 1.0"), &["`projections[0].delai`", "did you mean `delay`?"]),
        (weights("weights = { valu = 1.0 }"), &["`projections[0].weights`", "did you mean `value`?"]),
        (
            exc("synapses.ampa = { kind = \"exponential\", tau = 1.0, tua = 1.0 }"),
            &["`populations.exc.synapses.ampa.tua`"],
        ),
        (
            projection("[[projections]]"),
            &["`projections[1].from`: missing", "`projections[1].to`: missing", "`projections[1].weights`: missing"],
        ),
    ]);
}

#[test]
fn names_that_cannot_be() {
    let letters = "a name has 1 to 64 letters, digits, `_` and `-`";
    let renamed = |name: &str| {
        with("[populations.exc]", &format!("[populations.{name:?}]")).replace("to = \"exc\"", &format!("to = {name:?}"))
    };
    let synapse = |name: &str| exc(&format!("synapses.{name:?} = {{ kind = \"exponential\", tau = 5.0 }}"));
    refused(&[
        (renamed("a.b"), &["`populations.a.b`", letters]),
        (renamed(" "), &[letters]),
        (renamed(&"a".repeat(65)), &[letters]),
        (synapse("a.b"), &["`populations.exc.synapses.a.b`", letters]),
        (synapse("current"), &["`populations.exc.synapses.current`", "another synapse of this name"]),
        (synapse("delta"), &["`populations.exc.synapses.delta`", "another synapse of this name"]),
        ([HEAD, EXC, EXC].concat(), &["duplicate key"]),
    ]);
    // In Rust a list can hold a name twice.
    let mut description = NetworkDescription::from_toml(&with("", "")).unwrap();
    let twice = description.populations[1].clone();
    description.populations.push(twice);
    assert!(description.build().unwrap_err().to_string().contains("`populations.exc`: there is another population"));
}

#[test]
fn keys_of_another_type_or_place() {
    refused(&[
        (head("seed = -1"), &["`seed` = -1: must be an integer of at least 0"]),
        (head("scalar = {}"), &["`scalar` = {}: must be a name in quotes"]),
        (head("rounding = \"truncate\""), &["`rounding`", "f32 rounds to nearest"]),
        (with(HEAD, ""), &["`step_time`: missing"]),
        (with(HEAD, "step_time = \"1\"\n"), &["`step_time` = \"1\": must be a number (in ms)"]),
        ("step_time = 1.0\npopulations = [1]\n".to_owned(), &["`populations` = [1]: must be a table"]),
        ("step_time = 1.0\npopulations.a = 1\n".to_owned(), &["`populations.a`: must be a table"]),
        ("step_time = 1.0\n[populations]\n".to_owned(), &["`populations`: a network needs a population of neurons"]),
        ([HEAD, INPUT].concat(), &["`populations`: a network needs a population of neurons"]),
        (with("[[projections]]", "[projections]"), &["`projections`", "must be a list of tables"]),
        (with("from = \"input\"", "from = 3"), &["`projections[0].from` = 3: must be a name in quotes"]),
        (projection("synapse = 3"), &["`projections[0].synapse` = 3"]),
        (exc("batch_size = 2"), &["`populations.exc.batch_size` = 2", "one sample"]),
        (exc("batch_reduction = \"sum\""), &["`populations.exc.batch_reduction`", "one sample"]),
        (exc("scalar = \"f64\""), &["`populations.exc.scalar`", "all populations share it"]),
        (exc("seed = -1"), &["`populations.exc.seed` = -1"]),
        (
            with("params = {", "params = { step_time = 1.0,"),
            &["`populations.exc.params.step_time`", "all populations share it"],
        ),
        (with("shape = 3", "shape = 3\nbatch_size = 2"), &["`populations.input.batch_size`"]),
        (with("shape = 3", "shape = 3\ndrive = { constant = 1.0 }"), &["`populations.input.drive`"]),
        (exc("synapses = 3"), &["`populations.exc.synapses`: must be a table of tables"]),
        (exc("synapses.ampa = 3"), &["`populations.exc.synapses.ampa`: must be a table"]),
        (exc("synapses.ampa = { tau = 1.0 }"), &["`populations.exc.synapses.ampa.kind`"]),
        (exc("synapses.ampa = { kind = \"exponential\" }"), &["`populations.exc.synapses.ampa.tau`: missing"]),
        (
            exc("synapses.ampa = { kind = \"exponential\", tau = 1.0, coupling = \"x\" }"),
            &["`populations.exc.synapses.ampa.coupling`"],
        ),
        (
            exc("synapses.ampa = { kind = \"exponential\", tau = 1.0, normalized = 1 }"),
            &["`populations.exc.synapses.ampa.normalized`"],
        ),
        (exc("drive = 3"), &["`populations.exc.drive`: must be a table"]),
        (exc("drive = [3]"), &["`populations.exc.drive`: must be a table"]),
        (exc("drive = {}"), &["`populations.exc.drive`: needs one of `constant`"]),
        (
            exc("drive = { constant = 1.0, noise = [1.0, 2.0] }"),
            &["`populations.exc.drive`: needs one of", "but has `constant`, `noise`"],
        ),
        (exc("drive = { poisson = 3.0 }"), &["`populations.exc.drive.poisson`: must be a table"]),
        (exc("drive = { poisson = { rate = 1.0 } }"), &["`populations.exc.drive.poisson.weight`: missing"]),
        (exc("drive = { constant = 1.0, synapse = 3 }"), &["`populations.exc.drive.synapse`: must be a name"]),
        (
            exc("drive = { poisson = { rate = 1.0, weight = 1.0, synapse = \"delta\" }, synapse = \"current\" }"),
            &["`populations.exc.drive.poisson.synapse`", "only one is needed"],
        ),
        (weights("weights = 1.0"), &["`projections[0].weights` = 1.0"]),
        (
            weights("weights = [[1.0, 2.0, \"a\"], [1.0, 2.0, 3.0]]"),
            &["`projections[0].weights`", "a list of lists of numbers"],
        ),
        (
            weights("weights = { value = 1.0, in_degree = 1, probability = 0.5 }"),
            &["`projections[0].weights`", "only one of"],
        ),
        (weights("weights = { value = 1.0, seed = 1 }"), &["`seed`: goes with"]),
        (weights("weights = { value = 1.0 }\nscale = 2.0"), &["`projections[0].weights`", "no `scale`"]),
        (weights("weights = [[1.0, 2, 3], [1, 2, 3]]\nscale = 1.0"), &["`projections[0].weights`", "must be integers"]),
        (
            weights("weights = [[1, 2, 3], [1, 2, 3]]\nscale = 1.0\nquantize = \"i8\""),
            &["`projections[0].quantize`", "goes with floats"],
        ),
        (
            weights("weights = [[1, 2, 3], [1, 2, 3]]\nquantize_per = \"target\""),
            &["`projections[0].quantize_per`: goes with `quantize`"],
        ),
    ]);
}

#[test]
fn numbers_that_cannot_be() {
    let tau = |value: &str| exc(&format!("synapses.ampa = {{ kind = \"exponential\", tau = {value} }}"));
    refused(&[
        (with(HEAD, "step_time = 0\n"), &["`step_time` = 0 ms: must be above 0 and finite"]),
        (with(HEAD, "step_time = nan\n"), &["`step_time` = NaN ms: must be above 0 and finite"]),
        (tau("0"), &["`populations.exc.synapses.ampa.tau` = 0"]),
        (tau("nan"), &["`populations.exc.synapses.ampa.tau` = nan"]),
        (tau("{ each = [1.0, 0.0] }"), &["`populations.exc.synapses.ampa.tau[1]` = 0 ms"]),
        (
            tau("{ each = [1.0] }"),
            &["`populations.exc.synapses.ampa.tau.each`: has 1 value, but the shape has 2 neurons"],
        ),
        (tau("{ normal = [-10.0, 1.0] }"), &["`populations.exc.synapses.ampa.tau[0]`: none of 101 draws"]),
        (
            fixed("i8f8", &tau("1e9")),
            &["`populations.exc.synapses.ampa.tau` = 1e9 ms: in i8f8 the current would never decay"],
        ),
        (
            weights("weights = { value = nan }"),
            &["`projections[0].weights.value` (`input` to `exc`) = NaN: must be finite"],
        ),
        (weights("weights = { value = 1e39 }"), &["`projections[0].weights.value`", "1e39", "does not fit f32"]),
        (
            weights("weights = { value = 1.0, probability = 2.0 }"),
            &["`projections[0].weights.probability`", "= 2: must be 0 to 1"],
        ),
        (
            weights("weights = { value = 1.0, probability = nan }"),
            &["`projections[0].weights.probability`", "= NaN: must be 0 to 1"],
        ),
        (
            weights("weights = { value = 1.0, probability = 0.5, seed = -1 }"),
            &["`projections[0].weights`", "`seed`: must be an integer of at least 0"],
        ),
        (
            weights("weights = { value = 1.0, in_degree = 1000000000000 }"),
            &["`projections[0].weights.in_degree`", "must be at most the number of sources, 3"],
        ),
        (
            weights("weights = [[1.0, 2.0, nan], [1.0, 2.0, 3.0]]"),
            &["`projections[0].weights[0][2]`", "= NaN: must be finite"],
        ),
        (
            weights("weights = [[1.0, 2.0, 1e39], [1.0, 2.0, 3.0]]"),
            &["`projections[0].weights[0][2]`", "= 1e39: does not fit f32"],
        ),
        (
            weights("weights = [[1, 2, 3], [1, 2, 3]]\nscale = nan"),
            &["`projections[0].scale`", "= NaN: must be finite"],
        ),
        (
            weights("weights = [[1, 2, 3], [1, 2, 3]]\nscale = [1.0, inf]"),
            &["`projections[0].scale`", "= inf: must be finite"],
        ),
        (projection("delay = 256"), &["`projections[0].delay`", "= 256 ms: must be 0 to 255 ms, which is 255 steps"]),
        (projection("delay = -1.0"), &["`projections[0].delay`", "= -1 ms"]),
        (projection("delay = nan"), &["`projections[0].delay`", "= NaN ms"]),
        (
            weights("weights = [[1.0, 2, 3], [1, 2, 3]]\ndelay = [1.0, 1.0, nan, 1.0, 1.0, 1.0]"),
            &["`projections[0].delay[2]`", "= NaN ms"],
        ),
        (exc("drive = { constant = nan }"), &["`populations.exc.drive.constant` = NaN: must be finite"]),
        (exc("drive = { noise = [1.0, -2.0] }"), &["`populations.exc.drive.noise[1]` = -2: must be at least 0"]),
        (exc("drive = { step = [1.0, 2.0, -1.0] }"), &["`populations.exc.drive.step[2]` = -1 ms"]),
        (exc("drive = { poisson = { rate = -1.0, weight = 1.0 } }"), &["`populations.exc.drive.poisson.rate` = -1 Hz"]),
        (
            exc("drive = { poisson = { rate = 1e9, weight = 1.0 } }"),
            &["`populations.exc.drive.poisson.rate` = 1e9 Hz: must be at most 500000 Hz"],
        ),
        (
            exc(&format!("drive = [{}]", "{ constant = 1.0 }, ".repeat(5000))),
            &["`populations.exc.drive`: the network has more than 4096 stimuli"],
        ),
    ]);
}

/// A parameter is not limited to the range of its format without a word, nor lost in it.
#[test]
fn numbers_that_do_not_fit_the_format() {
    let drive = |of: &str| exc(&format!("drive = {{ {of} }}"));
    refused(&[
        (drive("constant = 1e39"), &["`populations.exc.drive.constant` = 1e39: does not fit f32"]),
        (drive("noise = [0.0, 1e300]"), &["`populations.exc.drive.noise[1]` = 1e300: does not fit f32"]),
        (fixed("i8f8", &drive("constant = 200.0")), &["`populations.exc.drive.constant` = 200: does not fit i8f8"]),
        (
            fixed("i8f8", &drive("constant = { each = [1.0, -200.0] }")),
            &["`populations.exc.drive.constant[1]` = -200: does not fit i8f8"],
        ),
        (
            fixed("i8f8", &drive("step = [0.0, 200.0, 5.0]")),
            &["`populations.exc.drive.step[1]` = 200: does not fit i8f8"],
        ),
        (
            fixed("i16f16", &drive("poisson = { rate = 1.0, weight = 1e9 }")),
            &["`populations.exc.drive.poisson.weight` = 1e9"],
        ),
        (
            fixed("i8f8", &weights("weights = { value = 1e4 }")),
            &["`projections[0].weights`", "a weight of target 0 is 10000 nA, but i8f8 has at most 127.99609375 nA"],
        ),
        (
            fixed("i8f8", &weights("weights = [[1.0, 2.0, 3.0], [1.0, 2.0, 1e4]]\nsynapse = \"delta\"")),
            &["a weight of target 1 is 10000 mV"],
        ),
        (
            fixed("i16f16", &weights("weights = { value = 4e4 }")),
            &["`projections[0].weights.value`", "does not fit i16f16"],
        ),
        (fixed("i8f8", &weights("weights = { value = 1e-30 }")), &["`projections[0].weights`", "are nothing in i8f8"]),
    ]);
}

#[test]
fn sums_that_could_overflow() {
    let ints = "weights = [[1, 2, 3], [2147483647, 2147483647, 3]]\nscale = 1.0";
    let own = |of: &str| exc(&format!("synapses.a = {{ kind = \"exponential\", tau = 50.0 }}\ndrive = {{ {of} }}"));
    refused(&[
        (
            weights(ints),
            &[
                "`projections[0].weights`",
                "of target 1 add up to 4294967297, which is 2147483651 above the limit of 2147483646",
            ],
        ),
        (
            weights("weights = { value = 1e38 }"),
            &["`populations.exc`", "currents of 1.96605e43 nA, but f32 has room for"],
        ),
        (own("constant = 3e38"), &["`populations.exc`", "currents of 3", "but f32 has room for"]),
        (own("constant = 3e38, synapse = \"delta\""), &["`populations.exc`", "jumps of the membrane of 3"]),
        (own("poisson = { rate = 1e5, weight = 1e37, synapse = \"a\" }"), &["`populations.exc`", "currents of"]),
    ]);
    // Three projections of 2⁶² units each do not fit 64 bits.
    let heavy = format!("{PROJECTION}\n").replace("{ value = 1.0 }", "[[32767, 0, 0], [0, 0, 0]]\nscale = 1.0");
    let many = (0..3).map(|_| heavy.replace("32767", "2000000000").replace("scale = 1.0", "scale = 1.6e-5"));
    let text = fixed("i16f16", &with(PROJECTION, &many.collect::<String>()));
    let mut network = NetworkDescription::from_toml(&text).unwrap().build().unwrap();
    network.set_spikes("input", &[1, 0, 0]).unwrap();
    let most = network.set_spikes("input", &[2, 0, 0]).unwrap_err().to_string();
    assert!(most.contains("neuron 0 has 2 spikes in a step, but at most 1 fit"), "{most}");
    network.step().unwrap();
    let heaviest = with("shape = 3", "shape = 60000")
        .replace(PROJECTION, &PROJECTION.replace("{ value = 1.0 }", "{ value = 32767.0 }").repeat(4));
    let told = told(&fixed("i16f16", &heaviest));
    assert!(told.contains("`populations.exc`") && told.contains("has room for"), "{told}");
}

/// Currents from outside leave room for those of synapses, so that no step fails halfway.
#[test]
fn currents_from_outside_leave_room_for_synapses() {
    let mut network = NetworkDescription::from_toml(&with("", "")).unwrap().build().unwrap();
    let quarter = f64::from(f32::MAX) / 4.1;
    let told = network.set_currents("exc", Currents::F64(&[0.0, quarter])).unwrap_err().to_string();
    assert!(told.starts_with("`exc`: ") && told.contains("neuron 1"), "{told}");
    network.set_currents("exc", Currents::F64(&[0.0, quarter / 1.5])).unwrap();
    for _ in 0..5 {
        network.set_spikes("input", &[3, 0, 1]).unwrap();
        network.step().unwrap();
    }
}

#[test]
fn shapes_that_do_not_fit() {
    let list = |rows: &str| weights(&format!("weights = {rows}"));
    let needed = "but 2 x 3 are needed: a row for each target";
    refused(&[
        (with("shape = 2", "shape = 0"), &["`populations.exc.shape` = [0]"]),
        (with("shape = 2", "shape = []"), &["`populations.exc.shape` = []"]),
        (with("shape = 3", "shape = [3, 0]"), &["`populations.input.shape` = [3, 0]"]),
        (with("shape = 3", "shape = -3"), &["`populations.input.shape` = -3"]),
        (list("[[1.0, 2.0, 3.0]]"), &["`projections[0].weights`", "has 1 x 3 weights", needed]),
        // As many weights, but a row for each source.
        (list("[[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]]"), &["`projections[0].weights`", "has 3 x 2 weights", needed]),
        (list("[[1.0, 2.0], [1.0]]"), &["`projections[0].weights`", "as many weights as each other"]),
        (list("[]"), &["`projections[0].weights`", needed]),
        (list("[1.0, 2.0]"), &["`projections[0].weights`", "a list of lists of numbers"]),
        (list("[[1, 2, 3], [1, 2, 3]]\nscale = [1.0]"), &["`projections[0].scale`", "has 1 value, but 2 are needed"]),
        (list("[[1.0, 2, 3], [1, 2, 3]]\ndelay = [1.0]"), &["`projections[0].delay`", "has 1 value for 6 weights"]),
        (projection("delay = [1.0]"), &["`projections[0].delay`", "goes with arrays of weights"]),
        (
            weights("weights = { value = 1.0, one_to_one = true }"),
            &["`projections[0].weights.one_to_one`", "but there are 3 and 2"],
        ),
    ]);
}

#[test]
fn circles_without_delay() {
    let inh = EXC.replace("exc", "inh");
    let between = |from: &str, to: &str| {
        PROJECTION.replace("\"exc\"", &format!("{to:?}")).replace("\"input\"", &format!("{from:?}")) + "delay = 0.0\n"
    };
    refused(&[
        (
            [HEAD, EXC, &inh, &between("exc", "inh"), &between("inh", "exc")].concat(),
            &["`projections`: a circle without delay: `inh` -> `exc` -> `inh`"],
        ),
        // Less than half a step is no step.
        (
            [HEAD, EXC, &between("exc", "exc").replace("0.0\n", "0.4\n")].concat(),
            &["`projections`: a circle without delay: `exc` -> `exc`"],
        ),
    ]);
}

/// What needs more memory or time than there is ends at once.
#[test]
fn what_is_too_large() {
    let large = |pairs: &str| {
        let text = with("shape = 3", "shape = 4000000000").replace("shape = 2", "shape = 4000000");
        text.replace("{ value = 1.0 }", pairs)
    };
    refused(&[
        (
            with("shape = 3", "shape = [4000000000, 4000000000, 4000000000]"),
            &["`populations.input.shape`", "needs 1 to 4294967295 neurons"],
        ),
        (
            with("shape = 2", "shape = [4000000000, 4000000000, 4000000000]"),
            &["`populations.exc.shape`", "does not fit in memory"],
        ),
        (with("shape = 3", "shape = 2147483647"), &["`projections[0].weights`", "of target 0 add up to 2147483647"]),
        (large("{ value = 1.0 }"), &["`projections[0].weights`", "makes 16000000000000000 connections"]),
        (
            large("{ value = 1.0, in_degree = 1000000 }"),
            &["`projections[0].weights`", "makes 4000000000000 connections"],
        ),
        (
            large("{ value = 1.0, probability = 0.5 }"),
            &["`projections[0].weights`", "makes 8000000000000000 connections"],
        ),
        (
            large("{ value = 1.0, probability = 1e-12 }"),
            &["`projections[0].weights`", "16000000000000000 pairs of neurons"],
        ),
    ]);
    let mut description = NetworkDescription::from_toml(&with("", "")).unwrap();
    description.projections[0].weights = Weights::all_to_all(1.0);
    // A list of all pairs would not fit.
    let text = with("shape = 3", "shape = 2000000000");
    let begun = Instant::now();
    let built = NetworkDescription::from_toml(&text).unwrap().build();
    assert!(built.is_ok() || built.is_err_and(|errors| errors.to_string().contains("memory")));
    assert!(begun.elapsed() < Duration::from_secs(30));
}

/// Arrays that are not read but given.
#[derive(Default)]
struct Arrays {
    weights: Option<LoadedWeights>,
    numbers: BTreeMap<&'static str, (Vec<usize>, Vec<f64>)>,
}

impl Loader for Arrays {
    fn weights(&mut self, _: &str) -> Result<LoadedWeights, String> {
        self.weights.clone().ok_or_else(|| "not in the archive".to_owned())
    }
    fn numbers(&mut self, name: &str, _: u128) -> Result<(Vec<usize>, Vec<f64>), String> {
        self.numbers.get(name).cloned().ok_or_else(|| "not in the archive".to_owned())
    }
}

#[test]
fn arrays_that_do_not_fit() {
    let load = |lines: &str, arrays: &mut Arrays| {
        let text = weights(&format!("weights = \"w\"\n{lines}"));
        let mut description = NetworkDescription::from_toml(&text).unwrap();
        let before = description.clone();
        let loaded = description.load_arrays(arrays).map_err(|errors| errors.to_string());
        assert!(loaded.is_ok() || description == before);
        loaded.and_then(|()| description.build().map(drop).map_err(|errors| errors.to_string()))
    };
    let dense = |shape: &[usize]| Some(LoadedWeights::Dense { shape: shape.to_vec(), values: vec![1.0; 6].into() });
    let sparse = |indptr: &[u32], indices: &[u32]| {
        let (indptr, indices) = (indptr.to_vec(), indices.to_vec());
        Some(LoadedWeights::Sparse { indptr, indices, data: vec![1.0; 3].into() })
    };
    let refuses = |weights: Option<LoadedWeights>, lines: &str, array: (&[usize], usize), words: &[&str]| {
        let (shape, count) = array;
        let numbers = BTreeMap::from([("n", (shape.to_vec(), vec![1.0; count]))]);
        let told = load(lines, &mut Arrays { weights, numbers }).unwrap_err();
        words.iter().for_each(|word| assert!(told.contains(word), "no {word:?} in: {told}"));
    };
    let none = (&[][..], 0);
    refuses(None, "", none, &["`projections[0].weights` (`input` to `exc`): the array `w`: not in the archive"]);
    refuses(
        dense(&[3, 2]),
        "",
        none,
        &["`projections[0].weights`", "has shape [3, 2], but [2, 3] is needed: targets, then sources"],
    );
    refuses(dense(&[6]), "", none, &["has shape [6], but [2, 3] is needed"]);
    // Delays have the layout of their weights.
    refuses(
        dense(&[2, 3]),
        "delay = \"n\"",
        (&[3, 2], 6),
        &["`projections[0].delay`", "the array `n` has shape [3, 2], but [2, 3] is needed"],
    );
    refuses(dense(&[2, 3]), "delay = \"m\"", none, &["`projections[0].delay`", "the array `m`: not in the archive"]);
    refuses(
        sparse(&[0, 1, 3], &[0, 1, 2]),
        "delay = \"n\"",
        (&[2, 3], 6),
        &["`projections[0].delay`", "[2, 3], but [3] is needed"],
    );
    refuses(
        sparse(&[0, 1, 3], &[0, 1, 2]),
        "scale = \"n\"",
        (&[3], 3),
        &["`projections[0].scale`", "[3], but [2] is needed"],
    );
    refuses(
        sparse(&[0, 3], &[0, 1, 2]),
        "",
        none,
        &["`projections[0].weights.indptr`", "has 2 values, but 3 are needed"],
    );
    refuses(sparse(&[0, 4, 3], &[0, 1, 2]), "", none, &["`projections[0].weights.indptr`", "must ascend from 0 to 3"]);
    refuses(sparse(&[1, 2, 3], &[0, 1, 2]), "", none, &["`projections[0].weights.indptr`", "must ascend from 0 to 3"]);
    refuses(
        sparse(&[0, 1, 3], &[0, 1, 3]),
        "",
        none,
        &["`projections[0].weights.indices[2]`", "= 3: the source has 3 neurons"],
    );
    refuses(
        sparse(&[0, 1, 3], &[0, 1]),
        "",
        none,
        &["`projections[0].weights.indices`", "has 2 values, but `data` has 3"],
    );
    let ints = Some(LoadedWeights::Dense { shape: vec![2, 3], values: vec![1_i8; 6].into() });
    refuses(ints, "", none, &["`projections[0].scale`", "missing; integer weights need the value of a unit"]);
    // A rule has no array of delays.
    let text = projection("delay = \"n\"");
    let told = NetworkDescription::from_toml(&text).unwrap().load_arrays(&mut Arrays::default()).unwrap_err();
    assert!(told.to_string().contains("`projections[0].delay`"), "{told}");
    // What is not read is not built.
    let told = told_of(|description| description.projections[0].weights = Weights::File("w".to_owned()));
    assert!(told.contains("`projections[0].weights` (`input` to `exc`): the array `w` is not read"), "{told}");
}

/// Returns LIF of a shape.
pub(super) fn cells(shape: &[usize]) -> Description {
    let mut network = NetworkDescription::from_toml(&with("", "")).unwrap();
    let (_, PopulationKind::Neurons { description, .. }) = network.populations.swap_remove(1) else { panic!() };
    Description { shape: shape.to_vec(), ..*description }
}

fn told_of(change: impl FnOnce(&mut NetworkDescription)) -> String {
    let mut description = NetworkDescription::from_toml(&with("", "")).unwrap();
    change(&mut description);
    description.build().map(drop).unwrap_err().to_string()
}

/// What only Rust can describe.
#[test]
fn descriptions_in_rust_are_checked() {
    let nan = || NeuronValues::Own(OwnValues::Each(vec![1.0, f64::NAN]));
    let synapse =
        |tau| Exponential { tau, coupling: Coupling::Held, normalized: true, discretization: Discretization::Exact };
    type Change = Box<dyn FnOnce(&mut NetworkDescription)>;
    let changes: [(Change, &str); 7] = [
        (Box::new(|of| of.step_time = f64::INFINITY), "`step_time` = inf ms"),
        (
            Box::new(move |of| of.add_synapse("exc", "a", synapse(nan())).unwrap()),
            "`populations.exc.synapses.a.tau[1]` = NaN ms",
        ),
        (Box::new(|of| of.projections[0].delay = Some(Delay::Each(vec![1.0; 6]))), "`projections[0].delay`"),
        (Box::new(|of| of.projections[0].scale = Some(Scale::Shared(1.0))), "`projections[0].weights`"),
        (
            Box::new(|of| {
                let quantize = Some(Quantization { bits: 5, per_target: false });
                of.projections[0].weights(Weights::dense(vec![1.0; 6])).quantize = quantize;
            }),
            "`projections[0].quantize`",
        ),
        (
            Box::new(|of| {
                _ = of.projections[0].weights(Weights::Rule {
                    value: 1.0,
                    topology: Topology::InDegree { degree: usize::MAX, seed: 0 },
                });
            }),
            "`projections[0].weights.in_degree`",
        ),
        (
            Box::new(|of| _ = of.projections[0].sparse(Vec::new(), Vec::new(), Vec::<f32>::new())),
            "`projections[0].weights.indptr`",
        ),
    ];
    for (change, words) in changes {
        let told = told_of(change);
        assert!(told.contains(words), "no {words:?} in: {told}");
    }
    let mut description = NetworkDescription::from_toml(&with("", "")).unwrap();
    let params = LifParams {
        step_time: 1.0,
        rest_v: -60.0,
        reset_v: -65.0,
        thresh_v: -50.0,
        refrac_t: 2.0,
        time_constant: 20.0,
        resistance: 1.0,
    };
    let of = || Description::new(Spec::new(params), &[2]);
    assert!(description.add("exc", of()).unwrap_err().to_string().contains("another population"));
    assert!(description.add("a.b", of()).is_err() && description.add_input("", &[1]).is_err());
    for name in ["current", "delta", "a.b", ""] {
        assert!(description.add_synapse("exc", name, synapse(NeuronValues::Shared(5.0))).is_err(), "{name}");
    }
    assert!(description.add_synapse("input", "a", synapse(NeuronValues::Shared(5.0))).is_err());
}

/// A running network refuses what does not fit it, and goes on.
#[test]
fn inputs_that_do_not_fit() {
    let mut network = NetworkDescription::from_toml(&with("", "")).unwrap().build().unwrap();
    let told = |result: Result<(), glif::network::NetworkError>| result.unwrap_err().to_string();
    assert!(told(network.set_spikes("imput", &[0; 3])).contains("no such population"));
    assert!(told(network.set_spikes("exc", &[0; 2])).contains("takes currents, not spikes"));
    assert!(told(network.set_currents("input", &[0.0; 3][..])).contains("takes spikes, not currents"));
    assert_eq!(told(network.set_spikes("input", &[0; 2])), "`input`: 2 values for 3 neurons: one for each is needed");
    assert!(
        told(network.set_spikes("input", &[0, 70_000, 0]))
            .contains("neuron 1 has 70000 spikes in a step, but at most 65535")
    );
    assert!(told(network.set_currents("exc", &[1.0, f64::NAN][..])).contains("neuron 1 is NaN"));
    assert!(told(network.set_currents("exc", &[1.0; 3][..])).starts_with("`exc`: "));
    network.step().unwrap();
    assert_eq!(network.steps(), 1);
}
