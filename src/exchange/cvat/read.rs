//! Reads CVAT's files, images and videos alike.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::base::files::visible_in;
use crate::base::name::Name;
use crate::data::geometry::box2::Box2;
use crate::data::geometry::shape::{Keypoint, Mask, Part, Shape, TurnedBox};
use crate::data::labels::label::{Attributes, Label, State, Value};
use crate::data::labels::ontology::{AttributeKind, AttributeSpec, Ontology, Word};
use crate::exchange::bundle::{Bundle, Item, Picture, SampleRef, Stream, joined};
use crate::exchange::cvat::tasks::{frames_of, job, names_of, tasks_of};
use crate::exchange::merged::merged;
use crate::exchange::rle::runs_by;
use crate::exchange::round;
use crate::exchange::xml::Element;
use crate::exchange::{ExchangeError, Hints, Read, has_extension, head, malformed};

/// The file, or those of a folder: one `annotations.xml` beside `images`, or one file for each part of the data.
pub(super) fn files(path: &Path) -> Vec<PathBuf> {
    let mut files = if path.is_dir() {
        let mut files = visible_in(path).unwrap_or_default();
        files.extend(visible_in(&path.join("annotations")).unwrap_or_default());
        files
    } else {
        vec![path.to_owned()]
    };
    files.retain(|file| has_extension(file, "xml") && head(file).contains("<annotations"));
    files
}

/// Images and videos; both kinds may stand in one file.
pub(super) fn any(path: &Path, _hints: &Hints) -> Result<Read, ExchangeError> {
    let files = if path.is_dir() { files(path) } else { vec![path.to_owned()] };
    let mut parts = Vec::new();
    for file in &files {
        let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        parts.push((name, read_one(file)?));
    }
    match parts.len() {
        0 => Err(malformed(path, "no file of CVAT found, expected annotations.xml")),
        1 => Ok(parts.swap_remove(0).1),
        _ if parts.iter().any(|(_, read)| read.bundle.streams.len() > 1) => {
            Err(malformed(path, "several files with the videos of several tasks, import them one by one"))
        }
        _ => Ok(merged(parts)),
    }
}

fn read_one(path: &Path) -> Result<Read, ExchangeError> {
    let mut warnings = Vec::new();
    let root = Element::read_with(path, &mut warnings)?;
    let (mut pictures, mut ellipses) = (Vec::new(), 0);
    let images: Vec<&Element> = root.all("image").collect();
    let (frames, names) = (frames_of(&images), names_of(&images));
    for ((image, frame), file) in images.iter().zip(frames).zip(names) {
        let size = image.attribute_number("width").zip(image.attribute_number("height"));
        let size = size.filter(|(width, height)| *width > 0 && *height > 0);
        let mut items = Vec::new();
        for element in &image.children {
            let class = element.attribute("label").unwrap_or_default();
            match shape_of(element, size) {
                Some(shape) => {
                    let (state, attributes) = said(element);
                    ellipses += usize::from(element.name == "ellipse");
                    let item = Item { state, attributes, ..Item::new(class, shape) };
                    items.push((group_of(element), item));
                }
                None => {
                    warnings
                        .push(format!("a {} of class {class:?} on {file} is not supported", element.name));
                }
            }
        }
        let items = joined(items);
        pictures.push(Picture { sample: SampleRef { frame, time: None, file, size }, items });
    }
    let mut bundle = Bundle::from_pictures(&[], pictures);
    let words = words_of(&root);
    let seen = std::mem::replace(&mut bundle.ontology, words);
    for word in seen.classes {
        bundle.know_class(&word.name);
    }
    let tracks: Vec<&Element> = root.all("track").collect();
    let mut id = bundle.labels.iter().map(|label| label.id).max().unwrap_or(0);
    let tasks = tasks_of(&root, &tracks);
    for task in &tasks {
        let first = bundle.labels.len();
        let own: Vec<&Element> = tracks
            .iter()
            .filter(|track| task.id.is_none() || track.attribute("task_id") == task.id)
            .copied()
            .collect();
        for track in &own {
            let lost = track.children.iter().filter(|element| shape_of(element, task.size).is_none()).count();
            if lost > 0 {
                let class = track.attribute("label").unwrap_or_default();
                warnings.push(format!("{lost} shapes of a track of class {class:?} are not supported"));
            }
            ellipses += track.all("ellipse").count();
        }
        for (class, keyframes) in objects_of(&own, task.size, task.stop) {
            bundle.know_class(&class);
            let object = id + 1;
            for (frame, shape, state, attributes) in keyframes {
                id += 1;
                let label = Label::new(id, &task.name, "", frame, class.clone(), shape);
                bundle.labels.push(Label { object, state, attributes, ..label });
            }
        }
        if tasks.len() > 1 {
            bundle.streams.push(Stream { clip: Name::from(task.name.as_str()), ..Stream::default() });
        }
        if let Some(stream) = bundle.streams.last_mut() {
            add_samples(stream, bundle.labels.get(first..).unwrap_or_default(), task.size);
        }
    }
    if tasks.len() > 1 {
        let names: Vec<&str> = tasks.iter().map(|task| task.name.as_str()).collect();
        warnings.push(format!("the tracks are of {} tasks: {}", tasks.len(), names.join(", ")));
        bundle.streams.retain(|stream| !stream.samples.is_empty());
    }
    warnings.extend(round::said(ellipses));
    Ok(Read { bundle, warnings })
}

fn add_samples(stream: &mut Stream, labels: &[Label], size: Option<(u32, u32)>) {
    for label in labels {
        if let Err(at) = stream.samples.binary_search_by_key(&label.frame, |sample| sample.frame) {
            let sample = SampleRef { frame: label.frame, time: None, file: String::new(), size };
            stream.samples.insert(at, sample);
        }
    }
}

fn words_of(root: &Element) -> Ontology {
    let mut ontology = Ontology::EMPTY;
    let Some(labels) = job(root).and_then(|job| job.child("labels")) else { return ontology };
    for label in labels.all("label") {
        let mut word = Word::from(label.text_of("name"));
        if !label.text_of("parent").is_empty() {
            // A point of a skeleton.
            let parent = ontology.classes.iter_mut().find(|word| word.name == label.text_of("parent"));
            if let Some(parent) = parent {
                parent.points.push(word.name);
            }
            continue;
        }
        for attribute in label.child("attributes").into_iter().flat_map(|list| list.all("attribute")) {
            let values: Vec<String> = attribute
                .text_of("values")
                .split('\n')
                .map(str::trim)
                .filter(|v| !v.is_empty())
                .map(str::to_owned)
                .collect();
            let kind = match attribute.text_of("input_type") {
                "checkbox" => AttributeKind::Flag(String::new()),
                "number" => AttributeKind::Number(String::new()),
                "select" | "radio" => AttributeKind::Choice(values),
                _ => AttributeKind::Text(String::new()),
            };
            word.attributes.push(AttributeSpec { name: attribute.text_of("name").to_owned(), kind });
        }
        ontology.classes.push(word);
    }
    ontology
}

/// The number that shapes or tracks of one object share.
fn group_of(element: &Element) -> Option<i64> {
    element.attribute_number("group_id").filter(|group| *group != 0)
}

/// One keyframe of a track.
type Keyframe = (usize, Shape, State, Attributes);

/// The class and the keyframes of each object: of a track, or of the tracks of one group, if they have keyframes on the
/// same frames.
fn objects_of(
    tracks: &[&Element],
    size: Option<(u32, u32)>,
    stop: Option<usize>,
) -> Vec<(Name, Vec<Keyframe>)> {
    let mut objects: Vec<(Option<i64>, Name, Vec<Vec<Keyframe>>)> = Vec::new();
    for track in tracks {
        let (class, group) = (Name::from(track.attribute("label").unwrap_or_default()), group_of(track));
        let keys = keyframes_of(track, size, stop);
        match objects.iter_mut().find(|known| group.is_some() && known.0 == group && known.1 == class) {
            Some((_, _, tracks)) => tracks.push(keys),
            None => objects.push((group, class, vec![keys])),
        }
    }
    let mut all = Vec::new();
    for (_, class, tracks) in objects {
        match one_of(&tracks) {
            Some(keys) => all.push((class, keys)),
            None => all.extend(tracks.into_iter().map(|keys| (class.clone(), keys))),
        }
    }
    all
}

/// The keyframes of one object of several shapes, a track for each; `None` if a track lacks a keyframe of another.
fn one_of(tracks: &[Vec<Keyframe>]) -> Option<Vec<Keyframe>> {
    let frames: BTreeSet<usize> = tracks.iter().flatten().map(|(frame, ..)| *frame).collect();
    for track in tracks {
        let (first, last) = (track.first()?.0, track.last()?.0);
        if !frames.range(first..=last).eq(track.iter().map(|(frame, ..)| frame)) {
            return None;
        }
    }
    let key = |frame: usize| {
        let here: Vec<&Keyframe> = tracks.iter().flatten().filter(|key| key.0 == frame).collect();
        let any = here.iter().any(|key| key.2.present());
        let parts = here.iter().filter(|key| key.2.present() || !any).map(|key| Part::from(key.1.clone()));
        let shape = Shape::of_parts(parts.collect())?;
        let (_, _, state, attributes) = here.iter().find(|key| key.2.present() || !any)?;
        Some((frame, shape, *state, attributes.clone()))
    };
    frames.into_iter().map(key).collect()
}

/// The keyframes of a track.
///
/// Frames between them are left to interpolation; a track that is still visible after its
/// last keyframe continues to the last frame in the file.
fn keyframes_of(track: &Element, size: Option<(u32, u32)>, stop: Option<usize>) -> Vec<Keyframe> {
    let mut all: Vec<(usize, bool, Shape, State, Attributes)> = track
        .children
        .iter()
        .filter_map(|element| {
            let frame = element.attribute_number("frame")?;
            let key = element.attribute("keyframe") != Some("0");
            let (mut state, attributes) = said(element);
            if element.attribute("outside") == Some("1") {
                state = State::Outside;
            }
            Some((frame, key, shape_of(element, size)?, state, attributes))
        })
        .collect();
    all.sort_by_key(|(frame, ..)| *frame);
    let last_key = all.iter().rposition(|(_, key, ..)| *key);
    let Some(last_key) = last_key else { return Vec::new() };
    let tail = all[last_key + 1..]
        .iter()
        .rposition(|(_, _, _, state, _)| state.present())
        .map(|at| last_key + 1 + at);
    if let Some(at) = tail.filter(|_| all[last_key].3.present()) {
        all[at].1 = true;
    } else if let Some(stop) =
        stop.filter(|stop| all[last_key].3.present() && all.len() == last_key + 1 && *stop > all[last_key].0)
    {
        // Only keyframes were written: CVAT shows the object up to the end of the job.
        let (_, _, shape, state, attributes) = all[last_key].clone();
        all.push((stop, true, shape, state, attributes));
    }
    let mut keys: Vec<_> = all
        .into_iter()
        .filter(|(_, key, ..)| *key)
        .map(|(frame, _, shape, state, said)| (frame, shape, state, said))
        .collect();
    // Outside on the very next sample means only that the track ends.
    while let [.., (before, _, _, _), (frame, _, State::Outside, _)] = keys.as_slice() {
        if frame - before > 1 && keys.len() > 1 && keys[keys.len() - 2].2.present() {
            break;
        }
        keys.pop();
    }
    keys
}

fn said(element: &Element) -> (State, Attributes) {
    let occluded = element.attribute("occluded") == Some("1");
    let attributes = element.all("attribute").map(|attribute| {
        (attribute.attribute("name").unwrap_or_default().to_owned(), Value::guessed(&attribute.text))
    });
    (if occluded { State::Occluded } else { State::Visible }, attributes.collect())
}

fn points_of(text: &str) -> Vec<[f32; 2]> {
    let pair = |pair: &str| {
        let (x, y) = pair.split_once(',')?;
        Some([x.trim().parse().ok()?, y.trim().parse().ok()?])
    };
    text.split(';').filter_map(pair).collect()
}

fn shape_of(element: &Element, size: Option<(u32, u32)>) -> Option<Shape> {
    let number = |name: &str| element.attribute_number::<f32>(name);
    let points = || points_of(element.attribute("points").unwrap_or_default());
    let shape = match element.name.as_str() {
        "box" => {
            let b = Box2 { x0: number("xtl")?, y0: number("ytl")?, x1: number("xbr")?, y1: number("ybr")? };
            match number("rotation").filter(|degrees| degrees.abs() > 1e-6) {
                Some(degrees) => {
                    let (x, y) = b.center();
                    let size = [b.width(), b.height()];
                    Shape::TurnedBox(TurnedBox { center: [x, y], size, angle: degrees.to_radians() })
                }
                None => Shape::Box(b),
            }
        }
        "ellipse" => {
            let angle = number("rotation").unwrap_or(0.0).to_radians();
            round::ellipse([number("cx")?, number("cy")?], [number("rx")?, number("ry")?], angle)
        }
        "polygon" => Shape::Polygon(points()),
        "polyline" => Shape::Polyline(points()),
        "points" => {
            Shape::Keypoints(points().iter().map(|[x, y]| Keypoint { x: *x, y: *y, seen: 2 }).collect())
        }
        "skeleton" => {
            let keypoint = |element: &Element| {
                let [x, y] = points_of(element.attribute("points").unwrap_or_default()).first().copied()?;
                let seen = match (element.attribute("outside"), element.attribute("occluded")) {
                    (Some("1"), _) => 0,
                    (_, Some("1")) => 1,
                    _ => 2,
                };
                Some(Keypoint { x, y, seen })
            };
            Shape::Keypoints(element.all("points").filter_map(keypoint).collect())
        }
        "mask" => Shape::Mask(Box::new(mask_of(element, size?)?)),
        "tag" => Shape::Whole,
        _ => return None,
    };
    shape.valid().then_some(shape)
}

/// CVAT's masks: runs along the rows of a part of the image.
fn mask_of(element: &Element, (width, height): (u32, u32)) -> Option<Mask> {
    let part = |name: &str| element.attribute_number::<u32>(name);
    let (left, top, w, h) = (part("left")?, part("top")?, part("width")?, part("height")?);
    let runs: Vec<u32> =
        element.attribute("rle")?.split(',').map(|run| run.trim().parse().ok()).collect::<Option<_>>()?;
    let mut inside = vec![false; (u64::from(w) * u64::from(h)) as usize];
    let mut from = 0;
    for (i, run) in runs.iter().enumerate() {
        let to = from + *run as usize;
        inside.get_mut(from..to)?.fill(i % 2 == 1);
        from = to;
    }
    let at = |x: u32, y: u32| {
        let (x, y) = (x.checked_sub(left).filter(|x| *x < w), y.checked_sub(top).filter(|y| *y < h));
        x.zip(y).is_some_and(|(x, y)| inside[(y * w + x) as usize])
    };
    Some(Mask { size: [width, height], runs: runs_by(width, height, at) })
}
