//! Samples of recordings that are no messages, in the JSON schemas of Foxglove.

use std::io::{Cursor, Seek, Write};

use base64::Engine as _;
use serde_json::{Value, json};

use super::{CutError, CutTerms, Writer, wants};
use crate::base::inputs::{self, InputKind};
use crate::base::progress::Progress;
use crate::base::text::counted;
use crate::base::time::Time;
use crate::clips::Clip;
use crate::clips::raw::Described;
use crate::data::clip::{ChannelId, Sample};
use crate::data::geometry::frames::{Calibration, Cuboid, Pose};
use crate::data::geometry::objects::Detection;
use crate::data::geometry::points::PointCloud;
use crate::data::orientation::{Orientation, of_file};

/// Topic of the coordinate frames.
const TRANSFORMS: &str = "/tf";

/// Writes the samples of the stretch, in the order of time.
pub(super) fn write<W: Write + Seek>(
    clip: &dyn Clip,
    terms: &CutTerms,
    writer: &mut Writer<W>,
    progress: &Progress,
    notes: &mut Vec<String>,
) -> Result<(), CutError> {
    let (info, range) = (clip.info(), terms.range);
    let mut wanted: Vec<(Time, usize, usize)> = Vec::new();
    for (at, _) in info.channels.iter().enumerate().filter(|(_, channel)| wants(terms, &channel.name)) {
        let times = clip.times(ChannelId(at));
        let first = times.partition_point(|time| *time < range.start);
        let last = times.partition_point(|time| *time < range.end);
        wanted.extend((first..last).map(|index| (times[index], at, index)));
    }
    wanted.sort_unstable();
    progress.begin(wanted.len() as u64);
    let mut transforms = transforms(clip, terms);
    transforms.reverse();
    let mut lost = 0;
    for (time, at, index) in wanted {
        while let Some((due, message)) = transforms.pop_if(|(due, _)| *due <= time) {
            put(writer, TRANSFORMS, "foxglove.FrameTransform", due, &message)?;
        }
        let name = &info.channels[at].name;
        match message(clip, ChannelId(at), index, time)? {
            Some((schema, message)) => put(writer, name, schema, time, &message)?,
            None => lost += 1,
        }
        progress.step()?;
    }
    for (due, message) in transforms.into_iter().rev() {
        put(writer, TRANSFORMS, "foxglove.FrameTransform", due, &message)?;
    }
    if lost > 0 {
        notes.push(format!("{} of kinds that have no schema are not in the cut", counted(lost, "sample")));
    }
    Ok(())
}

fn put<W: Write + Seek>(
    writer: &mut Writer<W>,
    topic: &str,
    schema: &str,
    time: Time,
    message: &Value,
) -> Result<(), CutError> {
    let described = Described {
        encoding: "json".to_owned(),
        schema_encoding: "jsonschema".to_owned(),
        schema: schema.to_owned(),
        definition: json!({ "title": schema, "type": "object" }).to_string().into_bytes(),
    };
    writer.write((topic, &described), (time, time), 0, message.to_string().as_bytes())
}

/// The transforms of the stretch; those from before it at its beginning.
fn transforms(clip: &dyn Clip, terms: &CutTerms) -> Vec<(Time, Value)> {
    if !terms.channels.is_empty() {
        return Vec::new();
    }
    let (frames, range) = (clip.frames(), terms.range);
    let mut found = Vec::new();
    for (child, parent, times) in frames.edges() {
        let mut times: Vec<Time> = times.collect();
        let before = times.partition_point(|time| *time <= range.start).saturating_sub(1);
        times.drain(..before);
        for time in times.into_iter().filter(|time| *time < range.end) {
            let Some(pose) = frames.pose(child, parent, time) else { continue };
            let due = time.max(range.start);
            let mut message = pose_json(&pose, ["translation", "rotation"]);
            message["timestamp"] = stamp(due);
            message["parent_frame_id"] = json!(parent);
            message["child_frame_id"] = json!(child);
            found.push((due, message));
        }
    }
    found.sort_by_key(|(due, _)| *due);
    found
}

/// The schema and the message of a sample; none for those that are not displayed either.
fn message(
    clip: &dyn Clip,
    channel: ChannelId,
    index: usize,
    time: Time,
) -> Result<Option<(&'static str, Value)>, CutError> {
    if let Some((format, bytes)) = clip.file(channel, index).and_then(|file| image_file(&file)) {
        return Ok(Some(("foxglove.CompressedImage", image(time, format, &bytes))));
    }
    Ok(Some(match clip.read(channel, index)? {
        Sample::Image(picture) => {
            let png = picture.to_png().map_err(|err| std::io::Error::other(err.to_string()));
            ("foxglove.CompressedImage", image(time, "png", &png.map_err(mcap::McapError::from)?))
        }
        // A single number is named by its topic alone.
        Sample::Scalar(value) => ("hardcase.Number", json!({ "data": value })),
        Sample::Points(cloud) => ("foxglove.PointCloud", points(time, &cloud)),
        Sample::Cuboids(cuboids) => ("foxglove.SceneUpdate", scene(time, &cuboids)),
        Sample::Boxes(boxes) => ("foxglove.ImageAnnotations", annotations(time, &boxes)),
        Sample::Place(place) => (
            "foxglove.LocationFix",
            json!({ "timestamp": stamp(time), "latitude": place.latitude, "longitude": place.longitude,
                "altitude": place.altitude }),
        ),
        Sample::Log(line) => (
            "foxglove.Log",
            json!({ "timestamp": stamp(time), "level": line.level as u8 + 1, "name": line.source,
                "message": line.text }),
        ),
        Sample::Calibration(calibration) => ("foxglove.CameraCalibration", camera(time, &calibration)),
        Sample::Path(_) | Sample::Transforms(_) => return Ok(None),
    }))
}

fn stamp(time: Time) -> Value {
    json!({ "sec": time.0.div_euclid(1_000_000_000), "nsec": time.0.rem_euclid(1_000_000_000) })
}

fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// The bytes of an image file as recorded, with their format; none where pixels would stand otherwise without its metadata.
fn image_file(file: &std::path::Path) -> Option<(&'static str, Vec<u8>)> {
    let ending = file.extension()?.to_string_lossy().to_lowercase();
    let format = match ending.as_str() {
        "jpg" | "jpeg" => "jpeg",
        "png" => "png",
        "webp" => "webp",
        _ => return None,
    };
    let bytes = inputs::read(file, InputKind::Media).ok()?;
    (of_file(&mut Cursor::new(&bytes)) == Orientation::Upright).then_some((format, bytes))
}

fn image(time: Time, format: &str, bytes: &[u8]) -> Value {
    json!({ "timestamp": stamp(time), "frame_id": "", "format": format, "data": base64(bytes) })
}

fn points(time: Time, cloud: &PointCloud) -> Value {
    const FLOAT32: u8 = 7;
    let names = ["x", "y", "z"].into_iter().chain(cloud.fields.iter().map(|field| field.name.as_str()));
    let fields: Vec<Value> = names
        .enumerate()
        .map(|(at, name)| json!({ "name": name, "offset": 4 * at, "type": FLOAT32 }))
        .collect();
    let stride = 4 * fields.len();
    let mut bytes = Vec::with_capacity(stride * cloud.positions.len());
    for (at, position) in cloud.positions.iter().enumerate() {
        let others = cloud.fields.iter().map(|field| field.values.get(at).copied().unwrap_or(f32::NAN));
        bytes.extend(position.iter().copied().chain(others).flat_map(f32::to_le_bytes));
    }
    json!({ "timestamp": stamp(time), "frame_id": cloud.frame, "pose": pose_json(&Pose::IDENTITY, ["position", "orientation"]),
        "point_stride": stride, "fields": fields, "data": base64(&bytes) })
}

fn pose_json(pose: &Pose, [place, turn]: [&str; 2]) -> Value {
    let (p, q) = (pose.translation, pose.rotation);
    json!({ place: { "x": p.x, "y": p.y, "z": p.z }, turn: { "x": q.x, "y": q.y, "z": q.z, "w": q.w } })
}

fn scene(time: Time, cuboids: &[Cuboid]) -> Value {
    let entity = |cuboid: &Cuboid| {
        let size = cuboid.size;
        let mut metadata = vec![json!({ "key": "class", "value": cuboid.class })];
        metadata.extend(cuboid.score.map(|score| json!({ "key": "score", "value": score.to_string() })));
        json!({ "timestamp": stamp(time), "frame_id": cuboid.frame, "id": cuboid.id, "metadata": metadata,
            "cubes": [{ "pose": pose_json(&cuboid.pose, ["position", "orientation"]),
                "size": { "x": size.x, "y": size.y, "z": size.z },
                "color": { "r": 0.0, "g": 0.6, "b": 1.0, "a": 0.4 } }] })
    };
    json!({ "deletions": [], "entities": cuboids.iter().map(entity).collect::<Vec<_>>() })
}

fn annotations(time: Time, boxes: &[Detection]) -> Value {
    const LOOP: u8 = 2;
    let color = json!({ "r": 0.0, "g": 0.6, "b": 1.0, "a": 1.0 });
    let outline = |one: &Detection| {
        let b = one.bbox;
        let corners = [(b.x0, b.y0), (b.x1, b.y0), (b.x1, b.y1), (b.x0, b.y1)];
        let corners = corners.map(|(x, y)| json!({ "x": x, "y": y }));
        json!({ "timestamp": stamp(time), "type": LOOP, "points": corners, "outline_color": color, "thickness": 2 })
    };
    let text = |one: &Detection| {
        json!({ "timestamp": stamp(time), "position": { "x": one.bbox.x0, "y": one.bbox.y0 }, "text": one.class,
            "font_size": 12, "text_color": color })
    };
    json!({ "circles": [], "points": boxes.iter().map(outline).collect::<Vec<_>>(),
        "texts": boxes.iter().map(text).collect::<Vec<_>>() })
}

fn camera(time: Time, calibration: &Calibration) -> Value {
    let [fx, fy, cx, cy] = calibration.pinhole;
    json!({ "timestamp": stamp(time), "frame_id": calibration.frame, "width": calibration.size.0,
        "height": calibration.size.1, "distortion_model": "plumb_bob", "D": calibration.distortion,
        "K": [fx, 0.0, cx, 0.0, fy, cy, 0.0, 0.0, 1.0], "R": [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
        "P": [fx, 0.0, cx, 0.0, 0.0, fy, cy, 0.0, 0.0, 0.0, 1.0, 0.0] })
}
