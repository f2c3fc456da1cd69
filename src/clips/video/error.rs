//! Errors of videos.

use crate::base::errors::Panicked;

/// Advice for messages: how to get ffmpeg, and how to do without.
pub(in crate::clips) const INSTALL: &str = "install ffmpeg to read it (`apt install ffmpeg`, `brew install ffmpeg` or \
    `winget install ffmpeg`), or convert it elsewhere with: ffmpeg -i INPUT -c:v libx264 -pix_fmt yuv420p OUTPUT.mp4";

/// Reason why a video or a frame of it cannot be read. Players keep it with their frames.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VideoError {
    /// A file without pictures.
    #[error("the file holds only audio, no video track")]
    OnlyAudio,
    /// A container without an index or without a track of video.
    #[error("{what}")]
    Container {
        /// The fault in a sentence.
        what: String,
    },
    /// A video that needs a key.
    #[error("the video is encrypted, decrypt it first")]
    Encrypted,
    /// A frame that is damaged, or depends on one that is.
    #[error("the video is damaged here, this frame or one that it depends on cannot be decoded")]
    Damaged,
    /// A frame before the first key frame.
    #[error("no key frame comes before this frame, it cannot be decoded")]
    NoKeyFrame,
    /// The stream becomes one that is not decoded here.
    #[error("from here on the video is {other}, which is not decoded here")]
    Changed {
        /// The new kind.
        other: NotDecoded,
    },
    /// A stream that ffmpeg would decode.
    #[error("this is {other}, which is not decoded here: {INSTALL}")]
    NeedsFfmpeg {
        /// Its kind.
        other: NotDecoded,
    },
    /// A decoder failed or cannot be started.
    #[error("{problem}")]
    Decoder {
        /// Problem in a sentence.
        problem: String,
    },
    /// The recording around the video cannot give a packet.
    #[error("{problem}")]
    Packet {
        /// Problem in a sentence.
        problem: String,
    },
    /// A frame that is an image file of its own and cannot be decoded.
    #[error("{problem}")]
    Picture {
        /// Problem in a sentence.
        problem: String,
    },
    /// A decoder of somebody else panicked.
    #[error("the file is damaged, its decoder gave up ({0})")]
    GaveUp(#[from] Panicked),
}

impl VideoError {
    pub(super) fn container(what: impl Into<String>) -> Self {
        Self::Container { what: what.into() }
    }

    pub(super) fn decoder(problem: impl Into<String>) -> Self {
        Self::Decoder { problem: problem.into() }
    }
}

/// A kind of stream that is not decoded here, as a noun.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct NotDecoded {
    /// The noun.
    pub what: String,
}

impl NotDecoded {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into() }
    }
}
