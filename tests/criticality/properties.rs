//! Formulas against plain simulation, and symmetries they must have.

use hardcase::tracks::criticality::boxes::{self, MovingBox, OrientedBox};
use hardcase::tracks::criticality::encounter::{self, ConflictArea};
use hardcase::tracks::criticality::reading::Reading;
use hardcase::tracks::criticality::rss::{self, RssParams};
use hardcase::tracks::criticality::{gap, nuplan};
use proptest::prelude::*;

const HORIZON: f64 = 6.0;

fn any_box() -> impl Strategy<Value = OrientedBox> {
    (-20.0..20.0, -20.0..20.0, -7.0..7.0, 0.0..8.0, 0.0..3.0)
        .prop_map(|(x, y, heading, length, width)| OrientedBox { x, y, heading, length, width })
}

fn any_moving() -> impl Strategy<Value = MovingBox> {
    (any_box(), -15.0..15.0, -15.0..15.0).prop_map(|(body, vx, vy)| MovingBox { body, velocity: [vx, vy] })
}

fn at(of: &MovingBox, t: f64) -> OrientedBox {
    OrientedBox { x: of.body.x + of.velocity[0] * t, y: of.body.y + of.velocity[1] * t, ..of.body }
}

/// Distance of two boxes by their sides: 0 if a corner of one is inside of the other or sides cross.
fn plain_distance(a: &OrientedBox, b: &OrientedBox) -> f64 {
    let (a, b) = (a.corners().unwrap(), b.corners().unwrap());
    if a.iter().any(|corner| inside(*corner, &b)) || b.iter().any(|corner| inside(*corner, &a)) {
        return 0.0;
    }
    let mut least = f64::INFINITY;
    for i in 0..4 {
        for j in 0..4 {
            let (p, q, r, s) = (a[i], a[(i + 1) % 4], b[j], b[(j + 1) % 4]);
            if turn(p, q, r) * turn(p, q, s) < 0.0 && turn(r, s, p) * turn(r, s, q) < 0.0 {
                return 0.0;
            }
            least = least.min(to_side(p, r, s)).min(to_side(r, p, q));
        }
    }
    least
}

fn turn(a: [f64; 2], b: [f64; 2], c: [f64; 2]) -> f64 {
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

fn inside(point: [f64; 2], corners: &[[f64; 2]; 4]) -> bool {
    (0..4).all(|at| turn(corners[at], corners[(at + 1) % 4], point) > 0.0)
}

fn to_side(point: [f64; 2], from: [f64; 2], to: [f64; 2]) -> f64 {
    let (along, seen) = ([to[0] - from[0], to[1] - from[1]], [point[0] - from[0], point[1] - from[1]]);
    let squared = along[0] * along[0] + along[1] * along[1];
    let share = (seen[0] * along[0] + seen[1] * along[1]) / squared.max(1e-300);
    let share = share.clamp(0.0, 1.0);
    (seen[0] - share * along[0]).hypot(seen[1] - share * along[1])
}

/// Speed after a step of constant acceleration that ends at a standstill, and the way of the step.
fn step(v: f64, a: f64, dt: f64) -> (f64, f64) {
    let next = v + a * dt;
    if a < 0.0 && next < 0.0 { (0.0, v * v / (-2.0 * a)) } else { (next, v * dt + a * dt * dt / 2.0) }
}

/// Least gap over a minute, and the first time at which it is closed.
fn follow(mut gap: f64, [mut v_ego, a_ego]: [f64; 2], [mut v_lead, a_lead]: [f64; 2]) -> (f64, Option<f64>) {
    let (dt, mut least, mut closed) = (2e-3, gap, None);
    for index in 0..30_000 {
        let ((ego, own), (lead, its)) = (step(v_ego, a_ego, dt), step(v_lead, a_lead, dt));
        (v_ego, v_lead, gap) = (ego, lead, gap + its - own);
        least = least.min(gap);
        if gap <= 0.0 && closed.is_none() {
            closed = Some(f64::from(index + 1) * dt);
        }
    }
    (least, closed)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn contact_in_the_plane_is_that_of_small_steps(a in any_moving(), b in any_moving()) {
        let ttc = boxes::ttc_2d(&a, &b, HORIZON).unwrap();
        let distance = |t: f64| plain_distance(&at(&a, t), &at(&b, t));
        let until = ttc.number().unwrap_or(HORIZON);
        prop_assert!(ttc == Reading::Never || distance(until) < 1e-9, "{} m at {until} s", distance(until));
        for index in 0..600 {
            let t = f64::from(index) * 0.01;
            prop_assert!(t >= until || distance(t) > 0.0, "contact at {t} s, before {ttc:?}");
        }
    }

    #[test]
    fn nuplan_is_the_first_of_its_steps(a in any_moving(), b in any_moving()) {
        let steps = (1..30).map(|index| f64::from(index) * 0.1);
        let near = |t: &f64| plain_distance(&at(&a, *t), &at(&b, *t));
        let first = steps.clone().find(|t| near(t) <= 0.0);
        // A step that only just touches may go either way.
        prop_assume!(steps.clone().all(|t| near(&t) <= 0.0 || near(&t) > 1e-9));
        prop_assert_eq!(nuplan::first_touch(&a, &b, 0.1, 3.0).unwrap().number(), first);
    }

    #[test]
    fn distance_is_plain_and_keeps_under_motions(a in any_box(), b in any_box(), turned in -7.0..7.0, moved in -50.0..50.0) {
        let distance = boxes::distance(&a, &b).unwrap();
        prop_assert!((distance - plain_distance(&a, &b)).abs() < 1e-9);
        prop_assert!((distance - boxes::distance(&b, &a).unwrap()).abs() < 1e-12);
        let (sin, cos) = f64::sin_cos(turned);
        let [c, d] = [a, b].map(|one: OrientedBox| OrientedBox {
            x: one.x * cos - one.y * sin + moved,
            y: one.x * sin + one.y * cos - moved,
            heading: one.heading + turned,
            ..one
        });
        prop_assert!((distance - boxes::distance(&c, &d).unwrap()).abs() < 1e-9);
        let touches = boxes::contact(&MovingBox { body: a, velocity: [0.0; 2] }, &MovingBox { body: b, velocity: [0.0; 2] });
        prop_assert_eq!(distance == 0.0, touches.unwrap().is_some());
    }

    #[test]
    fn occupancy_ends_where_the_box_leaves(a in any_moving(), area in any_box()) {
        prop_assume!(area.length > 0.1 && area.width > 0.1);
        prop_assume!(a.velocity[0].hypot(a.velocity[1]) > 0.1);
        let polygon = ConflictArea::of_box(&area).unwrap();
        let Some(found) = encounter::occupancy(&a, &polygon).unwrap() else {
            for index in -600..600 {
                prop_assert!(plain_distance(&at(&a, f64::from(index) * 0.02), &area) > 0.0);
            }
            return Ok(());
        };
        let middle = f64::midpoint(found.enter, found.exit);
        for (t, touches) in [(found.enter, true), (found.exit, true), (middle, true), (found.enter - 1e-4, false), (found.exit + 1e-4, false)] {
            prop_assert_eq!(plain_distance(&at(&a, t), &area) < 1e-9, touches, "at {}", t);
        }
    }

    #[test]
    fn rss_asks_for_more_from_faster_actors(v in 0.0..40.0, w in 0.0..40.0, more in 0.0..10.0, aside in -2.0..2.0, other in -2.0..2.0) {
        let (ego, its) = (RssParams { speed_cap: 30.0, ..RssParams::EGO }, RssParams::OTHER);
        let same = |lead: f64, follower: f64| rss::longitudinal_same(lead, &its, follower, &ego).unwrap();
        prop_assert!(same(v, w + more) >= same(v, w) && same(v + more, w) <= same(v, w));
        let opposite = |a: f64, b: f64| rss::longitudinal_opposite(a, &ego, b, &its).unwrap();
        prop_assert!(opposite(v + more, w) >= opposite(v, w) && opposite(v, w + more) >= opposite(v, w));
        prop_assert!(opposite(v, w) >= same(0.0, v) && same(v, w) >= 0.0);
        let lateral = |left: f64, right: f64| rss::lateral(left, &ego, right, &its).unwrap();
        prop_assert!(lateral(aside + more, other) >= lateral(aside, other));
        prop_assert!(lateral(aside, other - more) >= lateral(aside, other));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn modified_ttc_is_that_of_a_simulation(
        gap_m in 0.5..80.0, v_ego in 0.0..35.0, a_ego in -8.0..3.0, v_lead in 0.0..35.0, a_lead in -8.0..3.0,
    ) {
        let (least, closed) = follow(gap_m, [v_ego, a_ego], [v_lead, a_lead]);
        // Simulation cannot tell whether bumpers that only just touch do.
        prop_assume!(least.abs() > 1e-3);
        match (gap::mttc(gap_m, v_ego, a_ego, v_lead, a_lead).unwrap(), closed) {
            (Reading::Number(t), Some(closed)) => prop_assert!((t - closed).abs() < 4e-3, "{t}, simulated {closed}"),
            (Reading::Number(t), None) => prop_assert!(t >= 60.0, "{t}, not within a minute"),
            (other, closed) => prop_assert!(other == Reading::Never && closed.is_none(), "{other:?}, simulated {closed:?}"),
        }
        if a_ego == 0.0 && a_lead == 0.0 {
            prop_assert_eq!(gap::mttc(gap_m, v_ego, a_ego, v_lead, a_lead), gap::ttc(gap_m, v_ego, v_lead));
        }
    }

    #[test]
    fn required_deceleration_is_the_least_that_avoids_contact(
        gap_m in 1.0..80.0, v_ego in 1.0..35.0, v_lead in 0.0..35.0, a_lead in -8.0..3.0,
    ) {
        let Reading::Number(required) = gap::required_deceleration(gap_m, v_ego, v_lead, a_lead).unwrap() else {
            return Err(TestCaseError::fail("no number"));
        };
        let least = |deceleration: f64| follow(gap_m, [v_ego, -deceleration], [v_lead, a_lead]).0;
        prop_assert!(least(required * 1.001 + 1e-3) > 0.0);
        // A stop that takes longer than the simulation shows no contact.
        prop_assert!(required <= v_ego / 50.0 || least(required * 0.99 - 1e-3) < 1e-3);
    }

    #[test]
    fn constant_speeds_make_one_of_all_metrics_of_braking(gap_m in 0.1..80.0, v_ego in 0.0..35.0, v_lead in 0.0..35.0) {
        let drac = gap::drac(gap_m, v_ego, v_lead).unwrap();
        prop_assert_eq!(drac, gap::required_deceleration(gap_m, v_ego, v_lead, 0.0).unwrap());
        prop_assert_eq!(gap::ttc(gap_m, v_ego, v_lead), gap::mttc(gap_m, v_ego, 0.0, v_lead, 0.0));
        // Braking as hard as needed, now, is the last moment to do so.
        if let Reading::Number(needed) = drac && needed > 1e-6 {
            let left = gap::ttb(gap_m, v_ego, v_lead, needed).unwrap().number().unwrap();
            prop_assert!(left.abs() < 1e-6 * gap_m.max(1.0) / (v_ego - v_lead).min(1.0), "{left} s");
        }
    }
}
