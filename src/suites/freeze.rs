//! Writing a suite: each case with its input frozen, so that it runs without the recording.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::base::files::{sha256_hex, slug};
use crate::base::outputs::{self, file_names};
use crate::base::progress::{Cancelled, Progress};
use crate::clips::{point_files, windows};
use crate::data::cases::case::{Case, Provenance};
use crate::data::image::ImageError;
use crate::data::input::Input;
use crate::predictions::image_models;
use crate::suites::error::SourceError;
use crate::suites::files::{self, CaseFile, FORMAT, InputFile, POINTS, SuiteFile, SuiteModel, TEXT, WINDOW};
use crate::transforms::catalog::Catalog;

/// Reason why a suite could not be written.
#[derive(Debug, thiserror::Error)]
pub enum FreezeError {
    /// The file system reported an error.
    #[error("could not write the suite, is there room and permission? {source}: {}", path.display())]
    Io {
        /// Path of the file.
        path: PathBuf,
        /// Error of the system.
        source: std::io::Error,
    },
    /// An input could not be had.
    #[error("case {id:?} cannot be frozen: {source}")]
    Input {
        /// Id of the case.
        id: String,
        /// The problem.
        source: SourceError,
    },
    /// An image could not be encoded.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The files could not be serialized.
    #[error("could not write the suite: {0}")]
    Toml(#[from] toml::ser::Error),
    /// The work was canceled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// An input as the bytes of its file, and the ending of its name; the same input gives the same bytes.
pub fn frozen(input: &Input) -> Result<(Vec<u8>, &'static str), ImageError> {
    Ok(match input {
        Input::Image(image) => (image.to_png()?, "png"),
        Input::Points(cloud) => (point_files::to_pcd(cloud), POINTS),
        Input::Window(window) => (windows::to_json(window)?, WINDOW),
        Input::Text(text) => (text.as_bytes().to_vec(), TEXT),
    })
}

/// A case as its file, with its input frozen in a file of this checksum.
pub fn case_file(case: &Case, file: PathBuf, sha256: String) -> CaseFile {
    CaseFile {
        tags: case.tags.clone(),
        why: case.why.clone(),
        repeats: case.terms.repeats,
        known_failure: case.terms.known_failure.clone(),
        kept: Some(case.terms.kept.clone()).filter(|kept| *kept != Provenance::default()),
        input: InputFile {
            file,
            sha256,
            clip: case.clip.clone(),
            channel: case.channel.clone(),
            frame: case.frame,
        },
        oracle: case.oracle.clone(),
        stack: case.stack.clone(),
    }
}

/// Writes the folder of a suite. Cases and media that an earlier export left there and that are no longer
/// part of it are removed; everything else in the folder stays.
pub fn export(
    folder: &Path,
    name: &str,
    critical: &[String],
    model: Option<SuiteModel>,
    (catalog, cases): (&Catalog, &[Case]),
    input: impl Fn(&Case) -> Result<Input, SourceError>,
    progress: &Progress,
) -> Result<(), FreezeError> {
    progress.begin(cases.len() as u64);
    let write = |file: &Path, content: &[u8]| {
        outputs::write(folder, file, content)
            .map_err(|source| FreezeError::Io { path: folder.join(file), source })
    };
    let names = file_names(cases.iter().map(|case| case.id.as_str()));
    let mut kept = BTreeSet::new();
    for case in cases {
        let input = input(case).map_err(|source| FreezeError::Input { id: case.id.clone(), source })?;
        let (bytes, ending) = frozen(&input)?;
        let sha256 = sha256_hex(&bytes);
        let file = Path::new("media").join(format!("{sha256}.{ending}"));
        if !kept.contains(&file) {
            write(&file, &bytes)?;
        }
        let text = toml::to_string_pretty(&case_file(case, file.clone(), sha256))?;
        let name = names.get(case.id.as_str()).cloned().unwrap_or_else(|| slug(&case.id));
        let case_file = Path::new("cases").join(format!("{name}.toml"));
        write(&case_file, text.as_bytes())?;
        kept.extend([file, case_file]);
        progress.step()?;
    }
    fs::create_dir_all(folder.join("cases"))
        .map_err(|source| FreezeError::Io { path: folder.join("cases"), source })?;
    let mut models = Vec::new();
    for (image_model, files) in image_models::frozen(catalog, cases.iter().map(|case| &case.stack)) {
        for (file, content) in files {
            write(&file, &content)?;
            kept.insert(file);
        }
        models.push(image_model);
    }
    // Limits are written by hand, so an export over an earlier one keeps them.
    let limits = files::read(folder).ok().and_then(|suite| suite.file.limits);
    let suite = SuiteFile {
        format: FORMAT,
        name: name.to_owned(),
        critical: critical.to_vec(),
        model,
        image_models: models,
        limits,
    };
    write(Path::new("suite.toml"), toml::to_string_pretty(&suite)?.as_bytes())?;
    for part in ["cases", "media", image_models::FOLDER, image_models::OLD_FOLDER] {
        let place = outputs::within(folder, Path::new(part))
            .map_err(|source| FreezeError::Io { path: folder.join(part), source })?;
        let entries = fs::read_dir(place).into_iter().flatten().flatten();
        for entry in entries {
            if !kept.contains(&Path::new(part).join(entry.file_name())) {
                outputs::remove(folder, &Path::new(part).join(entry.file_name()))
                    .map_err(|source| FreezeError::Io { path: entry.path(), source })?;
            }
        }
    }
    Ok(())
}
