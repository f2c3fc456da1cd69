//! Backend settings of single models, and isolation of models that took the program with them.

use std::path::{Path, PathBuf};

use anyhow::anyhow;

use crate::app::App;
use crate::inference::backend::Backend;
use crate::inference::settings::Settings;

impl App {
    /// The backend of a model file: the chosen one, with the settings of this file.
    pub fn backend_for(&self, model: &Path) -> Backend {
        let chosen = self.chosen_backend();
        let settings = self.session.run.get(model).and_then(|text| Settings::parse(text).ok());
        match settings {
            Some(settings) if settings != Settings::default() => chosen.with(settings),
            _ => chosen,
        }
    }

    /// Runs the loaded model with other settings, also the next time.
    pub(in crate::app) fn run_with(&mut self, settings: &Settings) -> anyhow::Result<()> {
        let model = self.open.models.loaded.as_ref().ok_or_else(|| anyhow!("load a model first"))?;
        let (path, card) = (model.path.clone(), model.card.clone());
        let text = settings.text();
        if text.is_empty() {
            self.session.run.remove(&path);
        } else {
            self.session.run.insert(path.clone(), text);
        }
        self.session.save();
        self.load_model(&path, Some(card), false);
        Ok(())
    }

    /// A model that the program did not outlive the last time runs in a process of its own from now on.
    pub(in crate::app) fn recall_first_run(&mut self) {
        let Some(path) = self.session.first_run.take() else { return };
        let mut settings =
            self.session.run.get(&path).and_then(|text| Settings::parse(text).ok()).unwrap_or_default();
        settings.isolated = true;
        self.session.run.insert(path.clone(), settings.text());
        self.session.save();
        self.notices.warning(format!(
            "The program ended during the first run of {}, it now runs in an isolated process",
            path.file_name().unwrap_or_default().to_string_lossy()
        ));
    }

    /// Take note that this model runs inside of the program and has not returned yet.
    pub(in crate::app) fn begin_first_run(&mut self, path: PathBuf, backend: &Backend) {
        if !backend.settings.apart() && !backend.is_server() {
            self.session.first_run = Some(path);
            self.session.save();
        }
    }

    /// It has returned, with a prediction or an error.
    pub(in crate::app) fn end_first_run(&mut self) {
        if self.session.first_run.take().is_some() {
            self.session.save();
        }
    }
}
