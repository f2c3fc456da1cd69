//! Things that only one set-up got right, with the images of both.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::name::Name;
use crate::clips::Clip;
use crate::data::geometry::box2::Box2;
use crate::data::image::Image;
use crate::data::input::Input;
use crate::evaluation::samples::Item;
use crate::evaluation::setups::pairing::{Pair, Side};
use crate::imaging::look::Look;
use crate::imaging::outlines;
use crate::metrics::detection_errors::Outcome;

/// Quality of the images.
const JPEG_QUALITY: u8 = 85;
/// Longest side of an image in pixels.
const SIDE: u32 = 280;
/// Side of a cut around an object, in sides of the object, and in pixels at least.
const AROUND: (f32, f32) = (3.0, 96.0);
/// Color of the outline of the true object.
const OUTLINE: [u8; 3] = [255, 220, 0];

/// A thing that only one set-up got right.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// Recording, channel and number of the sample in the first set-up.
    pub place: (Name, Name, usize),
    /// Time since the beginning of the recording in seconds.
    pub seconds: f64,
    /// The true class.
    pub class: String,
    /// Distance from the sensor or the vehicle on the ground in meters, for cuboids.
    pub distance: Option<f64>,
    /// Outcome in each set-up, for people.
    pub outcomes: [String; 2],
    /// Images of both set-ups as JPEG, where the channel has images or points.
    pub images: Option<[Vec<u8>; 2]>,
}

/// The recordings of a set-up by name, as they were evaluated.
pub type Clips = BTreeMap<Name, Arc<dyn Clip>>;

/// Some of these pairs, evenly spaced over all of them. Blocks while images are read.
pub fn examples<'a>(
    sides: [&Side; 2],
    clips: [&Clips; 2],
    pairs: impl Iterator<Item = &'a Pair>,
    most: usize,
) -> Vec<Example> {
    let pairs: Vec<&Pair> = pairs.collect();
    let count = pairs.len().min(most);
    let spaced = (0..count).map(|at| pairs[at * pairs.len() / count]);
    spaced.map(|pair| example(sides, clips, pair)).collect()
}

fn example(sides: [&Side; 2], clips: [&Clips; 2], pair: &Pair) -> Example {
    let items = [0, 1].map(|side: usize| &sides[side].evaluation.items[pair.items[side]]);
    let sample = &sides[0].evaluation.samples[items[0].sample];
    let start = sides[0].ranges.get(&sample.clip).map_or(sample.time, |range| range.start);
    let solid = items[0].object.as_ref().and_then(|object| object.solid);
    // Both are seen from the same height.
    let mut look = None;
    let [first, second] = [0, 1].map(|side: usize| image(sides[side], clips[side], items[side], &mut look));
    Example {
        place: (sample.clip.clone(), sample.channel.clone(), sample.frame),
        seconds: (sample.time - start).secs(),
        class: items[0].truth.clone(),
        distance: solid.map(|solid| f64::from(sample.distance(&solid))),
        outcomes: items.map(told),
        images: first.zip(second).map(|(first, second)| [first, second]),
    }
}

fn told(item: &Item) -> String {
    if let Some(number) = item.number {
        let title = if item.outcome == Outcome::Right { "within the limit" } else { item.outcome.title() };
        return format!("{title}, {:.4} for {:.4}", number.predicted, number.truth);
    }
    if item.answer.is_empty() {
        return item.outcome.title().to_owned();
    }
    format!("{}, {} {:.2}", item.outcome.title(), item.answer, item.score)
}

/// The image around the true object of an item; all of it for a thing without a box. Point clouds are shown from above.
fn image(side: &Side, clips: &Clips, item: &Item, look: &mut Option<Look>) -> Option<Vec<u8>> {
    let sample = side.evaluation.samples.get(item.sample)?;
    let clip = clips.get(&sample.clip)?;
    let channel = clip.info().channel_named(&sample.channel)?;
    let shown = match &item.object {
        Some(object) if object.solid.is_some() => {
            let input = clip.input(channel, sample.frame).ok()?;
            // Other media have no view from above.
            let Input::Points(_) = input else { return None };
            let look = *look.get_or_insert_with(|| Look::of(&input));
            let corners = look.outline(object)?;
            let ends = |of: fn(&(f32, f32)) -> f32| {
                let values = corners.iter().map(of);
                values.fold([f32::INFINITY, f32::NEG_INFINITY], |[low, high], value| {
                    [low.min(value), high.max(value)]
                })
            };
            let ([x0, x1], [y0, y1]) = (ends(|corner| corner.0), ends(|corner| corner.1));
            around(&look.draw(&input), &Box2 { x0, y0, x1, y1 })
        }
        Some(object) => around(&clip.picture(channel, sample.frame).ok()?, &object.bbox),
        None => clip.picture(channel, sample.frame).ok()?.thumbnail(SIDE),
    };
    shown.to_jpeg(JPEG_QUALITY).ok()
}

/// The part of an image around a box, enlarged or reduced, with the outline of the box.
fn around(image: &Image, object: &Box2) -> Image {
    let (width, height) = (image.width() as f32, image.height() as f32);
    let side = (AROUND.0 * object.width().max(object.height())).max(AROUND.1);
    let begin = |middle: f32, all: f32| (middle - side / 2.0).clamp(0.0, (all - side).max(0.0));
    let (left, top) = (
        begin(f32::midpoint(object.x0, object.x1), width),
        begin(f32::midpoint(object.y0, object.y1), height),
    );
    let size = (side.min(width).max(1.0), side.min(height).max(1.0));
    let scale = SIDE as f32 / size.0.max(size.1);
    let to = ((size.0 * scale) as u32, (size.1 * scale) as u32);
    let mut part = image.part_resized((left as u32, top as u32), (size.0 as u32, size.1 as u32), to);
    let moved = Box2 {
        x0: (object.x0 - left) * scale,
        y0: (object.y0 - top) * scale,
        x1: (object.x1 - left) * scale,
        y1: (object.y1 - top) * scale,
    };
    outlines::draw(&mut part, &moved, OUTLINE, 2);
    part
}
