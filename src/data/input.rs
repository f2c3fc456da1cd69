//! What a model is asked about, and what transforms change.

use std::sync::Arc;

use crate::data::geometry::points::PointCloud;
use crate::data::image::Image;
use crate::data::time::window::Window;

/// What a transform changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Medium {
    /// Pictures of a camera.
    Image,
    /// Points of a LIDAR.
    Points,
    /// Numbers over time.
    Signals,
    /// Sentences.
    Text,
}

impl Medium {
    /// What a person calls one of them.
    pub fn sample(self) -> &'static str {
        match self {
            Self::Image => "picture",
            Self::Points => "scan",
            Self::Signals => "value",
            Self::Text => "text",
        }
    }

    /// The same in the plural.
    pub fn samples(self) -> &'static str {
        match self {
            Self::Image => "pictures",
            Self::Points => "scans",
            Self::Signals => "values",
            Self::Text => "texts",
        }
    }

    /// What transforms change, in the plural.
    pub fn title(self) -> &'static str {
        match self {
            Self::Image => "pictures",
            Self::Points => "points",
            Self::Signals => "signals",
            Self::Text => "texts",
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
    /// Pictures and values up to a moment.
    Window(Arc<Window>),
    /// A text.
    Text(Arc<str>),
}

impl Input {
    /// What it is: a window with pictures is one of pictures.
    pub fn medium(&self) -> Medium {
        match self {
            Self::Points(_) => Medium::Points,
            Self::Window(window) if window.frames.is_empty() => Medium::Signals,
            Self::Image(_) | Self::Window(_) => Medium::Image,
            Self::Text(_) => Medium::Text,
        }
    }

    /// The picture, where there is one; of a window the latest.
    pub fn image(&self) -> Option<&Image> {
        match self {
            Self::Image(image) => Some(image),
            Self::Window(window) => window.picture(),
            Self::Points(_) | Self::Text(_) => None,
        }
    }

    /// Width and height of a picture in pixels; nothing for what has no edges.
    pub fn size(&self) -> (u32, u32) {
        self.image().map_or((0, 0), Image::size)
    }

    /// The text, where it is one.
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
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
