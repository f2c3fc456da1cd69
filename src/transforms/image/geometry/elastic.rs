//! Elastic deformation as in ImageNet-C (Hendrycks and Dietterich, ICLR 2019, after Simard et al., 2003): a windshield
//! that is not even.

use crate::base::params::ParamSpec;
use crate::base::rng::Rng;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::kernels::field::Field;
use crate::transforms::image::kernels::pixel::PIXEL;
use crate::transforms::image::kernels::warp::displaced;
use crate::transforms::{Build, Group, Transform, TransformKind};

/// Every pixel comes from a position up to this many pixels away, smoothly changing over `grain` pixels.
///
/// Boxes stay in place: on average nothing moves. CIFAR-C begins with a random affine map, which moves three corners of the middle by up to
/// some pixels.
pub static KIND: TransformKind = TransformKind {
    id: "elastic",
    title: "Elastic deformation",
    summary: "Slight distortion, as behind uneven glass",
    group: Group::Geometry,
    params: &[SHIFT, GRAIN, AFFINE, PIXEL],
    geometric: false,
    seeded: true,
    build: Build::Image(|params| {
        let pixels = |spec| params.value(spec) * params.value(&PIXEL);
        Box::new(Elastic { shift: pixels(&SHIFT), grain: pixels(&GRAIN), affine: pixels(&AFFINE) })
    }),
};

const SHIFT: ParamSpec = ParamSpec {
    id: "shift",
    title: "Shift",
    unit: "px",
    min: 0.0,
    max: 30.0,
    neutral: 0.0,
    initial: 6.0,
    step: 0.5,
};

const GRAIN: ParamSpec = ParamSpec {
    id: "grain",
    title: "Grain",
    unit: "px",
    min: 8.0,
    max: 200.0,
    neutral: 40.0,
    initial: 40.0,
    step: 1.0,
};

const AFFINE: ParamSpec = ParamSpec::setting("affine", "Affine map", "px", [0.0, 30.0], 0.0);

struct Elastic {
    shift: f64,
    grain: f64,
    affine: f64,
}

impl Elastic {
    /// A random affine map, as the shift at the middle and its growth per pixel to the right and down, for x and y.
    fn map(&self, (width, height): (u32, u32), seed: u64) -> [[f32; 3]; 2] {
        let mut rng = Rng::split(seed, 3);
        let half = f64::from((width.min(height) / 3).max(1));
        [0, 1].map(|_| {
            let mut moved = || self.affine * (2.0 * rng.unit() - 1.0);
            let (lower_right, upper_right, upper_left) = (moved(), moved(), moved());
            let right = (upper_right - upper_left) / (2.0 * half);
            let down = (lower_right - upper_right) / (2.0 * half);
            [upper_left + half * (right + down), right, down].map(|value| value as f32)
        })
    }
}

impl Transform for Elastic {
    fn apply(&self, image: &mut Image, seed: u64) {
        if self.shift <= 0.0 && self.affine <= 0.0 {
            return;
        }
        let field =
            |stream: u64| Field::new(Rng::split(seed, stream).at(0), image.size(), self.grain as f32, 1);
        let (right, down) = (field(1), field(2));
        let (width, size) = (image.width() as usize, image.size());
        let [across, downwards] = self.map(size, seed);
        let (cx, cy) = (size.0 as f32 / 2.0, size.1 as f32 / 2.0);
        let (mut dx, mut dy) = (vec![0.0_f32; width], vec![0.0_f32; width]);
        let reach = 2.0 * self.shift as f32;
        displaced(image, |y, row| {
            right.line(y, &mut dx);
            down.line(y, &mut dy);
            for (x, place) in row.iter_mut().enumerate() {
                let (x_from, y_from) = (x as f32 - cx, y as f32 - cy);
                let map = |[middle, right, down]: [f32; 3]| middle + right * x_from + down * y_from;
                *place = (
                    x as f32 + reach * (dx[x] - 0.5) + map(across),
                    y as f32 + reach * (dy[x] - 0.5) + map(downwards),
                );
            }
        });
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}
