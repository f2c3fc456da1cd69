//! Shapes that reach beyond their image, for formats of fractions: the trainer of YOLO cuts boxes at the edge, and leaves
//! out images with numbers beyond it.

use crate::data::geometry::shape::{Keypoint, Shape};

/// A shape of pixels and its image.
#[derive(Debug, PartialEq)]
pub(super) enum Fate {
    /// It lies in the image.
    Within,
    /// It reaches beyond; this is the part in the image.
    Cut(Shape),
    /// It lies outside.
    Outside,
}

/// Slack in pixels for numbers that were rounded.
const SLACK: f32 = 0.01;

/// The fate of a shape in an image of this size. Rotated boxes keep their size unless they lie outside.
pub(super) fn at_border(shape: &Shape, size: (u32, u32)) -> Fate {
    let (width, height) = (size.0 as f32, size.1 as f32);
    let far = |[x, y]: [f32; 2]| x < -SLACK || y < -SLACK || x > width + SLACK || y > height + SLACK;
    let beyond = |shape: &Shape| match shape {
        Shape::Keypoints(points) => points.iter().any(|p| p.seen > 0 && far([p.x, p.y])),
        Shape::Box(_) | Shape::TurnedBox(_) | Shape::Polygon(_) | Shape::Polyline(_) => {
            shape.bounds().is_some_and(|b| far([b.x0, b.y0]) || far([b.x1, b.y1]))
        }
        Shape::Mask(_) | Shape::Cuboid(_) | Shape::Whole | Shape::Parts(_) => false,
    };
    if !shape.shapes().any(beyond) {
        return Fate::Within;
    }
    let cut = shape.map(|shape| cut(shape, size));
    let outside = cut.bounds().is_none_or(|b| b.x1 <= 0.0 || b.y1 <= 0.0 || b.x0 >= width || b.y0 >= height);
    if outside || !cut.valid() { Fate::Outside } else { Fate::Cut(cut) }
}

fn cut(shape: &Shape, size: (u32, u32)) -> Shape {
    let (width, height) = (size.0 as f32, size.1 as f32);
    match shape {
        Shape::Box(b) => Shape::Box(b.clipped(size.0, size.1)),
        Shape::Polygon(points) => {
            let mut points = points.clone();
            for (axis, bound, above) in
                [(0, 0.0, true), (0, width, false), (1, 0.0, true), (1, height, false)]
            {
                points = half(&points, axis, bound, above);
            }
            Shape::Polygon(points)
        }
        Shape::Keypoints(points) => {
            let inside = |p: &Keypoint| p.x >= 0.0 && p.y >= 0.0 && p.x <= width && p.y <= height;
            let hidden = |p: &Keypoint| if inside(p) { *p } else { Keypoint { x: 0.0, y: 0.0, seen: 0 } };
            Shape::Keypoints(points.iter().map(hidden).collect())
        }
        Shape::TurnedBox(_)
        | Shape::Polyline(_)
        | Shape::Mask(_)
        | Shape::Cuboid(_)
        | Shape::Whole
        | Shape::Parts(_) => shape.clone(),
    }
}

/// The part of a polygon on one side of a line: coordinate `axis` at least `bound`, or at most.
fn half(points: &[[f32; 2]], axis: usize, bound: f32, above: bool) -> Vec<[f32; 2]> {
    let inside = |p: &[f32; 2]| if above { p[axis] >= bound } else { p[axis] <= bound };
    let mut kept = Vec::with_capacity(points.len() + 2);
    for (at, to) in points.iter().enumerate() {
        let from = &points[(at + points.len() - 1) % points.len()];
        if inside(from) != inside(to) {
            let part = (bound - from[axis]) / (to[axis] - from[axis]);
            let mut crossing = [from[0] + part * (to[0] - from[0]), from[1] + part * (to[1] - from[1])];
            crossing[axis] = bound;
            kept.push(crossing);
        }
        if inside(to) {
            kept.push(*to);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::geometry::box2::Box2;

    #[test]
    fn shapes_end_at_the_edge() {
        let b = |x0, y0, x1, y1| Shape::Box(Box2 { x0, y0, x1, y1 });
        let check =
            |shape: Shape, expected: Fate| assert_eq!(at_border(&shape, (100, 50)), expected, "{shape:?}");
        check(b(0.0, 0.0, 100.0, 50.0), Fate::Within);
        check(b(-5.0, 10.0, 20.0, 60.0), Fate::Cut(b(0.0, 10.0, 20.0, 50.0)));
        check(b(-15.0, 10.0, -5.0, 20.0), Fate::Outside);
        let triangle = Shape::Polygon(vec![[90.0, 10.0], [110.0, 20.0], [90.0, 30.0]]);
        let left = Shape::Polygon(vec![[90.0, 10.0], [100.0, 15.0], [100.0, 25.0], [90.0, 30.0]]);
        check(triangle, Fate::Cut(left));
        let point = |x, seen| Keypoint { x, y: 5.0, seen };
        let hidden = Keypoint { x: 0.0, y: 0.0, seen: 0 };
        check(
            Shape::Keypoints(vec![point(5.0, 2), point(140.0, 2)]),
            Fate::Cut(Shape::Keypoints(vec![point(5.0, 2), hidden])),
        );
        check(Shape::Keypoints(vec![point(5.0, 2), point(-140.0, 0)]), Fate::Within);
    }
}
