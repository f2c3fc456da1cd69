//! Tracking metrics and association, equal to those of their reference implementations
//! (`tests/fixtures/tracking/make_tracking.py`).
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use hardcase::data::geometry::box2::Box2;
use hardcase::tracks::assignment::{Edge, heaviest};
use hardcase::tracks::kalman::{ConstantVelocity, Covariance};
use hardcase::tracks::metrics::clear::Clear;
use hardcase::tracks::metrics::events::{EventSettings, Events};
use hardcase::tracks::metrics::gaps::{self, Filling};
use hardcase::tracks::metrics::hota::{self, Hota};
use hardcase::tracks::metrics::identity::Identity;
use hardcase::tracks::metrics::mot_rules::{Edition, MotRules, Role, preprocess};
use hardcase::tracks::metrics::nuscenes::{self, Amota, AmotaSettings, Scene};
use hardcase::tracks::metrics::prepared::Prepared;
use hardcase::tracks::metrics::sequence::{Frame, Object, Sequence, Side, TrackingError};
use hardcase::tracks::metrics::similarity::{CenterDistance, Iou};
use hardcase::tracks::metrics::summary::TrackingSummary;
use hardcase::tracks::motion::{BoxMotion, CenterMotion};
use hardcase::tracks::two_stage::{Scan, Scored, TwoStageError, TwoStageSettings, link};
use serde_json::Value;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tracking").join(name)
}

fn golden(name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(fixture(name)).unwrap()).unwrap()
}

/// Compares numbers of ours with those of a golden object of the same structure, under other names.
fn compare(ours: &Value, theirs: &Value, names: &[(&str, &str)], about: &str) {
    for (our_name, their_name) in names {
        let (our, their) = (ours.pointer(&format!("/{our_name}")).unwrap(), &theirs[*their_name]);
        let list = |value: &Value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
        let (our, their) = (list(our), list(their));
        assert_eq!(our.len(), their.len(), "{about} {our_name}");
        for (our, their) in our.iter().zip(&their) {
            let (Some(our), Some(their)) = (our.as_f64(), their.as_f64()) else {
                assert_eq!(our, their, "{about} {our_name}");
                continue;
            };
            assert!((our - their).abs() < 1e-6, "{about} {our_name}: {our}, expected {their}");
        }
    }
}

const HOTA: &[(&str, &str)] = &[
    ("tp", "HOTA_TP"),
    ("fn", "HOTA_FN"),
    ("fp", "HOTA_FP"),
    ("hota", "HOTA"),
    ("det_a", "DetA"),
    ("ass_a", "AssA"),
    ("det_re", "DetRe"),
    ("det_pr", "DetPr"),
    ("ass_re", "AssRe"),
    ("ass_pr", "AssPr"),
    ("loc_a", "LocA"),
    ("owta", "OWTA"),
    ("hota/0", "HOTA(0)"),
    ("loc_a/0", "LocA(0)"),
    ("hota_loc_a_0", "HOTALocA(0)"),
];

const CLEAR: &[(&str, &str)] = &[
    ("counts/tp", "CLR_TP"),
    ("counts/fn", "CLR_FN"),
    ("counts/fp", "CLR_FP"),
    ("counts/idsw", "IDSW"),
    ("counts/mt", "MT"),
    ("counts/pt", "PT"),
    ("counts/ml", "ML"),
    ("counts/frag", "Frag"),
    ("counts/frames", "CLR_Frames"),
    ("mota", "MOTA"),
    ("motp", "MOTP"),
    ("moda", "MODA"),
    ("recall", "CLR_Re"),
    ("precision", "CLR_Pr"),
    ("f1", "CLR_F1"),
    ("mtr", "MTR"),
    ("ptr", "PTR"),
    ("mlr", "MLR"),
    ("smota", "sMOTA"),
    ("motal", "MOTAL"),
    ("fp_per_frame", "FP_per_frame"),
];

const IDENTITY: &[(&str, &str)] =
    &[("idtp", "IDTP"), ("idfn", "IDFN"), ("idfp", "IDFP"), ("idf1", "IDF1"), ("idp", "IDP"), ("idr", "IDR")];

fn equal_to_track_eval(ours: &TrackingSummary, theirs: &Value, about: &str) {
    let ours = serde_json::to_value(ours).unwrap();
    for (metric, names) in [("hota", HOTA), ("clear", CLEAR), ("identity", IDENTITY)] {
        compare(&ours[metric], &theirs[metric], names, &format!("{about} {metric}"));
    }
}

/// The rows of a file in the format of the MOT Challenge.
fn rows(set: &str, file: &str) -> Vec<Vec<f64>> {
    let text = fs::read_to_string(fixture(set).join(file)).unwrap();
    text.lines().map(|line| line.split(',').map(|number| number.parse().unwrap()).collect()).collect()
}

/// Sequence with the edges of its boxes, without preprocessing.
fn sequence(set: &str) -> Sequence<[f64; 4]> {
    let objects = |file: &str| {
        rows(set, file).into_iter().map(|row| {
            let shape = [row[2], row[3], row[2] + row[4], row[3] + row[5]];
            (row[0] as usize - 1, Object { id: row[1] as u64, shape, score: row[6] })
        })
    };
    Sequence::from_rows(objects("gt.txt"), objects("tested.txt"), None).unwrap()
}

/// Sequence with the preprocessing of an edition.
fn counted(set: &str, rules: MotRules) -> Sequence<[f64; 4]> {
    let roles: BTreeMap<(usize, u64), Role> = rows(set, "gt.txt")
        .iter()
        .map(|row| ((row[0] as usize - 1, row[1] as u64), rules.role(row[6], row[7] as u32, row[8])))
        .collect();
    let mut sequence = sequence(set);
    preprocess(&mut sequence, |frame, object| roles[&(frame, object.id)], &Iou);
    sequence
}

const SETS: [&str; 9] =
    ["MOT17-91", "MOT17-92", "crossing", "crowd", "gaps", "neither", "no_tested", "no_truth", "thresholds"];

fn summaries() -> BTreeMap<&'static str, TrackingSummary> {
    let summary =
        |set| TrackingSummary::new(&Prepared::new(&counted(set, MotRules::default()), &Iou).unwrap());
    SETS.iter().map(|set| (*set, summary(*set))).collect()
}

#[test]
fn metrics_of_files_are_those_of_track_eval() {
    let golden = golden("golden.json");
    for (set, summary) in summaries() {
        equal_to_track_eval(&summary, &golden["track_eval"][set], set);
    }
    let crowd = Hota::new(&Prepared::new(&sequence("crowd"), &Iou).unwrap());
    assert!((0.2..0.8).contains(&hota::mean(&crowd.hota)), "the set is too easy or too hard: {crowd:?}");
    assert!(crowd.hota_0() > crowd.hota[18] && crowd.loc_a_0() < crowd.loc_a[18]);
}

#[test]
fn sequences_and_classes_are_combined_as_in_track_eval() {
    let (golden, summaries) = (golden("golden.json"), summaries());
    for (key, prefix) in [("combined", ""), ("combined_mot17", "MOT17")] {
        let parts: Vec<&TrackingSummary> =
            summaries.iter().filter(|(set, _)| set.starts_with(prefix)).map(|(_, summary)| summary).collect();
        let theirs = &golden[key];
        equal_to_track_eval(&TrackingSummary::combined(parts.iter().copied()), &theirs["sequences"], key);
        equal_to_track_eval(&TrackingSummary::combined(parts.iter().copied()), &theirs["boxes"], key);
        for (rule, leave_out_empty) in [("classes", false), ("classes_not_empty", true)] {
            let ours = TrackingSummary::class_averaged(parts.iter().copied(), leave_out_empty).unwrap();
            equal_to_track_eval(&ours, &theirs[rule], &format!("{key} {rule}"));
        }
    }
    assert_eq!(TrackingSummary::class_averaged([&summaries["neither"]], true), None);
}

#[test]
fn preprocessing_is_that_of_the_mot_challenge() {
    let golden = golden("golden.json");
    for set in ["MOT17-91", "MOT17-92"] {
        for (key, edition) in [("mot15", Edition::Mot15), ("mot20", Edition::Mot20)] {
            let rules = MotRules { edition, ..MotRules::default() };
            let clear = Clear::new(&Prepared::new(&counted(set, rules), &Iou).unwrap());
            compare(&serde_json::to_value(clear).unwrap(), &golden[key][set], CLEAR, &format!("{set} {key}"));
        }
        // Without preprocessing `TrackEval` leaves out boxes marked with 0 all the same, as for MOT15.
        let rules = MotRules { edition: Edition::Mot15, ..MotRules::default() };
        let clear = Clear::new(&Prepared::new(&counted(set, rules), &Iou).unwrap());
        compare(&serde_json::to_value(clear).unwrap(), &golden["without_preprocessing"][set], CLEAR, set);
        let [all, usual, seen] = [None, Some(0.0), Some(0.5)].map(|min_visibility| match min_visibility {
            None => Prepared::new(&sequence(set), &Iou).unwrap().num_truth(),
            Some(min_visibility) => {
                let rules = MotRules { min_visibility, ..MotRules::default() };
                Prepared::new(&counted(set, rules), &Iou).unwrap().num_truth()
            }
        });
        assert!(seen > 0 && seen < usual && usual < all, "{seen} {usual} {all}");
    }
}

#[test]
fn counts_are_those_of_py_motmetrics() {
    let golden = &golden("golden.json")["motmetrics"];
    let mut parts = Vec::new();
    for (set, theirs) in golden.as_object().unwrap().iter().filter(|(set, _)| *set != "OVERALL") {
        let data = Prepared::new(&sequence(set), &Iou).unwrap();
        let (events, identity) = (Events::new(&data, &EventSettings::default()), Identity::new(&data));
        motmetrics(&events, theirs, set);
        let names = [
            ("idf1", "idf1"),
            ("idp", "idp"),
            ("idr", "idr"),
            ("idtp", "idtp"),
            ("idfp", "idfp"),
            ("idfn", "idfn"),
        ];
        compare(&serde_json::to_value(identity).unwrap(), theirs, &names, set);
        parts.push(events);
    }
    assert_eq!(parts.len(), 6);
    motmetrics(&Events::combined(&parts), &golden["OVERALL"], "OVERALL");
    assert!(parts.iter().map(|part| part.switches).sum::<u64>() > 20);
}

fn motmetrics(events: &Events, theirs: &Value, about: &str) {
    let names = [
        ("frames", "num_frames"),
        ("objects", "num_objects"),
        ("predictions", "num_predictions"),
        ("tracks", "num_unique_objects"),
        ("matches", "num_matches"),
        ("switches", "num_switches"),
        ("false_positives", "num_false_positives"),
        ("misses", "num_misses"),
        ("mostly_tracked", "mostly_tracked"),
        ("partially_tracked", "partially_tracked"),
        ("mostly_lost", "mostly_lost"),
        ("fragmentations", "num_fragmentations"),
        ("transfers", "num_transfer"),
        ("ascends", "num_ascend"),
        ("migrates", "num_migrate"),
    ];
    compare(&serde_json::to_value(events).unwrap(), theirs, &names, about);
    let rates = [
        (events.mota(), "mota"),
        (events.motp(), "motp"),
        (events.recall(), "recall"),
        (events.precision(), "precision"),
    ];
    for (ours, name) in rates {
        let (ours, theirs) = (ours.unwrap(), theirs[name].as_f64().unwrap());
        assert!((ours - theirs).abs() < 1e-6, "{about} {name}: {ours}, expected {theirs}");
    }
}

/// Scenes of `centers.json`.
fn scenes() -> Vec<Scene> {
    let read = |scene: &Value| {
        let objects = |side: &str| -> Vec<(usize, Object<[f64; 2]>)> {
            let row = |row: &Value| {
                let number = |at: usize| row[at].as_f64();
                let shape = [number(2).unwrap(), number(3).unwrap()];
                let object = Object { id: row[1].as_u64().unwrap(), shape, score: number(4).unwrap_or(1.0) };
                (row[0].as_u64().unwrap() as usize, object)
            };
            scene[side].as_array().unwrap().iter().map(row).collect()
        };
        let nanos = |secs: &Value| (secs.as_f64().unwrap() * 1e6).round() as i64 * 1000;
        let times: Vec<i64> = scene["times"].as_array().unwrap().iter().map(nanos).collect();
        let sequence = Sequence::from_rows(objects("truth"), objects("tested"), Some(times.len())).unwrap();
        Scene { sequence, times }
    };
    golden("centers.json").as_array().unwrap().iter().map(read).collect()
}

#[test]
fn centers_are_compared_by_distance_as_in_track_eval() {
    let golden = golden("golden.json");
    for (index, scene) in scenes().iter().enumerate() {
        let data = Prepared::new(&scene.sequence, &CenterDistance::default()).unwrap();
        let about = format!("scene {index}");
        equal_to_track_eval(&TrackingSummary::new(&data), &golden["centers"][index], &about);
    }
}

fn equal_to_devkit(ours: &Amota, theirs: &Value, about: &str) {
    let close = |ours: Option<f64>, theirs: &Value, name: &str| match (ours, theirs.as_f64()) {
        (Some(ours), Some(theirs)) => {
            assert!((ours - theirs).abs() < 1e-6, "{about} {name}: {ours}, expected {theirs}");
        }
        (ours, theirs) => assert_eq!(ours, theirs, "{about} {name}"),
    };
    close(Some(ours.amota), &theirs["amota"], "amota");
    close(Some(ours.amotp), &theirs["amotp"], "amotp");
    let Some(best) = ours.best else { return };
    assert_eq!(Some(best as u64), theirs["best"].as_u64(), "{about}");
    let curves = &theirs["curves"];
    for (index, point) in ours.points.iter().enumerate() {
        let at = |name: &str| &curves[name][index];
        let count = |of: fn(&Events) -> u64| point.events.map(|events| of(&events) as f64);
        close(point.threshold, at("confidence"), "confidence");
        close(Some(point.recall), at("recall_hypo"), "recall_hypo");
        close(point.events.and_then(|events| events.recall()), at("recall"), "recall");
        close(point.motar(), at("motar"), "motar");
        close(point.mota(), at("mota"), "mota");
        close(point.motp(), at("motp"), "motp");
        close(count(|events| events.objects), at("gt"), "gt");
        close(count(|events| events.matches), at("tp"), "tp");
        close(count(|events| events.false_positives), at("fp"), "fp");
        close(count(|events| events.misses), at("fn"), "fn");
        close(count(|events| events.switches), at("ids"), "ids");
        close(count(|events| events.fragmentations), at("frag"), "frag");
        close(count(|events| events.mostly_tracked), at("mt"), "mt");
        close(count(|events| events.mostly_lost), at("ml"), "ml");
    }
    close(ours.initialization_secs(), &curves["tid"][best], "tid");
    close(ours.gap_secs(), &curves["lgd"][best], "lgd");
}

#[test]
fn amota_is_that_of_the_nuscenes_devkit() {
    let golden = &golden("golden.json")["amota"];
    let scenes = scenes();
    let check = |scenes: &[Scene], filling: Filling, key: &str| {
        let settings = AmotaSettings { filling, ..AmotaSettings::default() };
        let ours = nuscenes::evaluate(scenes, &settings).unwrap().unwrap();
        equal_to_devkit(&ours, &golden[key], key);
        ours
    };
    let plain = check(&scenes, Filling::None, "plain");
    let filled = check(&scenes, Filling::Devkit, "filled");
    assert!(plain.amota > 0.2 && plain.amota < 0.9 && filled.amota > plain.amota, "{}", plain.amota);

    // Two tracks alone do not reach most recalls.
    let mut few = scenes[1].clone();
    few.sequence.frames.iter_mut().for_each(|f| f.tested.retain(|object| [10, 12].contains(&object.id)));
    assert!(check(&[few], Filling::None, "few").points.iter().any(|point| point.threshold.is_none()));
    // All tracks have one score.
    let mut equal = scenes.clone();
    let frames = equal.iter_mut().flat_map(|scene| &mut scene.sequence.frames);
    frames.flat_map(|frame| &mut frame.tested).for_each(|object| object.score = 0.5);
    check(&equal, Filling::None, "equal");
    let mut none = scenes[1].clone();
    none.sequence.frames.iter_mut().for_each(|frame| frame.tested.clear());
    let none = check(&[none], Filling::None, "none");
    assert_eq!((none.amota, none.amotp, none.best), (0.0, 2.0, None));

    let classes = [Some(plain.clone()), None, Some(none)];
    let (amota, amotp) = nuscenes::class_averaged(&classes).unwrap();
    assert!(
        (amota - plain.amota / 2.0).abs() < 1e-12 && (amotp - f64::midpoint(plain.amotp, 2.0)).abs() < 1e-12
    );
    let mut no_truth = scenes;
    no_truth.iter_mut().flat_map(|scene| &mut scene.sequence.frames).for_each(|frame| frame.truth.clear());
    assert_eq!(nuscenes::evaluate(&no_truth, &AmotaSettings::default()), Ok(None));
}

#[test]
fn gaps_are_filled_in_proportion_to_time() {
    let seen = |x: f64| Frame { truth: vec![Object::sure(1, [x, 0.0])], tested: Vec::new() };
    let sequence = Sequence { frames: vec![seen(0.0), Frame::default(), Frame::default(), seen(8.0)] };
    let places = |filling| {
        let mut sequence = sequence.clone();
        gaps::fill(&mut sequence, &[0, 1, 2, 4], filling);
        let place = |frame: &Frame<[f64; 2]>| frame.truth.first().map(|object| object.shape[0]);
        sequence.frames.iter().map(place).collect::<Vec<_>>()
    };
    assert_eq!(places(Filling::None), [Some(0.0), None, None, Some(8.0)]);
    assert_eq!(places(Filling::Linear), [0.0, 2.0, 4.0, 8.0].map(Some));
    assert_eq!(places(Filling::Devkit), [0.0, 6.0, 4.0, 8.0].map(Some));
}

#[test]
fn an_id_twice_in_a_frame_is_refused_with_id_and_frame() {
    let at = |frame: usize, id: u64, x: f64| (frame, Object::sure(id, [x, 0.0, x + 10.0, 10.0]));
    let check = |truth: &[(usize, Object<[f64; 4]>)], tested: &[(usize, Object<[f64; 4]>)]| {
        let sequence = Sequence::from_rows(truth.to_vec(), tested.to_vec(), None).unwrap();
        Prepared::new(&sequence, &Iou).map(|data| data.left_out())
    };
    let good = [at(0, 5, 0.0), at(3, 5, 0.0), at(3, 6, 50.0)];
    let bad = [at(3, 7, 0.0), at(3, 5, 0.0), at(3, 7, 80.0)];
    assert!(check(&good, &good).is_ok());
    let err = check(&bad, &good).unwrap_err();
    assert_eq!(err, TrackingError::RepeatedId { side: Side::Truth, id: 7, frame: 3 });
    assert!(
        err.to_string().contains("track ID 7 is used twice in frame 3 (from 0) of the ground truth"),
        "{err}"
    );
    let err = check(&good, &bad).unwrap_err();
    assert_eq!(err, TrackingError::RepeatedId { side: Side::Tested, id: 7, frame: 3 });
}

#[test]
fn boxes_that_are_none_are_left_out_and_counted() {
    let frame = |truth: &[[f64; 4]], tested: &[[f64; 4]]| {
        let objects =
            |shapes: &[[f64; 4]]| (1..).zip(shapes).map(|(id, shape)| Object::sure(id, *shape)).collect();
        Frame { truth: objects(truth), tested: objects(tested) }
    };
    let (good, empty) = ([0.0, 0.0, 10.0, 10.0], [5.0, 5.0, 5.0, 9.0]);
    let bad = [[f64::NAN, 0.0, 1.0, 1.0], [0.0, 0.0, f64::INFINITY, 1.0], [4.0, 0.0, 1.0, 1.0]];
    let with = Sequence { frames: vec![frame(&[good, bad[0], empty], &[good, bad[1], bad[2]])] };
    let data = Prepared::new(&with, &Iou).unwrap();
    assert_eq!((data.left_out().truth, data.left_out().tested), (1, 2));
    // A box without an area is a box, which nothing matches.
    assert_eq!((data.num_truth(), data.num_tested()), (2, 1));
    let mut without = with;
    without.frames[0].truth.remove(1);
    without.frames[0].tested.truncate(1);
    let clean = TrackingSummary::new(&Prepared::new(&without, &Iou).unwrap());
    assert_eq!(TrackingSummary::new(&data), clean);
    assert_eq!((clean.clear.counts.tp, clean.clear.counts.misses, clean.clear.counts.fp), (1, 1, 0));
}

#[test]
fn short_and_missing_tracks_and_frames_have_metrics() {
    let at = |frame: usize, id: u64| (frame, Object::sure(id, [0.0, 0.0, 10.0, 10.0]));
    // One sample; the frames 0 and 2 have none, which changes nothing.
    let one = Sequence::from_rows([at(1, 4)], [at(1, 9)], Some(3)).unwrap();
    assert_eq!(one.frames.len(), 3);
    let summary = TrackingSummary::new(&Prepared::new(&one, &Iou).unwrap());
    assert!((hota::mean(&summary.hota.hota) - 1.0).abs() < 1e-12 && summary.clear.mota > 0.999);
    assert_eq!((summary.clear.counts.mt, summary.clear.counts.frames, summary.identity.idtp), (1, 3, 1));
    // A frame behind the end, or one that is none.
    let beyond = Sequence::from_rows([at(3, 4)], [], Some(3)).unwrap_err();
    assert_eq!(beyond, TrackingError::FrameBeyond { frame: 3, length: 3 });
    assert!(Sequence::from_rows([at(usize::MAX, 4)], [], None).is_err());
    assert!(Sequence::<[f64; 4]>::from_rows([], [], Some(usize::MAX)).is_err());
    // No frame at all.
    let nothing = Sequence::<[f64; 4]>::from_rows([], [], None).unwrap();
    let summary = TrackingSummary::new(&Prepared::new(&nothing, &Iou).unwrap());
    assert_eq!((summary.hota.loc_a_0(), summary.hota.hota_0(), summary.clear.mota), (1.0, 0.0, 0.0));
}

#[test]
fn the_filter_is_that_of_filterpy() {
    for trace in golden("kalman.json").as_array().unwrap() {
        match trace["first"].as_array().unwrap().len() {
            3 => equal_to_filterpy::<3>(trace),
            4 => equal_to_filterpy::<4>(trace),
            other => unreachable!("{other} coordinates"),
        }
    }
}

fn equal_to_filterpy<const N: usize>(trace: &Value) {
    let numbers = |value: &Value| -> Vec<f64> {
        value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
    };
    let array = |value: &Value| <[f64; N]>::try_from(numbers(value)).unwrap();
    let start = numbers(&trace["start"]);
    let start = [Covariance::independent(start[0], start[1]); N];
    let mut filter = ConstantVelocity::new(array(&trace["first"]), start).unwrap();
    let (acceleration, variances) = (trace["acceleration"].as_f64().unwrap(), array(&trace["variances"]));
    for step in trace["steps"].as_array().unwrap() {
        let secs = step["secs"].as_f64().unwrap();
        filter.predict(secs, &[Covariance::white_acceleration(acceleration, secs); N]).unwrap();
        if step["seen"].is_array() {
            filter.update(&array(&step["seen"]), &variances).unwrap();
        }
        let close =
            |ours: f64, theirs: f64| assert!((ours - theirs).abs() < 1e-9, "{ours}, expected {theirs}");
        for (ours, theirs) in filter.position.iter().chain(&filter.velocity).zip(numbers(&step["state"])) {
            close(*ours, theirs);
        }
        for (ours, theirs) in
            filter.covariance.iter().zip(step["covariance"].as_array().into_iter().flatten())
        {
            let theirs = numbers(theirs);
            close(ours.position, theirs[0]);
            close(ours.cross, theirs[1]);
            close(ours.velocity, theirs[2]);
        }
    }
}

#[test]
fn assignments_are_as_heavy_as_those_of_scipy() {
    for case in golden("golden.json")["assignments"].as_array().unwrap() {
        let mut edges = Vec::new();
        for (row, weights) in (0..).zip(case["weights"].as_array().unwrap()) {
            for (column, weight) in (0..).zip(weights.as_array().unwrap()) {
                edges.push(Edge { row, column, weight: weight.as_f64().unwrap() });
            }
        }
        let sum: f64 = heaviest(&edges).into_iter().map(|index| edges[index].weight).sum();
        assert!((sum - case["sum"].as_f64().unwrap()).abs() < 1e-12, "{sum}, expected {}", case["sum"]);
    }
}

/// A drive with known objects.
struct Drive {
    scans: Vec<Scan<Box2>>,
    /// Objects by frame, detected or not.
    truth: Vec<Vec<Object<Box2>>>,
}

/// Objects on straight ways (x, y, and pixels per frame in both), detected up to two pixels beside their place with a
/// score that may hang on what covers them (intersection over union with nearer objects, which come later in the list).
/// At a score of 0 they are not detected.
fn drive(objects: &[[f32; 4]], frames: usize, score: impl Fn(usize, usize, f32) -> f64) -> Drive {
    let mut drive = Drive { scans: Vec::new(), truth: Vec::new() };
    for frame in 0..frames {
        let at = |x: f32, y: f32| Box2 { x0: x, y0: y, x1: x + 40.0, y1: y + 80.0 };
        let place = |[x, y, dx, dy]: &[f32; 4]| at(x + dx * frame as f32, y + dy * frame as f32);
        let boxes: Vec<Box2> = objects.iter().map(place).collect();
        let mut detections = Vec::new();
        for (object, shape) in boxes.iter().enumerate() {
            let covered = boxes[object + 1..].iter().map(|other| other.iou(shape)).fold(0.0, f32::max);
            let score = score(object, frame, covered);
            let noise = |salt: usize| ((frame * 31 + object * 17 + salt * 7) % 41) as f32 / 10.0 - 2.0;
            if score > 0.0 {
                let shape = at(shape.x0 + noise(1), shape.y0 + noise(2));
                detections.push(Scored { shape, score, class: 0 });
            }
        }
        // Detections come in any order.
        if frame % 2 == 1 {
            detections.reverse();
        }
        drive.scans.push(Scan { secs: frame as f64 / 30.0, detections });
        drive.truth.push((0..).zip(boxes).map(|(object, shape)| Object::sure(object, shape)).collect());
    }
    drive
}

impl Drive {
    fn judged(&self, settings: &TwoStageSettings) -> TrackingSummary {
        let linked = link(&self.scans, &BoxMotion::default(), settings).unwrap();
        let frames = self.scans.iter().zip(&self.truth).zip(&linked.ids).map(|((scan, truth), ids)| {
            let tested = ids.iter().zip(&scan.detections);
            let tested = tested.filter_map(|(id, found)| Some(Object::sure((*id)?, found.shape)));
            Frame { truth: truth.clone(), tested: tested.collect() }
        });
        TrackingSummary::new(&Prepared::new(&Sequence { frames: frames.collect() }, &Iou).unwrap())
    }

    /// Switches, matches of identity, misses and false positives of identity.
    fn check(&self, settings: &TwoStageSettings, expected: [u64; 4]) -> f64 {
        let TrackingSummary { clear, identity, .. } = self.judged(settings);
        assert_eq!([clear.counts.idsw, identity.idtp, identity.idfn, identity.idfp], expected);
        identity.idf1
    }
}

/// Without the second stage.
const ONE_STAGE: TwoStageSettings = TwoStageSettings {
    low_score: 0.6,
    high_score: 0.6,
    new_score: 0.7,
    min_first: 0.2,
    min_second: 0.5,
    min_new: 0.3,
    max_lost_secs: 1.0,
    by_class: true,
};

#[test]
fn objects_that_cross_keep_their_tracks() {
    // They meet in the middle of the drive, two of them head-on, one from the side.
    let objects = [[0.0, 100.0, 6.0, 0.0], [480.0, 110.0, -6.0, 0.0], [240.0, -240.0, 0.0, 8.0]];
    drive(&objects, 80, |_, _, _| 0.9).check(&TwoStageSettings::default(), [0, 240, 0, 0]);
}

#[test]
fn a_gap_shorter_than_a_second_does_not_end_a_track() {
    let objects = [[0.0, 100.0, 5.0, 0.0], [600.0, 300.0, -4.0, 0.0]];
    let run = |gap: usize| {
        drive(
            &objects,
            120,
            |object, frame, _| {
                if object == 0 && (40..40 + gap).contains(&frame) { 0.0 } else { 0.9 }
            },
        )
    };
    run(20).check(&TwoStageSettings::default(), [0, 220, 20, 0]);
    run(45).check(&TwoStageSettings::default(), [1, 160, 80, 35]);
    let patient = TwoStageSettings { max_lost_secs: 2.0, ..TwoStageSettings::default() };
    run(45).check(&patient, [0, 195, 45, 0]);
}

#[test]
fn the_second_stage_goes_on_with_low_scores_and_begins_nothing() {
    let objects = [[0.0, 100.0, 5.0, 0.0], [600.0, 300.0, -4.0, 0.0], [0.0, 500.0, 3.0, 0.0]];
    // The first is occluded for 40 frames, the third is never more than a guess.
    let drive = drive(&objects, 120, |object, frame, _| match object {
        0 if (40..80).contains(&frame) => 0.3,
        2 => 0.4,
        _ => 0.9,
    });
    let two = drive.check(&TwoStageSettings::default(), [0, 240, 120, 0]);
    let one = drive.check(&ONE_STAGE, [1, 160, 200, 40]);
    assert!((two - 0.8).abs() < 1e-12 && (one - 4.0 / 7.0).abs() < 1e-12, "{two} {one}");
}

#[test]
fn two_stages_keep_more_identities_in_a_crowd_than_one() {
    // Lines of people who walk past each other; who is covered has a low score, who is nearly hidden has none.
    let objects: Vec<[f32; 4]> = (0..16_u8)
        .map(|object| {
            let (row, column) = (f32::from(object / 4), f32::from(object % 4));
            let back = object % 2 == 1;
            let x = if back { 420.0 + 37.0 * column + 11.0 * row } else { 55.0 * column };
            [
                x,
                200.0 + 9.0 * row + 5.0 * column,
                if back { -1.7 - 0.2 * row } else { 1.5 + 0.3 * row },
                0.05 * column,
            ]
        })
        .collect();
    let drive = drive(&objects, 240, |_, _, covered| match covered {
        hidden if hidden > 0.75 => 0.0,
        covered if covered > 0.35 => 0.4,
        _ => 0.9,
    });
    let two = drive.judged(&TwoStageSettings::default());
    let one = drive.judged(&ONE_STAGE);
    assert_eq!((two.clear.counts.idsw, one.clear.counts.idsw), (5, 7));
    let near =
        |value: f64, expected: f64| assert!((value - expected).abs() < 1e-3, "{value}, expected {expected}");
    near(two.identity.idf1, 0.761);
    near(one.identity.idf1, 0.725);
    near(two.clear.mota, 0.670);
    near(one.clear.mota, 0.624);
}

#[test]
fn association_refuses_times_that_go_back_and_leaves_out_what_is_no_box() {
    let found =
        |x0: f32, x1: f32, score: f64| Scored { shape: Box2 { x0, y0: 0.0, x1, y1: 10.0 }, score, class: 0 };
    let scan = |secs: f64, detections: Vec<Scored<Box2>>| Scan { secs, detections };
    let run = |scans: &[Scan<Box2>]| link(scans, &BoxMotion::default(), &TwoStageSettings::default());
    for times in [[0.0, 0.0, 0.1], [0.0, 0.2, 0.1], [0.0, f64::NAN, 0.1]] {
        let scans = times.map(|secs| scan(secs, Vec::new()));
        let err = run(&scans).unwrap_err();
        assert!(matches!(err, TwoStageError::Time { frame: 1 | 2 }), "{err}");
    }
    let bad = || {
        vec![
            found(f32::NAN, 4.0, 0.9),
            found(9.0, 4.0, 0.9),
            found(0.0, 10.0, f64::NAN),
            found(0.0, 10.0, 0.9),
        ]
    };
    let linked = run(&[scan(0.0, bad()), scan(0.1, bad()), scan(0.2, Vec::new())]).unwrap();
    assert_eq!((linked.tracks, linked.left_out), (1, 6));
    assert_eq!(linked.ids, [vec![None, None, None, Some(1)], vec![None, None, None, Some(1)], vec![]]);
    // What is seen once is no track, except on the first frame.
    let once =
        run(&[scan(0.0, vec![found(0.0, 10.0, 0.9)]), scan(0.1, vec![found(50.0, 60.0, 0.9)])]).unwrap();
    assert_eq!(once.ids, [vec![Some(1)], vec![None]]);
    assert_eq!(run(&[]).unwrap().tracks, 0);
}

#[test]
fn classes_and_centers_in_space_are_linked_too() {
    let scans: Vec<Scan<[f64; 3]>> = (0..40)
        .map(|frame| {
            let t = f64::from(frame) * 0.1;
            let at = |shape, class| Scored { shape, score: 0.9, class };
            // A car passes a pedestrian within a meter, and is seen on every second frame.
            let mut detections = vec![at([20.0, 1.0, 0.0], 1)];
            if frame % 2 == 0 {
                detections.insert(0, at([10.0 * t, 0.2, 0.0], 0));
            }
            Scan { secs: t, detections }
        })
        .collect();
    let run = |by_class| {
        link(&scans, &CenterMotion::default(), &TwoStageSettings { by_class, ..TwoStageSettings::default() })
            .unwrap()
    };
    let linked = run(true);
    assert_eq!(linked.tracks, 2);
    assert!(linked.ids.iter().all(|ids| ids.last() == Some(&Some(2)) && ids.iter().all(Option::is_some)));
    assert!(run(false).tracks >= 2);
}
