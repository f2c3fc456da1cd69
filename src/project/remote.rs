//! Folders in object storage: projects and suites are copied into the cache, a folder of recordings is the list of its recordings, and
//! any other folder is copied as it is.

use std::path::{Path, PathBuf};

use crate::base::progress::Progress;
use crate::base::remote::object::Object;
use crate::base::remote::{Address, RemoteError, download};
use crate::project::manifest;

/// Endings of files that are recordings by themselves.
const RECORDINGS: &[&str] = &[
    "mcap", "bag", "db3", "mp4", "m4v", "mov", "avi", "mkv", "webm", "parquet", "feather", "asc", "blf",
    "trc",
];
/// Files that make a folder a suite.
const SUITES: &[&str] = &["suite.toml", "text.toml"];

/// Content of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A file.
    File,
    /// A project, a suite or a data set, copied to this folder.
    Folder(PathBuf),
    /// Recordings, by their addresses.
    Recordings(Vec<PathBuf>),
}

/// Looks what lies at an address; only folders are asked about. A file has an ending, and a folder has none or a slash.
pub fn found(address: &Address, progress: &Progress) -> Result<Found, RemoteError> {
    let named = address.name().contains('.') && !address.name().ends_with(".hardcase");
    if address.is_web() || (!address.is_prefix() && named) {
        return Ok(Found::File);
    }
    let entries = Object::open(address)?.list(false)?;
    if entries.is_empty() {
        return if address.is_prefix() {
            Err(RemoteError::Missing {
                code: "nothing lies below it".to_owned(),
                address: address.to_string(),
            })
        } else {
            Ok(Found::File)
        };
    }
    let names: Vec<String> = entries.iter().map(|entry| entry.address.name()).collect();
    let whole = names.iter().any(|name| name == manifest::FILE || SUITES.contains(&name.as_str()));
    let is_recording = |name: &str| {
        let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
        ending.is_some_and(|ending| RECORDINGS.contains(&ending.as_str()))
    };
    let recordings: Vec<PathBuf> = entries
        .iter()
        .filter(|entry| !entry.address.is_prefix() && is_recording(&entry.address.name()))
        .map(|entry| entry.address.path())
        .collect();
    if whole || recordings.is_empty() {
        return Ok(Found::Folder(download::tree(address, progress)?));
    }
    Ok(Found::Recordings(recordings))
}

/// Places on the command line with folders in object storage replaced by what lies in them.
pub fn expanded(places: &[PathBuf], progress: &Progress) -> Result<Vec<PathBuf>, RemoteError> {
    let mut all = Vec::new();
    for place in places {
        match Address::of(place).map(|address| found(&address, progress)).transpose()? {
            None | Some(Found::File) => all.push(place.clone()),
            Some(Found::Folder(folder)) => all.push(folder),
            Some(Found::Recordings(recordings)) => all.extend(recordings),
        }
    }
    Ok(all)
}

/// One place, which may be a folder of a suite or a project in object storage.
pub fn local_folder(place: &Path, progress: &Progress) -> Result<PathBuf, RemoteError> {
    match Address::of(place).map(|address| found(&address, progress)).transpose()? {
        Some(Found::Folder(folder)) => Ok(folder),
        _ => Ok(place.to_owned()),
    }
}
