//! What is allowed and still most likely a mistake: numbers in another unit than they are read in.
//!
//! A population of them is built all the same, as models without units are written so too; programs tell the doubts beside what
//! they do.

use crate::Description;
use crate::description::ModelName;

/// If every potential is nearer to zero than this, volts were probably meant; mV.
const VOLTS: f64 = 0.2;
/// From here on ohms were probably meant, MΩ.
const OHMS: f64 = 1e5;

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
    let (potentials, constant): (&[&str], &str) = match description.model {
        ModelName::Lif | ModelName::Glif1 => (&["rest_v", "reset_v", "thresh_v"], "time_constant"),
        ModelName::Alif => (&["rest_v", "reset_v", "thresh_eq_v"], "tc_membrane"),
        ModelName::Glif2 => (&["rest_v", "thresh_eq_v"], "tc_membrane"),
    };
    let mut doubts = Vec::new();
    let tau = number(constant);
    if tau < step_time {
        doubts.push(format!(
            "`{constant}` = {tau} ms is shorter than a step of {step_time} ms, so most of a membrane is gone after one; {tau} s \
             would be {} ms",
            1000.0 * tau
        ));
    }
    let refractory = number("refrac_t");
    if refractory > 0.0 && refractory < step_time {
        doubts.push(format!(
            "`refrac_t` = {refractory} ms is shorter than a step of {step_time} ms and counts as one; {refractory} s would be \
             {} ms",
            1000.0 * refractory
        ));
    }
    if potentials.iter().all(|name| number(name).abs() < VOLTS) && potentials.iter().any(|name| number(name) != 0.0) {
        let told: Vec<String> = potentials.iter().map(|name| format!("`{name}` = {} mV", number(name))).collect();
        doubts.push(format!("{} look like volts; potentials are read in mV", told.join(", ")));
    }
    let resistance = number("resistance");
    if resistance.abs() >= OHMS {
        doubts.push(format!(
            "`resistance` = {resistance:?} MΩ is large; {resistance:?} Ω would be {:?} MΩ, and currents are read in nA",
            resistance / 1e6
        ));
    }
    doubts
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
            let rest = "step_time = 1.0\nrefrac_t = 0.0\ntc_membrane = 1.0\nresistance = -99.0";
            assert_eq!(of(&(potentials + rest)), [""; 0]);
        }
    }

    #[test]
    fn a_population_in_si_units_raises_one_for_each() {
        let told = of("step_time = 0.1\nrest_v = -0.07\nreset_v = -0.07\nthresh_eq_v = -0.05\nrefrac_t = 0.002\n\
                       tc_membrane = 0.02\nresistance = 1e8");
        let starts = [
            "`tc_membrane` = 0.02 ms",
            "`refrac_t` = 0.002 ms",
            "`rest_v` = -0.07 mV, ",
            "`resistance` = 100000000.0 MΩ",
        ];
        assert_eq!(told.len(), starts.len(), "{told:?}");
        told.iter().zip(starts).for_each(|(told, start)| assert!(told.starts_with(start), "{told}"));
        assert!(told[3].contains("would be 100.0 MΩ"), "{}", told[3]);
    }
}
