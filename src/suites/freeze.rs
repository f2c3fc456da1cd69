//! Writing a suite: each case with its input frozen, so that it runs without the recording.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::base::files::{sha256_hex, slug};
use crate::base::outputs::{self, file_names};
use crate::base::progress::{Cancelled, Progress};
use crate::base::text::counted;
use crate::clips::{point_files, windows};
use crate::data::cases::attacked::AttackedInput;
use crate::data::cases::case::{Case, Provenance};
use crate::data::image::{Image, ImageError};
use crate::data::input::Input;
use crate::predictions::image_models;
use crate::suites::error::SourceError;
use crate::suites::files::{
    self, CaseFile, FORMAT, InputFile, POINTS, SINGLE_INPUTS, STRETCH, STRETCHES, SuiteError, SuiteFile,
    SuiteModel, TEXT, WINDOW,
};
use crate::transforms::catalog::{BUILT_IN, Catalog};

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
    /// The suite cannot be read.
    #[error(transparent)]
    Suite(#[from] SuiteError),
    /// The suite has another case of this name.
    #[error("the suite has a case {id:?} already, give this one another name: {}", path.display())]
    Taken {
        /// Id of the case.
        id: String,
        /// Path of the suite.
        path: PathBuf,
    },
    /// The files could not be serialized.
    #[error("could not write the suite: {0}")]
    Toml(#[from] toml::ser::Error),
    /// The folder holds another suite, whose cases would be removed.
    #[error("{} holds the suite {name:?}, whose cases would be lost: choose another folder", path.display())]
    Another {
        /// The folder.
        path: PathBuf,
        /// Name of the suite in it.
        name: String,
    },
    /// The folder holds cases of an earlier run.
    #[error("{} holds {} of an earlier run that would be lost: choose another folder", path.display(), counted(*count, "case"))]
    Earlier {
        /// The folder.
        path: PathBuf,
        /// Number of cases that this run does not have.
        count: usize,
    },
    /// The work was canceled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Origin of a frozen case.
pub enum Frozen {
    /// A single input.
    Input(Input),
    /// A single input, and the file of the image that an attack made of it.
    Attacked(Input, Vec<u8>),
    /// The bytes of a stretch of a recording.
    Stretch(Vec<u8>),
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
            interval: case.interval.clone(),
        },
        oracle: case.oracle.clone(),
        more: case.more.clone(),
        stack: case.stack.clone(),
        attack: case.attack.clone(),
    }
}

/// Writes a suite of cases that come with their images, of transforms that are built in. A folder with a suite of another
/// name is left alone.
pub fn export_images(
    folder: &Path,
    name: &str,
    model: SuiteModel,
    given: Vec<(Case, Image)>,
    progress: &Progress,
) -> Result<(), FreezeError> {
    if let Ok(there) = files::read(folder)
        && there.file.name != name
    {
        return Err(FreezeError::Another { path: folder.to_owned(), name: there.file.name });
    }
    let (cases, images): (Vec<Case>, Vec<Image>) = given.into_iter().unzip();
    if let Ok(there) = files::read(folder) {
        let ours: BTreeSet<&str> = cases.iter().map(|case| case.id.as_str()).collect();
        let count = there.cases.iter().filter(|(id, _)| !ours.contains(id.as_str())).count();
        if count > 0 {
            return Err(FreezeError::Earlier { path: folder.to_owned(), count });
        }
    }
    let images: BTreeMap<&str, &Image> = cases.iter().map(|case| case.id.as_str()).zip(&images).collect();
    let input = |case: &Case| Ok(Frozen::Input(Input::Image(images[case.id.as_str()].clone())));
    export(folder, name, &[], Some(model), (&BUILT_IN, &cases), input, progress)
}

/// Writes the folder of a suite. Cases and media that an earlier export left there and that are no longer
/// part of it are removed; everything else in the folder stays.
pub fn export(
    folder: &Path,
    name: &str,
    critical: &[String],
    model: Option<SuiteModel>,
    (catalog, cases): (&Catalog, &[Case]),
    input: impl Fn(&Case) -> Result<Frozen, SourceError>,
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
        let ((bytes, ending), attacked) = match input {
            Frozen::Input(input) => (frozen(&input)?, None),
            Frozen::Attacked(input, attacked) => (frozen(&input)?, Some(attacked)),
            Frozen::Stretch(bytes) => ((bytes, STRETCH), None),
        };
        let sha256 = sha256_hex(&bytes);
        let file = Path::new("media").join(format!("{sha256}.{ending}"));
        if !kept.contains(&file) {
            write(&file, &bytes)?;
        }
        let mut written = case_file(case, file.clone(), sha256);
        if let Some((attack, bytes)) = written.attack.as_mut().zip(attacked) {
            attack.file = Path::new(AttackedInput::FOLDER).join(format!("{}.png", attack.sha256));
            write(&attack.file, &bytes)?;
            kept.insert(attack.file.clone());
        }
        let text = toml::to_string_pretty(&written)?;
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
    let earlier = files::read(folder).ok();
    let gated = earlier.as_ref().is_some_and(|suite| suite.gates.names().next().is_some());
    let validity = earlier.as_ref().and_then(|suite| suite.file.validity.clone());
    let limits = earlier.and_then(|suite| suite.file.limits);
    let suite = SuiteFile {
        format: match (gated, cases.iter().any(|case| case.interval.is_some())) {
            (true, _) => FORMAT,
            (false, true) => STRETCHES,
            (false, false) => SINGLE_INPUTS,
        },
        name: name.to_owned(),
        critical: critical.to_vec(),
        model,
        image_models: models,
        limits,
        validity,
    };
    write(Path::new("suite.toml"), toml::to_string_pretty(&suite)?.as_bytes())?;
    for part in ["cases", "media", AttackedInput::FOLDER, image_models::FOLDER, image_models::OLD_FOLDER] {
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
