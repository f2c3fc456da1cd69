//! Saliency map of the loaded model for one part of its prediction at the playhead.

use std::sync::Arc;

use anyhow::anyhow;

use crate::app::jobs::JobKind;
use crate::app::{App, NoRecording};
use crate::data::clip::ChannelId;
use crate::data::geometry::box2::Box2;
use crate::robustness::saliency::{self, Attention, Kind, Target};

/// A saliency map and its subject.
#[derive(Clone, Debug, PartialEq)]
pub struct SaliencyResult {
    /// The camera.
    pub camera: ChannelId,
    /// The frame.
    pub frame: usize,
    /// The class or the number.
    pub class: String,
    /// The object, if the map is about one.
    pub place: Option<Box2>,
    /// Method of the map.
    pub kind: Kind,
    /// The map.
    pub map: Attention,
}

impl App {
    /// Compute the saliency map for a class, a value or an object of the prediction.
    pub(in crate::app) fn explain(
        &mut self,
        class: String,
        place: Option<Box2>,
        kind: Kind,
    ) -> anyhow::Result<()> {
        let model =
            Arc::clone(self.open.models.loaded.as_ref().ok_or_else(|| anyhow!("load a model first"))?);
        let camera = self.open.playback.camera.ok_or(NoRecording)?;
        let Some((frame, Ok(image))) = self.open.frames.picture(camera) else {
            return Err(anyhow!("saliency maps need an image, and there is none yet"));
        };
        let (image, frame) = (image.clone(), frame);
        let answer = self.open.models.answer(camera, frame).cloned();
        let answer = answer.ok_or_else(|| anyhow!("there is no prediction for this frame yet"))?;
        self.jobs.spawn(JobKind::Saliency, format!("Saliency map for {class}"), move |progress, outbox| {
            let target = Target::of(&answer, &class, place);
            let map = saliency::map(&model, &image, &target, kind, Self::threads(), progress)?;
            let found = Arc::new(SaliencyResult { camera, frame, class, place, kind, map });
            outbox.send(move |app| app.open.models.saliency = Some(found));
            Ok(())
        });
        Ok(())
    }
}
