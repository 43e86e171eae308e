//! How the output population decides.

use glif::network::Member;
use glif::{Recordable as _, Samples, Variable};

/// What makes a neuron of the output population the class of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decide {
    /// The most spikes.
    Spikes,
    /// The highest voltage after the last step.
    Last,
    /// The highest mean voltage over the steps.
    Mean,
    /// The highest voltage after any step.
    Max,
}

impl Decide {
    const ALL: [Self; 4] = [Self::Spikes, Self::Last, Self::Mean, Self::Max];

    /// Returns the name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Spikes => "spikes",
            Self::Last => "last",
            Self::Mean => "mean",
            Self::Max => "max",
        }
    }

    /// Returns what the neuron of the class does, as the end of a sentence.
    pub(super) const fn told(self) -> &'static str {
        match self {
            Self::Spikes => "that fires most",
            Self::Last => "with the highest voltage in the last step",
            Self::Mean => "with the highest mean voltage",
            Self::Max => "with the highest voltage at any time",
        }
    }
}

/// Parses --decide.
pub(super) fn parse(text: &str) -> Result<Decide, String> {
    let names = Decide::ALL.map(Decide::name).join(", ");
    Decide::ALL.into_iter().find(|decide| decide.name() == text).ok_or_else(|| format!("must be one of {names}"))
}

/// What the neurons of the output population have done so far.
#[derive(Debug)]
pub(super) struct Readout {
    decide: Decide,
    /// Numbers of spikes, or voltages: sums, maxima or the last ones.
    values: Vec<f64>,
    /// Voltages of a step.
    voltage: Option<Samples>,
}

/// A class, and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decision {
    pub(super) class: usize,
    /// Whether other neurons had the same value.
    pub(super) tie: bool,
    /// Whether no neuron fired, where spikes decide.
    pub(super) silent: bool,
}

impl Readout {
    pub(super) fn new(decide: Decide, classes: usize) -> Self {
        let start = if decide == Decide::Max { f64::NEG_INFINITY } else { 0.0 };
        Self { decide, values: vec![start; classes], voltage: None }
    }

    /// Takes a step.
    pub(super) fn step(&mut self, member: &Member<'_>) {
        if self.decide == Decide::Spikes {
            member.fired().iter().for_each(|(_, neuron)| self.values[neuron] += 1.0);
            return;
        }
        let voltage = self.voltage.get_or_insert_with(|| member.samples());
        clear(voltage);
        member.sample_of(Variable::Voltage, None, voltage);
        let decide = self.decide;
        let mut take = |at: usize, voltage: f64| {
            let value = &mut self.values[at];
            *value = match decide {
                Decide::Mean => *value + voltage,
                Decide::Max => value.max(voltage),
                Decide::Last | Decide::Spikes => voltage,
            };
        };
        match voltage {
            Samples::F32(values) => values.iter().enumerate().for_each(|(at, value)| take(at, f64::from(*value))),
            Samples::F64(values) => values.iter().enumerate().for_each(|(at, value)| take(at, *value)),
            Samples::Bool(_) | Samples::Counts(_) => {}
        }
    }

    /// Returns the neuron with the greatest value, of equals the first.
    pub(super) fn decision(&self) -> Decision {
        let (mut class, mut most, mut equals) = (0, f64::NEG_INFINITY, 0);
        for (neuron, value) in self.values.iter().enumerate() {
            if *value > most {
                (class, most, equals) = (neuron, *value, 1);
            } else if *value == most {
                equals += 1;
            }
        }
        Decision { class, tie: equals > 1, silent: self.decide == Decide::Spikes && most == 0.0 }
    }
}

fn clear(samples: &mut Samples) {
    match samples {
        Samples::F32(values) => values.clear(),
        Samples::F64(values) => values.clear(),
        Samples::Bool(values) => values.clear(),
        Samples::Counts(values) => values.clear(),
    }
}
