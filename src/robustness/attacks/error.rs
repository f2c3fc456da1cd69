//! Errors of attacks.

use std::sync::Arc;

use crate::base::progress::Cancelled;
use crate::inference::ModelError;
use crate::inference::gradients::error::GradientError;

/// Reason why an attack cannot run.
#[derive(Debug, thiserror::Error)]
pub enum AttackError {
    /// A model that takes something else than one image.
    #[error("attacks change single images, the model takes {takes}")]
    Medium {
        /// Its medium.
        takes: &'static str,
    },
    /// A model whose predictions no objective is made for.
    #[error(
        "there is no attack on a model with the decoder {decoder:?}, classifiers and detectors can be attacked"
    )]
    Task {
        /// Decoder of the model.
        decoder: String,
    },
    /// A model without gradients.
    #[error("{source}; attacks that only ask the model work all the same: square, hop_skip_jump, simba")]
    Gradient {
        /// The missing operator.
        source: Arc<GradientError>,
    },
    /// An attack on classes, for a detector.
    #[error("{attack} moves to the boundary of a class and is no attack on a detector, use pgd or square")]
    Objects {
        /// Id of the attack.
        attack: &'static str,
    },
    /// A change that no image of 8 bits can hold.
    #[error("an eps of {eps} is below one gray level, 1/255, so that no image file can hold such a change")]
    BelowLevel {
        /// The size.
        eps: f64,
    },
    /// A gradient that belongs to other numbers than those of the model.
    #[error(
        "the gradients of {path} follow other numbers than the model gives ({gap:.2e} apart), so they are not used; attacks that only ask the model work all the same: square, hop_skip_jump, simba"
    )]
    OtherNumbers {
        /// File of the model.
        path: String,
        /// Largest difference of an output, in parts of the largest output.
        gap: f64,
    },
    /// An attack that cannot change by this norm.
    #[error("{attack} does not bound changes by {norm}, it knows {known}")]
    Norm {
        /// Id of the attack.
        attack: &'static str,
        /// The norm.
        norm: &'static str,
        /// Norms that it knows.
        known: String,
    },
    /// No attack was named.
    #[error("name an attack")]
    Nothing,
    /// The model failed.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The run was canceled.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<GradientError> for AttackError {
    fn from(source: GradientError) -> Self {
        Self::Gradient { source: Arc::new(source) }
    }
}

/// Reason why an image could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Unreadable {
    /// The problem in a sentence.
    pub what: String,
}
