//! Findings in recordings, and what people decided about them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::time::Time;

/// Something that happened in a recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Id of its finder.
    pub finder: String,
    /// Name of the recording.
    pub clip: String,
    /// Channels that it was found in.
    pub channels: Vec<String>,
    /// Ids of the tracks that it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tracks: Vec<String>,
    /// Its first moment.
    pub t0: Time,
    /// Its last moment.
    pub t1: Time,
    /// Its worst moment.
    pub peak: Time,
    /// Severity, 0 to 1; between finders only ranks compare.
    pub severity: f64,
    /// Measured numbers by name, in SI units.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub numbers: BTreeMap<String, f64>,
    /// The event in one sentence.
    pub sentence: String,
}

impl Finding {
    /// The same about a channel.
    #[must_use]
    pub fn on(mut self, channel: &str) -> Self {
        self.channels.push(channel.to_owned());
        self
    }

    /// The same about a track.
    #[must_use]
    pub fn about(mut self, track: &str) -> Self {
        self.tracks.push(track.to_owned());
        self
    }

    /// The same with a measured number; one that is not finite is left out.
    #[must_use]
    pub fn with(mut self, name: &str, value: f64) -> Self {
        if value.is_finite() {
            self.numbers.insert(name.to_owned(), value);
        }
        self
    }

    /// Identity of what was found, the same when the recording is mined again with other thresholds: finder, recording, channels,
    /// tracks and the second of its worst moment.
    pub fn key(&self) -> String {
        let second = self.peak.0.div_euclid(1_000_000_000);
        [&self.finder, &self.clip, &self.channels.join(","), &self.tracks.join(","), &second.to_string()]
            .map(String::as_str)
            .join("|")
    }
}

/// Decision of a person about a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// It matters: it became a tag.
    Accepted,
    /// A false alarm.
    Dismissed,
}

/// A reviewed finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Review {
    /// The finding.
    pub finding: Finding,
    /// The decision.
    pub decision: Decision,
}
