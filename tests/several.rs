//! Objects of several shapes: one annotation is one object in memory, in the project, in every format and in the evaluation.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::path::Path;
use std::process::Command;

use hardcase::data::geometry::box2::Box2;
use hardcase::data::geometry::shape::{Keypoint, Mask, Part, Shape};
use hardcase::data::image::Image;
use hardcase::data::labels::label::Label;
use hardcase::exchange::bundle::{Bundle, Item, Picture, SampleRef};
use hardcase::exchange::losses::{fitted, losses};
use hardcase::exchange::{self, Hints};
use hardcase::imaging::masks;
use hardcase::project::editor::ProjectEditor;
use serde_json::{Value, json};

const SIZE: (u32, u32) = (64, 48);

fn hardcase(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_hardcase")).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn boxed(x0: f32, y0: f32, x1: f32, y1: f32) -> Shape {
    Shape::Box(Box2 { x0, y0, x1, y1 })
}

fn square(x: f32, y: f32, side: f32) -> Shape {
    Shape::Polygon(vec![[x, y], [x + side, y], [x + side, y + side], [x, y + side]])
}

fn object(parts: Vec<Part>) -> Shape {
    Shape::of_parts(parts).unwrap()
}

fn bundle(shape: Shape) -> Bundle {
    let sample = SampleRef { frame: 0, time: None, file: "000000.png".to_owned(), size: Some(SIZE) };
    let others = [Item::new("car", boxed(50.0, 30.0, 60.0, 40.0)), Item::new("bus", square(2.0, 30.0, 9.0))];
    let items = [vec![Item::new("car", shape)], others.to_vec()].concat();
    let mut bundle = Bundle::from_pictures(&[], vec![Picture { sample, items }]);
    bundle.ontology.classes[0].points = vec!["nose".to_owned(), "tail".to_owned()];
    bundle
}

/// The object after it went out in a format and came in again, and how many sentences of loss there were.
fn after(format: &str, shape: &Shape) -> (Option<Shape>, usize) {
    let kind = exchange::kind(format).unwrap();
    // One sample more than a single one makes a track of nothing.
    let before = bundle(shape.clone());
    let lossy =
        losses(&before, &kind.holds).into_iter().filter(|loss| loss.lossy && loss.what.contains("object"));
    let lossy = lossy.count();
    let folder = tempfile::tempdir().unwrap();
    let path = kind.one_file.map_or_else(|| folder.path().join("labels"), |name| folder.path().join(name));
    let fit = fitted(&before, &kind.holds);
    (kind.write)(&fit, &path).unwrap();
    let read = (kind.read)(&path, &Hints { size: Some(SIZE) }).unwrap();
    // Squares may also be rotated boxes in this format, which is said.
    let mut warnings = read.warnings.clone();
    warnings.retain(|warning| format != "yolo_seg" || !warning.contains("lines of four corners"));
    assert_eq!(warnings, Vec::<String>::new(), "{format}");
    let pictures = read.bundle.pictures();
    let items: usize = pictures.iter().map(|picture| picture.items.len()).sum();
    assert_eq!(items, fit.labels.len(), "{format}: as many objects as before");
    let near = |b: &Box2| b.x0 < 45.0 && b.y0 < 20.0;
    let shapes = read.bundle.labels.into_iter().map(|label| label.shape);
    let mut own: Vec<Shape> = shapes.filter(|shape| shape.bounds().is_some_and(|b| near(&b))).collect();
    assert!(own.len() <= 1, "{format}: {own:?}");
    (own.pop(), lossy)
}

fn kinds(shape: Option<&Shape>) -> String {
    let kinds: Vec<String> =
        shape.into_iter().flat_map(Shape::shapes).map(|shape| format!("{:?}", shape.kind())).collect();
    kinds.join(" ")
}

#[test]
fn two_polygons_and_a_box_are_one_object_in_every_format() {
    let parts = [boxed(4.0, 5.0, 41.0, 20.0), square(5.0, 5.0, 10.0), square(30.0, 8.0, 10.0)];
    let shape = object(parts.map(Part::from).to_vec());
    let check = |format: &str, expected: &str, lossy: usize| {
        let (found, lost) = after(format, &shape);
        let bounds = found.as_ref().and_then(Shape::bounds);
        assert_eq!((kinds(found.as_ref()), lost), (expected.to_owned(), lossy), "{format}");
        if expected.contains("Box") {
            let Some(b) = bounds else { panic!("{format} has no box") };
            let off = [b.x0 - 4.0, b.y0 - 5.0, b.x1 - 41.0, b.y1 - 20.0];
            assert!(off.iter().all(|off| off.abs() < 1e-3), "{format}: {b:?}");
        }
    };
    for format in ["coco", "cvat_images", "cvat_video", "datumaro", "labelme", "openlabel", "csv"] {
        check(format, "Box Polygon Polygon", 0);
    }
    // Joined to one polygon, which is their own convention.
    check("yolo_seg", "Polygon", 0);
    check("label_studio", "Polygon", 0);
    for format in ["voc", "yolo", "kitti", "mot"] {
        check(format, "Box", 1);
    }
    check("yolo_obb", "TurnedBox", 1);
    // Of keypoints there are none.
    check("yolo_pose", "", 1);
}

#[test]
fn a_person_keeps_the_box_beside_the_keypoints() {
    let point = |x, y, seen| Keypoint { x, y, seen };
    let points = |seen| Shape::Keypoints(vec![point(10.0, 12.0, seen), point(0.0, 0.0, 0)]);
    for seen in [2, 0] {
        let shape = object(vec![boxed(4.0, 5.0, 30.0, 20.0).into(), points(seen).into()]);
        for format in ["coco", "cvat_images", "cvat_video", "datumaro", "openlabel", "csv", "yolo_pose"] {
            let (found, lossy) = after(format, &shape);
            let b = found.as_ref().and_then(Shape::bounds).unwrap();
            assert_eq!((kinds(found.as_ref()), lossy), ("Box Keypoints".to_owned(), 0), "{format}");
            assert!((b.x0 - 4.0).abs() < 1e-3 && (b.y1 - 20.0).abs() < 1e-3, "{format}: {b:?}");
        }
    }
}

#[test]
fn named_parts_and_holes_are_kept_or_said_to_be_lost() {
    let head = Part { name: "head".to_owned(), ..boxed(8.0, 6.0, 12.0, 10.0).into() };
    let named = object(vec![boxed(4.0, 5.0, 30.0, 20.0).into(), head]);
    for format in ["voc", "openlabel", "csv"] {
        assert_eq!(after(format, &named), (Some(named.clone()), 0), "{format}");
    }
    assert_eq!(after("coco", &named).1, 1, "the name and the second box are said");

    let hole = Part { hole: true, ..square(8.0, 8.0, 4.0).into() };
    let ring = object(vec![square(5.0, 5.0, 12.0).into(), hole]);
    for format in ["openlabel", "csv"] {
        assert_eq!(after(format, &ring), (Some(ring.clone()), 0), "{format}");
    }
    let pixels = masks::of_shape(&ring, SIZE).unwrap();
    assert_eq!(pixels.area(), 144 - 16);
    for format in ["coco", "cvat_images", "datumaro"] {
        let mask = Some(Shape::Mask(Box::new(pixels.clone())));
        assert_eq!(after(format, &ring), (mask, 1), "{format}");
    }
    let (cut, lossy) = after("yolo_seg", &ring);
    assert_eq!((masks::of_shape(&cut.unwrap(), SIZE).unwrap().area(), lossy), (144 - 16, 0));
    assert_eq!(after("labelme", &ring).1, 1, "the hole is said to be filled");
}

/// COCO with one of everything: its numbers are not in order, and no box is the hull of its polygons.
fn coco() -> Value {
    let (w, h) = SIZE;
    let two = json!([[10.5, 10.25, 20.0, 10.25, 20.0, 30.0], [30.0, 12.0, 40.0, 12.0, 40.0, 30.0]]);
    json!({
        "images": [
            { "id": 70, "file_name": "a.png", "width": w, "height": h },
            { "id": 9, "file_name": "b.png", "width": w, "height": h },
        ],
        "categories": [
            { "id": 18, "name": "dog" },
            { "id": 3, "name": "person", "keypoints": ["nose", "tail"], "skeleton": [[1, 2]] },
        ],
        "annotations": [
            { "id": 501, "image_id": 70, "category_id": 18, "iscrowd": 0, "bbox": [9.13, 8.4, 33.21, 22.77], "area": 312.5,
              "segmentation": two, "attributes": { "wet": true, "note": "left" } },
            { "id": 12, "image_id": 70, "category_id": 18, "iscrowd": 1, "bbox": [2.0, 3.0, 2.0, 4.0], "area": 7.0,
              "segmentation": { "size": [h, w], "counts": [99, 4, 44, 3, 2922] } },
            { "id": 77, "image_id": 9, "category_id": 3, "iscrowd": 0, "bbox": [10.0, 8.0, 30.0, 22.0], "area": 555.0,
              "keypoints": [0, 0, 0, 0, 0, 0], "num_keypoints": 0, "segmentation": [] },
            { "id": 78, "image_id": 9, "category_id": 3, "iscrowd": 0, "bbox": [12.0, 9.0, 30.0, 22.0], "area": 660.0,
              "keypoints": [20, 20, 2, 25, 18, 1], "num_keypoints": 2, "segmentation": [[12, 9, 42, 9, 42, 31, 12, 31]] },
            { "id": 5, "image_id": 9, "category_id": 18, "iscrowd": 0, "bbox": [1.1, 2.2, 32.0, 32.0], "area": 1023.0,
              "segmentation": [], "score": 0.25, "ignore": 1 },
        ],
    })
}

/// What of a file has to come back: every annotation by its id, with the names and numbers of image and class.
fn annotations(path: &Path) -> Vec<Value> {
    let whole: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let file = |id: &Value| {
        whole["images"].as_array().unwrap().iter().find(|image| image["id"] == *id).unwrap()["file_name"]
            .clone()
    };
    let class = |id: &Value| {
        whole["categories"].as_array().unwrap().iter().find(|class| class["id"] == *id).unwrap()["name"]
            .clone()
    };
    let rounded = |list: &Value| -> Vec<f64> {
        let flat = list.as_array().into_iter().flatten();
        let flat = flat.flat_map(|one| one.as_array().cloned().unwrap_or_else(|| vec![one.clone()]));
        flat.map(|number| (number.as_f64().unwrap() * 1e4).round() / 1e4).collect()
    };
    let mask = |one: &Value| {
        let counts = &one["segmentation"]["counts"];
        match counts.as_str() {
            Some(letters) => exchange::rle::decoded(letters),
            None => serde_json::from_value::<Vec<u32>>(counts.clone()).ok(),
        }
    };
    let one = |one: &Value| {
        json!({
            "id": one["id"], "image": [one["image_id"], file(&one["image_id"])],
            "class": [one["category_id"], class(&one["category_id"])],
            "iscrowd": one["iscrowd"], "ignore": one["ignore"], "area": one["area"], "score": one["score"],
            "attributes": one["attributes"], "bbox": rounded(&one["bbox"]), "keypoints": rounded(&one["keypoints"]),
            "num_keypoints": one["num_keypoints"], "polygons": rounded(&one["segmentation"]), "mask": mask(one),
            "outlines": one["segmentation"].as_array().map(Vec::len),
        })
    };
    let mut all: Vec<Value> = whole["annotations"].as_array().unwrap().iter().map(one).collect();
    all.sort_by_key(|one| one["id"].as_i64());
    all
}

fn project(folder: &Path) -> String {
    let pictures = folder.join("pics");
    fs::create_dir_all(&pictures).unwrap();
    for name in ["a.png", "b.png"] {
        fs::write(pictures.join(name), Image::filled(SIZE.0, SIZE.1, [90; 3]).to_png().unwrap()).unwrap();
    }
    let toml = "name = \"p\"\n\n[[clips]]\nname = \"pics\"\npath = \"pics\"\n";
    fs::write(folder.join("hardcase.toml"), toml).unwrap();
    folder.to_string_lossy().into_owned()
}

#[test]
fn coco_comes_back_from_a_file_and_from_a_project() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let text = |name: &str| path(name).to_string_lossy().into_owned();
    fs::write(path("in.json"), coco().to_string()).unwrap();
    let wanted = annotations(&path("in.json"));

    let (code, out, said) =
        hardcase(&["labels", "convert", &text("in.json"), "--to", "coco", "-o", &text("out.json")]);
    assert_eq!((code, said.as_str()), (0, ""), "{out}");
    assert!(out.contains("5 labels (9 shapes)"), "{out}");
    assert_eq!(annotations(&path("out.json")), wanted);

    let home = project(&path("home"));
    let (code, out, said) = hardcase(&["labels", "import", &home, &text("in.json"), "--replace"]);
    assert_eq!((code, said.as_str()), (0, ""), "{out}");
    assert!(out.contains("5 labels (9 shapes) and 0 tags to add"), "{out}");
    let (code, out, said) =
        hardcase(&["labels", "export", &home, "--format", "coco", "-o", &text("again.json")]);
    assert_eq!((code, said.as_str()), (0, ""), "{out}");
    assert_eq!(annotations(&path("again.json")), wanted);
    // The same labels a second time are known.
    let (_, out, _) = hardcase(&["labels", "import", &home, &text("in.json"), "--merge"]);
    assert!(out.contains("0 labels and 0 tags to add") && out.contains("5 already present"), "{out}");

    let mut editor = ProjectEditor::open(Path::new(&home)).unwrap();
    let imported = editor.project().labels.clone();
    assert_eq!(imported.len(), 5);
    editor.undo().unwrap();
    assert_eq!(editor.project().labels.len(), 0, "the import is one step");
    editor.redo().unwrap();
    assert_eq!(editor.project().labels, imported);
}

/// The same numbers whether two files are compared or the labels went through a project.
#[test]
fn an_evaluation_does_not_depend_on_the_way_of_the_labels() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    fs::write(path("truth.json"), coco().to_string()).unwrap();
    let one = |image: i64, class: i64, bbox: [f64; 4], score: f64| json!({ "image_id": image, "category_id": class, "bbox": bbox, "score": score });
    let results = json!([
        one(70, 18, [9.13, 8.4, 33.21, 22.77], 0.9),
        one(70, 18, [2.0, 3.0, 2.0, 4.0], 0.8),
        one(9, 3, [10.0, 8.0, 30.0, 22.0], 0.7),
        one(9, 3, [14.0, 9.0, 30.0, 22.0], 0.95),
        one(9, 18, [1.1, 2.2, 32.0, 32.0], 0.6),
        one(9, 18, [40.0, 20.0, 12.0, 12.0], 0.5),
    ]);
    fs::write(path("results.json"), results.to_string()).unwrap();
    let home = project(&folder.path().join("home"));
    assert_eq!(hardcase(&["labels", "import", &home, &path("truth.json"), "--replace"]).0, 0);
    let numbers = |arguments: &[&str]| -> Vec<String> {
        let (code, out, said) = hardcase(arguments);
        assert_eq!(code, 0, "{said}");
        let lines = out.lines().filter(|line| line.starts_with("AP") || line.starts_with("AR"));
        lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    };
    let (truth, results) = (path("truth.json"), path("results.json"));
    let files = numbers(&["evaluate", "--truth", &truth, "--predictions", &results]);
    let own = numbers(&["evaluate", &home, "--predictions", &results, "--images", &truth]);
    assert_eq!(files.len(), 12, "{files:?}");
    assert!(files.iter().any(|line| line.starts_with("AP 0.")), "{files:?}");
    assert_eq!(own, files);
}

#[test]
fn every_shape_of_openlabel_is_read_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let bbox = |name: &str, system: &str, val: [f64; 4], wet: bool| {
        json!({ "name": name, "val": val, "coordinate_system": system,
            "attributes": { "boolean": [{ "name": "wet", "val": wet }] } })
    };
    let ring = json!([
        { "name": "hull", "val": [0, 0, 20, 0, 20, 20, 0, 20], "mode": "MODE_POLY2D_ABSOLUTE", "closed": true,
          "coordinate_system": "front", "hierarchy": [-1, -1, 1, -1] },
        { "name": "window", "val": [5, 5, 4, 0, 0, 4, -4, 0], "mode": "MODE_POLY2D_RELATIVE", "closed": true,
          "coordinate_system": "front", "hierarchy": [-1, -1, -1, 0] },
        { "name": "edge", "val": ["5", "5", "1", "mBIIOIII"], "mode": "MODE_POLY2D_SRF6DCC", "closed": false,
          "coordinate_system": "front" },
        { "name": "odd", "val": ["5", "5", "1", "?"], "mode": "MODE_POLY2D_SRF6DCC", "closed": false,
          "coordinate_system": "front" },
    ]);
    let data = json!({
        "bbox": [
            bbox("full", "front", [10.0, 10.0, 20.0, 20.0], true),
            bbox("seen", "front", [8.0, 10.0, 16.0, 20.0], false),
            bbox("full", "rear", [30.0, 10.0, 8.0, 8.0], true),
        ],
        "poly2d": ring,
        "poly3d": [{ "name": "lane", "val": [0, 0, 0], "closed": false, "mode": "MODE_POLY3D_ABSOLUTE" }],
        "text": [{ "name": "color", "val": "red" }],
    });
    let whole = json!({ "openlabel": {
        "metadata": { "schema_version": "1.0.0" },
        "objects": { "7": { "name": "car7", "type": "car" } },
        "frames": { "3": { "objects": { "7": { "object_data": data } } } },
    } });
    let file = folder.path().join("in.json");
    fs::write(&file, whole.to_string()).unwrap();
    let kind = exchange::kind("openlabel").unwrap();
    let read = (kind.read)(&file, &Hints::default()).unwrap();
    let counts =
        ["1 shape of type poly2d is not valid", "1 shape of type poly3d is of a kind", "6 of 8 shapes"];
    assert_eq!(read.warnings.len(), counts.len(), "{:?}", read.warnings);
    for (warning, count) in read.warnings.iter().zip(counts) {
        assert!(warning.starts_with(count), "{warning}");
    }
    let check = |labels: &[Label]| {
        let [front, rear] = labels else { panic!("one label a channel: {labels:?}") };
        assert_eq!((&*front.channel, &*rear.channel, rear.object), ("front", "rear", front.object));
        let Shape::Parts(parts) = &front.shape else { panic!("{:?}", front.shape) };
        let told: Vec<(&str, bool)> = parts.iter().map(|part| (part.name.as_str(), part.hole)).collect();
        assert_eq!(
            told,
            [("full", false), ("seen", false), ("hull", false), ("window", true), ("edge", false)]
        );
        let Shape::Polyline(edge) = &parts[4].shape else { panic!("{:?}", parts[4]) };
        assert_eq!((edge.len(), edge[3]), (9, [11.0, 8.0]));
        assert_eq!(front.shape.bounds(), Some(Box2 { x0: 0.0, y0: 0.0, x1: 20.0, y1: 20.0 }));
        assert_eq!(rear.shape, boxed(26.0, 6.0, 34.0, 14.0));
        for (name, text) in [("wet", "true"), ("wet (seen)", "false"), ("color", "red")] {
            assert_eq!(
                front.attributes.get(name).map(hardcase::data::labels::label::Value::text).as_deref(),
                Some(text),
                "{name}"
            );
        }
    };
    check(&read.bundle.labels);
    let again = folder.path().join("out.openlabel.json");
    (kind.write)(&read.bundle, &again).unwrap();
    let written: Value = serde_json::from_slice(&fs::read(&again).unwrap()).unwrap();
    let object = &written["openlabel"]["frames"]["3"]["objects"]["1"]["object_data"];
    let count = |list: &str| object[list].as_array().map_or(0, Vec::len);
    assert_eq!((count("bbox"), count("poly2d")), (3, 3), "{object}");
    assert_eq!(object["poly2d"][1]["hierarchy"], json!([-1, -1, -1, 0]));
    let read = (kind.read)(&again, &Hints::default()).unwrap();
    assert_eq!(read.warnings, Vec::<String>::new());
    check(&read.bundle.labels);
}

/// Lists as other tools write them for one object: groups of `LabelMe`, `Datumaro` and CVAT.
#[test]
fn shapes_of_one_group_and_class_are_one_object() {
    let folder = tempfile::tempdir().unwrap();
    let read = |name: &str, format: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        let kind = exchange::kind(format).unwrap();
        let read = (kind.read)(&path, &Hints::default()).unwrap();
        let mut all: Vec<String> = read
            .bundle
            .labels
            .into_iter()
            .map(|label| format!("{} {}", label.class, kinds(Some(label.shape).as_ref())))
            .collect();
        all.sort();
        all
    };
    let wanted = ["car Polygon", "car Polygon Polygon", "tree Polygon"];
    let triangle = [[1, 1], [9, 1], [9, 9]];
    let shape = |class: &str, group: Option<i64>| json!({ "label": class, "points": triangle, "group_id": group, "shape_type": "polygon", "flags": {} });
    let shapes = [shape("car", Some(1)), shape("tree", Some(1)), shape("car", None), shape("car", Some(1))];
    let whole = json!({ "version": "5.5.0", "flags": {}, "shapes": shapes, "imagePath": "a.png", "imageHeight": 48, "imageWidth": 64 });
    assert_eq!(read("a.json", "labelme", &whole.to_string()), wanted);

    let polygon = |class: usize, group: i64| json!({ "id": 1, "type": "polygon", "label_id": class, "group": group, "points": [1, 1, 9, 1, 9, 9], "attributes": {} });
    let whole = json!({
        "dm_format_version": "1.0", "infos": {},
        "categories": { "label": { "labels": [{ "name": "car" }, { "name": "tree" }], "label_groups": [] } },
        "items": [{ "id": "a", "image": { "path": "a.png", "size": [48, 64] },
            "annotations": [polygon(0, 2), polygon(1, 2), polygon(0, 0), polygon(0, 2)] }],
    });
    assert_eq!(read("d.json", "datumaro", &whole.to_string()), wanted);

    let polygon = |class: &str, group: &str| {
        format!("<polygon label=\"{class}\" occluded=\"0\" points=\"1,1;9,1;9,9\"{group}></polygon>")
    };
    let (own, none) = (" group_id=\"4\"", "");
    let all = [polygon("car", own), polygon("tree", own), polygon("car", none), polygon("car", own)].concat();
    let xml = format!(
        "<annotations><image id=\"0\" name=\"a.png\" width=\"64\" height=\"48\">{all}</image></annotations>"
    );
    assert_eq!(read("c.xml", "cvat_images", &xml), wanted);
}

/// A database of before this column is opened, also where it cannot be written.
#[test]
fn a_database_without_the_source_of_labels_opens() {
    let folder = tempfile::tempdir().unwrap();
    let home = project(folder.path());
    fs::write(folder.path().join("in.json"), coco().to_string()).unwrap();
    let file = folder.path().join("in.json").to_string_lossy().into_owned();
    assert_eq!(hardcase(&["labels", "import", &home, &file, "--replace"]).0, 0);
    let database = folder.path().join("labels.db");
    let db = rusqlite::Connection::open(&database).unwrap();
    db.execute_batch("alter table labels drop column source").unwrap();
    drop(db);
    let editor = ProjectEditor::open(folder.path()).unwrap();
    let labels: Vec<Label> = editor.project().labels.iter().cloned().collect();
    assert!(labels.len() == 5 && labels.iter().all(|label| label.source.is_none()));
    let mask = Mask { size: [SIZE.0, SIZE.1], runs: vec![99, 4, 44, 3, 2922] };
    assert!(
        labels.iter().any(|label| label.shape.shapes().any(|s| *s == Shape::Mask(Box::new(mask.clone()))))
    );
}

/// Where a file names a track on every sample it is on, a gap stays one: nothing is interpolated.
#[test]
fn nothing_is_made_up_where_a_track_has_a_gap() {
    let folder = tempfile::tempdir().unwrap();
    let check = |name: &str, format: &str, whole: &Value, wanted: &[usize]| {
        let (path, out) = (folder.path().join(name), folder.path().join("out.openlabel.json"));
        fs::write(&path, whole.to_string()).unwrap();
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let (code, said, _) =
            hardcase(&["labels", "convert", &text(&path), "--to", "openlabel", "-o", &text(&out)]);
        assert_eq!(code, 0, "{format}: {said}");
        assert!(said.contains(&format!("{} labels", wanted.len())), "{format}: {said}");
        let written: Value = serde_json::from_slice(&fs::read(&out).unwrap()).unwrap();
        let frames = written["openlabel"]["frames"].as_object().unwrap();
        let boxes = frames.iter().flat_map(|(frame, value)| {
            let objects = value["objects"].as_object().into_iter().flatten();
            objects
                .filter(|(_, object)| object["object_data"]["bbox"].is_array())
                .map(move |_| frame.parse().unwrap())
        });
        let mut boxes: Vec<usize> = boxes.collect();
        boxes.sort_unstable();
        assert_eq!(boxes, wanted, "{format}");
    };
    let frames = [0, 1, 4];
    let one = json!({ "object_data": { "bbox": [{ "name": "shape", "val": [10, 10, 8, 8] }] } });
    let all: serde_json::Map<String, Value> = (0..6)
        .map(|frame| {
            let objects = if frames.contains(&frame) { json!({ "7": one }) } else { json!({}) };
            (frame.to_string(), json!({ "objects": objects }))
        })
        .collect();
    let whole = json!({ "openlabel": {
        "metadata": { "schema_version": "1.0.0" }, "objects": { "7": { "type": "car" } }, "frames": all,
    } });
    check("in.json", "openlabel", &whole, &frames);

    let images: Vec<Value> = (0..6)
        .map(|at| json!({ "id": at, "file_name": format!("{at}.png"), "width": 64, "height": 48 }))
        .collect();
    let annotations: Vec<Value> = frames
        .iter()
        .map(|at| json!({ "id": at + 1, "image_id": at, "category_id": 1, "bbox": [6, 6, 8, 8], "track_id": 3 }))
        .collect();
    let whole =
        json!({ "images": images, "annotations": annotations, "categories": [{ "id": 1, "name": "car" }] });
    check("coco.json", "coco", &whole, &frames);
}

/// An image without labels is written again: predictions on it are false positives.
#[test]
fn images_without_labels_are_kept_in_a_conversion() {
    let folder = tempfile::tempdir().unwrap();
    let text = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let mut whole = coco();
    let images = whole["images"].as_array_mut().unwrap();
    images.push(json!({ "id": 4, "file_name": "empty.png", "width": 64, "height": 48 }));
    fs::write(folder.path().join("in.json"), whole.to_string()).unwrap();
    let convert = |to: &str, out: &str| {
        let (from, out) = (text("in.json"), text(out));
        let (code, _, said) =
            hardcase(&["labels", "convert", &from, "--to", to, "-o", &out, "--allow-lossy"]);
        assert_eq!(code, 0, "{said}");
    };
    convert("coco", "out.json");
    let written: Value = serde_json::from_slice(&fs::read(folder.path().join("out.json")).unwrap()).unwrap();
    let ids: Vec<i64> =
        written["images"].as_array().unwrap().iter().map(|image| image["id"].as_i64().unwrap()).collect();
    assert_eq!(ids, [70, 9, 4]);
    convert("yolo", "yolo");
    let empty = fs::read_to_string(folder.path().join("yolo/labels/train/empty.txt")).unwrap();
    assert_eq!(empty, "");
    let home = project(&folder.path().join("home"));
    let (_, _, said) = hardcase(&["labels", "import", &home, &text("in.json"), "--replace"]);
    assert!(said.contains("1 image of the file has no labels"), "{said}");
}

/// Tracks of CVAT have one shape: an object of several is a group of tracks, also where a part of it is hidden later.
#[test]
fn an_object_of_several_shapes_is_followed_through_cvat() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("annotations.xml");
    let sample = |frame| SampleRef { frame, time: None, file: format!("{frame:06}.png"), size: Some(SIZE) };
    let item = |shapes: &[Shape]| {
        let parts = shapes.iter().cloned().map(Part::from).collect();
        Item { object: 4, ..Item::new("car", object(parts)) }
    };
    for (last, later) in [(5, vec![square(9.0, 5.0, 10.0)]), (1, vec![square(9.0, 5.0, 10.0)])] {
        let first = [square(5.0, 5.0, 10.0), square(30.0, 8.0, 10.0)];
        let pictures = (0..8).map(|frame| {
            let items = match frame {
                0 => vec![item(&first)],
                _ if frame == last => vec![item(&later)],
                _ => Vec::new(),
            };
            Picture { sample: sample(frame), items }
        });
        let before = Bundle::from_pictures(&[], pictures.collect());
        let kind = exchange::kind("cvat_video").unwrap();
        (kind.write)(&before, &path).unwrap();
        let read = (kind.read)(&path, &Hints::default()).unwrap();
        let found: Vec<(usize, &Shape)> =
            read.bundle.labels.iter().map(|label| (label.frame, &label.shape)).collect();
        let wanted: Vec<(usize, &Shape)> =
            before.labels.iter().map(|label| (label.frame, &label.shape)).collect();
        assert_eq!(found, wanted);
        let objects: Vec<u64> = read.bundle.labels.iter().map(|label| label.object).collect();
        assert_eq!(objects, [1, 1], "one object on both frames");
    }
}
