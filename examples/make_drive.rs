//! Writes a drive as large as asked for, the same bytes on every machine: three cameras 1280x720 as JPEG at
//! 20 Hz, a LIDAR with 100,000 points at 10 Hz, IMU and CAN at 100 Hz, GPS at 5 Hz, transforms, boxes and a log.
//!
//! `cargo run --release --no-default-features --example make_drive -- OUT.mcap SECONDS [zstd|lz4|none]`
#![expect(clippy::print_stdout, reason = "a program of the command line")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use anyhow::Context as _;
use hardcase::base::rng::Rng;
use hardcase::clips;
use hardcase::data::clip::ChannelId;
use serde_json::json;

const START: u64 = 1_700_000_000_000_000_000;
const POINTS: usize = 100_000;
/// Different pictures and scans; then they repeat, as compression does not see that far.
const DIFFERENT: usize = 40;
const IMAGE: &str = "std_msgs/Header header\nstring format\nuint8[] data\n";
const CLOUD: &str = "std_msgs/Header header\nuint32 height\nuint32 width\nsensor_msgs/PointField[] fields\n\
                     bool is_bigendian\nuint32 point_step\nuint32 row_step\nuint8[] data\nbool is_dense\n";

#[expect(clippy::too_many_lines, reason = "one message after the other")]
fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [out, seconds, rest @ ..] = args.as_slice() else {
        anyhow::bail!("usage: make_drive OUT.mcap SECONDS [zstd|lz4|none]");
    };
    let seconds: u64 = seconds.parse().context("SECONDS is not a whole number")?;
    let compression = match rest.first().map(String::as_str) {
        None | Some("zstd") => Some(mcap::Compression::Zstd),
        Some("lz4") => Some(mcap::Compression::Lz4),
        Some("none") => None,
        Some(other) => anyhow::bail!("compression {other:?} is not known"),
    };
    let cameras: Vec<Vec<Vec<u8>>> = (0..3).map(pictures).collect::<anyhow::Result<_>>()?;
    let scans: Vec<Vec<u8>> = (0..DIFFERENT).map(scan).collect();
    let file = File::create(out).with_context(|| format!("could not write {out}"))?;
    let mut writer = mcap::WriteOptions::new()
        .compression(compression)
        .chunk_size(Some(1 << 20))
        .create(BufWriter::new(file))?;
    let image = writer.add_schema("sensor_msgs/msg/CompressedImage", "ros2msg", IMAGE.as_bytes())?;
    let cloud = writer.add_schema("sensor_msgs/msg/PointCloud2", "ros2msg", CLOUD.as_bytes())?;
    let mut foxglove = |name: &str| writer.add_schema(name, "jsonschema", b"{}");
    let (fix, move_, scene, log, calibration) = (
        foxglove("foxglove.LocationFix")?,
        foxglove("foxglove.FrameTransform")?,
        foxglove("foxglove.SceneUpdate")?,
        foxglove("foxglove.Log")?,
        foxglove("foxglove.CameraCalibration")?,
    );
    let none = BTreeMap::new();
    let mut ids = Vec::new();
    for (topic, schema, encoding) in [
        ("/camera/front/image", image, "cdr"),
        ("/camera/left/image", image, "cdr"),
        ("/camera/right/image", image, "cdr"),
        ("/lidar", cloud, "cdr"),
        ("/imu", 0, "json"),
        ("/can", 0, "json"),
        ("/gps", fix, "json"),
        ("/tf", move_, "json"),
        ("/objects", scene, "json"),
        ("/log", log, "json"),
        ("/camera/front/calibration", calibration, "json"),
    ] {
        ids.push(writer.add_channel(schema, topic, encoding, &none)?);
    }
    for tick in 0..seconds * 100 {
        let time = START + tick * 10_000_000;
        let t = tick as f64 * 0.01;
        let mut write = |channel: usize, data: &[u8]| {
            let channel_id = ids.get(channel).copied().unwrap_or_default();
            let header = mcap::records::MessageHeader {
                channel_id,
                sequence: tick as u32,
                log_time: time,
                publish_time: time,
            };
            writer.write_to_known_channel(&header, data)
        };
        let mut say = |channel: usize, value: serde_json::Value| write(channel, value.to_string().as_bytes());
        let speed = 8.0 + 4.0 * (t * 0.2).sin();
        let turn = 0.15 * (t * 0.13).sin();
        say(
            4,
            json!({ "angular_velocity": { "z": turn }, "linear_acceleration": { "x": 0.8 * (t * 0.2).cos(), "z": 9.81 } }),
        )?;
        say(5, json!({ "speed": speed, "steering_angle": turn * 40.0, "brake": (t * 0.2).cos() < -0.8 }))?;
        if tick % 20 == 0 {
            say(
                6,
                json!({ "latitude": 48.137 + 4e-4 * (t * 0.05).sin(), "longitude": 11.575 + 6e-4 * (t * 0.05).cos(), "altitude": 520.0 }),
            )?;
        }
        if tick % 2 == 0 {
            say(
                7,
                json!({ "parent_frame_id": "base_link", "child_frame_id": "lidar", "translation": { "x": 1.2, "y": 0.0, "z": 1.8 }, "rotation": { "w": 1.0 } }),
            )?;
        }
        if tick % 100 == 0 {
            // Above the hood, looking ahead: x of the camera is -y of the vehicle, y is -z, z is x.
            say(
                7,
                json!({ "parent_frame_id": "base_link", "child_frame_id": "camera", "translation": { "x": 1.5, "y": 0.0, "z": 1.5 }, "rotation": { "x": -0.5, "y": 0.5, "z": -0.5, "w": 0.5 } }),
            )?;
            say(
                10,
                json!({ "frame_id": "camera", "width": 1280, "height": 720, "K": [900, 0, 640, 0, 900, 360, 0, 0, 1], "D": [0, 0, 0, 0, 0] }),
            )?;
        }
        if tick % 10 == 0 {
            let car = 18.0 + 8.0 * (t * 0.3).sin();
            let cube = |x: f64, y: f64, size: [f64; 3]| json!([{ "pose": { "position": { "x": x, "y": y, "z": size[2] / 2.0 }, "orientation": { "w": 1.0 } }, "size": { "x": size[0], "y": size[1], "z": size[2] } }]);
            let entity = |id: &str, class: &str, cubes: serde_json::Value| json!({ "id": id, "frame_id": "base_link", "metadata": [{ "key": "class", "value": class }], "cubes": cubes });
            say(
                8,
                json!({ "entities": [
                entity("1", "car", cube(car, 3.2, [4.4, 1.9, 1.5])),
                entity("2", "person", cube(9.0, -4.0 + 2.0 * (t * 0.4).sin(), [0.6, 0.6, 1.75])),
            ] }),
            )?;
            write(3, scans.get((tick / 10) as usize % DIFFERENT).map_or(&[][..], Vec::as_slice))?;
        }
        if tick % 130 == 0 {
            let level = if tick % 1300 == 0 { 3 } else { 2 };
            write(9, json!({ "level": level, "name": "planner", "message": format!("speed {speed:.1} m/s, lane kept") }).to_string().as_bytes())?;
        }
        if tick % 5 == 0 {
            for (channel, pictures) in cameras.iter().enumerate() {
                let picture = pictures.get((tick / 5) as usize % DIFFERENT).map_or(&[][..], Vec::as_slice);
                write(channel, picture)?;
            }
        }
    }
    writer.finish()?;
    println!("{out}: {} bytes", std::fs::metadata(out)?.len());
    Ok(())
}

/// Messages with pictures of the street sample, larger and with the grain of a sensor.
fn pictures(camera: usize) -> anyhow::Result<Vec<Vec<u8>>> {
    let street = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample_projects/street/clips/street.mp4");
    let clip = clips::open(&street)?;
    (0..DIFFERENT)
        .map(|frame| {
            let image = clip.picture(ChannelId(0), camera * DIFFERENT + frame)?;
            let (width, height) = image.size();
            let small =
                image::RgbImage::from_raw(width, height, image.pixels().to_vec()).context("no picture")?;
            let mut large = image::imageops::resize(&small, 1280, 720, image::imageops::FilterType::Triangle);
            let rng = Rng::new((camera * DIFFERENT + frame) as u64);
            for (i, value) in large.iter_mut().enumerate() {
                *value = value.saturating_add((rng.at(i as u64) % 9) as u8);
            }
            let mut jpeg = Vec::new();
            image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 88).encode_image(&large)?;
            let mut cdr = Cdr::header("camera");
            cdr.text("jpeg");
            cdr.bytes(&jpeg);
            Ok(cdr.0)
        })
        .collect()
}

/// A scan of a street: ground, two rows of houses, a few trees.
fn scan(number: usize) -> Vec<u8> {
    let rng = Rng::new(1_000 + number as u64);
    let mut points = Vec::with_capacity(POINTS * 16);
    for i in 0..POINTS {
        let unit = |k: u64| (rng.at(i as u64 * 4 + k) >> 40) as f32 / (1_u64 << 24) as f32;
        let angle = unit(0) * std::f32::consts::TAU;
        let (sin, cos) = (libm::sinf(angle), libm::cosf(angle));
        // Rays that go down end on the ground, the others on a house front at 9 m to the left or right.
        let ground = 2.0 + 48.0 * unit(1) * unit(1);
        let wall = 9.0 / sin.abs().max(0.02);
        let (range, z) = if ground < wall { (ground, -1.8) } else { (wall.min(60.0), -1.8 + 6.0 * unit(2)) };
        let grain = 0.03 * unit(3);
        let intensity = if z > -1.7 { 60.0 + 40.0 * unit(2) } else { 12.0 + 10.0 * unit(2) };
        for value in [range * cos + grain, range * sin + grain, z + grain, intensity] {
            points.extend(value.to_le_bytes());
        }
    }
    let mut cdr = Cdr::header("lidar");
    cdr.word(1);
    cdr.word(POINTS as u32);
    cdr.word(4);
    for (i, name) in ["x", "y", "z", "intensity"].into_iter().enumerate() {
        cdr.text(name);
        cdr.word(i as u32 * 4);
        cdr.0.push(7);
        cdr.word(1);
    }
    cdr.0.push(0);
    cdr.word(16);
    cdr.word(POINTS as u32 * 16);
    cdr.bytes(&points);
    cdr.0.push(1);
    cdr.0
}

/// A little-endian CDR message.
struct Cdr(Vec<u8>);

impl Cdr {
    fn header(frame: &str) -> Self {
        let mut cdr = Self(vec![0, 1, 0, 0]);
        cdr.word(0);
        cdr.word(0);
        cdr.text(frame);
        cdr
    }

    fn word(&mut self, value: u32) {
        while !(self.0.len() - 4).is_multiple_of(4) {
            self.0.push(0);
        }
        self.0.extend(value.to_le_bytes());
    }

    fn text(&mut self, value: &str) {
        self.word(value.len() as u32 + 1);
        self.0.extend(value.as_bytes());
        self.0.push(0);
    }

    fn bytes(&mut self, value: &[u8]) {
        self.word(value.len() as u32);
        self.0.extend(value);
    }
}
