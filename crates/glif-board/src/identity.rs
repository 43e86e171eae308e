//! What a board says that it is.

use std::fmt;

use glif::description::NumberFormat;
use glif::{limits, text};
use glif_link::model::bit;
use serde::Serialize;

/// What a board says it is: [`glif_link::Identity`] with text of its own, as it was when the board was connected to.
///
/// Its numbers are within the bounds of [`glif::limits`]. Its text is fit for a terminal: what a terminal would obey is escaped,
/// and what is longer than [`glif::limits::PRINTED`] characters is cut.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// Of the firmware.
    pub firmware: String,
    /// Such as `Cortex-M4F`.
    pub core: String,
    /// Such as `mps2-an386`.
    pub board: String,
    /// Bit i stands for [`NumberFormat::ALL`]`[i]`.
    #[serde(skip)]
    pub scalars: u8,
    /// Most neurons of a population.
    pub neurons: usize,
    /// Most threshold components of a neuron.
    pub components: usize,
    /// Most bytes of a packet.
    pub frame: usize,
    /// Bytes of memory that the node and its buffers take.
    pub memory: usize,
    /// Ticks a second of its clock.
    pub frequency: u32,
    /// Neurons loaded when it was connected to; 0 if none.
    #[serde(skip)]
    pub loaded: usize,
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
        }
    }
}

impl Identity {
    /// Whether it knows a number format.
    pub fn knows(&self, format: NumberFormat) -> bool {
        self.scalars & bit(format) != 0
    }

    /// The number formats that it knows.
    pub fn formats(&self) -> impl Iterator<Item = NumberFormat> {
        NumberFormat::ALL.iter().copied().filter(|format| self.knows(*format))
    }
}

/// In two lines.
impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { firmware, core, board, neurons, components, memory, .. } = self;
        let scalars: Vec<&str> = self.formats().map(NumberFormat::name).collect();
        let scalars = scalars.join(", ");
        writeln!(f, "board: {board}, {core}, firmware {firmware}")?;
        write!(f, "room for {neurons} neurons of {components} threshold components in {memory} bytes; {scalars}")
    }
}
