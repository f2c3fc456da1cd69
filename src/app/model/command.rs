//! Commands about models.

use std::path::PathBuf;

use crate::app::model::single_run::About;
use crate::data::geometry::box2::Box2;
use crate::inference::card::ModelCard;
use crate::inference::settings::Settings;
use crate::robustness::saliency::Kind;

/// About models.
#[derive(Clone, Debug)]
pub enum ModelCommand {
    /// Loads a model file.
    Load(PathBuf),
    /// Corrects the card of the loaded model and loads it again.
    SetCard(Box<ModelCard>),
    /// Runs the model with another backend.
    Backend(String),
    /// Runs this model in another way: threads, limits, a process of its own.
    RunWith(Box<Settings>),
    /// Compute the saliency map for a part of the prediction at the playhead.
    Saliency {
        /// The class or the number.
        class: String,
        /// The object, if the map is about one.
        place: Option<Box2>,
        /// Method of the saliency map.
        kind: Kind,
    },
    /// Stops showing where the model looks.
    HideSaliency,
    /// Runs the model in another way along the recording and compares.
    Differential {
        /// A backend with settings: `onnxruntime:optimization=none`.
        with: String,
        /// Every so many samples.
        every: usize,
    },
    /// Asks the model once about something.
    RunOnce(About),
    /// Run the model on every frame of the active camera.
    PredictAll,
    /// Fetches ONNX Runtime with the user's own pip and chooses it as the backend.
    FetchRuntime,
    /// Unloads the model.
    Unload,
}
