use std::vec::Vec;
use std::{format, vec};

use proptest::prelude::*;

use super::*;
use crate::network::History;
use crate::spikes::WORD;

/// A connection: source, target, weight, delay.
type Connection = (usize, usize, i32, u8);

/// A random network part and its spikes.
#[derive(Debug, Clone)]
struct Case {
    sources: usize,
    targets: usize,
    connections: Vec<Connection>,
    planes: usize,
    /// Number of spikes of each source in each step.
    spikes: Vec<Vec<u32>>,
    wide: bool,
    /// Where the targets are divided.
    cut: usize,
}

fn cases(same_delay: bool, dense: bool) -> impl Strategy<Value = Case> {
    (1..80_usize, prop_oneof![4 => 1..50_usize, 1 => 60..140_usize], 1..3_usize, any::<bool>(), any::<u64>())
        .prop_flat_map(move |(sources, targets, planes, wide, seed)| {
            let pairs = proptest::collection::vec((any::<u32>(), -120..120_i32, 0..7_u8), sources * targets);
            let spikes = proptest::collection::vec(
                proptest::collection::vec(proptest::option::weighted(0.3, 1..1_u32 << planes), sources),
                9,
            );
            (pairs, spikes, 0..=targets).prop_map(move |(pairs, spikes, cut)| {
                let one = (seed % 6) as u8;
                let connections = pairs.iter().enumerate().filter(|(_, pair)| dense || pair.0 % 3 == 0);
                let connections = connections
                    .map(|(i, (_, weight, delay))| {
                        (i / targets, i % targets, *weight, if same_delay { one } else { *delay })
                    })
                    .collect();
                let spikes = spikes
                    .into_iter()
                    .map(|step: Vec<Option<u32>>| step.into_iter().map(|count| count.unwrap_or(0)).collect())
                    .collect();
                Case { sources, targets, connections, planes, spikes, wide, cut }
            })
        })
}

/// Returns the sums of each target in a step, added in the order of the sources.
fn expected<T: Copy + core::ops::Add<Output = T>>(
    case: &Case,
    step: usize,
    zero: T,
    term: impl Fn(i32, u32) -> T,
) -> Vec<T> {
    let mut sums = vec![zero; case.targets];
    let mut ordered = case.connections.clone();
    // A source with several delays: those of its rows ascend.
    ordered.sort_by_key(|(source, _, _, delay)| (*source, *delay));
    for (source, target, weight, delay) in ordered {
        let count = step.checked_sub(delay.into()).map_or(0, |then| case.spikes[then][source]);
        if count > 0 {
            sums[target] = sums[target] + term(weight, count);
        }
    }
    sums
}

/// Delivers every step of a case, whole and in two parts.
fn delivered<S: Synaptic, T: Copy + PartialEq + fmt::Debug>(
    case: &Case,
    projection: &Projection<'_, S>,
    zero: T,
    sums: impl for<'a> Fn(&'a mut [T]) -> Sums<'a, S>,
) -> Vec<Vec<T>> {
    projection.check().unwrap();
    let most = usize::from(projection.most_delay());
    let mut words = vec![0; History::words(case.sources, most, case.planes).unwrap()];
    let mut history = History::new(&mut words, case.sources, most, case.planes).unwrap();
    let mut all = Vec::new();
    for (step, spikes) in case.spikes.iter().enumerate() {
        let recorded = history.record(step as u64);
        recorded.fill(0);
        let row = case.sources.div_ceil(WORD);
        for (source, count) in spikes.iter().enumerate() {
            for plane in 0..case.planes {
                recorded[plane * row + source / WORD] |= (count >> plane & 1) << (source % WORD);
            }
        }
        let mut whole = vec![zero; case.targets];
        projection.deliver(history.view(), step as u64, 0, sums(&mut whole));
        let mut parts = vec![zero; case.targets];
        // A microcontroller delivers otherwise; to a table of sums that may be longer.
        let mut alone = vec![zero; if case.wide { case.targets } else { case.targets.next_power_of_two().max(64) }];
        projection.deliver_compact(history.view(), step as u64, 0, sums(&mut alone));
        assert!(alone.starts_with(&whole), "{alone:?}, not {whole:?}");
        let (first, second) = parts.split_at_mut(case.cut);
        projection.deliver(history.view(), step as u64, case.cut, sums(second));
        projection.deliver(history.view(), step as u64, 0, sums(first));
        assert_eq!(parts, whole);
        all.push(whole);
    }
    all
}

/// The arrays of a sparse projection, with a row for each delay of a source.
struct Sparse {
    starts: Vec<u32>,
    narrow: Vec<u16>,
    wide: Vec<u32>,
    weights: Vec<i32>,
    sources: Vec<u32>,
    delays: Vec<u8>,
}

impl Sparse {
    fn new(case: &Case, by_delay: bool) -> Self {
        let mut connections = case.connections.clone();
        connections.sort_by_key(|(source, target, _, delay)| (*source, if by_delay { *delay } else { 0 }, *target));
        let (mut starts, mut sources, mut delays) = (vec![0], vec![0], Vec::new());
        let mut at = 0;
        for source in 0..case.sources {
            let row: Vec<&Connection> = connections.iter().filter(|connection| connection.0 == source).collect();
            let mut of_source: Vec<u8> = row.iter().map(|connection| connection.3).collect();
            of_source.sort_unstable();
            of_source.dedup();
            if by_delay {
                for delay in of_source {
                    at += row.iter().filter(|connection| connection.3 == delay).count() as u32;
                    starts.push(at);
                    delays.push(delay);
                }
            } else {
                at += row.len() as u32;
                starts.push(at);
            }
            sources.push(delays.len() as u32);
        }
        Self {
            starts,
            narrow: connections.iter().map(|connection| connection.1 as u16).collect(),
            wide: connections.iter().map(|connection| connection.1 as u32).collect(),
            weights: connections.iter().map(|connection| connection.2).collect(),
            sources,
            delays,
        }
    }

    fn connections(&self, wide: bool) -> Connections<'_> {
        let targets = if wide { Targets::U32(&self.wide) } else { Targets::U16(&self.narrow) };
        Connections::Sparse { starts: &self.starts, targets }
    }
}

/// Tries a projection with every type of weight.
fn every_weight(
    case: &Case,
    connections: Connections<'_>,
    delays: Delays<'_>,
    weights: &[i32],
) -> Result<(), TestCaseError> {
    let (sources, targets) = (case.sources, case.targets);
    let steps = 0..case.spikes.len();
    let integers: Vec<Vec<i32>> =
        steps.clone().map(|step| expected(case, step, 0, |weight, count| weight * count as i32)).collect();
    let bytes: Vec<i8> = weights.iter().map(|weight| *weight as i8).collect();
    let halves: Vec<i16> = weights.iter().map(|weight| *weight as i16).collect();
    let packed: Vec<u32> = bytes
        .chunks(targets)
        .flat_map(|row| {
            row.chunks(4)
                .map(|four| four.iter().rev().fold(0, |word, weight| word << 8 | u32::from(*weight as u8 ^ 0x80)))
        })
        .collect();
    let mut every = vec![Weights::I8(&bytes), Weights::I16(&halves), Weights::I32(weights)];
    if connections == Connections::Dense {
        every.push(Weights::Packed(&packed));
    }
    for weights in every {
        let projection = Projection::<f32> { sources, targets, connections, weights, delays };
        prop_assert_eq!(&delivered(case, &projection, 0, |sums| Sums::Integers(sums)), &integers);
        let mut greatest = vec![0; targets];
        for (_, target, weight, _) in &case.connections {
            greatest[*target] += weight.abs();
        }
        let most = greatest.iter().copied().max().unwrap_or(0);
        prop_assert_eq!(projection.greatest_sum(&mut greatest), most);
    }
    let projection = Projection::<f32> { sources, targets, connections, weights: Weights::One, delays };
    let counts: Vec<Vec<i32>> = steps.clone().map(|step| expected(case, step, 0, |_, count| count as i32)).collect();
    prop_assert_eq!(&delivered(case, &projection, 0, |sums| Sums::Integers(sums)), &counts);
    // Not exact, so that another order has another sum.
    let float = |weight: i32| weight as f32 / 3.0 + if weight % 5 == 0 { 1e6_f32 } else { 0.0 };
    let floats: Vec<f32> = weights.iter().map(|weight| float(*weight)).collect();
    let projection = Projection::<f32> { sources, targets, connections, weights: Weights::Scalars(&floats), delays };
    let sums: Vec<Vec<f32>> =
        steps.map(|step| expected(case, step, 0.0, |weight, count| float(weight) * count as f32)).collect();
    prop_assert_eq!(&delivered(case, &projection, 0.0, |sums| Sums::Scalars(sums)), &sums);
    Ok(())
}

/// A convolution, which may have a target of any size, its kernel, and its connections by the definition.
fn convolutions() -> impl Strategy<Value = (Convolution, Vec<i32>, Case)> {
    let pair = |range: core::ops::Range<u16>| (range.clone(), range).prop_map(|(rows, columns)| [rows, columns]);
    let numbers =
        ((1..3_u16, 1..4_u16, 1..4_u16), pair(1..8), pair(1..7), pair(1..5), pair(1..4), pair(0..5), pair(1..4));
    (numbers, 1..3_usize, any::<(bool, u64)>()).prop_flat_map(|(numbers, planes, (wide, seed))| {
        let ((groups, from, to), source, target, kernel, stride, padding, dilation) = numbers;
        let of = |channels: u16, [rows, columns]: [u16; 2]| [groups * channels, rows, columns];
        let (source, target) = (of(from, source), of(to, target));
        let convolution = Convolution { source, target, kernel, stride, padding, dilation, groups };
        let count = |shape: [u16; 3]| shape.map(usize::from).iter().product::<usize>();
        let (sources, targets) = (count(source), count(target));
        let weights = proptest::collection::vec(-120..120_i32, convolution.weights().unwrap());
        let spikes = proptest::collection::vec(
            proptest::collection::vec(prop_oneof![2 => Just(0), 1 => 1..1_u32 << planes], sources),
            9,
        );
        (weights, spikes, 0..=targets).prop_map(move |(weights, spikes, cut)| {
            let connections = unrolled(&convolution, &weights, (seed % 6) as u8);
            (convolution, weights, Case { sources, targets, connections, planes, spikes, wide, cut })
        })
    })
}

/// Returns the connections of a convolution, target after target, as they are defined.
fn unrolled(of: &Convolution, weights: &[i32], delay: u8) -> Vec<Connection> {
    let Convolution { source, target, kernel, stride, padding, dilation, groups } = *of;
    let (from, to) = (source[0] / groups, target[0] / groups);
    let mut connections = Vec::new();
    for (o, v, u) in
        (0..target[0]).flat_map(|o| (0..target[1]).flat_map(move |v| (0..target[2]).map(move |u| (o, v, u))))
    {
        let mut place = usize::from(o) * usize::from(from) * usize::from(kernel[0]) * usize::from(kernel[1]);
        for c in o / to * from..(o / to + 1) * from {
            for (i, j) in (0..kernel[0]).flat_map(|i| (0..kernel[1]).map(move |j| (i, j))) {
                let y = (v * stride[0] + i * dilation[0]).checked_sub(padding[0]).filter(|y| *y < source[1]);
                let x = (u * stride[1] + j * dilation[1]).checked_sub(padding[1]).filter(|x| *x < source[2]);
                if let (Some(y), Some(x)) = (y, x) {
                    let index = |[channel, row, column]: [u16; 3], of: [u16; 3]| {
                        let [channel, row, column, _, rows, columns] =
                            [channel, row, column, of[0], of[1], of[2]].map(usize::from);
                        (channel * rows + row) * columns + column
                    };
                    connections.push((index([c, y, x], source), index([o, v, u], target), weights[place], delay));
                }
                place += 1;
            }
        }
    }
    connections
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn convolutions_are_their_connections((convolution, weights, case) in convolutions()) {
        let delay = case.connections.first().map_or(0, |connection| connection.3);
        let (connections, delays) = (Connections::Convolution(convolution), Delays::All(delay));
        every_weight(&case, connections, delays, &weights)?;
        let (sources, targets) = (case.sources, case.targets);
        let projection = Projection::<f32> { sources, targets, connections, weights: Weights::I32(&weights), delays };
        prop_assert_eq!(projection.connections(), case.connections.len());
        // Visits are in the order of the sources, and then of the targets.
        let mut visited = Vec::new();
        for source in 0..sources {
            projection.each_target(source, |number, target| visited.push((source, target, weights[number], delay)));
        }
        let mut ordered = case.connections.clone();
        ordered.sort_by_key(|connection| (connection.0, connection.1));
        prop_assert_eq!(visited, ordered);
    }

    /// Whatever the numbers are, a delivery ends without a panic.
    #[test]
    fn convolutions_that_do_not_fit_do_no_harm(
        source: [u16; 3], target: [u16; 3], numbers in any::<[[u16; 2]; 4]>(), small: bool, groups: u16,
        (sources, targets, first, shift) in (0..70_usize, 0..9_usize, any::<u16>(), 0..16_u32),
        weights: Vec<i8>,
    ) {
        let narrow = |number: u16| if small { number % 4 } else { number >> shift };
        let target = target.map(|number| if small { number % 4 } else { number % 64 });
        let [kernel, stride, padding, dilation] = numbers.map(|pair| pair.map(narrow));
        // As many steps as there are connections of a source.
        let kernel = kernel.map(|number| number % 64);
        let convolution = Convolution { source: source.map(narrow), target, kernel, stride, padding, dilation, groups };
        let (connections, delays) = (Connections::Convolution(convolution), Delays::All(1));
        let projection = Projection::<f32> { sources, targets, connections, weights: Weights::I8(&weights), delays };
        _ = (projection.check(), projection.connections());
        let mut words = [u32::MAX; 12];
        let history = History::new(&mut words, sources, 1, 2).unwrap();
        projection.deliver(history.view(), 5, first.into(), Sums::Integers(&mut [0; 9]));
        projection.deliver(history.view(), 5, 0, Sums::Integers(&mut [0; 9]));
        projection.deliver_compact(history.view(), 5, 0, Sums::Integers(&mut [0; 64]));
    }

    #[test]
    fn dense_projections_add_every_weight(case in cases(true, true)) {
        let weights: Vec<i32> = case.connections.iter().map(|connection| connection.2).collect();
        every_weight(&case, Connections::Dense, Delays::All(case.connections[0].3), &weights)?;
    }

    #[test]
    fn sparse_projections_add_every_weight(case in cases(true, false)) {
        let sparse = Sparse::new(&case, false);
        let delay = case.connections.first().map_or(0, |connection| connection.3);
        every_weight(&case, sparse.connections(case.wide), Delays::All(delay), &sparse.weights)?;
    }

    #[test]
    fn each_connection_has_its_delay(case in cases(false, false)) {
        let sparse = Sparse::new(&case, true);
        let delays = Delays::Rows { sources: &sparse.sources, delays: &sparse.delays, distinct: &[3, 0, 1, 2, 4, 5, 6] };
        every_weight(&case, sparse.connections(case.wide), delays, &sparse.weights)?;
    }

    /// Whatever the arrays are, a delivery ends without a panic.
    #[test]
    fn arrays_that_do_not_fit_do_no_harm(
        (sources, targets) in (0..70_usize, 0..9_usize),
        starts: Vec<u32>, indices: Vec<u16>, weights: Vec<i8>, rows: Vec<u32>, delays: Vec<u8>,
        (sparse, each, first) in any::<(bool, bool, u16)>(),
    ) {
        let connections = match sparse {
            true => Connections::Sparse { starts: &starts, targets: Targets::U16(&indices) },
            false => Connections::Dense,
        };
        let delays = match each {
            true => Delays::Rows { sources: &rows, delays: &delays, distinct: &[0, 1] },
            false => Delays::All(1),
        };
        let projection = Projection::<f32> { sources, targets, connections, weights: Weights::I8(&weights), delays };
        _ = projection.check();
        let mut words = [u32::MAX; 12];
        let history = History::new(&mut words, sources, 1, 2).unwrap();
        projection.deliver(history.view(), 5, first.into(), Sums::Integers(&mut [0; 9]));
        projection.deliver_compact(history.view(), 5, 0, Sums::Integers(&mut [0; 64]));
        let packed: Vec<u32> = starts.iter().chain(&rows).copied().collect();
        projection.add_packed(history.view(), 5, &packed, &mut [0; 9]);
    }
}

#[test]
fn convolutions_that_do_not_fit_are_refused() {
    let whole = Convolution { source: [2, 3, 3], target: [4, 2, 2], kernel: [2, 2], groups: 2, ..Convolution::ONE };
    let told = |convolution, weights, delays| {
        let connections = Connections::Convolution(convolution);
        let projection = Projection::<f32> { sources: 18, targets: 16, connections, weights, delays };
        projection.check().map_err(|error| format!("{error}"))
    };
    let (right, all) = (Weights::I8(&[1; 16]), Delays::All(1));
    let refused = |text: &str| Err(text.into());
    assert_eq!(told(whole, right, all), Ok(()));
    assert_eq!(told(whole, Weights::One, all), Ok(()));
    assert_eq!(told(whole, Weights::I8(&[1; 15]), all), refused("`weights` has 15 values, but 16 are needed"));
    assert_eq!(told(whole, Weights::Packed(&[1; 4]), all), refused("only a dense projection has packed weights"));
    let rows = Delays::Rows { sources: &[0], delays: &[], distinct: &[] };
    assert_eq!(told(whole, right, rows), refused("a convolution has one delay for all connections"));
    let zero = |name: &str| refused(&format!("`{name}` of a convolution must be at least 1"));
    assert_eq!(told(Convolution { kernel: [0, 2], ..whole }, right, all), zero("kernel"));
    assert_eq!(told(Convolution { stride: [1, 0], ..whole }, right, all), zero("stride"));
    assert_eq!(told(Convolution { dilation: [0, 1], ..whole }, right, all), zero("dilation"));
    assert_eq!(told(Convolution { groups: 0, ..whole }, right, all), zero("groups"));
    let shape = refused("the source of the convolution has 24 neurons, but the population has 18");
    assert_eq!(told(Convolution { source: [2, 3, 4], ..whole }, right, all), shape);
    let most = format!("the target of the convolution has {} neurons, but the population has 16", 65_535_u64.pow(3));
    assert_eq!(told(Convolution { target: [65_535; 3], ..whole }, right, all), refused(&most));
    let groups = refused("3 groups do not divide the 2 channels of the source");
    assert_eq!(told(Convolution { groups: 3, ..whole }, right, all), groups);
    // A kernel of more weights than can be counted.
    let vast = Convolution { kernel: [65_535; 2], ..whole };
    assert_eq!(told(vast, right, all), refused("`weights` has 16 values, but 17179344900 are needed"));
}

/// Two sums share a word. They go to the targets before they overflow, however many rows there are.
#[test]
fn many_rows_of_the_greatest_weights_add_up() {
    for (weight, targets) in [(i8::MIN, 64_usize), (i8::MAX, 64), (i8::MIN, 7), (i8::MAX, 130)] {
        let (sources, width) = (700_usize, 130_usize.div_ceil(4));
        let weights = vec![u32::from_ne_bytes([weight as u8 ^ 0x80; 4]); sources * width];
        let weights = &weights[..sources * targets.div_ceil(4)];
        let (connections, delays) = (Connections::Dense, Delays::All(0));
        let projection = Projection::<f32> { sources, targets, connections, weights: Weights::Packed(weights), delays };
        let mut words = vec![0; History::words(sources, 0, 2).unwrap()];
        words.fill(u32::MAX); // three spikes of each neuron
        words.chunks_mut(sources.div_ceil(WORD)).for_each(|plane| plane[sources / WORD] >>= WORD - sources % WORD);
        let history = HistoryView::new(&words, sources, 0, 2);
        let expected = vec![i32::from(weight) * 3 * sources as i32; targets];
        let mut sums = vec![0; targets];
        projection.add_packed(history, 0, weights, &mut sums);
        assert_eq!(sums, expected);
    }
}

#[test]
fn arrays_that_do_not_fit_are_refused() {
    let sparse = |starts, targets| Connections::Sparse { starts, targets: Targets::U16(targets) };
    let told = |connections, weights, delays| {
        let projection = Projection::<f32> { sources: 2, targets: 3, connections, weights, delays };
        projection.check().map_err(|error| format!("{error}"))
    };
    let (one, all) = (Weights::One, Delays::All(1));
    let refused = |text: &str| Err(text.into());
    assert_eq!(told(Connections::Dense, Weights::I8(&[1; 6]), all), Ok(()));
    let short = refused("`weights` has 5 values, but 6 are needed");
    assert_eq!(told(Connections::Dense, Weights::I8(&[1; 5]), all), short);
    assert_eq!(told(sparse(&[0, 2, 3], &[0, 2, 1]), one, all), Ok(()));
    assert_eq!(told(sparse(&[0, 3], &[0, 1, 2]), one, all), refused("`starts` has 2 values, but 3 are needed"));
    let ascend = |at: &str| refused(&format!("`{at}`: the numbers must ascend from 0 to the number of connections"));
    assert_eq!(told(sparse(&[0, 3, 2], &[0, 1, 2]), one, all), ascend("starts[2]"));
    assert_eq!(told(sparse(&[1, 2, 3], &[0, 1, 2]), one, all), ascend("starts[0]"));
    assert_eq!(told(sparse(&[0, 2, 2], &[0, 1, 2]), one, all), ascend("starts[2]"));
    let beyond = refused("connection 1 leads to neuron 3, but the target has 3 neurons, counted from 0");
    assert_eq!(told(sparse(&[0, 2, 3], &[0, 3, 1]), one, all), beyond);
    let order = refused("connection 1: the targets of a row must ascend");
    assert_eq!(told(sparse(&[0, 2, 3], &[2, 0, 1]), one, all), order);
    let rows = |sources, delays| Delays::Rows { sources, delays, distinct: &[1, 4] };
    assert_eq!(told(sparse(&[0, 1, 2, 3], &[0, 0, 1]), one, rows(&[0, 2, 3], &[1, 4, 1])), Ok(()));
    assert_eq!(
        told(sparse(&[0, 1, 2, 3], &[0, 0, 1]), one, rows(&[0, 2, 3], &[1, 3, 1])),
        refused("row 1 has a delay of 3 steps, which is not among the distinct delays")
    );
    let dense = refused("a dense projection has one delay for all connections");
    assert_eq!(told(Connections::Dense, one, rows(&[0, 2, 3], &[1, 4, 1])), dense);
}
