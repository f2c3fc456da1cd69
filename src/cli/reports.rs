//! Options of the reports, one for each format.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, value_parser};

use crate::cli::{print, print_raw, say};
use crate::reports::conclusion::Conclusion;
use crate::reports::report::{Report, ReportCase, SuiteReport};
use crate::reports::{Form, REPORTERS, ReporterKind, junit};

/// The reports that were asked for.
#[derive(Debug, Default)]
pub(super) struct ReportArgs {
    /// Formats with the file or folder to write.
    files: Vec<(&'static ReporterKind, PathBuf)>,
    /// Formats that go to the standard output.
    printed: Vec<&'static ReporterKind>,
}

impl ReportArgs {
    /// A report that knows the folder of the CI job, and where images for others to attach are written.
    pub(super) fn begun(&self, report: Report) -> Report {
        let folder = self.files.iter().find(|(kind, _)| matches!(kind.form, Form::Folder(_)));
        let attached = self.files.iter().any(|(kind, _)| kind.id == junit::KIND.id);
        let attachments = folder.filter(|_| attached).map(|(_, path)| path.clone());
        Report { job: job(), attachments, ..report }
    }

    /// True if a report with images is written.
    pub(super) fn has_folder(&self) -> bool {
        self.files.iter().any(|(kind, _)| matches!(kind.form, Form::Folder(_)))
    }

    /// Print what came of the cases, write the reports, and say what the run ends with.
    pub(super) fn told(&self, report: &Report) -> anyhow::Result<Conclusion> {
        for suite in &report.suites {
            for case in &suite.cases {
                print(&line(suite, case));
            }
        }
        for (metric, definition) in report.definitions() {
            print(&format!("{metric}: {definition}"));
        }
        print(&report.counts().line());
        self.print(report);
        let conclusion = report.conclusion();
        if let Some(advice) = conclusion.advice() {
            say(&format!("hardcase: {advice}"));
        }
        self.write(report)?;
        Ok(conclusion)
    }

    /// Print what goes to the standard output.
    fn print(&self, report: &Report) {
        for kind in &self.printed {
            if let Form::Lines(render) = kind.form {
                for line in render(report) {
                    print_raw(&line);
                }
            }
        }
    }

    /// Write the files.
    fn write(&self, report: &Report) -> anyhow::Result<()> {
        for (kind, path) in &self.files {
            let failed = || format!("could not write the report {}", path.display());
            if let Some(index) = kind.write(report, path).with_context(failed)? {
                say(&format!("report: {}", index.display()));
            }
        }
        Ok(())
    }
}

/// Variables in which GitHub, GitLab and Jenkins name the folder of a job.
const JOBS: [&str; 3] = ["GITHUB_WORKSPACE", "CI_PROJECT_DIR", "WORKSPACE"];

/// The folder of the CI job, if there is one.
fn job() -> Option<PathBuf> {
    JOBS.iter().find_map(|name| std::env::var_os(name).filter(|folder| !folder.is_empty())).map(PathBuf::from)
}

fn line(suite: &SuiteReport, case: &ReportCase) -> String {
    let mut text = format!("{:<5} {}/{}", case.status.word(), suite.name, case.id);
    if !case.why.is_empty() {
        text.push_str(": ");
        text.push_str(&case.why);
    }
    let remark = case.remark();
    if !remark.is_empty() {
        text.push_str(" (");
        text.push_str(&remark);
        text.push(')');
    }
    text
}

/// The option of a format.
pub(super) fn option(kind: &'static ReporterKind) -> Arg {
    let arg = Arg::new(kind.id).long(kind.id).help(kind.help);
    match kind.form {
        Form::File(_) => arg.value_name("FILE").value_parser(value_parser!(PathBuf)),
        Form::Folder(_) => arg.value_name("DIR").value_parser(value_parser!(PathBuf)),
        Form::Lines(_) => arg.action(ArgAction::SetTrue),
    }
}

impl Args for ReportArgs {
    fn augment_args(command: Command) -> Command {
        REPORTERS.iter().fold(command, |command, kind| command.arg(option(kind)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for ReportArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut args = Self::default();
        args.update_from_arg_matches(matches)?;
        Ok(args)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for kind in REPORTERS {
            match kind.form {
                Form::Lines(_) if matches.get_flag(kind.id) => self.printed.push(kind),
                Form::Lines(_) => {}
                Form::File(_) | Form::Folder(_) => {
                    let path = matches.get_one::<PathBuf>(kind.id);
                    self.files.extend(path.map(|path| (*kind, path.clone())));
                }
            }
        }
        Ok(())
    }
}
