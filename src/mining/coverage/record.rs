//! A recording as coverage sees it.

use std::sync::Arc;

use crate::base::progress::{Cancelled, Progress};
use crate::base::time::{Time, TimeRange};
use crate::clips::Clip;
use crate::clips::derived::Derived;
use crate::data::clip::{ChannelKind, Sample};
use crate::data::findings::{Decision, Finding};
use crate::data::geometry::place::Place;
use crate::data::labels::tag::Tag;
use crate::mining::coverage::axis::Axis;
use crate::mining::drive::{Drive, Signal};
use crate::project::Project;
use crate::tracks::scene::SceneTerms;

/// A recording with what coverage counts.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// Its name.
    pub name: String,
    /// From the first to the last moment.
    pub range: TimeRange,
    /// Its tags.
    pub tags: Vec<Tag>,
    /// Positions of its GPS.
    pub places: Vec<(Time, Place)>,
    /// Accepted findings.
    pub findings: Vec<Finding>,
    /// The signal of each axis, where it is recorded.
    pub signals: Vec<Option<Signal>>,
}

impl Record {
    /// Reads a recording. Decodes its positions, and its boxes where an axis asks for motion.
    pub fn read(
        clip: &Arc<dyn Clip>,
        name: &str,
        project: Option<&Project>,
        axes: &[Axis],
        progress: &Progress,
    ) -> Result<Self, Cancelled> {
        let derived = Derived::new(Arc::clone(clip));
        derived.derive(&SceneTerms::default(), progress)?;
        let drive = Drive::glance(&derived);
        let mut places = Vec::new();
        if let Some((id, _)) = drive.info.of_kind(ChannelKind::Places).next() {
            for (index, time) in clip.times(id).iter().enumerate() {
                if let Ok(Sample::Place(place)) = clip.read(id, index)
                    && place.is_known()
                {
                    places.push((*time, place));
                }
                progress.check()?;
            }
        }
        let tags = project.into_iter().flat_map(|project| &project.tags);
        let reviews = project.into_iter().flat_map(|project| project.reviews.values());
        let accepted =
            reviews.filter(|review| review.decision == Decision::Accepted && review.finding.clip == name);
        Ok(Self {
            name: name.to_owned(),
            range: clip.info().range,
            tags: tags.filter(|tag| tag.clip == name).cloned().collect(),
            places,
            findings: accepted.map(|review| review.finding.clone()).collect(),
            signals: axes.iter().map(|axis| axis.signal(&drive)).collect(),
        })
    }

    /// Its length in seconds.
    pub fn secs(&self) -> f64 {
        (self.range.end - self.range.start).secs()
    }
}
