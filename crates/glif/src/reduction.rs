//! Reductions of a batch's threshold components to the one set that all samples share.

use std::fmt;
use std::sync::Arc;

use glif_core::Quantize;
use glif_core::spec::BatchReduction;

/// A caller's own reduction: from one value per sample (mV) to one value.
///
/// NaN counts as 0 mV, and a value outside the range of a threshold component as the end of that range. If it
/// panics, its step is incomplete, and the population refuses later steps with
/// [`CurrentError::HalfDone`](crate::population::CurrentError::HalfDone).
pub type Closure<S> = Arc<dyn Fn(&[S]) -> S + Send + Sync>;

/// A reduction over the batch axis. With a batch of one, all except `Custom` leave the components unchanged.
///
/// The median of three samples, which one sample with many spikes does not move:
///
/// ```
/// use std::sync::Arc;
///
/// use glif::{Alif, AlifParams, Population, Reduction, StepOptions};
///
/// let params = AlifParams {
///     step_time: 1.0, rest_v: -60.0, reset_v: -65.0, thresh_eq_v: -50.0, refrac_t: 2.0, tc_membrane: 20.0,
///     tc_adaptation: [100.0], spike_increment: [1.5], resistance: 1.0,
/// };
/// let median = |samples: &[f32]| {
///     let mut samples = samples.to_vec();
///     samples.sort_by(f32::total_cmp);
///     samples[samples.len() / 2]
/// };
/// let builder = Population::<Alif<f32, 1>>::builder(params).shape(&[1]).batch_size(3);
/// let mut population = builder.reduction(Reduction::Custom(Arc::new(median))).build()?;
/// population.step(&[0.0, 0.0, 300.0], StepOptions::default())?; // the third one fires
/// assert_eq!(population.adaptation_view().iter().copied().collect::<Vec<_>>(), [0.0]); // mV
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub enum Reduction<S> {
    /// The mean, Inferno's default.
    #[default]
    Mean,
    /// The sum, as Inferno's documentation suggests.
    ///
    /// **It multiplies the components by the batch size at every step, spikes or not**: with three samples and
    /// no spike, 1 mV grows to 3, 9, 27, ... (less the decay).
    Sum,
    /// The maximum.
    Max,
    /// The minimum.
    Min,
    /// The caller's own reduction.
    Custom(Closure<S>),
}

impl<S: Quantize> Reduction<S> {
    /// Reduces one value per sample to one value, for one of K components.
    pub(crate) fn apply(&self, batch: &[S], k: usize) -> S {
        let pick = |better: fn(&S, &S) -> bool| batch.iter().copied().reduce(|a, b| if better(&b, &a) { b } else { a });
        match self {
            Self::Mean => S::mean(batch, k),
            Self::Sum => S::sum(batch, k),
            Self::Max => pick(S::gt).unwrap_or(S::from_accumulator(S::ZERO)),
            Self::Min => pick(S::lt).unwrap_or(S::from_accumulator(S::ZERO)),
            // Limited to the range in which K components and a threshold can be summed. A NaN would silence its
            // neuron forever.
            Self::Custom(reduce) => match reduce(batch) {
                value if value.to_f64().is_nan() => S::from_accumulator(S::ZERO),
                value => S::sum(&[value], k),
            },
        }
    }
}

#[cfg(feature = "files")]
impl<S> Reduction<S> {
    /// Returns its name; `None` for the caller's own.
    pub(crate) fn name(&self) -> Option<BatchReduction> {
        match self {
            Self::Mean => Some(BatchReduction::Mean),
            Self::Sum => Some(BatchReduction::Sum),
            Self::Max => Some(BatchReduction::Max),
            Self::Min => Some(BatchReduction::Min),
            Self::Custom(_) => None,
        }
    }
}

impl<S> From<BatchReduction> for Reduction<S> {
    fn from(name: BatchReduction) -> Self {
        match name {
            BatchReduction::Mean => Self::Mean,
            BatchReduction::Sum => Self::Sum,
            BatchReduction::Max => Self::Max,
            BatchReduction::Min => Self::Min,
        }
    }
}

impl<S> fmt::Debug for Reduction<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mean => "Mean",
            Self::Sum => "Sum",
            Self::Max => "Max",
            Self::Min => "Min",
            Self::Custom(_) => "Custom(..)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_limited_to_the_range_of_a_component() {
        let limit = f32::component_limit(2) as f32;
        let custom = |value: f32| Reduction::Custom(Arc::new(move |_: &[f32]| value));
        assert_eq!([f32::NAN, f32::INFINITY, 7.0].map(|value| custom(value).apply(&[1.0], 2)), [0.0, limit, 7.0]);
        assert_eq!(Reduction::Mean.apply(&[f32::MAX / 8.0; 64], 2), limit);
    }
}
