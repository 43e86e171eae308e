//! From the description of a projection to its arrays.

use std::collections::BTreeSet;

use glif_core::network::{BitBlock, Discretization, MOST_DELAY, decay_factor};
use glif_core::spec::Stored;

use super::build::{column, taus};
use super::description::{
    BUILT_IN, Delay, Exponential, NetworkDescription, PopulationKind, Projection, Quantization, Scale,
};
use super::engine::{Column, Route, StoredDelays, StoredTargets, StoredWeights};
use super::matrix::{Topology, WeightValues, Weights};
use crate::Description;
use crate::limits::{INPUT_SPIKES, PRINTED};
use crate::memory;
use crate::text::printable;

/// A projection among the populations of its network.
pub(super) struct Place<'a> {
    projection: &'a Projection,
    /// Name in messages.
    name: String,
    from: usize,
    to: usize,
    /// Number of an exponential synapse; `None` for one that every population has.
    exponential: Option<usize>,
}

/// Returns the name of a projection in messages.
pub(super) fn named(number: usize, projection: &Projection) -> String {
    let [from, to] = [&projection.from, &projection.to].map(|name| printable(name, PRINTED));
    format!("`projections[{number}]` (`{from}` to `{to}`)")
}

/// Lists the names in a projection that do not exist.
pub(super) fn misnamed(description: &NetworkDescription, number: usize, projection: &Projection) -> Vec<String> {
    let place = named(number, projection);
    let mut problems = Vec::new();
    let known = || description.populations.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    for (key, name) in [("from", &projection.from), ("to", &projection.to)] {
        if description.population(name).is_none() {
            let name = printable(name, PRINTED);
            problems.push(format!("{place}: `{key}` = \"{name}\": no such population; available: {}", known()));
        }
    }
    match description.population(&projection.to) {
        Some(PopulationKind::Input(_)) => {
            problems.push(format!("{place}: the target is an input, which takes no spikes"));
        }
        Some(PopulationKind::Neurons { synapses, .. }) => {
            let names = BUILT_IN.into_iter().chain(synapses.iter().map(|(name, _)| name.as_str()));
            if !names.clone().any(|name| name == projection.synapse) {
                let known: Vec<String> = names.map(|name| format!("`{name}`")).collect();
                let name = printable(&projection.synapse, PRINTED);
                problems.push(format!(
                    "{place}: `synapse` = \"{name}\": `{}` has no such synapse; it has {}",
                    projection.to,
                    known.join(", ")
                ));
            }
        }
        None => {}
    }
    problems
}

impl<'a> Place<'a> {
    /// Finds the populations of a projection whose names exist.
    pub(super) fn of(description: &NetworkDescription, number: usize, projection: &'a Projection) -> Self {
        let find = |name: &str| description.populations.iter().position(|(other, _)| other == name).unwrap_or(0);
        let (from, to) = (find(&projection.from), find(&projection.to));
        let exponential = match &description.populations[to].1 {
            PopulationKind::Neurons { synapses, .. } => {
                synapses.iter().position(|(name, _)| *name == projection.synapse)
            }
            PopulationKind::Input(_) => None,
        };
        Self { projection, name: named(number, projection), from, to, exponential }
    }
}

/// Connections in the order in which they are given: target after target.
struct Pairs {
    targets: Vec<u32>,
    sources: Vec<u32>,
    /// Where the weight of each is; `None` if it is the number of the connection.
    of: Option<Vec<u32>>,
}

/// Builds the arrays of a projection.
pub(super) fn build<S: Stored>(description: &NetworkDescription, place: &Place<'_>) -> Result<Route<S>, String> {
    let named = |problem: String| format!("{}: {problem}", place.name);
    let count = |member: usize| description.populations[member].1.neurons().unwrap_or(1);
    let (sources, targets) = (count(place.from), count(place.to));
    let Projection { weights, quantize, delay, .. } = place.projection;
    let normal = normalized(description, place).map_err(named)?;
    let delays = delays(delay.as_ref(), description.step_time).map_err(named)?;
    let synapse = match place.exponential {
        Some(number) => BUILT_IN.len() + number,
        None => usize::from(place.projection.synapse == BUILT_IN[1]),
    };
    let mut route = Route {
        from: place.from,
        to: place.to,
        synapse,
        starts: Vec::new(),
        targets: StoredTargets::Dense,
        weights: StoredWeights::One,
        delays: StoredDelays::All(0),
        scale: column(vec![S::weight_scale(1.0).ok_or("no scale of 1")?]),
        normal: None,
        greatest: 0,
        bound: 0.0,
        integers: Vec::new(),
        scalars: Vec::new(),
    };
    let one_delay = matches!(delays, Steps::All(_));
    let pairs = pairs(weights, (sources, targets), one_delay).map_err(named)?;
    let steps = match delays {
        Steps::All(steps) => {
            route.delays = StoredDelays::All(steps);
            None
        }
        Steps::Each(steps) => {
            let values = match weights {
                Weights::Dense(_) => Some(sources * targets),
                Weights::Sparse { data, .. } => Some(data.len()),
                _ => None,
            };
            match values {
                Some(values) if values == steps.len() => Some(steps),
                Some(values) => return Err(named(format!("`delay` has {} values for {values} weights", steps.len()))),
                None => {
                    return Err(named("`delay`: a delay for each connection goes with arrays of weights".to_owned()));
                }
            }
        }
    };
    // From the order of the targets to that of the sources, and of the delays of a source.
    let order = match &pairs {
        None => None,
        Some(pairs) => {
            let order =
                sorted(pairs, steps.as_deref(), sources).ok_or_else(|| named("does not fit in memory".to_owned()))?;
            sparse(&mut route, pairs, &order, steps.as_deref(), (sources, targets));
            Some(order)
        }
    };
    let values: Values<'_> = match weights {
        Weights::Dense(values) | Weights::Sparse { data: values, .. } => Values { values: Some(values), shared: 0.0 },
        Weights::Rule { value, .. } => Values { values: None, shared: *value },
        Weights::File(name) => return Err(named(format!("the weights `{}` are not read", printable(name, PRINTED)))),
    };
    // The weight of each connection as stored.
    let index = |connection: usize| match (&order, &pairs) {
        (Some(order), Some(pairs)) => {
            let pair = order[connection] as usize;
            pairs.of.as_ref().map_or(pair, |of| of[pair] as usize)
        }
        // A dense array is stored source after source.
        _ => connection % targets * sources + connection / targets,
    };
    let target_of = |connection: usize| match &route.targets {
        StoredTargets::Dense => connection % targets,
        StoredTargets::U16(targets) => targets[connection].into(),
        StoredTargets::U32(targets) => targets[connection] as usize,
        StoredTargets::Bits { .. } => 0, // never: the list becomes bits at the end
    };
    let connections = match (&pairs, &values.values) {
        (Some(pairs), _) => pairs.targets.len(),
        (None, Some(_)) => sources * targets,
        (None, None) => 0,
    };
    let (stored, scale) =
        weighed::<S>(place, &values, *quantize, (connections, targets), index, target_of).map_err(named)?;
    let limit = |scale: f64| scale.abs();
    route.weights = stored;
    // What arrives is normalized by the scale where there is one.
    let is_scalar = matches!(route.weights, StoredWeights::Scalars(_));
    let factors: Vec<f64> = match (&scale, &normal) {
        (scale, None) => scale.clone(),
        (scale, Some(normal)) if !is_scalar => {
            let neurons = scale.len().max(normal.len());
            (0..neurons).map(|i| pick(scale, i) * pick(normal, i)).collect()
        }
        (scale, _) => scale.clone(),
    };
    let greatest_factor = factors.iter().copied().map(limit).fold(0.0, f64::max);
    let stored = |factors: Vec<f64>| -> Result<Column<S::Scale>, String> {
        let unfit = |value: &f64| format!("a unit of weight is {value}, which does not fit {}", S::FORMAT);
        let scales: Result<Vec<S::Scale>, String> =
            factors.iter().map(|value| S::weight_scale(*value).ok_or_else(|| named(unfit(value)))).collect();
        Ok(column(scales?))
    };
    route.scale = stored(factors)?;
    route.normal = match normal.filter(|_| is_scalar) {
        None => None,
        Some(normal) => {
            let factors: Option<Vec<S::Scale>> = normal.iter().map(|value| S::propagator(*value)).collect();
            factors.map(column)
        }
    };
    let mut scratch = memory::filled(0_i32, targets).ok_or_else(|| named("does not fit in memory".to_owned()))?;
    let view = route.view(sources, targets);
    debug_assert!(view.check().is_ok(), "{:?}", view.check());
    let greatest = view.greatest_sum(&mut scratch);
    if greatest == i32::MAX {
        return Err(named(
            "the weights of a target add up to more than 32 bits\nhelp: use a greater scale, and smaller weights"
                .to_owned(),
        ));
    }
    let bound = match &route.weights {
        StoredWeights::Scalars(weights) => {
            let mut sums =
                memory::filled(0.0_f64, targets).ok_or_else(|| named("does not fit in memory".to_owned()))?;
            for (connection, weight) in weights.iter().enumerate() {
                sums[target_of_stored(&route.targets, connection, targets)] += weight.to_f64().abs();
            }
            sums.into_iter().fold(0.0, f64::max)
        }
        _ => f64::from(greatest) * greatest_factor,
    };
    let is_input = matches!(description.populations[place.from].1, PopulationKind::Input(_));
    route.bound = if is_input { bound * f64::from(INPUT_SPIKES) } else { bound };
    route.greatest = greatest;
    if is_scalar {
        route.scalars =
            memory::filled(S::NOTHING, targets).ok_or_else(|| named("does not fit in memory".to_owned()))?;
    } else {
        scratch.fill(0);
        route.integers = scratch;
    }
    become_bits(&mut route, targets);
    Ok(route)
}

fn pick(values: &[f64], i: usize) -> f64 {
    if values.len() == 1 { values[0] } else { values[i] }
}

fn target_of_stored(stored: &StoredTargets, connection: usize, targets: usize) -> usize {
    match stored {
        StoredTargets::Dense => connection % targets,
        StoredTargets::U16(indices) => indices[connection].into(),
        StoredTargets::U32(indices) => indices[connection] as usize,
        StoredTargets::Bits { .. } => 0, // never, as above
    }
}

/// Stores the connections as bits if they have one weight, no pair has several, and bits take less memory.
fn become_bits<S: Stored>(route: &mut Route<S>, targets: usize) {
    let (connections, each) = match &route.targets {
        StoredTargets::U16(list) => (list.len(), size_of::<u16>()),
        StoredTargets::U32(list) => (list.len(), size_of::<u32>()),
        StoredTargets::Dense | StoredTargets::Bits { .. } => return,
    };
    let (rows, width) = (route.starts.len().saturating_sub(1), targets.div_ceil(BitBlock::TARGETS));
    let fits = rows * width * size_of::<BitBlock>() <= connections * each + size_of_val(&route.starts[..]);
    if !matches!(route.weights, StoredWeights::One) || !fits {
        return;
    }
    let Some(mut blocks) = memory::filled(BitBlock::EMPTY, rows * width) else { return };
    for (row, range) in route.starts.windows(2).enumerate() {
        for connection in range[0] as usize..range[1] as usize {
            let target = target_of_stored(&route.targets, connection, targets);
            let (block, place) = (&mut blocks[row * width + target / BitBlock::TARGETS], target % BitBlock::TARGETS);
            if block.contains(place) {
                return;
            }
            block.insert(place);
        }
    }
    route.targets = StoredTargets::Bits { blocks, connections };
    route.starts = Vec::new();
}

/// The values of weights: an array, or one for all.
struct Values<'a> {
    values: Option<&'a WeightValues>,
    shared: f64,
}

/// Share of the pairs from which on a dense array with zeros takes less memory than the list of its connections.
const DENSE: f64 = 0.3;

/// Returns the connections; `None` if all pairs are connected, with `one_delay`, and stored as a dense array.
fn pairs(weights: &Weights, (sources, targets): (usize, usize), one_delay: bool) -> Result<Option<Pairs>, String> {
    let too_large = || "does not fit in memory".to_owned();
    match weights {
        Weights::File(name) => Err(format!("the weights `{}` are not read", printable(name, PRINTED))),
        Weights::Rule { topology: Topology::AllToAll, .. } => Ok(None),
        Weights::Rule { topology, .. } => {
            let (mut of_targets, mut of_sources) = (Vec::new(), Vec::new());
            for target in 0..targets {
                for source in topology.sources_of(target, (sources, targets))? {
                    memory::push(&mut of_targets, target as u32).ok_or_else(too_large)?;
                    memory::push(&mut of_sources, source).ok_or_else(too_large)?;
                }
            }
            Ok(Some(Pairs { targets: of_targets, sources: of_sources, of: None }))
        }
        Weights::Dense(values) => {
            if sources.checked_mul(targets) != Some(values.len()) {
                return Err(format!(
                    "has {} weights, but {targets} x {sources} are needed: a row for each target",
                    values.len()
                ));
            }
            let present = |at: &usize| values.get(*at) != 0.0; // NaN is refused later
            let count = (0..values.len()).filter(present).count();
            if one_delay && count as f64 >= DENSE * values.len() as f64 {
                return Ok(None);
            }
            let mut pairs = Pairs { targets: Vec::new(), sources: Vec::new(), of: Some(Vec::new()) };
            for at in (0..values.len()).filter(present) {
                memory::push(&mut pairs.targets, (at / sources) as u32).ok_or_else(too_large)?;
                memory::push(&mut pairs.sources, (at % sources) as u32).ok_or_else(too_large)?;
                if let Some(of) = &mut pairs.of {
                    memory::push(of, u32::try_from(at).map_err(|_| too_large())?).ok_or_else(too_large)?;
                }
            }
            Ok(Some(pairs))
        }
        Weights::Sparse { indptr, indices, data } => {
            if indptr.len() != targets + 1 {
                return Err(format!(
                    "`indptr` has {} values, but {} are needed: one more than there are targets",
                    indptr.len(),
                    targets + 1
                ));
            }
            if indices.len() != data.len() {
                return Err(format!("`indices` has {} values, but `data` has {}", indices.len(), data.len()));
            }
            let ascends = indptr.windows(2).all(|pair| pair[0] <= pair[1]);
            if !ascends || indptr[0] != 0 || indptr[targets] as usize != indices.len() {
                return Err(format!("`indptr` must ascend from 0 to {}, the number of connections", indices.len()));
            }
            if let Some((at, source)) = indices.iter().enumerate().find(|(_, source)| **source as usize >= sources) {
                return Err(format!("`indices[{at}]` = {source}: the source has {sources} neurons, counted from 0"));
            }
            let mut of_targets = memory::room(indices.len()).ok_or_else(too_large)?;
            for (target, row) in indptr.windows(2).enumerate() {
                of_targets.extend((row[0]..row[1]).map(|_| target as u32));
            }
            let mut of_sources = memory::room(indices.len()).ok_or_else(too_large)?;
            of_sources.extend_from_slice(indices);
            Ok(Some(Pairs { targets: of_targets, sources: of_sources, of: None }))
        }
    }
}

/// Returns the numbers of the connections in the order of their sources, then of their delays, then of their targets.
fn sorted(pairs: &Pairs, steps: Option<&[u8]>, sources: usize) -> Option<Vec<u32>> {
    let count = pairs.sources.len();
    u32::try_from(count).ok()?;
    let mut starts = memory::filled(0_u32, sources + 1)?;
    for source in &pairs.sources {
        starts[*source as usize + 1] += 1;
    }
    for source in 0..sources {
        starts[source + 1] += starts[source];
    }
    let mut order = memory::filled(0_u32, count)?;
    let mut next = starts.clone();
    for (connection, source) in pairs.sources.iter().enumerate() {
        let place = &mut next[*source as usize];
        order[*place as usize] = connection as u32;
        *place += 1;
    }
    if let Some(steps) = steps {
        for row in starts.windows(2) {
            // Stable, so that the targets of a delay still ascend.
            order[row[0] as usize..row[1] as usize].sort_by_key(|connection| steps[pairs.at(*connection)]);
        }
    }
    Some(order)
}

impl Pairs {
    /// Returns where the weight and the delay of a connection are.
    fn at(&self, connection: u32) -> usize {
        self.of.as_ref().map_or(connection, |of| of[connection as usize]) as usize
    }
}

/// Fills the arrays of a sparse projection, except its weights.
fn sparse<S: Stored>(
    route: &mut Route<S>,
    pairs: &Pairs,
    order: &[u32],
    steps: Option<&[u8]>,
    (sources, targets): (usize, usize),
) {
    let target = |connection: &u32| pairs.targets[*connection as usize];
    route.targets = if targets <= 1 << 16 {
        StoredTargets::U16(order.iter().map(|connection| target(connection) as u16).collect())
    } else {
        StoredTargets::U32(order.iter().map(target).collect())
    };
    let source = |at: usize| pairs.sources[order[at] as usize] as usize;
    let mut at = 0;
    route.starts = vec![0];
    let mut rows = vec![0];
    let (mut delays, mut distinct) = (Vec::new(), BTreeSet::new());
    for of in 0..sources {
        while at < order.len() && source(at) == of {
            let Some(steps) = steps else {
                at += 1;
                continue;
            };
            let delay = steps[pairs.at(order[at])];
            while at < order.len() && source(at) == of && steps[pairs.at(order[at])] == delay {
                at += 1;
            }
            delays.push(delay);
            distinct.insert(delay);
            route.starts.push(at as u32);
        }
        if steps.is_none() {
            route.starts.push(at as u32);
        }
        rows.push(delays.len() as u32);
    }
    if steps.is_some() {
        route.delays = StoredDelays::Rows { sources: rows, delays, distinct: distinct.into_iter().collect() };
    }
}

/// Converts the weights: integers as they are, floats to the number format or to integers. Returns the values of a unit.
fn weighed<S: Stored>(
    place: &Place<'_>,
    values: &Values<'_>,
    quantize: Option<Quantization>,
    (connections, targets): (usize, usize),
    index: impl Fn(usize) -> usize,
    target_of: impl Fn(usize) -> usize,
) -> Result<(StoredWeights<S>, Vec<f64>), String> {
    let scale = match &place.projection.scale {
        None => None,
        Some(Scale::Shared(value)) => Some(vec![*value]),
        Some(Scale::Each(values)) if values.len() == targets => Some(values.clone()),
        Some(Scale::Each(values)) => {
            return Err(format!("`scale` has {} values, but {targets} are needed: one for each target", values.len()));
        }
        Some(Scale::File(name)) => return Err(format!("the scale `{}` is not read", printable(name, PRINTED))),
    };
    if let Some(value) = scale.iter().flatten().find(|value| !value.is_finite()) {
        return Err(format!("`scale` = {value}: must be finite"));
    }
    let Some(given) = values.values else {
        if scale.is_some() || quantize.is_some() {
            return Err("`scale` and `quantize` go with arrays of weights".to_owned());
        }
        if !values.shared.is_finite() {
            return Err(format!("`value` = {}: must be finite", values.shared));
        }
        return Ok((StoredWeights::One, vec![values.shared]));
    };
    let in_order = || (0..connections).map(&index);
    let integers = match given {
        WeightValues::I8(of) => Some(StoredWeights::I8(in_order().map(|at| of[at]).collect())),
        WeightValues::I16(of) => Some(StoredWeights::I16(in_order().map(|at| of[at]).collect())),
        WeightValues::I32(of) => Some(StoredWeights::I32(in_order().map(|at| of[at]).collect())),
        WeightValues::F32(_) | WeightValues::F64(_) => None,
    };
    if let Some(integers) = integers {
        let scale = scale.ok_or("integer weights need `scale`, the value of a unit")?;
        if quantize.is_some() {
            return Err("`quantize` goes with floats; these weights are integers".to_owned());
        }
        return Ok((integers, scale));
    }
    if scale.is_some() {
        return Err(
            "`scale` goes with integers; these weights are floats\nhelp: multiply the weights, or use `quantize`"
                .to_owned(),
        );
    }
    if let Some(at) = (0..given.len()).find(|at| !given.get(*at).is_finite()) {
        return Err(format!("the weight {at} is {}: must be finite", given.get(at)));
    }
    let quantize = match quantize {
        None if S::EXACT => Some(Quantization { bits: 16, per_target: false }),
        quantize => quantize,
    };
    let Some(Quantization { bits, per_target }) = quantize else {
        let scalars: Vec<S> = in_order().map(|at| S::nearest(given.get(at))).collect();
        if let Some(at) = scalars.iter().position(|weight| !weight.to_f64().is_finite()) {
            return Err(format!("the weight {} does not fit {}", given.get(index(at)), S::FORMAT));
        }
        return Ok((StoredWeights::Scalars(scalars), vec![1.0]));
    };
    let most = match bits {
        8 => f64::from(i8::MAX),
        16 => f64::from(i16::MAX),
        _ => return Err(format!("`quantize`: integers of {bits} bits; available: 8, 16")),
    };
    let mut greatest = vec![0.0_f64; if per_target { targets } else { 1 }];
    let slot = |connection: usize| if per_target { target_of(connection) } else { 0 };
    for connection in 0..connections {
        let of = &mut greatest[slot(connection)];
        *of = of.max(given.get(index(connection)).abs());
    }
    // A target without weights has any scale.
    let scales: Vec<f64> =
        greatest.iter().map(|greatest| if *greatest > 0.0 { greatest / most } else { 1.0 }).collect();
    let integer = |connection: usize| (given.get(index(connection)) / scales[slot(connection)]).round_ties_even();
    let stored = match bits {
        8 => StoredWeights::I8((0..connections).map(|connection| integer(connection) as i8).collect()),
        _ => StoredWeights::I16((0..connections).map(|connection| integer(connection) as i16).collect()),
    };
    Ok((stored, scales))
}

/// Delays in steps.
enum Steps {
    All(u8),
    Each(Vec<u8>),
}

/// Returns the delays in steps, each rounded to the nearest, and half a step up.
fn delays(delay: Option<&Delay>, step_time: f64) -> Result<Steps, String> {
    let steps = |ms: f64| {
        // Half a step may be a unit in the last place less than it is written.
        let steps = (ms / step_time * (1.0 + 1e-12) + 0.5).floor();
        let fits = ms >= 0.0 && steps <= MOST_DELAY as f64;
        let most = MOST_DELAY as f64 * step_time;
        fits.then_some(steps as u8)
            .ok_or_else(|| format!("{ms} ms: must be 0 to {most} ms, which is {MOST_DELAY} steps"))
    };
    match delay {
        None => Ok(Steps::All(1)),
        Some(Delay::Shared(ms)) => steps(*ms).map(Steps::All).map_err(|problem| format!("`delay` = {problem}")),
        Some(Delay::Each(all)) => {
            let steps: Result<Vec<u8>, String> = all
                .iter()
                .enumerate()
                .map(|(at, ms)| steps(*ms).map_err(|problem| format!("`delay[{at}]` = {problem}")))
                .collect();
            steps.map(Steps::Each)
        }
        Some(Delay::File(name)) => Err(format!("the delays `{}` are not read", printable(name, PRINTED))),
    }
}

/// Returns the factors of what arrives at the synapse of a projection, for each neuron or for all; `None` if it does not
/// normalize.
fn normalized(description: &NetworkDescription, place: &Place<'_>) -> Result<Option<Vec<f64>>, String> {
    let (name, kind) = &description.populations[place.to];
    let (Some(number), PopulationKind::Neurons { description: of, synapses, .. }) = (place.exponential, kind) else {
        return Ok(None);
    };
    let (own, synapse) = &synapses[number];
    let place = format!("populations.{name}.synapses.{own}");
    normals(&place, (number, synapse), description.step_time, of)
}

/// Returns the factors of what arrives at a synapse, for each neuron or for all; `None` if it does not normalize.
pub(super) fn normals(
    place: &str,
    (number, synapse): (usize, &Exponential),
    step_time: f64,
    of: &Description,
) -> Result<Option<Vec<f64>>, String> {
    if !synapse.normalized {
        return Ok(None);
    }
    let complement = |tau: &f64| {
        let factor = decay_factor(step_time, *tau, Discretization::Exact);
        factor
            .map(|factor| factor.complement)
            .ok_or_else(|| format!("`{place}.tau` = {tau} ms: must be above 0 and finite"))
    };
    taus(place, number, synapse, of)?.iter().map(complement).collect::<Result<Vec<f64>, String>>().map(Some)
}
