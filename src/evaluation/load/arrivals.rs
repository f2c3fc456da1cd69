//! Moments at which requests are due.

use std::time::Duration;

use crate::base::rng::Rng;

/// Pattern of arrivals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arrivals {
    /// Independent of each other, as those of many users: a Poisson process.
    #[default]
    Poisson,
    /// At equal distances, as the frames of a camera.
    Even,
}

/// The moments from the begin of a stage on, `count` of them at `rate` a second on average. The same seed gives the same moments.
pub fn moments(arrivals: Arrivals, rate: f64, count: usize, seed: u64) -> Vec<Duration> {
    let mut rng = Rng::split(seed, 0);
    let mut at = 0.0;
    (0..count)
        .map(|number| {
            let moment = match arrivals {
                Arrivals::Even => number as f64 / rate,
                Arrivals::Poisson => at,
            };
            // The distance of two arrivals is exponential; the draw is above 0.
            let draw = ((rng.bits() >> 11) as f64 + 1.0) / (1_u64 << 53) as f64;
            at -= libm::log(draw) / rate;
            Duration::from_secs_f64(moment)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_have_their_rate_and_their_distances() {
        let even = moments(Arrivals::Even, 50.0, 4, 1);
        assert_eq!(even, [0, 20, 40, 60].map(Duration::from_millis));
        let random = moments(Arrivals::Poisson, 50.0, 20_000, 1);
        assert_eq!(random, moments(Arrivals::Poisson, 50.0, 20_000, 1));
        assert_ne!(random, moments(Arrivals::Poisson, 50.0, 20_000, 2));
        let distances: Vec<f64> =
            random.windows(2).map(|pair| pair[1].as_secs_f64() - pair[0].as_secs_f64()).collect();
        let mean = distances.iter().sum::<f64>() / distances.len() as f64;
        let variance = distances.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / distances.len() as f64;
        // Of an exponential distribution the standard deviation is the mean; both within 4 standard errors.
        assert!((mean - 0.02).abs() < 4.0 * 0.02 / 20_000_f64.sqrt(), "{mean}");
        assert!((variance.sqrt() / mean - 1.0).abs() < 0.04, "{}", variance.sqrt());
        // The share beyond twice the mean is exp(-2).
        let far = distances.iter().filter(|d| **d > 0.04).count() as f64 / distances.len() as f64;
        assert!((far - 0.1353).abs() < 0.01, "{far}");
    }
}
