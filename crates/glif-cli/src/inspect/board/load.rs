//! What a frozen population or network consists of, as far as its size and its cost depend on it.

use glif::Description;
use glif::description::{ModelKind, NumberFormat};
use glif::network::parts::{NetworkParts, PopulationParts, ProjectionParts, StimulusParts, SynapseParts, WeightParts};
use glif::network::{Network, NetworkDescription, PopulationKind};

/// A population or a network.
pub(super) struct Load {
    pub(super) scalar: NumberFormat,
    /// ms
    pub(super) step_time: f64,
    pub(super) populations: Vec<Members>,
    pub(super) projections: Vec<Wires>,
    /// Whether it is a network, which has a count of steps and takes inputs.
    pub(super) is_network: bool,
}

/// A population.
pub(super) struct Members {
    pub(super) name: String,
    pub(super) neurons: usize,
    /// `None` for an input.
    pub(super) cells: Option<Cells>,
    /// Steps of its history; 0 if it has none.
    pub(super) history: usize,
}

/// Neurons, their synapses and their stimuli.
pub(super) struct Cells {
    pub(super) model: ModelKind,
    pub(super) components: usize,
    /// Whether neurons have coefficients of their own.
    pub(super) own: bool,
    /// Bytes of own coefficients of a neuron.
    pub(super) own_bytes: usize,
    /// Whether each membrane is 0 in the number format at the beginning.
    pub(super) begins_at_zero: bool,
    pub(super) has_currents: bool,
    pub(super) jumps: usize,
    /// Names of the synapses that take part: `current`, `delta`, `held`, `exact`.
    pub(super) synapses: Vec<&'static str>,
    /// Names of the stimuli: `constant`, `poisson`.
    pub(super) stimuli: Vec<&'static str>,
    /// Bytes of the coefficients of synapses and stimuli.
    pub(super) bytes: usize,
}

/// A projection.
pub(super) struct Wires {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) connections: usize,
    /// Rows; each is a part of the connections of a source.
    pub(super) rows: usize,
    /// Different delays that a delivery looks for.
    pub(super) delays: usize,
    /// Name of its form, such as `dense-i8`.
    pub(super) form: String,
    /// Bytes of its arrays.
    pub(super) bytes: usize,
    /// Bytes of its sums.
    pub(super) sums: usize,
}

impl Load {
    /// Returns the load of a population file. `own_bytes` has the bytes of own coefficients of a neuron.
    pub(super) fn of_population(description: &Description, own_bytes: usize) -> Self {
        let cells = cells(description, own_bytes);
        let neurons = description.shape.iter().product();
        let members = Members { name: String::new(), neurons, cells: Some(cells), history: 0 };
        Self {
            scalar: description.spec.scalar,
            step_time: description.step_time(),
            populations: vec![members],
            projections: Vec::new(),
            is_network: false,
        }
    }

    /// Returns the load of a network. `own_bytes` has the bytes of own coefficients of a neuron of each population.
    pub(super) fn of_network(network: &Network, own_bytes: &[usize]) -> Self {
        let (description, parts) = (network.description(), network.parts());
        let scalar = description.scalar;
        let members = description.populations.iter().zip(&parts.populations).zip(own_bytes).enumerate();
        let populations = members.map(|(number, (((name, kind), of), own_bytes))| {
            let keeps = parts.projections.iter().any(|projection| projection.from == number);
            Members {
                name: name.clone(),
                neurons: kind.shape().iter().product(),
                cells: match kind {
                    PopulationKind::Neurons { description, .. } => {
                        Some(in_network(description, of, *own_bytes, scalar))
                    }
                    _ => None,
                },
                history: if keeps { of.most_delay + 1 } else { 0 },
            }
        });
        let populations: Vec<Members> = populations.collect();
        let projections = wires(description, &parts, scalar);
        Self { scalar, step_time: description.step_time, populations, projections, is_network: true }
    }
}

fn cells(description: &Description, own_bytes: usize) -> Cells {
    let params = &description.spec.params;
    let rest = glif::Parameter::RestV;
    let initial = glif::Parameter::InitialV;
    let is_zero = |parameter| params.get(parameter).iter().all(|value| *value == 0.0);
    let shared = description.own.iter().all(|(parameter, _)| parameter != rest && parameter != initial);
    Cells {
        model: description.model(),
        components: params.counts().total(),
        own: !description.own.is_empty(),
        own_bytes,
        begins_at_zero: shared && is_zero(rest) && is_zero(initial),
        has_currents: false,
        jumps: 0,
        synapses: Vec::new(),
        stimuli: Vec::new(),
        bytes: 0,
    }
}

/// Returns the bytes of values, if there are several: one value is part of the code.
fn listed(values: &[String], bytes: usize) -> usize {
    if values.len() > 1 { values.len() * bytes } else { 0 }
}

fn in_network(description: &Description, of: &PopulationParts, own_bytes: usize, scalar: NumberFormat) -> Cells {
    let (scale, decay) = scales(scalar);
    let mut bytes = 0;
    let mut synapses = Vec::new();
    for (_, synapse) in &of.synapses {
        synapses.push(match synapse {
            SynapseParts::Current => "current",
            SynapseParts::Delta => "delta",
            SynapseParts::Exact { decay: of, factor, .. } => {
                bytes += listed(of, decay) + listed(factor, scale);
                "exact"
            }
            SynapseParts::Held { decay: of, .. } => {
                bytes += listed(of, decay);
                "held"
            }
            _ => "held",
        });
    }
    let mut stimuli = Vec::new();
    for (_, _, stimulus) in &of.stimuli {
        stimuli.push(match stimulus {
            StimulusParts::Constant { value } => {
                bytes += listed(&value.texts, scalar.size());
                "constant"
            }
            StimulusParts::Step { before, after, .. } => {
                bytes += listed(&before.texts, scalar.size()) + listed(&after.texts, scalar.size());
                "constant"
            }
            StimulusParts::Poisson { thresholds, weight } => {
                bytes += 8 * thresholds.as_ref().map_or(0, Vec::len) + listed(&weight.texts, scale);
                "poisson"
            }
            _ => "constant", // noise, which is refused when the network is frozen
        });
    }
    Cells { has_currents: of.has_currents, jumps: of.jumps, synapses, stimuli, bytes, ..cells(description, own_bytes) }
}

/// Returns the bytes of a scale and of a decay.
fn scales(scalar: NumberFormat) -> (usize, usize) {
    if scalar.is_fixed_point() { (8, 4) } else { (scalar.size(), scalar.size()) }
}

fn wires(description: &NetworkDescription, parts: &NetworkParts, scalar: NumberFormat) -> Vec<Wires> {
    let size = |member: usize| description.populations[member].1.shape().iter().product::<usize>();
    parts.projections.iter().map(|of| wire(of, (size(of.from), size(of.to)), scalar)).collect()
}

fn wire(of: &ProjectionParts, (sources, targets): (usize, usize), scalar: NumberFormat) -> Wires {
    let dense = of.starts.is_empty() && of.convolution.is_none();
    let (connections, form) = match &of.convolution {
        Some(convolution) => (convolution.connections(), "convolution"),
        None if dense => (sources * targets, "dense"),
        None => (of.targets.len(), "sparse"),
    };
    let (kind, width) = match &of.weights {
        WeightParts::One => ("one", 0),
        WeightParts::I8(_) => ("i8", 1),
        WeightParts::I16(_) => ("i16", 2),
        WeightParts::I32(_) => ("i32", 4),
        _ => ("f32", 4),
    };
    // Packed rows of 8 bits are whole words.
    let packed = dense && width == 1;
    let count = of.weights.count();
    let count = if packed { count / targets * targets.next_multiple_of(4) } else { count };
    let indices = 4 * of.starts.len() + usize::from(of.target_bits / 8) * of.targets.len();
    let indices = indices + of.convolution.map_or(0, |of| size_of_val(&of));
    let delays = 4 * of.sources.len() + of.delays.len() + of.distinct.len();
    let scale = scales(scalar).0;
    let factors = of.factor.as_ref().map_or(0, |of| listed(&of.texts, scale));
    let quick = matches!(kind, "i8" | "i16") && form == "sparse" && of.target_bits == 16;
    let table = [64, 256, 1024].into_iter().find(|size| targets <= *size).filter(|_| quick).unwrap_or(targets);
    Wires {
        from: of.from,
        to: of.to,
        connections,
        rows: if form == "sparse" { of.starts.len() - 1 } else { sources },
        delays: of.distinct.len().max(1),
        form: format!("{form}-{kind}"),
        bytes: width * count + indices + delays + listed(&of.scale.texts, scale) + factors,
        sums: 4 * table,
    }
}
