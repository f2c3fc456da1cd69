//! Reports of a run, one format a file. None holds a clock: two runs differ in durations only.

use std::io;
use std::path::{Path, PathBuf};

use crate::base::escape::shell;
use crate::base::outputs::write_named;
use crate::reports::report::Report;

pub mod attachments;
pub mod conclusion;
pub mod curve;
pub mod drawn;
pub mod github;
pub mod html;
pub mod images;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod openmetrics;
pub mod page;
pub mod parts;
pub mod place;
pub mod report;
pub mod sarif;
mod slider;
pub mod steps;
pub mod sweep;
pub mod table;
pub mod tap;
pub mod trend;

/// A format of reports, an option of `hardcase test` by its id.
#[derive(Debug)]
pub struct ReporterKind {
    /// Name of the option.
    pub id: &'static str,
    /// Help of the option.
    pub help: &'static str,
    /// Form of the report.
    pub form: Form,
}

/// Form of a report.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// The text of one file.
    File(fn(&Report) -> io::Result<String>),
    /// A folder of files; returns the one to open.
    Folder(fn(&Report, &Path) -> io::Result<PathBuf>),
    /// Lines on the standard output.
    Lines(fn(&Report) -> Vec<String>),
}

/// Every format, in the order of the help.
pub static REPORTERS: &[&ReporterKind] = &[
    &junit::KIND,
    &html::KIND,
    &json::KIND,
    &markdown::KIND,
    &tap::KIND,
    &sarif::KIND,
    &openmetrics::KIND,
    &github::KIND,
];

impl ReporterKind {
    /// Writes a report to a file or folder, whole or not at all; returns the file to open where there are several.
    /// Lines for the standard output are not written.
    pub fn write(&self, report: &Report, path: &Path) -> io::Result<Option<PathBuf>> {
        match self.form {
            Form::File(render) => write_named(path, render(report)?.as_bytes()).map(|()| None),
            Form::Folder(write) => write(report, path).map(Some),
            Form::Lines(_) => Ok(None),
        }
    }
}

/// The line that opens a case in the window.
pub fn open_command(folder: &str, case: &str) -> String {
    format!("hardcase {} {}", shell::path(folder), shell::option("--case", case))
}
