//! CVAT's XML 1.1: images with shapes, and videos with tracks.

use crate::data::geometry::shape::ShapeKind;
use crate::exchange::losses::Holds;
use crate::exchange::several::Several;
use crate::exchange::{ExchangeKind, head};

mod read;
mod tasks;
mod write;

const SHAPES: &[ShapeKind] = &[
    ShapeKind::Box,
    ShapeKind::TurnedBox,
    ShapeKind::Polygon,
    ShapeKind::Polyline,
    ShapeKind::Keypoints,
    ShapeKind::Mask,
];

/// CVAT for images 1.1.
pub(super) static IMAGES: ExchangeKind = ExchangeKind {
    id: "cvat_images",
    title: "CVAT for images 1.1",
    holds: Holds {
        shapes: &[
            ShapeKind::Box,
            ShapeKind::TurnedBox,
            ShapeKind::Polygon,
            ShapeKind::Polyline,
            ShapeKind::Keypoints,
            ShapeKind::Mask,
            ShapeKind::Whole,
        ],
        several: Several::Linked,
        occluded: true,
        attributes: true,
        ..Holds::NOTHING
    },
    one_file: Some("annotations.xml"),
    pictures: Some("images"),
    accepts: |path| read::files(path).first().is_some_and(|file| !head(file).contains("<track ")),
    read: read::any,
    write: write::images,
};

/// CVAT for video 1.1.
pub(super) static VIDEO: ExchangeKind = ExchangeKind {
    id: "cvat_video",
    title: "CVAT for video 1.1",
    holds: Holds {
        shapes: SHAPES,
        several: Several::Linked,
        tracks: true,
        keyframes: true,
        occluded: true,
        gaps: true,
        attributes: true,
        changing_class: false,
        ..Holds::NOTHING
    },
    one_file: Some("annotations.xml"),
    pictures: None,
    accepts: |path| read::files(path).first().is_some_and(|file| head(file).contains("<track ")),
    read: read::any,
    write: write::video,
};
