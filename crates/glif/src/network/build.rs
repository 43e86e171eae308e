//! From the description of a network to its arrays, with everything that is wrong, together.

use glif_core::error::Number;
use glif_core::network::{
    Bounds, Discretization, Effect, MOST_DELAY, Synaptic, Unbounded, decay_factor, propagator, stored_decay,
};
use glif_core::rounding::Rounding;
use glif_core::spec::{BatchReduction, Parameter, RoundingMode, Spec, SpecVisitor, Stored};
use glif_core::spikes::WORD;
use glif_core::{MOST_JUMPS, ParamErrors};

use super::Network;
use super::description::{BUILT_IN, Coupling, Drive, Exponential, NetworkDescription, PopulationKind};
use super::drive::{self, At, TIME};
use super::engine::{Column, Engine, Erased, Kind, Neurons, Node, Route, Scratch, Stimulus, SynapseState};
use super::route::{self, Place};
use crate::Description;
use crate::description::toml::{DescriptionError, DescriptionErrors};
use crate::limits::{INPUT_SPIKES, PRINTED};
use crate::memory::{self, filled};
use crate::neuron_params::NeuronParams;
use crate::population::Population;
use crate::reduction::Reduction;
use crate::text::printable;
use crate::threads::Threads;

/// Builds a network.
pub(super) fn build(description: &NetworkDescription) -> Result<Network, DescriptionErrors> {
    let told = |errors: Vec<String>| DescriptionErrors(errors.into_iter().map(DescriptionError).collect());
    let problems = problems(description);
    let first = description.populations.iter().find_map(|(_, kind)| match kind {
        PopulationKind::Neurons { description, .. } => Some(&description.spec),
        PopulationKind::Input(_) => None,
    });
    let Some(first) = first.filter(|_| problems.is_empty()) else {
        return Err(told(problems));
    };
    let NetworkDescription { scalar, rounding, seed, .. } = *description;
    let spec = Spec { scalar, rounding, seed, ..first.clone() };
    let inner = spec.visit(Build(description)).map_err(told)?;
    Ok(Network::new(description.clone(), inner))
}

/// Returns what is wrong with a name: it stands in file keys and in names of arrays.
pub(super) fn misnamed(place: &str, name: &str) -> Option<String> {
    let fits = !name.is_empty()
        && name.len() <= 64
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-');
    let shown = printable(name, PRINTED);
    (!fits).then(|| format!("`{place}.{shown}`: a name has 1 to 64 letters, digits, `_` and `-`"))
}

/// Returns what is wrong with a step time, ms.
pub(super) fn wrong_step_time(step_time: f64) -> Option<String> {
    let fits = step_time > 0.0 && step_time.is_finite();
    (!fits).then(|| format!("`step_time` = {} ms: must be above 0 and finite", Number(step_time)))
}

/// Returns what is wrong with the name of a synapse after others.
pub(super) fn misnamed_synapse(place: &str, name: &str, before: &[(String, Exponential)]) -> Option<String> {
    let taken = BUILT_IN.contains(&name) || before.iter().any(|(other, _)| other == name);
    let another = || format!("`{place}.{name}`: the population has another synapse of this name");
    misnamed(place, name).or_else(|| taken.then(another))
}

/// Lists what is wrong with the network as a whole.
fn problems(description: &NetworkDescription) -> Vec<String> {
    let NetworkDescription { step_time, scalar, rounding, populations, projections, .. } = description;
    let mut problems = Vec::new();
    problems.extend(wrong_step_time(*step_time));
    if !scalar.is_fixed_point() && *rounding != RoundingMode::Nearest {
        let problem = "only fixed point has this rounding mode";
        problems.push(format!("`rounding` = \"{rounding}\": {problem}; {scalar} rounds to nearest"));
    }
    if !populations.iter().any(|(_, kind)| matches!(kind, PopulationKind::Neurons { .. })) {
        problems.push("`populations`: a network needs a population of neurons".to_owned());
    }
    for (i, (name, kind)) in populations.iter().enumerate() {
        problems.extend(misnamed("populations", name));
        if populations[..i].iter().any(|(other, _)| other == name) {
            problems.push(format!("`populations.{name}`: there is another population of this name"));
        }
        if kind.neurons().is_none() {
            let shape = kind.shape();
            problems.push(format!("`populations.{name}.shape` = {shape:?}: needs 1 to {} neurons", u32::MAX));
        }
        if let PopulationKind::Neurons { description, .. } = kind
            && description.batch_size != 1
        {
            let problem = "a population of a network has one sample; the samples are an axis of its input";
            problems.push(format!("`populations.{name}.batch_size` = {}: {problem}", description.batch_size));
        }
        if let PopulationKind::Neurons { description, synapses, .. } = kind {
            if description.batch_reduction != BatchReduction::Mean {
                let problem = "a population of a network has one sample, and so nothing to reduce";
                problems.push(format!("`populations.{name}.batch_reduction`: {problem}"));
            }
            let place = format!("populations.{name}.synapses");
            for (i, (own, _)) in synapses.iter().enumerate() {
                problems.extend(misnamed_synapse(&place, own, &synapses[..i]));
            }
        }
    }
    for (number, projection) in projections.iter().enumerate() {
        problems.extend(route::misnamed(description, number, projection));
    }
    problems
}

/// Builds a network in its types.
struct Build<'a>(&'a NetworkDescription);

impl SpecVisitor for Build<'_> {
    type Output = Result<Box<dyn Erased>, Vec<String>>;

    fn visit<S: Stored, Q: Rounding>(self, rounding: Q) -> Self::Output {
        let Self(description) = self;
        let mut errors = Vec::new();
        let mut nodes = Vec::new();
        for (number, (name, kind)) in description.populations.iter().enumerate() {
            let rounding = rounding.reseeded(description.seed.wrapping_add(number as u64));
            match node::<S, Q>(description, name, kind, rounding) {
                Ok(node) => nodes.push(node),
                Err(problems) => errors.extend(problems),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let (mut routes, mut sums) = (Vec::new(), Vec::new());
        for (number, projection) in description.projections.iter().enumerate() {
            match route::build::<S>(description, &Place::of(description, number, projection)) {
                Ok((route, delivered)) => {
                    routes.push(route);
                    sums.push(delivered);
                }
                Err(problem) => errors.push(problem),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let order = order(description, &routes).map_err(|problem| vec![problem])?;
        finish(description, &mut nodes, &routes)?;
        let cells = || nodes.iter().filter_map(|node| node.cells.as_ref());
        let synapses = cells().map(|cells| cells.synapses.len()).max().unwrap_or(0);
        let terms = cells().map(|cells| cells.terms).max().unwrap_or(0);
        let scratch = Scratch::new(synapses, terms).ok_or_else(|| vec!["a step does not fit in memory".to_owned()])?;
        Ok(Box::new(Engine {
            nodes,
            routes,
            sums,
            scratch,
            order,
            step: 0,
            seed: description.seed,
            sample: 0,
            threads: Threads::default(),
        }))
    }
}

/// Place of the synapse `delta` among those of a population. That of `current` is 0, and exponential ones follow.
const DELTA: usize = 1;

/// Builds a population, without the arrays of its synapses.
fn node<S: Stored, Q: Rounding>(
    network: &NetworkDescription,
    name: &str,
    kind: &PopulationKind,
    rounding: Q,
) -> Result<Node<S, Q>, Vec<String>> {
    let neurons = kind.neurons().unwrap_or(1);
    let cells = match kind {
        PopulationKind::Input(_) => None,
        PopulationKind::Neurons { description, synapses, drives } => {
            Some(cells(network, name, (description, synapses, drives), rounding)?)
        }
    };
    Ok(Node {
        neurons,
        most_delay: 0,
        history: Vec::new(),
        planes: 1,
        most_spikes: 1,
        input: Vec::new(),
        any: Vec::new(),
        fresh: false,
        cells,
    })
}

fn cells<S: Stored, Q: Rounding>(
    network: &NetworkDescription,
    name: &str,
    (description, synapses, drives): (&Description, &[(String, Exponential)], &[Drive]),
    rounding: Q,
) -> Result<Neurons<S, Q>, Vec<String>> {
    let named = |problem: String| format!("`populations.{name}`: {problem}");
    let mut description = description.clone();
    _ = description.spec.params.set(Parameter::StepTime, &[network.step_time]);
    description.spec.scalar = network.scalar;
    let mut errors = ParamErrors::new();
    description.spec.check_options(&mut errors);
    if errors.count() > 0 {
        return Err(vec![named(errors.to_string())]);
    }
    let drawn =
        description.drawn().map_err(|errors| errors.0.into_iter().map(|error| named(error.0)).collect::<Vec<_>>())?;
    let (own, shape) = (!description.own.is_empty(), description.shape.clone());
    let policy = (description.spec.refractory, rounding);
    // The coefficients of each neuron, also if they share them: a step with jumps reads those.
    let jumps = synapses.iter().any(|(_, synapse)| synapse.coupling == Coupling::Exact)
        || network.projections.iter().any(|projection| projection.to == name && projection.synapse == BUILT_IN[DELTA])
        || drives.iter().any(|drive| drive.synapse.as_deref() == Some(BUILT_IN[DELTA]));
    let own = (own || jumps).then(|| drawn.clone());
    let population = Population::assemble(drawn.of(0), policy, shape, 1, Reduction::Mean, own)
        .map_err(|error| vec![named(error.to_string())])?;
    let mut states = vec![SynapseState::new(Kind::Current), SynapseState::new(Kind::Delta)];
    let mut wrong = Vec::new();
    for (number, (own_name, synapse)) in synapses.iter().enumerate() {
        let place = format!("populations.{name}.synapses.{own_name}");
        match exponential::<S>(&place, (number, synapse), (network.step_time, rounding.stalls()), &description, &drawn)
        {
            Ok(kind) => states.push(SynapseState::new(kind)),
            Err(problem) => wrong.push(problem),
        }
    }
    let exact = synapses.iter().filter(|(_, synapse)| synapse.coupling == Coupling::Exact).count();
    if exact >= MOST_JUMPS {
        wrong.push(named(format!(
            "has {exact} synapses with `coupling = \"exact\"`; at most {} are supported",
            MOST_JUMPS - 1
        )));
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let options = description.spec.options;
    let stimuli = stimuli(network, name, (&description, synapses, drives))?;
    let (outside, next) = (Vec::new(), Vec::new());
    Ok(Neurons { population, options, synapses: states, stimuli, outside, next, summed: false, terms: 0 })
}

/// Builds the stimuli of a population.
fn stimuli<S: Stored>(
    network: &NetworkDescription,
    name: &str,
    (description, synapses, drives): (&Description, &[(String, Exponential)], &[Drive]),
) -> Result<Vec<Stimulus<S>>, Vec<String>> {
    let before = network.populations.iter().take_while(|(other, _)| other != name);
    let first: usize = before.map(|(_, kind)| kind.drives().len()).sum();
    let mut normals = Vec::new();
    for (number, (own, synapse)) in synapses.iter().enumerate() {
        let place = format!("populations.{name}.synapses.{own}");
        let normal = route::normals(&place, (number, synapse), network.step_time, description);
        normals.push((own.clone(), normal.map_err(|problem| vec![problem])?.unwrap_or_default()));
    }
    if first + drives.len() > drive::MOST {
        let most = drive::MOST;
        return Err(vec![format!("`populations.{name}.drive`: the network has more than {most} stimuli")]);
    }
    let (mut built, mut wrong) = (Vec::new(), Vec::new());
    for (number, drive) in drives.iter().enumerate() {
        let place = match drives.len() {
            1 => format!("populations.{name}.drive"),
            _ => format!("populations.{name}.drive[{number}]"),
        };
        let at = At {
            place: &place,
            step_time: network.step_time,
            neurons: description.shape.iter().product(),
            seed: description.spec.seed,
            number,
            stimulus: first + number,
            synapses: &normals,
        };
        match drive::build(drive, &at) {
            Ok(stimulus) => built.push(stimulus),
            Err(problem) => wrong.push(problem),
        }
    }
    if wrong.is_empty() { Ok(built) } else { Err(wrong) }
}

/// Returns the time constants of a synapse, ms: one, or one for each neuron.
pub(crate) fn taus(
    place: &str,
    number: usize,
    synapse: &Exponential,
    description: &Description,
) -> Result<Vec<f64>, String> {
    let (neurons, stream) = (description.shape.iter().product(), (description.spec.seed, number as u64));
    drive::values(&format!("{place}.tau"), TIME, &synapse.tau, neurons, stream)
}

/// Says what is wrong with a time constant, ms, that has no decay factor.
pub(super) fn wrong_tau(place: &str, tau: f64, step_time: f64) -> String {
    let (value, step) = (Number(tau), Number(step_time));
    if tau > 0.0 && tau.is_finite() {
        return format!(
            "`{place}` = {value} ms: more than all of it decays in a step of forward Euler of {step} ms\n\
             help: use a shorter `step_time`, or `discretization` = \"exact\""
        );
    }
    format!("`{place}` = {value} ms: must be above 0 and finite")
}

/// Derives an exponential synapse.
pub(super) fn exponential<S: Stored>(
    place: &str,
    (number, synapse): (usize, &Exponential),
    (step_time, stalls): (f64, bool),
    description: &Description,
    drawn: &NeuronParams,
) -> Result<Kind<S>, String> {
    let taus = taus(place, number, synapse, description)?;
    let is_own = taus.len() > 1;
    let at = |neuron: usize| if is_own { format!("{place}.tau[{neuron}]") } else { format!("{place}.tau") };
    let mut decays = memory::room(taus.len()).ok_or("too large")?;
    for (neuron, tau) in taus.iter().enumerate() {
        let factor = decay_factor(step_time, *tau, synapse.discretization)
            .ok_or_else(|| wrong_tau(&at(neuron), *tau, step_time))?;
        // Rounding to nearest lets no current decay within a band, which may be all of them.
        let moves = |stored: &S::OwnDecay| !stalls || S::stall_band(&S::unpack_decay(stored)) < S::GREATEST;
        let stored = stored_decay::<S>(factor).filter(moves).ok_or_else(|| {
            format!("`{}` = {} ms: in {} the current would never decay", at(neuron), Number(*tau), S::FORMAT)
        })?;
        decays.push(stored);
    }
    let decay = column(decays);
    if synapse.coupling == Coupling::Held {
        return Ok(Kind::Held { decay });
    }
    let of_population = description.spec.params.discretization();
    if [synapse.discretization, of_population].contains(&Discretization::Euler) {
        let of = if of_population == Discretization::Euler { "the population" } else { "the synapse" };
        return Err(format!(
            "`{place}.coupling` = \"exact\": needs `discretization` = \"exact\", but that of {of} is \"euler\"\n\
             help: use `coupling` = \"held\""
        ));
    }
    let membrane = description.model().time_constant();
    let uses = membrane.into_iter().chain([Parameter::Resistance]);
    let varies = is_own || uses.into_iter().any(|of| !drawn.values(of).is_empty());
    let neurons = if varies { description.shape.iter().product() } else { 1 };
    let mut factors = memory::room(neurons).ok_or("too large")?;
    let mut table = drawn.of(0);
    for neuron in 0..neurons {
        drawn.write_to(neuron, &mut table);
        let tau = taus[if is_own { neuron } else { 0 }];
        let resistance = table.number(Parameter::Resistance);
        let of_membrane = membrane.map_or(f64::INFINITY, |membrane| table.number(membrane));
        let value = propagator(step_time, tau, of_membrane, resistance);
        let factor = S::propagator(value)
            .ok_or_else(|| format!("`{}`: {} mV/nA does not fit {}", at(neuron), Number(value), S::FORMAT))?;
        factors.push(factor);
    }
    Ok(Kind::Exact { decay, factor: column(factors) })
}

/// Returns a column with a value for each neuron, or the one that they share.
pub(super) fn column<T: Copy>(values: Vec<T>) -> Column<T> {
    // Never empty: a population has a neuron.
    match values[..] {
        [shared] => Column { shared, own: Vec::new() },
        _ => Column { shared: values[0], own: values },
    }
}

/// Returns the order in which populations make their steps: a source before the targets of its projections without
/// delay, and otherwise that of the description.
fn order<S: Synaptic>(description: &NetworkDescription, routes: &[Route<S>]) -> Result<Vec<usize>, String> {
    let count = description.populations.len();
    let immediate: Vec<(usize, usize)> =
        routes.iter().filter(|route| route.has_no_delay()).map(|route| (route.from, route.to)).collect();
    let mut order: Vec<usize> = Vec::new();
    while order.len() < count {
        let waits = |member: usize| immediate.iter().any(|(from, to)| *to == member && !order.contains(from));
        match (0..count).find(|member| !order.contains(member) && !waits(*member)) {
            Some(member) => order.push(member),
            None => {
                // Follows the projections backwards until a population comes again.
                let mut path = vec![(0..count).find(|member| !order.contains(member)).unwrap_or(0)];
                loop {
                    let last = path[path.len() - 1];
                    let from = immediate.iter().find(|(from, to)| *to == last && !order.contains(from));
                    let Some((from, _)) = from else { break };
                    if let Some(begin) = path.iter().position(|member| member == from) {
                        path = path.split_off(begin);
                        break;
                    }
                    path.push(*from);
                }
                path.reverse();
                path.push(path[0]);
                let names: Vec<String> =
                    path.iter().map(|member| format!("`{}`", description.populations[*member].0)).collect();
                return Err(format!(
                    "`projections`: a circle without delay: {}\nhelp: give one of them a delay of at least a step",
                    names.join(" -> ")
                ));
            }
        }
    }
    Ok(order)
}

/// Makes the arrays of populations and synapses, and proves that no sum leaves its type.
fn finish<S: Stored, Q: Rounding>(
    description: &NetworkDescription,
    nodes: &mut [Node<S, Q>],
    routes: &[Route<S>],
) -> Result<(), Vec<String>> {
    let mut errors = Vec::new();
    for (member, node) in nodes.iter_mut().enumerate() {
        let name = &description.populations[member].0;
        let too_large = || vec![format!("`populations.{name}`: does not fit in memory")];
        let from = || routes.iter().filter(|route| route.from == member);
        node.most_delay = from().map(Route::most_delay).max().unwrap_or(0).min(MOST_DELAY);
        let row = node.neurons.div_ceil(WORD);
        node.history = filled(0, row * (node.most_delay + 1)).ok_or_else(too_large)?;
        let is_input = node.cells.is_none();
        node.input = filled(0, if is_input { row } else { 0 }).ok_or_else(too_large)?;
        node.any = node.input.clone();
        let greatest = from().map(|route| route.greatest).max().unwrap_or(0).max(1);
        node.most_spikes = (i32::MAX / greatest).unsigned_abs().min(INPUT_SPIKES);
        let Some(cells) = &mut node.cells else { continue };
        let neurons = node.neurons;
        let driven: Vec<Option<usize>> = cells.stimuli.iter().map(|stimulus| stimulus.synapse).collect();
        let is_target = |place: usize| routes.iter().any(|route| route.to == member && route.synapse == place);
        let mut terms = 0;
        cells.summed = driven.contains(&None);
        for (place, synapse) in cells.synapses.iter_mut().enumerate() {
            let has_state = matches!(synapse.kind, Kind::Held { .. } | Kind::Exact { .. });
            let used = has_state || is_target(place) || driven.contains(&Some(place));
            terms += usize::from(used && matches!(synapse.kind, Kind::Delta | Kind::Exact { .. }));
            cells.summed |= used && matches!(synapse.kind, Kind::Current | Kind::Held { .. });
            synapse.used = used;
            synapse.state = filled(S::ZERO_STATE, if has_state { neurons } else { 0 }).ok_or_else(too_large)?;
        }
        cells.terms = if S::EXACT { terms.min(1) } else { terms };
        cells.outside = filled(S::ZERO_STATE, neurons).ok_or_else(too_large)?;
        errors.extend(unbounded(name, cells, routes.iter().filter(|route| route.to == member)));
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// Returns an error if what synapses and stimuli bring could leave its type: see [`Bounds::check`].
fn unbounded<'a, S: Stored, Q: Rounding>(
    name: &str,
    cells: &Neurons<S, Q>,
    routes: impl Iterator<Item = &'a Route<S>> + Clone,
) -> Option<String> {
    let driven = |place: Option<usize>| -> f64 {
        cells.stimuli.iter().filter(|of| of.synapse == place).map(|of| of.source.most()).sum()
    };
    let least = |decay: &Column<S::OwnDecay>| {
        let complement = |decay: &S::OwnDecay| 1.0 - S::decay_to_f64(&S::unpack_decay(decay));
        decay.own.iter().map(complement).fold(complement(&decay.shared), f64::min)
    };
    let mut bounds = Bounds::new::<S>(driven(None));
    for (place, synapse) in cells.synapses.iter().enumerate() {
        let delivered: f64 = routes.clone().filter(|route| route.synapse == place).map(|route| route.bound).sum();
        let effect = match &synapse.kind {
            Kind::Current => Effect::Current,
            Kind::Held { decay } => Effect::Held { complement: least(decay) },
            Kind::Delta => Effect::Delta,
            Kind::Exact { decay, factor } => {
                let magnitude = |factor: &S::Scale| S::propagator_to_f64(factor).abs();
                let greatest = factor.own.iter().map(magnitude).fold(magnitude(&factor.shared), f64::max);
                Effect::Exact { complement: least(decay), factor: greatest }
            }
        };
        bounds.add(effect, delivered + driven(Some(place)));
    }
    let gain = S::gain_to_f64(&cells.population.greatest_gain()).abs();
    let (what, found, most, unit) = match bounds.check(gain) {
        Ok(()) => return None,
        Err(Unbounded::Sum { found, most }) => ("a sum", found, most, "nA or mV"),
        Err(Unbounded::Currents { found, most }) => ("currents", found, most, "nA"),
        Err(Unbounded::Jumps { found, most }) => ("jumps of the membrane", found, most, "mV"),
    };
    let (found, most) = (Number(found), Number(most));
    Some(format!(
        "`populations.{name}`: in a step, its projections and stimuli could bring {what} of {found} {unit}, but {} has \
         room for {most} {unit}\nhelp: use smaller weights",
        S::FORMAT
    ))
}
