//! From the description of a projection to its arrays.

use std::collections::BTreeSet;

use glif_core::error::Number;
use glif_core::network::{BitBlock, MOST_DELAY, Projection as View, Weights as StoredKind, decay_factor};
use glif_core::spec::Stored;
use serde::Serialize;

use super::build::{column, taus, wrong_tau};
use super::description::{
    BUILT_IN, Delay, Exponential, NetworkDescription, PopulationKind, Projection, Quantization, Scale,
};
use super::engine::{Column, Route, StoredDelays, StoredTargets, StoredWeights, Sums};
use super::matrix::{Topology, WeightValues, Weights};
use crate::Description;
use crate::description::toml::unknown;
use crate::limits::{DRAWN_PAIRS, INPUT_SPIKES, PRINTED};
use crate::memory;
use crate::output::counted;
use crate::text::printable;

/// A projection among the populations of its network.
pub(super) struct Place<'a> {
    projection: &'a Projection,
    number: usize,
    from: usize,
    to: usize,
    /// Number of an exponential synapse; `None` for one that every population has.
    exponential: Option<usize>,
}

/// Returns a message about a projection. If it begins with a key, the key becomes a path.
pub(crate) fn named(number: usize, projection: &Projection, problem: &str) -> String {
    let [from, to] = [&projection.from, &projection.to].map(|name| printable(name, PRINTED));
    let key = problem.strip_prefix('`').and_then(|rest| rest.split_once('`'));
    let (path, problem) = match key {
        Some((key, rest)) => (format!("projections[{number}].{key}"), rest.to_owned()),
        None => (format!("projections[{number}]"), format!(": {problem}")),
    };
    format!("`{path}` (`{from}` to `{to}`){problem}")
}

/// Lists the names in a projection that do not exist.
pub(super) fn misnamed(description: &NetworkDescription, number: usize, projection: &Projection) -> Vec<String> {
    let mut problems = Vec::new();
    let mut misses = |key: &str, name: &str, what: &str, known: &[&str]| {
        let wrong = format!("`{key}` = \"{}\": {}", printable(name, PRINTED), unknown(name, what, known));
        problems.push(named(number, projection, &wrong));
    };
    let populations: Vec<&str> = description.populations.iter().map(|(name, _)| name.as_str()).collect();
    for (key, name) in [("from", &projection.from), ("to", &projection.to)] {
        if description.population(name).is_none() {
            misses(key, name, "population", &populations);
        }
    }
    match description.population(&projection.to) {
        Some(PopulationKind::Input(_)) => {
            let problem = "`to`: the target is an input, which takes no spikes";
            problems.push(named(number, projection, problem));
        }
        Some(PopulationKind::Neurons { synapses, .. }) => {
            let names: Vec<&str> = synapse_names(synapses.iter().map(|(name, _)| name.as_str()));
            if !names.contains(&projection.synapse.as_str()) {
                misses("synapse", &projection.synapse, "synapse", &names);
            }
        }
        None => {}
    }
    problems
}

/// Returns the names of all synapses of a population, given those of its exponential ones.
pub(super) fn synapse_names<'a>(own: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    BUILT_IN.into_iter().chain(own).collect()
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
        Self { projection, number, from, to, exponential }
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
pub(super) fn build<S: Stored>(
    description: &NetworkDescription,
    place: &Place<'_>,
) -> Result<(Route<S>, Sums<S>), String> {
    let named = |problem: String| named(place.number, place.projection, &problem);
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
        quantization: None,
        greatest: 0,
        bound: 0.0,
    };
    if let Weights::Convolution { values, shape, convolution } = weights {
        let shape_of = |member: usize| description.populations[member].1.shape();
        let shapes = (shape_of(place.from), shape_of(place.to));
        let convolution = convolution.between(*shape, values.len(), shapes).map_err(named)?;
        route.targets = StoredTargets::Convolution(convolution);
    }
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
                Some(values) => {
                    return Err(named(format!("`delay`: has {} for {values} weights", counted(steps.len(), "value"))));
                }
                None if matches!(weights, Weights::Convolution { .. }) => {
                    return Err(named("`delay`: the connections of a convolution share one delay".to_owned()));
                }
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
        Weights::Convolution { values, .. } => Values { values: Some(values), shared: 0.0 },
        Weights::Rule { value, .. } => Values { values: None, shared: *value },
        Weights::File(name) | Weights::ConvolutionFile { array: name, .. } => return Err(named(unread(name))),
    };
    // The weight of each connection as stored.
    let index = |connection: usize| match (&order, &pairs) {
        (Some(order), Some(pairs)) => {
            let pair = order[connection] as usize;
            pairs.of.as_ref().map_or(pair, |of| of[pair] as usize)
        }
        _ if matches!(route.targets, StoredTargets::Convolution(_)) => connection,
        // A dense array is stored source after source.
        _ => connection % targets * sources + connection / targets,
    };
    // Number of weights, and of the targets, or channels of targets, that can have scales of their own.
    let (count, scaled) = match (weights, &pairs, &values.values) {
        (Weights::Convolution { values, shape, .. }, ..) => (values.len(), shape[0]),
        (_, Some(pairs), _) => (pairs.targets.len(), targets),
        (_, None, Some(_)) => (sources * targets, targets),
        (_, None, None) => (0, targets),
    };
    let scaled_of = |weight: usize| match &route.targets {
        StoredTargets::Dense => weight % targets,
        StoredTargets::U16(targets) => targets[weight].into(),
        StoredTargets::U32(targets) => targets[weight] as usize,
        StoredTargets::Convolution(_) => weight / (count / scaled),
        StoredTargets::Bits { .. } => 0, // never: the list becomes bits at the end
    };
    let (stored, scale, quantization) =
        weighed::<S>(place, &values, *quantize, (count, scaled), index, scaled_of).map_err(named)?;
    let scale = match &route.targets {
        StoredTargets::Convolution(of) if scale.len() > 1 => (0..targets).map(|i| scale[of.channel(i)]).collect(),
        _ => scale,
    };
    let limit = |scale: f64| scale.abs();
    (route.weights, route.quantization) = (stored, quantization);
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
    let effective = factors.clone();
    let greatest_factor = factors.iter().copied().map(limit).fold(0.0, f64::max);
    let stored = |factors: Vec<f64>| -> Result<Column<S::Scale>, String> {
        let key = match (&place.projection.scale, weights) {
            (Some(_), _) => "scale",
            (None, Weights::Rule { .. }) => "weights.value",
            _ => "weights",
        };
        let unfit =
            |value: &f64| format!("`{key}`: a unit of weight is {}, which does not fit {}", Number(*value), S::FORMAT);
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
        return Err(named(overflowing(&view)));
    }
    let bound = match &route.weights {
        StoredWeights::Scalars(weights) => {
            let mut sums =
                memory::filled(0.0_f64, targets).ok_or_else(|| named("does not fit in memory".to_owned()))?;
            each_weight(&view, |number, target| sums[target] += weights[number].to_f64().abs());
            sums.into_iter().fold(0.0, f64::max)
        }
        _ => f64::from(greatest) * greatest_factor,
    };
    let is_input = matches!(description.populations[place.from].1, PopulationKind::Input(_));
    let most_spikes = if is_input { f64::from(INPUT_SPIKES) } else { 1.0 };
    // A sum of integers never leaves 32 bits: more spikes are refused.
    let most = if is_scalar { f64::INFINITY } else { f64::from(i32::MAX) * greatest_factor };
    let bound = (bound * most_spikes).min(most);
    if S::EXACT {
        let unit = if synapse == 1 { "mV" } else { "nA" };
        let most = (f64::from(greatest) * most_spikes).min(f64::from(i32::MAX)) as i32;
        unstorable(&route, &effective, &view, (most, unit)).map_or(Ok(()), |problem| Err(named(problem)))?;
    }
    (route.greatest, route.bound) = (greatest, bound);
    let mut sums = Sums::<S> { integers: Vec::new(), scalars: Vec::new() };
    if is_scalar {
        sums.scalars = memory::filled(S::NOTHING, targets).ok_or_else(|| named("does not fit in memory".to_owned()))?;
    } else {
        scratch.fill(0);
        sums.integers = scratch;
    }
    become_bits(&mut route, targets);
    Ok((route, sums))
}

/// Says which target has weights whose magnitudes add up to too much, and how much that is.
fn overflowing<S: Stored>(view: &View<'_, S>) -> String {
    let mut sums = vec![0_u64; view.targets];
    let mut add = |target: usize, weight: u32| sums[target] += u64::from(weight);
    match view.weights {
        StoredKind::I8(of) => each_weight(view, |at, target| add(target, of[at].unsigned_abs().into())),
        StoredKind::I16(of) => each_weight(view, |at, target| add(target, of[at].unsigned_abs().into())),
        StoredKind::I32(of) => each_weight(view, |at, target| add(target, of[at].unsigned_abs())),
        // Each target of a rule has at most as many connections as there are sources.
        _ => sums.fill(view.sources as u64),
    }
    let sum = sums.iter().copied().max().unwrap_or(0);
    let target = sums.iter().position(|other| *other == sum).unwrap_or(0);
    let most = i32::MAX as u64 - 1;
    format!(
        "`weights`: the magnitudes of those of target {target} add up to {sum}, which is {} above the limit of \
         {most}\nhelp: use a greater scale, and smaller weights",
        sum.saturating_sub(most)
    )
}

/// In fixed point, returns an error if a weight is beyond the range of the format, or if the greatest sum, `most`, is
/// nothing in it. `factors` has the nA or mV of a unit.
fn unstorable<S: Stored>(
    route: &Route<S>,
    factors: &[f64],
    view: &View<'_, S>,
    (most, unit): (i32, &str),
) -> Option<String> {
    let mut found = None;
    let mut see = |weight: f64, target: usize| {
        let value = weight * pick(factors, target);
        if found.is_none() && value.abs() > S::GREATEST {
            found = Some((value, target));
        }
    };
    match view.weights {
        StoredKind::I8(all) => each_weight(view, |at, target| see(all[at].into(), target)),
        StoredKind::I16(all) => each_weight(view, |at, target| see(all[at].into(), target)),
        StoredKind::I32(all) => each_weight(view, |at, target| see(all[at].into(), target)),
        _ => (0..factors.len()).for_each(|target| see(1.0, target)),
    }
    if let Some((weight, target)) = found {
        let (weight, greatest) = (Number(weight), S::GREATEST);
        return Some(format!(
            "`weights`: a weight of target {target} is {weight} {unit}, but {} has at most {greatest} {unit}",
            S::FORMAT
        ));
    }
    let is_nothing = |scale: &S::Scale| S::weighed(most, scale) == S::NOTHING;
    let scales = if route.scale.own.is_empty() { std::slice::from_ref(&route.scale.shared) } else { &route.scale.own };
    let is_lost = most > 0 && factors.iter().any(|factor| *factor != 0.0) && scales.iter().all(is_nothing);
    is_lost.then(|| {
        let least = S::RESOLUTION;
        format!(
            "`weights`: all those of a target together are nothing in {}, whose numbers are {least} {unit} apart\n\
             help: use greater weights, or a format with more fraction bits",
            S::FORMAT
        )
    })
}

fn pick(values: &[f64], i: usize) -> f64 {
    if values.len() == 1 { values[0] } else { values[i] }
}

/// Calls `each` with the number of the weight of every connection, and its target.
fn each_weight<S: Stored>(view: &View<'_, S>, mut each: impl FnMut(usize, usize)) {
    (0..view.rows()).for_each(|row| view.each_target(row, &mut each));
}

/// Stores the connections as bits if they have one weight, no pair has several, and bits take less memory.
fn become_bits<S: Stored>(route: &mut Route<S>, targets: usize) {
    let (connections, each) = match &route.targets {
        StoredTargets::U16(list) => (list.len(), size_of::<u16>()),
        StoredTargets::U32(list) => (list.len(), size_of::<u32>()),
        StoredTargets::Dense | StoredTargets::Bits { .. } | StoredTargets::Convolution(_) => return,
    };
    let (rows, width) = (route.starts.len().saturating_sub(1), targets.div_ceil(BitBlock::TARGETS));
    let fits = rows * width * size_of::<BitBlock>() <= connections * each + size_of_val(&route.starts[..]);
    if !matches!(route.weights, StoredWeights::One) || !fits {
        return;
    }
    let Some(mut blocks) = memory::filled(BitBlock::EMPTY, rows * width) else { return };
    for (row, range) in route.starts.windows(2).enumerate() {
        for connection in range[0] as usize..range[1] as usize {
            let target = match &route.targets {
                StoredTargets::U16(list) => list[connection].into(),
                StoredTargets::U32(list) => list[connection] as usize,
                _ => return, // never, as above
            };
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

fn unread(name: &str) -> String {
    format!("`weights`: the array `{}` is not read", printable(name, PRINTED))
}

/// Share of the pairs from which on a dense array with zeros takes less memory than the list of its connections.
const DENSE: f64 = 0.3;

/// Says, before any pair is drawn, that a rule makes too many connections or takes too long.
fn foreseen(topology: &Topology, (sources, targets): (usize, usize)) -> Result<(), String> {
    let pairs = sources as u128 * targets as u128;
    let expected = match topology {
        Topology::Probability { probability, .. } => (pairs as f64 * probability) as u128,
        Topology::InDegree { degree, .. } => *degree as u128 * targets as u128,
        // Every report of a network visits them all.
        Topology::AllToAll => pairs,
        Topology::OneToOne => targets as u128,
    };
    if expected > u128::from(u32::MAX) {
        return Err(format!("`weights`: makes {expected} connections, but at most {} are supported", u32::MAX));
    }
    // Source, target, place among the others, and the stored target. Those between all pairs are not stored.
    let stored = !matches!(topology, Topology::AllToAll);
    if stored && !memory::fits(expected * 14) {
        return Err(format!("`weights`: {expected} connections do not fit in memory"));
    }
    let draws = !matches!(topology, Topology::AllToAll | Topology::OneToOne);
    if draws && pairs > u128::from(DRAWN_PAIRS) {
        return Err(format!(
            "`weights`: the rule draws for each of {pairs} pairs of neurons, but at most {DRAWN_PAIRS} are supported\n\
             help: use an array of weights"
        ));
    }
    Ok(())
}

/// Returns the connections; `None` if all pairs are connected, with `one_delay`, and stored as a dense array.
fn pairs(weights: &Weights, (sources, targets): (usize, usize), one_delay: bool) -> Result<Option<Pairs>, String> {
    let too_large = || "does not fit in memory".to_owned();
    match weights {
        Weights::File(name) | Weights::ConvolutionFile { array: name, .. } => Err(unread(name)),
        // There are no lists.
        Weights::Convolution { .. } => Ok(None),
        Weights::Rule { topology, .. } => {
            // The path of the keys of a rule.
            let within = |problem: String| match problem.strip_prefix('`') {
                Some(rest) => format!("`weights.{rest}"),
                None => format!("`weights`: {problem}"),
            };
            topology.check((sources, targets)).map_err(within)?;
            foreseen(topology, (sources, targets))?;
            if *topology == Topology::AllToAll {
                return Ok(None);
            }
            let (mut of_targets, mut of_sources) = (Vec::new(), Vec::new());
            for target in 0..targets {
                for source in topology.sources_of(target, (sources, targets)).map_err(within)? {
                    memory::push(&mut of_targets, target as u32).ok_or_else(too_large)?;
                    memory::push(&mut of_sources, source).ok_or_else(too_large)?;
                }
            }
            Ok(Some(Pairs { targets: of_targets, sources: of_sources, of: None }))
        }
        Weights::Dense(values) => {
            if sources.checked_mul(targets) != Some(values.len()) {
                return Err(format!(
                    "`weights`: has {} weights, but {targets} x {sources} are needed: a row for each target",
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
                    "`weights.indptr`: has {} values, but {} are needed: one more than there are targets",
                    indptr.len(),
                    targets + 1
                ));
            }
            if indices.len() != data.len() {
                return Err(format!("`weights.indices`: has {} values, but `data` has {}", indices.len(), data.len()));
            }
            let ascends = indptr.windows(2).all(|pair| pair[0] <= pair[1]);
            if !ascends || indptr[0] != 0 || indptr[targets] as usize != indices.len() {
                return Err(format!(
                    "`weights.indptr`: must ascend from 0 to {}, the number of connections",
                    indices.len()
                ));
            }
            if let Some((at, source)) = indices.iter().enumerate().find(|(_, source)| **source as usize >= sources) {
                return Err(format!(
                    "`weights.indices[{at}]` = {source}: the source has {sources} neurons, counted from 0"
                ));
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

/// How far weights that became integers are from the floats that were given.
///
/// Weights of 0 do not count.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct QuantizationError {
    /// Number of weights that were not 0.
    pub weights: usize,
    /// Number of these that became 0.
    pub became_zero: usize,
    /// Greatest error, nA or mV.
    pub worst: f64,
    /// Root of the mean square of the errors, nA or mV.
    pub rms: f64,
}

impl QuantizationError {
    /// Compares pairs of a weight as given and as stored.
    fn of(pairs: impl Iterator<Item = (f64, f64)>) -> Self {
        let (mut error, mut squares) = (Self { weights: 0, became_zero: 0, worst: 0.0, rms: 0.0 }, 0.0);
        for (given, stored) in pairs.filter(|(given, _)| *given != 0.0) {
            error.weights += 1;
            error.became_zero += usize::from(stored == 0.0);
            error.worst = error.worst.max((stored - given).abs());
            squares += (stored - given) * (stored - given);
        }
        error.rms = (squares / error.weights.max(1) as f64).sqrt();
        error
    }
}

/// Weights as they are stored, the values of a unit, and the error of floats that became integers.
type Weighed<S> = (StoredWeights<S>, Vec<f64>, Option<QuantizationError>);

/// Converts the weights: integers as they are, floats to the number format or to integers.
fn weighed<S: Stored>(
    place: &Place<'_>,
    values: &Values<'_>,
    quantize: Option<Quantization>,
    (connections, targets): (usize, usize),
    index: impl Fn(usize) -> usize,
    target_of: impl Fn(usize) -> usize,
) -> Result<Weighed<S>, String> {
    // Two copies at worst: the integers of floats, and the order of connections.
    if !memory::fits(connections as u128 * 2 * size_of::<S>() as u128) {
        return Err("does not fit in memory".to_owned());
    }
    let scale = match &place.projection.scale {
        None => None,
        Some(Scale::Shared(value)) => Some(vec![*value]),
        Some(Scale::Each(values)) if values.len() == targets => Some(values.clone()),
        Some(Scale::Each(values)) => {
            return Err(format!(
                "`scale`: has {}, but {targets} are needed: one for each {}target",
                counted(values.len(), "value"),
                if matches!(place.projection.weights, Weights::Convolution { .. }) { "channel of the " } else { "" }
            ));
        }
        Some(Scale::File(name)) => return Err(format!("the scale `{}` is not read", printable(name, PRINTED))),
    };
    if let Some(value) = scale.iter().flatten().find(|value| !value.is_finite()) {
        return Err(format!("`scale` = {value}: must be finite"));
    }
    let Some(given) = values.values else {
        if scale.is_some() || quantize.is_some() {
            return Err("`weights`: a rule has no `scale` and no `quantize`; they go with arrays of weights".to_owned());
        }
        if !values.shared.is_finite() {
            return Err(format!("`weights.value` = {}: must be finite", values.shared));
        }
        return Ok((StoredWeights::One, vec![values.shared], None));
    };
    let in_order = || (0..connections).map(&index);
    let integers = match given {
        WeightValues::I8(of) => Some(StoredWeights::I8(in_order().map(|at| of[at]).collect())),
        WeightValues::I16(of) => Some(StoredWeights::I16(in_order().map(|at| of[at]).collect())),
        WeightValues::I32(of) => Some(StoredWeights::I32(in_order().map(|at| of[at]).collect())),
        WeightValues::F32(_) | WeightValues::F64(_) => None,
    };
    if let Some(integers) = integers {
        let scale = scale.ok_or("`scale`: missing; integer weights need the value of a unit, nA or mV")?;
        if quantize.is_some() {
            return Err("`quantize`: goes with floats; these weights are integers".to_owned());
        }
        return Ok((integers, scale, None));
    }
    if scale.is_some() {
        return Err(
            "`scale`: goes with integers; these weights are floats\nhelp: multiply the weights, or use `quantize`"
                .to_owned(),
        );
    }
    let name_of = |at: usize| match &place.projection.weights {
        Weights::Sparse { .. } => format!("`weights.data[{at}]`"),
        Weights::Convolution { shape: [_, of_group, rows, columns], .. } => {
            let [row, channel] = [at / columns, at / columns / rows];
            let index = [channel / of_group, channel % of_group, row % rows, at % columns];
            format!("`weights[{}][{}][{}][{}]`", index[0], index[1], index[2], index[3])
        }
        _ => {
            let sources = (given.len() / targets).max(1);
            format!("`weights[{}][{}]`", at / sources, at % sources)
        }
    };
    if let Some(at) = (0..given.len()).find(|at| !given.get(*at).is_finite()) {
        return Err(format!("{} = {}: must be finite", name_of(at), given.get(at)));
    }
    let quantize = match quantize {
        None if S::EXACT => Some(Quantization { bits: 16, per_target: false }),
        quantize => quantize,
    };
    let Some(Quantization { bits, per_target }) = quantize else {
        let scalars: Vec<S> = in_order().map(|at| S::nearest(given.get(at))).collect();
        if let Some(at) = scalars.iter().position(|weight| !weight.to_f64().is_finite()) {
            let at = index(at);
            return Err(format!("{} = {}: does not fit {}", name_of(at), Number(given.get(at)), S::FORMAT));
        }
        return Ok((StoredWeights::Scalars(scalars), vec![1.0], None));
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
    // The step multiplies by the scale as the number format has it.
    let unit = |scale: &f64| S::weight_scale(*scale).map_or(*scale, |scale| S::weight_scale_to_f64(&scale));
    let units: Vec<f64> = scales.iter().map(unit).collect();
    let error = QuantizationError::of((0..connections).map(|at| (given.get(index(at)), integer(at) * units[slot(at)])));
    Ok((stored, scales, Some(error)))
}

/// Delays in steps.
pub(super) enum Steps {
    All(u8),
    Each(Vec<u8>),
}

/// Returns the delays in steps, each rounded to the nearest, and half a step up.
pub(super) fn delays(delay: Option<&Delay>, step_time: f64) -> Result<Steps, String> {
    let steps = |ms: f64| {
        // Half a step may be a unit in the last place less than it is written.
        let steps = (ms / step_time * (1.0 + 1e-12) + 0.5).floor();
        let fits = ms >= 0.0 && steps <= MOST_DELAY as f64;
        let most = MOST_DELAY as f64 * step_time;
        fits.then_some(steps as u8)
            .ok_or_else(|| format!("{} ms: must be 0 to {most} ms, which is {MOST_DELAY} steps", Number(ms)))
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
        let wrong = || wrong_tau(&format!("{place}.tau"), *tau, step_time);
        decay_factor(step_time, *tau, synapse.discretization).map(|factor| factor.complement).ok_or_else(wrong)
    };
    taus(place, number, synapse, of)?.iter().map(complement).collect::<Result<Vec<f64>, String>>().map(Some)
}
