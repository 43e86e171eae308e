//! Coefficients in one scalar, behind a trait that does not name the scalar.

use bytemuck::{Pod, cast_slice, cast_slice_mut};
use glif_core::derive::{DeriveReset, initial};
use glif_core::dynamic::{DynCoefficients, Visitor};
use glif_core::levels::Levels;
use glif_core::multicomponent::Multicomponent;
use glif_core::network::Bounds;
use glif_core::neuron::Dynamics;
use glif_core::own::{OwnLayout, OwnSlices, OwnWords};
use glif_core::params::MOST_COMPONENTS;
use glif_core::rounding::{Nearest, Rounding};
use glif_core::spec::Stored;
use glif_core::state::components_mut;
use glif_core::{
    Coefficients, Derivation, ParamErrors, PopulationStateMut, Quantize, Refractory, RefractoryPeriod, RngCounter,
    Spec, StepOptions,
};
use glif_link::{Capacity, Field, Model, RequestError};

use crate::cells::{Cells, CellsMut, Layout};
use crate::network::{self, Advance, Coefficient};

/// Whether the core is a Cortex-M0, whose flash has room for one walk of each type: with the usual options, and to
/// nearest in fixed point. All other steps are those of neurons with their own parameters. The core is recognized by
/// having no atomic operations.
pub(crate) const SMALL: bool = cfg!(all(target_arch = "arm", not(target_has_atomic = "8")));

/// Whether every population steps as those of networks do, so that there is one walk for each number format.
pub(crate) const COMPACT: bool = cfg!(feature = "compact");

/// A scalar that boards store in 32-bit words.
pub(crate) trait Plain: Stored + Pod {}

impl<S: Stored + Pod> Plain for S {}

/// Operations of a loaded model of any type.
pub(crate) trait Kernel {
    /// Returns the bytes of a value.
    fn size(&self) -> usize;
    /// Returns the number of threshold components.
    fn components(&self) -> usize;
    /// Returns where the neurons' own coefficients are; `None` if their words cannot be counted.
    fn own(&self, model: &Model) -> Option<OwnLayout<u32>>;
    /// Derives a neuron's own coefficients from the parameters in `spec`, and writes them to `own`.
    fn set_own(&self, spec: &Spec, neuron: usize, own: (&OwnLayout<u32>, &mut [u32])) -> Result<(), RequestError>;
    /// Sets membranes to `initial_v`, mV, or to rest without it, and ends refractory periods; zeroes threshold
    /// components unless kept. Own coefficients stay; `initial_v` and rest may be among them.
    fn clear(&self, cells: CellsMut<'_>, layout: &Layout, initial_v: Option<f64>, keep_adaptations: bool);
    /// Returns the index of the first value that an array cannot have. The values begin at `first` of an array of
    /// a population of `neurons`, whose own coefficients are in `own`.
    ///
    /// [`too_long`] checks refractory words. `reached` also allows voltages that a user may not write but a
    /// strong current can cause.
    fn unfit(&self, field: Field, values: &[u8], place: (usize, usize), own: Own<'_>, reached: bool) -> Option<usize>;
    /// Returns the remaining time of a refractory period that a spike began, ms.
    fn remaining(&self, steps: u16) -> f64;
    /// Returns the number of steps in `ms`; `None` if it does not fit.
    fn count_of(&self, ms: f64) -> Option<u16>;
    /// Returns the steps of the longest refractory period of a neuron.
    fn period(&self, own: Own<'_>) -> u16;
    /// Makes the step of a population of a network.
    fn advance(&self, advance: Advance<'_>);
    /// Returns the greatest magnitude of coefficients of a network; see [`network::greatest`].
    fn greatest(&self, of: Coefficient, words: &[u32], place: (usize, usize)) -> f64;
    /// Returns bounds to which nothing is added yet, and the greatest resistance, MΩ.
    fn bounds(&self, own: Own<'_>) -> (Bounds, f64);
    /// Returns the bytes of a coefficient of a network.
    fn stored_size(&self, of: Coefficient) -> usize;
    /// Derives a coefficient of a network and stores it; see [`network::store`].
    fn store(
        &self,
        of: Coefficient,
        step_time: f64,
        numbers: &[f64; 3],
        words: &mut [u32],
        place: (usize, usize),
    ) -> Option<()>;
}

/// Returns the index of the first refractory word whose count exceeds `longest`. Words have two bytes.
pub(crate) fn too_long(words: &[u8], longest: u16) -> Option<usize> {
    words.as_chunks().0.iter().position(|word| Refractory::from_bits(u16::from_le_bytes(*word)).steps() > longest)
}

/// Coefficients with at most `MOST` components, and the conversion between counts and milliseconds.
#[derive(Clone, Copy)]
pub(crate) struct Derived<S: Quantize, Q, const MOST: usize> {
    neuron: DynCoefficients<S, Q>,
    period: RefractoryPeriod<S>,
}

/// Returns whether the population steps with the usual options: those that a walk of a small core has.
pub(crate) fn is_usual(spec: &Spec) -> bool {
    spec.options.refrac_lock && (spec.options.adapt || spec.params.components() == 0)
}

/// The neurons' own coefficients.
#[derive(Clone, Copy)]
pub(crate) struct Own<'a> {
    pub(crate) layout: &'a OwnLayout<u32>,
    pub(crate) words: &'a [u32],
}

impl<S: Plain, Q: Rounding, const MOST: usize> Derived<S, Q, MOST> {
    /// Derives a kernel and passes it to `store`. With `levels`, neurons that could share their parameters step as those
    /// that do not.
    #[inline(always)] // into a function for each combination of types
    pub(crate) fn derive(
        model: &Model,
        rounding: Q,
        levels: bool,
        store: impl FnOnce(Self),
    ) -> Result<(), RequestError> {
        let spec = &model.spec;
        let given = spec.params.components();
        if given > MOST {
            let (given, most) = (given as u32, MOST as u32);
            return Err(RequestError::Beyond { capacity: Capacity::Components, given, most });
        }
        let mut errors = ParamErrors::default();
        let derivation = Derivation::new(spec.refractory).rounding(rounding);
        spec.check_options(&mut errors);
        let mut neuron = Levels::BLANK;
        let period = neuron.derive_in_place(&spec.params, derivation, &mut errors);
        let levels = levels || !model.own.is_empty() || SMALL && !is_usual(spec);
        Self::finish((&neuron, period), (rounding, levels), &errors, store)
    }

    /// Stores the kernel, or returns the errors of its parameters. With `levels` it makes the step of neurons that can have
    /// their own parameters.
    #[inline(never)] // so that the copies of a kernel are not on the stack while coefficients are derived
    fn finish(
        (neuron, period): (&Levels<S, Nearest>, Option<RefractoryPeriod<S>>),
        (rounding, levels): (Q, bool),
        errors: &ParamErrors,
        store: impl FnOnce(Self),
    ) -> Result<(), RequestError> {
        match period {
            None => return Err(RequestError::from(errors)),
            Some(period) if Self::HAS_OWN && (levels || !Self::HAS_TYPED) => {
                Self::with(period, store, || DynCoefficients::Levels(neuron.rounded(rounding)));
            }
            Some(period) => Self::with(period, store, || DynCoefficients::most_typed(neuron, rounding)),
        }
        Ok(())
    }

    #[inline(never)] // so that one stack frame does not hold the kernels of both kinds
    fn with(period: RefractoryPeriod<S>, store: impl FnOnce(Self), neuron: impl FnOnce() -> DynCoefficients<S, Q>) {
        store(Self { neuron: neuron(), period });
    }

    /// Whether neurons in these types can have their own parameters: in fixed point only where the rounding is chosen
    /// at run time, as `AnyKernel::derive` selects.
    const HAS_OWN: bool = !(Q::IN_LINE && S::RESOLUTION > 0.0);
    /// Whether populations of networks are of these types.
    const IN_NETWORKS: bool = Self::HAS_OWN && network::NETWORKS;
    /// Whether there are walks of neurons of a known number of components in these types.
    const HAS_TYPED: bool = !COMPACT && (Q::IN_LINE || !SMALL);

    /// Does one step.
    #[inline(always)]
    pub(crate) fn step<const WORDS: usize>(&self, step: Step<'_, '_, WORDS, MOST>) {
        // Always found: `new` refuses a model with more components.
        _ = self.neuron.visit_up_to::<MOST, _>(step);
    }

    /// Returns the own coefficients of the neurons.
    #[inline(never)] // as each operation would have a copy
    fn slices(own: Own<'_>) -> OwnSlices<'_, S> {
        own.layout.slices(own.words)
    }
}

/// A step of the first `neurons`.
pub(crate) struct Step<'a, 'n, const WORDS: usize, const MOST: usize> {
    pub(crate) cells: &'a mut Cells<'n, WORDS, MOST>,
    pub(crate) neurons: usize,
    pub(crate) options: StepOptions,
    pub(crate) step: u64,
    pub(crate) spikes: &'a mut [u32],
}

impl<S: Plain, Q: Rounding, const WORDS: usize, const MOST: usize> Visitor<S, Q> for Step<'_, '_, WORDS, MOST> {
    type Output = ();

    // Not inlined, as one stack frame would otherwise hold the locals of every number of components.
    #[inline(never)]
    fn visit<R: DeriveReset<S>, const K: usize, D: Dynamics<S, K>>(self, neuron: &Coefficients<S, R, K, Q, D>) {
        let (options, at) = (self.typed_options::<Q>(), RngCounter { step: self.step, neuron: 0 });
        let (Some(options), Some((state, currents, spikes))) = (options, self.into_parts()) else { return };
        let stepped = neuron.run(state, currents, options, at, spikes);
        debug_assert!(stepped.is_ok(), "{stepped:?}");
    }

    #[inline(never)]
    fn visit_more<R: DeriveReset<S>>(self, neuron: &Multicomponent<S, R, Q>) {
        let (options, at) = (self.typed_options::<Q>(), RngCounter { step: self.step, neuron: 0 });
        let (Some(options), Some((state, currents, spikes))) = (options, self.into_parts()) else { return };
        let stepped = neuron.run(state, currents, options, at, spikes);
        debug_assert!(stepped.is_ok(), "{stepped:?}");
    }

    #[inline(never)]
    fn visit_levels(self, neuron: &Levels<S, Q>) {
        let at = RngCounter { step: self.step, neuron: 0 };
        let stepped = if Q::IN_LINE && !SMALL && (S::RESOLUTION > 0.0 || self.cells.own.is_shared()) {
            let Some((state, currents, spikes)) = self.into_parts() else { return };
            neuron.run(state, currents, at, spikes)
        } else if Q::IN_LINE && S::RESOLUTION > 0.0 {
            return; // never: `AnyKernel::derive` selects a rounding that is chosen at run time
        } else {
            let (neurons, options) = (self.neurons, self.options);
            let size = size_of::<S>();
            let layout = Layout { neurons, components: neuron.counts().total(), size, own: 0 };
            let Some((state, currents, spikes, (own, words))) = self.into_own_parts::<S>(&layout) else { return };
            OwnWords { shared: neuron, layout: own, words }.run(0, state, currents, options, at, spikes)
        };
        debug_assert!(stepped.is_ok(), "{stepped:?}");
    }
}

/// The state with at most [`MOST_COMPONENTS`] components, the currents, the room for spikes, and the own coefficients.
type OwnParts<'a, S> =
    (PopulationStateMut<'a, S, MOST_COMPONENTS>, &'a [S], &'a mut [u32], (&'a OwnLayout<u32>, &'a [u32]));

impl<'a, const WORDS: usize, const MOST: usize> Step<'a, '_, WORDS, MOST> {
    /// Returns the options of a step of neurons of a known number of components; `None` if `derive` selects no such
    /// neurons.
    #[inline(always)]
    fn typed_options<Q: Rounding>(&self) -> Option<StepOptions> {
        match (SMALL, Q::IN_LINE) {
            _ if COMPACT => None,
            (false, _) => Some(self.options),
            (true, true) => Some(StepOptions::default()),
            (true, false) => None,
        }
    }

    /// Does what [`into_parts`](Self::into_parts) does.
    #[inline(always)]
    fn into_own_parts<S: Plain>(self, layout: &Layout) -> Option<OwnParts<'a, S>> {
        let (cells, words) = self.cells.lend().into_own(layout.component_words());
        let membrane = cast_slice_mut::<u32, S>(cells.voltage).get_mut(..self.neurons)?;
        let refractory = cells.refractory.get_mut(..self.neurons)?;
        let currents = cast_slice::<u32, S>(cells.current).get(..self.neurons)?;
        let adaptation = match layout.components {
            0 => Default::default(),
            _ => components_mut(cast_slice_mut::<u32, S>(cells.adaptation), self.neurons),
        };
        Some((PopulationStateMut { membrane, refractory, adaptation }, currents, self.spikes, (cells.own, words)))
    }

    /// Returns the state with at most K components, the currents, and the room for spikes.
    ///
    /// Never `None`, as a population that does not fit is not loaded.
    #[inline(always)]
    fn into_parts<S: Plain, const K: usize>(self) -> Option<(PopulationStateMut<'a, S, K>, &'a [S], &'a mut [u32])> {
        let cells = self.cells.lend();
        let membrane = cast_slice_mut::<u32, S>(cells.voltage).get_mut(..self.neurons)?;
        let refractory = cells.refractory.get_mut(..self.neurons)?;
        let currents = cast_slice::<u32, S>(cells.current).get(..self.neurons)?;
        let adaptation = components_mut(cast_slice_mut::<u32, S>(cells.adaptation), self.neurons);
        Some((PopulationStateMut { membrane, refractory, adaptation }, currents, self.spikes))
    }
}

impl<S: Plain, Q: Rounding, const MOST: usize> Kernel for Derived<S, Q, MOST> {
    fn size(&self) -> usize {
        size_of::<S>()
    }

    fn components(&self) -> usize {
        self.neuron.components()
    }

    fn own(&self, model: &Model) -> Option<OwnLayout<u32>> {
        OwnLayout::new::<S>(model.own, &model.spec.params, model.neurons as usize)
    }

    #[inline(never)] // so that its stack frame is released before the reply is written
    fn set_own(
        &self,
        spec: &Spec,
        neuron: usize,
        (layout, words): (&OwnLayout<u32>, &mut [u32]),
    ) -> Result<(), RequestError> {
        if !Self::HAS_OWN {
            return Err(RequestError::Malformed); // never
        }
        let rounding = self.neuron.membrane().rounding;
        let derivation = Derivation::new(spec.refractory).rounding(rounding);
        let mut errors = ParamErrors::new();
        let mut of = Levels::<S, Nearest>::BLANK;
        match of.derive_in_place(&spec.params, derivation, &mut errors) {
            Some(_) => {
                let initial = initial(spec.params.initial_v(), of.base.rest);
                layout.set(words, neuron, &of, initial);
                Ok(())
            }
            None => {
                errors.set_neuron(neuron);
                Err(RequestError::from(&errors))
            }
        }
    }

    fn clear(&self, cells: CellsMut<'_>, layout: &Layout, initial_v: Option<f64>, keep_adaptations: bool) {
        let (cells, words) = cells.into_own(layout.component_words());
        let voltage = cast_slice_mut::<u32, S>(cells.voltage);
        voltage.fill(initial(initial_v, self.neuron.membrane().rest));
        let OwnSlices { initial: begins, rest, .. } = Self::slices(Own { layout: cells.own, words });
        // An own rest counts only if no initial potential is given.
        let begins = if begins.is_empty() && initial_v.is_none() { rest } else { begins };
        voltage.iter_mut().zip(begins).for_each(|(voltage, begins)| *voltage = *begins);
        cells.refractory.fill(Default::default());
        if !keep_adaptations {
            cells.adaptation.fill(0); // zero in every scalar
        }
    }

    fn unfit(
        &self,
        field: Field,
        values: &[u8],
        (first, neurons): (usize, usize),
        own: Own<'_>,
        reached: bool,
    ) -> Option<usize> {
        let mut places = first..;
        let mut place = || places.next().unwrap_or(first);
        let gains = Self::slices(own).gain;
        let gain = |neuron: usize| gains.get(neuron).map_or(self.neuron.membrane().gain, S::unpack_gain);
        let mut values = values.chunks_exact(size_of::<S>()).map(|bytes| S::from_bytes(bytes).unwrap_or(S::ZERO_STATE));
        let beyond = |low: f64, high: f64| move |value: S| !(low..=high).contains(&value.to_f64());
        match field {
            Field::Voltage => {
                let (low, high) = if reached { S::REACH } else { (S::LOWEST, S::HIGHEST) };
                values.position(beyond(low, high))
            }
            Field::Adaptation => {
                let counts = self.neuron.counts();
                values.position(|value| {
                    let place = place();
                    let (k, neuron) =
                        (place.checked_div(neurons).unwrap_or(0), place.checked_rem(neurons).unwrap_or(0));
                    let limit = S::written_limit(counts, &gain(neuron), k);
                    beyond(-limit, limit)(value)
                })
            }
            Field::Current => values.position(|value| !value.drivable(&gain(place()))),
            // In floating point, the currents of synapses and stimuli have a sixteenth of the range.
            Field::Synapse if Self::IN_NETWORKS => values.position(|value| {
                let gain = gain(place());
                let drive = value.to_f64().abs() * S::gain_to_f64(&gain).abs();
                !value.drivable(&gain) || !S::EXACT && drive > S::HIGHEST * 1.5
            }),
            Field::Refractory | Field::Synapse | Field::Spikes => None,
        }
    }

    fn remaining(&self, steps: u16) -> f64 {
        self.period.remaining(steps)
    }

    fn count_of(&self, ms: f64) -> Option<u16> {
        self.period.count_of(ms)
    }

    fn period(&self, own: Own<'_>) -> u16 {
        Self::slices(own).refractory.iter().copied().max().unwrap_or(self.period.count())
    }

    fn advance(&self, advance: Advance<'_>) {
        if let DynCoefficients::Levels(neuron) = &self.neuron
            && Self::IN_NETWORKS
        {
            network::advance(neuron, advance);
        }
    }

    fn greatest(&self, of: Coefficient, words: &[u32], place: (usize, usize)) -> f64 {
        if Self::IN_NETWORKS { network::greatest::<S>(of, words, place) } else { 0.0 }
    }

    fn bounds(&self, own: Own<'_>) -> (Bounds, f64) {
        if !Self::IN_NETWORKS {
            return (Bounds::new::<S>(0.0), 0.0);
        }
        let gains = Self::slices(own).gain.iter();
        let own = gains.map(|gain| S::gain_to_f64(&S::unpack_gain(gain)).abs()).fold(0.0, f64::max);
        (Bounds::new::<S>(0.0), own.max(S::gain_to_f64(&self.neuron.membrane().gain).abs()))
    }

    fn stored_size(&self, of: Coefficient) -> usize {
        if Self::IN_NETWORKS { network::size::<S>(of) } else { 0 }
    }

    fn store(
        &self,
        of: Coefficient,
        step_time: f64,
        numbers: &[f64; 3],
        words: &mut [u32],
        place: (usize, usize),
    ) -> Option<()> {
        if !Self::IN_NETWORKS {
            return None; // never, as above
        }
        let stalls = self.neuron.membrane().rounding.stalls();
        network::store::<S>(of, (step_time, stalls), numbers, words, place)
    }
}
