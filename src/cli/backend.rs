//! `--backend`: the same argument of every subcommand that runs a model.

use std::path::PathBuf;

use crate::inference::backend::Backend;
use crate::inference::settings::KNOWN;
use crate::inference::{BACKENDS, ModelError, served};

/// The backend that runs a model.
#[derive(Debug, clap::Args)]
pub(super) struct BackendArgs {
    #[arg(long = "backend", value_name = "BACKEND", default_value = BACKENDS[0].id, help = help())]
    name: String,
}

fn help() -> String {
    let ids: Vec<&str> = BACKENDS.iter().map(|kind| kind.id).collect();
    format!(
        "{}, or the address of a server that speaks the Open Inference Protocol (http://host:8000); settings follow a colon \
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
        let (_, rest) = self.name.split_once("/v2/models/")?;
        let name = rest.split('/').next().filter(|name| !name.is_empty())?;
        served::is_endpoint(&self.name).then(|| PathBuf::from(name))
    }
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
