//! Steps of a network on several threads.
//!
//! Each thread makes the steps of its own patches, as far as the [schedule](Schedule) allows, and helps with those of
//! others where it would have to wait. It has its own copy of the spikes of the last steps, and sleeps if there is nothing
//! to do.

use std::ops::Range;
use std::sync::Mutex;

use glif_core::network::{BitBlock, Draw, History, Synaptic};
use glif_core::rounding::Rounding;
use glif_core::spec::Stored;
use glif_core::spikes::WORD;

use super::delivery::{Past, deliver};
use super::schedule::{Link, Schedule, Task, Turns, ahead, lock, span};
use super::tiles::{Group, Landing, Scratch, Shared};
use super::{Delivered, Engine, Kind, Node, Route, SpikeLog, SynapseState};
use crate::memory;
use crate::population::CurrentError;
use crate::threads::Part as _;

/// Work of a thread, in steps of a neuron, that takes longer than to wake it.
const WORK: usize = 1 << 15;
/// Synaptic events that take as long as the step of a neuron.
const EVENTS: usize = 8;
/// Patches for each thread, so that one that begins late does less.
const PATCHES: usize = 2;
/// Most steps after which the number of threads is chosen again.
const STEPS: u64 = 1024;

/// A synapse of some neurons.
#[derive(Debug)]
struct PatchSynapse<'a, S: Stored> {
    kind: &'a Kind<S>,
    used: bool,
    state: &'a mut [S],
}

impl<'a, S: Stored> PatchSynapse<'a, S> {
    fn whole(SynapseState { kind, used, state }: &'a mut SynapseState<S>) -> Self {
        Self { kind, used: *used, state }
    }

    /// Takes the first `count` neurons.
    fn cut(&mut self, count: usize) -> Self {
        Self { kind: self.kind, used: self.used, state: cut(&mut self.state, count) }
    }
}

/// What a projection delivers to some neurons.
type PatchDelivered<'a, S> = Delivered<&'a mut [i32], &'a mut [<S as Synaptic>::Wide]>;

impl<'a, W> Delivered<&'a mut [i32], &'a mut [W]> {
    fn whole(Delivered { integers, scalars }: &'a mut Delivered<Vec<i32>, Vec<W>>) -> Self {
        Self { integers, scalars }
    }

    /// Takes the first `count` targets.
    fn cut(&mut self, count: usize) -> Self {
        Self { integers: cut(&mut self.integers, count), scalars: cut(&mut self.scalars, count) }
    }
}

impl<S: Stored> Landing<S> for PatchSynapse<'_, S> {
    fn part(&mut self, range: Range<usize>) -> Option<(&Kind<S>, &mut [S])> {
        self.used.then(|| (self.kind, self.state.get_mut(range).unwrap_or_default()))
    }
}

/// Some neurons of a population, and what arrives at them.
struct Patch<'a, S: Stored, Q: Rounding> {
    member: usize,
    /// Number of neurons of the population.
    targets: usize,
    shared: Shared<'a, S, Q>,
    group: Group<'a, S, Vec<PatchSynapse<'a, S>>>,
    /// Of every projection; empty if it is one to another population.
    delivered: Vec<PatchDelivered<'a, S>>,
}

impl<S: Stored, Q: Rounding> Patch<'_, S, Q> {
    /// Makes a step, counted from the beginning of the run.
    fn step<'p>(
        &mut self,
        (first, later): (u64, u64),
        routes: &[Route<S>],
        past: impl Fn(usize) -> Past<'p>,
        scratch: &mut Scratch<S>,
    ) {
        let Self { member, targets, shared, group, delivered } = self;
        for (route, delivered) in routes.iter().zip(&mut *delivered).filter(|(route, _)| route.to == *member) {
            deliver(route, &past(route.from), *targets, group.cells.first, first + later, delivered);
        }
        shared.advance(group, later, *member, (routes, delivered), scratch);
    }
}

/// Takes the first `count` values, or all if there are fewer.
fn cut<'a, T>(rest: &mut &'a mut [T], count: usize) -> &'a mut [T] {
    let whole = std::mem::take(rest);
    let (first, later) = whole.split_at_mut(count.min(whole.len()));
    *rest = later;
    first
}

/// Returns the number of neurons of a patch where `threads` threads make the steps of `neurons` neurons.
fn patch_size(neurons: usize, threads: usize) -> usize {
    neurons.div_ceil(threads * PATCHES).next_multiple_of(BitBlock::TARGETS)
}

/// Divides patches with as many neurons among threads.
fn homes(sizes: &[usize], threads: usize) -> Vec<Range<usize>> {
    let all: usize = sizes.iter().sum();
    let (mut ends, mut before) = (vec![0; threads], 0);
    for (patch, size) in sizes.iter().enumerate() {
        // That in whose share the middle of the patch is.
        ends[((2 * before + size) * threads / (2 * all).max(1)).min(threads - 1)] = patch + 1;
        before += size;
    }
    let mut start = 0;
    let home = |end: usize| {
        let home = start..end.max(start);
        start = home.end;
        home
    };
    ends.into_iter().map(home).collect()
}

/// The spikes of some neurons in the last steps.
#[derive(Debug)]
struct Record {
    words: Vec<u32>,
    neurons: usize,
    /// Number of steps, less one.
    most_delay: usize,
    planes: usize,
}

impl Record {
    fn new(neurons: usize, most_delay: usize, planes: usize) -> Self {
        let words = History::words(neurons, most_delay, planes).unwrap_or(0);
        Self { words: vec![0; words], neurons, most_delay, planes }
    }

    /// Returns what was recorded.
    fn past(&self) -> Past<'_> {
        let Self { words, neurons, most_delay, planes } = self;
        Past::new(words, *neurons, *most_delay, *planes)
    }

    /// Sets the spikes of a step, from a word on.
    fn set(&mut self, step: u64, word: usize, spikes: &[u32]) {
        let Self { words, neurons, most_delay, planes } = self;
        set(words, (*neurons, *most_delay, *planes), (step, word), spikes);
    }
}

/// Sets the spikes of a step, from a word on, in a history.
fn set(
    words: &mut [u32],
    (neurons, most_delay, planes): (usize, usize, usize),
    (step, word): (u64, usize),
    spikes: &[u32],
) {
    let Some(mut history) = History::new(words, neurons, most_delay, planes) else { return };
    if let Some(words) = history.record(step).get_mut(word..).and_then(|rest| rest.get_mut(..spikes.len())) {
        words.copy_from_slice(spikes);
    }
}

/// Where a patch is, and the spikes that it has fired.
struct Log {
    member: usize,
    /// Its first spike word among those of the population.
    word: usize,
    fired: Mutex<Record>,
}

/// A run, as all threads see it.
struct Run<'a, S: Stored, Q: Rounding> {
    turns: Turns,
    patches: Vec<Mutex<Patch<'a, S, Q>>>,
    logs: Vec<Log>,
    routes: &'a [Route<S>],
    /// The spikes before the run, of each population.
    pasts: Vec<Past<'a>>,
    /// The spikes from outside in the first step; empty for neurons.
    inputs: Vec<&'a [u32]>,
    /// Number of steps before the run.
    first: u64,
    /// Number of steps of a record, less one, beyond the longest delay; `None` if no spike of the run arrives in it.
    ahead: Option<usize>,
    scratch: &'a Scratch<S>,
}

/// What a thread has for itself.
struct Desk<S: Stored> {
    /// The patches whose steps it makes first.
    home: Range<usize>,
    /// The spikes of each population; empty if it needs only those before the run.
    records: Vec<Record>,
    /// Number of steps of each patch in the records.
    copied: Vec<u64>,
    /// Number of steps of each patch that are made.
    known: Vec<u64>,
    /// Number of steps of the inputs in the records.
    inputs: u64,
    scratch: Scratch<S>,
}

impl<S: Stored, Q: Rounding> Run<'_, S, Q> {
    /// Makes steps until there are no more.
    fn work(&self, home: Range<usize>) {
        let _alarm = self.turns.alarm();
        let mut desk = self.desk(home);
        let mut made = None;
        while let Some(task) = self.turns.next(made, &desk.home, &mut desk.known) {
            self.catch_up(&task, &mut desk);
            self.make(&task, &mut desk);
            made = Some(task);
        }
    }

    fn desk(&self, home: Range<usize>) -> Desk<S> {
        let mut records = Vec::new();
        if let Some(ahead) = self.ahead {
            for past in &self.pasts {
                let mut record = Record::new(past.neurons, past.most_delay + ahead, past.planes);
                for step in self.first.saturating_sub(past.most_delay as u64 + 1)..self.first {
                    record.set(step, 0, past.history.recorded(step));
                }
                records.push(record);
            }
        }
        let none = vec![0; self.patches.len()];
        Desk { home, records, copied: none.clone(), known: none, inputs: 0, scratch: self.scratch.clone() }
    }

    /// Copies the spikes of the steps that other threads have made, and sets those of inputs.
    fn catch_up(&self, task: &Task, desk: &mut Desk<S>) {
        let Desk { records, copied, known, inputs, .. } = desk;
        if records.is_empty() {
            return;
        }
        for ((log, copied), known) in self.logs.iter().zip(copied).zip(known) {
            if known == copied {
                continue;
            }
            let record = &mut records[log.member];
            let fired = lock(&log.fired);
            for later in (*copied).max(known.saturating_sub(record.most_delay as u64 + 1))..*known {
                record.set(self.first + later, log.word, fired.past().history.recorded(self.first + later));
            }
            *copied = *known;
        }
        while *inputs < task.steps.end {
            for (spikes, record) in self.inputs.iter().zip(&mut *records).filter(|(spikes, _)| !spikes.is_empty()) {
                match *inputs {
                    0 => record.set(self.first, 0, spikes),
                    later => record.set(self.first + later, 0, &vec![0; spikes.len()]),
                }
            }
            *inputs += 1;
        }
    }

    /// Makes the steps of a task.
    fn make(&self, task: &Task, desk: &mut Desk<S>) {
        let Desk { records, scratch, .. } = desk;
        let past = |member: usize| records.get(member).map_or(self.pasts[member], Record::past);
        let mut patch = lock(&self.patches[task.patch]);
        for later in task.steps.clone() {
            patch.step((self.first, later), self.routes, past, scratch);
            lock(&self.logs[task.patch].fired).set(self.first + later, 0, patch.group.cells.words);
        }
    }
}

impl<S: Stored, Q: Rounding> Engine<S, Q> {
    /// Returns the shortest delays.
    fn links(&self) -> Vec<Link> {
        let link = |route: &Route<S>| {
            let delay = route.distinct_delays().iter().copied().min()?.into();
            Some(Link { from: route.from, to: route.to, delay })
        };
        self.routes.iter().filter_map(link).collect()
    }

    /// Returns the number of neurons, without those of inputs.
    fn cells(&self) -> usize {
        self.nodes.iter().filter(|node| node.cells.is_some()).map(|node| node.neurons).sum()
    }

    /// Returns the number of threads that `steps` steps are worth.
    pub(super) fn employed(&self, steps: u64) -> usize {
        let most = self.threads.count();
        if most == 1 {
            return 1;
        }
        let events = self.routes.iter().map(|route| {
            let (from, to) = (&self.nodes[route.from], &self.nodes[route.to]);
            route.events(&from.past(), to.neurons, self.step)
        });
        // Threads wait for each other at least as often as spikes arrive.
        let apart = steps.min(span(&self.links()));
        let work = (events.sum::<usize>() / EVENTS + self.cells()).saturating_mul(apart as usize);
        most.min(work / WORK.min(self.threads.share)).max(1)
    }

    /// Makes at most `left` steps on as many threads, and adds their spikes to a log. Returns how many it made; `None` if
    /// the spikes do not fit in memory once for each thread.
    pub(super) fn run_shared(
        &mut self,
        left: u64,
        threads: usize,
        spikes: Option<&mut SpikeLog>,
    ) -> Result<Option<u64>, (usize, CurrentError)> {
        for (member, node) in self.nodes.iter().enumerate() {
            if let Some(cells) = &node.cells {
                cells.population.ready(cells.options).map_err(|error| (member, error))?;
            }
        }
        let (links, steps) = (self.links(), left.min(STEPS));
        let apart = steps <= span(&links) && links.iter().all(|link| link.delay > 0);
        let ahead = (!apart).then(|| ahead(&links) as usize);
        let size = patch_size(self.cells(), threads);
        let Self { nodes, routes, sums, scratch, step, seed, sample, threads: pool, .. } = self;
        let draw = Draw { seed: *seed, stimulus: 0, sample: *sample, step: *step };
        // All steps that are asked for, and those that other threads still need.
        let asked = if spikes.is_some() || apart { steps as usize } else { 1 };
        let depth = |most_delay: usize| ahead.map_or(1, |ahead| most_delay + ahead + 1).max(asked);
        // Records of each thread, and the logs of all.
        let words = |node: &Node<S, Q>| {
            let depth = depth(node.most_delay);
            let copies = if apart { 1 } else { threads + 1 };
            (node.neurons.div_ceil(WORD) * node.planes * size_of::<u32>()) as u128 * (depth * copies) as u128
        };
        if !memory::fits(nodes.iter().map(words).sum()) {
            return Ok(None);
        }

        let (mut patches, mut logs, mut pasts, mut inputs) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut rests: Vec<_> = sums.iter_mut().map(Delivered::whole).collect();
        for (member, node) in nodes.iter_mut().enumerate() {
            if node.cells.is_none() {
                node.take_input();
            }
            let Node { neurons, most_delay, history, planes, input, cells, .. } = node;
            pasts.push(Past::new(history, *neurons, *most_delay, *planes));
            inputs.push(&input[..]);
            let Some(cells) = cells else { continue };
            let depth = depth(*most_delay);
            let (shared, Group { cells: mut whole, synapses }) = cells.open(draw);
            let mut states: Vec<_> = synapses.iter_mut().map(PatchSynapse::whole).collect();
            while !whole.membrane.is_empty() {
                let count = size.min(whole.membrane.len());
                let word = whole.first / WORD;
                let (part, rest) = whole.split(count.div_ceil(WORD));
                whole = rest;
                let synapses = states.iter_mut().map(|rest| rest.cut(count)).collect();
                let incoming = routes.iter().zip(&mut rests);
                let delivered =
                    incoming.map(|(route, rest)| rest.cut(if route.to == member { count } else { 0 })).collect();
                let group = Group { cells: part, synapses };
                patches.push(Mutex::new(Patch { member, targets: *neurons, shared, group, delivered }));
                logs.push(Log { member, word, fired: Mutex::new(Record::new(count, depth - 1, 1)) });
            }
        }
        let sizes: Vec<usize> = logs.iter().map(|log: &Log| lock(&log.fired).neurons).collect();
        let schedule = Schedule::new(links, logs.iter().map(|log| log.member), pasts.len(), steps);
        let (turns, first) = (Turns::new(schedule), *step);
        let run = Run { turns, patches, logs, routes, pasts, inputs, first, ahead, scratch };
        pool.together(homes(&sizes, threads).into_iter(), |home| run.work(home));

        let logs = run.logs;
        if let Some(spikes) = spikes {
            log_spikes(spikes, nodes, &logs, first..first + steps);
        }
        for Log { member, word, fired } in logs {
            let (fired, Node { history, neurons, most_delay, planes, .. }) = (lock(&fired), &mut nodes[member]);
            for step in (first + steps).saturating_sub(*most_delay as u64 + 1).max(first)..first + steps {
                set(history, (*neurons, *most_delay, *planes), (step, word), fired.past().history.recorded(step));
            }
        }
        for node in nodes.iter_mut() {
            if let Some(cells) = &mut node.cells {
                cells.population.close(steps);
                continue;
            }
            for later in 0..steps {
                if later > 0 {
                    node.take_input();
                }
                node.record(first + later);
            }
        }
        *step += steps;
        Ok(Some(steps))
    }
}

/// Adds the spikes of the steps of a run to a log.
fn log_spikes<S: Stored, Q: Rounding>(spikes: &mut SpikeLog, nodes: &[Node<S, Q>], logs: &[Log], steps: Range<u64>) {
    for (member, node) in nodes.iter().enumerate() {
        let row = node.neurons.div_ceil(WORD);
        let rows = spikes.add(member, (steps.end - steps.start) as usize).chunks_exact_mut(row);
        for (step, to) in steps.clone().zip(rows) {
            if node.cells.is_none() && step == steps.start {
                to.copy_from_slice(&node.any); // of later steps there are none
            }
            for log in logs.iter().filter(|log| log.member == member) {
                let fired = lock(&log.fired);
                let fired = fired.past().history.recorded(step);
                to[log.word..][..fired.len()].copy_from_slice(fired);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use glif_core::spec::{Discretization, NumberFormat};
    use glif_core::{LifParams, RefractoryRule};

    use crate::network::{
        Convolution, Coupling, Drive, DriveKind, Exponential, Network, NetworkDescription, NeuronValues, Quantization,
        Step, Topology,
    };
    use crate::record::{Recordable as _, Variable};
    use crate::{Description, Spec};

    /// Neurons of the input and of two populations, which have several patches.
    const SIZES: [(&str, usize); 3] = [("input", 70), ("exc", 1300), ("inh", 600)];

    /// A network with every kind of synapse, stimulus and weight.
    fn network(scalar: NumberFormat, listed: bool, immediate: bool) -> Network {
        let params = LifParams {
            step_time: 0.5,
            rest_v: -65.0,
            reset_v: -65.0,
            thresh_v: -50.0,
            refrac_t: 2.0,
            time_constant: 10.0,
            resistance: 4.0,
        };
        let spec = Spec { refractory: RefractoryRule::Nest, ..Spec::new(params) };
        let mut description = NetworkDescription::new(0.5);
        description.scalar = scalar;
        description.add_input("input", &[70]).unwrap();
        for (name, neurons) in &SIZES[1..] {
            let shape: &[usize] = if *name == "inh" { &[2, 300] } else { &[1300] };
            assert_eq!(shape.iter().product::<usize>(), *neurons);
            description.add(*name, Description::new(spec.clone(), shape)).unwrap();
            let synapse = |coupling| Exponential {
                tau: NeuronValues::Shared(3.0),
                coupling,
                normalized: false,
                discretization: Discretization::Exact,
            };
            description.add_synapse(*name, "fast", synapse(Coupling::Exact)).unwrap();
            description.add_synapse(*name, "slow", synapse(Coupling::Held)).unwrap();
            let (rate, weight) = (NeuronValues::Shared(2000.0), NeuronValues::Shared(2.0));
            let kind = DriveKind::Poisson { rate, weight };
            description.add_drive(*name, Drive { kind, synapse: Some("delta".to_owned()) }).unwrap();
            let kind = DriveKind::Noise { mean: NeuronValues::Shared(0.5), deviation: NeuronValues::Shared(1.0) };
            description.add_drive(*name, Drive { kind, synapse: None }).unwrap();
        }
        let count = |name: &str| SIZES.iter().find(|(other, _)| *other == name).unwrap().1;
        let mut seed = 0;
        let mut connect = |from: &str, to: &str, synapse: &str, kind: u32| {
            seed += 1;
            let (sources, targets) = (count(from), count(to));
            let rule = Topology::Probability { probability: 0.1, seed };
            let (mut indptr, mut indices) = (vec![0], Vec::new());
            for target in 0..targets {
                indices.extend(rule.sources_of(target, (sources, targets)).unwrap());
                indptr.push(indices.len() as u32);
            }
            let connections = indices.len();
            let varied = |i: usize| (i * 37 % 19) as i16 - 6;
            let projection = description.connect(from, to).synapse(synapse).delay(1.5);
            match kind {
                0 if listed => projection.sparse(indptr, indices, vec![1_i8; connections]).scale(0.25),
                0 => projection.with_probability(0.25, 0.1, seed),
                1 => projection
                    .sparse(indptr, indices, (0..connections).map(varied).collect::<Vec<_>>())
                    .scale(0.01)
                    .delays((0..connections).map(|i| [1.5, 2.0, 4.0][i % 3]).collect()),
                2 => {
                    let weights: Vec<f32> = (0..connections).map(|i| f32::from(varied(i)) * 0.013).collect();
                    projection.sparse(indptr, indices, weights)
                }
                4 => {
                    // 5 channels of 260 from 2 of 300.
                    let kernel: Vec<f32> = (0..5 * 2 * 41).map(|i| f32::from(varied(i)) * 0.013).collect();
                    match listed {
                        false => projection.convolution(kernel, [5, 2, 1, 41], Convolution::default()),
                        true => {
                            let (mut indptr, mut indices, mut weights) = (vec![0], Vec::new(), Vec::new());
                            for target in 0..targets {
                                for (channel, at) in (0..2).flat_map(|channel| (0..41).map(move |at| (channel, at))) {
                                    indices.push((channel * 300 + target % 260 + at) as u32);
                                    weights.push(kernel[(target / 260 * 2 + channel) * 41 + at]);
                                }
                                indptr.push(indices.len() as u32);
                            }
                            projection.sparse(indptr, indices, weights)
                        }
                    }
                }
                _ => {
                    let weights: Vec<f64> = (0..connections).map(|i| f64::from(varied(i)) * 0.01).collect();
                    let quantized = Quantization { bits: 8, per_target: true };
                    projection.sparse(indptr, indices, weights).quantized(quantized)
                }
            };
            if immediate && from == "input" {
                projection.delay(0.0);
            }
        };
        connect("input", "exc", "delta", 0);
        connect("input", "inh", "slow", 3);
        connect("exc", "exc", "delta", 0);
        connect("exc", "exc", "fast", 2);
        connect("exc", "inh", "delta", 1);
        connect("inh", "exc", "current", 3);
        connect("inh", "inh", "slow", 0);
        connect("inh", "exc", "slow", 4);
        description.build().unwrap()
    }

    /// Sets spikes of the input, several of some neurons.
    fn set_spikes(network: &mut Network, round: u32) {
        let spikes: Vec<u32> = (0..70).map(|i| (i * 7 + round) % 5 / 3 * ((i + round) % 4)).collect();
        network.set_spikes("input", &spikes).unwrap();
    }

    fn same(a: &Network, b: &Network, told: &str) {
        for (name, _) in &SIZES {
            assert!(a.fired(name).unwrap().iter().eq(b.fired(name).unwrap().iter()), "{told}: {name}");
        }
        for (name, _) in &SIZES[1..] {
            let voltages = [a, b].map(|network| {
                let member = network.member(name).unwrap();
                let mut samples = member.samples();
                member.sample_of(Variable::Voltage, None, &mut samples);
                samples
            });
            assert_eq!(voltages[0], voltages[1], "{told}: {name}");
            for synapse in ["fast", "slow"] {
                assert_eq!(a.synapse(name, synapse).unwrap(), b.synapse(name, synapse).unwrap(), "{told}: {name}");
            }
        }
    }

    /// The bits are the same for any number of threads, for connections as bits and as lists, and for steps apart and
    /// together.
    #[test]
    fn threads_and_storage_do_not_change_a_bit() {
        for (scalar, immediate) in [(NumberFormat::F32, false), (NumberFormat::I16F16, true)] {
            let mut one = network(scalar, true, immediate);
            let mut others: Vec<Network> = (1..=4)
                .map(|threads| {
                    let mut other = network(scalar, false, immediate);
                    other.inner.set_share(1);
                    other.set_threads(threads).unwrap();
                    other
                })
                .collect();
            let mut spikes = 0;
            for (round, steps) in [1, 7, 2, 10, 30, 20].into_iter().enumerate() {
                set_spikes(&mut one, round as u32);
                let mut fired = Vec::new();
                for _ in 0..steps {
                    one.step().unwrap();
                    spikes += one.fired("exc").unwrap().count();
                    fired.push(SIZES.map(|(name, _)| one.fired(name).unwrap().iter().collect::<Vec<_>>()));
                }
                for (other, threads) in others.iter_mut().zip(1..) {
                    set_spikes(other, round as u32);
                    let mut visited = fired.iter();
                    let visit = |step: &Step<'_>| {
                        let fired = SIZES.map(|(name, _)| step.fired(name).unwrap().iter().collect::<Vec<_>>());
                        assert_eq!(Some(&fired), visited.next(), "{scalar}, {threads} threads, round {round}");
                        Ok(())
                    };
                    match round % 2 {
                        0 => other.run(steps).unwrap(),
                        _ => other.run_with(steps, visit).unwrap(),
                    }
                    assert_eq!(visited.count(), if round % 2 == 0 { steps as usize } else { 0 });
                    same(&one, other, &format!("{scalar}, {threads} threads, round {round}"));
                }
            }
            assert!(spikes > 300, "{spikes}");
        }
    }
}
