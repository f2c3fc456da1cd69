//! The pointer over an image with labels, and what lies under it.

use egui::{CursorIcon, Pos2, Response};

use crate::app::label::grips::{self, Grip};
use crate::data::clip::ChannelId;
use crate::data::geometry::box2::Box2;
use crate::data::geometry::shape::{Shape, ShapeKind, TurnedBox};
use crate::gui::viewers::picture::Placed;

/// A label that can be grabbed.
pub(super) struct Target<'a> {
    pub(super) object: u64,
    pub(super) shape: &'a Shape,
}

/// The pointer over an image.
pub(super) struct Pointer<'a> {
    pub(super) response: &'a Response,
    pub(super) placed: &'a Placed,
    /// Largest distance, in pixels of the image.
    pub(super) reach: f32,
    pub(super) camera: ChannelId,
}

impl Pointer<'_> {
    /// Its place, in pixels of the image.
    pub(super) fn at(&self) -> Option<(f32, f32)> {
        let at: Option<Pos2> = self.response.interact_pointer_pos().or_else(|| self.response.hover_pos());
        at.map(|at| self.placed.to_picture(at))
    }

    /// The nearest place inside the image.
    pub(super) fn inside(&self, (x, y): (f32, f32)) -> (f32, f32) {
        let size = self.placed.rect.size() / self.placed.scale.max(1e-6);
        (x.clamp(0.0, size.x), y.clamp(0.0, size.y))
    }
}

pub(super) fn new_shape(tool: ShapeKind, from: (f32, f32), to: (f32, f32)) -> Shape {
    let b = Box2::between(from, to);
    if tool == ShapeKind::TurnedBox {
        let (x, y) = b.center();
        Shape::TurnedBox(TurnedBox { center: [x, y], size: [b.width(), b.height()], angle: 0.0 })
    } else {
        Shape::Box(b)
    }
}

/// The label under the pointer: the selected object first, then the smallest.
pub(super) fn hit<'a>(
    targets: &'a [Target<'a>],
    at: (f32, f32),
    reach: f32,
    selected: Option<u64>,
) -> Option<(&'a Target<'a>, Grip)> {
    let under = targets.iter().filter_map(|target| {
        let is_selected = selected == Some(target.object);
        grips::grip_at(target.shape, at, reach, is_selected).map(|grip| (target, grip, is_selected))
    });
    let best = under.min_by(|a, b| b.2.cmp(&a.2).then(a.0.shape.area().total_cmp(&b.0.shape.area())));
    best.map(|(target, grip, _)| (target, grip))
}

pub(super) fn cursor(grip: Option<Grip>) -> CursorIcon {
    match grip {
        Some(Grip::Whole) => CursorIcon::Move,
        Some(Grip::Edges { x: 0, .. }) => CursorIcon::ResizeVertical,
        Some(Grip::Edges { y: 0, .. }) => CursorIcon::ResizeHorizontal,
        Some(Grip::Edges { x, y }) if x == y => CursorIcon::ResizeNwSe,
        Some(Grip::Edges { .. }) => CursorIcon::ResizeNeSw,
        Some(Grip::Point(_)) => CursorIcon::PointingHand,
        Some(Grip::Turn) => CursorIcon::Alias,
        None => CursorIcon::Default,
    }
}
