//! The loaded network, and every operation that a request can perform on it.
//!
//! Its arrays are in the words that a population would take. From the first word on are those that loading fills, in
//! the order in which they arrive: the records of projections, and for each population its cells, the records of its
//! synapses and stimuli, and their coefficients; then the arrays of the projections. At the end are those that a step
//! makes anew, and the currents of synapses: two slices that do not overlap, so that a step reads one and changes the
//! other.

mod build;
mod records;
mod wiring;

use bytemuck::cast_slice_mut;
use glif_core::heapless::Vec;
use glif_core::network::{Draw, History, HistoryView, Sums};
use glif_core::own::OwnLayout;
use glif_core::spikes::WORD;
use glif_core::{Refractory, StepOptions};
use glif_link::message::{MOST_STEPS, SNAPSHOT_HEADER as HEADER};
use glif_link::{Capacity, Field, NetworkProblem, RequestError, packet, spikes};

use crate::cells::{CellsMut, Layout};
use crate::kernel::{COMPACT, Own, too_long};
use crate::kernels::{AnyKernel, SCALARS};
use build::Loading;
use records::{ProjectionRecord, Table, typed, typed_mut};
use wiring::fits;
pub(crate) use wiring::{Advance, Coefficient, advance, greatest, size, store};

/// Number formats in which this firmware has networks, as in [`Identity::networks`](glif_link::Identity::networks).
pub(crate) const FORMATS: u8 = if NETWORKS { SCALARS } else { 0 };
/// Whether this firmware has networks.
pub(crate) const NETWORKS: bool = cfg!(feature = "networks");
/// Greatest number of populations: each takes memory for its coefficients besides its arrays.
pub(crate) const POPULATIONS: usize = match (NETWORKS, COMPACT) {
    (false, _) => 0,
    (true, true) => 4,
    (true, false) => 16,
};

/// Version of the format of a network's snapshot.
const FORMAT: u8 = 2;

/// A network, or the room for one.
pub(crate) struct Network<const COMPONENTS: usize> {
    members: Vec<Member<COMPONENTS>, POPULATIONS>,
    /// The order in which the populations make their steps.
    order: Vec<u8, POPULATIONS>,
    projections: Table,
    /// The first word of what a step makes anew.
    base: usize,
    seed: u64,
    sample: u32,
    step: u64,
    step_time: f64,
    /// Populations whose spikes are in records.
    recorded: u32,
    /// The population whose spikes are on pins.
    pulsed: usize,
    loading: Loading,
    /// The next byte of a partly received snapshot.
    restoring: Option<usize>,
    /// Population and next neuron of partly received currents.
    holding: Option<(u32, u32)>,
}

/// A population of a network.
struct Member<const COMPONENTS: usize> {
    /// `None` for spikes from outside.
    kernel: Option<AnyKernel<COMPONENTS>>,
    body: Body,
}

/// Where the arrays of a population are, and how many values they have.
pub(crate) struct Body {
    pub(crate) neurons: usize,
    pub(crate) components: usize,
    /// Bytes of a value.
    size: usize,
    pub(crate) options: StepOptions,
    initial_v: Option<f64>,
    pub(crate) own: OwnLayout<u32>,
    // First words, one array after another.
    pub(crate) begin: usize,
    pub(crate) refractory: usize,
    pub(crate) adaptation: usize,
    pub(crate) own_begin: usize,
    /// Currents from outside; spikes from outside for the next step.
    pub(crate) outside: usize,
    pub(crate) history: usize,
    pub(crate) end: usize,
    pub(crate) most_delay: usize,
    planes: usize,
    pub(crate) synapses: Table,
    pub(crate) drives: Table,
    // In what a step makes anew.
    pub(crate) states: usize,
    pub(crate) exponentials: usize,
    pub(crate) currents: usize,
    pub(crate) has_currents: bool,
    pub(crate) jumps: usize,
    pub(crate) terms: usize,
}

impl Body {
    /// Whether synapses or stimuli bring something.
    #[inline(always)]
    pub(crate) fn gathers(&self) -> bool {
        self.has_currents || self.terms > 0
    }

    /// Returns the words of a plane of spikes.
    fn row(&self) -> usize {
        self.neurons.div_ceil(WORD)
    }

    fn layout(&self) -> Layout {
        Layout { neurons: self.neurons, components: self.components, size: self.size, own: self.own.words() }
    }

    /// Returns the first word of an array, the number of its values and the bytes per value.
    #[inline(never)] // as there are many calls
    fn array(&self, field: Field) -> (usize, usize, usize) {
        let (cells, size) = (if self.size > 0 { self.neurons } else { 0 }, self.size.max(1));
        match field {
            Field::Voltage => (self.begin, cells, size),
            Field::Refractory => (self.refractory, cells, size_of::<u16>()),
            Field::Adaptation => (self.adaptation, cells * self.components, size),
            Field::Current => (self.outside, cells, size),
            Field::Synapse => (self.states, cells * self.exponentials, size),
            Field::Spikes => (self.history, self.row() * self.planes * (self.most_delay + 1), size_of::<u32>()),
        }
    }

    /// Returns the bytes of an array.
    #[inline(never)] // as there are several calls
    fn bytes<'a>(&self, field: Field, words: &'a [u32]) -> &'a [u8] {
        let (begin, count, size) = self.array(field);
        typed(words, begin, count * size)
    }

    /// Returns the neurons' own coefficients.
    pub(crate) fn own<'a>(&'a self, words: &'a [u32]) -> Own<'a> {
        Own { layout: &self.own, words: words.get(self.own_begin..self.outside).unwrap_or_default() }
    }

    /// Borrows the arrays of neurons, with their own coefficients behind the components.
    fn cells<'a>(&'a self, words: &'a mut [u32]) -> CellsMut<'a> {
        let words = words.get_mut(self.begin..self.history).unwrap_or_default();
        let (voltage, words) = words.split_at_mut_checked(self.refractory - self.begin).unwrap_or_default();
        let (refractory, words) = words.split_at_mut_checked(self.adaptation - self.refractory).unwrap_or_default();
        let (adaptation, current) = words.split_at_mut_checked(self.outside - self.adaptation).unwrap_or_default();
        CellsMut { voltage, refractory: cast_slice_mut(refractory), adaptation, current, own: &self.own }
    }

    /// Returns the longest refractory count.
    fn longest(&self, words: &[u32]) -> u16 {
        let all = self.bytes(Field::Refractory, words).as_chunks().0.iter();
        all.map(|bytes| Refractory::from_bits(u16::from_le_bytes(*bytes)).steps()).max().unwrap_or(0)
    }

    /// Returns the spikes of the step before step `step`, of one plane.
    fn fired<'a>(&self, words: &'a [u32], step: u64) -> &'a [u32] {
        let (begin, count, _) = self.array(Field::Spikes);
        let history = HistoryView::new(typed(words, begin, count), self.neurons, self.most_delay, self.planes);
        history.spikes(step.wrapping_sub(1), 0)
    }
}

/// Returns the error for a network.
#[inline(never)] // as there are many calls
fn wrong(problem: NetworkProblem, index: usize) -> RequestError {
    RequestError::Network { problem, index: index as u32 }
}

impl<const COMPONENTS: usize> Network<COMPONENTS> {
    pub(crate) const fn new() -> Self {
        Self {
            members: Vec::new(),
            order: Vec::new(),
            projections: Table { begin: 0, count: 0 },
            base: 0,
            seed: 0,
            sample: 0,
            step: 0,
            step_time: 0.0,
            recorded: 0,
            pulsed: 0,
            loading: Loading::NONE,
            restoring: None,
            holding: None,
        }
    }

    /// Whether a network is loaded, wholly or in part.
    pub(crate) fn is_begun(&self) -> bool {
        self.loading.is_begun()
    }

    /// Forgets the network.
    pub(crate) fn drop_all(&mut self) {
        self.members.clear();
        self.loading = Loading::NONE;
    }

    /// Returns the number of populations, of projections, of neurons, and of steps since the load.
    pub(crate) fn describe(&self) -> Result<(u32, u32, u32, u64), RequestError> {
        self.whole()?;
        Ok((self.members.len() as u32, self.projections.count as u32, self.neurons() as u32, self.step))
    }

    /// Returns the step time, ms, and the steps since the load.
    pub(crate) fn time(&self) -> (f64, u64) {
        (self.step_time, self.step)
    }

    /// Returns the number of neurons in all populations.
    pub(crate) fn neurons(&self) -> usize {
        self.members.iter().map(|member| member.body.neurons).sum()
    }

    /// Returns an error if the network has not arrived as a whole.
    fn whole(&self) -> Result<(), RequestError> {
        if self.loading.is_done() { Ok(()) } else { Err(wrong(NetworkProblem::Incomplete, 0)) }
    }

    /// Returns an error if the network cannot step.
    pub(crate) fn ready(&self) -> Result<(), RequestError> {
        self.whole()?;
        match (self.restoring, self.holding) {
            (Some(next), _) => Err(RequestError::Restoring { next: next as u32 }),
            (None, Some((_, next))) => Err(RequestError::Holding { next }),
            (None, None) => Ok(()),
        }
    }

    fn member(&self, population: u32) -> Result<&Member<COMPONENTS>, RequestError> {
        self.whole()?;
        self.members.get(population as usize).ok_or(wrong(NetworkProblem::Number, population as usize))
    }

    /// Makes a step with the spikes of inputs that have been set.
    #[inline(never)] // so that its frame is released before the reply is written
    pub(crate) fn step(&mut self, words: &mut [u32]) -> Result<(), RequestError> {
        self.ready()?;
        let step = self.step;
        for member in self.members.iter().filter(|member| member.kernel.is_none()) {
            member.body.take_input(words, step);
        }
        for number in self.order.iter().map(|number| usize::from(*number)) {
            let Some(Member { kernel: Some(kernel), body }) = self.members.get(number) else { continue };
            self.deliver(number, body.neurons, words);
            let draw = Draw { seed: self.seed, stimulus: 0, sample: self.sample, step };
            let (base, projections) = (self.base, self.projections);
            kernel.get().advance(Advance { words, base, body, number, projections, draw });
        }
        self.step = step.wrapping_add(1);
        Ok(())
    }

    /// Adds the weights of the spikes that arrive at a population to the sums of its projections.
    fn deliver(&self, number: usize, targets: usize, words: &mut [u32]) {
        let Some((front, back)) = words.split_at_mut_checked(self.base) else { return };
        for record in self.projections.all::<ProjectionRecord>(front) {
            let [from, to, _] = record.ends();
            let Some(source) = self.members.get(from).filter(|_| to == number) else { continue };
            let source = &source.body;
            let (begin, count, _) = source.array(Field::Spikes);
            let history =
                HistoryView::new(typed(front, begin, count), source.neurons, source.most_delay, source.planes);
            let begin = (record.sums as usize).wrapping_sub(self.base);
            let sums = match record.has_scalars() && cfg!(feature = "networks") {
                true => Sums::Scalars(typed_mut(back, begin, record.sum_count as usize)),
                false => Sums::Integers(typed_mut(back, begin, record.sum_count as usize)),
            };
            record.view(front, source.neurons, targets).deliver(history, self.step, 0, sums);
        }
    }

    /// Checks that bytes begin with the spikes of inputs for a number of steps or fewer.
    pub(crate) fn check_inputs(&self, mut bytes: &[u8]) -> Result<(), RequestError> {
        let mut step = 0;
        while !bytes.is_empty() {
            bytes = self.sets(bytes, &mut |_, _, _| ()).ok_or(wrong(NetworkProblem::Inputs, step))?;
            step += 1;
        }
        Ok(())
    }

    /// Sets the spikes of inputs for the next step; returns the bytes of further steps.
    pub(crate) fn set_inputs<'b>(&self, bytes: &'b [u8], words: &mut [u32]) -> &'b [u8] {
        if bytes.is_empty() {
            return bytes;
        }
        let mut put = |body: &Body, word: usize, bits: u32| {
            if let Some(place) = words.get_mut(body.outside + word) {
                *place |= bits;
            }
        };
        self.sets(bytes, &mut put).unwrap_or_default()
    }

    /// Reads the sets of a step: for every plane of every input. `None` if they are not sets, or if there is no input.
    #[inline(never)] // as there are two calls
    fn sets<'b>(&self, mut bytes: &'b [u8], put: &mut dyn FnMut(&Body, usize, u32)) -> Option<&'b [u8]> {
        let mut any = false;
        for Member { body, .. } in self.members.iter().filter(|member| member.kernel.is_none()) {
            for plane in 0..body.planes {
                let first = plane * body.row();
                bytes = spikes::read(bytes, body.neurons, &mut |word, bits| put(body, first + word, bits))?;
                any = true;
            }
        }
        any.then_some(bytes)
    }

    /// Writes the sets of the recorded populations in the last step to `out` from `at` on; returns the end, or `None` if
    /// they do not fit.
    pub(crate) fn record(&self, words: &[u32], out: &mut [u8], mut at: usize) -> Option<usize> {
        for (number, Member { body, .. }) in self.members.iter().enumerate() {
            if self.recorded >> number & 1 == 1 {
                at = spikes::encode(body.fired(words, self.step), body.neurons, out, at)?;
            }
        }
        Some(at)
    }

    /// Returns the greatest bytes of the record of a step.
    pub(crate) fn most_record(&self) -> usize {
        self.record_of(self.recorded)
    }

    fn record_of(&self, populations: u32) -> usize {
        let all = self.members.iter().enumerate().filter(|(number, _)| populations >> number & 1 == 1);
        all.map(|(_, member)| spikes::most(member.body.neurons)).sum()
    }

    /// Returns the spikes of the last step for the pins.
    pub(crate) fn pulses<'a>(&self, words: &'a [u32]) -> &'a [u32] {
        self.members.get(self.pulsed).map_or(&[], |member| member.body.fired(words, self.step))
    }

    /// Selects the populations to record, and the one whose spikes are on pins. `room` is that of a record.
    pub(crate) fn select(&mut self, recorded: u32, pulsed: u32, room: usize) -> Result<(), RequestError> {
        self.whole()?;
        let is_neurons = |number: usize| self.members.get(number).is_some_and(|member| member.kernel.is_some());
        let mut chosen = (0..u32::BITS as usize).filter(|number| recorded >> number & 1 == 1);
        if let Some(number) = chosen.find(|number| !is_neurons(*number)) {
            return Err(wrong(NetworkProblem::Number, number));
        }
        if !is_neurons(pulsed as usize) {
            return Err(wrong(NetworkProblem::Number, pulsed as usize));
        }
        let needed = self.record_of(recorded) + size_of::<u32>();
        if needed > room {
            return Err(RequestError::Beyond { capacity: Capacity::Bytes, given: needed as u32, most: room as u32 });
        }
        (self.recorded, self.pulsed) = (recorded, pulsed as usize);
        Ok(())
    }

    /// Takes currents of a population, or the spikes of an input for the next step.
    pub(crate) fn hold(
        &mut self,
        population: u32,
        first: u32,
        more: bool,
        currents: &[u8],
        words: &mut [u32],
    ) -> Result<(), RequestError> {
        let Member { kernel, body } = self.member(population)?;
        if kernel.is_none() {
            let mut rest = Some(currents);
            for _ in 0..body.planes {
                rest = rest.and_then(|rest| spikes::read(rest, body.neurons, &mut |_, _| ()));
            }
            if rest != Some(&[]) || more || first > 0 {
                return Err(wrong(NetworkProblem::Inputs, 0));
            }
            let (mut rest, row) = (currents, body.row());
            for plane in 0..body.planes {
                let Some(place) = words.get_mut(body.outside + plane * row..).and_then(|all| all.get_mut(..row)) else {
                    break;
                };
                rest = spikes::decode(rest, body.neurons, place).unwrap_or_default();
            }
            return Ok(());
        }
        let size = body.size;
        self.write(population, Field::Current, first, currents, words)?;
        let count = currents.len().checked_div(size).unwrap_or(0);
        // The population has no old currents beside these, so that it does not step in between.
        self.holding = more.then_some((population, first.saturating_add(count as u32)));
        Ok(())
    }

    /// Sets all held currents to 0.
    pub(crate) fn release(&mut self, words: &mut [u32]) {
        for Member { body, .. } in &self.members {
            words.get_mut(body.outside..body.history).unwrap_or_default().fill(0);
        }
        self.holding = None;
    }

    /// Reads part of an array into `out` and returns the number of bytes.
    pub(crate) fn read(
        &self,
        (population, field): (u32, Field),
        (first, count): (u32, u32),
        words: &[u32],
        out: &mut [u8],
    ) -> Result<usize, RequestError> {
        let Member { body, .. } = self.member(population)?;
        let (_, length, size) = body.array(field);
        crate::population::range(first, count as usize, length)?;
        let bytes = count as usize * size;
        if bytes > out.len() {
            let (given, most) = (bytes as u32, out.len() as u32);
            return Err(RequestError::Beyond { capacity: Capacity::Bytes, given, most });
        }
        let all = body.bytes(field, words).get(first as usize * size..).unwrap_or_default();
        out.iter_mut().zip(all).take(bytes).for_each(|(to, from)| *to = *from);
        Ok(bytes)
    }

    /// Writes part of an array.
    pub(crate) fn write(
        &mut self,
        population: u32,
        field: Field,
        first: u32,
        values: &[u8],
        words: &mut [u32],
    ) -> Result<(), RequestError> {
        let member = self.member(population)?;
        let (begin, length, size) = member.body.array(field);
        if !values.len().is_multiple_of(size.max(1)) {
            return Err(RequestError::Length { given: values.len() as u32, expected: size as u32 });
        }
        crate::population::range(first, values.len() / size.max(1), length)?;
        let longest = member.body.longest(words);
        if let Some(index) = member.unfit(field, first as usize, values, words, longest, false) {
            let index = first + index as u32;
            return Err(match field {
                Field::Current => RequestError::Current { neuron: index },
                _ => RequestError::Value { index },
            });
        }
        let bytes = typed_mut::<u8>(words, begin, length * size).get_mut(first as usize * size..).unwrap_or_default();
        bytes.iter_mut().zip(values).for_each(|(to, from)| *to = *from);
        Ok(())
    }

    /// Returns every population to its beginning. Currents from outside stay.
    pub(crate) fn clear(&mut self, keep_adaptations: bool, words: &mut [u32]) -> Result<(), RequestError> {
        self.whole()?;
        if self.restoring.is_some() || self.holding.is_some() {
            self.release(words);
        }
        let keep_adaptations = keep_adaptations && self.restoring.is_none();
        words.get_mut(self.base..).unwrap_or_default().fill(0);
        for member in &self.members {
            member.rest(keep_adaptations, words);
        }
        (self.restoring, self.holding) = (None, None);
        Ok(())
    }

    /// Returns the checksum of the state.
    pub(crate) fn digest(&self, words: &[u32]) -> u32 {
        let mut digest = packet::CRC.digest();
        for Member { body, .. } in &self.members {
            for field in Field::ALL.into_iter().filter(|field| *field != Field::Current) {
                digest.update(body.bytes(field, words));
            }
        }
        digest.finalize()
    }

    /// Returns the bytes of a snapshot.
    fn total(&self) -> usize {
        let mut total = HEADER;
        self.each_array(&mut |member, field, _| {
            let (_, count, size) = member.body.array(field);
            total += count * size;
        });
        total
    }

    /// Returns the header of a snapshot: format, bytes of a value, populations, planes; neurons (4 bytes) and steps (8
    /// bytes).
    fn header(&self) -> [u8; HEADER] {
        let (mut size, mut planes) = (0, 0);
        for Member { body, .. } in &self.members {
            (size, planes) = (size.max(body.size), planes + body.planes);
        }
        let fields = [FORMAT, size as u8, self.members.len() as u8, planes as u8];
        let neurons = (self.neurons() as u32).to_le_bytes();
        let mut header = [0; HEADER];
        let bytes = fields.into_iter().chain(neurons).chain(self.step.to_le_bytes());
        header.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
        header
    }

    /// Calls `each` with the bytes of a snapshot's arrays, and the index of the first of them.
    #[inline(never)] // as there are several calls
    fn each_array(&self, each: &mut dyn FnMut(&Member<COMPONENTS>, Field, usize)) {
        let mut at = HEADER;
        for member in &self.members {
            for field in Field::ALL {
                each(member, field, at);
                let (_, count, size) = member.body.array(field);
                at += count * size;
            }
        }
    }

    /// Fills `out` with a snapshot's bytes from `first` on.
    ///
    /// Returns the number of bytes written, and the length of the whole snapshot.
    pub(crate) fn snapshot(&self, first: u32, words: &[u32], out: &mut [u8]) -> Result<(usize, usize), RequestError> {
        self.ready()?;
        let (total, first) = (self.total(), first as usize);
        if first > total {
            return Err(RequestError::Range { first: first as u32, count: 0, length: total as u32 });
        }
        let count = out.len().min(total - first);
        let out = out.get_mut(..count).unwrap_or_default();
        copy(&self.header(), 0, out, first);
        self.each_array(&mut |member, field, at| copy(member.body.bytes(field, words), at, out, first));
        Ok((count, total))
    }

    /// Takes part of a snapshot. No step is possible between the first part and the last.
    pub(crate) fn restore(&mut self, first: u32, bytes: &[u8], words: &mut [u32]) -> Result<(), RequestError> {
        self.whole()?;
        let (total, first) = (self.total(), first as usize);
        let expected = if first == 0 { 0 } else { self.restoring.ok_or(RequestError::Snapshot)? };
        let end = first.checked_add(bytes.len()).filter(|end| *end <= total && first == expected);
        let (Some(end), false) = (end, bytes.is_empty()) else {
            return Err(RequestError::Snapshot);
        };
        if first == 0 {
            let step = bytes.get(8..HEADER).ok_or(RequestError::Snapshot)?;
            let step = step.iter().rev().fold(0, |step, byte| step << 8 | u64::from(*byte));
            if bytes.get(..8) != self.header().get(..8) || step > MOST_STEPS {
                return Err(RequestError::Snapshot);
            }
            (self.step, self.holding) = (step, None);
        }
        self.each_array(&mut |member, field, at| {
            let (begin, count, size) = member.body.array(field);
            copy(bytes, first, typed_mut(words, begin, count * size), at);
        });
        self.restoring = Some(end);
        if end == total { self.finish_restoring(words) } else { Ok(()) }
    }

    /// Checks that the state can have every value. If not, the restore is not finished.
    fn finish_restoring(&mut self, words: &[u32]) -> Result<(), RequestError> {
        let mut found = None;
        self.each_array(&mut |member, field, _| {
            let unfit = member.unfit(field, 0, member.body.bytes(field, words), words, 0, true);
            found = found.or(unfit);
        });
        match found {
            None => {
                self.restoring = None;
                Ok(())
            }
            Some(index) => {
                self.restoring = Some(0);
                Err(RequestError::Value { index: index as u32 })
            }
        }
    }
}

/// Copies the bytes that are in both of two parts of the same whole, which begin at these indices of it.
#[inline(never)] // as there are several calls
fn copy(from: &[u8], from_first: usize, to: &mut [u8], to_first: usize) {
    let first = from_first.max(to_first);
    let from = from.get(first - from_first..).unwrap_or_default();
    let to = to.get_mut(first - to_first..).unwrap_or_default();
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
}

impl Body {
    /// Takes the spikes from outside for step `step`, and forgets them.
    fn take_input(&self, words: &mut [u32], step: u64) {
        let words = words.get_mut(self.outside..self.end).unwrap_or_default();
        let (outside, history) = words.split_at_mut_checked(self.history - self.outside).unwrap_or_default();
        if let Some(mut history) = History::new(history, self.neurons, self.most_delay, self.planes) {
            history.record(step).iter_mut().zip(&*outside).for_each(|(to, from)| *to = *from);
        }
        outside.fill(0);
    }
}

impl<const COMPONENTS: usize> Member<COMPONENTS> {
    /// Returns membranes to where they begin, and forgets spikes.
    fn rest(&self, keep_adaptations: bool, words: &mut [u32]) {
        let Self { kernel, body } = self;
        if let Some(kernel) = kernel {
            kernel.get().clear(body.cells(words), &body.layout(), body.initial_v, keep_adaptations);
        }
        words.get_mut(body.history..body.end).unwrap_or_default().fill(0);
    }

    /// Returns the index of the first value that an array cannot have, from value `first` on. Refractory counts may be
    /// `longest`, if that is longer than a period.
    fn unfit(
        &self,
        field: Field,
        first: usize,
        values: &[u8],
        words: &[u32],
        longest: u16,
        reached: bool,
    ) -> Option<usize> {
        let Self { kernel, body } = self;
        if field == Field::Spikes {
            // No spike of a neuron that does not exist.
            let (row, last) = (body.row(), body.neurons % WORD);
            let beyond = |(at, word): (usize, &[u8; 4])| {
                (first + at) % row.max(1) + 1 == row && last > 0 && u32::from_le_bytes(*word) >> last != 0
            };
            return values.as_chunks().0.iter().enumerate().position(beyond);
        }
        let kernel = kernel.as_ref()?.get();
        let own = body.own(words);
        match field {
            Field::Refractory => too_long(values, kernel.period(own).max(longest)),
            // With the currents of a synapse, those from outside must leave room for it.
            Field::Current if body.has_currents => {
                kernel.unfit(Field::Synapse, values, (first, body.neurons), own, reached)
            }
            Field::Synapse => {
                let mut place = first;
                values.chunks_exact(body.size.max(1)).position(|value| {
                    let neuron = place.checked_rem(body.neurons).unwrap_or(0);
                    place += 1;
                    kernel.unfit(Field::Synapse, value, (neuron, body.neurons), own, reached).is_some()
                })
            }
            _ => kernel.unfit(field, values, (first, body.neurons), own, reached),
        }
    }
}
