//! Errors in the values of a description, all of them at once, each with a remedy.

use glif_core::spec::Parameter;
use glif_core::{ParamError, Problem};

use crate::Description;
use crate::limits::{AXES, DRAWN_NEURONS};
use crate::number::short;
use crate::population::{BuildError, check_batch};

impl Description {
    /// Sets the shared table to the values of neuron 0, and lists the errors in the values, except those of `absent`
    /// parameters, which are reported already. The own parameters are checked only if the shape is known.
    ///
    /// The draws of at most [`DRAWN_NEURONS`] neurons are checked, so that the time does not grow with the shape.
    pub(crate) fn settle(&mut self, absent: &[Parameter], has_shape: bool) -> Vec<String> {
        let mut absent = absent.to_vec();
        let mut told = Vec::new();
        let known: Vec<Parameter> = if has_shape && !self.own.is_empty() {
            let (drawn, wrong) = self.draw_first(DRAWN_NEURONS);
            drawn.write_to(0, &mut self.spec.params);
            for (parameter, problem) in wrong {
                absent.push(parameter);
                told.push(problem);
            }
            drawn.parameters().collect()
        } else {
            Vec::new()
        };
        absent.extend(self.own.iter().map(|(parameter, _)| parameter).filter(|parameter| !known.contains(parameter)));
        told.extend(self.problems(&absent));
        told
    }

    /// Lists the errors in the values, except those of `absent` parameters, which are reported already.
    pub(super) fn problems(&self, absent: &[Parameter]) -> Vec<String> {
        let (shape, batch) = (&self.shape, self.batch_size);
        if shape.len() > AXES {
            return vec![format!("`shape`: has {} dimensions; at most {AXES} are supported", shape.len())];
        }
        let empty = shape.is_empty() || shape.contains(&0);
        let countless = shape.iter().try_fold(batch, |cells, length| cells.checked_mul(*length)).is_none();
        let unfit = [
            self.unfit_rounding(),
            empty.then(|| BuildError::Empty { shape: shape.clone() }),
            (batch == 0).then_some(BuildError::NoSample),
            check_batch(self.spec.dialect(), batch).err(),
            countless.then(|| BuildError::TooLarge { shape: shape.clone(), batch }),
        ];
        let mut problems: Vec<String> = unfit.iter().flatten().map(ToString::to_string).collect();
        // An absent number is NaN. An absent list gets one valid value.
        let mut spec = self.spec.clone();
        for parameter in absent.iter().filter(|parameter| parameter.is_list()) {
            _ = spec.params.set(*parameter, &[1.0]);
        }
        if let Err(errors) = spec.check() {
            for error in errors.iter().filter(|error| !absent.contains(&error.parameter)) {
                // A lower rest is no remedy if the reset is wrong too.
                let instead = if errors.mentions(Parameter::ResetV) { String::new() } else { self.instead(error) };
                problems.push(format!("{}{instead}", self.named(error, 0)));
            }
            let more = errors.count() - errors.iter().count();
            problems.extend((more > 0).then(|| format!("and {more} more")));
        }
        problems
    }

    /// Returns a remedy for a rest on or above the threshold: a lower rest, and the current that holds the
    /// membrane where the rest was.
    ///
    /// Returns an empty string if the error is about something else, or reset and threshold are exchanged.
    fn instead(&self, error: &ParamError) -> String {
        let about = matches!(error.problem, Problem::NotBelow { .. } | Problem::RoundsOnto { .. });
        let Some(threshold) = self.model().threshold() else { return String::new() };
        let [rest, limit, resistance] =
            [Parameter::RestV, threshold, Parameter::Resistance].map(|parameter| self.number(parameter));
        let linear = self.model().resets_linearly();
        let lower = if linear { limit - 10.0 } else { self.number(Parameter::ResetV) }; // mV
        let current = (rest - lower) / resistance;
        if error.parameter != Parameter::RestV || !about || lower >= limit || !current.is_finite() {
            return String::new();
        }
        // A linear reset is relative to the rest.
        let [add, mul] = [Parameter::ResetVAdd, Parameter::ResetVMul].map(|parameter| self.number(parameter));
        let offset = if linear {
            format!(", `reset_v_add` = {} mV", short(add - (rest - lower) * (1.0 - mul), 6))
        } else {
            String::new()
        };
        let [lower, current] = [lower, current].map(|value| short(value, 6));
        format!("\nhelp: for the same neuron, use `rest_v` = {lower} mV{offset} and {current} nA more current")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A rest above the threshold equals a lower rest and a current. Brian2's CUBA neuron fires every 529 steps
    /// without input.
    #[test]
    fn remedy_for_a_rest_above_the_threshold_gives_the_same_neuron() {
        let cuba = "model = 'lif'\nshape = 1\nscalar = 'f64'\nrefractory = 'exact'\n[params]\nstep_time = 0.1\nrest_v = -49.0\n\
                    reset_v = -60.0\nthresh_v = -50.0\nrefrac_t = 5.0\ntime_constant = 20.0\nresistance = 2.0\n";
        let linear = "model = 'glif2'\nshape = 1\nscalar = 'f64'\nrefractory = 'exact'\n[params]\nstep_time = 0.1\nrest_v = -49.0\n\
                      reset_v_add = 9.0\nreset_v_mul = 0.5\nthresh_eq_v = -50.0\nrefrac_t = 5.0\ntc_membrane = 20.0\n\
                      rc_adaptation = 0.1\nspike_increment = 0.0\n";
        let advice = "\nhelp: for the same neuron, use `rest_v` = -60 mV";
        for (text, advice, fixes, current) in [
            (cuba, format!("{advice} and 5.5 nA more current"), vec![("rest_v = -49.0", "rest_v = -60")], 5.5),
            (
                linear,
                format!("{advice}, `reset_v_add` = 3.5 mV and 11 nA more current"),
                vec![("rest_v = -49.0", "rest_v = -60"), ("reset_v_add = 9.0", "reset_v_add = 3.5")],
                11.0,
            ),
        ] {
            let told = Description::from_toml(text).unwrap_err().to_string();
            assert!(told.ends_with(&advice) && told.lines().count() == 2, "{told}");
            let fixed = fixes.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
            let description = Description::from_toml(&fixed).unwrap();
            let mut population = description.build().unwrap();
            let mut spikes = Vec::new();
            for step in 0..3000 {
                population.load(crate::Currents::F64(&[current])).unwrap();
                if population.step(description.options()).unwrap().count() > 0 {
                    spikes.push(step);
                }
            }
            // Computes the steps of the spikes from the equation of the membrane with the original values: a
            // reset to -60, or to -49 + 0.5 (v + 49) - 9, where v is the membrane at the spike.
            let decay = (-0.1_f64 / 20.0).exp();
            let mut v = -60.0;
            let mut expected = Vec::new();
            let mut step = 0;
            while step < 3000 {
                v = -49.0 + (v + 49.0) * decay;
                if v >= -50.0 {
                    expected.push(step);
                    v = if text == cuba { -60.0 } else { -49.0 + 0.5 * (v + 49.0) - 9.0 };
                    step += 49; // for 50 steps the membrane does not move, the spike's own included
                }
                step += 1;
            }
            assert_eq!(spikes, expected);
            assert!(spikes.len() > 3);
        }
        // Rest and reset both round onto the threshold, so neither can stand for the other.
        let both = cuba.replace("f64", "f32").replace("-49.0", "-50.0000001").replace("-60.0", "-50.0000000001");
        let told = Description::from_toml(&both).unwrap_err().to_string();
        assert!(told.lines().count() == 4 && !told.contains("for the same neuron"), "{told}");
    }
}
