//! The loaded population, and every operation that a request can perform on it.
//!
//! Each method either succeeds completely, or returns an error and changes nothing. The exception is the last
//! part of a snapshot to restore.

use glif_core::params::MOST_COMPONENTS;
use glif_core::spec::{ParamTable, Parameter, ParameterSet};
use glif_core::spikes::WORD;
use glif_core::{ParamError, Problem, Refractory, StepOptions, heapless};
use glif_link::message::{MOST_STEPS, SNAPSHOT_HEADER as HEADER};
use glif_link::request_error::Errors;
use glif_link::{Capacity, Field, Model, RequestError, spikes};

use crate::cells::{Cells, CellsMut, Layout};
use crate::hold::Pending;
use crate::kernel::{Kernel, Own, SMALL, Step, too_long};
use crate::kernels::AnyKernel;

/// A population, or the room for one.
pub(crate) struct Population<'n, const WORDS: usize, const COMPONENTS: usize> {
    loaded: Option<Loaded<COMPONENTS>>,
    pub(crate) cells: Cells<'n, WORDS, COMPONENTS>,
    /// Partly received currents.
    pub(crate) pending: Option<Pending>,
    /// The spikes of the last step.
    spikes: &'n mut [u32],
    /// The next byte of a partly received snapshot.
    restoring: Option<usize>,
    /// Whether that snapshot has refractory counts longer than a period.
    longer: bool,
}

struct Loaded<const COMPONENTS: usize> {
    model: Model,
    kernel: AnyKernel<COMPONENTS>,
    step: u64,
    /// Words of the spikes of a step, computed once and not in each step.
    words: usize,
    /// The first neuron whose own parameters have not arrived.
    next: u32,
}

impl<const COMPONENTS: usize> Loaded<COMPONENTS> {
    /// Derives the kernel of the model anew, and converts the refractory counts to it. Nothing is changed if that
    /// fails.
    #[inline(never)] // so that the caller holds no second kernel
    fn derive_again(&mut self, cells: CellsMut<'_>) -> Result<(), RequestError> {
        let mut next = None;
        AnyKernel::<COMPONENTS>::derive(&self.model, &mut next)?;
        let Some(next) = &next else { return Err(RequestError::NotLoaded) }; // never
        let (from, to) = (self.kernel.get(), next.get());
        let Some(counts) = cells.refractory.get_mut(..self.model.neurons as usize) else {
            return Err(RequestError::NotLoaded);
        };
        let moved = |count: &Refractory| to.count_of(from.remaining(count.steps()));
        if let Some(neuron) = counts.iter().position(|count| moved(count).is_none()) {
            return Err(too_many_steps(neuron, counts.get(neuron).map_or(0.0, |count| from.remaining(count.steps()))));
        }
        for count in counts.iter_mut() {
            *count = Refractory::new(moved(count).unwrap_or(Refractory::MOST), count.fired());
        }
        self.kernel = *next;
        Ok(())
    }
}

/// Version of the snapshot format.
const FORMAT: u8 = 1;
/// Index of the header byte that says whether a count is longer than a period.
const LONGER: usize = 3;

impl<'n, const WORDS: usize, const COMPONENTS: usize> Population<'n, WORDS, COMPONENTS> {
    /// Maximum number of neurons.
    pub(crate) const NEURONS: usize = Cells::<'static, WORDS, COMPONENTS>::BLOCKS * WORD;

    pub(crate) fn new(words: &'n mut [u32; WORDS]) -> Self {
        let (cells, spikes) = Cells::split(words);
        Self { loaded: None, cells, pending: None, spikes, restoring: None, longer: false }
    }

    /// Loads a model, with membranes where they begin, and without current.
    // Not inlined, so that its stack frame is released before a step runs.
    #[inline(never)]
    pub(crate) fn load(&mut self, model: &Model, bytes: usize) -> Result<(), RequestError> {
        let beyond = |capacity, given, most| RequestError::Beyond { capacity, given, most: most as u32 };
        if model.neurons == 0 {
            return Err(RequestError::Empty);
        }
        if model.neurons as usize > Self::NEURONS {
            return Err(beyond(Capacity::Neurons, model.neurons, Self::NEURONS));
        }
        // The spikes and the checksum of a step must fit in a reply.
        let needed = spikes::most(model.neurons as usize) + size_of::<u32>();
        if needed > bytes {
            return Err(beyond(Capacity::Bytes, needed as u32, bytes));
        }
        if !model.spec.params.is_whole() {
            return Err(RequestError::Malformed);
        }
        let words = (model.neurons as usize).div_ceil(WORD);
        let mut kernel = None;
        AnyKernel::derive(model, &mut kernel)?;
        let Some(kernel) = &kernel else { return Err(RequestError::NotLoaded) }; // never
        self.place_own(model, kernel.get())?;
        let next = if model.own.is_empty() { model.neurons } else { 0 };
        self.loaded = Some(Loaded { model: model.clone(), kernel: *kernel, step: 0, words, next });
        // A population without its own parameters is like one that is partly restored.
        self.restoring = self.whole().is_err().then_some(0);
        self.release();
        self.rest();
        Ok(())
    }

    /// Determines where the own coefficients of a model's neurons are. Returns an error if they do not fit.
    #[inline(never)] // see `load`
    fn place_own(&mut self, model: &Model, kernel: &dyn Kernel) -> Result<(), RequestError> {
        let (neurons, components) = (model.neurons as usize, kernel.components());
        let layout = Layout { neurons, components, size: kernel.size(), own: 0 };
        let most = Cells::<WORDS, COMPONENTS>::WORDS.saturating_sub(layout.component_words());
        match kernel.own(model) {
            Some(own) if own.words() <= most => {
                self.cells.own = own;
                Ok(())
            }
            own => {
                let words = own.map(|own| own.words());
                let [given, most] =
                    [words.unwrap_or(usize::MAX), most].map(|words| words.saturating_mul(size_of::<u32>()));
                Err(RequestError::Beyond { capacity: Capacity::Own, given: given as u32, most: most as u32 })
            }
        }
    }

    /// Returns a population that has just been loaded to rest.
    fn rest(&mut self) {
        if let (Some(loaded), Ok((_, layout))) = (&self.loaded, self.kernel()) {
            let initial_v = loaded.model.spec.params.initial_v();
            loaded.kernel.get().clear(self.cells.lend(), &layout, initial_v, false);
        }
        self.spikes.fill(0);
    }

    /// Gives neurons from `first` on their own parameters.
    #[inline(never)] // see `load`
    pub(crate) fn own(&mut self, first: u32, values: &[u8]) -> Result<(), RequestError> {
        let (_, layout) = self.kernel()?;
        let loaded = self.loaded.as_mut().ok_or(RequestError::NotLoaded)?;
        let bytes = loaded.model.own_values() * size_of::<f64>();
        let length = if bytes == 0 { 0 } else { layout.neurons };
        let count = values.len().checked_div(bytes).unwrap_or(0);
        range(first, count.max(1), length)?;
        if first != loaded.next {
            return Err(RequestError::Own { next: loaded.next });
        }
        if count * bytes != values.len() || values.is_empty() {
            return Err(RequestError::Length { given: values.len() as u32, expected: bytes as u32 });
        }
        let (cells, own) = self.cells.lend().into_own(layout.component_words());
        let mut spec = loaded.model.spec.clone();
        for (row, neuron) in values.chunks_exact(bytes.max(1)).zip(first as usize..) {
            set_row(&mut spec.params, &loaded.model.own, row);
            loaded.kernel.get().set_own(&spec, neuron, (cells.own, &mut *own))?;
        }
        loaded.next = first + count as u32;
        if loaded.next == loaded.model.neurons {
            self.restoring = None;
            self.rest();
        }
        Ok(())
    }

    /// Forgets the population.
    pub(crate) fn drop_all(&mut self) {
        (self.loaded, self.pending, self.restoring) = (None, None, None);
    }

    /// Returns the model and the steps since the load.
    pub(crate) fn describe(&self) -> Result<(&Model, u64), RequestError> {
        self.loaded.as_ref().map(|loaded| (&loaded.model, loaded.step)).ok_or(RequestError::NotLoaded)
    }

    /// Returns the number of neurons; 0 if no population is loaded.
    pub(crate) fn neurons(&self) -> usize {
        self.loaded.as_ref().map_or(0, |loaded| loaded.model.neurons as usize)
    }

    pub(crate) fn kernel(&self) -> Result<(&dyn Kernel, Layout), RequestError> {
        let loaded = self.loaded.as_ref().ok_or(RequestError::NotLoaded)?;
        let kernel = loaded.kernel.get();
        let neurons = loaded.model.neurons as usize;
        let layout =
            Layout { neurons, components: kernel.components(), size: kernel.size(), own: self.cells.own.words() };
        Ok((kernel, layout))
    }

    /// Returns the own coefficients of the neurons.
    fn own_of(&self, layout: &Layout) -> Own<'_> {
        Own { layout: &self.cells.own, words: self.cells.own_words(layout.component_words()) }
    }

    /// Returns an error if a neuron does not have its own parameters yet.
    fn whole(&self) -> Result<(), RequestError> {
        match &self.loaded {
            Some(loaded) if loaded.next < loaded.model.neurons => Err(RequestError::Own { next: loaded.next }),
            _ => Ok(()),
        }
    }

    /// Returns an error if the population cannot step.
    pub(crate) fn ready(&self) -> Result<(), RequestError> {
        match (&self.loaded, self.restoring, &self.pending) {
            (None, ..) => Err(RequestError::NotLoaded),
            (_, Some(next), _) => {
                self.whole()?;
                Err(RequestError::Restoring { next: next as u32 })
            }
            (_, _, Some(pending)) if pending.in_place => Err(RequestError::Holding { next: pending.next() }),
            _ => Ok(()),
        }
    }

    /// Does one step with the held currents and returns its spikes.
    pub(crate) fn step(&mut self) -> Result<&[u32], RequestError> {
        self.ready()?;
        let loaded = self.loaded.as_mut().ok_or(RequestError::NotLoaded)?;
        let (neurons, options) = (loaded.model.neurons as usize, loaded.model.spec.options);
        // Always succeeds: `load` has counted these words.
        let spikes = self.spikes.get_mut(..loaded.words).ok_or(RequestError::NotLoaded)?;
        let step = loaded.step;
        loaded.step = step.wrapping_add(1);
        loaded.kernel.step(Step { cells: &mut self.cells, neurons, options, step, spikes });
        Ok(spikes)
    }

    /// Returns the spikes of the last step.
    pub(crate) fn fired(&self) -> &[u32] {
        self.loaded.as_ref().map_or(&[], |loaded| self.spikes.get(..loaded.words).unwrap_or_default())
    }

    /// Writes part of an array.
    pub(crate) fn write(&mut self, field: Field, first: u32, values: &[u8]) -> Result<(), RequestError> {
        self.write_at(field, first, values, (field, 0))
    }

    /// Writes values of `field` to another place, where value 0 is at the given byte.
    ///
    /// `field` determines which values are valid.
    pub(crate) fn write_at(
        &mut self,
        field: Field,
        first: u32,
        values: &[u8],
        (place, offset): (Field, usize),
    ) -> Result<(), RequestError> {
        self.whole()?;
        let (kernel, layout) = self.kernel()?;
        let (length, size) = layout.extent(field);
        if !values.len().is_multiple_of(size.max(1)) {
            return Err(RequestError::Length { given: values.len() as u32, expected: size as u32 });
        }
        let count = values.len() / size.max(1);
        range(first, count, length)?;
        let unfit = match field {
            // An earlier, longer step time may have left counts beyond the period, which must not be refused.
            Field::Refractory => {
                let period = kernel.period(self.own_of(&layout));
                too_long(values, period.max(self.cells.longest(layout.neurons)))
            }
            _ => kernel.unfit(field, values, (first as usize, layout.neurons), self.own_of(&layout), false),
        };
        if let Some(index) = unfit {
            let index = first + index as u32;
            return Err(match field {
                Field::Current => RequestError::Current { neuron: index },
                _ => RequestError::Value { index },
            });
        }
        for (i, byte) in values.iter().enumerate() {
            self.cells.set_byte(place, offset + first as usize * size + i, *byte);
        }
        Ok(())
    }

    /// Writes the currents of all neurons.
    pub(crate) fn hold_all(&mut self, currents: &[u8]) -> Result<(), RequestError> {
        let (_, layout) = self.kernel()?;
        let expected = layout.neurons * layout.size;
        if currents.len() != expected {
            return Err(RequestError::Length { given: currents.len() as u32, expected: expected as u32 });
        }
        self.hold(0, false, currents)
    }

    /// Reads part of an array into `out` and returns the number of bytes.
    pub(crate) fn read(&self, field: Field, first: u32, count: u32, out: &mut [u8]) -> Result<usize, RequestError> {
        let (_, layout) = self.kernel()?;
        let (length, size) = layout.extent(field);
        range(first, count as usize, length)?;
        let bytes = count as usize * size;
        let Some(room) = out.get_mut(..bytes) else {
            let (given, most) = (bytes as u32, out.len() as u32);
            return Err(RequestError::Beyond { capacity: Capacity::Bytes, given, most });
        };
        for (i, byte) in room.iter_mut().enumerate() {
            *byte = self.cells.byte(field, first as usize * size + i);
        }
        Ok(bytes)
    }

    /// Returns the population to its beginning.
    pub(crate) fn clear(&mut self, keep_adaptations: bool) -> Result<(), RequestError> {
        self.whole()?;
        let (_, layout) = self.kernel()?;
        let loaded = self.loaded.as_ref().ok_or(RequestError::NotLoaded)?;
        let kernel = loaded.kernel.get();
        // Part of a snapshot is not worth keeping, and its values have not been checked.
        let initial_v = loaded.model.spec.params.initial_v();
        kernel.clear(self.cells.lend(), &layout, initial_v, keep_adaptations && self.restoring.is_none());
        if self.restoring.is_some() || self.pending.is_some_and(|pending| pending.in_place) {
            self.release();
        }
        self.spikes.fill(0);
        self.restoring = None;
        self.pending = None;
        Ok(())
    }

    /// Sets a new step time, ms. The remaining time of each refractory period stays the same in milliseconds.
    #[inline(never)] // see `load`
    pub(crate) fn set_step_time(&mut self, step_time: f64) -> Result<(), RequestError> {
        self.ready()?;
        let loaded = self.loaded.as_mut().ok_or(RequestError::NotLoaded)?;
        if !loaded.model.own.is_empty() {
            return Err(RequestError::OwnStepTime); // the board does not keep the parameters
        }
        let before = loaded.model.spec.step_time();
        // Neither can fail: every model has a step time.
        _ = loaded.model.spec.params.set(Parameter::StepTime, &[step_time]);
        let done = loaded.derive_again(self.cells.lend());
        if done.is_err() {
            _ = loaded.model.spec.params.set(Parameter::StepTime, &[before]);
        }
        done
    }

    /// Sets the step options.
    pub(crate) fn set_options(&mut self, options: StepOptions) -> Result<(), RequestError> {
        let loaded = self.loaded.as_mut().ok_or(RequestError::NotLoaded)?;
        let spec = &mut loaded.model.spec;
        let errors: Errors = spec.implied(options).take(Errors::new().capacity()).collect();
        if !errors.is_empty() {
            return Err(RequestError::Parameters { errors, more: 0 });
        }
        let before = core::mem::replace(&mut spec.options, options);
        if SMALL && loaded.model.own.is_empty() {
            // The options select the kernel. Own parameters have the same one for all options.
            let mut kernel = None;
            let derived = AnyKernel::<COMPONENTS>::derive(&loaded.model, &mut kernel);
            match &kernel {
                Some(kernel) => loaded.kernel = *kernel,
                None => {
                    loaded.model.spec.options = before;
                    return derived;
                }
            }
        }
        Ok(())
    }

    /// Fills `out` with a snapshot's bytes from `first` on.
    ///
    /// Returns the number of bytes written, and the length of the whole snapshot.
    pub(crate) fn snapshot(&self, first: u32, out: &mut [u8]) -> Result<(usize, usize), RequestError> {
        self.ready()?;
        let (_, layout) = self.kernel()?;
        let total = HEADER + layout.total();
        let first = first as usize;
        if first > total {
            return Err(RequestError::Range { first: first as u32, count: 0, length: total as u32 });
        }
        let header = self.header(&layout);
        let count = out.len().min(total - first);
        for (at, byte) in (first..total).zip(out.iter_mut()) {
            *byte = match (header.get(at), Cells::<WORDS, COMPONENTS>::locate(&layout, at.saturating_sub(HEADER))) {
                (Some(byte), _) => *byte,
                (None, Some((field, at))) => self.cells.byte(field, at),
                (None, None) => 0,
            };
        }
        Ok((count, total))
    }

    /// Returns the header of a snapshot.
    ///
    /// It has the format, scalar, components, whether a count is longer than a period, neurons (4 bytes) and
    /// steps (8 bytes).
    fn header(&self, layout: &Layout) -> [u8; HEADER] {
        let (scalar, step) =
            self.loaded.as_ref().map_or((0, 0), |loaded| (loaded.model.spec.scalar as u8, loaded.step));
        let mut header = [0; HEADER];
        let neurons = (layout.neurons as u32).to_le_bytes();
        let period = self.kernel().map_or(0, |(kernel, layout)| kernel.period(self.own_of(&layout)));
        let longer = u8::from(self.cells.longest(layout.neurons) > period);
        let fields =
            [FORMAT, scalar, layout.components as u8, longer].into_iter().chain(neurons).chain(step.to_le_bytes());
        header.iter_mut().zip(fields).for_each(|(to, from)| *to = from);
        header
    }

    /// Takes part of a snapshot. No step is possible between the first part and the last.
    pub(crate) fn restore(&mut self, first: u32, bytes: &[u8]) -> Result<(), RequestError> {
        self.whole()?;
        let (_, layout) = self.kernel()?;
        let total = HEADER + layout.total();
        let first = first as usize;
        let expected = if first == 0 { 0 } else { self.restoring.ok_or(RequestError::Snapshot)? };
        let end = first.checked_add(bytes.len()).filter(|end| *end <= total && first == expected);
        let (Some(end), false) = (end, bytes.is_empty()) else {
            return Err(RequestError::Snapshot);
        };
        if first == 0 {
            self.begin_restoring(&layout, bytes)?;
            self.pending = None;
        }
        for (at, byte) in (first..end).zip(bytes).filter(|(at, _)| *at >= HEADER) {
            if let Some((field, at)) = Cells::<WORDS, COMPONENTS>::locate(&layout, at - HEADER) {
                self.cells.set_byte(field, at, *byte);
            }
        }
        self.restoring = Some(end);
        if end == total { self.finish_restoring() } else { Ok(()) }
    }

    /// Checks the header of a snapshot and takes over its steps.
    ///
    /// It must be equal to the header of this population, except for the steps and the byte about longer
    /// counts.
    fn begin_restoring(&mut self, layout: &Layout, bytes: &[u8]) -> Result<(), RequestError> {
        let (ours, step) = (self.header(layout), bytes.get(8..HEADER).ok_or(RequestError::Snapshot)?);
        let Some(longer @ 0..=1) = bytes.get(LONGER) else {
            return Err(RequestError::Snapshot);
        };
        let other = |(i, (theirs, ours)): (usize, (&u8, &u8))| i != LONGER && theirs != ours;
        if bytes.iter().zip(&ours).take(8).enumerate().any(other) {
            return Err(RequestError::Snapshot);
        }
        let step = step.iter().rev().fold(0, |step, byte| step << 8 | u64::from(*byte));
        if step > MOST_STEPS {
            return Err(RequestError::Snapshot);
        }
        self.loaded.as_mut().ok_or(RequestError::NotLoaded)?.step = step;
        self.longer = *longer == 1;
        Ok(())
    }

    /// Checks that the state can have every value. If not, the restore is not finished.
    fn finish_restoring(&mut self) -> Result<(), RequestError> {
        let (kernel, layout) = self.kernel()?;
        let own = self.own_of(&layout);
        let period = kernel.period(own);
        let longer = self.cells.longest(layout.neurons) > period;
        let allowed = if self.longer { Refractory::MOST } else { period };
        for field in Field::ALL {
            let (length, size) = layout.extent(field);
            for index in 0..length {
                let mut value = [0; 4];
                for (i, byte) in value.iter_mut().enumerate() {
                    *byte = self.cells.byte(field, index * size + i);
                }
                let value = value.get(..size).unwrap_or_default();
                let unfit = match field {
                    Field::Refractory => too_long(value, allowed),
                    _ => kernel.unfit(field, value, (index, layout.neurons), own, true),
                };
                if unfit.is_some() {
                    self.restoring = Some(0);
                    return Err(RequestError::Value { index: index as u32 });
                }
            }
        }
        if self.longer && !longer {
            self.restoring = Some(0);
            return Err(RequestError::Snapshot);
        }
        self.restoring = None;
        Ok(())
    }

    /// Returns the checksum of the state.
    pub(crate) fn digest(&self) -> u32 {
        self.kernel().map_or(0, |(_, layout)| self.cells.digest(&layout))
    }
}

/// Sets the own parameters of a neuron.
#[inline(never)] // so that its values are not on the stack while coefficients are derived
pub(crate) fn set_row(params: &mut ParamTable, own: &ParameterSet, row: &[u8]) {
    let mut row = row.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes));
    for parameter in own.iter() {
        let count = params.get(parameter).len();
        let mut values = heapless::Vec::<f64, MOST_COMPONENTS>::new();
        for value in row.by_ref().take(count) {
            _ = values.push(value); // there are at most as many as components
        }
        // The model has the parameter, with as many values.
        _ = params.set(parameter, &values);
    }
}

/// Returns an error if a range exceeds its array.
pub(crate) fn range(first: u32, count: usize, length: usize) -> Result<(), RequestError> {
    match (first as usize).checked_add(count) {
        Some(end) if end <= length => Ok(()),
        _ => Err(RequestError::Range { first, count: count as u32, length: length as u32 }),
    }
}

/// Returns the error for a remaining refractory time whose count does not fit under a new step time.
fn too_many_steps(neuron: usize, left: f64) -> RequestError {
    let problem = Problem::TooManySteps { most: Refractory::MOST };
    let error = ParamError::of_refrac(neuron, left, problem);
    let mut errors = Errors::new();
    // There is room for one error.
    _ = errors.push(error);
    RequestError::Parameters { errors, more: 0 }
}
