//! Options of the reports, one for each format.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, value_parser};

use crate::cli::{print_raw, say};
use crate::reports::report::Report;
use crate::reports::{Form, REPORTERS, ReporterKind};

/// The reports that were asked for.
#[derive(Debug, Default)]
pub(super) struct ReportArgs {
    /// Formats with the file or folder to write.
    files: Vec<(&'static ReporterKind, PathBuf)>,
    /// Formats that go to the standard output.
    printed: Vec<&'static ReporterKind>,
}

impl ReportArgs {
    /// Print what goes to the standard output.
    pub(super) fn print(&self, report: &Report) {
        for kind in &self.printed {
            if let Form::Lines(render) = kind.form {
                for line in render(report) {
                    print_raw(&line);
                }
            }
        }
    }

    /// Write the files.
    pub(super) fn write(&self, report: &Report) -> anyhow::Result<()> {
        for (kind, path) in &self.files {
            let failed = || format!("could not write the report {}", path.display());
            if let Some(index) = kind.write(report, path).with_context(failed)? {
                say(&format!("report: {}", index.display()));
            }
        }
        Ok(())
    }
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
