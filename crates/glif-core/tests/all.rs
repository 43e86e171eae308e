//! Tests of the public interface, a module for each part of it.

mod analytic;
mod derive;
mod format;
mod population;
mod published;
mod stalls;
mod torture;
