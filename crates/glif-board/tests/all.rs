//! Tests of the whole crate, with a module for each part of it.

mod board;
mod client;
mod common;
mod document;
mod examples;
mod failsafe;
mod faults;
mod holding;
mod hostile;
mod hostile_board;
mod networks;
mod own;
mod verify;
mod watch;
