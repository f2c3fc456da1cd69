//! Reports of the parts of a sharded run, read from their JSON and merged into the one that a single run would have made.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::base::inputs::{self, InputKind};
use crate::base::text::counted;
use crate::data::image::Image;
use crate::data::prediction::Prediction;
use crate::imaging::look::Look;
use crate::reports::report::{
    Empty, Gate, Known, Metric, Report, ReportCase, Since, Status, Step, SuiteReport,
};

/// Version of the JSON report that is read here.
const FORMAT: u32 = 1;

/// Reason why reports cannot be merged.
#[derive(Debug, thiserror::Error)]
pub enum PartError {
    /// The file cannot be read.
    #[error("could not read the report: {source}: {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// The file is no JSON report of this program.
    #[error("not a report of hardcase test --json: {source}: {}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: serde_json::Error,
    },
    /// A later program wrote it.
    #[error("the report has format {format}, expected {FORMAT}, update hardcase: {}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        format: u32,
    },
    /// An earlier program wrote it, without what merging needs.
    #[error("the report does not say what fails the run, write it again with this version: {}", path.display())]
    Older {
        /// The file.
        path: PathBuf,
    },
    /// The parts are of different runs.
    #[error("the {what} is {one:?} in one report and {other:?} in another, merge parts of one run: {}", path.display())]
    Different {
        /// The property.
        what: &'static str,
        /// Its value in the reports before.
        one: String,
        /// Its value in this one.
        other: String,
        /// The report that differs.
        path: PathBuf,
    },
    /// A case is in two parts.
    #[error("the case {case:?} of suite {suite:?} is in two reports, give each part once: {}", path.display())]
    Twice {
        /// The case.
        case: String,
        /// Its suite.
        suite: String,
        /// The second report.
        path: PathBuf,
    },
    /// There is nothing to merge.
    #[error("no report to merge")]
    Nothing,
}

#[derive(Deserialize)]
struct ReportFile {
    format: u32,
    gate: Option<Gate>,
    #[serde(default)]
    strict: bool,
    #[serde(default)]
    empty: Empty,
    #[serde(default)]
    elsewhere: usize,
    model: ModelFile,
    suites: Vec<SuiteFile>,
}

#[derive(Deserialize)]
struct ModelFile {
    name: String,
    sha256: String,
    backend: String,
}

#[derive(Deserialize)]
struct SuiteFile {
    name: String,
    #[serde(default)]
    folder: String,
    cases: Vec<CaseFile>,
}

#[derive(Deserialize)]
struct CaseFile {
    id: String,
    verdict: Status,
    why: String,
    margin: Option<f64>,
    since_baseline: String,
    known: Option<KnownFile>,
    critical: bool,
    claim: String,
    change: String,
    tags: Vec<String>,
    note: String,
    source: String,
    before: Option<Prediction>,
    expected: Option<Prediction>,
    after: Option<Prediction>,
    metric: Option<Metric>,
    seconds: f64,
    images: Option<[String; 2]>,
    above: Option<f32>,
    #[serde(default)]
    steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
enum KnownFile {
    Accepted { why: String },
    Expired { why: String },
    Fixed { why: String },
}

/// Reads the JSON report of a part.
pub fn read(path: &Path) -> Result<Report, PartError> {
    let failed = |source| PartError::Read { path: path.to_owned(), source };
    let bytes = inputs::read(path, InputKind::Media).map_err(failed)?;
    let malformed = |source| PartError::Malformed { path: path.to_owned(), source };
    let file: ReportFile = serde_json::from_slice(&bytes).map_err(malformed)?;
    if file.format != FORMAT {
        return Err(PartError::Newer { path: path.to_owned(), format: file.format });
    }
    let gate = file.gate.ok_or_else(|| PartError::Older { path: path.to_owned() })?;
    let suite = |suite: SuiteFile| SuiteReport {
        name: suite.name,
        folder: suite.folder,
        cases: suite.cases.into_iter().map(case).collect(),
    };
    Ok(Report {
        model: file.model.name,
        model_sha256: file.model.sha256,
        backend: file.model.backend,
        suites: file.suites.into_iter().map(suite).collect(),
        gate,
        strict: file.strict,
        empty: file.empty,
        elsewhere: file.elsewhere,
        ..Report::default()
    })
}

fn case(case: CaseFile) -> ReportCase {
    let image = |text: &str| Image::decode(&STANDARD.decode(text).ok()?).ok();
    let pictures = case.images.as_ref().and_then(|[before, after]| Some((image(before)?, image(after)?)));
    let all = [Since::New, Since::Broken, Since::Known, Since::Fixed];
    let since = all.into_iter().find(|since| since.word() == case.since_baseline);
    ReportCase {
        id: case.id,
        status: case.verdict,
        why: case.why,
        margin: case.margin,
        metric: case.metric,
        note: case.note,
        tags: case.tags,
        claim: case.claim,
        change: case.change,
        source: case.source,
        critical: case.critical,
        since: since.unwrap_or(Since::Unchanged),
        known: case.known.map(|known| match known {
            KnownFile::Accepted { why } => Known::Accepted(why),
            KnownFile::Expired { why } => Known::Expired(why),
            KnownFile::Fixed { why } => Known::Fixed(why),
        }),
        before: case.before,
        after: case.after,
        expected: case.expected,
        pictures,
        look: case.above.map_or(Look::Picture, |reach| Look::Above { reach }),
        steps: case.steps,
        seconds: case.seconds,
    }
}

/// One report of all parts, in which each case is where a single run would have it. `elsewhere` is the number of cases that
/// are in none of them, above 0 where parts are missing.
pub fn merge(parts: Vec<(PathBuf, Report)>) -> Result<Report, PartError> {
    let mut parts = parts.into_iter();
    let (_, mut whole) = parts.next().ok_or(PartError::Nothing)?;
    let selected = whole.elsewhere + whole.counts().total();
    for (path, part) in parts {
        let of_part = part.elsewhere + part.counts().total();
        let same = |what: &'static str, one: String, other: String| {
            if one == other {
                Ok(())
            } else {
                Err(PartError::Different { what, one, other, path: path.clone() })
            }
        };
        // A part whose suites need no model, or whose model did not load, names none.
        if whole.model_sha256.is_empty() {
            whole.model.clone_from(&part.model);
            whole.model_sha256.clone_from(&part.model_sha256);
        } else if !part.model_sha256.is_empty() {
            same("checksum of the model", whole.model_sha256.clone(), part.model_sha256.clone())?;
        }
        same("backend", whole.backend.clone(), part.backend.clone())?;
        same("kind of failures that fail the run", format!("{:?}", whole.gate), format!("{:?}", part.gate))?;
        same("treatment of skipped cases", whole.strict.to_string(), part.strict.to_string())?;
        same("treatment of runs without cases", format!("{:?}", whole.empty), format!("{:?}", part.empty))?;
        same("selection", counted(selected, "case"), counted(of_part, "case"))?;
        for suite in part.suites {
            add(&mut whole.suites, suite, &path)?;
        }
    }
    for suite in &mut whole.suites {
        suite.cases.sort_by(|a, b| a.id.cmp(&b.id));
    }
    whole.elsewhere = selected.saturating_sub(whole.counts().total());
    Ok(whole)
}

/// Adds the cases of a part's suite to those of the same suite.
fn add(suites: &mut Vec<SuiteReport>, suite: SuiteReport, path: &Path) -> Result<(), PartError> {
    let known = suites.iter_mut().find(|known| known.name == suite.name && known.folder == suite.folder);
    let Some(known) = known else {
        suites.push(suite);
        return Ok(());
    };
    let mut names: BTreeSet<String> = known.cases.iter().map(|case| case.id.clone()).collect();
    for case in suite.cases {
        if !names.insert(case.id.clone()) {
            return Err(PartError::Twice { case: case.id, suite: suite.name, path: path.to_owned() });
        }
        known.cases.push(case);
    }
    Ok(())
}
