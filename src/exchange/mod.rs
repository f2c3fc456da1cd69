//! Import and export of labels: one file for each format. Losses of a format are reported before anything is
//! written, and nothing is lost without `allow_lossy`.

use std::path::{Path, PathBuf};

use crate::base::escape::csv::Formulas;
use crate::base::files::visible_in;
use crate::base::inputs::{self, InputKind};
use crate::base::progress::Cancelled;
use crate::exchange::bundle::Bundle;
use crate::exchange::losses::Holds;

mod audacity;
mod border;
pub mod bundle;
mod coco;
pub mod coco_file;
mod coco_folder;
pub mod coco_json;
mod coco_numbers;
mod coco_panoptic;
mod createml;
mod csv_table;
mod cvat;
mod datumaro;
mod files;
mod kitti_object;
mod kitti_tracklets;
mod label_studio;
mod labelme;
pub mod locate;
pub mod losses;
mod mcap_events;
mod merged;
mod mot;
mod nuscenes;
mod openlabel;
pub mod rle;
mod round;
pub mod several;
mod voc;
mod xml;
mod yolo;

/// Facts about the target that a reader may need.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hints {
    /// Width and height of the images, for formats without them.
    pub size: Option<(u32, u32)>,
}

/// Labels read from a file, with warnings.
#[derive(Debug, Default)]
pub struct Read {
    /// Contents of the file.
    pub bundle: Bundle,
    /// Parts that could not be imported, one sentence each.
    pub warnings: Vec<String>,
}

/// A format.
pub struct ExchangeKind {
    /// Name on the command line: `coco`.
    pub id: &'static str,
    /// Name on screen.
    pub title: &'static str,
    /// Its abilities.
    pub holds: Holds,
    /// Extension if one file is written; `None` for a folder.
    pub one_file: Option<&'static str>,
    /// The folder for images, relative to the labels; `None` if images are not a part of it.
    pub pictures: Option<&'static str>,
    /// Detection by path, and by content where that is cheap.
    pub accepts: fn(&Path) -> bool,
    /// Reads labels. Lenient: invalid parts become warnings.
    pub read: fn(&Path, &Hints) -> Result<Read, ExchangeError>,
    /// Writes labels that the format fully supports, see [`losses::fitted`].
    pub write: fn(&Bundle, &Path) -> Result<(), ExchangeError>,
}

/// Every format, in the order of detection.
pub static KINDS: &[&ExchangeKind] = &[
    &openlabel::KIND,
    &coco::KIND,
    &cvat::VIDEO,
    &cvat::IMAGES,
    &datumaro::KIND,
    &createml::KIND,
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

/// Name of the format that spreadsheets open.
pub const TABLE: &str = csv_table::KIND.id;

/// The format of this name: its id or title, or the beginning of one, without regard to case, spaces and signs. An error if
/// several formats begin so.
pub fn kind(name: &str) -> Result<&'static ExchangeKind, ExchangeError> {
    let unknown = || ExchangeError::UnknownFormat { id: name.to_owned(), known: ids(KINDS) };
    match named(name).as_slice() {
        [] => Err(unknown()),
        [kind] => Ok(kind),
        several => Err(ExchangeError::SeveralFormats { id: name.to_owned(), known: ids(several) }),
    }
}

/// The same for labels that are there: of several formats that begin so the one that accepts the path.
pub fn kind_at(name: &str, path: &Path) -> Result<&'static ExchangeKind, ExchangeError> {
    let accepting = named(name).into_iter().find(|kind| (kind.accepts)(path));
    accepting.map_or_else(|| kind(name), Ok)
}

/// The formats that a name may mean.
fn named(name: &str) -> Vec<&'static ExchangeKind> {
    let plain = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let wanted = plain(name);
    let names = |kind: &ExchangeKind| [plain(kind.id), plain(kind.title)];
    let exact: Vec<_> = KINDS.iter().copied().filter(|kind| names(kind).contains(&wanted)).collect();
    if !exact.is_empty() || wanted.is_empty() {
        return exact;
    }
    let begins = |kind: &ExchangeKind| {
        let words = kind.title.split(' ').map(plain);
        names(kind).into_iter().chain(words).any(|name| name.starts_with(&wanted))
    };
    KINDS.iter().copied().filter(|kind| begins(kind)).collect()
}

fn ids(kinds: &[&ExchangeKind]) -> String {
    kinds.iter().map(|kind| kind.id).collect::<Vec<_>>().join(", ")
}

/// The format of a file or folder, by detection.
pub fn guess(path: &Path) -> Result<&'static ExchangeKind, ExchangeError> {
    KINDS
        .iter()
        .find(|kind| (kind.accepts)(path))
        .copied()
        .ok_or_else(|| ExchangeError::Unrecognized { path: path.to_owned(), known: ids(KINDS) })
}

/// Most frames of all tracks of a file together: each is an object on a frame once labels are drawn or written.
pub const MOST_SHOWN: u64 = 20_000_000;

/// Reads labels, and says what may be misunderstood: labels of other formats in the same folder, and text whose encoding
/// is not certain.
pub fn read(kind: &ExchangeKind, path: &Path, hints: &Hints) -> Result<Read, ExchangeError> {
    let mut read = (kind.read)(path, hints)?;
    let frames = read.bundle.shown_frames();
    if frames > MOST_SHOWN {
        return Err(malformed(
            path,
            format!(
                "its tracks go over {frames} frames altogether, more than {MOST_SHOWN}: a number of a frame in it is wrong"
            ),
        ));
    }
    if path.is_dir() {
        // Formats of one family are told apart by their content.
        let family = |kind: &ExchangeKind| kind.id.split('_').next().unwrap_or_default().to_owned();
        let others = KINDS.iter().filter(|other| family(other) != family(kind) && (other.accepts)(path));
        let others: Vec<&str> = others.map(|other| other.id).collect();
        if !others.is_empty() {
            read.warnings.push(format!(
                "the folder was read as {}; it also holds what looks like {}, name that format to read it instead",
                kind.id,
                others.join(", ")
            ));
        }
    } else if ["json", "xml", "csv", "txt"].iter().any(|ending| has_extension(path, ending)) {
        let doubt = inputs::read(path, InputKind::Labels)
            .ok()
            .and_then(|bytes| files::doubt(&files::text_in(&bytes).ok()?, path));
        read.warnings.extend(doubt.filter(|doubt| !read.warnings.contains(doubt)));
    }
    Ok(read)
}

/// Writes labels; the format that spreadsheets open without their formulas if that is asked for.
pub fn write(
    kind: &ExchangeKind,
    bundle: &Bundle,
    path: &Path,
    formulas: Formulas,
) -> Result<(), ExchangeError> {
    let guarded = (formulas == Formulas::Guarded && kind.id == TABLE).then(|| bundle.guarded());
    (kind.write)(guarded.as_ref().unwrap_or(bundle), path)
}

/// Error of reading or writing labels.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The file system reported an error.
    #[error("{source}: {}", path.display())]
    Io {
        /// Path of the file.
        path: PathBuf,
        /// Error of the file system.
        source: std::io::Error,
    },
    /// The content does not follow the format.
    #[error("{problem}: {}", path.display())]
    Malformed {
        /// Problem, position and expectation.
        problem: String,
        /// Path of the file.
        path: PathBuf,
    },
    /// No format of this name.
    #[error("unknown label format {id:?}, expected one of {known}")]
    UnknownFormat {
        /// Requested id.
        id: String,
        /// Known ids.
        known: String,
    },
    /// Several formats of this name.
    #[error("several label formats begin with {id:?}, name one of {known}")]
    SeveralFormats {
        /// Requested name.
        id: String,
        /// Ids of these formats.
        known: String,
    },
    /// No format accepts the path.
    #[error("label format not recognized, set --format to one of {known}: {}", path.display())]
    Unrecognized {
        /// Path of the file.
        path: PathBuf,
        /// Known ids.
        known: String,
    },
    /// The work was canceled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> ExchangeError {
    let path = path.to_owned();
    move |source| ExchangeError::Io { path, source }
}

fn malformed(path: &Path, problem: impl Into<String>) -> ExchangeError {
    // Parser errors may quote several lines.
    let problem = problem.into().split_whitespace().collect::<Vec<_>>().join(" ");
    ExchangeError::Malformed { problem, path: path.to_owned() }
}

/// A whole text file in any encoding.
fn text_of(path: &Path) -> Result<String, ExchangeError> {
    let bytes = inputs::read(path, InputKind::Labels).map_err(io(path))?;
    files::text_in(&bytes).map(|decoded| decoded.text).map_err(|err| malformed(path, err.to_string()))
}

/// The same, with a word about an encoding that is not certain.
fn text_with(path: &Path, warnings: &mut Vec<String>) -> Result<String, ExchangeError> {
    let bytes = inputs::read(path, InputKind::Labels).map_err(io(path))?;
    let decoded = files::text_in(&bytes).map_err(|err| malformed(path, err.to_string()))?;
    warnings.extend(files::doubt(&decoded, path));
    Ok(decoded.text)
}

/// A whole JSON file.
fn json_of<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, ExchangeError> {
    let text = text_of(path)?;
    serde_json::from_str(&text).map_err(|err| malformed(path, format!("not the expected JSON ({err})")))
}

/// The same, with a word about an encoding that is not certain.
fn json_with<T: serde::de::DeserializeOwned>(
    path: &Path,
    warnings: &mut Vec<String>,
) -> Result<T, ExchangeError> {
    let text = text_with(path, warnings)?;
    serde_json::from_str(&text).map_err(|err| malformed(path, format!("not the expected JSON ({err})")))
}

/// The beginning of a file, as far as it is text: enough to detect formats.
fn head(path: &Path) -> String {
    use std::io::Read as _;
    let mut bytes = vec![0; 1 << 16];
    let read = inputs::open(path).and_then(|mut file| file.read(&mut bytes)).unwrap_or(0);
    bytes.truncate(read);
    // Text that is cut off in the middle of a character is still text.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    if bytes.contains(&0) || bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return files::text_in(bytes.get(..read & !1).unwrap_or(bytes))
            .map_or_else(|_| String::new(), |decoded| decoded.text);
    }
    String::from_utf8_lossy(bytes).into_owned()
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.is_file() && path.extension().is_some_and(|ext| ext.eq_ignore_ascii_case(wanted))
}

/// Writes a file below the folder of an export, whatever the names of samples are.
fn write_below(folder: &Path, file: &Path, content: &[u8]) -> Result<(), ExchangeError> {
    crate::base::outputs::write(folder, file, content).map_err(io(&folder.join(file)))
}

/// Writes a file and creates its folders.
fn write_file(path: &Path, content: &[u8]) -> Result<(), ExchangeError> {
    crate::base::outputs::write_named(path, content).map_err(io(path))
}

fn write_json(path: &Path, value: &serde_json::Value) -> Result<(), ExchangeError> {
    write_file(path, &json_text(path, value)?)
}

fn write_json_below(folder: &Path, file: &Path, value: &serde_json::Value) -> Result<(), ExchangeError> {
    write_below(folder, file, &json_text(file, value)?)
}

fn json_text(path: &Path, value: &serde_json::Value) -> Result<Vec<u8>, ExchangeError> {
    let text = serde_json::to_string_pretty(value).map_err(|err| malformed(path, err.to_string()))?;
    Ok((text + "\n").into_bytes())
}

/// The files with an extension in a folder and its subfolders, sorted; without hidden ones.
fn files_in(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, ExchangeError> {
    let mut found = Vec::new();
    for path in visible_in(folder).map_err(io(folder))? {
        if path.is_dir() {
            found.extend(files_in(&path, extension)?);
        } else if has_extension(&path, extension) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
