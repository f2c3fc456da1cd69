//! Label issues and inter-annotator agreement.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use crate::base::text::counted;
use crate::cli::{print, print_json, say};
use crate::evaluation::label_issues;
use crate::exchange::{self, Hints};
use crate::project::editor::ProjectEditor;
use crate::quality::agreement::{Kappa, Side};
use crate::quality::{LabelIssue, agreement};

#[derive(Debug, Args)]
pub(in crate::cli) struct CheckArgs {
    /// Folder of the project
    project: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct CompareArgs {
    /// First project or label file: the rows
    first: PathBuf,
    /// Second project or label file: the columns
    second: PathBuf,
    /// Smallest `IoU` of two boxes of one object
    #[arg(long, default_value_t = 0.5)]
    iou: f32,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn check(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let mut editor = ProjectEditor::open(&args.project)?;
    let issues = issues(&mut editor);
    let project = editor.project();
    if args.json {
        let list: Vec<_> = issues
            .iter()
            .map(|issue| json!({ "check": issue.kind, "clip": issue.clip, "channel": issue.channel, "frame": issue.frame, "object": issue.object, "why": issue.why }))
            .collect();
        print_json(&format!("{:#}", serde_json::Value::Array(list)));
    } else {
        for issue in &issues {
            print(&format!(
                "{} {} {}: object {}: {}: {}",
                issue.clip, issue.channel, issue.frame, issue.object, issue.kind, issue.why
            ));
        }
    }
    say(&format!("{} in {}", counted(issues.len(), "issue"), counted(project.labels.len(), "label")));
    Ok(ExitCode::from(u8::from(!issues.is_empty())))
}

/// Label issues of all recordings; of one that cannot be opened, which is said, those that need no sizes of images.
pub(in crate::cli) fn issues(editor: &mut ProjectEditor) -> Vec<LabelIssue> {
    let (issues, warnings) = label_issues::issues(editor);
    for warning in &warnings {
        say(&format!("warning: {warning}"));
    }
    issues
}

/// Labels of a project or a file, under the name of a clip and a channel that both sides share.
fn side(path: &Path) -> anyhow::Result<Side> {
    if crate::project::is_project(path) {
        let editor = ProjectEditor::open(path)?;
        let project = editor.project();
        return Ok(Side { labels: project.labels.clone(), tags: project.tags.clone() });
    }
    let (kind, path) = exchange::locate::located(None, path)?;
    let read = exchange::read(kind, &path, &Hints::default())?;
    Ok(Side { labels: read.bundle.labels.into_iter().collect(), tags: read.bundle.tags })
}

pub(super) fn compare(args: &CompareArgs) -> anyhow::Result<ExitCode> {
    let found = agreement::compare(&side(&args.first)?, &side(&args.second)?, args.iou);
    if args.json {
        let objects: Vec<_> = found
            .classes
            .iter()
            .map(|(class, found)| json!({ "class": class, "both": found.both, "first_only": found.first_only, "second_only": found.second_only, "other_class": found.other_class, "mean_iou": found.mean_iou, "f1": found.f1() }))
            .collect();
        let tags: Vec<_> = found
            .tags
            .iter()
            .map(|tag| json!({ "clip": tag.clip, "type": tag.kind, "kappa": tag.kappa }))
            .collect();
        let places: Vec<_> = found
            .differences
            .iter()
            .map(|d| json!({ "clip": d.clip, "channel": d.channel, "frame": d.frame, "why": d.why }))
            .collect();
        print_json(&format!("{:#}", json!({ "objects": objects, "tags": tags, "differences": places })));
        return Ok(ExitCode::SUCCESS);
    }
    print(&format!(
        "{:<20} {:>7} {:>7} {:>7} {:>7} {:>6} {:>6}",
        "class", "both", "first", "second", "other", "IoU", "F1"
    ));
    for (class, found) in &found.classes {
        let f1 = found.f1().map_or_else(|| "-".to_owned(), |f1| format!("{f1:.3}"));
        print(&format!(
            "{class:<20} {:>7} {:>7} {:>7} {:>7} {:>6.3} {f1:>6}",
            found.both, found.first_only, found.second_only, found.other_class, found.mean_iou
        ));
    }
    for Kappa { clip, kind, kappa } in &found.tags {
        let kappa = kappa.map_or_else(|| "kappa undefined".to_owned(), |kappa| format!("kappa {kappa:.3}"));
        print(&format!("tag {kind:?} in {clip}: {kappa}"));
    }
    Ok(ExitCode::SUCCESS)
}
