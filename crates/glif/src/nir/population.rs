//! From a node with neurons to a population of glif.

use glif_core::error::Number;
use glif_core::spec::{Discretization, ModelKind, NumberFormat, ParamTable, Parameter, Spec, ThresholdTest};

use super::error::{Problems, listed, quoted};
use super::file::Numbers;
use super::node::{NeuronKind, Neurons};
use super::options::{IfInput, Options, Reset};
use super::report::{Report, Topic};
use super::shape::count;
use crate::Description;
use crate::network::{Coupling, Drive, DriveKind, Exponential, NeuronValues};
use crate::own::OwnValues;

/// Milliseconds in a second.
pub(super) const MS: f64 = 1000.0;

/// Name of the synapse of CubaLI and CubaLIF.
pub(super) const SYNAPSE: &str = "syn";

/// Time constant of a membrane that keeps everything, ms: in floating point its decay factor is 1.
const FOREVER: f64 = 1e300;

/// A time constant is that of a step if it differs by no more of it. f32 has this many digits.
const TOLERANCE: f64 = 1e-6;

/// A population, and how what comes reaches it.
#[derive(Debug)]
pub(super) struct Population {
    pub(super) description: Description,
    pub(super) synapse: Option<Exponential>,
    /// Stimuli beside its bias.
    pub(super) drives: Vec<Drive>,
    /// Name of the synapse that takes what comes.
    pub(super) target: &'static str,
    /// Factor for what comes to each neuron.
    pub(super) gain: Vec<f64>,
}

/// A time constant that forward Euler cannot step over, s.
struct Unstable {
    node: String,
    field: &'static str,
    tau: f64,
}

/// Makes populations.
pub(super) struct Converter<'a> {
    pub(super) options: &'a Options,
    pub(super) report: &'a mut Report,
    pub(super) problems: Problems,
    /// Time constants that are shorter than a step.
    unstable: Vec<Unstable>,
    /// Nodes whose membranes keep everything only within a part of the range.
    keeping: Vec<String>,
    /// Fields that a file does not have, each with its node.
    missing: Vec<(&'static str, String)>,
}

/// Returns a value for all neurons, or one for each.
pub(super) fn shared(values: &[f64]) -> NeuronValues {
    match values {
        [first, rest @ ..] if rest.iter().all(|value| value == first) => NeuronValues::Shared(*first),
        _ => NeuronValues::Own(OwnValues::Each(values.to_vec())),
    }
}

/// Sets a parameter of a population, one for each neuron.
fn set(description: &mut Description, parameter: Parameter, values: &[f64]) {
    match shared(values) {
        NeuronValues::Shared(value) => _ = description.spec.params.set(parameter, &[value]),
        NeuronValues::Own(values) => {
            if let OwnValues::Each(list) = &values {
                _ = description.spec.params.set(parameter, &list[..1]);
            }
            description.own.set(parameter, values);
        }
    }
}

impl<'a> Converter<'a> {
    pub(super) fn new(options: &'a Options, report: &'a mut Report) -> Self {
        Self {
            options,
            report,
            problems: Problems::default(),
            unstable: Vec::new(),
            keeping: Vec::new(),
            missing: Vec::new(),
        }
    }

    /// Says which fields were missing, and returns everything that is wrong.
    pub(super) fn finish(mut self) -> Problems {
        for (field, value, why) in
            [("v_reset", 0, "files of nir before 1.0.6 do not have it"), ("w_in", 1, "old files do not have it")]
        {
            let nodes: Vec<String> =
                self.missing.iter().filter(|(of, _)| *of == field).map(|(_, node)| quoted(node)).collect();
            if !nodes.is_empty() {
                self.report.tell(Topic::Assumed, format!("`{field}` is {value}, as {why}: {}", listed(&nodes)));
            }
        }
        if !self.keeping.is_empty() {
            let (_, part) = kept(self.options.scalar.size());
            let told = format!(
                "in {} with --reset subtract, membranes of IF keep what they have within {part} of the range, and decay slowly \
                 beyond: {}",
                self.options.scalar,
                listed(&self.keeping)
            );
            self.report.tell(Topic::Rounded, told);
        }
        let shortest = self.unstable.iter().map(|of| of.tau).fold(f64::INFINITY, f64::min) * MS;
        for Unstable { node, field, tau } in &self.unstable {
            let (tau, step, shortest) = (Number(*tau), Number(self.options.step_time), Number(shortest));
            self.problems.node(
                node,
                format!(
                    "`{field}` = {tau} s: shorter than the step of {step} ms, over which forward Euler is not stable\n\
                     help: use --step-time {shortest}, the greatest that is stable for all nodes, or --discretization exact"
                ),
            );
        }
        self.problems
    }

    /// Makes the population of a node whose neurons have a shape. Returns `None` if the problems say why.
    pub(super) fn population(&mut self, name: &str, of: &Neurons, shape: &[usize]) -> Option<Population> {
        let neurons = count(shape);
        self.tell_broadcast(name, of, neurons);
        let field = |name: &str| of.field(name).map(|of| spread(&of.values, neurons));
        let or = |values: Option<Vec<f64>>, default: f64| values.unwrap_or_else(|| vec![default; neurons]);
        let resistance = or(field("r"), 1.0);
        let threshold = match of.kind {
            NeuronKind::Threshold => field("threshold"),
            kind if kind.fires() => field("v_threshold"),
            _ => None,
        };
        if let Some(at) = resistance.iter().position(|r| *r == 0.0) {
            self.problems.node(name, format!("`r`: value {at} is 0: must not be 0, as nothing would reach the neuron"));
            return None;
        }
        let reset = or(field("v_reset"), 0.0);
        if of.kind.fires() && of.kind != NeuronKind::Threshold {
            self.assume_reset(name, of);
            if !self.fits(name, &reset, threshold.as_deref().unwrap_or_default()) {
                return None;
            }
        }
        match of.kind {
            NeuronKind::If => Some(self.integrator(name, shape, &resistance, &threshold?, &reset)),
            NeuronKind::Threshold => self.memoryless(name, shape, &threshold?),
            _ => self.leaky(name, of, shape, (&resistance, threshold.as_deref(), &reset)),
        }
    }

    /// Says which fields have one value for all neurons.
    fn tell_broadcast(&mut self, name: &str, of: &Neurons, neurons: usize) {
        let is_one = |of: &Numbers| of.values.len() == 1 && neurons > 1;
        let scalars = of.fields.iter().filter(|(_, of)| is_one(of));
        let scalars: Vec<String> = scalars.map(|(name, _)| format!("`{name}`")).collect();
        if !scalars.is_empty() {
            let told = format!("node {}: {}: one number for all {neurons} neurons", quoted(name), scalars.join(", "));
            self.report.tell(Topic::Broadcast, told);
        }
    }

    fn assume_reset(&mut self, name: &str, of: &Neurons) {
        if self.options.reset == Reset::Zero && of.field("v_reset").is_none() {
            self.missing.push(("v_reset", name.to_owned()));
        }
        if self.options.reset == Reset::Subtract
            && of.field("v_reset").is_some_and(|of| of.values.iter().any(|v| *v != 0.0))
        {
            let told = format!("node {}: `v_reset` has no effect, as a spike takes `v_threshold` off", quoted(name));
            self.report.tell(Topic::Ignored, told);
        }
    }

    /// Checks that a reset ends below the threshold.
    fn fits(&mut self, name: &str, reset: &[f64], threshold: &[f64]) -> bool {
        let wrong = match self.options.reset {
            Reset::Zero => reset.iter().zip(threshold).position(|(reset, threshold)| reset >= threshold).map(|at| {
                let (reset, threshold) = (Number(reset[at]), Number(threshold[at]));
                format!("`v_reset`: value {at} is {reset}: must be below `v_threshold`, {threshold}")
            }),
            Reset::Subtract => threshold.iter().position(|threshold| *threshold <= 0.0).map(|at| {
                let threshold = Number(threshold[at]);
                format!("`v_threshold`: value {at} is {threshold}: must be above 0, as a spike takes it off\nhelp: use --reset zero")
            }),
        };
        wrong.map(|problem| self.problems.node(name, problem)).is_none()
    }

    /// Describes a population of a model, without parameters.
    fn describe(&self, model: ModelKind, shape: &[usize], discretization: Discretization) -> Description {
        let test = if model.fires() { ThresholdTest::Above } else { ThresholdTest::AtLeast };
        let mut table = ParamTable::new(model).discretized(discretization).tested(test);
        _ = table.set(Parameter::StepTime, &[self.options.step_time]);
        if model.fires() {
            _ = table.set(Parameter::RefracT, &[0.0]);
        }
        let mut spec = Spec::new(table);
        spec.scalar = self.options.scalar;
        Description::new(spec, if shape.is_empty() { &[1] } else { shape })
    }

    /// Makes a model that a spike resets, with its threshold, and its reset unless the model is linear.
    fn firing(
        &self,
        leaks: bool,
        shape: &[usize],
        discretization: Discretization,
        threshold: &[f64],
        reset: &[f64],
    ) -> Description {
        match self.options.reset {
            Reset::Zero => {
                let model = if leaks { ModelKind::Lif } else { ModelKind::If };
                let mut description = self.describe(model, shape, discretization);
                set(&mut description, Parameter::ThreshV, threshold);
                set(&mut description, Parameter::ResetV, reset);
                description
            }
            Reset::Subtract => {
                let mut description = self.describe(ModelKind::Glif2, shape, discretization);
                set(&mut description, Parameter::ThreshEqV, threshold);
                set(&mut description, Parameter::ResetVAdd, threshold);
                set(&mut description, Parameter::ResetVMul, &[1.0]);
                description
            }
        }
    }

    /// IF.
    fn integrator(
        &mut self,
        name: &str,
        shape: &[usize],
        resistance: &[f64],
        threshold: &[f64],
        reset: &[f64],
    ) -> Population {
        let per_step = match self.options.if_input {
            IfInput::Step => 1.0,
            IfInput::Time => self.options.step_time / MS,
        };
        let resistance: Vec<f64> = resistance.iter().map(|r| r * per_step).collect();
        let mut description = self.firing(false, shape, Discretization::Exact, threshold, reset);
        let neurons = resistance.len();
        // A model with a linear reset leaks, so one that never does takes jumps of its membrane.
        let (target, gain) = match self.options.reset {
            Reset::Zero => {
                set(&mut description, Parameter::Resistance, &resistance);
                ("current", vec![1.0; neurons])
            }
            Reset::Subtract => {
                description.spec.params = description.spec.params.discretized(Discretization::Euler);
                set(&mut description, Parameter::TcMembrane, &[self.forever(name)]);
                set(&mut description, Parameter::RestV, &[0.0]);
                set(&mut description, Parameter::Resistance, &[1.0]);
                ("delta", resistance)
            }
        };
        Population { description, synapse: None, drives: Vec::new(), target, gain }
    }

    /// Returns the time constant of a membrane that keeps everything, ms.
    fn forever(&mut self, name: &str) -> f64 {
        if self.options.scalar.is_fixed_point() {
            self.keeping.push(quoted(name));
        }
        forever(self.options.scalar, self.options.step_time)
    }

    /// Threshold: a membrane that keeps nothing, and so is its input.
    fn memoryless(&mut self, name: &str, shape: &[usize], threshold: &[f64]) -> Option<Population> {
        if let Some(at) = threshold.iter().position(|threshold| *threshold <= 0.0) {
            let told = Number(threshold[at]);
            self.problems
                .node(name, format!("`threshold`: value {at} is {told}: must be above 0, or it fires without input"));
            return None;
        }
        let mut description = self.describe(ModelKind::Lif, shape, Discretization::Euler);
        set(&mut description, Parameter::ThreshV, threshold);
        for (parameter, value) in [
            (Parameter::RestV, 0.0),
            (Parameter::ResetV, 0.0),
            (Parameter::TimeConstant, self.options.step_time),
            (Parameter::Resistance, 1.0),
        ] {
            set(&mut description, parameter, &[value]);
        }
        let gain = vec![1.0; threshold.len()];
        Some(Population { description, synapse: None, drives: Vec::new(), target: "current", gain })
    }

    /// Makes the population that shows the value of a linear map: a membrane that keeps nothing.
    pub(super) fn readout(&self, shape: &[usize]) -> Population {
        let mut description = self.describe(ModelKind::Li, shape, Discretization::Euler);
        for (parameter, value) in
            [(Parameter::RestV, 0.0), (Parameter::TimeConstant, self.options.step_time), (Parameter::Resistance, 1.0)]
        {
            set(&mut description, parameter, &[value]);
        }
        Population { description, synapse: None, drives: Vec::new(), target: "current", gain: vec![1.0; count(shape)] }
    }

    /// LI, LIF, CubaLI and CubaLIF.
    fn leaky(
        &mut self,
        name: &str,
        of: &Neurons,
        shape: &[usize],
        (resistance, threshold, reset): (&[f64], Option<&[f64]>, &[f64]),
    ) -> Option<Population> {
        let neurons = count(shape);
        let field = |name: &str| of.field(name).map(|of| spread(&of.values, neurons));
        let has_synapse = matches!(of.kind, NeuronKind::CubaLi | NeuronKind::CubaLif);
        let membrane = if has_synapse { "tau_mem" } else { "tau" };
        let taus = self.times(name, membrane, &field(membrane)?);
        let leak = field("v_leak")?;
        let discretization = self.options.discretization;
        let mut description = match threshold {
            Some(threshold) => self.firing(true, shape, discretization, threshold, reset),
            None => self.describe(ModelKind::Li, shape, discretization),
        };
        let time_constant = description.model().time_constant()?;
        set(&mut description, time_constant, &taus);
        set(&mut description, Parameter::Resistance, resistance);
        let mut drives = Vec::new();
        let rest = match threshold {
            Some(threshold) => self.rest(name, (&leak, threshold, reset), resistance, &mut drives),
            None => leak.clone(),
        };
        set(&mut description, Parameter::RestV, &rest);
        if rest != leak {
            set(&mut description, Parameter::InitialV, &leak);
        }
        let synapse = if has_synapse {
            let tau = shared(&self.times(name, "tau_syn", &field("tau_syn")?));
            Some(Exponential { tau, coupling: Coupling::Held, normalized: true, discretization })
        } else {
            None
        };
        let gain = match field("w_in") {
            Some(gain) => gain,
            None => {
                if has_synapse {
                    self.report.tell(
                        Topic::Assumed,
                        format!("node {}: `w_in` is 1, as the file does not have it", quoted(name)),
                    );
                }
                vec![1.0; neurons]
            }
        };
        let target = if has_synapse { SYNAPSE } else { "current" };
        Some(Population { description, synapse, drives, target, gain })
    }

    /// Returns where membranes rest: at `v_leak`, or below the threshold with a current that adds what is missing.
    fn rest(
        &mut self,
        name: &str,
        (leak, threshold, reset): (&[f64], &[f64], &[f64]),
        resistance: &[f64],
        drives: &mut Vec<Drive>,
    ) -> Vec<f64> {
        let below = |at: usize| if reset[at] < threshold[at] { reset[at] } else { threshold[at] - 1.0 };
        let rest = |at: usize| if leak[at] < threshold[at] { leak[at] } else { below(at) };
        let rest: Vec<f64> = (0..leak.len()).map(rest).collect();
        if rest != leak {
            let currents: Vec<f64> = (0..leak.len()).map(|at| (leak[at] - rest[at]) / resistance[at]).collect();
            drives.push(Drive { kind: DriveKind::Constant { value: shared(&currents) }, synapse: None });
            let told = format!(
                "node {}: `v_leak` is not below `v_threshold`: the membranes rest below, and a constant current lifts them",
                quoted(name)
            );
            self.report.tell(Topic::Rounded, told);
        }
        rest
    }

    /// Returns time constants in ms. Forward Euler needs them to be at least a step.
    fn times(&mut self, node: &str, field: &'static str, taus: &[f64]) -> Vec<f64> {
        let step = self.options.step_time;
        if self.options.discretization == Discretization::Exact {
            return taus.iter().map(|tau| tau * MS).collect();
        }
        let shortest = taus.iter().copied().fold(f64::INFINITY, f64::min);
        if shortest * MS < step * (1.0 - TOLERANCE) {
            self.unstable.push(Unstable { node: node.to_owned(), field, tau: shortest });
        } else if shortest * MS < step {
            let told = format!(
                "node {}: `{field}`: what is {} of a step became one",
                quoted(node),
                Number(shortest * MS / step)
            );
            self.report.tell(Topic::Rounded, told);
        }
        taus.iter().map(|tau| (tau * MS).max(step)).collect()
    }
}

/// Returns the greatest membrane, in units of a fixed-point format of so many bytes, that the slowest decay leaves as it is
/// after rounding, and which part of the range that is. A slower decay does not reach every threshold.
fn kept(size: usize) -> (f64, &'static str) {
    match size {
        2 => (f64::from(1 << 14), "half"),
        _ => (f64::from(1 << 28), "an eighth"),
    }
}

/// Returns the time constant of a membrane that keeps everything, ms.
pub(super) fn forever(scalar: NumberFormat, step_time: f64) -> f64 {
    if scalar.is_fixed_point() { step_time * (2.0 * kept(scalar.size()).0) } else { FOREVER }
}

/// Returns a value for each neuron.
fn spread(values: &[f64], neurons: usize) -> Vec<f64> {
    match values {
        [value] => vec![*value; neurons],
        values => values.to_vec(),
    }
}
