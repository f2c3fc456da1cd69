//! Reports of a run, one format a file. None holds a clock: two runs differ in durations only.

use std::io;
use std::path::Path;

use crate::base::files::write_atomic;

pub mod github;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod report;
pub mod table;
pub mod tap;

/// The line that opens a case in the window.
pub fn open_command(folder: &str, case: &str) -> String {
    let quoted = if folder.contains(' ') { format!("'{folder}'") } else { folder.to_owned() };
    format!("hardcase {quoted} --case {case}")
}

/// Writes a report file whole or not at all.
pub fn write(path: &Path, content: &str) -> io::Result<()> {
    write_atomic(path, content.as_bytes())
}
