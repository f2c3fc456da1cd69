//! Calibration drift: the direction of travel moves in the image of a camera.

use crate::base::params::{ParamSpec, Params};
use crate::base::time::{Span, Time, TimeRange};
use crate::data::image::Image;
use crate::mining::finding::{FinderKind, Finding, Found, Look};
use crate::mining::flow::expansion;
use crate::mining::frames::{FrameWatcher, Watched};
use crate::mining::reduced::Reduced;
use crate::mining::spread::spread;

const LIMIT: ParamSpec = ParamSpec::setting("limit", "Departs from the first minute", "°", [0.05, 20.0], 0.5);
const SPEED: ParamSpec = ParamSpec::setting("speed", "While faster than", "m/s", [1.0, 50.0], 6.7056);
const YAW: ParamSpec = ParamSpec::setting("yaw_rate", "While turning slower than", "°/s", [0.1, 20.0], 2.0);
const BLOCK: ParamSpec = ParamSpec::setting("block", "Frames of a block", "", [10.0, 1000.0], 100.0);
const BLOCKS: ParamSpec = ParamSpec::setting("blocks", "Blocks needed", "", [2.0, 50.0], 5.0);

/// The median direction of a block of 100 frames departs by more than 0.5 degrees from that of the first minute in two blocks in a
/// row, looked at above 15 mph and below 2 degrees a second.
pub(super) static KIND: FinderKind = FinderKind {
    id: "calibration_drift",
    title: "Calibration drift",
    summary: "The direction of travel moves in the image: the camera has turned",
    false_alarms: "a slope, a load in the trunk, other traffic that fills the image",
    source: "calibration of openpilot: 15 mph, 2 degrees a second, blocks of 100; proposed here: 0.5 degrees",
    params: &[LIMIT, SPEED, YAW, BLOCK, BLOCKS],
    look: Look::Frames(|params| Box::new(Drift { params: params.clone(), last: None, points: Vec::new() })),
    sensor: true,
    claim: None,
};

/// The direction of travel in pixels of the view.
#[derive(Clone, Copy)]
struct Point {
    time: Time,
    at: [f32; 2],
}

struct Drift {
    params: Params,
    last: Option<Reduced>,
    points: Vec<Point>,
}

impl FrameWatcher for Drift {
    fn see(&mut self, time: Time, _image: &Image, view: &Reduced) {
        let found = self.last.as_ref().and_then(|last| expansion(last, view));
        self.points.extend(found.map(|at| Point { time, at: at.map(|value| value as f32) }));
        self.last = Some(view.clone());
    }

    fn finish(self: Box<Self>, watched: &Watched<'_>) -> Found {
        let (Some(speed), Some(yaw_rate)) = (watched.speed, watched.yaw_rate) else {
            return skipped(watched, "the speed and the yaw rate of the vehicle are not both known");
        };
        let (Some(focal), Some(last)) = (watched.focal, &self.last) else {
            return skipped(watched, "its calibration is not recorded, so pixels are no angles");
        };
        let (fast, slow) = (self.params.value(&SPEED), self.params.value(&YAW).to_radians());
        let straight: Vec<Point> = self
            .points
            .iter()
            .copied()
            .filter(|point| speed.at(point.time).is_some_and(|value| value > fast))
            .filter(|point| yaw_rate.at(point.time).is_some_and(|value| value.abs() < slow))
            .collect();
        let size = self.params.value(&BLOCK) as usize;
        let (width, height) = last.size();
        let (focal, center) = (focal * width as f64, [width as f64 / 2.0, height as f64 / 2.0]);
        let chunks = straight.chunks_exact(size);
        let blocks: Vec<Block> = chunks.filter_map(|chunk| block(chunk, focal, center)).collect();
        let needed = self.params.value(&BLOCKS) as usize;
        if blocks.len() < needed {
            return skipped(
                watched,
                &format!("the motion of the image is known for {} blocks, {needed} are needed", blocks.len()),
            );
        }
        let limit = self.params.value(&LIMIT);
        let findings = departing(&blocks, limit).into_iter().map(|finding| finding.on(watched.channel));
        Found { findings: findings.collect(), ..Found::default() }
    }
}

fn skipped(watched: &Watched<'_>, why: &str) -> Found {
    Found::skipped(format!("{}: {why}", watched.channel))
}

/// The direction of travel of a block in degrees: to the right and down.
#[derive(Clone, Copy)]
struct Block {
    range: TimeRange,
    degrees: [f64; 2],
}

fn block(points: &[Point], focal: f64, center: [f64; 2]) -> Option<Block> {
    let middle = |axis: usize| {
        let all: Vec<f64> = points.iter().map(|point| f64::from(point.at[axis])).collect();
        spread(&all).map(|(middle, _)| libm::atan((middle - center[axis]) / focal).to_degrees())
    };
    let range = TimeRange { start: points.first()?.time, end: points.last()?.time };
    Some(Block { range, degrees: [middle(0)?, middle(1)?] })
}

/// Blocks in a row that depart from the first minute.
fn departing(blocks: &[Block], limit: f64) -> Vec<Finding> {
    let Some(start) = blocks.first().map(|block| block.range.start) else { return Vec::new() };
    let early = |block: &&Block| block.range.end - start <= Span(60_000_000_000);
    let first: Vec<&Block> = blocks.iter().filter(early).collect();
    let first = if first.is_empty() { blocks.iter().take(1).collect() } else { first };
    let usual = [0, 1].map(|axis| {
        spread(&first.iter().map(|block| block.degrees[axis]).collect::<Vec<f64>>())
            .map_or(0.0, |(middle, _)| middle)
    });
    let off = |block: &Block| [block.degrees[0] - usual[0], block.degrees[1] - usual[1]];
    let far = |block: &Block| off(block).iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    let mut found = Vec::new();
    // A block alone is a bend or a bridge.
    for run in blocks.chunk_by(|a, b| (far(a) > limit) == (far(b) > limit)) {
        let worst = run.iter().rev().max_by(|a, b| far(a).total_cmp(&far(b)));
        let (Some(worst), Some(from), Some(until)) = (worst, run.first(), run.last()) else { continue };
        if run.len() < 2 || far(worst) <= limit {
            continue;
        }
        let [right, down] = off(worst);
        let sentence = format!(
            "the direction of travel has moved by {right:.2}° to the right and {down:.2}° down in the image"
        );
        let range = TimeRange { start: from.range.start, end: until.range.end };
        let finding = KIND.finding(range, worst.range.start, far(worst) / (6.0 * limit), sentence);
        found.push(finding.with("right", right).with("down", down));
    }
    found
}
