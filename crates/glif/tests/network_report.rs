//! The report of a network and its warnings.

use glif::description::Discretization;
use glif::network::{
    Coupling, Exponential, NetworkDescription, NeuronValues, Quantization, Storage, Topology, WeightType, Weights,
};
use glif::{Description, LifParams, NumberFormat, OwnValues, Spec};

/// A LIF whose step time is that of its network.
fn lif(neurons: usize) -> Description {
    let params = LifParams {
        step_time: 0.5,
        rest_v: -65.0,
        reset_v: -65.0,
        thresh_v: -50.0,
        refrac_t: 2.0,
        time_constant: 10.0,
        resistance: 40.0,
    };
    Description::new(Spec::new(params), &[neurons])
}

/// An input with three sources, and a population of two neurons with a synapse.
fn pair(scalar: NumberFormat) -> NetworkDescription {
    let mut description = NetworkDescription::new(0.5);
    description.scalar = scalar;
    description.add_input("input", &[3]).unwrap();
    description.add("exc", lif(2)).unwrap();
    let synapse = Exponential {
        tau: NeuronValues::Shared(5.0),
        coupling: Coupling::Exact,
        normalized: false,
        discretization: Discretization::Exact,
    };
    description.add_synapse("exc", "ampa", synapse).unwrap();
    description
}

#[test]
fn connections_are_counted_for_each_storage() {
    let mut description = pair(NumberFormat::F32);
    description.connect("input", "exc").dense(vec![1_i8, 0, -3, 2, 2, 0]).scale(0.5).synapse("ampa");
    description
        .connect("input", "exc")
        .sparse(vec![0, 1, 3], vec![2, 0, 2], vec![0.25, -0.5, 0.0])
        .delays(vec![0.5, 1.0, 4.0]);
    description.connect("exc", "exc").weights(Weights::Rule { value: -1.5, topology: Topology::OneToOne });
    let network = description.build().unwrap();
    let report = network.report();
    let [dense, sparse, one] = &report.projections[..] else { panic!("{report:?}") };
    assert_eq!((dense.connections, dense.fan_in.greatest, dense.fan_out.greatest), (4, 2, 2));
    assert_eq!((dense.fan_in.mean, dense.fan_out.mean), (2.0, 4.0 / 3.0));
    assert_eq!((dense.storage, dense.weight_type), (Storage::Dense, WeightType::I8));
    assert_eq!((dense.scale, dense.weights, dense.greatest_sum), (Some([0.5; 2]), Some([-1.5, 1.0]), Some(4)));
    assert_eq!((dense.memory.weights, dense.memory.indices, dense.delay_steps), (6, 0, [1; 2]));
    assert_eq!((sparse.connections, sparse.storage, sparse.weight_type), (3, Storage::SparseU16, WeightType::F32));
    assert_eq!((sparse.weights, sparse.greatest_sum, sparse.scale), (Some([-0.5, 0.25]), None, None));
    assert_eq!((sparse.delay_steps, sparse.delay_ms), ([1, 8], [0.5, 4.0]));
    assert_eq!((one.weight_type, one.weights, one.greatest_sum), (WeightType::One, Some([-1.5; 2]), Some(1)));
    assert!(report.projections.iter().all(|projection| projection.quantization.is_none()));
    // The parts of the memory add up to the whole.
    let memory = report.memory();
    let parts = report.populations.iter().map(|population| population.memory);
    let parts = parts.chain(report.projections.iter().map(|projection| projection.memory));
    assert_eq!(memory.total(), parts.map(|memory| memory.total()).sum::<usize>());
    assert!(memory.histories > 0 && memory.states >= 2 * (4 + 2) && memory.buffers > 0, "{memory:?}");
    let mut visited = Vec::new();
    network.visit_connections(1, |connection| visited.push(connection));
    let visited: Vec<_> = visited.iter().map(|c| (c.source, c.target, c.delay_steps, c.weight)).collect();
    assert_eq!(visited, [(0, 1, 2, -0.5), (2, 0, 1, 0.25), (2, 1, 8, 0.0)]);
    network.visit_connections(3, |_| panic!("there are three"));
}

#[test]
fn quantization_errors_are_those_of_the_weights() {
    let weights = vec![1.0, 0.0, 0.003, -0.5, 0.101, 0.2];
    for (bits, per_target) in [(8, false), (8, true), (16, false)] {
        let mut description = pair(NumberFormat::F64);
        let projection = description.connect("input", "exc").dense(weights.clone());
        projection.quantized(Quantization { bits, per_target });
        let network = description.build().unwrap();
        let mut stored = [0.0; 6];
        network
            .visit_connections(0, |connection| stored[connection.target * 3 + connection.source] = connection.weight);
        let errors: Vec<f64> =
            weights.iter().zip(stored).map(|(given, stored): (&f64, _)| (given - stored).abs()).collect();
        let error = network.report().projections[0].quantization.unwrap();
        assert_eq!(error.worst, errors.iter().copied().fold(0.0, f64::max));
        let square: f64 = errors.iter().map(|error| error * error).sum();
        assert!((error.rms - (square / 5.0).sqrt()).abs() < 1e-12, "{error:?}");
        assert_eq!((error.weights, error.became_zero), (5, usize::from(bits == 8)));
        assert!(error.rms <= error.worst && error.worst < 0.6 / f64::from(1_u32 << (bits - 1)));
    }
}

#[test]
fn synapses_are_reported_as_requested_and_stored() {
    let mut description = pair(NumberFormat::I16F16);
    let each = NeuronValues::Own(OwnValues::Each(vec![5.0, 500.0]));
    let held =
        Exponential { tau: each, coupling: Coupling::Held, normalized: false, discretization: Discretization::Exact };
    description.add_synapse("exc", "nmda", held).unwrap();
    description.connect("input", "exc").all_to_all(0.5).synapse("nmda");
    let report = description.build().unwrap().report();
    let [ampa, nmda] = &report.populations[1].synapses[..] else { panic!("{report:?}") };
    assert_eq!(ampa.decay.requested, (-0.1_f64).exp());
    let error = |spread: &glif::network::Spread| (spread.stored / spread.requested - 1.0).abs();
    assert!((1e-12..1e-8).contains(&error(&ampa.decay)), "{ampa:?}");
    let factor = ampa.propagator.unwrap();
    let exact = glif_core::network::propagator(0.5, 5.0, 10.0, 40.0);
    assert!(factor.requested == exact && error(&factor) < 1e-9 && factor.neuron.is_none(), "{factor:?}");
    assert_eq!((nmda.tau_ms, nmda.propagator), ([5.0, 500.0], None));
    assert_eq!(nmda.decay.requested_range, [(-0.1_f64).exp(), (-0.001_f64).exp()]);
    assert!((nmda.greatest_arrival_na - 1.5).abs() < 1e-6 && ampa.greatest_arrival_na == 0.0);
    // Half a last place per step: 2⁻¹⁷ / (1 - d).
    let band = 0.5_f64.powi(17) / (1.0 - nmda.decay.stored_range[1]);
    assert!((nmda.stall_na / band - 1.0).abs() < 0.01, "{} {band}", nmda.stall_na);
    description.rounding = glif::RoundingMode::Stochastic;
    assert_eq!(description.build().unwrap().report().populations[1].synapses[1].stall_na, 0.0);
}

#[test]
fn doubtful_networks_raise_warnings() {
    let mut description = pair(NumberFormat::I8F8);
    description.add("alone", lif(1)).unwrap();
    description.add_input("unused", &[4]).unwrap();
    let synapse = Exponential {
        tau: NeuronValues::Shared(0.1),
        coupling: Coupling::Held,
        normalized: false,
        discretization: Discretization::Exact,
    };
    description.add_synapse("exc", "fast", synapse).unwrap();
    description.connect("input", "exc").all_to_all(0.5).synapse("ampa").delay(1.1);
    description.connect("input", "exc").all_to_all(0.001).delay(1.0);
    description.connect("exc", "exc").all_to_all(0.0);
    let weights = vec![1.0, 0.0, 1e-5, -0.5, 0.1, 0.2];
    description.connect("input", "exc").dense(weights).delay(1.0);
    let network = description.build().unwrap();
    let told = network.warnings(None);
    let expected = [
        "`populations.exc.synapses.ampa.tau` = 5 ms: rounding to nearest in `i8f8` stops the decay of a current at up to",
        "`populations.exc.synapses.fast.tau` = 0.1 ms: shorter than a step of 0.5 ms, so that a current decays almost",
        "`populations.exc.synapses.fast`: nothing arrives at this synapse",
        "`populations.alone`: has no `drive`, and no projection from another population; only currents from outside",
        "`populations.unused`: its spikes lead nowhere",
        "`projections[0].delay` (`input` to `exc`) = 1.1 ms: not a whole number of steps of 0.5 ms; it becomes 1 ms: 2 steps",
        "`projections[1]` (`input` to `exc`): 6 of 6 weights are too small for `i8f8`, so that a spike alone brings nothing\nhelp: ",
        "`projections[2]` (`exc` to `exc`): all weights are 0",
        "`projections[3]` (`input` to `exc`): 1 of 5 weights became 0 as integers of 16 bits\nhelp: use `quantize` = \"i16\" with",
    ];
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    told.iter().zip(expected).for_each(|(told, start)| assert!(told.starts_with(start), "{told}\n{start}"));
    // If the inputs are known, only populations without any raise a warning.
    let about = |driven: &[&str]| {
        let told = network.warnings(Some(driven));
        told.into_iter().filter(|told| told.contains("outside")).collect::<Vec<_>>()
    };
    assert_eq!(about(&["input", "unused", "alone"]), [""; 0]);
    let told = about(&["unused"]);
    assert!(told[0].starts_with("`populations.input`: no spikes come from outside") && told.len() == 2, "{told:?}");
    assert!(told[1].starts_with("`populations.alone`: nothing reaches it"), "{told:?}");
}

#[test]
fn usual_networks_raise_no_warnings() {
    let mut description = pair(NumberFormat::F32);
    description.connect("input", "exc").all_to_all(0.5).synapse("ampa").delay(1.5);
    assert_eq!(description.build().unwrap().warnings(Some(&["input"])), [""; 0]);
    assert_eq!(description.build().unwrap().warnings(None), [""; 0]);
}
