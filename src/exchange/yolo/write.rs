//! Writes a data set of Ultralytics.
#![expect(
    clippy::format_push_string,
    clippy::wildcard_enum_match_arm,
    reason = "lines of a file are put together one after the other, of the shapes that the format has"
)]

use std::path::Path;

use crate::data::geometry::shape::{Shape, ShapeKind};
use crate::exchange::border::{Fate, at_border};
use crate::exchange::bundle::Bundle;
use crate::exchange::files::label_file;
use crate::exchange::{ExchangeError, io, malformed, write_below};

pub(super) fn write(bundle: &Bundle, path: &Path, kind: ShapeKind) -> Result<(), ExchangeError> {
    let classes = bundle.classes();
    let pictures = bundle.pictures();
    // Nothing is written if one of them cannot be.
    for picture in &pictures {
        if picture.sample.size.is_none_or(|(width, height)| width == 0 || height == 0) {
            return Err(malformed(
                path,
                format!("the size of image {:?} is unknown, YOLO needs it", picture.sample.file),
            ));
        }
    }
    for picture in pictures {
        let size = picture.sample.size.unwrap_or((1, 1));
        let (width, height) = (size.0 as f32, size.1 as f32);
        let mut text = String::new();
        for item in &picture.items {
            let fate = at_border(&item.shape, size);
            let shape = match &fate {
                Fate::Within => &item.shape,
                Fate::Cut(shape) => shape,
                Fate::Outside => continue,
            };
            let class = classes.iter().position(|name| item.class == *name).unwrap_or(0);
            let b = shape.bounds().unwrap_or_default();
            let (cx, cy) = b.center();
            let box_numbers = [cx / width, cy / height, b.width() / width, b.height() / height];
            let corners =
                |points: &[[f32; 2]]| points.iter().flat_map(|[x, y]| [x / width, y / height]).collect();
            let own = shape.shapes().find(|shape| shape.kind() == kind).unwrap_or(shape);
            let numbers: Vec<f32> = match own {
                Shape::Box(_) => box_numbers.to_vec(),
                Shape::TurnedBox(turned) => corners(&turned.corners()),
                Shape::Polygon(points) => corners(points),
                Shape::Keypoints(points) => box_numbers
                    .into_iter()
                    .chain(points.iter().flat_map(|p| [p.x / width, p.y / height, f32::from(p.seen)]))
                    .collect(),
                _ => continue,
            };
            text += &class.to_string();
            for number in numbers {
                text.push(' ');
                text.push_str(&number.to_string());
            }
            text.push('\n');
        }
        let file = label_file(&picture.sample.file, "txt");
        write_below(path, &Path::new("labels/train").join(file), text.as_bytes())?;
    }
    let mut yaml = "path: .\ntrain: images/train\nval: images/train\n".to_owned();
    if kind == ShapeKind::Keypoints {
        let shapes = bundle.labels.iter().flat_map(|label| label.shape.shapes());
        let most = shapes.map(|shape| match shape {
            Shape::Keypoints(points) => points.len(),
            _ => 0,
        });
        yaml += &format!("kpt_shape: [{}, 3]\n", most.max().unwrap_or(0));
    }
    yaml += "names:\n";
    for (i, name) in classes.iter().enumerate() {
        yaml += &format!("  {i}: {}\n", serde_json::Value::from(name.as_str()));
    }
    std::fs::create_dir_all(path).map_err(io(path))?;
    write_below(path, Path::new("data.yaml"), yaml.as_bytes())
}
