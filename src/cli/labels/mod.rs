//! `hardcase labels`: import, export and conversion of labels, label issues, inter-annotator agreement.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Subcommand;
use serde_json::json;

use crate::cli::{BadArgument, print, print_json};
use crate::clips::Clip;
use crate::data::geometry::shape::ShapeKind;
use crate::exchange::several::Several;
use crate::exchange::{self, ExchangeKind};
use crate::project::recordings::open_known;
use crate::project::{ClipRef, Project};

mod files;
pub(super) mod looks;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum LabelsCommand {
    /// Export the labels of a project; losses are reported first, and refused without --allow-lossy
    Export(files::ExportArgs),
    /// Import labels into a project; without --merge or --replace only reports the changes if labels are present
    Import(files::ImportArgs),
    /// Convert labels from one format to another, without a project
    Convert(files::ConvertArgs),
    /// List label formats and what each can hold
    Formats {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Find label issues: too small, outside of the frame, duplicate, changing class, jumping
    Check(looks::CheckArgs),
    /// Compare two projects or label files: `IoU` of objects, Cohen's kappa of tags
    Compare(looks::CompareArgs),
}

pub(in crate::cli) fn run(command: &LabelsCommand) -> anyhow::Result<ExitCode> {
    match command {
        LabelsCommand::Export(args) => files::export(args),
        LabelsCommand::Import(args) => files::take_in(args),
        LabelsCommand::Convert(args) => files::convert(args),
        LabelsCommand::Formats { json } => {
            formats(*json);
            Ok(ExitCode::SUCCESS)
        }
        LabelsCommand::Check(args) => looks::check(args),
        LabelsCommand::Compare(args) => looks::compare(args),
    }
}

fn known_kind(id: &str) -> anyhow::Result<&'static ExchangeKind> {
    exchange::kind(id).map_err(|err| BadArgument(err.to_string()).into())
}

fn opened(project: &Project, clip: &ClipRef) -> anyhow::Result<Arc<dyn Clip>> {
    open_known(&project.folder, clip)
        .with_context(|| format!("the recording {:?} cannot be opened", clip.name))
}

fn formats(as_json: bool) {
    let holds = |kind: &ExchangeKind| {
        let mut words: Vec<&str> = kind.holds.shapes.iter().map(|shape| shape.title()).collect();
        let several = kind.holds.several != Several::One && !words.contains(&ShapeKind::Parts.title());
        words.extend(several.then(|| ShapeKind::Parts.title()));
        let more = [
            (kind.holds.tracks, "tracks"),
            (kind.holds.attributes, "attributes"),
            (kind.holds.occluded, "occlusion"),
        ];
        words.extend(more.iter().filter(|(has, _)| *has).map(|(_, word)| *word));
        words.extend((kind.holds.tags != exchange::losses::Tags::None).then_some("tags"));
        words
    };
    if as_json {
        let list: Vec<_> = exchange::KINDS
            .iter()
            .map(|kind| json!({ "id": kind.id, "title": kind.title, "holds": holds(kind) }))
            .collect();
        print_json(&format!("{:#}", serde_json::Value::Array(list)));
        return;
    }
    for kind in exchange::KINDS {
        print(&format!("{:<16} {:<22} {}", kind.id, kind.title, holds(kind).join(", ")));
    }
}
