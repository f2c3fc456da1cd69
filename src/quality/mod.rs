//! Label issues, and inter-annotator agreement.

use crate::data::labels::index::{Labels, Shown};
use crate::data::labels::label::Label;

pub mod agreement;
mod duplicate;
mod flipped_class;
mod outside_picture;
mod speed_jump;
mod too_small;

/// A possible label issue for a person to check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelIssue {
    /// Id of the check.
    pub kind: &'static str,
    /// Name of the clip in the project.
    pub clip: String,
    /// Name of the channel.
    pub channel: String,
    /// Index of the sample.
    pub frame: usize,
    /// Id of the object.
    pub object: u64,
    /// Description in one sentence.
    pub why: String,
}

/// One channel with its labels.
pub struct Seen<'a> {
    /// Name of the clip in the project.
    pub clip: &'a str,
    /// Name of the channel.
    pub channel: &'a str,
    /// Width and height of its images in pixels, if known.
    pub size: Option<(u32, u32)>,
    /// All labels.
    pub labels: &'a Labels,
}

impl Seen<'_> {
    fn issue(&self, kind: &'static str, label: &Label, frame: usize, why: String) -> LabelIssue {
        let (clip, channel) = (self.clip.to_owned(), self.channel.to_owned());
        LabelIssue { kind, clip, channel, frame, object: label.object, why }
    }

    /// The objects of the channel, each with its keyframes.
    fn objects(&self) -> Vec<(u64, Vec<&Label>)> {
        self.labels.tracks(self.clip, self.channel).collect()
    }

    /// Every visible keyframe, with its sample.
    fn drawn(&self) -> impl Iterator<Item = &Label> {
        self.labels.iter().filter(|label| {
            label.clip == *self.clip && label.channel == *self.channel && label.state.present()
        })
    }

    /// The visible labels of each sample.
    fn samples(&self) -> std::collections::BTreeMap<usize, Vec<Shown<'_>>> {
        self.labels.samples(self.clip, self.channel)
    }
}

/// A check for label issues.
pub struct QualityKind {
    /// Name in files: `too_small`.
    pub id: &'static str,
    /// Name on screen.
    pub title: &'static str,
    /// Checks one channel.
    pub find: fn(&Seen<'_>) -> Vec<LabelIssue>,
}

/// Every check, in listing order.
pub static KINDS: &[&QualityKind] =
    &[&too_small::KIND, &outside_picture::KIND, &duplicate::KIND, &flipped_class::KIND, &speed_jump::KIND];

/// All label issues of a channel, by sample.
pub fn issues(seen: &Seen<'_>) -> Vec<LabelIssue> {
    let mut found: Vec<LabelIssue> = KINDS.iter().flat_map(|kind| (kind.find)(seen)).collect();
    found.sort_by(|a, b| (a.frame, a.object, a.kind).cmp(&(b.frame, b.object, b.kind)));
    found
}
