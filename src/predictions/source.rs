//! Sources of predictions to evaluate: a model, a file of imported predictions, a channel of the recording.

use std::path::Path;
use std::sync::Arc;

use crate::clips::Clip;
use crate::data::clip::{ChannelId, ChannelInfo};
use crate::data::input::Medium;
use crate::data::prediction::Task;
use crate::data::time::window::Reach;
use crate::inference::backend::Backend;
use crate::inference::model::Model;
use crate::predictions::imported::{self, Imported};
use crate::predictions::recorded::Recorded;

/// Source of predictions.
#[derive(Clone)]
pub enum Source {
    /// A model to run.
    Model(Arc<Model>),
    /// Imported predictions.
    Imported(Arc<Imported>),
    /// A channel of the recording.
    Recorded(Arc<Recorded>),
}

impl Source {
    /// Loads a model file, or a file of predictions with the file that defines its numbers.
    pub fn load(path: &Path, images: Option<&Path>, backend: impl Into<Backend>) -> anyhow::Result<Self> {
        if imported::is_one(path) {
            return Ok(Self::Imported(Arc::new(imported::read(path, images)?)));
        }
        Ok(Self::Model(Arc::new(Model::load(path, backend, 1)?)))
    }

    /// Name of the source.
    pub fn name(&self) -> &str {
        match self {
            Self::Model(model) => &model.card.name,
            Self::Imported(imported) => &imported.name,
            Self::Recorded(recorded) => &recorded.channel,
        }
    }

    /// Task of its predictions.
    pub fn task(&self) -> Task {
        match self {
            Self::Model(model) => model.task(),
            Self::Imported(imported) => imported.task,
            Self::Recorded(recorded) => recorded.task,
        }
    }

    /// Its names of classes or values.
    pub fn labels(&self) -> &[String] {
        match self {
            Self::Model(model) => &model.card.labels,
            Self::Imported(imported) => &imported.labels,
            Self::Recorded(recorded) => &recorded.labels,
        }
    }

    /// Score below which detections count for average precision only.
    pub fn threshold(&self) -> f32 {
        match self {
            Self::Model(model) => model.card.threshold,
            // Those of a file and of a recording have already been filtered.
            Self::Imported(_) | Self::Recorded(_) => 0.0,
        }
    }

    /// The model, if it can be run.
    pub fn model(&self) -> Option<&Arc<Model>> {
        match self {
            Self::Model(model) => Some(model),
            Self::Imported(_) | Self::Recorded(_) => None,
        }
    }

    /// The channels of a recording with predictions of this source.
    pub fn channels(&self, clip: &dyn Clip) -> Vec<(ChannelId, String)> {
        match self {
            Self::Model(model) => channels(clip, model),
            Self::Imported(imported) => {
                let all = clip.info();
                let named = |(id, channel): (ChannelId, &ChannelInfo)| (id, channel.name.clone());
                let own: Vec<_> = all.of_kind(imported.kind()).map(named).collect();
                if !own.is_empty() || self.task() != Task::Classes {
                    return own;
                }
                // Ground truth classes of texts, if nothing else is recorded.
                all.asked(Medium::Text, &Reach::default()).into_iter().map(named).collect()
            }
            Self::Recorded(recorded) => recorded.anchors(clip),
        }
    }
}

/// The channels of a recording on which a model can run.
pub fn channels(clip: &dyn Clip, model: &Model) -> Vec<(ChannelId, String)> {
    let info = clip.info();
    let asked = info.asked(model.medium(), &model.reach()).into_iter();
    asked.map(|(id, channel)| (id, channel.name.clone())).collect()
}
