//! Checks that this version reads the files of each released version, in `released/VERSION`. The populations
//! must continue with the same results as in that version.
//!
//! `GLIF_RELEASE=0.1.0 cargo test -p glif-tests released` writes the folder of a version once, when it is
//! released. Its content never changes.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use glif::{Currents, Description, DynPopulation, Variable};
use glif_board::board::Snapshot;
use glif_board::{Board, loopback, translate};
use glif_link::Field;
use serde::{Deserialize, Serialize};

/// Steps before the snapshot, and after it.
const BEFORE: u32 = 40;
const AFTER: u32 = 30;

/// Results after the snapshot.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Seen {
    /// Step and neuron of each spike.
    spikes: Vec<(u32, usize)>,
    /// Bits of f64, because JSON's numbers cannot represent NaN or the sign of zero.
    voltage: Vec<u64>,
    adaptation: Vec<u64>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("released")
}

/// Returns currents, nA. They are the same for every version and must not change.
fn currents(neurons: usize) -> Vec<f64> {
    (0..neurons).map(|i| 8.0 + 3.0 * i as f64).collect()
}

fn bits(values: Vec<f64>) -> Vec<u64> {
    values.into_iter().map(f64::to_bits).collect()
}

fn go_on(population: &mut DynPopulation, steps: u32) -> Result<Seen> {
    let cells = population.neurons() * population.description().batch_size;
    let options = population.description().options();
    let mut spikes = Vec::new();
    for step in 0..steps {
        population.load(Currents::F64(&currents(cells)))?;
        spikes.extend(population.step(options)?.iter().map(|(_, neuron)| (step, neuron)));
    }
    let [voltage, adaptation] = [Variable::Voltage, Variable::Adaptation].map(|what| bits(population.read(what)));
    Ok(Seen { spikes, voltage, adaptation })
}

/// Runs the same steps on a node.
fn go_on_board(board: &mut Board<loopback::Pipe>, neurons: usize, steps: u32) -> Result<Seen> {
    board.hold(&currents(neurons))?;
    let ran = board.run(steps)?;
    let spikes = (0..).zip(&ran).flat_map(|(step, spikes)| spikes.iter().map(move |neuron| (step, neuron))).collect();
    let (voltage, adaptation) = (board.read(Field::Voltage)?, board.read(Field::Adaptation)?);
    // A released record has the components of a node in the order of the link, component by component.
    let components = adaptation.len() / neurons;
    let on_the_wire = (0..components).flat_map(|k| adaptation.iter().skip(k).step_by(components)).copied().collect();
    let [voltage, adaptation] = [voltage, on_the_wire].map(bits);
    Ok(Seen { spikes, voltage, adaptation })
}

/// Descriptions that together cover every model, three scalars, and data stored besides the arrays.
const POPULATIONS: [(&str, &str); 3] = [
    (
        "lif",
        "model = \"lif\"\nscalar = \"f64\"\nshape = [2, 3]\nrefractory = \"exact\"\n[params]\nstep_time = 0.1\nrest_v = -60.0\nreset_v = -65.0\n\
         thresh_v = -50.0\nrefrac_t = 2.0\ntime_constant = 20.0\nresistance = 2.0\n",
    ),
    (
        "alif",
        "model = \"alif\"\nscalar = \"f32\"\nshape = 7\n[params]\nstep_time = 1.0\nrest_v = -60.0\nreset_v = -65.0\n\
         thresh_eq_v = -50.0\nrefrac_t = 2.0\ntc_membrane = 20.0\ntc_adaptation = [30.0, 100.0]\nspike_increment = [0.5, -0.25]\n",
    ),
    (
        "glif2",
        "model = \"glif2\"\nscalar = \"i16f16\"\nshape = 7\nrounding = \"stochastic\"\nseed = 5\nrefrac_lock = false\n[params]\nstep_time = 1.0\n\
         rest_v = -60.0\nreset_v_add = 3.0\nreset_v_mul = 0.5\nthresh_eq_v = -50.0\nrefrac_t = 2.0\ntc_membrane = 20.0\n\
         rc_adaptation = 0.05\nspike_increment = 1.5\n",
    ),
];

/// Writes the files that this version would leave.
fn release(folder: &Path) -> Result<()> {
    ensure!(!folder.exists(), "{} is there already, and what is released stays", folder.display());
    fs::create_dir_all(folder)?;
    for (name, text) in POPULATIONS {
        let description = Description::from_toml(text).map_err(|errors| anyhow::anyhow!("{name}: {errors}"))?;
        let mut population = description.build()?;
        go_on(&mut population, BEFORE)?;
        fs::write(folder.join(name).with_extension("toml"), text)?;
        population.save(folder.join(name).with_extension("snapshot"))?;
        let mut seen = BTreeMap::from([("host", go_on(&mut population, AFTER)?)]);
        if name != "lif" {
            let mut board = Board::connect(loopback::start())?;
            board.load(&description)?;
            go_on_board(&mut board, population.neurons(), BEFORE)?;
            fs::write(folder.join(name).with_extension("node"), board.snapshot()?.bytes)?;
            seen.insert("node", go_on_board(&mut board, population.neurons(), AFTER)?);
        }
        fs::write(folder.join(name).with_extension("json"), serde_json::to_string_pretty(&seen)? + "\n")?;
    }
    Ok(())
}

/// Reads the files of a version, and returns the number of its populations.
fn read(folder: &Path) -> Result<usize> {
    let mut read = 0;
    for entry in folder.read_dir()? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let text = fs::read_to_string(&path)?;
        let description = Description::from_toml(&text).map_err(|errors| anyhow::anyhow!("{errors}"))?;
        let expected: BTreeMap<String, Seen> = serde_json::from_str(&fs::read_to_string(path.with_extension("json"))?)?;
        let mut population = DynPopulation::from_snapshot(path.with_extension("snapshot"))?;
        ensure!(*population.description() == description, "{}: another description", path.display());
        let seen = go_on(&mut population, AFTER)?;
        ensure!(!seen.spikes.is_empty() && seen == expected["host"], "{}: {seen:?}", path.display());
        if let Some(expected) = expected.get("node") {
            let mut board = Board::connect(loopback::start())?;
            let bytes = fs::read(path.with_extension("node"))?;
            board.restore(&Snapshot { model: translate::model(&description)?, own: [].into(), bytes })?;
            let seen = go_on_board(&mut board, population.neurons(), AFTER)?;
            ensure!(seen == *expected, "{} on a node: {seen:?}", path.display());
        }
        read += 1;
    }
    Ok(read)
}

#[test]
fn files_of_every_release_are_read() -> Result<()> {
    if let Some(version) = std::env::var_os("GLIF_RELEASE") {
        release(&folder().join(version))?;
    }
    let mut versions = 0;
    for version in folder().read_dir()? {
        let version = version?.path();
        let read = read(&version).with_context(|| version.display().to_string())?;
        ensure!(read >= POPULATIONS.len(), "{}: {read} populations", version.display());
        versions += 1;
    }
    ensure!(versions > 0, "nothing is released");
    Ok(())
}
