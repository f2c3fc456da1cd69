//! A loaded model: its graph, its card and its identity.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::base::files::sha256_hex;
use crate::base::inputs::{InputKind, read as read_file};
use crate::base::latency::Latency;
use crate::data::geometry::box2::Box2;
use crate::data::geometry::objects::Detection;
use crate::data::geometry::shape::Keypoint;
use crate::data::image::Image;
use crate::data::input::{Input, Medium};
use crate::data::prediction::{ClassScore, NamedValue, Prediction, Task};
use crate::data::time::window::Reach;
use crate::inference::backend::{Backend, ELSEWHERE};
use crate::inference::batches::{self, Batch};
use crate::inference::card::ModelCard;
use crate::inference::decoders::{self, Candidate, Decoded, DecoderKind, Prototypes, class_masks};
use crate::inference::error::GraphError;
use crate::inference::fit::CardError;
use crate::inference::functions::{self, Function};
use crate::inference::inputs::{self, Inputs, Placed, Unfit};
use crate::inference::onnx_file::{self, OnnxInfo};
use crate::inference::preprocess::Placement;
use crate::inference::texts::Tokens;
use crate::inference::{Graph, ModelError, Tensor, fetched, guess, preprocess};

/// Maximum number of classes of a classification.
const TOP_CLASSES: usize = 10;

/// A loaded model. It may be run from several threads at once.
pub struct Model {
    /// Path of its file.
    pub path: PathBuf,
    /// Its inputs and outputs.
    pub card: ModelCard,
    /// True if the card was guessed because there was none.
    pub card_guessed: bool,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Description from its file or its server.
    pub info: OnnxInfo,
    /// Size of the file in bytes; `None` for a model on a server.
    pub size: Option<u64>,
    /// Backend that runs it.
    pub backend: Backend,
    decoder: &'static DecoderKind,
    batch: Batch,
    inputs: Inputs,
    graph: Arc<dyn Graph>,
    latency: Mutex<Latency>,
    /// The same model on other backends, by their ids.
    elsewhere: Mutex<BTreeMap<String, Arc<Self>>>,
}

impl Model {
    /// Loads a model with the card beside it, or with a guessed one.
    pub fn load(path: &Path, backend: impl Into<Backend>, threads: usize) -> Result<Self, ModelError> {
        let path = &*fetched::local(path)?;
        let card = ModelCard::beside(path)?;
        Self::load_with(path, card, backend, threads)
    }

    /// Loads a model with this card, or with a guessed one.
    pub fn load_with(
        path: &Path,
        card: Option<ModelCard>,
        backend: impl Into<Backend>,
        threads: usize,
    ) -> Result<Self, ModelError> {
        let backend = backend.into();
        let path = &*fetched::local(path)?;
        if let Some(function) = functions::registered(path) {
            return Self::of_function(path, &function);
        }
        let refused = |err| ModelError::Load {
            backend: backend.title.clone(),
            source: Box::new(err),
            path: path.to_owned(),
        };
        let (graph, mut info, sha256, size) = if let Some(remote) = backend.remote(path) {
            let remote = remote.map_err(refused)?;
            // The file of a served model is its identity if it is available.
            let identity = if path.is_file() { read(path)? } else { remote.identity.into_bytes() };
            (remote.graph, remote.info, sha256_hex(&identity), None)
        } else {
            let bytes = read(path)?;
            let info = onnx_file::parse(&bytes)
                .map_err(|source| ModelError::NotOnnx { source, path: path.to_owned() })?;
            let size = bytes.len() as u64;
            (backend.graph(path, threads).map_err(refused)?, info, sha256_hex(&bytes), Some(size))
        };
        let card_guessed = card.is_none();
        let card = if let Some(card) = card {
            card
        } else {
            guess::complete(&mut info, &*graph);
            guess::card(&info, path)?
        };
        let contradiction =
            |err: CardError| ModelError::Contradiction { problem: err.to_string(), path: path.to_owned() };
        let decoder = check(&card, &info).map_err(contradiction)?;
        let inputs = Inputs::new(path, &card, &info).map_err(contradiction)?;
        let first = info.inputs.iter().find(|input| input.name == card.input.name);
        let first = first.and_then(|input| input.shape.first().copied().flatten());
        let first = if inputs.unbatched { Some(1) } else { first };
        let batch = Batch::of(first, backend.settings.batch).map_err(refused)?;
        Ok(Self {
            path: path.to_owned(),
            card,
            card_guessed,
            sha256,
            info,
            size,
            backend,
            decoder,
            batch,
            inputs,
            graph,
            latency: Mutex::default(),
            elsewhere: Mutex::default(),
        })
    }

    /// A function of this process as a model. Its own card is the one that it was written for, so no other counts.
    fn of_function(path: &Path, function: &Function) -> Result<Self, ModelError> {
        let card = function.card.clone();
        let contradiction =
            |err: CardError| ModelError::Contradiction { problem: err.to_string(), path: path.to_owned() };
        let info = functions::described(&card).map_err(contradiction)?;
        let decoder = check(&card, &info).map_err(contradiction)?;
        let inputs = Inputs::new(path, &card, &info).map_err(contradiction)?;
        Ok(Self {
            path: path.to_owned(),
            card,
            card_guessed: false,
            sha256: function.sha256.clone(),
            info,
            size: None,
            backend: Backend::caller(&function.title, function.batch),
            decoder,
            batch: Batch::UpTo(function.batch.max(1)),
            inputs,
            graph: Arc::clone(&function.graph),
            latency: Mutex::default(),
            elsewhere: Mutex::default(),
        })
    }

    /// The same model, with the same card, on another backend; loaded once.
    pub fn on(&self, backend: &Backend) -> Result<Arc<Self>, ModelError> {
        if self.backend.is_caller() {
            let source = Box::new(GraphError::unsupported(ELSEWHERE));
            return Err(ModelError::Load { backend: backend.title.clone(), source, path: self.path.clone() });
        }
        let mut known = self.elsewhere.lock().unwrap_or_else(PoisonError::into_inner);
        // The card may have been corrected since.
        if let Some(loaded) = known.get(&backend.id).filter(|loaded| loaded.card == self.card) {
            return Ok(Arc::clone(loaded));
        }
        let loaded = Arc::new(Self::load_with(&self.path, Some(self.card.clone()), backend, 1)?);
        known.insert(backend.id.clone(), Arc::clone(&loaded));
        Ok(loaded)
    }

    /// The model's prediction for an image; boxes in pixels of that image.
    pub fn predict(&self, image: &Image) -> Result<Prediction, ModelError> {
        self.run(&Input::Image(image.clone()))
    }

    /// The model's prediction for an input; boxes in pixels of an image, in meters of a cloud's frame.
    pub fn run(&self, input: &Input) -> Result<Prediction, ModelError> {
        let begun = Instant::now();
        let (prepared, placement) = self.placed(input)?;
        let answer = self.decoded(&self.outputs(&prepared)?, placement)?;
        self.took(begun, 1);
        Ok(answer)
    }

    /// Duration of a run from the input to its prediction.
    pub fn timed(&self, input: &Input) -> Result<Duration, ModelError> {
        let begun = Instant::now();
        self.run(input)?;
        Ok(begun.elapsed())
    }

    /// Latencies so far, from the input to the prediction; in batches divided by their size.
    pub fn latency(&self) -> Latency {
        self.latency.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn took(&self, begun: Instant, answers: usize) {
        let each = begun.elapsed().as_secs_f64() / answers.max(1) as f64;
        let mut latency = self.latency.lock().unwrap_or_else(PoisonError::into_inner);
        (0..answers).for_each(|_| latency.add(each));
    }

    /// The predictions for many inputs, in batches as set for the backend.
    pub fn run_all(&self, inputs: &[&Input]) -> Vec<Result<Prediction, ModelError>> {
        let mut answers = Vec::with_capacity(inputs.len());
        for part in inputs.chunks(self.batch.most()) {
            let begun = Instant::now();
            let prepared: Result<Vec<_>, ModelError> = part.iter().map(|input| self.placed(input)).collect();
            let together = prepared.and_then(|prepared| {
                let (tensors, placed): (Vec<Vec<Tensor>>, Vec<_>) = prepared.into_iter().unzip();
                let outputs = self.outputs_of(&tensors)?;
                Ok(outputs.into_iter().zip(placed).map(|(o, at)| self.decoded(&o, at)).collect::<Vec<_>>())
            });
            match together {
                Ok(found) => {
                    self.took(begun, part.len());
                    answers.extend(found);
                }
                // An input that fails is separated from the rest of its batch.
                Err(_) => answers.extend(part.iter().map(|input| self.run(input))),
            }
        }
        answers
    }

    /// Placement of an image of this size in the input.
    pub fn placement(&self, size: (u32, u32)) -> Placement {
        preprocess::placement(size, &self.card.input)
    }

    /// Maximum batch size.
    pub fn batch(&self) -> usize {
        self.batch.most()
    }

    /// The inputs of the graph after the card's preprocessing, the card's own input first.
    pub fn prepared(&self, input: &Input) -> Result<Vec<Tensor>, ModelError> {
        self.placed(input).map(|(prepared, _)| prepared)
    }

    fn placed(&self, input: &Input) -> Result<(Vec<Tensor>, Option<Placed>), ModelError> {
        self.inputs.of(input, &self.card).map_err(|unfit| match unfit {
            Unfit::Other(given) => self.wants(given),
            Unfit::Problem(source) => ModelError::Input { source, path: self.path.clone() },
        })
    }

    /// The tokenizer of a model that reads texts.
    pub fn tokens(&self) -> Option<&Tokens> {
        self.inputs.tokens()
    }

    /// The graph's raw outputs.
    pub fn outputs(&self, prepared: &[Tensor]) -> Result<Vec<Tensor>, ModelError> {
        let all = self.outputs_of(std::slice::from_ref(&prepared))?;
        Ok(all.into_iter().next().unwrap_or_default())
    }

    /// The graph's raw outputs for each of several inputs, in batches as the backend's settings allow.
    pub fn outputs_of(&self, prepared: &[impl AsRef<[Tensor]>]) -> Result<Vec<Vec<Tensor>>, ModelError> {
        let mut outputs = Vec::with_capacity(prepared.len());
        // Texts have different lengths; consecutive ones of equal length share a batch.
        let alike = |a: &[Tensor], b: &[Tensor]| a.iter().map(|t| &t.shape).eq(b.iter().map(|t| &t.shape));
        let parts = prepared.chunk_by(|a, b| alike(a.as_ref(), b.as_ref()));
        for part in parts.flat_map(|part| part.chunks(self.batch.most())) {
            let part: Vec<&[Tensor]> = part.iter().map(AsRef::as_ref).collect();
            let run = batches::run(&*self.graph, &part, self.batch);
            outputs.extend(
                run.map_err(|err| ModelError::Run { source: Box::new(err), path: self.path.clone() })?,
            );
        }
        Ok(outputs)
    }

    /// Identity of the model: its file and the files beside it that affect its predictions.
    pub fn identity(&self) -> String {
        self.inputs.beside().map_or_else(
            || self.sha256.clone(),
            |beside| sha256_hex(format!("{}\n{}", self.sha256, sha256_hex(beside)).as_bytes()),
        )
    }

    /// The prediction in raw outputs for an image of this size; boxes in pixels of that image.
    pub fn read(&self, outputs: &[Tensor], size: (u32, u32)) -> Result<Prediction, ModelError> {
        self.decoded(outputs, Some((size, self.placement(size))))
    }

    /// Window that the model needs.
    pub fn reach(&self) -> Reach {
        self.card.reach()
    }

    /// Medium of the model.
    pub fn medium(&self) -> Medium {
        self.card.medium()
    }

    fn wants(&self, given: Medium) -> ModelError {
        ModelError::WrongInput { wants: self.medium().title(), given: given.title(), path: self.path.clone() }
    }

    /// Decodes the graph's outputs; boxes are moved to the image's own coordinates.
    fn decoded(&self, outputs: &[Tensor], picture: Option<Placed>) -> Result<Prediction, ModelError> {
        self.all_finite(outputs)?;
        let decoded = (self.decoder.decode)(outputs, &self.card)
            .map_err(|err| ModelError::Contradiction { problem: err.to_string(), path: self.path.clone() })?;
        Ok(match decoded {
            Decoded::Classes(scores) => {
                let mut top: Vec<ClassScore> = scores
                    .iter()
                    .enumerate()
                    .map(|(i, score)| ClassScore { class: self.card.label(i), score: *score })
                    .collect();
                top.sort_by(|a, b| b.score.total_cmp(&a.score));
                top.truncate(TOP_CLASSES);
                Prediction::Classes { top }
            }
            Decoded::Objects(candidates) => self.objects(candidates, None, self.in_picture(picture)?),
            Decoded::Masked(candidates, maps) => {
                self.objects(candidates, Some(&maps), self.in_picture(picture)?)
            }
            Decoded::Cells(cells) => {
                let (size, placement) = self.in_picture(picture)?;
                Prediction::Segments { segments: class_masks(&cells, &self.card, size, placement) }
            }
            Decoded::Vector(vector) => Prediction::Vector { vector },
            Decoded::Solids(candidates) => {
                Prediction::Objects { objects: decoders::suppressed_in_space(candidates, &self.card) }
            }
            Decoded::Values(numbers) => {
                let named = |(i, value)| {
                    let name = self.card.label(i);
                    let unit = self.card.units.get(i).cloned().unwrap_or_default();
                    NamedValue { lateral: self.card.lateral.contains(&name), name, value, unit }
                };
                Prediction::Values { values: numbers.into_iter().enumerate().map(named).collect() }
            }
        })
    }

    fn in_picture(&self, picture: Option<Placed>) -> Result<Placed, ModelError> {
        picture.ok_or_else(|| {
            let problem = format!("its decoder needs images, the model takes {}", self.medium().title());
            ModelError::Contradiction { problem, path: self.path.clone() }
        })
    }

    /// Objects in coordinates of the image.
    fn objects(&self, candidates: Vec<Candidate>, maps: Option<&Prototypes>, placed: Placed) -> Prediction {
        let (size, placement) = placed;
        let chosen = decoders::chosen(candidates, &self.card, self.decoder.doubles);
        let detection = |candidate: Candidate| {
            let bbox = placement.to_picture(&candidate.bbox).clipped(size.0, size.1);
            let keypoint = |point: &Keypoint| {
                let at = Box2 { x0: point.x, y0: point.y, x1: point.x, y1: point.y };
                let at = placement.to_picture(&at);
                Keypoint { x: at.x0, y: at.y0, ..*point }
            };
            Detection {
                mask: maps.map(|maps| maps.mask(&candidate, &self.card, size, placement)),
                keypoints: candidate.keypoints.iter().map(keypoint).collect(),
                ..Detection::flat(self.card.label(candidate.class), candidate.score, bbox)
            }
        };
        let objects = chosen.into_iter().map(detection).filter(|object| object.bbox.valid());
        Prediction::Objects { objects: objects.collect() }
    }

    /// Task of its predictions.
    pub fn task(&self) -> Task {
        self.decoder.task
    }

    fn all_finite(&self, outputs: &[Tensor]) -> Result<(), ModelError> {
        for output in outputs {
            let count = output.data.iter().filter(|value| !value.is_finite()).count();
            if count > 0 {
                return Err(ModelError::NotFinite {
                    output: output.name.clone(),
                    count,
                    path: self.path.clone(),
                });
            }
        }
        Ok(())
    }
}

fn read(path: &Path) -> Result<Vec<u8>, ModelError> {
    read_file(path, InputKind::Model).map_err(|source| ModelError::Io { path: path.to_owned(), source })
}

/// Checks the card against the model; returns its decoder.
fn check(card: &ModelCard, info: &OnnxInfo) -> Result<&'static DecoderKind, CardError> {
    let decoder =
        decoders::kind(&card.decoder).ok_or_else(|| CardError::outputs(decoders::unknown(&card.decoder)))?;
    card.problem().map_or(Ok(()), |problem| Err(CardError::section(problem)))?;
    inputs::check(card, info)?;
    if card.labels.is_empty() && decoder.task != Task::Vector {
        return Err(CardError::outputs("the card has no classes"));
    }
    if card.decoder == "classes"
        && let Some(count) = info.outputs.first().and_then(|output| per_image(&output.shape))
        && count != card.labels.len() as u64
    {
        return Err(CardError::outputs(format!(
            "the card has {} classes, the model has {count}",
            card.labels.len()
        )));
    }
    Ok(decoder)
}

/// Numbers of an output for each image, if its shape is known; the first dimension is the batch.
fn per_image(shape: &[Option<u64>]) -> Option<u64> {
    let skipped = usize::from(shape.len() > 1);
    shape
        .iter()
        .skip(skipped)
        .copied()
        .try_fold(1_u64, |all, side| all.checked_mul(side?))
        .filter(|_| !shape.is_empty())
}
