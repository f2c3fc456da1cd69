//! Ellipses and circles, which become polygons.

use crate::data::geometry::shape::Shape;

/// Corners of the polygon. Those at the ends of both axes are among them, so the box around it is exact.
pub(super) const CORNERS: usize = 64;

/// The polygon of an ellipse; `angle` in radians from x towards y.
pub(super) fn ellipse([x, y]: [f32; 2], [rx, ry]: [f32; 2], angle: f32) -> Shape {
    let (sin, cos) = (libm::sinf(angle), libm::cosf(angle));
    let corners = (0..CORNERS).map(|i| {
        let around = i as f32 * std::f32::consts::TAU / CORNERS as f32;
        let (u, v) = (rx * libm::cosf(around), ry * libm::sinf(around));
        [x + u * cos - v * sin, y + u * sin + v * cos]
    });
    Shape::Polygon(corners.collect())
}

/// Said of ellipses that became polygons.
pub(super) fn said(count: usize) -> Option<String> {
    let noun = crate::base::text::counted(count, "ellipse");
    (count > 0).then(|| format!("{noun} became polygons of {CORNERS} corners"))
}
