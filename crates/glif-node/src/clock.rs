//! The clock of a board.

/// A free-running counter: of cycles where a core counts them, else of a timer.
pub trait Clock {
    /// Returns the current count. It wraps at 2³².
    fn ticks(&mut self) -> u32;
    /// Returns the clock frequency, ticks per second.
    fn frequency(&self) -> u32;
}
