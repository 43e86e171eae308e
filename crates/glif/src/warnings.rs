//! Warnings about values that are valid but probably wrong, such as numbers in another unit.
//!
//! The population is built anyway, because models without units use such values too. Programs print the
//! warnings beside their results.

use glif_core::Quantised;
use glif_core::derive::DecayFactor;
use glif_core::error::Number;

use crate::Description;
use crate::description::{BatchReduction, ModelKind, NumberFormat, Parameter, RoundingMode};
use crate::number::short;

/// If every potential is nearer to zero than this, volts were probably meant; mV.
const VOLTS: f64 = 0.2;
/// From this resistance on, ohms were probably meant; MΩ.
const OHMS: f64 = 1e5;
/// Steps shorter than this were probably meant in seconds; ms.
const SECONDS: f64 = 0.005;
/// Fraction of the increment, or of the distance from rest to threshold, above which an error of a decay is reported.
const OFF: f64 = 0.1;

/// Lists warnings about a description, each in a sentence; most populations have none.
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
    let number = |parameter: Parameter| description.number(parameter);
    let (model, scalar, step_time) = (description.model(), description.spec.scalar, description.step_time());
    let step = Number(step_time);
    let mut warnings = Vec::new();
    warnings.extend((step_time < SECONDS).then(|| {
        let meant = computed(1000.0 * step_time);
        format!("`step_time` = {step} ms: very short\nhelp: times are in ms; {step} s is {meant} ms")
    }));
    let (constant, tau) = (model.time_constant(), number(model.time_constant()));
    warnings.extend((tau < step_time).then(|| {
        let (written, meant) = (Number(tau), computed(1000.0 * tau));
        format!(
            "`{constant}` = {written} ms: shorter than a step of {step} ms, so that a membrane decays almost wholly in one step\n\
             help: times are in ms; {written} s is {meant} ms"
        )
    }));
    if let Some(name) = model.adaptation() {
        warnings
            .extend(description.spec.params.get(name).iter().filter_map(|value| component(description, name, *value)));
    }
    warnings.extend(never_decays(scalar, step_time / tau).then(|| {
        let tau = Number(tau);
        format!("`{constant}` = {tau} ms: in a step of {step} ms a membrane moves by less than the resolution of `{scalar}`, so that no current moves it")
    }));
    let refractory = number(Parameter::RefracT);
    warnings.extend((refractory > 0.0 && refractory < step_time).then(|| {
        let (written, meant) = (Number(refractory), computed(1000.0 * refractory));
        format!("`refrac_t` = {written} ms: shorter than a step of {step} ms, and counts as a whole step\nhelp: times are in ms; {written} s is {meant} ms")
    }));
    let potentials: &[Parameter] = match model {
        ModelKind::Glif2 => &[Parameter::RestV, Parameter::ThreshEqV],
        _ => &[Parameter::RestV, Parameter::ResetV, model.threshold()],
    };
    let volts = |name: &Parameter| number(*name).abs() < VOLTS;
    warnings.extend((potentials.iter().all(volts) && potentials.iter().any(|name| number(*name) != 0.0)).then(|| {
        let told = potentials.iter().map(|name| format!("`{name}` = {} mV", Number(number(*name))));
        format!("{}: these look like volts\nhelp: potentials are in mV", told.collect::<Vec<_>>().join(", "))
    }));
    let resistance = number(Parameter::Resistance);
    let written = Number(resistance);
    warnings.extend((resistance.abs() >= OHMS).then(|| {
        let meant = computed(resistance / 1e6);
        format!("`resistance` = {written} MΩ: very large\nhelp: resistances are in MΩ and currents in nA; {written} Ω is {meant} MΩ")
    }));
    warnings.extend(
        (resistance < 0.0).then(|| {
            format!("`resistance` = {written} MΩ: negative, so that positive currents never make a neuron fire")
        }),
    );
    warnings.extend(rounded_decays(description));
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
        (seed != 0 && description.spec.rounding != RoundingMode::Stochastic)
            .then(|| format!("`seed` = {seed}: has no effect; only `rounding` = \"stochastic\" uses it")),
    );
    warnings
}

/// Warns about the time constant or rate constant of a threshold component.
fn component(description: &Description, name: Parameter, value: f64) -> Option<String> {
    // A rate constant is the inverse of a time constant.
    let is_rate = name == Parameter::RcAdaptation;
    let (step_time, scalar) = (description.step_time(), description.spec.scalar);
    let leak = if is_rate { step_time * value } else { step_time / value };
    let (written, step, unit) = (Number(value), Number(step_time), name.unit());
    if never_decays(scalar, leak) {
        return Some(format!(
            "`{name}` = {written} {unit}: the decay in a step of {step} ms is below the resolution of `{scalar}`, so that what a spike \
             adds to the threshold never decays"
        ));
    }
    let meant = if is_rate {
        format!("for a time constant of {written} ms use {} {unit}", computed(1.0 / value))
    } else {
        format!("times are in ms; {written} s is {} ms", computed(1000.0 * value))
    };
    (leak > 1.0).then(|| {
        format!("`{name}` = {written} {unit}: what a spike adds to the threshold decays almost wholly in a step of {step} ms\nhelp: {meant}")
    })
}

/// Warns about decays that rounding in fixed point keeps far from their exponential.
///
/// A decay loses at least half a last place more per step, or stops where it would lose less than half of one.
/// A band is 1/(1 - d) last places, so in the end the decay is off by half a band, whatever value it starts from.
fn rounded_decays(description: &Description) -> Vec<String> {
    let (scalar, rounding) = (description.spec.scalar, description.spec.rounding);
    // A description that cannot be built is refused with its reason elsewhere.
    let rounds = scalar.is_fixed_point() && rounding != RoundingMode::Stochastic;
    let Some(population) = rounds.then(|| description.one_neuron().ok()).flatten() else {
        return Vec::new();
    };
    let report = population.report();
    let increment = |k| report.iter().find(|line| line.name == "spike_increment" && line.index == Some(k));
    let constant = description.model().time_constant();
    let way = (description.number(description.model().threshold()) - description.number(Parameter::RestV)).abs();
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
    report.iter().filter_map(note).map(|note| format!("{note}\nhelp: {remedy}")).collect()
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
        assert_eq!(of("nearest", "7"), ["`seed` = 7: has no effect; only `rounding` = \"stochastic\" uses it"]);
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
                "`tc_adaptation` = 0.1 ms: what a spike adds to the threshold decays almost wholly in a step of 0.5 ms\nhelp: times are in ms; 0.1 s is 100 ms"
            ]
        );
        let params = params.replace("reset_v = -65.0", "reset_v_add = 5.0\nreset_v_mul = 0.5");
        let times = format!(
            "model = \"glif2\"\nshape = [2]\n[params]\nrc_adaptation = [50, 0.02]\nspike_increment = 1.0\n{params}"
        );
        assert_eq!(
            warnings(&Description::from_toml(&times).unwrap()),
            [
                "`rc_adaptation` = 50 1/ms: what a spike adds to the threshold decays almost wholly in a step of 0.5 ms\nhelp: for a time \
                 constant of 50 ms use 0.02 1/ms"
            ]
        );
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
