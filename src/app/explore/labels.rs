//! Ground truth labels of the sample on screen, before and after the transform.

use std::borrow::Cow;
use std::sync::Arc;

use crate::app::OpenProject;
use crate::data::geometry::shape::Shape;
use crate::imaging::look::Look;
use crate::transforms::labels::{self, Drawn};

/// One label before and after the transform, in pixels of the shown image.
#[derive(Clone, Debug, PartialEq)]
pub struct Labeled {
    /// Its class.
    pub class: String,
    /// The shape as it was drawn.
    pub before: Shape,
    /// The shape after the transform; none once it left the frame, or if it is unknown.
    pub after: Option<Shape>,
}

impl OpenProject {
    /// The labels of the sample that Explore shows. Masks are transformed as images are, so this is to be cached.
    pub fn labeled(&self, look: Look) -> Vec<Labeled> {
        let (Some(open), Some(project), Ok((_, channel))) =
            (&self.clip, self.project(), self.current_camera())
        else {
            return Vec::new();
        };
        let shown = project.labels_on(&open.name, &channel, self.playback.frame());
        let drawn: Vec<Drawn> = shown
            .iter()
            .map(|shown| Drawn {
                shape: Some(Cow::into_owned(shown.shape.clone())),
                names: project
                    .ontology
                    .class(&shown.label.class)
                    .map_or_else(|| Arc::from([]), |word| word.points.as_slice().into()),
            })
            .collect();
        let size = self.explore.changed.as_ref().map_or((0, 0), |compared| compared.original.size());
        let after =
            labels::moved(&self.models.catalog, &self.explore.stack, &drawn, size).ok().and_then(Result::ok);
        let after = after
            .unwrap_or_else(|| drawn.iter().map(|label| Drawn { shape: None, ..label.clone() }).collect());
        let both = drawn.into_iter().zip(after).zip(&shown);
        both.filter_map(|((before, after), shown)| {
            Some(Labeled {
                class: shown.label.class.to_string(),
                before: look.shape(&before.shape?),
                after: after.shape.map(|shape| look.shape(&shape)),
            })
        })
        .collect()
    }
}
