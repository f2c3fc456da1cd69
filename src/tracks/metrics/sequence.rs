//! Boxes of the truth and of the tested system, by frame.

use std::fmt;

/// Most frames of a sequence; a larger frame number is taken for a mistake.
pub const MAX_FRAMES: usize = 4_000_000;

/// A box with the id of its track.
#[derive(Clone, Debug, PartialEq)]
pub struct Object<B> {
    /// Id of the track, the same on every frame.
    pub id: u64,
    /// Box, cuboid or center.
    pub shape: B,
    /// Confidence, 0 to 1; unused for the truth.
    pub score: f64,
}

impl<B> Object<B> {
    /// A box with full confidence.
    pub fn sure(id: u64, shape: B) -> Self {
        Self { id, shape, score: 1.0 }
    }
}

/// The objects of one class on one frame.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame<B> {
    /// True objects.
    pub truth: Vec<Object<B>>,
    /// Objects of the tested system.
    pub tested: Vec<Object<B>>,
}

impl<B> Default for Frame<B> {
    fn default() -> Self {
        Self { truth: Vec::new(), tested: Vec::new() }
    }
}

/// One class of one recording, every frame in its order; frames without objects are empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Sequence<B> {
    /// Frames.
    pub frames: Vec<Frame<B>>,
}

impl<B> Sequence<B> {
    /// Sequence of objects in any order, each with its frame counted from 0. Frames without objects are empty.
    ///
    /// `length` is the number of frames, by default one more than the last.
    ///
    /// # Errors
    ///
    /// A frame behind the end, or more than [`MAX_FRAMES`].
    pub fn from_rows(
        truth: impl IntoIterator<Item = (usize, Object<B>)>,
        tested: impl IntoIterator<Item = (usize, Object<B>)>,
        length: Option<usize>,
    ) -> Result<Self, TrackingError> {
        let limit = length.unwrap_or(MAX_FRAMES).min(MAX_FRAMES);
        let mut frames: Vec<Frame<B>> = Vec::new();
        if let Some(length) = length.filter(|length| *length > MAX_FRAMES) {
            return Err(TrackingError::FrameBeyond { frame: length - 1, length: MAX_FRAMES });
        }
        frames.resize_with(length.unwrap_or(0), Frame::default);
        let mut at = |frame: usize| {
            if frame >= limit {
                return Err(TrackingError::FrameBeyond { frame, length: limit });
            }
            if frame >= frames.len() {
                frames.resize_with(frame + 1, Frame::default);
            }
            Ok(frame)
        };
        let mut rows: [Vec<(usize, Object<B>)>; 2] = [Vec::new(), Vec::new()];
        for (frame, object) in truth {
            rows[0].push((at(frame)?, object));
        }
        for (frame, object) in tested {
            rows[1].push((at(frame)?, object));
        }
        let [truth, tested] = rows;
        for (frame, object) in truth {
            frames[frame].truth.push(object);
        }
        for (frame, object) in tested {
            frames[frame].tested.push(object);
        }
        Ok(Self { frames })
    }
}

/// A side of the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// True objects.
    Truth,
    /// Objects of the tested system.
    Tested,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truth => "ground truth",
            Self::Tested => "predictions",
        })
    }
}

/// Reason for which tracks cannot be evaluated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrackingError {
    /// Two boxes of a frame have one id.
    #[error(
        "track ID {id} is used twice in frame {frame} (from 0) of the {side}, give each object of a frame its own ID"
    )]
    RepeatedId {
        /// Side on which it happens.
        side: Side,
        /// The id.
        id: u64,
        /// Index of the frame.
        frame: usize,
    },
    /// A frame is behind the end of the sequence.
    #[error(
        "frame {frame} (from 0) is behind the end of the sequence of {length} frames, correct the frame numbers or the length"
    )]
    FrameBeyond {
        /// Index of the frame.
        frame: usize,
        /// Number of frames.
        length: usize,
    },
}
