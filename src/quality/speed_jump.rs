//! Objects that jump from one keyframe to the next.

use crate::data::labels::label::Label;
use crate::quality::{LabelIssue, QualityKind, Seen};

/// Finds steps many times longer than usual for the object and longer than the object itself.
pub(super) static KIND: QualityKind = QualityKind { id: "speed_jump", title: "Jumps", find };

/// Minimum ratio to the usual speed.
const TIMES: f32 = 5.0;

fn find(seen: &Seen<'_>) -> Vec<LabelIssue> {
    let mut issues = Vec::new();
    let motion = seen.labels.motion(seen.clip, seen.channel);
    for (_, keys) in seen.objects() {
        let steps: Vec<(f32, f32, &Label)> = keys
            .windows(2)
            .filter(|pair| pair[0].state.present() && pair[1].state.present())
            .filter_map(|pair| {
                let before =
                    motion.map(|motion| motion.carried(&pair[0].shape, pair[0].frame, pair[1].frame));
                let (a, b) = (before.as_ref().unwrap_or(&pair[0].shape).bounds()?, pair[1].shape.bounds()?);
                let (from, to) = (a.center(), b.center());
                let way = libm::hypotf(to.0 - from.0, to.1 - from.1);
                let size = a.width().max(a.height()).max(b.width()).max(b.height());
                let samples = pair[1].frame.saturating_sub(pair[0].frame).max(1) as f32;
                Some((way / samples, size, pair[1]))
            })
            .collect();
        let mut speeds: Vec<f32> = steps.iter().map(|(speed, _, _)| *speed).collect();
        speeds.sort_by(f32::total_cmp);
        let usual = speeds.get(speeds.len().saturating_sub(1) / 2).copied().unwrap_or(0.0);
        for (speed, size, label) in &steps {
            if steps.len() >= 3 && *speed > TIMES * usual && *speed > *size {
                let why = format!("moves {speed:.0} per sample, usually {usual:.0}");
                issues.push(seen.issue(KIND.id, label, label.frame, why));
            }
        }
    }
    issues
}
