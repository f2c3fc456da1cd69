//! YOLO text files in the form of Ultralytics: boxes, polygons, rotated boxes and keypoints, as fractions of the image.

use std::path::Path;

use crate::data::geometry::shape::ShapeKind;
use crate::exchange::ExchangeKind;
use crate::exchange::losses::Holds;
use crate::exchange::several::Several;

mod error;
mod layout;
mod line;
mod read;
mod settings;
mod write;

const fn holds(shapes: &'static [ShapeKind]) -> Holds {
    let several = match shapes {
        [ShapeKind::Polygon] => Several::Joined,
        [ShapeKind::Keypoints] => Several::BoxAndKeypoints,
        _ => Several::One,
    };
    Holds { shapes, several, within: true, ..Holds::NOTHING }
}

macro_rules! kind {
    ($name:ident, $id:literal, $title:literal, $shape:expr) => {
        pub(super) static $name: ExchangeKind = ExchangeKind {
            id: $id,
            title: $title,
            holds: holds(&[$shape]),
            one_file: None,
            pictures: Some("images/train"),
            accepts: |path| looks_like(path, $shape),
            read: |path, hints| read::read(path, hints, $shape),
            write: |bundle, path| write::write(bundle, path, $shape),
        };
    };
}

kind!(DETECT, "yolo", "YOLO boxes", ShapeKind::Box);
kind!(SEGMENT, "yolo_seg", "YOLO polygons", ShapeKind::Polygon);
kind!(OBB, "yolo_obb", "YOLO oriented boxes", ShapeKind::TurnedBox);
kind!(POSE, "yolo_pose", "YOLO keypoints", ShapeKind::Keypoints);

fn looks_like(path: &Path, shape: ShapeKind) -> bool {
    layout::found(path).and_then(|layout| read::shapes_of(&layout)) == Some(shape)
}
