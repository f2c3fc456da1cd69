//! Lines of text in a recording.

use std::sync::Arc;

use crate::base::time::Time;

/// Severity of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// For developers.
    Debug,
    /// Normal operation.
    Info,
    /// Worth attention.
    Warning,
    /// Something failed.
    Error,
    /// The program aborted.
    Fatal,
}

impl LogLevel {
    /// Name on screen.
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

/// A log line with its time and channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Time of the line.
    pub time: Time,
    /// The channel.
    pub channel: Arc<str>,
    /// The line.
    pub line: LogLine,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Severity of the line.
    pub level: LogLevel,
    /// Program that wrote it.
    pub source: String,
    /// Text of the line.
    pub text: String,
}
