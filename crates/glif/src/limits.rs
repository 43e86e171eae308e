//! Every bound on a size that comes from outside: from a file, a pipe, the command line, or another device.
//!
//! A size is compared with its bound before anything is allocated, read or looped over. What has no bound of its own here is
//! bounded by the memory that is free ([`memory::fits`](crate::memory::fits)) and by the length of its file.

/// Bytes of a population file. One of every parameter takes less than 2 KiB; a longer file is of another kind, or has no end.
pub const POPULATION_FILE: u64 = 1 << 20;

/// Threshold components of a population in a file: each number of them is a type of its own, compiled ahead.
pub const COMPONENTS: usize = glif_core::params::MOST_COMPONENTS;

/// Threads of a population. More than any machine's cores; making 4,096 takes nine seconds, and 100,000 do not fit in a system.
pub const THREADS: usize = 1024;

/// Steps of a run under a built-in stimulus. At a microsecond a step they take more than an hour.
pub const STEPS: u64 = u32::MAX as u64;

/// Bytes of the header of a .npy file: NumPy refuses to read a longer one. That of a plain array has 128.
pub const NPY_HEADER: u64 = 10_000;

/// Opening brackets of the header of a .npy file. A plain array has two; the parser takes time that grows exponentially with
/// brackets that are nested.
pub const NPY_BRACKETS: usize = 8;

/// Axes of a population, and of an array: NumPy has no more.
pub const AXES: usize = 64;

/// Members of a .npz archive. The golden data of this repository has 1,300 in one; an archive may claim 2^64.
pub const NPZ_MEMBERS: u64 = 10_000;

/// Bytes that one byte of a deflated member can become: the densest code of the format is 258 bytes in 2 bits.
pub const DEFLATE_RATIO: u64 = 1032;

/// Bytes of a recording in text, a number a line. At a kilohertz they last a day.
pub const RECORDING: u64 = 1 << 30;

/// Characters that are printed of one text from outside, such as the name of a key or of a member: two lines of a terminal.
pub const PRINTED: usize = 160;

/// Characters that are printed of a file's name with its directories: Linux takes no longer one.
pub const PRINTED_PATH: usize = 4096;

/// Characters that are printed of one line of a message: a name with its directories, and what is said of it.
pub const PRINTED_LINE: usize = 2 * PRINTED_PATH;

/// Lines that are printed of one message: a screen.
pub const PRINTED_LINES: usize = 60;

/// Mistakes of one file that are printed: more than a screen of them is not read.
pub const PRINTED_MISTAKES: usize = 20;

/// Steps that a population has done, by its own account. At a nanosecond a step they take three centuries; a greater number in a
/// snapshot or from a board is no count of steps, and what is added to it would wrap.
pub const STEPS_DONE: u64 = u64::MAX / 2;

/// Bytes of a packet that a board sends or takes. The host keeps a buffer of this length.
pub const BOARD_PACKET: usize = 1 << 16;

/// Neurons of a board: the spikes of one step, a bit for each neuron, must fit in one packet.
pub const BOARD_NEURONS: usize = 8 * BOARD_PACKET;

/// Words of 32 spikes that are unpacked from one reply of a board: 64 MiB. A silent step is one byte on the wire and a word for
/// every 32 neurons on the host.
pub const BOARD_SPIKE_WORDS: usize = 1 << 24;

/// Packets of a board that are kept while one reply is waited for. A board complains about each frame of a burst of noise.
pub const BOARD_ANSWERS: usize = 10_000;

/// Steps that the host repeats for a board in one go, to compare its state: no check of a board lasts longer.
pub const BOARD_CHECK_STEPS: u64 = 10_000_000;

/// Bytes that are kept of what an emulator, or the firmware in it, writes on its standard error or in one line of its standard
/// output.
pub const EMULATOR_OUTPUT: u64 = 1 << 16;
