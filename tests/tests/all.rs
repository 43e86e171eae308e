//! What spans crates, a module for each question.

mod accuracy;
mod compact;
mod corpus;
mod examples;
mod inferno;
mod mistakes;
mod released;
mod remedies;
mod tables;
mod whole;
