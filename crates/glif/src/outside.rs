//! State that comes from outside, checked before a population accepts it.

use glif_core::population::check_refrac;
use glif_core::{Problem, Quantize, Refractory, StateError};

use crate::kernel::Kernel;
use crate::population::{Origin, Population};

/// Relative excess of a time that is accepted, because the time may have been rounded to an f32.
const ROUNDED: f64 = 1e-6;

impl<M: Kernel> Population<M> {
    /// Returns the origin for remaining times that were set after `since` steps.
    ///
    /// # Errors
    /// Returns an error if a time cannot have been written.
    pub(crate) fn origin_of(&self, since: u64, ms: Vec<f64>) -> Result<Origin, StateError> {
        let mut expires = 0;
        for (index, &value) in ms.iter().enumerate() {
            let period = self.period_of(index);
            check_refrac(period, value).map_err(|problem| StateError::of_refrac(index, value, problem))?;
            expires = expires.max(period.count_of(value).unwrap_or(Refractory::MOST));
        }
        Ok(Origin { since, ms, expires })
    }

    /// Checks that this population can have these counts after this number of steps.
    ///
    /// A count is at most a period long, unless it remains from a time that was written or began under another
    /// step time.
    ///
    /// # Errors
    /// Returns an error for the first count that is longer.
    pub(crate) fn check_counts(
        &self,
        refractory: &[Refractory],
        origin: Option<&Origin>,
        steps: u64,
    ) -> Result<(), StateError> {
        let most = |index| self.period_of(index).count();
        let left = |index: usize, count: u16| {
            origin.is_some_and(|Origin { since, ms, .. }| {
                let began = ms.get(index).and_then(|ms| self.period_of(index).count_of(*ms));
                began.map(u64::from) == Some(u64::from(count) + (steps - since))
            })
        };
        let longer = |(index, word): &(usize, &Refractory)| word.steps() > most(*index) && !left(*index, word.steps());
        match refractory.iter().enumerate().find(longer) {
            Some((index, word)) => {
                let problem = Problem::LongerThanPeriod { most: most(index).into() };
                Err(StateError { name: "refrac", index, value: word.steps().into(), unit: "steps", problem })
            }
            None => Ok(()),
        }
    }

    /// Checks that a spike can have left these remaining times, ms.
    ///
    /// # Errors
    /// Returns an error for the first time that cannot be written or is longer than a period.
    pub(crate) fn check_left(&self, refrac: &[f64]) -> Result<(), StateError> {
        for (index, &value) in refrac.iter().enumerate() {
            let period = self.period_of(index);
            let over = |ms| period.count_of(ms).is_none_or(|steps| steps > period.count());
            check_refrac(period, value).map_err(|problem| StateError::of_refrac(index, value, problem))?;
            if over(value) && over(value * (1.0 - ROUNDED)) {
                let problem = Problem::LongerThanPeriod { most: period.remaining(period.count()) };
                return Err(StateError::of_refrac(index, value, problem));
            }
        }
        Ok(())
    }
}

/// Converts values to the scalar, rounded to nearest.
///
/// Returns an error with the first value, as given, that is not finite or is outside the range.
pub(crate) fn converted<S: Quantize>(
    name: &'static str,
    values: &[f64],
    (lowest, highest): (f64, f64),
) -> Result<Vec<S>, StateError> {
    let bad = values.iter().position(|value| !(lowest..=highest).contains(value));
    match bad.map(|index| (index, values[index])) {
        Some((index, value)) => {
            let problem = if value.is_finite() { Problem::OutOfRange { lowest, highest } } else { Problem::NotFinite };
            Err(StateError { name, index, value, unit: "mV", problem })
        }
        None => Ok(values.iter().map(|value| S::nearest(*value)).collect()),
    }
}
