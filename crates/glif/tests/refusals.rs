//! What a population refuses, with which messages, and without any change of its state.

use glif::{Currents, Description, DynPopulation, Lif, LifParams, Population, StepOptions, Variable};
use ndarray::{ArrayD, IxDyn};

const PARAMS: LifParams = LifParams {
    step_time: 1.0,
    rest_v: -60.0,
    reset_v: -65.0,
    thresh_v: -50.0,
    refrac_t: 2.0,
    time_constant: 20.0,
    resistance: 1.0,
};

fn description() -> Description {
    let text = "model = \"lif\"\nshape = [4, 5]\n[params]\nstep_time = 1.0\nrest_v = -60.0\nreset_v = -65.0\n\
                thresh_v = -50.0\nrefrac_t = 2.0\ntime_constant = 20.0\n";
    Description::from_toml(text).unwrap()
}

fn spikes(population: &DynPopulation) -> Vec<f64> {
    population.read(Variable::Spikes)
}

#[test]
fn currents_of_wrong_shape_are_rejected() {
    let mut population = Population::<Lif<f32>>::builder(PARAMS).shape(&[4, 5]).build().unwrap();
    let mut told = |axes: &[usize]| {
        let currents = ArrayD::from_elem(IxDyn(axes), 20.0_f32);
        population.step_array(currents.view(), StepOptions::default()).map(|_| ()).map_err(|error| error.to_string())
    };
    let needed = "the shape must be 1 followed by [4, 5], or [4, 5] alone if the batch size is 1";
    for axes in [&[5, 4][..], &[20], &[2, 4, 5], &[4, 5, 1]] {
        assert_eq!(told(axes), Err(format!("currents of shape {axes:?}: {needed}")));
    }
    assert_eq!((told(&[4, 5]), told(&[1, 4, 5])), (Ok(()), Ok(())));
}

#[test]
fn too_large_current_is_rejected() {
    let mut population = description().build().unwrap();
    let current = f64::from(1e38_f32);
    population.load(Currents::F64(&[current; 20])).unwrap();
    let told = population.step(StepOptions::default()).map(|_| ()).unwrap_err().to_string();
    assert_eq!(
        told,
        format!(
            "the current of sample 0, neuron 0 is {current:e} nA: it must be finite, and its product with the resistance \
             within a quarter of the range of the number format"
        )
    );
}

/// Refused at once: starting a hundred thousand threads would take minutes and could bring down the machine.
#[test]
fn invalid_thread_counts_are_rejected() {
    let mut population = description().build().unwrap();
    population.set_threads(2).unwrap();
    let began = std::time::Instant::now();
    for count in [0, 1025, 4096, 100_000, usize::MAX] {
        let told = population.set_threads(count).unwrap_err().to_string();
        assert_eq!(told, format!("`threads` = {count}: must be 1 to 1024"));
        assert_eq!(population.threads(), 2);
    }
    assert!(began.elapsed() < std::time::Duration::from_secs(1));
    population.set_threads(64).unwrap();
}

#[test]
fn spikes_must_be_0_or_1() {
    let mut population = description().build().unwrap();
    let before = spikes(&population);
    let mut values = [0.0; 20];
    values[3] = 1.0;
    for value in [f64::NAN, 0.5, -1.0, 2.0] {
        values[7] = value;
        let told = population.write(Variable::Spikes, &values).unwrap_err().to_string();
        assert_eq!(told, format!("`spikes[7]` = {value}: must be 1 for a spike or 0 for none"));
        assert_eq!(spikes(&population), before);
    }
    values[7] = 0.0;
    population.write(Variable::Spikes, &values).unwrap();
    assert_ne!(spikes(&population), before);
}

#[test]
fn too_large_seed_is_rejected() {
    let mut description = description();
    description.spec.seed = u64::MAX;
    let told = description.build().unwrap_err().to_string();
    assert_eq!(
        told,
        "`seed` = 18446744073709551615: must be at most 9223372036854775807, the greatest integer of a population file"
    );
}
