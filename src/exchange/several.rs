//! Objects of several shapes in formats that hold less: what each keeps of them, and what it loses.

use crate::data::geometry::box2::Box2;
use crate::data::geometry::shape::{Part, Shape, ShapeKind, TurnedBox};
use crate::imaging::masks;

/// Ability of a format to keep several shapes as one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Several {
    /// None: one shape is kept, or the box around all.
    One,
    /// Any shapes, with the names of parts and with holes.
    Whole,
    /// Shapes that the format holds one by one, linked by a number; neither names nor holes.
    Linked,
    /// A box, polygons or a mask, and keypoints, as in COCO.
    Instance,
    /// A box, and boxes of named parts, as in Pascal VOC.
    NamedBoxes,
    /// A box and keypoints.
    BoxAndKeypoints,
    /// Polygons, joined to one by lines of no width.
    Joined,
}

/// An object as far as a format keeps it, and what happens to the rest.
#[derive(Debug, Default)]
pub(super) struct Fit {
    /// The shape in the format; `None` if nothing of it can be written.
    pub shape: Option<Shape>,
    /// Losses of one object: the end of a sentence that begins with a count, and true if information is lost.
    pub losses: Vec<(&'static str, bool)>,
}

impl Fit {
    fn lose(&mut self, what: &'static str) {
        self.losses.push((what, true));
    }

    fn note(&mut self, what: &'static str) {
        self.losses.push((what, false));
    }
}

const NAMES: &str = "objects would lose the names of their parts";
const BOX_STAYS: &str = "objects of several shapes would become the boxes around them";
const OTHERS: &str = "objects would lose some of their shapes";

/// Reduces an object of several shapes to what a format holds. `size` is that of the image, if known.
pub(super) fn fit(parts: &[Part], several: Several, shapes: &[ShapeKind], size: Option<(u32, u32)>) -> Fit {
    let whole = Shape::Parts(parts.to_vec());
    let mut fit = Fit::default();
    if several == Several::Whole {
        fit.shape = Some(whole);
        return fit;
    }
    if several != Several::NamedBoxes && parts.iter().any(|part| !part.name.is_empty()) {
        fit.lose(NAMES);
    }
    let outer: Vec<Part> = parts.iter().filter(|part| !part.hole).cloned().collect();
    let parts = match several {
        Several::Instance | Several::Linked if outer.len() < parts.len() => {
            without_holes(parts, shapes, size, &mut fit)
        }
        Several::Joined => parts.to_vec(),
        Several::One
        | Several::Whole
        | Several::Linked
        | Several::Instance
        | Several::NamedBoxes
        | Several::BoxAndKeypoints => {
            if outer.len() < parts.len() && several != Several::One {
                fit.lose("objects would have their holes filled");
            }
            outer
        }
    };
    fit.shape = match several {
        Several::Whole => Some(whole),
        Several::Instance => instance(&parts, &mut fit),
        Several::Linked => linked(&parts, shapes, &mut fit),
        Several::NamedBoxes => named_boxes(&whole, &parts, &mut fit),
        Several::BoxAndKeypoints => box_and_keypoints(&whole, &parts, &mut fit),
        Several::Joined => joined(&parts, shapes, &mut fit),
        Several::One => one(&whole, &parts, shapes, &mut fit),
    };
    if fit.shape.is_none() {
        fit.losses = vec![("objects of several shapes would be left out", true)];
    }
    fit
}

/// Polygons and masks with holes as one mask, where the format has masks and the size of the image is known.
fn without_holes(parts: &[Part], shapes: &[ShapeKind], size: Option<(u32, u32)>, fit: &mut Fit) -> Vec<Part> {
    let area = |part: &&Part| matches!(part.shape, Shape::Polygon(_) | Shape::Mask(_));
    let mask = size.filter(|_| shapes.contains(&ShapeKind::Mask)).and_then(|size| {
        let own = Shape::Parts(parts.iter().filter(area).cloned().collect());
        masks::of_shape(&own, size)
    });
    let Some(mask) = mask else {
        fit.lose("objects would have their holes filled");
        return parts.iter().filter(|part| !part.hole).cloned().collect();
    };
    fit.lose("objects with holes would become masks of pixels");
    let others = parts.iter().filter(|part| !part.hole && !area(part)).cloned();
    others.chain([Part::from(Shape::Mask(Box::new(mask)))]).collect()
}

/// At most one box, then polygons or one mask, then keypoints.
fn instance(parts: &[Part], fit: &mut Fit) -> Option<Shape> {
    let boxes: Vec<Box2> =
        parts.iter().filter_map(|p| if let Shape::Box(b) = &p.shape { Some(*b) } else { None }).collect();
    let main = Shape::Parts(parts.to_vec()).bounds().filter(|b| boxes.contains(b));
    let (mut polygons, mut found, mut points) = (Vec::new(), Vec::new(), Vec::new());
    for part in parts {
        match &part.shape {
            Shape::Box(b) if main == Some(*b) => {}
            Shape::Box(_) | Shape::TurnedBox(_) => polygons.extend(as_kind(&part.shape, ShapeKind::Polygon)),
            Shape::Polygon(_) => polygons.push(part.shape.clone()),
            Shape::Mask(mask) => found.push((**mask).clone()),
            Shape::Keypoints(_) if points.is_empty() => points.push(part.shape.clone()),
            Shape::Keypoints(_) | Shape::Polyline(_) | Shape::Cuboid(_) | Shape::Whole | Shape::Parts(_) => {
                fit.lose(OTHERS);
            }
        }
    }
    let mut kept: Vec<Shape> = main.map(Shape::Box).into_iter().collect();
    if let (Some(first), false) = (found.first(), found.len() == 1 && polygons.is_empty()) {
        let size = (first.size[0], first.size[1]);
        if !polygons.is_empty() {
            fit.lose("polygons beside masks would become pixels of the mask");
        }
        found.extend(polygons.drain(..).filter_map(|polygon| masks::of_shape(&polygon, size)));
    }
    kept.append(&mut polygons);
    match masks::union(&found) {
        Some(mask) => kept.push(Shape::Mask(Box::new(mask))),
        None if found.is_empty() => {}
        None => fit.lose(OTHERS),
    }
    kept.append(&mut points);
    Shape::of_parts(kept.into_iter().map(Part::from).collect())
}

fn linked(parts: &[Part], shapes: &[ShapeKind], fit: &mut Fit) -> Option<Shape> {
    let mut kept = Vec::new();
    for part in parts {
        let kind = part.shape.kind();
        if shapes.contains(&kind) {
            kept.push(Part::from(part.shape.clone()));
            continue;
        }
        match instead(kind, shapes).and_then(|other| as_kind(&part.shape, other)) {
            Some(shape) => {
                if matches!(kind, ShapeKind::Box | ShapeKind::TurnedBox) {
                    fit.note("objects would have boxes as polygons");
                } else {
                    fit.lose("objects would have the boxes around some of their shapes in their place");
                }
                kept.push(Part::from(shape));
            }
            None => fit.lose(OTHERS),
        }
    }
    Shape::of_parts(kept)
}

fn named_boxes(whole: &Shape, parts: &[Part], fit: &mut Fit) -> Option<Shape> {
    let bounds = whole.bounds()?;
    let main = Part::from(Shape::Box(bounds));
    let named = |part: &&Part| !part.name.is_empty() && part.shape.kind() == ShapeKind::Box;
    let others: Vec<Part> = parts.iter().filter(named).cloned().collect();
    if parts.iter().any(|part| *part != main && !named(&part)) {
        fit.lose("objects of several shapes would keep boxes only");
    }
    Shape::of_parts([vec![main], others].concat())
}

fn box_and_keypoints(whole: &Shape, parts: &[Part], fit: &mut Fit) -> Option<Shape> {
    let points = parts.iter().find(|part| part.shape.kind() == ShapeKind::Keypoints)?;
    let bounds = whole.bounds()?;
    let kept = |part: &&Part| part.shape == points.shape || part.shape == Shape::Box(bounds);
    if !parts.iter().all(|part| kept(&part)) {
        fit.lose(OTHERS);
    }
    let points = Part::from(points.shape.clone());
    Shape::of_parts(vec![Part::from(Shape::Box(bounds)), points])
}

/// One polygon of all, each joined to the next at the two corners that are nearest.
fn joined(parts: &[Part], shapes: &[ShapeKind], fit: &mut Fit) -> Option<Shape> {
    let mut all: Vec<(Vec<[f32; 2]>, bool)> = Vec::new();
    let (mut boxes, mut others) = (0, false);
    for part in parts {
        match &part.shape {
            Shape::Polygon(points) => all.push((points.clone(), part.hole)),
            Shape::TurnedBox(b) => all.push((b.corners().to_vec(), part.hole)),
            Shape::Box(_) => boxes += 1,
            Shape::Polyline(_)
            | Shape::Keypoints(_)
            | Shape::Mask(_)
            | Shape::Cuboid(_)
            | Shape::Whole
            | Shape::Parts(_) => others = true,
        }
    }
    if others {
        fit.lose(OTHERS);
    }
    if all.is_empty() && shapes.contains(&ShapeKind::Box) {
        let bounds = Shape::Parts(parts.to_vec()).bounds();
        return bounds.filter(|_| boxes > 0).map(Shape::Box);
    }
    if all.is_empty() {
        let only = |part: &Part| (part.shape.kind() == ShapeKind::Box).then(|| part.shape.outline());
        all = parts.iter().filter_map(only).map(|outline| (outline, false)).collect();
    } else if boxes > 0 {
        fit.note("objects are written with their polygons, not with the boxes beside them");
    }
    all.sort_by_key(|(_, hole)| *hole);
    let mut all = all.into_iter();
    let (mut whole, _) = all.next()?;
    let rest: Vec<(Vec<[f32; 2]>, bool)> = all.collect();
    if !rest.is_empty() {
        fit.note("objects of several polygons are written as one polygon each, joined by lines of no width");
    }
    for (points, hole) in rest {
        whole = spliced(&whole, points, hole);
    }
    Some(Shape::Polygon(whole)).filter(Shape::valid)
}

/// A polygon with another put in at the corners that are nearest. Holes run the other way round, so that any rule of
/// filling leaves them out.
fn spliced(whole: &[[f32; 2]], mut other: Vec<[f32; 2]>, hole: bool) -> Vec<[f32; 2]> {
    if (turn(whole) == turn(&other)) == hole {
        other.reverse();
    }
    let apart = |a: [f32; 2], b: [f32; 2]| (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2);
    let mut best = (0, 0, f32::INFINITY);
    for (i, a) in whole.iter().enumerate() {
        for (j, b) in other.iter().enumerate() {
            if apart(*a, *b) < best.2 {
                best = (i, j, apart(*a, *b));
            }
        }
    }
    let (at, from, _) = best;
    other.rotate_left(from);
    let back = other.first().copied();
    let mut points = whole.to_vec();
    let here = points.get(at).copied();
    points.splice(at..at, here.into_iter().chain(other).chain(back));
    points
}

/// True if the corners run clockwise on the screen.
fn turn(points: &[[f32; 2]]) -> bool {
    let next = points.iter().cycle().skip(1);
    points.iter().zip(next).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum::<f32>() > 0.0
}

fn one(whole: &Shape, parts: &[Part], shapes: &[ShapeKind], fit: &mut Fit) -> Option<Shape> {
    let has = |kind: ShapeKind| shapes.contains(&kind);
    if has(ShapeKind::Cuboid)
        && let Some(cuboid) = parts.iter().find(|part| part.shape.kind() == ShapeKind::Cuboid)
    {
        fit.lose(OTHERS);
        return Some(cuboid.shape.clone());
    }
    let turned = parts.iter().find(|part| part.shape.kind() == ShapeKind::TurnedBox);
    if let (true, false, Some(turned)) = (has(ShapeKind::TurnedBox), has(ShapeKind::Box), turned) {
        fit.lose(OTHERS);
        return Some(turned.shape.clone());
    }
    let bounds = Shape::Box(whole.bounds()?);
    fit.lose(BOX_STAYS);
    if has(ShapeKind::Box) {
        return Some(bounds);
    }
    instead(ShapeKind::Box, shapes).and_then(|kind| as_kind(&bounds, kind))
}

/// The replacement for a shape that a format does not support.
pub(super) fn instead(kind: ShapeKind, shapes: &[ShapeKind]) -> Option<ShapeKind> {
    let has = |wanted: ShapeKind| shapes.contains(&wanted).then_some(wanted);
    match kind {
        ShapeKind::Box => has(ShapeKind::Polygon).or_else(|| has(ShapeKind::TurnedBox)),
        ShapeKind::TurnedBox => has(ShapeKind::Polygon).or_else(|| has(ShapeKind::Box)),
        ShapeKind::Polygon | ShapeKind::Polyline | ShapeKind::Keypoints | ShapeKind::Mask => {
            has(ShapeKind::Box)
        }
        ShapeKind::Cuboid | ShapeKind::Whole | ShapeKind::Parts => None,
    }
}

/// A shape as one of another kind, if it has a box.
pub(super) fn as_kind(shape: &Shape, kind: ShapeKind) -> Option<Shape> {
    let bounds = shape.bounds()?;
    match (shape, kind) {
        (Shape::TurnedBox(turned), ShapeKind::Polygon) => Some(Shape::Polygon(turned.corners().to_vec())),
        (_, ShapeKind::Polygon) => Some(Shape::Polygon(vec![
            [bounds.x0, bounds.y0],
            [bounds.x1, bounds.y0],
            [bounds.x1, bounds.y1],
            [bounds.x0, bounds.y1],
        ])),
        (_, ShapeKind::TurnedBox) => {
            let (x, y) = bounds.center();
            let size = [bounds.width(), bounds.height()];
            Some(Shape::TurnedBox(TurnedBox { center: [x, y], size, angle: 0.0 }))
        }
        (_, ShapeKind::Box) => Some(Shape::Box(bounds)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polygons_are_joined_and_holes_are_left_out() {
        let square = |x: f32, y: f32, side: f32| {
            Shape::Polygon(vec![[x, y], [x + side, y], [x + side, y + side], [x, y + side]])
        };
        let parts = [
            Part::from(square(0.0, 0.0, 10.0)),
            Part { hole: true, ..square(3.0, 3.0, 4.0).into() },
            square(20.0, 0.0, 5.0).into(),
        ];
        let whole = joined(&parts, &[ShapeKind::Polygon], &mut Fit::default()).unwrap();
        assert!((whole.area() - (100.0 - 16.0 + 25.0)).abs() < 1e-3, "{whole:?}");
        let filled = masks::of_shape(&whole, (40, 20)).unwrap();
        let wanted = masks::of_shape(&Shape::Parts(parts.to_vec()), (40, 20)).unwrap();
        assert_eq!((filled.area(), wanted.area()), (109, 109));
    }
}
