//! Steps of a network on several threads.
//!
//! No spike arrives sooner than the shortest delay. So each thread makes as many steps of its neurons as this delay has,
//! and then the threads wait for each other.

use std::iter::repeat_n;
use std::mem::take;

use glif_core::network::{BitBlock, Draw, History, HistoryView};
use glif_core::rounding::Rounding;
use glif_core::spec::Stored;
use glif_core::spikes::WORD;
use glif_core::{DynCoefficients, RngCounter};

use super::{Delivery, Engine, Kind, Landing, Route, Stimulus, arrive, drive, gather, terms};
use crate::kernel::Kernel as _;
use crate::population::CurrentError;
use crate::sweep::{Cells, Sweep};
use crate::threads::Part;

/// Most steps of a span.
const MOST: u64 = 64;
/// Work of a thread, in steps of a neuron, that takes longer than to wake it.
const WORK: usize = 1 << 15;
/// Synaptic events that take as long as the step of a neuron.
const EVENTS: usize = 8;
/// Patches for each thread, so that one that begins late does less.
const PATCHES: usize = 4;

/// A synapse of some neurons.
struct PatchSynapse<'a, S: Stored> {
    kind: &'a Kind<S>,
    arrived: &'a mut [S::Wide],
    state: &'a mut [S],
}

impl<S: Stored> Landing<S> for PatchSynapse<'_, S> {
    fn parts(&mut self) -> (&Kind<S>, &mut [S::Wide], &mut [S]) {
        (self.kind, self.arrived, self.state)
    }
}

/// Some neurons of a population, and the memory for their steps.
struct Patch<'a, S: Stored, Q: Rounding> {
    sweep: Sweep<'a, DynCoefficients<S, Q>>,
    rounding: Q,
    stimuli: &'a [Stimulus<S>],
    cells: Cells<'a, S>,
    synapses: Vec<PatchSynapse<'a, S>>,
    sums: &'a mut [S::Wide],
    currents: &'a mut [S],
    jumps: Vec<&'a mut [S::Accumulator]>,
    jump_sums: Vec<&'a mut [S::Wide]>,
    /// The projections to the population, with their sums.
    incoming: Vec<Incoming<'a, S>>,
    /// The spikes of each step of the span.
    log: &'a mut [u32],
}

/// A projection to some neurons.
struct Incoming<'a, S: Stored> {
    route: &'a Route<S>,
    history: HistoryView<'a>,
    sources: usize,
    integers: &'a mut [i32],
    scalars: &'a mut [S::Wide],
}

impl<S: Stored, Q: Rounding> Part for &mut [Patch<'_, S, Q>] {
    fn len(&self) -> usize {
        <[_]>::len(self)
    }

    fn split(self, at: usize) -> (Self, Self) {
        self.split_at_mut(at)
    }
}

/// Takes the first `count` values, or all if there are fewer.
fn cut<'a, T>(rest: &mut &'a mut [T], count: usize) -> &'a mut [T] {
    let whole = take(rest);
    let (first, later) = whole.split_at_mut(count.min(whole.len()));
    *rest = later;
    first
}

/// Returns the number of neurons of a patch where `threads` threads make the steps of `neurons` neurons.
fn patch_size(neurons: usize, threads: usize) -> usize {
    neurons.div_ceil(threads * PATCHES).next_multiple_of(BitBlock::TARGETS)
}

impl<S: Stored, Q: Rounding> Engine<S, Q> {
    /// Returns the number of steps that threads can make without waiting for each other.
    pub(super) fn most_span(&self) -> u64 {
        let delays = self.routes.iter().flat_map(|route| route.distinct_delays());
        delays.min().map_or(MOST, |least| u64::from(*least)).clamp(1, MOST)
    }

    /// Returns the number of threads that as many steps are worth.
    pub(super) fn employed(&self, span: u64) -> usize {
        let most = self.threads.count();
        if most == 1 {
            return 1;
        }
        let neurons: usize = self.nodes.iter().filter(|node| node.cells.is_some()).map(|node| node.neurons).sum();
        let events = self.routes.iter().map(|route| {
            let (from, to) = (&self.nodes[route.from], &self.nodes[route.to]);
            let history = HistoryView::new(&from.history, from.neurons, from.most_delay, from.planes);
            let spikes = route.view(from.neurons, to.neurons).arriving(history, self.step);
            spikes.saturating_mul(route.connections(from.neurons, to.neurons) / from.neurons.max(1))
        });
        let work = (events.sum::<usize>() / EVENTS + neurons).saturating_mul(span as usize);
        most.min(work / WORK.min(self.threads.share)).max(1)
    }

    /// Makes as many steps, at most [`most_span`](Self::most_span), on as many threads.
    pub(super) fn run_span(&mut self, span: u64, threads: usize) -> Result<(), (usize, CurrentError)> {
        for (member, node) in self.nodes.iter().enumerate() {
            if let Some(cells) = &node.cells {
                cells.population.ready(cells.options).map_err(|error| (member, error))?;
            }
        }
        let order = take(&mut self.order);
        if self.routes.iter().any(Route::has_no_delay) {
            // The span is one step, in which a population may wait for another.
            order.iter().for_each(|member| self.run_members(&[*member], span, threads));
        } else {
            self.run_members(&order, span, threads);
        }
        self.order = order;
        self.step += span;
        Ok(())
    }

    /// Makes the steps of populations that do not wait for each other.
    fn run_members(&mut self, members: &[usize], span: u64, employed: usize) {
        let Self { nodes, routes, step, threads, seed, sample, .. } = self;
        let step = *step;
        let draw = Draw { seed: *seed, stimulus: 0, sample: *sample, step };
        let mut sums: Vec<_> =
            routes.iter_mut().map(|route| (take(&mut route.integers), take(&mut route.scalars))).collect();
        let mut rests: Vec<_> =
            sums.iter_mut().map(|(integers, scalars)| (&mut integers[..], &mut scalars[..])).collect();
        let neurons = members.iter().map(|member| nodes[*member].neurons).sum();
        let size = patch_size(neurons, employed);
        let mut logs: Vec<Vec<u32>> =
            nodes.iter().map(|node| vec![0; node.neurons.div_ceil(WORD) * span as usize]).collect();
        let (mut pasts, mut open) = (Vec::new(), Vec::new());
        for ((member, node), log) in nodes.iter_mut().enumerate().zip(&mut logs) {
            let history = HistoryView::new(&node.history, node.neurons, node.most_delay, node.planes);
            pasts.push((history, node.neurons));
            if let Some(cells) = node.cells.as_mut().filter(|_| members.contains(&member)) {
                open.push((member, cells, log));
            }
        }
        let mut patches = Vec::new();
        for (member, cells, log) in open {
            let rounding = cells.population.neuron().rounding();
            let (sweep, mut whole) = cells.population.open(&cells.outside, cells.options);
            let stimuli = &cells.stimuli[..];
            let mut synapses: Vec<_> =
                cells.synapses.iter_mut().map(|of| (&of.kind, &mut of.arrived[..], &mut of.state[..])).collect();
            let (mut all_sums, mut currents) = (&mut cells.sums[..], &mut cells.currents[..]);
            let mut jumps: Vec<_> = cells.jumps.iter_mut().map(|all| &mut all[..]).collect();
            let mut jump_sums: Vec<_> = cells.jump_sums.iter_mut().map(|all| &mut all[..]).collect();
            let mut log = &mut log[..];
            while !whole.membrane.is_empty() {
                let count = size.min(whole.membrane.len());
                let words = count.div_ceil(WORD);
                let (part, rest) = whole.split(words);
                whole = rest;
                let incoming = routes.iter().zip(&mut rests).filter(|(route, _)| route.to == member);
                patches.push(Patch {
                    sweep: Sweep { neuron: sweep.neuron, own: sweep.own, ..sweep },
                    rounding,
                    stimuli,
                    cells: part,
                    synapses: synapses
                        .iter_mut()
                        .map(|(kind, arrived, state)| PatchSynapse {
                            kind,
                            arrived: cut(arrived, count),
                            state: cut(state, count),
                        })
                        .collect(),
                    sums: cut(&mut all_sums, count),
                    currents: cut(&mut currents, count),
                    jumps: jumps.iter_mut().map(|all| cut(all, count)).collect(),
                    jump_sums: jump_sums.iter_mut().map(|all| cut(all, count)).collect(),
                    incoming: incoming
                        .map(|(route, (integers, scalars))| {
                            let (history, sources) = pasts[route.from];
                            let (integers, scalars) = (cut(integers, count), cut(scalars, count));
                            Incoming { route, history, sources, integers, scalars }
                        })
                        .collect(),
                    log: cut(&mut log, words * span as usize),
                });
            }
        }
        threads.deal(&mut patches[..], repeat_n((), employed), |patches, ()| {
            for patch in patches {
                (0..span).for_each(|later| patch.step(draw, later));
            }
        });
        drop(patches);
        for (route, sums) in routes.iter_mut().zip(sums) {
            (route.integers, route.scalars) = sums;
        }
        for member in members {
            let node = &mut nodes[*member];
            if node.cells.is_none() {
                for later in 0..span {
                    node.take_input();
                    node.record(step + later);
                }
                continue;
            }
            if let Some(cells) = &mut node.cells {
                cells.population.close(span);
            }
            let Some(mut history) = History::new(&mut node.history, node.neurons, node.most_delay, node.planes) else {
                continue;
            };
            for later in 0..span {
                let mut spikes = logs[*member].chunks(size / WORD * span as usize);
                for to in history.record(step + later).chunks_mut(size / WORD) {
                    let log = spikes.next().unwrap_or_default();
                    let words = to.len();
                    to.iter_mut().zip(&log[later as usize * words..]).for_each(|(to, from)| *to = *from);
                }
            }
        }
    }
}

impl<S: Stored, Q: Rounding> Patch<'_, S, Q> {
    /// Makes the step that is `later` steps after the first of the span.
    fn step(&mut self, draw: Draw, later: u64) {
        let Self { sweep, rounding, stimuli, cells, synapses, sums, currents, jumps, jump_sums, incoming, log } = self;
        let (first, targets, step) = (cells.first, cells.neurons, draw.step + later);
        drive(stimuli, Draw { step, ..draw }, first, (cells.currents, sums), synapses);
        for Incoming { route, history, sources, integers, scalars } in incoming {
            let (projection, bits) = (route.view(*sources, targets), route.bits(targets));
            let delivery = Delivery { projection, bits, history: *history, step };
            delivery.add(first, (integers, scalars));
            if let Some(synapse) = synapses.get_mut(route.synapse) {
                arrive(route, first, (integers, scalars), synapse.arrived);
            }
        }
        let at = RngCounter { step, neuron: first as u32 };
        gather::<S, Q, _, _, _>(synapses, (sums, currents), (jump_sums, jumps), *rounding, at);
        let outside = cells.currents;
        sweep.part(cells, later, if currents.is_empty() { outside } else { currents }, terms(jumps));
        let words = cells.words.len();
        log[later as usize * words..][..words].copy_from_slice(cells.words);
    }
}

#[cfg(test)]
mod tests {
    use glif_core::spec::{Discretization, NumberFormat};
    use glif_core::{LifParams, RefractoryRule};

    use crate::network::{
        Convolution, Coupling, Drive, DriveKind, Exponential, Network, NetworkDescription, NeuronValues, Quantization,
        Topology,
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
            for (round, steps) in [1, 7, 2, 10].into_iter().enumerate() {
                set_spikes(&mut one, round as u32);
                for _ in 0..steps {
                    one.step().unwrap();
                    spikes += one.fired("exc").unwrap().count();
                }
                for (other, threads) in others.iter_mut().zip(1..) {
                    set_spikes(other, round as u32);
                    other.run(steps).unwrap();
                    same(&one, other, &format!("{scalar}, {threads} threads, round {round}"));
                }
            }
            assert!(spikes > 300, "{spikes}");
        }
    }
}
