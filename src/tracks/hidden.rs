//! Occlusion: the part of a box that nearer boxes hide.

use glam::DVec2;

use crate::tracks::track::{Place, Placed};

/// The part of a place that one of `others` hides, 0 to 1: in an image by boxes whose lower edge is lower, in space by those
/// nearer to `eye` in the same direction.
pub fn hidden<'a>(place: &Place, others: impl Iterator<Item = &'a Place>, eye: Option<DVec2>) -> f64 {
    others.map(|other| covered(place, other, eye)).fold(0.0, f64::max)
}

fn covered(place: &Place, other: &Place, eye: Option<DVec2>) -> f64 {
    match (place, other, eye) {
        (Place::Image(own), Place::Image(other), _) if other.y1 > own.y1 && own.area() > 0.0 => {
            f64::from(own.intersection(other).area() / own.area())
        }
        (Place::World(own), Place::World(other), Some(eye)) => {
            let (from, to) = (own.center.truncate() - eye, other.center.truncate() - eye);
            if to.length() >= from.length() || from.dot(to) <= 0.0 {
                return 0.0;
            }
            let [low, high] = angles(own, eye, from);
            let [other_low, other_high] = angles(other, eye, from);
            let both = high.min(other_high) - low.max(other_low);
            if high > low { (both / (high - low)).clamp(0.0, 1.0) } else { 0.0 }
        }
        _ => 0.0,
    }
}

/// The least and the greatest angle of the corners of a box, from a direction.
fn angles(placed: &Placed, eye: DVec2, direction: DVec2) -> [f64; 2] {
    let (sin, cos) = libm::sincos(placed.heading);
    let (ahead, aside) =
        (DVec2::new(cos, sin) * placed.size.x / 2.0, DVec2::new(-sin, cos) * placed.size.y / 2.0);
    let center = placed.center.truncate() - eye;
    let corners = [ahead + aside, ahead - aside, aside - ahead, -ahead - aside];
    corners.into_iter().map(|corner| center + corner).fold(
        [f64::INFINITY, f64::NEG_INFINITY],
        |range, corner| {
            let angle = libm::atan2(direction.perp_dot(corner), direction.dot(corner));
            [range[0].min(angle), range[1].max(angle)]
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::geometry::box2::Box2;
    use glam::DVec3;

    #[test]
    fn nearer_boxes_hide_farther_ones() {
        let at = |x: f64, y: f64, size: f64| {
            Place::World(Placed {
                center: DVec3::new(x, y, 0.0),
                heading: 0.0,
                size: DVec3::splat(size),
                velocity: None,
            })
        };
        let (far, near, beside) = (at(20.0, 0.0, 1.0), at(10.0, 0.0, 2.0), at(10.0, 5.0, 2.0));
        let eye = Some(DVec2::ZERO);
        assert!(hidden(&far, [&near, &beside].into_iter(), eye) > 0.99);
        assert!(hidden(&far, [&beside].into_iter(), eye) < 0.01);
        assert!(hidden(&near, [&far].into_iter(), eye) < 0.01);
        let own = Place::Image(Box2 { x0: 0.0, y0: 0.0, x1: 10.0, y1: 10.0 });
        let other = Place::Image(Box2 { x0: 5.0, y0: 0.0, x1: 20.0, y1: 20.0 });
        assert!((hidden(&own, [&other].into_iter(), None) - 0.5).abs() < 1e-6);
    }
}
