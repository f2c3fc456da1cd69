//! `hardcase suite`: exporting a suite of a project, verifying an exported one.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;

use crate::base::files::seen_from;
use crate::base::outputs::write_named;
use crate::base::progress::Progress;
use crate::base::text::counted;
use crate::cli::{print, say};
use crate::inference::backend::Backend;
use crate::inference::embedded;
use crate::inference::model::Model;
use crate::predictions::image_models;
use crate::project::editor::ProjectEditor;
use crate::suites::adapters::{self, Tool};
use crate::suites::contents::contents;
use crate::suites::export::export;
use crate::suites::files;
use crate::transforms::catalog::Catalog;

#[derive(Debug, Subcommand)]
pub(super) enum SuiteCommand {
    /// Export a suite of a project as plain files
    Export {
        /// Folder of the project
        project: PathBuf,
        /// Name of the suite
        #[arg(long)]
        suite: String,
        /// Output folder
        #[arg(short, long)]
        output: PathBuf,
    },
    /// Write an adapter through which another test tool runs the suite, each case a test with its tags
    Adapter {
        /// Folder of the suite
        folder: PathBuf,
        /// The test tool
        #[arg(long = "for", value_enum)]
        tool: AdapterTool,
        /// Output file: `test_roads.py`, `roads.robot`
        #[arg(short, long)]
        output: PathBuf,
    },
    /// Check every file of an exported suite
    Verify {
        /// Folder of the suite
        folder: PathBuf,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum AdapterTool {
    Pytest,
    Robot,
}

fn adapter(folder: &Path, tool: AdapterTool, output: &Path) -> anyhow::Result<()> {
    let suite = files::read(folder)?;
    let tool = match tool {
        AdapterTool::Pytest => Tool::Pytest,
        AdapterTool::Robot => Tool::Robot,
    };
    let beside = std::path::absolute(output)?;
    let place = match seen_from(beside.parent().unwrap_or(&beside), folder) {
        Some(place) => place,
        None => std::path::absolute(folder)?,
    };
    for file in adapters::adapter(&suite, &place, tool, output) {
        write_named(&file.path, file.content.as_bytes())
            .with_context(|| format!("could not write {}", file.path.display()))?;
        print(&file.path.display().to_string());
    }
    Ok(())
}

pub(super) fn run(command: &SuiteCommand) -> anyhow::Result<ExitCode> {
    match command {
        SuiteCommand::Export { project, suite, output } => {
            let editor = ProjectEditor::open(project)?;
            let project = editor.project();
            let mut catalog = Catalog::default();
            let files = project.models.iter().map(|m| project.resolve(&m.path));
            let model = image_models::first_model(&mut catalog, files)?;
            // Only its card and its checksum are needed, and no model ends the export.
            let apart = Backend::from(&embedded::KIND).apart();
            let model = model.map(|path| Model::load(&path, apart, 1)).transpose()?;
            let count = export(project, &catalog, suite, model.as_ref(), output, &Progress::default())?;
            print(&format!("{} exported to {}", counted(count, "case"), output.display()));
            print(&contents(&files::read(output)?)?.to_string());
            Ok(ExitCode::SUCCESS)
        }
        SuiteCommand::Adapter { folder, tool, output } => {
            adapter(folder, *tool, output)?;
            Ok(ExitCode::SUCCESS)
        }
        SuiteCommand::Verify { folder } => {
            let suite = files::read(folder)?;
            let problems = suite.problems();
            for problem in &problems {
                say(problem);
            }
            print(&format!(
                "{}: {}, {}",
                suite.file.name,
                counted(suite.cases.len(), "case"),
                counted(problems.len(), "problem")
            ));
            Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
        }
    }
}
