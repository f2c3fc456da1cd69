//! Boxes around the vehicle as its stack sees them, with faults, and as labeled.

use glam::{DQuat, DVec3};
use hardcase::base::time::Time;
use hardcase::data::geometry::frames::{Cuboid, Pose};

use super::road::{CRUISE, Way, actors, soft};
use super::{BLOCK, Block, Event, Noise, STEP, follows, plant};

pub const KINDS: &[&str] = &[
    "class_flip",
    "history_lost",
    "hierarchy",
    "flicker",
    "flash",
    "existence_flicker",
    "box_jump",
    "turned",
    "yaw_deviation",
    "path_deviation",
    "constant_velocity",
    "prediction_jump",
    "disagreement",
    "phantom",
    "hidden",
];
/// Those that need a vehicle that drives evenly beside the thing.
pub const STEADY: &[&str] = &["disagreement", "phantom", "hidden"];
const RANGE: f64 = 60.0;

/// A box before noise.
#[derive(Clone)]
struct Seen {
    id: String,
    class: &'static str,
    place: (f64, f64),
    velocity: (f64, f64),
    heading: f64,
    size: [f64; 3],
    score: f64,
}

pub fn boxes(
    blocks: &[Block],
    way: &Way,
    times: &[Time],
    noise: &mut Noise,
    events: &mut Vec<Event>,
) -> (Vec<Vec<Cuboid>>, Vec<Vec<Cuboid>>) {
    for block in blocks {
        told(block, events);
    }
    let (mut objects, mut labels) = (Vec::new(), Vec::new());
    for time in times {
        let t = time.secs();
        let block = &blocks[((t / BLOCK + 1e-9) as usize).min(blocks.len() - 1)];
        let all = truth(block, way, t);
        let (x, ..) = way.at(t);
        let near = |seen: &&Seen| (seen.place.0 - x).abs() < RANGE;
        labels.push(
            all.iter()
                .filter(near)
                .filter(|seen| labeled(block, seen, t))
                .map(|s| cuboid(s, noise, 0.2))
                .collect(),
        );
        let faulty: Vec<Seen> = all.into_iter().flat_map(|seen| fault(block, seen, t)).collect();
        objects.push(faulty.iter().filter(near).map(|seen| cuboid(seen, noise, 1.0)).collect());
    }
    (objects, labels)
}

/// What is planted, with what follows from it.
fn told(block: &Block, events: &mut Vec<Event>) {
    let (kind, at) = block.space;
    let t = block.start + at;
    match kind {
        "class_flip" => plant(events, kind, (t, t + 2.0), &["disagreement"]),
        "history_lost" | "yaw_deviation" | "flicker" => plant(events, kind, (t, t + 1.6), &[]),
        "flash" => plant(events, kind, (t, t + 0.3), &[]),
        "existence_flicker" => plant(events, kind, (t, t + 3.5), &["flicker"]),
        "box_jump" => {
            plant(events, kind, (t, t + 1.2), &["constant_velocity", "prediction_jump", "path_deviation"]);
        }
        "turned" => plant(events, "box_jump", (t, t + 0.2), &[]),
        "path_deviation" => plant(
            events,
            kind,
            (t - 2.0, t + 2.5),
            &["constant_velocity", "prediction_jump", "yaw_deviation"],
        ),
        "constant_velocity" => {
            plant(events, kind, (t, t + 1.2), &["path_deviation"]);
            plant(events, "prediction_jump", (t, t + 1.2), &[]);
        }
        "prediction_jump" => plant(events, kind, (t, t + 0.2), &[]),
        "disagreement" | "phantom" => plant(events, "disagreement", (t, t + 1.2), &["existence_flicker"]),
        "hidden" => follows(events, "disagreement", (t - 1.0, t + 1.4)),
        _ => {}
    }
    if block.crowd {
        plant(events, "rare_scene", (t - 2.0, t + 3.0), &["occluded_then_appears", "rss"]);
    }
}

fn truth(block: &Block, way: &Way, t: f64) -> Vec<Seen> {
    let local = t - block.start;
    let number = block.number;
    let mut all: Vec<Seen> = actors(block, way, t)
        .into_iter()
        .map(|actor| {
            // Velocity over 0.1 s around now.
            let other =
                |dt: f64| actors(block, way, t + dt).into_iter().find(|other| other.name == actor.name);
            let place = actor.place;
            let step = |a: (f64, f64), b: (f64, f64), secs: f64| ((b.0 - a.0) / secs, (b.1 - a.1) / secs);
            let velocity = match (other(-0.05), other(0.05)) {
                (Some(a), Some(b)) => step(a.place, b.place, 0.1),
                (Some(a), None) => step(a.place, place, 0.05),
                (None, Some(b)) => step(place, b.place, 0.05),
                (None, None) => (0.0, 0.0),
            };
            let fast = velocity.0.hypot(velocity.1) > 1.0;
            let heading = if fast { libm::atan2(velocity.1, velocity.0) } else { 0.0 };
            let id = format!("{}{number}", actor.name);
            Seen {
                id,
                class: actor.class,
                place: actor.place,
                velocity,
                heading,
                size: actor.size,
                score: 0.9,
            }
        })
        .collect();
    let car = |id: String, place, velocity: (f64, f64), heading| Seen {
        id,
        class: "car",
        place,
        velocity,
        heading,
        size: [4.5, 1.8, 1.5],
        score: 0.9,
    };
    let (x, ..) = way.at(t);
    // Parked ones.
    let first = ((x - RANGE) / 40.0).ceil() as i64;
    all.extend((first..first + 4).map(|n| car(format!("p{n}"), (n as f64 * 40.0, -10.0), (0.0, 0.0), 0.0)));
    // One beside the vehicle that faults are about; neighbors in time are well apart.
    if (1.0..BLOCK - 1.0).contains(&local) {
        let side = if number.is_multiple_of(2) { 9.0 } else { 13.0 };
        let aside = |t: f64| {
            if block.space.0 == "path_deviation" {
                block.sized(5.0, 8.0) * soft(t, block.space.1, block.space.1 + 2.0)
            } else {
                0.0
            }
        };
        let begun = way.at(block.start + 1.0).0 + 10.0 + CRUISE * (local - 1.0);
        let drift = (aside(local + 0.05) - aside(local - 0.05)) / 0.1;
        let heading = libm::atan2(drift, CRUISE);
        all.push(car(format!("s{number}"), (begun, side + aside(local)), (CRUISE, drift), heading));
    }
    // One that comes towards us, early.
    if (1.0..7.0).contains(&local) {
        let place = (way.at(block.start + 4.0).0 - CRUISE * (local - 4.0), 5.8);
        all.push(car(format!("o{number}"), place, (-CRUISE, 0.0), std::f64::consts::PI));
    }
    if block.crowd {
        let middle = way.at(block.start + block.space.1 + 0.5).0;
        all.extend((0..9).map(|n| Seen {
            class: if n % 3 == 0 { "bicycle" } else { "pedestrian" },
            size: [0.6, 0.6, 1.75],
            ..car(format!("c{number}_{n}"), (middle + 2.5 * f64::from(n) - 10.0, -6.0), (0.0, 0.0), 0.0)
        }));
    }
    all
}

/// True if labels have a thing.
fn labeled(block: &Block, seen: &Seen, t: f64) -> bool {
    let now = t - block.start - block.space.1;
    let missing = block.space.0 == "disagreement" && (0.0..1.0 - 1e-6).contains(&now);
    !(missing && seen.id == format!("s{}", block.number))
}

/// What the stack makes of a thing.
fn fault(block: &Block, seen: Seen, t: f64) -> Vec<Seen> {
    let (kind, at) = block.space;
    // Number of the sample after the beginning.
    let n = ((t - block.start - at) / STEP).round() as i64;
    if seen.id != format!("s{}", block.number) {
        return vec![seen];
    }
    let mut s = seen.clone();
    match kind {
        "class_flip" if (0..block.sized(7.0, 18.0) as i64).contains(&n) && (n / 3) % 2 == 1 => {
            s.class = "pedestrian";
        }
        "hierarchy" if (0..18).contains(&n) && (n / 3) % 2 == 1 => s.class = "truck",
        "history_lost" if (0..block.sized(0.0, 3.9) as i64).contains(&n) => return Vec::new(),
        "history_lost" if n >= 0 => s.id = format!("{}b", s.id),
        "flicker" if (0..block.sized(1.0, 4.9) as i64).contains(&n) => return Vec::new(),
        "hidden" if (0..3).contains(&n) => return vec![truck(block, &seen)],
        "hidden" if (-10..13).contains(&n) => return vec![seen.clone(), truck(block, &seen)],
        "existence_flicker" if (0..32).contains(&n) && n % 8 == 0 => return Vec::new(),
        "box_jump" if n == 0 => s.place.1 += block.sized(1.0, 3.0),
        "turned" if n == 0 => s.heading += std::f64::consts::PI,
        "yaw_deviation" if (0..15).contains(&n) => s.heading += block.sized(0.33, 0.8),
        "constant_velocity" if (0..10).contains(&n) => s.velocity = (0.0, 0.0),
        "prediction_jump" if n == 0 => s.velocity.1 += block.sized(1.8, 5.0),
        "flash" if (0..block.sized(1.0, 2.9) as i64).contains(&n) => {
            let place = (seen.place.0 - 5.0, -15.0);
            return vec![seen, Seen { id: format!("f{}", block.number), place, ..s }];
        }
        "phantom" if (0..10).contains(&n) => {
            let place = (seen.place.0 - 5.0, -15.0);
            return vec![seen, Seen { id: format!("g{}", block.number), place, ..s }];
        }
        _ => {}
    }
    vec![s]
}

/// A truck half way that hides a thing.
fn truck(block: &Block, seen: &Seen) -> Seen {
    // The vehicle is 10 m behind the thing, in the middle of its lane.
    let place = (seen.place.0 - 5.0 + 0.7, seen.place.1 * 0.55);
    Seen { id: format!("h{}", block.number), class: "truck", place, size: [9.0, 2.5, 3.0], ..seen.clone() }
}

fn cuboid(seen: &Seen, noise: &mut Noise, much: f64) -> Cuboid {
    let mut n = |deviation: f64| noise.normal(deviation * much);
    let center = DVec3::new(seen.place.0 + n(0.05), seen.place.1 + n(0.05), 0.8);
    let rotation = DQuat::from_rotation_z(seen.heading + n(0.01));
    Cuboid {
        frame: "map".to_owned(),
        pose: Pose::new(center, rotation),
        size: DVec3::new(seen.size[0] + n(0.02), seen.size[1] + n(0.02), seen.size[2]),
        class: seen.class.to_owned(),
        id: seen.id.clone(),
        score: Some(seen.score),
        velocity: Some(DVec3::new(seen.velocity.0 + n(0.1), seen.velocity.1 + n(0.05), 0.0)),
    }
}
