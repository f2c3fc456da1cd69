//! Verdicts of relations on pairs of predictions, for every relation there is.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use hardcase::base::params::Params;
use hardcase::claims::pairs::{KINDS, Pair, kind};
use hardcase::data::cases::case::{OracleSpec, Subject};
use hardcase::data::cases::verdict::Verdict;
use hardcase::data::geometry::objects::{Box2, Detection};
use hardcase::data::prediction::{ClassScore, NamedValue, Prediction, Task};
use proptest::prelude::*;

fn object(class: &str, score: f32, x: f32) -> Detection {
    Detection::flat(class.to_owned(), score, Box2 { x0: x, y0: 0.0, x1: x + 10.0, y1: 20.0 })
}

fn objects(list: &[(&str, f32, f32)]) -> Prediction {
    Prediction::Objects { objects: list.iter().map(|(c, s, x)| object(c, *s, *x)).collect() }
}

fn values(list: &[(&str, f32)]) -> Prediction {
    let named = |(name, value): &(&str, f32)| NamedValue {
        name: (*name).to_owned(),
        value: *value,
        unit: String::new(),
        lateral: false,
    };
    Prediction::Values { values: list.iter().map(named).collect() }
}

fn oracle(id: &str, params: &[(&str, f64)], class: Option<&str>) -> OracleSpec {
    let mut spec = OracleSpec { class: class.map(str::to_owned), ..OracleSpec::new(id) };
    for (name, value) in params {
        spec.params.insert(name, *value);
    }
    spec
}

fn judge(spec: &OracleSpec, expected: &Prediction, after: &Prediction) -> Verdict {
    let relation = (kind(&spec.claim).unwrap().build)(spec).unwrap();
    relation.judge(&Pair { before: expected, expected, after })
}

#[test]
fn losing_an_object_breaks_the_set_and_finding_more_does_not() {
    let before = objects(&[("car", 0.9, 0.0), ("person", 0.8, 50.0)]);
    let more = objects(&[("car", 0.7, 1.0), ("person", 0.8, 50.0), ("dog", 0.9, 100.0)]);
    let swapped = objects(&[("car", 0.7, 1.0), ("dog", 0.9, 100.0)]);
    let kept = oracle("objects_kept", &[], None);
    assert_eq!(judge(&kept, &before, &more), Verdict::Pass);
    let lost = judge(&kept, &before, &swapped);
    assert_eq!(lost.why(), "1 of 2 objects are found again, lost is person 0.80 at 55,10");
    assert_eq!(judge(&oracle("objects_kept", &[("recall", 0.5)], None), &before, &swapped), Verdict::Pass);
    // The count alone does not see it: the weaker form that was published.
    let count = oracle("count_kept", &[], None);
    assert_eq!(judge(&count, &before, &swapped), Verdict::Pass);
    assert_eq!(judge(&count, &before, &objects(&[("car", 0.9, 0.0)])).why(), "2 objects became 1");
    assert!(judge(&oracle("count_kept", &[], Some("person")), &before, &swapped).failed());
}

#[test]
fn centers_can_match_what_overlap_cannot() {
    let (before, after) = (objects(&[("car", 0.9, 0.0)]), objects(&[("car", 0.9, 12.0)]));
    assert!(judge(&oracle("same_objects", &[], None), &before, &after).failed());
    assert_eq!(judge(&oracle("same_objects", &[("distance", 15.0)], None), &before, &after), Verdict::Pass);
    assert!(judge(&oracle("same_objects", &[("distance", 11.0)], None), &before, &after).failed());
}

#[test]
fn the_best_pairing_finds_what_greedy_misses() {
    // The surer car takes the detection between both, which leaves nothing for the other one.
    let before = objects(&[("car", 0.9, 0.0), ("car", 0.8, 8.0)]);
    let after = objects(&[("car", 0.9, 4.0), ("car", 0.9, -5.5)]);
    let near = |best| oracle("same_objects", &[("distance", 6.0), ("best_pairing", best)], None);
    assert!(judge(&near(0.0), &before, &after).failed());
    assert_eq!(judge(&near(1.0), &before, &after), Verdict::Pass);
}

#[test]
fn scores_and_confidences_may_drift_so_far() {
    let (before, after) = (objects(&[("car", 0.9, 0.0)]), objects(&[("car", 0.6, 0.0)]));
    let drift = judge(&oracle("score_drift", &[], None), &before, &after);
    assert_eq!(drift.why(), "car 0.90 became 0.60, allowed is a change of 0.20");
    assert_eq!(judge(&oracle("score_drift", &[("within", 0.3)], None), &before, &after), Verdict::Pass);
    let class = |score| Prediction::Classes { top: vec![ClassScore { class: "red".to_owned(), score }] };
    let confidence = oracle("class_confidence", &[], None);
    assert_eq!(judge(&confidence, &class(0.9), &class(0.8)), Verdict::Pass);
    assert!(judge(&confidence, &class(0.9), &class(0.7)).failed());
}

#[test]
fn braking_must_not_weaken_by_more_than_a_tenth() {
    let braking = oracle("at_least", &[], Some("brake"));
    let judge = |before, after| judge(&braking, &values(&[("brake", before)]), &values(&[("brake", after)]));
    assert_eq!(judge(1.0, 0.9), Verdict::Pass);
    assert_eq!(judge(1.0, 0.89).why(), "brake 1.000 became 0.890, allowed is at least 0.900");
    // Written as a deceleration it is negative, and less of it is still less.
    assert_eq!(judge(-5.0, -4.5), Verdict::Pass);
    assert_eq!(judge(-5.0, -4.0).why(), "brake -5.000 became -4.000, allowed is at least -4.500");
    assert!(judge(-5.0, 5.0).failed());
}

#[test]
fn paths_are_judged_by_what_has_a_limit() {
    let path = |side: f32| {
        let names: Vec<(String, f32)> = (0..5)
            .flat_map(|i| [(format!("x{i}"), i as f32), (format!("y{i}"), side * i as f32 / 4.0)])
            .collect();
        values(&names.iter().map(|(name, value)| (name.as_str(), *value)).collect::<Vec<_>>())
    };
    let usual = oracle("same_path", &[], None);
    assert_eq!(judge(&usual, &path(0.0), &path(0.9)), Verdict::Pass);
    let far = judge(&usual, &path(0.0), &path(2.0));
    assert_eq!(
        far.why(),
        "mean displacement 1.00 m, allowed 0.50 m; final displacement 2.00 m, allowed 1.00 m"
    );
    assert!(matches!(
        judge(&usual, &values(&[("speed", 1.0)]), &values(&[("speed", 1.0)])),
        Verdict::Skip { .. }
    ));
}

/// An answer of each kind with something in it.
fn answers() -> Vec<Prediction> {
    vec![
        objects(&[("car", 0.9, 0.0), ("person", 0.7, 40.0)]),
        Prediction::Classes { top: vec![ClassScore { class: "car".to_owned(), score: 0.8 }] },
        values(&[("car", 0.5), ("x0", 1.0), ("y0", 2.0)]),
    ]
}

fn usual(id: &str, subject: Subject) -> OracleSpec {
    OracleSpec {
        class: (subject == Subject::Needed).then(|| "car".to_owned()),
        expression: (id == "expression").then(|| "after.car >= before.car".to_owned()),
        ..OracleSpec::new(id)
    }
}

#[test]
fn nothing_changed_holds_for_every_relation_and_other_answers_are_skipped() {
    for kind in KINDS {
        let relation = (kind.build)(&usual(kind.id, kind.subject)).unwrap();
        for answer in answers() {
            let pair = Pair { before: &answer, expected: &answer, after: &answer };
            let verdict = relation.judge(&pair);
            if kind.about.contains(&answer.task()) {
                assert_eq!(verdict, Verdict::Pass, "{} about {:?}", kind.id, answer.task());
            } else {
                assert!(matches!(verdict, Verdict::Skip { .. }), "{} about {:?}", kind.id, answer.task());
            }
            assert!((0.0..=1.0).contains(&relation.confidence(&pair)), "{}", kind.id);
        }
    }
}

#[test]
fn a_claim_that_needs_a_name_says_so() {
    for kind in KINDS.iter().filter(|kind| kind.subject == Subject::Needed) {
        let problem = (kind.build)(&OracleSpec::new(kind.id)).err().unwrap();
        assert!(problem.contains(kind.id) && problem.contains("does not say which"), "{problem}");
    }
    assert!((kind("expression").unwrap().build)(&OracleSpec::new("expression")).is_err());
}

proptest! {
    #[test]
    fn any_two_answers_can_be_compared(
        a in proptest::collection::vec((0.0_f32..1.0, -50.0_f32..50.0), 0..5),
        b in proptest::collection::vec((0.0_f32..1.0, -50.0_f32..50.0), 0..5),
        best in 0.0_f64..=1.0,
        distance in 0.0_f64..30.0,
    ) {
        let list = |of: &[(f32, f32)]| {
            Prediction::Objects { objects: of.iter().map(|(s, x)| object("car", *s, *x)).collect() }
        };
        let (before, after) = (list(&a), list(&b));
        for kind in KINDS.iter().filter(|kind| kind.about.contains(&Task::Objects)) {
            let mut spec = usual(kind.id, kind.subject);
            let mut params = Params::default();
            params.insert("best_pairing", best);
            params.insert("distance", distance);
            spec.params = params;
            let relation = (kind.build)(&spec).map_err(TestCaseError::fail)?;
            let pair = Pair { before: &before, expected: &before, after: &after };
            drop(relation.judge(&pair));
            prop_assert!((0.0..=1.0).contains(&relation.confidence(&pair)));
        }
    }

    #[test]
    fn any_text_is_an_expression_or_a_sentence(text in "[a-z.\"()<>=+*/ 0-9-]{0,40}") {
        let spec = OracleSpec { expression: Some(text), ..OracleSpec::new("expression") };
        if let Ok(relation) = (kind("expression").map_or_else(|| unreachable!(), |k| k.build))(&spec) {
            let answer = values(&[("a", 1.0)]);
            drop(relation.judge(&Pair { before: &answer, expected: &answer, after: &answer }));
        }
    }
}
