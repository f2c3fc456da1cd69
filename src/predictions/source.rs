//! Where answers come from that are measured: a model, or a file of predictions that were given elsewhere.

use std::path::Path;
use std::sync::Arc;

use crate::clips::Clip;
use crate::data::clip::{ChannelId, ChannelInfo};
use crate::data::input::Medium;
use crate::data::prediction::Task;
use crate::data::time::window::Reach;
use crate::inference::BackendKind;
use crate::inference::model::Model;
use crate::predictions::imported::{self, Imported};

/// Where answers come from.
#[derive(Clone)]
pub enum Source {
    /// A model that is asked.
    Model(Arc<Model>),
    /// Predictions that were given elsewhere.
    Imported(Arc<Imported>),
}

impl Source {
    /// A model file, or a file of predictions with what explains its numbers.
    pub fn load(path: &Path, images: Option<&Path>, backend: &'static BackendKind) -> anyhow::Result<Self> {
        if imported::is_one(path) {
            return Ok(Self::Imported(Arc::new(imported::read(path, images)?)));
        }
        Ok(Self::Model(Arc::new(Model::load(path, backend, 1)?)))
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        match self {
            Self::Model(model) => &model.card.name,
            Self::Imported(imported) => &imported.name,
        }
    }

    /// What kind of predictions it gives.
    pub fn task(&self) -> Task {
        match self {
            Self::Model(model) => model.task(),
            Self::Imported(imported) => imported.task,
        }
    }

    /// Its words for classes or numbers.
    pub fn labels(&self) -> &[String] {
        match self {
            Self::Model(model) => &model.card.labels,
            Self::Imported(imported) => &imported.labels,
        }
    }

    /// Detections below this count for average precision and for nothing else.
    pub fn threshold(&self) -> f32 {
        match self {
            Self::Model(model) => model.card.threshold,
            // Whoever wrote them left out what is not worth having.
            Self::Imported(_) => 0.0,
        }
    }

    /// The model, where it can be asked.
    pub fn model(&self) -> Option<&Arc<Model>> {
        match self {
            Self::Model(model) => Some(model),
            Self::Imported(_) => None,
        }
    }

    /// The channels of a recording that it has predictions for.
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
                // Classes of what is written, where nothing else is recorded.
                all.asked(Medium::Text, &Reach::default()).into_iter().map(named).collect()
            }
        }
    }
}

/// The channels of a recording that a model can look at.
pub fn channels(clip: &dyn Clip, model: &Model) -> Vec<(ChannelId, String)> {
    let info = clip.info();
    let asked = info.asked(model.medium(), &model.reach()).into_iter();
    asked.map(|(id, channel)| (id, channel.name.clone())).collect()
}
