//! Data sets that others publish: what their own devkits read from them comes back, in the right frame.
//! The files and what the devkits say: `tests/fixtures/make_data_sets.py`.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::float_cmp,
    reason = "helpers of tests; values are exact"
)]

mod common;

use std::path::PathBuf;
use std::sync::Arc;

use common::{numbered, repo};
use glam::DVec3;
use hardcase::base::time::Time;
use hardcase::clips::{Clip, open};
use hardcase::data::clip::{ChannelId, ChannelKind, Sample};
use hardcase::data::geometry::frames::{Calibration, Cuboid};
use hardcase::data::geometry::points::PointCloud;
use serde_json::Value;

fn data_sets() -> PathBuf {
    repo().join("tests/fixtures/data_sets")
}

fn expected(name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(data_sets().join(name)).unwrap()).unwrap()
}

fn channel(clip: &dyn Clip, name: &str) -> ChannelId {
    clip.info().channel_named(name).unwrap_or_else(|| panic!("no {name} in {:#?}", clip.info()))
}

fn cuboids(clip: &dyn Clip, name: &str, index: usize) -> Vec<Cuboid> {
    let Sample::Cuboids(boxes) = clip.read(channel(clip, name), index).unwrap() else { panic!("no boxes") };
    boxes
}

fn cloud(clip: &dyn Clip, name: &str, index: usize) -> Arc<PointCloud> {
    let Sample::Points(cloud) = clip.read(channel(clip, name), index).unwrap() else { panic!("no points") };
    cloud
}

fn calibration(clip: &dyn Clip, name: &str) -> Calibration {
    let Sample::Calibration(camera) = clip.read(channel(clip, name), 0).unwrap() else { panic!("no camera") };
    camera
}

fn vector(value: &Value) -> DVec3 {
    let at = |i: usize| value[i].as_f64().unwrap();
    DVec3::new(at(0), at(1), at(2))
}

/// The eight corners of a box, in another frame.
fn corners(cuboid: &Cuboid, clip: &dyn Clip, frame: &str, time: Time) -> Vec<DVec3> {
    let pose = clip.frames().pose(&cuboid.frame, frame, time).unwrap();
    let ends: Vec<DVec3> = cuboid.edges(&pose).into_iter().flatten().collect();
    let mut corners: Vec<DVec3> = Vec::new();
    for end in ends {
        if corners.iter().all(|known| known.distance(end) > 1e-6) {
            corners.push(end);
        }
    }
    corners
}

fn same_corners(ours: &[DVec3], theirs: &Value) {
    let theirs = theirs.as_array().unwrap();
    assert_eq!((ours.len(), theirs.len()), (8, 8));
    for corner in theirs {
        let corner = vector(corner);
        assert!(ours.iter().any(|own| own.distance(corner) < 1e-5), "{corner} is not among {ours:?}");
    }
}

#[test]
fn nuscenes_is_placed_as_by_its_devkit() {
    let clip = open(&data_sets().join("nuscenes#scene-0002")).unwrap();
    let (info, expected) = (clip.info(), expected("nuscenes.json"));
    assert_eq!((info.format, info.warnings.len()), ("nuscenes", 0), "{:?}", info.warnings);
    let time = Time(expected["timestamp"].as_i64().unwrap() * 1000);
    assert_eq!(clip.times(channel(&*clip, "annotations"))[1], time);
    let boxes = cuboids(&*clip, "annotations", 1);
    assert_eq!(boxes[0].class, expected["class"].as_str().unwrap());
    assert_eq!(boxes[0].size, DVec3::new(4.5, 1.9, 1.6), "length, width, height");
    // The devkit takes the pose of the vehicle when the picture was taken.
    let taken = clip.times(channel(&*clip, "CAM_FRONT"))[1];
    let camera = calibration(&*clip, "CAM_FRONT/calibration");
    same_corners(&corners(&boxes[0], &*clip, &camera.frame, taken), &expected["box_corners_in_camera"]);
    assert_eq!((camera.size, camera.pinhole), ((32, 24), [20.0, 20.0, 16.0, 12.0]));
    let points = cloud(&*clip, "LIDAR_TOP", 1);
    assert_eq!(points.field("intensity").unwrap(), [40.0, 10.0]);
    let point = DVec3::from(points.positions[0].map(f64::from));
    let on_map = clip.frames().pose(&points.frame, "map", time).unwrap().apply(point);
    assert!(on_map.distance(vector(&expected["point_on_map"])) < 1e-3, "{on_map}");
    assert_eq!(clip.picture(channel(&*clip, "CAM_FRONT"), 2).unwrap().pixel(0, 0), Some([102; 3]));
    assert_eq!(clip.values(channel(&*clip, "can.pose.vehicle_speed"))[4], 6.0);
    assert_eq!(clip.values(channel(&*clip, "can.pose.accel[1]"))[9], 0.9);
}

#[test]
fn a_data_set_of_many_scenes_opens_the_first_and_names_the_others() {
    let clip = open(&data_sets().join("nuscenes")).unwrap();
    let info = clip.info();
    assert!(info.warnings[0].contains("scene-0001") && info.warnings[0].contains("scene-0002"), "{info:?}");
    assert_eq!(clip.picture(channel(&*clip, "CAM_FRONT"), 2).unwrap().pixel(0, 0), Some([2; 3]));
    let same = open(&data_sets().join("nuscenes/v1.0-mini")).unwrap();
    assert_eq!(same.info().channels, info.channels);
    let wrong = open(&data_sets().join("nuscenes#scene-0009")).err().unwrap().to_string();
    assert!(wrong.contains("scene-0009") && wrong.contains("scene-0002"), "{wrong}");
}

#[test]
fn argoverse_2_is_placed_as_by_its_devkit() {
    let clip = open(&data_sets().join("argoverse2/3b3570b9")).unwrap();
    let (info, expected) = (clip.info(), expected("argoverse2.json"));
    assert_eq!((info.format, info.warnings.len()), ("argoverse2", 0), "{:?}", info.warnings);
    let time = Time(expected["timestamp"].as_i64().unwrap());
    assert_eq!(clip.times(channel(&*clip, "lidar"))[1], time);
    let points = cloud(&*clip, "lidar", 1);
    for (ours, theirs) in points.positions.iter().zip(expected["points"].as_array().unwrap()) {
        assert_eq!(DVec3::from(ours.map(f64::from)), vector(theirs));
    }
    assert_eq!(points.field("laser_number").unwrap(), [5.0, 63.0]);
    let boxes = cuboids(&*clip, "annotations", 1);
    assert_eq!((boxes[0].class.as_str(), boxes[0].id.as_str()), ("regular_vehicle", "9d5a8f0e"));
    same_corners(&corners(&boxes[0], &*clip, "city", time), &expected["corners_in_city"]);
    let camera = calibration(&*clip, "ring_front_center/calibration");
    let to_camera = clip.frames().pose(&points.frame, &camera.frame, time).unwrap();
    let (u, v) = camera.project(to_camera.apply(DVec3::from(points.positions[1].map(f64::from)))).unwrap();
    let theirs = &expected["second_point_in_picture"];
    assert!((u - theirs[0].as_f64().unwrap()).abs() < 1e-3, "{u} {theirs}");
    assert!((v - theirs[1].as_f64().unwrap()).abs() < 1e-3, "{v} {theirs}");
    assert_eq!(clip.picture(channel(&*clip, "ring_front_center"), 2).unwrap().pixel(0, 0), Some([20; 3]));
}

#[test]
fn a_tub_of_donkeycar_opens_without_what_the_driver_threw_away() {
    let clip = open(&data_sets().join("donkeycar")).unwrap();
    let camera = channel(&*clip, "cam");
    assert_eq!(clip.times(camera).len(), 5, "record 4 was deleted");
    assert_eq!(clip.times(camera)[1], Time(1_604_348_391_050_000_000));
    let shade = clip.picture(camera, 4).unwrap().pixel(3, 3).unwrap()[0];
    assert!(shade.abs_diff(100) < 3, "{shade}");
    let angle = clip.values(channel(&*clip, "user/angle"));
    assert!((angle[4] - 0.3).abs() < 1e-12, "{angle:?}");
}

#[test]
fn recordings_of_udacity_open() {
    let clip = open(&data_sets().join("udacity_simulator")).unwrap();
    let left = channel(&*clip, "left");
    assert_eq!(clip.times(left)[1] - clip.times(left)[0], hardcase::base::time::Span(100_000_000));
    let shade = clip.picture(channel(&*clip, "right"), 3).unwrap().pixel(3, 3).unwrap()[0];
    assert!(shade.abs_diff(123) < 3, "{shade}");
    assert_eq!(clip.values(channel(&*clip, "speed")).to_vec(), [0.0, 7.5, 15.0, 22.5]);
    let clip = open(&data_sets().join("udacity_drive")).unwrap();
    assert_eq!(clip.picture(channel(&*clip, "center"), 2).unwrap().pixel(0, 0), Some([62; 3]));
    assert_eq!(clip.times(channel(&*clip, "center"))[1], Time(1_479_424_215_930_977_321));
    assert_eq!(clip.values(channel(&*clip, "speed"))[8], 22.0);
}

#[test]
fn the_object_benchmark_of_kitti_opens_with_labels_and_calibration() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &[u8]| {
        let path = folder.path().join("training").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    for n in 0..2 {
        write(&format!("image_2/{n:06}.png"), &numbered(n).to_png().unwrap());
        let points: Vec<u8> = [5.0_f32, 1.0, 0.5, 0.3].iter().flat_map(|v| v.to_le_bytes()).collect();
        write(&format!("velodyne/{n:06}.bin"), &points);
        // x of the camera is -y of the LIDAR, y is -z, z is x; camera 2 sits 0.5 m to the left of camera 0.
        let calib = "P2: 20 0 16 10 0 20 12 0 0 0 1 0\nR0_rect: 1 0 0 0 1 0 0 0 1\n\
                     Tr_velo_to_cam: 0 -1 0 0 0 0 -1 0 1 0 0 0\n";
        write(&format!("calib/{n:06}.txt"), calib.as_bytes());
        let label = format!(
            "Car 0.00 0 1.85 3 4 9 8 2 1.5 4 1 1.5 {} 0\nDontCare -1 -1 -10 1 2 3 4 -1 -1 -1 -1000 -1000 -1000 -10\nbroken\n",
            10 + n
        );
        write(&format!("label_2/{n:06}.txt"), label.as_bytes());
    }
    let clip = open(folder.path()).unwrap();
    let info = clip.info();
    assert_eq!(info.format, "kitti_object");
    assert!(info.warnings.iter().any(|w| w.starts_with("2 labels are damaged")), "{:?}", info.warnings);
    let labels = channel(&*clip, "image_2/labels");
    assert_eq!(info.camera_of("image_2/labels"), info.channel_named("image_2"));
    let Sample::Boxes(flat) = clip.read(labels, 1).unwrap() else { panic!("no boxes") };
    assert_eq!((flat.len(), flat[0].class.as_str(), flat[0].bbox.x1), (2, "car", 9.0));
    assert_eq!(info.of_kind(ChannelKind::Boxes).count(), 1);
    let time = clip.times(labels)[1];
    let solid = cuboids(&*clip, "labels", 1);
    assert_eq!(solid.len(), 1, "a region that nobody looked at has no place in space");
    // In the LIDAR the car is 11 m ahead, 1 m to the right, its bottom 1.5 m below, its length across.
    let pose = clip.frames().pose("camera_rectified", "velodyne", time).unwrap();
    let whole = pose.after(&solid[0].pose);
    assert!(whole.translation.distance(DVec3::new(11.0, -1.0, -0.5)) < 1e-9, "{whole:?}");
    assert!((whole.rotation * DVec3::X).distance(-DVec3::Y) < 1e-9);
    assert!((whole.rotation * DVec3::Z).distance(DVec3::Z) < 1e-9, "up is up");
    let camera = calibration(&*clip, "image_2/calibration");
    let to_camera = clip.frames().pose("velodyne", &camera.frame, time).unwrap();
    let (u, v) = camera.project(to_camera.apply(DVec3::new(5.0, 1.0, 0.5))).unwrap();
    assert!((u - (16.0 + (-20.0 + 10.0) / 5.0)).abs() < 1e-9 && (v - 10.0).abs() < 1e-9, "{u} {v}");
}
