//! The part of a model card about windows of a recording: several images, and signals.

use serde::{Deserialize, Serialize};

use crate::data::time::window::Reach;

/// Most frames of a window, and the longest stride between two.
const MOST_FRAMES: usize = 4096;
/// Most values of a signal in a window.
const MOST_SAMPLES: usize = 1 << 20;

/// Inputs beside one image, or instead of it. Everything is ordered from the oldest to the latest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowCard {
    /// Number of images, the last of which is the current one; 0 for models of signals alone.
    pub frames: usize,
    /// Stride in frames of the recording.
    #[serde(default = "one")]
    pub step: usize,
    /// Stacking of the images.
    #[serde(default)]
    pub stacking: Stacking,
    /// The signals that go with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signals: Option<SignalsCard>,
}

/// Stacking of several images into one input; each is N, its channels, height and width in the card's layout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stacking {
    /// One after the other: batch, time, then the image.
    #[default]
    Time,
    /// For 3D convolutions: batch, channel, time, row, column.
    ChannelsFirst,
    /// As further channels: batch, time and channel as one, row, column.
    Channels,
}

/// Signals as an input of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignalsCard {
    /// Name of the graph's input.
    pub input: String,
    /// Names of the recorded signals, in the order of the model.
    pub names: Vec<String>,
    /// Number of values of each signal, the last at the current moment.
    #[serde(default = "one")]
    pub samples: usize,
    /// Seconds between two of them.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub period: f64,
    /// Order of the dimensions.
    #[serde(default)]
    pub order: Order,
    /// Subtracted from each signal; not applied if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mean: Vec<f64>,
    /// Divides each signal after that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub std: Vec<f64>,
}

/// Order of the dimensions of an input of signals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Batch, time, signal.
    #[default]
    TimeFirst,
    /// Batch, signal, time.
    SignalsFirst,
    /// Batch, all values at one time after those of the time before.
    Flat,
}

fn one() -> usize {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde wants it")]
fn is_nothing(value: &f64) -> bool {
    *value == 0.0
}

impl WindowCard {
    /// Problem of an invalid card, if any.
    pub(super) fn problem(&self) -> Option<&'static str> {
        if self.frames > MOST_FRAMES || self.step > MOST_FRAMES {
            return Some("frames and step of [window] must be at most 4096");
        }
        let Some(signals) = &self.signals else {
            return (self.frames == 0).then_some("[window] has neither frames nor signals");
        };
        let scales = [&signals.mean, &signals.std];
        if signals.names.is_empty() || signals.samples == 0 {
            return Some("[window.signals] has no names or no samples");
        }
        if scales.iter().any(|list| !list.is_empty() && list.len() != signals.names.len()) {
            return Some("mean and std of [window.signals] must have one number for each name, or none");
        }
        if signals.samples > MOST_SAMPLES {
            return Some("samples of [window.signals] must be at most 1048576");
        }
        if !scales.iter().flat_map(|list| list.iter()).all(|value| value.is_finite())
            || signals.std.contains(&0.0)
        {
            return Some("mean and std of [window.signals] must be numbers, std other than 0");
        }
        if signals.samples > 1 && !(signals.period.is_finite() && signals.period > 0.0) {
            return Some(
                "[window.signals] takes several samples and says no period, the seconds between two",
            );
        }
        None
    }

    /// Window that the model needs.
    pub(super) fn reach(&self) -> Reach {
        let (names, seconds) = self.signals.as_ref().map_or_else(Default::default, |signals| {
            (signals.names.clone(), signals.period * (signals.samples.max(1) - 1) as f64)
        });
        let frames = self.frames.saturating_sub(1) * self.step.max(1) + usize::from(self.frames > 0);
        Reach { frames, signals: names, seconds, depth: false }
    }
}
