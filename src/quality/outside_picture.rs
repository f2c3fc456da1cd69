//! Shapes that extend beyond the image.

use crate::data::geometry::shape::Shape;
use crate::quality::{LabelIssue, QualityKind, Seen};

/// Finds shapes that extend more than a pixel beyond the image.
pub(super) static KIND: QualityKind = QualityKind { id: "outside_picture", title: "Outside the image", find };

const SLACK_PX: f32 = 1.0;

fn find(seen: &Seen<'_>) -> Vec<LabelIssue> {
    let Some((width, height)) = seen.size else { return Vec::new() };
    let issue = |label: &crate::data::labels::label::Label| {
        let b = label.shape.bounds().filter(|_| !matches!(label.shape, Shape::Cuboid(_)))?;
        let out = (-b.x0).max(-b.y0).max(b.x1 - width as f32).max(b.y1 - height as f32);
        let why = format!("extends {out:.0} pixels beyond the image of {width} x {height}");
        (out > SLACK_PX).then(|| seen.issue(KIND.id, label, label.frame, why))
    };
    seen.drawn().filter_map(issue).collect()
}
