//! A case looked at: original and transformed image with what the model saw, and the objects that were expected and are not there.

use std::sync::Arc;

use anyhow::anyhow;

use crate::app::jobs::JobKind;
use crate::app::{App, NoRecording};
use crate::claims::judge::{self, Outcome};
use crate::data::cases::case::Case;
use crate::data::geometry::objects::Detection;
use crate::data::image::Image;
use crate::data::input::Input;
use crate::data::labels::ontology::color_of;
use crate::data::prediction::Prediction;
use crate::imaging::look::Look;
use crate::imaging::outlines;
use crate::suites::export::Sources;
use crate::suites::history;
use crate::transforms::stack;

/// Longer side of an image in pixels.
const SIDE: u32 = 640;
/// Color of an object that was expected and is not there, or has another class: of no class, and seen by people who see red
/// and green alike.
pub const LOST: [u8; 3] = [255, 0, 200];
/// Least `IoU` of an object with what was expected of it.
const SAME: f32 = 0.5;

/// A case that is looked at.
#[derive(Clone, Debug)]
pub struct Preview {
    /// Suite and name of the case.
    pub key: (String, String),
    /// Its images and predictions; none while they are made.
    pub seen: Option<Result<Seen, NotSeen>>,
}

/// Images of a case and what the model says about them.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Tells these images from others, for textures.
    pub version: u64,
    /// The original with the prediction for it; the transformed one with the prediction for that.
    pub images: [Image; 2],
    /// Expectation in words; "" without a model.
    pub expected: String,
    /// Prediction for the transformed input in words; "" without a model.
    pub found: String,
    /// Number of expected objects that are not there or have another class.
    pub lost: usize,
}

/// A case whose images cannot be made, with the reason.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotSeen(String);

impl App {
    /// Makes the images of a case; with a model loaded, with its predictions.
    pub(super) fn preview_case(&mut self, suite: String, id: String) -> anyhow::Result<()> {
        self.read_runs();
        let project = self.project().cloned().ok_or(NoRecording)?;
        let case = project.cases_of(&suite).find(|case| case.id == id).cloned();
        let case = case.ok_or_else(|| anyhow!("the case is no longer there"))?;
        let key = (suite, id);
        self.open.suites.preview = Some(Preview { key: key.clone(), seen: None });
        let (model, catalog) = (self.open.models.loaded.clone(), Arc::clone(&self.open.models.catalog));
        let version = self.open.suites.previews;
        self.open.suites.previews += 1;
        self.jobs.spawn(JobKind::PreviewCase, "Showing the case", move |progress, outbox| {
            let look = |case: &Case| -> anyhow::Result<Seen> {
                if case.interval.is_some() {
                    anyhow::bail!("the case is a stretch of the recording: open it to see the moment");
                }
                let input = Sources::default().input(&project, case)?;
                progress.check()?;
                let Some(model) = &model else {
                    let changed = stack::apply(&catalog, &case.stack, &input)?;
                    let images = [&input, &changed].map(|input| drawn(input, None, &[]));
                    return Ok(Seen {
                        version,
                        images,
                        expected: String::new(),
                        found: String::new(),
                        lost: 0,
                    });
                };
                Ok(seen(
                    &input,
                    &judge::judge(&catalog, model, &input, &case.stack, &case.oracle, None)?,
                    version,
                ))
            };
            let seen = look(&case).map_err(|err| NotSeen(crate::base::errors::told(&err)));
            outbox.send(move |app| {
                // Another case may be looked at by now.
                if let Some(preview) = app.open.suites.preview.as_mut().filter(|preview| preview.key == key) {
                    preview.seen = Some(seen);
                }
            });
            Ok(())
        });
        Ok(())
    }

    /// Reads the runs of the project, once.
    fn read_runs(&mut self) {
        if self.open.suites.runs.is_none() {
            let folder = self.project().map(|project| project.folder.clone());
            self.open.suites.runs = folder.map(|folder| history::read(&folder));
        }
    }
}

fn seen(input: &Input, outcome: &Outcome, version: u64) -> Seen {
    let lost = match (&outcome.expected, &outcome.after) {
        (Some(Prediction::Objects { objects: expected }), Prediction::Objects { objects: found }) => {
            let there = |wanted: &Detection| {
                found.iter().any(|found| found.class == wanted.class && found.bbox.iou(&wanted.bbox) >= SAME)
            };
            expected.iter().filter(|wanted| !there(wanted)).cloned().collect()
        }
        _ => Vec::new(),
    };
    Seen {
        version,
        images: [
            drawn(input, Some(&outcome.before), &[]),
            drawn(&outcome.changed, Some(&outcome.after), &lost),
        ],
        expected: outcome.expected.as_ref().map(Prediction::summary).unwrap_or_default(),
        found: outcome.after.summary(),
        lost: lost.len(),
    }
}

/// An input as an image, with predicted boxes in the colors of their classes and lost ones in their own, thicker.
fn drawn(input: &Input, seen: Option<&Prediction>, lost: &[Detection]) -> Image {
    let look = Look::of(input);
    let mut image = look.draw(input);
    let width = image.width().max(image.height()).div_ceil(320).max(1);
    let lost = Prediction::Objects { objects: lost.to_vec() };
    for (seen, own, width) in [(seen, None, width), (Some(&lost), Some(LOST), 2 * width)] {
        if let Some(Prediction::Objects { objects }) = seen.map(|seen| look.place(seen)) {
            for object in &objects {
                let color = own.unwrap_or_else(|| color_of(&object.class));
                outlines::draw(&mut image, &object.bbox, color, width);
            }
        }
    }
    image.thumbnail(SIDE)
}
