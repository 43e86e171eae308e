//! Requests that a board must refuse with the right reason and without a change of its state.

use std::io::{Read, Write};

use glif::Description;
use glif::description::{ModelKind, NumberFormat, ParamTable, Parameter, RoundingMode};
use glif_core::StepOptions;
use glif_core::params::MOST_COMPONENTS;
use glif_link::{Capacity, Field, Model, Reply, Request, RequestError};

use super::bench::Bench;
use super::cases::same_reason;
use super::twin::Twin;
use super::{VerifyError, require};
use crate::draw::plain;
use crate::error::{LinkError, shown};
use crate::translate;

const NEURONS: usize = 6;
const FLAGS: StepOptions = StepOptions { refrac_lock: true, adapt: true };

/// A check on a population loaded on both sides.
pub(crate) type OnBoth<P> = fn(&mut Bench<'_, P>, &mut Twin) -> Result<(), VerifyError>;

/// Runs checks on a population that has spiked and is still driven. After each check the board must be in the
/// host's state.
pub(crate) fn each<P: Read + Write>(bench: &mut Bench<'_, P>, checks: &[(&str, OnBoth<P>)]) {
    for (name, check) in checks {
        bench.check(name, |bench, _| {
            let mut twin = driven(bench)?;
            check(bench, &mut twin)?;
            bench.agree(&twin)
        });
    }
}

/// Loads six neurons on both sides, and drives them for 40 steps.
fn driven<P: Read + Write>(bench: &mut Bench<'_, P>) -> Result<Twin, VerifyError> {
    let mut twin = bench.load(&plain(NEURONS, 1.0, 20.0, 3.0))?;
    bench.hold(&mut twin, &(0..NEURONS).map(|i| 4.0 * i as f64).collect::<Vec<_>>())?;
    bench.board.run(40)?;
    twin.run(40)?;
    bench.agree(&twin)?;
    Ok(twin)
}

/// Makes all requests that need a population, on a board without one.
pub(crate) fn before_a_load<P: Read + Write>(bench: &mut Bench<'_, P>) {
    if bench.board.identity().loaded > 0 {
        let why = "requests before a load are not checked: the board holds a population; reset it for that";
        return bench.note(why.to_owned());
    }
    bench.check("requests before a load", |bench, _| {
        for request in wanting_a_population() {
            match bench.board.client().call(&request) {
                // A board that has just been reset reports this too.
                Err(LinkError::Refused(RequestError::NotLoaded) | LinkError::Restarted) => {}
                reply => {
                    let reply = shown(&reply?);
                    return Err(VerifyError::Wrong(format!("{request:?} before a load was answered by {reply}")));
                }
            }
        }
        Ok(())
    });
}

fn wanting_a_population() -> [Request<'static>; 13] {
    [
        Request::Describe,
        Request::Hold { population: 0, first: 0, more: false, currents: &[0; 4] },
        Request::Step { currents: &[] },
        Request::Run { steps: 1, digest: true, inputs: &[] },
        Request::Read { population: 0, field: Field::Voltage, first: 0, count: 1 },
        Request::Write { population: 0, field: Field::Voltage, first: 0, values: &[0; 4] },
        Request::Clear { keep_adaptations: false },
        Request::SetStepTime(1.0),
        Request::SetOptions(FLAGS),
        Request::Snapshot { first: 0 },
        Request::Restore { first: 0, bytes: &[0; 16] },
        Request::Measure { steps: 1 },
        Request::Start { failsafe: 0 },
    ]
}

/// Runs all these checks.
pub(crate) fn all<P: Read + Write>(bench: &mut Bench<'_, P>) {
    let checks: [(&str, OnBoth<P>); 9] = [
        ("beyond the board's capacity", capacity),
        ("refused parameters", parameters),
        ("currents that are not finite", currents),
        ("values that are not finite", values),
        ("wrong lengths", lengths),
        ("ranges outside", ranges),
        ("step times that the clock cannot keep", periods),
        ("requests in real-time mode", running),
        ("parts of a snapshot out of order", parts),
    ];
    each(bench, &checks);
}

/// Checks that a request is refused for exactly this reason.
fn refused<P: Read + Write>(
    bench: &mut Bench<'_, P>,
    request: &Request<'_>,
    reason: &RequestError,
) -> Result<(), VerifyError> {
    match bench.board.client().call(request) {
        Err(LinkError::Refused(refusal)) => {
            require!(refusal == *reason, "{request:?} was refused by {refusal:?}; expected {reason:?}");
            Ok(())
        }
        reply => {
            Err(VerifyError::Wrong(format!("{request:?} was answered by {}; expected {reason:?}", shown(&reply?))))
        }
    }
}

fn capacity<P: Read + Write>(bench: &mut Bench<'_, P>, _: &mut Twin) -> Result<(), VerifyError> {
    let model = translate::model(&plain(NEURONS, 1.0, 20.0, 3.0))?;
    let identity = bench.board.identity().clone();
    let (neurons, components) = (identity.neurons, identity.components);
    let load = |change: &dyn Fn(&mut Model)| {
        let mut model = model.clone();
        change(&mut model);
        Request::Load(model)
    };
    let beyond = |capacity, most: usize| RequestError::Beyond { capacity, given: most as u32 + 1, most: most as u32 };
    refused(bench, &load(&|model| model.neurons = 0), &RequestError::Empty)?;
    let many = load(&|model| model.neurons = neurons as u32 + 1);
    refused(bench, &many, &beyond(Capacity::Neurons, neurons))?;
    refused(bench, &load(&|model| model.spec.rounding = RoundingMode::Truncate), &RequestError::Rounding)?;
    for &scalar in NumberFormat::ALL.iter().filter(|scalar| !identity.knows(**scalar)) {
        refused(bench, &load(&|model| model.spec.scalar = scalar), &RequestError::Scalar(scalar))?;
    }
    // A message has no room for more components than this.
    if components >= MOST_COMPONENTS {
        return Ok(());
    }
    let list = [1.0; MOST_COMPONENTS];
    let adaptive =
        load(&|model| model.spec.params = adaptive(&model.spec.params, &list[..=components], &list[..=components]));
    refused(bench, &adaptive, &beyond(Capacity::Components, components))
}

/// The board must refuse the parameters that the host refuses, with the same text.
fn parameters<P: Read + Write>(bench: &mut Bench<'_, P>, _: &mut Twin) -> Result<(), VerifyError> {
    let mut asked = 0;
    for description in bad() {
        let model = translate::model(&description)?;
        let Err(reason) = description.build() else {
            return Err(VerifyError::host("takes parameters that it should refuse"));
        };
        if !bench.board.identity().knows(model.spec.scalar) {
            continue;
        }
        match bench.board.client().call(&Request::Load(model)) {
            Err(LinkError::Refused(refusal)) => same_reason(&refusal.to_string(), &reason.to_string())?,
            reply => return Err(VerifyError::Wrong(format!("answered by {}; the host: {reason}", shown(&reply?)))),
        }
        asked += 1;
    }
    if asked == 0 { Err(VerifyError::host("no parameters to be refused")) } else { Ok(()) }
}

/// Returns populations that are invalid, or do not fit their format.
fn bad() -> Vec<Description> {
    let changed = |scalar: NumberFormat, changes: &[(Parameter, f64)]| {
        let mut description = plain(NEURONS, 1.0, 20.0, 3.0);
        description.spec.scalar = scalar;
        for (parameter, value) in changes {
            _ = description.spec.params.set(*parameter, &[*value]); // all are parameters of LIF
        }
        description
    };
    let adaptive = |scalar: NumberFormat, constant: f64, increment: f64| {
        let mut description = changed(scalar, &[]);
        description.spec.params = adaptive(&description.spec.params, &[constant], &[increment]);
        description
    };
    let all = [
        (Parameter::StepTime, f64::NAN),
        (Parameter::RestV, -40.0),
        (Parameter::ResetV, f64::INFINITY),
        (Parameter::RefracT, -1.0),
        (Parameter::TimeConstant, 0.0),
        (Parameter::Resistance, 0.0),
    ];
    vec![
        changed(NumberFormat::F32, &[(Parameter::StepTime, 0.0)]),
        changed(NumberFormat::F32, &[(Parameter::RefracT, 1e9)]),
        changed(NumberFormat::F32, &[(Parameter::RestV, -50.000_000_1)]), // rounds to the threshold
        changed(NumberFormat::F32, &[(Parameter::Resistance, f64::NEG_INFINITY)]),
        changed(NumberFormat::F32, &all),
        changed(NumberFormat::I8F8, &[(Parameter::RestV, -300.0), (Parameter::ResetV, -301.0)]),
        changed(NumberFormat::I16F16, &[(Parameter::ThreshV, 1e6)]),
        adaptive(NumberFormat::F32, -1.0, 1.0),
        adaptive(NumberFormat::I8F8, 1e9, 1.0),
        adaptive(NumberFormat::I16F16, 20.0, f64::NAN),
    ]
}

/// Returns the ALIF parameters that correspond to LIF parameters, with these threshold components.
fn adaptive(lif: &ParamTable, constants: &[f64], increments: &[f64]) -> ParamTable {
    let mut params = ParamTable::new(ModelKind::Alif);
    for &parameter in params.model().parameters() {
        let values = match parameter {
            Parameter::ThreshEqV => lif.get(Parameter::ThreshV),
            Parameter::TcMembrane => lif.get(Parameter::TimeConstant),
            Parameter::TcAdaptation => constants,
            Parameter::SpikeIncrement => increments,
            same => lif.get(same),
        };
        _ = params.set(parameter, values); // all are parameters of ALIF
    }
    params
}

fn currents<P: Read + Write>(bench: &mut Bench<'_, P>, _: &mut Twin) -> Result<(), VerifyError> {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX] {
        for neuron in [0, NEURONS - 1] {
            let mut bytes = [0; 4 * NEURONS];
            bytes[4 * neuron..][..4].copy_from_slice(&bad.to_le_bytes());
            let reason = RequestError::Current { neuron: neuron as u32 };
            refused(bench, &Request::Step { currents: &bytes }, &reason)?;
            refused(bench, &Request::Hold { population: 0, first: 0, more: false, currents: &bytes }, &reason)?;
            let bytes = bad.to_le_bytes();
            refused(
                bench,
                &Request::Hold { population: 0, first: neuron as u32, more: false, currents: &bytes },
                &reason,
            )?;
        }
    }
    Ok(())
}

fn values<P: Read + Write>(bench: &mut Bench<'_, P>, _: &mut Twin) -> Result<(), VerifyError> {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX] {
        // The first value is valid, and must not be written alone.
        let bytes = [(-55.0_f32).to_le_bytes(), bad.to_le_bytes()].concat();
        let request = Request::Write { population: 0, field: Field::Voltage, first: 2, values: &bytes };
        refused(bench, &request, &RequestError::Value { index: 3 })?;
    }
    Ok(())
}

fn lengths<P: Read + Write>(bench: &mut Bench<'_, P>, _: &mut Twin) -> Result<(), VerifyError> {
    const WHOLE: usize = 4 * NEURONS;
    let bytes = [0; WHOLE + 4];
    for given in [1, WHOLE - 4, WHOLE - 1, WHOLE + 4] {
        let reason = RequestError::Length { given: given as u32, expected: WHOLE as u32 };
        refused(bench, &Request::Step { currents: &bytes[..given] }, &reason)?;
    }
    for (field, given, expected) in [(Field::Voltage, 6, 4), (Field::Refractory, 3, 2), (Field::Current, 9, 4)] {
        let reason = RequestError::Length { given: given as u32, expected };
        refused(bench, &Request::Write { population: 0, field, first: 0, values: &bytes[..given] }, &reason)?;
    }
    let part = Request::Hold { population: 0, first: 0, more: false, currents: &bytes[..7] };
    refused(bench, &part, &RequestError::Length { given: 7, expected: 4 })
}

fn ranges<P: Read + Write>(bench: &mut Bench<'_, P>, _: &mut Twin) -> Result<(), VerifyError> {
    let bytes = [0; 8];
    for first in [NEURONS as u32 - 1, NEURONS as u32 + 1, u32::MAX] {
        let reason = RequestError::Range { first, count: 2, length: NEURONS as u32 };
        refused(bench, &Request::Read { population: 0, field: Field::Voltage, first, count: 2 }, &reason)?;
        refused(bench, &Request::Write { population: 0, field: Field::Voltage, first, values: &bytes }, &reason)?;
        refused(bench, &Request::Hold { population: 0, first, more: false, currents: &bytes }, &reason)?;
    }
    for count in [NEURONS as u32 + 1, u32::MAX] {
        let reason = RequestError::Range { first: 0, count, length: NEURONS as u32 };
        refused(bench, &Request::Read { population: 0, field: Field::Refractory, first: 0, count }, &reason)?;
    }
    // A LIF neuron has no threshold components.
    let reason = RequestError::Range { first: 0, count: 1, length: 0 };
    refused(bench, &Request::Read { population: 0, field: Field::Adaptation, first: 0, count: 1 }, &reason)
}

fn periods<P: Read + Write>(bench: &mut Bench<'_, P>, twin: &mut Twin) -> Result<(), VerifyError> {
    let frequency = bench.board.identity().frequency;
    let tick = 1000.0 / f64::from(frequency);
    // Less than a tick, and more than half of the range of a 32-bit clock.
    for step_time in [0.4 * tick, 2.2e9 * tick] {
        *twin = bench.load(&plain(NEURONS, step_time, 20.0 * step_time, 0.0))?;
        refused(bench, &Request::Start { failsafe: 0 }, &RequestError::Period { frequency })?;
    }
    Ok(())
}

fn running<P: Read + Write>(bench: &mut Bench<'_, P>, twin: &mut Twin) -> Result<(), VerifyError> {
    // A step time of one second, so that the board has hardly anything to do except to refuse.
    let description = plain(NEURONS, 1000.0, 2000.0, 0.0);
    *twin = bench.load(&description)?;
    bench.board.start()?;
    let allowed =
        |request: &Request<'_>| matches!(request, Request::Describe | Request::Hold { .. } | Request::Read { .. });
    let mut asked: Vec<_> = wanting_a_population().into_iter().filter(|request| !allowed(request)).collect();
    asked.push(Request::Load(translate::model(&description)?));
    let done = asked.iter().try_for_each(|request| refused(bench, request, &RequestError::Running));
    let steps = bench.board.stop()?.pace.cost.steps;
    twin.run(steps.into())?;
    done
}

fn parts<P: Read + Write>(bench: &mut Bench<'_, P>, _: &mut Twin) -> Result<(), VerifyError> {
    let snapshot = bench.board.snapshot()?;
    let bytes = snapshot.bytes.as_slice();
    // The first part does not begin at 0.
    refused(bench, &Request::Restore { first: 8, bytes: &bytes[8..20] }, &RequestError::Snapshot)?;
    // The part is of a population of another size.
    let mut other = bytes.to_vec();
    other[4] ^= 1;
    refused(bench, &Request::Restore { first: 0, bytes: &other[..20] }, &RequestError::Snapshot)?;
    let reply = bench.board.client().call(&Request::Restore { first: 0, bytes: &bytes[..20] })?;
    require!(reply == Reply::Done, "the first part was answered by {}", shown(&reply));
    refused(bench, &Request::Step { currents: &[] }, &RequestError::Restoring { next: 20 })?;
    refused(bench, &Request::Restore { first: 30, bytes: &bytes[30..] }, &RequestError::Snapshot)?;
    let long = [&bytes[20..], &[0]].concat();
    refused(bench, &Request::Restore { first: 20, bytes: &long }, &RequestError::Snapshot)?;
    Ok(bench.board.restore(&snapshot)?)
}
