//! `labels.db`: labels and history in SQLite, one transaction per edit.

use std::path::{Path, PathBuf};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, MAIN_DB, OptionalExtension as _, Transaction, TransactionBehavior, params};
use tempfile::TempDir;

use crate::base::files::folder_of;
use crate::base::{inputs, unpacked};
use crate::project::edit::Edit;
use crate::project::read_only;
use crate::project::rows::{self, parsed, text};
use crate::project::{Project, ProjectError};

/// Length of text above which an edit is stored compressed.
const LONG_EDIT: usize = 4096;

/// The database, and the files that SQLite keeps beside it.
const OWN_FILES: [&str; 4] = ["labels.db", "labels.db-wal", "labels.db-shm", "labels.db-journal"];

/// Direction in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Undo,
    Redo,
}

pub(super) struct Store {
    db: Connection,
    path: PathBuf,
    /// Data version of the database at the last read.
    seen: i64,
    pub(super) read_only: bool,
    /// The copy that is read where the original cannot be; removed with this.
    _copy: Option<TempDir>,
}

impl Store {
    /// Opens or creates the database; only for reading where the folder or the database cannot be written.
    pub(super) fn open(folder: &Path) -> Result<Self, ProjectError> {
        let path = folder.join("labels.db");
        for own in OWN_FILES {
            let own = folder.join(own);
            inputs::not_a_link(&own).map_err(|source| ProjectError::Io { path: own, source })?;
        }
        if !read_only::is_writable(folder) {
            return Self::for_reading(folder, path);
        }
        match for_writing(&path) {
            Ok((db, _)) if db.is_readonly(MAIN_DB).unwrap_or(false) => {
                drop(db);
                Self::for_reading(folder, path)
            }
            Ok((db, seen)) => Ok(Self { db, path, seen, read_only: false, _copy: None }),
            Err(err) if is_denied(&err) && path.is_file() => Self::for_reading(folder, path),
            Err(err) if is_denied(&err) => Err(ProjectError::ReadOnly { path: folder.to_owned() }),
            Err(err) => Err(Self::unusable(err, path)),
        }
    }

    fn for_reading(folder: &Path, path: PathBuf) -> Result<Self, ProjectError> {
        match read_only::open(folder) {
            Ok(opened) => Ok(Self { db: opened.db, path, seen: 0, read_only: true, _copy: opened.copy }),
            Err(err) => Err(Self::unusable(err, path)),
        }
    }

    fn unusable(source: rusqlite::Error, path: PathBuf) -> ProjectError {
        if source.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) {
            let problem =
                "the labels are damaged, restore labels.db from a backup or move it away to start over";
            return ProjectError::Malformed { problem: problem.to_owned(), path };
        }
        ProjectError::Database { path, source }
    }

    /// Writes the database with its history into a new file.
    pub(super) fn copy_into(&self, path: &Path) -> Result<(), ProjectError> {
        let copied = self.db.execute("vacuum into ?1", [path.to_string_lossy()]);
        copied.map(drop).map_err(|source| ProjectError::Database { path: path.to_owned(), source })
    }

    /// Reads tags, labels and cases.
    pub(super) fn load(&mut self, project: &mut Project) -> Result<(), ProjectError> {
        let read = data_version(&self.db).and_then(|seen| {
            self.seen = seen;
            rows::load(&self.db, project)
        });
        read.map_err(|err| self.error(err))
    }

    /// True if another window or program wrote to the database since the last read here.
    pub(super) fn changed_elsewhere(&self) -> Result<bool, ProjectError> {
        if self.read_only {
            return Ok(false);
        }
        data_version(&self.db).map(|now| now != self.seen).map_err(|err| self.error(err))
    }

    /// Runs one transaction, unless another program wrote since the last read of this database.
    fn transact(
        &mut self,
        beside: impl FnOnce() -> Result<(), ProjectError>,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), ProjectError> {
        let path = &self.path;
        let failed = |source: rusqlite::Error| match source {
            // Since it was opened the place has become one that cannot be written.
            err if err.sqlite_error_code() == Some(rusqlite::ErrorCode::ReadOnly) => {
                ProjectError::ReadOnly { path: folder_of(path) }
            }
            source => ProjectError::Database { path: path.clone(), source },
        };
        // Immediate: from here on no other program writes.
        let transaction =
            self.db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        if data_version(&transaction).map_err(failed)? != self.seen {
            return Err(ProjectError::ChangedElsewhere);
        }
        work(&transaction).map_err(failed)?;
        beside()?;
        transaction.commit().map_err(failed)
    }

    /// Writes an edit, its inverse and its result in one transaction. Undone edits are removed.
    ///
    /// `beside` writes what is kept outside of the database, before the transaction ends: another program that reads the
    /// database afterwards finds both, and one that has read it before is refused.
    pub(super) fn record(
        &mut self,
        label: &str,
        edit: &Edit,
        inverse: &Edit,
        beside: impl FnOnce() -> Result<(), ProjectError>,
    ) -> Result<(), ProjectError> {
        self.transact(beside, |transaction| {
            transaction.execute("delete from history where undone = 1", [])?;
            transaction
                .prepare_cached("insert into history (label, edit, inverse) values (?1, ?2, ?3)")?
                .execute(params![label, packed(edit)?, packed(inverse)?])?;
            rows::write(transaction, edit)
        })
    }

    /// The edit of the next undo or redo, with its label.
    pub(super) fn next(&self, direction: Direction) -> Result<Option<(i64, String, Edit)>, ProjectError> {
        let sql = match direction {
            Direction::Undo => {
                "select seq, label, inverse from history where undone = 0 order by seq desc limit 1"
            }
            Direction::Redo => "select seq, label, edit from history where undone = 1 order by seq limit 1",
        };
        self.entry(sql)
    }

    fn entry(&self, sql: &str) -> Result<Option<(i64, String, Edit)>, ProjectError> {
        let row = self
            .db
            .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, unpacked(row.get_ref(2)?)?)))
            .optional();
        row.map_err(|err| self.error(err))
    }

    /// The last edit that was not undone, with its label.
    pub(super) fn last(&self) -> Result<Option<(i64, String, Edit)>, ProjectError> {
        let sql = "select seq, label, edit from history where undone = 0 order by seq desc limit 1";
        self.entry(sql)
    }

    /// Replaces the edit of history entry `seq` by one that goes further, and writes its result. Undoing the
    /// entry leads back to before both.
    pub(super) fn extend(&mut self, seq: i64, edit: &Edit) -> Result<(), ProjectError> {
        self.transact(
            || Ok(()),
            |transaction| {
                transaction.execute("delete from history where undone = 1", [])?;
                transaction
                    .execute("update history set edit = ?1 where seq = ?2", params![packed(edit)?, seq])?;
                rows::write(transaction, edit)
            },
        )
    }

    /// Writes the result of undoing or redoing history entry `seq`.
    /// `beside` is that of [`record`](Self::record).
    pub(super) fn mark(
        &mut self,
        seq: i64,
        direction: Direction,
        edit: &Edit,
        beside: impl FnOnce() -> Result<(), ProjectError>,
    ) -> Result<(), ProjectError> {
        self.transact(beside, |transaction| {
            let undone = i64::from(direction == Direction::Undo);
            transaction.execute("update history set undone = ?1 where seq = ?2", params![undone, seq])?;
            rows::write(transaction, edit)
        })
    }

    fn error(&self, source: rusqlite::Error) -> ProjectError {
        ProjectError::Database { path: self.path.clone(), source }
    }
}

/// Opens or creates a database and says how far others have written.
fn for_writing(path: &Path) -> rusqlite::Result<(Connection, i64)> {
    let mut db = Connection::open(path)?;
    db.busy_timeout(std::time::Duration::from_secs(5))?;
    db.pragma_update(None, "journal_mode", "wal")?;
    // Full: an edit survives even a power cut once its transaction is through.
    db.pragma_update(None, "synchronous", "full")?;
    rows::prepare(&mut db)?;
    let seen = data_version(&db)?;
    Ok((db, seen))
}

/// A number that changes when another connection writes.
fn data_version(db: &Connection) -> rusqlite::Result<i64> {
    db.prepare_cached("pragma data_version")?.query_row([], |row| row.get(0))
}

/// An edit as text, compressed if it is long.
fn packed(edit: &Edit) -> rusqlite::Result<rusqlite::types::Value> {
    let text = text(edit)?;
    if text.len() <= LONG_EDIT {
        return Ok(text.into());
    }
    let packed = zstd::encode_all(text.as_bytes(), 1)
        .map_err(|err| rusqlite::Error::ToSqlConversionFailure(Box::new(err)))?;
    Ok(packed.into())
}

#[expect(clippy::wildcard_enum_match_arm, reason = "any other cell type is read as text")]
fn unpacked(value: ValueRef<'_>) -> rusqlite::Result<Edit> {
    match value {
        ValueRef::Blob(bytes) => {
            let text = unpacked::zstd(bytes).and_then(|text| {
                String::from_utf8(text)
                    .map_err(|err| std::io::Error::new(std::io::ErrorKind::InvalidData, err))
            });
            parsed(&text.map_err(|err| {
                rusqlite::Error::FromSqlConversionFailure(2, rusqlite::types::Type::Blob, Box::new(err))
            })?)
        }
        value => parsed(value.as_str()?),
    }
}

fn is_denied(err: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{CannotOpen, PermissionDenied, ReadOnly};
    matches!(err.sqlite_error_code(), Some(CannotOpen | PermissionDenied | ReadOnly))
}
