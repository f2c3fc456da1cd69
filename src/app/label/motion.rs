//! Keeps what labels know about moving sensors in step with what the recording says.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::app::OpenProject;
use crate::base::time::Time;
use crate::data::clip::{ChannelId, ChannelKind, Sample};
use crate::data::geometry::frames::FrameTree;
use crate::data::geometry::motion::Motion;

/// Transforms and times by channel; the number is that of the recording.
pub(super) type Asked = BTreeMap<(u64, ChannelId), (Arc<FrameTree>, Arc<Vec<Time>>)>;

impl OpenProject {
    /// Hands the motion of every LIDAR that is shown to the labels, once the recording says something new about it.
    pub(in crate::app) fn follow_motions(&mut self) {
        let (Some(open), Some(editor)) = (&self.clip, &mut self.editor) else { return };
        for (id, channel) in open.info.of_kind(ChannelKind::Points) {
            let Some((_, Ok(Sample::Points(cloud)))) = self.frames.shown(id) else { continue };
            let (frames, times) = (open.clip.frames(), open.clip.times(id));
            let known = self.labeling.motions.get(&(open.id, id));
            if known.is_some_and(|(f, t)| Arc::ptr_eq(f, &frames) && Arc::ptr_eq(t, &times)) {
                continue;
            }
            editor.set_motion(&open.name, &channel.name, Motion::of(&frames, &cloud.frame, &times));
            self.labeling.motions.insert((open.id, id), (frames, times));
        }
    }
}
