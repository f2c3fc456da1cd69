//! The answer of a model about a changed image, as an attack sees it.

/// Answer of a model about a changed image.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Lead over the goal: the smaller, the nearer; for a class below 0 once it is reached.
    pub margin: f64,
    /// True if the goal is reached.
    pub reached: bool,
}
