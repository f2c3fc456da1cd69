//! How far away what an image shows is: as it was measured, and where it was not, by the horizon.

use crate::base::params::ParamSpec;
use crate::data::depth::Depth;
use crate::data::image::Image;

/// Where the horizon is, seen from above.
pub(in crate::transforms::image) const HORIZON: ParamSpec = ParamSpec {
    id: "horizon",
    title: "Horizon",
    unit: "of the height",
    min: 0.0,
    max: 1.0,
    neutral: 0.45,
    initial: 0.45,
    step: 0.01,
};

/// Height of the camera above the road, meters.
const CAMERA: f64 = 1.5;
/// Half of the angle of view across, radians.
const HALF_VIEW: f64 = std::f64::consts::FRAC_PI_6;
/// Values of the map of distances that share an entry of a table: 1/16 m.
const SHARED_BITS: u32 = 4;

/// Distances in an image. Where nothing was measured it is the road of a camera 1.5 m above it with a view of 60 degrees below
/// the horizon, and scenery at one distance above it.
pub(in crate::transforms::image) struct Distances {
    depth: Option<Depth>,
    size: (u32, u32),
    horizon: f64,
    scenery: f64,
}

impl Distances {
    /// Those in an image with the horizon at a part of its height and scenery so many meters away.
    pub(in crate::transforms::image) fn new(image: &Image, horizon: f64, scenery: f64) -> Self {
        Self { depth: image.depth().cloned(), size: image.size(), horizon, scenery }
    }

    /// Whether anything was measured.
    pub(in crate::transforms::image) fn are_measured(&self) -> bool {
        self.depth.is_some()
    }

    /// Pixels of a meter that is a meter away.
    fn focal(&self) -> f64 {
        f64::from(self.size.0) / 2.0 / libm::tan(HALF_VIEW)
    }

    /// The row in which something so many meters high ends that stands so many meters away; 0 where it is higher than the image.
    pub(in crate::transforms::image) fn top_of(&self, height: f64, meters: f64) -> usize {
        let row = self.horizon * f64::from(self.size.1) - (height - CAMERA) * self.focal() / meters;
        row.max(0.0) as usize
    }

    /// Meters to what the horizon says is in a row.
    fn by_horizon(&self, row: usize) -> f64 {
        let focal = self.focal();
        let below = row as f64 + 0.5 - self.horizon * f64::from(self.size.1);
        if below <= 0.0 { self.scenery } else { (CAMERA * focal / below).min(self.scenery) }
    }

    /// Whether something was measured at a place, so that there is no open sky.
    pub(in crate::transforms::image) fn is_blocked(&self, x: f64, y: f64) -> bool {
        self.depth.as_ref().is_some_and(|depth| depth.at(x, y, self.size).is_some())
    }

    /// Whether something at a place is known to be nearer than so many meters.
    pub(in crate::transforms::image) fn nearer(&self, x: f64, y: f64, meters: f64) -> bool {
        let depth = self.depth.as_ref().and_then(|depth| depth.at(x, y, self.size));
        depth.is_some_and(|depth| f64::from(depth) < meters)
    }

    /// The part of the light of what an image shows that comes through air of this extinction per meter, in 65536ths:
    /// exp(-extinction * distance).
    pub(in crate::transforms::image) fn seen(&self, extinction: f64) -> Shares<'_> {
        self.shares(|meters| libm::exp(-extinction * meters))
    }

    /// A share between 0 and 1 of each pixel, by its distance in meters.
    pub(in crate::transforms::image) fn shares(&self, share: impl Fn(f64) -> f64) -> Shares<'_> {
        let through = |meters: f64| (share(meters).clamp(0.0, 1.0) * 65536.0).round() as u32;
        let table = self.depth.as_ref().map(|_| {
            let middle = |entry: u32| f64::from((entry << SHARED_BITS) + (1 << (SHARED_BITS - 1))) / 256.0;
            (0..=u32::from(u16::MAX) >> SHARED_BITS).map(|entry| through(middle(entry))).collect()
        });
        let rows = (0..self.size.1 as usize).map(|y| through(self.by_horizon(y))).collect();
        Shares { distances: self, table: table.unwrap_or_default(), rows }
    }
}

/// A share of each pixel in 65536ths, as the part of its light that comes through the air.
pub(in crate::transforms::image) struct Shares<'a> {
    distances: &'a Distances,
    /// By what was measured.
    table: Vec<u32>,
    /// By the row.
    rows: Vec<u32>,
}

impl Shares<'_> {
    /// Calls with each stretch of a row, from pixel to pixel, that have the same share.
    pub(in crate::transforms::image) fn stretches(
        &self,
        y: usize,
        mut each: impl FnMut(std::ops::Range<usize>, u32),
    ) {
        let width = self.distances.size.0 as usize;
        let by_row = self.rows.get(y).copied().unwrap_or(65536);
        let Some(depth) = &self.distances.depth else { return each(0..width, by_row) };
        let cells = depth.row_of(y, self.distances.size.1);
        let begin = |cell: usize| (cell * width).div_ceil(cells.len());
        for (cell, value) in cells.iter().enumerate() {
            let measured = self.table.get(usize::from(*value >> SHARED_BITS)).copied();
            let share = measured.filter(|_| *value > 0).unwrap_or(by_row);
            each(begin(cell)..begin(cell + 1).min(width), share);
        }
    }
}
