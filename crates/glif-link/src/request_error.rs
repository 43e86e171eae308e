//! Every reason why a request is not done, and the message for the user.

use core::fmt;

use glif_core::spec::NumberFormat;
use glif_core::{ParamError, ParamErrors};
use serde::{Deserialize, Serialize};

use crate::network::NetworkProblem;

/// Reason why received bytes are not a packet.
///
/// A host that receives this from a board sends the same bytes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum PacketError {
    /// Fewer bytes than the smallest packet has.
    Short,
    /// More bytes than the buffer has.
    TooLong {
        /// Maximum number of bytes.
        most: u32,
    },
    /// A frame that ended too early.
    Torn,
    /// A wrong checksum.
    Checksum,
}

/// Reason why a request was not done.
///
/// A refused request changes nothing, except the last part of a `Restore`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum RequestError {
    /// A packet of another protocol version.
    Version {
        /// The version of the board.
        spoken: u8,
    },
    /// A packet whose body is not a request.
    Malformed,
    /// A sequence number before the last one: the packet is a copy that was in transit for a long time.
    Stale {
        /// Sequence number of the last request.
        last: u16,
    },
    /// The last sequence number, with a different request.
    Reused,
    /// No population is loaded.
    NotLoaded,
    /// Only part of a snapshot has arrived.
    Restoring {
        /// Index of the next byte of the snapshot.
        next: u32,
    },
    /// Real-time mode is running.
    Running,
    /// A number format that this firmware was built without.
    Scalar(NumberFormat),
    /// A rounding mode for floating point, which has only one.
    Rounding,
    /// More than this firmware was built for.
    Beyond {
        /// The capacity that is exceeded.
        capacity: Capacity,
        /// The requested number.
        given: u32,
        /// The maximum.
        most: u32,
    },
    /// A population without neurons.
    Empty,
    /// Parameters that violate a constraint or do not fit.
    Parameters {
        /// The first errors.
        errors: Errors,
        /// Number of further errors.
        more: u16,
    },
    /// A current that cannot drive a membrane: not finite, or R·I is beyond a quarter of the format's range.
    Current {
        /// Neuron of the current.
        neuron: u32,
    },
    /// A value that the state cannot have: not finite, or beyond the format's range.
    Value {
        /// Index of the value in the array.
        index: u32,
    },
    /// A byte string that is not a whole number of values, or does not have one value per neuron.
    Length {
        /// Number of bytes in the request.
        given: u32,
        /// Expected number of bytes, or the size of a value, of which the length must be a multiple.
        expected: u32,
    },
    /// A range that exceeds its array.
    Range {
        /// Index of the first value or byte.
        first: u32,
        /// Number of values or bytes.
        count: u32,
        /// Length of the array.
        length: u32,
    },
    /// A step time that the clock cannot keep: less than a tick, or at least half of the clock's range.
    Period {
        /// Clock frequency, ticks per second.
        frequency: u32,
    },
    /// Parts of a snapshot that are out of order or of another model.
    Snapshot,
    /// Only part of the currents has arrived, and this board has no room to keep the old ones meanwhile.
    Holding {
        /// Neuron of the next current.
        next: u32,
    },
    /// Only a part of the neurons has its own parameters.
    Own {
        /// The first neuron without them.
        next: u32,
    },
    /// A new step time for a population whose neurons have their own parameters.
    OwnStepTime,
    /// Something wrong with a network.
    Network {
        /// What is wrong.
        problem: NetworkProblem,
        /// Where: the number of the population, the projection, the row or the step.
        index: u32,
    },
    /// A request for a population that is loaded alone, but a network is loaded.
    InNetwork,
    /// A request for a network, or for one of its populations, but a population is loaded alone.
    NoNetwork,
}

/// The errors that a request error lists. It gives only the number of the others.
pub type Errors = heapless::Vec<ParamError, 4>;

/// A limit of the firmware.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Capacity {
    /// Neurons of a population.
    Neurons,
    /// Threshold components of a neuron.
    Components,
    /// Bytes of the byte string in a reply.
    Bytes,
    /// Bytes of the coefficients of neurons that have their own.
    Own,
    /// Populations of a network.
    Populations,
    /// Words of four bytes of the arrays of a network.
    Words,
}

impl fmt::Display for PacketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short => write!(f, "fewer bytes than a packet"),
            Self::TooLong { most } => write!(f, "a packet longer than {most} bytes"),
            Self::Torn => write!(f, "a truncated frame"),
            Self::Checksum => write!(f, "a packet with a wrong checksum"),
        }
    }
}

impl core::error::Error for PacketError {}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version { spoken } => {
                write!(f, "the board uses version {spoken} of the link, this host version {}", crate::VERSION)
            }
            Self::Malformed => write!(f, "unknown request"),
            Self::Stale { last } => write!(f, "the sequence number is before {last}, that of the last request"),
            Self::Reused => write!(f, "another request has this sequence number"),
            Self::NotLoaded => write!(f, "no population is loaded\nhelp: load one first"),
            Self::Restoring { next } => {
                write!(
                    f,
                    "a snapshot is partly restored\nhelp: continue with byte {next}, or load or clear the population"
                )
            }
            Self::Running => write!(f, "real-time mode is running\nhelp: stop it first"),
            Self::Scalar(scalar) => write!(f, "this firmware was built without the number format {scalar}"),
            Self::Rounding => {
                write!(f, "f32 rounds to nearest; truncation and stochastic rounding are for fixed point")
            }
            Self::Beyond { capacity, given, most } => {
                write!(f, "{given} {capacity}: this firmware has room for {most}")
            }
            Self::Empty => write!(f, "a population must have at least 1 neuron"),
            Self::Parameters { errors, more } => {
                for (i, error) in errors.iter().enumerate() {
                    write!(f, "{}{error}", if i == 0 { "" } else { "\n" })?;
                }
                if *more > 0 { write!(f, "\nand {more} more") } else { Ok(()) }
            }
            Self::Current { neuron } => {
                write!(
                    f,
                    "the current of neuron {neuron}: must be finite, and its product with the resistance within a quarter of the range of the number format"
                )
            }
            Self::Value { index } => write!(f, "value {index}: must be finite and within the range of its array"),
            Self::Length { given, expected } => {
                write!(
                    f,
                    "{given} bytes of values, but {expected} are needed, or a multiple of that for a part of an array"
                )
            }
            Self::Range { first, count, length } => {
                write!(f, "{count} values from index {first} are outside an array of {length}")
            }
            Self::Period { frequency } => {
                write!(
                    f,
                    "the step time must be at least one tick of the board's clock of {frequency} Hz, and less than half the range of its counter"
                )
            }
            Self::Snapshot => write!(f, "not the next part of a snapshot of the loaded model"),
            Self::Holding { next } => {
                write!(
                    f,
                    "only a part of the currents has arrived\nhelp: continue with neuron {next}, or load or clear the population"
                )
            }
            Self::Own { next } => {
                write!(f, "neuron {next} does not have its own parameters yet\nhelp: send them, or load a population")
            }
            Self::OwnStepTime => {
                write!(f, "neurons with their own parameters keep their step time\nhelp: load them with the other one")
            }
            Self::Network { problem, index } => problem.told(*index, f),
            Self::InNetwork => {
                write!(f, "a network is loaded, and this request is for a population that is loaded alone")
            }
            Self::NoNetwork => write!(f, "a population is loaded alone, and this request is for a network"),
        }
    }
}

impl core::error::Error for RequestError {}

impl fmt::Display for Capacity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Neurons => "neurons",
            Self::Components => "threshold components",
            Self::Bytes => "bytes of values in a reply",
            Self::Own => "bytes of own coefficients",
            Self::Populations => "populations",
            Self::Words => "words of arrays",
        })
    }
}

impl NetworkProblem {
    fn told(self, index: u32, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incomplete => write!(f, "the network has arrived in part\nhelp: send the rest, or load another one"),
            Self::Order => write!(f, "a part of a network that does not come next"),
            Self::Number => write!(f, "the network has no population or synapse {index}"),
            Self::Format => write!(f, "this firmware has no networks in this number format"),
            Self::Differs => {
                write!(f, "population {index} has another number format, rounding or step time than the first one")
            }
            Self::Row => write!(f, "row {index}: the numbers must be finite and fit the number format"),
            Self::Jumps => {
                write!(f, "population {index} has more synapses that move the membrane than a neuron adds")
            }
            Self::Delay => write!(f, "projection {index} has a longer delay than its source keeps"),
            Self::Arrays => write!(f, "the arrays of projection {index} do not fit each other"),
            Self::Sum => {
                write!(f, "projection {index}: the magnitudes of the weights of a target could leave 32 bits")
            }
            Self::Range => {
                write!(f, "what arrives at population {index} in a step could leave the range of the number format")
            }
            Self::Circle => write!(f, "population {index} is in a circle of projections without delay"),
            Self::Inputs => write!(f, "the spikes of the inputs in step {index} of the request are not sets"),
        }
    }
}

impl From<&ParamErrors> for RequestError {
    #[inline(never)] // so that the caller holds no second list on the stack
    fn from(errors: &ParamErrors) -> Self {
        let mut first = Errors::new();
        for error in errors.iter() {
            if first.push(*error).is_err() {
                break;
            }
        }
        let more = errors.count().saturating_sub(first.len()) as u16;
        Self::Parameters { errors: first, more }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use glif_core::{Lif, LifParams, RefractoryRule};
    use std::string::ToString;

    const BAD: LifParams = LifParams {
        step_time: f64::NAN,
        rest_v: -40.0,
        reset_v: -65.0,
        thresh_v: -50.0,
        refrac_t: -1.0,
        time_constant: 0.0,
        resistance: 0.0,
    };

    /// A request error of a board prints the same text as the errors on the host.
    #[test]
    fn request_error_prints_like_its_parameter_errors() {
        let errors: ParamErrors = Lif::<f32>::derive(BAD, RefractoryRule::Inferno).unwrap_err();
        assert_eq!(errors.count(), 5);
        let refusal = RequestError::from(&errors);
        let told: std::vec::Vec<_> = errors.iter().take(4).map(ToString::to_string).collect();
        assert_eq!(refusal.to_string(), told.join("\n") + "\nand 1 more");
    }
}
