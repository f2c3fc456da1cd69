//! Objects that change class: the cause of the lost path history of the pedestrian in Uber's crash (NTSB, HWY18MH010).

use crate::quality::{LabelIssue, QualityKind, Seen};

/// Finds objects whose class changes from one keyframe to the next.
pub(super) static KIND: QualityKind = QualityKind { id: "flipped_class", title: "Class changes", find };

fn find(seen: &Seen<'_>) -> Vec<LabelIssue> {
    let mut issues = Vec::new();
    for (_, keys) in seen.objects() {
        for pair in keys.windows(2).filter(|pair| pair[0].class != pair[1].class) {
            let why = format!("class {:?} before, {:?} from here", &*pair[0].class, &*pair[1].class);
            issues.push(seen.issue(KIND.id, pair[1], pair[1].frame, why));
        }
    }
    issues
}
