//! Recordings written by the reference implementations: every type of message comes back with its values.
//! The files and their formulas: `tests/fixtures/make_recordings.py`.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::float_cmp,
    reason = "helpers of tests; values are exact"
)]

mod common;

use std::sync::Arc;

use common::repo;
use glam::DVec3;
use hardcase::base::progress::Progress;
use hardcase::base::time::Time;
use hardcase::clips::{Clip, open};
use hardcase::data::clip::{ChannelId, ChannelKind, Sample};
use hardcase::data::geometry::points::PointCloud;
use hardcase::data::time::log::LogLevel;

const START: i64 = 1_700_000_000_000_000_000;
const COUNT: usize = 12;

fn recording(name: &str) -> Arc<dyn Clip> {
    let clip = open(&repo().join("tests/fixtures/recordings").join(name)).unwrap();
    clip.index(&Progress::default()).unwrap();
    clip
}

fn channel(clip: &dyn Clip, name: &str) -> ChannelId {
    let info = clip.info();
    info.channel_named(name).unwrap_or_else(|| panic!("no channel {name} in {:#?}", info.channels))
}

fn values(clip: &dyn Clip, name: &str) -> Vec<f64> {
    clip.values(channel(clip, name)).to_vec()
}

fn cloud(clip: &dyn Clip, name: &str, index: usize) -> Arc<PointCloud> {
    let Sample::Points(cloud) = clip.read(channel(clip, name), index).unwrap() else {
        panic!("{name} gives no points")
    };
    cloud
}

fn numbered(formula: impl Fn(f64) -> f64) -> Vec<f64> {
    (0..COUNT).map(|n| formula(n as f64)).collect()
}

/// Checks that hold for all recordings of ROS.
fn check_ros(name: &str) {
    let clip = recording(name);
    let info = clip.info();
    assert!(info.indexed && info.warnings.is_empty(), "{name}: {:?}", info.warnings);
    assert_eq!(info.range.start, Time(START), "{name}");
    let points = cloud(&*clip, "/lidar", 5);
    // Point 7 has no position and is left out with its values.
    assert_eq!((points.positions.len(), points.frame.as_str()), (39, "lidar"), "{name}");
    assert_eq!(points.positions[6], [3.0, 5.0, -1.5], "{name}");
    assert_eq!(points.positions[7], [4.0, 5.0, -2.0], "{name}");
    assert_eq!(points.field("intensity").unwrap()[7].to_bits(), 16.0_f32.to_bits(), "{name}");
    assert_eq!(points.field("ring").unwrap()[15].to_bits(), 0.0_f32.to_bits(), "{name}");
    assert_eq!(values(&*clip, "/imu.linear_acceleration.x"), numbered(|n| n * 0.1), "{name}");
    assert_eq!(values(&*clip, "/imu.linear_acceleration.z"), numbered(|_| 9.81), "{name}");
    assert_eq!(values(&*clip, "/gps.latitude"), numbered(|n| 48.0 + n * 1e-4), "{name}");
    let Sample::Place(place) = clip.read(channel(&*clip, "/gps"), 3).unwrap() else { panic!("{name}") };
    assert_eq!((place.longitude, place.altitude), (11.0 + 3.0 * 2e-4, 503.0), "{name}");
    let scan = cloud(&*clip, "/scan", 2);
    assert_eq!(scan.positions.len(), 2, "{name}: a reading out of range is left out");
    assert!((scan.positions[0][0] - 3.0).abs() < 1e-6 && (scan.positions[1][1] - 2.0).abs() < 1e-6, "{name}");
    // Half way between two transforms, through two edges of the tree.
    let pose = clip.frames().pose("lidar", "map", Time(START + 250_000_000)).unwrap();
    let there = pose.apply(DVec3::X);
    assert!((there - DVec3::new(2.5, 1.0, 2.0)).length() < 1e-6, "{name}: {there}");
}

#[test]
fn ros_2_in_mcap_comes_back() {
    check_ros("ros2.mcap");
    let clip = recording("ros2.mcap");
    let Sample::Log(line) = clip.read(channel(&*clip, "/rosout"), 3).unwrap() else { panic!("no log") };
    assert_eq!(
        (line.level, line.source.as_str(), line.text.as_str()),
        (LogLevel::Error, "planner", "step 3")
    );
    // A type nobody knows is plotted by its definition.
    assert_eq!(values(&*clip, "/odd.small"), numbered(|n| -n));
    assert_eq!(values(&*clip, "/odd.mode.big"), numbered(|n| -(2_f64.powi(40)) * n));
    assert_eq!(values(&*clip, "/odd.few[1]"), numbered(|n| n));
    assert_eq!(values(&*clip, "/odd.pair[1].big"), numbered(|n| n));
    assert_eq!(values(&*clip, "/odd.on"), numbered(|n| n % 2.0));
}

#[test]
fn ros_1_bags_come_back_in_every_compression() {
    for name in ["ros1_none.bag", "ros1_bz2.bag", "ros1_lz4.bag"] {
        check_ros(name);
    }
}

#[test]
fn rosbag2_folders_come_back_from_both_storages() {
    check_ros("rosbag2_sqlite3");
    check_ros("rosbag2_mcap");
    check_ros("rosbag2_sqlite3/rosbag2_sqlite3.db3");
}

#[test]
fn split_bags_are_one_recording() {
    let folder = tempfile::tempdir().unwrap();
    let source = repo().join("tests/fixtures/recordings");
    std::fs::write(folder.path().join("metadata.yaml"), "rosbag2_bagfile_information:\n").unwrap();
    for name in ["bag_0.mcap", "bag_1.mcap"] {
        std::fs::copy(source.join("rosbag2_mcap/rosbag2_mcap.mcap"), folder.path().join(name)).unwrap();
    }
    let clip = open(folder.path()).unwrap();
    clip.index(&Progress::default()).unwrap();
    let lidar = channel(&*clip, "/lidar");
    let times = clip.times(lidar);
    assert_eq!(times.len(), 2 * COUNT);
    assert!(times.is_sorted());
    assert_eq!(cloud(&*clip, "/lidar", 10).positions[0][1].to_bits(), 5.0_f32.to_bits());
    assert_eq!(values(&*clip, "/imu.linear_acceleration.z").len(), 2 * COUNT);
}

#[test]
fn foxglove_in_protobuf_comes_back() {
    let clip = recording("foxglove.mcap");
    assert!(clip.info().warnings.is_empty(), "{:?}", clip.info().warnings);
    let points = cloud(&*clip, "/lidar", 5);
    assert_eq!(points.positions.len(), 39);
    assert_eq!(points.positions[6], [3.0, 5.0, -0.5], "the pose of the cloud lifts it by a meter");
    assert_eq!(values(&*clip, "/gps.altitude"), numbered(|n| 500.0 + n));
    let Sample::Cuboids(boxes) = clip.read(channel(&*clip, "/objects"), 4).unwrap() else {
        panic!("no boxes")
    };
    assert_eq!((boxes[0].class.as_str(), boxes[0].id.as_str()), ("car", "track 4"));
    assert_eq!((boxes[0].size, boxes[0].pose.translation.x), (DVec3::new(4.0, 2.0, 1.5), 5.0));
    let Sample::Calibration(camera) = clip.read(channel(&*clip, "/camera/calibration"), 0).unwrap() else {
        panic!("no calibration")
    };
    assert_eq!((camera.pinhole, camera.size), ([500.0, 510.0, 320.0, 240.0], (640, 480)));
    assert_eq!(camera.distortion, [0.1, 0.01, 0.0, 0.0, 0.0]);
    let pose = clip.frames().pose("lidar", "base", Time(START + 300_000_000)).unwrap();
    assert!((pose.translation.x - 3.0).abs() < 1e-6);
    let Sample::Log(line) = clip.read(channel(&*clip, "/log"), 3).unwrap() else { panic!("no log") };
    assert_eq!((line.level, line.text.as_str()), (LogLevel::Error, "step 3"));
}

#[test]
fn messages_without_schema_out_of_order_and_from_1970() {
    let clip = recording("odd.mcap");
    let info = clip.info();
    let speed = values(&*clip, "/speed.value");
    assert_eq!(speed, [-1.0, 1.0, 2.0, 3.0, 4.0, 4.0, 5.0], "in the order of time");
    assert_eq!(values(&*clip, "/speed.n")[4..6], [2.0, 3.0], "equal times keep their order");
    assert_eq!(info.range.start, Time(START + 1_000_000_000), "1970 does not stretch the time line");
    assert!(info.warnings.iter().any(|w| w.contains("1990")), "{:?}", info.warnings);
    let strange = info.channel(channel(&*clip, "/strange")).unwrap();
    assert_eq!((strange.kind, strange.samples), (ChannelKind::Other, 6));
    assert_eq!(strange.problem.as_deref(), Some("unknown message encoding \"cbor\""));
}

/// Every length of a small file, and many flipped bits: a sentence or a recording, never a panic.
#[test]
fn cut_and_flipped_bags_and_recordings_never_panic() {
    let folder = tempfile::tempdir().unwrap();
    let rng = hardcase::base::rng::Rng::new(3);
    for (name, step) in
        [("odd.mcap", 1), ("foxglove.mcap", 131), ("ros1_lz4.bag", 97), ("ros1_none.bag", 397)]
    {
        let bytes = std::fs::read(repo().join("tests/fixtures/recordings").join(name)).unwrap();
        let path = folder.path().join(name);
        let look = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            let Ok(clip) = open(&path) else { return };
            clip.index(&Progress::default()).unwrap();
            for (i, channel) in clip.info().channels.iter().enumerate() {
                for index in 0..channel.samples.min(3) {
                    drop(clip.read(ChannelId(i), index));
                }
            }
        };
        for length in (0..bytes.len()).step_by(step) {
            look(&bytes[..length]);
        }
        for round in 0..200 {
            let mut damaged = bytes.clone();
            for flip in 0..=round % 5 {
                let bit = rng.at(round * 8 + flip) as usize % (damaged.len() * 8);
                damaged[bit / 8] ^= 1 << (bit % 8);
            }
            look(&damaged);
        }
    }
}

#[test]
fn radars_detections_odometry_bayer_depth_and_idl_come_back() {
    let clip = recording("more.mcap");
    let info = clip.info();
    assert!(info.indexed && info.warnings.is_empty(), "{:?}", info.warnings);
    let radar = cloud(&*clip, "/radar", 2);
    let [x, y, z] = radar.positions[0];
    assert!((x - 12.0 * 0.5_f32.cos()).abs() < 1e-5 && (y - 12.0 * 0.5_f32.sin()).abs() < 1e-5 && z == 0.0);
    assert_eq!(radar.field("doppler_velocity").unwrap(), [-1.5]);
    let detections = channel(&*clip, "/front/detections");
    assert_eq!(info.camera_of("/front/detections"), info.channel_named("/front/image"));
    let Sample::Boxes(boxes) = clip.read(detections, 0).unwrap() else { panic!("no boxes") };
    assert_eq!((boxes[0].class.as_str(), boxes[0].score), ("car", 0.75));
    let bbox = boxes[0].bbox;
    assert_eq!([bbox.x0, bbox.y0, bbox.x1, bbox.y1], [16.0, 8.0, 24.0, 12.0]);
    let there = clip.frames().pose("base_link", "odom", Time(START + 150_000_000)).unwrap();
    assert!(
        (there.translation - DVec3::new(2.0, 2.0, 0.0)).length() < 1e-6,
        "{there:?}: headers are 50 ms older"
    );
    assert_eq!(values(&*clip, "/odom.twist.twist.linear.x"), numbered(|_| 5.0));
    let picture = clip.picture(channel(&*clip, "/front/image"), 0).unwrap();
    assert_eq!(picture.pixel(1, 1), Some([200, 100, 50]), "a flat color behind a Bayer filter");
    let depth = clip.picture(channel(&*clip, "/depth"), 0).unwrap();
    assert_eq!((depth.pixel(0, 0), depth.pixel(1, 0)), (Some([0; 3]), Some([128; 3])));
    let lines: Vec<LogLevel> = clip.logs().iter().take(3).map(|entry| entry.line.level).collect();
    assert_eq!(lines, [LogLevel::Info, LogLevel::Warning, LogLevel::Error]);
    assert_eq!(clip.logs()[1].line.text, "lidar: hot");
    assert_eq!(values(&*clip, "/wheel.speeds[0]"), numbered(|n| n));
    assert_eq!(values(&*clip, "/wheel.ticks"), numbered(|n| -n));
    assert_eq!(values(&*clip, "/wheel.locked"), numbered(|n| n % 2.0));
    let made = clip.stamps(channel(&*clip, "/radar"), &Progress::default()).unwrap().unwrap();
    assert_eq!(made[0], Time(START - 50_000_000));
    let about: Vec<&str> = info.about.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(about, ["attachment notes.txt", "vehicle.plate", "vehicle.driver"]);
    assert_eq!(info.about[2].1, "anna");
}

/// A recording of one message of a channel of another one, after `change`.
fn changed(name: &str, topic: &str, change: impl FnOnce(&mut Vec<u8>)) -> (tempfile::TempDir, Arc<dyn Clip>) {
    let bytes = std::fs::read(repo().join("tests/fixtures/recordings").join(name)).unwrap();
    let mut messages = mcap::MessageStream::new(&bytes).unwrap().map(Result::unwrap);
    let message = messages.find(|message| message.channel.topic == topic).unwrap();
    let mut data = message.data.to_vec();
    change(&mut data);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("changed.mcap");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    let mut writer = mcap::Writer::new(&mut file).unwrap();
    writer.write(&mcap::Message { data: data.into(), ..message }).unwrap();
    writer.finish().unwrap();
    drop(writer);
    drop(file);
    let clip = open(&path).unwrap();
    clip.index(&Progress::default()).unwrap();
    (folder, clip)
}

#[test]
fn protobuf_of_another_wire_type_is_refused_by_the_name_of_its_field() {
    for topic in ["/lidar", "/objects"] {
        // The first field is stored as a message or a text; a fixed number of 32 bits is something else.
        let (_folder, clip) = changed("foxglove.mcap", topic, |data| data[0] = data[0] & !7 | 5);
        let problem = clip.read(channel(&*clip, topic), 0).unwrap_err().to_string();
        assert!(problem.contains("is not stored as its description says"), "{topic}: {problem}");
    }
}

#[test]
fn clouds_whose_bytes_contradict_their_fields_are_refused() {
    // Half of the points: every other byte would be left out, or the distance between points is another.
    let (_folder, clip) = changed("ros2.mcap", "/lidar", |data| {
        let size = [1_u32.to_le_bytes(), 40_u32.to_le_bytes()].concat();
        let at = data.windows(8).position(|bytes| bytes == size).unwrap();
        data[at + 4] = 20;
    });
    let problem = clip.read(channel(&*clip, "/lidar"), 0).unwrap_err().to_string();
    assert!(problem.contains("20x1 points of") && problem.contains("found"), "{problem}");
}
