//! Seeded random numbers: the same seed gives the same numbers on every machine and thread count.
//!
//! `SplitMix64` (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014)
//! in counter mode: the n-th number depends on the seed and n alone, so work can be cut anywhere.

use std::sync::LazyLock;

const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

/// A stream of random numbers that can be entered at any position.
#[derive(Clone, Debug)]
pub struct Rng {
    key: u64,
    position: u64,
}

impl Rng {
    /// The stream of `seed`, from its beginning.
    pub fn new(seed: u64) -> Self {
        Self { key: mix(seed ^ 0x6861_7264_6361_7365), position: 0 }
    }

    /// An independent stream for the part `stream` of a job.
    pub fn split(seed: u64, stream: u64) -> Self {
        Self { key: mix(mix(seed ^ 0x6861_7264_6361_7365) ^ mix(stream.wrapping_add(GAMMA))), position: 0 }
    }

    /// The number at `index` of the stream, independent of earlier draws.
    #[inline]
    pub fn at(&self, index: u64) -> u64 {
        mix(self.key.wrapping_add(index.wrapping_mul(GAMMA)))
    }

    /// The next 64 random bits.
    #[inline]
    pub fn bits(&mut self) -> u64 {
        let bits = self.at(self.position);
        self.position += 1;
        bits
    }

    /// Uniform in `0.0..1.0`.
    pub fn unit(&mut self) -> f64 {
        to_unit(self.bits())
    }

    /// The same at `index` of the stream, independent of earlier draws.
    #[inline]
    pub fn unit_at(&self, index: u64) -> f64 {
        to_unit(self.at(index))
    }
}

#[inline]
fn to_unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

#[inline]
fn mix(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Quantiles of the standard normal distribution at the middles of 4096 equal slices of probability.
///
/// One look-up with 12 random bits gives a normal number; its variance is that of N(0, 1) within 0.2 %.
pub static NORMAL_QUANTILES: LazyLock<Vec<f32>> = LazyLock::new(|| {
    let raw: Vec<f64> = (0..4096).map(|i| normal_quantile((f64::from(i) + 0.5) / 4096.0)).collect();
    let variance = raw.iter().map(|x| x * x).sum::<f64>() / 4096.0;
    raw.iter().map(|x| (x / variance.sqrt()) as f32).collect()
});

/// The inverse of the normal distribution function, by Newton steps on the error function of `libm`.
fn normal_quantile(p: f64) -> f64 {
    let mut x = 0.0;
    for _ in 0..60 {
        let cdf = 0.5 * libm::erfc(-x / std::f64::consts::SQRT_2);
        let density = libm::exp(-0.5 * x * x) / (2.0 * std::f64::consts::PI).sqrt();
        x -= ((cdf - p) / density).clamp(-0.5, 0.5);
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_fixes_the_stream() {
        let mut rng = Rng::new(7);
        let drawn: Vec<u64> = (0..3).map(|_| rng.bits()).collect();
        let again = Rng::new(7);
        assert_eq!(drawn, vec![again.at(0), again.at(1), again.at(2)]);
        assert_ne!(Rng::new(8).at(0), again.at(0));
        assert_ne!(Rng::split(7, 1).at(0), Rng::split(7, 2).at(0));
    }

    #[test]
    fn the_quantiles_are_those_of_the_normal_distribution() {
        let table = &*NORMAL_QUANTILES;
        let mean: f64 = table.iter().map(|x| f64::from(*x)).sum::<f64>() / 4096.0;
        let variance: f64 = table.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / 4096.0;
        assert!(mean.abs() < 1e-6 && (variance - 1.0).abs() < 1e-5);
        // 97.5 % of the mass lies below 1.96.
        let below = table.iter().filter(|x| **x < 1.96).count() as f64 / 4096.0;
        assert!((below - 0.975).abs() < 0.001, "{below}");
    }
}
