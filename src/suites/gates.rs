//! Cases about a data set on disk: `gates/*.toml` of a suite, each a claim about a metric over recordings by checksum.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::files::{sha256_hex, sha256_of, visible_in};
use crate::base::inputs::{self, InputKind};
use crate::base::nearest::with_hint;
use crate::base::text::one_line;
use crate::claims::gate::{LATENCY, MetricClaim};
use crate::claims::metric_judgment::{JudgedMetric, Straddle};
use crate::data::cases::case::KnownFailure;
use crate::data::cases::verdict::Verdict;
use crate::project::checksums::{Work, labeled};
use crate::project::editor::ProjectEditor;
use crate::project::{ProjectError, is_project};
use crate::reports::report::Status;
use crate::suites::select::Selection;

/// Folder of a suite with its cases about data sets.
pub const FOLDER: &str = "gates";

/// Resamples of a bootstrap, and what may be asked for.
const DRAWS: usize = 1000;
const MOST_DRAWS: usize = 100_000;

/// Times that samples may be run.
const MOST_ROUNDS: usize = 10_000;

/// Name of the ground truth that people have labeled.
const LABELS: &str = "labels";

/// One file of `gates/`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateFile {
    /// Claim in text form: `recall("person") >= 0.8 at confidence 0.95`.
    pub claim: String,
    /// Tags to select by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Reason to keep it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// Treatment of an interval with the bound inside.
    #[serde(default)]
    pub straddle: Straddle,
    /// Fewer things than this are not judged.
    #[serde(default = "one")]
    pub least: usize,
    /// Resamples of the interval, for metrics that are no share.
    #[serde(default = "draws")]
    pub draws: usize,
    /// Seed of the resamples.
    #[serde(default)]
    pub seed: u64,
    /// Times that each sample is run, for latencies.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub rounds: usize,
    /// Set if the claim is expected to fail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_failure: Option<KnownFailure>,
    /// The data set.
    pub data: DataSet,
}

fn one() -> usize {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
fn is_one(number: &usize) -> bool {
    *number == 1
}

fn draws() -> usize {
    DRAWS
}

/// Recordings with ground truth, and the predictions that are held against it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataSet {
    /// A project or a recording, relative to the folder of the suite.
    pub place: PathBuf,
    /// Its recordings.
    pub recordings: Vec<RecordingRef>,
    /// Ground truth: `labels`, a channel of the recordings, or a file relative to the place.
    #[serde(default = "labels")]
    pub truth: String,
    /// Predictions: a channel of the recordings, or a file relative to the place; the model under test if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predictions: Option<String>,
    /// The files among truth and predictions, by content; none in suites of before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<RecordingFile>,
    /// SHA-256 of the labels and tags of these recordings, where the claim is about them; none in suites of before, whose labels
    /// are not checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels_sha256: Option<String>,
    /// Largest difference in seconds of two stamps of the same moment, for channels.
    #[serde(default = "tolerance")]
    pub tolerance: f64,
    /// Label classes by the classes of the predictions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub classes: BTreeMap<String, String>,
    /// Recorded signals that are the ground truth, by the name of the predicted number.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub signals: BTreeMap<String, String>,
}

fn labels() -> String {
    LABELS.to_owned()
}

fn tolerance() -> f64 {
    0.05
}

/// A recording of a data set by content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordingRef {
    /// Name in its project; its file name where there is none.
    pub name: String,
    /// Its files, relative to the place; a recording that is the place itself is `.`.
    pub files: Vec<RecordingFile>,
}

/// A file of a recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordingFile {
    /// Path relative to the place of the data set.
    pub path: PathBuf,
    /// SHA-256 of its bytes; of a folder that of its files with their names.
    pub sha256: String,
}

/// A case about a data set that cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum GateFileError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("{0}")]
    Toml(String),
    #[error(transparent)]
    Claim(#[from] crate::claims::gate::MetricClaimError),
    #[error("{what} is {value}, and it has to be between {least} and {most}")]
    Range { what: &'static str, value: String, least: String, most: String },
    #[error("the data set names no recording, add them with hardcase suite gate")]
    NoRecording,
    #[error("the data set has an absolute path, give it relative to the suite: {}", path.display())]
    Absolute { path: PathBuf },
}

/// Reads a case about a data set from the text of its file.
fn gate_of(text: &str) -> Result<GateFile, GateFileError> {
    let gate: GateFile =
        toml::from_str(text).map_err(|err| GateFileError::Toml(with_hint(&one_line(&err.to_string()))))?;
    MetricClaim::parse(&gate.claim)?;
    let range = |what, value: f64, least: f64, most: f64| {
        if (least..=most).contains(&value) {
            return Ok(());
        }
        let [value, least, most] = [value, least, most].map(|number| number.to_string());
        Err(GateFileError::Range { what, value, least, most })
    };
    range("draws", gate.draws as f64, 0.0, MOST_DRAWS as f64)?;
    range("rounds", gate.rounds as f64, 1.0, MOST_ROUNDS as f64)?;
    range("least", gate.least as f64, 1.0, 1e9)?;
    range("tolerance", gate.data.tolerance, 0.0, 3600.0)?;
    if gate.data.recordings.is_empty() {
        return Err(GateFileError::NoRecording);
    }
    let files = gate.data.recordings.iter().flat_map(|recording| &recording.files);
    let files = files.chain(&gate.data.files).map(|file| &file.path);
    match std::iter::once(&gate.data.place).chain(files).find(|path| path.is_absolute() || path.has_root()) {
        Some(path) => Err(GateFileError::Absolute { path: path.clone() }),
        None => Ok(gate),
    }
}

/// The cases of a suite that are about data sets.
#[derive(Clone, Debug, Default)]
pub struct Gates {
    /// By name, sorted.
    pub all: Vec<(String, GateFile)>,
    /// Files that cannot be read: name and problem.
    pub broken: Vec<(String, String)>,
}

/// Reads the cases about data sets of a suite; one that cannot be read costs itself and not the suite.
pub(super) fn read(folder: &Path) -> io::Result<Gates> {
    let mut gates = Gates::default();
    if !folder.join(FOLDER).is_dir() {
        return Ok(gates);
    }
    let mut paths = visible_in(&folder.join(FOLDER))?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    for path in paths {
        let id = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let file = Path::new(FOLDER).join(path.file_name().unwrap_or_default());
        let text =
            inputs::inside(folder, &file).and_then(|path| inputs::read_text(&path, InputKind::Settings));
        match text.map_err(GateFileError::from).and_then(|text| gate_of(&text)) {
            Ok(gate) => gates.all.push((id, gate)),
            Err(problem) => {
                gates.broken.push((id, format!("the case cannot be read: {problem}: {}", file.display())));
            }
        }
    }
    Ok(gates)
}

impl Gates {
    /// Names of all, readable or not.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.all.iter().map(|(id, _)| id).chain(self.broken.iter().map(|(id, _)| id))
    }

    /// Those that a selection takes, in the order of their names, or the reason for which one cannot be read.
    pub fn selected<'a>(&'a self, selection: &Selection) -> Vec<(&'a str, Result<&'a GateFile, &'a str>)> {
        let readable = self.all.iter().filter(|(id, gate)| selection.takes(id, &gate.tags));
        let mut all: Vec<(&str, Result<&GateFile, &str>)> =
            readable.map(|(id, gate)| (id.as_str(), Ok(gate))).collect();
        let unreadable = self.broken.iter().filter(|(id, _)| selection.names(id));
        all.extend(unreadable.map(|(id, problem)| (id.as_str(), Err(problem.as_str()))));
        all.sort_by(|a, b| a.0.cmp(b.0));
        all
    }

    /// Number of those that the selection takes and that belong to other parts of a sharded run.
    pub fn elsewhere(&self, selection: &Selection) -> usize {
        let whole = Selection { shard: None, ..selection.clone() };
        self.selected(&whole).len() - self.selected(selection).len()
    }

    /// Problems of their files and of the data that they name.
    pub(super) fn problems(&self, suite: &Path) -> Vec<String> {
        let mut problems: Vec<String> = self.broken.iter().map(|(_, problem)| problem.clone()).collect();
        let of_data = |(id, gate): &(String, GateFile)| Some(format!("{id}: {}", gate.problem(suite)?));
        problems.extend(self.all.iter().filter_map(of_data));
        problems
    }
}

impl GateFile {
    /// Problem of its data: a recording, a file or the labels are missing or are others.
    pub fn problem(&self, suite: &Path) -> Option<String> {
        self.data.problem(suite).or_else(|| {
            let wanted = self.data.labels_sha256.as_ref()?;
            let place = self.data.place_of(suite);
            let work = MetricClaim::parse(&self.claim).ok().and_then(|claim| self.data.work(&claim))?;
            match self.data.labels(&place, work) {
                Ok(found) if found == *wanted => None,
                Ok(found) => Some(format!(
                    "the {} of the data set are others, their checksum is {} and not {}: {}",
                    if work == Work::Tags { "tags" } else { "labels" },
                    found.get(..12).unwrap_or_default(),
                    wanted.get(..12).unwrap_or_default(),
                    place.display()
                )),
                Err(err) => Some(format!("the labels of the data set cannot be read: {err}")),
            }
        })
    }
}

impl DataSet {
    /// Work of people that a claim depends on: labels as ground truth, tags in its slice.
    pub fn work(&self, claim: &MetricClaim) -> Option<Work> {
        let labels = self.truth == LABELS && claim.metric != LATENCY;
        let tags = claim.slice.contains("tag");
        labels.then_some(Work::LabelsAndTags).or_else(|| tags.then_some(Work::Tags))
    }

    /// SHA-256 of the labels or tags of its recordings. Blocks.
    pub fn labels(&self, place: &Path, work: Work) -> Result<String, ProjectError> {
        if !is_project(place) {
            // A recording on its own has none.
            return Ok(String::new());
        }
        Ok(labeled(ProjectEditor::open(place)?.project(), &self.names(place), work))
    }

    /// Names of its recordings in a project; none for a recording on its own.
    pub fn names(&self, place: &Path) -> Vec<String> {
        if !is_project(place) {
            return Vec::new();
        }
        self.recordings.iter().map(|recording| recording.name.clone()).collect()
    }

    /// Path of its project or recording, for a suite in this folder.
    pub fn place_of(&self, suite: &Path) -> PathBuf {
        suite.join(&self.place)
    }

    /// Folder that files of truth and predictions are relative to: the place, or the folder of a recording.
    pub fn base_of(place: &Path) -> PathBuf {
        if place.is_dir() { place.to_owned() } else { place.parent().unwrap_or(place).to_owned() }
    }

    /// Problem of its files, if one is missing or is another one.
    pub fn problem(&self, suite: &Path) -> Option<String> {
        let place = self.place_of(suite);
        if !place.exists() {
            return Some(format!("the data set is missing: {}", place.display()));
        }
        let recordings = self.recordings.iter().flat_map(|recording| &recording.files);
        let recordings = recordings.map(|file| {
            let path = if file.path == Path::new(".") { place.clone() } else { place.join(&file.path) };
            ("a recording", file, path)
        });
        let base = Self::base_of(&place);
        let sides =
            self.files.iter().map(|file| ("a file of truth or predictions", file, base.join(&file.path)));
        recordings.chain(sides).find_map(|(what, file, path)| match checksum(&path) {
            Err(err) => Some(format!("{what} of the data set cannot be read: {err}: {}", path.display())),
            Ok(found) if found != file.sha256 => Some(format!(
                "{what} of the data set is another one, its checksum is {} and not {}: {}",
                found.get(..12).unwrap_or_default(),
                file.sha256.get(..12).unwrap_or_default(),
                path.display()
            )),
            Ok(_) => None,
        })
    }

    /// Its recordings in words.
    pub fn source(&self) -> String {
        let names: Vec<&str> = self.recordings.iter().map(|recording| recording.name.as_str()).collect();
        format!("{}: {}", self.place.display(), names.join(", "))
    }
}

/// SHA-256 of a file; of a folder that of the names and checksums of all files in it. Blocks.
pub fn checksum(path: &Path) -> io::Result<String> {
    if !path.is_dir() {
        return sha256_of(path);
    }
    let line = |inner: &PathBuf| {
        let name = inner.file_name().unwrap_or_default().to_string_lossy();
        Ok(format!("{} {name}\n", checksum(inner)?))
    };
    let lines = visible_in(path)?.iter().map(line).collect::<io::Result<String>>()?;
    Ok(sha256_hex(lines.as_bytes()))
}

/// Result of a case about a data set.
#[derive(Clone, Debug)]
pub struct GateResult {
    /// Its name.
    pub id: String,
    /// Its file; none when it could not be read.
    pub gate: Option<GateFile>,
    /// The judged claim, or why it could not be measured: text, as reports have it.
    pub outcome: Result<JudgedMetric, String>,
    /// Duration in seconds.
    pub seconds: f64,
}

impl GateResult {
    /// The verdict, or an error where there is none.
    pub fn status(&self) -> Status {
        match self.outcome.as_ref().map(|judged| &judged.verdict) {
            Ok(Verdict::Pass) => Status::Pass,
            Ok(Verdict::Fail { .. }) => Status::Fail,
            Ok(Verdict::Skip { .. }) => Status::Skip,
            Err(_) => Status::Error,
        }
    }

    /// The measured number or the reason.
    pub fn why(&self) -> &str {
        match &self.outcome {
            Ok(judged) if judged.verdict == Verdict::Pass => &judged.measured,
            Ok(judged) => judged.verdict.why(),
            Err(problem) => problem,
        }
    }

    /// Its tags.
    pub fn tags(&self) -> &[String] {
        self.gate.as_ref().map_or(&[], |gate| &gate.tags)
    }
}
