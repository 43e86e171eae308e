//! Correctly rounded `exp` of a non-positive number.
//!
//! A membrane decay that is one bit off changes every voltage of a run. `libm::exp` differs from the correctly
//! rounded value in 0.7 % of decays. The system's own `exp` differs in others, which vary from machine to
//! machine. So this module computes the value to about 100 bits, from operations that IEEE 754 fixes on every
//! machine.

/// exp(x) for one decay, and its complement.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct DecayFactor {
    /// Correctly rounded value.
    pub value: f64,
    /// 1 - exp(x), to a relative error of 10⁻¹⁵, however near to 1 the value is.
    pub complement: f64,
}

impl DecayFactor {
    /// Returns exp(`exponent`), for `exponent <= 0`.
    ///
    /// ```
    /// let factor = glif_core::derive::DecayFactor::of(-1.0 / 20.0);
    /// assert_eq!(factor.value, 0.951229424500714);
    /// ```
    pub fn of(exponent: f64) -> Self {
        let d = exp(exponent);
        Self { value: d.high, complement: (1.0 - d.high) - d.low }
    }
}

/// Unevaluated sum `high + low` of two doubles, with `low` below half a unit in the last place of `high`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Double {
    pub(crate) high: f64,
    pub(crate) low: f64,
}

impl Double {
    fn sum(a: f64, b: f64) -> Self {
        let high = a + b;
        let part = high - a;
        Self { high, low: (a - (high - part)) + (b - part) }
    }

    fn product(a: f64, b: f64) -> Self {
        let high = a * b;
        Self { high, low: libm::fma(a, b, -high) }
    }

    fn add(self, other: Self) -> Self {
        let head = Self::sum(self.high, other.high);
        let tail = Self::sum(self.low, other.low);
        let head = Self::sum(head.high, head.low + tail.high);
        Self::sum(head.high, head.low + tail.low)
    }

    fn mul(self, other: Self) -> Self {
        let head = Self::product(self.high, other.high);
        Self::sum(head.high, head.low + (self.high * other.low + self.low * other.high))
    }

    fn over(self, divisor: f64) -> Self {
        let high = self.high / divisor;
        Self::sum(high, (libm::fma(-high, divisor, self.high) + self.low) / divisor)
    }

    fn scaled(self, exponent: i32) -> Self {
        Self { high: libm::ldexp(self.high, exponent), low: libm::ldexp(self.low, exponent) }
    }
}

/// ln 2 in three parts. A multiple below 2¹¹ of either of the first two parts is exact.
const LN2: [f64; 3] = [
    f64::from_bits(0x3fe6_2e42_fefa_3800),
    f64::from_bits(0x3d2e_f357_93c7_6000),
    f64::from_bits(0x3a8c_c01f_97b5_7a08),
];

/// Returns `exp(x)` for `x <= 0`.
///
/// Equation: x = k ln 2 + r, exp(x) = 2ᵏ exp(r/256)²⁵⁶. exp(·) - 1 is computed by its series, and doubled eight
/// times as (1 + e)² - 1 = 2e + e², which keeps the digits of small arguments.
pub(crate) fn exp(x: f64) -> Double {
    debug_assert!(x <= 0.0, "decays have non-positive exponents, got {x}");
    if x < -745.2 {
        return Double { high: 0.0, low: 0.0 };
    }
    let k = libm::rint(x * core::f64::consts::LOG2_E);
    let r = Double::sum(x, -k * LN2[0]).add(Double::sum(-k * LN2[1], -k * LN2[2]));
    let r = r.scaled(-8);
    let one = Double { high: 1.0, low: 0.0 };
    let mut series = one;
    for n in (2..=11_u8).rev() {
        series = one.add(r.over(f64::from(n)).mul(series));
    }
    let mut e = r.mul(series);
    for _ in 0..8 {
        e = e.scaled(1).add(e.mul(e));
    }
    one.add(e).scaled(k as i32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Correctly rounded by mpmath 1.3 at 400 bits. `libm::exp` gets the arguments of the third group wrong.
    const PINNED: [(f64, u64); 40] = [
        (-1e-300, 0x3ff0000000000000),
        (-1e-20, 0x3ff0000000000000),
        (-5.5e-17, 0x3ff0000000000000),
        (-5.6e-17, 0x3fefffffffffffff),
        (-1.2e-16, 0x3fefffffffffffff),
        (-1e-12, 0x3fefffffffffdcd1),
        (-1e-9, 0x3fefffffff768fa1),
        (-1e-6, 0x3feffffde7211d81),
        (-0.001, 0x3feff7cfe56f1a9e),
        (-0.0025, 0x3fefeb8bab0b5bf7),
        (-0.005, 0x3fefd7246927d28b),
        (-0.05, 0x3fee7078b0a726a6),
        (-0.1, 0x3fecf46d99d52b3a),
        (-0.5, 0x3fe368b2fc6f960a),
        //
        (-core::f64::consts::LN_2, 0x3fe0000000000000),
        (-0.6931471805599454, 0x3fdfffffffffffff),
        (-1.0, 0x3fd78b56362cef38),
        (-2.0, 0x3fc152aaa3bf81cc),
        (-3.3, 0x3fa2e259bb85be85),
        (-10.0, 0x3f07cd79b5647c9b),
        (-20.5, 0x3e157a3afeed00ab),
        (-36.7, 0x3ca0998b04bdd190),
        (-100.0, 0x36ea8c1f14e2af5d),
        (-300.0, 0x24e245639c3a49f7),
        (-700.0, 0x00d14f2b0fb9307f),
        (-708.0, 0x0017c8ab2288c9ab),
        //
        (-0.020833333333333332, 0x3fef57194ce34a49),
        (-0.013157894736842105, 0x3fef94eaa42b5adf),
        (-0.16666666666666666, 0x3feb1660d7a223b1),
        (-0.045454545454545456, 0x3fee93f8eec13d61),
        (-0.016129032258064516, 0x3fef7cee4a220c77),
        (-0.021505376344086023, 0x3fef51b5722b9787),
        (-0.012269938650306749, 0x3fef9c194b651a6f),
        (-0.004106776180698152, 0x3fefde6d2076909d),
        (-0.0034662045060658577, 0x3fefe3a76d0a44c5),
        //
        (-0.3333333333333333, 0x3fe6edd3122f2ea5),
        (-0.14285714285714285, 0x3febbd76b8a1ab98),
        (-0.03333333333333333, 0x3feef36f2df78404),
        (-0.13333333333333333, 0x3fec016b79f3e125),
        (-1e-5, 0x3fefffeb07515653),
    ];

    #[test]
    fn values_are_correctly_rounded() {
        for (x, bits) in PINNED {
            assert_eq!(exp(x).high.to_bits(), bits, "exp({x})");
        }
        assert_eq!(exp(0.0).high, 1.0);
        assert_eq!(exp(f64::NEG_INFINITY).high, 0.0);
    }

    /// The bits below the last one of the value, by mpmath. Both doubles together are accurate to 97 bits.
    #[test]
    fn low_parts_continue_the_values() {
        let pinned = [
            (-1e-05, 5.730256126450165e-18),
            (-0.05, -9.426400457910009e-18),
            (-0.34, 4.476156673124037e-17),
            (-0.35, 1.0400012608936173e-17),
            (-1.0, -1.2428753672788363e-17),
            (-3.3, -2.8625274258701676e-18),
            (-10.0, -2.637554055327531e-21),
            (-100.0, -1.5705024907732008e-60),
            (-300.0, 2.962376373372979e-147),
            (-600.0, 6.377342817491395e-278),
        ];
        for (x, low) in pinned {
            let exp = exp(x);
            let error = (exp.low - low).abs() / exp.high;
            assert!(error <= libm::exp2(-97.0), "exp({x}): 2^{}", libm::log2(error));
        }
    }

    /// (1 - 2⁻⁶⁰) + (2⁻⁶⁰ + 2⁻¹²⁰).
    #[test]
    fn cancellation_keeps_the_last_digits() {
        let small = libm::ldexp(1.0, -60);
        let sum = Double { high: 1.0, low: -small }.add(Double { high: small, low: small * small });
        assert_eq!((sum.high, sum.low), (1.0, small * small));
    }

    #[test]
    fn subnormal_values_are_within_one_ulp() {
        let pinned: [(f64, u64); 9] = [
            (-708.5, 0xe6cf6d08897ac),
            (-720.0, 0x993b4dc95),
            (-740.0, 0x55),
            (-742.0, 0xb),
            (-745.0, 1),
            (-745.1332191019411, 1),
            (-745.14, 0),
            (-746.0, 0),
            (-1e308, 0),
        ];
        for (x, bits) in pinned {
            assert!(exp(x).high.to_bits().abs_diff(bits) <= 1, "exp({x})");
        }
    }

    #[test]
    fn complement_keeps_its_digits() {
        // 1 - exp(x) by mpmath.
        let pinned = [
            (-1e-300, 1e-300),
            (-1e-20, 1e-20),
            (-1e-12, 9.999999999995e-13),
            (-3.7e-10, 3.6999999993155e-10),
            (-1e-6, 9.999995000001667e-7),
            (-0.001, 0.0009995001666250085),
            (-0.05, 0.04877057549928599),
            (-0.693, 0.4999264043042323),
            (-1.0, 0.6321205588285577),
            (-30.0, 0.9999999999999064),
        ];
        let relative = |x: f64, want: f64| (DecayFactor::of(x).complement / want - 1.0).abs();
        for (x, want) in pinned {
            assert!(relative(x, want) <= 2.3e-16, "1 - exp({x})");
        }
        for i in 0..10_000 {
            let x = -libm::pow(10.0, f64::from(i) * 1.2e-3 - 12.0);
            assert!(relative(x, -libm::expm1(x)) <= 1e-15, "1 - exp({x})");
        }
    }

    fn exponent() -> impl Strategy<Value = f64> {
        prop_oneof![-750.0..=0.0, (-300.0..2.9_f64).prop_map(|power| -libm::pow(10.0, power))]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5000))]

        #[test]
        fn exp_rises_up_to_one(a in exponent(), b in exponent()) {
            for (low, high) in [(a.min(b), a.max(b)), (a.next_down(), a)] {
                prop_assert!(exp(low).high <= exp(high).high);
                prop_assert!((0.0..=1.0).contains(&exp(high).high));
            }
        }

        /// Within an ulp of an independent exp; `low` is below half an ulp of `high`, as long as `low` is normal.
        #[test]
        fn exp_agrees_with_libm(x in -650.0..0.0_f64) {
            let exp = exp(x);
            prop_assert!(exp.high.to_bits().abs_diff(libm::exp(x).to_bits()) <= 1);
            prop_assert_eq!(exp.high + exp.low, exp.high);
        }
    }
}
