//! Errors of tables and their settings.

use std::io;

use crate::base::encoding::UnknownEncoding;

/// Reason why a table cannot be read. No path is in it.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// The file cannot be read.
    #[error("the table cannot be read ({source})")]
    Io {
        /// Error of the file system.
        source: io::Error,
    },
    /// The file with the settings cannot be read or used.
    #[error("the settings in {file} cannot be used ({source})")]
    Settings {
        /// Name of the file.
        file: String,
        /// The reason.
        source: SettingsFault,
    },
    /// The settings name no separator.
    #[error(transparent)]
    Separator(#[from] UnknownSeparator),
    /// The settings name no encoding.
    #[error(transparent)]
    Encoding(#[from] UnknownEncoding),
    /// The line of the settings with the names is none.
    #[error("the settings say that names are in line {line}, but it has none")]
    NoNames {
        /// Number of the line.
        line: usize,
    },
}

/// Fault of a file with settings.
#[derive(Debug, thiserror::Error)]
pub enum SettingsFault {
    /// It cannot be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It is not TOML, or names something unknown.
    #[error("{message}")]
    Toml {
        /// Message of the parser.
        message: String,
    },
    /// Another decimal mark than a point or a comma.
    #[error("decimal is {mark:?}, expected \".\" or \",\"")]
    Decimal {
        /// The mark.
        mark: String,
    },
    /// No separator.
    #[error(transparent)]
    Separator(#[from] UnknownSeparator),
    /// No unit of time.
    #[error("unknown unit {unit:?}, expected one of s, ms, us, ns, min, h, days")]
    Unit {
        /// The unit.
        unit: String,
    },
}

/// A separator that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("separator is {name:?}, expected one character, tab, space or none")]
pub struct UnknownSeparator {
    /// Its name in the settings.
    pub name: String,
}
