//! Saliency maps: the effect of each part of an image on a prediction.
//!
//! Occlusion: Zeiler, Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014, section 4.2. Gradient:
//! Simonyan, Vedaldi, Zisserman, "Deep Inside Convolutional Networks", ICLR workshop 2014.

use crate::base::parallel::in_order;
use crate::base::progress::Progress;
use crate::data::geometry::box2::Box2;
use crate::data::image::Image;
use crate::data::input::Input;
use crate::data::prediction::Prediction;
use crate::inference::card::Layout;
use crate::inference::gradients::{Objective, gradient};
use crate::inference::model::Model;

/// Cells along each side of the analyzed region, if it is a square.
const CELLS: f32 = 12.0;
/// Cells along the longer side of an image, for gradients.
const FINE: f32 = 64.0;
/// Extent of the analyzed region around an object, in multiples of its size.
const NEAR: f32 = 2.0;
/// Size of the occluding patch along each side, in cells.
const COVER: u32 = 2;
/// Color of the occluding patch.
const GRAY: [u8; 3] = [127; 3];

/// Method of a saliency map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Occlusion of one part after the other: the drop in score without it.
    Occlusion,
    /// The derivative of the prediction by each pixel.
    Gradient,
}

/// Part of the prediction to explain.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    class: String,
    place: Option<Box2>,
    sure: f64,
}

/// Saliency of each cell of an image, or of the region around an object.
///
/// Positive cells support the prediction, negative ones lower it.
#[derive(Clone, Debug, PartialEq)]
pub struct Attention {
    /// Left and upper edge of the first cell, in pixels of the image.
    pub origin: (f32, f32),
    /// Cells from left to right.
    pub width: usize,
    /// Cells from top to bottom.
    pub height: usize,
    /// Side of a cell in pixels of the image; those of the last row and column may reach beyond it.
    pub cell: f32,
    /// Row by row.
    pub values: Vec<f32>,
    /// Score of the target in the original image.
    pub sure: f64,
}

impl Target {
    /// A class of the prediction, an object of that class in this place, or a value of that name.
    pub fn of(answer: &Prediction, class: &str, place: Option<Box2>) -> Self {
        let mut target = Self { class: class.to_owned(), place, sure: 0.0 };
        target.sure = target.sure_of(answer);
        target
    }

    /// Name of the class or value.
    pub fn class(&self) -> &str {
        &self.class
    }

    /// Score of the target in a prediction: a probability, the score of the object that overlaps most, weighted by the
    /// overlap, or the value itself.
    fn sure_of(&self, answer: &Prediction) -> f64 {
        match (answer, &self.place) {
            (Prediction::Objects { objects }, Some(place)) => objects
                .iter()
                .filter(|object| object.class == self.class)
                .map(|object| f64::from(object.score * object.bbox.iou(place)))
                .fold(0.0, f64::max),
            _ => answer.quantity(&self.class).unwrap_or(0.0),
        }
    }
}

/// Saliency map of one part of a model's prediction for an image. Blocks.
pub fn map(
    model: &Model,
    image: &Image,
    target: &Target,
    kind: Kind,
    threads: usize,
    progress: &Progress,
) -> anyhow::Result<Attention> {
    match kind {
        Kind::Occlusion => occlusion(model, image, target, threads, progress),
        Kind::Gradient => saliency(model, image, target),
    }
}

fn occlusion(
    model: &Model,
    image: &Image,
    target: &Target,
    threads: usize,
    progress: &Progress,
) -> anyhow::Result<Attention> {
    let (left, top, width, height) = around(image.size(), target.place);
    // Square cells, about as many as in a square with this many along each side.
    let cell = (libm::sqrtf(width as f32 * height as f32) / CELLS).ceil().max(1.0) as u32;
    let (columns, rows) = (width.div_ceil(cell), height.div_ceil(cell));
    // A patch of several cells moves over the image cell by cell; each cell gets the mean of the patches that covered it.
    let (across, down) = (columns + 1 - COVER.min(columns), rows + 1 - COVER.min(rows));
    progress.begin(u64::from(across * down));
    let ask = |at: usize| {
        let (column, row) = (at as u32 % across, at as u32 / across);
        let covered = covered(image, left + column * cell, top + row * cell, COVER * cell);
        model.predict(&covered).map(|answer| (target.sure - target.sure_of(&answer)) as f32)
    };
    let mut sums = vec![(0.0_f32, 0_u32); (columns * rows) as usize];
    in_order((across * down) as usize, threads, ask, |at, lost| -> anyhow::Result<()> {
        progress.step()?;
        let lost = lost?;
        let (column, row) = (at as u32 % across, at as u32 / across);
        for y in row..(row + COVER).min(rows) {
            for x in column..(column + COVER).min(columns) {
                let sum = &mut sums[(y * columns + x) as usize];
                *sum = (sum.0 + lost, sum.1 + 1);
            }
        }
        Ok(())
    })?;
    let values = sums.into_iter().map(|(sum, count)| sum / count.max(1) as f32).collect();
    let (width, height, cell) = (columns as usize, rows as usize, cell as f32);
    let origin = (left as f32, top as f32);
    Ok(Attention { origin, width, height, cell, values, sure: target.sure })
}

/// Left, top, width and height of the analyzed region of an image: all of it, or the surroundings of an object.
fn around((width, height): (u32, u32), place: Option<Box2>) -> (u32, u32, u32, u32) {
    let Some(place) = place else { return (0, 0, width, height) };
    let ((x, y), (w, h)) = (place.center(), (place.width() * NEAR / 2.0, place.height() * NEAR / 2.0));
    let part = Box2 { x0: x - w, y0: y - h, x1: x + w, y1: y + h }.clipped(width, height);
    let (left, top) = ((part.x0 as u32).min(width - 1), (part.y0 as u32).min(height - 1));
    (left, top, (part.width() as u32).clamp(1, width - left), (part.height() as u32).clamp(1, height - top))
}

fn covered(image: &Image, left: u32, top: u32, side: u32) -> Image {
    let mut covered = image.clone();
    let (width, height) = image.size();
    let (right, bottom) = ((left + side).min(width), (top + side).min(height));
    let pixels = covered.pixels_mut();
    for y in top..bottom {
        let row = &mut pixels[((y * width + left) * 3) as usize..((y * width + right) * 3) as usize];
        for pixel in row.as_chunks_mut::<3>().0 {
            *pixel = GRAY;
        }
    }
    covered
}

/// The largest derivative of each pixel of the input, mapped back to the image.
fn saliency(model: &Model, image: &Image, target: &Target) -> anyhow::Result<Attention> {
    let at = model.card.labels.iter().position(|label| *label == target.class).ok_or_else(|| {
        anyhow::anyhow!(
            "gradients are supported for classes and values, and the model has no {:?}",
            target.class
        )
    })?;
    let input = Input::Image(image.clone());
    let prepared = model.prepared(&input)?;
    let found = gradient(model, &prepared, Objective::Output(at))?;
    let (width, height) = (model.card.input.width as usize, model.card.input.height as usize);
    let plane = width * height;
    let channels = found.data.len() / plane.max(1);
    let strongest = |pixel: usize| {
        let channel = |c: usize| match model.card.input.layout {
            Layout::Nchw => found.data[c * plane + pixel],
            Layout::Nhwc => found.data[pixel * channels + c],
        };
        (0..channels).map(|c| channel(c).abs()).fold(0.0, f32::max)
    };
    // Each cell of the image gets the strongest pixel of the input in it.
    let placement = model.placement(image.size());
    let (wide, tall) = (image.width() as f32, image.height() as f32);
    let cell = (wide.max(tall) / FINE).max(1.0);
    let (columns, rows) = ((wide / cell).ceil() as usize, (tall / cell).ceil() as usize);
    let mut values = vec![0.0_f32; columns * rows];
    for pixel in 0..plane {
        let (x, y) = ((pixel % width) as f32 + 0.5, (pixel / width) as f32 + 0.5);
        let place = placement.to_picture(&Box2 { x0: x, y0: y, x1: x, y1: y });
        if (0.0..wide).contains(&place.x0) && (0.0..tall).contains(&place.y0) {
            let at = (place.y0 / cell) as usize * columns + (place.x0 / cell) as usize;
            values[at] = values[at].max(strongest(pixel));
        }
    }
    Ok(Attention { origin: (0.0, 0.0), width: columns, height: rows, cell, values, sure: target.sure })
}
