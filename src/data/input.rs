//! What a model is asked about, and what transforms change.

use std::sync::Arc;

use crate::data::image::Image;
use crate::data::points::PointCloud;

/// What a transform changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Medium {
    /// Pictures of a camera.
    Image,
    /// Points of a LIDAR.
    Points,
    /// Numbers over time.
    Signals,
}

impl Medium {
    /// What a person calls one of them.
    pub fn sample(self) -> &'static str {
        match self {
            Self::Image => "picture",
            Self::Points => "scan",
            Self::Signals => "value",
        }
    }

    /// The same in the plural.
    pub fn samples(self) -> &'static str {
        match self {
            Self::Image => "pictures",
            Self::Points => "scans",
            Self::Signals => "values",
        }
    }

    /// What transforms change, in the plural.
    pub fn title(self) -> &'static str {
        match self {
            Self::Image => "pictures",
            Self::Points => "points",
            Self::Signals => "signals",
        }
    }
}

/// One thing that a model is asked about. Cloning shares what is inside.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A picture.
    Image(Image),
    /// Points in space.
    Points(Arc<PointCloud>),
}

impl Input {
    /// What it is.
    pub fn medium(&self) -> Medium {
        match self {
            Self::Image(_) => Medium::Image,
            Self::Points(_) => Medium::Points,
        }
    }

    /// The picture, where it is one.
    pub fn image(&self) -> Option<&Image> {
        match self {
            Self::Image(image) => Some(image),
            Self::Points(_) => None,
        }
    }

    /// Width and height of a picture in pixels; nothing for points, which have no edges.
    pub fn size(&self) -> (u32, u32) {
        match self {
            Self::Image(image) => image.size(),
            Self::Points(_) => (0, 0),
        }
    }
}

impl From<Image> for Input {
    fn from(image: Image) -> Self {
        Self::Image(image)
    }
}

impl From<PointCloud> for Input {
    fn from(cloud: PointCloud) -> Self {
        Self::Points(Arc::new(cloud))
    }
}
