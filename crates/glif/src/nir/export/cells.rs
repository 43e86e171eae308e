//! From a population of neurons to a node.

use glif_core::error::Number;
use glif_core::network::decay_factor;
use glif_core::spec::{Dialect, Discretization, ModelKind, NumberFormat, Parameter, ThresholdTest};

use super::super::error::Problems;
use super::super::population::{MS, forever};
use super::super::report::{Report, Topic};
use crate::Description;
use crate::network::{Coupling, Drive, DriveKind, Exponential, constants, taus};

/// A membrane begins where NIR says if the two differ by no more of the greater.
const TOLERANCE: f64 = 1e-12;

/// What a spike does to the membrane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spike {
    /// Sets it to a potential.
    Sets,
    /// Takes the threshold off.
    Subtracts,
}

/// The node of a population.
#[derive(Debug)]
pub(super) struct Cells {
    /// Type of the node.
    pub(super) kind: &'static str,
    /// Its fields, each with a value for each neuron.
    pub(super) fields: Vec<(&'static str, Vec<f64>)>,
    /// The synapses whose projections the node can have, with the factor of what arrives at each neuron.
    pub(super) synapses: Vec<(String, Vec<f64>)>,
    /// What arrives in every step, in the unit of the node's input.
    pub(super) bias: Option<Vec<f64>>,
    /// What a spike does.
    pub(super) spike: Option<Spike>,
    /// How it decays, if it does.
    pub(super) discretization: Option<Discretization>,
}

impl Cells {
    /// Returns the factors of what arrives at a synapse.
    pub(super) fn gain(&self, synapse: &str) -> Option<&[f64]> {
        self.synapses.iter().find(|(name, _)| name == synapse).map(|(_, gain)| &gain[..])
    }
}

/// A population of neurons.
pub(super) struct Source<'a> {
    pub(super) name: &'a str,
    /// With the step and the number format of the network.
    pub(super) description: &'a Description,
    pub(super) synapses: &'a [(String, Exponential)],
    pub(super) drives: &'a [Drive],
    /// Names of the synapses that projections feed.
    pub(super) fed: &'a [&'a str],
}

/// Adds to values, or begins with them.
fn add(sum: &mut Option<Vec<f64>>, values: impl Iterator<Item = f64>) {
    match sum {
        None => *sum = Some(values.collect()),
        Some(sum) => sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += value),
    }
}

impl Source<'_> {
    /// Returns the node; `None` if the problems say what NIR cannot.
    pub(super) fn node(&self, report: &mut Report, problems: &mut Problems) -> Option<Cells> {
        let mut wrong = Vec::new();
        let made = self.make(report, &mut wrong);
        let none = wrong.is_empty();
        for problem in wrong {
            problems.add(format!("`populations.{}.{problem}", self.name));
        }
        made.filter(|_| none)
    }

    fn make(&self, report: &mut Report, wrong: &mut Vec<String>) -> Option<Cells> {
        let Self { name, description, .. } = *self;
        let (model, step_time) = (description.model(), description.step_time());
        let spec = &description.spec;
        if !matches!(model, ModelKind::Lif | ModelKind::Li | ModelKind::If | ModelKind::Glif2) {
            wrong.push(format!(
                "model` = \"{model}\": NIR has no such neuron\nhelp: use lif, li, if, or glif2 without components"
            ));
            return None;
        }
        if spec.dialect() != Dialect::Inferno {
            wrong.push(format!("dialect` = \"{}\": NIR has neurons of the dialect inferno only", spec.dialect()));
            return None;
        }
        if description.components() > 0 {
            wrong.push("params.spike_increment`: NIR has no thresholds that adapt".to_owned());
        }
        let drawn = match description.drawn() {
            Ok(drawn) => drawn,
            Err(errors) => {
                wrong.extend(errors.0.into_iter().map(|error| format!("params`: {error}")));
                return None;
            }
        };
        let neurons: usize = description.shape.iter().product();
        let all = |parameter: Parameter| -> Vec<f64> {
            match drawn.values(parameter) {
                [] => vec![description.number(parameter); neurons],
                values => values.to_vec(),
            }
        };
        if model.fires() && all(Parameter::RefracT).iter().any(|time| *time > 0.0) {
            wrong.push(
                "params.refrac_t`: NIR has no refractory time\nhelp: only populations with refrac_t = 0 can be exported"
                    .to_owned(),
            );
        }
        let resistance = all(Parameter::Resistance);
        let rest = if model.leaks() { all(Parameter::RestV) } else { vec![0.0; neurons] };
        let times = model.time_constant().map(all);
        // Its membrane keeps everything, as the importer makes an IF that subtracts.
        let keeps = model == ModelKind::Glif2
            && times.as_ref().is_some_and(|times| times.iter().all(|time| *time >= forever(spec.scalar, step_time)));
        let leaks = model.leaks() && !keeps;
        let discretization = leaks.then(|| spec.params.discretization());

        let synapse = match self.synapses {
            [] => None,
            [only] => Some(only),
            [_, (second, _), ..] => {
                wrong.push(format!("synapses.{second}`: a node of NIR has one synapse"));
                None
            }
        };
        let gains = self.gains(synapse, (&resistance, times.as_deref().filter(|_| leaks)), report, wrong);
        let fields = synapse.and_then(|synapse| self.synapse(synapse, neurons, discretization, report, wrong));

        let initial: Vec<f64> = match drawn.values(Parameter::InitialV) {
            [] => spec.params.initial_v().map_or(rest.clone(), |mv| vec![mv; neurons]),
            values => values.to_vec(),
        };
        let (leak, bias) = self.constants((&rest, &initial, &resistance), &gains, leaks, wrong);

        let threshold = model.threshold().map(all);
        let (spike, reset) = match model {
            ModelKind::Glif2 => {
                let taken = all(Parameter::ResetVAdd);
                if all(Parameter::ResetVMul).iter().any(|factor| *factor != 1.0) {
                    wrong.push(
                        "params.reset_v_mul`: NIR has no linear reset\nhelp: use 1, and `reset_v_add` = `thresh_eq_v`, which takes the threshold off"
                            .to_owned(),
                    );
                } else if threshold.as_ref() != Some(&taken) {
                    wrong.push(
                        "params.reset_v_add`: a spike can take only the threshold off\nhelp: use `reset_v_add` = `thresh_eq_v`"
                            .to_owned(),
                    );
                }
                (Some(Spike::Subtracts), Some(vec![0.0; neurons]))
            }
            ModelKind::Li => (None, None),
            _ => (Some(Spike::Sets), Some(all(Parameter::ResetV))),
        };
        let threshold =
            threshold.map(|threshold| self.threshold(threshold, spec.params.threshold_test(), spike, report));

        let kind = match (model, leaks, synapse.is_some()) {
            (ModelKind::Li, _, false) => "LI",
            (ModelKind::Li, _, true) => "CubaLI",
            (_, true, false) => "LIF",
            (_, true, true) => "CubaLIF",
            (_, false, false) => "IF",
            (_, false, true) => {
                wrong.push(format!(
                    "synapses.{}`: a node IF has no synapse, and the membrane does not leak",
                    synapse.map_or("", |(name, _)| name)
                ));
                return None;
            }
        };
        let mut all_fields = vec![("r", if keeps { vec![1.0; neurons] } else { resistance })];
        if let Some(times) = times.filter(|_| leaks) {
            let field = if synapse.is_some() { "tau_mem" } else { "tau" };
            all_fields.push((field, self.seconds(field, &times, report)));
            all_fields.push(("v_leak", leak));
        }
        all_fields.extend(fields.into_iter().flatten());
        all_fields.extend(threshold.map(|values| ("v_threshold", values)));
        all_fields.extend(reset.map(|values| ("v_reset", values)));
        all_fields.sort_by_key(|(field, _)| *field);
        report.tell(
            Topic::Population,
            format!("`{name}`: model {model} -> node of type {kind}, {}", crate::output::counted(neurons, "neuron")),
        );
        Some(Cells { kind, fields: all_fields, synapses: gains, bias, spike, discretization })
    }

    /// Returns the synapses that the node's input can be, with their factors. `times` are those of a membrane that leaks.
    fn gains(
        &self,
        synapse: Option<&(String, Exponential)>,
        (resistance, times): (&[f64], Option<&[f64]>),
        report: &mut Report,
        wrong: &mut Vec<String>,
    ) -> Vec<(String, Vec<f64>)> {
        let ones = vec![1.0; resistance.len()];
        if let Some((name, _)) = synapse {
            for other in self.fed.iter().filter(|other| *other != name) {
                wrong.push(format!("synapses.{name}`: a node of NIR has one synapse, but `{other}` is fed too"));
            }
            return vec![(name.clone(), ones)];
        }
        let (step_time, model) = (self.description.step_time(), self.description.model());
        let factors: Option<Vec<f64>> = match times {
            // An input of x lifts the membrane by r x, and by a part of that if it leaks.
            Some(times) => {
                let method = self.description.spec.params.discretization();
                let part = |time: &f64| decay_factor(step_time, *time, method).map(|factor| factor.complement);
                times.iter().zip(resistance).map(|(time, r)| part(time).map(|part| 1.0 / (part * r))).collect()
            }
            None if model == ModelKind::If => Some(resistance.iter().map(|r| 1.0 / r).collect()),
            None => return vec![("delta".to_owned(), ones)], // an IF that subtracts
        };
        let jumps = self.fed.contains(&"delta") || self.drives.iter().any(|of| of.synapse.as_deref() == Some("delta"));
        let exact = factors.as_ref().is_some_and(|factors| factors.iter().all(|factor| *factor == 1.0));
        if jumps && !exact {
            let told = format!(
                "`{}`: what arrives at `delta` is divided by the part of an input by which the membrane moves in a step",
                self.name
            );
            report.tell(Topic::Rounded, told);
        }
        let delta = factors.map(|factors| ("delta".to_owned(), factors));
        [("current".to_owned(), ones)].into_iter().chain(delta).collect()
    }

    /// Returns the fields of the synapse.
    fn synapse(
        &self,
        (name, synapse): &(String, Exponential),
        neurons: usize,
        discretization: Option<Discretization>,
        report: &mut Report,
        wrong: &mut Vec<String>,
    ) -> Option<Vec<(&'static str, Vec<f64>)>> {
        let place = format!("synapses.{name}");
        if synapse.coupling == Coupling::Exact {
            wrong.push(format!(
                "{place}.coupling` = \"exact\": NIR has a current that acts through the whole step only\nhelp: use `coupling` = \"held\""
            ));
        }
        if discretization.is_some_and(|other| other != synapse.discretization) {
            wrong.push(format!(
                "{place}.discretization` = \"{}\": NIR has one for a node, and its membrane has another",
                synapse.discretization
            ));
        }
        let times = match taus(&place, 0, synapse, self.description) {
            Ok(times) => times,
            Err(problem) => {
                wrong.push(problem.trim_start_matches('`').to_owned());
                return None;
            }
        };
        let times = if times.len() == 1 { vec![times[0]; neurons] } else { times };
        let step_time = self.description.step_time();
        let gain = if synapse.normalized {
            vec![1.0; neurons]
        } else {
            let told = format!(
                "`{}`: `w_in` is what undoes the factor of the synapse `{name}`, which does not normalize",
                self.name
            );
            report.tell(Topic::Rounded, told);
            let factor = |time: &f64| decay_factor(step_time, *time, synapse.discretization);
            times.iter().map(|time| factor(time).map_or(1.0, |factor| 1.0 / factor.complement)).collect()
        };
        Some(vec![("tau_syn", self.seconds("tau_syn", &times, report)), ("w_in", gain)])
    }

    /// Returns `v_leak` and what arrives in every step.
    ///
    /// A constant current is a bias of the projections, or lifts `v_leak`: it does so if the membrane begins there, as NIR's
    /// do, or if no projection can have it.
    fn constants(
        &self,
        (rest, initial, resistance): (&[f64], &[f64], &[f64]),
        gains: &[(String, Vec<f64>)],
        leaks: bool,
        wrong: &mut Vec<String>,
    ) -> (Vec<f64>, Option<Vec<f64>>) {
        let neurons = rest.len();
        let is_fed = gains.iter().any(|(name, _)| self.fed.contains(&name.as_str()));
        let begins = |leak: &[f64]| {
            leak.iter().zip(initial).all(|(leak, initial)| {
                (leak - initial).abs() <= TOLERANCE * leak.abs().max(initial.abs()).max(f64::MIN_POSITIVE)
            })
        };
        let (mut lift, mut bias) = (None, None);
        let mut leak = rest.to_vec();
        for (number, drive) in self.drives.iter().enumerate() {
            let place = if self.drives.len() == 1 { "drive".to_owned() } else { format!("drive[{number}]") };
            let DriveKind::Constant { value } = &drive.kind else {
                wrong.push(format!("{place}`: NIR has no stimulus except a constant, which is a bias"));
                continue;
            };
            let seed = self.description.spec.seed;
            let values = match constants(&place, number, value, (neurons, seed)) {
                Ok(values) => values,
                Err(problem) => {
                    wrong.push(problem.trim_start_matches('`').to_owned());
                    continue;
                }
            };
            let value = |neuron: usize| if values.len() == 1 { values[0] } else { values[neuron] };
            let synapse = drive.synapse.as_deref().unwrap_or("current");
            let gain = gains.iter().find(|(name, _)| name == synapse).map(|(_, gain)| gain);
            let lifted: Vec<f64> = (0..neurons).map(|i| leak[i] + resistance[i] * value(i)).collect();
            let can_lift = leaks && synapse == "current";
            match gain {
                _ if can_lift && !begins(&leak) && begins(&lifted) => {
                    leak = initial.to_vec();
                }
                Some(gain) if is_fed => add(&mut bias, (0..neurons).map(|i| gain[i] * value(i))),
                _ if can_lift => add(&mut lift, (0..neurons).map(|i| resistance[i] * value(i))),
                _ => wrong.push(format!(
                    "{place}`: a constant at `{synapse}` is the bias of a projection, but none feeds the node there\n\
                     help: add a projection with the synapse `{}`; its weights can be 0",
                    gains.first().map_or("current", |(name, _)| name)
                )),
            }
        }
        if let Some(lift) = lift {
            leak.iter_mut().zip(lift).for_each(|(leak, lift)| *leak += lift);
        }
        if !begins(&leak) {
            let at = (0..neurons).find(|at| leak[*at] != initial[*at]).unwrap_or(0);
            let begin = if leaks { "at rest, where constant currents lift it" } else { "at 0 mV" };
            wrong.push(format!(
                "params.initial_v`: neuron {at} begins at {} mV, but a membrane of NIR begins {begin}: {} mV",
                Number(initial[at]),
                Number(leak[at])
            ));
        }
        (leak, bias)
    }

    /// Returns the thresholds that a membrane must exceed.
    fn threshold(
        &self,
        threshold: Vec<f64>,
        test: ThresholdTest,
        spike: Option<Spike>,
        report: &mut Report,
    ) -> Vec<f64> {
        if test == ThresholdTest::Above {
            return threshold;
        }
        let (name, scalar) = (self.name, self.description.spec.scalar);
        let fires = format!("`{name}`: fires at its threshold, and a node of NIR above it");
        if spike == Some(Spike::Subtracts) {
            let told = format!("{fires}: a membrane that equals it does not fire");
            report.tell(Topic::Rounded, told);
            return threshold;
        }
        let told = format!("{fires}: `v_threshold` is the number of {scalar} before its threshold");
        report.tell(Topic::Rounded, told);
        threshold.into_iter().map(|threshold| before(scalar, threshold)).collect()
    }

    /// Returns times in s that are these in ms if they are multiplied.
    fn seconds(&self, field: &str, times: &[f64], report: &mut Report) -> Vec<f64> {
        let mut rounded = false;
        let seconds = times
            .iter()
            .map(|ms| {
                let near = ms / MS;
                let found = [near, near.next_up(), near.next_down()].into_iter().find(|near| near * MS == *ms);
                rounded |= found.is_none();
                found.unwrap_or(near)
            })
            .collect();
        if rounded {
            let told = format!("`{}`: `{field}` in s is a time in ms to the last place of f64", self.name);
            report.tell(Topic::Rounded, told);
        }
        seconds
    }
}

/// Returns the number of a format before another.
fn before(scalar: NumberFormat, value: f64) -> f64 {
    match scalar {
        NumberFormat::F64 => value.next_down(),
        NumberFormat::F32 => f64::from((value as f32).next_down()),
        fixed => {
            let unit = fixed.limits(0).resolution;
            (value / unit).round_ties_even() * unit - unit
        }
    }
}
