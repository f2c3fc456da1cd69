//! The doors that files of others come in by: readers of recordings and of labels, tables, settings, images, models.
//! Derived from the registries, so that a new kind is tried on damaged files without a line here. Shared by `fuzz/` and
//! `tests/damaged.rs`.
#![allow(unreachable_pub, clippy::allow_attributes, reason = "a module of two programs")]

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use hardcase::base::progress::Progress;
use hardcase::base::sheet;
use hardcase::base::time::Time;
use hardcase::base::yaml::Yaml;
use hardcase::behavior::{self, checklist};
use hardcase::clips;
use hardcase::data::clip::ChannelId;
use hardcase::data::geometry::box2::Box2;
use hardcase::data::geometry::shape::{Block, Keypoint, Mask, Shape, ShapeKind, TurnedBox};
use hardcase::data::image::Image;
use hardcase::data::labels::label::Label;
use hardcase::data::labels::tag::Tag;
use hardcase::data::orientation;
use hardcase::exchange::bundle::{Bundle, SampleRef, Stream};
use hardcase::exchange::losses::Tags;
use hardcase::exchange::{self, ExchangeKind, Hints};
use hardcase::inference::settings::Settings;
use hardcase::inference::{embedded, onnx_file};

#[path = "texts.rs"]
mod texts;

/// Largest file that is damaged.
const LARGEST: u64 = 1 << 16;
/// Samples read of each channel, and channels read.
const SAMPLES: usize = 4;
const CHANNELS: usize = 12;

/// A door with good files behind it, in a folder of its own.
pub struct Door {
    /// `labels/coco`
    pub id: String,
    /// The good files that damaged ones take the place of.
    pub files: Vec<PathBuf>,
    /// Folder or file that is opened; the damaged file itself if `None`.
    whole: Option<PathBuf>,
    enter: fn(&Self, &Path),
    folder: tempfile::TempDir,
}

impl Door {
    fn new(id: String, enter: fn(&Self, &Path)) -> Self {
        let folder = tempfile::tempdir().expect("a folder for files");
        Self { id, files: Vec::new(), whole: None, enter, folder }
    }

    /// A good file under a name.
    fn with(mut self, name: &str, bytes: &[u8]) -> Self {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, bytes).expect("a good file");
        self.files.push(path);
        self
    }

    /// Bytes of a good file.
    pub fn good(&self, at: usize) -> Vec<u8> {
        fs::read(&self.files[at % self.files.len()]).expect("a good file")
    }

    /// Reads these bytes in place of a good file, and all that there is behind them.
    pub fn read(&self, at: usize, bytes: &[u8]) {
        let file = &self.files[at % self.files.len()];
        let good = self.whole.as_ref().map(|_| self.good(at));
        fs::write(file, bytes).expect("the damaged file");
        (self.enter)(self, self.whole.as_ref().unwrap_or(file));
        if let Some(good) = good {
            fs::write(file, good).expect("the good file");
        }
    }
}

/// Ids of all doors.
pub fn ids() -> Vec<String> {
    let clips = clips::KINDS.iter().map(|kind| format!("clips/{}", kind.id));
    let labels = exchange::KINDS.iter().map(|kind| format!("labels/{}", kind.id));
    let more = [
        "tables",
        "yaml",
        "images",
        "models",
        "suites",
        "cases",
        "expressions",
        "cards",
        "adapters",
        "pickles",
        "text_suites",
    ];
    clips.chain(labels).chain(more.map(str::to_owned)).collect()
}

/// The door of this id; `root` is the folder of the project.
pub fn door(id: &str, root: &Path) -> Option<Door> {
    Some(match id.split_once('/') {
        Some(("clips", kind)) => recordings(clips::KINDS.iter().find(|known| known.id == kind)?, root),
        Some(("labels", kind)) => labels(exchange::KINDS.iter().find(|known| known.id == kind)?),
        _ => match id {
            "tables" => tables(root),
            "yaml" => settings(),
            "images" => images(root),
            "models" => models(root),
            "suites" => texts::suites(root),
            "cases" => texts::cases(root),
            "expressions" => texts::expressions(),
            "cards" => texts::cards(root),
            "adapters" => texts::adapters(root),
            "pickles" => pickles(root),
            "text_suites" => text_suites(),
            _ => return None,
        },
    })
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path()).collect();
    entries.sort();
    let inside = |path: PathBuf| if path.is_dir() { files_in(&path) } else { vec![path] };
    entries.into_iter().flat_map(inside).collect()
}

/// Fixtures that a reader of recordings accepts: a whole data set, or file by file.
fn recordings(kind: &'static clips::ClipKind, root: &Path) -> Door {
    let fixtures = root.join("tests/fixtures");
    let mut door = Door::new(format!("clips/{}", kind.id), |_, path| read_clip(path));
    let sets =
        fs::read_dir(fixtures.join("data_sets")).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut folders: Vec<PathBuf> = sets.filter(|path| path.is_dir()).collect();
    folders.sort();
    folders.extend(
        folders
            .clone()
            .iter()
            .flat_map(|set| fs::read_dir(set).into_iter().flatten().flatten())
            .map(|e| e.path()),
    );
    let reader = |path: &Path| clips::KINDS.iter().find(|kind| (kind.accepts)(path)).map(|kind| kind.id);
    if let Some(set) = folders.iter().find(|path| path.is_dir() && reader(path) == Some(kind.id))
        && kind.id != "image_folder"
    {
        let within = door.folder.path().join("data");
        for file in files_in(set) {
            let to = within.join(file.strip_prefix(set).expect("a file of the data set"));
            fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
            fs::copy(&file, &to).expect("a copy");
            let text = to.extension().is_some_and(|ending| ending != "jpg" && ending != "png");
            if text && fs::metadata(&to).is_ok_and(|about| about.len() <= LARGEST) {
                door.files.push(to);
            }
        }
        door.whole = Some(within);
        return door;
    }
    let lines = "{\"text\": \"a cyclist\", \"label\": 1}\n{\"text\": \"a bus\", \"label\": 0}\n";
    let table = "time [s];speed [km/h];note\n0,0;30,5;begin\n0,1;31;\n";
    let fixed = [("lines.jsonl", lines), ("lines.txt", "a cyclist\na bus\n"), ("drive.csv", table)];
    for (name, text) in fixed {
        door = door.with(name, text.as_bytes());
    }
    for file in files_in(&fixtures) {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if fs::metadata(&file).is_ok_and(|about| about.len() <= LARGEST)
            && !file.starts_with(fixtures.join("data_sets"))
        {
            let name = format!("{}_{name}", door.files.len());
            door = door.with(&name, &fs::read(&file).expect("a fixture"));
        }
    }
    door.files.retain(|file| reader(file) == Some(kind.id) && kind.id != "image_folder");
    if kind.id == "window" {
        let signals =
            r#"{"at_ns":100,"signals":[{"name":"speed","times_ns":[0,50,100],"values":[1.0,null,3.5]}]}"#;
        door = door.with("x.json", signals.as_bytes());
    }
    if kind.id == "image_folder" {
        for (at, bytes) in pictures(root).into_iter().enumerate() {
            door = door.with(&format!("photos/{at}.jpg"), &bytes);
        }
        door.whole = Some(door.folder.path().join("photos"));
    }
    // A description of signals beside CAN logs, as on a real disk.
    let description = fs::read(fixtures.join("can/drive.dbc")).expect("a fixture");
    fs::write(door.folder.path().join("drive.dbc"), &description).expect("a file beside it");
    if kind.id == "can" {
        let beside = door.folder.path().join("with/drive.dbc");
        door = door.with("with/drive.dbc", &description);
        fs::copy(fixtures.join("can/drive.log"), beside.with_file_name("drive.log")).expect("a log");
    }
    door.files.truncate(24);
    door
}

fn read_clip(path: &Path) {
    let described = path.extension().is_some_and(|ending| ending == "dbc");
    let log = path.with_extension("log");
    let Ok(clip) = clips::open(if described { &log } else { path }) else { return };
    drop(clip.index(&Progress::default()));
    for (i, channel) in clip.info().channels.iter().enumerate().take(CHANNELS) {
        for index in 0..channel.samples.min(SAMPLES) {
            drop(clip.read(ChannelId(i), index));
        }
    }
}

/// Every shape that a format holds, written by the format itself.
fn labels(kind: &'static ExchangeKind) -> Door {
    let mut door = Door::new(format!("labels/{}", kind.id), |door, path| {
        let kind =
            exchange::kind(door.id.strip_prefix("labels/").unwrap_or_default()).expect("a known format");
        for kind in
            [Some(kind), exchange::guess(path).ok().filter(|other| other.id != kind.id)].into_iter().flatten()
        {
            let Ok(read) = exchange::read(kind, path, &Hints { size: Some((64, 48)) }) else { continue };
            // What was read is put to use.
            drop(read.bundle.pictures());
            drop(exchange::losses::losses(&read.bundle, &kind.holds));
        }
    });
    let path = door.folder.path().join(kind.one_file.unwrap_or("labels"));
    (kind.write)(&drawn(kind), &path).expect("good labels");
    if let Some(images) = kind.pictures.filter(|_| path.is_dir()) {
        let image = Image::filled(64, 48, [90, 100, 110]).to_png().expect("an image");
        fs::create_dir_all(path.join(images)).expect("a folder");
        fs::write(path.join(images).join("000000.png"), image).expect("an image");
    }
    door.files = if path.is_dir() { files_in(&path) } else { vec![path.clone()] };
    door.files.retain(|file| file.extension().is_none_or(|ending| ending != "png" && ending != "jpg"));
    door.whole = Some(path);
    door
}

/// A shape of each kind that the format holds, on three samples if it knows tracks, and a tag.
fn drawn(kind: &ExchangeKind) -> Bundle {
    let samples = (0..4).map(|frame| SampleRef {
        frame,
        time: Some(Time(frame as i64 * 100_000_000)),
        file: format!("{frame:06}.png"),
        size: Some((64, 48)),
    });
    let stream = Stream { clip: "drive".into(), channel: "front".into(), samples: samples.collect() };
    let mut bundle = Bundle { streams: vec![stream], ..Bundle::empty() };
    bundle.know_class("car");
    for (at, shape) in kind.holds.shapes.iter().enumerate() {
        let object = bundle.labels.len() as u64 + 1;
        for frame in if kind.holds.tracks { vec![0, 2, 3] } else { vec![at % 4] } {
            let id = bundle.labels.len() as u64 + 1;
            let label = Label::new(id, "drive", "front", frame, "car", shape_of(*shape));
            bundle.labels.push(Label { object, ..label });
        }
    }
    if kind.holds.tags != Tags::None {
        bundle.tags.push(Tag {
            id: 1,
            clip: "drive".to_owned(),
            kind: "cut-in".to_owned(),
            start: Time(123_456_000),
            end: Some(Time(323_456_000)),
            note: "near".to_owned(),
            attributes: std::collections::BTreeMap::default(),
        });
    }
    bundle
}

fn shape_of(kind: ShapeKind) -> Shape {
    let corners = vec![[4.0, 4.0], [20.0, 5.0], [18.0, 20.0], [4.0, 18.0]];
    match kind {
        ShapeKind::Box => Shape::Box(Box2 { x0: 4.0, y0: 4.5, x1: 20.0, y1: 18.0 }),
        ShapeKind::TurnedBox => {
            Shape::TurnedBox(TurnedBox { center: [20.0, 20.0], size: [12.0, 6.0], angle: 0.5 })
        }
        ShapeKind::Polygon => Shape::Polygon(corners),
        ShapeKind::Polyline => Shape::Polyline(corners),
        ShapeKind::Keypoints => Shape::Keypoints(
            [1, 2, 0].map(|seen| Keypoint { x: 5.0 + f32::from(seen), y: 7.0, seen }).to_vec(),
        ),
        ShapeKind::Mask => Shape::Mask(Box::new(Mask { size: [64, 48], runs: vec![480, 10, 38, 10, 2534] })),
        ShapeKind::Cuboid => {
            Shape::Cuboid(Box::new(Block::upright([10.0, 2.0, 0.5], [4.0, 1.75, 1.5], 0.25)))
        }
        ShapeKind::Whole => Shape::Whole,
        ShapeKind::Parts => {
            Shape::Parts(vec![shape_of(ShapeKind::Polygon).into(), shape_of(ShapeKind::Box).into()])
        }
    }
}

fn tables(root: &Path) -> Door {
    let enter = |_: &Door, path: &Path| {
        drop(sheet::open(path));
        if let Ok(bytes) = fs::read(path) {
            drop(sheet::names(&bytes));
        }
        read_clip(path);
    };
    let utf16 = |text: &str| -> Vec<u8> {
        [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    };
    let mut door = Door::new("tables".to_owned(), enter)
        .with("a.csv", b"# logger 3\ntime,speed,note\ns,km/h,\n0,10.5,x\n1,11.5,\"a, b\"\n")
        .with("b.csv", b"sep=;\r\nDatum;Uhrzeit;v [km/h]\r\n01.02.2024;12:00:00,5;1.234,5\r\n01.02.2024;12:00:01,5;7\r\n")
        .with("c.csv", &utf16("time\tspeed\n2024-02-01T12:00:00Z\t1\n2024-02-01T12:00:01+01:00\t2\n"))
        .with("d.csv", b"  time  speed\n  0     10.5\n  1     NaN\n")
        .with("e.csv", b"timestamp_ns,x\n1700000000000000000,1\n1700000000100000000,2\n");
    for name in ["windows/observed.csv", "windows/drive/drive.csv"] {
        let bytes = fs::read(root.join("tests/fixtures").join(name)).expect("a fixture");
        door = door.with(&name.replace('/', "_"), bytes.get(..bytes.len().min(4000)).expect("its beginning"));
    }
    door
}

fn settings() -> Door {
    Door::new("yaml".to_owned(), |_, path| {
        let text = fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        drop(Yaml::parse(&text));
        let kind = exchange::kind("yolo").expect("a known format");
        let folder = path.parent().expect("a folder");
        drop(exchange::read(kind, folder, &Hints { size: Some((64, 48)) }));
    })
    .with("data.yaml", b"path: .\ntrain: images/train\nval: [images/val, 'images/more']\nnc: 2\nnames:\n  0: car\n  1: \"no\"\n")
    .with("data.yaml", b"train: ../train/images\nval: ../valid/images\nnc: 2\nnames: ['car', \"traffic light\"]\nkpt_shape: [3, 3]\n")
}

/// Photos with an orientation, in every format.
fn pictures(root: &Path) -> Vec<Vec<u8>> {
    let exif: &[u8] = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let chunk = |name: &[u8; 4], data: &[u8]| {
        let mut chunk = name.to_vec();
        chunk.extend((data.len() as u32).to_le_bytes());
        chunk.extend_from_slice(data);
        chunk.resize(chunk.len().next_multiple_of(2), 0);
        chunk
    };
    let photo =
        root.join("tests/fixtures/data_sets/udacity_simulator/IMG/center_2016_12_01_13_30_48_587.jpg");
    let plain = fs::read(photo).expect("a fixture");
    let mut turned = b"\xFF\xD8\xFF\xE1".to_vec();
    turned.extend((exif.len() as u16 + 8).to_be_bytes());
    turned.extend_from_slice(b"Exif\0\0");
    turned.extend_from_slice(exif);
    turned.extend_from_slice(&plain[2..]);
    let png = Image::filled(16, 12, [10, 200, 30]).to_png().expect("an image");
    let mut noted = png[..33].to_vec();
    noted.extend((exif.len() as u32).to_be_bytes());
    noted.extend_from_slice(b"eXIf");
    noted.extend_from_slice(exif);
    noted.extend_from_slice(&[0; 4]);
    noted.extend_from_slice(&png[33..]);
    let mut webp = b"WEBP".to_vec();
    webp.extend(chunk(b"VP8X", &[8, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    webp.extend(chunk(b"VP8L", b"\x2F\0\0\0\x10\x07\x10\x11\x11\x88\x88\xFE\x07"));
    webp.extend(chunk(b"EXIF", exif));
    let webp = chunk(b"RIFF", &webp);
    let mut bmp = b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x02\0\0\0\x02\0\0\0\x01\0\x18\0".to_vec();
    bmp.extend([0; 24]);
    bmp.extend([0, 0, 255, 0, 255, 0, 0, 0, 255, 0, 0, 90, 90, 90, 0, 0]);
    vec![plain, turned, png, noted, webp, bmp]
}

/// Suites of `CheckList`.
fn pickles(root: &Path) -> Door {
    let small = fs::read(root.join("tests/fixtures/text/small_suite.pkl")).expect("a fixture");
    Door::new("pickles".to_owned(), |_, path| drop(checklist::import(path))).with("small.pkl", &small)
}

/// Behavioral suites as people write them.
fn text_suites() -> Door {
    Door::new("text_suites".to_owned(), |_, path| drop(behavior::files::read(path))).with(
        "text.toml",
        b"format = 1\nname = \"a\"\nclasses = [\"no\", \"yes\"]\n[[test]]\nname = \"t\"\ntype = \"INV\"\ncapability = \"NER\"\nlabel = \"yes\"\n\
          max_failure_rate = 0.5\nperturb = { stack = \"typos:1\", copies = 3 }\nexpect = { claim = \"all\", of = [{ claim = \"invariant\", tolerance = 0.1 }] }\n\
          only_where = { of = \"original\", is_not = 1 }\n[[test.template]]\ntext = [\"{first_name} is {a:x} {p[0]}\", [\"{x1}\", \"b\"]]\nsamples = 7\nlabel = \"{x}\"\n\
          lists = { x = [\"good\", \"old\"], p = [[\"a\", \"b\"]] }\n",
    )
}

fn images(root: &Path) -> Door {
    let mut door = Door::new("images".to_owned(), |_, path| {
        let Ok(bytes) = fs::read(path) else { return };
        drop(Image::decode(&bytes));
        drop(Image::decode_frame(&bytes));
        drop(Image::decode_with_opacity(&bytes));
        let _: Option<(u32, u32)> = Image::size_of(&bytes).or_else(|| Image::size_of_file(path));
        let _: orientation::Orientation = orientation::of_file(&mut Cursor::new(&bytes));
    });
    for (at, bytes) in pictures(root).into_iter().enumerate() {
        door = door.with(&format!("{at}.png"), &bytes);
    }
    door
}

fn models(root: &Path) -> Door {
    let mut door = Door::new("models".to_owned(), |_, path| {
        let Ok(bytes) = fs::read(path) else { return };
        drop(onnx_file::parse(&bytes));
        drop(onnx_file::steps(&bytes));
        drop((embedded::KIND.load)(path, 1, &Settings::default()));
    });
    let small = |path: &Path| fs::metadata(path).is_ok_and(|about| about.len() <= LARGEST);
    for folder in ["models", "windows"] {
        for file in files_in(&root.join("tests/fixtures").join(folder)) {
            let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
            if file.extension().is_some_and(|ending| ending == "onnx") && small(&file) {
                door = door.with(&name, &fs::read(&file).expect("a fixture"));
            }
        }
    }
    door
}
