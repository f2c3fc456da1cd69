//! The way of the vehicle, and what it meets in its lane.

use glam::DVec3;
use hardcase::base::time::Time;
use hardcase::data::geometry::frames::{FrameTransform, FrameTree, Pose};

use super::{BLOCK, Block, Event, follows, plant};

pub const KINDS: &[&str] =
    &["calm", "hard_brake", "cut_in", "near_collision", "overtaken", "rss", "occluded", "cut_out"];
/// Those in which the vehicle brakes or accelerates.
pub const BRAKES: &[&str] = &["hard_brake", "near_collision", "cut_out"];
const FINE: f64 = 0.05;
pub const CRUISE: f64 = 15.0;

/// The way every 50 ms: place, speed, acceleration.
pub struct Way {
    states: Vec<(f64, f64, f64)>,
}

impl Way {
    pub fn at(&self, t: f64) -> (f64, f64, f64) {
        let at = (t / FINE).max(0.0);
        let low = (at as usize).min(self.states.len() - 1);
        let high = (low + 1).min(self.states.len() - 1);
        let part = (at - low as f64).clamp(0.0, 1.0);
        let mix = |a: f64, b: f64| a + (b - a) * part;
        let (a, b) = (self.states[low], self.states[high]);
        (mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
    }

    pub fn frames(&self, times: &[Time]) -> FrameTree {
        let mut tree = FrameTree::default();
        for time in times {
            let pose = Pose { translation: DVec3::X * self.at(time.secs()).0, ..Pose::IDENTITY };
            let (parent, child) = ("map".to_owned(), "base_link".to_owned());
            tree.add(FrameTransform { time: None, parent, child, pose }, *time);
        }
        tree
    }
}

/// Seconds after its beginning in which a kind brakes, and how.
fn braking(block: &Block, after: f64) -> Option<f64> {
    match block.road.0 {
        "hard_brake" => (0.0..1.2).contains(&after).then_some(-block.sized(4.8, 8.0)),
        // Full braking at 20 m, until it stands.
        "near_collision" => (2.0..3.9).contains(&after).then_some(-8.0),
        "cut_out" => (1.0..3.2).contains(&after).then_some(-4.0),
        _ => None,
    }
}

pub fn way(blocks: &[Block], events: &mut Vec<Event>) -> Way {
    let (mut x, mut v) = (0.0, CRUISE);
    let mut states = Vec::new();
    for block in blocks {
        let (kind, at) = block.road;
        for i in 0..(BLOCK / FINE) as usize {
            let local = i as f64 * FINE;
            let cruise = (1.0 * (CRUISE + 0.2 * libm::sin(0.3 * (block.start + local)) - v)).clamp(-1.0, 2.0);
            let a = braking(block, local - at).unwrap_or(cruise);
            let a = if v <= 0.0 && a < 0.0 { 0.0 } else { a };
            states.push((x, v, a));
            v = (v + a * FINE).max(0.0);
            x += v * FINE;
        }
        let t = block.start + at;
        match kind {
            "hard_brake" => plant(events, "hard_brake", (t, t + 1.5), &["rare_scene"]),
            "near_collision" => {
                follows(events, "path_deviation", (t, BLOCK + block.start));
                plant(events, "near_collision", (t, t + 6.0), &["cut_in", "rare_scene"]);
                plant(events, "hard_brake", (t + 2.0, t + 4.0), &[]);
                plant(events, "late_reaction", (t - 0.5, t + 6.0), &[]);
                plant(events, "rss", (t - 0.5, t + 6.0), &[]);
            }
            "cut_in" => {
                plant(events, "cut_in", (t, t + 2.5), &["rare_scene"]);
                plant(events, "rss", (t - 0.5, t + 8.0), &[]);
            }
            "cut_out" => {
                follows(events, "path_deviation", (t - 4.0, BLOCK + block.start));
                let also = ["hard_brake", "near_collision", "late_reaction", "cut_in", "rare_scene"];
                plant(events, "cut_out", (t - 3.0, t + 3.0), &also);
                plant(events, "rss", (t - 8.0, t + 8.0), &[]);
            }
            "rss" => {
                // It brakes and accelerates relative to the vehicle.
                follows(events, "path_deviation", (t - 8.0, t + 12.0));
                plant(events, "rss", (t - 2.0, t + 6.0), &["rare_scene"]);
            }
            "occluded" => {
                let also = ["near_collision", "late_reaction", "rss", "rare_scene"];
                plant(events, "occluded_then_appears", (t - 0.5, t + 3.0), &also);
            }
            _ => {}
        }
    }
    Way { states }
}

/// From 0 to 1 while `t` goes from `from` to `to`, softly.
pub fn soft(t: f64, from: f64, to: f64) -> f64 {
    let part = ((t - from) / (to - from)).clamp(0.0, 1.0);
    part * part * (3.0 - 2.0 * part)
}

/// A thing on the road.
pub struct Actor {
    pub name: &'static str,
    pub class: &'static str,
    pub place: (f64, f64),
    pub size: [f64; 3],
}

/// The actors of what the vehicle meets at `t`; places are differences of these, so that all of them are continuous.
pub fn actors(block: &Block, way: &Way, t: f64) -> Vec<Actor> {
    let (kind, at) = block.road;
    let (now, began) = (t - block.start - at, block.start + at);
    let (x0, x) = (way.at(began).0, way.at(t).0);
    let car = |name, place| Actor { name, class: "car", place, size: [4.5, 1.8, 1.5] };
    // Seen for the inner part of a block only.
    if !(2.0..BLOCK - 2.0).contains(&(t - block.start)) {
        return Vec::new();
    }
    match kind {
        "cut_in" => {
            let aside = 3.8 * (1.0 - soft(now, 0.0, 2.0) + soft(now, 5.5, 7.5));
            vec![car("cut", (x + block.sized(12.0, 26.0) - 0.5 * now.clamp(-4.0, 6.0), aside))]
        }
        "overtaken" => vec![car("over", (x + 3.0 * now, 3.9))],
        "rss" => {
            // Comes near slowly, stays at 15 m, goes away slowly.
            let gap = 60.0 - 40.0 * soft(now, -7.0, 2.0) + 45.0 * soft(now, 5.0, 12.0);
            vec![car("lead", (x + gap, 0.0))]
        }
        "near_collision" if now > -5.0 => {
            // It stands where the vehicle, with 15 m/s, begins to brake 16 m before it; then it drives off to the side.
            let stands = x0 + 2.0 * CRUISE + 16.0 + 5.0;
            let away = soft(now, 5.0, 10.0);
            vec![car("stands", (stands + 40.0 * away, 6.0 * soft(now, 5.5, 8.0)))]
        }
        "cut_out" => {
            let aside = 3.9 * soft(now, -1.5, 0.5);
            let slow = x0 + 40.0 + 5.0 * now + 1.5 * (now - 0.8).max(0.0).powi(2);
            vec![
                car("leaves", (x0 + 26.0 + CRUISE * now, aside)),
                Actor { name: "slow", class: "truck", place: (slow, 0.0), size: [7.0, 2.2, 3.0] },
            ]
        }
        "occluded" => {
            let van = (x0 + 17.0, -3.8);
            let walker = (van.0 + 4.2, (-2.6 + 1.6 * (now + 0.2)).clamp(-6.0, -2.0));
            let mut all = vec![Actor { name: "van", class: "car", place: van, size: [5.5, 2.0, 2.4] }];
            // The line of sight has to pass the near corner of the van that is farthest.
            let eye = x + 1.461;
            let corner = ((van.0 + 2.75 - eye).max(0.1), van.1 + 1.0);
            let sight = walker.1 * corner.0 / (walker.0 - eye).max(0.1);
            if sight > corner.1 || walker.0 < eye + 3.0 {
                all.push(Actor {
                    name: "walker",
                    class: "pedestrian",
                    place: walker,
                    size: [0.6, 0.6, 1.75],
                });
            }
            all
        }
        _ => Vec::new(),
    }
}
