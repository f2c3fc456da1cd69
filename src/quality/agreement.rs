//! Inter-annotator agreement: objects matched by overlap, tags by Cohen's kappa (Cohen, 1960).

use std::collections::{BTreeMap, BTreeSet};

use crate::base::time::{Span, Time, TimeRange};
use crate::data::geometry::box2::Box2;
use crate::data::labels::index::{Labels, Shown};
use crate::data::labels::tag::Tag;

/// Agreement on objects of one class: counts and mean overlap.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ClassAgreement {
    /// Matched at the required overlap, of one class.
    pub both: usize,
    /// Drawn by the first only.
    pub first_only: usize,
    /// Drawn by the second only.
    pub second_only: usize,
    /// Matched, but of another class by the second.
    pub other_class: usize,
    /// Mean `IoU` of the matches.
    pub mean_iou: f64,
}

impl ClassAgreement {
    /// F1 of one against the other: 2 both / (2 both + objects of only one); `None` without any object.
    pub fn f1(&self) -> Option<f64> {
        let all = 2 * self.both + self.first_only + self.second_only + 2 * self.other_class;
        (all > 0).then(|| 2.0 * self.both as f64 / all as f64)
    }
}

/// Annotations of one labeler.
#[derive(Clone, Debug, Default)]
pub struct Side {
    /// Labels of objects.
    pub labels: Labels,
    /// Tags.
    pub tags: Vec<Tag>,
}

/// Agreement on a tag type in one clip.
#[derive(Clone, Debug, PartialEq)]
pub struct Kappa {
    /// Name of the clip.
    pub clip: String,
    /// The tag type.
    pub kind: String,
    /// Cohen's kappa; `None` where agreement cannot be distinguished from chance.
    pub kappa: Option<f64>,
}

/// A disagreement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Name of the clip.
    pub clip: String,
    /// Name of the channel.
    pub channel: String,
    /// Index of the sample.
    pub frame: usize,
    /// The object of the first labeler, if there is one.
    pub object: Option<u64>,
    /// Description in one sentence.
    pub why: String,
}

/// Agreement of two labelers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// Objects by class of the first; of the second for objects that only the second drew.
    pub classes: BTreeMap<String, ClassAgreement>,
    /// Tags by clip and type.
    pub tags: Vec<Kappa>,
    /// Disagreements on objects, in the order of clips, channels and samples.
    pub differences: Vec<Difference>,
}

/// Resolution of times: a tenth of a second, as people react no faster.
const STEP: Span = Span(100_000_000);

/// Compares all annotations of two labelers on the clips and channels of the same names.
pub fn compare(first: &Side, second: &Side, min_iou: f32) -> Comparison {
    let mut found = Comparison::default();
    let named = |side: &Side| -> Vec<(String, String)> {
        side.labels.channels().map(|(clip, channel)| (clip.to_string(), channel.to_string())).collect()
    };
    let mut pairs = [named(first), named(second)].concat();
    pairs.sort();
    pairs.dedup();
    for (clip, channel) in &pairs {
        let classes = objects(first, second, (clip, channel), min_iou, &mut found.differences);
        for (class, here) in classes {
            let sum = found.classes.entry(class).or_default();
            let before = sum.both as f64;
            sum.both += here.both;
            sum.first_only += here.first_only;
            sum.second_only += here.second_only;
            sum.other_class += here.other_class;
            if sum.both > 0 {
                sum.mean_iou = (sum.mean_iou * before + here.mean_iou * here.both as f64) / sum.both as f64;
            }
        }
    }
    let both = || first.tags.iter().chain(&second.tags);
    let mut kinds: Vec<(String, String)> = both().map(|tag| (tag.clip.clone(), tag.kind.clone())).collect();
    kinds.sort();
    kinds.dedup();
    found.tags = kinds
        .into_iter()
        .map(|(clip, kind)| {
            let own = both().filter(|tag| tag.clip == clip);
            let range = own.map(Tag::range).reduce(TimeRange::with).unwrap_or_default();
            let kappa = kappa(&first.tags, &second.tags, &clip, &kind, range, STEP);
            Kappa { clip, kind, kappa }
        })
        .collect();
    found
}

/// Compares the labels of one channel sample by sample, by class of the first. Pairs are matched greedily, best overlap first.
fn objects(
    first: &Side,
    second: &Side,
    (clip, channel): (&str, &str),
    min_iou: f32,
    differences: &mut Vec<Difference>,
) -> BTreeMap<String, ClassAgreement> {
    let (ours, theirs) = (first.labels.samples(clip, channel), second.labels.samples(clip, channel));
    let frames: BTreeSet<usize> = ours.keys().chain(theirs.keys()).copied().collect();
    let mut classes: BTreeMap<String, ClassAgreement> = BTreeMap::new();
    let mut sums: BTreeMap<String, f64> = BTreeMap::new();
    for frame in frames {
        let boxes = |side: &BTreeMap<usize, Vec<Shown<'_>>>| -> Vec<(String, Box2, u64)> {
            let shown = side.get(&frame).map(Vec::as_slice).unwrap_or_default();
            let placed = |s: &Shown<'_>| Some((s.label.class.to_string(), s.shape.bounds()?, s.label.object));
            shown.iter().filter_map(placed).collect()
        };
        let mut differ = |object: Option<u64>, why: String| {
            let (clip, channel) = (clip.to_owned(), channel.to_owned());
            differences.push(Difference { clip, channel, frame, object, why });
        };
        let (a, b) = (boxes(&ours), boxes(&theirs));
        let mut pairs: Vec<(f32, usize, usize)> = Vec::new();
        for (i, (class, one, _)) in a.iter().enumerate() {
            for (j, (other, two, _)) in b.iter().enumerate() {
                let overlap = one.iou(two);
                if overlap >= min_iou {
                    // Of equal overlaps the one with the same class.
                    pairs.push((overlap + if class == other { 1e-6 } else { 0.0 }, i, j));
                }
            }
        }
        pairs.sort_by(|x, y| y.0.total_cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
        let (mut used, mut taken) = (vec![false; a.len()], vec![false; b.len()]);
        for (_, i, j) in pairs {
            if used[i] || taken[j] {
                continue;
            }
            (used[i], taken[j]) = (true, true);
            let counts = classes.entry(a[i].0.clone()).or_default();
            if a[i].0 == b[j].0 {
                counts.both += 1;
                *sums.entry(a[i].0.clone()).or_default() += f64::from(a[i].1.iou(&b[j].1));
            } else {
                counts.other_class += 1;
                differ(Some(a[i].2), format!("class {} by the first, {} by the second", a[i].0, b[j].0));
            }
        }
        for ((class, _, object), _) in a.iter().zip(&used).filter(|(_, used)| !**used) {
            classes.entry(class.clone()).or_default().first_only += 1;
            differ(Some(*object), format!("{class} by the first only"));
        }
        for ((class, _, _), _) in b.iter().zip(&taken).filter(|(_, taken)| !**taken) {
            classes.entry(class.clone()).or_default().second_only += 1;
            differ(None, format!("{class} by the second only"));
        }
    }
    for (class, counts) in &mut classes {
        if counts.both > 0 {
            counts.mean_iou = sums.get(class).copied().unwrap_or(0.0) / counts.both as f64;
        }
    }
    classes
}

/// Cohen's kappa for one tag type.
///
/// The time of the clip is divided into steps, each covered by the tag or not by each labeler. One is full agreement,
/// zero is agreement by chance; `None` if both agree on a constant, which cannot be distinguished from chance.
pub fn kappa(
    first: &[Tag],
    second: &[Tag],
    clip: &str,
    kind: &str,
    range: TimeRange,
    step: Span,
) -> Option<f64> {
    let covered = |tags: &[Tag], time: Time| {
        let wanted = tags.iter().filter(|tag| tag.clip == clip && tag.kind == kind);
        wanted.into_iter().any(|tag| tag.covers(time, step.0 / 2))
    };
    let steps = (range.span().0 / step.0.max(1)).max(1);
    let (mut table, mut time) = ([[0_u64; 2]; 2], range.start + Span(step.0 / 2));
    for _ in 0..steps {
        table[usize::from(covered(first, time))][usize::from(covered(second, time))] += 1;
        time = time + step;
    }
    kappa_of(&table)
}

/// Cohen's kappa of a square table: rows are the first labeler, columns the second.
fn kappa_of<const N: usize>(table: &[[u64; N]; N]) -> Option<f64> {
    let total = table.iter().flatten().sum::<u64>() as f64;
    let row = |i: usize| table[i].iter().sum::<u64>() as f64;
    let column = |j: usize| table.iter().map(|row| row[j]).sum::<u64>() as f64;
    let seen = (0..N).map(|i| table[i][i]).sum::<u64>() as f64 / total;
    let chance = (0..N).map(|i| row(i) * column(i)).sum::<f64>() / (total * total);
    (total > 0.0 && chance < 1.0).then(|| (seen - chance) / (1.0 - chance))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kappa_is_that_of_the_textbook() {
        // Both yes 20, both no 15, of fifty: 0.4, as in the worked example of Cohen's kappa in every textbook.
        let kappa = kappa_of(&[[20, 5], [10, 15]]).unwrap();
        assert!((kappa - 0.4).abs() < 1e-12, "{kappa}");
        assert_eq!(kappa_of(&[[0, 0], [0, 9]]), None);
    }
}
