//! Verdicts and margins of claims about predictions and signals, for every claim there is.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use hardcase::base::params::Params;
use hardcase::base::time::Time;
use hardcase::claims::judgment::Judgment;
use hardcase::claims::spec::{Claim, build};
use hardcase::claims::{ClaimKind, Judge, KINDS, Pair, kind, usual as usual_kind};
use hardcase::data::cases::case::{ClaimSpec, Subject};
use hardcase::data::cases::verdict::Verdict;
use hardcase::data::geometry::box2::Box2;
use hardcase::data::geometry::objects::Detection;
use hardcase::data::geometry::shape::Mask;
use hardcase::data::input::Input;
use hardcase::data::prediction::{ClassScore, NamedValue, Prediction, Segment, Task};
use hardcase::data::time::signals::{Series, Signals};
use hardcase::data::time::window::Window;
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

fn oracle(id: &str, params: &[(&str, f64)], class: Option<&str>) -> ClaimSpec {
    let mut spec = ClaimSpec { class: class.map(str::to_owned), ..ClaimSpec::new(id) };
    for (name, value) in params {
        spec.params.insert(name, *value);
    }
    spec
}

fn judged(spec: &ClaimSpec, expected: &Prediction, after: &Prediction) -> Judgment {
    match build(spec).unwrap() {
        Claim::Pair(claim) => claim.judge(&Pair { before: expected, expected, after }).into(),
        Claim::One(claim) => claim.judge(after, spec).into(),
        Claim::Run(_) | Claim::Signals(_) | Claim::Interval(_) => {
            panic!("{} is not about predictions", spec.claim)
        }
    }
}

fn judge(spec: &ClaimSpec, expected: &Prediction, after: &Prediction) -> Verdict {
    judged(spec, expected, after).verdict
}

/// The claims that compare two predictions.
fn comparing() -> impl Iterator<Item = &'static ClaimKind> {
    KINDS.iter().copied().filter(|kind| kind.compares())
}

#[test]
fn losing_an_object_breaks_the_set_and_finding_more_does_not() {
    let before = objects(&[("car", 0.9, 0.0), ("person", 0.8, 50.0)]);
    let more = objects(&[("car", 0.7, 1.0), ("person", 0.8, 50.0), ("dog", 0.9, 100.0)]);
    let swapped = objects(&[("car", 0.7, 1.0), ("dog", 0.9, 100.0)]);
    let kept = oracle("objects_kept", &[], None);
    assert_eq!(judge(&kept, &before, &more), Verdict::Pass);
    let lost = judge(&kept, &before, &swapped);
    assert_eq!(lost.why(), "1 of 2 objects matched, missing person 0.80 at 55,10");
    assert_eq!(judge(&oracle("objects_kept", &[("recall", 0.5)], None), &before, &swapped), Verdict::Pass);
    // The count alone does not see it: the weaker form that was published.
    let count = oracle("count_kept", &[], None);
    assert_eq!(judge(&count, &before, &swapped), Verdict::Pass);
    assert_eq!(judge(&count, &before, &objects(&[("car", 0.9, 0.0)])).why(), "objects: 2 before, 1 after");
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
    assert_eq!(drift.why(), "the score of car changed from 0.90 to 0.60, allowed change 0.20");
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
    assert_eq!(judge(1.0, 0.89).why(), "brake changed from 1.000 to 0.890, allowed at least 0.900");
    // Written as a deceleration it is negative, and less of it is still less.
    assert_eq!(judge(-5.0, -4.5), Verdict::Pass);
    assert_eq!(judge(-5.0, -4.0).why(), "brake changed from -5.000 to -4.000, allowed at least -4.500");
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

fn usual(id: &str, subject: Subject) -> ClaimSpec {
    ClaimSpec {
        class: (subject == Subject::Needed).then(|| "car".to_owned()),
        expression: (id == "expression").then(|| "after.car >= before.car".to_owned()),
        ..ClaimSpec::new(id)
    }
}

#[test]
fn nothing_changed_holds_for_every_relation_and_other_answers_are_skipped() {
    for kind in comparing() {
        let Ok(Claim::Pair(claim)) = build(&usual(kind.id, kind.subject)) else { panic!("{}", kind.id) };
        for answer in answers() {
            let pair = Pair { before: &answer, expected: &answer, after: &answer };
            let verdict = Judgment::from(claim.judge(&pair)).verdict;
            if kind.about.contains(&answer.task()) {
                assert_eq!(verdict, Verdict::Pass, "{} about {:?}", kind.id, answer.task());
            } else {
                assert!(matches!(verdict, Verdict::Skip { .. }), "{} about {:?}", kind.id, answer.task());
            }
            assert!((0.0..=1.0).contains(&claim.confidence(&pair)), "{}", kind.id);
        }
    }
}

#[test]
fn a_claim_that_needs_a_name_says_so() {
    let named = |kind: &&&ClaimKind| matches!(kind.subject, Subject::Needed | Subject::Signal);
    for kind in KINDS.iter().filter(named) {
        let problem = build(&ClaimSpec::new(kind.id)).err().unwrap().to_string();
        assert!(problem.contains(kind.id) && problem.contains("needs the name of a"), "{problem}");
    }
    assert!(build(&ClaimSpec::new("expression")).is_err());
}

#[test]
fn a_mistyped_claim_is_told_with_the_one_that_was_meant() {
    let problem = build(&ClaimSpec::new("same_clas")).err().unwrap().to_string();
    assert!(problem.starts_with("unknown claim \"same_clas\", did you mean \"same_class\"?"), "{problem}");
    assert!(problem.contains("expected one of same_class, class_confidence"), "{problem}");
    let strange = build(&ClaimSpec::new("mood")).err().unwrap().to_string();
    assert!(strange.starts_with("unknown claim \"mood\", expected one of"), "{strange}");
}

#[test]
fn every_claim_says_what_it_is_and_each_task_has_a_usual_one() {
    for (at, one) in KINDS.iter().enumerate() {
        assert!(KINDS[..at].iter().all(|other| other.id != one.id && other.title != one.title), "{}", one.id);
        assert!(one.summary.len() > 20 && !one.summary.ends_with('.'), "{}", one.id);
        assert!(one.id == "same_on_backends" || !one.margin.is_empty(), "{}", one.id);
        assert!(std::ptr::eq(kind(one.id).unwrap(), *one), "{}", one.id);
    }
    for task in Task::ALL {
        let kind = usual_kind(*task);
        assert!(kind.compares() && kind.about == [*task], "{}", kind.id);
    }
}

fn classes(list: &[(&str, f32)]) -> Prediction {
    let score = |(class, score): &(&str, f32)| ClassScore { class: (*class).to_owned(), score: *score };
    Prediction::Classes { top: list.iter().map(score).collect() }
}

/// A class for each of the hundred pixels of a row.
fn areas(road: u32) -> Prediction {
    let segment =
        |class: &str, runs| Segment { class: class.to_owned(), mask: Mask { size: [100, 1], runs } };
    Prediction::Segments {
        segments: vec![segment("road", vec![0, road, 100 - road]), segment("sky", vec![road, 100 - road])],
    }
}

fn vector(numbers: &[f32]) -> Prediction {
    Prediction::Vector { vector: numbers.to_vec() }
}

#[test]
fn margins_are_value_minus_bound() {
    let check = |spec: &ClaimSpec, expected: &Prediction, after: &Prediction, margin: f64| {
        let judgment = judged(spec, expected, after);
        let found = judgment.margin.unwrap();
        assert!((found - margin).abs() < 1e-6, "{}: {found} instead of {margin}", spec.claim);
        assert_eq!(judgment.verdict.failed(), margin < 0.0, "{}: {judgment:?}", spec.claim);
    };
    let (red, green) =
        (classes(&[("red", 0.75), ("green", 0.25)]), classes(&[("green", 0.75), ("red", 0.125)]));
    for (after, margin) in [(&red, 0.5), (&green, -0.625)] {
        check(&oracle("same_class", &[], None), &red, after, margin);
        check(&oracle("class_is", &[], Some("red")), &red, after, margin);
    }
    let drift = oracle("class_confidence", &[("within", 0.25)], None);
    check(&drift, &red, &classes(&[("red", 0.625)]), 0.125);
    check(&drift, &red, &green, -0.375);

    let one = objects(&[("car", 0.75, 0.0)]);
    let (none, bus) = (objects(&[]), objects(&[("bus", 0.75, 0.0), ("bus", 0.75, 90.0)]));
    check(&oracle("same_objects", &[], None), &one, &one, 0.0);
    check(&oracle("same_objects", &[], None), &one, &none, -1.0);
    check(&oracle("same_objects", &[], None), &one, &bus, -2.0);
    check(&oracle("objects_kept", &[("recall", 0.5)], None), &one, &one, 0.5);
    check(&oracle("objects_kept", &[], None), &one, &bus, -1.0);
    check(&oracle("count_kept", &[], None), &one, &bus, 1.0);
    check(&oracle("count_kept", &[], None), &one, &none, -1.0);
    let unsure = objects(&[("car", 0.25, 0.0)]);
    check(&oracle("score_drift", &[("within", 0.75)], None), &one, &unsure, 0.25);
    check(&oracle("score_drift", &[("within", 0.25)], None), &one, &unsure, -0.25);
    let seen = |claim, class| oracle(claim, &[("min_score", 0.5)], Some(class));
    check(&seen("has_object", "car"), &one, &one, 0.25);
    check(&seen("has_object", "bus"), &one, &one, -0.5);
    check(&seen("has_object", "car"), &one, &unsure, -0.25);
    check(&seen("no_object", "car"), &one, &one, -0.25);
    check(&seen("no_object", "bus"), &one, &one, 0.5);
    // Only what is in the region counts.
    let region = Some(Box2 { x0: 80.0, y0: 0.0, x1: 120.0, y1: 20.0 });
    check(&ClaimSpec { region, ..seen("no_object", "car") }, &one, &one, 0.5);
    check(&ClaimSpec { region, ..seen("has_object", "car") }, &one, &one, -0.5);

    let steering = |value| values(&[("steering", value), ("speed", 10.0)]);
    let close = oracle("close_values", &[("absolute", 0.5), ("relative", 0.25)], None);
    check(&close, &steering(2.0), &steering(2.75), 0.25);
    check(&close, &steering(2.0), &steering(4.0), -1.0);
    let deep = oracle("deep_test", &[("lambda", 4.0), ("mse", 0.25)], Some("steering"));
    check(&deep, &steering(2.0), &steering(2.5), 0.75);
    check(&deep, &steering(2.0), &steering(4.0), -3.0);
    let path = |side| values(&[("x0", 1.0), ("y0", side), ("x1", 2.0), ("y1", 3.0 * side)]);
    let limits = oracle("same_path", &[("ade", 2.5), ("fde", 4.0), ("deviation", 0.0)], None);
    check(&limits, &path(0.0), &path(1.0), 0.5);
    check(&limits, &path(0.0), &path(1.5), -0.5);
    check(&oracle("same_segments", &[("mean_iou", 0.5)], None), &areas(50), &areas(50), 0.5);
    check(&oracle("same_segments", &[("mean_iou", 0.75)], Some("road")), &areas(50), &areas(25), -0.25);
    check(&oracle("same_vector", &[("cosine", 0.5)], None), &vector(&[1.0, 0.0]), &vector(&[2.0, 0.0]), 0.5);
    check(&oracle("same_vector", &[("cosine", 0.5)], None), &vector(&[1.0, 0.0]), &vector(&[0.0, 1.0]), -0.5);
    let part = |claim| oracle(claim, &[("part", 0.5), ("slack", 0.25)], Some("steering"));
    check(&part("at_least"), &steering(2.0), &steering(1.0), 0.25);
    check(&part("at_least"), &steering(-2.0), &steering(-0.25), -0.5);
    check(&part("at_most"), &steering(2.0), &steering(1.0), 0.25);
    check(&part("at_most"), &steering(-2.0), &steering(-2.0), -0.75);
    let own = ClaimSpec {
        expression: Some("steering < before.steering".to_owned()),
        ..ClaimSpec::new("expression")
    };
    check(&own, &steering(2.0), &steering(1.5), 0.5);
    check(&own, &steering(2.0), &steering(2.5), -0.5);
}

#[test]
fn numbers_that_are_none_never_pass() {
    let steering = |value| values(&[("steering", value), ("speed", 10.0)]);
    let path = |y| values(&[("x0", 1.0), ("y0", y), ("x1", 2.0), ("y1", 0.0)]);
    let close = oracle("close_values", &[], None);
    let same = oracle("same_path", &[], None);
    for none in [f32::NAN, f32::INFINITY] {
        for (claim, good, bad) in [(&close, steering(1.0), steering(none)), (&same, path(0.0), path(none))] {
            let after = judged(claim, &good, &bad);
            assert!(after.verdict.failed() && after.margin.is_none(), "{}: {after:?}", claim.claim);
            let before = judged(claim, &bad, &good).verdict;
            assert!(matches!(before, Verdict::Skip { .. }), "{}: {before:?}", claim.claim);
        }
    }
    let sure = |score| objects(&[("car", score, 0.0)]);
    let drift = judged(&oracle("score_drift", &[], None), &sure(0.75), &sure(f32::NAN));
    assert_ne!(drift.verdict, Verdict::Pass);
}

/// Random predictions of one task, with few names so that they have some in common.
fn prediction(task: Task) -> BoxedStrategy<Prediction> {
    let score = || prop_oneof![Just(0.5_f32), 0.0_f32..=1.0];
    let number = || prop_oneof![Just(0.0_f32), Just(1.0), -5.0_f32..5.0];
    let name = || proptest::sample::select(vec!["car", "bus", "x0", "y0"]);
    match task {
        Task::Classes => proptest::collection::btree_map(name(), score(), 1..4)
            .prop_map(|list| {
                let mut list: Vec<(&str, f32)> = list.into_iter().collect();
                list.sort_by(|a, b| b.1.total_cmp(&a.1));
                classes(&list)
            })
            .boxed(),
        Task::Objects => proptest::collection::vec((name(), score(), -30.0_f32..30.0), 0..5)
            .prop_map(|list| objects(&list))
            .boxed(),
        Task::Values => proptest::collection::btree_map(name(), number(), 1..5)
            .prop_map(|list| values(&list.into_iter().collect::<Vec<_>>()))
            .boxed(),
        Task::Segments => (0_u32..=100).prop_map(areas).boxed(),
        Task::Vector => proptest::collection::vec(number(), 2).prop_map(|v| vector(&v)).boxed(),
    }
}

/// A claim with parameters anywhere in their ranges.
fn any_claim(kind: &'static ClaimKind, at: &[f64]) -> ClaimSpec {
    let mut spec = ClaimSpec { class: Some("car".to_owned()), ..usual(kind.id, kind.subject) };
    for (param, at) in kind.params.iter().zip(at) {
        spec.params.insert(param.id, param.min + (param.max - param.min) * at);
    }
    spec
}

fn agrees(judgment: &Judgment) -> bool {
    match (&judgment.verdict, judgment.margin) {
        (Verdict::Pass, margin) => margin.is_none_or(|margin| margin >= 0.0),
        (Verdict::Fail { .. }, margin) => margin.is_none_or(|margin| margin <= 0.0),
        (Verdict::Skip { .. }, margin) => margin.is_none(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_sign_of_a_margin_agrees_with_the_verdict(
        pairs in Task::ALL.iter().map(|task| (prediction(*task), prediction(*task))).collect::<Vec<_>>(),
        at in proptest::collection::vec(prop_oneof![Just(0.0), 0.0..0.02, 0.0..=1.0], 6),
    ) {
        let about = |kind: &&&ClaimKind| matches!(kind.judge, Judge::Pair(_) | Judge::One(_));
        for kind in KINDS.iter().filter(about) {
            let spec = any_claim(kind, &at);
            for (expected, after) in pairs.iter().filter(|(expected, _)| kind.about.contains(&expected.task())) {
                for after in [after, expected] {
                    let judgment = judged(&spec, expected, after);
                    prop_assert!(agrees(&judgment), "{} {judgment:?}\n{expected:?}\n{after:?}\n{spec:?}", kind.id);
                }
            }
        }
    }

    #[test]
    fn the_sign_of_a_margin_agrees_with_the_verdict_of_signals(
        values in proptest::collection::vec(prop_oneof![Just(1.0), Just(f64::NAN), -5.0..5.0], 0..6),
        least in proptest::option::of(prop_oneof![Just(1.0), -4.0..2.0]),
        most in proptest::option::of(prop_oneof![Just(2.0), 2.0..5.0]),
    ) {
        let times = (0..values.len()).map(|i| Time::from_secs(i as f64)).collect();
        let series = Series { name: "speed".to_owned(), times, values: values.clone() };
        let signals = Signals { series: vec![series] };
        let input = Input::Window(Window { at: Time::from_secs(5.0), frames: Vec::new(), signals }.into());
        let mut spec = oracle("signal_within", &[], Some("speed"));
        for (name, bound) in [("least", least), ("most", most)] {
            if let Some(bound) = bound {
                spec.params.insert(name, bound);
            }
        }
        let Ok(Claim::Signals(claim)) = build(&spec) else { panic!("it is about signals") };
        let judgment = Judgment::from(claim.judge(&input));
        prop_assert!(agrees(&judgment), "{judgment:?} {values:?}");
        let inside = values.iter().filter(|v| v.is_finite()).all(|v| {
            least.is_none_or(|least| *v >= least) && most.is_none_or(|most| *v <= most)
        });
        prop_assert_eq!(judgment.verdict.failed(), !inside);
    }

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
        for kind in comparing().filter(|kind| kind.about.contains(&Task::Objects)) {
            let mut spec = usual(kind.id, kind.subject);
            let mut params = Params::default();
            for (name, value) in [("best_pairing", best), ("distance", distance)] {
                if let Some(spec) = kind.params.iter().find(|spec| spec.id == name) {
                    params.insert(name, spec.clamp(value));
                }
            }
            spec.params = params;
            let Ok(Claim::Pair(claim)) = build(&spec) else { panic!("{}", kind.id) };
            let pair = Pair { before: &before, expected: &before, after: &after };
            drop(claim.judge(&pair));
            prop_assert!((0.0..=1.0).contains(&claim.confidence(&pair)));
        }
    }

    #[test]
    fn any_text_is_an_expression_or_a_sentence(text in "[a-z.\"()<>=+*/ 0-9-]{0,40}") {
        let spec = ClaimSpec { expression: Some(text), ..ClaimSpec::new("expression") };
        if let Ok(Claim::Pair(claim)) = build(&spec) {
            let answer = values(&[("a", 1.0)]);
            drop(claim.judge(&Pair { before: &answer, expected: &answer, after: &answer }));
        }
    }
}
