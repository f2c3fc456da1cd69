//! A suite on disk: `suite.toml`, `cases/*.toml`, `media/<sha256>.png`. Plain text for people, git and CI.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::files::{sha256_hex, sha256_of, stays_inside, visible_in};
use crate::base::inputs::{self, InputKind};
use crate::base::nearest::with_hint;
use crate::clips::error::ReadError;
use crate::clips::{point_files, windows};
use crate::data::cases::case::{ClaimSpec, KnownFailure, Provenance};
use crate::data::cases::stack::Stack;
use crate::data::image::Image;
use crate::data::input::Input;
use crate::inference::card::ModelCard;
use crate::inference::decoders;
use crate::predictions::image_models::{self, SuiteImageModel, TransformFileError};
use crate::suites::error::{CaseError, CaseFileError};
use crate::suites::limits::CaseLimits;
use crate::suites::select::TagExpr;
use crate::transforms::catalog::Catalog;

/// Ending of the files of frozen points.
pub(super) const POINTS: &str = "pcd";
/// Ending of the files of frozen windows of a recording.
pub(super) const WINDOW: &str = "json";
/// Ending of the files of frozen texts.
pub(super) const TEXT: &str = "txt";

/// Runs of a case that are allowed.
pub const REPEATS: std::ops::RangeInclusive<u32> = 1..=1000;

/// Version of the files written here.
pub const FORMAT: u32 = 1;

/// `suite.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuiteFile {
    /// Version of the format.
    pub format: u32,
    /// Name on screen and in reports.
    pub name: String,
    /// Only cases with one of these tags decide the exit code; all do when there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub critical: Vec<String>,
    /// The model of the suite, and the inputs that any model needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<SuiteModel>,
    /// Image-to-image models of the stacks of its cases.
    #[serde(default, alias = "painters", skip_serializing_if = "Vec::is_empty")]
    pub image_models: Vec<SuiteImageModel>,
    /// Limits of each of its cases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<CaseLimits>,
}

/// The model a suite was made with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuiteModel {
    /// Path relative to the suite; another may be given on the command line.
    pub file: PathBuf,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Inputs and outputs; used for any model without a card of its own.
    pub card: ModelCard,
}

/// One file of `cases/`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseFile {
    /// Tags to select by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Reason to save the case.
    #[serde(default)]
    pub why: String,
    /// Number of runs; if the verdicts differ, the case is flaky, which counts as a failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<u32>,
    /// Set if the case is expected to fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_failure: Option<KnownFailure>,
    /// Origin of the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept: Option<Provenance>,
    /// The frozen input.
    pub input: InputFile,
    /// The expectation.
    pub oracle: ClaimSpec,
    /// The change of the input.
    #[serde(default)]
    pub stack: Stack,
}

/// A frozen input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputFile {
    /// The image, the point cloud, the window or the text, relative to the suite.
    pub file: PathBuf,
    /// SHA-256 of the file.
    pub sha256: String,
    /// The recording it came from.
    #[serde(default)]
    pub clip: String,
    /// The channel it came from.
    #[serde(default)]
    pub channel: String,
    /// Index of the frame in the channel.
    #[serde(default)]
    pub frame: usize,
}

/// A suite as read: every readable case, and the problems of the others.
#[derive(Clone, Debug)]
pub struct Suite {
    /// Its folder.
    pub folder: PathBuf,
    /// `suite.toml`.
    pub file: SuiteFile,
    /// The cases by name, sorted.
    pub cases: Vec<(String, CaseFile)>,
    /// Case files that cannot be read: name and problem.
    pub broken: Vec<(String, String)>,
}

/// Reason why a suite cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum SuiteError {
    /// The file system reported an error.
    #[error("could not read the suite: {source}: {}", path.display())]
    Io {
        /// Path of the file.
        path: PathBuf,
        /// Error of the system.
        source: io::Error,
    },
    /// `suite.toml` is not valid.
    #[error("{problem}: {}", path.display())]
    Malformed {
        /// The problem.
        problem: String,
        /// Path of the file.
        path: PathBuf,
    },
}

/// True if the folder is a suite.
pub fn is_suite(folder: &Path) -> bool {
    folder.join("suite.toml").is_file()
}

/// Reads a suite; a case that cannot be read costs itself and not the suite.
pub fn read(folder: &Path) -> Result<Suite, SuiteError> {
    let path = folder.join("suite.toml");
    let text = read_inside(folder, Path::new("suite.toml"))
        .map_err(|source| SuiteError::Io { path: path.clone(), source })?;
    let file: SuiteFile = toml::from_str(&text).map_err(|err| SuiteError::Malformed {
        problem: with_hint(&one_line(&err.to_string())),
        path: path.clone(),
    })?;
    if file.format > FORMAT {
        let problem = format!(
            "the suite has format {}, this version reads up to {FORMAT}, update hardcase",
            file.format
        );
        return Err(SuiteError::Malformed { problem, path });
    }
    let (mut cases, mut broken) = (Vec::new(), Vec::new());
    let cases_folder = folder.join("cases");
    let mut paths =
        visible_in(&cases_folder).map_err(|source| SuiteError::Io { path: cases_folder.clone(), source })?;
    paths.retain(|path| path.extension().is_some_and(|e| e == "toml"));
    for path in paths {
        let id = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let file = Path::new("cases").join(file_name(&path));
        let read = read_inside(folder, &file).map_err(CaseFileError::from);
        match read.and_then(|text| case_of(&text)) {
            Ok(case) => cases.push((id, case)),
            Err(problem) => {
                broken.push((id, format!("the case cannot be read: {problem}: cases/{}", file_name(&path))));
            }
        }
    }
    Ok(Suite { folder: folder.to_owned(), file, cases, broken })
}

impl CaseFile {
    /// Number of runs where every case is run at least so often.
    pub(super) fn runs(&self, least: u32) -> u32 {
        least.max(self.repeats.unwrap_or(1)).max(1)
    }
}

/// The text of a file of the suite.
fn read_inside(folder: &Path, file: &Path) -> io::Result<String> {
    inputs::read_text(&inputs::inside(folder, file)?, InputKind::Settings)
}

/// A case from the text of its file.
fn case_of(text: &str) -> Result<CaseFile, CaseFileError> {
    let case: CaseFile = toml::from_str(text)
        .map_err(|err| CaseFileError::Toml { message: with_hint(&one_line(&err.to_string())) })?;
    match case.repeats {
        Some(repeats) if !REPEATS.contains(&repeats) => {
            Err(CaseFileError::Repeats { repeats, least: *REPEATS.start(), most: *REPEATS.end() })
        }
        _ => Ok(case),
    }
}

/// The input in the bytes of a file of this name.
pub(super) fn decoded(file: &Path, bytes: &[u8]) -> Result<Input, CaseError> {
    let read = || -> Result<Input, ReadError> {
        Ok(match file.extension().and_then(|ext| ext.to_str()) {
            Some(POINTS) => Input::from(point_files::pcd(bytes)?),
            Some(WINDOW) => Input::Window(windows::from_json(bytes)?.into()),
            Some(TEXT) => match str::from_utf8(bytes) {
                Ok(text) => Input::Text(text.into()),
                Err(err) => return Err(ReadError::Damaged { what: err.to_string() }),
            },
            _ => Input::from(Image::decode(bytes)?),
        })
    };
    read().map_err(|source| CaseError::Damaged { file: file.to_owned(), source })
}

impl Suite {
    /// The frozen input of a case, its checksum verified.
    pub fn input(&self, case: &CaseFile) -> Result<Input, CaseError> {
        decoded(&case.input.file, &self.media(case)?)
    }

    /// The file of the frozen input of a case, its checksum verified.
    pub(super) fn media(&self, case: &CaseFile) -> Result<Vec<u8>, CaseError> {
        let file = &case.input.file;
        if !stays_inside(file) {
            return Err(CaseError::Outside { file: file.clone() });
        }
        let read = inputs::inside(&self.folder, file).and_then(|path| inputs::read(&path, InputKind::Media));
        let bytes = read.map_err(|source| {
            let file = file.clone();
            if source.kind() == io::ErrorKind::NotFound {
                CaseError::Missing { file, source }
            } else {
                CaseError::Io { file, source }
            }
        })?;
        let found = sha256_hex(&bytes);
        if found != case.input.sha256 {
            return Err(CaseError::Altered {
                file: file.clone(),
                found: short(&found).to_owned(),
                expected: short(&case.input.sha256).to_owned(),
            });
        }
        Ok(bytes)
    }

    /// The transforms that its cases may name: the built-in ones and those that the suite brings, whose models run in
    /// processes of their own.
    pub fn catalog(&self) -> Result<Catalog, TransformFileError> {
        let mut catalog = Catalog::default();
        let apart = image_models::apart();
        self.file.image_models.iter().try_for_each(|model| model.load(&self.folder, &mut catalog, &apart))?;
        Ok(catalog)
    }

    /// Problems with the files of the suite: unreadable cases, missing, altered or unused media.
    pub fn problems(&self) -> Vec<String> {
        let mut problems: Vec<String> = self.broken.iter().map(|(_, problem)| problem.clone()).collect();
        let catalog = self.catalog().unwrap_or_else(|err| {
            problems.push(err.to_string());
            Catalog::default()
        });
        problems.extend(self.model_problem());
        problems.extend(self.card_problem());
        problems.extend(self.critical_problem());
        let mut used = BTreeSet::new();
        for (id, case) in &self.cases {
            used.insert(case.input.file.clone());
            problems.extend(self.input(case).err().map(|problem| format!("{id}: {problem}")));
            problems.extend(
                crate::transforms::stack::check(&catalog, &case.stack)
                    .err()
                    .map(|err| format!("{id}: {err}")),
            );
            problems.extend(crate::claims::spec::check(&case.oracle).err().map(|err| format!("{id}: {err}")));
        }
        let media = visible_in(&self.folder.join("media")).unwrap_or_default();
        let unused: Vec<PathBuf> = media
            .iter()
            .map(|file| Path::new("media").join(file.file_name().unwrap_or_default()))
            .filter(|path| !used.contains(path))
            .collect();
        problems.extend(unused.iter().map(|path| format!("no case uses this file: {}", path.display())));
        problems
    }

    /// Problem of the model named in the suite, if there is such a file: one with another checksum.
    pub fn model_problem(&self) -> Option<String> {
        let model = self.file.model.as_ref()?;
        let path = self.model_path()?;
        let found = match sha256_of(&path) {
            Ok(found) => found,
            Err(err) => return Some(format!("the model cannot be read ({err}): {}", model.file.display())),
        };
        (found != model.sha256).then(|| {
            format!(
                "the model is another one, its checksum is {} instead of {}: {}",
                short(&found),
                short(&model.sha256),
                model.file.display()
            )
        })
    }

    /// The expressions of its critical tags; text that cannot be read as an expression is a tag as it stands.
    pub(super) fn critical(&self) -> Vec<TagExpr> {
        let read = |text: &String| text.parse().unwrap_or_else(|_| TagExpr::Tag(text.to_lowercase()));
        self.file.critical.iter().map(read).collect()
    }

    /// Problem of critical tags that no case has, by which no failure would count.
    pub fn critical_problem(&self) -> Option<String> {
        let critical = self.critical();
        let decides = |tags: &[String]| critical.iter().any(|expr| expr.holds(tags));
        let none = !critical.is_empty() && !self.cases.iter().any(|(_, case)| decides(&case.tags));
        none.then(|| {
            format!("no case has one of the critical tags {:?}, so all are critical", self.file.critical)
        })
    }

    /// Problem of the card in the suite, if any.
    pub fn card_problem(&self) -> Option<String> {
        let card = &self.file.model.as_ref()?.card;
        let unknown = decoders::kind(&card.decoder).is_none().then(|| decoders::unknown(&card.decoder));
        let problem = card.problem().or(unknown)?;
        Some(format!("the model card of the suite: {problem}"))
    }

    /// Path of the model named in the suite, if it exists.
    pub fn model_path(&self) -> Option<PathBuf> {
        let model = self.file.model.as_ref()?;
        let path = self.folder.join(&model.file);
        path.is_file().then_some(path)
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn short(sha256: &str) -> &str {
    sha256.get(..12).unwrap_or(sha256)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
