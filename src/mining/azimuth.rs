//! Directions of points in whole degrees, by table: a scan has a hundred thousand of them.

use std::sync::LazyLock;

/// Directions around a sensor.
pub(super) const DEGREES: usize = 360;

/// Steps of the table of an eighth of a circle.
const STEPS: usize = 1024;

/// Tangents of 0 to 45 degrees, and the degree below each step of the tangent.
static TABLE: LazyLock<([f32; 46], [u8; STEPS + 1])> = LazyLock::new(|| {
    let mut tangents = [0.0_f32; 46];
    for (degree, tangent) in tangents.iter_mut().enumerate() {
        *tangent = libm::tan((degree as f64).to_radians()) as f32;
    }
    let mut below = [0_u8; STEPS + 1];
    for (step, degree) in below.iter_mut().enumerate() {
        let value = step as f32 / STEPS as f32;
        *degree = tangents.iter().rposition(|tangent| *tangent <= value).unwrap_or(0).min(44) as u8;
    }
    (tangents, below)
});

/// The degree of a direction, 0 to 359, counted from x towards y; `None` of the origin.
#[inline]
pub(super) fn degree([x, y, _]: [f32; 3]) -> Option<usize> {
    let (ax, ay) = (x.abs(), y.abs());
    let (less, more) = if ay <= ax { (ay, ax) } else { (ax, ay) };
    // No order with numbers that are none.
    if !(more > 0.0 && more.is_finite() && less <= more) {
        return None;
    }
    let (tangents, below) = &*TABLE;
    let ratio = less / more;
    let mut part = usize::from(below[(ratio * STEPS as f32) as usize]);
    while part < 44 && tangents[part + 1] <= ratio {
        part += 1;
    }
    // From the nearest axis to the direction from x towards y.
    let quarter = if ay <= ax { part } else { 89 - part };
    Some(match (x >= 0.0, y >= 0.0) {
        (true, true) => quarter,
        (false, true) => 179 - quarter,
        (false, false) => 180 + quarter,
        (true, false) => 359 - quarter,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_are_those_of_the_arc_tangent() {
        for tenth in 0..3600 {
            let angle = (f64::from(tenth) / 10.0 + 0.05).to_radians();
            let at = [(7.0 * libm::cos(angle)) as f32, (7.0 * libm::sin(angle)) as f32, 1.0];
            assert_eq!(degree(at), Some(tenth as usize / 10), "{tenth}");
        }
        assert_eq!(degree([0.0, 0.0, 5.0]), None);
        assert_eq!(degree([f32::NAN, 1.0, 0.0]), None);
    }
}
