//! Labels in and out: what goes out comes in again, in every format; and other tools read and write the same.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use common::repo;
use hardcase::base::name::Name;
use hardcase::base::time::Time;
use hardcase::data::geometry::box2::Box2;
use hardcase::data::geometry::shape::{Block, Keypoint, Mask, Part, Shape, ShapeKind, TurnedBox};
use hardcase::data::labels::label::{Attributes, Label, State, Value};
use hardcase::data::labels::ontology::{AttributeKind, AttributeSpec, Ontology, Word};
use hardcase::data::labels::tag::Tag;
use hardcase::exchange::bundle::{Bundle, Item, SampleRef, Stream};
use hardcase::exchange::losses::{fitted, losses};
use hardcase::exchange::{self, ExchangeKind, Hints};
use proptest::prelude::*;

const SIZE: (u32, u32) = (64, 48);
const FRAMES: usize = 12;

/// A shape of a kind from a few numbers; coordinates are such that every format writes them exactly or nearly.
fn shape(kind: ShapeKind, n: [u8; 6]) -> Shape {
    let f = |i: usize, most: f32| f32::from(n[i]) / 255.0 * most;
    let (x, y) = (1.0 + f(0, 30.0).round() / 2.0, 1.0 + f(1, 20.0).round() / 2.0);
    let (w, h) = (4.0 + f(2, 20.0).round() / 2.0, 4.0 + f(3, 16.0).round() / 2.0);
    let b = Box2 { x0: x, y0: y, x1: x + w, y1: y + h };
    match kind {
        ShapeKind::Box => Shape::Box(b),
        ShapeKind::TurnedBox => {
            Shape::TurnedBox(TurnedBox { center: [x + 10.0, y + 10.0], size: [w, h], angle: 0.1 + f(4, 1.0) })
        }
        ShapeKind::Polygon => Shape::Polygon(vec![
            [b.x0, b.y0],
            [b.x1, b.y0 + 1.0],
            [b.x1 - 1.0, b.y1],
            [b.x0, b.y1],
            [b.x0 + 1.0, b.y0 + 1.0],
        ]),
        ShapeKind::Polyline => Shape::Polyline(vec![[b.x0, b.y0], [b.x1, b.y1], [b.x1 + 2.0, b.y0]]),
        ShapeKind::Keypoints => Shape::Keypoints(vec![
            Keypoint { x, y, seen: 2 },
            Keypoint { x: b.x1, y, seen: 1 },
            Keypoint { x, y: b.y1, seen: 2 },
        ]),
        ShapeKind::Mask => {
            // A rectangle of pixels with a hole.
            let (x0, y0, x1, y1) = (x as u32, y as u32, b.x1 as u32 + 1, b.y1 as u32 + 1);
            let inside =
                |px: u32, py: u32| px >= x0 && px < x1 && py >= y0 && py < y1 && (px, py) != (x0 + 1, y0 + 1);
            let (mut runs, mut now, mut run) = (Vec::new(), false, 0);
            for px in 0..SIZE.0 {
                for py in 0..SIZE.1 {
                    if inside(px, py) != now {
                        runs.push(run);
                        (now, run) = (!now, 0);
                    }
                    run += 1;
                }
            }
            runs.push(run);
            Shape::Mask(Box::new(Mask { size: [SIZE.0, SIZE.1], runs }))
        }
        ShapeKind::Cuboid => {
            let center = [f64::from(x), f64::from(y) - 9.0, 0.5];
            Shape::Cuboid(Box::new(Block::upright(center, [f64::from(w), 1.75, 1.5], f64::from(f(4, 3.0)))))
        }
        ShapeKind::Whole => Shape::Whole,
        ShapeKind::Parts => {
            let polygon = shape(ShapeKind::Polygon, n);
            let hole = Shape::Polygon(vec![[x + 1.5, y + 2.0], [x + 2.5, y + 2.0], [x + 2.5, y + 3.0]]);
            Shape::Parts(vec![
                Shape::Box(Box2 { x0: x - 1.0, y0: y - 0.5, ..b }).into(),
                polygon.clone().into(),
                Part { name: "shadow".to_owned(), ..polygon.shifted(4.0, 1.0).into() },
                Part { hole: true, ..hole.into() },
                shape(ShapeKind::Keypoints, n).into(),
            ])
        }
    }
}

#[derive(Clone, Debug)]
struct Seed {
    class: usize,
    kind: usize,
    frames: Vec<(usize, usize)>,
    numbers: [u8; 6],
    wet: Option<bool>,
}

fn seeds() -> impl Strategy<Value = Vec<Seed>> {
    let frames = proptest::collection::vec((0..FRAMES, 0_usize..4), 1..4);
    let seed = (0_usize..3, 0_usize..16, frames, any::<[u8; 6]>(), any::<Option<bool>>())
        .prop_map(|(class, kind, frames, numbers, wet)| Seed { class, kind, frames, numbers, wet });
    proptest::collection::vec(seed, 1..7)
}

fn ontology() -> Ontology {
    let wet = AttributeSpec { name: "wet".to_owned(), kind: AttributeKind::Flag(String::new()) };
    let word = |name: &str| Word { attributes: vec![wet.clone()], ..Word::from(name) };
    let points = ["nose", "left eye", "right eye"].map(str::to_owned).to_vec();
    let person = Word { points, ..word("person") };
    Ontology {
        tags: vec!["cut-in".into(), "rain".into()],
        classes: vec![word("car"), person, word("traffic light")],
    }
}

/// Labels that a format holds all of: objects with keyframes at rising samples, tags as far as it has them.
fn bundle(kind: &ExchangeKind, seeds: &[Seed]) -> Bundle {
    let ontology = ontology();
    let holds = &kind.holds;
    let samples = (0..FRAMES)
        .map(|frame| SampleRef {
            frame,
            time: Some(Time(frame as i64 * 100_000_000)),
            file: format!("{frame:06}.jpg"),
            size: Some(SIZE),
        })
        .collect();
    let mut bundle = Bundle {
        ontology,
        streams: vec![Stream { clip: "drive".into(), channel: "front".into(), samples }],
        ..Bundle::empty()
    };
    let mut id = 0;
    for seed in seeds {
        let Some(wanted) = holds.shapes.get(seed.kind % holds.shapes.len().max(1)).copied() else { break };
        let mut frames = seed.frames.clone();
        frames.sort_unstable();
        frames.dedup_by_key(|(frame, _)| *frame);
        if !holds.tracks {
            frames.truncate(1);
        }
        let class = bundle.ontology.classes
            [if matches!(wanted, ShapeKind::Keypoints | ShapeKind::Parts) { 1 } else { seed.class }]
        .name
        .clone();
        let object = id + 1;
        let count = frames.len();
        for (i, (frame, state)) in frames.into_iter().enumerate() {
            id += 1;
            let mut numbers = seed.numbers;
            numbers[0] = numbers[0].wrapping_add(i as u8 * 40);
            // Places where it cannot be seen lie between others that show it.
            let state = match state {
                1 if holds.occluded && wanted != ShapeKind::Whole => State::Occluded,
                2 if holds.gaps && holds.keyframes && i > 0 && i + 1 < count => State::Outside,
                3 if holds.lost && i > 0 && i + 1 < count => State::Lost,
                _ => State::Visible,
            };
            let mut attributes = Attributes::new();
            if let Some(wet) = seed.wet.filter(|_| holds.attributes) {
                attributes.insert("wet".to_owned(), Value::Flag(wet));
            }
            let label = Label::new(id, "drive", "front", frame, class.as_str(), shape(wanted, numbers));
            bundle.labels.push(Label { object, state, attributes, ..label });
        }
    }
    if holds.tags != exchange::losses::Tags::None {
        for (i, seed) in seeds.iter().enumerate() {
            id += 1;
            let start = Time(seed.frames[0].0 as i64 * 100_000_000 + 123_456_000);
            let end = (seed.class > 0).then(|| Time(start.0 + 250_000_000));
            let mut attributes = Attributes::new();
            if holds.tags == exchange::losses::Tags::Whole {
                attributes.insert("gap".to_owned(), Value::Number(f64::from(seed.numbers[0]) / 4.0));
                attributes.insert("side".to_owned(), Value::Text("left".to_owned()));
            }
            let kind = if i % 2 == 0 { "cut-in" } else { "rain" };
            bundle.tags.push(Tag {
                id,
                clip: "drive".to_owned(),
                kind: kind.to_owned(),
                start,
                end,
                note: "näher, \"dann\" weg".to_owned(),
                attributes,
            });
        }
    }
    bundle
}

/// Labels on each sample, without numbers of objects.
fn seen(bundle: &Bundle) -> BTreeMap<usize, Vec<Item>> {
    let mut seen: BTreeMap<usize, Vec<Item>> = BTreeMap::new();
    for picture in bundle.pictures() {
        let mut items = picture.items;
        for item in &mut items {
            (item.object, item.keyframe) = (0, true);
        }
        items.sort_by_key(|item| {
            format!(
                "{:?}",
                (
                    &item.class,
                    item.shape.kind(),
                    item.shape.bounds().map(|b| [b.x0, b.y0, b.x1, b.y1].map(|n| (n * 4.0).round()))
                )
            )
        });
        if !items.is_empty() {
            seen.insert(picture.sample.frame, items);
        }
    }
    seen
}

fn close(a: &Shape, b: &Shape) -> bool {
    let near = |a: f64, b: f64| (a - b).abs() < 2e-3;
    let boxes = match (a.bounds(), b.bounds()) {
        (Some(p), Some(q)) => [(p.x0, q.x0), (p.y0, q.y0), (p.x1, q.x1), (p.y1, q.y1)]
            .iter()
            .all(|(a, b)| near(f64::from(*a), f64::from(*b))),
        (None, None) => true,
        _ => false,
    };
    let inner = match (a, b) {
        (Shape::Keypoints(a), Shape::Keypoints(b)) => {
            a.iter().zip(b).all(|(a, b)| a.seen == b.seen) && a.len() == b.len()
        }
        (Shape::Mask(a), Shape::Mask(b)) => a == b,
        (Shape::Cuboid(a), Shape::Cuboid(b)) => {
            let turn = (a.yaw() - b.yaw()).abs();
            a.center.iter().zip(&b.center).chain(a.size.iter().zip(&b.size)).all(|(a, b)| near(*a, *b))
                && (turn < 1e-3 || (turn - std::f64::consts::TAU).abs() < 1e-3)
        }
        (Shape::Polygon(a), Shape::Polygon(b)) | (Shape::Polyline(a), Shape::Polyline(b)) => {
            a.len() == b.len()
        }
        (Shape::TurnedBox(a), Shape::TurnedBox(b)) => near(f64::from(a.angle), f64::from(b.angle)),
        (Shape::Parts(a), Shape::Parts(b)) => {
            let same =
                |(a, b): (&Part, &Part)| a.name == b.name && a.hole == b.hole && close(&a.shape, &b.shape);
            a.len() == b.len() && a.iter().zip(b).all(same)
        }
        _ => true,
    };
    a.kind() == b.kind() && boxes && inner
}

/// Samples of each object.
fn objects(bundle: &Bundle) -> BTreeSet<Vec<usize>> {
    let mut objects: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for picture in bundle.pictures() {
        for item in picture.items {
            objects.entry(item.object).or_default().push(picture.sample.frame);
        }
    }
    objects.into_values().collect()
}

/// Keyframes as they lie in time.
fn keys(bundle: &Bundle) -> Vec<(usize, Name, State)> {
    let mut keys: Vec<_> =
        bundle.labels.iter().map(|label| (label.frame, label.class.clone(), label.state)).collect();
    keys.sort();
    keys
}

fn there_and_back(kind: &ExchangeKind, before: &Bundle) -> (tempfile::TempDir, Bundle) {
    let folder = tempfile::tempdir().unwrap();
    let path = kind.one_file.map_or_else(|| folder.path().join("labels"), |name| folder.path().join(name));
    (kind.write)(before, &path).unwrap();
    if !before.labels.is_empty() || !before.tags.is_empty() {
        assert!((kind.accepts)(&path), "{} does not know its own", kind.id);
        assert_eq!(exchange::guess(&path).unwrap().id, kind.id, "{} is taken for another", kind.id);
    }
    let read = (kind.read)(&path, &Hints { size: Some(SIZE) }).unwrap();
    assert_eq!(read.warnings, Vec::<String>::new(), "{}", kind.id);
    (folder, read.bundle)
}

fn check_round_trip(kind: &ExchangeKind, seeds: &[Seed]) {
    let before = bundle(kind, seeds);
    let lost: Vec<_> = losses(&before, &kind.holds).into_iter().filter(|loss| loss.lossy).collect();
    if !lost.is_empty() {
        assert!(lost.iter().all(|loss| loss.what.contains("out of view")), "{}: {lost:?}", kind.id);
        return;
    }
    assert_eq!(fitted(&before, &kind.holds), before, "{}: what it holds is not touched", kind.id);
    let (_folder, mut after) = there_and_back(kind, &before);
    // Files that name pictures only are matched by name.
    for stream in &mut after.streams {
        for sample in &mut stream.samples {
            let stem = sample
                .file
                .rsplit('/')
                .next()
                .and_then(|name| name.get(..6))
                .and_then(|name| name.parse::<usize>().ok());
            if let Some(frame) = stem {
                for label in after
                    .labels
                    .iter_mut()
                    .filter(|label| label.frame == sample.frame && label.state != State::Lost)
                {
                    label.frame = frame + 1000;
                }
                sample.frame = frame + 1000;
            }
        }
        for label in &mut after.labels {
            label.frame %= 1000;
        }
        for sample in &mut stream.samples {
            sample.frame %= 1000;
        }
        stream.samples.sort_by_key(|sample| sample.frame);
    }
    let mut before = before;
    if !kind.holds.spaces {
        for label in &mut before.labels {
            label.class = label.class.replace(' ', "_").into();
        }
    }
    let (was, is) = (seen(&before), seen(&after));
    assert_eq!(was.keys().collect::<Vec<_>>(), is.keys().collect::<Vec<_>>(), "{}", kind.id);
    for (frame, items) in &was {
        let others = &is[frame];
        assert_eq!(items.len(), others.len(), "{} on {frame}", kind.id);
        for item in items {
            let same = |other: &Item| {
                other.class == item.class
                    && other.state == item.state
                    && other.attributes == item.attributes
                    && close(&item.shape, &other.shape)
            };
            assert!(others.iter().any(same), "{} on {frame}: {item:?} is not among {others:?}", kind.id);
        }
    }
    if kind.holds.tracks {
        assert_eq!(objects(&before), objects(&after), "{}", kind.id);
    }
    if kind.holds.keyframes {
        assert_eq!(keys(&before), keys(&after), "{}", kind.id);
    }
    let plain = |tags: &[Tag]| {
        let mut tags: Vec<Tag> =
            tags.iter().map(|tag| Tag { id: 0, clip: String::new(), ..tag.clone() }).collect();
        tags.sort_by(|a, b| (a.start, &a.kind, a.end).cmp(&(b.start, &b.kind, b.end)));
        tags
    };
    assert_eq!(plain(&before.tags), plain(&after.tags), "{}", kind.id);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whatever a format says it holds comes back: place, class, state, attributes, objects over time, keyframes, tags.
    #[test]
    fn what_goes_out_comes_in_again(seeds in seeds()) {
        for kind in exchange::KINDS {
            check_round_trip(kind, &seeds);
        }
    }

    /// Random bytes are refused with a sentence or read as far as they make sense, and never panic.
    #[test]
    fn damaged_files_are_no_panic(seeds in seeds(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        for kind in exchange::KINDS {
            let before = bundle(kind, &seeds);
            let folder = tempfile::tempdir().unwrap();
            let path = kind.one_file.map_or_else(|| folder.path().join("labels"), |name| folder.path().join(name));
            (kind.write)(&fitted(&before, &kind.holds), &path).unwrap();
            for file in files(&path) {
                let mut bytes = fs::read(&file).unwrap();
                if bytes.is_empty() {
                    continue;
                }
                let place = at.index(bytes.len());
                if cut { bytes.truncate(place) } else { bytes[place] = byte }
                fs::write(&file, bytes).unwrap();
            }
            if let Err(err) = (kind.read)(&path, &Hints::default()) {
                prop_assert!(!err.to_string().contains('\n'), "{}: {}", kind.id, err);
            }
        }
    }
}

fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let mut found: Vec<PathBuf> =
        fs::read_dir(path).unwrap().flat_map(|entry| files(&entry.unwrap().path())).collect();
    found.sort();
    found
}

#[test]
fn what_a_format_cannot_hold_is_counted() {
    let seed = |kind: usize, frames: &[(usize, usize)]| Seed {
        class: 1,
        kind,
        frames: frames.to_vec(),
        numbers: [80; 6],
        wet: Some(true),
    };
    let all = exchange::kind("csv").unwrap();
    let seeds: Vec<Seed> = (0..8).map(|kind| seed(kind, &[(0, 1), (3, 3), (6, 0)])).collect();
    let before = bundle(all, &seeds);
    assert_eq!(losses(&before, &all.holds), []);
    let said = |id: &str| -> Vec<String> {
        let kind = exchange::kind(id).unwrap();
        losses(&before, &kind.holds)
            .iter()
            .map(|loss| format!("{} {}{}", loss.count, loss.what, if loss.lossy { "" } else { " (note)" }))
            .collect()
    };
    assert_eq!(
        said("yolo"),
        [
            "3 rotated boxes would become the boxes around them",
            "3 polygons would become the boxes around them",
            "3 polylines would become the boxes around them",
            "3 keypoints would become the boxes around them",
            "3 masks would become the boxes around them",
            "3 cuboids would be left out",
            "3 image classifications would be left out",
            "8 tracks would lose their IDs: every sample gets objects of its own",
            "7 labels would no longer be occluded",
            "24 labels would lose their attributes",
            "8 tags would be left out",
        ]
    );
    assert!(said("coco").contains(
        &"8 tracks are written on every sample, so that each becomes a keyframe (note)".to_owned()
    ));
    // An object that becomes another on its way.
    let mut flips = bundle(all, &[seed(0, &[(0, 0), (4, 0)])]);
    flips.labels[1].class = "car".into();
    for (id, kept) in
        [("cvat_video", false), ("nuscenes", false), ("mot", true), ("openlabel", true), ("csv", true)]
    {
        let lost = losses(&flips, &exchange::kind(id).unwrap().holds);
        assert_eq!(!lost.iter().any(|loss| loss.what.contains("change their class")), kept, "{id}: {lost:?}");
    }
    let yolo = exchange::kind("yolo").unwrap();
    let after = fitted(&before, &yolo.holds);
    assert_eq!(after.labels.len(), 18);
    assert!(
        after.labels.iter().all(|label| label.shape.kind() == ShapeKind::Box && label.attributes.is_empty())
    );
}

/// Nobody is shown where it is not: neither where it is out of view nor beyond its last keyframe.
#[test]
fn no_format_writes_boxes_where_nothing_is() {
    let seed = Seed { class: 0, kind: 0, frames: vec![(2, 0), (5, 2), (8, 0)], numbers: [90; 6], wet: None };
    for id in ["openlabel", "cvat_video", "datumaro"] {
        let kind = exchange::kind(id).unwrap();
        let before = bundle(kind, std::slice::from_ref(&seed));
        let (folder, after) = there_and_back(kind, &before);
        let shown: Vec<usize> = seen(&after).keys().copied().collect();
        assert_eq!(shown, [2, 3, 4, 8], "{id}");
        let text: String =
            files(folder.path()).iter().map(|file| fs::read_to_string(file).unwrap()).collect();
        if id == "cvat_video" {
            // CVAT is told that it is gone after the last keyframe, or it would show it to the end.
            assert!(text.contains("frame=\"9\" keyframe=\"1\" outside=\"1\""), "{text}");
        }
        if id == "openlabel" {
            let json: serde_json::Value = serde_json::from_str(&text).unwrap();
            for frame in ["5", "6"] {
                let object = &json["openlabel"]["frames"][frame]["objects"];
                assert!(
                    object.as_object().is_none_or(|o| o.values().all(|o| o["object_data"]["bbox"].is_null())),
                    "{object}"
                );
            }
        }
    }
}

/// Frames that CVAT skipped keep the numbers of the video, and what it shows between keyframes is not labeled twice.
#[test]
fn steps_and_offsets_of_cvat_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("annotations.xml");
    let frame = |frame: usize, key: u8, outside: u8, x: usize| {
        format!(
            "<box frame=\"{frame}\" keyframe=\"{key}\" outside=\"{outside}\" occluded=\"0\" xtl=\"{x}.0\" ytl=\"1.0\" xbr=\"{}.0\" ybr=\"9.0\" z_order=\"0\"></box>",
            x + 8
        )
    };
    let boxes =
        [frame(10, 1, 0, 0), frame(13, 0, 0, 3), frame(16, 1, 0, 6), frame(19, 0, 0, 6), frame(22, 1, 1, 6)];
    let xml = format!(
        "<?xml version=\"1.0\"?><annotations><version>1.1</version><meta><job><start_frame>10</start_frame><stop_frame>40</stop_frame><frame_filter>step=3</frame_filter></job></meta><track id=\"0\" label=\"car\">{}</track><track id=\"1\" label=\"bus\">{}</track></annotations>",
        boxes.concat(),
        frame(31, 1, 0, 2)
    );
    fs::write(&path, xml).unwrap();
    let read = (exchange::kind("cvat_video").unwrap().read)(&path, &Hints::default()).unwrap();
    let got: Vec<(usize, &str, State)> =
        read.bundle.labels.iter().map(|l| (l.frame, &*l.class, l.state)).collect();
    assert_eq!(
        got,
        [
            (10, "car", State::Visible),
            (16, "car", State::Visible),
            (22, "car", State::Outside),
            (31, "bus", State::Visible),
            (40, "bus", State::Visible)
        ]
    );
}

/// The domain: what was looked at and is not there differs from what nobody looked at.
#[test]
fn absent_and_unknown_differ_in_openlabel() {
    use hardcase::data::labels::odd;
    let tag = |id: u64, name: &str, present: bool| {
        let mut attributes: Attributes = [(odd::PRESENT.to_owned(), Value::Flag(present))].into();
        if name == "WeatherRain" {
            attributes.insert(odd::VALUE.to_owned(), Value::Number(3.5));
        }
        Tag {
            id,
            clip: "drive".to_owned(),
            kind: odd::kind_of(name),
            start: Time(0),
            end: None,
            note: String::new(),
            attributes,
        }
    };
    let mut before = Bundle::empty();
    before.tags = vec![tag(1, "WeatherRain", true), tag(2, "WeatherSnow", false)];
    let (folder, after) = there_and_back(exchange::kind("openlabel").unwrap(), &before);
    let text = fs::read_to_string(folder.path().join("openlabel.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let ontology = &json["openlabel"]["ontologies"]["0"];
    assert_eq!(ontology["boundary_list"], serde_json::json!(["WeatherRain", "WeatherSnow"]));
    assert_eq!(json["openlabel"]["tags"].as_object().unwrap().len(), 1);
    assert_eq!(json["openlabel"]["tags"]["1"]["tag_data"]["num"][0]["name"], "weatherRainValue");
    let said: Vec<(&str, bool)> =
        after.tags.iter().map(|tag| (odd::name_of(&tag.kind).unwrap(), odd::is_present(tag))).collect();
    assert_eq!(said, [("WeatherRain", true), ("WeatherSnow", false)]);
    assert_eq!(after.tags[0].attributes[odd::VALUE], Value::Number(3.5));
}

/// Other people's programs read what is written here and write what is read here: datumaro, pycocotools, and the JSON
/// schema of `OpenLABEL` that comes with Vicomtech's toolkit.
#[test]
fn other_tools_agree() {
    let Some(tools) = std::env::var_os("HARDCASE_LABEL_TOOLS")
        .filter(|tools| Path::new(tools).join("pycocotools").is_dir())
    else {
        eprintln!(
            "skipped: set HARDCASE_LABEL_TOOLS to a folder with pycocotools, datumaro, vcd and jsonschema"
        );
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let seed = |class: usize, kind: usize, frames: &[(usize, usize)], n: u8| Seed {
        class,
        kind,
        frames: frames.to_vec(),
        numbers: [n, n / 2, n, 100, 50, 9],
        wet: Some(n.is_multiple_of(2)),
    };
    let seeds: Vec<Seed> =
        (0..16).map(|i| seed(i % 3, i, &[(i % 5, i % 2), (i % 5 + 4, 0)], 20 + 11 * i as u8)).collect();
    for kind in exchange::KINDS {
        let before = fitted(&bundle(kind, &seeds), &kind.holds);
        let path = folder.path().join(kind.id);
        let path = kind.one_file.map_or_else(|| path.clone(), |name| path.join(name));
        (kind.write)(&before, &path).unwrap();
        // What another program should find: one line for each object on each sample.
        let lines: Vec<serde_json::Value> = before
            .pictures()
            .into_iter()
            .flat_map(|picture| picture.items.into_iter().map(move |item| (picture.sample.clone(), item)))
            .map(|(sample, item)| {
                let b = item.shape.bounds().unwrap_or_default();
                let boxes = item.shape.shapes().filter(|shape| shape.kind() == ShapeKind::Box).count();
                serde_json::json!({ "boxes": boxes, "frame": sample.frame, "file": sample.file, "class": &*item.class, "kind": format!("{:?}", item.shape.kind()), "box": [b.x0, b.y0, b.x1, b.y1], "area": item.shape.area() })
            })
            .collect();
        fs::write(
            folder.path().join(format!("{}.expected.json", kind.id)),
            serde_json::to_string(&lines).unwrap(),
        )
        .unwrap();
    }
    let output = Process::new("python3")
        .arg(repo().join("tests/fixtures/check_labels.py"))
        .arg(folder.path())
        .env("PYTHONPATH", &tools)
        .output()
        .unwrap();
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    // And back: the same labels as those programs write them.
    let written = folder.path().join("theirs");
    for (id, place) in [
        ("coco", "coco/annotations/instances_default.json"),
        ("cvat_images", "cvat/default.xml"),
        ("voc", "voc"),
        ("yolo", "yolo"),
        ("datumaro", "datumaro"),
        ("kitti", "kitti/default"),
    ] {
        let path = written.join(place);
        let kind = exchange::guess(&path).unwrap();
        assert_eq!(kind.id, id, "{}", path.display());
        let read = (kind.read)(&path, &Hints { size: Some(SIZE) }).unwrap();
        let mut found: Vec<String> = read
            .bundle
            .pictures()
            .iter()
            .flat_map(|p| {
                p.items.iter().map(|item| {
                    let mut b = item.shape.bounds().unwrap();
                    if id == "voc" {
                        // datumaro counts pixels of VOC from zero, unlike the authors of the format.
                        (b.x0, b.y0) = (b.x0 + 1.0, b.y0 + 1.0);
                    }
                    let file = Path::new(&p.sample.file).file_stem().unwrap().to_string_lossy().into_owned();
                    format!("{file} {} {:.0} {:.0} {:.0} {:.0}", item.class, b.x0, b.y0, b.x1, b.y1)
                })
            })
            .collect();
        found.sort();
        let expected: Vec<String> =
            serde_json::from_str(&fs::read_to_string(written.join("expected.json")).unwrap()).unwrap();
        assert_eq!(found, expected, "{id}");
    }
}
