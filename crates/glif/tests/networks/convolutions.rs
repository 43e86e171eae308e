//! Convolutions against the same connections as sparse rows, bit for bit, and what they refuse.

use glif::network::toml::{LoadedWeights, Loader};
use glif::network::{
    Convolution, Network, NetworkDescription, PopulationKind, Quantization, Scale, Storage, WeightValues, Weights,
};
use glif::{Description, LifParams, NumberFormat, Recordable as _, Spec, Variable};

fn description(scalar: NumberFormat) -> NetworkDescription {
    let params = LifParams {
        step_time: 0.5,
        rest_v: -65.0,
        reset_v: -65.0,
        thresh_v: -55.0,
        refrac_t: 1.0,
        time_constant: 10.0,
        resistance: 4.0,
    };
    let mut description = NetworkDescription::new(0.5);
    description.scalar = scalar;
    description.add_input("input", &[2, 6, 7]).unwrap();
    let populations: [(&str, &[usize]); 4] = [("a", &[4, 3, 4]), ("flat", &[6]), ("line", &[3, 7]), ("end", &[2, 5])];
    for (name, shape) in populations {
        description.add(name, Description::new(Spec::new(params), shape)).unwrap();
    }
    let number = |i: usize| ((i * 37 + 11) % 23) as i16 - 7;
    let floats = |count: usize| (0..count).map(|i| f32::from(number(i)) * 0.37).collect::<Vec<f32>>();
    // Strides, padding and groups.
    let over = Convolution { stride: [2; 2], padding: [1; 2], groups: 2, ..Convolution::default() };
    let bytes: Vec<i8> = (0..36).map(|i| number(i) as i8).collect();
    let projection = description.connect("input", "a").convolution(bytes, [4, 1, 3, 3], over).synapse("delta");
    projection.scale = Some(Scale::Each(vec![1.0, 0.5, 1.5, 0.75]));
    description.connect("input", "a").convolution(floats(72), [4, 2, 3, 3], Convolution { groups: 1, ..over });
    // To neurons without axes, with dilation.
    let over = Convolution { dilation: [2, 1], ..Convolution::default() };
    let words: Vec<i16> = (0..72).map(number).collect();
    description.connect("a", "flat").convolution(words, [3, 4, 2, 3], over).scale(0.5).delay(1.5);
    // Over one axis; one more zero after the source than before it; the greatest weight of each channel is in use.
    let over = Convolution { padding: [9, 1], stride: [3, 1], ..Convolution::default() };
    let projection = description.connect("line", "line").convolution(floats(36), [3, 3, 1, 4], over);
    projection.quantized(Quantization { bits: 8, per_target: false }).synapse("delta");
    let wide: Vec<i32> = (0..18).map(|i| i32::from(number(i)) * 1000).collect();
    description.connect("line", "end").convolution(wide, [2, 3, 1, 3], Convolution::default()).scale(0.001);
    description.connect("input", "line").all_to_all(2.5).delay(0.0);
    description
}

/// Returns channels, rows and columns.
fn axes(shape: &[usize]) -> [usize; 3] {
    match *shape {
        [channels, columns] => [channels, 1, columns],
        [channels, rows, columns] => [channels, rows, columns],
        _ => [3, 1, 2], // that of `flat`
    }
}

/// Replaces kernels by their connections, from the definition.
fn unrolled(description: &NetworkDescription) -> NetworkDescription {
    let mut other = description.clone();
    for projection in &mut other.projections {
        let Weights::Convolution { values, shape, convolution } = &projection.weights else { continue };
        let of = |name: &str| description.population(name).unwrap().shape().to_vec();
        let (from, to) = (of(&projection.from), of(&projection.to));
        let is_line = from.len() == 2;
        let ([channels, rows, columns], [outs, height, width]) = (axes(&from), axes(&to));
        let Convolution { mut stride, mut padding, dilation, groups } = *convolution;
        if is_line {
            (stride[0], padding[0]) = (1, 0);
        }
        let (mut indptr, mut indices, mut places) = (vec![0], Vec::new(), Vec::new());
        for target in 0..outs * height * width {
            let (o, v, u) = (target / (height * width), target / width % height, target % width);
            for c in 0..channels {
                if c / (channels / groups) != o / (outs / groups) {
                    continue;
                }
                for (y, x) in (0..rows).flat_map(|y| (0..columns).map(move |x| (y, x))) {
                    for (i, j) in (0..shape[2]).flat_map(|i| (0..shape[3]).map(move |j| (i, j))) {
                        let meets = |place: usize, element: usize, at: usize, axis: usize| {
                            place * stride[axis] + element * dilation[axis] == at + padding[axis]
                        };
                        if meets(v, i, y, 0) && meets(u, j, x, 1) {
                            let place = ((o * shape[1] + c % (channels / groups)) * shape[2] + i) * shape[3] + j;
                            indices.push(((c * rows + y) * columns + x) as u32);
                            places.push(place);
                        }
                    }
                }
            }
            indptr.push(indices.len() as u32);
        }
        let data: WeightValues = match values {
            WeightValues::I8(of) => places.iter().map(|at| of[*at]).collect::<Vec<_>>().into(),
            WeightValues::I16(of) => places.iter().map(|at| of[*at]).collect::<Vec<_>>().into(),
            WeightValues::I32(of) => places.iter().map(|at| of[*at]).collect::<Vec<_>>().into(),
            WeightValues::F32(of) => places.iter().map(|at| of[*at]).collect::<Vec<_>>().into(),
            WeightValues::F64(of) => places.iter().map(|at| of[*at]).collect::<Vec<_>>().into(),
        };
        if let Some(Scale::Each(scales)) = &mut projection.scale {
            *scales = (0..outs * height * width).map(|target| scales[target / (height * width)]).collect();
        }
        projection.weights = Weights::Sparse { indptr, indices, data };
    }
    other
}

fn state(network: &Network) -> Vec<f64> {
    let names = network.description().populations.iter().map(|(name, _)| name.clone());
    let each = names.flat_map(|name| {
        let member = network.member(&name).unwrap();
        let mut samples = member.samples();
        member.sample_of(Variable::Voltage, None, &mut samples);
        let fired = network.fired(&name).unwrap().iter().map(|(_, neuron)| neuron as f64).collect::<Vec<_>>();
        samples.into_f64().into_iter().chain(fired)
    });
    each.collect()
}

#[test]
fn convolutions_are_their_connections_bit_for_bit() {
    for scalar in [NumberFormat::F32, NumberFormat::F64, NumberFormat::I16F16, NumberFormat::I8F8] {
        let mut description = description(scalar);
        if scalar == NumberFormat::I8F8 {
            description.projections.iter_mut().for_each(|of| {
                if let Weights::Convolution { values: WeightValues::I32(_), .. } = of.weights {
                    of.scale(0.0005);
                }
            });
        }
        let mut network = description.build().unwrap();
        let mut other = unrolled(&description).build().unwrap();
        assert_eq!(connections(&network), connections(&other), "{scalar}");
        let mut fired = [0; 5];
        for step in 0..60_usize {
            let spikes: Vec<u32> =
                (0..84).map(|i| ((i * 31 + step * 17) % 19 / 15) as u32 * (1 + step as u32 % 2)).collect();
            for network in [&mut network, &mut other] {
                network.set_spikes("input", &spikes).unwrap();
                network.step().unwrap();
            }
            assert_eq!(state(&network), state(&other), "{scalar}, step {step}");
            for (count, (name, _)) in fired.iter_mut().zip(&description.populations) {
                *count += network.fired(name).unwrap().iter().count();
            }
        }
        assert!(fired.iter().all(|count| *count > 20), "{scalar}: {fired:?}");
    }
}

/// Returns the connections of every projection. A weight of 0 in a kernel does not connect.
fn connections(network: &Network) -> Vec<Vec<(usize, usize, u8, f64)>> {
    let each = (0..network.description().projections.len()).map(|projection| {
        let mut all = Vec::new();
        network.visit_connections(projection, |of| {
            if of.weight != 0.0 {
                all.push((of.source, of.target, of.delay_steps, of.weight));
            }
        });
        all
    });
    each.collect()
}

/// A scale for each channel is that of the greatest weight to the channel.
#[test]
fn channels_have_scales_of_their_own() {
    let mut description = NetworkDescription::new(0.5);
    description.add_input("input", &[1, 4]).unwrap();
    let cells = super::refused::cells(&[2, 3]);
    description.add("cells", cells).unwrap();
    let kernel = vec![0.127, 0.05, 1.27, -0.1];
    let projection = description.connect("input", "cells").convolution(kernel, [2, 1, 1, 2], Convolution::default());
    projection.quantized(Quantization { bits: 8, per_target: true });
    let report = description.build().unwrap().report();
    let of = &report.projections[0];
    assert_eq!((of.connections, of.quantization.unwrap().weights), (12, 4));
    let [least, greatest] = of.scale.unwrap();
    assert!((least - 0.001).abs() < 1e-9 && (greatest - 0.01).abs() < 1e-9);
    assert_eq!(of.storage, Storage::Convolution);
    // 4 weights of a byte, and 6 scales.
    assert_eq!(of.memory.weights, 4 + 6 * 4);
}

fn told(change: impl FnOnce(&mut NetworkDescription)) -> String {
    let mut description = NetworkDescription::new(1.0);
    description.add_input("input", &[2, 5, 5]).unwrap();
    description.add_input("bare", &[50]).unwrap();
    description.add("cells", super::refused::cells(&[4, 3, 3])).unwrap();
    description.add("flat", super::refused::cells(&[35])).unwrap();
    description.connect("input", "cells").convolution(vec![0.1; 72], [4, 2, 3, 3], Convolution::default());
    change(&mut description);
    description.build().map(drop).unwrap_err().to_string()
}

type Change = Box<dyn FnOnce(&mut NetworkDescription)>;

#[test]
fn kernels_that_do_not_fit_are_refused() {
    let over = Convolution::default();
    let all: [(&str, Change); 14] = [
        (
            "`projections[0].weights` (`input` to `cells`): has 71 weights, but 4 x 2 x 3 x 3 are needed",
            Box::new(move |of| _ = of.projections[0].convolution(vec![0.1; 71], [4, 2, 3, 3], over)),
        ),
        (
            "the kernel is from 1 to 4 channels, in `groups` = 1, but the source has 2 channels",
            Box::new(move |of| _ = of.projections[0].convolution(vec![0.1; 36], [4, 1, 3, 3], over)),
        ),
        (
            "the kernel is to 5 channels, but the target has 4 channels",
            Box::new(move |of| _ = of.projections[0].convolution(vec![0.1; 90], [5, 2, 3, 3], over)),
        ),
        (
            "`projections[0].convolution` (`input` to `cells`): 2 rows of the kernel over 5 rows of the source give 4, but the target has 3",
            Box::new(move |of| _ = of.projections[0].convolution(vec![0.1; 48], [4, 2, 2, 3], over)),
        ),
        (
            "9 columns of the kernel over 5 columns of the source give none, but the target has 3",
            Box::new(move |of| _ = of.projections[0].convolution(vec![0.1; 216], [4, 2, 3, 9], over)),
        ),
        (
            "`projections[0].convolution.stride` (`input` to `cells`) = 0: must be at least 1",
            Box::new(move |of| {
                let over = Convolution { stride: [1, 0], ..over };
                _ = of.projections[0].convolution(vec![0.1; 72], [4, 2, 3, 3], over);
            }),
        ),
        (
            "`projections[0].convolution.groups` (`input` to `cells`) = 0: must be at least 1",
            Box::new(move |of| {
                let over = Convolution { groups: 0, ..over };
                _ = of.projections[0].convolution(vec![0.1; 72], [4, 2, 3, 3], over);
            }),
        ),
        (
            "the kernel has shape [4, 2, 0, 3], which is empty",
            Box::new(move |of| _ = of.projections[0].convolution(vec![0.1; 0], [4, 2, 0, 3], over)),
        ),
        (
            "the shape of the source is [50], but (channels, rows, columns) or (channels, columns) is needed",
            Box::new(|of| of.projections[0].from = "bare".to_owned()),
        ),
        (
            "gives shape [4, 3, 3], but the target has 35 neurons",
            Box::new(|of| of.projections[0].to = "flat".to_owned()),
        ),
        (
            "`projections[0].delay` (`input` to `cells`): the connections of a convolution share one delay",
            Box::new(|of| _ = of.projections[0].delays(vec![1.0; 72])),
        ),
        (
            "`projections[0].weights[3][1][2][0]` (`input` to `cells`) = inf: must be finite",
            Box::new(move |of| {
                let mut weights = vec![0.1; 72];
                weights[69] = f64::INFINITY;
                _ = of.projections[0].convolution(weights, [4, 2, 3, 3], over);
            }),
        ),
        (
            "`projections[0].scale` (`input` to `cells`): has 36 values, but 4 are needed: one for each channel of the target",
            Box::new(move |of| {
                of.projections[0].convolution(vec![1_i8; 72], [4, 2, 3, 3], over).scale =
                    Some(Scale::Each(vec![0.1; 36]));
            }),
        ),
        (
            "the array `w.npz:k` is not read",
            Box::new(move |of| {
                let array = "w.npz:k".to_owned();
                of.projections[0].weights = Weights::ConvolutionFile { array, convolution: over };
            }),
        ),
    ];
    for (words, change) in all {
        let told = told(change);
        assert!(told.contains(words), "no {words:?} in: {told}");
    }
    let huge = told(|of| {
        let over = Convolution { padding: [usize::MAX; 2], ..over };
        _ = of.projections[0].convolution(vec![0.1; 72], [4, 2, 3, 3], over);
    });
    assert!(huge.contains("give none"), "{huge}");
}

struct Kernels(Vec<usize>);

impl Loader for Kernels {
    fn weights(&mut self, _: &str) -> Result<LoadedWeights, String> {
        Ok(LoadedWeights::Dense { shape: self.0.clone(), values: vec![0.5_f32; self.0.iter().product()].into() })
    }
    fn numbers(&mut self, _: &str, _: u128) -> Result<(Vec<usize>, Vec<f64>), String> {
        Ok((vec![2], vec![0.1; 2]))
    }
}

const FILE: &str = "step_time = 1.0\n[populations.input]\nmodel = 'input'\nshape = [1, 5]\n[populations.exc]\n\
                    model = 'lif'\nshape = [2, 3]\nparams = { rest_v = -60.0, reset_v = -65.0, thresh_v = -50.0, \
                    refrac_t = 2.0, time_constant = 20.0 }\n[[projections]]\nfrom = 'input'\nto = 'exc'\n";

#[test]
fn kernels_in_files() {
    let read = |lines: &str| NetworkDescription::from_toml(&format!("{FILE}{lines}")).map_err(|told| told.to_string());
    let shape_of = |description: &NetworkDescription| match &description.projections[0].weights {
        Weights::Convolution { shape, convolution, .. } => (*shape, *convolution),
        other => panic!("{other:?}"),
    };
    // In the text, with and without rows.
    for weights in ["[[[1, 2, 3]], [[4, 5, 6]]]", "[[[[1, 2, 3]]], [[[4, 5, 6]]]]"] {
        let description = read(&format!("weights = {weights}\nconvolution = {{}}")).unwrap();
        assert_eq!(shape_of(&description), ([2, 1, 1, 3], Convolution::default()));
        description.build().unwrap();
        assert!(matches!(&description.populations[0].1, PopulationKind::Input(_)));
    }
    let lines = "weights = 'w.npz:k'\nconvolution = { stride = 2, padding = [0, 2], dilation = 1, groups = 1 }";
    let mut description = read(lines).unwrap();
    description.load_arrays(&mut Kernels(vec![2, 1, 4])).unwrap();
    let over = Convolution { stride: [2; 2], padding: [0, 2], ..Convolution::default() };
    assert_eq!(shape_of(&description), ([2, 1, 1, 4], over));
    description.build().unwrap();
    let refused = |lines: &str, words: &str| {
        let told = read(lines).unwrap_err();
        assert!(told.contains(words), "no {words:?} in: {told}");
    };
    let kernel = "weights = [[[1, 2, 3]], [[4, 5, 6]]]\n";
    refused(&format!("{kernel}convolution = 3"), "`projections[0].convolution` = 3: must be a table, such as");
    refused(&format!("{kernel}convolution = {{ strides = 2 }}"), "`strides`: unknown key `strides`");
    refused(&format!("{kernel}convolution = {{ stride = [1] }}"), "`stride`: must be an integer of at least 0, or two");
    refused(
        &format!("{kernel}convolution = {{ padding = -1 }}"),
        "`padding`: must be an integer of at least 0, or two",
    );
    refused(&format!("{kernel}convolution = {{ groups = 1.5 }}"), "`groups`: must be an integer of at least 1");
    let lists = "with `convolution`, must be an array in quotes";
    refused("weights = [[1, 2, 3], [4, 5, 6]]\nconvolution = {}", lists);
    refused("weights = [[[1, 2]], [[4, 5, 6]]]\nconvolution = {}", lists);
    refused("weights = { value = 1.0 }\nconvolution = {}", lists);
    refused("weights = [[['a']]]\nconvolution = {}", lists);
    refused(
        "weights = [[[1.5]]]\nscale = 1.0\nconvolution = {}",
        "with `scale`, the weights must be integers of 32 bits",
    );
    let mut description = read("weights = 'w.npz:k'\nconvolution = {}").unwrap();
    let told = description.load_arrays(&mut Kernels(vec![2, 3])).unwrap_err().to_string();
    assert!(told.contains("the array `w.npz:k` has shape [2, 3], but that of a kernel is"), "{told}");
    // One scale for each channel.
    let mut description = read("weights = 'w.npz:k'\nconvolution = {}\nscale = 'w.npz:s'").unwrap();
    description.load_arrays(&mut Kernels(vec![2, 1, 3])).unwrap();
    assert_eq!(description.projections[0].scale, Some(Scale::Each(vec![0.1; 2])));
}
