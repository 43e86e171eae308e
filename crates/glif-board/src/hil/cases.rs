//! Random populations under random currents, every step compared.

use std::io::{Read, Write};

use glif::description::{ModelKind, NumberFormat, Parameter, Spec};
use glif::{Description, LifParams, StepOptions, Variable};

use glif_core::spec::Limits;
use glif_link::model::bit;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::bench::{Bench, Event};
use super::difference::{self, Place, walk};
use super::draw::{self, COMPONENTS};
use super::report::Tally;
use super::twin::{Act, Recipe, Twin};
use super::{Failure, VerifyError};
use crate::board::{Snapshot, Spikes};
use crate::client::LinkError;
use crate::translate;

/// The most neurons that are drawn: more of them try nothing that these do not, and a line takes longer.
const NEURONS: usize = 60;

/// Populations of each model in each scalar, and least steps of each.
fn amount<P>(bench: &Bench<'_, P>) -> (u32, u64) {
    if bench.options.quick { (2, 150) } else { (3, 1000) }
}

/// About how many steps there will be.
pub(crate) fn plan<P: Read + Write>(bench: &Bench<'_, P>) -> u64 {
    let known = bench.board.identity().formats().count();
    let (populations, steps) = amount(bench);
    (known * ModelKind::ALL.len()) as u64 * u64::from(populations) * steps
}

/// Every model in each scalar of the list that the board knows.
pub(crate) fn all<P: Read + Write>(bench: &mut Bench<'_, P>) {
    let (populations, steps) = amount(bench);
    for &scalar in NumberFormat::ALL.iter().filter(|scalar| bit(**scalar) != 0) {
        if !bench.board.identity().knows(scalar) {
            bench.note(format!("{scalar} is left out: the board was built without it"));
            continue;
        }
        for model in ModelKind::ALL {
            for i in 0..populations {
                let title = format!("{model} {scalar} {}/{populations}", i + 1);
                // Each has its own stream, so that one that fails can be had again alone.
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
    let components = rng.random_range(0..=identity.components.min(COMPONENTS));
    // Small ones mostly: what differs, differs in them too, and a line takes less time for them.
    let most = if rng.random_bool(0.2) { NEURONS } else { 20 };
    let neurons = rng.random_range(4..=most).min(identity.neurons);
    draw::population(rng, model, scalar, neurons, components)
}

/// A population on both sides.
struct Case<'b, 'a, P> {
    bench: &'b mut Bench<'a, P>,
    tally: &'b mut Tally,
    rng: ChaCha8Rng,
    twin: Twin,
    limits: Limits,
    /// The step after which what is left of refractory periods is the same in milliseconds on both sides.
    settled: u64,
    /// The last currents were extremes of the format.
    extreme: bool,
}

/// Steps under currents of their own.
struct Part {
    /// On the board.
    start: Snapshot,
    /// On the host.
    recipe: Recipe,
    /// A row for each step.
    currents: Vec<Vec<f64>>,
}

impl<'b, 'a, P: Read + Write> Case<'b, 'a, P> {
    fn new(
        bench: &'b mut Bench<'a, P>,
        tally: &'b mut Tally,
        rng: ChaCha8Rng,
        description: &Description,
    ) -> Result<Self, VerifyError> {
        let twin = Twin::new(description)?;
        bench.board.load(description)?;
        let limits = twin.scalar().limits(twin.components());
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

    /// The board's state, as one of the population that it should be: a board that got that wrong would describe itself
    /// well enough.
    fn start(&mut self) -> Result<Snapshot, VerifyError> {
        let model = translate::model(&self.twin.description())?;
        Ok(Snapshot { model, ..self.bench.board.snapshot()? })
    }

    /// A part: all steps under the same currents, or a few under new ones each; how many.
    fn part(&mut self) -> Result<u64, VerifyError> {
        let (start, recipe) = (self.start()?, self.twin.recipe());
        self.extreme = self.rng.random_bool(0.2);
        let held = self.rng.random_bool(0.9);
        let (rows, steps) = if held { (1, self.rng.random_range(20..120)) } else { (6, 6) };
        let mut row = || draw::currents(&mut self.rng, &self.twin.description(), self.extreme);
        let mut currents: Vec<_> = (0..rows).map(|_| row()).collect();
        currents.resize(steps, currents[0].clone());
        let part = Part { start, recipe, currents };
        let seen = if held { self.held(&part)? } else { self.changing(&part)? };
        match seen.or(self.arrays()?) {
            None => {
                self.tally.steps += steps as u64;
                self.tally.neuron_steps += (steps * self.twin.neurons()) as u64;
                Ok(steps as u64)
            }
            Some(seen) => Err(self.locate(part, seen)),
        }
    }

    /// The board sends spikes and a checksum of each step.
    fn held(&mut self, part: &Part) -> Result<Option<String>, VerifyError> {
        self.bench.board.hold(&part.currents[0])?;
        let steps = self.bench.board.run_digested(part.currents.len() as u32)?;
        self.twin.act(Act::Hold(part.currents[0].clone()))?;
        let mut seen = None;
        for step in &steps {
            let unlike = self.unlike(step)?;
            seen = seen.or(unlike);
        }
        Ok(seen)
    }

    /// Currents go along with each step, and all arrays come back after it.
    fn changing(&mut self, part: &Part) -> Result<Option<String>, VerifyError> {
        let mut seen = None;
        for row in &part.currents {
            let step = self.bench.board.step(row)?;
            self.twin.act(Act::Hold(row.clone()))?;
            let unlike = self.unlike(&step)?.or(self.arrays()?);
            seen = seen.or(unlike);
        }
        Ok(seen)
    }

    /// Does the step on the host; what differs, if anything does.
    fn unlike(&mut self, step: &Spikes) -> Result<Option<String>, VerifyError> {
        let words = self.twin.step()?.to_vec();
        self.tally.spikes += words.iter().map(|word| u64::from(word.count_ones())).sum::<u64>();
        let (now, digest) = (self.twin.steps(), self.twin.state().digest(self.twin.scalar()));
        if let Some(Place { neuron, board, host, .. }) = difference::spikes(&step.words, &words) {
            return Ok(Some(format!("noticed at step {now}, by neuron {neuron}: board {board}, host {host}")));
        }
        let unlike = step.digest.filter(|given| *given != digest);
        Ok(unlike.map(|given| {
            format!("noticed at step {now}, by the state's checksum: board {given:#010x}, host {digest:#010x}")
        }))
    }

    /// What differs in the arrays, if anything does.
    fn arrays(&mut self) -> Result<Option<String>, VerifyError> {
        let state = difference::read(self.bench.board, self.twin.components())?;
        let place = difference::compare(self.twin.scalar(), &state, &self.twin.state());
        let now = self.twin.steps();
        Ok(place.map(|Place { field, neuron, board, host }| {
            format!("noticed after step {now}, in {field} of neuron {neuron}: board {board}, host {host}")
        }))
    }

    /// Replays a part that differs, step by step.
    fn locate(&mut self, Part { start, recipe, currents }: Part, seen: String) -> VerifyError {
        let found = (|| {
            self.bench.board.restore(&start)?;
            walk(self.bench.board, &mut recipe.make()?, &currents)
        })();
        match found {
            Ok(difference) => VerifyError::Different(Box::new(Failure { seen, difference, start, recipe, currents })),
            Err(trouble) => trouble,
        }
    }

    /// Sometimes, between two parts, something other than steps; then both sides must agree at once.
    fn interlude(&mut self) -> Result<(), VerifyError> {
        // A float's membrane that was driven to an end of the range would stay there for long.
        let what = if self.extreme { self.rng.random_range(0..2) } else { self.rng.random_range(0..12) };
        let what = match what {
            0 => self.clear()?,
            1 => self.write()?,
            2 => self.set_options()?,
            3 => self.set_step_time()?,
            4 => self.wander()?,
            _ => return Ok(()),
        };
        match self.arrays()? {
            None => Ok(()),
            Some(seen) => {
                // As it is after the act: there are no steps to be replayed.
                let (start, recipe) = (self.start()?, self.twin.recipe());
                let part = Part { start, recipe, currents: Vec::new() };
                Err(self.locate(part, format!("{what}: {seen}")))
            }
        }
    }

    fn clear(&mut self) -> Result<&'static str, VerifyError> {
        let keep_adaptations = self.rng.random();
        self.bench.board.clear(keep_adaptations)?;
        self.twin.act(Act::Clear { keep_adaptations })?;
        self.settled = 0;
        Ok("clear")
    }

    fn write(&mut self) -> Result<&'static str, VerifyError> {
        let description = self.twin.description();
        let voltages = draw::voltages(&mut self.rng, &description, &self.limits);
        self.bench.board.write(glif_link::Field::Voltage, &voltages)?;
        self.twin.act(Act::Write(Variable::Voltage, voltages))?;
        let (neurons, components) = (self.twin.neurons(), self.twin.components());
        if components > 0 {
            let values = draw::components(&mut self.rng, neurons * components, &self.limits);
            self.bench.board.write(glif_link::Field::Adaptation, &values)?;
            self.twin.act(Act::Write(Variable::Adaptation, values))?;
        }
        // A board takes no count that is longer than a period.
        let longest = description.number(Parameter::RefracT);
        let left = (0..neurons).map(|_| longest * self.rng.random_range(0.0_f64..=1.0)).collect();
        let fired = (0..neurons).map(|_| f64::from(u8::from(self.rng.random_bool(0.3)))).collect();
        self.twin.act(Act::Write(Variable::Refrac, left))?;
        self.twin.act(Act::Write(Variable::Spikes, fired))?;
        self.bench.board.write_refractory(&self.twin.state().refractory)?;
        self.unsettle();
        Ok("write")
    }

    fn set_options(&mut self) -> Result<&'static str, VerifyError> {
        let options = StepOptions { refrac_lock: self.rng.random(), adapt: self.rng.random() };
        self.bench.board.set_options(options)?;
        self.twin.act(Act::StepOptions(options))?;
        Ok("set flags")
    }

    /// One that the host refuses the board must refuse too, and in the same words.
    fn set_step_time(&mut self) -> Result<&'static str, VerifyError> {
        // A host remembers what is left of a refractory period in milliseconds, a board in steps. As long as periods from
        // before the last change are in flight, the two may round differently at the next one.
        if self.twin.steps() < self.settled {
            return Ok("nothing");
        }
        let step_time = draw::step_time(&mut self.rng);
        let given = self.bench.board.set_step_time(step_time);
        match (given, self.twin.act(Act::StepTime(step_time))) {
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

    /// The periods in flight are not those that a spike has begun under this step time.
    fn unsettle(&mut self) {
        let longest = self.twin.state().refractory.iter().map(|word| word.steps()).max();
        self.settled = self.twin.steps() + u64::from(longest.unwrap_or(0));
    }

    /// Away to other steps and another population, and back by a snapshot.
    fn wander(&mut self) -> Result<&'static str, VerifyError> {
        let board = &mut *self.bench.board;
        let snapshot = board.snapshot()?;
        board.run(1 + self.rng.next_u32() % 5)?;
        board.clear(false)?;
        if self.rng.random() {
            let other = draw::population(&mut self.rng, ModelKind::Lif, NumberFormat::F32, 2, 0)?;
            board.load(&other)?;
            board.run(2)?;
        }
        board.restore(&snapshot)?;
        Ok("snapshot, restore")
    }
}

/// A refusal must say what the host says, line by line; a board tells four reasons, and how many more there are.
pub(crate) fn same_reason(board: &str, host: &str) -> Result<(), VerifyError> {
    let (told, expected): (Vec<_>, Vec<_>) = (board.lines().collect(), host.lines().collect());
    let shortened = expected.len().saturating_sub(4);
    let more = (shortened > 0).then(|| format!("and {shortened} more"));
    let expected: Vec<&str> = expected.iter().take(4).copied().chain(more.as_deref()).collect();
    if told == expected {
        return Ok(());
    }
    Err(VerifyError::Wrong(format!("the board's reason is `{board}`, the host's `{host}`")))
}

/// A population for checks of other things: LIF in f32, which every board knows.
pub(crate) fn plain(neurons: usize, step_time: f64, time_constant: f64, refrac_t: f64) -> Description {
    let (rest_v, reset_v, thresh_v, resistance) = (-60.0, -65.0, -50.0, 1.0);
    let params = LifParams { step_time, rest_v, reset_v, thresh_v, refrac_t, time_constant, resistance };
    Description::new(Spec::new(params), &[neurons])
}
