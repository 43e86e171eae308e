//! Network files: the description of a network in TOML.
//!
//! ```
//! use glif::network::NetworkDescription;
//!
//! let description = NetworkDescription::from_toml(r#"
//!     step_time = 0.1                       # ms, of all populations
//!     scalar = "f64"
//!
//!     [populations.input]
//!     model = "input"                       # spikes from outside
//!     shape = 64
//!
//!     [populations.exc]                     # otherwise as in a population file
//!     model = "lif"
//!     shape = 320
//!     refractory = "nest"
//!     params = { rest_v = -65.0, reset_v = -65.0, thresh_v = -50.0, refrac_t = 2.0, time_constant = 10.0, resistance = 40.0 }
//!     synapses.ampa = { kind = "exponential", tau = 0.5, coupling = "exact" }
//!
//!     [[projections]]
//!     from = "input"
//!     to = "exc"
//!     synapse = "ampa"                      # "current" (the default), "delta", or one of `synapses`
//!     weights = { value = 0.1, probability = 0.1, seed = 1 }
//!     delay = 1.5                           # ms; one step by default
//! "#)?;
//! assert_eq!(description.build()?.connections()[0].0, 2017);
//! # Ok::<(), glif::DescriptionErrors>(())
//! ```

mod read;
pub(super) mod written;

use std::path::Path;

use super::description::NetworkDescription;
use crate::description::toml::{DescriptionErrors, ReadError, read_text};

pub use read::{LoadedWeights, Loader};
pub use written::{ArrayValues, INLINE, NamedArray, NetworkFiles};

/// Returns whether the text is that of a network file: it has a key `populations` or `projections`.
///
/// Text that is not TOML is, if a line begins with one of these keys or with the name of such a table.
///
/// ```
/// use glif::network::toml::is_network;
///
/// assert!(is_network("[populations.exc]\nmodel = 'lif'"));
/// assert!(is_network("[[projections]]\nfrom = exc"));
/// assert!(!is_network("model = 'lif'"));
/// ```
pub fn is_network(text: &str) -> bool {
    const KEYS: [&str; 2] = ["populations", "projections"];
    let begins = |line: &str| {
        let line = line.trim_start_matches(['[', ' ', '\t']);
        let rest = KEYS.iter().find_map(|key| line.strip_prefix(key));
        rest.is_some_and(|rest| rest.trim_start().starts_with(['.', ']', '=']))
    };
    match ::toml::from_str::<::toml::Table>(text) {
        Ok(table) => KEYS.iter().any(|key| table.contains_key(*key)),
        Err(_) => text.lines().any(begins),
    }
}

impl NetworkDescription {
    /// Reads a network file.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read, or all errors that [`from_toml`](Self::from_toml) finds.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let text = read_text(path)?;
        Self::from_toml(&text).map_err(|errors| ReadError::WrongNetwork { path: path.to_owned(), errors })
    }

    /// Parses the text of a network file.
    ///
    /// # Errors
    /// Returns a syntax error alone. Otherwise returns all errors at once.
    pub fn from_toml(text: &str) -> Result<Self, DescriptionErrors> {
        read::parse(text)
    }
}
