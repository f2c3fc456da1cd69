//! Transforms of an input, each with its expectation of the prediction. A transform is a kind: one file
//! ending in a `static KIND`, and its line below.

use std::sync::Arc;

use crate::base::params::{ParamSpec, Params};
use crate::data::geometry::box2::Box2;
use crate::data::geometry::objects::Detection;
use crate::data::geometry::points::PointCloud;
use crate::data::geometry::shape::Keypoint;
use crate::data::image::Image;
use crate::data::input::Medium;
use crate::data::prediction::{Expected, Prediction};
use crate::data::time::signals::Signals;

pub mod catalog;
pub mod entry;
pub mod error;
pub mod image;
pub mod image_models;
pub mod labels;
pub mod overlays;
pub mod parts;
pub mod points;
pub mod presets;
pub mod random;
pub mod signals;
pub mod stack;
pub mod steps;
pub mod texts;
pub mod transformable;

use crate::transforms::error::PaintError;

/// A transform of an image, and its expectation of the prediction.
pub trait Transform: Send + Sync {
    /// Transforms the image; the same seed gives the same pixels on every machine. The size stays.
    fn apply(&self, image: &mut Image, seed: u64);
    /// The same for transforms that can fail, such as those of a model; the image is then left as it was.
    fn try_apply(&self, image: &mut Image, seed: u64) -> Result<(), PaintError> {
        self.apply(image, seed);
        Ok(())
    }
    /// True if it differs from frame to frame of a window, like falling rain; dirt on the lens stays.
    fn differs_by_frame(&self) -> bool {
        false
    }
    /// Expected prediction after the transform, for a prediction before it. There is no default on
    /// purpose: the author of a transform states its expectation.
    fn expect(&self, before: &Prediction, size: (u32, u32)) -> Expected;
}

/// A transform of a point cloud, and its expectation of the prediction.
pub trait PointTransform: Send + Sync {
    /// Transforms the points; the same seed gives the same points on every machine.
    fn apply(&self, cloud: &mut PointCloud, seed: u64);
    /// Expected prediction after the transform, for a prediction before it.
    fn expect(&self, before: &Prediction) -> Expected;
}

/// A transform of signals: a fault of a sensor or its wire.
///
/// Signal transforms have no expectation of the prediction: only a claim can state the effect of a wrong number.
pub trait SignalTransform: Send + Sync {
    /// Transforms the signals; the same seed gives the same values on every machine. Times stay in order.
    fn apply(&self, signals: &mut Signals, seed: u64);
}

/// A transform of a text, and its expectation of the prediction.
pub trait TextTransform: Send + Sync {
    /// The transformed text; the same seed gives the same text on every machine.
    fn apply(&self, text: &str, seed: u64) -> String;
    /// Expected prediction after the transform, for a prediction before it.
    fn expect(&self, before: &Prediction) -> Expected;
}

/// A file that transforms images.
pub trait FromFile: Send + Sync + std::fmt::Debug {
    /// Id in stacks: lower case, one word.
    fn id(&self) -> &str;
    /// Name on screen.
    fn title(&self) -> &str;
    /// One sentence for people.
    fn summary(&self) -> &'static str;
    /// SHA-256 of the file, which determines its effect.
    fn sha256(&self) -> &str;
    /// Its files to save, by extension; the file itself first.
    fn files(&self) -> Vec<(&'static str, Vec<u8>)>;
    /// Its parameters; the first is its severity.
    fn params(&self) -> &'static [ParamSpec];
    /// True if it may hide objects, so that they are not expected.
    fn hides(&self) -> bool;
    /// The transform with these parameters.
    fn make(self: Arc<Self>, params: &Params) -> Box<dyn Transform>;
}

/// Constructor of a kind's transform from parameters.
#[derive(Debug)]
pub enum Build {
    /// A transform of images.
    Image(fn(&Params) -> Box<dyn Transform>),
    /// A transform of images that uses their depth.
    Scene(fn(&Params) -> Box<dyn Transform>),
    /// A transform of points.
    Points(fn(&Params) -> Box<dyn PointTransform>),
    /// A transform of signals.
    Signals(fn(&Params) -> Box<dyn SignalTransform>),
    /// A transform of texts.
    Text(fn(&Params) -> Box<dyn TextTransform>),
    /// A transform of images from a file that is loaded at run time: an image-to-image model, an overlay.
    File(Arc<dyn FromFile>),
}

/// A transform with its parameters.
pub enum Made {
    /// A transform of images.
    Image(Box<dyn Transform>),
    /// A transform of points.
    Points(Box<dyn PointTransform>),
    /// A transform of signals.
    Signals(Box<dyn SignalTransform>),
    /// A transform of texts.
    Text(Box<dyn TextTransform>),
}

/// Group of transforms, for menus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Light and color.
    Light,
    /// The lens and the shutter.
    Blur,
    /// Sensor noise.
    Noise,
    /// Rain, snow, fog.
    Weather,
    /// Faults between the lens and the model.
    Sensor,
    /// Positions in the image.
    Geometry,
    /// Transforms from files: image-to-image models and overlays.
    Loaded,
    /// Lost and added points.
    Returns,
    /// Ranging errors and mounting errors.
    Ranging,
    /// Effects of fog, rain and the sun on a lidar.
    PointWeather,
    /// Positions in space.
    Placement,
    /// Faults of a sensor and its wire.
    Faults,
    /// Spelling and typography.
    Writing,
    /// Choice of words.
    Words,
}

impl Group {
    /// All groups, in listing order.
    pub const ALL: [Self; 14] = [
        Self::Light,
        Self::Weather,
        Self::Blur,
        Self::Noise,
        Self::Sensor,
        Self::Geometry,
        Self::Loaded,
        Self::Returns,
        Self::Ranging,
        Self::PointWeather,
        Self::Placement,
        Self::Faults,
        Self::Writing,
        Self::Words,
    ];

    /// Medium of its transforms.
    pub fn medium(self) -> Medium {
        match self {
            Self::Light
            | Self::Blur
            | Self::Noise
            | Self::Weather
            | Self::Sensor
            | Self::Geometry
            | Self::Loaded => Medium::Image,
            Self::Returns | Self::Ranging | Self::PointWeather | Self::Placement => Medium::Points,
            Self::Faults => Medium::Signals,
            Self::Writing | Self::Words => Medium::Text,
        }
    }

    /// Name on screen.
    pub fn title(self) -> &'static str {
        match self {
            Self::Light => "Light and color",
            Self::Blur => "Blur",
            Self::Noise => "Noise",
            Self::Weather => "Weather",
            Self::Sensor => "Camera faults",
            Self::Geometry => "Geometry",
            Self::Loaded => "From files",
            Self::Returns => "Lost and added points",
            Self::Ranging => "Ranging and mounting",
            Self::PointWeather => "Lidar weather",
            Self::Placement => "Point geometry",
            Self::Faults => "Signal faults",
            Self::Writing => "Writing",
            Self::Words => "Words",
        }
    }
}

/// A kind of transform, with its name, parameters and constructor.
#[derive(Debug)]
pub struct TransformKind {
    /// Id in files and on the command line.
    pub id: &'static str,
    /// Name on screen.
    pub title: &'static str,
    /// One sentence for people.
    pub summary: &'static str,
    /// Group of the transform.
    pub group: Group,
    /// Its parameters; the first is its severity, which sweeps and searches vary.
    pub params: &'static [ParamSpec],
    /// True if boxes move with the image.
    pub geometric: bool,
    /// True if the seed has an effect.
    pub seeded: bool,
    /// Constructor from parameters.
    pub build: Build,
}

impl TransformKind {
    /// The severity parameter, if it has one.
    pub fn strength(&self) -> Option<&'static ParamSpec> {
        self.params.first()
    }

    /// Medium that it transforms.
    pub fn medium(&self) -> Medium {
        match self.build {
            Build::Image(_) | Build::Scene(_) | Build::File(_) => Medium::Image,
            Build::Points(_) => Medium::Points,
            Build::Signals(_) => Medium::Signals,
            Build::Text(_) => Medium::Text,
        }
    }

    /// True if it uses depth maps.
    pub fn looks_at_depth(&self) -> bool {
        matches!(self.build, Build::Scene(_))
    }

    /// The transform with these parameters.
    pub fn make(&self, params: &Params) -> Made {
        match self.build {
            Build::Image(build) | Build::Scene(build) => Made::Image(build(params)),
            Build::Points(build) => Made::Points(build(params)),
            Build::Signals(build) => Made::Signals(build(params)),
            Build::Text(build) => Made::Text(build(params)),
            Build::File(ref file) => Made::Image(Arc::clone(file).make(params)),
        }
    }
}

/// The lists of kinds, one for each group of files.
pub static FAMILIES: &[&[&TransformKind]] = &[
    image::light::KINDS,
    image::blur::KINDS,
    image::noise::KINDS,
    image::camera::KINDS,
    image::weather::KINDS,
    image::geometry::KINDS,
    points::KINDS,
    signals::KINDS,
    texts::KINDS,
];

/// Every built-in transform, in listing order.
pub fn built_in() -> impl Iterator<Item = &'static TransformKind> {
    FAMILIES.iter().flat_map(|family| family.iter().copied())
}

/// Fraction of a moved box that must still be in the image for the object to be expected.
pub const MIN_VISIBLE: f32 = 0.5;

/// The prediction with every box moved and clipped to the image.
///
/// An object with less than [`MIN_VISIBLE`] of its area left inside gets the score 0: it may be detected but need not
/// be. One that left the image is dropped. Classes do not move.
pub fn moved(before: &Prediction, (width, height): (u32, u32), map: impl Fn(&Box2) -> Box2) -> Expected {
    match before {
        Prediction::Classes { .. } => Expected::Same,
        Prediction::Values { .. } | Prediction::Vector { .. } => Expected::Unknown(
            "the effect of a moved camera on values like steering is unknown, set assume_same if they must stay"
                .to_owned(),
        ),
        // Masks are moved by the stack, as images.
        Prediction::Segments { .. } => Expected::Answer(before.clone()),
        Prediction::Objects { objects } => Expected::Answer(Prediction::Objects {
            objects: objects
                .iter()
                .filter_map(|object| {
                    let whole = map(&object.bbox);
                    let bbox = whole.clipped(width, height);
                    let visible = bbox.area() >= MIN_VISIBLE * whole.area();
                    let score = if visible { object.score } else { 0.0 };
                    let keypoint = |point: &Keypoint| {
                        let at = Box2 { x0: point.x, y0: point.y, x1: point.x, y1: point.y };
                        let (x, y) = map(&at).center();
                        Keypoint { x, y, ..*point }
                    };
                    (whole.valid() && bbox.valid()).then(|| Detection {
                        mask: object.mask.clone(),
                        keypoints: object.keypoints.iter().map(keypoint).collect(),
                        ..Detection::flat(object.class.clone(), score, bbox)
                    })
                })
                .collect(),
        }),
    }
}
