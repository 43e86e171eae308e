//! Every reason for which a request is not done, and what it says to a person.

use core::fmt;

use glif_core::{ParamError, ParamErrors, Problem, Refractory};
use serde::{Deserialize, Serialize};

use crate::model::Scalar;

/// Why what arrived is not a packet. A host that hears it from a board sends the same bytes again.
///
/// ```
/// use glif_link::{Noise, Request, packet};
///
/// let mut buffer = [0; packet::LEAST];
/// let length = packet::encode(1, &Request::Describe, &mut buffer).unwrap().len();
/// buffer[3] ^= 1; // a bit has turned over on the way
/// let noise = packet::open(&buffer[..length]).unwrap_err();
/// assert_eq!((noise, &*noise.to_string()), (Noise::Checksum, "a packet whose checksum does not fit"));
/// assert_eq!(packet::open(&buffer[..3]), Err(Noise::Short));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Noise {
    /// Fewer bytes than the smallest packet has.
    Short,
    /// More bytes than the buffer has.
    TooLong {
        /// The most.
        most: u32,
    },
    /// A frame that ended too early.
    Torn,
    /// A checksum that does not fit.
    Checksum,
}

/// Why a request was not done. Nothing has changed then, but by the last part of a `Restore`. Its text is for people:
///
/// ```
/// use glif_link::refusal::{Capacity, Faults, Refusal};
///
/// let refusal = Refusal::Beyond { capacity: Capacity::Neurons, given: 4096, most: 1024 };
/// assert!(refusal.to_string().contains("4096") && refusal.to_string().contains("1024"));
/// let params = glif_core::LifParams {
///     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: -20.0, resistance: 1.0,
/// };
/// let errors = glif_core::Lif::<f32>::derive(params, glif_core::Rule::Inferno).unwrap_err();
/// assert_eq!(Refusal::from(&errors).to_string(), errors.to_string());
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Refusal {
    /// A packet of another version of the protocol.
    Version {
        /// The one that is spoken here.
        spoken: u8,
    },
    /// A packet whose body is not a request.
    Malformed,
    /// A sequence number from before the last one: a copy that was under way for long.
    Stale {
        /// The last one.
        last: u16,
    },
    /// The last sequence number, with another request.
    Reused,
    /// Nothing is loaded.
    NotLoaded,
    /// A snapshot has come in part.
    Restoring {
        /// The next byte of it.
        next: u32,
    },
    /// Real-time mode runs.
    Running,
    /// A number format that this firmware was built without.
    Scalar(Scalar),
    /// Floating point has one way of rounding.
    Rounding,
    /// More than this firmware was built for.
    Beyond {
        /// Of what.
        capacity: Capacity,
        /// How many were asked for.
        given: u32,
        /// How many there can be.
        most: u32,
    },
    /// A population of no neurons.
    Empty,
    /// Parameters that do not hold or do not fit.
    Parameters {
        /// The first of them.
        faults: Faults,
        /// How many there are beside.
        more: u16,
    },
    /// A current that cannot drive a membrane: it is not finite, or R·I is beyond a quarter of the format's range.
    Current {
        /// Of this neuron.
        neuron: u32,
    },
    /// A value that the state cannot have: not finite, or beyond the format's range.
    Value {
        /// Its place in the array.
        index: u32,
    },
    /// Bytes that are not a whole number of values, or not one for each neuron.
    Length {
        /// How many bytes.
        given: u32,
        /// How many there should be, or a multiple of which.
        expected: u32,
    },
    /// A range that leaves its array.
    Range {
        /// Its first value or byte.
        first: u32,
        /// How many.
        count: u32,
        /// How many there are in all.
        length: u32,
    },
    /// A step time that the clock cannot keep: less than a tick, or half of its range and more.
    Period {
        /// Ticks a second.
        frequency: u32,
    },
    /// Parts of a snapshot out of order, or of another model.
    Snapshot,
    /// Currents have come in part, and this board has no room to keep the old ones meanwhile.
    Holding {
        /// The neuron of the next current.
        next: u32,
    },
}

/// As many faults as a refusal tells one by one; how many there are beside, it tells as a number.
///
/// ```
/// use glif_core::{Lif, LifParams, Rule};
/// use glif_link::refusal::{Faults, Name, Refusal};
/// # let params = LifParams {
/// #     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
/// # };
/// // Five parameters are wrong: rest is above threshold, and four times there is a zero or less.
/// let params = LifParams { step_time: 0.0, rest_v: -40.0, refrac_t: -1.0, time_constant: 0.0, resistance: 0.0, ..params };
/// let errors = Lif::<f32>::derive(params, Rule::Inferno).unwrap_err();
/// let Refusal::Parameters { faults, more } = Refusal::from(&errors) else { panic!() };
/// let names = faults.iter().map(|fault| fault.name);
/// assert!(names.eq([Name::StepTime, Name::RestV, Name::RefracT, Name::TimeConstant]));
/// assert_eq!((faults.len(), more), (Faults::new().capacity(), 1));
/// ```
pub type Faults = heapless::Vec<ParamFault, 4>;

/// What a firmware is built for. It stands in a refusal, and a host that can do with less reads there with how much:
///
/// ```
/// use glif_link::{Capacity, Refusal};
///
/// let refusal = Refusal::Beyond { capacity: Capacity::Components, given: 3, most: 2 };
/// assert_eq!(refusal.to_string(), "3 threshold components; this firmware has room for 2");
/// // How many neurons to load instead, if it is neurons that were too many.
/// let fewer = |refusal: &Refusal| match refusal {
///     Refusal::Beyond { capacity: Capacity::Neurons, most, .. } => Some(*most),
///     _ => None,
/// };
/// let too_many = Refusal::Beyond { capacity: Capacity::Neurons, given: 4096, most: 1024 };
/// assert_eq!((fewer(&refusal), fewer(&too_many)), (None, Some(1024)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Capacity {
    /// Of a population.
    Neurons,
    /// Of a neuron.
    Components,
    /// Of the byte string of a reply.
    Bytes,
}

impl fmt::Display for Noise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short => write!(f, "fewer bytes than a packet has"),
            Self::TooLong { most } => write!(f, "a packet longer than {most} bytes"),
            Self::Torn => write!(f, "a frame that ended too early"),
            Self::Checksum => write!(f, "a packet whose checksum does not fit"),
        }
    }
}

impl core::error::Error for Noise {}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version { spoken } => {
                write!(f, "the board speaks version {spoken} of the link, this host version {}", crate::VERSION)
            }
            Self::Malformed => write!(f, "the request is none that the board knows"),
            Self::Stale { last } => write!(f, "the sequence number lies before {last}, the last one done"),
            Self::Reused => write!(f, "the sequence number has been used for another request"),
            Self::NotLoaded => write!(f, "no population is loaded; load one first"),
            Self::Restoring { next } => {
                write!(f, "a snapshot is half restored; go on with byte {next}, or load or clear")
            }
            Self::Running => write!(f, "real-time mode is running; stop it first"),
            Self::Scalar(scalar) => write!(f, "this firmware was built without scalar {}", scalar.name()),
            Self::Rounding => write!(f, "scalar f32 rounds to nearest; truncate and stochastic are for fixed point"),
            Self::Beyond { capacity, given, most } => {
                write!(f, "{given} {capacity}; this firmware has room for {most}")
            }
            Self::Empty => write!(f, "a population of 0 neurons; it must have at least 1"),
            Self::Parameters { faults, more } => {
                for (i, fault) in faults.iter().enumerate() {
                    write!(f, "{}{}", if i == 0 { "" } else { "\n" }, ParamError::from(*fault))?;
                }
                if *more > 0 { write!(f, "\nand {more} more") } else { Ok(()) }
            }
            Self::Current { neuron } => {
                write!(
                    f,
                    "the current of neuron {neuron} (nA) must be finite, and resistance times it within a quarter of the format's range"
                )
            }
            Self::Value { index } => write!(f, "value {index} must be finite and within what its array may hold"),
            Self::Length { given, expected } => {
                write!(f, "{given} bytes of values; {expected} are needed, or for a part of an array a multiple")
            }
            Self::Range { first, count, length } => {
                write!(f, "{count} values from {first} on do not lie in an array of {length}")
            }
            Self::Period { frequency } => {
                write!(
                    f,
                    "the step time must be at least one tick of the board's clock of {frequency} Hz, and less than half its range"
                )
            }
            Self::Snapshot => write!(f, "the bytes are not the next part of a snapshot of the loaded model"),
            Self::Holding { next } => {
                write!(f, "currents have come in part; go on with neuron {next}, or load or clear")
            }
        }
    }
}

impl core::error::Error for Refusal {}

impl fmt::Display for Capacity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Neurons => "neurons",
            Self::Components => "threshold components",
            Self::Bytes => "bytes of values in a reply",
        })
    }
}

/// Declares parameters that have a number on the wire, a name and a unit.
macro_rules! names {
    ($($variant:ident = $name:literal, $unit:literal;)*) => {
        /// A parameter by number: on the wire a name is one byte.
        ///
        /// ```
        /// use glif_core::{Lif, LifParams, Rule};
        /// use glif_link::refusal::{Name, ParamFault};
        /// # let params = LifParams {
        /// #     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0,
        /// #     resistance: 1.0,
        /// # };
        /// let errors = Lif::<f32>::derive(LifParams { resistance: 0.0, ..params }, Rule::Inferno).unwrap_err();
        /// let name = errors.iter().map(|error| ParamFault::from(error).name).next().unwrap();
        /// assert_eq!(name, Name::Resistance);
        /// assert_eq!((name.name(), name.unit()), ("resistance", "MΩ"));
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[allow(missing_docs, reason = "the variants are Inferno's names")]
        pub enum Name { $($variant,)* }

        impl Name {
            /// Inferno's name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Its unit.
            pub const fn unit(self) -> &'static str {
                match self { $(Self::$variant => $unit,)* }
            }

            /// The parameter of that name.
            fn of(name: &str) -> Self {
                match name { $($name => Self::$variant,)* _ => Self::Other }
            }
        }
    };
}

names! {
    StepTime = "step_time", "ms";
    RestV = "rest_v", "mV";
    ResetV = "reset_v", "mV";
    ResetVAdd = "reset_v_add", "mV";
    ResetVMul = "reset_v_mul", "";
    ThreshV = "thresh_v", "mV";
    ThreshEqV = "thresh_eq_v", "mV";
    RefracT = "refrac_t", "ms";
    TimeConstant = "time_constant", "ms";
    TcMembrane = "tc_membrane", "ms";
    TcAdaptation = "tc_adaptation", "ms";
    RcAdaptation = "rc_adaptation", "1/ms";
    SpikeIncrement = "spike_increment", "mV";
    Resistance = "resistance", "MΩ";
    Refrac = "refrac", "ms";
    Other = "a parameter", "";
}

/// One thing wrong with one parameter: a [`ParamError`] on the wire. On the host it becomes one again, and reads as if the
/// host had found it:
///
/// ```
/// use glif_core::{Alif, AlifParams, ParamError, Rule};
/// use glif_link::refusal::{Fault, Name, ParamFault};
/// # let params = AlifParams {
/// #     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_eq_v: -50.0, refrac_t: 2.0, tc_membrane: 20.0,
/// #     tc_adaptation: [100.0, 400.0], spike_increment: [1.5, 0.5], resistance: 1.0,
/// # };
/// let params = AlifParams { tc_adaptation: [100.0, -1.0], ..params };
/// let errors = Alif::<f32, 2>::derive(params, Rule::Inferno).unwrap_err();
/// let fault = ParamFault::from(errors.iter().next().unwrap());
/// assert_eq!((fault.name, fault.index, fault.value), (Name::TcAdaptation, Some(1), -1.0)); // ms
/// assert_eq!(fault.fault, Fault::NotPositive);
/// assert_eq!(ParamError::from(fault).to_string(), "`tc_adaptation[1]` = -1 ms must be positive");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ParamFault {
    /// Which.
    pub name: Name,
    /// Component of a list, or neuron.
    pub index: Option<u32>,
    /// As given, in its unit.
    pub value: f64,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a parameter: a [`Problem`] on the wire. What it compares with comes along, in the parameter's unit:
///
/// ```
/// use glif_core::{Lif, LifParams, Rule, fixed::types::I8F8};
/// use glif_link::refusal::{Fault, Name, ParamFault};
/// # let params = LifParams {
/// #     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
/// # };
/// let fault = |params| {
///     let errors = Lif::<I8F8>::derive(params, Rule::Inferno).unwrap_err();
///     errors.iter().map(|error| ParamFault::from(error).fault).next()
/// };
/// let above = LifParams { reset_v: -40.0, ..params };
/// assert_eq!(fault(above), Some(Fault::NotBelow { name: Name::ThreshV, limit: -50.0 }));
/// let below = LifParams { reset_v: -130.0, ..params };
/// assert_eq!(fault(below), Some(Fault::OutOfRange { lowest: -128.0, highest: 128.0 - 1.0 / 256.0 })); // of i8f8
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[allow(missing_docs, reason = "the variants are those of glif_core::Problem")]
pub enum Fault {
    NotFinite,
    NotPositive,
    Negative,
    Zero,
    NotBelow { name: Name, limit: f64 },
    OutOfRange { lowest: f64, highest: f64 },
    TooSmall { resolution: f64 },
    NeverDecays,
    Stalls { band: f64 },
    TooManySteps,
    ResetStaysAbove { reset: f64, threshold: f64 },
    Components { expected: u32 },
    OutOfReach { highest: f64 },
    RoundsOnto { name: Name, limit: f64, stored: f64 },
}

impl From<&ParamError> for ParamFault {
    fn from(error: &ParamError) -> Self {
        let fault = match error.problem {
            Problem::NotFinite => Fault::NotFinite,
            Problem::NotPositive => Fault::NotPositive,
            Problem::Negative => Fault::Negative,
            Problem::Zero => Fault::Zero,
            Problem::NotBelow { name, limit } => Fault::NotBelow { name: Name::of(name), limit },
            Problem::OutOfRange { lowest, highest } => Fault::OutOfRange { lowest, highest },
            Problem::TooSmall { resolution } => Fault::TooSmall { resolution },
            Problem::NeverDecays => Fault::NeverDecays,
            Problem::Stalls { band } => Fault::Stalls { band },
            Problem::TooManySteps { .. } => Fault::TooManySteps,
            Problem::ResetStaysAbove { reset, threshold } => Fault::ResetStaysAbove { reset, threshold },
            Problem::OutOfReach { highest } => Fault::OutOfReach { highest },
            Problem::RoundsOnto { name, limit, stored } => Fault::RoundsOnto { name: Name::of(name), limit, stored },
            // Never: a board names the place of such a count, not its time.
            Problem::LongerThanPeriod { most } => Fault::OutOfRange { lowest: 0.0, highest: most },
            // Never: spikes come to a board as bits.
            Problem::NoFlag => Fault::OutOfRange { lowest: 0.0, highest: 1.0 },
            Problem::Components { expected } => Fault::Components { expected: expected as u32 },
            // Never: a model on the wire has no more components than the core.
            Problem::TooManyComponents { most } => Fault::Components { expected: most as u32 },
        };
        Self { name: Name::of(error.name), index: error.index.map(|index| index as u32), value: error.value, fault }
    }
}

impl From<ParamFault> for ParamError {
    fn from(ParamFault { name, index, value, fault }: ParamFault) -> Self {
        let problem = match fault {
            Fault::NotFinite => Problem::NotFinite,
            Fault::NotPositive => Problem::NotPositive,
            Fault::Negative => Problem::Negative,
            Fault::Zero => Problem::Zero,
            Fault::NotBelow { name, limit } => Problem::NotBelow { name: name.name(), limit },
            Fault::OutOfRange { lowest, highest } => Problem::OutOfRange { lowest, highest },
            Fault::TooSmall { resolution } => Problem::TooSmall { resolution },
            Fault::NeverDecays => Problem::NeverDecays,
            Fault::Stalls { band } => Problem::Stalls { band },
            Fault::TooManySteps => Problem::TooManySteps { most: Refractory::MOST },
            Fault::ResetStaysAbove { reset, threshold } => Problem::ResetStaysAbove { reset, threshold },
            Fault::Components { expected } => Problem::Components { expected: expected as usize },
            Fault::OutOfReach { highest } => Problem::OutOfReach { highest },
            Fault::RoundsOnto { name, limit, stored } => Problem::RoundsOnto { name: name.name(), limit, stored },
        };
        Self { name: name.name(), index: index.map(|index| index as usize), value, unit: name.unit(), problem }
    }
}

impl From<&ParamErrors> for Refusal {
    fn from(errors: &ParamErrors) -> Self {
        let faults: Faults = errors.iter().take(4).map(ParamFault::from).collect();
        let more = errors.count().saturating_sub(faults.len()) as u16;
        Self::Parameters { faults, more }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use glif_core::{Lif, LifParams, Neuron, Rule};
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

    /// What a board refuses reads on the host as if the host had refused it.
    #[test]
    fn a_refusal_reads_as_the_errors_it_came_from() {
        let errors: ParamErrors = Lif::<f32>::derive(BAD, Rule::Inferno).unwrap_err();
        assert_eq!(errors.count(), 5);
        let refusal = Refusal::from(&errors);
        let told: std::vec::Vec<_> = errors.iter().take(4).map(ToString::to_string).collect();
        assert_eq!(refusal.to_string(), told.join("\n") + "\nand 1 more");
    }

    #[test]
    fn every_parameter_has_its_number_and_unit() {
        let errors = Neuron::<f32, glif_core::neuron::Linear<f32>, 2>::derive(
            glif_core::Glif2Params {
                step_time: -1.0,
                rest_v: -60.0,
                reset_v_add: f64::INFINITY,
                reset_v_mul: 2.0,
                thresh_eq_v: -50.0,
                refrac_t: 2.0,
                tc_membrane: 0.0,
                rc_adaptation: [0.0, 1.0],
                spike_increment: [0.0, f64::NAN],
                resistance: 0.0,
            },
            Rule::Inferno,
        )
        .unwrap_err();
        for error in errors.iter() {
            let back = ParamError::from(ParamFault::from(error));
            assert_eq!(back.to_string(), error.to_string());
            assert_ne!(back.name, Name::Other.name());
        }
        assert_eq!(errors.count(), 6);
    }
}
