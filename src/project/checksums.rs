//! Checksums of the files of a recording: one that reads everything, and one that reads the ends.

use std::io;
use std::path::{Path, PathBuf};

use crate::base::files::{sha256_hex, sha256_of, visible_in};
use crate::base::remote::object::Object;
use crate::base::remote::{Address, is_remote};
use crate::project::ClipRef;
use crate::project::identity::Identity;

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

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
