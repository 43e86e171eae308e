//! Fixed-point arithmetic: all rounding and saturation is in this module.
//!
//! No operation wraps or panics on any input, and the step pays nothing for that: the derivation of
//! coefficients rules out whatever could overflow. State is stored in [`FixedI32`]`<F>` or [`FixedI16`]`<F>`.
//! Arithmetic is in `i32`, in units of 2⁻ᶠ (mV, nA).
//!
//! * A 32-bit voltage uses half of its range, -2³⁰ to 2³⁰ - 1 (±16,384 mV in 16.16), and a 16-bit voltage all
//!   of it. So the difference of any two voltages fits in an `i32`.
//! * The current is clamped once, on entry, to the range whose drive R·I keeps rest + R·I a voltage. In 32 bits
//!   the factor takes a bit of its own, so that this is half of the range at worst (8,192 mV in 16.16). The new
//!   membrane potential is between the old one and rest + R·I, so it is a voltage again. A threshold that no
//!   current reaches is refused.
//! * A threshold component is limited to a K-th of the range when it grows, so that the threshold and all
//!   components can be added.
//!
//! | product | factor | rounding |
//! |---|---|---|
//! | R·I, 32 bit | 31 bits and a shift | to nearest, ties up |
//! | R·I, 16 bit | 15 bits and a shift | to nearest, ties up |
//! | decay, 32 bit | U0F32 | the policy's |
//! | decay, 16 bit | 14 bits of d or of 1 - d, and a shift (a time constant is off by 6·10⁻⁵ at most) | the policy's |
//! | slope of a linear reset | 30 bits and a shift | to nearest, ties up |

use core::hint::black_box;

use bytemuck::{Pod, Zeroable};
use fixed::types::extra::{LeEqU16, LeEqU32, U0};
use fixed::{FixedI16, FixedI32};

use crate::exp::DecayFactor;
use crate::params::Rate;
use crate::quantize::Quantize;
use crate::rounding::RoundingBias;
use crate::scalar::{Scalar, sealed::Sealed};

impl<F: LeEqU32 + 'static> Sealed for FixedI32<F> {}
impl<F: LeEqU16 + 'static> Sealed for FixedI16<F> {}

/// Resistance for a 32-bit current: clamp, shift, and the high word of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct Gain32 {
    /// Least current whose drive fits, in units of the format, 2⁻ᶠ nA.
    pub lowest: i32,
    /// Greatest current whose drive fits, in the same unit.
    pub highest: i32,
    /// Left shift of the current.
    pub shift: u32,
    /// R · 2^(32 - shift).
    pub factor: i32,
}

/// Resistance for a 16-bit current: clamp, a 32-bit product, shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct Gain16 {
    /// Least current whose drive fits, in units of the format, 2⁻ᶠ nA.
    pub lowest: i32,
    /// Greatest current whose drive fits, in the same unit.
    pub highest: i32,
    /// Right shift of the product.
    pub shift: u32,
    /// R · 2^shift.
    pub factor: i32,
}

/// Decay factor as U0F32, read as a signed number. From one half on that is d - 1, and `keep` adds the 1 again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct Decay32 {
    /// d or d - 1, in units of 2⁻³².
    pub factor: i32,
    /// All ones if `factor` is d - 1, otherwise zero.
    pub keep: i32,
}

/// Decay factor of 14 bits and a shift, for which a 32-bit multiplication is enough: d, or d - 1 from one half on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct Decay16 {
    /// d or d - 1, in units of 2^-shift.
    pub factor: i32,
    /// 15 to 30.
    pub shift: u32,
    /// All ones if `factor` is d - 1, otherwise zero.
    pub keep: i32,
}

/// Slope of a linear reset: `factor` · 2^-shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct Slope {
    /// Up to 30 bits.
    pub factor: i32,
    /// 0 to 60.
    pub shift: u32,
}

/// [`Gain32`] with what a step computes from it, for neurons that each have their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct OwnGain32 {
    /// As in [`Gain32`].
    pub lowest: i32,
    /// Difference between the greatest and the least current.
    pub span: i32,
    /// 2^shift. A core multiplies as fast as it shifts, and has to limit a shift first.
    pub scale: i32,
    /// As in [`Gain32`].
    pub factor: i32,
}

/// [`Gain16`] in 8 bytes, with the span of the currents, which a step compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct OwnGain16 {
    /// As in [`Gain16`].
    pub lowest: i16,
    /// Difference between the greatest and the least current.
    pub span: u16,
    /// As in [`Gain16`].
    pub factor: i16,
    /// As in [`Gain16`].
    pub shift: u16,
}

/// [`Decay32`] in 4 bytes: `factor` is negative if it is d - 1, which is never 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct OwnDecay32 {
    /// As in [`Decay32`].
    pub factor: i32,
}

/// [`Decay16`] in 4 bytes: `factor` is negative if it is d - 1, which is never 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(C)]
pub struct OwnDecay16 {
    /// As in [`Decay16`].
    pub factor: i16,
    /// As in [`Decay16`].
    pub shift: u16,
}

/// Greatest magnitude of the slope of a linear reset.
const STEEPEST: f64 = 1_073_741_823.0;
const LOWEST_32: i32 = -(1 << 30);
const HIGHEST_32: i32 = (1 << 30) - 1;
const LOWEST_16: i32 = i16::MIN as i32;
const HIGHEST_16: i32 = i16::MAX as i32;

/// Returns start + ⌊(a · b + bias) / 2³²⌋. With a bias of half a unit it is one instruction on a Cortex-M4, two
/// on a Cortex-M3.
#[inline(always)]
fn add_high_product(start: i32, a: i32, b: i32, bias: u32) -> i32 {
    // A Cortex-M0 has only 32-bit products. It is recognized by having no atomic operations either.
    if cfg!(all(target_arch = "arm", not(target_has_atomic = "8"))) {
        return add_high_product_of_halves(start, a, b, bias);
    }
    // As one 64-bit sum, because there are instructions for that.
    let start = i64::from(start) << 32 | i64::from(bias);
    (start.wrapping_add(i64::from(a) * i64::from(b)) >> 32) as i32
}

/// Long multiplication with 16-bit digits. No sum overflows: each is at most (2¹⁶ - 1)·2¹⁵ plus a digit.
#[inline(always)]
fn add_high_product_of_halves(start: i32, a: i32, b: i32, bias: u32) -> i32 {
    const DIGIT: i32 = 0xffff;
    let (a_high, a_low, b_high, b_low) = (a >> 16, a & DIGIT, b >> 16, b & DIGIT);
    let ones = a_low.cast_unsigned().wrapping_mul(b_low.cast_unsigned());
    let tens = a_high * b_low + (ones >> 16).cast_signed();
    let more = a_low * b_high + (tens & DIGIT);
    let high = start + a_high * b_high + (tens >> 16);
    if bias == 1 << 31 {
        return high + (((more >> 15) + 1) >> 1);
    }
    let low = (more << 16).cast_unsigned() | ones & DIGIT.cast_unsigned();
    high + (more >> 16) + i32::from(low.overflowing_add(bias).1)
}

/// Limits `x` to a range. Where neurons are computed one after another, it is cheaper to test first whether `x`
/// is outside.
#[inline(always)]
fn clamp(x: i32, lowest: i32, highest: i32) -> i32 {
    let clamped = || x.max(lowest).min(highest);
    if cfg!(any(target_arch = "x86_64", target_arch = "aarch64")) {
        clamped()
    } else if x.wrapping_sub(lowest).cast_unsigned() <= highest.wrapping_sub(lowest).cast_unsigned() {
        x
    } else {
        black_box(clamped()) // otherwise the compiler would always clamp rather than branch
    }
}

#[inline(always)]
fn drive_32(start: i32, current: i32, by: &Gain32) -> i32 {
    add_high_product(start, clamp(current, by.lowest, by.highest) << by.shift, by.factor, 1 << 31)
}

/// Does what [`drive_32`] does.
#[inline(always)]
fn drive_own_32(start: i32, current: i32, by: &OwnGain32) -> i32 {
    let current = clamp(current, by.lowest, by.lowest.wrapping_add(by.span));
    add_high_product(start, current.wrapping_mul(by.scale), by.factor, 1 << 31)
}

/// Returns the sum of rest and drive.
#[inline(always)]
fn steady_state_32(rest: i32, drive: impl FnOnce(i32) -> i32) -> i32 {
    // The sum costs nothing in a 64-bit accumulating multiplication. Cores that have a 32-bit one also have an FPU,
    // and the compiler selects that one if the sum is separate.
    if cfg!(target_abi = "eabihf") { rest + drive(0) } else { drive(rest) }
}

#[inline(always)]
fn drive_16(current: i32, by: &Gain16) -> i32 {
    let half = (1 << by.shift) >> 1;
    (clamp(current, by.lowest, by.highest) * by.factor + half) >> by.shift
}

#[inline(always)]
fn decay_32(x: i32, by: &Decay32, draw: impl RoundingBias, site: u32) -> i32 {
    add_high_product(x & by.keep, x, by.factor, draw.bias(site, x < 0))
}

#[inline(always)]
fn decay_16(x: i32, by: &Decay16, draw: impl RoundingBias, site: u32) -> i32 {
    // 17 bits times 14 bits leave room for the bias.
    let bias = (draw.bias(site, x < 0) >> (32 - by.shift)) as i32;
    (x & by.keep) + ((x * by.factor + bias) >> by.shift)
}

#[inline(always)]
fn scale(x: i32, by: &Slope) -> i32 {
    let product = i64::from(x) * i64::from(by.factor);
    // Rounds to nearest by way of one more bit.
    let product = if by.shift == 0 { product } else { ((product >> (by.shift - 1)) + 1) >> 1 };
    product.max(i64::from(LOWEST_32)).min(i64::from(HIGHEST_32)) as i32
}

impl<F: LeEqU32 + Send + Sync + 'static> Scalar for FixedI32<F> {
    type Accumulator = i32;
    type Gain = Gain32;
    type Decay = Decay32;
    type OwnGain = OwnGain32;
    type OwnDecay = OwnDecay32;
    type Slope = Slope;
    type Canonical = FixedI32<U0>;
    const ZERO: i32 = 0;
    const NO_JUMP: i32 = 0;
    const NEVER: i32 = HIGHEST_32;
    const GONE: Decay32 = Decay32 { factor: 0, keep: 0 };
    const ZERO_STATE: Self = Self::ZERO;
    const BLANK: (Gain32, Decay32, Slope) = (
        Gain32 { lowest: 0, highest: 0, shift: 0, factor: 0 },
        Decay32 { factor: 0, keep: 0 },
        Slope { factor: 0, shift: 0 },
    );
    const PHASED: bool = true;

    #[inline(always)]
    fn pack_gain(gain: &Gain32) -> OwnGain32 {
        let Gain32 { lowest, highest, shift, factor } = *gain;
        OwnGain32 { lowest, span: highest.wrapping_sub(lowest), scale: 1_i32.wrapping_shl(shift), factor }
    }
    #[inline(always)]
    fn unpack_gain(gain: &OwnGain32) -> Gain32 {
        let OwnGain32 { lowest, span, scale, factor } = *gain;
        Gain32 { lowest, highest: lowest.wrapping_add(span), shift: scale.trailing_zeros(), factor }
    }
    #[inline(always)]
    fn pack_decay(decay: &Decay32) -> OwnDecay32 {
        OwnDecay32 { factor: decay.factor }
    }
    #[inline(always)]
    fn unpack_decay(decay: &OwnDecay32) -> Decay32 {
        Decay32 { factor: decay.factor, keep: decay.factor >> 31 }
    }
    #[inline(always)]
    fn to_accumulator(self) -> i32 {
        self.to_bits()
    }
    #[inline(always)]
    fn from_accumulator(wide: i32) -> Self {
        Self::from_bits(wide)
    }
    #[inline(always)]
    fn drive(self, by: &Gain32) -> i32 {
        drive_32(0, self.to_bits(), by)
    }
    #[inline(always)]
    fn steady_state(self, rest: i32, by: &Gain32) -> (i32, i32) {
        (steady_state_32(rest, |start| drive_32(start, self.to_bits(), by)), 0)
    }
    #[inline(always)]
    fn drive_own(self, by: &OwnGain32) -> i32 {
        drive_own_32(0, self.to_bits(), by)
    }
    #[inline(always)]
    fn steady_state_own(self, rest: i32, by: &OwnGain32) -> (i32, i32) {
        (steady_state_32(rest, |start| drive_own_32(start, self.to_bits(), by)), 0)
    }
    #[inline(always)]
    fn decay(x: i32, by: &Decay32, draw: impl RoundingBias, site: u32) -> i32 {
        decay_32(x, by, draw, site)
    }
    #[inline(always)]
    fn scale(x: i32, by: &Slope) -> i32 {
        scale(x, by)
    }
    #[inline(always)]
    fn saturate(x: i32) -> i32 {
        x.clamp(LOWEST_32, HIGHEST_32)
    }
    #[inline(always)]
    fn clamp_state(x: i32) -> i32 {
        Self::saturate(x)
    }
    #[inline(always)]
    fn jump(v: i32, by: i32) -> i32 {
        v.saturating_add(by)
    }
    #[inline(always)]
    fn limit(count: usize) -> i32 {
        limit_32(count)
    }
    #[inline(always)]
    fn add_current(self, own: i32) -> Self {
        Self::from_bits(self.to_bits().saturating_add(own))
    }
    #[inline(always)]
    fn bounded_sum(a: i32, b: i32, limit: i32) -> i32 {
        <Self as Scalar>::saturating_add(a, b, limit)
    }
    #[inline(always)]
    fn saturating_add(component: i32, increment: i32, limit: i32) -> i32 {
        (component + increment).max(-limit).min(limit)
    }
}

impl<F: LeEqU16 + Send + Sync + 'static> Scalar for FixedI16<F> {
    type Accumulator = i32;
    type Gain = Gain16;
    type Decay = Decay16;
    type OwnGain = OwnGain16;
    type OwnDecay = OwnDecay16;
    type Slope = Slope;
    type Canonical = FixedI16<U0>;
    const ZERO: i32 = 0;
    const NO_JUMP: i32 = 0;
    const NEVER: i32 = HIGHEST_16;
    const GONE: Decay16 = Decay16 { factor: 0, shift: 30, keep: 0 };
    const ZERO_STATE: Self = Self::ZERO;
    const BLANK: (Gain16, Decay16, Slope) = (
        Gain16 { lowest: 0, highest: 0, shift: 0, factor: 0 },
        Decay16 { factor: 0, shift: 0, keep: 0 },
        Slope { factor: 0, shift: 0 },
    );

    #[inline(always)]
    fn pack_gain(gain: &Gain16) -> OwnGain16 {
        let Gain16 { lowest, highest, shift, factor } = *gain;
        let span = highest.wrapping_sub(lowest) as u16;
        OwnGain16 { lowest: lowest as i16, span, factor: factor as i16, shift: shift as u16 }
    }
    #[inline(always)]
    fn unpack_gain(gain: &OwnGain16) -> Gain16 {
        let OwnGain16 { lowest, span, factor, shift } = *gain;
        let lowest = i32::from(lowest);
        Gain16 { lowest, highest: lowest + i32::from(span), shift: shift.into(), factor: factor.into() }
    }
    #[inline(always)]
    fn pack_decay(decay: &Decay16) -> OwnDecay16 {
        OwnDecay16 { factor: decay.factor as i16, shift: decay.shift as u16 }
    }
    #[inline(always)]
    fn unpack_decay(decay: &OwnDecay16) -> Decay16 {
        let factor = i32::from(decay.factor);
        Decay16 { factor, shift: decay.shift.into(), keep: factor >> 31 }
    }
    #[inline(always)]
    fn to_accumulator(self) -> i32 {
        i32::from(self.to_bits())
    }
    #[inline(always)]
    fn from_accumulator(wide: i32) -> Self {
        debug_assert!((LOWEST_16..=HIGHEST_16).contains(&wide), "a voltage left its range: {wide}");
        Self::from_bits(wide as i16)
    }
    #[inline(always)]
    fn drive(self, by: &Gain16) -> i32 {
        drive_16(i32::from(self.to_bits()), by)
    }
    #[inline(always)]
    fn decay(x: i32, by: &Decay16, draw: impl RoundingBias, site: u32) -> i32 {
        decay_16(x, by, draw, site)
    }
    #[inline(always)]
    fn scale(x: i32, by: &Slope) -> i32 {
        scale(x, by)
    }
    #[inline(always)]
    fn saturate(x: i32) -> i32 {
        x.clamp(LOWEST_16, HIGHEST_16)
    }
    #[inline(always)]
    fn clamp_state(x: i32) -> i32 {
        Self::saturate(x)
    }
    #[inline(always)]
    fn jump(v: i32, by: i32) -> i32 {
        v.saturating_add(by)
    }
    #[inline(always)]
    fn limit(_: usize) -> i32 {
        HIGHEST_16
    }
    #[inline(always)]
    fn add_current(self, own: i32) -> Self {
        Self::from_bits((i32::from(self.to_bits()) + own).clamp(LOWEST_16, HIGHEST_16) as i16)
    }
    #[inline(always)]
    fn bounded_sum(a: i32, b: i32, limit: i32) -> i32 {
        <Self as Scalar>::saturating_add(a, b, limit)
    }
    #[inline(always)]
    fn saturating_add(component: i32, increment: i32, _: i32) -> i32 {
        (component + increment).clamp(-HIGHEST_16, HIGHEST_16)
    }
}

/// Returns the greatest magnitude of one of `k` threshold components. All of them and a threshold then fit an `i32`.
#[inline(always)]
const fn limit_32(k: usize) -> i32 {
    HIGHEST_32 / if k == 0 { 1 } else { k as i32 }
}

/// Returns the current farthest from zero, at most `bound`, that still `fits`. Zero fits, and so does every
/// current nearer to zero than one that fits.
fn farthest(bound: i32, fits: impl Fn(i32) -> bool) -> i32 {
    let (mut inside, mut outside) = (0, i64::from(bound) + i64::from(bound.signum()));
    while (outside - inside).abs() > 1 {
        let middle = inside + (outside - inside) / 2;
        if fits(middle as i32) { inside = middle } else { outside = middle }
    }
    inside as i32
}

/// Rounds `value · 2^shift` to nearest, with the greatest shift up to `most` that keeps it within `cap`.
/// Returns `None` if even a shift of 0 does not, or if the value rounds to zero.
fn mantissa(value: f64, cap: f64, most: u32) -> Option<(i32, u32)> {
    let shift = (0..=most).rev().find(|shift| libm::rint(scaled(value, *shift)).abs() <= cap)?;
    let factor = libm::rint(scaled(value, shift)) as i32;
    (factor != 0).then_some((factor, shift))
}

fn scaled(value: f64, shift: u32) -> f64 {
    libm::scalbn(value, shift as i32)
}

fn unscaled(value: f64, shift: u32) -> f64 {
    libm::scalbn(value, -(shift as i32))
}

/// Rounds to nearest, ties up; returns `None` outside the range.
fn bits(value: f64, frac: u32, (lowest, highest): (i32, i32)) -> Option<i32> {
    let bits = libm::floor(scaled(value, frac) + 0.5);
    (bits >= f64::from(lowest) && bits <= f64::from(highest)).then_some(bits as i32)
}

/// Rounds to nearest, ties up, saturating; NaN becomes 0.
fn saturated(value: f64, frac: u32) -> i32 {
    libm::floor(scaled(value, frac) + 0.5) as i32
}

fn gain_32(mohm: f64, rest: i32) -> Option<Gain32> {
    // Four below 2³¹, so that the drive of the greatest current stays below 2³⁰.
    let (factor, bits) = mantissa(mohm, 2_147_483_644.0, 32)?;
    let shift = 32 - bits;
    let reach = ((1_i64 << (31 - shift.min(31))) - 1) as i32;
    let free = Gain32 { lowest: -reach, highest: reach, shift, factor };
    let fits = |current| (LOWEST_32..=HIGHEST_32).contains(&(rest + drive_32(0, current, &free)));
    (shift < 31).then(|| Gain32 { lowest: farthest(-reach, fits), highest: farthest(reach, fits), ..free })
}

fn gain_16(mohm: f64, rest: i32) -> Option<Gain16> {
    let (factor, shift) = mantissa(mohm, 32_767.0, 30)?;
    let free = Gain16 { lowest: LOWEST_16, highest: HIGHEST_16, shift, factor };
    // In 64 bits here, because the drive of a current that does not fit may not fit 32 bits either.
    let drive = |current: i32| (i64::from(current) * i64::from(factor) + ((1 << shift) >> 1)) >> shift;
    let fits = |current| (i64::from(LOWEST_16)..=i64::from(HIGHEST_16)).contains(&(i64::from(rest) + drive(current)));
    Some(Gain16 { lowest: farthest(LOWEST_16, fits), highest: farthest(HIGHEST_16, fits), ..free })
}

fn decay_factor_32(factor: DecayFactor) -> Option<Decay32> {
    let complement = libm::rint(scaled(factor.complement, 32));
    if complement < 1.0 {
        return None;
    }
    // From one half on, the significant digits are in the complement.
    let high = factor.value >= 0.5;
    let raw = if high { -complement } else { libm::rint(scaled(factor.value, 32)) };
    if raw >= 2_147_483_648.0 {
        return Some(Decay32 { factor: i32::MIN, keep: -1 });
    }
    Some(Decay32 { factor: raw as i32, keep: if high { -1 } else { 0 } })
}

fn decay_factor_16(factor: DecayFactor) -> Option<Decay16> {
    let high = factor.value >= 0.5;
    let wanted = if high { -factor.complement } else { factor.value };
    match mantissa(wanted, 16_384.0, 30) {
        Some((factor, shift)) => Some(Decay16 { factor, shift, keep: if high { -1 } else { 0 } }),
        None if high => None,
        None => Some(Decay16 { factor: 0, shift: 30, keep: 0 }),
    }
}

/// Returns the greatest x with round(x · d) = x, in units of the last place: half a unit divided by the loss
/// per unit.
fn stall_units(complement: f64) -> f64 {
    libm::floor(0.5 / complement)
}

fn slope(slope: f64) -> Option<Slope> {
    if slope == 0.0 {
        return Some(Slope { factor: 0, shift: 0 });
    }
    // A slope too small for 60 fraction bits moves no 31-bit voltage.
    let (factor, shift) = match mantissa(slope, STEEPEST, 60) {
        Some(mantissa) => mantissa,
        None if slope.abs() < 1.0 => (0, 0),
        None => return None,
    };
    Some(Slope { factor, shift })
}

fn exponent(rate: Rate, step_time: f64) -> f64 {
    match rate {
        Rate::TimeConstant(tau) => -step_time / tau,
        Rate::RateConstant(lambda) | Rate::AfterSpike(lambda) | Rate::Voltage(lambda) => {
            (-step_time * lambda).max(f64::MIN)
        }
    }
}

/// Sums in 64 bits, which no batch is long enough to overflow.
fn total(values: impl Iterator<Item = i64>) -> i64 {
    values.fold(0, i64::wrapping_add)
}

macro_rules! representation {
    ($fixed:ident, $int:ty, $bound:ident, $decay:ty, $gain:ident, $decay_factor:ident,
     $lowest:expr, $highest:expr, $limit:expr, $gains:expr) => {
        impl<F: $bound + Send + Sync + 'static> Quantize for $fixed<F> {
            const LOWEST: f64 = $lowest as f64 * Self::RESOLUTION;
            const HIGHEST: f64 = $highest as f64 * Self::RESOLUTION;
            const REACH: (f64, f64) = (Self::LOWEST, Self::HIGHEST);
            const RESOLUTION: f64 = 1.0 / (1_u64 << F::U32) as f64;
            const LEAST: f64 = Self::RESOLUTION;
            const GREATEST: f64 = <$int>::MAX as f64 * Self::RESOLUTION;
            const REPLAYS: bool = false;
            const GAINS: (f64, f64) = $gains;
            const STEEPEST: f64 = STEEPEST;

            fn to_f64(self) -> f64 {
                f64::from(self.to_bits()) * Self::RESOLUTION
            }
            fn accumulator_to_f64(wide: i32) -> f64 {
                f64::from(wide) * Self::RESOLUTION
            }
            fn above(v: i32) -> Option<i32> {
                (v < $highest).then_some(v + 1)
            }
            fn voltage(mv: f64) -> Option<i32> {
                bits(mv, F::U32, ($lowest, $highest))
            }
            fn component_limit(k: usize) -> f64 {
                Self::accumulator_to_f64($limit(k))
            }
            fn increment_limit(k: usize) -> f64 {
                Self::component_limit(k)
            }
            fn nearest(value: f64) -> Self {
                let bits = saturated(value, F::U32);
                Self::from_bits(bits.clamp(<$int>::MIN.into(), <$int>::MAX.into()) as $int)
            }
            #[inline(always)]
            fn drivable(self, _: &Self::Gain) -> bool {
                true
            }
            fn mean(batch: &[Self], _: usize) -> Self {
                let count = batch.len().max(1) as i64;
                let mean = (total(batch.iter().map(|x| i64::from(x.to_bits()))) * 2 + count).div_euclid(2 * count);
                Self::from_bits(mean as $int)
            }
            fn sum(batch: &[Self], k: usize) -> Self {
                let limit = i64::from($limit(k));
                Self::from_bits(total(batch.iter().map(|x| i64::from(x.to_bits()))).max(-limit).min(limit) as $int)
            }
            fn gain(mohm: f64, rest: i32) -> Option<Self::Gain> {
                $gain(mohm, rest)
            }
            fn currents(gain: &Self::Gain) -> (f64, f64) {
                (Self::accumulator_to_f64(gain.lowest), Self::accumulator_to_f64(gain.highest))
            }
            fn greatest_drive(gain: &Self::Gain) -> f64 {
                Self::accumulator_to_f64(gain.drive(gain.lowest).max(gain.drive(gain.highest)))
            }
            fn gain_to_f64(gain: &Self::Gain) -> f64 {
                gain.to_f64()
            }
            fn adaptation_exponent(rate: Rate, step_time: f64) -> f64 {
                exponent(rate, step_time)
            }
            fn decay_factor(factor: DecayFactor) -> Option<$decay> {
                $decay_factor(factor)
            }
            fn weight(weight: f64) -> $decay {
                // `None` where the complement rounds to zero.
                $decay_factor(DecayFactor { value: weight, complement: 1.0 - weight }).unwrap_or(<$decay>::ONE)
            }
            fn after_spike_limit(_: &Self::Gain, _: usize) -> f64 {
                f64::INFINITY // the step clamps
            }
            fn decay_to_f64(decay: &$decay) -> f64 {
                if decay.keep == 0 { decay.fraction() } else { 1.0 + decay.fraction() }
            }
            fn stall_band(decay: &$decay) -> f64 {
                let complement = if decay.keep == 0 { 1.0 - decay.fraction() } else { -decay.fraction() };
                stall_units(complement) * Self::RESOLUTION
            }
            fn slope(slope: f64) -> Option<Slope> {
                self::slope(slope)
            }
            fn slope_to_f64(slope: &Slope) -> f64 {
                unscaled(f64::from(slope.factor), slope.shift)
            }
        }
    };
}

representation!(
    FixedI32,
    i32,
    LeEqU32,
    Decay32,
    gain_32,
    decay_factor_32,
    LOWEST_32,
    HIGHEST_32,
    limit_32,
    (1.2e-10, 536_870_911.0)
);
representation!(
    FixedI16,
    i16,
    LeEqU16,
    Decay16,
    gain_16,
    decay_factor_16,
    LOWEST_16,
    HIGHEST_16,
    |_| HIGHEST_16,
    (4.7e-10, 32_767.0)
);

impl Gain32 {
    fn drive(&self, current: i32) -> i32 {
        drive_32(0, current, self)
    }

    fn to_f64(self) -> f64 {
        unscaled(f64::from(self.factor), 32 - self.shift)
    }
}

impl Gain16 {
    fn drive(&self, current: i32) -> i32 {
        drive_16(current, self)
    }

    fn to_f64(self) -> f64 {
        unscaled(f64::from(self.factor), self.shift)
    }
}

impl Decay32 {
    const ONE: Self = Self { factor: 0, keep: -1 };

    fn fraction(self) -> f64 {
        unscaled(f64::from(self.factor), 32)
    }
}

impl Decay16 {
    const ONE: Self = Self { factor: 0, shift: 30, keep: -1 };

    fn fraction(self) -> f64 {
        unscaled(f64::from(self.factor), self.shift)
    }
}

#[cfg(test)]
#[path = "fixed_point_tests.rs"]
mod tests;
