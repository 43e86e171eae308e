//! Populations in which coefficients vary from neuron to neuron.
//!
//! Coefficients that all neurons share are a value ([`Levels`]). Each of the others is a slice with a value for
//! each neuron ([`OwnSlices`]). [`OwnCoefficients`] has both, and steps neurons by them. A neuron makes the step
//! that it makes alone: the walks call the same functions as `multicomponent.rs` and `levels.rs`, in the same order.

mod layout;

pub use layout::{Column, OwnLayout, OwnSlices};
use layout::{Columns, Placed};

use core::ops::Range;

use bytemuck::Pod;

use crate::error::LengthError;
use crate::jumps::{Jumps, MOST_JUMPS};
use crate::levels::{DynReset, Levels};
use crate::names::{Dialect, RoundingMode};
use crate::neuron::{ComponentOf, DefaultOptions, FixedReset, LinearReset, Options, Outcome, RngCounter, StepOptions};
use crate::params::MOST_COMPONENTS;
use crate::refractory::Refractory;
use crate::rounding::Rounding;
use crate::run::{VECTORS, are_default, own_membranes, worth_a_copy};
use crate::scalar::Scalar;
use crate::spikes::WORD;
use crate::state::PopulationStateMut;
use crate::teeter::{decayed, spiked, weighted};

/// Neurons of a chunk. Arrays of these take stack, of which a microcontroller has little.
const CHUNK: usize = if VECTORS { 4 * WORD } else { 2 * WORD };

/// A coefficient of some neurons: the value that they share, or a value for each.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Values<'a, T> {
    /// The value that they share. It does not count if each has its own.
    pub shared: T,
    /// Empty if the neurons share the value.
    pub own: &'a [T],
}

impl<'a, T: Copy> Values<'a, T> {
    /// Returns the values of the neurons from `first` on, of which all have `shared`, or each its value in `own`.
    #[inline(always)]
    fn from(first: usize, shared: T, own: &'a [T]) -> Self {
        Self { shared, own: from(first, own) }
    }

    /// Returns the values of the neurons in `range`.
    #[inline(always)]
    pub(crate) fn part(&self, range: Range<usize>) -> Self {
        Self { own: self.own.get(range).unwrap_or_default(), ..*self }
    }

    /// Returns the values of a chunk of neurons. With vectors, each then has its own, as a loop with a choice for each
    /// neuron is not vectorized. `room` is for a value that they share.
    #[inline(always)]
    fn each<'r>(&self, neurons: usize, room: &'r mut Option<[T; CHUNK]>) -> Values<'r, T>
    where
        'a: 'r,
    {
        if !VECTORS {
            return *self;
        }
        let own = match self.own.get(..neurons) {
            Some(own) => own,
            None => room.insert([self.shared; CHUNK]).get(..neurons).unwrap_or_default(),
        };
        Values { shared: self.shared, own }
    }

    /// Returns the value of a neuron.
    #[inline(always)]
    pub(crate) fn at(&self, neuron: usize) -> T {
        match self.own.get(neuron) {
            Some(own) => *own,
            None => self.shared,
        }
    }
}

/// Returns the values from number `first` on, if there are any.
#[inline(always)]
fn from<T>(first: usize, values: &[T]) -> &[T] {
    values.get(first..).unwrap_or_default()
}

/// Coefficients of the membranes of some neurons. Those that the neurons share are read only where they are needed,
/// so that a step of few neurons has little to prepare.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Membranes<'a, S: Scalar, Q> {
    shared: &'a Levels<S, Q>,
    rest: &'a [S],
    gain: &'a [S::OwnGain],
    decay: &'a [S::OwnDecay],
    threshold: &'a [S],
    reset: &'a [S],
    slope: &'a [S::Slope],
    refractory: &'a [u16],
    /// Of the threshold voltage; `None` if the neurons have none.
    pub(crate) voltage: Option<Voltages<'a, S>>,
}

/// What components and synapses add to some neurons in a step, mV.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lift<'a, S: Scalar> {
    /// By how much components raise each threshold.
    pub(crate) raised: Option<&'a [S::Accumulator]>,
    /// What is added to each membrane.
    pub(crate) jumps: Jumps<'a, S>,
}

impl<S: Scalar> Lift<'_, S> {
    /// Nothing.
    pub(crate) const NONE: Self = Self { raised: None, jumps: Jumps::NONE };
}

/// Coefficients of the threshold voltages of some neurons.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Voltages<'a, S: Scalar> {
    pub(crate) decay: Values<'a, S::OwnDecay>,
    pub(crate) gain: Values<'a, S::Slope>,
    pub(crate) drive: Values<'a, S::Slope>,
}

impl<'a, S: Scalar, Q: Rounding> Membranes<'a, S, Q> {
    #[inline(always)]
    pub(crate) fn rest(&self) -> Values<'a, S> {
        Values { shared: S::from_accumulator(self.shared.base.rest), own: self.rest }
    }
    #[inline(always)]
    pub(crate) fn gain(&self) -> Values<'a, S::OwnGain> {
        Values { shared: S::pack_gain(&self.shared.base.gain), own: self.gain }
    }
    #[inline(always)]
    pub(crate) fn decay(&self) -> Values<'a, S::OwnDecay> {
        Values { shared: S::pack_decay(&self.shared.base.decay), own: self.decay }
    }
    #[inline(always)]
    pub(crate) fn threshold(&self) -> Values<'a, S> {
        Values { shared: S::from_accumulator(self.shared.base.threshold), own: self.threshold }
    }
    /// Potentials of fixed resets, or drops of linear ones, mV.
    #[inline(always)]
    pub(crate) fn reset(&self) -> Values<'a, S> {
        let (DynReset::Fixed(FixedReset(shared)) | DynReset::Linear(LinearReset { drop: shared, .. })) =
            self.shared.base.reset;
        Values { shared: S::from_accumulator(shared), own: self.reset }
    }
    /// Slopes of linear resets; `None` if the resets are fixed.
    #[inline(always)]
    pub(crate) fn slope(&self) -> Option<Values<'a, S::Slope>> {
        match self.shared.base.reset {
            DynReset::Fixed(_) => None,
            DynReset::Linear(LinearReset { slope, .. }) => Some(Values { shared: slope, own: self.slope }),
        }
    }
    #[inline(always)]
    pub(crate) fn refractory(&self) -> Values<'a, u16> {
        Values { shared: self.shared.base.refractory, own: self.refractory }
    }
    #[inline(always)]
    pub(crate) fn rounding(&self) -> Q {
        self.shared.base.rounding
    }
    #[inline(always)]
    pub(crate) fn dialect(&self) -> Dialect {
        self.shared.manner.dialect
    }
    #[inline(always)]
    pub(crate) fn is_strict(&self) -> bool {
        self.shared.manner.strict
    }
}

/// Returns whether a membrane at `v` crosses a threshold, which it must exceed if the test is strict.
#[inline(always)]
pub(crate) fn crosses<S: Scalar>(strict: bool, v: S::Accumulator, threshold: S::Accumulator) -> bool {
    v >= threshold && (!strict || v > threshold)
}

/// Returns the potential to which the reset applies, of those before and after the step.
#[inline(always)]
pub(crate) fn fires_at<S: Scalar>(dialect: Dialect, before: S::Accumulator, after: S::Accumulator) -> S::Accumulator {
    if dialect == Dialect::Nest { before } else { after }
}

/// Coefficients of a component of some neurons.
struct Component<'a, S: Scalar> {
    decay: Values<'a, S::OwnDecay>,
    increment: Values<'a, S>,
    retain: Values<'a, S::Slope>,
    limit: S::Accumulator,
    k: usize,
}

/// Coefficients of many neurons, of which some vary from neuron to neuron.
///
/// ```
/// use glif_core::own::{OwnCoefficients, OwnSlices};
/// use glif_core::spec::ParamTable;
/// use glif_core::{Derivation, Levels, LifParams, ParamErrors, PopulationStateMut, Refractory, RefractoryRule, RngCounter, StepOptions};
///
/// let params = ParamTable::from(LifParams {
///     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
/// });
/// let derivation = Derivation::new(RefractoryRule::Inferno);
/// let (shared, _) = Levels::<f32, _>::derive(&params, derivation, &mut ParamErrors::new()).unwrap();
/// let own = OwnSlices { threshold: &[-50.0, -55.0, -45.0], ..OwnSlices::SHARED }; // mV
/// let population = OwnCoefficients { shared: &shared, own, neurons: 3 };
///
/// let (mut membrane, mut refractory, mut spikes) = ([-60.0; 3], [Refractory::default(); 3], [0]);
/// let mut fired = [0; 3];
/// for step in 0..100 {
///     let adaptation = Default::default();
///     let state = PopulationStateMut { membrane: &mut membrane, refractory: &mut refractory, adaptation };
///     let at = RngCounter { step, neuron: 0 };
///     population.run(0, state, &[16.0; 3], StepOptions::default(), at, &mut spikes)?; // nA
///     (0..3).for_each(|i| fired[i] += spikes[0] >> i & 1);
/// }
/// assert_eq!(fired, [3, 7, 1]);
/// # Ok::<(), glif_core::LengthError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct OwnCoefficients<'a, S: Scalar, Q> {
    /// Coefficients that all neurons share. Those in `own` take their place.
    pub shared: &'a Levels<S, Q>,
    /// Coefficients that vary, of all neurons.
    pub own: OwnSlices<'a, S>,
    /// Number of neurons.
    pub neurons: usize,
}

impl<S: Scalar, Q: Rounding> OwnCoefficients<'_, S, Q> {
    /// Advances neurons by one step: from number `first` on, as many as there are membranes. It uses the first
    /// components in `state`, as many as a neuron has. In the dialects of NEST and AllenSDK, it ignores `options`.
    ///
    /// # Errors
    /// Returns an error if the lengths differ, or if `spikes` is too short. Nothing is changed then.
    #[inline(always)] // as `Coefficients::run`
    pub fn run(
        &self,
        first: usize,
        state: PopulationStateMut<'_, S, MOST_COMPONENTS>,
        currents: &[S],
        options: StepOptions,
        at: RngCounter,
        spikes: &mut [u32],
    ) -> Result<(), LengthError> {
        let Self { shared, own, neurons } = *self;
        own.check(shared.counts, neurons)?;
        Population { shared, own, neurons }.run(first, state, currents, options, at, spikes)
    }

    /// Does what [`run`](Self::run) does, and adds `jumps` to the membranes that are not refractory.
    ///
    /// # Errors
    /// Returns an error if the lengths differ, or if `spikes` is too short. Nothing is changed then.
    #[inline(always)] // as `Coefficients::run`
    pub fn run_jumped(
        &self,
        first: usize,
        state: PopulationStateMut<'_, S, MOST_COMPONENTS>,
        (currents, jumps): (&[S], Jumps<'_, S>),
        options: StepOptions,
        at: RngCounter,
        spikes: &mut [u32],
    ) -> Result<(), LengthError> {
        let Self { shared, own, neurons } = *self;
        own.check(shared.counts, neurons)?;
        Population { shared, own, neurons }.run_jumped(first, state, (currents, jumps), options, at, spikes)
    }
}

/// Coefficients of many neurons, of which those that vary are in `words` as a layout says.
#[derive(Debug, Clone, Copy)]
pub struct OwnWords<'a, S: Scalar, Q, W> {
    /// Coefficients that all neurons share. Those in `words` take their place.
    pub shared: &'a Levels<S, Q>,
    /// Where the others are.
    pub layout: &'a OwnLayout<W>,
    /// Coefficients that vary, of all neurons.
    pub words: &'a [W],
}

impl<S: Scalar, Q: Rounding, W: Pod> OwnWords<'_, S, Q, W> {
    /// Does what [`OwnCoefficients::run`] does.
    ///
    /// # Errors
    /// Returns an error if the lengths differ, or if `spikes` or `words` is too short. Nothing is changed then.
    #[inline(always)] // as `Coefficients::run`
    pub fn run(
        &self,
        first: usize,
        state: PopulationStateMut<'_, S, MOST_COMPONENTS>,
        currents: &[S],
        options: StepOptions,
        at: RngCounter,
        spikes: &mut [u32],
    ) -> Result<(), LengthError> {
        self.population()?.run(first, state, currents, options, at, spikes)
    }

    /// Does what [`run`](Self::run) does, and adds `jumps` to the membranes that are not refractory.
    ///
    /// # Errors
    /// Returns an error if the lengths differ, or if `spikes` or `words` is too short. Nothing is changed then.
    #[inline(always)] // as `Coefficients::run`
    pub fn run_jumped(
        &self,
        first: usize,
        state: PopulationStateMut<'_, S, MOST_COMPONENTS>,
        (currents, jumps): (&[S], Jumps<'_, S>),
        options: StepOptions,
        at: RngCounter,
        spikes: &mut [u32],
    ) -> Result<(), LengthError> {
        self.population()?.run_jumped(first, state, (currents, jumps), options, at, spikes)
    }

    #[inline(always)]
    fn population(&self) -> Result<Population<'_, S, Q, Placed<'_, W>>, LengthError> {
        let Self { shared, layout, words } = *self;
        if words.len() < layout.words() {
            return Err(LengthError { name: "words", length: words.len(), expected: layout.words() });
        }
        Ok(Population { shared, own: Placed { layout, words }, neurons: layout.neurons() })
    }
}

/// Coefficients of many neurons, of which some vary, wherever those are.
#[derive(Clone, Copy)]
struct Population<'a, S: Scalar, Q, C> {
    shared: &'a Levels<S, Q>,
    own: C,
    neurons: usize,
}

impl<'a, S: Scalar, Q: Rounding, C: Columns<'a, S>> Population<'a, S, Q, C> {
    /// Returns the coefficients of the membranes from neuron `first` on, with threshold voltages if it `follows` them.
    #[inline(always)]
    fn membranes(&self, first: usize, follows: bool) -> Option<Membranes<'a, S, Q>> {
        let voltage = match follows {
            false => None,
            true => {
                let [shared] = &self.shared.base.dynamics.voltage;
                Some(Voltages {
                    decay: Values::from(first, S::pack_decay(&shared.decay), self.own.voltage_decay()?),
                    gain: Values::from(first, shared.gain, self.own.voltage_gain()?),
                    drive: Values::from(first, shared.drive, self.own.voltage_drive()?),
                })
            }
        };
        Some(Membranes {
            shared: self.shared,
            rest: from(first, self.own.rest()?),
            gain: from(first, self.own.gain()?),
            decay: from(first, self.own.decay()?),
            threshold: from(first, self.own.threshold()?),
            reset: from(first, self.own.reset()?),
            slope: from(first, self.own.slope()?),
            refractory: from(first, self.own.refractory()?),
            voltage,
        })
    }

    /// Returns the values of component `k`, of the neurons from `first` on.
    #[inline(always)]
    fn values<T: Copy>(&self, shared: T, own: Option<&'a [T]>, k: usize, first: usize) -> Values<'a, T> {
        Values {
            shared,
            own: own.unwrap_or_default().get(k * self.neurons + first..(k + 1) * self.neurons).unwrap_or_default(),
        }
    }

    /// Returns the coefficients of component `k`, of the neurons from `first` on.
    #[inline(always)]
    fn component(&self, k: usize, first: usize) -> Option<Component<'a, S>> {
        let Levels { adaptation_decay, increment, retain, counts, .. } = self.shared;
        Some(Component {
            decay: self.values(S::pack_decay(adaptation_decay.get(k)?), self.own.component_decay(), k, first),
            increment: self.values(S::from_accumulator(*increment.get(k)?), self.own.increment(), k, first),
            retain: self.values(*retain.get(k)?, self.own.retain(), k, first),
            limit: S::limit(counts.total()),
            k,
        })
    }

    /// Does what [`OwnCoefficients::run`] does.
    #[inline(always)]
    fn run(
        self,
        first: usize,
        state: PopulationStateMut<'_, S, MOST_COMPONENTS>,
        currents: &[S],
        options: StepOptions,
        at: RngCounter,
        spikes: &mut [u32],
    ) -> Result<(), LengthError> {
        let counts = self.shared.counts;
        self.check_range(first, currents.len())?;
        let usual = self.is_usual(options);
        let options = if usual { StepOptions::default() } else { options };
        let copy = usual && worth_a_copy::<Q>();
        // With vectors, neurons under other options make the step of those with components. So do those that do not leak.
        let leaks = self.shared.manner.leaks;
        if counts.total() == 0 && (usual || !VECTORS) && leaks {
            let PopulationStateMut { membrane, refractory, .. } = state;
            let state = PopulationStateMut { membrane, refractory, adaptation: [] };
            state.check(0, currents.len(), spikes.len())?;
            let nearest = self.shared.base.rounding.mode() == RoundingMode::Nearest;
            match (usual && (copy || nearest), VECTORS) {
                (true, true) => self.plain(first, state, currents, DefaultOptions, at, spikes),
                (true, false) => self.plain_apart(first, state, currents, DefaultOptions, at, spikes),
                (false, _) => self.plain_apart(first, state, currents, options, at, spikes),
            }
            return Ok(());
        }
        state.check(counts.total(), currents.len(), spikes.len())?;
        match (copy, VECTORS && leaks) {
            (true, true) => self.walk::<0>(first, state, (currents, Jumps::NONE), DefaultOptions, at, spikes),
            (false, true) => self.walk::<0>(first, state, (currents, Jumps::NONE), options, at, spikes),
            (_, false) => self.walk_apart(first, state, (currents, Jumps::NONE), options, at, spikes),
        }
        Ok(())
    }

    /// Does what [`OwnCoefficients::run_jumped`] does.
    #[inline(always)]
    fn run_jumped(
        self,
        first: usize,
        state: PopulationStateMut<'_, S, MOST_COMPONENTS>,
        (currents, jumps): (&[S], Jumps<'_, S>),
        options: StepOptions,
        at: RngCounter,
        spikes: &mut [u32],
    ) -> Result<(), LengthError> {
        self.check_range(first, currents.len())?;
        jumps.check(currents.len())?;
        state.check(self.shared.counts.total(), currents.len(), spikes.len())?;
        let usual = self.is_usual(options);
        let options = if usual { StepOptions::default() } else { options };
        // A walk over components has much to prepare for each chunk of neurons.
        let plain = self.shared.counts.total() == 0 && self.shared.manner.leaks;
        if VECTORS && usual && plain && jumps.is_one() {
            let PopulationStateMut { membrane, refractory, .. } = state;
            let state = PopulationStateMut { membrane, refractory, adaptation: [] };
            if let Some(of) = self.membranes(first, false) {
                let lift = Lift { raised: None, jumps };
                own_membranes::<S, 0, Q, 1>(&of, state, lift, currents, DefaultOptions, at, spikes);
            }
            return Ok(());
        }
        match (usual && worth_a_copy::<Q>(), VECTORS) {
            (true, true) => self.walk::<MOST_JUMPS>(first, state, (currents, jumps), DefaultOptions, at, spikes),
            (false, true) => self.walk::<MOST_JUMPS>(first, state, (currents, jumps), options, at, spikes),
            (_, false) => self.walk_apart(first, state, (currents, jumps), options, at, spikes),
        }
        Ok(())
    }

    /// Returns whether a step under the options is that under the default ones.
    #[inline(always)]
    fn is_usual(&self, options: StepOptions) -> bool {
        self.shared.manner.dialect != Dialect::Inferno || options == StepOptions::default()
    }

    /// Checks that there are `count` neurons from number `first` on.
    #[inline(always)]
    fn check_range(&self, first: usize, count: usize) -> Result<(), LengthError> {
        if first.checked_add(count).is_none_or(|end| end > self.neurons) {
            let expected = self.neurons.saturating_sub(first);
            return Err(LengthError { name: "currents", length: count, expected });
        }
        Ok(())
    }

    /// Steps neurons without components.
    #[inline(always)]
    fn plain(
        &self,
        first: usize,
        state: PopulationStateMut<'_, S, 0>,
        currents: &[S],
        options: impl Options,
        at: RngCounter,
        spikes: &mut [u32],
    ) {
        if let Some(of) = self.membranes(first, false) {
            own_membranes::<S, 0, Q, 0>(&of, state, Lift::NONE, currents, options, at, spikes);
        }
    }

    /// Does what [`plain`](Self::plain) does.
    #[inline(never)] // so that its arrays are not on the stack of another walk
    fn plain_apart(
        &self,
        first: usize,
        state: PopulationStateMut<'_, S, 0>,
        currents: &[S],
        options: impl Options,
        at: RngCounter,
        spikes: &mut [u32],
    ) {
        self.plain(first, state, currents, options, at, spikes);
    }

    /// Does what [`walk`](Self::walk) does.
    #[inline(never)] // so that its arrays are not on the stack of a step without components
    fn walk_apart(
        &self,
        first: usize,
        state: PopulationStateMut<'_, S, MOST_COMPONENTS>,
        inputs: (&[S], Jumps<'_, S>),
        options: StepOptions,
        at: RngCounter,
        spikes: &mut [u32],
    ) {
        self.walk::<MOST_JUMPS>(first, state, inputs, options, at, spikes);
    }

    /// Steps chunk after chunk: first the thresholds and the currents, then the membranes, then each component. `J` is
    /// 0 if there are no jumps, and otherwise [`MOST_JUMPS`]. It is not 0 for neurons that do not leak: their membranes
    /// are limited as those with jumps are.
    #[inline(always)]
    fn walk<const J: usize>(
        &self,
        from: usize,
        state: PopulationStateMut<'_, S, MOST_COMPONENTS>,
        (currents, jumps): (&[S], Jumps<'_, S>),
        options: impl Options,
        at: RngCounter,
        spikes: &mut [u32],
    ) {
        let PopulationStateMut { membrane, refractory, mut adaptation } = state;
        let counts = self.shared.counts;
        let Some((components, voltages)) = adaptation.split_at_mut_checked(counts.thresholds + counts.currents) else {
            return; // never: there are at most MOST_COMPONENTS
        };
        let mut first = 0;
        for words in spikes.chunks_mut(CHUNK / WORD) {
            let range = first..currents.len().min(first + CHUNK);
            let (Some(membrane), Some(refractory), Some(currents)) =
                (membrane.get_mut(range.clone()), refractory.get_mut(range.clone()), currents.get(range.clone()))
            else {
                return; // never: the lengths were checked
            };
            let at = at.after(first);
            let (thresholds, after_spike) = components.split_at_checked(counts.thresholds).unwrap_or_default();
            let (mut raised, mut whole) = (heapless::Vec::<_, CHUNK>::new(), heapless::Vec::<_, CHUNK>::new());
            _ = raised.resize(currents.len(), S::NO_JUMP);
            self.raise(thresholds, (from, range.clone()), at, &mut raised);
            // With vectors, other options are only used in Inferno's dialect, which has no threshold voltage.
            let follows = counts.voltages > 0 && (!VECTORS || are_default(options));
            let Some(mut membranes) = self.membranes(from + first, follows) else {
                return; // never: the lengths were checked
            };
            let mut lift =
                Lift { raised: Some(&raised), jumps: if J > 0 { jumps.part(range.clone()) } else { Jumps::NONE } };
            let mut inputs = currents;
            if !after_spike.is_empty() {
                _ = whole.extend_from_slice(currents);
                self.add_currents(after_spike, (from, range.clone()), &mut whole);
                inputs = &whole;
            } else if J > 0 && !self.shared.manner.leaks {
                _ = whole.extend_from_slice(membrane);
                membranes.rest = &whole;
                lift.jumps = lift.jumps.filled(&raised); // of no effect, but membranes with a jump are limited
            }
            match voltages.first_mut().filter(|_| follows).and_then(|all| all.get_mut(range.clone())) {
                None => {
                    let state = PopulationStateMut { membrane, refractory: &mut *refractory, adaptation: [] };
                    own_membranes::<S, 0, Q, J>(&membranes, state, lift, inputs, options, at, words);
                }
                Some(voltage) => {
                    let state = PopulationStateMut { membrane, refractory: &mut *refractory, adaptation: [voltage] };
                    own_membranes::<S, 1, Q, J>(&membranes, state, lift, inputs, options, at, words);
                }
            }
            for (k, component) in components.iter_mut().enumerate() {
                let (Some(component), Some(of)) = (component.get_mut(range.clone()), self.component(k, from + first))
                else {
                    return; // never, as above
                };
                match self.shared.manner.dialect {
                    Dialect::Inferno if options.adapt() => {
                        of.adapt(component, refractory, &membranes, options, at);
                    }
                    Dialect::Inferno => {}
                    Dialect::Nest | Dialect::Allen => {
                        of.decay_and_grow(component, refractory, membranes.rounding(), at);
                    }
                }
            }
            first = range.end;
        }
    }

    /// Computes by how much the components raise each threshold of a chunk in this step: in Inferno's dialect
    /// before their decay, in the others after it.
    #[inline(always)]
    fn raise(
        &self,
        thresholds: &[&mut [S]],
        (from, range): (usize, Range<usize>),
        at: RngCounter,
        raised: &mut [S::Accumulator],
    ) {
        let decays = self.shared.manner.dialect != Dialect::Inferno;
        for (k, component) in thresholds.iter().enumerate() {
            let (Some(component), Some(of)) = (component.get(range.clone()), self.component(k, from + range.start))
            else {
                return; // never: the lengths were checked
            };
            let mut room = None;
            let decay = of.decay.each(component.len(), &mut room);
            for (i, (sum, theta)) in raised.iter_mut().zip(component).enumerate() {
                let draw = self.shared.base.rounding.draw(at.step, at.neuron.wrapping_add(i as u32));
                let theta = if decays {
                    decayed(*theta, &S::unpack_decay(&decay.at(i)), draw, k)
                } else {
                    theta.to_accumulator()
                };
                *sum = if k == 0 { theta } else { *sum + theta };
            }
        }
    }

    /// Adds to the currents of a chunk what the after-spike currents add to them in this step.
    #[inline(always)]
    fn add_currents(&self, after_spike: &[&mut [S]], (from, range): (usize, Range<usize>), whole: &mut [S]) {
        let mut own = heapless::Vec::<_, CHUNK>::new();
        _ = own.resize(whole.len(), S::ZERO); // there is room for a chunk
        for (k, (component, weight)) in after_spike.iter().zip(&self.shared.weight).enumerate() {
            let component = component.get(range.clone()).unwrap_or_default();
            let mut room = None;
            let weights = self.values(*weight, self.own.weight(), k, from + range.start);
            let weights = weights.each(component.len(), &mut room);
            for (i, (sum, current)) in own.iter_mut().zip(component).enumerate() {
                let current = weighted(*current, &weights.at(i));
                *sum = if k == 0 { current } else { *sum + current };
            }
        }
        for (whole, own) in whole.iter_mut().zip(&own) {
            *whole = S::add_current(*whole, *own);
        }
    }
}

impl<S: Scalar> Component<'_, S> {
    /// Advances the component by one step in Inferno's dialect, after the membranes.
    #[inline(always)]
    fn adapt<Q: Rounding>(
        &self,
        component: &mut [S],
        refractory: &[Refractory],
        membranes: &Membranes<'_, S, Q>,
        options: impl Options,
        at: RngCounter,
    ) {
        let (mut decay_room, mut increment_room, mut refractory_room) = (None, None, None);
        let neurons = component.len();
        let decays = self.decay.each(neurons, &mut decay_room);
        let increments = self.increment.each(neurons, &mut increment_room);
        let periods = membranes.refractory().each(neurons, &mut refractory_room);
        let rounding = membranes.rounding();
        for (i, (value, refractory)) in component.iter_mut().zip(refractory).enumerate() {
            let (decay, increment) = (S::unpack_decay(&decays.at(i)), increments.at(i).to_accumulator());
            let of = ComponentOf::<S> { decay: &decay, increment: &increment, limit: self.limit, k: self.k };
            let outcome = Outcome::of(*refractory, options);
            let fires = outcome == Outcome::Fires;
            let period = periods.at(i);
            let holds = fires && options.refrac_lock() && period > 0;
            let draw = rounding.draw(at.step, at.neuron.wrapping_add(i as u32));
            let before = value.to_accumulator();
            let after = of.step(before, fires, holds, draw);
            *value = S::from_accumulator(if outcome == Outcome::Waits { before } else { after });
        }
    }

    /// Advances the component by one step in the dialects of NEST and AllenSDK, after the membranes.
    #[inline(always)]
    fn decay_and_grow(&self, component: &mut [S], refractory: &[Refractory], rounding: impl Rounding, at: RngCounter) {
        let (mut decay_room, mut increment_room, mut retain_room) = (None, None, None);
        let neurons = component.len();
        let decays = self.decay.each(neurons, &mut decay_room);
        let increments = self.increment.each(neurons, &mut increment_room);
        let retains = self.retain.each(neurons, &mut retain_room);
        for (i, (value, refractory)) in component.iter_mut().zip(refractory).enumerate() {
            let outcome = Outcome::of(*refractory, DefaultOptions);
            let draw = rounding.draw(at.step, at.neuron.wrapping_add(i as u32));
            let after = decayed(*value, &S::unpack_decay(&decays.at(i)), draw, self.k);
            let (retain, increment) = (retains.at(i), increments.at(i).to_accumulator());
            let after =
                if outcome == Outcome::Fires { spiked::<S>(after, &retain, &increment, self.limit) } else { after };
            *value = if outcome == Outcome::Waits { *value } else { S::from_accumulator(after) };
        }
    }
}

#[cfg(test)]
mod tests;
