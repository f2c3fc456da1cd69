//! Findings as an MCAP file that Lichtblick, Foxglove and Rerun lay over the recording.
//!
//! Lines of a log, annotations of images, and cuboids, at the times of the recording. Schemas: <https://docs.foxglove.dev/docs/sdk/schemas>, as JSON.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Seek, Write};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::base::files::slug;
use crate::base::time::{Span, Time, index_at};
use crate::clips::{Clip, ClipError};
use crate::data::clip::{ChannelId, ChannelKind, ClipInfo, Sample};
use crate::data::findings::Finding;
use crate::data::geometry::frames::Cuboid;

/// Samples of a channel that one finding is laid over; a longer one is laid over its first.
const MOST: usize = 2000;
/// Time for which the last cuboids of a finding stay.
const LAST: Span = Span(200_000_000);
/// Severities from which a finding is a warning and an error in the log.
const LEVELS: [f64; 2] = [0.4, 0.8];
const RED: [f64; 3] = [1.0, 0.2, 0.2];

/// Contents of a written file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Number of topics.
    pub topics: usize,
    /// Number of messages.
    pub messages: usize,
    /// Number of findings that are longer than what they are laid over.
    pub shortened: usize,
}

/// Reason why findings cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum FoxgloveError {
    /// Boxes of a recording cannot be read.
    #[error(transparent)]
    Clip(#[from] ClipError),
    /// The file cannot be written.
    #[error("could not write the findings: {0}")]
    Write(#[from] ::mcap::McapError),
}

struct Message {
    time: Time,
    topic: String,
    schema: &'static str,
    value: Value,
}

/// Writes findings over the recordings that they are in, by name. The same findings give the same bytes.
pub fn write<W: Write + Seek>(
    recordings: &[(String, Arc<dyn Clip>)],
    findings: &[Finding],
    to: W,
) -> Result<Written, FoxgloveError> {
    let (mut messages, mut shortened) = (Vec::new(), 0);
    for (name, clip) in recordings {
        let own: Vec<&Finding> = findings.iter().filter(|finding| finding.clip == *name).collect();
        let place = match recordings {
            [_] => "/hardcase".to_owned(),
            _ => format!("/hardcase/{}", slug(name)),
        };
        let mut layers =
            Layers { place, clip: &**clip, info: clip.info(), messages: &mut messages, shortened: 0 };
        layers.logs(&own);
        layers.annotations(&own)?;
        layers.scenes(&own)?;
        shortened += layers.shortened;
    }
    // In the order of time, as a recorder would have written them.
    messages.sort_by(|a, b| a.time.cmp(&b.time).then_with(|| a.topic.cmp(&b.topic)));
    let options = ::mcap::WriteOptions::new().compression(Some(::mcap::Compression::Lz4)).profile("");
    let mut writer = options.library("hardcase").create(to)?;
    let mut channels: BTreeMap<(&str, &str), u16> = BTreeMap::new();
    for (sequence, message) in messages.iter().enumerate() {
        let key = (message.topic.as_str(), message.schema);
        let channel = if let Some(channel) = channels.get(&key) {
            *channel
        } else {
            let definition = json!({ "title": message.schema, "type": "object" }).to_string();
            let schema = writer.add_schema(message.schema, "jsonschema", definition.as_bytes())?;
            let channel = writer.add_channel(schema, &message.topic, "json", &BTreeMap::new())?;
            channels.insert(key, channel);
            channel
        };
        let nanos = u64::try_from(message.time.0).unwrap_or(0);
        let header = ::mcap::records::MessageHeader {
            channel_id: channel,
            sequence: sequence as u32,
            log_time: nanos,
            publish_time: nanos,
        };
        writer.write_to_known_channel(&header, message.value.to_string().as_bytes())?;
    }
    writer.finish()?;
    Ok(Written { topics: channels.len(), messages: messages.len(), shortened })
}

/// Layers over one recording.
struct Layers<'a> {
    place: String,
    clip: &'a dyn Clip,
    info: Arc<ClipInfo>,
    messages: &'a mut Vec<Message>,
    shortened: usize,
}

impl Layers<'_> {
    fn put(&mut self, time: Time, topic: &str, schema: &'static str, value: Value) {
        let topic = format!("{}{topic}", self.place);
        self.messages.push(Message { time, topic, schema, value });
    }

    /// A line for each finding at its beginning.
    fn logs(&mut self, findings: &[&Finding]) {
        for finding in findings {
            let [warning, error] = LEVELS;
            let level = match finding.severity {
                severity if severity >= error => 4,
                severity if severity >= warning => 3,
                _ => 2,
            };
            let line = json!({ "timestamp": stamp(finding.t0), "level": level, "name": finding.finder,
                "message": finding.sentence, "file": finding.channels.join(", "), "line": 0 });
            self.put(finding.t0, "/findings", "foxglove.Log", line);
        }
    }

    /// The boxes of the tracks that findings are about, and their sentences, on the images of their cameras.
    fn annotations(&mut self, findings: &[&Finding]) -> Result<(), FoxgloveError> {
        let info = Arc::clone(&self.info);
        let mut frames: BTreeMap<(usize, usize), Vec<&Finding>> = BTreeMap::new();
        for finding in findings {
            for camera in cameras(&info, finding) {
                for index in self.during(camera, finding) {
                    frames.entry((camera.0, index)).or_default().push(finding);
                }
            }
        }
        for (&(camera, index), own) in &frames {
            let camera = ChannelId(camera);
            let times = self.clip.times(camera);
            let Some((time, channel)) = times.get(index).zip(info.channel(camera)) else { continue };
            let topic = format!("/annotations/{}", channel.name.trim_start_matches('/'));
            let value = self.marks(camera, *time, own)?;
            self.put(*time, &topic, "foxglove.ImageAnnotations", value);
            // The frame after the last one of a stretch has nothing on it.
            let next = times.get(index + 1).filter(|_| !frames.contains_key(&(camera.0, index + 1)));
            if let Some(next) = next {
                let nothing = json!({ "circles": [], "points": [], "texts": [] });
                self.put(*next, &topic, "foxglove.ImageAnnotations", nothing);
            }
        }
        Ok(())
    }

    /// Annotations of one frame.
    fn marks(&self, camera: ChannelId, time: Time, findings: &[&Finding]) -> Result<Value, FoxgloveError> {
        const LOOP: u8 = 2;
        let (mut points, mut texts) = (Vec::new(), Vec::new());
        let color = color(1.0);
        let text = |x: f32, y: f32, text: &str| {
            json!({ "timestamp": stamp(time), "position": { "x": x, "y": y }, "text": text, "font_size": 14,
                "text_color": color, "background_color": { "r": 0.0, "g": 0.0, "b": 0.0, "a": 0.6 } })
        };
        let tracks: BTreeSet<&str> =
            findings.iter().flat_map(|finding| finding.tracks.iter().map(String::as_str)).collect();
        let boxes = self.info.of_kind(ChannelKind::Boxes);
        for (id, channel) in boxes.filter(|_| !tracks.is_empty()) {
            let times = self.clip.times(id);
            if self.info.camera_of(&channel.name) != Some(camera) || times.is_empty() {
                continue;
            }
            let Sample::Boxes(found) = self.clip.read(id, index_at(&times, time))? else { continue };
            for one in found.iter().filter(|one| tracks.contains(one.id.as_str())) {
                let b = one.bbox;
                let corners = [(b.x0, b.y0), (b.x1, b.y0), (b.x1, b.y1), (b.x0, b.y1)];
                let corners = corners.map(|(x, y)| json!({ "x": x, "y": y }));
                points.push(json!({ "timestamp": stamp(time), "type": LOOP, "points": corners,
                    "outline_color": color, "outline_colors": [], "thickness": 3 }));
                texts.push(text(b.x0, b.y0, &format!("{} {}", one.class, one.id)));
            }
        }
        // The names of the boxes come first, for readers that take them in the order of the boxes.
        for (line, finding) in findings.iter().enumerate() {
            let sentence = format!("{} ({:.2}): {}", finding.finder, finding.severity, finding.sentence);
            texts.push(text(8.0, 20.0 + 20.0 * line as f32, &sentence));
        }
        Ok(json!({ "circles": [], "points": points, "texts": texts }))
    }

    /// The cuboids of the tracks that findings are about.
    fn scenes(&mut self, findings: &[&Finding]) -> Result<(), FoxgloveError> {
        let channels: Vec<ChannelId> =
            self.info.of_kind(ChannelKind::Cuboids).map(|(channel, _)| channel).collect();
        for finding in findings.iter().filter(|finding| !finding.tracks.is_empty()) {
            for channel in &channels {
                let times = self.clip.times(*channel);
                for index in self.during(*channel, finding) {
                    let Some(time) = times.get(index) else { continue };
                    let Sample::Cuboids(cuboids) = self.clip.read(*channel, index)? else { continue };
                    let stays = times.get(index + 1).filter(|next| **next <= finding.t1);
                    let stays = stays.map_or(LAST, |next| *next - *time);
                    let own = cuboids.iter().filter(|cuboid| finding.tracks.contains(&cuboid.id));
                    let entities: Vec<Value> =
                        own.map(|cuboid| entity(*time, stays, finding, cuboid)).collect();
                    if !entities.is_empty() {
                        let scene = json!({ "deletions": [], "entities": entities });
                        self.put(*time, "/scene", "foxglove.SceneUpdate", scene);
                    }
                }
            }
        }
        Ok(())
    }

    /// Samples of a channel in the time of a finding; the one before where there is none.
    fn during(&mut self, channel: ChannelId, finding: &Finding) -> std::ops::Range<usize> {
        let times = self.clip.times(channel);
        let first = times.partition_point(|time| *time < finding.t0);
        let last = times.partition_point(|time| *time <= finding.t1);
        if times.is_empty() {
            return 0..0;
        }
        if first == last {
            let at = index_at(&times, finding.peak);
            return at..at + 1;
        }
        self.shortened += usize::from(last - first > MOST);
        first..last.min(first + MOST)
    }
}

/// The cameras that a finding is shown on: its own, those of its boxes, else the first.
fn cameras(info: &ClipInfo, finding: &Finding) -> BTreeSet<ChannelId> {
    let camera = |name: &String| {
        let id = info.channel_named(name)?;
        match info.channel(id)?.kind {
            ChannelKind::Camera => Some(id),
            ChannelKind::Boxes => info.camera_of(name),
            ChannelKind::Signal
            | ChannelKind::Points
            | ChannelKind::Cuboids
            | ChannelKind::Path
            | ChannelKind::Places
            | ChannelKind::Log
            | ChannelKind::Transforms
            | ChannelKind::Calibration
            | ChannelKind::Other => None,
        }
    };
    let own: BTreeSet<ChannelId> = finding.channels.iter().filter_map(camera).collect();
    if own.is_empty() { info.of_kind(ChannelKind::Camera).take(1).map(|(id, _)| id).collect() } else { own }
}

fn entity(time: Time, stays: Span, finding: &Finding, cuboid: &Cuboid) -> Value {
    let (place, turn, size) = (cuboid.pose.translation, cuboid.pose.rotation, cuboid.size);
    let pose = json!({ "position": { "x": place.x, "y": place.y, "z": place.z },
        "orientation": { "x": turn.x, "y": turn.y, "z": turn.z, "w": turn.w } });
    let above = json!({ "position": { "x": place.x, "y": place.y, "z": place.z + size.z / 2.0 + 0.5 },
        "orientation": { "x": 0.0, "y": 0.0, "z": 0.0, "w": 1.0 } });
    json!({ "timestamp": stamp(time), "frame_id": cuboid.frame, "id": format!("{}/{}", finding.finder, cuboid.id),
        "lifetime": { "sec": stays.0.div_euclid(1_000_000_000), "nsec": stays.0.rem_euclid(1_000_000_000) },
        "frame_locked": true,
        "metadata": [{ "key": "finder", "value": finding.finder }, { "key": "class", "value": cuboid.class },
            { "key": "severity", "value": finding.severity.to_string() }],
        "arrows": [], "spheres": [], "cylinders": [], "lines": [], "triangles": [], "models": [],
        "cubes": [{ "pose": pose, "size": { "x": size.x, "y": size.y, "z": size.z }, "color": color(0.5) }],
        "texts": [{ "pose": above, "billboard": true, "font_size": 14.0, "scale_invariant": true, "color": color(1.0),
            "text": finding.finder }] })
}

fn color(opacity: f64) -> Value {
    let [r, g, b] = RED;
    json!({ "r": r, "g": g, "b": b, "a": opacity })
}

fn stamp(time: Time) -> Value {
    json!({ "sec": time.0.div_euclid(1_000_000_000), "nsec": time.0.rem_euclid(1_000_000_000) })
}
