//! rosbag2: folders with `metadata.yaml` and `.db3` or `.mcap` files, split or not, and single `.db3` files.
//!
//! The tables are those of `rosbag2_storage_sqlite3` (<https://github.com/ros2/rosbag2>).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags};

use crate::base::progress::Progress;
use crate::base::time::{Span, Time};
use crate::clips::joined::{Joined, Part};
use crate::clips::messages::Decoder;
use crate::clips::recorded::{Message, Recorded, Storage};
use crate::clips::streams::{Place, Streams};
use crate::clips::{Clip, ClipError, ClipKind, mcap};
use crate::data::clip::ClipInfo;

/// Reads rosbag2 folders and `.db3` files.
pub static KIND: ClipKind = ClipKind { id: "rosbag2", title: "rosbag2", accepts, open };

/// Messages between two checks for cancellation.
const STEP: u64 = 500;

fn accepts(path: &Path) -> bool {
    if path.is_dir() { path.join("metadata.yaml").is_file() } else { extension(path, "db3") }
}

fn extension(path: &Path, wanted: &str) -> bool {
    path.extension().is_some_and(|ext| ext.eq_ignore_ascii_case(wanted))
}

fn open(path: &Path) -> Result<Arc<dyn Clip>, ClipError> {
    if path.is_file() {
        return open_db3(path);
    }
    let entries = fs::read_dir(path).map_err(|source| ClipError::Io { path: path.to_owned(), source })?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|file| extension(file, "db3") || extension(file, "mcap"))
        .collect();
    // Parts are numbered: bag_0, bag_1, … bag_10.
    files.sort_by_key(|file| (file.as_os_str().len(), file.clone()));
    let (mut parts, mut lost) = (Vec::new(), Vec::new());
    for file in &files {
        match if extension(file, "db3") { open_db3(file) } else { (mcap::KIND.open)(file) } {
            Ok(clip) => parts.push(Part { clip, offset: Span(0), prefix: String::new() }),
            Err(err) => lost.push(err),
        }
    }
    if let (true, Some(err)) = (parts.is_empty(), lost.into_iter().next()) {
        return Err(err);
    }
    if parts.is_empty() {
        return Err(ClipError::Damaged {
            problem:
                "the folder has metadata.yaml but neither .db3 nor .mcap files (compressed ones must be \
                      decompressed first: zstd -d *.zstd)"
                    .to_owned(),
            path: path.to_owned(),
        });
    }
    if let [_] = parts.as_slice()
        && let Some(only) = parts.pop()
    {
        return Ok(only.clip);
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Arc::new(Joined::new(name, "rosbag2", path.to_owned(), parts)))
}

struct Database {
    path: PathBuf,
    connection: Mutex<Connection>,
    /// The index; true once the numbers are read; parts that opening could not read.
    known: Mutex<(Streams, bool, Vec<String>)>,
}

fn open_db3(path: &Path) -> Result<Arc<dyn Clip>, ClipError> {
    let damaged = |err: rusqlite::Error| ClipError::Damaged {
        problem: format!("the bag cannot be read as a rosbag2 database ({err})"),
        path: path.to_owned(),
    };
    let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(damaged)?;
    let mut streams = Streams::default();
    let definitions = definitions(&database);
    let mut topics = database
        .prepare("SELECT id, name, type, serialization_format FROM topics ORDER BY id")
        .map_err(damaged)?;
    let rows = topics
        .query_map([], |row| {
            Ok((
                row.get::<_, u32>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, String>(2)?,
                row.get::<_, String>(3)?,
            ))
        })
        .map_err(damaged)?;
    for row in rows {
        let (id, name, kind, encoding) = row.map_err(damaged)?;
        let definition = definitions.get(&kind).cloned().unwrap_or_default();
        let decoder = Decoder::new(&encoding, "ros2msg", &kind, definition.as_bytes());
        streams.add_topic(id, &name, format!("{kind} ({encoding})"), decoder);
    }
    drop(topics);
    let mut messages = database
        .prepare("SELECT id, topic_id, timestamp FROM messages ORDER BY timestamp, id")
        .map_err(damaged)?;
    let mut rows = messages.query([]).map_err(damaged)?;
    let mut lost = Vec::new();
    loop {
        match rows.next() {
            Ok(Some(row)) => {
                let read = || Ok((row.get::<_, i64>(0)?, row.get::<_, u32>(1)?, row.get::<_, i64>(2)?));
                let (id, topic, time) = read().map_err(damaged)?;
                streams.add_message(topic, Time(time), Place { block: 0, offset: id.cast_unsigned() });
            }
            Ok(None) => break,
            Err(err) => {
                lost.push(format!("the bag is damaged, the messages after this point are lost ({err})"));
                break;
            }
        }
    }
    drop(rows);
    drop(messages);
    streams.sort();
    let info = info(path, &streams, lost.clone(), false);
    let database = Database {
        path: path.to_owned(),
        connection: Mutex::new(database),
        known: Mutex::new((streams.clone(), false, lost)),
    };
    Ok(Arc::new(Recorded::new(path.to_owned(), database, info, streams)))
}

/// Message definitions by type; older bags have none.
fn definitions(database: &Connection) -> BTreeMap<String, String> {
    let read = || -> rusqlite::Result<BTreeMap<String, String>> {
        let mut query =
            database.prepare("SELECT topic_type, encoded_message_definition FROM message_definitions")?;
        query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    };
    read().unwrap_or_default()
}

fn info(path: &Path, streams: &Streams, lost: Vec<String>, indexed: bool) -> ClipInfo {
    let (range, outside) = streams.range();
    ClipInfo {
        name: path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        format: "rosbag2",
        channels: streams.channels(),
        range,
        indexed,
        warnings: lost.into_iter().chain(outside).chain(streams.problems()).collect(),
        about: Vec::new(),
    }
}

impl Database {
    fn data(&self, id: u64) -> Result<Vec<u8>, rusqlite::Error> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let mut query = connection.prepare_cached("SELECT data FROM messages WHERE id = ?1")?;
        query.query_row([id.cast_signed()], |row| row.get(0))
    }
}

impl Storage for Database {
    fn message(&self, place: Place) -> Result<Message<'_>, String> {
        let data = self.data(place.offset).map_err(|err| format!("the database is damaged ({err})"))?;
        Ok(Message::Bytes(Cow::Owned(data)))
    }

    fn index(
        &self,
        progress: &Progress,
        publish: &mut dyn FnMut(ClipInfo, Streams),
    ) -> Result<(), ClipError> {
        let (mut streams, read, mut lost) = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if read {
            return Ok(());
        }
        let contents: Vec<(u32, Time, u64)> = streams.unread();
        progress.begin(contents.len() as u64);
        for (i, (topic, time, id)) in contents.into_iter().enumerate() {
            if (i as u64).is_multiple_of(STEP) {
                progress.reach(i as u64)?;
            }
            match self.data(id) {
                Ok(data) => streams.read_contents(topic, time, &data),
                Err(err) => {
                    lost.push(format!("the bag is damaged, numbers from message {id} on are lost ({err})"));
                    break;
                }
            }
        }
        streams.sort();
        publish(info(&self.path, &streams, lost.clone(), true), streams.clone());
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = (streams, true, lost);
        Ok(())
    }
}
