//! Models as transforms: a network that paints a dry road snowy, or a day as a night.
//!
//! Zhang et al., "`DeepRoad`", ASE 2018, does so with a GAN. Such models are not part of the program: they are loaded
//! while it runs and are then listed with the other transforms, for as long as it runs; so are images that are stamped.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::base::params::{ParamSpec, Params};
use crate::base::simd::widened;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// A file that changes images.
pub trait FromFile: Send + Sync + std::fmt::Debug {
    /// Name in stacks: lower case, one word.
    fn id(&self) -> &str;
    /// Name on screen.
    fn title(&self) -> &str;
    /// One sentence for people.
    fn summary(&self) -> &'static str;
    /// SHA-256 of the file, which fixes what it does.
    fn sha256(&self) -> &str;
    /// What must be kept of it, by the ending of its name; the file itself first.
    fn files(&self) -> Vec<(&'static str, Vec<u8>)>;
    /// Its knobs; the first is its strength.
    fn params(&self) -> &'static [ParamSpec];
    /// Whether it may hide objects, so that they are not expected.
    fn hides(&self) -> bool;
    /// The transform with these values.
    fn make(self: Arc<Self>, params: &Params) -> Box<dyn Transform>;
}

/// How much of a painted image is seen.
pub static STRENGTH: [ParamSpec; 1] =
    [ParamSpec::from_zero("strength", "Strength", "of the painting", 1.0, 1.0)];

/// The loaded ones. A kind lives as long as the program, as all kinds do: it is a few words for each model.
static LOADED: RwLock<BTreeMap<String, &'static TransformKind>> = RwLock::new(BTreeMap::new());

/// Lists a file among the transforms; one of the same name and content is kept, one of another content is replaced.
///
/// Fails where a transform of the program has that name.
pub fn register(file: Arc<dyn FromFile>) -> Result<&'static TransformKind, String> {
    let id = file.id().to_owned();
    if super::built_in().any(|kind| kind.id == id) {
        return Err(format!(
            "there is a transform {id:?} already, give the model another name in its card, or the picture another file name"
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

/// The file behind a transform, where one is.
pub fn file(id: &str) -> Option<Arc<dyn FromFile>> {
    match &kind(id)?.build {
        Build::File(file) => Some(Arc::clone(file)),
        Build::Image(_) | Build::Scene(_) | Build::Points(_) | Build::Signals(_) | Build::Text(_) => None,
    }
}

/// The painted image, or why there is none.
pub type Paint = dyn Fn(&Image) -> Result<Image, String> + Send + Sync;

/// Over the image as much of the painted one as [`STRENGTH`] says.
pub fn painted(paint: Box<Paint>, params: &Params) -> Box<dyn Transform> {
    let strength = params.value(&STRENGTH[0]);
    Box::new(Painted { paint, weight: (strength * 256.0).round() as u16 })
}

struct Painted {
    paint: Box<Paint>,
    /// Of the painted image, in 256ths.
    weight: u16,
}

impl Transform for Painted {
    fn apply(&self, image: &mut Image, seed: u64) {
        if let Err(problem) = self.try_apply(image, seed) {
            log::error!("a model did not paint: {problem}");
        }
    }

    fn try_apply(&self, image: &mut Image, _seed: u64) -> Result<(), String> {
        if self.weight > 0 {
            let painted = (self.paint)(image)?;
            if painted.size() != image.size() {
                return Err("the painted picture has another size".to_owned());
            }
            blend(image.pixels_mut(), painted.pixels(), self.weight);
        }
        Ok(())
    }

    /// The weather must not change what is there.
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
