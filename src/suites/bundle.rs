//! The model of a suite on disk: named beside the suite, or copied into its folder.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, anyhow};

use crate::base::files::seen_from;
use crate::base::inputs::{self, InputKind};
use crate::base::outputs;
use crate::inference::model::Model;
use crate::inference::onnx_file;
use crate::project::Project;
use crate::suites::files::SuiteModel;

/// Folder of a suite that holds a copy of its model.
pub const FOLDER: &str = "model";

/// Place of the model of an exported suite.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ModelPlace {
    /// In its place: by its path where that is a part of the project and the suite lies in the project or beside it, else by
    /// its name and checksum, so that no path of the computer gets into the suite.
    #[default]
    Named,
    /// In the folder of the suite, with the files of its weights.
    Bundled,
}

/// The entry of a model in a suite; copies the model if that is asked for.
pub(super) fn recorded(
    project: &Project,
    model: &Model,
    folder: &Path,
    place: ModelPlace,
) -> anyhow::Result<SuiteModel> {
    let file = match place {
        ModelPlace::Named => named(&project.folder, &model.path, folder),
        ModelPlace::Bundled => copied(&model.path, folder)?,
    };
    Ok(SuiteModel { file, sha256: model.sha256.clone(), card: model.card.clone() })
}

/// The path of a model of the project as seen from the suite, or the name of another one.
fn named(project: &Path, model: &Path, folder: &Path) -> PathBuf {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let project = absolute(project);
    // From beside the project the path names the project's folder and nothing above it.
    let beside = project.parent().is_some_and(|parent| absolute(folder).starts_with(parent));
    let path = if absolute(model).starts_with(&project) && beside { seen_from(folder, model) } else { None };
    path.unwrap_or_else(|| name_of(model))
}

fn name_of(path: &Path) -> PathBuf {
    path.file_name().map(PathBuf::from).unwrap_or_default()
}

/// Copies a model and the files of its weights into the folder of a suite.
fn copied(model: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    if !model.is_file() {
        return Err(anyhow!("only a model file can be bundled, this is none: {}", model.display()));
    }
    let copy = |from: &Path, name: &Path| -> anyhow::Result<PathBuf> {
        let to = Path::new(FOLDER).join(name);
        let bytes = inputs::read(from, InputKind::Model);
        let bytes = bytes.with_context(|| format!("could not read {}", from.display()))?;
        outputs::write(folder, &to, &bytes).with_context(|| format!("could not write {}", to.display()))?;
        Ok(to)
    };
    if model.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("onnx")) {
        for file in onnx_file::read(model)?.weight_files {
            let name = PathBuf::from(&file);
            let inside =
                name.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
            if !inside {
                return Err(anyhow!(
                    "the model keeps weights outside of its folder, so it cannot be bundled: {file}"
                ));
            }
            copy(&model.with_file_name(&file), &name)?;
        }
    }
    copy(model, &name_of(model))
}
