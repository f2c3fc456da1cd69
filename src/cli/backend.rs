//! `--backend`: the same argument of every subcommand that runs a model.

use std::path::{Path, PathBuf};

use crate::data::image::Image;
use crate::data::input::Medium;
use crate::inference::backend::Backend;
use crate::inference::model::Model;
use crate::inference::settings::KNOWN;
use crate::inference::{BACKENDS, ModelError, functions, isolated, served};

/// Largest side of the image of a first run, in pixels.
const LARGEST_TRIAL: u32 = 4096;

/// The backend that runs a model.
#[derive(Debug, clap::Args)]
pub(super) struct BackendArgs {
    #[arg(long = "backend", value_name = "BACKEND", default_value = BACKENDS[0].id, help = help())]
    name: String,
}

fn help() -> String {
    let ids: Vec<&str> = BACKENDS.iter().map(|kind| kind.id).collect();
    format!(
        "{}, or the address of a server that speaks the Open Inference Protocol (http://host:8000), or a .toml file that describes an endpoint with JSON of its own; settings follow a colon \
         (onnxruntime:threads=2,isolated), known are {KNOWN}",
        ids.join(", ")
    )
}

impl BackendArgs {
    /// The name as it was given.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The backend of that name.
    pub(super) fn kind(&self) -> Result<Backend, ModelError> {
        Backend::named(&self.name)
    }

    /// Name of the model in a server address, if no file is given.
    pub(super) fn served_model(&self) -> Option<PathBuf> {
        // A file that describes an endpoint stands for its model.
        if served::is_endpoint(&self.name) && !self.name.contains("://") {
            return Some(PathBuf::from(&self.name));
        }
        let (_, rest) = self.name.split_once("/v2/models/")?;
        let name = rest.split('/').next().filter(|name| !name.is_empty())?;
        served::is_endpoint(&self.name).then(|| PathBuf::from(name))
    }
}

/// Loads a model after a first run in a process of its own, so that one that kills the runtime ends with a sentence.
pub(super) fn tried(path: &Path, backend: &Backend) -> Result<Model, ModelError> {
    let function = functions::registered(path).is_some();
    if !function && !backend.is_server() && !backend.settings.apart() {
        let first = Model::load(path, backend.apart(), 1)?;
        let side = |side: u32| side.clamp(1, LARGEST_TRIAL);
        let gray = Image::filled(side(first.card.input.width), side(first.card.input.height), [128; 3]);
        if first.medium() == Medium::Image
            && let Err(err) = first.predict(&gray)
            && isolated::ended(&err.to_string())
        {
            return Err(err);
        }
    }
    Model::load(path, backend, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_names_every_backend() {
        let help = help();
        assert!(BACKENDS.iter().all(|kind| help.contains(kind.id)), "{help}");
    }
}
