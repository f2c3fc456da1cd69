//! Errors of the library of ONNX Runtime.

/// Installation command.
pub const INSTALL: &str = "pip install onnxruntime";

/// Error of the library of ONNX Runtime.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LibraryError {
    /// No library is installed.
    #[error(
        "ONNX Runtime not found, fetch it with `hardcase doctor --fetch-runtime`, install it with `{INSTALL}`, or set \
         ORT_DYLIB_PATH to its library"
    )]
    NotFound,
    /// None of the libraries can be opened.
    #[error("ONNX Runtime was found but cannot be used ({tried})")]
    Unusable {
        /// Path and error of each.
        tried: String,
    },
    /// No execution provider has this name.
    #[error("unknown provider {name:?}, expected one of {known}")]
    UnknownProvider {
        /// The name.
        name: String,
        /// Known names.
        known: String,
    },
    /// The library lacks an execution provider.
    #[error("this ONNX Runtime was built without the provider {name:?}, see `hardcase doctor`")]
    NoProvider {
        /// Name of the provider.
        name: String,
    },
    /// An output that does not hold numbers.
    #[error("output {name:?} is not of a supported number type, convert it to float in the model")]
    Output {
        /// Name of the output.
        name: String,
    },
    /// The library refused a model or an input, or failed.
    #[error("{message}")]
    Failed {
        /// Its message in one line.
        message: String,
    },
}
