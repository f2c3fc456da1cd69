//! Each pixel keeps its class.

use std::collections::BTreeSet;

use crate::base::params::ParamSpec;
use crate::claims::judgment::{Judgment, Unjudged};
use crate::claims::{ClaimKind, Judge, Pair, PairClaim, Text};
use crate::data::cases::case::Subject;
use crate::data::prediction::{Prediction, Segment, Task};
use crate::imaging::masks::iou;

/// The mean overlap over the classes of both predictions is at least this; with a subject that of this class.
///
/// Overlap is intersection over union, as in Everingham et al., "The Pascal Visual Object Classes Challenge", IJCV 2015.
pub static KIND: ClaimKind = ClaimKind {
    id: "same_segments",
    title: "Same segmentation",
    summary: "The areas of the classes overlap with those expected by at least this much",
    margin: "mean overlap minus the least that is asked for, as intersection over union",
    params: &[OVERLAP],
    about: &[Task::Segments],
    subject: Subject::Optional,
    text: Text::None,
    human: None,
    reach: None,
    judge: Judge::Pair(|oracle| {
        Ok(Box::new(SameSegments { class: oracle.class.clone(), least: oracle.params.value(&OVERLAP) }))
    }),
};

const OVERLAP: ParamSpec = ParamSpec {
    id: "mean_iou",
    title: "Mean overlap",
    unit: "IoU",
    min: 0.0,
    max: 1.0,
    neutral: 0.8,
    initial: 0.8,
    step: 0.01,
};

struct SameSegments {
    class: Option<String>,
    least: f64,
}

impl SameSegments {
    /// Overlap of each class, the worst first.
    fn overlaps<'a>(&self, pair: &Pair<'a>) -> Result<Vec<(&'a str, f64)>, Unjudged> {
        let (Prediction::Segments { segments: expected }, Prediction::Segments { segments: after }) =
            (pair.expected, pair.after)
        else {
            return Err("the prediction has no segmentation".into());
        };
        let classes: BTreeSet<&str> = expected.iter().chain(after).map(|s| s.class.as_str()).collect();
        let of = |segments: &'a [Segment], class: &str| segments.iter().find(|s| s.class == class);
        let overlap = |class: &'a str| match (of(expected, class), of(after, class)) {
            (Some(a), Some(b)) => (class, iou(&b.mask, &a.mask, false)),
            _ => (class, 0.0),
        };
        let wanted = |class: &&str| self.class.as_ref().is_none_or(|only| only == class);
        let mut found: Vec<(&str, f64)> = classes.into_iter().filter(wanted).map(overlap).collect();
        found.sort_by(|a, b| a.1.total_cmp(&b.1));
        if found.is_empty() {
            return Err(match &self.class {
                Some(class) => format!("no {class} in either prediction").into(),
                None => "no classes in either prediction".into(),
            });
        }
        Ok(found)
    }
}

fn mean(overlaps: &[(&str, f64)]) -> f64 {
    overlaps.iter().map(|(_, overlap)| overlap).sum::<f64>() / overlaps.len() as f64
}

impl PairClaim for SameSegments {
    fn judge(&self, pair: &Pair<'_>) -> Result<Judgment, Unjudged> {
        let overlaps = self.overlaps(pair)?;
        let mean = mean(&overlaps);
        let margin = mean - self.least;
        if mean >= self.least {
            return Ok(Judgment::pass(margin));
        }
        let worst: Vec<String> =
            overlaps.iter().take(3).map(|(class, overlap)| format!("{class} {overlap:.2}")).collect();
        let why = format!(
            "mean overlap {mean:.2}, expected at least {:.2}; worst: {}",
            self.least,
            worst.join(", ")
        );
        Ok(Judgment::fail(margin, why))
    }

    fn confidence(&self, pair: &Pair<'_>) -> f32 {
        self.overlaps(pair).map_or(0.0, |overlaps| mean(&overlaps) as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::spec::{Claim, build};
    use crate::data::cases::case::ClaimSpec;
    use crate::data::cases::verdict::Verdict;
    use crate::data::geometry::shape::Mask;

    fn areas(parts: &[(&str, Vec<u32>)]) -> Prediction {
        let segment = |(class, runs): &(&str, Vec<u32>)| Segment {
            class: (*class).to_owned(),
            mask: Mask { size: [10, 10], runs: runs.clone() },
        };
        Prediction::Segments { segments: parts.iter().map(segment).collect() }
    }

    #[test]
    fn overlap_is_judged_over_all_classes_or_for_one() {
        let before = areas(&[("road", vec![0, 80, 20]), ("sky", vec![80, 20])]);
        let after = areas(&[("road", vec![0, 70, 30]), ("sky", vec![70, 30])]);
        let pair = Pair { before: &before, expected: &before, after: &after };
        let judge = |least: f64, class: Option<&str>| {
            let mut oracle = ClaimSpec::new("same_segments");
            oracle.params.insert("mean_iou", least);
            oracle.class = class.map(str::to_owned);
            let Claim::Pair(claim) = build(&oracle).unwrap() else { panic!("it compares") };
            Judgment::from(claim.judge(&pair)).verdict
        };
        // 70 / 80 for the road, 20 / 30 for the sky.
        assert_eq!(judge(0.77, None), Verdict::Pass);
        assert!(matches!(judge(0.78, None), Verdict::Fail { why } if why.contains("worst: sky 0.67")));
        assert_eq!(judge(0.87, Some("road")), Verdict::Pass);
        assert!(matches!(judge(0.5, Some("car")), Verdict::Skip { why } if why.contains("no car")));
    }
}
