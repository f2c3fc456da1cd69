//! A line through points of which some are wild.

use crate::mining::spread::{SIGMAS, median, spread};

/// A line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Line {
    pub(super) slope: f64,
    /// Its value at zero.
    pub(super) level: f64,
    /// Standard deviation of the points around it, unmoved by wild ones.
    pub(super) noise: f64,
    /// From the first to the last point.
    pub(super) span: f64,
}

impl Line {
    /// Absolute change from the first to the last point.
    pub(super) fn moved(&self) -> f64 {
        (self.slope * self.span).abs()
    }
}

/// The line with the median of the slopes between all pairs of points (Theil, 1950; Sen, 1968), for a few hundred points sorted
/// by x. `None` of less than two.
pub(super) fn line(points: &[(f64, f64)]) -> Option<Line> {
    let mut slopes = Vec::new();
    for (at, (x, y)) in points.iter().enumerate() {
        let later = points.iter().skip(at + 1).filter(|(other, _)| other > x);
        slopes.extend(later.map(|(other, value)| (value - y) / (other - x)));
    }
    let slope = median(&mut slopes)?;
    let rests: Vec<f64> = points.iter().map(|(x, y)| y - slope * x).collect();
    let (level, mad) = spread(&rests)?;
    let span = points.last()?.0 - points.first()?.0;
    Some(Line { slope, level, noise: SIGMAS * mad, span })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wild_points_do_not_move_the_line() {
        let points: Vec<(f64, f64)> = (0..20)
            .map(|x| (f64::from(x), if x % 5 == 4 { 99.0 } else { 2.0 * f64::from(x) - 1.0 }))
            .collect();
        let line = line(&points).unwrap();
        assert!((line.slope - 2.0).abs() < 1e-9 && (line.level + 1.0).abs() < 1e-9 && line.noise < 1e-9);
        assert!((line.moved() - 38.0).abs() < 1e-9);
        assert_eq!(super::line(&points[..1]), None);
    }
}
