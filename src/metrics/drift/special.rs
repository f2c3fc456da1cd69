//! Tail probabilities of distributions.

/// Relative precision of series and fractions.
const PRECISION: f64 = 1e-16;
/// Most terms of a series or a fraction.
const TERMS: usize = 10_000;

/// Probability that a chi-square variable of so many degrees of freedom is larger.
pub fn chi_square_tail(value: f64, degrees: f64) -> f64 {
    if value <= 0.0 || degrees <= 0.0 {
        return 1.0;
    }
    upper_gamma(degrees / 2.0, value / 2.0)
}

/// Regularized upper incomplete gamma function Q(a, x): a series below the mean, a continued fraction above (Press et al.,
/// "Numerical Recipes", section 6.2).
fn upper_gamma(a: f64, x: f64) -> f64 {
    let front = libm::exp(a * libm::log(x) - x - libm::lgamma(a));
    if x < a + 1.0 {
        let (mut term, mut sum) = (1.0 / a, 1.0 / a);
        for n in 1..TERMS {
            term *= x / (a + n as f64);
            sum += term;
            if term < sum * PRECISION {
                break;
            }
        }
        return (1.0 - front * sum).max(0.0);
    }
    let tiny = f64::MIN_POSITIVE / PRECISION;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / tiny;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for n in 1..TERMS {
        let n = n as f64;
        let numerator = -n * (n - a);
        b += 2.0;
        d = numerator * d + b;
        d = if d.abs() < tiny { tiny } else { d };
        c = b + numerator / c;
        c = if c.abs() < tiny { tiny } else { c };
        d = 1.0 / d;
        let step = d * c;
        fraction *= step;
        if (step - 1.0).abs() < PRECISION * 4.0 {
            break;
        }
    }
    front * fraction
}

/// Tail of the limit distribution of Kolmogorov: the probability of a larger value.
pub fn kolmogorov_tail(value: f64) -> f64 {
    if value < 0.2 {
        return 1.0;
    }
    let mut sum = 0.0;
    for k in 1..200 {
        let k = f64::from(k);
        let term = libm::exp(-2.0 * k * k * value * value);
        sum += if k as u32 % 2 == 1 { term } else { -term };
        if term < 1e-300 {
            break;
        }
    }
    (2.0 * sum).clamp(0.0, 1.0)
}

/// Squared distances times values from which twice the one-sided tail is the two-sided one to its last digits (Simard and
/// L'Ecuyer, "Computing the two-sided Kolmogorov-Smirnov distribution", 2011).
const FAR: f64 = 2.2;
/// Most values of which the one-sided tail is summed up.
const MOST_SUMMED: f64 = 100_000.0;

/// Probability that the distribution function of `count` values is at least `distance` from the one that they are drawn from.
///
/// Twice the one-sided tail of Birnbaum and Tingey, 1951, far out, else the limit distribution with the correction of Vrbik
/// ("Small-sample corrections to Kolmogorov-Smirnov test statistic", 2018).
pub fn kolmogorov_smirnov_tail(distance: f64, count: f64) -> f64 {
    if distance <= 0.0 || count < 1.0 {
        return 1.0;
    }
    if distance >= 1.0 {
        return 0.0;
    }
    if count * distance * distance >= FAR && count <= MOST_SUMMED {
        return (2.0 * one_sided_tail(distance, count)).min(1.0);
    }
    let root = count.sqrt();
    let value = root * distance;
    kolmogorov_tail(value + 1.0 / (6.0 * root) + (value - 1.0) / (4.0 * count))
}

/// d Σ C(n, j) (d + j/n)^(j - 1) (1 - d - j/n)^(n - j) over j up to n (1 - d).
fn one_sided_tail(distance: f64, count: f64) -> f64 {
    let all = libm::lgamma(count + 1.0);
    let last = (count * (1.0 - distance)).floor() as u32;
    let term = |j: u32| {
        let j = f64::from(j);
        let (up, down) = (distance + j / count, 1.0 - distance - j / count);
        if down <= 0.0 {
            return 0.0;
        }
        let choose = all - libm::lgamma(j + 1.0) - libm::lgamma(count - j + 1.0);
        libm::exp(choose + (j - 1.0) * libm::log(up) + (count - j) * libm::log(down))
    };
    distance * (0..=last).map(term).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tails_of_tables() {
        // Quantiles of the 5 % level in every table of statistics.
        for (value, degrees) in
            [(3.841_458_820_694_124, 1.0), (11.070_497_693_516_35, 5.0), (124.342_113_404_004_4, 100.0)]
        {
            assert!((chi_square_tail(value, degrees) - 0.05).abs() < 1e-12, "{value}");
        }
        // scipy 1.17.1, kstwo.sf.
        for (distance, count, wanted, precision) in
            [(0.2, 100.0, 5.551_927_327_988_775e-4, 1e-9), (0.1, 100.0, 0.252_692_757_006_387_4, 1e-3)]
        {
            let found = kolmogorov_smirnov_tail(distance, count);
            assert!((found / wanted - 1.0).abs() < precision, "{found}");
        }
        assert!((kolmogorov_tail(1.358_098_869_7) - 0.05).abs() < 1e-6);
        assert!(
            (chi_square_tail(0.0, 3.0) - 1.0).abs() < 1e-12 && (kolmogorov_tail(0.0) - 1.0).abs() < 1e-12
        );
    }
}
