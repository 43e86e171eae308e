//! What became of a graph.

use std::fmt;

/// What became of a graph: sentences, each about one topic.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// The sentences in the order of their topics.
    pub lines: Vec<(Topic, String)>,
}

/// What a sentence of a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Topic {
    /// What the file has.
    Read,
    /// What became of a node with neurons.
    Population,
    /// Linear nodes that became a projection or a stimulus.
    Folded,
    /// What the file does not say.
    Assumed,
    /// An edge that acts one step later.
    Late,
    /// A scalar that stands for the value of every neuron.
    Broadcast,
    /// A value that was changed a little.
    Rounded,
    /// What has no effect.
    Ignored,
}

impl Topic {
    /// Returns the name of the topic.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Population => "population",
            Self::Folded => "folded",
            Self::Assumed => "assumed",
            Self::Late => "late",
            Self::Broadcast => "broadcast",
            Self::Rounded => "rounded",
            Self::Ignored => "ignored",
        }
    }
}

impl Report {
    /// Adds a sentence.
    pub(super) fn tell(&mut self, topic: Topic, sentence: impl Into<String>) {
        let at = self.lines.partition_point(|(of, _)| *of <= topic);
        self.lines.insert(at, (topic, sentence.into()));
    }
}

/// One sentence a line, after its topic.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.lines.iter().map(|(topic, of)| format!("{}: {of}", topic.name())).collect();
        f.write_str(&lines.join("\n"))
    }
}
