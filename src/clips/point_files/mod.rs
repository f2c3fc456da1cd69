//! Point clouds in files: PCD, PLY, LAS, and the raw floats of KITTI and nuScenes (`.bin`).

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::files::visible_in;
use crate::base::inputs::{self, InputKind};
use crate::base::time::Time;
use crate::clips::assembled::{Assembled, Files, natural};
use crate::clips::{Clip, ClipError, ClipKind};
use crate::data::clip::{ChannelKind, Sample};
use crate::data::geometry::points::PointCloud;

use build::Read;
use floats::Layout;

mod build;
pub mod error;
mod floats;
mod las;
mod pcd;
mod ply;

use error::PointError;
pub use pcd::{pcd, to_pcd};

/// Reads folders of point clouds, and single ones.
pub static KIND: ClipKind = ClipKind { id: "points", title: "Point clouds", accepts, open };

/// Assumed rate of scans without timestamps.
const ASSUMED_RATE_HZ: i64 = 10;

fn accepts(path: &Path) -> bool {
    if path.is_dir() { clouds_in(path).is_ok_and(|files| !files.is_empty()) } else { is_cloud(path) }
}

fn is_cloud(path: &Path) -> bool {
    path.extension()
        .and_then(|ext| ext.to_str())
        .is_some_and(|ext| ["pcd", "ply", "bin", "las", "laz"].contains(&ext.to_ascii_lowercase().as_str()))
}

fn clouds_in(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = visible_in(folder)?;
    files.retain(|path| is_cloud(path));
    files.sort_by_cached_key(|path| natural(path));
    Ok(files)
}

fn open(path: &Path) -> Result<Arc<dyn Clip>, ClipError> {
    let io = |source| ClipError::Io { path: path.to_owned(), source };
    let files = if path.is_dir() { clouds_in(path).map_err(io)? } else { vec![path.to_owned()] };
    let raw: Vec<&Path> = files.iter().map(PathBuf::as_path).filter(|file| ends(file, "bin")).collect();
    let layout = floats::layout(&raw)
        .map_err(|err| ClipError::Damaged { problem: err.to_string(), path: path.to_owned() })?;
    let mut clip = Assembled::new(path, "points");
    if let [only] = files.as_slice() {
        let notes = check(only, &layout)
            .map_err(|err| ClipError::Damaged { problem: err.to_string(), path: path.to_owned() })?;
        for note in notes {
            clip.warn(note);
        }
    }
    let times = (0..files.len() as i64).map(|i| Time(i * 1_000_000_000 / ASSUMED_RATE_HZ)).collect();
    if files.len() > 1 {
        clip.warn(format!("no timestamps, assuming {ASSUMED_RATE_HZ} Hz"));
    }
    let alone = files.len() == 1;
    let read = clouds("lidar", layout);
    let read = if alone { read.unchecked() } else { read };
    clip.add_files("points", ChannelKind::Points, "point cloud files", times, files, read);
    Ok(Arc::new(clip))
}

/// Reader of point cloud files in a coordinate frame; files without a header hold x, y, z and intensity, or what nuScenes names.
pub(super) fn points_in(frame: &str) -> Files {
    clouds(frame, Layout::kitti())
}

/// Reader of point cloud files in a coordinate frame; files without a header have this layout.
fn clouds(frame: &str, layout: Layout) -> Files {
    let frame = frame.to_owned();
    let same = layout.clone();
    Files::new(move |path| {
        let cloud = read_cloud(path, &layout)?.cloud;
        Ok(Sample::Points(Arc::new(PointCloud { frame: frame.clone(), ..cloud })))
    })
    .checked(move |path| check(path, &same).unwrap_or_else(|err| vec![err.to_string()]))
}

fn ends(path: &Path, wanted: &str) -> bool {
    path.extension().is_some_and(|ext| ext.eq_ignore_ascii_case(wanted))
}

/// Reads one file by its content, or by its name if it has no header.
fn read_cloud(path: &Path, layout: &Layout) -> Result<Read, PointError> {
    let bytes = inputs::read(path, InputKind::Media)?;
    if bytes.starts_with(b"ply") {
        ply::read(&bytes)
    } else if bytes.starts_with(b"LASF") {
        las::read(&bytes)
    } else if ends(path, "bin") {
        floats::read(&bytes, &layout.of(path))
    } else {
        pcd::read(&bytes)
    }
}

/// Notes about a file: points that are missing, parts that are not read. Reads no more of it than that takes.
fn check(path: &Path, layout: &Layout) -> Result<Vec<String>, PointError> {
    /// Longer headers are read with their file.
    const HEADER_BYTES: u64 = 1 << 16;
    let length = fs::metadata(path)?.len();
    let start = starts(path, HEADER_BYTES)?;
    let known = if start.starts_with(b"LASF") {
        let head = las::head(&start)?;
        Some((head.missing_of(length), head.notes()))
    } else if start.starts_with(b"ply") {
        ply::head(&start).ok().and_then(|head| Some((head.missing_of(length)?, head.notes())))
    } else if ends(path, "bin") {
        return floats::check(length, &layout.of(path)).map(|()| Vec::new());
    } else {
        pcd::head(&start).ok().and_then(|head| Some((head.missing_of(length)?, head.notes().to_vec())))
    };
    let (missing, notes) = if let Some((missing, notes)) = known {
        (missing?, notes)
    } else {
        let read = read_cloud(path, layout)?;
        (read.missing, read.notes)
    };
    Ok(missing.into_iter().chain(notes).collect())
}

/// The first bytes of a file.
fn starts(path: &Path, count: u64) -> Result<Vec<u8>, PointError> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let file = inputs::open(path)?;
    file.take(count).read_to_end(&mut bytes)?;
    Ok(bytes)
}
