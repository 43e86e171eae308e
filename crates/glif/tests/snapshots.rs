//! A snapshot restores the whole state or returns an error, and a population that refuses one is unchanged.

use std::fs;
use std::path::{Path, PathBuf};

use glif::description::{Dialect, ModelKind, NumberFormat};
use glif::fixed::types::I16F16;
use glif::stimulus::{Source, Stimulus};
use glif::{
    Alif, AlifParams, Currents, Description, DynPopulation, Glif2, Glif2Params, OwnValues, Parameter, Population,
    Reduction, SnapshotError, StepOptions, Stochastic, Variable,
};

fn describe(head: &str, model: ModelKind, step_time: f64, refrac_t: f64) -> Description {
    let (linear, currents) = (
        "reset_v_add = 2.0\nreset_v_mul = 0.5\nthresh_eq_v = -50.0\ntc_membrane = 20.0\n\
         rc_adaptation = [0.05, 0.02]\nspike_increment = [1.5, 0.75]",
        "asc_amplitude = [-2.0, 1.0]\nrc_asc = [0.02, 0.2]\nasc_retain = 0.5",
    );
    let own = match model {
        ModelKind::Lif | ModelKind::Glif1 => "reset_v = -65.0\nthresh_v = -50.0\ntime_constant = 20.0",
        ModelKind::Glif3 => &format!("reset_v = -65.0\nthresh_v = -50.0\ntime_constant = 20.0\n{currents}"),
        ModelKind::Glif4 => &format!("{linear}\n{currents}"),
        ModelKind::Glif5 => &format!("{linear}\n{currents}\nthresh_voltage_gain = 0.01\nrc_thresh_voltage = 0.03"),
        ModelKind::Alif => {
            "reset_v = -65.0\nthresh_eq_v = -50.0\ntc_membrane = 20.0\n\
             tc_adaptation = [20.0, 50.0]\nspike_increment = [1.5, 0.75]"
        }
        ModelKind::Glif2 => linear,
        ModelKind::Li => "time_constant = 20.0",
        ModelKind::If => "reset_v = -65.0\nthresh_v = -5.0",
    };
    let (rest, refrac) = ("rest_v = -60.0\n".to_owned(), format!("refrac_t = {refrac_t:?}\n"));
    let common = match model {
        ModelKind::Li => rest,
        ModelKind::If => refrac,
        _ => rest + &refrac,
    };
    let inferno = model.dialects().contains(&Dialect::Inferno);
    let size = if inferno { "shape = [3, 4]\nbatch_size = 2" } else { "shape = [6, 4]\ndialect = \"allen\"" };
    // A model without a refractory time has no rule for it.
    let head: String = head
        .lines()
        .filter(|line| model.fires() || !line.starts_with("refractory"))
        .map(|line| format!("{line}\n"))
        .collect();
    let text = format!(
        "model = \"{model}\"\n{size}\n{head}\n\
         [params]\nstep_time = {step_time:?}\n{common}{own}\n"
    );
    Description::from_toml(&text).unwrap_or_else(|errors| panic!("{errors}\n{text}"))
}

/// Currents of one step: each neuron has its own, and fires now and then.
fn currents(step: u64) -> [f64; 24] {
    std::array::from_fn(|i| 20.0 + 18.0 * (step as f64 * 0.37 + i as f64 * 1.7).sin())
}

fn run(population: &mut DynPopulation, steps: std::ops::Range<u64>) {
    let options = population.description().options();
    for step in steps {
        population.load(Currents::F64(&currents(step))).unwrap();
        population.step(options).unwrap();
    }
}

/// All visible state, as bits.
fn seen(population: &DynPopulation) -> (u64, Vec<Vec<u64>>, Vec<(usize, usize)>) {
    let bits = |variable| population.read(variable).into_iter().map(f64::to_bits).collect();
    (population.steps(), Variable::ALL.map(bits).to_vec(), population.fired().iter().collect())
}

/// Runs both on and checks that they are equal after each step.
fn assert_continue_equal(a: &mut DynPopulation, b: &mut DynPopulation, steps: u64) {
    assert_eq!(seen(a), seen(b));
    for step in 0..steps {
        run(a, step..step + 1);
        run(b, step..step + 1);
        assert_eq!(seen(a), seen(b), "{step} steps later");
    }
}

struct Scratch(tempfile::TempDir);

impl Scratch {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("population.glifsnap")
    }
}

/// Returns a population that has spiked and has neurons in their refractory period, if its model has spikes.
fn running(description: &Description) -> DynPopulation {
    let mut population = description.build().unwrap();
    let mut step = 0;
    loop {
        run(&mut population, step..step + 1);
        step += 1;
        let held = population.read(Variable::Refrac).iter().filter(|ms| **ms > 0.0).count();
        if step >= 30 && !description.model().fires() {
            assert!(held == 0 && population.fired().count() == 0);
            return population;
        }
        if step >= 30 && (1..24).contains(&held) && population.fired().count() > 0 {
            return population;
        }
        assert!(step < 500, "{} never comes mid-refractory with a spike", description.spec.scalar);
    }
}

#[test]
fn every_model_and_scalar_round_trips() {
    let scratch = Scratch::new();
    for &model in ModelKind::ALL {
        for &scalar in NumberFormat::ALL {
            let floats = matches!(scalar, NumberFormat::F32 | NumberFormat::F64);
            let roundings = if floats { ["nearest"].as_slice() } else { &["nearest", "truncate", "stochastic"] };
            for (rounding, reduction, rule) in roundings
                .iter()
                .zip(["mean", "max", "min"])
                .zip(["inferno", "exact", "nest"])
                .map(|((a, b), c)| (a, b, c))
            {
                let rule = if model.dialects().contains(&Dialect::Inferno) { rule } else { "nest" };
                let head = format!(
                    "scalar = \"{scalar}\"\nrounding = \"{rounding}\"\nseed = 9\nbatch_reduction = \"{reduction}\"\n\
                     refractory = \"{rule}\""
                );
                let description = describe(&head, model, 1.0, 3.5);
                let mut population = running(&description);
                population.save(scratch.file()).unwrap();
                let mut built = DynPopulation::from_snapshot(scratch.file()).unwrap();
                assert_eq!(built.description(), population.description());
                let mut restored = description.build().unwrap();
                run(&mut restored, 5..9);
                restored.restore(scratch.file()).unwrap();
                let mut again = DynPopulation::from_snapshot(scratch.file()).unwrap();
                assert_continue_equal(&mut population, &mut restored, 40);
                run(&mut built, 0..40);
                assert_eq!(seen(&built), seen(&population));
                // A second snapshot of the same state has the same bytes.
                let first = fs::read(scratch.file()).unwrap();
                again.save(scratch.file()).unwrap();
                assert_eq!(fs::read(scratch.file()).unwrap(), first);
                again.restore(scratch.file()).unwrap();
            }
        }
    }
}

/// Remaining times that were not set by a spike at the present step time read back bit for bit.
#[test]
fn written_times_survive_snapshots_at_a_new_step_time() {
    let scratch = Scratch::new();
    for scalar in ["f32", "f64", "i16f16"] {
        for rule in ["inferno", "exact", "nest"] {
            let head = format!("scalar = \"{scalar}\"\nrefractory = \"{rule}\"");
            let description = describe(&head, ModelKind::Alif, 0.1, 5.0);
            for change_first in [false, true] {
                for elapsed in [0, 1, 7] {
                    let mut population = description.build().unwrap();
                    run(&mut population, 0..40);
                    let times: Vec<f64> = (0..24).map(|i| f64::from(i) * 0.37).collect();
                    if change_first {
                        population.set_step_time(0.07).unwrap();
                        population.write(Variable::Refrac, &times).unwrap();
                    } else {
                        population.write(Variable::Refrac, &times).unwrap();
                        run(&mut population, 40..43);
                        population.set_step_time(0.07).unwrap();
                    }
                    run(&mut population, 43..43 + elapsed);
                    population.save(scratch.file()).unwrap();
                    let mut twin = DynPopulation::from_snapshot(scratch.file()).unwrap();
                    assert_eq!(twin.description(), population.description());
                    assert_continue_equal(&mut population, &mut twin, 130);
                    // A population with the old step time has another description.
                    let mut old = description.build().unwrap();
                    let message = old.restore(scratch.file()).unwrap_err().to_string();
                    assert!(
                        message.ends_with(": `params.step_time` is 0.07 in the snapshot, 0.1 in this population"),
                        "{message}"
                    );
                    old.set_step_time(0.07).unwrap();
                    old.restore(scratch.file()).unwrap();
                }
            }
        }
    }
}

/// The replay is worth its memory: counted steps alone would read back as other milliseconds.
#[test]
fn written_time_counts_down_as_in_inferno() {
    let mut population = describe("", ModelKind::Lif, 0.1, 5.0).build().unwrap();
    population.write(Variable::Refrac, &[3.3; 24]).unwrap();
    let mut left = 3.3_f32;
    for step in 0..40 {
        assert_eq!(population.read(Variable::Refrac), [f64::from(left); 24], "step {step}");
        population.load(Currents::F32(&[0.0; 24])).unwrap();
        population.step(population.description().options()).unwrap();
        left = (left - 0.1).max(0.0);
    }
}

#[test]
fn other_description_is_rejected_with_each_difference() {
    let scratch = Scratch::new();
    let description = describe("", ModelKind::Alif, 1.0, 2.0);
    running(&description).save(scratch.file()).unwrap();
    let refused = |head: &str, model, step_time, refrac_t| {
        let mut other = describe(head, model, step_time, refrac_t).build().unwrap();
        run(&mut other, 0..20);
        let before = seen(&other);
        let error = other.restore(scratch.file()).unwrap_err();
        assert_eq!(seen(&other), before);
        let SnapshotError::Differs { differences, .. } = error else { panic!("{error}") };
        differences
    };
    assert_eq!(
        refused("scalar = \"f64\"\nrefractory = \"nest\"", ModelKind::Alif, 0.5, 2.0),
        [
            "`params.step_time` is 1.0 in the snapshot, 0.5 in this population",
            "`refractory` is \"inferno\" in the snapshot, \"nest\" in this population",
            "`scalar` is \"f32\" in the snapshot, \"f64\" in this population",
        ]
    );
    assert_eq!(
        refused("batch_reduction = \"max\"", ModelKind::Alif, 1.0, 3.0),
        [
            "`batch_reduction` is \"mean\" in the snapshot, \"max\" in this population",
            "`params.refrac_t` is 2.0 in the snapshot, 3.0 in this population"
        ]
    );
    // If the model differs, only the model is reported.
    assert_eq!(
        refused("", ModelKind::Glif2, 1.0, 2.0),
        ["`model` is \"alif\" in the snapshot, \"glif2\" in this population"]
    );
    // The same number of neurons in another shape is another population; other switches are not.
    let mut reshaped = Description { shape: vec![12], ..description.clone() }.build().unwrap();
    let message = reshaped.restore(scratch.file()).unwrap_err().to_string();
    assert!(message.contains("saved by another population") && message.contains("`shape` is"), "{message}");
    let mut unlocked = description;
    unlocked.spec.options = StepOptions { refrac_lock: false, adapt: false };
    let mut unlocked = unlocked.build().unwrap();
    unlocked.restore(scratch.file()).unwrap();
}

/// Both ways of restoring refuse `bytes`, and the population is unchanged.
fn assert_refused(population: &mut DynPopulation, file: &Path, bytes: &[u8], what: &str) -> SnapshotError {
    fs::write(file, bytes).unwrap();
    let before = seen(population);
    assert!(DynPopulation::from_snapshot(file).is_err(), "{what}");
    let error = population.restore(file).expect_err(what);
    assert_eq!(seen(population), before, "{what}");
    assert!(error.to_string().starts_with(&format!("`{}`: ", file.display())), "{error}");
    error
}

fn small() -> (Scratch, DynPopulation, Vec<u8>) {
    let scratch = Scratch::new();
    let mut population = running(&describe("", ModelKind::Alif, 1.0, 2.0));
    population.write(Variable::Refrac, &[1.25; 24]).unwrap();
    population.save(scratch.file()).unwrap();
    let bytes = fs::read(scratch.file()).unwrap();
    run(&mut population, 0..3); // differs from the saved state now
    (scratch, population, bytes)
}

#[test]
fn file_truncated_anywhere_is_rejected() {
    let (scratch, mut population, bytes) = small();
    for length in 0..bytes.len() {
        let what = format!("{length} of {} bytes", bytes.len());
        let error = assert_refused(&mut population, &scratch.file(), &bytes[..length], &what);
        assert!(matches!(error, SnapshotError::Unreadable { .. }), "{what}: {error}");
    }
    let longer = [bytes.as_slice(), b"\n"].concat();
    assert_refused(&mut population, &scratch.file(), &longer, "one byte more");
    fs::write(scratch.file(), &bytes).unwrap();
    population.restore(scratch.file()).unwrap();
}

#[test]
fn a_flip_anywhere_is_refused() {
    let (scratch, mut population, bytes) = small();
    for place in 0..bytes.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut flipped = bytes.clone();
            flipped[place] ^= flip;
            assert_refused(&mut population, &scratch.file(), &flipped, &format!("byte {place} flipped by {flip}"));
        }
    }
}

/// Builds a file from a version and a body, with a correct checksum.
fn sealed(version: u32, body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u64).to_le_bytes();
    let mut bytes = [b"GLIFSNAP".as_slice(), &version.to_le_bytes(), &length, body].concat();
    let checksum = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes
}

#[test]
fn another_version_is_refused_by_its_number() {
    let (scratch, mut population, bytes) = small();
    let body = &bytes[20..bytes.len() - 4];
    assert_eq!(sealed(1, body), bytes);
    for version in [0, 5, u32::MAX] {
        let error = assert_refused(&mut population, &scratch.file(), &sealed(version, body), "another version");
        assert!(matches!(error, SnapshotError::Version { found, .. } if found == version));
        let message = error.to_string();
        assert!(
            message.ends_with(&format!("snapshot format {version}; this program reads formats 1 to 4")),
            "{message}"
        );
    }
}

#[test]
fn a_stimulus_is_saved_beside_the_state_it_drives() {
    let scratch = Scratch::new();
    let description = describe("", ModelKind::Alif, 1.0, 3.5);
    let mut population = running(&description);
    let poisson = Stimulus::Poisson { rate: 900.0, weight: 4.0, time_constant: 5.0 };
    let mut source = Source::new(poisson, 24, 1.0, 80, 7).unwrap();
    let drive = |population: &mut DynPopulation, source: &mut Source| {
        let mut currents = [0.0; 24];
        for _ in 0..40 {
            source.fill(&mut currents);
            population.load(Currents::F64(&currents)).unwrap();
            population.step(description.options()).unwrap();
        }
        seen(population)
    };
    drive(&mut population, &mut source);
    population.save_with_stimulus(scratch.file(), &source).unwrap();
    let bytes = fs::read(scratch.file()).unwrap();
    assert_eq!(bytes[8..12], 2_u32.to_le_bytes());
    let whole = drive(&mut population, &mut source);
    let mut restored = description.build().unwrap();
    let mut resumed = restored.restore_with_stimulus(scratch.file()).unwrap().unwrap();
    assert_eq!((resumed.position(), resumed.seed(), resumed.stimulus()), (40, 7, source.stimulus()));
    assert_eq!(drive(&mut restored, &mut resumed), whole);
    // `from_snapshot` and `restore` read only the state.
    let mut plain = DynPopulation::from_snapshot(scratch.file()).unwrap();
    plain.restore(scratch.file()).unwrap();
    assert_eq!(plain.steps() + 40, restored.steps());

    for (cells, step_time) in [(23, 1.0), (24, 0.5)] {
        let constant = Stimulus::Constant { current: 1.0 };
        let other = Source::new(constant, cells, step_time, 80, 7).unwrap();
        let error = population.save_with_stimulus(scratch.file(), &other).unwrap_err();
        assert!(matches!(error, SnapshotError::Stimulus { .. }));
        let words = format!(
            "the stimulus drives {cells} cells in steps of {step_time} ms, but the population has 24 in steps of 1 ms"
        );
        assert!(error.to_string().ends_with(&words), "{error}");
        assert_eq!(fs::read(scratch.file()).unwrap(), bytes);
    }
    // A stimulus that is cut off, is followed by more data, or has fewer cells than the population.
    let body = &bytes[20..bytes.len() - 4];
    assert_eq!(sealed(2, body), bytes);
    let mut odd = body.to_vec();
    let at = odd.windows(9).position(|bytes| bytes[0] == 24 && bytes[1..] == 1.0_f64.to_le_bytes()).unwrap();
    odd[at] = 23;
    for (what, body) in
        [("a cut stimulus", &body[..body.len() - 1]), ("more", &[body, b"x"].concat()), ("other cells", &odd)]
    {
        fs::write(scratch.file(), sealed(2, body)).unwrap();
        let before = seen(&population);
        let error = population.restore(scratch.file()).unwrap_err();
        assert!(error.to_string().contains("corrupt: "), "{what}: {error}");
        assert_eq!(seen(&population), before, "{what}");
    }
}

/// The length of the body and the lengths within it are checked.
#[test]
fn a_length_that_is_announced_is_checked() {
    let (scratch, mut population, bytes) = small();
    for length in [u64::MAX, 1 << 60, bytes.len() as u64] {
        let mut announcing = bytes.clone();
        announcing[12..20].copy_from_slice(&length.to_le_bytes());
        let error = assert_refused(&mut population, &scratch.file(), &announcing, "a body that is not there");
        assert!(error.to_string().ends_with("truncated: shorter than its header says"), "{error}");
    }
    // An empty description, no steps, and 2^60 membranes.
    let membranes = [0, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10];
    let error =
        assert_refused(&mut population, &scratch.file(), &sealed(1, &membranes), "membranes that are not there");
    assert!(error.to_string().contains("corrupt"), "{error}");
}

/// Another program might write a file with the right format and invalid content.
#[test]
fn invalid_content_is_rejected() {
    type Body = (String, (u64, Vec<f64>, Vec<u16>, Vec<f64>, Option<(u64, Vec<f64>, u16)>));
    type Spoil = fn(&mut Body);
    let (scratch, mut population, bytes) = small();
    let good: Body = postcard::from_bytes(&bytes[20..bytes.len() - 4]).unwrap();
    let wrong: [(&str, Spoil); 10] = [
        ("no description", |body| body.0.clear()),
        ("not a description", |body| body.0 = "model = 3".to_owned()),
        ("too few membranes", |body| {
            body.1.1.pop();
        }),
        ("a membrane of NaN", |body| body.1.1[3] = f64::NAN),
        ("too many counts", |body| body.1.2.push(0)),
        ("no counts", |body| body.1.2.clear()),
        ("too few components", |body| {
            body.1.3.pop();
        }),
        ("an infinite component", |body| body.1.3[0] = f64::NEG_INFINITY),
        ("too few written times", |body| {
            body.1.4.as_mut().unwrap().1.pop();
        }),
        ("too many written times", |body| body.1.4.as_mut().unwrap().1.push(0.0)),
    ];
    for (what, spoil) in wrong {
        let mut body = good.clone();
        spoil(&mut body);
        let body = postcard::to_stdvec(&body).unwrap();
        assert_refused(&mut population, &scratch.file(), &sealed(1, &body), what);
    }
    let cut = &bytes[20..bytes.len() - 5];
    assert_refused(&mut population, &scratch.file(), &sealed(1, cut), "a body with its last byte missing");
    let all = postcard::to_stdvec(&good).unwrap();
    fs::write(scratch.file(), sealed(1, &all)).unwrap();
    population.restore(scratch.file()).unwrap();
}

/// A snapshot can restore any state that a population can have.
#[test]
fn extreme_states_are_restored() {
    let scratch = Scratch::new();
    let description = describe("", ModelKind::Lif, 1.0, 2.0);
    let mut population = description.build().unwrap();
    population.load(Currents::F64(&[-8e37; 24])).unwrap();
    for _ in 0..60 {
        population.step(description.options()).unwrap();
    }
    population.save(scratch.file()).unwrap();
    let mut twin = DynPopulation::from_snapshot(scratch.file()).unwrap();
    assert_continue_equal(&mut population, &mut twin, 20);
}

/// Integers of a file are signed, so the greatest seeds cannot be saved, and no population is built with one.
#[test]
fn a_seed_can_be_saved_or_is_refused() {
    let scratch = Scratch::new();
    let head = "scalar = \"i8f8\"\nrounding = \"stochastic\"";
    let with = |seed| {
        let mut description = describe(head, ModelKind::Alif, 1.0, 2.0);
        description.spec.seed = seed;
        description
    };
    for seed in [0, i64::MAX as u64] {
        let mut population = running(&with(seed));
        population.save(scratch.file()).unwrap();
        let mut twin = DynPopulation::from_snapshot(scratch.file()).unwrap();
        assert_continue_equal(&mut population, &mut twin, 20);
    }
    for seed in [i64::MAX as u64 + 1, u64::MAX] {
        let message = with(seed).build().unwrap_err().to_string();
        assert!(message.starts_with("`seed` = "), "{message}");
    }
}

#[test]
fn missing_file_or_directory_is_reported() {
    let scratch = Scratch::new();
    let mut population = describe("", ModelKind::Lif, 1.0, 2.0).build().unwrap();
    assert!(matches!(population.restore(scratch.file()), Err(SnapshotError::Io { .. })));
    let nowhere = scratch.0.path().join("no").join("where");
    let message = population.save(&nowhere).unwrap_err().to_string();
    assert!(message.starts_with(&format!("`{}`: ", nowhere.display())), "{message}");
    // After two saves to one path, only the snapshot is left.
    population.save(scratch.file()).unwrap();
    population.save(scratch.file()).unwrap();
    let names: Vec<_> = fs::read_dir(scratch.0.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["population.glifsnap"]);
}

/// A `DynPopulation` restores what a `Population` saved, and the other way round; both continue alike.
#[test]
fn both_kinds_of_population_share_their_snapshots() {
    let place = Scratch::new();
    let path = place.file();
    let glif2 = Glif2Params {
        step_time: 1.0,
        rest_v: -60.0,
        reset_v_add: 2.0,
        reset_v_mul: 0.5,
        thresh_eq_v: -50.0,
        refrac_t: 2.0,
        tc_membrane: 20.0,
        rc_adaptation: [0.05, 0.02],
        spike_increment: [1.5, 0.75],
        resistance: 1.0,
    };
    let mut typed = Population::<Glif2<I16F16, 2>>::builder(glif2)
        .shape(&[3, 4])
        .batch_size(2)
        .reduction(Reduction::Max)
        .rounding(Stochastic { seed: 7 })
        .build()
        .unwrap();
    let nearest = |step| currents(step).map(I16F16::from_num);
    for step in 0..40 {
        typed.step(&nearest(step), StepOptions::default()).unwrap();
    }
    typed.save(&path).unwrap();
    let mut other = DynPopulation::from_snapshot(&path).unwrap();
    assert_eq!(other.description(), &typed.description().unwrap());
    run(&mut other, 40..60);
    for step in 40..60 {
        typed.step(&nearest(step), StepOptions::default()).unwrap();
    }
    let bits = |values: &[I16F16]| values.iter().map(|v| v.to_num::<f64>()).collect::<Vec<_>>();
    assert_eq!(other.read(Variable::Voltage), bits(typed.voltage()));
    assert_eq!(other.read(Variable::Adaptation), bits(&typed.adaptation()));
    assert!(typed.fired().iter().eq(other.fired().iter()));

    other.save(&path).unwrap();
    let (voltage, steps) = (typed.voltage().to_vec(), typed.steps());
    typed.clear(false);
    typed.restore(&path).unwrap();
    assert_eq!((typed.voltage(), typed.steps()), (&voltage[..], steps));

    // Another seed is another population.
    let seeded = Population::<Glif2<I16F16, 2>>::builder(glif2).shape(&[3, 4]).batch_size(2).reduction(Reduction::Max);
    let mut seeded = seeded.rounding(Stochastic { seed: 8 }).build().unwrap();
    let error = seeded.restore(&path).unwrap_err().to_string();
    assert!(error.contains("`seed` is 7 in the snapshot, 8 in this population"), "{error}");
    assert_eq!(seeded.steps(), 0);
}

/// A file cannot express a caller's own function.
#[test]
fn custom_reduction_is_not_saved() {
    let place = Scratch::new();
    let alif = AlifParams {
        step_time: 1.0,
        rest_v: -60.0,
        reset_v: -65.0,
        thresh_eq_v: -50.0,
        refrac_t: 2.0,
        tc_membrane: 20.0,
        tc_adaptation: [100.0],
        spike_increment: [1.5],
        resistance: 1.0,
    };
    let first = |samples: &[f32]| samples[0];
    let builder = Population::<Alif<f32, 1>>::builder(alif).reduction(Reduction::Custom(std::sync::Arc::new(first)));
    let mut population = builder.build().unwrap();
    let path = place.file();
    let error = population.save(&path).unwrap_err().to_string();
    assert!(error.ends_with("the population has a custom reduction, which a snapshot cannot store"), "{error}");
    assert!(!path.exists());
    describe("", ModelKind::Alif, 1.0, 2.0).build().unwrap().save(&path).unwrap();
    assert!(matches!(population.restore(&path), Err(SnapshotError::OwnReduction { .. })));
}

/// The file has the lists in binary, and the draws as their distributions. It can be restored without the array file.
#[test]
fn own_parameters_are_saved() {
    let scratch = Scratch::new();
    let mut description = describe("seed = 5", ModelKind::Alif, 1.0, 2.0);
    let constants: Vec<f64> = (0..24).map(|i| 20.0 + f64::from(i) / 3.0).collect();
    description.own.set(Parameter::TcAdaptation, OwnValues::Each(constants.clone()));
    description.own.set(Parameter::ThreshEqV, OwnValues::Array("cells.npy".to_owned()));
    let (least, greatest) = (f64::NEG_INFINITY, 30.0);
    let drawn = OwnValues::Normal { mean: 20.0, deviation: 2.0, least, greatest };
    description.own.set(Parameter::TcMembrane, drawn.clone());
    let thresholds: Vec<f64> = (0..12).map(|i| -50.0 - f64::from(i) / 7.0).collect();
    description.load_arrays(|_| Ok((vec![3, 4], thresholds.clone()))).unwrap();

    let mut population = running(&description);
    population.save(scratch.file()).unwrap();
    let bytes = fs::read(scratch.file()).unwrap();
    assert_eq!(bytes[8..12], 3_u32.to_le_bytes());
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("array = \"thresh_eq_v\"") && !text.contains("each"), "{text}");
    let mut other = DynPopulation::from_snapshot(scratch.file()).unwrap();
    assert_eq!(other.description(), &description);
    assert_eq!(other.description().own.get(Parameter::TcMembrane), Some(&drawn));
    assert_eq!(other.description().drawn().unwrap(), description.drawn().unwrap());
    assert_continue_equal(&mut population, &mut other, 20);
    other.restore(scratch.file()).unwrap();

    // The same with a stimulus.
    let mut source = Source::new(Stimulus::Constant { current: 20.0 }, 24, 1.0, 80, 7).unwrap();
    source.fill(&mut [0.0; 24]);
    population.save_with_stimulus(scratch.file(), &source).unwrap();
    assert_eq!(fs::read(scratch.file()).unwrap()[8..12], 3_u32.to_le_bytes());
    assert_eq!(other.restore_with_stimulus(scratch.file()).unwrap().unwrap().position(), 1);

    // Another value of one neuron is another population.
    let mut changed = description.clone();
    let mut values = thresholds.clone();
    values[5] = -51.5;
    changed.own.set(Parameter::ThreshEqV, OwnValues::Each(values));
    let told = changed.build().unwrap().restore(scratch.file()).unwrap_err().to_string();
    let expected = format!("`params.thresh_eq_v[5]` is {:?} in the snapshot, -51.5 in this population", thresholds[5]);
    assert!(told.ends_with(&expected), "{told}");

    // Every byte counts, and a list that is missing or has another length is refused.
    for length in 0..bytes.len() {
        assert_refused(&mut population, &scratch.file(), &bytes[..length], "truncated");
    }
    for place in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[place] ^= 0x40;
        assert_refused(&mut population, &scratch.file(), &flipped, &format!("byte {place} flipped"));
    }
    let body = &bytes[20..bytes.len() - 4];
    // The lists are at the end: their number, then the name, the length and the values of each.
    let (first, second) = (1 + "thresh_eq_v".len() + 1 + 12 * 8, 1 + "tc_adaptation".len() + 1 + 24 * 8);
    let lists = body.len() - first - second - 1;
    assert_eq!(body[lists], 2);
    let without = [&body[..lists], &[0]].concat();
    let error = assert_refused(&mut population, &scratch.file(), &sealed(3, &without), "no lists");
    assert!(error.to_string().ends_with(
        "`params.thresh_eq_v`: the array `thresh_eq_v`: not in the snapshot\n`params.tc_adaptation`: the array `tc_adaptation`: not in the snapshot"
    ));
    let mut short = body[..body.len() - 8].to_vec();
    let length = body.len() - 24 * 8 - 1;
    assert_eq!(short[length], 24);
    short[length] = 23;
    let error = assert_refused(&mut population, &scratch.file(), &sealed(3, &short), "a short list").to_string();
    assert!(error.contains("the array `tc_adaptation` has shape [3, 4, 1], but 23 values"), "{error}");
    // A file that announces more values than it has allocates no memory for them.
    let mut long = body[..length].to_vec();
    long.extend([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]);
    assert_refused(&mut population, &scratch.file(), &sealed(3, &long), "a long list");
}
