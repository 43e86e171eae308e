//! What a board counts time with.

/// A counter that runs freely: cycles where a core counts them, else a timer.
pub trait Clock {
    /// Wraps at 2³².
    fn ticks(&mut self) -> u32;
    /// Ticks a second.
    fn frequency(&self) -> u32;
}
