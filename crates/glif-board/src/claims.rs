//! Checks of what a board reports, before the host allocates, loops or counts by it.
//!
//! [`Client::call`](crate::Client::call) returns no reply that has not passed [`check`]. A
//! [`Board`](crate::Board) makes the checks that need to know what is loaded.

use std::ops::RangeInclusive;

use glif::limits;
use glif_core::params::MOST_COMPONENTS;
use glif_link::message::{MOST_STEPS, SNAPSHOT_HEADER};
use glif_link::{Cost, Field, Identity, Model, Reply, Request, packet};

use crate::error::LinkError;
use crate::identity;

// The link's bounds, which a board keeps to, are also the host's.
const _: () = assert!(limits::STEPS_DONE == MOST_STEPS && limits::COMPONENTS == MOST_COMPONENTS);

/// Checks that every size, count and step number of a reply is possible. The bounds are those of the request
/// and of [`glif::limits`].
///
/// # Errors
/// Returns [`LinkError::Broken`] for the first impossible number, with its name, its value and the possible
/// range.
pub(crate) fn check(request: &Request<'_>, reply: &Reply<'_>) -> Result<(), LinkError> {
    match reply {
        Reply::Identity(identity) => check_identity(identity),
        Reply::Loaded { model, step } => {
            within("Loaded", "neurons", model.neurons, 1..=limits::BOARD_NEURONS as u64)?;
            within("Loaded", "step", *step, 0..=limits::STEPS_DONE)
        }
        Reply::LoadedNetwork { step, .. } => within("LoadedNetwork", "step", *step, 0..=limits::STEPS_DONE),
        Reply::Ran { step, done, record } => {
            within("Ran", "step", *step, 0..=limits::STEPS_DONE)?;
            // Each step of a record takes a byte or more.
            within("Ran", "done", *done, steps_of(request, record.len() as u64))
        }
        Reply::Values { values } => match request {
            Request::Read { count, .. } => {
                let count = u64::from(*count);
                within("Values", "bytes", values.len() as u64, 2 * count..=4 * count)
            }
            _ => Ok(()),
        },
        Reply::Part { total, bytes } => {
            let of = |field: Field| field.extent(limits::BOARD_NEURONS, MOST_COMPONENTS, size_of::<u32>());
            let arrays: usize = Field::ALL.into_iter().map(of).map(|(values, size)| values * size).sum();
            let most = (SNAPSHOT_HEADER + arrays.max(limits::BOARD_WORDS * size_of::<u32>())) as u64;
            within("Part", "total", *total, SNAPSHOT_HEADER as u64..=most)?;
            match request {
                Request::Snapshot { first } => {
                    let left = u64::from(total.saturating_sub(*first));
                    within("Part", "bytes", bytes.len() as u64, left.min(1)..=left)
                }
                _ => Ok(()),
            }
        }
        Reply::Cost(Cost { steps, frequency, .. }) => {
            within("Cost", "steps", *steps, steps_of(request, u64::from(u32::MAX)))?;
            within("Cost", "frequency", *frequency, 1..=u64::from(u32::MAX))
        }
        Reply::Pace { first, recorded, record, .. } => {
            within("Pace", "recorded", *recorded, 0..=record.len() as u64)?;
            within("Pace", "first", *first, 0..=limits::STEPS_DONE - u64::from(*recorded))
        }
        Reply::Ready | Reply::Unreadable(_) | Reply::Refused(_) | Reply::Done => Ok(()),
    }
}

fn check_identity(identity: &Identity<'_>) -> Result<(), LinkError> {
    let Identity { neurons, components, frame, frequency, loaded, words, .. } = *identity;
    within("Identity", "words", words, 0..=limits::BOARD_WORDS as u64)?;
    within("Identity", "neurons", neurons, 1..=limits::BOARD_NEURONS as u64)?;
    within("Identity", "components", components, 0..=MOST_COMPONENTS as u64)?;
    within("Identity", "frame", frame, packet::LEAST as u64..=limits::BOARD_PACKET as u64)?;
    within("Identity", "frequency", frequency, 1..=u64::from(u32::MAX))?;
    within("Identity", "loaded", loaded, 0..=u64::from(neurons))
}

/// Checks that a board with the capacity `room` can have loaded this model.
///
/// # Errors
/// Returns an error if it cannot.
pub(crate) fn check_loaded(model: &Model, room: &identity::Identity) -> Result<(), LinkError> {
    within("Loaded", "neurons", model.neurons, 1..=room.neurons as u64)?;
    if !model.spec.params.is_whole() || !room.knows(model.spec.scalar) {
        return Err(LinkError::Broken("`Loaded` has a model that the board does not support".to_owned()));
    }
    within("Loaded", "components", model.spec.params.components() as u64, 0..=room.components as u64)
}

/// Checks that the spikes of `steps` steps are few enough to be decoded at once.
///
/// # Errors
/// Returns an error if they are not.
pub(crate) fn check_record(steps: u32, words: usize) -> Result<(), LinkError> {
    within("record", "steps", steps, 0..=most_steps(words).into())
}

/// Returns the largest number of steps, of `words` spike words each, that the host accepts in one reply.
pub(crate) fn most_steps(words: usize) -> u32 {
    (limits::BOARD_SPIKE_WORDS / words.max(1)) as u32
}

/// Returns how many steps a reply may report: at least one, but no more than requested and no more than
/// `most`; none if none were requested.
fn steps_of(request: &Request<'_>, most: u64) -> RangeInclusive<u64> {
    match request {
        Request::Step { .. } => 1..=1,
        Request::Run { steps, .. } | Request::Measure { steps } => {
            let steps = u64::from(*steps);
            steps.min(1)..=steps.min(most.max(1))
        }
        _ => 0..=most,
    }
}

/// Checks that a number in a reply of this kind is possible.
///
/// # Errors
/// Returns an error if it is not.
pub(crate) fn within(
    kind: &str,
    name: &str,
    value: impl Into<u64>,
    possible: RangeInclusive<u64>,
) -> Result<(), LinkError> {
    let value = value.into();
    if possible.contains(&value) {
        return Ok(());
    }
    let (least, most) = possible.into_inner();
    let possible = if least == most { format!("{least}") } else { format!("from {least} to {most}") };
    Err(LinkError::Broken(format!(
        "the board's `{kind}` has `{name}` = {value}, but only {possible} is possible\nhelp: check the firmware of the board"
    )))
}
