//! What is allowed and still most likely a mistake, such as numbers in another unit than they are read in.
//!
//! A population of them is built all the same, as models without units are written so too; programs tell the doubts beside what
//! they do.

use glif_core::derive::Factor;
use glif_core::error::Number;

use crate::Description;
use crate::description::{ModelName, ReductionName, ScalarName};
use crate::number::short;

/// If every potential is nearer to zero than this, volts were probably meant; mV.
const VOLTS: f64 = 0.2;
/// From here on ohms were probably meant, MΩ.
const OHMS: f64 = 1e5;
/// Steps shorter than this were probably meant in seconds, ms.
const SECONDS: f64 = 0.005;
/// Currents that move a membrane by so many times the way to its threshold, or by so little a part of it, were probably meant in
/// another unit.
const BEYOND: f64 = 1000.0;

/// What a person should look at again, each in a sentence; most populations have none.
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
///     glif::doubts(&description),
///     ["`time_constant` = 0.02 ms is shorter than a step of 1 ms, so most of a membrane is gone after one; 0.02 s would be 20 ms"]
/// );
/// # Ok::<(), glif::DescriptionErrors>(())
/// ```
pub fn doubts(description: &Description) -> Vec<String> {
    let number = |name: &str| description.number(name);
    let step_time = number("step_time");
    let constant = description.model.time_constant();
    let potentials: &[&str] = match description.model {
        ModelName::Lif | ModelName::Glif1 => &["rest_v", "reset_v", "thresh_v"],
        ModelName::Alif => &["rest_v", "reset_v", "thresh_eq_v"],
        ModelName::Glif2 => &["rest_v", "thresh_eq_v"],
    };
    let mut doubts = Vec::new();
    if step_time < SECONDS {
        let (written, meant) = (Number(step_time), computed(1000.0 * step_time));
        doubts.push(format!(
            "`step_time` = {written} ms is very short; {written} s would be {meant} ms, and all times are read in ms"
        ));
    }
    let tau = number(constant);
    if tau < step_time {
        let ([written, step], meant) = ([tau, step_time].map(Number), computed(1000.0 * tau));
        doubts.push(format!(
            "`{constant}` = {written} ms is shorter than a step of {step} ms, so most of a membrane is gone after one; {written} s \
             would be {meant} ms"
        ));
    }
    // A rate constant stands for the time that it is one over.
    let components = description.model.lists().iter().find_map(|name| match *name {
        "tc_adaptation" => Some((*name, "ms", description.list(name).iter().map(|tau| step_time / tau).collect())),
        "rc_adaptation" => Some((*name, "1/ms", description.list(name).iter().map(|rate| step_time * rate).collect())),
        _ => None,
    });
    let (name, unit, leaks): (_, _, Vec<f64>) = components.unwrap_or_default();
    for (leak, value) in leaks.iter().zip(description.list(name)) {
        let (written, step) = (Number(*value), Number(step_time));
        if never_decays(description.scalar, *leak) {
            doubts.push(format!(
                "`{name}` = {written} {unit} decays by less in a step of {step} ms than `{}` can tell: what a spike adds to the \
                 threshold stays",
                description.scalar.name()
            ));
        } else if *leak > 1.0 {
            let meant = match unit {
                "ms" => format!("{written} s would be {} ms", computed(1000.0 * value)),
                _ => format!("a time constant of {written} ms would be {} {unit}", computed(1.0 / value)),
            };
            doubts.push(format!(
                "`{name}` = {written} {unit} leaves little after a step of {step} ms of what a spike adds to the threshold; {meant}"
            ));
        }
    }
    if never_decays(description.scalar, step_time / tau) {
        doubts.push(format!(
            "`{constant}` = {} ms lets a membrane move by less in a step of {} ms than `{}` can tell: no current moves it",
            Number(tau),
            Number(step_time),
            description.scalar.name()
        ));
    }
    let refractory = number("refrac_t");
    if refractory > 0.0 && refractory < step_time {
        let ([written, step], meant) = ([refractory, step_time].map(Number), computed(1000.0 * refractory));
        doubts.push(format!(
            "`refrac_t` = {written} ms is shorter than a step of {step} ms and counts as a whole one; {written} s would be {meant} ms"
        ));
    }
    if potentials.iter().all(|name| number(name).abs() < VOLTS) && potentials.iter().any(|name| number(name) != 0.0) {
        let told: Vec<String> =
            potentials.iter().map(|name| format!("`{name}` = {} mV", Number(number(name)))).collect();
        doubts.push(format!("{} look like volts; potentials are read in mV", told.join(", ")));
    }
    let resistance = number("resistance");
    if resistance.abs() >= OHMS {
        let (written, meant) = (Number(resistance), computed(resistance / 1e6));
        doubts.push(format!(
            "`resistance` = {written} MΩ is large; {written} Ω would be {meant} MΩ, and currents are read in nA"
        ));
    }
    if resistance < 0.0 {
        let written = Number(resistance);
        doubts.push(format!("`resistance` = {written} MΩ is negative, so a positive current keeps a neuron silent"));
    }
    let batch = description.batch_size;
    if description.batch_reduction == ReductionName::Sum && batch > 1 && description.components() > 0 {
        doubts.push(format!(
            "`batch_reduction` = \"sum\" adds up threshold components that all {batch} samples start from, so a step multiplies what is \
             there by up to {batch}; \"mean\" keeps their size"
        ));
    }
    doubts
}

/// Whether a decay of exp(-`leak`) is 1 as the scalar keeps it. Fixed point refuses that; floats have it as Inferno has.
fn never_decays(scalar: ScalarName, leak: f64) -> bool {
    if leak.is_nan() || leak < 0.0 {
        return false; // no decay at all, and refused when it is built
    }
    let decay = Factor::of(-leak).value;
    match scalar {
        ScalarName::F32 => decay as f32 == 1.0,
        ScalarName::F64 => decay == 1.0,
        _ => false,
    }
}

/// What a person should look at again if the strongest current of a run, of either sign, is `strongest` nA; most runs have nothing.
///
/// ```
/// # let description = glif::Description::from_toml(r#"
/// #     model = "lif"
/// #     shape = [1]
/// #     [params]
/// #     step_time = 1.0
/// #     rest_v = -60.0
/// #     reset_v = -65.0
/// #     thresh_v = -50.0
/// #     refrac_t = 2.0
/// #     time_constant = 20.0
/// #     resistance = 100.0
/// # "#)?;
/// assert_eq!(glif::doubt_of_currents(&description, 0.3), None);
/// assert_eq!(
///     glif::doubt_of_currents(&description, 3e-10).unwrap(),
///     "currents up to 3e-10 nA move a membrane by up to 3e-8 mV, 10 mV from its threshold; they are read in nA, and 3e-10 A would be 0.3 nA"
/// );
/// # Ok::<(), glif::DescriptionErrors>(())
/// ```
pub fn doubt_of_currents(description: &Description, strongest: f64) -> Option<String> {
    let way = (description.number(description.model.threshold()) - description.number("rest_v")).abs();
    let strongest = strongest.abs();
    let drive = strongest * description.number("resistance").abs();
    // Nothing at all is a usual input, and may be meant; so is a threshold at rest.
    if drive == 0.0 || way == 0.0 || (way / BEYOND..=way * BEYOND).contains(&drive) {
        let most = description.scalar.greatest_current().filter(|most| strongest > *most)?;
        return Some(format!(
            "currents up to {} nA are beyond `{}`, which takes {} nA for all that are stronger; with a larger `resistance`, smaller \
             ones do the same",
            computed(strongest),
            description.scalar.name(),
            computed(most)
        ));
    }
    let (unit, meant) = if drive < way { ("A", strongest * 1e9) } else { ("pA", strongest / 1000.0) };
    let [drive, way, meant, written] = [drive, way, meant, strongest].map(computed);
    Some(format!(
        "currents up to {written} nA move a membrane by up to {drive} mV, {way} mV from its threshold; they are read in nA, \
         and {written} {unit} would be {meant} nA"
    ))
}

/// What arithmetic leaves in the last digits is nobody's number; an f32 has seven.
fn computed(value: f64) -> String {
    short(value, 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(params: &str) -> Vec<String> {
        let text =
            format!("model = \"alif\"\nshape = [2]\n[params]\ntc_adaptation = 40.0\nspike_increment = 0.1\n{params}");
        doubts(&Description::from_toml(&text).unwrap())
    }

    #[test]
    fn what_is_usual_raises_none() {
        for (rest, reset, thresh) in [(-60.0, -65.0, -50.0), (0.0, 0.0, 1.0), (0.0, -0.1, 0.5)] {
            let potentials = format!("rest_v = {rest:?}\nreset_v = {reset:?}\nthresh_eq_v = {thresh:?}\n");
            let rest = "step_time = 1.0\nrefrac_t = 0.0\ntc_membrane = 1.0\nresistance = 99.0";
            assert_eq!(of(&(potentials + rest)), [""; 0]);
        }
    }

    #[test]
    fn what_is_read_as_it_stands_and_seldom_meant() {
        let params = "step_time = 0.001\nrest_v = -70.0\nreset_v = -70.0\nthresh_eq_v = -50.0\nrefrac_t = 0.002\n\
                      tc_membrane = 0.02\nresistance = -1.0";
        let told = of(params);
        assert!(told[0].starts_with("`step_time` = 0.001 ms is very short; 0.001 s would be 1 ms"), "{told:?}");
        assert!(told[1].starts_with("`resistance` = -1 MΩ is negative") && told.len() == 2, "{told:?}");
        let longer = params.replace("-1.0", "1.0").replace("0.001", "0.005").replace("0.002", "0.01");
        assert_eq!(of(&longer), [""; 0]);
    }

    #[test]
    fn what_never_decays_raises_one() {
        let params = |tau: &str, scalar: &str| {
            let text = format!(
                "model = \"alif\"\nshape = [2]\nscalar = \"{scalar}\"\n[params]\nstep_time = 1.0\nrest_v = -60.0\nreset_v = -65.0\n\
                 thresh_eq_v = -50.0\nrefrac_t = 2.0\ntc_membrane = {tau}\ntc_adaptation = [40.0, {tau}]\nspike_increment = 1e-5\nresistance = 1.0"
            );
            doubts(&Description::from_toml(&text).unwrap())
        };
        for (scalar, enough, much) in [("f32", "3.3e7", "3.4e7"), ("f64", "1.8e16", "1.9e16")] {
            assert_eq!(params(enough, scalar), [""; 0]);
            let told = params(much, scalar);
            assert!(told[0].starts_with("`tc_adaptation` = ") && told[0].contains(scalar), "{told:?}");
            assert!(told[1].starts_with("`tc_membrane` = ") && told.len() == 2, "{told:?}");
        }
        let rate = "model = \"glif2\"\nshape = [2]\n[params]\nstep_time = 1.0\nrest_v = -60.0\nreset_v_add = 5.0\nreset_v_mul = 0.5\n\
                    thresh_eq_v = -50.0\nrefrac_t = 2.0\ntc_membrane = 20.0\nrc_adaptation = 1e-9\nspike_increment = 1e-5\nresistance = 1.0";
        let told = doubts(&Description::from_toml(rate).unwrap());
        assert_eq!(
            told,
            [
                "`rc_adaptation` = 1e-9 1/ms decays by less in a step of 1 ms than `f32` can tell: what a spike adds to the threshold stays"
            ]
        );
    }

    #[test]
    fn a_sum_of_samples_grows() {
        let head = "model = \"alif\"\nshape = [2]\nbatch_reduction = \"sum\"\n";
        let params = "[params]\nstep_time = 1.0\nrest_v = -60.0\nreset_v = -65.0\nthresh_eq_v = -50.0\nrefrac_t = 2.0\n\
                      tc_membrane = 20.0\ntc_adaptation = 40.0\nspike_increment = 0.1";
        let of = |batch: &str| doubts(&Description::from_toml(&format!("{head}{batch}{params}")).unwrap());
        assert_eq!(of("batch_size = 1\n"), [""; 0]);
        assert!(of("batch_size = 8\n")[0].contains("by up to 8"));
    }

    #[test]
    fn currents_in_other_units_raise_one() {
        let text = "model = \"lif\"\nshape = [2]\n[params]\nstep_time = 1.0\nrest_v = -60.0\nreset_v = -65.0\nthresh_v = -50.0\n\
                    refrac_t = 2.0\ntime_constant = 20.0\nresistance = 100.0";
        let of = |strongest| doubt_of_currents(&Description::from_toml(text).unwrap(), strongest);
        for usual in [0.0, 0.05, -0.3, 90.0] {
            assert_eq!(of(usual), None);
        }
        assert!(of(f64::from(1e30_f32)).unwrap().starts_with("currents up to 1e30 nA move"));
        assert!(of(-3e-10).unwrap().ends_with("3e-10 A would be 0.3 nA"));
        assert!(of(300.0).unwrap().ends_with("300 pA would be 0.3 nA"));
    }

    /// What a step of fixed point clamps is told, where it is not a matter of units.
    #[test]
    fn currents_beyond_the_number_format_raise_one() {
        let text = "model = \"lif\"\nshape = [2]\nscalar = \"SCALAR\"\n[params]\nstep_time = 1.0\nrest_v = -60.0\nreset_v = -65.0\n\
                    thresh_v = -50.0\nrefrac_t = 2.0\ntime_constant = 20.0\nresistance = 0.1";
        let of = |scalar, strongest| {
            doubt_of_currents(&Description::from_toml(&text.replace("SCALAR", scalar)).unwrap(), strongest)
        };
        assert_eq!(of("f32", 200.0), None);
        assert_eq!(of("i9f7", 200.0), None);
        assert_eq!(of("i8f8", 127.9), None);
        assert_eq!(
            of("i8f8", 200.0).unwrap(),
            "currents up to 200 nA are beyond `i8f8`, which takes 127.9961 nA for all that are stronger; with a larger \
             `resistance`, smaller ones do the same"
        );
    }

    #[test]
    fn adaptation_that_is_gone_at_once_raises_one() {
        let params = "step_time = 0.5\nrest_v = -60.0\nreset_v = -65.0\nthresh_eq_v = -50.0\nrefrac_t = 2.0\ntc_membrane = 20.0\n";
        let seconds = format!(
            "model = \"alif\"\nshape = [2]\n[params]\ntc_adaptation = [100.0, 0.1]\nspike_increment = 1.0\n{params}"
        );
        assert_eq!(
            doubts(&Description::from_toml(&seconds).unwrap()),
            [
                "`tc_adaptation` = 0.1 ms leaves little after a step of 0.5 ms of what a spike adds to the threshold; 0.1 s would be 100 ms"
            ]
        );
        let params = params.replace("reset_v = -65.0", "reset_v_add = 5.0\nreset_v_mul = 0.5");
        let times = format!(
            "model = \"glif2\"\nshape = [2]\n[params]\nrc_adaptation = [50, 0.02]\nspike_increment = 1.0\n{params}"
        );
        assert_eq!(
            doubts(&Description::from_toml(&times).unwrap()),
            [
                "`rc_adaptation` = 50 1/ms leaves little after a step of 0.5 ms of what a spike adds to the threshold; a time constant of \
                 50 ms would be 0.02 1/ms"
            ]
        );
    }

    #[test]
    fn a_population_in_si_units_raises_one_for_each() {
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
        assert!(told[3].contains("would be 100 MΩ"), "{}", told[3]);
    }
}
