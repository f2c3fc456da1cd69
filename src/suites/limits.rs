//! Limits of time and memory of one case, in `suite.toml` and on the command line.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::child;

/// Time limit of a case where none is named.
const USUAL_SECS: f64 = 60.0;
/// Memory limit of a case where none is named, in megabytes.
const USUAL_MB: u64 = 4096;
/// Longest time limit, a day.
const LONGEST_SECS: f64 = 86_400.0;
/// Units of time with their seconds.
const TIMES: [(&str, f64); 4] = [("ms", 1e-3), ("s", 1.0), ("min", 60.0), ("h", 3600.0)];
/// Units of memory with their megabytes.
const SIZES: [(&str, f64); 4] = [("MB", 1.0), ("GB", 1024.0), ("M", 1.0), ("G", 1024.0)];

/// A time limit: `60s`, `500ms`, `5min`, `1h`, or `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timeout(Option<Duration>);

/// A memory limit: `4G`, `512M`, or `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MemoryLimit(Option<u64>);

/// Limits of each case as a suite or a command line names them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseLimits {
    /// Time of one run of a case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Timeout>,
    /// Memory of the process that judges it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<MemoryLimit>,
}

impl CaseLimits {
    /// These limits, and those of `others` where these name none.
    pub fn or(self, others: Self) -> Self {
        Self { timeout: self.timeout.or(others.timeout), memory: self.memory.or(others.memory) }
    }

    /// The limits of one run of a case, the usual ones where none is named.
    pub fn of_one(self) -> child::Limits {
        child::Limits {
            time: self.timeout.map_or_else(|| Some(Duration::from_secs_f64(USUAL_SECS)), |timeout| timeout.0),
            memory_mb: self.memory.map_or(Some(USUAL_MB), |memory| memory.0),
        }
    }
}

/// A number and the factor of the unit behind it.
fn quantity(text: &str, units: &[(&str, f64)]) -> Option<f64> {
    let (number, factor) =
        units.iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor)))?;
    number.trim().parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number * factor)
}

/// A text that is no limit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotLimit {
    /// No time.
    #[error("{text:?} is not a time limit, expected 60s, 500ms, 5min, up to 24h, or none")]
    Time {
        /// The text.
        text: String,
    },
    /// No size of memory.
    #[error("{text:?} is not a memory limit, expected 4G, 512M or none")]
    Memory {
        /// The text.
        text: String,
    },
}

impl FromStr for Timeout {
    type Err = NotLimit;

    fn from_str(text: &str) -> Result<Self, NotLimit> {
        if text == "none" {
            return Ok(Self(None));
        }
        let seconds = quantity(text, &TIMES).filter(|seconds| (1e-3..=LONGEST_SECS).contains(seconds));
        let wrong = || NotLimit::Time { text: text.to_owned() };
        seconds.map(|seconds| Self(Some(Duration::from_secs_f64(seconds)))).ok_or_else(wrong)
    }
}

impl FromStr for MemoryLimit {
    type Err = NotLimit;

    fn from_str(text: &str) -> Result<Self, NotLimit> {
        if text == "none" {
            return Ok(Self(None));
        }
        let megabytes = quantity(text, &SIZES).filter(|megabytes| (1.0..=1e9).contains(megabytes));
        let wrong = || NotLimit::Memory { text: text.to_owned() };
        megabytes.map(|megabytes| Self(Some(megabytes as u64))).ok_or_else(wrong)
    }
}

impl fmt::Display for Timeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(time) => write!(f, "{}s", time.as_secs_f64()),
            None => f.write_str("none"),
        }
    }
}

impl fmt::Display for MemoryLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(megabytes) => write!(f, "{megabytes}M"),
            None => f.write_str("none"),
        }
    }
}

impl TryFrom<String> for Timeout {
    type Error = NotLimit;

    fn try_from(text: String) -> Result<Self, NotLimit> {
        text.parse()
    }
}

impl TryFrom<String> for MemoryLimit {
    type Error = NotLimit;

    fn try_from(text: String) -> Result<Self, NotLimit> {
        text.parse()
    }
}

impl From<Timeout> for String {
    fn from(timeout: Timeout) -> Self {
        timeout.to_string()
    }
}

impl From<MemoryLimit> for String {
    fn from(memory: MemoryLimit) -> Self {
        memory.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_have_units() {
        let time = |text: &str| text.parse::<Timeout>().map(|timeout| timeout.to_string());
        let memory = |text: &str| text.parse::<MemoryLimit>().map(|memory| memory.to_string());
        assert_eq!(time("60s").unwrap(), "60s");
        assert_eq!(time("1.5min").unwrap(), "90s");
        assert_eq!(time("500ms").unwrap(), "0.5s");
        assert_eq!(memory("4G").unwrap(), "4096M");
        assert_eq!(memory("512 MB").unwrap(), "512M");
        assert_eq!((time("none").unwrap(), memory("none").unwrap()), ("none".to_owned(), "none".to_owned()));
        for wrong in ["60", "s", "-1s", "nans", "infs", "25h", "0s", "1e999s", ""] {
            assert!(time(wrong).is_err(), "{wrong}");
        }
        for wrong in ["4", "-4G", "0M", "NaNM", "4T", ""] {
            assert!(memory(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_command_line_goes_before_the_suite_and_that_before_the_usual() {
        let suite = CaseLimits { timeout: "5s".parse().ok(), memory: None };
        let given = CaseLimits { timeout: None, memory: "none".parse().ok() };
        let limits = given.or(suite).of_one();
        assert_eq!((limits.time, limits.memory_mb), (Some(Duration::from_secs(5)), None));
        assert_eq!(CaseLimits::default().of_one().memory_mb, Some(USUAL_MB));
    }
}
