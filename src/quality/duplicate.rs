//! Two labels for one object.

use crate::quality::{LabelIssue, QualityKind, Seen};

/// Finds objects of one class that overlap almost wholly.
pub(super) static KIND: QualityKind = QualityKind { id: "duplicate", title: "Duplicate", find };

/// Minimum overlap of duplicates, as `IoU`.
const SAME: f32 = 0.85;

fn find(seen: &Seen<'_>) -> Vec<LabelIssue> {
    let mut issues: Vec<LabelIssue> = Vec::new();
    let mut told = std::collections::BTreeSet::new();
    for (frame, shown) in seen.samples() {
        let mut boxes: Vec<_> = shown.iter().filter_map(|s| Some((s, s.shape.bounds()?))).collect();
        boxes.sort_by(|a, b| a.1.x0.total_cmp(&b.1.x0));
        for (i, (one, a)) in boxes.iter().enumerate() {
            for (two, b) in boxes.iter().skip(i + 1).take_while(|(_, b)| b.x0 < a.x1) {
                let pair = (one.label.object.min(two.label.object), one.label.object.max(two.label.object));
                let same = one.label.class == two.label.class && pair.0 != pair.1;
                if same && one.shape.kind() == two.shape.kind() && a.iou(b) >= SAME && told.insert(pair) {
                    let why = format!("objects {} and {} overlap with IoU {:.2}", pair.0, pair.1, a.iou(b));
                    let later = if one.label.object == pair.1 { one.label } else { two.label };
                    issues.push(seen.issue(KIND.id, later, frame, why));
                }
            }
        }
    }
    issues
}
