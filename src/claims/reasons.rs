//! Fate of every expected object, and origin of the others: the details of a verdict.

use crate::base::params::Params;
use crate::claims::matching::{MIN_SCORE, Matching};
use crate::data::geometry::objects::Detection;

/// Fate of an object.
#[derive(Clone, Debug, PartialEq)]
pub enum Fate {
    /// Still detected, with this overlap.
    Seen {
        /// Overlap of both boxes, 0 to 1.
        overlap: f32,
    },
    /// Another class is detected in its place.
    Renamed {
        /// The detected class.
        class: String,
    },
    /// Nothing is detected in its place.
    Lost,
    /// A detection that was not expected.
    New,
}

/// One object and its fate.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// Its class.
    pub class: String,
    /// Expected score; `None` for new objects.
    pub expected: Option<f32>,
    /// Current score; `None` for lost objects.
    pub found: Option<f32>,
    /// Fate of the object.
    pub fate: Fate,
}

/// For each expected object the position of its match, by the matching of a claim with these parameters.
pub fn found_again(params: &Params, expected: &[Detection], found: &[Detection]) -> Vec<Option<usize>> {
    Matching::new(params).pairs(expected, found)
}

/// Fates of all objects by the matching of a claim with these parameters: changes first.
///
/// Optional objects, of score 0, and predictions below the claim's threshold are left out.
pub fn reasons(params: &Params, expected: &[Detection], found: &[Detection]) -> Vec<Reason> {
    let matching = Matching::new(params);
    let least = params.value(&MIN_SCORE) as f32;
    let pairs = matching.pairs(expected, found);
    let mut taken: Vec<usize> = pairs.iter().flatten().copied().collect();
    let mut all = Vec::new();
    for (object, pair) in expected.iter().zip(&pairs) {
        if object.score <= 0.0 {
            continue;
        }
        let here = |k: &usize| !taken.contains(k) && matching.near(object, &found[*k]);
        let other = (0..found.len()).filter(here).max_by(|a, b| found[*a].score.total_cmp(&found[*b].score));
        let (score, fate) = match (pair, other) {
            (Some(k), _) => (Some(found[*k].score), Fate::Seen { overlap: object.iou(&found[*k]) }),
            (None, Some(k)) => {
                taken.push(k);
                (Some(found[k].score), Fate::Renamed { class: found[k].class.clone() })
            }
            (None, None) => (None, Fate::Lost),
        };
        all.push(Reason { class: object.class.clone(), expected: Some(object.score), found: score, fate });
    }
    let new = found.iter().enumerate().filter(|(k, object)| !taken.contains(k) && object.score >= least);
    all.extend(new.map(|(_, object)| Reason {
        class: object.class.clone(),
        expected: None,
        found: Some(object.score),
        fate: Fate::New,
    }));
    all.sort_by_key(|reason| match reason.fate {
        Fate::Lost => 0,
        Fate::Renamed { .. } => 1,
        Fate::New => 2,
        Fate::Seen { .. } => 3,
    });
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::geometry::box2::Box2;

    #[test]
    fn every_object_has_a_fate() {
        let object = |class: &str, score: f32, x: f32| {
            Detection::flat(class.to_owned(), score, Box2 { x0: x, y0: 0.0, x1: x + 10.0, y1: 10.0 })
        };
        let expected = [
            object("car", 0.9, 0.0),
            object("bus", 0.8, 50.0),
            object("van", 0.7, 100.0),
            object("car", 0.0, 150.0),
        ];
        let found = [
            object("car", 0.85, 1.0),
            object("truck", 0.6, 50.0),
            object("person", 0.9, 200.0),
            object("dog", 0.1, 250.0),
        ];
        let all = reasons(&Params::default(), &expected, &found);
        let named: Vec<(&str, &Fate)> = all.iter().map(|r| (r.class.as_str(), &r.fate)).collect();
        assert_eq!(named[0], ("van", &Fate::Lost));
        assert_eq!(named[1], ("bus", &Fate::Renamed { class: "truck".to_owned() }));
        assert_eq!(named[2], ("person", &Fate::New));
        assert!(matches!(named[3], ("car", Fate::Seen { overlap }) if *overlap > 0.8));
        assert_eq!(named.len(), 4);
        assert!(reasons(&Params::default(), &[], &[]).is_empty());
    }
}
