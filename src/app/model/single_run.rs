//! Trying the loaded model on something that is in no recording: a text, a file, the sample at the playhead.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::anyhow;

use crate::app::explore::input::InputSource;
use crate::app::jobs::JobKind;
use crate::app::{App, NoRecording, OpenProject};
use crate::base::progress::Progress;
use crate::clips;
use crate::data::image::Image;
use crate::data::input::{Input, Medium};
use crate::data::prediction::Prediction;
use crate::imaging::look::Look;
use crate::inference::Tensor;
use crate::inference::model::Model;

/// Input of a single run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// A text.
    Text(String),
    /// The first sample of a file that fits the model.
    File(PathBuf),
    /// The sample at the playhead.
    Here,
}

/// One output of the graph in numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// Its name.
    pub name: String,
    /// Its shape for this input.
    pub shape: Vec<usize>,
    /// Least, mean and greatest value; none if it is empty.
    pub range: Option<[f32; 3]>,
}

/// Result of a single run.
#[derive(Clone, Debug, PartialEq)]
pub struct SingleRun {
    /// The input, as an image.
    pub picture: Image,
    /// The prediction, with boxes in pixels of that image.
    pub answer: Prediction,
    /// The outputs that it was made of.
    pub outputs: Vec<Output>,
    /// Duration of preprocessing, inference and decoding, in seconds.
    pub seconds: f64,
}

fn run(model: &Model, input: &Input) -> anyhow::Result<SingleRun> {
    let outputs = model.outputs(&model.prepared(input)?)?;
    let begun = Instant::now();
    let answer = model.run(input)?;
    let seconds = begun.elapsed().as_secs_f64();
    let look = Look::of(input);
    let output = |tensor: &Tensor| {
        let (least, most) =
            tensor.data.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(a, b), v| (a.min(*v), b.max(*v)));
        let sum: f64 = tensor.data.iter().map(|v| f64::from(*v)).sum();
        let mean = (sum / tensor.data.len().max(1) as f64) as f32;
        let range = (!tensor.data.is_empty()).then_some([least, mean, most]);
        Output { name: tensor.name.clone(), shape: tensor.shape.clone(), range }
    };
    Ok(SingleRun {
        picture: look.draw(input),
        answer: look.place(&answer),
        outputs: outputs.iter().map(output).collect(),
        seconds,
    })
}

/// The first sample of a file that fits a model.
fn first(path: &Path, model: &Model) -> anyhow::Result<Input> {
    let clip = clips::open(path)?;
    clip.index(&Progress::default())?;
    let (info, reach) = (clip.info(), model.reach());
    let found = info.asked(model.medium(), &reach);
    let (channel, _) =
        found.first().ok_or_else(|| anyhow!("it holds no {}: {}", model.medium().title(), path.display()))?;
    Ok(clip.reached(*channel, 0, &reach)?)
}

impl OpenProject {
    fn here(&self, model: &Model) -> anyhow::Result<InputSource> {
        let channel = self.playback.camera.ok_or(NoRecording)?;
        if self.medium() != model.medium() && model.medium() != Medium::Signals {
            return Err(anyhow!(
                "the active channel holds {}, the model takes {}",
                self.medium().title(),
                model.medium().title()
            ));
        }
        self.input_source(channel, Some(model))
            .map(|(_, source)| source)
            .ok_or_else(|| anyhow!("nothing is decoded here yet"))
    }
}

impl App {
    /// Run the loaded model once, beside everything else.
    pub(in crate::app) fn run_once(&mut self, about: About) -> anyhow::Result<()> {
        let model =
            Arc::clone(self.open.models.loaded.as_ref().ok_or_else(|| anyhow!("load a model first"))?);
        let here = if about == About::Here { Some(self.open.here(&model)?) } else { None };
        self.open.models.single_run = None;
        self.jobs.spawn(JobKind::SingleRun, "Running the model", move |_, outbox| {
            let input = match (about, here) {
                (About::Text(text), _) => Ok(Input::Text(text.into())),
                (About::File(path), _) => first(&path, &model),
                (About::Here, Some(source)) => source.input().map_err(Into::into),
                (About::Here, None) => Err(anyhow!("there is nothing at the playhead")),
            };
            let found = input.and_then(|input| run(&model, &input));
            let found = found.map_err(|err| crate::base::errors::told(&err));
            let found = found.map(Arc::new);
            outbox.send(move |app| app.open.models.single_run = Some(found));
            Ok(())
        });
        Ok(())
    }
}
