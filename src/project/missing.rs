//! Recordings and models whose files were moved, renamed or removed, and the search for them.

use std::path::{Path, PathBuf};

use crate::base::files::visible_in;
use crate::base::progress::{Cancelled, Progress};
use crate::base::remote::is_remote;
use crate::project::edit::Edit;
use crate::project::identity::Identity;
use crate::project::{FileRef, Project};

/// Levels of folders that are searched.
const DEPTH: usize = 12;
/// Files and folders that are looked at.
const ENTRIES: usize = 300_000;

/// Error of opening a recording of a project whose file is gone.
#[derive(Debug, thiserror::Error)]
#[error(
    "the file of recording {name:?} is missing, it was moved, renamed or removed; open its project in the window and choose \"Locate…\": {}",
    path.display()
)]
pub struct MissingError {
    /// Name of the recording.
    pub name: String,
    /// Path of the file.
    pub path: PathBuf,
}

/// The kinds of files to which a project refers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A recording, or one of its files.
    Recording,
    /// A model.
    Model,
}

/// A reference that leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingFile {
    /// The kind of file.
    pub role: Role,
    /// Name of the recording or the model within the project.
    pub name: String,
    /// Absolute path at which the file was.
    pub path: PathBuf,
    /// Identity of the file, where the project knows it.
    pub file: Option<Identity>,
}

/// A file in place of a missing one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Absolute path at which the file was.
    pub from: PathBuf,
    /// Absolute path at which it is now.
    pub to: PathBuf,
    /// True unless the project knows the file and this is another one.
    pub same: bool,
}

/// True if a recording or a model lies at a path; a part of a folder is named `FOLDER#PART`. Servers are not asked here.
pub fn is_there(path: &Path) -> bool {
    is_remote(path) || path.exists() || without_part(path).0.exists()
}

/// References of a project that lead nowhere, each path once: recordings in their order, then models.
pub fn missing(project: &Project) -> Vec<MissingFile> {
    let mut found: Vec<MissingFile> = Vec::new();
    let mut add = |role, name: &str, path: &Path, file: Option<&Identity>| {
        let path = project.resolve(path);
        if !is_there(&path) && !found.iter().any(|known| known.path == path) {
            found.push(MissingFile { role, name: name.to_owned(), path, file: file.cloned() });
        }
    };
    for clip in &project.clips {
        add(Role::Recording, &clip.name, &clip.path, clip.file.as_ref());
        for part in &clip.with {
            add(Role::Recording, &clip.name, &part.path, part.file.as_ref());
        }
    }
    for FileRef { name, path, file } in &project.models {
        add(Role::Model, name, path, file.as_ref());
    }
    found
}

/// A missing file that somebody showed, and other missing ones that moved along with it.
pub fn moved_with(missing: &[MissingFile], from: &Path, to: &Path) -> Vec<Moved> {
    let Some(shown) = missing.iter().find(|one| one.path == from) else { return Vec::new() };
    let mut moved = vec![Moved { from: from.to_owned(), to: to.to_owned(), same: is_same(shown, to) }];
    for other in missing.iter().filter(|one| one.path != from) {
        let beside = folders_apart(from, to).into_iter().find_map(|(old, new)| {
            let place = new.join(other.path.strip_prefix(old).ok()?);
            (is_there(&place) && is_same(other, &place)).then_some(place)
        });
        moved.extend(beside.map(|to| Moved { from: other.path.clone(), to, same: true }));
    }
    moved
}

/// Searches a folder and those below it for missing files: by size and checksum where the project knows them, else by name.
pub fn search(missing: &[MissingFile], folder: &Path, progress: &Progress) -> Result<Vec<Moved>, Cancelled> {
    let mut entries = Vec::new();
    walk(folder, 0, &mut entries, progress)?;
    let mut moved = Vec::new();
    for one in missing {
        progress.check()?;
        let (wanted, part) = without_part(&one.path);
        let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().to_lowercase());
        let mut named: Vec<&PathBuf> = entries.iter().filter(|path| name(path) == name(&wanted)).collect();
        // The one that lies as the missing one did comes first; entries are sorted, so that a draw is always decided alike.
        named.sort_by_key(|path| std::cmp::Reverse(shared_end(path, &wanted)));
        let by_content = one
            .file
            .as_ref()
            .and_then(|file| named.iter().copied().chain(&entries).find(|path| file.is_of(path)));
        let Some(path) = by_content.or_else(|| named.first().copied()) else { continue };
        let mut to = path.clone();
        if let Some(part) = part {
            to.as_mut_os_string().push(format!("#{part}"));
        }
        let same = one.file.is_none() || by_content.is_some();
        moved.push(Moved { from: one.path.clone(), to, same });
    }
    Ok(moved)
}

/// The edit that makes every reference to the old paths one to the new paths; none if nothing refers to them.
pub fn mended(project: &Project, moved: &[Moved]) -> Option<Edit> {
    let mend = |path: &mut PathBuf, file: &mut Option<Identity>| {
        let old = project.resolve(path);
        if let Some(found) = moved.iter().find(|one| one.from == old) {
            *path = project.reference_to(&found.to);
            *file = Identity::of(&found.to);
        }
    };
    let (mut clips, mut models) = (project.clips.clone(), project.models.clone());
    for clip in &mut clips {
        mend(&mut clip.path, &mut clip.file);
        for part in &mut clip.with {
            mend(&mut part.path, &mut part.file);
        }
    }
    for model in &mut models {
        mend(&mut model.path, &mut model.file);
    }
    let mut edits = Vec::new();
    if clips != project.clips {
        edits.push(Edit::SetClips(clips));
    }
    if models != project.models {
        edits.push(Edit::SetModels(models));
    }
    (!edits.is_empty()).then_some(Edit::Group(edits))
}

fn is_same(missing: &MissingFile, path: &Path) -> bool {
    missing.file.as_ref().is_none_or(|file| file.is_of(path))
}

/// A path without the name of a part behind `#`, and that name.
fn without_part(path: &Path) -> (PathBuf, Option<String>) {
    let text = path.to_string_lossy();
    match text.rsplit_once('#') {
        Some((folder, part)) if !part.contains(['/', '\\']) => (PathBuf::from(folder), Some(part.to_owned())),
        _ => (path.to_owned(), None),
    }
}

/// Folders of two paths, from the innermost outwards as long as the names below them are the same.
fn folders_apart<'a>(from: &'a Path, to: &'a Path) -> Vec<(&'a Path, &'a Path)> {
    let mut pairs = Vec::new();
    let mut pair = from.parent().zip(to.parent());
    while let Some((old, new)) = pair {
        pairs.push((old, new));
        pair = old.parent().zip(new.parent()).filter(|_| old.file_name() == new.file_name());
    }
    pairs
}

/// Number of names at the end that two paths share.
fn shared_end(a: &Path, b: &Path) -> usize {
    a.components().rev().zip(b.components().rev()).take_while(|(a, b)| a == b).count()
}

/// Collects a folder and everything below it that is not hidden. Links to folders are not followed.
fn walk(
    folder: &Path,
    depth: usize,
    entries: &mut Vec<PathBuf>,
    progress: &Progress,
) -> Result<(), Cancelled> {
    progress.check()?;
    if entries.len() >= ENTRIES || depth > DEPTH {
        return Ok(());
    }
    entries.push(folder.to_owned());
    // A folder that cannot be read has nothing that could be opened.
    for path in visible_in(folder).unwrap_or_default() {
        let is_link = std::fs::symlink_metadata(&path).is_ok_and(|about| about.is_symlink());
        if path.is_dir() && !is_link {
            walk(&path, depth + 1, entries, progress)?;
        } else {
            entries.push(path);
        }
    }
    Ok(())
}
