//! Labels in the layouts and dialects that people and tools make: what is read is what is meant, and what is not read is
//! said.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::path::Path;

use hardcase::data::geometry::shape::ShapeKind;
use hardcase::data::image::Image;
use hardcase::data::labels::label::State;
use hardcase::exchange::bundle::Item;
use hardcase::exchange::{self, Hints, Read};

/// Files of a folder.
fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn png() -> Vec<u8> {
    Image::filled(64, 48, [90; 3]).to_png().unwrap()
}

fn jpeg() -> Vec<u8> {
    Image::filled(64, 48, [90; 3]).to_jpeg(90).unwrap()
}

/// A JPEG whose EXIF says that it was taken with the camera turned: shown 48 x 64.
fn turned_jpeg() -> Vec<u8> {
    let tiff = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let mut jpeg = vec![0xFF, 0xD8, 0xFF, 0xE1, 0, (2 + 6 + tiff.len()) as u8];
    jpeg.extend(b"Exif\0\0");
    jpeg.extend(tiff);
    jpeg.extend(&self::jpeg()[2..]);
    jpeg
}

/// The format by detection, and what is in it.
fn read(path: &Path) -> (&'static str, Read) {
    let kind = exchange::guess(path).unwrap();
    (kind.id, exchange::read(kind, path, &Hints::default()).unwrap())
}

fn items(read: &Read) -> Vec<(String, Item)> {
    let pictures = read.bundle.pictures().into_iter();
    pictures.flat_map(|p| p.items.into_iter().map(move |item| (p.sample.file.clone(), item))).collect()
}

/// Image, class and box of every object, in whole pixels.
fn found(read: &Read) -> Vec<(String, String, [i32; 4])> {
    let rounded = |item: &Item| {
        let b = item.shape.bounds().unwrap();
        [b.x0, b.y0, b.x1, b.y1].map(|n| n.round() as i32)
    };
    items(read).iter().map(|(file, item)| (file.clone(), item.class.to_string(), rounded(item))).collect()
}

fn check(path: &Path, id: &str, expected: &[(&str, &str, [i32; 4])]) -> Read {
    let (kind, read) = read(path);
    let expected: Vec<_> =
        expected.iter().map(|(file, class, b)| ((*file).to_owned(), (*class).to_owned(), *b)).collect();
    assert_eq!((kind, found(&read)), (id, expected), "{:?}", read.warnings);
    read
}

fn says(read: &Read, part: &str) {
    assert!(
        read.warnings.iter().any(|warning| warning.contains(part)),
        "{part:?} is not among {:?}",
        read.warnings
    );
}

const MIDDLE: [i32; 4] = [24, 12, 40, 36];
const LINE: &[u8] = b"0 0.5 0.5 0.25 0.5\n";

#[test]
fn yolo_is_read_in_the_folders_of_every_tool() {
    let (png, names) = (png(), b"names: [car]\n".as_slice());
    let check = |files: &[(&str, &[u8])], expected: &[&str]| {
        let folder = folder(files);
        let expected: Vec<_> = expected.iter().map(|file| (*file, "car", MIDDLE)).collect();
        let read = check(folder.path(), "yolo", &expected);
        assert_eq!(read.warnings, Vec::<String>::new());
    };
    // Ultralytics, with dots in names.
    check(
        &[
            ("data.yaml", names),
            ("images/train/1670.0028.png", &png),
            ("labels/train/1670.0028.txt", LINE),
            ("images/val/a_jpg.rf.5c.png", &png),
            ("labels/val/a_jpg.rf.5c.txt", LINE),
        ],
        &["train/1670.0028.png", "val/a_jpg.rf.5c.png"],
    );
    // Roboflow.
    check(
        &[
            ("data.yaml", b"train: ../train/images\nval: ../valid/images\nnc: 1\nnames: ['car']\n"),
            ("README.roboflow.txt", b"x"),
            ("train/images/a.png", &png),
            ("train/labels/a.txt", LINE),
            ("valid/images/b.png", &png),
            ("valid/labels/b.txt", LINE),
        ],
        &["train/a.png", "valid/b.png"],
    );
    // Darknet, as CVAT and datumaro write it.
    check(
        &[
            ("obj.data", b"classes = 1\nnames = data/obj.names\n"),
            ("obj.names", b"car\n"),
            ("train.txt", b"data/obj_train_data/a.png\n"),
            ("obj_train_data/a.png", &png),
            ("obj_train_data/a.txt", LINE),
        ],
        &["obj_train_data/a.png"],
    );
    // LabelImg: all in one folder.
    check(&[("classes.txt", b"car\n"), ("a.png", &png), ("a.txt", LINE)], &["a.png"]);
    // Endings in capitals, and files that macOS and tools leave behind.
    check(
        &[
            ("dataset.yml", names),
            ("images/a.JPEG", &jpeg()),
            ("labels/a.txt", LINE),
            ("labels/._a.txt", b"\0\x05\x16\x07"),
            ("__MACOSX/labels/a.txt", b"\0"),
            (".cache/labels/x.txt", LINE),
        ],
        &["a.JPEG"],
    );
    // A hand-made file elsewhere.
    let cfg = folder(&[
        ("cfg/mine.yaml", b"# by hand\npath: ../data   # here\ntrain:\n  - images\nnames: {0: car}\n"),
        ("data/images/a.png", &png),
        ("data/labels/a.txt", LINE),
    ]);
    self::check(&cfg.path().join("cfg/mine.yaml"), "yolo", &[("a.png", "car", MIDDLE)]);
    // One split of a data set.
    let split = folder(&[("data.yaml", names), ("train/images/a.png", &png), ("train/labels/a.txt", LINE)]);
    self::check(&split.path().join("train"), "yolo", &[("a.png", "car", MIDDLE)]);
    self::check(&split.path().join("train/labels"), "yolo", &[("a.png", "car", MIDDLE)]);
}

#[test]
fn names_of_classes_keep_their_numbers() {
    let png = png();
    let named = |yaml: &[u8], line: &[u8]| {
        let folder = folder(&[("data.yaml", yaml), ("images/a.png", &png), ("labels/a.txt", line)]);
        let (_, read) = read(folder.path());
        found(&read).into_iter().map(|(_, class, _)| class).collect::<Vec<_>>()
    };
    let line = b"2 0.5 0.5 0.25 0.5\n";
    assert_eq!(named(b"names: {0: car, 2: bus}\n", line), ["bus"]);
    assert_eq!(named(b"names:\n  - car # the first\n  - 'a: b'\n  - no\n", line), ["no"]);
    assert_eq!(named(b"names: [\n  car, bus,\n  \"007\" ]\n", line), ["007"]);
    assert_eq!(named(b"names:\n    0: car\n    1: bus\n", line), ["class 2"]);
    assert_eq!(named(b"names:\n  - 0: car\n  - 2: bus\n", line), ["bus"]);
    assert_eq!(named(b"names: [car, bus]\n", b"1.0 0.5 0.5 0.25 0.5\n"), ["bus"]);
    assert_eq!(named(b"names: [car, bus]\n", b"bus 0.5 0.5 0.25 0.5\n"), ["bus"]);
    // An empty line of a list is a class without a name.
    let folder = folder(&[("classes.txt", b"car\n\nbus\n"), ("a.png", &png), ("a.txt", line)]);
    check(folder.path(), "yolo", &[("a.png", "bus", MIDDLE)]);
}

#[test]
fn a_line_of_yolo_is_what_its_length_says() {
    let png = png();
    let mixed = b"0 0.25 0.25 0.75 0.25 0.75 0.75 0.25 0.75\n0 0.1 0.1 0.3 0.1 0.2 0.4\n0 0.5 0.5 0.25 0.5\n";
    let files: &[(&str, &[u8])] = &[
        ("data.yaml", b"names: [car]\n"),
        ("images/a.png", &png),
        ("images/b.png", &png),
        ("labels/a.txt", LINE),
        ("labels/b.txt", mixed),
    ];
    let folder = folder(files);
    let expected = [
        ("a.png", "car", MIDDLE),
        ("b.png", "car", [16, 12, 48, 36]),
        ("b.png", "car", [6, 5, 19, 19]),
        ("b.png", "car", MIDDLE),
    ];
    let read = check(folder.path(), "yolo_seg", &expected);
    let kinds: Vec<ShapeKind> = items(&read).iter().map(|(_, item)| item.shape.kind()).collect();
    assert_eq!(kinds, [ShapeKind::Box, ShapeKind::Polygon, ShapeKind::Polygon, ShapeKind::Box]);
    says(&read, "1 line of four corners was read as a polygon");
    // Read as boxes, a polygon still is none.
    let boxes = exchange::read(exchange::kind("yolo").unwrap(), folder.path(), &Hints::default()).unwrap();
    assert_eq!(found(&boxes), found(&read));
    let check_one = |line: &[u8], id: &str, shape: ShapeKind, b: [i32; 4]| {
        let folder =
            self::folder(&[("data.yaml", b"names: [car]\n"), ("images/a.png", &png), ("labels/a.txt", line)]);
        let read = check(folder.path(), id, &[("a.png", "car", b)]);
        assert_eq!(items(&read)[0].1.shape.kind(), shape);
    };
    check_one(b"0 0.5 0.5 0.25 0.5 0.9\n", "yolo", ShapeKind::Box, MIDDLE);
    check_one(
        b"0 0.25 0.25 0.75 0.25 0.75 0.75 0.25 0.75\n",
        "yolo_obb",
        ShapeKind::TurnedBox,
        [16, 12, 48, 36],
    );
    check_one(b"16 12 48 12 48 36 16 36 car 0\n", "yolo_obb", ShapeKind::TurnedBox, [16, 12, 48, 36]);
    // Two numbers for each of three keypoints, which could be three for each of two.
    let pose = self::folder(&[
        ("data.yaml", b"names: [man]\nkpt_shape: [3, 2]\n"),
        ("images/a.png", &png),
        ("labels/a.txt", b"0 0.5 0.5 0.5 0.5 0.25 0.25 0.75 0.25 0.5 0.75\n"),
    ]);
    let read = check(pose.path(), "yolo_pose", &[("a.png", "man", [16, 12, 48, 36])]);
    assert!(format!("{:?}", items(&read)[0].1.shape).matches("Keypoint {").count() == 3);
}

#[test]
fn what_is_wrong_with_one_file_of_yolo_costs_that_file() {
    let png = png();
    let folder = folder(&[
        ("data.yaml", b"names: [car]\n"),
        ("images/a.png", &png),
        ("images/b.png", &png),
        ("images/c.png", &png),
        ("labels/a.txt", LINE),
        ("labels/b.txt", b"\0\x05\x16\x07\0\x02\0\0Mac OS X        "),
        ("labels/c.txt", b"0 320 240 64 48\n0 0.5 0.5 -0.1 0.2\n0 0.5 x 0.1 0.1\n-1 0.5 0.5 0.1 0.1\n0 0.5 0.5\n0 0.5 0.5 nan 0.1\n"),
        ("labels/gone.txt", LINE),
    ]);
    let read = check(folder.path(), "yolo", &[("a.png", "car", MIDDLE)]);
    says(&read, "line 1 was skipped, 320 is not a fraction of the image, pixels are not YOLO");
    says(&read, "line 2 was skipped, its box is empty");
    says(&read, "line 3 was skipped, \"x\" is not a number");
    says(&read, "line 4 was skipped, \"-1\" is not a class number");
    says(&read, "line 5 was skipped, a class and 4 numbers of a box");
    says(&read, "line 6 was skipped, \"nan\" is not a number");
    says(&read, "the file is not text");
    says(&read, "1 label files have no image whose size is known and were skipped");
    // Without any image there is nothing to read.
    let alone = self::folder(&[("data.yaml", b"names: [car]\n"), ("labels/a.txt", LINE)]);
    let kind = exchange::guess(alone.path()).unwrap();
    let refused = exchange::read(kind, alone.path(), &Hints::default()).unwrap_err().to_string();
    assert!(refused.contains("the size of its image is unknown"), "{refused}");
}

#[test]
fn sizes_are_those_after_the_exif_orientation() {
    let folder = folder(&[
        ("data.yaml", b"names: [car]\n"),
        ("images/a.jpg", &turned_jpeg()),
        ("labels/a.txt", b"0 0.25 0.125 0.5 0.25\n"),
    ]);
    let read = check(folder.path(), "yolo", &[("a.jpg", "car", [0, 0, 24, 16])]);
    assert_eq!(read.bundle.streams[0].samples[0].size, Some((48, 64)));
}

#[test]
fn text_is_read_in_its_encoding() {
    let voc = |name: &[u8], declaration: &[u8]| {
        [declaration, b"<annotation><filename>a.png</filename><size><width>64</width><height>48</height></size><object><name>", name, b"</name><bndbox><xmin>11</xmin><ymin>9</ymin><xmax>40</xmax><ymax>30</ymax></bndbox></object></annotation>"].concat()
    };
    let check_voc = |xml: &[u8], class: &str, doubt: bool| {
        let folder = folder(&[("Annotations/a.xml", xml)]);
        let read = check(folder.path(), "voc", &[("a.png", class, [10, 8, 40, 30])]);
        assert_eq!(
            read.warnings.iter().any(|warning| warning.contains("check its names")),
            doubt,
            "{:?}",
            read.warnings
        );
    };
    let gbk = b"\xc6\xfb\xb3\xb5";
    check_voc(&voc(gbk, b"<?xml version=\"1.0\" encoding=\"GBK\"?>"), "\u{6c7d}\u{8f66}", false);
    check_voc(&voc(gbk, b""), "\u{6c7d}\u{8f66}", true);
    check_voc(
        &voc(b"Fu\xdfg\xe4nger", b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>"),
        "Fu\u{df}g\u{e4}nger",
        false,
    );
    check_voc(&voc("car".as_bytes(), b"\xef\xbb\xbf"), "car", false);
    let wide: Vec<u8> = b"\xff\xfe"
        .iter()
        .copied()
        .chain(String::from_utf8(voc(b"car", b"")).unwrap().encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    check_voc(&wide, "car", false);
    // Names of YOLO as Windows writes them.
    let png = png();
    let folder = folder(&[
        ("classes.txt", b"\xef\xbb\xbfcar\r\nbus\r\n"),
        ("a.png", &png),
        ("a.txt", b"\xef\xbb\xbf0 0.5 0.5 0.25 0.5\r\n"),
    ]);
    check(folder.path(), "yolo", &[("a.png", "car", MIDDLE)]);
}

const VOC: &str = "<annotation><filename>NAME</filename><size><width>64</width><height>48</height><depth>3</depth></size><object><name>car</name><bndbox><xmin>11</xmin><ymin>9</ymin><xmax>40</xmax><ymax>30</ymax></bndbox></object></annotation>";

#[test]
fn an_image_of_voc_is_called_like_its_xml_file() {
    let (png, b) = (png(), [10, 8, 40, 30]);
    let xml = |name: &str| VOC.replace("NAME", name).into_bytes();
    // Both were renamed, the name inside was not.
    let renamed = folder(&[
        ("Annotations/b.xml", &xml("a.jpg")),
        ("JPEGImages/b.png", &png),
        ("Annotations/c.xml", &xml("c.png")),
        ("JPEGImages/c.png", &png),
    ]);
    let read = check(renamed.path(), "voc", &[("b.png", "car", b), ("c.png", "car", b)]);
    says(&read, "1 file names another image in \"filename\"");
    let alone = folder(&[("Annotations/b.xml", &xml("a.jpg")), ("Annotations/c.xml", &xml("a.jpg"))]);
    check(alone.path(), "voc", &[("b.jpg", "car", b), ("c.jpg", "car", b)]);
    // Here the name inside is right.
    let numbered = folder(&[("Annotations/000001.xml", &xml("street.png")), ("JPEGImages/street.png", &png)]);
    let read = check(numbered.path(), "voc", &[("street.png", "car", b)]);
    assert_eq!(read.warnings, Vec::<String>::new());
    // Roboflow: beside the images, by split; one damaged file costs itself.
    let splits = folder(&[
        ("train/a.xml", &xml("a.png")),
        ("train/a.png", &png),
        ("valid/a.xml", &xml("a.png")),
        ("valid/a.png", &png),
        ("valid/x.xml", b"<annotation><obj"),
        ("valid/._a.xml", b"\0\x05\x16\x07"),
    ]);
    let read = check(splits.path(), "voc", &[("train/a.png", "car", b), ("valid/a.png", "car", b)]);
    says(&read, "the file was skipped");
    // A size of zero is none; that of the image is.
    let zero = VOC
        .replace("NAME", "a.png")
        .replace("<width>64</width><height>48</height>", "<width>0</width><height>0</height>");
    let folder = folder(&[("Annotations/a.xml", zero.as_bytes()), ("JPEGImages/a.png", &png)]);
    assert_eq!(self::read(folder.path()).1.bundle.streams[0].samples[0].size, Some((64, 48)));
}

#[test]
fn nothing_is_divided_by_a_size_of_zero() {
    let zero = VOC
        .replace("NAME", "a.png")
        .replace("<width>64</width><height>48</height>", "<width>0</width><height>0</height>");
    let folder = folder(&[("Annotations/a.xml", zero.as_bytes())]);
    let (_, mut read) = read(folder.path());
    for (id, size) in [("yolo", None), ("yolo", Some((0, 48))), ("label_studio", Some((0, 0)))] {
        read.bundle.streams[0].samples[0].size = size;
        let out = folder.path().join("out");
        let refused = (exchange::kind(id).unwrap().write)(&read.bundle, &out).unwrap_err().to_string();
        assert!(refused.contains("the size of image \"a.png\" is unknown"), "{refused}");
        assert!(!out.exists(), "nothing is written");
    }
}

#[test]
fn images_of_cvat_are_known_by_task_and_id() {
    let image = |name: &str, subset: &str, task: usize, x: usize| {
        format!(
            "<image id=\"0\" name=\"{name}\" subset=\"{subset}\" task_id=\"{task}\" width=\"100\" height=\"100\"><box label=\"car\" occluded=\"0\" xtl=\"{x}\" ytl=\"1\" xbr=\"{}\" ybr=\"10\" z_order=\"0\"/></image>",
            x + 9
        )
    };
    let file = |images: &[String]| {
        format!(
            "<?xml version=\"1.0\"?><annotations><version>1.1</version><meta><project><name>p</name></project></meta>{}</annotations>",
            images.concat()
        )
    };
    let two = file(&[image("a.jpg", "Train", 1, 1), image("b.jpg", "Test", 2, 50)]);
    let one = folder(&[("annotations.xml", two.as_bytes())]);
    check(
        &one.path().join("annotations.xml"),
        "cvat_images",
        &[("a.jpg", "car", [1, 1, 10, 10]), ("b.jpg", "car", [50, 1, 59, 10])],
    );
    // The same name too, in a folder.
    let same = file(&[image("a.jpg", "Train", 1, 1), image("a.jpg", "Test", 2, 50)]);
    let same = folder(&[("annotations.xml", same.as_bytes()), ("images/Train/a.jpg", &jpeg())]);
    check(
        same.path(),
        "cvat_images",
        &[("Train/a.jpg", "car", [1, 1, 10, 10]), ("Test/a.jpg", "car", [50, 1, 59, 10])],
    );
    // Videos of two tasks are two recordings.
    let track = |task: usize, x: usize| {
        format!(
            "<track id=\"{task}\" label=\"car\" task_id=\"{task}\"><box frame=\"3\" keyframe=\"1\" outside=\"0\" occluded=\"0\" xtl=\"{x}\" ytl=\"1\" xbr=\"{}\" ybr=\"9\"/><box frame=\"4\" keyframe=\"1\" outside=\"1\" occluded=\"0\" xtl=\"{x}\" ytl=\"1\" xbr=\"{}\" ybr=\"9\"/></track>",
            x + 5,
            x + 5
        )
    };
    let videos = format!(
        "<annotations><version>1.1</version><meta><project><tasks><task><id>7</id><name>front</name></task><task><id>8</id><name>rear</name></task></tasks></project></meta>{}{}</annotations>",
        track(7, 1),
        track(8, 50)
    );
    let videos = folder(&[("annotations.xml", videos.as_bytes())]);
    let (id, read) = read(&videos.path().join("annotations.xml"));
    let streams: Vec<&str> = read.bundle.streams.iter().map(|stream| &*stream.clip).collect();
    let labels: Vec<(&str, usize)> =
        read.bundle.labels.iter().map(|label| (&*label.clip, label.frame)).collect();
    assert_eq!((id, streams, labels), ("cvat_video", vec!["front", "rear"], vec![("front", 3), ("rear", 3)]));
    says(&read, "the tracks are of 2 tasks: front, rear");
}

#[test]
fn ellipses_become_polygons_and_that_is_said() {
    let cvat = "<annotations><version>1.1</version><image id=\"0\" name=\"a.png\" width=\"64\" height=\"48\"><ellipse label=\"sign\" occluded=\"0\" cx=\"30.00\" cy=\"20.00\" rx=\"10.00\" ry=\"5.00\" z_order=\"0\"></ellipse></image></annotations>";
    let folder = folder(&[("in.xml", cvat.as_bytes())]);
    let read = check(&folder.path().join("in.xml"), "cvat_images", &[("a.png", "sign", [20, 15, 40, 25])]);
    says(&read, "1 ellipse became polygons of 64 corners");
    let turned = cvat.replace("z_order", "rotation=\"90\" z_order");
    fs::write(folder.path().join("in.xml"), turned).unwrap();
    check(&folder.path().join("in.xml"), "cvat_images", &[("a.png", "sign", [25, 10, 35, 30])]);
}

#[test]
fn the_annotation_of_label_studio_that_counts_is_read() {
    let result = |x: usize| {
        format!(
            "[{{\"id\": \"a\", \"type\": \"rectanglelabels\", \"from_name\": \"l\", \"to_name\": \"image\", \"original_width\": 100, \"original_height\": 100, \"value\": {{\"x\": {x}, \"y\": 10, \"width\": 20, \"height\": 20, \"rotation\": 0, \"rectanglelabels\": [\"car\"]}}}}]"
        )
    };
    let check_tasks = |tasks: &str, expected: &[(&str, i32)], said: &str| {
        let folder = folder(&[("tasks.json", tasks.as_bytes())]);
        let expected: Vec<_> =
            expected.iter().map(|(file, x)| (*file, "car", [*x, 10, x + 20, 30])).collect();
        let read = check(&folder.path().join("tasks.json"), "label_studio", &expected);
        if said.is_empty() { assert_eq!(read.warnings, Vec::<String>::new()) } else { says(&read, said) }
    };
    let task = |image: &str, annotations: &str, more: &str| {
        format!(
            "[{{\"id\": 1, \"data\": {{\"image\": \"{image}\"}}, \"annotations\": [{annotations}]{more}}}]"
        )
    };
    let one = |more: &str, x: usize| format!("{{{more}\"result\": {}}}", result(x));
    check_tasks(
        &task(
            "a.png",
            &[one("\"was_cancelled\": true, ", 50), one("\"was_cancelled\": false, ", 10)].join(","),
            "",
        ),
        &[("a.png", 10)],
        "",
    );
    let several = "1 task with several annotations, of which one each was read";
    let newest = [
        one("\"updated_at\": \"2026-01-03T00:00:00Z\", ", 50),
        one("\"updated_at\": \"2026-01-02T00:00:00Z\", ", 10),
    ]
    .join(",");
    check_tasks(&task("a.png", &newest, ""), &[("a.png", 50)], several);
    let truth = [
        one("\"updated_at\": \"2026-01-03T00:00:00Z\", ", 50),
        one("\"ground_truth\": true, \"updated_at\": \"2026-01-02T00:00:00Z\", ", 10),
    ]
    .join(",");
    check_tasks(&task("a.png", &truth, ""), &[("a.png", 10)], several);
    check_tasks(&task("a.png", &[one("", 50), one("", 10)].join(","), ""), &[("a.png", 50)], several);
    // Whoever gave up the task did not agree with the prediction.
    let prediction = format!(", \"predictions\": [{{\"result\": {}}}]", result(30));
    check_tasks(
        &task("a.png", &one("\"was_cancelled\": true, ", 50), &prediction),
        &[],
        "1 task whose annotations were all cancelled",
    );
    check_tasks(&task("a.png", "", &prediction), &[("a.png", 30)], "");
    // Names of images behind their addresses.
    for (address, file) in [
        ("/data/upload/1/0a1b2c3d-my%20street%20%C3%BC.png", "my street \u{fc}.png"),
        ("/data/local-files/?d=drive%2Fframe%2001.png", "drive/frame 01.png"),
        ("https://bucket.s3.amazonaws.com/drive/c.png?X-Amz-Date=2026", "drive/c.png"),
        ("s3://bucket/drive/100%25 sure.png", "drive/100%25 sure.png"),
        ("0a1b2c3d-plain.png", "0a1b2c3d-plain.png"),
    ] {
        check_tasks(&task(address, &one("", 10), ""), &[(file, 10)], "");
    }
}

#[test]
fn columns_of_mot_are_what_the_year_says() {
    let check_mot = |text: &[u8], labels: Option<&[u8]>, classes: &[&str]| {
        let mut files: Vec<(&str, &[u8])> = vec![("gt/gt.txt", text)];
        files.extend(labels.map(|labels| ("gt/labels.txt", labels)));
        let folder = folder(&files);
        let (_, read) = read(folder.path());
        let items = items(&read);
        assert_eq!(items.iter().map(|(_, item)| &*item.class).collect::<Vec<_>>(), classes);
        (read, items)
    };
    let (read, items) =
        check_mot(b"1,1,11,9,30,22,1,-4.5,-3.2,0\n1,2,1,2,3,4,1,8.7,0.2,0\n", None, &["pedestrian"; 2]);
    assert!(items.iter().all(|(_, item)| item.state == State::Visible));
    says(&read, "places in the world");
    let (read, _) = check_mot(
        b"1,-1,11,9,30,22,0.83,-1,-1,-1\n2,-1,11,9,30,22,0.71,-1,-1,-1\n",
        None,
        &["pedestrian"; 2],
    );
    assert_eq!(read.warnings, Vec::<String>::new());
    assert_ne!(read.bundle.labels[0].object, read.bundle.labels[1].object, "detections are no tracks");
    let (_, items) =
        check_mot(b"1,1,11,9,30,22,1,2,0.3\n1,2,1,2,3,4,0,1,1\n", Some(b"car\nbus\n"), &["bus", "car"]);
    assert_eq!(items[0].1.state, State::Occluded);
    check_mot(b"1,1,11,9,30,22,1,2,0.9,0\n", Some(b"car\nbus\n"), &["bus"]);
    check_mot(b"1,1,11,9,30,22,1,3,1\n", None, &["class 3"]);
    // Frames have the names and the size of the images beside them.
    let png = png();
    let folder = folder(&[
        ("gt/gt.txt", b"1,0,11,9,30,22,1,1,1\n2,0,12,9,30,22,1,1,1\n"),
        ("gt/labels.txt", b"car\n"),
        ("img1/000001.png", &png),
    ]);
    let read = check(
        folder.path(),
        "mot",
        &[("000001.png", "car", [10, 8, 40, 30]), ("000002.png", "car", [11, 8, 41, 30])],
    );
    assert_eq!(read.bundle.streams[0].samples[0].size, Some((64, 48)));
    assert_eq!(read.bundle.labels[0].object, read.bundle.labels[1].object, "a track may have the number 0");
}

#[test]
fn classes_of_kitti_may_be_several_words() {
    let line = |class: &str, occluded: &str, size: &str| {
        format!("{class} 0.00 {occluded} -10 10 8 40 30 {size} -1000 -1000 -1000 -10\n")
    };
    let text = line("Person sitting", "1", "-1 -1 -1")
        + &line("Car", "3", "1.5 1.6 3.9")
        + &line("7", "0", "-1 -1 -1")
        + "Car 0 0 x\n";
    let png = png();
    let folder =
        folder(&[("training/label_2/000001.txt", text.as_bytes()), ("training/image_2/000001.png", &png)]);
    let b = [10, 8, 40, 30];
    let read =
        check(folder.path(), "kitti", &[("000001.png", "Person sitting", b), ("000001.png", "Car", b)]);
    let states: Vec<State> = items(&read).iter().map(|(_, item)| item.state).collect();
    assert_eq!(states, [State::Occluded, State::Visible]);
    says(&read, "line 3 begins with no class");
    says(&read, "line 4 has a word among its numbers");
    says(&read, "1 object has a 3D box in camera coordinates");
}

#[test]
fn shapes_of_labelme_and_x_anylabeling_are_read() {
    let mask =
        Image::from_rgb(3, 2, vec![255, 255, 255, 0, 0, 0, 255, 255, 255, 0, 0, 0, 255, 255, 255, 0, 0, 0])
            .unwrap();
    let mask = base64(&mask.to_png().unwrap());
    let shapes = format!(
        "{{\"label\": \"car\", \"points\": [[10, 8], [40, 8], [40, 30], [10, 30]], \"shape_type\": \"rectangle\", \"score\": null, \"difficult\": true}},
         {{\"label\": \"van\", \"points\": [[40, 30], [10, 8]], \"shape_type\": \"rectangle\"}},
         {{\"label\": \"truck\", \"points\": [[20, 10], [40, 20], [30, 40], [10, 30]], \"shape_type\": \"rotation\", \"direction\": 0.46}},
         {{\"label\": \"bus\", \"points\": [[20, 10], [22, 11]], \"shape_type\": \"mask\", \"mask\": \"{mask}\"}},
         {{\"label\": \"sign\", \"points\": [[30, 20], [33, 24]], \"shape_type\": \"circle\"}}"
    );
    let file = |name: &str| {
        format!(
            "{{\"version\": \"5.5.0\", \"flags\": {{}}, \"shapes\": [{shapes}], \"imagePath\": \"{name}\", \"imageData\": null, \"imageHeight\": 48, \"imageWidth\": 64}}"
        )
    };
    let folder = folder(&[
        ("a.json", file("a.png").as_bytes()),
        ("0_other.json", b"{\"version\": 3}"),
        ("bad.json", b"{\"shapes\": ["),
        ("._a.json", b"\0\x05\x16\x07"),
    ]);
    let read = check(
        folder.path(),
        "labelme",
        &[
            ("a.png", "car", [10, 8, 40, 30]),
            ("a.png", "van", [10, 8, 40, 30]),
            ("a.png", "truck", [10, 10, 40, 40]),
            ("a.png", "bus", [20, 10, 23, 12]),
            ("a.png", "sign", [25, 15, 35, 25]),
        ],
    );
    let items = items(&read);
    assert_eq!(items[2].1.shape.kind(), ShapeKind::TurnedBox);
    assert_eq!((items[3].1.shape.kind(), items[3].1.shape.area()), (ShapeKind::Mask, 3.0));
    says(&read, "1 ellipse became");
    says(&read, "1 JSON files are not LabelMe's and were skipped");
    says(&read, "the file was skipped");
    // Names stay within the data set.
    let png = png();
    let names = self::folder(&[
        ("one/a.json", file("..\\\\images\\\\a.png").as_bytes()),
        ("two/a.json", file("old.png").as_bytes()),
        ("two/a.png", &png),
    ]);
    let files: Vec<String> =
        self::items(&self::read(names.path()).1).into_iter().map(|(file, _)| file).collect();
    assert_eq!((files[0].as_str(), files[5].as_str()), ("one/a.png", "two/a.png"));
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits =
            chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for i in 0..=chunk.len() {
            text.push(char::from(LETTERS[(bits >> (18 - 6 * i) & 63) as usize]));
        }
        text.push_str(&"=".repeat(3 - chunk.len()));
    }
    text
}

#[test]
fn folders_of_coco_are_read_split_by_split() {
    let file = |name: &str, x: usize| {
        format!(
            "{{\"images\": [{{\"id\": 1, \"file_name\": \"{name}\", \"width\": 64, \"height\": 48}}], \"categories\": [{{\"id\": 3, \"name\": \"car\"}}], \"annotations\": [{{\"id\": 1, \"image_id\": 1, \"category_id\": 3, \"bbox\": [{x}, 8, 30, 22]}}]}}"
        )
    };
    let boxed = |x: i32| [x, 8, x + 30, 30];
    let usual = folder(&[
        ("annotations/instances_train.json", file("a.jpg", 10).as_bytes()),
        ("annotations/instances_val.json", file("b.jpg", 20).as_bytes()),
        ("annotations/person_keypoints_train.json", file("a.jpg", 10).as_bytes()),
        ("annotations/captions_train.json", file("a.jpg", 10).as_bytes()),
        ("annotations/._instances_val.json", b"\0\x05\x16\x07"),
    ]);
    let read = check(usual.path(), "coco", &[("a.jpg", "car", boxed(10)), ("b.jpg", "car", boxed(20))]);
    says(&read, "annotations/captions_train.json, annotations/person_keypoints_train.json");
    let roboflow = folder(&[
        ("train/_annotations.coco.json", file("a.jpg", 10).as_bytes()),
        ("valid/_annotations.coco.json", file("a.jpg", 20).as_bytes()),
    ]);
    check(roboflow.path(), "coco", &[("train/a.jpg", "car", boxed(10)), ("valid/a.jpg", "car", boxed(20))]);
    let wide: Vec<u8> = b"\xff\xfe"
        .iter()
        .copied()
        .chain(file("a.jpg", 10).encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let wide = folder(&[("wide.json", &wide)]);
    check(&wide.path().join("wide.json"), "coco", &[("a.jpg", "car", boxed(10))]);
}

#[test]
fn segments_of_coco_panoptic_are_masks() {
    // Number 300 in the upper left corner, 7 below it, nothing elsewhere.
    let mut pixels = vec![0; 4 * 3 * 3];
    pixels[0..3].copy_from_slice(&[300_u32 as u8, 1, 0]);
    pixels[3 * 4..3 * 4 + 6].copy_from_slice(&[7, 0, 0, 7, 0, 0]);
    let segments = Image::from_rgb(4, 3, pixels).unwrap().to_png().unwrap();
    let json = b"{\"images\": [{\"id\": 5, \"width\": 4, \"height\": 3, \"file_name\": \"a.jpg\"}], \"categories\": [{\"id\": 1, \"name\": \"road\", \"isthing\": 0}, {\"id\": 2, \"name\": \"car\", \"isthing\": 1}], \"annotations\": [{\"image_id\": 5, \"file_name\": \"a.png\", \"segments_info\": [{\"id\": 7, \"category_id\": 1, \"area\": 2, \"bbox\": [0, 1, 2, 1], \"iscrowd\": 0}, {\"id\": 300, \"category_id\": 2, \"area\": 1, \"bbox\": [0, 0, 1, 1], \"iscrowd\": 1}, {\"id\": 9, \"category_id\": 2, \"iscrowd\": 0}]}]}";
    let folder =
        folder(&[("annotations/panoptic_val.json", json), ("annotations/panoptic_val/a.png", &segments)]);
    let read =
        check(folder.path(), "coco", &[("a.jpg", "road", [0, 1, 2, 2]), ("a.jpg", "car", [0, 0, 1, 1])]);
    assert!(items(&read).iter().all(|(_, item)| item.shape.valid() && item.shape.kind() == ShapeKind::Mask));
    says(&read, "1 segments have no pixels");
    let alone = self::folder(&[("panoptic.json", json)]);
    let kind = exchange::guess(&alone.path().join("panoptic.json")).unwrap();
    let refused =
        exchange::read(kind, &alone.path().join("panoptic.json"), &Hints::default()).unwrap_err().to_string();
    assert!(refused.contains("the images of the segments are missing"), "{refused}");
}

#[test]
fn create_ml_counts_from_the_middle() {
    let json = |file: &str| {
        format!(
            "[{{\"image\": \"{file}\", \"annotations\": [{{\"label\": \"car\", \"coordinates\": {{\"x\": 25.0, \"y\": 19.0, \"width\": 30.0, \"height\": 22.0}}}}]}}]"
        )
    };
    let png = png();
    let folder = folder(&[
        ("train/_annotations.createml.json", json("a.png").as_bytes()),
        ("train/a.png", &png),
        ("valid/_annotations.createml.json", json("a.png").as_bytes()),
    ]);
    let read = check(
        folder.path(),
        "createml",
        &[("train/a.png", "car", [10, 8, 40, 30]), ("valid/a.png", "car", [10, 8, 40, 30])],
    );
    assert_eq!(read.bundle.streams[0].samples[0].size, Some((64, 48)));
}

#[test]
fn a_folder_with_labels_of_several_formats_is_read_as_one_and_the_others_are_said() {
    let png = png();
    let folder = folder(&[
        ("a.png", &png),
        ("a.xml", VOC.replace("NAME", "a.png").as_bytes()),
        ("a.txt", LINE),
        ("classes.txt", b"car\n"),
    ]);
    let read = check(folder.path(), "voc", &[("a.png", "car", [10, 8, 40, 30])]);
    says(&read, "it also holds what looks like yolo");
    let yolo = exchange::read(exchange::kind("yolo").unwrap(), folder.path(), &Hints::default()).unwrap();
    assert_eq!(found(&yolo), [("a.png".to_owned(), "car".to_owned(), MIDDLE)]);
    says(&yolo, "it also holds what looks like voc");
}

#[test]
fn label_files_are_written_inside_of_their_folder_only() {
    let outside = VOC.replace("NAME", "x.png");
    let folder = folder(&[("in/Annotations/x.xml", outside.as_bytes())]);
    let (_, mut read) = read(&folder.path().join("in"));
    for (name, expected) in [("../../x.png", "x"), ("/x.1.png", "x.1"), ("a\\x.png", "a/x")] {
        read.bundle.streams[0].samples[0].file = name.to_owned();
        for (id, place) in [
            ("yolo", format!("labels/train/{expected}.txt")),
            ("voc", format!("Annotations/{expected}.xml")),
            ("labelme", format!("{expected}.json")),
            ("kitti", format!("label_2/{expected}.txt")),
        ] {
            let out = folder.path().join("deep/er/out").join(id);
            (exchange::kind(id).unwrap().write)(&read.bundle, &out).unwrap();
            assert!(out.join(&place).is_file(), "{id}: {place}");
        }
    }
}

#[test]
fn labels_beyond_the_image_are_counted_kept_and_cut_when_written() {
    let yaml = b"path: .\ntrain: images/train\nnames: [car]\n";
    let lines = b"0 0.0 0.5 0.5 0.5\n0 0.5 0.5 0.5 0.5\n0 -0.5 0.5 0.25 0.25\n";
    let given = folder(&[("data.yaml", yaml), ("images/train/a.png", &png()), ("labels/train/a.txt", lines)]);
    let car = |corners| ("train/a.png", "car", corners);
    let read = check(
        given.path(),
        "yolo",
        &[car([-16, 12, 16, 36]), car([16, 12, 48, 36]), car([-40, 18, -24, 30])],
    );
    says(&read, "2 labels reach beyond the image and kept");
    let kind = exchange::kind("yolo").unwrap();
    let told: Vec<String> =
        exchange::losses::losses(&read.bundle, &kind.holds).into_iter().map(|loss| loss.text()).collect();
    assert!(
        told.contains(&"1 label reaches beyond its image and would be cut at its edge".to_owned()),
        "{told:?}"
    );
    assert!(told.contains(&"1 label lies outside of its image and would be left out".to_owned()), "{told:?}");
    let out = tempfile::tempdir().unwrap();
    (kind.write)(&read.bundle, out.path()).unwrap();
    let written = fs::read_to_string(out.path().join("labels/train/train/a.txt")).unwrap();
    assert_eq!(written, "0 0.125 0.5 0.25 0.5\n0 0.5 0.5 0.5 0.5\n");
}

#[test]
fn static_shapes_of_openlabel_hold_on_every_frame_of_their_object() {
    let text = br#"{"openlabel": {"metadata": {"schema_version": "1.0.0"},
        "objects": {
            "0": {"name": "sign", "type": "sign", "frame_intervals": [{"frame_start": 1, "frame_end": 3}, {"frame_start": 6, "frame_end": 6}],
                "object_data": {"bbox": [{"name": "shape", "val": [10, 10, 4, 4]}], "text": [{"name": "color", "val": "red"}]}},
            "1": {"name": "car", "type": "car", "frame_intervals": [{"frame_start": 2, "frame_end": 3}],
                "object_data": {"text": [{"name": "make", "val": "VW"}]}},
            "2": {"name": "far", "type": "car", "frame_intervals": [{"frame_start": 0, "frame_end": 9000000000}],
                "object_data": {"bbox": [{"name": "shape", "val": [5, 5, 2, 2]}]}}
        },
        "frames": {"2": {"objects": {"1": {"object_data": {"bbox": [{"name": "shape", "val": [20, 20, 8, 8]}]}}}},
            "3": {"objects": {"1": {"object_data": {"bbox": [{"name": "shape", "val": [22, 20, 8, 8]}]}}}}}}}"#;
    let given = folder(&[("a.json", text)]);
    let (id, read) = read(&given.path().join("a.json"));
    assert_eq!(id, "openlabel");
    let mut on: Vec<(usize, String)> = Vec::new();
    for picture in read.bundle.pictures() {
        on.extend(
            picture
                .items
                .iter()
                .filter(|item| item.state.present())
                .map(|item| (picture.sample.frame, item.class.to_string())),
        );
        for item in &picture.items {
            let expected = match &*item.class {
                "sign" => Some(("color", "red")),
                _ if item.attributes.contains_key("make") => Some(("make", "VW")),
                _ => None,
            };
            if let Some((name, value)) = expected {
                assert_eq!(item.attributes[name].text(), value);
            }
        }
    }
    on.sort();
    let expected =
        [(1, "sign"), (2, "car"), (2, "car"), (2, "sign"), (3, "car"), (3, "car"), (3, "sign"), (6, "sign")];
    assert_eq!(on, expected.map(|(frame, class)| (frame, class.to_owned())));
    says(&read, "2 shapes at objects, not at frames, hold on every frame of their objects: 6 labels");
    says(&read, "1 static object with intervals of more than 1000000 frames");
}

#[test]
fn ids_of_coco_that_are_no_numbers_are_said_and_numbers_in_quotation_marks_stay() {
    let text = |id: &str| {
        format!(
            r#"{{"images": [{{"id": {id}, "file_name": "a.png", "width": 64, "height": 48}}],
            "annotations": [{{"id": 7, "image_id": {id}, "category_id": 3, "bbox": [1, 2, 3, 4]}}],
            "categories": [{{"id": 3, "name": "car"}}]}}"#
        )
    };
    let after = |id: &str| {
        let given = folder(&[("a.json", text(id).as_bytes())]);
        let (_, read) = read(&given.path().join("a.json"));
        let out = given.path().join("b.json");
        (exchange::kind("coco").unwrap().write)(&read.bundle, &out).unwrap();
        let written: serde_json::Value = serde_json::from_slice(&fs::read(out).unwrap()).unwrap();
        (written["images"][0]["id"].clone(), read)
    };
    let (id, read) = after("\"000042\"");
    says(&read, "1 image has ids that are no numbers");
    assert_eq!(id, 1);
    let (id, read) = after("\"42\"");
    assert_eq!((id, read.warnings), (42.into(), Vec::new()));
    assert_eq!(after("42").0, 42);
}
