//! The cost of a step on a board, for each model and number format that the board has.
//!
//! The usual load is that of the hand-written loops with which these figures are compared: neuron k gets a
//! current of 37·k mod 30 nA, so that a third of the neurons stay silent and the others fire, at most once in
//! about fourteen steps. The bound is the most expensive step of this load and of loads that are meant to be
//! expensive.

mod load;

use std::io::{Read, Write};

use glif::{Description, NumberFormat, OwnValues, Parameter};
use glif_core::Refractory;
use glif_link::{Capacity, Cost, RequestError};
use load::Load;
use serde::Serialize;

use crate::Board;
use crate::error::LinkError;

/// Number of neurons to step, or fewer if the board has no room for them.
const NEURONS: usize = 256;
/// Numbers of neurons that firmware has, and that do not fill a block of 32 or leave some neurons over.
const FEW: [usize; 7] = [1, 5, 8, 31, 33, 40, 100];
/// Number formats in which few neurons are measured.
const FEW_SCALARS: [NumberFormat; 2] = [NumberFormat::F32, NumberFormat::I16F16];
/// Number of measured steps, from rest.
const STEPS: u32 = 200;
/// Number of measured steps of each expensive load; these loads soon repeat themselves.
const EXPENSIVE_STEPS: u32 = 12;

/// A model: name, components per neuron, and its own parameters, with the words RESET and THRESHOLD for
/// the potentials that depend on rest.
type Model = (&'static str, usize, &'static str);

/// End of the name of a model whose neurons each have their own value of every parameter but the step time.
const OWN: &str = "-own";

/// Models to measure. Decays are short enough for the coarsest format to resolve; the cost of a step does not
/// depend on them.
const MODELS: [Model; 7] = [
    ("lif", 0, "reset_v = RESET\nthresh_v = THRESHOLD\ntime_constant = 20.0"),
    ("glif1", 0, "reset_v = RESET\nthresh_v = THRESHOLD\ntime_constant = 20.0"),
    ("lif-own", 0, "reset_v = RESET\nthresh_v = THRESHOLD\ntime_constant = 20.0"),
    (
        "alif",
        2,
        "reset_v = RESET\nthresh_eq_v = THRESHOLD\ntc_membrane = 20.0\ntc_adaptation = [30.0, 60.0]\nspike_increment = 0.5",
    ),
    (
        "glif2",
        2,
        "reset_v_add = 10.0\nreset_v_mul = 0.5\nthresh_eq_v = THRESHOLD\ntc_membrane = 20.0\n\
         rc_adaptation = [0.03, 0.02]\nspike_increment = 0.5",
    ),
    (
        "glif3",
        2,
        "reset_v = RESET\nthresh_v = THRESHOLD\ntime_constant = 20.0\nasc_amplitude = [-0.5, 0.25]\nrc_asc = [0.03, 0.02]",
    ),
    (
        "glif5",
        4,
        "reset_v_add = 10.0\nreset_v_mul = 0.5\nthresh_eq_v = THRESHOLD\ntc_membrane = 20.0\n\
         rc_adaptation = 0.03\nspike_increment = 0.5\nasc_amplitude = [-0.5, 0.25]\nrc_asc = [0.03, 0.02]\n\
         thresh_voltage_gain = 0.01\nrc_thresh_voltage = 0.03",
    ),
];

/// Cost of one population, in the unit requested from [`measure`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Name of the board.
    pub board: String,
    /// Processor core of the board.
    pub core: String,
    /// Model of the population.
    pub model: &'static str,
    /// Components per neuron.
    pub k: usize,
    /// Number format.
    pub scalar: &'static str,
    /// Number of neurons.
    pub neurons: usize,
    /// Cost per neuron per step, mean of all steps.
    #[serde(rename = "instructions_per_neuron_step")]
    pub mean: f64,
    /// Cost per neuron in the cheapest step.
    #[serde(rename = "best_instructions_per_neuron_step")]
    pub best: f64,
    /// Cost per neuron in the most expensive step.
    #[serde(rename = "worst_instructions_per_neuron_step")]
    pub worst: f64,
    /// Cost per neuron in the most expensive step of all loads, including the expensive ones.
    #[serde(rename = "bound_instructions_per_neuron_step")]
    pub bound: f64,
    /// State per neuron including its spike flag, bytes.
    pub bytes_per_neuron: usize,
    /// Coefficients per neuron that vary from neuron to neuron, bytes.
    pub own_bytes_per_neuron: usize,
}

/// Measures every model in every format of a board, then each model with few neurons in f32 and i16f16. A row
/// with few neurons has its worst step as its bound. `unit` converts the frequency of the board's clock, Hz,
/// to the length of one tick in the requested unit.
///
/// # Errors
/// Returns an error if the board is lost or refuses a population.
pub fn measure<P: Read + Write>(
    board: &mut Board<P>,
    unit: impl Fn(f64) -> f64,
    progress: &mut dyn FnMut(&Row),
) -> Result<Vec<Row>, LinkError> {
    let identity = board.identity().clone();
    let most = identity.neurons.min(NEURONS);
    let models = || MODELS.into_iter().filter(|(_, k, _)| *k <= identity.components);
    let mut rows = Vec::new();
    let mut tell = |model: Model, scalar: NumberFormat, neurons: usize, cost: Cost, bound: u32| {
        let (name, k, _) = model;
        let each = |ticks: f64| ticks * unit(f64::from(cost.frequency)) / neurons as f64;
        let row = Row {
            board: identity.board.clone(),
            core: identity.core.clone(),
            model: name,
            k,
            scalar: scalar.name(),
            neurons,
            mean: each(cost.total as f64 / f64::from(cost.steps)),
            best: each(f64::from(cost.best)),
            worst: each(f64::from(cost.worst)),
            bound: each(f64::from(bound)),
            bytes_per_neuron: scalar.size() * (1 + k) + size_of::<Refractory>(),
            own_bytes_per_neuron: own_bytes(model, scalar),
        };
        progress(&row);
        rows.push(row);
    };
    for model in models() {
        for scalar in identity.formats() {
            let most = room(board, model, scalar, most)?;
            let cost = usual(board, model, scalar, most)?;
            let mut bound = cost.worst;
            for load in Load::ALL {
                let description = population(model, load.common(), scalar, most);
                board.load(&description)?;
                load.put(board, &description)?;
                bound = bound.max(steps(board, EXPENSIVE_STEPS)?.worst);
            }
            tell(model, scalar, most, cost, bound);
        }
    }
    for model in models() {
        for scalar in FEW_SCALARS.into_iter().filter(|scalar| identity.knows(*scalar)) {
            let most = room(board, model, scalar, most)?;
            for neurons in FEW.into_iter().filter(|neurons| *neurons < most) {
                let cost = usual(board, model, scalar, neurons)?;
                tell(model, scalar, neurons, cost, cost.worst);
            }
        }
    }
    Ok(rows)
}

/// Returns the neurons for which a board has room, at most `most`.
fn room<P: Read + Write>(
    board: &mut Board<P>,
    model: Model,
    scalar: NumberFormat,
    most: usize,
) -> Result<usize, LinkError> {
    let mut neurons = most;
    loop {
        match board.load(&population(model, Common::default(), scalar, neurons)) {
            Err(LinkError::Refused(RequestError::Beyond { capacity: Capacity::Own, given, most })) if neurons > 1 => {
                // In proportion, or one less if an array ends within a word.
                neurons = (neurons * most as usize / given.max(1) as usize).clamp(1, neurons - 1);
            }
            loaded => return loaded.map(|()| neurons),
        }
    }
}

/// Returns the bytes of a neuron's own coefficients.
fn own_bytes(model: Model, scalar: NumberFormat) -> usize {
    let one = population(model, Common::default(), scalar, 1).build();
    one.expect("a population that every format can hold").own_bytes_per_neuron()
}

/// Measures the usual load.
fn usual<P: Read + Write>(
    board: &mut Board<P>,
    model: Model,
    scalar: NumberFormat,
    neurons: usize,
) -> Result<Cost, LinkError> {
    board.load(&population(model, Common::default(), scalar, neurons))?;
    board.hold(&(0..neurons).map(|k| (k * 37 % 30) as f64).collect::<Vec<_>>())?;
    steps(board, STEPS)
}

/// Parameters that all models have.
#[derive(Debug, Clone, Copy)]
struct Common {
    rest_v: f64,
    refrac_t: f64,
}

impl Default for Common {
    fn default() -> Self {
        Self { rest_v: -60.0, refrac_t: 3.0 }
    }
}

fn population((model, _, own): Model, common: Common, scalar: NumberFormat, neurons: usize) -> Description {
    let Common { rest_v, refrac_t } = common;
    let own =
        own.replace("RESET", &format!("{:?}", rest_v - 5.0)).replace("THRESHOLD", &format!("{:?}", rest_v + 10.0));
    let (model, varies) = model.strip_suffix(OWN).map_or((model, false), |model| (model, true));
    let dialect = if own.contains("asc_amplitude") { "dialect = \"nest\"\n" } else { "" };
    let text = format!(
        "model = {model:?}\nscalar = {:?}\nshape = {neurons}\n{dialect}\
         [params]\nstep_time = 1.0\nrest_v = {rest_v:?}\nrefrac_t = {refrac_t:?}\n{own}\n",
        scalar.name()
    );
    let mut description = Description::from_toml(&text).expect("a population that every format can hold");
    let params = description.spec.params.clone();
    let own = params.model().parameters().iter().filter(|parameter| varies && **parameter != Parameter::StepTime);
    for parameter in own {
        let values = params.get(*parameter);
        if !values.is_empty() {
            let each = values.iter().cycle().take(neurons * values.len()).copied().collect();
            description.own.set(*parameter, OwnValues::Each(each));
        }
    }
    description
}

/// Measures `steps` steps on held currents. A board limits the time of one measurement, so this may take
/// several requests.
fn steps<P: Read + Write>(board: &mut Board<P>, steps: u32) -> Result<Cost, LinkError> {
    let mut all = board.measure(steps)?;
    while all.steps < steps {
        let some = board.measure(steps - all.steps)?;
        all = Cost {
            steps: all.steps + some.steps,
            total: all.total.saturating_add(some.total),
            best: all.best.min(some.best),
            worst: all.worst.max(some.worst),
            frequency: some.frequency,
        };
    }
    Ok(all)
}
