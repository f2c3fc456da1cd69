//! Raw drives of KITTI: `<date>_drive_<number>_sync` with cameras, lidar, GPS/IMU, tracklets, and the calibration
//! in the folder above.
//!
//! Geiger et al., "Vision meets Robotics: The KITTI Dataset" (IJRR 2013). Everything lies in the frame of the
//! IMU, `imu`: x forward, y left, z up.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use glam::{DMat3, DQuat, DVec3};

use crate::base::files::{folder_of, visible_in};
use crate::base::inputs::{self, InputKind};
use crate::base::text::agreeing;
use crate::base::time::{Time, days_since_1970};
use crate::clips::assembled::{Assembled, picture};
use crate::clips::point_files::points_in;
use crate::clips::{Clip, ClipError, ClipKind};
use crate::data::clip::{ChannelKind, Sample};
use crate::data::geometry::frames::{Calibration, Cuboid, FrameTransform, FrameTree, Pose};
use crate::data::geometry::place::Place;

/// Reads raw drives.
pub static KIND: ClipKind = ClipKind { id: "kitti", title: "KITTI raw drive", accepts, open };

/// The numbers of a line of oxts after latitude, longitude and altitude.
const OXTS: [&str; 22] = [
    "roll",
    "pitch",
    "yaw",
    "vn",
    "ve",
    "vf",
    "vl",
    "vu",
    "ax",
    "ay",
    "az",
    "af",
    "al",
    "au",
    "wx",
    "wy",
    "wz",
    "wf",
    "wl",
    "wu",
    "pos_accuracy",
    "vel_accuracy",
];

fn accepts(path: &Path) -> bool {
    path.is_dir()
        && (path.join("velodyne_points/data").is_dir() || path.join("oxts/data").is_dir())
        && (path.join("image_02").is_dir()
            || path.join("image_00").is_dir()
            || path.join("velodyne_points").is_dir())
}

fn open(path: &Path) -> Result<Arc<dyn Clip>, ClipError> {
    let mut clip = Assembled::new(path, "kitti");
    let calibration = Calibrations::read(&folder_of(path), &mut clip);
    for number in 0..4 {
        let name = format!("image_{number:02}");
        let Some((times, files)) = samples(&path.join(&name), &["png", "jpg"], &mut clip) else { continue };
        let first = times.first().copied().unwrap_or_default();
        clip.add_files(&name, ChannelKind::Camera, "KITTI image", times, files, picture);
        if let Some(found) = calibration.camera(number) {
            let of = format!("{name}/calibration");
            let sample = vec![Sample::Calibration(found)];
            clip.add_samples(&of, ChannelKind::Calibration, "KITTI calibration", vec![first], sample);
        }
    }
    if let Some((times, files)) = samples(&path.join("velodyne_points"), &["bin"], &mut clip) {
        if let Some(boxes) = tracklets(&path.join("tracklet_labels.xml"), &files, &mut clip) {
            clip.add_samples("tracklets", ChannelKind::Cuboids, "KITTI tracklets", times.clone(), boxes);
        }
        clip.add_files("velodyne", ChannelKind::Points, "KITTI scan", times, files, points_in("velodyne"));
    }
    let mut way = Vec::new();
    if let Some((times, files)) = samples(&path.join("oxts"), &["txt"], &mut clip) {
        way = add_oxts(&mut clip, times, &files);
    }
    if clip.is_empty() {
        return Err(ClipError::Damaged {
            problem: "the folder looks like a KITTI drive but holds neither images nor scans".to_owned(),
            path: path.to_owned(),
        });
    }
    let mut frames = calibration.frames();
    for transform in way {
        frames.add(transform, Time(0));
    }
    clip.set_frames(frames);
    Ok(Arc::new(clip))
}

/// The files of a sensor with their times. Drives miss a file now and then, so the number in its name
/// selects its line of the timestamps.
fn samples(folder: &Path, kinds: &[&str], clip: &mut Assembled) -> Option<(Vec<Time>, Vec<PathBuf>)> {
    let mut files: Vec<(usize, PathBuf)> = visible_in(&folder.join("data"))
        .ok()?
        .into_iter()
        .filter(|file| {
            file.extension().is_some_and(|ext| kinds.iter().any(|kind| ext.eq_ignore_ascii_case(kind)))
        })
        .filter_map(|file| Some((file.file_stem()?.to_str()?.parse().ok()?, file)))
        .collect();
    files.sort();
    let text = inputs::read_text(folder.join("timestamps.txt"), InputKind::Media).unwrap_or_default();
    let stamps: Vec<Option<Time>> = text.lines().map(stamp).collect();
    let (mut times, mut kept, mut without) = (Vec::new(), Vec::new(), 0);
    for (number, file) in files {
        match stamps.get(number).copied().flatten() {
            Some(time) => {
                times.push(time);
                kept.push(file);
            }
            None => without += 1,
        }
    }
    if without > 0 {
        clip.warn(format!(
            "{}: {}",
            agreeing(
                without,
                "file has no line in timestamps.txt and was skipped",
                "files have no line in timestamps.txt and were skipped"
            ),
            folder.display()
        ));
    }
    let mut order: Vec<usize> = (0..times.len()).collect();
    order.sort_by_key(|i| times[*i]);
    let sorted = order.iter().map(|i| (times[*i], kept[*i].clone()));
    (!kept.is_empty()).then(|| sorted.unzip())
}

/// `2011-09-26 13:02:25.951199337`, as UTC.
fn stamp(line: &str) -> Option<Time> {
    let (date, clock) = line.trim().split_once(' ')?;
    let mut date = date.split('-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let mut clock = clock.split(':');
    let (hour, minute) = (clock.next()?.parse::<i64>().ok()?, clock.next()?.parse::<i64>().ok()?);
    let (whole, part) = clock.next()?.split_once('.')?;
    let whole: i64 = whole.parse().ok()?;
    let nanos: i64 = format!("{part:0<9}").get(..9)?.parse().ok()?;
    let days = days_since_1970(year, month, day)?;
    if [(hour, 24), (minute, 60), (whole, 61)].iter().any(|(value, limit)| !(0..*limit).contains(value)) {
        return None;
    }
    let secs = ((days * 24 + hour) * 60 + minute) * 60 + whole;
    Some(Time(secs.checked_mul(1_000_000_000)?.checked_add(nanos)?))
}

/// Adds the measurements of the inertial unit; returns its path through the world.
fn add_oxts(clip: &mut Assembled, times: Vec<Time>, files: &[PathBuf]) -> Vec<FrameTransform> {
    let rows: Vec<Vec<f64>> = files
        .iter()
        .map(|file| {
            let text = inputs::read_text(file, InputKind::Media).unwrap_or_default();
            text.split_whitespace().map(|word| word.parse().unwrap_or(f64::NAN)).collect()
        })
        .collect();
    let column =
        |at: usize| rows.iter().map(|row| row.get(at).copied().unwrap_or(f64::NAN)).collect::<Vec<f64>>();
    let places = rows.iter().map(|row| {
        let at = |i: usize| row.get(i).copied().unwrap_or(f64::NAN);
        Sample::Place(Place { latitude: at(0), longitude: at(1), altitude: at(2) })
    });
    let places = places.collect();
    for (i, name) in ["latitude", "longitude", "altitude"].into_iter().chain(OXTS).enumerate() {
        clip.add_signal(&format!("oxts.{name}"), "KITTI oxts", times.clone(), column(i));
    }
    let way = way(&times, &rows);
    clip.add_samples("oxts", ChannelKind::Places, "KITTI oxts", times, places);
    way
}

/// Poses of the inertial unit in a world with its origin at the first position, x to the east, y to the north, z up. Roll, pitch
/// and yaw are the columns 4 to 6 in radians, yaw from east to north, according to the data set's `dataformat.txt`.
fn way(times: &[Time], rows: &[Vec<f64>]) -> Vec<FrameTransform> {
    let numbers = |row: &Vec<f64>| -> Option<[f64; 6]> {
        let six: [f64; 6] = row.get(..6)?.try_into().ok()?;
        six.iter().all(|number| number.is_finite()).then_some(six)
    };
    let place = |n: &[f64; 6]| Place { latitude: n[0], longitude: n[1], altitude: n[2] };
    let Some(origin) = rows.iter().find_map(numbers) else { return Vec::new() };
    let poses = times.iter().zip(rows).filter_map(|(time, row)| {
        let six = numbers(row)?;
        let (east, north) = place(&six).meters_from(&place(&origin));
        let rotation =
            DQuat::from_rotation_z(six[5]) * DQuat::from_rotation_y(six[4]) * DQuat::from_rotation_x(six[3]);
        let pose = Pose::new(DVec3::new(east, north, six[2] - origin[2]), rotation);
        Some(FrameTransform { time: Some(*time), parent: "world".to_owned(), child: "imu".to_owned(), pose })
    });
    poses.collect()
}

/// The cuboids of each scan; tracklets count images, of which some have no scan.
fn tracklets(path: &Path, scans: &[PathBuf], clip: &mut Assembled) -> Option<Vec<Sample>> {
    let text = inputs::read_text(path, InputKind::Media).ok()?;
    let mut reader = quick_xml::Reader::from_str(&text);
    let mut frames: Vec<Vec<Cuboid>> = vec![Vec::new(); scans.len()];
    let number = |file: &PathBuf| file.file_stem()?.to_str()?.parse::<usize>().ok();
    let scan_of: BTreeMap<usize, usize> =
        scans.iter().enumerate().filter_map(|(i, file)| Some((number(file)?, i))).collect();
    let (mut names, mut fields): (Vec<String>, BTreeMap<String, String>) = Default::default();
    let (mut first, mut pose, mut track) = (0, 0, 0);
    loop {
        use quick_xml::events::Event;
        match reader.read_event() {
            Ok(Event::Start(tag)) => names.push(String::from_utf8_lossy(tag.name().as_ref()).into_owned()),
            Ok(Event::Text(text)) => {
                if let (Some(name), Ok(text)) = (names.last(), text.decode()) {
                    fields.insert(name.clone(), text.trim().to_owned());
                }
            }
            Ok(Event::End(_)) => {
                let depth = names.len();
                let name = names.pop().unwrap_or_default();
                let number = |key: &str| fields.get(key).and_then(|v| v.parse::<f64>().ok()).unwrap_or(0.0);
                match name.as_str() {
                    "first_frame" => {
                        (first, pose) = (number("first_frame") as usize, 0);
                    }
                    // tracklets, item, poses, item
                    "item" if names.last().is_some_and(|parent| parent == "poses") && depth >= 4 => {
                        let (length, width, height) = (number("l"), number("w"), number("h"));
                        // The pose is that of the bottom.
                        let center = DVec3::new(number("tx"), number("ty"), number("tz") + height / 2.0);
                        if let Some(frame) = scan_of.get(&(first + pose)).and_then(|i| frames.get_mut(*i)) {
                            frame.push(Cuboid {
                                frame: "velodyne".to_owned(),
                                pose: Pose::new(center, DQuat::from_rotation_z(number("rz"))),
                                size: DVec3::new(length, width, height),
                                class: fields.get("objectType").cloned().unwrap_or_default().to_lowercase(),
                                id: track.to_string(),
                                ..Cuboid::default()
                            });
                        }
                        pose += 1;
                    }
                    "poses" => track += 1,
                    _ => {}
                }
            }
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(err) => {
                clip.warn(format!("the tracklets are damaged and end early ({err}): {}", path.display()));
                break;
            }
        }
    }
    Some(frames.into_iter().map(Sample::Cuboids).collect())
}

/// The three files of calibration, by the name of each row.
#[derive(Default)]
struct Calibrations {
    rows: BTreeMap<String, Vec<f64>>,
}

impl Calibrations {
    fn read(folder: &Path, clip: &mut Assembled) -> Self {
        let mut rows = BTreeMap::new();
        for name in ["calib_cam_to_cam", "calib_velo_to_cam", "calib_imu_to_velo"] {
            let Ok(text) = inputs::read_text(folder.join(format!("{name}.txt")), InputKind::Media) else {
                clip.warn(format!(
                    "{name}.txt is missing from {}, sensors cannot be projected into each other",
                    folder.display()
                ));
                continue;
            };
            for line in text.lines() {
                let Some((key, values)) = line.split_once(':') else { continue };
                let values = values.split_whitespace().map(str::parse).collect::<Result<Vec<f64>, _>>();
                if let Ok(values) = values {
                    rows.insert(format!("{name}.{}", key.trim()), values);
                }
            }
        }
        Self { rows }
    }

    fn matrix(&self, name: &str) -> Option<DMat3> {
        let row: [f64; 9] = self.rows.get(name)?.as_slice().try_into().ok()?;
        // Rows in the file, columns here.
        Some(DMat3::from_cols_array(&row).transpose())
    }

    fn rigid(&self, file: &str) -> Option<Pose> {
        let rotation = self.matrix(&format!("{file}.R"))?;
        let translation: [f64; 3] = self.rows.get(&format!("{file}.T"))?.as_slice().try_into().ok()?;
        Some(Pose::new(DVec3::from(translation), DQuat::from_mat3(&rotation)))
    }

    /// The rectified camera; its frame is that of camera 0 rectified, moved by its own baseline.
    fn camera(&self, number: usize) -> Option<Calibration> {
        let p: [f64; 12] =
            self.rows.get(&format!("calib_cam_to_cam.P_rect_{number:02}"))?.as_slice().try_into().ok()?;
        let size = self.rows.get(&format!("calib_cam_to_cam.S_rect_{number:02}"));
        let size = size.and_then(|s| Some((*s.first()? as u32, *s.get(1)? as u32))).unwrap_or_default();
        Some(Calibration {
            frame: format!("camera_{number:02}"),
            size,
            pinhole: [p[0], p[5], p[2], p[6]],
            distortion: [0.0; 5],
        })
    }

    fn frames(&self) -> FrameTree {
        let mut tree = FrameTree::default();
        let mut add = |parent: &str, child: &str, pose: Pose| {
            let (parent, child) = (parent.to_owned(), child.to_owned());
            tree.add(FrameTransform { time: Some(Time(0)), parent, child, pose }, Time(0));
        };
        // The files map from the first to the second; the tree needs the child in its parent.
        if let Some(imu_to_velo) = self.rigid("calib_imu_to_velo") {
            add("imu", "velodyne", imu_to_velo.inverse());
        }
        let rectified = self.matrix("calib_cam_to_cam.R_rect_00");
        if let (Some(velo_to_cam), Some(rectified)) = (self.rigid("calib_velo_to_cam"), rectified) {
            let rectify = Pose::new(DVec3::ZERO, DQuat::from_mat3(&rectified));
            add("velodyne", "camera_rectified", rectify.after(&velo_to_cam).inverse());
        }
        for number in 0..4 {
            if let Some(p) = self.rows.get(&format!("calib_cam_to_cam.P_rect_{number:02}"))
                && let (Some(f), Some(shift)) = (p.first().filter(|f| **f > 0.0), p.get(3))
            {
                let pose = Pose::new(DVec3::new(-shift / f, 0.0, 0.0), DQuat::IDENTITY);
                add("camera_rectified", &format!("camera_{number:02}"), pose);
            }
        }
        tree
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_exact() {
        assert_eq!(stamp("2011-09-26 13:02:25.951199337"), Some(Time(1_317_042_145_951_199_337)));
        assert_eq!(stamp("1970-01-01 00:00:00.5"), Some(Time(500_000_000)));
        assert_eq!(stamp("2024-02-29 00:00:00.000000001"), Some(Time(1_709_164_800_000_000_001)));
        assert_eq!(stamp("nonsense"), None);
    }
}
