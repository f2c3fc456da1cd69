//! Edges of the formulas, and inputs that make no sense: an error that names them, never a number.

use hardcase::tracks::criticality::boxes::{self, MovingBox, OrientedBox};
use hardcase::tracks::criticality::cut_in::{self, CutInBound, EU_2022_1426, EU_2022_1426_STANDING, R157};
use hardcase::tracks::criticality::encounter::{self, ConflictArea, Occupancy};
use hardcase::tracks::criticality::nuplan::{self, Ego, NuPlanSettings, NuPlanTtc};
use hardcase::tracks::criticality::reading::Reading::{Infinite, Never, Number, Undefined};
use hardcase::tracks::criticality::reading::{CriticalityError, Reading, Reason};
use hardcase::tracks::criticality::rss::{self, RssParams};
use hardcase::tracks::criticality::{exposure, gap, steering};

const BAD: [f64; 4] = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1e101];

fn body(x: f64, y: f64, heading: f64) -> OrientedBox {
    OrientedBox { x, y, heading, length: 4.5, width: 1.8 }
}

/// Puts each bad number at each place of the arguments.
fn refuses<const N: usize>(good: [f64; N], formula: impl Fn([f64; N]) -> Result<f64, CriticalityError>) {
    formula(good).unwrap();
    for at in 0..N {
        for bad in BAD {
            let mut arguments = good;
            arguments[at] = bad;
            assert!(formula(arguments).is_err(), "argument {at} is {bad}");
        }
    }
}

fn value(reading: Result<Reading, CriticalityError>) -> Result<f64, CriticalityError> {
    reading.map(|reading| reading.extended().unwrap_or(-1.0))
}

#[test]
fn numbers_that_are_none_are_errors_everywhere() {
    refuses([20.0, 15.0, 10.0], |[g, e, l]| value(gap::ttc(g, e, l)));
    refuses([20.0, 15.0, 0.0, 10.0, 0.0], |[g, e, a, l, b]| value(gap::mttc(g, e, a, l, b)));
    refuses([20.0, 15.0], |[g, e]| value(gap::thw(g, e)));
    refuses([20.0, 15.0, 10.0], |[g, e, l]| value(gap::drac(g, e, l)));
    refuses([20.0, 15.0, 10.0, -1.0], |[g, e, l, a]| value(gap::required_deceleration(g, e, l, a)));
    refuses([20.0, 15.0, 10.0, -1.0, 8.0], |[g, e, l, a, b]| value(gap::btn(g, e, l, a, b)));
    refuses([20.0, 15.0, 10.0, 8.0], |[g, e, l, b]| value(gap::ttb(g, e, l, b)));
    refuses([50.0, 25.0, 20.0, 2.0], |[g, e, l, t]| value(gap::dst(g, e, l, t)));
    refuses([3.5, 1.8, 1.8], |[offset, a, b]| steering::way_needed(offset, a, b));
    refuses([1.0, 3.0], |[way, a]| value(steering::stn(Number(2.0), way, a)));
    refuses([1.0, 3.0], |[way, a]| value(steering::tts(Number(2.0), way, a)));
    refuses([1.0, 2.0, 3.0, 4.0], |[a, b, c, d]| {
        encounter::closest_encounter([a, b], [c, d]).map(|found| found.distance)
    });
    refuses([1.0, 2.0, 3.0, 4.0], |[a, b, c, d]| {
        encounter::post_encroachment(Occupancy { enter: a, exit: b }, Occupancy { enter: c, exit: d })
    });
    refuses([5.0, 6.0, 0.35], |[v, deceleration, delay]| {
        cut_in::ttc_bound(v, CutInBound { deceleration, delay })
    });
    refuses([1.5], |[threshold]| exposure::exposure(&[], threshold).map(|total| total.exposed));
    refuses([0.1], |[dt]| exposure::exposure(&[(dt, Number(1.0))], 1.5).map(|total| total.exposed));
    refuses([10.0, 10.0], |[a, b]| rss::longitudinal_same(a, &RssParams::OTHER, b, &RssParams::EGO));
    refuses([10.0, 10.0], |[a, b]| rss::longitudinal_opposite(a, &RssParams::EGO, b, &RssParams::OTHER));
    refuses([0.5, -0.5], |[a, b]| rss::lateral(a, &RssParams::EGO, b, &RssParams::OTHER));
    refuses([9.0, 8.0, 2.0, 1.0], |[a, b, c, d]| rss::dangerous(a, b, c, d).map(f64::from));
    refuses([30.0, 1.0, 0.5, 4.5, 1.8, 2.0, 3.0], |[x, y, heading, length, width, vx, vy]| {
        let other = MovingBox { body: OrientedBox { x, y, heading, length, width }, velocity: [vx, vy] };
        let ego = MovingBox::along_heading(body(0.0, 0.0, 0.0), 10.0);
        let area = ConflictArea::of_box(&ego.body)?;
        let path = [(0.0, other.body), (1.0, ego.body)];
        value(boxes::ttc_2d(&ego, &other, 10.0))?;
        value(nuplan::first_touch(&other, &ego, 0.1, 3.0))?;
        encounter::occupancy(&other, &area)?;
        encounter::occupancy_of_path(&path, &area)?;
        boxes::distance(&ego.body, &other.body)
    });
    let ego = MovingBox::along_heading(body(0.0, 0.0, 0.0), 10.0);
    refuses([0.1, 3.0], |[step, horizon]| value(nuplan::first_touch(&ego, &ego, step, horizon)));
    assert!(boxes::ttc_2d(&ego, &ego, f64::NAN).is_err() && boxes::ttc_2d(&ego, &ego, -1.0).is_err());
    assert_eq!(boxes::ttc_2d(&ego, &ego, f64::INFINITY), Ok(Number(0.0)));
}

#[test]
fn sizes_and_limits_that_are_negative_are_errors() {
    let negative = OrientedBox { width: -1.8, ..body(0.0, 0.0, 0.0) };
    let error = boxes::distance(&body(9.0, 0.0, 0.0), &negative).unwrap_err();
    assert_eq!(error.to_string(), "width is -1.8, expected 0 or more");
    assert!(gap::btn(20.0, 15.0, 10.0, 0.0, 0.0).is_err() && gap::ttb(20.0, 15.0, 10.0, -8.0).is_err());
    assert!(gap::dst(20.0, 15.0, 10.0, -1.0).is_err());
    assert!(steering::way_needed(0.0, -1.0, 1.0).is_err());
    assert!(steering::stn(Number(1.0), -1.0, 3.0).is_err() && steering::tts(Number(-1.0), 1.0, 3.0).is_err());
    assert!(rss::longitudinal_same(-1.0, &RssParams::EGO, 1.0, &RssParams::EGO).is_err());
    let no_brakes = RssParams { brake_min: 0.0, ..RssParams::EGO };
    let error = rss::longitudinal_same(1.0, &RssParams::EGO, 1.0, &no_brakes).unwrap_err();
    assert_eq!(error.to_string(), "weakest braking of RSS is 0, expected more than 0");
    assert!(rss::dangerous(-1.0, 1.0, 1.0, 1.0).is_err());
    assert!(exposure::exposure(&[(-0.1, Number(1.0))], 1.5).is_err());
    let ego = MovingBox::along_heading(body(0.0, 0.0, 0.0), 10.0);
    assert!(
        nuplan::first_touch(&ego, &ego, 0.0, 3.0).is_err()
            && nuplan::first_touch(&ego, &ego, 1e-9, 3.0).is_err()
    );
}

#[test]
fn edges_are_those_of_the_definitions() {
    assert_eq!(gap::ttc(0.0, 5.0, 10.0), Ok(Number(0.0)));
    assert_eq!(gap::ttc(-1.0, 5.0, 10.0), Ok(Number(0.0)));
    assert_eq!(gap::ttc(1e99, 1e-300, 0.0), Ok(Never));
    assert_eq!(gap::thw(-2.0, 10.0), Ok(Number(0.0)));
    assert_eq!(gap::thw(10.0, -1.0), Ok(Never));
    assert_eq!(gap::drac(-1.0, 10.0, 5.0), Ok(Infinite));
    assert_eq!(gap::drac(0.0, 5.0, 10.0), Ok(Number(0.0)));
    assert_eq!(gap::drac(20.0, 10.0, -5.0), Ok(Undefined(Reason::Oncoming)));
    assert_eq!(gap::required_deceleration(0.0, 10.0, 5.0, 0.0), Ok(Infinite));
    assert_eq!(gap::required_deceleration(0.0, 10.0, 10.0, -5.0), Ok(Number(5.0)));
    assert_eq!(gap::required_deceleration(20.0, 0.0, 0.0, -5.0), Ok(Number(0.0)));
    assert_eq!(gap::required_deceleration(20.0, 10.0, 0.0, -5.0), Ok(Number(2.5)));
    assert_eq!(gap::required_deceleration(20.0, 15.0, 10.0, 2.0), Ok(Number(0.0)));
    assert_eq!(gap::btn(0.0, 10.0, 5.0, 0.0, 8.0), Ok(Infinite));
    assert_eq!(gap::ttb(10.0, 20.0, 0.0, 8.0), Ok(Number(-0.75)));
    assert_eq!(gap::ttb(-5.0, 20.0, 4.0, 8.0), Ok(Number(-1.0)));
    assert_eq!(gap::dst(20.0, 15.0, 10.0, 2.0), Ok(Infinite));
    assert_eq!(gap::dst(1.0, 10.0, 15.0, 2.0), Ok(Number(0.0)));
    // Both brake alike: the gap stays. A lead at rest that is told to brake stays at rest.
    assert_eq!(gap::mttc(5.0, 10.0, -8.0, 10.0, -8.0), Ok(Never));
    assert_eq!(gap::mttc(5.0, 10.0, 0.0, 0.0, -8.0), Ok(Number(0.5)));
    assert_eq!(gap::mttc(30.0, 10.0, 0.0, 10.0, -4.0), Ok(Number(4.25)));
    assert_eq!(gap::mttc(10.0, 8.0, 1.0, 8.0, 0.0), Ok(Number(20_f64.sqrt())));
    assert_eq!(gap::mttc(-1.0, 0.0, 0.0, 9.0, 0.0), Ok(Number(0.0)));
    // An oncoming lead brakes to a standstill 2 m ahead of ego, which stands.
    assert_eq!(gap::mttc(10.0, 0.0, 0.0, -4.0, 1.0), Ok(Never));
    assert_eq!(gap::mttc(8.0, 0.0, 0.0, -4.0, 0.0), Ok(Number(2.0)));
}

#[test]
fn steering_needs_the_way_that_overlaps() {
    assert_eq!(steering::way_needed(0.5, 1.8, 2.2), Ok(1.5));
    assert_eq!(steering::way_needed(-3.5, 1.8, 1.8), Ok(0.0));
    assert_eq!(steering::required_lateral(Number(2.0), 1.5), Ok(Number(0.75)));
    assert_eq!(steering::stn(Number(2.0), 1.5, 3.0), Ok(Number(0.25)));
    assert_eq!(steering::stn(Number(0.0), 1.5, 3.0), Ok(Infinite));
    assert_eq!(steering::stn(Number(0.0), 0.0, 3.0), Ok(Number(0.0)));
    assert_eq!(steering::stn(Never, 1.5, 3.0), Ok(Number(0.0)));
    assert_eq!(steering::tts(Number(2.0), 1.5, 3.0), Ok(Number(1.0)));
    assert_eq!(steering::tts(Number(0.5), 1.5, 3.0), Ok(Number(-0.5)));
    assert_eq!(steering::tts(Never, 1.5, 3.0), Ok(Never));
    assert_eq!(steering::tts(Undefined(Reason::NotAhead), 1.5, 3.0), Ok(Undefined(Reason::NotAhead)));
}

#[test]
fn paths_through_a_conflict_area() {
    let area =
        ConflictArea::of_box(&OrientedBox { x: 0.0, y: 0.0, heading: 0.0, length: 4.0, width: 4.0 }).unwrap();
    let both = |a: (f64, f64), b: (f64, f64)| {
        encounter::post_encroachment(Occupancy { enter: a.0, exit: a.1 }, Occupancy { enter: b.0, exit: b.1 })
    };
    assert_eq!(both((1.0, 2.0), (5.0, 6.0)), Ok(3.0));
    assert_eq!(both((5.0, 6.0), (1.0, 2.0)), Ok(3.0));
    assert_eq!(both((1.0, 4.0), (3.0, 6.0)), Ok(-1.0));
    assert_eq!(both((0.0, 9.0), (2.0, 3.0)), Ok(-7.0));
    assert!(both((2.0, 1.0), (3.0, 4.0)).is_err());
    let drives = MovingBox::along_heading(body(-30.0, 0.0, 0.0), 10.0);
    let misses = MovingBox::along_heading(body(-30.0, 5.0, 0.0), 10.0);
    let stands = MovingBox::along_heading(body(1.0, 0.0, 0.3), 0.0);
    assert_eq!(encounter::pet(&drives, &misses, &area), Ok(Never));
    assert_eq!(encounter::pet(&drives, &stands, &area), Ok(Undefined(Reason::Standing)));
    // Recorded: samples of the same drive, one of them after the area.
    let at = |t: f64| (t, body(-30.0 + 10.0 * t, 0.0, 0.0));
    let whole = encounter::occupancy(&drives, &area).unwrap().unwrap();
    let path = encounter::occupancy_of_path(&[at(0.0), at(1.0), at(3.0), at(7.0)], &area).unwrap().unwrap();
    assert!((whole.enter - path.enter).abs() < 1e-12 && (whole.exit - path.exit).abs() < 1e-12);
    assert_eq!(encounter::occupancy_of_path(&[], &area), Ok(None));
    assert_eq!(encounter::occupancy_of_path(&[at(0.0), at(1.0)], &area), Ok(None));
    assert_eq!(
        encounter::occupancy_of_path(&[at(3.0)], &area),
        Ok(Some(Occupancy { enter: 3.0, exit: 3.0 }))
    );
    assert_eq!(
        encounter::occupancy_of_path(&[at(0.0), at(1.0), at(1.0)], &area),
        Err(CriticalityError::Order { index: 2 })
    );
    // Straight paths that cross share a parallelogram, of both widths here.
    let crosses = MovingBox::along_heading(body(0.0, -20.0, std::f64::consts::FRAC_PI_2), 5.0);
    let shared = ConflictArea::of_paths(&drives, &crosses).unwrap().unwrap();
    for [x, y] in shared.corners() {
        assert!((x.abs() - 0.9).abs() < 1e-12 && (y.abs() - 0.9).abs() < 1e-12, "{shared:?}");
    }
    assert_eq!(ConflictArea::of_paths(&drives, &misses), Ok(None));
    assert_eq!(ConflictArea::of_paths(&drives, &stands), Ok(None));
}

#[test]
fn conflict_areas_are_convex_polygons() {
    let star: Vec<[f64; 2]> = (0..5)
        .map(|at| f64::from(at * 2) * std::f64::consts::TAU / 5.0)
        .map(|angle| [angle.cos(), angle.sin()])
        .collect();
    let bad = [
        vec![[0.0, 0.0], [1.0, 0.0]],
        vec![[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]],
        vec![[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0]],
        vec![[0.0, 0.0], [4.0, 0.0], [1.0, 1.0], [0.0, 4.0]],
        vec![[0.0, 0.0], [1.0, 0.0], [1.0, f64::NAN]],
        star,
    ];
    for corners in bad {
        let count = corners.len();
        assert_eq!(ConflictArea::new(corners), Err(CriticalityError::Area { corners: count }));
    }
    let mut corners = vec![[0.0, 0.0], [2.0, 0.0], [2.0, 1.0]];
    assert!(ConflictArea::new(corners.clone()).is_ok());
    corners.reverse();
    assert!(ConflictArea::new(corners).is_ok());
}

#[test]
fn cut_ins_are_bounded_as_the_regulations_say() {
    // The table of the German authority for EU 2022/1426, in km/h and s, for seated and standing passengers.
    let bound = |kmh: f64, bound| format!("{:.2}", cut_in::ttc_bound(kmh / 3.6, bound).unwrap());
    assert_eq!([10.0, 60.0].map(|kmh| bound(kmh, EU_2022_1426)), ["0.48", "1.64"]);
    assert_eq!([10.0, 60.0].map(|kmh| bound(kmh, EU_2022_1426_STANDING)), ["0.74", "3.63"]);
    assert_eq!(cut_in::ttc_bound(-5.0, R157), Ok(0.35));
    assert_eq!(cut_in::must_be_avoided(Number(1.36), 12.0, R157), Ok(Some(true)));
    assert_eq!(cut_in::must_be_avoided(Number(1.34), 12.0, R157), Ok(Some(false)));
    assert_eq!(cut_in::must_be_avoided(Never, 12.0, R157), Ok(Some(true)));
    assert_eq!(cut_in::must_be_avoided(Undefined(Reason::NotAhead), 12.0, R157), Ok(None));
}

#[test]
fn exposure_counts_collisions_that_are_near() {
    let samples = [
        (0.1, Never),
        (0.2, Number(1.0)),
        (0.1, Number(-3.0)),
        (0.1, Undefined(Reason::NotAhead)),
        (0.3, Number(1.5)),
    ];
    let total = exposure::exposure(&samples, exposure::THRESHOLD).unwrap();
    assert!((total.exposed - 0.2).abs() < 1e-12 && (total.integrated - 0.1).abs() < 1e-12, "{total:?}");
    assert!(exposure::exposure(&[(0.1, Number(f64::NAN))], 1.5).is_err());
}

#[test]
fn nuplan_looks_ahead_and_lets_collided_actors_leave() {
    let ego = |x: f64, wide: bool| Ego { body: body(x, 0.0, 0.0), speed: 10.0, wide, at_fault: false };
    let stands = |x: f64, y: f64| MovingBox::along_heading(body(x, y, 0.0), 0.0);
    let mut drive = NuPlanTtc::new(NuPlanSettings::default());
    // 25 m between the centers are 20.5 m of gap.
    assert_eq!(drive.next(&ego(0.0, false), &[(7, stands(25.0, 0.0))]), Ok(Number(2.1)));
    assert_eq!(drive.next(&Ego { speed: 0.005, ..ego(0.0, false) }, &[(7, stands(25.0, 0.0))]), Ok(Never));
    assert_eq!(drive.next(&ego(0.0, false), &[]), Ok(Never));
    // One that comes from the side, 45 degrees off, is in the wide field alone.
    let side = MovingBox::along_heading(body(10.0, -11.461, std::f64::consts::FRAC_PI_2), 10.0);
    assert_eq!(drive.next(&ego(0.0, false), &[(8, side)]), Ok(Never));
    assert_eq!(drive.next(&ego(0.0, true), &[(8, side)]), Ok(Number(0.9)));
    // After contact the actor does not count any more.
    assert_eq!(drive.next(&ego(22.0, false), &[(7, stands(25.0, 0.0))]), Ok(Never));
    assert_eq!(
        drive.next(&ego(0.0, false), &[(7, stands(25.0, 0.0)), (9, stands(30.0, 0.0))]),
        Ok(Number(2.6))
    );
    assert_eq!(drive.next(&Ego { at_fault: true, ..ego(0.0, false) }, &[]), Ok(Number(0.0)));
}
