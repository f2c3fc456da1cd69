//! Faults of lines of label files.

/// Reason why a line has no object.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(super) enum LineError {
    /// No word.
    #[error("it is empty")]
    Empty,
    /// A box without an area.
    #[error("its box is empty")]
    NoBox,
    /// A word in place of a number.
    #[error("{word:?} is not a number")]
    NotNumber {
        /// The word.
        word: String,
    },
    /// A first word that is neither a number nor the name of a class.
    #[error("{word:?} is not a class number")]
    NotClass {
        /// The word.
        word: String,
    },
    /// A number that cannot be a fraction, which are at most a little beyond the image.
    #[error("{number} is not a fraction of the image, pixels are not YOLO")]
    NotFraction {
        /// The number.
        number: f32,
    },
    /// A rotated box of other than four corners.
    #[error("a class and 8 numbers of four corners expected, {count} numbers found")]
    Corners {
        /// Count of the numbers found.
        count: usize,
    },
    /// Too few numbers for a box or a polygon.
    #[error("a class and 4 numbers of a box or at least 6 of a polygon expected, {count} numbers found")]
    TooFew {
        /// Count of the numbers found.
        count: usize,
    },
    /// More keypoints than are read.
    #[error("kpt_shape has {count} keypoints, at most {most} are read")]
    ManyKeypoints {
        /// Number of keypoints.
        count: usize,
        /// The limit.
        most: usize,
    },
    /// Another number of keypoints than the data set has.
    #[error("{expected} numbers of {keypoints} keypoints expected by kpt_shape, {count} found")]
    Keypoints {
        /// Count of the expected numbers.
        expected: usize,
        /// Number of keypoints.
        keypoints: usize,
        /// Count of the numbers found.
        count: usize,
    },
    /// Numbers that are neither pairs nor triples.
    #[error("{count} numbers are no keypoints")]
    NoKeypoints {
        /// Count of the numbers found.
        count: usize,
    },
}
