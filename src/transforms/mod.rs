//! Changes of an input, each with what it promises about the prediction. A transform is a kind: one file
//! ending in a `static KIND`, and its line below.

use std::sync::Arc;

use crate::base::params::{ParamSpec, Params};
use crate::data::geometry::objects::{Box2, Detection};
use crate::data::geometry::points::PointCloud;
use crate::data::geometry::shape::Keypoint;
use crate::data::image::Image;
use crate::data::input::Medium;
use crate::data::prediction::{Expected, Prediction};
use crate::data::time::signals::Signals;
use crate::transforms::painters::FromFile;

pub mod chance;
pub mod changeable;
pub mod image;
pub mod labels;
pub mod painters;
pub mod parts;
pub mod points;
pub mod presets;
pub mod signals;
pub mod stack;
pub mod stamps;
pub mod steps;
pub mod texts;

/// A change to an image, and what it promises about the prediction.
pub trait Transform: Send + Sync {
    /// Changes the image; the same seed gives the same pixels on every machine. The size stays.
    fn apply(&self, image: &mut Image, seed: u64);
    /// The same for changes that can fail, as those that a model makes; the image is then left as it was.
    fn try_apply(&self, image: &mut Image, seed: u64) -> Result<(), String> {
        self.apply(image, seed);
        Ok(())
    }
    /// What the model must answer after the change, given its prediction before. There is no default on
    /// purpose: the author of a transform says what it promises.
    fn expect(&self, before: &Prediction, size: (u32, u32)) -> Expected;
}

/// A change to points in space, and what it promises about the prediction.
pub trait PointTransform: Send + Sync {
    /// Changes the points; the same seed gives the same points on every machine.
    fn apply(&self, cloud: &mut PointCloud, seed: u64);
    /// What the model must answer after the change, given its prediction before.
    fn expect(&self, before: &Prediction) -> Expected;
}

/// A change to signals, as a sensor or its wire can go wrong.
///
/// It promises nothing about a prediction: what a number that is wrong must lead to, only a claim can say.
pub trait SignalTransform: Send + Sync {
    /// Changes the signals; the same seed gives the same values on every machine. Times stay in order.
    fn apply(&self, signals: &mut Signals, seed: u64);
}

/// A change to a text, and what it promises about the prediction.
pub trait TextTransform: Send + Sync {
    /// The changed text; the same seed gives the same text on every machine.
    fn apply(&self, text: &str, seed: u64) -> String;
    /// What the model must answer after the change, given its prediction before.
    fn expect(&self, before: &Prediction) -> Expected;
}

/// How a kind makes its transform from values.
#[derive(Debug)]
pub enum Build {
    /// It changes images.
    Image(fn(&Params) -> Box<dyn Transform>),
    /// It changes images and looks at how far away what they show is.
    Scene(fn(&Params) -> Box<dyn Transform>),
    /// It changes points.
    Points(fn(&Params) -> Box<dyn PointTransform>),
    /// It changes signals.
    Signals(fn(&Params) -> Box<dyn SignalTransform>),
    /// It changes texts.
    Text(fn(&Params) -> Box<dyn TextTransform>),
    /// It changes images by a file that is loaded while the program runs: a model that paints, an image that is stamped.
    File(Arc<dyn FromFile>),
}

/// A transform with its values.
pub enum Made {
    /// It changes images.
    Image(Box<dyn Transform>),
    /// It changes points.
    Points(Box<dyn PointTransform>),
    /// It changes signals.
    Signals(Box<dyn SignalTransform>),
    /// It changes texts.
    Text(Box<dyn TextTransform>),
}

/// What a change has to do with, for menus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Light and color.
    Light,
    /// The lens and the shutter.
    Blur,
    /// The sensor in the dark.
    Noise,
    /// Rain, snow, fog.
    Weather,
    /// What breaks on the way from the lens to the model.
    Sensor,
    /// Where things are.
    Geometry,
    /// What comes from a file: models that paint another weather or another time of day, images that are stamped on.
    Loaded,
    /// Points that are lost or come from nowhere.
    Returns,
    /// Points that are measured wrongly, or by a sensor that sits elsewhere.
    Ranging,
    /// What fog, rain and the sun do to a lidar.
    PointWeather,
    /// Where things in space are.
    Placement,
    /// What a sensor and its wire do to numbers.
    Faults,
    /// How something is written, as people write in haste.
    Writing,
    /// Which words are there.
    Words,
}

impl Group {
    /// All of them, in the order in which they are offered.
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

    /// Those with transforms of a medium.
    pub fn of(medium: Medium) -> Vec<Self> {
        Self::ALL
            .into_iter()
            .filter(|group| group.medium() == medium && group.kinds().next().is_some())
            .collect()
    }

    /// What its transforms change.
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

    /// What a person calls it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Light => "Light and color",
            Self::Blur => "Blur",
            Self::Noise => "Noise",
            Self::Weather => "Weather",
            Self::Sensor => "Camera faults",
            Self::Geometry => "Geometry",
            Self::Loaded => "From files",
            Self::Returns => "Points lost and added",
            Self::Ranging => "Ranging and mounting",
            Self::PointWeather => "Weather for a LIDAR",
            Self::Placement => "Geometry of points",
            Self::Faults => "Faults of signals",
            Self::Writing => "Writing",
            Self::Words => "Words",
        }
    }

    /// The transforms in it.
    pub fn kinds(self) -> impl Iterator<Item = &'static TransformKind> {
        kinds().into_iter().filter(move |kind| kind.group == self)
    }
}

/// A transform as it is listed, shown and stored.
#[derive(Debug)]
pub struct TransformKind {
    /// Name in files and on the command line.
    pub id: &'static str,
    /// Name on screen.
    pub title: &'static str,
    /// One sentence for people.
    pub summary: &'static str,
    /// What it has to do with.
    pub group: Group,
    /// Its knobs; the first is its strength, which sweeps and searches vary.
    pub params: &'static [ParamSpec],
    /// Whether boxes move with the image.
    pub geometric: bool,
    /// Whether the seed matters.
    pub seeded: bool,
    /// Makes it with these values.
    pub build: Build,
}

impl TransformKind {
    /// The knob that says how strong the change is, if it has any.
    pub fn strength(&self) -> Option<&'static ParamSpec> {
        self.params.first()
    }

    /// What it changes.
    pub fn medium(&self) -> Medium {
        match self.build {
            Build::Image(_) | Build::Scene(_) | Build::File(_) => Medium::Image,
            Build::Points(_) => Medium::Points,
            Build::Signals(_) => Medium::Signals,
            Build::Text(_) => Medium::Text,
        }
    }

    /// Whether it looks at how far away things are.
    pub fn looks_at_depth(&self) -> bool {
        matches!(self.build, Build::Scene(_))
    }

    /// The transform with these values.
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

/// Every transform of the program, in the order in which they are offered.
pub fn built_in() -> impl Iterator<Item = &'static TransformKind> {
    FAMILIES.iter().flat_map(|family| family.iter().copied())
}

/// Every transform there is now: those of the program and the loaded models that paint.
pub fn kinds() -> Vec<&'static TransformKind> {
    built_in().chain(painters::kinds()).collect()
}

/// The transform called `id`.
pub fn kind(id: &str) -> Option<&'static TransformKind> {
    built_in().find(|kind| kind.id == id).or_else(|| painters::kind(id))
}

/// Part of a moved box that must still be in the image for the object to be expected.
pub const MIN_VISIBLE: f32 = 0.5;

/// The prediction with every box moved and cut at the image's edge.
///
/// An object of which less than
/// [`MIN_VISIBLE`] of the area is left inside gets the score 0: it may be seen but need not be. One that
/// left altogether is dropped. Classes do not move.
pub fn moved(before: &Prediction, (width, height): (u32, u32), map: impl Fn(&Box2) -> Box2) -> Expected {
    match before {
        Prediction::Classes { .. } => Expected::Same,
        Prediction::Values { .. } | Prediction::Vector { .. } => Expected::Unknown(
            "what a camera that moved does to numbers like steering is not known, say so if they must stay"
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
