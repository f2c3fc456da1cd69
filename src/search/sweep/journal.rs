//! Journal of a sweep in SQLite, so that a killed sweep resumes where it was.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::search::sweep::result::UnitResult;

/// Results by input, on disk at once.
pub struct Journal {
    path: PathBuf,
    connection: Connection,
}

/// Reason why results cannot be saved or resumed.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It belongs to something else.
    #[error(
        "the results belong to another sweep (other frames, plan, model or claim), start over with --fresh or \
         write to another file: {}", path.display()
    )]
    Another {
        /// Path of the file.
        path: PathBuf,
    },
    /// Error of the database.
    #[error("could not keep results, is there room and permission? {source}: {}", path.display())]
    Database {
        /// Path of the file.
        path: PathBuf,
        /// Error of the database.
        source: rusqlite::Error,
    },
    /// A result that cannot be read back.
    #[error("a result is damaged ({problem}), start anew with --fresh: {}", path.display())]
    Damaged {
        /// Path of the file.
        path: PathBuf,
        /// The problem.
        problem: String,
    },
}

impl Journal {
    /// Path of the journal of an output.
    pub fn path_for(output: &Path) -> PathBuf {
        let mut name = output.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        output.with_file_name(name)
    }

    /// Open or create the journal of the sweep with this `identity`.
    pub fn open(path: &Path, identity: &str) -> Result<Self, JournalError> {
        let failed = |source| JournalError::Database { path: path.to_owned(), source };
        let connection = Connection::open(path).map_err(failed)?;
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
                 CREATE TABLE IF NOT EXISTS meta (identity TEXT NOT NULL);
                 CREATE TABLE IF NOT EXISTS result (input INTEGER PRIMARY KEY, found TEXT NOT NULL);",
            )
            .map_err(failed)?;
        let known: Option<String> = connection
            .query_row("SELECT identity FROM meta", [], |row| row.get(0))
            .optional()
            .map_err(failed)?;
        match known {
            Some(known) if known != identity => return Err(JournalError::Another { path: path.to_owned() }),
            Some(_) => {}
            None => {
                connection.execute("INSERT INTO meta VALUES (?1)", [identity]).map_err(failed)?;
            }
        }
        Ok(Self { path: path.to_owned(), connection })
    }

    /// The inputs that are done.
    pub fn done(&self) -> Result<BTreeSet<usize>, JournalError> {
        let mut statement =
            self.connection.prepare("SELECT input FROM result").map_err(|err| self.failed(err))?;
        let rows = statement.query_map([], |row| row.get::<_, i64>(0)).map_err(|err| self.failed(err))?;
        rows.map(|input| input.map(|input| input as usize).map_err(|err| self.failed(err))).collect()
    }

    /// Keeps a result.
    pub fn put(&self, result: &UnitResult) -> Result<(), JournalError> {
        let text = serde_json::to_string(result).map_err(|err| self.damaged(&err))?;
        self.connection
            .prepare_cached("INSERT OR REPLACE INTO result VALUES (?1, ?2)")
            .and_then(|mut statement| statement.execute(params![result.input as i64, text]))
            .map(drop)
            .map_err(|err| self.failed(err))
    }

    /// Every result in the order of the inputs, one at a time.
    pub fn each<E: From<JournalError>>(
        &self,
        mut take: impl FnMut(UnitResult) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut statement = self
            .connection
            .prepare("SELECT found FROM result ORDER BY input")
            .map_err(|err| self.failed(err))?;
        let mut rows = statement.query([]).map_err(|err| self.failed(err))?;
        while let Some(row) = rows.next().map_err(|err| self.failed(err))? {
            let text: String = row.get(0).map_err(|err| self.failed(err))?;
            take(serde_json::from_str(&text).map_err(|err| self.damaged(&err))?)?;
        }
        Ok(())
    }

    /// Removes the journal from the disk.
    pub fn remove(self) -> std::io::Result<()> {
        let path = self.path;
        drop(self.connection);
        Self::forget(&path)
    }

    /// Remove a journal that is not open, with the files that SQLite puts beside it.
    pub fn forget(path: &Path) -> std::io::Result<()> {
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

    fn failed(&self, source: rusqlite::Error) -> JournalError {
        JournalError::Database { path: self.path.clone(), source }
    }

    fn damaged(&self, err: &serde_json::Error) -> JournalError {
        JournalError::Damaged { path: self.path.clone(), problem: err.to_string() }
    }
}
