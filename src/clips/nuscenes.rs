//! Scenes of nuScenes: the folder with `v1.0-*`, `samples` and `sweeps`; `FOLDER#scene-0061` is one scene of many.
//!
//! Caesar et al., "nuScenes: A multimodal dataset for autonomous driving" (CVPR 2020). Times are microseconds,
//! quaternions w x y z, sizes width length height, boxes lie in the frame of the map with their center.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use glam::{DQuat, DVec3};
use serde::Deserialize;
use serde::de::{DeserializeOwned, DeserializeSeed, SeqAccess, Visitor};

use crate::base::files::{folder_of, visible_in};
use crate::base::inputs::{self, InputKind};
use crate::base::text::agreeing;
use crate::base::time::Time;
use crate::clips::assembled::{Assembled, picture};
use crate::clips::messages::numbers_of_json;
use crate::clips::point_files::points_in;
use crate::clips::{Clip, ClipError, ClipKind, mapped};
use crate::data::clip::{ChannelKind, Sample};
use crate::data::geometry::frames::{Calibration, Cuboid, FrameTransform, FrameTree, Pose};

/// Reads scenes of nuScenes.
pub static KIND: ClipKind = ClipKind { id: "nuscenes", title: "nuScenes scene", accepts, open };

/// The vehicle.
const EGO: &str = "ego";
/// The frame of the boxes and of the vehicle's poses.
const MAP: &str = "map";

fn accepts(path: &Path) -> bool {
    tables(&scene_of(path).0).is_some()
}

/// The folder, and the scene in the path.
fn scene_of(path: &Path) -> (PathBuf, Option<String>) {
    let text = path.to_string_lossy();
    match text.rsplit_once('#') {
        Some((folder, scene)) if !path.exists() => (PathBuf::from(folder), Some(scene.to_owned())),
        _ => (path.to_owned(), None),
    }
}

/// The folder of the tables: the path itself or a subfolder named after the version.
fn tables(path: &Path) -> Option<PathBuf> {
    let holds =
        |folder: &Path| folder.join("sample_data.json").is_file() && folder.join("scene.json").is_file();
    if holds(path) {
        return Some(path.to_owned());
    }
    let mut inside: Vec<PathBuf> = visible_in(path)
        .ok()?
        .into_iter()
        .filter(|folder| folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with("v1.0")))
        .filter(|folder| holds(folder))
        .collect();
    inside.sort();
    inside.into_iter().next()
}

#[derive(Deserialize)]
struct Scene {
    token: String,
    name: String,
}

#[derive(Deserialize)]
struct KeyFrame {
    token: String,
    timestamp: i64,
    scene_token: String,
}

#[derive(Deserialize)]
struct SampleData {
    sample_token: String,
    ego_pose_token: String,
    calibrated_sensor_token: String,
    timestamp: i64,
    filename: String,
    #[serde(default)]
    width: Option<u32>,
    #[serde(default)]
    height: Option<u32>,
}

#[derive(Deserialize)]
struct Placed {
    token: String,
    translation: [f64; 3],
    rotation: [f64; 4],
    #[serde(default)]
    timestamp: i64,
    #[serde(default)]
    sensor_token: String,
    #[serde(default)]
    camera_intrinsic: Vec<[f64; 3]>,
}

impl Placed {
    fn pose(&self) -> Pose {
        pose(self.translation, self.rotation)
    }
}

fn pose(translation: [f64; 3], [w, x, y, z]: [f64; 4]) -> Pose {
    Pose::new(DVec3::from(translation), DQuat::from_xyzw(x, y, z, w))
}

#[derive(Deserialize)]
struct Sensor {
    token: String,
    channel: String,
}

#[derive(Deserialize)]
struct Annotation {
    sample_token: String,
    instance_token: String,
    translation: [f64; 3],
    size: [f64; 3],
    rotation: [f64; 4],
}

#[derive(Deserialize)]
struct Instance {
    token: String,
    category_token: String,
}

#[derive(Deserialize)]
struct Category {
    token: String,
    name: String,
}

/// The tables of a version, read one row at a time: those of the whole data set are too large for memory.
struct Tables {
    folder: PathBuf,
}

impl Tables {
    fn read<T: DeserializeOwned>(&self, name: &str, keep: impl Fn(&T) -> bool) -> Result<Vec<T>, ClipError> {
        let path = self.folder.join(format!("{name}.json"));
        let bytes = mapped(&path)?;
        let mut reader = serde_json::Deserializer::from_slice(&bytes);
        let rows = Rows { keep, of: std::marker::PhantomData };
        rows.deserialize(&mut reader).map_err(|err| ClipError::Damaged {
            problem: format!("the table is damaged, unpack the data set again ({err})"),
            path,
        })
    }
}

struct Rows<T, K> {
    keep: K,
    of: std::marker::PhantomData<T>,
}

impl<'de, T: DeserializeOwned, K: Fn(&T) -> bool> DeserializeSeed<'de> for Rows<T, K> {
    type Value = Vec<T>;
    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<Vec<T>, D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de, T: DeserializeOwned, K: Fn(&T) -> bool> Visitor<'de> for Rows<T, K> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Vec<T>, A::Error> {
        let mut kept = Vec::new();
        while let Some(row) = rows.next_element::<T>()? {
            if (self.keep)(&row) {
                kept.push(row);
            }
        }
        Ok(kept)
    }
}

fn micros(time: i64) -> Time {
    Time(time.saturating_mul(1000))
}

fn open(path: &Path) -> Result<Arc<dyn Clip>, ClipError> {
    let (root, wanted) = scene_of(path);
    let damaged = |problem: String| ClipError::Damaged { problem, path: path.to_owned() };
    let folder = tables(&root).ok_or_else(|| damaged("the tables of nuScenes are missing".to_owned()))?;
    // Files are named from the folder above the tables.
    let root = if folder == root { folder_of(&folder) } else { root };
    let tables = Tables { folder };
    let scenes: Vec<Scene> = tables.read("scene", |_| true)?;
    let names = || scenes.iter().map(|scene| scene.name.as_str()).collect::<Vec<_>>().join(", ");
    let scene = match &wanted {
        Some(name) => scenes.iter().find(|scene| scene.name == *name),
        None => scenes.first(),
    };
    let scene = scene.ok_or_else(|| match &wanted {
        Some(name) => damaged(format!("unknown scene {name:?}, expected one of {}", names())),
        None => damaged("the data set has no scene".to_owned()),
    })?;
    let mut clip = Assembled::new(path, "nuscenes");
    if wanted.is_none() && scenes.len() > 1 {
        clip.warn(format!(
            "this is {}, one of {} scenes; open another one as {}#NAME with NAME out of {}",
            scene.name,
            scenes.len(),
            path.display(),
            names()
        ));
    }
    let key_frames: Vec<KeyFrame> = tables.read("sample", |row: &KeyFrame| row.scene_token == scene.token)?;
    let times: BTreeMap<&str, Time> =
        key_frames.iter().map(|row| (row.token.as_str(), micros(row.timestamp))).collect();
    let in_scene = |token: &str| times.contains_key(token);
    let mut data: Vec<SampleData> =
        tables.read("sample_data", |row: &SampleData| in_scene(&row.sample_token))?;
    data.sort_by_key(|row| row.timestamp);
    let frames = add_sensors(&mut clip, &tables, &root, &data)?;
    clip.set_frames(frames);
    add_boxes(&mut clip, &tables, &times)?;
    add_can(&mut clip, &root.join("can_bus"), &scene.name);
    if clip.is_empty() {
        return Err(damaged(format!(
            "{} has no file in this folder, unpack its part of the data set as well",
            scene.name
        )));
    }
    Ok(Arc::new(clip))
}

fn add_sensors(
    clip: &mut Assembled,
    tables: &Tables,
    root: &Path,
    data: &[SampleData],
) -> Result<FrameTree, ClipError> {
    let sensors: Vec<Sensor> = tables.read("sensor", |_| true)?;
    let used: BTreeSet<&str> = data.iter().map(|row| row.calibrated_sensor_token.as_str()).collect();
    let calibrated: Vec<Placed> =
        tables.read("calibrated_sensor", |row: &Placed| used.contains(row.token.as_str()))?;
    let used: BTreeSet<&str> = data.iter().map(|row| row.ego_pose_token.as_str()).collect();
    let poses: Vec<Placed> = tables.read("ego_pose", |row: &Placed| used.contains(row.token.as_str()))?;
    let mut tree = FrameTree::default();
    let mut add = |time: Time, parent: &str, child: &str, pose: Pose| {
        let (parent, child) = (parent.to_owned(), child.to_owned());
        tree.add(FrameTransform { time: Some(time), parent, child, pose }, time);
    };
    for row in &poses {
        add(micros(row.timestamp), MAP, EGO, row.pose());
    }
    let mut missing = 0_usize;
    let mut by_sensor: BTreeMap<&str, Vec<&SampleData>> = BTreeMap::new();
    for row in data {
        by_sensor.entry(&row.calibrated_sensor_token).or_default().push(row);
    }
    let mut channels: Vec<(&str, &Placed, Vec<&SampleData>)> = calibrated
        .iter()
        .filter_map(|placed| {
            let sensor = sensors.iter().find(|sensor| sensor.token == placed.sensor_token)?;
            Some((sensor.channel.as_str(), placed, by_sensor.remove(placed.token.as_str())?))
        })
        .collect();
    channels.sort_by_key(|(name, _, _)| (!name.starts_with("CAM"), !name.starts_with("LIDAR"), *name));
    for (name, placed, rows) in channels {
        let first = rows.first().map(|row| micros(row.timestamp)).unwrap_or_default();
        add(first, EGO, name, placed.pose());
        let there = rows.iter().map(|row| (micros(row.timestamp), root.join(&row.filename)));
        let all = rows.len();
        let (times, files): (Vec<Time>, Vec<PathBuf>) = there.filter(|(_, file)| file.is_file()).unzip();
        missing += all - files.len();
        if files.is_empty() {
            continue;
        }
        if !name.starts_with("CAM") {
            clip.add_files(name, ChannelKind::Points, "nuScenes points", times, files, points_in(name));
            continue;
        }
        clip.add_files(name, ChannelKind::Camera, "nuScenes image", times, files, picture);
        let size =
            rows.first().map(|row| (row.width.unwrap_or(0), row.height.unwrap_or(0))).unwrap_or_default();
        if let [[fx, _, cx], [_, fy, cy], _] = placed.camera_intrinsic[..] {
            let calibration =
                Calibration { frame: name.to_owned(), size, pinhole: [fx, fy, cx, cy], distortion: [0.0; 5] };
            let name = format!("{name}/calibration");
            let sample = vec![Sample::Calibration(calibration)];
            clip.add_samples(&name, ChannelKind::Calibration, "nuScenes calibration", vec![first], sample);
        }
    }
    if missing > 0 {
        clip.warn(agreeing(
            missing,
            "file named in the tables is missing",
            "files named in the tables are missing",
        ));
    }
    Ok(tree)
}

fn add_boxes(clip: &mut Assembled, tables: &Tables, times: &BTreeMap<&str, Time>) -> Result<(), ClipError> {
    let annotations: Vec<Annotation> =
        tables.read("sample_annotation", |row: &Annotation| times.contains_key(row.sample_token.as_str()))?;
    if annotations.is_empty() {
        return Ok(());
    }
    let used: BTreeSet<&str> = annotations.iter().map(|row| row.instance_token.as_str()).collect();
    let instances: Vec<Instance> =
        tables.read("instance", |row: &Instance| used.contains(row.token.as_str()))?;
    let categories: Vec<Category> = tables.read("category", |_| true)?;
    let names: BTreeMap<&str, &str> =
        categories.iter().map(|row| (row.token.as_str(), row.name.as_str())).collect();
    let classes: BTreeMap<&str, &str> = instances
        .iter()
        .filter_map(|row| Some((row.token.as_str(), *names.get(row.category_token.as_str())?)))
        .collect();
    let mut boxes: BTreeMap<Time, Vec<Cuboid>> = times.values().map(|time| (*time, Vec::new())).collect();
    for row in annotations {
        let Some(of) = times.get(row.sample_token.as_str()).and_then(|time| boxes.get_mut(time)) else {
            continue;
        };
        let [width, length, height] = row.size;
        of.push(Cuboid {
            frame: MAP.to_owned(),
            pose: pose(row.translation, row.rotation),
            size: DVec3::new(length, width, height),
            class: classes.get(row.instance_token.as_str()).copied().unwrap_or("object").to_owned(),
            id: row.instance_token,
            ..Cuboid::default()
        });
    }
    let (times, boxes) = boxes.into_iter().map(|(time, boxes)| (time, Sample::Cuboids(boxes))).unzip();
    clip.add_samples("annotations", ChannelKind::Cuboids, "nuScenes annotations", times, boxes);
    Ok(())
}

/// The CAN expansion: a list of messages with `utime` in `scene-0001_pose.json` and alike.
fn add_can(clip: &mut Assembled, folder: &Path, scene: &str) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|file| {
            file.file_name().is_some_and(|n| n.to_string_lossy().starts_with(&format!("{scene}_")))
        })
        .collect();
    files.sort();
    for file in files {
        let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let topic = stem.trim_start_matches(&format!("{scene}_")).to_owned();
        let messages =
            inputs::read(&file, InputKind::Media).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let Some(messages) = messages else {
            clip.warn(format!("the CAN messages cannot be read: {}", file.display()));
            continue;
        };
        let serde_json::Value::Array(messages) = messages else { continue };
        let mut signals: BTreeMap<String, (Vec<Time>, Vec<f64>)> = BTreeMap::new();
        for message in messages {
            let Some(time) = message.get("utime").and_then(serde_json::Value::as_i64) else { continue };
            numbers_of_json(message, |path, value| {
                if path != "utime" {
                    let (times, values) = signals.entry(path.to_owned()).or_default();
                    times.push(micros(time));
                    values.push(value);
                }
            });
        }
        for (path, (times, values)) in signals {
            let mut order: Vec<usize> = (0..times.len()).collect();
            order.sort_by_key(|i| times[*i]);
            let (times, values) = order.into_iter().map(|i| (times[i], values[i])).unzip();
            clip.add_signal(&format!("can.{topic}.{path}"), "nuScenes CAN", times, values);
        }
    }
}
