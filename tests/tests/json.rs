//! Does a description survive JSON, which has no NaN?

use glif::{LifParams, Parameter, Spec};

#[test]
fn specs_are_read_back_from_json() {
    let mut spec = Spec::new(LifParams {
        step_time: 0.1,
        rest_v: -60.0,
        reset_v: -65.0,
        thresh_v: -50.0,
        refrac_t: 2.0,
        time_constant: 20.0,
        resistance: 1.0,
    });
    for initial in [None, Some(-55.5)] {
        if let Some(initial) = initial {
            spec.params.set(Parameter::InitialV, &[initial]).unwrap();
        }
        let text = serde_json::to_string(&spec).unwrap();
        let read: Spec = serde_json::from_str(&text).unwrap();
        assert_eq!((&read, read.params.initial_v()), (&spec, initial), "{text}");
    }
}
