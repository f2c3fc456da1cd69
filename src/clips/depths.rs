//! Depth maps of camera images, from a depth camera or a point cloud recorded beside them.

use glam::DVec3;

use crate::base::time::{Span, Time, index_at};
use crate::clips::Clip;
use crate::data::clip::{ChannelId, ChannelKind, Sample};
use crate::data::depth::Depth;
use crate::data::geometry::frames::{Calibration, FrameTree};
use crate::data::geometry::points::PointCloud;
use crate::data::image::Image;
use crate::data::input::Input;

/// Maximum time between an image and its depth measurement.
const APART: Span = Span(150_000_000);
/// Columns of a map made from points.
const COLUMNS: u32 = 320;
/// Maximum number of points from one image of a depth camera at another position.
const MOST: usize = 200_000;
/// Maximum gap, in cells, between two measured cells of a row that is filled.
const ALONG: usize = 6;
/// Maximum gap between two measured cells of a column as a fraction of the height, as between the lines of a lidar.
const DOWN: usize = 10;
/// Maximum difference in gray levels of each channel between two cells of one object.
const ALIKE: f32 = 22.0;
/// Minimum ratio of depths between two objects.
const EDGE: f32 = 1.5;

/// The input with the depth maps of its images, if available.
pub(super) fn known<C: Clip + ?Sized>(clip: &C, camera: ChannelId, index: usize, input: Input) -> Input {
    let added = |image: Image, index: usize| {
        if image.depth().is_some() {
            return image;
        }
        let depth = depth(clip, camera, index, &image);
        image.with_depth(depth)
    };
    match input {
        Input::Image(image) => Input::Image(added(image, index)),
        Input::Window(mut window) => {
            let window_mut = std::sync::Arc::make_mut(&mut window);
            let first = (index + 1).saturating_sub(window_mut.frames.len());
            for (back, (_, image)) in window_mut.frames.iter_mut().enumerate() {
                *image = added(image.clone(), first + back);
            }
            Input::Window(window)
        }
        other @ (Input::Points(_) | Input::Text(_)) => other,
    }
}

/// Depth map of an image.
fn depth<C: Clip + ?Sized>(clip: &C, camera: ChannelId, index: usize, image: &Image) -> Option<Depth> {
    let size = image.size();
    let at = clip.times(camera).get(index).copied()?;
    let seen = calibration(clip, camera, at).map(|seen| of_size(seen, size));
    let info = clip.info();
    let mut map = Map::new(size);
    for (other, channel) in info.of_kind(ChannelKind::Camera) {
        let name = channel.name.to_ascii_lowercase();
        if other == camera || !name.contains("depth") {
            continue;
        }
        let Some((then, Sample::Image(picture))) = nearest(clip, other, at) else { continue };
        let Some(depth) = picture.depth() else { continue };
        let own = calibration(clip, other, then).map(|own| of_size(own, picture.size()));
        let both = own.as_ref().zip(seen.as_ref());
        // Drivers that register depth to color say so in the name, or by one frame for both.
        let laid_over = name.contains("aligned_depth_to") || name.contains("depth_registered");
        if laid_over || both.is_some_and(|(own, seen)| own.frame == seen.frame) {
            return Some(depth.clone());
        }
        if let Some((own, seen)) = both {
            let points = from_depth(depth, own);
            map.see(&points, seen, &clip.frames(), then, at);
        }
    }
    if let Some(seen) = &seen {
        for (points, _) in info.of_kind(ChannelKind::Points) {
            if let Some((then, Sample::Points(cloud))) = nearest(clip, points, at) {
                map.see(&cloud, seen, &clip.frames(), then, at);
            }
        }
    }
    map.filled(image)
}

/// The calibration of a camera at a time.
fn calibration<C: Clip + ?Sized>(clip: &C, camera: ChannelId, at: Time) -> Option<Calibration> {
    let channel = clip.info().calibration_of(camera)?;
    let read = clip.read(channel, index_at(&clip.times(channel), at)).ok()?;
    if let Sample::Calibration(calibration) = read { Some(calibration) } else { None }
}

/// A calibration without an image size is taken as one of the recorded size.
fn of_size(calibration: Calibration, size: (u32, u32)) -> Calibration {
    let size = if calibration.size.0 == 0 { size } else { calibration.size };
    Calibration { size, ..calibration }
}

/// The sample of a channel nearest to a time, with its time.
fn nearest<C: Clip + ?Sized>(clip: &C, channel: ChannelId, at: Time) -> Option<(Time, Sample)> {
    let times = clip.times(channel);
    let before = index_at(&times, at);
    let apart = |index: &usize| times.get(*index).map_or(i64::MAX, |time| (*time - at).0.abs());
    let index = [before, before + 1].into_iter().min_by_key(apart)?;
    let time = times.get(index).copied().filter(|_| apart(&index) <= APART.0)?;
    Some((time, clip.read(channel, index).ok()?))
}

/// The measurements of a depth camera as points of its optical frame.
fn from_depth(depth: &Depth, own: &Calibration) -> PointCloud {
    let (width, height) = depth.size();
    let scale = f64::from(own.size.0.max(1)) / f64::from(width);
    let step = 1 + (width as usize * height as usize) / MOST;
    let [fx, fy, cx, cy] = own.pinhole;
    let positions = depth.meters().enumerate().step_by(step).filter_map(|(i, z)| {
        let z = z?;
        let u = ((i % width as usize) as f64 + 0.5) * scale;
        let v = ((i / width as usize) as f64 + 0.5) * scale;
        let (x, y) = ((u - cx) / fx, (v - cy) / fy);
        Some([(x * f64::from(z)) as f32, (y * f64::from(z)) as f32, z])
    });
    PointCloud { frame: own.frame.clone(), positions: positions.collect(), ..PointCloud::default() }
}

/// Inverse depth map (1/m), in which planes are linear; 0 where nothing was measured.
struct Map {
    width: usize,
    height: usize,
    nearness: Vec<f32>,
}

impl Map {
    fn new((width, height): (u32, u32)) -> Self {
        let columns = width.clamp(1, COLUMNS);
        let rows = (u64::from(height) * u64::from(columns) / u64::from(width.max(1))).max(1);
        let (width, height) = (columns as usize, rows as usize);
        Self { width, height, nearness: vec![0.0; width * height] }
    }

    /// Projects points measured at one time into an image of another time; of several in one cell the nearest stays.
    fn see(&mut self, cloud: &PointCloud, seen: &Calibration, frames: &FrameTree, then: Time, at: Time) {
        let root = frames.root(&cloud.frame);
        let ways = frames.pose(&cloud.frame, root, then).zip(frames.pose(root, &seen.frame, at));
        let Some((up, down)) = ways else { return };
        let pose = down.after(&up);
        let (width, height) = (f64::from(seen.size.0.max(1)), f64::from(seen.size.1.max(1)));
        let [fx, fy, cx, cy] = seen.pinhole;
        for position in &cloud.positions {
            let point = pose.apply(DVec3::from(position.map(f64::from)));
            let straight = (fx * point.x / point.z + cx, fy * point.y / point.z + cy);
            // Far outside of the view the distortion of a lens leads back into it.
            let near = |at: f64, side: f64| (-0.5 * side..1.5 * side).contains(&at) && point.z.is_finite();
            if !(near(straight.0, width) && near(straight.1, height)) {
                continue;
            }
            let Some((u, v)) = seen.project(point) else { continue };
            let (column, row) = (u / width * self.width as f64, v / height * self.height as f64);
            if column >= 0.0 && row >= 0.0 && column < self.width as f64 && row < self.height as f64 {
                let cell = &mut self.nearness[row as usize * self.width + column as usize];
                *cell = cell.max((1.0 / point.z) as f32);
            }
        }
    }

    /// The map with gaps filled, in meters; `None` if nothing was measured at all.
    ///
    /// Points seen through a near object are removed first; then gaps along the rows and down the columns are filled. Objects
    /// higher than the lidar's view are extended upwards while their color continues; beyond that, and below all
    /// measurements, the depth is unknown.
    fn filled(mut self, image: &Image) -> Option<Depth> {
        if self.nearness.iter().all(|cell| *cell == 0.0) {
            return None;
        }
        self.take_out();
        self.fill_rows();
        let mut column = vec![0.0; self.height];
        for x in 0..self.width {
            for (y, cell) in column.iter_mut().enumerate() {
                *cell = self.nearness[y * self.width + x];
            }
            fill(&mut column, self.height / DOWN);
            for (y, cell) in column.iter().enumerate() {
                self.nearness[y * self.width + x] = *cell;
            }
        }
        self.fill_rows();
        self.rise(&image.resized(self.width as u32, self.height as u32));
        let meters: Vec<f32> =
            self.nearness.iter().map(|cell| if *cell > 0.0 { 1.0 / cell } else { 0.0 }).collect();
        Depth::from_meters(self.width as u32, self.height as u32, &meters)
    }

    fn fill_rows(&mut self) {
        for row in self.nearness.chunks_exact_mut(self.width) {
            fill(row, ALONG);
        }
    }

    /// Extends the highest known cell of each column upwards while the color continues.
    fn rise(&mut self, colors: &Image) {
        let color = |x: usize, y: usize| colors.pixel(x as u32, y as u32).unwrap_or_default();
        for x in 0..self.width {
            let Some(top) = (0..self.height).find(|y| self.nearness[y * self.width + x] > 0.0) else {
                continue;
            };
            // The mean of the last cells, so that shading may change slowly.
            let mut like = color(x, top).map(f32::from);
            for y in (0..top).rev() {
                let here = color(x, y).map(f32::from);
                if like.iter().zip(here).any(|(like, here)| (like - here).abs() > ALIKE) {
                    break;
                }
                for (like, here) in like.iter_mut().zip(here) {
                    *like += (here - *like) / 4.0;
                }
                self.nearness[y * self.width + x] = self.nearness[top * self.width + x];
            }
        }
    }

    /// Removes cells with much nearer ones both above and below: a lidar on the roof sees past near objects.
    fn take_out(&mut self) {
        let known = self.nearness.clone();
        let reach = (self.height / DOWN / 2).max(1);
        for y in 0..self.height {
            for x in 0..self.width {
                let at = y * self.width + x;
                let much_nearer = |row: usize| known[row * self.width + x] > known[at] * EDGE;
                let above = (y.saturating_sub(reach)..y).any(much_nearer);
                let below = (y + 1..(y + 1 + reach).min(self.height)).any(much_nearer);
                if known[at] > 0.0 && above && below {
                    self.nearness[at] = 0.0;
                }
            }
        }
    }
}

/// Fills gaps of at most `most` cells between two known ones: linear where both belong to one object, else with the nearer
/// neighbor in the line.
fn fill(line: &mut [f32], most: usize) {
    let mut last: Option<usize> = None;
    for at in 0..line.len() {
        if line[at] == 0.0 {
            continue;
        }
        if let Some(from) = last.filter(|from| at - from > 1 && at - from - 1 <= most) {
            let (a, b) = (line[from], line[at]);
            let one_thing = a.max(b) < a.min(b) * EDGE;
            for (step, cell) in line[from + 1..at].iter_mut().enumerate() {
                let part = (step + 1) as f32 / (at - from) as f32;
                *cell = match (one_thing, part < 0.5) {
                    (true, _) => a + (b - a) * part,
                    (false, true) => a,
                    (false, false) => b,
                };
            }
        }
        last = Some(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_filled_within_one_thing_and_not_across_an_edge() {
        let mut line = [0.0, 0.1, 0.0, 0.12, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.5, 0.0];
        fill(&mut line, 3);
        assert!((line[2] - 0.11).abs() < 1e-6);
        assert_eq!(line[4..7], [0.12, 0.5, 0.5]);
        assert_eq!(line[7..11], [0.0; 4], "too wide");
        assert_eq!((line[0], line[12]), (0.0, 0.0), "nothing lies beyond");
    }

    #[test]
    fn what_is_seen_past_something_near_is_taken_out() {
        let mut map = Map::new((40, 40));
        for y in [8, 10, 14, 16] {
            map.nearness[y * 40 + 5] = 0.2;
        }
        // A wall far behind, between the lines on something near.
        map.nearness[12 * 40 + 5] = 0.01;
        map.nearness[2 * 40 + 5] = 0.01;
        // The near object is dark up to the fourth row, and light above it.
        let pixels = (0..40 * 40).flat_map(|i| if i < 4 * 40 { [200; 3] } else { [60; 3] }).collect();
        let picture = Image::from_rgb(40, 40, pixels).unwrap();
        map.nearness[7 * 40 + 9] = 0.2;
        let depth = map.filled(&picture).unwrap();
        let meters: Vec<Option<f32>> = depth.meters().collect();
        assert_eq!(meters[12 * 40 + 5], Some(5.0));
        assert_eq!(meters[2 * 40 + 5], Some(100.0));
        assert_eq!((meters[4 * 40 + 9], meters[3 * 40 + 9]), (Some(5.0), None));
        assert_eq!((meters[0], meters[30 * 40 + 5]), (None, None));
        assert!(Map::new((40, 40)).filled(&picture).is_none());
    }
}
