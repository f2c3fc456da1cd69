//! A server with a drive in MCAP, the same drive on this machine, and the program with a cache of its own.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::allow_attributes,
    clippy::unwrap_used,
    reason = "each test uses a part of it"
)]

#[path = "bucket.rs"]
pub mod bucket;

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hardcase::base::rng::Rng;
use hardcase::data::image::Image;
use serde_json::json;

use bucket::Bucket;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_hardcase");
pub const START: u64 = 1_700_000_000_000_000_000;
pub const FRAMES: u64 = 120;

/// A picture that compresses badly, different for every frame.
pub fn noise(frame: u64) -> Image {
    let rng = Rng::new(frame);
    Image::from_rgb(128, 96, (0..128 * 96 * 3).map(|at| rng.at(at) as u8).collect()).unwrap()
}

/// A drive with two cameras in turn, numbers beside them and a metadata record; chunks hold a few frames each.
pub fn drive(summary: bool) -> Vec<u8> {
    recorded(FRAMES, 150_000, summary, |step| noise(step).to_png().unwrap())
}

/// A drive of some 300 MB whose images repeat.
pub fn long_drive() -> Vec<u8> {
    let rng = Rng::new(1);
    let image = |first: u64| {
        let pixels = (0..480 * 360 * 3).map(|at| rng.at(first + at) as u8).collect();
        Image::from_rgb(480, 360, pixels).unwrap().to_png().unwrap()
    };
    let images: Vec<Vec<u8>> = (0..7).map(|number| image(number * 1_000_000)).collect();
    recorded(600, 1_500_000, true, |step| images[(step % 7) as usize].clone())
}

/// A drive of so many frames, in chunks of this size.
fn recorded(frames: u64, chunk: u64, summary: bool, image: impl Fn(u64) -> Vec<u8>) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let mut options = mcap::WriteOptions::new()
        .compression(Some(mcap::Compression::Zstd))
        .chunk_size(Some(chunk))
        .emit_summary_records(summary);
    if !summary {
        options = options.emit_summary_offsets(false);
    }
    let mut writer = options.create(&mut file).unwrap();
    let text = b"std_msgs/Header header\nstring format\nuint8[] data\n";
    let schema = writer.add_schema("sensor_msgs/msg/CompressedImage", "ros2msg", text).unwrap();
    let none = BTreeMap::new();
    let cameras = ["/front", "/rear"].map(|name| writer.add_channel(schema, name, "cdr", &none).unwrap());
    let car = writer.add_channel(0, "/car", "json", &none).unwrap();
    let about = BTreeMap::from([("vehicle".to_owned(), "seven".to_owned())]);
    writer.write_metadata(&mcap::records::Metadata { name: "drive".to_owned(), metadata: about }).unwrap();
    for step in 0..frames {
        let time = START + step * 50_000_000;
        let mut write = |channel_id, data: &[u8]| {
            let header = mcap::records::MessageHeader {
                channel_id,
                sequence: step as u32,
                log_time: time,
                publish_time: time,
            };
            writer.write_to_known_channel(&header, data).unwrap();
        };
        write(car, json!({ "speed": step as f64 / 10.0 }).to_string().as_bytes());
        let png = image(step);
        let mut cdr = vec![0, 1, 0, 0];
        cdr.extend([0; 8]);
        cdr.extend([1, 0, 0, 0, 0, 0, 0, 0]);
        cdr.extend([4, 0, 0, 0]);
        cdr.extend(b"png\0");
        cdr.extend((png.len() as u32).to_le_bytes());
        cdr.extend(&png);
        write(cameras[(step % 2) as usize], &cdr);
    }
    writer.finish().unwrap();
    drop(writer);
    file.into_inner()
}

/// A server with a drive, a copy of the drive on this machine, and a place for the cache.
pub struct Scene {
    pub bucket: Bucket,
    pub place: tempfile::TempDir,
    pub local: PathBuf,
    pub size: usize,
}

impl Scene {
    pub fn new() -> Self {
        Self::with(drive(true))
    }

    pub fn with(bytes: Vec<u8>) -> Self {
        let (bucket, place) = (Bucket::start(), tempfile::tempdir().unwrap());
        let local = place.path().join("drive.mcap");
        fs::write(&local, &bytes).unwrap();
        let size = bytes.len();
        bucket.put("/b/drive.mcap", bytes);
        Self { bucket, place, local, size }
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(PROGRAM);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
            command.env_remove(name);
        }
        command
            .env("HARDCASE_CACHE", self.place.path().join("cache"))
            .env("HARDCASE_HOME", self.place.path().join("home"))
            .env("AWS_ENDPOINT_URL", self.bucket.url(""))
            .env("AWS_ACCESS_KEY_ID", "key")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("NO_PROXY", "127.0.0.1");
        command
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.command().args(args).output().unwrap()
    }

    /// Runs the program and expects this exit code; returns what it printed and said.
    pub fn ends(&self, args: &[&str], code: i32) -> String {
        let output = self.run(args);
        let told = shown(&output);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {told}");
        told
    }

    pub fn url(&self) -> String {
        self.bucket.url("/b/drive.mcap")
    }

    /// The pixels of a frame that the program saves.
    pub fn frame(&self, url: &str, more: &[&str]) -> Vec<u8> {
        let output = self.place.path().join("frame.png");
        let args = [&["frame", url, "-o", output.to_str().unwrap()], more].concat();
        self.ends(&args, 0);
        fs::read(output).unwrap()
    }

    pub fn forget_cache(&self) {
        drop(fs::remove_dir_all(self.place.path().join("cache")));
    }
}

pub fn shown(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
