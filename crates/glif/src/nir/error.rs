//! Everything that is wrong with a graph, collected.

use crate::description::toml::{DescriptionError, DescriptionErrors};
use crate::limits::PRINTED;
use crate::text::printable;

/// Collects what is wrong with a graph.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<String>);

impl Problems {
    /// Takes a problem of the whole graph.
    pub(super) fn add(&mut self, problem: impl Into<String>) {
        self.0.push(problem.into());
    }

    /// Takes a problem of a node.
    pub(super) fn node(&mut self, name: &str, problem: impl std::fmt::Display) {
        self.0.push(of_node(name, problem));
    }

    /// Returns a value, or its problem.
    pub(super) fn take<T>(&mut self, result: Result<T, String>) -> Option<T> {
        result.map_err(|problem| self.0.push(problem)).ok()
    }

    /// Returns everything that is wrong.
    ///
    /// # Errors
    /// Returns an error if something is.
    pub(super) fn check(self) -> Result<(), DescriptionErrors> {
        if self.0.is_empty() { Ok(()) } else { Err(self.into()) }
    }
}

impl From<Problems> for DescriptionErrors {
    fn from(problems: Problems) -> Self {
        Self(problems.0.into_iter().map(DescriptionError).collect())
    }
}

/// Returns errors with one problem.
pub(super) fn one(problem: impl Into<String>) -> DescriptionErrors {
    DescriptionErrors(vec![DescriptionError(problem.into())])
}

/// Returns the message of a problem of a node.
pub(super) fn of_node(name: &str, problem: impl std::fmt::Display) -> String {
    format!("node {}: {problem}", quoted(name))
}

/// Returns a name from a file between quotes, escaped and shortened.
pub(super) fn quoted(name: &str) -> String {
    format!("`{}`", printable(name, PRINTED))
}

/// Returns names as a list, of which the greatest part is left out if it is long.
pub(super) fn listed(names: &[String]) -> String {
    const MOST: usize = 10;
    match names.len().checked_sub(MOST) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{} and {more} more", names[..MOST].join(", ")),
    }
}
