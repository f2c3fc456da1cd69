//! All golden cases, each by its id; the README beside them says where they come from.

use std::collections::BTreeMap;

use hardcase::tracks::criticality::boxes::{self, MovingBox, OrientedBox};
use hardcase::tracks::criticality::cut_in::{self, CutInBound};
use hardcase::tracks::criticality::encounter::{self, ConflictArea};
use hardcase::tracks::criticality::reading::{CriticalityError, Reading};
use hardcase::tracks::criticality::rss::{self, RssParams};
use hardcase::tracks::criticality::{exposure, gap, nuplan};
use serde_json::{Value, json};

/// Cases by metric: none may be left out.
const COUNTS: &[(&str, usize)] = &[
    ("box_distance", 5),
    ("btn", 5),
    ("closest_encounter", 3),
    ("cut_in_ttc_bound", 4),
    ("drac", 5),
    ("dst", 4),
    ("mttc_1d", 3),
    ("pet", 2),
    ("required_deceleration", 7),
    ("rss_lateral", 6),
    ("rss_longitudinal_opposite", 3),
    ("rss_longitudinal_same", 11),
    ("tet_tit", 1),
    ("thw", 3),
    ("ttb", 3),
    ("ttc_1d", 8),
    ("ttc_2d", 7),
    ("ttc_2d_nuplan", 5),
];

#[test]
fn every_golden_case_is_equal() {
    let golden: Value = serde_json::from_str(include_str!("../fixtures/criticality/goldens.json")).unwrap();
    let cases = golden["cases"].as_array().unwrap();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for case in cases {
        let metric = case["metric"].as_str().unwrap();
        *counts.entry(metric).or_default() += 1;
        check(metric, case, cases);
    }
    assert_eq!(cases.len(), 85);
    assert_eq!(counts.into_iter().collect::<Vec<_>>(), COUNTS);
}

fn check(metric: &str, case: &Value, all: &[Value]) {
    let (id, input, expected) = (case["id"].as_str().unwrap(), &case["input"], &case["expected"]);
    let number = |name: &str| input[name].as_f64().unwrap_or_else(|| panic!("{id} has no {name}"));
    let [gap_m, v_ego, v_lead] =
        ["gap", "v_ego", "v_lead"].map(|name| input[name].as_f64().unwrap_or(f64::NAN));
    let tolerance = if case["by"].as_str().unwrap().ends_with("two decimals") { 0.0051 } else { 1e-9 };
    let is = |name: &str, ours: f64| {
        let theirs = if name.is_empty() { expected } else { &expected[name] };
        let theirs = theirs.as_f64().unwrap_or_else(|| panic!("{id}: {ours}, expected {theirs}"));
        let allowed = if tolerance > 1e-6 { tolerance } else { tolerance * theirs.abs().max(1.0) };
        assert!((ours - theirs).abs() <= allowed, "{id} {metric} {name}: {ours}, expected {theirs}");
    };
    let reads = |ours: Reading, none: Reading| {
        if let Reading::Number(ours) = ours {
            is("", ours);
        } else {
            assert!(ours == none && expected.is_null(), "{id} {metric}: {ours:?}, expected {expected}");
        }
    };
    let time = |ours: Reading| reads(ours, Reading::Never);
    let demand = |ours: Reading| reads(ours, Reading::Infinite);
    match metric {
        "ttc_1d" => time(gap::ttc(gap_m, v_ego, v_lead).unwrap()),
        "mttc_1d" => {
            time(gap::mttc(gap_m, v_ego, number("a_ego"), v_lead, number("a_lead")).unwrap());
        }
        "thw" => time(gap::thw(gap_m, v_ego).unwrap()),
        "drac" => demand(gap::drac(gap_m, v_ego, v_lead).unwrap()),
        "required_deceleration" => {
            demand(gap::required_deceleration(gap_m, v_ego, v_lead, number("a_lead")).unwrap());
        }
        "btn" => demand(gap::btn(gap_m, v_ego, v_lead, number("a_lead"), number("b_max")).unwrap()),
        "ttb" => time(gap::ttb(gap_m, v_ego, v_lead, number("b_max")).unwrap()),
        "dst" => demand(gap::dst(gap_m, v_ego, v_lead, number("t_s")).unwrap()),
        "ttc_2d" => {
            time(boxes::ttc_2d(&moving(&input["a"]), &moving(&input["b"]), number("horizon")).unwrap());
        }
        "ttc_2d_nuplan" => {
            let (a, b) = same_as(input, all);
            time(nuplan::first_touch(&a, &b, number("step"), number("horizon")).unwrap());
        }
        "box_distance" => {
            let (a, b) = same_as(input, all);
            is("", boxes::distance(&a.body, &b.body).unwrap());
        }
        "closest_encounter" => {
            let found = encounter::closest_encounter(vector(&input["r"]), vector(&input["v"])).unwrap();
            is("t", found.time);
            is("d", found.distance);
        }
        "pet" => pet(input, &is),
        "tet_tit" => {
            let samples: Vec<(f64, Reading)> = input["ttc"]
                .as_array()
                .unwrap()
                .iter()
                .map(|ttc| (number("dt"), ttc.as_f64().map_or(Reading::Never, Reading::Number)))
                .collect();
            let total = exposure::exposure(&samples, number("tau")).unwrap();
            is("tet", total.exposed);
            is("tit", total.integrated);
        }
        "cut_in_ttc_bound" => {
            let bound = CutInBound { deceleration: number("decel"), delay: number("delay") };
            is("", cut_in::ttc_bound(number("v_rel"), bound).unwrap());
        }
        "rss_longitudinal_same" => {
            is("", rss(input, ["leading", "following"], "v_lon", rss::longitudinal_same));
        }
        "rss_longitudinal_opposite" => {
            is("", rss(input, ["correct", "opposite"], "v_lon", rss::longitudinal_opposite));
        }
        "rss_lateral" => is("", rss(input, ["left", "right"], "v_lat", rss::lateral)),
        other => panic!("{id}: no test of {other:?}"),
    }
}

fn pet(input: &Value, is: &impl Fn(&str, f64)) {
    assert_eq!(input["area"], "square of side 4 around 0,0");
    let square = OrientedBox { x: 0.0, y: 0.0, heading: 0.0, length: 4.0, width: 4.0 };
    let area = ConflictArea::of_box(&square).unwrap();
    let (a, b) = (moving(&input["a"]), moving(&input["b"]));
    let at_a = encounter::occupancy(&a, &area).unwrap().unwrap();
    let at_b = encounter::occupancy(&b, &area).unwrap().unwrap();
    is("enter_a", at_a.enter);
    is("exit_a", at_a.exit);
    is("enter_b", at_b.enter);
    is("exit_b", at_b.exit);
    is("pet", encounter::pet(&a, &b, &area).unwrap().number().unwrap());
    is("pet", encounter::post_encroachment(at_a, at_b).unwrap());
}

type Safe = fn(f64, &RssParams, f64, &RssParams) -> Result<f64, CriticalityError>;

fn rss(input: &Value, roles: [&str; 2], speed: &str, safe: Safe) -> f64 {
    let [a, b] = roles.map(|role| {
        let of = |name: &str| input[role][name].as_f64().unwrap();
        let params = RssParams {
            response: of("rho"),
            accel_max: of("accel_max"),
            brake_min: of("brake_min"),
            brake_max: of("brake_max"),
            brake_min_correct: of("brake_min_correct"),
            lateral_accel_max: of("lat_accel_max"),
            lateral_brake_min: of("lat_brake_min"),
            lateral_margin: of("mu"),
            speed_cap: of("v_cap"),
            min_distance: of("d_min"),
        };
        (of(speed), params)
    });
    safe(a.0, &a.1, b.0, &b.1).unwrap()
}

/// The boxes of another case.
fn same_as(input: &Value, all: &[Value]) -> (MovingBox, MovingBox) {
    let id = input["same_as"].as_str().unwrap();
    // This one is kept back; its input is in the script that made the cases.
    let kept_back = json!({"id": "c055", "input": {
        "a": {"x": 0, "y": 0, "heading": 0, "length": 4.5, "width": 1.8, "speed": 10},
        "b": {"x": 20, "y": -30, "heading": std::f64::consts::FRAC_PI_2, "length": 4.5, "width": 1.8, "speed": 8},
    }});
    let mut cases = all.iter().chain([&kept_back]);
    let case = cases.find(|case| case["id"] == id).unwrap_or_else(|| panic!("no case {id}"));
    (moving(&case["input"]["a"]), moving(&case["input"]["b"]))
}

fn moving(of: &Value) -> MovingBox {
    let number = |name: &str| of[name].as_f64().unwrap();
    let body = OrientedBox {
        x: number("x"),
        y: number("y"),
        heading: number("heading"),
        length: number("length"),
        width: number("width"),
    };
    MovingBox::along_heading(body, number("speed"))
}

fn vector(of: &Value) -> [f64; 2] {
    [0, 1].map(|at| of[at].as_f64().unwrap())
}
