//! Depth of an image: as recorded, or else estimated from the horizon.

use crate::base::params::ParamSpec;
use crate::data::depth::Depth;
use crate::data::image::Image;

/// Position of the horizon from the top.
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
/// Half of the horizontal field of view, radians.
const HALF_VIEW: f64 = std::f64::consts::FRAC_PI_6;
/// Depth values that share an entry of a table: 1/16 m.
const SHARED_BITS: u32 = 4;

/// Depth of an image.
///
/// Without a depth map: the road of a camera 1.5 m above it with a field of view of 60 degrees below
/// the horizon, and scenery at one distance above it.
pub(in crate::transforms::image) struct Distances {
    depth: Option<Depth>,
    size: (u32, u32),
    horizon: f64,
    scenery: f64,
}

impl Distances {
    /// Depth of an image with the horizon at a fraction of its height and scenery this many meters away.
    pub(in crate::transforms::image) fn new(image: &Image, horizon: f64, scenery: f64) -> Self {
        Self { depth: image.depth().cloned(), size: image.size(), horizon, scenery }
    }

    /// True if there is a depth map.
    pub(in crate::transforms::image) fn are_measured(&self) -> bool {
        self.depth.is_some()
    }

    /// Focal length in pixels.
    fn focal(&self) -> f64 {
        f64::from(self.size.0) / 2.0 / libm::tan(HALF_VIEW)
    }

    /// The row of the top of an object of this height at this distance; 0 if it is higher than the image.
    pub(in crate::transforms::image) fn top_of(&self, height: f64, meters: f64) -> usize {
        let row = self.horizon * f64::from(self.size.1) - (height - CAMERA) * self.focal() / meters;
        row.max(0.0) as usize
    }

    /// Estimated depth of a row in meters.
    fn by_horizon(&self, row: usize) -> f64 {
        let focal = self.focal();
        let below = row as f64 + 0.5 - self.horizon * f64::from(self.size.1);
        if below <= 0.0 { self.scenery } else { (CAMERA * focal / below).min(self.scenery) }
    }

    /// True if something was measured at a pixel, so that it is not open sky.
    pub(in crate::transforms::image) fn is_blocked(&self, x: f64, y: f64) -> bool {
        self.depth.as_ref().is_some_and(|depth| depth.at(x, y, self.size).is_some())
    }

    /// True if the object at a pixel is known to be nearer than this many meters.
    pub(in crate::transforms::image) fn nearer(&self, x: f64, y: f64, meters: f64) -> bool {
        let depth = self.depth.as_ref().and_then(|depth| depth.at(x, y, self.size));
        depth.is_some_and(|depth| f64::from(depth) < meters)
    }

    /// Transmission of the air at each pixel for this extinction per meter, in 65536ths:
    /// exp(-extinction * distance).
    pub(in crate::transforms::image) fn seen(&self, extinction: f64) -> Shares<'_> {
        self.shares(|meters| libm::exp(-extinction * meters))
    }

    /// A fraction between 0 and 1 of each pixel, by its depth in meters.
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

/// A fraction of each pixel in 65536ths, such as the transmission of the air.
pub(in crate::transforms::image) struct Shares<'a> {
    distances: &'a Distances,
    /// By depth.
    table: Vec<u32>,
    /// By row.
    rows: Vec<u32>,
}

impl Shares<'_> {
    /// Calls `each` with every stretch of pixels in a row that share a fraction.
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
