//! Labels after a transform of their sample.
//!
//! Rule for leaving the image: after each transform an object with less than [`MIN_VISIBLE`] of its box left inside is
//! dropped. Boxes, polygons, polylines and masks are cut at the edge (of a polyline the longest part stays), keypoints
//! beyond it count as not labeled, and rotated boxes extend beyond it. A box that is rotated becomes the box around
//! it. If left and right are exchanged, so are keypoints whose names begin with one of these words.

use std::sync::Arc;

use crate::data::cases::stack::Stack;
use crate::data::geometry::box2::Box2;
use crate::data::geometry::objects::Detection;
use crate::data::geometry::shape::{Block, Keypoint, Part, Shape, TurnedBox};
use crate::data::geometry::solid::Solid;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::catalog::Catalog;
use crate::transforms::entry::StackError;
use crate::transforms::stack;

#[cfg(doc)]
use crate::transforms::MIN_VISIBLE;

/// A label while it is transformed.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// Its shape; `None` once it has left.
    pub shape: Option<Shape>,
    /// Names of its keypoints in order, if any.
    pub names: Arc<[String]>,
}

/// Labels after a stack on a sample of this size in pixels, or the reason if that is unknown.
pub fn moved(
    catalog: &Catalog,
    stack: &Stack,
    labels: &[Drawn],
    size: (u32, u32),
) -> Result<Result<Vec<Drawn>, String>, StackError> {
    let mut now = apart(labels);
    for (position, _) in stack.active() {
        let mut one = stack.clone();
        for (at, entry) in one.transforms.iter_mut().enumerate() {
            entry.enabled = at == position;
        }
        match stack::expected(catalog, &one, &as_answer(&now), size)? {
            Expected::Unknown(why) => return Ok(Err(why)),
            Expected::Answer(Prediction::Objects { objects }) => now = after(&now, &objects, size),
            Expected::Same | Expected::Answer(_) => {}
        }
    }
    Ok(Ok(together(labels, now)))
}

/// Each shape as a label of its own.
fn apart(labels: &[Drawn]) -> Vec<Drawn> {
    let shapes = |label: &Drawn| -> Vec<Drawn> {
        match &label.shape {
            Some(Shape::Parts(parts)) => {
                let one = |part: &Part| Drawn { shape: Some(part.shape.clone()), ..label.clone() };
                parts.iter().map(one).collect()
            }
            Some(_) | None => vec![label.clone()],
        }
    };
    labels.iter().flat_map(shapes).collect()
}

/// The labels of before with the shapes of now; what has left of an object of several shapes is left out.
fn together(labels: &[Drawn], now: Vec<Drawn>) -> Vec<Drawn> {
    let mut now = now.into_iter();
    let label = |label: &Drawn| {
        let Some(Shape::Parts(parts)) = &label.shape else { return now.next() };
        let kept = parts.iter().zip(now.by_ref().take(parts.len()));
        let kept = kept.filter_map(|(part, now)| Some(Part { shape: now.shape?, ..part.clone() }));
        let shape = Shape::of_parts(kept.collect()).filter(Shape::valid);
        Some(Drawn { shape, ..label.clone() })
    };
    labels.iter().filter_map(label).collect()
}

/// Stands for the image itself, to detect an exchange of left and right.
const SIDES: &str = "sides";

/// The labels as a prediction: each object's class is its index.
fn as_answer(labels: &[Drawn]) -> Prediction {
    let point = |[x, y]: [f32; 2]| Keypoint { x, y, seen: 2 };
    let flat = |number: usize, shape: &Shape| {
        let keypoints = match shape {
            Shape::Polygon(points) | Shape::Polyline(points) => points.iter().copied().map(point).collect(),
            Shape::TurnedBox(turned) => turned.corners().map(point).to_vec(),
            Shape::Keypoints(points) => points.clone(),
            Shape::Box(_) | Shape::Mask(_) | Shape::Cuboid(_) | Shape::Whole | Shape::Parts(_) => Vec::new(),
        };
        let mask = if let Shape::Mask(mask) = shape { Some((**mask).clone()) } else { None };
        let bbox = shape.bounds().unwrap_or_default();
        // An empty shape, such as a vertical line, still has a position.
        let bbox = Box2 { x1: bbox.x1.max(bbox.x0 + 1e-3), y1: bbox.y1.max(bbox.y0 + 1e-3), ..bbox };
        Detection { mask, keypoints, ..Detection::flat(number.to_string(), 1.0, bbox) }
    };
    let mut objects = Vec::new();
    for (number, label) in labels.iter().enumerate() {
        match &label.shape {
            None | Some(Shape::Whole) => {}
            Some(Shape::Cuboid(block)) => {
                let solid = upright(block);
                objects.push(Detection::upright(number.to_string(), 1.0, solid));
                let turned = Solid { yaw: solid.yaw + 0.1, ..solid };
                objects.push(Detection::upright(format!("{SIDES}{number}"), 1.0, turned));
            }
            Some(shape) => objects.push(flat(number, shape)),
        }
    }
    let corners = [[8.0, 8.0], [9.0, 8.0], [8.0, 9.0]].map(point).to_vec();
    let bbox = Box2 { x0: 8.0, y0: 8.0, x1: 9.0, y1: 9.0 };
    objects.push(Detection { keypoints: corners, ..Detection::flat(SIDES.to_owned(), 1.0, bbox) });
    Prediction::Objects { objects }
}

fn upright(block: &Block) -> Solid {
    Solid {
        center: block.center.map(|side| side as f32),
        size: block.size.map(|side| side as f32),
        yaw: block.yaw() as f32,
    }
}

/// The labels at the new positions of their objects.
fn after(before: &[Drawn], objects: &[Detection], size: (u32, u32)) -> Vec<Drawn> {
    let named = |name: &str| objects.iter().find(|object| object.class == name);
    let mirrored = named(SIDES).is_some_and(|sides| {
        let [a, b, c] = sides.keypoints.as_slice() else { return false };
        (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x) < 0.0
    });
    let shape = |number: usize, label: &Drawn| -> Option<Shape> {
        let own = label.shape.as_ref()?;
        if *own == Shape::Whole {
            return Some(Shape::Whole);
        }
        let object = named(&number.to_string())?;
        if let Shape::Cuboid(block) = own {
            let other = named(&format!("{SIDES}{number}")).and_then(|other| other.solid);
            return Some(Shape::Cuboid(Box::new(placed(block, object.solid?, other))));
        }
        // Too little of it is left.
        if object.score <= 0.0 {
            return None;
        }
        let points: Vec<[f32; 2]> = object.keypoints.iter().map(|point| [point.x, point.y]).collect();
        let shape = match own {
            Shape::Box(_) => Shape::Box(object.bbox),
            Shape::TurnedBox(_) => Shape::TurnedBox(TurnedBox::from_corners(&points.try_into().ok()?)),
            Shape::Polygon(_) => Shape::Polygon(cut(points, size)),
            Shape::Polyline(_) => Shape::Polyline(longest_inside(&points, size)),
            Shape::Keypoints(_) => Shape::Keypoints(seen(&object.keypoints, &label.names, mirrored, size)),
            Shape::Mask(_) => Shape::Mask(Box::new(object.mask.clone().filter(|mask| mask.area() > 0)?)),
            Shape::Cuboid(_) | Shape::Whole | Shape::Parts(_) => return None,
        };
        shape.valid().then_some(shape)
    };
    let label = |(number, label): (usize, &Drawn)| Drawn { shape: shape(number, label), ..label.clone() };
    before.iter().enumerate().map(label).collect()
}

/// A cuboid at the position of its upright stand-in; `other` is the same rotated a little, which reveals mirrored space.
fn placed(block: &Block, solid: Solid, other: Option<Solid>) -> Block {
    let [roll, pitch, _] = block.angles();
    let apart = other.map_or(0.1, |other| f64::from(other.yaw - solid.yaw));
    let roll = if libm::sin(apart) < 0.0 { -roll } else { roll };
    Block {
        center: solid.center.map(f64::from),
        size: solid.size.map(f64::from),
        rotation: Block::turned([roll, pitch, f64::from(solid.yaw)]),
    }
}

/// Sides of the image: the axis, the edge, and true if larger coordinates are inside.
fn sides((width, height): (u32, u32)) -> [(usize, f32, bool); 4] {
    [(0, 0.0, true), (0, width as f32, false), (1, 0.0, true), (1, height as f32, false)]
}

/// Intersection of a line segment with an edge.
fn meeting(a: [f32; 2], b: [f32; 2], axis: usize, edge: f32) -> [f32; 2] {
    let part = (edge - a[axis]) / (b[axis] - a[axis]);
    let mut at = [a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part];
    at[axis] = edge;
    at
}

/// A closed polygon clipped to the image (Sutherland and Hodgman, CACM 17(1), 1974).
fn cut(mut points: Vec<[f32; 2]>, size: (u32, u32)) -> Vec<[f32; 2]> {
    for (axis, edge, larger) in sides(size) {
        let inside = |point: [f32; 2]| if larger { point[axis] >= edge } else { point[axis] <= edge };
        let mut kept = Vec::with_capacity(points.len() + 4);
        for (at, point) in points.iter().enumerate() {
            let before = points[(at + points.len() - 1) % points.len()];
            if inside(*point) != inside(before) {
                kept.push(meeting(before, *point, axis, edge));
            }
            if inside(*point) {
                kept.push(*point);
            }
        }
        points = kept;
    }
    points
}

/// The longest part of a polyline inside the image.
fn longest_inside(points: &[[f32; 2]], size: (u32, u32)) -> Vec<[f32; 2]> {
    let mut parts: Vec<Vec<[f32; 2]>> = Vec::new();
    for (from, to) in points.iter().zip(points.iter().skip(1)) {
        let (mut a, mut b) = (*from, *to);
        let mut out = false;
        for (axis, edge, larger) in sides(size) {
            let inside = |point: [f32; 2]| if larger { point[axis] >= edge } else { point[axis] <= edge };
            match (inside(a), inside(b)) {
                (true, true) => {}
                (true, false) => b = meeting(a, b, axis, edge),
                (false, true) => a = meeting(a, b, axis, edge),
                (false, false) => out = true,
            }
        }
        match parts.last_mut() {
            _ if out => {}
            Some(part) if part.last() == Some(&a) => part.push(b),
            _ => parts.push(vec![a, b]),
        }
    }
    let length = |part: &Vec<[f32; 2]>| -> f32 {
        part.iter().zip(part.iter().skip(1)).map(|(a, b)| libm::hypotf(b[0] - a[0], b[1] - a[1])).sum()
    };
    parts.into_iter().max_by(|a, b| length(a).total_cmp(&length(b))).unwrap_or_default()
}

/// Keypoints that are still in the image; left and right in their names are exchanged in a mirrored one.
fn seen(points: &[Keypoint], names: &[String], mirrored: bool, (width, height): (u32, u32)) -> Vec<Keypoint> {
    let kept = |point: &Keypoint| {
        let inside = (0.0..=width as f32).contains(&point.x) && (0.0..=height as f32).contains(&point.y);
        if inside { *point } else { Keypoint { x: 0.0, y: 0.0, seen: 0 } }
    };
    let other = |at: usize| -> usize {
        let Some(name) = names.get(at).filter(|_| mirrored) else { return at };
        let swapped = match (name.strip_prefix("left"), name.strip_prefix("right")) {
            (Some(rest), _) => format!("right{rest}"),
            (_, Some(rest)) => format!("left{rest}"),
            (None, None) => return at,
        };
        names.iter().position(|name| *name == swapped).unwrap_or(at)
    };
    (0..points.len()).filter_map(|at| points.get(other(at))).map(kept).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transforms::catalog::BUILT_IN;

    fn after_stack(text: &str, shape: Shape, size: (u32, u32)) -> Option<Shape> {
        let names: Arc<[String]> = ["left hand", "right hand", "head"].map(str::to_owned).into();
        let label = Drawn { shape: Some(shape), names };
        moved(&BUILT_IN, &stack::parse(&BUILT_IN, text, 1).unwrap(), &[label], size)
            .unwrap()
            .unwrap()
            .pop()
            .unwrap()
            .shape
    }

    #[test]
    fn outlines_and_lines_are_cut_at_the_edge() {
        let size = (100, 80);
        let triangle = Shape::Polygon(vec![[50.0, 10.0], [90.0, 10.0], [90.0, 50.0]]);
        let Some(Shape::Polygon(points)) = after_stack("translate:right=20", triangle.clone(), size) else {
            panic!()
        };
        assert_eq!(points.len(), 3, "{points:?}");
        assert!(points.contains(&[100.0, 10.0]) && points.contains(&[100.0, 40.0]), "{points:?}");
        assert_eq!(after_stack("translate:right=45", triangle, size), None, "less than half of it is left");
        let line = Shape::Polyline(vec![[5.0, 40.0], [50.0, 40.0], [95.0, 40.0]]);
        let Some(Shape::Polyline(points)) = after_stack("translate:right=10", line, size) else { panic!() };
        assert_eq!(points, [[15.0, 40.0], [60.0, 40.0], [100.0, 40.0]]);
    }

    #[test]
    fn an_object_of_several_shapes_stays_one() {
        let square = |x: f32| {
            Part::from(Shape::Polygon(vec![[x, 10.0], [x + 20.0, 10.0], [x + 20.0, 30.0], [x, 30.0]]))
        };
        let object = Shape::Parts(vec![square(5.0), Part { hole: true, ..square(70.0) }, square(70.0)]);
        let moved = after_stack("translate:right=5", object.clone(), (100, 80)).unwrap();
        assert_eq!(moved, object.shifted(5.0, 0.0));
        let left = after_stack("translate:right=45", object, (100, 80));
        assert_eq!(left, Some(square(50.0).shape), "the parts that have left are gone");
    }

    #[test]
    fn left_and_right_change_sides_in_a_mirror() {
        let point = |x: f32| Keypoint { x, y: 5.0, seen: 2 };
        let hands = Shape::Keypoints(vec![point(10.0), point(30.0), Keypoint { x: 0.0, y: 0.0, seen: 0 }]);
        let Some(Shape::Keypoints(points)) = after_stack("mirror", hands.clone(), (100, 80)) else {
            panic!()
        };
        assert_eq!(points[..2], [point(70.0), point(90.0)], "{points:?}");
        let Some(Shape::Keypoints(points)) = after_stack("quarter_turn:2", hands, (100, 80)) else {
            panic!()
        };
        let turned = points.iter().map(|point| point.x.round() as i32).collect::<Vec<_>>();
        assert_eq!(turned[..2], [90, 70], "turned, not mirrored: {points:?}");
    }

    #[test]
    fn boxes_in_space_keep_their_slope() {
        let block = Block {
            center: [10.0, 4.0, 1.0],
            size: [4.0, 2.0, 1.5],
            rotation: Block::turned([0.2, 0.1, 0.5]),
        };
        let now = |text: &str| {
            let Some(Shape::Cuboid(block)) = after_stack(text, Shape::Cuboid(Box::new(block)), (0, 0)) else {
                panic!()
            };
            block
        };
        let near = |a: [f64; 3], b: [f64; 3]| {
            assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5), "{a:?} {b:?}");
        };
        let mirrored = now("mirror_points");
        near(mirrored.angles(), [-0.2, 0.1, -0.5]);
        near(mirrored.center, [10.0, -4.0, 1.0]);
        near(now("scale_points:2").size, [8.0, 4.0, 3.0]);
        near(now("dropped_points:0.5").angles(), block.angles());
    }
}
