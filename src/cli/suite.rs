//! `hardcase suite`: exporting a suite of a project, verifying an exported one.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;

use crate::base::files::seen_from;
use crate::base::outputs::write_named;
use crate::base::progress::Progress;
use crate::base::text::counted;
use crate::behavior;
use crate::behavior::files as texts;
use crate::cli::{BadArgument, gates, print, say};
use crate::inference::backend::Backend;
use crate::inference::embedded;
use crate::inference::model::Model;
use crate::predictions::image_models;
use crate::project::editor::ProjectEditor;
use crate::suites::adapters::{self, Tool};
use crate::suites::bundle::ModelPlace;
use crate::suites::contents::contents;
use crate::suites::export::export;
use crate::suites::files;
use crate::transforms::catalog::Catalog;

mod added;
mod merged;

#[derive(Debug, Subcommand)]
pub(super) enum SuiteCommand {
    /// Export a suite of a project as plain files
    Export {
        /// Folder of the project
        project: PathBuf,
        /// Name of the suite; the only one of the project if absent
        name: Option<String>,
        /// The same as NAME
        #[arg(long, hide = true, conflicts_with = "name")]
        suite: Option<String>,
        /// Output folder
        #[arg(short, long)]
        output: PathBuf,
        /// Copy the model into the folder of the suite; without it a model outside of the project is named by its file name
        /// and checksum
        #[arg(long)]
        bundle_model: bool,
    },
    /// Add a case about a stretch of a recording to a project
    Add(Box<added::AddArgs>),
    /// Add a case about a data set: a claim about a metric, with its interval
    Gate(Box<gates::GateArgs>),
    /// Write an adapter through which another test tool runs the suite, each case a test with its tags
    Adapter {
        /// Folder of the suite, also of a behavioral suite of texts
        folder: PathBuf,
        /// The test tool
        #[arg(long = "for", value_enum)]
        tool: AdapterTool,
        /// Output file: `test_roads.py`, `roads.robot`
        #[arg(short, long)]
        output: PathBuf,
    },
    /// Merge the JSON reports of the parts of a sharded run into one, in every format, with the exit code of a single run
    MergeReports(Box<merged::MergeArgs>),
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
    let beside = std::path::absolute(output)?;
    let place = match seen_from(beside.parent().unwrap_or(&beside), folder) {
        Some(place) => place,
        None => std::path::absolute(folder)?,
    };
    let files: Vec<(PathBuf, String)> = if texts::is_suite_of_texts(folder) {
        let suite = texts::read(folder)?;
        match tool {
            AdapterTool::Pytest => {
                vec![(output.to_owned(), behavior::adapters::pytest(&suite, &place, output))]
            }
            AdapterTool::Robot => behavior::adapters::robot(&suite, &place, output).to_vec(),
        }
    } else {
        let tool = match tool {
            AdapterTool::Pytest => Tool::Pytest,
            AdapterTool::Robot => Tool::Robot,
        };
        let files = adapters::adapter(&files::read(folder)?, &place, tool, output);
        files.into_iter().map(|file| (file.path, file.content)).collect()
    };
    for (path, content) in files {
        write_named(&path, content.as_bytes())
            .with_context(|| format!("could not write {}", path.display()))?;
        print(&path.display().to_string());
    }
    Ok(())
}

/// Export a suite of a project.
fn write(project: &Path, name: Option<&String>, output: &Path, place: ModelPlace) -> anyhow::Result<()> {
    let editor = ProjectEditor::open(project)?;
    let project = editor.project();
    let suites = project.suites();
    let name = match (name, suites.as_slice()) {
        (Some(name), _) => name.clone(),
        (None, [only]) => only.clone(),
        (None, []) => return Err(BadArgument("the project has no suite".to_owned()).into()),
        (None, _) => {
            return Err(
                BadArgument(format!("the project has the suites {suites:?}, name one of them")).into()
            );
        }
    };
    let mut catalog = Catalog::default();
    let files = project.models.iter().map(|m| project.resolve(&m.path));
    let model = image_models::first_model(&mut catalog, files)?;
    // Only its card and its checksum are needed, and no model ends the export.
    let apart = Backend::from(&embedded::KIND).apart();
    let model = model.map(|path| Model::load(&path, apart, 1)).transpose()?;
    let count = export(project, &catalog, &name, (model.as_ref(), place), output, &Progress::default())?;
    print(&format!("{} exported to {}", counted(count, "case"), output.display()));
    let suite = files::read(output)?;
    if let Some(file) =
        suite.file.model.as_ref().map(|model| &model.file).filter(|_| suite.model_path().is_none())
    {
        say(&format!(
            "hardcase: the model is not a part of the project, run the suite with --model {}",
            file.display()
        ));
    }
    print(&contents(&suite)?.to_string());
    Ok(())
}

pub(super) fn run(command: &SuiteCommand) -> anyhow::Result<ExitCode> {
    match command {
        SuiteCommand::Export { project, name, suite, output, bundle_model } => {
            let place = if *bundle_model { ModelPlace::Bundled } else { ModelPlace::Named };
            write(project, name.as_ref().or(suite.as_ref()), output, place)?;
            Ok(ExitCode::SUCCESS)
        }
        SuiteCommand::Add(args) => added::run(args),
        SuiteCommand::Gate(args) => gates::write(args),
        SuiteCommand::MergeReports(args) => merged::run(args),
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
                counted(suite.cases.len() + suite.gates.all.len(), "case"),
                counted(problems.len(), "problem")
            ));
            Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
        }
    }
}
