//! Image-to-image models as transforms: loaded from a file with a card, cached by content.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::files::{sha256_hex, slug, stays_inside};
use crate::base::inputs::{self, InputKind};
use crate::base::params::{ParamSpec, Params};
use crate::data::cases::stack::Stack;
use crate::data::image::Image;
use crate::inference::backend::Backend;
use crate::inference::card::{Colors, Layout, ModelCard, PICTURE};
use crate::inference::error::GraphError;
use crate::inference::settings::Settings;
use crate::inference::{Graph, ModelError, Tensor, embedded, fetched, onnx_file, preprocess};
use crate::transforms::catalog::{Catalog, NameTaken};
use crate::transforms::error::PaintError;
use crate::transforms::image_models;
use crate::transforms::{FromFile, Transform, overlays};

/// Number of cached output images, so that a slider only blends.
const REMEMBERED: usize = 8;

/// True if a file is a transform: an overlay image, or an image-to-image model by its card.
pub fn paints(path: &Path) -> Result<bool, ModelError> {
    Ok(overlays::is_image(path) || ModelCard::beside(path)?.is_some_and(|card| card.decoder == PICTURE))
}

/// The transform that a file gives: an image-to-image model under its card's name in lower case, an image to paste under its own.
pub fn load(path: &Path, backend: impl Into<Backend>) -> Result<Arc<dyn FromFile>, ModelError> {
    if overlays::is_image(path) {
        return overlays::load(path)
            .map_err(|err| ModelError::NotStamped { problem: err.to_string(), path: path.to_owned() });
    }
    let path = &*fetched::local(path)?;
    let bad = |problem: String| ModelError::Contradiction { problem, path: path.to_owned() };
    let card = ModelCard::beside(path)?.ok_or_else(|| ModelError::NeedsCard {
        problem: "an image-to-image model needs a card".to_owned(),
        path: path.to_owned(),
    })?;
    if card.decoder != PICTURE {
        return Err(bad(format!("the decoder of its card is {:?} and not {PICTURE:?}", card.decoder)));
    }
    if card.input.colors == Colors::Gray {
        return Err(bad("an image-to-image model needs three color channels, its card has gray".to_owned()));
    }
    let bytes = inputs::read(path, InputKind::Model)
        .map_err(|source| ModelError::Io { path: path.to_owned(), source })?;
    onnx_file::parse(&bytes).map_err(|source| ModelError::NotOnnx { source, path: path.to_owned() })?;
    let backend = backend.into();
    let graph = backend.graph(path, 1).map_err(|err| ModelError::Load {
        backend: backend.title.clone(),
        source: Box::new(err),
        path: path.to_owned(),
    })?;
    let model = ImageModel {
        id: slug(&card.name).replace('-', "_"),
        sha256: sha256_hex(&bytes),
        card,
        bytes,
        graph,
        painted: Mutex::default(),
    };
    // A model that fails is found here and not in the middle of a sweep.
    let gray = Image::filled(model.card.input.width, model.card.input.height, [128; 3]);
    model.paint(&gray).map_err(|err| ModelError::Run { source: Box::new(err), path: path.to_owned() })?;
    Ok(Arc::new(model))
}

/// Adds the transform that a file gives to a catalog.
pub fn load_into(catalog: &mut Catalog, path: &Path) -> Result<(), ModelError> {
    load_on(catalog, path, &Backend::from(&embedded::KIND))
}

fn load_on(catalog: &mut Catalog, path: &Path, backend: &Backend) -> Result<(), ModelError> {
    let taken =
        |err: NameTaken| ModelError::Contradiction { problem: err.to_string(), path: path.to_owned() };
    catalog.add(load(path, backend)?).map(drop).map_err(taken)
}

/// The backend for transforms of a stranger's suite where that is only looked at: a process of its own, under limits.
pub fn apart() -> Backend {
    let settings = Settings {
        isolated: true,
        limit: Some(Duration::from_mins(1)),
        memory_mb: Some(4096),
        ..Settings::default()
    };
    Backend::from(&embedded::KIND).with(settings)
}

/// Of these model files the first that is no image-to-image model; those that are go into the catalog.
pub fn first_model(
    catalog: &mut Catalog,
    files: impl IntoIterator<Item = PathBuf>,
) -> Result<Option<PathBuf>, ModelError> {
    let mut first = None;
    for file in files {
        if paints(&file)? {
            load_into(catalog, &file)?;
        } else if first.is_none() {
            first = Some(file);
        }
    }
    Ok(first)
}

/// Reason why a transform file of a suite cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TransformFileError {
    /// The suite names a file outside of its folder.
    #[error("a transform file lies outside of the suite: {}", file.display())]
    Outside {
        /// Path in the suite.
        file: PathBuf,
    },
    /// The file cannot be read.
    #[error("a transform file is missing, restore it from git ({source}): {}", file.display())]
    Missing {
        /// Path in the suite.
        file: PathBuf,
        /// Error of the file system.
        source: std::io::Error,
    },
    /// The file is not the one that was frozen.
    #[error("a transform file was altered, restore it from git: {}", file.display())]
    Altered {
        /// Path in the suite.
        file: PathBuf,
    },
    /// The file gives no transform.
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// An image-to-image model or overlay in a suite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuiteImageModel {
    /// The file, relative to the suite; the card of a model lies beside it.
    pub file: PathBuf,
    /// SHA-256 of the file.
    pub sha256: String,
}

impl SuiteImageModel {
    /// Adds it to a catalog, its checksum verified; a model runs on this backend.
    pub fn load(
        &self,
        folder: &Path,
        catalog: &mut Catalog,
        backend: &Backend,
    ) -> Result<(), TransformFileError> {
        if !stays_inside(&self.file) {
            return Err(TransformFileError::Outside { file: self.file.clone() });
        }
        let path = folder.join(&self.file);
        let read = inputs::inside(folder, &self.file).and_then(|path| inputs::read(&path, InputKind::Model));
        let bytes = read.map_err(|source| TransformFileError::Missing { file: self.file.clone(), source })?;
        if sha256_hex(&bytes) != self.sha256 {
            return Err(TransformFileError::Altered { file: self.file.clone() });
        }
        Ok(load_on(catalog, &path, backend)?)
    }
}

/// Folder of the transform files of a suite.
pub const FOLDER: &str = "image_models";
/// The same in suites written before 0.2.
pub const OLD_FOLDER: &str = "painters";

/// A transform file with all its parts: the path in the suite, and the content.
pub type FrozenFile = (SuiteImageModel, Vec<(PathBuf, Vec<u8>)>);

/// The transform files used in these stacks.
pub fn frozen<'a>(catalog: &Catalog, stacks: impl Iterator<Item = &'a Stack>) -> Vec<FrozenFile> {
    let mut used: BTreeMap<String, Arc<dyn FromFile>> = BTreeMap::new();
    for spec in stacks.flat_map(|stack| &stack.transforms) {
        used.extend(catalog.file(&spec.transform).map(|file| (file.sha256().to_owned(), file)));
    }
    let files = used.into_values().filter_map(|file| {
        let named = |(ending, content)| (Path::new(FOLDER).join(format!("{}.{ending}", file.id())), content);
        let contents: Vec<(PathBuf, Vec<u8>)> = file.files().into_iter().map(named).collect();
        let (first, _) = contents.first()?;
        Some((SuiteImageModel { file: first.clone(), sha256: file.sha256().to_owned() }, contents))
    });
    files.collect()
}

struct ImageModel {
    id: String,
    sha256: String,
    card: ModelCard,
    /// The model file, for suites.
    bytes: Vec<u8>,
    graph: Arc<dyn Graph>,
    /// Recent outputs with their originals.
    painted: Mutex<VecDeque<(Image, Image)>>,
}

impl std::fmt::Debug for ImageModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ImageModel")
            .field("id", &self.id)
            .field("sha256", &self.sha256)
            .finish_non_exhaustive()
    }
}

impl FromFile for ImageModel {
    fn id(&self) -> &str {
        &self.id
    }

    fn title(&self) -> &str {
        &self.card.name
    }

    fn summary(&self) -> &'static str {
        "The output of an image-to-image model"
    }

    fn sha256(&self) -> &str {
        &self.sha256
    }

    fn files(&self) -> Vec<(&'static str, Vec<u8>)> {
        // A card that was read can be written.
        let card = toml::to_string_pretty(&self.card).unwrap_or_default();
        vec![("onnx", self.bytes.clone()), ("card.toml", card.into_bytes())]
    }

    fn params(&self) -> &'static [ParamSpec] {
        &image_models::STRENGTH
    }

    fn hides(&self) -> bool {
        false
    }

    fn make(self: Arc<Self>, params: &Params) -> Box<dyn Transform> {
        let paint = move |image: &Image| {
            self.paint(image).map_err(|err| PaintError::Failed { problem: err.to_string() })
        };
        image_models::painted(Box::new(paint), params)
    }
}

impl ImageModel {
    /// The output image, in the size of the input.
    fn paint(&self, image: &Image) -> Result<Image, GraphError> {
        let known = |painted: &VecDeque<(Image, Image)>| {
            painted.iter().find(|(original, _)| original == image).map(|(_, painted)| painted.clone())
        };
        if let Some(painted) = known(&self.painted.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(painted);
        }
        let (input, _) = preprocess::input(image, &self.card.input);
        let outputs = self.graph.run(std::slice::from_ref(&input))?;
        let output = outputs.first().ok_or_else(|| GraphError::unsupported("the model has no output"))?;
        let painted = picture(output, &self.card)?.resized(image.width(), image.height());
        let mut remembered = self.painted.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.push_front((image.clone(), painted.clone()));
        remembered.truncate(REMEMBERED);
        Ok(painted)
    }
}

/// The output as an image: values are scaled back like the card scaled the input.
fn picture(output: &Tensor, card: &ModelCard) -> Result<Image, GraphError> {
    let dims: &[usize] = &output.shape;
    let (height, width) = match (card.input.layout, dims) {
        (Layout::Nchw, [1, 3, height, width]) | (Layout::Nhwc, [1, height, width, 3]) => (*height, *width),
        _ => return Err(GraphError::unsupported(format!("the model's output {dims:?} is not an image"))),
    };
    let plane = width * height;
    if output.data.len() != plane * 3 {
        return Err(GraphError::unsupported(format!(
            "the model's output has {} numbers for {dims:?}",
            output.data.len()
        )));
    }
    let mut pixels = vec![0_u8; plane * 3];
    for at in 0..plane {
        for channel in 0..3 {
            let from =
                if card.input.layout == Layout::Nchw { channel * plane + at } else { at * 3 + channel };
            let value = output.data[from] * card.input.std[channel] + card.input.mean[channel];
            if !value.is_finite() {
                return Err(GraphError::unsupported(
                    "the model's output has values that are not finite (NaN or infinity)",
                ));
            }
            let to = if card.input.colors == Colors::Bgr { 2 - channel } else { channel };
            pixels[at * 3 + to] = value.round().clamp(0.0, 255.0) as u8;
        }
    }
    let size = (u32::try_from(width), u32::try_from(height));
    let (Ok(width), Ok(height)) = size else {
        return Err(GraphError::unsupported(format!("the model's output is too large: {dims:?}")));
    };
    Image::from_rgb(width, height, pixels)
        .ok_or_else(|| GraphError::unsupported(format!("the model's output is an empty image: {dims:?}")))
}
