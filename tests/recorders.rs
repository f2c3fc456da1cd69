//! Files of recorders and of lidars as people have them: what is not understood is refused or listed with its reason, never
//! read as numbers. Everything is made on the spot.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hardcase::base::progress::Progress;
use hardcase::clips::{Clip, open};
use hardcase::data::clip::{ChannelId, ChannelKind, Sample};
use hardcase::data::geometry::points::PointCloud;

fn written(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn indexed(path: &Path) -> Arc<dyn Clip> {
    let clip = open(path).unwrap_or_else(|err| panic!("{err}"));
    clip.index(&Progress::default()).unwrap();
    clip
}

fn refusal(path: &Path) -> String {
    open(path).err().unwrap().to_string()
}

fn cloud(path: &Path) -> Result<Arc<PointCloud>, String> {
    let clip = open(path).map_err(|err| err.to_string())?;
    let sample = clip.read(ChannelId(0), 0).map_err(|err| err.to_string())?;
    let Sample::Points(cloud) = sample else { panic!("{sample:?} are no points") };
    Ok(cloud)
}

/// The points of most files: x, y, z, intensity.
const POINTS: [[f32; 4]; 3] = [[-1.5, 3.25, 0.5, 28.0], [4.0, -2.0, 1.0, 0.0], [7.5, 0.125, -9.0, 161.0]];

fn packed(numbers: impl IntoIterator<Item = f32>, big: bool) -> Vec<u8> {
    numbers.into_iter().flat_map(|n| if big { n.to_be_bytes() } else { n.to_le_bytes() }).collect()
}

/// True if the first `count` points of the file are those of [`POINTS`].
fn check_points(path: &Path, count: usize) {
    let cloud = cloud(path).unwrap_or_else(|err| panic!("{err}"));
    let expected: Vec<[f32; 3]> = POINTS.iter().take(count).map(|[x, y, z, _]| [*x, *y, *z]).collect();
    assert_eq!(cloud.positions, expected, "{}", path.display());
    let intensity: Vec<f32> = POINTS.iter().take(count).map(|point| point[3]).collect();
    assert_eq!(cloud.field("intensity").unwrap(), intensity, "{}", path.display());
}

const VERTEX: &str = "property float x\nproperty float y\nproperty float z\nproperty float intensity\n";

#[test]
fn ply_files_are_read_whatever_else_they_hold() {
    let folder = tempfile::tempdir().unwrap();
    let row = |point: [f32; 4], big: bool| packed(point, big);
    let list = |big: bool| {
        let mut bytes = vec![2_u8];
        for n in [7_i32, 8] {
            bytes.extend(if big { n.to_be_bytes() } else { n.to_le_bytes() });
        }
        bytes
    };
    for (big, name) in [(false, "binary_little_endian"), (true, "binary_big_endian")] {
        for (before, after) in [(false, true), (true, false), (true, true)] {
            let property = "property list uchar int view\n";
            let head = format!(
                "ply\nformat {name} 1.0\nelement camera 1\nproperty list uchar int id\nproperty double f\nelement vertex 3\n{}{VERTEX}{}element face 0\nend_header\n",
                if before { property } else { "" },
                if after { property } else { "" },
            );
            let mut bytes = head.into_bytes();
            bytes.extend([list(big), vec![0; 8]].concat());
            for point in POINTS {
                bytes.extend(if before { list(big) } else { Vec::new() });
                bytes.extend(row(point, big));
                bytes.extend(if after { list(big) } else { Vec::new() });
            }
            let path = written(folder.path(), "a.ply", &bytes);
            check_points(&path, 3);
            let warnings = indexed(&path).info().warnings.join("; ");
            assert!(
                warnings.contains("\"view\"") && warnings.contains("1 of element \"camera\""),
                "{warnings}"
            );
            // The last point is not whole any more.
            let cut = written(folder.path(), "cut.ply", &bytes[..bytes.len() - 1]);
            check_points(&cut, 2);
            let warnings = indexed(&cut).info().warnings.join("; ");
            assert!(warnings.contains("the header declares 3 points, 2 found"), "{warnings}");
        }
    }
    let rows = POINTS.map(|[x, y, z, i]| format!("2 7 8 {x} {y} {z} {i}\r\n")).concat();
    let head = format!(
        "ply\nformat ascii 1.0\nelement camera 1\nproperty float f\nelement vertex 3\nproperty list uchar int view\n{VERTEX}end_header\n"
    );
    let mut bytes = head.replace('\n', "\r\n").into_bytes();
    let comment = b"comment caf\xE9 \xFF\r\n";
    bytes.splice(5..5, comment.iter().copied());
    bytes.extend(format!("500\r\n{rows}").into_bytes());
    check_points(&written(folder.path(), "text.ply", &bytes), 3);
    let short = format!("ply\nformat ascii 1.0\nelement vertex 2\n{VERTEX}end_header\n1 2 3 4\n1 2 3\n");
    let problem = cloud(&written(folder.path(), "short.ply", short)).unwrap_err();
    assert!(problem.contains("vertex 2") && problem.contains("fewer numbers"), "{problem}");
    let types = "ply\nformat binary_big_endian 1.0\nelement vertex 1\nproperty double x\nproperty short y\nproperty uchar z\nproperty float nx\nproperty uchar red\nend_header\n";
    let data =
        [&2.5_f64.to_be_bytes()[..], &(-7_i16).to_be_bytes(), &[9], &0.5_f32.to_be_bytes(), &[200]].concat();
    let found = cloud(&written(folder.path(), "types.ply", [types.as_bytes(), &data].concat())).unwrap();
    assert_eq!((found.positions[0], found.field("nx").unwrap()[0]), ([2.5, -7.0, 9.0], 0.5));
}

#[test]
fn pcd_files_are_read_with_padding_counts_and_any_comment() {
    let folder = tempfile::tempdir().unwrap();
    let head = |points: &str, data: &str| {
        let mut bytes = b"# .PCD v0.7, caf\xE9\nVERSION 0.7\n".to_vec();
        bytes.extend(format!("FIELDS x y z _ intensity normal t _\nSIZE 4 4 8 1 2 4 4 1\nTYPE F F F U U F U U\nCOUNT 1 1 1 3 1 2 1 0\nWIDTH 3\nHEIGHT 1\n{points}DATA {data}\n").into_bytes());
        bytes
    };
    let row = |[x, y, z, i]: [f32; 4]| {
        let mut bytes = packed([x, y], false);
        bytes.extend(f64::from(z).to_le_bytes());
        bytes.extend([9, 9, 9]);
        bytes.extend((i as u16).to_le_bytes());
        bytes.extend(packed([0.25, 0.75], false));
        bytes.extend(77_u32.to_le_bytes());
        bytes
    };
    let data: Vec<u8> = POINTS.iter().flat_map(|point| row(*point)).collect();
    for points in ["POINTS 3\n", ""] {
        let path = written(folder.path(), "a.pcd", [head(points, "binary"), data.clone()].concat());
        check_points(&path, 3);
        let cloud = cloud(&path).unwrap();
        assert_eq!((cloud.field("normal[1]").unwrap()[2], cloud.field("t").unwrap()[0]), (0.75, 77.0));
        assert!(cloud.fields.iter().all(|field| field.name != "_"));
    }
    let cut = [head("POINTS 3\n", "binary"), data[..data.len() - 1].to_vec()].concat();
    let path = written(folder.path(), "cut.pcd", cut);
    check_points(&path, 2);
    assert!(indexed(&path).info().warnings.join("; ").contains("declares 3 points, 2 found"));
    let rows = POINTS.map(|[x, y, z, i]| format!("{x} {y} {z} 9 9 9 {i} 0.25 nan 77\n")).concat();
    check_points(&written(folder.path(), "text.pcd", [head("", "ascii"), rows.into_bytes()].concat()), 3);
    let problem =
        cloud(&written(folder.path(), "few.pcd", [head("", "ascii"), b"1 2 3\n".to_vec()].concat()))
            .unwrap_err();
    assert!(problem.contains("point 1 has 3 numbers, the header declares 10"), "{problem}");
    let problem = cloud(&written(folder.path(), "odd.pcd", head("POINTS 4\n", "binary"))).unwrap_err();
    assert!(problem.contains("WIDTH by HEIGHT are 3 points, POINTS are 4"), "{problem}");
}

#[test]
fn floats_without_a_header_are_guessed_only_where_that_is_sure() {
    let folder = tempfile::tempdir().unwrap();
    let scan = |fields: usize, count: usize| {
        let value = move |i: usize| {
            let (point, field) = (i / fields, i % fields);
            match field {
                0..=2 => ((point * 37 + field * 11) % 41) as f32 - 20.0,
                3 => (point % 7) as f32 / 7.0,
                _ => (point % 32) as f32,
            }
        };
        packed((0..fields * count).map(value), false)
    };
    // As many numbers as fit several layouts.
    let four = cloud(&written(folder.path(), "a.bin", scan(4, 210))).unwrap();
    assert_eq!((four.positions.len(), four.fields.len()), (210, 1));
    let five = cloud(&written(folder.path(), "a.bin", scan(5, 168))).unwrap();
    assert_eq!((five.positions.len(), five.fields[1].name.as_str()), (168, "ring"));
    let problem = refusal(&written(folder.path(), "a.bin", scan(6, 140)));
    assert!(problem.contains("points.toml"), "{problem}");
    let positive = packed((0..120).map(|n| n as f32), false);
    let problem = refusal(&written(folder.path(), "a.bin", &positive));
    assert!(problem.contains("3 or 4 or 5 or 6 or 8 numbers each"), "{problem}");
    // Named, or of a data set.
    written(
        folder.path(),
        "points.toml",
        "fields = [\"x\", \"y\", \"z\", \"intensity\", \"ring\", \"time\"]",
    );
    let six = cloud(&written(folder.path(), "a.bin", scan(6, 140))).unwrap();
    assert_eq!((six.positions.len(), six.fields[2].name.as_str()), (140, "time"));
    let velodyne = folder.path().join("velodyne");
    fs::create_dir(&velodyne).unwrap();
    assert_eq!(cloud(&written(&velodyne, "0.bin", &positive)).unwrap().positions.len(), 30);
    assert_eq!(cloud(&written(&velodyne, "0.pcd.bin", &positive)).unwrap().positions.len(), 24);
}

/// A LAS file of version 1.4 whose header declares `declared` points.
fn las(format: u8, declared: u64, points: &[[i32; 3]]) -> Vec<u8> {
    let width = [20, 28, 26, 34, 57, 63, 30, 36, 38, 59, 67][usize::from(format & 0x7F)] + 3;
    let mut head = vec![0_u8; 375];
    let mut put = |at: usize, bytes: &[u8]| head[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"LASF");
    put(24, &[1, 4]);
    put(94, &375_u16.to_le_bytes());
    put(96, &375_u32.to_le_bytes());
    put(104, &[format]);
    put(105, &(width as u16).to_le_bytes());
    put(247, &declared.to_le_bytes());
    for axis in 0..3 {
        put(131 + 8 * axis, &0.01_f64.to_le_bytes());
        put(155 + 8 * axis, &10.0_f64.to_le_bytes());
    }
    for point in points {
        let mut row = vec![0_u8; width];
        for (axis, value) in point.iter().enumerate() {
            row[4 * axis..4 * axis + 4].copy_from_slice(&value.to_le_bytes());
        }
        row[12..14].copy_from_slice(&300_u16.to_le_bytes());
        row[14] = 0b0001_0010;
        row[15] = 0b0110_0101;
        row[16] = 70;
        head.extend(row);
    }
    head
}

#[test]
fn coordinates_that_lose_their_digits_are_said() {
    let folder = tempfile::tempdir().unwrap();
    for (x, said) in [(412_345.678_9_f64, true), (12.345_678, false)] {
        let head = "ply\nformat binary_little_endian 1.0\nelement vertex 1\nproperty double x\nproperty double y\nproperty double z\nend_header\n";
        let numbers = [x, 2.0, 3.0].map(f64::to_le_bytes).concat();
        let ply = written(folder.path(), "a.ply", [head.as_bytes(), &numbers].concat());
        let head = "FIELDS x y z\nSIZE 8 8 8\nTYPE F F F\nCOUNT 1 1 1\nPOINTS 1\nDATA binary\n";
        let pcd = written(folder.path(), "a.pcd", [head.as_bytes(), &numbers].concat());
        for path in [ply, pcd] {
            let warnings = indexed(&path).info().warnings.join("; ");
            assert_eq!(warnings.contains("rounded by up to"), said, "{x}: {warnings}");
        }
    }
}

#[test]
fn las_files_are_read_as_far_as_they_go_in_every_point_format() {
    let folder = tempfile::tempdir().unwrap();
    let points = [[100, -200, 0], [5, 6, 7]];
    for format in 0..=10 {
        let path = written(folder.path(), "a.las", las(format, 2, &points));
        let found = cloud(&path).unwrap();
        assert_eq!(
            found.positions[0].map(f32::to_bits),
            [11.0_f32, 8.0, 10.0].map(f32::to_bits),
            "format {format}"
        );
        let of = |name: &str| found.field(name).unwrap()[0];
        let class = if format < 6 { 5.0 } else { 70.0 };
        assert_eq!(
            (of("intensity"), of("classification"), of("return_number")),
            (300.0, class, 2.0),
            "{format}"
        );
        assert!(indexed(&path).info().warnings.is_empty());
    }
    let path = written(folder.path(), "cut.las", las(3, 9, &points));
    assert_eq!(cloud(&path).unwrap().positions.len(), 2);
    assert!(indexed(&path).info().warnings.join("; ").contains("declares 9 points, 2 found"));
    assert!(refusal(&written(folder.path(), "a.laz", las(3 | 0x80, 2, &[]).as_slice())).contains("laszip"));
    assert!(
        refusal(&written(folder.path(), "odd.las", las(0, 2, &[]).as_slice())).contains("2 points, 0 found")
    );
}

#[test]
fn a_folder_says_which_of_its_scans_lack_points() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path(), "1.las", las(0, 1, &[[1, 2, 3]]));
    written(folder.path(), "2.las", las(0, 4, &[[1, 2, 3]]));
    written(folder.path(), "3.las", las(0, 4, &[[1, 2, 3]]));
    let clip = open(folder.path()).unwrap();
    assert!(!clip.info().indexed);
    clip.index(&Progress::default()).unwrap();
    let info = clip.info();
    assert!(info.indexed);
    let expected = "2.las and 1 more files: the header declares 4 points, 1 found";
    assert!(info.warnings.contains(&expected.to_owned()), "{:?}", info.warnings);
}

/// Eight bytes behind the head of CDR.
fn double(value: f64) -> Vec<u8> {
    [&[0, 1, 0, 0][..], &value.to_le_bytes()].concat()
}

/// A database of rosbag2 with topics of type and messages; `defined` are definitions by type.
fn db3(path: &Path, topics: &[(&str, &str, Vec<Vec<u8>>)], defined: &[(&str, &str)]) {
    let database = rusqlite::Connection::open(path).unwrap();
    let run = |sql: &str| database.execute_batch(sql).unwrap();
    run("CREATE TABLE topics(id INTEGER PRIMARY KEY, name TEXT, type TEXT, serialization_format TEXT, offered_qos_profiles TEXT);
         CREATE TABLE messages(id INTEGER PRIMARY KEY, topic_id INTEGER, timestamp INTEGER, data BLOB);");
    if !defined.is_empty() {
        run(
            "CREATE TABLE message_definitions(id INTEGER PRIMARY KEY, topic_type TEXT, encoding TEXT, encoded_message_definition TEXT);",
        );
    }
    for (kind, text) in defined {
        let sql = "INSERT INTO message_definitions(topic_type, encoding, encoded_message_definition) VALUES (?1, 'ros2msg', ?2)";
        database.execute(sql, [kind, text]).unwrap();
    }
    for (id, (name, kind, messages)) in topics.iter().enumerate() {
        let sql = "INSERT INTO topics VALUES (?1, ?2, ?3, 'cdr', '')";
        database.execute(sql, rusqlite::params![id as i64 + 1, name, kind]).unwrap();
        for (at, data) in messages.iter().enumerate() {
            let sql = "INSERT INTO messages(topic_id, timestamp, data) VALUES (?1, ?2, ?3)";
            let time = 1_700_000_000_000_000_000_i64 + at as i64 * 100_000_000;
            database.execute(sql, rusqlite::params![id as i64 + 1, time, data]).unwrap();
        }
    }
}

fn values(clip: &dyn Clip, name: &str) -> Vec<f64> {
    let info = clip.info();
    clip.values(info.channel_named(name).unwrap_or_else(|| panic!("no {name} in {:?}", info.channels)))
        .to_vec()
}

/// Reason why a topic is not displayed.
fn why(clip: &dyn Clip, name: &str) -> String {
    let info = clip.info();
    let channel = info.channels.iter().find(|channel| channel.name == name);
    let channel = channel.unwrap_or_else(|| panic!("no {name} in {:?}", info.channels));
    assert_eq!(channel.kind, ChannelKind::Other);
    channel.problem.clone().unwrap()
}

#[test]
fn compressed_bags_of_rosbag2_are_decompressed() {
    let speeds: Vec<f64> = (0..5).map(f64::from).collect();
    let plain: Vec<Vec<u8>> = speeds.iter().map(|v| double(*v)).collect();
    let small: Vec<Vec<u8>> = plain.iter().map(|m| zstd::bulk::compress(m, 3).unwrap()).collect();
    let metadata = |format: &str, mode: &str| {
        format!("rosbag2_bagfile_information:\n  compression_format: {format}\n  compression_mode: {mode}\n")
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bag_0.db3");
    // Known by its content where nothing describes the bag.
    db3(&file, &[("/speed", "std_msgs/msg/Float64", small)], &[]);
    assert_eq!(values(&*indexed(&file), "/speed"), speeds);
    written(folder.path(), "metadata.yaml", metadata("zstd", "MESSAGE"));
    assert_eq!(values(&*indexed(folder.path()), "/speed"), speeds);
    written(folder.path(), "metadata.yaml", metadata("lz4", "MESSAGE"));
    for path in [folder.path(), file.as_path()] {
        let problem = refusal(path);
        assert!(problem.contains("\"lz4\"") && problem.contains("only zstd"), "{problem}");
    }
    // The whole file.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bag_0.db3");
    db3(&file, &[("/speed", "std_msgs/msg/Float64", plain)], &[]);
    let whole = zstd::bulk::compress(&fs::read(&file).unwrap(), 3).unwrap();
    fs::remove_file(&file).unwrap();
    let file = written(folder.path(), "bag_0.db3.zstd", whole);
    written(folder.path(), "metadata.yaml", metadata("zstd", "FILE"));
    for path in [folder.path(), file.as_path()] {
        assert_eq!(values(&*indexed(path), "/speed"), speeds);
    }
}

#[test]
fn parts_of_a_bag_that_cannot_be_opened_are_said() {
    let folder = tempfile::tempdir().unwrap();
    db3(&folder.path().join("bag_0.db3"), &[("/speed", "std_msgs/msg/Float64", vec![double(1.0)])], &[]);
    db3(&folder.path().join("bag_1.db3"), &[("/speed", "std_msgs/msg/Float64", vec![])], &[]);
    written(folder.path(), "bag_2.db3", "no database");
    let files = "  relative_file_paths:\n    - bag_0.db3\n    - bag_1.db3\n    - bag_2.db3\n    - bag_3.db3\n  files: []\n";
    written(folder.path(), "metadata.yaml", format!("rosbag2_bagfile_information:\n{files}"));
    let clip = indexed(folder.path());
    let info = clip.info();
    // The topic has no messages in one part, and is a signal all the same.
    assert_eq!((info.channels.len(), info.channels[0].kind), (1, ChannelKind::Signal));
    assert_eq!(values(&*clip, "/speed"), [1.0]);
    let warnings = info.warnings.join("; ");
    assert!(
        warnings.contains("bag_2.db3") && warnings.contains("bag_3.db3, a part of the bag, is missing"),
        "{warnings}"
    );
}

#[test]
fn every_topic_of_a_bag_is_listed_with_the_reason_why_it_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.db3");
    let text = [&[0, 1, 0, 0, 3, 0, 0, 0][..], b"hi\0\0"].concat();
    let event = {
        let mut bytes = vec![0, 1, 0, 0, 1, 0, 0, 0];
        bytes.extend([1, 0, 0, 0, 0, 0, 0, 0]);
        bytes.extend([7; 16]);
        bytes.resize(4 + 32, 0);
        bytes.extend(5_i64.to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend(41_i64.to_le_bytes());
        bytes.extend(0_u32.to_le_bytes());
        bytes
    };
    let other_head = |kind: u8| {
        let mut bytes = double(1.0);
        bytes[1] = kind;
        bytes
    };
    let big = [&[0, 0, 0, 0][..], &2.5_f64.to_be_bytes()].concat();
    db3(
        &file,
        &[
            ("/words", "my_msgs/msg/Words", vec![text.clone(), text]),
            ("/silent", "std_msgs/msg/Float64", vec![]),
            ("/strange", "my_msgs/msg/Unknown", vec![double(1.0)]),
            ("/longer", "std_msgs/msg/Float64", vec![[double(1.0), vec![0; 4]].concat()]),
            ("/shorter", "std_msgs/msg/Float64", vec![double(1.0)[..8].to_vec()]),
            ("/half", "std_msgs/msg/Float64", vec![double(1.0), vec![0, 1, 0, 0], double(3.0)]),
            ("/parameters", "std_msgs/msg/Float64", vec![other_head(3)]),
            ("/delimited", "std_msgs/msg/Float64", vec![other_head(9)]),
            ("/big", "std_msgs/msg/Float64", vec![big]),
            ("/second", "std_msgs/msg/Float64", vec![other_head(7)]),
            ("/padded", "std_msgs/msg/Bool", vec![vec![0, 1, 0, 0, 1, 0, 0, 0]]),
            ("/add/_service_event", "my_msgs/srv/Add_Event", vec![event]),
        ],
        &[("my_msgs/msg/Words", "string text"), ("my_msgs/srv/Add", "int64 a\n---\nint64 sum\n")],
    );
    let clip = indexed(&file);
    let expected = BTreeMap::from([
        ("/words", "hold no numbers"),
        ("/silent", "no messages"),
        ("/strange", "no definition of my_msgs/Unknown"),
        ("/longer", "it has 4 bytes more than its definition says"),
        ("/shorter", "truncated"),
        ("/parameters", "PL_CDR"),
        ("/delimited", "delimited CDR"),
    ]);
    for (name, reason) in expected {
        let found = why(&*clip, name);
        assert!(found.contains(reason), "{name}: {found}");
    }
    assert_eq!(values(&*clip, "/half"), [1.0, 3.0]);
    assert_eq!((values(&*clip, "/big"), values(&*clip, "/second")), (vec![2.5], vec![1.0]));
    assert_eq!(values(&*clip, "/padded"), [1.0]);
    assert_eq!(values(&*clip, "/add/_service_event.request[0].a"), [41.0]);
    let warnings = clip.info().warnings.join("; ");
    assert!(warnings.contains("/half: 1 of 3 messages cannot be decoded"), "{warnings}");
}

/// An MCAP file: channels as topic, schema (name, encoding, text) and encoding, with messages by channel.
fn recording(channels: &[(&str, (&str, &str, &str), &str)], messages: &[(usize, &[u8])]) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut writer = mcap::Writer::new(&mut bytes).unwrap();
    let ids: Vec<u16> = channels
        .iter()
        .enumerate()
        .map(|(number, (topic, (name, encoding, text), format))| {
            let schema =
                if name.is_empty() { 0 } else { writer.add_schema(name, encoding, text.as_bytes()).unwrap() };
            let about = BTreeMap::from([("publisher".to_owned(), number.to_string())]);
            writer.add_channel(schema, topic, format, &about).unwrap()
        })
        .collect();
    for (at, (channel, data)) in messages.iter().enumerate() {
        let time = 1_700_000_000_000_000_000 + at as u64 * 1_000_000;
        let header = mcap::records::MessageHeader {
            channel_id: ids[*channel],
            sequence: at as u32,
            log_time: time,
            publish_time: time,
        };
        writer.write_to_known_channel(&header, data).unwrap();
    }
    writer
        .attach(&mcap::Attachment {
            log_time: 1,
            create_time: 1,
            name: "notes.txt".to_owned(),
            media_type: "text/plain".to_owned(),
            data: Cow::Borrowed(b"hello"),
        })
        .unwrap();
    writer
        .write_metadata(&mcap::records::Metadata { name: "car".to_owned(), metadata: BTreeMap::new() })
        .unwrap();
    writer.finish().unwrap();
    drop(writer);
    bytes.into_inner()
}

#[test]
fn publishers_of_one_topic_are_one_channel_and_other_types_another() {
    let folder = tempfile::tempdir().unwrap();
    let float = ("std_msgs/msg/Float64", "ros2msg", "float64 data");
    let commented = ("std_msgs/msg/Float64", "ros2msg", "# of a second node\nfloat64 data\n");
    let state = ("my_msgs/msg/State", "ros2msg", "int32 gear");
    let gear = [&[0, 1, 0, 0][..], &4_i32.to_le_bytes()].concat();
    let (one, two) = (double(1.0), double(2.0));
    let bytes = recording(
        &[
            ("/speed", float, "cdr"),
            ("/speed", float, "cdr"),
            ("/speed", commented, "cdr"),
            ("/mixed", float, "cdr"),
            ("/mixed", state, "cdr"),
        ],
        &[(0, &one), (1, &two), (2, &one), (0, &two), (3, &one), (4, &gear)],
    );
    let clip = indexed(&written(folder.path(), "a.mcap", bytes));
    assert_eq!(values(&*clip, "/speed"), [1.0, 2.0, 1.0, 2.0]);
    assert_eq!(clip.info().channels.iter().filter(|channel| channel.name.starts_with("/speed")).count(), 1);
    assert_eq!(values(&*clip, "/mixed (std_msgs/msg/Float64)"), [1.0]);
    assert_eq!(values(&*clip, "/mixed (my_msgs/msg/State).gear"), [4.0]);
}

#[test]
fn encodings_that_are_not_known_are_listed_and_attachments_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = recording(
        &[
            ("/flat", ("a.B", "flatbuffer", "x"), "flatbuffer"),
            ("/idl", ("a::B", "omgidl", "struct B {};"), "cdr"),
            ("/bare", ("", "", ""), "cdr"),
            ("/wrong", ("a.C", "protobuf", ""), "protobuf"),
        ],
        &[(0, b"1234"), (1, b"\0\x01\0\0"), (2, b"\0\x01\0\0"), (3, b"")],
    );
    let clip = indexed(&written(folder.path(), "a.mcap", bytes));
    assert!(why(&*clip, "/flat").contains("unknown message encoding \"flatbuffer\""));
    assert!(why(&*clip, "/idl").contains("unknown schema encoding \"omgidl\""));
    assert!(why(&*clip, "/bare").contains("no schema"));
    assert!(why(&*clip, "/wrong").contains("a.C"));
    let about = format!("{:?}", clip.info().about);
    assert!(about.contains("notes.txt") && about.contains("metadata car"), "{about}");
    let json = serde_json::to_value(&*clip.info()).unwrap();
    assert!(json["channels"].as_array().unwrap().iter().all(|channel| channel["problem"].is_string()));
}

#[test]
fn encrypted_bags_of_ros_1_are_refused() {
    let fields = [&b"op=\x03"[..], b"encryptor=rosbag/AesCbcEncryptor"];
    let header: Vec<u8> =
        fields.iter().flat_map(|f| [&(f.len() as u32).to_le_bytes()[..], f].concat()).collect();
    let mut bytes = b"#ROSBAG V2.0\n".to_vec();
    bytes.extend((header.len() as u32).to_le_bytes());
    bytes.extend(header);
    bytes.extend(0_u32.to_le_bytes());
    let folder = tempfile::tempdir().unwrap();
    let problem = refusal(&written(folder.path(), "a.bag", bytes));
    assert!(problem.contains("encrypted by rosbag/AesCbcEncryptor"), "{problem}");
}
