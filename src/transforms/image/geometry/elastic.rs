//! Elastic deformation as in ImageNet-C (Hendrycks and Dietterich, ICLR 2019, after Simard et al., 2003): a windshield
//! that is not even.

use crate::base::params::ParamSpec;
use crate::base::rng::Rng;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::image::kernels::field::Field;
use crate::transforms::image::kernels::warp::displaced;
use crate::transforms::{Build, Group, Transform, TransformKind};

/// Every pixel comes from a position up to this many pixels away, smoothly changing over `grain` pixels. Boxes stay
/// in place: on average nothing moves.
pub static KIND: TransformKind = TransformKind {
    id: "elastic",
    title: "Elastic deformation",
    summary: "Slight distortion, as behind uneven glass",
    group: Group::Geometry,
    params: &[SHIFT, GRAIN],
    geometric: false,
    seeded: true,
    build: Build::Image(|params| {
        Box::new(Elastic { shift: params.value(&SHIFT), grain: params.value(&GRAIN) })
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

struct Elastic {
    shift: f64,
    grain: f64,
}

impl Transform for Elastic {
    fn apply(&self, image: &mut Image, seed: u64) {
        if self.shift <= 0.0 {
            return;
        }
        let field =
            |stream: u64| Field::new(Rng::split(seed, stream).at(0), image.size(), self.grain as f32, 1);
        let (right, down) = (field(1), field(2));
        let width = image.width() as usize;
        let (mut dx, mut dy) = (vec![0.0_f32; width], vec![0.0_f32; width]);
        let reach = 2.0 * self.shift as f32;
        displaced(image, |y, row| {
            right.line(y, &mut dx);
            down.line(y, &mut dy);
            for (x, place) in row.iter_mut().enumerate() {
                *place = (x as f32 + reach * (dx[x] - 0.5), y as f32 + reach * (dy[x] - 0.5));
            }
        });
    }

    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}
