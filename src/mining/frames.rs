//! Watchers of images and scans: each sees every sample of one channel once, in the order of time.

use crate::base::time::Time;
use crate::data::geometry::points::PointCloud;
use crate::data::image::Image;
use crate::mining::drive::Signal;
use crate::mining::found::Found;
use crate::mining::reduced::Reduced;

/// Knowledge about the channel that a watcher looks at.
#[derive(Clone, Copy, Debug)]
pub struct Watched<'a> {
    /// Name of the channel.
    pub channel: &'a str,
    /// Times of its samples.
    pub times: &'a [Time],
    /// Speed of the vehicle, where it is known.
    pub speed: Option<&'a Signal>,
    /// Yaw rate of the vehicle in rad/s, where it is known.
    pub yaw_rate: Option<&'a Signal>,
    /// Focal length of a camera as a part of the width of its images, where its calibration is recorded.
    pub focal: Option<f64>,
}

/// A watcher of the images of a camera.
pub trait FrameWatcher: Send {
    /// Sees the next image, with the view of it that all watchers share.
    fn see(&mut self, time: Time, image: &Image, view: &Reduced);
    /// Says what was found.
    fn finish(self: Box<Self>, watched: &Watched<'_>) -> Found;
}

/// A watcher of the scans of a LIDAR.
pub trait ScanWatcher: Send {
    /// Sees the next scan.
    fn see(&mut self, time: Time, scan: &PointCloud);
    /// Says what was found.
    fn finish(self: Box<Self>, watched: &Watched<'_>) -> Found;
}
