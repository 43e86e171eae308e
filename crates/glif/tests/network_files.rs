//! A network file that is written describes the same network when it is read.

use std::collections::BTreeMap;

use glif::description::{Discretization, Named as _, RoundingMode};
use glif::network::toml::{ArrayValues, INLINE, LoadedWeights, Loader, NetworkFiles};
use glif::network::{
    Convolution, Coupling, Delay, Drive, DriveKind, Exponential, InputPopulation, NetworkDescription, NeuronValues,
    PopulationKind, Projection, Quantization, Scale, Topology, WeightValues, Weights,
};
use glif::{Description, NumberFormat, OwnValues, Parameter};
use proptest::prelude::*;

/// Arrays in memory.
struct Arrays(BTreeMap<String, (Vec<usize>, Array)>);

#[derive(Clone)]
enum Array {
    Weights(WeightValues),
    Indices(Vec<u32>),
    Numbers(Vec<f64>),
}

impl Arrays {
    fn of(files: &NetworkFiles<'_>, archive: &str) -> Self {
        let mut arrays = BTreeMap::new();
        for array in &files.arrays {
            let (values, count) = match array.values {
                ArrayValues::Weights(values) => (Array::Weights(values.clone()), values.len()),
                ArrayValues::Indices(values) => (Array::Indices(values.to_vec()), values.len()),
                ArrayValues::Numbers(values) => (Array::Numbers(values.to_vec()), values.len()),
            };
            assert_eq!(array.shape.iter().product::<usize>(), count, "{}", array.name);
            let before = arrays.insert(format!("{archive}:{}", array.name), (array.shape.clone(), values));
            assert!(before.is_none(), "two arrays are `{}`", array.name);
        }
        Self(arrays)
    }
}

impl Loader for Arrays {
    fn weights(&mut self, name: &str) -> Result<LoadedWeights, String> {
        if let Some((shape, Array::Weights(values))) = self.0.remove(name) {
            return Ok(LoadedWeights::Dense { shape, values });
        }
        let mut part = |part: &str| self.0.remove(&format!("{name}.{part}")).map(|(_, values)| values);
        match (part("indptr"), part("indices"), part("data")) {
            (Some(Array::Indices(indptr)), Some(Array::Indices(indices)), Some(Array::Weights(data))) => {
                Ok(LoadedWeights::Sparse { indptr, indices, data })
            }
            _ => Err("missing".to_owned()),
        }
    }

    fn numbers(&mut self, name: &str, _: u128) -> Result<(Vec<usize>, Vec<f64>), String> {
        match self.0.remove(name) {
            Some((shape, Array::Numbers(values))) => Ok((shape, values)),
            _ => Err("missing".to_owned()),
        }
    }
}

/// Reads what [`NetworkDescription::to_files`] writes. Each array is read once.
fn through_files(description: &NetworkDescription) -> NetworkDescription {
    let files = description.to_files("cells.npz");
    let mut arrays = Arrays::of(&files, "cells.npz");
    let mut read = NetworkDescription::from_toml(&files.text).unwrap_or_else(|told| panic!("{told}\n{}", files.text));
    read.load_arrays(&mut arrays).unwrap_or_else(|told| panic!("{told}\n{}", files.text));
    assert!(arrays.0.is_empty(), "{:?} are not read\n{}", arrays.0.keys(), files.text);
    read
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), Just(1.0), -50.0..50.0, (-1e-9..1e-9), Just(0.1 + 0.2)]
}

fn seed() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(7), Just(i64::MAX as u64)]
}

fn own(neurons: usize) -> impl Strategy<Value = OwnValues> {
    let bounds = || (prop_oneof![Just(f64::NEG_INFINITY), Just(1.0)], prop_oneof![Just(f64::INFINITY), Just(90.0)]);
    prop_oneof![
        prop::collection::vec(1.0..60.0, neurons).prop_map(OwnValues::Each),
        (5.0..9.0, 10.0..20.0, bounds()).prop_map(|(low, high, (least, greatest))| OwnValues::Uniform {
            low,
            high,
            least,
            greatest
        }),
        (20.0..30.0, 0.0..1.0, bounds()).prop_map(|(mean, deviation, (least, greatest))| OwnValues::Normal {
            mean,
            deviation,
            least,
            greatest
        }),
    ]
}

fn values(neurons: usize) -> impl Strategy<Value = NeuronValues> {
    prop_oneof![number().prop_map(NeuronValues::Shared), own(neurons).prop_map(NeuronValues::Own)]
}

fn drive(neurons: usize) -> impl Strategy<Value = Drive> {
    let two = || (values(neurons), values(neurons));
    let kind = prop_oneof![
        values(neurons).prop_map(|value| DriveKind::Constant { value }),
        (two(), 0.0..50.0).prop_map(|((before, after), onset)| DriveKind::Step { before, after, onset }),
        two().prop_map(|(mean, deviation)| DriveKind::Noise { mean, deviation }),
        two().prop_map(|(rate, weight)| DriveKind::Poisson { rate, weight }),
    ];
    let synapse = prop_oneof![Just(None), Just(Some("delta".to_owned())), Just(Some("ampa".to_owned()))];
    (kind, synapse).prop_map(|(kind, synapse)| Drive { kind, synapse })
}

fn synapse(neurons: usize) -> impl Strategy<Value = Exponential> {
    let tau = prop_oneof![(0.5..9.0).prop_map(NeuronValues::Shared), own(neurons).prop_map(NeuronValues::Own)];
    let coupling = prop_oneof![Just(Coupling::Held), Just(Coupling::Exact)];
    let discretization = prop_oneof![Just(Discretization::Exact), Just(Discretization::Euler)];
    (tau, coupling, any::<bool>(), discretization).prop_map(|(tau, coupling, normalized, discretization)| Exponential {
        tau,
        coupling,
        normalized,
        discretization,
    })
}

/// A population, as a network of f64 and 0.5 ms has it.
fn neurons() -> impl Strategy<Value = PopulationKind> {
    let shape = prop_oneof![Just(vec![3]), Just(vec![2, 5]), Just(vec![80])];
    let part = (shape, any::<bool>(), any::<bool>(), seed(), any::<[bool; 3]>());
    part.prop_flat_map(|(shape, adaptive, nest, seed, [lock, own_tau, own_list])| {
        let model = match adaptive {
            false => "model = 'lif'\nparams = { step_time = 0.5, rest_v = -60.0, reset_v = -65.5, thresh_v = -50.0, refrac_t = 2.0, time_constant = 20.0 }",
            true => "model = 'alif'\nparams = { step_time = 0.5, rest_v = -60.0, reset_v = -65.5, thresh_eq_v = -50.0, refrac_t = 2.0, tc_membrane = 20.0, tc_adaptation = [9.5, 3.0], spike_increment = [1.5, 0.1] }",
        };
        let rule = if nest { "nest" } else { "exact" };
        let text = format!("shape = {shape:?}\nscalar = 'f64'\nrefractory = '{rule}'\nseed = {seed}\nrefrac_lock = {lock}\n{model}");
        let count: usize = shape.iter().product();
        let synapses = prop::collection::btree_map("[a-c]", synapse(count), 0..3);
        let drives = prop::collection::vec(drive(count), 0..3);
        let tau = prop::collection::vec(10.0..30.0, count);
        let lists = prop::collection::vec(10.0..30.0, 2 * count);
        (Just(text), Just((adaptive, own_tau, own_list)), synapses, drives, tau, lists).prop_map(
            |(text, (adaptive, own_tau, own_list), synapses, drives, tau, lists)| {
                let mut description = Description::from_toml(&text).unwrap();
                if own_list && adaptive {
                    _ = description.spec.params.set(Parameter::TcAdaptation, &lists[..2]);
                    description.own.set(Parameter::TcAdaptation, OwnValues::Each(lists));
                }
                if own_tau && !adaptive {
                    _ = description.spec.params.set(Parameter::TimeConstant, &tau[..1]);
                    description.own.set(Parameter::TimeConstant, OwnValues::Each(tau));
                }
                let synapses = synapses.into_iter().rev().collect();
                PopulationKind::Neurons { description: description.into(), synapses, drives }
            },
        )
    })
}

fn weight_values(count: usize) -> impl Strategy<Value = WeightValues> {
    prop_oneof![
        prop::collection::vec(any::<i8>(), count).prop_map(WeightValues::I8),
        prop::collection::vec(any::<i16>(), count).prop_map(WeightValues::I16),
        prop::collection::vec(any::<i32>(), count).prop_map(WeightValues::I32),
        prop::collection::vec(-9.0..9.0_f32, count).prop_map(WeightValues::F32),
        prop::collection::vec(number(), count).prop_map(WeightValues::F64),
    ]
}

/// A kernel of any shape: what does not fit the populations is refused when the network is built.
fn kernel() -> impl Strategy<Value = Weights> {
    let pair = || [0..9_usize, 0..9_usize];
    let over = (pair(), pair(), pair(), 1..4_usize);
    ([1..4_usize, 1..4, 1..3, 1..5], over, any::<bool>()).prop_flat_map(
        |(shape, (stride, padding, dilation, groups), file)| {
            let convolution = Convolution { stride, padding, dilation, groups };
            weight_values(shape.iter().product()).prop_map(move |values| match file {
                true => Weights::ConvolutionFile { array: "other.npz:kernel".to_owned(), convolution },
                false => Weights::Convolution { values, shape, convolution },
            })
        },
    )
}

fn projection(populations: &[(String, PopulationKind)]) -> impl Strategy<Value = Projection> + use<> {
    let names: Vec<(String, usize)> =
        populations.iter().map(|(name, kind)| (name.clone(), kind.shape().iter().product())).collect();
    let any_name = || prop::sample::select(names.clone());
    (any_name(), any_name()).prop_flat_map(|((from, sources), (to, targets))| {
        let rule =
            (number(), 0.0..1.0, 0..9_usize, seed(), 0..4).prop_map(|(value, probability, degree, seed, which)| {
                let topology = match which {
                    0 => Topology::AllToAll,
                    1 => Topology::OneToOne,
                    2 => Topology::Probability { probability, seed },
                    _ => Topology::InDegree { degree, seed },
                };
                Weights::Rule { value, topology }
            });
        let weights = prop_oneof![
            2 => weight_values(sources * targets).prop_map(Weights::Dense),
            2 => (0..99_usize).prop_flat_map(move |count| {
                let indices = prop::collection::vec(0..sources as u32, count);
                let indptr = prop::collection::vec(0..=count as u32, targets + 1);
                (indptr, indices, weight_values(count))
                    .prop_map(|(indptr, indices, data)| Weights::Sparse { indptr, indices, data })
            }),
            3 => rule,
            2 => kernel(),
            1 => Just(Weights::File("other.npz:weights".to_owned())),
        ];
        let scales = prop_oneof![
            number().prop_map(Scale::Shared),
            prop::collection::vec(number(), targets).prop_map(Scale::Each),
        ];
        let quantize = (any::<bool>(), any::<bool>())
            .prop_map(|(short, per_target)| Quantization { bits: if short { 8 } else { 16 }, per_target });
        (Just((from, to)), weights, scales, prop::option::of(quantize), any::<bool>(), 0..3, prop::bool::ANY).prop_map(
            |((from, to), weights, scale, quantize, named, delay, delta)| {
                let (integers, count) = match &weights {
                    Weights::Dense(values) | Weights::Sparse { data: values, .. } => {
                        (!values.are_floats(), values.len())
                    }
                    Weights::Convolution { values, .. } => (!values.are_floats(), 0),
                    _ => (false, 0),
                };
                let delay = match delay {
                    0 => None,
                    1 if count > 0 => Some(Delay::Each((0..count).map(|i| (i % 7) as f64 * 0.5).collect())),
                    _ => Some(Delay::Shared(if named { 0.1 } else { 2.0 })),
                };
                let scale = integers.then_some(match (scale, &weights) {
                    // One for each channel.
                    (Scale::Each(mut scales), Weights::Convolution { shape, .. }) => {
                        scales.truncate(shape[0]);
                        Scale::Each(scales)
                    }
                    (scale, _) => scale,
                });
                let quantize = quantize.filter(|_| !integers);
                let synapse = if delta { "delta" } else { "current" }.to_owned();
                Projection { from, to, synapse, weights, scale, quantize, delay }
            },
        )
    })
}

fn description() -> impl Strategy<Value = NetworkDescription> {
    let shape = prop_oneof![Just(vec![4]), Just(vec![3, 3])];
    let input = shape.prop_map(|shape| PopulationKind::Input(InputPopulation { shape }));
    let kinds = prop::collection::vec(prop_oneof![1 => input, 3 => neurons()], 1..4);
    (kinds, seed()).prop_flat_map(|(kinds, seed)| {
        // Not in the order of the alphabet.
        let names = ["pop-3", "exc", "Input_1"].map(str::to_owned);
        let populations: Vec<(String, PopulationKind)> = names.into_iter().zip(kinds).collect();
        let projections = prop::collection::vec(projection(&populations), 0..4);
        projections.prop_map(move |projections| NetworkDescription {
            scalar: NumberFormat::F64,
            seed,
            populations: populations.clone(),
            projections,
            ..NetworkDescription::new(0.5)
        })
    })
}

/// Whether the text of a file can have these weights.
fn fits_text(weights: &Weights, scaled: bool) -> bool {
    match weights {
        Weights::Sparse { .. } => false,
        Weights::Dense(values) | Weights::Convolution { values, .. } => match values {
            WeightValues::F64(_) => true,
            WeightValues::I32(_) => scaled,
            _ => false,
        },
        _ => true,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_description_is_written_and_read(description in description()) {
        let has_file = description.projections.iter().any(|projection| matches!(projection.weights, Weights::File(_) | Weights::ConvolutionFile { .. }));
        if !has_file {
            prop_assert_eq!(&through_files(&description), &description);
        }
        let wrong = |projection: &&Projection| !fits_text(&projection.weights, projection.scale.is_some());
        match description.to_toml() {
            Ok(text) => {
                let read = NetworkDescription::from_toml(&text);
                prop_assert_eq!(read.as_ref(), Ok(&description), "{}", text);
                prop_assert_eq!(description.projections.iter().find(wrong), None);
            }
            Err(errors) => prop_assert_eq!(errors.0.len(), description.projections.iter().filter(wrong).count()),
        }
    }
}

fn small() -> NetworkDescription {
    NetworkDescription::from_toml(
        "step_time = 0.5\nscalar = 'i16f16'\nrounding = 'stochastic'\nseed = 3\n\
         [populations.in]\nmodel = 'input'\nshape = [2]\n\
         [populations.exc]\nmodel = 'lif'\nshape = [3]\n\
         params = { rest_v = -60.0, reset_v = -65.0, thresh_v = -50.0, refrac_t = 2.0, time_constant = 20.0 }\n\
         synapses.ampa = { kind = 'exponential', tau = 0.5, coupling = 'exact' }\n\
         drive = [{ poisson = { rate = 100.0, weight = 2.5 }, synapse = 'delta' }, { step = [0.0, { each = [1.0, 2.0, 3.0] }, 5.0] }]\n\
         [[projections]]\nfrom = 'in'\nto = 'exc'\nsynapse = 'ampa'\nweights = [[1, 2], [3, 4], [5, 6]]\nscale = 0.25\ndelay = 1.0\n",
    )
    .unwrap()
}

#[test]
fn every_key_is_written() {
    let text = small().to_toml().unwrap();
    for key in [
        "step_time = 0.5",
        "rounding = \"stochastic\"",
        "[populations.exc.synapses.ampa]",
        "normalized = false",
        "resistance = 1.0",
        "refrac_lock = true",
        "poisson = { rate = 100.0, weight = 2.5 }",
        "weights = [[1, 2], [3, 4], [5, 6]]",
        "delay = 1.0",
    ] {
        let tables = text.replace("[populations.exc.drive.poisson]", "");
        assert!(tables.contains(key) || key.starts_with("poisson"), "{key} is not in\n{text}");
    }
    assert_eq!(text.matches("step_time").count(), 1);
    assert_eq!(text.matches("scalar").count(), 1);
    assert_eq!(NetworkDescription::from_toml(&text).unwrap(), small());
    assert!(RoundingMode::NAMES.contains(&"stochastic"));
}

/// What a population has of its own and a network does not use is that of the network when it is read.
#[test]
fn populations_take_the_format_of_the_network() {
    let mut description = small();
    let PopulationKind::Neurons { description: exc, .. } = &mut description.populations[1].1 else { panic!() };
    exc.spec.scalar = NumberFormat::F64;
    _ = exc.spec.params.set(Parameter::StepTime, &[9.0]);
    assert_eq!(NetworkDescription::from_toml(&description.to_toml().unwrap()).unwrap(), small());
}

#[test]
fn large_arrays_are_beside_the_text() {
    let mut description = small();
    description.scalar = NumberFormat::F32;
    description.rounding = RoundingMode::Nearest;
    let PopulationKind::Neurons { description: exc, drives, .. } = &mut description.populations[1].1 else { panic!() };
    exc.shape = vec![INLINE + 1];
    exc.spec.scalar = NumberFormat::F32;
    exc.own.set(Parameter::TimeConstant, OwnValues::Each(vec![20.0; INLINE + 1]));
    drives[1].kind = DriveKind::Constant { value: NeuronValues::Own(OwnValues::Each(vec![0.5; INLINE + 1])) };
    let mut projection = Projection::new("exc", "exc", Weights::dense(vec![1_i8; (INLINE + 1) * (INLINE + 1)]));
    projection.scale = Some(Scale::Each(vec![0.5; INLINE + 1]));
    projection.delay = Some(Delay::Each(vec![1.0; (INLINE + 1) * (INLINE + 1)]));
    description.projections = vec![projection];
    let files = description.to_files("cells.npz");
    let names: Vec<(&str, &[usize])> =
        files.arrays.iter().map(|array| (array.name.as_str(), array.shape.as_slice())).collect();
    let (row, square) = ([INLINE + 1], [INLINE + 1; 2]);
    assert_eq!(
        names,
        [
            ("exc.time_constant", &row[..]),
            ("exc.drive1.constant", &row),
            ("projection0.weights", &square),
            ("projection0.scale", &row),
            ("projection0.delay", &square),
        ]
    );
    assert!(files.text.contains("weights = \"cells.npz:projection0.weights\""), "{}", files.text);
    assert_eq!(through_files(&description), description);
    assert_eq!(
        description.to_toml().unwrap_err().to_string(),
        "`projection0.weights`: sparse weights, and weights of this type, cannot stand in the text of a network file\nhelp: use `to_files`"
    );
}

/// The documented file is read. To write it and to read it again changes nothing.
#[test]
fn documented_network_is_read() {
    let page = include_str!("../../../docs/networks.md");
    let text = page.split("```").nth(1).unwrap().strip_prefix("toml\n").unwrap();
    let read = NetworkDescription::from_toml(text).unwrap();
    assert_eq!((read.populations.len(), read.projections.len()), (2, 2));
    assert_eq!(NetworkDescription::from_toml(&read.to_toml().unwrap()).unwrap(), read);
}
