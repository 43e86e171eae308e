//! Golden cases, which `golden/generate.py` writes from runs of Inferno.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use anyhow::{Context, Result};
use glif::Variable;
use glif_cli::arrays::Archive;
use npyz::NpyFile;
use serde::Deserialize;

/// One run of one population.
#[derive(Debug, Clone, Deserialize)]
pub struct Case {
    /// Name, unique within its file.
    pub name: String,
    /// Text of a population file.
    pub population: String,
    /// Number of steps.
    pub steps: usize,
    /// Inferno's adaptation decays at the first step time.
    pub adaptation_decay: Vec<f64>,
    /// Events between the steps, in order.
    pub events: Vec<Event>,
}

/// An event before a step.
#[derive(Debug, Clone, Deserialize)]
pub struct Event {
    /// Index of the step, from 0.
    pub before: usize,
    /// What the event does.
    #[serde(flatten)]
    pub action: Action,
}

/// What an event can do.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Action {
    /// `dt = value`
    SetStepTime {
        /// New step time, ms.
        value: f64,
        /// Inferno's adaptation decays at this step time.
        adaptation_decay: Vec<f64>,
    },
    /// `clear(keep_adaptations)`
    Clear {
        /// Keeps threshold components unchanged.
        keep_adaptations: bool,
    },
    /// Assignments to state, flat in C order.
    Write {
        /// Membrane potentials, mV, B x shape.
        voltage: Option<Vec<f64>>,
        /// Remaining refractory times, ms, B x shape.
        refrac: Option<Vec<f64>>,
        /// Threshold components, mV, shape x K.
        adaptation: Option<Vec<f64>>,
    },
    /// The arguments of `forward` from this step on.
    #[serde(rename = "flags")]
    Options {
        /// Holds membranes during the refractory period.
        refrac_lock: bool,
        /// Lets threshold components change.
        adapt: bool,
    },
}

/// Arrays of one case, flat in C order, as f64.
#[derive(Debug, Clone, Default)]
pub struct Arrays {
    /// Currents, nA.
    pub input: Vec<f64>,
    /// Expected state, by variable.
    pub state: HashMap<Variable, Vec<f64>>,
}

/// Reads all cases of one scalar, with their arrays.
///
/// # Errors
/// Returns an error if the files are missing or invalid.
pub fn cases(scalar: &str) -> Result<Vec<(Case, Arrays)>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("golden");
    let cases: Vec<Case> = serde_json::from_reader(BufReader::new(File::open(folder.join(format!("{scalar}.json")))?))?;
    let mut archive = Archive::open(&folder.join(format!("{scalar}.npz")))?;
    let names: Vec<String> = archive.names().map(str::to_owned).collect();
    let mut read = |name: &str| -> Result<Option<Vec<f64>>> {
        if !names.iter().any(|known| known == name) {
            return Ok(None);
        }
        let file = NpyFile::new(archive.member(name)?.1)?;
        let values = match file.dtype().descr().as_str() {
            "'<f4'" => file.into_vec::<f32>()?.into_iter().map(f64::from).collect(),
            "'<f8'" => file.into_vec::<f64>()?,
            "'|b1'" => file.into_vec::<bool>()?.into_iter().map(|fired| f64::from(u8::from(fired))).collect(),
            other => anyhow::bail!("{name}: unexpected dtype {other}"),
        };
        Ok(Some(values))
    };
    let with_arrays = cases.into_iter().map(|case| {
        let input = read(&format!("{}/input", case.name))?.with_context(|| format!("{} has no input", case.name))?;
        let mut state = HashMap::new();
        for variable in Variable::ALL {
            if let Some(values) = read(&format!("{}/{}", case.name, variable.name()))? {
                state.insert(variable, values);
            }
        }
        Ok((case, Arrays { input, state }))
    });
    with_arrays.collect()
}
