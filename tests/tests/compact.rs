//! Makes the data of the on-target suite, and runs the suite on this host. The data come from the golden
//! cases and from runs on this host.
//!
//! `GLIF_BLESS=1` rewrites the files. A core runs their content, so they change only on purpose.

use anyhow::{Context, Result};
use glif::{Description, Variable};
use glif_board::translate;
use glif_suite::golden::{After, Case, NEURONS};
use glif_suite::{golden, numbers, rules};
use glif_tests::golden::{Arrays, Case as Golden, cases};
use glif_tests::kept;

/// Steps per case, and cases per model and number of components: as many as fit next to the code in 256 kB.
const STEPS: usize = 100;
const CASES: usize = 4;

#[test]
fn golden_cases_in_compact_form() -> Result<()> {
    let (mut bytes, mut taken) = (Vec::new(), std::collections::BTreeMap::<_, usize>::new());
    for (case, arrays) in cases("f32")? {
        let description = Description::from_toml(&case.population)?;
        // What a core can run: one sample, no events, and three components at most. Inferno's decays must be
        // correctly rounded, so that threshold components are equal bit for bit too.
        let fits = description.batch_size == 1 && case.events.is_empty() && description.components() <= 3;
        let kind = (
            description.model().name(),
            description.components(),
            description.spec.options.refrac_lock,
            description.spec.options.adapt,
        );
        let count = taken.entry(kind).or_default();
        if !fits || *count >= CASES || !decays_match_inferno(&description, &case)? {
            continue;
        }
        *count += 1;
        append(&mut bytes, &case, &arrays, &description)?;
    }
    assert!(taken.len() >= 8 && taken.values().sum::<usize>() > 20, "{taken:?}");
    assert!(bytes.len() < 100_000, "{} bytes", bytes.len());
    kept::file("firmware/suite/golden.bin", &bytes)
}

fn decays_match_inferno(description: &Description, case: &Golden) -> Result<bool> {
    let report = description.build()?.report();
    let decays = report.iter().filter(|line| line.name == "adaptation decay").map(|line| line.stored);
    Ok(decays.eq(case.adaptation_decay.iter().copied()))
}

/// Appends the first neurons and steps of a case. Neurons are independent, so the rest is not needed.
fn append(bytes: &mut Vec<u8>, case: &Golden, arrays: &Arrays, description: &Description) -> Result<()> {
    let all = arrays.input.len() / case.steps;
    let (n, steps, k) = (all.min(NEURONS), case.steps.min(STEPS), description.components());
    let single = |values: &[f64]| values.iter().map(|value| *value as f32).collect::<Vec<f32>>();
    let of = |variable, step: usize, each: usize| -> Result<&[f64]> {
        let values = arrays.state.get(&variable).with_context(|| format!("{}: no {variable:?}", case.name))?;
        Ok(&values[step * all * each..][..n * each])
    };
    let (mut input, mut digests) = (Vec::new(), Vec::new());
    for step in 0..steps {
        input.extend(single(&arrays.input[step * all..][..n]).iter().flat_map(|current| current.to_le_bytes()));
        let by_neuron = if k > 0 { single(of(Variable::Adaptation, step, k)?) } else { Vec::new() };
        let fired = of(Variable::Spikes, step, 1)?.iter().enumerate();
        let after = After {
            voltage: &single(of(Variable::Voltage, step, 1)?),
            refrac: &single(of(Variable::Refrac, step, 1)?),
            adaptation: &(0..k * n).map(|i| by_neuron[i % n * k + i / n]).collect::<Vec<_>>(),
            spikes: fired.fold(0, |word, (i, fired)| word | u32::from(*fired != 0.0) << i),
        };
        digests.extend(after.digest().to_le_bytes());
    }
    let mut model = translate::model(description)?;
    model.neurons = n as u32;
    let compact = Case { name: &case.name, model, input: &input, digests: &digests };
    bytes.extend(postcard::to_stdvec(&compact)?);
    Ok(())
}

#[test]
fn digests_of_every_format() -> Result<()> {
    let mut bytes = Vec::new();
    let mut refused = Vec::new();
    numbers::all(&mut |name, digest| {
        if digest == 0 {
            refused.push(name);
        }
        bytes.extend(digest.to_le_bytes());
    });
    assert!(refused.is_empty(), "not derived: {refused:?}");
    kept::file("firmware/suite/digests.bin", &bytes)
}

/// Runs the suite as a core runs it.
#[test]
fn the_suite_passes_on_this_host() {
    assert!(golden::replay().expect("a run of Inferno") > 20);
    numbers::check().expect("formats and roundings");
    rules::refractory_counts().expect("counts");
    rules::new_step_time().expect("a new step time");
    rules::refused_parameters().expect("errors");
}
