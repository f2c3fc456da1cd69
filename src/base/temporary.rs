//! Temporary files of the program, and those that a killed process left behind.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::{NamedTempFile, TempDir};

/// Beginning of the names of temporary files; the number of their process follows.
const RUN: &str = "hardcase-run-";
/// Beginning of the names of demo folders, which stay for people to look at.
const DEMO: &str = "hardcase-demo-";
/// Age from which a file without the number of a living process is left behind.
const OLD: Duration = Duration::from_hours(24);

/// A temporary file with an ending, removed when it is dropped.
pub fn file(ending: &str) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().prefix(&name()).suffix(ending).tempfile()
}

/// A temporary folder, removed when it is dropped.
pub fn folder() -> io::Result<TempDir> {
    tempfile::Builder::new().prefix(&name()).tempdir()
}

/// A temporary folder that stays until somebody removes it.
pub fn demo_folder() -> io::Result<PathBuf> {
    Ok(tempfile::Builder::new().prefix(DEMO).tempdir()?.keep())
}

/// With the number of this process, so that a later one knows that it is gone.
fn name() -> String {
    format!("{RUN}{}-", std::process::id())
}

/// Something that the program left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    /// Path of the file or folder.
    pub path: PathBuf,
    /// Size in bytes of all files in it.
    pub bytes: u64,
    folder: bool,
}

impl Leftover {
    /// Removes it; links in it are removed and not followed.
    pub fn remove(&self) -> io::Result<()> {
        if self.folder { fs::remove_dir_all(&self.path) } else { fs::remove_file(&self.path) }
    }
}

/// Everything of the program's own in a folder of temporary files that no running process needs, sorted by path: demo
/// folders, and files of processes that are gone. Files of other users are not among it.
pub fn leftovers(place: &Path) -> io::Result<Vec<Leftover>> {
    let own = owner(&file("")?.as_file().metadata()?);
    let mut found = Vec::new();
    for entry in fs::read_dir(place)?.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        // Of a link its own facts, not those of what it leads to.
        let Ok(about) = fs::symlink_metadata(&path) else { continue };
        let plain = about.is_file() || about.is_dir();
        if plain && owner(&about) == own && is_left(&name.to_string_lossy(), &about) {
            found.push(Leftover { bytes: size(&path, &about), path, folder: about.is_dir() });
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn is_left(name: &str, about: &Metadata) -> bool {
    let old = || about.modified().ok().and_then(|time| time.elapsed().ok()).is_some_and(|age| age > OLD);
    if let Some(rest) = name.strip_prefix(RUN) {
        let process = rest.split('-').next().and_then(|number| number.parse::<u32>().ok());
        return process.is_some_and(|process| is_running(process).map_or_else(old, |running| !running));
    }
    // Copies of models of earlier versions have no number.
    let copy = name.strip_prefix("hardcase-").and_then(|rest| rest.strip_suffix(".onnx"));
    let copy =
        copy.is_some_and(|middle| !middle.is_empty() && middle.bytes().all(|b| b.is_ascii_alphanumeric()));
    (name.starts_with(DEMO) && about.is_dir()) || (copy && about.is_file() && old())
}

/// True if a process runs; `None` where the system does not say.
fn is_running(process: u32) -> Option<bool> {
    let all = Path::new("/proc");
    all.join("self").exists().then(|| all.join(process.to_string()).exists())
}

fn size(path: &Path, about: &Metadata) -> u64 {
    if !about.is_dir() {
        return about.len();
    }
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries
        .map(|entry| fs::symlink_metadata(entry.path()).map_or(0, |about| size(&entry.path(), &about)))
        .sum()
}

#[cfg(unix)]
fn owner(about: &Metadata) -> u32 {
    use std::os::unix::fs::MetadataExt as _;
    about.uid()
}

/// Folders of temporary files belong to one user there.
#[cfg(not(unix))]
fn owner(_about: &Metadata) -> u32 {
    0
}
