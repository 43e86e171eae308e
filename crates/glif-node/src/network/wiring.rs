//! The inputs of a population of a network in one scalar, and its step.

use core::marker::PhantomData;

use bytemuck::{Zeroable, cast_slice_mut};
use glif_core::levels::Levels;
use glif_core::network::synapse::Exponential;
use glif_core::network::{Arrival, Discretization, Draw, History, Source, Stimulus, Sums, Synapse, Wiring, gather};
use glif_core::network::{Effect, decay_factor, propagator, stored_decay};
use glif_core::own::OwnWords;
use glif_core::params::MOST_COMPONENTS;
use glif_core::rounding::Rounding;
use glif_core::state::components_mut;
use glif_core::{Jumps, MOST_JUMPS, PopulationStateMut, RngCounter};
use glif_link::network::SynapseKind;

use super::Body;
use super::records::{DriveRecord, ProjectionRecord, SynapseRecord, Table, column, typed, typed_mut};
use crate::kernel::{Kernel, Plain};

/// A step of a population of a network.
pub(crate) struct Advance<'a> {
    /// All words of the network.
    pub(crate) words: &'a mut [u32],
    /// The first word of what a step makes anew.
    pub(crate) base: usize,
    pub(crate) body: &'a Body,
    /// Number of the population.
    pub(crate) number: usize,
    pub(crate) projections: Table,
    pub(crate) draw: Draw,
}

/// A number that is derived from a row, and stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coefficient {
    /// Decay factor, from a time constant, ms.
    Decay(Discretization),
    /// Propagator, from the time constants of synapse and membrane, ms, and the resistance, MΩ.
    Propagator,
    /// The number itself.
    Scalar,
    /// Scale of weights.
    Scale,
}

/// Returns the bytes of a stored coefficient.
pub(crate) fn size<S: Plain>(of: Coefficient) -> usize {
    match of {
        Coefficient::Decay(_) => size_of::<S::OwnDecay>(),
        Coefficient::Scalar => size_of::<S>(),
        Coefficient::Propagator | Coefficient::Scale => size_of::<S::Scale>(),
    }
}

/// Derives a coefficient from a row and stores it as number `row` of those from word `begin` on; `None` if it cannot be
/// stored.
#[inline(never)] // as it is no part of a step
pub(crate) fn store<S: Plain>(
    of: Coefficient,
    (step_time, stalls): (f64, bool),
    numbers: &[f64; 3],
    words: &mut [u32],
    (begin, row): (usize, usize),
) -> Option<()> {
    let [first, membrane, resistance] = *numbers;
    match of {
        Coefficient::Decay(discretization) => {
            let decay = stored_decay::<S>(decay_factor(step_time, first, discretization)?)?;
            // Rounding to nearest lets no current decay within a band, which may be all of them.
            if stalls && S::stall_band(&S::unpack_decay(&decay)) >= S::GREATEST {
                return None;
            }
            *typed_mut(words, begin, row + 1).get_mut(row)? = decay;
        }
        Coefficient::Propagator => {
            let membrane = if membrane == 0.0 { f64::INFINITY } else { membrane };
            let value = propagator(step_time, first, membrane, resistance);
            *typed_mut(words, begin, row + 1).get_mut(row)? = S::propagator(value)?;
        }
        Coefficient::Scalar => {
            if first.abs() > S::GREATEST {
                return None;
            }
            *typed_mut(words, begin, row + 1).get_mut(row)? = S::nearest(first);
        }
        Coefficient::Scale => *typed_mut(words, begin, row + 1).get_mut(row)? = S::weight_scale(first)?,
    }
    Some(())
}

/// Returns the greatest magnitude of `rows` stored coefficients from word `begin` on. Of a decay factor it is that of the
/// factor, which is the least decay.
#[inline(never)] // as it is no part of a step
pub(crate) fn greatest<S: Plain>(of: Coefficient, words: &[u32], (begin, rows): (usize, usize)) -> f64 {
    let mut most = 0.0_f64;
    for row in 0..rows {
        let value = match of {
            Coefficient::Decay(_) => typed::<S::OwnDecay>(words, begin, rows)
                .get(row)
                .map_or(0.0, |decay| S::decay_to_f64(&S::unpack_decay(decay))),
            Coefficient::Propagator => {
                typed(words, begin, rows).get(row).map_or(0.0, |factor| S::propagator_to_f64(factor))
            }
            Coefficient::Scale => typed(words, begin, rows).get(row).map_or(0.0, |scale| S::weight_scale_to_f64(scale)),
            Coefficient::Scalar => typed::<S>(words, begin, rows).get(row).map_or(0.0, |value| value.to_f64()),
        };
        most = most.max(value.abs());
    }
    most
}

/// Returns whether what arrives at a population in a step stays within the number format. `gain` is its greatest
/// resistance, MΩ.
#[inline(never)] // as it is no part of a step
pub(crate) fn fits(kernel: &dyn Kernel, body: &Body, number: usize, projections: Table, words: &[u32]) -> bool {
    let greatest = |of: Coefficient, begin: u32, rows: u32| kernel.greatest(of, words, (begin as usize, rows as usize));
    let driven = |place: usize| {
        let drives = body.drives.all::<DriveRecord>(words).iter().filter(|drive| drive.synapse as usize == place);
        let mut sum = 0.0;
        for DriveRecord { kind, rows, values: [first, second], extra: [_, count], .. } in drives {
            sum += match kind {
                2.. => f64::from(*count) * greatest(Coefficient::Scale, *first, *rows),
                // There is no second value without a change.
                _ => greatest(Coefficient::Scalar, *first, *rows).max(greatest(
                    Coefficient::Scalar,
                    *second,
                    if *kind == 1 { *rows } else { 0 },
                )),
            };
        }
        sum
    };
    let (mut bounds, gain) = kernel.bounds(body.own(words));
    bounds.add(Effect::Current, driven(0));
    for (place, synapse) in body.synapses.all::<SynapseRecord>(words).iter().enumerate() {
        let mut arriving = driven(place + 1);
        for record in projections.all::<ProjectionRecord>(words) {
            let [_, to, of] = record.ends();
            if to == number && of == place {
                let unit = match record.scales {
                    0 => 1.0,
                    rows => greatest(Coefficient::Scale, record.scale, rows),
                };
                arriving += f64::from(f32::from_bits(record.bound)) * unit;
            }
        }
        let complement = 1.0 - greatest(Coefficient::Decay(Discretization::Exact), synapse.decay, synapse.rows);
        let effect = match synapse.kind() {
            SynapseKind::Current => Effect::Current,
            SynapseKind::Delta => Effect::Delta,
            SynapseKind::Held { .. } => Effect::Held { complement },
            SynapseKind::Exact => {
                let factor = greatest(Coefficient::Propagator, synapse.factor, synapse.rows);
                Effect::Exact { complement, factor }
            }
        };
        bounds.add(effect, arriving);
    }
    bounds.check(gain).is_ok()
}

/// The inputs of a population.
struct Wired<'a, S, Q> {
    /// Arrays that a step reads.
    front: &'a [u32],
    /// Arrays that it makes anew.
    back: &'a mut [u32],
    body: &'a Body,
    number: usize,
    projections: Table,
    rounding: Q,
    scalar: PhantomData<S>,
}

impl<S: Plain, Q: Rounding> Wiring<S, Q> for Wired<'_, S, Q> {
    fn outside(&self) -> &[S] {
        typed(self.front, self.body.outside, self.body.neurons)
    }

    fn each_stimulus(&self, synapse: Option<usize>, mut each: impl FnMut(Stimulus<'_, S>)) {
        let place = synapse.map_or(0, |synapse| synapse + 1);
        let drives = self.body.drives.all::<DriveRecord>(self.front);
        for drive in drives.iter().filter(|drive| drive.synapse as usize == place) {
            let rows = drive.rows as usize;
            let [first, second] = drive.values.map(|begin| begin as usize);
            let [begin, count] = drive.extra;
            let source = match drive.kind {
                0 => column(self.front, first, rows).map(|value| Source::Constant { value }),
                1 => {
                    let values = column(self.front, first, rows).zip(column(self.front, second, rows));
                    let onset = u64::from(count) << 32 | u64::from(begin);
                    values.map(|(before, after)| Source::Step { before, after, onset })
                }
                _ => column(self.front, first, rows).map(|weight| Source::Poisson {
                    thresholds: typed(self.front, begin as usize, count as usize),
                    weight,
                }),
            };
            if let Some(source) = source {
                each(Stimulus { source, synapse, number: drive.number as u16 });
            }
        }
    }

    fn each_arrival(&mut self, synapse: usize, mut each: impl FnMut(Arrival<'_, S>)) {
        for projection in self.projections.all::<ProjectionRecord>(self.front) {
            let [_, to, of] = projection.ends();
            if to != self.number || of != synapse {
                continue;
            }
            let begin = (projection.sums as usize).wrapping_sub(self.front.len());
            let count = projection.sum_count as usize;
            let scale = column(self.front, projection.scale as usize, projection.scales as usize);
            let arrival = if !S::EXACT && projection.has_scalars() {
                let sums = Sums::Scalars(typed_mut(self.back, begin, count));
                let none = glif_core::own::Values { shared: S::Scale::zeroed(), own: &[] };
                Arrival { synapse, sums, scale: scale.unwrap_or(none), factor: scale }
            } else {
                let Some(scale) = scale else { continue };
                Arrival { synapse, sums: Sums::Integers(typed_mut(self.back, begin, count)), scale, factor: None }
            };
            each(arrival);
        }
    }

    fn synapses(&self) -> usize {
        self.body.synapses.count
    }

    fn synapse(&mut self, number: usize) -> Option<Synapse<'_, S, Q>> {
        let record = self.body.synapses.all::<SynapseRecord>(self.front).get(number)?;
        let kind = record.kind();
        match kind {
            SynapseKind::Current => return Some(Synapse::Current),
            SynapseKind::Delta => return Some(Synapse::Delta),
            SynapseKind::Held { .. } | SynapseKind::Exact => {}
        }
        let (neurons, rows) = (self.body.neurons, record.rows as usize);
        let states = self.body.states.wrapping_sub(self.front.len());
        let states = typed_mut(self.back, states, neurons * self.body.exponentials);
        let first = record.state as usize * neurons;
        let state = states.get_mut(first..)?.get_mut(..neurons)?;
        let decay = column(self.front, record.decay as usize, rows)?;
        let exponential = Exponential { decay, rounding: self.rounding, number: record.number };
        Some(if matches!(kind, SynapseKind::Held { .. }) {
            Synapse::Held { exponential, state }
        } else {
            Synapse::Exact { exponential, factor: column(self.front, record.factor as usize, rows)?, state }
        })
    }

    fn currents(&mut self) -> &mut [S] {
        let count = if self.body.has_currents { self.body.neurons } else { 0 };
        typed_mut(self.back, self.body.currents.wrapping_sub(self.front.len()), count)
    }

    fn jump(&mut self, term: usize) -> &mut [S::Accumulator] {
        let neurons = self.body.neurons;
        let jumps = typed_mut(self.back, self.body.jumps.wrapping_sub(self.front.len()), neurons * self.body.terms);
        jumps.get_mut(term * neurons..).unwrap_or_default().get_mut(..neurons).unwrap_or_default()
    }
}

/// Makes the step of a population: its inputs, and then its neurons.
#[inline(never)] // as each rounding that is chosen in line would have a copy
pub(crate) fn advance<S: Plain, Q: Rounding>(neuron: &Levels<S, Q>, advance: Advance<'_>) {
    let Advance { words, base, body, number, projections, draw } = advance;
    let at = RngCounter { step: draw.step, neuron: 0 };
    let Some((front, back)) = words.split_at_mut_checked(base) else { return };
    if body.gathers() {
        let rounding = neuron.base.rounding;
        bring::<S, Q>(Wired { front, back, body, number, projections, rounding, scalar: PhantomData }, at, draw);
    }
    run(neuron, (front, back), body, at);
}

/// Turns what arrives into the currents and jumps of a step.
#[inline(never)] // so that its frame is released before the step runs
fn bring<S: Plain, Q: Rounding>(mut wired: Wired<'_, S, Q>, at: RngCounter, draw: Draw) {
    let neurons = wired.body.neurons;
    gather::<S, Q, _>(&mut wired, neurons, at, draw);
}

/// The words of each array of a population.
struct Arrays<'a> {
    voltage: &'a mut [u32],
    refractory: &'a mut [u32],
    adaptation: &'a mut [u32],
    own: &'a [u32],
    outside: &'a [u32],
    history: &'a mut [u32],
}

/// Divides the words of a network; each array is the words up to the beginning of the next.
#[inline(never)] // so that all number formats have one copy
fn arrays<'a>(words: &'a mut [u32], body: &Body) -> Arrays<'a> {
    let (mut at, mut rest) = (body.begin, words.get_mut(body.begin..).unwrap_or_default());
    let mut up_to = |end: usize| {
        let count = end.saturating_sub(at);
        at = end;
        let (head, tail) = core::mem::take(&mut rest).split_at_mut_checked(count).unwrap_or_default();
        rest = tail;
        head
    };
    Arrays {
        voltage: up_to(body.refractory),
        refractory: up_to(body.adaptation),
        adaptation: up_to(body.own_begin),
        own: up_to(body.outside),
        outside: up_to(body.history),
        history: up_to(body.end),
    }
}

/// Makes the step of the neurons with what [`bring`] has made.
#[inline(never)] // as `bring`
fn run<S: Plain, Q: Rounding>(neuron: &Levels<S, Q>, (front, back): (&mut [u32], &[u32]), body: &Body, at: RngCounter) {
    let (base, neurons) = (front.len(), body.neurons);
    let Arrays { voltage, refractory, adaptation, own, outside, history } = arrays(front, body);
    let membrane: &mut [S] = typed_mut(voltage, 0, neurons);
    let refractory = cast_slice_mut(refractory).get_mut(..neurons).unwrap_or_default();
    let adaptation = match body.components {
        0 => Default::default(),
        components => components_mut::<S, MOST_COMPONENTS>(typed_mut(adaptation, 0, neurons * components), neurons),
    };
    let state = PopulationStateMut { membrane, refractory, adaptation };
    let currents: &[S] = match body.has_currents {
        true => typed(back, body.currents.wrapping_sub(base), neurons),
        false => typed(outside, 0, neurons),
    };
    let jumps = typed::<S::Accumulator>(back, body.jumps.wrapping_sub(base), neurons * body.terms);
    let mut terms = jumps.chunks_exact(neurons.max(1));
    let terms: [&[S::Accumulator]; MOST_JUMPS] = core::array::from_fn(|_| terms.next().unwrap_or_default());
    let jumps = Jumps::new(&terms).unwrap_or(Jumps::NONE);
    let Some(mut history) = History::new(history, neurons, body.most_delay, 1) else { return };
    let spikes = history.record(at.step);
    let population = OwnWords { shared: neuron, layout: &body.own, words: own };
    // Also without jumps, as it is the walk that neurons with their own parameters have anyway.
    let stepped = population.run_jumped(0, state, (currents, jumps), body.options, at, spikes);
    debug_assert!(stepped.is_ok(), "{stepped:?}");
}
