//! Label files of a data set and their images, in the folders that people and tools make: `labels/train` beside
//! `images/train` (Ultralytics), `train/labels` beside `train/images` (Roboflow), `obj_train_data` (Darknet, CVAT), or all
//! in one folder (`LabelImg`).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::base::inputs::{self, InputKind};
use crate::exchange::files::{Images, TextError, below, is_image, text_in};
use crate::exchange::files_in;
use crate::exchange::yolo::settings::{Settings, has_ending};

/// A data set as it lies on disk.
pub(super) struct Layout {
    /// Label files, sorted.
    pub(super) files: Vec<LabelFile>,
    pub(super) settings: Settings,
}

/// The label file of one image.
pub(super) struct LabelFile {
    pub(super) path: PathBuf,
    /// The image, if there is one.
    pub(super) image: Option<PathBuf>,
    /// Its name within the data set, without the folder `images`; without an ending if there is no image.
    pub(super) name: String,
}

/// Folders of labels, and those of their images.
const LABELS: &[&str] = &["labels", "labeltxt", "annotations", "label"];
const IMAGES: &[&str] = &["images", "Images", "IMAGES", "JPEGImages", "image", "img", "imgs"];

/// The data set in a folder, or of a `data.yaml`; `None` if that is none.
pub(super) fn found(path: &Path) -> Option<Layout> {
    let given = (path.is_file() && has_ending(path, &["yaml", "yml", "data"])).then_some(path);
    let root = match given {
        Some(file) => {
            file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
        }
        None if path.is_dir() => path,
        None => return None,
    };
    let mut settings = Settings::of(root, given.filter(|file| !has_ending(file, &["data"])));
    let mut base = root.to_owned();
    let mut paths = label_files(root);
    if paths.is_empty() && settings.yaml.is_some() {
        (base, paths) = elsewhere(root, &settings);
    }
    if !settings.found {
        settings = settings_above(root).unwrap_or(settings);
    }
    let known = settings.found || settings.yaml.is_some() || paths.iter().any(|path| rank(root, path) < 4);
    if !known {
        let mut images = Images::default();
        paths.retain(|path| beside(&mut images, path).is_some() && looks_yolo(path));
    }
    if paths.is_empty() {
        return None;
    }
    let base = around_labels(&base).unwrap_or(base);
    Some(Layout { files: with_images(&base, paths), settings })
}

/// The folder around a folder of labels, or around a split inside of it: images are beside it.
fn around_labels(root: &Path) -> Option<PathBuf> {
    let around = if is_labels(root) {
        root.parent()
    } else {
        root.parent().filter(|above| is_labels(above))?.parent()
    };
    around.map(Path::to_owned)
}

fn is_labels(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default();
    LABELS.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// The settings of the data set around a folder that is one split of it, or its labels alone.
fn settings_above(root: &Path) -> Option<Settings> {
    let root = std::path::absolute(root).ok()?;
    let labels = is_labels(&root) || root.parent().is_some_and(is_labels);
    if !labels && !LABELS.iter().any(|known| root.join(known).is_dir()) {
        return None;
    }
    let mut above = root.ancestors().skip(1).take(2).map(|folder| Settings::of(folder, None));
    let mut settings = above.find(|above| above.found && (labels || above.yaml.is_some()))?;
    let file = settings.source.as_deref().unwrap_or(&root);
    let said = format!("the names of the classes were taken from {}", file.display());
    settings.warnings.push(said);
    Some(settings)
}

/// Likeliness that a text file holds labels, by the folders it is in; 0 is the likeliest.
fn rank(root: &Path, path: &Path) -> usize {
    let inside = path.strip_prefix(root).unwrap_or(path).parent().unwrap_or_else(|| Path::new(""));
    let folders = inside.components().map(|part| part.as_os_str().to_string_lossy().to_lowercase());
    folders
        .filter_map(|folder| match folder.as_str() {
            "labels" => Some(0),
            "labeltxt" | "label" => Some(2),
            "annotations" => Some(3),
            folder if folder.starts_with("obj_") && folder.ends_with("_data") => Some(1),
            _ => None,
        })
        .min()
        .unwrap_or(4)
}

/// The text files of the likeliest folders, without lists of classes and of images.
fn label_files(root: &Path) -> Vec<PathBuf> {
    let mut files = files_in(root, "txt").unwrap_or_default();
    files.retain(|file| !is_list(file));
    let ranked: Vec<usize> = files.iter().map(|file| rank(root, file)).collect();
    let best = ranked.iter().min().copied().unwrap_or(4);
    files.into_iter().zip(ranked).filter(|(_, rank)| *rank == best).map(|(file, _)| file).collect()
}

/// A list of classes or of images, or a text for people.
fn is_list(file: &Path) -> bool {
    let name = file.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let stem = name.strip_suffix(".txt").unwrap_or(&name);
    match stem {
        "classes" | "predefined_classes" | "requirements" | "license" | "notes" => true,
        "train" | "val" | "valid" | "validation" | "test" | "trainval" => {
            first_line(file).is_none_or(|line| is_image(Path::new(line.trim())))
        }
        _ => stem.starts_with("readme"),
    }
}

fn first_line(file: &Path) -> Option<String> {
    let text = text_in(&inputs::read(file, InputKind::Labels).ok()?).ok()?.text;
    text.lines().find(|line| !line.trim().is_empty()).map(str::to_owned)
}

/// True if the first line could be one of labels, or the file is empty.
fn looks_yolo(file: &Path) -> bool {
    first_line(file).is_none_or(|line| {
        let numbers: Option<Vec<f32>> = line.split_whitespace().map(|word| word.parse().ok()).collect();
        numbers.is_some_and(|numbers| {
            let class = numbers.first().copied().unwrap_or(-1.0);
            numbers.len() >= 5
                && class >= 0.0
                && class.fract() == 0.0
                && numbers.iter().skip(1).all(|n| (-1.0..=2.0).contains(n))
        })
    })
}

/// The label files of folders and lists that a `data.yaml` names, and the folder that holds them.
fn elsewhere(root: &Path, settings: &Settings) -> (PathBuf, Vec<PathBuf>) {
    let base = settings.path.as_ref().map_or_else(|| root.to_owned(), |path| root.join(path));
    if base != root && base.is_dir() {
        let files = label_files(&base);
        if !files.is_empty() {
            return (base, files);
        }
    }
    let mut files = BTreeSet::new();
    for split in &settings.splits {
        let plain = split.trim_start_matches("../").trim_start_matches("./");
        let places = [base.join(split), root.join(split), root.join(plain)];
        let Some(place) = places.into_iter().find(|place| place.exists()) else { continue };
        if place.is_dir() {
            files.extend(
                files_in(&twin(&place), "txt").unwrap_or_default().into_iter().filter(|file| !is_list(file)),
            );
        } else if let Ok(text) =
            inputs::read(&place, InputKind::Labels).map_err(TextError::from).and_then(|bytes| text_in(&bytes))
        {
            let folder = place.parent().unwrap_or(root);
            for line in text.text.lines().map(str::trim).filter(|line| !line.is_empty()) {
                let image = [base.join(line), folder.join(line)].into_iter().find(|image| image.is_file());
                files.extend(
                    image.map(|image| twin(&image).with_extension("txt")).filter(|label| label.is_file()),
                );
            }
        }
    }
    (base, files.into_iter().collect())
}

/// The place of labels for a place of images: the last folder `images` becomes `labels`.
fn twin(place: &Path) -> PathBuf {
    let parts: Vec<_> = place.components().collect();
    let last = parts.iter().rposition(|part| part.as_os_str().eq_ignore_ascii_case("images"));
    let named = parts
        .iter()
        .enumerate()
        .map(|(i, part)| if Some(i) == last { "labels".as_ref() } else { part.as_os_str() });
    named.collect()
}

/// Places of the image of a label file: the last folder of labels becomes one of images.
fn places(path: &Path) -> Vec<PathBuf> {
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    let parts: Vec<_> = folder.components().collect();
    let mut places = Vec::new();
    if let Some(last) = parts.iter().rposition(|part| is_labels(Path::new(part))) {
        for images in IMAGES {
            let named = parts
                .iter()
                .enumerate()
                .map(|(i, part)| if i == last { images.as_ref() } else { part.as_os_str() });
            places.push(named.collect());
        }
        // Images beside the folder of labels.
        places.push(parts.iter().take(last).chain(parts.iter().skip(last + 1)).collect());
    }
    places.push(folder.to_owned());
    places.push(folder.join("images"));
    places
}

fn beside(images: &mut Images, path: &Path) -> Option<PathBuf> {
    let stem = path.file_stem()?.to_string_lossy().into_owned();
    images.find_in(&places(path), &stem)
}

fn with_images(root: &Path, paths: Vec<PathBuf>) -> Vec<LabelFile> {
    let mut images = Images::default();
    let mut taken = BTreeSet::new();
    let mut files = Vec::new();
    for path in paths {
        let image = beside(&mut images, &path);
        // A label file of Darknet's list of images may lie one folder deeper than they say.
        let shown = image.as_deref().map_or_else(|| path.with_extension(""), Path::to_owned);
        let whole = below(root, &shown);
        let mut parts: Vec<&str> = whole.split('/').collect();
        let holder = |part: &&str| {
            IMAGES.contains(part) || LABELS.iter().any(|known| part.eq_ignore_ascii_case(known))
        };
        let last = parts.iter().take(parts.len() - 1).rposition(holder);
        if let Some(last) = last {
            parts.remove(last);
        }
        let short = parts.join("/");
        let name = if taken.insert(short.clone()) { short } else { whole };
        files.push(LabelFile { path, image, name });
    }
    files
}
