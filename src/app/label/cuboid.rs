//! A cuboid around the points that somebody clicked, fitted on a thread of its own.

use std::sync::Arc;

use anyhow::bail;

use crate::app::jobs::JobKind;
use crate::app::label::objects::Spot;
use crate::app::{App, NoRecording};
use crate::base::errors::told;
use crate::data::clip::{ChannelId, Sample};
use crate::data::geometry::shape::Shape;
use crate::tracks::cuboid_fit::{fit, usual_size};

impl App {
    /// Fits a cuboid of the active class around a point of the scan that is shown, and draws it on that scan.
    pub(super) fn fit_cuboid(&mut self, channel: ChannelId, seed: [f32; 3]) -> anyhow::Result<()> {
        let clip = self.open.clip.as_ref().ok_or(NoRecording)?;
        let Some((frame, Ok(Sample::Points(cloud)))) = self.open.frames.shown(channel) else {
            bail!("the scan has not been read yet");
        };
        let name = clip.info.channel(channel).map(|channel| channel.name.clone()).unwrap_or_default();
        let spot = Spot { clip: clip.name.clone(), channel: name, frame, class: self.open.active_class() };
        let cloud = Arc::clone(cloud);
        self.open.labeling.drawing = false;
        // A second click does not undo the first one, so nobody asks whether this was stopped.
        self.jobs.spawn(JobKind::FitCuboid, "Fitting a cuboid", move |_, outbox| {
            let block = fit(&cloud.positions, seed, usual_size(&spot.class));
            outbox.send(move |app| app.take_cuboid(spot, Shape::Cuboid(Box::new(block))));
            Ok(())
        });
        Ok(())
    }

    fn take_cuboid(&mut self, spot: Spot, shape: Shape) {
        if !shape.valid() {
            return;
        }
        let here = self.open.current_camera();
        let here = here.is_ok_and(|(clip, channel)| clip == spot.clip && channel == spot.channel);
        match self.open.draw_at(spot, shape) {
            Ok(object) if here => {
                self.open.labeling.object = Some(object);
                self.open.labeling.tags.clear();
            }
            Ok(_) => {}
            Err(err) => self.notices.error(told(&err)),
        }
    }
}
