//! `bench-mcu`: measures the instructions of a step on each core that QEMU has, and compares them with the
//! budget.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use clap::Args;
use serde::{Deserialize, Serialize};
use xshell::{Shell, cmd};

use crate::boards::{self, Board};
use crate::delivery::{self, Delivery};
use crate::firmware::Image;
use crate::{alive, glif, tracks};

/// The file of the budget.
const BUDGET: &str = "firmware/instructions.toml";
const HEAD: &str = "\
# Instructions that a neuron takes in a step: the mean and the worst step of a usual load, and the worst step of the loads that cost most
# (all neurons fire, none fires, subnormal numbers, the ends of the format), on the node of each emulated core. It is a budget:
# `cargo xtask deep` fails when a figure grows by more than 2 %. `cargo xtask bench-mcu --bless` writes this file; see docs/speed.md.
#
# Of `event`: instructions of a synaptic event, from 32 sources to 64 targets, 8 of which fire; `bound` is those of a step in which
# none fires.
#
# Of `part`: the same of other projections, and of those to 8 targets. Of `rows`: instructions of a row that a delivery with several
# delays looks at, `bound` of looking for spikes of eight delays. Of `words`: of looking at 32 sources, none of which fires. Of `gather`
# to `poisson` and `jumped`: of the inputs of a neuron, and of its step if its membrane jumps, `bound` of those of 32 neurons. Of
# `network`: of a step of examples/direction, `bound` of the slowest step.
#
# The node of `microbit` is one without networks, and that of `microbit-networks` one with them, which is smaller and slower.
#
# Under `few`: instructions of a whole step, mean of the usual load, by the number of neurons.

";
/// Relative growth that is accepted.
const TOLERANCE: f64 = 0.02;
/// QEMU's clock advances by 2 to this power of nanoseconds per instruction, enough for its timers to
/// distinguish two instructions.
const SHIFT: &str = "10";

/// What to measure, and what to do with it.
#[derive(Args, Default)]
pub(crate) struct BenchMcu {
    /// Board in QEMU; may be repeated; all by default
    #[arg(long = "board", value_name = "NAME")]
    boards: Vec<String>,
    /// Print an array of objects
    #[arg(long)]
    json: bool,
    /// Rewrite the budget of these boards
    #[arg(long)]
    bless: bool,
}

/// What `glif board cost` prints per population.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Row {
    board: String,
    core: String,
    model: String,
    k: usize,
    scalar: String,
    neurons: usize,
    #[serde(rename = "instructions_per_neuron_step")]
    mean: f64,
    #[serde(rename = "best_instructions_per_neuron_step")]
    best: f64,
    #[serde(rename = "worst_instructions_per_neuron_step")]
    worst: f64,
    #[serde(rename = "bound_instructions_per_neuron_step")]
    bound: f64,
    bytes_per_neuron: usize,
    own_bytes_per_neuron: usize,
}

/// Mean step and worst step of the usual load, and worst step of all loads.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cost {
    mean: f64,
    worst: f64,
    bound: f64,
}

/// Costs of a model on a board.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Costs {
    /// Instructions of a whole step, by scalar and number of neurons.
    #[serde(default)]
    few: BTreeMap<String, BTreeMap<usize, f64>>,
    /// Instructions per neuron per step, by scalar.
    #[serde(flatten)]
    scalars: BTreeMap<String, Cost>,
}

/// Costs by board and model.
type Budget = BTreeMap<String, BTreeMap<String, Costs>>;

/// Limit of a step of few neurons: this factor times their share of a step of many, plus [`BESIDES`],
/// [`dispatch`] and [`once`].
const SHARE: f64 = 1.25;
/// Additional instructions allowed for a step of few neurons.
const BESIDES: f64 = 120.0;

/// Returns what a model adds to a step, however few neurons it has.
fn once(model: &str) -> f64 {
    match model {
        "alif" | "glif2" | "glif3" => 40.0, // loads the coefficients of two components
        // Finds the coefficients of the neurons, and steps those beside whole blocks of 32 more slowly.
        "lif-own" => 900.0,
        "glif5" => 4.0 * 160.0, // loops over four components, which are counted at run time
        _ => 0.0,
    }
}

/// Returns the instructions per step that a node spends on its clock and on finding the population.
fn dispatch(board: &str) -> f64 {
    match board {
        "microbit" => 115.0,
        "virt" => 94.0,
        _ => 70.0,
    }
}

/// Measures and prints the costs, and compares them with the budget or rewrites it.
pub(crate) fn bench_mcu(sh: &Shell, arguments: &BenchMcu) -> Result<()> {
    let boards = boards::chosen(&arguments.boards)?;
    let program = glif::program(sh)?;
    let rows = tracks::each(sh, &boards, |sh, board| measure(sh, &program, board))?.concat();
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&rows)?);
    } else {
        print!("{}", table(&rows));
    }
    let read = || -> Result<Budget> { toml::from_str(&sh.read_file(BUDGET)?).with_context(|| BUDGET.to_owned()) };
    if arguments.bless {
        // With every board measured, the old content of the file is not needed.
        let mut budget = if arguments.boards.is_empty() { Budget::new() } else { read()? };
        budget.extend(costs(&rows));
        sh.write_file(BUDGET, write(&budget))?;
    } else {
        compare(&read()?, &costs(&rows))?;
    }
    let over = over_share(&costs(&rows));
    ensure!(over.is_empty(), "a step of few neurons takes more than {SHARE} times their share of many:{over}");
    Ok(())
}

fn measure(sh: &Shell, program: &Path, board: &Board) -> Result<Vec<Row>> {
    let node = Image::node(board).build_for(sh, board.name)?;
    let mut rows = if board.compact {
        // The budget of the core is that of a node which steps as the library does.
        let without = Image::node_without_networks(sh, board)?;
        let mut rows = node_rows(sh, program, board, &without)?;
        let compact = node_rows(sh, program, board, &node)?;
        let named = |row: Row| Row { board: format!("{}-networks", board.name), ..row };
        let mut seen = BTreeSet::new();
        // Without the steps of fewer neurons.
        let whole = compact.into_iter().filter(|row| seen.insert((row.model.clone(), row.scalar.clone())));
        rows.extend(whole.map(named));
        rows
    } else {
        node_rows(sh, program, board, &node)?
    };
    for (model, measured) in ["event", "part"].into_iter().zip(delivery::measure(sh, board)?) {
        rows.extend(measured.iter().map(|part| of_step(board, model, part)));
    }
    Ok(rows)
}

/// Measures the steps of a node.
fn node_rows(sh: &Shell, program: &Path, board: &Board, node: &Path) -> Result<Vec<Row>> {
    let reach = glif::reach(sh, board, node)?;
    let cost = cmd!(sh, "{program} board cost {reach...} --icount {SHIFT} --json").quiet();
    let told = alive::during(&format!("instructions of {}", board.name), || cost.read())?;
    let mut rows: Vec<Row> = serde_json::from_str(&told)?;
    for row in &mut rows {
        for figure in [&mut row.mean, &mut row.best, &mut row.worst, &mut row.bound] {
            *figure = (*figure * 100.0).round() / 100.0;
        }
    }
    Ok(rows)
}

/// Returns the row of a part of a network's step.
fn of_step(board: &Board, model: &str, delivery: &Delivery) -> Row {
    let round = |figure: f64| (figure * 100.0).round() / 100.0;
    let each = round(delivery.event);
    Row {
        board: board.name.to_owned(),
        core: board.core.to_owned(),
        model: model.to_owned(),
        k: 0,
        scalar: delivery.form.clone(),
        neurons: delivery.size,
        mean: each,
        best: each,
        worst: each,
        bound: round(delivery.idle),
        bytes_per_neuron: 0,
        own_bytes_per_neuron: 0,
    }
}

fn table(rows: &[Row]) -> String {
    let mut table =
        "board       core        model K scalar  neurons     mean     best    worst    bound  bytes    own\n"
            .to_owned();
    for row in rows {
        let Row { board, core, model, k, scalar, neurons, mean, best, worst, bound, .. } = row;
        let Row { bytes_per_neuron, own_bytes_per_neuron, .. } = row;
        _ = writeln!(
            table,
            "{board:11} {core:11} {model:5} {k} {scalar:7} {neurons:7} {mean:8.2} {best:8.2} {worst:8.2} {bound:8.2} {bytes_per_neuron:6} {own_bytes_per_neuron:6}"
        );
    }
    table
}

fn costs(rows: &[Row]) -> Budget {
    let mut budget = Budget::new();
    for row in rows {
        let model = budget.entry(row.board.clone()).or_default().entry(row.model.clone()).or_default();
        // The first row of a population has the largest number of neurons. The rows after it have fewer.
        if model.scalars.contains_key(&row.scalar) {
            let step = (row.mean * row.neurons as f64 * 10.0).round() / 10.0;
            model.few.entry(row.scalar.clone()).or_default().insert(row.neurons, step);
        } else {
            let cost = Cost { mean: row.mean, worst: row.worst, bound: row.bound };
            model.scalars.insert(row.scalar.clone(), cost);
        }
    }
    budget
}

/// Returns the text of the budget file, with one line per population.
fn write(budget: &Budget) -> String {
    let mut text = HEAD.to_owned();
    for (board, model, Costs { few, scalars }) in models(budget) {
        _ = writeln!(text, "[{board}.{model}]");
        for (scalar, Cost { mean, worst, bound }) in scalars {
            _ = writeln!(text, "{scalar} = {{ mean = {mean:.2}, worst = {worst:.2}, bound = {bound:.2} }}");
        }
        for (scalar, steps) in few {
            let steps: Vec<_> = steps.iter().map(|(neurons, step)| format!("{neurons} = {step:.1}")).collect();
            _ = writeln!(text, "few.{scalar} = {{ {} }}", steps.join(", "));
        }
        text.push('\n');
    }
    text.truncate(text.trim_end().len() + 1);
    text
}

/// Returns the steps of few neurons that are over their limit.
fn over_share(measured: &Budget) -> String {
    let mut over = String::new();
    for (board, model, Costs { few, scalars }) in models(measured) {
        for (scalar, steps) in few {
            let each = scalars.get(scalar).map_or(0.0, |cost| cost.mean);
            for (neurons, step) in steps {
                let most = SHARE * *neurons as f64 * each + BESIDES + dispatch(board) + once(model);
                if *step > most {
                    _ = write!(over, "\n  {board} {model} {scalar}, {neurons} neurons: {step:.1}, at most {most:.1}");
                }
            }
        }
    }
    over
}

/// Checks that every measured figure is in the budget, and exceeds it by at most [`TOLERANCE`].
fn compare(budget: &Budget, measured: &Budget) -> Result<()> {
    let budget: BTreeMap<_, _> = figures(budget).into_iter().collect();
    let mut over = String::new();
    for (what, measured) in figures(measured) {
        match budget.get(&what) {
            Some(allowed) if measured <= allowed * (1.0 + TOLERANCE) => {}
            Some(allowed) => _ = write!(over, "\n  {what}: {measured:.2}, allowed {allowed:.2}"),
            None => _ = write!(over, "\n  {what}: not there"),
        }
    }
    ensure!(
        over.is_empty(),
        "more instructions than {BUDGET} allows (cargo xtask bench-mcu --bless rewrites it):{over}"
    );
    Ok(())
}

/// Returns each figure of a budget with a description.
fn figures(budget: &Budget) -> Vec<(String, f64)> {
    let mut figures = Vec::new();
    for (board, model, Costs { few, scalars }) in models(budget) {
        for (scalar, Cost { mean, worst, bound }) in scalars {
            for (what, figure) in [("mean", mean), ("worst step", worst), ("worst step of any load", bound)] {
                figures.push((format!("{board} {model} {scalar}, {what}"), *figure));
            }
        }
        for (scalar, steps) in few {
            for (neurons, step) in steps {
                figures.push((format!("{board} {model} {scalar}, a step of {neurons} neurons"), *step));
            }
        }
    }
    figures
}

fn models(budget: &Budget) -> impl Iterator<Item = (&String, &String, &Costs)> {
    budget.iter().flat_map(|(board, models)| models.iter().map(move |(model, costs)| (board, model, costs)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(mean: f64) -> Budget {
        let cost = Cost { mean, worst: 2.0 * mean, bound: 3.0 * mean };
        let scalars = BTreeMap::from([("f32".to_owned(), cost)]);
        let few = BTreeMap::from([("f32".to_owned(), BTreeMap::from([(1, mean + 100.0), (40, 45.0 * mean)]))]);
        BTreeMap::from([("virt".to_owned(), BTreeMap::from([("lif".to_owned(), Costs { few, scalars })]))])
    }

    #[test]
    fn budget_round_trips() {
        let text = write(&budget(15.75));
        assert!(
            text.starts_with(HEAD)
                && text.contains("\nf32 = { mean = 15.75, worst = 31.50, bound = 47.25 }\n")
                && text.ends_with("\nfew.f32 = { 1 = 115.8, 40 = 708.8 }\n"),
            "{text}"
        );
        let read: Budget = toml::from_str(&text).unwrap();
        assert_eq!(read["virt"]["lif"].scalars, budget(15.75)["virt"]["lif"].scalars);
        assert_eq!(read["virt"]["lif"].few["f32"], BTreeMap::from([(1, 115.8), (40, 708.8)]));
    }

    #[test]
    fn growth_is_named_and_shrinking_passes() {
        for mean in [50.0, 100.0, 101.9] {
            compare(&budget(100.0), &budget(mean)).unwrap();
        }
        let told = compare(&budget(100.0), &budget(102.1)).unwrap_err().to_string();
        assert!(told.contains("virt lif f32, mean: 102.10, allowed 100.00"), "{told}");
        assert!(told.contains("worst step: 204.20, allowed 200.00"), "{told}");
        assert!(told.contains("a step of 40 neurons: 4594.50, allowed 4500.00"), "{told}");
        assert!(
            compare(&Budget::new(), &budget(1.0)).unwrap_err().to_string().contains("virt lif f32, mean: not there")
        );
    }

    #[test]
    fn the_budget_keeps_few_neurons_within_their_share() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let budget: Budget = toml::from_str(&std::fs::read_to_string(root.join(BUDGET)).unwrap()).unwrap();
        assert_eq!(over_share(&budget), "");
    }

    #[test]
    fn few_neurons_stay_within_their_share() {
        assert_eq!(over_share(&budget(100.0)), "");
        let mut slow = budget(100.0);
        slow.get_mut("virt").unwrap().get_mut("lif").unwrap().few.get_mut("f32").unwrap().insert(8, 1214.1);
        let told = over_share(&slow);
        assert!(told.ends_with("virt lif f32, 8 neurons: 1214.1, at most 1214.0"), "{told}");
    }
}
