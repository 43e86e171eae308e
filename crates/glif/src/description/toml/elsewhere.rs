//! Names that other simulators and models have for the keys of a population file.

/// Names in lower case, and the keys that they stand for. A model has at most one of the keys.
const NAMES: [(&[&str], &[&str]); 9] = [
    (&["dt", "delta_t", "time_step", "timestep", "resolution"], &["step_time"]),
    (&["v_rest", "vrest", "e_l", "el", "v_leak", "e_leak"], &["rest_v"]),
    (&["v_reset", "vreset"], &["reset_v"]),
    (
        &["v_th", "vth", "v_thr", "v_thresh", "v_threshold", "threshold", "thresh", "thresh_v", "thresh_eq_v"],
        &["thresh_v", "thresh_eq_v"],
    ),
    (
        &["t_ref", "tau_ref", "t_refrac", "tau_refrac", "refractory_period", "refractory_time", "refrac_period"],
        &["refrac_t"],
    ),
    (&["tau", "tau_m", "tau_mem", "tau_membrane", "tc_membrane", "time_constant"], &["time_constant", "tc_membrane"]),
    (&["r", "r_m", "rm", "r_mem", "r_in", "membrane_resistance", "input_resistance"], &["resistance"]),
    (&["v_init", "vinit", "v_initial", "initial_voltage", "init_voltage", "v0", "v_0", "v_m"], &["initial_v"]),
    (&["dtype", "precision", "number_format"], &["scalar"]),
];

/// Returns the keys that another name stands for, if it is known. A model may have none of them.
pub(super) fn keys(name: &str) -> Option<&'static [&'static str]> {
    let plain = name.trim().to_lowercase();
    NAMES.iter().find(|(names, _)| names.contains(&plain.as_str())).map(|(_, keys)| *keys)
}
