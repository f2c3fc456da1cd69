//! Transforms of point clouds: x forward, y left, z up, meters, the sensor at the origin.
//!
//! Severities follow the corruption tables of Dong et al., "Benchmarking Robustness of 3D Object Detection to
//! Common Corruptions in Autonomous Driving", CVPR 2023; [`crate::transforms::presets`] has their severities.
//! Random choices follow one order, so a higher severity includes all effects of a lower one.

use crate::transforms::TransformKind;

use crate::base::rng::{NORMAL_QUANTILES, Rng};
use crate::data::geometry::objects::Detection;
use crate::data::geometry::points::PointCloud;
use crate::data::geometry::solid::Solid;
use crate::data::prediction::{Expected, Prediction};

pub mod added_below_ground;
pub mod crosstalk;
pub mod cut_out;
pub mod doubled_points;
pub mod dropped_points;
pub mod field_of_view;
pub mod intensity;
pub mod lidar_fog;
pub mod lidar_rain;
pub mod lidar_snow;
pub mod lost_rings;
pub mod lost_sector;
pub mod mirror_points;
pub mod misalignment;
pub mod motion_distortion;
pub mod position_impulses;
pub mod position_noise;
pub mod scale_points;
pub mod scatter;
pub mod shear_points;
pub mod shift_points;
pub mod sunlight;
pub mod turn_points;
pub mod uniform_noise;
mod weather;

/// A random number from 0 to 1 for point `i` of a stream.
fn uniform(rng: &Rng, i: usize) -> f64 {
    rng.unit_at(i as u64)
}

/// A normal number of variance 1 for point `i` of a stream.
fn normal(rng: &Rng, i: usize) -> f32 {
    NORMAL_QUANTILES[(rng.at(i as u64) & 4095) as usize]
}

/// Three normal numbers for point `i`.
fn normals(axes: &[Rng; 3], i: usize) -> [f32; 3] {
    [normal(&axes[0], i), normal(&axes[1], i), normal(&axes[2], i)]
}

/// A random stream for each axis.
fn axes(seed: u64, first: u64) -> [Rng; 3] {
    [0, 1, 2].map(|axis| Rng::split(seed, first + axis))
}

/// Removes the points for which `stays` is false.
fn keep(cloud: &mut PointCloud, stays: impl Fn(usize, [f32; 3]) -> bool) {
    let stay: Vec<bool> = cloud.positions.iter().enumerate().map(|(i, p)| stays(i, *p)).collect();
    let mut all = stay.iter();
    cloud.positions.retain(|_| *all.next().unwrap_or(&true));
    for field in &mut cloud.fields {
        let mut all = stay.iter();
        field.values.retain(|_| *all.next().unwrap_or(&true));
    }
}

/// Least and greatest coordinate along each axis; `None` for an empty cloud.
fn bounds(cloud: &PointCloud) -> Option<[[f32; 2]; 3]> {
    let first = cloud.positions.first()?;
    let start = first.map(|value| [value, value]);
    Some(cloud.positions.iter().fold(start, |mut bounds, position| {
        for (bound, value) in bounds.iter_mut().zip(position) {
            *bound = [bound[0].min(*value), bound[1].max(*value)];
        }
        bounds
    }))
}

/// Adds points whose intensity is uniform between the least and greatest in the cloud, and whose other values are
/// those of some point.
struct Adder {
    known: usize,
    /// Least and greatest value of the intensity fields.
    ranges: Vec<Option<[f32; 2]>>,
    like: Rng,
    strong: Rng,
}

impl Adder {
    fn new(cloud: &PointCloud, seed: u64) -> Self {
        let range = |values: &[f32]| {
            let start = [f32::MAX, f32::MIN];
            values.iter().fold(start, |[low, high], value| [low.min(*value), high.max(*value)])
        };
        let is_intensity = |name: &str| ["intensity", "i", "reflectivity", "reflectance"].contains(&name);
        let ranges = cloud
            .fields
            .iter()
            .map(|field| {
                (is_intensity(&field.name) && !field.values.is_empty()).then(|| range(&field.values))
            })
            .collect();
        Self {
            known: cloud.positions.len(),
            ranges,
            like: Rng::split(seed, 0xA0),
            strong: Rng::split(seed, 0xA1),
        }
    }

    /// Adds the `k`-th new point.
    fn add(&self, cloud: &mut PointCloud, k: usize, position: [f32; 3]) {
        cloud.positions.push(position);
        let like = (self.like.at(k as u64) % self.known.max(1) as u64) as usize;
        for (field, range) in cloud.fields.iter_mut().zip(&self.ranges) {
            let value = match range {
                Some([low, high]) => low + (high - low) * uniform(&self.strong, k) as f32,
                None => field.values.get(like).copied().unwrap_or_default(),
            };
            field.values.push(value);
        }
    }
}

/// Distance from the sensor.
fn range([x, y, z]: [f32; 3]) -> f32 {
    libm::sqrtf(x * x + y * y + z * z)
}

/// Direction from the sensor in degrees, 0 ahead, positive to the left, -180 to 180.
fn azimuth([x, y, _]: [f32; 3]) -> f32 {
    libm::atan2f(y, x).to_degrees()
}

/// Degrees between two directions, 0 to 180.
fn apart(a: f32, b: f32) -> f32 {
    let apart = (a - b).rem_euclid(360.0);
    apart.min(360.0 - apart)
}

/// The prediction with every cuboid moved by `map`; values that the vehicle steers by are unknown.
fn moved(before: &Prediction, map: impl Fn(&Solid) -> Solid) -> Expected {
    match before {
        Prediction::Classes { .. } => Expected::Same,
        Prediction::Values { .. } | Prediction::Segments { .. } | Prediction::Vector { .. } => Expected::Unknown(
            "the effect of a moved sensor on values like steering is unknown, set assume_same if they must stay"
                .to_owned(),
        ),
        Prediction::Objects { objects } => Expected::Answer(Prediction::Objects {
            objects: objects
                .iter()
                .map(|object| match &object.solid {
                    Some(solid) => Detection::upright(object.class.clone(), object.score, map(solid)),
                    None => object.clone(),
                })
                .collect(),
        }),
    }
}

/// The prediction in which objects without visible points may be missed.
fn unseen(before: &Prediction, seen: impl Fn([f32; 3]) -> bool) -> Expected {
    let Prediction::Objects { objects } = before else { return Expected::Same };
    let mut objects = objects.clone();
    for object in &mut objects {
        if object.solid.is_some_and(|solid| !seen(solid.center)) {
            object.score = 0.0;
        }
    }
    Expected::Answer(Prediction::Objects { objects })
}

/// The transforms of points, in listing order.
pub static KINDS: &[&TransformKind] = &[
    &dropped_points::KIND,
    &cut_out::KIND,
    &field_of_view::KIND,
    &lost_sector::KIND,
    &lost_rings::KIND,
    &doubled_points::KIND,
    &scatter::KIND,
    &added_below_ground::KIND,
    &position_noise::KIND,
    &uniform_noise::KIND,
    &position_impulses::KIND,
    &crosstalk::KIND,
    &intensity::KIND,
    &misalignment::KIND,
    &motion_distortion::KIND,
    &lidar_fog::KIND,
    &lidar_rain::KIND,
    &lidar_snow::KIND,
    &sunlight::KIND,
    &shift_points::KIND,
    &turn_points::KIND,
    &scale_points::KIND,
    &shear_points::KIND,
    &mirror_points::KIND,
];
