//! The gamma distribution: fit by maximum likelihood, distribution function, quantiles.

/// Most steps of an iteration.
const STEPS: usize = 500;

/// A gamma distribution that begins at 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gamma {
    /// Shape.
    pub shape: f64,
    /// Scale.
    pub scale: f64,
}

impl Gamma {
    /// The most likely one for these values; `None` unless all are above 0 and at least two differ.
    ///
    /// Newton steps on ln(k) - digamma(k) = ln(mean) - mean(ln), from the start of Minka, "Estimating a Gamma distribution", 2002.
    pub fn fit(values: &[f64]) -> Option<Self> {
        if values.len() < 2 || values.iter().any(|value| !value.is_finite() || *value <= 0.0) {
            return None;
        }
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let target = libm::log(mean) - values.iter().map(|value| libm::log(*value)).sum::<f64>() / count;
        if target <= 1e-14 {
            return None;
        }
        let mut shape = (3.0 - target + ((target - 3.0).powi(2) + 24.0 * target).sqrt()) / (12.0 * target);
        for _ in 0..STEPS {
            let off = libm::log(shape) - digamma(shape) - target;
            let next = shape - off / (1.0 / shape - trigamma(shape));
            let next = if next > 0.0 { next } else { shape / 2.0 };
            let still = (next - shape).abs() <= 1e-14 * shape;
            shape = next;
            if still {
                break;
            }
        }
        Some(Self { shape, scale: mean / shape })
    }

    /// Probability of a value of at most `x`.
    pub fn below(&self, x: f64) -> f64 {
        incomplete(self.shape, x / self.scale)
    }

    /// The value below which a part of the distribution lies, by bisection.
    pub fn quantile(&self, part: f64) -> f64 {
        let (mut low, mut high) = (0.0, self.shape * self.scale);
        while self.below(high) < part && high.is_finite() {
            low = high;
            high *= 2.0;
        }
        for _ in 0..STEPS {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                break;
            }
            if self.below(middle) < part {
                low = middle;
            } else {
                high = middle;
            }
        }
        0.5 * (low + high)
    }
}

/// Derivative of the logarithm of the gamma function, by recurrence and the asymptotic series (Abramowitz, Stegun, 6.3.18).
fn digamma(mut x: f64) -> f64 {
    let mut sum = 0.0;
    while x < 12.0 {
        sum -= 1.0 / x;
        x += 1.0;
    }
    let z = 1.0 / (x * x);
    let series = z
        * (1.0 / 12.0
            - z * (1.0 / 120.0
                - z * (1.0 / 252.0 - z * (1.0 / 240.0 - z * (1.0 / 132.0 - z * 691.0 / 32_760.0)))));
    sum + libm::log(x) - 0.5 / x - series
}

/// Second derivative of the logarithm of the gamma function (Abramowitz, Stegun, 6.4.12).
fn trigamma(mut x: f64) -> f64 {
    let mut sum = 0.0;
    while x < 12.0 {
        sum += 1.0 / (x * x);
        x += 1.0;
    }
    let z = 1.0 / (x * x);
    let series = z * (1.0 / 6.0 - z * (1.0 / 30.0 - z * (1.0 / 42.0 - z * (1.0 / 30.0 - z * 5.0 / 66.0))));
    sum + 1.0 / x + 0.5 * z + series / x
}

/// Regularized lower incomplete gamma function, by its series or its continued fraction (Abramowitz, Stegun, 6.5).
fn incomplete(a: f64, x: f64) -> f64 {
    if x.is_nan() || x <= 0.0 {
        return 0.0;
    }
    let front = libm::exp(a * libm::log(x) - x - libm::lgamma(a));
    if x < a + 1.0 {
        let (mut term, mut sum) = (1.0 / a, 1.0 / a);
        for step in 1..STEPS * 20 {
            term *= x / (a + step as f64);
            sum += term;
            if term < sum * 1e-17 {
                break;
            }
        }
        return front * sum;
    }
    // Lentz's method.
    let tiny = 1e-300;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / tiny;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for step in 1..STEPS * 20 {
        let n = step as f64;
        let factor = -n * (n - a);
        b += 2.0;
        d = 1.0 / nonzero(factor * d + b, tiny);
        c = nonzero(b + factor / c, tiny);
        fraction *= d * c;
        if (d * c - 1.0).abs() < 1e-16 {
            break;
        }
    }
    1.0 - front * fraction
}

fn nonzero(value: f64, tiny: f64) -> f64 {
    if value.abs() < tiny { tiny } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_known_distributions() {
        // Shape 1 is the exponential distribution; half of chi-square with 8 degrees of freedom has shape 4.
        let exponential = Gamma { shape: 1.0, scale: 2.0 };
        assert!((exponential.quantile(0.95) - 2.0 * 20.0_f64.ln()).abs() < 1e-12);
        let chi = Gamma { shape: 4.0, scale: 2.0 };
        assert!((chi.quantile(0.95) - 15.507_313_055_865_453).abs() < 1e-10);
        // The spec's fit on the digits.
        let digits = Gamma { shape: 19.551_421_968_845_883, scale: 0.558_572_404_195_496 };
        assert!((digits.quantile(0.9) - 14.181_495_027_588_486).abs() < 1e-9);
        assert!((digits.quantile(0.99) - 17.471_622_265_785_445).abs() < 1e-9);
    }

    #[test]
    fn a_fit_meets_the_likelihood_equation() {
        let values: Vec<f64> = (1..200).map(|at| f64::from(at % 17) + 0.5).collect();
        let gamma = Gamma::fit(&values).unwrap();
        let mean = values.iter().sum::<f64>() / 199.0;
        let logs = values.iter().map(|value| value.ln()).sum::<f64>() / 199.0;
        assert!((gamma.shape * gamma.scale - mean).abs() < 1e-10);
        assert!((digamma(gamma.shape) + gamma.scale.ln() - logs).abs() < 1e-12);
        assert_eq!(Gamma::fit(&[1.0, 1.0, 1.0]), None);
        assert_eq!(Gamma::fit(&[1.0, -1.0]), None);
    }
}
