//! Price of long work: its number of predictions and its time, told before it starts.

use std::path::Path;
use std::sync::Arc;

use anyhow::anyhow;

use crate::app::evaluate::command::EvaluateCommand;
use crate::app::findings::command::FindingsCommand;
use crate::app::findings::moments::MineCommand;
use crate::app::jobs::JobKind;
use crate::app::{App, NoRecording};
use crate::base::errors::told;
use crate::base::text::{grouped, lasting};
use crate::evaluation::gather;
use crate::evaluation::terms::Terms;
use crate::inference::model::Model;
use crate::mining::finding::Effort;
use crate::predictions::source::Source;
use crate::search::sweep::plan::Plan;

/// Seconds from which on somebody decides before the work starts.
const LONG_SECS: f64 = 120.0;
/// Predictions of the sample that is offered in its place.
pub const SAMPLE: usize = 500;
/// Inputs whose latency is measured where none is known.
const MEASURED: usize = 3;

/// Work that runs the model many times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// A sweep of the stack.
    Stack,
    /// A sweep of all transforms.
    AllTransforms,
    /// A coverage-guided search.
    Search,
    /// The same search with its budget again.
    SearchOn,
    /// The evaluation of the model.
    Evaluation,
    /// Mining with finders that run the model.
    Mining,
}

/// About the price of long work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriceCommand {
    /// Starts work that is short; of long work the price is shown first.
    Ask(Work),
    /// Starts the work whose price is shown.
    Start {
        /// True for a sample of it.
        sample: bool,
    },
    /// Leaves it.
    Decline,
}

/// Work whose price is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Offer {
    /// The work.
    pub work: Work,
    /// Number of predictions that are not cached.
    pub predictions: usize,
    /// Predictions in a second.
    pub rate: f64,
}

impl Offer {
    /// Time it takes in seconds.
    pub fn secs(&self) -> f64 {
        self.predictions as f64 / self.rate.max(1e-9)
    }

    /// The price in a sentence.
    pub fn text(&self) -> String {
        format!(
            "{} predictions, about {} at {:.1}/s",
            grouped(self.predictions),
            lasting(self.secs()),
            self.rate
        )
    }
}

impl App {
    pub(super) fn price(&mut self, command: PriceCommand) -> anyhow::Result<()> {
        match command {
            PriceCommand::Ask(work) => self.ask_price(work),
            PriceCommand::Decline => {
                self.open.offer = None;
                Ok(())
            }
            PriceCommand::Start { sample } => {
                let offer = self.open.offer.take().ok_or_else(|| anyhow!("nothing waits for its start"))?;
                self.start_work(offer.work, sample)
            }
        }
    }

    fn ask_price(&mut self, work: Work) -> anyhow::Result<()> {
        self.open.offer = None;
        let imported = self.open.evaluate.imported.is_some() && work == Work::Evaluation;
        let Some(model) = self.open.models.loaded.clone().filter(|_| !imported) else {
            // Predictions from a file cost nothing, and without a model the work itself says what it needs.
            return self.start_work(work, false);
        };
        let counted = match work {
            Work::Evaluation => None,
            Work::Stack => Some(self.sweep_size(&self.open.stack_plan()?)?),
            Work::AllTransforms => Some(self.sweep_size(&self.open.all_plan()?)?),
            Work::Mining => Some(self.open.mining_predictions()?),
            Work::Search | Work::SearchOn => Some(2 * self.open.findings.settings.tries.max(1)),
        };
        let place = self.project().map(|project| project.folder.clone());
        let terms = self.open.evaluate.terms.clone();
        let clip = self.open.clip.as_ref().map(|open| Arc::clone(&open.clip));
        let camera = self.open.playback.camera;
        let threads = if work == Work::Evaluation { Self::threads() } else { Self::spare_threads() };
        self.jobs.spawn(JobKind::Price, "Measuring the model", move |_, outbox| {
            let inputs = || {
                let (clip, camera) = clip.as_ref().zip(camera)?;
                let count = clip.times(camera).len();
                Some((0..MEASURED.min(count)).map(move |i| (clip, camera, i * count / MEASURED)))
            };
            for (clip, camera, frame) in inputs().into_iter().flatten() {
                if model.latency().count() >= MEASURED as u64 {
                    break;
                }
                let input = clip.reached(camera, frame, &model.reach());
                // Inputs that cannot be read or predicted are told by the work itself.
                drop(input.map(|input| model.run(&input)));
            }
            let predictions = match counted {
                Some(count) => count,
                None => unpredicted(place.as_deref(), &model, &terms)?,
            };
            let offer = Offer { work, predictions, rate: rate_of(&model, threads) };
            outbox.send(move |app| app.take_price(offer));
            Ok(())
        });
        Ok(())
    }

    fn take_price(&mut self, offer: Offer) {
        if offer.secs() > LONG_SECS {
            self.open.offer = Some(offer);
        } else if let Err(err) = self.start_work(offer.work, false) {
            self.notices.error(told(&err));
        }
    }

    fn start_work(&mut self, work: Work, sample: bool) -> anyhow::Result<()> {
        self.open.findings.sample = sample.then_some(SAMPLE);
        let outcome = match work {
            Work::Stack => self.find(FindingsCommand::Sweep),
            Work::AllTransforms => self.find(FindingsCommand::SweepAll),
            Work::Search => self.find(FindingsCommand::Search),
            Work::SearchOn => self.find(FindingsCommand::SearchOn),
            Work::Evaluation if sample => self.evaluate(EvaluateCommand::RunSample(SAMPLE)),
            Work::Evaluation => self.evaluate(EvaluateCommand::Run),
            Work::Mining => self.mine(MineCommand::Mine(Effort::Models)),
        };
        self.open.findings.sample = None;
        outcome
    }

    /// Number of predictions of a sweep: each frame as it is, and every variant of it.
    fn sweep_size(&self, plan: &Plan) -> anyhow::Result<usize> {
        let variants = plan.variants(&self.open.models.catalog)?.len();
        let frames = self.open.playback.times.len().div_ceil(self.open.every().max(1));
        Ok(frames * (variants + 1))
    }
}

/// Predictions in a second on this many threads, from the latency so far.
fn rate_of(model: &Model, threads: usize) -> f64 {
    threads as f64 / model.latency().quantile(0.5).max(1e-6)
}

/// Number of labeled samples of a project that the model has not predicted yet.
fn unpredicted(folder: Option<&Path>, model: &Arc<Model>, terms: &Terms) -> anyhow::Result<usize> {
    let folder = folder.ok_or(NoRecording)?;
    gather::unpredicted(folder, &Source::Model(Arc::clone(model)), terms)
}
