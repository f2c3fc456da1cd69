//! `LabelMe`'s JSON beside each image (Wada), and what X-AnyLabeling adds to it.
#![expect(clippy::wildcard_enum_match_arm, reason = "only shapes that the format has are written")]

use std::path::{Path, PathBuf};

use base64::Engine as _;
use serde_json::{Map, Value as Json, json};

use crate::data::geometry::shape::{Keypoint, Mask, Shape, ShapeKind, TurnedBox};
use crate::data::image::Image;
use crate::data::labels::label::Value;
use crate::exchange::bundle::{Bundle, Item, Picture, SampleRef, joined};
use crate::exchange::files::{Images, below, label_file, stem_of};
use crate::exchange::losses::Holds;
use crate::exchange::rle::runs_by;
use crate::exchange::round;
use crate::exchange::several::Several;
use crate::exchange::{
    ExchangeError, ExchangeKind, Hints, Read, files_in, has_extension, head, json_with, malformed,
    write_json_below,
};

/// A JSON file for each image.
pub(super) static KIND: ExchangeKind = ExchangeKind {
    id: "labelme",
    title: "LabelMe",
    holds: Holds {
        shapes: &[ShapeKind::Box, ShapeKind::Polygon, ShapeKind::Polyline],
        several: Several::Linked,
        attributes: true,
        ..Holds::NOTHING
    },
    one_file: None,
    pictures: Some(""),
    // Other JSON files may lie in the same folder.
    accepts: |path| {
        let files =
            if path.is_dir() { files_in(path, "json").unwrap_or_default() } else { vec![path.to_owned()] };
        files.iter().take(100).any(|file| is_labelme(file))
    },
    read,
    write,
};

fn is_labelme(file: &Path) -> bool {
    let head = head(file);
    // The image itself may stand in the file before the rest.
    has_extension(file, "json")
        && ((head.contains("\"shapes\"")
            && (head.contains("\"imagePath\"") || head.contains("\"shape_type\"")))
            || head.contains("\"imageData\""))
}

fn read(path: &Path, hints: &Hints) -> Result<Read, ExchangeError> {
    let files = if path.is_file() { vec![path.to_owned()] } else { files_in(path, "json")? };
    let (mut pictures, mut warnings) = (Vec::new(), Vec::new());
    let (mut images, mut said, mut others) = (Images::default(), Said::default(), Vec::new());
    let mut refused = None;
    for file in &files {
        let whole: Json = match json_with(file, &mut warnings) {
            Ok(whole) => whole,
            Err(err) => {
                warnings.push(format!("the file was skipped: {err}"));
                refused.get_or_insert(err);
                continue;
            }
        };
        let Some(shapes) = whole["shapes"].as_array() else {
            others.push(file);
            continue;
        };
        let (name, image) =
            image_of(path, file, whole["imagePath"].as_str().unwrap_or_default(), &mut images);
        let size = whole["imageWidth"].as_u64().zip(whole["imageHeight"].as_u64());
        let size =
            size.map(|(width, height)| (width as u32, height as u32)).filter(|size| size.0 > 0 && size.1 > 0);
        let size = size.or_else(|| image.as_deref().and_then(Image::size_of_file)).or(hints.size);
        let mut items = Vec::new();
        for shape in shapes {
            match item_of(shape, size, &mut said) {
                Some(item) => items.push((shape["group_id"].as_i64(), item)),
                None => warnings.push(format!(
                    "a {} of class {:?} is not supported: {}",
                    shape["shape_type"],
                    shape["label"].as_str().unwrap_or("object"),
                    file.display()
                )),
            }
        }
        let mut items = joined(items);
        for (name, on) in whole["flags"].as_object().into_iter().flatten() {
            if on.as_bool() == Some(true) {
                items.push(Item::new(name, Shape::Whole));
            }
        }
        pictures.push(Picture {
            sample: SampleRef { frame: pictures.len(), time: None, file: name, size },
            items,
        });
    }
    if pictures.is_empty() {
        return Err(refused.unwrap_or_else(|| malformed(path, "the list \"shapes\" is missing")));
    }
    if let Some(first) = others.first() {
        warnings.push(format!(
            "{} JSON files are not LabelMe's and were skipped, such as {}",
            others.len(),
            first.display()
        ));
    }
    warnings.extend(round::said(said.round));
    Ok(Read { bundle: Bundle::from_pictures(&[], pictures), warnings })
}

/// Shapes that changed their kind.
#[derive(Default)]
struct Said {
    round: usize,
}

/// The image of a JSON file: the one that it names, or the one with its own name where the other is not there. Names
/// are those within the data set.
fn image_of(root: &Path, file: &Path, stated: &str, images: &mut Images) -> (String, Option<PathBuf>) {
    let folder = file.parent().unwrap_or_else(|| Path::new(""));
    let base = if root.is_file() { folder } else { root };
    let own = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let stated = stated.trim().replace('\\', "/");
    let named = stated.rsplit('/').next().unwrap_or_default();
    let mut places = vec![folder.to_owned()];
    places.extend(Path::new(&stated).parent().map(|inside| folder.join(inside)));
    let image = Some(named)
        .filter(|named| !named.is_empty())
        .and_then(|named| images.find_in(&places, stem_of(named)));
    let image = image.or_else(|| images.find(folder, &own));
    let within = below(base, folder);
    let prefixed = |name: &str| if within.is_empty() { name.to_owned() } else { format!("{within}/{name}") };
    let name = match &image {
        Some(image) => prefixed(&image.file_name().unwrap_or_default().to_string_lossy()),
        None if named.is_empty() => prefixed(&own),
        None => prefixed(named),
    };
    (name, image)
}

fn item_of(shape: &Json, size: Option<(u32, u32)>, said: &mut Said) -> Option<Item> {
    let class = shape["label"].as_str().unwrap_or("object");
    let points: Vec<[f32; 2]> = shape["points"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|p| Some([p.get(0)?.as_f64()? as f32, p.get(1)?.as_f64()? as f32]))
        .collect();
    let found = match (shape["shape_type"].as_str().unwrap_or("polygon"), points.as_slice()) {
        // Two opposite corners, or all four.
        ("rectangle", [_, _, ..]) => Shape::Polygon(points).bounds().map(Shape::Box),
        ("rotation" | "oriented_rectangle", [a, b, c, d]) => {
            Some(Shape::TurnedBox(TurnedBox::from_corners(&[*a, *b, *c, *d])))
        }
        ("polygon" | "quadrilateral", _) => Some(Shape::Polygon(points)),
        ("linestrip" | "line", _) => Some(Shape::Polyline(points)),
        ("point" | "points", _) => {
            Some(Shape::Keypoints(points.iter().map(|[x, y]| Keypoint { x: *x, y: *y, seen: 2 }).collect()))
        }
        // The center and a point of the rim.
        ("circle", [c, r]) => {
            let radius = libm::hypotf(r[0] - c[0], r[1] - c[1]);
            said.round += 1;
            Some(round::ellipse(*c, [radius, radius], 0.0))
        }
        ("mask", [corner, ..]) => {
            mask_of(shape["mask"].as_str()?, *corner, size?).map(|mask| Shape::Mask(Box::new(mask)))
        }
        _ => None,
    };
    let mut item = Item::new(class, found.filter(Shape::valid)?);
    for (name, on) in shape["flags"].as_object().into_iter().flatten() {
        item.attributes.extend(on.as_bool().map(|on| (name.clone(), Value::Flag(on))));
    }
    if shape["difficult"].as_bool() == Some(true) {
        item.attributes.insert("difficult".to_owned(), Value::Flag(true));
    }
    item.attributes.extend(shape["score"].as_f64().map(|score| ("score".to_owned(), Value::Number(score))));
    if let Some(text) = shape["description"].as_str().filter(|text| !text.is_empty()) {
        item.attributes.insert("description".to_owned(), Value::Text(text.to_owned()));
    }
    for (name, value) in shape["attributes"].as_object().into_iter().flatten() {
        item.attributes.extend(serde_json::from_value(value.clone()).ok().map(|value| (name.clone(), value)));
    }
    Some(item)
}

/// A mask: an image of the part around it, whose upper left pixel is at `corner`.
fn mask_of(text: &str, corner: [f32; 2], (width, height): (u32, u32)) -> Option<Mask> {
    let text = text.rsplit_once("base64,").map_or(text, |(_, text)| text);
    let part = Image::decode(&base64::engine::general_purpose::STANDARD.decode(text.trim()).ok()?).ok()?;
    let (left, top) = (f64::from(corner[0]).round() as i64, f64::from(corner[1]).round() as i64);
    let at = |x: u32, y: u32| {
        let (x, y) = (i64::from(x) - left, i64::from(y) - top);
        let inside = x >= 0 && y >= 0 && x < i64::from(part.width()) && y < i64::from(part.height());
        inside && part.pixel(x as u32, y as u32).is_some_and(|rgb| rgb != [0; 3])
    };
    Some(Mask { size: [width, height], runs: runs_by(width, height, at) })
}

fn write(bundle: &Bundle, path: &Path) -> Result<(), ExchangeError> {
    for picture in bundle.pictures() {
        let mut shapes = Vec::new();
        let single = |(at, item): (usize, &'_ Item)| {
            let group = matches!(item.shape, Shape::Parts(_)).then_some(at + 1);
            item.shape.shapes().map(move |shape| (group, shape.clone())).collect::<Vec<_>>()
        };
        let all = picture.items.iter().enumerate();
        for (item, (group, shape)) in
            all.flat_map(|(at, item)| single((at, item)).into_iter().map(move |one| (item, one)))
        {
            let (kind, points) = match &shape {
                Shape::Box(b) => ("rectangle", vec![[b.x0, b.y0], [b.x1, b.y1]]),
                Shape::Polygon(points) => ("polygon", points.clone()),
                Shape::Polyline(points) => ("linestrip", points.clone()),
                _ => continue,
            };
            let (on, rest): (Map<String, Json>, Map<String, Json>) = item
                .attributes
                .iter()
                .map(|(name, value)| (name.clone(), json!(value)))
                .partition(|(_, value)| value.is_boolean());
            let mut shape = json!({ "label": &*item.class, "points": points, "group_id": group, "shape_type": kind, "flags": on });
            if !rest.is_empty() {
                shape["attributes"] = Json::Object(rest);
            }
            shapes.push(shape);
        }
        let file = Path::new(&picture.sample.file);
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let size = picture.sample.size;
        let whole = json!({
            "version": "5.5.0", "flags": {}, "shapes": shapes, "imagePath": name, "imageData": null,
            "imageHeight": size.map(|(_, height)| height), "imageWidth": size.map(|(width, _)| width),
        });
        write_json_below(path, &label_file(&picture.sample.file, "json"), &whole)?;
    }
    Ok(())
}
