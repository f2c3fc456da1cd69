//! Running models: cards that describe inputs and outputs, backends that run graphs, decoders
//! of outputs. Backends and decoders are kinds: one file each, and their lines below.

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub mod backend;
mod batches;
pub mod card;
pub mod decoders;
pub mod embedded;
pub mod error;
pub mod fetched;
pub mod fit;
pub mod functions;
pub mod gradients;
pub mod guess;
mod inputs;
pub mod inside;
pub mod isolated;
pub mod layers;
mod lowering;
pub mod model;
mod onnx_bounds;
pub mod onnx_file;
pub mod onnxruntime;
mod pool;
pub mod precision;
pub mod preprocess;
mod protobuf;
mod raster;
pub mod runtime_fetch;
mod sequence;
pub mod served;
pub mod settings;
pub mod taps;
pub mod texts;
pub mod window_card;

use crate::base::remote::RemoteError;

use error::GraphError;
use fit::InputError;
use onnx_file::OnnxError;
use settings::Settings;

/// A tensor of numbers, in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Name of the graph's input or output.
    pub name: String,
    /// Length of each dimension.
    pub shape: Vec<usize>,
    /// The numbers.
    pub data: Vec<f32>,
}

/// A loaded graph. It may be run from several threads at once.
pub trait Graph: Send + Sync {
    /// Runs inputs through the graph, each by its name; numbers become integers for integer inputs. The outputs
    /// come in the order of the model file.
    fn run(&self, inputs: &[Tensor]) -> Result<Vec<Tensor>, GraphError>;
}

/// A kind of backend.
#[derive(Debug)]
pub struct BackendKind {
    /// Id in files and on the command line.
    pub id: &'static str,
    /// Name on screen.
    pub title: &'static str,
    /// Version and location, or the missing part and the command that installs it.
    pub status: fn() -> Result<String, GraphError>,
    /// Loader of graphs.
    pub load: FromFile,
}

/// Loader of the graph of a model file, for a number of threads with these settings.
pub type FromFile = fn(&Path, usize, &Settings) -> Result<Arc<dyn Graph>, GraphError>;

/// Every backend; the first is the default and needs nothing.
pub static BACKENDS: &[&BackendKind] = &[&embedded::KIND, &onnxruntime::KIND];

/// Error of loading or running a model.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The file system reported an error.
    #[error("could not read the model: {source}: {}", path.display())]
    Io {
        /// Path of the file.
        path: PathBuf,
        /// Error of the file system.
        source: std::io::Error,
    },
    /// The model has an address and cannot be downloaded.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// Not an ONNX file.
    #[error("not an ONNX model ({source}), export it again or check the copy: {}", path.display())]
    NotOnnx {
        /// The reason.
        source: OnnxError,
        /// Path of the file.
        path: PathBuf,
    },
    /// The card cannot be read.
    #[error("the model card cannot be read: {problem}: {}", path.display())]
    BadCard {
        /// Problem in a sentence.
        problem: String,
        /// Path of the file.
        path: PathBuf,
    },
    /// The card contradicts the model.
    #[error("the model card contradicts the model: {problem}, correct the card: {}", path.display())]
    Contradiction {
        /// The contradiction.
        problem: String,
        /// Path of the model.
        path: PathBuf,
    },
    /// The model file is not enough to guess a card.
    #[error("{problem}, write a model card beside it: {}", path.display())]
    NeedsCard {
        /// The unknown part.
        problem: String,
        /// Path of the model.
        path: PathBuf,
    },
    /// An image that cannot become an overlay.
    #[error("the image cannot be used as an overlay: {problem}, choose a PNG, JPEG, WebP or BMP: {}", path.display())]
    NotStamped {
        /// Problem in a sentence.
        problem: String,
        /// Path of the file.
        path: PathBuf,
    },
    /// The backend refuses the graph.
    #[error("{backend} cannot load the model: {source}: {}", path.display())]
    Load {
        /// Title of the backend.
        backend: String,
        /// Its error and advice.
        source: Box<GraphError>,
        /// Path of the model.
        path: PathBuf,
    },
    /// The graph failed on an input.
    #[error("the model failed on this input: {source}: {}", path.display())]
    Run {
        /// Error of the backend.
        source: Box<GraphError>,
        /// Path of the model.
        path: PathBuf,
    },
    /// The input lacks something.
    #[error("the model cannot use this input: {source}: {}", path.display())]
    Input {
        /// The missing part.
        source: InputError,
        /// Path of the model.
        path: PathBuf,
    },
    /// An input of another medium.
    #[error("the model needs {wants}, the input holds {given}, choose another channel or model: {}", path.display())]
    WrongInput {
        /// Medium of the model.
        wants: &'static str,
        /// Medium of the input.
        given: &'static str,
        /// Path of the model.
        path: PathBuf,
    },
    /// Outputs that are not finite numbers.
    #[error("output {output:?} of the model has {count} values that are not finite (NaN or infinity): {}", path.display())]
    NotFinite {
        /// Name of the output.
        output: String,
        /// Number of such values.
        count: usize,
        /// Path of the model.
        path: PathBuf,
    },
    /// No backend has this name.
    #[error("unknown backend {id:?}, expected one of {known}, or the address of a server: http://host:8000")]
    UnknownBackend {
        /// Requested id.
        id: String,
        /// Known ids.
        known: String,
    },
    /// An unknown or invalid setting after the name of a backend.
    #[error("unknown setting {part:?} for backend {backend}, expected one of {known}")]
    UnknownSetting {
        /// The setting.
        part: String,
        /// Id of the backend.
        backend: &'static str,
        /// Known settings.
        known: &'static str,
    },
}
