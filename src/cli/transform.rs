//! `hardcase transform`: what there is, and applying it to a picture.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use serde_json::json;

use crate::base::files::write_atomic;
use crate::cli::print;
use crate::data::image::Image;
use crate::transforms::{KINDS, stack};

#[derive(Debug, Subcommand)]
pub(super) enum TransformCommand {
    /// Every transform with its parameters.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Applies a stack to a picture.
    Apply {
        /// The picture.
        input: PathBuf,
        /// The stack: "fog:0.4,rotate:5".
        #[arg(long)]
        with: String,
        /// Fixes all chance.
        #[arg(long, default_value_t = 0)]
        seed: u64,
        /// Where to write the PNG.
        #[arg(short, long)]
        output: PathBuf,
    },
}

pub(super) fn run(command: &TransformCommand) -> anyhow::Result<ExitCode> {
    match command {
        TransformCommand::List { json } => list(*json),
        TransformCommand::Apply { input, with, seed, output } => apply(input, with, *seed, output)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn list(as_json: bool) {
    if as_json {
        let all: Vec<_> = KINDS
            .iter()
            .map(|kind| {
                let params: Vec<_> = kind
                    .params
                    .iter()
                    .map(|p| json!({ "id": p.id, "unit": p.unit, "min": p.min, "max": p.max, "neutral": p.neutral, "initial": p.initial }))
                    .collect();
                json!({ "id": kind.id, "title": kind.title, "summary": kind.summary, "group": kind.group.title(), "geometric": kind.geometric, "seeded": kind.seeded, "params": params })
            })
            .collect();
        print(&format!("{:#}", json!(all)));
        return;
    }
    for kind in KINDS {
        let range =
            kind.strength().map_or(String::new(), |p| format!("{} {}..{} {}", p.id, p.min, p.max, p.unit));
        print(&format!("{:<16} {:<32} {}", kind.id, range, kind.summary));
    }
}

fn apply(input: &Path, with: &str, seed: u64, output: &Path) -> anyhow::Result<()> {
    let change = stack::parse(with, seed)?;
    let bytes = std::fs::read(input).with_context(|| format!("could not read {}", input.display()))?;
    let image = Image::decode(&bytes).with_context(|| format!("could not read {}", input.display()))?;
    let changed = stack::apply(&change, &image)?;
    write_atomic(output, &changed.to_png()?).with_context(|| format!("could not write {}", output.display()))
}
