//! Tests of the program and of its output, one module per part.

mod board;
#[path = "frozen/cases.rs"]
mod cases;
mod cli;
mod common;
mod evaluate;
mod export_graph;
mod freeze;
mod frozen_graphs;
mod frozen_networks;
mod frozen_steps;
mod import;
mod import_graph;
mod inspect_board;
mod network;
mod network_inspect;
mod network_plot;
mod networks_refused;
mod plot;
mod record;
mod refused;
mod state;

/// Sources written by `glif freeze`; `tests/freeze.rs` compares them with its present output.
#[allow(unreachable_pub, reason = "their users decide who may see them")]
mod frozen {
    pub mod alif_f32;
    pub mod alif_f32_above;
    pub mod alif_f64;
    pub mod alif_i12f20;
    pub mod alif_i16f16_above;
    pub mod alif_i8f8_initial;
    pub mod alif_i8f8_stochastic;
    pub mod alif_i9f7_none;
    pub mod glif1_i9f7;
    pub mod glif2_f32;
    pub mod glif2_f32_allen;
    pub mod glif2_f32_initial;
    pub mod glif2_f64;
    pub mod glif2_i16f16;
    pub mod glif2_i8f8;
    pub mod glif3_i16f16_nest;
    pub mod glif4_i8f8_nest;
    pub mod glif5_f32_nest;
    pub mod glif5_i16f16_allen;
    pub mod if_f32;
    pub mod li_i8f8;
    pub mod lif_f32;
    pub mod lif_f32_above;
    pub mod lif_i16f16;
    pub mod network_f32;
    pub mod network_i16f16;
    pub mod network_i8f8;
    pub mod own_alif_i8f8_stochastic;
    pub mod own_glif2_f64;
    pub mod own_glif5_i16f16_nest;
    pub mod own_if_i16f16;
    pub mod own_lif_f32;
}
