//! The loaded model and its predictions along the recording.

mod along;
pub mod command;
pub mod differential;
pub mod failure;
pub(crate) mod isolation;
mod runtime;
pub mod saliency;
pub mod single_run;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::anyhow;

use crate::app::command::Command;
use crate::app::explore::command::ExploreCommand;
use crate::app::jobs::JobKind;
use crate::app::model::command::ModelCommand;
use crate::app::model::differential::DifferentialResult;
use crate::app::model::failure::ModelFailure;
use crate::app::model::saliency::SaliencyResult;
use crate::app::model::single_run::SingleRun;
use crate::app::replay::command::PlayCommand;
use crate::app::{App, OpenProject, Workspace};
use crate::base::errors::told;
use crate::base::files::relative_to;
use crate::base::text::quoted;
use crate::data::clip::ChannelId;
use crate::data::input::Medium;
use crate::data::prediction::Prediction;
use crate::data::time::window::Reach;
use crate::inference::backend::Backend;
use crate::inference::card::ModelCard;
use crate::inference::model::Model;
use crate::inference::served::is_endpoint;
use crate::predictions::image_models;
use crate::project::FileRef;
use crate::project::edit::Edit;
use crate::project::identity::Identity;
use crate::transforms::catalog::Catalog;

/// The model and its predictions.
#[derive(Default)]
pub struct Models {
    /// Transforms that stacks of this project may name: the built-in ones and those its files give.
    pub catalog: Arc<Catalog>,
    /// The loaded model.
    pub loaded: Option<Arc<Model>>,
    /// The model that could not be loaded or run.
    pub failed: Option<ModelFailure>,
    /// True if the card was guessed and should be shown for correction.
    pub check_card: bool,
    /// The predictions by camera and frame.
    answers: BTreeMap<(ChannelId, usize), Arc<Prediction>>,
    /// The frame at the playhead, from which predictions start.
    cursor: Arc<AtomicUsize>,
    /// Saliency map of one frame.
    pub saliency: Option<Arc<SaliencyResult>>,
    /// Result of the latest differential test.
    pub differential: Option<Arc<DifferentialResult>>,
    /// Result of the latest single run.
    pub single_run: Option<Result<Arc<SingleRun>, String>>,
    /// Counts predictions, so that a view knows when to draw its lane anew.
    pub generation: u64,
}

impl Models {
    /// None, with predictions counted from a number on.
    pub(super) fn counted_from(first: u64) -> Self {
        Self { generation: first, ..Self::default() }
    }

    /// The prediction for a frame of the open recording.
    pub fn answer(&self, camera: ChannelId, frame: usize) -> Option<&Arc<Prediction>> {
        self.answers.get(&(camera, frame))
    }

    /// The predictions for the frames `from..to` of a camera.
    pub fn answers(
        &self,
        camera: ChannelId,
        from: usize,
        to: usize,
    ) -> impl Iterator<Item = (usize, &Arc<Prediction>)> {
        self.answers.range((camera, from)..(camera, to)).map(|((_, frame), answer)| (*frame, answer))
    }

    /// Number of predicted frames of a camera.
    pub fn num_answers(&self, camera: ChannelId) -> usize {
        self.answers.range((camera, 0)..(camera, usize::MAX)).count()
    }

    pub(super) fn insert(&mut self, camera: ChannelId, frame: usize, answer: Prediction) {
        self.answers.insert((camera, frame), Arc::new(answer));
        self.generation += 1;
    }

    pub(super) fn forget_answers(&mut self) {
        self.answers.clear();
        self.saliency = None;
        self.generation += 1;
    }

    pub(super) fn unload(&mut self) {
        *self =
            Self { generation: self.generation + 1, catalog: Arc::clone(&self.catalog), ..Self::default() };
    }
}

impl OpenProject {
    /// Medium of the active channel.
    pub fn medium(&self) -> Medium {
        let open = self.clip.as_ref();
        let active = open.zip(self.playback.camera).and_then(|(open, channel)| open.info.channel(channel));
        active.and_then(|channel| channel.kind.medium()).unwrap_or(Medium::Image)
    }

    /// Lets the background work go on at the playhead.
    pub(super) fn follow_playhead(&self) {
        self.models.cursor.store(self.playback.frame(), Ordering::Relaxed);
    }

    pub(super) fn remember_model(&mut self, path: &Path) -> anyhow::Result<()> {
        let Some(project) = self.project() else { return Ok(()) };
        if self.is_read_only() {
            return Ok(());
        }
        if project.models.iter().any(|model| project.resolve(&model.path) == path) {
            return Ok(());
        }
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let mut models = project.models.clone();
        let file = Identity::of(path);
        models.insert(0, FileRef { name, path: relative_to(&project.folder, path), file });
        self.commit("Add model", Edit::SetModels(models))
    }
}

impl App {
    pub(super) fn model(&mut self, command: ModelCommand) -> anyhow::Result<()> {
        match command {
            ModelCommand::Load(path) => {
                self.load_model(&path, None, true);
                Ok(())
            }
            ModelCommand::SetCard(card) => {
                let path = self
                    .open
                    .models
                    .loaded
                    .as_ref()
                    .ok_or_else(|| anyhow!("load a model first"))?
                    .path
                    .clone();
                card.save_beside(&path)?;
                self.load_model(&path, Some(*card), false);
                Ok(())
            }
            ModelCommand::Backend(id) => {
                Backend::named(&id)?;
                // A server may be gone the next time, so it is not remembered.
                if is_endpoint(&id) {
                    self.server = Some(id);
                } else {
                    self.server = None;
                    self.session.backend = id;
                    self.session.save();
                }
                if let Some(model) = &self.open.models.loaded {
                    let (path, card) = (model.path.clone(), model.card.clone());
                    self.load_model(&path, Some(card), false);
                } else if let Some(failed) = &self.open.models.failed {
                    self.load_model(&failed.path.clone(), None, true);
                }
                Ok(())
            }
            ModelCommand::RunWith(settings) => self.run_with(&settings),
            ModelCommand::Saliency { class, place, kind } => self.explain(class, place, kind),
            ModelCommand::HideSaliency => {
                self.jobs.cancel(JobKind::Saliency);
                self.open.models.saliency = None;
                Ok(())
            }
            ModelCommand::Differential { with, every } => self.run_differential(with, every),
            ModelCommand::RunOnce(about) => self.run_once(about),
            ModelCommand::PredictAll => self.predict_all(),
            ModelCommand::FetchRuntime => self.fetch_runtime(),
            ModelCommand::Unload => {
                self.jobs.cancel(JobKind::Predict);
                self.open.models.unload();
                self.open.explore.forget();
                Ok(())
            }
        }
    }

    /// The backend that new models get.
    pub fn chosen_backend(&self) -> Backend {
        let id = self.server.as_ref().unwrap_or(&self.session.backend);
        Backend::named(id).unwrap_or_else(|_| Backend::from(&crate::inference::embedded::KIND))
    }

    /// Load a model in the background, remember it in the project and run it along the recording.
    pub(super) fn load_model(&mut self, path: &Path, card: Option<ModelCard>, remember: bool) {
        if image_models::paints(path).unwrap_or(false) {
            self.load_image_model(path, remember);
            return;
        }
        self.load_model_unless(|| None, path, card, remember);
    }

    /// The same unless there is a problem, which is looked for in the background: a checksum takes its time.
    pub(super) fn load_model_unless(
        &mut self,
        problem: impl FnOnce() -> Option<String> + Send + 'static,
        path: &Path,
        card: Option<ModelCard>,
        remember: bool,
    ) {
        self.jobs.cancel(JobKind::Predict);
        let (path, backend) = (path.to_owned(), self.backend_for(path));
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        self.begin_first_run(path.clone(), &backend);
        self.open.models.failed = None;
        self.jobs.spawn(JobKind::LoadModel, format!("Loading {name}"), move |_, outbox| {
            let model = match (problem(), card) {
                (Some(problem), _) => Err(anyhow!(problem)),
                (None, Some(card)) => Model::load_with(&path, Some(card), backend, 1).map_err(Into::into),
                (None, None) => Model::load(&path, backend, 1).map_err(Into::into),
            };
            let model = match model {
                Ok(model) => model,
                Err(err) => {
                    let failure = ModelFailure::of(&path, &err);
                    outbox.send(move |app| {
                        app.end_first_run();
                        app.model_failed(failure);
                    });
                    return Err(err);
                }
            };
            outbox.send(move |app| app.take_model(model, remember));
            Ok(())
        });
    }

    /// Load an image-to-image model or an overlay image in the background and list it among the transforms.
    pub(super) fn load_image_model(&mut self, path: &Path, remember: bool) {
        let (path, backend) = (path.to_owned(), self.chosen_backend());
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        self.jobs.spawn(JobKind::LoadImageModel, format!("Loading {name}"), move |_, outbox| {
            let file = image_models::load(&path, &backend)?;
            outbox.send(move |app| {
                let (id, title) = (file.id().to_owned(), file.title().to_owned());
                if let Err(err) = Arc::make_mut(&mut app.open.models.catalog).add(file) {
                    app.notices.error(format!("{err}: {}", path.display()));
                    return;
                }
                if remember && let Err(err) = app.open.remember_model(&path) {
                    app.notices.error(told(&err));
                }
                app.notices.done(format!("{} is now among the transforms", quoted(&title)));
                // Who loads it while trying transforms wants to try it.
                if remember && app.workspace == Workspace::Explore {
                    app.dispatch(Command::Explore(ExploreCommand::Add(id)));
                }
            });
            Ok(())
        });
    }

    fn take_model(&mut self, model: Model, remember: bool) {
        if remember && let Err(err) = self.open.remember_model(&model.path) {
            self.notices.error(told(&err));
        }
        if model.card_guessed {
            self.notices.warning(format!("The card of {} was guessed, please check it", model.card.name));
        }
        self.open.models.unload();
        self.open.models.check_card = model.card_guessed;
        self.open.explore.suit(model.task());
        self.look_at(model.medium(), &model.reach());
        self.open.models.loaded = Some(Arc::new(model));
        if let Err(err) = self.answer_along() {
            self.notices.error(told(&err));
        }
        if self.open.clip.is_none() {
            self.end_first_run();
            self.notices.done("The model is loaded, open a recording to see its predictions");
        }
    }

    /// Make a channel active that fits the model, if the recording has one.
    pub(super) fn look_at(&mut self, medium: Medium, reach: &Reach) {
        let Some(open) = &self.open.clip else { return };
        let asked: Vec<ChannelId> = open.info.asked(medium, reach).into_iter().map(|(id, _)| id).collect();
        let Some(first) = asked.first().copied() else { return };
        if !self.open.playback.camera.is_some_and(|active| asked.contains(&active)) {
            self.play(PlayCommand::Camera(first));
        }
    }
}
