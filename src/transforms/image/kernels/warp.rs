//! Affine maps of images: bilinear, black outside, same size.

use crate::base::bilinear::{BITS, Between};
use crate::base::mix::Mix;
use crate::base::simd::widened;
use crate::data::image::Image;

/// Source position of a target pixel: `x = a*x + b*y + c`, `y = d*x + e*y + f`, in pixels with 0 in the middle
/// of the first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::transforms::image) struct Affine {
    pub(in crate::transforms::image) x: [f64; 3],
    pub(in crate::transforms::image) y: [f64; 3],
}

impl Affine {
    pub(in crate::transforms::image) const IDENTITY: Self = Self { x: [1.0, 0.0, 0.0], y: [0.0, 1.0, 0.0] };

    /// The same map with point `(cx, cy)` as its fixed point.
    pub(in crate::transforms::image) fn about(self, cx: f64, cy: f64) -> Self {
        let [a, b, _] = self.x;
        let [d, e, _] = self.y;
        Self { x: [a, b, self.x[2] + cx - a * cx - b * cy], y: [d, e, self.y[2] + cy - d * cx - e * cy] }
    }

    /// The source position of a target pixel.
    pub(in crate::transforms::image) fn apply(&self, x: f64, y: f64) -> (f64, f64) {
        let [a, b, c] = self.x;
        let [d, e, f] = self.y;
        (a * x + b * y + c, d * x + e * y + f)
    }
}

/// The image with every pixel taken from its source position.
pub(in crate::transforms::image) fn affine(image: &mut Image, map: &Affine) {
    if map.y[0] == 0.0 {
        by_rows(image, map);
        return;
    }
    let (width, height) = (image.width() as usize, image.height() as usize);
    let one = f64::from(1 << BITS);
    let fixed = |value: f64| (value * one).round() as i64;
    let (step_x, step_y) = (fixed(map.x[0]), fixed(map.y[0]));
    let source = Between::new(image.pixels(), width, height);
    let mut warped = vec![0_u8; width * height * 3];
    let mut places = vec![[0_i64; 2]; width];
    for (y, row) in warped.chunks_exact_mut(width * 3).enumerate() {
        let (x0, y0) = map.apply(0.0, y as f64);
        let (x0, y0) = (fixed(x0), fixed(y0));
        let (pixels, _) = row.as_chunks_mut::<3>();
        // If all four neighbors lie inside, the edges need no checks.
        let across = inside(x0, step_x, (width as i64 - 1) << BITS, width);
        let down = inside(y0, step_y, (height as i64 - 1) << BITS, width);
        let (from, to) = (across.0.max(down.0), across.1.min(down.1));
        let to = to.max(from);
        for (x, place) in places.iter_mut().enumerate() {
            *place = [x0 + step_x * x as i64, y0 + step_y * x as i64];
        }
        for x in (0..from).chain(to..width) {
            pixels[x] = source.anywhere(places[x]);
        }
        source.inner(&mut pixels[from..to], &places[from..to]);
    }
    image.set_pixels(warped);
}

/// The same for maps under which a row comes from one height: translation, scale, shear along the rows.
///
/// Both source rows are blended first, which is whole rows at a time; then along the row. The products and the one
/// rounding are those of `Source::blended`, so the pixels are too.
fn by_rows(image: &mut Image, map: &Affine) {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let one = f64::from(1 << BITS);
    let fixed = |value: f64| (value * one).round() as i64;
    let (step_x, stride) = (fixed(map.x[0]), width * 3);
    let source = image.pixels();
    let black = vec![0_u8; stride];
    let row_at = |y: i64| {
        let inside = usize::try_from(y).ok().filter(|y| *y < height);
        inside.map_or(&black[..], |y| &source[y * stride..(y + 1) * stride])
    };
    let mut warped = vec![0_u8; width * height * 3];
    // A black pixel on both sides, and padding after it.
    let mut line = vec![0_u16; stride + 6 + 64];
    // Under a scale alone all rows are mixed in the same way.
    let same = (map.x[1] == 0.0 && step_x != 1 << BITS).then(|| mix_of(fixed(map.x[2]), step_x, width));
    for (y, target) in warped.chunks_exact_mut(stride).enumerate() {
        let (x0, y0) = map.apply(0.0, y as f64);
        let (x0, y0) = (fixed(x0), fixed(y0));
        let top = y0 >> BITS;
        if top < -1 || top >= height as i64 {
            continue;
        }
        let middle = &mut line[3..stride + 3];
        blend_rows(middle, row_at(top), row_at(top + 1), ((y0 >> 8) & 0xFF) as u16);
        if step_x == 1 << BITS {
            // The same fraction of a pixel everywhere: the row against itself, shifted.
            let first = x0 >> BITS;
            let from = (-1 - first).clamp(0, width as i64) as usize;
            let to = (width as i64 - first).clamp(0, width as i64) as usize;
            if from < to {
                let at = (from as i64 + first + 1) as usize * 3;
                let count = (to - from) * 3;
                let part = &mut target[from * 3..to * 3];
                let weight = ((x0 >> 8) & 0xFF) as u32;
                blend_along(part, &line[at..at + count], &line[at + 3..at + 3 + count], weight);
            }
            continue;
        }
        if let Some(mix) = &same {
            mix.row(target, &line);
            continue;
        }
        let mut x = x0;
        for pixel in target.as_chunks_mut::<3>().0 {
            let left = x >> BITS;
            if left >= -1 && left < width as i64 {
                let at = (left + 1) as usize * 3;
                let weight = ((x >> 8) & 0xFF) as u32;
                if let Some([a, b, c, d, e, f]) = line.get(at..).and_then(|rest| rest.first_chunk::<6>()) {
                    let mix = |u: u16, v: u16| {
                        ((u32::from(u) * (256 - weight) + u32::from(v) * weight + (1 << 15)) >> 16) as u8
                    };
                    *pixel = [mix(*a, *d), mix(*b, *e), mix(*c, *f)];
                }
            }
            x += step_x;
        }
    }
    image.set_pixels(warped);
}

/// A scale about the center, row by row: for several enlargements of one image.
pub(in crate::transforms::image) struct Enlarged {
    mix: Mix,
    start: i64,
    step: i64,
}

impl Enlarged {
    /// By this factor, above 1.
    pub(in crate::transforms::image) fn new(factor: f64, (width, height): (u32, u32)) -> Self {
        let (cx, cy) = (f64::from(width - 1) / 2.0, f64::from(height - 1) / 2.0);
        let map = Affine { x: [1.0 / factor, 0.0, 0.0], y: [0.0, 1.0 / factor, 0.0] }.about(cx, cy);
        let fixed = |value: f64| (value * f64::from(1 << BITS)).round() as i64;
        let mix = mix_of(fixed(map.x[2]), fixed(map.x[0]), width as usize);
        Self { mix, start: fixed(map.y[2]), step: fixed(map.y[1]) }
    }

    /// By this factor, from 1, as ImageNet-C does: a whole number of pixels in the middle is stretched to a whole number, corner to
    /// corner, and the excess is cut away on both sides.
    pub(in crate::transforms::image) fn cut_out(factor: f64, (width, height): (u32, u32)) -> Self {
        let along = |side: u32| {
            let side = f64::from(side);
            let part = (side / factor - 1e-9).ceil().clamp(1.0, side);
            let enlarged = (part * factor).round().max(side);
            let step = (part - 1.0) / (enlarged - 1.0).max(1.0);
            let (before, cut) = (((side - part) / 2.0).floor(), ((enlarged - side) / 2.0).floor());
            let fixed = |value: f64| (value * f64::from(1 << BITS)).round() as i64;
            (fixed(before + cut * step), fixed(step))
        };
        let ((x, step_x), (start, step)) = (along(width), along(height));
        Self { mix: mix_of(x, step_x, width as usize), start, step }
    }

    /// Number of values that `row` needs in a line for this stride.
    pub(in crate::transforms::image) fn line(stride: usize) -> Vec<u16> {
        vec![0; stride + 6 + 64]
    }

    /// One row of the enlarged image.
    pub(in crate::transforms::image) fn row(
        &self,
        source: &Image,
        y: usize,
        line: &mut [u16],
        target: &mut [u8],
    ) {
        let (stride, last) = (target.len(), i64::from(source.height()) - 1);
        let place = (self.start + self.step * y as i64).clamp(0, last << BITS);
        let top = (place >> BITS) as usize;
        let row = |y: usize| &source.pixels()[y * stride..(y + 1) * stride];
        let below = row((top + 1).min(last as usize));
        blend_rows(&mut line[3..stride + 3], row(top), below, ((place >> 8) & 0xFF) as u16);
        self.mix.row(target, line);
    }
}

/// Sources of the values of a row in a line with a black pixel before it.
fn mix_of(start: i64, step: i64, width: usize) -> Mix {
    let values: Vec<(usize, u16)> = (0..width as i64)
        .flat_map(|x| {
            let place = start + step * x;
            let left = place >> BITS;
            let inside = left >= -1 && left < width as i64;
            // Outside is the black behind the line.
            let at = if inside { (left + 1) as usize * 3 } else { width * 3 + 3 };
            let weight = if inside { ((place >> 8) & 0xFF) as u16 } else { 0 };
            (0..3).map(move |channel| (at + channel, weight))
        })
        .collect();
    Mix::new(&values)
}

widened! {
    /// Two rows with weights that add up to 256.
    fn blend_rows(line: &mut [u16], upper: &[u8], lower: &[u8], weight: u16) {
        for (value, (u, l)) in line.iter_mut().zip(upper.iter().zip(lower)) {
            *value = u16::from(*u) * (256 - weight) + u16::from(*l) * weight;
        }
    }
}

widened! {
    /// Two lines with weights that add up to 256, back to bytes.
    fn blend_along(target: &mut [u8], left: &[u16], right: &[u16], weight: u32) {
        for (value, (a, b)) in target.iter_mut().zip(left.iter().zip(right)) {
            *value = ((u32::from(*a) * (256 - weight) + u32::from(*b) * weight + (1 << 15)) >> 16) as u8;
        }
    }
}

/// The image with every pixel taken from a position of `places`, row by row: bilinear, the edge is repeated outside.
pub(in crate::transforms::image) fn displaced(
    image: &mut Image,
    mut places: impl FnMut(usize, &mut [(f32, f32)]),
) {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let source = Between::new(image.pixels(), width, height);
    let one = (1_i64 << BITS) as f32;
    let last = |side: usize| (side as i64 - 1) << BITS;
    let mut warped = vec![0_u8; width * height * 3];
    let mut row = vec![(0.0, 0.0); width];
    let mut fixed = vec![[0_i64; 2]; width];
    for (y, target) in warped.chunks_exact_mut(width * 3).enumerate() {
        places(y, &mut row);
        for (place, (x, y)) in fixed.iter_mut().zip(&row) {
            *place = [((x * one) as i64).clamp(0, last(width)), ((y * one) as i64).clamp(0, last(height))];
        }
        let (pixels, _) = target.as_chunks_mut::<3>();
        source.inner(pixels, &fixed);
        for (pixel, place) in pixels.iter_mut().zip(&fixed) {
            if place[0] == last(width) || place[1] == last(height) {
                *pixel = source.anywhere(*place);
            }
        }
    }
    image.set_pixels(warped);
}

/// The range of x below `count` for which `0 <= start + step * x < limit`.
fn inside(start: i64, step: i64, limit: i64, count: usize) -> (usize, usize) {
    let (from, to) = match step {
        0 if (0..limit).contains(&start) => (0, count as i64),
        0 => (0, 0),
        step if step > 0 => (
            (-start).div_euclid(step) + i64::from((-start).rem_euclid(step) > 0),
            (limit - start - 1).div_euclid(step) + 1,
        ),
        step => ((start - limit).div_euclid(-step) + 1, start.div_euclid(-step) + 1),
    };
    (from.clamp(0, count as i64) as usize, to.clamp(0, count as i64) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_inside_is_exact() {
        for step in -7..=7 {
            for start in -40..=40 {
                let (from, to) = inside(start, step, 23, 20);
                for x in 0..20 {
                    let value = start + step * x as i64;
                    assert_eq!((0..23).contains(&value), (from..to).contains(&x), "{start} {step} {x}");
                }
            }
        }
    }

    #[test]
    fn the_identity_changes_nothing() {
        let picture = Image::from_rgb(5, 3, (0..45).collect()).unwrap();
        let mut same = picture.clone();
        affine(&mut same, &Affine::IDENTITY.about(3.0, 1.0));
        assert_eq!(same, picture);
    }
}
