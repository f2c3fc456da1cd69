//! The area of a class is where it has to be.

use crate::base::params::ParamSpec;
use crate::claims::judgment::{Judgment, Unjudged};
use crate::claims::spec::subject;
use crate::claims::{ClaimKind, Judge, OneClaim, Text};
use crate::data::cases::case::{ClaimSpec, Subject};
use crate::data::prediction::{Prediction, Task};
use crate::imaging::masks::{iou, resized};

/// The pixels of the class overlap the true ones by at least this; without a true pixel there must be none.
///
/// Overlap is intersection over union, as in Everingham et al., "The Pascal Visual Object Classes Challenge", IJCV 2015.
pub static KIND: ClaimKind = ClaimKind {
    id: "area_overlap",
    title: "Area of the class",
    summary: "The area of the class overlaps the true one by at least this much; where the class is not in the image it has no area",
    margin: "overlap minus the least that is asked for, as intersection over union; where there must be none, minus the share of the \
             image that it covers",
    params: &[OVERLAP],
    about: &[Task::Segments],
    subject: Subject::Needed,
    text: Text::None,
    human: None,
    reach: None,
    judge: Judge::One(|oracle| {
        Ok(Box::new(AreaOverlap { class: subject(oracle, "class")?, least: oracle.params.value(&OVERLAP) }))
    }),
};

/// The least overlap, by default that from which an evaluation counts an area as correct.
const OVERLAP: ParamSpec = ParamSpec {
    id: "overlap",
    title: "Overlap",
    unit: "IoU",
    min: 0.01,
    max: 1.0,
    neutral: 0.5,
    initial: 0.5,
    step: 0.01,
};

struct AreaOverlap {
    class: String,
    least: f64,
}

impl OneClaim for AreaOverlap {
    fn judge(&self, prediction: &Prediction, oracle: &ClaimSpec) -> Result<Judgment, Unjudged> {
        let Prediction::Segments { segments } = prediction else {
            return Err("the prediction has no segmentation".into());
        };
        let Some(truth) = &oracle.area else {
            return Err("the claim has no true area, save the case from Evaluate".into());
        };
        let found = segments.iter().find(|segment| segment.class == self.class).map(|segment| &segment.mask);
        if truth.area() == 0 {
            let Some(mask) = found.filter(|mask| mask.area() > 0) else { return Ok(Judgment::pass(0.0)) };
            let pixels = f64::from(mask.size[0]) * f64::from(mask.size[1]);
            let share = mask.area() as f64 / pixels.max(1.0);
            let why = format!("{} covers {:.1} % of the image, expected none", self.class, share * 100.0);
            return Ok(Judgment::fail(-share, why));
        }
        let overlap = found.map_or(0.0, |mask| iou(mask, &resized(truth, mask.size), false));
        let margin = overlap - self.least;
        if overlap >= self.least {
            return Ok(Judgment::pass(margin));
        }
        let class = &self.class;
        Ok(Judgment::fail(
            margin,
            match found {
                None => format!("no area of {class}, expected an overlap of at least {:.2}", self.least),
                Some(_) => format!("{class} overlaps {overlap:.2}, expected at least {:.2}", self.least),
            },
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::spec::{Claim, build};
    use crate::data::cases::verdict::Verdict;
    use crate::data::geometry::shape::Mask;
    use crate::data::prediction::Segment;

    fn mask(size: u32, runs: &[u32]) -> Mask {
        Mask { size: [size, size], runs: runs.to_vec() }
    }

    fn judged(truth: Option<Mask>, found: Option<Mask>) -> Judgment {
        let oracle =
            ClaimSpec { class: Some("road".to_owned()), area: truth, ..ClaimSpec::new("area_overlap") };
        let Claim::One(claim) = build(&oracle).unwrap() else { panic!("it is about one prediction") };
        let segments = found.map(|mask| Segment { class: "road".to_owned(), mask }).into_iter().collect();
        claim.judge(&Prediction::Segments { segments }, &oracle).into()
    }

    #[test]
    fn an_area_is_held_against_the_true_one() {
        let truth = mask(10, &[0, 60, 40]);
        let same = judged(Some(truth.clone()), Some(truth.clone()));
        assert!(same.verdict == Verdict::Pass && same.margin == Some(0.5), "{same:?}");
        // 20 of 60.
        let part = judged(Some(truth.clone()), Some(mask(10, &[0, 20, 80])));
        assert!(
            matches!(&part.verdict, Verdict::Fail { why } if why.contains("road overlaps 0.33")),
            "{part:?}"
        );
        assert!(
            matches!(judged(Some(truth.clone()), None).verdict, Verdict::Fail { why } if why.contains("no area of road"))
        );
        // A model of another resolution.
        let finer = judged(Some(truth), Some(mask(20, &[0, 240, 160])));
        assert_eq!(finer.margin, Some(0.5), "{finer:?}");
        assert!(matches!(judged(None, None).verdict, Verdict::Skip { .. }));
    }

    #[test]
    fn a_class_that_is_not_there_has_no_area() {
        let none = mask(10, &[100]);
        assert_eq!(judged(Some(none.clone()), None).verdict, Verdict::Pass);
        assert_eq!(judged(Some(none.clone()), Some(none.clone())).verdict, Verdict::Pass);
        let some = judged(Some(none), Some(mask(10, &[0, 25, 75])));
        assert!(
            matches!(&some.verdict, Verdict::Fail { why } if why.contains("25.0 %"))
                && some.margin == Some(-0.25)
        );
    }
}
