//! One sample from rest, and the same in f64 beside it.

use anyhow::{Context, Result};
use glif::memory;
use glif::network::{Network, PopulationKind};
use glif_cli::arrays::{Input, Inputs};

use super::Output;
use super::readout::{Decision, Readout};
use crate::run::network::load;

/// What a network did with a sample.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) decision: Decision,
    /// Spikes of each population.
    pub(super) spikes: Vec<u64>,
    /// Synaptic events: spikes times the targets of their neurons.
    pub(super) events: u64,
}

/// What a network and its reference did with a sample.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) own: Outcome,
    pub(super) reference: Option<Outcome>,
    /// Whether another neuron fired in any step.
    pub(super) spikes_differ: bool,
}

/// Returns the bytes of the results of a sample.
pub(super) fn bytes(populations: usize) -> usize {
    size_of::<Pair>() + 2 * populations * size_of::<u64>()
}

/// A network, and how many targets its neurons have.
#[derive(Debug)]
struct Fans<'a> {
    network: &'a Network,
    /// Of each neuron of each population.
    targets: Vec<Vec<u64>>,
}

/// What all samples share.
#[derive(Debug)]
pub(super) struct Trials<'a> {
    own: Fans<'a>,
    reference: Option<Fans<'a>>,
    inputs: &'a Inputs,
    output: &'a Output,
}

impl<'a> Trials<'a> {
    pub(super) fn new(
        network: &'a Network,
        reference: Option<&'a Network>,
        inputs: &'a Inputs,
        output: &'a Output,
    ) -> Result<Self> {
        let reference = reference.map(Fans::new).transpose()?;
        Ok(Self { own: Fans::new(network)?, reference, inputs, output })
    }

    /// Runs a sample.
    pub(super) fn run(&self, sample: usize) -> Result<Pair> {
        let mut own = Run::new(&self.own, self, sample);
        let mut reference = self.reference.as_ref().map(|of| Run::new(of, self, sample));
        let mut spikes_differ = false;
        for step in 0..self.inputs.steps {
            let at = || format!("sample {sample}, step {step}");
            own.step(sample, step).with_context(at)?;
            if let Some(reference) = &mut reference {
                reference.step(sample, step).with_context(|| format!("{}, in f64", at()))?;
                spikes_differ = spikes_differ || own.differs(reference)?;
            }
        }
        Ok(Pair { own: own.outcome(), reference: reference.map(Run::outcome), spikes_differ })
    }
}

impl<'a> Fans<'a> {
    fn new(network: &'a Network) -> Result<Self> {
        let populations = &network.description().populations;
        let mut targets = Vec::new();
        for (_, kind) in populations {
            let neurons = kind.shape().iter().product();
            targets.push(memory::filled(0_u64, neurons).context("the numbers of targets do not fit in memory")?);
        }
        for (number, projection) in network.description().projections.iter().enumerate() {
            let Some(from) = populations.iter().position(|(name, _)| *name == projection.from) else { continue };
            network.visit_connections(number, |connection| targets[from][connection.source] += 1);
        }
        Ok(Self { network, targets })
    }
}

/// A run of a sample.
struct Run<'a> {
    network: Network,
    fans: &'a Fans<'a>,
    trials: &'a Trials<'a>,
    readout: Readout,
    spikes: Vec<u64>,
    events: u64,
}

impl<'a> Run<'a> {
    fn new(fans: &'a Fans<'a>, trials: &'a Trials<'a>, sample: usize) -> Self {
        let mut network = fans.network.clone();
        network.set_sample(sample as u32);
        let readout = Readout::new(trials.output.decide, trials.output.classes);
        Self { network, fans, trials, readout, spikes: vec![0; fans.targets.len()], events: 0 }
    }

    fn step(&mut self, sample: usize, step: usize) -> Result<()> {
        let Self { network, fans, trials, readout, spikes, events } = self;
        let inputs = trials.inputs;
        load(network, Some(inputs), sample, step)?;
        network.step()?;
        for (at, (name, kind)) in fans.network.description().populations.iter().enumerate() {
            let targets = &fans.targets[at];
            let mut add = |neuron: usize, count: u64| {
                spikes[at] += count;
                *events += count * targets[neuron];
            };
            match kind {
                PopulationKind::Neurons { .. } => {
                    network.fired(name)?.iter().for_each(|(_, neuron)| add(neuron, 1));
                }
                // A neuron of an input can have several spikes in a step.
                _ => {
                    let found = inputs.of.iter().find(|(of, ..)| of == name);
                    if let Some((_, neurons, Input::Spikes(counts))) = found {
                        let row = (sample * inputs.steps + step) * neurons;
                        let counts = &counts[row..row + neurons];
                        counts.iter().enumerate().for_each(|(neuron, count)| add(neuron, u64::from(*count)));
                    }
                }
            }
        }
        readout.step(&network.member(&trials.output.name)?);
        Ok(())
    }

    /// Returns whether another neuron has fired in this step.
    fn differs(&self, other: &Self) -> Result<bool> {
        for (name, _) in &self.network.description().populations {
            if !self.network.fired(name)?.iter().eq(other.network.fired(name)?.iter()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn outcome(self) -> Outcome {
        Outcome { decision: self.readout.decision(), spikes: self.spikes, events: self.events }
    }
}
