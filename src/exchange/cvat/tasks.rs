//! Tasks of a project: images and tracks of several of them may have the same numbers and names.

use std::collections::{BTreeMap, BTreeSet};

use crate::exchange::xml::Element;

/// Numbers of the images: their ids, unless images of several tasks share them.
pub(super) fn frames_of(images: &[&Element]) -> Vec<usize> {
    let ids: Vec<usize> =
        images.iter().enumerate().map(|(i, image)| image.attribute_number("id").unwrap_or(i)).collect();
    let distinct: BTreeSet<usize> = ids.iter().copied().collect();
    if distinct.len() == ids.len() { ids } else { (0..images.len()).collect() }
}

/// Names of the images; those that several tasks share get the subset, or the task, as a folder.
pub(super) fn names_of(images: &[&Element]) -> Vec<String> {
    let text = |image: &Element, key: &str| image.attribute(key).unwrap_or_default().to_owned();
    let plain: Vec<String> = images.iter().map(|image| text(image, "name")).collect();
    let shared = |names: &[String]| {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for name in names.iter().filter(|name| !name.is_empty()) {
            *counts.entry(name.clone()).or_default() += 1;
        }
        counts.retain(|_, count| *count > 1);
        counts
    };
    let mut names = plain;
    for key in ["subset", "task_id"] {
        let twice = shared(&names);
        for (name, image) in names.iter_mut().zip(images) {
            let folder = text(image, key);
            if twice.contains_key(name) && !folder.is_empty() {
                *name = format!("{folder}/{name}");
            }
        }
    }
    names
}

/// A task with tracks.
pub(super) struct Task<'a> {
    /// Its id, if the file has several with tracks.
    pub(super) id: Option<&'a str>,
    /// Its name, "" if it is the only one.
    pub(super) name: String,
    pub(super) size: Option<(u32, u32)>,
    /// Its last frame.
    pub(super) stop: Option<usize>,
}

/// The tasks of the tracks. Frames of each are counted from its own beginning.
pub(super) fn tasks_of<'a>(root: &Element, tracks: &[&'a Element]) -> Vec<Task<'a>> {
    let ids: BTreeSet<Option<&str>> = tracks.iter().map(|track| track.attribute("task_id")).collect();
    let listed = |id: &str| {
        let tasks = root.child("meta")?.child("project")?.child("tasks")?;
        tasks.all("task").find(|task| task.text_of("id").trim() == id)
    };
    let size = |task: Option<&Element>| {
        let size = task?.child("original_size")?;
        size.number("width").zip(size.number("height"))
    };
    if ids.len() < 2 || ids.contains(&None) {
        let only = ids.into_iter().flatten().next().and_then(listed);
        return vec![Task {
            id: None,
            name: String::new(),
            size: size(only).or_else(|| video_size(root)),
            stop: only.and_then(|task| task.number("stop_frame")).or_else(|| stop_frame(root)),
        }];
    }
    let mut tasks: Vec<Task<'a>> = Vec::new();
    for id in ids.into_iter().flatten() {
        let own = listed(id);
        let name = own.map(|task| task.text_of("name").trim()).unwrap_or_default();
        let taken = name.is_empty() || tasks.iter().any(|task| task.name == name);
        tasks.push(Task {
            id: Some(id),
            name: if taken { format!("task {id}") } else { name.to_owned() },
            size: size(own).or_else(|| video_size(root)),
            stop: own.and_then(|task| task.number("stop_frame")),
        });
    }
    tasks
}

fn video_size(root: &Element) -> Option<(u32, u32)> {
    let size = job(root)?.child("original_size").or_else(|| root.child("meta")?.child("original_size"))?;
    size.number("width").zip(size.number("height"))
}

/// The task, project or job of the file.
pub(super) fn job(root: &Element) -> Option<&Element> {
    let meta = root.child("meta")?;
    ["task", "job", "project"].iter().find_map(|name| meta.child(name))
}

fn stop_frame(root: &Element) -> Option<usize> {
    job(root)?.number("stop_frame")
}
