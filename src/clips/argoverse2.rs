//! Sensor logs of Argoverse 2: a folder with `sensors`, `calibration`, `annotations.feather` and
//! `city_SE3_egovehicle.feather`.
//!
//! Wilson et al., "Argoverse 2: Next Generation Datasets for Self-Driving Perception and Forecasting" (2021, Track on
//! Datasets and Benchmarks). Times are nanoseconds, quaternions w x y z, boxes length width height around their center
//! in the frame of the vehicle, in which the points lie too.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use glam::{DQuat, DVec3};

use crate::base::files::visible_in;
use crate::base::time::Time;
use crate::clips::arrow_tables::feather;
use crate::clips::assembled::{Assembled, picture};
use crate::clips::cells::Cells;
use crate::clips::error::ReadError;
use crate::clips::{Clip, ClipError, ClipKind};
use crate::data::clip::{ChannelKind, Sample};
use crate::data::geometry::frames::{Calibration, Cuboid, FrameTransform, FrameTree, Pose};
use crate::data::geometry::points::{PointCloud, PointField};

/// Reads sensor logs.
pub static KIND: ClipKind = ClipKind {
    id: "argoverse2",
    title: "Argoverse 2 sensor log",
    accepts: |path| path.join("sensors").is_dir() && path.join("calibration").is_dir(),
    open,
};

/// The vehicle: x forward, y left, z up, at the rear axle.
const EGO: &str = "egovehicle";

fn open(path: &Path) -> Result<Arc<dyn Clip>, ClipError> {
    let mut clip = Assembled::new(path, "argoverse2");
    let mut tree = FrameTree::default();
    let mut add = |time: Time, parent: &str, child: &str, pose: Pose| {
        let (parent, child) = (parent.to_owned(), child.to_owned());
        tree.add(FrameTransform { time: Some(time), parent, child, pose }, time);
    };
    let intrinsics = columns(&path.join("calibration/intrinsics.feather"), &mut clip);
    let mut cameras: Vec<PathBuf> = folders(&path.join("sensors/cameras"));
    cameras.sort();
    for folder in cameras {
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let (times, files) = stamped(&folder, &["jpg", "png"]);
        let Some(first) = times.first().copied() else { continue };
        clip.add_files(&name, ChannelKind::Camera, "Argoverse 2 image", times, files, picture);
        if let Some(found) = intrinsics.as_ref().and_then(|table| camera(table, &name)) {
            let of = format!("{name}/calibration");
            let sample = vec![Sample::Calibration(found)];
            clip.add_samples(&of, ChannelKind::Calibration, "Argoverse 2 calibration", vec![first], sample);
        }
    }
    let (times, files) = stamped(&path.join("sensors/lidar"), &["feather"]);
    if !files.is_empty() {
        clip.add_files("lidar", ChannelKind::Points, "Argoverse 2 sweep", times, files, sweep);
    }
    if let Some(table) = columns(&path.join("annotations.feather"), &mut clip) {
        let (times, boxes) = boxes(&table);
        clip.add_samples("annotations", ChannelKind::Cuboids, "Argoverse 2 annotations", times, boxes);
    }
    if clip.is_empty() {
        return Err(ClipError::Damaged {
            problem: "the folder looks like an Argoverse 2 log but holds neither images nor sweeps"
                .to_owned(),
            path: path.to_owned(),
        });
    }
    if let Some(table) = columns(&path.join("calibration/egovehicle_SE3_sensor.feather"), &mut clip) {
        for (i, name) in table.texts("sensor_name").iter().enumerate() {
            add(Time(0), EGO, name, table.pose(i));
        }
    }
    if let Some(table) = columns(&path.join("city_SE3_egovehicle.feather"), &mut clip) {
        for (i, time) in table.times().into_iter().enumerate() {
            add(time, "city", EGO, table.pose(i));
        }
    }
    clip.set_frames(tree);
    Ok(Arc::new(clip))
}

fn folders(path: &Path) -> Vec<PathBuf> {
    visible_in(path).unwrap_or_default().into_iter().filter(|path| path.is_dir()).collect()
}

/// Files whose names are nanoseconds.
fn stamped(folder: &Path, kinds: &[&str]) -> (Vec<Time>, Vec<PathBuf>) {
    let mut files: Vec<(Time, PathBuf)> = visible_in(folder)
        .unwrap_or_default()
        .into_iter()
        .filter(|file| {
            file.extension().is_some_and(|ext| kinds.iter().any(|kind| ext.eq_ignore_ascii_case(kind)))
        })
        .filter_map(|file| Some((Time(file.file_stem()?.to_str()?.parse().ok()?), file)))
        .collect();
    files.sort();
    files.into_iter().unzip()
}

/// Columns of a table by name.
struct Columns(BTreeMap<String, Cells>);

fn columns(path: &Path, clip: &mut Assembled) -> Option<Columns> {
    if !path.is_file() {
        return None;
    }
    feather(path)
        .map(|found| Columns(found.columns.into_iter().collect()))
        .map_err(|problem| clip.warn(format!("{problem}: {}", path.display())))
        .ok()
}

impl Columns {
    fn number(&self, name: &str, row: usize) -> f64 {
        self.0.get(name).and_then(|cells| cells.number(row)).unwrap_or(f64::NAN)
    }

    fn texts(&self, name: &str) -> &[String] {
        if let Some(Cells::Texts(texts)) = self.0.get(name) { texts } else { &[] }
    }

    fn text(&self, name: &str, row: usize) -> String {
        self.texts(name).get(row).cloned().unwrap_or_default()
    }

    fn times(&self) -> Vec<Time> {
        let Some(Cells::Whole(times) | Cells::Times(times, _)) = self.0.get("timestamp_ns") else {
            return Vec::new();
        };
        times.iter().map(|time| Time(time.unwrap_or(0))).collect()
    }

    fn pose(&self, row: usize) -> Pose {
        let at = |name: &str| self.number(name, row);
        Pose::new(
            DVec3::new(at("tx_m"), at("ty_m"), at("tz_m")),
            DQuat::from_xyzw(at("qx"), at("qy"), at("qz"), at("qw")),
        )
    }
}

fn camera(table: &Columns, name: &str) -> Option<Calibration> {
    let row = table.texts("sensor_name").iter().position(|known| known == name)?;
    let at = |column: &str| table.number(column, row);
    Some(Calibration {
        frame: name.to_owned(),
        size: (at("width_px") as u32, at("height_px") as u32),
        pinhole: [at("fx_px"), at("fy_px"), at("cx_px"), at("cy_px")],
        // The images are published undistorted; k1, k2, k3 describe the remainder.
        distortion: [at("k1"), at("k2"), 0.0, 0.0, at("k3")].map(|k| if k.is_finite() { k } else { 0.0 }),
    })
}

fn boxes(table: &Columns) -> (Vec<Time>, Vec<Sample>) {
    let mut found: BTreeMap<Time, Vec<Cuboid>> = BTreeMap::new();
    for (row, time) in table.times().into_iter().enumerate() {
        let at = |name: &str| table.number(name, row);
        found.entry(time).or_default().push(Cuboid {
            frame: EGO.to_owned(),
            pose: table.pose(row),
            size: DVec3::new(at("length_m"), at("width_m"), at("height_m")),
            class: table.text("category", row).to_lowercase(),
            id: table.text("track_uuid", row),
            ..Cuboid::default()
        });
    }
    found.into_iter().map(|(time, boxes)| (time, Sample::Cuboids(boxes))).unzip()
}

fn sweep(path: &Path) -> Result<Sample, ReadError> {
    let mut table: BTreeMap<String, Cells> = feather(path)?.columns.into_iter().collect();
    let mut take = |name: &str| -> Option<Vec<f32>> {
        let cells = table.remove(name)?;
        if matches!(cells, Cells::Texts(_)) {
            return None;
        }
        Some(cells.numbers().into_iter().map(|value| value as f32).collect())
    };
    let (x, y, z) = (take("x"), take("y"), take("z"));
    let (Some(x), Some(y), Some(z)) = (x, y, z) else {
        return Err(ReadError::damaged("the points have no fields x, y and z"));
    };
    let names = ["intensity", "laser_number", "offset_ns"];
    let fields =
        names.into_iter().filter_map(|name| Some(PointField { name: name.to_owned(), values: take(name)? }));
    let fields: Vec<PointField> = fields.filter(|field| field.values.len() == x.len()).collect();
    let positions = x.into_iter().zip(y).zip(z).map(|((x, y), z)| [x, y, z]).collect();
    Ok(Sample::Points(Arc::new(PointCloud { frame: EGO.to_owned(), positions, fields })))
}
