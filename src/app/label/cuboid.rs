//! A cuboid around the points that somebody clicked, fitted on a thread of its own.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{anyhow, bail};

use crate::app::App;
use crate::app::label::objects::Spot;
use crate::base::errors::told;
use crate::data::clip::{ChannelId, Sample};
use crate::data::geometry::shape::Shape;
use crate::tracks::cuboid_fit::{fit, usual_size};

impl App {
    /// Fits a cuboid of the active class around a point of the scan that is shown, and draws it on that scan.
    pub(super) fn fit_cuboid(&mut self, channel: ChannelId, seed: [f32; 3]) -> anyhow::Result<()> {
        let (Some(open), Some(project)) = (&self.clip, self.project()) else {
            return Err(anyhow!("open a recording first"));
        };
        let Some((frame, Ok(Sample::Points(cloud)))) = self.frames.shown(channel) else {
            bail!("the scan has not been read yet");
        };
        let name = open.info.channel(channel).map(|channel| channel.name.clone()).unwrap_or_default();
        let spot = Spot { clip: open.name.clone(), channel: name, frame, class: self.active_class() };
        let (cloud, folder) = (Arc::clone(cloud), project.folder.clone());
        self.labelling.drawing = false;
        // A second click does not take the first one back, so nobody asks whether this was stopped.
        self.jobs.spawn("cuboid", "Fitting a cuboid", move |_, outbox| {
            let block = fit(&cloud.positions, seed, usual_size(&spot.class));
            outbox.send(move |app| app.take_cuboid(&folder, spot, Shape::Cuboid(Box::new(block))));
            Ok(())
        });
        Ok(())
    }

    /// Draws a fitted cuboid, unless another project was opened since.
    fn take_cuboid(&mut self, folder: &PathBuf, spot: Spot, shape: Shape) {
        if self.project().is_none_or(|project| project.folder != *folder) || !shape.valid() {
            return;
        }
        let here =
            self.current_camera().is_ok_and(|(clip, channel)| clip == spot.clip && channel == spot.channel);
        match self.draw_at(spot, shape) {
            Ok(object) if here => {
                self.labelling.object = Some(object);
                self.labelling.tags.clear();
            }
            Ok(_) => {}
            Err(err) => self.notices.error(told(&err)),
        }
    }
}
