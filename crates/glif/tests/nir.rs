//! What an import of a graph refuses, with which messages, and what its report says.

use glif::description::Discretization;
use glif::network::{Delay, DriveKind, NetworkDescription, PopulationKind, WeightValues, Weights};
use glif::nir::{Imported, Options, Reset, ScaleChoice, WeightChoice, import};
use glif::{NumberFormat, Parameter};
use hdf5_pure::{FileBuilder, FinishedGroup, GroupBuilder};

/// Value of a field.
#[derive(Clone)]
enum Value {
    Numbers(Vec<u64>, Vec<f64>),
    Text(&'static str),
    /// A type that holds no numbers.
    Flags(Vec<u8>),
}

fn numbers(shape: &[u64], values: &[f64]) -> Value {
    Value::Numbers(shape.to_vec(), values.to_vec())
}

fn all(shape: &[u64], value: f64) -> Value {
    Value::Numbers(shape.to_vec(), vec![value; shape.iter().product::<u64>() as usize])
}

/// A node: name, type, fields.
#[derive(Clone)]
struct Node(&'static str, &'static str, Vec<(&'static str, Value)>);

/// A graph. Those within it come with their names.
#[derive(Clone, Default)]
struct Graph {
    nodes: Vec<Node>,
    graphs: Vec<(&'static str, Graph)>,
    edges: Vec<[&'static str; 2]>,
}

impl Graph {
    fn write(&self, group: &mut GroupBuilder) {
        group.create_dataset("type").with_vlen_strings(&["NIRGraph"]);
        let names: Vec<&str> = self.edges.iter().flatten().copied().collect();
        let edges = group.create_dataset("edges");
        if names.is_empty() {
            edges.with_f64_data(&[]).with_shape(&[0]);
        } else {
            edges.with_vlen_strings(&names).with_shape(&[self.edges.len() as u64, 2]);
        }
        let mut nodes = group.create_group("nodes");
        for Node(name, kind, fields) in &self.nodes {
            let mut node = nodes.create_group(name);
            if !kind.is_empty() {
                node.create_dataset("type").with_vlen_strings(&[kind]);
            }
            for (field, value) in fields {
                let dataset = node.create_dataset(field);
                match value {
                    Value::Numbers(shape, values) => dataset.with_f64_data(values).with_shape(shape),
                    Value::Text(text) => dataset.with_vlen_strings(&[text]),
                    Value::Flags(values) => {
                        let of =
                            hdf5_pure::EnumTypeBuilder::u8_based().u8_value("F", 0).u8_value("T", 1).build().unwrap();
                        dataset.with_enum_u8_data(of, values)
                    }
                };
            }
            nodes.add_group(node.finish());
        }
        for (name, graph) in &self.graphs {
            let mut within = nodes.create_group(name);
            graph.write(&mut within);
            nodes.add_group(within.finish());
        }
        group.add_group(nodes.finish());
    }

    fn bytes(&self) -> Vec<u8> {
        self.of_version("1.0.8")
    }

    fn of_version(&self, version: &str) -> Vec<u8> {
        let mut file = FileBuilder::new();
        file.create_dataset("version").with_vlen_strings(&[version]);
        let mut group = file.create_group("node");
        self.write(&mut group);
        let group: FinishedGroup = group.finish();
        file.add_group(group);
        file.finish().unwrap()
    }

    fn node(mut self, name: &'static str, kind: &'static str, fields: &[(&'static str, Value)]) -> Self {
        self.nodes.push(Node(name, kind, fields.to_vec()));
        self
    }

    fn edge(mut self, from: &'static str, to: &'static str) -> Self {
        self.edges.push([from, to]);
        self
    }

    fn chain(self, names: &[&'static str]) -> Self {
        names.windows(2).fold(self, |graph, pair| graph.edge(pair[0], pair[1]))
    }

    /// Sets a field of a node.
    fn with(mut self, name: &str, field: &'static str, value: Value) -> Self {
        let node = self.nodes.iter_mut().find(|node| node.0 == name).unwrap();
        node.2.retain(|(other, _)| *other != field);
        node.2.push((field, value));
        self
    }

    /// Removes a field of a node.
    fn without(mut self, name: &str, field: &str) -> Self {
        self.nodes.iter_mut().find(|node| node.0 == name).unwrap().2.retain(|(other, _)| *other != field);
        self
    }

    fn import(&self) -> Imported {
        import(self.bytes(), &options()).unwrap_or_else(|errors| panic!("{errors}"))
    }

    fn told(&self, options: &Options) -> String {
        import(self.bytes(), options).expect_err("it is refused").to_string()
    }

    /// Checks that the error has all of the words.
    fn refused(&self, words: &[&str]) {
        let told = self.told(&options());
        words.iter().for_each(|word| assert!(told.contains(word), "no {word:?} in: {told}"));
    }
}

fn options() -> Options {
    let mut options = Options::new(1.0);
    options.scalar = NumberFormat::F64;
    options
}

fn lif(neurons: u64) -> Vec<(&'static str, Value)> {
    let of = |value: f64| all(&[neurons], value);
    vec![("tau", of(0.02)), ("r", of(2.0)), ("v_leak", of(0.0)), ("v_threshold", of(1.0)), ("v_reset", of(0.0))]
}

fn ends(graph: Graph, sources: f64, targets: f64) -> Graph {
    graph.node("input", "Input", &[("shape", numbers(&[1], &[sources]))]).node(
        "output",
        "Output",
        &[("shape", numbers(&[1], &[targets]))],
    )
}

/// Three sources, a bias, and two LIF.
fn small() -> Graph {
    let weight = numbers(&[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    ends(Graph::default(), 3.0, 2.0)
        .node("fc", "Affine", &[("weight", weight), ("bias", numbers(&[2], &[0.5, -0.25]))])
        .node("lif", "LIF", &lif(2))
        .chain(&["input", "fc", "lif", "output"])
}

fn neurons<'a>(description: &'a NetworkDescription, name: &str) -> &'a glif::Description {
    let Some(PopulationKind::Neurons { description, .. }) = description.population(name) else { panic!("{name}") };
    description
}

/// Returns the weights in f64, dense: target after target.
fn dense(description: &NetworkDescription, projection: usize, sources: usize) -> Vec<f64> {
    let of = &description.projections[projection];
    match &of.weights {
        Weights::Dense(values) => (0..values.len()).map(|at| values.get(at)).collect(),
        Weights::Sparse { indptr, indices, data } => {
            let mut dense = vec![0.0; (indptr.len() - 1) * sources];
            for target in 0..indptr.len() - 1 {
                for at in indptr[target] as usize..indptr[target + 1] as usize {
                    dense[target * sources + indices[at] as usize] += data.get(at);
                }
            }
            dense
        }
        _ => panic!(),
    }
}

#[test]
fn a_small_graph_becomes_these_populations() {
    let Imported { description, report } = small().import();
    let lif = neurons(&description, "lif");
    assert_eq!(lif.shape, [2]);
    for (parameter, value) in [
        (Parameter::TimeConstant, 20.0),
        (Parameter::Resistance, 2.0),
        (Parameter::RestV, 0.0),
        (Parameter::ThreshV, 1.0),
        (Parameter::ResetV, 0.0),
        (Parameter::RefracT, 0.0),
    ] {
        assert_eq!(lif.number(parameter), value, "{parameter}");
    }
    assert_eq!(lif.spec.params.discretization(), Discretization::Euler);
    assert_eq!(dense(&description, 0, 3), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    assert_eq!(description.projections[0].delay, Some(Delay::Shared(0.0)));
    assert!(matches!(description.projections[0].weights, Weights::Dense(WeightValues::F32(_))));
    let Some(PopulationKind::Neurons { drives, .. }) = description.population("lif") else { panic!() };
    assert!(
        matches!(&drives[..], [drive] if matches!(drive.kind, DriveKind::Constant { .. }) && drive.synapse.is_none())
    );
    let told = report.to_string();
    for line in [
        "read: NIR of version `1.0.8`: 4 nodes, 3 edges",
        "population: node `input`: Input -> `input`, 3 spike sources",
        "population: node `lif`: LIF -> `lif`, model lif, 2 neurons",
        "population: node `output`: Output, which is `lif`",
        "folded: a bias of `lif` is a constant stimulus, in every step, the first included",
        "folded: from `input` to `lif`, by `fc`: 6 connections of 6 pairs, dense, delay of 0 steps",
        "assumed: a step is 1 ms (--step-time); times of the file are in s, and its voltages are taken as mV",
        "assumed: a step is one of forward Euler (--discretization)",
        "assumed: a spike sets the membrane to `v_reset` (--reset)",
        "assumed: membranes begin at `v_leak`",
    ] {
        assert!(told.lines().any(|told| told == line), "no {line:?} in:\n{told}");
    }
    // By hand: a bias of 0.5 and r = 2 lift the first membrane by 0.05 in the first step.
    let mut network = description.build().unwrap();
    network.step().unwrap();
    let mut row = glif::Samples::F64(Vec::new());
    glif::Recordable::sample_of(&network.member("lif").unwrap(), glif::Variable::Voltage, None, &mut row);
    let voltages = row.into_f64();
    assert!((voltages[0] - 0.05).abs() < 1e-15 && (voltages[1] + 0.025).abs() < 1e-15, "{voltages:?}");
}

/// Linear nodes in a row become the product of their matrices.
#[test]
fn linear_nodes_fold_into_one_projection() {
    let graph = small()
        .node("scale", "Scale", &[("scale", numbers(&[2], &[2.0, -1.0]))])
        .node("delay", "Delay", &[("delay", numbers(&[3], &[0.0, 0.002, 0.005]))])
        .node("skip", "Linear", &[("weight", numbers(&[2, 3], &[1.0, 0.0, 0.0, 0.0, 0.0, 1.0]))]);
    let mut graph = Graph { edges: Vec::new(), ..graph };
    graph = graph.chain(&["input", "delay", "fc", "scale", "lif", "output"]).chain(&["input", "skip", "lif"]);
    let Imported { description, .. } = graph.import();
    assert_eq!(description.projections.len(), 1);
    // The two ways with no delay add up; those with other delays are connections beside.
    assert_eq!(dense(&description, 0, 3), [3.0, 4.0, 6.0, -4.0, -5.0, -5.0]);
    let Some(Delay::Each(delays)) = &description.projections[0].delay else { panic!() };
    assert_eq!(delays, &[0.0, 2.0, 5.0, 0.0, 2.0, 0.0, 5.0]);
    let Some(PopulationKind::Neurons { drives, .. }) = description.population("lif") else { panic!() };
    let DriveKind::Constant { value } = &drives[0].kind else { panic!() };
    let values = glif::network::NeuronValues::Own(glif::OwnValues::Each(vec![1.0, 0.25]));
    assert_eq!(*value, values);
}

#[test]
fn scalars_stand_for_all_neurons() {
    let scalar = |value: f64| numbers(&[], &[value]);
    let graph = ["tau", "r", "v_leak", "v_threshold", "v_reset"]
        .into_iter()
        .zip([0.02, 2.0, 0.0, 1.0, 0.0])
        .fold(small(), |graph, (field, value)| graph.with("lif", field, scalar(value)));
    let Imported { description, report } = graph.import();
    assert_eq!(description, small().import().description);
    let told = report.to_string();
    let line = "broadcast: node `lif`: `tau`, `r`, `v_leak`, `v_threshold`, `v_reset`: one number for all 2 neurons";
    assert!(told.contains(line), "{told}");
    // So do arrays with one value.
    let one = ["tau", "r", "v_leak", "v_threshold", "v_reset"]
        .into_iter()
        .zip([0.02, 2.0, 0.0, 1.0, 0.0])
        .fold(small(), |graph, (field, value)| graph.with("lif", field, numbers(&[1], &[value])));
    assert_eq!(one.import().description, description);
    assert!(one.import().report.to_string().contains(line));
    // A node that nothing tells its size.
    let mut alone = graph.clone();
    alone.edges.clear();
    alone.refused(&["node `lif`: has no shape of its own, and no other node gives it one"]);
}

#[test]
fn circles_have_a_late_edge() {
    let graph = small()
        .node("w_rec", "Linear", &[("weight", all(&[2, 2], 0.5))])
        .chain(&["lif", "w_rec", "lif"])
        .edge("lif", "lif");
    let Imported { description, report } = graph.import();
    let told = report.to_string();
    assert!(told.contains("late: the edge from `lif` to `w_rec` closes a circle, and acts one step later"), "{told}");
    assert!(told.contains("late: the edge from `lif` to `lif` closes a circle, and acts one step later"), "{told}");
    let recurrent = description.projections.iter().find(|of| of.from == "lif").unwrap();
    assert_eq!(recurrent.delay, Some(Delay::Shared(1.0)));
    let graph = ends(Graph::default(), 2.0, 2.0)
        .node("a", "Linear", &[("weight", all(&[2, 2], 0.5))])
        .node("b", "Scale", &[("scale", all(&[2], 0.5))])
        .node("lif", "LIF", &lif(2))
        .chain(&["input", "a", "b", "lif", "output"])
        .edge("b", "a");
    graph.refused(&["`edges`: a circle without neurons: `b` -> `a` -> `b`", "help: put neurons between them"]);
}

#[test]
fn outputs_behind_linear_maps_are_readouts() {
    let graph = small().node("out", "Linear", &[("weight", numbers(&[1, 2], &[3.0, 4.0]))]);
    let graph = Graph { edges: Vec::new(), ..graph }.chain(&["input", "fc", "lif", "out", "output"]);
    let Imported { description, report } = graph.import();
    assert_eq!(neurons(&description, "output").model(), glif::ModelKind::Li);
    assert!(
        report.to_string().contains("Output behind a linear map -> `output`, model li, whose voltage is the value")
    );
    let mut network = description.build().unwrap();
    for step in 0..40 {
        network.set_spikes("input", &[1, 0, 1]).unwrap();
        network.step().unwrap();
        let fired = |name: &str| network.fired(name).unwrap().iter().map(|(_, of)| of).collect::<Vec<_>>();
        let expected: f64 = fired("lif").iter().map(|of| [3.0, 4.0][*of]).sum();
        let mut row = glif::Samples::F64(Vec::new());
        glif::Recordable::sample_of(&network.member("output").unwrap(), glif::Variable::Voltage, None, &mut row);
        assert_eq!(row.into_f64(), [expected], "step {step}");
    }
}

#[test]
fn names_without_a_node_are_refused() {
    small().edge("lif", "nowhere").refused(&["`edges`: from `lif` to `nowhere`: there is no node `nowhere`"]);
    small().edge("nobody", "lif").refused(&["from `nobody` to `lif`: there is no node `nobody`"]);
}

#[test]
fn nodes_that_glif_cannot_carry_over_are_refused() {
    let integrator = small().node("i", "I", &[("r", all(&[2], 1.0))]).edge("fc", "i");
    integrator.refused(&["node `i`: `r`: glif has no integrator without a threshold", "help: "]);
    small().node("x", "Izhikevich", &[]).refused(&["node `x`: `type` = \"Izhikevich\": unknown", "CubaLIF"]);
    small().node("x", "", &[]).refused(&["node `x`: has no text `type`", "a name of a node has no `/`"]);
    // Membranes do not travel.
    let graph = small()
        .node("li", "LI", &[("tau", all(&[2], 0.02)), ("r", all(&[2], 1.0)), ("v_leak", all(&[2], 0.0))])
        .node("lif2", "LIF", &lif(2))
        .chain(&["fc", "li", "lif2"]);
    graph.refused(&["node `li`: its membrane reaches `lif2`, but projections carry spikes only"]);
}

#[test]
fn fields_that_do_not_fit_are_refused() {
    small()
        .with("fc", "weight", numbers(&[2, 2], &[1.0; 4]))
        .refused(&["`edges`: from `input` to `fc`: 3 values of shape [3] for 2 of shape [2]"]);
    small()
        .with("fc", "weight", numbers(&[6], &[1.0; 6]))
        .refused(&["node `fc`: `weight`: has shape [6], but (..., targets, sources)"]);
    small()
        .with("fc", "bias", numbers(&[3], &[1.0; 3]))
        .refused(&["node `fc`: `bias`: has shape [3], but [2] is needed"]);
    small()
        .with("lif", "tau", numbers(&[3], &[0.02; 3]))
        .refused(&["node `lif`: `r`: has shape [2], but `tau` has [3]"]);
    small()
        .with("fc", "weight", numbers(&[2, 3], &[1.0, f64::NAN, 0.0, 0.0, 0.0, 0.0]))
        .refused(&["node `fc`: `weight`: value 1 is NaN: must be finite"]);
    small().with("lif", "tau", numbers(&[2], &[0.02, f64::INFINITY])).refused(&["node `lif`: `tau`: value 1 is inf"]);
    small().with("lif", "tau", numbers(&[2], &[0.02, 0.0])).refused(&["node `lif`: `tau` = 0 s: must be above 0"]);
    small().with("lif", "r", numbers(&[2], &[1.0, 0.0])).refused(&["node `lif`: `r`: value 1 is 0: must not be 0"]);
    small()
        .with("lif", "v_reset", numbers(&[2], &[0.0, 1.0]))
        .refused(&["node `lif`: `v_reset`: value 1 is 1: must be below `v_threshold`, 1"]);
    small()
        .with("lif", "tau", Value::Text("fast"))
        .refused(&["node `lif`: `tau`: is the text \"fast\", but numbers are needed"]);
    small()
        .with("lif", "tau", Value::Flags(vec![1, 1]))
        .refused(&["node `lif`: `tau`: is of type enum", "numbers are needed"]);
    small()
        .with("input", "shape", numbers(&[1], &[2.5]))
        .refused(&["node `input`: `shape`: 2.5: must be a whole number"]);
    small()
        .with("input", "shape", numbers(&[2], &[1e6, 1e6]))
        .refused(&["node `input`: `shape`: [1000000, 1000000]: at most"]);
    small().without("lif", "tau").refused(&["node `lif`: has no field `tau`, which every LIF has"]);
    small().without("fc", "bias").refused(&["node `fc`: has no field `bias`, which every Affine has"]);
    // All at once.
    small().without("lif", "tau").without("fc", "bias").refused(&["node `lif`: has no", "node `fc`: has no"]);
}

#[test]
fn windows_that_do_not_fit_are_refused() {
    let pool = |kind: &'static str, kernel: f64, padding: f64| {
        ends(Graph::default(), 4.0, 1.0)
            .with("input", "shape", numbers(&[3], &[1.0, 4.0, 4.0]))
            .node(
                "pool",
                kind,
                &[("kernel_size", all(&[2], kernel)), ("stride", all(&[2], 4.0)), ("padding", all(&[2], padding))],
            )
            .node("lif", "LIF", &lif(1))
            .chain(&["input", "pool", "lif", "output"])
    };
    let sum = pool("SumPool2d", 4.0, 0.0).import().description;
    assert_eq!(dense(&sum, 0, 16), [1.0; 16]);
    assert_eq!(dense(&pool("AvgPool2d", 4.0, 0.0).import().description, 0, 16), [1.0 / 16.0; 16]);
    pool("SumPool2d", 5.0, 0.0).refused(&["node `pool`: its kernel reaches over 5 values, but 4 come along an axis"]);
    pool("SumPool2d", 0.0, 0.0).refused(&["node `pool`: `kernel_size`: 0: must be a whole number from 1"]);
    pool("SumPool2d", 4.0, 4e9).refused(&["node `pool`: gives shape", "at most"]);
    pool("SumPool2d", 4.0, -1.0).refused(&["node `pool`: `padding`: -1: must be a whole number from 0"]);
    let conv = ends(Graph::default(), 4.0, 9.0)
        .with("input", "shape", numbers(&[3], &[2.0, 3.0, 3.0]))
        .node(
            "conv",
            "Conv2d",
            &[
                ("weight", all(&[1, 2, 3, 3], 0.5)),
                ("bias", numbers(&[1], &[0.0])),
                ("stride", all(&[2], 1.0)),
                ("padding", Value::Text("same")),
                ("dilation", all(&[2], 1.0)),
                ("groups", numbers(&[], &[1.0])),
            ],
        )
        .node("lif", "LIF", &lif(9))
        .chain(&["input", "conv", "lif", "output"]);
    let Imported { report, .. } = conv.import();
    let told = report.to_string();
    assert!(told.contains("folded: convolutions: 18 weights make 98 connections"), "{told}");
    conv.clone()
        .with("conv", "padding", Value::Text("full"))
        .refused(&["`padding`: \"full\": must be \"same\", \"valid\" or"]);
    conv.clone().with("conv", "stride", all(&[2], 2.0)).refused(&["`padding`: \"same\" needs a stride of 1"]);
    conv.clone()
        .with("conv", "groups", numbers(&[], &[2.0]))
        .refused(&["node `conv`: `groups`: 2: must divide the 1 channels"]);
    conv.clone()
        .with("conv", "bias", numbers(&[2], &[0.0; 2]))
        .refused(&["node `conv`: `bias`: has shape [2], but [1]"]);
    conv.clone()
        .with("conv", "weight", all(&[1, 3, 3, 3], 0.5))
        .refused(&["gets shape [2, 3, 3], but (3, height, width)"]);
    conv.with("conv", "stride", all(&[3], 1.0)).refused(&["`stride`: has 3 values, but 2 are needed"]);
}

/// A convolution is a kernel where that takes less memory, also behind a pool whose windows do not overlap.
#[test]
fn convolutions_share_their_weights_where_that_saves_memory() {
    let graph = |pooled: bool, stride: f64| {
        let places = if pooled { 3.0 } else { 6.0 };
        let shape = [2.0, places, places];
        let weights: Vec<f64> = (0..36).map(|i| f64::from(i) * 0.25 - 4.0).collect();
        let conv = [
            ("weight", numbers(&[2, 2, 3, 3], &weights)),
            ("bias", numbers(&[2], &[0.0; 2])),
            ("stride", all(&[2], 1.0)),
            ("padding", all(&[2], if pooled { 0.0 } else { 1.0 })),
            ("dilation", all(&[2], 1.0)),
            ("groups", numbers(&[], &[1.0])),
        ];
        let ones = |value: f64| {
            numbers(&[2, shape[1] as u64, shape[2] as u64], &vec![value; (2.0 * places * places) as usize])
        };
        let lif = [("tau", ones(0.02)), ("r", ones(2.0)), ("v_leak", ones(0.0)), ("v_threshold", ones(1.0))];
        let length = if pooled { 10.0 } else { 6.0 };
        let pool = [("kernel_size", all(&[2], 2.0)), ("stride", all(&[2], stride)), ("padding", all(&[2], 0.0))];
        let graph = Graph::default()
            .node("input", "Input", &[("shape", numbers(&[3], &[2.0, length, length]))])
            .node("conv", "Conv2d", &conv)
            .node("lif", "LIF", &lif)
            .node("output", "Output", &[("shape", numbers(&[3], &shape))]);
        match pooled {
            true => graph.node("pool", "SumPool2d", &pool).chain(&["input", "pool", "conv", "lif", "output"]),
            false => graph.chain(&["input", "conv", "lif", "output"]),
        }
    };
    let Imported { description, report } = graph(false, 1.0).import();
    let Weights::Convolution { values, shape, convolution } = &description.projections[0].weights else { panic!() };
    assert_eq!((*shape, convolution.padding), ([2, 2, 3, 3], [1; 2]));
    assert_eq!((values.get(0), values.get(35)), (-4.0, 4.75));
    let told = report.to_string();
    assert!(told.contains("a kernel of 36 weights in 318 bytes (sparse rows would take 10"), "{told}");
    // The greatest weight of the kernel is 0, which is no connection.
    assert!(description.build().unwrap().report().projections[0].connections < 2 * 2 * 16 * 16);
    // A pool and a convolution are one kernel of 6 x 6.
    let Imported { description, .. } = graph(true, 2.0).import();
    let Weights::Convolution { shape, convolution, .. } = &description.projections[0].weights else { panic!() };
    assert_eq!((*shape, convolution.stride), ([2, 2, 6, 6], [2; 2]));
    // As integers, in rows of connections the scale is the same.
    let mut options = options();
    options.weights = Some(WeightChoice::I8);
    let small = import(graph(false, 1.0).bytes(), &options).unwrap();
    assert!(small.report.to_string().contains("a kernel of 36 weights in 66 bytes"), "{}", small.report);
    small.description.build().unwrap();
}

/// Targets have their own scales where that halves the root mean square error, unless an option says otherwise.
#[test]
fn targets_have_their_own_scales_where_that_halves_the_error() {
    let per_target = |weights: [f64; 6], choice: WeightChoice, scales: Option<ScaleChoice>| {
        let mut options = options();
        (options.weights, options.scales) = (Some(choice), scales);
        let graph = small().with("fc", "weight", numbers(&[2, 3], &weights));
        let imported = import(graph.bytes(), &options).unwrap();
        imported.description.projections[0].quantize.map(|quantize| quantize.per_target)
    };
    let (alike, apart) = ([1.0, 2.2, 3.1, 4.0, 5.3, 6.0], [1.0, 2.2, 3.1, 0.004, 0.0053, 0.006]);
    for choice in [WeightChoice::I8, WeightChoice::I16] {
        assert_eq!(per_target(alike, choice, None), Some(false));
        assert_eq!(per_target(apart, choice, None), Some(true));
        assert_eq!(per_target(apart, choice, Some(ScaleChoice::Projection)), Some(false));
        assert_eq!(per_target(alike, choice, Some(ScaleChoice::Target)), Some(true));
        // Without an error there is nothing to halve, nor with a target whose weights are 0.
        assert_eq!(per_target([1.0; 6], choice, None), Some(false));
        assert_eq!(per_target([1.0, 2.2, 3.1, 0.0, 0.0, 0.0], choice, None), Some(false));
    }
    assert_eq!(per_target(apart, WeightChoice::Float, None), None);
}

#[test]
fn a_step_that_is_longer_than_a_time_constant_is_refused() {
    let graph = small().with("lif", "tau", numbers(&[2], &[0.02, 0.003]));
    let mut options = options();
    options.step_time = 5.0;
    let told = graph.told(&options);
    for word in [
        "node `lif`: `tau` = 0.003 s: shorter than the step of 5 ms, over which forward Euler is not stable",
        "help: use --step-time 3, the greatest that is stable for all nodes, or --discretization exact",
    ] {
        assert!(told.contains(word), "{told}");
    }
    options.step_time = 3.0;
    assert!(import(graph.bytes(), &options).is_ok());
    (options.step_time, options.discretization) = (5.0, Discretization::Exact);
    assert!(import(graph.bytes(), &options).is_ok());
    // As f32 rounds it: a hair less than a step.
    (options.step_time, options.discretization) = (0.1, Discretization::Euler);
    let rounded = small().with("lif", "tau", all(&[2], f64::from(1e-4_f32)));
    let Imported { description, report } = import(rounded.bytes(), &options).unwrap();
    assert_eq!(neurons(&description, "lif").number(Parameter::TimeConstant), 0.1);
    assert!(report.to_string().contains("rounded: node `lif`: `tau`: what is 0.99999"), "{report}");
}

#[test]
fn options_that_do_not_go_together_are_refused() {
    let mut options = options();
    (options.scalar, options.weights) = (NumberFormat::I16F16, Some(WeightChoice::Float));
    assert!(small().told(&options).contains("i16f16 has no weights in floating point\nhelp: "));
    for step_time in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(small().told(&Options::new(step_time)).contains("ms: must be above 0 and finite"));
    }
    let mut options = self::options();
    options.reset = Reset::Subtract;
    let told =
        small().with("lif", "v_threshold", all(&[2], -1.0)).with("lif", "v_reset", all(&[2], -2.0)).told(&options);
    assert!(
        told.contains("`v_threshold`: value 0 is -1: must be above 0, as a spike takes it off\nhelp: use --reset zero")
    );
}

#[test]
fn delays_are_whole_steps_within_bounds() {
    let graph = |time: f64| {
        let graph = small().node("delay", "Delay", &[("delay", all(&[2], time))]);
        Graph { edges: Vec::new(), ..graph }.chain(&["input", "fc", "delay", "lif", "output"])
    };
    assert_eq!(graph(0.255).import().description.projections[0].delay, Some(Delay::Shared(255.0)));
    graph(0.256).refused(&[
        "node `lif`: a delay of 256 steps reaches it: at most 255 are supported",
        "help: use a longer step",
    ]);
    graph(1e6).refused(&["node `delay`: `delay`: 1000000 s are 1e9 steps: at most 255 are supported"]);
    graph(-0.001).refused(&["node `delay`: `delay`: -0.001 s: must not be negative"]);
    let Imported { description, report } = graph(0.0024).import();
    assert_eq!(description.projections[0].delay, Some(Delay::Shared(2.0)));
    assert!(
        report.to_string().contains("rounded: node `delay`: `delay`: 0.0024 s are 2.400 steps, and become 2"),
        "{report}"
    );
}

#[test]
fn what_has_no_effect_is_told() {
    let graph = small().with("lif", "tau_adaptation", all(&[2], 0.1));
    let Imported { description, report } = graph.import();
    assert_eq!(description, small().import().description);
    assert!(report.to_string().contains("ignored: node `lif`: `tau_adaptation`: not a field of LIF"), "{report}");
    let told = import(small().of_version("2.0"), &options()).unwrap().report.to_string();
    assert!(told.contains("assumed: version `2.0` is not one that glif knows, which are 0 and 1"), "{told}");
    let Imported { report, .. } = small().without("lif", "v_reset").import();
    assert!(report.to_string().contains("assumed: `v_reset` is 0, as files of nir before 1.0.6 do not have it: `lif`"));
    let nothing = small().with("fc", "weight", all(&[2, 3], 0.0)).import();
    assert!(nothing.description.projections.is_empty());
    assert!(nothing.report.to_string().contains("every weight is 0, so there is no projection"), "{}", nothing.report);
}

#[test]
fn nodes_without_a_source_are_fed_from_outside() {
    let graph = Graph { edges: Vec::new(), ..small() }.chain(&["fc", "lif", "output"]);
    let Imported { description, report } = graph.import();
    assert!(matches!(description.population("input_fc"), Some(PopulationKind::Input(input)) if input.shape == [3]));
    assert!(
        report.to_string().contains("read: node `fc` has no source: input `input_fc` is added before it"),
        "{report}"
    );
    let graph = Graph { edges: Vec::new(), ..small() }.chain(&["lif", "output"]);
    let told = graph.import().report.to_string();
    assert!(told.contains("assumed: node `lif` has no source: `lif` takes currents from outside"), "{told}");
}

#[test]
fn graphs_within_graphs_are_unfolded() {
    let inner = ends(Graph::default(), 2.0, 2.0).node("lif", "LIF", &lif(2)).chain(&["input", "lif", "output"]);
    let mut graph = small();
    graph.nodes.retain(|node| node.0 != "lif");
    graph.graphs.push(("lif", inner.clone()));
    let Imported { description, report } = graph.import();
    assert!(description.population("lif_lif").is_some());
    assert!(report.to_string().contains("read: graph `lif` is unfolded: its nodes have its name before theirs"));
    graph.graphs[0].1.nodes.retain(|node| node.0 != "input");
    graph.graphs[0].1.edges.remove(0);
    graph.refused(&["node `lif`: a graph within a graph needs one Input, but it has 0"]);
    // Deeper than any real one.
    let mut deep = inner;
    for _ in 0..20 {
        let mut outer = ends(Graph::default(), 2.0, 2.0).chain(&["input", "in", "output"]);
        outer.graphs.push(("in", deep));
        deep = outer;
    }
    deep.refused(&["graphs within graphs go deeper than 16"]);
}

#[test]
fn files_that_are_no_graphs_are_refused() {
    let told = |bytes: Vec<u8>| import(bytes, &options()).expect_err("it is refused").to_string();
    assert!(told(b"{}".to_vec()).starts_with("cannot be read as HDF5: "));
    assert!(told(Vec::new()).starts_with("cannot be read as HDF5: "));
    let mut other = FileBuilder::new();
    other.create_dataset("weights").with_f64_data(&[1.0]);
    assert_eq!(told(other.finish().unwrap()), "is an HDF5 file, but not a NIR graph: it has no group `node`");
    let mut lone = FileBuilder::new();
    let mut group = lone.create_group("node");
    group.create_dataset("type").with_vlen_strings(&["LIF"]);
    lone.add_group(group.finish());
    assert_eq!(told(lone.finish().unwrap()), "holds one node of type LIF, but a graph is needed");
    // Torn anywhere, it is an error, not a panic.
    let whole = small().bytes();
    for length in (0..whole.len()).step_by(97) {
        assert!(import(whole[..length].to_vec(), &options()).is_err(), "{length} of {}", whole.len());
    }
}
