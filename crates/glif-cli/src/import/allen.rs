//! Cells of the Allen Cell Types Database: `neuron_config.json` of a GLIF model, in SI units.
//!
//! Source: `glif_neuron.py` and `glif_neuron_methods.py` of AllenSDK 2.16.2.

use glif::description::{Dialect, ModelKind, ParamTable, Parameter, Spec};
use glif::{Description, RefractoryRule};
use glif_core::spec::ComponentKind;
use serde_json::Value;

use super::reader::Reader;

/// A cell, in the units of the file, with the factors of `coeffs` applied.
pub(super) struct Cell {
    level: ModelKind,
    /// V.
    rest: f64,
    /// V, above `rest`.
    threshold: f64,
    /// Where the membrane begins, V, if it is not at rest.
    initial: Option<f64>,
    /// Ω and F.
    resistance: f64,
    capacitance: f64,
    /// s.
    step: f64,
    /// Steps of `step` that a spike takes.
    cut: f64,
    /// Factor of the membrane at a spike, and what is added, V.
    reset: (f64, f64),
    /// Growth of the threshold at a spike, V, and its rate constant, 1/s.
    spike: (f64, f64),
    /// a_v and b_v, 1/s.
    voltage: (f64, f64),
    /// Amplitude, A, time constant, s, and share that a spike retains, of each after-spike current.
    currents: Vec<(f64, f64, f64)>,
    report: Vec<String>,
}

/// An imported population.
pub(super) struct Imported {
    pub(super) description: Description,
    /// What became of each key of the cell.
    pub(super) report: Vec<String>,
}

/// The methods of a level: of the reset of the membrane, of the threshold, and whether there are after-spike
/// currents.
const LEVELS: [(ModelKind, &str, &str, &str); 5] = [
    (ModelKind::Glif1, "zero", "inf", "none"),
    (ModelKind::Glif2, "v_before", "spike_component", "none"),
    (ModelKind::Glif3, "zero", "inf", "exp"),
    (ModelKind::Glif4, "v_before", "spike_component", "exp"),
    (ModelKind::Glif5, "v_before", "three_components_exact", "exp"),
];

impl Cell {
    /// Reads a cell.
    ///
    /// # Errors
    /// Returns everything that is wrong with it.
    pub(super) fn read(text: &str) -> Result<Self, Vec<String>> {
        let object = match serde_json::from_str(text) {
            Ok(Value::Object(object)) => object,
            Ok(_) => return Err(vec!["not a cell: must be an object in JSON".to_owned()]),
            Err(error) => return Err(vec![format!("not valid JSON: {error}")]),
        };
        let mut reader = Reader::new(object, "");
        let cell = Self::from_reader(&mut reader);
        reader.refuse_unknown();
        match cell {
            Some(cell) if reader.errors.is_empty() => Ok(cell),
            _ => Err(reader.errors),
        }
    }

    /// Returns `None` if the errors say why.
    fn from_reader(reader: &mut Reader) -> Option<Self> {
        let mut report = Vec::new();
        let kind = reader.text("type");
        if let Some(kind) = kind.as_deref().filter(|kind| *kind != "GLIF") {
            reader.refuse("type", &Value::from(kind), "must be \"GLIF\"");
        }
        report.push("`type`: GLIF, checked".to_owned());
        let (reference, offset) = (reader.number("El_reference"), reader.number("El"));
        let (resistance, capacitance) = (reader.positive("R_input"), reader.positive("C"));
        let (threshold, step, cut) =
            (reader.number("th_inf"), reader.positive("dt"), reader.number("spike_cut_length"));
        if let Some(cut) = cut.filter(|cut| *cut < 0.0 || cut.fract() != 0.0) {
            reader.refuse("spike_cut_length", &Value::from(cut), "must be a whole number of steps, at least 0");
        }
        let (taus, amplitudes) = (reader.numbers("asc_tau_array"), reader.numbers("asc_amp_array"));
        let coefficients = Self::coefficients(reader);
        let initial = Self::initial(reader, offset, &mut report);
        for (key, why) in [
            ("dt_multiplier", "used when the cell was fitted; GlifNeuron does not read it"),
            ("th_adapt", "GlifNeuron does not use it"),
            ("extrapolation_method_name", "interpolates spike times within a step; glif reports steps"),
        ] {
            if reader.optional(key).is_some() {
                report.push(format!("`{key}`: ignored; {why}"));
            }
        }
        let methods = Methods::read(reader)?;
        let (level, reset, spike, voltage, retained) = methods.level(reader)?;
        let [a, b, c, g, th_inf] = coefficients.as_ref()?.0;
        let shares = &coefficients.as_ref()?.1;
        let (taus, amplitudes) = (taus?, amplitudes?);
        let mut currents = Vec::new();
        if level.has(ComponentKind::Current) {
            let lengths = [taus.len(), amplitudes.len(), shares.len(), retained.len()];
            if lengths.iter().any(|length| *length != taus.len()) {
                let [taus, amplitudes, shares, retained] = lengths;
                reader.errors.push(format!(
                    "`asc_tau_array`: has {taus} values, but `asc_amp_array` has {amplitudes}, \
                     `coeffs.asc_amp_array` has {shares} and `AScurrent_reset_method.params.r` has {retained}"
                ));
                return None;
            }
            if let Some(tau) = taus.iter().find(|tau| **tau <= 0.0) {
                reader.refuse("asc_tau_array", &Value::from(*tau), "must be positive");
            }
            currents = (0..taus.len()).map(|k| (amplitudes[k] * shares[k], taus[k], retained[k])).collect();
        } else {
            report.push("`asc_tau_array`, `asc_amp_array`: ignored; the level has no after-spike currents".to_owned());
        }
        let (reference, offset) = (reference?, offset?);
        Some(Self {
            level,
            rest: reference + offset,
            initial: initial.map(|initial| reference + initial),
            // Allen's voltages are relative to the reference, glif's reset to rest.
            threshold: threshold? * th_inf - offset,
            resistance: resistance? / g,
            capacitance: capacitance? * c,
            step: step?,
            cut: cut?,
            reset: (reset.0, reset.1 + (reset.0 - 1.0) * offset),
            spike,
            voltage: (voltage.0 * a, voltage.1 * b),
            currents,
            report,
        })
    }

    /// Reads the factors a, b, C, G and th_inf, and those of the after-spike currents.
    fn coefficients(reader: &mut Reader) -> Option<([f64; 5], Vec<f64>)> {
        let mut coefficients = reader.object("coeffs")?;
        let numbers = [
            coefficients.number("a"),
            coefficients.number("b"),
            coefficients.positive("C"),
            coefficients.positive("G"),
            coefficients.number("th_inf"),
        ];
        let shares = coefficients.numbers("asc_amp_array");
        coefficients.finish(reader);
        let [Some(a), Some(b), Some(c), Some(g), Some(th_inf)] = numbers else { return None };
        Some(([a, b, c, g, th_inf], shares?))
    }

    /// Reads the state in which the cell starts. Returns the potential of the membrane, V, relative to the
    /// reference, unless it is that at rest.
    fn initial(reader: &mut Reader, rest: Option<f64>, report: &mut Vec<String>) -> Option<f64> {
        let voltage = reader.number("init_voltage").filter(|voltage| Some(*voltage) != rest);
        if let Some(current) = reader.numbers("init_AScurrents").and_then(|all| all.into_iter().find(|i| *i != 0.0)) {
            reader.refuse("init_AScurrents", &Value::from(current), "must be 0, as a neuron starts without currents");
        }
        if reader.optional("init_threshold").is_some() {
            report.push("`init_threshold`: ignored; GlifNeuron computes the threshold anew in each step".to_owned());
        }
        let at_rest = if voltage.is_none() { "`init_voltage`, `init_AScurrents`" } else { "`init_AScurrents`" };
        report.push(format!("{at_rest}: at rest, where a neuron starts"));
        voltage
    }

    /// Converts the cell to glif's names and units.
    ///
    /// # Errors
    /// Returns an error if the dialect does not have the level.
    pub(super) fn population(self, dialect: Dialect, step_time: Option<f64>) -> Result<Imported, Vec<String>> {
        let model = self.level;
        if !model.dialects().contains(&dialect) {
            let dialects: Vec<_> = model.dialects().iter().map(|dialect| format!("--dialect {dialect}")).collect();
            return Err(vec![format!(
                "--dialect {dialect}: Inferno does not have {model}, which this cell is\nhelp: use {}",
                dialects.join(" or ")
            )]);
        }
        let mut report = vec![format!("{model}: the level that has the cell's methods")];
        let own_step = self.step * 1e3;
        let step_time = step_time.unwrap_or(own_step);
        let mut params = ParamTable::new(model).in_dialect(dialect);
        let mut set = |parameter: Parameter, values: &[f64], from: &str| {
            if model.parameters().contains(&parameter) {
                // The model has the parameter, and a cell has few currents; a longer list is an error below.
                if let Err(error) = params.set(parameter, values) {
                    return Err(vec![error.to_string()]);
                }
                let shown = match values {
                    [value] => value.to_string(),
                    values => format!("{values:?}"),
                };
                report.push(format!("{from} -> {parameter} = {shown} {}", parameter.unit()).trim_end().to_owned());
            }
            Ok(())
        };
        let (rest, threshold) = (self.rest * 1e3, (self.rest + self.threshold) * 1e3);
        set(Parameter::StepTime, &[step_time], if step_time == own_step { "`dt` in s" } else { "--step-time" })?;
        set(Parameter::RestV, &[rest], "`El_reference` + `El` in V")?;
        let of_threshold = "`El_reference` + `th_inf` · `coeffs.th_inf` in V";
        model.threshold().map_or(Ok(()), |parameter| set(parameter, &[threshold], of_threshold))?;
        set(Parameter::ResetV, &[rest], "`voltage_reset_method` zero")?;
        set(Parameter::ResetVMul, &[self.reset.0], "`voltage_reset_method.params.a`")?;
        set(Parameter::ResetVAdd, &[-self.reset.1 * 1e3], "-`voltage_reset_method.params.b` in V")?;
        set(Parameter::RefracT, &[self.cut * self.step * 1e3], "`spike_cut_length` · `dt` in s")?;
        let tau = self.resistance * self.capacitance * 1e3;
        let of_tau = "`R_input` · `C`, with their `coeffs`, in Ω and F";
        model.time_constant().map_or(Ok(()), |parameter| set(parameter, &[tau], of_tau))?;
        set(Parameter::Resistance, &[self.resistance * 1e-6], "`R_input` / `coeffs.G` in Ω")?;
        set(Parameter::RcAdaptation, &[self.spike.1 * 1e-3], "`b_spike` in 1/s")?;
        set(Parameter::SpikeIncrement, &[self.spike.0 * 1e3], "`a_spike` in V")?;
        let list = |value: fn(&(f64, f64, f64)) -> f64| self.currents.iter().map(value).collect::<Vec<_>>();
        set(
            Parameter::AscAmplitude,
            &list(|current| current.0 * 1e9),
            "`asc_amp_array` · `coeffs.asc_amp_array` in A",
        )?;
        set(Parameter::RcAsc, &list(|current| 1e-3 / current.1), "1 / `asc_tau_array` in s")?;
        set(Parameter::AscRetain, &list(|current| current.2), "`AScurrent_reset_method.params.r`")?;
        set(Parameter::ThreshVoltageGain, &[self.voltage.0 * 1e-3], "`a_voltage` · `coeffs.a` in 1/s")?;
        set(Parameter::RcThreshVoltage, &[self.voltage.1 * 1e-3], "`b_voltage` · `coeffs.b` in 1/s")?;
        if let Some(initial) = self.initial {
            set(Parameter::InitialV, &[initial * 1e3], "`El_reference` + `init_voltage` in V")?;
        }
        let mut spec = Spec::new(params);
        // AllenSDK integrates again after `spike_cut_length` whole steps, as NEST does.
        spec.refractory = RefractoryRule::Nest;
        report.extend(self.report);
        Ok(Imported { description: Description::new(spec, &[1]), report })
    }
}

/// The names of the methods, and their parameters.
struct Methods {
    currents: (String, Reader),
    currents_reset: (String, Reader),
    voltage_reset: (String, Reader),
    threshold: (String, Reader),
    threshold_reset: (String, Reader),
}

/// Level, reset, spike component and voltage component of the threshold, and what a spike retains of each current.
type Level = (ModelKind, (f64, f64), (f64, f64), (f64, f64), Vec<f64>);

impl Methods {
    fn read(reader: &mut Reader) -> Option<Self> {
        let dynamics = reader.method("voltage_dynamics_method");
        if let Some((name, params)) = dynamics {
            params.finish(reader);
            if name != "linear_forward_euler" {
                let told = Value::from(name);
                reader.refuse("voltage_dynamics_method.name", &told, "must be \"linear_forward_euler\"");
            }
        }
        let methods = [
            "AScurrent_dynamics_method",
            "AScurrent_reset_method",
            "voltage_reset_method",
            "threshold_dynamics_method",
            "threshold_reset_method",
        ]
        .map(|key| reader.method(key));
        let [Some(currents), Some(currents_reset), Some(voltage_reset), Some(threshold), Some(threshold_reset)] =
            methods
        else {
            return None;
        };
        Some(Self { currents, currents_reset, voltage_reset, threshold, threshold_reset })
    }

    fn level(self, reader: &mut Reader) -> Option<Level> {
        let Self { currents, currents_reset, voltage_reset, threshold, threshold_reset } = self;
        let names = [&voltage_reset.0, &threshold.0, &currents.0, &threshold_reset.0, &currents_reset.0];
        let resets = if threshold.0 == "inf" { "inf" } else { "three_components" };
        let sums = if currents.0 == "none" { "none" } else { "sum" };
        let found = LEVELS.iter().find(|(_, voltage, dynamics, after_spike)| {
            names == [voltage, dynamics, after_spike, resets, sums].map(|name| name)
        });
        let Some((level, ..)) = found else {
            reader.errors.push(format!(
                "the methods are of no GLIF level: voltage_reset_method {}, threshold_dynamics_method {}, \
                 AScurrent_dynamics_method {}, threshold_reset_method {}, AScurrent_reset_method {}",
                names[0], names[1], names[2], names[3], names[4]
            ));
            return None;
        };
        let (mut reset, mut spike, mut voltage, mut retained) = ((0.0, 0.0), (0.0, 0.0), (0.0, 0.0), Vec::new());
        let mut params = voltage_reset.1;
        if level.resets_linearly() {
            // NaN where an error says why.
            reset = (params.number("a").unwrap_or(f64::NAN), params.number("b").unwrap_or(f64::NAN));
        }
        params.finish(reader);
        let mut params = threshold.1;
        let mut at_spike = threshold_reset.1;
        if level.has(ComponentKind::Threshold) {
            let names = ["a_spike", "b_spike", "a_voltage", "b_voltage"];
            let [a_spike, b_spike, a_voltage, b_voltage] = names.map(|name| params.number(name).unwrap_or(f64::NAN));
            (spike, voltage) = ((a_spike, b_spike), (a_voltage, b_voltage));
            for (name, expected) in [("a_spike", spike.0), ("b_spike", spike.1)] {
                // Some cells have the parameters of the reset beside the method, and some not.
                let Some(other) = at_spike.optional(name) else { continue };
                if !expected.is_nan() && other.as_f64() != Some(expected) {
                    let problem = format!("must be {expected}, as in `threshold_dynamics_method`");
                    at_spike.refuse(name, &other, &problem);
                }
            }
        }
        params.finish(reader);
        at_spike.finish(reader);
        currents.1.finish(reader);
        let mut params = currents_reset.1;
        if level.has(ComponentKind::Current) {
            retained = params.numbers("r").unwrap_or_default();
        }
        params.finish(reader);
        reader.errors.is_empty().then_some((*level, reset, spike, voltage, retained))
    }
}
