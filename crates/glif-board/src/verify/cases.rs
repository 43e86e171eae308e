//! Random populations under random currents, with every step compared.

use std::io::{Read, Write};

use glif::description::{ModelKind, NumberFormat, Parameter};
use glif::{Description, StepOptions, Variable};
use glif_core::spec::{Dialect, Limits};
use glif_link::Field;
use glif_link::model::bit;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::bench::{Bench, Event};
use super::evidence::walk;
use super::report::Tally;
use super::twin::Twin;
use super::{Failure, VerifyError, require};
use crate::board::{Snapshot, Spikes};
use crate::difference::{self, Place};
use crate::draw::{self, COMPONENTS};
use crate::error::LinkError;
use crate::translate;

/// Largest number of neurons to draw: more of them would test nothing new, and a line would take longer.
const NEURONS: usize = 60;

/// Returns the number of populations of each model in each format, and the least number of steps of each.
fn amount<P>(bench: &Bench<'_, P>) -> (u32, u64) {
    if bench.options.quick { (2, 150) } else { (3, 1000) }
}

/// Returns about how many steps there will be.
pub(crate) fn plan<P: Read + Write>(bench: &Bench<'_, P>) -> u64 {
    let known = bench.board.identity().formats().count();
    let (populations, steps) = amount(bench);
    (known * ModelKind::ALL.len()) as u64 * u64::from(populations) * steps
}

/// Runs every model in each format of the list that the board supports.
pub(crate) fn all<P: Read + Write>(bench: &mut Bench<'_, P>) {
    let (populations, steps) = amount(bench);
    for &scalar in NumberFormat::ALL.iter().filter(|scalar| bit(**scalar) != 0) {
        if !bench.board.identity().knows(scalar) {
            bench.note(format!("{scalar} is skipped: the board was built without it"));
            continue;
        }
        for model in ModelKind::ALL {
            for i in 0..populations {
                let title = format!("{model} {scalar} {}/{populations}", i + 1);
                // Each population has its own random stream, so that a failing one can be reproduced alone.
                let mut rng = ChaCha8Rng::seed_from_u64(bench.options.seed);
                rng.set_stream(u64::from(i) << 16 | (*model as u64) << 8 | scalar as u64);
                bench.check(&title, |bench, tally| {
                    let description = population(bench, &mut rng, *model, scalar)?;
                    Case::new(bench, tally, rng, &description)?.run(steps)
                });
            }
        }
    }
}

fn population<P: Read + Write>(
    bench: &Bench<'_, P>,
    rng: &mut ChaCha8Rng,
    model: ModelKind,
    scalar: NumberFormat,
) -> Result<Description, VerifyError> {
    let identity = bench.board.identity();
    let components = rng.random_range(draw::least(model)..=identity.components.min(COMPONENTS));
    // Mostly small populations: they show the same differences, and a line takes less time for them.
    let most = if rng.random_bool(0.2) { NEURONS } else { 20 };
    let neurons = rng.random_range(4..=most).min(identity.neurons);
    let mut description = draw::population(rng, model, scalar, neurons, components).map_err(VerifyError::host)?;
    if rng.random_bool(0.5) {
        // Own coefficients are in the memory of components.
        let most = (identity.neurons * identity.components).saturating_sub(neurons * components);
        draw::vary(rng, &mut description, most * size_of::<f32>());
    }
    Ok(description)
}

/// A population on both sides.
struct Case<'b, 'a, P> {
    bench: &'b mut Bench<'a, P>,
    tally: &'b mut Tally,
    rng: ChaCha8Rng,
    twin: Twin,
    limits: Limits,
    /// Step from which on the remaining refractory times, in milliseconds, are the same on both sides.
    settled: u64,
    /// Whether the last currents were extremes of the format.
    extreme: bool,
}

impl<'b, 'a, P: Read + Write> Case<'b, 'a, P> {
    fn new(
        bench: &'b mut Bench<'a, P>,
        tally: &'b mut Tally,
        rng: ChaCha8Rng,
        description: &Description,
    ) -> Result<Self, VerifyError> {
        let twin = bench.load(description)?;
        let limits = description.spec.limits();
        Ok(Self { bench, tally, rng, twin, limits, settled: 0, extreme: false })
    }

    fn run(&mut self, steps: u64) -> Result<(), VerifyError> {
        while self.twin.steps() < steps {
            self.interlude()?;
            let steps = self.part()?;
            self.bench.tell(Event::Steps(steps));
        }
        self.bench.agree(&self.twin)
    }

    /// Returns the board's snapshot, with the model that the board should have: a board with a wrong model
    /// would give a consistent description of that one.
    fn start(&mut self) -> Result<Snapshot, VerifyError> {
        let model = translate::model(&self.twin.description())?;
        Ok(Snapshot { model, ..self.bench.board.snapshot()? })
    }

    /// Runs a part: all steps under the same currents, or a few steps under new currents each. Returns the
    /// number of steps.
    fn part(&mut self) -> Result<u64, VerifyError> {
        let (start, host) = (self.start()?, self.twin.clone());
        self.extreme = self.rng.random_bool(0.2);
        let held = self.rng.random_bool(0.9);
        let (rows, steps) = if held { (1, self.rng.random_range(20..120)) } else { (6, 6) };
        let mut row = || draw::currents(&mut self.rng, &self.twin.description(), self.extreme);
        let mut currents: Vec<_> = (0..rows).map(|_| row()).collect();
        let seen = if held { self.held(&currents[0], steps)? } else { self.changing(&currents)? };
        if let Some(seen) = seen.or(self.arrays()?) {
            currents.resize(steps as usize, currents[0].clone());
            return Err(self.locate(seen, start, host, currents));
        }
        self.tally.steps += u64::from(steps);
        self.tally.neuron_steps += u64::from(steps) * self.twin.neurons() as u64;
        Ok(steps.into())
    }

    /// Runs steps on held currents; the board sends spikes and a checksum for each step.
    fn held(&mut self, currents: &[f64], steps: u32) -> Result<Option<String>, VerifyError> {
        self.bench.hold(&mut self.twin, currents)?;
        let mut seen = None;
        for step in self.bench.board.run_digested(steps)? {
            seen = seen.or(self.unlike(&step)?);
        }
        Ok(seen)
    }

    /// Sends currents with each step, and reads all arrays after it.
    fn changing(&mut self, currents: &[Vec<f64>]) -> Result<Option<String>, VerifyError> {
        let mut seen = None;
        for row in currents {
            let step = self.bench.board.step(row)?;
            self.twin.hold(row)?;
            seen = seen.or(self.unlike(&step)?.or(self.arrays()?));
        }
        Ok(seen)
    }

    /// Does the step on the host; returns a description of the difference, if any.
    fn unlike(&mut self, step: &Spikes) -> Result<Option<String>, VerifyError> {
        let words = self.twin.step()?;
        self.tally.spikes += words.iter().map(|word| u64::from(word.count_ones())).sum::<u64>();
        let spikes = difference::spikes(&step.words, words);
        let (now, digest) = (self.twin.steps(), self.twin.digest());
        if let Some(Place { neuron, board, host, .. }) = spikes {
            return Ok(Some(format!("noticed at step {now}, by neuron {neuron}: board {board}, host {host}")));
        }
        let unlike = step.digest.filter(|given| *given != digest);
        Ok(unlike.map(|given| {
            format!("noticed at step {now}, by the state's checksum: board {given:#010x}, host {digest:#010x}")
        }))
    }

    /// Returns a description of the difference in the arrays, if any.
    fn arrays(&mut self) -> Result<Option<String>, VerifyError> {
        let place = difference::find(self.bench.board, self.twin.population())?;
        let now = self.twin.steps();
        Ok(place.map(|Place { field, neuron, board, host }| {
            format!("noticed after step {now}, in {field} of neuron {neuron}: board {board}, host {host}")
        }))
    }

    /// Replays a part with a difference, step by step.
    fn locate(&mut self, seen: String, start: Snapshot, host: Twin, currents: Vec<Vec<f64>>) -> VerifyError {
        let board = &mut *self.bench.board;
        let restored = board.restore(&start).map_err(VerifyError::from);
        match restored.and_then(|()| walk(board, &mut host.clone(), &currents)) {
            Ok(difference) => VerifyError::Different(Box::new(Failure { seen, difference, start, host, currents })),
            Err(trouble) => trouble,
        }
    }

    /// Sometimes does something other than steps between two parts; then both sides must agree at once.
    fn interlude(&mut self) -> Result<(), VerifyError> {
        // After extreme currents the state is always cleared or written: a float's membrane potential at an
        // end of the range would stay there for long.
        let what = if self.extreme { self.rng.random_range(0..2) } else { self.rng.random_range(0..12) };
        let what = match what {
            0 => self.clear()?,
            1 => self.write()?,
            2 => self.set_options()?,
            3 => self.set_step_time()?,
            4 => self.wander()?,
            _ => return Ok(()),
        };
        let Some(seen) = self.arrays()? else { return Ok(()) };
        // This is the state after the change: there are no steps to replay.
        let (start, host) = (self.start()?, self.twin.clone());
        Err(self.locate(format!("{what}: {seen}"), start, host, Vec::new()))
    }

    fn clear(&mut self) -> Result<&'static str, VerifyError> {
        let keep_adaptations = self.rng.random();
        self.bench.board.clear(keep_adaptations)?;
        self.twin.clear(keep_adaptations);
        self.settled = 0;
        Ok("clear")
    }

    fn write(&mut self) -> Result<&'static str, VerifyError> {
        let (description, neurons) = (self.twin.description(), self.twin.neurons());
        let voltages = draw::voltages(&mut self.rng, &description, &self.limits);
        self.bench.board.write(Field::Voltage, &voltages)?;
        self.twin.write(Variable::Voltage, &voltages)?;
        if description.components() > 0 {
            let values = draw::components(&mut self.rng, neurons * description.components(), &self.limits);
            self.bench.board.write(Field::Adaptation, &values)?;
            self.twin.write_components(&values)?;
        }
        // A board accepts no count longer than a refractory period.
        let own = self.twin.population().neuron_parameters().map(|params| params.values(Parameter::RefracT));
        let own = own.unwrap_or_default().to_vec();
        let shared = description.spec.params.get(Parameter::RefracT).first().copied().unwrap_or(0.0);
        let longest = |neuron: usize| own.get(neuron).copied().unwrap_or(shared);
        let left: Vec<_> = (0..neurons).map(|neuron| longest(neuron) * self.rng.random_range(0.0_f64..=1.0)).collect();
        let fired: Vec<_> = (0..neurons).map(|_| f64::from(u8::from(self.rng.random_bool(0.3)))).collect();
        self.twin.write(Variable::Refrac, &left)?;
        self.twin.write(Variable::Spikes, &fired)?;
        self.bench.board.write_refractory(&self.twin.refractory())?;
        self.unsettle();
        Ok("write")
    }

    fn set_options(&mut self) -> Result<&'static str, VerifyError> {
        let options = match self.twin.description().spec.dialect() {
            Dialect::Inferno => StepOptions { refrac_lock: self.rng.random(), adapt: self.rng.random() },
            Dialect::Nest | Dialect::Allen => StepOptions::default(), // there are no others
        };
        self.bench.board.set_options(options)?;
        self.twin.set_options(options);
        Ok("set flags")
    }

    /// Sets a step time. The board must refuse one that the host refuses, with the same text.
    fn set_step_time(&mut self) -> Result<&'static str, VerifyError> {
        // The host keeps the remaining refractory time in milliseconds, a board in steps. As long as
        // refractory periods from before the last change run, the two may round differently at the next
        // change.
        // A board does not keep the own parameters of neurons.
        if self.twin.steps() < self.settled || self.twin.population().neuron_parameters().is_some() {
            return Ok("nothing");
        }
        let step_time = draw::step_time(&mut self.rng);
        let given = self.bench.board.set_step_time(step_time);
        match (given, self.twin.set_step_time(step_time)) {
            (Ok(()), Ok(())) => self.unsettle(),
            (Err(LinkError::Refused(refusal)), Err(VerifyError::Host(reason))) => {
                same_reason(&refusal.to_string(), &reason)?;
            }
            (Err(error), _) => return Err(error.into()),
            (Ok(()), Err(error)) => {
                return Err(VerifyError::Wrong(format!("step time {step_time} ms: the board takes it; {error}")));
            }
        }
        Ok("set step time")
    }

    /// Records that some refractory periods in progress were not started by a spike under this step time.
    fn unsettle(&mut self) {
        let longest = self.twin.refractory().iter().map(|word| word.steps()).max();
        self.settled = self.twin.steps() + u64::from(longest.unwrap_or(0));
    }

    /// Goes on to other steps and maybe another population, and returns by a snapshot.
    fn wander(&mut self) -> Result<&'static str, VerifyError> {
        let board = &mut *self.bench.board;
        let snapshot = board.snapshot()?;
        board.run(1 + self.rng.next_u32() % 5)?;
        board.clear(false)?;
        if self.rng.random() {
            let other = draw::population(&mut self.rng, ModelKind::Lif, NumberFormat::F32, 2, 0);
            let other = other.map_err(VerifyError::host)?;
            board.load(&other)?;
            board.run(2)?;
        }
        board.restore(&snapshot)?;
        Ok("snapshot, restore")
    }
}

/// Checks that a refusal has the host's text, line by line. A board reports four reasons, and the number of
/// further ones.
pub(crate) fn same_reason(board: &str, host: &str) -> Result<(), VerifyError> {
    let (told, expected): (Vec<_>, Vec<_>) = (board.lines().collect(), host.lines().collect());
    let shortened = expected.len().saturating_sub(4);
    let more = (shortened > 0).then(|| format!("and {shortened} more"));
    let expected: Vec<&str> = expected.iter().take(4).copied().chain(more.as_deref()).collect();
    require!(told == expected, "the board's reason is `{board}`, the host's `{host}`");
    Ok(())
}
