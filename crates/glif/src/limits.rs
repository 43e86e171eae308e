//! Bounds on every size that comes from outside: from a file, a pipe, the command line, or another device.
//!
//! A size is compared with its bound before anything is allocated, read or looped over. A size without a bound
//! here is limited by the free memory ([`memory::fits`](crate::memory::fits)) and by the length of its file.

/// Bytes of a population file.
///
/// A file with every parameter takes less than 2 KiB, and one value for each of 10,000 neurons some 200 KiB. More
/// values fit an array beside the file. A longer file is of another kind, or endless.
pub const POPULATION_FILE: u64 = 1 << 20;

/// Threshold components of a population in a file.
pub const COMPONENTS: usize = glif_core::params::MOST_COMPONENTS;

/// Times that a value is drawn again after it has left a constraint.
pub const DRAWS: usize = 100;

/// Neurons whose drawn parameters are checked when a population file is read. Building checks those of the others.
pub const DRAWN_NEURONS: usize = 1 << 16;

/// Threads of a population.
///
/// This is more than the cores of any machine. Starting 4,096 takes nine seconds, and a system cannot hold 100,000.
pub const THREADS: usize = 1024;

/// Steps of a run under a built-in stimulus. At a microsecond per step they take more than an hour.
pub const STEPS: u64 = u32::MAX as u64;

/// Bytes of the header of a .npy file. NumPy refuses a longer one; the header of a plain array has 128.
pub const NPY_HEADER: u64 = 10_000;

/// Opening brackets in the header of a .npy file.
///
/// A plain array has two. The parser's time grows exponentially with nested brackets.
pub const NPY_BRACKETS: usize = 8;

/// Axes of a population and of an array. NumPy supports no more.
pub const AXES: usize = 64;

/// Members of a .npz archive. A file of golden data in this repository has 1,300; an archive may claim 2^64.
pub const NPZ_MEMBERS: u64 = 10_000;

/// Bytes that one byte of a deflated member can expand to. The densest code of the format is 258 bytes in 2 bits.
pub const DEFLATE_RATIO: u64 = 1032;

/// Bytes of a recording in text, one number per line. At a kilohertz they last a day.
pub const RECORDING: u64 = 1 << 30;

/// Characters printed of one text from outside, such as the name of a key or of a member: two lines of a terminal.
pub const PRINTED: usize = 160;

/// Characters printed of a path. Linux accepts no longer one.
pub const PRINTED_PATH: usize = 4096;

/// Characters printed of one line of a message: a path and what is said about it.
pub const PRINTED_LINE: usize = 2 * PRINTED_PATH;

/// Lines printed of one message: one screen.
pub const PRINTED_LINES: usize = 60;

/// Errors printed of one file. More than a screen of them is not read.
pub const PRINTED_MISTAKES: usize = 20;

/// Steps that a population has done, as a snapshot or a board reports them.
///
/// At a nanosecond per step they take three centuries. A greater number is not a step count, and adding to it
/// would wrap.
pub const STEPS_DONE: u64 = u64::MAX / 2;

/// Bytes of a packet to or from a board. The host keeps a buffer of this length.
pub const BOARD_PACKET: usize = 1 << 16;

/// Neurons of a board. The spikes of one step, one bit per neuron, must fit in one packet.
pub const BOARD_NEURONS: usize = 8 * BOARD_PACKET;

/// Words of four bytes for the arrays of a network on a board: 64 MiB.
pub const BOARD_WORDS: usize = 1 << 24;

/// Words of 32 spikes unpacked from one reply of a board: 64 MiB.
///
/// A silent step takes one byte on the wire, and one word per 32 neurons on the host.
pub const BOARD_SPIKE_WORDS: usize = 1 << 24;

/// Packets of a board kept while the host waits for one reply. A board reports an error for each frame of a
/// burst of noise.
pub const BOARD_ANSWERS: usize = 10_000;

/// Steps that the host repeats at once for a board to compare its state. No check of a board lasts longer.
pub const BOARD_CHECK_STEPS: u64 = 10_000_000;

/// Bytes kept of the output of an emulator and its firmware: of its standard error, or of one line of its
/// standard output.
pub const EMULATOR_OUTPUT: u64 = 1 << 16;

/// Pairs of neurons that a rule of a projection draws for. At some nanoseconds per pair they take an hour.
pub const DRAWN_PAIRS: u64 = 1 << 40;

/// Spikes of one neuron of an input in a step.
///
/// A count takes a bit of the history for each of its binary digits.
pub const INPUT_SPIKES: u32 = u16::MAX as u32;

/// Bytes of a NIR graph file. A board has room for a thousandth of it.
pub const NIR_FILE: u64 = 1 << 30;

/// Nodes of a NIR graph, those of the graphs in it included.
pub const NIR_NODES: usize = 1 << 12;

/// Depth of graphs within a NIR graph.
pub const NIR_DEPTH: usize = 16;

/// Values of an array of a NIR graph.
pub const NIR_VALUES: usize = 1 << 27;

/// Bytes of the names in one list of edges of a NIR graph.
pub const NIR_TEXT: usize = 1 << 24;

/// Neurons of a node of a NIR graph.
pub const NIR_NEURONS: usize = 1 << 24;

/// Connections that all linear nodes of a NIR graph make together, 16 bytes each.
pub const NIR_CONNECTIONS: u64 = 1 << 27;

/// Products of weights when the linear nodes of a NIR graph are folded. They take a minute.
pub const NIR_PRODUCTS: u64 = 1 << 30;

/// Classes of an evaluation, whose confusion matrix has a count for each pair.
pub const CLASSES: usize = 1000;
