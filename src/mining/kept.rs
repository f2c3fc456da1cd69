//! Results of mining kept on disk, recording by recording: a killed run resumes, and a later run leaves out what it has seen.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

use crate::base::files::{sha256_hex, visible_in};
use crate::base::inputs;
use crate::base::remote::Address;
use crate::base::time::TimeRange;
use crate::data::findings::Finding;
use crate::project::checksums;

/// Name of the file in a project's folder.
pub const FILE: &str = "mined.db";

/// Bytes of a part of a file that is read for its identity, and number of the parts.
const PART: u64 = 64 << 10;
const PARTS: u64 = 16;

/// Result of one finder on a recording, as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FinderResult {
    /// Name of the finder or question.
    pub id: String,
    /// Its findings.
    pub findings: Vec<Finding>,
    /// Names of the channels that were looked at.
    pub looked_at: Vec<String>,
    /// Parts that were not looked at, one sentence each.
    pub not_looked_at: Vec<String>,
}

/// Results of a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// From its first to its last moment.
    pub range: TimeRange,
    /// Results by finder.
    pub results: Vec<FinderResult>,
}

/// Results of runs.
pub struct Kept {
    path: PathBuf,
    connection: Connection,
}

/// Reason why results cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// Error of the database.
    #[error("could not keep what was mined, is there room and permission? {source}: {}", path.display())]
    Database {
        /// Path of the file.
        path: PathBuf,
        /// Error of the database.
        source: rusqlite::Error,
    },
    /// A file or a result that cannot be read back.
    #[error("what was mined before is damaged ({problem}), start over with --fresh: {}", path.display())]
    Damaged {
        /// Path of the file.
        path: PathBuf,
        /// The problem.
        problem: String,
    },
    /// A recording that cannot be read.
    #[error("could not read {}: {source}", path.display())]
    Recording {
        /// Path of the recording.
        path: PathBuf,
        /// Error of the file system.
        source: std::io::Error,
    },
}

impl Kept {
    /// Opens or creates the file; with `fresh` without what was not told yet. A damaged file is an error, with `fresh` it is
    /// removed.
    pub fn open(path: &Path, fresh: bool) -> Result<Self, KeptError> {
        let open = || -> Result<Self, KeptError> {
            let kept = Self::opened(path)?;
            if fresh {
                kept.forget()?;
            }
            Ok(kept)
        };
        match open() {
            Err(KeptError::Damaged { .. }) if fresh => {
                removed(path).map_err(|source| KeptError::Recording { path: path.to_owned(), source })?;
                open()
            }
            other => other,
        }
    }

    fn opened(path: &Path) -> Result<Self, KeptError> {
        let failed = |source| failed(path, source);
        let connection = Connection::open(path).map_err(failed)?;
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
                 CREATE TABLE IF NOT EXISTS mined (
                     plan TEXT NOT NULL, recording TEXT NOT NULL, found TEXT NOT NULL,
                     told INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (plan, recording));",
            )
            .map_err(failed)?;
        Ok(Self { path: path.to_owned(), connection })
    }

    /// Results of a recording under a plan, and true if an earlier run told them to its end.
    pub fn get(&self, plan: &str, recording: &str) -> Result<Option<(Recorded, bool)>, KeptError> {
        let row: Option<(String, bool)> = self
            .connection
            .query_row(
                "SELECT found, told FROM mined WHERE plan = ?1 AND recording = ?2",
                [plan, recording],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()
            .map_err(|err| self.failed(err))?;
        row.map(|(text, told)| {
            let found = serde_json::from_str(&text).map_err(|err| self.damaged(&err))?;
            Ok((found, told))
        })
        .transpose()
    }

    /// Keeps the results of a recording; they are told once the run comes to its end.
    pub fn put(&self, plan: &str, recording: &str, found: &Recorded) -> Result<(), KeptError> {
        let text = serde_json::to_string(found).map_err(|err| self.damaged(&err))?;
        self.connection
            .execute(
                "INSERT OR REPLACE INTO mined (plan, recording, found, told) VALUES (?1, ?2, ?3, 0)",
                params![plan, recording, text],
            )
            .map(drop)
            .map_err(|err| self.failed(err))
    }

    /// Notes that the run of these plans came to its end.
    pub fn tell(&self, plan: &str) -> Result<(), KeptError> {
        let told = self.connection.execute("UPDATE mined SET told = 1 WHERE plan = ?1", [plan]);
        told.map(drop).map_err(|err| self.failed(err))
    }

    /// Forgets what was not told yet.
    pub fn forget(&self) -> Result<(), KeptError> {
        let done = self.connection.execute("DELETE FROM mined WHERE told = 0", []);
        done.map(drop).map_err(|err| self.failed(err))
    }

    /// Removes the file from the disk.
    pub fn remove(self) -> std::io::Result<()> {
        drop(self.connection);
        removed(&self.path)
    }

    fn failed(&self, source: rusqlite::Error) -> KeptError {
        failed(&self.path, source)
    }

    fn damaged(&self, err: &serde_json::Error) -> KeptError {
        KeptError::Damaged { path: self.path.clone(), problem: err.to_string() }
    }
}

fn removed(path: &Path) -> std::io::Result<()> {
    for end in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        match std::fs::remove_file(&name) {
            Err(err) if err.kind() != std::io::ErrorKind::NotFound => return Err(err),
            _ => {}
        }
    }
    Ok(())
}

/// The error of a database; one that is no database, or a torn one, is damaged.
fn failed(path: &Path, source: rusqlite::Error) -> KeptError {
    let path = path.to_owned();
    match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            KeptError::Damaged { path, problem: source.to_string() }
        }
        _ => KeptError::Database { path, source },
    }
}

/// Identity of a recording by content: names, sizes, and the checksum of both ends and of fourteen parts between them of every
/// file. Small files are read whole.
pub fn identity(path: &Path) -> Result<String, KeptError> {
    if let Some(address) = Address::of(path) {
        let version = checksums::version(&address);
        let (_, version) =
            version.map_err(|source| KeptError::Recording { path: path.to_owned(), source })?;
        return Ok(sha256_hex(version.as_bytes()));
    }
    let mut text = String::new();
    add(path, "", &mut text).map_err(|source| KeptError::Recording { path: path.to_owned(), source })?;
    Ok(sha256_hex(text.as_bytes()))
}

fn add(path: &Path, name: &str, text: &mut String) -> std::io::Result<()> {
    if path.is_dir() {
        for inner in visible_in(path)? {
            let own = inner.file_name().map(|own| own.to_string_lossy().into_owned()).unwrap_or_default();
            add(&inner, &format!("{name}/{own}"), text)?;
        }
        return Ok(());
    }
    let mut file = inputs::open(path)?;
    let bytes = file.metadata()?.len();
    let mut parts = Vec::new();
    if bytes <= PART * PARTS {
        file.read_to_end(&mut parts)?;
    } else {
        for part in 0..PARTS {
            file.seek(SeekFrom::Start((bytes - PART) / (PARTS - 1) * part))?;
            file.by_ref().take(PART).read_to_end(&mut parts)?;
        }
        file.seek(SeekFrom::Start(bytes - PART))?;
        file.read_to_end(&mut parts)?;
    }
    text.extend([name.to_owned(), format!(" {bytes} {}\n", sha256_hex(&parts))]);
    Ok(())
}
