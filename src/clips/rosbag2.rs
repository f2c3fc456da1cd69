//! rosbag2: folders with `metadata.yaml` and `.db3` or `.mcap` files, split or not, and single `.db3` files, each also
//! compressed by zstd.
//!
//! The tables are those of `rosbag2_storage_sqlite3` (<https://github.com/ros2/rosbag2>).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Row};
use tempfile::{NamedTempFile, TempPath};

use crate::base::files::visible_in;
use crate::base::inputs::{self, InputKind};
use crate::base::progress::Progress;
use crate::base::time::{Span, Time};
use crate::base::{temporary, unpacked};
use crate::clips::error::ReadError;
use crate::clips::joined::{Joined, Part};
use crate::clips::losses::Losses;
use crate::clips::messages::Decoder;
use crate::clips::recorded::{Message, Recorded, Storage};
use crate::clips::streams::Streams;
use crate::clips::topic::Place;
use crate::clips::{Clip, ClipError, ClipKind, mcap};
use crate::data::clip::ClipInfo;

/// Reads rosbag2 folders and `.db3` files.
pub static KIND: ClipKind = ClipKind { id: "rosbag2", title: "rosbag2", accepts, open };

/// Messages between two checks for cancellation.
const STEP: u64 = 500;
/// Description of the bag, beside its files.
const METADATA: &str = "metadata.yaml";
/// Endings of files that are compressed as a whole.
const COMPRESSED: [&str; 2] = [".zstd", ".zst"];

fn accepts(path: &Path) -> bool {
    if path.is_dir() { path.join(METADATA).is_file() } else { is_part(path) && !ends(path, ".mcap") }
}

fn ends(path: &Path, wanted: &str) -> bool {
    path.to_string_lossy().to_ascii_lowercase().ends_with(wanted)
}

/// The name of a file without the ending of its compression, if it has one.
fn unpacked_name(path: &Path) -> Option<PathBuf> {
    let ending = COMPRESSED.iter().find(|ending| ends(path, ending))?;
    let text = path.to_string_lossy();
    Some(PathBuf::from(text.get(..text.len() - ending.len())?))
}

/// True for the files that make up a bag.
fn is_part(path: &Path) -> bool {
    let plain = unpacked_name(path).unwrap_or_else(|| path.to_owned());
    ends(&plain, ".db3") || ends(&plain, ".mcap")
}

fn open(path: &Path) -> Result<Arc<dyn Clip>, ClipError> {
    let damaged = |err: &dyn Display| ClipError::Damaged { problem: err.to_string(), path: path.to_owned() };
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    let text = inputs::read(folder.join(METADATA), InputKind::Media).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    check_compression(&text).map_err(|err| damaged(&err))?;
    if path.is_file() {
        return open_file(path);
    }
    let mut all = visible_in(path).map_err(|source| ClipError::Io { path: path.to_owned(), source })?;
    all.retain(|file| is_part(file));
    // Playing a compressed bag leaves the decompressed file beside it.
    let doubled = |file: &Path| unpacked_name(file).is_some_and(|plain| all.contains(&plain));
    let mut files: Vec<&PathBuf> = all.iter().filter(|file| !doubled(file)).collect();
    // Parts are numbered: bag_0, bag_1, … bag_10.
    files.sort_by_key(|file| (file.as_os_str().len(), *file));
    let (mut parts, mut lost, mut first) = (Vec::new(), Vec::new(), None);
    for file in files {
        match open_file(file) {
            Ok(clip) => parts.push(Part { clip, offset: Span(0), prefix: String::new() }),
            Err(err) => {
                lost.push(err.to_string());
                first.get_or_insert(err);
            }
        }
    }
    let known = |name: &str| {
        all.iter().any(|file| {
            let plain = unpacked_name(file);
            [Some(file), plain.as_ref()].into_iter().flatten().any(|path| path.ends_with(name))
        })
    };
    let gone = named_files(&text).filter(|name| !known(name) && !known(&plain_of(name)));
    lost.extend(gone.map(|name| format!("{name}, a part of the bag, is missing in its folder")));
    match first {
        Some(err) if parts.is_empty() => return Err(err),
        _ if parts.is_empty() => {
            return Err(damaged(&"the folder has metadata.yaml but neither .db3 nor .mcap files"));
        }
        _ => {}
    }
    if let ([_], true) = (parts.as_slice(), lost.is_empty())
        && let Some(only) = parts.pop()
    {
        return Ok(only.clip);
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Arc::new(Joined::new(name, "rosbag2", path.to_owned(), parts).without(lost)))
}

/// Name of a file without the ending of its compression.
fn plain_of(name: &str) -> String {
    unpacked_name(Path::new(name))
        .map_or_else(|| name.to_owned(), |plain| plain.to_string_lossy().into_owned())
}

/// Names of the files that the description of a bag lists, without their folders.
fn named_files(metadata: &str) -> impl Iterator<Item = &str> {
    let list =
        metadata.lines().skip_while(|line| !line.trim_start().starts_with("relative_file_paths:")).skip(1);
    list.map_while(|line| line.trim_start().strip_prefix("- "))
        .map(|name| name.trim().trim_matches(['"', '\'']))
        .filter_map(|name| name.rsplit('/').next())
}

/// Refuses a bag whose description names a compression other than zstd.
fn check_compression(metadata: &str) -> Result<(), ReadError> {
    let value = |key: &str| {
        let line = metadata.lines().find_map(|line| line.trim_start().strip_prefix(key))?;
        let value = line.trim_start().strip_prefix(':')?.trim().trim_matches(['"', '\'']);
        (!value.is_empty()).then_some(value)
    };
    match (value("compression_format"), value("compression_mode")) {
        (Some(format), mode)
            if format != "zstd" && mode.is_some_and(|mode| !mode.eq_ignore_ascii_case("none")) =>
        {
            Err(ReadError::unsupported(format!(
                "the bag is compressed by {format:?}, only zstd can be read, convert it with: ros2 bag convert"
            )))
        }
        _ => Ok(()),
    }
}

/// Opens one file of a bag; one that is compressed as a whole is decompressed into a temporary file.
fn open_file(path: &Path) -> Result<Arc<dyn Clip>, ClipError> {
    let mcap = |path: &Path| ends(path, ".mcap");
    let Some(plain) = unpacked_name(path) else {
        return if mcap(path) { (mcap::KIND.open)(path) } else { open_db3(path, None) };
    };
    let unpack = || -> io::Result<NamedTempFile> {
        let mut file = temporary::file(".bag")?;
        let packed = inputs::open(path)?;
        let size = usize::try_from(packed.metadata()?.len()).unwrap_or(usize::MAX);
        let most = unpacked::most(size);
        let mut decoder = zstd::stream::read::Decoder::new(packed)?.take(most + 1);
        if io::copy(&mut decoder, &mut file)? > most {
            return Err(unpacked::too_much(size, most));
        }
        Ok(file)
    };
    let file = unpack().map_err(|err| ClipError::Damaged {
        problem: format!("the file cannot be decompressed ({err})"),
        path: path.to_owned(),
    })?;
    if mcap(&plain) {
        mcap::open_unpacked(path, &file.into_file())
    } else {
        open_db3(path, Some(file.into_temp_path()))
    }
}

struct Database {
    path: PathBuf,
    connection: Mutex<Connection>,
    /// The index; true once the numbers are read; parts that opening could not read.
    known: Mutex<(Streams, bool, Losses)>,
    /// The file itself, if it was decompressed; removed after the connection is closed.
    _unpacked: Option<TempPath>,
}

fn open_db3(path: &Path, unpacked: Option<TempPath>) -> Result<Arc<dyn Clip>, ClipError> {
    let damaged = |err: rusqlite::Error| ClipError::Damaged {
        problem: format!("the bag cannot be read as a rosbag2 database ({err})"),
        path: path.to_owned(),
    };
    let file = unpacked.as_deref().unwrap_or(path);
    let database = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(damaged)?;
    let mut streams = Streams::default();
    let definitions = definitions(&database);
    let mut topics = database
        .prepare("SELECT id, name, type, serialization_format FROM topics ORDER BY id")
        .map_err(damaged)?;
    let rows = topics
        .query_map([], |row| Ok((row.get::<_, u32>(0)?, text(row, 1)?, text(row, 2)?, text(row, 3)?)))
        .map_err(damaged)?;
    for row in rows {
        let (id, name, kind, encoding) = row.map_err(damaged)?;
        // Calls of a service are described by the service.
        let of = |kind: &str| definitions.get(kind);
        let described = of(&kind).or_else(|| of(kind.strip_suffix("_Event")?));
        let (written, definition) = described.map_or(("", ""), |(w, d)| (w.as_str(), d.as_str()));
        let decoder = Decoder::new(&encoding, written, &kind, definition.as_bytes());
        streams.add_topic(id, &name, (&kind, &encoding), decoder);
    }
    drop(topics);
    let mut messages = database
        .prepare("SELECT id, topic_id, timestamp FROM messages ORDER BY timestamp, id")
        .map_err(damaged)?;
    let mut rows = messages.query([]).map_err(damaged)?;
    let mut lost = Losses::default();
    let mut strangers = BTreeMap::new();
    loop {
        match rows.next() {
            Ok(Some(row)) => {
                let read = || Ok((row.get::<_, i64>(0)?, row.get::<_, u32>(1)?, row.get::<_, i64>(2)?));
                let (id, topic, time) = read().map_err(damaged)?;
                if !streams.knows(topic) {
                    *strangers.entry(topic).or_insert(0_usize) += 1;
                }
                streams.add_message(topic, Time(time), Place { block: 0, offset: id.cast_unsigned() });
            }
            Ok(None) => break,
            Err(err) => {
                lost.add(format!("the bag is damaged, the messages after this point are lost ({err})"));
                break;
            }
        }
    }
    drop(rows);
    drop(messages);
    for (topic, count) in strangers {
        lost.add(format!("{count} messages of topic {topic}, which the bag does not describe, were skipped"));
    }
    streams.sort();
    let info = info(path, &streams, &lost, false);
    let database = Database {
        path: path.to_owned(),
        connection: Mutex::new(database),
        known: Mutex::new((streams.clone(), false, lost)),
        _unpacked: unpacked,
    };
    Ok(Arc::new(Recorded::new(path.to_owned(), database, info, streams)))
}

/// A text of a row; some writers store bytes.
fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    Ok(match row.get_ref(column)? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => String::new(),
    })
}

/// Encoding and text of message definitions by type; older bags have none.
fn definitions(database: &Connection) -> BTreeMap<String, (String, String)> {
    let read = || -> rusqlite::Result<BTreeMap<String, (String, String)>> {
        let mut query = database
            .prepare("SELECT topic_type, encoding, encoded_message_definition FROM message_definitions")?;
        query.query_map([], |row| Ok((text(row, 0)?, (text(row, 1)?, text(row, 2)?))))?.collect()
    };
    read().unwrap_or_default()
}

fn info(path: &Path, streams: &Streams, lost: &Losses, indexed: bool) -> ClipInfo {
    let (range, outside) = streams.range();
    ClipInfo {
        name: path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        format: "rosbag2",
        channels: streams.channels(),
        range,
        indexed,
        warnings: lost.sentences().chain(outside).chain(streams.problems()).collect(),
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
    fn message(&self, place: Place) -> Result<Message<'_>, ReadError> {
        let data = self
            .data(place.offset)
            .map_err(|err| ReadError::damaged(format!("the database is damaged ({err})")))?;
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
                    lost.add(format!("the bag is damaged, numbers from message {id} on are lost ({err})"));
                    break;
                }
            }
        }
        streams.sort();
        streams.close();
        publish(info(&self.path, &streams, &lost, true), streams.clone());
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = (streams, true, lost);
        Ok(())
    }
}
