//! Inputs of models and transforms.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::data::geometry::points::PointCloud;
use crate::data::image::Image;
use crate::data::time::window::Window;

/// Medium of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Medium {
    /// Camera images.
    Image,
    /// Point clouds.
    Points,
    /// Signals: numbers over time.
    Signals,
    /// Text.
    Text,
}

impl Medium {
    /// Singular name of a sample on screen.
    pub fn sample(self) -> &'static str {
        match self {
            Self::Image => "frame",
            Self::Points => "scan",
            Self::Signals => "value",
            Self::Text => "text",
        }
    }

    /// Plural name of samples on screen.
    pub fn samples(self) -> &'static str {
        match self {
            Self::Image => "frames",
            Self::Points => "scans",
            Self::Signals => "values",
            Self::Text => "texts",
        }
    }

    /// Plural name of the medium on screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::Image => "images",
            Self::Points => "point clouds",
            Self::Signals => "signals",
            Self::Text => "texts",
        }
    }
}

/// One input of a model. Cloning shares the contents.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// An image.
    Image(Image),
    /// A point cloud.
    Points(Arc<PointCloud>),
    /// Frames and signal values up to a moment.
    Window(Arc<Window>),
    /// A text.
    Text(Arc<str>),
}

impl Input {
    /// Medium of the input: a window with frames is an image.
    pub fn medium(&self) -> Medium {
        match self {
            Self::Points(_) => Medium::Points,
            Self::Window(window) if window.frames.is_empty() => Medium::Signals,
            Self::Image(_) | Self::Window(_) => Medium::Image,
            Self::Text(_) => Medium::Text,
        }
    }

    /// The image, if there is one; of a window the latest frame.
    pub fn image(&self) -> Option<&Image> {
        match self {
            Self::Image(image) => Some(image),
            Self::Window(window) => window.picture(),
            Self::Points(_) | Self::Text(_) => None,
        }
    }

    /// Width and height of an image in pixels; zero for other inputs.
    pub fn size(&self) -> (u32, u32) {
        self.image().map_or((0, 0), Image::size)
    }

    /// The text, if it is one.
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
