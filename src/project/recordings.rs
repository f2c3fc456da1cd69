//! Opening the recordings of a project: one file or several on a common clock.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::progress::Progress;
use crate::base::remote::download::named_in;
use crate::base::time::Span;
use crate::clips::joined::{Joined, Part};
use crate::clips::{self, Clip};
use crate::project::missing::{MissingError, is_there};
use crate::project::{ClipRef, PartRef};

/// A recording to open.
pub enum Wanted {
    /// Files that are not part of a project yet.
    Files {
        /// The file with the reference clock.
        first: PathBuf,
        /// The others, in the order of their channels.
        others: Vec<PathBuf>,
    },
    /// A recording of a project.
    Known {
        /// Folder of the project.
        folder: PathBuf,
        /// The recording as the project refers to it.
        clip: ClipRef,
    },
}

impl Wanted {
    /// Name on screen: that of the recording, or of its first file.
    pub fn title(&self) -> String {
        let name =
            |path: &Path| path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        match self {
            Self::Files { first, others } if others.is_empty() => name(first),
            Self::Files { first, others } => format!("{} and {} more", name(first), others.len()),
            Self::Known { clip, .. } => clip.name.clone(),
        }
    }
}

/// Opens a recording of a project and indexes all of its samples. Blocks.
pub fn open_known(folder: &Path, clip: &ClipRef) -> anyhow::Result<Arc<dyn Clip>> {
    let progress = Progress::default();
    let wanted = Wanted::Known { folder: folder.to_owned(), clip: clip.clone() };
    let (joined, _) = together(&wanted, &progress)?;
    joined.index(&progress)?;
    Ok(joined)
}

/// Opens all files of a recording. Clocks without overlap start together; offsets of the project take precedence.
pub fn together(wanted: &Wanted, progress: &Progress) -> anyhow::Result<(Arc<Joined>, ClipRef)> {
    let (first, others, offsets) = match wanted {
        Wanted::Files { first, others } => (first.clone(), others.clone(), None),
        Wanted::Known { folder, clip } => {
            let at = |path: &Path| match named_in(folder, path) {
                Some(address) => address.path(),
                None => crate::project::normalized(&folder.join(path)),
            };
            let others = clip.with.iter().map(|part| at(&part.path)).collect();
            (at(&clip.path), others, Some(clip.offsets()))
        }
    };
    let mut parts: Vec<Part> = Vec::new();
    for path in std::iter::once(&first).chain(&others) {
        progress.reach(parts.len() as u64)?;
        if let Wanted::Known { clip, .. } = wanted
            && !is_there(path)
        {
            return Err(MissingError { name: clip.name.clone(), path: path.clone() }.into());
        }
        let clip = clips::open_with(path, progress)?;
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let mut prefix = if others.is_empty() { String::new() } else { stem };
        while !others.is_empty() && parts.iter().any(|part| part.prefix == prefix) {
            prefix.push('\'');
        }
        let offset = match (&offsets, parts.first()) {
            (Some(offsets), _) => offsets.get(parts.len()).copied().unwrap_or_default(),
            (None, Some(first)) => {
                let (clock, own) = (first.clip.info().range, clip.info().range);
                let apart = own.end <= clock.start || clock.end <= own.start;
                if apart { clock.start - own.start } else { Span(0) }
            }
            (None, None) => Span(0),
        };
        parts.push(Part { clip, offset, prefix });
    }
    let (name, format) = match parts.as_slice() {
        [only] => (only.clip.info().name.clone(), only.clip.info().format),
        _ => (wanted.title(), "joined"),
    };
    let with = others.iter().zip(parts.iter().skip(1)).map(|(path, part)| PartRef {
        path: path.clone(),
        offset_ns: part.offset.0,
        file: None,
    });
    let header_time = match wanted {
        Wanted::Files { .. } => Vec::new(),
        Wanted::Known { clip, .. } => clip.header_time.clone(),
    };
    let of = ClipRef {
        name: name.clone(),
        path: first.clone(),
        with: with.collect(),
        header_time,
        faults: Vec::new(),
        file: None,
    };
    Ok((Arc::new(Joined::new(name, format, first, parts)), of))
}
