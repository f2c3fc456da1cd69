//! JSON tables of nuScenes (Caesar et al., CVPR 2020): cuboids, in the world frame.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use glam::{DQuat, DVec3};
use serde_json::{Value as Json, json};

use crate::base::name::Name;
use crate::base::time::Time;
use crate::data::geometry::frames::Pose;
use crate::data::geometry::shape::{Block, Shape, ShapeKind};
use crate::data::labels::label::{Attributes, Label, State, Value};
use crate::exchange::bundle::{Bundle, SampleRef, Stream};
use crate::exchange::losses::Holds;
use crate::exchange::{ExchangeError, ExchangeKind, Hints, Read, json_of, malformed, write_json_below};

/// A folder of tables; the vehicle stands at the world's origin, so that the world is the frame of the channel.
pub(super) static KIND: ExchangeKind = ExchangeKind {
    id: "nuscenes",
    title: "nuScenes tables",
    holds: Holds {
        shapes: &[ShapeKind::Cuboid],
        tracks: true,
        occluded: true,
        gaps: true,
        changing_class: false,
        ..Holds::NOTHING
    },
    one_file: None,
    pictures: None,
    accepts: |path| tables(path).is_some(),
    read,
    write,
};

fn tables(path: &Path) -> Option<PathBuf> {
    let inside = |folder: &Path| folder.join("sample_annotation.json").is_file().then(|| folder.to_owned());
    let versions = std::fs::read_dir(path).ok()?.filter_map(Result::ok).map(|entry| entry.path());
    inside(path).or_else(|| versions.filter(|path| path.is_dir()).find_map(|folder| inside(&folder)))
}

fn three(value: &Json) -> Option<[f64; 3]> {
    let numbers: Vec<f64> = value.as_array()?.iter().filter_map(Json::as_f64).collect();
    numbers.try_into().ok()
}

/// A rotation in the tables: w first.
fn turn(value: &Json) -> Option<DQuat> {
    let [w, x, y, z]: [f64; 4] =
        value.as_array()?.iter().filter_map(Json::as_f64).collect::<Vec<_>>().try_into().ok()?;
    Some(DQuat::from_xyzw(x, y, z, w).normalize())
}

fn pose(row: &Json) -> Option<Pose> {
    Some(Pose { translation: DVec3::from(three(&row["translation"])?), rotation: turn(&row["rotation"])? })
}

fn read(path: &Path, _hints: &Hints) -> Result<Read, ExchangeError> {
    let folder = tables(path).ok_or_else(|| malformed(path, "sample_annotation.json is missing"))?;
    let table =
        |name: &str| -> Result<Vec<Json>, ExchangeError> { json_of(&folder.join(format!("{name}.json"))) };
    let by_token = |rows: Vec<Json>| -> BTreeMap<String, Json> {
        rows.into_iter().filter_map(|row| Some((row["token"].as_str()?.to_owned(), row))).collect()
    };
    let text = |row: &Json, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let (instances, categories) = (by_token(table("instance")?), by_token(table("category")?));
    let mut samples = table("sample")?;
    samples.sort_by_key(|row| row["timestamp"].as_i64().unwrap_or(0));
    // From the world into the sensor of the boxes, if the tables have its pose.
    let (egos, sensors) = (
        by_token(table("ego_pose").unwrap_or_default()),
        by_token(table("calibrated_sensor").unwrap_or_default()),
    );
    let mut inward: BTreeMap<String, Pose> = BTreeMap::new();
    for data in table("sample_data").unwrap_or_default() {
        let lidar = data["filename"].as_str().is_some_and(|name| name.contains("LIDAR_TOP"));
        if data["is_key_frame"] == json!(true)
            && (lidar || !inward.contains_key(&text(&data, "sample_token")))
        {
            let ego = egos.get(&text(&data, "ego_pose_token")).and_then(pose);
            let sensor = sensors.get(&text(&data, "calibrated_sensor_token")).and_then(pose);
            if let (Some(ego), Some(sensor)) = (ego, sensor) {
                inward.insert(text(&data, "sample_token"), ego.after(&sensor).inverse());
            }
        }
    }
    let first = samples.first().and_then(|row| row["timestamp"].as_i64()).unwrap_or(0);
    let mut stream = Stream::default();
    let mut frames: BTreeMap<String, usize> = BTreeMap::new();
    for (at, sample) in samples.iter().enumerate() {
        let frame = sample["frame"].as_u64().map_or(at, |frame| frame as usize);
        frames.insert(text(sample, "token"), frame);
        let time = sample["timestamp"].as_i64().map(|micros| Time((micros - first) * 1000));
        stream.samples.push(SampleRef { frame, time, file: String::new(), size: None });
    }
    let (mut bundle, mut warnings) = (Bundle::empty(), Vec::new());
    let mut objects: BTreeMap<String, u64> = BTreeMap::new();
    for (number, row) in table("sample_annotation")?.iter().enumerate() {
        let Some(frame) = frames.get(&text(row, "sample_token")) else {
            warnings.push(format!("annotation {number} refers to an unknown sample and was skipped"));
            continue;
        };
        let (Some(place), Some([w, l, h])) = (pose(row), three(&row["size"])) else {
            warnings.push(format!("annotation {number} has no position or size and was skipped"));
            continue;
        };
        let place = inward.get(&text(row, "sample_token")).map_or(place, |inward| inward.after(&place));
        let block = Block {
            center: place.translation.to_array(),
            size: [l, w, h],
            rotation: place.rotation.to_array(),
        };
        let class = instances
            .get(&text(row, "instance_token"))
            .and_then(|instance| categories.get(&text(instance, "category_token")));
        let class = Name::from(class.map_or_else(|| "object".to_owned(), |category| text(category, "name")));
        let id = number as u64 + 1;
        let object = *objects.entry(text(row, "instance_token")).or_insert(id);
        bundle.know_class(&class);
        let label = Label::new(id, "", "", *frame, class, Shape::Cuboid(Box::new(block)));
        // Level 1 of 4: at most two fifths are visible.
        let state = if text(row, "visibility_token") == "1" { State::Occluded } else { State::Visible };
        let mut attributes = Attributes::new();
        for (key, name) in [("num_lidar_pts", "lidar points"), ("num_radar_pts", "radar points")] {
            attributes
                .extend(row[key].as_f64().filter(|n| *n > 0.0).map(|n| (name.to_owned(), Value::Number(n))));
        }
        bundle.labels.push(Label { object, state, attributes, ..label });
    }
    bundle.streams.push(stream);
    Ok(Read { bundle, warnings })
}

/// The name of a row, the same in every run.
fn token(what: &str, number: u64) -> String {
    let mut digits = crate::base::files::sha256_hex(format!("{what} {number}").as_bytes());
    digits.truncate(32);
    digits
}

/// Names the annotation before and after each one of the same object.
fn link(annotations: &mut [Json], instances: &BTreeMap<u64, Vec<String>>) {
    for chain in instances.values() {
        for (i, own) in chain.iter().enumerate() {
            if let Some(row) = annotations.iter_mut().find(|row| row["token"] == json!(own)) {
                row["prev"] = json!(i.checked_sub(1).map_or("", |at| chain[at].as_str()));
                row["next"] = json!(chain.get(i + 1).map_or("", String::as_str));
            }
        }
    }
}

fn write(bundle: &Bundle, path: &Path) -> Result<(), ExchangeError> {
    let classes = bundle.classes();
    let category = |name: &str| classes.iter().position(|class| class == name).unwrap_or(0) as u64;
    let categories: Vec<Json> = classes
        .iter()
        .enumerate()
        .map(|(i, name)| json!({ "token": token("category", i as u64), "name": name, "description": "", "index": i }))
        .collect();
    let still = |what: &str, number: u64| json!({ "token": token(what, number), "translation": [0.0, 0.0, 0.0], "rotation": [1.0, 0.0, 0.0, 0.0] });
    let (mut samples, mut data, mut egos, mut annotations) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut instances: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    let mut class_of: BTreeMap<u64, u64> = BTreeMap::new();
    let pictures = bundle.pictures();
    for (i, picture) in pictures.iter().enumerate() {
        let number = picture.sample.frame as u64;
        let micros = picture.sample.time.map_or(number as i64 * 500_000, |time| time.0 / 1000);
        let near = |at: Option<usize>| {
            at.and_then(|at| pictures.get(at))
                .map_or_else(String::new, |p| token("sample", p.sample.frame as u64))
        };
        samples.push(json!({
            "token": token("sample", number), "timestamp": micros, "scene_token": token("scene", 0),
            "prev": near(i.checked_sub(1)), "next": near(Some(i + 1)), "frame": number,
        }));
        let mut ego = still("ego", number);
        ego["timestamp"] = json!(micros);
        egos.push(ego);
        data.push(json!({
            "token": token("data", number), "sample_token": token("sample", number), "ego_pose_token": token("ego", number),
            "calibrated_sensor_token": token("sensor", 0), "timestamp": micros, "fileformat": "pcd", "is_key_frame": true,
            "height": 0, "width": 0, "filename": format!("samples/LIDAR_TOP/{}", picture.sample.file), "prev": "", "next": "",
        }));
        for item in &picture.items {
            let Shape::Cuboid(block) = &item.shape else { continue };
            let [x, y, z, w] = block.rotation;
            let [length, width, height] = block.size;
            let own = token("annotation", annotations.len() as u64);
            instances.entry(item.object).or_default().push(own.clone());
            class_of.entry(item.object).or_insert_with(|| category(&item.class));
            let points = |name: &str| match item.attributes.get(name) {
                Some(Value::Number(number)) => *number as i64,
                _ => 0,
            };
            annotations.push(json!({
                "token": own, "sample_token": token("sample", number), "instance_token": token("instance", item.object),
                "visibility_token": if item.state == State::Occluded { "1" } else { "4" }, "attribute_tokens": [],
                "translation": block.center, "size": [width, length, height], "rotation": [w, x, y, z],
                "prev": "", "next": "", "num_lidar_pts": points("lidar points"), "num_radar_pts": points("radar points"),
            }));
        }
    }
    link(&mut annotations, &instances);
    let instances: Vec<Json> = instances
        .iter()
        .map(|(object, chain)| {
            json!({
                "token": token("instance", *object), "category_token": token("category", class_of.get(object).copied().unwrap_or(0)),
                "nbr_annotations": chain.len(), "first_annotation_token": chain[0], "last_annotation_token": chain[chain.len() - 1],
            })
        })
        .collect();
    let mut sensor = still("sensor", 0);
    sensor["sensor_token"] = json!(token("lidar", 0));
    sensor["camera_intrinsic"] = json!([]);
    let ends = |at: Option<&Json>| at.map_or_else(|| json!(""), |row| row["token"].clone());
    let scene = json!({
        "token": token("scene", 0), "log_token": token("log", 0), "nbr_samples": samples.len(), "name": bundle.streams.first().map_or("", |s| &*s.clip),
        "description": "", "first_sample_token": ends(samples.first()), "last_sample_token": ends(samples.last()),
    });
    let visibility = ["v0-40", "v40-60", "v60-80", "v80-100"];
    let visibility: Vec<Json> = visibility
        .iter()
        .enumerate()
        .map(|(i, level)| json!({ "token": (i + 1).to_string(), "level": level, "description": "" }))
        .collect();
    let put = |name: &str, rows: Vec<Json>| {
        write_json_below(path, Path::new(&format!("{name}.json")), &Json::Array(rows))
    };
    put("category", categories)?;
    put("attribute", Vec::new())?;
    put("visibility", visibility)?;
    put("instance", instances)?;
    put("sensor", vec![json!({ "token": token("lidar", 0), "channel": "LIDAR_TOP", "modality": "lidar" })])?;
    put("calibrated_sensor", vec![sensor])?;
    put("ego_pose", egos)?;
    put(
        "log",
        vec![
            json!({ "token": token("log", 0), "logfile": "", "vehicle": "", "date_captured": "", "location": "" }),
        ],
    )?;
    put("scene", vec![scene])?;
    put("sample", samples)?;
    put("sample_data", data)?;
    put("sample_annotation", annotations)?;
    put("map", Vec::new())
}
