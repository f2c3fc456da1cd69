//! One line of a label file. Its meaning follows from its length: five numbers are a box, more are a polygon, unless the
//! data set is one of rotated boxes or of keypoints.

use crate::data::geometry::box2::Box2;
use crate::data::geometry::shape::{Keypoint, Part, Shape, ShapeKind, TurnedBox};
use crate::data::labels::label::Value;
use crate::exchange::bundle::Item;
use crate::exchange::yolo::error::LineError;
use crate::exchange::yolo::settings::Settings;

/// Fractions beyond this are pixels or worse. Objects at the border may reach a little beyond the image.
const FARTHEST: f32 = 2.0;

/// The object of a line.
pub(super) fn item_of(
    line: &str,
    shape: ShapeKind,
    settings: &Settings,
    size: (u32, u32),
) -> Result<Item, LineError> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (width, height) = (size.0 as f32, size.1 as f32);
    if let Some((corners, class)) = dota(&words) {
        let shape = Shape::TurnedBox(TurnedBox::from_corners(&corners));
        return Some(Item::new(class, shape)).filter(|item| item.shape.valid()).ok_or(LineError::NoBox);
    }
    let (first, rest) = words.split_first().ok_or(LineError::Empty)?;
    let class = class_of(first, settings)?;
    let mut numbers = Vec::new();
    for word in rest {
        let number: Option<f32> = word.parse().ok().filter(|number: &f32| number.is_finite());
        numbers.push(number.ok_or_else(|| LineError::NotNumber { word: (*word).to_owned() })?);
    }
    let point = |p: &[f32]| [p[0] * width, p[1] * height];
    let mut score = None;
    let shape = match (shape, numbers.as_slice()) {
        (ShapeKind::Keypoints, [cx, cy, w, h, points @ ..]) if !points.is_empty() => {
            inside(&[*cx, *cy, *w, *h])?;
            let points = keypoints(points, settings, &mut score)?.into_iter();
            let points = points.map(|p| Keypoint { x: p.x * width, y: p.y * height, ..p }).collect();
            object_of(box_of([*cx, *cy, *w, *h], size), Shape::Keypoints(points))
        }
        (_, [cx, cy, w, h, rest @ ..]) if rest.len() < 2 => {
            inside(&[*cx, *cy, *w, *h])?;
            score = rest.first().copied();
            Shape::Box(box_of([*cx, *cy, *w, *h], size))
        }
        (ShapeKind::TurnedBox, [corners @ .., _] | corners @ [..]) if corners.len() == 8 => {
            inside(corners)?;
            score = numbers.get(8).copied();
            let corners: Vec<[f32; 2]> = corners.chunks_exact(2).map(point).collect();
            let corners = <[[f32; 2]; 4]>::try_from(corners)
                .map_err(|rest| LineError::Corners { count: 2 * rest.len() })?;
            Shape::TurnedBox(TurnedBox::from_corners(&corners))
        }
        (ShapeKind::TurnedBox, _) => {
            return Err(LineError::Corners { count: numbers.len() });
        }
        (_, all) if all.len() >= 6 => {
            let (corners, confidence) = all.split_at(all.len() - all.len() % 2);
            inside(corners)?;
            score = confidence.first().copied();
            Shape::Polygon(corners.chunks_exact(2).map(point).collect())
        }
        (_, all) => {
            return Err(LineError::TooFew { count: all.len() });
        }
    };
    if !shape.valid() {
        return Err(LineError::NoBox);
    }
    let mut item = Item::new(&class, shape);
    if let Some(score) = score {
        item.attributes.insert("score".to_owned(), Value::Number(f64::from(score)));
    }
    Ok(item)
}

fn box_of([cx, cy, w, h]: [f32; 4], size: (u32, u32)) -> Box2 {
    let (width, height) = (size.0 as f32, size.1 as f32);
    Box2 {
        x0: (cx - w / 2.0) * width,
        y0: (cy - h / 2.0) * height,
        x1: (cx + w / 2.0) * width,
        y1: (cy + h / 2.0) * height,
    }
}

/// A box with keypoints. The box is that of the object; where it is that of the points, they say as much.
fn object_of(bbox: Box2, points: Shape) -> Shape {
    let off = |b: Box2| [b.x0 - bbox.x0, b.y0 - bbox.y0, b.x1 - bbox.x1, b.y1 - bbox.y1];
    let follows = points.bounds().is_some_and(|b| off(b).iter().all(|off| off.abs() < 0.01));
    if follows || !bbox.valid() {
        points
    } else {
        Shape::Parts([Shape::Box(bbox), points].map(Part::from).to_vec())
    }
}

/// A class number, also as a float such as `3.0`, or the very name of a class.
fn class_of(word: &str, settings: &Settings) -> Result<String, LineError> {
    if let Some(number) = word.parse::<f64>().ok().filter(|n| *n >= 0.0 && n.fract() == 0.0 && *n < 1e9) {
        return Ok(settings.name_of(number as usize));
    }
    let named = settings.names.values().find(|name| *name == word);
    named.cloned().ok_or_else(|| LineError::NotClass { word: word.to_owned() })
}

/// Refuses numbers that cannot be fractions of the image.
fn inside(numbers: &[f32]) -> Result<(), LineError> {
    match numbers.iter().find(|number| number.abs() > FARTHEST) {
        Some(number) => Err(LineError::NotFraction { number: *number }),
        None => Ok(()),
    }
}

/// Most keypoints of an object: more are a damaged number.
const MOST_KEYPOINTS: usize = 100_000;

/// Keypoints as fractions. `kpt_shape` says how many numbers each has; without it, three if that is possible.
fn keypoints(
    numbers: &[f32],
    settings: &Settings,
    score: &mut Option<f32>,
) -> Result<Vec<Keypoint>, LineError> {
    let (each, numbers) = match settings.keypoints {
        Some((count, _)) if count > MOST_KEYPOINTS => {
            return Err(LineError::ManyKeypoints { count, most: MOST_KEYPOINTS });
        }
        Some((count, each)) if numbers.len() == count * each => (each, numbers),
        Some((count, each)) if numbers.len() == count * each + 1 => {
            *score = numbers.last().copied();
            (each, numbers.get(..count * each).unwrap_or_default())
        }
        Some((count, each)) => {
            return Err(LineError::Keypoints {
                expected: count * each,
                keypoints: count,
                count: numbers.len(),
            });
        }
        None if numbers.len().is_multiple_of(3) => (3, numbers),
        None if numbers.len().is_multiple_of(2) => (2, numbers),
        None => return Err(LineError::NoKeypoints { count: numbers.len() }),
    };
    let points = numbers.chunks_exact(each).map(|p| {
        // Without visibility, keypoints that are not labeled lie outside of the image.
        let absent = if p[0] < 0.0 || p[1] < 0.0 { 0 } else { 2 };
        Keypoint { x: p[0], y: p[1], seen: p.get(2).map_or(absent, |seen| seen.clamp(0.0, 2.0) as u8) }
    });
    let points: Vec<Keypoint> = points.collect();
    let seen: Vec<f32> = points.iter().filter(|p| p.seen > 0).flat_map(|p| [p.x, p.y]).collect();
    inside(&seen)?;
    Ok(points)
}

/// A line of DOTA, as Roboflow writes rotated boxes: four corners in pixels, name, difficulty.
fn dota<'a>(words: &[&'a str]) -> Option<([[f32; 2]; 4], &'a str)> {
    let (numbers, rest) = words.split_at_checked(8)?;
    let numbers: Vec<f32> = numbers
        .iter()
        .map(|word| word.parse().ok().filter(|n: &f32| n.is_finite()))
        .collect::<Option<_>>()?;
    let class = rest.first().filter(|class| rest.len() <= 2 && class.parse::<f32>().is_err())?;
    let corners: Vec<[f32; 2]> = numbers.chunks_exact(2).map(|p| [p[0], p[1]]).collect();
    Some((corners.try_into().ok()?, class))
}

/// True for a line of DOTA: an object, or what stands above them.
pub(super) fn is_dota(line: &str) -> bool {
    dota(&line.split_whitespace().collect::<Vec<_>>()).is_some() || is_header(line)
}

/// Lines above the objects of DOTA.
pub(super) fn is_header(line: &str) -> bool {
    line.starts_with("imagesource:") || line.starts_with("gsd:")
}
