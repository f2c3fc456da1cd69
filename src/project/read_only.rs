//! Databases in places that cannot be written: read where they lie, or from a copy that is thrown away.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use crate::base::{inputs, temporary};
use crate::project::rows;

/// Files in which a program that was killed left edits; they belong to the database.
const LEFT: [&str; 2] = ["labels.db-wal", "labels.db-journal"];

/// A database that is only read.
pub(super) struct Opened {
    pub(super) db: Connection,
    /// The folder of the copy that is read instead of the original; it is removed with this.
    pub(super) copy: Option<TempDir>,
}

/// True if files can be made in a folder. Nothing is left there.
pub(super) fn is_writable(folder: &Path) -> bool {
    use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
    // Whatever else is wrong, a full disk for one, is told when something is written.
    !tempfile::tempfile_in(folder)
        .is_err_and(|err| matches!(err.kind(), PermissionDenied | ReadOnlyFilesystem))
}

/// Opens the database of a folder that cannot be written, and changes nothing there. Without a database there is an empty one in
/// memory, which a snapshot can fill.
pub(super) fn open(folder: &Path) -> rusqlite::Result<Opened> {
    let path = folder.join("labels.db");
    if !path.is_file() {
        let mut db = Connection::open_in_memory()?;
        rows::prepare(&mut db)?;
        return Ok(Opened { db, copy: None });
    }
    let left = LEFT.iter().any(|name| fs::metadata(folder.join(name)).is_ok_and(|file| file.len() > 0));
    if !left {
        // A database in WAL mode needs files beside it; one that nobody changes is read without them.
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
        let db = Connection::open_with_flags(address(&path), flags)?;
        if rows::is_current(&db)? {
            return Ok(Opened { db, copy: None });
        }
    }
    // Edits that are still in the log, and tables of earlier versions, are taken in where that is possible.
    let copy = copied(folder).map_err(|err| rusqlite::Error::ToSqlConversionFailure(Box::new(err)))?;
    let mut db = Connection::open(copy.path().join("labels.db"))?;
    rows::prepare(&mut db)?;
    Ok(Opened { db, copy: Some(copy) })
}

fn copied(folder: &Path) -> std::io::Result<TempDir> {
    let copy = temporary::folder()?;
    for name in LEFT.into_iter().chain(["labels.db"]) {
        let (from, to) = (folder.join(name), copy.path().join(name));
        if from.is_file() {
            // Not with the permissions of the original, which may be those of a file that is only read.
            std::io::copy(&mut inputs::open(&from)?, &mut fs::File::create(&to)?)?;
        }
    }
    log::debug!("labels are read from a copy: {}", copy.path().display());
    Ok(copy)
}

/// The database as SQLite's address of a file that nobody changes.
fn address(path: &Path) -> String {
    let mut address = String::from("file:");
    #[cfg(unix)]
    let bytes = std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_vec();
    #[cfg(not(unix))]
    let bytes = format!("/{}", path.display()).replace('\\', "/").into_bytes();
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"/-_.~:".contains(&byte) {
            address.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            write!(address, "%{byte:02X}").unwrap_or_default();
        }
    }
    address + "?immutable=1"
}
