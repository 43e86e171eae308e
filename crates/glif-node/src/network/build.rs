//! Loading of a network, part after part, and the check of the whole.

use glif_core::MOST_JUMPS;
use glif_core::heapless::Vec;
use glif_core::network::{Delays, Discretization, History, Projection};
use glif_core::own::OwnLayout;
use glif_core::params::MOST_COMPONENTS;
use glif_core::spikes::WORD;
use glif_link::model::bit;
use glif_link::network::{DriveKind, Part, ProjectionArrays, SynapseKind, WeightKind};
use glif_link::{Capacity, Model, NetworkProblem, RequestError};

use super::records::{Carrier, DriveRecord, ProjectionRecord, SynapseRecord, Table, typed_mut};
use super::wiring::Coefficient;
use super::{Body, Member, Network, POPULATIONS, fits, wrong};
use crate::kernels::{AnyKernel, SCALARS};
use crate::population::set_row;

/// How far the load of a network is.
pub(super) struct Loading {
    stage: Stage,
    /// Number of populations that the network is to have.
    populations: usize,
    /// Projections that have arrived.
    projections: usize,
    /// Synapses and stimuli of the last population that have arrived.
    synapses: usize,
    drives: usize,
    /// The first word that is free.
    front: usize,
    fill: Fill,
    /// The description of the last population, while its own parameters arrive. Not an `Option`, whose `None` is not all
    /// zeros: the static of a node would take flash.
    model: Vec<Model, 1>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Nothing,
    Begun,
    Done,
}

/// What the last part has announced.
#[derive(Debug, Clone, Copy)]
struct Fill {
    /// First word of the bytes, their number, and how many have arrived.
    begin: usize,
    bytes: usize,
    arrived: usize,
    rows: Rows,
    /// Number of rows, and how many have arrived.
    count: usize,
    next: usize,
}

/// What rows become.
// With a separate tag, so that the first of these is all zeros, as a node is in its static.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
enum Rows {
    /// The own coefficients of neurons.
    Own,
    /// Coefficients that begin at these words.
    Columns(Columns),
}

/// Up to two coefficients that a row becomes, each with its first word.
type Columns = [Option<(Coefficient, usize)>; 2];

impl Loading {
    pub(super) const NONE: Self = Self {
        stage: Stage::Nothing,
        populations: 0,
        projections: 0,
        synapses: 0,
        drives: 0,
        front: 0,
        fill: Fill::NONE,
        model: Vec::new(),
    };

    pub(super) fn is_begun(&self) -> bool {
        self.stage != Stage::Nothing
    }

    pub(super) fn is_done(&self) -> bool {
        self.stage == Stage::Done
    }

    /// Takes words for `count` values of `size` bytes.
    #[inline(never)] // as there are many calls
    fn take(&mut self, count: usize, size: usize, words: &[u32]) -> Result<usize, RequestError> {
        let end = count.checked_mul(size).and_then(|bytes| self.front.checked_add(bytes.div_ceil(size_of::<u32>())));
        match end {
            Some(end) if end <= words.len() => Ok(core::mem::replace(&mut self.front, end)),
            _ => Err(too_many(end, words)),
        }
    }
}

/// Returns the error for an array that ends at word `end`.
#[inline(never)] // as above
fn too_many(end: Option<usize>, words: &[u32]) -> RequestError {
    let given = end.and_then(|end| u32::try_from(end).ok()).unwrap_or(u32::MAX);
    RequestError::Beyond { capacity: Capacity::Words, given, most: words.len() as u32 }
}

impl Fill {
    const NONE: Self = Self { begin: 0, bytes: 0, arrived: 0, rows: Rows::Own, count: 0, next: 0 };

    fn is_full(&self) -> bool {
        self.arrived == self.bytes && self.next == self.count
    }
}

impl<const COMPONENTS: usize> Network<COMPONENTS> {
    /// Takes a part. `room` is that of the record of a step.
    #[inline(never)] // so that its frame is released before a step runs
    pub(crate) fn part(&mut self, part: &Part<'_>, words: &mut [u32], room: usize) -> Result<(), RequestError> {
        let order = || Err(wrong(NetworkProblem::Order, 0));
        if let Part::Begin { populations, projections, seed, sample } = *part {
            return self.begin(populations, projections, (seed, sample), words);
        }
        if self.loading.stage != Stage::Begun {
            return order();
        }
        match *part {
            Part::Bytes { first, bytes } => return self.bytes(first, bytes, words),
            Part::Rows { first, values } => return self.rows(first, values, words),
            _ if !self.loading.fill.is_full() => return order(),
            _ => {}
        }
        // What an earlier, refused part has taken is free again.
        let (front, members) = (self.loading.front, self.members.len());
        let (synapses, drives) = self.members.last().map_or((0, 0), |member| {
            (member.body.synapses.count - self.loading.synapses, member.body.drives.count - self.loading.drives)
        });
        let (left, populations) = (synapses + drives, self.loading.populations - self.members.len());
        let projections = self.projections.count - self.loading.projections;
        let done = match *part {
            Part::Synapse { kind, number, own } if synapses > 0 => self.synapse(kind, (number, own), words),
            Part::Drive { kind, synapse, number, own } if synapses == 0 && drives > 0 => {
                self.drive(kind, synapse, (number, own), words)
            }
            Part::Input { neurons, most_delay, planes } if left == 0 && populations > 0 => {
                self.input(neurons as usize, most_delay, planes, words)
            }
            Part::Neurons { ref model, most_delay, synapses, drives } if left == 0 && populations > 0 => {
                self.neurons_part(model, most_delay, (synapses, drives), words)
            }
            Part::Projection { from, to, synapse, connections, weights, delays, scales }
                if left == 0 && populations == 0 && projections > 0 =>
            {
                let ends = [from, to].map(|number| number as usize);
                self.projection(ends, synapse, (connections, weights, delays), scales as usize, words)
            }
            Part::End if left == 0 && populations == 0 && projections == 0 => self.end(words, room),
            _ => order(),
        };
        match done {
            Ok(()) if self.members.len() > members => (self.loading.synapses, self.loading.drives) = (0, 0),
            Ok(()) => {}
            Err(_) => {
                self.loading.front = front;
                self.members.truncate(members);
            }
        }
        done
    }

    #[inline(never)] // as `part`
    fn begin(
        &mut self,
        populations: u32,
        projections: u32,
        (seed, sample): (u64, u32),
        words: &mut [u32],
    ) -> Result<(), RequestError> {
        if populations == 0 {
            return Err(RequestError::Empty);
        }
        if populations as usize > POPULATIONS {
            let most = POPULATIONS as u32;
            return Err(RequestError::Beyond { capacity: Capacity::Populations, given: populations, most });
        }
        let count = projections as usize;
        let end = count.checked_mul(size_of::<ProjectionRecord>() / size_of::<u32>());
        let Some(front) = end.filter(|end| *end <= words.len()) else { return Err(too_many(end, words)) };
        words.fill(0);
        *self = Self::new();
        (self.seed, self.sample) = (seed, sample);
        self.projections = Table { begin: 0, count };
        self.loading.stage = Stage::Begun;
        (self.loading.populations, self.loading.front) = (populations as usize, front);
        Ok(())
    }

    /// Takes the words of a history.
    fn history(
        &mut self,
        (neurons, most_delay, planes): (usize, u8, usize),
        words: &[u32],
    ) -> Result<usize, RequestError> {
        let count = History::words(neurons, most_delay.into(), planes);
        self.loading.take(count.unwrap_or(usize::MAX), size_of::<u32>(), words)
    }

    #[inline(never)] // as `part`
    fn input(&mut self, neurons: usize, most_delay: u8, planes: u8, words: &[u32]) -> Result<(), RequestError> {
        if neurons == 0 {
            return Err(RequestError::Empty);
        }
        // More bits than those of a sum have no use.
        if !(1..u32::BITS as u8).contains(&planes) {
            return Err(wrong(NetworkProblem::Number, planes.into()));
        }
        let planes = usize::from(planes);
        let outside = self.loading.take(neurons.div_ceil(WORD) * planes, size_of::<u32>(), words)?;
        let history = self.history((neurons, most_delay, planes), words)?;
        let mut body = Body::empty(neurons, most_delay, outside);
        (body.planes, body.history, body.end) = (planes, history, self.loading.front);
        self.push(body)
    }

    /// Adds a population, as yet without a kernel.
    fn push(&mut self, body: Body) -> Result<(), RequestError> {
        let kernel = None;
        self.members.push(Member { kernel, body }).map_err(|_| wrong(NetworkProblem::Order, 0))
    }

    /// Derives the coefficients of a population, and takes words for its arrays.
    #[inline(never)] // as `part`
    fn neurons_part(
        &mut self,
        model: &Model,
        most_delay: u8,
        (synapses, drives): (u8, u8),
        words: &mut [u32],
    ) -> Result<(), RequestError> {
        if model.neurons == 0 {
            return Err(RequestError::Empty);
        }
        if !model.spec.params.is_whole() {
            return Err(RequestError::Malformed);
        }
        self.derive(model, most_delay)?;
        self.place(model, most_delay, (synapses, drives), words)
    }

    /// Adds a population that has its coefficients, and no words yet.
    #[inline(never)] // as the frame of `place` is not on the stack then
    fn derive(&mut self, model: &Model, most_delay: u8) -> Result<(), RequestError> {
        let number = self.members.len();
        if SCALARS & bit(model.spec.scalar) == 0 {
            return Err(wrong(NetworkProblem::Format, number));
        }
        let format = self.members.iter().find_map(|member| Some(member.kernel.as_ref()?.format()));
        let step_time = model.spec.step_time();
        if format.is_some_and(|format| format != bit(model.spec.scalar) || step_time != self.step_time) {
            return Err(wrong(NetworkProblem::Differs, number));
        }
        if format.is_none() {
            self.step_time = step_time;
        }
        // The kernel is derived in its place, as a second one would take stack. `part` removes the member after an error.
        self.push(Body::empty(model.neurons as usize, most_delay, 0))?;
        let Some(member) = self.members.last_mut() else { return Err(wrong(NetworkProblem::Order, number)) };
        AnyKernel::derive_member(model, &mut member.kernel)
    }

    /// Takes words for the arrays of the last population.
    #[inline(never)] // as `derive`
    fn place(
        &mut self,
        model: &Model,
        most_delay: u8,
        (synapses, drives): (u8, u8),
        words: &[u32],
    ) -> Result<(), RequestError> {
        let (neurons, number) = (model.neurons as usize, self.members.len().saturating_sub(1));
        let Some(kernel) = self.members.last().and_then(|member| member.kernel.as_ref()).map(AnyKernel::get) else {
            return Err(wrong(NetworkProblem::Order, number)); // never
        };
        let (components, size) = (kernel.components(), kernel.size());
        let own = kernel.own(model).ok_or_else(|| too_many(None, words))?;
        let begin = self.loading.take(neurons, size, words)?;
        let refractory = self.loading.take(neurons, size_of::<u16>(), words)?;
        let adaptation = self.loading.take(neurons.saturating_mul(components), size, words)?;
        let own_begin = self.loading.take(own.words(), size_of::<u32>(), words)?;
        let outside = self.loading.take(neurons, size, words)?;
        let history = self.history((neurons, most_delay, 1), words)?;
        let Some(Member { body, .. }) = self.members.last_mut() else {
            return Err(wrong(NetworkProblem::Order, number)); // never
        };
        body.outside = outside;
        (body.begin, body.refractory, body.adaptation, body.own_begin) = (begin, refractory, adaptation, own_begin);
        (body.history, body.end) = (history, self.loading.front);
        (body.components, body.size, body.options, body.own) = (components, size, model.spec.options, own);
        body.initial_v = model.spec.params.initial_v();
        let record = |count: u8, size: usize| usize::from(count) * size;
        let begin = self.loading.take(record(synapses, size_of::<SynapseRecord>()), 1, words)?;
        body.synapses = Table { begin, count: synapses.into() };
        let begin = self.loading.take(record(drives, size_of::<DriveRecord>()), 1, words)?;
        body.drives = Table { begin, count: drives.into() };
        let count = if model.own.is_empty() { 0 } else { neurons };
        self.loading.fill = Fill { count, ..Fill::NONE };
        self.loading.model.clear();
        if count > 0 {
            _ = self.loading.model.push(model.clone()); // never full
        }
        Ok(())
    }

    /// Takes words for a coefficient of neurons: `rows` values.
    fn column(&mut self, of: Coefficient, rows: usize, member: usize, words: &[u32]) -> Result<usize, RequestError> {
        let kernel = self.members.get(member).and_then(|member| member.kernel.as_ref());
        let size = kernel.map_or(0, |kernel| kernel.get().stored_size(of));
        self.loading.take(rows, size, words)
    }

    /// Returns the number of the last population and of its neurons.
    fn last(&self) -> (usize, usize) {
        (self.members.len().saturating_sub(1), self.members.last().map_or(0, |member| member.body.neurons))
    }

    #[inline(never)] // as `part`
    fn synapse(&mut self, kind: SynapseKind, (number, own): (u8, bool), words: &mut [u32]) -> Result<(), RequestError> {
        let (member, neurons) = self.last();
        let rows = match kind {
            SynapseKind::Current | SynapseKind::Delta => 0,
            _ if own => neurons,
            _ => 1,
        };
        let decay_of = Coefficient::Decay(match kind {
            SynapseKind::Held { discretization } => discretization,
            _ => Discretization::Exact,
        });
        let decay = self.column(decay_of, rows, member, words)?;
        let exact = kind == SynapseKind::Exact;
        let factor = self.column(Coefficient::Propagator, if exact { rows } else { 0 }, member, words)?;
        let Some(Member { body, .. }) = self.members.last_mut() else { return Ok(()) };
        let record = SynapseRecord {
            kind: match kind {
                SynapseKind::Current => 0,
                SynapseKind::Delta => 1,
                SynapseKind::Held { .. } => 2,
                SynapseKind::Exact => 3,
            },
            number: number.into(),
            state: body.exponentials as u32,
            rows: rows as u32,
            decay: decay as u32,
            factor: factor as u32,
        };
        body.exponentials += usize::from(rows > 0);
        body.terms += usize::from(matches!(kind, SynapseKind::Delta | SynapseKind::Exact));
        body.has_currents |= matches!(kind, SynapseKind::Current | SynapseKind::Held { .. });
        body.synapses.set(words, self.loading.synapses, record);
        self.loading.synapses += 1;
        let columns = [Some((decay_of, decay)), exact.then_some((Coefficient::Propagator, factor))];
        self.loading.fill = Fill { rows: Rows::Columns(columns), count: rows, ..Fill::NONE };
        Ok(())
    }

    #[inline(never)] // as `part`
    fn drive(
        &mut self,
        kind: DriveKind,
        synapse: Option<u8>,
        (number, own): (u16, bool),
        words: &mut [u32],
    ) -> Result<(), RequestError> {
        let (member, neurons) = self.last();
        let count = self.members.last().map_or(0, |member| member.body.synapses.count);
        if let Some(synapse) = synapse.filter(|synapse| usize::from(*synapse) >= count) {
            return Err(wrong(NetworkProblem::Number, synapse.into()));
        }
        let rows = if own { neurons } else { 1 };
        let of = if matches!(kind, DriveKind::Poisson { .. }) { Coefficient::Scale } else { Coefficient::Scalar };
        let mut fill = Fill { count: rows, ..Fill::NONE };
        let extra = match kind {
            DriveKind::Constant => [0; 2],
            DriveKind::Step { onset } => [onset as u32, (onset >> 32) as u32],
            DriveKind::Poisson { thresholds } => {
                // They begin at a multiple of their size.
                self.loading.front += self.loading.front % 2;
                fill.begin = self.loading.take(thresholds as usize, size_of::<u64>(), words)?;
                fill.bytes = thresholds as usize * size_of::<u64>();
                [fill.begin as u32, thresholds]
            }
        };
        let first = self.column(of, rows, member, words)?;
        let two = matches!(kind, DriveKind::Step { .. });
        let second = self.column(of, if two { rows } else { 0 }, member, words)?;
        fill.rows = Rows::Columns([Some((of, first)), two.then_some((of, second))]);
        let record = DriveRecord {
            kind: DriveRecord::code(kind),
            synapse: synapse.map_or(0, |synapse| u32::from(synapse) + 1),
            number: number.into(),
            rows: rows as u32,
            values: [first as u32, second as u32],
            extra,
        };
        let Some(Member { body, .. }) = self.members.last_mut() else { return Ok(()) };
        body.has_currents |= synapse.is_none();
        body.drives.set(words, self.loading.drives, record);
        self.loading.drives += 1;
        self.loading.fill = fill;
        Ok(())
    }

    #[inline(never)] // as `part`
    fn projection(
        &mut self,
        [from, to]: [usize; 2],
        synapse: u8,
        kinds: (glif_link::network::ConnectionKind, WeightKind, glif_link::network::DelayKind),
        scales: usize,
        words: &mut [u32],
    ) -> Result<(), RequestError> {
        let number = self.loading.projections;
        let sources = self.members.get(from).ok_or(wrong(NetworkProblem::Number, from))?.body.neurons;
        let target = self.members.get(to).filter(|target| target.kernel.is_some());
        let target = &target.ok_or(wrong(NetworkProblem::Number, to))?.body;
        let targets = target.neurons;
        if usize::from(synapse) >= target.synapses.count {
            return Err(wrong(NetworkProblem::Number, synapse.into()));
        }
        let scalars = kinds.1 == WeightKind::Scalars;
        let is_f32 = self.members.get(to).and_then(|member| member.kernel.as_ref()).is_some_and(AnyKernel::is_f32);
        if scalars && !is_f32 {
            return Err(wrong(NetworkProblem::Format, number));
        }
        if scales != 1 && scales != targets && !(scalars && scales == 0) {
            return Err(wrong(NetworkProblem::Arrays, number));
        }
        let (connections, weights, delays) = kinds;
        let arrays = ProjectionArrays::of((sources, targets), connections, weights, delays);
        let count = arrays.and_then(|arrays| arrays.words());
        let count = count.and_then(|all| all.iter().try_fold(0_usize, |sum, count| sum.checked_add(*count)));
        let (Some(arrays), Some(count)) = (arrays, count) else { return Err(too_many(None, words)) };
        let begin = self.loading.take(count, size_of::<u32>(), words)?;
        let scale = self.column(Coefficient::Scale, scales, to, words)?;
        let mut record = ProjectionRecord::new([from as u8, to as u8, synapse, 0], (weights, delays), &arrays);
        (record.begin, record.scale, record.scales) = (begin as u32, scale as u32, scales as u32);
        self.projections.set(words, number, record);
        self.loading.projections += 1;
        let rows = Rows::Columns([Some((Coefficient::Scale, scale)), None]);
        let bytes = count * size_of::<u32>();
        self.loading.fill = Fill { begin, bytes, arrived: 0, rows, count: scales, next: 0 };
        Ok(())
    }

    /// Takes bytes of arrays.
    fn bytes(&mut self, first: u32, bytes: &[u8], words: &mut [u32]) -> Result<(), RequestError> {
        let fill = &mut self.loading.fill;
        if first as usize != fill.arrived {
            return Err(RequestError::Range { first, count: bytes.len() as u32, length: fill.bytes as u32 });
        }
        crate::population::range(first, bytes.len(), fill.bytes)?;
        if !bytes.len().is_multiple_of(size_of::<u32>()) || bytes.is_empty() {
            let (given, expected) = (bytes.len() as u32, size_of::<u32>() as u32);
            return Err(RequestError::Length { given, expected });
        }
        let to = typed_mut::<u8>(words, fill.begin, fill.bytes).get_mut(first as usize..).unwrap_or_default();
        to.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        fill.arrived += bytes.len();
        Ok(())
    }

    /// Takes rows of numbers.
    #[inline(never)] // as `part`
    fn rows(&mut self, first: u32, values: &[u8], words: &mut [u32]) -> Result<(), RequestError> {
        let Fill { bytes, arrived, rows, count, next, .. } = self.loading.fill;
        if arrived != bytes {
            return Err(wrong(NetworkProblem::Order, 0));
        }
        let width = match (rows, self.loading.model.first()) {
            (Rows::Own, Some(model)) => model.own_values(),
            (Rows::Own, None) => 0,
            (Rows::Columns([Some((Coefficient::Decay(_), _)), Some(_)]), _) => 3,
            (Rows::Columns([_, Some(_)]), _) => 2,
            (Rows::Columns(_), _) => 1,
        };
        let size = width * size_of::<f64>();
        let given = values.len().checked_div(size).unwrap_or(0);
        crate::population::range(first, given.max(1), count)?;
        if first as usize != next {
            return Err(RequestError::Range { first, count: given as u32, length: count as u32 });
        }
        if given * size != values.len() || values.is_empty() {
            return Err(RequestError::Length { given: values.len() as u32, expected: size as u32 });
        }
        for (row, number) in values.chunks_exact(size.max(1)).zip(next..) {
            match rows {
                Rows::Own => self.own_row(number, row, words)?,
                Rows::Columns(columns) => self.row(number, row, columns, words)?,
            }
        }
        self.loading.fill.next = next + given;
        if self.loading.fill.is_full() {
            self.loading.model.clear();
        }
        Ok(())
    }

    /// Takes the own parameters of a neuron of the last population.
    fn own_row(&mut self, neuron: usize, row: &[u8], words: &mut [u32]) -> Result<(), RequestError> {
        let (Some(model), Some(Member { kernel: Some(kernel), body })) =
            (self.loading.model.first_mut(), self.members.last())
        else {
            return Ok(());
        };
        set_row(&mut model.spec.params, &model.own, row);
        let own = words.get_mut(body.own_begin..body.outside).unwrap_or_default();
        kernel.get().set_own(&model.spec, neuron, (&body.own, own))
    }

    /// Takes numbers from which coefficients are derived.
    fn row(&mut self, number: usize, row: &[u8], columns: Columns, words: &mut [u32]) -> Result<(), RequestError> {
        let mut numbers = [0.0; 3];
        let all = row.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes));
        numbers.iter_mut().zip(all).for_each(|(to, from)| *to = from);
        let wrong = || wrong(NetworkProblem::Row, number);
        if numbers.iter().any(|number| !number.is_finite()) {
            return Err(wrong());
        }
        let kernel = self.members.iter().rev().find_map(|member| member.kernel.as_ref());
        let kernel = kernel.ok_or_else(wrong)?.get();
        for (i, (of, begin)) in columns.into_iter().flatten().enumerate() {
            // The second value of a step, but the whole row of a synapse.
            let [_, second, _] = numbers;
            let numbers = if i == 1 && of == Coefficient::Scalar { [second; 3] } else { numbers };
            kernel.store(of, self.step_time, &numbers, words, (begin, number)).ok_or_else(wrong)?;
        }
        Ok(())
    }

    /// Checks the whole, and makes room for what a step makes anew.
    fn end(&mut self, words: &mut [u32], room: usize) -> Result<(), RequestError> {
        let (most, mut free) = (words.len(), words.len());
        let front = self.loading.front;
        let mut take = |count: usize, size: usize| -> Result<usize, RequestError> {
            let begin = count.checked_mul(size).and_then(|bytes| free.checked_sub(bytes.div_ceil(size_of::<u32>())));
            free = begin.filter(|begin| *begin >= front).ok_or_else(|| {
                let needed = front.saturating_add(count).saturating_add(most - free);
                RequestError::Beyond { capacity: Capacity::Words, given: needed as u32, most: most as u32 }
            })?;
            Ok(free)
        };
        for (number, Member { kernel, body }) in self.members.iter_mut().enumerate() {
            let Some(kernel) = kernel else { continue };
            // In fixed point all jumps are one term.
            let terms = if kernel.is_f32() { body.terms } else { body.terms.min(1) };
            if terms > MOST_JUMPS {
                return Err(wrong(NetworkProblem::Jumps, number));
            }
            body.terms = terms;
            body.states = take(body.neurons * body.exponentials, body.size)?;
            body.currents = take(if body.has_currents { body.neurons } else { 0 }, body.size)?;
            body.jumps = take(body.neurons * terms, size_of::<u32>())?;
        }
        for number in 0..self.projections.count {
            let Some(mut record) = self.projections.all::<ProjectionRecord>(words).get(number).copied() else {
                continue;
            };
            let [from, to, _] = record.ends();
            let (Some(source), Some(target)) = (self.members.get(from), self.members.get(to)) else { continue };
            let (source, targets) = (&source.body, target.body.neurons);
            // A table that does not fit is no table.
            let count = record.sums(targets);
            let (begin, count) = match take(count, size_of::<u32>()) {
                Ok(begin) => (begin, count),
                Err(_) => (take(targets, size_of::<u32>())?, targets),
            };
            (record.sums, record.sum_count) = (begin as u32, count as u32);
            record.bound = check(number, &record, source, targets, words)?.to_bits();
            self.projections.set(words, number, record);
        }
        for (number, Member { kernel, body }) in self.members.iter().enumerate() {
            let Some(kernel) = kernel else { continue };
            if !fits(kernel.get(), body, number, self.projections, words) {
                return Err(wrong(NetworkProblem::Range, number));
            }
        }
        self.base = free;
        self.order(words)?;
        words.get_mut(free..).unwrap_or_default().fill(0);
        self.loading.stage = Stage::Done;
        self.pulsed = self.members.iter().rposition(|member| member.kernel.is_some()).unwrap_or(0);
        self.recorded = 0;
        for (number, _) in self.members.iter().enumerate().filter(|(_, member)| member.kernel.is_some()) {
            let more = self.recorded | 1 << number;
            if self.record_of(more) + size_of::<u32>() <= room {
                self.recorded = more;
            }
        }
        for member in &self.members {
            member.rest(false, words);
        }
        Ok(())
    }

    /// Orders the populations: the source of a projection without delay is before its target.
    fn order(&mut self, words: &[u32]) -> Result<(), RequestError> {
        self.order.clear();
        let mut waiting: u32 = (1 << self.members.len()) - 1;
        while waiting > 0 {
            // The populations of which no source waits.
            let mut held = 0;
            for record in self.projections.all::<ProjectionRecord>(words) {
                let [from, to, _] = record.ends();
                let sources = self.members.get(from).map_or(0, |source| source.body.neurons);
                let immediate = match record.view(words, sources, 0).delays {
                    Delays::All(delay) => delay == 0,
                    Delays::Rows { distinct, .. } => distinct.contains(&0),
                };
                held |= u32::from(immediate && waiting >> from & 1 == 1) << to;
            }
            let free = waiting & !held;
            let number = if free > 0 { free.trailing_zeros() } else { waiting.trailing_zeros() };
            if free == 0 {
                return Err(wrong(NetworkProblem::Circle, number as usize));
            }
            _ = self.order.push(number as u8); // there are as many as members
            waiting &= !(1 << number);
        }
        Ok(())
    }
}

/// Returns the least number of words in which a board that has no other bounds can load a network, from its parts.
/// `words` is memory for that; its content is lost.
///
/// # Errors
/// Returns the error of the part that a board refuses: [`Capacity::Words`] if the words are too few.
pub fn words_of<'a>(parts: impl IntoIterator<Item = Part<'a>>, words: &mut [u32]) -> Result<usize, RequestError> {
    let mut network = Network::<MOST_COMPONENTS>::new();
    // The record of a step is bounded by a packet, not by the words.
    parts.into_iter().try_for_each(|part| network.part(&part, words, usize::MAX))?;
    // A table of sums shrinks to a sum for each target if it must.
    let spare = |record: &ProjectionRecord| {
        let [_, to, _] = record.ends();
        let targets = network.members.get(to).map_or(0, |target| target.body.neurons);
        (record.sum_count as usize).saturating_sub(targets)
    };
    let spare: usize = network.projections.all::<ProjectionRecord>(words).iter().map(spare).sum();
    let again = words.len().saturating_sub(network.base).saturating_sub(spare);
    Ok(network.loading.front.saturating_add(again))
}

/// Checks the arrays of a projection. Returns the greatest magnitude of what arrives at a target in a step, in units of
/// the scale.
#[inline(never)] // so that its frame is released
fn check(
    number: usize,
    record: &ProjectionRecord,
    source: &Body,
    targets: usize,
    words: &mut [u32],
) -> Result<f32, RequestError> {
    let Some((front, back)) = words.split_at_mut_checked(record.sums as usize) else {
        return Err(wrong(NetworkProblem::Arrays, number));
    };
    let view = record.view(front, source.neurons, targets);
    if view.check().is_err() {
        return Err(wrong(NetworkProblem::Arrays, number));
    }
    if usize::from(view.most_delay()) > source.most_delay {
        return Err(wrong(NetworkProblem::Delay, number));
    }
    let most_spikes = (1_i64 << source.planes) - 1;
    if record.has_scalars() {
        return match greatest_scalar_sum(&view, typed_mut(back, 0, targets)) {
            // As f32 rounds the sum, a little more.
            Some(greatest) => Ok((greatest * 1.01 * most_spikes as f64) as f32),
            None => Err(wrong(NetworkProblem::Format, number)),
        };
    }
    let greatest = view.greatest_sum(typed_mut(back, 0, targets));
    match i64::from(greatest) * most_spikes {
        sum if greatest < i32::MAX && sum <= i64::from(i32::MAX) => Ok(sum as f32 * 1.001),
        _ => Err(wrong(NetworkProblem::Sum, number)),
    }
}

impl Body {
    fn empty(neurons: usize, most_delay: u8, outside: usize) -> Self {
        Self {
            neurons,
            components: 0,
            size: 0,
            options: Default::default(),
            initial_v: None,
            own: OwnLayout::SHARED,
            begin: outside,
            refractory: outside,
            adaptation: outside,
            own_begin: outside,
            outside,
            history: outside,
            end: outside,
            most_delay: most_delay.into(),
            planes: 1,
            synapses: Table::default(),
            drives: Table::default(),
            states: 0,
            exponentials: 0,
            currents: 0,
            has_currents: false,
            jumps: 0,
            terms: 0,
        }
    }
}

/// Returns the greatest sum of the magnitudes of a target's weights in floating point; `None` if this firmware has none.
#[cfg(feature = "networks")]
fn greatest_scalar_sum(view: &Projection<'_, Carrier>, sums: &mut [f32]) -> Option<f64> {
    Some(view.greatest_scalar_sum(sums))
}

/// As above.
#[cfg(not(feature = "networks"))]
fn greatest_scalar_sum(_: &Projection<'_, Carrier>, _: &mut [f32]) -> Option<f64> {
    None
}
