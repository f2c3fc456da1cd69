//! Random cases of the libraries ad-rss and shapely; the script beside the fixture made them.

use hardcase::tracks::criticality::boxes::{OrientedBox, distance};
use hardcase::tracks::criticality::reading::CriticalityError;
use hardcase::tracks::criticality::rss::{self, RssParams};
use serde_json::Value;

type Safe = fn(f64, &RssParams, f64, &RssParams) -> Result<f64, CriticalityError>;

fn peers() -> Value {
    serde_json::from_str(include_str!("../fixtures/criticality/peers.json")).unwrap()
}

fn close(ours: f64, theirs: &Value) {
    let theirs = theirs.as_f64().unwrap();
    assert!((ours - theirs).abs() <= 1e-9 * theirs.max(1.0), "{ours}, expected {theirs}");
}

#[test]
fn safe_distances_are_those_of_ad_rss() {
    let peers = peers();
    let cases = peers["rss"].as_array().unwrap();
    assert_eq!(cases.len(), 180);
    for case in cases {
        let number = |list: &str, at: usize| case[list][at].as_f64().unwrap();
        let params = [0, 1].map(|at| params(&case["params"][at]));
        let safe: Safe = match case["kind"].as_str().unwrap() {
            "same" => rss::longitudinal_same,
            "opposite" => rss::longitudinal_opposite,
            "lateral" => rss::lateral,
            other => panic!("{other}"),
        };
        close(safe(number("speeds", 0), &params[0], number("speeds", 1), &params[1]).unwrap(), &case["safe"]);
    }
}

#[test]
fn distances_are_those_of_shapely() {
    let peers = peers();
    let cases = peers["distances"].as_array().unwrap();
    assert_eq!(cases.len(), 120);
    for case in cases {
        let [a, b] = [0, 1].map(|at| {
            let [x, y, heading, length, width] =
                [0, 1, 2, 3, 4].map(|of| case["boxes"][at][of].as_f64().unwrap());
            OrientedBox { x, y, heading, length, width }
        });
        close(distance(&a, &b).unwrap(), &case["distance"]);
    }
}

fn params(of: &Value) -> RssParams {
    let number = |name: &str| of[name].as_f64().unwrap();
    RssParams {
        response: number("response"),
        accel_max: number("accel_max"),
        brake_min: number("brake_min"),
        brake_max: number("brake_max"),
        brake_min_correct: number("brake_min_correct"),
        lateral_accel_max: number("lateral_accel_max"),
        lateral_brake_min: number("lateral_brake_min"),
        lateral_margin: number("lateral_margin"),
        speed_cap: number("speed_cap"),
        min_distance: number("min_distance"),
    }
}
