//! Labels of any shape over an image.

use egui::{Mesh, Painter, Pos2, Rect, Vec2};

use crate::app::label::grips::turn_handle;
use crate::data::geometry::shape::{Mask, Shape, ShapeKind};
use crate::data::labels::ontology::Word;
use crate::gui::viewers::overlay::{Line, box_ui, caption_ui, line_ui};
use crate::gui::viewers::picture::Placed;

/// Style of a shape.
#[derive(Clone, Copy, Debug)]
pub struct ShapeLook<'a> {
    /// Origin of the shape.
    pub line: Line,
    /// Its color.
    pub color: egui::Color32,
    /// Above it; "" for nothing.
    pub caption: &'a str,
    /// Its class, for the lines between keypoints.
    pub word: Option<&'a Word>,
}

/// Draw a shape of an image; cuboids are drawn elsewhere.
pub fn shape_ui(painter: &Painter, placed: &Placed, shape: &Shape, look: ShapeLook<'_>) {
    let ShapeLook { line, color, caption, word } = look;
    let screen = |[x, y]: [f32; 2]| placed.pixel_to_screen(x, y);
    match shape {
        Shape::Box(b) => {
            box_ui(painter, placed.to_screen(b), line, color, caption);
            return;
        }
        Shape::TurnedBox(b) => {
            let mut around: Vec<Pos2> = b.corners().into_iter().map(screen).collect();
            around.push(around[0]);
            line_ui(painter, around, line, color);
        }
        Shape::Polygon(points) => {
            let mut around: Vec<Pos2> = points.iter().copied().map(screen).collect();
            if let Some(first) = around.first().copied() {
                around.push(first);
            }
            line_ui(painter, around, line, color);
        }
        Shape::Polyline(points) => {
            line_ui(painter, points.iter().copied().map(screen).collect(), line, color);
        }
        Shape::Keypoints(points) => {
            for [a, b] in word.map(|word| word.lines.as_slice()).unwrap_or_default() {
                if let (Some(a), Some(b)) = (points.get(*a), points.get(*b))
                    && a.seen > 0
                    && b.seen > 0
                {
                    let ends = vec![placed.pixel_to_screen(a.x, a.y), placed.pixel_to_screen(b.x, b.y)];
                    line_ui(painter, ends, line, color);
                }
            }
            for point in points.iter().filter(|point| point.seen > 0) {
                let at = placed.pixel_to_screen(point.x, point.y);
                painter.circle_filled(at, 5.0, egui::Color32::from_black_alpha(150));
                if point.seen == 2 {
                    painter.circle_filled(at, 3.5, color);
                } else {
                    painter.circle_stroke(at, 3.5, egui::Stroke::new(1.5, color));
                }
            }
        }
        Shape::Mask(mask) => mask_ui(painter, placed, mask, color),
        Shape::Parts(parts) => {
            for part in parts {
                let caption = if caption.is_empty() { "" } else { &part.name };
                shape_ui(painter, placed, &part.shape, ShapeLook { caption, ..look });
            }
        }
        Shape::Cuboid(_) | Shape::Whole => return,
    }
    if let Some(b) = shape.bounds().filter(|_| !caption.is_empty()) {
        caption_ui(painter, placed.to_screen(&b).left_top(), color, caption);
    }
}

/// Adds the outline of a box with its halo to a mesh: thousands of them cost what a few single ones would.
pub fn add_box(mesh: &mut Mesh, rect: Rect, color: egui::Color32) {
    for (width, color) in [(3.5, egui::Color32::from_black_alpha(150)), (2.0, color)] {
        let (outer, inner) = (rect.expand(width / 2.0), rect.shrink(width / 2.0));
        let mut add = |x0: f32, y0: f32, x1: f32, y1: f32| {
            mesh.add_colored_rect(Rect::from_min_max(Pos2::new(x0, y0), Pos2::new(x1, y1)), color);
        };
        add(outer.left(), outer.top(), outer.right(), inner.top());
        add(outer.left(), inner.bottom(), outer.right(), outer.bottom());
        add(outer.left(), inner.top(), inner.left(), inner.bottom());
        add(inner.right(), inner.top(), outer.right(), inner.bottom());
    }
}

/// The runs of a mask as thin upright rectangles.
fn mask_ui(painter: &Painter, placed: &Placed, mask: &Mask, color: egui::Color32) {
    let height = u64::from(mask.size[1].max(1));
    let mut from = 0_u64;
    for (i, run) in mask.runs.iter().enumerate() {
        let to = from + u64::from(*run);
        let mut at = from;
        while i % 2 == 1 && at < to {
            let (x, y) = (at / height, at % height);
            let end = (y + (to - at)).min(height);
            let rect = Rect::from_two_pos(
                placed.pixel_to_screen(x as f32, y as f32),
                placed.pixel_to_screen((x + 1) as f32, end as f32),
            );
            painter.rect_filled(rect, 0.0, color.gamma_multiply(0.5));
            at += end - y;
        }
        from = to;
    }
}

/// The handles of a selected shape; `reach` is that of the pointer in pixels of the image.
pub fn handles_ui(painter: &Painter, placed: &Placed, shape: &Shape, reach: f32, color: egui::Color32) {
    let square = |at: Pos2| painter.rect_filled(Rect::from_center_size(at, Vec2::splat(8.0)), 1.0, color);
    match shape {
        Shape::Box(b) => {
            let rect = placed.to_screen(b);
            for at in [rect.left_top(), rect.right_top(), rect.left_bottom(), rect.right_bottom()] {
                square(at);
            }
        }
        Shape::TurnedBox(b) => {
            for [x, y] in b.corners() {
                square(placed.pixel_to_screen(x, y));
            }
            let [x, y] = turn_handle(b, reach);
            let (top, handle) = (b.corners(), placed.pixel_to_screen(x, y));
            let middle = placed
                .pixel_to_screen(f32::midpoint(top[0][0], top[1][0]), f32::midpoint(top[0][1], top[1][1]));
            painter.line_segment([middle, handle], egui::Stroke::new(1.5, color));
            painter.circle_filled(handle, 5.0, color);
        }
        Shape::Polygon(points) | Shape::Polyline(points) => {
            for [x, y] in points {
                square(placed.pixel_to_screen(*x, *y));
            }
        }
        Shape::Parts(parts) => {
            for part in parts.iter().filter(|part| part.shape.kind() != ShapeKind::TurnedBox) {
                handles_ui(painter, placed, &part.shape, reach, color);
            }
        }
        Shape::Keypoints(_) | Shape::Mask(_) | Shape::Whole | Shape::Cuboid(_) => {
            if let Some(b) = shape.bounds().filter(|_| !matches!(shape, Shape::Cuboid(_))) {
                let stroke = egui::Stroke::new(1.0, color);
                painter.rect_stroke(placed.to_screen(&b).expand(6.0), 2.0, stroke, egui::StrokeKind::Middle);
            }
        }
    }
}
