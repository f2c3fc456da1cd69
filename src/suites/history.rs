//! Runs of suites in a project, kept as lines of JSON beside it, so that a verdict can be compared with those before.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::base::files::write_atomic;
use crate::base::inputs::{self, InputKind};
use crate::base::time::Time;

/// Name of the file in the folder of a project.
pub const FILE: &str = "suite_runs.jsonl";
/// Runs that are kept of all suites together.
const KEPT: usize = 400;

/// One run of a suite, or of some of its cases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuiteRun {
    /// Name of the suite.
    pub suite: String,
    /// End of the run, nanoseconds since 1970.
    pub at: Time,
    /// Name of the model; "" for none.
    pub model: String,
    /// Verdicts by case: `pass`, `fail`, `skip` or `error`.
    pub verdicts: BTreeMap<String, String>,
}

/// A file of runs that cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the runs of suites in {path} cannot be kept: {source}", path = path.display())]
pub struct HistoryError {
    path: PathBuf,
    source: std::io::Error,
}

/// The runs kept in a project, the oldest first. A line that is not understood is left out.
pub fn read(folder: &Path) -> Vec<SuiteRun> {
    let text = inputs::read_text(folder.join(FILE), InputKind::Labels).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// Adds a run to those kept in a project; of more than the limit the oldest go. Returns all that are kept.
pub fn add(folder: &Path, run: SuiteRun) -> Result<Vec<SuiteRun>, HistoryError> {
    let mut runs: VecDeque<SuiteRun> = read(folder).into();
    runs.push_back(run);
    while runs.len() > KEPT {
        runs.pop_front();
    }
    let path = folder.join(FILE);
    let mut text = String::new();
    for run in &runs {
        let line = serde_json::to_string(run).map_err(std::io::Error::other);
        text.push_str(&line.map_err(|source| HistoryError { path: path.clone(), source })?);
        text.push('\n');
    }
    write_atomic(&path, text.as_bytes()).map_err(|source| HistoryError { path, source })?;
    Ok(runs.into())
}

/// Verdicts of a case in the runs of its suite that judged it, the latest first, with the time and the model of each.
pub fn of_case<'a>(
    runs: &'a [SuiteRun],
    suite: &'a str,
    case: &'a str,
) -> impl Iterator<Item = (&'a SuiteRun, &'a str)> {
    let of_suite = runs.iter().rev().filter(move |run| run.suite == suite);
    of_suite.filter_map(move |run| Some((run, run.verdicts.get(case)?.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_kept_in_order_and_the_oldest_go() {
        let folder = tempfile::tempdir().unwrap();
        for at in 0..KEPT as i64 + 3 {
            let word = if at % 2 == 0 { "pass" } else { "fail" };
            let verdicts = [("a".to_owned(), word.to_owned())].into();
            let (suite, model) = ("s".to_owned(), "m".to_owned());
            add(folder.path(), SuiteRun { suite, at: Time(at), model, verdicts }).unwrap();
        }
        let runs = read(folder.path());
        assert_eq!((runs.len(), runs[0].at), (KEPT, Time(3)));
        let latest: Vec<&str> = of_case(&runs, "s", "a").map(|(_, word)| word).take(3).collect();
        assert_eq!(latest, ["pass", "fail", "pass"]);
        assert_eq!(of_case(&runs, "s", "b").count(), 0);
        std::fs::write(folder.path().join(FILE), "not json\n").unwrap();
        assert!(read(folder.path()).is_empty());
    }
}
