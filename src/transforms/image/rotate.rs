//! Rotation about the center, as in DeepTest (Tian et al., ICSE 2018): a camera mounted askew.
//!
//! Bilinear, black outside, same size. Positive angles turn the picture counterclockwise, as in OpenCV.

use crate::base::params::ParamSpec;
use crate::data::image::Image;
use crate::data::objects::Box2;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Transform, TransformKind, moved};

/// Angle in degrees; `DeepTest` sweeps 3 to 30.
pub static KIND: TransformKind = TransformKind {
    id: "rotate",
    title: "Rotation",
    summary: "Turns the picture about its center, boxes move along",
    params: &[DEGREES],
    geometric: true,
    seeded: false,
    build: |params| Box::new(Rotate::new(params.value(&DEGREES))),
};

const DEGREES: ParamSpec = ParamSpec {
    id: "degrees",
    title: "Angle",
    unit: "°",
    min: -30.0,
    max: 30.0,
    neutral: 0.0,
    initial: 5.0,
    step: 0.5,
};

struct Rotate {
    sin: f64,
    cos: f64,
}

/// Fraction bits of a source coordinate.
const BITS: u32 = 16;

impl Rotate {
    fn new(degrees: f64) -> Self {
        let radians = degrees.to_radians();
        Self { sin: libm::sin(radians), cos: libm::cos(radians) }
    }
}

impl Transform for Rotate {
    fn apply(&self, image: &mut Image, _seed: u64) {
        if self.sin.abs() < 1e-12 {
            return;
        }
        let (width, height) = (image.width() as usize, image.height() as usize);
        let (cx, cy) = ((width as f64 - 1.0) / 2.0, (height as f64 - 1.0) / 2.0);
        let one = f64::from(1 << BITS);
        let (step_x, step_y) = ((self.cos * one).round() as i64, (self.sin * one).round() as i64);
        let source = Source { pixels: image.pixels(), width, height };
        let mut turned = vec![0_u8; width * height * 3];
        for (y, row) in turned.chunks_exact_mut(width * 3).enumerate() {
            let dy = y as f64 - cy;
            let x0 = ((cx - self.cos * cx - self.sin * dy) * one).round() as i64;
            let y0 = ((cy - self.sin * cx + self.cos * dy) * one).round() as i64;
            let (pixels, _) = row.as_chunks_mut::<3>();
            // Where all four neighbors lie inside, nothing needs to be asked about the edges.
            let across = inside(x0, step_x, (width as i64 - 1) << BITS, width);
            let down = inside(y0, step_y, (height as i64 - 1) << BITS, width);
            let (from, to) = (across.0.max(down.0), across.1.min(down.1));
            let to = to.max(from);
            for x in (0..from).chain(to..width) {
                pixels[x] = source.at_edge(x0 + step_x * x as i64, y0 + step_y * x as i64);
            }
            let (mut sx, mut sy) = (x0 + step_x * from as i64, y0 + step_y * from as i64);
            for target in &mut pixels[from..to] {
                *target = source.blended(sx, sy);
                sx += step_x;
                sy += step_y;
            }
        }
        image.set_pixels(turned);
    }

    /// A box becomes the smallest box around the turned ellipse inscribed in it: closer to what people
    /// draw than the box around its turned corners (Kalra et al., "Towards Rotation Invariance in Object
    /// Detection", ICCV 2021).
    fn expect(&self, before: &Prediction, size: (u32, u32)) -> Expected {
        let (cx, cy) = (f64::from(size.0) / 2.0, f64::from(size.1) / 2.0);
        moved(before, size, |b| {
            let (x, y) = b.center();
            let (dx, dy) = (f64::from(x) - cx, f64::from(y) - cy);
            let (x, y) = (cx + self.cos * dx + self.sin * dy, cy - self.sin * dx + self.cos * dy);
            let (a, c) = (f64::from(b.width()) / 2.0, f64::from(b.height()) / 2.0);
            let half_w = ((a * self.cos).powi(2) + (c * self.sin).powi(2)).sqrt();
            let half_h = ((a * self.sin).powi(2) + (c * self.cos).powi(2)).sqrt();
            Box2 {
                x0: (x - half_w) as f32,
                y0: (y - half_h) as f32,
                x1: (x + half_w) as f32,
                y1: (y + half_h) as f32,
            }
        })
    }
}

struct Source<'a> {
    pixels: &'a [u8],
    width: usize,
    height: usize,
}

impl Source<'_> {
    /// The color at a place in 1/65536 pixel whose four neighbors are inside.
    #[inline]
    fn blended(&self, x: i64, y: i64) -> [u8; 3] {
        let at = ((y >> BITS) as usize * self.width + (x >> BITS) as usize) * 3;
        let six = |at: usize| self.pixels.get(at..).and_then(|rest| rest.first_chunk::<6>());
        let (Some(u), Some(l)) = (six(at), six(at + self.width * 3)) else { return [0; 3] };
        let (wx, wy) = (((x >> 8) & 0xFF) as u32, ((y >> 8) & 0xFF) as u32);
        let weights = [(256 - wx) * (256 - wy), wx * (256 - wy), (256 - wx) * wy, wx * wy];
        [
            mixed([u[0], u[3], l[0], l[3]], weights),
            mixed([u[1], u[4], l[1], l[4]], weights),
            mixed([u[2], u[5], l[2], l[5]], weights),
        ]
    }

    /// The same anywhere; outside is black, and the edge is blended with it.
    fn at_edge(&self, x: i64, y: i64) -> [u8; 3] {
        let (left, top) = (x >> BITS, y >> BITS);
        if left < -1 || top < -1 || left >= self.width as i64 || top >= self.height as i64 {
            return [0; 3];
        }
        let corner = |x: i64, y: i64| {
            if x < 0 || y < 0 || x >= self.width as i64 || y >= self.height as i64 {
                return [0; 3];
            }
            let at = (y as usize * self.width + x as usize) * 3;
            [self.pixels[at], self.pixels[at + 1], self.pixels[at + 2]]
        };
        let corners =
            [corner(left, top), corner(left + 1, top), corner(left, top + 1), corner(left + 1, top + 1)];
        let (wx, wy) = (((x >> 8) & 0xFF) as u32, ((y >> 8) & 0xFF) as u32);
        let weights = [(256 - wx) * (256 - wy), wx * (256 - wy), (256 - wx) * wy, wx * wy];
        std::array::from_fn(|c| mixed(corners.map(|corner| corner[c]), weights))
    }
}

/// Four values with weights that make 65536.
#[inline]
fn mixed(values: [u8; 4], weights: [u32; 4]) -> u8 {
    let [a, b, c, d] = values.map(u32::from);
    let sum = a * weights[0] + b * weights[1] + c * weights[2] + d * weights[3];
    ((sum + (1 << 15)) >> 16) as u8
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
    use crate::data::objects::Detection;

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
    fn a_mark_and_its_box_turn_together() {
        // A white square on black, well off the center.
        let mut image = Image::filled(200, 120, [0; 3]);
        for y in 20..40 {
            for x in 140..160 {
                let at = (y * 200 + x) * 3;
                image.pixels_mut()[at..at + 3].fill(255);
            }
        }
        let before = Prediction::Objects {
            objects: vec![Detection {
                class: "mark".to_owned(),
                score: 1.0,
                bbox: Box2 { x0: 140.0, y0: 20.0, x1: 160.0, y1: 40.0 },
            }],
        };
        for degrees in [-20.0, 7.0, 30.0] {
            let rotate = Rotate::new(degrees);
            let mut turned = image.clone();
            rotate.apply(&mut turned, 0);
            let (mut sx, mut sy, mut n) = (0.0, 0.0, 0.0);
            for y in 0..120 {
                for x in 0..200 {
                    let light = f64::from(turned.pixel(x, y).unwrap()[0]);
                    (sx, sy, n) =
                        (sx + light * (f64::from(x) + 0.5), sy + light * (f64::from(y) + 0.5), n + light);
                }
            }
            let Expected::Answer(Prediction::Objects { objects }) = rotate.expect(&before, (200, 120)) else {
                panic!("boxes move")
            };
            let (cx, cy) = objects[0].bbox.center();
            assert!(
                (f64::from(cx) - sx / n).abs() < 0.5 && (f64::from(cy) - sy / n).abs() < 0.5,
                "{degrees}"
            );
        }
    }
}
