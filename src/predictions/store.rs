//! What models answered, kept on disk: a model is asked once about an input, also after a restart.
//!
//! A prediction belongs to the bytes of the model, its card, the backend, and the bytes of the recording with its faults. When any of
//! these is another, nothing is found and the model is asked again; a recording that was only moved or copied is still known.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::base::files::{sha256_hex, sha256_of};
use crate::data::prediction::Prediction;
use crate::inference::model::Model;

/// The file in a project's folder. It can be deleted at any time.
pub const FILE: &str = "answers.db";

/// A file that was changed so lately may change again without another time.
const QUIET: std::time::Duration = std::time::Duration::from_secs(2);

/// Why answers cannot be kept or found.
#[derive(Debug, thiserror::Error)]
#[error("could not keep answers, delete the file if it is damaged: {source}: {}", path.display())]
pub struct AnswersError {
    path: PathBuf,
    source: rusqlite::Error,
}

/// Predictions by model, recording, channel and sample.
pub struct Answers {
    path: PathBuf,
    connection: Connection,
}

/// Which answers are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    model: String,
    recording: String,
    channel: String,
}

impl Key {
    /// The predictions of a model about one channel of a recording.
    pub fn new(model: &Model, recording: &str, channel: &str) -> Self {
        // A card is plain values; it always has a text.
        let card = toml::to_string(&model.card).unwrap_or_default();
        let model = sha256_hex(format!("{}\n{}\n{card}", model.identity(), model.backend.id).as_bytes());
        Self { model, recording: recording.to_owned(), channel: channel.to_owned() }
    }
}

/// The files that a recording is read from, with their names below the place that was named.
fn files_of(path: &Path, name: &str, all: &mut Vec<(String, PathBuf)>) {
    // A part of a folder is named FOLDER#PART.
    let shown = path.to_string_lossy();
    let path = if path.exists() { path } else { Path::new(shown.split('#').next().unwrap_or_default()) };
    if path.is_file() {
        all.push((name.to_owned(), path.to_owned()));
    } else if let Ok(entries) = std::fs::read_dir(path) {
        let mut entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        entries.sort();
        for entry in &entries {
            let below = entry.file_name().unwrap_or_default().to_string_lossy();
            files_of(entry, &format!("{name}/{below}"), all);
        }
    }
}

/// Size and time of change of a file: while both are the same, its bytes are taken to be. None while it is still being changed,
/// which times of whole seconds would not show.
fn stamp(path: &Path) -> Option<String> {
    let metadata = path.metadata().ok()?;
    let changed = metadata.modified().ok()?;
    let quiet = changed.elapsed().ok()? > QUIET;
    let since = changed.duration_since(std::time::UNIX_EPOCH).ok()?;
    quiet.then(|| format!("{} {}", metadata.len(), since.as_nanos()))
}

impl Answers {
    /// Opens or makes the predictions in a project's folder.
    pub fn open(folder: &Path) -> Result<Self, AnswersError> {
        let path = folder.join(FILE);
        let failed = |source| AnswersError { path: path.clone(), source };
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

    /// What stands for the content of a recording: the bytes of its files and the faults put into it. Files that were not
    /// changed since they were last read are not read again. Blocks.
    pub fn recording(&self, places: &[PathBuf], faults: &[String]) -> Result<String, AnswersError> {
        let mut files = Vec::new();
        for (at, place) in places.iter().enumerate() {
            files_of(place, &at.to_string(), &mut files);
        }
        let mut lines = Vec::new();
        for (name, path) in files {
            let content = self.content(&path).map_err(|source| self.failed(source))?;
            // A file that cannot be read has no content; whoever reads it says so.
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

    /// What is known, by sample. A prediction that cannot be read is as if it were not there.
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
                let answer = zstd::decode_all(bytes.as_slice()).ok();
                let answer = answer.and_then(|text| serde_json::from_slice(&text).ok());
                if let (Ok(frame), Some(answer)) = (usize::try_from(frame), answer) {
                    found.insert(frame, answer);
                }
            }
            Ok(found)
        };
        read().map_err(|source| self.failed(source))
    }

    /// Keeps answers, all of them or none.
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
