//! Objects of a few pixels: accidental clicks, or too small for a model.

use crate::data::geometry::shape::Shape;
use crate::quality::{LabelIssue, QualityKind, Seen};

/// Finds shapes with a side of less than four pixels, or ten centimeters for cuboids.
pub(super) static KIND: QualityKind = QualityKind { id: "too_small", title: "Too small", find };

const LEAST_PX: f32 = 4.0;
const LEAST_M: f64 = 0.1;

fn find(seen: &Seen<'_>) -> Vec<LabelIssue> {
    let issue = |label: &crate::data::labels::label::Label| {
        let why = match &label.shape {
            Shape::Box(_) | Shape::TurnedBox(_) | Shape::Polygon(_) | Shape::Mask(_) | Shape::Parts(_) => {
                let b = label.shape.bounds()?;
                let turned =
                    if let Shape::TurnedBox(turned) = &label.shape { Some(turned.size) } else { None };
                let [w, h] = turned.unwrap_or_else(|| [b.width(), b.height()]);
                (w < LEAST_PX || h < LEAST_PX).then(|| format!("size {w:.1} x {h:.1} pixels"))?
            }
            Shape::Cuboid(block) => {
                let [l, w, h] = block.size;
                (l.min(w).min(h) < LEAST_M).then(|| format!("size {l:.2} x {w:.2} x {h:.2} m"))?
            }
            Shape::Polyline(_) | Shape::Keypoints(_) | Shape::Whole => return None,
        };
        Some(seen.issue(KIND.id, label, label.frame, why))
    };
    seen.drawn().filter_map(issue).collect()
}
