//! Checksums: of the files of a recording, one that reads everything and one that reads the ends; of labels and tags.

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::base::files::{sha256_hex, sha256_of, visible_in};
use crate::base::remote::object::Object;
use crate::base::remote::{Address, is_remote};
use crate::project::identity::Identity;
use crate::project::{ClipRef, Project};

/// The files of a recording in the order of its parts; of a folder all that are not hidden, sorted.
pub fn files_of(clip: &ClipRef) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in std::iter::once(&clip.path).chain(clip.with.iter().map(|part| &part.path)) {
        add(&existing(path), &mut files)?;
    }
    Ok(files)
}

/// The path without the part that `FOLDER#PART` names.
fn existing(path: &Path) -> PathBuf {
    let text = path.to_string_lossy();
    match text.rsplit_once('#') {
        Some((folder, _)) if !is_remote(path) && !path.exists() => PathBuf::from(folder),
        _ => path.to_owned(),
    }
}

fn add(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for inner in visible_in(path)? {
        add(&inner, files)?;
    }
    Ok(())
}

/// Size, and what tells a version of a remote file from others: its tag, or the time of its last change. One request.
pub fn version(address: &Address) -> io::Result<(u64, String)> {
    let read = || Object::open(address)?.beginning(1);
    let identity = read().map_err(io::Error::other)?.identity;
    let tag = identity.etag.unwrap_or_else(|| identity.modified.to_string());
    Ok((identity.size, format!("{} {tag}", identity.size)))
}

/// Size and checksum of everything: of one file its own SHA-256, else that of the list of all names with theirs.
///
/// In place of the content of a remote file its size and version count, which its server vouches for.
pub fn whole(clip: &ClipRef) -> io::Result<(u64, String)> {
    let files = files_of(clip)?;
    let mut bytes = 0;
    let mut list = String::new();
    let mut last = String::new();
    for file in &files {
        if let Some(address) = Address::of(file) {
            let (size, version) = version(&address)?;
            bytes += size;
            last = sha256_hex(version.as_bytes());
        } else {
            bytes += std::fs::metadata(file)?.len();
            last = sha256_of(file)?;
        }
        list.extend([last.as_str(), " ", &name(file), "\n"]);
    }
    Ok((bytes, if files.len() == 1 { last } else { sha256_hex(list.as_bytes()) }))
}

/// SHA-256 of the list of all names with their sizes and the checksums of their ends, see [`Identity`]; of each file at most
/// 128 KiB are read.
pub fn ends(clip: &ClipRef) -> io::Result<String> {
    let mut list = String::new();
    for file in files_of(clip)? {
        if let Some(address) = Address::of(&file) {
            list.extend([version(&address)?.1.as_str(), " ", &name(&file), "\n"]);
            continue;
        }
        let about = std::fs::metadata(&file)?;
        let ends = Identity::of(&file).map(|identity| identity.ends).unwrap_or_default();
        list.extend([
            about.len().to_string(),
            " ".to_owned(),
            ends,
            " ".to_owned(),
            name(&file),
            "\n".to_owned(),
        ]);
    }
    Ok(sha256_hex(list.as_bytes()))
}

/// Work of people on a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Labels and tags.
    LabelsAndTags,
    /// Tags alone.
    Tags,
}

/// SHA-256 of what people put into a project about some of its recordings, which neither its history nor the order of the work
/// changes.
pub fn labeled(project: &Project, clips: &[String], work: Work) -> String {
    let wanted = |clip: &str| clips.iter().any(|name| name == clip);
    let tags = project.tags.iter().filter(|tag| wanted(&tag.clip)).map(without_id);
    let labels = project.labels.iter().filter(|label| work == Work::LabelsAndTags && wanted(&label.clip));
    let mut lines: Vec<String> = tags.chain(labels.map(without_id)).collect();
    lines.sort_unstable();
    sha256_hex(lines.join("\n").as_bytes())
}

/// The value as JSON without its number, which depends on what was drawn and removed before.
fn without_id(value: &impl Serialize) -> String {
    // Tags and labels are plain values; they always serialize.
    let mut value = serde_json::to_value(value).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.remove("id");
    }
    value.to_string()
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Time;
    use crate::data::geometry::box2::Box2;
    use crate::data::geometry::shape::Shape;
    use crate::data::labels::label::{Attributes, Label};
    use crate::data::labels::tag::Tag;

    #[test]
    fn a_moved_box_is_seen_and_a_new_number_of_a_tag_is_not() {
        let tag = |id, clip: &str, kind: &str| Tag {
            id,
            clip: clip.to_owned(),
            kind: kind.to_owned(),
            start: Time(5),
            end: None,
            note: String::new(),
            attributes: Attributes::new(),
        };
        let label =
            |x0| Label::new(7, "a", "/camera", 0, "car", Shape::Box(Box2 { x0, y0: 0.0, x1: 9.0, y1: 9.0 }));
        let with = |tags: Vec<Tag>, x0| {
            let mut project = Project { tags, ..Project::default() };
            project.labels.insert(label(x0)).unwrap();
            project
        };
        let sum = |project: &Project, work| labeled(project, &["a".to_owned()], work);
        let first = with(vec![tag(1, "a", "night"), tag(2, "a", "rain"), tag(3, "b", "fog")], 1.0);
        // Other numbers, another order, and another recording.
        let same = with(vec![tag(9, "a", "rain"), tag(8, "a", "night")], 1.0);
        assert_eq!(sum(&first, Work::LabelsAndTags), sum(&same, Work::LabelsAndTags));
        let moved = with(first.tags.clone(), 2.0);
        assert_ne!(sum(&first, Work::LabelsAndTags), sum(&moved, Work::LabelsAndTags));
        assert_eq!(sum(&first, Work::Tags), sum(&moved, Work::Tags));
        let dry = with(vec![tag(1, "a", "night")], 1.0);
        assert_ne!(sum(&first, Work::Tags), sum(&dry, Work::Tags));
    }
}
