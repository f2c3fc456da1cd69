//! Parts of a shape that the pointer can grab, and the shape after a drag. All in pixels of the image.
#![expect(clippy::wildcard_enum_match_arm, reason = "other shapes have no such points")]

use crate::data::geometry::box2::Box2;
use crate::data::geometry::shape::{Keypoint, Part, Shape, TurnedBox};

/// A part of a shape that can be dragged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grip {
    /// All of it.
    Whole,
    /// Edges of a box: left or right, upper or lower; 0 stays.
    Edges {
        /// -1 left, 1 right.
        x: i8,
        /// -1 upper, 1 lower.
        y: i8,
    },
    /// One corner or point by position; of several shapes their points are counted one after the other.
    Point(usize),
    /// The rotation handle.
    Turn,
}

/// Distance of the rotation handle above the upper edge, in reaches of the pointer.
const TURN_REACH: f32 = 4.0;

/// Position of the rotation handle.
pub fn turn_handle(b: &TurnedBox, reach: f32) -> [f32; 2] {
    let up = b.size[1] / 2.0 + TURN_REACH * reach;
    [b.center[0] + libm::sinf(b.angle) * up, b.center[1] - libm::cosf(b.angle) * up]
}

/// The part under the pointer, if any. `reach` is the largest distance that counts; handles count only on selected
/// shapes.
pub fn grip_at(shape: &Shape, (x, y): (f32, f32), reach: f32, selected: bool) -> Option<Grip> {
    let near = |point: &[f32; 2]| libm::hypotf(point[0] - x, point[1] - y) <= reach;
    match shape {
        Shape::Box(b) => box_grip(b, x, y, reach),
        Shape::TurnedBox(b) => {
            if selected && near(&turn_handle(b, reach)) {
                return Some(Grip::Turn);
            }
            if let Some(corner) = b.corners().iter().position(near) {
                return Some(Grip::Point(corner));
            }
            let (sin, cos) = (libm::sinf(b.angle), libm::cosf(b.angle));
            let (dx, dy) = (x - b.center[0], y - b.center[1]);
            let inside = (dx * cos + dy * sin).abs() <= b.size[0] / 2.0 + reach
                && (dy * cos - dx * sin).abs() <= b.size[1] / 2.0 + reach;
            inside.then_some(Grip::Whole)
        }
        Shape::Polygon(points) => {
            if selected && let Some(point) = points.iter().position(near) {
                return Some(Grip::Point(point));
            }
            (inside(points, x, y) || edge_near(points, true, x, y, reach).is_some()).then_some(Grip::Whole)
        }
        Shape::Polyline(points) => {
            if selected && let Some(point) = points.iter().position(near) {
                return Some(Grip::Point(point));
            }
            edge_near(points, false, x, y, reach).map(|_| Grip::Whole)
        }
        Shape::Keypoints(points) => {
            let at = points.iter().position(|point| point.seen > 0 && near(&[point.x, point.y]));
            at.map(Grip::Point).or_else(|| shape.bounds().filter(|b| b.contains(x, y)).map(|_| Grip::Whole))
        }
        Shape::Mask(mask) => mask.bounds().contains(x, y).then_some(Grip::Whole),
        Shape::Parts(parts) => part_grip(parts, (x, y), reach, selected),
        Shape::Cuboid(_) | Shape::Whole => None,
    }
}

/// A point of any part, an edge of the box among them, or all of the object.
fn part_grip(parts: &[Part], (x, y): (f32, f32), reach: f32, selected: bool) -> Option<Grip> {
    let mut first = 0;
    for part in parts {
        let points = points_of(&part.shape);
        let near = |point: &[f32; 2]| libm::hypotf(point[0] - x, point[1] - y) <= reach;
        if selected && let Some(at) = points.iter().position(near) {
            return Some(Grip::Point(first + at));
        }
        first += points.len();
    }
    let grips = parts.iter().filter(|part| !part.hole).filter_map(|part| {
        let grip = grip_at(&part.shape, (x, y), reach, selected)?;
        Some((grip, matches!(part.shape, Shape::Box(_))))
    });
    let found: Vec<(Grip, bool)> = grips.collect();
    let edges = found.iter().find(|(grip, boxed)| *boxed && matches!(grip, Grip::Edges { .. }));
    edges.map(|(grip, _)| *grip).or_else(|| found.first().map(|_| Grip::Whole))
}

/// Points that can be dragged one by one in an object of several shapes.
fn points_of(shape: &Shape) -> Vec<[f32; 2]> {
    match shape {
        Shape::Polygon(points) | Shape::Polyline(points) => points.clone(),
        Shape::Keypoints(points) => points.iter().map(|point| [point.x, point.y]).collect(),
        _ => Vec::new(),
    }
}

/// The parts with the one changed that has the point of this position; its position in the part is handed on.
fn at_point(parts: &[Part], at: usize, change: impl Fn(&Shape, usize) -> Option<Shape>) -> Option<Shape> {
    let mut first = 0;
    for (i, part) in parts.iter().enumerate() {
        let count = points_of(&part.shape).len();
        if at < first + count {
            let mut parts = parts.to_vec();
            parts.get_mut(i)?.shape = change(&part.shape, at - first)?;
            return Some(Shape::Parts(parts));
        }
        first += count;
    }
    None
}

fn box_grip(b: &Box2, x: f32, y: f32, reach: f32) -> Option<Grip> {
    if x < b.x0 - reach || x > b.x1 + reach || y < b.y0 - reach || y > b.y1 + reach {
        return None;
    }
    // Of a small box the middle can still be taken.
    let side = |low: f32, high: f32, at: f32| {
        let reach = reach.min((high - low) / 4.0).max(reach / 3.0);
        if at <= low + reach { -1 } else { i8::from(at >= high - reach) }
    };
    let (x, y) = (side(b.x0, b.x1, x), side(b.y0, b.y1, y));
    Some(if x == 0 && y == 0 { Grip::Whole } else { Grip::Edges { x, y } })
}

/// True if a point lies inside a polygon, by counting the edges to its right.
pub fn inside(points: &[[f32; 2]], x: f32, y: f32) -> bool {
    let mut odd = false;
    for (a, b) in points.iter().zip(points.iter().cycle().skip(1)) {
        if (a[1] > y) != (b[1] > y) && x < (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]) + a[0] {
            odd = !odd;
        }
    }
    odd
}

/// The edge that passes within reach: it begins at the point of this position.
pub fn edge_near(points: &[[f32; 2]], closed: bool, x: f32, y: f32, reach: f32) -> Option<usize> {
    let edges = if closed { points.len() } else { points.len().saturating_sub(1) };
    (0..edges).find(|i| {
        let (a, b) = (points[*i], points[(i + 1) % points.len()]);
        let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
        let length = dx * dx + dy * dy;
        let part = if length > 0.0 { ((x - a[0]) * dx + (y - a[1]) * dy) / length } else { 0.0 };
        let part = part.clamp(0.0, 1.0);
        libm::hypotf(a[0] + dx * part - x, a[1] + dy * part - y) <= reach
    })
}

/// The shape after the pointer went from one place to another with this grip.
pub fn moved(before: &Shape, grip: Grip, from: (f32, f32), to: (f32, f32)) -> Shape {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    match (before, grip) {
        (_, Grip::Whole) => before.shifted(dx, dy),
        (Shape::Box(b), Grip::Edges { x, y }) => {
            let mut corners = [(b.x0, b.y0), (b.x1, b.y1)];
            match x {
                -1 => corners[0].0 += dx,
                1 => corners[1].0 += dx,
                _ => {}
            }
            match y {
                -1 => corners[0].1 += dy,
                1 => corners[1].1 += dy,
                _ => {}
            }
            Shape::Box(Box2::between(corners[0], corners[1]))
        }
        (Shape::Parts(parts), Grip::Edges { .. }) => {
            let mut parts = parts.clone();
            let bounds = before.bounds();
            let main = |part: &&mut Part| matches!(&part.shape, Shape::Box(b) if bounds == Some(*b));
            if let Some(part) = parts.iter_mut().find(main) {
                part.shape = moved(&part.shape, grip, from, to);
            }
            Shape::Parts(parts)
        }
        (Shape::Parts(parts), Grip::Point(at)) => {
            let change = |shape: &Shape, at| Some(moved(shape, Grip::Point(at), from, to));
            at_point(parts, at, change).unwrap_or_else(|| before.clone())
        }
        (Shape::TurnedBox(b), Grip::Turn) => {
            let angle = libm::atan2f(to.0 - b.center[0], b.center[1] - to.1);
            Shape::TurnedBox(TurnedBox { angle, ..*b })
        }
        (Shape::TurnedBox(b), Grip::Point(corner)) => {
            // The corner across stays.
            let [ax, ay] = b.corners()[(corner + 2) % 4];
            let (sin, cos) = (libm::sinf(b.angle), libm::cosf(b.angle));
            let (wx, wy) = (to.0 - ax, to.1 - ay);
            Shape::TurnedBox(TurnedBox {
                center: [f32::midpoint(ax, to.0), f32::midpoint(ay, to.1)],
                size: [(wx * cos + wy * sin).abs().max(1.0), (wy * cos - wx * sin).abs().max(1.0)],
                angle: b.angle,
            })
        }
        (Shape::Polygon(points), Grip::Point(at)) => Shape::Polygon(with_point(points, at, dx, dy)),
        (Shape::Polyline(points), Grip::Point(at)) => Shape::Polyline(with_point(points, at, dx, dy)),
        (Shape::Keypoints(points), Grip::Point(at)) => {
            let mut points = points.clone();
            if let Some(point) = points.get_mut(at) {
                *point = Keypoint { x: point.x + dx, y: point.y + dy, ..*point };
            }
            Shape::Keypoints(points)
        }
        _ => before.clone(),
    }
}

fn with_point(points: &[[f32; 2]], at: usize, dx: f32, dy: f32) -> Vec<[f32; 2]> {
    let mut points = points.to_vec();
    if let Some(point) = points.get_mut(at) {
        *point = [point[0] + dx, point[1] + dy];
    }
    points
}

/// The shape without one of its points, unless it would no longer be one.
pub fn without_point(shape: &Shape, at: usize) -> Option<Shape> {
    let rest = |points: &Vec<[f32; 2]>| {
        let mut points = points.clone();
        (at < points.len()).then(|| {
            points.remove(at);
            points
        })
    };
    let shape = match shape {
        Shape::Polygon(points) => Shape::Polygon(rest(points)?),
        Shape::Polyline(points) => Shape::Polyline(rest(points)?),
        Shape::Parts(parts) => at_point(parts, at, without_point)?,
        _ => return None,
    };
    shape.valid().then_some(shape)
}

/// The shape with one more point on the edge that passes here.
pub fn with_new_point(shape: &Shape, (x, y): (f32, f32), reach: f32) -> Option<Shape> {
    let more = |points: &[[f32; 2]], closed: bool| {
        let edge = edge_near(points, closed, x, y, reach)?;
        let mut points = points.to_vec();
        points.insert(edge + 1, [x, y]);
        Some(points)
    };
    match shape {
        Shape::Polygon(points) => more(points, true).map(Shape::Polygon),
        Shape::Polyline(points) => more(points, false).map(Shape::Polyline),
        Shape::Parts(parts) => parts.iter().enumerate().find_map(|(i, part)| {
            let mut parts = parts.clone();
            parts.get_mut(i)?.shape = with_new_point(&part.shape, (x, y), reach)?;
            Some(Shape::Parts(parts))
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grip_moves_what_it_holds_and_nothing_else() {
        let b = Box2 { x0: 10.0, y0: 10.0, x1: 50.0, y1: 40.0 };
        let shape = Shape::Box(b);
        assert_eq!(grip_at(&shape, (30.0, 25.0), 4.0, false), Some(Grip::Whole));
        assert_eq!(grip_at(&shape, (11.0, 39.0), 4.0, false), Some(Grip::Edges { x: -1, y: 1 }));
        assert_eq!(grip_at(&shape, (60.0, 25.0), 4.0, false), None);
        let pulled = moved(&shape, Grip::Edges { x: -1, y: 0 }, (10.0, 20.0), (70.0, 5.0));
        assert_eq!(pulled, Shape::Box(Box2 { x0: 50.0, x1: 70.0, ..b }), "an edge may pass the other");

        let turned = TurnedBox { center: [30.0, 30.0], size: [40.0, 20.0], angle: 0.5 };
        let corner = turned.corners()[2];
        let shape = Shape::TurnedBox(turned);
        assert_eq!(grip_at(&shape, (corner[0], corner[1]), 3.0, true), Some(Grip::Point(2)));
        let same = moved(&shape, Grip::Point(2), (corner[0], corner[1]), (corner[0], corner[1]));
        let Shape::TurnedBox(same) = same else { unreachable!("a turned box stays one") };
        assert!((same.size[0] - 40.0).abs() < 1e-3 && (same.center[1] - 30.0).abs() < 1e-3);
        assert!((TurnedBox::from_corners(&turned.corners()).angle - 0.5).abs() < 1e-5);

        let outline = Shape::Polygon(vec![[0.0, 0.0], [20.0, 0.0], [20.0, 20.0]]);
        assert_eq!(grip_at(&outline, (15.0, 5.0), 1.0, true), Some(Grip::Whole));
        assert_eq!(grip_at(&outline, (5.0, 15.0), 1.0, true), None);
        let more = with_new_point(&outline, (10.0, 0.5), 2.0).unwrap();
        assert_eq!(without_point(&more, 1), Some(outline.clone()));
        assert_eq!(without_point(&outline, 0), None, "three corners are the least");
    }

    #[test]
    fn a_grip_of_one_part_leaves_the_others() {
        let b = Box2 { x0: 0.0, y0: 0.0, x1: 60.0, y1: 40.0 };
        let left = Shape::Polygon(vec![[5.0, 5.0], [15.0, 5.0], [15.0, 15.0], [5.0, 15.0]]);
        let right = left.shifted(30.0, 10.0);
        let object = |b: Box2, left: &Shape, right: &Shape| {
            Shape::Parts([Shape::Box(b), left.clone(), right.clone()].map(Part::from).to_vec())
        };
        let shape = object(b, &left, &right);
        let grip = grip_at(&shape, (45.0, 25.0), 2.0, true);
        assert_eq!(grip, Some(Grip::Point(6)));
        let Shape::Polygon(mut corners) = right.clone() else { unreachable!("a polygon stays one") };
        corners[2] = [50.0, 27.0];
        let pulled = moved(&shape, Grip::Point(6), (45.0, 25.0), (50.0, 27.0));
        assert_eq!(pulled, object(b, &left, &Shape::Polygon(corners)));
        assert_eq!(grip_at(&shape, (59.5, 20.0), 2.0, true), Some(Grip::Edges { x: 1, y: 0 }));
        let wider = moved(&shape, Grip::Edges { x: 1, y: 0 }, (60.0, 20.0), (70.0, 20.0));
        assert_eq!(wider, object(Box2 { x1: 70.0, ..b }, &left, &right));
        assert_eq!(moved(&shape, Grip::Whole, (0.0, 0.0), (3.0, 4.0)), shape.shifted(3.0, 4.0));
        let fewer = without_point(&shape, 0).unwrap();
        let points = |shape: &Shape| shape.shapes().map(|part| points_of(part).len()).collect::<Vec<_>>();
        assert_eq!(points(&fewer), [0, 3, 4]);
        assert_eq!(points(&with_new_point(&shape, (40.0, 15.2), 1.0).unwrap()), [0, 4, 5]);
    }
}
