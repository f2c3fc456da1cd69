//! Extent of shapes: the box around them, and their area.

use crate::data::geometry::box2::Box2;
use crate::data::geometry::shape::{Part, Shape};

impl Shape {
    /// The axis-aligned box around it, in pixels; for a cuboid its footprint from above, in meters; `None` for the
    /// whole sample and for keypoints of which none is labeled. Of several shapes it is the box among them, if there is
    /// one for the whole object, else the box around all.
    pub fn bounds(&self) -> Option<Box2> {
        match self {
            Self::Box(b) => Some(*b),
            Self::TurnedBox(b) => around(b.corners().into_iter()),
            Self::Polygon(points) | Self::Polyline(points) => around(points.iter().copied()),
            Self::Keypoints(points) => {
                around(points.iter().filter(|point| point.seen > 0).map(|point| [point.x, point.y]))
            }
            Self::Mask(mask) => Some(mask.bounds()),
            Self::Cuboid(block) => around(block.corners().into_iter().map(|[x, y, _]| [x as f32, y as f32])),
            Self::Whole => None,
            Self::Parts(parts) => box_of(parts).or_else(|| {
                let boxes = parts.iter().filter(|part| !part.hole).filter_map(|part| part.shape.bounds());
                around(boxes.flat_map(|b| [[b.x0, b.y0], [b.x1, b.y1]]))
            }),
        }
    }

    /// Area in square pixels; square meters from above for a cuboid; zero for polylines, keypoints and the whole sample.
    /// Of several shapes it is that of the polygons and masks without the holes, or else of the box around all.
    pub fn area(&self) -> f64 {
        match self {
            Self::Box(b) => f64::from(b.width()) * f64::from(b.height()),
            Self::TurnedBox(b) => f64::from(b.size[0]) * f64::from(b.size[1]),
            Self::Polygon(points) => polygon_area(points),
            Self::Mask(mask) => mask.area() as f64,
            Self::Cuboid(block) => block.size[0] * block.size[1],
            Self::Polyline(_) | Self::Keypoints(_) | Self::Whole => 0.0,
            Self::Parts(parts) => {
                let fine = |part: &&Part| matches!(part.shape, Self::Polygon(_) | Self::Mask(_));
                let sum = |holes: bool| -> f64 {
                    let own = parts.iter().filter(fine).filter(|part| part.hole == holes);
                    own.map(|part| part.shape.area()).sum()
                };
                match (sum(false), self.bounds()) {
                    (area, _) if area > 0.0 => (area - sum(true)).max(0.0),
                    (_, Some(b)) => Self::Box(b).area(),
                    (_, None) => 0.0,
                }
            }
        }
    }
}

/// The box for the whole object among its parts: the only one without a name, or else the only one.
fn box_of(parts: &[Part]) -> Option<Box2> {
    let only = |named: bool| {
        let boxes = parts.iter().filter(|part| !part.hole && (named || part.name.is_empty()));
        let mut boxes =
            boxes.filter_map(|part| if let Shape::Box(b) = &part.shape { Some(*b) } else { None });
        boxes.next().filter(|_| boxes.next().is_none())
    };
    only(false).or_else(|| only(true))
}

fn around(points: impl Iterator<Item = [f32; 2]>) -> Option<Box2> {
    points.fold(None, |found: Option<Box2>, [x, y]| {
        Some(found.map_or(Box2 { x0: x, y0: y, x1: x, y1: y }, |b| Box2 {
            x0: b.x0.min(x),
            y0: b.y0.min(y),
            x1: b.x1.max(x),
            y1: b.y1.max(y),
        }))
    })
}

/// Area of a closed outline by the shoelace formula, in square pixels.
fn polygon_area(points: &[[f32; 2]]) -> f64 {
    let next = points.iter().cycle().skip(1);
    let doubled: f64 = points
        .iter()
        .zip(next)
        .map(|(a, b)| f64::from(a[0]) * f64::from(b[1]) - f64::from(b[0]) * f64::from(a[1]))
        .sum();
    doubled.abs() / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f32, side: f32) -> Shape {
        Shape::Polygon(vec![[x, 0.0], [x + side, 0.0], [x + side, side], [x, side]])
    }

    #[test]
    fn several_shapes_are_one_object_with_one_box_and_one_area() {
        let named = |name: &str, shape| Part { name: name.to_owned(), ..Part::from(shape) };
        let b = Box2 { x0: -1.0, y0: -1.0, x1: 31.0, y1: 12.0 };
        let check = |parts: Vec<Part>, bounds: [f32; 4], area: f64| {
            let shape = Shape::of_parts(parts).unwrap();
            let found = shape.bounds().unwrap();
            assert!(shape.valid(), "{shape:?}");
            let [x0, y0, x1, y1] = bounds;
            assert_eq!(found, Box2 { x0, y0, x1, y1 }, "{shape:?}");
            assert!((shape.area() - area).abs() < 1e-9, "{shape:?}: {}", shape.area());
        };
        let two = vec![square(0.0, 10.0).into(), square(20.0, 5.0).into()];
        check(two.clone(), [0.0, 0.0, 25.0, 10.0], 125.0);
        let boxed = [vec![Part::from(Shape::Box(b))], two.clone()].concat();
        check(boxed, [-1.0, -1.0, 31.0, 12.0], 125.0);
        let holed = [two, vec![Part { hole: true, ..square(2.0, 2.0).into() }]].concat();
        check(holed, [0.0, 0.0, 25.0, 10.0], 121.0);
        let c = Box2 { x0: 40.0, y0: 0.0, x1: 50.0, y1: 5.0 };
        let boxes = vec![Part::from(Shape::Box(b)), Shape::Box(c).into()];
        check(boxes, [-1.0, -1.0, 50.0, 12.0], 51.0 * 13.0);
        let head = vec![Part::from(Shape::Box(b)), named("head", Shape::Box(c))];
        check(head, [-1.0, -1.0, 31.0, 12.0], 32.0 * 13.0);
        assert_eq!(Shape::of_parts(vec![Shape::Box(b).into()]), Some(Shape::Box(b)));
        assert_eq!(Shape::of_parts(Vec::new()), None);
    }
}
