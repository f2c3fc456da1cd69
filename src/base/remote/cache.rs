//! The folder in which parts of remote files are kept. The oldest files go first once it holds more than its limit.

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use crate::base::files::sha256_hex;
use crate::base::remote::{Address, Identity, RemoteError};

/// Bytes that are kept unless `HARDCASE_CACHE_GB` says otherwise.
pub const LIMIT: u64 = 10_000_000_000;
/// Longest name of a file in the cache, in bytes.
const LONGEST_NAME: usize = 120;

/// Folders of files that this process has open.
static IN_USE: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// The folder of the cache: `HARDCASE_CACHE`, a folder in `HARDCASE_HOME`, or that of the system.
pub fn folder() -> Result<PathBuf, RemoteError> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable("HARDCASE_CACHE")
        .or_else(|| variable("HARDCASE_HOME").map(|home| home.join("cache")))
        .or_else(|| dirs::cache_dir().map(|folder| folder.join("hardcase")))
        .ok_or(RemoteError::NoCache)
}

/// Bytes that are kept: `HARDCASE_CACHE_GB`, or [`LIMIT`].
pub fn limit() -> u64 {
    let given = std::env::var("HARDCASE_CACHE_GB").ok().and_then(|text| text.trim().parse::<f64>().ok());
    given.filter(|gigabytes| *gigabytes >= 0.0).map_or(LIMIT, |gigabytes| (gigabytes * 1e9) as u64)
}

/// The folder of an object, made if it is not there. It stays while this process runs.
pub(super) fn entry(address: &Address, identity: &Identity) -> Result<PathBuf, RemoteError> {
    // Without validators a file of the same size may be another one tomorrow.
    let unsure = if identity.is_certain() { 0 } else { std::process::id() };
    let key = format!("{address}\n{}\n{:?}\n{}\n{unsure}", identity.size, identity.etag, identity.modified);
    let key = sha256_hex(key.as_bytes());
    let path = folder()?.join("objects").join(key.get(..32).unwrap_or(&key));
    let failed = |source| RemoteError::Cache { path: path.clone(), source };
    fs::create_dir_all(&path).map_err(failed)?;
    IN_USE.lock().unwrap_or_else(PoisonError::into_inner).insert(path.clone());
    Ok(path)
}

/// The name of an object as that of a file on any system.
pub(super) fn file_name(address: &Address) -> String {
    let plain = |c: char| if c.is_control() || "<>:\"/\\|?*".contains(c) { '_' } else { c };
    let name: String = address.name().chars().map(plain).collect();
    let name = name.trim_end_matches(['.', ' ']);
    // The end has the kind of the file.
    let mut start = name.len().saturating_sub(LONGEST_NAME);
    while !name.is_char_boundary(start) {
        start += 1;
    }
    let name = name.get(start..).unwrap_or_default();
    if name.is_empty() { "object".to_owned() } else { name.to_owned() }
}

/// Removes the oldest files until the cache and `coming` bytes more fit into the limit. Files that this process has open
/// stay; on Windows those of others do, too.
pub fn make_room(coming: u64) -> Result<(), RemoteError> {
    let objects = folder()?.join("objects");
    let entries = match listed(&objects) {
        Ok(entries) => entries,
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(RemoteError::Cache { path: objects, source }),
    };
    let mut kept: u64 = entries.iter().map(|entry| entry.bytes).sum();
    let limit = limit();
    let in_use = IN_USE.lock().unwrap_or_else(PoisonError::into_inner).clone();
    for entry in entries {
        if kept.saturating_add(coming) <= limit {
            break;
        }
        if !in_use.contains(&entry.path) && fs::remove_dir_all(&entry.path).is_ok() {
            kept -= entry.bytes;
        }
    }
    Ok(())
}

/// Bytes on disk in the cache.
pub fn size() -> Result<u64, RemoteError> {
    let objects = folder()?.join("objects");
    match listed(&objects) {
        Ok(entries) => Ok(entries.iter().map(|entry| entry.bytes).sum()),
        Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(source) => Err(RemoteError::Cache { path: objects, source }),
    }
}

struct Kept {
    changed: SystemTime,
    path: PathBuf,
    bytes: u64,
}

/// Folders of objects, the oldest first.
fn listed(objects: &Path) -> io::Result<Vec<Kept>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(objects)? {
        let path = entry?.path();
        let (mut bytes, mut changed) = (0, SystemTime::UNIX_EPOCH);
        // Another process may remove it meanwhile.
        let Ok(files) = fs::read_dir(&path) else { continue };
        for about in files.flatten().filter_map(|file| file.metadata().ok()) {
            bytes += on_disk(&about);
            changed = changed.max(about.modified().unwrap_or(SystemTime::UNIX_EPOCH));
        }
        entries.push(Kept { changed, path, bytes });
    }
    entries.sort_by(|a, b| (a.changed, &a.path).cmp(&(b.changed, &b.path)));
    Ok(entries)
}

/// Bytes that a file takes on its disk; holes take none.
#[cfg(unix)]
fn on_disk(about: &Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    about.blocks() * 512
}

#[cfg(not(unix))]
fn on_disk(about: &Metadata) -> u64 {
    about.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_fit_for_files() {
        let check = |given: &str, expected: &str| {
            assert_eq!(file_name(&Address::of(Path::new(given)).unwrap()), expected, "{given}");
        };
        check("s3://b/d/drive 1.mcap", "drive 1.mcap");
        check("s3://b/a:b*.mcap", "a_b_.mcap");
        check("https://h/a%2Fb.mcap", "a_b.mcap");
        check("s3://b", "b");
        let long = format!("s3://b/{}.mcap", "x".repeat(300));
        let name = file_name(&Address::of(Path::new(&long)).unwrap());
        assert!(
            name.len() == LONGEST_NAME && Path::new(&name).extension().is_some_and(|ending| ending == "mcap")
        );
    }
}
