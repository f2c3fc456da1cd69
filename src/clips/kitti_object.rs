//! The object benchmark of KITTI: `training` or `testing` with `image_2`, `label_2`, `calib` and `velodyne`.
//!
//! Geiger et al., "Are we ready for Autonomous Driving? The KITTI Vision Benchmark Suite" (CVPR 2012). Frames are
//! single images, each with its own calibration, without timestamps.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use glam::{DMat3, DQuat, DVec3};

use crate::base::files::visible_in;
use crate::base::inputs::{self, InputKind};
use crate::base::text::agreeing;
use crate::base::time::Time;
use crate::clips::assembled::{Assembled, picture};
use crate::clips::point_files::points_in;
use crate::clips::{Clip, ClipError, ClipKind};
use crate::data::clip::{ChannelKind, Sample};
use crate::data::geometry::box2::Box2;
use crate::data::geometry::frames::{Calibration, Cuboid, FrameTransform, FrameTree, Pose};
use crate::data::geometry::objects::Detection;

/// Reads folders of the object benchmark.
pub static KIND: ClipKind = ClipKind {
    id: "kitti_object",
    title: "KITTI object benchmark",
    accepts: |path| split(path).is_some(),
    open,
};

/// Assumed frame rate, so that there is something to play.
const ASSUMED_RATE_HZ: i64 = 10;

/// The folder with the images: the path itself, or its `training`.
fn split(path: &Path) -> Option<PathBuf> {
    let holds = |folder: &Path| {
        folder.join("image_2").is_dir() && (folder.join("calib").is_dir() || folder.join("label_2").is_dir())
    };
    [path.to_owned(), path.join("training"), path.join("testing")].into_iter().find(|folder| holds(folder))
}

fn open(path: &Path) -> Result<Arc<dyn Clip>, ClipError> {
    let folder = split(path).unwrap_or_else(|| path.to_owned());
    let io = |source| ClipError::Io { path: folder.clone(), source };
    let mut stems: Vec<String> = visible_in(&folder.join("image_2"))
        .map_err(io)?
        .into_iter()
        .filter_map(|file| Some(file.file_stem()?.to_str()?.to_owned()))
        .collect();
    stems.sort();
    if stems.is_empty() {
        return Err(ClipError::Damaged { problem: "image_2 holds no image".to_owned(), path: folder });
    }
    let time = |i: usize| Time(i as i64 * 1_000_000_000 / ASSUMED_RATE_HZ);
    let mut clip = Assembled::new(path, "kitti_object");
    for camera in ["image_2", "image_3"] {
        let (times, files) = files(&folder.join(camera), &stems, &["png", "jpg"], time);
        if !files.is_empty() {
            clip.add_files(camera, ChannelKind::Camera, "KITTI image", times, files, picture);
        }
    }
    let (times, scans) = files(&folder.join("velodyne"), &stems, &["bin"], time);
    if !scans.is_empty() {
        clip.add_files("velodyne", ChannelKind::Points, "KITTI scan", times, scans, points_in("velodyne"));
    }
    add_labels(&mut clip, &folder, &stems, time);
    add_calibrations(&mut clip, &folder, &stems, time);
    Ok(Arc::new(clip))
}

fn files(
    folder: &Path,
    stems: &[String],
    kinds: &[&str],
    time: impl Fn(usize) -> Time,
) -> (Vec<Time>, Vec<PathBuf>) {
    let file = |stem: &String| {
        kinds.iter().map(|kind| folder.join(format!("{stem}.{kind}"))).find(|file| file.is_file())
    };
    stems.iter().enumerate().filter_map(|(i, stem)| Some((time(i), file(stem)?))).unzip()
}

fn add_labels(clip: &mut Assembled, folder: &Path, stems: &[String], time: impl Fn(usize) -> Time) {
    let (mut times, mut flat, mut solid, mut damaged) = (Vec::new(), Vec::new(), Vec::new(), 0_usize);
    for (i, stem) in stems.iter().enumerate() {
        let Ok(text) =
            inputs::read_text(folder.join("label_2").join(format!("{stem}.txt")), InputKind::Media)
        else {
            continue;
        };
        let (mut boxes, mut cuboids) = (Vec::new(), Vec::new());
        for (number, line) in text.lines().filter(|line| !line.trim().is_empty()).enumerate() {
            let Some((label, cuboid)) = object(line, number) else {
                damaged += 1;
                continue;
            };
            boxes.push(label);
            cuboids.extend(cuboid);
        }
        times.push(time(i));
        flat.push(Sample::Boxes(boxes));
        solid.push(Sample::Cuboids(cuboids));
    }
    if damaged > 0 {
        clip.warn(agreeing(
            damaged,
            "label is damaged and was skipped",
            "labels are damaged and were skipped",
        ));
    }
    if !times.is_empty() {
        clip.add_samples("image_2/labels", ChannelKind::Boxes, "KITTI labels", times.clone(), flat);
        clip.add_samples("labels", ChannelKind::Cuboids, "KITTI labels", times, solid);
    }
}

/// `Car 0.00 0 -1.58 587.01 173.33 614.12 200.12 1.65 1.67 3.64 -0.65 1.71 46.70 -1.59`, with a score at the end
/// in results. `DontCare` regions have no 3D position.
fn object(line: &str, number: usize) -> Option<(Detection, Option<Cuboid>)> {
    let mut words = line.split_whitespace();
    let class = words.next()?;
    let n: Vec<f64> = words.map(str::parse).collect::<Result<_, _>>().ok()?;
    let at = |i: usize| n.get(i).copied();
    let bbox = Box2 { x0: at(3)? as f32, y0: at(4)? as f32, x1: at(5)? as f32, y1: at(6)? as f32 };
    let label = Detection::flat(class.to_lowercase(), at(14).unwrap_or(1.0) as f32, bbox);
    let (height, width, length) = (at(7)?, at(8)?, at(9)?);
    let (bottom, yaw) = (DVec3::new(at(10)?, at(11)?, at(12)?), at(13)?);
    let known = height > 0.0 && width > 0.0 && length > 0.0;
    // In the camera x is right and y down: the cuboid stands on its bottom, its length along x rotated about y.
    let upright = DQuat::from_rotation_x(std::f64::consts::FRAC_PI_2);
    let cuboid = known.then(|| Cuboid {
        frame: "camera_rectified".to_owned(),
        pose: Pose::new(bottom - DVec3::Y * (height / 2.0), DQuat::from_rotation_y(yaw) * upright),
        size: DVec3::new(length, width, height),
        class: class.to_lowercase(),
        id: number.to_string(),
        ..Cuboid::default()
    });
    Some((label, cuboid))
}

fn add_calibrations(clip: &mut Assembled, folder: &Path, stems: &[String], time: impl Fn(usize) -> Time) {
    let mut tree = FrameTree::default();
    let mut cameras: [(Vec<Time>, Vec<Sample>); 2] = Default::default();
    for (i, stem) in stems.iter().enumerate() {
        let Ok(text) = inputs::read_text(folder.join("calib").join(format!("{stem}.txt")), InputKind::Media)
        else {
            continue;
        };
        let row = |wanted: &str| -> Option<Vec<f64>> {
            let line = text.lines().find_map(|line| line.strip_prefix(wanted)?.strip_prefix(':'))?;
            line.split_whitespace().map(|word| word.parse().ok()).collect()
        };
        let mut add = |parent: &str, child: &str, pose: Pose| {
            let (parent, child) = (parent.to_owned(), child.to_owned());
            tree.add(FrameTransform { time: Some(time(i)), parent, child, pose }, time(i));
        };
        if let (Some(rectify), Some(to_camera)) = (row("R0_rect"), row("Tr_velo_to_cam"))
            && let (Ok(r), Ok(t)) = (<[f64; 9]>::try_from(rectify), <[f64; 12]>::try_from(to_camera))
        {
            let turn = DMat3::from_cols(
                DVec3::new(t[0], t[4], t[8]),
                DVec3::new(t[1], t[5], t[9]),
                DVec3::new(t[2], t[6], t[10]),
            );
            let to_camera = Pose::new(DVec3::new(t[3], t[7], t[11]), DQuat::from_mat3(&turn));
            let rectify = Pose::new(DVec3::ZERO, DQuat::from_mat3(&DMat3::from_cols_array(&r).transpose()));
            add("velodyne", "camera_rectified", rectify.after(&to_camera).inverse());
        }
        for (number, (times, samples)) in [2, 3].into_iter().zip(&mut cameras) {
            let Some(Ok(p)) = row(&format!("P{number}")).map(<[f64; 12]>::try_from) else { continue };
            let frame = format!("camera_{number}");
            if p[0] > 0.0 {
                add(
                    "camera_rectified",
                    &frame,
                    Pose::new(DVec3::new(-p[3] / p[0], 0.0, 0.0), DQuat::IDENTITY),
                );
            }
            times.push(time(i));
            let pinhole = [p[0], p[5], p[2], p[6]];
            samples.push(Sample::Calibration(Calibration {
                frame,
                size: (0, 0),
                pinhole,
                distortion: [0.0; 5],
            }));
        }
    }
    for (number, (times, samples)) in [2, 3].into_iter().zip(cameras) {
        if !samples.is_empty() {
            let name = format!("image_{number}/calibration");
            clip.add_samples(&name, ChannelKind::Calibration, "KITTI calibration", times, samples);
        }
    }
    clip.set_frames(tree);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_placed_on_its_bottom_and_turned_about_the_vertical() {
        let line = "Car 0.00 0 1.85 387.63 181.54 423.81 203.12 1.67 1.87 3.69 -16.53 2.39 58.49 1.57";
        let (label, cuboid) = object(line, 0).unwrap();
        assert_eq!((label.class.as_str(), label.bbox.x1), ("car", 423.81));
        let cuboid = cuboid.unwrap();
        assert!((cuboid.pose.translation - DVec3::new(-16.53, 2.39 - 1.67 / 2.0, 58.49)).length() < 1e-9);
        // A quarter turn about y, which points down: the length lies along -z, up stays up.
        let ahead = cuboid.pose.rotation * DVec3::X;
        assert!((ahead + DVec3::Z).length() < 1e-2, "{ahead}");
        assert!((cuboid.pose.rotation * DVec3::Z + DVec3::Y).length() < 1e-9);
        let (ignored, none) =
            object("DontCare -1 -1 -10 503.89 169.71 590.61 190.13 -1 -1 -1 -1000 -1000 -1000 -10", 1)
                .unwrap();
        assert_eq!((ignored.class.as_str(), none), ("dontcare", None));
        assert!(object("Car 1 2", 0).is_none());
        assert!(object("Car 1 2 3 4 5 6 7 8 9 10 11 12 13", 0).is_none(), "the angle is missing");
    }
}
