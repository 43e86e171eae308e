//! From names in a file to types.

use fixed::types::{I8F8, I9F7, I12F20, I16F16};
use glif_core::params::{DynReset, Names, Rate, ResetLinear, ResetTo};
use glif_core::rounding::{Chosen, Rounding};
use glif_core::{DynParameters, Nearest, ParamErrors, Representation, Stochastic};

use super::{Erased, Loaded};
use crate::description::{Description, ModelName, RoundingName, ScalarName};
use crate::population::{BuildError, Population};

pub(super) fn build(d: &Description) -> Result<Box<dyn Erased>, BuildError> {
    if i64::try_from(d.seed).is_err() {
        return Err(BuildError::Seed { value: d.seed });
    }
    if let Some(error) = d.unfit_rounding() {
        return Err(error);
    }
    let parameters = parameters(d)?;
    match d.scalar {
        ScalarName::F32 => with_scalar::<f32, _>(d, parameters, Nearest),
        ScalarName::F64 => with_scalar::<f64, _>(d, parameters, Nearest),
        ScalarName::I16F16 => with_rounding::<I16F16>(d, parameters),
        ScalarName::I12F20 => with_rounding::<I12F20>(d, parameters),
        ScalarName::I8F8 => with_rounding::<I8F8>(d, parameters),
        ScalarName::I9F7 => with_rounding::<I9F7>(d, parameters),
    }
}

fn with_rounding<S: Representation>(d: &Description, parameters: DynParameters) -> Result<Box<dyn Erased>, BuildError> {
    match d.rounding {
        RoundingName::Nearest => with_scalar::<S, _>(d, parameters, Nearest),
        RoundingName::Truncate => with_scalar::<S, _>(d, parameters, Chosen::Truncate),
        RoundingName::Stochastic => with_scalar::<S, _>(d, parameters, Chosen::Stochastic(Stochastic { seed: d.seed })),
    }
}

fn with_scalar<S: Representation, Q: Rounding>(
    d: &Description,
    parameters: DynParameters,
    rounding: Q,
) -> Result<Box<dyn Erased>, BuildError> {
    let (rule, shape, reduction) = (d.refractory.into(), d.shape.clone(), d.batch_reduction.into());
    let population = Population::assemble(parameters, (rule, rounding), shape, d.batch_size, reduction)?;
    Ok(Box::new(Loaded::<S, Q>::new(population)?))
}

/// The core's parameters under the names of the file.
fn parameters(d: &Description) -> Result<DynParameters, BuildError> {
    let to = || DynReset::To(ResetTo { reset_v: d.number("reset_v") });
    let linear =
        || DynReset::Linear(ResetLinear { reset_v_add: d.number("reset_v_add"), reset_v_mul: d.number("reset_v_mul") });
    let (names, reset) = match d.model {
        ModelName::Lif | ModelName::Glif1 => (Names::Lif, to()),
        ModelName::Alif => (Names::Adaptive, to()),
        ModelName::Glif2 => (Names::Adaptive, linear()),
    };
    let components = |constants, rate: fn(f64) -> Rate| {
        let components = DynParameters::components(constants, d.list(constants), d.list("spike_increment"), rate);
        components.map_err(ParamErrors::from)
    };
    let components = match d.model {
        ModelName::Lif | ModelName::Glif1 => Default::default(),
        ModelName::Alif => components("tc_adaptation", Rate::TimeConstant)?,
        ModelName::Glif2 => components("rc_adaptation", Rate::RateConstant)?,
    };
    Ok(DynParameters {
        names,
        step_time: d.number("step_time"),
        rest_v: d.number("rest_v"),
        threshold: d.number(names.threshold()),
        refrac_t: d.number("refrac_t"),
        time_constant: d.number(names.time_constant()),
        resistance: d.number("resistance"),
        reset,
        components,
    })
}
