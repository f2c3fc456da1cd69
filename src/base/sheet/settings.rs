//! Settings of a recording in a file beside it: `drive.csv.toml` says how `drive.csv` is read. Unset ones are guessed.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::base::inputs::{self, InputKind};
use crate::base::sheet::error::{SettingsFault, SheetError};

/// Settings of reading a table or a log; everything that is not set is guessed from the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Encoding of the text: `utf-8`, `utf-16le`, `windows-1252`, `gbk`, `shift_jis`.
    pub encoding: Option<String>,
    /// Separator of the columns: one character, `tab`, `space` or `none`.
    pub separator: Option<String>,
    /// Decimal mark, `.` or `,`.
    pub decimal: Option<char>,
    /// Beginning of lines that are comments; empty if there are none.
    pub comment: Option<String>,
    /// Number of the line with the names of the columns, counted from 1; 0 if there is none.
    pub header: Option<usize>,
    /// Name of the column with the times, or of two columns with date and time of day; empty if there is none.
    pub time: Option<Names>,
    /// Unit of numbers in the time column: `s`, `ms`, `us`, `ns`, `min`, `h` or `days`.
    pub unit: Option<String>,
    /// Order in dates such as 03/04/2027: `day first` or `month first`.
    pub dates: Option<DateOrder>,
    /// Keeps spaces around cells; not a setting of the file.
    #[serde(skip)]
    pub keep_spaces: bool,
    /// Meaning of the times of a log: `absolute`, or `relative` to the line before.
    pub times: Option<Clock>,
}

/// One name or several.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Names {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Names {
    /// The names; none for "".
    pub fn list(&self) -> Vec<&str> {
        let all: Vec<&str> = match self {
            Self::One(name) => vec![name],
            Self::Many(names) => names.iter().map(String::as_str).collect(),
        };
        all.into_iter().filter(|name| !name.is_empty()).collect()
    }
}

/// Order of day and month in a date of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum DateOrder {
    /// 31/01/2027.
    #[serde(rename = "day first")]
    DayFirst,
    /// 01/31/2027.
    #[serde(rename = "month first")]
    MonthFirst,
}

/// Reference of the times in a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Clock {
    /// Times since one start.
    Absolute,
    /// Times since the line before.
    Relative,
}

/// The settings file of a recording: its whole name with `.toml` behind it.
pub fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".toml");
    PathBuf::from(name)
}

/// Name of the settings file, for messages.
pub fn name_beside(path: &Path) -> String {
    beside(path).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

impl Settings {
    /// Reads the settings beside a recording; without such a file nothing is set.
    pub fn of(path: &Path) -> Result<Self, SheetError> {
        let file = beside(path);
        if !file.is_file() {
            return Ok(Self::default());
        }
        let wrong = |source| SheetError::Settings { file: name_beside(path), source };
        let text = inputs::read_text(&file, InputKind::Settings).map_err(|err| wrong(err.into()))?;
        let settings: Self = toml::from_str(&text)
            .map_err(|err| wrong(SettingsFault::Toml { message: err.message().to_owned() }))?;
        settings.check().map_err(wrong)?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), SettingsFault> {
        if let Some(decimal) = self.decimal.filter(|mark| !['.', ','].contains(mark)) {
            return Err(SettingsFault::Decimal { mark: decimal.to_string() });
        }
        if let Some(separator) = &self.separator {
            super::rows::Separator::named(separator)?;
        }
        if let Some(unit) = &self.unit {
            super::moments::nanos_of_unit(unit).ok_or_else(|| SettingsFault::Unit { unit: unit.clone() })?;
        }
        Ok(())
    }
}
