//! A message of every kind.

use glif_link::message::Field;
use glif_link::model::{Component, Flags, Rule};
use glif_link::refusal::{Fault, Name};
use glif_link::{
    Capacity, Cost, Identity, Kind, Model, Noise, Pace, ParamFault, Refusal, Reply, Request, Rounding, Scalar,
};
use proptest::prelude::*;

/// What the fields of a message are filled with.
#[derive(Debug, Clone)]
pub(crate) struct Values {
    pub(crate) n: u32,
    pub(crate) big: u64,
    pub(crate) x: f64,
    pub(crate) flag: bool,
    pub(crate) bytes: Vec<u8>,
    pub(crate) text: String,
}

/// Any values.
pub(crate) fn values() -> impl Strategy<Value = Values> {
    let numbers = (any::<u32>(), any::<u64>(), prop::num::f64::ANY, any::<bool>());
    let strings = (prop::collection::vec(any::<u8>(), 0..300), "[a-z0-9.-]{0,20}");
    (numbers, strings).prop_map(|((n, big, x, flag), (bytes, text))| Values { n, big, x, flag, bytes, text })
}

impl Values {
    /// Every request, and every variant of what requests consist of.
    pub(crate) fn requests(&self) -> Vec<Request<'_>> {
        let Self { n, x, flag, .. } = *self;
        let (first, bytes) = (n, self.bytes.as_slice());
        let flags = Flags { refrac_lock: flag, adapt: !flag };
        let mut list = vec![Request::Identify];
        list.extend(self.models().into_iter().map(Request::Load));
        list.extend([
            Request::Describe,
            Request::Hold { first, more: flag, currents: bytes },
            Request::Step { currents: bytes },
            Request::Run { steps: n, digest: flag },
            Request::Clear { keep_adaptations: flag },
            Request::SetStepTime(x),
            Request::SetFlags(flags),
            Request::Snapshot { first },
            Request::Restore { first, bytes },
            Request::Measure { steps: n },
            Request::Start { failsafe: n },
            Request::Poll,
            Request::Stop,
        ]);
        for field in Field::ALL {
            list.extend([Request::Read { field, first, count: n }, Request::Write { field, first, values: bytes }]);
        }
        list
    }

    /// Every reply, and every variant of what replies consist of.
    pub(crate) fn replies(&self) -> Vec<Reply<'_>> {
        let Self { n, big, flag, .. } = *self;
        let (bytes, text) = (self.bytes.as_slice(), self.text.as_str());
        let cost = Cost { steps: n, total: big, best: n / 3, worst: n, frequency: n };
        let pace =
            Pace { running: flag, cost, overruns: n, missed: n / 7, latest: n / 2, unrecorded: n, failsafe: flag };
        let identity = Identity {
            version: n as u8,
            firmware: text,
            core: text,
            board: text,
            scalars: n as u8,
            neurons: n,
            components: n as u8,
            frame: n,
            memory: n,
            frequency: n,
            loaded: n,
        };
        let mut list = vec![
            Reply::Ready,
            Reply::Done,
            Reply::Identity(identity),
            Reply::Ran { step: big, done: n, record: bytes },
            Reply::Values { values: bytes },
            Reply::Part { total: n, bytes },
            Reply::Cost(cost),
            Reply::Pace { pace, first: big, recorded: n, record: bytes },
        ];
        let noises = [Noise::Short, Noise::TooLong { most: n }, Noise::Torn, Noise::Checksum];
        list.extend(noises.map(Reply::Unreadable));
        list.extend(self.models().into_iter().map(|model| Reply::Loaded { model, step: big }));
        list.extend(self.refusals().into_iter().map(Reply::Refused));
        list
    }

    fn models(&self) -> Vec<Model> {
        let Self { n, big, x, flag, .. } = *self;
        let components = |count: usize| (0..count).map(|_| Component { constant: x, increment: -x }).collect();
        let kinds = [
            Kind::Lif { reset_v: x },
            Kind::Glif1 { reset_v: x },
            Kind::Alif { reset_v: x, components: components(n as usize % 9) },
            Kind::Glif2 { reset_v_add: x, reset_v_mul: x, components: components(8) },
            Kind::Alif { reset_v: x, components: components(0) },
        ];
        let roundings = [Rounding::Nearest, Rounding::Truncate, Rounding::Stochastic { seed: big }];
        let rules = [Rule::Inferno, Rule::Exact, Rule::Nest];
        let model = |(i, kind)| Model {
            kind,
            scalar: Scalar::ALL[i],
            rounding: roundings[i % 3],
            rule: rules[i % 3],
            flags: Flags { refrac_lock: flag, adapt: true },
            neurons: n,
            step_time: x,
            rest_v: x,
            threshold: x,
            refrac_t: x,
            time_constant: x,
            resistance: x,
        };
        kinds.into_iter().enumerate().map(model).collect()
    }

    fn refusals(&self) -> Vec<Refusal> {
        let Self { n, x, .. } = *self;
        let (given, most, first, count, length, index) = (n, n / 2, n, n / 3, n / 5, n);
        let mut list = vec![
            Refusal::Version { spoken: n as u8 },
            Refusal::Malformed,
            Refusal::Stale { last: n as u16 },
            Refusal::Reused,
            Refusal::NotLoaded,
            Refusal::Restoring { next: n },
            Refusal::Running,
            Refusal::Scalar(Scalar::I12F20),
            Refusal::Rounding,
            Refusal::Empty,
            Refusal::Current { neuron: n },
            Refusal::Value { index },
            Refusal::Length { given, expected: most },
            Refusal::Range { first, count, length },
            Refusal::Period { frequency: n },
            Refusal::Snapshot,
            Refusal::Holding { next: n },
        ];
        let capacities = [Capacity::Neurons, Capacity::Components, Capacity::Bytes];
        list.extend(capacities.map(|capacity| Refusal::Beyond { capacity, given, most }));
        let fault = |(name, fault)| ParamFault { name, index: [None, Some(n)][n as usize % 2], value: x, fault };
        let faults: Vec<_> = NAMES.into_iter().zip(faults(n, x).into_iter().cycle()).map(fault).collect();
        list.extend(
            faults.chunks(4).map(|some| Refusal::Parameters { faults: some.iter().copied().collect(), more: n as u16 }),
        );
        list
    }
}

const NAMES: [Name; 16] = [
    Name::StepTime,
    Name::RestV,
    Name::ResetV,
    Name::ResetVAdd,
    Name::ResetVMul,
    Name::ThreshV,
    Name::ThreshEqV,
    Name::RefracT,
    Name::TimeConstant,
    Name::TcMembrane,
    Name::TcAdaptation,
    Name::RcAdaptation,
    Name::SpikeIncrement,
    Name::Resistance,
    Name::Refrac,
    Name::Other,
];

fn faults(n: u32, x: f64) -> [Fault; 14] {
    [
        Fault::NotFinite,
        Fault::NotPositive,
        Fault::Negative,
        Fault::Zero,
        Fault::NotBelow { name: Name::ThreshV, limit: x },
        Fault::OutOfRange { lowest: x, highest: x },
        Fault::TooSmall { resolution: x },
        Fault::NeverDecays,
        Fault::Stalls { band: x },
        Fault::TooManySteps,
        Fault::ResetStaysAbove { reset: x, threshold: x },
        Fault::Components { expected: n },
        Fault::OutOfReach { highest: x },
        Fault::RoundsOnto { name: Name::ThreshV, limit: x, stored: x },
    ]
}
