//! Weather by what was measured: from points and from depth cameras, and on into suites.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::Path;

use base64::Engine as _;
use common::{app, send};
use hardcase::app::Workspace;
use hardcase::app::command::Command;
use hardcase::app::explore::command::ExploreCommand;
use hardcase::app::open::command::OpenCommand;
use hardcase::base::progress::Progress;
use hardcase::clips::Clip;
use hardcase::data::cases::case::{Case, ClaimSpec, Terms};
use hardcase::data::depth::Depth;
use hardcase::data::image::Image;
use hardcase::data::input::Input;
use hardcase::data::time::window::Reach;
use hardcase::suites::error::SourceError;
use hardcase::suites::{files, freeze};
use hardcase::transforms::catalog::BUILT_IN;
use hardcase::transforms::stack;

const SIZE: (u32, u32) = (320, 120);
const FOCAL: f32 = 160.0;

/// A frame of the object benchmark of KITTI: on the left a wall 10 m ahead and on the right one at 60 m, both seen by a LIDAR of
/// which each line is 0.5 degrees below the one before, the highest 4 degrees up.
fn two_walls(folder: &Path) {
    let write = |path: &str, content: &[u8]| {
        let path = folder.join("training").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    // Walls up to the 30th row and the sky above them.
    let pixels =
        (0..SIZE.0 * SIZE.1).flat_map(|i| if i / SIZE.0 < 30 { [120; 3] } else { [30; 3] }).collect();
    let picture = Image::from_rgb(SIZE.0, SIZE.1, pixels).unwrap();
    write("image_2/000000.png", &picture.to_png().unwrap());
    let calib = "P2: 160 0 160 0 0 160 60 0 0 0 1 0\nR0_rect: 1 0 0 0 1 0 0 0 1\n\
                 Tr_velo_to_cam: 0 -1 0 0 0 0 -1 0 1 0 0 0\n";
    write("calib/000000.txt", calib.as_bytes());
    let mut points = Vec::new();
    for line in 0..30 {
        for step in -88..=88_i16 {
            let across = f32::from(step) / 2.0_f32 / 57.3;
            let down = (line as f32 * 0.5 - 4.0) / 57.3;
            let ahead = if across < 0.0 { 10.0 } else { 60.0 };
            let (side, height) = (across.tan() * ahead, -down.tan() / across.cos() * ahead);
            points.extend([ahead, -side, height, 0.3].iter().flat_map(|value: &f32| value.to_le_bytes()));
        }
    }
    write("velodyne/000000.bin", &points);
}

fn read(clip: &dyn Clip, channel: &str, depth: bool) -> Image {
    let channel = clip.info().channel_named(channel).unwrap();
    let reach = Reach { depth, ..Reach::default() };
    clip.reached(channel, 0, &reach).unwrap().image().cloned().unwrap()
}

fn at(image: &Image, x: f64, y: f64) -> Option<f32> {
    image.depth().unwrap().at(x, y, image.size())
}

#[test]
fn points_say_how_far_away_what_a_picture_shows_is() {
    let folder = tempfile::tempdir().unwrap();
    two_walls(folder.path());
    let clip = hardcase::clips::open(folder.path()).unwrap();
    assert!(read(&*clip, "image_2", false).depth().is_none(), "only who asks for it is told");
    let picture = read(&*clip, "image_2", true);
    for y in [52.0, 60.0, 75.0, 84.0] {
        for (x, meters) in [(40.0, 10.0), (120.0, 10.0), (200.0, 60.0), (290.0, 60.0)] {
            let found = at(&picture, x, y);
            assert!(found.is_some_and(|found| (found / meters - 1.0).abs() < 0.02), "{x} {y} {found:?}");
        }
    }
    assert_eq!(
        (at(&picture, 40.0, 5.0), at(&picture, 290.0, 118.0)),
        (None, None),
        "in the sky and below the lowest line nothing is known"
    );
    let risen = at(&picture, 40.0, 35.0);
    assert!(risen.is_some_and(|found| (found - 10.0).abs() < 0.2), "the wall is higher than the LIDAR looks");
    // exp(-0.02 * 10) and exp(-0.02 * 60) of the light come through, the rest is the air's.
    let hazy = stack::apply(&BUILT_IN, &stack::parse(&BUILT_IN, "haze:20", 1).unwrap(), &picture).unwrap();
    let level = |x: u32| i32::from(hazy.pixel(x, 60).unwrap()[0]);
    let expected = |meters: f64| 200.0 - 170.0 * (-0.02 * meters).exp();
    assert!((f64::from(level(60)) - expected(10.0)).abs() < 2.0, "{}", level(60));
    assert!((f64::from(level(250)) - expected(60.0)).abs() < 3.0, "{}", level(250));
    // The shade of a bridge lies between two distances: on what is there, and not on what is behind.
    let shaded = (0..40).map(|seed| {
        stack::apply(&BUILT_IN, &stack::parse(&BUILT_IN, "shadow:0.8", seed).unwrap(), &picture).unwrap()
    });
    let both: Vec<[u8; 2]> = shaded.map(|image| [60, 250].map(|x| image.pixel(x, 60).unwrap()[0])).collect();
    assert!(both.iter().all(|[_, far]| *far == 30), "60 m away there is no shade: {both:?}");
    assert!(both.iter().any(|[near, _]| *near == 6) && both.iter().any(|[near, _]| *near == 30), "{both:?}");
    // What is near hides the drops behind it, what is far fades.
    for weather in ["rain:0.6", "snow:0.6"] {
        let change = stack::parse(&BUILT_IN, weather, 1).unwrap();
        let with = stack::apply(&BUILT_IN, &change, &picture).unwrap();
        assert_ne!(
            with,
            stack::apply(&BUILT_IN, &change, &picture.clone().with_depth(None)).unwrap(),
            "{weather}"
        );
        let mean = |from: u32| {
            let part = (from..from + 100).flat_map(|x| (50..62).map(move |y| (x, y)));
            part.map(|(x, y)| i64::from(with.pixel(x, y).unwrap()[0])).sum::<i64>() / 1200
        };
        assert!(mean(200) > mean(20) + 10, "{weather}: {} and {}", mean(20), mean(200));
    }
}

#[test]
fn distances_move_with_the_picture() {
    let folder = tempfile::tempdir().unwrap();
    two_walls(folder.path());
    let clip = hardcase::clips::open(folder.path()).unwrap();
    let picture = read(&*clip, "image_2", true);
    let changed =
        |text: &str| stack::apply(&BUILT_IN, &stack::parse(&BUILT_IN, text, 3).unwrap(), &picture).unwrap();
    let mirrored = changed("mirror");
    for (x, meters) in [(40.0, 60.0), (290.0, 10.0)] {
        let found = at(&mirrored, x, 60.0).unwrap();
        assert!((found / meters - 1.0).abs() < 0.05, "{x} {found}");
    }
    let moved = changed("translate:right=50");
    assert!((at(&moved, 180.0, 60.0).unwrap() / 10.0 - 1.0).abs() < 0.05);
    assert_eq!(at(&moved, 20.0, 60.0), None, "what came in from outside is not known");
    assert_eq!(changed("brightness:30").depth(), picture.depth());
}

#[test]
fn a_suite_keeps_what_was_measured() {
    let folder = tempfile::tempdir().unwrap();
    two_walls(folder.path());
    let clip = hardcase::clips::open(folder.path()).unwrap();
    let change = stack::parse(&BUILT_IN, "haze:20", 1).unwrap();
    let case = Case {
        id: "haze".to_owned(),
        suite: "weather".to_owned(),
        clip: "drive".to_owned(),
        channel: "image_2".to_owned(),
        frame: 0,
        reach: stack::reach(&BUILT_IN, &change),
        interval: None,
        stack: change.clone(),
        oracle: ClaimSpec::new("same_class"),
        more: Vec::new(),
        attack: None,
        tags: Vec::new(),
        why: String::new(),
        terms: Terms::default(),
    };
    assert!(case.reach.depth, "haze asks for distances");
    assert!(!stack::reach(&BUILT_IN, &stack::parse(&BUILT_IN, "fog:0.4", 1).unwrap()).depth);
    let channel = clip.info().channel_named("image_2").unwrap();
    let input = |case: &Case| clip.reached(channel, case.frame, &case.reach).map_err(SourceError::from);
    let suite = folder.path().join("suite");
    freeze::export(
        &suite,
        "weather",
        &[],
        None,
        (&BUILT_IN, std::slice::from_ref(&case)),
        |case| input(case).map(freeze::Frozen::Input),
        &Progress::default(),
    )
    .unwrap();
    let written = files::read(&suite).unwrap();
    let frozen = written.input(&written.cases[0].1).unwrap();
    assert_eq!(frozen, input(&case).unwrap());
    let apply = |input: &Input| stack::apply(&BUILT_IN, &change, input).unwrap();
    assert_eq!(apply(&frozen), apply(&input(&case).unwrap()));
}

#[test]
fn explore_reads_distances_once_a_transform_looks_at_them() {
    let folder = tempfile::tempdir().unwrap();
    two_walls(&folder.path().join("drive"));
    let mut app = app(&folder.path().join("home"));
    send(&mut app, Command::Open(OpenCommand::Paths(vec![folder.path().join("drive")])));
    send(&mut app, Command::Show(Workspace::Explore));
    let measured = |app: &hardcase::app::App| {
        app.open.explore.changed.as_ref().map(|compared| compared.original.depth().is_some())
    };
    send(&mut app, Command::Explore(ExploreCommand::Add("fog".to_owned())));
    assert_eq!(measured(&app), Some(false));
    send(&mut app, Command::Explore(ExploreCommand::Add("haze".to_owned())));
    assert_eq!(measured(&app), Some(true));
    let level = |app: &hardcase::app::App, x: u32| {
        i32::from(app.open.explore.changed.as_ref().unwrap().changed.pixel(x, 60).unwrap()[0])
    };
    send(&mut app, Command::Explore(ExploreCommand::Remove(0)));
    assert!(level(&app, 250) > level(&app, 60) + 50, "{} {}", level(&app, 60), level(&app, 250));
}

/// A recording of messages as JSON: topic, schema, content.
fn messages(all: &[(&str, &str, serde_json::Value)]) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let mut writer = mcap::WriteOptions::new().create(&mut file).unwrap();
    for (topic, schema, content) in all {
        let schema = writer.add_schema(schema, "jsonschema", b"{}").unwrap();
        let channel_id = writer.add_channel(schema, topic, "json", &BTreeMap::new()).unwrap();
        let time = 1_700_000_000_000_000_000;
        let header =
            mcap::records::MessageHeader { channel_id, sequence: 0, log_time: time, publish_time: time };
        writer.write_to_known_channel(&header, content.to_string().as_bytes()).unwrap();
    }
    writer.finish().unwrap();
    drop(writer);
    file.into_inner()
}

fn raw(encoding: &str, bytes: &[u8]) -> serde_json::Value {
    let per_pixel = bytes.len() / (SIZE.0 * SIZE.1) as usize;
    let data = base64::engine::general_purpose::STANDARD.encode(bytes);
    serde_json::json!({ "width": SIZE.0, "height": SIZE.1, "encoding": encoding, "step": SIZE.0 as usize * per_pixel,
        "data": data })
}

fn calibration(frame: &str) -> serde_json::Value {
    let k = [FOCAL, 0.0, 160.0, 0.0, FOCAL, 60.0, 0.0, 0.0, 1.0];
    serde_json::json!({ "frame_id": frame, "width": SIZE.0, "height": SIZE.1, "D": [0, 0, 0, 0, 0], "K": k })
}

#[test]
fn a_depth_camera_is_asked_beside_or_over_the_colors() {
    let folder = tempfile::tempdir().unwrap();
    let gray = raw("rgb8", &vec![30; (SIZE.0 * SIZE.1 * 3) as usize]);
    // 4 m on the left, 20 m on the right, nothing at the top.
    let millimeters = |i: u32| match (i % SIZE.0 < 160, i / SIZE.0 < 20) {
        (_, true) => 0_u16,
        (true, false) => 4000,
        (false, false) => 20_000,
    };
    let depths: Vec<u8> = (0..SIZE.0 * SIZE.1).flat_map(|i| millimeters(i).to_le_bytes()).collect();
    let over = messages(&[
        ("/cam/color/image", "foxglove.RawImage", gray.clone()),
        ("/cam/aligned_depth_to_color/image", "foxglove.RawImage", raw("16UC1", &depths)),
    ]);
    fs::write(folder.path().join("over.mcap"), over).unwrap();
    let clip = hardcase::clips::open(&folder.path().join("over.mcap")).unwrap();
    clip.index(&Progress::default()).unwrap();
    let picture = read(&*clip, "/cam/color/image", true);
    assert_eq!(
        [at(&picture, 10.0, 60.0), at(&picture, 300.0, 60.0), at(&picture, 10.0, 5.0)],
        [Some(4.0), Some(20.0), None]
    );

    // The same from a depth camera 0.5 m to the right: at 4 m that is 20 pixels, at 20 m it is 4.
    let moved = serde_json::json!({ "timestamp": { "sec": 0, "nsec": 0 }, "parent_frame_id": "color", "child_frame_id": "depth",
        "translation": { "x": 0.5, "y": 0, "z": 0 }, "rotation": { "x": 0, "y": 0, "z": 0, "w": 1 } });
    let beside = messages(&[
        ("/color/image", "foxglove.RawImage", gray),
        ("/color/camera_info", "foxglove.CameraCalibration", calibration("color")),
        ("/depth/image", "foxglove.RawImage", raw("16UC1", &depths)),
        ("/depth/camera_info", "foxglove.CameraCalibration", calibration("depth")),
        ("/tf", "foxglove.FrameTransform", moved),
    ]);
    fs::write(folder.path().join("beside.mcap"), beside).unwrap();
    let clip = hardcase::clips::open(&folder.path().join("beside.mcap")).unwrap();
    clip.index(&Progress::default()).unwrap();
    let picture = read(&*clip, "/color/image", true);
    let near =
        |x: f64, meters: f32| at(&picture, x, 60.0).is_some_and(|found| (found / meters - 1.0).abs() < 0.02);
    assert!(
        near(60.0, 4.0) && near(172.0, 4.0) && near(190.0, 20.0) && near(300.0, 20.0),
        "{:?}",
        at(&picture, 172.0, 60.0)
    );
    assert_eq!(at(&picture, 5.0, 60.0), None, "the depth camera does not see so far to the left");
    // The picture of the depth camera knows its own distances.
    assert_eq!(at(&read(&*clip, "/depth/image", false), 10.0, 60.0), Some(4.0));
    assert_eq!(Depth::from_png(&picture.depth().unwrap().to_png().unwrap()).as_ref(), picture.depth());
}
