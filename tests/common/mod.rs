//! Shared helpers: recordings made on the spot, poses, an app that settles.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::allow_attributes,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "each test uses a part of it"
)]

pub mod npz;
pub mod onnx;
pub mod stack;
pub mod steering;

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::sync::Arc;

use base64::Engine as _;
use hardcase::app::App;
use hardcase::app::command::Command;
use hardcase::app::notices::Level;
use hardcase::app::session::Session;
use hardcase::data::image::Image;

pub fn repo() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub fn sample(path: &str) -> PathBuf {
    repo().join("sample_projects").join(path)
}

/// A copy of a folder without what somebody did with it as a project.
pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else if !["labels.json", "labels.db"]
            .iter()
            .any(|own| entry.file_name().to_string_lossy().starts_with(own))
        {
            std::fs::write(target, std::fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}

/// The same of a sample project.
pub fn copied(name: &str, to: &Path) {
    copy_folder(&sample(name), to);
}

pub fn model(name: &str) -> PathBuf {
    repo().join("tests/fixtures/models").join(format!("{name}.onnx"))
}

/// A picture whose color tells its number.
pub fn numbered(frame: usize) -> Image {
    Image::filled(32, 24, [(frame * 7 % 256) as u8, 100, 200])
}

/// The messages of a camera channel by how they are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    ProtobufCompressed,
    ProtobufRaw,
    JsonCompressed,
    JsonRaw,
    CdrCompressed,
    CdrRaw,
}

pub const STORAGES: [Storage; 6] = [
    Storage::ProtobufCompressed,
    Storage::ProtobufRaw,
    Storage::JsonCompressed,
    Storage::JsonRaw,
    Storage::CdrCompressed,
    Storage::CdrRaw,
];

impl Storage {
    fn schema(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::ProtobufCompressed => ("foxglove.CompressedImage", "protobuf", "protobuf"),
            Self::ProtobufRaw => ("foxglove.RawImage", "protobuf", "protobuf"),
            Self::JsonCompressed => ("foxglove.CompressedImage", "jsonschema", "json"),
            Self::JsonRaw => ("foxglove.RawImage", "jsonschema", "json"),
            Self::CdrCompressed => ("sensor_msgs/msg/CompressedImage", "ros2msg", "cdr"),
            Self::CdrRaw => ("sensor_msgs/msg/Image", "ros2msg", "cdr"),
        }
    }

    fn message(self, image: &Image) -> Vec<u8> {
        let png = image.to_png().unwrap();
        let (width, height) = image.size();
        let base64 = |bytes: &[u8]| base64::engine::general_purpose::STANDARD.encode(bytes);
        match self {
            Self::ProtobufCompressed => [field(1, &[0x08, 1]), field(2, &png), field(3, b"png"), field(4, b"cam")].concat(),
            Self::ProtobufRaw => [
                field(1, &[0x08, 1]),
                fixed(2, width),
                fixed(3, height),
                field(4, b"rgb8"),
                fixed(5, width * 3),
                field(6, image.pixels()),
                field(7, b"cam"),
            ]
            .concat(),
            Self::JsonCompressed => format!(
                "{{\"timestamp\":{{\"sec\":1,\"nsec\":0}},\"frame_id\":\"cam\",\"format\":\"png\",\"data\":\"{}\"}}",
                base64(&png)
            )
            .into_bytes(),
            Self::JsonRaw => format!(
                "{{\"width\":{width},\"height\":{height},\"encoding\":\"rgb8\",\"step\":{},\"data\":\"{}\"}}",
                width * 3,
                base64(image.pixels())
            )
            .into_bytes(),
            Self::CdrCompressed => {
                let mut cdr = header();
                text(&mut cdr, "png");
                bytes(&mut cdr, &png);
                cdr
            }
            Self::CdrRaw => {
                let mut cdr = header();
                word(&mut cdr, height);
                word(&mut cdr, width);
                text(&mut cdr, "rgb8");
                cdr.push(0);
                word(&mut cdr, width * 3);
                bytes(&mut cdr, image.pixels());
                cdr
            }
        }
    }
}

fn varint(mut n: usize) -> Vec<u8> {
    let mut out = Vec::new();
    while n > 127 {
        out.push((n & 127) as u8 | 128);
        n >>= 7;
    }
    out.push(n as u8);
    out
}

fn field(number: usize, content: &[u8]) -> Vec<u8> {
    [varint(number << 3 | 2), varint(content.len()), content.to_vec()].concat()
}

fn fixed(number: usize, value: u32) -> Vec<u8> {
    [varint(number << 3 | 5), value.to_le_bytes().to_vec()].concat()
}

/// Encapsulation header, stamp and frame of a little-endian CDR message.
fn header() -> Vec<u8> {
    let mut cdr = vec![0, 1, 0, 0];
    word(&mut cdr, 1);
    word(&mut cdr, 0);
    text(&mut cdr, "cam");
    cdr
}

fn word(cdr: &mut Vec<u8>, value: u32) {
    while !(cdr.len() - 4).is_multiple_of(4) {
        cdr.push(0);
    }
    cdr.extend(value.to_le_bytes());
}

fn text(cdr: &mut Vec<u8>, value: &str) {
    word(cdr, value.len() as u32 + 1);
    cdr.extend(value.as_bytes());
    cdr.push(0);
}

fn bytes(cdr: &mut Vec<u8>, value: &[u8]) {
    word(cdr, value.len() as u32);
    cdr.extend(value);
}

/// Name and compression as MCAP calls it.
pub const COMPRESSIONS: [(&str, Option<mcap::Compression>); 3] =
    [("none", None), ("zstd", Some(mcap::Compression::Zstd)), ("lz4", Some(mcap::Compression::Lz4))];

/// A recording of `frames` pictures at 10 Hz with speed and steering at 50 Hz as JSON.
pub fn mcap_recording(frames: usize, storage: Storage, compression: Option<mcap::Compression>) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    {
        let mut writer = mcap::WriteOptions::new()
            .compression(compression)
            .chunk_size(Some(8_000))
            .create(&mut file)
            .unwrap();
        let (schema, schema_encoding, encoding) = storage.schema();
        let schema = writer.add_schema(schema, schema_encoding, b"").unwrap();
        let camera = writer.add_channel(schema, "/camera", encoding, &BTreeMap::new()).unwrap();
        let car = writer.add_channel(0, "/car", "json", &BTreeMap::new()).unwrap();
        for step in 0..frames * 5 {
            let time = 1_700_000_000_000_000_000 + step as u64 * 20_000_000;
            let mut write = |channel_id, data: Vec<u8>| {
                let header = mcap::records::MessageHeader {
                    channel_id,
                    sequence: step as u32,
                    log_time: time,
                    publish_time: time,
                };
                writer.write_to_known_channel(&header, &data).unwrap();
            };
            write(
                car,
                format!("{{\"speed\":{},\"steering\":{{\"angle\":{}}}}}", step as f64 * 0.5, step % 7)
                    .into_bytes(),
            );
            if step % 5 == 0 {
                write(camera, storage.message(&numbered(step / 5)));
            }
        }
        writer.finish().unwrap();
    }

    file.into_inner()
}

/// An app whose settings live in `home`, without answers along the recording unless asked.
pub fn app(home: &Path) -> App {
    // Processes that judge cases are the program, not this test.
    hardcase::inference::isolated::set_program(env!("CARGO_BIN_EXE_hardcase").into());
    let mut app = App::new(Session::load_from(Some(home.to_owned())), Arc::new(|| {}));
    app.only_when_asked = true;
    app
}

/// Sends a command, waits for what it starts and fails on an error.
pub fn send(app: &mut App, command: Command) {
    let errors = try_send(app, command);
    assert!(errors.is_empty(), "{errors:?}");
}

/// Sends a command, waits for what it starts and returns the errors.
pub fn try_send(app: &mut App, command: Command) -> Vec<String> {
    app.dispatch(command);
    app.settle(3);
    app.notices
        .fresh()
        .into_iter()
        .filter(|notice| notice.level == Level::Error)
        .map(|notice| notice.text)
        .collect()
}

/// A small file system of its own; none where mounting is not allowed, which is said.
pub struct Mounted(pub tempfile::TempDir);

impl Mounted {
    pub fn new(options: &str) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mount =
            Process::new("mount").args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(folder.path()).output();
        if mount.is_ok_and(|output| output.status.success()) {
            return Some(Self(folder));
        }
        println!("SKIPPED: mounting a small file system needs root");
        None
    }

    /// Fills it up to the last byte; the returned file makes room again when it is removed.
    pub fn fill(&self) -> PathBuf {
        let path = self.0.path().join("filler");
        let mut file = std::fs::File::create(&path).unwrap();
        for block in [1 << 16, 1 << 12, 1] {
            while std::io::Write::write_all(&mut file, &vec![0; block]).is_ok() {}
        }
        path
    }

    pub fn remount(&self, options: &str) {
        let done =
            Process::new("mount").args(["-o", &format!("remount,{options}")]).arg(self.0.path()).status();
        assert!(done.unwrap().success());
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        drop(Process::new("umount").arg("-l").arg(self.0.path()).status());
    }
}
