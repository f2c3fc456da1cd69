//! Boxes in the image of a camera, with faults.

use hardcase::base::time::Time;
use hardcase::data::geometry::box2::Box2;
use hardcase::data::geometry::objects::Detection;

use super::{BLOCK, Block, Event, Noise, STEP, plant};

pub const KINDS: &[&str] = &[
    "class_flip",
    "history_lost",
    "shake",
    "flicker",
    "flash",
    "unsure",
    "existence_flicker",
    "box_jump",
    "border",
];

pub fn boxes(
    blocks: &[Block],
    times: &[Time],
    noise: &mut Noise,
    events: &mut Vec<Event>,
) -> Vec<Vec<Detection>> {
    for block in blocks {
        let (kind, at) = block.camera;
        let t = block.start + at;
        match kind {
            "class_flip" => plant(events, kind, (t, t + 2.0), &[]),
            "history_lost" | "flicker" | "flash" | "box_jump" => plant(events, kind, (t, t + 0.4), &[]),
            "existence_flicker" => plant(events, kind, (t, t + 3.5), &["flicker"]),
            _ => {}
        }
    }
    let mut all = Vec::new();
    for time in times {
        let t = time.secs();
        let block = &blocks[((t / BLOCK + 1e-9) as usize).min(blocks.len() - 1)];
        let mut seen = truth(block, t);
        fault(block, t, &mut seen);
        for one in &mut seen {
            let mut shift = || noise.normal(0.6) as f32;
            let b = &mut one.bbox;
            (b.x0, b.y0, b.x1, b.y1) = (b.x0 + shift(), b.y0 + shift(), b.x1 + shift(), b.y1 + shift());
        }
        all.push(seen);
    }
    all
}

fn one(id: String, class: &str, [x, y, w, h]: [f64; 4]) -> Detection {
    let bbox = Box2 { x0: x as f32, y0: y as f32, x1: (x + w) as f32, y1: (y + h) as f32 };
    Detection { id, ..Detection::flat(class.to_owned(), 0.85, bbox) }
}

fn truth(block: &Block, t: f64) -> Vec<Detection> {
    let (local, number) = (t - block.start, block.number);
    if !(1.0..BLOCK - 1.0).contains(&local) {
        return Vec::new();
    }
    // Neighbors in time do not overlap.
    let shift = if number.is_multiple_of(2) { 0.0 } else { 150.0 };
    vec![
        one(format!("a{number}"), "car", [300.0 + shift + 5.0 * local, 300.0, 120.0, 90.0]),
        one(format!("b{number}"), "car", [800.0 + shift - 3.0 * local, 320.0, 100.0, 70.0]),
        one(format!("c{number}"), "pedestrian", [60.0 + shift, 340.0, 40.0, 110.0]),
        // They mark the corners of the image.
        one(format!("d{number}"), "car", [0.0 + shift * 0.2, 0.0, 30.0 - shift * 0.1, 20.0]),
        one(format!("e{number}"), "car", [1240.0 - shift * 0.2, 700.0, 40.0 - shift * 0.1, 20.0]),
        one(format!("k{number}"), "car", [0.0, 560.0 - shift, 90.0, 60.0]),
    ]
}

fn fault(block: &Block, t: f64, seen: &mut Vec<Detection>) {
    let (kind, at) = block.camera;
    let n = ((t - block.start - at) / STEP).round() as i64;
    let Some(first) = seen.first().cloned() else { return };
    match kind {
        "class_flip" if (0..block.sized(7.0, 18.0) as i64).contains(&n) && (n / 3) % 2 == 1 => {
            "bicycle".clone_into(&mut seen[0].class);
        }
        "history_lost" if n >= 0 => seen[0].id.push('x'),
        "flicker" if (0..block.sized(1.0, 4.9) as i64).contains(&n) => drop(seen.remove(0)),
        "unsure" if (-8..12).contains(&n) => {
            seen[0].score = 0.3;
            if (0..2).contains(&n) {
                seen.remove(0);
            }
        }
        "border" if (0..2).contains(&n) => drop(seen.remove(5)),
        "existence_flicker" if (0..32).contains(&n) && n % 8 == 0 => drop(seen.remove(0)),
        "box_jump" if n == 0 => {
            seen[0].bbox.x0 += block.sized(55.0, 100.0) as f32;
            seen[0].bbox.x1 += block.sized(55.0, 100.0) as f32;
        }
        "flash" if (0..2).contains(&n) => {
            let b = first.bbox;
            let bbox = Box2 { x0: b.x0 + 400.0, y0: b.y0 + 200.0, x1: b.x1 + 400.0, y1: b.y1 + 200.0 };
            seen.push(Detection { id: format!("z{}", block.number), bbox, ..first });
        }
        "shake" if (0..4).contains(&n) => {
            let by = [40.0, -35.0, 30.0, -20.0][n as usize];
            for one in seen {
                (one.bbox.y0, one.bbox.y1) = (one.bbox.y0 + by, one.bbox.y1 + by);
            }
        }
        _ => {}
    }
}
