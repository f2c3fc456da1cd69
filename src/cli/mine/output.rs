//! Findings as files: JSON lines, Parquet and CSV of the same columns, and `OpenLABEL`.

use std::io::BufWriter;
use std::path::Path;

use anyhow::Context as _;
use serde_json::json;

use crate::base::escape::csv::Formulas;
use crate::base::outputs::{check_named, write_named};
use crate::base::text::counted;
use crate::base::{files, outputs};
use crate::cli::mine::recordings::Places;
use crate::cli::{BadArgument, say};
use crate::clips::Clip;
use crate::data::findings::Finding;
use crate::data::labels::tag::Tag;
use crate::exchange;
use crate::exchange::losses::fitted;
use crate::mining::{foxglove, tags};
use crate::project::Project;
use crate::project::exchanging::bundle_of;
use crate::reports::table::{ColumnKind, TableWriter, Value};

/// Endings of the files that findings are written to.
const ENDINGS: [&str; 4] = ["jsonl", "parquet", "csv", "mcap"];

/// Refuses an output of another kind, and one that cannot be written, before anything is mined.
pub(super) fn check(path: &Path) -> anyhow::Result<()> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    if ENDINGS.contains(&ending) {
        return check_named(path).with_context(|| format!("could not write {}", path.display()));
    }
    let known = ENDINGS.map(|ending| format!(".{ending}")).join(", ");
    Err(BadArgument(format!(
        "cannot write findings to {}, expected a name that ends in {known}",
        path.display()
    ))
    .into())
}

/// Writes the findings. In Parquet and CSV, channels, tracks and numbers are JSON.
pub(super) fn write(path: &Path, findings: &[&Finding]) -> anyhow::Result<()> {
    if path.extension().is_some_and(|ending| ending == "jsonl") {
        let mut text = String::new();
        for finding in findings {
            text.push_str(&json!(finding).to_string());
            text.push('\n');
        }
        return write_named(path, text.as_bytes())
            .with_context(|| format!("could not write {}", path.display()));
    }
    let text = |name: &str| (name.to_owned(), ColumnKind::Text);
    let integer = |name: &str| (name.to_owned(), ColumnKind::Integer);
    let mut columns = vec![text("finder"), text("clip"), text("channels"), text("tracks")];
    columns.extend([integer("t0"), integer("t1"), integer("peak")]);
    columns.extend([("severity".to_owned(), ColumnKind::Number), text("numbers"), text("sentence")]);
    let mut writer = TableWriter::create(path, columns, &[])?;
    for finding in findings {
        let (channels, tracks) = (json!(finding.channels).to_string(), json!(finding.tracks).to_string());
        let numbers = json!(finding.numbers).to_string();
        writer.row(&[
            Value::Text(&finding.finder),
            Value::Text(&finding.clip),
            Value::Text(&channels),
            Value::Text(&tracks),
            Value::Integer(finding.t0.0),
            Value::Integer(finding.t1.0),
            Value::Integer(finding.peak.0),
            Value::Number(Some(finding.severity)),
            Value::Text(&numbers),
            Value::Text(&finding.sentence),
        ])?;
    }
    Ok(writer.finish()?)
}

/// True for a file that is laid over the recordings.
pub(super) fn is_overlay(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "mcap")
}

/// Writes the findings as an MCAP file that viewers lay over the recordings, which are opened for it.
pub(super) fn overlay(path: &Path, places: &Places, findings: &[&Finding]) -> anyhow::Result<()> {
    let findings: Vec<Finding> = findings.iter().map(|finding| (*finding).clone()).collect();
    let mut recordings = Vec::new();
    for recording in &places.recordings {
        if findings.iter().any(|finding| finding.clip == recording.name) {
            recordings.push((recording.name.clone(), places.open(recording)?));
        }
    }
    let failed = || format!("could not write {}", path.display());
    let target = outputs::named(path).with_context(failed)?;
    let (file, partial) = files::beside(&target).with_context(failed)?.into_parts();
    let written = foxglove::write(&recordings, &findings, BufWriter::new(file))?;
    outputs::persist(partial, path).with_context(failed)?;
    if written.shortened > 0 {
        say(&format!("{} longer than what it is laid over", counted(written.shortened, "finding")));
    }
    say(&format!(
        "{}: {} of {}, open it beside the recording",
        path.display(),
        counted(written.messages, "message"),
        counted(written.topics, "topic")
    ));
    Ok(())
}

/// Writes the findings of one recording as tags in `OpenLABEL`.
pub(super) fn open_label(
    path: &Path,
    name: &str,
    clip: &dyn Clip,
    findings: &[Finding],
) -> anyhow::Result<()> {
    let kind = exchange::kind("openlabel")?;
    let all: Vec<Tag> =
        findings.iter().enumerate().map(|(at, finding)| tags::tag(finding, at as u64 + 1)).collect();
    let project = Project { tags: all, ..Project::default() };
    let bundle = bundle_of(&project, name, clip, None);
    exchange::write(kind, &fitted(&bundle, &kind.holds), path, Formulas::default())?;
    say(&format!("{}: {}", path.display(), counted(findings.len(), "tag")));
    Ok(())
}
