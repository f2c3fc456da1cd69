//! Models as transforms: a network that paints a dry road snowy, or a day as a night.
//!
//! Zhang et al., "`DeepRoad`", ASE 2018, does so with a GAN. Such models are not part of the program: they are loaded
//! while it runs and are then listed with the other transforms, for as long as it runs.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::base::params::{ParamSpec, Params};
use crate::base::simd::widened;
use crate::data::image::Image;
use crate::data::prediction::{Expected, Prediction};
use crate::transforms::{Build, Group, Transform, TransformKind};

/// Something that paints pictures.
pub trait Paint: Send + Sync + std::fmt::Debug {
    /// Name in stacks: lower case, one word.
    fn id(&self) -> &str;
    /// Name on screen.
    fn title(&self) -> &str;
    /// SHA-256 of what paints, which fixes what it paints.
    fn sha256(&self) -> &str;
    /// The model file and its card, for those who must keep them.
    fn files(&self) -> (Vec<u8>, Vec<u8>);
    /// The painted picture, as large as the given one.
    fn paint(&self, image: &Image) -> Result<Image, String>;
}

/// How much of the painted picture is seen.
static STRENGTH: [ParamSpec; 1] = [ParamSpec::from_zero("strength", "Strength", "of the painting", 1.0, 1.0)];

/// The loaded ones. A kind lives as long as the program, as all kinds do: it is a few words for each model.
static LOADED: RwLock<BTreeMap<String, &'static TransformKind>> = RwLock::new(BTreeMap::new());

/// Lists a painter among the transforms; one of the same name and content is kept, one of another content is replaced.
///
/// Fails where a transform of the program has that name.
pub fn register(painter: Arc<dyn Paint>) -> Result<&'static TransformKind, String> {
    let id = painter.id().to_owned();
    if super::KINDS.iter().any(|kind| kind.id == id) {
        return Err(format!("there is a transform {id:?} already, give the model another name in its card"));
    }
    let mut loaded = LOADED.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = loaded.get(&id)
        && matches!(&known.build, Build::Painter(other) if other.sha256() == painter.sha256())
    {
        return Ok(known);
    }
    let kind: &'static TransformKind = Box::leak(Box::new(TransformKind {
        id: Box::leak(id.clone().into_boxed_str()),
        title: Box::leak(painter.title().to_owned().into_boxed_str()),
        summary: "What the loaded model makes of the picture",
        group: Group::Painted,
        params: &STRENGTH,
        geometric: false,
        seeded: false,
        build: Build::Painter(painter),
    }));
    loaded.insert(id, kind);
    Ok(kind)
}

/// The loaded painters, by name.
pub fn kinds() -> Vec<&'static TransformKind> {
    LOADED.read().unwrap_or_else(PoisonError::into_inner).values().copied().collect()
}

/// The loaded painter called `id`.
pub fn kind(id: &str) -> Option<&'static TransformKind> {
    LOADED.read().unwrap_or_else(PoisonError::into_inner).get(id).copied()
}

/// The painter behind a transform, where a model is.
pub fn painter(id: &str) -> Option<Arc<dyn Paint>> {
    match &kind(id)?.build {
        Build::Painter(painter) => Some(Arc::clone(painter)),
        Build::Image(_) | Build::Points(_) | Build::Signals(_) | Build::Text(_) => None,
    }
}

pub(super) fn painted(painter: &Arc<dyn Paint>, params: &Params) -> Box<dyn Transform> {
    let strength = params.value(&STRENGTH[0]);
    Box::new(Painted { painter: Arc::clone(painter), weight: (strength * 256.0).round() as u16 })
}

struct Painted {
    painter: Arc<dyn Paint>,
    /// Of the painted picture, in 256ths.
    weight: u16,
}

impl Transform for Painted {
    fn apply(&self, image: &mut Image, seed: u64) {
        if let Err(problem) = self.try_apply(image, seed) {
            log::error!("{} did not paint: {problem}", self.painter.title());
        }
    }

    fn try_apply(&self, image: &mut Image, _seed: u64) -> Result<(), String> {
        if self.weight > 0 {
            let painted = self.painter.paint(image)?;
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
