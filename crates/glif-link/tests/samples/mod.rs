//! Sample messages of every kind.

use glif_core::error::ImpliedOption;
use glif_core::spec::{
    Dialect, Discretization, ModelKind, NumberFormat, ParamTable, Parameter, ParameterSet, RoundingMode, ThresholdTest,
};
use glif_core::{ParamError, Problem, RefractoryRule, Spec, StepOptions};
use glif_link::message::Field;
use glif_link::network::{ConnectionKind, DelayKind, DriveKind, SynapseKind, WeightKind};
use glif_link::{
    Capacity, Cost, Identity, Model, NetworkProblem, Pace, PacketError, Part, Reply, Request, RequestError,
};
use proptest::prelude::*;

/// Values for the fields of a message.
#[derive(Debug, Clone)]
pub(crate) struct Values {
    pub(crate) n: u32,
    pub(crate) big: u64,
    pub(crate) x: f64,
    pub(crate) flag: bool,
    pub(crate) bytes: Vec<u8>,
    pub(crate) text: String,
}

/// Arbitrary values.
pub(crate) fn values() -> impl Strategy<Value = Values> {
    let numbers = (any::<u32>(), any::<u64>(), prop::num::f64::ANY, any::<bool>());
    let strings = (prop::collection::vec(any::<u8>(), 0..300), "[a-z0-9.-]{0,20}");
    (numbers, strings).prop_map(|((n, big, x, flag), (bytes, text))| Values { n, big, x, flag, bytes, text })
}

impl Values {
    /// Every request, and every variant of the types in requests.
    pub(crate) fn requests(&self) -> Vec<Request<'_>> {
        let Self { n, x, flag, .. } = *self;
        let (first, bytes) = (n, self.bytes.as_slice());
        let options = StepOptions { refrac_lock: flag, adapt: !flag };
        let mut list = vec![Request::Identify];
        list.extend(self.models().into_iter().map(Request::Load));
        list.extend([
            Request::Describe,
            Request::Hold { population: n, first, more: flag, currents: bytes },
            Request::Step { currents: bytes },
            Request::Run { steps: n, digest: flag, inputs: bytes },
            Request::Clear { keep_adaptations: flag },
            Request::SetStepTime(x),
            Request::SetOptions(options),
            Request::Snapshot { first },
            Request::Restore { first, bytes },
            Request::Measure { steps: n },
            Request::Start { failsafe: n },
            Request::Poll,
            Request::Stop,
            Request::Own { first, values: bytes },
            Request::Select { recorded: n, pulsed: n / 3 },
        ]);
        list.extend(self.parts().into_iter().map(Request::Network));
        for field in Field::ALL {
            list.extend([
                Request::Read { population: n, field, first, count: n },
                Request::Write { population: n, field, first, values: bytes },
            ]);
        }
        list
    }

    /// Every part of a network, and every variant of the types in parts.
    fn parts(&self) -> Vec<Part<'_>> {
        let Self { n, big, flag, .. } = *self;
        let (first, bytes, small, connections) = (n, self.bytes.as_slice(), n as u8, n / 2);
        let model = self.models().swap_remove(0);
        let mut list = vec![
            Part::Begin { populations: n, projections: n / 2, seed: big, sample: n },
            Part::Input { neurons: n, most_delay: small, planes: small / 2 },
            Part::Neurons { model, most_delay: small, synapses: small / 2, drives: small / 3 },
            Part::Bytes { first, bytes },
            Part::Rows { first, values: bytes },
            Part::End,
        ];
        let discretization = [Discretization::Exact, Discretization::Euler][n as usize % 2];
        let held = SynapseKind::Held { discretization };
        let synapses = [SynapseKind::Current, SynapseKind::Delta, held, SynapseKind::Exact];
        list.extend(synapses.map(|kind| Part::Synapse { kind, number: small, own: flag }));
        let drives = [DriveKind::Constant, DriveKind::Step { onset: big }, DriveKind::Poisson { thresholds: n }];
        for kind in drives {
            let synapse = [None, Some(small)][n as usize % 2];
            list.push(Part::Drive { kind, synapse, number: n as u16, own: flag });
        }
        let kinds = [
            ConnectionKind::Dense,
            ConnectionKind::Sparse { connections },
            ConnectionKind::Wide { connections },
            ConnectionKind::Convolution { weights: n },
        ];
        let weights = [WeightKind::One, WeightKind::I8, WeightKind::Packed, WeightKind::I16, WeightKind::I32];
        let delays = [DelayKind::All(small), DelayKind::Rows { rows: n, distinct: small }];
        for (i, weights) in weights.into_iter().chain([WeightKind::Scalars]).enumerate() {
            let (connections, delays) = (kinds[i % 4], delays[i % 2]);
            let (from, to, synapse, scales) = (n, n / 3, small, n / 5);
            list.push(Part::Projection { from, to, synapse, connections, weights, delays, scales });
        }
        list
    }

    /// Every reply, and every variant of the types in replies.
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
            networks: n as u8,
            populations: n as u8,
            words: n,
        };
        let mut list = vec![
            Reply::Ready,
            Reply::Done,
            Reply::Identity(identity),
            Reply::Ran { step: big, done: n, record: bytes },
            Reply::Values { values: bytes },
            Reply::LoadedNetwork { populations: n, projections: n / 2, neurons: n / 3, step: big },
            Reply::Part { total: n, bytes },
            Reply::Cost(cost),
            Reply::Pace { pace, first: big, recorded: n, record: bytes },
        ];
        let noises = [PacketError::Short, PacketError::TooLong { most: n }, PacketError::Torn, PacketError::Checksum];
        list.extend(noises.map(Reply::Unreadable));
        list.extend(self.models().into_iter().map(|model| Reply::Loaded { model, step: big }));
        list.extend(self.refusals().into_iter().map(Reply::Refused));
        list
    }

    /// Every model, dialect, number format, rounding mode and refractory rule.
    fn models(&self) -> Vec<Model> {
        let Self { n, big, x, flag, .. } = *self;
        let model = |(i, scalar): (usize, &NumberFormat)| {
            let model = ModelKind::ALL[i % ModelKind::ALL.len()];
            let mut params = ParamTable::new(model).in_dialect(Dialect::ALL[i % 3]);
            params = params.discretized(Discretization::ALL[i % 2]).tested(ThresholdTest::ALL[i / 2 % 2]);
            let lists = [0, n as usize % 9, 8];
            for (k, parameter) in params.model().parameters().iter().enumerate() {
                let count = if parameter.is_list() { lists[(i + k) % 3] } else { 1 };
                _ = params.set(*parameter, &vec![x; count]); // a table has no room for eight values of every list
            }
            let (rounding, refractory) = (RoundingMode::ALL[i % 3], RefractoryRule::ALL[i / 3]);
            let options = StepOptions { refrac_lock: flag, adapt: true };
            let spec = Spec { params, scalar: *scalar, rounding, seed: big, refractory, options };
            let own = ParameterSet::of(&Parameter::ALL[..(n as usize + i) % Parameter::ALL.len()]);
            Model { spec, neurons: n, own }
        };
        let formats = NumberFormat::ALL.iter().cycle().take(ModelKind::ALL.len());
        formats.enumerate().map(model).collect()
    }

    fn refusals(&self) -> Vec<RequestError> {
        let Self { n, x, .. } = *self;
        let (given, most, first, count, length, index) = (n, n / 2, n, n / 3, n / 5, n);
        let mut list = vec![
            RequestError::Version { spoken: n as u8 },
            RequestError::Malformed,
            RequestError::Stale { last: n as u16 },
            RequestError::Reused,
            RequestError::NotLoaded,
            RequestError::Restoring { next: n },
            RequestError::Running,
            RequestError::Scalar(NumberFormat::I12F20),
            RequestError::Rounding,
            RequestError::Empty,
            RequestError::Current { neuron: n },
            RequestError::Value { index },
            RequestError::Length { given, expected: most },
            RequestError::Range { first, count, length },
            RequestError::Period { frequency: n },
            RequestError::Snapshot,
            RequestError::Holding { next: n },
            RequestError::Own { next: n },
            RequestError::OwnStepTime,
            RequestError::InNetwork,
            RequestError::NoNetwork,
        ];
        list.extend(NETWORK_PROBLEMS.map(|problem| RequestError::Network { problem, index }));
        let capacities = [
            Capacity::Neurons,
            Capacity::Components,
            Capacity::Bytes,
            Capacity::Own,
            Capacity::Populations,
            Capacity::Words,
        ];
        list.extend(capacities.map(|capacity| RequestError::Beyond { capacity, given, most }));
        let (neuron, component) = ([None, Some(n)][n as usize % 2], [None, Some(n as u8)][n as usize / 2 % 2]);
        let error = |(parameter, problem): (&Parameter, _)| {
            let error = ParamError::new(*parameter, x, problem);
            ParamError { neuron, component, ..error }
        };
        let errors: Vec<_> = Parameter::ALL.iter().cycle().zip(problems(n, x)).map(error).collect();
        list.extend(
            errors
                .chunks(4)
                .map(|some| RequestError::Parameters { errors: some.iter().copied().collect(), more: n as u16 }),
        );
        list
    }
}

const NETWORK_PROBLEMS: [NetworkProblem; 13] = [
    NetworkProblem::Incomplete,
    NetworkProblem::Order,
    NetworkProblem::Number,
    NetworkProblem::Format,
    NetworkProblem::Differs,
    NetworkProblem::Row,
    NetworkProblem::Jumps,
    NetworkProblem::Delay,
    NetworkProblem::Arrays,
    NetworkProblem::Sum,
    NetworkProblem::Range,
    NetworkProblem::Circle,
    NetworkProblem::Inputs,
];

/// Every problem. There are more problems than parameters.
fn problems(n: u32, x: f64) -> [Problem; 29] {
    let parameter = Parameter::ThreshV;
    [
        Problem::NotFinite,
        Problem::NotPositive,
        Problem::Negative,
        Problem::Zero,
        Problem::NotBelow { parameter, limit: x },
        Problem::RoundsOnto { parameter, limit: x, stored: x },
        Problem::OutOfRange { lowest: x, highest: x },
        Problem::TooSmall { resolution: x },
        Problem::NeverDecays,
        Problem::Stalls { band: x },
        Problem::TooManySteps { most: n as u16 },
        Problem::LongerThanPeriod { most: x },
        Problem::ResetStaysAbove { reset: x, threshold: x },
        Problem::OutOfReach { highest: x },
        Problem::NoFlag,
        Problem::Components { expected: n },
        Problem::TooManyComponents { most: n },
        Problem::NoParameter { model: ModelKind::Glif2 },
        Problem::NoDialect { model: ModelKind::Alif, dialect: Dialect::Nest },
        Problem::OtherDialect { dialect: Dialect::Allen },
        Problem::Implied { dialect: Dialect::Nest, option: ImpliedOption::RefracLock },
        Problem::Implied { dialect: Dialect::Nest, option: ImpliedOption::Adapt },
        Problem::Implied { dialect: Dialect::Nest, option: ImpliedOption::Refractory },
        Problem::Implied { dialect: Dialect::Nest, option: ImpliedOption::Discretization },
        Problem::Implied { dialect: Dialect::Allen, option: ImpliedOption::ThresholdTest },
        Problem::Unused { model: ModelKind::Li, option: ImpliedOption::ThresholdTest },
        Problem::Overshoots { step_time: x },
        Problem::NoStrictTest,
        Problem::Diverges { interval: x, least: x },
    ]
}
