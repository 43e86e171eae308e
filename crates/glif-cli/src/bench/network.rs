//! `glif bench --network`

use std::time::Instant;

use anyhow::{Result, anyhow, ensure};
use clap::ValueEnum;
use glif::network::{Drive, DriveKind, Network, NetworkDescription, NeuronValues, Topology};
use glif::output::{counted, say};
use glif::{Description, LifParams, RefractoryRule, Spec};
use serde::Serialize;

use super::Arguments;

/// The weights of each projection. They are equal in every case, and so are the spikes but for rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Weights {
    One,
    I8,
    I16,
    Float,
}

/// Neurons of NEST's example.
const NEURONS: u64 = 12_500;
const MOST_NEURONS: u64 = 1 << 24;
const STEP_TIME: f64 = 0.1;
const DELAY: f64 = 1.5;
/// Weight of an excitatory synapse, mV, and what inhibitory ones have of it.
const WEIGHT: f64 = 0.1;
const INHIBITION: f64 = -5.0;
/// Rate of the drive of each neuron, Hz: twice what would bring it to its threshold.
const RATE: f64 = 20_000.0;
/// Steps before a measurement.
const WARMING: u64 = 1000;
/// Steps that are timed together: a multiple of the delay, and many, as threads are woken once for all of them.
const STEPS: u64 = 180;
const PARTS: usize = 10;

/// Some steps.
#[derive(Clone, Copy)]
struct Part {
    /// Least time, s.
    run: f64,
    /// Least time of delivery, s.
    delivery: f64,
    events: u64,
}

#[derive(Serialize)]
struct Timing {
    network: &'static str,
    scalar: &'static str,
    weights: String,
    neurons: u64,
    synapses: usize,
    synapse_bytes: usize,
    threads: usize,
    events_per_step: f64,
    ns_per_event_delivered: f64,
    ns_per_event: f64,
    events_per_second: f64,
    ns_per_step: f64,
    debug_build: bool,
}

pub(super) fn bench(arguments: &Arguments) -> Result<()> {
    let neurons = arguments.size.unwrap_or(NEURONS);
    ensure!((50..=MOST_NEURONS).contains(&neurons), "--size {neurons}: the network has 50 to {MOST_NEURONS} neurons");
    let mut network = build(arguments, neurons as usize)?;
    network.set_threads(arguments.threads)?;
    // Every repetition makes the same steps. A part of them is short enough to be left in peace in one of the repetitions.
    let mut parts = [Part { run: f64::INFINITY, delivery: f64::INFINITY, events: 0 }; PARTS];
    for _ in 0..arguments.repetitions {
        network.clear();
        network.run(WARMING)?;
        for part in &mut parts {
            let begun = Instant::now();
            network.run(STEPS)?;
            part.run = part.run.min(begun.elapsed().as_secs_f64());
        }
        // Apart, as the rows of a step are in the cache once they are delivered.
        network.clear();
        network.run(WARMING)?;
        for part in &mut parts {
            let mut taken = 0.0;
            part.events = 0;
            for _ in 0..STEPS {
                let (duration, events) = network.time_delivery();
                (taken, part.events) = (taken + duration.as_secs_f64(), part.events + events);
                network.step()?;
            }
            part.delivery = part.delivery.min(taken);
        }
    }
    let sum = |of: fn(&Part) -> f64| parts.iter().map(of).sum::<f64>();
    let (steps, events) = ((STEPS * PARTS as u64) as f64, sum(|part| part.events as f64));
    let (step, rate, delivered) = (sum(|part| part.run) / steps, events / steps, sum(|part| part.delivery) / events);
    let (synapses, synapse_bytes) =
        network.connections().iter().fold((0, 0), |(count, bytes), of| (count + of.0, bytes + of.1));
    let timing = Timing {
        network: "brunel",
        scalar: arguments.scalar.name(),
        weights: format!("{:?}", arguments.weights).to_lowercase(),
        neurons,
        synapses,
        synapse_bytes,
        threads: arguments.threads,
        events_per_step: rate,
        ns_per_event_delivered: delivered * 1e9,
        ns_per_event: step / rate * 1e9,
        events_per_second: rate / step,
        ns_per_step: step * 1e9,
        debug_build: cfg!(debug_assertions),
    };
    if arguments.json {
        return Ok(say(&serde_json::to_string(&timing)?)?);
    }
    let Timing { scalar, weights, .. } = &timing;
    let threads = counted(arguments.threads, "thread");
    say(&format!("{neurons} neurons in {scalar}, {synapses} synapses, weights {weights}, {threads}"))?;
    say(&format!("{:.3} ns per synaptic event delivered", timing.ns_per_event_delivered))?;
    say(&format!(
        "{:.3} ns per synaptic event and {:.0} ns per step with drive and neurons; {:.0} events per step",
        timing.ns_per_event, timing.ns_per_step, rate
    ))?;
    if timing.debug_build {
        say("debug build: many times slower than a release build (--release)")?;
    }
    Ok(())
}

/// Builds the network of Brunel 2000 with the parameters of NEST's example `brunel_delta_nest`.
fn build(arguments: &Arguments, neurons: usize) -> Result<Network> {
    let params = LifParams {
        step_time: STEP_TIME,
        rest_v: 0.0,
        reset_v: 0.0,
        thresh_v: 20.0,
        refrac_t: 2.0,
        time_constant: 20.0,
        resistance: 1.0,
    };
    let spec = Spec { refractory: RefractoryRule::Nest, ..Spec::new(params) };
    let mut description = NetworkDescription::new(STEP_TIME);
    description.scalar = arguments.scalar;
    let inhibitory = neurons / 5;
    let excitatory = neurons - inhibitory;
    let populations = [("exc", excitatory, 1.0), ("inh", inhibitory, INHIBITION)];
    for (name, count, _) in populations {
        let name = description.add(name, Description::new(spec.clone(), &[count]))?;
        let (rate, weight) = (NeuronValues::Shared(RATE), NeuronValues::Shared(WEIGHT));
        let drive = Drive { kind: DriveKind::Poisson { rate, weight }, synapse: Some("delta".to_owned()) };
        description.add_drive(&name, drive)?;
    }
    let mut seed = 0;
    for (to, targets, _) in populations {
        for (from, sources, times) in populations {
            seed += 1;
            let rule = Topology::InDegree { degree: sources / 10, seed };
            let projection = description.connect(from, to).synapse("delta").delay(DELAY);
            if arguments.weights == Weights::One {
                projection.with_in_degree(WEIGHT * times, sources / 10, seed);
                continue;
            }
            let (mut indptr, mut indices) = (vec![0], Vec::new());
            for target in 0..targets {
                indices.extend(rule.sources_of(target, (sources, targets)).map_err(|problem| anyhow!(problem))?);
                indptr.push(u32::try_from(indices.len())?);
            }
            let count = indices.len();
            // Units in which both weights are integers.
            let units = |of: f64| (of * times).round();
            match arguments.weights {
                Weights::One => projection,
                Weights::I8 => projection.sparse(indptr, indices, vec![units(20.0) as i8; count]).scale(WEIGHT / 20.0),
                Weights::I16 => {
                    projection.sparse(indptr, indices, vec![units(1000.0) as i16; count]).scale(WEIGHT / 1000.0)
                }
                Weights::Float => projection.sparse(indptr, indices, vec![WEIGHT * times; count]),
            };
        }
    }
    Ok(description.build()?)
}
