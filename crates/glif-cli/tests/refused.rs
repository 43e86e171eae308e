//! The program with bad input and wrong usage: it prints what is wrong, and writes no file.

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};

use crate::common::{ALIF, GLIF2, LIF, Place, npy, npy_f32, npy_f64, with};
use crate::state::npz;

/// Arguments of a short, valid run.
const RUN: &str = "--constant 15 --steps 10 --output out.npz";

#[test]
fn invalid_input_files_are_rejected() {
    let place = Place::new();
    place.refuses("run lif.toml --input none.npy --output out.npz", &["`none.npy`", "cannot be read"]);
    let good = npy_f32(&[4, 2, 3], &[0.5; 24]);
    let refuses = |bytes: &[u8], words: &[&str]| {
        place.put("i.npy", bytes);
        place.refuses("run lif.toml --input i.npy --output out.npz", &[&["`i.npy`"], words].concat());
    };
    for (length, words) in [
        (0, "not a NumPy file"),
        (3, "not a NumPy file"),
        (30, "its header is truncated"),
        (good.len() - 24 * 4, "truncated: "),
        (good.len() - 1, "truncated: "),
    ] {
        refuses(&good[..length], &[words]);
    }
    refuses(&[&good[..], b"x"].concat(), &["has data after its array"]);
    refuses(LIF.as_bytes(), &["not a NumPy file"]);
    refuses(b"PK\x03\x04torn", &["cannot be read"]);
    for (descr, width) in [("<f2", 2), ("<i4", 4), ("<i8", 8), ("|u1", 1), ("<c8", 8), ("|b1", 1), ("<U1", 4)] {
        let bytes = npy(descr, false, &[4, 2, 3], vec![0; 24 * width]);
        refuses(&bytes, &["has values of type", descr, "float32 or float64"]);
    }
    refuses(&npy_f32(&[9_999_999_999, 2, 3], &[]), &["truncated: ", "announces"]);
    // An archive of several arrays, none of which is named `input`.
    place.succeeds("run lif.toml --constant 1 --steps 3 --output several.npz");
    place.refuses("run lif.toml --input several.npz --output out.npz", &["`several.npz`", "has 3 arrays", "`input`"]);
}

/// Arrays of own parameters are read beside the population file, wherever the program runs.
#[test]
fn arrays_of_own_parameters_are_checked() {
    let place = Place::new();
    let own = |array: &str| with(LIF, "thresh_v = -50.0", &format!("thresh_v = {{ array = {array:?} }}"));
    place.put("v.npy", npy_f64(&[2, 3], &[-50.0, -51.0, -52.0, -53.0, -54.0, -55.0]));
    place.put("p.toml", own("v.npy"));
    place.succeeds("inspect p.toml");
    let frozen = place.succeeds("freeze p.toml");
    assert!(
        frozen.contains("// thresh_v = -55 to -50 mV over the neurons\n") && frozen.contains("= [\n    -50.0, -51.0,"),
        "{frozen}"
    );
    let refuses = |words: &[&str]| {
        let start = ["`p.toml`: not a valid population:\n  `params.thresh_v`: the array "];
        place.refuses(&format!("run p.toml {RUN}"), &[&start[..], words].concat());
    };
    // A run does not overwrite the file of the array.
    place.put("cells.npz", npz(&[("v", npy_f64(&[2, 3], &[-50.0; 6]))]));
    place.put("p.toml", own("cells.npz:v"));
    place.succeeds("inspect p.toml");
    let lost = ["`./cells.npz`: cannot be written: this command also reads it"];
    place.refuses("run p.toml --constant 15 --steps 10 --output ./cells.npz", &lost);
    place.put("p.toml", own("v.npy"));
    place.put("v.npy", npy_f64(&[3, 2], &[-50.0; 6]));
    refuses(&["`v.npy` has shape [3, 2], but [2, 3] or [2, 3, 1] is needed"]);
    place.put("p.toml", own("none.npy"));
    refuses(&["`none.npy`: cannot be read: "]);
    place.put("p.toml", own("../v.npy"));
    refuses(&["`../v.npy`: outside the directory of the population file\n  help: use an absolute path"]);
    place.put("p.toml", own("v.npy"));
    place.put("v.npy", npy("<i8", false, &[2, 3], vec![0; 48]));
    refuses(&["`v.npy`: has values of type '<i8', but float32 or float64 is needed"]);
    place.put("v.npy", npy_f64(&[2, 3], &[-50.0, -50.0, f64::NAN, -50.0, -50.0, -50.0]));
    place.refuses(&format!("run p.toml {RUN}"), &["`p.toml`: not a valid population:\n  `thresh_v[2]` = NaN mV"]);
}

#[test]
fn inputs_of_wrong_shape_are_rejected() {
    let place = Place::new();
    let refuses = |population: &str, shape: &[usize], wanted: &str| {
        place.put("i.npy", npy_f32(shape, &vec![1.0; shape.iter().product()]));
        let found = format!("has shape {shape:?}, but {wanted} is needed, where T");
        place.refuses(&format!("run {population} --input i.npy --output out.npz"), &["`i.npy`", &found]);
    };
    for shape in [[4, 3, 2].as_slice(), &[4, 6], &[4, 2, 2, 3], &[2, 3], &[0, 2, 3], &[4, 1, 2, 3, 1], &[24], &[]] {
        refuses("lif.toml", shape, "[T, 1, 2, 3] or [T, 2, 3]");
    }
    // The right sizes in another order.
    for (shape, remedy) in [([3, 2, 9], "T"), ([2, 3, 9], "transpose(2, 0, 1)")] {
        refuses("lif.toml", &shape, "[T, 1, 2, 3] or [T, 2, 3]");
        let remedy = format!("\nhelp: save `currents.{remedy}`, which has shape [9, 2, 3]\n");
        place.refuses("run lif.toml --input i.npy --output out.npz", &[&remedy]);
    }
    // A batch of two needs its axis.
    for shape in [[4, 2, 3].as_slice(), &[4, 1, 2, 3], &[4, 2, 6]] {
        refuses("alif.toml", shape, "[T, 2, 2, 3]");
    }
}

#[test]
fn out_of_range_currents_are_rejected() {
    let place = Place::new();
    let run = "run alif.toml --input i.npy --output out.npz --save new.snap";
    let at = 3 * 12 + 6 + 4; // step 3, sample 1, neuron 4, which is [1, 1]
    for (value, text) in [(f64::NAN, "NaN"), (f64::INFINITY, "inf"), (f64::NEG_INFINITY, "-inf")] {
        let mut currents = [1.0; 5 * 12];
        currents[at] = value;
        let words = ["`i.npy`", "step 3, sample 1, neuron 4", "[1, 1]", text, "finite"];
        place.put("i.npy", npy_f64(&[5, 2, 2, 3], &currents));
        place.refuses(run, &words);
        place.put("i.npy", npy_f32(&[5, 2, 2, 3], &currents.map(|na| na as f32)));
        place.refuses(run, &words);
        // The message names the first in C order, whatever the order of the file.
        let mut currents = [1.0_f32; 5 * 12];
        currents[3 + 5 * (1 + 2 * (1 + 2))] = value as f32; // step 3, sample 1, [1, 1]
        place.put("i.npy", npy("<f4", true, &[5, 2, 2, 3], currents.iter().flat_map(|na| na.to_le_bytes())));
        place.refuses(run, &["step 3, sample 1, neuron 4", text]);
    }
    // A current may be finite in float64 but not in an f32 population, nor after multiplication by the
    // resistance.
    let mut currents = [1.0; 5 * 12];
    currents[at] = -1e39;
    place.put("i.npy", npy_f64(&[5, 2, 2, 3], &currents));
    place.refuses(run, &["step 3", "sample 1, neuron 4", "finite"]);
    place.put("double.toml", with(ALIF, "f32", "f64"));
    let (code, _, err) = place.glif("run double.toml --input i.npy");
    assert!(code == 0 && err.starts_with("note: currents up to 1e39 nA") && err.lines().count() == 2, "{err}");
    place.put("double.toml", with(&with(ALIF, "f32", "f64"), "[params]", "[params]\nresistance = 1e300"));
    place.refuses("run double.toml --input i.npy --output out.npz", &["step 3", "sample 1, neuron 4", "resistance"]);
    // Fixed point clamps it.
    place.put("narrow.toml", with(ALIF, "f32", "i8f8"));
    assert_eq!(place.glif("run narrow.toml --input i.npy").0, 0);
}

#[test]
fn invalid_population_files_are_rejected() {
    let place = Place::new();
    let absent = "`none.toml`: cannot be read: No such file or directory";
    place.refuses(&format!("run none.toml {RUN}"), &[absent]);
    place.refuses("inspect none.toml", &[absent]);
    let refuses = |text: &str, words: &[&str]| {
        place.put("p.toml", text);
        place.refuses("inspect p.toml", &[&["`p.toml`"], words].concat());
        place.refuses(&format!("run p.toml {RUN}"), &[&["`p.toml`"], words].concat())
    };
    // TOML syntax, keys and types.
    refuses("model = ", &["line 1"]);
    refuses(&with(LIF, "[2, 3]", "[2, 3"), &["TOML"]);
    refuses("", &["`model`: missing", "`shape`: missing", "`params`: missing"]);
    for (from, to, words) in [
        ("rest_v", "rets_v", ["`params.rets_v`", "did you mean `rest_v`?", "`params.rest_v`: missing"].as_slice()),
        ("shape", "shpae", &["`shpae`", "did you mean `shape`?", "`shape`: missing"]),
        ("scalar", "scaler", &["`scaler`", "did you mean `scalar`?"]),
        ("thresh_v", "thresh_eq_v", &["`params.thresh_eq_v`", "did you mean `thresh_v`?"]),
        ("[params]", "[params]\nzzz = 1", &["unknown key `zzz`", "available: ", "step_time", "resistance"]),
        ("refrac_t = 3.0\n", "", &["`params.refrac_t`: missing; lif needs it"]),
        (
            "rest_v = -60.0",
            "rest_v = \"low\"",
            &["`params.rest_v` = \"low\"", "must be a number (in mV, without the unit)"],
        ),
        ("rest_v = -60.0", "rest_v = [-60.0]", &["`params.rest_v`", "must be one number"]),
        ("\"lif\"", "\"alf\"", &["`model`", "did you mean `alif`?"]),
        ("\"lif\"", "\"Alif\"", &["unknown model `Alif`\n  help: did you mean `alif`?"]),
        ("\"lif\"", "\"GLIF2\"", &["unknown model `GLIF2`\n  help: did you mean `glif2`?"]),
        ("\"lif\"", "\"izhikevich\"", &["unknown model `izhikevich`", "lif, glif1, alif, glif2"]),
        ("\"lif\"", "7", &["`model` = 7"]),
        ("\"f32\"", "\"f16\"", &["`scalar` = \"f16\""]),
        ("[2, 3]", "\"large\"", &["`shape` = \"large\"", "positive integer"]),
        ("[2, 3]", "[2, -3]", &["`shape`", "positive integer"]),
        ("[2, 3]", "[2, 0]", &["`shape` = [2, 0]", "at least 1"]),
        ("[params]", "batch_size = 0\n[params]", &["`batch_size`", "at least 1"]),
        ("[params]", "batch_size = 1.5\n[params]", &["`batch_size` = 1.5", "positive integer"]),
        ("[params]", "adapt = 1\n[params]", &["`adapt` = 1", "true or false"]),
        ("[params]", "refractory = \"nset\"\n[params]", &["did you mean `nest`?"]),
        ("[params]", "rounding = \"truncate\"\n[params]", &["`rounding`", "fixed point"]),
    ] {
        refuses(&with(LIF, from, to), words);
    }
}

#[test]
fn invalid_parameters_are_rejected() {
    let place = Place::new();
    let refuses = |text: &str, words: &[&str]| {
        place.put("p.toml", text);
        place.refuses(&format!("run p.toml {RUN}"), words)
    };
    for (from, to, words) in [
        ("step_time = 1.0", "step_time = 0.0", ["`step_time` = 0 ms", "positive"].as_slice()),
        ("rest_v = -60.0", "rest_v = -50.0", &["`rest_v` = -50 mV", "below `thresh_v` = -50 mV"]),
        ("reset_v = -65.0", "reset_v = -40.0", &["`reset_v` = -40 mV", "below `thresh_v` = -50 mV"]),
        ("refrac_t = 3.0", "refrac_t = -1.0", &["`refrac_t` = -1 ms", "negative"]),
        ("time_constant = 20.0", "time_constant = -20.0", &["`time_constant` = -20 ms", "positive"]),
        ("time_constant = 20.0", "time_constant = inf", &["`time_constant` = inf ms", "finite"]),
        ("[params]", "[params]\nresistance = 0.0", &["`resistance` = 0 MΩ", "zero"]),
        ("refrac_t = 3.0", "refrac_t = 40000.0", &["`refrac_t` = 40000 ms", "more than 32767 steps"]),
    ] {
        refuses(&with(LIF, from, to), words);
    }
    // Several mistakes at once, each on its own line.
    let text = with(&with(LIF, "-65.0", "-40.0"), "refrac_t = 3.0", "refrac_t = -1.0");
    let text = with(&with(&text, "step_time = 1.0", "step_time = nan"), "time_constant = 20.0", "time_constant = 0.0");
    let err = refuses(&text, &["`step_time`", "`reset_v`", "`refrac_t`", "`time_constant`"]);
    assert_eq!(err.lines().count(), 5, "{err}");
    let text = with(&with(LIF, "rest_v = -60.0", "rset_v = 1"), "refrac_t = 3.0", "refrac_t = true");
    refuses(&with(&text, "[2, 3]", "0.5"), &["`params.rset_v`", "`params.rest_v`", "`params.refrac_t`", "`shape`"]);

    // Threshold components.
    let increments = "[1.5, 1.25]";
    let nine = refuses(&with(ALIF, increments, "[1, 1, 1, 1, 1, 1, 1, 1, 1]"), &["9 components", "at most 8"]);
    assert!(nine.contains("`spike_increment`"), "{nine}");
    refuses(&with(ALIF, increments, "[]"), &["`spike_increment`: has 0 values, but 2 are needed"]);
    refuses(&with(ALIF, increments, "[1.5, \"x\"]"), &["`params.spike_increment`", "a number or a list of numbers"]);
    refuses(&with(ALIF, "[30.0, 20.0]", "[30.0, -20.0]"), &["`tc_adaptation[1]` = -20 ms", "positive"]);
    refuses(&with(GLIF2, "[0.03, 0.2]", "[0.0, 0.2]"), &["`rc_adaptation[0]` = 0", "positive"]);
    let text = with(&with(GLIF2, "mul = 0.5", "mul = 1.5"), "add = 10.0", "add = 2.0");
    refuses(&text, &["`reset_v_mul` = 1.5", "-47 mV", "threshold of -50 mV", "forever"]);
}

#[test]
fn parameters_out_of_fixed_point_range_are_rejected() {
    let place = Place::new();
    let refuses = |text: &str, words: &[&str]| {
        place.put("p.toml", text);
        place.refuses(&format!("run p.toml {RUN}"), words)
    };
    let text = with(&with(LIF, "f32", "i16f16"), "-65.0", "-70000.0");
    refuses(&text, &["`reset_v` = -70000 mV", "between -16384 and 16383.9", "number format"]);
    refuses(&with(&with(LIF, "f32", "i8f8"), "-65.0", "-130.0"), &["`reset_v` = -130 mV", "between -"]);
    let slow = with(&with(ALIF, "f32", "i8f8"), "[1.5, 1.25]", "[1.5, 0.0625]");
    let stalls = refuses(&slow, &["`spike_increment[1]` = 0.0625 mV", "stalls", "stochastic rounding"]);
    assert!(stalls.contains("±"), "{stalls}");
    // The advice of the message is right: another rounding mode is accepted.
    place.put("p.toml", with(&slow, "[params]", "rounding = \"stochastic\"\n[params]"));
    place.succeeds("run p.toml --constant 15 --steps 10");
    refuses(
        &with(&with(ALIF, "f32", "i8f8"), "[30.0, 20.0]", "[30.0, 1e12]"),
        &["`tc_adaptation[1]` = 1e12 ms", "too slow"],
    );
}

#[test]
fn unequal_lists_are_completed() {
    let place = Place::new();
    place.succeeds("run alif.toml --constant 15 --steps 50 --output whole.npz");
    let whole = with(ALIF, "[1.5, 1.25]", "[1.5, 1.5]");
    place.put("whole.toml", &whole);
    place.succeeds("run whole.toml --constant 40 --steps 90 --output whole.npz");
    for completed in ["[1.5]", "1.5"] {
        place.put("p.toml", with(ALIF, "[1.5, 1.25]", completed));
        place.succeeds("run p.toml --constant 40 --steps 90 --output out.npz");
        assert!(place.get("out.npz") == place.get("whole.npz"), "{completed}");
    }
    assert!(place.arrays("out.npz")["spikes"].2.contains(&1.0));
}

#[test]
fn populations_and_records_larger_than_memory_are_rejected() {
    let place = Place::new();
    // A system that overcommits memory grants the first one.
    for shape in ["[40000000000]", "[1000000, 1000000, 1000]", "[4294967296, 4294967296, 4294967296]"] {
        place.put("p.toml", with(LIF, "[2, 3]", shape));
        place.refuses(&format!("run p.toml {RUN}"), &["shape", shape, "does not fit in memory"]);
    }
    place.put("p.toml", with(LIF, "[params]", "batch_size = 1000000000000000\n[params]"));
    place.refuses(&format!("run p.toml {RUN}"), &["`batch_size` = 1000000000000000", "does not fit in memory"]);
    // Commands that only describe the population need no memory for it.
    place.succeeds("inspect p.toml");
    place.put("p.toml", with(LIF, "[2, 3]", "[40000000000]"));
    place.succeeds("freeze p.toml");
    place.put("p.toml", with(LIF, "[2, 3]", "[2000, 3]"));
    let long = "run p.toml --constant 15 --steps 4000000000 --output out.npz";
    place.refuses(long, &["recording", "does not fit in memory", "every n-th step"]);
    for (options, words) in [
        (
            "--size 1000000000000000",
            "--size 1000000000000000, --batch 1: does not fit in memory\nhelp: use a smaller --size",
        ),
        ("--size 9 --batch 1000000000000000", "--size 9, --batch 1000000000000000: does not fit in memory"),
        ("--size 18446744073709551615", "--size 18446744073709551615, --batch 1: does not fit in memory"),
        ("--size 4294967296 --batch 4294967296", "--size 4294967296, --batch 4294967296: does not fit in memory"),
    ] {
        let told = place.refuses(&format!("bench {options}"), &[words]);
        assert!(!told.contains("shape") && !told.contains("batch_size"), "{told}");
    }
}

#[test]
fn unwritable_outputs_are_rejected_before_the_run() {
    let place = Place::new();
    std::fs::create_dir(place.path("folder.npz")).unwrap();
    std::fs::create_dir(place.path("folder")).unwrap();
    place.put("i.npy", npy_f32(&[2000, 2, 3], &[15.0; 12000]));
    // A run of a length that would never end.
    let endless = "--constant 15 --steps 4294967295";
    for drive in [endless, "--input i.npy"] {
        for (option, ending) in [("--record spikes --every 1000000000 --output", ".npz"), ("--save", "")] {
            let refuses = |path: &str, words: &str| {
                let path = path.replace(".npz", ending);
                let arguments = format!("run lif.toml {drive} {option} {path}");
                place.refuses(&arguments, &[&format!("`{path}`: cannot be written: "), words]);
            };
            refuses("none/out.npz", "directory does not exist");
            refuses("folder.npz", "must be a file");
            refuses("folder.npz/", "must be a file");
            refuses("lif.toml/out.npz", "directory");
        }
    }
    // No file is left behind.
    assert_eq!(std::fs::read_dir(place.path("folder.npz")).unwrap().count(), 0);
    place.refuses(&format!("run lif.toml {RUN} --save none/state"), &["`none/state`", "directory does not exist"]);
}

#[test]
fn outputs_never_replace_inputs() {
    let place = Place::new();
    std::fs::create_dir(place.path("sub")).unwrap();
    let read = "this command also reads it\nhelp: give the output another name";
    for arguments in [
        "freeze lif.rs --output sub/../lif.rs",
        "run lif --constant 15 --steps 9 --save lif",
        "run lif --constant 15 --steps 9 --save ./sub/../lif",
        "run lif.toml --input i --save i",
    ] {
        place.put("lif.rs", LIF);
        place.put("lif", LIF);
        place.put("i", npy_f32(&[20, 2, 3], &[15.0; 120]));
        place.refuses(arguments, &[read]);
    }
    for ending in ["toml", "npy", "npz", "rs", "SVG", "png"] {
        place.misused(
            &format!("run lif.toml {RUN} --save a.{ending}"),
            &["--save", "the name of a snapshot must not end in", ".snap"],
        );
    }
    // A run that continues from its own snapshot may replace it.
    place.succeeds("run lif.toml --constant 15 --steps 9 --save state");
    place.succeeds("run lif.toml --restore state --constant 15 --steps 9 --save state");
}

/// A result that cannot be written is an error; a reader that has closed the pipe is not.
#[test]
#[cfg(target_os = "linux")]
fn full_standard_output_is_an_error() {
    let place = Place::new();
    for arguments in ["inspect lif.toml", "inspect lif.toml --json", "run lif.toml --constant 15 --steps 9"] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_glif"));
        let command = command.current_dir(place.path("")).args(arguments.split_whitespace());
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = command.stdout(full).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), told.contains("standard output: No space left")), (Some(1), true), "{told}");
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        assert!(command.stdout(writer).status().unwrap().success(), "{arguments}");
    }
}

/// A snapshot in a pipe is read up to the length in its header. It is not read if that does not fit in
/// memory.
#[test]
#[cfg(unix)]
fn endless_pipe_is_read_only_to_its_announced_length() {
    use std::process::{Command, Stdio};
    let place = Place::new();
    place.succeeds("run alif.toml --constant 40 --steps 7 --save good.snap");
    let good = place.get("good.snap");
    for (length, expected) in [(100_u64, "followed by other data"), (1 << 62, "bytes, which do not fit in memory")] {
        let mut start = good.clone();
        start[12..20].copy_from_slice(&length.to_le_bytes());
        let mut glif = Command::new(env!("CARGO_BIN_EXE_glif"))
            .args(format!("run alif.toml --restore /dev/stdin {RUN}").split_whitespace())
            .current_dir(place.path("."))
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut pipe = glif.stdin.take().unwrap();
        // The thread ends when the program has exited.
        let writer = std::thread::spawn(move || while pipe.write_all(&start).is_ok() {});
        let output = glif.wait_with_output().unwrap();
        writer.join().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.code() == Some(1) && told.contains(expected), "{told}");
    }
}

/// A sparse archive that announces 10^9 members, for which no memory is allocated.
#[test]
fn oversized_archive_is_rejected() {
    let place = Place::new();
    let (count, end) = (1_000_000_000_u64.to_le_bytes(), 999_999_999_u64.to_le_bytes());
    let end64 = [&b"PK\x06\x06"[..], &44_u64.to_le_bytes(), &[45, 0, 45, 0], &[0; 8], &count, &count, &[0; 8], &end];
    let locator = [&b"PK\x06\x07\0\0\0\0"[..], &end, &[1, 0, 0, 0]];
    let last = b"PK\x05\x06\0\0\0\0\xff\xff\xff\xff\0\0\0\0\xff\xff\xff\xff\0\0";
    place.put("z64.npz", b"PK\x03\x04");
    let mut file = File::options().write(true).open(place.path("z64.npz")).unwrap();
    file.seek(SeekFrom::Start(999_999_999)).unwrap();
    file.write_all(&[&end64.concat()[..], &locator.concat(), last].concat()).unwrap();
    drop(file);
    // Without `refuses`, which reads all files: this one is sparse, but large when it is read.
    for arguments in ["--input z64.npz", "--state z64.npz --constant 15 --steps 10"] {
        let (code, out, err) = place.glif(&format!("run lif.toml {arguments} --output out.npz"));
        assert_eq!((code, out.as_str()), (1, ""), "{err}");
        assert!(err.starts_with("error: `z64.npz`: cannot be read: invalid Zip archive"), "{err}");
        assert!(!place.path("out.npz").exists());
    }
}

/// Messages and pictures contain no control characters from names of files or names within files.
#[test]
fn names_from_outside_are_escaped() {
    let place = Place::new();
    let evil = "\u{1b}[31m\u{7}\u{202e}";
    let escaped = "\\u{1b}[31m\\u{7}\\u{202e}";
    let clean = |text: &str| assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{text}");
    let mut archive = zip::ZipWriter::new(File::create(place.path("state.npz")).unwrap());
    archive.start_file(format!("{evil}.npy"), zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(&npy_f32(&[1, 2, 3], &[0.0; 6])).unwrap();
    archive.finish().unwrap();
    let array = format!("has an array `{escaped}`");
    clean(&place.refuses(&format!("run lif.toml --state state.npz {RUN}"), &[&array]));
    let input = format!("`state.npz[{escaped}]`: has shape");
    clean(&place.refuses("run alif.toml --input state.npz --output out.npz", &[&input]));
    place.put("keys.toml", format!("\"{}\" = 1\n{LIF}", "\\u001b[31m\\u0007\\u202e"));
    clean(&place.refuses(&format!("run keys.toml {RUN}"), &[&format!("unknown key `{escaped}`")]));
    let name = format!("{evil}<b>&.toml");
    place.put(&name, LIF.replace("-50.0", "-70.0"));
    clean(&place.refuses(&format!("run {name} {RUN}"), &[&format!("`{escaped}<b>&.toml`")]));
    // The argument parser itself drops some of these characters.
    clean(&place.misused(&format!("run {name} --steps {name}"), &["\\u{202e}<b>&.toml"]));
    place.put(&name, LIF);
    let (code, out, err) = place.glif(&format!("run {name} --constant 15 --steps 50 --plot {evil}.svg"));
    assert_eq!((code, err.as_str()), (0, ""));
    clean(&out);
    let picture = String::from_utf8(place.get(&format!("{evil}.svg"))).unwrap();
    assert!(picture.contains(&format!("{escaped}&lt;b&gt;&amp;")), "{picture}");
    clean(&picture);
}

/// The report of 40,000 equal mistakes fits on one screen.
#[test]
fn printed_errors_are_bounded() {
    let place = Place::new();
    place.put("many.toml", format!("{}{LIF}", (0..40_000).map(|i| format!("key{i} = 1\n")).collect::<String>()));
    let told = place.refuses(&format!("run many.toml {RUN}"), &["unknown key `key0`", "and 39980 more errors"]);
    assert!(told.len() < 10_000, "{}", told.len());
}

/// The advice in messages about text in another encoding.
#[test]
fn text_in_another_encoding_is_named() {
    let place = Place::new();
    let wide: Vec<u8> = LIF.encode_utf16().flat_map(u16::to_le_bytes).collect();
    place.put("p.toml", [b"\xff\xfe".as_slice(), &wide].concat());
    place.refuses(&format!("run p.toml {RUN}"), &["`p.toml`: not TOML in UTF-8: text in UTF-16", "save it as UTF-8"]);
    place.put("p.toml", [LIF.as_bytes(), b"# \xb5V\n"].concat());
    let line = format!("byte 0xb5 in line {}", LIF.lines().count() + 1);
    place.refuses(&format!("run p.toml {RUN}"), &[&line, "in Latin-1 it is `µ`", "save it as UTF-8"]);
    place.put("p.toml", [b"\xef\xbb\xbf".as_slice(), LIF.as_bytes()].concat());
    place.succeeds("run p.toml --constant 15 --steps 10");
    place.put("p.toml", with(LIF, "thresh_v = -50.0", "thresh_v = [-50.0, -49.0]"));
    place.refuses(
        &format!("run p.toml {RUN}"),
        &["`params.thresh_v` = [-50.0, -49.0]: must be one number, which all neurons share"],
    );
}

/// If the disk is full for one file, the others are still written.
#[test]
#[cfg(target_os = "linux")]
fn other_files_are_written_if_the_disk_is_full_for_one() {
    let place = Place::new();
    let limited = "trap '' XFSZ; ulimit -f 8; exec \"$0\" run alif.toml --noise 14 6 --steps 2000 --output out.npz --save end.snap";
    let output = std::process::Command::new("sh")
        .args(["-c", limited, env!("CARGO_BIN_EXE_glif")])
        .current_dir(place.path("."))
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b""[..]), "{told}");
    assert!(told.contains("`out.npz`: cannot be written: File too large"), "{told}");
    assert!(told.ends_with("`end.snap` is written\n"), "{told}");
    let left: Vec<_> = std::fs::read_dir(place.path(".")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name == "out.npz" || name.to_string_lossy().starts_with('.')), "{left:?}");
    place.succeeds("run alif.toml --restore end.snap --constant 15 --steps 10");
}

/// Devices and streams are written to and not replaced: a log keeps its content, and a full device is an
/// error.
#[test]
#[cfg(target_os = "linux")]
fn standard_output_and_devices_are_written_to() {
    let place = Place::new();
    let save_to = |name: &str| {
        place.put("log", "old\n");
        let log = File::options().append(true).open(place.path("log")).unwrap();
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_glif"))
            .args(format!("run alif.toml --constant 15 --steps 10 --save {name}").split_whitespace())
            .current_dir(place.path("."))
            .stdout(log)
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap(), place.get("log"))
    };
    for name in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
        let (code, told, log) = save_to(name);
        assert_eq!(code, Some(0), "{told}");
        assert!(log.starts_with(b"old\nGLIFSNAP") && log.ends_with(format!("written: {name}\n").as_bytes()));
    }
    let (code, told, log) = save_to("/dev/null");
    assert!(code == Some(0) && log.starts_with(b"old\nalif in f32"), "{told}");
    let (code, told, _) = save_to("/dev/full");
    assert!(code == Some(1) && told.contains("`/dev/full`: cannot be written: No space left"), "{told}");
}

#[test]
fn mismatched_snapshots_are_rejected() {
    let place = Place::new();
    place.succeeds("run alif.toml --constant 40 --steps 77 --save good.snap");
    let good = place.get("good.snap");
    let refuses = |population: &str, snapshot: &str, words: &[&str]| {
        let arguments = format!("run {population} --restore {snapshot} {RUN} --save new.snap");
        place.refuses(&arguments, &[&[snapshot], words].concat())
    };
    place.put("p.toml", with(&with(ALIF, "-65.0", "-66.5"), "[2, 3]", "[3, 2]"));
    let err = refuses(
        "p.toml",
        "good.snap",
        &["another population", "`params.reset_v`", "-65", "-66.5", "`shape`", "[3, 2]"],
    );
    assert!(!err.contains("rest_v") && !err.contains("tc_membrane"), "{err}");
    place.put("p.toml", with(ALIF, "f32", "f64"));
    refuses("p.toml", "good.snap", &["`scalar`", "\"f32\"", "\"f64\""]);
    refuses("glif2.toml", "good.snap", &["`model`", "\"alif\"", "\"glif2\""]);

    for length in [8, 11, 15, 20, 100, good.len() - 5, good.len() - 1] {
        place.put("torn.snap", &good[..length]);
        refuses("alif.toml", "torn.snap", &["truncated"]);
    }
    place.put("long.snap", [&good[..], b"x"].concat());
    refuses("alif.toml", "long.snap", &["followed by other data"]);
    for at in (20..good.len()).step_by(41).chain([good.len() - 1]) {
        let mut corrupt = good.clone();
        corrupt[at] ^= 0x10;
        place.put("corrupt.snap", corrupt);
        refuses("alif.toml", "corrupt.snap", &["checksum"]);
    }
    let mut newer = good.clone();
    newer[8] = 99;
    place.put("newer.snap", newer);
    refuses("alif.toml", "newer.snap", &["format 99", "reads formats 1 to 4"]);
    for foreign in ["alif.toml", "empty"] {
        place.put("empty", "");
        refuses("alif.toml", foreign, &["not a glif snapshot"]);
    }
    // Each kind of state in place of the other.
    place.put("state.npz", b"PK\x05\x06");
    refuses("alif.toml", "state.npz", &["an archive such as `numpy.savez` writes, not a glif snapshot"]);
    let state = format!("run alif.toml --state good.snap {RUN}");
    place.refuses(&state, &["`good.snap`: not an archive of `numpy.savez`", "read a snapshot of glif with --restore"]);
    refuses("alif.toml", "none.snap", &["cannot be read: "]);
    place.succeeds(&format!("run alif.toml --restore good.snap {RUN}"));
}

#[test]
fn invalid_lengths_and_stimuli_are_rejected() {
    let place = Place::new();
    for (options, words) in [
        ("--constant nan --steps 9", ["`current` = NaN nA"].as_slice()),
        ("--constant inf --steps 9", &["`current` = inf nA"]),
        ("--step 1 2 -3 --steps 9", &["`onset` = -3 ms"]),
        ("--ramp 1 nan --steps 9", &["`to` = NaN nA"]),
        ("--noise 1 -2 --steps 9", &["`deviation` = -2 nA"]),
        ("--poisson -1 2 5 --steps 9", &["`rate` = -1 Hz"]),
        ("--poisson 1e9 2 5 --steps 9", &["`rate` = 1e9 Hz", "at most 500000"]),
        ("--poisson 100 2 0 --steps 9", &["`time_constant` = 0 ms", "positive"]),
        ("--constant 1 --duration 0.2", &["--duration 0.2 ms: must be 1 to"]),
        ("--constant 1 --duration -5", &["--duration -5 ms: must be 1 to"]),
        ("--constant 1 --duration inf", &["--duration inf ms: must be 1 to"]),
        ("--constant 1 --duration 1e300", &["--duration 1e300 ms: must be 1 to 4294967295 ms"]),
        ("--noise-psd 1 -2 --steps 9", &["`density` = -2 nA·√ms: must be between 0 and 1e18"]),
        ("--noise-ou 1 2 0 --steps 9", &["`time_constant` = 0 ms: must be positive"]),
    ] {
        place.refuses(&format!("run lif.toml {options} --output out.npz"), words);
    }
    place.put("slow.toml", with(LIF, "step_time = 1.0", "step_time = 10.0"));
    for (command, words) in [
        ("run slow.toml --constant 15 --duration 4 --output out.npz", "must be 10 to 42949672950 ms"),
        ("plot trace slow.toml --constant 15 --duration 4 --output t.svg", "must be 10 to 42949672950 ms"),
        (
            "plot rate slow.toml --duration 14 --output t.svg",
            "--duration 14 ms: must be 20 to 10000000000 ms, in steps of 10 ms",
        ),
        ("plot decay slow.toml --duration 4 --output t.svg", "must be 10 to 100000000 ms"),
    ] {
        place.refuses(command, &[words]);
    }
    let neurons = vec!["0"; 51].join(",");
    place.refuses(
        &format!("plot trace lif.toml --constant 15 --steps 9 --neuron {neurons} --output t.svg"),
        &["--neuron: 51 neurons, but a picture shows at most 50"],
    );
    place.refuses("bench --json --model alif --components 9", &["9", "at most 8"]);
}

#[test]
fn wrong_usage_exits_with_2() {
    let place = Place::new();
    place.put("i.npy", npy_f32(&[2, 2, 3], &[1.0; 12]));
    for (arguments, words) in [
        ("run lif.toml --constant 15 --steps 10 --bogus", ["--bogus", "Usage"].as_slice()),
        ("run lif.toml --constant 15 --steps 10 --otput out.npz", &["--otput", "--output"]),
        (
            "run lif.toml --output out.npz",
            &["error: the currents are missing\nhelp: use --input, --constant, ", "--noise"],
        ),
        (
            "run lif.toml --input i.npy --constant 15 --output out.npz",
            &["--input", "--constant", "cannot be used with"],
        ),
        ("run lif.toml --noise 1 2 --ramp 1 2 --steps 9", &["--noise", "--ramp", "cannot be used with"]),
        ("run lif.toml --input i.npy --steps 2 --output out.npz", &["--input", "--steps"]),
        ("run --constant 15 --steps 10", &["required", "POPULATION"]),
        ("run lif.toml --constant 15", &["a built-in stimulus needs", "--steps", "--duration", "Usage: glif run"]),
        ("run lif.toml --constant 15 --steps 9 --json --plot", &["--plot and --json both use standard output"]),
        ("run lif.toml --constant fifteen --steps 10", &["fifteen", "--constant"]),
        ("run lif.toml --constant 15nA --steps 10", &["15nA", "--constant", "without a unit", "in nA"]),
        ("run lif.toml --constant 15 --steps 10 --output out.csv", &["out.csv", "--output", ".npz"]),
        ("run lif.toml --constant 15 --steps -1", &["-1", "--steps"]),
        ("run lif.toml --constant 15 --steps 0", &["--steps", "must be an integer from 1 to 4294967295"]),
        ("run lif.toml --constant 15 --steps 9 --seed 3", &["--constant", "--seed", "cannot be used with"]),
        ("bench --model izhikevich", &["izhikevich", "lif, glif1, alif, glif2"]),
        ("bench --scalar f16", &["f16", "f32"]),
        ("run lif.toml --step 1 2 --steps 9", &["3 values required", "--step"]),
        ("run lif.toml --constant 15 --steps 10 --record voltage", &["required", "--output"]),
        ("run lif.toml --constant 15 --steps 10 --record volts --output out.npz", &["volts", "voltage", "refrac"]),
        (
            "run lif.toml --constant 15 --steps 10 --every 0 --output out.npz",
            &["--every", "must be an integer of at least 1"],
        ),
        ("run lif.toml --noise 15 1 --steps 10 --seed -1", &["--seed", "must be an integer of at least 0"]),
        ("bench --size 0", &["--size"]),
        ("bench --size many", &["many", "must be an integer of at least 1"]),
        ("bench --threads 0", &["--threads", "from 1 to 1024"]),
        ("bench --threads 99999", &["99999", "--threads", "from 1 to 1024"]),
        ("run lif.toml --constant 15 --steps 10 --threads two", &["two", "--threads", "from 1 to 1024"]),
        ("inspect", &["required", "POPULATION"]),
        ("jump", &["jump"]),
    ] {
        place.misused(arguments, words);
    }
    // The usage shows the two kinds of currents, and not each option.
    for command in ["run lif.toml --output out.npz", "plot trace lif.toml --output t.svg"] {
        let verbs = if command.starts_with("run") { "run" } else { "plot trace" };
        for currents in ["", "--input i.npy --steps 2", "--constant 15 --steps 9 --seed 3", "--constant 15"] {
            let told = place.misused(
                &format!("{command} {currents}"),
                &[&format!("Usage: glif {verbs} POPULATION.toml --input I.npy "), "--constant NA --steps T"],
            );
            assert!(told.lines().all(|line| line.len() <= 120) && told.lines().count() <= 9, "{told}");
        }
    }
    let (code, out, err) = place.glif("");
    assert!(code == 2 && out.is_empty() && err.contains("Usage: glif"), "{code}: {out}{err}");
}

#[test]
fn doubtful_values_are_noted_but_accepted() {
    let place = Place::new();
    place.put("p.toml", with(LIF, "time_constant = 20.0", "time_constant = 0.02"));
    let (code, out, err) = place.glif("run p.toml --constant 15 --steps 10 --json");
    assert_eq!(code, 0, "{err}");
    assert!(
        out.starts_with('{') && err.starts_with("note: `p.toml`: `time_constant` = 0.02 ms: shorter"),
        "{out}{err}"
    );
    place.put("p.toml", LIF);
    place
        .put("slow.toml", with(&with(LIF, "step_time = 1.0", "step_time = 10.0"), "refrac_t = 3.0", "refrac_t = 20.0"));
    let rounded = |asked: u32, taken: &str| {
        format!("--duration {asked} ms: not a whole number of steps of 10 ms; the run takes {taken}\n")
    };
    for (arguments, words) in [
        ("run slow.toml --constant 15 --duration 24", rounded(24, "20 ms: 2 steps")),
        ("run slow.toml --constant 15 --duration 25", rounded(25, "30 ms: 3 steps")),
        ("plot raster slow.toml --constant 15 --duration 24 --output p.svg", rounded(24, "20 ms: 2 steps")),
        ("plot error slow.toml --constant 15 --duration 24 --output p.svg", rounded(24, "20 ms: 2 steps")),
        ("plot rate slow.toml --duration 999 --output p.svg", rounded(999, "1000 ms: 100 steps")),
        ("plot decay slow.toml --duration 96 --output p.svg", rounded(96, "100 ms: 10 steps")),
    ] {
        let (code, _, err) = place.glif(arguments);
        assert!(code == 0 && err == format!("note: {words}"), "{err}");
    }
    for (arguments, words) in [
        (
            "run p.toml --step 0 18 500 --duration 100",
            "--step: the run ends at 100 ms, before the step to 18 nA at 500 ms",
        ),
        (
            "plot rate p.toml --to 1 --output p.svg",
            "no neuron fired twice in 4000 ms at up to 1 nA\nhelp: use a longer --duration",
        ),
    ] {
        let (code, _, err) = place.glif(arguments);
        assert!(code == 0 && err.starts_with(&format!("note: {words}")), "{err}");
    }
}

/// Files of `tests/impossible`, whose checksums are right.
///
/// A snapshot in fixed point has membranes that are NaN. A snapshot and an archive have refractory times of
/// 32,767 steps with a period of two.
#[test]
fn impossible_states_are_rejected() {
    let place = Place::new();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/impossible");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        place.put(path.file_name().unwrap().to_str().unwrap(), std::fs::read(&path).unwrap());
    }
    for (arguments, words) in [
        ("fx.toml --restore fx-nan.snap", &["`fx-nan.snap`", "`voltage[0]` = NaN mV: must be finite"][..]),
        (
            "lif.toml --restore refrac32767.snap",
            &["`refrac32767.snap`", "= 32767 steps: must be at most 2 steps", "the refractory period"],
        ),
        (
            "lif.toml --state refrac32767.npz",
            &["`refrac32767.npz`", "`refrac[4]` = 32767 ms: must be at most 2 ms", "the refractory period"],
        ),
    ] {
        place.refuses(&format!("run {arguments} {RUN}"), words);
    }
    // A whole period is valid.
    place.succeeds(&format!("run lif.toml --state refrac2.npz {RUN}"));
}
