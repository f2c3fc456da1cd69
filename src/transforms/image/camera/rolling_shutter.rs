//! Rolling shutter: rows are read one after the other while the vehicle shakes or turns.

use crate::base::params::ParamSpec;
use crate::data::geometry::box2::Box2;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, Transform, TransformKind, moved};

/// Rows move to both sides by up to this many pixels, in waves down the image; the ends of rows are repeated.
pub static KIND: TransformKind = TransformKind {
    id: "rolling_shutter",
    title: "Rolling shutter",
    summary: "Rows move sideways in waves, as when the vehicle shakes",
    group: Group::Sensor,
    params: &[PIXELS, WAVES],
    geometric: true,
    seeded: false,
    build: Build::Image(|params| {
        Box::new(RollingShutter { pixels: params.value(&PIXELS), waves: params.value(&WAVES) })
    }),
};

const PIXELS: ParamSpec = ParamSpec {
    id: "pixels",
    title: "Reach",
    unit: "px",
    min: 0.0,
    max: 60.0,
    neutral: 0.0,
    initial: 8.0,
    step: 1.0,
};

const WAVES: ParamSpec = ParamSpec {
    id: "waves",
    title: "Waves",
    unit: "",
    min: 0.1,
    max: 20.0,
    neutral: 2.0,
    initial: 2.0,
    step: 0.1,
};

struct RollingShutter {
    pixels: f64,
    waves: f64,
}

impl RollingShutter {
    /// Shift of a row to the right, in whole pixels.
    fn shift(&self, y: f64, height: f64) -> i64 {
        (self.pixels * libm::sin(2.0 * std::f64::consts::PI * self.waves * y / height)).round() as i64
    }
}

impl Transform for RollingShutter {
    fn apply(&self, image: &mut Image, _seed: u64) {
        let (width, height) = (image.width() as usize, f64::from(image.height()));
        for (y, row) in image.pixels_mut().chunks_exact_mut(width * 3).enumerate() {
            let shift = self.shift(y as f64, height).clamp(1 - width as i64, width as i64 - 1);
            let by = shift.unsigned_abs() as usize;
            let (pixels, _) = row.as_chunks_mut::<3>();
            if shift > 0 {
                let first = pixels[0];
                pixels.copy_within(..width - by, by);
                pixels[..by].fill(first);
            } else if shift < 0 {
                let last = pixels[width - 1];
                pixels.copy_within(by.., 0);
                pixels[width - by..].fill(last);
            }
        }
    }

    /// A box grows to include its shifted rows.
    fn expect(&self, before: &Prediction, size: (u32, u32)) -> Expected {
        let height = f64::from(size.1);
        moved(before, size, |b| {
            let rows = b.y0.max(0.0) as u32..(b.y1.max(0.0).ceil() as u32).min(size.1);
            let shifts = rows.map(|y| self.shift(f64::from(y), height) as f32);
            let (low, high) = shifts.fold((f32::MAX, f32::MIN), |(l, h), s| (l.min(s), h.max(s)));
            if low > high { *b } else { Box2 { x0: b.x0 + low, x1: b.x1 + high, ..*b } }
        })
    }
}
