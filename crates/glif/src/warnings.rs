//! Warnings about values that are valid but probably wrong, such as numbers in another unit.
//!
//! The population is built anyway, because models without units use such values too. Programs print the
//! warnings beside their results.

mod neurons;

pub(crate) use neurons::over_neurons;

use glif_core::derive::DecayFactor;
use glif_core::error::Number;
use glif_core::rounding::Rounding;
use glif_core::spec::{SpecVisitor, Stored};
use glif_core::{Derivation, Levels, ParamErrors, Quantised};

use crate::Description;
use crate::description::{BatchReduction, ModelKind, NumberFormat, Parameter, RoundingMode, Spec};
use crate::number::short;

/// If every potential is nearer to zero than this, volts were probably meant; mV.
const VOLTS: f64 = 0.2;
/// From this resistance on, ohms were probably meant; MΩ.
const OHMS: f64 = 1e5;
/// Steps shorter than this were probably meant in seconds; ms.
const SECONDS: f64 = 0.005;
/// If the step and the refractory time are shorter than this, and the other times than the two bounds below, all
/// times were probably meant in seconds; ms.
const SHORT_STEP: f64 = 0.05;
/// The same for the time constant of a membrane; ms.
const SHORT_MEMBRANE: f64 = 0.2;
/// The same for the time constants of threshold components; ms.
const SHORT_ADAPTATION: f64 = 10.0;
/// Fraction of the increment, or of the distance from rest to threshold, above which an error of a decay is reported.
const OFF: f64 = 0.1;

/// What a warning is about, in the order in which warnings are listed; of a component, with its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Subject {
    Seconds,
    Step,
    Membrane,
    Component(usize),
    Refractory,
    NeverComponent(usize),
    NeverMembrane,
    Volts,
    LargeResistance,
    NegativeResistance,
    RoundedMembrane,
    RoundedComponent(usize),
}

/// Lists warnings about a description, each in a sentence; most populations have none.
///
/// If neurons have their own parameters, a warning names the first neuron and the number of the others. The first
/// 65,536 are examined.
///
/// ```
/// let description = glif::Description::from_toml(r#"
///     model = "lif"
///     shape = [1]
///     [params]
///     step_time = 1.0
///     rest_v = -60.0
///     reset_v = -65.0
///     thresh_v = -50.0
///     refrac_t = 2.0
///     time_constant = 0.02
/// "#)?;
/// assert_eq!(
///     glif::warnings(&description),
///     ["`time_constant` = 0.02 ms: shorter than a step of 1 ms, so that a membrane decays almost wholly in one step\nhelp: times are in ms; 0.02 s is 20 ms"]
/// );
/// # Ok::<(), glif::DescriptionErrors>(())
/// ```
pub fn warnings(description: &Description) -> Vec<String> {
    let mut warnings = over_neurons(description, about);
    let batch = description.batch_size;
    let summed = description.batch_reduction == BatchReduction::Sum && batch > 1 && description.components() > 0;
    warnings.extend(summed.then(|| {
        format!(
            "`batch_reduction` = \"sum\": adds the threshold components of all {batch} samples, which each step multiplies by up to \
             {batch}\nhelp: use \"mean\" to keep their size"
        )
    }));
    let seed = description.spec.seed;
    warnings.extend(
        (seed != 0 && description.spec.rounding != RoundingMode::Stochastic && !description.own.has_draws()).then(
            || format!("`seed` = {seed}: has no effect; only `rounding` = \"stochastic\" and drawn parameters use it"),
        ),
    );
    warnings
}

/// Lists warnings about the parameters that all neurons of a description share.
fn about(description: &Description) -> Vec<(Subject, String)> {
    let number = |parameter: Parameter| description.number(parameter);
    let (model, scalar, step_time) = (description.model(), description.spec.scalar, description.step_time());
    let mut warnings = match in_seconds(description) {
        Some(warning) => vec![(Subject::Seconds, warning)],
        None => short_times(description),
    };
    if let Some(name) = model.adaptation() {
        let values = description.spec.params.get(name).iter().enumerate();
        let never =
            |(k, value): (usize, &f64)| Some((Subject::NeverComponent(k), never_decaying(description, name, *value)?));
        warnings.extend(values.filter_map(never));
    }
    let never = model.time_constant().filter(|constant| never_decays(scalar, step_time / number(*constant)));
    warnings.extend(never.map(|constant| {
        let (tau, step) = (Number(number(constant)), Number(step_time));
        let told = format!("`{constant}` = {tau} ms: in a step of {step} ms a membrane moves by less than the resolution of `{scalar}`, so that no current moves it");
        (Subject::NeverMembrane, told)
    }));
    let potentials: &[Parameter] = match model {
        ModelKind::Glif2 => &[Parameter::RestV, Parameter::ThreshEqV],
        ModelKind::Alif => &[Parameter::RestV, Parameter::ResetV, Parameter::ThreshEqV],
        ModelKind::Li => &[Parameter::RestV],
        ModelKind::If => &[Parameter::ResetV, Parameter::ThreshV],
        _ => &[Parameter::RestV, Parameter::ResetV, Parameter::ThreshV],
    };
    let volts = |name: &Parameter| number(*name).abs() < VOLTS;
    warnings.extend((potentials.iter().all(volts) && potentials.iter().any(|name| number(*name) != 0.0)).then(|| {
        let told = potentials.iter().map(|name| format!("`{name}` = {} mV", Number(number(*name))));
        let told = told.collect::<Vec<_>>().join(", ");
        (Subject::Volts, format!("{told}: these look like volts\nhelp: potentials are in mV"))
    }));
    let resistance = number(Parameter::Resistance);
    let written = Number(resistance);
    warnings.extend((resistance.abs() >= OHMS).then(|| {
        let meant = computed(resistance / 1e6);
        let told = format!("`resistance` = {written} MΩ: very large\nhelp: resistances are in MΩ and currents in nA; {written} Ω is {meant} MΩ");
        (Subject::LargeResistance, told)
    }));
    warnings.extend((resistance < 0.0 && model.fires()).then(|| {
        let told = format!("`resistance` = {written} MΩ: negative, so that positive currents never make a neuron fire");
        (Subject::NegativeResistance, told)
    }));
    warnings.extend(rounded_decays(description));
    warnings
}

/// Warns once if every time looks like seconds.
///
/// The step and the membrane may then keep their ratio, so that no time is conspicuous beside the others.
fn in_seconds(description: &Description) -> Option<String> {
    description.model().time_constant()?; // without it, only the step time may be there
    let mut told = Vec::new();
    for &parameter in description.model().parameters() {
        let values = description.spec.params.get(parameter);
        let seconds = |value: &f64| match parameter {
            Parameter::StepTime | Parameter::RefracT => *value < SHORT_STEP,
            Parameter::TcAdaptation => *value < SHORT_ADAPTATION,
            Parameter::RcAdaptation => 1.0 / value < SHORT_ADAPTATION,
            _ => *value < SHORT_MEMBRANE,
        };
        // A refractory time of 0 is the same in any unit.
        if !matches!(parameter.unit(), "ms" | "1/ms") || values.iter().all(|value| *value == 0.0) {
            continue;
        }
        if !values.iter().all(seconds) {
            return None;
        }
        let written: Vec<String> = values.iter().map(|value| Number(*value).to_string()).collect();
        let written = if values.len() == 1 { written.concat() } else { format!("[{}]", written.join(", ")) };
        told.push(format!("`{parameter}` = {written} {}", parameter.unit()));
    }
    let told = told.join(", ");
    Some(format!("{told}: these look like seconds\nhelp: {}", milliseconds(description.step_time())))
}

/// Warns about single times that are too short for the step, or about a step that is too short.
fn short_times(description: &Description) -> Vec<(Subject, String)> {
    let (model, step_time) = (description.model(), description.step_time());
    let step = Number(step_time);
    let mut warnings = Vec::new();
    warnings.extend(
        (step_time < SECONDS).then(|| {
            (Subject::Step, format!("`step_time` = {step} ms: very short\nhelp: {}", milliseconds(step_time)))
        }),
    );
    let constant = model.time_constant().map(|constant| (constant, description.number(constant)));
    warnings.extend(constant.filter(|(_, tau)| *tau < step_time).map(|(constant, tau)| {
        let told = format!(
            "`{constant}` = {} ms: shorter than a step of {step} ms, so that a membrane decays almost wholly in one step\nhelp: {}",
            Number(tau),
            milliseconds(tau)
        );
        (Subject::Membrane, told)
    }));
    if let Some(name) = model.adaptation() {
        let values = description.spec.params.get(name).iter().enumerate();
        let fast = |(k, value): (usize, &f64)| Some((Subject::Component(k), fast(description, name, *value)?));
        warnings.extend(values.filter_map(fast));
    }
    let refractory = description.number(Parameter::RefracT);
    warnings.extend((refractory > 0.0 && refractory < step_time).then(|| {
        let (written, remedy) = (Number(refractory), milliseconds(refractory));
        let told = format!(
            "`refrac_t` = {written} ms: shorter than a step of {step} ms, and counts as a whole step\nhelp: {remedy}"
        );
        (Subject::Refractory, told)
    }));
    warnings
}

/// Says what a time in seconds is in milliseconds.
fn milliseconds(time: f64) -> String {
    format!("times are in ms; {} s is {} ms", Number(time), computed(1000.0 * time))
}

/// Returns how many time constants of a threshold component pass in a step, for its time or rate constant.
fn leak(description: &Description, name: Parameter, value: f64) -> f64 {
    if name == Parameter::RcAdaptation { description.step_time() * value } else { description.step_time() / value }
}

/// Warns about a threshold component that decays within a step.
fn fast(description: &Description, name: Parameter, value: f64) -> Option<String> {
    // A rate constant is the inverse of a time constant. The advice for a rate of 1/ms would be the same rate.
    let is_rate = name == Parameter::RcAdaptation;
    let leak = leak(description, name, value);
    let (written, step, unit) = (Number(value), Number(description.step_time()), name.unit());
    let remedy = if is_rate {
        format!("for a time constant of {written} ms use {} {unit}", computed(1.0 / value))
    } else {
        milliseconds(value)
    };
    (leak > 1.0 || leak == 1.0 && !is_rate).then(|| {
        let percent = -100.0 * (-leak).exp_m1();
        format!("`{name}` = {written} {unit}: what a spike adds to the threshold decays by {percent:.0} % in a step of {step} ms\nhelp: {remedy}")
    })
}

/// Warns about a threshold component that floating point keeps from decaying.
fn never_decaying(description: &Description, name: Parameter, value: f64) -> Option<String> {
    let scalar = description.spec.scalar;
    let (written, step, unit) = (Number(value), Number(description.step_time()), name.unit());
    never_decays(scalar, leak(description, name, value)).then(|| {
        format!(
            "`{name}` = {written} {unit}: the decay in a step of {step} ms is below the resolution of `{scalar}`, so that what a spike \
             adds to the threshold never decays"
        )
    })
}

/// Warns about decays that rounding in fixed point keeps far from their exponential.
///
/// A decay loses at least half a last place more per step, or stops where it would lose less than half of one.
/// A band is 1/(1 - d) last places, so in the end the decay is off by half a band, whatever value it starts from.
fn rounded_decays(description: &Description) -> Vec<(Subject, String)> {
    let (scalar, rounding) = (description.spec.scalar, description.spec.rounding);
    // A description that cannot be built is refused with its reason elsewhere.
    let rounds = scalar.is_fixed_point() && rounding != RoundingMode::Stochastic;
    let Some(report) = rounds.then(|| description.spec.visit(Report(&description.spec))).flatten() else {
        return Vec::new();
    };
    let increment = |k| report.iter().find(|line| line.name == "spike_increment" && line.index == Some(k));
    // Without a threshold or a leak, nothing says which distance matters to a membrane. Such a neuron has no components.
    let (Some(threshold), Some(constant)) = (description.model().threshold(), description.model().time_constant())
    else {
        return Vec::new();
    };
    let way = (description.number(threshold) - description.number(Parameter::RestV)).abs();
    let (tau, told_way) = (computed(description.number(constant)), computed(way));
    let truncates = rounding == RoundingMode::Truncate;
    let note = |line: &Quantised| {
        let off = scalar.last_place_band(line.stored).unwrap_or(0.0) / 2.0;
        let far = |from: f64| off > OFF * from && from != 0.0;
        let told_off = computed(off);
        match (line.name, line.index) {
            ("membrane decay", _) if far(way) && truncates => Some(format!(
                "`{constant}` = {tau} ms: truncation removes at least one last place of `{scalar}` per step, so that a membrane is up to \
                 {told_off} mV ahead of its exponential; from rest to threshold it is {told_way} mV"
            )),
            ("membrane decay", _) if far(way) => Some(format!(
                "`{constant}` = {tau} ms: rounding to nearest in `{scalar}` stops a membrane up to {told_off} mV before its steady state; \
                 from rest to threshold it is {told_way} mV"
            )),
            ("adaptation decay", Some(k)) => {
                let added = increment(k)?.stored;
                let (told, size) = (computed(added), added.abs());
                if !far(size) {
                    return None;
                }
                let places = size / scalar.last_place_band(0.0).unwrap_or(1.0);
                let lost = if off < size {
                    format!("ends up to {told_off} mV too low")
                } else {
                    format!("has decayed after at most {places} steps")
                };
                Some(if truncates {
                    format!(
                        "`spike_increment[{k}]` = {told} mV: truncation removes at least one last place of `{scalar}` per step, \
                         whatever the time constant, so that what a spike adds to the threshold {lost}"
                    )
                } else {
                    format!(
                        "`spike_increment[{k}]` = {told} mV: rounding to nearest in `{scalar}` stops its decay at {told_off} mV, so that \
                         the threshold never returns to its rest value"
                    )
                })
            }
            _ => None,
        }
    };
    let remedy = "use `rounding` = \"stochastic\", or a `scalar` with more fraction bits";
    let matter = |line: &Quantised| line.index.map_or(Subject::RoundedMembrane, Subject::RoundedComponent);
    let note = |line: &Quantised| Some((matter(line), format!("{}\nhelp: {remedy}", note(line)?)));
    report.iter().filter_map(note).collect()
}

/// Returns the quantization report of the parameters; `None` if they are not valid.
struct Report<'a>(&'a Spec);

impl SpecVisitor for Report<'_> {
    type Output = Option<Vec<Quantised>>;

    fn visit<S: Stored, Q: Rounding>(self, rounding: Q) -> Self::Output {
        let mut lines = Vec::new();
        let mut report = |line| lines.push(line);
        let derivation = Derivation::new(self.0.refractory).rounding(rounding).report(&mut report);
        Levels::<S, Q>::derive(&self.0.params, derivation, &mut ParamErrors::new())?;
        Some(lines)
    }
}

/// Returns whether the scalar stores a decay of exp(-`leak`) as 1.
///
/// Fixed point refuses such a decay; floating point has it as Inferno does.
fn never_decays(scalar: NumberFormat, leak: f64) -> bool {
    if leak.is_nan() || leak < 0.0 {
        return false; // not a decay; refused when it is built
    }
    let decay = DecayFactor::of(-leak).value;
    match scalar {
        NumberFormat::F32 => decay as f32 == 1.0,
        NumberFormat::F64 => decay == 1.0,
        _ => false,
    }
}

/// Formats a computed number with seven digits at most, as an f32 has, so that rounding errors do not show.
pub(crate) fn computed(value: f64) -> String {
    short(value, 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(params: &str) -> Vec<String> {
        let text =
            format!("model = \"alif\"\nshape = [2]\n[params]\ntc_adaptation = 40.0\nspike_increment = 0.1\n{params}");
        warnings(&Description::from_toml(&text).unwrap())
    }

    #[test]
    fn usual_values_raise_no_warning() {
        for (rest, reset, thresh) in [(-60.0, -65.0, -50.0), (0.0, 0.0, 1.0), (0.0, -0.1, 0.5)] {
            let potentials = format!("rest_v = {rest:?}\nreset_v = {reset:?}\nthresh_eq_v = {thresh:?}\n");
            let rest = "step_time = 1.0\nrefrac_t = 0.0\ntc_membrane = 1.0\nresistance = 99.0";
            assert_eq!(of(&(potentials + rest)), [""; 0]);
        }
    }

    #[test]
    fn unlikely_values_raise_warnings() {
        let params = "step_time = 0.001\nrest_v = -70.0\nreset_v = -70.0\nthresh_eq_v = -50.0\nrefrac_t = 0.002\n\
                      tc_membrane = 0.02\nresistance = -1.0";
        let told = of(params);
        assert!(
            told[0].starts_with("`step_time` = 0.001 ms: very short\nhelp: times are in ms; 0.001 s is 1 ms"),
            "{told:?}"
        );
        assert!(told[1].starts_with("`resistance` = -1 MΩ: negative") && told.len() == 2, "{told:?}");
        let longer = params.replace("-1.0", "1.0").replace("0.001", "0.005").replace("0.002", "0.01");
        assert_eq!(of(&longer), [""; 0]);
    }

    #[test]
    fn constants_without_decay_raise_a_warning() {
        let params = |tau: &str, scalar: &str| {
            let text = format!(
                "model = \"alif\"\nshape = [2]\nscalar = \"{scalar}\"\n[params]\nstep_time = 1.0\nrest_v = -60.0\nreset_v = -65.0\n\
                 thresh_eq_v = -50.0\nrefrac_t = 2.0\ntc_membrane = {tau}\ntc_adaptation = [40.0, {tau}]\nspike_increment = 1e-5\nresistance = 1.0"
            );
            warnings(&Description::from_toml(&text).unwrap())
        };
        for (scalar, enough, much) in [("f32", "3.3e7", "3.4e7"), ("f64", "1.8e16", "1.9e16")] {
            assert_eq!(params(enough, scalar), [""; 0]);
            let told = params(much, scalar);
            assert!(told[0].starts_with("`tc_adaptation` = ") && told[0].contains(scalar), "{told:?}");
            assert!(told[1].starts_with("`tc_membrane` = ") && told.len() == 2, "{told:?}");
        }
        let rate = "model = \"glif2\"\nshape = [2]\n[params]\nstep_time = 1.0\nrest_v = -60.0\nreset_v_add = 5.0\nreset_v_mul = 0.5\n\
                    thresh_eq_v = -50.0\nrefrac_t = 2.0\ntc_membrane = 20.0\nrc_adaptation = 1e-9\nspike_increment = 1e-5\nresistance = 1.0";
        let told = warnings(&Description::from_toml(rate).unwrap());
        assert_eq!(
            told,
            [
                "`rc_adaptation` = 1e-9 1/ms: the decay in a step of 1 ms is below the resolution of `f32`, so that what a spike adds to the threshold never decays"
            ]
        );
    }

    /// A warning about some neurons names the first; one about the shared parameters has the text of any population.
    #[test]
    fn neurons_with_their_own_parameters_are_named() {
        let of = |params: &str, head: &str| {
            let text =
                format!("model = \"lif\"\nshape = [2, 2]\n{head}\n[params]\nrest_v = -60.0\nreset_v = -65.0\n{params}");
            warnings(&Description::from_toml(&text).unwrap())
        };
        let own =
            "step_time = 1.0\nthresh_v = -50.0\nrefrac_t = 2.0\ntime_constant = { each = [20.0, 0.02, 0.5, 1.0] }\n";
        assert_eq!(
            of(own, ""),
            [
                "`time_constant` = 0.02 ms: shorter than a step of 1 ms, so that a membrane decays almost wholly in one step \
                 (in neuron 1 and 1 more neuron)\nhelp: times are in ms; 0.02 s is 20 ms"
            ]
        );
        // In another order than that of the neurons: the matter decides.
        let both = own.replace("refrac_t = 2.0", "refrac_t = { each = [0.5, 2.0, 2.0, 2.0] }");
        let told = of(&both, "");
        assert!(told[0].starts_with("`time_constant` = 0.02 ms: ") && told.len() == 2, "{told:?}");
        assert!(told[1].starts_with("`refrac_t` = 0.5 ms: ") && told[1].contains(" (in neuron 0)\nhelp: "), "{told:?}");
        let shared = own
            .replace("step_time = 1.0", "step_time = 0.001")
            .replace("[20.0, 0.02, 0.5, 1.0]", "[20.0, 19.0, 18.0, 7.0]");
        let told = of(&shared, "");
        assert_eq!(told, ["`step_time` = 0.001 ms: very short\nhelp: times are in ms; 0.001 s is 1 ms"]);
        let negative = "step_time = 1.0\nthresh_v = -50.0\nrefrac_t = 2.0\ntime_constant = 20.0\nresistance = ";
        let told = of(&format!("{negative}{{ each = [1.0, 1.0, 1.0, -2.0] }}"), "");
        assert_eq!(
            told,
            ["`resistance` = -2 MΩ: negative, so that positive currents never make a neuron fire (in neuron 3)"]
        );
        // The distance from rest to threshold varies, and with it what a stalled decay amounts to.
        let slow = "step_time = 1.0\nthresh_v = { each = [-50.0, -59.0, -59.5, -20.0] }\nrefrac_t = 2.0\ntime_constant = 100.0\n";
        let told = of(slow, "scalar = \"i8f8\"");
        assert!(
            told.len() == 1 && told[0].contains("it is 1 mV (in neuron 1 and 1 more neuron)\nhelp: use"),
            "{told:?}"
        );
        // Drawn values are those of the population.
        let drawn = "step_time = 1.0\nthresh_v = -50.0\nrefrac_t = 2.0\ntime_constant = { uniform = [0.5, 1.5] }\n";
        let description = Description::from_toml(&format!(
            "model = \"lif\"\nshape = 40\nseed = 3\n[params]\nrest_v = -60.0\nreset_v = -65.0\n{drawn}"
        ));
        let description = description.unwrap();
        let params = description.drawn().unwrap();
        let short: Vec<usize> = (0..40).filter(|i| params.values(Parameter::TimeConstant)[*i] < 1.0).collect();
        let told = warnings(&description);
        let named = format!(" (in neuron {} and {} more neurons)\n", short[0], short.len() - 1);
        assert!(told.len() == 1 && told[0].contains(&named), "{told:?}");
    }

    #[test]
    fn summed_batches_raise_a_warning() {
        let head = "model = \"alif\"\nshape = [2]\nbatch_reduction = \"sum\"\n";
        let params = "[params]\nstep_time = 1.0\nrest_v = -60.0\nreset_v = -65.0\nthresh_eq_v = -50.0\nrefrac_t = 2.0\n\
                      tc_membrane = 20.0\ntc_adaptation = 40.0\nspike_increment = 0.1";
        let of = |batch: &str| warnings(&Description::from_toml(&format!("{head}{batch}{params}")).unwrap());
        assert_eq!(of("batch_size = 1\n"), [""; 0]);
        assert!(of("batch_size = 8\n")[0].contains("by up to 8"));
    }

    #[test]
    fn unused_seed_raises_a_warning() {
        let text = "model = \"lif\"\nshape = 1\nscalar = \"i16f16\"\nrounding = \"ROUNDING\"\nseed = SEED\n[params]\nstep_time = 1.0\n\
                    rest_v = -60.0\nreset_v = -65.0\nthresh_v = -50.0\nrefrac_t = 2.0\ntime_constant = 20.0";
        let of = |rounding, seed| {
            warnings(&Description::from_toml(&text.replace("ROUNDING", rounding).replace("SEED", seed)).unwrap())
        };
        assert_eq!(
            of("nearest", "7"),
            ["`seed` = 7: has no effect; only `rounding` = \"stochastic\" and drawn parameters use it"]
        );
        assert!(of("nearest", "0").is_empty() && of("stochastic", "7").is_empty());
    }

    #[test]
    fn adaptation_without_memory_raises_a_warning() {
        let params = "step_time = 0.5\nrest_v = -60.0\nreset_v = -65.0\nthresh_eq_v = -50.0\nrefrac_t = 2.0\ntc_membrane = 20.0\n";
        let seconds = format!(
            "model = \"alif\"\nshape = [2]\n[params]\ntc_adaptation = [100.0, 0.1]\nspike_increment = 1.0\n{params}"
        );
        assert_eq!(
            warnings(&Description::from_toml(&seconds).unwrap()),
            [
                "`tc_adaptation` = 0.1 ms: what a spike adds to the threshold decays by 99 % in a step of 0.5 ms\nhelp: times are in ms; 0.1 s is 100 ms"
            ]
        );
        let whole = seconds.replace("100.0, 0.1", "0.5, 0.6");
        assert_eq!(
            warnings(&Description::from_toml(&whole).unwrap()),
            [
                "`tc_adaptation` = 0.5 ms: what a spike adds to the threshold decays by 63 % in a step of 0.5 ms\nhelp: times are in ms; 0.5 s is 500 ms"
            ]
        );
        let params = params.replace("reset_v = -65.0", "reset_v_add = 5.0\nreset_v_mul = 0.5");
        let times = format!(
            "model = \"glif2\"\nshape = [2]\n[params]\nrc_adaptation = [50, 0.02]\nspike_increment = 1.0\n{params}"
        );
        assert_eq!(
            warnings(&Description::from_toml(&times).unwrap()),
            [
                "`rc_adaptation` = 50 1/ms: what a spike adds to the threshold decays by 100 % in a step of 0.5 ms\nhelp: for a time \
                 constant of 50 ms use 0.02 1/ms"
            ]
        );
    }

    /// One warning names all times, whatever their ratios; a time in ms among them leaves a warning for each.
    #[test]
    fn times_in_seconds_raise_one_warning() {
        let lif = |times: [f64; 3]| {
            let [step, refractory, tau] = times;
            let text = format!(
                "model = \"lif\"\nshape = 1\n[params]\nstep_time = {step}\nrest_v = -60.0\nreset_v = -65.0\nthresh_v = -50.0\n\
                 refrac_t = {refractory}\ntime_constant = {tau}\n"
            );
            warnings(&Description::from_toml(&text).unwrap())
        };
        assert_eq!(
            lif([0.001, 0.002, 0.02]),
            [
                "`step_time` = 0.001 ms, `refrac_t` = 0.002 ms, `time_constant` = 0.02 ms: these look like seconds\nhelp: times are in ms; \
                 0.001 s is 1 ms"
            ]
        );
        assert_eq!(
            lif([0.01, 0.0, 0.02]),
            [
                "`step_time` = 0.01 ms, `time_constant` = 0.02 ms: these look like seconds\nhelp: times are in ms; 0.01 s is 10 ms"
            ]
        );
        // The refractory time alone.
        assert_eq!(
            lif([0.1, 0.002, 20.0]),
            [
                "`refrac_t` = 0.002 ms: shorter than a step of 0.1 ms, and counts as a whole step\nhelp: times are in ms; 0.002 s is 2 ms"
            ]
        );
        // A fine step, and a fast neuron.
        assert_eq!(lif([0.01, 2.0, 0.1]), [""; 0]);
        assert_eq!(lif([0.01, 0.0, 0.2]), [""; 0]);
        let potentials = "rest_v = -60.0\nreset_v = -65.0\nthresh_eq_v = -50.0\nspike_increment = 1.0\n";
        let adaptive = |more: &str| warnings(&Description::from_toml(&format!("{more}\n{potentials}")).unwrap());
        let alif = "model = \"alif\"\nshape = 1\n[params]\nstep_time = 0.001\nrefrac_t = 0.002\ntc_membrane = 0.02\ntc_adaptation = ";
        let told = adaptive(&format!("{alif}[0.04, 2.0]"));
        assert!(told.len() == 1 && told[0].contains("`tc_adaptation` = [0.04, 2] ms: these look like"), "{told:?}");
        let told = adaptive(&format!("{alif}40.0"));
        assert!(told.len() == 1 && told[0].starts_with("`step_time` = 0.001 ms: very short"), "{told:?}");
        let glif2 =
            alif.replace("alif", "glif2").replace("tc_ad", "reset_v_add = 5.0\nreset_v_mul = 0.5\nrc_ad") + "25.0";
        let text = format!("{glif2}\n{}", potentials.replace("reset_v = -65.0\n", ""));
        let told = warnings(&Description::from_toml(&text).unwrap());
        assert!(told.len() == 1 && told[0].contains("`rc_adaptation` = 25 1/ms: these look like seconds"), "{told:?}");
    }

    #[test]
    fn si_units_raise_a_warning_for_each_parameter() {
        let told = of("step_time = 0.1\nrest_v = -0.07\nreset_v = -0.07\nthresh_eq_v = -0.05\nrefrac_t = 0.002\n\
                       tc_membrane = 0.02\nresistance = 1e8");
        let starts = [
            "`tc_membrane` = 0.02 ms",
            "`refrac_t` = 0.002 ms",
            "`rest_v` = -0.07 mV, ",
            "`resistance` = 100000000 MΩ",
        ];
        assert_eq!(told.len(), starts.len(), "{told:?}");
        told.iter().zip(starts).for_each(|(told, start)| assert!(told.starts_with(start), "{told}"));
        assert!(told[3].contains("is 100 MΩ"), "{}", told[3]);
    }
}
