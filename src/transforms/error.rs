//! Errors of transforms that can fail.

/// Reason why an image cannot be transformed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PaintError {
    /// The generated image has another size than the original.
    #[error("the generated image has another size")]
    Size,
    /// No image was generated. Transforms do not know models, so the error of one is text here.
    #[error("{problem}")]
    Failed {
        /// The error in a sentence.
        problem: String,
    },
}
