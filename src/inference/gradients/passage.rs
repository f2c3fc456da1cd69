//! The preprocessing of an image in numbers instead of bytes, and the way back through it.
//!
//! Fit, channel order and normalization are linear, so the way back is the transpose of their weights. The rounding to bytes
//! between the steps is left out.

use crate::imaging::resize::Taps;
use crate::inference::card::{Colors, Fit, InputCard, Layout};
use crate::inference::preprocess::{LETTERBOX_GRAY, layout};

/// Weights of luma, as the preprocessing of a gray model takes them (BT.601).
const LUMA: [f32; 3] = [0.299, 0.587, 0.114];

/// The way from the pixels of an image of one size to a model's input.
pub struct Passage {
    /// Width and height of the image.
    size: (usize, usize),
    /// Planes of the image: three, or one for a gray image of a gray model.
    planes: usize,
    /// Left and top, width and height of the used part.
    part: ((usize, usize), (usize, usize)),
    /// Left and top, width and height in the input.
    place: ((usize, usize), (usize, usize)),
    /// Weights along the rows and down the columns; none where nothing is resized.
    taps: Option<(Taps, Taps)>,
    card: InputCard,
}

impl Passage {
    /// The way of an image of this size; a `gray` image of a gray model has one plane.
    pub fn new(size: (u32, u32), card: &InputCard, gray: bool) -> Self {
        let (_, (left, top), (w, h)) = layout(size, card);
        let whole = ((0, 0), size);
        let input = ((0, 0), (card.width, card.height));
        let (part, place) = match card.fit {
            Fit::Stretch => (whole, input),
            Fit::Letterbox | Fit::Corner => (whole, ((left, top), (w, h))),
            Fit::CenterCrop => (((left, top), (w, h)), input),
        };
        let same = part.1 == place.1;
        let taps = (!same).then(|| (Taps::new(part.1.0, place.1.0), Taps::new(part.1.1, place.1.1)));
        let whole = |(a, b): (u32, u32)| (a as usize, b as usize);
        Self {
            size: whole(size),
            planes: if gray && card.colors == Colors::Gray { 1 } else { 3 },
            part: (whole(part.0), whole(part.1)),
            place: (whole(place.0), whole(place.1)),
            taps,
            card: card.clone(),
        }
    }

    /// Planes of the image.
    pub fn planes(&self) -> usize {
        self.planes
    }

    /// Planes of the input.
    fn channels(&self) -> usize {
        if self.card.colors == Colors::Gray { 1 } else { 3 }
    }

    /// The shares of the planes of the image in a channel of the input.
    fn shares(&self, channel: usize) -> Vec<(usize, f32)> {
        match self.card.colors {
            Colors::Gray if self.planes == 1 => vec![(0, 1.0)],
            Colors::Gray => LUMA.iter().copied().enumerate().collect(),
            Colors::Rgb => vec![(channel, 1.0)],
            Colors::Bgr => vec![(2 - channel, 1.0)],
        }
    }

    fn factor(&self, channel: usize) -> f32 {
        let std = self.card.std[channel];
        if std == 0.0 { 1.0 } else { 1.0 / std }
    }

    /// Place of the pixel `at` of a channel in the input.
    fn index(&self, channel: usize, at: usize) -> usize {
        let plane = self.card.width as usize * self.card.height as usize;
        match self.card.layout {
            Layout::Nchw => channel * plane + at,
            Layout::Nhwc => at * self.channels() + channel,
        }
    }

    /// The numbers of the input for an image: planes of 0 to 1, row by row.
    pub fn forward(&self, image: &[f32]) -> Vec<f32> {
        let (width, plane) = (self.card.width as usize, self.card.width as usize * self.card.height as usize);
        let ((left, top), (w, h)) = self.place;
        let fitted: Vec<Vec<f32>> =
            image.chunks_exact((self.size.0 * self.size.1).max(1)).map(|plane| self.fitted(plane)).collect();
        let mut input = vec![0.0; plane * self.channels()];
        for channel in 0..self.channels() {
            let (mean, factor) = (self.card.mean[channel], self.factor(channel));
            let shares = self.shares(channel);
            for at in 0..plane {
                let (x, y) = (at % width, at / width);
                let inside = (left..left + w).contains(&x) && (top..top + h).contains(&y);
                let value = if inside {
                    let own = (y - top) * w + x - left;
                    shares.iter().map(|(plane, share)| share * fitted[*plane][own]).sum()
                } else {
                    f32::from(LETTERBOX_GRAY)
                };
                input[self.index(channel, at)] = (value - mean) * factor;
            }
        }
        input
    }

    /// The derivative by each number of the image, from that by each number of the input.
    pub fn back(&self, above: &[f32]) -> Vec<f32> {
        let width = self.card.width as usize;
        let ((left, top), (w, h)) = self.place;
        let mut fitted = vec![vec![0.0; w * h]; self.planes];
        for channel in 0..self.channels() {
            let factor = self.factor(channel);
            for (plane, share) in self.shares(channel) {
                for (own, sum) in fitted[plane].iter_mut().enumerate() {
                    let at = (top + own / w) * width + left + own % w;
                    *sum += share * factor * above[self.index(channel, at)];
                }
            }
        }
        fitted.iter().flat_map(|plane| self.spread(plane)).collect()
    }

    /// The used part of a plane at the size of its place, 0 to 255.
    fn fitted(&self, plane: &[f32]) -> Vec<f32> {
        let ((left, top), (part_w, part_h)) = self.part;
        let (_, (w, h)) = self.place;
        let row = |y: usize| &plane[(top + y) * self.size.0 + left..][..part_w];
        let Some((along, down)) = &self.taps else {
            return (0..part_h).flat_map(|y| row(y).iter().map(|value| value * 255.0)).collect();
        };
        let mut narrow = Vec::with_capacity(w * part_h);
        for y in 0..part_h {
            let row = row(y);
            narrow.extend(along.iter().map(|(first, weights)| {
                row[first..].iter().zip(weights).map(|(value, weight)| value * weight).sum::<f32>() * 255.0
            }));
        }
        let mut fitted = vec![0.0; w * h];
        for (row, (first, weights)) in fitted.chunks_exact_mut(w).zip(down.iter()) {
            for (narrow, weight) in narrow[first * w..].chunks_exact(w).zip(weights) {
                row.iter_mut().zip(narrow).for_each(|(sum, value)| *sum += value * weight);
            }
        }
        fitted
    }

    /// The transpose of [`Self::fitted`].
    fn spread(&self, above: &[f32]) -> Vec<f32> {
        let ((left, top), (part_w, part_h)) = self.part;
        let (_, (w, _)) = self.place;
        let mut plane = vec![0.0; self.size.0 * self.size.1];
        let Some((along, down)) = &self.taps else {
            for (y, row) in above.chunks_exact(w.max(1)).enumerate() {
                let own = &mut plane[(top + y) * self.size.0 + left..][..part_w];
                own.iter_mut().zip(row).for_each(|(own, value)| *own = value * 255.0);
            }
            return plane;
        };
        let mut narrow = vec![0.0; w * part_h];
        for (row, (first, weights)) in above.chunks_exact(w).zip(down.iter()) {
            for (narrow, weight) in narrow[first * w..].chunks_exact_mut(w).zip(weights) {
                narrow.iter_mut().zip(row).for_each(|(sum, value)| *sum += value * weight);
            }
        }
        for (y, row) in narrow.chunks_exact(w).enumerate() {
            let own = &mut plane[(top + y) * self.size.0 + left..][..part_w];
            for (value, (first, weights)) in row.iter().zip(along.iter()) {
                own[first..].iter_mut().zip(weights).for_each(|(own, weight)| *own += value * weight * 255.0);
            }
        }
        plane
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::rng::Rng;
    use crate::data::image::Image;
    use crate::inference::preprocess;

    fn card(fit: Fit, colors: Colors, layout: Layout) -> InputCard {
        InputCard {
            name: "x".to_owned(),
            width: 12,
            height: 9,
            layout,
            colors,
            fit,
            mean: [10.0, 20.0, 30.0],
            std: [50.0, 60.0, 70.0],
        }
    }

    /// The numbers differ from the bytes by their rounding only, and the way back is the transpose of the way forth.
    #[test]
    fn the_way_forth_is_the_preprocessing_and_the_way_back_its_transpose() {
        let rng = Rng::new(3);
        for fit in [Fit::Stretch, Fit::Letterbox, Fit::Corner, Fit::CenterCrop] {
            for (colors, layout) in
                [(Colors::Rgb, Layout::Nchw), (Colors::Bgr, Layout::Nhwc), (Colors::Gray, Layout::Nchw)]
            {
                for size in [(12, 9), (31, 17), (5, 14)] {
                    let card = card(fit, colors, layout);
                    let count = (size.0 * size.1 * 3) as usize;
                    let pixels: Vec<u8> = (0..count).map(|at| rng.at(at as u64) as u8).collect();
                    let planes: Vec<f32> = (0..3)
                        .flat_map(|c| pixels.iter().skip(c).step_by(3).map(|value| f32::from(*value) / 255.0))
                        .collect();
                    let image = Image::from_rgb(size.0, size.1, pixels).unwrap();
                    let (expected, _) = preprocess::input(&image, &card);
                    let passage = Passage::new(size, &card, false);
                    let found = passage.forward(&planes);
                    let most =
                        found.iter().zip(&expected.data).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                    assert!(most < 2.1 / 50.0, "{fit:?} {colors:?} {size:?}: {most}");
                    // <A x - A 0, y> = <x, Aᵀ y>
                    let nothing = passage.forward(&vec![0.0; planes.len()]);
                    let y: Vec<f32> =
                        (0..found.len()).map(|at| rng.unit_at(9999 + at as u64) as f32 - 0.5).collect();
                    let forth: f64 = found
                        .iter()
                        .zip(&nothing)
                        .zip(&y)
                        .map(|((a, b), y)| f64::from(a - b) * f64::from(*y))
                        .sum();
                    let back: f64 = passage
                        .back(&y)
                        .iter()
                        .zip(&planes)
                        .map(|(a, b)| f64::from(*a) * f64::from(*b))
                        .sum();
                    assert!(
                        (forth - back).abs() < 1e-3 * forth.abs().max(1.0),
                        "{fit:?}: {forth} and {back}"
                    );
                }
            }
        }
    }
}
