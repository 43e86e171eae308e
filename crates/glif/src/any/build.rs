//! From names in a file to types: the one place that spells out every combination.

use fixed::types::{I8F8, I9F7, I12F20, I16F16};
use glif_core::derive::DeriveReset;
use glif_core::neuron::{Linear, To};
use glif_core::params::complete;
use glif_core::rounding::{Chosen, Rounding};
use glif_core::{
    AlifParams, Glif2Params, LifParams, Nearest, Neuron, ParamError, ParamErrors, Parameters, Problem, Representation,
    Stochastic,
};

use super::{Erased, Loaded};
use crate::description::{Description, ModelName, RoundingName, ScalarName};
use crate::limits;
use crate::population::{BuildError, Population};

pub(super) fn build(d: &Description) -> Result<Box<dyn Erased>, BuildError> {
    if i64::try_from(d.seed).is_err() {
        return Err(BuildError::Seed { value: d.seed });
    }
    if let Some(error) = d.unfit_rounding() {
        return Err(error);
    }
    match d.scalar {
        ScalarName::F32 => with_model::<f32, Nearest>(d, Nearest),
        ScalarName::F64 => with_model::<f64, Nearest>(d, Nearest),
        ScalarName::I16F16 => with_rounding::<I16F16>(d),
        ScalarName::I12F20 => with_rounding::<I12F20>(d),
        ScalarName::I8F8 => with_rounding::<I8F8>(d),
        ScalarName::I9F7 => with_rounding::<I9F7>(d),
    }
}

fn with_rounding<S: Representation>(d: &Description) -> Result<Box<dyn Erased>, BuildError> {
    match d.rounding {
        RoundingName::Nearest => with_model::<S, _>(d, Nearest),
        RoundingName::Truncate => with_model::<S, _>(d, Chosen::Truncate),
        RoundingName::Stochastic => with_model::<S, _>(d, Chosen::Stochastic(Stochastic { seed: d.seed })),
    }
}

fn with_model<S: Representation, Q: Rounding>(d: &Description, rounding: Q) -> Result<Box<dyn Erased>, BuildError> {
    match d.model {
        ModelName::Lif | ModelName::Glif1 => {
            let params = LifParams {
                step_time: d.number("step_time"),
                rest_v: d.number("rest_v"),
                reset_v: d.number("reset_v"),
                thresh_v: d.number("thresh_v"),
                refrac_t: d.number("refrac_t"),
                time_constant: d.number("time_constant"),
                resistance: d.number("resistance"),
            };
            finish::<S, To<S>, 0, Q>(d, params.into(), rounding)
        }
        ModelName::Alif => with_components::<S, Q>(d, rounding, false),
        ModelName::Glif2 => with_components::<S, Q>(d, rounding, true),
    }
}

fn with_components<S: Representation, Q: Rounding>(
    d: &Description,
    rounding: Q,
    linear: bool,
) -> Result<Box<dyn Erased>, BuildError> {
    macro_rules! by_count {
        ($($k:literal)*) => {
            match d.components() {
                $($k if linear => finish::<S, Linear<S>, $k, Q>(d, glif2::<$k>(d)?.into(), rounding),
                $k => finish::<S, To<S>, $k, Q>(d, alif::<$k>(d)?.into(), rounding),)*
                count => {
                    let problem = Problem::TooManyComponents { most: limits::COMPONENTS };
                    let name = if linear { "rc_adaptation" } else { "tc_adaptation" };
                    let error = ParamError { name, index: None, value: count as f64, unit: "", problem };
                    Err(ParamErrors::from(error).into())
                }
            }
        };
    }
    by_count!(0 1 2 3 4 5 6 7 8)
}

fn lists<const K: usize>(d: &Description, constants: &'static str) -> Result<([f64; K], [f64; K]), BuildError> {
    complete(constants, d.list(constants), d.list("spike_increment")).map_err(|error| ParamErrors::from(error).into())
}

fn alif<const K: usize>(d: &Description) -> Result<AlifParams<K>, BuildError> {
    let (tc_adaptation, spike_increment) = lists(d, "tc_adaptation")?;
    Ok(AlifParams {
        step_time: d.number("step_time"),
        rest_v: d.number("rest_v"),
        reset_v: d.number("reset_v"),
        thresh_eq_v: d.number("thresh_eq_v"),
        refrac_t: d.number("refrac_t"),
        tc_membrane: d.number("tc_membrane"),
        tc_adaptation,
        spike_increment,
        resistance: d.number("resistance"),
    })
}

fn glif2<const K: usize>(d: &Description) -> Result<Glif2Params<K>, BuildError> {
    let (rc_adaptation, spike_increment) = lists(d, "rc_adaptation")?;
    Ok(Glif2Params {
        step_time: d.number("step_time"),
        rest_v: d.number("rest_v"),
        reset_v_add: d.number("reset_v_add"),
        reset_v_mul: d.number("reset_v_mul"),
        thresh_eq_v: d.number("thresh_eq_v"),
        refrac_t: d.number("refrac_t"),
        tc_membrane: d.number("tc_membrane"),
        rc_adaptation,
        spike_increment,
        resistance: d.number("resistance"),
    })
}

fn finish<S: Representation, R: DeriveReset<S>, const K: usize, Q: Rounding>(
    d: &Description,
    params: Parameters<R::Params, K>,
    rounding: Q,
) -> Result<Box<dyn Erased>, BuildError> {
    let population = Population::<Neuron<S, R, K>>::builder(params)
        .shape(&d.shape)
        .batch_size(d.batch_size)
        .refractory(d.refractory.into())
        .reduction(d.batch_reduction.into())
        .rounding(rounding)
        .build()?;
    Ok(Box::new(Loaded::new(population)?))
}
