//! The nodes of a graph, with their fields checked one by one.

use super::file::{Fields, Numbers, Value};
use crate::limits::NIR_NEURONS;
use crate::text::printable;

/// A node.
#[derive(Debug)]
pub(super) enum Node {
    /// Spikes from outside, of a shape.
    Input(Vec<usize>),
    /// What the graph is for, of a shape.
    Output(Vec<usize>),
    /// A linear map.
    Linear(Linear),
    /// Neurons.
    Neurons(Neurons),
}

/// A linear map, perhaps with a bias, or a delay.
#[derive(Debug)]
pub(super) enum Linear {
    /// Nothing changes: an input or output of a graph within a graph.
    Identity(Vec<usize>),
    /// A matrix, or one for each index of the leading axes.
    Matrix {
        /// Shape (..., out, in).
        weight: Numbers,
        /// Shape (..., out).
        bias: Option<Numbers>,
    },
    /// A factor for each value, or for all.
    Scale(Numbers),
    /// Another shape; the order in memory is the same.
    Flatten {
        /// Shape of what comes.
        input: Option<Vec<usize>>,
        /// First axis of those that become one.
        start: i64,
        /// Last axis of those, counted from the end if it is negative.
        end: i64,
    },
    /// A convolution.
    Convolution(Convolution),
    /// Sums, or means, over windows.
    Pool {
        /// Height and width of the window, steps, and rows and columns of zeros around.
        kernel: [usize; 2],
        stride: [usize; 2],
        padding: [usize; 2],
        /// Whether a window gives its mean, in which the padding counts.
        mean: bool,
    },
    /// A time for each value, or for all, s.
    Delay(Numbers),
}

/// A convolution over two axes, of which the first has length 1 if it is over one.
#[derive(Debug)]
pub(super) struct Convolution {
    /// Number of axes, 1 or 2.
    pub(super) axes: usize,
    /// Lengths of what comes along these.
    pub(super) input: Option<[usize; 2]>,
    /// In C order of shape (channels out, channels in of a group, height, width).
    pub(super) weight: Vec<f64>,
    pub(super) shape: [usize; 4],
    pub(super) stride: [usize; 2],
    /// Zeros before and after each axis; `None` to have as many values as come.
    pub(super) padding: Option<[usize; 2]>,
    pub(super) dilation: [usize; 2],
    pub(super) groups: usize,
    /// One for each channel out.
    pub(super) bias: Vec<f64>,
}

/// Type of neurons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NeuronKind {
    If,
    Li,
    Lif,
    CubaLi,
    CubaLif,
    /// Fires while its input is above a threshold.
    Threshold,
}

impl NeuronKind {
    /// Returns the name of the type in a file.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::If => "IF",
            Self::Li => "LI",
            Self::Lif => "LIF",
            Self::CubaLi => "CubaLI",
            Self::CubaLif => "CubaLIF",
            Self::Threshold => "Threshold",
        }
    }

    /// Returns whether the neurons spike.
    pub(super) fn fires(self) -> bool {
        !matches!(self, Self::Li | Self::CubaLi)
    }
}

/// Neurons. A field has a value for each neuron, or one for all.
#[derive(Debug)]
pub(super) struct Neurons {
    pub(super) kind: NeuronKind,
    /// Name and values of each field; times in s.
    pub(super) fields: Vec<(&'static str, Numbers)>,
    /// Shape; `None` if every field has one value.
    pub(super) shape: Option<Vec<usize>>,
    /// Shape if no other node gives one: that of an array with one value.
    pub(super) single: Option<Vec<usize>>,
}

impl Neurons {
    /// Returns a field.
    pub(super) fn field(&self, name: &str) -> Option<&Numbers> {
        self.fields.iter().find(|(of, _)| *of == name).map(|(_, values)| values)
    }
}

impl Node {
    /// Makes a node of a type from its fields.
    ///
    /// # Errors
    /// Returns everything that is wrong with the fields.
    pub(super) fn new(kind: &str, fields: Fields) -> Result<Self, Vec<String>> {
        let mut of = Reading { kind, fields, problems: Vec::new() };
        let node = of.node();
        match node {
            Some(node) if of.problems.is_empty() => Ok(node),
            _ => Err(of.problems),
        }
    }
}

/// Takes the fields of a node. A method returns `None` if the problems say why.
struct Reading<'a> {
    kind: &'a str,
    fields: Fields,
    problems: Vec<String>,
}

impl Reading<'_> {
    fn node(&mut self) -> Option<Node> {
        let kind = match self.kind {
            "Input" => return self.shape("shape").map(Node::Input),
            "Output" => return self.shape("shape").map(Node::Output),
            "Linear" => return self.matrix(false),
            "Affine" => return self.matrix(true),
            "Scale" => return self.numbers("scale").map(|of| Node::Linear(Linear::Scale(of))),
            "Flatten" => return self.flatten(),
            "Conv1d" => return self.convolution(1),
            "Conv2d" => return self.convolution(2),
            "SumPool2d" => return self.pool(false),
            "AvgPool2d" => return self.pool(true),
            "Delay" => return self.delay(),
            "IF" => NeuronKind::If,
            "LI" => NeuronKind::Li,
            "LIF" => NeuronKind::Lif,
            "CubaLI" => NeuronKind::CubaLi,
            "CubaLIF" => NeuronKind::CubaLif,
            "Threshold" => NeuronKind::Threshold,
            "I" => {
                self.problems.push(
                    "`r`: glif has no integrator without a threshold, which type I is\n\
                     help: use LI with a long `tau`, or IF"
                        .to_owned(),
                );
                return None;
            }
            other => {
                self.problems.push(format!("type {other} has no meaning here"));
                return None;
            }
        };
        self.neurons(kind)
    }

    fn missing(&mut self, field: &str) {
        self.problems.push(format!("has no field `{field}`, which every {} has", self.kind));
    }

    fn wrong(&mut self, field: &str, problem: impl std::fmt::Display) {
        self.problems.push(format!("`{field}`: {problem}"));
    }

    fn optional(&mut self, field: &'static str) -> Option<Numbers> {
        match self.fields.remove(field)? {
            Value::Numbers(numbers) => Some(numbers),
            Value::Text(text) => {
                self.wrong(field, format!("is the text \"{}\", but numbers are needed", printable(&text, 40)));
                None
            }
        }
    }

    fn numbers(&mut self, field: &'static str) -> Option<Numbers> {
        if !self.fields.contains_key(field) {
            self.missing(field);
            return None;
        }
        self.optional(field)
    }

    /// Takes whole numbers of at least `least`.
    fn whole(&mut self, field: &'static str, of: &Numbers, least: usize) -> Option<Vec<usize>> {
        let fits = |value: &f64| *value >= least as f64 && *value <= f64::from(u32::MAX) && value.fract() == 0.0;
        if let Some(value) = of.values.iter().find(|value| !fits(value)) {
            self.wrong(field, format!("{value}: must be a whole number from {least} to {}", u32::MAX));
            return None;
        }
        Some(of.values.iter().map(|value| *value as usize).collect())
    }

    /// Takes a shape.
    fn shape(&mut self, field: &'static str) -> Option<Vec<usize>> {
        let numbers = self.numbers(field)?;
        let shape = self.whole(field, &numbers, 1)?;
        let cells = shape.iter().try_fold(1_usize, |all, axis| all.checked_mul(*axis)).unwrap_or(usize::MAX);
        if cells > NIR_NEURONS || shape.len() > 8 {
            self.wrong(field, format!("{shape:?}: at most {NIR_NEURONS} values along 8 axes are supported"));
            return None;
        }
        Some(shape)
    }

    /// Takes one whole number.
    fn one(&mut self, field: &'static str, least: usize) -> Option<usize> {
        let numbers = self.numbers(field)?;
        match self.whole(field, &numbers, least)?[..] {
            [value] => Some(value),
            _ => {
                self.wrong(field, format!("has {} values, but one is needed", numbers.values.len()));
                None
            }
        }
    }

    /// Takes a whole number for each axis, or one for all.
    fn axes(&mut self, field: &'static str, axes: usize, least: usize) -> Option<[usize; 2]> {
        let numbers = self.numbers(field)?;
        self.of_axes(field, &numbers, axes, least)
    }

    fn of_axes(&mut self, field: &'static str, of: &Numbers, axes: usize, least: usize) -> Option<[usize; 2]> {
        // An axis of length 1 has neither padding nor steps.
        let neutral = least;
        match (&self.whole(field, of, least)?[..], axes) {
            ([value], 1) => Some([neutral, *value]),
            ([value], _) => Some([*value, *value]),
            ([first, second], 2) => Some([*first, *second]),
            (values, _) => {
                let problem = format!("has {} values, but {axes} are needed: one for each axis", values.len());
                self.wrong(field, problem);
                None
            }
        }
    }

    fn matrix(&mut self, affine: bool) -> Option<Node> {
        let bias = if affine { Some(self.numbers("bias")) } else { None };
        let weight = self.numbers("weight")?;
        let bias = match bias {
            Some(bias) => Some(bias?),
            None => None,
        };
        let [leading @ .., out, _] = &weight.shape[..] else {
            self.wrong("weight", format!("has shape {:?}, but (..., targets, sources) is needed", weight.shape));
            return None;
        };
        let wanted: Vec<usize> = leading.iter().chain([out]).copied().collect();
        if let Some(bias) = bias.as_ref().filter(|bias| bias.shape != wanted) {
            self.wrong("bias", format!("has shape {:?}, but {wanted:?} is needed, as `weight` has", bias.shape));
            return None;
        }
        Some(Node::Linear(Linear::Matrix { weight, bias }))
    }

    fn flatten(&mut self) -> Option<Node> {
        let input = if self.fields.contains_key("input_type") { Some(self.shape("input_type")?) } else { None };
        let mut axis = |field: &'static str, default: i64| match self.optional(field) {
            None => default,
            Some(of) => of.values.first().map_or(default, |value| *value as i64),
        };
        let (start, end) = (axis("start_dim", 1), axis("end_dim", -1));
        Some(Node::Linear(Linear::Flatten { input, start, end }))
    }

    fn convolution(&mut self, axes: usize) -> Option<Node> {
        let bias = self.numbers("bias");
        let (stride, dilation) = (self.axes("stride", axes, 1), self.axes("dilation", axes, 1));
        let groups = self.one("groups", 1);
        let padding = match self.fields.get("padding") {
            Some(Value::Text(text)) if text == "same" => Some(None),
            Some(Value::Text(text)) if text == "valid" => Some(Some([0, 0])),
            Some(Value::Text(text)) => {
                let problem = format!("\"{}\": must be \"same\", \"valid\" or numbers", printable(text, 40));
                self.wrong("padding", problem);
                None
            }
            _ => self.axes("padding", axes, 0).map(Some),
        };
        let input = match self.optional("input_shape") {
            None => None,
            Some(of) => Some(self.of_axes("input_shape", &of, axes, 1)?),
        };
        let weight = self.numbers("weight")?;
        let shape = match (&weight.shape[..], axes) {
            ([out, channels, width], 1) => [*out, *channels, 1, *width],
            ([out, channels, height, width], 2) => [*out, *channels, *height, *width],
            (shape, _) => {
                let needed = if axes == 1 { "(out, in, length)" } else { "(out, in, height, width)" };
                self.wrong("weight", format!("has shape {shape:?}, but {needed} is needed"));
                return None;
            }
        };
        let (bias, stride, dilation, groups, padding) = (bias?, stride?, dilation?, groups?, padding?);
        if bias.values.len() != shape[0] || bias.shape.len() > 1 {
            self.wrong("bias", format!("has shape {:?}, but [{}] is needed, as `weight` has", bias.shape, shape[0]));
            return None;
        }
        if shape[0] % groups != 0 {
            self.wrong("groups", format!("{groups}: must divide the {} channels out", shape[0]));
            return None;
        }
        if padding.is_none() && stride != [1, 1] {
            self.wrong("padding", "\"same\" needs a stride of 1");
            return None;
        }
        let (weight, bias) = (weight.values, bias.values);
        let convolution = Convolution { axes, input, weight, shape, stride, padding, dilation, groups, bias };
        Some(Node::Linear(Linear::Convolution(convolution)))
    }

    fn pool(&mut self, mean: bool) -> Option<Node> {
        let (kernel, stride) = (self.axes("kernel_size", 2, 1), self.axes("stride", 2, 1));
        let padding = self.axes("padding", 2, 0)?;
        Some(Node::Linear(Linear::Pool { kernel: kernel?, stride: stride?, padding, mean }))
    }

    fn delay(&mut self) -> Option<Node> {
        let delay = self.numbers("delay")?;
        if let Some(time) = delay.values.iter().find(|time| **time < 0.0) {
            self.wrong("delay", format!("{time} s: must not be negative"));
            return None;
        }
        Some(Node::Linear(Linear::Delay(delay)))
    }

    fn neurons(&mut self, kind: NeuronKind) -> Option<Node> {
        let names: &[&'static str] = match kind {
            NeuronKind::If => &["r", "v_threshold"],
            NeuronKind::Li => &["tau", "r", "v_leak"],
            NeuronKind::Lif => &["tau", "r", "v_leak", "v_threshold"],
            NeuronKind::CubaLi => &["tau_syn", "tau_mem", "r", "v_leak"],
            NeuronKind::CubaLif => &["tau_syn", "tau_mem", "r", "v_leak", "v_threshold"],
            NeuronKind::Threshold => &["threshold"],
        };
        let mut fields = Vec::new();
        for name in names {
            fields.extend(self.numbers(name).map(|values| (*name, values)));
        }
        for name in ["v_reset", "w_in"] {
            fields.extend(self.optional(name).map(|values| (name, values)));
        }
        for (name, values) in &fields {
            if let Some(tau) = values.values.iter().find(|tau| name.starts_with("tau") && **tau <= 0.0) {
                self.problems.push(format!("`{name}` = {tau} s: must be above 0"));
            }
        }
        // NumPy spreads an array with one value over all neurons, as it does with a scalar.
        let mut many = fields.iter().filter(|(_, of)| of.values.len() > 1);
        let shape = many.next().map(|(_, of)| of.shape.clone());
        let single = fields.iter().map(|(_, of)| &of.shape).find(|shape| !shape.is_empty()).cloned();
        let other = many.find(|(_, of)| Some(&of.shape) != shape.as_ref());
        if let (Some((name, values)), Some(shape)) = (other, &shape) {
            let first = fields.iter().find(|(_, of)| of.shape == *shape).map_or("", |(name, _)| name);
            let problem = format!("has shape {:?}, but `{first}` has {shape:?}", values.shape);
            self.wrong(name, problem);
            return None;
        }
        if shape.as_ref().is_some_and(|shape| shape.iter().product::<usize>() > NIR_NEURONS) {
            self.problems.push(format!("has more than {NIR_NEURONS} neurons"));
            return None;
        }
        Some(Node::Neurons(Neurons { kind, fields, shape, single }))
    }
}
