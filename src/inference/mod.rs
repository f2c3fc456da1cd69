//! Running models: cards that say what a model wants and gives, backends that run its graph, decoders
//! that read its outputs. Backends and decoders are kinds: one file each, and their lines below.

use std::path::{Path, PathBuf};
use std::sync::Arc;

mod batches;
pub mod card;
pub mod decoders;
pub mod embedded;
pub mod gradients;
pub mod guess;
mod inputs;
pub mod inside;
pub mod isolated;
pub mod layers;
pub mod model;
pub mod onnx_file;
pub mod onnxruntime;
mod pool;
pub mod precision;
pub mod preprocess;
mod protobuf;
mod raster;
pub mod sequence;
pub mod served;
pub mod settings;
pub mod texts;

use settings::Settings;

/// Numbers with a shape, in row-major order.
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
    /// Runs its inputs through the graph, each by its name; numbers become whole ones where the graph takes those. The outputs
    /// come in the order of the model file.
    fn run(&self, inputs: &[Tensor]) -> Result<Vec<Tensor>, String>;
}

/// A way to run graphs.
#[derive(Debug)]
pub struct BackendKind {
    /// Name in files and on the command line.
    pub id: &'static str,
    /// Name on screen.
    pub title: &'static str,
    /// Its version and where it was found, or what is missing and the command that installs it.
    pub status: fn() -> Result<String, String>,
    /// Where graphs come from.
    pub load: Load,
    /// How they are run: what stands behind the name.
    pub settings: Settings,
}

impl BackendKind {
    /// The graph of a model file, or the one that is served under its name, to be run by so many threads.
    pub fn graph(&self, path: &Path, threads: usize) -> Result<Arc<dyn Graph>, String> {
        let threads = self.settings.threads.unwrap_or(threads);
        match self.load {
            Load::File(_) if self.settings.apart() => isolated::load(path, self, threads),
            Load::File(load) => match self.settings.precision {
                None => load(path, threads, &self.settings),
                Some(precision) => {
                    let copy = precision::rounded(path, precision)?;
                    let graph = load(&copy, threads, &self.settings)?;
                    Ok(Arc::new(Rounded { graph, _copy: copy }))
                }
            },
            Load::Served(url) => served::connect(url, path).map(|remote| remote.graph),
        }
    }
}

/// A graph whose file must stay while it is used.
struct Rounded {
    graph: Arc<dyn Graph>,
    _copy: tempfile::TempPath,
}

impl Graph for Rounded {
    fn run(&self, inputs: &[Tensor]) -> Result<Vec<Tensor>, String> {
        self.graph.run(inputs)
    }
}

/// Loads the graph of a model file, to be run by so many threads with these settings.
pub type FromFile = fn(&Path, usize, &Settings) -> Result<Arc<dyn Graph>, String>;

/// Where the graphs of a backend come from.
#[derive(Clone, Copy, Debug)]
pub enum Load {
    /// From a model file, to be run by so many threads.
    File(FromFile),
    /// From the endpoint at this address.
    Served(&'static str),
}

/// Every backend; the first is the default and needs nothing.
pub static BACKENDS: &[&BackendKind] = &[&embedded::KIND, &onnxruntime::KIND];

/// The backend called `id`, with settings where a colon stands behind its name; an address is a backend of its own.
pub fn backend(id: &str) -> Result<&'static BackendKind, ModelError> {
    if served::is_endpoint(id) {
        return Ok(served::at(id));
    }
    let (name, text) = id.split_once(':').unwrap_or((id, ""));
    let kind =
        BACKENDS.iter().find(|kind| kind.id == name).copied().ok_or_else(|| ModelError::UnknownBackend {
            id: name.to_owned(),
            known: BACKENDS.iter().map(|kind| kind.id).collect::<Vec<_>>().join(", "),
        })?;
    settings::with(kind, text)
}

/// Why a model could not be loaded or did not answer.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The file system said no.
    #[error("could not read the model: {source}: {}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Not an ONNX file.
    #[error("not an ONNX model ({problem}), export it again or check what was copied: {}", path.display())]
    NotOnnx {
        /// What is wrong.
        problem: String,
        /// Which file.
        path: PathBuf,
    },
    /// The card cannot be read.
    #[error("the model card cannot be read: {problem}: {}", path.display())]
    BadCard {
        /// What is wrong.
        problem: String,
        /// Which file.
        path: PathBuf,
    },
    /// The card says something that the model does not bear out.
    #[error("the model card contradicts the model: {problem}, correct the card: {}", path.display())]
    Contradiction {
        /// What the card says and what the model has.
        problem: String,
        /// Which model.
        path: PathBuf,
    },
    /// Nobody can tell from the file what the model wants.
    #[error("{problem}, write a model card beside it: {}", path.display())]
    NeedsCard {
        /// What could not be told.
        problem: String,
        /// Which model.
        path: PathBuf,
    },
    /// An image that cannot become a stamp.
    #[error("the picture cannot be stamped on others: {problem}, choose a PNG, JPEG, WebP or BMP: {}", path.display())]
    NotStamped {
        /// What is wrong with it.
        problem: String,
        /// Which file.
        path: PathBuf,
    },
    /// The backend refuses the graph.
    #[error("{backend} cannot load the model: {problem}: {}", path.display())]
    Load {
        /// Which backend.
        backend: &'static str,
        /// What it said and what to do.
        problem: String,
        /// Which model.
        path: PathBuf,
    },
    /// The graph failed on an input.
    #[error("the model failed on this input: {problem}: {}", path.display())]
    Run {
        /// What the backend said.
        problem: String,
        /// Which model.
        path: PathBuf,
    },
    /// An input that lacks something.
    #[error("the model cannot be given this: {problem}: {}", path.display())]
    Input {
        /// What is missing.
        problem: String,
        /// Which model.
        path: PathBuf,
    },
    /// Asked about something that it does not look at.
    #[error("the model looks at {wants} and was given {given}, choose another channel or model: {}", path.display())]
    WrongInput {
        /// What its card says.
        wants: &'static str,
        /// What it was given.
        given: &'static str,
        /// Which model.
        path: PathBuf,
    },
    /// Outputs that are no numbers.
    #[error("output {output:?} of the model holds {count} values that are not finite numbers (NaN or infinity): {}", path.display())]
    NotFinite {
        /// Name of the output.
        output: String,
        /// How many.
        count: usize,
        /// Which model.
        path: PathBuf,
    },
    /// No backend has this name.
    #[error("there is no backend {id:?}, known are {known} and the address of a server: http://host:8000")]
    UnknownBackend {
        /// What was asked for.
        id: String,
        /// What there is.
        known: String,
    },
    /// What stands behind the name of a backend means nothing.
    #[error("{part:?} is no setting of the backend {backend}, known are {known}")]
    UnknownSetting {
        /// What stands there.
        part: String,
        /// Behind which name.
        backend: &'static str,
        /// What can stand there.
        known: &'static str,
    },
}
