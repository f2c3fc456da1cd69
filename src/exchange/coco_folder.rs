//! COCO as a folder: one JSON file for each split, in `annotations` or beside the images of the split.

use std::path::{Path, PathBuf};

use crate::base::files::visible_in;
use crate::exchange::files::below;
use crate::exchange::merged::merged;
use crate::exchange::{ExchangeError, Hints, Read, has_extension, head, malformed};

/// Kinds of annotations by the beginning of the file's name, those that say most first. Files with a name of their own
/// come behind them.
const KINDS: &[&str] = &["instances", "person_keypoints", "panoptic", "stuff", "labels"];

/// Files without objects.
const OTHERS: &[&str] = &["captions", "image_info"];

/// More JSON files than a data set of COCO has in a folder.
const MANY: usize = 50;

/// The files of a data set, and those beside them that are not read.
#[derive(Default)]
pub(super) struct Files {
    pub(super) read: Vec<PathBuf>,
    passed: Vec<PathBuf>,
}

/// The files of a folder that `accepts` takes for COCO.
pub(super) fn files(path: &Path, accepts: fn(&Path) -> bool) -> Files {
    let inside = visible_in(path).unwrap_or_default();
    let folders = inside.iter().filter(|folder| folder.is_dir());
    let mut all = Vec::new();
    for folder in std::iter::once(path).chain(folders.map(PathBuf::as_path)) {
        let mut own = visible_in(folder).unwrap_or_default();
        own.retain(|file| has_extension(file, "json"));
        if own.len() <= MANY {
            // A list of results names no images.
            all.extend(
                own.into_iter().filter(|file| accepts(file) && !head(file).trim_start().starts_with('[')),
            );
        }
    }
    let kind = |file: &PathBuf| {
        let name = file.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        let starts = |kind: &&str| name.starts_with(&format!("{kind}_"));
        if OTHERS.iter().any(starts) {
            return KINDS.len() + 1;
        }
        KINDS.iter().position(starts).unwrap_or(KINDS.len())
    };
    let best = all.iter().map(kind).filter(|kind| *kind <= KINDS.len()).min();
    let (read, passed) = all.into_iter().partition(|file| Some(kind(file)) == best);
    Files { read, passed }
}

/// Reads each file with `read_one` and puts them together.
pub(super) fn read(
    path: &Path,
    files: &Files,
    hints: &Hints,
    read_one: fn(&Path, &Hints) -> Result<Read, ExchangeError>,
) -> Result<Read, ExchangeError> {
    let mut parts = Vec::new();
    for file in &files.read {
        parts.push((split_of(path, file), read_one(file, hints)?));
    }
    let mut read = match parts.len() {
        0 => {
            return Err(malformed(
                path,
                "no file of COCO found, expected annotations/instances_*.json or */*.json",
            ));
        }
        1 => parts.swap_remove(0).1,
        _ => merged(parts),
    };
    if !files.passed.is_empty() {
        let names: Vec<String> = files.passed.iter().map(|file| below(path, file)).collect();
        read.warnings
            .push(format!("these files beside the ones that were read were not: {}", names.join(", ")));
    }
    Ok(read)
}

/// The name of the part of a data set: its folder, or the end of the file's name.
fn split_of(root: &Path, file: &Path) -> String {
    let folder = file.parent().map(|folder| below(root, folder)).unwrap_or_default();
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    if !folder.is_empty() && folder != "annotations" {
        return folder;
    }
    let kind = KINDS.iter().find_map(|kind| stem.strip_prefix(kind)?.strip_prefix('_'));
    kind.map_or_else(|| stem.clone(), str::to_owned)
}
