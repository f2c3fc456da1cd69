//! Metrics of cases about data sets over runs: a file with a line of JSON for each run and case, and its drawing.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use maud::{Markup, html};

use crate::base::escape::html::text;
use crate::base::inputs::{self, InputKind};
use crate::base::outputs::write_named;
use crate::reports::report::{Report, TrendPoint};

/// The file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrendError {
    /// It cannot be read or written.
    #[error("{} cannot be read or written", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A line of it is no point.
    #[error("line {line} of {} is no metric of a run ({problem}), restore the file from git", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Number of the line, from 1.
        line: usize,
        /// The reason.
        problem: String,
    },
}

/// The points of a file in their order; none if there is no such file.
pub fn read(path: &Path) -> Result<Vec<TrendPoint>, TrendError> {
    let text = match inputs::read_text(path, InputKind::Settings) {
        Ok(text) => text,
        Err(source) if source.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(TrendError::Io { path: path.to_owned(), source }),
    };
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(at, line)| {
            serde_json::from_str(line).map_err(|err| TrendError::Malformed {
                path: path.to_owned(),
                line: at + 1,
                problem: err.to_string(),
            })
        })
        .collect()
}

/// The metrics of a report as points of a run, each in place of an earlier one of the same run and case.
pub fn with(mut points: Vec<TrendPoint>, (run, time): (&str, &str), report: &Report) -> Vec<TrendPoint> {
    for suite in &report.suites {
        for case in &suite.cases {
            let Some(metric) = &case.metric else { continue };
            let point = TrendPoint {
                run: run.to_owned(),
                time: Some(time.to_owned()),
                suite: suite.name.clone(),
                case: case.id.clone(),
                claim: case.claim.clone(),
                value: metric.value,
                interval: metric.interval,
                bound: metric.bound,
                support: metric.support,
                verdict: case.status,
                model_sha256: report.model_sha256.clone(),
            };
            let same = |old: &&mut TrendPoint| {
                old.run == point.run && old.suite == point.suite && old.case == point.case
            };
            match points.iter_mut().find(same) {
                Some(old) => *old = point,
                None => points.push(point),
            }
        }
    }
    points
}

/// Writes the points, one a line.
pub fn write(path: &Path, points: &[TrendPoint]) -> Result<(), TrendError> {
    let failed = |source| TrendError::Io { path: path.to_owned(), source };
    let lines: Result<Vec<String>, serde_json::Error> = points.iter().map(serde_json::to_string).collect();
    let mut text = lines.map_err(|err| failed(err.into()))?.join("\n");
    text.push('\n');
    write_named(path, text.as_bytes()).map_err(failed)
}

/// A name for a run without one: the number of runs in the file and this one.
pub fn numbered(points: &[TrendPoint]) -> String {
    let runs: BTreeSet<&str> = points.iter().map(|point| point.run.as_str()).collect();
    (1..=runs.len() + 1)
        .map(|number| (runs.len() + number).to_string())
        .find(|name| !runs.contains(name.as_str()))
        .unwrap_or_default()
}

const SIZE: [f64; 2] = [380.0, 160.0];
/// Space left, right, above and below of the plot.
const MARGIN: [f64; 4] = [52.0, 14.0, 12.0, 26.0];
/// Runs that are drawn at most, the last ones.
const DRAWN: usize = 100;

/// The metric of a case over the runs, with its intervals and the bound of the last run; "" with fewer than two runs.
pub(super) fn drawn(points: &[TrendPoint], suite: &str, case: &str) -> Markup {
    let own: Vec<&TrendPoint> = points
        .iter()
        .filter(|point| point.suite == suite && point.case == case && point.value.is_finite())
        .collect();
    let own = own.get(own.len().saturating_sub(DRAWN)..).unwrap_or_default();
    let [first, .., last] = own else { return html! {} };
    let [width, height] = SIZE;
    let [left, right, above, below] = MARGIN;
    let ends = |point: &TrendPoint| point.interval.unwrap_or([point.value; 2]);
    let all = || own.iter().flat_map(|point| ends(point)).chain([last.bound]);
    let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
    let extent = if high > low { high - low } else { 1.0 };
    let x = |at: usize| left + at as f64 / (own.len() - 1) as f64 * (width - left - right);
    let y = |value: f64| above + (high - value) / extent * (height - above - below);
    let line = own.iter().enumerate().map(|(at, point)| format!("{:.1},{:.1}", x(at), y(point.value)));
    let line = line.collect::<Vec<_>>().join(" ");
    let told = |point: &TrendPoint| {
        let time = point.time.as_ref().map(|time| format!(", {time}")).unwrap_or_default();
        format!("{}: {:.4}, {} of {}{time}", point.run, point.value, point.verdict.word(), point.support)
    };
    html! {
        figure class="curve" {
            svg viewBox=(format!("0 0 {width} {height}")) role="img" aria-label=(text(&format!("{case} over {} runs", own.len()))) {
                @for value in [low, high] {
                    line class="grid" x1=(left) x2=(width - right) y1=(y(value)) y2=(y(value)) {}
                    text class="tick" x=(left - 6.0) y=(y(value) + 4.0) text-anchor="end" { (format!("{value:.4}")) }
                }
                line class="line" stroke-dasharray="4 4" x1=(left) x2=(width - right) y1=(y(last.bound)) y2=(y(last.bound)) {
                    title { (format!("bound {}", last.bound)) }
                }
                polyline class="line" points=(line) {}
                @for (at, point) in own.iter().enumerate() {
                    line class="line" stroke-opacity="0.5" x1=(x(at)) x2=(x(at)) y1=(y(ends(point)[0])) y2=(y(ends(point)[1])) {}
                    circle class="dot" cx=(x(at)) cy=(y(point.value)) r="4" { title { (text(&told(point))) } }
                }
                text class="tick" x=(left) y=(height - 6.0) text-anchor="start" { (text(&first.run)) }
                text class="tick" x=(width - right) y=(height - 6.0) text-anchor="end" { (text(&last.run)) }
            }
            figcaption { (text(case)) ": " (text(&last.claim)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::report::Status;

    fn point(run: &str, value: f64) -> TrendPoint {
        TrendPoint {
            run: run.to_owned(),
            time: None,
            suite: "s".to_owned(),
            case: "c".to_owned(),
            claim: "recall >= 0.8".to_owned(),
            value,
            interval: Some([value - 0.05, value + 0.05]),
            bound: 0.8,
            support: 40,
            verdict: Status::Pass,
            model_sha256: "ab".to_owned(),
        }
    }

    #[test]
    fn points_are_written_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trend.jsonl");
        assert_eq!(read(&path).unwrap(), []);
        let points = [
            point("1", 0.9),
            TrendPoint { interval: None, time: Some("2027-01-31T08:00:00Z".to_owned()), ..point("2", 0.7) },
        ];
        write(&path, &points).unwrap();
        assert_eq!(read(&path).unwrap(), points);
        std::fs::write(&path, "{}\n").unwrap();
        assert!(read(&path).unwrap_err().to_string().starts_with("line 1 of "));
    }

    #[test]
    fn a_run_has_a_name_of_its_own_and_a_picture_from_two_on() {
        assert_eq!(numbered(&[]), "1");
        assert_eq!(numbered(&[point("1", 0.9), point("2", 0.9)]), "3");
        assert_eq!(numbered(&[point("2", 0.9)]), "3", "no name twice");
        assert_eq!(drawn(&[point("1", 0.9)], "s", "c").into_string(), "");
        let two = drawn(&[point("<1>", 0.9), point("2", 0.7)], "s", "c").into_string();
        assert!(two.contains("&lt;1&gt;: 0.9000, pass of 40") && two.contains("bound 0.8"), "{two}");
    }
}
