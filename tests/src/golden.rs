//! Golden cases, as `golden/generate.py` writes them from Inferno itself.

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
    /// Unique within its file.
    pub name: String,
    /// A population file.
    pub population: String,
    /// Length of the run.
    pub steps: usize,
    /// Inferno's own adaptation decays at the first step time.
    pub adaptation_decay: Vec<f64>,
    /// What happens on the way, in order.
    pub events: Vec<Event>,
}

/// Something done to the population before a step.
#[derive(Debug, Clone, Deserialize)]
pub struct Event {
    /// The step, counted from 0.
    pub before: usize,
    /// What is done.
    #[serde(flatten)]
    pub action: Action,
}

/// What can be done between steps.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Action {
    /// `dt = value`
    SetStepTime {
        /// ms
        value: f64,
        /// Inferno's decays at it.
        adaptation_decay: Vec<f64>,
    },
    /// `clear(keep_adaptations)`
    Clear {
        /// Leave threshold components as they are.
        keep_adaptations: bool,
    },
    /// Assignments to state, flat in C order.
    Write {
        /// mV, B x shape
        voltage: Option<Vec<f64>>,
        /// ms, B x shape
        refrac: Option<Vec<f64>>,
        /// mV, shape x K
        adaptation: Option<Vec<f64>>,
    },
    /// The arguments of `forward` from here on.
    #[serde(rename = "flags")]
    Options {
        /// Hold membranes in the refractory period.
        refrac_lock: bool,
        /// Let threshold components change.
        adapt: bool,
    },
}

/// Arrays of one case, flat in C order, as f64.
#[derive(Debug, Clone, Default)]
pub struct Arrays {
    /// nA
    pub input: Vec<f64>,
    /// By variable.
    pub state: HashMap<Variable, Vec<f64>>,
}

/// All cases of one scalar, with their arrays.
///
/// # Errors
/// If the files are not there or not what they should be.
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
