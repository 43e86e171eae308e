//! Tests that span crates, one module per question.

mod accuracy;
mod compact;
mod corpus;
mod examples;
mod family;
mod inferno;
mod json;
mod mistakes;
mod networks;
mod nir;
mod released;
mod remedies;
mod snntorch;
mod tables;
mod whole;
