//! Lines of text in a recording.

use std::sync::Arc;

use crate::base::time::Time;

/// How bad a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// For developers.
    Debug,
    /// As it should be.
    Info,
    /// Worth a look.
    Warning,
    /// Something failed.
    Error,
    /// The program gave up.
    Fatal,
}

impl LogLevel {
    /// What a person calls it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Fatal => "fatal",
        }
    }
}

/// A line with when and where it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// When.
    pub time: Time,
    /// The channel.
    pub channel: Arc<str>,
    /// What.
    pub line: LogLine,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// How bad it is.
    pub level: LogLevel,
    /// Which program wrote it.
    pub source: String,
    /// What it wrote.
    pub text: String,
}
