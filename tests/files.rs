//! Recordings put together from files: point clouds, CAN logs, KITTI drives, tables. What reference tools wrote
//! comes from `tests/fixtures/make_files.py`.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::float_cmp,
    reason = "helpers of tests; values are exact"
)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use common::{numbered, repo};
use glam::DVec3;
use hardcase::base::progress::Progress;
use hardcase::base::rng::Rng;
use hardcase::base::time::Time;
use hardcase::clips::open;
use hardcase::data::clip::{ChannelId, ChannelKind, Sample};
use hardcase::data::geometry::points::PointCloud;

fn cloud(path: &Path) -> Arc<PointCloud> {
    let clip = open(path).unwrap();
    let Sample::Points(cloud) = clip.read(ChannelId(0), 0).unwrap() else { panic!("no points") };
    cloud
}

#[test]
fn every_kind_of_point_file_gives_the_same_points() {
    let folder = repo().join("tests/fixtures/points");
    let files = [
        "ascii.pcd",
        "binary.pcd",
        "packed.pcd",
        "kitti.bin",
        "nuscenes.pcd.bin",
        "text.ply",
        "little.ply",
        "big.ply",
    ];
    for name in files {
        let cloud = cloud(&folder.join(name));
        assert_eq!(cloud.positions.len(), 50, "{name}");
        for n in [0, 1, 33, 49] {
            let x = n as f32;
            assert_eq!(cloud.positions[n], [x * 0.5, -x, x * 0.25], "{name}");
            assert_eq!(cloud.field("intensity").unwrap()[n], x * 2.0, "{name}");
        }
    }
    assert_eq!(cloud(&folder.join("nuscenes.pcd.bin")).field("ring").unwrap()[7], 3.0);
    // A survey lies 100 m inside of a square kilometer far away; what is beyond the kilometers is kept.
    let packed = open(&folder.join("survey.laz")).err().unwrap().to_string();
    assert!(packed.contains("laszip"), "{packed}");
    let name = "survey.las";
    let cloud = cloud(&folder.join(name));
    assert_eq!(cloud.positions.len(), 50, "{name}");
    for (n, position) in cloud.positions.iter().enumerate() {
        let x = n as f32;
        let expected = [100.0 + x * 0.5, 100.0 - x, x * 0.25];
        assert!(position.iter().zip(expected).all(|(a, b)| (a - b).abs() < 2e-3), "{name} {position:?}");
    }
    assert_eq!(cloud.field("classification").unwrap()[6], 2.0, "{name}");
    assert_eq!(cloud.field("intensity").unwrap()[6], 12.0, "{name}");
}

#[test]
fn a_folder_of_clouds_is_a_recording_in_the_order_of_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let source = fs::read(repo().join("tests/fixtures/points/kitti.bin")).unwrap();
    for number in [10, 2, 1] {
        fs::write(folder.path().join(format!("scan_{number}.bin")), &source[..number * 16]).unwrap();
    }
    let clip = open(folder.path()).unwrap();
    let counts: Vec<usize> = (0..3)
        .map(|i| {
            let Sample::Points(cloud) = clip.read(ChannelId(0), i).unwrap() else { panic!("no points") };
            cloud.positions.len()
        })
        .collect();
    assert_eq!(counts, [1, 2, 10]);
}

#[test]
fn damaged_clouds_get_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["binary.pcd", "packed.pcd", "big.ply", "kitti.bin"] {
        let bytes = fs::read(repo().join("tests/fixtures/points").join(name)).unwrap();
        let path = folder.path().join(name);
        for length in 1..bytes.len() {
            fs::write(&path, &bytes[..length]).unwrap();
            if let Err(err) = open(&path).and_then(|clip| clip.read(ChannelId(0), 0)) {
                assert!(err.to_string().contains(name), "{err}");
            }
        }
    }
    let huge = "FIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\nPOINTS 4000000000000\nDATA binary\nxxxx";
    let path = folder.path().join("huge.pcd");
    fs::write(&path, huge).unwrap();
    let said = open(&path).and_then(|clip| clip.read(ChannelId(0), 0)).unwrap_err().to_string();
    assert!(said.contains("declares 4000000000000 points, 0 found"), "{said}");
}

#[test]
fn can_signals_equal_those_of_cantools() {
    const START: i64 = 1_600_000_000_000_000_000;
    let folder = repo().join("tests/fixtures/can");
    let expected: BTreeMap<String, Vec<f64>> =
        serde_json::from_str(&fs::read_to_string(folder.join("expected.json")).unwrap()).unwrap();
    // TRC and BLF know when they began, ASC does not.
    for (name, start) in [("drive.log", START), ("drive.asc", 0), ("drive.blf", START), ("drive.trc", START)]
    {
        let clip = open(&folder.join(name)).unwrap();
        let info = clip.info();
        assert!(info.warnings.is_empty(), "{name}: {:?}", info.warnings);
        for (signal, values) in &expected {
            let id =
                info.channel_named(signal).unwrap_or_else(|| panic!("{name} has no {signal}: {info:#?}"));
            let ours = clip.values(id);
            assert_eq!(ours.len(), values.len(), "{name} {signal}");
            for (ours, theirs) in ours.iter().zip(values) {
                assert!((ours - theirs).abs() < 1e-9, "{name} {signal}: {ours} {theirs}");
            }
        }
        let speed = info.channel_named("Motion.Speed").unwrap();
        // python-can counts in floats, which are off by some nanoseconds today.
        let third = clip.times(speed)[3];
        assert!((third - Time(start + 30_000_000)).0.abs() < 1000, "{name}: {third:?}");
        let unknown = info.channel(info.channel_named("0x7ff").unwrap()).unwrap();
        assert_eq!((unknown.kind, unknown.samples), (ChannelKind::Other, 20), "{name}");
    }
}

#[test]
fn long_frames_of_can_fd_are_read_from_blf() {
    let clip = open(&repo().join("tests/fixtures/can/fd.blf")).unwrap();
    let channel = &clip.info().channels[0];
    assert_eq!((channel.name.as_str(), channel.samples), ("0x321", 3));
    assert_eq!(clip.times(ChannelId(0))[2], Time(1_600_000_002_000_000_000));
}

#[test]
fn tables_come_back_from_parquet_and_feather_in_every_compression() {
    let folder = repo().join("tests/fixtures/tables");
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert_eq!(files.len(), 8);
    for path in files {
        let (name, clip) = (path.display(), open(&path).unwrap());
        let info = clip.info();
        let of = |wanted: &str| info.channel_named(wanted).unwrap_or_else(|| panic!("{name}: {info:#?}"));
        assert_eq!(
            clip.times(of("speed"))[3],
            Time(1_700_000_000_030_000_001),
            "{name}: nanoseconds are exact"
        );
        assert_eq!(clip.values(of("speed"))[29], 14.5, "{name}");
        assert!(clip.values(of("gear"))[3].is_nan() && clip.values(of("gear"))[9] == 4.0, "{name}");
        assert_eq!(clip.values(of("braking"))[..3], [1.0, 0.0, 1.0], "{name}");
        let Sample::Log(line) = clip.read(of("note"), 7).unwrap() else { panic!("{name}") };
        assert_eq!(line.text, "note 7", "{name}");
        assert_eq!(clip.logs().len(), 30, "{name}");
    }
}

#[test]
fn collections_of_texts_are_lines_one_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reviews.txt");
    fs::write(&path, "Good car.\n\nBad \u{e9}\u{f6} brakes.\r\n").unwrap();
    let clip = open(&path).unwrap();
    assert!(clip.info().warnings.is_empty(), "{:?}", clip.info().warnings);
    let lines: Vec<String> = clip.logs().iter().map(|entry| entry.line.text.clone()).collect();
    assert_eq!(lines, ["Good car.", "Bad \u{e9}\u{f6} brakes."]);
    assert_eq!(clip.logs()[1].time, Time(1_000_000_000));
    let path = folder.path().join("reviews.jsonl");
    fs::write(&path, "{\"text\": \"a\", \"label\": 1}\nrubbish\n{\"text\": \"b\", \"score\": 0.5}\n")
        .unwrap();
    let clip = open(&path).unwrap();
    let info = clip.info();
    assert!(info.warnings.iter().any(|w| w.starts_with("1 line is") && w.contains("line 2")), "{info:?}");
    let lines: Vec<String> = clip.logs().iter().map(|entry| entry.line.text.clone()).collect();
    assert_eq!(lines, ["a", "b"]);
    let score = clip.values(info.channel_named("score").unwrap());
    assert!(score[0].is_nan() && score[1] == 0.5, "{score:?}");
    let path = folder.path().join("reviews.csv");
    fs::write(&path, "text,label\ngood,1\nbad,0\n").unwrap();
    assert_eq!(open(&path).unwrap().logs().len(), 2);
}

#[test]
fn a_can_log_without_a_description_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("drive.log");
    fs::write(&path, "(1.5) can0 123#0102\nrubbish\n(2.5) can0 1FFFFFFF##1AABB\n").unwrap();
    let info = open(&path).unwrap().info();
    assert_eq!(info.channels.len(), 2);
    assert!(
        info.warnings.iter().any(|w| w.contains(".dbc"))
            && info.warnings.iter().any(|w| w.contains("1 line is"))
    );
    fs::write(&path, "nothing of the kind\n").unwrap();
    assert!(open(&path).is_err());
}

/// A drive with known geometry: the LIDAR is turned by a quarter and 2 m above the IMU, the cameras look along
/// its x axis.
fn kitti(folder: &Path) -> std::path::PathBuf {
    let drive = folder.join("2011_09_26_drive_0001_sync");
    let write = |path: &str, text: &[u8]| {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("calib_imu_to_velo.txt", b"calib_time: x\nR: 0 1 0 -1 0 0 0 0 1\nT: 0 0 -2\n");
    // x of the camera is -y of the LIDAR, y is -z, z is x.
    write("calib_velo_to_cam.txt", b"R: 0 -1 0 0 0 -1 1 0 0\nT: 0 0 0\n");
    let cameras = "R_rect_00: 1 0 0 0 1 0 0 0 1\nS_rect_02: 32 24\nP_rect_02: 20 0 16 10 0 20 12 0 0 0 1 0\n";
    write("calib_cam_to_cam.txt", cameras.as_bytes());
    let stamps: Vec<String> = (0..4).map(|n| format!("2011-09-26 13:02:2{n}.500000000")).collect();
    let stamps = stamps.join("\n");
    let name = "2011_09_26_drive_0001_sync";
    for sensor in ["image_02", "velodyne_points", "oxts"] {
        write(&format!("{name}/{sensor}/timestamps.txt"), stamps.as_bytes());
    }
    for n in 0..4 {
        write(&format!("{name}/image_02/data/{n:010}.png"), &numbered(n).to_png().unwrap());
        let row: Vec<String> = (0..30).map(|i| format!("{}", f64::from(i) + n as f64 * 0.5)).collect();
        write(&format!("{name}/oxts/data/{n:010}.txt"), row.join(" ").as_bytes());
        // The second scan is missing, as in real drives.
        if n != 1 {
            let point: Vec<u8> = [5.0_f32, 1.0, n as f32, 0.5].iter().flat_map(|v| v.to_le_bytes()).collect();
            write(&format!("{name}/velodyne_points/data/{n:010}.bin"), &point);
        }
    }
    let boxes = "<boost_serialization><tracklets><count>1</count><item><objectType>Car</objectType><h>2</h><w>1.5</w><l>4</l>\
                 <first_frame>1</first_frame><poses><count>2</count><item><tx>5</tx><ty>1</ty><tz>-1</tz><rz>0</rz></item>\
                 <item><tx>6</tx><ty>1</ty><tz>-1</tz><rz>0</rz></item></poses></item></tracklets></boost_serialization>";
    write(&format!("{name}/tracklet_labels.xml"), boxes.as_bytes());
    drive
}

#[test]
fn a_kitti_drive_opens_with_its_geometry() {
    let folder = tempfile::tempdir().unwrap();
    let clip = open(&kitti(folder.path())).unwrap();
    let info = clip.info();
    assert_eq!((info.format, info.warnings.len()), ("kitti", 0), "{:?}", info.warnings);
    let of = |name: &str| info.channel_named(name).unwrap();
    assert_eq!(clip.picture(of("image_02"), 3).unwrap(), numbered(3));
    assert_eq!(clip.times(of("velodyne")).len(), 3);
    let third = Time(1_317_042_142_500_000_000);
    assert_eq!(clip.times(of("velodyne"))[1], third, "a missing scan does not move the others");
    assert_eq!(clip.values(of("oxts.vf"))[2], 8.0 + 1.0);
    assert_eq!(clip.values(of("oxts.latitude"))[1], 0.5);
    let frames = clip.frames();
    let to_imu = frames.pose("velodyne", "imu", third).unwrap();
    // imu_to_velo maps (x, y, z) to (y, -x, z - 2).
    assert!((to_imu.apply(DVec3::new(0.0, -1.0, -2.0)) - DVec3::X).length() < 1e-9);
    let Sample::Calibration(camera) = clip.read(of("image_02/calibration"), 0).unwrap() else {
        panic!("no calibration")
    };
    let to_camera = frames.pose("velodyne", &camera.frame, third).unwrap();
    // P_rect_02 shifts by 10 / 20 m, as the projection of the data set says: (20 * x + 10) / z + 16.
    let (u, v) = camera.project(to_camera.apply(DVec3::new(5.0, 1.0, 0.5))).unwrap();
    assert!(
        (u - ((-20.0 + 10.0) / 5.0 + 16.0)).abs() < 1e-9 && (v - (20.0 * -0.5 / 5.0 + 12.0)).abs() < 1e-9,
        "{u} {v}"
    );
    let Sample::Cuboids(boxes) = clip.read(of("tracklets"), 1).unwrap() else { panic!("no boxes") };
    assert_eq!((boxes[0].class.as_str(), boxes[0].pose.translation), ("car", DVec3::new(6.0, 1.0, 0.0)));
    assert_eq!(boxes[0].size, DVec3::new(4.0, 1.5, 2.0));
    let Sample::Cuboids(none) = clip.read(of("tracklets"), 0).unwrap() else { panic!("no boxes") };
    assert!(none.is_empty(), "the box of the picture without a scan is not shown elsewhere");
}

#[test]
fn a_table_of_signals_opens_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("drive.csv");
    fs::write(&path, "time,speed,note\n1.0,3,x\n0.5,2,y\n").unwrap();
    let clip = open(&path).unwrap();
    assert_eq!(clip.values(ChannelId(0)).to_vec(), [2.0, 3.0]);
    assert_eq!(clip.times(ChannelId(0))[0], Time(500_000_000));
    let notes: Vec<String> = clip.logs().iter().map(|entry| entry.line.text.clone()).collect();
    assert_eq!(notes, ["y", "x"], "words are lines, in the order of time");
}

/// Flipped bits in every kind of file, and in the database of a bag: a sentence or values, never a panic.
#[test]
fn flipped_bits_never_panic() {
    let fixtures = repo().join("tests/fixtures");
    let rng = Rng::new(8);
    let files = [
        "points/ascii.pcd",
        "points/binary.pcd",
        "points/packed.pcd",
        "points/little.ply",
        "points/text.ply",
        "can/drive.log",
        "can/drive.asc",
        "can/drive.blf",
        "can/drive.trc",
        "can/drive.dbc",
        "points/survey.las",
        "points/survey.laz",
        "tables/zstd.parquet",
        "tables/none.parquet",
        "tables/lz4.feather",
        "tables/uncompressed.feather",
        "recordings/rosbag2_sqlite3/rosbag2_sqlite3.db3",
    ];
    for name in files {
        let folder = tempfile::tempdir().unwrap();
        fs::copy(fixtures.join("can/drive.log"), folder.path().join("drive.log")).unwrap();
        let path = folder.path().join(Path::new(name).file_name().unwrap());
        let bytes = fs::read(fixtures.join(name)).unwrap();
        for round in 0..60 {
            let mut damaged = bytes.clone();
            for flip in 0..=round % 6 {
                let bit = rng.at(round * 8 + flip) as usize % (damaged.len() * 8);
                damaged[bit / 8] ^= 1 << (bit % 8);
            }
            fs::write(&path, &damaged).unwrap();
            let opened = if name.ends_with("dbc") { folder.path().join("drive.log") } else { path.clone() };
            let Ok(clip) = open(&opened) else { continue };
            drop(clip.index(&Progress::default()));
            for (i, channel) in clip.info().channels.iter().enumerate() {
                for index in 0..channel.samples.min(3) {
                    drop(clip.read(ChannelId(i), index));
                }
            }
        }
    }
}

/// Files that once took all memory, a panic or for ever: `fuzz/run.sh` found them.
#[test]
fn what_fuzzing_found_stays_fixed() {
    let mut files: Vec<_> = fs::read_dir(repo().join("tests/fixtures/fuzzed")).unwrap().collect();
    assert!(files.len() >= 4);
    for file in files.drain(..) {
        let Ok(clip) = open(&file.unwrap().path()) else { continue };
        drop(clip.index(&Progress::default()));
        for (i, channel) in clip.info().channels.iter().enumerate() {
            for index in 0..channel.samples.min(3) {
                drop(clip.read(ChannelId(i), index));
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("manifest.json"), "{}").unwrap();
    let entry =
        "{\"_timestamp_ms\": 1e300, \"user/angle\": 1}\n{\"_timestamp_ms\": -9e18, \"user/angle\": 2}\n";
    fs::write(folder.path().join("catalog_0.catalog"), entry).unwrap();
    assert_eq!(open(folder.path()).unwrap().values(ChannelId(0)).to_vec(), [2.0, 1.0]);
}
