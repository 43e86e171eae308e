//! What a run records: the option `--record`, the recorders, and the arrays of the file.

use std::borrow::Cow;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use glif::{RecordError, Recordable, Recorder, Samples, Variable, memory};
use glif_cli::arrays::{self, Column, EVENT_NEURON, EVENT_SAMPLE, EVENT_STEP, EVENTS, RUN_STEPS};
use glif_core::spec::{ComponentCounts, ComponentKind};

/// What one part of --record names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum What {
    /// An array with a row for each step, or for every n-th.
    Variable(Variable),
    /// A list of the spikes.
    Events,
}

impl What {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Variable(variable) => variable.name(),
            Self::Events => EVENTS,
        }
    }
}

/// A part of --record: `POPULATION.WHAT[NEURONS]`, where the population and the neurons may be missing.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub(super) population: Option<String>,
    pub(super) what: What,
    neurons: Option<Vec<Slice>>,
}

/// The value of one --record.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parts(pub(super) Vec<Part>);

/// Neurons from `begin` up to and excluding `end`, or to the last one, every `by`-th.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Slice {
    begin: usize,
    end: Option<usize>,
    by: usize,
}

/// Parses the value of --record. Commas separate its parts, except within brackets.
pub(super) fn parts(text: &str) -> Result<Parts, String> {
    let mut inside = false;
    let split = text.split(|letter| {
        inside = letter == '[' || (inside && letter != ']');
        letter == ',' && !inside
    });
    split.map(part).collect::<Result<_, _>>().map(Parts)
}

/// Parses a part of --record. The name of the population ends at the last dot.
fn part(text: &str) -> Result<Part, String> {
    let (name, neurons) = match text.strip_suffix(']').and_then(|text| text.rsplit_once('[')) {
        Some((name, list)) => (name, Some(list.split(',').map(slice).collect::<Result<Vec<_>, _>>()?)),
        None => (text, None),
    };
    let (population, name) = match name.rsplit_once('.') {
        Some((population, name)) => (Some(population.to_owned()), name),
        None => (None, name),
    };
    let what = match name {
        EVENTS => What::Events,
        name => What::Variable(name.parse().map_err(|error| format!("{error}, {EVENTS}"))?),
    };
    Ok(Part { population, what, neurons })
}

/// Parses neurons as NumPy's slices have them: `7`, `0:10`, `:10`, `20:`, `::10`.
fn slice(text: &str) -> Result<Slice, String> {
    let wrong = || format!("neurons `{text}`: must be like 7, 0:10 or ::10, counted from 0");
    let number = |text: &str| text.parse::<usize>().map_err(|_| wrong());
    let or = |text: Option<&str>, default: usize| text.filter(|text| !text.is_empty()).map_or(Ok(default), number);
    let mut fields = text.split(':');
    let (begin, end, by) = (fields.next(), fields.next(), fields.next());
    if fields.next().is_some() {
        return Err(wrong());
    }
    let Some(end) = end else {
        let neuron = number(text)?;
        return Ok(Slice { begin: neuron, end: Some(neuron.checked_add(1).ok_or_else(wrong)?), by: 1 });
    };
    let end = if end.is_empty() { None } else { Some(number(end)?) };
    let by = or(by, 1)?;
    if by == 0 {
        return Err(wrong());
    }
    Ok(Slice { begin: or(begin, 0)?, end, by })
}

/// Returns the neurons of slices, in their order.
fn chosen(slices: &[Slice], neurons: usize) -> Result<Vec<usize>> {
    let mut seen = memory::filled(false, neurons).context("the neurons of a population do not fit in memory")?;
    let mut chosen = Vec::new();
    for Slice { begin, end, by } in slices {
        let end = end.unwrap_or(neurons);
        ensure!(end <= neurons, "neuron {}: the population has {neurons} neurons, counted from 0", end - 1);
        ensure!(*begin < end, "{begin}:{end}: has no neuron");
        for neuron in (*begin..end).step_by(*by) {
            ensure!(!std::mem::replace(&mut seen[neuron], true), "neuron {neuron}: named twice");
            chosen.push(neuron);
        }
    }
    Ok(chosen)
}

/// A population, as far as its recording depends on it.
pub(super) struct Population<'a> {
    /// Its name; empty for that of a population file.
    pub(super) name: &'a str,
    pub(super) shape: &'a [usize],
    pub(super) counts: ComponentCounts,
}

impl Population<'_> {
    /// Returns the name of an array.
    fn array(&self, name: &str) -> String {
        if self.name.is_empty() { name.to_owned() } else { format!("{}.{name}", self.name) }
    }
}

/// What is recorded of the same neurons of one population.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    /// Name of the population; empty for that of a population file.
    pub(super) population: String,
    variables: Vec<Variable>,
    events: bool,
    /// Flat indices of the neurons; `None` for all.
    chosen: Option<Vec<usize>>,
}

impl Group {
    /// Returns whether it has values of the state, and not spikes only.
    pub(super) fn has_state(&self) -> bool {
        self.variables.iter().any(|variable| *variable != Variable::Spikes)
    }

    /// Creates a recorder.
    pub(super) fn recorder(&self, of: &impl Recordable, every: u64) -> Result<Recorder, RecordError> {
        let mut recorder = Recorder::new(of, &self.variables, every);
        if let Some(chosen) = &self.chosen {
            recorder = recorder.neurons(chosen)?;
        }
        Ok(if self.events { recorder.with_events() } else { recorder })
    }

    fn has(&self, what: What) -> bool {
        match what {
            What::Variable(variable) => self.variables.contains(&variable),
            What::Events => self.events,
        }
    }
}

/// Everything that a run records.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Plan(pub(super) Vec<Group>);

impl Plan {
    /// Adds a variable of all neurons of a population.
    pub(super) fn add_all(&mut self, population: &str, variable: Variable) {
        self.insert(population, What::Variable(variable), None);
    }

    /// Adds what a part of --record names.
    pub(super) fn add(&mut self, population: &Population<'_>, part: &Part) -> Result<()> {
        let told = || format!("--record {}", population.array(part.what.name()));
        let neurons = population.shape.iter().product();
        let chosen = part.neurons.as_ref().map(|slices| chosen(slices, neurons)).transpose().with_context(told)?;
        let same = |group: &&Group| group.population == population.name && group.has(part.what);
        if let Some(group) = self.0.iter().find(same) {
            ensure!(group.chosen == chosen, "{}: named twice, with other neurons", told());
            return Ok(());
        }
        self.insert(population.name, part.what, chosen);
        Ok(())
    }

    fn insert(&mut self, population: &str, what: What, chosen: Option<Vec<usize>>) {
        let same = |group: &Group| group.population == population && group.chosen == chosen;
        let at = self.0.iter().position(same).unwrap_or_else(|| {
            self.0.push(Group { population: population.to_owned(), variables: Vec::new(), events: false, chosen });
            self.0.len() - 1
        });
        match what {
            What::Variable(variable) => self.0[at].variables.push(variable),
            What::Events => self.0[at].events = true,
        }
    }
}

/// The leading axes of a recording, and its rows.
pub(super) struct Form {
    /// Whether the runs are samples, with an axis of their own.
    pub(super) samples: bool,
    /// Number of samples within a run of a population file, which has an axis of its own.
    pub(super) batch: Option<usize>,
    /// Steps of a run.
    pub(super) steps: usize,
    /// Steps of a row.
    pub(super) every: u64,
}

/// Values of an array.
enum Values<'a> {
    Samples(Cow<'a, Samples>),
    Steps(Vec<i64>),
    Numbers(Vec<u32>),
}

impl Values<'_> {
    fn column(&self) -> Column<'_> {
        match self {
            Self::Steps(values) => Column::I64(values),
            Self::Numbers(values) => Column::U32(values),
            Self::Samples(samples) => match samples.as_ref() {
                Samples::F32(values) => Column::F32(values),
                Samples::F64(values) => Column::F64(values),
                Samples::Bool(values) => Column::Bool(values),
                Samples::Counts(values) => Column::U32(values),
            },
        }
    }
}

type Array<'a> = (String, Vec<u64>, Values<'a>);

/// Writes the recordings of all runs. `recorders` has those of each run, in the order of the plan.
pub(super) fn write<'p>(
    path: &Path,
    plan: &Plan,
    population: impl Fn(&str) -> Option<Population<'p>>,
    runs: &[&[Recorder]],
    form: &Form,
) -> Result<()> {
    let first = runs.first().and_then(|recorders| recorders.first());
    let rows = first.map_or(&[][..], Recorder::steps);
    let mut arrays: Vec<Array<'_>> = Vec::new();
    let mut lists = false;
    for (at, group) in plan.0.iter().enumerate() {
        let Some(population) = population(&group.population) else { continue };
        let recorders: Vec<&Recorder> = runs.iter().filter_map(|recorders| recorders.get(at)).collect();
        for variable in Variable::ALL.into_iter().filter(|variable| group.variables.contains(variable)) {
            let Some(values) = joined(&recorders, variable)? else { continue };
            let axes = axes(&population, group, variable, (runs.len(), rows.len()), form);
            arrays.push((population.array(variable.name()), axes, Values::Samples(values)));
        }
        if group.events {
            lists = true;
            events(&population, &recorders, form, &mut arrays)?;
        }
    }
    // If every step has a row, its number is its index.
    if form.every > 1 {
        let numbers: Vec<i64> = rows.iter().map(|step| *step as i64).collect();
        arrays.push(("steps".to_owned(), vec![rows.len() as u64], Values::Steps(numbers)));
    }
    if lists {
        arrays.push((RUN_STEPS.to_owned(), Vec::new(), Values::Steps(vec![form.steps as i64])));
    }
    let columns: Vec<_> =
        arrays.iter().map(|(name, axes, values)| (name.as_str(), axes.clone(), values.column())).collect();
    arrays::write_npz(path, &columns)?;
    Ok(())
}

/// Returns the values of a variable in all runs.
fn joined<'a>(recorders: &[&'a Recorder], variable: Variable) -> Result<Option<Cow<'a, Samples>>> {
    let mut all: Option<Cow<'a, Samples>> = None;
    for samples in recorders.iter().filter_map(|recorder| recorder.samples(variable)) {
        match &mut all {
            None => all = Some(Cow::Borrowed(samples)),
            Some(all) => all.to_mut().append(samples),
        }
    }
    Ok(all)
}

fn axes(
    population: &Population<'_>,
    group: &Group,
    variable: Variable,
    (runs, rows): (usize, usize),
    form: &Form,
) -> Vec<u64> {
    let component = variable.component();
    let mut axes: Vec<usize> = if form.samples { vec![runs, rows] } else { vec![rows] };
    // The samples of a batch share their components.
    axes.extend(form.batch.filter(|_| component.is_none()));
    match &group.chosen {
        Some(chosen) => axes.push(chosen.len()),
        None => axes.extend(population.shape),
    }
    axes.extend(component.filter(|kind| *kind != ComponentKind::Voltage).map(|kind| population.counts.of(kind)));
    axes.into_iter().map(|length| length as u64).collect()
}

/// Bytes of an event in the arrays of a file.
const EVENT_BYTES: u128 = 16;

/// Adds the events of all runs: sample after sample, and step after step in each.
fn events(
    population: &Population<'_>,
    recorders: &[&Recorder],
    form: &Form,
    arrays: &mut Vec<Array<'_>>,
) -> Result<()> {
    let count: usize = recorders.iter().map(|recorder| recorder.events().len()).sum();
    let full = RecordError::TooLarge { variable: EVENTS, values: count as u128 };
    let batch = form.batch.unwrap_or(1);
    let has_samples = form.samples || form.batch.is_some();
    let filled = || {
        let fits = memory::fits(count as u128 * EVENT_BYTES);
        let samples = memory::filled(0_u32, if has_samples { count } else { 0 });
        fits.then_some((memory::filled(0_i64, count)?, memory::filled(0_u32, count)?, samples?))
    };
    let (mut step_of, mut neuron_of, mut sample_of) = filled().ok_or(full)?;
    // The place of the next event of each sample of a batch.
    let mut end = 0;
    for (run, recorder) in recorders.iter().enumerate() {
        let mut next = vec![0; batch];
        recorder.events().iter().for_each(|event| next[event.sample as usize] += 1);
        for place in &mut next {
            end += std::mem::replace(place, end);
        }
        for event in recorder.events() {
            let at = next[event.sample as usize];
            next[event.sample as usize] += 1;
            (step_of[at], neuron_of[at]) = (event.step as i64, event.neuron);
            if has_samples {
                sample_of[at] = if form.samples { run as u32 } else { event.sample };
            }
        }
    }
    let mut push = |name: &str, values| arrays.push((population.array(name), vec![count as u64], values));
    push(EVENT_STEP, Values::Steps(step_of));
    push(EVENT_NEURON, Values::Numbers(neuron_of));
    if has_samples {
        push(EVENT_SAMPLE, Values::Numbers(sample_of));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_record_are_parsed() {
        let of = |text: &str| parts(text).map(|parts| parts.0);
        let part = |population: Option<&str>, what, neurons: Option<&[(usize, Option<usize>, usize)]>| Part {
            population: population.map(str::to_owned),
            what,
            neurons: neurons.map(|of| of.iter().map(|&(begin, end, by)| Slice { begin, end, by }).collect()),
        };
        let voltage = What::Variable(Variable::Voltage);
        assert_eq!(
            of("spikes,events[3,0:2,::10],a.b.voltage[7:]"),
            Ok(vec![
                part(None, What::Variable(Variable::Spikes), None),
                part(None, What::Events, Some(&[(3, Some(4), 1), (0, Some(2), 1), (0, None, 10)])),
                part(Some("a.b"), voltage, Some(&[(7, None, 1)])),
            ])
        );
        for (text, told) in [
            (
                "volts",
                "unknown variable `volts`; available: spikes, voltage, refrac, adaptation, after_spike_current, threshold_voltage, events",
            ),
            ("exc.voltage[a]", "neurons `a`: must be like 7, 0:10 or ::10, counted from 0"),
            ("voltage[-1]", "neurons `-1`"),
            ("voltage[]", "neurons ``"),
            ("voltage[::0]", "neurons `::0`"),
            ("voltage[1:2:3:4]", "neurons `1:2:3:4`"),
            ("voltage[18446744073709551615]", "neurons `18446744073709551615`"),
            ("voltage[0:2", "unknown variable `voltage[0:2`"),
            ("", "unknown variable ``"),
        ] {
            let problem = of(text).unwrap_err();
            assert!(problem.starts_with(told), "{text}: {problem}");
        }
    }

    #[test]
    fn neurons_are_chosen_once_and_exist() {
        let of = |text: &str| {
            let part = parts(&format!("voltage{text}")).unwrap().0.remove(0);
            chosen(&part.neurons.unwrap(), 10).map_err(|error| error.to_string())
        };
        assert_eq!(of("[3,7:,0:6:2]"), Ok(vec![3, 7, 8, 9, 0, 2, 4]));
        assert_eq!(of("[::]"), Ok((0..10).collect()));
        assert_eq!(of("[10]"), Err("neuron 10: the population has 10 neurons, counted from 0".to_owned()));
        assert_eq!(of("[4:12]"), Err("neuron 11: the population has 10 neurons, counted from 0".to_owned()));
        assert_eq!(of("[6:6]"), Err("6:6: has no neuron".to_owned()));
        assert_eq!(of("[0:6,5]"), Err("neuron 5: named twice".to_owned()));
        let vast = usize::MAX.to_string();
        assert_eq!(of(&format!("[{vast}:]")), Err(format!("{vast}:10: has no neuron")));
    }
}
