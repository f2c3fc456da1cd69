//! The model under attack and the images that are attacked.

use std::sync::{Arc, OnceLock};

use crate::base::rng::Rng;
use crate::data::image::Image;
use crate::data::input::{Input, Medium};
use crate::data::prediction::{Prediction, Task};
use crate::inference::card::Colors;
use crate::inference::error::GraphError;
use crate::inference::gradients::error::GradientError;
use crate::inference::gradients::passage::Passage;
use crate::inference::gradients::plan::Plan;
use crate::inference::gradients::session::Session;
use crate::inference::model::Model;
use crate::inference::{ModelError, Tensor};
use crate::robustness::attacks::answer::Answer;
use crate::robustness::attacks::error::AttackError;
use crate::robustness::attacks::goal::Goal;

/// Images that are asked about together where there is no plan; few, so that a stop loses little.
const TOGETHER: usize = 4;
/// Difference of the outputs of plan and model, in parts of the largest, from which the plan is not that of the model.
const APART: f64 = 1e-2;

/// Seed of the random image by which a plan is compared with the model.
const PROBE: u64 = 0x706c_616e;

/// Largest difference of two outputs in parts of the largest number; numbers that only one of them has are infinitely far.
fn apart(own: &[f32], model: &[f32]) -> f64 {
    if own.len() != model.len() {
        return f64::INFINITY;
    }
    let finite = model.iter().filter(|value| value.is_finite());
    let most = finite.fold(1e-6_f32, |most, value| most.max(value.abs()));
    let pairs = own.iter().zip(model);
    pairs.fold(0.0, |gap, (own, value)| {
        let same = own.is_nan() && value.is_nan() || own.to_bits() == value.to_bits();
        let apart = f64::from((own - value).abs() / most);
        if same { gap } else { gap.max(if apart.is_nan() { f64::INFINITY } else { apart }) }
    })
}

/// A model under attack.
pub struct Subject<'a> {
    /// The model, on the backend that the user runs.
    pub model: &'a Model,
    /// Its input: name and shape.
    template: Tensor,
    plan: OnceLock<Result<Plan, Arc<GradientError>>>,
    /// Difference of the outputs of plan and model.
    gap: OnceLock<f64>,
}

impl<'a> Subject<'a> {
    /// A classifier or detector of images.
    pub fn new(model: &'a Model) -> Result<Self, AttackError> {
        if model.medium() != Medium::Image || model.card.window.is_some() {
            let takes =
                if model.card.window.is_some() { "windows of frames" } else { model.medium().title() };
            return Err(AttackError::Medium { takes });
        }
        if !matches!(model.task(), Task::Classes | Task::Objects) {
            return Err(AttackError::Task { decoder: model.card.decoder.clone() });
        }
        let gray = Image::filled(model.card.input.width, model.card.input.height, [128; 3]);
        let prepared = model.prepared(&Input::Image(gray))?;
        let template = prepared.into_iter().next().ok_or_else(|| ModelError::Run {
            source: Box::new(GraphError::unsupported("the model has no input")),
            path: model.path.clone(),
        })?;
        Ok(Self { model, template, plan: OnceLock::new(), gap: OnceLock::new() })
    }

    /// The plan of its gradients; an error names an operator without one.
    pub fn plan(&self) -> Result<&Plan, AttackError> {
        let made = self.plan.get_or_init(|| {
            Plan::new(&self.model.path, std::slice::from_ref(&self.template)).map_err(Arc::new)
        });
        let plan = made.as_ref().map_err(|source| AttackError::Gradient { source: Arc::clone(source) })?;
        let gap = if let Some(gap) = self.gap.get() {
            *gap
        } else {
            let gap = self.gap(plan)?;
            *self.gap.get_or_init(|| gap)
        };
        if gap > APART {
            return Err(AttackError::OtherNumbers { path: self.model.path.display().to_string(), gap });
        }
        Ok(plan)
    }

    /// Largest difference of an output of the plan and of the model, in parts of the largest output: for the template, and for
    /// random numbers in its place, since a gray image is no more than zero to many models.
    fn gap(&self, plan: &Plan) -> Result<f64, AttackError> {
        let card = &self.model.card.input;
        let mut rng = Rng::split(PROBE, 0);
        let count = (card.width * card.height * 3) as usize;
        let noise = (0..count).map(|_| rng.bits() as u8).collect();
        let noise = Image::from_rgb(card.width, card.height, noise);
        let random = noise.map(|noise| self.model.prepared(&Input::Image(noise))).transpose()?;
        let random = random.into_iter().flatten().next();
        let mut session = Session::new(plan);
        let mut gap = 0.0_f64;
        for probe in std::iter::once(&self.template).chain(&random) {
            session.forward(&[&probe.data])?;
            let outputs = self.model.outputs(std::slice::from_ref(probe))?;
            for (at, shape) in plan.outputs().iter().enumerate() {
                // An output that the model does not have is none of its numbers.
                let Some(output) = outputs.iter().find(|output| output.name == shape.name) else {
                    return Ok(f64::INFINITY);
                };
                gap = gap.max(apart(&session.output(at, 0), &output.data));
            }
        }
        Ok(gap)
    }

    /// Number of images that are best attacked together; the same on every number of threads.
    pub fn together(&self, gradients: bool) -> usize {
        let planned = self.plan.get().and_then(|plan| plan.as_ref().ok());
        planned.filter(|_| gradients).map_or(TOGETHER, Plan::images)
    }

    /// The model's input for an image given as numbers.
    fn prepared(&self, shot: &Shot, numbers: &[f32]) -> Tensor {
        Tensor { data: shot.passage.forward(numbers), ..self.template.clone() }
    }

    /// Asks the model, in numbers and not in bytes, about one image each.
    pub(super) fn answers(&self, asked: &[(&Shot, &[f32])]) -> Result<Vec<Answer>, AttackError> {
        let inputs: Vec<Vec<Tensor>> =
            asked.iter().map(|(shot, numbers)| vec![self.prepared(shot, numbers)]).collect();
        let outputs = self.model.outputs_of(&inputs)?;
        let answer = |((shot, _), outputs): (&(&Shot, &[f32]), &Vec<Tensor>)| {
            shot.goal.answer(self.model, outputs, shot.image.size()).map_err(AttackError::from)
        };
        asked.iter().zip(&outputs).map(answer).collect()
    }

    /// The prediction for an image as a file holds it, through the whole preprocessing.
    pub fn predict(&self, image: &Image) -> Result<Prediction, ModelError> {
        self.model.run(&Input::Image(image.clone()))
    }
}

/// An image that is attacked.
pub struct Shot {
    /// The image.
    pub image: Image,
    /// Its numbers: planes of 0 to 1, three or, if gray, one.
    pub start: Vec<f32>,
    /// Goal of the attack.
    pub goal: Goal,
    /// Seed of its own.
    pub seed: u64,
    passage: Passage,
}

impl Shot {
    /// An image with a goal.
    pub fn new(subject: &Subject<'_>, image: Image, goal: Goal, seed: u64) -> Self {
        let card = &subject.model.card.input;
        let gray = card.colors == Colors::Gray
            && image.pixels().as_chunks::<3>().0.iter().all(|[r, g, b]| r == g && g == b);
        let passage = Passage::new(image.size(), card, gray);
        let start = (0..passage.planes())
            .flat_map(|c| image.pixels().iter().skip(c).step_by(3).map(|value| f32::from(*value) / 255.0))
            .collect();
        Self { image, start, goal, seed, passage }
    }

    /// Width, height and number of planes.
    pub fn shape(&self) -> (usize, usize, usize) {
        (self.image.width() as usize, self.image.height() as usize, self.passage.planes())
    }

    /// The image of numbers that are whole in 255ths.
    pub fn image_of(&self, numbers: &[f32]) -> Image {
        let (width, height, planes) = self.shape();
        let byte = |value: f32| (value * 255.0).round().clamp(0.0, 255.0) as u8;
        let count = width * height;
        let pixels = (0..count * 3)
            .map(|at| byte(numbers[at / 3 + if planes == 1 { 0 } else { at % 3 * count }]))
            .collect();
        Image::from_rgb(self.image.width(), self.image.height(), pixels).unwrap_or_else(|| self.image.clone())
    }

    /// The change of an image by its numbers.
    pub fn change(&self, numbers: &[f32]) -> impl Iterator<Item = f32> {
        numbers.iter().zip(&self.start).map(|(value, start)| value - start)
    }
}

/// Slope of a goal at an image.
pub(in crate::robustness) struct Slope {
    /// The derivative by each number of the image.
    pub(in crate::robustness) gradient: Vec<f32>,
    /// False if it holds what is no number.
    pub(in crate::robustness) finite: bool,
}

/// Gradients of several images at once.
pub(in crate::robustness) struct Slopes<'a> {
    subject: &'a Subject<'a>,
    session: Session<'a>,
    outputs: usize,
}

impl<'a> Slopes<'a> {
    pub(in crate::robustness) fn new(subject: &'a Subject<'a>) -> Result<Self, AttackError> {
        let plan = subject.plan()?;
        Ok(Self { subject, session: Session::new(plan), outputs: plan.outputs().len() })
    }

    /// Runs the model on several images.
    pub(super) fn forward(&mut self, shots: &[&Shot], numbers: &[&[f32]]) -> Result<(), AttackError> {
        let inputs: Vec<Vec<f32>> =
            shots.iter().zip(numbers).map(|(shot, numbers)| shot.passage.forward(numbers)).collect();
        let inputs: Vec<&[f32]> = inputs.iter().map(Vec::as_slice).collect();
        Ok(self.session.forward(&inputs)?)
    }

    /// The outputs of an image of the last run.
    pub(super) fn outputs(&self, image: usize) -> Vec<Vec<f32>> {
        (0..self.outputs).map(|output| self.session.output(output, image)).collect()
    }

    /// The derivatives by the images of the last run, from those by their outputs.
    pub(super) fn backward(
        &mut self,
        shots: &[&Shot],
        seeds: &[Vec<Vec<f32>>],
    ) -> Result<Vec<Slope>, AttackError> {
        let found = self.session.backward(seeds)?;
        let slope = |(shot, above): (&&Shot, Vec<f32>)| {
            let mut gradient = shot.passage.back(&above);
            let mut finite = true;
            for value in gradient.iter_mut().filter(|value| !value.is_finite()) {
                // The other numbers can still be followed.
                (*value, finite) = (0.0, false);
            }
            Slope { gradient, finite }
        };
        Ok(shots.iter().zip(found).map(slope).collect())
    }

    /// The slopes of the goals of several images: the way in which they are reached.
    pub(in crate::robustness) fn of(
        &mut self,
        shots: &[&Shot],
        numbers: &[&[f32]],
    ) -> Result<Vec<Slope>, AttackError> {
        self.forward(shots, numbers)?;
        let shapes = self.subject.plan()?.outputs();
        let seed = |(image, shot): (usize, &&Shot)| shot.goal.seeds(&self.outputs(image), &shapes);
        let seeds: Vec<Vec<Vec<f32>>> = shots.iter().enumerate().map(seed).collect();
        self.backward(shots, &seeds)
    }
}
