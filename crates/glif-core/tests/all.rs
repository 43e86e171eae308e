//! Tests of the public interface, one module for each part.

mod analytic;
mod choices;
mod derive;
mod dialects;
mod format;
mod plain;
mod population;
mod published;
mod stalls;
mod torture;
