//! The program's commands, a module each, and how they reach a board.

pub(crate) mod cost;
pub(crate) mod demonstrations;
pub(crate) mod faults;
pub(crate) mod hil;
pub(crate) mod reach;
pub(crate) mod watch;
