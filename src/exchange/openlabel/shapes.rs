//! Object data of `OpenLABEL`: the shapes of an object on a frame, with all that is said about it.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::base::name::Name;
use crate::data::geometry::box2::Box2;
use crate::data::geometry::shape::{Block, Keypoint, Mask, Part, Shape, TurnedBox};
use crate::data::labels::label::{Attributes, State, Value};
use crate::exchange::openlabel::{HOLE, SHAPE, attributes_of, chain};

/// An object on one frame of one channel.
#[derive(Clone)]
pub(super) struct Found {
    pub frame: usize,
    pub channel: Name,
    pub shape: Shape,
    pub keyframe: Option<bool>,
    pub state: State,
    pub class: Option<Name>,
    pub attributes: Attributes,
}

/// Number of entries that could not be read, by their kind and the reason.
pub(super) type Strange = BTreeMap<(String, &'static str), usize>;

/// Kinds of object data that are shapes and have no counterpart here.
const UNSUPPORTED: [&str; 7] =
    ["poly3d", "point3d", "mesh", "mat", "image", "line_reference", "area_reference"];

/// One shape of an object, before all of a channel are one.
struct One {
    channel: Name,
    part: Part,
    said: Attributes,
}

/// The objects of an entry, one for each channel, and the number of their shapes in the file. `only` is the channel of
/// shapes that name none.
pub(super) fn objects_in(data: &Json, only: &Name, strange: &mut Strange) -> (Vec<Found>, usize) {
    let channel = |entry: &Json| {
        let named = entry["coordinate_system"].as_str().or_else(|| entry["stream"].as_str());
        named.map_or_else(|| only.clone(), Name::from)
    };
    let mut all: Vec<One> = Vec::new();
    for (kind, read) in READERS {
        let list = data[kind].as_array().map(Vec::as_slice).unwrap_or_default();
        for entry in list {
            let Some(shape) = read(entry).filter(Shape::valid) else {
                *strange.entry((kind.to_owned(), "not valid")).or_default() += 1;
                continue;
            };
            let mut said = attributes_of(&entry["attributes"]);
            let hole = match said.remove(HOLE) {
                Some(hole) => hole == Value::Flag(true),
                None => kind == "poly2d" && is_hole(list, entry),
            };
            let name = entry["name"].as_str().filter(|name| *name != SHAPE).unwrap_or_default().to_owned();
            all.push(One { channel: channel(entry), part: Part { name, shape, hole }, said });
        }
    }
    for kind in UNSUPPORTED {
        let count = data[kind].as_array().map_or(0, Vec::len);
        if count > 0 {
            *strange.entry((kind.to_owned(), "of a kind that is not supported")).or_default() += count;
        }
    }
    let shapes = all.len();
    keypoints_in(data, &channel, &mut all, strange);
    let mut found: Vec<Found> = Vec::new();
    while let Some(first) = all.first().map(|one| one.channel.clone()) {
        let (own, others): (Vec<One>, Vec<One>) = all.into_iter().partition(|one| one.channel == first);
        all = others;
        found.extend(joined(first, own));
    }
    // Invisible objects, and image classifications, have no shape of their own.
    if data.is_object() {
        let mut said = attributes_of(data);
        let stream = said.remove("stream").map(|value| Name::from(value.text()));
        let shape = said.remove(SHAPE).and_then(|value| serde_json::from_str::<Shape>(&value.text()).ok());
        if found.is_empty() || stream.is_some() {
            if !said.is_empty() || shape.is_some() {
                let channel = stream.unwrap_or_else(|| only.clone());
                found.push(told(shape.unwrap_or(Shape::Whole), channel, said));
            }
        } else {
            for one in &mut found {
                for (name, value) in &said {
                    one.attributes.entry(name.clone()).or_insert_with(|| value.clone());
                }
            }
        }
    }
    (found, shapes)
}

/// Makes one object of the shapes of a channel. What is said about several of them in different words is kept with the name
/// of the shape.
fn joined(channel: Name, own: Vec<One>) -> Option<Found> {
    let single = own.len() == 1;
    let mut said = Attributes::new();
    let mut parts = Vec::new();
    for One { part, said: more, .. } in own {
        for (name, value) in more {
            match said.get(&name) {
                Some(known) if *known != value => {
                    let of = if part.name.is_empty() { parts.len().to_string() } else { part.name.clone() };
                    said.insert(format!("{name} ({of})"), value);
                }
                _ => drop(said.insert(name, value)),
            }
        }
        parts.push(Part { name: if single { String::new() } else { part.name.clone() }, ..part });
    }
    let shape = Shape::of_parts(parts)?;
    Some(told(shape, channel, said))
}

fn told(shape: Shape, channel: Name, mut attributes: Attributes) -> Found {
    let keyframe = match attributes.remove("keyframe") {
        Some(Value::Flag(flag)) => Some(flag),
        _ => None,
    };
    let state = attributes.remove("state").map(|value| value.text());
    let state =
        State::ALL.into_iter().find(|known| state.as_deref() == Some(known.title())).unwrap_or_default();
    let class = attributes.remove("class").map(|value| Name::from(value.text()));
    Found { frame: 0, channel, shape, keyframe, state, class, attributes }
}

/// Reads an entry of a list of object data.
type Reader = fn(&Json) -> Option<Shape>;

/// The kinds of object data that are shapes, in the order in which they become parts.
const READERS: [(&str, Reader); 5] =
    [("bbox", box_of), ("rbbox", turned_of), ("poly2d", poly_of), ("cuboid", cuboid_of), ("binary", mask_of)];

/// Numbers, which may be text as in the examples of the standard.
fn numbers(entry: &Json) -> Vec<f64> {
    let number = |value: &Json| value.as_f64().or_else(|| value.as_str()?.parse().ok());
    entry["val"].as_array().into_iter().flatten().filter_map(number).collect()
}

fn box_of(entry: &Json) -> Option<Shape> {
    let [x, y, w, h] = <[f64; 4]>::try_from(numbers(entry)).ok()?;
    Some(Shape::Box(Box2 {
        x0: (x - w / 2.0) as f32,
        y0: (y - h / 2.0) as f32,
        x1: (x + w / 2.0) as f32,
        y1: (y + h / 2.0) as f32,
    }))
}

fn turned_of(entry: &Json) -> Option<Shape> {
    let [x, y, w, h, angle] = <[f64; 5]>::try_from(numbers(entry)).ok()?.map(|number| number as f32);
    Some(Shape::TurnedBox(TurnedBox { center: [x, y], size: [w, h], angle }))
}

fn poly_of(entry: &Json) -> Option<Shape> {
    let numbers = numbers(entry);
    let whole = |at: usize| numbers.get(at).map(|number| *number as i64);
    let letters = || entry["val"].as_array()?.last()?.as_str();
    let start = || Some([whole(0)?, whole(1)?]);
    let count = |at: usize| usize::try_from(whole(at)?).ok();
    let pairs = || numbers.chunks_exact(2).map(|p| [p[0] as f32, p[1] as f32]);
    let points = match entry["mode"].as_str().unwrap_or("MODE_POLY2D_ABSOLUTE") {
        "MODE_POLY2D_ABSOLUTE" => pairs().collect(),
        "MODE_POLY2D_RELATIVE" => pairs()
            .scan([0.0, 0.0], |at, [x, y]| {
                *at = [at[0] + x, at[1] + y];
                Some(*at)
            })
            .collect(),
        "MODE_POLY2D_SRF6DCC" => chain::decoded(start()?, (3, 15), count(2)?, letters()?)?,
        "MODE_POLY2D_RS6FCC" => chain::decoded(start()?, (whole(2)?, whole(3)?), count(4)?, letters()?)?,
        _ => return None,
    };
    let closed = entry["closed"].as_bool().unwrap_or(true);
    Some(if closed { Shape::Polygon(points) } else { Shape::Polyline(points) })
}

/// True if a polygon is cut out of others: in the hierarchy of contours (next, previous, child, parent) it has a parent,
/// that has none, and so on.
fn is_hole(list: &[Json], entry: &Json) -> bool {
    let parent = |entry: &Json| {
        let at = usize::try_from(entry["hierarchy"].as_array()?.get(3)?.as_i64()?).ok()?;
        list.get(at)
    };
    let mut depth = 0;
    let mut at = parent(entry);
    while let Some(above) = at.filter(|_| depth < list.len()) {
        depth += 1;
        at = parent(above);
    }
    depth % 2 == 1
}

fn cuboid_of(entry: &Json) -> Option<Shape> {
    let block = match *numbers(entry).as_slice() {
        [x, y, z, qx, qy, qz, qw, l, w, h] => {
            Block { center: [x, y, z], rotation: [qx, qy, qz, qw], size: [l, w, h] }
        }
        [x, y, z, roll, pitch, yaw, l, w, h] => {
            Block { center: [x, y, z], rotation: Block::turned([roll, pitch, yaw]), size: [l, w, h] }
        }
        _ => return None,
    };
    Some(Shape::Cuboid(Box::new(block)))
}

fn mask_of(entry: &Json) -> Option<Shape> {
    let text = entry["val"].as_str().filter(|_| entry["encoding"] == json!("json"))?;
    let mask = serde_json::from_str::<Mask>(text).ok()?;
    Some(Shape::Mask(Box::new(mask)))
}

/// Points of a channel are the keypoints of one shape, in the order of their ids.
fn keypoints_in(data: &Json, channel: &impl Fn(&Json) -> Name, all: &mut Vec<One>, strange: &mut Strange) {
    let mut points: BTreeMap<Name, Vec<(i64, Keypoint, Attributes)>> = BTreeMap::new();
    for entry in data["point2d"].as_array().into_iter().flatten() {
        let Ok([x, y]) = <[f64; 2]>::try_from(numbers(entry)) else {
            *strange.entry(("point2d".to_owned(), "not valid")).or_default() += 1;
            continue;
        };
        let mut said = attributes_of(&entry["attributes"]);
        let seen = match said.remove("seen") {
            Some(Value::Number(seen)) => seen.clamp(0.0, 2.0) as u8,
            _ => 2,
        };
        let id = entry["id"].as_i64().unwrap_or(0);
        let point = Keypoint { x: x as f32, y: y as f32, seen };
        points.entry(channel(entry)).or_default().push((id, point, said));
    }
    for (channel, mut own) in points {
        own.sort_by_key(|(id, ..)| *id);
        let said = own.first().map(|(_, _, said)| said.clone()).unwrap_or_default();
        let shape = Shape::Keypoints(own.into_iter().map(|(_, point, _)| point).collect());
        all.push(One { channel, part: Part::from(shape), said });
    }
}
