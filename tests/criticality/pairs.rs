//! Metrics of two actors in the plane, and the table of metrics.

use std::collections::BTreeSet;

use hardcase::tracks::criticality::metric::{Critical, METRICS, Metric};
use hardcase::tracks::criticality::pair::{Pair, PairSettings, evaluate};
use hardcase::tracks::criticality::reading::Reading::{Infinite, Never, Number, Undefined};
use hardcase::tracks::criticality::reading::{CriticalityError, Reading, Reason};
use hardcase::tracks::criticality::state::State;
use proptest::prelude::*;

const CAR: State = State {
    x: 0.0,
    y: 0.0,
    heading: 0.0,
    vx: 0.0,
    vy: 0.0,
    acceleration: Some(0.0),
    length: 4.5,
    width: 1.8,
    yaw_rate: None,
};

/// A car at a place with a speed along its heading in degrees.
fn car(x: f64, y: f64, degrees: f64, speed: f64) -> State {
    let heading = degrees.to_radians();
    State { x, y, heading, vx: speed * heading.cos(), vy: speed * heading.sin(), ..CAR }
}

fn read(metric: Metric, ego: &State, other: &State) -> Reading {
    evaluate(metric, ego, other, &PairSettings::default()).unwrap()
}

fn check(metric: Metric, ego: &State, other: &State, expected: f64) {
    let reading = read(metric, ego, other);
    let close = reading.number().is_some_and(|ours| (ours - expected).abs() < 1e-9);
    assert!(close, "{metric:?}: {reading:?}, expected {expected}");
}

#[test]
fn a_lead_in_the_same_lane() {
    let (ego, lead) =
        (car(0.0, 0.0, 0.0, 15.0), State { acceleration: Some(-2.0), ..car(24.5, 0.3, 0.0, 10.0) });
    check(Metric::Ttc, &ego, &lead, 4.0);
    check(Metric::Ttc2d, &ego, &lead, 4.0);
    assert_eq!(read(Metric::TtcNuPlan, &ego, &lead), Never);
    check(Metric::Thw, &ego, &lead, 20.0 / 15.0);
    check(Metric::Drac, &ego, &lead, 0.625);
    // The lead stands after 25 m, ego has 45 m.
    check(Metric::RequiredDeceleration, &ego, &lead, 2.5);
    check(Metric::Btn, &ego, &lead, 2.5 / 8.0);
    check(Metric::Mttc, &ego, &lead, 20.0 / (105_f64.sqrt() + 5.0) * 2.0);
    check(Metric::Ttb, &ego, &lead, 3.6875);
    // 1.5 m sideways within 4 s.
    check(Metric::Stn, &ego, &lead, 3.0 / 16.0 / 5.0);
    check(Metric::Tts, &ego, &lead, 4.0 - 0.6_f64.sqrt());
    assert_eq!(read(Metric::Dst, &ego, &lead), Infinite);
    check(Metric::ClosestEncounterTime, &ego, &lead, 4.9);
    check(Metric::ClosestEncounter, &ego, &lead, 0.3);
    check(Metric::Distance, &ego, &lead, 20.0);
    assert_eq!(read(Metric::Pet, &ego, &lead), Undefined(Reason::Parallel));
    // 15 + 1.75 + 18.5²/8 - 100/16 m; beside each other 0.725 m, without a gap.
    check(Metric::RssLongitudinal, &ego, &lead, 20.0 - (16.75 + 18.5 * 18.5 / 8.0 - 6.25));
    check(Metric::RssLateral, &ego, &lead, -0.725);
    check(Metric::Rss, &ego, &lead, -0.725);
    // Seen from the lead nobody is ahead, but RSS knows both sides.
    assert_eq!(read(Metric::Ttc, &lead, &ego), Undefined(Reason::NotAhead));
    let settings = PairSettings::default();
    let pair = Pair::new(&lead, &ego, &settings).unwrap();
    assert_eq!(pair.gap(), Undefined(Reason::NotAhead));
    // The follower responds after 2 s now.
    let safe = 30.0 + 7.0 + 22.0 * 22.0 / 8.0 - 6.25;
    assert_eq!(pair.safe_distances().unwrap(), [Number(safe), Number(0.725)]);
}

#[test]
fn metrics_that_do_not_apply_say_why() {
    let ego = car(0.0, 0.0, 0.0, 15.0);
    let following = [
        Metric::Ttc,
        Metric::Mttc,
        Metric::Thw,
        Metric::Drac,
        Metric::RequiredDeceleration,
        Metric::Btn,
        Metric::Ttb,
        Metric::Stn,
        Metric::Tts,
        Metric::Dst,
    ];
    for metric in following {
        assert_eq!(
            read(metric, &ego, &car(24.5, 3.5, 0.0, 10.0)),
            Undefined(Reason::NotInPath),
            "{metric:?}"
        );
        assert_eq!(
            read(metric, &ego, &car(-24.5, 0.0, 0.0, 10.0)),
            Undefined(Reason::NotAhead),
            "{metric:?}"
        );
    }
    let oncoming = car(40.0, 0.5, 180.0, 5.0);
    for metric in
        [Metric::Thw, Metric::Drac, Metric::RequiredDeceleration, Metric::Btn, Metric::Ttb, Metric::Dst]
    {
        assert_eq!(read(metric, &ego, &oncoming), Undefined(Reason::Oncoming), "{metric:?}");
    }
    check(Metric::Ttc, &ego, &oncoming, 35.5 / 20.0);
    check(Metric::Ttc2d, &ego, &oncoming, 35.5 / 20.0);
    // A standing object that seems to move towards ego a little.
    check(Metric::Drac, &ego, &car(24.5, 0.0, 180.0, 0.05), 225.0 / 40.0);
    let unknown = State { acceleration: None, ..car(24.5, 0.0, 0.0, 10.0) };
    for metric in [Metric::Mttc, Metric::RequiredDeceleration, Metric::Btn] {
        assert_eq!(read(metric, &ego, &unknown), Undefined(Reason::NoAcceleration), "{metric:?}");
    }
    check(Metric::Ttc, &ego, &unknown, 4.0);
    let overlapping = car(3.0, 0.5, 30.0, 0.0);
    check(Metric::Ttc, &ego, &overlapping, 0.0);
    check(Metric::Ttc2d, &ego, &overlapping, 0.0);
    check(Metric::Distance, &ego, &overlapping, 0.0);
    assert_eq!(read(Metric::TtcNuPlan, &ego, &overlapping), Undefined(Reason::Overlapping));
    assert_eq!(read(Metric::Pet, &ego, &overlapping), Undefined(Reason::Standing));
    assert_eq!(read(Metric::TtcNuPlan, &ego, &car(-10.0, 0.0, 0.0, 30.0)), Undefined(Reason::NotAhead));
    assert_eq!(read(Metric::TtcNuPlan, &car(0.0, 0.0, 0.0, 0.0), &oncoming), Never);
    for metric in [Metric::RssLongitudinal, Metric::RssLateral, Metric::Rss] {
        assert_eq!(
            read(metric, &ego, &car(24.5, 0.0, 90.0, 10.0)),
            Undefined(Reason::Crossing),
            "{metric:?}"
        );
    }
}

#[test]
fn what_is_in_the_path_is_cut_out_of_turned_boxes() {
    let ego = car(0.0, 0.0, 0.0, 10.0);
    // A bus across the lane at 45 degrees: its corner reaches farther back outside of the path.
    let bus = State { length: 12.0, width: 0.0, ..car(20.0, 0.0, 45.0, 0.0) };
    let settings = PairSettings::default();
    let gap = |other: &State| Pair::new(&ego, other, &settings).unwrap().gap();
    let Number(cut) = gap(&bus) else { panic!("no gap") };
    assert!((cut - (20.0 - 0.9 - 2.25)).abs() < 1e-9, "{cut}");
    // A post of no size on the edge of the path, and beside it.
    let post = State { length: 0.0, width: 0.0, ..car(20.0, 0.9, 0.0, 0.0) };
    assert_eq!(gap(&post), Number(17.75));
    assert_eq!(gap(&State { y: 0.95, ..post }), Undefined(Reason::NotInPath));
}

#[test]
fn crossing_paths_have_a_post_encroachment_time() {
    let ego = car(-30.0, 0.0, 0.0, 10.0);
    // The shared area is as wide as the cars: ego is in it from 2.685 to 3.315 s.
    let other = car(0.0, -40.0, 90.0, 8.0);
    check(Metric::Pet, &ego, &other, (40.0 - 0.9 - 2.25) / 8.0 - 3.315);
    check(Metric::Pet, &other, &ego, (40.0 - 0.9 - 2.25) / 8.0 - 3.315);
    assert_eq!(read(Metric::Ttc2d, &ego, &other), Never);
    let meets = car(0.0, -28.0, 90.0, 9.0);
    assert!(read(Metric::Pet, &ego, &meets).number().unwrap() < 0.0);
    assert!(read(Metric::Ttc2d, &ego, &meets).number().is_some());
    let passed = car(0.0, 30.0, 90.0, 9.0);
    check(Metric::Pet, &ego, &passed, 2.685 + (30.0 - 0.9 - 2.25) / 9.0);
    assert_eq!(read(Metric::Pet, &car(30.0, 0.0, 0.0, 10.0), &passed), Undefined(Reason::Passed));
}

#[test]
fn oncoming_traffic_is_dangerous_until_it_has_passed() {
    let ego = car(0.0, 0.0, 0.0, 10.0);
    let oncoming = car(60.0, 3.0, 180.0, 10.0);
    check(Metric::RssLongitudinal, &ego, &oncoming, 55.5 - 105.25);
    check(Metric::RssLateral, &ego, &oncoming, 1.2 - 0.725);
    check(Metric::Rss, &ego, &oncoming, 1.2 - 0.725);
    assert_eq!(
        read(Metric::RssLongitudinal, &ego, &State { x: -60.0, ..oncoming }),
        Undefined(Reason::Passed)
    );
    check(Metric::RssLongitudinal, &ego, &State { x: -1.0, ..oncoming }, -105.25);
    // Drifting towards each other needs more room: 0.5 m/s of the one on the left to the right.
    let drifting = State { vy: -0.5, ..oncoming };
    check(Metric::RssLateral, &ego, &drifting, 1.2 - (1.4 + 0.81 / 1.6 + 0.1 + 0.025 + 0.1));
}

#[test]
fn states_that_make_no_sense_are_errors() {
    let ego = car(0.0, 0.0, 0.0, 10.0);
    let bad = [
        ("x", State { x: f64::NAN, ..CAR }),
        ("y", State { y: f64::INFINITY, ..CAR }),
        ("heading", State { heading: f64::NAN, ..CAR }),
        ("vx", State { vx: f64::NAN, ..CAR }),
        ("vy", State { vy: f64::NEG_INFINITY, ..CAR }),
        ("acceleration", State { acceleration: Some(f64::NAN), ..CAR }),
        ("length", State { length: -1.0, ..CAR }),
        ("width", State { width: f64::NAN, ..CAR }),
        ("yaw rate", State { yaw_rate: Some(f64::NAN), ..CAR }),
    ];
    let named = |result: Result<Reading, CriticalityError>| match result {
        Err(CriticalityError::State { actor, field, .. }) => (actor, field),
        other => panic!("{other:?}"),
    };
    for (field, state) in bad {
        for metric in Metric::ALL {
            let settings = PairSettings::default();
            assert_eq!(named(evaluate(metric, &ego, &state, &settings)), ("other", field));
            assert_eq!(named(evaluate(metric, &state, &ego, &settings)), ("ego", field));
        }
    }
    let error =
        evaluate(Metric::Ttc, &ego, &State { length: -1.0, ..CAR }, &PairSettings::default()).unwrap_err();
    assert_eq!(error.to_string(), "length of other is -1, expected a finite number, for sizes 0 or more");
}

#[test]
fn every_metric_has_a_line_in_the_table() {
    let ids: BTreeSet<&str> = METRICS.iter().map(|spec| spec.id).collect();
    assert_eq!(ids.len(), Metric::ALL.len());
    for (metric, spec) in Metric::ALL.into_iter().zip(&METRICS) {
        assert_eq!((metric, metric), (spec.metric, metric.spec().metric));
        assert_eq!(Metric::by_id(spec.id), Some(metric));
        assert!(spec.threshold.is_finite() && !spec.title.is_empty() && !spec.source.is_empty());
        assert!(["s", "m", "m/s²", ""].contains(&spec.unit), "{spec:?}");
        // Time and distance are critical if short, demands if large.
        assert_eq!(spec.critical == Critical::AtLeast, ["m/s²", ""].contains(&spec.unit), "{spec:?}");
    }
    assert_eq!(Metric::by_id("speed"), None);
    let [ttc, drac, rss] = [Metric::Ttc, Metric::Drac, Metric::Rss].map(Metric::spec);
    assert_eq!([1.4, 1.5].map(|secs| ttc.is_critical(Number(secs), 1.5)), [Some(true), Some(false)]);
    assert_eq!(ttc.is_critical(Never, 1.5), Some(false));
    assert_eq!(ttc.is_critical(Undefined(Reason::NotAhead), 1.5), None);
    assert_eq!(drac.is_critical(Infinite, drac.threshold), Some(true));
    assert_eq!([0.0, 0.1].map(|meters| rss.is_critical(Number(meters), 0.0)), [Some(true), Some(false)]);
}

fn any_state() -> impl Strategy<Value = State> {
    (-40.0..40.0, -8.0..8.0, -4.0..4.0, -15.0..15.0, -3.0..3.0, 0.1..12.0, 0.1..2.6).prop_map(
        |(x, y, heading, vx, vy, length, width)| State {
            x,
            y,
            heading,
            vx,
            vy,
            length,
            width,
            acceleration: Some(vy),
            yaw_rate: Some(0.1),
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn readings_are_the_same_in_every_frame(ego in any_state(), other in any_state(), turned in -3.0..3.0, moved in -99.0..99.0) {
        let settings = PairSettings::default();
        let all = |a: &State, b: &State| Pair::new(a, b, &settings).unwrap().all().unwrap();
        let (sin, cos) = f64::sin_cos(turned);
        let elsewhere = |of: &State| State {
            x: of.x * cos - of.y * sin + moved,
            y: of.x * sin + of.y * cos - moved,
            vx: of.vx * cos - of.vy * sin,
            vy: of.vx * sin + of.vy * cos,
            heading: of.heading + turned,
            ..*of
        };
        let (here, there) = (all(&ego, &other), all(&elsewhere(&ego), &elsewhere(&other)));
        for ((metric, one), two) in Metric::ALL.into_iter().zip(here).zip(there) {
            let close = match (one, two) {
                (Number(a), Number(b)) => (a - b).abs() <= 1e-6 * a.abs().max(1.0),
                _ => one == two,
            };
            prop_assert!(close, "{metric:?}: {one:?} and {two:?}");
            prop_assert_eq!(evaluate(metric, &ego, &other, &settings).unwrap(), one);
            prop_assert!(one.number().is_none_or(f64::is_finite));
        }
    }
}
