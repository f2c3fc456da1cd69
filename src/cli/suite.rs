//! `hardcase suite`: exporting a suite of a project, verifying an exported one.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;

use crate::app::suites::export;
use crate::base::progress::Progress;
use crate::cli::{print, say};
use crate::inference::{embedded, model::Model};
use crate::project::history::History;
use crate::suites::files;

#[derive(Debug, Subcommand)]
pub(super) enum SuiteCommand {
    /// Writes a suite of a project as plain files.
    Export {
        /// Folder of the project.
        project: PathBuf,
        /// Name of the suite.
        #[arg(long)]
        suite: String,
        /// Where to write it.
        #[arg(short, long)]
        output: PathBuf,
    },
    /// Checks every file of an exported suite.
    Verify {
        /// Folder of the suite.
        folder: PathBuf,
    },
}

pub(super) fn run(command: &SuiteCommand) -> anyhow::Result<ExitCode> {
    match command {
        SuiteCommand::Export { project, suite, output } => {
            let history = History::open(project)?;
            let project = history.project();
            let model = match project.models.first() {
                Some(model) => Some(Model::load(&project.resolve(&model.path), &embedded::KIND, 1)?),
                None => None,
            };
            let count = export(project, suite, model.as_ref(), output, &Progress::default())?;
            print(&format!("{count} cases are in {}", output.display()));
            Ok(ExitCode::SUCCESS)
        }
        SuiteCommand::Verify { folder } => {
            let suite = files::read(folder)?;
            let problems = suite.problems();
            for problem in &problems {
                say(problem);
            }
            print(&format!("{}: {} cases, {} problems", suite.file.name, suite.cases.len(), problems.len()));
            Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
        }
    }
}
