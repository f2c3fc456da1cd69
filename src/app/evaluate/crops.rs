//! Crops around errors, with ground truth and prediction drawn in.

use crate::app::evaluate::results::Evaluated;
use crate::base::time::Span;
use crate::data::geometry::box2::Box2;
use crate::data::geometry::objects::Detection;
use crate::data::image::Image;
use crate::data::input::Input;
use crate::data::prediction::Prediction;
use crate::evaluation::samples::Item;
use crate::imaging::look::Look;
use crate::imaging::series::{Chart, Line, small};

/// Sides of a thumbnail in pixels.
const SIZE: (u32, u32) = (240, 160);
/// Width of what is drawn in, in pixels.
const LINE: u32 = 2;
/// Size of the shown crop, in sizes of the object.
const AROUND: f32 = 2.2;
/// Size of the crop for a model, in sizes of the object.
const NEAR: f32 = 1.2;
/// Least shown part of a frame, in pixels.
const LEAST: f32 = 48.0;
/// Time that is plotted before and after a number.
const PLOTTED: Span = Span(2_000_000_000);
/// Colors of ground truth and prediction, also for people who see red and green alike.
const TRUTH: [u8; 3] = [60, 220, 130];
const ANSWER: [u8; 3] = [255, 140, 60];

/// Thumbnail of an item; none if its sample cannot be read.
pub(in crate::app) fn of(measured: &Evaluated, at: usize) -> Option<Image> {
    let item = measured.evaluation.items.get(at)?;
    let sample = measured.evaluation.samples.get(item.sample)?;
    let clip = measured.clips.get(&sample.clip)?;
    let channel = clip.info().channel_named(&sample.channel)?;
    let input = clip.input(channel, sample.frame).ok();
    if item.number.is_some() {
        // A recorded signal has no frame, only its plot.
        return Some(plotted(measured, item, input.map(|input| Look::of(&input).draw(&input))));
    }
    let input = input?;
    let look = Look::of(&input);
    let picture = look.draw(&input);
    let place = |object: &Option<Detection>| -> Option<Box2> {
        let Prediction::Objects { objects } =
            look.place(&Prediction::Objects { objects: vec![object.clone()?] })
        else {
            return None;
        };
        objects.first().map(|object| object.bbox)
    };
    let (truth, answer) = (place(&item.object), place(&item.found));
    let Some(seen) = [truth, answer].into_iter().flatten().reduce(|a, b| Box2 {
        x0: a.x0.min(b.x0),
        y0: a.y0.min(b.y0),
        x1: a.x1.max(b.x1),
        y1: a.y1.max(b.y1),
    }) else {
        return Some(picture.thumbnail(SIZE.0));
    };
    let window = window(seen, picture.size());
    let (left, top) = (window.x0 as u32, window.y0 as u32);
    let size = ((window.width() as u32).max(1), (window.height() as u32).max(1));
    let mut small = picture.part_resized((left, top), size, SIZE);
    for (bbox, color) in [(truth, TRUTH), (answer, ANSWER)] {
        if let Some(b) = bbox {
            let scale = (SIZE.0 as f32 / size.0 as f32, SIZE.1 as f32 / size.1 as f32);
            let moved = Box2 {
                x0: (b.x0 - left as f32) * scale.0,
                y0: (b.y0 - top as f32) * scale.1,
                x1: (b.x1 - left as f32) * scale.0,
                y1: (b.y1 - top as f32) * scale.1,
            };
            outline(&mut small, moved, color);
        }
    }
    Some(small)
}

/// The frame of an item above a plot of the true and the predicted value around it; the lines of the plot are the limits.
fn plotted(measured: &Evaluated, item: &Item, frame: Option<Image>) -> Image {
    let evaluation = &measured.evaluation;
    let (Some(own), Some(number)) = (evaluation.samples.get(item.sample), item.number) else {
        return Image::filled(SIZE.0, SIZE.1, [0; 3]);
    };
    let start = own.time - PLOTTED;
    let mut points: Vec<(f64, [f64; 2])> = Vec::new();
    let all = measured.series_of(&own.clip, &own.channel).find(|(name, _)| *name == item.truth);
    if let Some((_, series)) = all {
        let from = series.times.partition_point(|time| *time < start);
        let shown = series.times.iter().zip(&series.numbers).skip(from);
        let near = shown.take_while(|(time, _)| **time <= own.time + PLOTTED);
        points.extend(near.map(|(time, number)| ((*time - start).secs(), [number.truth, number.predicted])));
    }
    let line = |name: &str, side: usize| Line {
        name: name.to_owned(),
        points: points.iter().map(|(at, both)| (*at, both[side])).collect(),
    };
    let chart = Chart {
        title: String::new(),
        seconds: 2.0 * PLOTTED.secs(),
        marked: PLOTTED.secs(),
        bounds: vec![number.truth - number.limit, number.truth + number.limit],
        // In the colors of the timeline.
        lines: vec![line("predicted", 1), line("recorded", 0)],
    };
    let Some(frame) = frame else { return small(&chart, SIZE) };
    let plot = small(&chart, (SIZE.0, SIZE.1 * 2 / 5));
    let rest = (SIZE.0, SIZE.1 - plot.height());
    let scale = (rest.0 as f32 / frame.width() as f32).min(rest.1 as f32 / frame.height() as f32);
    let side = |side: u32| ((side as f32 * scale) as u32).max(1);
    let shown = frame.part_resized((0, 0), frame.size(), (side(frame.width()), side(frame.height())));
    let mut both = Image::filled(SIZE.0, SIZE.1, [0; 3]);
    for (image, left, top) in [(&shown, (SIZE.0 - shown.width().min(SIZE.0)) / 2, 0), (&plot, 0, rest.1)] {
        let row = image.width() as usize * 3;
        for (y, source) in image.pixels().chunks_exact(row.max(1)).enumerate() {
            let at = ((top as usize + y) * SIZE.0 as usize + left as usize) * 3;
            if let Some(target) = both.pixels_mut().get_mut(at..at + row) {
                target.copy_from_slice(source);
            }
        }
    }
    both
}

/// Crop of the frame around an item, or the whole sample, as an input of a model.
pub(in crate::app) fn input_of(measured: &Evaluated, at: usize) -> Option<Input> {
    let item = measured.evaluation.items.get(at)?;
    let sample = measured.evaluation.samples.get(item.sample)?;
    let clip = measured.clips.get(&sample.clip)?;
    let input = clip.input(clip.info().channel_named(&sample.channel)?, sample.frame).ok()?;
    let place = item.object.as_ref().or(item.found.as_ref()).filter(|place| place.solid.is_none());
    let (Some(place), Input::Image(image)) = (place, &input) else { return Some(input) };
    let (width, height) = image.size();
    // A little of what is around belongs to it.
    let (x, y) = place.bbox.center();
    let half = (place.bbox.width() * NEAR / 2.0, place.bbox.height() * NEAR / 2.0);
    let b = Box2 { x0: x - half.0, y0: y - half.1, x1: x + half.0, y1: y + half.1 }.clipped(width, height);
    let (left, top) = ((b.x0 as u32).min(width - 1), (b.y0 as u32).min(height - 1));
    let size = ((b.width() as u32).clamp(1, width - left), (b.height() as u32).clamp(1, height - top));
    Some(Input::Image(image.part_resized((left, top), size, size)))
}

/// Crop of a frame around an object, in the shape of a thumbnail and inside of the frame if there is room.
fn window(seen: Box2, (width, height): (u32, u32)) -> Box2 {
    let shape = SIZE.0 as f32 / SIZE.1 as f32;
    let wide = (seen.width() * AROUND).max(seen.height() * AROUND * shape).max(LEAST).min(width as f32);
    let tall = (wide / shape).min(height as f32);
    let wide = wide.min(tall * shape).max(1.0);
    let (x, y) = seen.center();
    let x0 = (x - wide / 2.0).clamp(0.0, (width as f32 - wide).max(0.0));
    let y0 = (y - tall / 2.0).clamp(0.0, (height as f32 - tall).max(0.0));
    Box2 { x0, y0, x1: x0 + wide, y1: y0 + tall }
}

fn outline(image: &mut Image, b: Box2, color: [u8; 3]) {
    let (width, height) = image.size();
    let edge = |value: f32, most: u32| (value.max(0.0) as u32).min(most.saturating_sub(1));
    let (x0, x1) = (edge(b.x0, width), edge(b.x1, width));
    let (y0, y1) = (edge(b.y0, height), edge(b.y1, height));
    let pixels = image.pixels_mut();
    for y in y0..=y1 {
        for x in x0..=x1 {
            let near = x < x0 + LINE || x + LINE > x1 || y < y0 + LINE || y + LINE > y1;
            let at = (y as usize * width as usize + x as usize) * 3;
            if let (true, Some(pixel)) = (near, pixels.get_mut(at..at + 3)) {
                pixel.copy_from_slice(&color);
            }
        }
    }
}
