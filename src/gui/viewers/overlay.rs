//! Boxes on images: labels solid, predictions dashed, expectations dotted, all with a dark halo.

use egui::text::{LayoutJob, TextWrapping};
use egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Shape, Stroke};

use crate::gui::scripts::shown;

/// Origin of a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// A person drew it.
    Solid,
    /// A model sees it.
    Dashed,
    /// A transform promises it.
    Dotted,
}

const HALO: Color32 = Color32::from_black_alpha(150);

/// Draws one box with its caption above it.
pub fn box_ui(painter: &Painter, rect: Rect, line: Line, color: Color32, caption: &str) {
    painter.rect_stroke(rect, 1.0, Stroke::new(3.5, HALO), egui::StrokeKind::Middle);
    let stroke = Stroke::new(2.0, color);
    let corners =
        [rect.left_top(), rect.right_top(), rect.right_bottom(), rect.left_bottom(), rect.left_top()];
    match line {
        Line::Solid => {
            painter.rect_stroke(rect, 1.0, stroke, egui::StrokeKind::Middle);
        }
        Line::Dashed => {
            painter.extend(Shape::dashed_line(&corners, stroke, 6.0, 4.0));
        }
        Line::Dotted => {
            painter.extend(Shape::dotted_line(&corners, color, 4.0, 1.2));
        }
    }
    if !caption.is_empty() {
        caption_ui(painter, rect.left_top(), color, caption);
    }
}

/// Draws a line through several points.
pub fn line_ui(painter: &Painter, points: Vec<Pos2>, line: Line, color: Color32) {
    painter.add(Shape::line(points.clone(), Stroke::new(3.5, HALO)));
    let stroke = Stroke::new(2.0, color);
    match line {
        Line::Solid => {
            painter.add(Shape::line(points, stroke));
        }
        Line::Dashed => {
            painter.extend(Shape::dashed_line(&points, stroke, 6.0, 4.0));
        }
        Line::Dotted => {
            painter.extend(Shape::dotted_line(&points, color, 4.0, 1.2));
        }
    }
}

/// Draws a box that lies in any direction, with its caption above its highest corner.
pub fn slanted_ui(painter: &Painter, corners: [Pos2; 4], line: Line, color: Color32, caption: &str) {
    let mut around = corners.to_vec();
    around.push(corners[0]);
    line_ui(painter, around, line, color);
    let highest = corners.into_iter().min_by(|a, b| a.y.total_cmp(&b.y));
    if let Some(corner) = highest.filter(|_| !caption.is_empty()) {
        caption_ui(painter, corner, color, caption);
    }
}

/// A caption that reads on snow and at night. It stays within the view, and one that is wider is cut.
pub fn caption_ui(painter: &Painter, corner: Pos2, color: Color32, text: &str) {
    let mut job = LayoutJob::simple_singleline(shown(text).into_owned(), FontId::proportional(12.0), color);
    let view = painter.clip_rect();
    job.wrap = TextWrapping::truncate_at_width((view.width() - 6.0).max(1.0));
    let galley = painter.layout_job(job);
    let size = galley.size() + egui::vec2(6.0, 2.0);
    let mut place = Align2::LEFT_BOTTOM.anchor_size(corner, size);
    // Only a caption that is in sight is moved: one of an object beyond the edge stays beyond it.
    if view.contains(corner) || view.intersects(place) {
        let by = (view.right() - place.right()).min(0.0);
        let by = by.max(view.left() - place.left());
        let down = (view.top() - place.top()).max(0.0);
        place = place.translate(egui::vec2(by, down));
    }
    painter.rect_filled(place, 2.0, Color32::from_black_alpha(180));
    painter.galley(place.min + egui::vec2(3.0, 1.0), galley, color);
}
