//! Drift of one number: Kolmogorov-Smirnov, population stability index, Wasserstein-1, Jensen-Shannon.

use crate::base::stats::quantile;
use crate::metrics::drift::special::kolmogorov_smirnov_tail;

/// Largest product of the sizes of two samples of which the p-value is exact.
pub const EXACT_UP_TO: u64 = 100_000_000;
/// Bins of the population stability index.
const PSI_BINS: usize = 10;
/// Least share of a bin.
const PSI_FLOOR: f64 = 1e-4;
/// Bins of the Jensen-Shannon distance.
const SHANNON_BINS: usize = 20;

/// Values of a sample in order; those that are no number are left out.
pub fn sorted(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
    values.sort_by(f64::total_cmp);
    values
}

/// Distance of two distribution functions and the two-sided p-value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KolmogorovSmirnov {
    /// Largest distance of the two distribution functions.
    pub distance: f64,
    /// Probability of at least that distance for samples of one distribution; exact up to [`EXACT_UP_TO`] pairs of values, above
    /// that of one sample of n m / (n + m) values against its distribution, as in scipy.
    pub p_value: f64,
}

/// The two-sample test of Kolmogorov and Smirnov on sorted samples; `None` if one of them is empty.
pub fn kolmogorov_smirnov(a: &[f64], b: &[f64]) -> Option<KolmogorovSmirnov> {
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let (n, m) = (a.len() as u64, b.len() as u64);
    let (mut i, mut j, mut most) = (0, 0, 0_u64);
    while i < a.len() && j < b.len() {
        let value = if a[i].total_cmp(&b[j]).is_lt() { a[i] } else { b[j] };
        while i < a.len() && a[i] <= value {
            i += 1;
        }
        while j < b.len() && b[j] <= value {
            j += 1;
        }
        most = most.max((i as u64 * m).abs_diff(j as u64 * n));
    }
    let distance = most as f64 / (n as f64 * m as f64);
    let p_value = if most == 0 {
        1.0
    } else if n.saturating_mul(m) > EXACT_UP_TO {
        let effective = n as f64 * m as f64 / (n + m) as f64;
        kolmogorov_smirnov_tail(distance, effective.round())
    } else if n == m {
        outside_square(n, most / n)
    } else {
        outside_strip(n, m, most)
    };
    Some(KolmogorovSmirnov { distance, p_value: p_value.clamp(0.0, 1.0) })
}

/// Share of the lattice paths of two samples of `n` that get `steps` apart: the alternating sum of reflections, from its end.
fn outside_square(n: u64, steps: u64) -> f64 {
    let mut sum = 0.0;
    for k in (0..=n / steps).rev() {
        let mut ratio = 1.0;
        for j in 0..steps {
            let (top, bottom) = (n.saturating_sub(k * steps + j), n + k * steps + j + 1);
            ratio *= top as f64 / bottom as f64;
        }
        sum = ratio * (1.0 - sum);
    }
    2.0 * sum
}

/// Share of the lattice paths from (0, 0) to (n, m) that reach a point with |i m - j n| of at least `most`, counted outside so
/// that small shares keep their digits (Viehmann, "Numerically more stable computation of the p-values for the two-sample
/// Kolmogorov-Smirnov test", 2021).
fn outside_strip(n: u64, m: u64, most: u64) -> f64 {
    let (n, m) = if n >= m { (n, m) } else { (m, n) };
    let outside = |i: u64, j: u64| (i * m).abs_diff(j * n) >= most;
    // Shares of the paths to each point of a column that have left the strip.
    let mut column: Vec<f64> = (0..=m).map(|j| if outside(0, j) { 1.0 } else { 0.0 }).collect();
    let (mut low, mut high) = (0, m);
    for i in 1..=n {
        // Points that lie in the strip of this column; the others have left.
        let reach = |far: u64| (far.saturating_sub(most)) / n;
        let (first, last) = (reach(i * m).min(m), ((i * m + most) / n + 1).min(m));
        for value in &mut column[low as usize..first.max(low) as usize] {
            *value = 1.0;
        }
        for j in first..=last {
            let share = if outside(i, j) {
                1.0
            } else {
                let left = column[j as usize];
                let below = if j == 0 { 0.0 } else { column[j as usize - 1] };
                (left * i as f64 + below * j as f64) / (i + j) as f64
            };
            column[j as usize] = share;
        }
        (low, high) = (first, last.max(high.min(last)));
    }
    debug_assert!(high <= m, "the strip lies in the column");
    column[m as usize]
}

/// Population stability index over ten quantile bins of the sorted reference; below 0.1 little, above 0.25 much, by habit.
///
/// A value at which several quantiles lie has a bin of its own. `None` if one of them is empty.
pub fn stability_index(reference: &[f64], other: &[f64]) -> Option<f64> {
    let edges: Vec<f64> =
        (1..PSI_BINS).map(|bin| quantile(reference, bin as f64 / PSI_BINS as f64)).collect::<Option<_>>()?;
    if other.is_empty() {
        return None;
    }
    let shares = |values: &[f64]| -> Vec<f64> {
        let mut before = 0;
        let mut ends = Vec::with_capacity(edges.len() + 1);
        for equal in edges.chunk_by(|a, b| a.total_cmp(b).is_eq()) {
            ends.push(values.partition_point(|value| *value < equal[0]));
            if equal.len() > 1 {
                ends.push(values.partition_point(|value| *value <= equal[0]));
            }
        }
        let ends = ends.into_iter().chain([values.len()]);
        ends.map(|end| {
            let share = end.saturating_sub(before) as f64 / values.len() as f64;
            before = end.max(before);
            share.max(PSI_FLOOR)
        })
        .collect()
    };
    let (p, q) = (shares(reference), shares(other));
    Some(p.iter().zip(&q).map(|(p, q)| (q - p) * libm::log(q / p)).sum())
}

/// Wasserstein-1 distance of sorted samples: the area between their distribution functions. `None` if one of them is empty.
pub fn wasserstein(a: &[f64], b: &[f64]) -> Option<f64> {
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let (mut i, mut j, mut area) = (0, 0, 0.0);
    let mut at = a[0].min(b[0]);
    while i < a.len() || j < b.len() {
        let next = match (a.get(i), b.get(j)) {
            (Some(a), Some(b)) => a.min(*b),
            (Some(one), None) | (None, Some(one)) => *one,
            (None, None) => break,
        };
        let apart = (i as f64 / a.len() as f64 - j as f64 / b.len() as f64).abs();
        area += apart * (next - at);
        at = next;
        while a.get(i).is_some_and(|value| *value <= next) {
            i += 1;
        }
        while b.get(j).is_some_and(|value| *value <= next) {
            j += 1;
        }
    }
    Some(area)
}

/// Jensen-Shannon divergence in bits over twenty equal bins between the smallest and the largest value of both sorted samples.
/// `None` if one of them is empty.
pub fn jensen_shannon(a: &[f64], b: &[f64]) -> Option<f64> {
    let low = a.first()?.min(*b.first()?);
    let high = a.last()?.max(*b.last()?);
    let width = (high - low) / SHANNON_BINS as f64;
    let shares = |values: &[f64]| {
        let mut bins = [0.0; SHANNON_BINS];
        for value in values {
            let bin = if width > 0.0 { ((value - low) / width) as usize } else { 0 };
            bins[bin.min(SHANNON_BINS - 1)] += 1.0 / values.len() as f64;
        }
        bins
    };
    let (p, q) = (shares(a), shares(b));
    let term = |part: f64, middle: f64| if part > 0.0 { part * libm::log2(part / middle) } else { 0.0 };
    let sum: f64 = p
        .iter()
        .zip(&q)
        .map(|(p, q)| {
            let middle = f64::midpoint(*p, *q);
            f64::midpoint(term(*p, middle), term(*q, middle))
        })
        .sum();
    Some(sum.max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The p-value of every order of two samples, one after the other.
    fn by_counting(n: usize, m: usize, distance: f64) -> f64 {
        let (mut outside, mut all) = (0, 0);
        for order in 0_u32..1 << (n + m) {
            if order.count_ones() as usize != n {
                continue;
            }
            let (mut i, mut j, mut most) = (0, 0, 0.0_f64);
            for at in 0..n + m {
                if order >> at & 1 == 1 {
                    i += 1;
                } else {
                    j += 1;
                }
                most = most.max((f64::from(i) / n as f64 - f64::from(j) / m as f64).abs());
            }
            all += 1;
            outside += u32::from(most >= distance - 1e-12);
        }
        f64::from(outside) / f64::from(all)
    }

    #[test]
    fn p_values_are_those_of_counting_every_order() {
        for (a, b) in [
            (vec![1.0, 2.0, 3.0, 4.5], vec![2.5, 4.0, 5.0, 6.0]),
            (vec![1.0, 2.0, 3.0], vec![2.5, 4.0, 5.0, 6.0, 7.0]),
            (vec![1.0, 9.0, 3.5, 3.0, 2.0, 8.0], vec![2.5, 4.0, 5.0, 6.0]),
            (vec![1.0], vec![2.0, 3.0]),
        ] {
            let found = kolmogorov_smirnov(&sorted(a.clone()), &sorted(b.clone())).unwrap();
            let counted = by_counting(a.len(), b.len(), found.distance);
            assert!((found.p_value - counted).abs() < 1e-12, "{a:?} {b:?} {found:?} {counted}");
        }
    }

    #[test]
    fn p_values_of_large_samples_are_those_of_scipy() {
        // scipy 1.17.1: ks_2samp of k / 20000 for all k below 20000 and of the five below, by the exact method.
        let many: Vec<f64> = (0..20_000).map(|at| f64::from(at) / 20_000.0).collect();
        let few = [0.940_01, 0.950_01, 0.960_01, 0.970_01, 0.980_01];
        let found = kolmogorov_smirnov(&many, &few).unwrap();
        assert!((found.distance - 0.940_05).abs() < 1e-12, "{found:?}");
        assert!((found.p_value / 1.567_022_245_297_710_6e-6 - 1.0).abs() < 1e-9, "{found:?}");
        // The same of two samples of 20 000 whose distance is 0.02 and 0.014, method="asymp".
        for (steps, wanted) in [(400.0, 6.616_848_639_386_923e-4), (280.0, 3.930_994_122_744_935e-2)] {
            let moved: Vec<f64> = many.iter().map(|value| value + (steps - 0.5) / 20_000.0).collect();
            let found = kolmogorov_smirnov(&many, &moved).unwrap();
            assert!((found.distance - steps / 20_000.0).abs() < 1e-12, "{found:?}");
            assert!((found.p_value / wanted - 1.0).abs() < 1e-4, "{found:?} {wanted}");
        }
    }

    #[test]
    fn values_that_repeat_have_a_bin_of_their_own() {
        let of = |zeros: usize| sorted((0..100).map(|at| f64::from(u8::from(at >= zeros))));
        let psi = |a: &[f64], b: &[f64]| stability_index(a, b).unwrap();
        // Shares of two values: (q - p) ln(q / p) summed up.
        let wanted = |p: f64, q: f64| (q - p) * libm::log(q / p) + (p - q) * libm::log((1.0 - q) / (1.0 - p));
        for (p, q) in [(50, 10), (95, 5), (80, 79), (5, 60)] {
            let found = psi(&of(p), &of(q));
            let wanted = wanted(p as f64 / 100.0, q as f64 / 100.0);
            assert!((found - wanted).abs() < 1e-12, "{p} {q}: {found} {wanted}");
        }
        // All of it moves away from the one value, to either side.
        assert!(psi(&[5.0; 40], &[6.0; 40]) > 9.0 && psi(&[5.0; 40], &[4.0; 40]) > 9.0);
        assert!(psi(&of(100), &of(0)) > 9.0 && psi(&[5.0; 40], &[5.0; 7]).abs() < 1e-12);
    }

    #[test]
    fn columns_of_one_value_and_of_nothing() {
        let one = [2.0; 40];
        let same = kolmogorov_smirnov(&one, &one).unwrap();
        assert!(same.distance.abs() < 1e-12 && (same.p_value - 1.0).abs() < 1e-12);
        assert!(kolmogorov_smirnov(&one, &[]).is_none() && stability_index(&[], &one).is_none());
        assert_eq!((wasserstein(&one, &one), jensen_shannon(&one, &one)), (Some(0.0), Some(0.0)));
        assert_eq!(wasserstein(&[0.0], &[3.0, 5.0]), Some(4.0));
        assert!(jensen_shannon(&[0.0, 0.0], &[1.0]).is_some_and(|bits| (bits - 1.0).abs() < 1e-12));
        assert_eq!(sorted([f64::NAN, 2.0, f64::INFINITY, 1.0]), [1.0, 2.0]);
    }
}
