//! Association of detections over frames into tracks.
//!
//! After SORT (Bewley et al., ICIP 2016): boxes are predicted by their speed and matched by overlap; in place of its
//! Kalman filter the speed is a running mean, which needs no tuning and gives the same numbers on every machine.

use crate::data::geometry::box2::Box2;
use crate::data::geometry::objects::Detection;
use crate::data::geometry::solid::Solid;

/// Parameters of the association.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrackingSettings {
    /// Minimum score; boxes below it are ignored.
    pub min_score: f32,
    /// Minimum overlap with the predicted box, as `IoU`.
    pub min_iou: f32,
    /// Maximum number of samples without a detection within a track.
    pub max_gap: usize,
    /// Minimum number of samples with a detection of a track.
    pub min_seen: usize,
    /// Maximum distance of an omitted keyframe from the interpolation, as a fraction of the box's
    /// size.
    pub tolerance: f32,
}

impl Default for TrackingSettings {
    fn default() -> Self {
        Self { min_score: 0.4, min_iou: 0.3, max_gap: 5, min_seen: 3, tolerance: 0.05 }
    }
}

/// A track: an object detected on several samples.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    /// Its most frequent class.
    pub class: String,
    /// Mean score, 0 to 1.
    pub score: f32,
    /// Number of samples with a detection.
    pub seen: usize,
    /// Keyframes by sample: as few as represent it within the tolerance.
    pub keys: Vec<(usize, Detection)>,
}

struct Open {
    seen: Vec<(usize, Detection)>,
    speed: (f32, f32),
}

impl Open {
    /// Predicted box of the object on a sample.
    fn expected(&self, frame: usize) -> Detection {
        let (last_frame, last) = &self.seen[self.seen.len() - 1];
        let ahead = (frame - last_frame) as f32;
        let (x, y) = (self.speed.0 * ahead, self.speed.1 * ahead);
        let b = last.bbox;
        Detection {
            bbox: Box2 { x0: b.x0 + x, y0: b.y0 + y, x1: b.x1 + x, y1: b.y1 + y },
            solid: last.solid.map(|solid| Solid {
                center: [solid.center[0] + x, solid.center[1] + y, solid.center[2]],
                ..solid
            }),
            ..last.clone()
        }
    }

    fn take(&mut self, frame: usize, found: Detection) {
        let (last_frame, last) = &self.seen[self.seen.len() - 1];
        let by = (frame - last_frame) as f32;
        let (from, to) = (last.bbox.center(), found.bbox.center());
        let now = ((to.0 - from.0) / by, (to.1 - from.1) / by);
        // The first step determines the speed; later ones half of it.
        let keep = if self.seen.len() == 1 { 0.0 } else { 0.5 };
        self.speed = (self.speed.0 * keep + now.0 * (1.0 - keep), self.speed.1 * keep + now.1 * (1.0 - keep));
        self.seen.push((frame, found));
    }
}

/// Tracks of the detections on increasing samples, in the order of their first detection.
pub fn link<'a>(
    samples: impl Iterator<Item = (usize, &'a [Detection])>,
    settings: &TrackingSettings,
) -> Vec<Track> {
    let mut open: Vec<Open> = Vec::new();
    let mut done: Vec<Open> = Vec::new();
    for (frame, detections) in samples {
        let found: Vec<&Detection> = detections.iter().filter(|d| d.score >= settings.min_score).collect();
        let (lost, going): (Vec<Open>, Vec<Open>) = open
            .into_iter()
            .partition(|object| frame - object.seen[object.seen.len() - 1].0 > settings.max_gap + 1);
        done.extend(lost);
        open = going;
        // The best overlaps first; among equals the older object and the earlier box.
        let mut pairs: Vec<(f32, usize, usize)> = Vec::new();
        for (i, object) in open.iter().enumerate() {
            let expected = object.expected(frame);
            for (j, detection) in found.iter().enumerate() {
                let overlap = expected.iou(detection);
                if overlap >= settings.min_iou {
                    // Another class is another object, unless nothing else fits as well.
                    let same = if expected.class == detection.class { 1.0 } else { 0.0 };
                    pairs.push((overlap + same, i, j));
                }
            }
        }
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let (mut used, mut taken) = (vec![false; open.len()], vec![false; found.len()]);
        for (_, i, j) in pairs {
            if !used[i] && !taken[j] {
                (used[i], taken[j]) = (true, true);
                open[i].take(frame, found[j].clone());
            }
        }
        for (detection, _) in found.iter().zip(&taken).filter(|(_, taken)| !**taken) {
            open.push(Open { seen: vec![(frame, (*detection).clone())], speed: (0.0, 0.0) });
        }
    }
    done.extend(open);
    let mut tracks: Vec<Track> = done
        .iter()
        .filter(|object| object.seen.len() >= settings.min_seen)
        .map(|object| track(object, settings.tolerance))
        .collect();
    tracks.sort_by(|a, b| (a.keys[0].0, &a.class).cmp(&(b.keys[0].0, &b.class)));
    tracks
}

fn track(object: &Open, tolerance: f32) -> Track {
    let seen = object.seen.len();
    let score = object.seen.iter().map(|(_, found)| found.score).sum::<f32>() / seen as f32;
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for (_, found) in &object.seen {
        match counts.iter_mut().find(|(class, _)| *class == found.class) {
            Some((_, count)) => *count += 1,
            None => counts.push((&found.class, 1)),
        }
    }
    // The first among equals.
    let class = counts.iter().rev().max_by_key(|(_, count)| *count).map_or("", |(class, _)| class).to_owned();
    let mut kept = vec![0];
    keep(&object.seen, 0, seen - 1, tolerance, &mut kept);
    kept.push(seen - 1);
    kept.dedup();
    let keys = kept.into_iter().map(|i| object.seen[i].clone()).collect();
    Track { class, score, seen, keys }
}

/// Keeps the keyframe furthest from the interpolation between two, after Douglas and Peucker (1973).
fn keep(seen: &[(usize, Detection)], from: usize, to: usize, tolerance: f32, kept: &mut Vec<usize>) {
    let (a, b) = (&seen[from], &seen[to]);
    let size = a.1.bbox.width().max(a.1.bbox.height()).max(1e-3);
    let mut worst = (0.0_f32, from);
    for (i, (frame, found)) in seen.iter().enumerate().take(to).skip(from + 1) {
        let part = (frame - a.0) as f32 / (b.0 - a.0) as f32;
        let mix = |a: f32, b: f32| a + (b - a) * part;
        let (p, q, f) = (a.1.bbox, b.1.bbox, found.bbox);
        let off =
            [mix(p.x0, q.x0) - f.x0, mix(p.y0, q.y0) - f.y0, mix(p.x1, q.x1) - f.x1, mix(p.y1, q.y1) - f.y1];
        let off = off.iter().fold(0.0_f32, |most, off| most.max(off.abs())) / size;
        if off > worst.0 {
            worst = (off, i);
        }
    }
    if worst.0 > tolerance {
        keep(seen, from, worst.1, tolerance, kept);
        kept.push(worst.1);
        keep(seen, worst.1, to, tolerance, kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_that_cross_stay_two_and_a_straight_way_needs_two_keyframes() {
        let at = |class: &str, x: f32, y: f32| {
            Detection::flat(class.to_owned(), 0.9, Box2 { x0: x, y0: y, x1: x + 40.0, y1: y + 40.0 })
        };
        let samples: Vec<Vec<Detection>> = (0..40)
            .map(|t| {
                let t = t as f32;
                let mut both = vec![at("car", 10.0 + 5.0 * t, 100.0), at("person", 200.0 - 5.0 * t, 110.0)];
                // One of them is missed for two samples, and something flashes once.
                if (10.0..12.0).contains(&t) {
                    both.remove(0);
                }
                if t > 29.5 && t < 30.5 {
                    both.push(at("dog", 500.0, 5.0));
                }
                both
            })
            .collect();
        let linked =
            link(samples.iter().enumerate().map(|(i, d)| (i, d.as_slice())), &TrackingSettings::default());
        assert_eq!(linked.len(), 2);
        assert_eq!((linked[0].class.as_str(), linked[0].seen, linked[0].keys.len()), ("car", 38, 2));
        assert_eq!((linked[1].class.as_str(), linked[1].seen, linked[1].keys[1].0), ("person", 40, 39));
    }
}
