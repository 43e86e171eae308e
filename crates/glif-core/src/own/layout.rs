//! Which coefficients vary from neuron to neuron, and where in memory they are.

use core::marker::PhantomData;

use bytemuck::{Pod, bytes_of};

use crate::dynamic::steps_as_own;
use crate::error::LengthError;
use crate::levels::{DynReset, Levels};
use crate::neuron::LinearReset;
use crate::parameter::{ComponentCounts, Parameter, ParameterSet};
use crate::quantize::Quantize;
use crate::scalar::Scalar;
use crate::table::ParamTable;

/// Declares the coefficients that can vary, each with the number of its values per neuron and the parameters
/// from which it is derived.
macro_rules! columns {
    ($($(#[$doc:meta])* $variant:ident $name:ident: $type:ty, $count:ident, [$($parameter:ident)*];)*) => {
        /// A coefficient that can vary from neuron to neuron.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[cfg_attr(feature = "defmt", derive(defmt::Format))]
        #[non_exhaustive]
        pub enum Column { $($(#[$doc])* $variant,)* }

        impl Column {
            /// All coefficients, in the order in which they are in memory.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Returns the parameters from which the coefficient is derived.
            const fn parameters(self) -> &'static [Parameter] {
                match self { $(Self::$variant => &[$(Parameter::$parameter),*],)* }
            }

            /// Returns the number of values per neuron.
            fn values(self, counts: ComponentCounts) -> usize {
                match self { $(Self::$variant => $count(counts),)* }
            }

            /// Returns the bytes of a value.
            const fn size<S: Scalar>(self) -> usize {
                match self { $(Self::$variant => size_of::<$type>(),)* }
            }
        }

        /// Coefficients that vary, each with a value for every neuron. A coefficient that all neurons share is an
        /// empty slice. A coefficient of components has the values of all neurons for component 0, then for
        /// component 1.
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub struct OwnSlices<'a, S: Scalar> { $($(#[$doc])* pub $name: &'a [$type],)* }

        impl<S: Scalar> OwnSlices<'_, S> {
            /// No coefficient varies.
            pub const SHARED: Self = Self { $($name: &[],)* };

            /// Checks that each slice is empty or has a value for each neuron and component.
            #[inline(always)]
            pub(crate) fn check(&self, counts: ComponentCounts, neurons: usize) -> Result<(), LengthError> {
                let mut fits = true;
                $(fits &= fits_all(self.$name.len(), Column::$variant.values(counts), neurons);)*
                if fits { Ok(()) } else { self.misfit(counts, neurons) }
            }

            /// Returns an error about the first slice of a wrong length.
            #[cold]
            #[inline(never)] // as it is not part of a step
            fn misfit(&self, counts: ComponentCounts, neurons: usize) -> Result<(), LengthError> {
                $(
                    let (length, values) = (self.$name.len(), Column::$variant.values(counts));
                    if !fits_all(length, values, neurons) {
                        let expected = values.saturating_mul(neurons);
                        return Err(LengthError { name: stringify!($name), length, expected });
                    }
                )*
                Ok(())
            }
        }

        /// Where a step reads the coefficients that vary. It asks only for those that its neurons have. There may be
        /// more values than neurons. `None` if the memory is too short for them.
        pub(crate) trait Columns<'a, S: Scalar>: Copy {
            $(fn $name(&self) -> Option<&'a [$type]>;)*
        }

        impl<'a, S: Scalar> Columns<'a, S> for OwnSlices<'a, S> {
            $(#[inline(always)]
            fn $name(&self) -> Option<&'a [$type]> {
                Some(self.$name)
            })*
        }

        impl<'a, S: Scalar, W: Pod> Columns<'a, S> for Placed<'a, W> {
            $(#[inline(always)]
            fn $name(&self) -> Option<&'a [$type]> {
                self.column(Column::$variant)
            })*
        }

        impl<W: Pod> OwnLayout<W> {
            /// Returns the coefficients in `words`, of which there are [`words`](Self::words).
            #[inline(never)] // as it is long, and not part of a step
            pub fn slices<'a, S: Scalar>(&'a self, words: &'a [W]) -> OwnSlices<'a, S> {
                let placed = Placed { layout: self, words };
                OwnSlices { $($name: self.exactly(Column::$variant, Columns::<S>::$name(&placed).unwrap_or_default()),)* }
            }
        }
    };
}

columns! {
    /// Membrane potential at rest, mV.
    Rest rest: S, one, [RestV];
    /// Membrane resistance. In fixed point, it has limits of the current that depend on the rest.
    Gain gain: S::OwnGain, one, [Resistance RestV];
    /// Decay factor of the membrane per step.
    Decay decay: S::OwnDecay, one, [TimeConstant TcMembrane];
    /// Threshold without adaptation, mV.
    Threshold threshold: S, one, [ThreshV ThreshEqV];
    /// Potential of a reset to a fixed potential, or drop of a linear reset, mV.
    Reset reset: S, one, [ResetV ResetVAdd];
    /// Slope of a linear reset.
    Slope slope: S::Slope, one, [ResetVMul];
    /// Steps from a spike to the earliest possible next one.
    Refractory refractory: u16, one, [RefracT];
    /// Decay factor of each component per step.
    ComponentDecay component_decay: S::OwnDecay, spiked, [TcAdaptation RcAdaptation RcAsc];
    /// Growth of each component at a spike, mV or nA.
    Increment increment: S, spiked, [SpikeIncrement AscAmplitude];
    /// Share of each component that a spike retains.
    Retain retain: S::Slope, spiked, [RcAdaptation RcAsc AscRetain RefracT];
    /// Weight of each after-spike current in the current of a step. It can be 1, which the type of decays cannot.
    Weight weight: S::Decay, currents, [RcAsc];
    /// Decay factor of the threshold voltage per step.
    VoltageDecay voltage_decay: S::OwnDecay, voltages, [RcThreshVoltage];
    /// Factor of the membrane's distance from its steady state in the threshold voltage.
    VoltageGain voltage_gain: S::Slope, voltages, [ThreshVoltageGain RcThreshVoltage TcMembrane];
    /// Factor of R·i in the threshold voltage.
    VoltageDrive voltage_drive: S::Slope, voltages, [ThreshVoltageGain RcThreshVoltage];
    /// Membrane potential at the beginning, mV. A step does not use it.
    Initial initial: S, one, [InitialV];
}

fn one(_: ComponentCounts) -> usize {
    1
}

/// Returns the number of components that a spike changes.
fn spiked(counts: ComponentCounts) -> usize {
    counts.thresholds + counts.currents
}

fn currents(counts: ComponentCounts) -> usize {
    counts.currents
}

fn voltages(counts: ComponentCounts) -> usize {
    counts.voltages
}

/// Returns whether a slice is empty or has so many values for each neuron.
#[inline(always)]
fn fits_all(length: usize, values: usize, neurons: usize) -> bool {
    length == 0 || values.checked_mul(neurons) == Some(length)
}

/// Coefficients in words, as a layout says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placed<'a, W> {
    pub(crate) layout: &'a OwnLayout<W>,
    pub(crate) words: &'a [W],
}

impl<'a, W: Pod> Placed<'a, W> {
    /// Returns the values of a coefficient, and those that complete its last word.
    #[inline(always)]
    fn column<T: Pod>(&self, column: Column) -> Option<&'a [T]> {
        let begins = &self.layout.begins;
        let (begin, end) = (begins[column as usize] as usize, begins[column as usize + 1] as usize);
        let words = self.words.get(..end)?.get(begin..)?; // two comparisons; the range `begin..end` takes more
        let (of_word, of_value) = (size_of::<W>(), size_of::<T>());
        // Neither cast fails: a word is aligned as the values are.
        if of_word % of_value == 0 || of_value % of_word == 0 {
            return bytemuck::try_cast_slice(words).ok();
        }
        let bytes = bytemuck::try_cast_slice::<W, u8>(words).ok()?;
        bytemuck::try_cast_slice(bytes.get(..bytes.len() / of_value * of_value)?).ok()
    }
}

/// Which coefficients vary in a population, and how many values they have.
///
/// ```
/// use glif_core::own::{Column, OwnLayout};
/// use glif_core::LifParams;
/// use glif_core::fixed::types::I16F16;
/// use glif_core::spec::{ParamTable, Parameter, ParameterSet};
///
/// let params = ParamTable::from(LifParams {
///     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_v: -50.0, refrac_t: 2.0, time_constant: 20.0, resistance: 1.0,
/// });
/// let own = ParameterSet::of(&[Parameter::ThreshV, Parameter::TimeConstant]);
/// let layout = OwnLayout::<u32>::new::<I16F16>(own, &params, 100).unwrap();
/// assert!(layout.has(Column::Decay) && layout.has(Column::Threshold) && !layout.has(Column::Rest));
/// assert_eq!(layout.words(), 200); // 4 bytes each, for each neuron
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct OwnLayout<W> {
    /// Bit i stands for the ith column; [`AS_OWN`] for neurons that step as those with own coefficients do.
    columns: u16,
    counts: ComponentCounts,
    neurons: u32,
    /// The words at which columns begin, and those after the last.
    begins: [u32; COLUMNS + 1],
    word: PhantomData<W>,
}

/// Number of coefficients that can vary.
const COLUMNS: usize = Column::ALL.len();
/// Bit of neurons that [step as those with own coefficients do](crate::Spec::steps_as_own).
const AS_OWN: u16 = 1 << COLUMNS;

impl<W> OwnLayout<W> {
    /// No coefficient varies.
    pub const SHARED: Self = Self {
        columns: 0,
        counts: ComponentCounts { thresholds: 0, currents: 0, voltages: 0 },
        neurons: 0,
        begins: [0; COLUMNS + 1],
        word: PhantomData,
    };

    /// Returns the layout of so many neurons without components that share all coefficients.
    pub const fn shared(neurons: u32) -> Self {
        Self { neurons, ..Self::SHARED }
    }

    /// Returns the layout of a population in which these parameters vary, or `None` if its words cannot be counted.
    /// `params` are those of any neuron.
    pub fn new<S: Quantize>(own: ParameterSet, params: &ParamTable, neurons: usize) -> Option<Self> {
        let counts = params.counts();
        // A resistance in floating point does not depend on the rest. Inferno's components have no share.
        let uses = |column, parameter| match (column, parameter) {
            (Column::Gain, Parameter::RestV) => S::RESOLUTION > 0.0,
            (Column::Retain, _) => params.dialect() != crate::names::Dialect::Inferno,
            _ => true,
        };
        let columns = if steps_as_own(params, S::RESOLUTION == 0.0) { AS_OWN } else { 0 };
        let mut layout = Self { columns, counts, neurons: u32::try_from(neurons).ok()?, ..Self::SHARED };
        let mut words = 0_u32;
        let (begins, [end]) = layout.begins.split_last_chunk_mut()?;
        for ((i, column), begin) in Column::ALL.iter().enumerate().zip(begins) {
            *begin = words;
            let varies = |parameter: &&Parameter| own.contains(**parameter) && uses(*column, **parameter);
            let values = column.values(counts);
            if values > 0 && column.parameters().iter().any(|parameter| varies(&parameter)) {
                layout.columns |= 1 << i;
                let bytes = neurons.checked_mul(values)?.checked_mul(column.size::<S>())?;
                words = words.checked_add(u32::try_from(bytes.div_ceil(size_of::<W>())).ok()?)?;
            }
        }
        *end = words;
        Some(layout)
    }

    /// Returns whether a coefficient varies.
    pub const fn has(&self, column: Column) -> bool {
        self.columns >> column as u16 & 1 != 0
    }

    /// Returns the number of neurons.
    pub const fn neurons(&self) -> usize {
        self.neurons as usize
    }

    /// Returns whether all neurons share all coefficients, and do not
    /// [step as those with own ones](crate::Spec::steps_as_own).
    pub const fn is_shared(&self) -> bool {
        self.columns == 0
    }

    /// Returns the bytes per neuron of the coefficients that vary.
    pub fn bytes_per_neuron<S: Scalar>(&self) -> usize {
        let columns = Column::ALL.iter().filter(|column| self.has(**column));
        columns.map(|column| column.values(self.counts) * column.size::<S>()).sum()
    }

    /// Returns the words that the coefficients take.
    pub const fn words(&self) -> usize {
        let [.., end] = self.begins;
        end as usize
    }
}

impl<W: Pod> OwnLayout<W> {
    /// Returns the values of a coefficient without those that complete its last word.
    fn exactly<'a, T>(&self, column: Column, values: &'a [T]) -> &'a [T] {
        let length = if self.has(column) { column.values(self.counts) * self.neurons() } else { 0 };
        values.get(..length).unwrap_or_default()
    }

    /// Writes the coefficients of one neuron, whose membrane begins at `initial`, mV, to `words`.
    pub fn set<S: Scalar, Q>(&self, words: &mut [W], neuron: usize, of: &Levels<S, Q>, initial: S) {
        let (base, state) = (&of.base, S::from_accumulator);
        let [voltage] = &base.dynamics.voltage;
        let mut put = |column, k, bytes: &[u8]| self.put(words, (column, k, neuron), bytes);
        put(Column::Rest, 0, bytes_of(&state(base.rest)));
        put(Column::Gain, 0, bytes_of(&S::pack_gain(&base.gain)));
        put(Column::Decay, 0, bytes_of(&S::pack_decay(&base.decay)));
        put(Column::Threshold, 0, bytes_of(&state(base.threshold)));
        match &base.reset {
            DynReset::Fixed(reset) => put(Column::Reset, 0, bytes_of(&state(reset.0))),
            DynReset::Linear(LinearReset { slope, drop }) => {
                put(Column::Reset, 0, bytes_of(&state(*drop)));
                put(Column::Slope, 0, bytes_of(slope));
            }
        }
        put(Column::Refractory, 0, bytes_of(&base.refractory));
        for k in 0..spiked(of.counts) {
            if let (Some(decay), Some(increment), Some(retain), Some(weight)) =
                (of.adaptation_decay.get(k), of.increment.get(k), of.retain.get(k), of.weight.get(k))
            {
                put(Column::ComponentDecay, k, bytes_of(&S::pack_decay(decay)));
                put(Column::Increment, k, bytes_of(&state(*increment)));
                put(Column::Retain, k, bytes_of(retain));
                put(Column::Weight, k, bytes_of(weight));
            }
        }
        put(Column::VoltageDecay, 0, bytes_of(&S::pack_decay(&voltage.decay)));
        put(Column::VoltageGain, 0, bytes_of(&voltage.gain));
        put(Column::VoltageDrive, 0, bytes_of(&voltage.drive));
        put(Column::Initial, 0, bytes_of(&initial));
    }

    /// Writes the value of a neuron's component, unless all neurons share it.
    #[inline(never)] // as each type of values would have its own copy
    fn put(&self, words: &mut [W], (column, k, neuron): (Column, usize, usize), bytes: &[u8]) {
        if !self.has(column) || k >= column.values(self.counts) || neuron >= self.neurons() {
            return;
        }
        let begin = self.begins[column as usize] as usize * size_of::<W>();
        let at = begin + (k * self.neurons() + neuron) * bytes.len();
        let all = bytemuck::try_cast_slice_mut::<W, u8>(words).unwrap_or_default();
        if let Some(place) = all.get_mut(at..at + bytes.len()) {
            place.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        }
    }
}
