//! Middle and spread of numbers, unmoved by a few wild ones.

/// Median and median absolute deviation of the finite values; `None` without any.
pub(super) fn spread(values: &[f64]) -> Option<(f64, f64)> {
    let mut finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    let middle = median(&mut finite)?;
    for value in &mut finite {
        *value = (*value - middle).abs();
    }
    Some((middle, median(&mut finite)?))
}

/// The median, the upper of two middle ones; the values change their order.
pub(super) fn median(values: &mut [f64]) -> Option<f64> {
    let at = values.len() / 2;
    (!values.is_empty()).then(|| *values.select_nth_unstable_by(at, f64::total_cmp).1)
}

/// Deviations of a normal distribution in one median absolute deviation.
pub(super) const SIGMAS: f64 = 1.4826;
