//! Random numbers and functions with the same bits on every machine.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// Draws two independent standard Gaussians by Marsaglia's polar method.
pub(crate) fn gaussian_pair(random: &mut ChaCha8Rng) -> [f64; 2] {
    loop {
        let [x, y] = [(); 2].map(|()| 2.0 * random.random::<f64>() - 1.0);
        let square = x * x + y * y;
        if square > 0.0 && square < 1.0 {
            let scale = (-2.0 * ln(square) / square).sqrt();
            return [x * scale, y * scale];
        }
    }
}

/// Returns a standard Gaussian by Marsaglia's polar method. `draw` returns two random numbers of 64 bits; it is called
/// again with the number of calls before, at most 15.
pub(crate) fn gaussian(mut draw: impl FnMut(u16) -> [u64; 2]) -> f64 {
    for again in 0..16 {
        // 53 bits each, in [-1, 1).
        let [x, y] = draw(again).map(|number| (number >> 11) as f64 / (1_u64 << 52) as f64 - 1.0);
        let square = x * x + y * y;
        if square > 0.0 && square < 1.0 {
            return x * (-2.0 * ln(square) / square).sqrt();
        }
    }
    0.0 // once in 10¹⁰ draws
}

/// Draws a Poisson count by Knuth's product of uniforms; `no_spike` is exp(-mean).
pub(crate) fn spike_count(random: &mut ChaCha8Rng, no_spike: f64) -> u32 {
    let mut product: f64 = random.random();
    let mut count = 0;
    while product > no_spike {
        product *= random.random::<f64>();
        count += 1;
    }
    count
}

/// Returns exp(x) for x ≤ 0, to two units in the last place.
///
/// The bits are the same on every machine. The result is 0 where it would be subnormal.
pub(crate) fn exp(x: f64) -> f64 {
    const LN_2: [f64; 2] = [6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10]; // k times the first part is exact
    if x < -700.0 {
        return 0.0;
    }
    let k = (x * std::f64::consts::LOG2_E).round();
    let r = (x - k * LN_2[0]) - k * LN_2[1];
    let series = (1..=14_u8).rev().fold(1.0, |sum, n| 1.0 + sum * r / f64::from(n));
    series * f64::from_bits(((1023 + k as i64) as u64) << 52)
}

/// Returns ln(x) for normal x > 0, to two units in the last place. The bits are the same on every machine.
///
/// Equation: x = 2ᵏ m with m in [√½, √2), ln(m) = 2 artanh(t) with t = (m - 1) / (m + 1).
fn ln(x: f64) -> f64 {
    let k = (x.to_bits().wrapping_sub(std::f64::consts::FRAC_1_SQRT_2.to_bits()) as i64) >> 52;
    let m = f64::from_bits(x.to_bits().wrapping_sub((k << 52) as u64));
    let t = (m - 1.0) / (m + 1.0);
    let series = (0..12_u8).rev().fold(0.0, |sum, n| sum * (t * t) + 1.0 / f64::from(2 * n + 1));
    k as f64 * std::f64::consts::LN_2 + 2.0 * t * series
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn exp_and_ln_are_close() {
        let mut random = ChaCha8Rng::seed_from_u64(0);
        for _ in 0..100_000 {
            let x: f64 = random.random::<f64>() + 1e-300;
            assert!((ln(x) - x.ln()).abs() <= 5e-16 * x.ln().abs(), "ln({x})");
            for x in [-x, -500.0 * x] {
                assert!((exp(x) / x.exp() - 1.0).abs() <= 5e-16, "exp({x})");
            }
        }
        assert_eq!((exp(0.0), exp(-1e9), exp(f64::NEG_INFINITY), ln(1.0)), (1.0, 0.0, 0.0, 0.0));
    }
}
