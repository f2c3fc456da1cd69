//! Boxes in space while the vehicle drives: what is parked stays parked between two keyframes, in the window, in copies, in
//! checks and in exports.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::f64::consts::FRAC_PI_2;
use std::fs;
use std::path::{Path, PathBuf};

use common::{app, send};
use glam::{DQuat, DVec3};
use hardcase::app::command::Command;
use hardcase::app::label::command::LabelCommand;
use hardcase::app::label::exchange::ExchangeCommand;
use hardcase::app::open::command::OpenCommand;
use hardcase::app::replay::command::PlayCommand;
use hardcase::data::geometry::frames::Pose;
use hardcase::data::geometry::place::Place;
use hardcase::data::geometry::shape::{Block, Shape};

const SCANS: usize = 11;

/// Pose of the vehicle at a scan: along a quarter of a circle of ten meters radius.
fn vehicle(scan: usize) -> Pose {
    let angle = scan as f64 / (SCANS - 1) as f64 * FRAC_PI_2;
    let place = DVec3::new(10.0 * libm::sin(angle), 10.0 - 10.0 * libm::cos(angle), 0.0);
    Pose::new(place, DQuat::from_rotation_z(angle))
}

/// A car that is parked in the world, as the LIDAR sees it.
fn parked(scan: usize) -> Block {
    let seen =
        vehicle(scan).inverse().after(&Pose::new(DVec3::new(8.0, 3.0, -1.0), DQuat::from_rotation_z(0.3)));
    Block { center: seen.translation.to_array(), size: [4.5, 1.9, 1.6], rotation: seen.rotation.to_array() }
}

/// A drive as KITTI records it: a LIDAR that lies in the inertial unit, one scan a tenth of a second.
fn drive(folder: &Path) -> PathBuf {
    let name = "2011_09_26_drive_0007_sync";
    let write = |path: &str, bytes: &[u8]| {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    write("calib_imu_to_velo.txt", b"R: 1 0 0 0 1 0 0 0 1\nT: 0 0 0\n");
    let stamps: Vec<String> =
        (0..SCANS).map(|n| format!("2011-09-26 13:02:2{}.{}00000000", n / 10, n % 10)).collect();
    let origin = Place { latitude: 49.0, longitude: 8.4, altitude: 110.0 };
    for sensor in ["velodyne_points", "oxts"] {
        write(&format!("{name}/{sensor}/timestamps.txt"), stamps.join("\n").as_bytes());
    }
    for n in 0..SCANS {
        let pose = vehicle(n);
        let at = origin.moved(pose.translation.x, pose.translation.y);
        let yaw = n as f64 / (SCANS - 1) as f64 * FRAC_PI_2;
        let mut row = vec![0.0; 30];
        row[..6].copy_from_slice(&[at.latitude, at.longitude, at.altitude, 0.0, 0.0, yaw]);
        let row: Vec<String> = row.iter().map(|number| format!("{number:.12}")).collect();
        write(&format!("{name}/oxts/data/{n:010}.txt"), row.join(" ").as_bytes());
        let points: Vec<u8> =
            (0..40_u8).flat_map(|i| [f32::from(i), 1.0, -1.0, 0.5]).flat_map(f32::to_le_bytes).collect();
        write(&format!("{name}/velodyne_points/data/{n:010}.bin"), &points);
    }
    folder.join(name)
}

/// Meters and radians between a shape and where it should be; far apart when it is no box in space.
fn apart(found: &Shape, wanted: &Block) -> f64 {
    let Shape::Cuboid(found) = found else { return f64::INFINITY };
    let turned = (found.yaw() - wanted.yaw()).abs();
    (DVec3::from(found.center) - DVec3::from(wanted.center)).length() + turned
}

#[test]
fn a_parked_car_stays_where_it_is_while_the_vehicle_turns() {
    let folder = tempfile::tempdir().unwrap();
    let path = drive(folder.path());
    let mut app = app(&folder.path().join("home"));
    send(&mut app, Command::Open(OpenCommand::Paths(vec![path])));
    let label = |app: &mut _, command| send(app, Command::Label(command));
    let cuboid = |scan| Shape::Cuboid(Box::new(parked(scan)));
    label(&mut app, LabelCommand::Draw(cuboid(0)));
    let object = app.open.labeling.object.unwrap();
    send(&mut app, Command::Play(PlayCommand::SeekFrame(SCANS - 1)));
    label(&mut app, LabelCommand::SetShape(object, cuboid(SCANS - 1)));
    let (clip, channel) = app.open.current_camera().unwrap();
    for scan in 0..SCANS {
        let labels = &app.project().unwrap().labels;
        let shown = labels.object_on(&clip, &channel, object, scan).unwrap();
        assert!(apart(&shown.shape, &parked(scan)) < 1e-3, "scan {scan}: {:?}", shown.shape);
    }
    // The straight line for the sensor is meters away from it.
    assert!(apart(&cuboid(0).between(&cuboid(SCANS - 1), 0.5), &parked(SCANS / 2)) > 1.0);

    // The file says the same, although it is written by a job that opens the project itself.
    let to = folder.path().join("out");
    fs::create_dir_all(&to).unwrap();
    let export = ExchangeCommand::Export { format: "kitti_tracklets".to_owned(), folder: to.clone() };
    send(&mut app, Command::Exchange(export));
    let text = fs::read_to_string(fs::read_dir(&to).unwrap().next().unwrap().unwrap().path()).unwrap();
    let xs: Vec<f64> = text
        .split("<tx>")
        .skip(1)
        .map(|rest| rest.split('<').next().unwrap().trim().parse().unwrap())
        .collect();
    assert_eq!(xs.len(), SCANS);
    for (scan, x) in xs.iter().enumerate() {
        assert!((x - parked(scan).center[0]).abs() < 1e-3, "scan {scan}: {x}");
    }

    // A copy to the next scan stands where the car stands there, and none of it is doubted as a jump.
    send(&mut app, Command::Play(PlayCommand::SeekFrame(0)));
    label(&mut app, LabelCommand::DeleteObject);
    label(&mut app, LabelCommand::Draw(cuboid(0)));
    let object = app.open.labeling.object.unwrap();
    for scan in 1..SCANS {
        label(&mut app, LabelCommand::Propagate);
        let labels = &app.project().unwrap().labels;
        let shown = labels.object_on(&clip, &channel, object, scan).unwrap();
        assert!(shown.keyframe && apart(&shown.shape, &parked(scan)) < 1e-3, "scan {scan}");
    }
    label(&mut app, LabelCommand::Check);
    assert_eq!(app.open.labeling.issues.as_deref(), Some(&[][..]));
}
