//! A suite on disk: `suite.toml`, `cases/*.toml`, `media/<sha256>.png`. Plain text for people, git and CI.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::files::{sha256_hex, stays_inside, visible_in};
use crate::base::inputs::{self, InputKind};
use crate::base::nearest::with_hint;
use crate::base::text::one_line;
use crate::clips::error::ReadError;
use crate::clips::{point_files, windows};
use crate::data::cases::attacked::AttackedInput;
use crate::data::cases::case::{ClaimSpec, Interval, KnownFailure, Provenance};
use crate::data::cases::stack::Stack;
use crate::data::image::Image;
use crate::data::input::Input;
use crate::inference::card::ModelCard;
use crate::predictions::image_models::{self, SuiteImageModel, TransformFileError};
use crate::suites::error::{CaseError, CaseFileError};
use crate::suites::gates::{self, Gates};
use crate::suites::limits::CaseLimits;
use crate::transforms::catalog::Catalog;

/// Ending of the files of frozen points.
pub(super) const POINTS: &str = "pcd";
/// Ending of the files of frozen windows of a recording.
pub(super) const WINDOW: &str = "json";
/// Ending of the files of frozen texts.
pub(super) const TEXT: &str = "txt";

/// Runs of a case that are allowed.
pub const REPEATS: std::ops::RangeInclusive<u32> = 1..=1000;

/// Newest version of the files written here.
pub const FORMAT: u32 = 3;
/// Version of suites with cases about stretches of recordings and none about data sets.
pub(super) const STRETCHES: u32 = 2;
/// Version of suites whose cases are all about single inputs, which earlier programs read.
pub(super) const SINGLE_INPUTS: u32 = 1;
/// Ending of the files of frozen stretches of a recording.
pub(super) const STRETCH: &str = "mcap";

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
    /// Reference set, beside which inputs that are no longer valid are refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validity: Option<SuiteValidity>,
}

/// Refusal of inputs that are no longer valid: such cases are skipped with their score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuiteValidity {
    /// The reference set that `hardcase inspect --profile` wrote, relative to the suite.
    pub reference: PathBuf,
    /// Score of input validation; `knn` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<String>,
    /// Part of the reference set that is valid, between 0 and 1; 0.95 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<f64>,
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
    /// Further expectations of the same stretch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more: Vec<ClaimSpec>,
    /// The change of the input.
    #[serde(default)]
    pub stack: Stack,
    /// The image that an attack made of the changed input, which is judged in its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attack: Option<AttackedInput>,
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
    /// The stretch that the case is about, for one that is not about a single input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
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
    /// The cases about data sets.
    pub gates: Gates,
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
    if !path.exists() && folder.join("text.toml").is_file() {
        let problem = "this is a behavioral suite of texts, run it with hardcase text run".to_owned();
        return Err(SuiteError::Malformed { problem, path: folder.join("text.toml") });
    }
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
    let in_folder = |path: PathBuf| |source| SuiteError::Io { path, source };
    let gates = gates::read(folder).map_err(in_folder(folder.join(gates::FOLDER)))?;
    let cases_folder = folder.join("cases");
    // A suite may be about data sets only.
    let mut paths = if gates.names().next().is_some() && !cases_folder.exists() {
        Vec::new()
    } else {
        visible_in(&cases_folder).map_err(in_folder(cases_folder.clone()))?
    };
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
    if let Some(twice) = gates.names().find(|id| cases.iter().any(|(name, _)| name == *id)) {
        let problem = format!("the case {twice:?} stands in cases and in {}, rename one", gates::FOLDER);
        return Err(SuiteError::Malformed { problem, path: folder.to_owned() });
    }
    Ok(Suite { folder: folder.to_owned(), file, cases, broken, gates })
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

/// The files of a case about a single input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseMedia {
    /// The input.
    pub input: Vec<u8>,
    /// The image that an attack made of it.
    pub attacked: Option<Vec<u8>>,
}

impl CaseMedia {
    /// An input that was not attacked.
    pub fn of(input: Vec<u8>) -> Self {
        Self { input, attacked: None }
    }
}

/// The attacked image in the bytes of its file.
pub(super) fn attacked(attack: &AttackedInput, bytes: &[u8]) -> Result<Input, CaseError> {
    let read = Image::decode(bytes).map_err(ReadError::from);
    read.map(Input::from).map_err(|source| CaseError::Damaged { file: attack.file.clone(), source })
}

impl Suite {
    /// The files of a case about a single input, their checksums verified.
    pub(super) fn all_media(&self, case: &CaseFile) -> Result<CaseMedia, CaseError> {
        Ok(CaseMedia { input: self.media(case)?, attacked: self.attacked_media(case)? })
    }

    /// The file of the image that an attack made of the input of a case, its checksum verified.
    pub fn attacked_media(&self, case: &CaseFile) -> Result<Option<Vec<u8>>, CaseError> {
        let attack = case.attack.as_ref();
        attack.map(|attack| self.verified(&attack.file, &attack.sha256)).transpose()
    }

    /// The image that an attack made of the input of a case, its checksum verified.
    pub fn attacked(&self, case: &CaseFile) -> Result<Option<Input>, CaseError> {
        let Some(attack) = &case.attack else { return Ok(None) };
        attacked(attack, &self.verified(&attack.file, &attack.sha256)?).map(Some)
    }

    /// The frozen input of a case, its checksum verified.
    pub fn input(&self, case: &CaseFile) -> Result<Input, CaseError> {
        decoded(&case.input.file, &self.media(case)?)
    }

    /// The file of the frozen input of a case, its checksum verified.
    pub(super) fn media(&self, case: &CaseFile) -> Result<Vec<u8>, CaseError> {
        self.verified(&case.input.file, &case.input.sha256)
    }

    /// A file of the suite with this checksum.
    fn verified(&self, file: &Path, sha256: &str) -> Result<Vec<u8>, CaseError> {
        if !stays_inside(file) {
            return Err(CaseError::Outside { file: file.to_owned() });
        }
        let read = inputs::inside(&self.folder, file).and_then(|path| inputs::read(&path, InputKind::Media));
        let bytes = read.map_err(|source| {
            let file = file.to_owned();
            if source.kind() == io::ErrorKind::NotFound {
                CaseError::Missing { file, source }
            } else {
                CaseError::Io { file, source }
            }
        })?;
        let found = sha256_hex(&bytes);
        if found != sha256 {
            return Err(CaseError::Altered {
                file: file.to_owned(),
                found: short(&found).to_owned(),
                expected: short(sha256).to_owned(),
            });
        }
        Ok(bytes)
    }

    /// True if judging its cases takes a model: those about a stretch of a recording take none. Those about data sets are
    /// judged apart from the others.
    pub fn needs_model(&self) -> bool {
        let nothing = self.cases.is_empty() && self.gates.names().next().is_none();
        self.cases.iter().any(|(_, case)| case.input.interval.is_none()) || nothing
    }

    /// The transforms that its cases may name: the built-in ones and those that the suite brings, whose models run in
    /// processes of their own.
    pub fn catalog(&self) -> Result<Catalog, TransformFileError> {
        let mut catalog = Catalog::default();
        let apart = image_models::apart();
        self.file.image_models.iter().try_for_each(|model| model.load(&self.folder, &mut catalog, &apart))?;
        Ok(catalog)
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

pub(super) fn short(sha256: &str) -> &str {
    sha256.get(..12).unwrap_or(sha256)
}
