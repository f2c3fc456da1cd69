//! YOLO text files in the form of Ultralytics: boxes, polygons, rotated boxes and keypoints, as fractions of the image.
#![expect(
    clippy::format_push_string,
    clippy::wildcard_enum_match_arm,
    reason = "lines of a file are put together one after the other"
)]

use std::path::{Path, PathBuf};

use crate::data::geometry::box2::Box2;
use crate::data::geometry::shape::{Keypoint, Part, Shape, ShapeKind, TurnedBox};
use crate::exchange::bundle::{Bundle, Item, Picture, SampleRef};
use crate::exchange::losses::Holds;
use crate::exchange::several::Several;
use crate::exchange::{
    ExchangeError, ExchangeKind, Hints, Read, files_in, io, malformed, text_of, write_file,
};

const fn holds(shapes: &'static [ShapeKind]) -> Holds {
    let several = match shapes {
        [ShapeKind::Polygon] => Several::Joined,
        [ShapeKind::Keypoints] => Several::BoxAndKeypoints,
        _ => Several::One,
    };
    Holds { shapes, several, ..Holds::NOTHING }
}

macro_rules! kind {
    ($name:ident, $id:literal, $title:literal, $shape:expr, $accepts:expr) => {
        pub(super) static $name: ExchangeKind = ExchangeKind {
            id: $id,
            title: $title,
            holds: holds(&[$shape]),
            one_file: None,
            pictures: Some("images/train"),
            accepts: $accepts,
            read: |path, hints| read(path, hints, $shape),
            write: |bundle, path| write(bundle, path, $shape),
        };
    };
}

kind!(DETECT, "yolo", "YOLO boxes", ShapeKind::Box, |path| looks_like(path, |n| n == 5));
kind!(SEGMENT, "yolo_seg", "YOLO polygons", ShapeKind::Polygon, |path| looks_like(path, |n| n == 7));
kind!(OBB, "yolo_obb", "YOLO oriented boxes", ShapeKind::TurnedBox, |path| looks_like(path, |n| n == 9));
// A line alone does not distinguish keypoints from a polygon: data.yaml has kpt_shape.
kind!(POSE, "yolo_pose", "YOLO keypoints", ShapeKind::Keypoints, |path| yaml_of(path)
    .is_some_and(|y| y.contains("kpt_shape")));

fn yaml_of(path: &Path) -> Option<String> {
    ["data.yaml", "dataset.yaml", "data.yml"]
        .iter()
        .find_map(|name| std::fs::read_to_string(path.join(name)).ok())
}

/// A folder with `data.yaml` or `labels`, whose lines have as many numbers as the kind of shape needs.
fn looks_like(path: &Path, fits: fn(usize) -> bool) -> bool {
    let yaml = yaml_of(path);
    if yaml.as_ref().is_some_and(|yaml| yaml.contains("kpt_shape"))
        || (yaml.is_none() && !path.join("labels").is_dir())
    {
        return false;
    }
    let files = files_in(&labels_folder(path), "txt").unwrap_or_default();
    let texts = files
        .iter()
        .filter(|file| !is_list(file))
        .take(20)
        .filter_map(|file| std::fs::read_to_string(file).ok());
    let counts: Vec<usize> = texts
        .flat_map(|text| {
            text.lines().map(|line| line.split_whitespace().count()).filter(|n| *n > 0).collect::<Vec<_>>()
        })
        .collect();
    // Four corners may be a polygon too, but only among others.
    let outlines = counts.iter().any(|n| *n >= 7 && *n != 9);
    counts.first().is_some_and(|first| if outlines { fits(7) } else { fits(*first) })
}

fn labels_folder(path: &Path) -> PathBuf {
    let labels = path.join("labels");
    if labels.is_dir() { labels } else { path.to_owned() }
}

/// The names in `data.yaml`, as a list or by number, or those of `classes.txt` or `obj.names`.
fn names_of(path: &Path) -> Vec<String> {
    for name in ["classes.txt", "obj.names"] {
        if let Ok(text) = std::fs::read_to_string(path.join(name)) {
            return text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
        }
    }
    let Some(yaml) = yaml_of(path) else { return Vec::new() };
    let clean = |text: &str| text.trim().trim_matches(['"', '\'']).to_owned();
    let mut names: Vec<(usize, String)> = Vec::new();
    let mut inside = false;
    for line in yaml.lines() {
        if let Some(rest) = line.strip_prefix("names:") {
            inside = true;
            let rest = rest.trim().trim_matches(['[', ']', '{', '}']);
            for (i, part) in rest.split(',').filter(|part| !part.trim().is_empty()).enumerate() {
                let (at, name) = part
                    .split_once(':')
                    .map_or((i, part), |(at, name)| (at.trim().parse().unwrap_or(i), name));
                names.push((at, clean(name)));
            }
        } else if inside && line.starts_with([' ', '-']) && !line.trim().is_empty() {
            let part = line.trim().trim_start_matches('-').trim();
            let i = names.len();
            let (at, name) =
                match part.split_once(':').and_then(|(at, name)| Some((at.trim().parse().ok()?, name))) {
                    Some((at, name)) => (at, name),
                    None => (i, part),
                };
            names.push((at, clean(name)));
        } else if inside && !line.trim().is_empty() {
            break;
        }
    }
    names.sort_by_key(|(at, _)| *at);
    names.into_iter().map(|(_, name)| name).collect()
}

fn read(path: &Path, hints: &Hints, shape: ShapeKind) -> Result<Read, ExchangeError> {
    let folder = labels_folder(path);
    let files = files_in(&folder, "txt")?;
    let files: Vec<PathBuf> = files.into_iter().filter(|file| !is_list(file)).collect();
    if files.is_empty() {
        return Err(malformed(
            path,
            "no label file found, expected a folder with data.yaml and labels/**/*.txt",
        ));
    }
    let names = names_of(path);
    let (mut pictures, mut warnings) = (Vec::new(), Vec::new());
    if names.is_empty() {
        warnings.push("no class names found, using \"class 0\", \"class 1\" and so on".to_owned());
    }
    for (frame, file) in files.iter().enumerate() {
        let inside = file.strip_prefix(&folder).unwrap_or(file).with_extension("");
        let picture = picture_of(path, &inside);
        let size = picture.as_ref().and_then(|picture| size_of(picture)).or(hints.size);
        let Some((width, height)) = size else {
            return Err(malformed(
                file,
                "the size of its image is unknown, put the images into images/ beside labels/",
            ));
        };
        let mut items = Vec::new();
        for (number, line) in text_of(file)?.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            match item_of(line, shape, &names, (width as f32, height as f32)) {
                Some(item) => items.push(item),
                None => warnings.push(format!(
                    "line {} is not valid and was skipped: {}",
                    number + 1,
                    file.display()
                )),
            }
        }
        let name = picture.map_or_else(
            || inside.to_string_lossy().into_owned(),
            |picture| {
                picture.strip_prefix(path.join("images")).unwrap_or(&picture).to_string_lossy().into_owned()
            },
        );
        pictures.push(Picture { sample: SampleRef { frame, time: None, file: name, size }, items });
    }
    Ok(Read { bundle: Bundle::from_pictures(&names, pictures), warnings })
}

fn is_list(file: &Path) -> bool {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    matches!(name.as_str(), "classes.txt" | "train.txt" | "val.txt" | "test.txt")
}

fn picture_of(path: &Path, inside: &Path) -> Option<PathBuf> {
    let folders = [path.join("images"), path.to_owned()];
    let candidates = folders.iter().flat_map(|folder| {
        ["jpg", "jpeg", "png", "bmp", "webp", "JPG", "PNG"].map(|ext| folder.join(inside).with_extension(ext))
    });
    candidates.into_iter().find(|candidate| candidate.is_file())
}

fn size_of(picture: &Path) -> Option<(u32, u32)> {
    use std::io::Read as _;
    let mut head = Vec::new();
    std::fs::File::open(picture).ok()?.take(1 << 18).read_to_end(&mut head).ok()?;
    crate::data::image::Image::size_of(&head)
}

fn item_of(line: &str, shape: ShapeKind, names: &[String], (width, height): (f32, f32)) -> Option<Item> {
    let mut words = line.split_whitespace();
    let class = words.next()?;
    let position: Option<usize> = class.parse().ok();
    let class = position.and_then(|at| names.get(at).cloned()).unwrap_or_else(|| format!("class {class}"));
    let numbers: Vec<f32> = words.map(|word| word.parse().ok()).collect::<Option<_>>()?;
    let point = |p: &[f32]| [p[0] * width, p[1] * height];
    let shape = match shape {
        ShapeKind::Box => {
            let [cx, cy, w, h] = *numbers.get(..4)? else { return None };
            Shape::Box(Box2 {
                x0: (cx - w / 2.0) * width,
                y0: (cy - h / 2.0) * height,
                x1: (cx + w / 2.0) * width,
                y1: (cy + h / 2.0) * height,
            })
        }
        ShapeKind::TurnedBox => {
            let corners: Vec<[f32; 2]> = numbers.get(..8)?.chunks_exact(2).map(point).collect();
            Shape::TurnedBox(TurnedBox::from_corners(&<[[f32; 2]; 4]>::try_from(corners).ok()?))
        }
        ShapeKind::Keypoints => {
            let rest = numbers.get(4..)?;
            let each = if rest.len() % 3 == 0 { 3 } else { 2 };
            let points = rest.chunks_exact(each).map(|p| {
                let seen = p.get(2).map_or(2, |seen| seen.clamp(0.0, 2.0) as u8);
                Keypoint { x: p[0] * width, y: p[1] * height, seen }
            });
            let points = Shape::Keypoints(points.collect());
            let [cx, cy, w, h] = *numbers.get(..4)? else { return None };
            let bbox = Box2 {
                x0: (cx - w / 2.0) * width,
                y0: (cy - h / 2.0) * height,
                x1: (cx + w / 2.0) * width,
                y1: (cy + h / 2.0) * height,
            };
            // The box is that of the object; where it is that of the points, they say as much.
            let off = |b: Box2| [b.x0 - bbox.x0, b.y0 - bbox.y0, b.x1 - bbox.x1, b.y1 - bbox.y1];
            let follows = points.bounds().is_some_and(|b| off(b).iter().all(|off| off.abs() < 0.01));
            if follows || !bbox.valid() {
                points
            } else {
                Shape::Parts([Shape::Box(bbox), points].map(Part::from).to_vec())
            }
        }
        _ => Shape::Polygon(numbers.chunks_exact(2).map(point).collect()),
    };
    Some(Item::new(&class, shape)).filter(|item| item.shape.valid())
}

fn write(bundle: &Bundle, path: &Path, kind: ShapeKind) -> Result<(), ExchangeError> {
    let classes = bundle.classes();
    for picture in bundle.pictures() {
        let Some((width, height)) = picture.sample.size else {
            return Err(malformed(path, format!("the size of image {:?} is unknown", picture.sample.file)));
        };
        let (width, height) = (width as f32, height as f32);
        let mut text = String::new();
        for item in &picture.items {
            let class = classes.iter().position(|name| item.class == *name).unwrap_or(0);
            let b = item.shape.bounds().unwrap_or_default();
            let (cx, cy) = b.center();
            let own = item.shape.shapes().find(|shape| shape.kind() == kind).unwrap_or(&item.shape);
            let numbers: Vec<f32> = match own {
                Shape::Box(_) => vec![cx / width, cy / height, b.width() / width, b.height() / height],
                Shape::TurnedBox(turned) => {
                    turned.corners().iter().flat_map(|[x, y]| [x / width, y / height]).collect()
                }
                Shape::Polygon(points) => points.iter().flat_map(|[x, y]| [x / width, y / height]).collect(),
                Shape::Keypoints(points) => [cx / width, cy / height, b.width() / width, b.height() / height]
                    .into_iter()
                    .chain(points.iter().flat_map(|p| [p.x / width, p.y / height, f32::from(p.seen)]))
                    .collect(),
                Shape::Polyline(_) | Shape::Mask(_) | Shape::Cuboid(_) | Shape::Whole | Shape::Parts(_) => {
                    continue;
                }
            };
            text += &class.to_string();
            for number in numbers {
                text.push(' ');
                text.push_str(&number.to_string());
            }
            text.push('\n');
        }
        let file = Path::new(&picture.sample.file).with_extension("txt");
        write_file(&path.join("labels/train").join(file), text.as_bytes())?;
    }
    let mut yaml = "path: .\ntrain: images/train\nval: images/train\n".to_owned();
    if kind == ShapeKind::Keypoints {
        let shapes = bundle.labels.iter().flat_map(|label| label.shape.shapes());
        let most = shapes.map(|shape| match shape {
            Shape::Keypoints(points) => points.len(),
            _ => 0,
        });
        yaml += &format!("kpt_shape: [{}, 3]\n", most.max().unwrap_or(0));
    }
    yaml += "names:\n";
    for (i, name) in classes.iter().enumerate() {
        yaml += &format!("  {i}: {}\n", serde_json::Value::from(name.as_str()));
    }
    std::fs::create_dir_all(path).map_err(io(path))?;
    write_file(&path.join("data.yaml"), yaml.as_bytes())
}
