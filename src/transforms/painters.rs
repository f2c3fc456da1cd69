//! Image-to-image models as transforms, such as day to night or dry to snowy.
//!
//! Zhang et al., "`DeepRoad`", ASE 2018, use a GAN. Such models are not part of the program: they are loaded
//! at run time and then listed with the other transforms until the program ends; so are overlays.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::base::params::{ParamSpec, Params};
use crate::base::simd::widened;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, Transform, TransformKind};

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

/// Opacity of the generated image.
pub static STRENGTH: [ParamSpec; 1] =
    [ParamSpec::from_zero("strength", "Severity", "of the generated image", 1.0, 1.0)];

/// The loaded transforms. A kind is never freed, like all kinds: it is a few words for each model.
static LOADED: RwLock<BTreeMap<String, &'static TransformKind>> = RwLock::new(BTreeMap::new());

/// Registers a file as a transform; an equal one of the same name is kept, a different one is replaced.
///
/// Fails if a built-in transform has that name.
pub fn register(file: Arc<dyn FromFile>) -> Result<&'static TransformKind, String> {
    let id = file.id().to_owned();
    if super::built_in().any(|kind| kind.id == id) {
        return Err(format!(
            "a transform {id:?} exists already, rename the model in its card or rename the image file"
        ));
    }
    let mut loaded = LOADED.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = loaded.get(&id)
        && matches!(&known.build, Build::File(other) if other.sha256() == file.sha256())
    {
        return Ok(known);
    }
    let kind: &'static TransformKind = Box::leak(Box::new(TransformKind {
        id: Box::leak(id.clone().into_boxed_str()),
        title: Box::leak(file.title().to_owned().into_boxed_str()),
        summary: file.summary(),
        group: Group::Loaded,
        params: file.params(),
        geometric: file.hides(),
        seeded: false,
        build: Build::File(file),
    }));
    loaded.insert(id, kind);
    Ok(kind)
}

/// The loaded files, by name.
pub fn kinds() -> Vec<&'static TransformKind> {
    LOADED.read().unwrap_or_else(PoisonError::into_inner).values().copied().collect()
}

/// The loaded file called `id`.
pub fn kind(id: &str) -> Option<&'static TransformKind> {
    LOADED.read().unwrap_or_else(PoisonError::into_inner).get(id).copied()
}

/// The file of a transform, if it has one.
pub fn file(id: &str) -> Option<Arc<dyn FromFile>> {
    match &kind(id)?.build {
        Build::File(file) => Some(Arc::clone(file)),
        Build::Image(_) | Build::Scene(_) | Build::Points(_) | Build::Signals(_) | Build::Text(_) => None,
    }
}

/// The generated image, or the problem.
pub type Paint = dyn Fn(&Image) -> Result<Image, String> + Send + Sync;

/// Blends the generated image over the original by [`STRENGTH`].
pub fn painted(paint: Box<Paint>, params: &Params) -> Box<dyn Transform> {
    let strength = params.value(&STRENGTH[0]);
    Box::new(Painted { paint, weight: (strength * 256.0).round() as u16 })
}

struct Painted {
    paint: Box<Paint>,
    /// Weight of the generated image, in 256ths.
    weight: u16,
}

impl Transform for Painted {
    fn apply(&self, image: &mut Image, seed: u64) {
        if let Err(problem) = self.try_apply(image, seed) {
            log::error!("the image-to-image model failed: {problem}");
        }
    }

    fn try_apply(&self, image: &mut Image, _seed: u64) -> Result<(), String> {
        if self.weight > 0 {
            let painted = (self.paint)(image)?;
            if painted.size() != image.size() {
                return Err("the generated image has another size".to_owned());
            }
            blend(image.pixels_mut(), painted.pixels(), self.weight);
        }
        Ok(())
    }

    /// The objects must not change with the weather.
    fn expect(&self, _before: &Prediction, _size: (u32, u32)) -> Expected {
        Expected::Same
    }
}

widened! {
    fn blend(target: &mut [u8], painted: &[u8], weight: u16) {
        for (a, b) in target.iter_mut().zip(painted) {
            *a = ((u16::from(*a) * (256 - weight) + u16::from(*b) * weight + 128) >> 8) as u8;
        }
    }
}
