//! The range of currents that a number format can express for a population, and warnings about the currents of a run.

use crate::Description;
use crate::description::Parameter;
use crate::warnings::{computed, over_neurons};

/// Ratio of drive to the distance from rest to threshold from which on another unit was probably meant.
///
/// The same applies to a drive below the distance divided by it.
const BEYOND: f64 = 1000.0;
/// The ratio from which on this is so if the currents last and are stronger than `PICOAMPERES`.
const BEYOND_IF_SUSTAINED: f64 = 10.0;
/// Weaker currents are hardly meant in picoamperes.
const PICOAMPERES: f64 = 10.0;
/// Longest time from rest to threshold, ms, that such currents take. A membrane that hardly leaks takes longer.
const AT_ONCE: f64 = 5.0;
/// Fraction of the drive's scale above which a rounding error of the currents is reported.
///
/// The scale is the distance from rest to threshold, or the greatest drive if it is larger.
const COARSE: f64 = 0.01;

/// The range of currents that a population takes unchanged, and the distance between two of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurrentRange {
    /// Lowest current, nA. A step clamps a lower one to it in fixed point, and refuses it in floating point.
    pub lowest: f64,
    /// Highest current, nA. A step clamps a higher one to it in fixed point, and refuses it in floating point.
    pub highest: f64,
    /// Distance between two currents, nA; 0 in floating point.
    pub step: f64,
    /// Resistance as the format stores it, MΩ.
    pub resistance: f64,
}

impl CurrentRange {
    /// Returns the voltage that a current in nA drives across the membrane, mV.
    pub fn drive(&self, current: f64) -> f64 {
        self.resistance * current
    }

    /// Returns the current that a step computes with in place of `current`, nA. In floating point it is the
    /// current itself.
    pub fn nearest(&self, current: f64) -> f64 {
        if self.step == 0.0 {
            return current;
        }
        ((current / self.step + 0.5).floor() * self.step).clamp(self.lowest, self.highest)
    }
}

/// The currents of a run: their range, their usual magnitude, and how much rounding moves them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurrentSpan {
    /// Lowest current, nA.
    pub lowest: f64,
    /// Highest current, nA.
    pub highest: f64,
    /// Magnitude that lasts, nA: the mean over all currents, which single pulses hardly change.
    pub sustained: f64,
    /// Greatest change of a current by rounding, after clamping to the range, nA.
    pub rounding: f64,
}

impl CurrentSpan {
    /// Returns the span of these currents, nA, in a population with this range.
    pub fn of(range: &CurrentRange, currents: impl IntoIterator<Item = f64>) -> Self {
        let nothing = Self { lowest: f64::INFINITY, highest: f64::NEG_INFINITY, sustained: 0.0, rounding: 0.0 };
        let (mut span, mut count) = (nothing, 0_u64);
        for current in currents {
            let within = current.clamp(range.lowest, range.highest);
            count += 1;
            span = Self {
                lowest: span.lowest.min(current),
                highest: span.highest.max(current),
                sustained: span.sustained + current.abs(),
                rounding: span.rounding.max((range.nearest(within) - within).abs()),
            };
        }
        match count {
            0 => Self { lowest: 0.0, highest: 0.0, ..nothing },
            _ => Self { sustained: span.sustained / count as f64, ..span },
        }
    }

    /// Returns the span of any currents from `lowest` to `highest`, nA, whose mean is halfway.
    pub fn between(range: &CurrentRange, lowest: f64, highest: f64) -> Self {
        let rounding = if lowest < highest { range.step / 2.0 } else { 0.0 };
        Self { lowest, highest, sustained: (lowest + highest).abs() / 2.0, rounding }
    }
}

/// Lists warnings about the currents of a run, each in a sentence; most runs have none.
///
/// The currents may be in another unit, be outside the range of the number format, or lose their digits to it. If
/// neurons have their own parameters, a warning names the first neuron and the number of the others, as
/// [`warnings`](crate::warnings()) does.
///
/// ```
/// use glif::{CurrentSpan, Description, warnings_of_currents};
/// # let text = "model = \"lif\"\nshape = 1\n[params]\nstep_time = 1.0\nrest_v = -60.0\nreset_v = -65.0\nthresh_v = -50.0\n\
/// #             refrac_t = 2.0\ntime_constant = 20.0\nresistance = 100.0\n";
/// let population = Description::from_toml(text)?.build()?;
/// let warnings = |current| {
///     let range = population.current_range();
///     warnings_of_currents(population.description(), &range, &CurrentSpan::of(&range, [current]))
/// };
/// assert_eq!(warnings(0.3), [""; 0]);
/// assert_eq!(
///     warnings(3e-10),
///     ["currents up to 3e-10 nA move a membrane by up to 3e-8 mV; from rest to threshold it is 10 mV\nhelp: currents are in nA; 3e-10 A is 0.3 nA"]
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn warnings_of_currents(description: &Description, range: &CurrentRange, span: &CurrentSpan) -> Vec<String> {
    let own = |parameter| description.own.get(parameter).is_some();
    let [own_resistance, own_rest] = [Parameter::Resistance, Parameter::RestV].map(own);
    over_neurons(description, |alone: &Description| {
        let resistance = if own_resistance { alone.number(Parameter::Resistance) } else { range.resistance };
        let mut warnings = about(alone, &CurrentRange { resistance, ..*range }, span);
        // The range is that of all neurons together.
        let clamped = clamped(alone, range, span, own_resistance || own_rest);
        warnings.extend(clamped.map(|told| (Subject::Range, told)));
        warnings.sort_by_key(|(matter, _)| *matter);
        warnings
    })
}

/// What a warning is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Subject {
    Unit,
    Range,
    Resolution,
}

/// Lists warnings about currents in a neuron, except about those that a step clamps.
fn about(description: &Description, range: &CurrentRange, span: &CurrentSpan) -> Vec<(Subject, String)> {
    // The scale of these warnings is the way from rest to threshold.
    let (Some(threshold), Some(constant)) = (description.model().threshold(), description.model().time_constant())
    else {
        return Vec::new();
    };
    let way = (description.number(threshold) - description.number(Parameter::RestV)).abs();
    let strongest = span.lowest.abs().max(span.highest.abs());
    let drive = strongest * description.number(Parameter::Resistance).abs();
    let mut warnings = Vec::new();
    let time_constant = description.number(constant);
    warnings.extend(other_unit(description, span, drive, way, time_constant).map(|told| (Subject::Unit, told)));
    warnings.extend(coarse(description, range, span, way.max(drive), way).map(|told| (Subject::Resolution, told)));
    warnings
}

/// Warns if the currents were probably meant in amperes or picoamperes.
fn other_unit(
    description: &Description,
    span: &CurrentSpan,
    drive: f64,
    way: f64,
    time_constant: f64,
) -> Option<String> {
    let resistance = description.number(Parameter::Resistance).abs();
    let strongest = span.lowest.abs().max(span.highest.abs());
    let (sustained, in_a_step) =
        (span.sustained * resistance, -drive * (-description.step_time() / time_constant).exp_m1());
    let weak = drive < way / BEYOND;
    // A membrane with a slow leak integrates: it never gets near the voltage that it is driven to.
    let pulse = drive > way * BEYOND && in_a_step > way;
    let lasting = span.sustained >= PICOAMPERES
        && sustained >= way * BEYOND_IF_SUSTAINED
        && time_constant * way <= AT_ONCE * sustained;
    // Zero current is a usual input and may be intended; so is a threshold at rest.
    if drive == 0.0 || way == 0.0 || !(weak || pulse || lasting) {
        return None;
    }
    let (unit, meant) = if weak { ("A", strongest * 1e9) } else { ("pA", strongest / 1000.0) };
    let needed = if !weak && meant * resistance < way {
        format!(", which needs a `resistance` above {} MΩ to reach the threshold", computed(way / meant))
    } else {
        String::new()
    };
    let [drive, way, meant, written] = [drive, way, meant, strongest].map(computed);
    Some(format!(
        "currents up to {written} nA move a membrane by up to {drive} mV; from rest to threshold it is {way} mV\n\
         help: currents are in nA; {written} {unit} is {meant} nA{needed}"
    ))
}

/// Warns if a step in fixed point clamps some of the currents. `own` says whether the range is that which every neuron
/// takes, of neurons that differ.
fn clamped(description: &Description, range: &CurrentRange, span: &CurrentSpan, own: bool) -> Option<String> {
    // Floating point refuses such currents.
    if !description.spec.scalar.is_fixed_point() {
        return None;
    }
    let most = description.spec.scalar.limits(0).greatest;
    let (below, above) = (span.lowest < range.lowest, span.highest > range.highest);
    if !below && !above {
        return None;
    }
    // If the format of the current itself limits the range, a larger resistance allows the same drive with a
    // smaller current.
    let remedy = if above && range.highest >= most || below && range.lowest <= -most {
        "use a larger `resistance` and proportionally smaller currents, or a `scalar` with more integer bits"
    } else {
        "use a `scalar` with more integer bits, or f32"
    };
    let drives = [range.lowest, range.highest].map(|current| range.drive(current));
    let [lowest, highest, low, high] =
        [range.lowest, range.highest, drives[0].min(drives[1]), drives[0].max(drives[1])].map(computed);
    let range = if own {
        format!("a step clamps them in some neurons; all neurons take those between {lowest} and {highest} nA")
    } else {
        format!(
            "a step clamps them to between {lowest} and {highest} nA, which drive the membrane by {low} to {high} mV"
        )
    };
    Some(format!(
        "currents from {} to {} nA exceed the range of `{}`: {range}\nhelp: {remedy}",
        computed(span.lowest),
        computed(span.highest),
        description.spec.scalar
    ))
}

/// Warns if rounding the currents moves their drive by more than a fraction of `scale`, mV.
fn coarse(description: &Description, range: &CurrentRange, span: &CurrentSpan, scale: f64, way: f64) -> Option<String> {
    let error = range.drive(span.rounding).abs();
    if error <= COARSE * scale {
        return None;
    }
    let [step, drive, error, way] = [range.step, range.drive(range.step).abs(), error, way].map(computed);
    Some(format!(
        "`{}` stores currents in steps of {step} nA, which drive the membrane in steps of {drive} mV; rounding changes the drive of \
         these currents by up to {error} mV; from rest to threshold it is {way} mV\nhelp: use a `scalar` with more fraction bits, or a \
         smaller `resistance` and proportionally larger currents",
        description.spec.scalar
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warnings(scalar: &str, resistance: f64, more: &str, currents: &[f64]) -> Vec<String> {
        let text = format!(
            "model = \"lif\"\nshape = [2]\nscalar = \"{scalar}\"\n[params]\nstep_time = 1.0\nrest_v = -60.0\nreset_v = -65.0\n\
             thresh_v = -50.0\nrefrac_t = 2.0\nresistance = {resistance:?}\n{more}"
        );
        let population = Description::from_toml(&text).unwrap().build().unwrap();
        let range = population.current_range();
        warnings_of_currents(population.description(), &range, &CurrentSpan::of(&range, currents.iter().copied()))
    }

    const TAU: &str = "time_constant = 20.0";

    #[test]
    fn currents_in_other_units_are_noted() {
        for usual in [0.0, 0.05, -0.3, 0.9] {
            assert_eq!(warnings("f32", 100.0, TAU, &[usual]), [""; 0]);
        }
        assert!(warnings("f32", 100.0, TAU, &[1e30])[0].starts_with("currents up to 1e30 nA move"));
        assert!(warnings("f32", 100.0, TAU, &[-3e-10])[0].ends_with("3e-10 A is 0.3 nA"));
        assert!(warnings("f32", 100.0, TAU, &[0.1, 300.0])[0].ends_with("300 pA is 0.3 nA"));
        assert_eq!(
            warnings("f32", 1.0, TAU, &[200.0]),
            [
                "currents up to 200 nA move a membrane by up to 200 mV; from rest to threshold it is 10 mV\nhelp: currents are in nA; \
                 200 pA is 0.2 nA, which needs a `resistance` above 50 MΩ to reach the threshold"
            ]
        );
    }

    /// Single pulses may be strong, and so may a current that drives a neuron to fire often.
    #[test]
    fn pulses_and_strong_currents_raise_no_warning() {
        let mut pulses = [0.0; 100];
        pulses[7] = 900.0;
        assert_eq!(warnings("f32", 1.0, TAU, &pulses), [""; 0]);
        assert_eq!(warnings("f32", 1.0, TAU, &[90.0]), [""; 0]);
        assert_eq!(warnings("f32", 100.0, TAU, &[9.0]), [""; 0]);
        assert_eq!(warnings("f32", 1.0, "time_constant = 200.0", &[300.0]), [""; 0]);
    }

    /// A neuron that hardly leaks is driven toward a voltage that it never gets near.
    #[test]
    fn integrator_raises_no_warning_about_units() {
        let integrator = |scalar| warnings(scalar, 1e6, "time_constant = 1e6", &[0.0625]);
        assert_eq!(integrator("f64"), [""; 0]);
        let clamped = integrator("i16f16");
        assert_eq!(clamped.len(), 1, "{clamped:?}");
        assert!(
            clamped[0].starts_with("currents from 0.0625 to 0.0625 nA exceed the range of `i16f16`"),
            "{clamped:?}"
        );
    }

    #[test]
    fn clamped_currents_are_noted() {
        assert_eq!(warnings("f32", 0.1, TAU, &[200.0]), [""; 0]);
        assert_eq!(warnings("i9f7", 0.1, TAU, &[200.0]), [""; 0]);
        assert_eq!(warnings("i8f8", 0.1, TAU, &[-127.9, 127.9]), [""; 0]);
        assert_eq!(
            warnings("i8f8", 0.1, TAU, &[200.0]),
            [
                "currents from 200 to 200 nA exceed the range of `i8f8`: a step clamps them to between -128 and 127.9961 nA, which drive \
              the membrane by -12.7998 to 12.79941 mV\nhelp: use a larger `resistance` and proportionally smaller currents, or a `scalar` with more integer bits"
            ]
        );
        // R·I limits currents that the format holds: at a rest of -60 mV, rest + R·I is limited to ±128 mV.
        assert_eq!(warnings("i8f8", 100.0, TAU, &[1.875, -0.6]), [""; 0]);
        for outside in [1.9, 5.0, -0.7] {
            let told = warnings("i8f8", 100.0, TAU, &[0.0, outside]);
            assert_eq!(told.len(), 1, "{told:?}");
            assert!(told[0].contains("between -0.6796875 and 1.878906 nA") && told[0].ends_with("or f32"), "{told:?}");
        }
    }

    /// Each neuron is compared with its own resistance and potentials.
    #[test]
    fn neurons_with_their_own_parameters_are_named() {
        let of = |scalar: &str, own: &str, currents: &[f64]| {
            let text = format!(
                "model = \"lif\"\nshape = [4]\nscalar = \"{scalar}\"\n[params]\nstep_time = 1.0\nrest_v = -60.0\n\
                 reset_v = -65.0\nrefrac_t = 2.0\n{TAU}\n{own}"
            );
            let population = Description::from_toml(&text).unwrap().build().unwrap();
            let range = population.current_range();
            warnings_of_currents(population.description(), &range, &CurrentSpan::of(&range, currents.iter().copied()))
        };
        let own = "thresh_v = -50.0\nresistance = { each = [0.1, 1.0, 1.0, 0.2] }";
        assert_eq!(of("f32", own, &[20.0]), [""; 0]);
        let told = of("f32", own, &[200.0]);
        assert_eq!(told.len(), 1, "{told:?}");
        let start = "currents up to 200 nA move a membrane by up to 200 mV; from rest to threshold it is 10 mV";
        assert!(told[0].starts_with(&format!("{start} (in neuron 1 and 1 more neuron)\nhelp: ")), "{told:?}");
        let own = "thresh_v = { each = [-50.0, -50.0, -50.0, 10.0] }\nresistance = 1.0";
        assert!(of("f32", own, &[200.0])[0].contains("(in neuron 0 and 2 more neurons)\n"));
        let own = "thresh_v = -50.0\nresistance = { each = [1.0, 100.0, 1.0, 50.0] }";
        let told = of("i8f8", own, &[3.0]);
        assert_eq!(
            told,
            [
                "currents from 3 to 3 nA exceed the range of `i8f8`: a step clamps them in some neurons; all neurons take those \
                 between -0.6796875 and 1.878906 nA\nhelp: use a `scalar` with more integer bits, or f32"
            ]
        );
        let own = "thresh_v = -50.0\nresistance = { each = [1.0, 1000.0, 1.0, 1.0] }";
        let told = of("i9f7", own, &[0.0115]);
        assert!(told.len() == 1 && told[0].contains("it is 10 mV (in neuron 1)\nhelp: use a `scalar`"), "{told:?}");
    }

    #[test]
    fn rounded_currents_are_noted() {
        // 0.0115 nA is rounded to 1/128 nA.
        let coarse = warnings("i9f7", 1000.0, TAU, &[0.0115]);
        assert_eq!(
            coarse,
            [
                "`i9f7` stores currents in steps of 0.0078125 nA, which drive the membrane in steps of 7.8125 mV; rounding changes the \
              drive of these currents by up to 3.6875 mV; from rest to threshold it is 10 mV\nhelp: use a `scalar` with more fraction \
              bits, or a smaller `resistance` and proportionally larger currents"
            ]
        );
        for coarse in [0.0098, 0.0019] {
            assert_eq!(warnings("i8f8", 1000.0, TAU, &[coarse]).len(), 1, "{coarse}");
        }
        // A current that the format holds exactly loses nothing, and a small rounding raises no warning.
        assert_eq!(warnings("i9f7", 1000.0, TAU, &[0.015625]), [""; 0]);
        assert_eq!(warnings("i8f8", 1.0, TAU, &[11.503]), [""; 0]);
        assert_eq!(warnings("i16f16", 1000.0, TAU, &[0.0115]), [""; 0]);
        let range = CurrentRange { lowest: -1.0, highest: 1.0, step: 0.01, resistance: 100.0 };
        assert_eq!(CurrentSpan::between(&range, 0.0, 0.5).rounding, 0.005);
        assert_eq!(
            CurrentSpan::of(&range, []),
            CurrentSpan { lowest: 0.0, highest: 0.0, sustained: 0.0, rounding: 0.0 }
        );
    }
}
