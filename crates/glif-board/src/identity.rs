//! A board's description of itself.

use std::fmt;

use glif::description::NumberFormat;
use glif::{limits, text};
use glif_link::model::bit;
use serde::Serialize;

/// A board's description of itself, at the time of the connection: an owned [`glif_link::Identity`].
///
/// Its numbers are within the bounds of [`glif::limits`]. Its text is safe to print: terminal control
/// characters are escaped, and text longer than [`glif::limits::PRINTED`] characters is cut.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// Version of the firmware.
    pub firmware: String,
    /// Processor core, such as `Cortex-M4F`.
    pub core: String,
    /// Name of the board, such as `mps2-an386`.
    pub board: String,
    /// Number formats: bit i is set if the board has [`NumberFormat::ALL`]`[i]`.
    #[serde(skip)]
    pub scalars: u8,
    /// Largest number of neurons in a population.
    pub neurons: usize,
    /// Largest number of threshold components per neuron.
    pub components: usize,
    /// Length of the longest packet, bytes.
    pub frame: usize,
    /// Memory that the node and its buffers take, bytes.
    pub memory: usize,
    /// Frequency of the board's clock, Hz.
    pub frequency: u32,
    /// Number of neurons loaded at the time of the connection; 0 if none.
    #[serde(skip)]
    pub loaded: usize,
    /// Number formats in which the board has networks, as in `scalars`.
    #[serde(skip)]
    pub networks: u8,
    /// Largest number of populations in a network; 0 if the board has no networks.
    pub populations: usize,
    /// Words of four bytes for the arrays of a network.
    pub words: usize,
}

impl From<glif_link::Identity<'_>> for Identity {
    fn from(claimed: glif_link::Identity<'_>) -> Self {
        let text = |text| text::printable(text, limits::PRINTED);
        Self {
            firmware: text(claimed.firmware),
            core: text(claimed.core),
            board: text(claimed.board),
            scalars: claimed.scalars,
            neurons: claimed.neurons as usize,
            components: claimed.components.into(),
            frame: claimed.frame as usize,
            memory: claimed.memory as usize,
            frequency: claimed.frequency,
            loaded: claimed.loaded as usize,
            networks: claimed.networks,
            populations: claimed.populations.into(),
            words: claimed.words as usize,
        }
    }
}

impl Identity {
    /// Returns whether the board has a number format.
    pub fn knows(&self, format: NumberFormat) -> bool {
        self.scalars & bit(format) != 0
    }

    /// Returns the number formats that the board has.
    pub fn formats(&self) -> impl Iterator<Item = NumberFormat> {
        NumberFormat::ALL.iter().copied().filter(|format| self.knows(*format))
    }
}

/// Formats the identity in two lines.
impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { firmware, core, board, neurons, components, memory, .. } = self;
        let scalars: Vec<&str> = self.formats().map(NumberFormat::name).collect();
        let scalars = scalars.join(", ");
        writeln!(f, "board: {board}, {core}, firmware {firmware}")?;
        write!(f, "room for {neurons} neurons of {components} threshold components in {memory} bytes; {scalars}")
    }
}
