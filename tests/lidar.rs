//! Models that look at points: reading them, what far-off points do to them, and cases that hold scans.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use common::{app, copied, sample, send};
use hardcase::app::App;
use hardcase::app::command::Command as Ask;
use hardcase::app::label::command::LabelCommand;
use hardcase::app::open::command::OpenCommand;
use hardcase::app::replay::command::PlayCommand;
use hardcase::clips::{self, Clip as _};
use hardcase::data::clip::{ChannelId, ChannelKind, Sample};
use hardcase::data::geometry::shape::Shape;
use hardcase::data::input::{Input, Medium};
use hardcase::data::prediction::Prediction;
use hardcase::inference::{embedded, model::Model};
use hardcase::predictions::image_models::first_model;
use hardcase::project::samples::{Asked, inputs, model_files};
use hardcase::transforms::catalog::Catalog;
use serde_json::Value;

fn hardcase(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hardcase")).args(args).output().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn detector() -> Model {
    Model::load(&sample("lidar").join("models/street_centers.onnx"), &embedded::KIND, 1).unwrap()
}

fn scan(number: usize) -> Input {
    let clip = clips::open(&sample("lidar").join("clips/street_scans")).unwrap();
    clip.input(ChannelId(0), number).unwrap()
}

#[test]
fn a_detector_of_points_finds_cars_where_their_points_are() {
    let model = detector();
    assert_eq!(model.medium(), Medium::Points);
    let given = scan(0);
    let Input::Points(cloud) = &given else { panic!("a scan is points") };
    let Prediction::Objects { objects } = model.run(&given).unwrap() else {
        panic!("a detector finds objects")
    };
    let cars: Vec<_> = objects.iter().filter(|object| object.class == "car" && object.score > 0.7).collect();
    assert!(cars.len() >= 5, "{objects:?}");
    for car in cars {
        let solid = car.solid.unwrap();
        assert!((3.0..6.0).contains(&solid.size[0]) && (1.4..2.4).contains(&solid.size[1]), "{solid:?}");
        // Its points, not those of the ground, lie on its sides: within half a meter of the box.
        let near =
            hardcase::data::geometry::solid::Solid { size: solid.size.map(|side| side + 0.5), ..solid };
        let inside = cloud.positions.iter().filter(|p| near.contains(**p) && p[2] > -1.6).count();
        assert!(inside >= 5, "{inside} points in {solid:?}");
        assert_eq!(car.bbox, solid.outline());
    }
    // Asked about the wrong thing it says so.
    let picture = hardcase::data::image::Image::filled(8, 8, [0; 3]);
    let problem = model.run(&picture.into()).unwrap_err().to_string();
    assert!(problem.contains("needs point clouds, the input holds images"), "{problem}");
}

/// Zhou and Sun (2019): the more points outside of the region, the more often an object is lost.
#[test]
fn violations_rise_with_the_number_of_far_off_points() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("rates.csv");
    let lidar = sample("lidar");
    let stack = "scatter:10|100|1000;ahead=20;aside=6;reach=32";
    let args = ["sweep", text(&lidar), "--stack", stack, "--claim", "count_kept", "--json", "-o", text(&out)];
    let output = hardcase(&args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    let points = summary["models"][0]["curves"][0]["points"].as_array().unwrap();
    let rates: Vec<f64> = points.iter().map(|point| point["violations"]["rate"].as_f64().unwrap()).collect();
    assert_eq!(rates.len(), 3);
    assert!(rates[0] <= rates[1] && rates[1] < rates[2] && rates[0] < 0.1 && rates[2] > 0.5, "{rates:?}");
    // Every row says how many percent of the points changed.
    let rows = fs::read_to_string(&out).unwrap();
    assert_eq!(rows.lines().count(), 1 + 30 * 3);
}

#[test]
fn predictions_about_scans_have_their_boxes_in_space() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("answers.csv");
    let output = hardcase(&["predict", text(&sample("lidar")), "-o", text(&out)]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let rows = fs::read_to_string(&out).unwrap();
    let header = rows.lines().next().unwrap();
    assert!(header.ends_with("x,y,z,length,width,height,yaw"), "{header}");
    let first: Vec<&str> = rows.lines().nth(1).unwrap().split(',').collect();
    assert!(first.iter().rev().take(7).all(|value| value.parse::<f64>().is_ok()), "{first:?}");
}

#[test]
fn faults_in_a_drive_are_seen_by_whoever_reads_it() {
    let scans = sample("lidar").join("clips/street_scans");
    let clip = clips::open(&scans).unwrap();
    let with = |faults: &[&str]| {
        let faults: Vec<_> = faults.iter().map(|text| text.parse().unwrap()).collect();
        hardcase::project::faults::Faulty::new(clip.clone(), &faults).map_err(|err| err.to_string())
    };
    let points = |clip: &dyn clips::Clip, at: usize| {
        let Input::Points(cloud) = clip.input(ChannelId(0), at).unwrap() else { panic!("a scan is points") };
        cloud
    };
    let frozen = with(&["points=freeze@1..2"]).unwrap();
    assert_eq!(points(&frozen, 5), points(&*clip, 5));
    assert_eq!(points(&frozen, 12), points(&*clip, 9), "what it saw last");
    assert_eq!(points(&frozen, 20), points(&*clip, 9));
    assert_eq!(points(&frozen, 21), points(&*clip, 21));
    let late = with(&["points=late:0.3"]).unwrap();
    assert_eq!(points(&late, 10), points(&*clip, 7));
    let blind = with(&["points=lost_sector:90@0.5"]).unwrap();
    assert_eq!(points(&blind, 4), points(&*clip, 4));
    assert!(points(&blind, 6).positions.iter().all(|p| p[1].abs() > p[0]));
    assert!(points(&with(&["points=black"]).unwrap(), 3).positions.is_empty());
    let refused = |text: &str| with(&[text]).err().unwrap();
    assert!(refused("/camera=freeze").contains("has no channel \"/camera\", it has points"));
    assert!(refused("points=jump:3").contains("does not support this fault"));
    assert!(refused("points=fog:0.5").contains("\"fog\" needs images"));
    for bad in ["points", "points=freeze@soon", "points=explode:3", "points=jump:far"] {
        assert!(bad.parse::<hardcase::project::faults::Fault>().is_err(), "{bad}");
    }
    // On the command line too, where the model then sees less.
    let count = |more: &[&str]| {
        let model = sample("lidar").join("models/street_centers.onnx");
        let args = [&["predict", text(&scans), "--model", text(&model)], more].concat();
        let output = hardcase(&args);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().matches("\"class\"").count()
    };
    assert!(count(&["--fault", "points=lost_sector:180"]) < count(&[]) * 3 / 4);
    assert_eq!(hardcase(&["predict", text(&scans), "--fault", "points=nonsense"]).status.code(), Some(2));
}

#[test]
fn signals_and_places_of_a_drive_go_wrong_too() {
    let drive = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/recordings/foxglove.mcap");
    let clip = clips::open(&drive).unwrap();
    clip.index(&hardcase::base::progress::Progress::default()).unwrap();
    let info = clip.info();
    let kind = ChannelKind::Signal;
    let (id, channel) = info.of_kind(kind).find(|(id, _)| clip.values(*id).len() > 3).unwrap();
    let text = format!("{}=unit_error:2", channel.name);
    let faulty = hardcase::project::faults::Faulty::new(clip.clone(), &[text.parse().unwrap()]).unwrap();
    let (before, after) = (clip.values(id), faulty.values(id));
    assert!(before.iter().zip(after.iter()).all(|(a, b)| (2.0 * a - b).abs() < 1e-9));
    let lost = format!("{}=dropout:0.6", channel.name);
    let faulty = hardcase::project::faults::Faulty::new(clip.clone(), &[lost.parse().unwrap()]).unwrap();
    assert!(faulty.values(id).len() < before.len());
    assert_eq!(faulty.info().channels[id.0].samples, faulty.times(id).len());
    if let Some((gps, place)) = info.of_kind(ChannelKind::Places).next() {
        let jump = format!("{}=jump:30,-10", place.name);
        let faulty = hardcase::project::faults::Faulty::new(clip.clone(), &[jump.parse().unwrap()]).unwrap();
        let at = |clip: &dyn clips::Clip| {
            let Sample::Place(place) = clip.read(gps, 0).unwrap() else { panic!("GPS gives places") };
            place
        };
        let (east, north) = at(&faulty).meters_from(&at(&*clip));
        assert!((east - 30.0).abs() < 0.01 && (north + 10.0).abs() < 0.01, "{east} {north}");
    }
}

#[test]
fn a_case_holds_its_scan_and_is_shown_from_above() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("lidar");
    copied("lidar", &project);
    let case = r#"{"cases":[{"id":"far points","suite":"lidar","clip":"street_scans","channel":"points","frame":3,
        "stack":{"seed":4,"transforms":[{"transform":"scatter","params":{"count":4000.0,"ahead":20.0,"aside":6.0,"reach":32.0}}]},
        "oracle":{"claim":"count_kept"},"tags":["lidar"],"why":"far points hide a car"}]}"#;
    fs::write(project.join("labels.json"), case).unwrap();
    let suite = folder.path().join("suite");
    let exported = hardcase(&["suite", "export", text(&project), "--suite", "lidar", "-o", text(&suite)]);
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
    let media: Vec<_> = fs::read_dir(suite.join("media")).unwrap().map(|e| e.unwrap().path()).collect();
    assert!(media.len() == 1 && media[0].extension().unwrap() == "pcd");
    assert_eq!(hardcase(&["suite", "verify", text(&suite)]).status.code(), Some(0));
    let report = folder.path().join("report");
    let tested = hardcase(&["test", text(&suite), "--html", text(&report)]);
    let out = String::from_utf8(tested.stdout).unwrap();
    assert_eq!(tested.status.code(), Some(1), "{out}");
    assert!(out.contains("objects: 12 before"), "{out}");
    let page = fs::read_to_string(report.join("index.html")).unwrap();
    assert!(page.contains("<polygon") && page.contains(".jpg"));
    // A scan that was altered is not tested.
    let mut bytes = fs::read(&media[0]).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&media[0], bytes).unwrap();
    assert_eq!(hardcase(&["test", text(&suite)]).status.code(), Some(3));
}

#[test]
fn only_what_a_model_looks_at_is_swept() {
    let (found, model) = (
        inputs(&[sample("lidar")], &Asked { every: 10, ..Asked::default() }).unwrap(),
        first_model(&mut Catalog::default(), model_files(&[sample("lidar")]).unwrap()).unwrap(),
    );
    assert!(found.iter().all(|source| source.medium == Medium::Points) && found.len() == 3);
    assert!(model.unwrap().ends_with("street_centers.onnx"));
    // A transform of pictures is refused with a sentence.
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("x.csv");
    let output = hardcase(&["sweep", text(&sample("lidar")), "--stack", "fog:0.5", "-o", text(&file)]);
    let problem = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && problem.contains("\"fog\" needs images"), "{problem}");
}

/// A cuboid is fitted beside the window, so the playhead and even the project may be others when it is ready.
#[test]
fn a_fitted_cuboid_lands_where_it_was_asked_for_or_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("street");
    copied("lidar", &project);
    let mut app = app(&folder.path().join("home"));
    let open = OpenCommand::Paths(vec![project.clone()]);
    send(&mut app, Ask::Open(open.clone()));
    let fit = |app: &App| {
        let channel = app.open.playback.camera.unwrap();
        let Some((_, Ok(Sample::Points(cloud)))) = app.open.frames.shown(channel) else { panic!("no scan") };
        // Above the ground, on the car ahead.
        let above = cloud.positions.iter().filter(|p| p[2] > -1.3);
        let off = |p: &[f32; 3]| (p[0] - 8.4).hypot(p[1]);
        let seed = *above.min_by(|a, b| off(a).total_cmp(&off(b))).unwrap();
        Ask::Label(LabelCommand::FitCuboid { channel, seed })
    };
    let drawn = |app: &App| -> Vec<(usize, bool)> {
        let labels = &app.project().unwrap().labels;
        labels.iter().map(|label| (label.frame, matches!(label.shape, Shape::Cuboid(_)))).collect()
    };
    let command = fit(&app);
    app.dispatch(command);
    assert!(drawn(&app).is_empty(), "nothing is fitted while somebody waits");
    app.dispatch(Ask::Play(PlayCommand::SeekFrame(3)));
    app.settle(3);
    assert_eq!((app.open.playback.frame(), drawn(&app)), (3, vec![(0, true)]));

    let command = fit(&app);
    app.dispatch(command);
    app.dispatch(Ask::Open(OpenCommand::Close));
    app.settle(3);
    send(&mut app, Ask::Open(open));
    assert_eq!(drawn(&app), [(0, true)], "what was closed gets nothing any more");
}
