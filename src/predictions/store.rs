//! Store of predictions on disk: a model is run once on an input, also across restarts.
//!
//! A prediction belongs to the bytes of the model, its card, the backend, and the bytes of the recording with its
//! faults. When any of these changes, nothing is found and the model is run again; a recording that was only moved or
//! copied is still found.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::base::files::{sha256_hex, sha256_of};
use crate::base::sheet::settings;
use crate::base::{inputs, unpacked};
use crate::data::prediction::Prediction;
use crate::inference::model::Model;

/// The file in a project's folder. It can be deleted at any time.
pub const FILE: &str = "answers.db";

/// A file modified this recently may change again with the same time stamp.
const QUIET: std::time::Duration = std::time::Duration::from_secs(2);

/// Error of saving or finding predictions.
#[derive(Debug, thiserror::Error)]
#[error("could not save predictions, delete the file if it is damaged: {source}: {}", path.display())]
pub struct AnswersError {
    path: PathBuf,
    source: rusqlite::Error,
}

/// Predictions by model, recording, channel and sample.
pub struct Answers {
    path: PathBuf,
    connection: Connection,
}

/// Identity of a set of predictions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    model: String,
    recording: String,
    channel: String,
}

impl Key {
    /// The predictions of a model on one channel of a recording.
    pub fn new(model: &Model, recording: &str, channel: &str) -> Self {
        // A card is plain values; it always serializes.
        let card = toml::to_string(&model.card).unwrap_or_default();
        let model = sha256_hex(format!("{}\n{}\n{card}", model.identity(), model.backend.id).as_bytes());
        Self { model, recording: recording.to_owned(), channel: channel.to_owned() }
    }
}

/// The files of a recording, with their names relative to its path.
fn files_of(path: &Path, name: &str, all: &mut Vec<(String, PathBuf)>) {
    // A part of a folder is named FOLDER#PART.
    let shown = path.to_string_lossy();
    let path = if path.exists() { path } else { Path::new(shown.split('#').next().unwrap_or_default()) };
    if path.is_file() {
        all.push((name.to_owned(), path.to_owned()));
        // Settings beside a table change what it says.
        let settings = settings::beside(path);
        if settings.is_file() && !all.iter().any(|(_, known)| *known == settings) {
            all.push((format!("{name}.toml"), settings));
        }
    } else if let Ok(entries) = std::fs::read_dir(path) {
        let mut entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        entries.sort();
        for entry in &entries {
            let below = entry.file_name().unwrap_or_default().to_string_lossy();
            files_of(entry, &format!("{name}/{below}"), all);
        }
    }
}

/// Size and modification time of a file: while both are the same, so are its bytes. `None` while it is still being written,
/// which times of whole seconds would not show.
fn stamp(path: &Path) -> Option<String> {
    let metadata = path.metadata().ok()?;
    let changed = metadata.modified().ok()?;
    let quiet = changed.elapsed().ok()? > QUIET;
    let since = changed.duration_since(std::time::UNIX_EPOCH).ok()?;
    quiet.then(|| format!("{} {}", metadata.len(), since.as_nanos()))
}

impl Answers {
    /// Opens or creates the predictions in a project's folder.
    pub fn open(folder: &Path) -> Result<Self, AnswersError> {
        let path = folder.join(FILE);
        let failed = |source| AnswersError { path: path.clone(), source };
        inputs::not_a_link(&path)
            .map_err(|err| failed(rusqlite::Error::ToSqlConversionFailure(Box::new(err))))?;
        let connection = Connection::open(&path).map_err(failed)?;
        connection.busy_timeout(std::time::Duration::from_secs(5)).map_err(failed)?;
        connection
            .execute_batch(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
                 CREATE TABLE IF NOT EXISTS answers (
                     model TEXT NOT NULL, recording TEXT NOT NULL, channel TEXT NOT NULL, frame INTEGER NOT NULL,
                     answer BLOB NOT NULL, PRIMARY KEY (model, recording, channel, frame)
                 ) WITHOUT ROWID;
                 CREATE TABLE IF NOT EXISTS files (
                     path TEXT NOT NULL PRIMARY KEY, stamp TEXT NOT NULL, sha256 TEXT NOT NULL
                 ) WITHOUT ROWID;",
            )
            .map_err(failed)?;
        Ok(Self { path, connection })
    }

    fn failed(&self, source: rusqlite::Error) -> AnswersError {
        AnswersError { path: self.path.clone(), source }
    }

    /// Identity of a recording's content: the bytes of its files and its injected faults. Files without
    /// changes since the last read are not read again. Blocks.
    pub fn recording(&self, places: &[PathBuf], faults: &[String]) -> Result<String, AnswersError> {
        let mut files = Vec::new();
        for (at, place) in places.iter().enumerate() {
            files_of(place, &at.to_string(), &mut files);
        }
        let mut lines = Vec::new();
        for (name, path) in files {
            let content = self.content(&path).map_err(|source| self.failed(source))?;
            // A file that cannot be read has no content; reading it elsewhere reports the error.
            lines.push(format!("{name} {}", content.unwrap_or_default()));
        }
        lines.extend_from_slice(faults);
        Ok(sha256_hex(lines.join("\n").as_bytes()))
    }

    fn content(&self, path: &Path) -> rusqlite::Result<Option<String>> {
        let (named, stamp) = (path.to_string_lossy(), stamp(path));
        if let Some(stamp) = &stamp {
            let mut query =
                self.connection.prepare_cached("SELECT sha256 FROM files WHERE path = ?1 AND stamp = ?2")?;
            let known = query.query_row(params![named, stamp], |row| row.get(0)).optional()?;
            if known.is_some() {
                return Ok(known);
            }
        }
        let Ok(sha256) = sha256_of(path) else { return Ok(None) };
        if let Some(stamp) = stamp {
            self.connection
                .prepare_cached("INSERT OR REPLACE INTO files (path, stamp, sha256) VALUES (?1, ?2, ?3)")?
                .execute(params![named, stamp, sha256])?;
        }
        Ok(Some(sha256))
    }

    /// The stored predictions, by sample. A prediction that cannot be read counts as absent.
    pub fn known(&self, key: &Key) -> Result<BTreeMap<usize, Prediction>, AnswersError> {
        let read = || {
            let mut rows = self.connection.prepare_cached(
                "SELECT frame, answer FROM answers WHERE model = ?1 AND recording = ?2 AND channel = ?3",
            )?;
            let rows = rows.query_map(params![key.model, key.recording, key.channel], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?))
            })?;
            let mut found = BTreeMap::new();
            for row in rows {
                let (frame, bytes) = row?;
                let answer = unpacked::zstd(&bytes).ok();
                let answer = answer.and_then(|text| serde_json::from_slice(&text).ok());
                if let (Ok(frame), Some(answer)) = (usize::try_from(frame), answer) {
                    found.insert(frame, answer);
                }
            }
            Ok(found)
        };
        read().map_err(|source| self.failed(source))
    }

    /// Saves predictions, all of them or none.
    pub fn keep(&mut self, key: &Key, answers: &[(usize, Prediction)]) -> Result<(), AnswersError> {
        let path = self.path.clone();
        let mut write = || {
            let transaction = self.connection.transaction()?;
            let mut insert = transaction.prepare_cached(
                "INSERT OR REPLACE INTO answers (model, recording, channel, frame, answer) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?;
            for (frame, answer) in answers {
                // A prediction is plain values, and memory is always written.
                let text = serde_json::to_vec(answer).unwrap_or_default();
                let bytes = zstd::encode_all(text.as_slice(), 1).unwrap_or_default();
                insert.execute(params![key.model, key.recording, key.channel, *frame as i64, bytes])?;
            }
            drop(insert);
            transaction.commit()
        };
        write().map_err(|source| AnswersError { path, source })
    }
}
