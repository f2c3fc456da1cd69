//! Labels in and out: one file for each format. A format says what it holds; what it does not is told before anything is
//! written, and nothing is lost without `allow_lossy`.

use std::path::{Path, PathBuf};

use crate::base::progress::Cancelled;
use crate::exchange::bundle::Bundle;
use crate::exchange::losses::Holds;

mod audacity;
pub mod bundle;
mod coco;
mod csv_table;
mod cvat;
mod datumaro;
mod kitti_object;
mod kitti_tracklets;
mod label_studio;
mod labelme;
pub mod losses;
mod mcap_events;
mod mot;
mod nuscenes;
mod openlabel;
pub mod rle;
mod voc;
mod xml;
mod yolo;

/// What a reader may need to know of where the labels go.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hints {
    /// Width and height of the images, for formats that do not say.
    pub size: Option<(u32, u32)>,
}

/// Labels as they were read, and what was left out.
#[derive(Debug, Default)]
pub struct Read {
    /// What the file says.
    pub bundle: Bundle,
    /// What could not be taken over, one sentence each.
    pub warnings: Vec<String>,
}

/// A format.
pub struct ExchangeKind {
    /// Name on the command line: `coco`.
    pub id: &'static str,
    /// What a person calls it.
    pub title: &'static str,
    /// What it holds.
    pub holds: Holds,
    /// Whether one file is written; otherwise a folder.
    pub one_file: Option<&'static str>,
    /// The folder for images, seen from where the labels are written; none where they do not belong to it.
    pub pictures: Option<&'static str>,
    /// Whether the path looks like one, by its content where that is cheap.
    pub accepts: fn(&Path) -> bool,
    /// Reads labels. Lenient: what makes no sense becomes a warning.
    pub read: fn(&Path, &Hints) -> Result<Read, ExchangeError>,
    /// Writes labels of which the format holds everything, see [`losses::fitted`].
    pub write: fn(&Bundle, &Path) -> Result<(), ExchangeError>,
}

/// Every format, in the order in which they are asked whether they know a file.
pub static KINDS: &[&ExchangeKind] = &[
    &openlabel::KIND,
    &coco::KIND,
    &cvat::VIDEO,
    &cvat::IMAGES,
    &datumaro::KIND,
    &label_studio::KIND,
    &labelme::KIND,
    &voc::KIND,
    &yolo::DETECT,
    &yolo::SEGMENT,
    &yolo::OBB,
    &yolo::POSE,
    &kitti_tracklets::KIND,
    &kitti_object::KIND,
    &nuscenes::KIND,
    &mot::KIND,
    &mcap_events::KIND,
    &audacity::KIND,
    &csv_table::KIND,
];

/// The format of this name.
pub fn kind(id: &str) -> Result<&'static ExchangeKind, ExchangeError> {
    KINDS.iter().find(|kind| kind.id == id).copied().ok_or_else(|| ExchangeError::UnknownFormat {
        id: id.to_owned(),
        known: KINDS.iter().map(|kind| kind.id).collect::<Vec<_>>().join(", "),
    })
}

/// The format that a file or folder looks like.
pub fn guess(path: &Path) -> Result<&'static ExchangeKind, ExchangeError> {
    KINDS.iter().find(|kind| (kind.accepts)(path)).copied().ok_or_else(|| ExchangeError::Unrecognized {
        path: path.to_owned(),
        known: KINDS.iter().map(|kind| kind.id).collect::<Vec<_>>().join(", "),
    })
}

/// Why labels could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The file system said no.
    #[error("{source}: {}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The content is not what the format says.
    #[error("{problem}: {}", path.display())]
    Malformed {
        /// What is wrong, where, and what is expected.
        problem: String,
        /// Which file.
        path: PathBuf,
    },
    /// No format of this name.
    #[error("there is no label format {id:?}; known are {known}")]
    UnknownFormat {
        /// What was asked for.
        id: String,
        /// What there is.
        known: String,
    },
    /// No format accepts the path.
    #[error("no label format was recognized, name it with --format, one of {known}: {}", path.display())]
    Unrecognized {
        /// Which file.
        path: PathBuf,
        /// What there is.
        known: String,
    },
    /// Somebody asked the work to stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> ExchangeError {
    let path = path.to_owned();
    move |source| ExchangeError::Io { path, source }
}

fn malformed(path: &Path, problem: impl Into<String>) -> ExchangeError {
    // What parsers say may quote several lines.
    let problem = problem.into().split_whitespace().collect::<Vec<_>>().join(" ");
    ExchangeError::Malformed { problem, path: path.to_owned() }
}

/// A whole text file.
fn text_of(path: &Path) -> Result<String, ExchangeError> {
    let bytes = std::fs::read(path).map_err(io(path))?;
    // A mark of the byte order is no part of the text.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    String::from_utf8(bytes.to_vec()).map_err(|err| malformed(path, format!("the file is no text ({err})")))
}

/// A whole JSON file.
fn json_of<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, ExchangeError> {
    let text = text_of(path)?;
    serde_json::from_str(&text)
        .map_err(|err| malformed(path, format!("not the JSON that is expected ({err})")))
}

/// The beginning of a file, as far as it is text: enough to tell formats apart.
fn head(path: &Path) -> String {
    use std::io::Read as _;
    let mut bytes = vec![0; 1 << 16];
    let read = std::fs::File::open(path).and_then(|mut file| file.read(&mut bytes)).unwrap_or(0);
    bytes.truncate(read);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.is_file() && path.extension().is_some_and(|ext| ext.eq_ignore_ascii_case(wanted))
}

/// Writes a file and the folders it lies in.
fn write_file(path: &Path, content: &[u8]) -> Result<(), ExchangeError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(io(folder))?;
    }
    crate::base::files::write_atomic(path, content).map_err(io(path))
}

fn write_json(path: &Path, value: &serde_json::Value) -> Result<(), ExchangeError> {
    let text = serde_json::to_string_pretty(value).map_err(|err| malformed(path, err.to_string()))?;
    write_file(path, (text + "\n").as_bytes())
}

/// The files with an extension in a folder and its folders, sorted.
fn files_in(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, ExchangeError> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(io(folder))? {
        let path = entry.map_err(io(folder))?.path();
        if path.is_dir() {
            found.extend(files_in(&path, extension)?);
        } else if has_extension(&path, extension) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
