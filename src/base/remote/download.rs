//! Remote files as files of this machine: downloaded into the cache as a whole.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use tempfile::NamedTempFile;

use crate::base::progress::Progress;
use crate::base::remote::object::Object;
use crate::base::remote::{Address, Identity, Piece, RemoteError, cache, parts_of};

/// Bytes of the first request, which tells the identity.
const FIRST: u64 = 1 << 20;
/// Size from which a download is announced.
const LONG: u64 = 8 << 20;
/// Bytes between two looks at the progress.
const STEP: u64 = 64 << 20;

/// Told about long downloads: name, bytes, progress.
type Watcher = fn(&str, u64, &Progress);

static WATCHER: OnceLock<Watcher> = OnceLock::new();

/// Addresses of the copies that this process has, by their paths.
static ORIGINS: Mutex<BTreeMap<PathBuf, Address>> = Mutex::new(BTreeMap::new());

/// The address of a copy in the cache; `None` for other files.
pub fn origin(path: &Path) -> Option<Address> {
    ORIGINS.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned()
}

/// The absolute form of a path; an address is one already, and so is that of which a file of the cache is a copy.
pub fn absolute(path: &Path) -> std::io::Result<PathBuf> {
    match Address::of(path).or_else(|| origin(path)) {
        Some(address) => Ok(address.path()),
        None => std::path::absolute(path),
    }
}

/// The address of a path that a file in a folder names: the path is an address, or the folder is a copy of one in object storage
/// and does not hold the file. `None` for files of this machine.
pub fn named_in(folder: &Path, path: &Path) -> Option<Address> {
    if let Some(address) = Address::of(path) {
        return Some(address);
    }
    let origin = origin(folder)?;
    if path.is_absolute() || folder.join(path).exists() {
        return None;
    }
    let mut parts: Vec<&str> = origin.key().split('/').filter(|part| !part.is_empty()).collect();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                parts.pop()?;
            }
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    Some(origin.with_key(&parts.join("/")))
}

/// Sets who is told about long downloads: the command line, which has no window to show them in.
pub fn watch(watcher: Watcher) {
    // The first one stays.
    WATCHER.get_or_init(|| watcher);
}

/// The path of a file on this machine with the content of an object; paths of this machine are returned as they are.
pub fn local(path: &Path, progress: &Progress) -> Result<PathBuf, RemoteError> {
    match Address::of(path) {
        Some(address) => {
            let copy = file(&Object::open(&address)?, progress)?;
            ORIGINS.lock().unwrap_or_else(PoisonError::into_inner).insert(copy.clone(), address);
            Ok(copy)
        }
        None => Ok(path.to_owned()),
    }
}

/// A copy of the object in the cache, downloaded unless it is there.
pub fn file(object: &Object, progress: &Progress) -> Result<PathBuf, RemoteError> {
    match object.beginning(FIRST) {
        Ok(first) => of_piece(object, &first, progress),
        Err(RemoteError::NoRanges { .. }) => without_ranges(object, progress),
        Err(err) => Err(err),
    }
}

/// A copy of the object in the cache, of which the beginning was read.
pub fn of_piece(object: &Object, first: &Piece, progress: &Progress) -> Result<PathBuf, RemoteError> {
    // One at a time for each object would do; the network is the narrow part anyway.
    static ONE: Mutex<()> = Mutex::new(());
    let guard = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let (identity, name) = (&first.identity, cache::file_name(object.address()));
    let path = cache::entry(object.address(), identity)?.join(&name);
    if fs::metadata(&path).is_ok_and(|about| about.len() == identity.size) {
        if let Ok(file) = fs::OpenOptions::new().append(true).open(&path) {
            // The time of the last use decides on what is removed first.
            drop(file.set_modified(std::time::SystemTime::now()));
        }
        return Ok(path);
    }
    cache::make_room(identity.size)?;
    if let Some(watcher) = WATCHER.get().filter(|_| identity.size >= LONG) {
        watcher(&name, identity.size, progress);
    }
    progress.begin(identity.size);
    let mut file = temporary(&path)?;
    let failed = |source| RemoteError::Cache { path: path.clone(), source };
    // Ranges arrive in any order.
    let mut write = |start: u64, bytes: &[u8]| -> Result<(), RemoteError> {
        use std::io::{Seek as _, SeekFrom};
        file.seek(SeekFrom::Start(start)).and_then(|_| file.write_all(bytes)).map_err(failed)
    };
    write(first.start, &first.bytes)?;
    let mut done = first.start + first.bytes.len() as u64;
    while done < identity.size {
        progress.reach(done)?;
        let end = (done + STEP).min(identity.size);
        object.ranges(identity, &parts_of(done..end), &mut |range, bytes| write(range.start, bytes))?;
        done = end;
    }
    progress.reach(done)?;
    put(file, &path)?;
    drop(guard);
    Ok(path)
}

/// A copy of what a server sends that knows no ranges: always downloaded, since nothing says that it is the same.
fn without_ranges(object: &Object, progress: &Progress) -> Result<PathBuf, RemoteError> {
    let name = cache::file_name(object.address());
    let identity = Identity { size: 0, etag: None, modified: 0 };
    let path = cache::entry(object.address(), &identity)?.join(&name);
    if let Some(watcher) = WATCHER.get() {
        watcher(&name, 0, progress);
    }
    let mut file = temporary(&path)?;
    let failed = |source| RemoteError::Cache { path: path.clone(), source };
    object.whole(&mut |bytes| file.write_all(bytes).map_err(failed), progress)?;
    cache::make_room(0)?;
    put(file, &path)?;
    Ok(path)
}

fn temporary(path: &Path) -> Result<NamedTempFile, RemoteError> {
    let failed = |source| RemoteError::Cache { path: path.to_owned(), source };
    let folder = path.parent().ok_or(RemoteError::NoCache)?;
    tempfile::Builder::new().prefix(".part-").tempfile_in(folder).map_err(failed)
}

fn put(file: NamedTempFile, path: &Path) -> Result<(), RemoteError> {
    let failed = |source| RemoteError::Cache { path: path.to_owned(), source };
    file.persist(path).map(drop).map_err(|err| failed(err.error))
}

/// A copy of everything below a prefix, in the folder of the cache that is returned. Objects beside it whose content did not change are
/// not downloaded again.
pub fn tree(address: &Address, progress: &Progress) -> Result<PathBuf, RemoteError> {
    let object = Object::open(address)?;
    let entries = object.list(true)?;
    if entries.is_empty() {
        return Err(RemoteError::Missing {
            code: "nothing lies below it".to_owned(),
            address: address.to_string(),
        });
    }
    // The folder of a tree has one place by its address; its files are those of the bucket now.
    let identity = Identity { size: 0, etag: None, modified: 1 };
    let folder = cache::entry(address, &identity)?.join(cache::file_name(address));
    let failed = |source| RemoteError::Cache { path: folder.clone(), source };
    let part = tempfile::Builder::new()
        .prefix(".part-")
        .tempdir_in(folder.parent().ok_or(RemoteError::NoCache)?)
        .map_err(failed)?;
    progress.begin(entries.iter().map(|entry| entry.size).sum());
    let mut done = 0;
    let prefix = format!("{}/", address.key().trim_end_matches('/'));
    for entry in &entries {
        let Some(name) = entry.address.key().strip_prefix(prefix.trim_start_matches('/')) else { continue };
        let at = crate::base::outputs::within(part.path(), Path::new(name)).map_err(failed)?;
        let content = object.at(&entry.address)?.read()?;
        let missing = || RemoteError::Changed { address: entry.address.to_string() };
        if let Some(parent) = at.parent() {
            fs::create_dir_all(parent).map_err(failed)?;
        }
        fs::write(&at, content.ok_or_else(missing)?).map_err(failed)?;
        done += entry.size;
        progress.reach(done)?;
    }
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(failed)?;
    }
    fs::rename(part.path(), &folder).map_err(failed)?;
    ORIGINS.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.clone(), address.clone());
    Ok(folder)
}
