//! What is loaded: a population alone, or a network. Both have the same memory.

use glif_core::StepOptions;
use glif_link::network::Part;
use glif_link::{Field, Model, NetworkProblem, Reply, RequestError, spikes};

use crate::network::{NETWORKS, Network};
use crate::outputs::Outputs;
use crate::population::Population;

/// A population alone, a network, or room for one of them.
pub(crate) struct Contents<'n, const WORDS: usize, const COMPONENTS: usize> {
    pub(crate) population: Population<'n, WORDS, COMPONENTS>,
    /// Its arrays are the words of the population.
    network: &'n mut Network<COMPONENTS>,
}

impl<'n, const WORDS: usize, const COMPONENTS: usize> Contents<'n, WORDS, COMPONENTS> {
    /// Nothing is loaded.
    pub(crate) fn new(words: &'n mut [u32; WORDS], network: &'n mut Network<COMPONENTS>) -> Self {
        network.drop_all();
        Self { population: Population::new(words), network }
    }

    /// Whether a network is loaded, wholly or in part.
    pub(crate) fn has_network(&self) -> bool {
        NETWORKS && self.network.is_begun()
    }

    /// Returns an error if a network is loaded.
    fn alone(&mut self, population: u32) -> Result<&mut Population<'n, WORDS, COMPONENTS>, RequestError> {
        match (self.has_network(), population) {
            (true, _) => Err(RequestError::InNetwork),
            (false, 1..) => Err(RequestError::NoNetwork),
            (false, 0) => Ok(&mut self.population),
        }
    }

    /// Returns an error if a population is loaded alone, or nothing.
    fn network(&mut self) -> Result<(&mut Network<COMPONENTS>, &mut [u32]), RequestError> {
        if !self.has_network() {
            self.population.describe()?; // or nothing is loaded
            return Err(RequestError::NoNetwork);
        }
        Ok((&mut *self.network, self.population.cells.words))
    }

    /// Returns the number of neurons; 0 if nothing is loaded.
    pub(crate) fn neurons(&self) -> usize {
        if self.has_network() { self.network.neurons() } else { self.population.neurons() }
    }

    /// Returns the number of words for the arrays of a network.
    pub(crate) fn words(&self) -> usize {
        self.population.cells.words.len()
    }

    pub(crate) fn describe(&self) -> Result<Reply<'static>, RequestError> {
        if self.has_network() {
            let (populations, projections, neurons, step) = self.network.describe()?;
            return Ok(Reply::LoadedNetwork { populations, projections, neurons, step });
        }
        self.population.describe().map(|(model, step)| Reply::Loaded { model: model.clone(), step })
    }

    /// Returns the step time, ms, and the steps since the load.
    pub(crate) fn time(&self) -> (f64, u64) {
        match self.has_network() {
            true => self.network.time(),
            false => self.population.describe().map_or((0.0, 0), |(model, step)| (model.spec.step_time(), step)),
        }
    }

    /// Loads a population; `room` is that of the bytes of a reply.
    pub(crate) fn load(&mut self, model: &Model, room: usize) -> Result<(), RequestError> {
        self.population.load(model, room)?;
        self.network.drop_all();
        Ok(())
    }

    /// Takes a part of a network.
    pub(crate) fn part(&mut self, part: &Part<'_>, room: usize) -> Result<(), RequestError> {
        let begins = matches!(part, Part::Begin { .. });
        if !NETWORKS {
            return Err(RequestError::Network { problem: NetworkProblem::Format, index: 0 });
        }
        if !begins && !self.has_network() {
            self.population.describe()?; // nothing is loaded
        }
        self.network.part(part, self.population.cells.words, room)?;
        if begins {
            self.population.drop_all();
        }
        Ok(())
    }

    pub(crate) fn select(&mut self, recorded: u32, pulsed: u32, room: usize) -> Result<(), RequestError> {
        self.network()?.0.select(recorded, pulsed, room)
    }

    /// Returns an error if no step is possible.
    pub(crate) fn ready(&self) -> Result<(), RequestError> {
        if self.has_network() { self.network.ready() } else { self.population.ready() }
    }

    /// Checks the spikes of inputs for some steps.
    pub(crate) fn check_inputs(&mut self, inputs: &[u8]) -> Result<(), RequestError> {
        if inputs.is_empty() { Ok(()) } else { self.network()?.0.check_inputs(inputs) }
    }

    /// Sets the spikes of inputs for the next step; returns the bytes of further steps.
    pub(crate) fn set_inputs<'b>(&mut self, inputs: &'b [u8]) -> &'b [u8] {
        if self.has_network() { self.network.set_inputs(inputs, self.population.cells.words) } else { inputs }
    }

    /// Does one step, and shows its spikes on the outputs.
    #[inline(always)]
    pub(crate) fn step(&mut self, outputs: &mut impl Outputs) -> Result<(), RequestError> {
        if self.has_network() {
            let words = &mut *self.population.cells.words;
            self.network.step(words)?;
            outputs.pulse(self.network.pulses(words));
        } else {
            outputs.pulse(self.population.step()?);
        }
        Ok(())
    }

    /// Writes the spikes of the last step to `out` from `at` on; returns the end, or `None` if they do not fit.
    pub(crate) fn record(&self, out: &mut [u8], at: usize) -> Option<usize> {
        match self.has_network() {
            true => self.network.record(self.population.cells.words, out, at),
            false => spikes::encode(self.population.fired(), self.population.neurons(), out, at),
        }
    }

    /// Returns the greatest bytes of the record of a step.
    pub(crate) fn most_record(&self) -> usize {
        if self.has_network() { self.network.most_record() } else { spikes::most(self.population.neurons()) }
    }

    pub(crate) fn digest(&self) -> u32 {
        match self.has_network() {
            true => self.network.digest(self.population.cells.words),
            false => self.population.digest(),
        }
    }

    pub(crate) fn hold(
        &mut self,
        population: u32,
        first: u32,
        more: bool,
        currents: &[u8],
    ) -> Result<(), RequestError> {
        if self.has_network() {
            return self.network.hold(population, first, more, currents, self.population.cells.words);
        }
        self.alone(population)?.hold(first, more, currents)
    }

    /// Holds the currents of a whole population.
    pub(crate) fn hold_all(&mut self, currents: &[u8]) -> Result<(), RequestError> {
        self.alone(0)?.hold_all(currents)
    }

    /// Sets all held currents to 0.
    pub(crate) fn release(&mut self) {
        if self.has_network() {
            self.network.release(self.population.cells.words);
        } else {
            self.population.release();
        }
    }

    pub(crate) fn read(
        &mut self,
        (population, field): (u32, Field),
        (first, count): (u32, u32),
        out: &mut [u8],
    ) -> Result<usize, RequestError> {
        if self.has_network() {
            return self.network.read((population, field), (first, count), self.population.cells.words, out);
        }
        self.alone(population)?.read(field, first, count, out)
    }

    pub(crate) fn write(
        &mut self,
        population: u32,
        field: Field,
        first: u32,
        values: &[u8],
    ) -> Result<(), RequestError> {
        if self.has_network() {
            return self.network.write(population, field, first, values, self.population.cells.words);
        }
        self.alone(population)?.write(field, first, values)
    }

    pub(crate) fn own(&mut self, first: u32, values: &[u8]) -> Result<(), RequestError> {
        self.alone(0)?.own(first, values)
    }

    pub(crate) fn clear(&mut self, keep_adaptations: bool) -> Result<(), RequestError> {
        match self.has_network() {
            true => self.network.clear(keep_adaptations, self.population.cells.words),
            false => self.population.clear(keep_adaptations),
        }
    }

    pub(crate) fn set_step_time(&mut self, step_time: f64) -> Result<(), RequestError> {
        self.alone(0)?.set_step_time(step_time)
    }

    pub(crate) fn set_options(&mut self, options: StepOptions) -> Result<(), RequestError> {
        self.alone(0)?.set_options(options)
    }

    /// Fills `out` with a snapshot's bytes from `first` on.
    ///
    /// Returns the number of bytes written, and the length of the whole snapshot.
    pub(crate) fn snapshot(&self, first: u32, out: &mut [u8]) -> Result<(usize, usize), RequestError> {
        match self.has_network() {
            true => self.network.snapshot(first, self.population.cells.words, out),
            false => self.population.snapshot(first, out),
        }
    }

    pub(crate) fn restore(&mut self, first: u32, bytes: &[u8]) -> Result<(), RequestError> {
        match self.has_network() {
            true => self.network.restore(first, bytes, self.population.cells.words),
            false => self.population.restore(first, bytes),
        }
    }
}
